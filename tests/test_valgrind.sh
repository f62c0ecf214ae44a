#!/usr/bin/env bash
# tests/test_valgrind.sh: test programs under valgrind's memcheck: no read of what was never written, no leak. It takes fifty times
# as long as the program alone: where MemorySanitizer sees them all (tests/test_sanitize.sh), the long ones are left to make test-all.
#     TESTS="test_json" tests/test_valgrind.sh
set -u
cd "$(dirname "$0")/.."
out=build/valgrind
mkdir -p "$out"
results=$out/results
. tests/parallel.sh
export LSTMFC_QUICK=1                       # heavy tests take fewer rounds
have valgrind || { skip "memcheck: no valgrind (package valgrind)"; finish; }
program() {
    if build "$1" "$out/$1" "$out/library.o" $flags > "$out/$1.log" 2>&1; then
        run_program "$1" "$out/$1" "valgrind --quiet --error-exitcode=9 --leak-check=full --show-leak-kinds=all --errors-for-leak-kinds=all"
    else cat "$out/$1.log"; fail "$1: does not compile"; fi
}
tests=$(cd tests && ls test_*.c | sed 's/\.c$//')
echo 'int main(void) { return 0; }' > "$out/probe.c"
if [ -z "${LSTMFC_ALL:-}" ] && clang -fsanitize=memory "$out/probe.c" -o "$out/probe" 2> /dev/null && "$out/probe"; then
    long="test_parallel test_indicators test_simd test_forecaster test_learning test_features test_horizons test_series test_ensemble
test_gradcheck test_reseal test_backtest test_model test_quantiles test_training test_lookahead test_objects"
    for test in $long; do tests=$(echo "$tests" | grep -vx "$test"); done
fi
flags="${CC:-cc} -std=c99 -O1 -g -w -DLSTMFC_STATIC"
library "$out/library.o" $flags
for test in ${TESTS:-$tests}; do
    room; program "$test" &
done
finish
