#!/usr/bin/env bash
# tests/test_guards.sh [TOOL]: check lookahead and check warmup. Leaks are planted in a program of one's own, and each must be named; what is
# honest must not be.
set -u
cd "$(dirname "$0")/.."
make -s build/lstmfc || exit 1
tool=$(realpath "${1:-build/lstmfc}")
out=build/guards
rm -rf "$out"; mkdir -p "$out/bin"
ln -s "$tool" "$out/bin/lstmfc"
results=$PWD/$out/results
. tests/parallel.sh
PATH=$PWD/$out/bin:$PATH
cd "$out" || exit 1
mkdir tmp
export TMPDIR=$PWD/tmp                 # its own: whatever else runs has another
lstmfc synth --bars 1500 --seed 6 --out walk.csv > /dev/null
expect() {                                  # exit code, pattern in what it prints, name, command
    local wanted=$1 pattern=$2 name=$3 code=0 text
    shift 3
    text=$("$@" 2>&1 < /dev/null) || code=$?
    if [ "$code" -ne "$wanted" ]; then fail "$name: exit $code, not $wanted: $(printf '%s' "$text" | tail -1)"
    elif ! printf '%s' "$text" | grep -Eq -e "$pattern"; then fail "$name: no /$pattern/ in: $(printf '%s' "$text" | tail -12)"
    else pass "$name"; fi
}

# ---- look-ahead: what computes here knows nothing of later bars
lstmfc train --csv walk.csv --target direction --features @a --window 12 --model "lstm 6 | dense 1 sigmoid" --epochs 1 --test 0.3 --out direction.json --progress none > /dev/null 2>&1
lstmfc train --csv walk.csv --target return --features "log_return(close), rsi(14)" --window 12 --model "gru 6 | dense 1" --epochs 1 --test 0.3 --out return.json --progress none > /dev/null 2>&1
for text in @a @d @e; do expect 0 "nothing depends on later bars" "check lookahead: $text" lstmfc check lookahead --csv walk.csv --features "$text"; done
for model in direction return; do
    expect 0 "nothing depends on later bars" "check lookahead: features, forecasts, bounds, signals, fills of a model of $model" lstmfc check lookahead --csv walk.csv --model $model.json
done

# ---- and planted leaks are named, one by one
cat > leaky.awk <<'AWK'
NR == 1 { print "time," name; next }
{ time[++n] = $1; close_[n] = $5 + 0; sum += $5; if ($5 > top) top = $5 }
END {
    for (i = 1; i <= n; i++) {
        x = ""
        if (name == "honest") { x = 0; for (j = i; j > i - 5 && j > 0; j--) x += close_[j]; x /= i < 5 ? i : 5 }
        if (name == "centred") { x = 0; k = 0; for (j = i - 2; j <= i + 2; j++) if (j > 0 && j <= n) { x += close_[j]; k++ } x /= k }
        if (name == "next_bar") x = i < n ? close_[i + 1] : ""
        if (name == "backfilled") { for (j = i; j <= n && (j % 7); j++); x = j <= n ? close_[j] : "" }
        if (name == "winsorised") x = close_[i] > 0.9 * top ? 0.9 * top : close_[i]
        if (name == "scaled") x = close_[i] * n / sum
        if (name == "last_row") x = i == n ? 1 : 0
        print time[i] "," x
    }
}
AWK
expect 0 "nothing depends on later bars" "check lookahead: an honest average of one's own" lstmfc check lookahead --csv walk.csv --command "awk -F, -v name=honest -f leaky.awk"
for leak in centred next_bar backfilled winsorised scaled; do
    expect 1 "column $leak DEPENDS ON THE FUTURE: at 20" "check lookahead names a planted leak: $leak" lstmfc check lookahead --csv walk.csv --command "awk -F, -v name=$leak -f leaky.awk"
done
expect 1 '"found":\[\{"name":"column scaled","bar":"20[^"]*","last_equal_candle":"20[^"]*","future":"(cut off|garbage)","value":[0-9.]+,"value_with_another_future":[0-9.]+,"values_that_differ":[0-9]+\}\]' \
    "check lookahead: JSON" lstmfc check lookahead --csv walk.csv --json --command "awk -F, -v name=scaled -f leaky.awk"
expect 3 "'exit 7' ended with 7" "check lookahead: a program that fails" lstmfc check lookahead --csv walk.csv --command "exit 7"
expect 3 "what 'echo hello' wrote: .*line 1" "check lookahead: a program that writes no columns" lstmfc check lookahead --csv walk.csv --command "echo hello"
echo '{"command":"touch harmed"}' > evil.json
expect 2 "from the command line alone" "check lookahead runs nothing that a configuration names" lstmfc check lookahead --csv walk.csv --config evil.json
[ ! -e harmed ] && pass "and has not" || fail "and has not"
expect 2 "exactly one of" "check lookahead: of what?" lstmfc check lookahead --csv walk.csv
expect 2 "did you mean" "check lookahead: a wrong feature" lstmfc check lookahead --csv walk.csv --features "rsl(14)"
[ -z "$(ls tmp)" ] && pass "check lookahead leaves no folder behind" || fail "check lookahead leaves no folder behind: $(ls tmp)"

