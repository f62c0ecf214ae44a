// Charts on uPlot: one look, one way to be driven by mouse, touch and keyboard, and a table behind each. Colours are the custom
// properties of style.css, read when something is drawn, so that a change of theme is a redraw.
import uPlot from 'uplot';
import { el, stamp } from './text.js';

let colours = {};
export function colour(name) {
    return (colours[name] ??= getComputedStyle(document.documentElement).getPropertyValue(name).trim() || '#888');
}
const charts = new Set();
export function recolour() {
    colours = {};
    for (const chart of charts) chart.u?.redraw(false, true);
}

const utc = (seconds) => uPlot.tzDate(new Date(seconds * 1000), 'Etc/UTC');
const DAY = '{YYYY}-{MM}-{DD}',
    MONTH = '{MMM} {YYYY}',
    HOUR = '{HH}:{mm}',
    SHORT = '{D} {MMM}';
const TICKS = [
    // from this many seconds on: what stands at a tick, and below it where a unit begins
    [3600 * 24 * 365, '{YYYY}', null, null, null, null, null, null, 1],
    [3600 * 24 * 28, '{MMM}', '\n{YYYY}', null, null, null, null, null, 1],
    [3600 * 24, SHORT, '\n{YYYY}', null, null, null, null, null, 1],
    [3600, HOUR, '\n' + SHORT + ' {YYYY}', null, '\n' + SHORT, null, null, null, 1],
    [60, HOUR, '\n' + SHORT + ' {YYYY}', null, '\n' + SHORT, null, null, null, 1],
];
export const whole = uPlot.fmtDate(`${DAY} ${HOUR}`),
    month = uPlot.fmtDate(MONTH);

/** Charts that show the same time: one window, one cursor. */
export class Group {
    constructor() {
        this.charts = [];
        this.view = null;
        this.busy = false;
    }
    add(chart) {
        this.charts.push(chart);
    }
    /** null: all there is. */
    setView(view) {
        this.view = view;
        for (const chart of this.charts) chart.applyView();
        this.onview?.(view);
    }
    point(from, x) {
        if (this.busy) return;
        this.busy = true;
        for (const chart of this.charts) if (chart !== from) chart.pointAt(x, false);
        this.busy = false;
    }
}

/** spec: {title, label, height, fill, time, group,
    series: [{label, colour, dash, fill, width, points}], bands, y: {format, range}, under, over,
    describe(i), heads(), rows(i), tools, empty, choose: labels of series that are hidden until asked for} */
