// The contestants of `make bench-web`. Each gives { version, of(work) }; an object of a work has what it can do of epoch(), window(i),
// step(i), and check(), whose numbers are compared (see native.c). What returns a promise is awaited.
import { onnx } from './onnx.mjs';

const CHECKED = 4;
export const WINDOWS = 512;
export class Absent extends Error {}

/** The files of a work, as native.c wrote them. */
export async function load(work) {
    const read = async (ending) => new Float32Array(await (await fetch(`/data/${work.name}.${ending}`)).arrayBuffer());
    const [rows, targets, weights] = await Promise.all(['rows', 'targets', 'weights'].map(read));
    let inputs = work.inputs, at = 0;
    const take = (n) => weights.slice(at, at += n);
    work.layers = work.spec.split('|').map((text) => {
        const [kind, size, activation] = text.trim().split(' '), layer = { kind, inputs, size: Number(size), activation };
        inputs = layer.size;
        return layer;
    });
    work.tensors = work.layers.map(({ kind, inputs, size }) => (kind === 'lstm' ? [4 * size * inputs, 4 * size * size, 4 * size]
        : [inputs * size, size]).map(take));
    if (at !== weights.length) throw new Error(`${work.name}: ${weights.length} weights, expected ${at}`);
    const { inputs: wide, window } = work;
    const from = (i, count) => rows.subarray(i * wide, (i + count) * wide);
    return Object.assign(work, { rows, targets, windowAt: (i) => from(i, window), rowAt: (i) => from(i, 1) });
}

// ---- lstmfc: the module with vectors, by its raw exports
export async function lstmfc() {
    const { instantiate } = await import('/npm/dist/core.js');
    const library = instantiate(await (await fetch('/npm/dist/lstmfc-simd.wasm')).arrayBuffer());
    const { exports: w, bytes, floats, cstring } = library.raw;
    const err = w.error_new();
    const made = (pointer) => { if (!pointer) throw new Error(cstring(w.error_message(err))); return pointer; };
    const done = (result) => { if (result < 0) throw new Error(cstring(w.error_message(err))); return result; };
    const put = (data) => { const at = w.malloc(data.byteLength); floats(at, data.length).set(data); return at; };
    const options = (object, call) => {
        const text = new TextEncoder().encode(JSON.stringify(object)), at = w.malloc(text.length);
        bytes(at, text.length).set(text);
        const result = call(at, text.length);
        w.free(at);
        return result;
    };
    class Ours {
        constructor(work) {
            this.work = work;
            this.rowsAt = put(work.rows);
            this.targetsAt = put(work.targets);
            this.windowPlace = w.malloc(4 * work.inputs * work.window);
            this.outAt = w.malloc(4 * CHECKED);
            this.fresh(WINDOWS);
        }
        fresh(windows) {
            const { spec, inputs, window, batch, loss, rows } = this.work;
            if (this.model) { w.scratch_free(this.scratch); w.trainer_free(this.trainer); w.model_free(this.model); }
            this.model = options({ spec, inputs, window, seed: 1 }, (at, n) => made(w.model_new(at, n, err)));
            this.trainer = options({ epochs: 1000000, batch, loss, patience: 'none', seed: 1, clip_norm: 'none' },
                (at, n) => made(w.trainer_new(this.model, this.rowsAt, rows.length / inputs, this.targetsAt, windows, 0, at, n, err)));
            this.scratch = made(w.scratch_new(this.model, err));
        }
        epoch() { done(w.trainer_step(this.trainer, 0, err)); }
        windows(count) {
            done(w.model_predict(this.model, this.rowsAt, this.work.rows.length / this.work.inputs, count, this.outAt, err));
            return Array.from(floats(this.outAt, count));
        }
        window(i) {
            const data = this.work.windowAt(i);
            floats(this.windowPlace, data.length).set(data);
            done(w.model_predict(this.model, this.windowPlace, this.work.window, 1, this.outAt, err));
            return floats(this.outAt, 1)[0];
        }
        step(i) {
            floats(this.windowPlace, this.work.inputs).set(this.work.rowAt(i));
            done(w.model_step(this.model, this.scratch, this.windowPlace, this.outAt, err));
            return floats(this.outAt, 1)[0];
        }
        check() {
            const said = {};
            this.fresh(this.work.batch);
            said.outputs = Array.from({ length: CHECKED }, (_, i) => this.window(i));
            w.scratch_reset(this.scratch);
            for (let i = 0; i < this.work.window; i++) said.stream = [this.step(i)];
            for (let i = 0; i < 3; i++) this.epoch();
            said.trained = this.windows(CHECKED);
            this.fresh(WINDOWS);
            this.epoch();
            said.epoch = this.windows(CHECKED);
            this.fresh(WINDOWS);
            return said;
        }
    }
    return { version: library.about.version, of: (work) => new Ours(work) };
}

