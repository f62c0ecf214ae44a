#!/usr/bin/env bash
# tests/test_leaks.sh [TOOL]: ten leaks are planted, and each must be found by a checker that names it; what is honest beside it must pass the
# same check. Leaks that live in data are columns and signals; faults of the program are planted in a copy of it, which is then asked about
# itself: one compilation with every fault behind a switch, so that without a switch the copy is the control. Prints the table.
set -u
cd "$(dirname "$0")/.."
make -s build/lstmfc || exit 1
tool=$(realpath "${1:-build/lstmfc}")
out=build/leaks
rm -rf "$out"; mkdir -p "$out/src/tools/lstmfc"
results=$PWD/$out/results
. tests/parallel.sh

# ---- the copy: name | what stands there | what stands there then, as sed reads it
cp tools/lstmfc/library.c tools/lstmfc/*.h "$out/src/tools/lstmfc"
cp lstmfc.h "$out/src/lstmfc.h"
plant() {                                   # name, change for sed: it must change one line
    sed -E "$2" "$out/src/lstmfc.h" > "$out/src/changed.h"
    local lines; lines=$(diff "$out/src/lstmfc.h" "$out/src/changed.h" | grep -c '^>')
    if [ "$lines" -ge 1 ]; then pass "planted: $1"; else fail "planted: $1: there is nothing like this to change: $2"; fi
    mv "$out/src/changed.h" "$out/src/lstmfc.h"
}
all_rows='rows - (size_t)(fitted - matrix) \/ columns'
plant scaler "s/(result = lstmfc__scaler_fit\(fc->scaler, fitted,) n,/\1 planted(\"scaler\") ? $all_rows : n,/"
plant winsor "s/(lstmfc__fit_limits\(fc, fitted,) n,/\1 planted(\"winsor\") ? $all_rows : n,/"
plant fill 's/a->same_close = b->cheat;/a->same_close = b->cheat || planted("fill");/'
# the outcome of a forecast feeds the adaptive interval when the forecast is made, not h bars later
plant "aci: what lies ahead" 's/^    bar.time = candles->time\[t\];/&\n    planted_left = (long)(candles->count - 1 - t);/'
plant "aci: not when it is closed" 's/if \(lstmfc_is_finite\(score\)\) lstmfc__adaptive_feed/if (lstmfc_is_finite(score) \&\& !planted("aci")) lstmfc__adaptive_feed/'
plant "aci: at once" 's/^    q = !basis \|\| lstmfc_is_nan\(basis->yardstick\) \? lstmfc_nan\(\)$/    if (planted("aci") \&\& basis \&\& planted_left >= (long)h \&\& time >= fc->seen_to) {\n        score = (lstmfc_log(bar->close[h] \/ bar->close[0]) - basis->y) \/ basis->yardstick;\n        lstmfc__adaptive_feed(\&state, (score < 0 ? -score : score) > lstmfc__adaptive_quantile(\&state, (size_t)fc->calibration_count, fc->scores));\n    }\n&/'
printf 'int planted(const char *name);\nextern long planted_left;\n' > "$out/src/planted.h"
printf '#include "planted.h"\n#include <stdlib.h>\n#include <string.h>\nlong planted_left;\nint planted(const char *name) { const char *asked = getenv("PLANTED"); return asked && !strcmp(asked, name); }\n' > "$out/src/planted.c"
{
    ${CC:-cc} -std=c99 -O1 -ffp-contract=off -w -include "$out/src/planted.h" -c "$out/src/tools/lstmfc/library.c" -o "$out/src/library.o" &&
    ${CC:-cc} -w "$out/src/planted.c" "$out/src/library.o" $(ls build/tool/*.o | grep -v '/library\.o$') -o "$out/copy" -lm
} > "$out/src/log" 2>&1 &
compiling=$!

cd "$out" || exit 1
export TMPDIR=$PWD
"$tool" synth --bars 3000 --seed 3 > walk.csv
awk -F, '/^#/ || NR == 1 && /synthetic/ { next }
    !head++ { print $0 ",target,centred,backfilled,trailing"; next }
    { line[++n] = $0; c[n] = $5 }
    END { for (i = 1; i <= n; i++) {
        centred = trailing = k = m = 0
        for (j = i - 2; j <= i + 2; j++) if (j > 0 && j <= n) { centred += c[j]; k++ }
        for (j = i - 4; j <= i; j++) if (j > 0) { trailing += c[j]; m++ }
        for (j = i; j % 7 && j < n; j++);                        # known every seventh bar, filled backwards
        printf "%s,%.10g,%.10g,%.10g,%.10g\n", line[i], i < n ? log(c[i + 1] / c[i]) : 0, centred / k, c[j], trailing / m } }' walk.csv > columns.csv
awk -F, '/^20/ { if (time) print time "," ($5 > c ? 1 : -1); time = $1; c = $5 } BEGIN { print "time,signal" }' walk.csv > foresight.csv
awk -F, '/^20/ { if (c) print $1 "," ($5 > c ? 1 : -1); c = $5 } BEGIN { print "time,signal" }' walk.csv > momentum.csv
trains() { "$1" train --window 6 --epochs 1 --progress none "${@:3}" --out "$2" > "$2.txt" 2>&1 || fail "train $2: $(tail -1 "$2.txt")"; }

printf '%s\n' "leak|how it was planted|found by|what it said" > table
found() {                                   # leak, how, found by, exit code, what it must say; the command
    local leak=$1 how=$2 by=$3 wanted=$4 pattern=$5 code=0 line
    shift 5
    "$@" > said.txt 2>&1 < /dev/null || code=$?
    line=$(grep -E -m 1 -e "$pattern" said.txt | sed -E 's/^ +//; s/^lstmfc [a-z]+: //')
    if [ "$code" -eq "$wanted" ] && [ -n "$line" ]; then pass "$leak: found by $by"; echo "$leak|$how|$by|$line" >> table
    else fail "$leak: exit $code, not $wanted, or no /$pattern/ in: $(tail -4 said.txt)"; fi
}
honest() {                                  # name, what it must say; the command
    local name=$1 pattern=$2 code=0
    shift 2
    "$@" > said.txt 2>&1 < /dev/null || code=$?
    if [ "$code" -eq 0 ] && grep -Eq -e "$pattern" said.txt; then pass "no false alarm: $name"
    else fail "no false alarm: $name: exit $code, or no /$pattern/ in: $(tail -4 said.txt)"; fi
}

# ---- in data
trains "$tool" target.json --csv columns.csv --features "log_return(close), col(target)" --model "lstm 4 | dense 1 sigmoid"
found "target in features" "column with the next bar's return, col(target)" "check leak" 1 "^  col\(target\) at 1 bar: AUC 1.0000.*KNOWS WHAT HAPPENS NEXT" \
    "$tool" check leak --csv columns.csv --model target.json
found "centred average" "column: mean close of bars t-2 .. t+2" "check leak" 1 "^  col\(centred\), its distance from the close.*KNOWS WHAT HAPPENS NEXT" \
    "$tool" check leak --csv columns.csv --features "log_return(close), col(centred)"
found "backfill" "column known every seventh bar, filled backwards" "check leak" 1 "^  col\(backfilled\), its distance from the close.*KNOWS WHAT HAPPENS NEXT" \
    "$tool" check leak --csv columns.csv --features "log_return(close), col(backfilled)"
honest "an average of bars t-4 .. t, prices as they are" "^none of the 5 features" "$tool" check leak --csv columns.csv --features "col(trailing), close, high, sma(200), rsi(14)"
found "perfect-foresight signals" "file of signals: the side of the next move" "check leak --signals" 1 "^  signal at 1 bar: AUC 1.0000.*KNOWS WHAT HAPPENS NEXT" \
    "$tool" check leak --csv walk.csv --signals foresight.csv
honest "signals: the side of the last move" "^none of the 1 signal" "$tool" check leak --csv walk.csv --signals momentum.csv
found "- and traded" "the same file" "backtest" 0 "too good to be true" "$tool" backtest --csv walk.csv --signals foresight.csv
honest "the side of the last move, traded" "^Sharpe" "$tool" backtest --csv walk.csv --signals momentum.csv
if grep -q "too good" said.txt; then fail "no false alarm: the side of the last move: $(grep 'too good' said.txt)"; fi

# ---- in what is asked
found "lag(-1)" "--features \"lag(close, -1)\"" "the feature language" 2 "a negative n would read the future" "$tool" indicators --csv walk.csv --features "lag(close, -1)"
honest "lag(close, 1)" "2022" "$tool" indicators --csv walk.csv --features "lag(close, 1)"
trains "$tool" sample.json --csv walk.csv --features "log_return(close), rsi(14)/100" --model "lstm 4 | dense 1 sigmoid"
head -2002 walk.csv > seen.csv
found "in-sample backtest" "traded on bars it was trained on" "backtest" 3 "the model has seen every bar up to 2022-04-10 23:00" "$tool" backtest --csv seen.csv --model sample.json
honest "bars that it has not seen" "^span          2022-04-1" "$tool" backtest --csv walk.csv --model sample.json
awk -F, -v OFS=, 'NR == 1 && /synthetic/ { next } /^20/ { $1 = substr($1, 1, 4) + 4 substr($1, 5) } { print }' seen.csv > later.csv
found "- under other dates" "the same bars, dated four years later" "backtest" 0 "^TRAINING BARS UNDER OTHER DATES" "$tool" backtest --csv later.csv --model sample.json

# ---- in the program
wait "$compiling" || { fail "the copy does not compile: $(tail -3 src/log)"; finish; }
copy=$PWD/copy
features="log_return(close), rsi(14)/100"
asked() { PLANTED=$1 "$copy" "${@:2}"; }
returns=(--csv walk.csv --target return --horizon 3 --features "$features" --model "lstm 4 | dense 1")
for planted in none winsor; do PLANTED=$planted trains "$copy" $planted.json "${returns[@]}" --winsor 3; done
PLANTED=scaler trains "$copy" scaler.json "${returns[@]}"
found "scaler on all data" "the fit rows end with the last bar" "check leak" 1 "^  scaler of log_return.*rows up to 2022-04-10 23:00 UTC: IT HAS SEEN BARS THAT JUDGE IT" \
    asked scaler check leak --csv walk.csv --model scaler.json
found "whole-series winsorising" "limits from all bars" "check leak" 1 "^  limits of winsorising of log_return.*rows up to 2022-04-10 23:00 UTC: IT HAS SEEN BARS THAT JUDGE IT" \
    asked winsor check leak --csv walk.csv --model winsor.json
found "ACI updated early" "outcomes fed when the forecast is made" "check lookahead" 1 "^  (lower|upper) bound DEPENDS ON THE FUTURE" \
    asked aci check lookahead --csv walk.csv --model none.json
found "same-close fill" "orders filled at the close that decided" "check lookahead" 1 "^  position \(fills\) DEPENDS ON THE FUTURE.*SAME-CLOSE FILL" \
    asked fill check lookahead --csv walk.csv --model none.json
honest "the copy without its faults: scaler and limits" "^Scaler and limits of winsorising: .* the fit rows, alone" asked none check leak --csv walk.csv --model none.json
honest "the copy without its faults: fills, bounds" "nothing depends on later bars" asked none check lookahead --csv walk.csv --model none.json
honest "the program itself: scaler and limits" "^Scaler and limits of winsorising: .* the fit rows, alone" "$tool" check leak --csv walk.csv --model none.json
honest "the program itself: fills, bounds" "nothing depends on later bars" "$tool" check lookahead --csv walk.csv --model none.json
# a model file tells on whoever made it: the program itself names what the copy did
for planted in scaler winsor; do
    "$tool" check leak --csv walk.csv --model $planted.json > said.txt 2>&1
    if [ $? -eq 1 ] && grep -q "IT HAS SEEN BARS THAT JUDGE IT" said.txt; then pass "a file made elsewhere: $planted"; else fail "a file made elsewhere: $planted: $(cat said.txt)"; fi
done
"$tool" check leak --csv walk.csv --model scaler.json --json > said.txt 2>&1
if grep -Eq '"scaler":\[\{"name":"log_return\(close\)","what":"scaler".*"of_rows_up_to":"2022-04-10T23:00:00Z","leak":true\}' said.txt; then pass "check leak: JSON of a scaler"; else fail "check leak: JSON of a scaler: $(cut -c 1-2000 said.txt)"; fi
# robust and minmax scalers, a training on all bars, a training that goes on: no alarm
for scaler in robust minmax window none; do
    trains "$tool" $scaler.json --csv walk.csv --features "$features" --model "lstm 4 | dense 1 sigmoid" --scaler $scaler
    honest "scaler $scaler" "^Scaler: .* the fit rows, alone" "$tool" check leak --csv walk.csv --model $scaler.json
done
"$tool" train --csv seen.csv --window 6 --features "$features" --model "lstm 4 | dense 1 sigmoid" --epochs 1 --test none --progress none --out base.json > base.txt 2>&1
"$tool" train --csv walk.csv --from base.json --epochs 1 --progress none --out on.json > on.txt 2>&1 || fail "train --from: $(tail -1 on.txt)"
honest "a training that goes on from a model" "keeps that model's" "$tool" check leak --csv walk.csv --model on.json

awk -F'|' '{ sub(/ .error .*: IT/, ": IT", $4); sub(/ [(]keep bars.*| [(][0-9]+ values.*|; of the fit rows.*|; Candles absent.*/, "", $4)
    printf "%-26s  %-47s  %-20s  %s\n", $1, $2, $3, $4 }' table
[ "$(tail -n +2 table | cut -d'|' -f1 | grep -cE '^(scaler on all data|same-close fill|target in features|centred average|backfill|whole-series winsorising|in-sample backtest|ACI updated early|lag\(-1\)|perfect-foresight signals)$')" -eq 10 ] \
    && pass "ten of ten planted leaks are found and named" || fail "fewer than ten planted leaks are found: $(cut -d'|' -f1 table | tr '\n' ';')"
finish
