#!/usr/bin/env bash
# tests/test_cli.sh [TOOL]: the command line's contract: exit codes, messages, --help and its examples, --config, --json, Ctrl-C and
# --resume, the same bytes twice. TOOL is build/lstmfc unless given.
set -u
cd "$(dirname "$0")/.."
make -s build/lstmfc || exit 1
tool=$(realpath "${1:-build/lstmfc}")
out=build/cli
rm -rf "$out"; mkdir -p "$out/bin"
ln -s "$tool" "$out/bin/lstmfc"
results=$out/results
. tests/parallel.sh
here=$PWD
cd "$out" || exit 1
results=$here/$out/results
PATH=$here/$out/bin:$PATH
export SOURCE_DATE_EPOCH=1700000000

expect() {                                  # exit code, pattern in what it prints ("" = any), name, command
    local wanted=$1 pattern=$2 name=$3 code=0 text
    shift 3
    text=$("$@" 2>&1 < /dev/null) || code=$?
    if [ "$code" -ne "$wanted" ]; then fail "$name: exit $code, not $wanted: $(printf '%s' "$text" | tail -1)"
    elif [ -n "$pattern" ] && ! printf '%s' "$text" | grep -Eq -e "$pattern"; then fail "$name: no /$pattern/ in: $(printf '%s' "$text" | tail -2)"
    else pass "$name"; fi
}
json() {                                    # name, path into the object that must exist, command: stdout is one JSON object
    local name=$1 path=$2
    shift 2
    "$@" > json.txt 2> json.err < /dev/null
    if have node; then
        if node -e 'const o=JSON.parse(require("fs").readFileSync("json.txt","utf8"));if(typeof o!=="object"||Array.isArray(o))process.exit(1);let v=o;for(const k of process.argv[1].split("."))v=v[k];process.exit(v===undefined?1:0)' "$path" 2> /dev/null
        then pass "--json: $name"; else fail "--json: $name: $(head -c 200 json.txt) $(tail -1 json.err)"; fi
    elif have python3; then
        if python3 -c 'import json,sys; v=json.load(open("json.txt")); [v:=v[k] for k in sys.argv[1].split(".")]' "$path"; then pass "--json: $name"; else fail "--json: $name"; fi
    else skip "--json: $name (package nodejs or python3)"; fi
}
same() { if cmp -s "$1" "$2"; then pass "$3"; else fail "$3"; fi; }

small="--window 12 --features log_return(close),rsi(14)/100 --model"
tiny="lstm 8 | dropout 0.2 | dense 1 sigmoid"

# ---- the tool itself
expect 2 "Usage: lstmfc" "no command" lstmfc
expect 0 "pipeline" "--help" lstmfc --help
expect 0 "lstmfc [0-9]+\.[0-9]+\.[0-9]+" "--version" lstmfc --version
expect 2 "did you mean .train" "unknown command" lstmfc trian

expect 0 "lstmfc train - " "help train" lstmfc help train
if [ -e /dev/full ]; then expect 1 "cannot be written" "--help to a full disk" sh -c "lstmfc --help > /dev/full"; fi

# ---- help of every command; its example works as it stands
for command in train predict update evaluate backtest pipeline indicators features check inspect infer export synth tune; do
    expect 0 "Example" "$command --help" lstmfc $command --help
    expect 2 "xyzzy is not an option of .$command" "$command --xyzzy" lstmfc $command --xyzzy 1
    mkdir -p "example-$command"
    lstmfc $command --help | sed '1,/^Example/d' > "example-$command/example.sh"
    if (cd "example-$command" && sh -eu example.sh) > "example-$command.txt" 2>&1 < /dev/null; then pass "$command: the example of --help"
    else fail "$command: the example of --help: $(tail -2 "example-$command.txt")"; fi
done

# ---- flags
expect 2 "did you mean --csv" "two letters swapped" lstmfc check --cvs c.csv
lstmfc synth --bars 900 --seed 3 --out c.csv
expect 2 "did you mean --epochs" "nearest flag" lstmfc train --csv c.csv --epocs 3
expect 2 "not an option of .check" "flag of another command" lstmfc check --csv c.csv --epochs 3
expect 2 "given twice" "flag given twice" lstmfc train --csv c.csv --epochs 3 --epochs 4
expect 2 "needs a value" "flag without a value" lstmfc train --csv c.csv --epochs
expect 2 "needs a value" "flag where a value should be" lstmfc train --csv --epochs 3
expect 2 "was not expected" "stray word" lstmfc train c.csv
expect 2 "1\.\.1000000" "number outside its range" lstmfc train --csv c.csv --epochs -1
expect 2 "epochs" "text where a number should be" lstmfc train --csv c.csv --epochs many
expect 2 "direction.*price" "unknown choice" lstmfc train --csv c.csv --target up
expect 2 "--csv is needed" "missing --csv" lstmfc train --epochs 3
expect 2 "threads.*none.0\.\.64" "--threads 65 is refused" lstmfc train --csv c.csv --threads 65
expect 2 "exactly one" "backtest needs a model or signals" lstmfc backtest --csv c.csv
expect 2 "a.b.c.d.e" "pipeline --system f" lstmfc pipeline --csv c.csv --system f --out p
printf '{"system": "e", "csv": "c.csv", "out": "p"}' > system.json
expect 2 "by the flag --system" "a system named in a file" lstmfc pipeline --config system.json
expect 2 "huber-delta has no effect" "--huber-delta where a system's loss is another" lstmfc pipeline --csv c.csv --system b --huber-delta 2 --out p
expect 2 "--out FILE" "--json with the output on stdout" lstmfc indicators --csv c.csv --features "rsi(14)" --json
expect 2 "stands alone" "features --list with another flag" lstmfc features --list --features "rsi(14)"

