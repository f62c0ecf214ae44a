#!/usr/bin/env bash
# tests/test_tune.sh [TOOL]: `lstmfc tune`: the language of spaces and its errors, the journal under kill -9, failed trials, several
# processes, rungs, the test span that no trial sees, and the sampler against random search. TOOL is build/lstmfc unless given.
set -u
cd "$(dirname "$0")/.."
make -s build/lstmfc || exit 1
tool=$(realpath "${1:-build/lstmfc}")
out=build/tune
rm -rf "$out"; mkdir -p "$out"
results=$PWD/$out/results
. tests/parallel.sh
here=$PWD
cd "$out" || exit 1
export SOURCE_DATE_EPOCH=1700000000

tune() { "$tool" tune "$@" < /dev/null; }
# What a search found: trial, parameters and value, whatever the clock said and however often it was broken off.
found() { grep -E '"event":"(start|rung|end|choice)"' "$1/journal.jsonl" | sed 's/,"seconds":[0-9.e-]*//' | sort -u; }
same() { if [ "$1" = "$2" ]; then pass "$3"; else fail "$3: $(diff <(echo "$1") <(echo "$2") | head -4)"; fi; }
count() { grep -c "$1" "$2/journal.jsonl"; }
expect() {                                  # exit code, pattern, name, words of tune
    local wanted=$1 pattern=$2 name=$3 code=0 text
    shift 3
    text=$(tune "$@" 2>&1) || code=$?
    if [ "$code" -ne "$wanted" ]; then fail "$name: exit $code, not $wanted: $(printf '%s' "$text" | tail -1)"
    elif ! printf '%s' "$text" | grep -Eq -e "$pattern"; then fail "$name: no /$pattern/ in: $(printf '%s' "$text" | tail -2)"
    else pass "$name"; fi
}

"$tool" synth --bars 700 --seed 5 --out c.csv || exit 1
cat > space.json <<'END'
{"target": "price", "bars": {"int": [5, 9]},
 "features": "log_return(close), rsi({bars})/100",
 "window": {"choice": [4, 6, 12]},
 "lr": {"loguniform": [1e-4, 1e-1]},
 "layers": {"int": [1, 2]},
 "units": {"int": [2, 5]},
 "second": {"int": [2, 4], "if": {"layers": 2}},
 "dropout": {"uniform": [0, 0.4]},
 "top": {"choice": ["| dropout {dropout} | lstm {second}"], "if": {"layers": [2]}},
 "optimizer": {"choice": ["adam", "sgd"]},
 "momentum": {"uniform": [0.1, 0.9], "if": {"optimizer": "sgd"}},
 "batch": {"choice": [16, 32]},
 "model": "lstm {units} {top} | dense 1",
 "epochs": 4}
END

# ---- the language: errors with their place
wrong() {                                   # line, column, pattern, text of the space
    printf '%s\n' "$4" > wrong.json
    expect 2 "line $1, column $2: .*$3" "space: $3" --csv c.csv --space wrong.json --trials 1 --out wrong
}
wrong 1 1 "expected one object" '[1]'
wrong 1 1 "is empty" '{}'
wrong 2 11 "expected '\"'|expected" '{"lr": 1,
 "batch": }'
wrong 1 2 "csv belongs on the command line" '{"csv": "x"}'
wrong 2 2 "seeds. is no flag of train .did you mean .seed" '{"lr": 0.1,
 "seeds": 3}'
