#!/usr/bin/env bash
# tests/test_bytes.sh: a rebuilding changes no bit. Features, model files, forecasts, verdicts and trades of a recorded set of runs, in
# both result classes, have the CRC and length that tests/fixtures/bytes.txt says.
#     bash tests/test_bytes.sh [TOOL]
#     bash tests/test_bytes.sh --record [TOOL]      writes the fixture anew: only where CHANGELOG.md says which bits change and why
set -u
cd "$(dirname "$0")/.."
record=; [ "${1:-}" = --record ] && { record=1; shift; }
[ $# -gt 0 ] || make -s build/lstmfc || exit 1
L=$(realpath "${1:-build/lstmfc}")
fixture=$PWD/tests/fixtures/bytes.txt
data=$(realpath "${LSTMFC_DATA:-../shared/data}" 2> /dev/null)
out=build/bytes
rm -rf "$out"; mkdir -p "$out"
results=$PWD/$out/results
. tests/parallel.sh
cd "$out" || exit 1
export SOURCE_DATE_EPOCH=1700000000

# Every function of the feature language, at other numbers than its defaults.
all="log(close), log0(volume), abs(diff(close)), sign(diff(close,2)), sqrt(volume), exp(log_return(close)), clip(log_return(close),-0.01,0.01),
fill(lag(close,3),0), missing(volume), lag(close,2), diff(close,3), pct_change(close,2), log_return(close,5), sma(close,7), ema(close,9),
wma(close,6), wilder(close,8), stddev(close,11), zscore(close,13), min(low,9), max(high,9), rank(close,15), sum(volume,12), slope(close,10),
corr(close,volume,17), rsi(9), stochrsi(14,10,3,3).raw, stochrsi(14,10,3,3).k, stochrsi(14,10,3,3).d, macd(5,13,4).line, macd(5,13,4).signal,
macd(5,13,4).hist, bbands(15,2.5).middle, bbands(15,2.5).upper, bbands(15,2.5).lower, bbands(15,2.5).width, bbands(15,2.5).percent, tr, atr(9),
plus_di(9), minus_di(9), dx(9), adx(9), obv, vwap(11), vwap_session, vwap_anchored, volume_delta, signed_volume, volume_ratio(8),
realized_vol(12), parkinson(12), garman_klass(12), yang_zhang(12), mom(5), roc(6), stoch(9,3,3).k, stoch(9,3,3).d, cci(12), mfi(9), willr(9),
donchian(9).upper, donchian(9).middle, donchian(9).lower, keltner(9,8,1.5).upper, keltner(9,8,1.5).middle, keltner(9,8,1.5).lower,
trend(5,12).state, trend(5,12).cross, threshold, hour_sin, hour_cos, weekday_sin, weekday_cos, (open+high)/2 - low*0.5"
all=$(tr '\n' ' ' <<< "$all")

quietly() { "$@" > /dev/null 2> err.txt || echo "$1 $2: $(tail -2 err.txt | cut -c 1-300)" >> errors.txt; }
candles() { head -3001 "$1"; }              # of a CSV with a header

features() {                                # label, file
    quietly "$L" indicators --csv "$2" --features "$all" --out "$1.all.csv"
    for preset in a d e; do quietly "$L" indicators --csv "$2" --features "@$preset" --out "$1.$preset.csv"; done
}

runs() {                                    # label, file, level
    local label=$1 csv=$2 level=$3
    run() {                                 # name, head, the rest of train
        local name=$label.$level.$1
        shift
        quietly "$L" train --csv "$csv" --window 16 --epochs 2 --seed 3 --simd "$level" --progress none "$@" --out "$name.json"
        "$L" evaluate --model "$name.json" --csv "$csv" --simd "$level" --forecasts "$name.forecasts.csv" --json > "$name.evaluate.json" 2> err.txt ||
            echo "$name: $(tail -2 err.txt)" >> errors.txt
        "$L" predict --model "$name.json" --csv "$csv" --simd "$level" --json > "$name.predict.json" 2> err.txt || echo "$name: $(tail -2 err.txt)" >> errors.txt
    }
    run direction --target direction --model "lstm 16 dropout=0.1 recurrent_dropout=0.1 | dropout 0.2 | lstm 8 | dense 6 relu | dense 1 sigmoid"
    run price --target price --horizon 3 --loss huber --optimizer rmsprop --model "lstm 12 seq | layernorm | last | dense 1"
    run return --target return --optimizer adamw --clip-norm 0.5 --l2 1e-4 --model "dense 8 tanh | lstm 9 | dense 1"
    run volatility --target volatility --horizon 4 --batch 17 --threads 2 --model "lstm 8 seq | variational_dropout 0.1 | batchnorm | flatten | dense 4 gelu | dense 1"
    "$L" backtest --model "$label.$level.direction.json" --csv "$csv" --simd "$level" --stop 0.02 --take 0.03 --trail 0.02 \
        --trades "$label.$level.backtest.trades.csv" > "$label.$level.backtest.txt" 2> err.txt || echo "backtest: $(tail -2 err.txt)" >> errors.txt
}

"$L" synth --bars 3000 --seed 7 --out synth.csv 2> err.txt || exit 1
levels=$(grep -qw avx2 /proc/cpuinfo 2> /dev/null && grep -qw fma /proc/cpuinfo && echo avx2)
case $(uname -m) in x86_64) levels="sse2 $levels" ;; esac
files="synth.csv"
if [ -e "$data/btcusdt_1h.csv" ]; then
    candles "$data/btcusdt_1h.csv" > btc.csv; candles "$data/coinbase_btcusd_1h.csv" > coinbase.csv; candles "$data/yahoo_BTC-USD.csv" > yahoo.csv
    features coinbase coinbase.csv; features yahoo yahoo.csv
    for preset in c c_log c_ratio; do quietly "$L" indicators --csv "$data/bitcoin_dataset.csv" --columns "close=btc_market_price,volume=btc_trade_volume" --features "@$preset" --out "bitcoin.$preset.csv"; done
    files="synth.csv btc.csv"
