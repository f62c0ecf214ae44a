#!/usr/bin/env bash
# tests/test_macros.sh: the header among other people's macros and flags. Declarations and implementation compile behind the real
# <windows.h> and behind a list of names that system headers, toolkits and programs are known to define, in C and C++; the macros
# are still there afterwards. Parts of -ffast-math are refused, or found when the program runs.
set -u
cd "$(dirname "$0")/.."
out=build/macros
mkdir -p "$out"
results=$out/results
. tests/parallel.sh

# windows.h and its kin; complex.h; ctype.h of some C libraries; capitals and words of programs; curses, X11, Qt, Arduino, Apple
names="near far small hyper interface IN OUT OPTIONAL ERROR CONST VOID TRUE FALSE BOOL DELETE CALLBACK STRICT ABSOLUTE RELATIVE
DIFFERENCE ALTERNATE NEAR FAR PASCAL pascal cdecl WINAPI DWORD BYTE WORD UINT HANDLE Yield rad1 rad2 grp1 uuid min max
I complex imaginary _U _L _N _S _P _C _X _B
A B C D E F G H J K L M N O P Q R S T U V W Y Z DX TR PI TWO_PI MIN MAX MOD ABS SIGN SQR SWAP
step index rindex gamma y0 y1 j0 jn yn round sq bit B0 B1 ECHO bool true false major minor makedev unix linux i386 sun
signals slots emit foreach forever None Bool Status True False Success Always Above Below check require verify nil Nil YES NO id
error warning debug info LOG DEBUG WARN INFO TRACE OK FAIL PASS TEST swap likely unlikely
INT LONG REAL TEXT FLOAT DOUBLE CHAR SHORT KEY VALUE DEFAULT FIRST OFF ON CHOICE NONE AUTO HIGH LOW OPEN CLOSE VOLUME TIME
RSI EMA SMA MACD ATR ADX SUM RANK LAG DIFF EXP SQRT CLIP FILL MISSING clear erase move refresh timeout scroll border box filter raw
DOMAIN SING OVERFLOW UNDERFLOW PLOSS TLOSS"
operators="and or not xor bitand bitor compl and_eq or_eq not_eq xor_eq"       # words of C++, macros of <iso646.h> in C

program() {                                 # c or c++, system headers, the macros, what stands before the header
    local name
    printf '#include <%s>\n' assert.h ctype.h errno.h fcntl.h float.h inttypes.h limits.h locale.h math.h setjmp.h signal.h stdarg.h \
        stddef.h stdint.h stdio.h stdlib.h string.h time.h sys/types.h sys/stat.h $2
    printf '#if defined(__x86_64__) || defined(__i386__)\n#include <immintrin.h>\n#endif\n'
    for name in $3; do
        case "$1 $name" in "c++ bool" | "c++ true" | "c++ false") continue;; esac
        printf '#undef %s\n#define %s @%s@\n' "$name" "$name" "$name"
    done
    printf '%s\n#include "lstmfc.h"\n' "$4"
    for name in $3; do
        case "$1 $name" in "c++ bool" | "c++ true" | "c++ false") continue;; esac
        printf '#ifndef %s\n#error %s is lost\n#endif\n' "$name" "$name"
    done
}
implementation="#define LSTMFC_IMPLEMENTATION"
program c "complex.h stdbool.h unistd.h pthread.h" "$names $operators" "" > "$out/declarations.c"
program c "complex.h stdbool.h unistd.h pthread.h" "$names $operators" "$implementation" > "$out/implementation.c"
program c++ "unistd.h pthread.h" "$names" "" > "$out/declarations.cpp"
program c++ "unistd.h pthread.h" "$names" "$implementation" > "$out/implementation.cpp"
for language in c c++; do
    file=$out/windows.${language/c++/cpp}
    program $language "windows.h io.h" "" "" > "$file"
    printf '#ifndef near\n#error near is lost\n#endif\n#define LSTMFC_IMPLEMENTATION\n#include "lstmfc.h"\n#ifndef near\n#error near is lost\n#endif\n' >> "$file"
    program $language "windows.h io.h" "$names" "$implementation" > "$out/windows_all.${language/c++/cpp}"
