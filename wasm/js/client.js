// lstmfc: the same library behind a Worker, so that no page ever waits for it. Every call is a promise.
//     const lstmfc = await Lstmfc.load();
//     const candles = await lstmfc.candles(file);
//     const model = await lstmfc.train(candles, { target: 'direction', model: 'lstm 16 | dense 1 sigmoid' },
//                                      { signal, onProgress: ({ epochs, seconds }) => {} });
//     const [next] = await model.predict(candles);
import { LstmfcError } from './core.js';

function errorOf(plain) {
    if (plain.name === 'AbortError') {
        const e = typeof DOMException === 'function' ? new DOMException(plain.message, 'AbortError') : Object.assign(new Error(plain.message), { name: 'AbortError' });
        Object.defineProperty(e, 'checkpoint', { value: plain.checkpoint });    // where resume() goes on
        return e;
    }
    if (plain.kind) return Object.assign(new LstmfcError(plain.message, plain.code, plain.kind, plain.line, plain.column), { nearest: plain.nearest });
    return new Error(plain.message);
}

/** `open()` gives the worker: {postMessage(message), onmessage, terminate()}; `bytes()` the module. */
export function clientOf(open, bytes) {
    const registry = new FinalizationRegistry(({ port, handle }) => port.postMessage({ drop: handle }));

    /** Something that lives in the worker. */
    class Remote {
        constructor(client, handle) {
            this.client = client;
            this.handle = handle;
            registry.register(this, { port: client.port, handle }, this);
        }
        ask(call, args) { return this.client.ask(call, { of: this.handle, ...args }); }
        free() { registry.unregister(this); this.client.port.postMessage({ drop: this.handle }); }
    }
    class Candles extends Remote {
        constructor(client, { handle, length, report }) { super(client, handle); this.length = length; this.report = report; }
        time() { return this.ask('times'); }
        column(name) { return this.ask('column', { name }); }
        async append(bar) { this.length = await this.ask('append', { bar }); return this; }
    }
    class Model extends Remote {
        constructor(client, { handle, info }) { super(client, handle); this.info = info; }
        save() { return this.ask('save'); }
        predict(candles, steps = 1) { return this.ask('predict', { candles: candles?.handle, steps }); }
        predictAll(candles, first, count) { return this.ask('predictAll', { candles: candles?.handle, first, count }); }
        signals(candles, options) { return this.ask('signals', { candles: candles?.handle, options }); }
        async stream() { return new Stream(this.client, (await this.ask('stream')).handle); }
    }
    class Stream extends Remote {
        /** The forecast at the close of row `index`; peek: if it closed as it stands. */
        step(candles, index, { peek = false } = {}) { return this.ask('step', { candles: candles?.handle, index, peek }); }
        replay(candles, from = 0, to = candles.length) { return this.ask('replay', { candles: candles?.handle, from, to }); }
    }

    /** A promise of a model, with pause(), resume() and cancel(). */
    class Training {
        constructor(client, args, how) {
            const { signal, onProgress, every = 100 } = how || {};
            this.client = client;
            this.id = signal?.aborted ? 0 : client.next;        // 0: it never begins, and no order is for it
            if (signal?.aborted) { this.promise = Promise.reject(errorOf({ name: 'AbortError', message: 'the training was cancelled', checkpoint: args.checkpoint ?? null })); return; }
            const cancel = () => this.cancel();
            signal?.addEventListener('abort', cancel);
            this.promise = client.ask('train', { ...args, every }, onProgress).then((said) => new Model(client, said))
                .finally(() => signal?.removeEventListener('abort', cancel));
        }
        order(order) { this.client.port.postMessage({ id: this.id, order }); }
        pause() { this.order('pause'); }
        resume() { this.order('resume'); }
        cancel() {
            this.order('abort');
            const call = this.client.open.get(this.id);
            if (call) { call.cancelled = true; this.client.giveUp(this.id, call); }
        }
        then(done, failed) { return this.promise.then(done, failed); }
        catch(failed) { return this.promise.catch(failed); }
        finally(always) { return this.promise.finally(always); }
    }

    return class Lstmfc {
        /** Starts the worker. wasm: bytes of the module, for who keeps them elsewhere. */
        static async load({ wasm } = {}) {
            const client = new Lstmfc(await open());
            try { client.about = await client.ask('start', { bytes: wasm || await bytes() }); } catch (e) { client.close(); throw e; }
            return client;
        }
        constructor(port) {
            this.port = port;
            this.next = 1;
            this.open = new Map();
            port.onmessage = ({ data: { id, value, error, progress, finishing } }) => {
                const call = this.open.get(id);
                if (!call) { if (value?.handle) port.postMessage({ drop: value.handle }); return; }    // nobody waits for it any more
                if (progress) { call.onProgress?.(progress); return; }
                if (finishing) { call.finishing = finishing; this.giveUp(id, call); return; }
                this.open.delete(id);
                if (error) call.failed(errorOf(error)); else call.done(value);
            };
            port.onfailure = (message) => {             // said to what is open and to whatever is asked later: nothing waits for ever
                this.broken = message;
                for (const call of this.open.values()) call.failed(new Error(message));
                this.open.clear();
            };
        }
        /** Trained, and being calibrated: the worker hears of a cancel too late, so who cancels is answered here. */
        giveUp(id, call) {
            if (!call.cancelled || !call.finishing) return;
            this.open.delete(id);
            call.failed(errorOf({ name: 'AbortError', message: 'the training was cancelled', checkpoint: call.finishing }));
        }
        ask(call, args, onProgress) {
            const id = this.next++;
            return new Promise((done, failed) => {
                if (this.broken) { failed(new Error(this.broken)); return; }
                this.open.set(id, { done, failed, onProgress });
                try { this.port.postMessage({ id, call, args }); } catch (e) { this.open.delete(id); failed(e); }
            });
        }
        /** A File or Blob, CSV text, or columns {time, open, high, low, close, volume}; report says what was found. */
        async candles(source, options) {
            const text = typeof Blob === 'function' && source instanceof Blob ? new Uint8Array(await source.arrayBuffer()) : source;
            return new Candles(this, await this.ask('candles', { source: text, options }));
        }
        /** {names, bars, values: Float64Array [bars][names]} */
        indicators(candles, spec) { return this.ask('indicators', { candles: candles?.handle, spec }); }
        /** An abort rejects with an AbortError that has a `checkpoint`. */
        train(candles, options, how) { return new Training(this, { candles: candles?.handle, options }, how); }
        /** Goes on from a checkpoint: the same candles, the same options, the same bytes in the end. */
        resume(checkpoint, candles, options, how) { return new Training(this, { candles: candles?.handle, options, checkpoint, resumes: true }, how); }
        async load(json) { return new Model(this, await this.ask('load', { json })); }
        /** How good are its forecasts of bars it has not seen? Baselines, verdict, backtest; options: {signals, backtest, whole}. */
        evaluate(model, candles, options) { return this.ask('evaluate', { of: model?.handle, candles: candles?.handle, options }); }
        backtest(candles, wanted, options) { return this.ask('backtest', { candles: candles?.handle, wanted, options }); }
        memory() { return this.ask('memory'); }
        close() { this.port.terminate(); this.port.onfailure('the worker was closed'); }
    };
}
