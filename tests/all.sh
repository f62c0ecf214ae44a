#!/usr/bin/env bash
# tests/all.sh (make test): every stage, two at a time, each with its own log under build/log and a last line of its own; then
# the sum. What is missing on this machine is a skip that names the package.
set -u
cd "$(dirname "$0")/.."
mkdir -p build/log
rm -f build/log/*.end
passed=0 failed=0 skipped=0
count='^[0-9]+ passed, [0-9]+ failed, [0-9]+ skipped$'

# `start` runs a stage, `finish` says what it found.
start() {                                   # name, then the command
    local name=$1 status=0 begun=$SECONDS
    shift
    "$@" > "build/log/$name.log" 2>&1 < /dev/null || status=$?
    echo "$status $((SECONDS - begun))" > "build/log/$name.end"
}

finish() {
    local name=$1 log=build/log/$1.log status took line
    read -r status took < "build/log/$name.end"
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
    printf '== %-16s %s (%d s)\n' "$name" "$line" "$took"
}

tool() { make -s build/lstmfc && echo "1 passed, 0 failed, 0 skipped"; }
slow() {                                    # tests/slow_NAME.c: what takes too long for make check
    mkdir -p build/tests
    local program=build/tests/$1
    ${CC:-cc} -std=c99 -O2 -ffp-contract=off -w -DLSTMFC_STATIC "tests/$1.c" -o "$program" -lm && "$program"
}

stage() { start "$@"; finish "$1"; }

stage tool tool
stage check make --no-print-directory check

# The rest two at a time, the long ones first; what they share (the tool, the Python) is there before.
python=$(sh tests/setup.sh) || skipped=$((skipped + 1))
stages=("native make --no-print-directory check-builds")
for script in tests/test_{sanitize,cross,form,valgrind,compile,exercises,wasm}.sh tests/slow_*.c tests/test_*.sh; do
    name=${script##*/}
    case $name in
    slow_*) name=${name%.c}; stage="$name slow $name" ;;
    *) name=${name#test_}; name=${name%.sh}; stage="$name bash $script" ;;
    esac
    case " ${stages[*]} " in *" $stage "*) ;; *) stages+=("$stage") ;; esac
done
if [ -n "$python" ]; then
    for file in tests/*.py; do
        name=${file#tests/}
        stages+=("${name%.py} $python $file")
    done
fi
for each in "${stages[@]}"; do
    while [ "$(jobs -rp | wc -l)" -ge 2 ]; do wait -n; done
    start $each &
done
wait
for each in "${stages[@]}"; do finish "${each%% *}"; done

echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ]
