// Runs the two jobs of tests/trace.c inside the WebAssembly module and prints the same lines, bit for bit.
//     node wasm/trace.mjs build/wasm/lstmfc-scalar.wasm candles.csv [model.json]
//     node wasm/trace.mjs build/wasm/lstmfc-simd.wasm --speed       prints the milliseconds of a training instead
import { readFileSync, writeFileSync } from 'node:fs';

const [modulePath, csvPath, modelPath] = process.argv.slice(2);
if (!csvPath) { console.error('usage: node trace.mjs MODULE.wasm CANDLES.csv [MODEL.json]'); process.exit(2); }

const module = new WebAssembly.Module(readFileSync(modulePath));
const needed = WebAssembly.Module.imports(module).map((i) => `${i.module}.${i.name}`);
const supplied = { env: { emscripten_notify_memory_growth() {} } };
for (const name of needed) {
    if (name !== 'env.emscripten_notify_memory_growth') { console.error(`the module asks for ${name}`); process.exit(1); }
}
const w = new WebAssembly.Instance(module, supplied).exports;
if (w._initialize) w._initialize();

// Views are made anew each time: growth detaches them.
const bytes = (pointer, length) => new Uint8Array(w.memory.buffer, pointer >>> 0, length);
const floats = (pointer, length) => new Float32Array(w.memory.buffer, pointer >>> 0, length);
const doubles = (pointer, length) => new Float64Array(w.memory.buffer, pointer >>> 0, length);
function cstring(pointer) {
    const all = new Uint8Array(w.memory.buffer);
    let end = pointer >>> 0;
    while (all[end]) end++;
    return Buffer.from(all.subarray(pointer >>> 0, end)).toString();
}
function put(data) {                                // a copy inside the module; give it back with w.free
    const pointer = w.malloc(data.length || 1);
    bytes(pointer, data.length).set(data);
    return pointer;
}
const err = w.error_new();
function check(ok, what) {
    if (ok) return;
    console.log(`${what}: ${cstring(w.error_message(err))}`);
    process.exit(1);
}
function withOptions(options, call) {
    const text = Buffer.from(JSON.stringify(options));
    const pointer = put(text);
    const result = call(pointer, text.length);
    w.free(pointer);
    return result;
}
function text(call) {                               // the bytes that a call writes
    const out = w.text_new();
    check(call(out) === 0, 'text');
    const copy = Buffer.from(bytes(w.text_data(out), w.text_length(out)));
    w.text_free(out);
    return copy;
}

let state = 12345;
const draw = () => { state = (Math.imul(state, 1664525) + 1013904223) >>> 0; return state >>> 8; };
function bits(name, x) {
    if (x === null || Number.isNaN(x)) return ` ${name} nan`;
    const view = new DataView(new ArrayBuffer(8));
    view.setFloat64(0, x);
    return ` ${name} ${view.getBigUint64(0).toString(16).padStart(16, '0')}`;
}
const table = Array.from({ length: 256 }, (_, n) => { for (let k = 0; k < 8; k++) n = n & 1 ? (n >>> 1) ^ 0xedb88320 : n >>> 1; return n >>> 0; });
function crc32(data) {
    let crc = 0xffffffff;
    for (const byte of data) crc = table[(crc ^ byte) & 255] ^ (crc >>> 8);
    return ((crc ^ 0xffffffff) >>> 0).toString(16).padStart(8, '0');
}
function history(trainer) {
    const h = JSON.parse(text((out) => w.trainer_history(trainer, out, err)));
    for (const e of h.epochs) {
        console.log(`epoch ${e.epoch}` + ['loss', 'val_loss', 'penalty', 'lr', 'norm', 'auc', 'val_auc'].map((k) => bits(k, e[k])).join(''));
    }
    console.log(`best ${h.best_epoch}`);
}

// The speed: 100 batches of 32 windows of 24 rows through an LSTM of 64.
if (csvPath === '--speed') {
    const ROWS = 1624, INPUTS = 8, WINDOW = 24, TRAIN = 1600;
    const rowsAt = put(new Uint8Array(Float32Array.from({ length: ROWS * INPUTS }, () => draw() / 8388608 - 1).buffer));
    const targetsAt = put(new Uint8Array(Float32Array.from({ length: TRAIN }, () => draw() & 1).buffer));
    const model = withOptions({ spec: 'lstm 64 | dense 1 sigmoid', inputs: INPUTS, window: WINDOW, seed: 7 }, (p, n) => w.model_new(p, n, err));
    check(model, 'model');
    const trainer = withOptions({ epochs: 3, batch: 32, seed: 7, loss: 'bce' }, (p, n) => w.trainer_new(model, rowsAt, ROWS, targetsAt, TRAIN, 0, p, n, err));
    check(trainer, 'trainer');
    check(w.trainer_step(trainer, 50, err) === 0, 'step');      // the engine has compiled what it will compile
    const start = performance.now();
    check(w.trainer_step(trainer, 100, err) >= 0, 'step');
    console.log((performance.now() - start).toFixed(1));
    process.exit(0);
}

