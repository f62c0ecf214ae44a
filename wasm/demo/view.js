// The charts and panels of candles, training and result.
import { $, bytesText, copy, download, el, fixed, gain, integer, money, percent, significant, stamp, toast } from './text.js';
import { Chart, Group, candles as drawCandles, colour, marks, px, wash } from './charts.js';
import * as panels from './panels.js';
import { app, data, found, run } from './state.js';

const metricsState = { all: false };
export const group = new Group();
const time = (ms) => ms / 1000;
export const price = new Chart($('chart-price'), {
    title: 'Candles and forecast',
    label: 'Candles with forecast, band and trades',
    height: 380,
    fill: true,
    time: true,
    group,
    empty: 'Waiting for candles.',
    series: [{ label: 'close', colour: '--soft', line: false, quiet: true }],
    tools: [
        ['Judged bars', () => viewJudged()],
        ['Last 200', () => viewLast(200)],
        ['All', () => group.setView(null)],
    ].map(([name, go]) => el('button', { type: 'button', class: 'small', onclick: go }, name)),
    y: { size: 62, format: axisMoney, range: (chart) => priceRange(chart) },
    bands: (series) => (series.length > 3 ? [{ series: [4, 3], fill: '--band' }] : []),
    under: (chart, u) => {
        const s = found.shown;
        if (s && !s.in_sample)
            wash(
                u,
                time(s.from) - chart.interval / 2,
                time(s.to) + chart.interval,
                'judged',
                '--test',
                'not seen in training: judged here',
            );
    },
    over: (chart, u) => {
        drawCandles(chart, u, data.columns);
        drawNext(chart, u);
        if (found.shown?.backtest) marks(chart, u, found.shown.backtest.trades);
    },
    describe: (i) => describePrice(i),
    heads: () => ['Time, UTC', 'Open', 'High', 'Low', 'Close', 'Volume', 'Forecast', 'Position'],
    rows: (i) => {
        const c = data.columns,
            f = forecastAt(i);
        return [
            stamp(c.time[i]),
            money(c.open[i]),
            money(c.high[i]),
            money(c.low[i]),
            money(c.close[i]),
            significant(c.volume[i], 5),
            f ? forecastText(f) : '–',
            f ? sideText(f.position) : '–',
        ];
    },
});
const forecast = new Chart($('chart-forecast'), {
    title: 'Forecast, bar by bar',
    height: 190,
    time: true,
    group,
    empty: 'After a training: what the model said at the close of each bar it had not seen.',
    series: [],
    y: { size: 62, format: (x) => significant(x, 3) },
    bands: (series) => (series.some((s) => s.band) ? [{ series: [3, 2], fill: '--band' }] : []),
    over: (chart, u) => drawPositions(u),
    describe: (i) => {
        const f = found.shown && forecastOf(i);
        return f
            ? [
                  el('b', {}, `${stamp(f.time)} `),
                  forecastText(f),
                  `, ${sideText(f.position)}`,
                  f.truth !== null ? `; came: ${truthText(f)}` : '',
              ]
            : [''];
    },
    heads: () => ['At the close of, UTC', 'Forecast', 'Lower', 'Upper', 'What came', 'Position'],
    rows: (i) => {
        const f = forecastOf(i);
        return [stamp(f.time), valueText(f.value), valueText(f.lower), valueText(f.upper), truthText(f), sideText(f.position)];
    },
});
const curveRow = (i) => {
    const s = found.shown;
    return s.curves ? [stamp(s.curves.time[i]), s.curves.equity[i], s.curves.hold[i], s.curves.repeat[i]] : null;
};
const equity = new Chart($('chart-equity'), {
    title: 'Equity, after costs',
    choose: ['repeat the last move'],
    height: 230,
    time: true,
    group,
    empty: 'After a training: money from trading the forecasts, beside buy and hold.',
    series: [
        { label: 'model', colour: '--accent', width: 2 },
        { label: 'buy and hold', colour: '--hold' },
        { label: 'repeat the last move', colour: '--repeat', dash: [5, 4] },
    ],
    y: { size: 62, format: axisMoney },
    describe: (i) => {
        const row = curveRow(i);
        return row
            ? [el('b', {}, `${row[0]} `), `model ${fixed(row[1])}, buy and hold ${fixed(row[2])}, last move ${fixed(row[3])}`]
            : [''];
    },
    heads: () => ['Time, UTC', 'Model', 'Buy and hold', 'Last move'],
    rows: (i) => {
        const row = curveRow(i);
        return [row[0], ...row.slice(1).map((x) => fixed(x))];
    },
});
const drawdown = new Chart($('chart-drawdown'), {
    title: 'Drawdown',
    height: 230,
    time: true,
    group,
    empty: 'After a training: how far below its best the money stood.',
    series: [
        { label: 'model', colour: '--down', fill: '--down-wash', fillTo: 0 },
        { label: 'buy and hold', colour: '--hold' },
    ],
    y: { size: 62, format: (x) => percent(x, Math.abs(x) < 0.02 && x ? 1 : 0) },
    describe: (i) => {
        const s = found.shown;
        return s?.curves
            ? [
                  el('b', {}, `${stamp(s.curves.time[i])} `),
                  `model ${percent(s.curves.down[i])}, buy and hold ${percent(s.curves.holdDown[i])}`,
              ]
            : [''];
    },
    heads: () => ['Time, UTC', 'Model', 'Buy and hold'],
    rows: (i) => {
        const c = found.shown.curves;
        return [stamp(c.time[i]), percent(c.down[i]), percent(c.holdDown[i])];
    },
});
export const loss = new Chart($('chart-loss'), {
    title: 'Loss by epoch',
    height: 220,
    empty: 'Moves while a training runs.',
    xIncrs: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000],
    series: [
        { label: 'training', colour: '--accent', points: false },
        { label: 'validation', colour: '--forecast', width: 2 },
    ],
    y: { size: 62, format: (x) => significant(x, 4) },
    x: (chart) => [1, Math.max(2, chart.data[0].at(-1))],
    over: (chart, u) => {
        const best = run.history?.best_epoch,
            { ctx, bbox } = u;
        if (!best) return;
        const x = u.valToPos(best, 'x', true);
        ctx.strokeStyle = colour('--forecast');
        ctx.setLineDash([3 * px(), 3 * px()]);
        ctx.lineWidth = px();
        ctx.beginPath();
        ctx.moveTo(x, bbox.top);
        ctx.lineTo(x, bbox.top + bbox.height);
        ctx.stroke();
        ctx.setLineDash([]);
        ctx.font = `${11 * px()}px system-ui, sans-serif`;
        ctx.fillStyle = colour('--forecast');
        ctx.textBaseline = 'top';
        ctx.textAlign = x > bbox.left + bbox.width * 0.8 ? 'right' : 'left';
        ctx.fillText('kept', x + (ctx.textAlign === 'left' ? 4 : -4) * px(), bbox.top + 2 * px());
    },
    describe: (i) => {
        const e = run.history?.epochs[i];
        return e
            ? [
                  el('b', {}, `epoch ${e.epoch} `),
                  `training ${significant(e.loss, 5)}, validation ${significant(e.val_loss, 5)}`,
                  e.val_accuracy !== null ? `, validation right ${percent(e.val_accuracy)}` : '',
              ]
            : [''];
    },
    heads: () => ['Epoch', 'Training loss', 'Validation loss', 'Rate', 'Validation right'],
    rows: (i) => {
        const e = run.history.epochs[i];
        return [e.epoch, significant(e.loss, 6), significant(e.val_loss, 6), significant(e.lr), percent(e.val_accuracy)];
    },
});
const calibration = new Chart($('chart-calibration'), {
    title: 'Calibration',
    height: 220,
    empty: 'After a training: whether a forecast of 60 % comes true 60 times in 100, or how often the interval held.',
    series: [{ label: 'observed share of ups', colour: '--forecast', width: 2, points: true }],
    xFormat: (x) => fixed(x, 2),
    y: { size: 62, format: (x) => fixed(x, 2), range: (chart) => calibrationRange(1) },
    x: () => calibrationRange(0),
    over: (chart, u) => drawCalibration(u),
    describe: (i) => {
        const r = found.shown?.bins?.[i];
        return r
            ? [
                  `forecast ${fixed(r.forecast, 3)}: of ${integer(r.count)} bars ${fixed(r.observed, 3)} went up, `,
                  `95 % interval ${fixed(r.observed_low, 3)} to ${fixed(r.observed_high, 3)}`,
              ]
            : [''];
    },
    heads: () => ['Forecast from', 'to', 'Mean forecast', 'Observed', 'Bars'],
    rows: (i) => {
        const r = found.shown.bins[i];
        return [fixed(r.low, 3), fixed(r.high, 3), fixed(r.forecast, 4), fixed(r.observed, 4), integer(r.count)];
    },
});
function axisMoney(x) {
    return Math.abs(x) >= 1e6 ? `${fixed(x / 1e6, 2)}M` : Math.abs(x) >= 1000 ? integer(x) : significant(x, 4);
}

