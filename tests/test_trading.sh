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
if grep -q ',1.86,.*,stop,0,0$' tick-trades.csv; then pass "stopped at 1.86"; else fail "stopped at 1.86: $(tail -1 tick-trades.csv)"; fi

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
if grep -q ',end,1,0$' grow-trades.csv; then pass "the resizing is counted"; else fail "the resizing is counted: $(tail -1 grow-trades.csv)"; fi
lstmfc backtest --csv rise.csv --signals grow.csv $free --fills grow-fills.csv > fills.txt 2>&1
if [ "$(tr '\n' ' ' < grow-fills.csv)" = "time,trade,quantity,price,fee,slippage,reason,funding 2024-01-01T01:00:00Z,1,20,100,0,0,entry,0 2024-01-01T02:00:00Z,1,80,100,0,0,resize,0 2024-01-01T02:00:00Z,1,-100,200,0,0,end,0 " ]
then pass "--fills"; else fail "--fills: $(cat grow-fills.csv fills.txt)"; fi
expect 0 "return +net \+20.00 %" "--resize no" lstmfc backtest --csv rise.csv --signals grow.csv --resize no $free
expect 0 "keeps the size of its entry .--resize no." "--resize no: printed" lstmfc backtest --csv rise.csv --signals grow.csv --resize no $free

# ---- the rules beside fee, slippage and three levels: what they come to, what is said of them, and what is refused
cat > rules.csv <<'CSV'
time,open,high,low,close,volume,rate
2024-01-01T00:00:00Z,100,100,100,100,50,
2024-01-01T01:00:00Z,100,101,99,100,50,0.5
2024-01-01T02:00:00Z,100,101,99,100,50,0.01
2024-01-01T03:00:00Z,100,101,70,80,50,
2024-01-01T04:00:00Z,80,81,79,80,50,
CSV
printf 'time,signal\n2024-01-01T00:00:00Z,1\n' > enter.csv
awk -F, '{ print $1 "," (NR == 1 ? "signal" : 1) }' rules.csv > stand.csv
trade() { lstmfc backtest --csv rules.csv --signals "${signals:-enter.csv}" $free "$@"; }
last() { tail -1 trades.csv | cut -d, -f "$1"; }           # of the last trade: 4 quantity, 6 exit price, 15 reason, 17 funding
says() {                                    # name, flags, what the line of rules says, column, value
    expect 0 "$3" "$1: said" trade $2 --trades trades.csv
    if [ "$(last "$4")" = "$5" ]; then pass "$1"; else fail "$1: $(tail -1 trades.csv)"; fi
}
says "--leverage" "--leverage 4" "leverage 4; liquidated at a margin of 0.5 %; after that flat until the signal changes" 15 liquidation
says "--maintenance none" "--leverage 4 --maintenance none" "leverage 4" 15 ruin
says "--max-bars" "--max-bars 2" "out after 2 bars; after that flat" 15 time
says "--volume-cap" "--volume-cap 0.1" "entries take at most 10 % of a bar's volume" 4 5
says "--sizing quantity" "--sizing quantity --amount 3" "sized by quantity 3" 4 3
says "--sizing cash" "--sizing cash --amount 1000" "sized by cash 1000" 4 10
says "--funding" "--funding 0.001 --funding-hours 1" "funding 0.1 % every 1 hours" 17 28
says "--funding-column" "--funding-column rate" "funding of the column rate" 17 100
says "--fee-fixed" "--fee-fixed 100" "100 of money per fill" 4 99
signals=stand.csv
says "--stop-atr" "--stop-atr 1 --atr-bars 1" "stop 1 ranges; a range is the average true one of 1 bar" 6 98
signals=
says "--spread" "--spread 0.25" "half-spread 25 %" 5 125
says "--neutral hold" "--neutral hold" "a signal of 0 keeps the position" 15 end
says "--path colour" "--path colour --take 0.5 --maker-fee 0.01" "fee of a take 1 %; inside a bar by its colour" 15 end
trade --funding 0.001 --funding-hours 1 --report rules.html --json > rules.json
if grep -q '"rules":"funding 0.1 % every 1 hours"' rules.json && grep -q '"funding":28' rules.json; then pass "rules and funding in --json"; else fail "rules and funding in --json: $(head -c 600 rules.json)"; fi
if grep -q "Rules: funding 0.1 % every 1 hours" rules.html && grep -q "Return of each month, percent" rules.html && grep -q ">Trades of 1<" rules.html
then pass "rules, months and trades in the report"; else fail "rules, months and trades in the report"; fi
for pair in "--maker-fee 0.001|take none, take_atr none" "--atr-bars 7|slippage_atr none, stop_atr none" "--stop 0.1 --stop-atr 1|stop_atr 1" \
    "--amount 3|sizing fraction" "--size 0.5 --sizing cash --amount 3|sizing cash" "--kelly 0.3|sizing fraction" "--sizing-bars 9|sizing fraction" \
    "--funding-hours 4|funding 0" "--funding 0.1 --funding-column rate|funding_column rate" "--path colour|take none"; do
    expect 2 "has no effect here .${pair#*|}" "${pair%|*} alone" trade ${pair%|*}
