#!/usr/bin/env bash
# tests/test_ledger.sh [TOOL]: each look at a test span is kept beside its model, by every command that takes one; the same look twice is one.
# Several programs at once lose no line, half a line and what is no look are told and passed over, a folder that cannot be written is a warning.
# The figures of the deflated Sharpe ratio: tests/ledger_compare.py.
set -u
cd "$(dirname "$0")/.."
make -s build/lstmfc || exit 1
tool=$(realpath "${1:-build/lstmfc}")
out=$(mktemp -d)
trap 'chmod -R u+w "$out"; rm -rf "$out"' EXIT
chmod 755 "$out"
results=$out/results
. tests/parallel.sh
mkdir "$out/bin"
cp "$tool" "$out/bin/lstmfc"
PATH=$out/bin:$PATH
cd "$out" || exit 1
unset SOURCE_DATE_EPOCH
expect() {                                  # exit code, pattern in what it prints, name, command
    local wanted=$1 pattern=$2 name=$3 code=0
    shift 3
    "$@" > said.txt 2>&1 < /dev/null || code=$?
    if [ "$code" -ne "$wanted" ]; then fail "$name: exit $code, not $wanted: $(tail -1 said.txt)"
    elif ! grep -Eq -e "$pattern" said.txt; then fail "$name: no /$pattern/ in: $(tail -12 said.txt)"
    else pass "$name"; fi
}
lines() { if [ "$(wc -l < "$1")" -eq "$2" ]; then pass "$3"; else fail "$3: $(wc -l < "$1") lines, not $2: $(cat "$1")"; fi; }
lstmfc synth --bars 1500 --seed 6 --out walk.csv > /dev/null
train() { lstmfc train --csv walk.csv --features "log_return(close)" --window 6 --model "lstm 4 | dense 1 sigmoid" --epochs 1 --test 0.3 --progress none "$@" > train.txt 2>&1 || fail "train: $(tail -1 train.txt)"; }
for seed in 1 2 3; do train --seed $seed --out m$seed.json; done
once='^ledger +this test span was looked at 1 time \(20[0-9-]+ [0-9:]+ UTC\), by 1 model$'
times() { echo "^ledger +this test span was looked at $1 times \(first 20[0-9-]+ [0-9:]+ UTC, last 20[0-9-]+ [0-9:]+ UTC\), by $2 model"; }

# ---- beside the model, by default; a look is span, model and options
expect 0 "$once" "evaluate: the first look" lstmfc evaluate --csv walk.csv --model m1.json
lines m1.json.ledger.jsonl 1 "a line beside the model"
expect 0 "$once" "evaluate: the same look once more" lstmfc evaluate --csv walk.csv --model m1.json
cp walk.csv renamed.csv
expect 0 "$once" "the same bars under another name" lstmfc evaluate --csv renamed.csv --model m1.json --fee 0.001
expect 0 "$once" "backtest of them is the same look" lstmfc backtest --csv walk.csv --model m1.json
lines m1.json.ledger.jsonl 1 "and no line more"
expect 0 "deflated: P\(true Sharpe ratio above 0\) 0\.[0-9]+; 1 try, this one$" "one try" lstmfc backtest --csv walk.csv --model m1.json
expect 0 "$(times 2 1)" "other costs are another look" lstmfc evaluate --csv walk.csv --model m1.json --fee 0.002
expect 0 "$(times 3 1)" "another band too" lstmfc backtest --csv walk.csv --model m1.json --band 0.01
expect 0 "deflated: P\(true Sharpe ratio above [0-9.]+ a year, the best of 3 tries without skill\) [0-9.]+; 3 tries: 3 looks; spread: that of the looks' ratios$" \
    "the deflated Sharpe ratio says its count" lstmfc backtest --csv walk.csv --model m1.json
