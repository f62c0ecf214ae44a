// The page inside.html: one network, one bar, and six parts that look at them. All numbers are the module's.
import { instantiate } from '../js/core.js';
import wasm from 'inside:wasm'; // async () => bytes of the module
import header from 'inside:header'; // equations, lines and tour of lstmfc.h, by the build
import small from 'inside:small'; // {csv, models: [{name, note, model}]}: networks that come with the page
import { $, breath, colours, framed, h, number, percent, price, sheet, when } from './inside-look.js';
import { GATES, chain, head } from './inside-sums.js';
import { cell } from './inside-cell.js';
import { memories } from './inside-memory.js';
import { gradients } from './inside-gradients.js';
import { whatIf } from './inside-whatif.js';
import { alikes } from './inside-alike.js';
import { tour } from './inside-tour.js';
import { kept } from './handover.js';
import { theme } from './theme.js';

const ROLES = ['time', 'open', 'high', 'low', 'close', 'volume'];

/** What the parts read: the network as it is (inside) and a copy to change (edited), candles, the bar, and what the module says of them. */
const app = {
    header,
    lstmfc: null,
    model: null,
    candles: null,
    inside: null,
    edited: null,
    info: null,
    columns: null,
    recurrents: [],
    recurrent: null,
    view: { bar: 0, layer: 0, gate: 1, unit: 0, step: 0 },
    rows: null,
    output: null,
    value: null,
    kept: new Map(),
    weights: new Map(),
    set,
    look,
    slopes,
    chain: sums,
    closing: () => head({ layers: app.inside.layers, after: app.recurrents.at(-1).index, hidden: lastHidden(), weights: weight }),
    settled: () => running || Promise.resolve(),
    unit,
};
const parts = [];
let busy = false, // a network is being taken in: the view waits
    running = null; // what is left to redraw
const watching = new IntersectionObserver((all) => {
    for (const { target, isIntersecting } of all) parts.find(({ section }) => section === target).seen = isIntersecting;
});

/** Gates, cells and outputs of a layer at the bar, kept until either changes. */
function look(index = app.recurrent.index) {
    if (!app.kept.has(index)) app.kept.set(index, app.inside.gates(app.rows, index));
    return app.kept.get(index);
}
function slopes() {
    if (!app.kept.has('slopes')) app.kept.set('slopes', app.inside.slopes(app.rows));
    return app.kept.get('slopes');
}
function lastHidden() {
    const { index, units } = app.recurrents.at(-1);
    return look(index).hidden.subarray(-units);
}
function weight(name) {
    if (!app.weights.has(name)) app.weights.set(name, app.inside.tensor(name).data);
    return app.weights.get(name);
}
/** One gate from its products; null where the layer's inputs are not known. */
function sums(gate, k, t) {
    const { index, kind, units, below } = app.recurrent,
        part = (name) => weight(`${index}.${kind}.${name}`),
        { gates, hidden } = look();
    if (below === undefined) return null;
    const width = below === null ? app.inside.inputs : app.inside.layers[below].units,
        from = below === null ? app.rows : look(below).hidden;
    return chain({
        kind,
        gate,
        unit: k,
        units,
        kernel: part('kernel'),
        recurrent: part('recurrent'),
        bias: part('bias'),
        inner: kind === 'gru' ? part('recurrent_bias') : null,
        x: from.subarray(t * width, (t + 1) * width),
        before: t ? hidden.subarray((t - 1) * units, t * units) : null,
        reset: kind === 'gru' ? gates[t * 3 * units + k] : 1,
    });
}
/** A forecast in its own unit. */
function unit(value) {
    if (value === null || Number.isNaN(value)) return '–';
    const { target } = app.info;
    return target === 'direction'
        ? percent(value, 2)
        : target === 'return' || target === 'volatility' || target === 'rolling_volatility'
          ? percent(value, 3)
          : price(value);
}