wrong 1 8 "expected .*choice" '{"lr": {"if": {"a": 1}}}'
wrong 1 9 "did you mean .choice" '{"lr": {"choise": [1]}}'
wrong 1 24 "two kinds" '{"lr": {"choice": [1], "int": [1, 2]}}'
wrong 1 19 "expected .choice.: .value" '{"lr": {"choice": 3}}'
wrong 1 19 "the list is empty" '{"lr": {"choice": []}}'
wrong 1 25 "stands here twice" '{"lr": {"choice": [0.1, 1e-1]}}'
wrong 1 20 "uniform.*two numbers" '{"lr": {"uniform": [1]}}'
wrong 1 20 "low end comes first" '{"lr": {"uniform": [2, 1]}}'
wrong 1 23 "above 0" '{"lr": {"loguniform": [0, 1]}}'
wrong 1 19 "int. takes whole numbers" '{"batch": {"int": [1.5, 3]}}'
wrong 1 24 "window takes whole numbers" '{"window": {"uniform": [1, 3]}}'
wrong 1 23 "optimizer is no number" '{"optimizer": {"int": [1, 3]}}'
wrong 1 26 "momentumm|one of" '{"optimizer": {"choice": ["momentumm"]}}'
wrong 1 20 "lr: -3 is not in" '{"lr": {"choice": [-3]}}'
wrong 1 8 "a list is no value" '{"lr": [1, 2]}'
wrong 1 8 "expected a number, a text" '{"lr": null}'
wrong 1 2 "target cannot be searched" '{"target": {"choice": ["price", "return"]}}'
wrong 1 2 "level cannot be searched" '{"level": {"uniform": [0.6, 0.9]}}'
wrong 1 11 "place .unit. names nothing" '{"model": "lstm {unit} | dense 1"}'
wrong 2 11 "did you mean .units" '{"units": 3,
 "model": "lstm {unit} | dense 1"}'
wrong 1 11 "without its }" '{"model": "lstm {unit"}'
wrong 1 34 "condition on .layers. names nothing" '{"units": {"int": [1, 2], "if": {"layers": 2}}, "model": "lstm {units} | dense 1"}'
wrong 2 44 "layers. is never 3" '{"layers": {"int": [1, 2]},
 "units": {"int": [1, 2], "if": {"layers": 3}}, "model": "lstm {units} | dense 1"}'
wrong 2 35 "real number, which is never exactly" '{"lr": {"uniform": [1, 2]},
 "l2": {"uniform": [0, 1], "if": {"lr": 1}}}'
wrong 2 2 "does not have already" '{"lr": 1,
 "lr": 2}'
wrong 2 2 "clip_norm stands here twice" '{"clip-norm": 1,
 "clip_norm": 2}'
rm -rf wrong
if tune --csv c.csv --space wrong.json --trials 1 --out wrong --json 2> /dev/null | grep -q '"line":2,"column":2'; then pass "space: --json has line and column"
else fail "space: --json has line and column"; fi
expect 2 "no option|did you mean" "an unknown flag" --csv c.csv --space space.json --out wrong --trails 3
expect 2 "needed" "--space is needed" --csv c.csv --out wrong
expect 2 "val none leaves nothing" "--val none" --csv c.csv --space space.json --out wrong --val none
expect 2 "not below" "--grace above the epochs" --csv c.csv --space space.json --out wrong --grace 4
expect 2 "has no effect" "--reduction without --grace" --csv c.csv --space space.json --out wrong --reduction 3
expect 2 "there is no search" "--resume without a search" --csv c.csv --space space.json --out nothing --resume

# ---- a whole search
expect 0 "^importance" "a search" --csv c.csv --space space.json --trials 16 --out whole
for file in best.json model.json report.html forecasts.csv tune.json; do [ -s whole/$file ] || fail "a search writes $file"; done
[ "$(count '"state":"done"' whole)" -eq 16 ] && pass "every trial is done" || fail "every trial is done: $(count done whole)"
[ -z "$(ls whole/trials)" ] && pass "nothing is left of the trials" || fail "left: $(ls whole/trials)"
two=$(grep -c '"layers":2' whole/journal.jsonl) second=$(grep -c '"layers":2.*"second":[2-4].*"top"' whole/journal.jsonl)
one=$(grep -c '"layers":1' whole/journal.jsonl) without=$(grep '"layers":1' whole/journal.jsonl | grep -vc '"second"\|"top"')
[ "$two" -gt 0 ] && [ "$two" -eq "$second" ] && [ "$one" -gt 0 ] && [ "$one" -eq "$without" ] && pass "if: a second layer where there are two" \
    || fail "if: two $two $second, one $one $without"
