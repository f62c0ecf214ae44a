#!/usr/bin/env bash
# tests/test_horizons.sh: several horizons on the command line. One flag names them, in words, --config and JSON alike; predict, evaluate, backtest,
# the CSV of forecasts and the report tell all of them, and what one of them alone says is what --use-horizon shows.
set -u
cd "$(dirname "$0")/.."
make -s build/lstmfc || exit 1
out=build/horizons
rm -rf "$out"; mkdir -p "$out"
results=$PWD/$out/results
. tests/parallel.sh
L=$(realpath "${1:-build/lstmfc}")
P=${LSTMFC_PYTHON:-python3}
cd "$out" || exit 1
export SOURCE_DATE_EPOCH=1700000000

expect() {                                  # exit code, pattern in what it prints, name, command
    local wanted=$1 pattern=$2 name=$3 code=0 text
    shift 3
    text=$("$@" 2>&1 < /dev/null) || code=$?
    if [ "$code" -ne "$wanted" ]; then fail "$name: exit $code, not $wanted: $(printf '%s' "$text" | tail -1)"
    elif [ -n "$pattern" ] && ! printf '%s' "$text" | grep -Eq -e "$pattern"; then fail "$name: no /$pattern/ in: $(printf '%s' "$text" | tail -2)"
    else pass "$name"; fi
}

"$L" synth --bars 900 --seed 3 --out c.csv > /dev/null
train() { "$L" train --csv c.csv --window 8 --features "log_return(close), realized_vol(10)" --epochs 2 --seed 1 "$@"; }
train --target return --horizon 1,4,12 --model "lstm 4 | dense 3" --out a.json > train.txt 2> /dev/null
train --target return --horizons "1, 4,12" --model "lstm 4 | dense 3" --out b.json > /dev/null 2>&1
printf '{"horizon": "1,4,12", "target": "return", "model": "lstm 4 | dense 3"}' > conf.json
train --config conf.json --out d.json > /dev/null 2>&1
grep -q "return, 1,4,12 bars of 1 h ahead" train.txt && pass "train says the horizons" || fail "train: $(head -1 train.txt)"
cmp -s a.json d.json && pass "--config has the flag's meaning" || fail "--config makes another model"
sed 's/"1, 4,12"/"1,4,12"/' b.json | head -c 3000 > b.cut; head -c 3000 a.json > a.cut
cmp -s a.cut b.cut && pass "--horizons is the same" || fail "--horizons makes another model"

expect 2 "horizons is given, too|given twice" "two lists" train --target return --horizon 1,4 --horizons 2,4
expect 2 "horizon 3 beside horizons '2,4': they begin with 2" "a horizon that is none of them" train --target return --horizon 3 --horizons 2,4
expect 2 "no list of bars ahead" "a list that descends" train --target return --horizon 4,1
expect 2 "needs 'dense 2' as the last layer" "a head of the wrong width" train --target return --horizon 1,4 --model "lstm 4 | dense 1"
expect 2 "--horizon has no effect here" "--from has its own" train --from a.json --horizon 1,4
expect 2 "the model forecasts 1,4,12 bars ahead" "another --use-horizon" "$L" evaluate --model a.json --csv c.csv --use-horizon 5
expect 2 "use-horizon has no effect" "--use-horizon of given signals" "$L" backtest --signals c.csv --csv c.csv --use-horizon 4
expect 0 "4 bars ahead.*12 bars ahead" "predict tells all" sh -c "'$L' predict --model a.json --csv c.csv | tr '\n' ' '"
expect 0 "Trained for their own horizon" "steps beside horizons" "$L" predict --model a.json --csv c.csv --steps 2
expect 0 "skill and p against persistence" "evaluate tells all" "$L" evaluate --model a.json --csv c.csv --report r.html --forecasts f.csv
expect 0 "" "backtest of one" "$L" backtest --model a.json --csv c.csv --use-horizon 12
grep -q 'id="horizons"' r.html && grep -q "Skill by horizon" r.html && pass "the report has them" || fail "the report lacks them"
"$L" predict --model a.json --csv c.csv --json > p.json
"$L" evaluate --model a.json --csv c.csv --json > e.json
for h in 1 4 12; do
    "$L" evaluate --model a.json --csv c.csv --json --use-horizon $h > e$h.json
    "$L" evaluate --model a.json --csv c.csv --use-horizon $h --forecasts f$h.csv > /dev/null