const indexRange = (chart) => chart.u?.series[0].idxs ?? [0, chart.data[0].length - 1];
function priceRange(chart) {
    const c = data.columns,
        [from, to] = indexRange(chart);
    let low = Infinity,
        high = -Infinity;
    for (let i = from; i <= to && i < c.low.length; i++) {
        if (c.low[i] < low) low = c.low[i];
        if (c.high[i] > high) high = c.high[i];
    }
    if (found.shown && inPrice())
        for (let s = 3; s < chart.data.length; s++)
            for (let i = from; i <= to; i++) {
                const v = chart.data[s][i];
                if (v) {
                    if (v < low) low = v;
                    if (v > high) high = v;
                }
            }
    if (!(high > low)) {
        low -= Math.abs(low) * 0.01 + 1e-9;
        high += Math.abs(high) * 0.01 + 1e-9;
    }
    const room = (high - low) * 0.06;
    return [low - room, high + room];
}
const inPrice = () => ['price', 'return', 'price_level'].includes(found.shown?.target);

// ---- what a forecast says
function forecastAt(bar) {
    const s = found.shown;
    return s && bar >= s.first && bar < s.first + s.count ? forecastOf(bar - s.first) : null;
}
function forecastOf(i) {
    const s = found.shown,
        f = s.forecasts;
    return {
        time: f.time[i],
        value: f.value[i],
        lower: f.lower[i],
        upper: f.upper[i],
        truth: Number.isNaN(f.truth[i]) ? null : f.truth[i],
        close: f.close[i],
        position: s.positions?.[i],
    };
}
const valueText = (x) =>
    x === null || Number.isNaN(x)
        ? '–'
        : ['price', 'price_level'].includes(found.shown.target)
          ? money(x)
          : found.shown.target === 'direction'
            ? fixed(x, 3)
            : found.shown.target === 'return'
              ? gain(x, 3)
              : significant(x, 4);
