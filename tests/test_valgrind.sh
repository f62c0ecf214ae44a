#!/usr/bin/env bash
# tests/test_valgrind.sh: every test program under valgrind's memcheck: no read of what was never written, no leak.
#     TESTS="test_json" tests/test_valgrind.sh
set -u
cd "$(dirname "$0")/.."
out=build/valgrind
mkdir -p "$out"
results=$out/results
. tests/parallel.sh
export LSTMFC_QUICK=1                       # heavy tests take fewer rounds
have valgrind || { skip "memcheck: no valgrind (package valgrind)"; finish; }
CC=${CC:-cc}
program() {
    if $CC -std=c99 -O1 -g -w -DLSTMFC_STATIC "tests/$1.c" -o "$out/$1" -lm > "$out/$1.log" 2>&1; then
        run_program "$1" "$out/$1" "valgrind --quiet --error-exitcode=9 --leak-check=full --show-leak-kinds=all --errors-for-leak-kinds=all"
    else cat "$out/$1.log"; fail "$1: does not compile"; fi
}
for test in ${TESTS:-$(cd tests && ls test_*.c | sed 's/\.c$//')}; do
    room; program "$test" &
done
finish