head -1400 walk.csv > shorter.csv
expect 0 "$once" "other bars" lstmfc evaluate --csv shorter.csv --model m1.json
train --seed 1 --created 1600000000000 --out m1.json
expect 0 "$(times 3 1)" "the same training again, another date: the same model" lstmfc evaluate --csv walk.csv --model m1.json
train --seed 4 --out m1.json
expect 0 "$(times 4 2)" "a training of another seed in its place: another model" lstmfc evaluate --csv walk.csv --model m1.json
expect 0 '"ledger":\{"file":"m1.json.ledger.jsonl","kept":true,"looks":4,"models":2,"trials":0,"looks_at_other_bars":1,"damaged_lines":0,"first":"20[^"]*Z","last":"20[^"]*Z","best_skill":[-0-9.e]+,"tries":4,"spread":"looks","sharpe_by_luck":[0-9.]+,"deflated_sharpe_probability":[-0-9.e]+\}' \
    "evaluate --json" lstmfc evaluate --csv walk.csv --model m1.json --json
expect 0 '"ledger":\{"file":"m1.json.ledger.jsonl","kept":true,"looks":4,' "backtest --json" lstmfc backtest --csv walk.csv --model m1.json --json
for command in evaluate backtest; do
    lstmfc $command --csv walk.csv --model m1.json --report r.html > said.txt 2>&1
    if grep -q 'Ledger: this test span was looked at 4 times (first 20[^)]*), by 2 models.*the best of 4 tries without skill' r.html; then pass "$command: the report says it"; else fail "$command: the report says it"; fi
done
expect 0 "$(times 5 2)" "choices in braces: the combinations that were not chosen are tries" lstmfc backtest --csv walk.csv --model m1.json --long "probability_up > {0.49,0.5,0.51}"
expect 0 "7 tries: 5 looks and 2 trials of searches" "and the ratio takes them" lstmfc backtest --csv walk.csv --model m1.json
if grep -q '"options":"long probability_up > {0.49,0.5,0.51}".*"trials":2}$' m1.json.ledger.jsonl; then pass "a line says what was asked"; else fail "a line says what was asked: $(cat m1.json.ledger.jsonl)"; fi

# ---- none, another, a shared one
before=$(cksum < m1.json.ledger.jsonl)
lstmfc evaluate --csv walk.csv --model m1.json --ledger none --fee 0.005 > said.txt 2>&1
if ! grep -q '^ledger' said.txt && [ "$before" = "$(cksum < m1.json.ledger.jsonl)" ] && [ ! -e none ]; then pass "--ledger none keeps none"; else fail "--ledger none: $(grep ledger said.txt)"; fi
lstmfc evaluate --csv walk.csv --model m1.json --in-sample > said.txt 2>&1
if ! grep -q '^ledger' said.txt && [ "$before" = "$(cksum < m1.json.ledger.jsonl)" ]; then pass "bars of the training are no test span"; else fail "bars of the training are no test span: $(grep ledger said.txt)"; fi
expect 2 "no test span" "--ledger beside --in-sample" lstmfc evaluate --csv walk.csv --model m1.json --in-sample --ledger l.jsonl
expect 2 "keeps looks at the test span of a --model" "--ledger without a model" lstmfc backtest --csv walk.csv --long "rsi(14) < 30" --ledger l.jsonl
expect 2 "lead to one file" "the ledger is no place for another file" lstmfc evaluate --csv walk.csv --model m1.json --forecasts m1.json.ledger.jsonl
expect 2 "not stdout" "--ledger -" lstmfc evaluate --csv walk.csv --model m1.json --ledger -
mkdir shared; cp m2.json m3.json shared; : > shared/ledger.jsonl
expect 0 "$once" "ledger.jsonl of the folder, where it is there" lstmfc evaluate --csv walk.csv --model shared/m2.json
expect 0 "$(times 2 2)" "is shared by its models" lstmfc evaluate --csv walk.csv --model shared/m3.json
lines shared/ledger.jsonl 2 "and no other file is made"
[ ! -e shared/m2.json.ledger.jsonl ] && pass "beside it" || fail "beside it: $(ls shared)"
expect 0 "$(times 3 3)" "--ledger names another" lstmfc evaluate --csv walk.csv --model m1.json --ledger shared/ledger.jsonl

