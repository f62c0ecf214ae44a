#!/usr/bin/env bash
# tests/test_portfolio.sh [TOOL]: several symbols traded from one purse by the command line. One symbol is the backtest of one series to the
# last digit; several stand against an account in Python; the order of the files is no matter, the future is none either; every wrong input is
# named. TOOL is build/lstmfc unless given.
set -u
cd "$(dirname "$0")/.."
make -s build/lstmfc || exit 1
tool=$(realpath "${1:-build/lstmfc}")
out=build/portfolio
rm -rf "$out"; mkdir -p "$out/bin" "$out/coins" "$out/alone"
ln -s "$tool" "$out/bin/lstmfc"
results=$PWD/$out/results
. tests/parallel.sh
here=$PWD
data=${LSTMFC_DATA:-$here/../shared/data}
cd "$out" || exit 1
PATH=$here/$out/bin:$PATH
export SOURCE_DATE_EPOCH=1700000000
expect() {                                  # exit code, pattern in what it prints, name, command
    local wanted=$1 pattern=$2 name=$3 code=0 text
    shift 3
    text=$("$@" 2>&1 < /dev/null) || code=$?
    if [ "$code" -ne "$wanted" ]; then fail "$name: exit $code, not $wanted: $(printf '%s' "$text" | tail -1)"
    elif ! printf '%s' "$text" | grep -Eq -e "$pattern"; then fail "$name: no /$pattern/ in: $(printf '%s' "$text" | tail -12)"
    else pass "$name"; fi
}
same() { if cmp -s "$1" "$2"; then pass "$3"; else fail "$3: $(diff "$1" "$2" | head -3)"; fi; }

for k in 1 2 3; do lstmfc synth --bars 900 --seed $k --out whole$k.csv > /dev/null; done
# each begins and ends where it likes, and has gaps of its own
awk 'NR < 3 || (NR > 43 && NR % 97)' whole1.csv > coins/AAA.csv
awk 'NR < 800 && NR % 61 != 5' whole2.csv > coins/BBB.csv
awk 'NR < 3 || (NR % 41 && NR < 880)' whole3.csv > coins/CCC.csv
cp coins/BBB.csv alone
rules=(--long "rsi(14) < 45 and close > 0.97*ema(50)" --exit-long "rsi(14) > 55" --short "rsi(14) > 65")
every=("--weights equal" "--weights volatility --sizing-bars 50" "--trail 0.02 --take 0.03 --maker-fee none" "--leverage 3 --borrow 0.1 --funding 0.0001"
       "--stop-atr 2 --slippage-atr 0.05 --max-bars 20 --reenter yes" "--sizing kelly --kelly-trades 30" "--sizing volatility --neutral hold --take 0.02 --path colour"
       "--sizing cash --amount 3000 --fee-fixed 1 --spread 0.0001" "--volume-cap 0.1 --balance 1e6" "--fill same_close --long-only")

# ---- one symbol from its purse is the backtest of one series
for more in "${every[@]}"; do
    single=${more/--weights equal/}; single=${single/--weights volatility --sizing-bars 50/}
    # shellcheck disable=SC2086
    lstmfc backtest --csv coins/BBB.csv "${rules[@]}" $single --json --trades trades.csv --equity equity.csv --fills fills.csv > single.txt 2>&1
    # shellcheck disable=SC2086
    [ "$more" = "--weights volatility --sizing-bars 50" ] ||
        lstmfc backtest --csv alone "${rules[@]}" $more --json --trades trades1.csv --equity equity1.csv --fills fills1.csv > one.txt 2>&1
    [ "$more" = "--weights volatility --sizing-bars 50" ] && continue
    sed 's/,"weights":.*//' one.txt > one-first.txt; sed 's/,"csv":.*//' single.txt > single-first.txt
    same single-first.txt one-first.txt "one symbol, $more: every figure is that of the series by itself"
    for file in trades fills; do sed 's/,BBB$//; s/,symbol$//' ${file}1.csv > cut.csv; same $file.csv cut.csv "one symbol, $more: its $file"; done
    cut -d, -f1-6 equity1.csv > cut.csv; same equity.csv cut.csv "one symbol, $more: its equity"
done

