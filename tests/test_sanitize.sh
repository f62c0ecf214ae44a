#!/usr/bin/env bash
# tests/test_sanitize.sh: every test program under AddressSanitizer (with leaks) and UndefinedBehaviorSanitizer, float-cast-overflow
# included. clang when it is there (it sees more), else gcc.
#     TESTS="test_json" CC=gcc tests/test_sanitize.sh
set -u
cd "$(dirname "$0")/.."
out=build/sanitize
mkdir -p "$out"
results=$out/results
. tests/parallel.sh
export LSTMFC_QUICK=1
if [ -z "${CC:-}" ]; then if have clang; then CC=clang; else CC=gcc; fi; fi
echo 'int main(void) { return 0; }' > "$out/probe.c"
flags="-std=c99 -O1 -g -w -DLSTMFC_STATIC -fno-omit-frame-pointer -fsanitize=address,undefined,float-cast-overflow -fno-sanitize-recover=all"
if ! $CC $flags "$out/probe.c" -o "$out/probe" > /dev/null 2>&1; then
    skip "$CC has no sanitizers (package libclang-rt-14-dev for clang, libasan8 libubsan1 for gcc)"
    finish
fi
program() {
    if $CC $flags "tests/$1.c" -o "$out/$1" -lm > "$out/$1.log" 2>&1; then run_program "$1" "$out/$1" ""
    else cat "$out/$1.log"; fail "$1: does not compile"; fi
}
for test in ${TESTS:-$(cd tests && ls test_*.c | sed 's/\.c$//')}; do
    room; program "$test" &
done
finish
