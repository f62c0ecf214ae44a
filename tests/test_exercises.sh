#!/usr/bin/env bash
# tests/test_exercises.sh: every exercise of the header is done on a copy of it, and the check that it names answers as it says.
# Compiled by tcc where there is one: seconds. A row: the exercise, what to change (for sed), the program and its flags, its
# argument, and what it must print.
set -u
cd "$(dirname "$0")/.."
out=build/exercises
mkdir -p "$out"
results=$out/results
. tests/parallel.sh
compile="${CC:-cc} -std=c99 -O0 -w -ffp-contract=off -DLSTMFC_NO_THREADS"
have tcc && compile="tcc -w"

rows() { cat << 'ROWS'
6.1|s/MADD(a1, b1\[j\], LSTMFC__MADD(a0, b0\[j\], c\[j\]))/MADD(a0, b0[j], LSTMFC__MADD(a1, b1[j], c[j]))/|matrix|-DLSTMFC_NO_SIMD||^FAIL products:
6.2|s/#define LSTMFC__K_BLOCK ((size_t)64)/#define LSTMFC__K_BLOCK ((size_t)4)/|matrix|-DLSTMFC_NO_SIMD||^6 passed, 0 failed
7.1|s/ - (x\[k\] - mean\[first + j\]) \* slope\[j\]);/);/|gradcheck|-DLSTMFC_DOUBLE|dense 3 | batchnorm | dense 2|: 0.dense.kernel is off by
7.2|s/(1 - y\[k\] \* y\[k\]))/(1 - y[k]))/|gradcheck|-DLSTMFC_DOUBLE|dense 3 tanh | dense 2|: 0.dense.kernel is off by
7.3|s/double largest = (double)raw\[0\]/double largest = 0/; s/if ((double)raw\[j\] > largest) largest = (double)raw\[j\];/;/|dense|-DLSTMFC_NO_SIMD||^FAIL cross_entropy_of_large_logits:
8.1|s/dc\[j\] \*= f\[j\];/dc[j] = 0;/|lstm|-DLSTMFC_DOUBLE||^FAIL the_example_of_the_chapter:
8.2|s/zf\[j\] = (d \* (c_before.*/zf[j] = 0;/|gradcheck|-DLSTMFC_DOUBLE|lstm 3 | dense 2|: 0.lstm.kernel is off by 1,
8.3|/lstm_weight_gradients(/,/^}/s/dz + B \* 4 \* H/dz/|gradcheck|-DLSTMFC_DOUBLE|lstm 3 | dense 2|: 0.lstm.recurrent is off by
10.1|s/rates.rate = (lstmfc_real)(lr \* correct2 \/ correct1);/rates.rate = (lstmfc_real)lr;/|optimiser|-DLSTMFC_DOUBLE||0.395.* against 0.125,
10.2|s/u->gradients\[k\] \*= u->scale;/;/|optimiser|-DLSTMFC_DOUBLE||^FAIL clipping:
11.1|s/return (4 \* (loss\[0\] - loss\[1\])/return (loss[0] - loss[1]) \/ (at[0] - at[1]); &/|gradcheck|-DLSTMFC_DOUBLE|lstm 3 | dense 2|worst relative error 2e-07
11.2|s/work.step = wide ? 3e-4/work.step = wide ? 0.3/|gradcheck|-DLSTMFC_DOUBLE|lstm 3 | dense 2|is off by 0.1
11.3|s/loss\[point\] += lstmfc__penalty(work->model);/;/|gradcheck|-DLSTMFC_DOUBLE|dense 3 l2=0.1 | dense 2|: 0.dense.kernel is off by
11.3|s/loss\[point\] += lstmfc__penalty(work->model);/;/|gradcheck|-DLSTMFC_DOUBLE|dense 3 | dense 2|^1 passed, 0 failed
ROWS
}

# What the header says of itself: unchanged, the checks pass. (11.1 quotes this error too.)
exercise() {                                    # number, row: name, change, program, flags, argument, answer
    local dir=$out/$1
    mkdir -p "$dir/tests"
    cp tests/*.h "tests/test_$4.c" "$dir/tests"
    sed "$3" lstmfc.h > "$dir/lstmfc.h"
    if [ -n "$3" ] && cmp -s lstmfc.h "$dir/lstmfc.h"; then fail "$2: there is nothing like this to change: $3"; return; fi
    if ! $compile -DLSTMFC_STATIC $5 "$dir/tests/test_$4.c" -o "$dir/run" -lm 2> "$dir/log"; then fail "$2: does not compile"; head -3 "$dir/log"; return; fi
    if [ -n "$6" ]; then "$dir/run" "$6"; else "$dir/run"; fi > "$dir/log" 2>&1
    if grep -qE -- "$7" "$dir/log"; then pass "$2: $7"; else fail "$2: does not answer '$7'"; tail -3 "$dir/log"; fi
    rm -rf "$dir"
}
number=0
while IFS= read -r row; do
    number=$((number + 1))
    name=${row%%|*} rest=${row#*|}
    change=${rest%%|*} rest=${rest#*|}
    program=${rest%%|*} rest=${rest#*|}
    flags=${rest%%|*} rest=${rest#*|}
    room; exercise $number "$name" "$change" "$program" "$flags" "${rest%|*}" "${rest##*|}" &
done < <(rows)
room; exercise 0 "the network of 8.2 as it is" "" gradcheck -DLSTMFC_DOUBLE "lstm 3 | dense 2" "worst relative error 6.4e-10" &
wait
written=$(grep -oE '^   [0-9]+\.[0-9] +[A-Z]' lstmfc.h | awk '{ print $1 }' | sort -V | uniq | tr '\n' ' ')
tried=$(rows | cut -d'|' -f1 | sort -V | uniq | tr '\n' ' ')
[ "$written" = "$tried" ] && pass "every exercise is tried: $tried" || fail "written: $written tried: $tried"
finish
