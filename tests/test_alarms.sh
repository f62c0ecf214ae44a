#!/usr/bin/env bash
# tests/test_alarms.sh: what is told before any figure: whose candles these are, figures too good to be true, and whether
# intervals hold what they promise.
set -u
cd "$(dirname "$0")/.."
make -s build/lstmfc || exit 1
out=build/alarms
rm -rf "$out"; mkdir -p "$out"
results=$PWD/$out/results
. tests/parallel.sh
L=$(realpath "${1:-build/lstmfc}")
data=${LSTMFC_DATA:-$(realpath ../shared/data 2> /dev/null)}
cd "$out" || exit 1
export SOURCE_DATE_EPOCH=1700000000

says() {                                    # name, pattern, file
    if grep -Eq -e "$2" "$3"; then pass "$1"; else fail "$1: no /$2/ in: $(head -3 "$3" | cut -c 1-300)"; fi
}
silent() { if grep -Eq -e "$2" "$3"; then fail "$1: $(grep -E -e "$2" "$3" | head -1 | cut -c 1-300)"; else pass "$1"; fi; }
first() { head -1 "$1" > first.txt; }

# ---- whose candles: trained on 3,600 of 4,500 hours
"$L" synth --bars 4500 --seed 7 | tail -n +2 > a.csv        # without the line that says synthetic
"$L" synth --bars 4500 --seed 8 | tail -n +2 > b.csv
"$L" train --csv a.csv --symbol AAA --window 6 --features "log_return(close), rsi(14)/100" --model "lstm 4 | dense 1 sigmoid" --epochs 2 \
    --out m.json > train.txt 2>&1 || fail "train: $(tail -1 train.txt)"
evaluate() { "$L" evaluate --model m.json "$@" > words.txt 2>&1; first words.txt; }
evaluate --csv a.csv --report r.html
says "its own candles match, in the first line" "^Candles matching: .*3,600 bars" first.txt
says "and in the report" 'Candles matching: ' r.html
"$L" evaluate --model m.json --csv a.csv --json > o.json 2>&1
says "and in the JSON" '"trained_on":"matching","strange":false' o.json
evaluate --csv a.csv --symbol BBB
says "a symbol that differs" "^OTHER SYMBOL: the model was trained on AAA, these candles are of BBB; Candles matching" first.txt
evaluate --csv b.csv --report r.html
says "another series of the same times" "^OTHER CANDLES than those it was trained on.*64 of 64" first.txt
says "another series, in the report" 'class="alarm">OTHER CANDLES' r.html
"$L" evaluate --model m.json --csv b.csv --json > o.json 2>&1
says "another series, in the JSON" '"trained_on":"other","strange":true' o.json
"$L" backtest --model m.json --csv b.csv > words.txt 2>&1; first words.txt
says "backtest says it too" "^OTHER CANDLES" first.txt
"$L" backtest --model m.json --csv b.csv --json > o.json 2>&1
says "backtest --json too" '"trained_on":"other"' o.json
"$L" predict --model m.json --csv b.csv > words.txt 2>&1
says "predict warns of other candles" "OTHER CANDLES" words.txt
"$L" predict --model m.json --csv a.csv > words.txt 2>&1
silent "predict on its own candles: nothing" "OTHER|coin toss" words.txt
"$L" predict --model m.json --csv b.csv --json > o.json 2>&1
says "predict --json says it too" '"candles":\{"trained_on":"other","strange":true' o.json
"$L" check leak --model m.json --csv b.csv > words.txt 2>&1; first words.txt
says "check leak: other candles clear no feature of the model's" "^Warning: OTHER CANDLES" first.txt
"$L" check leak --model m.json --csv b.csv --json > o.json 2>&1
says "check leak --json too" '"candles":\{"trained_on":"other","strange":true' o.json
"$L" check leak --model m.json --csv a.csv > words.txt 2>&1
silent "check leak on its own candles: nothing, and no error that was not measured" "Warning|error -" words.txt
{ head -1 a.csv; tail -1200 a.csv; } > tail.csv
evaluate --csv tail.csv
says "a part that agrees is absent, not other" "^Candles absent: the file holds 300 of the 3,600 bars.*agree" first.txt
{ head -1 a.csv; tail -800 a.csv; } > fresh.csv
evaluate --csv fresh.csv
says "only new bars: absent" "^Candles absent: the file holds none" first.txt
{ head -1 b.csv; tail -1200 b.csv; } > tail.csv
evaluate --csv tail.csv
says "a part of another series" "^OTHER CANDLES" first.txt
# the training bars under dates four years later, as they are and followed by nothing else
awk 'NR==1{print;next} NR<=3601{y=substr($0,1,4)+4; print y substr($0,5)}' a.csv > later.csv
evaluate --csv later.csv
says "training bars under other dates" "^TRAINING BARS UNDER OTHER DATES: [0-9]+ stretches.* 1461 d later" first.txt
# behind the real past, so that the file matches and the measured bars are copies
awk 'NR==1{print;next} NR<=3601{print; y=substr($0,1,4)+4; l[NR]=y substr($0,5)} END{for(i=2;i<=3601;i++) print l[i]}' a.csv > both.csv
evaluate --csv both.csv
says "copies behind a file that matches" "^TRAINING BARS UNDER OTHER DATES: .*Candles matching" first.txt

