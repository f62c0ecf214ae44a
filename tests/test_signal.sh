#!/usr/bin/env bash
# tests/test_signal.sh [TOOL]: signals and their rules on the command line. The numbers behind them: tests/signal_compare.py.
set -u
cd "$(dirname "$0")/.."
make -s build/lstmfc || exit 1
tool=$(realpath "${1:-build/lstmfc}")
out=build/signal
rm -rf "$out"; mkdir -p "$out/bin"
ln -s "$tool" "$out/bin/lstmfc"
results=$PWD/$out/results
. tests/parallel.sh
PATH=$PWD/$out/bin:$PATH
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
learn() { lstmfc train --window 4 --epochs 1 --progress none "$@" > train.txt 2>&1 || fail "train $*: $(tail -1 train.txt)"; }

lstmfc synth --bars 1200 --seed 5 --out c.csv
linear="lstm 2 | dense 1"
learn --csv c.csv --features "log_return(close)" --model "lstm 2 | dense 1 sigmoid" --out direction.json
learn --csv c.csv --target price --features @e --model "$linear" --symbol COIN --out e.json
learn --csv c.csv --target return --features "log_return(close)" --model "$linear" --out return.json
learn --csv c.csv --target volatility --features "log_return(close)" --model "$linear" --out volatility.json

# ---- the rules of a model
expect 0 '"rules":"e"' "a model of price on @e: system E's rules" lstmfc signal --model e.json --csv c.csv --json
expect 0 '"rules":"plain"' "others: the forecast alone" lstmfc signal --model return.json --csv c.csv --json
expect 0 '"rules":"e"' "--rules e for another model of price" lstmfc signal --model return.json --csv c.csv --rules e --json
expect 0 '"signal":(1|-1|0),"confidence":0\.[5-9][0-9]*,"predicted_price":null,"current_price":[0-9.]+,"price_difference":null,"threshold":0\.5[,1]' \
    "direction: its probability" lstmfc signal --model direction.json --csv c.csv --json
expect 0 '"signal":0' "direction within the band: flat" lstmfc signal --model direction.json --csv c.csv --band 0.49 --json
expect 0 '(LONG|SHORT|FLAT) .*clauses .*forecast' "in words" lstmfc signal --model direction.json --csv c.csv
expect 0 '^\{"timestamp":"[^"]*","ticker":"COIN"' "ticker: the symbol of the model" lstmfc signal --model e.json --csv c.csv --json
expect 2 "volatility, which names no side" "a volatility has no signal" lstmfc signal --model volatility.json --csv c.csv
expect 2 "the target of the model is direction" "system E's rules need a price" lstmfc signal --model direction.json --csv c.csv --rules e
expect 2 "rules has no effect here" "--rules beside --signals" lstmfc backtest --csv c.csv --signals c.csv --rules e
expect 4 "none.json" "no model" lstmfc signal --model none.json --csv c.csv

# ---- thresholds
expect 2 "atr is of system E's rules: add --rules e" "--threshold atr with the plain rule" lstmfc signal --model return.json --csv c.csv --threshold atr
expect 2 "threshold often: expected a log return, atr, literal or quantile:Q" "--threshold often" lstmfc signal --model e.json --csv c.csv --threshold often
expect 2 "expected a share from 0 to below 1" "quantile:1.5" lstmfc signal --model e.json --csv c.csv --threshold quantile:1.5
expect 2 "11 is not in 0..10" "a number out of its range" lstmfc signal --model e.json --csv c.csv --threshold 11
echo '{"threshold": "quantile:0.5"}' > config.json
expect 0 "the 0.5 quantile of .forecast. on validation" "--config takes the words too" lstmfc signal --model return.json --csv c.csv --config config.json
expect 2 "band is for those of direction" "--threshold for a direction" lstmfc signal --model direction.json --csv c.csv --threshold quantile:0.9

