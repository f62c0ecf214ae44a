#!/usr/bin/env bash
# tests/test_kinds.sh: a file that is no finished model is refused by every command and named; what a person edits and seals again
# is refused for what is wrong with it; infer says that an answer is no number; a text is not cut inside a character.
set -u
cd "$(dirname "$0")/.."
make -s build/lstmfc || exit 1
out=build/kinds
rm -rf "$out"; mkdir -p "$out"
results=$PWD/$out/results
. tests/parallel.sh
L=$(realpath "${1:-build/lstmfc}")
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
seal() {                                    # file without its last member; the CRC-32 is the one that gzip writes
    local sum
    sum=$(gzip -c < "$1" | tail -c 8 | head -c 4 | od -An -tx1 | awk '{ print $4 $3 $2 $1 }')
    printf ',"checksum":"%s"}' "$sum" >> "$1"
}
edited() {                                  # sed program: the model with it, sealed again
    sed -e "$1" m.json > e.whole
    awk '{ all = all (NR > 1 ? "\n" : "") $0 } END { at = index(all, ",\"checksum\""); printf "%s", substr(all, 1, at - 1) }' e.whole > e.json
    cmp -s m.json e.whole && fail "nothing changed by $1"
    seal e.json
}

"$L" synth --bars 1500 --seed 3 --out c.csv > /dev/null
train() { "$L" train --csv c.csv --window 12 --features "log_return(close),rsi(14)/100" --model "lstm 16 | dense 1 sigmoid" --patience none --batch 8 "$@"; }
train --epochs 1 --symbol A --progress none --out m.json > /dev/null 2>&1

# ---- the checkpoint of an unfinished training
set -m
"$L" train --csv c.csv --window 12 --features "log_return(close),rsi(14)/100" --model "lstm 16 | dense 1 sigmoid" --patience none --batch 8 --epochs 25 --progress jsonl --out i.json > cut.txt 2>&1 & pid=$!
set +m
for _ in $(seq 200); do grep -q '"epoch":2,' cut.txt 2> /dev/null && break; sleep 0.02; done
kill -INT $pid; wait $pid
cp i.json.checkpoint kept.json
said="i.json.checkpoint: not a (model|network), but the checkpoint of an unfinished training: go on with --resume FILE"
for command in "predict --csv c.csv" "evaluate --csv c.csv" "backtest --csv c.csv" inspect "infer --input rows.csv"; do
    expect 4 "$said" "a checkpoint is no model: ${command%% *}" "$L" $command --model i.json.checkpoint
done
expect 4 "not a checkpoint, but a finished model" "a model is no checkpoint" train --epochs 25 --resume m.json --out x.json
expect 0 "removed +i.json.checkpoint" "train removes the checkpoint that it went on from" train --epochs 25 --progress none --resume ./i.json.checkpoint --out i.json
expect 0 "" "the checkpoint is gone" test ! -e i.json.checkpoint
cp kept.json j.json.checkpoint
expect 0 "saved" "--resume of another name" train --epochs 25 --progress none --resume kept.json --out j.json
expect 0 "" "a checkpoint of another name stays" test -e kept.json
expect 0 "" "a checkpoint that this run did not go on from stays" test -e j.json.checkpoint
cp kept.json lstmfc.checkpoint
if train --epochs 25 --progress none --resume lstmfc.checkpoint 2> /dev/null | cmp -s - i.json; then pass "resumed to stdout: the same bytes"; else fail "resumed to stdout"; fi
expect 0 "" "a model on stdout may be lost: its checkpoint stays" test -e lstmfc.checkpoint

# ---- edited and sealed again
edited 's/"symbol": "A"/"symbol": "B"/'
expect 0 "symbol +B" "the seal of this test fits" "$L" inspect --model e.json
while IFS='|' read -r program pattern; do
    edited "$program"
    for command in inspect "predict --csv c.csv"; do expect 4 "$pattern" "${command%% *}: $program" "$L" $command --model e.json; done
