// One contestant of `make bench-web`, in a worker of its own: worker.mjs?lstmfc, ?tfjs-wasm, ?tfjs-cpu, ?onnxruntime. Answers
//     { start: work }                      the work's files are fetched and everything is made ready
//     { check: name }                      numbers to compare: see `check` in native.c
//     { item, name, seconds }              item epoch, window or step: { units, wall }
// by what native.c answers, or { absent: why }, { error }. See native.c for the works.
import { Absent, WINDOWS, load, lstmfc, onnxruntime, tfjs } from './contestants.mjs';

const peer = location.search.slice(1);

/** Calls for about `seconds`, after some that are not counted; the clock is read every few milliseconds. */
async function timed(object, item, seconds) {
    if (!object[item]) throw new Absent(`no ${item}`);
    object.next ??= 0;
    const call = () => { object.next = (object.next + 1) % WINDOWS; return object[item](object.next); };
    object.chunks ??= { epoch: 1 };                 // check() has trained: the engine has compiled
    if (!object.chunks[item]) {
        const from = performance.now();
        let n = 0;
        do { await call(); n++; } while (performance.now() - from < 200);
        object.chunks[item] = Math.max(1, Math.floor(5 * n / (performance.now() - from)));
    }
    const chunk = object.chunks[item], start = performance.now();
    let units = 0, wall;
    const plain = peer === 'lstmfc' || (peer.startsWith('tfjs') && item !== 'epoch');   // no promise: not awaited
    do {
        if (plain) for (let i = 0; i < chunk; i++) call();
        else for (let i = 0; i < chunk; i++) await call();
        units += chunk;
        wall = (performance.now() - start) / 1000;
    } while (wall < seconds);
    return { units, wall };
}

const works = {};
const ready = { 'lstmfc': lstmfc, 'tfjs-wasm': () => tfjs('wasm'), 'tfjs-cpu': () => tfjs('cpu'), 'onnxruntime': onnxruntime }[peer]();
self.onmessage = async ({ data: { id, start, check, item, name, seconds } }) => {
    let answer;
    try {
        const library = await ready;
        if (start) {
            works[start.name] = await library.of(await load(start));
            answer = { version: library.version };
        } else answer = check ? await works[check].check() : await timed(works[name], item, seconds);
    } catch (e) { answer = e instanceof Absent ? { absent: e.message } : { error: String(e?.stack || e) }; }
    self.postMessage({ id, answer });
};