// ---- the view: a bar, a layer, a gate of a unit at a step
function set(patch) {
    if (busy || !app.inside) return;
    const view = app.view,
        next = { ...view, ...patch },
        T = app.inside.window,
        within = (x, most) => Math.min(most, Math.max(0, Number.isFinite(x) ? Math.round(x) : 0));
    next.bar = Math.max(T - 1, within(next.bar, app.candles.length - 1));
    next.layer = within(next.layer, app.recurrents.length - 1);
    const { kind, units } = app.recurrents[next.layer];
    next.unit = within(next.unit, units - 1);
    next.step = within(next.step, T - 1);
    next.gate = within(next.gate, GATES[kind].length - 1);
    const changed = new Set(Object.keys(next).filter((name) => next[name] !== view[name]));
    if (!changed.size) return;
    if (changed.has('bar') && !compute(next.bar)) {
        $('bar-slider').value = view.bar;
        return;
    }
    app.view = next;
    app.recurrent = app.recurrents[next.layer];
    tell(changed);
}
function tell(changed) {
    if (changed.has('bar')) drawBar();
    $('layer').value = app.view.layer;
    for (const part of parts) {
        for (const each of changed) part.stale.add(each);
        if (part.seen) refresh(part);
    }
    running ||= rest();
}
function refresh(part) {
    const changed = part.stale;
    if (!changed.size) return;
    part.stale = new Set();
    part.update(changed);
}
/** What is not in view follows, part by part: the page stays awake. */
async function rest() {
    await breath();
    for (let part; (part = parts.find(({ stale }) => stale.size)); await breath()) refresh(part);
    running = null;
}
function problem(text) {
    $('problem').hidden = !text;
    $('problem').textContent = text || '';
}
/** What the module says of the forecast at a bar; false where it has none. */
function compute(bar) {
    try {
        const rows = app.inside.rows(app.candles, bar);
        app.value = app.model.predictAll(app.candles, bar, 1).value[0];
        app.rows = rows;
        app.output = app.inside.predict(rows);
        app.kept.clear();
        problem('');
        return true;
    } catch (e) {
        problem(`No forecast at ${when(app.columns.time[bar])} UTC: ${e.message}`);
        return false;
    }
}

function drawBar() {
    const { bar } = app.view,
        slider = $('bar-slider'),
        { close, time } = app.columns,
        n = close.length,
        look = colours(),
        { to, width, height } = sheet($('bar-canvas'), 44);
    slider.min = app.inside.window - 1;
    slider.max = n - 1;
    slider.value = bar;
    slider.setAttribute('aria-valuetext', `${when(time[bar])} UTC`);
    let least = Infinity,
        most = -Infinity;
    for (const x of close) {
        least = Math.min(least, x);
        most = Math.max(most, x);
    }
    const from = app.inside.window - 1,
        x = (t) => 8 + ((width - 16) * (t - from)) / Math.max(1, n - 1 - from),
        y = (p) => 4 + (height - 8) * (1 - (p - least) / (most - least || 1));
    to.fillStyle = look.text('--accent-wash');
    to.fillRect(x(bar - from), 0, Math.max(2, x(bar) - x(bar - from)), height);
    to.strokeStyle = look.soft;
    to.lineWidth = 1;
    to.beginPath();
    for (let t = from, step = Math.max(1, Math.floor(n / (2 * width))); t < n; t += step) to.lineTo(x(t), y(close[t]));
    to.stroke();
    to.strokeStyle = look.accent;
    to.lineWidth = 2;
    to.beginPath();
    to.moveTo(x(bar), 0);
    to.lineTo(x(bar), height);
    to.stroke();
    const direction = app.info.target === 'direction';
    $('bar-output').replaceChildren(
        `${when(time[bar])}: `,
        h('b', {}, direction ? `P(up) ${percent(app.output[0], 2)}` : `output ${number(app.output[0])}`),
        direction ? '' : ` (${app.info.target} ${unit(app.value)})`,
    );
    $('bar-on').disabled = $('bar-newest').disabled = bar === n - 1;
    $('bar-back').disabled = bar === from;
}

