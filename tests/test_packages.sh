#!/usr/bin/env bash
# tests/test_packages.sh: consumers of every package that can be built here: make install with pkg-config and CMake, CMake's own installation,
# add_subdirectory, FetchContent, Meson, Conan, Debian; the man page and the completions say every flag.
# shellcheck disable=SC2015
set -u
cd "$(dirname "$0")/.."
here=$PWD
passed=0 failed=0 skipped=0
pass() { passed=$((passed + 1)); echo "ok    $1"; }
fail() { failed=$((failed + 1)); echo "FAIL  $1"; }
skip() { skipped=$((skipped + 1)); echo "skip  $1"; }
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT
consumer=$here/packaging/conan/test_package
version=$(sed -n 's/^#define LSTMFC_VERSION_TEXT *"\(.*\)"/\1/p' lstmfc.h)
says="lstmfc $version, 133 parameters"
runs() {                                    # name, log, program
    if [ -x "$3" ] && [ "$("$3" 2>&1)" = "$says" ]; then pass "$1"; else fail "$1: $(tail -3 "$2" | tr '\n' ' ')$("$3" 2>&1 | tail -1)"; fi
}

# ---- make install
root=$out/root
if make -s build/lstmfc && make -s install DESTDIR="$root" PREFIX=/opt/l CFLAGS=-O1 > "$out/install.log" 2>&1; then pass "make install"; else fail "make install: $(tail -3 "$out/install.log")"; fi
to=$root/opt/l
if command -v pkg-config > /dev/null; then
    export PKG_CONFIG_PATH=$to/lib/pkgconfig PKG_CONFIG_SYSROOT_DIR=$root
    # shellcheck disable=SC2046
    cc -O0 -w -DLSTMFC_IMPLEMENTATION "$consumer/consumer.c" -o "$out/a" $(pkg-config --cflags --libs lstmfc) > "$out/a.log" 2>&1
    runs "pkg-config: the header" "$out/a.log" "$out/a"
    # shellcheck disable=SC2046
    cc -O0 "$consumer/consumer.c" -o "$out/b" $(pkg-config --cflags --libs lstmfc-static) > "$out/b.log" 2>&1
    runs "pkg-config: compiled once" "$out/b.log" "$out/b"
    [ "$(pkg-config --modversion lstmfc)" = "$version" ] && pass "its version is the header's" || fail "its version is $(pkg-config --modversion lstmfc)"
    unset PKG_CONFIG_PATH PKG_CONFIG_SYSROOT_DIR
else skip "pkg-config is not installed (package pkg-config)"; fi

spaced="$out/a folder of two words"
if make -s install PREFIX="$spaced" CFLAGS=-O1 > "$out/spaced.log" 2>&1 && [ -x "$spaced/bin/lstmfc" ]; then pass "make install into a folder with blanks"; else fail "make install into a folder with blanks: $(tail -1 "$out/spaced.log")"; fi
if command -v pkg-config > /dev/null; then
    eval "cc -O0 '$consumer/consumer.c' -o '$out/s' $(PKG_CONFIG_PATH=$spaced/lib/pkgconfig pkg-config --cflags --libs lstmfc-static)" > "$out/s.log" 2>&1
    runs "pkg-config: a folder with blanks" "$out/s.log" "$out/s"
fi

# ---- the man page and the completions, as installed
lstmfc=$to/bin/lstmfc
man=$to/share/man/man1/lstmfc.1
lost=0 all=0
sed 's/\\-/-/g' "$man" > "$out/man.txt"
for command in $($lstmfc --help | sed -n 's/^  \([a-z]*\)  *[a-z].*/\1/p' | grep -v '^lstmfc$'); do
    for flag in $($lstmfc "$command" --help | grep -oE '^  --[a-z0-9-]+' | sort -u); do
        all=$((all + 1))
        for file in "$out/man.txt" "$to/share/bash-completion/completions/lstmfc" "$to/share/zsh/site-functions/_lstmfc"; do
            grep -q -w -e "$flag" "$file" || { lost=$((lost + 1)); echo "${file##*/}: $command $flag"; }
        done
        grep -q -w -e "-l ${flag#--}" "$to/share/fish/vendor_completions.d/lstmfc.fish" || { lost=$((lost + 1)); echo "fish: $command $flag"; }
    done
done
[ "$lost" -eq 0 ] && [ "$all" -gt 500 ] && pass "man page and completions have all $all flags" || fail "man page and completions lack $lost of $all flags"
if command -v mandoc > /dev/null; then
    warnings=$(mandoc -Tlint -W warning "$man" 2>&1 | grep -v 'missing date' | head -3)     # the page has no day: its text is the program's
    [ -z "$warnings" ] && pass "mandoc has no warning" || fail "mandoc: $warnings"