function forecastText(f) {
    if (Number.isNaN(f.value)) return 'no forecast';
    if (found.shown.target === 'direction') return `P(up) ${fixed(f.value, 3)}`;
    return `forecast ${valueText(f.value)}${Number.isFinite(f.lower) ? ` (${valueText(f.lower)} to ${valueText(f.upper)})` : ''}`;
}
const truthText = (f) =>
    f.truth === null ? 'not known yet' : found.shown.target === 'direction' ? (f.truth > 0.5 ? 'up' : 'down') : valueText(f.truth);
const sideText = (p) => (p === undefined || Number.isNaN(p) ? 'no position' : p > 0 ? 'wants long' : p < 0 ? 'wants short' : 'wants flat');
function describePrice(i) {
    const c = data.columns,
        f = forecastAt(i),
        move = i ? c.close[i] / c.close[i - 1] - 1 : null;
    return [
        el('b', {}, `${stamp(c.time[i])} UTC `),
        `open ${money(c.open[i])}, high ${money(c.high[i])}, low ${money(c.low[i])}, close `,
        el('b', {}, money(c.close[i])),
        move !== null ? ` (${gain(move)})` : '',
        f ? `; ${forecastText(f)}, ${sideText(f.position)}` : '',
    ];
}

function drawNext(chart, u) {
    const next = found.next;
    if (!next || next.price === null || found.time !== data.columns.time.at(-1)) return;
    const { ctx } = u,
        x = u.valToPos(time(next.target_time), 'x', true),
        y = u.valToPos(next.price, 'y', true);
    ctx.strokeStyle = ctx.fillStyle = colour('--forecast');
    ctx.lineWidth = 2 * px();
    if (next.lower !== null) {
        ctx.beginPath();
        ctx.moveTo(x, u.valToPos(next.lower, 'y', true));
        ctx.lineTo(x, u.valToPos(next.upper, 'y', true));
        ctx.stroke();
    }
    ctx.beginPath();
    ctx.arc(x, y, 3.5 * px(), 0, 7);
    ctx.fill();
}
/** A strip at the lower edge: long, short, flat. */
function drawPositions(u) {
    const s = found.shown,
        { ctx, bbox } = u;
    if (!s) return;
    if (s.target === 'direction') {
        const y = u.valToPos(s.cut ?? 0.5, 'y', true);
        ctx.strokeStyle = colour('--soft');
        ctx.setLineDash([4 * px(), 4 * px()]);
        ctx.lineWidth = px();
        ctx.beginPath();
        ctx.moveTo(bbox.left, y);
        ctx.lineTo(bbox.left + bbox.width, y);
        ctx.stroke();
        ctx.setLineDash([]);
    }
    if (!s.positions || !s.backtest) return;
    const h = 5 * px(),
        half = price.interval / 2;
    for (let i = 0; i < s.count; i++) {
        const p = s.positions[i];
        if (!p) continue;
        const a = u.valToPos(time(s.forecasts.time[i]) - half, 'x', true),
            b = u.valToPos(time(s.forecasts.time[i]) + half, 'x', true);
        ctx.fillStyle = colour(p > 0 ? '--up' : '--down');
        ctx.fillRect(a, bbox.top + bbox.height - h, Math.max(b - a, 1), h);
    }
}
function calibrationRange(which) {
    const bins = found.shown?.bins;
    if (!bins?.length) return [0, 1];
    const all = bins
        .filter((r) => r.count > 0)
        .flatMap((r) => (which ? [r.observed_low, r.observed_high] : [r.forecast, r.low, r.high].slice(0, 1)));
    const low = Math.min(...all),
        high = Math.max(...all),
        room = Math.max((high - low) * 0.12, 0.01);
    return [Math.max(0, low - room), Math.min(1, high + room)];
}
function drawCalibration(u) {
    const bins = found.shown?.bins,
        { ctx, bbox } = u;
    if (!bins?.length) return;
    const most = Math.max(...bins.map((r) => r.count));
    ctx.fillStyle = colour('--soft');
    ctx.globalAlpha = 0.18;
    for (const r of bins) {
        const x = u.valToPos(r.forecast, 'x', true),
            h = ((r.count / most) * bbox.height) / 4;
        ctx.fillRect(x - 7 * px(), bbox.top + bbox.height - h, 14 * px(), h);
    }
    ctx.globalAlpha = 1;
    ctx.strokeStyle = colour('--soft');
    ctx.setLineDash([4 * px(), 4 * px()]);
    ctx.lineWidth = px();
    ctx.beginPath();
    ctx.moveTo(u.valToPos(0, 'x', true), u.valToPos(0, 'y', true));
    ctx.lineTo(u.valToPos(1, 'x', true), u.valToPos(1, 'y', true));
    ctx.stroke();
    ctx.setLineDash([]);
    ctx.strokeStyle = colour('--forecast');
    ctx.globalAlpha = 0.55;
    ctx.beginPath();
    for (const r of bins) {
        const x = u.valToPos(r.forecast, 'x', true);
        ctx.moveTo(x, u.valToPos(r.observed_low, 'y', true));
        ctx.lineTo(x, u.valToPos(r.observed_high, 'y', true));
    }
    ctx.stroke();
    ctx.globalAlpha = 1;
}

