#!/usr/bin/env bash
# tests/test_symbols.sh: several symbols in one call give the bytes that each gives alone, one that fails stops no other; the record of a
# forecast fed back, the coverage of its intervals; the drift forecast where there is no model, against a computation of its own.
set -u
cd "$(dirname "$0")/.."
make -s build/lstmfc || exit 1
out=build/symbols
rm -rf "$out"; mkdir -p "$out/coins"
results=$PWD/$out/results
. tests/parallel.sh
L=$(realpath "${1:-build/lstmfc}")
cd "$out" || exit 1
export SOURCE_DATE_EPOCH=1700000000
check() { local name=$1; shift; if "$@" > said.txt 2>&1; then pass "$name"; else fail "$name: $(tail -2 said.txt)"; fi; }
says() { if printf '%s' "$2" | grep -Eq -e "$3"; then pass "$1"; else fail "$1: no /$3/ in: $(printf '%s' "$2" | tail -3)"; fi; }
fit() { "$L" train --target price --window 8 --features "log_return(close)" --model "lstm 4 | dense 1" --epochs 2 --progress none "$@"; }

for k in 1 2 3; do "$L" synth --bars 500 --seed $k --out coins/C$k.csv; done

# ---- a model each
code=0; echo "no candles" > coins/BAD.csv
text=$(fit --csv coins --out models 2>&1) || code=$?
[ "$code" = 1 ] && [ "$(ls models | tr '\n' ' ')" = "C1.json C2.json C3.json " ] && pass "a folder: one that fails stops no other, exit code 1" ||
    fail "a folder: exit code $code, $(ls models)"
says "the failure is told with its cause and its symbol" "$text" "BAD.csv: line 1.*no column of times"
says "and at the end" "$text" "1 of 4 symbols failed"
rm coins/BAD.csv
fit --csv coins/C2.csv --symbol C2 --out alone.json > /dev/null
check "a symbol in company has the bytes it has alone" cmp alone.json models/C2.json
fit --csv coins/C1.csv,coins/C2.csv --out listed > /dev/null 2>&1
check "files in a list" cmp listed/C2.json models/C2.json
cp coins/C2.csv "coins/C1.csv,x"; fit --csv "coins/C1.csv,x" --symbol C2 --out comma.json > /dev/null 2>&1; rm "coins/C1.csv,x"
check "a name with a comma that is there is one file" cmp comma.json models/C2.json
awk 'FNR == 1 { file++; row = 0 } /^#/ { next } /^time/ { head = "symbol," $0; next } { line[file, ++row] = (file == 1 ? "A/B," : "C2,") $0 }
     END { print "# synthetic candles (lstmfc synth)"; print head; for (i = 1; i <= row; i++) print line[1, i] "\n" line[2, i] }' coins/C1.csv coins/C2.csv > both.csv
fit --csv both.csv --out column > /dev/null 2>&1
check "a file of two symbols" cmp column/C2.json models/C2.json
[ -e column/A_B.json ] && pass "A/B is A_B.json" || fail "A/B: $(ls column)"
text=$(fit --csv both.csv --out one.json 2>&1); says "several symbols want a folder" "$text" "with 2 symbols it is a folder"
text=$(fit --csv both.csv --only X --out one.json 2>&1); says "an unknown symbol is told with those there are" "$text" "A/B, C2"
text=$(fit --csv coins --symbol X --out models 2>&1); says "--symbol names one" "$text" "each is named by its file"

# ---- one model for all
fit --csv coins --pooled --out pooled.json > pooled.txt 2>&1 || fail "pooled: $(tail -1 pooled.txt)"
says "pooled: the symbols are told" "$(cat pooled.txt)" "^symbols +3, pooled: C1, C2, C3"
fit --csv coins/C3.csv,coins/C1.csv,coins/C2.csv --pooled --out listed.json > /dev/null
check "pooled: whatever the order they are listed in" cmp pooled.json listed.json
mkdir -p one; cp coins/C2.csv one; fit --csv one --pooled --out one.json > /dev/null
check "pooled: one symbol is as by itself" cmp one.json alone.json
{ head -2 coins/C1.csv; awk 'NR > 2 { split($0, v, ","); if (NR > 402) for (i = 2; i <= 5; i++) v[i] = 7
  print v[1] "," v[2] "," v[3] "," v[4] "," v[5] "," v[6] }' coins/C1.csv; } > C1.csv