export class Chart {
    constructor(host, spec) {
        this.host = host;
        this.spec = spec;
        this.data = null;
        this.view = null;
        this.at = null; // index the readout is about
        this.hidden = new Set(spec.choose);
        const id = host.id;
        this.tags = el('span');
        this.table = el(
            'button',
            { type: 'button', class: 'small', 'aria-pressed': 'false', 'aria-controls': `${id}-table`, onclick: () => this.toggleTable() },
            'Table',
        );
        this.tools = el('div', { class: 'tools' }, ...(spec.tools || []), this.table);
        this.legend = el('ul', { class: 'legend' });
        this.plot = el('div', {
            class: 'plot',
            tabindex: '0',
            'data-fill': this.spec.fill ? '' : null,
            role: 'application',
            'aria-roledescription': 'chart',
            'aria-label': spec.label || spec.title,
            'aria-describedby': `${id}-how`,
        });
        this.readout = el('output', { class: 'readout', 'aria-live': 'polite', 'aria-label': `${spec.title}: values at the cursor` });
        this.how = el(
            'p',
            { id: `${id}-how`, class: 'visually-hidden' },
            'Arrow keys move the cursor by one, with Shift by ten; Page Up and Page Down by a screen; Home and End ' +
                'to the ends; plus and minus zoom; 0 shows all; Escape leaves.',
        );
        this.behind = el('div', {
            id: `${id}-table`,
            class: 'behind',
            hidden: '',
            tabindex: '0',
            role: 'region',
            'aria-label': `${spec.title}: table`,
        });
        this.empty = el('p', { class: 'empty' }, spec.empty || 'Nothing yet.');
        this.heading = el('h2', { id: `${id}-h` }, spec.title);
        host.setAttribute('aria-labelledby', `${id}-h`);
        host.replaceChildren(
            el('div', { class: 'chart-head' }, this.heading, this.tags, this.tools),
            this.legend,
            this.plot,
            this.readout,
            this.how,
            this.behind,
            this.empty,
        );
        this.show(false);
        charts.add(this);
        spec.group?.add(this);
        this.plot.addEventListener('keydown', (e) => this.key(e));
        this.plot.addEventListener('focus', () => {
            if (this.data && this.u.cursor.idx == null) this.point(this.at ?? this.lastVisible());
        });
        this.touch();
        new ResizeObserver(() => this.resize()).observe(this.plot);
    }
    get x() {
        return this.data[0];
    }
    get height() {
        const h = this.spec.height;
        if (this.spec.fill && innerWidth > 1340) return Math.max(h, this.plot.clientHeight);
        return innerWidth < 560 ? Math.max(150, Math.round(h * 0.78)) : h;
    }
    show(full) {
        for (const part of [this.plot, this.readout, this.legend, this.table]) part.hidden = !full;
        this.empty.hidden = full;
        if (!full) {
            this.behind.hidden = true;
            this.table.setAttribute('aria-pressed', 'false');
        }
    }
    resize() {
        const width = this.plot.clientWidth;
        if (this.u && width > 40 && (width !== this.u.width || this.height !== this.u.height))
            this.u.setSize({ width, height: this.height });
    }
    clear() {
        this.data = null;
        this.at = null;
        this.u?.destroy();
        this.u = null;
        this.show(false);
    }