done
train --target direction --horizon 1..3 --out up.json > /dev/null 2>&1
expect 0 "accuracy  needs none" "directions, whatever network auto makes" "$L" evaluate --model up.json --csv c.csv
both="close/1000, volume"
train --target "$both" --horizon 1,4 --model "lstm 4 | dense 4" --out s.json > s.txt 2> /dev/null
train --target expression --expression "$both" --horizon 1,4 --model "lstm 4 | dense 4" --out s2.json > /dev/null 2>&1
cmp -s s.json s2.json && grep -q "and of volume" s.txt && pass "--target takes several series" || fail "--target 'a, b'"
expect 2 "expression is given" "series twice" train --target "$both" --expression close
expect 0 "4  .*volume" "evaluate tells horizons and series" "$L" evaluate --model s.json --csv c.csv --forecasts sf.csv
[ "$(head -1 sf.csv | tr ',' '\n' | tail -1)" = series ] && pass "the CSV names the series" || fail "CSV of series: $(head -1 sf.csv)"
# ---- quantiles, mean and deviation
train --target price --loss pinball --quantiles 0.05,0.5,0.95 --intervals learned --horizon 1,4 --model "lstm 4 | dense 6" --out q.json > /dev/null 2>&1
train --target price --loss gaussian --level 0.8 --intervals learned --horizon 1,4 --model "lstm 4 | dense 4" --out g.json > /dev/null 2>&1
train --target price --loss pinball --quantiles 0.05,0.5,0.95 --horizon 1,4 --model "lstm 4 | dense 6" --out cqr.json > /dev/null 2>&1
train --target price --loss gaussian --level 0.8 --intervals split --model "lstm 4 | dense 2" --out wide.json > /dev/null 2>&1
expect 0 "Intervals 4 bars ahead: adaptive CQR" "predict says how quantiles were calibrated" "$L" predict --model cqr.json --csv c.csv
expect 0 '"quantile":0.95.*"intervals":{"kind":"aci","method":"cqr","replayed":' "predict --json, too" "$L" predict --model cqr.json --csv c.csv --json
expect 0 '"intervals":{"kind":"split","method":"gaussian","replayed":0' "predict --json of a deviation" "$L" predict --model wide.json --csv c.csv --json
expect 0 "^intervals +split, 80 %, by [0-9]+ calibration samples" "inspect names the kind" "$L" inspect --model wide.json
expect 0 "^intervals +quantiles as learned, 90 %" "inspect of what is not calibrated" "$L" inspect --model q.json
expect 0 "Intervals.*: as learned" "predict says when they are not" "$L" predict --model q.json --csv c.csv
expect 0 "^intervals     adaptive CQR, those of the forecasts: .*Winkler score .*skill" "evaluate, too" "$L" evaluate --model cqr.json --csv c.csv
expect 0 "over [0-9]+ forecasts at a time lowest [0-9.]+, median [0-9.]+, highest [0-9.]+ %; the lowest those of 20" "and how the coverage rolled" "$L" evaluate --model cqr.json --csv c.csv
"$L" evaluate --model cqr.json --csv c.csv --report cqr.html > /dev/null && grep -q "Coverage over time" cqr.html && grep -q ">Adaptive CQR<" cqr.html && grep -q ">Quantiles as learned<" cqr.html \
    && pass "the report draws it" || fail "the report does not draw the coverage"
