#!/usr/bin/env bash
# tests/test_export.sh [TOOL]: networks and forecasters as C for devices. Exported code against `lstmfc infer` and the library's own forecasts, bit
# by bit: networks of every kind of layer and drawn ones, compiled by tcc, gcc in gnu mode with -march=native, under sanitizers and for
# other machines; no warning at the project's level; no writable data, no C library but memcpy and memcmp; the self-test finds what is wrong.
# COUNT=N networks (65).
set -u
cd "$(dirname "$0")/.."
[ $# -gt 0 ] || make -s build/lstmfc || exit 1
tool=$(realpath "${1:-build/lstmfc}")
out=build/export
rm -rf "$out"; mkdir -p "$out"
results=$PWD/$out/results
. tests/parallel.sh
here=$PWD
cd "$out" || exit 1
export SOURCE_DATE_EPOCH=1700000000
warnings="-Wall -Wextra -pedantic -Wshadow -Wconversion -Wsign-conversion -Wdouble-promotion -Wcast-qual -Wundef -Wvla -Werror"
c99="-std=c99 -Wstrict-prototypes -Wmissing-prototypes"
expect() {                                  # exit code, pattern in what it prints, name, command
    local wanted=$1 pattern=$2 name=$3 code=0 text
    shift 3
    text=$("$@" 2>&1 < /dev/null) || code=$?
    if [ "$code" -ne "$wanted" ]; then fail "$name: exit $code, not $wanted: $(printf '%s' "$text" | tail -1)"
    elif ! printf '%s' "$text" | grep -Eq -e "$pattern"; then fail "$name: no /$pattern/ in: $(printf '%s' "$text" | tail -2)"
    else pass "$name"; fi
}
have gcc || { skip "everything: no gcc (package gcc)"; finish; }

# ---- networks: every window of a file of rows, and its steps
count=${COUNT:-65}
for i in $(seq 0 $((count - 1))); do mkdir -p "$i"; done
gcc -std=c99 -O1 -w "$here/tests/export_networks.c" -o networks -lm && ./networks . "$count" > networks.txt || { fail "the networks"; finish; }
exported() {                                # number: the header, and what infer says. The unfused class is the scalar loops of any build.
    "$tool" infer --simd scalar --model "$1/model.json" --input "$1/rows.csv" --out "$1/out.csv" > "$1/log" 2>&1 || { fail "$(network "$1"): infer: $(tail -1 "$1/log")"; return 1; }
    "$tool" export --model "$1/model.json" --name m --out "$1/m.h" > "$1/log" 2>&1 || { fail "$(network "$1"): $(tail -1 "$1/log")"; return 1; }
}
network() { sed -n "$(($1 + 1))p" networks.txt; }
steps() { if grep -q '^void m_step(' "$1/m.h"; then echo -DSTEPS; fi; }
driven() {                                  # number, name, runner, compiler and flags; says nothing when all is well
    local number=$1 name=$2 runner=$3 file=$1/driver-$2 said
    shift 3
    "$@" $(steps "$number") -I"$number" "$here/tests/export_driver.c" -o "$file" > "$file.log" 2>&1 || { fail "$(network "$number"): $name: $(head -1 "$file.log")"; return 1; }
    said=$($runner "$file" "$number/rows.csv" "$number/out.csv" 2>&1) || { fail "$(network "$number"): $name: $said"; return 1; }
}
compilers() {
    exported "$1" || return
    if have tcc; then driven "$1" tcc "" tcc -w || return; fi
    driven "$1" native "" gcc -std=gnu11 -O2 -march=native -w || return
    if [ $(($1 % 4)) -eq 0 ]; then driven "$1" sanitized "" gcc -std=c99 -O1 -g -w -fsanitize=address,undefined -fno-sanitize-recover=all || return; fi
    pass "$(network "$1")"
}
have tcc || skip "networks with tcc (package tcc)"
for i in $(seq 0 $((count - 1))); do room; compilers "$i" & done
wait
"$tool" train --help | sed -n '/^Layers/,/^$/s/^  \([a-z_]*\) takes .*/\1/p' > kinds
bad=$(while read -r kind; do grep -qE "[ |]$kind( |\$)" networks.txt || echo "$kind"; done < kinds)
[ -s kinds ] && [ -z "$bad" ] && pass "every kind of layer ($(tr '\n' ' ' < kinds | sed 's/ $//'))" || fail "kinds of layers that no network here has: $bad"

# ---- form: warnings, names, what it asks of the machine
printf '#define M_IMPLEMENTATION\n#include "m.h"\n' > all.c
printf '#include "m.h"\n#include "m.h"\n' > only.c
warned() {                                  # compiler and flags
    local name=${1%% *}
    for i in 1 2 3 5 7 11 14 20; do
        for source in all.c only.c "-DM_NO_SELF_TEST all.c"; do
            $1 $warnings -O2 -I"$i" -c $source -o "warned-$name.o" > "warned-$name.log" 2>&1 || { fail "$1: $(network "$i"): $(grep -m1 -E 'warning|error' "warned-$name.log")"; return; }
        done
    done
    pass "no warning: $1"
}
for compiler in "gcc $c99" "clang $c99" "g++ -std=c++11 -x c++" "clang++ -std=c++11 -x c++"; do
    have "${compiler%% *}" || { skip "warnings of ${compiler%% *} (package ${compiler%%[+ ]*})"; continue; }
    room; warned "$compiler" &
done
wait
gcc -std=c99 -Os -I2 -c all.c -o all.o
foreign=$(nm -u all.o | awk '{ print $2 }' | grep -vxE 'mem(cpy|cmp|set)|__stack_chk_fail|_GLOBAL_OFFSET_TABLE_' | tr '\n' ' ')
[ -z "$foreign" ] && pass "it calls memcpy and memcmp alone" || fail "it calls $foreign"
leak=$(nm -g --defined-only all.o | awk '{ print $3 }' | grep -v '^m_[a-z]' | tr '\n' ' ')
[ -z "$leak" ] && pass "external names begin with the model's" || fail "external names: $leak"
data=$(size -A all.o | awk '$1 ~ /^\.(data|bss|tdata|tbss)/ && $2 > 0 { print $1, $2 }')
[ -z "$data" ] && pass "no writable data" || fail "writable data: $data"
"$tool" export --model 2/model.json --name m > again.h 2> /dev/null
cmp -s again.h 2/m.h && pass "the same bytes twice, and on stdout" || fail "the same bytes twice, and on stdout"
"$tool" export --model 3/model.json --name other_1 --out other.h > /dev/null
printf '#define M_IMPLEMENTATION\n#include "2/m.h"\n#define OTHER_1_IMPLEMENTATION\n#include "other.h"\nstatic m_state a; static other_1_state b;\nint main(void) { return m_self_test(&a) + other_1_self_test(&b); }\n' > two.c
gcc $c99 $warnings -O2 two.c -o two && ./two && pass "two models in one program" || fail "two models in one program"
"$tool" export --model 2/model.json --name m --json --out json.h > json.txt
said=$(grep -o '"state_bytes":[0-9]*' json.txt | tr -dc 0-9)
printf '#include "2/m.h"\n#include <stdio.h>\nint main(void) { printf("%%d", (int)sizeof(m_state)); return 0; }\n' > size.c
gcc size.c -o size && [ "$(./size)" = "$said" ] && pass "the size of the state is as it says ($said bytes)" || fail "the size of the state: $(./size), says $said"

# ---- the self-test, and what keeps the bits
run_driver() { ./"$1" 0/rows.csv 0/out.csv; }
mkdir -p broken
broken() {                                  # name, what it says, edit, flags
    local name=$1 wanted=$2 edit=$3
    shift 3
    sed "$edit" 0/m.h > broken/m.h
    cmp -s 0/m.h broken/m.h && [ "$edit" != "" ] && { fail "self-test: $name: the edit does nothing"; return; }
    gcc -std=gnu11 -O2 -w "$@" -DSTEPS -Ibroken "$here/tests/export_driver.c" -o broken/driver || { fail "self-test: $name: does not compile"; return; }
    if broken/driver 0/rows.csv 0/out.csv > broken/said; then fail "self-test: $name: not found"
    elif grep -q "self-test says $wanted" broken/said; then pass "self-test: $name is found"; else fail "self-test: $name: $(cat broken/said)"; fi
}
broken "another weight" 2 '0,/^    -*[0-9.e-]*f, /s/^    -*[0-9.e-]*f, /    0.25f, /'
broken "a state that is not kept" 3 's/m->steps = 1;/m->steps = 0;/'
broken "a step that forgets nothing" 3 's/^void m_reset(m_state \*m) {.*/void m_reset(m_state *m) { (void)m; }/'
if grep -qw fma /proc/cpuinfo 2> /dev/null; then
    broken "fused products" 1 '/fp-contract=off/d' -march=native -ffp-contract=fast
    if have clang; then                     # of which -ffp-contract=fast is stronger than the pragma
        clang -O2 -march=native -ffp-contract=fast -w -DSTEPS -I0 "$here/tests/export_driver.c" -o fused && ./fused 0/rows.csv 0/out.csv > fused.txt
        grep -q "self-test says 1" fused.txt && pass "self-test: clang -ffp-contract=fast is found" || fail "self-test: clang -ffp-contract=fast: $(cat fused.txt)"
    else skip "self-test: clang -ffp-contract=fast (package clang)"; fi
else skip "self-test: fused products (this processor has none)"; fi
printf '#include "0/m.h"\n#define M_IMPLEMENTATION\n#include "0/m.h"\n#include <xmmintrin.h>\nstatic m_state m;\nint main(void) { _mm_setcsr(_mm_getcsr() | 0x8040u); return m_self_test(&m) != 1; }\n' > flushed.c
case $(uname -m) in x86_64 | i?86) gcc -O1 flushed.c -o flushed && ./flushed && pass "self-test: small numbers taken for zero are found" || fail "self-test: small numbers taken for zero" ;; esac
for flag in -ffast-math -ffinite-math-only -fassociative-math\ -fno-signed-zeros\ -fno-trapping-math; do
    if gcc $flag -I0 -c all.c -o fast.o > fast.log 2>&1; then fail "$flag compiles"; elif grep -q "needs IEEE arithmetic" fast.log; then pass "$flag is refused"; else fail "$flag: $(head -1 fast.log)"; fi