bad=$(grep '"event":"start"' whole/journal.jsonl | grep -vcE '"bars":[5-9],"window":(4|6|12),"lr":0\.[0-9e-]+,"layers":[12],"units":[2-5],')
[ "$bad" -eq 0 ] && pass "the values are those of the space" || fail "the values are those of the space: $(grep -m1 start whole/journal.jsonl)"
sgd=$(grep -c '"optimizer":"sgd"' whole/journal.jsonl) with=$(grep -c '"optimizer":"sgd","momentum":0\.[1-9]' whole/journal.jsonl)
[ "$sgd" -eq "$with" ] && pass "if: momentum with sgd alone" || fail "if: momentum: $sgd $with"
[ "$(grep -o '"val_samples":[0-9]*' whole/journal.jsonl | sort -u | wc -l)" -eq 1 ] && pass "trials of all windows are validated on the same bars" \
    || fail "validated on: $(grep -o '"val_samples":[0-9]*' whole/journal.jsonl | sort | uniq -c | head -3)"
least=$(grep -o '"event":"end".*"value":[0-9.e-]*' whole/journal.jsonl | sed 's/.*"trial":\([0-9]*\),.*"value":/\1 /' | sort -k2 -g | head -1 | cut -d' ' -f1)
grep -q "\"event\":\"choice\",\"trial\":$least," whole/journal.jsonl && pass "the choice has the smallest validation loss" || fail "the choice is not $least"
[ "$(count '"event":"test"' whole)" -eq 1 ] && pass "the test span is read once" || fail "the test span is read once"
grep -q "Best of 16 trials" whole/report.html && pass "the report tells the number of trials" || fail "the report tells the number of trials"
"$tool" train --csv c.csv --config whole/best.json --out again.json > /dev/null 2>&1
cmp -s again.json whole/model.json && pass "train --config best.json makes the same model" || fail "train --config best.json makes the same model"
tune --csv c.csv --space space.json --trials 16 --out twice > /dev/null 2>&1
same "$(found whole)" "$(found twice)" "the same seed searches the same"
tune --csv c.csv --space space.json --trials 5 --out other --sampler-seed 2 > /dev/null 2>&1
[ "$(grep -m1 start whole/journal.jsonl)" != "$(grep -m1 start other/journal.jsonl)" ] && pass "another seed searches elsewhere" || fail "another seed searches elsewhere"
expect 0 "saved" "--resume of a search that has ended says it again" --csv c.csv --space space.json --trials 16 --out whole --resume
[ "$(count '"event":"test"' whole)" -eq 1 ] && pass "and does not read the test span again" || fail "and does not read the test span again"
expect 2 "holds a search" "a folder with a search" --csv c.csv --space space.json --trials 16 --out whole
expect 2 "its sampler_seed differ" "--resume with another seed" --csv c.csv --space space.json --trials 16 --out whole --resume --sampler-seed 9
expect 2 "its flags differ" "--resume with other flags" --csv c.csv --space space.json --trials 16 --out whole --resume --l2 0.1
expect 2 "would choose knowing it" "more trials after the test span was read" --csv c.csv --space space.json --trials 20 --out whole --resume
expect 2 "has 16 already" "fewer trials than there are" --csv c.csv --space space.json --trials 3 --out whole --resume
tune --csv c.csv --space space.json --trials 3 --out fixed --window 4 --optimizer adam > /dev/null 2>&1
grep -q '"window"\|"optimizer"\|momentum' fixed/journal.jsonl && grep '"start"' fixed/journal.jsonl | grep -q '"window"\|"optimizer"\|momentum' \
    && fail "flags win over the space" || pass "flags win over the space"