# ---- clauses that are off
expect 0 'every clause of|not predicted.*volume > its 20-bar mean +(yes|no) +volume < its 20-bar mean  .off.' "--clauses: what is off is said" \
    lstmfc signal --model e.json --csv c.csv --clauses -volume,-vwap
expect 0 '"clause":"vwap","off":true.*"funnel":.[^}]*"all":239.' "--clauses: in JSON" lstmfc signal --model e.json --csv c.csv --clauses -vwap,-volume --json
expect 0 '"funnel":.[^}]*"all":511.' "all nine by default" lstmfc signal --model e.json --csv c.csv --json
expect 0 "the clauses of both sides hold, without forecast, rsi" "--clauses: what both sides ask" \
    sh -c "head -1150 c.csv | lstmfc signal --model e.json --csv - --clauses volatility"
expect 0 "system E's rules, without forecast, volume on .*forecast +[0-9]+ +off" "backtest --clauses: the funnel" \
    lstmfc backtest --model e.json --csv c.csv --rules e --clauses -forecast,-volume --report off.html
if grep -q "A clause alone.*One that is off is not asked" off.html; then pass "backtest --clauses: the report"; else fail "backtest --clauses: the report"; fi
expect 0 "system E's rules, without adx on" "evaluate --clauses" lstmfc evaluate --model e.json --csv c.csv --rules e --clauses -adx
expect 0 '"clause":"adx","asks":"ADX.14. > 25","off":true' "pipeline --clauses" \
    lstmfc pipeline --csv c.csv --system e --json --clauses -adx --seeds 1 --epochs 1 --hours 600 --progress none --out off
expect 2 "there is no clause .rsy.; did you mean .rsi." "--clauses rsy" lstmfc signal --model e.json --csv c.csv --clauses rsy
expect 2 "is named twice" "--clauses -rsi,-rsi" lstmfc signal --model e.json --csv c.csv --clauses -rsi,-rsi
expect 2 "either the clauses that are asked, or" "--clauses rsi,-adx" lstmfc signal --model e.json --csv c.csv --clauses rsi,-adx
expect 2 "leaves no clause" "--clauses without any" lstmfc signal --model e.json --csv c.csv --clauses -forecast,-rsi,-macd,-obv,-vwap,-trend,-adx,-volatility,-volume
expect 2 "there is no clause ..;" "--clauses of nothing" lstmfc signal --model e.json --csv c.csv --clauses=
expect 2 "add --rules e" "--clauses and the plain rule of a model" lstmfc signal --model return.json --csv c.csv --clauses rsi
expect 2 "clauses has no effect here .rules plain." "--clauses and --rules plain" lstmfc backtest --model e.json --csv c.csv --clauses rsi
expect 2 "add --rules e" "--clauses and a system without them" lstmfc pipeline --csv c.csv --system b --out off --clauses rsi
expect 2 "clauses, --decisions" "--clauses beside rules of one's own" lstmfc backtest --csv c.csv --model e.json --long "rsi(14) < 30" --rules e --clauses rsi

# ---- a file that holds new bars alone
(head -1 c.csv; tail -300 c.csv) > new.csv
grep -q '^#' c.csv && (grep '^#' c.csv; cat new.csv) > labelled.csv && mv labelled.csv new.csv
expect 0 "sizes of the calibration residuals in the model file" "confidence from the file" lstmfc signal --model e.json --csv new.csv
expect 3 "taken from the validation bars of the training: give candles that hold all its bars" "no quantile without the validation bars" \
    lstmfc signal --model e.json --csv new.csv --threshold quantile:0.9
expect 3 "[0-9]+ bars" "too few bars: how many it takes" sh -c "head -60 c.csv | lstmfc signal --model e.json --csv -"

# ---- trading them: none is a result, and says why
expect 0 "0 long, 0 short.*no long: the clause 'forecast' leaves none; no short: the clause 'forecast' leaves none.*trades +0: nothing asked" \
    "no trade, and the clause that ends each side" lstmfc backtest --csv c.csv --model e.json --rules e --threshold 0.5 --report none.html
