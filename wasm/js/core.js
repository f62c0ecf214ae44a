// lstmfc/core: the WebAssembly module as JavaScript objects, synchronous, in any runtime that has WebAssembly. Nothing is computed
// here. Each object owns memory of the module: give it back with free() (a FinalizationRegistry does it late otherwise).
//     const lstmfc = instantiate(bytesOrModule);
//     const candles = lstmfc.candles('time,close\n...');
//     const fit = lstmfc.fit(candles, { target: 'direction', model: 'lstm 8 | dense 1 sigmoid' });
//     while (!fit.step(100)) {}
//     const model = fit.finish();
//     model.predict(candles)[0].value;

/** What the library refused, and where: code (its number), kind ('argument'), line and column of a text (0: none). */
export class LstmfcError extends Error {
    constructor(message, code, kind, line, column) {
        super(message);
        this.name = 'LstmfcError';
        this.code = code; this.kind = kind; this.line = line; this.column = column;
        const near = / did you mean '?"?([^'"?]+)/.exec(message) || /\(nearest: ([^)]+)\)/.exec(message);
        this.nearest = near ? near[1] : null;
    }
}

/** Does this runtime have vectors of 128 bits? It decides which of the two modules to load; the results are the same bits. */
export function simd() {
    return WebAssembly.validate(Uint8Array.of(0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0, 10, 10, 1, 8, 0, 65, 0, 253, 15,
        253, 98, 11));
}

const ROLES = ['open', 'high', 'low', 'close', 'volume'];

