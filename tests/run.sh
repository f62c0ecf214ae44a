#!/bin/sh
# run.sh PROGRAM...: runs the test programs two at a time, shows what each says of failures, skips and torture, and sums the last
# lines up.
# shellcheck disable=SC2016
for program; do [ -x "$program" ] && echo "$program"; done |
    xargs -P 2 -I @ sh -c '"$1" > "$1.log" 2>&1 < /dev/null; echo $? > "$1.status"' - @
passed=0 failed=0 skipped=0
for program; do
    name=${program##*/}
    if [ ! -x "$program" ]; then
        echo "$name: does not compile"; failed=$((failed + 1)); continue
    fi
    status=$(cat "$program.status")
    line=$(grep -E '^[0-9]+ passed, [0-9]+ failed, [0-9]+ skipped$' "$program.log" | tail -1)
    grep -E '^(torture|skip) ' "$program.log"
    if [ -z "$line" ]; then
        echo "$name: ended with status $status before its last line"; tail -30 "$program.log"; failed=$((failed + 1)); continue
    fi
    # shellcheck disable=SC2086
    set -- $line
    p=$1 f=$3 s=$5
    if [ "$f" -ne 0 ] || [ "$status" -ne 0 ]; then
        grep -vE '^(torture|skip) ' "$program.log" | head -60
        [ "$f" -ne 0 ] || { f=1; echo "$name: status $status"; }
    fi
    echo "$name: $p passed, $f failed, $s skipped"
    passed=$((passed + p)) failed=$((failed + f)) skipped=$((skipped + s))
done
# How long it took depends on who else is at work here; what the processors did for it, much less.
if [ -f build/tests/times ]; then
    times > build/tests/times.run
    seconds() { tail -1 "$1" | sed 's/[ms]/ /g' | awk '{ printf "%.0f s", 60 * ($1 + $3) + $2 + $4 }'; }
    echo "processor time: $(seconds build/tests/times) to compile, $(seconds build/tests/times.run) to run"
    rm -f build/tests/times build/tests/times.run
fi
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ]