# what --help prints as a range is what is taken: of every numeric flag of every command the low end, and the high one
flags() { lstmfc "$1" --help | sed '/^Always/,$d' | awk '/^  --/ { if (line) print line; line = $0; next } /^      / { sub(/^ +/, " "); line = line $0; next } { if (line) print line; line = "" } END { if (line) print line }'; }
takes() { lstmfc "$1" "--$2" "$3" --xyzzy 1 2>&1 | grep -q 'xyzzy is not an option'; }
checked=0
for command in train predict update evaluate backtest pipeline indicators features check inspect infer export synth tune; do
    while read -r flag range; do
        range=${range#none|} low=${range%%..*} high=${range##*..} above=no below=no
        case $low in '>'*) above=yes low=${low#>};; esac
        case $high in '<'*) below=yes high=${high#<};; esac
        checked=$((checked + 1))
        takes $command "$flag" "$low" && taken=no || taken=yes
        [ $taken = $above ] || fail "$command --help: --$flag $low against $range"
        takes $command "$flag" "$high" && taken=no || taken=yes
        [ $taken = $below ] || fail "$command --help: --$flag $high against $range"
    done < <(flags $command | grep -oE '^  --[a-z0-9-]+ |[; ](none\|)?>?[0-9.e-]+\.\.<?[0-9.e+]+( \[|$)' | tr -d ';[' | awk '/^  --/ { flag = $1; next } { sub(/^--/, "", flag); print flag, $1 }')
done
[ $checked -gt 100 ] && pass "the ranges in --help are those that are taken ($checked)" || fail "ranges in --help: $checked found"

# ---- configuration file
echo '{"csv": "c.csv", "features": "rsi(14)", "out": "i1.csv", "drop_last": true}' > good.json
lstmfc indicators --config good.json && lstmfc indicators --csv c.csv --features "rsi(14)" --drop-last --out i2.csv
same i1.csv i2.csv "--config gives what the flags give"
lstmfc indicators --config good.json --features "rsi(7)" --out i3.csv && lstmfc indicators --csv c.csv --features "rsi(7)" --drop-last --out i4.csv
same i3.csv i4.csv "flags win over --config"
echo '{"csv": "c.csv", "featurs": "rsi(14)"}' > bad.json
expect 2 "did you mean features" "--config: unknown key" lstmfc indicators --config bad.json
echo '{"csv": ["c.csv"]}' > bad.json
expect 2 "csv is a list; expected a text" "--config: a list where a text should be" lstmfc indicators --config bad.json
config() {                                  # JSON, pattern, name, command: refused as a usage error
    printf '%s' "$1" > bad.json
    expect 2 "$2" "--config: $3" lstmfc ${4:-indicators} --csv c.csv --config bad.json
}
echo '{"horizon": [1, 4]}' > several.json
expect 0 "1,4 bars of 1 h ahead" "--config: a list of horizons" lstmfc train --config several.json --csv c.csv --target return $small "lstm 2 | dense 2" --epochs 1 --out several-m.json --progress none
config '{"horizon": [1, "x"]}' 'horizon is a list; expected a whole number' "a list of other things" train
echo '{"target": "return", "horizon": "1,4", "features": "log_return(close)", "window": {"choice": [4, 8]}, "epochs": 1}' > several-space.json
expect 0 "trials +2: 2 done" "tune: several horizons in a space" lstmfc tune --csv c.csv --space several-space.json --trials 2 --out several-t --progress none
config '{"features": true}' 'features is true; expected a text' "true is no feature text (it trained on the constant 1)"
config '{"features": 14}' 'features is a number; expected a text' "a number is no text"
config '{"features": null}' 'features is null; expected a text in quotes, or leave it out' "null"
config '{"features": {}}' 'features is an object' "an object"
config '{"features": "rsi(14)\u0000,clse"}' 'features holds the character U\+0000' "a text with a NUL does not lose its tail"
config '{"epochs": true}' 'epochs is true; expected a whole number' "true is not 1" train
config '{"target": 1}' "target: '1' is none of direction" "a choice by number" train
config '{"fee": -1}' 'fee: -1 is not in none' "a written -1 is not none" backtest
config '{"lr": 0}' 'lr: 0 is not in >0\.\.1000' "a 0 that is refused" train
config '{"help": true}' '--help belongs on the command line' "help is no key (and not its own suggestion)"
config '{"config": "c.json"}' '--config belongs on the command line' "config neither"
config '{"conf": "c.json"}' 'conf is not an option of .indicators.$' "what is no key is not suggested"
{ printf '{"csv": "c.csv", "out": "long.csv", "features": "'; for i in $(seq 2 400); do printf 'sma(close,%d), ' $i; done; printf 'close"}'; } > long.json
if lstmfc indicators --config long.json && [ "$(head -1 long.csv | tr ',' '\n' | wc -l)" -gt 400 ]; then pass "--config: a text of $(wc -c < long.json) bytes"
else fail "--config: a text of $(wc -c < long.json) bytes"; fi
echo '{"csv": "c.csv",' > bad.json
expect 2 "line" "--config: not JSON" lstmfc indicators --config bad.json
expect 2 "no such file" "--config: absent" lstmfc indicators --config absent.json

# ---- the environment, and files given as another's
for epoch in banana -5 1e9 253402300800 "17 "; do
    expect 2 "SOURCE_DATE_EPOCH=$epoch in the environment: expected whole seconds" "SOURCE_DATE_EPOCH=$epoch is refused" env SOURCE_DATE_EPOCH="$epoch" lstmfc train --csv c.csv --out m.json
done
expect 2 "SOURCE_DATE_EPOCH=x" "SOURCE_DATE_EPOCH: pipeline looks before it works" env SOURCE_DATE_EPOCH=x lstmfc pipeline --csv c.csv --system a --out epoch
expect 3 "no such file" "SOURCE_DATE_EPOCH does not matter beside --created" env SOURCE_DATE_EPOCH=x lstmfc train --csv absent.csv --created 0 --out m.json
expect 2 "--start '': expected YYYY" "synth --start=: an empty time" lstmfc synth --bars 3 --start=
expect 2 "--seed: 0 is not in 1\.\." "synth --seed 0" lstmfc synth --bars 3 --seed 0
expect 0 "same candles; 1 or more" "synth --help shows where the seed begins" lstmfc synth --help
for command in predict evaluate backtest; do
    expect 4 "expected a value.*looks like CSV: candles are given by --csv" "$command: a CSV as --model" lstmfc $command --model c.csv --csv c.csv
done
expect 4 "looks like CSV" "inspect: a CSV as --model" lstmfc inspect --model c.csv
expect 4 "looks like CSV" "infer: a CSV as --model" lstmfc infer --model c.csv --input c.csv
expect 3 "begins like JSON, as a model file does. A model is given by --model" "a model as --csv" lstmfc check --csv good.json

# ---- data
expect 3 "no such file" "absent CSV" lstmfc check --csv absent.csv
: > empty.csv
expect 3 "" "empty CSV" lstmfc check --csv empty.csv
echo "time,open,high,low,close,volume" > header.csv
expect 3 "" "header only" lstmfc check --csv header.csv
sed '9s/,[0-9.]*/,twelve/' c.csv > text.csv
expect 3 "line 9, column 22.*twelve" "text in a number: line, column, value" lstmfc check --csv text.csv
head -40 c.csv > short.csv
expect 3 "[0-9]" "fewer bars than needed" lstmfc train --csv short.csv $small "$tiny" --out m.json
if cat c.csv | lstmfc check --csv - > stdin.txt && grep -q "900 bars kept" stdin.txt; then pass "candles from stdin"; else fail "candles from stdin"; fi
expect 0 "SYNTHETIC" "check says synthetic" lstmfc check --csv c.csv

# ---- feature and layer texts
cp c.csv over.csv
expect 2 "file of --csv: it would be written over" "an output over its input" lstmfc indicators --csv over.csv --features "rsi(14)" --out ./over.csv
expect 2 "written over" "a model over its candles" lstmfc train --csv over.csv --features "rsi(14)" --model "dense 1 sigmoid" --window 2 --epochs 1 --out over.csv
same c.csv over.csv "the input is as it was"
expect 0 "too few for all columns.*from bar 15 on .--last cuts" "fewer bars than the lookback are told" lstmfc indicators --csv c.csv --features "rsi(14)" --last 3 --out i5.csv
json "the profile" profile lstmfc indicators --csv c.csv --features "rsi(14)" --profile ta --out i6.csv --json
expect 2 "did you mean .rsi" "unknown feature" lstmfc indicators --csv c.csv --features "rsii(14)"
expect 2 "column 20" "place of a feature error" lstmfc indicators --csv c.csv --features "log_return(close), rsii(14)"
expect 2 "future" "lag(-1)" lstmfc indicators --csv c.csv --features "lag(close,-1)"
expect 2 "did you mean .lstm" "unknown layer" lstmfc train --csv c.csv $small "lstn 8 | dense 1 sigmoid" --out m.json
expect 2 "^lstmfc train: layer text, column 1: [^(]*$" "the place in a layer text is said once" lstmfc train --csv c.csv $small "lstn 8 | dense 1 sigmoid" --out m.json
expect 2 "more elements than the limit" "a layer beyond the limits is a matter of the text" lstmfc train --csv c.csv $small "lstm 60000 | dense 1 sigmoid" --out m.json
expect 3 "feature 'close/0' has no value in any" "a feature without any value is named" lstmfc train --csv c.csv --features "rsi(14), close/0" --out m.json
expect 1 "^lstmfc train: --out: nowhere/m.json" "an output that cannot be written is told first" lstmfc train --csv c.csv --features "rsi(14)" --out nowhere/m.json
sed '100d' c.csv > gap.csv
expect 0 "^  1 bar is missing between" "one in the singular" lstmfc check --csv gap.csv
sed '100,101d' c.csv > gap.csv
expect 0 "^  2 bars are missing between" "two in the plural" lstmfc check --csv gap.csv
expect 2 "--lr: 0 is not in >0\.\.1000" "a 0 that is no rate is not in the range" lstmfc train --csv c.csv --lr 0
expect 2 "--threads: -1 is not in none.0\.\.64" "--threads -1 is refused by its range" lstmfc train --csv c.csv --threads=-1
expect 2 "--fee: -1 is not in none\|0\.\.0\.5" "a written -1 is not none" lstmfc backtest --csv c.csv --fee=-1
for field in lr beta1 beta2 huber-delta plateau-factor cut; do expect 2 "--$field: 0 is not in >0\.\." "--$field 0" lstmfc train --csv c.csv --$field 0; done
expect 2 "ends in .dense 1 sigmoid., 1 output: target price needs .dense 1. as the last layer" "head of another target" lstmfc train --csv c.csv --target price $small "$tiny" --out m.json
expect 2 "crossentropy.*bce says up or down" "crossentropy is for several classes" lstmfc train --csv c.csv $small "$tiny" --loss crossentropy --out m.json
for target in price return volatility; do
    expect 0 "dense 16 relu . dense 1$" "--target $target and nothing else: the default network ends in dense 1" lstmfc train --csv c.csv --target $target --window 4 --features "log_return(close)" --epochs 1 --out target.json
done
expect 2 "dense 1 sigmoid" "head of the wrong width" lstmfc train --csv c.csv $small "lstm 8 | dense 2 sigmoid" --out m.json
expect 0 "macd" "features --list" lstmfc features --list
expect 2 "belongs to --list" "features --markdown alone" lstmfc features --markdown
expect 2 "did you mean .hist.*column 10 " "column of a feature error in characters, nearest output" lstmfc indicators --csv c.csv --features '"é"=macd.hst'
if (cd "$here" && sh tools/readme.sh build/lstmfc check); then pass "FEATURES.md and README: the functions are those that the program prints"
else fail "FEATURES.md or README: the functions are not those of features --list --markdown: run tools/readme.sh"; fi
missing=$(lstmfc --help | sed '/^Example/q' | sed -nE 's/^  ([a-z]+) +[a-z].*/\1/p' | while read -r name; do grep -q "^| \`$name\` |" "$here/README.md" || echo "$name"; done)
[ -z "$missing" ] && pass "README: every command has its row" || fail "README has no row of the command: $(echo $missing)"

# ---- training: model, same bytes twice, predictions
train() { lstmfc train --csv c.csv $small "$tiny" --epochs 3 --batch 16 --progress none "$@"; }
expect 0 "sequences/s" "train" train --out m.json
expect 0 "warning  *the validation loss of the kept weights is .*it did not learn" "train: worse than a constant is said" lstmfc train --csv c.csv --target return --window 6 --features "log_return(close)" --model "lstm 4 | dense 1" --lr 1000 --epochs 2 --out bad.json
train --out m2.json > /dev/null 2>&1
same m.json m2.json "the same seed gives the same bytes"
train --seed 1 --out m3.json > /dev/null 2>&1
if [ -s m3.json ] && ! cmp -s m.json m3.json; then pass "another seed gives another model"; else fail "another seed gives another model"; fi
wide() { lstmfc train --csv c.csv $small "lstm 48 dropout=0.1 | batchnorm | dense 1 sigmoid" --epochs 2 --batch 64 "$@"; }
wide --threads 1 --progress none --out one.json > /dev/null 2>&1
expect 0 "2 threads" "train --threads 2 says so" wide --threads 2 --progress lines --out two.json
same one.json two.json "--threads 2 gives the bytes of --threads 1"
if grep -q threads two.json; then fail "the model file knows of threads"; else pass "the model file does not know of threads"; fi
train > m4.json 2> /dev/null
same m.json m4.json "--out absent is stdout"
expect 1 "" "unwritable output" train --out absent/directory/m.json
mkdir -p taken
expect 1 "taken: cannot create: it is a directory" "output is a directory" lstmfc train --csv c.csv --epochs 1 --out taken
if lstmfc train --csv c.csv $small "$tiny" --epochs 1 --out absent/m.json 2>&1 | grep -q "epoch 1"
then fail "an output that cannot be written is known before training"; else pass "an output that cannot be written is known before training"; fi
expect 2 "test none leaves no bars" "pipeline --test none, before training" lstmfc pipeline --csv c.csv --system a --test none --out run
if [ -w /dev/full ]; then expect 1 "" "full disk" sh -c 'lstmfc indicators --csv c.csv --features "rsi(14)" > /dev/full'; fi
# Nothing after the training span reaches the model: garbage there, or no rows there at all, leave every byte.
(head -722 c.csv; tail -n +723 c.csv | awk -F, '{ print $1 ",1,9,0.5," NR % 7 + 1 "," NR }') > garbage.csv
(head -722 c.csv) > ends.csv
lstmfc train --csv garbage.csv $small "$tiny" --epochs 3 --batch 16 --out garbage.json > /dev/null 2>&1
same m.json garbage.json "look-ahead: garbage in the test span changes no byte of the model"
lstmfc train --csv ends.csv $small "$tiny" --epochs 3 --batch 16 --test none --out ends.json > /dev/null 2>&1
same m.json ends.json "look-ahead: deleting the test span changes no byte of the model"
if lstmfc train --csv c.csv $small "$tiny" --epochs 2 --progress jsonl --out m5.json 2> progress.jsonl > /dev/null && [ "$(grep -c '"event":"epoch"' progress.jsonl)" -eq 2 ] && ! grep -qv '^{.*}$' progress.jsonl
then pass "--progress jsonl: one object per line"; else fail "--progress jsonl: $(head -3 progress.jsonl)"; fi
expect 0 "probability that it closes above" "predict" lstmfc predict --model m.json --csv c.csv
expect 0 "beats persistence" "evaluate" lstmfc evaluate --model m.json --csv c.csv --report e.html --forecasts e.csv
expect 0 "IN SAMPLE" "evaluate --in-sample" lstmfc evaluate --model m.json --csv c.csv --in-sample
head -700 c.csv > seen.csv
awk -F, 'NR == 1 || NR % 4 == 2' c.csv > slow.csv
expect 3 "bars of 4 h, but the model was trained on bars of 1 h" "evaluate on another interval" lstmfc evaluate --model m.json --csv slow.csv
expect 3 "nothing left" "evaluate with nothing left" lstmfc evaluate --model m.json --csv seen.csv
expect 2 "only price and return" "predict --steps with direction" lstmfc predict --model m.json --csv c.csv --steps 3
expect 0 "net" "backtest --model" lstmfc backtest --model m.json --csv c.csv --trades t.csv --equity q.csv --report b.html
expect 0 "NO COSTS" "backtest without costs says so" lstmfc backtest --model m.json --csv c.csv --fee 0 --slippage none
(echo time,signal; sed -n '4,200p' c.csv | cut -d, -f1 | awk '{ print $1 "," (NR % 40 < 20 ? 1 : -1) }') > s.csv
expect 0 "trades" "backtest --signals" lstmfc backtest --csv c.csv --signals s.csv
(echo time,signal; echo 1999-01-01T00:00:00Z,1; echo 1999-01-01T01:00:00Z,0) > s2.csv
sed '3s/,.*/,abc/' s.csv > s3.csv
expect 3 "signal. holds something that is no number" "a signal that is no number" lstmfc backtest --csv c.csv --signals s3.csv
expect 0 "fee 0.2 %, slippage 0.02 % per side.*stop 3 %" "backtest states its rules" lstmfc backtest --csv c.csv --signals s.csv --fee 0.002 --stop 0.03
expect 2 "only one input can be stdin" "candles and signals both from stdin" lstmfc backtest --csv - --signals -
(echo time,signal; sed -n '4p' c.csv | sed 's/,.*/,0/') > flat.csv
if text=$(lstmfc backtest --csv c.csv --signals flat.csv --report flat.html) && ! printf '%s' "$text" | grep -q nan && printf '%s' "$text" | grep -q "trades  *0: nothing" &&
    ! grep -q '>-*nan<' flat.html; then pass "a backtest without trades has no nan"; else fail "a backtest without trades: $text"; fi
expect 3 "no bar" "a signal without a bar" lstmfc backtest --csv c.csv --signals s2.csv
expect 0 "left alone  .*learning" "update tells learning beside the model left alone" sh -c 'lstmfc update --model m.json --csv c.csv --out learnt.json | tr "\\n" " "'
expect 3 "nothing left to measure" "evaluate: an updated model has seen all of the file" lstmfc evaluate --model learnt.json --csv c.csv
expect 3 "nothing to learn from" "update: no bar after the last one seen" lstmfc update --model learnt.json --csv c.csv --out learnt2.json
expect 0 "361 parameters" "inspect" lstmfc inspect --model m.json

# ---- weights that are kept and not the best are not called so
# a rate this high makes the validation loss rise and fall
lstmfc train --csv c.csv $small "$tiny" --epochs 6 --lr 0.3 --patience none --out last.json > last.txt 2>&1
lowest=$(lstmfc inspect --model last.json --json | grep -o '"val_loss":[0-9.e-]*' | sed '1d; s/.*://' | awk 'NR == 1 || $1 < low { low = $1; at = NR } END { print at }')
if [ "$lowest" != 6 ] && grep -q "epochs  *6, kept 6 (lowest validation loss: [0-9.]* in epoch $lowest): loss" last.txt; then pass "--patience none: kept, and where the lowest loss was"
else fail "--patience none: $(grep epochs last.txt)"; fi
expect 0 "epochs  *6, kept 6 \(lowest validation loss: [0-9.]* in epoch $lowest\)" "inspect: kept, not best" lstmfc inspect --model last.json
expect 0 "\"best_epoch\":6,\"lowest_epoch\":$lowest," "inspect --json: both epochs" lstmfc inspect --model last.json --json
lstmfc evaluate --model last.json --csv c.csv --report last.html > /dev/null 2>&1
if grep -q "weights of epoch 6 kept; the lowest validation loss was in epoch $lowest" last.html && ! grep -q "best epoch" last.html; then pass "the report: kept, not best"
else fail "the report: kept, not best"; fi
expect 0 "epochs  *[0-9]+, best [0-9]+: " "the best weights are called so" lstmfc inspect --model m.json
expect 0 "none: every epoch runs and the last weights are kept" "train --help: what --patience none keeps" lstmfc train --help

lstmfc evaluate --model m.json --csv c.csv --forecasts - > piped.csv 2> /dev/null
same piped.csv e.csv "evaluate --forecasts -: the table alone on stdout"
expect 2 "only one output" "two outputs to stdout" lstmfc evaluate --model m.json --csv c.csv --forecasts - --report -
(head -2 c.csv; tail -n +730 c.csv) > fresh.csv
expect 0 "of logistic regression" "evaluate on fresh bars alone: held against the baselines of the file" lstmfc evaluate --model m.json --csv fresh.csv

# ---- layers that need the whole window, a start of one's own
lstmfc train --csv c.csv --window 6 --features "log_return(close)" --model "bilstm 3 | batchnorm | attention 2 | dense 1 sigmoid" --init keras --epochs 1 \
    --progress none --out attends.json > /dev/null 2>&1
lstmfc train --csv c.csv $small "lstm 2 | dense 1 sigmoid" --epochs 1 --out unbounded.json --progress none > /dev/null 2>&1
expect 0 '"lower":null.*"intervals":\{"kind":"none"' "predict --json: a direction has no interval" lstmfc predict --model unbounded.json --csv c.csv --json
expect 0 '"attention":\[(\{"bar":"[^"]*","weight":0\.[0-9]+\},?){6}\]' "predict --json: the weights of the window" lstmfc predict --model attends.json --csv c.csv --json
expect 0 "^Attention: most on the bar that ends " "predict names the bar with most weight" lstmfc predict --model attends.json --csv c.csv
if lstmfc evaluate --model attends.json --csv c.csv --report attends.html > /dev/null 2>&1 && grep -q "Attention of the last forecast" attends.html && grep -q '"init":"keras"' attends.json
then pass "the report draws them; the file says --init"; else fail "the report draws them; the file says --init"; fi
expect 0 "^0 bilstm  *\(6, 6\)  *120$" "inspect a bidirectional network" lstmfc inspect --model attends.json

# ---- other targets
lstmfc train --csv c.csv --target price --window 8 --features "log_return(close)" --model "lstm 4 | dense 1" --epochs 2 --out price.json > /dev/null 2>&1
expect 0 "^3 bars ahead, .*interval [0-9.]+ to [0-9.]+; fed back$" "price: predict --steps 3" lstmfc predict --model price.json --csv c.csv --steps 3
expect 0 "Theil" "price: evaluate" lstmfc evaluate --model price.json --csv c.csv --report price.html
lstmfc train --csv c.csv --target volatility --horizon 6 --window 8 --features "abs(log_return(close)), realized_vol(20)" --model "lstm 4 | dense 1" --epochs 2 --out vol.json > /dev/null 2>&1
expect 0 "GARCH" "volatility: evaluate" lstmfc evaluate --model vol.json --csv c.csv --report vol.html
expect 0 "block-bootstrap error [0-9]" "coverage stands beside its error" lstmfc evaluate --model vol.json --csv c.csv
expect 0 "ln RV error" "volatility: squared error of ln RV" lstmfc evaluate --model vol.json --csv c.csv
lstmfc train --csv c.csv --horizon 3 $small "$tiny" --epochs 1 --out h3.json > /dev/null 2>&1
expect 0 "labels overlap, so the block bootstrap counts" "direction 3 bars ahead: block bootstrap" lstmfc evaluate --model h3.json --csv c.csv
expect 2 "names no side" "volatility: no backtest" lstmfc backtest --model vol.json --csv c.csv

# ---- the instruction set: --simd caps it, and levels of one result class give the same bytes
cap() { lstmfc train --csv c.csv $small "$tiny" --epochs 2 --progress none --simd "$1" --out "$1.json" > "$1.txt" 2>&1; }
for level in scalar sse2 avx2 avx512 best; do
    cap $level && grep -q "^rate .*, [a-z0-9]*)" "$level.txt" && pass "train --simd $level: $(grep -oE '[a-z0-9]+\)$' "$level.txt" | tr -d ')') runs" || fail "train --simd $level: $(tail -1 "$level.txt")"
done
runs() { grep -oE '[a-z0-9]+\)$' "$1.txt" | tr -d ')'; }
same scalar.json sse2.json "train: scalar and sse2 write the same model"
case $(runs avx2) in
    avx2) same avx2.json avx512.json "train: avx2 and what --simd avx512 runs ($(runs avx512)) write the same model"
          same avx2.json best.json "train: so does the best ($(runs best))"
          if cmp -s scalar.json avx2.json; then fail "train: the two result classes differ"; else pass "train: the two result classes differ"; fi;;
    *) skip "levels of the fused class: this machine runs $(runs avx2)";;
