#!/usr/bin/env bash
# tests/test_compile.sh: the header compiles without a warning as every C and C++, in every mode, with every
# compiler that is here; what must be refused is refused; two files link together; the programs of the manual compile.
set -u
cd "$(dirname "$0")/.."
out=build/compile
mkdir -p "$out"
results=$out/results
. tests/parallel.sh

warnings="-Wall -Wextra -pedantic -Wshadow -Wconversion -Wsign-conversion -Wdouble-promotion -Wcast-qual -Wundef -Wvla -Werror"
c_warnings="$warnings -Wstrict-prototypes -Wmissing-prototypes"
printf '#define LSTMFC_IMPLEMENTATION\n#include "lstmfc.h"\n' > "$out/all.c"
printf '#include "lstmfc.h"\n#include "lstmfc.h"\nextern int nothing;\nint nothing;\n' > "$out/only.c"
cp "$out/all.c" "$out/all.cpp"
cp "$out/only.c" "$out/only.cpp"

cat > "$out/own.c" <<'END'
#include <stddef.h>
void *own_malloc(size_t size);
void *own_realloc(void *pointer, size_t size);
void own_free(void *pointer);
int own_assert(int x);
#define LSTMFC_MALLOC(size) own_malloc(size)
#define LSTMFC_REALLOC(pointer, size) own_realloc(pointer, size)
#define LSTMFC_FREE(pointer) own_free(pointer)
#define LSTMFC_ASSERT(x) own_assert(x)
#define LSTMFC_NO_STDIO
#define LSTMFC_IMPLEMENTATION
#include "lstmfc.h"
END

compiles() {                                # name, then the command
    local name=$1 file
    shift
    file=$out/$(echo "$name" | tr -c 'A-Za-z0-9\n' '_')
    if "$@" -I. -o "$file.o" > "$file.log" 2>&1; then pass "$name"; else fail "$name"; grep -E "error|warning" "$file.log" | head -5; fi
    rm -f "$file.o"
}
refused() {                                 # name, a part of the message, then the command
    local name=$1 part=$2 file
    shift 2
    file=$out/$(echo "$name" | tr -c 'A-Za-z0-9\n' '_')
    if "$@" -I. -o "$file.o" > "$file.log" 2>&1; then fail "$name: compiles"
    elif grep -q "$part" "$file.log"; then pass "$name"
    else fail "$name: refused for another reason"; head -5 "$file.log"; fi
}

# ---- standards x compilers x modes ----
modes() {                                   # label, compiler, flags, source
    room; compiles "$1 plain"    $2 $3 -O0 -c "$out/all.$4" &
    room; compiles "$1 header"   $2 $3 -O0 -c "$out/only.$4" &
    room; compiles "$1 static"   $2 $3 -O0 -DLSTMFC_STATIC -c "$out/all.$4" &
    room; compiles "$1 double"   $2 $3 -O0 -DLSTMFC_STATIC -DLSTMFC_DOUBLE -c "$out/all.$4" &
    room; compiles "$1 bare"     $2 $3 -O0 -DLSTMFC_NO_STDIO -DLSTMFC_STRICT -DLSTMFC_NO_SIMD -DLSTMFC_NO_THREADS -c "$out/all.$4" &
}
for compiler in gcc clang; do
    if ! have $compiler; then skip "$compiler (package $compiler)"; continue; fi
    for standard in c99 c11 c17; do modes "$compiler $standard" $compiler "-std=$standard $c_warnings" c; done
done
for compiler in g++ clang++; do
    if ! have $compiler; then skip "$compiler (package ${compiler%++})"; continue; fi
    for standard in c++11 c++17 c++20; do modes "$compiler $standard" $compiler "-std=$standard $warnings" cpp; done
done
# the optimisers find warnings of their own
for compiler in gcc clang; do
    have $compiler || continue
    for level in -O2 -O3 "-Os -march=native"; do
        room; compiles "$compiler gnu11 $level" $compiler -std=gnu11 $c_warnings $level -c "$out/all.c" &
    done
    room; compiles "$compiler -O2 with the caller's own allocator and assert" $compiler -std=c99 $c_warnings -O2 -c "$out/own.c" &
    # a room of what is made small opens and closes under the same switches, and is not empty
    for switch in LSTMFC_NO_STDIO LSTMFC_NO_THREADS LSTMFC_NO_SIMD LSTMFC_STRICT; do
        room; compiles "$compiler -O2 $switch" $compiler -std=c99 $c_warnings -O2 -D$switch -fsyntax-only "$out/all.c" &
    done
    room; compiles "$compiler visibility" $compiler -std=c99 $c_warnings -O1 "-DLSTMFC_API=__attribute__((visibility(\"default\")))" -fvisibility=hidden -c "$out/all.c" &
done

# ---- other compilers ----
if have tcc; then
    room; compiles "tcc" tcc -std=c99 -Wall -c "$out/all.c" &
    room; compiles "tcc static" tcc -std=c99 -Wall -DLSTMFC_STATIC -c "$out/all.c" &
else skip "tcc (package tcc)"; fi
mingw=x86_64-w64-mingw32-gcc
if have $mingw; then
    room; compiles "mingw c99" $mingw -std=c99 $c_warnings -O1 -c "$out/all.c" &
    room; compiles "mingw gnu11 static" $mingw -std=gnu11 $c_warnings -O1 -DLSTMFC_STATIC -c "$out/all.c" &
