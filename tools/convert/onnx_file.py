"""ONNX as a source: the graph is followed from its input with every axis named - batch, time, columns, direction - so that a Transpose, a
Squeeze or a Reshape is not guessed at but known, and each node either becomes a part of a layer or is refused by its name.

What does not depend on the input (shapes, initial states, constants) is computed on the way by ONNX's own reference. An export writes one
layer in many ways; what they have in common is where the axes go.
"""
import os

import numpy as np

from . import cells
from .fault import FAILURE, Refused, USAGE, cut
from .network import Layer, Network, activate, affine, gates, last_step

_MOST = 1 << 28                 # numbers in all constants
_BATCH = 3                      # what a batch of any size is taken for while shapes are computed


def _onnx():
    try:
        import onnx
        import onnx.reference
    except ImportError:
        raise Refused("ONNX files are read with the Python package onnx, which is not installed", FAILURE) from None
    return onnx


class _Layout(Refused):
    """The graph does not go on with this order of the input's axes: perhaps with another."""


# ---- the file

def _load(path):
    onnx = _onnx()
    size = os.path.getsize(path)
    if size > (1 << 31) - 1:
        raise Refused("larger than a protocol buffer may be")
    model = onnx.ModelProto()
    with open(path, "rb") as file:
        data = file.read()
    try:
        model.ParseFromString(data)
    except Exception as error:                  # protobuf has its own classes of them
        raise Refused("no ONNX file, or cut short: %s" % cut(error, 100)) from None
    if not model.graph.node or not model.ir_version:
        raise Refused("no ONNX file: it has no node")
    if len(model.functions):
        import onnx.inliner
        try:
            model = onnx.inliner.inline_local_functions(model)
        except Exception as error:
            raise Refused("its functions cannot be put in their places: %s" % cut(error, 100)) from None
    return model


def _tensor(tensor, folder, budget):
    """An initialiser; where its numbers lie in a file of their own, that lies beside the model and is as long as it says."""
    onnx = _onnx()
    name, count = cut(tensor.name), int(np.prod(np.array(list(tensor.dims), dtype=object))) if tensor.dims else 1
    if count < 0 or any(d < 0 for d in tensor.dims) or count > budget[0]:
        raise Refused("tensor '%s' of the shape %s is larger than any network here" % (name, list(tensor.dims)))
    budget[0] -= count
    if tensor.data_location == onnx.TensorProto.EXTERNAL:
        place = {e.key: e.value for e in tensor.external_data}
        location = place.get("location", "")
        if not location or location != os.path.basename(location) or location in (".", ".."):
            raise Refused("tensor '%s' lies in '%s': only a file beside the model is read" % (name, cut(location)))
        kind = onnx.helper.tensor_dtype_to_np_dtype(tensor.data_type)
        at, length = int(place.get("offset", 0)), count * kind.itemsize
        try:
            with open(os.path.join(folder, location), "rb") as file:
                file.seek(at)
                data = file.read(length)
        except (OSError, ValueError) as error:
            raise Refused("tensor '%s': '%s' cannot be read: %s" % (name, cut(location), cut(error))) from None
        if len(data) != length or int(place.get("length", length)) != length:
            raise Refused("tensor '%s' of the shape %s wants %d bytes of '%s' from %d on" % (name, list(tensor.dims), length, cut(location), at))
        return np.frombuffer(data, kind).reshape(list(tensor.dims))
    try:
        return onnx.numpy_helper.to_array(tensor)
    except Exception as error:
        raise Refused("tensor '%s' of the shape %s: %s" % (name, list(tensor.dims), cut(error, 100))) from None


# ---- values

class Stream:
    """What depends on the input: axes, each a list of (tag, size); the layers up to here. Tags: B batch, T time, C columns, D direction, 1 an
    axis of one. layers None: a step within a pattern (the mean of a layer norm), of use only to the node that completes it, which `of` tells.
    parts: of a stack of final states, (Stream without D, the direction or None) along its first axis."""

    def __init__(self, axes, layers, of=None, parts=None):
        self.axes, self.layers, self.of, self.parts = [list(a) for a in axes], layers, of or (), parts

    @property
    def shape(self):
        return [int(np.prod([s for _, s in axis], dtype=object)) for axis in self.axes]

    @property
    def tags(self):
        return ["".join(t for t, s in axis if len(axis) == 1 or s != 1 or t not in "D1") for axis in self.axes]

    def like(self, layers, of=None):
        return Stream(self.axes, layers, of)