# ---- the leak: a column with the return of the next bar
awk -F, 'NR==1{print $0 ",tomorrow"; next} NR>2{printf "%s,%.10g\n", last, log($5/p)} {last=$0; p=$5}' a.csv > leak.csv
"$L" train --csv leak.csv --window 4 --features "log_return(close), t = col(tomorrow)*100, rsi(14)/100" --model "lstm 4 | dense 1 sigmoid" \
    --epochs 3 --lr 0.01 --out leak.json > train.txt 2>&1 || fail "train on a leak: $(tail -1 train.txt)"
"$L" evaluate --model leak.json --csv leak.csv --report r.html --json > o.json 2>&1
{ head -1 leak.csv; tail -920 leak.csv; } > short.csv
"$L" evaluate --model leak.json --csv leak.csv > words.txt 2>&1
silent "900 forecasts: accuracy and AUC wait for 1,000" "LEAK ALARM.*(accuracy|AUC)" words.txt
says "but a Sharpe ratio above 5 by 4 of its errors does not" "LEAK ALARM.*Sharpe ratio before costs" words.txt
"$L" train --csv leak.csv --test 0.3 --window 4 --features "log_return(close), t = col(tomorrow)*100, rsi(14)/100" --model "lstm 4 | dense 1 sigmoid" \
    --epochs 3 --lr 0.01 --out leak.json > train.txt 2>&1
"$L" evaluate --model leak.json --csv leak.csv --report r.html > words.txt 2>&1
says "1,350 forecasts: all three, in words" "^LEAK ALARM.*accuracy.*AUC.*Sharpe ratio before costs.*check leak" words.txt
says "in the report" 'class="alarm">LEAK ALARM' r.html
"$L" evaluate --model leak.json --csv leak.csv --json > o.json 2>&1
says "in the JSON" '"leak_alarm":\{"fired":true,"accuracy":true,"auc":true,"r2":false,"sharpe":true' o.json
"$L" backtest --model leak.json --csv leak.csv > words.txt 2>&1
says "in a backtest" "^LEAK ALARM" words.txt
"$L" evaluate --model leak.json --csv leak.csv --in-sample > words.txt 2>&1
silent "in sample, figures of memory ring no alarm" "LEAK ALARM" words.txt
code=0; "$L" check leak --model leak.json --csv leak.csv > words.txt 2>&1 || code=$?
says "check leak names the feature" "^  t at 1 bar: AUC 1\.0000.*IT KNOWS WHAT HAPPENS NEXT" words.txt
silent "and no other" "^  (log_return|rsi).*KNOWS" words.txt
[ $code -eq 1 ] && pass "check leak: exit 1" || fail "check leak: exit $code, not 1"
# a load that follows the clock: hour_cos tells what comes next, and is no leak
awk -F, -v OFS=, 'NR == 1 { print $1, $5; next } { h = substr($1, 12, 2); print $1, 10 * sin(h / 3.8) + ($5 % 1) }' leak.csv > load.csv
"$L" train --csv load.csv --prices any --target price_level --window 4 --features "hour_cos, hour_sin, x = close" --model "lstm 4 | dense 1" \
    --epochs 1 --out load.json > train.txt 2>&1 || fail "train a load: $(tail -1 train.txt)"