# ---- pipeline counts its seeds, tune its trials
lstmfc pipeline --csv walk.csv --system b --epochs 1 --seeds 3 --out run --progress none > said.txt 2>&1
if grep -Eq "$(times 3 3)" said.txt; then pass "pipeline: each of its seeds has looked"; else fail "pipeline: $(grep -E 'ledger|lstmfc' said.txt)"; fi
lines run/model.json.ledger.jsonl 3 "pipeline: beside its model"
grep -q 'Ledger: this test span was looked at 3 times' run/report.html && grep -q '"ledger": *{' run/metadata.json && pass "pipeline: report and metadata" || fail "pipeline: report and metadata"
lstmfc pipeline --csv walk.csv --system b --epochs 1 --seeds 3 --out run --progress none --json 2> /dev/null > said.txt
grep -q '"ledger":{"file":"run/model.json.ledger.jsonl","kept":true,"looks":3,' said.txt && pass "pipeline once more: the same looks, JSON" || fail "pipeline once more: $(grep -o '"ledger":{[^}]*}' said.txt)"
echo '{"units": {"int": [2, 8]}, "lr": {"loguniform": [1e-4, 1e-2]}, "window": 6, "epochs": 1, "features": "log_return(close)", "model": "lstm {units} | dense 1 sigmoid"}' > space.json
expect 0 "^ledger +this test span was looked at 1 time, by the best of 4 trials: .* of the best of 5 without skill" "tune: its trials are tries" lstmfc tune --csv walk.csv --space space.json --trials 4 --out search --progress none
expect 0 "5 tries: 1 look and 4 trials of searches; spread: the error of this ratio" "evaluate of its model knows them" lstmfc evaluate --csv walk.csv --model search/model.json
grep -q 'the best of 5 tries without skill' search/report.html && pass "tune: the report says it" || fail "tune: the report says it"

# ---- several symbols from one purse: one look at the bars of all, by one pooled model or a folder of them
mkdir coins folder_of
for k in 1 2; do
    lstmfc synth --bars 1200 --seed 1$k --out coins/C$k.csv > /dev/null
    lstmfc train --csv coins/C$k.csv --features "log_return(close)" --window 6 --model "lstm 4 | dense 1 sigmoid" --epochs 1 --test 0.3 --progress none --out folder_of/C$k.json > train.txt 2>&1 || fail "train: $(tail -1 train.txt)"
done
lstmfc train --csv coins --pooled --features "log_return(close)" --window 6 --model "lstm 4 | dense 1 sigmoid" --epochs 1 --test 0.3 --progress none --out pooled.json > train.txt 2>&1 || fail "train --pooled: $(tail -1 train.txt)"
for model in pooled.json folder_of; do
    expect 0 "$once" "several symbols, $model: the first look" lstmfc backtest --csv coins --model $model
    expect 0 "$once" "several symbols, $model: once more" lstmfc backtest --csv coins --model $model
    expect 0 "$(times 2 1)" "several symbols, $model: other weights" lstmfc backtest --csv coins --model $model --weights volatility
done
lines pooled.json.ledger.jsonl 2 "a pooled model's ledger"
lines folder_of/ledger.jsonl 2 "that of a folder of models lies in it"
expect 0 "$(times 2 1)" "several symbols: JSON and report" lstmfc backtest --csv coins --model pooled.json --report r.html
grep -q 'Ledger: this test span was looked at 2 times' r.html && lstmfc backtest --csv coins --model pooled.json --json 2> /dev/null | grep -q '"ledger":{"file":"pooled.json.ledger.jsonl","kept":true,"looks":2,' \
    && pass "and they say it" || fail "and they say it"

