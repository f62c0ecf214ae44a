#!/usr/bin/env bash
# tests/test_cross.sh: the same results on other machines. First the determinism trace (tests/trace.c): every build with LSTMFC_STRICT
# prints the same bits and writes the same model file, whatever the compiler, level and machine, and so does every build without it
# that has vector kernels of the fused class (AVX2, AVX-512, NEON). Then the test programs themselves: on i686 (32 bits) all of them,
# on s390x (big-endian) those where the order of bytes or text could matter, on aarch64 those that run the kernels. Foreign programs run
# under qemu-user (i686 runs as it is on x86-64).
#     TESTS="test_json test_series" tests/test_cross.sh     only these programs, on all three
set -u
cd "$(dirname "$0")/.."
out=build/cross
mkdir -p "$out"
results=$out/results
. tests/parallel.sh
export LSTMFC_QUICK=1                       # heavy tests take fewer rounds

# ---- the trace ----
have gcc || { skip "everything: no gcc (package gcc)"; finish; }
reference() {                               # class, flags: gcc -O2 on this machine
    local file=$out/reference-$1
    if gcc -std=c99 -O2 $2 tests/trace.c -o "$file" -lm && "$file" --model "$file.json" > "$file.txt"; then
        echo "reference, $1: gcc -O2, $(wc -l < "$file.txt") lines, $(tail -1 "$file.txt")"
    else tail -1 "$file.txt"; fail "the reference, $1 (gcc -O2)"; finish; fi
}
reference strict -DLSTMFC_STRICT
reference fused ""

trace() {                                   # class, name, runner, packages, compiler and flags
    local class=$1 name="$1 $2" runner=$3 packages=$4 file reference=$out/reference-$1
    shift 4
    [ "$class" = strict ] && set -- "$@" -DLSTMFC_STRICT
    file=$out/trace-$(echo "$name" | tr ' ' '-')
    if ! have "$1"; then skip "trace $name: no $1 (package $packages)"; return; fi
    if [ -n "$runner" ] && ! have "$runner"; then skip "trace $name: no $runner (package qemu-user)"; return; fi
    if ! "$@" tests/trace.c -o "$file" -lm > "$file.log" 2>&1; then cat "$file.log"; fail "trace $name: does not compile"; return; fi
    if ! $runner "$file" --model "$file.json" > "$file.txt" 2>&1; then tail -1 "$file.txt"; fail "trace $name: does not run"; return; fi
    if cmp "$file.txt" "$reference.txt" && cmp "$file.json" "$reference.json"; then pass "trace $name"
    else diff "$reference.txt" "$file.txt" | head -2; fail "trace $name: not the same bits"; fi
}
i686="i686-linux-gnu-gcc -static -msse2 -mfpmath=sse"
i686_packages="gcc-i686-linux-gnu libc6-dev-i386-cross"
s390x_packages="gcc-s390x-linux-gnu libc6-dev-s390x-cross"
aarch64_packages="gcc-aarch64-linux-gnu libc6-dev-arm64-cross"
while read -r name options; do
    room; eval "trace strict \"$(echo "$name" | tr '_' ' ')\" $options" &
