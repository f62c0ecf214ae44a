"""Keras: .keras (a zip of JSON and HDF5) and .h5 files. Neither Keras nor TensorFlow is needed: the layers stand in JSON, and a layer that is
not in CLASSES is refused by its name. Nothing in the file is ever run, so a Lambda or a custom class is just a name that is not known."""
import io
import json
import os
import re
import zipfile

import numpy as np

from . import cells
from .archive import Archive
from .fault import FAILURE, Refused, USAGE, cut
from .network import Layer, Network, activate
from .text import parse

_MOST = 1 << 28                 # numbers in a file


# ---- the file

def _h5():
    try:
        import h5py
    except ImportError:
        raise Refused("Keras files are read with the Python package h5py, which is not installed", FAILURE) from None
    return h5py


def _dataset(group, path):
    """A dataset as it lies in this file: no link to elsewhere, no more numbers than are stored."""
    h5py = _h5()
    at = group
    for part in path.split("/"):
        if not isinstance(at, h5py.Group) or part not in at:
            raise Refused("weights '%s' are missing" % cut(path))
        if isinstance(at.get(part, getlink=True), (h5py.ExternalLink, h5py.SoftLink)):
            raise Refused("weights '%s' lie behind a link: refused" % cut(path))
        at = at[part]
    if not isinstance(at, h5py.Dataset) or at.dtype.kind != "f":
        raise Refused("weights '%s' are no array of floating-point numbers" % cut(path))
    if at.external or at.is_virtual:
        raise Refused("weights '%s' lie in another file: refused" % cut(path))
    if at.size > _MOST or at.nbytes > 200 * at.id.get_storage_size() + 65536:
        raise Refused("weights '%s' of the shape %s would unpack from %d bytes: refused" % (cut(path), list(at.shape), at.id.get_storage_size()))
    return np.asarray(at[()], np.float64)


def _text(value):
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)


def _open(data, name):
    try:
        return _h5().File(data, "r")
    except OSError as error:
        raise Refused("%s: no HDF5 file, or damaged: %s" % (name, cut(error, 100))) from None


class _H5Weights:
    """Weights of a .h5 file, by the layer's name."""

    def __init__(self, file):
        self.root = file["model_weights"] if "model_weights" in file else file

    def of(self, name, class_name, kinds):
        if name not in self.root:
            raise Refused("layer '%s' has no weights in the file" % cut(name))
        names = [_text(n) for n in self.root[name].attrs.get("weight_names", [])]
        return [_dataset(self.root[name], n) for n in names]


class _KerasWeights:
    """Weights of a .keras file: groups by class with a running number, in the order of the layers."""

    def __init__(self, file):
        self.file, self.used = file, {}
        self.root = "layers" if "layers" in file else "_layer_checkpoint_dependencies"

    def of(self, name, class_name, kinds):
        snake = re.sub(r"([a-z])([A-Z])", r"\1_\2", re.sub(r"(.)([A-Z][a-z]+)", r"\1_\2", class_name)).lower()
        count = self.used.get(snake, 0)
        self.used[snake] = count + 1
        place = "%s/%s%s" % (self.root, snake, "_%d" % count if count else "")
        out = []
        for part in kinds:
            group = self.file
            for step in (place + part + "/vars").split("/"):
                group = group[step] if step in group else {}
            out += [_dataset(self.file, "%s%s/vars/%d" % (place, part, i)) for i in range(len(group))]
        return out


def _weights(weights, name, class_name, places):
    try:
        return weights.of(name, class_name, places)
    except (KeyError, RuntimeError, OSError, ValueError, TypeError) as error:       # what h5py makes of a damaged file
        raise Refused("layer '%s': its weights cannot be read: %s" % (cut(name), cut(error, 100))) from None


