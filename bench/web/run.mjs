// make bench-web: lstmfc's module and its peers on the same work in Chromium, and the native library beside them, in one run. What the
// peers are is named in bench/web/package.json, each in one version, and lands in build/bench-web.
import { execFileSync, spawn } from 'node:child_process';
import { createServer } from 'node:http';
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, extname, join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { duration, median, report } from './report.mjs';

const usage = `usage: node bench/web/run.mjs [--rounds N] [--seconds S] [--works L1,L2,L3,W1,W2,W3] [--out FILE]

Measures training, forecasts and steps of lstmfc in Chromium beside TensorFlow.js and ONNX Runtime Web, and natively, in interleaved rounds.
    --rounds N    rounds, of which the median is taken (default 7)
    --seconds S   least time of a measurement; an epoch is always a whole one (default 0.3)
    --works LIST  some of L1,L2,L3 (one LSTM of 64) and W1,W2,W3 (the networks of bench/bench.c) (default all)
    --out FILE    where the report goes (default bench/results/web.md; build/bench-web/web.md if works are left out or rounds are below 5)

It needs npm, /usr/bin/chromium, and what make wasm and make build/bench-web/native leave (make bench-web makes both).`;

const root = resolve(dirname(fileURLToPath(import.meta.url)), '../..'), build = join(root, 'build/bench-web'), data = join(build, 'data');
const fail = (why) => { console.error(why); process.exit(2); };
let options;
try {
    const text = { type: 'string' };
    options = parseArgs({ options: { rounds: text, seconds: text, works: text, out: text, help: { type: 'boolean' } } }).values;
} catch (e) { fail(`${e.message}\n${usage}`); }
if (options.help) { console.log(usage); process.exit(0); }
const rounds = Number(options.rounds ?? 7), seconds = Number(options.seconds ?? 0.3);
if (!(Number.isInteger(rounds) && rounds > 0) || !(seconds > 0)) fail(`--rounds takes a number from 1, --seconds one above 0\n${usage}`);
for (const [path, how] of [['build/npm/dist/lstmfc-simd.wasm', 'make wasm'], ['build/bench-web/native', 'make build/bench-web/native']])
    if (!existsSync(join(root, path))) fail(`${path} is not there: ${how}`);
if (!existsSync('/usr/bin/chromium')) fail('no /usr/bin/chromium (package chromium)');

const named = join(root, 'bench/web/package.json'), complete = join(build, 'complete');
mkdirSync(data, { recursive: true });
if (!existsSync(complete) || readFileSync(complete, 'utf8') !== readFileSync(named, 'utf8')) {
    rmSync(join(build, 'node_modules'), { recursive: true, force: true });
    copyFileSync(named, join(build, 'package.json'));
    execFileSync('npm', ['install', '--no-package-lock', '--no-audit', '--no-fund', '--loglevel=error'], { cwd: build, stdio: 'inherit' });
    copyFileSync(named, complete);
}
const { chromium } = createRequire(join(build, 'package.json'))('playwright-core');

// ---- the native worker
const native = spawn(join(build, 'native'), { stdio: ['pipe', 'pipe', 'inherit'] });
const lines = createInterface({ input: native.stdout })[Symbol.asyncIterator]();
async function askNative(line) {
    native.stdin.write(`${line}\n`);
    const { value, done } = await lines.next();
    if (done) throw new Error(`the native worker ended at "${line}"`);
    const answer = JSON.parse(value);
    if (answer.error) throw new Error(`native: ${answer.error}`);
    return answer;
}
const exported = await askNative(`export ${data}`), known = exported.works.map(({ name }) => name);
const chosen = options.works?.split(',') ?? known, works = exported.works.filter(({ name }) => chosen.includes(name));
if (works.length !== chosen.length) fail(`--works takes some of ${known.join(',')}`);

// ---- the browser
const html = '<!doctype html><meta charset="utf-8"><title>bench</title><link rel="icon" href="data:,">' +
    '<script type="module" src="/bench/page.mjs"></script>';
