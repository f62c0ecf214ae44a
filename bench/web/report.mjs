// The report of `make bench-web`: report(run, root, build) is its text, of what run.mjs measured.
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';

export function median(values) {
    const sorted = [...values].sort((a, b) => a - b), n = sorted.length;
    return n % 2 ? sorted[n >> 1] : (sorted[n / 2 - 1] + sorted[n / 2]) / 2;
}
const figure = (x) => x >= 100 ? x.toFixed(0) : x.toPrecision(3);
const unitOf = (s) => s >= 1 ? [1, 's'] : s >= 1e-3 ? [1e3, 'ms'] : [1e6, 'µs'];
export function duration(s) {
    const [factor, unit] = unitOf(s);
    return `${figure(s * factor)} ${unit}`;
}
/** median (lowest .. highest) */
function among(values, factor = 1, unit = '') {
    const show = (x) => figure(x * factor), said = `${show(median(values))}${unit && ` ${unit}`}`;
    return values.length === 1 ? `${said} (once)` : `${said} (${show(Math.min(...values))} .. ${show(Math.max(...values))})`;
}
const times = (values) => among(values, ...unitOf(median(values)));

const labels = {
    lstmfc: 'lstmfc', 'tfjs-wasm': 'TensorFlow.js, wasm', 'tfjs-cpu': 'TensorFlow.js, cpu', onnxruntime: 'ONNX Runtime Web',
    again: 'ONNX Runtime Web, the window again', native: 'lstmfc native, SSE2',
};

/** The contestants of an item by work, and how many times as fast as each lstmfc's module is. */
function table({ cases, works, figures, cannot, wrong }, item) {
    const out = [`| | ${works.map(({ name }) => name).join(' | ')} |`, `|---|${works.map(() => '--:|').join('')}`];
    const row = (label, cell) => {
        out.push(`| ${label} | ${works.map(({ name }) => cell(figures[`${item} ${name}`], name)).join(' | ')} |`);
    };
    for (const who of cases[item]) row(labels[who], (of, name) => {
        const key = who === 'again' ? `onnxruntime window ${name}` : `${who} ${item} ${name}`;
        return cannot.has(key) ? 'does not run' : wrong.has(key) ? 'other values' : of[who] ? times(of[who]) : '-';
    });
    for (const who of cases[item].slice(1)) {
        const label = who === 'native' ? 'lstmfc, share of the native speed' : `lstmfc, times ${labels[who]}`;
        row(`**${label}**`, ({ lstmfc, [who]: theirs }) => lstmfc && theirs ? among(theirs.map((t, i) => t / lstmfc[i])) : '-');
    }
    return out;
}

function sizes(root, build) {
    const npm = (name) => join(root, 'build/npm/dist', name), demo = join(root, 'build/web/lstmfc-demo.html');
    const peer = (folder, ...names) => names.map((name) => join(build, 'node_modules', folder, 'dist', name));
    const tfjs = peer('@tensorflow/tfjs', 'tf.es2017.min.js');
    const backend = peer('@tensorflow/tfjs-backend-wasm', 'tf-backend-wasm.es2017.min.js', 'tfjs-backend-wasm-simd.wasm');
    const ort = peer('onnxruntime-web', 'ort.wasm.min.mjs', 'ort-wasm-simd-threaded.mjs', 'ort-wasm-simd-threaded.wasm');
    const kilo = (n) => n >= 1e6 ? `${(n / 1e6).toFixed(2)} MB` : `${(n / 1e3).toFixed(1)} kB`;
    return [
        ['lstmfc, complete module with vectors', npm('lstmfc-simd.wasm')],
        ['lstmfc, predict-only module', npm('lstmfc-predict.wasm')],
        ['lstmfc, JavaScript of a page: client and worker', npm('browser.js'), npm('worker.js')],
        ['lstmfc, JavaScript of the core without a worker', npm('core.js')],
        ['lstmfc, one file with both complete modules (`inline.js`)', npm('inline.js')],
        ...existsSync(demo) ? [['lstmfc, the demo page in one file', demo]] : [],
        ['TensorFlow.js, cpu (`tf.es2017.min.js`)', ...tfjs],
        ['TensorFlow.js, wasm: the same and the backend', ...tfjs, ...backend],
        ['ONNX Runtime Web, wasm (no training)', ...ort],
    ].map(([label, ...paths]) => {
        const all = paths.map((path) => readFileSync(path)), sum = (of) => kilo(all.reduce((total, bytes) => total + of(bytes), 0));
        return `| ${label} | ${sum((bytes) => bytes.length)} | ${sum((bytes) => gzipSync(bytes, { level: 9 }).length)} |`;
    });
}

