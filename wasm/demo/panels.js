// What is said in words and tables: the reader's report, the verdict, baselines, metrics, trades, errors.
import { el, fixed, integer, percent, gain, money, significant, stamp, span } from './text.js';

// ---- candles
export function report(host, { name, report, count, first, last, synthetic, bytes }, actions) {
    const row = (term, value, odd) => [el('dt', {}, term), el('dd', { class: odd ? 'odd' : '' }, value)];
    const counts = [
        ['blank cells', 'blank_cells'],
        ['filled cells', 'filled_cells'],
        ['blank rows', 'blank_rows'],
        ['bad prices, dropped', 'bad_price_rows'],
        ['price 0, dropped', 'zero_price_rows'],
        ['same time twice', 'duplicate_rows'],
        ['of these in conflict', 'conflicting_rows'],
        ['out of order, sorted', 'out_of_order'],
        ['high or low inside the body', 'ohlc_violations'],
        ['zero volume', 'zero_volume'],
        ['not closed yet, dropped', 'unclosed'],
    ].filter(([, key]) => report[key]);
    host.replaceChildren(
        el(
            'dl',
            {},
            ...row('Candles', el('span', {}, el('b', {}, name), synthetic ? el('span', { class: 'tag synthetic' }, 'SYNTHETIC') : '')),
            ...row('Rows, kept', `${integer(report.rows)}, ${integer(report.kept)}`, report.kept < report.rows),
            ...row('From', `${stamp(first)} UTC`),
            ...row('To', `${stamp(last)} UTC`),
            ...row('One every', report.interval ? span(report.interval) : '–'),
            ...row('Time format', report.time_format),
            ...row('Separator, decimal', `${report.separator === '\t' ? 'tab' : report.separator}  ${report.decimal}`),
            ...row('Gaps', report.gaps ? `${integer(report.gaps)}, ${integer(report.missing_bars)} bars missing` : 'none', report.gaps > 0),
            ...counts.flatMap(([term, key]) => row(term, integer(report[key]), !['zero_volume', 'filled_cells'].includes(key))),
            el('dd', { class: 'left' }, `Columns: ${report.mapping || 'none'}`),
            report.ignored ? el('dd', { class: 'left' }, `Not used: ${report.ignored}`) : null,
            report.notes ? el('dd', { class: 'left odd' }, report.notes) : null,
        ),
        el('div', { class: 'row' }, ...actions),
    );
    host.dataset.count = count;
    void bytes;
}

/** An error of the library, with the place it names; `text`: what was read. */
export function problem(host, error, text, actions = []) {
    const parts = [el('p', {}, error.message)];
    if (error.line > 0 && text) {
        const line = text.split(/\r\n|\n|\r/)[error.line - 1] ?? '',
            column = error.column;
        const separators = /[,;\t]/,
            cut = line.slice(0, 300);
        let from = 0,
            to = 0;
        if (column > 0) {
            // bytes from 1 on; a cell is what stands between separators there
            from = Math.min(column - 1, cut.length);
            to = from;
            while (to < cut.length && !separators.test(cut[to])) to++;
        }
        parts.push(
            el(
                'pre',
                {},
                `line ${error.line}${column > 0 ? `, column ${column}` : ''}: `,
                cut.slice(0, from),
                column > 0 ? el('mark', {}, cut.slice(from, to) || '∅') : '',
                cut.slice(to),
            ),
        );
    }
    if (error.nearest) parts.push(el('p', {}, 'Did you mean ', el('b', {}, error.nearest), '?'));
    if (actions.length) parts.push(el('div', { class: 'row' }, ...actions));
    host.replaceChildren(...parts);
    host.hidden = false;
}

// ---- the verdict
const LINES = ['beats persistence', 'beats a linear model', 'beats the best baseline', 'pays its costs'];
export const sentence = (s) => (s ? s[0].toUpperCase() + s.slice(1) : '');

