#!/usr/bin/env bash
# bench/weight.sh: what the header weighs, measured here and now: seconds to compile it, bytes of the object, and what is left of it in
# a program that only forecasts (examples/inference.c). CC and CFLAGS are the environment's, else cc and -O2.
set -eu
cd "$(dirname "$0")/.."
out=build/weight
mkdir -p "$out"
CC=${CC:-cc}
flags="-std=c99 -ffp-contract=off -I. ${CFLAGS:--O2}"
printf '#define LSTMFC_IMPLEMENTATION\n#include "lstmfc.h"\n' > "$out/all.c"
row() { printf '%-58s %7s %9s %7s %7s\n' "$@"; }
weigh() {                                   # label, file to link or -c, flags
    local label=$1 source=$2 seconds
    shift 2
    TIMEFORMAT=%U
    # shellcheck disable=SC2086
    seconds=$({ time $CC $flags "$@" "$source" -o "$out/it" -lm 2> "$out/log"; } 2>&1)
    # shellcheck disable=SC2046
    row "$label" "$seconds" $(size "$out/it" | awk 'NR == 2 { print $1, $2, $3 }')
}
echo "lstmfc.h: $(wc -l < lstmfc.h) lines; $($CC --version | head -1); ${CFLAGS:--O2}; $(uname -m)"
row "" "seconds" "text" "data" "bss"
weigh "everything" "$out/all.c" -c
weigh "LSTMFC_NO_SIMD" "$out/all.c" -c -DLSTMFC_NO_SIMD
small="-Os -ffunction-sections -fdata-sections -Wl,--gc-sections"
# shellcheck disable=SC2086
weigh "inference.c: a forecaster's stream, -Os, sections" examples/inference.c $small
# shellcheck disable=SC2086
weigh "inference.c -DNETWORK_ONLY, -Os, sections" examples/inference.c $small -DNETWORK_ONLY
