#!/usr/bin/env bash
# tests/test_trading.sh [TOOL]: what the command line says about trading: levels on the tick, sizes, re-entry, bars per year, p values,
# exchange hours. TOOL is build/lstmfc unless given.
set -u
cd "$(dirname "$0")/.."
make -s build/lstmfc || exit 1
tool=$(realpath "${1:-build/lstmfc}")
out=build/trading
rm -rf "$out"; mkdir -p "$out/bin"
ln -s "$tool" "$out/bin/lstmfc"
results=$out/results
. tests/parallel.sh
here=$PWD
cd "$out" || exit 1
results=$here/$out/results
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
never() {                                   # pattern that must not stand in the file, name
    if grep -Eq -e "$1" "$2"; then fail "$3: $(grep -E -e "$1" "$2" | head -2)"; else pass "$3"; fi
}
free="--fee none --slippage none"

# ---- a level that the bar touches
cat > tick.csv <<'CSV'
time,open,high,low,close
2024-01-01T00:00:00Z,2.48,2.48,2.48,2.48
2024-01-01T01:00:00Z,2.48,2.50,2.20,2.30
2024-01-01T02:00:00Z,2.30,2.40,1.86,2.00
2024-01-01T03:00:00Z,2.00,2.10,1.95,2.05
CSV
printf 'time,signal\n2024-01-01T00:00:00Z,1\n' > once.csv
expect 0 "trades +1, 0.0 % won, .*mean -25.0000 %" "2.48 with a stop of 25 % and a low of 1.86: stopped" \
    lstmfc backtest --csv tick.csv --signals once.csv --stop 0.25 $free --trades tick-trades.csv
if grep -q ',1.86,.*,stop,0$' tick-trades.csv; then pass "stopped at 1.86"; else fail "stopped at 1.86: $(tail -1 tick-trades.csv)"; fi

# ---- the same signal again: flat until it changes, or entered again
printf 'time,signal\n2024-01-01T00:00:00Z,1\n2024-01-01T01:00:00Z,1\n2024-01-01T02:00:00Z,1\n' > always.csv
expect 0 "trades +1," "flat after a stop" lstmfc backtest --csv tick.csv --signals always.csv --stop 0.25 $free
expect 0 "flat until the signal changes" "flat after a stop: printed" lstmfc backtest --csv tick.csv --signals always.csv --stop 0.25 $free
expect 0 "trades +2," "--reenter yes" lstmfc backtest --csv tick.csv --signals always.csv --stop 0.25 --reenter yes $free
expect 0 "entered again at the next open" "--reenter yes: printed" lstmfc backtest --csv tick.csv --signals always.csv --stop 0.25 --reenter yes $free

# ---- 0.2, then 1: resized at the next open
cat > rise.csv <<'CSV'
time,open,high,low,close
2024-01-01T00:00:00Z,100,100,100,100
2024-01-01T01:00:00Z,100,100,100,100
2024-01-01T02:00:00Z,100,200,100,200
CSV
printf 'time,signal\n2024-01-01T00:00:00Z,0.2\n2024-01-01T01:00:00Z,1\n' > grow.csv
expect 0 "return +net \+100.00 %" "from 0.2 to 1: resized" lstmfc backtest --csv rise.csv --signals grow.csv $free --trades grow-trades.csv
if grep -q ',end,1$' grow-trades.csv; then pass "the resizing is counted"; else fail "the resizing is counted: $(tail -1 grow-trades.csv)"; fi
lstmfc backtest --csv rise.csv --signals grow.csv $free --fills grow-fills.csv > fills.txt 2>&1
if [ "$(tr '\n' ' ' < grow-fills.csv)" = "time,trade,quantity,price,fee,slippage,reason 2024-01-01T01:00:00Z,1,20,100,0,0,entry 2024-01-01T02:00:00Z,1,80,100,0,0,resize 2024-01-01T02:00:00Z,1,-100,200,0,0,end " ]
then pass "--fills"; else fail "--fills: $(cat grow-fills.csv fills.txt)"; fi
expect 0 "return +net \+20.00 %" "--resize no" lstmfc backtest --csv rise.csv --signals grow.csv --resize no $free
expect 0 "keeps the size of its entry .--resize no." "--resize no: printed" lstmfc backtest --csv rise.csv --signals grow.csv --resize no $free