esac
case $(runs best) in
    neon) foreign=sse2;;
    *) foreign=neon;;
esac
expect 2 "simd: .*best.*scalar" "a level of another processor family is refused, naming those of this one" \
    lstmfc train --csv c.csv $small "$tiny" --epochs 1 --simd $foreign --out foreign.json
expect 2 "simd" "no such level" lstmfc train --csv c.csv $small "$tiny" --simd mmx --out x.json
for level in scalar sse2 avx2 avx512; do
    lstmfc predict --model best.json --csv c.csv --simd $level > p-$level.txt 2>&1 && lstmfc evaluate --model best.json --csv c.csv --simd $level --forecasts e-$level.csv --report e-$level.html > /dev/null 2>&1 &&
        lstmfc backtest --model best.json --csv c.csv --simd $level > b-$level.txt 2>&1 || fail "predict, evaluate, backtest --simd $level"
done
same e-scalar.csv e-sse2.csv "evaluate: the same forecasts by scalar and sse2"
[ "$(runs avx2)" != avx2 ] || same e-avx2.csv e-avx512.csv "evaluate: the same forecasts by avx2 and avx512"
grep -q "result class unfused[a-z() ]*, scalar" e-scalar.html && pass "the report names the instruction set" || fail "the report names the instruction set"
echo '{"simd": "scalar"}' > scalar-config.json
expect 0 "^rate .*, scalar\)" "--config with simd" lstmfc train --config scalar-config.json --csv c.csv $small "$tiny" --epochs 1 --out x.json
echo '{"simd": "best", "threads": 3}' > machine.json
printf '%s\n' $(seq 40) > rows.csv
lstmfc train --csv c.csv --window 8 --features "log_return(close)" --model "lstm 4 | dense 1 sigmoid" --epochs 1 --out one-input.json > /dev/null 2>&1
for threads in "--threads 1" "--config machine.json"; do
    n=${threads##* }
    lstmfc predict --model best.json --csv c.csv $threads > "t-$n.txt" 2>&1 && lstmfc evaluate --model best.json --csv c.csv $threads --forecasts "te-$n.csv" > /dev/null 2>&1 &&
        lstmfc backtest --model best.json --csv c.csv $threads > "tb-$n.txt" 2>&1 && lstmfc infer --model one-input.json --input rows.csv $threads --out "ti-$n.csv" 2>&1 ||
        fail "predict, evaluate, backtest, infer $threads"
done
for file in t-1.txt te-1.csv tb-1.txt ti-1.csv; do same $file "$(echo $file | sed 's/-1\./-machine.json./')" "--threads 1 and 3 by a shared --config: the same $file"; done
expect 0 "epoch [0-9]+/30, scalar" "the running line names the level" lstmfc train --csv c.csv $small "lstm 24 | dense 1 sigmoid" --epochs 30 --simd scalar --progress bar --out x.json
expect 0 '"threads":2,"simd":"scalar".*"rate":[0-9]' "--progress jsonl: rate, threads, level" lstmfc train --csv c.csv $small "$tiny" --epochs 1 --simd scalar --threads 2 --progress jsonl --out x.json
json "train names the build" training.build lstmfc train --csv c.csv $small "$tiny" --epochs 1 --simd scalar --json --out x.json

# ---- the verdict on series whose answer is known: AR(1) returns can be forecast and a linear model is the best there is; a coin cannot
awk 'function draw() { state = (state * 69069 + 1) % 4294967296; return int(state / 65536) / 65536 }
     BEGIN { state = 9; price = 30000; print "time,open,high,low,close,volume"
             for (i = 0; i < 2400; i++) { noise = 0; for (k = 0; k < 12; k++) noise += draw(); r = 0.6 * r + 0.004 * (noise - 6); before = price; price *= 1 + r
                 printf "%d,%.2f,%.2f,%.2f,%.2f,1\n", 1577836800 + 3600 * i, before, (before > price ? before : price), (before < price ? before : price), price } }' > ar.csv
verdict() { expect 0 "$2" "verdict: $1" lstmfc evaluate --model "$3" --csv "$4"; }
for target in return direction; do
    head="dense 1"; [ $target = direction ] && head="dense 1 sigmoid"
    lstmfc train --csv ar.csv --target $target --window 4 --features "log_return(close)" --model "lstm 8 | $head" --epochs 12 --lr 0.01 --out ar-$target.json > /dev/null 2>&1
    verdict "AR(1) $target beats persistence" "beats persistence +yes" ar-$target.json ar.csv
    verdict "AR(1) $target does not beat a linear model" "beats a linear model +no " ar-$target.json ar.csv
done
verdict "a coin beats nothing" "beats persistence +no " m.json c.csv
verdict "a coin pays no costs" "pays its costs +no " m.json c.csv

# ---- model files
expect 4 "no such file" "absent model" lstmfc predict --model absent.json --csv c.csv
head -c 2000 m.json > cut.json
expect 4 "cut.json: .*line" "truncated model" lstmfc predict --model cut.json --csv c.csv
sed 's/"horizon": *1/"horizon":2/' m.json > altered.json
expect 4 "altered.json: .*checksum" "altered model" lstmfc predict --model altered.json --csv c.csv
printf '0.1,0.2\n0.3,x\n' > rows.csv
expect 3 "rows.csv: line 2, column 2: .x. is not a number" "infer: text in a number" lstmfc infer --model m.json --input rows.csv
expect 3 "needs 12" "infer: fewer rows than a window" sh -c "printf '0.1,0.2\n' | lstmfc infer --model m.json --input -"
awk 'BEGIN { for (i = 0; i < 14; i++) print i / 10 "," 1 - i / 10 }' > rows.csv
if [ "$(lstmfc infer --model m.json --input rows.csv | wc -l)" -eq 3 ]; then pass "infer: one row per window"; else fail "infer: one row per window"; fi

# ---- diverged
expect 5 "epoch" "a diverging training" lstmfc train --csv c.csv --target price --window 4 --features "log_return(close)" --model "lstm 4 | dense 64 relu | dense 64 relu | dense 1" \
    --optimizer sgd --lr 1000 --clip-norm none --epochs 20 --out d.json --progress none

# ---- Ctrl-C, checkpoint, resume to the same bytes
long() { lstmfc train --csv c.csv $small "lstm 24 | dropout 0.2 | dense 1 sigmoid" --epochs 30 --patience none --batch 8 --progress jsonl "$@"; }
long --out whole.json > /dev/null 2>&1
rm -f cut.json.checkpoint
set -m
lstmfc train --csv c.csv $small "lstm 24 | dropout 0.2 | dense 1 sigmoid" --epochs 30 --patience none --batch 8 --progress jsonl --out cut.json > cut.txt 2>&1 & pid=$!
set +m
for _ in $(seq 200); do grep -q '"epoch":2,' cut.txt && break; sleep 0.02; done
kill -INT $pid; wait $pid; code=$?
if [ "$code" -eq 130 ] && [ -s cut.json.checkpoint ] && grep -q "resume" cut.txt; then pass "Ctrl-C: exit 130, checkpoint saved, says how to resume"; else fail "Ctrl-C: exit $code: $(tail -1 cut.txt)"; fi
cp cut.json.checkpoint kept.json
expect 0 "removed +cut.json.checkpoint" "--resume" long --resume cut.json.checkpoint --out cut.json
expect 0 "" "--resume: its own checkpoint is removed when the model is saved" test ! -e cut.json.checkpoint
same whole.json cut.json "resumed = uninterrupted, byte for byte"
case $(runs best) in
    avx2|avx512|neon) expect 0 "note: the checkpoint was made in the fused result class" "--resume in the other result class says so" long --resume kept.json --simd scalar --out x.json;;
    *) skip "--resume in the other result class: this machine has one";;