def _atoms(axes):
    return [atom for axis in axes for atom in axis]


def _regroup(atoms, shape):
    """Axes of the given sizes out of atoms in their order; None where a size ends within one."""
    axes, rest = [], list(atoms)
    for k, size in enumerate(shape):
        axis, have = [], 1
        if size == 1:                           # of a run of ones the batch first, then any
            run = 0
            while run < len(rest) and rest[run][1] == 1:
                run += 1
            pick = next((i for i in range(run) if rest[i][0] == "B"), 0 if run else None)
            axis = [rest[pick]] if pick is not None else [("1", 1)]
            if pick is not None:
                rest = rest[pick + 1:] if all(a[0] in "D1" for a in rest[:pick]) else rest[:pick] + rest[pick + 1:]
        while have < size and rest:
            atom = rest.pop(0)
            have *= atom[1]
            if atom[1] != 1 or atom[0] not in "D1":
                axis.append(atom)
        if size > 1 and have != size:
            return None
        axes.append(axis)
    if any(s != 1 for _, s in rest):
        return None
    for atom in rest:                           # ones at the end: columns of one belong to the last axis
        if atom[0] not in "D1" and axes:
            axes[-1].append(atom)
    return axes


class Graph:
    """One reading of the graph: order is that of the input's axes, like "BTC"."""

    def __init__(self, model, path, options, notes, order):
        self.onnx, self.model, self.options, self.notes, self.order = _onnx(), model, options, notes, order
        self.opset = {o.domain: o.version for o in model.opset_import}.get("", 1)
        self.values, budget = {"": None}, [_MOST]
        for tensor in model.graph.initializer:
            self.values[tensor.name] = _tensor(tensor, os.path.dirname(path), budget)
        inputs = [i for i in model.graph.input if i.name not in self.values]
        if len(inputs) != 1:
            raise Refused(self._inputs_refusal(inputs))
        self.input = inputs[0]
        self._place_input()
        for node in model.graph.node:
            self._run(node)

    def _inputs_refusal(self, inputs):
        names = {i.name for i in inputs}
        for node in self.model.graph.node:
            if node.op_type in ("LSTM", "GRU"):
                for k, what in ((4, "sequence_lens: steps that are left out"), (5, "initial_h: a state that the graph is fed"),
                                (6, "initial_c: a state that the graph is fed")):
                    if k < len(node.input) and node.input[k] in names:
                        return "%s takes '%s' as %s; lstmfc begins every window with a state of zeros" % (self._say(node), cut(node.input[k]), what)
        return "its inputs are %s; a network of lstmfc has one (a state that is fed back, or a second branch, cannot be converted)" \
            % (", ".join("'%s'" % cut(n) for n in sorted(names)) or "none")

    def _place_input(self):
        dims = [d.dim_value if d.HasField("dim_value") else None for d in self.input.type.tensor_type.shape.dim]
        if len(dims) != len(self.order):
            raise _Layout("the input '%s' has %d axes, expected batch, time and columns" % (cut(self.input.name), len(dims)))
        named = dict(zip(self.order, dims))
        window, inputs = named.get("T", 1), named.get("C")
        if "T" in named and self.options.window is not None:
            if window and window != self.options.window:
                raise Refused("--window %d, but the input '%s' has %d steps" % (self.options.window, cut(self.input.name), window), USAGE)
            window = self.options.window
        if not window:
            raise _Layout("the graph takes any number of steps: --window N says how many rows it is shown", USAGE)
        if not inputs or inputs < 0 or window < 0:
            raise Refused("the input '%s' does not say how many columns it has" % cut(self.input.name))
        if "T" not in named and (self.options.window or 1) != 1:
            raise _Layout("--window %d, but the input '%s' is one row" % (self.options.window, cut(self.input.name)), USAGE)
        self.batch, self.fixed = named.get("B") or _BATCH, bool(named.get("B"))
        self.window, self.inputs = window, inputs
        sizes = {"B": self.batch, "T": window, "C": inputs}
        self.values[self.input.name] = Stream([[(t, sizes[t])] for t in self.order], [])

    # ---- messages

    def _say(self, node):
        return "node '%s' (%s)" % (cut(_name(node)), cut(node.op_type))

    def refuse(self, node, why):
        raise Refused("%s: %s" % (self._say(node), why))

    def layout(self, node, why):
        raise _Layout("%s: %s" % (self._say(node), why))

    # ---- one node

    def _run(self, node):
        if node.domain not in ("", "ai.onnx"):
            self.refuse(node, "of the domain '%s', which is not ONNX's own" % cut(node.domain))
        given = []
        for name in node.input:
            if name not in self.values:
                self.refuse(node, "its input '%s' is computed nowhere before it" % cut(name))
            given.append(self.values[name])
        if any(isinstance(v, Unknown) for v in given):
            bad = next(v for v in given if isinstance(v, Unknown))
            self.refuse(node, "takes %s" % bad.why)
        attributes = {a.name: self.onnx.helper.get_attribute_value(a) for a in node.attribute}
        if any(isinstance(v, Stream) for v in given):
            if node.op_type == "Shape":
                dims = np.array(given[0].shape, np.int64)
                out = [dims[attributes.get("start", 0):attributes.get("end")]]
            elif node.op_type in _NODES:
                out = _NODES[node.op_type](self, node, given, attributes)
            else:
                self.refuse(node, "it has no layer in lstmfc")
        else:
            out = self._fold(node, given)
        out = out if isinstance(out, list) else [out]
        out += [Unknown("the output %d of %s" % (k + 1, self._say(node))) for k in range(len(out), len(node.output))]
        for name, value in zip(node.output, out):
            self.values[name] = value

    def _fold(self, node, given):
        """A node without the input, by ONNX's reference."""
        if node.op_type not in _FOLDED:
            self.refuse(node, "it has no layer in lstmfc")
        if node.op_type in ("ConstantOfShape", "Expand", "Tile", "Range"):
            sizes = given[-1] if node.op_type != "Range" else given[1] - given[0]
            if np.prod(np.maximum(np.abs(np.asarray(sizes, np.float64)), 1)) * (given[0].size if node.op_type != "ConstantOfShape" else 1) > 1e7:
                self.refuse(node, "a constant that is larger than any network here")
        onnx, helper = self.onnx, self.onnx.helper
        try:
            inputs = [helper.make_tensor_value_info(n, helper.np_dtype_to_tensor_dtype(np.asarray(v).dtype), np.asarray(v).shape)
                      for n, v in dict(zip(node.input, given)).items() if v is not None]
            outputs = [helper.make_empty_tensor_value_info(n) for n in node.output if n]
            model = helper.make_model(helper.make_graph([node], "g", inputs, outputs), opset_imports=list(self.model.opset_import))
            model.ir_version = self.model.ir_version
            with np.errstate(all="ignore"):
                return onnx.reference.ReferenceEvaluator(model).run(None, {n: np.asarray(v) for n, v in zip(node.input, given) if v is not None})
        except Exception as error:              # whatever the reference says of a bad node
            self.refuse(node, "cannot be computed: %s" % cut(error, 120))

    # ---- axes

    def columns(self, node, stream):
        """The stream with its last axis as plain columns: directions side by side, a flattened window as the layer that makes it."""
        if stream.layers is None:
            self.refuse(node, "takes a part of a pattern that is not known")
        axes, layers = [list(a) for a in stream.axes], stream.layers
        last = axes[-1] if axes else []
        tags = [t for t, s in last]
        if "B" in tags or not tags or any(t not in "TDC1" for t in tags):
            self.layout(node, "its columns are %s" % (stream.tags[-1:] or "missing"))
        if tags[-1] != "C":
            self.layout(node, "works along time, not along columns")
        size = int(np.prod([s for _, s in last], dtype=object))
        if "T" in tags:
            if tags.index("T") != 0:
                self.layout(node, "a window that is flattened column by column")
            layers = layers + [Layer("flatten", name=node.name)] if dict(last)["T"] > 1 else last_step(layers, node.name)
        axes[-1] = [("C", size)]
        return Stream(axes, layers, stream.of)

    def axis(self, node, value, rank):
        if not -rank <= value < rank:
            self.refuse(node, "axis %d of %d" % (value, rank))
        return value % rank

    def finish(self):
        """(layers, name of the output, its axes)."""
        outputs = [o.name for o in self.model.graph.output]
        if self.options.output:
            if self.options.output not in outputs:
                raise Refused("--output '%s': the outputs are %s" % (cut(self.options.output), ", ".join(map(cut, outputs))), USAGE)
            outputs = [self.options.output]
        if len(outputs) != 1:
            raise Refused("its outputs are %s: say with --output NAME which one is the answer" % ", ".join("'%s'" % cut(o) for o in outputs), USAGE)
        value = self.values.get(outputs[0])
        if isinstance(value, Unknown):
            raise Refused("the output '%s' is %s, which lstmfc does not give" % (cut(outputs[0]), value.why))
        if isinstance(value, Stream) and value.parts:
            value = _unstacked(value)
        if not isinstance(value, Stream) or value.layers is None:
            raise Refused("the output '%s' does not come from the input by layers" % cut(outputs[0]))
        tags = [t for t, s in _atoms(value.axes) if s != 1 or t not in "D1"]
        if len(set(tags)) != len(tags) or ("B" in tags) != ("B" in self.order) or ("C" not in tags and value.layers and value.layers[-1].size != 1):
            raise Refused("the output '%s' has the axes %s, expected batch and columns" % (cut(outputs[0]), " ".join(tags)))
        layers = value.layers
        while layers and layers[-1].kind == "last":             # lstmfc answers with the last step anyway
            layers = layers[:-1]
        return layers, outputs[0], tags