const types = { '.js': 'text/javascript', '.mjs': 'text/javascript', '.wasm': 'application/wasm', '': 'text/html' };
const folders = { npm: join(root, 'build/npm'), peers: join(build, 'node_modules'), bench: join(root, 'bench/web'), data };
const server = createServer((request, answer) => {
    const path = new URL(request.url, 'http://localhost').pathname, [, folder, ...rest] = path.split('/');
    try {
        const body = path === '/' ? html : readFileSync(join(folders[folder], ...rest));
        answer.writeHead(200, { 'content-type': types[extname(path)] ?? 'application/octet-stream' }).end(body);
    } catch { answer.writeHead(404).end(); }
});
await new Promise((go) => { server.listen(0, '127.0.0.1', go); });
const profile = mkdtempSync(join(tmpdir(), 'lstmfc-'));
const context = await chromium.launchPersistentContext(profile, { executablePath: '/usr/bin/chromium', headless: true,
    args: ['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
        '--disable-component-update', '--disable-sync'] });
const page = await context.newPage();
page.on('pageerror', (e) => console.error(`page: ${e.message}`));
page.setDefaultTimeout(0);
await page.goto(`http://127.0.0.1:${server.address().port}/`);
await page.waitForFunction(() => window.ready);
async function askPage(peer, question) {
    const answer = await page.evaluate(([peer, question]) => window.ask(peer, question), [peer, question]);
    if (answer.error) throw new Error(`${peer}: ${answer.error}`);
    return answer;
}
function ask(peer, item, name) {
    if (peer === 'native') return askNative(`${item} ${name} simd=sse2 seconds=${seconds}`);
    return askPage(peer, item === 'check' ? { check: name } : { item, name, seconds });
}

// ---- processor time, where the system tells (Linux)
const told = existsSync('/proc/self/schedstat');
/** This program and all that it started: [id, ticks used]. */
function started() {
    const seen = new Map();
    for (const entry of readdirSync('/proc')) if (/^\d+$/.test(entry)) try {
        const after = readFileSync(`/proc/${entry}/stat`, 'utf8').replace(/^.*\) /s, '').split(' ');
        seen.set(Number(entry), { parent: Number(after[1]), used: [11, 12, 13, 14].reduce((sum, k) => sum + Number(after[k]), 0) });
    } catch { /* it has ended */ }
    return [...seen].filter(([id]) => {
        while (id && id !== process.pid) id = seen.get(id)?.parent;
        return id;
    }).map(([id, { used }]) => [id, used]);
}
/** Seconds of all processors, and of what we started: who else is at work? */
function processors() {
    if (!told) return { busy: 0, own: 0 };
    const ticks = 100, all = readFileSync('/proc/stat', 'utf8').split('\n')[0].split(/\s+/).slice(1).map(Number);
    const own = started().reduce((sum, [, used]) => sum + used, 0);
    return { busy: [0, 1, 2, 5, 6, 7].reduce((sum, k) => sum + all[k], 0) / ticks, own: own / ticks };
}
let renderers;
/** Seconds that the threads of the page's process have worked, its workers' and the engine's own. */
function pageSeconds() {
    renderers ??= started().map(([id]) => id).filter((id) => readFileSync(`/proc/${id}/cmdline`, 'utf8').includes('--type=renderer'));
    let nanoseconds = 0;
    for (const id of renderers) for (const thread of readdirSync(`/proc/${id}/task`)) try {
        nanoseconds += Number(readFileSync(`/proc/${id}/task/${thread}/schedstat`, 'utf8').split(' ')[0]);
    } catch { /* it has ended */ }
    return nanoseconds / 1e9;
}
/** Seconds a unit takes: of the processor, where the system tells, else by the wall. */
async function measure(peer, item, name) {
    const from = told ? pageSeconds() : 0, { units, wall, cpu } = await ask(peer, item, name);
    return (!told ? wall : peer === 'native' ? cpu : pageSeconds() - from) / units;
}

