#!/usr/bin/env bash
# tests/test_sanitize.sh: every test program under AddressSanitizer (with leaks) and UndefinedBehaviorSanitizer, float-cast-overflow
# included, and under MemorySanitizer (no decision on what was never written; clang alone has it). clang when it is there (it sees
# more), else gcc. Then the programs that start threads under ThreadSanitizer.
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
common="-std=c99 -gline-tables-only -w -DLSTMFC_STATIC -fno-omit-frame-pointer"
tests=${TESTS:-$(cd tests && ls test_*.c | sed 's/\.c$//')}

# What takes long to run is optimised; the others, of which each has a build of its own, are not: there the compiler takes longest.
sanitized() {                               # label, tests, sanitizer
    local label=$1 tests=$2 test level
    shift 2
    if ! $CC $common "$@" "$out/probe.c" -o "$out/probe" > /dev/null 2>&1 || ! "$out/probe" > /dev/null 2>&1; then
        skip "$CC has no working -fsanitize for $label (package libclang-rt-14-dev for clang, libasan8 libubsan1 libtsan2 for gcc)"
        return
    fi
    room; { library "$out/library-$label.o" $CC $common -O1 "$@" || fail "$label: the header does not compile"; } &
    for test in $tests; do
        case $linked in *" $test "*) ;; *) room; program "$label" "$test" "" "$@" & ;; esac
    done
    wait
    for test in $tests; do
        case $linked in *" $test "*) room; program "$label" "$test" "$out/library-$label.o" "$@" & ;; esac
    done
    wait
}
program() {                                 # label, test, library, sanitizer
    local label=$1 test=$2 library=$3 file=$out/$1-$2 level=-O0
    shift 3
    case $test in test_forecaster|test_features|test_horizons|test_learning|test_simd|test_parallel|test_series|test_model|test_training) level=-O1 ;; esac
    if build "$test" "$file" "$library" $CC $common $level "$@" > "$file.log" 2>&1; then run_program "$label $test" "$file" ""
    else cat "$file.log"; fail "$label $test: does not compile"; fi
}
threaded=
for test in $tests; do case $test in test_threads|test_parallel) threaded="$threaded $test" ;; esac; done
sanitized address "$tests" -fsanitize=address,undefined,float-cast-overflow -fno-sanitize-recover=all
sanitized memory "$tests" -fsanitize=memory
[ -z "$threaded" ] || sanitized threads "$threaded" -fsanitize=thread
finish