done << 'END'
s/"horizon": 1/"horizon": null/|'horizon' must be
s/"best_epoch": [0-9]*/"best_epoch": 99/|'best_epoch' must be
s/"fit_to": [0-9]*/"fit_to": 0/|'fit_to' must be
s/"seen_to": [0-9]*/"seen_to": null/|'seen_to' must be
s/"gaps": "[a-z]*"/"gaps": "x"/|'gaps' must be
s/"profile": "[a-z]*"/"profile": 3/|'profile' must be
s/"rows": [0-9]*/"rows": -1/|'rows' must be
s/"stable": [0-9]*/"stable": -1/|'stable' must be
s/"kind": "standard"/"kind": "x"/|'kind' must be
s/"fit_samples": [0-9]*/"fit_samples": 99999/|'fit_samples' must be
s/"task"/"tusk"/|'task' must be an object
END

# ---- outputs that are no numbers
network() {                                 # weight: y = weight * x
    printf '{"format":"lstmfc","version":1,"library":"0.1.0","model":{"spec":"dense 1","inputs":1,"window":1,"dtype":"float32","parameters":[{"name":"0.dense.kernel","shape":[1,1],"data":[%s]},{"name":"0.dense.bias","shape":[1],"data":[0]}]}' "$1" > n.json
    seal n.json
}
network 3e38
printf '1\n0.5\n10\n-10\n' > rows.csv
expect 0 "a network alone: no task" "inspect: a network alone" "$L" inspect --model n.json
expect 1 "infer: 2 of 4 outputs are not finite; the first is in output row 3 \(input rows 3 to 3\)" "infer: inf" "$L" infer --model n.json --input rows.csv
if [ "$("$L" infer --model n.json --input rows.csv 2> /dev/null | tail -2 | tr '\n' ' ')" = "inf -inf " ]; then pass "infer writes them all the same"
else fail "infer: $("$L" infer --model n.json --input rows.csv 2> /dev/null | tail -2)"; fi
expect 1 '"error"' "infer --json: one object that says it" "$L" infer --model n.json --input rows.csv --out o.csv --json
network 2
expect 0 "^-20$" "infer: finite" "$L" infer --model n.json --input rows.csv

# ---- a symbol is cut between characters
long=$(printf 'x%.0s' $(seq 59))
"$L" evaluate --model m.json --csv c.csv --symbol "${long}é" --json > o.json 2> /dev/null
if grep -q "these candles are of $long; " o.json && ! grep -q "$(printf '\357\277\275')" o.json; then pass "a symbol is cut between characters"
else fail "a symbol is cut inside a character: $(grep -o "these candles are of .\{70\}" o.json)"; fi
"$L" evaluate --model m.json --csv c.csv --symbol "${long%x}é" --json > o.json 2> /dev/null
if grep -q "these candles are of ${long%x}é; " o.json; then pass "60 bytes are shown whole"; else fail "60 bytes are cut"; fi

# ---- a fine-tuning with fresh moments and with those that a training left
"$L" train --csv c.csv --target price --features "log_return(close)" --window 6 --model "lstm 3 | dense 1" --epochs 2 --progress none --out first.json \
    --keep-checkpoint first.checkpoint > /dev/null 2>&1
tune() { "$L" train --csv c.csv --from first.json --epochs 1 --lr 1e-4 --progress none --out "$@" > /dev/null 2>&1; }
tune fresh.json && tune kept.json --moments first.checkpoint && tune again.json --moments first.checkpoint
if [ -s kept.json ] && ! cmp -s fresh.json kept.json && cmp -s kept.json again.json; then pass "moments: kept is not fresh, and the same twice"
else fail "moments: fresh, kept and kept again"; fi
expect 4 "m.json: not a checkpoint, but a finished model" "moments of a finished model" "$L" train --csv c.csv --from first.json --moments m.json --out o.json
expect 4 "first.checkpoint: .*it was made with optimizer = adam, this training has sgd" "moments of another rule" \
    "$L" train --csv c.csv --from first.json --moments first.checkpoint --optimizer sgd --out o.json
expect 2 "a new network has none of its own" "moments without --from" "$L" train --csv c.csv --moments first.checkpoint --out o.json
finish