grep -q '"window": "4"' fixed/best.json && pass "and are in best.json" || fail "and are in best.json: $(cat fixed/best.json)"

# ---- output
if have python3; then
    tune --csv c.csv --space space.json --trials 11 --out lines --json --progress jsonl > lines.json 2> lines.err
    python3 - <<'END' && pass "--json and --progress jsonl are JSON; importance sums to 1" || fail "--json and --progress jsonl are JSON: $(tail -2 lines.err)"
import json
o = json.load(open("lines.json"))
events = [json.loads(line) for line in open("lines.err") if line.startswith("{")]
assert o["trials"] == {"begun": 11, "done": 11, "failed": 0, "stopped": 0}, o["trials"]
assert abs(sum(o["importance"].values()) - 1) < 1e-9 and "window" in o["importance"] and "top" not in o["importance"]
assert len(o["list"]) == 11 and o["best"]["validation_loss"] == min(t["value"] for t in o["list"])
assert sum(e["event"] == "end" for e in events) == 11 and sum(e["event"] == "epoch" and "trial" in e for e in events) >= 33
assert o["report"]["evaluation"]
END
else skip "--json of tune (package python3)"; fi

# ---- what ends a search does not lose it
tune --csv c.csv --space space.json --trials 14 --out plain --epochs 20 > /dev/null 2>&1
broken() {                                  # folder, flags...: killed in the middle until nothing is left to kill
    local folder=$1 kills=0 resume="" lines was round
    shift
    for round in {1..30}; do
        "$tool" tune --csv c.csv --space space.json --out "$folder" "$@" $resume > /dev/null 2>&1 < /dev/null &
        local pid=$!
        was=$([ -f "$folder/journal.jsonl" ] && wc -l < "$folder/journal.jsonl" || echo 0)
        while kill -0 $pid 2> /dev/null; do
            lines=$([ -f "$folder/journal.jsonl" ] && wc -l < "$folder/journal.jsonl" || echo 0)
            [ "$lines" -ge $((was + 4)) ] && break
            sleep 0.02
        done
        [ $kills -lt 5 ] && kill -9 $pid 2> /dev/null && kills=$((kills + 1))
        wait $pid 2> /dev/null && break
        resume=--resume
    done
    echo $kills
}
kills=$(broken killed --trials 14 --epochs 20)
[ "$kills" -ge 3 ] && pass "kill -9 met the search $kills times" || fail "kill -9 met the search $kills times only"
same "$(found plain)" "$(found killed)" "kill -9 and --resume: the same trials, values and choice"
cmp -s plain/model.json killed/model.json && pass "kill -9 and --resume: the same model" || fail "kill -9 and --resume: the same model"
tune --csv c.csv --space space.json --trials 14 --out rungs --epochs 24 --patience 30 --grace 2 --reduction 3 > /dev/null 2>&1
kills=$(broken killed2 --trials 14 --epochs 24 --patience 30 --grace 2 --reduction 3)
same "$(found rungs)" "$(found killed2)" "kill -9 ($kills times) and --resume with rungs: the same"
head -c $(($(wc -c < plain/journal.jsonl) - 2000)) plain/journal.jsonl > cut.jsonl      # in the middle of the test event's line
mkdir -p torn/trials && cp cut.jsonl torn/journal.jsonl
tune --csv c.csv --space space.json --trials 14 --out torn --epochs 20 --resume > /dev/null 2>&1
cmp -s plain/model.json torn/model.json && [ "$(count '"event":"test"' torn)" -eq 1 ] && pass "a line cut short is taken off" || fail "a line cut short is taken off"
sed 's/"event":"end","trial":3/"event":"end","trial":33/' plain/journal.jsonl > torn/journal.jsonl
expect 1 "line [0-9]+: no event that could follow" "a journal that cannot be" --csv c.csv --space space.json --trials 14 --out torn --epochs 20 --resume
"$tool" tune --csv c.csv --space space.json --trials 14 --out held --epochs 3000 --patience none > /dev/null 2>&1 < /dev/null &
pid=$!
until grep -q start held/journal.jsonl 2> /dev/null; do sleep 0.02; done
expect 1 "another search is at work" "two searches in one folder" --csv c.csv --space space.json --trials 14 --out held --epochs 3000 --patience none --resume
kill -INT $pid; wait $pid; code=$?
[ $code -eq 130 ] && pass "Ctrl-C: exit 130" || fail "Ctrl-C: exit $code"