def _load(path):
    """(config of the model, weights)."""
    with open(path, "rb") as file:
        head = file.read(8)
    if head[:4] == b"PK\x03\x04":
        try:
            with Archive(path) as archive:
                config = parse(archive.read("config.json", "the model's layers"), "config.json")
                data = archive.read("model.weights.h5", "the weights")
        except zipfile.BadZipFile:
            raise Refused("no .keras file: a damaged zip, or cut short") from None
        return config, _KerasWeights(_open(io.BytesIO(data), "model.weights.h5"))
    if head != b"\x89HDF\r\n\x1a\n":
        raise Refused("neither a .keras file (a zip) nor a .h5 file")
    file = _open(path, os.path.basename(path))
    try:
        config = file.attrs.get("model_config")
    except (KeyError, RuntimeError, OSError, ValueError, TypeError) as error:
        raise Refused("its configuration cannot be read: %s" % cut(error, 100)) from None
    if config is None:
        raise Refused("holds weights alone, not the layers they belong to: save the whole model with model.save(\"%s.keras\")"
                      % os.path.basename(path).split(".")[0])
    return parse(_text(config), "model_config"), _H5Weights(file)


# ---- the layers

_ACTIVATIONS = {"linear": "linear", "relu": "relu", "tanh": "tanh", "sigmoid": "sigmoid", "swish": "swish", "silu": "swish", "gelu": "gelu",
                "softmax": "softmax", "softplus": "softplus"}


class Item:
    """A layer of the file. weights: as Keras has them. sequence: whether it is given one."""

    def __init__(self, class_name, config, weights, notes):
        self.class_name, self.config, self.weights, self.notes = class_name, config, weights, notes
        self.name = str(config.get("name", class_name))

    def refuse(self, why):
        raise Refused("layer '%s' (%s): %s" % (cut(self.name), cut(self.class_name), why))

    def get(self, key, default=None):
        return self.config.get(key, default)

    def activation(self, key="activation", default="linear"):
        value = self.get(key, default)
        if value is None:
            return "linear"
        if isinstance(value, dict):             # a function or an object of its own
            value = value.get("config") if isinstance(value.get("config"), str) else value.get("class_name")
        if str(value) not in _ACTIVATIONS:
            self.refuse("the activation %s is not one of lstmfc's" % cut(value))
        return _ACTIVATIONS[str(value)]

    def whole(self, key):
        value = self.get(key)
        if type(value) is not int or not 0 < value < 1 << 20:
            self.refuse("%s is %s, expected a size" % (key, cut(value)))
        return value

    def rate(self, key="rate"):
        value = self.get(key, 0) or 0
        if not isinstance(value, (int, float)) or not 0 <= value < 1:
            self.refuse("%s is %s, expected a rate from 0 to below 1" % (key, cut(value)))
        return float(value)

    def l2(self, key):
        """The factor of an L2 penalty; others train differently and are told of."""
        value = self.get(key)
        if not value:
            return None
        inner = value.get("config", {}) if isinstance(value, dict) else {}
        if isinstance(inner, dict) and not inner.get("l1") and isinstance(inner.get("l2"), (int, float)):
            return float("%.7g" % inner["l2"])              # Keras writes the float32
        self.notes.say("layer '%s': its %s is not carried over (it matters to further training alone)" % (cut(self.name), key))
        return None


def _penalties(item, keys):
    out = {}
    for ours, theirs in keys:
        value = item.l2(theirs)
        if value is not None:
            out[ours] = value
    return out


