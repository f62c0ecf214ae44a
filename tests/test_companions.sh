#!/usr/bin/env bash
# tests/test_companions.sh [TOOL]: what pipeline trains beside its network: fine-tuned, an MLP and the ensemble of system a, the
# architectures of system d; variants; nothing of it looks at the bars that judge it. The numbers of ensembles: tests/ensemble_compare.py.
set -u
cd "$(dirname "$0")/.."
[ $# -gt 0 ] || make -s build/lstmfc || exit 1
L=$(realpath "${1:-build/lstmfc}")
out=build/companions
rm -rf "$out"; mkdir -p "$out"
results=$PWD/$out/results
. tests/parallel.sh
cd "$out" || exit 1
export SOURCE_DATE_EPOCH=1700000000

expect() {                                  # exit code, pattern in what it prints, name, command
    local wanted=$1 pattern=$2 name=$3 code=0 text
    shift 3
    text=$("$@" 2>&1 < /dev/null) || code=$?
    if [ "$code" -ne "$wanted" ]; then fail "$name: exit $code, not $wanted: $(printf '%s' "$text" | tail -1)"
    elif ! printf '%s' "$text" | tr '\n' ' ' | grep -Eq -e "$pattern"; then fail "$name: no /$pattern/ in: $(printf '%s' "$text" | tail -12)"
    else pass "$name"; fi
}
same() { if cmp -s "$2" "$3"; then pass "$1"; else fail "$1: $2 and $3 differ"; fi; }
run() { "$L" pipeline --seeds 1 --progress none --epochs 1 --batch 64 "$@"; }
tensors() { tr -d ' \n' < "$1" | grep -o '"name":"[0-9]*\.[a-z]*\.[^}]*'; }

"$L" synth --bars 1000 --seed 4 --out c.csv 2> err.txt
grep -v '^#' c.csv > d.csv
head -801 d.csv > before.csv                            # a header and the 800 bars that are seen
tail -n +802 d.csv | awk -F, 'NR % 70 { p = 70 + NR * 13 % 17; print $1 "," p "," p + 2 "," p - 2 "," p + 1 ",5" }' | cat before.csv - > later.csv
awk -F, 'NR == 1 { print "time,probability"; next } { printf "%s,%.3f\n", $1, 0.4 + 0.2 * ((NR * 79) % 100) / 100 }' d.csv > p.csv

expect 0 'side by side.*the single network.*fine-tuned.*MLP on the last row.*ensemble, their mean.*verdict of +fine-tuned.*verdict of +ensemble' \
    "system a with all beside it" run --csv d.csv --system a --fine-tune --with p.csv --out a
for file in model.json fine_tuned.json ensemble.json metadata.json forecasts.csv trades.csv report.html; do
    [ -s "a/$file" ] && pass "a/$file" || fail "a/$file is not there"
done
grep -q 'Beside the single network' a/report.html && grep -q 'The ensemble' a/report.html && pass "the report shows them" || fail "the report lacks them"
for key in '"fine_tuned"' '"partner"' '"ensemble"' '"skill_over_single"' '"members"' '"test_auc_roc"' '"sharpe_ratio"' '"sequence_length"'; do
    grep -q "$key" a/metadata.json && pass "metadata: $key" || fail "metadata lacks $key"
done
tensors a/model.json > single.txt; tensors a/fine_tuned.json > tuned.txt
changed=$(diff single.txt tuned.txt | grep -o '"[0-9]*\.[a-z]*\.' | sort -u | tr -d '\n')
[ "$(grep -c . single.txt)" -gt 10 ] || fail "no tensors found in a/model.json"
expect 0 'p\.csv' "the ensemble in evaluate" "$L" evaluate --model a/ensemble.json --csv d.csv
expect 2 'evaluate and backtest' "the ensemble with a file in predict" "$L" predict --model a/ensemble.json --csv d.csv

# bars after the last seen one, their number and what is left out among them change nothing that is trained
bars=$(($(wc -l < later.csv) - 1))
share=$(awk -v n="$bars" 'BEGIN { printf "%.9f", 1 - 800.5 / n }')
run --csv d.csv --system a --fine-tune --ensemble --out x > x.txt 2>&1 || fail "x: $(tail -1 x.txt)"
run --csv later.csv --system a --fine-tune --ensemble --out y --test "$share" > y.txt 2>&1 || fail "y: $(tail -1 y.txt)"
for file in model fine_tuned ensemble; do same "no look-ahead: $file.json" "x/$file.json" "y/$file.json"; done

expect 0 'gru 128 .*gru 64' "variant gru of system a" run --csv d.csv --system a --variant gru --out g
expect 0 'basic: without.*GRU from both.*ensemble, their median' "system d, ensemble" run --csv d.csv --system d --variant ensemble --out d
expect 0 'volatility' "its ensemble predicts" "$L" predict --model d/ensemble.json --csv d.csv
grep -q '"how": "median"' d/ensemble.json && pass "a median" || fail "system d's ensemble is no median"
expect 0 'network +lstm 128 . dropout 0.2 . lstm 64' "system d, basic" run --csv d.csv --system d --variant basic --out e
expect 2 '--fine-tune is of system a' "fine-tuning of another system" run --csv d.csv --system b --fine-tune --out z
expect 2 'system d has --variant ensemble' "the ensemble of another system" run --csv d.csv --system d --ensemble --out z
expect 2 'no such network; it has gru' "a variant that is not there" run --csv d.csv --system a --variant basic --out z
[ "$changed" = '"11.dense."9.dense.' ] && pass "fine-tuning moves the last two dense layers alone" || fail "fine-tuning moved: $changed"
finish