def _name(node):
    """What a node is called; many have no name, but each has an output."""
    return node.name or next(filter(None, node.output), "?")


class Unknown:
    def __init__(self, why):
        self.why = why


def _unstacked(value):
    """A stack of one final state, or of the two directions of one layer, as the stream it is."""
    if len(value.parts) == 1 and value.parts[0][1] is None:
        return value.parts[0][0]
    if [way for _, way in value.parts] == [0, 1] and value.parts[0][0].of[2] is value.parts[1][0].of[2]:
        first = value.parts[0][0]
        return Stream([[("D", 2)]] + first.axes, first.of[2])
    return value


# ---- nodes: each gets its inputs and gives the values of its outputs

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
    layer = Layer(("bi" if ways == 2 else "") + node.op_type.lower(), hidden, sequence=True, name=_name(node))
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
    return Stream([x.axes[p] for p in perm], x.layers)


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
    axes = _regroup(_atoms(x.axes), shape)
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
    return Stream([_atoms(x.axes[:axis]) or [("1", 1)], _atoms(x.axes[axis:]) or [("1", 1)]], x.layers)


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
    return Stream([[("D", len(parts))]] + parts[0][0].axes, _unstacked(Stream([], None, parts=parts)).layers, parts=list(parts))


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
                  name=_name(node))
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
    return Stream(x.axes, affine(x.layers, scale, shift, _name(node)), ("scaled", x, factor) if factor is not None else None)


