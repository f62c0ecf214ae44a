#!/usr/bin/env bash
# tests/test_importance.sh [TOOL]: what features are worth, on series whose answer is known: one column is the answer, one is noise.
set -u
cd "$(dirname "$0")/.."
[ $# -gt 0 ] || make -s build/lstmfc || exit 1
L=$(realpath "${1:-build/lstmfc}")
out=build/importance
rm -rf "$out"; mkdir -p "$out"
results=$PWD/$out/results
. tests/parallel.sh
cd "$out" || exit 1
export SOURCE_DATE_EPOCH=1700000000
says() { if grep -Eq -e "$2" "$3"; then pass "$1"; else fail "$1: no /$2/ in: $(tail -5 "$3" | cut -c 1-300)"; fi; }
refuses() {                                 # name, pattern, command
    local name=$1 pattern=$2 code=0
    shift 2
    "$@" > refused.txt 2>&1 || code=$?
    [ $code -eq 2 ] && says "$name" "$pattern" refused.txt || fail "$name: exit $code: $(head -1 refused.txt)"
}

# tomorrow's return in a column beside each bar, and noise of its own
"$L" synth --bars 1600 --seed 4 | tail -n +2 > c.csv
awk -F, -v OFS=, 'BEGIN { srand(7) } NR == 1 { print $0, "tomorrow", "noise"; next } NR > 2 { print line, 100 * log($5 / close_), rand() - 0.5 }
    { line = $0; close_ = $5 }' c.csv > a.csv
"$L" train --csv a.csv --target return --window 4 --test 0.4 --model "lstm 6 | dense 1" --epochs 25 --lr 0.01 --patience none --out m.json --progress none \
    --features "noise = col(noise), log_return(close), t = col(tomorrow), lag(col(tomorrow),1), macd(12,26,9).line/close, macd(12,26,9).hist/close" \
    > train.txt 2>&1 || fail "train: $(tail -1 train.txt)"
"$L" evaluate --model m.json --csv a.csv --importance --repeats 8 --json > o.json 2> err.txt || fail "evaluate: $(tail -1 err.txt)"
"$L" evaluate --model m.json --csv a.csv --importance --repeats 8 > o.txt 2>&1
"$L" evaluate --model m.json --csv a.csv --importance --repeats 8 --json | cmp -s - o.json && pass "the same twice" || fail "the same twice"
grep -o '"importance":{.*\]}' o.json | grep -o '{"name":[^}]*}' | sed -E 's/.*"name":"([^"]*)","columns":([0-9]+),"added":([^,]*),"error":([^,}]*)}/\1 \2 \3 \4/' > features.txt
says "a series and its lag are one" "^col\(tomorrow\) 2 " features.txt
says "two columns of one indicator are one" "^macd\(12,26,9\) 2 " features.txt
[ "$(wc -l < features.txt)" -eq 4 ] && pass "four groups of six columns" || fail "four groups: $(cat features.txt)"
awk 'NR == 1 && $1 == "col(tomorrow)" && $3 > 10 * $4 { found = 1 } END { exit !found }' features.txt && pass "the answer is first, ten errors above nothing" ||
    fail "the answer: $(head -1 features.txt)"
awk '$1 == "noise" && $3 < 2.5 * $4 && -$3 < 2.5 * $4 { found = 1 } END { exit !found }' features.txt && pass "noise is within its error of nothing" ||
    fail "noise: $(grep noise features.txt)"
says "in words" "^importance    squared log-return error added when a feature is shuffled \(blocks of [0-9]+ bars, 8 times\)" o.txt
says "noise in words" "^ +noise .* nothing" o.txt
"$L" evaluate --model m.json --csv a.csv --importance --report r.html > o.txt 2>&1
says "a chart of the report" "<b>What each feature is worth</b>" r.html
says "and one of the correlations" "<b>How features and target hang together</b>" r.html
tail -n 500 a.csv | cat <(head -1 a.csv) - > part.csv
"$L" evaluate --model m.json --csv part.csv --report r.html > o.txt 2>&1
says "no correlations without the fit rows" "Correlations of the features are not shown: these candles do not hold the bars" r.html
# system d with a column of sentiment, and without on the same bars
small() { "$L" pipeline --seeds 1 --csv "$1" --system d --epochs 1 --repeats 2 --progress none --out run "${@:2}"; }
head -701 a.csv > d.csv
small d.csv --sentiment column:noise > o.txt 2> err.txt || fail "system d: $(tail -1 err.txt)"
says "sentiment of a column, in words" "^sentiment     column noise of the file, as it is, its means of 3 and 7 bars$" o.txt
says "with and without" "^ +QLIKE [0-9.]+ with it, [0-9.]+ without \(same network, same seed\)" o.txt
says "system d: importance by default" "^ +sentiment_7 .*\(95 %\)" o.txt
says "in the report" "Does sentiment help" run/report.html
says "in the metadata" '"sentiment": ?\{' run/metadata.json
small d.csv --sentiment proxy > o.txt 2> err.txt || fail "system d, proxy: $(tail -1 err.txt)"
says "the proxy is marked" "Synthetic, no new information" run/report.html
code=0; small d.csv --sentiment column:mood > o.txt 2>&1 || code=$?
[ $code -eq 3 ] && says "a column that is not there" "no such column beside its prices; it has .*noise" o.txt || fail "no such column: exit $code"
refuses "neither column, proxy nor none" "expected column:NAME" small d.csv --sentiment yes
refuses "sentiment of another system" "sentiment is of system d" "$L" pipeline --csv d.csv --system b --epochs 1 --out run --sentiment proxy
refuses "--repeats alone" "repeats has no effect here .*: it is for --importance" "$L" evaluate --model m.json --csv a.csv --repeats 3
refuses "--correlations without --json" "correlations has no effect here" "$L" evaluate --model m.json --csv a.csv --correlations
for part in "Forecast and outcome" "The last 100" "Forecast against outcome" "Errors over time" "How large the errors are" "Are the errors normal" "Month by month"; do
    says "chart: $part" "<b>$part" r.html
done
says "chart: entries on the equity" "(long|short) entered" r.html
finish