# ---- the order of the files, a folder, a column of symbols
lstmfc backtest --csv coins "${rules[@]}" --trades folder.csv --equity folder-equity.csv > folder.txt 2>&1
lstmfc backtest --csv coins/CCC.csv,coins/AAA.csv,coins/BBB.csv "${rules[@]}" --trades listed.csv --equity listed-equity.csv > listed.txt 2>&1
same folder.txt listed.txt "files in another order: the same words"
same folder.csv listed.csv "and trades"
same folder-equity.csv listed-equity.csv "and equity"
{ echo "symbol,time,open,high,low,close,volume"; for s in CCC BBB AAA; do grep '^20' coins/$s.csv | sed "s/^/$s,/"; done | sort -t, -k2,2 -s; } > column.csv
lstmfc backtest --csv column.csv "${rules[@]}" --trades column-trades.csv --equity column-equity.csv > /dev/null 2>&1
same folder.csv column-trades.csv "a file with a column of symbols: the same trades"
same folder-equity.csv column-equity.csv "and equity"
[ "$(grep -oE '^(AAA|BBB|CCC|all) ' folder.txt | tr -d ' \n')" = AAABBBCCCall ] && pass "a line for each symbol and one for all" || fail "lines: $(tail -5 folder.txt)"

# ---- what comes later changes nothing before it, in any symbol
cut=2022-01-20T00:00:00Z
for more in "${every[@]}"; do
    # shellcheck disable=SC2086
    lstmfc backtest --csv coins "${rules[@]}" $more --fills before.csv --equity before-equity.csv > /dev/null 2> err.txt || fail "$more: $(tail -1 err.txt)"
    differs=0
    for s in AAA BBB CCC; do
        rm -rf later; cp -r coins later
        awk -F, -v OFS=, -v cut=$cut '/^20/ && $1 > cut { for (i = 2; i <= 5; i++) $i *= 1.5 + (NR % 7) / 50; $3 = $3 > $2 ? $3 : $2; if ($5 > $3) $3 = $5
            if ($2 < $4) $4 = $2; if ($5 < $4) $4 = $5; $6 *= 3 } { print }' coins/$s.csv > later/$s.csv
        # shellcheck disable=SC2086
        lstmfc backtest --csv later "${rules[@]}" $more --fills after.csv --equity after-equity.csv > /dev/null 2> err.txt || fail "$more: $(tail -1 err.txt)"
        # the fill at the open of the first other bar is decided before and takes place at another price
        for file in fills equity; do
            [ $file = fills ] && { a=before.csv b=after.csv; } || { a=before-equity.csv b=after-equity.csv; }
            cmp -s <(awk -F, -v cut=$cut '$1 <= cut' $a) <(awk -F, -v cut=$cut '$1 <= cut' $b) || differs=1
            cmp -s $a $b && differs=2
        done
    done
    [ $differs = 0 ] && pass "no bar of the future counts: $more" || fail "the future counts, or nothing changed ($differs): $more"
done

# ---- a model of all of them, of each, of one
train() { lstmfc train --window 8 --features "log_return(close), rsi(14)/100" --epochs 1 --progress none "$@" > train.txt 2>&1 || fail "train: $(tail -1 train.txt)"; }
train --csv coins --pooled --gaps count --model "lstm 4 | dense 1 sigmoid" --out pooled.json
train --csv coins --gaps count --model "lstm 4 | dense 1 sigmoid" --out each
train --csv coins/BBB.csv --symbol BBB --gaps count --model "lstm 4 | dense 1 sigmoid" --out b.json
train --csv coins/BBB.csv --symbol XYZ --gaps count --model "lstm 4 | dense 1 sigmoid" --out x.json
train --csv coins --pooled --gaps count --target volatility --baselines none --model "lstm 4 | dense 1" --out volatility.json
lstmfc backtest --csv coins --model pooled.json --trades plain.csv --json > plain.json 2> err.txt || fail "pooled: $(tail -1 err.txt)"
lstmfc backtest --csv coins --model pooled.json --long "probability_up > 0.5" --short "probability_up < 0.5" --trades ruled.csv > /dev/null 2>&1
[ "$(wc -l < plain.csv)" -gt 20 ] && same plain.csv ruled.csv "a pooled model: rules that ask its forecasts give its trades"
# by another hand: each symbol's forecasts as signals
rm -f forecasts.csv; echo "time,symbol,signal" > signals.csv
for s in AAA BBB CCC; do
    lstmfc evaluate --csv coins/$s.csv --model pooled.json --symbol $s --forecasts forecasts.csv > /dev/null 2>&1
    awk -F, -v s=$s 'NR > 1 { print $1 "," s "," ($4 == "" ? 0 : $4 > 0.5 ? 1 : $4 < 0.5 ? -1 : 0) }' forecasts.csv >> signals.csv
    { head -2 coins/$s.csv; awk -F, 'NR == FNR { there[$1] = 1; next } $1 in there' forecasts.csv coins/$s.csv; } > unseen-$s.csv
