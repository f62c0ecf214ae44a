"""RTNeural's JSON, in both shapes: a model of layers with weights as Keras has them, and a PyTorch state_dict in nested lists.

RTNeural runs a network step by step with a carried state; of the window that lstmfc shows it the last step is the answer.
"""
import json

import numpy as np

from . import cells
from .fault import Refused, USAGE, cut
from .network import Layer, Network, activate, last_step
from .text import Raw, floats, parse
from .torch_file import StateDict

_ACTIVATIONS = ("tanh", "relu", "sigmoid", "softmax")


def _array(value, where):
    try:
        array = np.array(value, np.float64)
    except (ValueError, TypeError):
        raise Refused("%s is no array of numbers, or a ragged one" % where) from None
    return array


def read(path, options, notes):
    with open(path, "rb") as file:
        members = parse(file.read(), "the file", float)
    if isinstance(members, dict) and "layers" in members:
        return RTNeuralModel(members, options, notes)
    if not isinstance(members, dict) or not members:
        raise Refused("neither a model of layers nor a state_dict")
    meta = members.pop("lstmfc", None)
    if meta is not None:
        raise Refused("a state_dict with a member 'lstmfc'")
    return StateDict({name: _array(value, "'%s'" % cut(name)) for name, value in members.items()}, options, notes)


def _expect(where, weights, shapes):
    if not isinstance(weights, list) or len(weights) != len(shapes):
        raise Refused("%s: %s arrays of weights, expected %d" % (where, len(weights) if isinstance(weights, list) else "no", len(shapes)))
    out = [_array(w, where) for w in weights]
    for array, shape in zip(out, shapes):
        if array.shape != shape:
            raise Refused("%s: weights of the shape %s, expected %s" % (where, list(array.shape), list(shape)))
    return out


class RTNeuralModel:
    """A model of layers as a source; its reference is NumPy."""

    reference = "NumPy"

    def __init__(self, members, options, notes):
        shape, entries = members.get("in_shape"), members["layers"]
        if not isinstance(shape, list) or not shape or not isinstance(entries, list) or not isinstance(shape[-1], float) or len(shape) > 3:
            raise Refused("in_shape and layers must be lists, the last of in_shape the number of inputs")
        width = int(shape[-1])
        meta = members.get("lstmfc") if isinstance(members.get("lstmfc"), dict) else {}
        window = options.window or int(meta.get("window", 0))
        if not window:
            raise Refused("RTNeural's networks go on for ever: --window N says how many rows lstmfc shows it", USAGE)
        layers, self.runs = [], []
        for i, entry in enumerate(entries):
            entry = entry if isinstance(entry, dict) else {}
            kind, out, weights = entry.get("type"), entry.get("shape"), entry.get("weights", [])
            where = "layer %d (%s)" % (i + 1, cut(kind))
            out = int(out[-1]) if isinstance(out, list) and out and isinstance(out[-1], float) else 0
            if out < 1:
                raise Refused("%s: its shape must end in its number of outputs" % where)
            if kind not in _LAYERS:
                raise Refused("%s: it has no layer in lstmfc" % where)
            layers, run = _LAYERS[kind](where, entry, weights, layers, width, out)
            self.runs.append(run)
            activation = entry.get("activation", "")
            if kind in ("dense", "time-distributed-dense", "activation") and activation:
                if activation not in _ACTIVATIONS:
                    raise Refused("%s: the activation %s is not one of lstmfc's" % (where, cut(activation)))
                layers = activate(layers, activation, out, where)
                self.runs.append(cells.ACTIVATION[activation])
            width = out
        if any(layer.recurrent for layer in layers):        # every layer hands on every step; the last one is the answer
            layers = last_step(layers, "the last step")
        self.network = Network(layers, int(shape[-1]), window)

    def run(self, x):
        y = np.asarray(x, np.float64)
        for run in self.runs:
            y = run(y)
        return cells.answer(y)


def _lstm(where, entry, weights, layers, width, out):
    kernel, recurrent, bias = _expect(where, weights, [(width, 4 * out), (out, 4 * out), (4 * out,)])
    return layers + [Layer("lstm", out, name=where, sequence=True, tensors={"kernel": kernel, "recurrent": recurrent, "bias": bias})], \
        lambda x: cells.lstm(x, kernel, recurrent, bias)


def _swap(t, n):
    """z,r,n -> r,z,n, and back."""
    return np.concatenate([t[..., n:2 * n], t[..., :n], t[..., 2 * n:]], axis=-1)


