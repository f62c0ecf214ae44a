#!/usr/bin/env bash
# tests/test_days.sh: pipeline --system d --forecast-days N. The forecasts are those of the saved model, the best baseline's those of the table of
# forecasts, the file, JSON, report and words say the same, and what cannot be is refused.
set -u
cd "$(dirname "$0")/.."
make -s build/lstmfc || exit 1
out=build/days
rm -rf "$out"; mkdir -p "$out"
results=$PWD/$out/results
. tests/parallel.sh
L=$(realpath "${1:-build/lstmfc}")
P=${LSTMFC_PYTHON:-python3}
cd "$out" || exit 1
export SOURCE_DATE_EPOCH=1700000000

refused() {                                 # pattern, name, command
    local pattern=$1 name=$2 code=0 text
    shift 2
    text=$("$@" 2>&1) || code=$?
    if [ "$code" -eq 2 ] && grep -q -e "$pattern" <<< "$text"; then pass "$name"; else fail "$name: exit $code, $(tail -1 <<< "$text")"; fi
}

"$L" synth --bars 900 --minutes 60 --seed 3 --out c.csv > /dev/null
"$L" synth --bars 200 --minutes 10080 --seed 3 --out week.csv > /dev/null
"$L" synth --bars 400 --minutes 1440 --seed 3 --out day.csv > /dev/null
d() { "$L" pipeline --seeds 1 --system d --variant gru --epochs 1 --importance 0 --progress none "$@"; }
d --csv c.csv --forecast-days 2 --out two > two.txt 2> two.err || fail "two days: $(tail -1 two.err)"
d --csv c.csv --forecast-days 2 --out json --json > two.json 2> /dev/null
d --csv day.csv --forecast-days 1 --out one > one.txt 2> one.err || fail "one day: $(tail -1 one.err)"
"$L" predict --model two/model.json --csv c.csv --json > p.json
"$P" - << 'EOF' && pass "the forecasts are the model's, the best baseline's those of forecasts.csv" || fail "forecast.json is something else"
import csv, json
f, p, said = json.load(open("two/forecast.json")), json.load(open("p.json"))["forecasts"], json.load(open("two.json"))["next_days"]
assert [x["horizon"] for x in f["forecasts"]] == [24, 48] and [x["days"] for x in f["forecasts"]] == [1, 2]
for a, b in zip(f["forecasts"], p):
    for key in ("horizon", "target_close", "volatility", "lower", "upper"): assert a[key] == b[key], (key, a, b)
assert f == said
rows = list(csv.DictReader(open("two/forecasts.csv")))
for a in f["forecasts"]:
    last = [r for r in rows if int(r["horizon"]) == a["horizon"]][-1]
    column = {"GARCH(1,1)": "garch", "EWMA 0.94": "ewma", "HAR-RV": "har", "ridge regression": "ridge", "last volatility": "persistence"}
    if a["best_baseline"] != "last volatility":
        assert float(last[column[a["best_baseline"]]]) == a["volatility_of_best_baseline"], (last, a)
one = json.load(open("one/forecast.json"))
assert one["bars_of_a_day"] == 1 and [x["horizon"] for x in one["forecasts"]] == [1]
EOF
grep -q "The next 2 days" two/report.html && grep -q "Volatility of the next days" two/report.html && grep -q "volatility of the next 2 days" two/report.html \
    && pass "the report has them" || fail "the report lacks them"
grep -q "  2     48  2022-02-09 12:00 UTC" two.txt && pass "words" || fail "words: $(grep -A4 '^forecast' two.txt)"
grep -Eq "^Beats the best baseline:  (no|not known|yes) .*skill" two.txt && pass "the last lines name the best baseline" || fail "no line of the best baseline"
refused "is of system d" "another system" "$L" pipeline --system e --csv c.csv --forecast-days 2 --out x
refused "an ensemble has one horizon" "ensemble" "$L" pipeline --system d --csv c.csv --forecast-days 2 --variant ensemble --out x
refused "no whole number of bars" "weekly bars" d --csv week.csv --forecast-days 2 --out x
d --csv c.csv --forecast-days 3 --out two --max-age-hours 1000000 > /dev/null 2> reuse.err && fail "a model of other days is reused" ||
    { grep -q "is no model of system d" reuse.err && pass "a model of other days is not reused" || fail "reuse: $(tail -1 reuse.err)"; }
d --csv c.csv --forecast-days 2 --out two --max-age-hours 1000000 > reuse.txt 2> reuse.err && grep -q "reused" reuse.txt && pass "one of the same days is" ||
    fail "reuse: $(tail -1 reuse.err)"
finish
