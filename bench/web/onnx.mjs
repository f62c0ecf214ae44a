// An ONNX model of LSTM and dense layers, written without a library: the few messages of onnx.proto3 that it needs.
// onnx({ layers, tensors, inputs, window, stream }) gives bytes. layers: [{ kind, inputs, size, activation }]; tensors: for each layer
// kernel, recurrent and bias (gates i, f, g, o) or kernel and bias, as lstmfc has them. Input x [window][1][inputs], output y [1][outputs];
// with stream x [1][1][inputs], and h0, c0, .. [1][1][size] go in, H0, C0, .. come out.

const varint = (n) => { const out = []; do { out.push((n & 127) | (n > 127 ? 128 : 0)); n >>>= 7; } while (n); return out; };
const integer = (field, n) => [...varint(field << 3), ...varint(n)];
const text = new TextEncoder();
function bytes(field, data) {                       // a text, an array of bytes, or a message made of parts
    const body = typeof data === 'string' ? text.encode(data) : data;
    return [...varint(field << 3 | 2), ...varint(body.length), ...body];
}
const FLOAT = 1, INT64 = 7, INTEGER = 2;

const valueInfo = (name, shape) => [...bytes(1, name), ...bytes(2, bytes(1, [...integer(1, FLOAT),
    ...bytes(2, shape.flatMap((n) => bytes(1, integer(1, n))))]))];
const tensor = (name, shape, type, data) => [...shape.flatMap((n) => integer(1, n)), ...integer(2, type), ...bytes(8, name),
    ...bytes(9, new Uint8Array(data.buffer, data.byteOffset, data.byteLength))];
const attribute = ([name, n]) => bytes(5, [...bytes(1, name), ...integer(3, n), ...integer(20, INTEGER)]);
const node = (type, inputs, outputs, attributes = {}) => [...inputs.flatMap((name) => bytes(1, name)),
    ...outputs.flatMap((name) => bytes(2, name)), ...bytes(4, type), ...Object.entries(attributes).flatMap(attribute)];

/** [rows][4 size] with gates i, f, g, o as [4 size][rows] with gates i, o, f, g. */
function gates(values, rows, size) {
    const out = new Float32Array(values.length);
    [0, 3, 1, 2].forEach((from, to) => {
        for (let k = 0; k < size; k++)
            for (let i = 0; i < rows; i++) out[(to * size + k) * rows + i] = values[i * 4 * size + from * size + k];
    });
    return out;
}

export function onnx({ layers, tensors, inputs, window, stream }) {
    const nodes = [], constants = [], ins = [['x', [stream ? 1 : window, 1, inputs]]], outs = [['y', [1, layers.at(-1).size]]];
    const constant = (name, shape, data, type = FLOAT) => { constants.push(tensor(name, shape, type, data)); return name; };
    const lstms = layers.filter(({ kind }) => kind === 'lstm').length;
    constant('axis0', [1], new BigInt64Array([0n]), INT64);
    constant('axis1', [1], new BigInt64Array([1n]), INT64);
    let name = 'x';
    layers.forEach(({ kind, inputs, size, activation }, k) => {
        if (kind === 'lstm') {
            const [kernel, recurrent, bias] = tensors[k], both = new Float32Array(8 * size), operands = [name];
            both.set(gates(bias, 1, size));
            operands.push(constant(`w${k}`, [1, 4 * size, inputs], gates(kernel, inputs, size)),
                constant(`r${k}`, [1, 4 * size, size], gates(recurrent, size, size)), constant(`b${k}`, [1, 8 * size], both));
            if (stream) {
                operands.push('', `h${k}`, `c${k}`);
                ins.push([`h${k}`, [1, 1, size]], [`c${k}`, [1, 1, size]]);
                outs.push([`H${k}`, [1, 1, size]], [`C${k}`, [1, 1, size]]);
            }
            nodes.push(node('LSTM', operands, [`all${k}`, `H${k}`, `C${k}`], { hidden_size: size }));
            const last = k === lstms - 1;
            nodes.push(node('Squeeze', last ? [`H${k}`, 'axis0'] : [`all${k}`, 'axis1'], [name = `s${k}`]));
            return;
        }
        const final = k === layers.length - 1, plain = !activation;
        const gemm = final && plain ? 'y' : `g${k}`;
        const [kernel, bias] = tensors[k];
        nodes.push(node('Gemm', [name, constant(`w${k}`, [inputs, size], kernel), constant(`b${k}`, [size], bias)], [gemm]));
        name = gemm;
        if (!plain) nodes.push(node({ relu: 'Relu', sigmoid: 'Sigmoid' }[activation], [gemm], [name = final ? 'y' : `a${k}`]));
    });
    const graph = [...nodes.flatMap((n) => bytes(1, n)), ...bytes(2, 'bench'), ...constants.flatMap((c) => bytes(5, c)),
        ...ins.flatMap(([n, shape]) => bytes(11, valueInfo(n, shape))), ...outs.flatMap(([n, shape]) => bytes(12, valueInfo(n, shape)))];
    return new Uint8Array([...integer(1, 8), ...bytes(7, graph), ...bytes(8, [...bytes(1, ''), ...integer(2, 17)])]);
}