/** why: what keeps the model from being judged. */
export function verdict(host, shown, next, why = '') {
    const reason = why ? 'Not judged, see above.' : 'Train or load a model first.',
        lines = shown?.verdict || LINES.map((name) => ({ name, verdict: 'not known', reason }));
    const tags = [];
    if (shown?.synthetic) tags.push(el('span', { class: 'tag synthetic' }, 'SYNTHETIC'));
    if (shown?.in_sample) tags.push(el('span', { class: 'tag warn' }, 'IN SAMPLE: no evidence'));
    if (shown?.cheat) tags.push(el('span', { class: 'tag warn' }, 'CHEAT: fills at the same close'));
    if (shown?.no_costs) tags.push(el('span', { class: 'tag warn' }, 'NO COSTS'));
    host.replaceChildren(
        el('div', { class: 'head' }, el('h2', { id: 'h-verdict' }, 'Verdict'), ...tags),
        why
            ? el('p', { class: 'problem', role: 'alert' }, el('b', {}, 'The model could not be judged.'), el('span', {}, sentence(why)))
            : '',
        shown?.origin === 'other'
            ? el('p', { class: 'problem other' }, el('b', {}, 'OTHER CANDLES: the model was trained on others of the same dates'))
            : '',
        el(
            'p',
            { class: 'note' },
            shown
                ? `On ${integer(shown.measured)} bars the model ${shown.in_sample ? 'was trained on' : 'has not seen'}, ` +
                      `${stamp(shown.from)} to ${stamp(shown.to)} UTC.`
                : why
                  ? ''
                  : 'On the last fifth of the bars, which training never looks at.',
        ),
        el(
            'ol',
            {},
            ...lines.map(({ name, verdict: said, reason }) =>
                el(
                    'li',
                    { class: said === 'yes' ? 'yes' : said === 'no' ? 'no' : 'unknown' },
                    el('span', { class: 'name' }, sentence(name)),
                    el('span', { class: 'said' }, said === 'yes' ? '✓ yes' : said === 'no' ? '✗ no' : '? not known'),
                    el('span', { class: 'reason' }, sentence(reason)),
                ),
            ),
        ),
        tiles(shown, next),
        shown?.synthetic
            ? el('p', { class: 'note' }, 'Synthetic candles are no market: these figures show that the program works, nothing else.')
            : '',
    );
}

function tiles(shown, next) {
    const tile = (term, value, small) => el('div', {}, el('dt', {}, term), el('dd', {}, value, el('small', {}, small || '\u00a0')));
    if (!next) return '';
    const at = `bar ${stamp(next.target_time)} UTC`,
        out = [];
    if (next.probability_up !== null)
        out.push(tile(next.horizon > 1 ? `P(up in ${next.horizon} bars)` : 'P(up, next bar)', fixed(next.probability_up, 3), at));
    else if (next.price !== null) out.push(tile('Forecast price', money(next.price), `${gain(next.price / next.close - 1)} · ${at}`));
    else out.push(tile('Forecast', significant(next.value), at));
    if (next.lower !== null && next.upper !== null)
        out.push(
            tile(
                `${percent(next.level, 0)} interval`,
                next.price !== null ? `${money(next.lower)}` : significant(next.lower),
                `to ${next.price !== null ? money(next.upper) : significant(next.upper)}`,
            ),
        );
    const d = shown?.direction;
    if (d) {
        const floor = d.p0;
        out.push(tile('Right calls', percent(d.accuracy), Number.isFinite(floor) ? `${percent(floor)} needs no model` : ''));
    }
    if (shown?.backtest)
        out.push(tile('Net return', gain(shown.backtest.metrics.total_return), `buy and hold ${gain(shown.backtest.hold.total_return)}`));
    const b = shown?.baselines?.find(({ skill }) => skill !== null && skill !== undefined);
    if (b) out.push(tile('Skill', signed3(b.skill), `against ${b.name}`));
    return el('dl', { class: 'tiles' }, ...out);
}
const signed3 = (x) => `${x >= 0 ? '+' : ''}${fixed(x, 4)}`;

// ---- tables
const table = (head, rows, more = {}) => {
    const host = el(
        'div',
        { class: 'scroll', tabindex: '0', role: 'region', 'aria-label': more.label },
        el(
            'table',
            {},
            el('thead', {}, el('tr', {}, ...head.map((h, i) => el('th', { scope: 'col', class: i === 0 ? 'words' : '' }, h)))),
            el('tbody', {}, ...rows),
        ),
    );
    const mark = () => {
        const right = host.scrollWidth - host.clientWidth - host.scrollLeft > 1,
            down = host.scrollHeight - host.clientHeight - host.scrollTop > 1;
        host.dataset.more = [right && 'right', down && 'down'].filter(Boolean).join(' ');
    };
    host.addEventListener('scroll', mark, { passive: true });
    new ResizeObserver(mark).observe(host);
    return host;
};

