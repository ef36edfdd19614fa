"""Set-up without a terminal: the start scripts, the container and the Makefile, without a network."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
POSIX = pytest.mark.skipif(os.name != "posix", reason="scripts of macOS and Linux")
# A program python3 that is new enough or not, and makes environments whose programs say how they were called.
FAKE = """#!/bin/sh
case "$1" in
-c) exit {old} ;;
--version) echo "Python 3.9.2" ;;
-m)
    for last; do :; done
    mkdir -p "$last/bin"
    printf '#!/bin/sh\\nif [ "$1" = -m ]; then echo "pip: $*"; exit {pip}; fi\\n' >"$last/bin/python"
    printf '#!/bin/sh\\necho "didymium: $*"\\n' >"$last/bin/didymium"
    chmod +x "$last/bin/python" "$last/bin/didymium" ;;
esac
"""


class Place:
    """A copy of the scripts in a folder with spaces in its name, with a python3 of its own and a home."""

    def __init__(self, folder: Path, old: int = 0, pip: int = 0, python: bool = True) -> None:
        self.here, self.home, programs = folder / "my plans (2)", folder / "home dir", folder / "programs"
        for made in (self.here, self.home, programs):
            made.mkdir()
        for name in ("start.sh", "start.command", "pyproject.toml", "constraints.txt"):
            shutil.copy(ROOT / name, self.here)
        for name in ("dirname", "find", "mkdir", "chmod", "sh"):
            (programs / name).symlink_to(str(shutil.which(name)))
        if python:
            (programs / "python3").write_text(FAKE.format(old=old, pip=pip))
            (programs / "python3").chmod(0o755)
        self.variables = {"PATH": str(programs), "HOME": str(self.home)}

    def start(self, *words: str, script: str = "start.sh") -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [str(self.here / script), *words],
            capture_output=True, text=True, check=False, env=self.variables, cwd="/", stdin=subprocess.DEVNULL,
        )  # fmt: skip


@POSIX
@pytest.mark.parametrize("script", ["start.sh", "start.command"])
def test_the_first_start_installs_and_opens_the_desk_and_the_next_only_opens(tmp_path: Path, script: str) -> None:
    place = Place(tmp_path)
    first, second = place.start(script=script), place.start(script=script)
    assert first.returncode == 0, first.stderr
    assert f"{place.here}[desk]" in first.stdout
    assert first.stdout.endswith(f"didymium: open {place.home}/Didymium\n")
    assert (place.home / "Didymium").is_dir()
    assert second.stdout == f"didymium: open {place.home}/Didymium\n"


@POSIX
def test_words_are_handed_on_as_they_are(tmp_path: Path) -> None:
    place = Place(tmp_path)
    assert place.start("solve", "my case.xlsx").stdout.endswith("didymium: solve my case.xlsx\n")


@POSIX
def test_after_an_update_it_installs_again(tmp_path: Path) -> None:
    place = Place(tmp_path)
    place.start()
    os.utime(place.here / ".desk" / "installed", (1, 1))
    assert "pip: -m pip install" in place.start().stdout


@POSIX
def test_an_environment_whose_python_is_gone_is_made_again(tmp_path: Path) -> None:
    place = Place(tmp_path)
    place.start()
    (place.here / ".desk" / "bin" / "python").unlink()
    assert "Making an environment" in place.start().stdout


@POSIX
def test_a_python_that_is_missing_or_too_old_is_told_with_what_to_do(tmp_path: Path) -> None:
    for name, python, found in (
        ("none", False, "None was found here."),
        ("old", True, "The one here is Python 3.9.2."),
    ):
        (tmp_path / name).mkdir()
        done = Place(tmp_path / name, old=1, python=python).start()
        assert done.returncode == 1
        assert f"needs Python 3.11 or newer. {found} Install a newer one" in done.stderr


@POSIX
def test_an_installation_that_fails_is_tried_again_at_the_next_start(tmp_path: Path) -> None:
    place = Place(tmp_path, pip=1)
    for _ in range(2):
        done = place.start()
        assert done.returncode == 1
        assert "The installation failed" in done.stderr


@POSIX
def test_the_scripts_are_plain_sh_and_can_be_run() -> None:
    for name in ("start.sh", "start.command"):
        assert os.access(ROOT / name, os.X_OK)
        subprocess.run(["sh", "-n", ROOT / name], check=True)
        assert not re.search(r"\[\[|\bfunction\b|\$\(\(|<\(|\blocal\b", (ROOT / name).read_text())


def test_the_script_of_windows_names_only_labels_that_it_has() -> None:
    """It cannot be run here. Line ends as Windows wants them, or its labels are not found."""
    content = (ROOT / "start.bat").read_bytes()
    assert content.count(b"\r\n") == content.count(b"\n") > 20
    text = content.decode("ascii")
    labels = set(re.findall(r"^:(\w+)", text, re.MULTILINE))
    assert set(re.findall(r"goto (\w+)", text)) == labels == {"install", "run", "fail"}
    assert "*.bat text eol=crlf" in (ROOT / ".gitattributes").read_text()
    for wanted in ("(3, 11)", '--editable "%HERE%[desk]"', 'open "%USERPROFILE%\\Didymium"', "pause"):
        assert wanted in text


def test_what_the_container_copies_exists_and_is_let_through() -> None:
    lines = (ROOT / "Dockerfile").read_text().splitlines()
    copied = [word for line in lines if line.startswith("COPY") for word in line.split()[1:-1]]
    let_through = (ROOT / ".dockerignore").read_text().splitlines()
    assert {"pyproject.toml", "model", "inputs/allied"} <= set(copied)
    assert not [name for name in copied if not (ROOT / name).exists()]
    assert let_through[0] == "*"
    assert {f"!{name}" for name in copied} == {line for line in let_through if line.startswith("!")}
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    wheel = project["tool"]["hatch"]["build"]["targets"]["wheel"]
    needed = [
        project["project"]["readme"],
        *project["project"]["license-files"],
        *wheel["packages"],
        *wheel["force-include"],
    ]
    assert not [name for name in needed if not any(name == c or name.startswith(f"{c}/") for c in copied)]
    assert any(line.startswith("USER ") and "root" not in line for line in lines)


@pytest.mark.skipif(not shutil.which("make"), reason="needs make")
def test_make_takes_the_first_python_that_is_new_enough(tmp_path: Path) -> None:
    """python3 leads nowhere and python is too old, so that py is taken; with none, make says what to do."""
    for name in ("make", "sh", "test", "mkdir", "touch", "cat"):
        (tmp_path / name).symlink_to(str(shutil.which(name)))
    for name, code in (("python3", 9), ("python", 1)):
        (tmp_path / name).write_text(f"#!/bin/sh\nexit {code}\n")
        (tmp_path / name).chmod(0o755)
    for made in ("pyproject.toml", "constraints.txt", "Makefile"):
        shutil.copy(ROOT / made, tmp_path)

    def make() -> subprocess.CompletedProcess[str]:
        command = ["make", "--dry-run", ".venv/.installed"]
        return subprocess.run(
            command, capture_output=True, text=True, check=False, cwd=tmp_path, env={"PATH": str(tmp_path)}
        )

    assert 'test -n ""' in make().stdout
    (tmp_path / "py").symlink_to(sys.executable)
    assert "\npy -m venv .venv\n" in make().stdout