code=0; "$L" check leak --model load.json --csv load.csv > words.txt 2>&1 || code=$?
says "check leak: the calendar is no leak" "^  hour_cos at 1 bar: .*calendar, no leak" words.txt
silent "check leak: a value of the calendar is not named" "hour_(cos|sin).*KNOWS" words.txt
"$L" check leak --model load.json --csv load.csv --json > o.json 2>&1
says "check leak --json: the calendar" '"name":"hour_cos","horizon":1,.{1,200}"leak":false,"calendar":true' o.json
"$L" check leak --model leak.json --csv leak.csv --json > o.json 2>&1
says "check leak --json" '"name":"t","horizon":1,.*"leak":true.*"named":1' o.json
code=0; "$L" check leak --model leak.json --csv short.csv > words.txt 2>&1 || code=$?
[ $code -eq 3 ] && says "check leak needs the fit rows" "give the file it was trained on" words.txt || fail "check leak on new bars: exit $code"
"$L" train --csv leak.csv --target return --horizon 3 --val none --test 0.5 --window 4 --features "t = col(tomorrow)*100" --model "lstm 4 | dense 1" \
    --epochs 3 --lr 0.01 --out return.json > train.txt 2>&1 || fail "train a return: $(tail -1 train.txt)"
"$L" evaluate --model return.json --csv leak.csv --json > o.json 2>&1
says "R2 waits for 1,000 horizons" '"leak_alarm":\{"fired":true,"accuracy":false,"auc":false,"r2":false,"sharpe":true' o.json
"$L" train --csv leak.csv --target return --val none --test 0.5 --window 4 --features "t = col(tomorrow)*100" --model "lstm 4 | dense 1" \
    --epochs 3 --lr 0.01 --out return.json > train.txt 2>&1
"$L" evaluate --model return.json --csv leak.csv --report r.html > words.txt 2>&1
says "R2 of a return" "^LEAK ALARM.*R2 of the return 0\.[1-9]" words.txt
says "no p is nothing, in words" "exact binomial p < 0.0001, Pesaran-Timmermann p < 0.0001" words.txt
says "and in the report" "its binomial p <small>[0-9]* forecasts</small></td><td>&lt; 0.0001</td>.*its Pesaran-Timmermann p</td><td>&lt; 0.0001</td>" r.html
"$L" check leak --model return.json --csv leak.csv > words.txt 2>&1
says "check leak of a return: the correlation" "t at 1 bar: .*correlation with the return \+(0\.9|1).*KNOWS" words.txt

# ---- honest features: nothing is printed, the JSON keeps what was looked at
evaluate --csv a.csv
silent "synthetic hours, honest features: no alarm" "LEAK|coin toss of|hourly" words.txt
"$L" evaluate --model m.json --csv a.csv --json > o.json 2>&1
says "the JSON keeps the silent alarm" '"leak_alarm":\{"fired":false' o.json
code=0; "$L" check leak --model m.json --csv a.csv > words.txt 2>&1 || code=$?
says "check leak names none" "none of the 2 features" words.txt
[ $code -eq 0 ] && pass "check leak: exit 0" || fail "check leak of honest features: exit $code"
if [ -f "$data/btcusdt_1h.csv" ]; then
    head -9000 "$data/btcusdt_1h.csv" > hours.csv
    "$L" train --csv hours.csv --window 12 --model "lstm 8 | dense 1 sigmoid" --epochs 2 --out hours.json > train.txt 2>&1
    "$L" evaluate --model hours.json --csv hours.csv --report r.html > words.txt 2>&1
    silent "real hours: no alarm" "LEAK" words.txt
    silent "nor in the report" "LEAK ALARM" r.html
    code=0; "$L" check leak --model hours.json --csv hours.csv > words.txt 2>&1 || code=$?
    [ $code -eq 0 ] && says "real hours: none of the 30 features" "none of the 30" words.txt || fail "real hours: $(cat words.txt)"
else skip "real hours: market data not found"; fi