done
expect 2 "sizing cash and quantity need an amount above 0" "--sizing cash without an amount" trade --sizing cash
expect 3 "there is no column premium for funding_column" "--funding-column of no column" trade --funding-column premium
expect 3 "volume_cap needs the column volume" "--volume-cap without volume" lstmfc backtest --csv tick.csv --signals once.csv --volume-cap 0.1

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

# ---- nothing given is ever ignored: what has no effect beside the other options is refused, on the command line and in a file
lstmfc synth --bars 600 --seed 1 --out s.csv
learn() { lstmfc train --csv s.csv --window 4 --features "log_return(close)" --epochs 1 --progress none "$@"; }
numbers="lstm 2 | dense 1"
learn --model "lstm 2 | dense 1 sigmoid" --out direction.json > train.txt 2>&1 && learn --target price --model "$numbers" --out price.json >> train.txt 2>&1 &&
    learn --target volatility --model "$numbers" --out volatility.json >> train.txt 2>&1 || fail "train: $(tail -1 train.txt)"
for command in backtest evaluate; do
    for target in price volatility; do
        expect 2 "^lstmfc $command: --band has no effect here .target $target.: .*--threshold is for those of price and return" \
            "$command --band with a model of $target" lstmfc $command --csv s.csv --model $target.json --band 0.1
    done
    for target in direction volatility; do
        expect 2 "^lstmfc $command: --threshold has no effect here .target $target.: .*--band is for those of direction" \
            "$command --threshold with a model of $target" lstmfc $command --csv s.csv --model $target.json --threshold 0.1
    done
    expect 2 "--fee has no effect here .target volatility.: .* names no side to trade" "$command --fee with a volatility" \
        lstmfc $command --csv s.csv --model volatility.json --fee 0.001
    expect 2 "--reenter has no effect here .stop none, take none, trail none, .*leverage 1, maintenance 0." "$command --reenter with nothing that stops" \
        lstmfc $command --csv s.csv --model direction.json --reenter yes
    expect 0 "" "$command --band with a model of direction" lstmfc $command --csv s.csv --model direction.json --band 0.01
    expect 0 "" "$command --threshold with a model of price" lstmfc $command --csv s.csv --model price.json --threshold 0.001
done
expect 2 "--resize has no effect here .signals not given." "--resize with a model" lstmfc backtest --csv s.csv --model direction.json --resize no
expect 2 "--resize is not an option of .evaluate." "evaluate --resize" lstmfc evaluate --csv s.csv --model direction.json --resize no
for flag in "--band 0.1" "--threshold 0.1" "--in-sample" "--symbol X"; do
    expect 2 "${flag%% *} has no effect here .model not given." "$flag with signals" lstmfc backtest --csv tick.csv --signals once.csv $flag
