// Small things: elements, numbers and times as text, checksums.

/** el('p', {class: 'note', onclick}, 'text', node) */
export function el(name, attributes = {}, ...children) {
    const made = document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) {
        if (key.startsWith('on')) made.addEventListener(key.slice(2), value);
        else if (value !== null && value !== undefined && value !== false) made.setAttribute(key, value);
    }
    made.append(...children.filter((child) => child !== null && child !== undefined && child !== false));
    return made;
}
export const $ = (id) => document.getElementById(id);

const formats = new Map();
export function fixed(x, digits = 2) {
    if (x === null || x === undefined || Number.isNaN(x)) return '–';
    if (!Number.isFinite(x)) return x > 0 ? '∞' : '−∞';
    let format = formats.get(digits);
    if (!format)
        formats.set(digits, (format = new Intl.NumberFormat('en-GB', { minimumFractionDigits: digits, maximumFractionDigits: digits })));
    return format.format(x).replace('-', '−');
}
export const integer = (x) => fixed(x, 0);
export const signed = (text) => (/^[−–]/.test(text) ? text : `+${text}`);
export const percent = (x, digits = 2) => (x === null || x === undefined || Number.isNaN(x) ? '–' : `${fixed(100 * x, digits)}\u00a0%`);
export const gain = (x, digits = 2) => signed(percent(x, digits));
/** A price, with the digits that its size asks for. */
export const money = (x) =>
    x === null || x === undefined || Number.isNaN(x)
        ? '–'
        : fixed(x, Math.abs(x) >= 100 || x === 0 ? 2 : Math.min(8, 3 - Math.floor(Math.log10(Math.abs(x)))));
export function significant(x, digits = 4) {
    if (x === null || x === undefined || Number.isNaN(x)) return '–';
    if (x === 0) return '0';
    const size = Math.floor(Math.log10(Math.abs(x)));
    return size < -5 || size > 9 ? x.toExponential(digits - 1).replace('-', '−') : fixed(x, Math.max(0, digits - 1 - size));
}
/** 2022-05-03 14:00, UTC */
export const stamp = (ms) => new Date(ms).toISOString().slice(0, 16).replace('T', ' ');
export function span(ms) {
    for (const [size, name] of [
        [604800000, 'week'],
        [86400000, 'day'],
        [3600000, 'hour'],
        [60000, 'minute'],
        [1000, 'second'],
    ])
        if (ms >= size && ms % size === 0) return ms === size ? `1 ${name}` : `${ms / size} ${name}s`;
    return `${ms} ms`;
}
export function seconds(s) {
    if (!Number.isFinite(s)) return '–';
    if (s < 10) return `${fixed(s, 1)} s`;
    if (s < 120) return `${Math.round(s)} s`;
    if (s < 7200) return `${Math.round(s / 60)} min`;
    return `${fixed(s / 3600, 1)} h`;
}
export const bytesText = (n) => (n < 10000 ? `${integer(n)} bytes` : n < 1e6 ? `${fixed(n / 1e3, 1)} kB` : `${fixed(n / 1e6, 1)} MB`);

/** SHA-256 in hex (FIPS 180-4). Written out because crypto.subtle is absent where a page is served by plain http from another machine. */
export function sha256(text) {
    const data = new TextEncoder().encode(text),
        length = data.length,
        padded = new Uint8Array(((length + 8) >> 6) * 64 + 64);
    padded.set(data);
    padded[length] = 128;
    const view = new DataView(padded.buffer),
        primes = [],
        frac = (x) => ((x - Math.floor(x)) * 4294967296) >>> 0;
    view.setUint32(padded.length - 8, Math.floor(length / 536870912));
    view.setUint32(padded.length - 4, length << 3);
    for (let n = 2; primes.length < 64; n++) if (primes.every((p) => n % p)) primes.push(n);
    const k = primes.map((p) => frac(Math.cbrt(p))),
        h = primes.slice(0, 8).map((p) => frac(Math.sqrt(p))),
        w = new Uint32Array(64);
    const turn = (x, n) => (x >>> n) | (x << (32 - n));
    for (let at = 0; at < padded.length; at += 64) {
        for (let i = 0; i < 16; i++) w[i] = view.getUint32(at + 4 * i);
        for (let i = 16; i < 64; i++) {
            const a = w[i - 15],
                b = w[i - 2];
            w[i] = w[i - 16] + (turn(a, 7) ^ turn(a, 18) ^ (a >>> 3)) + w[i - 7] + (turn(b, 17) ^ turn(b, 19) ^ (b >>> 10));
        }
        let [a, b, c, d, e, f, g, z] = h;
        for (let i = 0; i < 64; i++) {
            const one = (z + (turn(e, 6) ^ turn(e, 11) ^ turn(e, 25)) + ((e & f) ^ (~e & g)) + k[i] + w[i]) | 0;
            const two = ((turn(a, 2) ^ turn(a, 13) ^ turn(a, 22)) + ((a & b) ^ (a & c) ^ (b & c))) | 0;
            z = g;
            g = f;
            f = e;
            e = (d + one) | 0;
            d = c;
            c = b;
            b = a;
            a = (one + two) | 0;
        }
        [a, b, c, d, e, f, g, z].forEach((x, i) => {
            h[i] = (h[i] + x) >>> 0;
        });
    }
    return h.map((x) => x.toString(16).padStart(8, '0')).join('');
}

export function download(name, text, type = 'text/plain') {
    const url = URL.createObjectURL(new Blob([text], { type }));
    el('a', { href: url, download: name }).click();
    setTimeout(() => URL.revokeObjectURL(url), 10000);
}
export async function copy(text) {
    try {
        await navigator.clipboard.writeText(text);
        return true;
    } catch {
        /* a page from a disk may not be allowed to */
    }
    const area = el('textarea', { class: 'visually-hidden', 'aria-label': 'to copy' });
    area.value = text;
    document.body.append(area);
    area.select();
    const done = document.execCommand('copy');
    area.remove();
    return done;
}
export function toast(text) {
    const host = document.getElementById('toast');
    host.textContent = text;
    clearTimeout(toast.timer);
    toast.timer = setTimeout(() => {
        host.textContent = '';
    }, 4000);
}
