#!/usr/bin/env bash
# tests/fuzz/run.sh [SECONDS] [NAME...]: each fuzz target for so many seconds (60), from its committed seeds, in a scratch corpus.
set -u
cd "$(dirname "$0")/../.."
seconds=${1:-60}
[ $# -eq 0 ] || shift
out=build/fuzz
mkdir -p "$out"
results=$out/results
. tests/parallel.sh
have clang || { skip "fuzzing: no clang (package clang)"; finish; }
for name in ${*:-$(cd tests/fuzz && ls fuzz_*.c | sed 's/^fuzz_//; s/\.c$//')}; do
    target=$out/$name
    if ! clang -std=gnu11 -O1 -g -w -DLSTMFC_STATIC -fsanitize=fuzzer,address,undefined,float-cast-overflow -fno-sanitize-recover=all \
        "tests/fuzz/fuzz_$name.c" -o "$target" -lm > "$target.log" 2>&1; then
        if grep -q "libclang_rt.fuzzer" "$target.log"; then skip "$name: no libFuzzer (package libclang-rt-14-dev)"
        else cat "$target.log"; fail "$name: does not compile"; fi
        continue
    fi
    mkdir -p "$target.corpus" "tests/fuzz/corpus/$name"
    dictionary=
    [ ! -f "tests/fuzz/$name.dict" ] || dictionary="-dict=tests/fuzz/$name.dict"
    fuzz() {
        if "./$target" "$target.corpus" "tests/fuzz/corpus/$name" $dictionary -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2000 \
            -print_final_stats=1 -artifact_prefix="$target." > "$target.log" 2>&1; then
            pass "$name: $(sed -n 's/^stat::number_of_executed_units: *//p' "$target.log") runs"
        else tail -15 "$target.log"; fail "$name: see $target.log"; fi
    }
    room; fuzz &
done
finish
