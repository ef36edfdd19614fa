#!/bin/sh
# Opens the desk: a double click, or ./start.sh. The first start makes an environment in .desk, beside this file.
# With words after it, runs that command instead: ./start.sh solve my_case.xlsx
set -u

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd) || exit 1
environment=$here/.desk
stamp=$environment/installed

fail() {
    printf '\n%s\n' "$1" >&2
    if [ -t 0 ] && [ -t 2 ] && [ "$words" -eq 0 ]; then
        printf 'Press Enter to close. ' >&2
        read -r _
    fi
    exit 1
}

is_new_enough() {
    "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1
}

find_python() {
    for name in python3 python python3.14 python3.13 python3.12 python3.11; do
        if command -v "$name" >/dev/null 2>&1 && is_new_enough "$name"; then
            printf '%s\n' "$name"
            return
        fi
    done
}

words=$#
if ! is_new_enough "$environment/bin/python"; then
    python=$(find_python)
    if [ -z "$python" ]; then
        if command -v python3 >/dev/null 2>&1; then
            found="The one here is $(python3 --version 2>&1)."
        else
            found="None was found here."
        fi
        fail "Didymium needs Python 3.11 or newer. $found Install a newer one from python.org, or with your system's programs, and start again."
    fi
    echo "Making an environment in $environment"
    "$python" -m venv --clear "$environment" ||
        fail "The environment could not be made. On Debian and Ubuntu, install the package python3-venv; or move the folder to where you may write. Then start again."
fi
if [ ! -f "$stamp" ] || [ -n "$(find "$here/pyproject.toml" "$here/constraints.txt" -newer "$stamp")" ]; then
    echo "Installing, which takes a few minutes the first time and needs a network"
    "$environment/bin/python" -m pip install --quiet --disable-pip-version-check --constraint "$here/constraints.txt" --editable "${here}[desk]" ||
        fail "The installation failed; the lines above say why. Is there a network? Then start again."
    : >"$stamp"
fi

if [ "$words" -gt 0 ]; then
    exec "$environment/bin/didymium" "$@"
fi
mkdir -p "$HOME/Didymium" || fail "The folder $HOME/Didymium, where your workbooks are to be, could not be made."
"$environment/bin/didymium" open "$HOME/Didymium" || fail "The desk ended with an error; the lines above say which."
