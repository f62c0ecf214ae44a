// The core in node against the native program: node core.mjs PACKAGE TOOL CANDLES.csv FOLDER. A line a check, the sum at the end.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

const [root, tool, csv, folder] = process.argv.slice(2).map((path) => resolve(path));
const { instantiate, simd, LstmfcError } = await import(pathToFileURL(join(root, 'dist/core.js')));
let passed = 0, failed = 0;
const check = (ok, what) => { if (ok) passed++; else failed++; console.log(`${ok ? 'ok   ' : 'FAIL '} ${what}`); };
const thrown = (call) => { try { call(); } catch (e) { return e; } return null; };
const same = (a, b) => a.length === b.length && a.every((x, i) => Object.is(x, b[i]));

check(simd() === true, 'node has vectors');
const text = readFileSync(csv);
for (const kind of ['lstmfc.wasm', 'lstmfc-simd.wasm']) {
    const lstmfc = instantiate(readFileSync(join(root, 'dist', kind)));
    const candles = lstmfc.candles(text);
    const options = { target: 'direction', features: 'log_return(close), rsi(14)/100', window: 12, model: 'lstm 8 | dense 1 sigmoid', epochs: 3,
        patience: null, test: 0.2, seed: 5, created: 1700000000000 };
    const fit = lstmfc.fit(candles, options);
    let checkpoint = null, steps = 0;
    while (!fit.step(3)) if (++steps === 7) checkpoint = fit.save();
    check(fit.history.epochs.length === 3 && fit.history.epochs[0].loss > 0, `${kind}: three epochs, each with its loss`);
    const model = fit.finish(), saved = model.save();
    const native = join(folder, `${kind}.json`);
    execFileSync(tool, ['train', '--csv', csv, '--target', 'direction', '--features', options.features, '--window', '12', '--model', options.model,
        '--epochs', '3', '--patience', 'none', '--test', '0.2', '--seed', '5', '--created', '2023-11-14T22:13:20Z', '--simd', 'scalar', '--progress', 'none',
        '--out', native], { stdio: ['ignore', 'ignore', 'ignore'] });
    check(saved === readFileSync(native, 'utf8'), `${kind}: the model file is the native program's, ${saved.length} bytes`);
    const again = lstmfc.fit(candles, options).resume(checkpoint);
    while (!again.step(0)) { /* to the end */ }
    check(again.finish().save() === saved, `${kind}: resumed from a checkpoint, the same bytes`);
    const loaded = lstmfc.load(saved), all = loaded.predictAll(candles), [next] = model.predict(candles);
    const { functions, presets, layers } = lstmfc.about, listed = execFileSync(tool, ['features', '--list'], { encoding: 'utf8' });
    check(functions.length === listed.split('\n').filter((line) => /^[a-z]/.test(line) && !/^(columns|lookback):/.test(line)).length
        && functions.every(({ name, help }) => listed.includes(`\n    ${help}\n`) && RegExp(`^${name}(\\(|$)`, 'm').test(listed)),
    `${kind}: about has the ${functions.length} functions that the program lists`);
    check(presets.some(({ name }) => name === 'a') && layers.every(({ name, help }) => help.startsWith(`${name} takes `)) && layers.length > 8,
        `${kind}: about has presets and ${layers.length} kinds of layer`);
    check(next.value === all.value.at(-1) && next.probability_up === next.value && next.price === null, `${kind}: predict is the last of predictAll`);
    const stream = loaded.stream().replay(candles, 0, candles.length - 1);
    check(stream.peek(candles, candles.length - 1).value === next.value && stream.push(candles, candles.length - 1).value === next.value
        && stream.bars === candles.length, `${kind}: a stream gives the same`);
    const wanted = loaded.signals(candles, { band: 0.001 });
    check(wanted.every((x, t) => x === (all.value[t] > 0.501 ? 1 : all.value[t] < 0.499 ? -1 : 0)), `${kind}: signals are the band about a half`);
    const free = lstmfc.backtest(candles, wanted, { fee: null, slippage: null }), paid = lstmfc.backtest(candles, wanted);
    check(free.no_costs && !paid.no_costs && paid.curves.equity.at(-1) < free.curves.equity.at(-1)
        && Math.abs(paid.metrics.total_return - (paid.curves.equity.at(-1) / 10000 - 1)) < 1e-12 && paid.trades.length === paid.metrics.trades,
    `${kind}: costs cost, and the metrics are those of the curve`);
    const columns = Object.fromEntries(['time', 'open', 'high', 'low', 'close', 'volume'].map((name) => [name, name === 'time' ? candles.time : candles.column(name)]));
    const made = lstmfc.candles(columns);
    check(same(made.column('close'), candles.column('close')) && made.length === candles.length && candles.report.kept === candles.length,
        `${kind}: candles of columns are those of the text`);
    const { names, column } = lstmfc.indicators(made, 'sma(close,3), rsi(14)');
    const close = candles.column('close'), sma = column(names[0]);
    check(Number.isNaN(sma[1]) && Math.abs(sma[2] - (close[0] + close[1] + close[2]) / 3) < 1e-9 * close[0], `${kind}: indicators`);
    made.append({ time: candles.time.at(-1) + 3600000, close: close.at(-1) });
    check(made.length === candles.length + 1, `${kind}: a bar more`);

    let e = thrown(() => lstmfc.fit(candles, { targt: 'direction' }));
    check(e instanceof LstmfcError && e.kind === 'argument' && e.nearest === 'target', `${kind}: an unknown option names the nearest`);
    e = thrown(() => lstmfc.candles('time,close\n2020-01-01,1\n2020-01-02,x\n'));
    check(e instanceof LstmfcError && e.kind === 'data' && e.line === 3 && e.column === 12, `${kind}: a bad cell has its line and column`);
    e = thrown(() => lstmfc.load(saved.replace('lstm 8', 'lstm 9')));
    check(e instanceof LstmfcError && e.kind === 'format', `${kind}: a changed model is refused`);
    check(thrown(() => lstmfc.candles({ time: [2, 1], close: [1, 1] })) instanceof LstmfcError, `${kind}: times that do not ascend are refused`);
    e = thrown(() => lstmfc.candles({ time: [1, 2, 3], close: [1, 1] }));
    check(e instanceof LstmfcError && /close has 2 values, time 3/.test(e.message), `${kind}: columns of other lengths are refused`);
    const lent = lstmfc.candles(text), reading = lstmfc.fit(lent, options);
    check(/reads these candles/.test(thrown(() => lent.append({ time: 4e12, close: 1 }))?.message), `${kind}: candles in use take no bar`);
    lent.free();                                    // the training still reads them: they must not be given back under it
    const others = Array.from({ length: 8 }, () => lstmfc.candles(columns));
    while (!reading.step(0)) { /* to the end */ }
    check(reading.finish().save() === saved && /freed/.test(thrown(() => lent.length)?.message), `${kind}: candles that are freed serve a training to its end`);
    reading.free();
    for (const one of others) one.free();
    const going = model.stream().replay(candles, 0, candles.length - 1);
    model.free(); model.free();
    check(going.push(candles, candles.length - 1).value === next.value, `${kind}: a model that is freed serves its stream`);
    going.free();
    check(thrown(() => model.save())?.message === 'it has been freed', `${kind}: what is freed says so`);
    const before = lstmfc.memory;
    for (let i = 0; i < 100; i++) {
        const f = lstmfc.fit(candles, { ...options, epochs: 1 });
        f.step(2);
        f.free();
        const m = lstmfc.load(saved);
        m.predict(candles);
        m.free();
    }
    check(lstmfc.memory === before, `${kind}: 100 cycles take no more memory (${before} bytes)`);
}
{
    const lstmfc = instantiate(readFileSync(join(root, 'dist/lstmfc-predict.wasm'))), full = instantiate(readFileSync(join(root, 'dist/lstmfc-simd.wasm')));
    const json = readFileSync(join(folder, 'lstmfc.wasm.json'), 'utf8'), model = lstmfc.load(json), candles = lstmfc.candles(text);
    const here = model.predictAll(candles).value, there = full.load(json).predictAll(full.candles(text)).value;
    check(same(here, there) && lstmfc.about.forecaster === undefined, 'lstmfc-predict.wasm: the same forecasts');
    check(thrown(() => lstmfc.fit(candles, {}))?.kind === 'unsupported', 'lstmfc-predict.wasm: it says that it does not train');
}
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed ? 1 : 0);