done

compiles() {                                # name, then the command
    local name=$1 log
    shift
    log=$out/$(echo "$name" | tr -c 'A-Za-z0-9\n' '_').log
    if "$@" -I. > "$log" 2>&1; then pass "$name"
    else fail "$name: $(grep -o "macro .*" "$log" | sort | uniq -c | sort -rn | head -3 | tr '\n' ' ') $(grep -m1 error "$log")"; fi
}
for part in declarations implementation; do
    for compiler in gcc clang; do
        have $compiler || { skip "$compiler (package $compiler)"; continue; }
        room; compiles "$compiler: $part among macros" $compiler -std=gnu11 -fsyntax-only "$out/$part.c" &
    done
    for compiler in g++ clang++; do
        have $compiler || { skip "$compiler (package ${compiler%++})"; continue; }
        room; compiles "$compiler: $part among macros" $compiler -std=c++17 -fsyntax-only "$out/$part.cpp" &
    done
done
for compiler in x86_64-w64-mingw32-gcc x86_64-w64-mingw32-g++; do
    case $compiler in *++) extension=cpp;; *) extension=c;; esac
    have $compiler || { skip "$compiler (package gcc-mingw-w64-x86-64-posix or g++-mingw-w64-x86-64-posix)"; continue; }
    room; compiles "$compiler: behind <windows.h>" $compiler -fsyntax-only "$out/windows.$extension" &
    room; compiles "$compiler: behind <windows.h> among macros" $compiler -fsyntax-only "$out/windows_all.$extension" &
done

# ---- parts of -ffast-math: refused where a macro tells, found by the probe where none does
printf '#define LSTMFC_IMPLEMENTATION\n#include "lstmfc.h"\n#include <stdio.h>\nint main(void) { puts(lstmfc_build_info()); return 0; }\n' > "$out/info.c"
fast() {                                    # name, what must be said, compiler and flags
    local name=$1 part=$2 log
    shift 2
    log=$out/$(echo "$name" | tr -c 'A-Za-z0-9\n' '_')
    if "$@" -I. -w "$out/info.c" -o "$log.bin" -lm > "$log.log" 2>&1; then "$log.bin" > "$log.log"; fi
    if grep -q "$part" "$log.log"; then pass "$name"; else fail "$name: $(head -1 "$log.log")"; fi
}
if have gcc; then
    for flags in "-fassociative-math -fno-signed-zeros -fno-trapping-math" "-funsafe-math-optimizations" "-ffast-math -fno-finite-math-only" \
                 "-freciprocal-math" "-Ofast"; do
        room; fast "gcc $flags is refused" "needs IEEE arithmetic" gcc -O2 $flags &
    done
    # a program that is only linked with -ffast-math flushes small numbers to zero from its start
    if gcc -O1 -w -I. -c "$out/info.c" -o "$out/info.o" && gcc "$out/info.o" -ffast-math -o "$out/flushed" -lm 2> /dev/null; then
        case $(uname -m) in
            x86_64) if "$out/flushed" | grep -q "SMALL NUMBERS FLUSHED"; then pass "linked with -ffast-math: told"; else fail "linked with -ffast-math: $("$out/flushed")"; fi;;
            *) skip "linked with -ffast-math: not an x86 machine";;
        esac
    fi
    room; fast "gcc without such flags" "no contraction found" gcc -O2 &
fi
if have clang; then
    for flags in "-fassociative-math -fno-signed-zeros" "-funsafe-math-optimizations" "-ffast-math -fno-finite-math-only"; do
        room; fast "clang $flags is refused or found" "needs IEEE arithmetic\|REORDERING FOUND" clang -O2 $flags &
    done
    room; fast "clang without such flags" "no contraction found" clang -O2 &
fi
finish