    /** Columns as of uPlot: x, then the series. */
    set(data, series = this.spec.series) {
        const follows = this.at === null || this.at === this.data?.[0].length - 1;
        const same = this.u && series === this.shown && data[0].length > 0;
        this.data = data;
        if (!data[0].length) {
            this.clear();
            return;
        }
        this.show(true);
        if (same) {
            this.u.setData(data, false);
            this.applyView();
        } else {
            this.u?.destroy();
            this.shown = series;
            this.make(series);
        }
        this.say(follows || this.at >= data[0].length ? data[0].length - 1 : this.at);
        if (!this.behind.hidden) this.fillTable();
    }
    make(series) {
        const { spec } = this,
            axis = (more) => ({
                stroke: () => colour('--soft'),
                grid: { stroke: () => colour('--grid'), width: 1 },
                ticks: { stroke: () => colour('--grid'), width: 1, size: 4 },
                font: '11px system-ui, sans-serif',
                ...more,
            });
        this.legend.replaceChildren(
            ...series
                .filter((s) => s.label && !s.quiet)
                .map((s) => {
                    const mark = el('i', { class: s.block ? 'fill' : s.dash ? 'dashed' : '' });
                    mark.style.color = `var(${s.colour})`;
                    if (!spec.choose) return el('li', {}, mark, s.label);
                    const press = (e) => {
                        if (!this.hidden.delete(s.label)) this.hidden.add(s.label);
                        e.currentTarget.setAttribute('aria-pressed', String(!this.hidden.has(s.label)));
                        this.u.setSeries(series.indexOf(s) + 1, { show: !this.hidden.has(s.label) });
                    };
                    const pressed = String(!this.hidden.has(s.label));
                    return el(
                        'li',
                        {},
                        el('button', { type: 'button', class: 'legend-key', 'aria-pressed': pressed, onclick: press }, mark, s.label),
                    );
                }),
        );
        this.u = new uPlot(
            {
                width: Math.max(this.plot.clientWidth, 100),
                height: this.height,
                padding: [8, 22, 0, 0],
                legend: { show: false },
                tzDate: utc,
                focus: { alpha: 1 },
                cursor: {
                    drag: { x: Boolean(spec.time), y: false, setScale: false, dist: 6 },
                    points: { size: 6, width: 1 },
                    y: false,
                    bind: {
                        dblclick: () => () => {
                            this.setView(null);
                        },
                    },
                },
                scales: {
                    x: { time: Boolean(spec.time), range: (u, low, high) => this.xRange(low, high) },
                    y: { range: spec.y?.range ? (u, low, high) => spec.y.range(this, low, high) : undefined },
                },
                axes: [
                    axis({
                        values: spec.time ? TICKS : spec.xFormat ? (u, all) => all.map(spec.xFormat) : undefined,
                        space: spec.time ? 70 : 50,
                        size: spec.time ? 36 : 28,
                        incrs: spec.xIncrs,
                    }),
                    axis({ size: spec.y?.size || 56, space: 32, values: spec.y?.format ? (u, all) => all.map(spec.y.format) : undefined }),
                ],
                series: [
                    {},
                    ...series.map((s) => ({
                        label: s.label,
                        stroke: s.stroke || (() => colour(s.colour)),
                        width: s.width ?? 1.5,
                        dash: s.dash,
                        fill: s.fill ? () => colour(s.fill) : undefined,
                        show: !this.hidden.has(s.label),
                        fillTo: s.fillTo,
                        points: { show: s.points === true, size: 5 },
                        paths: s.line === false ? () => null : s.stepped ? uPlot.paths.stepped({ align: 1 }) : undefined,
                        spanGaps: Boolean(s.spanGaps),
                    })),
                ],
                bands: spec.bands?.(series)?.map((band) => ({ series: band.series, fill: () => colour(band.fill) })),
                hooks: {
                    drawClear: [
                        (u) => {
                            if (spec.under) this.clipped(u, () => spec.under(this, u));
                        },
                    ],
                    draw: [
                        (u) => {
                            if (spec.over) this.clipped(u, () => spec.over(this, u));
                        },
                    ],
                    setCursor: [
                        (u) => {
                            if (u.cursor.idx != null && u.cursor.left >= 0) this.moved(u.cursor.idx);
                        },
                    ],
                    setSelect: [
                        (u) => {
                            if (u.select.width > 5) {
                                this.setView({ min: u.posToVal(u.select.left, 'x'), max: u.posToVal(u.select.left + u.select.width, 'x') });
                                u.setSelect({ left: 0, width: 0, top: 0, height: 0 }, false);
                            }
                        },
                    ],
                },
            },
            this.data,
            this.plot,
        );
        this.u.over.addEventListener('wheel', (e) => this.wheel(e), { passive: false });
        this.applyView();
    }
    clipped(u, draw) {
        const { left, top, width, height } = u.bbox,
            { ctx } = u;
        ctx.save();
        ctx.beginPath();
        ctx.rect(left, top, width, height);
        ctx.clip();
        draw();
        ctx.restore();
    }

