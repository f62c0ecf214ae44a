#!/usr/bin/env bash
# tests/test_follow.sh [TOOL]: signal --follow says of each bar, as it closes, what signal says of the whole file up to it, byte for byte: of
# every kind of model, over gaps, late, repeated and broken lines; and over restarts, however the run before ended.
set -u
cd "$(dirname "$0")/.."
make -s build/lstmfc || exit 1
tool=$(realpath "${1:-build/lstmfc}")
here=$(mktemp -d "${TMPDIR:-/tmp}/lstmfc-follow.XXXXXX")
trap 'rm -rf "$here"' EXIT
mkdir "$here/bin"
ln -s "$tool" "$here/bin/lstmfc"
results=$here/results
. tests/parallel.sh
PATH=$here/bin:$PATH
cd "$here" || exit 1
export SOURCE_DATE_EPOCH=1700000000
now=1800000000000                           # after every bar, so that `stale` is the same now and then

expect() {                                  # exit code, pattern in what it prints, name, command
    local wanted=$1 pattern=$2 name=$3 code=0 text
    shift 3
    text=$("$@" 2>&1 < /dev/null) || code=$?
    if [ "$code" -ne "$wanted" ]; then fail "$name: exit $code, not $wanted: $(printf '%s' "$text" | tail -1)"
    elif ! printf '%s' "$text" | tr '\n' ' ' | grep -Eq -e "$pattern"; then fail "$name: no /$pattern/ in: $(printf '%s' "$text" | tail -3)"
    else pass "$name"; fi
}
same() { if cmp -s "$2" "$3"; then pass "$1"; else fail "$1: $2 and $3 differ: $(cmp "$2" "$3" 2>&1)"; fi; }
learn() { lstmfc train --window 4 --epochs 1 --progress none "$@" > train.txt 2>&1 || fail "train $*: $(tail -1 train.txt)"; }
head_of() { grep -n '^time' "$1" | cut -d: -f1; }
bars() { local h; h=$(head_of "$1"); head -"$h" "$1"; tail -n "+$((h + $2))" "$1" | head -"$3"; }      # file, first, count: with its header

# Bars `first` .. of the file through --follow, those before as history; at some of them `signal` is asked of the file up to there.
follow_is_batch() {                         # name, file, first, step, then model and flags
    local name=$1 file=$2 first=$3 step=$4 n k bad=
    shift 4
    local history=()
    [ "$first" -eq 1 ] || { bars "$file" 1 $((first - 1)) > history.csv; history=(--csv history.csv); }
    n=$(($(wc -l < "$file") - $(head_of "$file") - first + 1))
    bars "$file" "$first" 1000000 | lstmfc signal --follow --now $now "${history[@]}" --model "$@" > lines 2> err || bad="exit $?: $(tail -1 err)"
    [ "$(wc -l < lines)" -eq "$n" ] || bad="$bad $(wc -l < lines) lines for $n bars"
    for k in 1 2 $(seq 3 "$step" "$n") "$n"; do
        [ "$k" -le "$n" ] && [ -z "$bad" ] || continue
        bars "$file" 1 $((first + k - 1)) > part.csv
        sed -n "${k}p" lines > line
        if lstmfc signal --csv part.csv --now $now --json --model "$@" > batch 2> err; then cmp -s line batch || bad="bar $((first + k - 1)) differs"
        elif ! grep -q '"signal":0,"confidence":null,"predicted_price":null.*"reason":"there is no forecast"' line; then bad="bar $((first + k - 1)): batch: $(tail -1 err)"; fi
    done
    if [ -z "$bad" ]; then pass "$name: $n lines are those of signal"; else fail "$name: $bad"; fi
}

lstmfc synth --bars 700 --seed 5 --out c.csv
linear="lstm 2 | dense 1" close="log_return(close)"
learn --csv c.csv --features "$close" --model "lstm 2 | dense 1 sigmoid" --out direction.json
learn --csv c.csv --features "$close" --model "lstm 3 | dense 1 sigmoid" --seed 8 --out direction2.json
learn --csv c.csv --target price --features @e --model "$linear" --symbol COIN --out e.json
learn --csv c.csv --target price --features @e --model "lstm 3 | dense 1" --seed 9 --out e2.json
learn --csv c.csv --target return --features "$close" --model "$linear" --out return.json
learn --csv c.csv --target price_level --features "$close" --model "$linear" --out level.json
learn --csv c.csv --target price --features @e --horizon 1,3 --model "lstm 2 | dense 2" --out two.json
learn --csv c.csv --target return --features "$close" --model "lstm 2 | dense 3" --loss pinball --quantiles 0.1,0.5,0.9 --out pinball.json
learn --csv c.csv --target volatility --features "$close" --model "$linear" --out volatility.json
lstmfc ensemble --models e.json,e2.json --csv c.csv --out ensemble.json > /dev/null 2>&1
lstmfc ensemble --models direction.json,direction2.json --how vote --csv c.csv --out vote.json > /dev/null 2>&1
bars c.csv 1 640 > c640.csv
learn --csv c640.csv --target return --features "$close" --model "$linear" --out young.json
lstmfc update --model young.json --csv c640.csv --out updated.json > /dev/null 2>&1
lstmfc synth --bars 700 --seed 6 --out other.csv
mkdir pool; cp c.csv pool/one.csv; cp other.csv pool/two.csv
learn --csv pool --pooled --target return --features "$close" --model "$linear" --out pooled.json

