// Part 5: past windows that left the network in nearly the same state, and what followed them.
import { $, breath, h, number, percent, s, when } from './inside-look.js';
import { coin, nearest } from './inside-sums.js';

const MOST = 8,
    SLICE = 16; // how many; ms of work between two breaths

export function alikes(app, intro) {
    const status = h('p', { class: 'readout', id: 'alike-status', role: 'status', 'aria-live': 'polite' }),
        bar = h('progress', { max: 1, value: 0, 'aria-label': 'Look-alikes' });
    const own = h('div', { class: 'ours', id: 'alike-own' }),
        shuffled = h('div', { id: 'alike-shuffled' }),
        every = h('div', { id: 'alike-every' });
    $('alike').append(
        ...intro(
            'alike',
            5,
            'Look-alikes',
            `After its window the network keeps only the hidden state. Which past windows left it in the state nearest to the one
        it is in now, and what followed each? Windows that overlap are left out, so that the eight are eight. Beside them:
        the same for a network of the same shape whose labels were shuffled before it was trained, so that it could learn
        nothing, and every bar.`,
            [9],
        ),
        status,
        bar,
        h('div', { class: 'alike' }, own, shuffled, every),
        h('p', { class: 'caption', id: 'alike-caption' }),
    );

    let run = 0,
        states = null,
        other = null;
    const layer = () => app.recurrents.at(-1);
    /** What the network is shown at some bars; null: at none of them. */
    function shown(inside, first, count) {
        try {
            return inside.rows(app.candles, first, count);
        } catch (e) {
            if (e.kind !== 'data') throw e;
            return null;
        }
    }
    async function all(inside, told) {
        const { index, units } = layer(),
            n = app.candles.length,
            from = app.inside.window - 1,
            size = app.inside.window * app.inside.inputs,
            some = Math.max(1, Math.ceil(4e6 / size)), // windows at a time: 16 MB
            found = new Float32Array((n - from) * units).fill(NaN);
        let rows = null,
            first = 0,
            end = 0;
        let step = 16;
        for (let t = from; t < n; ) {
            if (t >= end) {
                first = t;
                end = Math.min(n, t + some);
                rows = shown(inside, first, end - first);
                await breath();
                if (told.stopped()) return null;
            }
            const count = Math.min(step, end - t),
                begun = performance.now();
            if (rows) found.set(inside.hidden(rows.subarray((t - first) * size, (t + count - first) * size), index), (t - from) * units);
            t += count;
            const took = performance.now() - begun;
            step = Math.max(1, Math.min(512, Math.round((step * SLICE) / Math.max(took, 1))));
            told((t - from) / (n - from));
            await breath();
            if (told.stopped()) return null;
        }
        return found;
    }
    async function start() {
        const mine = ++run,
            { inside } = app,
            told = (part) => {
                bar.value = part;
            };
        told.stopped = () => mine !== run || inside !== app.inside; // it is freed then
        states = other = null;
        own.replaceChildren();
        shuffled.replaceChildren();
        every.replaceChildren();
        bar.hidden = false;
        app.blind?.free();
        app.blind = null;
        status.textContent = 'The hidden state of every window …';
        await new Promise((go) => {
            setTimeout(go, 50);
        });
        if (told.stopped()) return;
        states = await all(inside, told);
        if (told.stopped()) return;
        show();
        status.textContent = 'A network of the same shape on shuffled labels …';
        try {
            const epochs = Math.max(1, Math.min(20, app.info.epochs)),
                training = inside.shuffled(app.candles, { epochs, seed: 1 });
            let blind = null,
                begun = performance.now();
            for (;;) {
                const { done, value } = training.next();
                if (done) {
                    blind = value;
                    break;
                }
                if (performance.now() - begun < SLICE) continue;
                bar.removeAttribute('value');
                await breath();
                if (told.stopped()) {
                    training.return();
                    return;
                }
                begun = performance.now();
            }
            app.blind = blind;
            bar.value = 0;
            other = await all(blind, told);
            if (told.stopped()) return;
            status.textContent = `The other network was trained for ${epochs} epochs on shuffled labels.`;
        } catch (e) {
            if (told.stopped()) return;
            status.textContent = '';
            shuffled.replaceChildren(h('h3', {}, 'Labels shuffled'), h('p', { class: 'note' }, `Not for this target: ${e.message}.`));
        }
        bar.hidden = true;
        show();
    }
    const after = (t) => Math.log(app.columns.close[t + app.info.horizon] / app.columns.close[t]);
    function found(of) {
        const { units } = layer(),
            T = app.inside.window;
        return nearest({ states: of, units, first: T - 1, bar: app.view.bar, horizon: app.info.horizon, apart: T, most: MOST });
    }
    function sum(moves) {
        const mean = moves.reduce((a, b) => a + b, 0) / moves.length,
            up = moves.filter((x) => x > 0).length;
        return {
            mean,
            up,
            n: moves.length,
            size: moves.reduce((a, b) => a + Math.abs(b), 0) / moves.length,
            spread: Math.sqrt(moves.reduce((a, b) => a + (b - mean) ** 2, 0) / Math.max(1, moves.length - 1)),
        };
    }
    function column(into, title, list, seen) {
        const moves = list.map(({ bar }) => after(bar)),
            made = sum(moves);
        into.dataset.bars = JSON.stringify(list.map(({ bar }) => bar));
        into.replaceChildren(
            h('h3', {}, title),
            figures(made),
            h(
                'ol',
                { class: 'minis' },
                list.map(({ bar: t, distance }, i) =>
                    h(
                        'li',
                        {},
                        mini(t),
                        h('span', {}, when(app.columns.time[t])),
                        h('b', { class: moves[i] > 0 ? 'good' : 'bad' }, percent(moves[i], 2)),
                        h(
                            'small',
                            {},
                            `distance ${number(distance, 3)}${seen && app.columns.time[t] <= app.info.seen_to ? ', trained on' : ''}`,
                        ),
                    ),
                ),
            ),
        );
    }
    const figures = ({ mean, up, n, size }) =>
        h(
            'dl',
            { class: 'figures' },
            h('div', {}, h('dt', {}, 'went up'), h('dd', {}, n > 99 ? percent(up / n) : `${up} of ${n}`)),
            h('div', {}, h('dt', {}, 'mean move'), h('dd', {}, percent(mean, 3))),
            h('div', {}, h('dt', {}, 'mean size'), h('dd', {}, percent(size, 3))),
        );
    /** The window in grey, what followed in colour. */
    function mini(t) {
        const T = app.inside.window,
            more = Math.max(app.info.horizon, Math.round(T / 3)),
            end = Math.min(app.candles.length - 1, t + more),
            { close } = app.columns,
            W = 132,
            H = 44;
        let least = Infinity,
            most = -Infinity;
        for (let k = t - T + 1; k <= end; k++) {
            least = Math.min(least, close[k]);
            most = Math.max(most, close[k]);
        }
        const x = (k) => 2 + ((W - 4) * (k - t + T - 1)) / (T - 1 + more),
            y = (k) => 3 + (H - 6) * (1 - (close[k] - least) / (most - least || 1));
        const path = (from, to) =>
            Array.from({ length: to - from + 1 }, (_, i) => `${i ? 'L' : 'M'}${x(from + i).toFixed(1)} ${y(from + i).toFixed(1)}`).join('');
        const to = Math.min(end, t + app.info.horizon),
            good = close[to] > close[t];
        return s(
            'svg',
            { viewBox: `0 0 ${W} ${H}`, 'aria-hidden': 'true' },
            s('line', { class: 'grid', x1: x(t), x2: x(t), y1: 0, y2: H }),
            s('path', { class: 'past', d: path(t - T + 1, t) }),
            s('path', { class: `next ${good ? 'up' : 'down'}`, d: path(t, to) }),
            to < end ? s('path', { class: 'later', d: path(to, end) }) : null,
            s('circle', { cx: x(to), cy: y(to), r: 2.5, class: good ? 'up' : 'down' }),
        );
    }
    function show() {
        if (!states) return;
        const mine = found(states),
            theirs = other ? found(other) : null,
            { horizon } = app.info,
            T = app.inside.window,
            moves = [];
        column(own, 'This network', mine, true);
        if (theirs) column(shuffled, 'Labels shuffled', theirs, false);
        else if (!shuffled.firstChild)
            shuffled.replaceChildren(h('h3', {}, 'Labels shuffled'), h('p', { class: 'note' }, 'Being trained …'));
        for (let t = T - 1; t + horizon <= app.view.bar; t++) moves.push(after(t));
        const made = sum(moves),
            { n, spread } = made,
            mineUp = mine.filter(({ bar: t }) => after(t) > 0).length,
            known = mine.filter(({ bar: t }) => app.columns.time[t] <= app.info.seen_to).length;
        every.replaceChildren(
            h('h3', {}, 'Every bar before'),
            figures(made),
            h(
                'p',
                { class: 'note' },
                `${n.toLocaleString('en-GB')} bars; a move is ${percent(spread, 2)} wide (standard deviation), ` +
                    `the mean of eight ${percent(spread / Math.sqrt(MOST), 2)}.`,
            ),
        );
        const told = known ? `${known} of the ${mine.length} are bars this network was trained on: it has been told what followed. ` : '';
        $('alike-caption').replaceChildren(
            h('b', {}, 'Eight examples prove nothing. '),
            mine.length
                ? told +
                      `A fair coin lies as far from half as ${mineUp} of ${mine.length}, or farther, in ` +
                      `${percent(coin(mineUp, mine.length), 0)} of all cases, and the network with nothing to learn ` +
                      'finds look-alikes as readily.'
                : 'There are no earlier windows to compare.',
        );
    }
    function update(changed) {
        if (changed.has('model')) start();
        else if (changed.has('bar')) show();
    }
    return { update, draw() {} };
}