done
mkdir -p unseen; for s in AAA BBB CCC; do mv unseen-$s.csv unseen/$s.csv; done
lstmfc backtest --csv unseen --signals signals.csv --trades signalled.csv > /dev/null 2> err.txt || fail "signals: $(tail -1 err.txt)"
same plain.csv signalled.csv "a pooled model trades what evaluate says it forecasts, on bars it has not seen"
expect 0 "" "a folder with a model for each" lstmfc backtest --csv coins --model each --trades each.csv
lstmfc backtest --csv coins/BBB.csv --model each/BBB.json --trades trades.csv > /dev/null 2>&1; lstmfc backtest --csv alone --model each --trades trades1.csv > /dev/null 2>&1
sed 's/,BBB$//; s/,symbol$//' trades1.csv > cut.csv; same trades.csv cut.csv "of a folder each has its own"
expect 0 "Warning: AAA: OTHER SYMBOL.*trained on BBB" "a model of one of them says of whom it is" lstmfc backtest --csv coins --model b.json
expect 2 "x.json was trained on XYZ alone, which is none of the 3 symbols" "a model of none of them" lstmfc backtest --csv coins --model x.json
expect 2 "names no side to trade" "a model of volatility" lstmfc backtest --csv coins --model volatility.json
expect 4 "none.json" "no model" lstmfc backtest --csv coins --model none.json
mkdir -p some; cp each/AAA.json some; expect 4 "some/BBB.json" "a model is missing in the folder" lstmfc backtest --csv coins --model some
expect 0 "IN SAMPLE" "--in-sample says so" lstmfc backtest --csv coins --model pooled.json --in-sample
{ head -2 coins/AAA.csv; grep '^2022-01-0' coins/AAA.csv; } > later/AAA.csv; cp coins/BBB.csv coins/CCC.csv later
expect 3 "later/AAA.csv: nothing left to measure: the model has seen every bar" "a symbol that ends before the model's test bars" lstmfc backtest --csv later --model pooled.json

# ---- report and JSON
lstmfc backtest --csv coins "${rules[@]}" --weights volatility --report report.html --json > report.json 2>&1
for word in "Symbol by symbol" "Backtest of 3 symbols by rules" ">Equity<" ">Drawdown<" "Month by month" "Return of each month" "<th class=\"text\">Symbol</th>" \
            "How the files were read" "Held at equal weights" "3 symbols from one purse, by 1 / volatility of the last 100 bars"; do
    if grep -q "$word" report.html; then pass "the report has: $word"; else fail "the report has no: $word"; fi
done
if grep -Eq '(^|[^a-zA-Z])(nan|inf)([^a-z]|$)' <(sed 's/<style>.*<\/style>//; s/inf without a loss//g; s/<[^>]*>/ /g' report.html); then fail "no nan in the report"; else pass "no nan in the report"; fi
expect 0 '"weights":"volatility","buy_and_hold_at_equal_weights":[-0-9.e]+,"symbols":\[\{"symbol":"AAA","csv":"coins/AAA.csv","from":"2022-01-0' "JSON" cat report.json

