// Where candles come from: made here, a file, pasted rows, an exchange that is asked.
import { $, download, el, integer, money, stamp, toast } from './text.js';
import { csvOf, fill, header, klineMessage, klines, line, synthetic } from './candles.js';
import { wrong } from './setup.js';
import * as panels from './panels.js';
import { app, data, found, forgetModel, run } from './state.js';
import { drawMarket, drawResults, group, price, viewLast } from './view.js';
import { buttons, forgetRun, judge, say, takeModel, whenFree } from './training.js';
import { checkFeatures, showValues } from './form.js';

let socket = null,
    asked = 0;
export function choose(kind) {
    for (const radio of document.querySelectorAll('input[name=source]')) radio.checked = radio.value === kind;
    for (const part of document.querySelectorAll('[data-source]')) part.hidden = part.dataset.source !== kind;
}
/** Reads candles and shows them; false: they were refused, or others were asked for meanwhile. A training waits for it. */
export function takeCandles(csv, about) {
    const taken = take(csv, about).finally(() => {
        if (data.busy === taken) data.busy = null;
    });
    data.busy = taken;
    return taken;
}
async function take(csv, { kind, name, file, reading = app.setup.options('csv') }) {
    const source = typeof csv === 'string' ? csv : new Uint8Array(await csv.arrayBuffer());
    const text = typeof csv === 'string' ? csv : new TextDecoder().decode(source);
    const mine = ++asked; // the newest wish wins
    let candles;
    hideReportProblem();
    try {
        candles = await app.lstmfc.candles(source, reading);
    } catch (error) {
        readingFailed(error, text, { kind, name, file });
        return false;
    }
    const close = await candles.column('close');
    if (!close) {
        candles.free();
        askForClose(text, { csv, kind, name, file });
        return false;
    }
    const columns = { time: await candles.time(), close };
    for (const role of ['open', 'high', 'low', 'volume'])
        columns[role] = (await candles.column(role)) || (role === 'volume' ? new Float64Array(close.length) : close);
    if (mine !== asked) {
        candles.free();
        return false;
    }
    await forgetRun();
    $('problem').hidden = true; // it was about what was here before
    const old = data.candles; // from here on nothing waits: no training can begin between
    Object.assign(data, {
        kind,
        name,
        file,
        csv: text,
        candles,
        columns,
        report: candles.report,
        reading,
        synthetic: /^\uFEFF?# synthetic/.test(text),
    });
    unfollow();
    if (old) old.free();
    forgetModel();
    group.setView(null);
    group.all = null;
    price.at = null;
    drawResults();
    viewLast(Math.min(400, Math.ceil(close.length / 5)));
    const actions = [
        el('button', { type: 'button', class: 'small', onclick: () => download(data.file, data.csv, 'text/csv') }, 'Save as CSV'),
    ];
    panels.report(
        $('report'),
        { name, report: candles.report, count: close.length, first: columns.time[0], last: columns.time.at(-1), synthetic: data.synthetic },
        actions,
    );
    showValues();
    checkFeatures();
    buttons();
    say(`${integer(close.length)} candles are ready.`);
    return true;
}
function hideReportProblem() {
    for (const old of document.querySelectorAll('#report .problem')) old.remove();
}
function readingFailed(error, text, { name }) {
    const host = el('div', { class: 'problem', role: 'alert' });
    const cures = [...error.message.matchAll(/--([a-z-]+)[ =]([a-z]+)\b/g)] // what the message itself proposes
        .map(([, flag, value]) => [flag.replaceAll('-', '_'), value])
        .filter(([option, value]) => app.setup.field('csv', option) && !wrong(app.setup.field('csv', option), value))
        .map(([option, value]) => {
            const cure = () => {
                app.setup.set('csv', option, value);
                showValues();
                return readAgain();
            };
            return el('button', { type: 'button', class: 'small', onclick: cure }, `Read it with ${option} ${value}`);
        });
    panels.problem(host, error, text, data.pending ? cures : []);
    host.prepend(el('p', {}, el('b', {}, `${name} was not taken.`), data.candles ? ' The candles before it stay.' : ''));
    host.append(el('p', { class: 'note' }, 'What the reader may assume is under “How the file is read”.'));
    $('report').prepend(host);
    $('reading').open = true;
    say(`${name} cannot be read.`);
}
function askForClose(text, { csv, kind, name, file }) {
    const names = header(text),
        select = el('select', { id: 'which-close' }, ...names.slice(1).map((n) => el('option', { value: n }, n)));
    const guess = names.find((n) => /close|price|last/i.test(n));
    if (guess) select.value = guess;
    const host = el(
        'div',
        { class: 'problem', role: 'alert' },
        el('p', {}, el('b', {}, 'Which column is the closing price?'), ' No column is called so.'),
        el('label', { for: 'which-close' }, 'Close'),
        select,
        el(
            'div',
            { class: 'row' },
            el(
                'button',
                {
                    type: 'button',
                    onclick: async () => {
                        const before = app.setup.get('csv', 'columns'),
                            parts = before.split(',').filter((p) => p && !p.startsWith('close='));
                        app.setup.set('csv', 'columns', [...parts, `close=${select.value}`].join(','));
                        showValues();
                        await takeCandles(csv, { kind, name, file });
                    },
                },
                'Use it',
            ),
        ),
    );
    hideReportProblem();
    $('report').prepend(host);
    say(`${name}: which column is the close?`);
}
const MADE = [
    ['seed', 0, 4294967295, 1],
    ['bars', 200, 50000, 3000],
    ['momentum', -0.9, 0.9, 0.4],
];
const MADE_RANGES = 'Seed from 0, bars from 200 to 50,000, momentum from −0.9 to 0.9';
function madeValue([name, low, high]) {
    const input = $(`made-${name}`),
        x = Number(input.value),
        ok = input.value.trim() !== '' && Number.isFinite(x) && x >= low && x <= high;
    input.setAttribute('aria-invalid', String(!ok));
    return ok ? x : null;
}
export function madeOf() {
    const [seed, bars, momentum] = MADE.map(madeValue);
    return seed === null || bars === null || momentum === null ? null : { seed: Math.floor(seed), bars: Math.floor(bars), momentum };
}
/** Values that cannot be used give way to the first ones; says which did. */
function mendMade() {
    return MADE.filter((one) => madeValue(one) === null).map(([name, , , first]) => {
        const input = $(`made-${name}`),
            was = input.value;
        input.value = first;
        return `${name} “${was.slice(0, 40)}” (now ${first < 1 ? first : integer(first)})`;
    });
}
/** mend: a link's values that cannot be used are replaced, and that is said; without it the candles stay as they are. */
export async function makeCandles({ mend = false } = {}) {
    const mended = mend ? mendMade() : [],
        wanted = madeOf();
    if (!wanted) {
        toast(MADE_RANGES);
        return;
    }
    const made = JSON.stringify(wanted);
    if (data.kind !== 'synthetic' || data.made !== made) {
        data.made = made;
        await takeCandles(synthetic(wanted), {
            kind: 'synthetic',
            name: `${integer(wanted.bars)} made, seed ${wanted.seed}`,
            file: 'synthetic.csv',
            reading: {},
        });
    }
    if (mended.length) {
        const what = `The link has what cannot be used: ${mended.join(', ')}.`;
        hideReportProblem();
        $('report').prepend(el('p', { class: 'problem', id: 'mended' }, `${what} ${MADE_RANGES}.`));
        say(`${what} ${integer(wanted.bars)} candles are ready.`);
    }
}
export async function takeFile(file) {
    const start = (await file.slice(0, 200).text()).trimStart();
    if (start.startsWith('{') || start.startsWith('[')) {
        await takeModel(await file.text(), file.name);
        return;
    }
    choose('own');
    data.pending = file;
    app.setup.set('csv', 'now', String(Date.now())); // an unclosed last bar is dropped, as the command line does
    showValues();
    await takeCandles(file, { kind: 'own', name: file.name, file: file.name });
}

