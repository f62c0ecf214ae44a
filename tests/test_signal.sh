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
lstmfc backtest --csv c.csv --model e.json --rules plain --trades plain.csv > /dev/null
lstmfc backtest --csv c.csv --model e.json --trades before.csv > /dev/null
same "backtest --rules plain is backtest" plain.csv before.csv
lstmfc backtest --csv c.csv --model return.json --decisions decisions.csv --trades plain.csv > /dev/null
lstmfc backtest --csv c.csv --signals decisions.csv --trades again.csv > /dev/null
same "--decisions of the plain rule trade alike as --signals" plain.csv again.csv

# ---- system E: the last hours, winsorised, a ticker
expect 3 "hours 48 is 48 bars of 1 h, too few: --hours [0-9]+ has the [0-9]+ that are needed .60 for a window" "too few hours: how many it takes" \
    lstmfc pipeline --csv c.csv --system e --hours 48 --epochs 1 --out few
hours=$(lstmfc pipeline --csv c.csv --system e --hours 48 --epochs 1 --out few 2>&1 | sed -nE 's/.*--hours ([0-9]+) has.*/\1/p')
expect 0 '"winsorised":[0-9]+.*the last '"$hours"' hours: '"$hours"' bars.*"ticker":"BTC"' "as many hours as it says" \
    sh -c "lstmfc pipeline --csv c.csv --system e --hours $hours --epochs 1 --ticker BTC --progress none --json --out e && lstmfc signal --csv c.csv --model e/model.json --json"
expect 3 "hours $((hours - 1)) is .*too few: --hours $hours" "one hour less is too few" \
    lstmfc pipeline --csv c.csv --system e --hours $((hours - 1)) --epochs 1 --out few
expect 2 "symbol is given twice|ticker is given twice" "--ticker is --symbol" lstmfc signal --csv c.csv --model e.json --symbol A --ticker B
if [ -s e/signals.csv ] && grep -q '"ends_at"' e/metadata.json && grep -q '"winsor": 8' e/model.json; then pass "what system E adds"; else fail "what system E adds: $(ls e)"; fi

finish