done
expect 2 "--threshold has no effect here .target direction.: .*--band is for" "pipeline --system a --threshold" \
    lstmfc pipeline --csv s.csv --system a --threshold 0.1 --out never
if [ -e never ]; then fail "pipeline --threshold made its folder"; else pass "pipeline --threshold made no folder"; fi
refused() { expect 2 "$2 has no effect here .$3.:" "train $1" learn $1 --out never.json; }       # flags, the one refused, why
refused "--target direction --huber-delta 3" --huber-delta "loss auto"
refused "--target direction --volatility-factor none" --volatility-factor "target direction"
refused "--weight-decay 0.1" --weight-decay "optimizer adam"
refused "--momentum 0.5" --momentum "optimizer adam"
refused "--optimizer sgd --epsilon 0.1" --epsilon "optimizer sgd"
refused "--optimizer sgd --beta1 0.8" --beta1 "optimizer sgd"
refused "--optimizer rmsprop --beta2 0.9" --beta2 "optimizer rmsprop"
refused "--optimizer rmsprop --adam keras" --adam "optimizer rmsprop"
refused "--target return --cut 0.7" --cut "target return"
refused "--level 0.8" --level "target direction"
refused "--intervals split" --intervals "target direction"
refused "--target price --val none --level 0.8" --level "val none"
refused "--val none --patience 3" --patience "val none"
refused "--patience none --min-delta 0.1" --min-delta "patience none"
refused "--plateau-factor 0.1" --plateau-factor "plateau none"
refused "--plateau-rule torch" --plateau-rule "plateau none"
refused "--patience none --monitor total" --monitor "patience none, plateau none"
printf '{"huber_delta": 3}' > delta.json
refused "--config delta.json" "--config delta.json: huber_delta" "loss auto"
if [ -e never.json ]; then fail "a refused training wrote its file"; else pass "a refused training wrote no file"; fi
expect 0 "saved" "the same options where they count" learn --target return --model "$numbers" --loss huber --config delta.json --level 0.8 --optimizer adamw \
    --weight-decay 0.1 --beta1 0.8 --plateau 2 --plateau-factor 0.1 --min-delta 0.01 --monitor total --out x.json
expect 0 "saved" "momentum of sgd" learn --model "lstm 2 | dense 1 sigmoid" --optimizer sgd --momentum 0.5 --weight-decay none --out x.json

# ---- a cut of its own: both thresholds are told; what is not defined is told in words
learn --model "lstm 2 | dense 1 sigmoid" --cut 0.7 --out cut.json > train.txt 2>&1 || fail "train --cut: $(tail -1 train.txt)"
both="called up above 0.7, as trained .--cut.; trading does not use it: long above"
expect 0 "$both 0.5, short below 0.5 .0.5 and --band 0." "--cut 0.7: evaluate" lstmfc evaluate --csv s.csv --model cut.json --report cut.html
if grep -q "$both 0.5, short below 0.5" cut.html; then pass "--cut 0.7: the report"; else fail "--cut 0.7: the report"; fi
expect 0 "$both 0.55, flat below 0.45 .0.5 and --band 0.05." "--cut 0.7: backtest" lstmfc backtest --csv s.csv --model cut.json --band 0.05 --long-only
expect 0 "$both 0.5 . --band" "--cut 0.7: predict" lstmfc predict --csv s.csv --model cut.json
lstmfc evaluate --csv s.csv --model direction.json > half.txt; lstmfc predict --csv s.csv --model direction.json >> half.txt
never "trading does not use it" half.txt "a cut of 0.5 needs no word"
expect 0 "Matthews not defined" "Matthews where every call is the same" lstmfc evaluate --csv s.csv --model cut.json
awk 'BEGIN { print "time,open,high,low,close,volume"; price = 100; for (i = 0; i < 300; i++) { open = price; price *= 1.001
    printf "%d,%.4f,%.4f,%.4f,%.4f,10\n", 1704067200 + i * 3600, open, price, open, price } }' > rising.csv