def _pattern(graph, node, op, a, b):
    """Two streams: what a layer norm, a swish or a gelu is made of."""
    for x, y in ((a, b), (b, a)):
        kind, of = (y.of[0], y.of[1]) if y.of and len(y.of) > 1 else ("", None)
        if op == "Sub" and kind == "mean" and x is a and _same(of, x):
            return Stream(x.axes, None, ("centred", x))
        if op == "Mul" and kind == "Sigmoid" and _same(of, x):
            return x.like(activate(x.layers, "swish", x.shape[-1], node.name))
        if op == "Mul" and kind == "weights" and x.layers is not None and x.tags[-1] == "C" and [t for t in x.tags if t != "C"] == [t for t in of.tags if t != "C"] \
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
            return of.like(of.layers + [Layer("layernorm", keys={"epsilon": float("%.7g" % y.of[2])}, name=_name(node),
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
                  name=_name(node))
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
    return x.like(x.layers + [Layer("layernorm", keys={"epsilon": float("%.7g" % attributes.get("epsilon", 1e-5))}, name=_name(node),
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
    layer = Layer("batchnorm", keys={"epsilon": float("%.7g" % attributes.get("epsilon", 1e-5)), "momentum": float("%.7g" % attributes.get("momentum", 0.9))},
                  name=_name(node), tensors=dict(zip(("gamma", "beta", "mean", "variance"), parts)))
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
        return Stream(x.axes, activate(x.layers, name, x.shape[-1], _name(node)), (node.op_type, given[0]))
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


_NODES = {
    "LSTM": _recurrent, "GRU": _recurrent, "Gemm": _gemm, "MatMul": _matmul, "Add": _arithmetic, "Sub": _arithmetic, "Mul": _arithmetic,
    "Div": _arithmetic, "Pow": _arithmetic, "Transpose": _transpose, "Squeeze": _squeeze, "Unsqueeze": _unsqueeze, "Reshape": _reshape,
    "Flatten": _flatten, "Gather": _gather, "Slice": _slice, "Split": _split, "Concat": _concat, "ReduceMean": _mean, "ReduceSum": _attended, "Sqrt": _sqrt,
    "Erf": _erf, "Greater": _greater, "Where": _where, "LayerNormalization": _layernorm, "BatchNormalization": _batchnorm, "Relu": _activation("relu"), "Tanh": _activation("tanh"),
    "Sigmoid": _activation("sigmoid"), "Softmax": _activation("softmax"), "Softplus": _activation("softplus"), "Gelu": _activation("gelu"),
    "Swish": _activation("swish"), "Identity": _same_stream, "Dropout": _dropout, "Cast": _cast,
}
_FOLDED = set("""Constant ConstantOfShape Shape Gather Concat Unsqueeze Squeeze Slice Expand Tile Range Reshape Transpose Cast CastLike Identity Add Sub
Mul Div Mod Floor Ceil Neg Abs Min Max Equal Less Greater Not And Or Where Size ReduceProd ReduceMax ReduceMin Sqrt Pow Split Flatten
DequantizeLinear Reciprocal""".split())


# ---- the source

class OnnxModel:
    """A graph as a source. Its reference is ONNX Runtime where that is installed, else the reference evaluator of the package onnx."""

    def __init__(self, path, options, notes):
        self.model = _load(path)
        given = {t.name for t in self.model.graph.initializer}
        ranks = [len(i.type.tensor_type.shape.dim) for i in self.model.graph.input if i.name not in given]
        why = None
        for order in {2: ("BC", "TC")}.get(ranks[0] if ranks else 3, ("BTC", "TBC")):
            try:
                graph = Graph(self.model, path, options, notes, order)
                self.layers, self.output, self.tags = graph.finish()
                break
            except _Layout as error:
                why = why or error
        else:
            raise Refused(str(why), why.code)
        self.order, self.batch, self.fixed, self.input = graph.order, graph.batch, graph.fixed, graph.input.name
        if "T" in self.tags:
            notes.say("the output '%s' is a sequence: lstmfc answers with its last step" % cut(self.output))
        self.network = Network(self.layers, graph.inputs, graph.window)
        self.path, self.session = path, None
        self.reference = "onnx %s" % _onnx().__version__
        if options.reference != "numpy":
            self._runtime()

    def _runtime(self):
        try:
            import onnxruntime
        except ImportError:
            return
        settings = onnxruntime.SessionOptions()
        settings.intra_op_num_threads = settings.inter_op_num_threads = 1
        settings.log_severity_level = 4
        try:
            self.session = onnxruntime.InferenceSession(self.path, settings, providers=["CPUExecutionProvider"])
        except Exception:                       # a version of ONNX that it does not know yet: the reference does
            return
        self.reference = "ONNX Runtime " + onnxruntime.__version__

    def run(self, x):
        """[B][outputs]; a graph for a fixed number of windows gets them in lots, the last filled up."""
        x = np.asarray(x, np.float32)
        lot = self.batch if "B" in self.order and self.fixed else len(x) if "B" in self.order else 1
        out = []
        for first in range(0, len(x), lot):
            part = x[first:first + lot]
            part = np.concatenate([part, np.repeat(part[-1:], lot - len(part), axis=0)]) if len(part) < lot else part
            out.append(self._answer(part, lot)[:len(x) - first])
        return np.concatenate(out)

    def _answer(self, x, lot):
        given = {"BTC": x, "TBC": x.transpose(1, 0, 2), "TC": x[0], "BC": x[:, -1]}[self.order]
        given = {self.input: np.ascontiguousarray(given)}
        try:
            if self.session:
                y = self.session.run([self.output], given)[0]
            else:
                y = _onnx().reference.ReferenceEvaluator(self.path).run([self.output], given)[0]
        except Exception as error:
            raise Refused("%s cannot run it: %s" % (self.reference, cut(error, 120)), FAILURE) from None
        sizes = {"B": lot, "T": self.network.window, "C": -1, "D": 2}
        y = np.asarray(y, np.float64).reshape([sizes[t] for t in self.tags])
        wanted = [t for t in "BTDC" if t in self.tags]
        y = y.transpose([self.tags.index(t) for t in wanted])
        y = y if "C" in wanted else y[..., None]
        y = y.reshape(y.shape[:-2] + (-1,)) if "D" in wanted else y
        return cells.answer(y if "B" in wanted else y[None])


def read(path, options, notes):
    return OnnxModel(path, options, notes)
