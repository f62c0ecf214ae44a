"""A network as lstmfc knows it: layers of the layer language (chapter 9 of the header), each with its tensors in float32.

Readers make one, writers take one. What a kind of layer is stands once, in KINDS.
"""
import re

import numpy as np

from .fault import Refused, USAGE, cut
from .text import double_text

ACTIVATIONS = ("linear", "relu", "tanh", "sigmoid", "swish", "gelu", "softmax", "softplus")
# key: the default, and whether to write it all the same (without l2 a layer takes the training's, without forget_bias the initialisation's)
KEYS = {"dropout": (0, False), "recurrent_dropout": (0, False), "l2": (0, True), "recurrent_l2": (0, False), "forget_bias": (1, True),
        "momentum": (0.99, False), "epsilon": (1e-3, False), "unbiased": (0, False)}
RANGES = {"dropout": "0 <= dropout < 1", "recurrent_dropout": "0 <= recurrent_dropout < 1", "momentum": "0 <= momentum < 1"}


class Kind:
    """size: units, rate or nothing; word: form (seq, last) or activation; tensors: (name, rows, columns) in layers' units, `in` the input."""

    def __init__(self, size="", word="", keys="", tensors="", ways=1, reads="", says=True):
        self.size, self.word, self.keys, self.ways, self.says = size, word, keys.split(), ways, says
        self.needs_sequence = reads != ""
        self.one_row = reads == "row"
        self.tensors = [tuple(t.split(":")) for t in tensors.split()]


_LSTM, _GRU = "dropout recurrent_dropout l2 recurrent_l2 forget_bias", "dropout recurrent_dropout l2 recurrent_l2"
_LSTM_TENSORS = "{0}kernel:in:4 {0}recurrent:1:4 {0}bias:4:"
_GRU_TENSORS = "{0}kernel:in:3 {0}recurrent:1:3 {0}bias:3: {0}recurrent_bias:1:"


def _both(tensors):
    return tensors.format("forward_") + " " + tensors.format("backward_")


KINDS = {
    "lstm": Kind("units", "form", _LSTM, _LSTM_TENSORS.format(""), reads="sequence"),
    "gru": Kind("units", "form", _GRU, _GRU_TENSORS.format(""), reads="sequence"),
    "dense": Kind("units", "activation", "l2", "kernel:in:1 bias:1:"),
    "dropout": Kind("rate", says=False),
    "variational_dropout": Kind("rate", says=False),
    "batchnorm": Kind(keys="momentum epsilon unbiased", tensors="gamma:in: beta:in: mean:in: variance:in:", says=False),
    "layernorm": Kind(keys="epsilon", tensors="gamma:in: beta:in:", says=False),
    "flatten": Kind(reads="row"),
    "last": Kind(reads="row"),
    "attention": Kind("units", "", "l2", "kernel:in:1 bias:1: score:1:", reads="row"),
    "bilstm": Kind("units", "form", _LSTM, _both(_LSTM_TENSORS), 2, reads="sequence"),
    "bigru": Kind("units", "form", _GRU, _both(_GRU_TENSORS), 2, reads="sequence"),
}


class Layer:
    """name: what the source calls it, for messages. sequence: of a recurrent layer, whether it hands on every step; None: its readers say."""

    def __init__(self, kind, size=None, activation="linear", sequence=None, keys=None, tensors=None, name=""):
        self.kind, self.size, self.activation, self.sequence = kind, size, activation, sequence
        self.keys, self.tensors, self.name = dict(keys or {}), dict(tensors or {}), name
        self.inputs = self.outputs = 0
        self.in_sequence = self.out_sequence = True

    @property
    def is_(self):
        return KINDS[self.kind]

    @property
    def recurrent(self):
        return self.is_.word == "form"

    def value(self, key):
        return self.keys.get(key, KEYS[key][0])

    def shape(self, tensor):
        rows, columns = next((r, c) for name, r, c in self.is_.tensors if name == tensor)

        def size(of):
            return self.inputs if of == "in" else int(of) * self.size
        return (size(rows), size(columns)) if columns else (size(rows),)


