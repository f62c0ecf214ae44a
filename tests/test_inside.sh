#!/usr/bin/env bash
# tests/test_inside.sh: the page of `make wasm` that looks inside a network, in Chromium: its numbers against the module's in node and against
# plain JavaScript, a gate muted, a candle moved, the forget gate held, look-alikes found again, keyboard, phone, dark, axe-core, from a disk.
set -u
cd "$(dirname "$0")/.."
out=$PWD/build/inside-test
rm -rf "$out" && mkdir -p "$out"
results=$out/results
. tests/parallel.sh
for needed in "node nodejs" "npm npm" "emcc emscripten" "chromium chromium"; do
    have "${needed% *}" || { skip "the page inside.html: no ${needed% *} (package ${needed#* })"; finish; }
done
make -s build/lstmfc > "$out/log" 2>&1 || { tail -3 "$out/log"; fail "the tool"; finish; }
exec 8> build/wasm.lock && flock 8             # the tests of the package and of the demo page build there too
make -s wasm > "$out/log" 2>&1 || { tail -5 "$out/log"; fail "make wasm"; finish; }
grep "^skip" "$out/log" && { skip "the page inside.html"; finish; }
cp -r build/web "$out/web"
cp build/wasm/lstmfc-simd.wasm "$out"
exec 8>&-
build/lstmfc synth --bars 1200 --seed 3 --out "$out/candles.csv" > /dev/null
timeout 300 node wasm/test/inside.mjs "$out/web" "$out/lstmfc-simd.wasm" build/web-tools build/lstmfc "$out/candles.csv" "$out" > "$out/said" 2>&1
status=$?
while read -r line; do
    case $line in
    ok*) pass "${line#ok    }" ;;
    FAIL*) fail "${line#FAIL  }" ;;
    *) echo "$line" ;;
    esac
done < "$out/said"
grep -qE '^[0-9]+ passed, [0-9]+ failed$' "$out/said" || fail "the test ended before its end, with status $status"
finish
