// Part 4: the forecast after a candle is moved or a gate is muted.
import { $, framed, h, number, percent, price, s, signed, when } from './inside-look.js';
import { GATES } from './inside-sums.js';
import { gateOf } from './inside-gradients.js';

const H = 250,
    TOP = 12,
    BOTTOM = 22,
    RIGHT = 62;
const MUTED = { sigmoid: -100, tanh: 0 }; // the sum of a gate that is shut

export function whatIf(app, intro) {
    const chart = s('svg', {
        class: 'move',
        role: 'group',
        'aria-label': 'Candles of the window; each is a slider of its close',
    });
    const before = h('dd'),
        after = h('dd'),
        change = h('dd', { id: 'change' }),
        scale = h('div', { class: 'gauge', 'aria-hidden': 'true' });
    const gate = h('select', { id: 'mute-gate', onchange: mute }),
        unit = h('select', { id: 'mute-unit', onchange: mute });
    const said = h('p', { class: 'readout', id: 'whatif-said', role: 'status', 'aria-live': 'polite' });
    const back = h(
        'button',
        {
            type: 'button',
            id: 'whatif-reset',
            onclick: () => {
                moved.clear();
                gate.value = 'none';
                compute();
                draw();
            },
        },
        'As it was',
    );
    $('whatif').append(
        ...intro(
            'whatif',
            4,
            'What if',
            `Drag a candle up or down: its close moves, with it whatever features see it, and the forecast. Or mute a gate: its
        weights become 0 and its bias so low that it is shut, for one unit or for all. What hardly moves the forecast, the
        network hardly uses.`,
            [2],
        ),
        h(
            'div',
            { class: 'whatif' },
            h(
                'figure',
                {},
                chart,
                h(
                    'p',
                    { class: 'note' },
                    'With the keyboard: Tab to the candles, left and right choose one, up and down move its close by 0.1 %, ' +
                        'Page Up and Page Down by 1 %, Delete puts it back.',
                ),
            ),
            h(
                'div',
                { class: 'panel' },
                h('dl', { class: 'tiles' }, h('div', {}, h('dt', {}, 'As it was'), before), h('div', {}, h('dt', {}, 'Now'), after)),
                scale,
                h('dl', { class: 'change' }, h('dt', {}, 'Change'), change),
                h('div', { class: 'row two' }, h('label', {}, 'Mute', gate), h('label', {}, 'of', unit)),
                back,
                said,
            ),
        ),
    );

    const moved = new Map(); // bar: close
    let chosen = 0,
        least = 0,
        most = 1,
        now = null,
        value = null,
        dragging = null,
        failed = '';
    const first = () => app.view.bar - app.inside.window + 1;
    const closeOf = (t) => moved.get(t) ?? app.columns.close[t];
    const y = (x) => TOP + (H - TOP - BOTTOM) * (1 - (x - least) / (most - least));

    function compute() {
        const { bar } = app.view,
            kind = gate.value === 'none' ? null : app.recurrent.kind;
        app.edited.reset();
        if (kind)
            gateOf(
                app.edited,
                app.recurrent.index,
                kind,
                app.recurrent.units,
                Number(gate.value),
                MUTED[GATES[kind][gate.value].curve],
                unit.value === 'all' ? null : Number(unit.value),
            );
        failed = '';
        let rows = app.rows;
        value = null;
        if (moved.size) {
            const columns = Object.fromEntries(Object.entries(app.columns).map(([name, all]) => [name, all.slice(0, bar + 1)]));
            for (const [t, close] of moved) {
                columns.close[t] = close;
                columns.high[t] = Math.max(columns.high[t], close);
                columns.low[t] = Math.min(columns.low[t], close);
            }
            let candles = null;
            try {
                candles = app.lstmfc.candles(columns);
                rows = app.edited.rows(candles, bar);
                if (!kind) value = app.model.predictAll(candles, bar, 1).value[0];
            } catch (e) {
                failed = e.message;
            } finally {
                candles?.free();
            }
        } else if (!kind) value = app.value;
        now = failed ? null : app.edited.predict(rows);
        show();
    }
    function show() {
        const was = app.output[0],
            is = now ? now[0] : NaN,
            direction = app.info.target === 'direction',
            text = direction ? (x) => percent(x, 2) : (x) => number(x);
        const label = direction ? 'P(up)' : 'output';
        before.replaceChildren(
            h('span', { id: 'before', 'data-value': was }, text(was)),
            h('small', {}, label, direction ? '' : `, forecast ${app.unit(app.value)}`),
        );
        after.replaceChildren(
            h('span', { id: 'after', 'data-value': is }, text(is)),
            h('small', {}, label, direction || value === null ? '' : `, forecast ${app.unit(value)}`),
        );
        change.textContent = direction ? `${signed(100 * (is - was), 2)} points` : signed(is - was);
        change.className = is > was ? 'good' : is < was ? 'bad' : '';
        const reach = direction ? [0, 1] : [Math.min(-2, was, is), Math.max(2, was, is)],
            at = (x) => `${((100 * (x - reach[0])) / (reach[1] - reach[0])).toFixed(2)}%`;
        scale.replaceChildren(
            h('i', { class: 'middle', style: `left: ${at(direction ? 0.5 : 0)}` }),
            h('b', { class: 'was', style: `left: ${at(was)}` }),
            h('b', { class: 'is', style: `left: ${at(is)}` }),
            h('span', { class: 'least' }, text(reach[0])),
            h('span', { class: 'most' }, text(reach[1])),
        );
        const t = first() + chosen,
            parts = [];
        if (moved.size) parts.push(`${moved.size} candle${moved.size > 1 ? 's' : ''} moved`);
        if (gate.value !== 'none')
            parts.push(
                `${GATES[app.recurrent.kind][gate.value].key} muted in ` +
                    (unit.value === 'all' ? 'all units' : `unit ${Number(unit.value) + 1}`),
            );
        said.textContent =
            failed ||
            (parts.length
                ? `${parts.join(', ')}: ${label} ${text(was)} → ${text(is)}. Bar ${chosen + 1} closes at ${price(closeOf(t))}.`
                : 'Nothing is changed yet.');
        back.disabled = !parts.length;
    }
    function mute() {
        unit.disabled = gate.value === 'none';
        compute();
        draw();
    }
    /** The scale of prices holds still while a candle is dragged. */
    function rescale() {
        least = Infinity;
        most = -Infinity;
        for (let t = first(); t <= app.view.bar; t++) {
            least = Math.min(least, app.columns.low[t], closeOf(t));
            most = Math.max(most, app.columns.high[t], closeOf(t));
        }
        const room = (most - least) * 0.25 || most * 0.01;
        least = Math.max(most * 1e-6, least - room);
        most += room;
    }
    function draw() {
        if (!app.inside) return;
        const T = app.inside.window,
            W = Math.max(260, chart.parentElement.clientWidth),
            wide = (W - RIGHT) / T,
            focused = chart.contains(document.activeElement),
            parts = [];
        for (const value of [0.1, 0.5, 0.9].map((part) => least + part * (most - least)))
            parts.push(
                s('line', { class: 'grid', x1: 0, x2: W - RIGHT, y1: y(value), y2: y(value) }),
                s('text', { x: W - RIGHT + 6, y: y(value) + 4 }, price(value)),
            );
        for (let i = 0; i < T; i++) {
            const t = first() + i,
                x = (i + 0.5) * wide,
                open = app.columns.open[t],
                close = closeOf(t),
                high = Math.max(app.columns.high[t], close),
                low = Math.min(app.columns.low[t], close);
            const body = Math.max(2, wide * 0.62),
                top = Math.min(y(open), y(close));
            parts.push(
                s(
                    'g',
                    {
                        class: `candle ${close >= open ? 'up' : 'down'}${moved.has(t) ? ' moved' : ''}${i === chosen ? ' chosen' : ''}`,
                        role: 'slider',
                        tabindex: i === chosen ? 0 : -1,
                        'data-bar': i,
                        'aria-label': `Close of bar ${i + 1} of ${T}, ${when(app.columns.time[t])} UTC`,
                        'aria-orientation': 'vertical',
                        'aria-valuemin': number(least, 2).replaceAll('−', '-'),
                        'aria-valuemax': number(most, 2),
                        'aria-valuenow': close,
                        'aria-valuetext': price(close),
                    },
                    s('rect', { class: 'hit', x: i * wide, y: 0, width: wide, height: H - BOTTOM }),
                    s('line', { x1: x, x2: x, y1: y(high), y2: y(low) }),
                    s('rect', { class: 'body', x: x - body / 2, y: top, width: body, height: Math.max(1.5, Math.abs(y(open) - y(close))) }),
                    moved.has(t) ? s('path', { class: 'was', d: `M${x - body} ${y(app.columns.close[t])}H${x + body}` }) : null,
                ),
            );
        }
        parts.push(
            s('text', { x: 0, y: H - 6 }, when(app.columns.time[first()])),
            s('text', { x: W - RIGHT, y: H - 6, 'text-anchor': 'end' }, when(app.columns.time[app.view.bar])),
        );
        chart.setAttribute('viewBox', `0 0 ${W} ${H}`);
        chart.replaceChildren(...parts);
        if (focused) chart.querySelector('[tabindex="0"]').focus();
    }
    function move(t, close) {
        if (Math.abs(close - app.columns.close[t]) < 1e-12) moved.delete(t);
        else moved.set(t, Math.max(close, app.columns.close[t] * 0.01));
        compute();
    }
    const redraw = framed(draw);
    const settle = framed(() => {
        compute();
        draw();
    });
    chart.addEventListener('pointerdown', (event) => {
        const hit = event.target.closest('[data-bar]');
        if (!hit) return;
        chosen = Number(hit.dataset.bar);
        dragging = {
            t: first() + chosen,
            from: event.clientY,
            close: closeOf(first() + chosen),
            per: ((most - least) / (H - TOP - BOTTOM)) * (H / chart.getBoundingClientRect().height),
        };
        chart.setPointerCapture(event.pointerId);
        draw();
        chart.querySelector('[tabindex="0"]').focus({ preventScroll: true });
        event.preventDefault();
    });
    chart.addEventListener('pointermove', (event) => {
        if (!dragging) return;
        const close = Math.min(most, Math.max(least, dragging.close - (event.clientY - dragging.from) * dragging.per));
        moved.set(dragging.t, close);
        settle();
    });
    const drop = () => {
        if (dragging) {
            dragging = null;
            rescale();
            redraw();
        }
    };
    chart.addEventListener('pointerup', drop);
    chart.addEventListener('pointercancel', drop);
    chart.addEventListener('keydown', (event) => {
        const T = app.inside.window,
            t = first() + chosen,
            part = { ArrowUp: 0.001, ArrowDown: -0.001, PageUp: 0.01, PageDown: -0.01 }[event.key];
        if (part) {
            move(t, closeOf(t) + part * app.columns.close[t]);
            rescale();
        } else if (event.key === 'ArrowLeft') chosen = Math.max(0, chosen - 1);
        else if (event.key === 'ArrowRight') chosen = Math.min(T - 1, chosen + 1);
        else if (event.key === 'Home') chosen = 0;
        else if (event.key === 'End') chosen = T - 1;
        else if (event.key === 'Delete' || event.key === 'Backspace') {
            moved.delete(t);
            compute();
        } else return;
        event.preventDefault();
        draw();
        show();
    });
    function update(changed) {
        if (!['model', 'bar', 'layer'].some((each) => changed.has(each))) return;
        if (changed.has('model') || changed.has('layer')) {
            const { kind, units } = app.recurrent;
            gate.replaceChildren(
                h('option', { value: 'none' }, 'no gate'),
                ...GATES[kind].map((one, i) => h('option', { value: i }, `${one.key}, ${one.name}`)),
            );
            unit.replaceChildren(
                h('option', { value: 'all' }, 'all units'),
                ...Array.from({ length: units }, (_, k) => h('option', { value: k }, `unit ${k + 1}`)),
            );
            unit.disabled = true;
        }
        if (changed.has('model') || changed.has('bar')) {
            moved.clear();
            chosen = app.inside.window - 1;
            rescale();
        }
        compute();
        draw();
    }
    return { update, draw: redraw };
}