done

# ---- forecasters: from the features on
"$tool" synth --bars 600 --seed 5 --out candles.csv > /dev/null
gcc -std=c99 -O1 -w -DLSTMFC_IMPLEMENTATION -x c -c "$here/lstmfc.h" -o library.o
some="log_return(close), rsi(14)/100, volume/sma(volume,20)"
forecaster() {                              # name, flags of train
    local d=f-$1 flags="" said
    mkdir -p "$d"
    shift
    "$tool" train --csv candles.csv --window 8 --epochs 1 --progress none "$@" --out "$d/model.json" > "$d/log" 2>&1 || { fail "$d: $(tail -1 "$d/log")"; return; }
    "$tool" export --model "$d/model.json" --name m --out "$d/m.h" > "$d/log" 2>&1 || { fail "$d: $(tail -1 "$d/log")"; return; }
    grep -q "m_normalise(const" "$d/m.h" && flags="-DNORMALISE"
    grep -q "^void m_answers(" "$d/m.h" && flags="$flags -DANSWERS"
    grep -q "double \*last, double" "$d/m.h" && flags="$flags -DLAST"
    gcc $c99 $warnings -O2 -I"$d" -c all.c -o "$d/warned.o" > "$d/log" 2>&1 || { fail "$d: $(grep -m1 -E 'warning|error' "$d/log")"; return; }
    gcc -std=gnu11 -O2 -march=native -w -I"$d" $flags "$here/tests/export_forecaster.c" library.o -o "$d/program" -lm -lpthread > "$d/log" 2>&1 || { fail "$d: $(head -1 "$d/log")"; return; }
    said=$("$d/program" "$d/model.json" candles.csv) && pass "forecaster ${d#f-}: $said" || fail "forecaster ${d#f-}: $said"
}
while read -r name flags; do room; eval "forecaster $name $flags" & done << 'LIST'
direction --target direction --features "$some" --model "lstm 5 | dense 1 sigmoid"
price --target price --features "$some" --model "gru 5 | dense 1" --scaler robust
returns --target return --horizon 1,4,12 --features "$some" --model "lstm 5 | dense 3" --winsor 3
volatility --target volatility --horizon 4 --features "$some" --model "lstm 5 | dense 1" --scaler minmax
level --target price_level --features "close, volume" --model "lstm 5 | dense 1" --scaler log
ratio --target price_level --features "close, volume+1" --model "lstm 5 | dense 1" --scaler window
changes --target "close, high" --horizon 1,3 --features "close, high" --model "lstm 5 | dense 4" --norm last
quantiles --target return --horizon 1,4 --features "$some" --model "lstm 5 | dense 10" --loss pinball --quantiles 0.05,0.25,0.5,0.75,0.95
gaussian --target return --features "$some" --model "lstm 5 | dense 2" --loss gaussian --scaler none
rolling --target rolling_volatility --features "$some" --model "bilstm 5 | attention 4 | layernorm | dense 1"
LIST
wait

