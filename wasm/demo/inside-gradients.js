// Part 3: how far back an output still depends on the inputs, and how a small forget gate ends it.
import { $, colours, framed, h, heat, number, sheet, when } from './inside-look.js';
import { KEEPER } from './inside-sums.js';

const LEFT = 52,
    BARS = 190;

/** The gate that keeps the old state held at v in every recurrent layer: its columns 0, its bias ln(v/(1-v)). Used by the tests too. */
export function clamp(inside, v) {
    for (const { index, kind, units } of inside.layers)
        if (kind === 'lstm' || kind === 'gru') gateOf(inside, index, kind, units, KEEPER, Math.log(v / (1 - v)));
}
/** The gate numbered `gate` of a layer (of one unit, or of all: null) set to a constant sum `z`. */ export function gateOf(
    inside,
    index,
    kind,
    units,
    gate,
    z,
    unit = null,
) {
    const columns = (kind === 'lstm' ? 4 : 3) * units;
    for (const part of ['kernel', 'recurrent', 'bias']) {
        const name = `${index}.${kind}.${part}`,
            { data } = inside.tensor(name),
            rows = part === 'bias' ? 1 : data.length / columns;
        for (let r = 0; r < rows; r++)
            for (let k = 0; k < units; k++) if (unit === null || unit === k) data[r * columns + gate * units + k] = part === 'bias' ? z : 0;
        inside.set(name, data);
    }
    if (kind !== 'gru' || gate !== 2) return;
    const name = `${index}.gru.recurrent_bias`,
        { data } = inside.tensor(name);
    for (let k = 0; k < units; k++) if (unit === null || unit === k) data[k] = 0;
    inside.set(name, data);
}