// Job 1: model and trainer over plain rows.
{
    const ROWS = 100, INPUTS = 3, WINDOW = 6, TRAIN = 70, VALIDATION = 25, f = Math.fround;
    const rows = Float32Array.from({ length: ROWS * INPUTS }, () => f(f(draw()) / 8388608 - 1));
    const targets = Float32Array.from({ length: TRAIN + VALIDATION },
        (_, i) => (f(rows[(i + WINDOW - 1) * INPUTS] + rows[(i + WINDOW - 3) * INPUTS + 1]) > 0 ? 1 : 0));
    const model = withOptions({
        spec: 'lstm 7 dropout=0.1 | batchnorm | dropout 0.2 | lstm 5 l2=0.001 | dense 4 tanh | dense 1 sigmoid', inputs: INPUTS, window: WINDOW, seed: 7,
    }, (p, n) => w.model_new(p, n, err));
    check(model, 'model');
    const rowsAt = put(new Uint8Array(rows.buffer)), targetsAt = put(new Uint8Array(targets.buffer));
    const trainer = withOptions({ epochs: 4, batch: 16, seed: 7, loss: 'bce', lr: 0.02, clip_norm: 0.25 },
        (p, n) => w.trainer_new(model, rowsAt, ROWS, targetsAt, TRAIN, VALIDATION, p, n, err));
    check(trainer, 'trainer');
    let result;
    while ((result = w.trainer_step(trainer, 2, err)) === 0) { /* a page would show progress here */ }
    check(result === 1, 'step');
    history(trainer);
    const outputsAt = w.malloc(4 * VALIDATION);
    check(w.model_predict(model, rowsAt + 4 * TRAIN * INPUTS, ROWS - TRAIN, VALIDATION, outputsAt, err) === 0, 'predict');
    floats(outputsAt, VALIDATION).forEach((p, i) => console.log(`output ${i}${bits('p', p)}`));
    const saved = text((out) => w.model_save(model, 0, out, err));
    console.log(`model ${saved.length} bytes, crc32 ${crc32(saved)}`);
    w.trainer_free(trainer);
    w.model_free(model);
    [rowsAt, targetsAt, outputsAt].forEach((p) => w.free(p));
}

// Job 2: from CSV text to a forecaster.
{
    const csv = readFileSync(csvPath), csvAt = put(csv);
    const candles = w.candles_parse(csvAt, csv.length, 0, 0, 0, err);
    check(candles, 'candles');
    w.free(csvAt);
    const fit = withOptions({
        target: 'price', horizon: 2, window: 8,
        features: 'log_return(close), rsi(14)/100, macd(12,26,9).hist/close, atr(14)/close, realized_vol(20), hour_sin',
        model: 'lstm 8 | batchnorm | dropout 0.2 | dense 1', epochs: 3, seed: 11, lr: 0.005,
    }, (p, n) => w.fit_new(candles, p, n, err));
    check(fit, 'fit');
    let result;
    while ((result = w.fit_step(fit, 3, err)) === 0) { /* and here */ }
    check(result === 1, 'fit_step');
    history(w.fit_trainer(fit));
    const forecaster = w.fit_finish(fit, err);
    check(forecaster, 'fit_finish');
    const bars = w.candles_count(candles);
    const value = w.malloc(8 * bars), lower = w.malloc(8 * bars), upper = w.malloc(8 * bars);
    check(w.forecaster_predict_all(forecaster, candles, 0, bars, value, lower, upper, err) === 0, 'predict_all');
    for (let i = 0; i < bars; i += 13) {
        console.log(`bar ${i}${bits('value', doubles(value, bars)[i])}${bits('lower', doubles(lower, bars)[i])}${bits('upper', doubles(upper, bars)[i])}`);
    }
    const saved = text((out) => w.forecaster_save(forecaster, out, err));
    console.log(`forecaster ${saved.length} bytes, crc32 ${crc32(saved)}`);
    if (modelPath) writeFileSync(modelPath, saved);

    // What the native trace has no line for: the newest forecast as JSON, a model that was saved and loaded, an error that says where.
    const next = JSON.parse(text((out) => w.forecaster_predict(forecaster, candles, 1, out, err)));
    check(next[0].value === doubles(value, bars)[bars - 1], 'forecaster_predict does not agree with predict_all');
    const savedAt = put(saved);
    const loaded = w.forecaster_load(savedAt, saved.length, err);
    check(loaded, 'load');
    check(text((out) => w.forecaster_save(loaded, out, err)).equals(saved), 'save -> load -> save changed the file');
    bytes(savedAt, saved.length)[saved.length >> 1] ^= 1;
    check(w.forecaster_load(savedAt, saved.length, err) === 0 && w.error_code(err) < 0 && cstring(w.error_message(err)) !== '', 'a damaged file was loaded');
    w.error_clear(err);
    check(withOptions({ target: 'price', windw: 8 }, (p, n) => w.fit_new(candles, p, n, err)) === 0 &&
        cstring(w.error_message(err)).includes('window'), 'an unknown option is not refused with the nearest name');
    w.forecaster_free(loaded);
    w.forecaster_free(forecaster);
    w.fit_free(fit);
    w.candles_free(candles);
    [savedAt, value, lower, upper].forEach((p) => w.free(p));
    w.error_free(err);
}