// ---- which network
function facts() {
    const { info, inside, candles } = app,
        rows = [
            ['Forecast of', `${info.target}, ${info.horizon} bar${info.horizon > 1 ? 's' : ''} ahead`],
            ['Network', info.model],
            ['Numbers in it', inside.tensors.reduce((sum, { shape }) => sum + shape.reduce((a, b) => a * b, 1), 0).toLocaleString('en-GB')],
            ['It sees', `${info.window} bars of ${inside.inputs} feature${inside.inputs > 1 ? 's' : ''}: ${inside.features.join(', ')}`],
            ['Trained', `${info.epochs} epochs on ${info.fit_samples.toLocaleString('en-GB')} windows`],
            [
                'Candles',
                `${candles.length.toLocaleString('en-GB')} bars, ${when(app.columns.time[0])} to ${when(app.columns.time.at(-1))} UTC`,
            ],
        ];
    $('facts').replaceChildren(...rows.map(([name, text]) => h('div', {}, h('dt', {}, name), h('dd', {}, text))));
}
/** Takes a model file's text and a CSV's; throws what the library refuses, and leaves what was there. */
async function take(json, csv) {
    const { lstmfc } = app;
    let model, candles, inside, edited;
    try {
        model = lstmfc.load(json);
        await breath();
        candles = lstmfc.candles(csv);
        await breath();
        inside = lstmfc.inside(model);
        edited = lstmfc.inside(model);
        const recurrents = inside.layers.filter(({ kind }) => kind === 'lstm' || kind === 'gru');
        if (!recurrents.length) throw new Error(`‘${inside.spec}’ has no lstm or gru layer that reads one way`);
        if (candles.length < inside.window) throw new Error(`${candles.length} candles are fewer than a window of ${inside.window}`);
        for (const one of recurrents) {
            // what it reads: the features (null), another recurrent layer, or what is not known (undefined)
            let below = one.index - 1;
            while (below >= 0 && inside.layers[below].kind === 'dropout') below--;
            one.below = below < 0 ? null : ['lstm', 'gru'].includes(inside.layers[below].kind) ? below : undefined;
        }
        const old = [app.inside, app.edited, app.blind, app.candles, app.model],
            volume = candles.column('volume');
        Object.assign(app, {
            model,
            candles,
            inside,
            edited,
            recurrents,
            recurrent: recurrents[0],
            info: model.info,
            blind: null,
            columns: Object.fromEntries(
                ROLES.map((role) => [
                    role,
                    role === 'time' ? candles.time : role === 'volume' ? volume : candles.column(role) || candles.column('close'),
                ]),
            ),
        });
        if (!volume) delete app.columns.volume;
        for (const each of old) each?.free();
    } catch (e) {
        for (const each of [edited, inside, candles, model]) each?.free();
        throw e;
    }
    app.kept.clear();
    app.weights.clear();
    let bar = app.candles.length - 1;
    while (bar > app.inside.window && app.candles.length - bar < 200 && !compute(bar)) bar--;
    if (!compute(bar)) throw new Error($('problem').textContent);
    app.view = { bar, layer: 0, gate: 1, unit: 0, step: app.inside.window - 1 };
    $('layer').replaceChildren(...app.recurrents.map(({ text }, i) => h('option', { value: i }, text)));
    $('layer-choice').hidden = app.recurrents.length < 2;
    facts();
    for (const part of parts) part.seen = false; // one by one
    tell(new Set(['model', 'bar', 'layer', 'gate', 'unit', 'step']));
    await app.settled();
    for (const part of parts) (watching.unobserve(part.section), watching.observe(part.section));
}