# ---- twenty at once
for k in $(seq 20); do lstmfc evaluate --csv walk.csv --model m2.json --fee 0.00$((100 + k)) --ledger many.jsonl > many.$k 2>&1 & done
wait
lines many.jsonl 20 "twenty programs at once: no line is lost"
[ "$(grep -c '^{"span":"[0-9a-f]\{16\}","model":"[0-9a-f]\{16\}","options":"fee 0.001[0-9]*",.*}$' many.jsonl)" -eq 20 ] && pass "none is torn" || fail "none is torn: $(cat many.jsonl)"
[ "$(sed -n 's/^ledger .*looked at \([0-9]*\) time.*/\1/p' many.* | sort -n | tr '\n' ' ')" = "$(seq -s ' ' 20) " ] && pass "and each knows those before it" || fail "and each knows those before it: $(cat many.* | grep '^ledger' | sort)"

# ---- damage
{ sed -n 1p many.jsonl; echo '{"span":"66'; echo; echo 'hello'; sed -n 2p many.jsonl; printf '{"span":7,"model":"x"}\n\0\0\n[]\n'; sed -n 3p many.jsonl | tr -d '\n'; } > damaged.jsonl
expect 0 "$(times 4 1)" "damage: what is readable is counted" lstmfc evaluate --csv walk.csv --model m2.json --ledger damaged.jsonl
grep -q '^note: damaged.jsonl: line 2 is no look of a ledger: .*not counted' said.txt && grep -q 'damaged.jsonl: line 4 ' said.txt && grep -q 'more such lines' said.txt \
    && pass "damage: file and line are named" || fail "damage: file and line are named: $(grep note said.txt)"
expect 0 '"damaged_lines":5,' "damage: JSON" lstmfc evaluate --csv walk.csv --model m2.json --ledger damaged.jsonl --json
lines damaged.jsonl 10 "damage: the new line stands on its own"
printf '{"span":"66' > torn.jsonl
expect 0 "$once" "damage: half a line alone" lstmfc evaluate --csv walk.csv --model m2.json --ledger torn.jsonl
sed -E 's/"options":[^,]*,"time":[^,]*,//' many.jsonl | head -1 > old.jsonl
expect 0 "by 1 model" "a line without options and time, as they were" lstmfc evaluate --csv walk.csv --model m2.json --ledger old.jsonl
before=$(cksum < walk.csv)
expect 3 "walk.csv is no ledger: another file\\? It stays as it is" "another file" lstmfc evaluate --csv renamed.csv --model m2.json --ledger walk.csv
[ "$before" = "$(cksum < walk.csv)" ] && pass "and it is as it was" || fail "and it is as it was"
mkdir folder
expect 1 "folder is no file" "a folder" lstmfc evaluate --csv walk.csv --model m2.json --ledger folder

# ---- a folder that cannot be written
if [ "$(id -u)" -ne 0 ]; then unprivileged() { "$@"; }
elif have setpriv; then unprivileged() { setpriv --reuid=65534 --regid=65534 --clear-groups "$@"; }
else unprivileged() { false; }; fi
mkdir locked; cp m3.json locked; chmod 555 locked
if unprivileged test -r locked/m3.json; then
    expect 0 "^note: this look at the test span is not kept: locked/m3.json.ledger.jsonl: .*enied; --ledger names another" "a folder that cannot be written is a warning" \
        unprivileged "$out/bin/lstmfc" evaluate --csv walk.csv --model locked/m3.json
    grep -Eq "$once" said.txt && pass "and the look is counted" || fail "and the look is counted: $(grep ledger said.txt)"
    chmod 755 locked; cp many.jsonl locked/m3.json.ledger.jsonl; chmod 444 locked/m3.json.ledger.jsonl; chmod 555 locked
    expect 0 "$(times 21 2)" "a ledger that can only be read is read" unprivileged "$out/bin/lstmfc" evaluate --csv walk.csv --model locked/m3.json
    lines locked/m3.json.ledger.jsonl 20 "and stays as it is"
else skip "a folder that cannot be written (package util-linux: setpriv)"; fi
finish