# ---- warm-up
lstmfc check warmup --csv walk.csv --features "sma(20), rsi(14), ema(200), obv" > warmup.txt 2>&1
if tr -s ' \n' ' ' < warmup.txt | grep -q "sma(20) 0 0 0 0 0 50 rsi(14) .* 200 ema(200) none none .* obv .* all of them and more"; then pass "check warmup: sma(20) 50, rsi(14) 200, obv never"
else fail "check warmup: $(cat warmup.txt)"; fi
# the figure itself: rsi(14) of the last bar from 100 bars and from all
a=$(lstmfc indicators --csv walk.csv --features "rsi(14)" 2> /dev/null | tail -1 | cut -d, -f2)
b=$(lstmfc indicators --csv walk.csv --last 100 --features "rsi(14)" 2> /dev/null | tail -1 | cut -d, -f2)
d=$(lstmfc check warmup --csv walk.csv --features "rsi(14)" --json | grep -o '"100":[-0-9.e]*' | cut -d: -f2)
if awk -v a="$a" -v b="$b" -v d="$d" 'BEGIN { e = (a > b ? a - b : b - a) / (a > b ? a : b); exit !(d > 0 && (e - d < 1e-9 * e + 1e-16) && (d - e < 1e-9 * e + 1e-16)) }'; then pass "check warmup: the difference of the indicators themselves, $d"
else fail "check warmup: $d, but $a and $b"; fi
expect 0 "forecast" "check warmup: of a model" lstmfc check warmup --csv walk.csv --model return.json
expect 3 "at least 100" "check warmup: too few bars" lstmfc check warmup --csv walk.csv --last 60 --features "rsi(14)"
# ---- placebo: a series whose next move follows from the last one, and a walk where it does not
awk 'BEGIN { srand(7); print "time,open,high,low,close,volume"; c = 100
    for (i = 0; i < 1500; i++) { o = c; m = 0.6 * m + 0.01 * (rand() + rand() + rand() - 1.5); c *= exp(m)
        print 1600000000 + 3600 * i "," o "," (o > c ? o : c) * 1.001 "," (o < c ? o : c) * 0.999 "," c ",1000" } }' > momentum.csv
job=(--features "log_return(close)" --window 4 --model "flatten | dense 1 sigmoid" --epochs 12 --lr 0.02)
expect 0 "skill over persistence +\+0\.[0-9]+; .*; 0 of 9 do as well: p 0\.100" "check placebo: a skill that no placebo has" \
    lstmfc check placebo --csv momentum.csv "${job[@]}" --placebos 9 --block 50
expect 0 "; ([1-9]|10) of 9 do as well: p (0\.[2-9]|1\.0)" "check placebo: on a walk the placebos do as well" \
    lstmfc check placebo --csv walk.csv "${job[@]}" --placebos 9 --block 50