# ---- the functions themselves, over all floats and a million doubles
mkdir -p functions
./networks --one functions/model.json "lstm 2 seq | gru 2 seq | dense 2 relu | dense 2 swish | dense 2 gelu | dense 2 softplus | dense 2 softmax | layernorm" 2 2 > /dev/null
"$tool" export --model functions/model.json --name m --out functions/m.h > /dev/null && "$tool" export --model f-level/model.json --name n --out functions/n.h > /dev/null
if gcc -std=c99 -O2 -ffp-contract=off -w -Ifunctions "$here/tests/export_functions.c" -o functions/program -lm -lpthread > functions/log 2>&1 && functions/program > functions/log
then pass "exp, tanh, erf and kin are the library's: $(cat functions/log)"; else fail "exp, tanh, erf and kin: $(tail -1 functions/log)"; cat functions/log; fi

# ---- other machines
other() {                                   # machine, runner, packages, compiler and flags
    local machine=$1 runner=$2 packages=$3 bad=0
    shift 3
    have "$1" || { skip "networks on $machine: no $1 (package $packages)"; return; }
    [ -z "$runner" ] || have "$runner" || { skip "networks on $machine: no $runner (package qemu-user)"; return; }
    for i in 0 1 2 3 4 5 7 14 16; do driven "$i" "$machine" "$runner" "$@" -w || bad=1; done
    [ $bad -eq 0 ] && pass "networks on $machine"
}
room; other i686 "" "gcc-i686-linux-gnu libc6-dev-i386-cross" i686-linux-gnu-gcc -static -msse2 -mfpmath=sse -std=gnu11 -O2 &
room; other s390x qemu-s390x "gcc-s390x-linux-gnu libc6-dev-s390x-cross" s390x-linux-gnu-gcc -static -std=gnu11 -O2 &
room; other aarch64 qemu-aarch64 "gcc-aarch64-linux-gnu libc6-dev-arm64-cross" aarch64-linux-gnu-gcc -static -std=gnu11 -O2 &
wait

