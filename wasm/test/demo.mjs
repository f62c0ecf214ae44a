// The demo page in Chromium: node demo.mjs WEB TOOLS TOOL DATA FOLDER. WEB is build/web, DATA a folder of real files (may be absent),
// FOLDER takes what is saved and the screenshots. Everything is served from this machine; a request elsewhere fails the test.
// A line a check.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { createRequire } from 'node:module';
import { createServer } from 'node:http';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, extname, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { gzipSync } from 'node:zlib';
import { check, done } from './checks.mjs';

const [web, tools, tool, shared, folder] = process.argv.slice(2).map((path) => resolve(path));
const need = createRequire(join(tools, 'package.json'));
const { chromium } = need('playwright-core');
const axe = readFileSync(need.resolve('axe-core/axe.min.js'), 'utf8');
const skip = (what) => console.log(`skip  ${what}`);
mkdirSync(folder, { recursive: true });

// ---- the page, and a stand-in for an exchange
const types = { '.html': 'text/html', '.js': 'text/javascript', '.css': 'text/css', '.wasm': 'application/wasm' };
const HOUR = 3600000,
    asked = [],
    sockets = new Set();
const now = Math.floor(Date.now() / HOUR) * HOUR;
function kline(i, count) {
    const at = now - (count - i) * HOUR,
        price = (x) => (30000 + 900 * Math.sin(x / 17) + 300 * Math.sin(x / 3.1)).toFixed(2),
        [open, close] = [price(i), price(i + 1)];
    const high = (Math.max(open, close) + 20).toFixed(2),
        low = (Math.min(open, close) - 20).toFixed(2);
    return [at, open, high, low, close, (100 + (i % 7)).toFixed(3), at + HOUR - 1, '0', 10, '0', '0', '0'];
}
const server = createServer((request, answer) => {
    const url = new URL(request.url, 'http://localhost');
    if (url.pathname === '/exchange/klines') {
        asked.push(url.search);
        const count = Number(url.searchParams.get('limit'));
        const rows = Array.from({ length: count + 1 }, (_, i) => kline(i, count)); // the last has not closed yet
        answer.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(rows));
        return;
    }
    if (url.pathname === '/exchange/down') {
        answer.writeHead(429).end('{"code":-1003,"msg":"Too many requests."}');
        return;
    }
    try {
        const path = url.pathname === '/' ? '/index.html' : url.pathname;
        answer.writeHead(200, { 'content-type': types[extname(path)] || 'text/plain' }).end(readFileSync(join(web, path)));
    } catch {
        answer.writeHead(404).end();
    }
});
server.on('upgrade', (request, socket) => {
    const key = createHash('sha1').update(`${request.headers['sec-websocket-key']}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64');
    socket.write(`HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${key}\r\n\r\n`);
    sockets.add(socket);
    socket.on('error', () => {});
    socket.on('close', () => sockets.delete(socket));
});
function tell(message) {
    const text = Buffer.from(JSON.stringify(message)),
        head = Buffer.from(text.length < 126 ? [0x81, text.length] : [0x81, 126, text.length >> 8, text.length & 255]);
    for (const socket of sockets) socket.write(Buffer.concat([head, text]));
}
await new Promise((go) => server.listen(0, '127.0.0.1', go));
const origin = `http://127.0.0.1:${server.address().port}`;

// ---- the browser
const profile = mkdtempSync(join(tmpdir(), 'lstmfc-'));
const context = await chromium.launchPersistentContext(profile, {
    executablePath: '/usr/bin/chromium',
    headless: true,
    acceptDownloads: true,
    viewport: { width: 1440, height: 900 },
    args: [
        '--headless',
        '--no-sandbox',
        '--disable-gpu',
        '--disable-quic',
        '--no-first-run',
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync',
        '--js-flags=--expose-gc',
    ],
});
const wrong = [];
async function open(url = `${origin}/`, { width = 1440, height = 900, scheme = 'light' } = {}) {
    const page = await context.newPage();
    page.on('pageerror', (e) => wrong.push(e.stack));
    page.on('console', (m) => {
        if (!['log', 'info', 'debug'].includes(m.type())) wrong.push(`${m.type()}: ${m.text()}`);
    });
    page.on('request', (r) => {
        const asks = r.url();
        if (!/^(data:|blob:)/.test(asks) && !asks.startsWith(`${origin}/`) && !(url.startsWith('file:') && asks === url))
            wrong.push(`asks ${asks}`);
    });
    await page.setViewportSize({ width, height });
    await page.emulateMedia({ colorScheme: scheme, reducedMotion: 'reduce' });
    await page.goto(url);
    await page.waitForSelector('body[data-ready]', { timeout: 30000 });
    return page;
}
const shot = (page, name, full = false) => page.screenshot({ path: join(folder, `${name}.png`), fullPage: full });
const phase = (page, ...names) => page.waitForFunction((all) => all.includes(document.body.dataset.phase), names, { timeout: 180000 });
const text = (page, selector) => page.locator(selector).innerText();
async function train(page) {
    await page.click('#train');
    await phase(page, 'done', 'failed');
}
const option = (page, group, name, value) =>
    page.evaluate(
        ([group, name, value]) => {
            const input = document.querySelector(`[data-opt="${group}.${name}"]`);
            input.value = value;
            input.dispatchEvent(new Event('input', { bubbles: true }));
        },
        [group, name, value],
    );
async function saved(page, press, name) {
    const [download] = await Promise.all([page.waitForEvent('download'), press()]);
    const path = join(folder, name);
    await download.saveAs(path);
    return readFileSync(path, 'utf8');
}
const drop = async (page, path) => {
    const data = await page.evaluateHandle(
        ([content, name]) => {
            const transfer = new DataTransfer();
            transfer.items.add(new File([Uint8Array.from(atob(content), (c) => c.charCodeAt(0))], name));
            return transfer;
        },
        [readFileSync(path).toString('base64'), basename(path)],
    );
    for (const type of ['dragenter', 'dragover', 'drop']) await page.dispatchEvent('body', type, { dataTransfer: data });
};
const verdictOf = (page) => page.$$eval('#verdict li', (all) => all.map((li) => [li.querySelector('.name').textContent, li.className]));
const sha = (content) => createHash('sha256').update(content).digest('hex');
/** Runs the commands that the page shows, in the folder. */
function native(commands) {
    const here = commands.replaceAll(/^lstmfc /gm, `${tool} `);
    return execFileSync('sh', ['-e', '-c', here], { cwd: folder, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
}
const commandsOf = (page) => page.$$eval('#native pre', (all) => all.map((pre) => pre.textContent));
async function faults(page, name) {
    await page.evaluate(axe);
    const found = await page.evaluate(() => window.axe.run(document, { resultTypes: ['violations'] }));
    const grave = found.violations.filter(({ impact }) => impact === 'serious' || impact === 'critical');
    const minor = found.violations.length - grave.length;
    for (const { id, nodes } of grave)
        for (const node of nodes.slice(0, 4)) console.log(`      ${id}: ${node.target} ${node.failureSummary?.split('\n')[1]?.trim()}`);
    check(
        grave.length === 0 && found.passes.length > 20,
        `axe-core, ${name}: ${grave.length} serious or critical, ${minor} lesser, ${found.passes.length} rules passed`,
    );
}
/** The worth of a chart's pixels: a change of theme must change it. */
const brightness = (page, selector) =>
    page.$eval(`${selector} canvas`, (canvas) => {
        const copy = new OffscreenCanvas(canvas.width, canvas.height).getContext('2d', { willReadFrequently: true });
        copy.drawImage(canvas, 0, 0);
        const { data } = copy.getImageData(0, 0, canvas.width, canvas.height);
        let sum = 0;
        for (let i = 0; i < data.length; i += 4) sum += (data[i] + data[i + 1] + data[i + 2]) * (data[i + 3] / 255);
        return Math.round(sum / 1000);
    });

// ---- a first visit: train, pause, resume; the same bits natively
let page = await open();
await shot(page, 'start');
await faults(page, 'before a training');
check(
    (await text(page, '#report')).includes('SYNTHETIC') && (await page.locator('.tag.synthetic:visible').count()) >= 3,
    'made candles are labelled SYNTHETIC',
);
await option(page, 'forecaster', 'patience', 'none');
await page.click('#train');
await page.waitForFunction(() => Number(document.querySelector('#pace-epoch').textContent.split(' ')[0]) >= 5);
await page.click('#pause');
await phase(page, 'paused');
await page.waitForTimeout(100);
const held = await text(page, '#pace-epoch');
await page.waitForTimeout(400);
const still = await text(page, '#pace-epoch');
check(held === still, `paused at epoch ${held}, and there 0.4 s later`);
await page.click('#pause');
await phase(page, 'done');
check(
    (await text(page, '#pace-epoch')) === '80 of 80' && (await page.locator('#chart-loss canvas').count()) === 1,
    `resumed: ${await text(page, '#status')}`,
);
await page.waitForTimeout(200);
await shot(page, 'trained', true);
const model = await saved(page, () => page.click('#save'), 'page.json');
check(sha(model) === (await text(page, '#sum')), `the checksum shown is that of the saved model, ${model.length} bytes`);
await saved(page, () => page.click('#native .row >> text=Save synthetic.csv'), 'synthetic.csv');
const [trainCommand, evaluateCommand, predictCommand] = await commandsOf(page);
const said = native(trainCommand);
check(
    said.includes(sha(model)) && readFileSync(join(folder, 'model.json'), 'utf8') === model,
    'the command shown trains the same bytes natively',
);
const predicted = JSON.parse(native(predictCommand)),
    next = await page.evaluate(() => window.lstmfcDemo.found.next);
const nativeNext = predicted.forecasts?.[0] ?? predicted[0] ?? predicted;
check(
    nativeNext.probability_up === next.probability_up && next.probability_up > 0,
    `the forecast is the native program's: ${next.probability_up} and ${nativeNext.probability_up}`,
);
const judged = native(evaluateCommand),
    lines = await verdictOf(page);
check(
    lines.length === 4 &&
        lines.every(([name, word]) => RegExp(`^  ${name.toLowerCase()} +${word === 'unknown' ? 'not known' : word} `, 'm').test(judged)),
    `the verdict is the native program's: ${lines.map(([name, word]) => `${name.toLowerCase()} ${word}`).join(', ')}`,
);
check((await page.locator('#verdict .tag.synthetic').count()) === 1, 'the verdict says SYNTHETIC');
await faults(page, 'with results');

// ---- costs are judged at once; stop and continue; load
const before = await text(page, '#verdict');
await option(page, 'backtest', 'fee', '0.02');
await page.waitForFunction((was) => document.querySelector('#verdict').innerText !== was, before, { timeout: 20000 });
check((await text(page, '#sum')) === sha(model), 'another fee: another verdict, the same model');
await option(page, 'backtest', 'fee', '0.001');
await page.click('#train');
await page.waitForFunction(() => Number(document.querySelector('#pace-epoch').textContent.split(' ')[0]) >= 3);
await page.click('#stop');
await phase(page, 'stopped');
const stopped = await text(page, '#pace-epoch');
const checkpoint = await saved(page, () => page.click('#save-checkpoint'), 'stopped.json');
await page.click('#continue');
await phase(page, 'done');
await page.waitForFunction((sum) => document.querySelector('#sum')?.textContent === sum, sha(model), { timeout: 20000 }).catch(() => {});
check((await text(page, '#sum')) === sha(model), `stopped at epoch ${stopped}, continued, the same bytes`);
await page.reload();
await page.waitForSelector('body[data-ready]');
await option(page, 'forecaster', 'patience', 'none');
await page.setInputFiles('#load', join(folder, 'stopped.json'));
await phase(page, 'stopped');
await page.click('#continue');
await phase(page, 'done');
await page.waitForSelector('#sum');
check(
    (await text(page, '#sum')) === sha(model),
    `reloaded, the checkpoint of ${checkpoint.length} bytes loaded and continued: the same bytes`,
);
check(
    native(trainCommand.replace(' \\\n', ' --resume stopped.json \\\n')).includes(sha(model)),
    'and the native program goes on from it to them too',
);
await option(page, 'forecaster', 'seed', '99');
await page.setInputFiles('#load', join(folder, 'stopped.json'));
await phase(page, 'stopped');
await page.click('#continue');
await phase(page, 'failed');
check((await text(page, '#problem')).includes('seed'), `with another seed it is refused: ${await text(page, '#problem')}`);
await page.reload();
await page.waitForSelector('body[data-ready]');
await page.setInputFiles('#load', join(folder, 'page.json'));
await page.waitForSelector('#sum');
const again = await page.evaluate(() => window.lstmfcDemo.found.next);
check(
    again.probability_up === next.probability_up && JSON.stringify(await verdictOf(page)) === JSON.stringify(lines),
    'reloaded and loaded from its file: the same forecast and verdict',
);
writeFileSync(join(folder, 'broken.json'), model.slice(0, 3000));
await page.setInputFiles('#load', join(folder, 'broken.json'));
await page.waitForSelector('#problem:not([hidden])');
check((await text(page, '#problem')).length > 20, `half a model file is refused: ${(await text(page, '#problem')).slice(0, 80)}`);
const kept = await page.evaluate(
    () =>
        new Promise((done) => {
            const asked = indexedDB.open('lstmfc');
            asked.onsuccess = () =>
                (asked.result.transaction('handover').objectStore('handover').get('last').onsuccess = (e) => done(e.target.result));
        }),
);
check(kept?.model === model && kept.candles.startsWith('# synthetic'), 'the model and its candles are there for the other page');
await page.close();

// ---- completion, spelling, options
page = await open();
await page.fill('#features', '');
await page.focus('#features');
await page.keyboard.type('rs');
await page.waitForSelector('.choices:not([hidden]) li');
await page.keyboard.press('Enter');
await page.keyboard.type('14');
check((await page.inputValue('#features')) === 'rsi(14)', `completion: rs and Enter, then 14, give ${await page.inputValue('#features')}`);
await page.waitForFunction(() => /^1 feature/.test(document.querySelector('#features-check').textContent));
await page.fill('#features', 'rsj(14)');
await page.waitForSelector('#features-check.bad');
check((await text(page, '#features-check')).includes('rsi'), `a misspelt feature: ${await text(page, '#features-check')}`);
await train(page);
check(await page.isVisible('#problem'), `and it is not trained: ${(await text(page, '#problem')).slice(0, 90).replaceAll('\n', ' ')}`);
await page.click('#all summary');
// the page lists what the package's types list, by group; a text of help under each
const declared = readFileSync(join(folder, 'types.d.ts'), 'utf8');
const named = (group, type) =>
    [...declared.match(new RegExp(`interface ${type} \\{\n([^}]*)\n\\}`))[1].matchAll(/^ {4}(\w+)\?: /gm)].map((m) => `${group}.${m[1]}`);
const wanted = [['csv', 'CsvOptions'], ['forecaster', 'TrainOptions'], ['signals', 'SignalOptions'], ['backtest', 'BacktestOptions']].map((g) => named(...g));
const listed = await page.$$eval('.options [data-opt]', (all) => all.map((one) => one.dataset.opt));
const unlike = listed.filter((name, k) => name !== wanted.flat()[k]);
const helpless = await page.$$eval('.options .option', (all) => all.filter((one) => one.querySelector('p').textContent.length < 6).map((one) => one.textContent));
check(
    wanted.every((group) => group.length > 2) && listed.length === wanted.flat().length && unlike.length + helpless.length === 0,
    `all options: ${listed.length} (${wanted.map((group) => group.length).join(' + ')} in the types), each with its help ${[...unlike, ...helpless]}`.trim(),
);
await page.fill('#find', 'winsor');
check((await page.locator('#all .option:visible').count()) === 1, 'an option is found by its name');
await option(page, 'forecaster', 'epochs', '0');
check((await page.locator('[data-opt="forecaster.epochs"][aria-invalid=true]').count()) >= 1, 'epochs 0 is marked as wrong');
await page.close();

// ---- a set-up by link
page = await open();
await page.fill('#made-seed', '7');
await page.dispatchEvent('#made-seed', 'change');
await page.waitForFunction(() => window.lstmfcDemo.data.name.includes('seed 7'));
await option(page, 'forecaster', 'features', 'log_return(close), zscore(close,20)');
await option(page, 'forecaster', 'model', 'gru 8 | dense 1 sigmoid');
await option(page, 'forecaster', 'epochs', '6');
await option(page, 'backtest', 'fee', '0.0004');
await page.click('#share');
const url = page.url();
await train(page);
const first = await text(page, '#sum');
const second = await open(url);
await train(second);
check(
    url.includes('#') && (await text(second, '#sum')) === first && (await second.inputValue('[data-opt="backtest.fee"]')) === '0.0004',
    `a link of ${url.length - origin.length} characters brings candles and set-up: the same model file`,
);
await second.close();
await page.close();

// ---- an exchange, when asked
page = await open();
check(asked.length === 0, 'no exchange is asked unless somebody presses');
await page.check('input[value=exchange]', { force: true });
await page.fill('#ask-rest', `${origin}/exchange/down`);
await page.click('#ask');
await page.waitForSelector('#report .problem');
check((await text(page, '#report .problem')).includes('429'), 'an exchange that refuses: its answer is shown');
wrong.splice(0, wrong.length, ...wrong.filter((line) => !line.includes('429')));
await page.fill('#ask-rest', `${origin}/exchange/klines?symbol={SYMBOL}&interval={interval}&limit={limit}`);
await page.fill('#ask-socket', `${origin.replace('http', 'ws')}/ws/{symbol}@kline_{interval}`);
await page.fill('#ask-limit', '900');
await page.click('#ask');
await page.waitForFunction(() => window.lstmfcDemo.data.kind === 'exchange');
const bars = await page.evaluate(() => window.lstmfcDemo.data.columns.close.length);
check(
    bars === 900 && asked.at(-1) === '?symbol=BTCUSDT&interval=1h&limit=900',
    `klines: ${bars} closed bars of ${asked.at(-1)}, the open one left out`,
);
check((await page.locator('.tag.synthetic:visible').count()) === 0, 'and nothing says SYNTHETIC any more');
await option(page, 'forecaster', 'epochs', '5');
await train(page);
const old = await page.evaluate(() => window.lstmfcDemo.found.next.time);
await page.click('#follow');
await page.waitForFunction(() => document.querySelector('#live').textContent.startsWith('Following'));
const k = kline(900, 900);
const message = { e: 'kline', k: { t: k[0], o: k[1], h: k[2], l: k[3], c: k[4], v: k[5], x: false } };
tell({ result: null, id: 1 });
tell(message);
await page.waitForFunction(() => document.querySelector('#live').textContent.startsWith('Forming'));
message.k.x = true;
tell(message);
await page.waitForFunction((old) => window.lstmfcDemo.found.next.time > old, old);
const live = await page.evaluate(() => [window.lstmfcDemo.data.columns.close.length, window.lstmfcDemo.found.next.time]);
check(live[0] === 901 && live[1] === k[0], 'a bar that closes is appended, and the forecast is about the next');
await page.close();

// ---- links with values that cannot be used, options that are wrong before a training
for (const [hash, field, name] of [
    ['data=synthetic&bars=1e9', '1e9', '3,000 made, seed 1'],
    ['data=synthetic&seed=__proto__&bars=500', '__proto__', '500 made, seed 1'],
]) {
    page = await open(`${origin}/#${hash}`);
    const taken = await page.evaluate(() => window.lstmfcDemo.data.name);
    const note = (await page.locator('#mended').count()) ? await text(page, '#mended') : '';
    check(
        taken === name && (await page.isEnabled('#train')) && note.includes(field),
        `a link with ${hash}: ${taken}; ${note}`,
    );
    check((await text(page, '#status')).includes(field), 'and the status says so, where the set-up is folded away');
    await page.fill('#made-seed', '2');
    await page.dispatchEvent('#made-seed', 'change');
    await page.waitForFunction(() => window.lstmfcDemo.data.name.endsWith('seed 2'));
    check((await page.locator('#mended').count()) === 0, 'the note goes with other candles');
    await page.close();
}
page = await open();
await option(page, 'forecaster', 'epochs', '3');
for (const [group, name, bad, good] of [
    ['backtest', 'fee', 'abc', '0.001'],
    ['signals', 'threshold', 'zzz', '0'],
]) {
    await option(page, group, name, bad);
    await train(page);
    const panel = await text(page, '#verdict');
    check(
        panel.includes(`option ${name} is “${bad}” and must be a number`) && !panel.includes('Train or load a model first'),
        `${name} ${bad} before a training: ${panel.split('\n').slice(1, 4).join(' ')}`,
    );
    check(!(await text(page, '#native')).includes('NaN'), 'and no command is shown that could not be run');
    await option(page, group, name, good);
    await page.waitForFunction(() => window.lstmfcDemo.found.shown, null, { timeout: 20000 });
    check(!(await text(page, '#verdict')).includes('could not be judged'), `${name} ${good}: judged without another training`);
}
for (const bad of ['none', '0']) {
    await option(page, 'forecaster', 'test', bad);
    await train(page);
    const panel = await text(page, '#verdict');
    check(
        panel.includes('option test keeps bars aside') && panel.includes(`it was ${bad}`) && !panel.includes('Train or load a model first'),
        `test ${bad}: ${panel.split('\n').slice(1, 4).join(' ')}`,
    );
}
check(/P\(UP/i.test(await text(page, '#verdict .tiles')), 'the newest forecast is shown all the same');
await shot(page, 'not-judged');
await page.close();

// ---- model files: one that fails, an ensemble, one of other candles
page = await open();
await page.setInputFiles('#load', join(folder, 'broken.json'));
await page.waitForSelector('#problem:not([hidden])');
await page.setInputFiles('#file', join(folder, 'synthetic.csv'));
await page.waitForFunction(() => window.lstmfcDemo.data.name === 'synthetic.csv');
check(!(await page.isVisible('#problem')), 'a model file that failed is not held against the candles that come after it');
native(
    ['1', '2']
        .map(
            (seed) =>
                `lstmfc train --csv synthetic.csv --features 'log_return(close)' --window 8 --model 'lstm 2 | dense 1 sigmoid' ` +
                `--test 0.2 --epochs 2 --seed ${seed} --progress none --out member${seed}.json`,
        )
        .concat('lstmfc ensemble --csv synthetic.csv --models member1.json,member2.json --out ens.json')
        .join('\n'),
);
await page.setInputFiles('#load', join(folder, 'ens.json'));
await page.waitForFunction(() => document.querySelector('#status').textContent.startsWith('ens.json'));
const ensemble = await text(page, '#status');
check(/an ensemble of 2,/.test(ensemble) && !/null|\b0 epochs/.test(ensemble), `an ensemble: ${ensemble}`);
check((await page.locator('#verdict .other').count()) === 0, 'on the candles it was trained on nothing is said of others');
await page.check('input[value=synthetic]', { force: true });
await page.fill('#made-seed', '7');
await page.dispatchEvent('#made-seed', 'change');
await page.waitForFunction(() => window.lstmfcDemo.data.name.endsWith('seed 7'));
await page.setInputFiles('#load', join(folder, 'page.json'));
await page.waitForSelector('#verdict .other', { timeout: 10000 }).catch(() => {});
check(
    (await text(page, '#verdict')).includes('OTHER CANDLES: the model was trained on others of the same dates'),
    'a model of other candles of the same dates: the verdict says so',
);
await page.close();

// ---- real files
const real = join(shared, 'btcusdt_1h.csv'),
    dirty = join(shared, 'dirty/binance_btcusdt_1h_mixed_epoch.csv'),
    daily = join(shared, 'bitcoin_dataset.csv');
if (![real, dirty, daily].every(existsSync)) skip(`real files: no ${real}`);
else {
    page = await open();
    await drop(page, real);
    await page.waitForFunction(() => window.lstmfcDemo.data.name === 'btcusdt_1h.csv', null, { timeout: 60000 });
    const report = await text(page, '#report');
    check(
        /34,3\d\d, 34,3\d\d/.test(report.replace(/\n/g, ' ')) && report.includes('1, 1 bars missing') && report.includes('iso'),
        'a real file is dropped: rows, time format and its one gap are shown',
    );
    await option(page, 'csv', 'last', '4000');
    await page.waitForFunction(() => window.lstmfcDemo.data.columns.close.length === 4000);
    await option(page, 'forecaster', 'epochs', '8');
    await train(page);
    await shot(page, 'real', true);
    const real_sum = await text(page, '#sum');
    writeFileSync(join(folder, 'btcusdt_1h.csv'), readFileSync(real));
    const [trainReal, , predictReal] = await commandsOf(page);
    const told = native(trainReal),
        mine = await page.evaluate(() => window.lstmfcDemo.found.next),
        theirs = JSON.parse(native(predictReal));
    const their = theirs.forecasts?.[0] ?? theirs[0] ?? theirs;
    check(told.includes(real_sum), 'trained on it: the native program writes the same bytes');
    check(their.probability_up === mine.probability_up, `and forecasts the same: ${mine.probability_up}`);
    check((await page.locator('.tag.synthetic:visible').count()) === 0, 'real candles are not called synthetic');

    await drop(page, dirty);
    await page.waitForSelector('#report .problem');
    const problem = await text(page, '#report .problem');
    check(
        /line \d+, column \d+/.test(problem) && (await page.evaluate(() => window.lstmfcDemo.data.name)) === 'btcusdt_1h.csv',
        `a dirty one is refused with its place, and the candles before it stay: ${problem.split('\n').slice(1, 3).join(' ').slice(0, 160)}`,
    );
    await shot(page, 'dirty');
    await page.click('#report .problem button >> text=duplicates first');
    await page.waitForFunction(() => window.lstmfcDemo.data.name.startsWith('binance'), null, { timeout: 30000 }).catch(() => {});
    check(
        (await page.evaluate(() => window.lstmfcDemo.data.name)).startsWith('binance') &&
            /same time twice/i.test(await text(page, '#report')),
        'and taken when the reader may keep the first of two: its report counts them',
    );

    await option(page, 'csv', 'duplicates', 'error_if_different');
    await page.waitForTimeout(600);
    await drop(page, daily);
    await page.waitForSelector('#which-close');
    await page.selectOption('#which-close', 'btc_market_price');
    await page.selectOption('#preset', 'c');
    await page.click('#report .problem button');
    await page.waitForFunction(() => window.lstmfcDemo.data.name === 'bitcoin_dataset.csv');
    check(/close=btc_market_price/.test(await text(page, '#report')), 'a table without a close asks for it');
    await option(page, 'forecaster', 'epochs', '2');
    await train(page);
    check(
        (await page.evaluate(() => document.body.dataset.phase)) === 'done' && (await page.locator('#coverage').count()) === 1,
        `system C trains on it: ${await text(page, '#coverage p:first-child')}`,
    );
    await page.waitForTimeout(300);
    await shot(page, 'price', true);
    await page.close();
}

// ---- other targets
page = await open();
await page.selectOption('#preset', 'd');
await option(page, 'forecaster', 'model', 'lstm 8 | dense 1');
await option(page, 'forecaster', 'epochs', '3');
await train(page);
check(
    (await page.evaluate(() => document.body.dataset.phase)) === 'done' &&
        /no side/.test(await text(page, '#chart-equity')) &&
        (await page.locator('#chart-forecast canvas').count()) === 1,
    'volatility: a forecast with its interval, and nothing to trade by',
);
await page.waitForTimeout(300);
await shot(page, 'volatility', true);
await page.close();

// ---- by keyboard alone
page = await open();
const tabTo = async (id, most = 120) => {
    for (let i = 0; i < most; i++) {
        await page.keyboard.press('Tab');
        if (
            await page.evaluate(
                (id) =>
                    document.activeElement.id === id ||
                    document.activeElement.closest(id.startsWith('#') ? id : 'none')?.querySelector('.plot') === document.activeElement,
                id,
            )
        )
            return i + 1;
    }
    return 0;
};
await option(page, 'forecaster', 'epochs', '5');
const tabs = await tabTo('train');
await page.keyboard.press('Enter');
await phase(page, 'done');
const toChart = await tabTo('#chart-price');
const reading = () => text(page, '#chart-price .readout');
const here = [await reading()];
for (const key of ['Home', 'ArrowRight', 'End', 'ArrowLeft']) {
    await page.keyboard.press(key);
    here.push(await reading());
}
const starts = here.map((line) => line.slice(0, 16));
check(
    tabs > 0 &&
        toChart > 0 &&
        starts[1] === '2022-01-01 00:00' &&
        starts[2] === '2022-01-01 01:00' &&
        starts[3] === '2022-05-05 23:00' &&
        starts[4] === '2022-05-05 22:00',
    `by keyboard: ${tabs} tabs to Train, ${toChart} more to the chart, Home, Right, End, Left read ${starts.slice(1).join(', ')}`,
);
check(
    /P\(up\) 0\.\d/.test(here[3]) && (await page.getAttribute('#chart-price .readout', 'aria-live')) === 'polite',
    `the values are a live line: ${here[3]}`,
);
const narrow = () =>
    page.evaluate(() => {
        const { min, max } = window.lstmfcDemo.price.u.scales.x;
        return max - min;
    });
const width = await narrow();
await page.keyboard.press('+');
check((await narrow()) < width, 'plus zooms');
await page.keyboard.press('Shift+Tab');
await page.keyboard.press('Enter');
check((await page.locator('#chart-price-table tbody tr').count()) > 10, 'the table behind the chart opens by keyboard');
await page.close();

// ---- dark, phone
page = await open();
await option(page, 'forecaster', 'epochs', '12');
await train(page);
await page.waitForTimeout(300);
const light = await brightness(page, '#chart-price');
await page.emulateMedia({ colorScheme: 'dark', reducedMotion: 'reduce' });
await page.waitForTimeout(300);
const dark = await brightness(page, '#chart-price');
check(light !== dark, `the charts are drawn anew when the system turns dark (${light}, ${dark})`);
await shot(page, 'dark', true);
await faults(page, 'dark');
await page.click('#theme');
await page.waitForTimeout(200);
check((await brightness(page, '#chart-price')) === light, 'and light again by the button');
await page.evaluate(() => localStorage.clear());
await page.close();
page = await open(`${origin}/`, { width: 375, height: 812 });
await option(page, 'forecaster', 'epochs', '12');
await train(page);
await page.waitForTimeout(300);
check(await page.evaluate(() => document.documentElement.scrollWidth <= 375), 'nothing is wider than a phone of 375 pixels');
await faults(page, 'phone');
await shot(page, 'phone', true);
for (const name of ['Trading figures', 'Trades']) {
    const box = page.locator(`.scroll[aria-label="${name}"]`);
    const now = () =>
        box.evaluate((host) => {
            const { scrollWidth, clientWidth, scrollHeight, clientHeight } = host,
                style = getComputedStyle(host);
            return {
                right: scrollWidth > clientWidth + 1,
                down: scrollHeight > clientHeight + 1,
                fades: ['--right', '--down'].map((edge) => style.getPropertyValue(edge) !== '0px'),
                masked: style.maskImage.includes('gradient'),
            };
        });
    const at = await now();
    check(
        at.masked && at.fades[0] === at.right && at.fades[1] === at.down && (name === 'Trades') === at.right,
        `${name} on a phone: ${at.fades.some(Boolean) ? `fades where more is (right ${at.right}, below ${at.down})` : 'fits'}`,
    );
    await box.evaluate((host) => host.scrollTo(host.scrollWidth, host.scrollHeight));
    await page.waitForTimeout(100);
    check(!(await now()).fades.some(Boolean), `${name}: nothing fades at the end`);
    await box.evaluate((host) => host.scrollTo(0, 0));
}
await page.locator('#chart-price .plot').scrollIntoViewIfNeeded();
const tapped = await page.evaluate(() => {
    const over = document.querySelector('#chart-price .u-over'),
        box = over.getBoundingClientRect(),
        was = document.querySelector('#chart-price .readout').textContent;
    const at = (type, x) =>
        over.dispatchEvent(
            new PointerEvent(type, {
                pointerType: 'touch',
                pointerId: 5,
                clientX: box.left + x * box.width,
                clientY: box.top + 40,
                bubbles: true,
            }),
        );
    at('pointerdown', 0.3);
    at('pointermove', 0.5);
    at('pointerup', 0.5);
    return [was, document.querySelector('#chart-price .readout').textContent];
});
check(tapped[0] !== tapped[1], `a finger moves the cursor: ${tapped[1].slice(0, 20)}`);
await page.close();

// ---- memory
page = await open();
const session = await context.newCDPSession(page);
await option(page, 'forecaster', 'epochs', '2');
const size = async () => {
    for (let i = 0; i < 3; i++) await session.send('HeapProfiler.collectGarbage');
    const { usedSize } = await session.send('Runtime.getHeapUsage');
    return [usedSize, await page.evaluate(() => window.lstmfcDemo.memory())];
};
const sizes = [];
for (let i = 0; i < 24; i++) {
    if (i % 4 === 3) {
        await page.fill('#made-seed', String(i));
        await page.dispatchEvent('#made-seed', 'change');
        await page.waitForFunction((i) => window.lstmfcDemo.data.name.endsWith(`seed ${i}`), i);
    }
    await train(page);
    if (i === 7 || i === 23) sizes.push(await size());
}
const [[heapA, memoryA], [heapB, memoryB]] = sizes;
check(
    memoryA === memoryB && heapB < heapA + 1e6,
    `24 trainings on 7 sets of candles: module memory ${memoryA} and ${memoryB} bytes, ` +
        `heap ${(heapA / 1e6).toFixed(2)} and ${(heapB / 1e6).toFixed(2)} MB after 8 and 24`,
);
await page.close();
check(wrong.length === 0, `no error on the console, no request elsewhere${wrong.length ? `: ${wrong.slice(0, 3).join(' / ')}` : ''}`);

// ---- one file, from a disk
wrong.length = 0;
const single = join(web, 'lstmfc-demo.html');
page = await open(pathToFileURL(single).href);
await option(page, 'forecaster', 'patience', 'none');
await train(page);
check((await text(page, '#sum')) === sha(model), 'from file://: the same model file');
await drop(page, join(folder, 'synthetic.csv'));
await page.waitForFunction(() => window.lstmfcDemo.data.name === 'synthetic.csv');
check((await text(page, '#report')).includes('SYNTHETIC'), 'from file://: a dropped file, and what its first line says of it');
await saved(page, () => page.click('#report >> text=Save as CSV'), 'again.csv');
check(
    sha(readFileSync(join(folder, 'again.csv'), 'utf8')) === sha(readFileSync(join(folder, 'synthetic.csv'), 'utf8')),
    'from file://: the candles are saved as they were',
);
await page.close();
check(wrong.length === 0, `from file://: no error, no request${wrong.length ? `: ${wrong.slice(0, 3).join(' / ')}` : ''}`);

page = await context.newPage();
await page.goto(pathToFileURL(join(web, 'index.html')).href);
await page.waitForTimeout(500);
check(
    (await text(page, '#problem')).includes('lstmfc-demo.html') && !(await text(page, '#status')).includes('Loading'),
    `index.html from a disk: ${await text(page, '#problem')}`,
);
await page.click('#problem a');
await page.waitForSelector('body[data-ready]', { timeout: 30000 });
check(page.url().endsWith('lstmfc-demo.html'), 'and its link opens the page in one file');
await page.close();
check(!readFileSync(single, 'utf8').includes('disk.js'), 'which asks for nothing beside it');

for (const name of ['index.html', 'demo.js', 'style.css', 'worker.js', 'lstmfc-simd.wasm', 'lstmfc-demo.html']) {
    const bytes = readFileSync(join(web, name));
    console.log(`${name}: ${bytes.length} bytes, ${gzipSync(bytes, { level: 9 }).length} compressed`);
}
await context.close();
server.close();
rmSync(profile, { recursive: true, force: true });
done();