expect 2 "'learned' are those of loss pinball or gaussian" "learned intervals of another loss" train --target price --intervals learned --model "lstm 4 | dense 1"
for m in q g; do
    "$L" predict --model $m.json --csv c.csv --json > ${m}p.json
    "$L" evaluate --model $m.json --csv c.csv --json > ${m}e.json
    "$L" evaluate --model $m.json --csv c.csv --forecasts ${m}f.csv > $m.txt
done
grep -q "they crossed, and were sorted, in" q.txt && pass "evaluate tells of crossing quantiles" || fail "crossing quantiles are not told"
expect 0 "quantiles 0.05: .*0.95: " "predict tells quantiles" "$L" predict --model q.json --csv c.csv
expect 2 "quantiles has no effect" "--quantiles of another loss" train --target price --quantiles 0.1,0.9
expect 2 "level has no effect" "--level beside quantiles" train --target price --loss pinball --level 0.8
expect 2 "are for numbers" "pinball of a direction" train --target direction --loss pinball
expect 2 "'dense 3' as the last layer" "a head of the wrong width for quantiles" train --target price --loss pinball --model "lstm 4 | dense 1"
expect 2 "not fed back" "no steps of quantiles" "$L" predict --model q.json --csv c.csv --steps 2
"$P" - <<'PY' && pass "bounds, quantiles and sigma agree; coverage is that of the CSV" || fail "quantiles and sigma"
import csv, json, math
q, g = json.load(open("qp.json"))["forecasts"], json.load(open("gp.json"))["forecasts"]
assert [f["horizon"] for f in q] == [1, 4] == [f["horizon"] for f in g]
for f in q:
    values = [x["value"] for x in f["quantiles"]]
    assert values == sorted(values) and [x["quantile"] for x in f["quantiles"]] == [0.05, 0.5, 0.95]
    assert (f["lower"], f["value"], f["upper"]) == tuple(values) and abs(f["level"] - 0.9) < 1e-12
for f in g:
    for bound, side in ((f["lower"], -1), (f["upper"], 1)):
        assert abs(math.log(bound / f["close"]) - (f["log_return"] + side * 1.2815515655446004 * f["sigma"])) < 1e-9
for m, kind in (("q", "quantiles"), ("g", "gaussian")):
    e = json.load(open(m + "e.json"))["evaluation"]
    rows = [r for r in csv.DictReader(open(m + "f.csv")) if r["horizon"] == "1" and not r["left_out"]]
    inside = sum(float(r["lower"]) <= float(r["outcome"]) <= float(r["upper"]) for r in rows) / len(rows)
    assert e["intervals"]["kind"] == kind and abs(e["intervals"][kind]["coverage"] - inside) < 1e-12
PY
"$P" - <<'PY' && pass "by horizon = each alone; predict and the CSV agree" || fail "by horizon against each alone"
import csv, json, subprocess
whole = json.load(open("e.json"))["evaluation"]
predicted = json.load(open("p.json"))["forecasts"]
rows = list(csv.DictReader(open("f.csv")))
assert [x["horizon"] for x in whole["by_horizon"]] == [1, 4, 12] == [x["horizon"] for x in predicted]
for k, h in enumerate((1, 4, 12)):
    alone, line = json.load(open("e%d.json" % h))["evaluation"], whole["by_horizon"][k]
    assert k == 0 or "by_horizon" not in alone
    full = whole if k == 0 else line["evaluation"]
    assert all(full[name] == alone[name] for name in ("count", "errors", "baselines", "verdict", "intervals", "backtest")), h
    assert line["rmse"] == alone["errors"]["rmse"] and line["skill"] == alone["baselines"][0]["comparison"]["skill"]
    assert line["verdict"] == [alone["verdict"][n]["verdict"] for n in ("beats_persistence", "beats_a_linear_model", "beats_the_best_baseline", "pays_its_costs")]
    mine = [row for row in rows if row["horizon"] == str(h)]
    own = [row for row in csv.DictReader(open("f%d.csv" % h)) if row.get("horizon", str(h)) == str(h)]
    assert [{n: v for n, v in row.items() if n != "horizon"} for row in mine] == [{n: v for n, v in row.items() if n != "horizon"} for row in own], h
    last = mine[-1]
    assert float(last["log_return"]) == predicted[k]["value"] and float(last["lower"]) == predicted[k]["lower"], h
    # the errors from the CSV itself
    pairs = [(float(r["log_return"]), float(r["outcome"])) for r in mine if not r["left_out"]]
    rmse = (sum((a - b) ** 2 for a, b in pairs) / len(pairs)) ** .5
    assert len(pairs) == line["count"] and abs(rmse - line["rmse"]) < 1e-12
    # and the outcomes from the candles
    close = {r["time"]: float(r["close"]) for r in csv.DictReader(line for line in open("c.csv") if line[0] != "#")}
    times = sorted(close)
    for r in mine[:50]:
        import math
        i = times.index(r["time"])
        assert abs(math.log(close[times[i + h]] / close[r["time"]]) - float(r["outcome"])) < 1e-12