esac
expect 4 "" "--resume with other options" train --resume kept.json --out x.json
expect 0 "" "--resume: a checkpoint of another name stays" test -e kept.json
expect 4 "" "--resume from something else" long --resume c.csv --out x.json

# ---- indicators --follow: the rows of the batch, byte for byte, as they close
follow() { lstmfc indicators --follow --features "@e, col(volume)" "$@"; }
batch() { lstmfc indicators --features "@e, col(volume)" "$@"; }
batch --csv c.csv --out whole.csv
if follow < c.csv > followed.csv 2> followed.err && [ ! -s followed.err ]; then pass "--follow"; else fail "--follow: $(tail -1 followed.err)"; fi
same whole.csv followed.csv "--follow prints what the batch prints"
tail -n +3 c.csv | tr , ';' > headless.csv                    # no header, another separator, no line feed at the end
printf '%s' "$(cat headless.csv)" | lstmfc indicators --follow --features "rsi(14)" > followed.csv
lstmfc indicators --csv headless.csv --features "rsi(14)" --out whole1.csv
same whole1.csv followed.csv "--follow: no header, semicolons, no line feed at the end"
awk 'NR == 20 { print; print "2021-01-01T00:00:00Z,1,2,1,1,1" } NR == 40 { print; print } NR == 60 { print; print "what is this?" }
     NR == 70 { print; print ""; next } NR == 80 { sub(/,[^,]*$/, ",x"); broken = $0; next } NR == 81 { print broken } NR != 20 && NR != 40 && NR != 60 { print }' c.csv > rough.csv
