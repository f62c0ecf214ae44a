#!/usr/bin/env bash
# tests/test_walk.sh [TOOL]: walk forward with rules. What a fold chooses hangs on nothing at or after its start; folds, choices and the joined
# account are those of an independent program; any number of threads gives the same bytes.
set -u
cd "$(dirname "$0")/.."
make -s build/lstmfc || exit 1
tool=$(realpath "${1:-build/lstmfc}")
out=build/walk
rm -rf "$out"; mkdir -p "$out/bin"
ln -s "$tool" "$out/bin/lstmfc"
here=$PWD
results=$here/$out/results
. tests/parallel.sh
PATH=$here/$out/bin:$PATH
cd "$out" || exit 1
export SOURCE_DATE_EPOCH=1700000000
expect() {                                  # exit code, pattern in what it prints, name, command
    local wanted=$1 pattern=$2 name=$3 code=0 text
    shift 3
    text=$("$@" 2>&1 < /dev/null) || code=$?
    if [ "$code" -ne "$wanted" ]; then fail "$name: exit $code, not $wanted: $(printf '%s' "$text" | tail -1)"
    elif ! printf '%s' "$text" | grep -Eq -e "$pattern"; then fail "$name: no /$pattern/ in: $(printf '%s' "$text" | tail -12)"
    else pass "$name"; fi
}
same() { if [ -s "$1" ] && cmp -s "$1" "$2"; then pass "$3"; else fail "$3: $(diff "$1" "$2" | head -4)"; fi; }

lstmfc synth --bars 2000 --seed 6 --out candles.csv > /dev/null
rules=(--long "rsi({p:7,14}) < {25..45..10}" --exit-long "rsi({p}) > {50,60}" --short "rsi({p}) > 75" --exit-short "rsi({p}) < 50")
walk() { lstmfc backtest "${rules[@]}" "$@"; }
walk --csv candles.csv --walk-forward rolling --folds 4 --train-bars 600 --purge 20 --embargo 5 --walk-out folds.csv --equity equity.csv --report walk.html > walk.txt 2>&1
walk --csv candles.csv --walk-forward rolling --folds 4 --train-bars 600 --purge 20 --embargo 5 --json > walk.json 2>&1
if [ "$(wc -l < folds.csv)" -eq 5 ] && head -1 folds.csv | grep -q '^from,to,chosen_from,chosen_to,p,choice_2,choice_3,in_net_return,in_sharpe,in_calmar,in_max_drawdown,in_trades,out_net_return,'
then pass "--walk-out: a line a fold"; else fail "--walk-out: $(cat folds.csv walk.txt)"; fi
expect 0 "^walk forward +4 folds: before each, of 12 rule sets the one with the highest Sharpe ratio on the last 600 bars" "the words" cat walk.txt
expect 0 "Walk forward of rules on bars of 1 h" "the report's title" cat walk.html
expect 0 "4 folds: before each, of 12 rule sets" "and its folds" cat walk.html
expect 0 '"walk_forward":\{"mode":"rolling","choose":"sharpe","trials":12,"train_bars":600,"purge":20,"embargo":5,"rules":\{"long":' "JSON" cat walk.json