fit --csv C1.csv,coins/C2.csv,coins/C3.csv --pooled --out later.json > /dev/null
check "pooled: no bar after the cut counts" cmp pooled.json later.json
text=$("$L" evaluate --csv coins --model pooled.json 2>&1); says "pooled: one file serves every symbol" "$text" "^median .*of 3"
text=$("$L" evaluate --csv coins/C2.csv --symbol C2 --model pooled.json 2>&1); says "pooled: its candles are known" "$text" "one of the 3 symbols"
text=$("$L" evaluate --csv coins/C2.csv --symbol C --model pooled.json 2>&1); says "pooled: another symbol is told" "$text" "^OTHER SYMBOL"
text=$(fit --csv coins/C2.csv --pooled --out x.json 2>&1); says "pooled: one file is no pool" "$text" "is one series"
text=$(fit --csv coins --pooled --half-life 9 --out x.json 2>&1); says "pooled: --half-life is of one" "$text" "no effect here"
text=$("$L" ensemble --models pooled.json,alone.json --csv coins/C2.csv --out x.json 2>&1); says "pooled: in no ensemble" "$text" "several symbols"

# ---- predict and evaluate
rm models/C3.json
"$L" predict --csv coins --model models --steps 24 --record --json > predict.json 2> err.txt || fail "predict: $(tail -1 err.txt)"
"$L" predict --csv coins/C2.csv --model models/C2.json --symbol C2 --steps 24 --json > single.json
text=$("$L" evaluate --csv coins --model models 2>&1); code=$?
[ "$code" = 1 ] && pass "evaluate: exit code 1 when a model is missing" || fail "evaluate: exit code $code"
says "evaluate: a table with the median" "$text" "^median .*of 2"
"$L" evaluate --csv coins/C1.csv,coins/C2.csv --model models --json > evaluate.json 2> err.txt

# ---- system b on 500 bars
"$L" pipeline --seeds 1 --system b --csv coins/C1.csv --epochs 3 --out b --progress none > b.txt 2>&1 || fail "pipeline b: $(tail -1 b.txt)"
says "coverage by horizon is printed" "$(cat b.txt)" "^  4h  .*inside, error"
"$L" predict --csv coins/C1.csv --model none.json --fallback drift --steps 30 --json > drift.json
"$L" predict --csv coins/C1.csv --model none.json > err.txt 2>&1; [ $? = 4 ] && pass "no model and no --fallback: exit code 4" || fail "no model"
head -40 coins/C1.csv > short.csv
text=$("$L" predict --csv short.csv --model none.json --fallback drift 2>&1); says "too few bars for a drift" "$text" "needs 42 bars"

python=${LSTMFC_PYTHON:-python3}
if have "$python"; then
    cat > check.py <<'P'
import json, math, csv
def is_(name, good): print(("ok    " if good else "FAIL  ") + name)
rows = [r for r in csv.reader(open("coins/C1.csv")) if not r[0].startswith(("#", "time"))]
close = [float(r[4]) for r in rows]; n = len(close)
def drift(t): return math.log(close[t] / close[0]) / t
def rv(t):
    r = [math.log(close[k] / close[k - 1]) for k in range(t - 19, t + 1)]; m = sum(r) / 20
    return math.sqrt(sum((x - m) ** 2 for x in r) / 19)