class Network:
    """layers over windows of `window` rows of `inputs` columns."""

    def __init__(self, layers, inputs, window):
        self.layers, self.inputs, self.window = layers, inputs, window
        if not layers:
            raise Refused("no layer in it that computes anything")
        if not 1 <= inputs <= 1 << 20 or not 1 <= window <= 1 << 20 or inputs * window > 1 << 24:
            raise Refused("windows of %d rows of %d inputs" % (window, inputs))
        self.resolve()

    def resolve(self):
        """Widths and forms from left to right, as lstmfc__layers_resolve has it."""
        width, sequence = self.inputs, True
        for i, layer in enumerate(self.layers):
            kind = layer.is_
            if kind.needs_sequence and not sequence:
                raise Refused("%s%s needs a sequence, but what comes before it hands on one row"
                              % (layer.kind, " '%s'" % cut(layer.name) if layer.name else " (layer %d)" % (i + 1)))
            layer.inputs, layer.in_sequence = width, sequence
            if kind.size == "units" and not kind.one_row:
                width = layer.size * kind.ways
            if layer.kind == "flatten":
                width *= self.window
            if kind.one_row:
                sequence = False
            if layer.recurrent:
                sequence = layer.sequence if layer.sequence is not None else self.wanted(i)
            layer.outputs, layer.out_sequence = width, sequence
        self.outputs, self.sequence = width, sequence

    def wanted(self, i):
        """Whether the next layer that has a say reads a sequence."""
        for layer in self.layers[i + 1:]:
            if layer.is_.says:
                return layer.is_.needs_sequence
        return False

    def check(self):
        """Every tensor there, in its shape, finite."""
        for i, layer in enumerate(self.layers):
            for name, _, _ in layer.is_.tensors:
                where = "%s%s: %s" % (layer.kind, " '%s'" % cut(layer.name) if layer.name else " (layer %d)" % (i + 1), name)
                if name not in layer.tensors:
                    raise Refused("%s is missing" % where)
                tensor = np.asarray(layer.tensors[name])
                if tensor.shape != layer.shape(name):
                    raise Refused("%s has the shape %s, expected %s" % (where, list(tensor.shape), list(layer.shape(name))))
                with np.errstate(over="ignore"):
                    layer.tensors[name] = tensor.astype(np.float32)
                if not np.isfinite(layer.tensors[name]).all():
                    raise Refused("%s holds a number that is not finite in float32" % where)

    def spec(self):
        """The canonical text."""
        return " | ".join(self.layer_text(i) for i in range(len(self.layers)))

    def layer_text(self, i):
        layer = self.layers[i]
        words = [layer.kind]
        if layer.is_.size:
            words.append(double_text(layer.size) if layer.is_.size == "rate" else str(layer.size))
        if layer.is_.word == "activation" and layer.activation != "linear":
            words.append(layer.activation)
        if layer.recurrent and layer.sequence is not None and layer.sequence != self.wanted(i):
            words.append("seq" if layer.sequence else "last")
        for key, (default, always) in KEYS.items():
            if key in layer.keys and (always or layer.keys[key] != default):
                words.append("%s=%s" % (key, double_text(layer.keys[key])))
        return " ".join(words)

    def parameters(self):
        """(name, shape, tensor) in file order."""
        for i, layer in enumerate(self.layers):
            for name, _, _ in layer.is_.tensors:
                yield "%d.%s.%s" % (i, layer.kind, name), layer.shape(name), layer.tensors[name]


