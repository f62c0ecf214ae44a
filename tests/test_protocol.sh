#!/usr/bin/env bash
# tests/test_protocol.sh: pipeline --system c --seed-protocol does what it says it does: its rows, their order and the offset of its answers
# are computed here again from the dates as they stand in the file.
set -u
cd "$(dirname "$0")/.."
tool=${1:-build/lstmfc}
data=../shared/data/bitcoin_dataset.csv
python=${LSTMFC_PYTHON:-python3}
out=build/test-$$
passed=0 failed=0 skipped=0
pass() { passed=$((passed + 1)); echo "ok    $1"; }
fail() { failed=$((failed + 1)); echo "FAIL  $1"; }
skip() { skipped=$((skipped + 1)); echo "skip  $1"; }
finish() { rm -rf "$out"; echo "$passed passed, $failed failed, $skipped skipped"; [ "$failed" = 0 ]; exit; }

[ -x "$tool" ] || make -s build/lstmfc
mkdir -p "$out"
"$tool" synth --bars 200 --seed 1 --out "$out/candles.csv"
"$tool" pipeline --system b --csv "$out/candles.csv" --seed-protocol --out "$out/b" > /dev/null 2> "$out/log"
[ $? = 2 ] && grep -q 'seed-protocol is of system c' "$out/log" && pass "another system refuses it" || fail "another system: $(head -1 "$out/log")"
[ -f "$data" ] || { skip "the protocol itself (bitcoin_dataset.csv is not there)"; finish; }
command -v "$python" > /dev/null || { skip "the protocol itself (package python3)"; finish; }

"$tool" pipeline --system c --csv "$data" --columns close=btc_market_price --last 500 --epochs 2 --seeds 1 --seed-protocol --progress none --json \
    --out "$out/c" > "$out/c.json" 2> "$out/log" || { fail "pipeline: $(head -1 "$out/log")"; finish; }
"$python" - "$data" "$out/c.json" "$out/c/metadata.json" > "$out/answer" <<'EOF'
import csv, json, math, sys
with open(sys.argv[1], newline="") as f:
    rows = [(r["Date"], float(r["btc_market_price"])) for r in csv.DictReader(f)]
said = json.load(open(sys.argv[2]))["seed_protocol"]
rows = [r for r in rows if r[1] > 0][-500:][-said["rows"]:]
price = [p for _, p in sorted(rows, key=lambda r: r[0])]
samples = list(range(23, len(price) - 2))
test = samples[len(samples) * 4 // 5:]
errors = [price[i + 2] - price[i] for i in test]
truth = [price[i + 2] for i in test]
mean = sum(truth) / len(truth)
checks = {
    "label": said["label"] == "NOT A FORECAST",
    "rows with every feature": said["rows"] == 500 - 89,
    "samples": (said["train_samples"], said["test_samples"]) == (len(samples) - len(test), len(test)),
    "rmse of repeating": math.isclose(said["persistence_errors"]["rmse"], math.sqrt(sum(e * e for e in errors) / len(errors)), rel_tol=1e-12),
    "r2 of repeating": math.isclose(said["persistence_errors"]["r2"],
                                    1 - sum(e * e for e in errors) / sum((t - mean) ** 2 for t in truth), rel_tol=1e-9),
    "its own errors are others": said["errors"]["rmse"] > 0 and said["errors"]["rmse"] != said["persistence_errors"]["rmse"],
    "metadata say the same": json.load(open(sys.argv[3]))["seed_protocol"] == said,
}
print(" ".join(k.replace(" ", "_") for k, ok in checks.items() if not ok) or "right")
EOF
[ "$(cat "$out/answer")" = right ] && pass "order, offset, spans and figures of repeating are those of the dates as text" || fail "wrong: $(cat "$out/answer")"
finish
