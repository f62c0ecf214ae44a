// The page that looks inside, in Chromium: node inside.mjs WEB-DIRECTORY MODULE TOOLS TOOL CANDLES.csv FOLDER. What it shows is held
// against the module asked in node, and where that can be done in a few lines against plain JavaScript.
// A line a check; pictures land in FOLDER.
import { execFileSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { createServer } from 'node:http';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { extname, join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { instantiate } from '../js/core.js';

const [root, module, tools, tool, csvFile, folder] = process.argv.slice(2).map((path) => resolve(path));
const need = createRequire(join(tools, 'package.json')),
    { chromium } = need('playwright-core'),
    axe = readFileSync(need.resolve('axe-core/axe.min.js'), 'utf8');
const header = readFileSync(fileURLToPath(new URL('../../lstmfc.h', import.meta.url)), 'utf8').split('\n');
let passed = 0,
    failed = 0;
const check = (ok, what) => {
    if (ok) passed++;
    else failed++;
    console.log(`${ok ? 'ok   ' : 'FAIL '} ${what}`);
};
const bits = (a, b) => a.length === b.length && a.every((x, i) => Object.is(x, b[i]));

const types = { '.html': 'text/html', '.js': 'text/javascript', '.css': 'text/css', '.wasm': 'application/wasm' };
const server = createServer((request, answer) => {
    const path = new URL(request.url, 'http://localhost').pathname;
    let body;
    try {
        body = readFileSync(join(root, path));
    } catch {
        answer.writeHead(404).end();
        return;
    }
    answer.writeHead(200, { 'content-type': types[extname(path)] || 'application/octet-stream' }).end(body);
});
await new Promise((go) => {
    server.listen(0, '127.0.0.1', go);
});
const origin = `http://127.0.0.1:${server.address().port}`,
    profile = mkdtempSync(join(tmpdir(), 'lstmfc-'));
const context = await chromium.launchPersistentContext(profile, {
    executablePath: '/usr/bin/chromium',
    headless: true,
    viewport: { width: 1280, height: 900 },
    args: [
        '--headless',
        '--no-sandbox',
        '--disable-gpu',
        '--disable-quic',
        '--no-first-run',
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync',
    ],
});
async function open(url) {
    const wrong = [],
        asked = [],
        page = await context.newPage();
    page.on('pageerror', (e) => wrong.push(e.message));
    page.on('console', (m) => {
        if (m.type() === 'error' || m.type() === 'warning') wrong.push(m.text());
    });
    page.on('request', (r) => {
        asked.push(r.url());
        if (!/^(data:|blob:|file:)/.test(r.url()) && !r.url().startsWith(`${origin}/`)) wrong.push(`asks ${r.url()}`);
    });
    await page.addInitScript(() => {
        window.longest = 0;
        new PerformanceObserver((list) => {
            for (const { duration } of list.getEntries()) window.longest = Math.max(window.longest, duration);
        }).observe({ type: 'longtask', buffered: true });
    });
    await page.goto(url);
    await page.waitForFunction(() => document.body.dataset.ready);
    if (process.env.SLOW) console.log('start', await page.evaluate(() => window.longest));
    return { page, wrong, asked };
}
const settled = (page) => page.evaluate(() => window.inside.settled());
const value = async (page, id) => {
    await settled(page);
    return Number(await page.locator(`#${id}`).getAttribute('data-value'));
};
const done = (page) => page.waitForFunction(() => document.querySelector('#alike progress').hidden, null, { timeout: 120000 });

// ---- plain JavaScript: the outputs of 'lstm H | dense 1 sigmoid' in 64 bits
function plain(weights, rows, T, I) {
    const [W, U, b, D, d] = weights,
        H = U.length === 0 ? 0 : Math.round(Math.sqrt(U.length / 4)),
        squash = (x) => 1 / (1 + Math.exp(-x));
    let h = new Float64Array(H),
        c = new Float64Array(H);
    for (let t = 0; t < T; t++) {
        const z = Array.from({ length: 4 * H }, (_, j) => {
            let sum = b[j];
            for (let k = 0; k < I; k++) sum += rows[t * I + k] * W[k * 4 * H + j];
            for (let k = 0; k < H; k++) sum += h[k] * U[k * 4 * H + j];
            return sum;
        });
        c = c.map((x, j) => squash(z[H + j]) * x + squash(z[j]) * Math.tanh(z[2 * H + j]));
        h = c.map((x, j) => squash(z[3 * H + j]) * Math.tanh(x));
    }
    return squash(h.reduce((sum, x, j) => sum + x * D[j], d[0]));
}
/** Columns of a gate, of one unit or of all, to 0 and their bias to z, in node's copy. */
function force(inside, gate, z, only = null) {
    for (const { name, shape } of inside.tensors.slice(0, 3)) {
        const data = inside.tensor(name).data,
            columns = shape.at(-1),
            H = columns / 4;
        data.forEach((_, i) => {
            const j = i % columns;
            if (Math.floor(j / H) === gate && (only === null || j % H === only)) data[i] = shape.length === 1 ? z : 0;
        });
        inside.set(name, data);
    }
}
const weightsOf = (inside) => inside.tensors.map(({ name }) => inside.tensor(name).data);

// ---- the network that comes with the page
const { page, wrong, asked } = await open(`${origin}/inside.html?test`);
const lstmfc = instantiate(readFileSync(module));
const given = await page.evaluate(() => ({ model: window.inside.model.save(), csv: window.inside.sources[0].csv }));
const model = lstmfc.load(given.model),
    candles = lstmfc.candles(given.csv),
    inside = lstmfc.inside(model),
    edited = lstmfc.inside(model),
    T = inside.window,
    I = inside.inputs,
    H = inside.layers[0].units;
check(
    /^#.*synthetic/i.test(given.csv) && (await page.locator('#source-note').innerText()).includes('SYNTHETIC'),
    `it comes with ${candles.length} candles and a network, ${inside.spec}, and says SYNTHETIC`,
);
const bar = candles.length - 1,
    rows = inside.rows(candles, bar),
    own = inside.gates(rows);
check(
    (await page.evaluate(() => window.inside.output[0])) === inside.predict(rows)[0] &&
        Math.abs(model.predict(candles)[0].value - inside.predict(rows)[0]) < 1e-6,
    'the forecast at the newest bar is the module’s in node, to the bit',
);
check(Math.abs(plain(weightsOf(inside), rows, T, I) - inside.predict(rows)[0]) < 1e-5, 'and that of plain JavaScript in 64 bits to 1e-5');

// part 1
let worst = 0,
    same = true,
    n = 0;
for (let step = 0; step < T; step += 3)
    for (let unit = 0; unit < H; unit += 3)
        for (let gate = 0; gate < 4; gate++) {
            await page.evaluate((view) => window.inside.set(view), { step, unit, gate });
            const said = await value(page, 'gate-module');
            same &&= said === own.gates[step * 4 * H + gate * H + unit];
            worst = Math.max(worst, Math.abs(said - (await value(page, 'gate-page'))));
            n++;
        }
check(same, `${n} gates shown are the module’s in node, to the bit`);
check(worst > 0 && worst < 2e-7, `and the recomputation in the page agrees: worst difference ${worst.toExponential(1)}`);
const grid = await page.locator('#cell-grid').boundingBox();
await page.locator('#cell-grid').scrollIntoViewIfNeeded();
await page.locator('#cell-grid').click({ position: { x: 34 + (grid.width - 34) * (5.5 / T), y: 10 } });
await settled(page);
const products = await page
    .locator('#products tbody tr')
    .evaluateAll((all) => all.map((row) => Array.from(row.cells, (cell) => cell.innerText)));
const chosen = await page.evaluate(() => window.inside.view),
    column = chosen.gate * H,
    told = (text) => Number(text.replace('−', '-').replace('+', ''));
let z = inside.tensor('0.lstm.bias').data[column];
for (let k = 0; k < I; k++) z += rows[5 * I + k] * inside.tensor('0.lstm.kernel').data[k * 4 * H + column];
for (let k = 0; k < H; k++) z += own.hidden[4 * H + k] * inside.tensor('0.lstm.recurrent').data[k * 4 * H + column];
check(
    chosen.step === 5 && chosen.unit === 0 && products.length === 1 + I + H && Math.abs(told(products.at(-1).at(-1)) - z) < 1e-4,
    `a click shows its ${products.length} products, which add up to ${z.toFixed(4)}`,
);
await page.locator('#cell-grid').focus();
await page.keyboard.press('ArrowRight');
await page.keyboard.press('ArrowDown');
await page.keyboard.press('g');
const moved = await page.evaluate(() => window.inside.view);
check(moved.step === 6 && moved.unit === 1 && moved.gate === (chosen.gate + 1) % 4, 'arrow keys and g move over the grid');
await page.evaluate(() => window.inside.set({ step: 9 }));
await page.locator('#cell-play').click();
const first = await page.evaluate(() => window.inside.view.step);
await page.waitForFunction(() => window.inside.view.step > 2);
await page.locator('#cell-play').click();
const stopped = await page.evaluate(() => window.inside.view.step);
await page.waitForTimeout(500);
check(
    first < 3 && stopped > 2 && (await page.evaluate(() => window.inside.view.step)) === stopped,
    'the window plays bar by bar, and stops when it is told',
);
const lines = await page
    .locator('.lines .line')
    .evaluateAll((all) => all.map((row) => [Number(row.firstChild.textContent), row.lastChild.textContent]));
check(
    lines.length > 10 && lines.every(([line, text]) => header[line - 1].trim() === text.trim()),
    `${lines.length} lines of lstmfc.h are there with their numbers`,
);

check(
    Math.abs((await value(page, 'output-module')) - (await value(page, 'output-page'))) < 1e-6 &&
        (await page.locator('#last tbody tr').count()) === 1 + H &&
        (await value(page, 'output-module')) === inside.predict(rows)[0],
    'and from the last hidden state to the forecast it is products and a sum again',
);

// part 2
const keeps = Array.from(
    { length: H },
    (_, k) => Array.from({ length: T }, (_, t) => own.gates[t * 4 * H + H + k]).reduce((a, b) => a + b) / T,
);
await page.locator('#memory-map').focus();
for (let k = 0; k < H; k++) await page.keyboard.press('ArrowUp');
await settled(page);
const longest = keeps.indexOf(Math.max(...keeps)),
    bars = -1 / Math.log(keeps[longest]);
check(
    (await page.evaluate(() => window.inside.view.unit)) === longest &&
        (await page.locator('#memory-said').innerText()).includes(`it remembers ${bars.toFixed(1)} bars`),
    `the first row of the map is unit ${longest + 1}, which remembers ${bars.toFixed(1)} bars`,
);

// part 3
const sums = (slopes) => Array.from({ length: T }, (_, t) => slopes.subarray(t * I, (t + 1) * I).reduce((a, b) => a + Math.abs(b), 0)),
    read = async () => JSON.parse(await page.locator('#gradient-sums').getAttribute('data-sums'));
const trained = await read();
check(bits(trained, sums(inside.slopes(rows))), 'the slopes are the module’s in node');
let slope = 0,
    difference = 0;
for (let i = 0; i < T * I; i += 7) {
    const up = rows.slice(),
        down = rows.slice();
    up[i] += 1e-3;
    down[i] -= 1e-3;
    slope = (plain(weightsOf(inside), up, T, I) - plain(weightsOf(inside), down, T, I)) / (up[i] - down[i]);
    difference = Math.max(difference, Math.abs(slope - inside.slopes(rows)[i]));
}
check(difference < 2e-5, `and those of differences in plain JavaScript: worst ${difference.toExponential(1)}`);
await page.locator('#clamp').fill('10');
const clamped = await read();
edited.reset();
force(edited, 1, Math.log(0.1 / 0.9));
check(bits(clamped, sums(edited.slopes(rows))), 'with the forget gate held at 0.1 they are those of the network edited in node');
check(clamped[0] < 1e-3 * trained[0], `the oldest bar’s falls from ${trained[0].toExponential(1)} to ${clamped[0].toExponential(1)}`);
await page.locator('#clamp-free').click();
check(bits(await read(), trained), 'As trained brings them back');

// part 4
for (const [gate, z, only] of [
    [1, -100, null],
    [2, 0, null],
    [3, -100, 2],
]) {
    await page.locator('#mute-gate').selectOption(String(gate));
    await page.locator('#mute-unit').selectOption(only === null ? 'all' : String(only));
    edited.reset();
    force(edited, gate, z, only);
    const expected = edited.predict(rows)[0],
        is = await value(page, 'after');
    check(
        is === expected && is !== (await value(page, 'before')) && Math.abs(plain(weightsOf(edited), rows, T, I) - is) < 1e-5,
        `gate ${'ifgo'[gate]} muted in ${only === null ? 'all units' : `unit ${only + 1}`}: ${is.toFixed(6)}, ` +
            'as edited in node and in plain JavaScript',
    );
}
await page.locator('#whatif-reset').click();
check((await value(page, 'after')) === (await value(page, 'before')), 'As it was undoes it');
await page.locator('.candle.chosen').focus();
await page.keyboard.press('ArrowLeft');
await page.keyboard.press('PageUp');
await page.keyboard.press('ArrowUp');
const changed = Object.fromEntries(
        ['time', 'open', 'high', 'low', 'close', 'volume'].map((name) => [name, name === 'time' ? candles.time : candles.column(name)]),
    ),
    at = bar - 1,
    was = changed.close[at];
changed.close[at] = was + 0.01 * was;
changed.close[at] += 0.001 * was;
changed.high[at] = Math.max(changed.high[at], changed.close[at]);
const other = lstmfc.candles(changed);
check(
    (await value(page, 'after')) === inside.predict(inside.rows(other, bar))[0] &&
        (await value(page, 'after')) !== (await value(page, 'before')),
    'a candle moved by keys: the forecast of the module from those candles',
);
await page.locator('#whatif-reset').click();
const candle = await page
    .locator('.candle')
    .nth(T - 3)
    .boundingBox();
await page.mouse.move(candle.x + candle.width / 2, candle.y + candle.height / 2);
await page.mouse.down();
await page.mouse.move(candle.x + candle.width / 2, candle.y + candle.height / 2 - 30, { steps: 4 });
await page.waitForFunction(() => document.getElementById('after').dataset.value !== document.getElementById('before').dataset.value);
await page.mouse.up();
check(true, `a candle dragged by 30 pixels moves it at once, to ${(await value(page, 'after')).toFixed(6)}`);
await page.locator('#whatif-reset').click();

// part 5: the nearest states, found again
await done(page);
function nearest(of) {
    const states = of.states(candles, 0, candles.length),
        distance = (t) => Math.hypot(...Array.from({ length: H }, (_, k) => states[t * H + k] - states[bar * H + k]));
    const all = Array.from({ length: bar - T + 1 }, (_, t) => [distance(t), t])
            .filter(([x]) => !Number.isNaN(x))
            .sort(([a], [b]) => a - b),
        taken = [];
    for (const [, t] of all) if (taken.length < 8 && taken.every((each) => Math.abs(each - t) >= T)) taken.push(t);
    return taken;
}
const shown = async (id) => JSON.parse(await page.locator(`#${id}`).getAttribute('data-bars')),
    mine = nearest(inside);
check(mine.length === 8 && String(await shown('alike-own')) === String(mine), `the look-alikes are those of node: bars ${mine.join(', ')}`);
const up = mine.filter((t) => changed.close[t + 1] > (t === at ? was : changed.close[t])).length,
    said = await page.locator('#alike-own').innerText();
check(said.includes(`${up} of 8`), `${up} of 8 went up`);
const training = inside.shuffled(candles, { epochs: 20, seed: 1 });
let step = training.next();
while (!step.done) step = training.next();
check(
    String(await shown('alike-shuffled')) === String(nearest(step.value)),
    'those of the network on shuffled labels are node’s, trained again',
);
check(
    (await page.locator('#alike-caption').innerText()).startsWith('Eight examples prove nothing.'),
    'the caption says that eight prove nothing',
);

// part 6 and links
const links = await page.locator('a[href^="book/"]').evaluateAll((all) => all.map((a) => a.getAttribute('href'))),
    broken = links.filter((link) => {
        const [file, id] = link.split('#');
        return !existsSync(join(root, file)) || !readFileSync(join(root, file), 'utf8').includes(`id="${id}"`);
    });
check(
    (await page.locator('#tour li').count()) === header.filter((line) => /^ {5}>>[a-z0-9_]+ +\d+ lines/.test(line)).length &&
        !broken.length,
    `the tour has its stops; ${links.length} links into the book lead somewhere${broken[0] ? `, not ${broken[0]}` : ''}`,
);

// other bars
for (let i = 0; i < 3; i++) await page.locator('#bar-back').click();
check(
    (await page.evaluate(() => [window.inside.view.bar, window.inside.output[0]])).join() ===
        [bar - 3, inside.predict(inside.rows(candles, bar - 3))[0]].join(),
    'three bars earlier: the forecast of that bar',
);
await page.locator('#bar-newest').click();

const longestTask = Math.round(await page.evaluate(() => window.longest));

// ---- looks, and who cannot see them
async function audit(page, name) {
    await page.evaluate(axe);
    const { violations } = await page.evaluate(() => window.axe.run());
    const serious = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical');
    check(
        !serious.length,
        `${name}: axe-core has ${violations.length} findings, none serious` +
            `${serious.map(({ id, nodes }) => `; ${id} ${nodes[0].target}`).join('')}`,
    );
}
const looks = [
    ['light', 1280],
    ['dark', 1280],
    ['light', 390],
    ['dark', 390],
];
for (const [colorScheme, width] of looks) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    await page.setViewportSize({ width, height: 900 });
    await page.waitForTimeout(150);
    await audit(page, `${colorScheme}, ${width} pixels`);
    check(
        (await page.evaluate(() => document.documentElement.scrollWidth)) <= width,
        `${colorScheme}, ${width} pixels: nothing sticks out`,
    );
    await page.screenshot({ path: join(folder, `inside-${colorScheme}-${width}.png`), fullPage: true });
}
await page.setViewportSize({ width: 1280, height: 900 });
check(
    !wrong.length,
    `no error on the console, no request elsewhere (${asked.length} requests), ` +
        `longest task ${longestTask} ms${wrong.length ? `: ${wrong[0]}` : ''}`,
);

// ---- the second small network
for (const each of ['1', '0', '1', '0', '1']) {
    await page.locator('#source').selectOption(each); // in the middle of the look-alikes of the last one
    await page.waitForTimeout(400);
}
await page.waitForFunction(() => document.body.dataset.ready.includes('volatility'));
check(
    (await page.locator('#layer option').count()) === 2 && (await page.locator('#facts').innerText()).includes('volatility'),
    'the second network has two layers to look at',
);
await page.locator('#layer').selectOption('1');
check(
    Math.abs((await value(page, 'gate-module')) - (await value(page, 'gate-page'))) < 2e-7 &&
        (await page.locator('#products tbody tr').count()) === 1 + 8 + 6 &&
        (await page.locator('#products tbody tr').nth(8).innerText()).startsWith('h below, unit 8'),
    'the products of its second layer are those of the first layer’s outputs',
);
check(!wrong.length, `no error on the console${wrong.length ? `: ${wrong[0]}` : ''}`);
await page.close();

// ---- handed over by the demo page: a GRU, trained by the native program
const native = join(folder, 'inside.json');
execFileSync(
    tool,
    [
        'train',
        '--csv',
        csvFile,
        '--target',
        'return',
        '--features',
        'log_return(close), rsi(14)/100',
        '--window',
        '16',
        '--model',
        'gru 5 | dense 1',
        '--epochs',
        '3',
        '--patience',
        'none',
        '--progress',
        'none',
        '--out',
        native,
    ],
    { stdio: 'ignore' },
);
{
    const blank = await context.newPage();
    await blank.goto(`${origin}/inside.css`);
    await blank.evaluate(
        (what) =>
            new Promise((go, no) => {
                const open = indexedDB.open('lstmfc', 1);
                open.onupgradeneeded = () => open.result.createObjectStore('handover');
                open.onerror = no;
                open.onsuccess = () => {
                    const put = open.result.transaction('handover', 'readwrite');
                    put.objectStore('handover').put(what, 'last');
                    put.oncomplete = () => {
                        open.result.close();
                        go();
                    };
                };
            }),
        { model: readFileSync(native, 'utf8'), candles: readFileSync(csvFile, 'utf8') },
    );
    await blank.close();
    const { page, wrong } = await open(`${origin}/inside.html?test`),
        theirs = lstmfc.candles(readFileSync(csvFile, 'utf8')),
        gru = lstmfc.inside(lstmfc.load(readFileSync(native, 'utf8')));
    const shown = gru.rows(theirs, theirs.length - 1),
        all = gru.gates(shown);
    check(
        (await page.evaluate(() => document.body.dataset.ready)) === 'The one you just trained',
        'what the demo page left is shown first',
    );
    let worst = 0,
        same = true;
    for (let gate = 0; gate < 3; gate++)
        for (const step of [0, 7, 15])
            for (let unit = 0; unit < 5; unit++) {
                await page.evaluate((view) => window.inside.set(view), { gate, step, unit });
                const said = await value(page, 'gate-module');
                same &&= said === all.gates[step * 15 + gate * 5 + unit];
                worst = Math.max(worst, Math.abs(said - (await value(page, 'gate-page'))));
            }
    check(same && worst < 2e-7, `its gates r, z, n are node’s, and the page’s recomputation to ${worst.toExponential(1)}`);
    await done(page);
    await page.screenshot({ path: join(folder, 'inside-gru.png'), fullPage: true });
    check(!wrong.length, `no error on the console${wrong.length ? `: ${wrong[0]}` : ''}`);
    await page.close();
}

// ---- one file, from a disk
{
    const { page, wrong, asked } = await open(`${pathToFileURL(join(root, 'lstmfc-inside.html')).href}?test`);
    check(
        Math.abs((await value(page, 'gate-module')) - (await value(page, 'gate-page'))) < 2e-7 &&
            (await page.evaluate(() => window.inside.output[0])) === inside.predict(rows)[0] &&
            asked.length === 1 &&
            !wrong.length,
        `from file://: the same forecast, one request${wrong.length ? `: ${wrong[0]}` : ''}`,
    );
    await page.close();
}
{
    const page = await context.newPage();
    await page.goto(pathToFileURL(join(root, 'inside.html')).href);
    await page.waitForTimeout(500);
    const said = await page.locator('#problem').innerText();
    check(said.includes('lstmfc-inside.html'), `inside.html from a disk: ${said}`);
    await page.click('#problem a');
    await page.waitForSelector('#cell canvas, #cell svg, #cell button', { timeout: 30000 }).catch(() => {});
    check(
        page.url().endsWith('lstmfc-inside.html') && (await page.locator('#cell').innerText()).length > 100,
        'and its link opens the page in one file',
    );
    await page.close();
}
await context.close();
server.close();
rmSync(profile, { recursive: true, force: true });
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed ? 1 : 0);
