// What runs inside the Worker: the core, asked by messages. A training yields every 15 ms, so that no message waits long, and between
// two slices it can be paused, resumed or cancelled; a cancelled one leaves a checkpoint.
//     {id, call, of, args}  ->  {id, value} or {id, error}; during a training {id, progress}, at its end {id, finishing: checkpoint}
//     {id, order: 'abort' | 'pause' | 'resume'}      of the training under `id`;  {drop: handle}  frees an object
import { instantiate } from './core.js';

const SLICE = 15;                                   // milliseconds of computing before the next message is looked at

export function serve(port) {
    let lstmfc = null, next = 1;
    const objects = new Map(), jobs = new Map();    // handle -> object; id of a call -> orders for it
    const keep = (object) => { objects.set(next, object); return next++; };
    const get = (handle) => {
        if (handle === undefined) throw Object.assign(new Error('candles or a model of this library are expected'), { code: -1, kind: 'argument', line: 0, column: 0, nearest: null });
        const object = objects.get(handle);
        if (!object) throw Object.assign(new Error('it has been freed'), { code: -1, kind: 'argument', line: 0, column: 0, nearest: null });
        return object;
    };

    // setTimeout is held back to 4 ms after some calls. A message to ourselves is not, and in a browser other messages still come between;
    // node empties one port before it looks at the next, but has setImmediate.
    const waiting = [];
    let port2 = null;
    if (typeof setImmediate !== 'function') {
        const channel = new MessageChannel();
        channel.port1.onmessage = () => waiting.shift()();
        port2 = channel.port2;
    }
    const breathe = () => new Promise((go) => {
        if (port2) { waiting.push(go); port2.postMessage(0); } else setImmediate(go);
    });

    function sayCandles(candles) {
        return { handle: keep(candles), length: candles.length, report: candles.report };
    }
    function sayModel(model) { return { handle: keep(model), info: model.info }; }

    const cancelled = (checkpoint) => Object.assign(new Error('the training was cancelled'), { name: 'AbortError', checkpoint });
    async function run(id, fit, every) {
        const job = { abort: false, wake: null, paused: false };
        jobs.set(id, job);
        let batches = 1, told = 0, epochs = 0, since = performance.now(), done = false;
        const tell = (force) => {
            const now = performance.now();
            if (!force && now - told < every) return;
            const history = fit.history;
            if (!force && history.epochs.length === epochs) return;
            told = now;
            epochs = history.epochs.length;
            port.postMessage({ id, progress: { ...history, seconds: (now - since) / 1000 } });
        };
        try {
            while (!done) {
                // steps of a third of a slice: batches of training cost three times those of validation that come before them
                for (let begun = performance.now(), before = begun, now = begun; !done && now - begun < SLICE * 2 / 3; before = now) {
                    done = fit.step(batches);
                    now = performance.now();
                    batches = Math.max(1, Math.min(64, Math.floor(batches * Math.min(2, SLICE / 3 / Math.max(now - before, 0.1)))));
                }
                tell(false);
                await breathe();
                while (job.paused && !job.abort) await new Promise((go) => { job.wake = go; });
                if (job.abort && !done) throw cancelled(fit.save());
            }
            tell(true);
            // calibration and baselines come in one go: with the checkpoint, who cancels meanwhile need not wait for them
            const checkpoint = fit.save();
            port.postMessage({ id, finishing: checkpoint });
            await breathe();
            if (job.abort) throw cancelled(checkpoint);
            return sayModel(fit.finish());
        } finally { jobs.delete(id); fit.free(); }
    }

    /** To the end of what has steps, with breath between: as many bars or resamples at a time as take about a slice. */
    async function sliced(span) {
        for (let bars = 32, done = false; !done;) {
            const begun = performance.now();
            done = span.step(bars);
            bars = Math.max(8, Math.min(8192, Math.round(bars * Math.min(4, SLICE / Math.max(performance.now() - begun, 0.5)))));
            await breathe();
        }
    }
    async function spanOf(model, candles, first, count, use) {
        const span = lstmfc.span(model, candles, first, count);
        try { await sliced(span); return use(span); } finally { span.free(); }
    }

    const calls = {
        start: ({ bytes }) => { lstmfc = instantiate(bytes); return lstmfc.about; },
        candles: ({ source, options }) => sayCandles(lstmfc.candles(source, options)),
        times: ({ of }) => get(of).time,
        column: ({ of, name }) => get(of).column(name),
        append: ({ of, bar }) => get(of).append(bar).length,
        indicators: ({ candles, spec }) => {
            const { names, bars, values } = lstmfc.indicators(get(candles), spec);
            return { names, bars, values };
        },
        train: ({ candles, options, every, checkpoint, resumes }, id) => {
            const fit = lstmfc.fit(get(candles), options);
            try { if (resumes) fit.resume(checkpoint); } catch (e) { fit.free(); throw e; }
            return run(id, fit, every);
        },
        load: ({ json }) => sayModel(lstmfc.load(json)),
        save: ({ of }) => get(of).save(),
        predict: ({ of, candles, steps }) => get(of).predict(get(candles), steps),
        predictAll: ({ of, candles, first, count }) => spanOf(get(of), get(candles), first, count, (span) => span.bands),
        signals: ({ of, candles, options }) => spanOf(get(of), get(candles), 0, undefined, (span) => span.signals(options)),
        stream: ({ of }) => ({ handle: keep(get(of).stream()) }),
        step: ({ of, candles, index, peek }) => peek ? get(of).peek(get(candles), index) : get(of).push(get(candles), index),
        replay: ({ of, candles, from, to }) => get(of).replay(get(candles), from, to).bars,
        evaluate: async ({ of, candles, options }) => {
            const evaluation = lstmfc.evaluation(get(of), get(candles), options);
            try { await sliced(evaluation); return evaluation.report(); } finally { evaluation.free(); }
        },
        backtest: async ({ candles, wanted, options }) => {
            const trading = lstmfc.trading(get(candles), wanted, options);
            try { await sliced(trading); return trading.report(); } finally { trading.free(); }
        },
        memory: () => lstmfc.memory,
    };

    port.onmessage = async ({ data }) => {
        const { id, call, args, order, drop } = data;
        if (drop) { objects.get(drop)?.free(); objects.delete(drop); return; }
        if (order) {
            const job = jobs.get(id);
            if (!job) return;
            if (order === 'abort') job.abort = true;
            job.paused = order === 'pause';
            if (job.wake) { job.wake(); job.wake = null; }
            return;
        }
        try {
            const value = await calls[call](args, id);
            port.postMessage({ id, value });
        } catch (e) {
            const { name, message, code, kind, line, column, nearest, checkpoint } = e;
            port.postMessage({ id, error: { name, message, code, kind, line, column, nearest, checkpoint } });
        }
    };
}