// ---- views
export function viewLast(n) {
    const t = price.x;
    group.setView(t.length > n ? { min: t[t.length - n], max: group.all[1] } : null);
}
export function viewJudged() {
    const s = found.shown;
    if (!s || !s.count) {
        viewLast(Math.ceil(price.x.length / 5));
        return;
    }
    group.setView({ min: time(s.from) - 3 * price.interval, max: group.all[1] });
}

export function drawMarket() {
    const c = data.columns,
        x = Float64Array.from(c.time, time),
        n = x.length;
    price.interval = data.report?.interval ? data.report.interval / 1000 : n > 1 ? x[1] - x[0] : 1;
    group.all = [x[0] - price.interval, x[n - 1] + price.interval * Math.max(2, found.next?.horizon || 1)];
    const s = found.shown,
        columns = [x, c.close];
    let series = price.spec.series;
    if (s && inPrice()) {
        const at = (values) => {
            const out = new Array(n).fill(null);
            for (let i = 0; i < s.count; i++) {
                const v = asPrice(values[i], s, i),
                    j = s.first + i + s.horizon;
                if (j < n && Number.isFinite(v)) out[j] = v;
            }
            return out;
        };
        columns.push(at(s.forecasts.value), at(s.forecasts.lower), at(s.forecasts.upper));
        series = priceSeries;
    }
    price.set(columns, series);
}
const priceSeries = [
    { label: 'close', colour: '--soft', line: false, quiet: true },
    { label: 'forecast', colour: '--forecast', width: 1.5 },
    { label: '', colour: '--band', width: 0, quiet: true },
    { label: 'interval', colour: '--band', width: 0, block: true },
];
const asPrice = (v, s, i) => (s.target === 'return' ? s.forecasts.close[i] * Math.exp(v) : v);

