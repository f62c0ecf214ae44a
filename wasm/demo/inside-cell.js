// Part 1: one gate of one unit at one bar, from its products to its value, beside the lines of the header that compute it.
import { $, colours, css, frame, framed, h, heat, number, s, sheet, signed, when } from './inside-look.js';
import { CURVES, GATES } from './inside-sums.js';
import { ledger } from './inside-ledger.js';

const LEFT = 34,
    BOTTOM = 16;

export function cell(app, intro) {
    const grid = h('canvas', {
        id: 'cell-grid',
        tabindex: 0,
        role: 'application',
        'aria-roledescription': 'grid of gates',
        'aria-describedby': 'cell-keys',
    });
    const unit = h('input', { type: 'number', id: 'cell-unit', min: 1, step: 1 }),
        step = h('input', { type: 'number', id: 'cell-step', min: 1, step: 1 });
    const tabs = h('div', { class: 'tabs gates', role: 'radiogroup', 'aria-label': 'Gate' });
    const products = ledger('products', 'The products of this gate and their running sum'),
        last = ledger('last', 'The products of the last layer and their running sum'),
        closing = h('div', { class: 'closing' });
    const sums = h('p', { class: 'sums', id: 'cell-said', role: 'status', 'aria-live': 'polite' });
    const curve = h('div', { id: 'cell-curve' }),
        drawing = h('div', { id: 'cell-drawing' }),
        check = h('div', { id: 'cell-check' });
    const play = h(
        'button',
        { type: 'button', class: 'play', id: 'cell-play', onclick: () => (ticking ? stop() : start()) },
        'Play the window',
    );
    let ticking = 0;
    function stop() {
        clearInterval(ticking);
        ticking = 0;
        play.textContent = 'Play the window';
    }
    /** Bar after bar, as the network reads them. */
    function start() {
        app.set({ step: 0 });
        play.textContent = 'Stop';
        ticking = setInterval(() => {
            if (app.view.step >= app.inside.window - 1) stop();
            else app.set({ step: app.view.step + 1 });
        }, 350);
    }
    const lines = h('div', { class: 'lines' }),
        missing = h('p', { class: 'note' });
    $('cell').append(
        ...intro(
            'cell',
            1,
            'One number, all the way down',
            `Pick a gate: click a cell of the grid, or move over it with the arrow keys. Its number is a sum of products, what
        the bar shows times a weight and what the units said a bar earlier times another, squeezed through a curve. That is
        all there is; an LSTM is this, four times per unit and bar.`,
            [1],
        ),
        h(
            'div',
            { class: 'cell-top' },
            h(
                'figure',
                {},
                tabs,
                h('div', {}, grid),
                h('p', { class: 'legend-line', id: 'cell-legend' }),
                h(
                    'p',
                    { class: 'note', id: 'cell-keys' },
                    'Rows are units, columns the bars of the window, the newest on the right. Arrow keys move, g changes the gate.',
                ),
                h('div', { class: 'row' }, h('label', {}, 'Unit', unit), h('label', {}, 'Bar of the window', step), play),
            ),
            h(
                'figure',
                {},
                drawing,
                h('figcaption', { class: 'note' }, 'The cell of this unit at this bar: thick lines let much through. Click a gate.'),
            ),
        ),
        sums,
        h(
            'div',
            { class: 'cell-sum' },
            h('figure', {}, h('h3', {}, 'Products and their running sum'), products.element, missing),
            h('figure', {}, h('h3', { id: 'cell-curve-name' }), curve, check),
        ),
        h('h3', {}, 'The lines that compute it'),
        lines,
        closing,
    );

    const place = () => {
        const { units } = app.recurrent,
            T = app.inside.window,
            wide = grid.clientWidth - LEFT,
            high = grid.clientHeight - BOTTOM;
        return { units, T, cellWide: wide / T, cellHigh: high / units, wide, high };
    };
    const pick = (event) => {
        const box = grid.getBoundingClientRect(),
            { units, T, cellWide, cellHigh } = place();
        const t = Math.floor((event.clientX - box.left - LEFT) / cellWide),
            k = Math.floor((event.clientY - box.top) / cellHigh);
        if (t >= 0 && t < T && k >= 0 && k < units) app.set({ step: t, unit: k });
    };
    grid.addEventListener('click', pick);
    grid.addEventListener('keydown', (event) => {
        const move = { ArrowLeft: { step: -1 }, ArrowRight: { step: 1 }, ArrowUp: { unit: -1 }, ArrowDown: { unit: 1 } }[event.key];
        if (move) app.set({ step: app.view.step + (move.step || 0), unit: app.view.unit + (move.unit || 0) });
        else if (event.key === 'Home') app.set({ step: 0 });
        else if (event.key === 'End') app.set({ step: app.inside.window - 1 });
        else if (event.key === 'g') app.set({ gate: (app.view.gate + 1) % GATES[app.recurrent.kind].length });
        else return;
        event.preventDefault();
    });
    unit.addEventListener('change', () => app.set({ unit: Number(unit.value) - 1 }));
    step.addEventListener('change', () => app.set({ step: Number(step.value) - 1 }));

    function drawGrid() {
        const { kind, units } = app.recurrent,
            T = app.inside.window,
            { gates } = app.look(),
            which = GATES[kind][app.view.gate],
            columns = GATES[kind].length * units;
        const look = colours(),
            high = Math.max(4, Math.min(24, Math.floor(300 / units)));
        const { to, width } = sheet(grid, units * high + BOTTOM),
            box = { x: LEFT, y: 0, width: width - LEFT, height: units * high };
        heat(to, box, units, T, (k, t) => {
            const value = gates[t * columns + app.view.gate * units + k];
            return which.curve === 'tanh' ? look.div(value) : look.seq(value);
        });
        to.fillStyle = look.soft;
        to.textAlign = 'right';
        const every = Math.ceil(14 / high);
        for (let k = 0; k < units; k += every) to.fillText(k + 1, LEFT - 6, (k + 0.5) * high);
        to.textAlign = 'center';
        const wide = box.width / T,
            apart = Math.ceil(22 / wide);
        for (let t = T - 1; t >= 0; t -= apart) to.fillText(t + 1, LEFT + (t + 0.5) * wide, units * high + BOTTOM / 2 + 1);
        frame(to, LEFT + app.view.step * wide, app.view.unit * high, wide, high);
        $('cell-legend').replaceChildren(
            ...(which.curve === 'tanh' ? ['−1', bar((x) => look.div(2 * x - 1)), '1'] : ['0', bar(look.seq), '1']),
        );
    }
    const bar = (colour) =>
        h('i', {
            class: 'ramp',
            style: `background: linear-gradient(90deg, ${[0, 0.25, 0.5, 0.75, 1].map((x) => css(colour(x))).join(', ')})`,
        });
    function update(changed) {
        const { kind, units } = app.recurrent,
            all = GATES[kind],
            { gate, unit: k, step: t } = app.view,
            which = all[gate];
        if (ticking && (changed.has('layer') || changed.has('model') || changed.has('bar'))) stop();
        if (changed.has('layer') || changed.has('model')) {
            tabs.replaceChildren(
                ...all.map((one, i) =>
                    h(
                        'label',
                        {},
                        h('input', { type: 'radio', name: 'gate', value: i, onchange: () => app.set({ gate: i }) }),
                        h('span', { class: `gate-${one.key}` }, h('b', {}, one.key), ` ${one.name}`),
                    ),
                ),
            );
            unit.max = units;
            step.max = app.inside.window;
        }
        tabs.querySelectorAll('input')[gate].checked = true;
        unit.value = k + 1;
        step.value = t + 1;
        drawGrid();
        const { gates } = app.look(),
            columns = all.length * units,
            value = gates[t * columns + gate * units + k];
        grid.setAttribute(
            'aria-label',
            `${which.name} of ${units} units over ${app.inside.window} bars; unit ${k + 1}, bar ${t + 1}: ${number(value)}`,
        );
        const made = app.chain(gate, k, t);
        drawDrawing(made);
        if (made) {
            products.show(made.terms, name);
            drawCurve(which, made);
            missing.textContent = '';
        } else nothing();
        products.element.hidden = !made;
        if (changed.has('model') || changed.has('bar')) drawClosing();
        said(which, value, made);
        if (changed.has('layer') || changed.has('model') || changed.has('gate')) drawLines(kind, which.key);
    }
    function nothing() {
        const { index } = app.recurrent;
        missing.textContent =
            `Between the candles and this layer stands ‘${app.inside.layers[index - 1].text}’, ` +
            'whose numbers the module does not hand out; the products are those of a layer that reads the features or a recurrent layer.';
        curve.replaceChildren();
        check.replaceChildren();
        $('cell-curve-name').textContent = '';
    }
    /** What becomes of the last hidden state: the forecast. */
    function drawClosing() {
        const made = app.closing(),
            { index, units } = app.recurrents.at(-1),
            rest = app.inside.layers.slice(index + 1).map(({ text }) => `‘${text}’`);
        closing.replaceChildren(
            h('h3', {}, 'And from there to the forecast'),
            h(
                'p',
                { class: 'words' },
                `After the newest bar the ${units} numbers h of the last recurrent layer go on through ` +
                    `${rest.join(', ') || 'no other layer'}: ` +
                    (made ? 'once more products and a sum.' : 'not all of these are shown here.'),
            ),
            ...(made
                ? [
                      h(
                          'div',
                          { class: 'cell-sum' },
                          last.element,
                          h(
                              'figure',
                              {},
                              twice('output', app.output[0], made.output, 'the module’s output'),
                              h(
                                  'p',
                                  { class: 'note' },
                                  `output = ${made.activation === 'linear' ? number(made.z) : `${made.activation}(${number(made.z)})`}`,
                              ),
                          ),
                      ),
                  ]
                : []),
        );
        if (made)
            last.show(made.terms, (term) =>
                term.of === 'b' ? 'bias' : `${made.source ? `‘${made.source}’` : 'h'}, unit ${term.index + 1}`,
            );
    }

    function said(which, value, made) {
        const { unit: k, step: t } = app.view,
            time = app.columns.time[app.view.bar - app.inside.window + 1 + t];
        const meaning = app.header.meaning[app.recurrent.kind][which.key];
        sums.replaceChildren(
            h('b', {}, `${which.key} = ${number(value)}`),
            ` the ${which.name} of unit ${k + 1} at bar ${t + 1} of ${app.inside.window} (${when(time)} UTC)`,
            meaning ? `: ${meaning}` : '',
            '.',
            made ? ` ${made.terms.length} numbers add up to ${number(made.z)}.` : '',
        );
    }
    function name(term) {
        if (term.of === 'b') return 'bias';
        if (term.of === 'q') return 'second bias × r';
        if (term.of === 'h') return `h_before, unit ${term.index + 1}`;
        return app.recurrent.below !== null ? `h below, unit ${term.index + 1}` : app.inside.features[term.index];
    }
    function drawCurve(which, { z, gate }) {
        const f = CURVES[which.curve],
            low = which.curve === 'tanh' ? -1 : 0,
            reach = Math.max(6, Math.ceil(Math.abs(z)) + 1),
            W = 340,
            H = 190,
            L = 30,
            R = 8,
            T = 12,
            B = 26;
        const x = (v) => L + ((W - L - R) * (v + reach)) / (2 * reach),
            y = (v) => T + (H - T - B) * (1 - (v - low) / (1 - low));
        const path = Array.from({ length: 121 }, (_, i) => reach * (i / 60 - 1))
            .map((v, i) => `${i ? 'L' : 'M'}${x(v).toFixed(1)} ${y(f(v)).toFixed(1)}`)
            .join('');
        const ticks = [-reach, 0, reach].map((v) => s('text', { x: x(v), y: H - 8, 'text-anchor': 'middle' }, number(v, 0)));
        curve.replaceChildren(
            s(
                'svg',
                { viewBox: `0 0 ${W} ${H}`, role: 'img', 'aria-label': `${which.curve} of ${number(z)} is ${number(gate)}` },
                [low, (low + 1) / 2, 1].map((v) => [
                    s('line', { class: 'grid', x1: L, x2: W - R, y1: y(v), y2: y(v) }),
                    s('text', { x: L - 6, y: y(v) + 4, 'text-anchor': 'end' }, number(v, v % 1 ? 1 : 0)),
                ]),
                s('line', { class: 'grid', x1: x(0), x2: x(0), y1: y(low), y2: y(1) }),
                ticks,
                s('path', { class: 'curve', d: path }),
                s('path', { class: 'drop', d: `M${x(z)} ${y(low)}L${x(z)} ${y(f(z))}L${L} ${y(f(z))}` }),
                s('circle', { cx: x(z), cy: y(f(z)), r: 6, class: `point gate-${which.key}` }),
            ),
        );
        $('cell-curve-name').textContent = `${which.key} = ${which.curve}(${number(z)})`;
        const { unit: k, step: t } = app.view,
            { units } = app.recurrent,
            columns = GATES[app.recurrent.kind].length * units;
        const own = app.look().gates[t * columns + app.view.gate * units + k];
        check.replaceChildren(twice('gate', own, gate, 'the module'));
    }
    /** The same number twice, and the difference. */
    function twice(id, own, page, name) {
        const row = (title, key, value, text) =>
            h('tr', {}, h('th', { scope: 'row' }, title), h('td', { id: `${id}-${key}`, 'data-value': value }, text));
        return h(
            'table',
            { class: 'check-table' },
            h('caption', { class: 'visually-hidden' }, 'The same number twice'),
            h(
                'tbody',
                {},
                row(name, 'module', own, number(own, 8)),
                row('plain JavaScript', 'page', page, number(page, 8)),
                row('difference', 'difference', page - own, (page - own).toExponential(1).replaceAll('-', '−')),
            ),
        );
    }
    // ---- the cell of the header's drawing, with its numbers
    function drawDrawing() {
        const { kind, units } = app.recurrent,
            { unit: k, step: t } = app.view,
            { gates, cell: cells, hidden } = app.look(),
            columns = GATES[kind].length * units;
        const value = (g) => gates[t * columns + g * units + k],
            state = cells || hidden,
            was = t ? state[(t - 1) * units + k] : 0,
            now = state[t * units + k],
            out = hidden[t * units + k];
        drawing.replaceChildren(
            kind === 'lstm'
                ? lstm({ i: value(0), f: value(1), g: value(2), o: value(3), was, now, out })
                : gru({ r: value(0), z: value(1), n: value(2), was, out }),
        );
    }
    const thick = (x) => 1.2 + 6 * Math.min(1, Math.abs(x));
    const wire = (d, amount, mark) => s('path', { d, class: 'wire', 'stroke-width': thick(amount).toFixed(2), 'marker-end': mark });
    const node = (x, y, text) => [s('circle', { cx: x, cy: y, r: 13, class: 'node' }), s('text', { x, y: y + 5, class: 'op' }, text)];
    const label = (x, y, title, value, anchor = 'middle') => [
        s('text', { x, y, class: 'name', 'text-anchor': anchor }, title),
        s('text', { x, y: y + 17, class: 'figure', 'text-anchor': anchor }, number(value, 3)),
    ];
    function gate(x, y, key, value) {
        const at = GATES[app.recurrent.kind].findIndex((one) => one.key === key),
            chosen = at === app.view.gate;
        return s(
            'g',
            { class: `box gate-${key}${chosen ? ' chosen' : ''}`, onclick: () => app.set({ gate: at }) },
            s('rect', { x: x - 31, y, width: 62, height: 46, rx: 7 }),
            s('text', { x, y: y + 18, class: 'letter' }, key),
            s('text', { x, y: y + 36, class: 'figure' }, number(value, 3)),
        );
    }
    const told = (text, ...parts) => s('svg', { viewBox: '0 0 460 286', role: 'img', class: 'drawing', 'aria-label': text }, parts);
    function lstm({ i, f, g, o, was, now, out }) {
        return told(
            `c = f times c before plus i times g: ${number(f, 3)} times ${number(was, 3)} plus ${number(i, 3)} times ${number(g, 3)} = ` +
                `${number(now, 3)}; h = o times tanh c = ${number(out, 3)}`,
            wire('M70 52H106', was),
            wire('M132 52H213', f * was),
            wire('M239 52H330', now),
            wire('M330 52H392', now),
            wire('M120 186V65', f),
            wire('M226 128V65', i * g),
            wire('M192 186V141H213', i),
            wire('M260 186V141H239', g),
            wire('M340 52V88', now),
            wire('M340 112V128', Math.tanh(now)),
            wire('M340 186V154', o),
            wire('M353 141H392', out),
            node(120, 52, '×'),
            node(226, 52, '+'),
            node(226, 141, '×'),
            node(340, 141, '×'),
            s('rect', { x: 314, y: 88, width: 52, height: 24, rx: 12, class: 'node' }),
            s('text', { x: 340, y: 105, class: 'op small' }, 'tanh'),
            label(36, 46, 'c before', was),
            label(424, 46, 'c', now),
            label(424, 135, 'h', out),
            gate(120, 186, 'f', f),
            gate(192, 186, 'i', i),
            gate(264, 186, 'g', g),
            gate(340, 186, 'o', o),
            s(
                'text',
                { x: 230, y: 256, class: 'equation' },
                `c = ${number(f, 3)} · ${number(was, 3)} + ${number(i, 3)} · ${number(g, 3)} = ${number(f * was + i * g, 3)}`,
            ),
            s(
                'text',
                { x: 230, y: 277, class: 'equation' },
                `h = ${number(o, 3)} · tanh(${number(now, 3)}) = ${number(o * Math.tanh(now), 3)}`,
            ),
        );
    }
    function gru({ r, z, n, was, out }) {
        return told(
            `h = n plus z times h before minus n: ${number(n, 3)} plus ${number(z, 3)} times ${number(was, 3)} minus ${number(n, 3)} = ` +
                number(out, 3),
            wire('M70 52H176', was),
            wire('M202 52H287', z * was),
            wire('M313 52H392', out),
            wire('M189 186V65', z),
            wire('M300 186V65', (1 - z) * n),
            wire('M109 209H268', r),
            node(189, 52, '×'),
            node(300, 52, '+'),
            label(36, 46, 'h before', was),
            label(424, 46, 'h', out),
            gate(78, 186, 'r', r),
            gate(189, 186, 'z', z),
            gate(300, 186, 'n', n),
            s('text', { x: 312, y: 128, class: 'note-text', 'text-anchor': 'start' }, '(1 − z) n'),
            s(
                'text',
                { x: 230, y: 266, class: 'equation' },
                `h = ${number(z, 3)} · ${number(was, 3)} + ${number(1 - z, 3)} · ${number(n, 3)} = ${number(z * was + (1 - z) * n, 3)}`,
            ),
        );
    }
    function drawLines(kind, key) {
        const block = (title, rows) =>
            h(
                'div',
                {},
                h('p', { class: 'note' }, title),
                h(
                    'pre',
                    { tabindex: 0, 'aria-label': title },
                    rows.map(({ line, text, keys }) =>
                        h('span', { class: keys.includes(key) ? 'line on' : 'line' }, h('i', {}, String(line)), text || ' '),
                    ),
                ),
            );
        const { equations, code } = app.header[kind];
        lines.replaceChildren(
            block(`The equations, lstmfc.h ${equations[0].line} to ${equations.at(-1).line}`, equations),
            block(
                `The code, lstmfc.h ${code[0].line} to ${code.at(-1).line}${
                    kind === 'lstm' ? ' (the textbook form; the module runs a faster one with the same sums)' : ''
                }`,
                code,
            ),
        );
    }
    return { update, draw: framed(drawGrid) };
}