# ---- the lines of the batch
follow_is_batch "system E's rules from the first bar" c.csv 1 83 e.json
follow_is_batch "system E's rules after history" c.csv 601 31 e.json
follow_is_batch "history that ends among the training bars" c.csv 301 67 e.json
follow_is_batch "clauses off, threshold literal, a ticker" c.csv 570 41 e.json --clauses -volume,-adx --threshold literal --ticker OTHER
follow_is_batch "direction" c.csv 1 101 direction.json
follow_is_batch "direction with a band, long only" c.csv 560 29 direction.json --band 0.01 --long-only
follow_is_batch "return, system E's rules" c.csv 500 59 return.json --rules e
follow_is_batch "return, a quantile" c.csv 600 37 return.json --threshold quantile:0.6
follow_is_batch "price level" c.csv 1 131 level.json
follow_is_batch "of two horizons the second" c.csv 520 53 two.json --use-horizon 3
follow_is_batch "quantiles" c.csv 540 61 pinball.json
follow_is_batch "an ensemble" c.csv 1 151 ensemble.json
follow_is_batch "a vote" c.csv 550 71 vote.json
follow_is_batch "a model that was updated" c.csv 600 47 updated.json
follow_is_batch "a pooled model" c.csv 1 97 pooled.json
follow_is_batch "other candles than the model's" other.csv 1 149 e.json

# missing bars; a column more, in another order; no volume; the training bars under other dates
sed -e '200,230d' -e '660,662d' -e '670d' c.csv > gaps.csv
follow_is_batch "gaps" gaps.csv 400 43 e.json
awk -F, -v OFS=, '/^#/ { print; next } /^time/ { print "fee", $6, $5, $4, $3, $2, $1; next } { print NR % 7 ? "0.5" : "", $6, $5, $4, $3, $2, $1 }' c.csv > mixed.csv
learn --csv mixed.csv --target return --features "$close, fill(col(fee),5)" --model "$linear" --out fee.json
head_of() { grep -n 'time' "$1" | head -1 | cut -d: -f1; }
follow_is_batch "columns in another order, one with blanks" mixed.csv 580 39 fee.json
cut -d, -f1-5 c.csv > flat.csv
follow_is_batch "no volume: indicators that are null" flat.csv 600 33 return.json
expect 3 'system E.s rules: .*no column "volume"' "no volume: system E's rules" sh -c 'lstmfc signal --follow --model return.json --rules e < flat.csv'
h=$(head_of c.csv)
(bars c.csv 1 700; tail -n "+$((h + 301))" c.csv | head -60 | awk -F, -v OFS=, '{ sub(/^2022/, "2023", $1); print }') > again.csv
follow_is_batch "training bars under other dates" again.csv 650 17 e.json

# history says nothing; what comes again is known, what is missing is said
bars c.csv 1 600 > history.csv
lstmfc signal --follow --now $now --csv history.csv --model e.json --out all.jsonl < c.csv > out.txt 2> err
bars c.csv 601 100 | lstmfc signal --follow --now $now --csv history.csv --model e.json > rest.jsonl 2> err2
same "the bars of the history are known when they come again" all.jsonl rest.jsonl
if [ -s out.txt ] || [ -s err ] || [ -s err2 ]; then fail "nothing else is said: $(cat out.txt err err2)"; else pass "nothing else is said"; fi
expect 0 "line 2: 5 bars are missing between .*, the last that was known, and" "bars missing after the history" \
    sh -c "(head -1 c.csv; tail -n 95 c.csv) | lstmfc signal --follow --now $now --csv history.csv --model e.json"
expect 0 '"out":"x.jsonl","lines":[0-9]+,"bars":100,"late":0,"repeated":0,"broken":0,"known":600' "--out FILE --json: a summary" \
    sh -c "lstmfc signal --follow --now $now --csv history.csv --model e.json --out x.jsonl --json < c.csv"