    // ---- the window on x
    get window() {
        return this.spec.group ? this.spec.group.view : this.view;
    }
    xRange(low, high) {
        const view = this.window;
        if (view) return [view.min, view.max];
        const x = this.data?.[0];
        if (this.spec.x) return this.spec.x(this);
        if (this.spec.group) {
            const all = this.spec.group.all;
            if (all) return all;
        }
        return x?.length > 1 ? [x[0], x[x.length - 1]] : [low - 1, high + 1];
    }
    applyView() {
        if (!this.u) return;
        const [min, max] = this.xRange(0, 1);
        this.u.setScale('x', { min, max });
    }
    setView(view) {
        if (view) {
            const [low, high] = this.bounds(),
                least = ((high - low) / Math.max(this.x.length, 2)) * 8;
            let { min, max } = view;
            if (max - min < least) {
                const middle = (min + max) / 2;
                min = middle - least / 2;
                max = middle + least / 2;
            }
            if (max - min >= high - low) view = null;
            else {
                if (min < low) {
                    max += low - min;
                    min = low;
                }
                if (max > high) {
                    min -= max - high;
                    max = high;
                }
                view = { min, max };
            }
        }
        if (this.spec.group) this.spec.group.setView(view);
        else {
            this.view = view;
            this.applyView();
        }
    }
    bounds() {
        return this.spec.group?.all || [this.x[0], this.x[this.x.length - 1]];
    }
    zoom(factor, about) {
        const { min, max } = this.u.scales.x,
            x = about ?? (this.at !== null ? this.x[this.at] : (min + max) / 2);
        this.setView({ min: x - (x - min) * factor, max: x + (max - x) * factor });
    }
    pan(dx) {
        const { min, max } = this.u.scales.x;
        this.setView({ min: min + dx, max: max + dx });
    }
    wheel(e) {
        if (!this.spec.time) return;
        if (e.ctrlKey || e.metaKey) {
            e.preventDefault();
            this.zoom(Math.exp(e.deltaY / 300), this.u.posToVal(e.offsetX, 'x'));
        } else if (Math.abs(e.deltaX) > Math.abs(e.deltaY)) {
            e.preventDefault();
            const { min, max } = this.u.scales.x;
            this.pan((e.deltaX / this.u.over.clientWidth) * (max - min));
        }
    }

    // ---- the cursor
    lastVisible() {
        const { max } = this.u.scales.x;
        let i = this.x.length - 1;
        while (i > 0 && this.x[i] > max) i--;
        return i;
    }
    moved(i) {
        this.say(i);
        this.spec.group?.point(this, this.x[i]);
    }
    say(i) {
        this.at = i;
        this.readout.replaceChildren(...this.spec.describe(i));
    }
    place(i) {
        const x = this.x[i],
            { min, max } = this.u.scales.x;
        if (x < min || x > max) this.setView({ min: x - (max - min) / 2, max: x + (max - min) / 2 });
        this.u.setCursor({ left: this.u.valToPos(x, 'x'), top: this.u.over.clientHeight / 2 }, false);
    }
    point(i) {
        i = Math.max(0, Math.min(this.x.length - 1, i));
        this.place(i);
        this.moved(i);
    }
    /** The same moment as another chart's. */
    pointAt(x) {
        if (!this.u) return;
        const i = this.u.valToIdx(x);
        const inside = this.x[0] <= x && x <= this.x[this.x.length - 1];
        this.u.setCursor(inside ? { left: this.u.valToPos(x, 'x'), top: this.u.over.clientHeight / 2 } : { left: -10, top: -10 }, false);
        if (inside) this.say(i);
    }
    key(e) {
        if (!this.data || e.altKey || e.metaKey || e.ctrlKey) return;
        const i = this.at ?? this.lastVisible(),
            { min, max } = this.u.scales.x;
        const page = Math.max(1, Math.round((this.x.length * (max - min)) / Math.max(this.bounds()[1] - this.bounds()[0], 1e-12)) - 1),
            step = e.shiftKey ? 10 : 1;
        const to = { ArrowLeft: i - step, ArrowRight: i + step, PageUp: i - page, PageDown: i + page, Home: 0, End: this.x.length - 1 }[
            e.key
        ];
        if (to !== undefined) this.point(to);
        else if (e.key === '+' || e.key === '=') this.zoom(0.6);
        else if (e.key === '-') this.zoom(1 / 0.6);
        else if (e.key === '0') this.setView(null);
        else if (e.key === 'Escape') this.plot.blur();
        else return;
        e.preventDefault();
    }
    touch() {
        const fingers = new Map();
        let spread = 0;
        const middle = () => {
            let sum = 0;
            for (const x of fingers.values()) sum += x;
            return sum / fingers.size;
        };
        const gap = () => {
            const [a, b] = [...fingers.values()];
            return Math.abs(a - b);
        };
        const at = (e) => e.clientX - this.u.over.getBoundingClientRect().left;
        this.plot.addEventListener('pointerdown', (e) => {
            if (e.pointerType !== 'touch' || !this.u) return;
            fingers.set(e.pointerId, at(e));
            if (fingers.size === 2) spread = gap();
            else this.point(this.u.posToIdx(at(e)));
        });
        this.plot.addEventListener('pointermove', (e) => {
            if (!fingers.has(e.pointerId) || !this.u) return;
            fingers.set(e.pointerId, at(e));
            if (fingers.size === 2 && this.spec.time) {
                const now = Math.max(gap(), 1);
                this.zoom(Math.max(spread, 1) / now, this.u.posToVal(middle(), 'x'));
                spread = now;
            } else if (fingers.size === 1) this.point(this.u.posToIdx(at(e)));
        });
        for (const end of ['pointerup', 'pointercancel', 'pointerleave'])
            this.plot.addEventListener(end, (e) => fingers.delete(e.pointerId));
    }