expect 0 "AUC           not defined" "AUC where every bar went up" lstmfc evaluate --csv rising.csv --model direction.json --report rising.html
awk 'NR > 1 && NR < 4 { print (NR == 2 ? "time,signal\n" : "") substr($0, 1, index($0, ",")) "1" }' rising.csv > hold.csv
{ lstmfc evaluate --csv rising.csv --model direction.json; lstmfc evaluate --csv rising.csv --model cut.json; lstmfc evaluate --csv rising.csv --model price.json
  lstmfc evaluate --csv rising.csv --model volatility.json; lstmfc backtest --csv rising.csv --signals hold.csv $free
  sed 's/<style>.*<\/style>//; s/inf without a loss//g; s/<[^>]*>/ /g' rising.html; } > words.txt 2>&1
never '(^|[^a-z])[-+]?(nan|inf)([^a-z]|$)' words.txt "no nan and no inf in words"

# ---- rules of one's own
lstmfc synth --bars 3000 --seed 4 --out walk.csv > /dev/null
lstmfc train --csv walk.csv --window 12 --features "log_return(close), rsi(14)/100" --model "lstm 8 | dense 1 sigmoid" --epochs 2 --test 0.3 \
    --out rules.json --progress none > /dev/null 2>&1
lstmfc backtest --csv walk.csv --model rules.json --trades plain.csv > /dev/null 2>&1
lstmfc backtest --csv walk.csv --model rules.json --long "forecast > 0.5" --short "probability_up < 0.5" --trades ruled.csv > /dev/null 2>&1
if [ -s plain.csv ] && cmp -s plain.csv ruled.csv; then pass "forecast > 0.5 is what the model trades"; else fail "forecast > 0.5 is what the model trades"; fi
# the same by another hand: the values of the indicators, and a state machine over them
lstmfc indicators --csv walk.csv --features "rsi(14), ema(50), close" --out values.csv > /dev/null 2>&1
awk -F, 'NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i; print "time,signal"; next }
    { r = $at["rsi(14)"]; e = $at["ema(50)"]; c = $at["close"]
      long = r != "" && e != "" && r < 40 && c > e * 0.97; short = r != "" && r >= 65
      if (side == 1 && r != "" && r > 55) side = 0
      if (side == -1 && r != "" && !short) side = 0
      if (long && short) {} else if (long && !(r > 55)) side = 1; else if (short) side = -1
      print $at["time"] "," side + 0 }' values.csv > byhand.csv
lstmfc backtest --csv walk.csv --signals byhand.csv --trades byhand_trades.csv > /dev/null 2>&1
lstmfc backtest --csv walk.csv --long "rsi(14) < 40 and close > 0.97*ema(50)" --exit-long "rsi(14) > 55" --short "not rsi(14) < 65" --trades rules_trades.csv > /dev/null 2>&1
if [ "$(wc -l < byhand_trades.csv)" -gt 20 ] && cmp -s byhand_trades.csv rules_trades.csv; then pass "entries and exits by rules: the $(wc -l < byhand_trades.csv) trades of another hand"
else fail "entries and exits by rules: $(wc -l < byhand_trades.csv) trades by hand, $(wc -l < rules_trades.csv) by rules"; fi
expect 2 "long, column 7: .* was expected \(two are compared" "a chain of comparisons" lstmfc backtest --csv walk.csv --long "1 < 2 < 3"
expect 2 "exit needs an entry" "an exit alone" lstmfc backtest --csv walk.csv --exit-long "close > 3"
expect 2 "one expression, not 2" "two expressions" lstmfc backtest --csv walk.csv --long "close > 3, close > 4"
expect 2 "unknown name \"forecast\"" "a forecast without a model" lstmfc backtest --csv walk.csv --long "forecast > 3"
expect 2 "would do nothing" "rules beside signals" lstmfc backtest --csv walk.csv --signals byhand.csv --long "close > 3"
expect 2 "would do nothing" "rules beside --band" lstmfc backtest --csv walk.csv --model rules.json --long "forecast > 0.5" --band 0.1
expect 2 "exactly one of" "an empty rule" lstmfc backtest --csv walk.csv --long ""
expect 0 '"long":\{"expression":"close > lag\(close\)","held":[0-9]+,"not_known":1\}' "rules as JSON" lstmfc backtest --csv walk.csv --long "close > lag(close)" --json