def _gru(where, entry, weights, layers, width, out):
    kernel, recurrent, bias = _expect(where, weights, [(width, 3 * out), (out, 3 * out), (2, 3 * out)])
    summed = _swap(bias[0], out) + np.concatenate([_swap(bias[1], out)[:2 * out], np.zeros(out)])
    return layers + [Layer("gru", out, name=where, sequence=True, tensors={"kernel": _swap(kernel, out), "recurrent": _swap(recurrent, out),
                                                                           "bias": summed, "recurrent_bias": bias[1][2 * out:]})], \
        lambda x: cells.gru(x, kernel, recurrent, bias[0], bias[1], "zrn")


def _dense(where, entry, weights, layers, width, out):
    kernel, bias = _expect(where, weights, [(width, out), (out,)]) if len(weights) != 1 else _expect(where, weights, [(width, out)]) + [np.zeros(out)]
    return layers + [Layer("dense", out, name=where, tensors={"kernel": kernel, "bias": bias})], lambda x: x @ kernel + bias


def _batchnorm(where, entry, weights, layers, width, out):
    parts = _expect(where, weights, [(width,)] * (2 if len(weights) == 2 else 4))
    gamma, beta, mean, variance = parts if len(parts) == 4 else [np.ones(width), np.zeros(width)] + parts
    epsilon = entry.get("epsilon")
    if not isinstance(epsilon, float) or not 1e-12 <= epsilon <= 1:
        raise Refused("%s: its epsilon is %s" % (where, cut(epsilon)))
    return layers + [Layer("batchnorm", name=where, keys={"epsilon": epsilon},
                           tensors={"gamma": gamma, "beta": beta, "mean": mean, "variance": variance})], \
        lambda x: cells.batchnorm(x, gamma, beta, mean, variance, epsilon)


def _activation(where, entry, weights, layers, width, out):
    if width != out or weights:
        raise Refused("%s: an activation is as wide as what comes before it, and has no weights" % where)
    return layers, lambda x: x


_LAYERS = {"lstm": _lstm, "gru": _gru, "dense": _dense, "time-distributed-dense": _dense, "batchnorm": _batchnorm, "activation": _activation}


# ---- writing

def write(network, kept):
    """The text of a model of layers. Step by step with a carried state it answers to the last row of a window what lstmfc does."""
    entries = []
    for i, layer in enumerate(network.layers):
        t, where = layer.tensors, "layer %d (%s)" % (i + 1, layer.kind)
        entry = {"type": layer.kind, "activation": "", "shape": [None, None, layer.outputs], "weights": []}
        if layer.kind in ("lstm", "gru"):
            entry["activation"] = "tanh"
            if layer.kind == "lstm":
                entry["weights"] = [_rows(t["kernel"]), _rows(t["recurrent"]), floats(t["bias"])]
            else:
                n = layer.size
                second = np.concatenate([np.zeros(2 * n, np.float32), t["recurrent_bias"]])
                entry["weights"] = [_rows(_swap(t["kernel"], n)), _rows(_swap(t["recurrent"], n)), _rows([_swap(t["bias"], n), second])]
        elif layer.kind == "dense":
            if layer.activation not in _ACTIVATIONS + ("linear",):
                raise Refused("%s: RTNeural has no activation %s" % (where, layer.activation))
            entry["activation"] = "" if layer.activation == "linear" else layer.activation
            entry["weights"] = [_rows(t["kernel"]), floats(t["bias"])]
        elif layer.kind == "batchnorm":
            entry["epsilon"] = layer.value("epsilon")
            entry["weights"] = [floats(t[k]) for k in ("gamma", "beta", "mean", "variance")]
        elif layer.kind in ("dropout", "variational_dropout", "last"):
            continue
        else:
            raise Refused("%s: RTNeural runs step by step and has no such layer" % where)
        entry["weights"] = Raw("[" + ",".join(entry["weights"]) + "]")
        entries.append(entry)
    text = {"in_shape": [None, None, network.inputs], "layers": entries,
            "lstmfc": {"spec": network.spec(), "window": network.window}}
    if kept:
        text["lstmfc"]["verify"] = Raw(kept)
    return _dump(text) + "\n"


def _rows(matrix):
    return Raw("[" + ",".join(floats(row) for row in matrix) + "]")


def _dump(value):
    if isinstance(value, dict):
        return "{" + ",".join(json.dumps(k) + ":" + _dump(v) for k, v in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ",".join(_dump(v) for v in value) + "]"
    return value if isinstance(value, Raw) else json.dumps(value)
