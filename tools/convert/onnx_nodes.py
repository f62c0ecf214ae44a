"""ONNX's operators in lstmfc's terms: each is given the graph, its node, its inputs and attributes, and gives the values of its outputs. NODES
is the table of those that may depend on the input, FOLDED of those that compute shapes and constants on the way."""
import numpy as np

from .fault import cut
from .network import Layer, activate, affine, gates, last_step
from .onnx_values import Stream, atoms, name_of, regroup, unstacked


def _constant(graph, node, value, what):
    if value is not None and not isinstance(value, np.ndarray) and not np.isscalar(value):
        graph.refuse(node, "%s is computed from the input" % what)
    return None if value is None else np.asarray(value)


def _recurrent(graph, node, given, attributes):
    lstm = node.op_type == "LSTM"
    given = given + [None] * (8 - len(given))
    x, w, r, b, lens, h0 = given[:6]
    c0, peephole = (given[6], given[7]) if lstm else (None, None)
    if not isinstance(x, Stream):
        graph.refuse(node, "its input does not come from the graph's")
    if peephole is not None:
        graph.refuse(node, "has peepholes (its input P); lstmfc's LSTM has none")
    for what, state in (("initial_h", h0), ("initial_c", c0)):
        if isinstance(state, Stream):
            graph.refuse(node, "its %s is computed from the input: a state that the graph feeds" % what)
        if state is not None and np.any(np.asarray(state)):
            graph.refuse(node, "its %s is not zero; lstmfc begins every window with a state of zeros" % what)
    direction = _text(attributes.get("direction", "forward"))
    if direction not in ("forward", "bidirectional"):
        graph.refuse(node, "direction %s: it reads the window from its end alone, which has no layer in lstmfc" % cut(direction))
    ways = 2 if direction == "bidirectional" else 1
    names = [_text(a).lower() for a in attributes.get("activations", [])]
    expected = ["sigmoid", "tanh", "tanh"] if lstm else ["sigmoid", "tanh"]
    if names and names != expected * ways:
        graph.refuse(node, "its activations are %s; lstmfc's are %s" % (", ".join(map(cut, names)), ", ".join(expected * ways)))
    if attributes.get("clip"):
        graph.refuse(node, "clip: lstmfc does not clip its gates")
    if attributes.get("input_forget"):
        graph.refuse(node, "input_forget: coupled gates have no layer in lstmfc")
    w, r, b = (_constant(graph, node, v, n) for v, n in ((w, "W"), (r, "R"), (b, "B")))
    blocks = 4 if lstm else 3
    if w is None or r is None or w.ndim != 3 or r.ndim != 3:
        graph.refuse(node, "W and R are missing or not of three axes")
    hidden = r.shape[2]
    # the axes: columns, batch, time
    x = graph.columns(node, x)
    order = ["B", "T", "C"] if attributes.get("layout", 0) else ["T", "B", "C"]
    tags = x.tags
    steps = x.shape[order.index("T")] if len(tags) == 3 else 0
    if len(tags) == 3:
        tags = [want if have in ("", "1") and size == 1 else have for have, want, size in zip(tags, order, x.shape)]
    if tags != order:
        graph.layout(node, "its input has the axes %s, expected %s" % (" ".join(t or "1" for t in x.tags), " ".join(order)))
    inputs = x.shape[2]
    for what, tensor, shape in (("W", w, (ways, blocks * hidden, inputs)), ("R", r, (ways, blocks * hidden, hidden)),
                                ("B", b, (ways, 2 * blocks * hidden))):
        if tensor is not None and tensor.shape != shape:
            graph.refuse(node, "%s has the shape %s, expected %s" % (what, list(tensor.shape), list(shape)))
    if attributes.get("hidden_size", hidden) != hidden:
        graph.refuse(node, "hidden_size %s, but R has %d" % (cut(attributes["hidden_size"]), hidden))
    lens = _constant(graph, node, lens, "sequence_lens")
    if lens is not None and np.any(lens != steps):
        graph.refuse(node, "sequence_lens: steps that are left out (a mask) have no layer in lstmfc")
    b = np.zeros((ways, 2 * blocks * hidden)) if b is None else b
    if not lstm and not attributes.get("linear_before_reset", 0) and steps > 1:
        graph.refuse(node, "linear_before_reset=0: its reset gate stands before the recurrent product, lstmfc's behind it")
    layer = Layer(("bi" if ways == 2 else "") + node.op_type.lower(), hidden, sequence=True, name=name_of(node))
    for way in range(ways):
        prefix = ("forward_", "backward_")[way] if ways == 2 else ""
        bias, second = np.split(b[way].astype(np.float64), 2)
        if lstm:
            layer.tensors.update({prefix + k: gates(v, "iofg", "ifgo") for k, v in
                                  (("kernel", w[way].T), ("recurrent", r[way].T), ("bias", bias + second))})
            continue
        layer.tensors.update({prefix + "kernel": gates(w[way].T, "zrn", "rzn"), prefix + "recurrent": gates(r[way].T, "zrn", "rzn")})
        bias, second = gates(bias, "zrn", "rzn"), gates(second, "zrn", "rzn")
        behind = second[2 * hidden:]
        if not attributes.get("linear_before_reset", 0):    # one step from a state of zeros: the reset gate has nothing to reset
            behind = np.zeros(hidden)
            bias = bias + np.concatenate([np.zeros(2 * hidden), second[2 * hidden:]])
        layer.tensors[prefix + "bias"] = bias + np.concatenate([second[:2 * hidden], np.zeros(hidden)])
        layer.tensors[prefix + "recurrent_bias"] = behind
    last = Layer(layer.kind, hidden, sequence=False, tensors=layer.tensors, name=layer.name)
    batch = x.axes[order.index("B")]
    time, direction, columns = x.axes[order.index("T")], [("D", ways)], [("C", hidden)]
    if time[0][0] == "1":
        time = [("T", 1)]
    y = Stream([batch, time, direction, columns] if attributes.get("layout", 0) else [time, direction, batch, columns], x.layers + [layer])
    layers = x.layers + [last]
    # one list for both directions: by it a Concat knows that they belong together
    halves = [(Stream([batch, columns], None, of=("direction", k, layers)), k) for k in range(2)] if ways == 2 else \
        [(Stream([batch, columns], layers), None)]
    y_h = Stream([batch, direction, columns] if attributes.get("layout", 0) else [direction, batch, columns], layers,
                 parts=None if attributes.get("layout", 0) else halves)
    return [y, y_h]