# ---- lines that are no next bar
h=$(head_of c.csv)
awk -v h="$h" 'NR == h + 620 { print old; print } NR == h + 630 { print; print } NR == h + 640 { print "2022-13-45,1,2,3"; print "x" } NR == h + 600 { old = $0 }
    NR != h + 620 && NR != h + 630 { print }' c.csv > rough.csv
lstmfc signal --follow --now $now --csv history.csv --model e.json < rough.csv > rough.jsonl 2> err
same "late, repeated and broken lines are left out" all.jsonl rough.jsonl
if grep -q "lstmfc signal: line $((h + 620)): is older" err && grep -q "line $((h + 632)): repeats the time of a bar that is closed" err && grep -q "line $((h + 642)): " err \
    && grep -q "line $((h + 643)): " err && [ "$(wc -l < err)" -eq 4 ]; then pass "they are named by line"; else fail "they are named by line: $(cat err)"; fi
expect 3 "line $((h + 620)): is older" "--strict stops there" sh -c "lstmfc signal --follow --strict --now $now --csv history.csv --model e.json < rough.csv"

# ---- when a bar is closed
feed() { bars c.csv 601 100; }
feed | lstmfc signal --follow --clock bars --csv history.csv --model e.json > clock.jsonl
same "--clock bars: as long after them" <(sed 's/"stale":true/"stale":false/' all.jsonl) clock.jsonl
last=$(tail -1 c.csv | cut -d, -f1)
feed | lstmfc signal --follow --now "$last" --csv history.csv --model e.json > open.jsonl 2> err
if [ "$(wc -l < open.jsonl)" -eq 99 ] && grep -q "the last bar, of $last, is not closed yet: dropped" err; then pass "--now: the last bar is open"; else fail "--now: the last bar is open: $(wc -l < open.jsonl) $(cat err)"; fi
mkfifo pipe
lstmfc signal --follow --clock bars --csv history.csv --model e.json < pipe > live.jsonl 2> err & pid=$!
{ feed | head -$((h + 10)); sleep 0.1; for _ in $(seq 300); do [ "$(wc -l < live.jsonl)" -ge 10 ] && break; sleep 0.1; done; wc -l < live.jsonl > seen; feed | tail -n +$((h + 11)); } > pipe
wait $pid
if [ "$(cat seen)" -eq 10 ]; then pass "a line comes when its bar does"; else fail "a line comes when its bar does: $(cat seen)"; fi
same "a slow feed" clock.jsonl live.jsonl
{ feed | lstmfc signal --follow --clock bars --csv history.csv --model e.json 2> pipe.err; echo $? > pipe.txt; } | head -1 > /dev/null
if grep -q "the reader has gone" pipe.err && [ "$(cat pipe.txt)" = 1 ]; then pass "a reader that has gone: said, exit 1"; else fail "a reader that has gone: $(cat pipe.txt pipe.err)"; fi

# ---- what cannot be followed
expect 2 "volatility, which names no side" "a volatility" lstmfc signal --follow --model volatility.json
expect 4 "none.json" "no model" lstmfc signal --follow --model none.json
expect 3 "no bar in 0 lines" "nothing comes" lstmfc signal --follow --model e.json
expect 2 "last needs the whole series" "--last" lstmfc signal --follow --model e.json --last 5
expect 2 "resample needs the whole series" "--resample" lstmfc signal --follow --model e.json --csv c.csv --resample 4h
expect 2 "only: the lines that --follow reads are of one series" "--only" lstmfc signal --follow --model e.json --only X
expect 2 "strict has no effect here .follow 0." "--strict alone" lstmfc signal --model e.json --csv c.csv --strict
expect 2 "clock has no effect here .follow 0." "--clock alone" lstmfc signal --model e.json --csv c.csv --clock bars
expect 2 "now has no effect here .clock bars." "--now beside --clock bars" lstmfc signal --follow --model e.json --clock bars --now 5
expect 3 "taken from the validation bars of the training: give candles" "a quantile without the training bars" \
    sh -c "tail -n 80 c.csv | sed '1s/^/time,open,high,low,close,volume\n/' | lstmfc signal --follow --clock bars --model return.json --threshold quantile:0.5"
awk -F, 'NR % 3 == 1 || /^time/' other.csv > slow.csv
expect 3 "bars of .* 3 h|hours|interval" "bars of another interval" sh -c "lstmfc signal --follow --clock bars --model e.json < slow.csv"
awk -F, -v OFS=, '/^time/ { print "time,probability"; next } /^#/ { next } { print $1, 0.5 }' c.csv > p.csv
if lstmfc ensemble --models direction.json,p.csv --csv c.csv --out file.json > /dev/null 2>&1; then
    expect 2 "p.csv is a file of probabilities, which says nothing of the next bar" "an ensemble with a file" lstmfc signal --follow --model file.json