if grep -q "What became of the forecasts" none.html && ! grep -q -i '>[-+]*nan<' none.html; then pass "the report of no trades"; else fail "the report of no trades"; fi
expect 0 "note: the plain rule is traded.*--rules e" "which rule is traded is said" lstmfc backtest --csv c.csv --model e.json
expect 0 "trading +net.*by system E's rules on" "evaluate --rules e" lstmfc evaluate --csv c.csv --model e.json --rules e --report evaluate.html
expect 0 "by the plain rule on.*the 0.5 quantile" "evaluate: a threshold from validation" lstmfc evaluate --csv c.csv --model return.json --threshold quantile:0.5
lstmfc backtest --csv c.csv --model e.json --rules plain --trades plain.csv > /dev/null
lstmfc backtest --csv c.csv --model e.json --trades before.csv > /dev/null
same "backtest --rules plain is backtest" plain.csv before.csv
lstmfc backtest --csv c.csv --model return.json --decisions decisions.csv --trades plain.csv > /dev/null
lstmfc backtest --csv c.csv --signals decisions.csv --trades again.csv > /dev/null
same "--decisions of the plain rule trade alike as --signals" plain.csv again.csv

# ---- system E: the last hours, winsorised, a ticker
expect 3 "hours 48 is 48 bars of 1 h, too few: --hours [0-9]+ has the [0-9]+ that are needed .60 for a window" "too few hours: how many it takes" \
    lstmfc pipeline --csv c.csv --system e --seeds 1 --hours 48 --epochs 1 --out few
hours=$(lstmfc pipeline --csv c.csv --system e --seeds 1 --hours 48 --epochs 1 --out few 2>&1 | sed -nE 's/.*--hours ([0-9]+) has.*/\1/p')
expect 0 '"winsorised":[0-9]+.*the last '"$hours"' hours: '"$hours"' bars.*"ticker":"BTC"' "as many hours as it says" \
    sh -c "lstmfc pipeline --csv c.csv --system e --seeds 1 --hours $hours --epochs 1 --ticker BTC --progress none --json --out e && lstmfc signal --csv c.csv --model e/model.json --json"
expect 3 "hours $((hours - 1)) is .*too few: --hours $hours" "one hour less is too few" \
    lstmfc pipeline --csv c.csv --system e --seeds 1 --hours $((hours - 1)) --epochs 1 --out few
expect 2 "symbol is given twice|ticker is given twice" "--ticker is --symbol" lstmfc signal --csv c.csv --model e.json --symbol A --ticker B
if [ -s e/signals.csv ] && grep -q '"ends_at"' e/metadata.json && grep -q '"winsor": 8' e/model.json; then pass "what system E adds"; else fail "what system E adds: $(ls e)"; fi

# ---- reuse by age: a model of 10 in the morning
age() { lstmfc train --csv c.csv --window 4 --features "log_return(close)" --model "$linear" --target price --epochs 1 --progress none "$@"; }
expect 0 "trained +anew: there was no model file" "no file: trained" age --out age.json --max-age-hours 24 --created 2025-01-01T10:00:00Z
cp age.json old.json
expect 0 "reused +age.json: created 2025-01-01 10:00 UTC, 24.0 hours ago, at most 24; nothing was trained" "as old as allowed: reused" \
    age --out age.json --max-age-hours 24 --now 2025-01-02T10:00:00Z
same "reused: the same file" age.json old.json
expect 0 '"trained":false,"because":"created 2025-01-01 10:00 UTC, 2.0 hours ago"' "reused, as JSON" \
    age --out age.json --max-age-hours 24 --now 2025-01-01T12:00:00Z --json
expect 0 "trained +anew: the old one was created 2025-01-01 10:00 UTC, 24.0 hours ago" "older by a second: trained" \
    age --out age.json --max-age-hours 24 --now 2025-01-02T10:00:01Z --created 2025-01-02T10:00:01Z