def _text(value):
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)


def _transpose(graph, node, given, attributes):
    x, rank = given[0], len(given[0].axes)
    perm = [graph.axis(node, p, rank) for p in attributes.get("perm", range(rank - 1, -1, -1))]
    if sorted(perm) != list(range(rank)):
        graph.refuse(node, "perm %s of %d axes" % (perm, rank))
    return Stream([x.axes[p] for p in perm], x.layers, x.of if x.of and x.of[0] == "direction" else None)


def _axes_of(graph, node, given, attributes, rank):
    axes = given[1] if len(given) > 1 and given[1] is not None else attributes.get("axes")
    return None if axes is None else [graph.axis(node, int(a), rank) for a in np.atleast_1d(_constant(graph, node, axes, "axes"))]


def _squeeze(graph, node, given, attributes):
    x = given[0]
    axes = _axes_of(graph, node, given, attributes, len(x.axes))
    if axes is None:
        axes = [k for k, size in enumerate(x.shape) if size == 1]
    if any(x.shape[k] != 1 for k in axes):
        graph.refuse(node, "squeezes an axis of %d" % max(x.shape[k] for k in axes))
    if x.parts and axes == [0] and len(x.parts) == 1:
        return x.parts[0][0]
    layers = x.layers
    if layers is not None and any(x.tags[k] == "T" for k in axes):
        layers = last_step(layers, node.name)
    return Stream([a for k, a in enumerate(x.axes) if k not in axes], layers, x.of if x.of and x.of[0] == "direction" else None)


def _unsqueeze(graph, node, given, attributes):
    x = given[0]
    count = np.atleast_1d(given[1] if len(given) > 1 and given[1] is not None else attributes.get("axes", [])).size
    axes = _axes_of(graph, node, given, attributes, len(x.axes) + count)
    out = [list(a) for a in x.axes]
    for k in sorted(axes):
        out.insert(k, [("1", 1)])
    if x.of and x.of[0] == "direction" and axes == [0]:
        return Stream(out, x.layers, parts=[(x, x.of[1])])
    return Stream(out, x.layers)