done << LIST
gcc_-O0                     "" gcc   gcc -std=c99 -O0
gcc_-O3                     "" gcc   gcc -std=c99 -O3
gcc_-O2_-march=native_gnu   "" gcc   gcc -std=gnu11 -O2 -march=native
g++_-O2_-march=native_gnu   "" g++   g++ -x c++ -std=gnu++17 -O2 -march=native
clang_-O0                   "" clang clang -std=c99 -O0
clang_-O3                   "" clang clang -std=c99 -O3
clang_-O2_-march=native_gnu "" clang clang -std=gnu11 -O2 -march=native
i686_-O0                    "" "$i686_packages" $i686 -std=c99 -O0
i686_-O3_gnu                "" "$i686_packages" $i686 -std=gnu11 -O3
s390x_-O0                   qemu-s390x  "$s390x_packages" s390x-linux-gnu-gcc -static -std=c99 -fexcess-precision=fast -O0
s390x_-O3_gnu               qemu-s390x  "$s390x_packages" s390x-linux-gnu-gcc -static -std=gnu11 -O3
aarch64_-O0                 qemu-aarch64 "$aarch64_packages" aarch64-linux-gnu-gcc -static -std=c99 -O0
aarch64_-O3_gnu             qemu-aarch64 "$aarch64_packages" aarch64-linux-gnu-gcc -static -std=gnu11 -O3
armhf_-O2_gnu               qemu-arm     "gcc-arm-linux-gnueabihf libc6-dev-armhf-cross" arm-linux-gnueabihf-gcc -static -std=gnu11 -O2
riscv64_-O2_gnu             qemu-riscv64 "gcc-riscv64-linux-gnu libc6-dev-riscv64-cross" riscv64-linux-gnu-gcc -static -std=gnu11 -O2
ppc64le_-O2_gnu             qemu-ppc64le "gcc-powerpc64le-linux-gnu libc6-dev-ppc64el-cross" powerpc64le-linux-gnu-gcc -static -std=gnu11 -O2
gcc_-O2_without_kernels     "" gcc   gcc -std=c99 -O2 -DLSTMFC_NO_SIMD
LIST
printf '#define LSTMFC_IMPLEMENTATION\n#include "lstmfc.h"\nint main(void) { return puts(lstmfc_build_info()) < 0; }\n' > "$out/info.c"
gcc -I. "$out/info.c" -o "$out/info" -lm
if "$out/info" | grep -q "class fused"; then
    while read -r name options; do
        room; eval "trace fused \"$(echo "$name" | tr '_' ' ')\" $options" &
    done << LIST
gcc_-O0                     "" gcc   gcc -std=c99 -O0
gcc_-O3_-march=native_gnu   "" gcc   gcc -std=gnu11 -O3 -march=native
g++_-O2_-march=native_gnu   "" g++   g++ -x c++ -std=gnu++17 -O2 -march=native
clang_-O2                   "" clang clang -std=c99 -O2
clang_-O3_-march=native_gnu "" clang clang -std=gnu11 -O3 -march=native
i686_-O2                    "" "$i686_packages" $i686 -std=c99 -O2
aarch64_-O0                 qemu-aarch64 "$aarch64_packages" aarch64-linux-gnu-gcc -static -std=c99 -O0
aarch64_-O3_gnu             qemu-aarch64 "$aarch64_packages" aarch64-linux-gnu-gcc -static -std=gnu11 -O3
LIST
else skip "trace of the fused class: this processor has no AVX2 ($("$out/info"))"; fi

# ---- the test programs ----
program() {                                 # machine, runner, test, compiler and flags
    local machine=$1 runner=$2 test=$3 file=$out/$1-$3
    shift 3
    if ! build "$test" "$file" "$out/$machine.o" "$@" > "$file.log" 2>&1; then cat "$file.log"; fail "$machine $test: does not compile"; return; fi
    run_program "$machine $test" "$file" "$runner"
}
programs() {                                # machine, runner, packages, tests, compiler and flags
    local machine=$1 runner=$2 packages=$3 tests=$4 test
    shift 4
    if ! have "$1"; then skip "tests on $machine: no $1 (package $packages)"; return; fi
    if [ -n "$runner" ] && ! have "$runner"; then skip "tests on $machine: no $runner (package qemu-user)"; return; fi
    set -- "$@" -w -O1 -DLSTMFC_STATIC
    library "$out/$machine.o" "$@"
    for test in $tests; do
        room; program "$machine" "$runner" "$test" "$@" &
    done
}
all=$(cd tests && ls test_*.c | sed 's/\.c$//')
bytes="test_result test_memory test_numbers test_json test_series test_features test_model_file test_training test_forecaster test_lookahead"
kernels="test_simd test_matrix test_lstm test_dense test_training"
programs i686 "" "$i686_packages" "${TESTS:-$all}" $i686 -std=c99
programs s390x qemu-s390x "$s390x_packages" "${TESTS:-$bytes}" s390x-linux-gnu-gcc -static -std=c99 -fexcess-precision=fast
programs aarch64 qemu-aarch64 "$aarch64_packages" "${TESTS:-$kernels}" aarch64-linux-gnu-gcc -static -std=c99
finish
