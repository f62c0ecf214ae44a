// Part 2: all gates and cells of a window under its candles, the units sorted by how long they remember.
import { $, candlesticks, colours, frame, framed, h, heat, number, sheet, signed, when } from './inside-look.js';
import { GATES, KEEPER, memory } from './inside-sums.js';

const LEFT = 34,
    GAP = 22,
    CANDLES = 130;

export function memories(app, intro) {
    const canvas = h('canvas', {
        id: 'memory-map',
        tabindex: 0,
        role: 'application',
        'aria-roledescription': 'map of gates and cells',
        'aria-describedby': 'memory-keys',
    });
    const readout = h('p', { class: 'readout', id: 'memory-said', role: 'status', 'aria-live': 'polite' });
    const sorted = h('input', {
        type: 'checkbox',
        checked: true,
        id: 'memory-sorted',
        onchange: () => {
            order();
            draw();
        },
    });
    $('memory').append(
        ...intro(
            'memory',
            2,
            'A map of the memory',
            `Each row is a unit, each column a bar, on the time axis of the candles. A unit whose forget gate stays near 1
        carries its cell from bar to bar; near 0 it forgets at once. A cell that is scaled by f at every bar falls to 1/e
        after −1/ln f bars: the bars on the right, from each unit’s mean f, and the order of the rows. Gates run from faint at
        0 to strong at 1; in candidate and cell blue is above 0, orange below.`,
            [1],
        ),
        h('label', { class: 'tick' }, sorted, 'Longest memory first'),
        h('div', { class: 'map' }, canvas),
        readout,
        h('p', { class: 'note', id: 'memory-keys' }, 'Click, or move with the arrow keys: the cell of part 1 follows.'),
    );

    let units = [],
        keeps = [],
        place = null;
    function order() {
        const { kind, units: H } = app.recurrent,
            T = app.inside.window,
            { gates } = app.look(),
            columns = GATES[kind].length * H;
        keeps = Array.from({ length: H }, (_, k) => {
            let sum = 0;
            for (let t = 0; t < T; t++) sum += gates[t * columns + KEEPER * H + k];
            return sum / T;
        });
        units = keeps.map((_, k) => k);
        if (sorted.checked) units.sort((a, b) => keeps[b] - keeps[a]);
    }
    /** What is shown, from top to bottom. */
    function maps() {
        const { kind, units: H } = app.recurrent,
            { gates, cell, hidden } = app.look(),
            columns = GATES[kind].length * H;
        const of = (g) => (t, k) => gates[t * columns + g * H + k];
        const places = kind === 'lstm' ? [1, 0, 2, 3] : [1, 0, 2],
            state = cell || hidden;
        const all = places.map((g) => ({
            key: GATES[kind][g].key,
            name: GATES[kind][g].name,
            value: of(g),
            two: GATES[kind][g].curve === 'tanh',
            most: 1,
            gate: g,
        }));
        let most = 1e-9;
        for (const x of state) most = Math.max(most, Math.abs(x));
        return [...all, { key: cell ? 'c' : 'h', name: cell ? 'cell' : 'state', value: (t, k) => state[t * H + k], two: true, most }];
    }

    function draw() {
        if (!units.length) return;
        const { units: H } = app.recurrent,
            T = app.inside.window,
            look = colours(),
            all = maps();
        const high = Math.max(3, Math.min(16, Math.floor(130 / H))),
            right = canvas.parentElement.clientWidth < 560 ? 66 : 150;
        const { to, width } = sheet(canvas, CANDLES + all.length * (H * high + GAP) + 8);
        const wide = (width - LEFT - right) / T,
            first = app.view.bar - T + 1,
            row = units.indexOf(app.view.unit);
        const { most, least, y } = candlesticks(
            to,
            { x: LEFT, y: 4, width: T * wide, height: CANDLES - 8 },
            app.columns,
            first,
            app.view.bar + 1,
        );
        to.fillStyle = look.soft;
        to.textAlign = 'left';
        for (const value of [most, least]) to.fillText(number(value, most > 100 ? 0 : 3), LEFT + T * wide + 6, y(value));
        place = { wide, high, T, H, tops: [] };
        all.forEach((map, i) => {
            const top = CANDLES + GAP + i * (H * high + GAP);
            place.tops.push({ top, map });
            to.fillStyle = look.ink;
            to.textAlign = 'left';
            to.font = '600 11px system-ui, sans-serif';
            to.fillText(`${map.key}  ${map.name}`, LEFT, top - 9);
            to.font = '11px system-ui, sans-serif';
            to.fillStyle = look.soft;
            if (i || right < 100) to.fillText(map.two ? `±${number(map.most, 2)}` : '0 … 1', LEFT + T * wide + 8, top - 9);
            heat(to, { x: LEFT, y: top, width: T * wide, height: H * high }, H, T, (r, t) =>
                (map.two ? look.div : look.seq)(map.value(t, units[r]) / map.most),
            );
            to.textAlign = 'right';
            const every = Math.ceil(13 / high);
            for (let r = 0; r < H; r += every) to.fillText(units[r] + 1, LEFT - 6, top + (r + 0.5) * high);
        });
        bars(to, look, { x: LEFT + T * wide + 8, width: right - 12, top: place.tops[0].top, high });
        to.strokeStyle = look.ink;
        to.globalAlpha = 0.35;
        to.lineWidth = 1;
        const x = LEFT + (app.view.step + 0.5) * wide;
        to.beginPath();
        to.moveTo(x, 0);
        to.lineTo(x, place.tops.at(-1).top + H * high);
        to.stroke();
        to.globalAlpha = 1;
        for (const { top } of place.tops) frame(to, LEFT + app.view.step * wide, top + row * high, wide, high);
    }
    /** Beside the map of the gate that keeps: how many bars it does. */
    function bars(to, look, { x, width, top, high }) {
        const times = units.map((k) => memory(keeps[k])),
            most = Math.max(...times.filter(Number.isFinite), 1),
            words = width > 90;
        to.textAlign = 'left';
        if (words) {
            to.fillStyle = look.soft;
            to.fillText('bars it remembers', x, top - 9);
        }
        times.forEach((time, r) => {
            const long = (width - (words ? 44 : 34)) * Math.min(1, time / most);
            to.fillStyle = look.text('--gate-f');
            to.fillRect(x, top + r * high + Math.min(2, high * 0.2), Math.max(1, long), Math.max(1, high - Math.min(4, high * 0.4)));
            if (high >= 11) {
                to.fillStyle = look.ink;
                to.fillText(number(time, 1), x + long + 5, top + (r + 0.5) * high);
            }
        });
    }
    function say() {
        const { unit: k, step: t, bar } = app.view,
            T = app.inside.window;
        canvas.setAttribute('aria-label', `Gates and cells of ${app.recurrent.units} units over ${T} bars; unit ${k + 1}, bar ${t + 1}`);
        readout.replaceChildren(
            h('b', {}, `Unit ${k + 1}, bar ${t + 1} of ${T}`),
            ` (${when(app.columns.time[bar - T + 1 + t])} UTC): ${maps()
                .map((map) => `${map.key} ${map.two ? signed(map.value(t, k), 3) : number(map.value(t, k), 3)}`)
                .join(', ')}. Mean ${GATES[app.recurrent.kind][KEEPER].key} ${number(
                keeps[k],
                3,
            )}: it remembers ${number(memory(keeps[k]), 1)} bars.`,
        );
    }
    canvas.addEventListener('click', (event) => {
        const box = canvas.getBoundingClientRect(),
            t = Math.floor((event.clientX - box.left - LEFT) / place.wide),
            y = event.clientY - box.top;
        const hit = place.tops.find(({ top }) => y >= top && y < top + place.H * place.high);
        if (t < 0 || t >= place.T) return;
        app.set({
            step: t,
            ...(hit
                ? { unit: units[Math.floor((y - hit.top) / place.high)], ...(hit.map.gate === undefined ? {} : { gate: hit.map.gate }) }
                : {}),
        });
    });
    canvas.addEventListener('keydown', (event) => {
        const row = units.indexOf(app.view.unit),
            H = units.length;
        if (event.key === 'ArrowLeft' || event.key === 'ArrowRight')
            app.set({ step: app.view.step + (event.key === 'ArrowLeft' ? -1 : 1) });
        else if (event.key === 'ArrowUp' || event.key === 'ArrowDown')
            app.set({ unit: units[Math.min(H - 1, Math.max(0, row + (event.key === 'ArrowUp' ? -1 : 1)))] });
        else return;
        event.preventDefault();
    });
    return {
        update(changed) {
            if (['model', 'bar', 'layer'].some((each) => changed.has(each))) order();
            draw();
            say();
        },
        draw: framed(draw),
    };
}