def _reshape(graph, node, given, attributes):
    x, shape = given[0], [int(v) for v in np.atleast_1d(_constant(graph, node, given[1], "its shape"))]
    have = x.shape
    if not attributes.get("allowzero", 0):
        shape = [have[k] if v == 0 and k < len(have) else v for k, v in enumerate(shape)]
    if shape.count(-1) == 1:
        rest = int(np.prod([v for v in shape if v != -1], dtype=object))
        if rest <= 0 or int(np.prod(have, dtype=object)) % rest:
            graph.refuse(node, "%s cannot be given the shape %s" % (have, shape))
        shape[shape.index(-1)] = int(np.prod(have, dtype=object)) // rest
    if any(v < 1 for v in shape) or int(np.prod(shape, dtype=object)) != int(np.prod(have, dtype=object)):
        graph.refuse(node, "%s cannot be given the shape %s" % (have, shape))
    axes = regroup(atoms(x.axes), shape)
    if axes is None:
        graph.refuse(node, "mixes batch, time and columns: %s of %s into %s" % (" ".join(x.tags), have, shape))
    axes = [a or [("1", 1)] for a in axes]
    out = []
    for axis in axes:                           # directions beside their columns are columns
        tags = [t for t, _ in axis]
        if tags[-2:] == ["D", "C"]:
            axis = axis[:-2] + [("C", axis[-2][1] * axis[-1][1])]
        out.append(axis)
    return Stream(out, x.layers)


def _flatten(graph, node, given, attributes):
    x = given[0]
    axis = graph.axis(node, attributes.get("axis", 1), len(x.axes) + 1)
    return Stream([atoms(x.axes[:axis]) or [("1", 1)], atoms(x.axes[axis:]) or [("1", 1)]], x.layers)


def _pick(graph, node, x, axis, index):
    """One index of an axis, which stays behind as an axis of one: a Stream."""
    size, tag = x.shape[axis], x.tags[axis]
    if not -size <= index < size:
        graph.refuse(node, "index %d of an axis of %d" % (index, size))
    index %= size
    if x.parts and axis == 0:
        part, way = x.parts[index]
        return Stream([[("1", 1)]] + part.axes, part.layers, part.of)
    axes = x.axes[:axis] + [[("1", 1)]] + x.axes[axis + 1:]
    if size == 1 and tag != "T":
        return Stream(axes, x.layers)
    if tag == "D" and x.layers and x.layers[-1].is_.ways == 2:          # a half of no use before a Concat joins it with the other
        return Stream(axes, None, ("direction", index, x.layers))
    if tag == "T" and x.of and x.of[0] == "direction" and index == (0 if x.of[1] else size - 1):       # what this direction has written last
        return Stream(axes, None, ("direction", x.of[1], graph.final(x.of[2])))
    if tag == "T":
        if index != size - 1:
            graph.refuse(node, "takes step %d of %d; lstmfc has the last" % (index + 1, size))
        if x.layers is None:
            graph.refuse(node, "takes a part of a pattern that is not known")
        return Stream(axes, last_step(x.layers, node.name))
    (graph.layout if "B" in tag else graph.refuse)(node, "takes index %d of the axis %s" % (index, tag or "1"))


def _gather(graph, node, given, attributes):
    x, index = given[0], given[1]
    if not isinstance(x, Stream):
        graph.refuse(node, "looks something up by the input: an embedding has no layer in lstmfc")
    index = _constant(graph, node, index, "its index")
    axis = graph.axis(node, attributes.get("axis", 0), len(x.axes))
    if index.size != 1 or index.ndim > 1:
        graph.refuse(node, "takes %d indices" % index.size)
    picked = _pick(graph, node, x, axis, int(index.reshape(-1)[0]))
    return picked if index.ndim else Stream(picked.axes[:axis] + picked.axes[axis + 1:], picked.layers, picked.of)