# ---- the choice of a fold knows nothing of the bars at or behind its start, nor of the purged ones before it: there they are garbage
fields='"chosen":\[[^]]*\],"in_sample":\{[^}]*\}'
both="$fields,\"out_of_sample\":\{[^}]*\}"
lines=$(($(wc -l < candles.csv) - 2000))               # before the first bar
for mode in rolling expanding; do
    for purge in 0 30; do
        walk --csv candles.csv --walk-forward $mode --folds 4 --train-bars 600 --purge $purge --json > whole.json 2>&1
        for fold in 1 2 3 4; do
            start=$((600 + purge + (1400 - purge) * (fold - 1) / 4))
            awk -F, -v known=$((lines + start - purge)) 'NR <= known { print; next } { c = 1 + NR * 37 % 11 / 10; print $1 "," c "," 2 * c "," c / 2 "," c ",7" }' candles.csv > garbage.csv
            walk --csv garbage.csv --walk-forward $mode --folds 4 --train-bars 600 --purge $purge --json > garbage.json 2>&1
            for file in whole garbage; do grep -Eo "$fields" $file.json | head -$fold > $file.choices; done
            same whole.choices garbage.choices "$mode, purge $purge: the choice of fold $fold knows nothing of what comes later"
            [ $purge -eq 0 ] || continue
            for file in whole garbage; do grep -Eo "$both" $file.json | head -$((fold - 1)) > $file.folds; done
            [ $fold -eq 1 ] || same whole.folds garbage.folds "$mode: nor does the trading before it"
            [ "$(grep -Eo "$both" whole.json | sed -n ${fold}p)" != "$(grep -Eo "$both" garbage.json | sed -n ${fold}p)" ] && pass "and the garbage is traded" || fail "and the garbage is traded"
        done
    done
done

# ---- what a fold chose is the best of those backtests, what it trades is its rule
head -$((lines + 600)) candles.csv > past.csv
walk --csv past.csv --grid-out past-grid.csv > /dev/null 2>&1
walk --csv candles.csv --walk-forward expanding --folds 4 --train-bars 600 --walk-out expanding.csv > /dev/null 2>&1
best=$(tail -n +2 past-grid.csv | sort -t, -k5,5gr | head -1 | cut -d, -f1-5) got=$(sed -n 2p expanding.csv | cut -d, -f5-9)
[ -n "$best" ] && [ "$best" = "$got" ] && pass "the first choice is the best of the grid on the same bars: $best" || fail "the first choice is the best of the grid: $best, not $got"
# ---- one account: the folds' returns make the whole, and where nothing may be held nothing is
if awk -F, 'NR > 1 { whole *= 1 + $13 } NR == 1 { whole = 1 } END { printf "%.9f", whole - 1 }' folds.csv | grep -q "^$(grep -o '"total_return":[-0-9.]*' walk.json | head -1 | cut -d: -f2 | awk '{ printf "%.9f", $1 }')$"
then pass "the folds' returns make the whole one"; else fail "the folds' returns make the whole one: $(cat folds.csv)"; fi
starts=$(tail -n +2 folds.csv | cut -d, -f1 | tr '\n' ' ')
if awk -F, -v starts="$starts" 'BEGIN { n = split(starts, s, " ") } NR > 1 { for (i = 1; i <= n; i++) if ($1 == s[i]) left = 5; if (left-- > 0 && $4 != 0) bad++; held += $4 != 0 } END { exit !(held > 100 && !bad) }' equity.csv
then pass "nothing is held under the embargo"; else fail "nothing is held under the embargo"; fi
# ---- threads
for threads in 0 3; do
    walk --csv candles.csv --walk-forward rolling --folds 4 --train-bars 600 --purge 20 --embargo 5 --threads $threads --json > threads.json 2>&1
    same walk.json threads.json "--threads $threads: the same bytes"
done
# ---- beside a model: its forecasts decide, on the bars it has not seen
lstmfc train --csv candles.csv --target direction --features "log_return(close), rsi(14)/100" --window 12 --model "lstm 6 | dense 1 sigmoid" --epochs 1 --test 0.5 --out model.json --progress none > /dev/null 2>&1
expect 0 '"walk_forward":\{"mode":"expanding","choose":"net_return","trials":3,.*"rules":\{"long":"probability_up > \{0.48..0.52..0.02\}"\}' "beside a model" \
    lstmfc backtest --csv candles.csv --model model.json --long "probability_up > {0.48..0.52..0.02}" --walk-forward expanding --folds 3 --choose net_return --json