export function baselines(host, shown) {
    const heading = el('h2', { id: 'h-baselines' }, 'Against forecasts that need no network', tagOf(shown));
    if (!shown?.baselines?.length) {
        host.replaceChildren(
            heading,
            el('p', { class: 'empty' }, 'After a training: the same bars forecast by persistence, a linear model and their kin.'),
        );
        return;
    }
    const direction = shown.baselines.some(({ accuracy }) => accuracy !== null && accuracy !== undefined),
        known = shown.baselines.find(({ loss, skill }) => Number.isFinite(loss) && Number.isFinite(skill)),
        loss = known ? known.loss * (1 - known.skill) : null; // skill is 1 - ours / theirs
    const p = (x) => (x === null || x === undefined ? '–' : x < 0.0001 ? '< 0.0001' : fixed(x, 4));
    const rows = shown.baselines.map((b) =>
        el(
            'tr',
            {},
            el('th', { scope: 'row', title: b.help || '' }, b.name),
            el('td', {}, b.missing ? el('span', { class: 'note' }, b.missing) : significant(b.loss, 5)),
            el(
                'td',
                { class: b.skill > 0 ? 'good' : b.skill < 0 ? 'bad' : '' },
                b.skill === null || b.skill === undefined ? '–' : signed3(b.skill),
            ),
            el('td', {}, p(b.p)),
            direction ? el('td', {}, percent(b.accuracy)) : '',
        ),
    );
    if (loss !== null)
        rows.unshift(
            el(
                'tr',
                { class: 'ours' },
                el('th', { scope: 'row' }, 'this model'),
                el('td', {}, significant(loss, 5)),
                el('td', {}, ''),
                el('td', {}, ''),
                direction ? el('td', {}, percent(shown.direction?.accuracy)) : '',
            ),
        );
    host.replaceChildren(
        heading,
        el(
            'p',
            { class: 'note' },
            'Skill is the share of a baseline’s loss that the model saves; p is Diebold and Mariano’s, of a skill that is luck.',
        ),
        table(['Forecast', shown.loss || 'loss', 'Skill', 'p', ...(direction ? ['Right'] : [])], rows, { label: 'Baselines' }),
        figures(shown),
    );
}
/** What the forecasts were off by, or how good the calls were. */
const MEASURES = [
    ['auc', 'AUC', (x) => fixed(x, 4)],
    ['brier', 'Brier', (x) => fixed(x, 4)],
    ['mcc', 'Matthews', (x) => fixed(x, 4)],
    ['accuracy_low', 'Right, 95 % from', percent],
    ['accuracy_high', 'to', percent],
    ['rmse', 'RMSE', significant],
    ['mae', 'MAE', significant],
    ['mape', 'MAPE', percent],
    ['bias', 'Mean error', significant],
    ['r2', 'R²', (x) => fixed(x, 4)],
    ['correlation', 'Correlation', (x) => fixed(x, 4)],
];
function figures(shown) {
    const from = shown.direction || shown.errors || {};
    const list = MEASURES.filter(([name]) => Number.isFinite(from[name]));
    const one = ([name, word, format]) => el('div', {}, el('dt', {}, word), el('dd', {}, format(from[name])));
    return list.length ? el('dl', { class: 'figures' }, ...list.map(one)) : '';
}
const tagOf = (shown) => (shown?.synthetic ? el('span', { class: 'tag synthetic' }, 'SYNTHETIC') : '');