# ---- a Cortex-M4F and a Cortex-M7, under QEMU: the same bits; what a network takes there
device="-std=gnu11 -mthumb -mfloat-abi=hard -O2 -ffunction-sections -fdata-sections -nostartfiles -T $here/examples/embedded/mps2.ld -Wl,--gc-sections"
core() {                                    # m4, m7: the compiler and its flags
    case $1 in m4) echo "arm-none-eabi-gcc -mcpu=cortex-m4 -mfpu=fpv4-sp-d16 $device" ;; m7) echo "arm-none-eabi-gcc -mcpu=cortex-m7 -mfpu=fpv5-d16 $device" ;; esac
}
board() {                                   # m4, m7, program
    local machine=mps2-an386
    [ "$1" = m7 ] && machine=mps2-an500
    timeout 120 qemu-system-arm -machine $machine -nographic -monitor none -serial none -semihosting-config enable=on,target=native -icount shift=0 \
        -kernel "$2" 2>&1
}
on_device() {                               # m4, m7, folder of m.h, name, flags; prints what the program says
    local core=$1 folder=$2 name=$3
    shift 3
    $(core "$core") $warnings "$@" $(steps "$folder") -I"$folder" "$here/tests/export_device.c" "$here/examples/embedded/start.c" -o "$folder/$core-$name.elf" \
        > "$folder/$core-$name.log" 2>&1 || { grep -m1 -E 'error|warning|region' "$folder/$core-$name.log"; return 1; }
    [ "$name" = size ] || [ "$name" = empty ] || board "$core" "$folder/$core-$name.elf"
}
flash() { arm-none-eabi-size "$1" | awk 'NR == 2 { print $1 + $2 }'; }
device_networks() {                         # m4, m7
    local said bad=0
    for i in 0 1 2 3 4 5 6 7 11 14 16 21 25 29; do
        [ -d "$i" ] || continue
        said=$(on_device "$1" "$i" test) || { fail "$(network "$i") on a Cortex-${1^}: $said"; bad=1; }
    done
    said=$(cd f-gaussian && on_device "$1" . test) || { fail "a forecaster on a Cortex-${1^}: $said"; bad=1; }
    [ $bad -eq 0 ] && pass "14 networks and a forecaster on a Cortex-${1^}: the same bits"
    said=$(on_device "$1" 0 fused -ffp-contract=fast)       # the pragma is stronger than the flag
    [ $? -eq 0 ] || fail "-ffp-contract=fast on a Cortex-${1^}: $said"
    mkdir -p "fused-$1"
    sed '/fp-contract=off/d' 0/m.h > "fused-$1/m.h"
    said=$(on_device "$1" "fused-$1" test -ffp-contract=fast)
    case $said in "self-test 1 "*) pass "fused products on a Cortex-${1^} are found" ;; *) fail "fused products on a Cortex-${1^}: $said" ;; esac
}
takes() {                                   # name, layers, inputs, window
    local d=size-$1 said
    mkdir -p "$d"
    ./networks --one "$d/model.json" "$2" "$3" "$4" > "$d/log" && "$tool" export --model "$d/model.json" --name m --out "$d/m.h" > "$d/log" || { fail "$2: $(tail -1 "$d/log")"; return; }
    for core in m4 m7; do
        on_device $core "$d" size -DSIZED -DM_NO_SELF_TEST > "$d/log" && on_device $core "$d" empty -DEMPTY > "$d/log" || { fail "$2: $(cat "$d/log")"; return; }
        said=$(on_device $core "$d" test) || { fail "$2 on a Cortex-${core^}: $said"; return; }
        echo "        Cortex-${core^}: flash $(($(flash "$d/$core-size.elf") - $(flash "$d/$core-empty.elf"))) bytes, of which $(sed -n 's/.* bytes, all it ever needs beside some stack; constants: \([0-9,]*\) bytes/\1/p' "$d/m.h") constants; ${said#self-test 0 }" >> "$d/table"
    done
    pass "$2, windows of $4 rows of $3"
    cat "$d/table"
}
example() {                                 # the device says what lstmfc predict says, and this machine
    local said
    mkdir -p example
    "$tool" synth --bars 1000 --seed 1 --out example/candles.csv > /dev/null
    "$tool" train --csv example/candles.csv --window 24 --model "lstm 16 | dense 1 sigmoid" --epochs 3 --progress none --out example/model.json \
        --features "close/lag(close,1) - 1, (high - low)/close, (close - open)/open" > example/log 2>&1 || { fail "examples/embedded.c: train: $(tail -1 example/log)"; return; }
    "$tool" export --model example/model.json --to c --out example/model.h > /dev/null
    tail -40 example/candles.csv | awk -F, '{ print "{" $2 ", " $3 ", " $4 ", " $5 "}," }' > example/bars.h
    for compiler in "gcc $c99" "clang $c99" "g++ -std=c++11 -x c++"; do
        have "${compiler%% *}" || { skip "examples/embedded.c with ${compiler%% *} (package ${compiler%%[+ ]*})"; continue; }
        $compiler $warnings -O2 -Iexample "$here/examples/embedded.c" -o "example/${compiler%% *}" > example/log 2>&1 || { fail "examples/embedded.c: ${compiler%% *}: $(grep -m1 -E 'error|warning' example/log)"; return; }
        "example/${compiler%% *}" > "example/${compiler%% *}.txt" || { fail "examples/embedded.c: ${compiler%% *}: $(tail -1 "example/${compiler%% *}.txt")"; return; }
    done
    said=$("$tool" predict --simd scalar --model example/model.json --csv example/candles.csv --json | grep -o '"probability_up": *[0-9.]*' | tr -dc '0-9.')
    tail -1 example/gcc.txt | grep -q "bar   40: $(printf %.6f "$said")" && pass "examples/embedded.c says what lstmfc predict says ($said)" || fail "examples/embedded.c: $(tail -1 example/gcc.txt), but lstmfc predict: $said"
    [ "$(wc -l < example/gcc.txt)" -eq 16 ] || fail "examples/embedded.c: $(wc -l < example/gcc.txt) lines, not 16"
    for core in $cores; do
        $(core "$core") $warnings -DBOARD -Iexample "$here/examples/embedded.c" "$here/examples/embedded/start.c" -o example/$core.elf > example/log 2>&1 || { fail "examples/embedded.c: Cortex-${core^}: $(grep -m1 -E 'error|warning' example/log)"; return; }
        board $core example/$core.elf > example/$core.txt
        cmp -s example/$core.txt example/gcc.txt && pass "examples/embedded.c on a Cortex-${core^}: the same output; $(arm-none-eabi-size example/$core.elf | awk 'NR == 2 { print $1 + $2 " bytes of flash, " $2 + $3 " of RAM" }')" || fail "examples/embedded.c on a Cortex-${core^}: $(tail -1 example/$core.txt)"
    done
}
cores="m4 m7"
for program in arm-none-eabi-gcc:gcc-arm-none-eabi qemu-system-arm:qemu-system-arm; do have "${program%%:*}" || { skip "a Cortex-M4F and M7: no ${program%%:*} (package ${program#*:})"; cores=; }; done
if [ -n "$cores" ] && ! echo '#include <string.h>' | arm-none-eabi-gcc -E - > /dev/null 2>&1; then skip "a Cortex-M4F and M7: no string.h (package libnewlib-arm-none-eabi)"; cores=; fi
for core in $cores; do room; device_networks $core & done
room; example &
wait
if [ -n "$cores" ]; then
    takes small "lstm 8 | dense 1 sigmoid" 3 24
    takes gru "gru 16 | dense 1" 3 24
    takes weather "lstm 32 | dense 1" 7 120
    takes start "lstm 64 | dropout 0.3 | lstm 32 | dense 16 relu | dense 1 sigmoid" 8 24