const directionSeries = [{ label: 'probability of up', colour: '--forecast' }];
const valueSeries = [
    { label: 'forecast', colour: '--forecast', width: 1.5 },
    { label: '', colour: '--band', width: 0, quiet: true },
    { label: 'interval', colour: '--band', width: 0, block: true, band: true },
    { label: 'what came', colour: '--soft', width: 1 },
];
const finite = (values) => Array.from(values, (v) => (Number.isFinite(v) ? v : null));
export function drawResults() {
    const s = found.shown;
    drawMarket();
    for (const chart of [price, forecast, equity, drawdown, calibration])
        chart.tags.replaceChildren(
            ...((s?.synthetic ?? data.synthetic) ? [el('span', { class: 'tag synthetic' }, 'SYNTHETIC')] : []),
            ...(s?.in_sample && chart !== price ? [el('span', { class: 'tag warn' }, 'IN SAMPLE')] : []),
        );
    loss.tags.replaceChildren(...(data.synthetic ? [el('span', { class: 'tag synthetic' }, 'SYNTHETIC')] : []));
    if (!s) {
        for (const chart of [forecast, equity, drawdown, calibration]) chart.clear();
        $('coverage')?.remove();
    } else {
        const x = Float64Array.from(s.forecasts.time, time);
        if (s.target === 'direction') forecast.set([x, finite(s.forecasts.value)], directionSeries);
        else {
            const move = s.target === 'price' ? (values) => finite(values.map((v, i) => v / s.forecasts.close[i] - 1)) : finite;
            forecast.spec.y.format = s.target === 'price' || s.target === 'return' ? (v) => percent(v, 1) : (v) => significant(v, 3);
            forecast.set(
                [x, move(s.forecasts.value), move(s.forecasts.lower), move(s.forecasts.upper), move(s.forecasts.truth)],
                valueSeries,
            );
        }
        forecast.heading.textContent =
            s.target === 'direction'
                ? 'Probability of up, bar by bar'
                : s.target === 'price'
                  ? 'Forecast move, bar by bar'
                  : 'Forecast, bar by bar';
        if (s.curves) {
            const t = Float64Array.from(s.curves.time, time);
            equity.set([t, s.curves.equity, s.curves.hold, s.curves.repeat]);
            drawdown.set([t, s.curves.down, s.curves.holdDown]);
        } else {
            equity.clear();
            drawdown.clear();
        }
        const bins = s.bins;
        $('coverage')?.remove();
        if (bins.length) calibration.set([bins.map((r) => r.forecast), bins.map((r) => r.observed)]);
        else calibration.clear();
        calibration.empty.hidden = bins.length > 0 || Boolean(s.coverage);
        if (s.coverage?.covered !== null && s.coverage) {
            const { level, count, covered: share } = s.coverage;
            const fillBar = el('i'),
                goal = el('b');
            fillBar.style.width = `${100 * share}%`;
            goal.style.left = `${100 * level}%`;
            calibration.host.append(
                el(
                    'div',
                    { id: 'coverage' },
                    el('p', {}, `The ${percent(level, 0)} interval held ${percent(share, 1)} of ${integer(count)} outcomes.`),
                    el(
                        'div',
                        {
                            class: 'meter',
                            role: 'img',
                            'aria-label': `${percent(share, 1)} of outcomes inside, ${percent(level, 0)} promised`,
                        },
                        fillBar,
                        goal,
                    ),
                    el('p', { class: 'note' }, 'The mark is what was promised. Fewer inside: the model is surer than it should be.'),
                ),
            );
        }
    }
    equity.empty.textContent =
        s && !s.backtest
            ? panels.sentence(s.verdict[3].reason)
            : 'After a training: money from trading the forecasts, beside buy and hold.';
    drawdown.empty.textContent =
        s && !s.backtest ? panels.sentence(s.verdict[3].reason) : 'After a training: how far below its best the money stood.';
    panels.verdict($('verdict'), s, found.next, found.why);
    panels.baselines($('baselines'), s);
    panels.metrics($('metrics'), s, app.lstmfc.about, metricsState);
    panels.trades(
        $('trades'),
        s,
        () => download('trades.csv', panels.tradesCsv(s.backtest.trades), 'text/csv'),
        (t) => {
            const room = Math.max(30 * price.interval, (time(t.exit_time) - time(t.entry_time)) * 0.5);
            group.setView({ min: time(t.entry_time) - room, max: time(t.exit_time) + room });
            $('chart-price').scrollIntoView({ block: 'center' });
            price.point(data.columns.time.indexOf(t.entry_time));
            price.plot.focus({ preventScroll: true });
        },
    );
    native();
}

