#!/usr/bin/env bash
# tests/test_null.sh: calls every public function that takes pointers with NULL for all of them and for each of them alone, from a
# list made of the header itself, so that a new function is in it without anybody's doing. HEADER=DIR: of another lstmfc.h.
set -u
cd "$(dirname "$0")/.."
out=build/null
mkdir -p "$out"
results=$out/results
. tests/parallel.sh
CC=${CC:-cc}
header=${HEADER:-.}/lstmfc.h
# the chapters' headings survive the preprocessor as declarations
sed 's|^/\* ---- \([0-9]*\) [a-z0-9]* ----.*|extern int chapter_\1;|' "$header" > "$out/declarations.h"
echo '#include "declarations.h"' > "$out/declarations.c"
$CC -E -P "$out/declarations.c" | tr '\n' ' ' | sed 's/[;}]/&\n/g' |
    sed -n 's/^ *extern int chapter_\([0-9]*\);/chapter \1/p; /^ *extern .*lstmfc_.*(.*;/p' | awk -f tests/null_calls.awk > "$out/null_calls.h"
mkdir -p "$out/tests"
cp tests/null_calls.c tests/test.h tests/walk.h "$out/tests"
cp "$header" "$out/lstmfc.h"
if $CC -std=c99 -O0 -w -DLSTMFC_STATIC -I"$out" "$out/tests/null_calls.c" -o "$out/null_calls" -lm -lpthread > "$out/log" 2>&1
then run_program "null" "$out/null_calls" ""
else head -20 "$out/log"; fail "null: does not compile"; fi
finish
