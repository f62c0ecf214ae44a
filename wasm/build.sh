#!/bin/sh
# wasm/build.sh [OUT-DIRECTORY] [EXTRA COMPILER FLAGS]: the stand-alone WebAssembly modules. No generated JavaScript.
#   lstmfc-scalar.wasm  runs everywhere
#   lstmfc-simd.wasm    the same results, bit for bit, several times faster where the browser has vectors of 128 bits (all since 2023)
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
out=${1:-$root/build/wasm}
[ $# -gt 0 ] && shift
mkdir -p "$out"
for kind in scalar simd; do
    flags=
    [ $kind = simd ] && flags=-msimd128
    emcc -std=c99 -O3 -ffp-contract=off -DNDEBUG -DLSTMFC_NO_STDIO -DLSTMFC_NO_THREADS $flags "$@" \
        -sSTANDALONE_WASM --no-entry -sALLOW_MEMORY_GROWTH -sEXPORTED_FUNCTIONS=_malloc,_free \
        "$root/wasm/lstmfc_wasm.c" -o "$out/lstmfc-$kind.wasm"
    echo "$out/lstmfc-$kind.wasm: $(wc -c < "$out/lstmfc-$kind.wasm") bytes, $(gzip -9 -n -c "$out/lstmfc-$kind.wasm" | wc -c) compressed"
done
