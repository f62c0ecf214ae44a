#!/usr/bin/env bash
# tests/test_verdict.sh: what a file of candles shows does not change the verdict: the baselines travel in the model file, and a line
# that needs a missing one is "not known".
set -u
cd "$(dirname "$0")/.."
make -s build/lstmfc || exit 1
out=build/verdict
rm -rf "$out"; mkdir -p "$out"
results=$PWD/$out/results
. tests/parallel.sh
L=$(realpath "${1:-build/lstmfc}")
cd "$out" || exit 1
export SOURCE_DATE_EPOCH=1700000000

says() {                                    # name, pattern, file
    if grep -Eq -e "$2" "$3"; then pass "$1"; else fail "$1: no /$2/ in: $(tail -8 "$3" | cut -c 1-200)"; fi
}
silent() { if grep -Eq -e "$2" "$3"; then fail "$1: $(grep -E -e "$2" "$3" | head -1 | cut -c 1-300)"; else pass "$1"; fi; }
same() { if cmp -s "$1" "$2"; then pass "$3"; else fail "$3: $(diff "$1" "$2" | head -3)"; fi; }
last() { head -1 a.csv; tail -n "$1" a.csv; }               # the last bars of the series

"$L" synth --bars 3000 --seed 7 | tail -n +2 > a.csv        # without the line that says synthetic; seen: 2,400 bars
train() { "$L" train --csv a.csv --window 12 --features "log_return(close), realized_vol(20)" --epochs 2 --batch 64 --progress none "$@" > train.txt 2>&1; }
for what in "volatility 4" "volatility 24" "price 3" "direction 1"; do
    read -r target h <<< "$what"
    head="dense 1"; [ "$target" = direction ] && head="dense 1 sigmoid"
    train --target "$target" --horizon "$h" --model "lstm 6 | $head" --out "$target$h.json" || fail "train $what: $(tail -1 train.txt)"
    for bars in 2999 980 650; do
        last "$bars" > part.csv
        "$L" evaluate --model "$target$h.json" --csv part.csv --forecasts "forecasts$bars.csv" > said.txt 2>&1
        sed -n '/^baselines/,$p' said.txt > "said$bars.txt"
    done
    says "$what: judged" "^  beats the best baseline +(yes|no) " said2999.txt
    same said2999.txt said980.txt "$what: candles that begin 380 rows before the test span: the same baselines and verdict"
    same forecasts2999.csv forecasts980.csv "$what: the same forecasts, byte for byte"
    same said2999.txt said650.txt "$what: 50 rows before it"
    last 600 > part.csv                     # only new bars: fewer are measured, each against everything
    "$L" evaluate --model "$target$h.json" --csv part.csv > said.txt 2>&1
    says "$what: only new bars" "^  beats the best baseline +(yes|no) " said.txt
    silent "$what: only new bars, nothing missing" "[a-z0-9)] +- +- +-$" said.txt
    last 500 > part.csv                     # bars after a gap
    "$L" evaluate --model "$target$h.json" --csv part.csv --json > said.json 2>&1
    if [ "$target" = volatility ]; then
        "$L" evaluate --model "$target$h.json" --csv part.csv --report r.html > said.txt 2>&1
        says "$what: behind a gap, which baseline is missing" "^ +HAR-RV: it needs $((22 * h + 1)) bars up to the first measured one, which is bar 32 of these candles: let the file begin $((22 * h + 1)) bars before 2022-0" said.txt
        says "$what: and what follows" "^  beats the best baseline  not known +EWMA 0.94, HAR-RV" said.txt
        says "$what: in the report" "<p>HAR-RV: it needs [0-9]+ bars" r.html
        says "$what: in the JSON" '"name":"HAR-RV".{1,200}"missing":"it needs [0-9]+ bars' said.json
        # following the advice helps: the number in it is one that works
        last $((600 + 22 * h + 1)) > part.csv
        "$L" evaluate --model "$target$h.json" --csv part.csv > said.txt 2>&1
        silent "$what: the advice followed" "^ +[A-Z][A-Za-z0-9 ().-]+: it needs" said.txt
    fi
done
says "header of the file of forecasts, direction" "^time,.*,persistence,novelty,left_out,last_move,logistic$" forecasts650.csv
"$L" evaluate --model volatility4.json --csv a.csv --forecasts - 2> /dev/null > f.csv
says "header of the file of forecasts, volatility" "^time,.*,persistence,novelty,left_out,ewma,har,garch,ridge$" f.csv

# ---- a file that keeps none: nothing is made up
train --target volatility --horizon 4 --model "lstm 6 | dense 1" --baselines none --out none.json
"$L" evaluate --model none.json --csv a.csv > said.txt 2>&1
says "no baselines: persistence alone is known" "^  beats persistence +(yes|no) " said.txt
says "no baselines: a linear model" "^  beats a linear model +not known +ridge regression: the model file keeps no fitted baselines" said.txt
says "no baselines: the best" "^  beats the best baseline  not known +EWMA 0.94, HAR-RV, GARCH\(1,1\), ridge regression: the model file keeps no" said.txt

# ---- the factor of a volatility
train --target volatility --horizon 4 --model "lstm 6 | dense 1" --out with.json
says "train says it" "^factor +1\.[0-9]{4}: what exp\(ln RV\) is multiplied by" train.txt
train --target volatility --horizon 4 --model "lstm 6 | dense 1" --volatility-factor none --out without.json
says "none by option" "^factor +1\.0000" train.txt
"$L" predict --model with.json --csv a.csv --json > p.txt 2>&1; "$L" predict --model without.json --csv a.csv --json > q.txt 2>&1
if cmp -s p.txt q.txt; then fail "the factor is in the forecast"; else pass "the factor is in the forecast"; fi

# ---- no movement is no bad number
awk -F, -v OFS=, 'NR > 1000 && NR <= 1030 { $2 = $3 = $4 = $5 = c } { c = $5; print }' a.csv > still.csv
"$L" train --csv still.csv --window 12 --features "log_return(close), realized_vol(20)" --epochs 1 --batch 64 --progress none --target volatility \
    --horizon 4 --model "lstm 4 | dense 1" --out still.json > train.txt 2>&1
says "train counts them" "^ +27 with no movement left out" train.txt
silent "train: and not as bad numbers" "not a number" train.txt
awk -F, -v OFS=, 'NR > 2700 && NR <= 2730 { $2 = $3 = $4 = $5 = c } { c = $5; print }' a.csv > still.csv
"$L" evaluate --model with.json --csv still.csv --forecasts f.csv > said.txt 2>&1
says "evaluate counts them" "^left out +4 not closed yet, 27 with no movement, 0 over a gap, 0 not finite" said.txt
says "and so do the forecasts" ",no movement," f.csv
finish
