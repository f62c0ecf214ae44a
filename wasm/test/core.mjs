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
    let e = null;
    made.append({ time: candles.time.at(-1) + 3600000, close: close.at(-1) });
    check(made.length === candles.length + 1, `${kind}: a bar more`);

    // against the native program's evaluation: the same figures, the same words
    const { evaluation: verdict } = JSON.parse(execFileSync(tool, ['evaluate', '--model', native, '--csv', csv, '--json', '--simd', 'scalar'], { stdio: ['ignore', 'pipe', 'ignore'] }));
    const judged = lstmfc.evaluate(model, candles), at = candles.length - judged.count;
    check(judged.measured === verdict.count && Object.entries(verdict.direction).every(([name, x]) => judged.direction[name] === x)
        && judged.baselines.every((b, k) => b.name === verdict.baselines[k].name && b.skill === verdict.baselines[k].comparison.skill && b.accuracy === verdict.baselines[k].accuracy),
    `${kind}: evaluate has the native figures of ${judged.measured} forecasts`);
    for (const line of judged.verdict) {
        const theirs = verdict.verdict[line.name.replaceAll(' ', '_')];
        check(line.verdict === theirs.verdict && line.reason === theirs.reason, `${kind}: ${line.name}: ${line.verdict}, ${line.reason}`);
        if (line.reason !== theirs.reason) console.log(theirs.reason);
    }
    check(Object.entries(verdict.backtest).every(([name, x]) => judged.backtest.metrics[name] === x) && judged.reliability.length === 10
        && same(judged.forecasts.value, all.value.slice(at)), `${kind}: and the native backtest`);
    const span = lstmfc.span(loaded, candles);
    let slices = 1;
    while (!span.step(500)) slices++;
    check(slices === 6 && same(span.bands.value, all.value) && same(span.signals({ band: 0.001 }), wanted), `${kind}: forecasts in ${slices} steps are those at once`);
    span.free();
    const returns = lstmfc.fit(candles, { ...options, target: 'return', model: 'lstm 4 | dense 1', epochs: 1 });
    while (!returns.step(0)) { /* to the end */ }
    const adaptive = returns.finish(), ahead = adaptive.predictAll(candles, 1500), slow = lstmfc.span(adaptive, candles, 1500);
    while (!slow.step(400)) { /* on */ }
    check(same(slow.bands.value, ahead.value) && same(slow.bands.lower, ahead.lower) && same(slow.bands.upper, ahead.upper) && ahead.lower.at(-1) < ahead.value.at(-1),
        `${kind}: adaptive intervals in steps are those at once`);
    for (const one of [returns, adaptive, slow]) one.free();
    e = thrown(() => lstmfc.evaluate(lstmfc.load(saved), lstmfc.candles(Object.fromEntries(Object.entries(columns).map(([name, x]) => [name, x.slice(0, 2000)])))));
    check(e?.kind === 'data' && /nothing left/.test(e.message), `${kind}: nothing to measure says so`);

    // of an ensemble what cannot be held against it is not known, and never a yes
    const other = join(folder, `other-${kind}.json`);
    execFileSync(tool, ['train', '--csv', csv, '--target', 'direction', '--features', 'log_return(close)', '--window', '12', '--model', options.model, '--epochs', '1',
        '--test', '0.2', '--created', '2023-11-14T22:13:20Z', '--simd', 'scalar', '--progress', 'none', '--out', other], { stdio: ['ignore', 'ignore', 'ignore'] });
    for (const how of ['mean', 'vote']) {
        const joined = join(folder, `${how}-${kind}.json`);
        execFileSync(tool, ['ensemble', '--models', `${native},${other}`, '--how', how, '--csv', csv, '--out', joined], { stdio: ['ignore', 'ignore', 'ignore'] });
        const ensemble = lstmfc.load(readFileSync(joined, 'utf8')), { verdict } = lstmfc.evaluate(ensemble, candles), words = verdict.map((line) => line.verdict).slice(0, 3).join();
        check(how === 'vote' ? words === 'not known,not known,not known' : /^(yes|no),not known,not known$/.test(words), `${kind}: an ensemble by ${how}: ${words}`);
        ensemble.free();
    }
    // what is asked for must be there, and what is refused leaves everything as it was
    for (const [first, count] of [[-1, 10], ['abc', undefined], [0, 3001], [2999, 2], [1.5, 2], [0, -1]])
        for (const call of [() => loaded.predictAll(candles, first, count), () => loaded.signals(candles, {}, first, count), () => lstmfc.span(loaded, candles, first, count)])
            check(thrown(call)?.kind === 'argument', `${kind}: bars ${first}, ${count} are refused`);
    for (const [what, call] of Object.entries({
        'a number that is none': () => lstmfc.fit(candles, { ...options, lr: Infinity }), 'no text': () => lstmfc.load(null), 'no candles': () => lstmfc.candles(null),
        'no positions': () => lstmfc.backtest(candles, null), 'another option': () => lstmfc.evaluate(loaded, candles, { hole: 1 }), 'no truth': () => lstmfc.evaluate(loaded, candles, { whole: 'no' }),
        'the wrong way round': () => lstmfc.evaluate(candles, loaded), 'a bar that is none': () => lstmfc.candles({ time: [1e12], close: [5] }).append({ time: 2e12, close: -3 }),
        'a bar without a close': () => lstmfc.candles({ time: [1e12], close: [5] }).append({ time: 2e12 }), 'a time that is none': () => lstmfc.candles({ time: [NaN], close: [1] }),
        'a column that is none': () => lstmfc.candles({ time: [1], close: [1], foo: [1] }), 'no checkpoint': () => lstmfc.fit(candles, options).resume(''), 'half a bar': () => loaded.stream().push(candles, 1.5),
        'a step back': () => lstmfc.span(loaded, candles).step(-1) }))
        check(thrown(call)?.kind === 'argument', `${kind}: ${what} is refused: ${thrown(call)?.message}`);
    check(judged.origin === 'matching' && /charged 2.00/.test(lstmfc.evaluate(loaded, candles, { backtest: { fee: 'none' } }).verdict[3].reason), `${kind}: the candles it was trained on; no fee is charged as none`);
    const work = lstmfc.evaluation(loaded, candles, { signals: { bnad: 1 } });
    const tried = () => { while (!work.step()) { /* on */ } return work.report(); };
    check(thrown(tried)?.nearest === 'band' && thrown(tried)?.nearest === 'band', `${kind}: a wrong option of an evaluation is refused, twice`);
    work.free();
    const dropped = lstmfc.candles(text), judging = lstmfc.evaluation(loaded, dropped);
    check(/something reads/.test(thrown(() => dropped.append({ time: 4e12, close: 1 }))?.message), `${kind}: candles under an evaluation take no bar`);
    dropped.free();
    check(judging.report().measured === judged.measured, `${kind}: candles that are freed serve an evaluation to its end`);
    judging.free();
    const flat = lstmfc.fit(candles, { ...options, target: 'return', model: 'lstm 4 | dense 1', epochs: 1 }), still = {};
    while (!flat.step(0)) { /* to the end */ }
    for (const name of Object.keys(columns)) still[name] = columns[name].map((x, t) => name === 'time' || t < 2399 ? x : name === 'volume' ? 1 : columns.close[2399]);
    const quiet = flat.finish(), same0 = lstmfc.evaluate(quiet, lstmfc.candles(still));
    check(same0.verdict.every(({ reason }) => typeof reason === 'string') && same0.baselines[0].skill === null, `${kind}: where nothing moves a skill is not defined: ${same0.verdict[0].reason}`);

    // a look inside
    const inside = lstmfc.inside(loaded), rows = inside.rows(candles, candles.length - 1), H = 8, T = inside.window;
    const [p] = inside.predict(rows), { gates, cell, hidden } = inside.gates(rows), W = inside.tensor(inside.tensors[0].name), slopes = inside.slopes(rows);
    check(p === next.value && inside.layers[0].kind === 'lstm' && W.shape.join() === '2,32' && gates.length === T * 4 * H && slopes.length === T * 2,
        `${kind}: inside: the rows shown give the forecast`);
    let worst = 0;
    for (let t = 1; t < T; t++) for (let j = 0; j < H; j++) {
        const g = (k) => gates[t * 4 * H + k * H + j], c = g(1) * cell[(t - 1) * H + j] + g(0) * g(2);
        worst = Math.max(worst, Math.abs(c - cell[t * H + j]), Math.abs(g(3) * Math.tanh(c) - hidden[t * H + j]));
    }
    check(worst < 1e-6, `${kind}: inside: c = f c + i g and h = o tanh(c), to ${worst.toExponential(1)}`);
    const moved = (by) => { const other = rows.slice(); other[other.length - 2] += by; return inside.predict(other)[0]; };
    check(Math.abs((moved(0.05) - moved(-0.05)) / 0.1 - slopes[slopes.length - 2]) < 1e-4 && slopes.some((x) => x !== 0), `${kind}: inside: a slope is how the forecast moves`);
    const bias = inside.tensor(inside.tensors[2].name), mute = bias.data.slice().fill(-100, 0, H), kernel = W.data.slice();
    const recurrent = inside.tensor(inside.tensors[1].name).data.slice();
    for (let k = 0; k < kernel.length; k++) if (k % (4 * H) < H) kernel[k] = 0;
    for (let k = 0; k < recurrent.length; k++) if (k % (4 * H) < H) recurrent[k] = 0;
    inside.set(bias.name, mute).set(W.name, kernel).set(inside.tensors[1].name, recurrent);
    check(inside.gates(rows).cell.every((x) => Math.abs(x) < 1e-15) && inside.predict(rows)[0] !== p, `${kind}: inside: without input gates the cells are empty`);
    check(inside.reset().predict(rows)[0] === p && model.predict(candles)[0].value === p, `${kind}: inside: reset; the model is as it was`);
    const states = inside.states(candles, candles.length - 3, 3);
    check(same(states.subarray(-H), hidden.subarray(-H)), `${kind}: inside: states of windows`);
    let shuffled = null, turns = 0;
    for (const work = inside.shuffled(columns.time.length > 400 ? lstmfc.candles(Object.fromEntries(Object.entries(columns).map(([name, x]) => [name, x.slice(0, 400)]))) : candles,
        { epochs: 2 }); !shuffled; turns++) { const { value, done } = work.next(); if (done) shuffled = value; }
    check(turns > 5 && shuffled.predict(rows)[0] > 0 && shuffled.predict(rows)[0] !== p && inside.predict(rows)[0] === p, `${kind}: inside: a network of shuffled labels, in ${turns} turns`);
    e = thrown(() => inside.set(bias.name, [1, 2]));
    check(e?.kind === 'shape' && thrown(() => inside.tensor('x'))?.kind === 'argument' && thrown(() => inside.predict([1]))?.kind === 'argument', `${kind}: inside: errors`);
    shuffled.free();
    const stopped = inside.shuffled(candles, { epochs: 2 });
    for (let i = 0; i < 60; i++) stopped.next();
    stopped.return();
    const several = lstmfc.fit(candles, { ...options, target: 'return', model: 'lstm 4 | dense 3', epochs: 1, horizon: 1, horizons: '1,4,24' });
    while (!several.step(0)) { /* to the end */ }
    const three = several.finish(), wide = lstmfc.inside(three);
    check(thrown(() => wide.shuffled(candles).next())?.kind === 'unsupported', `${kind}: inside: shuffled labels are for one output`);
    const two = lstmfc.fit(candles, { ...options, model: 'bilstm 4 | dense 1 sigmoid', epochs: 1 });
    while (!two.step(0)) { /* to the end */ }
    const ways = two.finish(), both = lstmfc.inside(ways);
    check(thrown(() => both.states(candles, 100, 2))?.kind === 'unsupported' && thrown(() => both.rows(candles, -1))?.kind === 'argument', `${kind}: inside: no gates to show says so`);
    ways.free();
    check(both.reset().predict(both.rows(candles, 500)).length === 1, `${kind}: inside: reset after its model was freed`);
    for (const one of [both, wide, three, several, two]) one.free();
    inside.free();

    e = thrown(() => lstmfc.fit(candles, { targt: 'direction' }));
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