// ---- an exchange, only when asked
export const asking = () => ({
    symbol: $('ask-symbol').value.trim(),
    interval: $('ask-interval').value.trim(),
    limit: $('ask-limit').value.trim(),
});
export async function ask() {
    const url = fill($('ask-rest').value.trim(), asking());
    $('live').textContent = 'Asking …';
    $('ask').disabled = true;
    outside(url);
    try {
        const answer = await fetch(url, { referrerPolicy: 'no-referrer', credentials: 'omit' });
        const text = await answer.text();
        if (!answer.ok) throw new Error(`the server answers ${answer.status}: ${text.slice(0, 200)}`);
        let parsed;
        try {
            parsed = JSON.parse(text);
        } catch {
            throw new Error(`the answer is not JSON: ${text.slice(0, 200)}`);
        }
        const bars = klines(parsed),
            { symbol, interval } = asking();
        app.setup.set('csv', 'now', String(Date.now()));
        showValues();
        const taken = await takeCandles(csvOf(bars), {
            kind: 'exchange',
            name: `${symbol.toUpperCase()} ${interval}`,
            file: `${symbol}_${interval}.csv`,
        });
        $('follow').disabled = !taken;
        $('live').textContent = taken ? `${integer(data.columns.close.length)} closed bars, asked at ${stamp(Date.now())} UTC.` : '';
    } catch (error) {
        $('live').textContent = '';
        const host = el(
            'div',
            { class: 'problem', role: 'alert' },
            el(
                'p',
                {},
                el('b', {}, 'The exchange gave no candles. '),
                error instanceof TypeError ? 'The server cannot be reached from here, or does not allow pages to ask it.' : error.message,
            ),
            el('pre', {}, url),
        );
        hideReportProblem();
        $('report').prepend(host);
    } finally {
        $('ask').disabled = false;
    }
}
function outside(url) {
    const badge = $('network');
    let host = url;
    try {
        host = new URL(url).host;
    } catch {
        /* shown as typed */
    }
    badge.textContent = `Asks ${host}`;
    badge.classList.add('out');
}
function unfollow() {
    socket?.close();
    socket = null;
    $('follow').textContent = 'Follow live';
    $('follow').setAttribute('aria-pressed', 'false');
}
const arrived = [];
export function follow() {
    if (socket) {
        unfollow();
        $('live').textContent = 'No longer following.';
        return;
    }
    const url = fill($('ask-socket').value.trim(), asking());
    outside(url);
    try {
        socket = new WebSocket(url);
    } catch (error) {
        $('live').textContent = error.message;
        return;
    }
    $('follow').textContent = 'Stop following';
    $('follow').setAttribute('aria-pressed', 'true');
    $('live').textContent = 'Connecting …';
    socket.onopen = () => {
        $('live').textContent = 'Following; no bar yet.';
    };
    socket.onerror = () => {
        $('live').textContent = `${url} cannot be followed.`;
    };
    socket.onclose = () => {
        if (socket) unfollow();
    };
    socket.onmessage = ({ data: text }) => {
        const said = klineMessage(text);
        if (!said) return;
        $('live').textContent = `${said.closed ? 'Closed' : 'Forming'}: ${stamp(said.bar.time)} UTC, ${money(said.bar.close)}`;
        if (said.closed) {
            arrived.push(said.bar);
            takeArrived();
        }
    };
}
let taking = false;
async function takeArrived() {
    if (taking || run.training) return; // a training reads the candles: they wait
    taking = true;
    try {
        let added = 0;
        while (arrived.length && !run.training) {
            const bar = arrived.shift(),
                c = data.columns;
            if (bar.time <= c.time.at(-1)) continue;
            await data.candles.append(bar);
            for (const role of ['time', 'open', 'high', 'low', 'close', 'volume']) {
                const longer = new Float64Array(c.close.length + (role === 'close' ? 1 : c[role].length - c.close.length + 1));
                longer.set(c[role]);
                longer[longer.length - 1] = bar[role];
                c[role] = longer;
            }
            data.csv += line(bar);
            added++;
        }
        if (added) {
            if (found.model) await judge();
            else drawMarket();
            run.checkpoint = null;
            buttons();
        }
    } catch (error) {
        $('live').textContent = error.message;
    } finally {
        taking = false;
    }
}

export async function readAgain() {
    if (app.setup.problems(['csv']).length) return;
    if (data.pending && document.querySelector('input[name=source]:checked').value === 'own')
        await takeCandles(data.pending, { kind: 'own', name: data.pending.name || 'pasted rows', file: data.pending.name || 'pasted.csv' });
}
whenFree.push(takeArrived);