fi

# ---- what is refused
expect 2 "model is needed" "no model" "$tool" export --to c
expect 2 "names in C begin with a letter" "a name that is none" "$tool" export --model 0/model.json --name 1st
expect 2 "names in C begin with a letter" "a name with a dash" "$tool" export --model 0/model.json --name my-model
expect 2 "at most 40" "a name that is too long" "$tool" export --model 0/model.json --name "$(printf '%050d' 0 | tr 0 n)"
expect 2 "belong to the compiler" "a name with two underscores" "$tool" export --model 0/model.json --name a__b
expect 2 "are the library's" "a name of the library" "$tool" export --model 0/model.json --name lstmfc_model
expect 2 "onnx" "another format" "$tool" export --model 0/model.json --to onnx
expect 4 "" "no model file" "$tool" export --model none.json
expect 4 "" "a CSV for a model" "$tool" export --model candles.csv
expect 2 "is the file of --model" "over its model" "$tool" export --model 0/model.json --out 0/model.json
expect 1 "no such file or directory" "into no folder" "$tool" export --model 0/model.json --out none/m.h
expect 2 "json" "--json needs --out" "$tool" export --model 0/model.json --json
"$tool" ensemble --models f-direction/model.json,f-direction/model.json --csv candles.csv --out both.json > /dev/null 2>&1
expect 1 "is an ensemble: export its members" "an ensemble" "$tool" export --model both.json
mkdir -p foreign
grep -v '^#' candles.csv | sed '1s/volume/*\/ #error @ $ ??\//' > foreign.csv
"$tool" train --csv foreign.csv --features "all_columns, log_return(close)" --model "lstm 2 | dense 1 sigmoid" --epochs 1 --progress none --out foreign.json > foreign/log 2>&1
"$tool" export --model foreign.json --name m --out foreign/m.h > /dev/null
gcc $c99 $warnings -Iforeign -c all.c -o foreign.o && pass "what a file says stays in the comment" || fail "what a file says stays in the comment"
finish