# ---- messages
printf 'time,signal\n2024-01-01T01:00:00.001Z,1\n' > off.csv
expect 3 "a signal at 2024-01-01T01:00:00.001Z, but no bar of the candles opens then; the nearest opens at 2024-01-01T01:00:00Z" \
    "a signal 1 ms off its bar" lstmfc backtest --csv tick.csv --signals off.csv
sed 's/2.40,1.86,2.00$/2.40,1.86,1e-310/; s/2.30,2.40,1.86/2.30,2.40,1e-310/' tick.csv > tiny.csv
expect 3 "row 3 .2024-01-01T02:00:00Z.: (low|close) is 1e-310, expected a price from 1e-100 to 1e100" "a price of 1e-310" \
    lstmfc backtest --csv tiny.csv --signals once.csv

# ---- an exchange: 7 hours on five days a week
awk 'BEGIN { srand(7); print "time,open,high,low,close,volume"; price = 10000; start = 1704117600;        # a Monday, 14:00
    for (day = 0; day < 140; day++) if (day % 7 < 5) for (hour = 0; hour < 7; hour++) {
        open = price; price += int(rand() * 201) - 100; high = (open > price ? open : price) + int(rand() * 20); low = (open < price ? open : price) - int(rand() * 20)
        printf "%d,%.2f,%.2f,%.2f,%.2f,%d\n", start + day * 86400 + hour * 3600, open / 100, high / 100, low / 100, price / 100, 1 + int(rand() * 100) } }' > exchange.csv
awk -F, 'NR == 1 { print "time,signal" } NR > 1 { print $1 "," (int(NR / 20) % 2 ? 1 : -0.5) }' exchange.csv > exchange-signals.csv
expect 0 "1,826 bars per year, counted over (19|20) whole weeks" "bars per year of an exchange" \
    lstmfc backtest --csv exchange.csv --signals exchange-signals.csv --report exchange.html
if grep -q "1,826 bars per year" exchange.html; then pass "bars per year in the report"; else fail "bars per year in the report"; fi
expect 0 "252 bars per year, as --annual says" "--annual" lstmfc backtest --csv exchange.csv --signals exchange-signals.csv --annual 252
small='--features log_return(close) --epochs 1'
expect 3 "the bars seen have 79 gaps, most often of 17 missing bars: --gaps count keeps the samples that span one" \
    "train on exchange hours: what to do" lstmfc train --csv exchange.csv --window 12 $small --model "lstm 4 | dense 1 sigmoid" --out exchange.json
expect 0 "saved" "train on exchange hours: done as told" \
    lstmfc train --csv exchange.csv --window 12 $small --model "lstm 4 | dense 1 sigmoid" --gaps count --out exchange.json

# ---- a p value is never 0: closes that go up and down in turn are soon foreseen
awk 'BEGIN { print "time,open,high,low,close"; for (i = 0; i < 1500; i++) { o = i % 2 ? 101 : 100; c = i % 2 ? 100 : 101
    printf "%d,%d,%.2f,%.2f,%.2f\n", 1704067200 + i * 3600, o, 101.5, 99.5, c + (i * 7 % 5) / 100 } }' > turns.csv
if lstmfc train --csv turns.csv --window 4 --features "log_return(close)*50" --model "lstm 8 | dense 1 sigmoid" --lr 0.02 --epochs 6 --out turns.json > train.txt 2>&1 &&
    lstmfc evaluate --model turns.json --csv turns.csv --report turns.html > turns.txt 2>&1; then
    if grep -q '< 0.0001' turns.txt && grep -q '&lt; 0.0001' turns.html; then pass "a small p value is told as < 0.0001"; else fail "a small p value: $(cat turns.txt)"; fi
    never "p 0\.0000| 0\.0000(  [0-9.]+ %)?\$" turns.txt "no p value of 0.0000 in the text"
    never '>0\.0000<|p 0\.0000|p 0\.000[^0-9]' turns.html "no p value of 0.0000 in the report"
else fail "a series that is soon foreseen: $(tail -2 train.txt turns.txt)"; fi

finish