# ---- rungs
stopped=$(count '"state":"stopped"' rungs) done_=$(count '"state":"done"' rungs)
[ "$stopped" -gt 4 ] && [ "$done_" -gt 0 ] && [ $((stopped + done_)) -eq 14 ] && pass "rungs: $stopped of 14 are stopped" || fail "rungs: $stopped stopped, $done_ done"
[ "$(grep -o '"event":"rung","trial":[0-9]*,"rung":[0-9],"epochs":[0-9]*' rungs/journal.jsonl | sed 's/.*"rung":\([0-9]\),"epochs":/\1 /' | sort -u | tr '\n' ';')" = "0 2;1 6;2 18;" ] \
    && pass "rungs: at 2, 6 and 18 epochs" || fail "rungs: $(grep -o '"event":"rung".*"epochs":[0-9]*' rungs/journal.jsonl | head -5)"
chosen=$(grep -o '"event":"choice","trial":[0-9]*,"value":[0-9.e-]*' rungs/journal.jsonl | sed 's/.*"value"://')
least=$(grep -o '"event":"\(rung\|end\)".*"value":[0-9.e-]*' rungs/journal.jsonl | sed 's/.*"value"://' | sort -g | head -1)
[ "$chosen" = "$least" ] && pass "rungs: nobody stopped stood better than the choice" || fail "rungs: chosen $chosen, least $least"
[ -z "$(ls rungs/trials)" ] && pass "rungs: no checkpoint is left" || fail "rungs: left $(ls rungs/trials)"

# ---- failed trials
cat > fails.json <<'END'
{"features": "log_return(close)", "window": {"choice": [4, 100000]}, "units": {"choice": [3, 0]},
 "model": "lstm {units} | dense 1 sigmoid", "epochs": 2, "seed": {"int": [1, 1000]}}
END
sed 's/100000/5/' fails.json > fails2.json
expect 0 "trial [0-9]+ failed: .*lstm" "failed trials do not stop the search" --csv c.csv --space fails2.json --trials 14 --out fails
failed=$(count '"state":"failed"' fails)
[ "$failed" -gt 0 ] && [ "$failed" -eq "$(grep -c '"units":0' fails/journal.jsonl)" ] && pass "each keeps its error" || fail "each keeps its error: $failed"
grep -q '"state":"failed",.*"error":".*lstm.*units' fails/journal.jsonl && pass "the error's words are in the journal" || fail "the error: $(grep -m1 failed fails/journal.jsonl)"
expect 3 "too few" "a window that no file has" --csv c.csv --space fails.json --trials 2 --out wide
printf '{"model": "lstm 0 | dense 1 sigmoid", "features": "close", "seed": {"int": [1, 9]}}' > all.json
expect 1 "all 3 trials failed; the first: .*lstm" "all fail" --csv c.csv --space all.json --trials 3 --out all

# ---- processes
tune --csv c.csv --space space.json --trials 12 --out serial --sampler random > /dev/null 2>&1
tune --csv c.csv --space space.json --trials 12 --out double --sampler random --jobs 3 > /dev/null 2>&1
same "$(found serial)" "$(found double)" "three processes find what one finds (random search)"
tune --csv c.csv --space space.json --trials 14 --out jobs --jobs 2 > /dev/null 2>&1
[ "$(count '"state":"done"' jobs)" -eq 14 ] && pass "two processes with tpe" || fail "two processes with tpe"