def _slice(graph, node, given, attributes):
    x, rank = given[0], len(given[0].axes)
    if len(given) > 1:
        starts, ends = (np.atleast_1d(_constant(graph, node, v, "its place")) for v in given[1:3])
        axes = _constant(graph, node, given[3], "axes") if len(given) > 3 and given[3] is not None else np.arange(len(starts))
        steps = _constant(graph, node, given[4], "steps") if len(given) > 4 and given[4] is not None else np.ones(len(starts), np.int64)
    else:
        starts, ends = np.array(attributes["starts"]), np.array(attributes["ends"])
        axes, steps = np.array(attributes.get("axes", np.arange(len(starts)))), np.ones(len(starts), np.int64)
    for start, end, axis, step in zip(starts, ends, np.atleast_1d(axes), np.atleast_1d(steps)):
        axis = graph.axis(node, int(axis), rank)
        chosen = range(x.shape[axis])[int(start):int(end):int(step)] if step else []
        if list(chosen) == list(range(x.shape[axis])):
            continue
        if x.parts and axis == 0 and chosen and int(step) == 1:
            x = _stack(x.parts[chosen[0]:chosen[-1] + 1])
        elif len(chosen) == 1:
            x = _pick(graph, node, x, axis, chosen[0])
        else:
            graph.refuse(node, "takes %d of the %d places of the axis %s; lstmfc has the last step alone"
                         % (len(chosen), x.shape[axis], x.tags[axis] or "1"))
    return x


def _stack(parts):
    return Stream([[("D", len(parts))]] + parts[0][0].axes, unstacked(Stream([], None, parts=parts)).layers, parts=list(parts))


def _split(graph, node, given, attributes):
    x = given[0]
    axis = graph.axis(node, attributes.get("axis", 0), len(x.axes))
    count = len(node.output)
    if not x.parts or axis or count != len(x.parts):
        graph.refuse(node, "splits the axis %s; lstmfc has one stream" % (x.tags[axis] or "1"))
    return [_pick(graph, node, x, 0, k) for k in range(count)]


def _concat(graph, node, given, attributes):
    streams = [v for v in given if isinstance(v, Stream)]
    if len(streams) != len(given):
        graph.refuse(node, "puts a constant beside the input")
    axis = graph.axis(node, attributes.get("axis", 0), len(streams[0].axes))
    if all(s.parts for s in streams) and axis == 0:
        return _stack([p for s in streams for p in s.parts])
    halves = [s.of for s in streams if s.of and s.of[0] == "direction"]
    if axis == len(streams[0].axes) - 1 and len(streams) == 2 and [h[1] for h in halves] == [0, 1] and halves[0][2] is halves[1][2]:
        return Stream(streams[0].axes[:-1] + [[("C", 2 * streams[0].shape[-1])]], halves[0][2])
    if len(streams) == 1:
        return streams[0]
    graph.refuse(node, "joins two branches; lstmfc's networks are one row of layers")


def _gemm(graph, node, given, attributes):
    a, b, c = given[0], given[1], given[2] if len(given) > 2 else None
    if not isinstance(a, Stream) or attributes.get("transA", 0):
        graph.refuse(node, "its input must be the first factor, not transposed")
    b, c = _constant(graph, node, b, "its matrix"), _constant(graph, node, c, "its bias")
    if b.ndim != 2:
        graph.refuse(node, "its matrix has %d axes" % b.ndim)
    kernel = (b.T if attributes.get("transB", 0) else b).astype(np.float64) * attributes.get("alpha", 1.0)
    bias = np.zeros(kernel.shape[1]) if c is None else np.asarray(c, np.float64) * attributes.get("beta", 1.0)
    return _product(graph, node, a, kernel, bias)


def _product(graph, node, x, kernel, bias):
    x = graph.columns(node, x)
    if x.shape[-1] != kernel.shape[0]:
        graph.layout(node, "a matrix of the shape %s for %d columns" % (list(kernel.shape), x.shape[-1]))
    bias = bias.reshape(-1)
    if bias.size not in (1, kernel.shape[1]):
        graph.refuse(node, "a bias of %d numbers for %d columns" % (bias.size, kernel.shape[1]))
    layer = Layer("dense", kernel.shape[1], tensors={"kernel": kernel, "bias": np.broadcast_to(bias, kernel.shape[1:]).astype(np.float64)},
                  name=name_of(node))
    return Stream(x.axes[:-1] + [[("C", kernel.shape[1])]], x.layers + [layer])


def _matmul(graph, node, given, attributes):
    x, w = given
    if not isinstance(x, Stream) or isinstance(w, Stream):
        graph.refuse(node, "multiplies by what is computed from the input: attention of this form has no layer in lstmfc"
                     if isinstance(x, Stream) else "a matrix before the input: it works along time or batch")
    w = np.asarray(w)
    if w.ndim != 2:
        graph.refuse(node, "its matrix has %d axes" % w.ndim)
    return _product(graph, node, x, w.astype(np.float64), np.zeros(w.shape[1]))