def _cell(item, class_name, weights):
    """(lstmfc's tensors, NumPy's layer) of one LSTM or GRU."""
    units, lstm = item.whole("units"), class_name == "LSTM"
    if item.activation("activation", "tanh") != "tanh":
        item.refuse("its activation is %s; lstmfc's is tanh" % cut(item.get("activation")))
    if item.activation("recurrent_activation", "sigmoid") != "sigmoid":
        item.refuse("its recurrent activation is %s; lstmfc's is sigmoid" % cut(item.get("recurrent_activation")))
    for key, why in (("stateful", "a state that is carried from batch to batch"), ("return_state", "its state as a further output"),
                     ("time_major", "batches behind time")):
        if item.get(key):
            item.refuse("%s: %s, which has no layer in lstmfc" % (key, why))
    if not lstm and not item.get("reset_after", False):
        item.refuse("reset_after=False: its reset gate stands before the recurrent product, lstmfc's behind it")
    if item.get("use_bias", True):
        if len(weights) != 3:
            item.refuse("has %d weights, expected kernel, recurrent kernel and bias" % len(weights))
        kernel, recurrent, bias = weights
    else:
        if len(weights) != 2:
            item.refuse("has %d weights, expected kernel and recurrent kernel" % len(weights))
        kernel, recurrent = weights
        bias = np.zeros(4 * units if lstm else (2, 3 * units))
    blocks = 4 if lstm else 3
    for what, tensor, shape in (("kernel", kernel, (kernel.shape[0] if kernel.ndim == 2 else 0, blocks * units)),
                                ("recurrent kernel", recurrent, (units, blocks * units)),
                                ("bias", bias, (4 * units,) if lstm else (2, 3 * units))):
        if tensor.shape != shape:
            item.refuse("its %s has the shape %s, expected %s" % (what, list(tensor.shape), list(shape)))
    if lstm:
        return {"kernel": kernel, "recurrent": recurrent, "bias": bias}, \
            lambda x, reverse: cells.lstm(x, kernel, recurrent, bias, "ifgo", reverse)

    def swap(t):                                # z,r,n -> r,z,n
        return np.concatenate([t[..., units:2 * units], t[..., :units], t[..., 2 * units:]], axis=-1)
    summed = swap(bias[0]) + np.concatenate([swap(bias[1])[:2 * units], np.zeros(units)])
    return {"kernel": swap(kernel), "recurrent": swap(recurrent), "bias": summed, "recurrent_bias": bias[1][2 * units:]}, \
        lambda x, reverse: cells.gru(x, kernel, recurrent, bias[0], bias[1], "zrn", reverse)


def _recurrent(item, layers, width):
    if item.get("go_backwards"):
        item.refuse("go_backwards: it reads the window from its end alone, which has no layer in lstmfc")
    tensors, run = _cell(item, item.class_name, item.weights)
    sequence = bool(item.get("return_sequences"))
    keys = _penalties(item, (("l2", "kernel_regularizer"), ("recurrent_l2", "recurrent_regularizer")))
    keys.update((k, item.rate(k)) for k in ("dropout", "recurrent_dropout") if item.rate(k))
    kind = item.class_name.lower()
    return layers + [Layer(kind, item.whole("units"), sequence=sequence, keys=keys, tensors=tensors, name=item.name)], \
        lambda x: run(x, False) if sequence else run(x, False)[:, -1]


def _bidirectional(item, layers, width):
    if item.get("merge_mode", "concat") != "concat":
        item.refuse("merge_mode %s; lstmfc's is concat" % cut(item.get("merge_mode")))
    inner, back = _inner(item, "layer"), _inner(item, "backward_layer", optional=True)
    if inner.class_name not in ("LSTM", "GRU"):
        item.refuse("around a %s; lstmfc has LSTM and GRU" % cut(inner.class_name))
    half = len(item.weights) // 2
    forward, run_forward = _cell(inner, inner.class_name, item.weights[:half])
    backward, run_backward = _cell(inner, inner.class_name, item.weights[half:])
    if back is not None and any(back.get(k) != inner.get(k) for k in ("units", "activation", "recurrent_activation", "use_bias", "reset_after",
                                                                      "return_sequences")):
        item.refuse("its two directions differ")
    if inner.get("go_backwards"):
        item.refuse("around a layer that goes backwards itself")
    if back is not None and back.class_name != inner.class_name:
        item.refuse("its two directions differ")
    sequence = bool(inner.get("return_sequences"))
    tensors = {"forward_" + k: v for k, v in forward.items()}
    tensors.update(("backward_" + k, v) for k, v in backward.items())
    keys = _penalties(inner, (("l2", "kernel_regularizer"), ("recurrent_l2", "recurrent_regularizer")))
    keys.update((k, inner.rate(k)) for k in ("dropout", "recurrent_dropout") if inner.rate(k))
    return layers + [Layer("bi" + inner.class_name.lower(), inner.whole("units"), sequence=sequence, keys=keys, tensors=tensors, name=item.name)], \
        lambda x: cells.both(run_forward(x, False), run_backward(x, True), sequence)