async function main() {
    const redraw = framed(() => {
        if (busy || !app.inside) return;
        drawBar();
        for (const part of parts) part.draw();
    });
    theme($('theme'), () => {
        $('theme').removeAttribute('aria-label'); // its text says it
        redraw();
    });
    const module = await WebAssembly.compile(await wasm());
    app.lstmfc = instantiate(module);
    $('about').textContent =
        `lstmfc ${app.lstmfc.about.version}, ${app.lstmfc.about.build}; equations and lines are those of its lstmfc.h.`;
    for (const [id, part] of Object.entries({ cell, memory: memories, gradients, whatif: whatIf, alike: alikes, tour }))
        parts.push({ ...part(app, intro), section: $(id), stale: new Set(), seen: false });
    await breath();
    const sources = small.models.map(({ name, note, model }) => ({ name, note, synthetic: true, model, csv: small.csv })),
        handed = await kept().catch(() => undefined); // no storage: nothing was handed over
    if (handed?.model)
        sources.unshift({
            name: 'The one you just trained',
            note: 'Handed over by the demo page, with its candles.',
            model: handed.model,
            csv: handed.candles,
            synthetic: /^#.*synthetic/i.test(handed.candles),
        });
    let wanted = null;
    const choose = async (index) => {
        if (busy) {
            wanted = index; // then, when this one is there
            return true;
        }
        busy = true;
        const { name, note, model, csv, synthetic } = sources[index];
        try {
            await take(model, csv);
            $('source-note').replaceChildren(
                synthetic ? h('span', { class: 'tag synthetic' }, 'SYNTHETIC') : '',
                synthetic ? ' ' : '',
                note,
            );
            $('source').value = index;
            document.body.dataset.ready = name;
        } catch (e) {
            problem(`${name}: ${e.message}`);
            return false;
        } finally {
            busy = false;
            const next = wanted;
            wanted = null;
            if (next !== null && next !== index) choose(next);
        }
        return true;
    };
    const list = () => $('source').replaceChildren(...sources.map(({ name }, i) => h('option', { value: i }, name)));
    list();
    $('source').addEventListener('change', () => choose(Number($('source').value)));
    $('files').addEventListener('change', async () => {
        const texts = await Promise.all(Array.from($('files').files, async (file) => ({ name: file.name, text: await file.text() })));
        const model = texts.find(({ text }) => /^\s*\{/.test(text)),
            csv = texts.find((one) => one !== model);
        $('files').value = '';
        if (!model) {
            problem('Choose a model file (.json) and, with it, the CSV of its candles.');
            return;
        }
        sources.push({
            name: model.name,
            note: `${model.name}, ${csv ? csv.name : 'on the candles that come with the page'}.`,
            model: model.text,
            csv: csv?.text ?? small.csv,
            synthetic: !csv || /^#.*synthetic/i.test(csv.text),
        });
        list();
        choose(sources.length - 1);
    });
    const slide = framed(() => set({ bar: Number($('bar-slider').value) }));
    $('bar-slider').addEventListener('input', slide);
    $('bar-back').addEventListener('click', () => set({ bar: app.view.bar - 1 }));
    $('bar-on').addEventListener('click', () => set({ bar: app.view.bar + 1 }));
    $('bar-newest').addEventListener('click', () => set({ bar: app.candles.length - 1 }));
    $('layer').addEventListener('change', () => set({ layer: Number($('layer').value) }));
    await breath();
    for (let i = 0; i < sources.length && !(await choose(i)); i++);
    let wide = 0;
    new ResizeObserver(() => {
        if (!busy && wide !== $('page').clientWidth) {
            wide = $('page').clientWidth;
            redraw();
        }
    }).observe($('page'));
    if (new URLSearchParams(location.search).has('test')) window.inside = Object.assign(app, { sources });
}

/** Heading, words and the way to the book, the same for each part; stops: of the tour. */
function intro(id, place, title, text, stops) {
    const ways = stops
        .map((at) => header.tour.find(({ number: each }) => each === at))
        .filter((stop) => stop?.link)
        .map((stop) => h('a', { href: stop.link }, `In the header: ${stop.tag.replaceAll('_', ' ')}`));
    return [
        h('h2', { id: `h-${id}` }, h('span', { class: 'step' }, String(place)), title),
        h('p', { class: 'words' }, text.replace(/\s+/g, ' ')),
        ways.length ? h('p', { class: 'ways' }, ways) : null,
    ].filter(Boolean);
}

main().catch((e) => {
    problem(e.message);
});
