// wasm/examples, used as a person would: node examples.mjs PROJECT TOOLS MODEL.json FORECAST.json CANDLES.csv FOLDER. MODEL.json and
// FORECAST.json are the native program's (train, predict --json); PROJECT has the package and, for React, wasm/test/app.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { pathToFileURL } from 'node:url';
import { check, done } from './checks.mjs';
import { open } from './chromium.mjs';
import { serve } from './serve.mjs';

const [project, tools, model, forecast, csv, folder] = process.argv.slice(2).map((path) => resolve(path));
const [expected] = JSON.parse(readFileSync(forecast)).forecasts, root = join(project, 'node_modules/lstmfc');
const bad = join(folder, 'bad.csv');
writeFileSync(bad, 'time,close\n2020-01-01,1\n2020-01-02,x\n');

// ---- service.mjs
{
    const child = spawn(process.execPath, [join(root, 'examples/service.mjs'), model, '0'], { stdio: ['ignore', 'pipe', 'inherit'] });
    const [url] = await once(createInterface(child.stdout), 'line');
    const post = async (body, query = '') => {
        const answer = await fetch(url + query, { method: 'POST', body, duplex: 'half' });
        return { status: answer.status, ...await answer.json() };
    };
    const { status, forecasts } = await post(readFileSync(csv));
    check(status === 200 && forecasts[0].probability_up === expected.probability_up && forecasts[0].time === Date.parse(expected.bar),
        `service: the native program's forecast, ${forecasts[0].probability_up}`);
    const wrong = await post(readFileSync(bad));
    check(wrong.status === 400 && wrong.error.line === 3 && wrong.error.column === 12 && wrong.error.kind === 'data',
        `service: a bad cell: ${JSON.stringify(wrong.error)}`);
    const none = await post(''), steps = await post(readFileSync(csv), '?steps=x');
    check(none.status === 400 && steps.status === 400, 'service: no CSV, no number of steps');
    const got = await fetch(url);
    const { error } = await got.json();
    check(got.status === 405 && got.headers.get('allow') === 'POST' && error.message.length > 0, 'service: GET is refused');
    const many = await Promise.all(Array.from({ length: 20 }, (_, i) => post(readFileSync(i % 2 ? bad : csv))));
    check(many.every(({ status, forecasts }, i) => i % 2 ? status === 400 : forecasts[0].value === expected.value),
        'service: 20 at a time, each its own answer');
    const large = await post(Buffer.alloc((64 << 20) + 1, 'x'));
    check(large.status === 413, `service: too large: ${large.error?.message}`);
    check((await post(readFileSync(csv))).status === 200, 'service: and it goes on');
    child.kill();
    const [code] = await once(child, 'exit');
    check(code === 0, 'service: ends when it is told to');
    const without = spawn(process.execPath, [join(root, 'examples/service.mjs'), bad, '0'], { stdio: 'ignore' });
    check((await once(without, 'exit'))[0] === 1, 'service: a file that is no model ends it at once');
}

if (existsSync('/usr/bin/chromium')) {
    const browser = await open(tools);
    // ---- predict.html
    const server = await serve({}, root);
    {
        const { tab, wrong } = await browser.tab(`${server.origin}/examples/predict.html`);
        await tab.waitForFunction(() => /Choose/.test(document.querySelector('#said').textContent));
        await tab.setInputFiles('#model', model);
        await tab.setInputFiles('#candles', csv);
        await tab.waitForFunction(() => /probability/.test(document.querySelector('#said').textContent));
        const text = await tab.textContent('#said'), bar = expected.bar.slice(0, 16).replace('T', ' ');
        check(text === `After the bar of ${bar} UTC: up with probability ${expected.probability_up}`, `predict.html: "${text}"`);
        await tab.setInputFiles('#candles', bad);
        await tab.waitForFunction(() => /line 3, column 12/.test(document.querySelector('#said').textContent));
        check(wrong.length === 0, `predict.html: a bad CSV has its line; no error on the console${wrong.length ? `: ${wrong[0]}` : ''}`);
        await tab.close();
    }
    server.close();
    // ---- react.jsx: while developing, in StrictMode, and built
    const { build, createServer, preview } = await import(pathToFileURL(join(tools, 'node_modules/vite/dist/node/index.js')));
    const outDir = join(project, 'dist-react'), cacheDir = join(project, 'node_modules/.vite-react');
    const common = { root: project, configFile: false, logLevel: 'warn', cacheDir };
    const development = await createServer({ ...common, server: { host: '127.0.0.1', port: 0 } });
    await development.listen();
    await build({ ...common, build: { outDir, rollupOptions: { input: join(project, 'react.html') } } });
    const production = await preview({ ...common, build: { outDir }, preview: { host: '127.0.0.1', port: 0 } });
    for (const [name, { httpServer }] of [['development', development], ['production', production]]) {
        const url = `http://127.0.0.1:${httpServer.address().port}/react.html`;
        {
            const { tab, wrong } = await browser.tab(url);
            await tab.setInputFiles('input', csv);
            await tab.click('button:has-text("Train"):enabled');
            const text = await tab.textContent('output', { timeout: 60000 });
            check(text === `up with probability ${expected.probability_up}`, `react.jsx, ${name}: trained, "${text}"`);
            await tab.setInputFiles('input', bad);
            const alert = await tab.textContent('[role=alert]');
            check(/line 3, column 12/.test(alert), `react.jsx, ${name}: "${alert}"`);
            check(wrong.length === 0, `react.jsx, ${name}: no error on the console${wrong.length ? `: ${wrong[0]}` : ''}`);
            await tab.close();
        }
        const { tab, wrong } = await browser.tab(`${url}#long`);
        await tab.setInputFiles('input', csv);
        const epoch = async (more) => {
            await tab.waitForFunction((n) => Number(/epoch (\d+)/.exec(document.body.textContent)?.[1]) > n, more, { timeout: 60000 });
            return Number(/epoch (\d+)/.exec(await tab.textContent('section'))[1]);
        };
        await tab.click('button:has-text("Train"):enabled');
        const before = await epoch(2);
        await tab.click('button:has-text("Cancel")');
        await tab.click('button:has-text("Go on")');
        await tab.waitForSelector('progress');
        const after = await epoch(0);
        await tab.click('button:has-text("Cancel")');
        await tab.waitForSelector('button:has-text("Go on")');
        check(after >= before && wrong.length === 0,
            `react.jsx, ${name}: cancelled after epoch ${before}, gone on with at epoch ${after}${wrong.length ? `: ${wrong[0]}` : ''}`);
        await tab.close();
    }
    await production.close();
    await development.close();
    await browser.close();
}
done();
