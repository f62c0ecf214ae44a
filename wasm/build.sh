#!/bin/sh
# wasm/build.sh [OUT-DIRECTORY] [EXTRA COMPILER FLAGS]: the stand-alone WebAssembly modules. No generated JavaScript.
#   lstmfc-scalar.wasm  runs everywhere
#   lstmfc-simd.wasm    the same results, bit for bit, several times faster where the browser has vectors of 128 bits (all since 2023)
#   lstmfc-predict.wasm lstmfc-simd.wasm without training and backtest
# Made small (-Oz): the kernels are written out in vectors and lose nothing.
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
out=${1:-$root/build/wasm}
[ $# -gt 0 ] && shift
mkdir -p "$out"
for kind in scalar simd predict; do
    flags=
    [ $kind = scalar ] || flags="-msimd128 -mbulk-memory"      # an engine with vectors has memory.fill; libc's at -Oz goes byte by byte
    [ $kind = predict ] && flags="$flags -DLSTMFC_WASM_PREDICT"
    emcc -std=c99 -Oz -ffp-contract=off -DNDEBUG -DLSTMFC_NO_STDIO -DLSTMFC_NO_THREADS $flags "$@" \
        -sSTANDALONE_WASM --no-entry -sMALLOC=emmalloc -sALLOW_MEMORY_GROWTH -sEXPORTED_FUNCTIONS=_malloc,_free \
        "$root/wasm/lstmfc_wasm.c" -o "$out/lstmfc-$kind.wasm"
    echo "$out/lstmfc-$kind.wasm: $(wc -c < "$out/lstmfc-$kind.wasm") bytes, $(gzip -9 -n -c "$out/lstmfc-$kind.wasm" | wc -c) compressed"
done
