#!/usr/bin/env bash
# bench/weight.sh: what the header weighs, measured here and now. Per chapter: lines, lines over the width (120 columns, 100 in
# chapters 6 to 11), exported functions, bytes of code. In all: seconds to compile, bytes of the object, and what is left of it in
# two programs. BASE=<commit, or a header file>: the same of that one beside it, and the ratio. CC and CFLAGS are the environment's,
# else cc and -O2; the table by chapter needs binutils (nm -l).
set -eu
cd "$(dirname "$0")/.."
out=build/weight
rm -rf "$out" && mkdir -p "$out/now/examples"
CC=${CC:-cc}
export LC_ALL=C
flags="-std=c99 -ffp-contract=off ${CFLAGS:--O2}"
small="-Os -ffunction-sections -fdata-sections -Wl,--gc-sections -s"
cp lstmfc.h "$out/now"
cp examples/hello.c examples/inference.c "$out/now/examples"
sides=now
if [ -n "${BASE:-}" ]; then
    mkdir -p "$out/base/examples"
    if [ -f "$BASE" ]; then
        cp "$BASE" "$out/base/lstmfc.h"
        cp examples/hello.c examples/inference.c "$out/base/examples"
    else
        git show "$BASE:lstmfc.h" > "$out/base/lstmfc.h"
        for file in hello.c inference.c; do
            git show "$BASE:examples/$file" > "$out/base/examples/$file" 2> /dev/null || rm "$out/base/examples/$file"
        done
    fi
    sides="now base"
fi

# a line per chapter (0: what stands before the first): number, name, lines, too wide, exported functions, bytes of code
chapters() {                                # side
    # shellcheck disable=SC2086
    $CC $flags -g1 -c "$out/$1/all.c" -o "$out/$1/debug.o" 2> /dev/null &&
        nm -S -l --defined-only "$out/$1/debug.o" | grep 'lstmfc\.h:' > "$out/$1/symbols" || : > "$out/$1/symbols"
    awk 'FNR == NR {
             if ($0 ~ /^   [0-9]+ [a-z0-9]+ >>[a-z0-9]+$/) { chapter = $1; name[chapter] = $2 }
             in_chapter[FNR] = chapter + 0; lines[chapter + 0]++
             if (length > (chapter >= 6 && chapter <= 11 ? 100 : 120)) wide[chapter + 0]++
             next
         }
         $3 ~ /^[tTuW]$/ {
             line = $0; sub(/.*lstmfc\.h:/, "", line); c = in_chapter[line + 0]
             if (substr($2, 1, 1) ~ /[0-9a-f]/) text[c] += hex($2)
             if ($3 == "T") exported[c]++
         }
         function hex(s,   i, value) {
             for (i = 1; i <= length(s); i++) value = value * 16 + index("0123456789abcdef", substr(s, i, 1)) - 1
             return value
         }
         END {
             name[0] = "manual-and-API"
             for (c = 0; c <= 20; c++) print c, name[c], lines[c] + 0, wide[c] + 0, exported[c] + 0, text[c] + 0
         }' "$out/$1/lstmfc.h" "$out/$1/symbols"
}

# a line per build: label, seconds, text, constants and all, as `size` counts them
weigh() {                                   # side, label, file to link or -c, flags
    local side=$1 label=$2 source=$3 seconds
    shift 3
    [ -f "$source" ] || { echo "$label 0 0"; return; }
    TIMEFORMAT=%U
    # shellcheck disable=SC2086
    seconds=$({ time $CC $flags -I"$out/$side" "$@" "$source" -o "$out/$side/it" -lm 2> "$out/$side/log"; } 2>&1)
    echo "$label $seconds $(size "$out/$side/it" | awk 'NR == 2 { print $1 }')"
}
builds() {                                  # side
    weigh "$1" implementation "$out/$1/all.c" -c
    weigh "$1" implementation,NO_SIMD "$out/$1/all.c" -c -DLSTMFC_NO_SIMD
    weigh "$1" hello.c,stripped "$out/$1/examples/hello.c" -s
    # shellcheck disable=SC2086
    weigh "$1" inference.c,-Os,sections "$out/$1/examples/inference.c" $small
    # shellcheck disable=SC2086
    weigh "$1" inference.c,NETWORK_ONLY "$out/$1/examples/inference.c" $small -DNETWORK_ONLY
}

for side in $sides; do
    printf '#define LSTMFC_IMPLEMENTATION\n#include "lstmfc.h"\n' > "$out/$side/all.c"
    chapters "$side" > "$out/$side/chapters"
    builds "$side" > "$out/$side/builds"
done
echo "lstmfc.h; $($CC --version | head -1); ${CFLAGS:--O2}; $(uname -m)${BASE:+; beside it ${BASE##*/}}"
echo
if [ -n "${BASE:-}" ]; then
    paste -d' ' "$out/now/chapters" "$out/base/chapters" | awk '
        function row(number, name, a, b, c, d, e, f, g, h) {
            printf "| %2s | %-14s | %6d | %6d | %5d | %5d | %4d | %4d | %7d | %7d | %5s |\n", number, name, a, b, c, d, e, f, g, h, h ? sprintf("%.2f", g / h) : ""
        }
        BEGIN {
            print "|    | chapter        |  lines |   base |  wide |  base | exp. | base |    code |    base | ratio |"
            print "|---:|:---------------|-------:|-------:|------:|------:|-----:|-----:|--------:|--------:|------:|"
        }
        { row($1 ? $1 : "", $2, $3, $9, $4, $10, $5, $11, $6, $12)
          a += $3; b += $9; c += $4; d += $10; e += $5; f += $11; g += $6; h += $12 }
        END { row("", "all", a, b, c, d, e, f, g, h) }'
    echo
    paste -d' ' "$out/now/builds" "$out/base/builds" | awk '
        BEGIN {
            print "| build                  | seconds |   base | ratio |    text |    base | ratio |"
            print "|:-----------------------|--------:|-------:|------:|--------:|--------:|------:|"
        }
        { gsub(",", ", ", $1)
          printf "| %-22s | %7.2f | ", $1, $2
          if ($5) printf "%6.2f | %5.2f | %7d | %7d | %5.2f |\n", $5, $2 / $5, $3, $6, $3 / $6
          else printf "%6s | %5s | %7d | %7s | %5s |\n", "", "", $3, "", "" }'
else
    awk 'function row(number, name, a, b, c, d) { printf "| %2s | %-14s | %6d | %5d | %4d | %7d |\n", number, name, a, b, c, d }
        BEGIN {
            print "|    | chapter        |  lines |  wide | exp. |    code |"
            print "|---:|:---------------|-------:|------:|-----:|--------:|"
        }
        { row($1 ? $1 : "", $2, $3, $4, $5, $6); a += $3; b += $4; c += $5; d += $6 }
        END { row("", "all", a, b, c, d) }' "$out/now/chapters"
    echo
    awk 'BEGIN {
            print "| build                  | seconds |    text |"
            print "|:-----------------------|--------:|--------:|"
        }
        { gsub(",", ", ", $1); printf "| %-22s | %7.2f | %7d |\n", $1, $2, $3 }' "$out/now/builds"
fi
echo
echo "Lines, lines over the width, exported functions and bytes of code (without constants and unwind tables, which the text of a"
echo "build has) by chapter; seconds of processor time; the inference.c builds drop what is not called."