# ---- intervals: against a plain loop in Python; both kinds told; split when asked for
intervals() {                               # name, flags of train
    "$L" train --csv a.csv --window 6 --features "log_return(close), realized_vol(24)" --model "lstm 4 | dense 1" --epochs 1 --level 0.8 \
        --out i.json ${2} > train.txt 2>&1 || fail "$1: $(tail -1 train.txt)"
    "$L" evaluate --model i.json --csv a.csv --forecasts i.csv > words.txt 2>&1
    if have python3; then
        if python3 ../../tests/oracle/aci_compare.py a.csv i.json i.csv > loop.txt 2>&1; then
            replayed=$(sed -n 's/^replayed \([0-9]*\).*/\1/p' loop.txt) clamped=$(sed -n 's/.*clamped \([0-9]*\).*/\1/p' loop.txt)
            says "$1: the same as a loop in Python ($(cat loop.txt))" "^ +$replayed outcomes replayed, $clamped bars clamped" words.txt
        else fail "$1: $(tail -1 loop.txt)"; fi
    else skip "$1 against Python (package python3)"; fi
    says "$1: both kinds, with errors, widths and scores" "intervals +adaptive.*error [0-9.]+.*mean width.*Winkler" words.txt
    says "$1: split too" "^ +split: .*meant 80 %" words.txt
}
intervals "price" "--target price"
"$L" predict --model i.json --csv a.csv --json > o.json 2>&1
says "predict replays as well" '"intervals":\{"kind":"aci","replayed":900,' o.json
lower=$(sed -n 's/.*"lower":\([0-9.]*\).*/\1/p' o.json)
says "predict and evaluate agree" ",$lower," i.csv
intervals "return 4 bars ahead" "--target return --horizon 4"
intervals "volatility 12 bars ahead" "--target volatility --horizon 12"
"$L" train --csv a.csv --target price --intervals split --window 6 --features "log_return(close)" --model "lstm 4 | dense 1" --epochs 1 --out s.json > train.txt 2>&1
"$L" predict --model s.json --csv a.csv > words.txt 2>&1
says "split when asked for: nothing replayed" "^Intervals: split \(as calibrated\); 0 outcomes" words.txt
"$L" evaluate --model s.json --csv a.csv --json > o.json 2>&1
says "and evaluate still tells both" '"intervals":\{"level":0.9,"kind":"split","replayed":900,.*"aci":\{.*"split":\{' o.json
# a market ten times as wild after training: split intervals miss, adaptive ones follow
awk -F, 'NR==1{print;next} {l=log($5); if(NR==2){c=l} else {d=l-p; c+=NR>3602?10*d:d} p=l; s=exp(c)/$5; printf "%s,%.10g,%.10g,%.10g,%.10g,%s\n",$1,$2*s,$3*s,$4*s,$5*s,$6}' a.csv > wild.csv
"$L" train --csv wild.csv --target volatility --horizon 6 --window 6 --features "log_return(close)/log_return(close)" --model "lstm 2 | dense 1" --epochs 1 --out wild.json > train.txt 2>&1
"$L" evaluate --model wild.json --csv wild.csv > words.txt 2>&1
says "a coverage off by two errors is said to miss" "split: .*: MISSES its level by more than two errors" words.txt
# fed-back steps
"$L" train --csv a.csv --target price --window 6 --features "log_return(close), hour_sin" --model "lstm 4 | dense 1" --epochs 1 --out p.json > train.txt 2>&1
"$L" predict --model p.json --csv a.csv --steps 3 > words.txt 2>&1
says "--steps 3: horizons 1, 2, 3" "^3 bars ahead, closing .*90 % interval .*fed back$" words.txt
says "--steps: what is fed back has split intervals" "^Intervals: adaptive for the next bar, split for what is fed back; " words.txt
silent "--steps: no other horizon" "^[4-9] bars ahead" words.txt
"$L" predict --model p.json --csv a.csv --steps 3 --json > o.json 2>&1
says "--steps --json: horizons" '"horizon":1,.*"horizon":2,.*"horizon":3,' o.json
"$L" predict --model p.json --csv fresh.csv --steps 3 > words.txt 2>&1
says "--steps on new bars alone: no interval, and why" "^2 bars ahead.*no interval: the file does not hold the calibration bars" words.txt
"$L" predict --help > words.txt 2>&1
says "--help tells the limits of --steps" "only for target price or return, a model of --horizon 1" words.txt

