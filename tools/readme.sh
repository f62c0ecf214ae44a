#!/bin/sh
# tools/readme.sh [TOOL [check]]: puts the table of functions that TOOL (build/lstmfc) prints between the markers of README.md; with
# `check` only says, by its exit code, whether it is there already.
set -eu
tool=${1:-build/lstmfc} new=$(mktemp)
trap 'rm -f "$new"' EXIT
{
    sed '/^<!-- features -->$/q' README.md
    "$tool" features --list --markdown
    sed -n '/^<!-- \/features -->$/,$p' README.md
} > "$new"
if [ "${2:-}" = check ]; then cmp -s "$new" README.md; else cat "$new" > README.md; fi