def _inner(item, key, optional=False):
    value = item.get(key)
    if value is None and optional:
        return None
    if not isinstance(value, dict) or not isinstance(value.get("config"), dict):
        item.refuse("its %s is missing" % key)
    inner = Item(str(value.get("class_name")), value["config"], item.weights, item.notes)
    inner.name = item.name
    return inner


def _dense(item, layers, width):
    units = item.whole("units")
    kernel = item.weights[0] if item.weights else np.zeros(0)
    bias = item.weights[1] if len(item.weights) == 2 else np.zeros(units)
    if kernel.shape != (width, units) or bias.shape != (units,) or len(item.weights) != 1 + bool(item.get("use_bias", True)):
        item.refuse("its weights have the shapes %s, expected %s" % ([list(w.shape) for w in item.weights], [[width, units], [units]]))
    if item.get("lora_rank") or item.get("quantization_config"):
        item.refuse("LoRA or quantized: merge it into its kernel first")
    activation = item.activation()
    return layers + [Layer("dense", units, activation, keys=_penalties(item, (("l2", "kernel_regularizer"),)),
                           tensors={"kernel": kernel, "bias": bias}, name=item.name)], \
        lambda x: cells.ACTIVATION[activation](x @ kernel + bias)


def _time_distributed(item, layers, width):
    inner = _inner(item, "layer")
    if inner.class_name not in ("Dense", "Dropout", "Activation", "BatchNormalization", "LayerNormalization"):
        item.refuse("around a %s" % cut(inner.class_name))
    inner.sequence = False                      # each step by itself
    return CLASSES[inner.class_name][0](inner, layers, width)


def _norm_parts(item, width, names):
    """Of gamma, beta, mean and variance those that the layer has, the others as they would be."""
    have = [n for n in names if n not in ("gamma", "beta") or item.get({"gamma": "scale", "beta": "center"}[n], True)]
    if len(item.weights) != len(have) or any(w.shape != (width,) for w in item.weights):
        item.refuse("its weights have the shapes %s, expected %d of [%d]" % ([list(w.shape) for w in item.weights], len(have), width))
    parts = dict(zip(have, item.weights))
    return [parts.get(n, np.ones(width) if n == "gamma" else np.zeros(width)) for n in names]


def _last_axis(item, rank):
    axis = item.get("axis", -1)
    axis = axis[0] if isinstance(axis, list) and len(axis) == 1 else axis
    if axis not in (-1, rank - 1):
        item.refuse("over axis %s; lstmfc's norms are over features, the last one" % cut(axis))


def _batchnorm(item, layers, width):
    if item.get("renorm"):
        item.refuse("renorm has no layer in lstmfc")
    _last_axis(item, 3 if item.sequence else 2)
    gamma, beta, mean, variance = _norm_parts(item, width, ("gamma", "beta", "mean", "variance"))
    epsilon = float(item.get("epsilon", 1e-3))
    return layers + [Layer("batchnorm", keys={"momentum": float(item.get("momentum", 0.99)), "epsilon": epsilon},
                           tensors={"gamma": gamma, "beta": beta, "mean": mean, "variance": variance}, name=item.name)], \
        lambda x: cells.batchnorm(x, gamma, beta, mean, variance, epsilon)


def _layernorm(item, layers, width):
    if item.get("rms_scaling"):
        item.refuse("rms_scaling has no layer in lstmfc")
    _last_axis(item, 3 if item.sequence else 2)
    gamma, beta = _norm_parts(item, width, ("gamma", "beta"))
    epsilon = float(item.get("epsilon", 1e-3))
    return layers + [Layer("layernorm", keys={"epsilon": epsilon}, tensors={"gamma": gamma, "beta": beta}, name=item.name)], \
        lambda x: cells.layernorm(x, gamma, beta, epsilon)


def _activation(item, layers, width):
    if item.class_name == "Softmax":
        _last_axis(item, 3 if item.sequence else 2)
    name = item.activation() if item.class_name == "Activation" else item.class_name.lower()
    if item.class_name == "ReLU" and (item.get("max_value") is not None or item.get("negative_slope") or item.get("threshold")):
        item.refuse("a ReLU with a slope, a limit or a threshold")
    return activate(layers, name, width, item.name), cells.ACTIVATION[name]


