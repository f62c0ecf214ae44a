// The cell once more, in plain JavaScript: what the page holds against the module's numbers. Sums are rounded to 32 bits at every
// step, in the module's order (bias, inputs, units); sigmoid and tanh are the browser's, in 64 bits.

export const GATES = {
    lstm: [
        { key: 'i', name: 'input gate', curve: 'sigmoid' },
        { key: 'f', name: 'forget gate', curve: 'sigmoid' },
        { key: 'g', name: 'candidate', curve: 'tanh' },
        { key: 'o', name: 'output gate', curve: 'sigmoid' },
    ],
    gru: [
        { key: 'r', name: 'reset gate', curve: 'sigmoid' },
        { key: 'z', name: 'update gate', curve: 'sigmoid' },
        { key: 'n', name: 'candidate', curve: 'tanh' },
    ],
};
/** The gate that keeps the old state, by its place: f of an LSTM, z of a GRU. */
export const KEEPER = 1;
export const sigmoid = (x) => 1 / (1 + Math.exp(-x));
export const CURVES = { sigmoid, tanh: Math.tanh };

/** The sum of one gate of one unit at one step: {terms: [{of: 'b'|'x'|'h', index, value, weight, product, sum}], z, gate}.
    x: the layer's input at the step; before: its outputs a step earlier, null at the first; reset: r of a GRU,
    for its candidate; inner: that one's second bias. */
export function chain({ kind, gate, unit, units, kernel, recurrent, bias, inner, x, before, reset = 1 }) {
    const f = Math.fround,
        columns = GATES[kind].length * units,
        column = gate * units + unit,
        terms = [];
    const candidate = kind === 'gru' && gate === 2;
    let sum = 0;
    const add = (of, index, value, weight, product) => {
        sum = f(sum + product);
        terms.push({ of, index, value, weight, product, sum });
    };
    add('b', 0, 1, bias[column], bias[column]);
    for (let k = 0; k < x.length; k++) add('x', k, x[k], kernel[k * columns + column], f(x[k] * kernel[k * columns + column]));
    if (candidate) add('q', 0, reset, inner[unit], f(reset * inner[unit]));
    for (let k = 0; before && k < units; k++) {
        const weight = recurrent[k * columns + column],
            product = f(before[k] * weight);
        add('h', k, before[k], weight, candidate ? f(reset * product) : product);
    }
    return { terms, z: sum, gate: CURVES[GATES[kind][gate].curve](sum) };
}

const ACTIVATIONS = { linear: (x) => x, relu: (x) => Math.max(0, x), tanh: Math.tanh, sigmoid };
/** From the outputs of the last recurrent layer to output 0 of the network, through dense layers: {terms, z, output, activation, source};
    null where other layers stand between. weights(name): a tensor's data. source: the text of the layer that the terms come from. */
export function head({ layers, after, hidden, weights }) {
    let x = hidden,
        source = null,
        made = null;
    for (const { index, kind, units, text } of layers.slice(after + 1)) {
        if (kind === 'dropout' || kind === 'last') continue;
        const activation =
            text
                .split(' ')
                .slice(2)
                .find((word) => !word.includes('=')) || 'linear';
        if (kind !== 'dense' || !ACTIVATIONS[activation]) return null;
        const kernel = weights(`${index}.dense.kernel`),
            bias = weights(`${index}.dense.bias`),
            from = x,
            f = Math.fround;
        const column = (j, terms) => {
            let sum = bias[j];
            terms?.push({ of: 'b', index: 0, value: 1, weight: sum, product: sum, sum });
            for (let k = 0; k < from.length; k++) {
                const product = f(from[k] * kernel[k * units + j]);
                sum = f(sum + product);
                terms?.push({ of: 'h', index: k, value: from[k], weight: kernel[k * units + j], product, sum });
            }
            return sum;
        };
        const terms = [],
            z = column(0, terms);
        made = { terms, z, output: ACTIVATIONS[activation](z), activation, source };
        x = Float32Array.from({ length: units }, (_, j) => ACTIVATIONS[activation](column(j)));
        source = text;
    }
    return made;
}

/** Bars that a cell scaled by `keep` at every step takes to fall to 1/e. */
export const memory = (keep) => (keep <= 0 ? 0 : keep >= 1 ? Infinity : -1 / Math.log(keep));

/** The chance that a fair coin thrown n times lies as far from n/2 as k does, or farther. */
export function coin(k, n) {
    let choose = 1,
        sum = 0;
    for (let i = 0; i <= n; i++) {
        if (Math.abs(i - n / 2) >= Math.abs(k - n / 2)) sum += choose;
        choose = (choose * (n - i)) / (i + 1);
    }
    return sum / 2 ** n;
}

/** The `most` bars whose states are nearest to that of `bar` (Euclid), each at least `apart` bars from it and from each other, the
    outcome known (bar + horizon at most `bar`): [{bar, distance}]. states: [count][units], row 0 is bar `first`; NaN rows are skipped. */
export function nearest({ states, units, first, bar, horizon, apart, most }) {
    const at = (t) => (t - first) * units,
        found = [];
    for (let t = first; t <= bar - Math.max(horizon, apart); t++) {
        let square = 0;
        for (let k = 0; k < units; k++) square += (states[at(t) + k] - states[at(bar) + k]) ** 2;
        if (!Number.isNaN(square)) found.push({ bar: t, distance: Math.sqrt(square) });
    }
    found.sort((a, b) => a.distance - b.distance);
    const taken = [];
    for (const each of found) {
        if (taken.length === most) break;
        if (taken.every((other) => Math.abs(other.bar - each.bar) >= apart)) taken.push(each);
    }
    return taken;
}