sed 80d c.csv > smooth.csv
batch --csv smooth.csv --out whole1.csv
follow < rough.csv > followed.csv 2> followed.err
same whole1.csv followed.csv "--follow leaves out late, repeated and broken lines"
if grep -q "line 21: is older" followed.err && grep -q "line 42: repeats" followed.err && grep -q "line 63: " followed.err && grep -q "line 84: .*x" followed.err && [ "$(wc -l < followed.err)" -eq 4 ]
then pass "--follow names them by line"; else fail "--follow names them by line: $(cat followed.err)"; fi
expect 3 "line 21: is older" "--follow --strict stops" sh -c 'lstmfc indicators --follow --strict --features "rsi(14)" < rough.csv'
now=1643000000000                                              # 2022-01-24 04:53:20: bars of 03:00 and before are closed
batch --csv c.csv --now $now --out whole1.csv
follow --now $now < c.csv > followed.csv 2> followed.err
same whole1.csv followed.csv "--follow --now"
batch --csv c.csv --drop-last --out whole1.csv
follow --drop-last < c.csv > followed.csv 2> followed.err
same whole1.csv followed.csv "--follow --drop-last"
(head -61 c.csv; sed -n 62p c.csv | sed 's/,[^,]*$/,7/'; sed -n 62p c.csv; tail -n +63 c.csv) > twice.csv
batch --csv c.csv --out whole1.csv
follow --duplicates last --now 4000000000000 < twice.csv > followed.csv 2> followed.err
if [ "$(grep -c 'bar that is closed' followed.err)" -eq 1 ]; then pass "--follow: a closed bar stays as it is"; else fail "--follow: a closed bar stays as it is: $(cat followed.err)"; fi
follow --duplicates last --now 0 < twice.csv > followed.csv
same whole1.csv followed.csv "--follow --duplicates last replaces the forming bar"
rm -f feed; mkfifo feed
follow < feed > live.csv 2> live.err & pid=$!
exec 9> feed
head -100 c.csv >&9
for _ in $(seq 100); do [ "$(wc -l < live.csv)" -ge 99 ] && break; sleep 0.05; done
if [ "$(wc -l < live.csv)" -eq 99 ] && cmp -s <(head -99 whole.csv) live.csv; then pass "--follow: every closed bar is there before the input ends"; else fail "--follow: $(wc -l < live.csv) lines while the input is open"; fi
exec 9>&-
wait $pid
{ lstmfc indicators --csv c.csv --features @a 2> pipe.err; echo $? > pipe.txt; } | head -1 > /dev/null
if grep -q "the reader has gone" pipe.err && [ "$(cat pipe.txt)" = 1 ]; then pass "broken pipe: said, exit 1"; else fail "broken pipe: $(cat pipe.txt pipe.err)"; fi
{ follow < c.csv 2> pipe.err; echo $? > pipe.txt; } | head -1 > /dev/null
if grep -q "the reader has gone" pipe.err && [ "$(cat pipe.txt)" = 1 ]; then pass "--follow: broken pipe: said, exit 1"; else fail "--follow: broken pipe: $(cat pipe.txt pipe.err)"; fi
expect 2 "needs the whole series" "--follow --last" lstmfc indicators --follow --last 5 --features "rsi(14)"
expect 2 "reads stdin" "--follow on a file" lstmfc indicators --follow --csv c.csv --features "rsi(14)"
expect 2 "belongs to --follow" "--strict alone" lstmfc indicators --csv c.csv --strict --features "rsi(14)"
expect 2 "did you mean .rsi" "--follow: unknown feature" sh -c 'lstmfc indicators --follow --features "rsii(14)" < c.csv'
expect 3 "no bar in 0 lines" "--follow: nothing comes" follow
expect 3 "no bar in" "--follow: no candles" sh -c 'yes no candles | head -100 | lstmfc indicators --follow --features "rsi(14)"'
json "--follow" names sh -c 'head -50 c.csv | lstmfc indicators --follow --features "rsi(14)" --out i.csv --json'