# ---- the report leads with the hardest baseline, and tile, sentence and chart have one null
"$L" train --csv a.csv --target volatility --horizon 6 --window 6 --features "log_return(close), realized_vol(24)" --model "lstm 4 | dense 1" \
    --epochs 1 --out v.json > train.txt 2>&1
"$L" evaluate --model v.json --csv a.csv --report v.html --json > o.json 2>&1
best=$(have python3 && python3 -c '
import json
b = [x for x in json.load(open("o.json"))["evaluation"]["baselines"] if "comparison" in x]
b = min(b, key=lambda x: x["comparison"]["loss_baseline"])
print(b["name"] + "|" + "%+.4f" % b["comparison"]["skill"])')
if [ -n "$best" ]; then
    name=$(printf '%s' "${best%%|*}" | sed 's/[()+.]/\\&/g') skill=$(printf '%s' "${best##*|}" | sed 's/[+.]/\\&/g')
    says "volatility: the sentence names the best baseline" "class=\"lead\">.*QLIKE was <b>.*best forecast without a network, $name, had" v.html
    says "volatility: so does the tile" "<b>$skill</b><span>skill over $name, the best baseline" v.html
    says "volatility: and the chart" "over $name, the best" v.html
else skip "volatility reports (package python3)"; fi
silent "no tile of another baseline" "<span>skill over persistence" v.html
"$L" evaluate --model m.json --csv a.csv --report d.html > words.txt 2>&1
p0=$(sed -n 's/^accuracy .*(\([0-9.]*\) % needs no model.*/\1/p' words.txt)
says "direction: the null of the sentence" "calling the more frequent side every time is right in $p0&nbsp;%" d.html
says "direction: is the null of the tile" "right calls; calling the more frequent side: $p0&nbsp;%, by luck" d.html
silent "direction: no other null" "coin toss stays|fair coin" d.html
# every label of a y axis lies inside its drawing, in the letters of a phone (17 px, half an em a character)
for report in d.html v.html; do
    tr '<' '\n' < "$report" | sed -n 's/^text class="y" x="\([0-9.]*\)"[^>]*>\(.*\)/\1 \2/p' |
        awk '{n=length($2); if ($1 < 9*n) {print; bad=1}} END{exit bad}' > clipped.txt && pass "$report: no label of an axis is clipped" ||
        fail "$report: clipped: $(head -1 clipped.txt)"
done
says "tables that go on have a shadow" "scroll\{overflow-x:auto;background:linear-gradient" d.html

# ---- days get no sentence about hours
"$L" synth --bars 900 --seed 3 --minutes 1440 --out d.csv
"$L" train --csv d.csv --window 6 --features "log_return(close)" --model "lstm 4 | dense 1 sigmoid" --epochs 1 --out d.json > train.txt 2>&1
"$L" evaluate --model d.json --csv d.csv --report r.html > words.txt 2>&1
silent "days: no hours in words" "[Hh]our" words.txt
silent "days: no hours in the report" "[Hh]ourly" r.html

# ---- months have 28 to 31 days: four of them, of which 30 are the most, are bars of the model's 31
awk 'BEGIN{srand(5); print "time,open,high,low,close"; c=100; for(i=0;i<600;i++) {p=c; c*=exp((rand()-.5)/10);
    printf "%d-%02d-01,%.8g,%.8g,%.8g,%.8g\n", 1950+int(i/12), i%12+1, p, (p>c?p:c), (p<c?p:c), c}}' > months.csv
"$L" train --csv months.csv --target return --window 2 --features "log_return(close)" --model "lstm 2 | dense 1" --epochs 1 --out months.json \
    > train.txt 2>&1 || fail "train on months: $(tail -1 train.txt)"
{ head -1 months.csv; tail -4 months.csv; } > few.csv
"$L" predict --model months.json --csv few.csv > words.txt 2>&1
says "four months of 30, 31, 30 days: a forecast" "^next bar, closing 2000-02-01" words.txt
"$L" evaluate --model months.json --csv few.csv > words.txt 2>&1
silent "and evaluate does not call them other bars" "bars of 30 d" words.txt

finish
