#!/usr/bin/env bash
# tests/test_files.sh [TOOL]: the command line and files: what it reads and what it writes is told apart and tried before any work,
# nothing that is there is destroyed or cut, and work that was done is not lost. TOOL is build/lstmfc unless given.
set -u
cd "$(dirname "$0")/.."
make -s build/lstmfc || exit 1
tool=$(realpath "${1:-build/lstmfc}")
out=build/files
rm -rf "$out"; mkdir -p "$out/bin"
ln -s "$tool" "$out/bin/lstmfc"
results=$out/results
. tests/parallel.sh
here=$PWD
cd "$out" || exit 1
results=$here/$out/results
PATH=$here/$out/bin:$PATH
export SOURCE_DATE_EPOCH=1700000000

expect() {                                  # exit code, pattern in what it prints ("" = any), name, command
    local wanted=$1 pattern=$2 name=$3 code=0 text
    shift 3
    text=$("$@" 2>&1 < /dev/null) || code=$?
    if [ "$code" -ne "$wanted" ]; then fail "$name: exit $code, not $wanted: $(printf '%s' "$text" | tail -1 | cut -c1-200)"
    elif [ -n "$pattern" ] && ! printf '%s' "$text" | grep -Eq -e "$pattern"; then fail "$name: no /$pattern/ in: $(printf '%s' "$text" | tail -2 | cut -c1-300)"
    else pass "$name"; fi
}
check() { local name=$1; shift; if "$@" > /dev/null 2>&1; then pass "$name"; else fail "$name: $*"; fi; }
same() { if cmp -s "$1" "$2"; then pass "$3"; else fail "$3"; fi; }
untouched() { if [ "$(cksum < "$1")" = "$2" ]; then pass "$3: the file is as it was"; else fail "$3: the file has changed"; fi; }
text_of() { printf '%0*d' "$1" 0 | tr 0 "${2:-n}"; }      # a text of so many letters

lstmfc synth --bars 500 --seed 1 --out kept.csv
again() { rm -f c.csv; cp kept.csv c.csv; }    # what one failure destroyed must not hide the next
again
small=(--csv c.csv --window 4 --features "log_return(close)" --model "lstm 2 | dense 1 sigmoid" --epochs 1 --progress none)
train() { lstmfc train "${small[@]}" "$@"; }
# a training that would take minutes: an answer within the time limit came before it
long() { timeout 20 lstmfc train --csv c.csv --window 64 --features "@a" --model "lstm 256 | dense 1 sigmoid" --epochs 5000 --patience none --progress none "$@"; }
train --out m.json > /dev/null 2>&1
evaluate() { lstmfc evaluate --model m.json --csv c.csv "$@"; }
candles=$(cksum < c.csv) model=$(cksum < m.json)
printf '0.1\n0.2\n0.3\n0.4\n0.5\n' > rows.csv
rows=$(cksum < rows.csv)

# ---- what is there and was not asked for stays
echo mine > p.json.probe; echo mine > p.json.tmp-0
train --out p.json > /dev/null 2>&1
check "m.json.probe beside --out m.json stays" grep -q mine p.json.probe
check "m.json.tmp-0 of somebody else stays" grep -q mine p.json.tmp-0
check "no temporary file is left" test ! -e m.json.tmp-0