else skip "the runs on real candles: $data is absent"; fi
for file in $files; do
    features "${file%.csv}" "$file"
    for level in $levels; do runs "${file%.csv}" "$file" "$level"; done
done
[ -n "$levels" ] || skip "model files: recorded for the two result classes of x86-64"

rm -f btc.csv coinbase.csv yahoo.csv err.txt ./*.ledger.jsonl
[ -s errors.txt ] && fail "a run fails: $(head -3 errors.txt)"
later='residuals|moves|ledger'                   # flat members of an evaluation that came after the recording
for file in $(ls | grep -v -e '^errors.txt$' -e '^results$'); do
    case $file in *.evaluate.json) sed -E -i "s/\"($later)\":\{[^{}]*\},//g" "$file" ;;
    *.backtest.txt) sed -i '/^ledger /d; /^ *deflated: /d' "$file" ;; esac
    printf '%s %s\n' "$file" "$(cksum < "$file")"
done > sums.txt
if [ -n "$record" ] && [ ! -s errors.txt ]; then cp sums.txt "$fixture"; echo "recorded $(wc -l < sums.txt) files"; exit; fi
while read -r name sum length; do
    [ "$name" = sums.txt ] && continue
    if grep -qx "$name $sum $length" "$fixture"; then pass "$name"
    else fail "$name: $length bytes, CRC $sum; recorded: $(grep "^$name " "$fixture" || echo nothing)"; fi
done < sums.txt
expected=$(grep -c "^synth\.[a-z_]*\.csv " "$fixture")
[ "$(grep -c "^synth\.[a-z_]*\.csv " sums.txt)" -ge "$expected" ] && pass "every run left its files" || fail "files are missing: $(tail -1 errors.txt)"
finish
