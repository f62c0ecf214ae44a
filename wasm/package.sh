#!/bin/sh
# wasm/package.sh: the npm package in build/npm and the pages in build/web, of the modules in build/wasm (wasm/build.sh). Needs node and
# npm: what builds it is named in wasm/package.json, each in one version, and lands in build/web-tools.
set -eu
cd "$(dirname "$0")/.."
command -v npm > /dev/null || { echo "skip the npm package: no npm (packages nodejs npm)"; exit 0; }
tools=build/web-tools
if ! cmp -s wasm/package.json "$tools/complete"; then
    rm -rf "$tools" && mkdir -p "$tools"
    cp wasm/package.json "$tools"
    (cd "$tools" && npm install --no-package-lock --no-audit --no-fund) > "$tools/log" 2>&1 ||
        { echo "skip the npm package: what wasm/package.json names cannot be installed (see $tools/log)"; exit 0; }
    cp wasm/package.json "$tools/complete"
fi
rm -rf build/npm
node wasm/package.mjs build/wasm "$tools" build/npm
rm -rf build/web
node wasm/demo.mjs build/npm "$tools" build/web
make -s build/lstmfc
node wasm/inside.mjs build/wasm "$tools" build/web build/lstmfc
