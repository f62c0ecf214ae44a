#!/usr/bin/env bash
# tests/all.sh (make test): every stage, one after the other, each with its own log under build/log and a last line of its own; then
# the sum. What is missing on this machine is a skip that names the package.
set -u
cd "$(dirname "$0")/.."
mkdir -p build/log
passed=0 failed=0 skipped=0
count='^[0-9]+ passed, [0-9]+ failed, [0-9]+ skipped$'

stage() {                                   # name, then the command
    local name=$1 log=build/log/$1.log status=0 start=$SECONDS line
    shift
    "$@" > "$log" 2>&1 < /dev/null || status=$?
    line=$(grep -E "$count" "$log" | tail -1)
    grep -E '^(FAIL|skip|torture) ' "$log"
    if [ -z "$line" ]; then
        echo "$name: ended with status $status before its last line"; tail -20 "$log"
        line="0 passed, 1 failed, 0 skipped"
    fi
    set -- $line
    if [ "$status" -ne 0 ] || [ "$3" -ne 0 ]; then
        grep -vE '^(ok|skip|torture|cc|gcc|g\+\+|c\+\+|clang) ' "$log" | tail -60
        [ "$3" -ne 0 ] || { echo "$name: status $status"; set -- "$1" "$2" 1 "$4" "$5"; }
    fi
    passed=$((passed + $1)) failed=$((failed + $3)) skipped=$((skipped + $5))
    printf '== %-16s %s (%d s)\n' "$name" "$line" $((SECONDS - start))
}

tool() { make -s build/lstmfc && echo "1 passed, 0 failed, 0 skipped"; }
slow() {                                    # tests/slow_NAME.c: what takes too long for make check
    mkdir -p build/tests
    local program=build/tests/$1
    ${CC:-cc} -std=c99 -O2 -ffp-contract=off -w -DLSTMFC_STATIC "tests/$1.c" -o "$program" -lm && "$program"
}

stage tool tool
stage check make --no-print-directory check
stage native make --no-print-directory check-builds
for script in tests/test_*.sh; do
    name=${script#tests/test_}
    stage "${name%.sh}" bash "$script"
done
for file in tests/slow_*.c; do
    [ -f "$file" ] || continue
    name=${file#tests/}
    stage "${name%.c}" slow "${name%.c}"
done
if python=$(sh tests/setup.sh); then
    for file in tests/*.py; do
        name=${file#tests/}
        stage "${name%.py}" "$python" "$file"
    done
else skipped=$((skipped + 1)); fi

echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ]