expect 0 "^walk forward  3 folds.*" "and in words" lstmfc backtest --csv candles.csv --model model.json --long "probability_up > {0.48..0.52..0.02}" --walk-forward expanding --folds 3
# ---- a fold that nothing was traded in has no ratio, in words as in the table
lstmfc backtest --csv candles.csv --long "rsi(14) < {1,2}" --walk-forward rolling --folds 2 --walk-out none.csv > none.txt 2>&1
expect 0 "^  20[^%]* UTC +- +- +0.00 % +0.00 % +0  1$" "no trade: no Sharpe ratio" cat none.txt
expect 0 ",1,0,,,0,0,0,,,0,0$" "--walk-out: empty" cat none.csv

# ---- money of a report is rounded as in words: all of it against the JSON of the same run
if have python3; then
    lstmfc backtest --csv candles.csv --long "close > ema(9)" --short "close < ema(9)" --fee 0.0007 --funding 0.0001 --borrow 0.05 --report money.html --json > money.json
    python3 - > money.txt 2>&1 <<'END'
import json, re
page, runs = open("money.html").read(), json.load(open("money.json"))
names = {"Fees paid": "fees", "Slippage paid": "slippage", "Funding": "funding", "Expectancy": "expectancy"}
wrong, seen = [], 0
for name, key in names.items():
    row = re.search(f"<td[^>]*>{name}</td>(.*?)</tr>", page).group(1)
    for cell, run in zip(re.findall("<td[^>]*>([^<]*)</td>", row), ("metrics", "buy_and_hold", "repeat_last_move")):
        wanted, seen = f"{runs[run][key]:,.2f}", seen + 1
        if cell != wanted: wrong.append(f"{name}, {run}: {cell}, not {wanted}")
print("ok" if seen == 12 and not wrong else f"{seen} seen; {wrong}")
END
    if [ "$(cat money.txt)" = ok ]; then pass "money of a report is rounded"; else fail "money of a report is rounded: $(tail -2 money.txt)"; fi
else skip "money of a report (package python3)"; fi

# ---- refused by name
expect 2 "and there are none" "nothing to choose" lstmfc backtest --csv candles.csv --long "rsi(7) < 30" --walk-forward rolling
expect 2 "and there are none" "nor in signals" lstmfc backtest --csv candles.csv --signals candles.csv --walk-forward rolling
for flag in "folds 3" "train-bars 9" "purge 3" "embargo 3" "choose calmar" "walk-out never.csv"; do
    expect 2 "^lstmfc backtest: --${flag% *} has no effect here .walk_forward none.: it is for --walk-forward" "--$flag without --walk-forward" walk --csv candles.csv --${flag% *} ${flag#* }
done
expect 2 "embargo has no effect here .neutral hold.: " "an embargo that nothing leaves for" walk --csv candles.csv --walk-forward rolling --embargo 3 --neutral hold
expect 2 "grid-out has no effect here .walk_forward rolling." "--grid-out" walk --csv candles.csv --walk-forward rolling --grid-out never.csv
expect 3 "2000 bars: after the 1900 to choose on .--train-bars. and a purge of 50, 30 folds of 1 bars are too short" "too many folds" \
    walk --csv candles.csv --walk-forward rolling --train-bars 1900 --purge 50 --folds 30
expect 3 "folds of 40 bars with their embargo are too short" "an embargo as long as a fold" walk --csv candles.csv --walk-forward rolling --folds 25 --embargo 40
expect 3 "2000 bars with --purge 1000 leave 0 to choose on" "a purge as long as the past" walk --csv candles.csv --walk-forward rolling --purge 1000
[ ! -e never.csv ] && pass "what is refused writes nothing" || fail "what is refused writes nothing"

# ---- by an independent program
python=${LSTMFC_PYTHON:-$here/build/venv/bin/python}
if "$python" -c 'import talib' 2> /dev/null; then
    "$python" "$here/tests/oracle/walk_numpy.py" "$tool" candles.csv > numpy.txt 2>&1
    while read -r line; do case $line in ok*) pass "${line#ok    }" ;; *) fail "$line" ;; esac; done < numpy.txt
else skip "walk forward against NumPy and TA-Lib: no talib (sh tests/setup.sh)"; fi

finish
