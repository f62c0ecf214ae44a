"""ONNX as a source: the graph is followed from its input with every axis named - batch, time, columns, direction - so that a Transpose, a
Squeeze or a Reshape is not guessed at but known, and each node either becomes a part of a layer or is refused by its name.

What does not depend on the input (shapes, initial states, constants) is computed on the way by ONNX's own reference. An export writes one
layer in many ways; what they have in common is where the axes go.
"""
import os

import numpy as np

from . import cells
from .fault import FAILURE, Refused, USAGE, cut
from .network import Layer, Network, last_step
from .onnx_nodes import FOLDED, NODES
from .onnx_values import Layout, Stream, Unknown, atoms, name_of, unstacked

_MOST = 1 << 28                 # numbers in all constants
_BATCH = 3                      # what a batch of any size is taken for while shapes are computed


def _onnx():
    try:
        import onnx
        import onnx.reference
    except ImportError:
        raise Refused("ONNX files are read with the Python package onnx, which is not installed", FAILURE) from None
    return onnx


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


# ---- the graph

class Graph:
    """One reading of the graph: order is that of the input's axes, like "BTC"."""

    def __init__(self, model, path, options, notes, order):
        self.onnx, self.model, self.options, self.notes, self.order = _onnx(), model, options, notes, order
        self.opset = {o.domain: o.version for o in model.opset_import}.get("", 1)
        self.values, self.finals, budget = {"": None}, {}, [_MOST]
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
            raise Layout("the input '%s' has %d axes, expected batch, time and columns" % (cut(self.input.name), len(dims)))
        named = dict(zip(self.order, dims))
        window, inputs = named.get("T", 1), named.get("C")
        if "T" in named and self.options.window is not None:
            if window and window != self.options.window:
                raise Refused("--window %d, but the input '%s' has %d steps" % (self.options.window, cut(self.input.name), window), USAGE)
            window = self.options.window
        if not window:
            raise Layout("the graph takes any number of steps: --window N says how many rows it is shown", USAGE)
        if not inputs or inputs < 0 or window < 0:
            raise Refused("the input '%s' does not say how many columns it has" % cut(self.input.name))
        if "T" not in named and (self.options.window or 1) != 1:
            raise Layout("--window %d, but the input '%s' is one row" % (self.options.window, cut(self.input.name)), USAGE)
        self.batch, self.fixed = named.get("B") or _BATCH, bool(named.get("B"))
        self.window, self.inputs = window, inputs
        sizes = {"B": self.batch, "T": window, "C": inputs}
        self.values[self.input.name] = Stream([[(t, sizes[t])] for t in self.order], [])

    # ---- messages

    def _say(self, node):
        return "node '%s' (%s)" % (cut(name_of(node)), cut(node.op_type))

    def refuse(self, node, why):
        raise Refused("%s: %s" % (self._say(node), why))

    def layout(self, node, why):
        raise Layout("%s: %s" % (self._say(node), why))

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
            elif node.op_type in NODES:
                out = NODES[node.op_type](self, node, given, attributes)
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
        if node.op_type not in FOLDED:
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

    def final(self, layers):
        """The layers whose last one, of both directions, hands on its final states alone; the same list for the same layers."""
        if id(layers) not in self.finals:
            one = layers[-1]
            last = Layer(one.kind, one.size, sequence=False, keys=one.keys, tensors=one.tensors, name=one.name)
            self.finals[id(layers)] = (layers, layers[:-1] + [last])
        return self.finals[id(layers)][1]

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
            value = unstacked(value)
        if not isinstance(value, Stream) or value.layers is None:
            raise Refused("the output '%s' does not come from the input by layers" % cut(outputs[0]))
        tags = [t for t, s in atoms(value.axes) if s != 1 or t not in "D1"]
        if len(set(tags)) != len(tags) or ("B" in tags) != ("B" in self.order) or ("C" not in tags and value.layers and value.layers[-1].size != 1):
            raise Refused("the output '%s' has the axes %s, expected batch and columns" % (cut(outputs[0]), " ".join(tags)))
        layers = value.layers
        while layers and layers[-1].kind == "last":             # lstmfc answers with the last step anyway
            layers = layers[:-1]
        return layers, outputs[0], tags


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
            except Layout as error:
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