told = json.loads(subprocess.run(["../lstmfc", "predict", "--model", "s.json", "--csv", "c.csv", "--json"], capture_output=True, check=True).stdout)["forecasts"]
rows = list(csv.DictReader(open("sf.csv")))
bars = [r for r in csv.DictReader(line for line in open("c.csv") if line[0] != "#")]
for k, (h, name) in enumerate([(1, "close/1000"), (1, "volume"), (4, "close/1000"), (4, "volume")]):
    mine = [r for r in rows if (r["horizon"], r["series"]) == (str(h), name)]
    assert told[k]["horizon"] == h and told[k].get("quantity", name) == name and float(mine[-1]["value"]) == told[k]["value"]
    at = {b["time"]: i for i, b in enumerate(bars)}
    for r in mine[:20]:
        i = at[r["time"]]
        was, then = [float(bars[j]["volume"]) if name == "volume" else float(bars[j]["close"]) / 1000 for j in (i, i + h)]
        assert abs(then - float(r["outcome"])) < 1e-9 * then and abs(was - float(r["persistence"])) < 1e-9 * was
PY
train --target rolling_volatility --horizon 1,4,24 --model "lstm 4 | dense 3" --out rv.json > rv.txt 2> /dev/null
"$L" evaluate --model rv.json --csv c.csv > rve.txt
grep -q "19 of the 20 .*1 bar ahead, one fewer for each bar further, none from 20 on" rve.txt && pass "what is known, by horizon" || fail "$(grep '^target' rve.txt)"
grep "level aimed at now" rve.txt | grep -Eq "now (1[0-9][0-9]|-)" && fail "a level above 100 % or below 0" || pass "levels are shares"
[ "$("$L" predict --model rv.json --csv c.csv | grep -Ec "^Intervals (1 bar|4 bars|24 bars) ahead: ")" = 3 ] && pass "intervals, by horizon" || fail "intervals by horizon"
train --target rolling_volatility --horizon 1,4,24 --model "lstm 4 | dense 3" --intervals split --out split.json > /dev/null 2>&1
"$L" evaluate --model split.json --csv c.csv --json > rve.json
"$L" evaluate --model split.json --csv c.csv > split.txt
"$P" - << 'PY' && pass "misses stand in the table of horizons" || fail "the table of horizons does not say what misses"
import json, re
e = json.load(open("rve.json"))["evaluation"]
wants = []
for k, h in enumerate(e["by_horizon"]):
    one = e if k == 0 else h["evaluation"]
    wants.append(one["intervals"][one["intervals"]["kind"]]["misses"] if one["intervals"]["kind"] in one["intervals"] else False)
text = open("split.txt").read()
rows = [l for l in text[text.index("by horizon"):].split("\n")[1:] if re.match(r" +\d+ +\d+ ", l)]
assert ["misses" in l for l in rows] == wants and any(wants), (rows, wants)
PY
finish