/** The library in a module of its own. `source`: the bytes of lstmfc.wasm or lstmfc-simd.wasm, or a WebAssembly.Module of them. */
export function instantiate(source) {
    const module = source instanceof WebAssembly.Module ? source : new WebAssembly.Module(source);
    const w = new WebAssembly.Instance(module, { env: { emscripten_notify_memory_growth() {} } }).exports;
    if (w._initialize) w._initialize();
    const encoder = new TextEncoder(), decoder = new TextDecoder();
    const registry = new FinalizationRegistry((free) => free());
    const err = w.error_new();

    // Views are made anew for each use: growth of the memory detaches them.
    const bytes = (at, length) => new Uint8Array(w.memory.buffer, at >>> 0, length);
    const doubles = (at, length) => new Float64Array(w.memory.buffer, at >>> 0, length);
    const floats = (at, length) => new Float32Array(w.memory.buffer, at >>> 0, length);
    function cstring(at) {
        const all = new Uint8Array(w.memory.buffer), from = at >>> 0;
        return decoder.decode(all.subarray(from, all.indexOf(0, from)));
    }
    function refuse() {
        const e = new LstmfcError(cstring(w.error_message(err)), w.error_code(err), cstring(w.error_name(err)), w.error_line(err),
            w.error_column(err));
        w.error_clear(err);
        throw e;
    }
    const check = (result) => result < 0 ? refuse() : result;
    const made = (pointer) => pointer || refuse();
    function room(size) {
        const at = size >= 0 && size < 4294967296 ? w.malloc(Math.max(size, 1)) : 0;       // beyond, malloc would hear of the rest alone
        if (!at) throw new LstmfcError(`out of memory: ${size} bytes`, -1, 'memory', 0, 0);
        return at;
    }
    const unless = (ok, message) => { if (!ok) throw new LstmfcError(message, -1, 'argument', 0, 0); };
    /** Bars first .. first+count-1 of the candles: are they there? */
    function checkBars(candles, first, count) {
        are(candles, Candles);
        const whole = Number.isInteger(first) && Number.isInteger(count) && first >= 0 && count >= 0;
        unless(whole && first + count <= candles.length, `bars ${first} and ${count} from there: the candles have ${candles.length}`);
    }
    /** Calls `use(pointer, length)` with a copy of the bytes in the module. */
    function lend(data, use) {
        const at = room(data.length);
        try { bytes(at, data.length).set(data); return use(at, data.length); } finally { w.free(at); }
    }
    function lendText(text, use) {
        unless(typeof text === 'string' || text instanceof Uint8Array, `a text is expected, not ${text === null ? 'null' : typeof text}`);
        return lend(typeof text === 'string' ? encoder.encode(text) : text, use);
    }
    const lendName = (text, use) => lend(encoder.encode(`${text}\0`), use);
    const checkArray = (values, what) => unless(values != null && typeof values !== 'string' && Number.isInteger(values.length), `${what}: an array of numbers is expected`);
    /** Options as the flat names of the command line; null is "none". */
    function lendOptions(options, use) {
        const flat = {};
        for (const [name, value] of Object.entries(options || {})) {
            unless(typeof value !== 'number' || Number.isFinite(value), `${name} is ${value}`);     // JSON would make it null
            if (value !== undefined) flat[name] = value === null ? 'none' : value;
        }
        return lendText(JSON.stringify(flat), use);
    }
    function lendDoubles(values, use) {
        const at = room(8 * values.length);
        try { doubles(at, values.length).set(values); return use(at); } finally { w.free(at); }
    }
    function lendFloats(values, use) {
        const at = room(4 * values.length);
        try { floats(at, values.length).set(values); return use(at); } finally { w.free(at); }
    }
    function takeFloats(count, call) {
        const at = room(4 * count);
        try { call(at); return floats(at, count).slice(); } finally { w.free(at); }
    }
    /** What a call leaves in `count` doubles. */
    function takeDoubles(count, call) {
        const at = room(8 * count);
        try { call(at); return doubles(at, count).slice(); } finally { w.free(at); }
    }
    /** The text that a call writes. */
    function written(call) {
        const out = w.text_new();
        if (!out) throw new LstmfcError('out of memory', -1, 'memory', 0, 0);
        try { check(call(out)); return decoder.decode(bytes(w.text_data(out), w.text_length(out))); } finally { w.text_free(out); }
    }

    /** An object of the module. What it borrows (a training its candles, a stream its model) is told of it: memory that
        somebody still reads is given back when the last reader is freed. */
    class Owned {
        #pointer; #memory;
        constructor(pointer, free, borrowed) {
            this.#pointer = pointer;
            this.#memory = { users: 1, release: () => { free(pointer); borrowed?.leave(); } };
            borrowed?.enter();
            const memory = this.#memory;            // not this: the registry must not keep it alive
            registry.register(this, () => Owned.#leave(memory), this);
        }
        static #leave(memory) { if (!--memory.users) memory.release(); }
        /** For what borrows: its memory stays until it leaves. */
        get lent() {
            const memory = this.#memory;
            return { enter: () => { memory.users++; }, leave: () => Owned.#leave(memory) };
        }
        get busy() { return this.#memory.users > 1; }
        get pointer() {
            if (!this.#pointer) throw new LstmfcError('it has been freed', -1, 'argument', 0, 0);
            return this.#pointer;
        }
        /** Gives the memory back; the object is of no more use. Twice is fine. */
        free() {
            if (!this.#pointer) return;
            registry.unregister(this);
            this.#pointer = 0;
            Owned.#leave(this.#memory);
        }
    }

    const are = (object, kind) => unless(object instanceof kind, `${kind.name.toLowerCase()} expected, not ${object?.constructor?.name ?? object}`);

    function whole() {
        if (!w.fit_new) throw new LstmfcError('this module predicts alone: lstmfc-simd.wasm and lstmfc.wasm train and test', -1, 'unsupported', 0, 0);
    }

    class Candles extends Owned {
        constructor(pointer, report, anyPrices = false) { super(pointer, w.candles_free); Object.assign(this, { report, anyPrices }); }
        get length() { return w.candles_count(this.pointer) >>> 0; }
        /** Opens of the bars, UTC ms. */
        get time() {
            const n = this.length, at = w.candles_time(this.pointer) >>> 0;
            return Float64Array.from(new BigInt64Array(w.memory.buffer, at, n), Number);
        }
        /** A copy of a column, by name; null: there is none. */
        column(name) {
            const at = lendName(name, (text) => w.candles_column(this.pointer, text));
            return at ? doubles(at, this.length).slice() : null;
        }
        /** One closed bar more. */
        append(bar) {
            if (this.busy) throw new LstmfcError('something reads these candles (a training, forecasts): they take no more bars until it is done', -1, 'argument', 0, 0);
            for (const name of ['time', 'close', ...ROLES.filter((role) => bar[role] !== undefined)])
                unless(Number.isFinite(bar[name]) && (this.anyPrices || name === 'time' || (name === 'volume' ? bar[name] >= 0 : bar[name] > 0)), `append: ${name} is ${bar[name]}`);
            const { time, open = bar.close, high = bar.close, low = bar.close, close, volume = 0 } = bar;
            check(w.candles_append(this.pointer, time, open, high, low, close, volume, err));
            return this;
        }
    }

    class Fit extends Owned {
        constructor(pointer, candles) { super(pointer, w.fit_free, candles.lent); }
        /** At most so many batches (0: to the end of the epoch); true when the training is over. */
        step(batches = 0) { return check(w.fit_step(this.pointer, batches, err)) === 1; }
        get history() { return JSON.parse(written((out) => w.trainer_history(w.fit_trainer(this.pointer), out, err))); }
        /** A checkpoint, from which resume() goes on to the same bytes. */
        save() { return written((out) => w.fit_save(this.pointer, out, err)); }
        resume(checkpoint) {
            unless(checkpoint, 'resume: a checkpoint is expected');
            lendText(checkpoint, (at, n) => check(w.fit_load(this.pointer, at, n, err)));
            return this;
        }
        finish() { return new Model(made(w.fit_finish(this.pointer, err))); }
    }

    class Model extends Owned {
        constructor(pointer) { super(pointer, w.forecaster_free); }
        get info() { return JSON.parse(written((out) => w.forecaster_info(this.pointer, out, err))); }
        /** The model file, the bytes that the native program writes. */
        save() { return written((out) => w.forecaster_save(this.pointer, out, err)); }
        /** The newest forecast, and with steps > 1 those fed back; null where a figure does not apply. */
        predict(candles, steps = 1) {
            are(candles, Candles);
            return JSON.parse(written((out) => w.forecaster_predict(this.pointer, candles.pointer, steps, out, err)));
        }
        /** Forecasts of the bars first .. first+count-1: {value, lower, upper}, NaN where a bar has none. */
        predictAll(candles, first = 0, count = candles.length - first) {
            checkBars(candles, first, count);
            const all = takeDoubles(3 * count, (at) => check(w.forecaster_predict_all(this.pointer, candles.pointer, first, count, at,
                at + 8 * count, at + 16 * count, err)));
            return { value: all.subarray(0, count), lower: all.subarray(count, 2 * count), upper: all.subarray(2 * count) };
        }
        /** Positions wanted at the close of each bar: 1 long, 0 flat, -1 short. */
        signals(candles, options = {}, first = 0, count = candles.length - first) {
            checkBars(candles, first, count);
            return lendOptions(options, (text, n) => takeDoubles(count, (at) => check(w.forecaster_signals(this.pointer, candles.pointer,
                first, count, text, n, at, err))));
        }
        /** Forecasts bar by bar, the numbers of predictAll. */
        stream() { return new Stream(made(w.stream_new(this.pointer, err)), this); }
    }

    class Stream extends Owned {
        constructor(pointer, model) { super(pointer, w.stream_free, model.lent); }
        /** The forecast at the close of row `index` of the candles, which is closed for good. */
        push(candles, index) {
            checkBars(candles, index, 1);
            return JSON.parse(written((out) => w.stream_push(this.pointer, candles.pointer, index, 0, out, err)));
        }
        /** The same if the bar closed as it stands; nothing is kept. */
        peek(candles, index) {
            checkBars(candles, index, 1);
            return JSON.parse(written((out) => w.stream_push(this.pointer, candles.pointer, index, 1, out, err)));
        }
        /** Rows of the past, without forecasts. */
        replay(candles, from = 0, to = candles.length) {
            checkBars(candles, from, to - from);
            for (let i = from; i < to; i++) check(w.stream_push(this.pointer, candles.pointer, i, 0, 0, err));
            return this;
        }
        get bars() { return w.stream_bars(this.pointer); }
    }

    /** A copy of a model's network, to look at and to change; rows are what `rows` gives, scaled, [window][inputs]. */
    class Inside extends Owned {
        #target; #lent;                             // what the model was; it need not live on for others
        constructor(pointer, lent, target) {
            super(pointer, w.inside_free, lent);
            this.#lent = lent;
            this.#target = target;
            Object.assign(this, JSON.parse(written((out) => w.inside_info(this.pointer, out, err))));
            this.layers = this.spec.split(' | ').map((text, index) => ({ index, text, kind: text.split(' ')[0], units: Number(text.split(' ')[1]) || 0 }));
        }
        get #size() { return this.window * this.inputs; }
        /** The first layer with gates to show, or the one asked for. */
        #recurrent(layer) {
            const index = layer ?? this.layers.findIndex(({ kind }) => kind === 'lstm' || kind === 'gru');
            if (!this.layers[index]) throw new LstmfcError(`'${this.spec}' has no such lstm or gru layer`, -1, 'unsupported', 0, 0);
            return index;
        }
        #lend(rows, use) {
            if (rows.length !== this.#size) throw new LstmfcError(`rows has ${rows.length} numbers, expected ${this.#size}`, -1, 'argument', 0, 0);
            return lendFloats(rows, use);
        }
        /** A copy of a tensor: {name, shape, data}. */
        tensor(name) {
            const index = this.tensors.findIndex((one) => one.name === name);
            if (index < 0) throw new LstmfcError(`there is no tensor '${name}'`, -1, 'argument', 0, 0);
            const { shape } = this.tensors[index];
            return { index, name, shape, data: floats(w.inside_tensor(this.pointer, index), shape.reduce((a, b) => a * b, 1)).slice() };
        }
        set(name, data) {
            const { index } = this.tensor(name);
            lendFloats(data, (at) => check(w.inside_set(this.pointer, index, at, data.length, err)));
            return this;
        }
        #again() { return new Inside(made(w.inside_again(this.pointer, err)), this.#lent, this.#target); }
        /** The weights of the model again. */
        reset() {
            const fresh = this.#again();
            try { for (const { name } of this.tensors) this.set(name, fresh.tensor(name).data); } finally { fresh.free(); }
            return this;
        }
        /** What the network is shown for the forecasts at a bar or at several, one after another; NaN where one of several has none. */
        rows(candles, first, count = 1) {
            checkBars(candles, first, count);
            return takeFloats(this.#size * count, (at) => check(w.inside_rows(this.pointer, candles.pointer, first, count, at, err)));
        }
        predict(rows) {
            return this.#lend(rows, (from) => takeFloats(this.outputs, (at) => check(w.inside_predict(this.pointer, from, at, err))));
        }
        /** Of a lstm or gru layer: {gates [window][columns], cell (null of a gru) and hidden [window][units]}. */
        gates(rows, which) {
            const layer = this.#recurrent(which), { kind, units } = this.layers[layer], T = this.window, all = T * units * (kind === 'gru' ? 3 : 4), lstm = kind !== 'gru';
            const room = this.#lend(rows, (from) => takeFloats(all + 2 * T * units || 1, (at) => check(w.inside_gates(this.pointer, from, layer, at,
                lstm ? at + 4 * all : 0, at + 4 * (all + T * units), err))));
            return { gates: room.subarray(0, all), cell: lstm ? room.subarray(all, all + T * units) : null, hidden: room.subarray(all + T * units) };
        }
        /** [window][inputs]: by how much an output moves with each input. */
        slopes(rows, output = 0) {
            return this.#lend(rows, (from) => takeFloats(this.#size, (at) => check(w.inside_slopes(this.pointer, from, output, at, err))));
        }
        /** [count][units] the last hidden state of the windows of bars first .. first+count-1; NaN where there is none. */
        states(candles, first, count, which) {
            const layer = this.#recurrent(which);
            try { return this.hidden(this.rows(candles, first, count), layer); } catch (e) {
                if (e.kind !== 'data') throw e;
                return new Float32Array(count * this.layers[layer].units).fill(NaN);
            }
        }
        /** The same of windows in a row, as `rows` gives them. */
        hidden(rows, which) {
            const layer = this.#recurrent(which), { units } = this.layers[layer], size = this.#size, count = rows.length / size, all = new Float32Array(count * units).fill(NaN);
            for (let i = 0; i < count; i++)
                if (!Number.isNaN(rows[i * size])) all.set(this.gates(rows.subarray(i * size, (i + 1) * size), layer).hidden.subarray(-units), i * units);
            return all;
        }
        /** A network of the same shape, trained on the same windows with their labels permuted: what nothing to learn looks like. An iterator:
            each next() trains a little; its last value is the Inside. Whoever stops before calls return(). */
        * shuffled(candles, { epochs = 20, seed = 1, lr = 0.003, batch = 32 } = {}) {
            if (this.outputs !== 1) throw new LstmfcError('shuffled labels are for a network of one output', -1, 'unsupported', 0, 0);
            const windows = [], labels = [], target = this.#target, scaled = target === 'volatility' ? Math.log : (x) => x;
            const some = Math.ceil(4e6 / this.#size);                   // windows at a time: 16 MB
            for (let first = 0; first < candles.length; first += some) {
                const count = Math.min(some, candles.length - first);
                let rows;
                try { rows = this.rows(candles, first, count); } catch (e) { if (e.kind !== 'data') throw e; continue; }
                for (let i = 0; i < count; i++) {
                    const label = scaled(w.inside_label(this.pointer, candles.pointer, first + i)), window = rows.subarray(i * this.#size, (i + 1) * this.#size);
                    if (!Number.isFinite(label) || Number.isNaN(window[0])) continue;
                    windows.push(window); labels.push(label);
                    if (i % 64 === 0) yield null;
                }
            }
            if (target !== 'direction') {           // about 0 and of size 1: they are nobody's forecast
                const n = labels.length, mean = labels.reduce((a, b) => a + b, 0) / n, size = Math.sqrt(labels.reduce((a, b) => a + (b - mean) ** 2, 0) / n) || 1;
                for (let i = 0; i < n; i++) labels[i] = (labels[i] - mean) / size;
            }
            let state = seed >>> 0;                 // a small generator: the permutation is the seed's
            const draw = (n) => { state = (Math.imul(state, 1664525) + 1013904223) >>> 0; return Math.floor(state / 4294967296 * n); };
            for (let i = labels.length - 1; i > 0; i--) { const j = draw(i + 1); [labels[i], labels[j]] = [labels[j], labels[i]]; }
            const other = this.#again(), size = this.#size;
            let trainer = 0, rows = 0, targets = 0, done = false;
            try {
                rows = room(4 * size * windows.length);
                targets = room(4 * labels.length);
                windows.forEach((window, i) => floats(rows + 4 * size * i, size).set(window));
                floats(targets, labels.length).set(labels);
                trainer = made(lendOptions({ epochs, seed, lr, batch, patience: null }, (text, n) => w.inside_trainer(other.pointer, rows, targets,
                    labels.length, text, n, err)));
                while (check(w.trainer_step(trainer, 1, err)) !== 1) yield null;
                done = true;
                return other;
            } finally { w.trainer_free(trainer); w.free(rows); w.free(targets); if (!done) other.free(); }
        }
    }

    /** The words behind a line of the verdict, as the native program has them. */
    function reason(line, { loss, baselines }) {
        const { name, comparison, missing } = baselines[line.baseline] || {};
        if (line.verdict === 'not known') {
            const absent = baselines.filter((one, k) => one.missing && (line.baseline < 0 || line.name.includes('best') || k === line.baseline));
            return `${absent.map((one) => one.name).join(', ')}: ${missing || absent[0]?.missing}`;
        }
        const { loss_model, loss_baseline, skill, p } = comparison, better = skill === null ? 'not defined' : `${skill < 0 ? '' : '+'}${skill.toFixed(4)}`;
        return `${loss} ${five(loss_model)} against ${five(loss_baseline)} of ${name}: skill ${better}, Diebold-Mariano p ${
            p === null ? 'not defined' : p < 0.0001 ? '< 0.0001' : p > 0.9999 ? '> 0.9999' : p.toFixed(4)}`;
    }
    /** %.5g */
    function five(x) {
        if (x === null) return 'not defined';
        const short = Number(x.toPrecision(5)), power = short ? Math.floor(Math.log10(Math.abs(short))) : 0;
        return power < -4 || power > 4 ? short.toExponential().replace(/e([+-])(\d)$/, 'e$10$2') : String(short);
    }
    function costs(backtest, target, { fee, slippage }) {
        const why = target === 'volatility' ? 'a volatility forecast names no side' : ['direction', 'price', 'return'].includes(target)
            ? 'the candles have no open, high or low, or are no prices' : 'a value names no side';
        if (!backtest) return { verdict: 'not known', reason: `no trading: ${why}` };
        if (backtest.no_costs) return { verdict: 'not known', reason: 'no costs were charged' };
        if (!backtest.metrics.trades) return { verdict: 'no', reason: 'nothing was traded' };
        const { mean_low: low, mean_high: high, break_even } = backtest.metrics, percent = (x) => x === null ? 'not defined' : `${x < 0 ? '' : '+'}${(100 * x).toFixed(5)} %`;
        return { verdict: backtest.pays_costs ? 'yes' : 'no', reason: `net mean return per bar between ${percent(low)} and ${percent(high)} (90 % interval); break-even ${
            break_even === null ? 'not defined' : break_even.toFixed(2)} basis points per side, charged ${(1e4 * (fee + slippage)).toFixed(2)}` };
    }

    /** Forecasts of a span in steps, for who must not block. first null: of the bars that the model has not seen. */
    class Span extends Owned {
        constructor(model, candles, first, count) {
            if (first !== null) checkBars(candles, first, count);
            const both = { enter() { model.lent.enter(); candles.lent.enter(); }, leave() { model.lent.leave(); candles.lent.leave(); } };
            super(made(w.evaluation_new(model.pointer, candles.pointer, first ?? -1, count, err)), w.evaluation_free, both);
            this.count = w.evaluation_count(this.pointer) >>> 0;
        }
        /** So many forecasts more; true when all are there. */
        step(bars = 512) {
            unless(Number.isInteger(bars) && bars > 0, `step takes a number of bars above 0, not ${bars}`);
            return check(w.evaluation_step(this.pointer, bars, err)) === 1;
        }
        column(which) { return takeDoubles(this.count, (at) => w.evaluation_column(this.pointer, which, at)); }
        /** As Model.predictAll. */
        get bands() { return { value: this.column(0), lower: this.column(1), upper: this.column(2) }; }
        /** As Model.signals. */
        signals(options) {
            return lendOptions(options, (text, n) => takeDoubles(this.count, (at) => check(w.evaluation_signals(this.pointer, text, n, at, err))));
        }
    }
    /** How good are a model's forecasts of bars it has not seen? */
    class Evaluation extends Span {
        constructor(model, candles, options) {
            are(model, Model);
            are(candles, Candles);
            for (const name of Object.keys(options || {})) unless(['signals', 'backtest', 'whole'].includes(name), `evaluate has no option '${name}': signals, backtest, whole`);
            const signals = options?.signals || {}, backtest = options?.backtest || {}, whole = options?.whole ?? false;
            unless(typeof whole === 'boolean', 'whole is true or false');
            super(model, candles, whole ? 0 : null, whole ? candles.length : 0);
            Object.assign(this, { options: { signals, backtest }, in_sample: whole, time: candles.time, close: candles.column('close') });
        }
        /** So many forecasts more, then so much of the backtest; true when all is there. */
        step(bars = 512) {
            if (!this.said) {
                if (super.step(bars)) this.#judge();
                return false;
            }
            return !this.trading || this.trading.step(1 + (bars >> 3));
        }
        #judge() {
            const { traded, ...said } = JSON.parse(written((out) => w.evaluation_report(this.pointer, out, err)));
            const { signals, backtest } = this.options;
            this.positions = traded ? this.signals(signals) : null;
            this.trading = traded ? new Trading(this.count, lendOptions(backtest, (text, n) => lendDoubles(this.positions, (at) => made(w.evaluation_backtest(this.pointer,
                at, text, n, err))))) : null;
            this.said = said;                       // last: who is refused is refused again
        }
        report() {
            while (!this.step(1 << 20)) { /* to the end */ }
            const { said, positions } = this, { first, count } = said, backtest = this.trading && this.trading.report();
            const part = (values) => values.slice(first, first + count);
            const charged = (name) => { const set = this.options.backtest[name]; return set === null || set === 'none' ? 0 : Number(set ?? defaults(name)); };
            const verdict = said.verdict.map((line) => ({ name: line.name, verdict: line.verdict, reason: reason(line, said) }));
            verdict.push({ name: 'pays its costs', ...costs(backtest, said.target, { fee: charged('fee'), slippage: charged('slippage') }) });
            const baselines = said.baselines.map(({ name, help, accuracy = null, missing = null, comparison }) => ({ name, help, accuracy, missing,
                loss: comparison?.loss_baseline ?? null, skill: comparison?.skill ?? null, p: comparison?.p ?? null }));
            return { direction: null, errors: null, reliability: [], coverage: null, ...said, baselines, verdict, in_sample: this.in_sample,
                forecasts: { time: part(this.time), close: part(this.close), ...this.bands, truth: this.column(3) }, positions, backtest };
        }
        free() { this.trading?.free(); super.free(); }
    }
    const defaults = (name) => JSON.parse(written((out) => w.about(out, err))).backtest.find((one) => one.name === name).default;

    /** A backtest under way: all is there but the bootstrap of its mean return. */
    class Trading extends Owned {
        constructor(bars, pointer) {
            super(pointer, w.backtest_free);
            this.bars = bars;
        }
        /** So many resamples more; true when it is done. */
        step(resamples = 0) { return check(w.backtest_step(this.pointer, resamples, err)) === 1; }
        report() {
            this.step();
            const curve = (which) => doubles(w.backtest_curve(this.pointer, which), this.bars).slice();
            return { ...JSON.parse(written((out) => w.backtest_report(this.pointer, out, err))),
                curves: { equity: curve(0), position: curve(1), hold: curve(2), repeat: curve(3) } };
        }
    }

    return {
        LstmfcError,
        /** Version, build, and every option with kind, default, range and help. */
        get about() { return JSON.parse(written((out) => w.about(out, err))); },
        /** CSV text (or its bytes), or columns {time, open, high, low, close, volume} as arrays; report says what was found. */
        candles(source, options = {}) {
            if (typeof source === 'string' || source instanceof Uint8Array) {
                let candles = 0;
                const report = written((out) => {
                    candles = lendText(source, (at, n) => lendOptions(options, (text, m) => w.candles_parse(at, n, text, m, out, err)));
                    return candles ? 0 : -1;
                });
                return new Candles(candles, JSON.parse(report), options.prices === 'any');
            }
            const n = source?.time?.length;
            unless(source && typeof source === 'object', 'candles: a CSV text, its bytes, or columns are expected');
            unless(!Object.keys(options).length, `candles of columns take no options (${Object.keys(options)})`);
            for (const name of Object.keys(source)) unless(name === 'time' || ROLES.includes(name), `candles of columns: '${name}' is none of time, ${ROLES.join(', ')}`);
            for (const t of source.time || []) unless(Number.isFinite(t), `candles: a time is ${t}`);
            for (const role of ['time', 'close', ...ROLES.filter((role) => source[role])])
                if (source[role]?.length !== n || n === undefined)
                    throw new LstmfcError(`candles: ${role} has ${source[role]?.length ?? 'no'} values, time ${n ?? 'none'}`, -1, 'argument', 0, 0);
            const candles = new Candles(made(w.candles_new(n, err)), null);
            try {
                new BigInt64Array(w.memory.buffer, w.candles_time(candles.pointer) >>> 0, n).set(Array.from(source.time, (t) => BigInt(Math.round(t))));
                for (const role of ROLES) {
                    const values = source[role] || (role === 'volume' ? new Float64Array(n) : source.close);
                    doubles(lendName(role, (text) => w.candles_column(candles.pointer, text)), n).set(values);
                }
                check(w.candles_check(candles.pointer, err));
            } catch (e) { candles.free(); throw e; }
            return candles;
        },
        /** Features of the language over candles: {names, bars, values: Float64Array [bars][names], column(name)}. */
        indicators(candles, spec) {
            are(candles, Candles);
            const features = lendName(spec, (text) => made(w.features_new(text, candles.pointer, err)));
            try {
                const names = Array.from({ length: w.features_count(features) }, (_, i) => cstring(w.features_name(features, i)));
                const bars = candles.length, width = names.length;
                const values = takeDoubles(bars * width, (at) => check(w.features_evaluate(features, candles.pointer, at, err)));
                const column = (name) => {
                    const j = names.indexOf(name);
                    return j < 0 ? null : Float64Array.from({ length: bars }, (_, t) => values[t * width + j]);
                };
                return { names, bars, values, column };
            } finally { w.features_free(features); }
        },
        /** A training under way; options: the flat names of the command line. */
        fit(candles, options = {}) {
            whole();
            are(candles, Candles);
            return new Fit(lendOptions(options, (at, n) => made(w.fit_new(candles.pointer, at, n, err))), candles);
        },
        /** A model file's text. */
        load(json) { return new Model(lendText(json, (at, n) => made(w.forecaster_load(at, n, err)))); },
        /** `wanted`: positions at the close of each bar (-1 .. 1, NaN: no order). Metrics, trades, and curves per bar. */
        backtest(candles, wanted, options = {}) {
            const trading = this.trading(candles, wanted, options);
            try { return trading.report(); } finally { trading.free(); }
        },
        /** The same in steps: step() until true, then report(). */
        trading(candles, wanted, options = {}) {
            whole();
            are(candles, Candles);
            checkArray(wanted, 'wanted');
            return new Trading(candles.length, lendOptions(options, (text, n) => lendDoubles(wanted, (at) => made(w.backtest_start(candles.pointer, at, wanted.length,
                text, n, err)))));
        },
        /** Forecasts of bars first .. first+count-1 in steps: step() until true, then bands, signals(options). */
        span(model, candles, first = 0, count = candles?.length - first) {
            are(model, Model);
            return new Span(model, candles, first, count);
        },
        /** An evaluation under way: step() until true, then report(); on bars the model has not seen, or on all (whole). */
        evaluation(model, candles, options) {
            whole();
            return new Evaluation(model, candles, options);
        },
        /** The same at once. */
        evaluate(model, candles, options) {
            const evaluation = this.evaluation(model, candles, options);
            try { return evaluation.report(); } finally { evaluation.free(); }
        },
        /** A look inside a model: its gates, its slopes, what if. */
        inside(model) {
            are(model, Model);
            return new Inside(made(w.inside_new(model.pointer, err)), model.lent, model.info.target);
        },
        /** Bytes of memory that the module has. */
        get memory() { return w.memory.buffer.byteLength; },
        /** The exports of the module and its memory views, for what is not wrapped: tensors, trainers. */
        raw: { exports: w, bytes, doubles, floats, cstring },
    };
}
