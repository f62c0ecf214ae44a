// The package in Chromium: node browser.mjs PACKAGE TOOLS TOOL CANDLES.csv FOLDER. Served from localhost under a strict policy, then the inline
// form from a disk. A line a check; waits and the longest pause of the page's own thread are printed, and hold no test.
import { execFileSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { check, done } from './checks.mjs';
import { open } from './chromium.mjs';
import { serve } from './serve.mjs';

const [root, tools, tool, csv, folder] = process.argv.slice(2).map((path) => resolve(path));

const native = join(folder, 'browser.json');
execFileSync(tool, ['train', '--csv', csv, '--target', 'direction', '--features', 'log_return(close)', '--window', '24', '--model', 'lstm 16 | dense 1 sigmoid',
    '--epochs', '4', '--patience', 'none', '--test', '0.2', '--created', '2023-11-14T22:13:20Z', '--simd', 'scalar', '--progress', 'none', '--out', native],
{ stdio: ['ignore', 'ignore', 'ignore'] });
const expected = readFileSync(native, 'utf8'), text = readFileSync(csv, 'utf8');

const page = (script) => `<!doctype html><meta charset="utf-8"><title>lstmfc</title><link rel="icon" href="data:,"><script type="module" src="${script}"></script>`;
const files = {
    '/': page('/page.js'), '/page.js': "import { Lstmfc } from '/dist/browser.js'; window.Lstmfc = Lstmfc;",
    '/inline': page('/inline-page.js'), '/inline-page.js': "import { Lstmfc, bytes } from '/dist/inline.js'; window.Lstmfc = { load: () => Lstmfc.load({ wasm: bytes() }) };",
};
const policy = "default-src 'self'; img-src data:; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self' blob:";
const server = await serve(files, root, { 'content-security-policy': policy }), { origin } = server;

const browser = await open(tools);
async function tab(url) {
    const { tab, wrong } = await browser.tab(url);
    await tab.waitForFunction(() => window.Lstmfc);
    return { tab, wrong };
}
const job = async ([text, rounds]) => {
    const lstmfc = await window.Lstmfc.load(), candles = await lstmfc.candles(new File([text], 'candles.csv'));
    const options = { target: 'direction', features: 'log_return(close)', window: 24, model: 'lstm 16 | dense 1 sigmoid', epochs: 4, patience: null, test: 0.2, created: 1700000000000 };
    let last = performance.now(), pause = 0;
    const clock = setInterval(() => { const now = performance.now(); pause = Math.max(pause, now - last - 5); last = now; }, 5);
    const begun = performance.now();
    let told = 0;
    const model = await lstmfc.train(candles, options, { onProgress: ({ epochs }) => { told = epochs.length; } });
    const seconds = (performance.now() - begun) / 1000;
    const saved = await model.save(), [next] = await model.predict(candles), all = await model.predictAll(candles);
    // Cancelled well before their end: of five times the epochs, within the time that the first training took.
    const long = { ...options, epochs: 20 }, whole = await (await lstmfc.train(candles, long)).save();
    let longest = 0, aborted = 0, checkpoint = null;
    for (let i = 0; i < rounds; i++) {
        const control = new AbortController(), training = lstmfc.train(candles, long, { signal: control.signal });
        await new Promise((go) => { setTimeout(go, 600 * seconds * Math.random()); });
        const from = performance.now();
        control.abort();
        try { await training; } catch (e) {
            if (e.name === 'AbortError' && e.checkpoint) { aborted++; checkpoint = e.checkpoint; }
            longest = Math.max(longest, performance.now() - from);
        }
    }
    const again = checkpoint ? await (await lstmfc.resume(checkpoint, candles, long)).save() : '';
    clearInterval(clock);
    let refused = null;
    try { await lstmfc.candles('time,close\n2020-01-01,1\n2020-01-02,x\n'); } catch (e) { refused = e.line; }
    lstmfc.close();
    return {
        length: candles.length, saved, told, seconds, same: next.value === all.value.at(-1), longest, aborted, resumed: again === whole, refused, pause,
    };
};
for (const [name, url, rounds] of [['module worker', `${origin}/`, 20], ['inline', `${origin}/inline`, 3]]) {
    const { tab: at, wrong } = await tab(url), said = await at.evaluate(job, [text, rounds]);
    check(said.saved === expected, `${name}: the model file is the native program's, ${said.saved.length} bytes, ${said.length} bars, trained in ${said.seconds.toFixed(2)} s`);
    check(said.same && said.told === 4, `${name}: forecasts, and progress up to epoch ${said.told}`);
    check(said.aborted === rounds && said.resumed, `${name}: cancelled ${said.aborted} times, longest wait ${said.longest.toFixed(1)} ms; gone on to the same bytes`);
    check(said.refused === 3, `${name}: an error has its line`);
    check(wrong.length === 0, `${name}: no error on the console, no request elsewhere, longest pause of the page ${said.pause.toFixed(1)} ms${wrong.length ? `: ${wrong[0]}` : ''}`);
    await at.close();
}
// from a disk: one file, a classic script, nothing beside it
const { buildSync } = createRequire(join(tools, 'package.json'))('esbuild');
writeFileSync(join(folder, 'entry.mjs'), `import { Lstmfc, bytes } from ${JSON.stringify(join(root, 'dist/inline.js'))}; window.Lstmfc = { load: () => Lstmfc.load({ wasm: bytes() }) };`);
const script = buildSync({ entryPoints: [join(folder, 'entry.mjs')], bundle: true, format: 'iife', write: false }).outputFiles[0].text;
writeFileSync(join(folder, 'page.html'), `<!doctype html><meta charset="utf-8"><title>lstmfc</title><script>${script.replaceAll('</script', '<\\/script')}</script>`);
{
    const { tab: at, wrong } = await tab(pathToFileURL(join(folder, 'page.html')).href), said = await at.evaluate(job, [text, 3]);
    check(said.saved === expected && said.aborted === 3 && said.resumed && wrong.length === 0,
        `from file://: the same model, cancelled ${said.aborted} times${wrong.length ? `: ${wrong[0]}` : ''}`);
}
// a worker that cannot be had, while the module is still on its way
{
    const { tab: at } = await tab(`${origin}/`);
    await at.route('**/worker.js', (route) => route.fulfill({ status: 404 }));
    await at.route('**/*.wasm', async (route) => { await new Promise((go) => { setTimeout(go, 500); }); await route.continue(); });
    const said = await at.evaluate(() => Promise.race([window.Lstmfc.load().then(() => 'loaded', (e) => e.message),
        new Promise((go) => { setTimeout(() => go('still waiting'), 10000); })]));
    check(said === 'the worker could not be loaded', `without its worker: "${said}"`);
    await at.close();
}
await browser.close();
server.close();
done();
