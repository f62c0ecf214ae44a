#!/usr/bin/env bash
# tests/test_npm.sh: the npm package of `make wasm`, packed, installed into an empty project and used there: the core against the native
# program, the client with its worker (cancelled at random moments), the same in Chromium under a strict policy and from a disk; ESM,
# CommonJS, TypeScript, esbuild; pages of Vite and webpack; Firefox, Deno, Bun; the examples.
set -u
cd "$(dirname "$0")/.."
out=$PWD/build/npm-test
rm -rf "$out" && mkdir -p "$out/project"
results=$out/results
. tests/parallel.sh
for needed in "node nodejs" "npm npm" "emcc emscripten"; do
    have "${needed% *}" || { skip "the npm package: no ${needed% *} (package ${needed#* })"; finish; }
done
make -s build/lstmfc > "$out/log" 2>&1 || { tail -3 "$out/log"; fail "the tool"; finish; }
exec 8> build/wasm.lock && flock 8             # the page's test builds there too
make -s wasm > "$out/log" 2>&1 || { tail -5 "$out/log"; fail "make wasm"; finish; }
grep "^skip" "$out/log" && { skip "the npm package"; finish; }
grep "compressed" "$out/log" | sed "s|.*/build/|build/|"
project=$out/project
(cd "$out" && npm pack --silent "$OLDPWD/build/npm") > "$out/packed" 2>&1 && pass "npm pack: $(tar -tzf "$out"/lstmfc-*.tgz | wc -l) files" ||
    { cat "$out/packed"; fail "npm pack"; finish; }
exec 8>&-
echo '{"name":"consumer","private":true}' > "$project/package.json"
(cd "$project" && npm install --offline --no-audit --no-fund --no-package-lock "$out"/lstmfc-*.tgz) > "$out/log" 2>&1 && pass "npm install into an empty project" ||
    { tail -3 "$out/log"; fail "npm install"; finish; }
package=$project/node_modules/lstmfc tools=build/web-tools/node_modules
build/lstmfc synth --bars 3000 --seed 3 --out "$out/candles.csv" > /dev/null
program() {                                 # name, command: each of its lines is a check
    local name=$1 line
    shift
    "$@" > "$out/$name.txt" 2>&1 || grep -q '^FAIL' "$out/$name.txt" || { tail -5 "$out/$name.txt"; fail "$name: it ends"; }
    while read -r line; do
        case $line in ok*) pass "$name: ${line#ok    }" ;; FAIL*) fail "$name: ${line#FAIL  }" ;; esac
    done < "$out/$name.txt"
}
program core node wasm/test/core.mjs "$package" build/lstmfc "$out/candles.csv" "$out"
program client node wasm/test/client.mjs "$package" "$out/candles.csv"

if have chromium; then program chromium timeout 300 node wasm/test/browser.mjs "$package" build/web-tools build/lstmfc "$out/candles.csv" "$out"
else skip "the package in a browser: no chromium (package chromium)"; fi

# A project as a person has it, one training, and what the native program makes of it.
cp -r wasm/test/app/. wasm/test/job.js wasm/test/checks.mjs wasm/test/runtime.mjs wasm/examples/react.jsx "$project"
cp -r $tools/react $tools/react-dom $tools/scheduler "$project/node_modules"
mkdir "$project/public" && cp "$out/candles.csv" "$project/public"
native=$out/native.json
build/lstmfc train --csv "$out/candles.csv" --target direction --features 'log_return(close)' --window 24 --model 'lstm 16 | dense 1 sigmoid' \
    --epochs 4 --patience none --test 0.2 --created 2023-11-14T22:13:20Z --simd scalar --progress none --out "$native" > "$out/log" 2>&1 &&
    build/lstmfc predict --model "$native" --csv "$out/candles.csv" --json > "$out/forecast.json" ||
    { tail -3 "$out/log"; fail "the native model"; finish; }