else fail "ensemble with a file"; fi

# ---- restarts: a state, killed again and again
bars c.csv 601 100 > new.csv
follow() { lstmfc signal --follow --clock bars --model e.json "$@"; }
follow --csv history.csv < new.csv > whole.jsonl
follow < c.csv > whole1.jsonl

follow --csv history.csv --state s < new.csv > out.jsonl
same "--state changes no line" whole.jsonl out.jsonl
if [ ! -e s.bars ]; then pass "bars that nobody needs are not kept"; else fail "bars that nobody needs are not kept"; fi
cp s before; follow --state s < /dev/null > out.jsonl
if [ -s out.jsonl ] || ! cmp -s s before; then fail "nothing new: nothing is told, the state stays"; else pass "nothing new: nothing is told, the state stays"; fi
rm s; follow --csv history.csv --state s < /dev/null
for k in 1 34 35 100; do bars c.csv 601 "$k" | follow --state s; done > out.jsonl
same "in four runs, without the history: each line once" whole.jsonl out.jsonl
rm s; bars c.csv 601 40 | follow --csv history.csv --state s > out.jsonl
bars c.csv 1 690 > longer.csv
follow --csv longer.csv --state s < new.csv >> out.jsonl
same "bars after the state's last are new, whether the history or stdin brings them" whole.jsonl out.jsonl

# The line of the state may not have gone out: it is told again, the same bytes, and into a file only where it is missing.
rm s; bars c.csv 601 40 | follow --csv history.csv --state s > out.jsonl
sum() { python3 - "$1" << 'PY'
import sys
text = open(sys.argv[1], "rb").read()
body = text[:text.rindex(b',"checksum"')]
h = 0xcbf29ce484222325
for b in body:
    h = (h ^ b) * 0x100000001b3 & 0xffffffffffffffff
open(sys.argv[1], "wb").write(body + b',"checksum":"%016x"}\n' % h)
PY
}
if have python3; then
    sed -i 's/"told":true/"told":false/' s; sum s; cp s lost
    follow --state s < /dev/null > again.jsonl
    same "a line that may be lost is told again" <(tail -1 out.jsonl) again.jsonl
    cp out.jsonl file.jsonl; cp lost s; follow --state s --out file.jsonl < /dev/null
    same "not into a file that has it" out.jsonl file.jsonl
    head -39 out.jsonl > file.jsonl; cp lost s; follow --state s --out file.jsonl < /dev/null
    same "into a file that lacks it" out.jsonl file.jsonl
    (head -39 out.jsonl; tail -1 out.jsonl | head -c 500) > file.jsonl; cp lost s; follow --state s --out file.jsonl < new.csv
    same "in place of the piece of it that was written" whole.jsonl file.jsonl
    (head -39 out.jsonl; printf 'mine') > file.jsonl; cp lost s
    expect 1 "ends within a line that was not begun here" "a line of somebody else stays" lstmfc signal --follow --clock bars --model e.json --state s --out file.jsonl
    # whatever stands in a state, the answer is a message
    bad=
    for k in $(seq 40); do
        python3 - lost s "$k" << 'PY'
import random, re, sys
text, k = open(sys.argv[1]).read(), int(sys.argv[3])
random.seed(k)
numbers = list(re.finditer(r'(?<=[\[:,])-?[0-9][^,\]}]*|"nan"', text))
for m in sorted(random.sample(numbers, 1 + k % 3), key=lambda m: -m.start()):
    text = text[:m.start()] + random.choice(["0", "-1", "1e300", "-7.5", '"nan"', "[]", "9007199254740991", "{}", "null"]) + text[m.end():]
open(sys.argv[2], "w").write(text)
PY
        sum s; code=0
        lstmfc signal --follow --clock bars --model e.json --state s < new.csv > out.txt 2> err || code=$?
        case $code in 0|2|3|4) [ $code = 0 ] || [ -s err ] || bad="$bad $k: silent" ;; *) bad="$bad $k: exit $code $(tail -1 err)" ;; esac
    done
    if [ -z "$bad" ]; then pass "states with other numbers in them are refused or gone on from"; else fail "states with other numbers:$bad"; fi
else
    skip "states made by hand: no python3 (package python3)"
fi