sed -n '/"created"/d; /"checksum"/d; p' age.json > a.txt; sed -n '/"created"/d; /"checksum"/d; p' old.json > b.txt
same "the same options and candles give the same model" a.txt b.txt
# flags that are not given are the file's
expect 0 "trained +anew" "without flags" lstmfc train --csv c.csv --out age.json --max-age-hours 1 --now 2026-01-01T00:00:00Z --created 2025-01-03T00:00:00Z --progress none
sed -n '/"created"/d; /"checksum"/d; p' age.json > a.txt
same "without flags: the options of the file" a.txt b.txt
expect 0 '"window":4,.*"seed":7' "a flag that is given counts" \
    lstmfc train --csv c.csv --out age.json --max-age-hours 1 --now 2026-01-01T00:00:00Z --created 2025-01-03T00:00:00Z --seed 7 --json
cp age.json old.json
head -30 c.csv > few.csv
expect 3 "the old model age.json .created 2025-01-03.* is kept as it was" "a training that fails keeps the old model, and names it" \
    lstmfc train --csv few.csv --out age.json --max-age-hours 1 --now 2026-01-01T00:00:00Z
same "a training that fails: the same file" age.json old.json
echo nothing > damaged.json
expect 4 "damaged.json" "what is there and no model is not replaced" age --out damaged.json --max-age-hours 1
expect 2 "max-age-hours has no effect here" "--max-age-hours beside --from" lstmfc train --csv c.csv --out x.json --max-age-hours 1 --from age.json

# ---- signal trains too
cp e.json live.json
expect 0 '"trained":false,"because":"created 2023-11-14 22:13 UTC, 1.8 hours ago"' "signal: reused" \
    lstmfc signal --csv c.csv --model live.json --max-age-hours 24 --now 2023-11-15T00:00:00Z --json
same "signal: reused, the same file" live.json e.json
expect 0 'model +trained anew: the old one was created 2023-11-14 22:13 UTC, [0-9.]+ hours ago' "signal: too old" \
    lstmfc signal --csv c.csv --model live.json --max-age-hours 1 --now 2023-12-01T00:00:00Z --progress none