program node node "$project/runtime.mjs" "$out/candles.csv" "$native"
for runtime in deno bun; do
    binary=$PWD/$tools/.bin/$runtime
    if ! version=$("$binary" --version 2>&1); then skip "the package in $runtime: npm brings none for this machine"; continue; fi
    command=("$binary" run)
    [ $runtime = deno ] && command+=(--no-remote --allow-read)
    export DENO_DIR=$out/deno DENO_NO_UPDATE_CHECK=1
    version=$(echo "$version" | grep -oE '[0-9]+\.[0-9.]+' | head -1)
    program "$runtime-$version" "${command[@]}" "$project/runtime.mjs" "$out/candles.csv" "$native"
done
firefox=$(command -v firefox-esr || command -v firefox)
if [ -n "$firefox" ]; then program firefox node wasm/test/firefox.mjs "$package" "$native" "$out/candles.csv" "$firefox"
else skip "the package in Firefox: no firefox (package firefox-esr)"; fi
if have chromium; then program bundlers timeout 300 node wasm/test/bundlers.mjs "$project" build/web-tools "$native"
else skip "pages of Vite and webpack, the examples' pages: no chromium (package chromium)"; fi
program examples timeout 300 node wasm/test/examples.mjs "$project" build/web-tools "$native" "$out/forecast.json" "$out/candles.csv" "$out"

use='const candles = lstmfc.candles("time,close\n" + Array.from({length: 99}, (_, i) => `${1600000000 + 3600 * i},${100 + i % 7}`).join("\n"));
     if (lstmfc.indicators(candles, "sma(close,3)").values.length !== 99) throw new Error("indicators");'
client='const lstmfc = await Lstmfc.load(); if ((await lstmfc.candles({time: [0, 1], close: [1, 2]})).length !== 2) throw new Error("candles"); lstmfc.close();'
in_project() { local name=$1; shift; (cd "$project" && "$@") > "$out/log" 2>&1 && pass "$name" || { tail -3 "$out/log"; fail "$name"; }; }
echo "import { readFileSync } from 'node:fs'; import { createRequire } from 'node:module'; import { instantiate } from 'lstmfc/core';
      const lstmfc = instantiate(readFileSync(createRequire(import.meta.url).resolve('lstmfc/wasm'))); $use" > "$project/core.mjs"
echo "const { instantiate } = require('lstmfc/core'); const lstmfc = instantiate(require('fs').readFileSync(require.resolve('lstmfc/wasm'))); $use" > "$project/core.cjs"
echo "import { Lstmfc } from 'lstmfc'; $client" > "$project/client.mjs"
echo "const { Lstmfc } = require('lstmfc'); (async () => { $client })();" > "$project/client.cjs"
echo "import { instantiate, bytes } from 'lstmfc/inline'; const lstmfc = instantiate(bytes()); $use" > "$project/inline.mjs"
for file in core.mjs core.cjs client.mjs client.cjs inline.mjs; do in_project "node: $file" node "$file"; done
in_project "esbuild bundles the inline module" node -e "require('$PWD/$tools/esbuild').buildSync({entryPoints: ['inline.mjs'], bundle: true, format: 'esm', outfile: 'bundled.mjs'})"
in_project "node: the bundle of esbuild" node bundled.mjs
cp wasm/test/consumer.ts "$project"
for how in "bundler esnext" "node16 node16"; do
    in_project "TypeScript, moduleResolution ${how% *}" node "$PWD/$tools/typescript/bin/tsc" --noEmit --strict --target es2022 --lib es2023,dom --skipLibCheck false \
        --moduleResolution "${how% *}" --module "${how#* }" consumer.ts
done
cp wasm/test/consumer.ts "$project/consumer.cts"
in_project "TypeScript, CommonJS" node "$PWD/$tools/typescript/bin/tsc" --noEmit --strict --target es2022 --lib es2023,dom --moduleResolution node16 \
    --module node16 consumer.cts
finish
