// What the parts of the page draw with: elements, numbers as text, colours of the style sheet, heat maps.

/** An element: h('p', {class: 'note', onclick}, 'text', child). */
export function h(tag, attributes = {}, ...children) {
    return fill(document.createElement(tag), attributes, children);
}
/** The same of SVG. */
export function s(tag, attributes = {}, ...children) {
    return fill(document.createElementNS('http://www.w3.org/2000/svg', tag), attributes, children);
}
function fill(element, attributes, children) {
    for (const [name, value] of Object.entries(attributes)) {
        if (value === undefined || value === null || value === false) continue;
        if (name.startsWith('on')) element.addEventListener(name.slice(2), value);
        else if (name === 'style')
            element.style.cssText = value; // a policy may forbid the attribute
        else element.setAttribute(name, value === true ? '' : value);
    }
    element.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false));
    return element;
}
export const $ = (id) => document.getElementById(id);

/** A number with so many digits behind the point where that says something, else with an exponent. */
export function number(x, digits = 4) {
    if (x === null || x === undefined || Number.isNaN(x)) return '–';
    if (!Number.isFinite(x)) return x < 0 ? '−∞' : '∞';
    const size = Math.abs(x);
    const text = x === 0 ? '0' : size < 0.5 * 10 ** -digits || size >= 1e7 ? x.toExponential(2) : x.toFixed(size >= 1000 ? 2 : digits);
    return text.replaceAll('-', '−');
}
export const signed = (x, digits = 4) => (x > 0 ? '+' : '') + number(x, digits);
export const percent = (x, digits = 1) => (Number.isFinite(x) ? `${(100 * x).toFixed(digits).replace('-', '−')} %` : '–');
export const when = (time) => new Date(time).toISOString().slice(0, 16).replace('T', ' ');
export const price = (x) => number(x, Math.abs(x) >= 100 ? 2 : 5);

// ---- colours: the style sheet has them, for light and dark
const parse = (text) =>
    text
        .trim()
        .replace('#', '')
        .match(/../g)
        .map((pair) => parseInt(pair, 16));
/** {ink, soft, line, card, i, f, g, ..} as text, seq and div as functions of 0..1 and -1..1 to [r, g, b]. */
export function colours() {
    const style = getComputedStyle(document.documentElement),
        text = (name) => style.getPropertyValue(name).trim();
    const [low, middle, high] = ['--seq-0', '--seq-1', '--seq-2'].map((name) => parse(text(name)));
    const [minus, zero, plus] = ['--minus', '--zero', '--plus'].map((name) => parse(text(name)));
    const mix = (a, b, t) => a.map((x, k) => Math.round(x + (b[k] - x) * t));
    const within = (x, least, most) => Math.min(most, Math.max(least, x));
    return {
        text,
        ink: text('--ink'),
        soft: text('--soft'),
        line: text('--line'),
        card: text('--card'),
        accent: text('--accent'),
        up: text('--up'),
        down: text('--down'),
        grid: text('--grid'),
        seq: (x) => {
            const t = within(x, 0, 1);
            return t < 0.5 ? mix(low, middle, 2 * t) : mix(middle, high, 2 * t - 1);
        },
        div: (x) => {
            const t = within(x, -1, 1);
            return t < 0 ? mix(zero, minus, -t) : mix(zero, plus, t);
        },
    };
}
export const css = ([r, g, b]) => `rgb(${r} ${g} ${b})`;

/** A canvas as wide as its box and so many pixels high, its context in CSS pixels; it is empty then. */
export function sheet(canvas, height) {
    const width = Math.max(120, Math.floor(canvas.parentElement.clientWidth)),
        ratio = window.devicePixelRatio || 1;
    canvas.width = Math.round(width * ratio);
    canvas.height = Math.round(height * ratio);
    canvas.style.width = `${width}px`;
    canvas.style.height = `${height}px`;
    const to = canvas.getContext('2d');
    to.setTransform(ratio, 0, 0, ratio, 0, 0);
    to.clearRect(0, 0, width, height);
    to.font = '11px system-ui, sans-serif';
    to.textBaseline = 'middle';
    return { to, width, height };
}

/** A heat map of rows x columns in the box {x, y, width, height}; colour(row, column) gives [r, g, b] or null. */
export function heat(to, box, rows, columns, colour) {
    const small = document.createElement('canvas');
    small.width = columns;
    small.height = rows;
    const paint = small.getContext('2d'),
        image = paint.createImageData(columns, rows);
    for (let r = 0; r < rows; r++) {
        for (let c = 0; c < columns; c++) {
            const rgb = colour(r, c);
            if (rgb) image.data.set([...rgb, 255], 4 * (r * columns + c));
        }
    }
    paint.putImageData(image, 0, 0);
    to.imageSmoothingEnabled = false;
    to.drawImage(small, box.x, box.y, box.width, box.height);
    const wide = box.width / columns,
        high = box.height / rows;
    if (wide < 7 || high < 7) return; // thin lines between cells that are large enough
    to.save();
    to.strokeStyle = colours().card;
    to.lineWidth = 1;
    to.beginPath();
    for (let c = 1; c < columns; c++) {
        to.moveTo(box.x + c * wide, box.y);
        to.lineTo(box.x + c * wide, box.y + box.height);
    }
    for (let r = 1; r < rows; r++) {
        to.moveTo(box.x, box.y + r * high);
        to.lineTo(box.x + box.width, box.y + r * high);
    }
    to.stroke();
    to.restore();
}

/** A frame around a cell that is chosen, seen on any colour. */
export function frame(to, x, y, width, height) {
    const look = colours();
    to.lineWidth = 4;
    to.strokeStyle = look.card;
    to.strokeRect(x, y, width, height);
    to.lineWidth = 2;
    to.strokeStyle = look.ink;
    to.strokeRect(x, y, width, height);
}

/** Candles first .. end-1 of columns in a box; returns the scale of prices. */
export function candlesticks(to, box, columns, first, end) {
    const look = colours(),
        count = end - first,
        wide = box.width / count;
    let least = Infinity,
        most = -Infinity;
    for (let t = first; t < end; t++) {
        least = Math.min(least, columns.low[t]);
        most = Math.max(most, columns.high[t]);
    }
    const room = (most - least) * 0.04 || 1;
    const y = (value) => box.y + box.height * (1 - (value - least + room) / (most - least + 2 * room));
    for (let t = first; t < end; t++) {
        const { [t]: open } = columns.open,
            { [t]: close } = columns.close,
            x = box.x + (t - first + 0.5) * wide;
        to.fillStyle = to.strokeStyle = close >= open ? look.up : look.down;
        to.lineWidth = 1;
        to.beginPath();
        to.moveTo(x, y(columns.high[t]));
        to.lineTo(x, y(columns.low[t]));
        to.stroke();
        const body = Math.max(1, wide * 0.62),
            top = y(Math.max(open, close));
        to.fillRect(x - body / 2, top, body, Math.max(1, y(Math.min(open, close)) - top));
    }
    return { y, least, most };
}

/** Calls `done` once per frame however often it is asked for. */
export function framed(done) {
    let asked = 0;
    return () => {
        if (!asked)
            asked = requestAnimationFrame(() => {
                asked = 0;
                done();
            });
    };
}

/** Lets the page breathe between two pieces of work. */
export const breath = () =>
    new Promise((go) => {
        const channel = new MessageChannel();
        channel.port1.onmessage = () => {
            channel.port1.close();
            go();
        };
        channel.port2.postMessage(0);
    });
