#!/bin/sh
# wasm/build.sh [OUT-DIRECTORY] [EXTRA COMPILER FLAGS]: the stand-alone WebAssembly modules. No generated JavaScript.
#   lstmfc-scalar.wasm  runs everywhere
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
out=${1:-$root/build/wasm}
[ $# -gt 0 ] && shift
mkdir -p "$out"
emcc -std=c99 -O3 -ffp-contract=off -DNDEBUG -DLSTMFC_NO_STDIO -DLSTMFC_NO_THREADS "$@" \
    -sSTANDALONE_WASM --no-entry -sALLOW_MEMORY_GROWTH -sEXPORTED_FUNCTIONS=_malloc,_free \
    "$root/wasm/lstmfc_wasm.c" -o "$out/lstmfc-scalar.wasm"
echo "$out/lstmfc-scalar.wasm: $(wc -c < "$out/lstmfc-scalar.wasm") bytes, $(gzip -9 -n -c "$out/lstmfc-scalar.wasm" | wc -c) compressed"