    // ---- the table behind
    toggleTable() {
        const on = this.behind.hidden;
        this.behind.hidden = !on;
        this.table.setAttribute('aria-pressed', String(on));
        if (on) this.fillTable();
    }
    fillTable() {
        const MOST = 400,
            { heads, rows } = this.spec,
            { min, max } = this.u.scales.x,
            all = [];
        for (let i = 0; i < this.x.length; i++) if (!this.spec.time || (this.x[i] >= min && this.x[i] <= max)) all.push(i);
        const shown = all.slice(-MOST);
        this.behind.replaceChildren(
            el(
                'table',
                {},
                el(
                    'caption',
                    { class: all.length > MOST ? 'note' : 'visually-hidden' },
                    all.length > MOST ? `The last ${MOST} of the ${all.length} rows in view; zoom for others.` : this.spec.title,
                ),
                el('thead', {}, el('tr', {}, ...heads().map((head) => el('th', { scope: 'col' }, head)))),
                el('tbody', {}, ...shown.map((i) => el('tr', {}, ...rows(i).map((cell) => el('td', {}, cell))))),
            ),
        );
    }
}

// ---- what is drawn by hand
const px = () => devicePixelRatio || 1;

/** Candles, or where they would be thinner than 3 pixels their range. `bars`: {open, high, low, close, volume}. */
export function candles(chart, u, bars) {
    const { ctx, bbox } = u,
        [from, to] = u.series[0].idxs ?? [0, -1],
        x = u.data[0];
    if (to < from) return;
    const step = (bbox.width / Math.max(1, u.scales.x.max - u.scales.x.min)) * (x.length > 1 ? chart.interval : 1),
        body = Math.min(step * 0.7, 14 * px());
    const pos = (v) => u.valToPos(v, 'y', true);
    // volume, a sixth of the height
    let most = 0;
    for (let i = from; i <= to; i++) if (bars.volume[i] > most) most = bars.volume[i];
    if (most > 0 && step > 1.5) {
        ctx.globalAlpha = 0.16;
        ctx.fillStyle = colour('--soft');
        for (let i = from; i <= to; i++) {
            const h = ((bars.volume[i] / most) * bbox.height) / 6;
            ctx.fillRect(u.valToPos(x[i], 'x', true) - body / 2, bbox.top + bbox.height - h, Math.max(body, 1), h);
        }
        ctx.globalAlpha = 1;
    }
    const up = colour('--up'),
        down = colour('--down');
    for (const rising of [true, false]) {
        ctx.fillStyle = ctx.strokeStyle = rising ? up : down;
        ctx.lineWidth = Math.max(1, Math.min(px(), step / 2));
        if (step < 3 * px()) ctx.globalAlpha = 0.75;
        ctx.beginPath();
        for (let i = from; i <= to; i++) {
            if (bars.close[i] >= bars.open[i] !== rising) continue;
            const at = u.valToPos(x[i], 'x', true),
                a = pos(bars.open[i]),
                b = pos(bars.close[i]);
            ctx.moveTo(at, pos(bars.high[i]));
            ctx.lineTo(at, pos(bars.low[i]));
            if (step >= 3 * px()) ctx.fillRect(at - body / 2, Math.min(a, b), body, Math.max(Math.abs(a - b), px()));
        }
        ctx.stroke();
        ctx.globalAlpha = 1;
    }
}