texts=$(grep -h 'X(TEXT' "$here"/tools/lstmfc/*.[ch] | grep -v OPTIONS_ | sed 's/.*X(TEXT, *\([a-z_]*\).*/\1/' | sort -u | tr '\n' ' ')
check "a text flag names a file in its table (OPTIONS_IN, OPTIONS_OUT) or is one of: clauses command features models name sentiment start symbol; is: $texts" test "$texts" = "clauses command features models name sentiment start symbol "

# ---- an output over an input, however either is spelled
ln -s c.csv alias.csv; ln c.csv twin.csv; mkdir -p sub
deep=.; while [ ${#deep} -lt 1100 ]; do deep=$deep/$(text_of 200 d); done
mkdir -p "$deep"; cp c.csv "$deep/c.csv"
for name in c.csv ./c.csv sub/../c.csv "$PWD/c.csv" alias.csv twin.csv; do
    expect 2 "is the file of --csv" "indicators over its candles: ${name#"$PWD"}" lstmfc indicators --csv c.csv --features "rsi(14)" --out "$name"
done
expect 2 "is the file of --csv" "train over its candles, a name of 1,100 bytes" lstmfc train "${small[@]/c.csv/$deep/c.csv}" --out "$deep/../$(text_of 200 d)/c.csv"
check "a name of 1,100 bytes" cmp c.csv "$deep/c.csv"
untouched c.csv "$candles" "candles"
expect 2 "is the file of --model" "infer over its model" lstmfc infer --model m.json --input rows.csv --out m.json
expect 2 "is the file of --input" "infer over its rows" lstmfc infer --model m.json --input rows.csv --out ./rows.csv
expect 2 "is the file of --model" "predict over its model" lstmfc predict --model m.json --csv c.csv --out m.json
expect 2 "is the file of --csv" "evaluate: a report over the candles" evaluate --report c.csv
expect 2 "is the file of --model" "evaluate: forecasts over the model" evaluate --forecasts m.json
printf 'time,signal\n2022-01-02T00:00:00Z,1\n' > s.csv
expect 2 "is the file of --signals" "backtest: trades over the signals" lstmfc backtest --csv c.csv --signals s.csv --trades s.csv
printf '{"out": "conf.json"}' > conf.json
expect 2 "is the file of --config" "synth over its configuration" lstmfc synth --bars 10 --config conf.json
printf '{"out": "conf.json", "follow": true, "features": "rsi(14)"}' > conf.json
conf=$(cksum < conf.json)
expect 2 "is the file of --config" "indicators --follow over its configuration" sh -c 'lstmfc indicators --config conf.json < c.csv'
untouched conf.json "$conf" "configuration"
expect 2 "is the file of stdin" "indicators --follow over the file that stdin is" sh -c 'lstmfc indicators --follow --features "rsi(14)" --out c.csv < c.csv'
expect 2 "stdout is the file of --csv" "stdout is the candles" sh -c 'lstmfc indicators --csv c.csv --features "rsi(14)" >> c.csv'
cp c.csv noisy.csv
code=0; lstmfc indicators --csv noisy.csv --features "rsi(14)" --out i.csv 2>> noisy.csv || code=$?
check "stderr is the candles" test "$code" -eq 2 -a ! -e i.csv
expect 2 "--report and stdout lead to one file" "stdout is the report" sh -c 'lstmfc evaluate --model m.json --csv c.csv --report e.html > e.html'
mkdir -p run; cp c.csv run/forecasts.csv
expect 2 "run/forecasts.csv of --out is the file of --csv" "pipeline over its candles" lstmfc pipeline --csv run/forecasts.csv --system a --out run
check "pipeline over its candles: nothing is written" test "$(ls run)" = forecasts.csv
same c.csv run/forecasts.csv "pipeline over its candles: they are as they were"
untouched c.csv "$candles" "candles"; untouched m.json "$model" "model"; untouched rows.csv "$rows" "rows"

# ---- one file for two outputs, there or not there yet
again
expect 2 "lead to one file" "report = forecasts" evaluate --report r.html --forecasts r.html
ln -s r.html r2.html
expect 2 "lead to one file" "report = forecasts, a link to what is not there yet" evaluate --report r2.html --forecasts sub/../r.html
expect 2 "lead to one file" "trades = equity" lstmfc backtest --csv c.csv --signals s.csv --trades t.csv --equity ./t.csv
check "nothing was written" test ! -e r.html -a ! -e t.csv
expect 0 "" "/dev/null may be given twice" evaluate --report /dev/null --forecasts /dev/null
expect 2 "only one output" "two outputs to stdout" lstmfc backtest --csv c.csv --signals s.csv --trades - --equity -
expect 2 "only one input" "two inputs from stdin" lstmfc infer --model - --input -

# ---- an output that cannot be written is known before the work
again
expect 1 "no such file or directory" "train into no folder" long --out no/such/m.json
expect 2 "--out: the name is empty" "train --out=" long --out=
expect 2 "--csv: the name is empty" "train --csv=" lstmfc train --csv= --out x.json
expect 2 "--report: the name is empty" "evaluate --report=" evaluate --report=
expect 1 "it is a directory" "train into a folder" long --out sub
expect 1 "is not a directory" "train below a file" long --out m.json/x
expect 1 "too long" "a name of 256 bytes" long --out "$(text_of 256)"
expect 1 "no such file or directory" "evaluate: a report into no folder" evaluate --report no/such/r.html
if [ -d /proc/self ]; then
    expect 1 "cannot create" "pipeline --out /proc" timeout 20 lstmfc pipeline --csv c.csv --system a --out /proc
    expect 1 "cannot create" "train --out /proc/m.json" long --out /proc/m.json
fi
expect 1 "is not a directory" "pipeline into a file" timeout 20 lstmfc pipeline --csv c.csv --system a --out m.json
expect 3 "" "pipeline without candles" lstmfc pipeline --csv none.csv --system a --out fresh
check "pipeline without candles leaves no folder" test ! -e fresh
expect 1 "" "a folder that cannot hold the names" timeout 20 lstmfc pipeline --csv c.csv --system a --out "$(text_of 256)"
printf '{"out": ""}' > empty.json
expect 2 "--out: the name is empty" "an empty name in --config" lstmfc synth --config empty.json

# ---- paths of any length
again
deepest=$deep/$(text_of 89 e)
expect 0 "" "pipeline into a folder of 1,192 characters" lstmfc pipeline --csv c.csv --system a --seeds 1 --epochs 1 --progress none --out "$deepest"
check "pipeline into a folder of 1,192 characters: every file has its name" test "$(ls "$deepest" | tr '\n' ' ')" = "forecasts.csv metadata.json model.json model.json.ledger.jsonl report.html trades.csv "
check "metadata names the whole folder" grep -q "$deepest" "$deepest/metadata.json"
for length in 240 246 250 255; do
    name=$(text_of $length)
    expect 0 "" "a name of $length bytes" train --out "$name"
    same m.json "$name" "a name of $length bytes: the model"
    expect 0 "" "a name of $length bytes is read" lstmfc predict --model "$name" --csv c.csv
done
expect 0 "Ctrl-C would save no checkpoint: .*too long" "no checkpoint of a long name: said before" train --out "$(text_of 250)"

# ---- mode, links, devices
again
train --out k.json > /dev/null 2>&1; chmod 600 k.json; train --out k.json > /dev/null 2>&1
check "mode 600 stays" test "$(ls -l k.json | cut -c1-10)" = "-rw-------"
ln -s k.json l.json
expect 0 "" "train to a link" train --seed 3 --out l.json
check "the link stays a link" test -L l.json
same k.json l.json "the file it names is replaced"
check "the file it names is replaced, by another model" sh -c '! cmp -s k.json m.json'
expect 0 "" "train to /dev/null" train --out /dev/null
check "/dev/null stays a device" test -c /dev/null
if [ -e /dev/stdout ]; then
    check "synth --out /dev/stdout into a pipe" sh -c 'test "$(lstmfc synth --bars 10 --out /dev/stdout | wc -l)" -eq 12'
    check "/dev/stdout stays" test -e /dev/stdout
fi
if [ -w /dev/full ]; then
    expect 1 "no space left" "a full disk" train --out /dev/full
    expect 1 "no space left" "a full disk under a report" evaluate --report /dev/full
fi
cp c.csv full.csv
code=0; (trap '' XFSZ; ulimit -f 4; lstmfc synth --bars 500 --seed 2 --out full.csv) > full.txt 2>&1 || code=$?
check "no room in the middle of a save: exit 1, said" test "$code" -eq 1 -a -n "$(grep 'too large' full.txt)"
same c.csv full.csv "no room in the middle of a save: the old file stays"
(ulimit -f 4; lstmfc synth --bars 500 --seed 2 --out full.csv) > full.txt 2>&1
same c.csv full.csv "killed in the middle of a save: the old file stays"
rm -f full.csv.tmp-0
check "no temporary file is left where the save was not killed" test -z "$(ls | grep '^full.csv.tmp')"
if [ "$(id -u)" -eq 0 ] && command -v setpriv > /dev/null; then
    unprivileged() { setpriv --reuid=65534 --regid=65534 --clear-groups "$@"; }
else
    unprivileged() { "$@"; }
fi
mkdir -p locked; cp m.json locked/m.json; chmod 777 .; chmod 444 locked/m.json; chmod 777 locked
long_as() { unprivileged timeout 20 lstmfc train --csv c.csv --window 64 --features "@a" --model "lstm 256 | dense 1 sigmoid" --epochs 5000 --patience none --progress none "$@"; }
if unprivileged test -x "$tool" && unprivileged test -r c.csv; then
    expect 1 "permission denied" "a model of mode 444 is not replaced" long_as --out locked/m.json
    chmod 644 locked/m.json; chmod 555 locked
    expect 1 "permission denied" "a folder of mode 555" long_as --out locked/m.json
    same m.json locked/m.json "what may not be written is as it was"
else skip "modes: another user cannot run $tool"; fi
chmod 755 locked .

# ---- stdin, stdout, stderr closed
again
lstmfc train "${small[@]}" --out whole.json > /dev/null 2>&1
(lstmfc train "${small[@]}" --out closed.json < /dev/null 2>&- > /dev/null)
same whole.json closed.json "2>&-: no warning goes into the model"
(lstmfc train "${small[@]}" --out closed.json <&- 2>&- > /dev/null)
same whole.json closed.json "<&- 2>&-"
code=0; (lstmfc train "${small[@]}" --out closed.json <&- >&- 2> closed.txt) || code=$?
check "<&- >&-: exit 1, said" test "$code" -eq 1 -a -n "$(grep 'standard output' closed.txt)"
same whole.json closed.json "<&- >&-: the model"
printf '2022-01-01T00:00:00Z,1,2,1,1,1\n2021-01-01T00:00:00Z,1,2,1,1,1\n' > late.csv; tail -n +3 c.csv | head -40 >> late.csv
lstmfc indicators --follow --features "rsi(14)" --out f1.csv < late.csv 2> f1.txt
(lstmfc indicators --follow --features "rsi(14)" --out f2.csv < late.csv 2>&-)
check "--follow says what it leaves out" grep -q "is older" f1.txt
same f1.csv f2.csv "--follow 2>&-: it does not go into the output"
expect 3 "" "--csv - with stdin closed" sh -c 'lstmfc check --csv - <&-'

# ---- what is no JSON is not read to its end
again
if [ -e /dev/zero ]; then
    for command in "predict --csv c.csv --model" "inspect --model" "infer --input rows.csv --model" "export --model" "synth --config" "infer --model m.json --input"; do
        code=0; (ulimit -v 2000000; timeout 20 lstmfc $command /dev/zero) > zero.txt 2>&1 || code=$?
        case $code in 2 | 3 | 4) pass "$command /dev/zero: exit $code" ;; *) fail "$command /dev/zero: exit $code: $(tail -1 zero.txt)" ;; esac
    done
fi

# ---- pipeline: nothing that was trained is lost
again
job=(lstmfc pipeline --csv c.csv --system a --epochs 12 --patience none --batch 8 --seed 5 --progress jsonl)
pipeline() { "${job[@]}" "$@"; }
for seeds in 1 3; do
    pipeline --seeds $seeds --out whole$seeds > /dev/null 2>&1
    set -m
    "${job[@]}" --seeds $seeds --out cut$seeds > cut.txt 2>&1 & pid=$!
    set +m
    for _ in $(seq 600); do [ "$(grep -c '"event":"epoch"' cut.txt)" -ge $((seeds * 12 - 10)) ] && break; sleep 0.02; done
    kill -INT $pid; wait $pid; code=$?
    if [ "$code" -eq 130 ] && grep -q -e "--resume cut$seeds/model.json.checkpoint " cut.txt; then pass "pipeline --seeds $seeds, Ctrl-C: exit 130, says how to go on"; else fail "pipeline --seeds $seeds, Ctrl-C: exit $code: $(tail -1 cut.txt)"; fi
    check "pipeline --seeds $seeds, Ctrl-C: a checkpoint for each seed" test "$(ls cut$seeds | wc -l)" -eq $seeds
    epochs=$(pipeline --seeds $seeds --out cut$seeds --resume cut$seeds/model.json.checkpoint 2>&1 | grep -c '"event":"epoch"')
    check "pipeline --seeds $seeds --resume: what was done is not done again" test "$epochs" -le 10
    same whole$seeds/model.json cut$seeds/model.json "pipeline --seeds $seeds --resume: the model of an uninterrupted run"
    same whole$seeds/forecasts.csv cut$seeds/forecasts.csv "pipeline --seeds $seeds --resume: its forecasts"
    check "pipeline --seeds $seeds: no checkpoint is left at the end" sh -c "! ls cut$seeds | grep -q checkpoint"
done
expect 4 "one for each seed: none is there" "pipeline --seeds 3 --resume of nothing" pipeline --seeds 3 --resume none --out cut3

finish