def _per_column(graph, node, x, value):
    """A constant that is one number or one a column, as [columns]; else a refusal."""
    value = np.asarray(value, np.float64)
    shape = [1] * (len(x.axes) - value.ndim) + list(value.shape)
    if len(shape) > len(x.axes) or any(s != 1 for s in shape[:-1]) or (value.size != 1 and shape[-1] != x.shape[-1]):
        graph.layout(node, "a constant of the shape %s on %s" % (list(value.shape), x.shape))
    return np.broadcast_to(value.reshape(-1), (x.shape[-1],)).copy()


def _same(a, b):
    return a is b or (a.layers is not None and a.layers is b.layers and a.axes == b.axes)


def _arithmetic(graph, node, given, attributes):
    op, (a, b) = node.op_type, given
    if isinstance(a, Stream) and isinstance(b, Stream):
        return _pattern(graph, node, op, a, b)
    stream, constant, turned = (a, b, False) if isinstance(a, Stream) else (b, a, True)
    constant = np.asarray(constant, np.float64)
    one = float(constant.reshape(-1)[0]) if constant.size == 1 else None
    kind = stream.of[0] if stream.of else ""
    if kind == "variance" and op == "Add" and one is not None:
        return Stream(stream.axes, None, ("variance+epsilon", stream.of[1], one))
    if kind == "centred" and op == "Pow" and not turned and one == 2:
        return Stream(stream.axes, None, ("squared", stream.of[1]))
    if kind == "erf" and op == "Add" and one == 1:
        return Stream(stream.axes, None, ("1+erf", stream.of[1]))
    if kind == "x(1+erf)" and ((op == "Mul" and one == 0.5) or (op == "Div" and not turned and one == 2)):
        x = stream.of[1]
        return x.like(activate(x.layers, "gelu", x.shape[-1], node.name))
    if op == "Pow" and not turned and one == 1:
        return stream
    x = graph.columns(node, stream)
    value = _per_column(graph, node, x, constant)
    if op == "Pow" or (op == "Div" and turned):
        graph.refuse(node, "it has no layer in lstmfc")
    one_vector, zero = np.ones(len(value)), np.zeros(len(value))
    with np.errstate(all="ignore"):
        scale, shift = {"Add": (one_vector, value), "Sub": (one_vector * (-1 if turned else 1), value if turned else -value),
                        "Mul": (value, zero), "Div": (1 / value, zero)}[op]
    if not np.isfinite(scale).all() or not np.isfinite(shift).all():
        graph.refuse(node, "a constant that is not finite, or a division by 0")
    factor = (1 / one if op == "Div" else one) if one is not None and op in ("Mul", "Div") else None
    return Stream(x.axes, affine(x.layers, scale, shift, name_of(node)), ("scaled", x, factor) if factor is not None else None)


def _pattern(graph, node, op, a, b):
    """Two streams: what a layer norm, a swish or a gelu is made of."""
    for x, y in ((a, b), (b, a)):
        kind, of = (y.of[0], y.of[1]) if y.of and len(y.of) > 1 else ("", None)
        if op == "Sub" and kind == "mean" and x is a and _same(of, x):
            return Stream(x.axes, None, ("centred", x))
        if op == "Mul" and kind == "Sigmoid" and _same(of, x):
            return x.like(activate(x.layers, "swish", x.shape[-1], node.name))
        if op == "Mul" and kind == "weights" and x.layers is not None and x.tags[-1] == "C" and x.axes[:-1] == of.axes[:-1] \
                and len(of.layers) == len(x.layers) + 2 and all(p is q for p, q in zip(x.layers, of.layers)):
            return Stream(x.axes, None, ("weighted", x, of.layers[-2:]))
        if op == "Mul" and kind == "1+erf":
            if _same(of, x):
                return Stream(x.axes, None, ("x(1+erf)", of))
            if x.of and x.of[0] == "scaled" and x.of[2] == 0.5 and _same(x.of[1], of):
                return of.like(activate(of.layers, "gelu", of.shape[-1], node.name))
        if op == "Mul" and kind == "centred" and x.of and x.of[0] == "centred" and _same(x.of[1], of):
            return Stream(x.axes, None, ("squared", of))
        if op == "Div" and x is a and kind == "deviation" and x.of and x.of[0] == "centred" and _same(x.of[1], of):
            width = of.shape[-1]
            return of.like(of.layers + [Layer("layernorm", keys={"epsilon": float("%.7g" % y.of[2])}, name=name_of(node),
                                              tensors={"gamma": np.ones(width), "beta": np.zeros(width)})])
    graph.refuse(node, "joins two branches; lstmfc's networks are one row of layers")


