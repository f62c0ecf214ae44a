// Candles as CSV text: made up, or from an exchange's klines. Everything goes through the library's own reader afterwards, so that
// a file to download and the native program see the same bytes.

/** Uniform numbers in 0..1 of 32-bit integers alone (mulberry32): the same in every browser. */
function uniformOf(seed) {
    let state = seed >>> 0;
    return () => {
        state = (state + 0x6d2b79f5) >>> 0;
        let x = state;
        x = Math.imul(x ^ (x >>> 15), x | 1);
        x ^= x + Math.imul(x ^ (x >>> 7), x | 61);
        return ((x ^ (x >>> 14)) >>> 0) / 4294967296;
    };
}

export const RECIPE = `A seeded generator in this page, no market. Volatility follows GARCH(1,1): 0.05 of its level, 0.10 of the last
squared move and 0.85 of itself, busier in the afternoon (UTC) and quieter at weekends. Each hour's return is volatility times noise plus
momentum times the mean of recent returns (weight 1/8). Momentum is planted: real candles do not come with a promise of any. Set it to 0
and the next hour is a fair coin, and the verdict should say so. Only + - * / and square roots are used, so a seed gives the same candles
in every browser.`;

/** `bars` hourly candles from 2022-01-01, as CSV. Its first line says that it is synthetic, and the library repeats that with results. */
export function synthetic({ seed = 1, bars = 3000, momentum = 0.3 } = {}) {
    const uniform = uniformOf(seed),
        lines = [
            `# synthetic candles (lstmfc demo page, seed ${seed}, ${bars} bars, momentum ${momentum})`,
            'time,open,high,low,close,volume',
        ];
    const normal = () => {
        let sum = -6;
        for (let i = 0; i < 12; i++) sum += uniform();
        return sum;
    }; // Irwin-Hall, variance 1
    const cents = (x) => Math.floor(x * 100 + 0.5) / 100;
    const level = 0.006; // standard deviation of an hourly return
    let close = 30000,
        variance = 1,
        shock = 0,
        drift = 0;
    const begin = Date.UTC(2022, 0, 1);
    for (let t = 0; t < bars; t++) {
        const time = new Date(begin + 3600000 * t),
            hour = time.getUTCHours(),
            weekend = time.getUTCDay() % 6 === 0;
        const busy = (1 + 0.3 * (1 - Math.abs(hour - 15) / 7.5)) * (weekend ? 0.75 : 1);
        variance = 0.05 + 0.1 * shock * shock + 0.85 * variance;
        shock = normal() * Math.sqrt(variance);
        const sigma = level * busy,
            move = Math.min(0.3, Math.max(-0.3, sigma * shock + momentum * drift));
        drift += (move - drift) / 8;
        const open = close,
            spread = sigma * Math.sqrt(variance);
        close = Math.max(1, cents(open * (1 + move)));
        const high = cents(Math.max(open, close) * (1 + spread * 0.6 * uniform())),
            low = cents(Math.min(open, close) * (1 - spread * 0.6 * uniform()));
        const volume =
            Math.floor(1000 * 400 * busy * (0.4 + 0.6 * Math.sqrt(variance) + 0.3 * Math.abs(shock)) * (0.6 + 0.8 * uniform())) / 1000;
        const prices = [open, high, low, close].map((x) => x.toFixed(2));
        lines.push(`${time.toISOString().slice(0, 19)}Z,${prices},${volume.toFixed(3)}`);
    }
    return lines.join('\n') + '\n';
}

// ---- klines: what exchanges answer
/** {symbol}, {SYMBOL}, {interval}, {limit} of a URL template. */
export const fill = (template, values) =>
    template.replace(/\{(\w+)\}/g, (all, name) =>
        name in values
            ? encodeURIComponent(values[name])
            : name.toLowerCase() in values
              ? encodeURIComponent(values[name.toLowerCase()].toUpperCase())
              : all,
    );

const ROLES = {
    time: ['openTime', 'open_time', 'start', 'timestamp', 'time', 't', 'T'],
    open: ['open', 'o'],
    high: ['high', 'h'],
    low: ['low', 'l'],
    close: ['close', 'c'],
    volume: ['volume', 'v', 'vol', 'q'],
};

/** One bar of an array [time, open, high, low, close, volume, ..] or of an object that names them; null if it is neither. */
export function klineOf(row) {
    let bar;
    if (Array.isArray(row)) {
        const [time, open, high, low, close, volume = 0] = row;
        bar = { time, open, high, low, close, volume };
    } else if (row && typeof row === 'object') {
        bar = Object.fromEntries(Object.entries(ROLES).map(([role, names]) => [role, row[names.find((name) => name in row)]]));
        bar.volume ??= 0;
    } else return null;
    for (const role of Object.keys(bar))
        bar[role] = typeof bar[role] === 'string' && !/^[\d.eE+-]+$/.test(bar[role]) ? Date.parse(bar[role]) : Number(bar[role]);
    if (!Object.values(bar).every(Number.isFinite)) return null;
    while (bar.time > 1e14) bar.time /= 1000; // microseconds and finer
    if (bar.time < 1e11) bar.time *= 1000; // seconds
    bar.time = Math.floor(bar.time);
    return bar;
}

/** The bars of a REST answer: an array of klines, or an object that holds one (data, result.list, candles ..), in either order. */
export function klines(answer) {
    const find = (node, depth) => {
        if (Array.isArray(node) && node.length && (Array.isArray(node[0]) || typeof node[0] === 'object')) return node;
        if (!node || typeof node !== 'object' || depth > 3) return null;
        for (const value of Object.values(node)) {
            const found = find(value, depth + 1);
            if (found) return found;
        }
        return null;
    };
    const rows = find(answer, 0);
    if (!rows) throw new Error(`no klines in the answer: ${JSON.stringify(answer).slice(0, 200)}`);
    const bars = rows.map((row, i) => {
        const bar = klineOf(row);
        if (!bar) throw new Error(`kline ${i + 1} of ${rows.length} is not a bar: ${JSON.stringify(row).slice(0, 200)}`);
        return bar;
    });
    return bars.sort((a, b) => a.time - b.time);
}

/** {bar, closed} of a WebSocket message, null if it carries none. */
export function klineMessage(text) {
    let said;
    try {
        said = JSON.parse(text);
    } catch {
        return null;
    }
    const k = said?.data?.k ?? said?.k ?? said?.data?.[0] ?? said?.data ?? null,
        bar = k && klineOf(k);
    return bar ? { bar, closed: Boolean(k.x ?? k.confirm ?? k.closed ?? false) } : null;
}

export const line = ({ time, open, high, low, close, volume }) =>
    `${new Date(time).toISOString().slice(0, 19)}Z,${open},${high},${low},${close},${volume}\n`;
export const csvOf = (bars) => 'time,open,high,low,close,volume\n' + bars.map(line).join('');

/** The names in the first line that looks like a header. */
export function header(text) {
    const lines = text
        .slice(0, 20000)
        .split(/\r\n|\n|\r/)
        .slice(0, 5);
    for (const each of lines) {
        const separator = ['\t', ';', ','].sort((a, b) => each.split(b).length - each.split(a).length)[0];
        const cells = each.split(separator).map((cell) => cell.trim().replace(/^"|"$/g, ''));
        if (cells.length > 1 && cells.every((cell) => cell && !/^[-\d.]/.test(cell)) && !each.startsWith('#')) return cells;
    }
    return [];
}
