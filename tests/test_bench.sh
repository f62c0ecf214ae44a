#!/usr/bin/env bash
# tests/test_bench.sh: the measuring instrument itself. Every item of ours's worker answers, also through bench/run.py, and a peer whose
# outputs differ from ours is left out. No figure is judged here.
set -u
cd "$(dirname "$0")/.."
out=build/bench
passed=0 failed=0 skipped=0
pass() { passed=$((passed + 1)); echo "ok    $1"; }
fail() { failed=$((failed + 1)); echo "FAIL  $1"; }
skip() { skipped=$((skipped + 1)); echo "skip  $1"; }
finish() { echo "$passed passed, $failed failed, $skipped skipped"; [ "$failed" = 0 ]; exit; }

mkdir -p "$out/data"
make -s "$out/ours" || { fail "bench/bench.c compiles"; finish; }
{
    echo hello; echo export
    for w in W1 W2 W3 W4; do
        echo "check $w simd=avx2"
        for item in train latency batch stream load save; do echo "$item $w seconds=0.001"; done
    done
    echo "overlap W2 seconds=0.001"; echo "copied W2 seconds=0.001"
    echo "peak - simd=sse2 seconds=0.001"
    for part in fills one many whole run; do echo "backtest dense part=$part bars=20000 seconds=0.001"; done
    echo "backtest grid seconds=0.001"; echo "backtest_check sparse bars=20000"
    echo "csv - seconds=0.001"; echo "csv_memory - seconds=0.001"; echo "memory - rows=2000 batches=2"; echo "system_a A epochs=1"
} > "$out/lines"
"$out/ours" "$out/data" < "$out/lines" > "$out/answers"
wrong=$(paste -d '\t' "$out/lines" "$out/answers" | grep -vP '\t\{("name"|"files"|"outputs"|"units"|"rows"|"absent"|"end")')
if [ -z "$wrong" ] && [ "$(wc -l < "$out/lines")" = "$(wc -l < "$out/answers")" ]; then pass "every item answers: $(wc -l < "$out/lines") lines"
else fail "an item does not answer"; echo "$wrong"; fi
answer=$(echo "nonsense W1" | "$out/ours" "$out/data")
case $answer in '{"error"'*) pass "an unknown item is an error";; *) fail "an unknown item: $answer";; esac

command -v python3 > /dev/null || { skip "bench/run.py: no python3 (package python3)"; finish; }
if python3 bench/run.py --quick --peers none --items train,overlap,files,backtest > "$out/run.log" 2>&1 && grep -q 'figures reached' "$out/run.log" &&
    python3 -c "import json; r = json.load(open('$out/last.json')); assert r['figures']['train W1'] and r['figures']['train W2 windows'] and r['figures']['backtest grid curve']"
then pass "bench/run.py with ours alone: $(grep -o '[0-9]* of [0-9]* figures reached' "$out/run.log")"
else fail "bench/run.py with ours alone"; tail -20 "$out/run.log"; fi

cat > "$out/guard.py" <<'PYTHON'
# A peer one thousandth off must be left out, the same peer unchanged must not.
import sys
sys.path[:0] = ["bench"]
import run
class Peer:
    absent, label, threads = None, "peer", 1
    def __init__(self, worker, off): self.worker, self.off, self.wrong = worker, off, {}
    def ask(self, line):
        answer = self.worker.ask(line)
        answer["trained"][0] += self.off
        return answer
class Bench: pass
ours = run.Worker("ours", [str(run.BUILD / "ours")], "").start()
bench = Bench(); bench.levels, bench.notes = [], []
bench.table = {"ours": ours, "good": Peer(ours, 0), "bad": Peer(ours, 2e-3)}
run.guard(bench)
ours.stop()
assert not bench.table["good"].wrong and set(bench.table["bad"].wrong) == set(run.WORKS), (bench.table["good"].wrong, bench.table["bad"].wrong)
PYTHON
if python3 "$out/guard.py" > "$out/guard.log" 2>&1; then pass "a peer that computes something else is left out"
else fail "a peer that computes something else is left out"; tail -5 "$out/guard.log"; fi
finish
