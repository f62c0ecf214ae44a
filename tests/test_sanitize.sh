#!/usr/bin/env bash
# tests/test_sanitize.sh: every test program under AddressSanitizer (with leaks) and UndefinedBehaviorSanitizer, float-cast-overflow
# included. clang when it is there (it sees more), else gcc. Then the programs that start threads under ThreadSanitizer.
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
program() {                                 # label, test, flags
    local file=$out/$1
    if $CC $3 "tests/$2.c" -o "$file" -lm > "$file.log" 2>&1; then run_program "$1" "$file" ""
    else cat "$file.log"; fail "$1: does not compile"; fi
}
tests=${TESTS:-$(cd tests && ls test_*.c | sed 's/\.c$//')}
for test in $tests; do
    room; program "$test" "$test" "$flags" &
done

# compiling is not enough: this sanitizer refuses some machines' address layout when a program starts
races="-std=c99 -O1 -g -w -DLSTMFC_STATIC -fsanitize=thread"
if $CC $races "$out/probe.c" -o "$out/probe" > /dev/null 2>&1 && "$out/probe" > /dev/null 2>&1; then
    for test in $tests; do
        case $test in test_threads|test_parallel) room; program "$test-races" "$test" "$races" & ;; esac
    done
else skip "$CC has no working ThreadSanitizer (package libclang-rt-14-dev for clang, libtsan2 for gcc)"; fi
finish
