#!/usr/bin/env bash
# tests/test_wasm.sh: WebAssembly computes what the native program computes, bit for bit. tests/trace.c natively and wasm/trace.mjs in
# the modules, the scalar one and the one with vectors, print every loss, norm and forecast of two trainings as bits, and length and CRC
# of the model files. Both modules are of the unfused result class: so is the native program under LSTMFC_STRICT or LSTMFC_NO_SIMD.
# Then the test programs run in node: all of them with vectors, of the scalar build those that run the kernels (LSTMFC_ALL=1: all).
set -u
cd "$(dirname "$0")/.."
CC=${CC:-cc}
out=build/wasm
mkdir -p "$out"
results=$out/results
. tests/parallel.sh
warnings="-Wall -Wextra -pedantic -Wshadow -Wconversion -Wsign-conversion -Wdouble-promotion -Wcast-qual -Wstrict-prototypes
          -Wmissing-prototypes -Wundef -Wvla -Werror"

# Without files: the export file compiles natively at the full warning level, and nothing in it opens, reads or writes one.
if $CC -std=c99 -O1 $warnings -c wasm/lstmfc_wasm.c -o "$out/exports.o"; then
    pass "the export file compiles under LSTMFC_NO_STDIO without a warning"
    files=$(nm -u "$out/exports.o" | grep -E ' (f?open|fopen|fclose|fread|fwrite|fflush|f?printf|puts|read|write|close|rename|remove|unlink|fsync|stdin|stdout|stderr)(64)?$')
    if [ -z "$files" ]; then pass "LSTMFC_NO_STDIO leaves no file function"; else fail "LSTMFC_NO_STDIO leaves" $files; fi
else
    fail "the export file compiles under LSTMFC_NO_STDIO without a warning"
fi

command -v node > /dev/null || { skip "the WebAssembly module: no node (package nodejs)"; finish; }
command -v emcc > /dev/null || { skip "the WebAssembly module: no emcc (package emscripten)"; finish; }

compare() {                                 # class, flags of both sides, flags of the native side only
    local name=$1 flags=$2 native=$3 here="$out/$1"
    mkdir -p "$here"
    if ! $CC -std=c99 -O2 -ffp-contract=off $flags $native tests/trace.c -o "$here/trace" -lm; then fail "$name: the native trace compiles"; return; fi
    if ! wasm/build.sh "$here" $flags > "$here/log" 2>&1; then cat "$here/log"; fail "$name: emcc builds the module"; return; fi
    cat "$here/log"
    "$here/trace" csv > "$here/candles.csv" && "$here/trace" --model "$here/native.json" > "$here/native.txt" ||
        { tail -1 "$here/native.txt"; fail "$name: the native trace runs"; return; }
    for kind in scalar simd; do
        module="the $kind module, $name"
        node wasm/trace.mjs "$here/lstmfc-$kind.wasm" "$here/candles.csv" "$here/$kind.json" > "$here/$kind.txt" ||
            { tail -1 "$here/$kind.txt"; fail "$module: runs in node"; continue; }
        if cmp "$here/native.txt" "$here/$kind.txt"; then pass "$module: $(wc -l < "$here/native.txt") lines of losses and forecasts are the same bits in node"
        else diff "$here/native.txt" "$here/$kind.txt" | head -4; fail "$module: losses and forecasts are the same bits"; fi
        if cmp "$here/native.json" "$here/$kind.json"; then pass "$module: the forecaster's model file is the same $(wc -c < "$here/$kind.json") bytes"
        else fail "$module: the forecaster's model file is the same bytes"; fi
    done
}
compare strict -DLSTMFC_STRICT ""
compare default "" -DLSTMFC_NO_SIMD
for kind in scalar simd; do
    imports=$(node -e 'console.log(WebAssembly.Module.imports(new WebAssembly.Module(require("fs").readFileSync(process.argv[1]))).map((i) => i.module + "." + i.name).join(" "))' "$out/default/lstmfc-$kind.wasm")
    if [ "$imports" = env.emscripten_notify_memory_growth ]; then pass "the $kind module imports nothing but the note of memory growth"
    else fail "the $kind module imports: $imports"; fi
done
slow=$(node wasm/trace.mjs "$out/default/lstmfc-scalar.wasm" --speed) fast=$(node wasm/trace.mjs "$out/default/lstmfc-simd.wasm" --speed)
if [ -n "$slow" ] && [ -n "$fast" ]; then
    echo "training, 100 batches: $slow ms by the scalar module, $fast ms by the SIMD module: $(awk "BEGIN { printf \"%.1f\", $slow / $fast }") times as fast"
    pass "both modules train for the comparison of speed"
else fail "both modules train for the comparison of speed"; fi

# ---- the test programs, files and all, in node; there are no threads and no fork: what needs one says so and is skipped ----
export LSTMFC_QUICK=1
units=$out/units
mkdir -p "$units/simd" "$units/scalar"
echo "Module['preRun'] = () => Object.assign(ENV, process.env);" > "$units/environment.js"
unit() {                                    # test, folder, compiler and flags: FOLDER/TEST runs its module
    local test=$1 folder=$2
    shift 2
    rm -f "$folder/$test"
    build "$test" "$folder/$test.js" "$folder/library.o" "$@" -sNODERAWFS -sALLOW_MEMORY_GROWTH -sINITIAL_MEMORY=64MB -sEXIT_RUNTIME \
        -sWASM_ASYNC_COMPILATION=0 --pre-js "$units/environment.js" || return
    printf '#!/bin/sh\nexec node "$0.js"\n' > "$folder/$test"
    chmod +x "$folder/$test"
}
units() {                                   # kind, flags, tests
    local kind=$1 flags=$2 folder=$units/$1 test
    shift 2
    library "$folder/library.o" emcc -std=c99 -O1 -ffp-contract=off -w $flags -DLSTMFC_STATIC
    for test; do room; unit "$test" "$folder" emcc -std=c99 -O1 -ffp-contract=off -w $flags -DLSTMFC_STATIC & done
    wait
    sh tests/run.sh "${@/#/$folder/}" | tee "$folder/log" | sed "s/^test_/the $kind build, test_/"
    read -r ok _ bad _ left _ < <(tail -1 "$folder/log")
    yes ok | head -n "$ok" >> "$results"; yes FAIL | head -n "$bad" >> "$results"; yes skip | head -n "$left" >> "$results"
}
all=$(cd tests && ls test_*.c | sed 's/\.c$//')
kernels="test_simd test_matrix test_lstm test_dense test_features"
units simd -msimd128 $all
[ -n "${LSTMFC_ALL:-}" ] && kernels=$all
units scalar "" $kernels
finish