const FIRST = [
    'total_return',
    'gross_return',
    'sharpe',
    'sortino',
    'max_drawdown',
    'volatility',
    'trades',
    'win_rate',
    'profit_factor',
    'exposure',
    'fees',
    'slippage',
    'break_even',
    'mean_low',
    'mean_high',
];
const LABEL = {
    total_return: 'Net return',
    gross_return: 'Return without costs',
    max_drawdown: 'Worst drawdown',
    win_rate: 'Trades won',
    mean_low: 'Mean bar return, 90 % from',
    mean_high: '… to',
    break_even: 'Break-even cost, basis points',
    cagr: 'Yearly growth (CAGR)',
};
function figure(x, unit, name) {
    if (x === null || x === undefined) return '–';
    if (unit === 'return') return /^(mean_|value|conditional|best_bar|worst_bar)/.test(name) ? gain(x, 4) : gain(x);
    if (unit === 'share') return percent(x);
    if (unit === 'count' || unit === 'bars') return Number.isInteger(x) ? integer(x) : fixed(x, 1);
    return fixed(x, 2);
}
export function metrics(host, shown, about, state) {
    const heading = el('h2', { id: 'h-metrics' }, 'Trading figures', tagOf(shown));
    const b = shown?.backtest;
    if (!b) {
        host.replaceChildren(
            heading,
            el(
                'p',
                { class: 'empty' },
                shown
                    ? sentence(shown.verdict[3].reason)
                    : 'After a training: the model traded with costs, beside buy and hold and repeating the last move.',
            ),
        );
        return;
    }
    const list = about.metrics.filter((m) => state.all || FIRST.includes(m.name));
    if (!state.all) list.sort((x, y) => FIRST.indexOf(x.name) - FIRST.indexOf(y.name));
    const word = (name) => LABEL[name] || name.replaceAll('_', ' ').replace(/^./, (c) => c.toUpperCase());
    const rows = list.map((m) =>
        el(
            'tr',
            {},
            el('th', { scope: 'row', title: m.help }, word(m.name)),
            ...[b.metrics, b.hold, b.persistence].map((of, i) =>
                el(
                    'td',
                    { class: i === 0 ? 'number' : '' },
                    i ? figure(of[m.name], m.default, m.name) : el('b', {}, figure(of[m.name], m.default, m.name)),
                ),
            ),
        ),
    );
    host.replaceChildren(
        el(
            'div',
            { class: 'chart-head' },
            heading,
            el(
                'div',
                { class: 'tools' },
                el(
                    'button',
                    {
                        type: 'button',
                        class: 'small',
                        'aria-pressed': String(Boolean(state.all)),
                        onclick: () => {
                            state.all = !state.all;
                            metrics(host, shown, about, state);
                            host.querySelector('button').focus();
                        },
                    },
                    `All ${about.metrics.length}`,
                ),
            ),
        ),
        table(['Figure', 'Model', 'Buy and hold', 'Last move'], rows, { label: 'Trading figures' }),
    );
}

export const tradesCsv = (trades) =>
    'entry_time,exit_time,side,reason,quantity,entry_price,exit_price,pnl,net_return,mae,mfe\n' +
    trades
        .map((t) =>
            [
                new Date(t.entry_time).toISOString(),
                new Date(t.exit_time).toISOString(),
                t.side,
                t.reason,
                t.quantity,
                t.entry_price,
                t.exit_price,
                t.pnl,
                t.net_return,
                t.mae,
                t.mfe,
            ].join(','),
        )
        .join('\n') +
    '\n';

export function trades(host, shown, save, show) {
    const heading = el('h2', { id: 'h-trades' }, 'Trades', tagOf(shown)),
        all = shown?.backtest?.trades;
    if (!all?.length) {
        host.replaceChildren(
            heading,
            el(
                'p',
                { class: 'empty' },
                all
                    ? 'The model never took a side: no trade. A smaller band or threshold lets it.'
                    : shown
                      ? sentence(shown.verdict[3].reason)
                      : 'After a training: every round trip, with costs.',
            ),
        );
        return;
    }
    const MOST = 250,
        rows = all
            .slice(-MOST)
            .reverse()
            .map((t) =>
                el(
                    'tr',
                    {},
                    el(
                        'td',
                        {},
                        el(
                            'button',
                            { type: 'button', class: 'small', title: 'Show it in the chart', onclick: () => show(t) },
                            stamp(t.entry_time),
                        ),
                    ),
                    el('td', {}, stamp(t.exit_time)),
                    el('td', {}, t.side > 0 ? 'long' : 'short'),
                    el('td', {}, money(t.entry_price)),
                    el('td', {}, money(t.exit_price)),
                    el('td', { class: t.pnl > 0 ? 'good' : 'bad' }, gain(t.net_return)),
                    el('td', { class: t.pnl > 0 ? 'good' : 'bad' }, fixed(t.pnl, 2)),
                    el('td', {}, t.reason),
                ),
            );
    host.replaceChildren(
        el(
            'div',
            { class: 'chart-head' },
            heading,
            el(
                'span',
                { class: 'note' },
                all.length > MOST ? `the last ${MOST} of ${integer(all.length)}` : `${integer(all.length)}, newest first`,
            ),
            el('div', { class: 'tools' }, el('button', { type: 'button', class: 'small', onclick: save }, 'Save as CSV')),
        ),
        table(['Entry, UTC', 'Exit, UTC', 'Side', 'Entry', 'Exit', 'Net return', 'Profit', 'Why it ended'], rows, { label: 'Trades' }),
    );
}
