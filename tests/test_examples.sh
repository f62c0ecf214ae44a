#!/usr/bin/env bash
# tests/test_examples.sh: every example compiles at the full warning level with gcc and clang and runs on synthetic candles; hello.c is
# the quick start of the header, letter for letter. embedded.c, of an exported model, is in tests/test_export.sh.
set -u
cd "$(dirname "$0")/.."
out=build/examples
mkdir -p "$out"
results=$out/results
. tests/parallel.sh
warnings="-Wall -Wextra -pedantic -Wshadow -Wconversion -Wsign-conversion -Wdouble-promotion -Wcast-qual -Wundef -Wvla -Werror"

# A random walk of 900 hourly candles in cents; awk's own numbers are exact for these integers.
awk 'function draw(n) { state = (state * 69069 + 1) % 4294967296; return int(state / 4294967296 * n) }
     function money(cents) { return sprintf("%d.%02d", int(cents / 100), cents % 100) }
     BEGIN { state = 5; close_ = 3000000; print "time,open,high,low,close,volume"
             for (i = 0; i < 900; i++) { open_ = close_; close_ = open_ + draw(40001) - 20000
                 high = (open_ > close_ ? open_ : close_) + draw(5000); low = (open_ < close_ ? open_ : close_) - draw(5000)
                 printf "%d,%s,%s,%s,%s,%d\n", 1577836800 + 3600 * i, money(open_), money(high), money(low), money(close_), draw(9000) + 1 } }' > "$out/candles.csv"

sed -n '\|^//@quickstart-begin|,\|^//@quickstart-end|p' lstmfc.h | sed '1d;$d' > "$out/quickstart.c"
if cmp "$out/quickstart.c" examples/hello.c; then pass "hello.c is the quick start of the header"; else fail "hello.c is the quick start of the header"; fi

example() {                                 # file, compiler and flags, arguments
    local file=$1 compiler=$2 arguments=$3 name program
    name="$file (${compiler%% *})"
    program=$out/$(echo "$file-${compiler%% *}" | tr '.+' '__')
    if ! $compiler $warnings -O2 -I. "examples/$file" -o "$program" -lm > "$program.log" 2>&1; then cat "$program.log"; fail "$name: does not compile"; return; fi
    # hello writes model.json where it stands
    if (mkdir -p "$program.d" && cd "$program.d" && "../${program##*/}" $arguments) > "$program.txt" 2>&1 && [ -s "$program.txt" ]; then pass "$name: $(tail -1 "$program.txt")"
    else tail -5 "$program.txt"; fail "$name: does not run"; fi
}
# inference.c forecasts with the model that hello.c leaves, and makes none of a file without bars
with_its_model() {                          # compiler and flags
    local cc=${1%% *}
    example hello.c "$1" ../candles.csv
    example inference.c "$1" "../hello_c-$cc.d/model.json ../candles.csv"
    if (cd "$out" && "./inference_c-$cc" "hello_c-$cc.d/model.json" "hello_c-$cc.d/model.json") > /dev/null 2> "$out/$cc-no-bars"; then fail "inference.c ($cc): a forecast of no bars"
    elif grep -q "no forecast after 0 bars" "$out/$cc-no-bars"; then pass "inference.c ($cc): no bars, no forecast"
    else fail "inference.c ($cc): no bars: $(cat "$out/$cc-no-bars")"; fi
}
c99="-std=c99 -Wstrict-prototypes -Wmissing-prototypes"
for compiler in "gcc $c99" "clang $c99" "g++ -std=c++11" "clang++ -std=c++11"; do
    have "${compiler%% *}" || { skip "examples with ${compiler%% *} (package ${compiler%%[+ ]*})"; continue; }
    case $compiler in
    *++*) room; example raii.cpp "$compiler" ../candles.csv & ;;
    *)  room; with_its_model "$compiler" &
        room; example streaming.c "$compiler" ../candles.csv &
        room; example arena.c "$compiler" "" &
        room; example a_hourly_direction.c "$compiler" "../candles.csv --epochs 1 --out model.json" &
        room; example c_daily_price.c "$compiler" "../candles.csv --columns close=close --features log_return(close),rsi(14)/100 --trials 2 --epochs 1" &
        room; example d_volatility.c "$compiler" "../candles.csv --epochs 1" &
        room; example e_signals_backtest.c "$compiler" "../candles.csv --epochs 1" & ;;
    esac
done
finish