// ---- TensorFlow.js: layers, model.fit, model.predict
export async function tfjs(backend) {
    await import('/peers/@tensorflow/tfjs/dist/tf.es2017.min.js');
    const { tf } = globalThis;
    if (backend === 'wasm') {
        await import('/peers/@tensorflow/tfjs-backend-wasm/dist/tf-backend-wasm.es2017.min.js');
        tf.wasm.setWasmPaths('/peers/@tensorflow/tfjs-backend-wasm/dist/');
    }
    if (!await tf.setBackend(backend)) throw new Error(`no backend ${backend}`);
    await tf.ready();
    class Peer {
        constructor(work) {
            const { inputs, window, batch, loss } = this.work = work;
            const all = new Float32Array(WINDOWS * window * inputs);
            for (let i = 0; i < WINDOWS; i++) all.set(work.windowAt(i), i * window * inputs);
            this.x = tf.tensor3d(all, [WINDOWS, window, inputs]);
            this.y = tf.tensor2d(work.targets, [WINDOWS, 1]);
            const lstms = work.layers.filter(({ kind }) => kind === 'lstm').length;
            const shape = (k) => k ? {} : { inputShape: [window, inputs] };
            this.model = tf.sequential({ layers: work.layers.map(({ kind, size, activation }, k) => kind === 'lstm'
                ? tf.layers.lstm({ units: size, recurrentActivation: 'sigmoid', returnSequences: k < lstms - 1, ...shape(k) })
                : tf.layers.dense({ units: size, activation: activation || 'linear' })) });
            this.fresh();
            this.loss = loss === 'bce' ? 'binaryCrossentropy' : 'meanSquaredError';
            this.batch = batch;
        }
        fresh() {
            const { layers, tensors } = this.work;
            this.model.setWeights(tensors.flatMap((each, k) => each.map((values, j) => {
                const { kind, inputs, size } = layers[k], wide = kind === 'lstm' ? 4 * size : size;
                return j === each.length - 1 ? tf.tensor1d(values) : tf.tensor2d(values, [j ? size : inputs, wide]);
            })));
            this.model.compile({ optimizer: tf.train.adam(0.001, 0.9, 0.999, 1e-8), loss: this.loss || 'meanSquaredError' });
        }
        async train(x, y, epochs, shuffle, yieldEvery = 'never') {
            await this.model.fit(x, y, { epochs, batchSize: this.batch, shuffle, verbose: 0, yieldEvery });
        }
        async epoch() {
            if (this.cannot) throw new Absent(this.cannot);
            await this.train(this.x, this.y, 1, true);
        }
        windows(count) { return tf.tidy(() => Array.from(this.model.predict(this.x.slice([0, 0, 0], [count, -1, -1])).dataSync())); }
        window(i) {
            const { window, inputs, windowAt } = this.work;
            return tf.tidy(() => this.model.predict(tf.tensor3d(windowAt(i), [1, window, inputs])).dataSync()[0]);
        }
        async check() {
            this.fresh();
            const said = { outputs: Array.from({ length: CHECKED }, (_, i) => this.window(i)) };
            try {
                const x = this.x.slice([0, 0, 0], [this.batch, -1, -1]), y = this.y.slice([0, 0], [this.batch, -1]);
                await this.train(x, y, 3, false);
                said.trained = this.windows(CHECKED);
                tf.dispose([x, y]);
            } catch (e) { said.cannot = this.cannot = e.message; }
            this.fresh();
            return said;
        }
    }
    return { version: tf.version.tfjs, of: (work) => new Peer(work) };
}

// ---- ONNX Runtime: one session for windows, one that hands the state on
export async function onnxruntime() {
    const ort = await import('/peers/onnxruntime-web/dist/ort.wasm.min.mjs');
    ort.env.wasm.wasmPaths = '/peers/onnxruntime-web/dist/';
    ort.env.wasm.numThreads = 1;
    ort.env.logLevel = 'error';
    const how = { executionProviders: ['wasm'], graphOptimizationLevel: 'all' };
    const session = (work, stream) => ort.InferenceSession.create(onnx({ ...work, stream }), how);
    class Peer {
        constructor(work) { this.work = work; }
        async ready() {
            this.whole = await session(this.work, false);
            this.one = await session(this.work, true);
            this.reset();
            return this;
        }
        reset() {
            this.feed = {};
            this.work.layers.forEach(({ kind, size }, k) => {
                if (kind !== 'lstm') return;
                for (const name of [`h${k}`, `c${k}`]) this.feed[name] = new ort.Tensor('float32', new Float32Array(size), [1, 1, size]);
            });
        }
        async window(i) {
            const x = new ort.Tensor('float32', this.work.windowAt(i), [this.work.window, 1, this.work.inputs]);
            return (await this.whole.run({ x })).y.data[0];
        }
        async step(i) {
            this.feed.x = new ort.Tensor('float32', this.work.rowAt(i), [1, 1, this.work.inputs]);
            const { y, ...state } = await this.one.run(this.feed);
            for (const [name, value] of Object.entries(state)) this.feed[name.toLowerCase()] = value;
            return y.data[0];
        }
        async check() {
            const said = { outputs: [] };
            for (let i = 0; i < CHECKED; i++) said.outputs.push(await this.window(i));
            this.reset();
            for (let i = 0; i < this.work.window; i++) said.stream = [await this.step(i)];
            return said;
        }
    }
    return { version: ort.env.versions.web, of: (work) => new Peer(work).ready() };
}