/** A part of x washed, with a word at its upper edge. */
export function wash(u, from, to, name, fill, word) {
    const { ctx, bbox } = u,
        a = Math.max(bbox.left, u.valToPos(from, 'x', true)),
        b = Math.min(bbox.left + bbox.width, u.valToPos(to, 'x', true));
    if (b <= a) return;
    ctx.fillStyle = colour(fill);
    ctx.fillRect(a, bbox.top, b - a, bbox.height);
    ctx.strokeStyle = colour('--accent');
    ctx.globalAlpha = 0.5;
    ctx.setLineDash([4 * px(), 4 * px()]);
    ctx.lineWidth = px();
    ctx.beginPath();
    ctx.moveTo(a, bbox.top);
    ctx.lineTo(a, bbox.top + bbox.height);
    ctx.stroke();
    ctx.globalAlpha = 1;
    ctx.setLineDash([]);
    ctx.font = `${11 * px()}px system-ui, sans-serif`;
    ctx.fillStyle = colour('--accent');
    ctx.textAlign = 'left';
    ctx.textBaseline = 'top';
    if (b - a > ctx.measureText(word).width + 12 * px()) ctx.fillText(word, a + 6 * px(), bbox.top + 4 * px());
}

/** Entries as triangles, exits as crosses. */
export function marks(chart, u, trades) {
    const { ctx, bbox } = u,
        { min, max } = u.scales.x,
        s = 5 * px();
    const inside = trades.filter((t) => t.exit_time / 1000 >= min && t.entry_time / 1000 <= max);
    if (inside.length > bbox.width / px() / 6) return; // a hedge of marks says nothing: zoom in
    for (const t of inside) {
        const x = u.valToPos(t.entry_time / 1000, 'x', true),
            y = u.valToPos(t.entry_price, 'y', true),
            long = t.side > 0;
        const ex = u.valToPos(t.exit_time / 1000, 'x', true),
            ey = u.valToPos(t.exit_price, 'y', true);
        ctx.strokeStyle = ctx.fillStyle = colour(long ? '--up' : '--down');
        ctx.lineWidth = 1.5 * px();
        ctx.setLineDash([3 * px(), 3 * px()]);
        ctx.beginPath();
        ctx.moveTo(x, y);
        ctx.lineTo(ex, ey);
        ctx.stroke();
        ctx.setLineDash([]);
        ctx.beginPath();
        if (long) {
            ctx.moveTo(x, y + 2 * s);
            ctx.lineTo(x - s, y + 3.8 * s);
            ctx.lineTo(x + s, y + 3.8 * s);
        } else {
            ctx.moveTo(x, y - 2 * s);
            ctx.lineTo(x - s, y - 3.8 * s);
            ctx.lineTo(x + s, y - 3.8 * s);
        }
        ctx.closePath();
        ctx.fill();
        ctx.strokeStyle = colour('--card');
        ctx.lineWidth = px();
        ctx.stroke();
        ctx.strokeStyle = colour('--ink');
        ctx.beginPath();
        ctx.moveTo(ex - s / 1.6, ey - s / 1.6);
        ctx.lineTo(ex + s / 1.6, ey + s / 1.6);
        ctx.moveTo(ex - s / 1.6, ey + s / 1.6);
        ctx.lineTo(ex + s / 1.6, ey - s / 1.6);
        ctx.stroke();
    }
}

export { px, stamp };