// ---- the same values, before a time counts
const TOLERANCE = 1e-5, peers = ['lstmfc', 'tfjs-wasm', 'tfjs-cpu', 'onnxruntime'], itemOf = { outputs: 'window', stream: 'step' };
const run = { told, rounds, exported, works, tolerance: TOLERANCE, versions: {}, worst: {}, figures: {}, pauses: {} };
run.wrong = new Set();                              // what disagrees, and what does not run and why, by 'peer item work'
run.cannot = new Map();
const begun = performance.now(), before = processors();
for (const work of works) {
    for (const peer of peers) run.versions[peer] = (await askPage(peer, { start: work })).version;
    const expected = await ask('native', 'check', work.name);
    for (const peer of peers) {
        const { cannot, ...said } = await ask(peer, 'check', work.name);
        if (cannot) run.cannot.set(`${peer} epoch ${work.name}`, cannot);
        for (const [key, values] of Object.entries(said)) values.forEach((value, i) => {
            const off = Math.abs(value - Math.fround(expected[key][i]));
            run.worst[peer] = Math.max(run.worst[peer] ?? 0, off);
            if (!(off <= TOLERANCE)) run.wrong.add(`${peer} ${itemOf[key] ?? 'epoch'} ${work.name}`);
        });
    }
    console.log(`${work.name}: largest difference so far ${peers.map((peer) => `${peer} ${run.worst[peer].toExponential(1)}`).join(', ')}`);
}

// ---- rounds
const LONG = 10;                                    // seconds: an epoch that takes longer is measured once
run.cases = {
    epoch: ['lstmfc', 'tfjs-wasm', 'tfjs-cpu', 'native'],
    window: ['lstmfc', 'onnxruntime', 'tfjs-wasm', 'tfjs-cpu', 'native'],
    step: ['lstmfc', 'onnxruntime', 'again', 'native'],                             // again: the whole window instead
};
for (const [item, contestants] of Object.entries(run.cases)) for (const { name } of works) {
    const here = run.figures[`${item} ${name}`] = {};
    if (item !== 'epoch') for (const who of contestants) if (who !== 'again') await ask(who, item, name);   // ready for the first round
    for (let round = 0; round < rounds; round++) for (const contestant of contestants) {
        const [peer, what] = contestant === 'again' ? ['onnxruntime', 'window'] : [contestant, item], key = `${peer} ${what} ${name}`;
        if (run.wrong.has(key) || run.cannot.has(key) || here[contestant]?.[0] > LONG) continue;
        (here[contestant] ??= []).push(await measure(peer, what, name));
    }
    console.log(`${item} ${name}: ${Object.entries(here).map(([who, each]) => `${who} ${duration(median(each))}`).join(', ')}`);
}
const [quiet] = exported.works, job = { ...quiet, rows: 800, epochs: 20 };
for (let round = 0; round < rounds; round++) for (const kind of ['idle', 'lstmfc', 'tfjs-wasm', 'tfjs-cpu']) {
    if (run.cannot.has(`${kind} epoch ${quiet.name}`)) continue;
    const [ms, took] = await page.evaluate(([kind, work]) => window.pause(kind, work), [kind, kind === 'lstmfc' ? job : quiet]);
    (run.pauses[kind] ??= []).push({ ms, took });
}
const after = processors(), took = (performance.now() - begun) / 1000;
run.others = Math.max(0, (after.busy - before.busy) - (after.own - before.own)) / took;
run.chromium = (await (await context.newCDPSession(page)).send('Browser.getVersion')).product.split('/')[1];
await context.close();
server.close();
native.kill();
rmSync(profile, { recursive: true, force: true });

const given = ['rounds', 'seconds', 'works'].filter((name) => options[name]).map((name) => `--${name} ${options[name]}`).join(' ');
run.command = `make bench-web${given && ` OPTIONS="${given}"`}`;
const text = report(run, root, build), whole = rounds >= 5 && works.length === known.length;
const target = options.out ? resolve(options.out) : whole ? join(root, 'bench/results/web.md') : join(build, 'web.md');
writeFileSync(target, text);
console.log(`\n${text}\n${took.toFixed(0)} s; written to ${target}`);
process.exit(run.wrong.size ? 1 : 0);