def parse_spec(text, flag="--spec"):
    """Layers, without tensors, of a layer text."""
    layers = []
    for part in text.split("|"):
        words = part.split()
        if not words or words[0] not in KINDS:
            raise Refused("%s: %s; layers are %s" % (flag, "unknown layer '%s'" % cut(words[0]) if words else "an empty layer", ", ".join(KINDS)),
                          USAGE)
        layer, rest = Layer(words[0]), words[1:]
        kind = layer.is_
        if kind.size:
            number = rest.pop(0) if rest else ""
            good = re.fullmatch(r"[1-9]\d{0,8}", number) if kind.size == "units" else re.fullmatch(r"[01](\.\d*)?|\.\d+", number)
            if not good or (kind.size == "rate" and float(number) >= 1):
                raise Refused("%s: '%s': %s wants %s" % (flag, cut(part.strip()), layer.kind, "a number of units" if kind.size == "units" else
                                                         "a rate from 0 to below 1"), USAGE)
            layer.size = int(number) if kind.size == "units" else float(number)
        for word in rest:
            key, equals, value = word.partition("=")
            if kind.word == "form" and word in ("seq", "last"):
                layer.sequence = word == "seq"
            elif kind.word == "activation" and word in ACTIVATIONS:
                layer.activation = word
            elif equals and key in kind.keys:
                try:
                    layer.keys[key] = float(value)
                except ValueError:
                    raise Refused("%s: '%s': '%s' is not a number" % (flag, cut(part.strip()), cut(value)), USAGE) from None
            else:
                raise Refused("%s: '%s': %s does not take '%s'" % (flag, cut(part.strip()), layer.kind, cut(word)), USAGE)
        layers.append(layer)
    return layers


def _diagonal(values):
    if len(values) > 4096:
        raise Refused("an activation or a factor for each of %d columns that no dense layer before it can take" % len(values))
    return np.diag(values)


def affine(layers, scale, shift, name):
    """The layers with x*scale + shift behind them, per column: in the layer before it where that can take it, else a dense of one diagonal."""
    scale, shift = np.asarray(scale, np.float64), np.asarray(shift, np.float64)
    last = layers[-1] if layers else None
    if last is not None and (last.kind == "dense" and last.activation == "linear" or last.kind in ("batchnorm", "layernorm")):
        changed = Layer(last.kind, last.size, last.activation, last.sequence, last.keys, last.tensors, last.name)
        weight, bias = ("kernel", "bias") if last.kind == "dense" else ("gamma", "beta")
        changed.tensors[weight] = np.asarray(last.tensors[weight], np.float64) * scale
        changed.tensors[bias] = np.asarray(last.tensors[bias], np.float64) * scale + shift
        return layers[:-1] + [changed]
    return layers + [Layer("dense", len(scale), tensors={"kernel": _diagonal(scale), "bias": shift}, name=name)]


def activate(layers, activation, width, name):
    """The layers with an activation behind them: that of a linear dense, else a dense that changes nothing before it."""
    if activation == "linear":
        return layers
    if not layers or layers[-1].kind != "dense" or layers[-1].activation != "linear":
        layers = layers + [Layer("dense", width, tensors={"kernel": _diagonal(np.ones(width)), "bias": np.zeros(width)}, name=name)]
    last = layers[-1]
    return layers[:-1] + [Layer("dense", last.size, activation, None, last.keys, last.tensors, last.name)]


def last_step(layers, name):
    """The layers with the last step of their sequence behind them. An lstm or gru that hands on nothing else says so itself; of both
    directions the last step is not what the backward one has written last, so there it is a layer."""
    for i in range(len(layers) - 1, -1, -1):
        if layers[i].kind in ("lstm", "gru"):
            one = layers[i]
            return layers[:i] + [Layer(one.kind, one.size, one.activation, False, one.keys, one.tensors, one.name)] + layers[i + 1:]
        if layers[i].is_.says and layers[i].kind != "dense":
            break
    return layers + [Layer("last", name=name)]


def gates(tensor, order, wanted):
    """The blocks of the last axis in another order: gates(kernel, "iofc", "ifco")."""
    blocks = np.split(np.asarray(tensor), len(order), axis=-1)
    return np.concatenate([blocks[order.index(gate)] for gate in wanted], axis=-1)
