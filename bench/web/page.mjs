// The page of `make bench-web`: hands questions to the contestants' workers, and measures how long its own thread stands still.
import { Lstmfc } from '/npm/dist/browser.js';
import { load, tfjs } from './contestants.mjs';

const workers = {}, waiting = new Map();
let next = 1;
window.ask = (peer, question) => new Promise((done) => {
    if (!workers[peer]) {
        workers[peer] = new Worker(`/bench/worker.mjs?${peer}`, { type: 'module' });
        workers[peer].onmessage = ({ data: { id, answer } }) => { waiting.get(id)(answer); waiting.delete(id); };
        workers[peer].onerror = (e) => { for (const done of waiting.values()) done({ error: e.message }); waiting.clear(); };
    }
    waiting.set(next, done);
    workers[peer].postMessage({ id: next++, ...question });
});

/** The longest time by which a tick of 5 ms came late while `job` ran, and how long it ran: [ms, seconds]. */
async function pause(job) {
    const begun = performance.now();
    let last = begun, longest = 0;
    const tick = () => { const now = performance.now(); longest = Math.max(longest, now - last - 5); last = now; };
    const clock = setInterval(tick, 5);
    await job();
    tick();
    clearInterval(clock);
    return [longest, (performance.now() - begun) / 1000];
}
const peers = {};
window.pause = async (kind, work) => {
    if (kind === 'idle') return pause(() => new Promise((go) => { setTimeout(go, 1500); }));
    if (kind === 'lstmfc') {
        const lstmfc = peers.lstmfc ??= await Lstmfc.load(), count = work.rows;
        let price = 100, state = 7;
        const draw = () => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0) / 2 ** 32;
        const close = Float64Array.from({ length: count }, () => price *= 1 + (draw() - 0.5) / 100);
        const candles = await lstmfc.candles({ time: Array.from({ length: count }, (_, i) => 1.6e12 + 3.6e6 * i), close });
        let told = 0;
        const said = await pause(async () => {
            const model = await lstmfc.train(candles, { target: 'return', features: 'log_return(close)', window: work.window,
                model: 'lstm 64 | dense 1', epochs: work.epochs, batch: work.batch, patience: null },
            { onProgress: ({ epochs }) => { told = epochs.length; } });
            model.free();
        });
        candles.free();
        if (told !== work.epochs) throw new Error(`progress up to epoch ${told} of ${work.epochs}`);
        return said;
    }
    const backend = kind.slice(5);                  // tfjs-wasm, tfjs-cpu: model.fit on the page, with the pauses that it makes by itself
    const { of } = peers[kind] ??= await tfjs(backend);
    if (globalThis.tf.getBackend() !== backend) await globalThis.tf.setBackend(backend);
    const object = peers[`${kind} ${work.name}`] ??= of(await load({ ...work }));
    return pause(() => object.train(object.x, object.y, 1, true, 'auto'));
};
window.ready = true;