near = lambda a, b: abs(a - b) <= 1e-9 * abs(b)
good = True
for f in json.load(open("drift.json"))["forecasts"]:
    k = f["horizon"]; m = k * drift(n - 1)
    scores = sorted(abs(math.log(close[t + k] / close[t]) - k * drift(t)) / rv(t) for t in range(n // 2, n - k))
    rank = math.ceil((len(scores) + 1) * 0.9 - 1e-9); w = scores[rank - 1] * rv(n - 1)
    good &= near(f["price"], close[-1] * math.exp(m)) and near(f["lower"], close[-1] * math.exp(m - w))
    good &= near(f["upper"], close[-1] * math.exp(m + w)) and near(f["confidence"], min(rank / (len(scores) + 1), len(scores) / (len(scores) + k)))
is_("drift: price, bounds and confidence of 30 steps", good)
every = json.load(open("predict.json"))
is_("predict --json: a list in order of names", [x["symbol"] for x in every] == ["C1", "C2", "C3"] and all(x["exit_code"] == 0 for x in every))
is_("a symbol without a model has the drift", [x["result"]["method"] for x in every] == ["network", "network", "drift"])
keys = ["timestamp", "predictedPrice", "lowerBound", "upperBound", "confidence"]
r = every[1]["result"]
is_("the record's keys", all(list(s) == keys for s in r["steps"]) and list(r["horizons"]) == ["1h", "4h", "1d"] and len(r["steps"]) == 24)
single = json.load(open("single.json"))["forecasts"]
is_("the record says what predict says", all(a["predictedPrice"] == b["price"] and a["lowerBound"] == b["lower"] and a["upperBound"] == b["upper"]
    and a["timestamp"] == b["target_close"] for a, b in zip(r["steps"], single)))
is_("horizons are steps", r["horizons"]["4h"] == r["steps"][3] and r["horizons"]["1d"] == r["steps"][23])
b = json.load(open("b/forecast.json")); f = b["coverage"]
is_("pipeline b: 168 steps, 1h 4h 1d 7d, trained and accuracy named", len(b["steps"]) == 168 and list(b["horizons"]) == ["1h", "4h", "1d", "7d"]
    and b["trainedAt"] == "2023-11-14T22:13:20Z" and b["accuracy"]["forecasts"] == 100)
is_("no interval where nothing calibrates it", b["horizons"]["7d"]["lowerBound"] is None and b["horizons"]["7d"]["confidence"] is None)
is_("coverage is a share of what was measured", f["1h"]["count"] == 100 and f["4h"]["count"] == 97 and f["1d"]["count"] == 77 and f["7d"]["count"] == 0
    and all(0 <= f[h]["coverage"] <= 1 and f[h]["coverage_error"] >= math.sqrt(0.09 / f[h]["count"]) for h in ("1h", "4h", "1d")))
e = json.load(open("evaluate.json"))
skill = [x["result"]["evaluation"]["baselines"][0]["comparison"]["skill"] for x in e["symbols"]]
is_("evaluate --json: the median of the symbols' skills", near(e["median"]["skill"], sum(skill) / 2))
P
    "$python" check.py > py.txt 2>&1 || fail "check.py: $(tail -1 py.txt)"
    while read -r word name; do [ "$word" = ok ] && pass "$name" || fail "$name"; done < py.txt
    # the 4h coverage of the record, counted from forecasts that are asked for one by one
    cat > cover.py <<'P'
import json, subprocess, sys
lines = open("coins/C1.csv").read().splitlines(); rows = lines[2:]
inside = n = 0
for last in range(399, 496):
    open("cut.csv", "w").write("\n".join(lines[:2] + rows[:last + 1]) + "\n")
    d = json.loads(subprocess.run([sys.argv[1], "predict", "--model", "b/model.json", "--csv", "cut.csv", "--steps", "4", "--json"], capture_output=True).stdout)
    f = d["forecasts"][3]; close = float(rows[last + 4].split(",")[4])
    n += 1; inside += f["lower"] <= close <= f["upper"]
c = json.load(open("b/forecast.json"))["coverage"]["4h"]
print(inside, n, abs(c["coverage"] - inside / n) < 1e-12 and c["count"] == n)
P
    text=$("$python" cover.py "$L")
    case $text in *True) pass "coverage at 4h is that of forecasts asked for one by one: $text" ;; *) fail "coverage at 4h, one by one: $text" ;; esac
else skip "the numbers of records and drift: no python3 (package python3)"; fi
finish