else skip "$mingw (package gcc-mingw-w64-x86-64-posix)"; fi
if have i686-linux-gnu-gcc; then
    room; compiles "32 bit" i686-linux-gnu-gcc -std=c99 $c_warnings -O1 -msse2 -mfpmath=sse -c "$out/all.c" &
else skip "32 bit (packages gcc-i686-linux-gnu libc6-dev-i386-cross)"; fi

# ---- what must be refused ----
room; refused "-ffast-math is refused" "needs IEEE arithmetic" gcc -std=c99 -O1 -ffast-math -c "$out/all.c" &
room; refused "-ffinite-math-only is refused" "needs IEEE arithmetic" gcc -std=c99 -O1 -ffinite-math-only -c "$out/all.c" &
room; refused "LSTMFC_DOUBLE without LSTMFC_STATIC is refused" "define LSTMFC_STATIC" gcc -std=c99 -DLSTMFC_DOUBLE -c "$out/only.c" &
room; refused "LSTMFC_MALLOC alone is refused" "needs LSTMFC_FREE" gcc -std=c99 "-DLSTMFC_MALLOC(n)=0" -c "$out/all.c" &
if echo 'int x;' | gcc -mfpmath=387 -x c -c - -o "$out/x87.o" 2> /dev/null; then
    room; refused "LSTMFC_STRICT with x87 arithmetic is refused" "extra precision" gcc -std=c99 -mfpmath=387 -DLSTMFC_STRICT -c "$out/all.c" &
else skip "LSTMFC_STRICT with x87 arithmetic (not an x86 machine)"; fi

# ---- several files in one program ----
cat > "$out/one.c" <<'END'
#include "lstmfc.h"
int32_t other_version(void);
double other_exp(double x);
int main(void) { return !(lstmfc_version() == LSTMFC_VERSION_HEX && lstmfc_version() == other_version() && lstmfc_exp(1) == other_exp(1)); }
END
cat > "$out/two.c" <<'END'
#include "lstmfc.h"
int32_t other_version(void);
double other_exp(double x);
int32_t other_version(void) { return lstmfc_version(); }
double other_exp(double x) { return lstmfc_exp(x); }
END
cp "$out/one.c" "$out/one.cpp"; cp "$out/two.c" "$out/two.cpp"
links() {                                   # name, compiler line, then the files
    local name=$1 compiler=$2 file
    shift 2
    file=$out/$(echo "$name" | tr -c 'A-Za-z0-9\n' '_')
    if $compiler -I. "$@" -o "$file" -lm > "$file.log" 2>&1 && "$file"; then pass "$name"; else fail "$name"; head -5 "$file.log"; fi
}
for compiler in gcc clang; do
    have $compiler || continue
    room; links "$compiler: two users, one implementation" "$compiler -std=c99" "$out/one.c" "$out/two.c" "$out/all.c" &
    room; links "$compiler: two static copies" "$compiler -std=c99 -DLSTMFC_STATIC -DLSTMFC_IMPLEMENTATION" "$out/one.c" "$out/two.c" &
done
for compiler in g++ clang++; do
    have $compiler || continue
    room; links "$compiler: two users, one implementation" "$compiler -std=c++11" "$out/one.cpp" "$out/two.cpp" "$out/all.cpp" &
    room; links "$compiler: two static copies" "$compiler -std=c++11 -DLSTMFC_STATIC -DLSTMFC_IMPLEMENTATION" "$out/one.cpp" "$out/two.cpp" &
done
if have gcc && have g++; then
    mixed() { gcc -std=c99 -I. -c "$out/all.c" -o "$out/mixed.o" && links "a C implementation with C++ users" "g++ -std=c++17" "$out/one.cpp" "$out/two.cpp" "$out/mixed.o"; }
    room; mixed &
fi
wait

# ---- the quick start, as the manual and README print it ----
sed -n '/^\/\/@quickstart-begin/,/^\/\/@quickstart-end/p' lstmfc.h | sed '1d;$d' > "$out/quick.c"
block() {                                   # language, pattern: the first such block of README.md
    awk -v open="^\`\`\`$1\$" -v want="$2" '$0 ~ open { inside = 1; text = ""; next }
        inside && /^```/ { inside = 0; if (text ~ want) { printf "%s", text; exit } next } inside { text = text $0 "\n" }' README.md
}
[ -s "$out/quick.c" ] && pass "the quick start is in the header" || fail "the quick start is in the header"
links_only() {                              # name, then the command
    local name=$1
    shift
    if "$@" > "$out/quick.log" 2>&1; then pass "$name"; else fail "$name"; head -5 "$out/quick.log"; fi
}
links_only "the quick start, gcc c99" gcc -std=c99 -Wall -Wextra -pedantic -Werror -I. "$out/quick.c" -o "$out/quick" -lm
if [ -f README.md ]; then
    block c LSTMFC_IMPLEMENTATION > "$out/readme.c"
    block cpp LSTMFC_IMPLEMENTATION > "$out/readme.cpp"
    if cmp -s "$out/readme.c" "$out/quick.c"; then pass "README's quick start is the header's"
    else fail "README's quick start is the header's"; diff "$out/readme.c" "$out/quick.c" | head -5; fi
    if [ -s "$out/readme.cpp" ]; then
        for compiler in g++ clang++; do
            have $compiler || continue
            links_only "README's C++ form, $compiler c++11" $compiler -std=c++11 -Wall -Wextra -pedantic -Werror -I. "$out/readme.cpp" -o "$out/quickpp" -lm
        done
    else fail "README has a C++ form"; fi
else skip "README.md is not there"; fi
finish