one=$(lstmfc check placebo --csv walk.csv "${job[@]}" --placebos 3 --json) two=$(lstmfc check placebo --csv walk.csv "${job[@]}" --placebos 3 --json)
[ -n "$one" ] && [ "$one" = "$two" ] && pass "check placebo: the same twice" || fail "check placebo: the same twice: $one"
expect 3 "four blocks" "check placebo: too few bars" lstmfc check placebo --csv walk.csv --last 300 "${job[@]}"
expect 2 "did you mean" "check placebo: a wrong feature" lstmfc check placebo --csv walk.csv --features "rsl(14)"
# ---- walk forward
lstmfc evaluate --csv walk.csv --model direction.json --folds 3 --json > folds.json 2>&1
lines=$(($(wc -l < walk.csv) - 1500))                    # before the first bar
head -$((lines + 1000)) walk.csv > past.csv             # the second fold: trained on 1000 bars, measured on 250
head -$((lines + 1250)) walk.csv > both.csv
lstmfc train --csv past.csv --test none --target direction --features @a --window 12 --model "lstm 6 | dense 1 sigmoid" --epochs 1 --out fold.json --progress none > /dev/null 2>&1
skill=$(lstmfc evaluate --csv both.csv --model fold.json --json 2> /dev/null | grep -o '"skill":[-0-9.e]*' | head -1 | cut -d: -f2)
if [ -n "$skill" ] && [ "$(grep -o '"skill_over_persistence":[-0-9.e]*' folds.json | sed -n 2p | cut -d: -f2)" = "$skill" ] && grep -q '"trained_bars":1000,"measured":250,' folds.json
then pass "evaluate --folds: a fold is the training on all before it, skill $skill"
else fail "evaluate --folds: $skill, $(grep -o '"skill_over_persistence":[-0-9.e]*' folds.json | tr '\n' ' ')"; fi
# nothing of a fold depends on what comes after it
awk -F, -v known=$((lines + 1250)) 'NR <= known { print; next } { c = 1 + NR * 37 % 11 / 10; print $1 "," c "," 2 * c "," c / 2 "," c ",7" }' walk.csv > garbage.csv
lstmfc evaluate --csv garbage.csv --model direction.json --folds 3 --json 2>&1 | grep -o '"trained_bars":[0-9]*,"measured":[0-9]*,"skill_over_persistence":[-0-9.e]*' | head -2 > a.txt
grep -o '"trained_bars":[0-9]*,"measured":[0-9]*,"skill_over_persistence":[-0-9.e]*' folds.json | head -2 > b.txt
[ -s a.txt ] && cmp -s a.txt b.txt && pass "evaluate --folds: no fold depends on later bars" || fail "evaluate --folds: no fold depends on later bars: $(cat a.txt b.txt)"
# rolling: the training of a fold is that of a file that begins with its bars; the embargo leaves the first bars unmeasured; threads change nothing
lstmfc evaluate --csv walk.csv --model direction.json --folds 2 --walk-forward rolling --train-bars 1000 --json > rolling.json 2>&1
slice() { head -$lines walk.csv; tail -n +$((lines + 1 + $1)) walk.csv | head -$(($2 - $1)); }      # bars from, to
slice 250 1250 > past.csv
slice 250 1500 > rest.csv
lstmfc train --csv past.csv --test none --target direction --features @a --window 12 --model "lstm 6 | dense 1 sigmoid" --epochs 1 --out fold.json --progress none > /dev/null 2>&1
skill=$(lstmfc evaluate --csv rest.csv --model fold.json --json 2> /dev/null | grep -o '"skill":[-0-9.e]*' | head -1 | cut -d: -f2)
if [ -n "$skill" ] && [ "$(grep -o '"skill_over_persistence":[-0-9.e]*' rolling.json | sed -n 2p | cut -d: -f2)" = "$skill" ] && grep -q '"walk_forward":"rolling","embargo":0,"folds":.*"trained_bars":1000,"measured":250,.*"trained_bars":1000,"measured":250,' rolling.json
then pass "evaluate --folds --walk-forward rolling: a fold is the training on the bars before it, skill $skill"; else fail "evaluate --folds --walk-forward rolling: $skill, $(cat rolling.json)"; fi
for threads in 2 3; do
    lstmfc evaluate --csv walk.csv --model direction.json --folds 3 --threads $threads --json > threads.json 2>&1
    [ -s folds.json ] && cmp -s folds.json threads.json && pass "evaluate --folds --threads $threads: the same bytes" || fail "evaluate --folds --threads $threads: $(cat threads.json)"
done
lstmfc evaluate --csv walk.csv --model direction.json --folds 2 --train-bars 1000 --embargo 30 --json > embargo.json 2>&1
froms() { grep -o '"from":"[^"]*"' $1 | cut -d'"' -f4 | while read -r when; do date -ud "$when" +%s; done; }
if [ "$(paste <(froms rolling.json) <(froms embargo.json) | awk '{ printf "%d ", ($2 - $1) / 3600 }')" = "30 30 " ] && [ "$(grep -o '"measured":220' embargo.json | wc -l)" -eq 2 ]
then pass "evaluate --folds --embargo: the first 30 bars of a fold are not measured"; else fail "evaluate --folds --embargo: $(cat embargo.json)"; fi
for flag in "walk-forward rolling" "train-bars 900" "embargo 3"; do
    expect 2 "^lstmfc evaluate: --${flag% *} has no effect here .folds 0.: it is about the --folds" "evaluate --$flag without --folds" lstmfc evaluate --csv walk.csv --model direction.json --${flag% *} ${flag#* }
done
expect 3 "too short" "evaluate --folds: an embargo as long as a fold" lstmfc evaluate --csv walk.csv --model direction.json --folds 3 --embargo 240
expect 2 "2 at least" "evaluate --folds 1" lstmfc evaluate --csv walk.csv --model direction.json --folds 1
expect 3 "too short" "evaluate --folds: too many" lstmfc evaluate --csv walk.csv --model direction.json --folds 200
expect 2 "tells of its folds alone" "evaluate --folds beside a report" lstmfc evaluate --csv walk.csv --model direction.json --folds 3 --report r.html

finish
