// The package in node, Deno or Bun: RUNTIME runtime.mjs CANDLES.csv NATIVE.json, in a project that has the package.
import { readFileSync } from 'node:fs';
import process from 'node:process';
import { Lstmfc } from 'lstmfc';
import { instantiate, simd } from 'lstmfc/core';
import { bytes } from 'lstmfc/inline';
import { inPlace, inWorker } from './job.js';
import { check, done } from './checks.mjs';

const [csv, native] = process.argv.slice(2).map((path) => readFileSync(path, 'utf8'));
check(simd(), 'it has vectors');
for (const name of ['lstmfc.wasm', 'lstmfc-simd.wasm']) {
    const module = readFileSync(new URL(import.meta.resolve(`lstmfc/dist/${name}`)));
    check(inPlace(instantiate, module, csv) === native, `lstmfc/core, ${name}: the native program's model file, ${native.length} bytes`);
}
check(inPlace(instantiate, bytes(), csv) === native, 'lstmfc/inline: the same');
const { saved, value, resumed } = await inWorker(Lstmfc, csv);
check(saved === native && value > 0, 'lstmfc, in its worker: the same');
check(resumed, 'cancelled, and gone on to the same bytes');
done();
