#!/bin/sh
# tools/readme.sh [TOOL [check]]: puts the table of functions that TOOL (build/lstmfc) prints between the markers of FEATURES.md, and
# their names between those of README.md; with `check` only says, by its exit code, whether they are there already.
set -eu
tool=${1:-build/lstmfc} how=${2:-write} new=$(mktemp) table=$(mktemp)
trap 'rm -f "$new" "$table"' EXIT
"$tool" features --list --markdown > "$table"
between() {                                 # file, marker; the text comes from stdin
    { sed "/^<!-- $2 -->\$/q" "$1"; cat; sed -n "/^<!-- \\/$2 -->\$/,\$p" "$1"; } > "$new"
    if [ "$how" = check ]; then cmp -s "$new" "$1"; else cat "$new" > "$1"; fi
}
between FEATURES.md features < "$table"
sed -nE 's/^\| `(@?[a-z_0-9]+).*/`\1`/p' "$table" | tr '\n' ' ' | fold -s -w 138 | sed 's/ $//' | { cat; echo; } | between README.md functions
