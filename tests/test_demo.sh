#!/usr/bin/env bash
# tests/test_demo.sh: the demo page of `make wasm` in Chromium: trains, pauses, stops, continues, saves, loads; its model file and forecast
# against the native program's, by the commands that it shows; real and dirty files; keyboard, phone, dark; from a disk.
set -u
cd "$(dirname "$0")/.."
out=$PWD/build/demo-test
rm -rf "$out" && mkdir -p "$out"
results=$out/results
. tests/parallel.sh
for needed in "node nodejs" "npm npm" "emcc emscripten" "chromium chromium"; do
    have "${needed% *}" || { skip "the demo page: no ${needed% *} (package ${needed#* })"; finish; }
done
make -s build/lstmfc > "$out/log" 2>&1 || { tail -3 "$out/log"; fail "the tool"; finish; }
exec 8> build/wasm.lock && flock 8             # the package's test builds there too
make -s wasm > "$out/log" 2>&1 || { tail -5 "$out/log"; fail "make wasm"; finish; }
grep "^skip" "$out/log" && { skip "the demo page"; finish; }
cp -r build/web "$out/web"; cp build/npm/dist/types.d.ts "$out"
exec 8>&-
timeout 540 node wasm/test/demo.mjs "$out/web" build/web-tools build/lstmfc ../shared/data "$out" > "$out/said" 2>&1
status=$?
while read -r line; do
    case $line in
    ok*) pass "${line#ok    }" ;;
    FAIL*) fail "${line#FAIL  }" ;;
    skip*) skip "${line#skip  }" ;;
    *) echo "$line" ;;
    esac
done < "$out/said"
grep -qE '^[0-9]+ passed, [0-9]+ failed$' "$out/said" || fail "the test ended before its end, with status $status"
finish