function machine() {
    const info = existsSync('/proc/cpuinfo') ? readFileSync('/proc/cpuinfo', 'utf8') : '';
    const of = (key) => info.match(new RegExp(`^${key}\\s*: (.*)$`, 'm'))?.[1];
    return `${cpus()[0].model}${of('cpu family') ? ` (family ${of('cpu family')} model ${of('model')})` : ''}, ${cpus().length} cores`;
}
function versionOf(program) {
    try {
        const said = execFileSync(program, ['--version'], { stdio: ['ignore', 'pipe', 'ignore'] }).toString();
        return said.split('\n')[0].match(/\d+\.\d+\.\d+/g).at(-1);
    } catch { return 'unknown'; }
}

export function report(run, root, build) {
    const { rounds, exported, works, tolerance, versions, worst, pauses, cannot } = run, { windows } = exported;
    const cc = process.env.CC || 'cc';
    const agreed = Object.entries(worst).map(([peer, off]) => `${labels[peer]} ${off ? off.toExponential(1)
        : '0 (after a whole epoch, too)'}`);
    const reasons = [...new Set([...cannot.values()].map((why) => `"${why.split('\n')[0]}"`))];
    const trained = { idle: 'nothing runs', lstmfc: 'lstmfc, LSTM 64, window 20, 20 epochs over 800 bars' };
    return `${[
        '# In the browser', '',
        [`Measured ${new Date().toISOString().slice(0, 10)} by \`${run.command}\`, lstmfc ${exported.version}, on ${machine()},`,
            `headless Chromium ${run.chromium}, modules by emcc ${versionOf('emcc')}, native by ${cc} ${versionOf(cc)}:`,
            `medians of ${rounds} interleaved rounds with the lowest and the highest,`,
            run.told ? 'seconds of the processor (of all threads of the page\'s process, the engine\'s own too),' : 'seconds by the wall,',
            `one thread each; other processes used ${run.others.toFixed(2)} of a core meanwhile.`,
            'Ratios are medians of the rounds\' ratios.'].join(' '), '',
        ['Each contestant has a worker of its own in the page. lstmfc: the module with vectors.',
            `TensorFlow.js ${versions['tfjs-cpu']}: layers, \`fit\` and \`predict\`, the backend wasm with vectors or cpu.`,
            `ONNX Runtime Web ${versions.onnxruntime}: LSTM, Squeeze and Gemm, wasm with vectors; it does not train.`,
            'The call, and for ONNX Runtime its promise, is part of the time.'].join(' '), '',
        ['L1-L3 are one LSTM of 64 with a dense head on inputs, windows, batches and losses of W1-W3, and W1-W3 the networks of',
            `\`../README.md\`; gradients are not clipped. An epoch is ${windows} windows of random numbers, with Adam.`,
            'Before that all loaded the same weights; outputs, carried state and what three updates make of them must agree with the',
            `native library within ${tolerance.toExponential(0)}. Largest difference: ${agreed.join('; ')}.`].join(' '), '',
        '| | network | inputs | window | batch | loss |', '|---|---|--:|--:|--:|---|',
        ...works.map((w) => `| ${w.name} | ${w.spec.replaceAll(' |', ',')} | ${w.inputs} | ${w.window} | ${w.batch} | ${w.loss} |`), '',
        `## Training: one epoch of ${windows} windows`, '', ...table(run, 'epoch'), '',
        ...reasons.length ? [`Does not run: ${reasons.join('; ')}.`, ''] : [],
        '## A forecast: one window', '', ...table(run, 'window'), '',
        '## A new bar', '',
        ['One row with carried state: `model_step` of lstmfc; ONNX Runtime Web with h and c handed from call to call, and with the whole',
            'window again.'].join(' '), '', ...table(run, 'step'), '',
        '## The page while it trains', '',
        ['How late a tick of 5 ms comes at most on the page\'s own thread. lstmfc trains in its worker by the package\'s client, with',
            'progress; TensorFlow.js trains on the page by `fit`, which yields by itself.'].join(' '), '',
        '| | longest pause | training |', '|---|--:|--:|',
        ...Object.entries(pauses).map(([kind, each]) => [`| ${trained[kind] ?? `${labels[kind]}, L1, one epoch`}`,
            among(each.map(({ ms }) => ms), 1, 'ms'),
            `${kind === 'idle' ? '-' : duration(median(each.map(({ took }) => took)))} |`].join(' | ')), '',
        '## Sizes', '', '| | bytes | gzip -9 |', '|---|--:|--:|', ...sizes(root, build), '',
        ...[...run.wrong].map((each) => `Note: ${each}: disagrees with the native library, left out.`),
    ].join('\n').trimEnd()}\n`;
}