# ---- what cannot be
lstmfc synth --bars 30 --seed 1 --out long.csv > /dev/null
sed 's/:00:00Z/:20:00Z/' coins/BBB.csv > half.csv
sed 's/^2022/2024/' coins/BBB.csv > years.csv
{ echo "time,open,high,low,close"; for d in 10 11 12 13 14 15; do echo "2022-01-${d}T00:00:00Z,1,2,1,2"; done; } > daily.csv
sed '/^20.*T05:00:00Z/s/,[0-9.]*,/,x,/' coins/CCC.csv > broken.csv
long=(--long "rsi(7) < 30")
expect 3 "daily.csv: daily has a bar every 1 d, but AAA of coins/AAA.csv one every 1 h; .*--resample 1d" "bars of two lengths" lstmfc backtest --csv daily.csv,coins/AAA.csv "${long[@]}"
expect 0 "^daily " "joined to one as it says" lstmfc backtest --csv daily.csv,coins/AAA.csv --long "close > 1" --resample 1d
text=$(lstmfc backtest --csv coins/AAA.csv,half.csv "${long[@]}" 2>&1)
line=$(printf '%s' "$text" | sed -nE 's/.*AAA.csv: line ([0-9]+): a bar of AAA.*/\1/p') other=$(printf '%s' "$text" | sed -nE 's/.*half.csv: line ([0-9]+)\).*/\1/p')
when=$(sed -n "${line:-1}p" coins/AAA.csv | cut -c1-16 | tr T ' ') whenother=$(sed -n "${other:-1}p" half.csv | cut -c1-16 | tr T ' ')
case $text in *"opens at $when UTC, while that of half"*"opened at $whenother UTC is still forming"*) pass "bars that begin within others, each with its line" ;;
*) fail "bars that begin within others: $text" ;; esac
expect 3 "years.csv: the bars of years, 2024.*overlap with those of no other" "no time in common" lstmfc backtest --csv coins/AAA.csv,coins/CCC.csv,years.csv "${long[@]}"
expect 2 "two symbols would be called AAA" "a symbol twice" lstmfc backtest --csv coins/AAA.csv,later/AAA.csv "${long[@]}"
expect 3 "broken.csv: line [0-9]+, column 2.*x" "what is no number, with its line" lstmfc backtest --csv coins/AAA.csv,broken.csv "${long[@]}"
expect 3 "none.csv" "a file that is not there" lstmfc backtest --csv coins/AAA.csv,none.csv "${long[@]}"
mkdir -p empty; expect 3 "no file in it ends in .csv" "an empty folder" lstmfc backtest --csv empty "${long[@]}"
expect 3 "long.csv" "--only of no column" lstmfc backtest --csv long.csv --only X "${long[@]}"
expect 0 "span" "--only takes one of a file" lstmfc backtest --csv column.csv --only BBB "${long[@]}"
awk 'NR == 2 || /^20/' coins/AAA.csv | awk -F, -v OFS=, 'NR == 1 { print $0, "x" } NR > 1 { print $0, NR }' > withx.csv
expect 2 "coins/BBB.csv: --long, column 5: unknown column" "a column that one has not" lstmfc backtest --csv withx.csv,coins/BBB.csv --long "col(x) < 30"
expect 2 "^lstmfc backtest: coins/AAA.csv: --long, column 9" "a wrong rule" lstmfc backtest --csv coins --long "rsi(7) << 3"
expect 2 "weights: coins/AAA.csv is one series" "--weights of one series" lstmfc backtest --csv coins/AAA.csv "${long[@]}" --weights volatility
expect 2 "sizing cash and quantity are not" "--weights volatility of money" lstmfc backtest --csv coins "${long[@]}" --weights volatility --sizing cash --amount 9
expect 2 "sizing-bars has no effect here .sizing fraction, weights equal" "--sizing-bars of nothing" lstmfc backtest --csv coins "${long[@]}" --sizing-bars 9
expect 2 "walk-forward with several symbols" "--walk-forward" lstmfc backtest --csv coins "${long[@]}" --walk-forward rolling
expect 2 "grid-out with several symbols" "--grid-out" lstmfc backtest --csv coins "${long[@]}" --grid-out g.csv
expect 2 "braces with several symbols" "a grid" lstmfc backtest --csv coins --long "rsi({7,14}) < 30"
expect 2 "symbol with several symbols.*each is named" "--symbol" lstmfc backtest --csv coins --model pooled.json --symbol X
expect 2 "decisions with several symbols" "--decisions" lstmfc backtest --csv coins --model pooled.json --decisions d.csv
expect 2 "exactly one of" "nothing to trade by" lstmfc backtest --csv coins
expect 2 "coins/AAA.csv of --trades is the file of --csv" "an output over an input" lstmfc backtest --csv coins "${long[@]}" --trades coins/AAA.csv
grep -v ',BBB,' signals.csv > two.csv
expect 3 "two.csv: there is no row of BBB; expected the header time,symbol,signal" "signals without one of them" lstmfc backtest --csv unseen --signals two.csv
awk 'NR == 9 { sub(/[-0-9.]*$/, "3") } 1' signals.csv > large.csv
expect 3 "large.csv: the signal at .* is 3; expected -1 .. 1" "a signal of 3" lstmfc backtest --csv unseen --signals large.csv
expect 3 '"error":.*daily.csv: daily has a bar' "errors as JSON" lstmfc backtest --csv daily.csv,coins/AAA.csv "${long[@]}" --json

# ---- against another account
python=${LSTMFC_PYTHON:-$here/build/venv/bin/python}
have "$python" || python=python3
account() {
    mkdir -p "$1" && (cd "$1" && shift && "$python" "$here/tests/oracle/portfolio_cli.py" "$tool" "$@") > "$1.txt" 2>&1 || fail "$1: $(tail -1 "$1.txt")"
    while read -r line; do case $line in ok*) pass "${line#ok    }" ;; FAIL*) fail "${line#FAIL  }" ;; esac; done < "$1.txt"
}
if have "$python"; then
    account synthetic ../coins/AAA.csv ../coins/BBB.csv ../coins/CCC.csv
    if [ -d "$data" ]; then
        cp "$data/yahoo_BTC-USD.csv" BTC.csv; cp "$data/yahoo_ETH-USD.csv" ETH.csv
        account real ../BTC.csv ../ETH.csv
    else skip "real candles: $data is not there (LSTMFC_DATA)"; fi
else skip "several symbols against an account in Python: no python3 (package python3)"; fi
finish