# kill -9 at 20 moments; a feed that begins a few bars before the last that was told
killed() {                                  # first bar that is told, how far a run comes, then flags; lines to `out`, times killed to `kills`
    local first=$1 most=$2 until=$((SECONDS + 300)) told pid wanted bars_sent kills=0 run
    shift 2
    : > out
    for run in $(seq 60); do
        told=$(count_of out)
        [ $((first + told)) -le 700 ] || break
        wanted=$((told + 1 + RANDOM % most))
        bars_sent=1000; [ $kills -ge 20 ] || bars_sent=$((wanted - told + 4 + RANDOM % 9))     # then the feed waits for the kill
        rm -f way; mkfifo way
        lstmfc signal --follow --clock bars "$@" < way >> out 2>> err & pid=$!
        exec 9> way
        bars c.csv $((first + told > 4 ? first + told - 4 : 1)) $bars_sent | while read -r line; do printf '%s\n' "$line"; sleep 0.002; done >&9 2> /dev/null & feeder=$!
        while [ $kills -lt 20 ] && [ $((first + wanted)) -le 701 ] && [ $SECONDS -lt $until ] && kill -0 $pid 2> /dev/null; do
            if [ "$(count_of out)" -ge "$wanted" ]; then sleep "0.0$((RANDOM % 40))"; kill -9 $pid 2> /dev/null && kills=$((kills + 1)); break; fi
            sleep 0.005
        done
        wait $feeder; exec 9>&-; wait $pid 2> /dev/null
    done
    echo $kills > kills
}
RANDOM=7
rm -f s s.bars; : > err
count_of() { grep -o '"timestamp":"[^"]*"' "$1" | sort -u | wc -l; }
follow --csv history.csv --state s < /dev/null
killed 601 9 --model e.json --state s
# a line cut off by the kill is followed by the whole one
sed 's/.*\({"timestamp"\)/\1/' out | uniq > once.jsonl
same "killed $(cat kills) times, $(($(wc -l < out) - 100)) lines told again: no bar lost, none with another value" whole.jsonl once.jsonl
[ "$(cat kills)" -ge 10 ] && [ ! -s err ] || fail "kills: $(cat kills) $(cat err)"
rm -f s s.bars f.jsonl; : > err
count_of() { wc -l < f.jsonl; }
: > f.jsonl
killed 1 40 --model e.json --state s --out f.jsonl
same "killed $(cat kills) times among the bars of the training: into a file each line once" whole1.jsonl f.jsonl
[ "$(cat kills)" -ge 10 ] && [ ! -s err ] && [ ! -e s.bars ] || fail "kills: $(cat kills) $(cat err)"

# ---- states that cannot be gone on from
rm -f s s.bars; bars c.csv 1 300 | follow --state s > /dev/null
if [ -s s.bars ]; then pass "bars are kept until the model's last one has come"; else fail "bars are kept until the model's last one has come"; fi
cp s t; cp s.bars t.bars
echo 1,2,3 >> s.bars; follow --state s < c.csv > out.jsonl
same "a bar that the state does not know is cut off" <(tail -n 400 whole1.jsonl) out.jsonl
cp t s; head -c 5000 t.bars > s.bars; expect 4 "s.bars does not hold the 300 bars" "bars that are missing" lstmfc signal --follow --model e.json --state s
cp t s; sed '200s/,/,x/' t.bars > s.bars; expect 4 "s.bars does not hold the 300 bars" "bars that cannot be read" lstmfc signal --follow --model e.json --state s
cp t s; rm s.bars; expect 4 "the bars that the state needs: .*s.bars" "no bars" lstmfc signal --follow --model e.json --state s
cp t.bars s.bars; sed 's/"elsewhere":0/"elsewhere":1/' t > s; expect 4 "its checksum does not match" "a state that was changed" lstmfc signal --follow --model e.json --state s
head -c 9000 t > s; expect 4 "s is no state of signal --follow" "half a state" lstmfc signal --follow --model e.json --state s
cp e.json s; expect 4 "s is no state of signal --follow that could be gone on from: it is another file" "a model for a state" lstmfc signal --follow --model e.json --state s
cp t s; expect 2 "is of signals by other flags .system E's rules, threshold atr, horizon 1, not system E's rules, without adx, threshold literal" "other flags" \
    lstmfc signal --follow --model e.json --state s --clauses -adx --threshold literal
expect 2 "s and --state|is the file of --model" "the state over the model" lstmfc signal --follow --model e.json --state e.json
expect 2 "is the file of --csv" "its bars over the history" sh -c "cp history.csv x.bars; lstmfc signal --follow --model e.json --state x --csv x.bars < new.csv"
expect 1 "none/s" "a state that cannot be written" lstmfc signal --follow --model e.json --state none/s --csv history.csv
expect 2 "is an ensemble, whose stream is not saved" "a state of an ensemble" lstmfc signal --follow --model ensemble.json --state z
expect 2 "state has no effect here .follow 0." "--state alone" lstmfc signal --model e.json --csv c.csv --state z