else skip "mandoc is not installed (package mandoc)"; fi
cat > "$out/try.sh" <<'END'
source "$1"; shift
compopt() { :; }
COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)); _lstmfc; echo "${COMPREPLY[*]}"
END
tries() {                                   # wanted, words
    local wanted=$1 got
    shift
    got=$(bash "$out/try.sh" "$to/share/bash-completion/completions/lstmfc" "$@")
    [ "$got" = "$wanted" ] && pass "bash completes: $*" || fail "bash completes $* with: $got"
}
tries "predict" lstmfc pre
tries "--target" lstmfc train --targ
tries "next_open same_close" lstmfc backtest --fill ""
tries "leak" lstmfc check le
tries "--placebos" lstmfc check placebo --plac
if command -v zsh > /dev/null; then zsh -n "$to/share/zsh/site-functions/_lstmfc" 2> "$out/zsh.log" && pass "zsh reads it" || fail "zsh: $(head -1 "$out/zsh.log")"
else skip "zsh is not installed (package zsh)"; fi
if command -v fish > /dev/null; then
    got=$(fish -c "source '$to/share/fish/vendor_completions.d/lstmfc.fish'; complete -C 'lstmfc backtest --fill '" 2>&1 | cut -f1 | sort | tr '\n' ' ')
    [ "$got" = "next_open same_close " ] && pass "fish completes: lstmfc backtest --fill" || fail "fish completes lstmfc backtest --fill with: $got"
else skip "fish is not installed (package fish)"; fi

# ---- CMake; what is fetched is copied, so it must stand still, which build/ of this checkout does not
mkdir "$out/tree"
cp -r lstmfc.h CMakeLists.txt LICENSE packaging "$out/tree"
if command -v cmake > /dev/null; then
    cmake_consumer() {                      # name, source, program, further arguments
        local name=$1 source=$2 program=$3 build
        shift 3
        build=$(mktemp -d -p "$out")
        { cmake -S "$source" -B "$build" -DCMAKE_BUILD_TYPE=Debug -DCMAKE_C_FLAGS=-w "$@" && cmake --build "$build"; } > "$build/log" 2>&1
        runs "$name" "$build/log" "$build/$program"
    }
    cmake_consumer "CMake finds what make installed: the header" "$consumer" consumer -DCMAKE_PREFIX_PATH="$to"
    cmake_consumer "CMake finds what make installed: compiled once" "$consumer" consumer -DCMAKE_PREFIX_PATH="$to" -DSTATIC=ON
    mkdir "$out/v" && printf 'cmake_minimum_required(VERSION 3.14)\nproject(v C)\nfind_package(lstmfc 9.0 CONFIG REQUIRED)\n' > "$out/v/CMakeLists.txt"
    if cmake -S "$out/v" -B "$out/v/build" -DCMAKE_PREFIX_PATH="$to" > "$out/v/log" 2>&1; then fail "CMake takes version $version for 9.0"
    elif grep -q "version: $version" "$out/v/log"; then pass "CMake refuses it as version 9.0"; else fail "CMake refuses version 9.0 otherwise: $(tail -3 "$out/v/log")"; fi
    if { cmake -S . -B "$out/own" -DCMAKE_BUILD_TYPE=Debug -DLSTMFC_TOOL=OFF -DCMAKE_INSTALL_PREFIX=/elsewhere && cmake --build "$out/own" && cmake --install "$out/own" --prefix "$out/c m"; } > "$out/own.log" 2>&1; then
        cmake_consumer "CMake finds what CMake installed" "$consumer" consumer -DCMAKE_PREFIX_PATH="$out/c m" -DSTATIC=ON
        if command -v pkg-config > /dev/null; then
            eval "cc -O0 '$consumer/consumer.c' -o '$out/cmpc' $(PKG_CONFIG_PATH="$out/c m/lib/pkgconfig" pkg-config --cflags --libs lstmfc-static)" > "$out/cmpc.log" 2>&1
            runs "pkg-config finds what CMake installed under another --prefix" "$out/cmpc.log" "$out/cmpc"
        fi
    else fail "CMake's installation: $(tail -3 "$out/own.log")"; fi
    for how in subdirectory fetch; do
        mkdir "$out/$how"
        cp "$consumer/consumer.c" "$out/$how"
        { echo 'cmake_minimum_required(VERSION 3.14)'; echo 'project(c C)'
          if [ $how = fetch ]; then echo "include(FetchContent)"; echo "FetchContent_Declare(lstmfc URL $out/tree)"; echo "FetchContent_MakeAvailable(lstmfc)"
          else echo "add_subdirectory($here lstmfc)"; fi
          echo 'add_executable(consumer consumer.c)'; echo 'target_link_libraries(consumer PRIVATE lstmfc::static)'; } > "$out/$how/CMakeLists.txt"
        cmake_consumer "CMake: $how" "$out/$how" consumer
    done
else skip "cmake is not installed (package cmake)"; fi