# ---- JSON on stdout
json check bars lstmfc check --csv c.csv --json
json features features lstmfc features --features @a --csv c.csv --json
json "features --list" functions lstmfc features --list --json
json indicators names lstmfc indicators --csv c.csv --features "rsi(14)" --out i.csv --json
json train training.base_rate lstmfc train --csv c.csv $small "$tiny" --epochs 1 --out j.json --json
json predict forecasts lstmfc predict --model m.json --csv c.csv --json
json evaluate evaluation.verdict.pays_its_costs lstmfc evaluate --model m.json --csv c.csv --json
json backtest metrics.sharpe lstmfc backtest --model m.json --csv c.csv --json
json inspect tensors lstmfc inspect --model m.json --json
json infer windows lstmfc infer --model m.json --input rows.csv --out y.csv --json
json export state_bytes lstmfc export --model m.json --out m.h --json
json synth synthetic lstmfc synth --bars 10 --out y.csv --json
json "an error" error.message lstmfc check --csv absent.csv --json
json "an unknown command" error.message lstmfc trian --json
json "a command without what it needs" error.message lstmfc tune --json
json "a usage error" error.exit_code lstmfc check --csvv absent.csv --json

# ---- real files: every one is read, trained on and predicted from
data=${LSTMFC_DATA:-$here/../shared/data}
if [ -d "$data" ]; then
    for file in btcusdt_1h.csv yahoo_BTC-USD.csv yahoo_ETH-USD.csv coinbase_btcusd_1h.csv yfinance_BTC-USD.csv klines/BTCUSDT-1h-2023-03.csv klines/BTCUSDT-1h-2024-11.csv \
        klines/BTCUSDT-1h-2024-12.csv klines/BTCUSDT-1h-2025-01.csv klines/BTCUSDT-1h-2025-02.csv klines/BTCUSDT-1h-2025-03.csv klines/BTCUSDT-1h-2025-04.csv klines/BTCUSDT-1h-2025-05.csv; do
        if lstmfc train --csv "$data/$file" --features "log_return(close), rsi(14)/100, atr(14)/close, volume/sma(volume,20)" --window 8 --model "lstm 4 | dense 1 sigmoid" --epochs 1 --out f.json &&
            lstmfc predict --model f.json --csv "$data/$file" && lstmfc evaluate --model f.json --csv "$data/$file"; then pass "real data: $file"
        else fail "real data: $file"; fi > real.txt 2>&1
        tail -1 real.txt
    done
    lstmfc train --csv "$data/bitcoin_dataset.csv" --columns close=btc_market_price --target price --features "log_return(close), log0(col(btc_hash_rate))" --window 8 --model "lstm 4 | dense 1" \
        --epochs 1 --out f.json > real.txt 2>&1
    expect 0 "no change" "real data: bitcoin_dataset.csv, --columns" lstmfc evaluate --model f.json --csv "$data/bitcoin_dataset.csv" --columns close=btc_market_price
    expect 0 "btc_blocks_size: 29 blank in the file .11 of them in the bars kept., 0 without" "check: blanks are counted before rows are dropped" lstmfc check --csv "$data/bitcoin_dataset.csv" --columns close=btc_market_price --max-fill 1000
    expect 3 "no column is the close.*btc_market_price" "check: no close, names the columns" lstmfc check --csv "$data/bitcoin_dataset.csv"
    for file in "$data"/dirty/*.csv; do
        code=0
        lstmfc check --csv "$file" > real.txt 2>&1 || code=$?
        if grep -q "bars kept" real.txt && { [ $code -eq 0 ] || grep -q "no column is the close" real.txt; }; then pass "dirty/${file##*/}: read and reported"
        elif [ $code -eq 3 ] && grep -Eq "line [0-9]+, column [0-9]+" real.txt; then pass "dirty/${file##*/}: refused with line and column"
        else fail "dirty/${file##*/}: exit $code: $(tail -1 real.txt)"; fi
    done