def _attended(graph, node, given, attributes):
    """The sum over time of steps under weights: lstmfc's attention, softmax(score . tanh(x kernel + bias))."""
    x = given[0]
    axes = _axes_of(graph, node, given, attributes, len(x.axes))
    if not x.of or x.of[0] != "weighted" or axes is None or [x.tags[k] for k in axes] != ["T"]:
        graph.refuse(node, "it has no layer in lstmfc")
    inner, score = x.of[2]
    if inner.kind != "dense" or inner.activation != "tanh" or score.kind != "dense" or score.activation != "linear":
        graph.refuse(node, "weights of steps by %s and %s; lstmfc's attention is softmax(score . tanh(x kernel + bias))" % (inner.kind, score.kind))
    layer = Layer("attention", inner.size, tensors=dict(inner.tensors, score=np.asarray(score.tensors["kernel"])[:, 0]),
                  name=name_of(node))
    axes = [[("1", 1)] if k in axes else a for k, a in enumerate(x.axes) if k not in axes or attributes.get("keepdims", 1)]
    return Stream(axes, x.of[1].layers + [layer])


def _mean(graph, node, given, attributes):
    x = given[0]
    axes = given[1] if len(given) > 1 and given[1] is not None else attributes.get("axes")
    axes = [graph.axis(node, int(v), len(x.axes)) for v in np.atleast_1d(axes)] if axes is not None else []
    if axes != [len(x.axes) - 1] or not attributes.get("keepdims", 1):
        graph.refuse(node, "a mean over time or all has no layer in lstmfc")
    gone = x.axes[:-1] + [[("1", 1)]]
    if x.of and x.of[0] == "squared":
        return Stream(gone, None, ("variance", x.of[1]))
    return Stream(gone, None, ("mean", graph.columns(node, x)))


def _sqrt(graph, node, given, attributes):
    x = given[0]
    if x.of and x.of[0] == "variance+epsilon":
        return Stream(x.axes, None, ("deviation", x.of[1], x.of[2]))
    graph.refuse(node, "it has no layer in lstmfc")


def _erf(graph, node, given, attributes):
    x = given[0]
    if x.of and x.of[0] == "scaled" and abs(x.of[2] - 0.5 ** 0.5) < 1e-6:
        return Stream(x.axes, None, ("erf", x.of[1]))
    graph.refuse(node, "it has no layer in lstmfc")


def _greater(graph, node, given, attributes):
    x, limit = given
    if not isinstance(x, Stream) or isinstance(limit, Stream) or np.size(limit) != 1:
        graph.refuse(node, "it has no layer in lstmfc")
    return Stream(x.axes, None, ("above", x, float(np.reshape(limit, -1)[0])))


def _where(graph, node, given, attributes):
    """PyTorch's softplus, which is x itself above 20: there the two are one to the last bit of a float32."""
    chosen, x, y = given
    if all(isinstance(v, Stream) for v in given) and chosen.of and chosen.of[0] == "above" and chosen.of[2] >= 17 and _same(chosen.of[1], x) \
            and y.of and y.of[0] == "Softplus" and _same(y.of[1], x):
        return y
    graph.refuse(node, "a choice by the input has no layer in lstmfc")


def _layernorm(graph, node, given, attributes):
    x = graph.columns(node, given[0])
    if graph.axis(node, attributes.get("axis", -1), len(x.axes)) != len(x.axes) - 1:
        graph.refuse(node, "over several axes; lstmfc's is over columns")
    width = x.shape[-1]
    gamma = _per_column(graph, node, x, _constant(graph, node, given[1], "its scale"))
    beta = _per_column(graph, node, x, _constant(graph, node, given[2], "its bias")) if len(given) > 2 and given[2] is not None else np.zeros(width)
    return x.like(x.layers + [Layer("layernorm", keys={"epsilon": float("%.7g" % attributes.get("epsilon", 1e-5))}, name=name_of(node),
                                    tensors={"gamma": gamma, "beta": beta})])