# ---- a grid of rules
lstmfc backtest --csv walk.csv --long "rsi({n:7,14}) < {20..40..10} and close > ema({50,100})" --exit-long "rsi({n}) > 50" --grid-out grid.csv --json > grid.json 2>&1
for threads in 0 3; do
    lstmfc backtest --csv walk.csv --long "rsi({n:7,14}) < {20..40..10} and close > ema({50,100})" --exit-long "rsi({n}) > 50" --grid-out grid-t.csv --json --threads $threads > grid-t.json 2>&1
    if cmp -s grid.json grid-t.json && cmp -s grid.csv grid-t.csv; then pass "a grid on --threads $threads: the same bytes"; else fail "a grid on --threads $threads: $(head -c 200 grid-t.json)"; fi
done
expect 0 '"trials":12,"chosen":\["(7|14)","(20|30|40)","(50|100)"\]' "a grid has every combination" cat grid.json
if [ "$(wc -l < grid.csv)" -eq 13 ] && head -1 grid.csv | grep -q '^n,choice_2,choice_3,net_return,sharpe,max_drawdown,trades$' && grep -q '^14,40,100,' grid.csv; then pass "and each its line"; else fail "and each its line: $(head -2 grid.csv)"; fi
net=$(lstmfc backtest --csv walk.csv --long "rsi(14) < 40 and close > ema(50)" --exit-long "rsi(14) > 50" --json | grep -o '"total_return":[-0-9.e]*' | head -1 | cut -d: -f2)
if grep -q "^14,40,50,$net," grid.csv; then pass "which is what the rule earns alone: $net"; else fail "which is what the rule earns alone: $net, $(grep '^14,40,50,' grid.csv)"; fi
lstmfc backtest --csv walk.csv --long "rsi({7,14}) < 40" --exit-long "rsi(14) > 50" --report grid.html > /dev/null 2>&1
if grep -q "CHOSEN IN HINDSIGHT" grid.html && grep -q "&lt; 40 " grid.html && grep -q "Backtest of rules" grid.html; then pass "and its report says so, with the rules"; else fail "and its report says so, with the rules"; fi
expect 0 "CHOSEN IN HINDSIGHT" "the best of a grid is no evidence" lstmfc backtest --csv walk.csv --long "rsi({7,14}) < 30"
for bad in "rsi({7,14) < 3|'\{' without" "rsi({7}) < 3|a choice of one" "rsi({a:3,4,}) < 9|empty choice" "rsi({5..1}) < 3|a range is" "close > 3 }|'\}' without" \
           "rsi({7,7}) < 3|the same choice twice" "rsi({A:3,4}) < 3|named by small letters" "rsi({a:3,4}) < {a:5,6}|has its choices already" "close > {1..500} + {1..500}|more than 100000"; do
    expect 2 "${bad#*|}" "a grid's mistake: ${bad%%|*}" lstmfc backtest --csv walk.csv --long "${bad%%|*}"
done
expect 2 "there are none" "--grid-out without choices" lstmfc backtest --csv walk.csv --long "close > 3" --grid-out nowhere.csv
python=${LSTMFC_PYTHON:-$here/build/venv/bin/python}
if "$python" -c 'import scipy' 2> /dev/null; then
    mkdir -p numpy && (cd numpy && "$python" "$here/tests/oracle/grid_numpy.py" "$tool" ../walk.csv) > numpy.txt 2>&1
    while read -r line; do case $line in ok*) pass "grid: ${line#ok    }" ;; *) fail "grid: $line" ;; esac; done < numpy.txt
else skip "a grid against NumPy and SciPy: no scipy (sh tests/setup.sh)"; fi

finish