else
    skip "real files: $data is not there (LSTMFC_DATA)"
fi

# ---- several seeds: median and range wherever the figures are; one seed is said to be one
expect 0 "seeds +3: accuracy median [0-9.]+ % .*AUC median" "pipeline --seeds 3" lstmfc pipeline --csv c.csv --system a --epochs 1 --seeds 3 --last 500 --out seeds --progress none
if grep -q '"auc_of_seeds"' seeds/metadata.json && grep -q "Accuracy: median" seeds/report.html; then pass "seeds: metadata and report"; else fail "seeds: metadata and report"; fi
expect 0 "network +lstm 32 . dense 1" "pipeline --system b" lstmfc pipeline --csv c.csv --system b --seeds 1 --epochs 1 --last 500 --out system_b --progress none
expect 0 "14 features over 60 bars" "pipeline --system e" lstmfc pipeline --csv c.csv --system e --seeds 1 --epochs 1 --last 600 --out system_e --progress none
expect 0 "seeds +2: skill over persistence median" "pipeline --system d, two seeds" lstmfc pipeline --csv c.csv --system d --epochs 1 --seeds 2 --huber-delta 2 --last 600 --out system_d --progress none
for system in b d e; do
    grep -q "\"model_name\": \"lstmfc system $system\"" system_$system/metadata.json && grep -q '"test_rmse"' system_$system/metadata.json && ! grep -q '"test_accuracy"' system_$system/metadata.json && grep -q "<title>System [BDE]" system_$system/report.html \
        && pass "system $system: its own figures" || fail "system $system: its own figures"