def _batchnorm(graph, node, given, attributes):
    x = given[0]
    if attributes.get("training_mode", 0):
        graph.refuse(node, "training_mode: exported while it trains; export it in inference")
    parts = [_constant(graph, node, v, "a statistic") for v in given[1:5]]
    if len(x.axes) > 1:                         # the columns stand second: look at them as last, and put them back
        order = [0] + list(range(2, len(x.axes))) + [1]
    else:
        order = [0]
    turned = graph.columns(node, Stream([x.axes[k] for k in order], x.layers, x.of))
    if any(p is None or p.shape != (turned.shape[-1],) for p in parts):
        graph.layout(node, "its statistics have the shape %s for %d columns" % (list(np.shape(parts[0])), turned.shape[-1]))
    keys = {k: float("%.7g" % attributes.get(k, preset)) for k, preset in (("epsilon", 1e-5), ("momentum", 0.9))}      # float32 in the file
    layer = Layer("batchnorm", keys=keys,
                  name=name_of(node), tensors=dict(zip(("gamma", "beta", "mean", "variance"), parts)))
    axes = [turned.axes[order.index(k)] for k in range(len(order))]
    return Stream(axes, turned.layers + [layer])


def _activation(name):
    def make(graph, node, given, attributes):
        x = graph.columns(node, given[0])
        if name == "softmax":
            axis = attributes.get("axis", -1 if graph.opset >= 13 else 1)
            axis = graph.axis(node, axis, len(x.axes))
            if x.tags[axis] == "T" and x.shape[-1] == 1 and x.layers:
                return Stream(x.axes, None, ("weights", x))
            if axis != len(x.axes) - 1:
                graph.refuse(node, "over axis %d; lstmfc's is over columns" % axis)
        if name == "gelu" and _text(attributes.get("approximate", "none")) != "none":
            graph.refuse(node, "the approximate gelu; lstmfc's is the exact one")
        if name == "swish" and attributes.get("alpha", 1.0) != 1.0:
            graph.refuse(node, "alpha %s; lstmfc's is 1" % attributes["alpha"])
        return Stream(x.axes, activate(x.layers, name, x.shape[-1], name_of(node)), (node.op_type, given[0]))
    return make


def _same_stream(graph, node, given, attributes):
    return [given[0]]


def _dropout(graph, node, given, attributes):
    if len(given) > 2 and given[2] is not None and np.any(np.asarray(given[2])):
        graph.refuse(node, "training_mode: exported while it trains; export it in inference")
    return [given[0]]


def _cast(graph, node, given, attributes):
    if attributes.get("to") not in (1, 10, 11, 16):
        graph.refuse(node, "casts the input to whole numbers")
    return [given[0]]


NODES = {
    "LSTM": _recurrent, "GRU": _recurrent, "Gemm": _gemm, "MatMul": _matmul, "Add": _arithmetic, "Sub": _arithmetic, "Mul": _arithmetic,
    "Div": _arithmetic, "Pow": _arithmetic, "Transpose": _transpose, "Squeeze": _squeeze, "Unsqueeze": _unsqueeze, "Reshape": _reshape,
    "Flatten": _flatten, "Gather": _gather, "Slice": _slice, "Split": _split, "Concat": _concat, "ReduceMean": _mean, "ReduceSum": _attended,
    "Sqrt": _sqrt, "Erf": _erf, "Greater": _greater, "Where": _where, "LayerNormalization": _layernorm, "BatchNormalization": _batchnorm,
    "Relu": _activation("relu"), "Tanh": _activation("tanh"),
    "Sigmoid": _activation("sigmoid"), "Softmax": _activation("softmax"), "Softplus": _activation("softplus"), "Gelu": _activation("gelu"),
    "Swish": _activation("swish"), "Identity": _same_stream, "Dropout": _dropout, "Cast": _cast,
}
FOLDED = set("""Constant ConstantOfShape Shape Gather Concat Unsqueeze Squeeze Slice Expand Tile Range Reshape Transpose Cast CastLike Identity Add
Sub Mul Div Mod Floor Ceil Neg Abs Min Max Equal Less Greater Not And Or Where Size ReduceProd ReduceMax ReduceMin Sqrt Pow Split Flatten
DequantizeLinear Reciprocal""".split())