def _dropout(kind):
    def make(item, layers, width):
        if item.class_name == "Dropout" and item.get("noise_shape"):
            item.notes.say("layer '%s': its noise_shape is not carried over (it matters to further training alone)" % cut(item.name))
        return layers + ([Layer(kind, item.rate(), name=item.name)] if item.rate() else []), lambda x: x
    return make


def _flatten(item, layers, width):
    return layers + [Layer("flatten", name=item.name)] if item.sequence else layers, lambda x: x.reshape(len(x), -1)


def _nothing(item, layers, width):
    item.notes.say("layer '%s' (%s) does nothing in a forecast and is left out" % (cut(item.name), cut(item.class_name)))
    return layers, lambda x: x


# class: its layer, and where its weights lie in a .keras file
CLASSES = {
    "LSTM": (_recurrent, ["/cell"]), "GRU": (_recurrent, ["/cell"]),
    "Bidirectional": (_bidirectional, ["/forward_layer/cell", "/backward_layer/cell"]),
    "Dense": (_dense, [""]), "TimeDistributed": (_time_distributed, ["/layer"]),
    "BatchNormalization": (_batchnorm, [""]), "LayerNormalization": (_layernorm, [""]),
    "Activation": (_activation, []), "ReLU": (_activation, []), "Softmax": (_activation, []),
    "Dropout": (_dropout("dropout"), []), "SpatialDropout1D": (_dropout("variational_dropout"), []),
    "Flatten": (_flatten, []), "GaussianNoise": (_nothing, []), "GaussianDropout": (_nothing, []), "ActivityRegularization": (_nothing, []),
}
_WHY = {"Masking": "steps that are masked have no layer in lstmfc: every window has all its steps", "Lambda": "it is a program, and nothing in "
        "a file is run", "Embedding": "lstmfc's inputs are numbers, not classes"}


def _chain(config):
    """[(class, config)] of a model whose layers stand in one row, the input first."""
    class_name, inner = config.get("class_name"), config.get("config")
    layers = inner.get("layers") if isinstance(inner, dict) else inner if isinstance(inner, list) else None
    if class_name not in ("Sequential", "Functional", "Model") or not isinstance(layers, list):
        raise Refused("a model of the class %s: Sequential, or functional in one row of layers" % cut(class_name))
    entries = []
    for layer in layers:
        if not isinstance(layer, dict) or not isinstance(layer.get("config"), dict):
            raise Refused("a layer without a configuration")
        entries.append((str(layer.get("class_name")), layer["config"], layer))
    if class_name != "Sequential":
        _check_row(entries, inner)
    return entries


def _check_row(entries, inner):
    """A functional model is a row when each layer is called once, on the one before it."""
    before = None
    for class_name, config, layer in entries:
        name = str(layer.get("name", config.get("name")))
        if class_name != "InputLayer":
            calls = layer.get("inbound_nodes")
            text = json.dumps(calls)            # of Keras 3, else of Keras 2
            sources = re.findall(r'"keras_history", "config": \["([^"]*)"', text) or re.findall(r'\[+"([^"]*)", \d+, \d+', text)
            if not isinstance(calls, list) or len(calls) != 1 or sources != [before]:
                raise Refused("layer '%s' (%s) is called on %s: only a row of layers can be converted, each on the one before it"
                              % (cut(name), cut(class_name), " and ".join("'%s'" % cut(s) for s in sources) or "nothing"))
        elif before is not None:
            raise Refused("layer '%s': a second input" % cut(name))
        before = name
    outputs = re.findall(r'"([^"]*)", \d+, \d+', json.dumps(inner.get("output_layers")))
    if outputs != [before]:
        raise Refused("the outputs are %s, expected the last layer's" % ", ".join("'%s'" % cut(o) for o in outputs))


def _input_shape(entries):
    """(window or None, inputs or None) as the file has them."""
    for class_name, config, layer in entries:
        for shape in (config.get("batch_shape"), config.get("batch_input_shape"), (layer.get("build_config") or {}).get("input_shape")
                      if isinstance(layer.get("build_config"), dict) else None):
            if isinstance(shape, list) and len(shape) in (2, 3) and all(v is None or (type(v) is int and v > 0) for v in shape):
                return (1 if len(shape) == 2 else shape[1]), shape[-1], len(shape) == 3
    return None, None, True


