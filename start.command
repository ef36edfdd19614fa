#!/bin/sh
# For macOS, where a file with this ending opens with a double click.
exec "$(dirname -- "$0")/start.sh" "$@"