done
! grep -q '>Accuracy<' system_d/report.html && pass "system d: no accuracy of a volatility" || fail "system d: no accuracy of a volatility"
expect 0 "seeds +1: luck of the random weights is not measured" "pipeline with one seed says so" lstmfc pipeline --csv c.csv --system a --seeds 1 --epochs 1 --last 500 --out seeds --progress none
# ---- the pipeline's files (made by its example)
for file in model.json metadata.json forecasts.csv trades.csv report.html; do
    if [ -s "example-pipeline/run/$file" ]; then pass "pipeline: $file"; else fail "pipeline: $file"; fi
done
if grep -q "SYNTHETIC" example-pipeline/run/report.html && ! grep -Eiq '<script|src=|@import|url\(|https?://' example-pipeline/run/report.html
then pass "report: labelled synthetic, nothing from outside"; else fail "report: labelled synthetic, nothing from outside"; fi
if grep -q '"total_parameters": *134337' example-pipeline/run/metadata.json && grep -q '"test_auc_roc"' example-pipeline/run/metadata.json; then pass "metadata: system A's keys"; else fail "metadata: system A's keys"; fi
for report in e.html b.html price.html vol.html; do
    if grep -q "</html>" $report && ! grep -Eq '(nan|inf)[^a-z]' <(sed 's/<style>.*<\/style>//' $report | grep -Eo '[MLH][^"]*"' ); then pass "report $report: whole, no NaN in a path"; else fail "report $report"; fi
done
# dates that a phone shows (10 units a letter) stand clear of each other; the rest of them is left out there
lstmfc synth --bars 1000 --start 2022-06-16T15:00:00Z --out dates.csv
printf 'time,signal\n2022-06-17T00:00:00Z,1\n' > once.csv
lstmfc backtest --csv dates.csv --signals once.csv --report dates.html > dates.txt
if grep -Eo '<svg|<text( class="tight")? style="text-anchor:[a-z]+" x="[0-9.]+" y="[0-9.]+">[0-9]{4}-[0-9]{2}-[0-9]{2}<' dates.html | awk -F'[":>=<]' '
    /<svg/ { end = -99; next }
    /tight/ { tight++; next }
    { n++; label = $(NF - 1); width = 10 * length(label); x = $8; left = $5 == "end" ? x - width : $5 == "start" ? x : x - width / 2
      if (left < end) bad++; end = left + width }
    END { exit !(n && tight && !bad) }'; then pass "report: dates do not overlap on a phone"; else fail "report: dates overlap on a phone"; fi
finish
