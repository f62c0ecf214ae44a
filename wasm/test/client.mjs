// The client in node: node client.mjs PACKAGE CANDLES.csv [ROUNDS]. Cancels at random moments, pauses, resumes; the longest wait is printed.
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

const [root, csv] = process.argv.slice(2, 4).map((path) => resolve(path)), rounds = Number(process.argv[4] || 20);
const { Lstmfc, LstmfcError } = await import(pathToFileURL(join(root, 'dist/node.js')));
let passed = 0, failed = 0;
const check = (ok, what) => { if (ok) passed++; else failed++; console.log(`${ok ? 'ok   ' : 'FAIL '} ${what}`); };
const wait = (ms) => new Promise((go) => { setTimeout(go, ms); });
const failure = (promise) => promise.then(() => null, (e) => e);

const lstmfc = await Lstmfc.load();
check(lstmfc.about.version.length > 0, 'the worker answers');
const candles = await lstmfc.candles(readFileSync(csv, 'utf8'));
const options = { target: 'direction', features: 'log_return(close)', window: 24, model: 'lstm 32 | dense 1 sigmoid', epochs: 6, patience: null, created: 1 };
const seen = [];
const started = performance.now();
const whole = await (await lstmfc.train(candles, options, { onProgress: ({ epochs }) => seen.push(epochs.length), every: 0 })).save();
const lasts = performance.now() - started;
check(seen.at(-1) === 6 && seen.length > 2, `progress after epochs ${seen}`);

const long = { ...options, epochs: 18 }, wholeLong = await (await lstmfc.train(candles, long)).save();
let longest = 0, aborted = 0, checkpoint = null, other = 0;
for (let i = 0; i < rounds; i++) {
    const control = new AbortController(), training = lstmfc.train(candles, long, { signal: control.signal });
    await wait(0.6 * lasts * Math.random());            // well before its end: it has three times the epochs
    const begun = performance.now();
    control.abort();
    const e = await failure(training);
    longest = Math.max(longest, performance.now() - begun);
    if (e?.name === 'AbortError' && e.checkpoint) { aborted++; checkpoint = e.checkpoint; } else other++;
}
check(aborted === rounds && other === 0, `${aborted} of ${rounds} trainings cancelled, each with a checkpoint; longest wait ${longest.toFixed(1)} ms`);
const resumed = lstmfc.resume(checkpoint, candles, long);
check(await (await resumed).save() === wholeLong, 'resumed from the checkpoint of a cancelled training: the same bytes');
{
    // trained, and about to be calibrated: the worker is busy, the answer is there all the same
    const control = new AbortController();
    let begun = 0;
    const e = await failure(lstmfc.train(candles, options, { signal: control.signal, every: 0, onProgress: ({ epochs }) => {
        if (epochs.length === 6 && !begun) { begun = performance.now(); control.abort(); }
    } }));
    const waited = performance.now() - begun;
    check(e?.name === 'AbortError' && await (await lstmfc.resume(e.checkpoint, candles, options)).save() === whole, `cancelled while it is calibrated, after ${waited.toFixed(1)} ms: goes on to the same bytes`);
}
const paused = lstmfc.train(candles, options);
paused.pause();
let over = false;
paused.then(() => { over = true; });
await wait(300);
const asked = performance.now(), [next] = await (await lstmfc.load(whole)).predict(candles);
const answered = performance.now() - asked;
check(!over && next.value > 0, `paused: it waits, and the worker answers (in ${answered.toFixed(1)} ms)`);
paused.resume();
check(await (await paused).save() === whole, 'gone on with: the same bytes');
const before = failure(lstmfc.train(candles, options, { signal: AbortSignal.abort() }));
check((await before)?.name === 'AbortError', 'cancelled before it began');
{
    // one that never began gives no order to the next
    const never = lstmfc.train(candles, options, { signal: AbortSignal.abort() });
    never.catch(() => {});
    const next = lstmfc.train(candles, options);
    never.cancel();
    check(await (await next).save() === whole, 'a training that never began cancels no other');
    const half = await (await lstmfc.train(candles, { ...options, test: 0.3, epochs: 1 })), dropped = await lstmfc.candles(readFileSync(csv, 'utf8'));
    const judged = lstmfc.evaluate(half, dropped);
    dropped.free();
    check((await judged).verdict.length === 4, 'candles that are freed serve an evaluation');
    const bad = await failure(half.predictAll(candles, -1, 10));
    check(bad?.kind === 'argument' && (await half.predict(candles)).length === 1, 'bars that are not there are refused, and the worker goes on');
    check((await failure(lstmfc.resume('', candles, options)))?.kind === 'argument' && (await failure(lstmfc.evaluate(half, undefined)))?.kind === 'argument',
        'no checkpoint, no candles: an argument');
    check((await failure(lstmfc.train(candles, { model: () => 1 })))?.name === 'DataCloneError', 'what cannot be sent says so');
}
const e = await failure(lstmfc.train(candles, { modell: 'lstm 8' }));
check(e instanceof LstmfcError && e.nearest === 'model', 'an error crosses with what it knows');
const model = await lstmfc.load(whole), wanted = await model.signals(candles), result = await lstmfc.backtest(candles, wanted);
check(wanted.length === candles.length && result.curves.equity.length === candles.length, 'signals and backtest');
const stream = await model.stream();
await stream.replay(candles, 0, candles.length - 1);
check((await stream.step(candles, candles.length - 1)).value === next.value, 'a stream gives the same forecast');
model.free();
check(/freed/.test((await failure(model.save()))?.message), 'what is freed says so');
lstmfc.close();
check(/closed/.test((await failure(lstmfc.memory()))?.message), 'asked after close(): it says so');
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed ? 1 : 0);