# ---- the test span is not there before the choice
awk -F, -v OFS=, 'NR > 2 + 560 { for (i = 2; i <= 5; i++) $i = $i * (NR % 2 ? 1.07 : 1.05) } { print }' c.csv > other.csv
cmp -s c.csv other.csv && fail "the test rows were changed"
"$tool" tune --csv other.csv --space space.json --trials 16 --out untouched > /dev/null 2>&1
same "$(found whole)" "$(found untouched)" "other test rows: the same trials and the same choice"
if cmp -s whole/forecasts.csv untouched/forecasts.csv; then fail "and another test"; else pass "and another test"; fi
awk -F, -v OFS=, 'NR > 2 + 500 { for (i = 2; i <= 5; i++) $i = $i * (NR % 2 ? 1.07 : 1.05) } { print }' c.csv > other.csv
"$tool" tune --csv other.csv --space space.json --trials 3 --out touched > /dev/null 2>&1
[ "$(grep '"trial":1,"state"' whole/journal.jsonl)" != "$(grep '"trial":1,"state"' touched/journal.jsonl)" ] && pass "rows before it do matter" || fail "rows before it do matter"

# ---- one trial at a time, for schedulers elsewhere (tests/study_compare.py: those of tools/)
grep -m1 '"event":"start"' whole/journal.jsonl | sed 's/.*"params"://; s/}$//' > point.json
value=$(grep '"event":"end","trial":1,' whole/journal.jsonl | grep -o '"best_epoch.*"value":[0-9.e-]*')
first=$(tune --csv c.csv --space space.json --part point --point point.json --checkpoint point.checkpoint --to 2)
second=$(tune --csv c.csv --space space.json --part point --point point.json --checkpoint point.checkpoint)
case "$first $second" in *'"paused","epochs":2'*'"done","epochs":4,'"$value"*) pass "--part point: in two parts what the search found" ;;
    *) fail "--part point: $first $second, in the search $value" ;; esac
expect 0 '"state":"done".*'"$value" "--part point: and in one" --csv c.csv --space space.json --part point --point point.json
sed 's/"window":[0-9]*/"window":5/' point.json > other-point.json
expect 2 "no point of --space" "--part point: a point outside" --csv c.csv --space space.json --part point --point other-point.json
expect 2 "needs a --checkpoint" "--part point: --to alone" --csv c.csv --space space.json --part point --point point.json --to 2
expect 2 "has no effect" "--point without --part point" --csv c.csv --space space.json --out nothing --point point.json
tune --csv c.csv --space space.json --part begin --out begun --trials 3 && [ "$(wc -l < begun/journal.jsonl)" -eq 1 ] && pass "--part begin" || fail "--part begin"

# ---- system C's space
sed 's/"@c_log"/"log_return(close)"/' "$here/tools/spaces/c.json" > c-small.json
expect 0 "importance" "the space of system C" --csv c.csv --space c-small.json --trials 2 --out c --epochs 1 --batch 32 --sampler random

# ---- the sampler
if ${CC:-cc} -std=c99 -O2 -ffp-contract=off -w -I"$here" "$here/tests/tpe_functions.c" -o tpe_functions -lm; then
    for name in branin hartmann6 rosenbrock ackley mixed; do
        for sampler in random tpe; do ./tpe_functions $name $sampler 60 1 2 3 4 5 6 7 8 9 | awk '{print $2}' | sort -g | sed -n 5p; done > medians
        if [ "$(sort -g medians | head -1)" = "$(tail -1 medians)" ]; then pass "$name: tpe $(tail -1 medians) below random $(head -1 medians)"
        else fail "$name: tpe $(tail -1 medians), random $(head -1 medians)"; fi
    done
else fail "tests/tpe_functions.c compiles"; fi
finish