# ---- Meson
meson=$(command -v meson || ls build/venv/bin/meson 2> /dev/null)
if [ -n "$meson" ] && command -v ninja > /dev/null; then
    meson=$(realpath "$meson")
    mkdir -p "$out/meson/subprojects/lstmfc"
    cp "$consumer/consumer.c" "$out/meson"
    cp -r lstmfc.h meson.build packaging "$out/meson/subprojects/lstmfc"
    printf "project('c', 'c')\nexecutable('consumer', 'consumer.c', dependencies: dependency('lstmfc', fallback: 'lstmfc'), c_args: '-DLSTMFC_IMPLEMENTATION')\nexecutable('linked', 'consumer.c', dependencies: dependency('lstmfc-static'))\n" > "$out/meson/meson.build"
    (cd "$out/meson" && "$meson" setup build -Dbuildtype=debug && ninja -C build consumer linked) > "$out/meson.log" 2>&1
    runs "Meson, a subproject: the header" "$out/meson.log" "$out/meson/build/consumer"
    runs "Meson, a subproject: compiled once" "$out/meson.log" "$out/meson/build/linked"
    if "$meson" setup "$out/meson-own" . -Dbuildtype=debug -Dprefix=/opt/m > "$out/meson-own.log" 2>&1 && DESTDIR=$out/mesonroot "$meson" install -C "$out/meson-own" > "$out/meson-own.log" 2>&1; then
        [ -x "$out/mesonroot/opt/m/bin/lstmfc" ] && cmp -s lstmfc.h "$out/mesonroot/opt/m/include/lstmfc.h" && pass "meson install" || fail "meson install: files are missing"
        if command -v pkg-config > /dev/null; then
            # shellcheck disable=SC2046
            cc -O0 "$consumer/consumer.c" -o "$out/m" $(PKG_CONFIG_PATH=$out/mesonroot/opt/m/lib/pkgconfig PKG_CONFIG_SYSROOT_DIR=$out/mesonroot pkg-config --cflags --libs lstmfc-static) > "$out/m.log" 2>&1
            runs "pkg-config finds what Meson installed" "$out/m.log" "$out/m"
        fi
    else fail "meson install: $(tail -3 "$out/meson-own.log")"; fi
else skip "meson or ninja is not installed (package meson)"; fi

# ---- Conan
conan=$(command -v conan) || conan=$(dirname "$(sh tests/setup.sh build/venv-conan packaging/conan/requirements.txt 2> /dev/null)")/conan
if [ -x "$conan" ]; then
    export CONAN_HOME=$out/conan
    if "$conan" profile detect > "$out/conan.log" 2>&1; then
        for static in False True; do
            "$conan" create "$out/tree/packaging/conan" -o "lstmfc/*:static=$static" --build=missing -nr > "$out/conan.log" 2>&1
            grep -q "$says" "$out/conan.log" && pass "Conan, static=$static" || fail "Conan, static=$static: $(grep -i error "$out/conan.log" | head -3)"
        done
    else fail "conan profile: $(tail -2 "$out/conan.log")"; fi
else skip "conan is not installed (Python package conan: packaging/conan/requirements.txt)"; fi

# ---- Debian
if command -v dpkg-buildpackage > /dev/null && command -v dh > /dev/null; then
    mkdir "$out/deb"
    git archive --prefix=lstmfc-"$version"/ HEAD 2> /dev/null | tar x -C "$out/deb" 2> /dev/null || { mkdir -p "$out/deb/lstmfc-$version"; cp -r lstmfc.h Makefile tools packaging LICENSE tests README.md "$out/deb/lstmfc-$version"; }
    cp -r packaging lstmfc.h Makefile tools "$out/deb/lstmfc-$version"
    cp -r packaging/debian "$out/deb/lstmfc-$version/debian"
    (cd "$out/deb/lstmfc-$version" && DEB_BUILD_OPTIONS="nocheck noopt" dpkg-buildpackage -b -us -uc) > "$out/deb.log" 2>&1
    package=$(ls "$out"/deb/liblstmfc-dev_*.deb 2> /dev/null)
    if [ -n "$package" ]; then
        dpkg-deb -x "$package" "$out/debroot"
        dpkg-deb -x "$out"/deb/lstmfc_*.deb "$out/debroot"
        pass "dpkg-buildpackage"
        "$out/debroot/usr/bin/lstmfc" --version > /dev/null && [ -s "$out/debroot/usr/share/man/man1/lstmfc.1.gz" ] && pass "its tool and man page" || fail "its tool and man page"
        cmake_consumer "CMake finds what Debian's package installs" "$consumer" consumer -DCMAKE_PREFIX_PATH="$out/debroot/usr" -DSTATIC=ON
    else fail "dpkg-buildpackage: $(tail -4 "$out/deb.log" | tr '\n' ' ')"; fi
else skip "dpkg-buildpackage or debhelper is not installed (package debhelper)"; fi

# ---- what cannot run here: that versions and files agree
for file in clib.json packaging/vcpkg/vcpkg.json; do
    grep -q "\"version\": \"$version\"" "$file" && pass "$file has the header's version" || fail "$file has another version than the header's $version"
done
command -v vcpkg > /dev/null || skip "vcpkg is not installed: the port in packaging/vcpkg was not built"
command -v clib > /dev/null || skip "clib is not installed: clib.json was not used"

echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ]