def _keras():
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "0")
    try:
        import keras
    except ImportError:
        return None
    return keras


def _keras_layer(keras, item):
    """Keras' own layer with the few options that matter; its loader is not asked, for it would follow whatever the file names."""
    def cell(inner):
        options = {"reset_after": True} if inner.class_name == "GRU" else {}
        return getattr(keras.layers, inner.class_name)(inner.get("units"), use_bias=bool(inner.get("use_bias", True)),
                                                       return_sequences=bool(inner.get("return_sequences")), **options)
    name = item.class_name
    if name in ("LSTM", "GRU"):
        return cell(item)
    if name == "Bidirectional":
        return keras.layers.Bidirectional(cell(_inner(item, "layer")))
    if name == "TimeDistributed":
        inner = _keras_layer(keras, _inner(item, "layer"))
        return inner and keras.layers.TimeDistributed(inner)
    if name == "Dense":
        return keras.layers.Dense(item.get("units"), activation=item.activation(), use_bias=bool(item.get("use_bias", True)))
    if name in ("BatchNormalization", "LayerNormalization"):
        return getattr(keras.layers, name)(epsilon=float(item.get("epsilon", 1e-3)), center=bool(item.get("center", True)),
                                           scale=bool(item.get("scale", True)))
    if name in ("Activation", "ReLU", "Softmax"):
        return keras.layers.Activation(item.activation() if name == "Activation" else name.lower())
    return keras.layers.Flatten() if name == "Flatten" else None


class KerasModel:
    """A Keras model as a source."""

    def __init__(self, path, options, notes):
        config, weights = _load(path)
        entries = _chain(config if isinstance(config, dict) else {})
        window, inputs, sequence = _input_shape(entries)
        if window is not None and options.window is not None and window != options.window:
            raise Refused("--window %d, but the model's input has %d step(s)" % (options.window, window), USAGE)
        window = window or options.window
        if window is None:
            raise Refused("the model takes any number of steps: --window N says how many rows it is shown", USAGE)
        self.flat, layers, self.runs, self.items = not sequence, [], [], []
        for class_name, config, _ in entries:
            if class_name == "InputLayer":
                continue
            if class_name not in CLASSES:
                raise Refused("layer '%s' (%s): %s" % (cut(config.get("name")), cut(class_name), _WHY.get(class_name, "it has no layer in lstmfc")))
            make, places = CLASSES[class_name]
            item = Item(class_name, config, _weights(weights, str(config.get("name")), class_name, places), notes)
            if inputs is None:
                if not item.weights or item.weights[0].ndim != 2:
                    raise Refused("the model does not say how wide its input is")
                inputs = item.weights[0].shape[0]
            so_far = Network(layers, inputs, window) if layers else None
            item.sequence = not self.flat and (so_far.sequence if so_far else True)
            layers, run = make(item, layers, so_far.outputs if so_far else inputs)
            self.items.append(item)
            self.runs.append(run)
        self.network = Network(layers, inputs, window)
        if any("float16" in json.dumps(config.get("dtype")) for _, config, _ in entries):
            notes.say("the model computes in half precision; lstmfc does not")
        self.reference, self.keras = "NumPy", None if options.reference == "numpy" else _keras()
        if self.keras:
            self.reference = "Keras " + self.keras.__version__

    def run(self, x):
        """[B][outputs], by Keras' own layers around these weights, or by NumPy."""
        y = np.asarray(x, np.float32 if self.keras else np.float64)
        y = y[:, -1] if self.flat else y
        for item, run in zip(self.items, self.runs):
            if self.keras:
                layer = _keras_layer(self.keras, item)
                if layer is not None:
                    layer.build(y.shape)
                    layer.set_weights([np.asarray(w, np.float32) for w in item.weights])
                    y = self.keras.ops.convert_to_numpy(layer(y))
            else:
                y = run(y)
        return cells.answer(y)


def read(path, options, notes):
    return KerasModel(path, options, notes)