lstmfc inspect --model live.json --json > live.txt
if grep -q '"window":4,.*"symbol":"COIN".*"seen_to":"2022-02-19T23:00:00Z".*"epochs":1' live.txt; then pass "signal: as it was trained, on every bar"
else fail "signal: as it was trained, on every bar: $(grep -o '"seen_to":"[^"]*"' live.txt)"; fi
cp live.json before.json
expect 0 'the old model live.json.*is kept.*"signal":.*"trained":false,.*"training_failed":true' "signal: the training fails, the old model is asked" \
    lstmfc signal --csv new.csv --last 290 --model live.json --max-age-hours 1 --now 2023-12-01T00:00:00Z --json --progress none
same "signal: the old model is kept" live.json before.json
expect 0 '"trained":true,"because":"there was no model file"' "signal: no file: system E" \
    lstmfc signal --csv c.csv --last 600 --model first.json --max-age-hours 24 --retrain-epochs 1 --json --progress none
lstmfc inspect --model first.json --json > first.txt
if grep -q '"parameters":532153' first.txt; then pass "signal: no file: the network of system E"; else fail "signal: no file: the network of system E"; fi
expect 2 "keep has no effect here" "signal: --keep alone" lstmfc signal --csv c.csv --model e.json --keep 3
expect 2 "retrain-epochs has no effect here" "signal: --retrain-epochs alone" lstmfc signal --csv c.csv --model e.json --retrain-epochs 3

# ---- the pipeline reuses and keeps
pipe() { lstmfc pipeline --csv c.csv --system b --out b --epochs 1 --progress none "$@"; }
expect 0 "model +trained anew: there was no model file" "pipeline: no file" pipe --max-age-hours 24 --created 2025-01-01T00:00:00Z
cp b/model.json before.json
expect 0 "model +reused, nothing was trained: created 2025-01-01 00:00 UTC, 12.0 hours ago" "pipeline: young enough" \
    pipe --max-age-hours 24 --now 2025-01-01T12:00:00Z
same "pipeline: reused, the same file" b/model.json before.json
expect 4 "b/model.json is no model of system a" "pipeline: the model of another system" \
    lstmfc pipeline --csv c.csv --system a --out b --epochs 1 --max-age-hours 24 --progress none
expect 0 "model +trained anew: the old one was created 2025-01-01" "pipeline: too old" pipe --max-age-hours 24 --now 2025-01-03T00:00:00Z --created 2025-01-03T00:00:00Z --keep 2
if [ "$(ls b | grep -c '^model-')" = 2 ] && cmp -s b/model-20250101T000000Z.json before.json && cmp -s b/model-20250103T000000Z.json b/model.json
then pass "pipeline --keep: both, by their times"; else fail "pipeline --keep: $(ls b)"; fi
expect 2 "max-age-hours keeps and reuses one model, not 2 seeds" "--max-age-hours beside --seeds" pipe --max-age-hours 24 --seeds 2

# ---- several horizons: which decides, and a retraining that keeps them
learn --csv c.csv --target price --horizon 1,3 --features @e --model "lstm 2 | dense 2" --out two.json
expect 0 "by system E's rules on" "backtest --use-horizon --rules e" lstmfc backtest --csv c.csv --model two.json --use-horizon 3 --rules e --threshold quantile:0.5
expect 0 '"horizon":3' "signal --use-horizon" lstmfc signal --csv c.csv --model two.json --use-horizon 3 --json
expect 0 '"horizon":1' "signal: the first horizon" lstmfc signal --csv c.csv --model two.json --json
expect 2 "the model forecasts 1,3 bars ahead" "signal --use-horizon: another" lstmfc signal --csv c.csv --model two.json --use-horizon 2
expect 0 '"trained":true' "two horizons: too old" lstmfc signal --csv c.csv --model two.json --max-age-hours 1 --now 2023-12-01T00:00:00Z --json --progress none
expect 0 '"horizon":3' "two horizons: trained as they were" lstmfc signal --csv c.csv --model two.json --use-horizon 3 --json
# a model that was updated: its validation bars are no longer known
if lstmfc update --model return.json --csv c.csv --out updated.json > update.txt 2>&1; then
    expect 3 "for it was updated since" "an updated model: no quantile" lstmfc signal --csv c.csv --model updated.json --threshold quantile:0.5
    expect 0 "both signs: it was updated since" "an updated model: confidence from its file" lstmfc signal --csv c.csv --model updated.json
else fail "update: $(tail -1 update.txt)"; fi

# an ensemble decides like a model
learn --csv c.csv --target price --features @e --model "lstm 3 | dense 1" --seed 9 --out e2.json
if lstmfc ensemble --models e.json,e2.json --csv c.csv --out ensemble.json > ensemble.txt 2>&1; then
    expect 0 '"rules":"e".*both signs: it is an ensemble' "an ensemble: system E's rules, confidence from its file" lstmfc signal --csv c.csv --model ensemble.json --json
    expect 0 "by system E's rules on" "an ensemble: traded by the rules" lstmfc backtest --csv c.csv --model ensemble.json --rules e
    expect 3 "for it is an ensemble" "an ensemble: no quantile" lstmfc signal --csv c.csv --model ensemble.json --threshold quantile:0.5
    expect 2 "is an ensemble, which is not trained again" "an ensemble is not trained" lstmfc signal --csv c.csv --model ensemble.json --max-age-hours 1 --now 2023-12-01T00:00:00Z
else fail "ensemble: $(tail -1 ensemble.txt)"; fi

# ---- versions and the way back
mkdir keep
for day in 01 02 03 04; do age --out keep/m.json --keep 3 --created 2025-02-${day}T00:00:00Z --seed $((10#$day)) > /dev/null 2>&1; done
touch keep/m-20250101T000000Z.json.checkpoint keep/m-other.json keep/mm-20250101T000000Z.json
[ "$(cd keep; echo m-2*Z.json)" = "m-20250202T000000Z.json m-20250203T000000Z.json m-20250204T000000Z.json" ] && pass "--keep 3: the newest three" || fail "--keep 3: $(ls keep)"
expect 0 "rolled back +keep/m.json is keep/m-20250203T000000Z.json again, created 2025-02-03" "--roll-back" lstmfc train --roll-back --out keep/m.json
same "--roll-back: the one before" keep/m.json keep/m-20250203T000000Z.json
expect 0 '"rolled_back_to":"keep/m-20250202T000000Z.json"' "--roll-back twice: the one before that" lstmfc train --roll-back --out keep/m.json --json
expect 4 "nothing to roll back to: beside keep/m.json lie 1 models" "--roll-back beyond the last" lstmfc train --roll-back --out keep/m.json
same "--roll-back beyond the last: as it was" keep/m.json keep/m-20250202T000000Z.json
mkdir keep/m-20250205T000000Z.json
expect 1 "m-20250205T000000Z.json" "a version that cannot be written" age --out keep/m.json --keep 1 --created 2025-02-05T00:00:00Z
rmdir keep/m-20250205T000000Z.json
same "a version that cannot be written: the model is as it was" keep/m.json keep/m-20250202T000000Z.json
[ "$(ls keep | grep -c '^m-2.*Z.json$')" = 1 ] && pass "a version that cannot be written: none was removed" || fail "removed too early: $(ls keep)"
expect 2 "csv has no effect here .roll_back 1.: --roll-back trains nothing" "--roll-back and training" lstmfc train --roll-back --out keep/m.json --csv c.csv
expect 2 "out is needed" "--roll-back of what" lstmfc train --roll-back
rm keep/m.json
expect 0 "is keep/m-20250202T000000Z.json again" "--roll-back of a model that is gone: the newest that was not rejected" lstmfc train --roll-back --out keep/m.json
if [ -e keep/m-other.json ] && [ -e keep/mm-20250101T000000Z.json ]; then pass "other files stay"; else fail "other files stay: $(ls keep)"; fi
expect 2 "leaves none" "--keep without a time" age --out keep/m.json --keep 2 --created 0
expect 2 "name one" "--keep of stdout" age --keep 2
# what was rejected does not come back; several trainings of one second are several files
mkdir back
for seed in 1 2; do age --out back/m.json --keep 2 --created 2025-03-01T00:00:00Z --seed $seed > /dev/null 2>&1; cp back/m.json back.$seed; done
[ "$(cd back; echo m-*)" = "m-20250301T000000Z-2.json m-20250301T000000Z.json" ] && pass "two of one second: two files" || fail "two of one second: $(ls back)"
lstmfc train --roll-back --out back/m.json > /dev/null 2>&1
same "--roll-back of two of one second: the first" back/m.json back.1
age --out back/m.json --keep 2 --created 2025-03-01T00:00:00Z --seed 3 > /dev/null 2>&1
expect 0 "rejected +1 model: renamed" "--roll-back says what it rejects" lstmfc train --roll-back --out back/m.json
same "--roll-back does not bring the rejected one back" back/m.json back.1
expect 2 "epochs has no effect here .roll_back 1" "--roll-back and --epochs" lstmfc train --roll-back --out back/m.json --epochs 3
expect 2 "target has no effect here .roll_back 1" "--roll-back and --target" lstmfc train --roll-back --out back/m.json --target price
expect 2 "last has no effect here .roll_back 1" "--roll-back and --last" lstmfc train --roll-back --out back/m.json --last 30

# ---- a model in its place is not replaced by another market's, nor reused as what it is not
lstmfc synth --bars 1200 --seed 6 --out eth.csv
age --out place.json --symbol BTC --seed 4 --created 2025-01-01T00:00:00Z > /dev/null 2>&1
cp place.json before.json
late="--max-age-hours 1 --now 2026-01-01T00:00:00Z --progress none"
expect 4 "is a model of BTC.*OTHER SYMBOL.*are of ETH.*--out NAME" "train: another symbol" lstmfc train --csv c.csv --out place.json --symbol ETH $late
expect 4 "OTHER CANDLES.*--out NAME makes a new file" "train: other candles" lstmfc train --csv eth.csv --out place.json $late
expect 4 "OTHER SYMBOL.*--model NAME" "signal: another symbol" lstmfc signal --csv c.csv --model place.json --symbol ETH $late
expect 4 "OTHER CANDLES.*--model NAME" "signal: other candles" lstmfc signal --csv eth.csv --model place.json $late
young="--max-age-hours 24 --now 2025-01-01T01:00:00Z"
expect 4 "OTHER CANDLES" "reused: other candles" lstmfc train --csv eth.csv --out place.json $young
expect 4 "it is of --seed 4 and --seed 5 is asked for" "reused: another seed" lstmfc train --csv c.csv --out place.json $young --seed 5
expect 4 "it is of --target price and --target direction is asked for" "reused: another target" lstmfc train --csv c.csv --out place.json $young --target direction
expect 4 "it is of --features log_return.close. and --features rsi" "reused: other features" lstmfc train --csv c.csv --out place.json $young --features "rsi(14)"
expect 4 "it is of --model .*and --model auto is asked for" "reused: another network" lstmfc train --csv c.csv --out place.json $young --model auto
expect 4 "it is of --horizons 1 and --horizons 1,3 is asked for" "reused: other horizons" lstmfc train --csv c.csv --out place.json $young --horizon 1,3
expect 4 "it is of --lr 0.001 and --lr 0.01 is asked for" "reused: another rate" lstmfc train --csv c.csv --out place.json $young --lr 0.01
expect 0 "reused" "reused: the same in other words" lstmfc train --csv c.csv --out place.json $young --seed 4 --symbol BTC --features " log_return( close )" \
    --model "lstm  2|dense 1" --horizons 1 --lr 1e-3 --val 0.20
same "refused and reused: the same file" place.json before.json

# ---- what the flags alone tell is said before the training
expect 2 "rules has no effect here .target volatility" "system d has no rules" lstmfc pipeline --csv c.csv --system d --rules e --out p1
expect 2 "the target of the model is direction" "system a: --rules e" lstmfc pipeline --csv c.csv --system a --rules e --out p1
expect 2 "literal is of system E's rules" "system b: --threshold literal" lstmfc pipeline --csv c.csv --system b --threshold literal --out p1
expect 2 "validation part of the training, and --val none has none" "a quantile without validation" \
    lstmfc pipeline --csv c.csv --system b --val none --threshold quantile:0.9 --out p1
[ -e p1 ] && fail "usage errors of pipeline: p1 was made" || pass "usage errors of pipeline: before anything is made"
expect 2 "literal is of system E's rules" "signal: before its training" lstmfc signal --csv c.csv --model place.json --threshold literal $late
same "signal: refused before its training" place.json before.json
expect 2 "init has no effect here" "--init beside --from" lstmfc train --csv c.csv --from place.json --init torch --out x.json
awk -F, '!/^#/{print $1","$5}' c.csv > close.csv
expect 0 "fee has no effect on close.csv: without columns of open, high and low nothing is traded" "--fee without trading" \
    lstmfc pipeline --csv close.csv --system b --epochs 1 --fee 0.01 --out p2 --progress none
expect 3 "system E's rules: the candles have no column .high., which the feature .clause_vwap_long" "rules without their columns" \
    lstmfc signal --csv close.csv --model return.json --rules e

# ---- resampled bars made of too few
awk 'NR % 97 != 50' c.csv > holes.csv
learn --csv holes.csv --resample 4h --target return --features "log_return(close)" --model "$linear" --out four.json
grep -q 'note: 12 bars of 4 h made of fewer bars than 4 were left out.*: 2022-01-02T20:00:00Z (3)' train.txt && pass "train: thin bars left out and named" || fail "train: thin bars: $(head -3 train.txt)"
grep -q 'span a missing bar, left out' train.txt && pass "train: --gaps drop sees them" || fail "train: --gaps drop sees no gap"
for command in predict signal evaluate; do
    expect 0 "12 bars of 4 h made of fewer bars than 4 were left out" "$command: thin bars are named" lstmfc $command --csv holes.csv --resample 4h --model four.json
done
expect 0 '12 of them made of fewer' "--keep-thin" lstmfc check --csv holes.csv --resample 4h --keep-thin
expect 2 "keep-thin has no effect here" "--keep-thin alone" lstmfc check --csv c.csv --keep-thin

# ---- words
expect 0 '"threshold":0\.[46],.*"threshold_rule":"a probability beyond 0.5 by a band of 0.[14]"' "a short has its own threshold" \
    sh -c "lstmfc backtest --csv c.csv --model direction.json --band 0.1 --decisions d.csv > d.txt 2>&1; lstmfc signal --csv c.csv --model direction.json --band 0.1 --json"
awk -F, 'NR > 1 && $2 == 0 && ($6 < 0.395 || ($6 > 0.405 && $6 < 0.595) || $6 > 0.605)' d.csv | grep -q . && fail "the thresholds of a band are 0.4 and 0.6" || pass "the thresholds of a band are 0.4 and 0.6"
expect 0 'opens 2022-02-19 23:00 UTC and ends 2022-02-20 00:00 UTC: forecast (above|below) the threshold' "the plain rule's one clause, the bar by both its ends" \
    lstmfc signal --csv c.csv --model return.json --now 2022-02-20T01:00:00Z
expect 0 "Note: that bar ended 2 d ago" "an old file" lstmfc signal --csv c.csv --model return.json --now 2022-02-22T00:00:00Z
expect 0 '"stale":true' "an old file, as JSON" lstmfc signal --csv c.csv --model return.json --now 2022-02-22T00:00:00Z --json
expect 0 '"stale":false' "a file of three bars ago is none" lstmfc signal --csv c.csv --model return.json --now 2022-02-20T03:00:00Z --json
expect 0 "note: c.csv: bars dated ahead of 2022-02-10T00:00:00Z.*the last one ends 10 d later" "a file dated ahead" \
    lstmfc signal --csv c.csv --model return.json --now 2022-02-10T00:00:00Z
expect 3 "the last one ends [0-9]+ d.* later.*1200 not closed" "a file all dated ahead" lstmfc signal --csv c.csv --model return.json --now 2021-02-10T00:00:00Z
learn --csv c.csv --target price --features "log_return(close)" --model "$linear" --scaler robust --winsor 8 --out winsor.json
expect 0 "winsorised .*median \+- 8 x 1.4826 MAD.*scaler +robust.*winsor +8" "inspect: scaler and winsor" lstmfc inspect --model winsor.json
lstmfc train --csv c.csv --from winsor.json --freeze "all but last 1" --epochs 1 --progress none --out tuned.json > train.txt 2>&1
expect 0 "fine-tuned +from another model, frozen: all but last 1" "inspect: fine-tuned" lstmfc inspect --model tuned.json
[ -e updated.json ] && expect 0 "updated +by [0-9,]+ steps" "inspect: updated" lstmfc inspect --model updated.json
expect 0 "funnel.long.*add 2.k for each" "signal --help: the bits of the funnel" lstmfc signal --help
expect 0 "1,4,24" "train --help: several horizons" lstmfc train --help

# ---- nothing to learn
awk -F, 'NR > 2 { $2 = $3 = $4 = $5 = 100 } 1' OFS=, c.csv > flat.csv
expect 3 "every close of the 1200 bars is 100: there is nothing to learn" "a flat price" lstmfc train --csv flat.csv --target price --features "log_return(close)" --model "$linear" --epochs 1 --out flat.json
expect 2 "scaler window.* with --window 1" "--scaler window --window 1" lstmfc train --csv c.csv --features "close" --scaler window --window 1 --out flat.json
[ -e flat.json ] && fail "nothing to learn: saved" || pass "nothing to learn: nothing saved"

finish