export function gradients(app, intro) {
    const map = h('canvas', { id: 'gradient-map', role: 'img' }),
        sums = h('canvas', { id: 'gradient-sums', role: 'img' });
    const slider = h('input', {
        type: 'range',
        id: 'clamp',
        min: 2,
        max: 99,
        step: 1,
        value: 90,
        oninput: () => {
            held = true;
            update(new Set(['clamp']));
        },
    });
    const free = h(
        'button',
        {
            type: 'button',
            class: 'small',
            'aria-pressed': 'true',
            id: 'clamp-free',
            onclick: () => {
                held = false;
                update(new Set(['clamp']));
            },
        },
        'As trained',
    );
    const output = h('output', { for: 'clamp', id: 'clamp-value' }),
        said = h('p', { class: 'readout', id: 'gradient-said', role: 'status', 'aria-live': 'polite' });
    const names = h('p', { class: 'note only-narrow' });
    const table = h('div', { class: 'scroll behind', tabindex: 0, role: 'region', 'aria-label': 'Slopes as a table' });
    let held = false;
    $('gradients').append(
        ...intro(
            'gradients',
            3,
            'Gradients through time',
            `By how much would the output move if an input of some earlier bar moved? That slope, |dp/dx|, is what a training
        follows back through the window; where it is tiny, nothing can be learned. Along the cells it is scaled by the
        forget gate at every bar. Hold that gate at one value in all units and watch: at 0.1 the old bars vanish, near 1
        they are all heard.`,
            [1, 4],
        ),
        h('div', { class: 'slide' }, free, h('label', { for: 'clamp', id: 'clamp-name' }, 'Forget gate held at'), slider, output),
        h('div', {}, map),
        names,
        h('div', {}, sums),
        said,
        h('details', {}, h('summary', {}, 'The same as a table'), table),
    );

    const total = (slopes, t) => {
        let sum = 0;
        for (let k = 0; k < app.inside.inputs; k++) sum += Math.abs(slopes[t * app.inside.inputs + k]);
        return sum;
    };
    let now = null;
    function compute() {
        if (held) {
            app.edited.reset();
            clamp(app.edited, slider.value / 100);
            now = app.edited.slopes(app.rows);
        } else now = app.slopes();
    }
    function draw() {
        if (!now) return;
        const { window: T, inputs: I, features } = app.inside,
            look = colours(),
            high = Math.max(6, Math.min(20, Math.floor(180 / I)));
        let most = 1e-30;
        for (const x of now) most = Math.max(most, Math.abs(x));
        const named = Math.max(...features.map((name) => name.length)),
            narrow = map.parentElement.clientWidth < 560;
        {
            const { to, width } = sheet(map, I * high + 18),
                right = narrow ? 0 : Math.min(190, 7 * named + 8),
                wide = (width - LEFT - right) / T;
            heat(to, { x: LEFT, y: 18, width: T * wide, height: I * high }, I, T, (k, t) =>
                look.seq(1 + Math.log10(Math.abs(now[t * I + k]) / most + 1e-30) / 4),
            );
            to.fillStyle = look.soft;
            to.textAlign = 'left';
            to.fillText(`${narrow ? '' : '|dp/dx| per feature and bar; '}strong: ${number(most)}, faint: a ten-thousandth of it`, LEFT, 7);
            to.textAlign = narrow ? 'right' : 'left';
            for (let k = 0; k < I; k++)
                if (high >= 11 || k % 2 === 0)
                    to.fillText(narrow ? k + 1 : clip(features[k], 27), narrow ? LEFT - 6 : LEFT + T * wide + 6, 18 + (k + 0.5) * high);
            names.textContent = features.map((name, k) => `${k + 1} ${name}`).join('; ');
            drawSums(look, T, right);
            map.setAttribute('aria-label', `Slopes of ${I} features at ${T} bars, the largest ${number(most)}; a table is below`);
        }
    }
    const clip = (text, most) => (text.length > most ? `${text.slice(0, most - 1)}…` : text);
    function drawSums(look, T, right) {
        const { to, width } = sheet(sums, BARS),
            wide = (width - LEFT - right) / T,
            B = 20,
            top = 12,
            plain = app.slopes();
        const all = Array.from({ length: T }, (_, t) => total(now, t)),
            before = Array.from({ length: T }, (_, t) => total(plain, t));
        const least = Math.max(1e-12, Math.min(...all, ...before)),
            high = Math.ceil(Math.log10(Math.max(...all, ...before, 1e-11))),
            low = Math.max(high - 12, Math.floor(Math.log10(least)));
        const y = (x) => top + (BARS - top - B) * Math.max(0, (high - Math.log10(x)) / (high - low || 1));
        to.textAlign = 'right';
        to.lineWidth = 1;
        const every = Math.ceil((high - low) / 6);
        for (let p = high; p >= low; p -= every) {
            to.strokeStyle = look.grid;
            to.beginPath();
            to.moveTo(LEFT, y(10 ** p));
            to.lineTo(LEFT + T * wide, y(10 ** p));
            to.stroke();
            to.fillStyle = look.soft;
            to.fillText(p === 0 ? '1' : `1e${String(p).replace('-', '−')}`, LEFT - 6, y(10 ** p));
        }
        to.fillStyle = look.text('--gate-f');
        for (let t = 0; t < T; t++) {
            const from = Math.min(BARS - B, y(all[t]));
            to.fillRect(LEFT + t * wide + wide * 0.15, from, wide * 0.7, BARS - B - from);
        }
        if (held) {
            line(
                to,
                before.map((x, t) => [LEFT + (t + 0.5) * wide, y(x)]),
                look.ink,
                [],
            );
            const v = slider.value / 100;
            line(
                to,
                all.map((_, t) => [LEFT + (t + 0.5) * wide, y(all[T - 1] * v ** (T - 1 - t))]),
                look.down,
                [5, 4],
            );
        }
        to.fillStyle = look.soft;
        to.textAlign = 'left';
        to.fillText(`${T - 1} bars ago`, LEFT, BARS - 8);
        to.textAlign = 'right';
        to.fillText('the newest bar', LEFT + T * wide, BARS - 8);
        sums.setAttribute(
            'aria-label',
            `Sum of the slopes of each bar, log scale: ${number(all[0])} at the oldest bar, ${number(all[T - 1])} at the newest`,
        );
        sums.dataset.sums = JSON.stringify(all);
    }
    function line(to, points, colour, dash) {
        to.save();
        to.beginPath();
        to.rect(0, 0, 1e4, BARS - 20);
        to.clip();
        to.strokeStyle = colour;
        to.lineWidth = 1.5;
        to.setLineDash(dash);
        to.beginPath();
        points.forEach(([x, y], i) => (i ? to.lineTo(x, y) : to.moveTo(x, y)));
        to.stroke();
        to.restore();
    }
    function say() {
        const T = app.inside.window,
            old = total(now, 0),
            fresh = total(now, T - 1),
            was = total(app.slopes(), 0),
            v = slider.value / 100;
        output.textContent = held ? number(v, 2) : 'not held';
        free.setAttribute('aria-pressed', String(!held));
        slider.setAttribute('aria-valuetext', held ? number(v, 2) : 'not held');
        said.replaceChildren(
            h('b', {}, `The oldest bar has ${number(old / fresh)} of the slope of the newest.`),
            held
                ? ` As trained the oldest bar’s sum of slopes is ${number(was)}, with the gate held at ${number(v, 2)} it is ` +
                      `${number(old)}. Thin line: as trained; dashed: ${number(v, 2)} to the power of the bar’s age, what the highway ` +
                      'of the cells alone lets through.'
                : ' Move the slider to hold the gate.',
        );
    }
    const rows = framed(() => {
        if (!now) return;
        const { window: T, inputs: I, features } = app.inside;
        table.replaceChildren(
            h(
                'table',
                {},
                h(
                    'thead',
                    {},
                    h(
                        'tr',
                        {},
                        h('th', { scope: 'col' }, 'bar'),
                        features.map((name) => h('th', { scope: 'col' }, name)),
                        h('th', { scope: 'col' }, 'sum of |·|'),
                    ),
                ),
                h(
                    'tbody',
                    {},
                    Array.from({ length: T }, (_, t) =>
                        h(
                            'tr',
                            {},
                            h('th', { scope: 'row' }, when(app.columns.time[app.view.bar - T + 1 + t])),
                            Array.from({ length: I }, (_, k) => h('td', {}, number(now[t * I + k], 6))),
                            h('td', {}, number(total(now, t), 6)),
                        ),
                    ),
                ),
            ),
        );
    });
    function update(changed) {
        if (!['model', 'bar', 'clamp'].some((each) => changed.has(each))) return;
        const gru = app.inside.layers.some(({ kind }) => kind === 'gru');
        $('clamp-name').textContent = gru ? 'Update gate held at' : 'Forget gate held at';
        compute();
        draw();
        say();
        if (table.parentElement.open) rows();
    }
    table.parentElement.addEventListener('toggle', rows);
    return { update, draw: framed(draw) };
}