# another model in the place of the one the state was made by: the bars are read again
rm -f s s.bars; follow --csv history.csv --state s < <(bars c.csv 601 50) > /dev/null
expect 4 "--state s: it is of another model, so all bars so far are needed: give them by --csv, up to 2022-" "another model, and no bars" \
    lstmfc signal --follow --clock bars --model e2.json --state s
expect 4 "all bars so far are needed" "another model, and too few bars" lstmfc signal --follow --clock bars --model e2.json --state s --csv history.csv
lstmfc signal --follow --clock bars --model e2.json --state s --csv c.csv < /dev/null > out.jsonl 2> err
lstmfc signal --follow --clock bars --model e2.json < c.csv | tail -n 50 > other.jsonl
same "another model goes on where the state stood" other.jsonl out.jsonl
if grep -q "note: the state s was made by another model: 650 bars were read again" err; then pass "that is said"; else fail "that is said: $(cat err)"; fi

# ---- a new model by its age: each line is that of signal with the model that the line names
close_of() { date -u -d "$(sed -n "$(($(head_of c.csv) + $1))p" c.csv | cut -d, -f1) + 1 hour" +%Y-%m-%dT%H:%M:%SZ; }     # when bar `$1` closed
SOURCE_DATE_EPOCH=$(date -u -d "$(close_of 600)" +%s) learn --csv history.csv --target price --features @e --model "$linear" --out young.json --test none
models_of() { grep -o '"last_trained":"[^"]*"' "$1" | uniq | cut -d'"' -f4; }
version_of() { echo "m-$(printf '%s' "$1" | tr -d ':-').json"; }
fresh() { rm -rf m; mkdir m; cp young.json m/m.json; rm -f s s.bars; }
aged() { lstmfc signal --follow --clock bars --max-age-hours 24 --model m/m.json "$@"; }
# The lines of a file against `signal` with the version that each names, every `step`-th of them.
lines_are_of_their_models() {               # name, lines, step, versions that must speak
    local name=$1 lines=$2 step=$3 least=$4 bad='' k model at
    for k in $(seq 1 "$step" "$(wc -l < "$lines")"); do
        sed -n "${k}p" "$lines" > line
        model=$(models_of line); at=$(grep -o '"known_at":"[^"]*"' line | cut -d'"' -f4)
        rm -rf asked; mkdir asked; bars c.csv 1 $((600 + k)) > asked/part.csv
        mkdir asked/m; cp "m/$(version_of "$model")" asked/m/m.json 2> err || { bad="$bad bar $k: $(cat err)"; break; }
        (cd asked && lstmfc signal --csv part.csv --json --model m/m.json --now "$at") > batch 2> err || bad="$bad bar $k: $(tail -1 err)"
        cmp -s line batch || bad="$bad bar $k of $model"
    done
    [ "$(models_of "$lines" | wc -l)" -ge "$least" ] || bad="$bad $(models_of "$lines" | wc -l) models"
    [ "$(grep -o '"timestamp":"[^"]*"' "$lines" | sort -u | wc -l)" -eq 100 ] || bad="$bad $(wc -l < "$lines") lines"
    if [ -z "$bad" ]; then pass "$name"; else fail "$name:$bad"; fi
}

fresh; aged --retrain wait --keep 99 --csv history.csv --state s --out aged.jsonl < new.csv 2> told
cp -r m kept
lines_are_of_their_models "trained anew after 24 hours: lines are those of signal with the model they name" aged.jsonl 3 4
if [ "$(grep -c 'note: m/m.json is a new model, trained on the bars up to' told)" -eq 4 ] && [ "$(wc -l < told)" -eq 4 ]; then pass "each new model is told"; else fail "each new model is told: $(cat told)"; fi
# the model is the one that signal trains of the same bars, byte for byte
bars c.csv 1 625 > part.csv; cp young.json alone.json
SOURCE_DATE_EPOCH=$(date -u -d "$(close_of 625)" +%s) lstmfc signal --csv part.csv --model alone.json --max-age-hours 24 --now "$(close_of 625)" --progress none > out.txt 2> err
same "the model is the one that signal trains of the bars so far" "kept/$(version_of "$(close_of 625)")" alone.json
fresh; aged --retrain wait --csv history.csv --keep 2 < new.csv > out.jsonl 2> err
same "without a state: the same lines" aged.jsonl out.jsonl
if [ "$(ls m)" = "$(cd kept && ls | tail -3)" ] && cmp -s m/m.json kept/m.json; then pass "--keep 2 keeps the newest two"; else fail "--keep 2 keeps the newest two: $(ls m)"; fi
for k in 1 2 3; do cp m/m.json "m/m-2022010${k}T000000Z.json"; done; aged --csv history.csv --keep 2 < /dev/null 2> err
if [ "$(ls m)" = "$(cd kept && ls | tail -3)" ]; then pass "what a rotation that was killed left is removed at the start"; else fail "what a rotation left: $(ls m)"; fi
fresh; for k in 1 25 26 60 100; do bars c.csv 601 "$k" > part.csv; aged --retrain wait --keep 99 --csv history.csv --state s < part.csv; done > out.jsonl 2> err
same "in five runs: the same lines" aged.jsonl out.jsonl

# kill -9 where trainings are many: every fourth bar is waited for
three() { lstmfc signal --follow --clock bars --model m/m.json --max-age-hours 3 --keep 99 "$@"; }
fresh; three --retrain wait --csv history.csv --state s --out three.jsonl < new.csv 2> err
rm -rf kept; mv m kept
fresh; rm -f f.jsonl; : > f.jsonl; : > err
three --retrain wait --csv history.csv --state s --out f.jsonl < /dev/null
count_of() { wc -l < f.jsonl; }
killed 601 3 --retrain wait --model m/m.json --max-age-hours 3 --keep 99 --state s --out f.jsonl
same "killed $(cat kills) times, trainings waited for: the same lines, each once" three.jsonl f.jsonl
[ "$(cat kills)" -ge 10 ] && [ "$(grep -cv '^note: ' err)" -eq 0 ] || fail "kills: $(cat kills) $(grep -v '^note: ' err)"
rm -f m/*.tmp-*
if [ "$(cd m && cksum m*)" = "$(cd kept && cksum m*)" ]; then pass "and the same models"; else fail "and the same models: $(diff <(cd m && cksum m*) <(cd kept && cksum m*))"; fi
# and where they go on beside the bars: which model speaks when is luck, what it says is not
fresh; : > f.jsonl; : > err
three --csv history.csv --state s --out f.jsonl < /dev/null 2>> err
killed 601 3 --model m/m.json --max-age-hours 3 --keep 99 --state s --out f.jsonl
[ "$(cat kills)" -ge 10 ] && [ "$(grep -cv '^note: ' err)" -eq 0 ] || fail "kills: $(cat kills) $(grep -v '^note: ' err)"
lines_are_of_their_models "killed $(cat kills) times beside trainings: each line once, that of the model it names" f.jsonl 1 3

# A training is held (STOP) while bars come: none waits. Then it goes on, and the new model tells the next bar.
child_of() { local child; for _ in $(seq 2000); do child=$(cat "/proc/$1/task/$1/children" 2> /dev/null) && [ -n "$child" ] && { echo "${child%% *}"; return; }; sleep 0.005; done; }
lines_come() { for _ in $(seq 3000); do [ "$(wc -l < "$1")" -ge "$2" ] && return 0; sleep 0.01; done; return 1; }
has_ended() { for _ in $(seq 3000); do kill -0 "$1" 2> /dev/null || return 0; sleep 0.01; done; return 1; }
feed_by_hand() {                            # flags; a run that is fed through descriptor 8
    rm -f way; mkfifo way; : > out.jsonl
    lstmfc signal --follow --clock bars --max-age-hours 24 --model m/m.json "$@" < way > out.jsonl 2> err & pid=$!    # itself, in no shell
    exec 8> way
}
send() { bars c.csv "$1" "$2" | tail -n +$((h + 1)) >&8; }
if [ -r "/proc/$$/task/$$/children" ]; then
    fresh; feed_by_hand --keep 99 --csv history.csv --state s --retrain-epochs 4000; head -"$h" c.csv >&8
    send 601 25; child=$(child_of $pid); kill -STOP "$child"
    send 626 40
    if lines_come out.jsonl 65 && [ "$(models_of out.jsonl)" = "$(close_of 600)" ] && kill -0 "$child"; then pass "no bar waits for a training: 40 told while one is held"
    else fail "no bar waits for a training: $(wc -l < out.jsonl) $(models_of out.jsonl) $(cat err)"; fi
    cp out.jsonl before.jsonl
    kill -CONT "$child"
    for _ in $(seq 6000); do grep -q 'is a new model' err && break; sleep 0.01; done
    send 666 20; lines_come out.jsonl 85; kill -9 $pid; wait $pid 2> /dev/null; exec 8>&-
    if tail -n +66 out.jsonl | head -1 | grep -q "last_trained\":\"$(close_of 625)"; then pass "when it has ended, without a bar: the new model tells the next"; else fail "the new model: $(models_of out.jsonl) $(cat err)"; fi
    cp out.jsonl first.jsonl
    aged --keep 99 --retrain-epochs 4000 --state s < new.csv > out.jsonl 2> err     # the end of stdin waits for the training that is due
    cat first.jsonl out.jsonl | uniq > both.jsonl
    lines_are_of_their_models "held, ended, killed, gone on: each line is that of the model it names" both.jsonl 7 2
    if aged --state s < /dev/null 2> err && [ ! -s err ]; then pass "a training under way at the end of stdin is waited for"; else fail "at the end of stdin: $(cat err)"; fi

    # who starts it ends: it ends
    fresh; feed_by_hand --csv history.csv --retrain-epochs 1000000; head -"$h" c.csv >&8
    send 601 25; child=$(child_of $pid); kill -9 $pid; wait $pid 2> /dev/null; exec 8>&-
    if has_ended "$child"; then pass "a training whose follower was killed ends"; else kill -9 "$child"; fail "a training whose follower was killed ends"; fi
    if cmp -s m/m.json young.json && [ "$(ls m)" = m.json ]; then pass "and leaves nothing"; else fail "and leaves nothing: $(ls m)"; fi

    # trainings that fail: killed, and without a place for the model. The old one goes on, and one more is tried an hour later
    fresh; feed_by_hand --csv history.csv --retrain-epochs 4000 --state s --keep 99; head -"$h" c.csv >&8
    send 601 25; child=$(child_of $pid); kill -9 "$child"; has_ended "$child"
    for _ in $(seq 3000); do [ -s err ] && break; sleep 0.01; done
    expect 0 "the training ended by signal 9; the model created $(close_of 600) goes on, and another one is tried in 1 h" "a training that is killed" cat err
    send 626 1; child=$(child_of $pid); kill -STOP "$child"; mv m away; kill -CONT "$child"
    for _ in $(seq 6000); do [ "$(wc -l < err)" -gt 1 ] && [ "$(grep -c 'another one is tried' err)" -gt 1 ] && break; sleep 0.01; done
    expect 0 "m/m-.*cannot.* the training failed; the model created $(close_of 600) goes on" "a model that cannot be saved" cat err
    mv away m; send 627 1; lines_come out.jsonl 27
    for _ in $(seq 6000); do grep -q 'is a new model' err && break; sleep 0.01; done
    send 628 73; exec 8>&-; wait $pid
    lines_are_of_their_models "after two that failed a third: each line is that of the model it names" out.jsonl 9 2
else
    skip "trainings that are held or killed: no /proc/PID/task/PID/children (Linux)"
fi
# candles that nothing can be learned of: as often tried as the hour says, by the state too
awk -F, -v OFS=, '/^[#t]/ { print; next } { print $1, 5, 5, 5, 5, $6 }' c.csv > still.csv
learn --csv c640.csv --target return --features "$close" --model "$linear" --out r.json
cp r.json m/m.json; rm -f s s.bars
lstmfc signal --follow --now $now --max-age-hours 24 --retrain wait --model m/m.json --state s < still.csv > out.jsonl 2> err
if [ "$(grep -c 'the training failed' err)" -eq 1 ] && [ "$(wc -l < out.jsonl)" -eq 700 ] && cmp -s r.json m/m.json; then pass "a training that fails is not tried at every bar"; else fail "a training that fails: $(cat err)"; fi
lstmfc signal --follow --now $now --max-age-hours 24 --retrain wait --model m/m.json --state s < /dev/null > out.jsonl 2> err
if [ -s err ]; then fail "nor again at once by the next run: $(cat err)"; else pass "nor again at once by the next run"; fi
fresh; aged --csv history.csv --state s < /dev/null 2> err; follow --state s < new.csv > out.jsonl 2> err
expect 4 "it is of another model, so all bars so far are needed" "a state without bars" lstmfc signal --follow --clock bars --model m/m.json --max-age-hours 24 --state s
expect 2 "e.json is an ensemble, which is not trained again by its age" "an ensemble by its age" sh -c "cp ensemble.json ee.json; lstmfc signal --follow --model ensemble.json --max-age-hours 1"
expect 2 "is a model of 2 series, and --follow reads one" "a pooled model by its age" lstmfc signal --follow --model pooled.json --max-age-hours 1
expect 2 "retrain has no effect here .max_age_hours 0." "--retrain alone" lstmfc signal --follow --model e.json --retrain wait
expect 2 "retrain has no effect here .follow 0." "--retrain without --follow" lstmfc signal --csv c.csv --model e.json --max-age-hours 1 --retrain wait
expect 2 "keep has no effect here" "--keep alone" lstmfc signal --follow --model e.json --keep 3
expect 0 "note: e.json was created 2023-11-14T22:13:20Z, after the bar of .*: by --clock bars it does not age" "a model of after the bars" \
    lstmfc signal --follow --clock bars --model e.json --max-age-hours 1 --csv history.csv

finish