// ---- the same bits
function native() {
    const host = $('native'),
        heading = el('h2', { id: 'h-native' }, 'The same bits on the command line');
    if (!found.model) {
        host.replaceChildren(
            heading,
            el(
                'p',
                { class: 'empty' },
                'After a training: the checksum of the model file, and the command that makes the same file natively.',
            ),
        );
        return;
    }
    const commandOf = (text, label) =>
        el(
            'div',
            { class: 'commands' },
            el('pre', { tabindex: '0', 'aria-label': label }, el('code', {}, text)),
            el(
                'div',
                { class: 'row' },
                el(
                    'button',
                    {
                        type: 'button',
                        class: 'small',
                        onclick: async () => toast((await copy(text)) ? 'Copied' : 'Select the text and copy it'),
                    },
                    `Copy: ${label}`,
                ),
            ),
        );
    const sum = el(
        'p',
        { class: 'sum' },
        `Model file: ${bytesText(new TextEncoder().encode(found.json).length)}, SHA-256 `,
        el('code', { id: 'sum' }, found.sum),
    );
    if (!found.how) {
        host.replaceChildren(
            heading,
            sum,
            el(
                'p',
                { class: 'note' },
                'This model was loaded from a file: how it was trained is for its maker to say. lstmfc inspect shows what is in it.',
            ),
            commandOf(`lstmfc predict --csv ${data.file} --model model.json --json`, 'forecast'),
        );
        return;
    }
    const {
        train,
        sum: check,
        evaluate,
        predict,
    } = app.setup.commands({
        csv: found.how.file,
        options: found.how.options,
        reading: found.how.reading,
        signals: app.setup.options('signals'),
        backtest: app.setup.options('backtest'),
    });
    host.replaceChildren(
        heading,
        sum,
        el(
            'p',
            { class: 'note' },
            'Save these candles beside the program and run this: the file has the same bytes, and so the same checksum.',
        ),
        commandOf(`${train}\n${check}`, 'train'),
        app.setup.problems(['signals', 'backtest']).length ? '' : commandOf(evaluate, 'evaluate'),
        commandOf(predict, 'forecast'),
        el(
            'div',
            { class: 'row' },
            el(
                'button',
                { type: 'button', class: 'small', onclick: () => download(found.how.file, found.how.csv, 'text/csv') },
                `Save ${found.how.file}`,
            ),
        ),
    );
}

export function drawLoss() {
    const e = run.history?.epochs;
    if (e?.length) loss.set([e.map((x) => x.epoch), e.map((x) => x.loss), e.map((x) => x.val_loss)]);
}
