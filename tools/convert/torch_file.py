"""PyTorch: a state_dict in a .pt file, and how the tensors of a state_dict (also in safetensors, also in RTNeural's JSON) become layers.

A .pt file is a zip with a pickle, and a pickle is a program. This reader runs none: of all that a pickle can name it knows the few things
that tensors are made of, and refuses the rest by name, as torch.load(weights_only=True) does; PyTorch need not be installed.

A state_dict has tensors and names, no forward(): which layers they are, in which order, with which activations is said by --spec.
"""
import io
import pickle
import re
import zipfile

import numpy as np

from . import cells
from .archive import Archive
from .fault import Refused, USAGE, cut
from .network import Network, parse_spec

# ---- the file

_STORAGES = {"FloatStorage": "<f4", "DoubleStorage": "<f8", "HalfStorage": "<f2", "BFloat16Storage": "bfloat16", "LongStorage": "<i8",
             "IntStorage": "<i4", "ShortStorage": "<i2", "CharStorage": "<i1", "ByteStorage": "<u1", "BoolStorage": "?"}


class _Dict(dict):
    """Stands for OrderedDict; has a __dict__, for PyTorch leaves its _metadata there."""


class _Storage:
    def __init__(self, kind):
        self.kind = kind


class _Tensor:
    def __init__(self, kind, key, offset, size, stride):
        self.kind, self.key, self.offset, self.size, self.stride = kind, key, offset, size, stride


class _Device(str):
    pass


def _whole(values):
    return isinstance(values, tuple) and all(type(v) is int and 0 <= v < 2 ** 40 for v in values)


def _rebuild(storage, offset, size, stride, *_):
    if not isinstance(storage, tuple) or not _whole((offset,)) or not _whole(size) or not _whole(stride) or len(size) != len(stride):
        raise Refused("a tensor whose shape is no list of sizes")
    return _Tensor(storage[1].kind, storage[2], offset, size, stride)


def _parameter(tensor, *_):
    return tensor


_KNOWN = {("collections", "OrderedDict"): _Dict, ("torch._utils", "_rebuild_tensor_v2"): _rebuild,
          ("torch._utils", "_rebuild_parameter"): _parameter, ("torch", "device"): _Device}


class _Unpickler(pickle._Unpickler):        # the one in Python: its memory grows with the file, not with a number in it
    def find_class(self, module, name):
        if module == "torch" and name in _STORAGES:
            return _Storage(name)
        if (module, name) in _KNOWN:
            return _KNOWN[module, name]
        module, name = cut(module, 40), cut(name, 40)
        if module.startswith("torch"):
            raise Refused("its pickle wants %s.%s: this is no plain state_dict; save one with torch.save(model.state_dict(), path)" % (module, name))
        raise Refused("its pickle wants to run %s.%s, which no state_dict does: a whole module, or code; nothing was run. Save the "
                      "state_dict alone: torch.save(model.state_dict(), path)" % (module, name))

    def persistent_load(self, pid):
        if not isinstance(pid, tuple) or len(pid) < 5 or pid[0] != "storage" or not isinstance(pid[1], _Storage) or not isinstance(pid[2], str):
            raise Refused("its pickle names a storage in a way that PyTorch does not")
        return pid


def _bfloat16(raw):
    return (np.frombuffer(raw, "<u2").astype(np.uint32) << 16).view(np.float32)


def _array(tensor, archive, root, name):
    size = int(np.prod(tensor.size, dtype=object)) if tensor.size else 1
    raw = archive.read(root + "data/" + tensor.key, "the numbers of '%s'" % name)
    kind = _STORAGES[tensor.kind]
    data = _bfloat16(raw[:len(raw) // 2 * 2]) if kind == "bfloat16" else np.frombuffer(raw[:len(raw) - len(raw) % np.dtype(kind).itemsize], kind)
    last = tensor.offset + sum((s - 1) * d for s, d in zip(tensor.size, tensor.stride)) if size else 0
    if size > len(data) or (size and last >= len(data)):
        raise Refused("tensor '%s' of the shape %s wants more numbers than the file holds" % (name, list(tensor.size)))
    if any(d == 0 and s > 1 for s, d in zip(tensor.size, tensor.stride)):
        raise Refused("tensor '%s' is an expanded view: save its .contiguous() form" % name)
    if tensor.kind == "BoolStorage":
        return np.zeros(tensor.size)
    step = data.itemsize
    return np.lib.stride_tricks.as_strided(data[tensor.offset:], tensor.size, [d * step for d in tensor.stride]).copy()


def read_pt(path, notes):
    """{name: array} in the order of the file."""
    try:
        archive = Archive(path)
    except zipfile.BadZipFile:
        with open(path, "rb") as file:
            head = file.read(2)
        if head[:1] == b"\x80":
            raise Refused("a pickle outside a zip: written before PyTorch 1.6, or by pickle.dump; nothing was run. Save it again: "
                          "torch.save(torch.load(path, weights_only=True), path)") from None
        raise Refused("no .pt file: not a zip, or cut short") from None
    with archive:
        pickles = [n for n in archive.names if n.endswith("/data.pkl") or n == "data.pkl"]
        if len(pickles) != 1:
            raise Refused("a zip without the data.pkl of torch.save")
        root = pickles[0][:-len("data.pkl")]
        if root + "constants.pkl" in archive.names or any(n.startswith(root + "code/") for n in archive.names):
            raise Refused("TorchScript, a program: save the state_dict of the module instead (torch.save(model.state_dict(), path))")
        if root + "byteorder" in archive.names and archive.read(root + "byteorder", "byteorder") != b"little":
            raise Refused("numbers in big-endian order: save it again on another machine")
        try:
            value = _Unpickler(io.BytesIO(archive.read(pickles[0], "data.pkl")), encoding="utf-8").load()
        except Refused:
            raise
        except Exception as error:              # whatever a damaged pickle does to the unpickler
            raise Refused("data.pkl is no pickle that PyTorch wrote: %s" % cut(error, 120)) from None
        return {name: _array(tensor, archive, root, cut(name)) for name, tensor in _state(value, notes).items()}


def _state(value, notes):
    """The state_dict in what was saved: itself, or a member of a checkpoint."""
    def tensors(d):
        return isinstance(d, dict) and d and all(isinstance(k, str) for k in d) and all(isinstance(v, _Tensor) for v in d.values())
    if tensors(value):
        return value
    if isinstance(value, _Tensor) or not isinstance(value, dict):
        raise Refused("holds no state_dict: a dict of names and tensors")
    members = [k for k, v in value.items() if tensors(v)]
    named = [k for k in members if k in ("state_dict", "model_state_dict", "model_state", "model", "net", "weights")]
    chosen = named if named else members
    if len(chosen) != 1:
        raise Refused("holds no state_dict: a dict of names and tensors" if not chosen else
                      "holds several state_dicts: %s; save one of them alone" % ", ".join(cut(k) for k in chosen))
    notes.say("of the checkpoint its member '%s'" % cut(chosen[0]))
    return value[chosen[0]]


# ---- from tensors to layers

_CELL = re.compile(r"(.*?)(weight_ih|weight_hh|bias_ih|bias_hh|weight_hr)(?:_l(\d+))?(_reverse)?")
_EPSILON = 1e-5                 # nn.BatchNorm1d, nn.LayerNorm


class Unit:
    """One layer's tensors: of an nn.LSTM of two layers there are two. prefix: its name in the state_dict without the last dot."""

    def __init__(self, prefix, kind, size, inputs, parts, label):
        self.prefix, self.kind, self.size, self.inputs, self.parts, self.label = prefix, kind, size, inputs, parts, label


def _group(state):
    """Tensors by the module they belong to, in the order of the file."""
    modules = {}
    for name, tensor in state.items():
        cell = _CELL.fullmatch(name)
        if cell:
            key = (cell[1], "cell")
            modules.setdefault(key, {})[(int(cell[3] or 0), cell[2], bool(cell[4]))] = (name, tensor)
        else:
            prefix, dot, last = name.rpartition(".")
            modules.setdefault((prefix + dot, "plain"), {})[last] = (name, tensor)
    return modules


def _cell_units(prefix, parts):
    units = []
    for index in sorted({k[0] for k in parts}):
        here = {(k[1], k[2]): v for k, v in parts.items() if k[0] == index}
        projected = [v[0] for k, v in here.items() if k[0] == "weight_hr"]
        if projected:
            raise Refused("'%s': an LSTM with a projection (proj_size) has no layer in lstmfc" % cut(projected[0]))
        both = any(k[1] for k in here)
        for need in [("weight_ih", False), ("weight_hh", False)] + ([("weight_ih", True), ("weight_hh", True)] if both else []):
            if need not in here:
                raise Refused("'%s%s_l%d%s' is missing" % (cut(prefix), need[0], index, "_reverse" if need[1] else ""))
        name, w = here["weight_hh", False]
        if w.ndim != 2 or not w.shape[1] or w.shape[0] % w.shape[1] or w.shape[0] // w.shape[1] not in (1, 3, 4):
            raise Refused("'%s' of the shape %s is of no LSTM and no GRU" % (cut(name), list(w.shape)))
        ways, hidden = w.shape[0] // w.shape[1], w.shape[1]
        if ways == 1:
            raise Refused("'%s': an nn.RNN has no layer in lstmfc (lstm, gru)" % cut(name))
        first = here["weight_ih", False]
        for key, (name, t) in here.items():
            want = ((ways * hidden, first[1].shape[-1]) if key[0] == "weight_ih" else (ways * hidden, hidden) if key[0] == "weight_hh"
                    else (ways * hidden,))
            if t.shape != want:
                raise Refused("'%s' has the shape %s, expected %s" % (cut(name), list(t.shape), list(want)))
        kind = ("bi" if both else "") + ("lstm" if ways == 4 else "gru")
        units.append(Unit(prefix[:-1], kind, hidden, first[1].shape[1], here, first[0]))
    return units


def _plain_unit(prefix, parts):
    names = set(parts) - {"num_batches_tracked"}
    shapes = {k: parts[k][1].shape for k in names}
    first = next(iter(parts.values()))[0]
    if names == {"kernel", "bias", "score"}:
        return Unit(prefix[:-1], "attention", shapes["kernel"][-1], shapes["kernel"][0], parts, first)
    if "running_mean" in names and names <= {"weight", "bias", "running_mean", "running_var"}:
        width = shapes["running_mean"]
        if len(width) == 1 and all(s == width for s in shapes.values()) and "running_var" in names:
            return Unit(prefix[:-1], "batchnorm", None, width[0], parts, first)
    if "weight" in names and names <= {"weight", "bias"}:
        shape = shapes["weight"]
        if len(shape) == 2 and shapes.get("bias", shape[:1]) == shape[:1]:
            return Unit(prefix[:-1], "dense", shape[0], shape[1], parts, first)
        if len(shape) == 1 and shapes.get("bias", shape) == shape:
            return Unit(prefix[:-1], "layernorm", None, shape[0], parts, first)
    raise Refused("'%s' of the shape %s belongs to no LSTM, GRU, Linear, BatchNorm1d or LayerNorm"
                  % (cut(first), list(next(iter(parts.values()))[1].shape)))


def modules_of(state):
    """[[Unit]] by module, in the order of the file."""
    if not state:
        raise Refused("no tensor in it")
    out = []
    for (prefix, kind), parts in _group(state).items():
        out.append(_cell_units(prefix, parts) if kind == "cell" else [_plain_unit(prefix, parts)])
    return out


def _fits(units, wanted):
    """Whether the units are the first of the wanted layers, each as wide as what comes before it hands on. wanted: (layer, whether a
    flatten stands before it, behind which a width depends on the window)."""
    width = None
    for unit, (layer, flat) in zip(units, wanted):
        if unit.kind != layer.kind or (layer.size is not None and unit.size != layer.size) or (width and not flat and unit.inputs != width):
            return False
        width = unit.inputs if unit.size is None or unit.kind == "attention" else unit.size * layer.is_.ways
    return len(units) <= len(wanted)


def _arrangements(modules, wanted):
    """The orders of the modules that fit; two are enough to know that they are several."""
    found, steps = [], [0]

    def place(left, units):
        steps[0] += 1
        if len(found) > 1 or steps[0] > 20000 or not _fits(units, wanted):
            return
        if not left and len(units) == len(wanted):
            found.append(units)
        for i, module in enumerate(left):
            place(left[:i] + left[i + 1:], units + module)
    place(modules, [])
    return found


def suggestion(modules):
    return " | ".join(u.kind + (" %d" % u.size if u.size is not None else "") for units in modules for u in units)


def _arrange(modules, layers, options, ordered, notes):
    """The units of the layers that have tensors."""
    wanted, flat = [], False
    for layer in layers:
        flat = flat or layer.kind == "flatten"
        if layer.is_.tensors:
            wanted.append((layer, flat))
            flat = False
    if options.names:
        by_name = {units[0].prefix: units for units in modules}
        order = [n.strip() for n in options.names.split(",")]
        if len(set(order)) < len(order) or not all(n in by_name for n in order):
            raise Refused("--names: each module that is used once; the modules are %s" % ", ".join(cut(n) for n in by_name), USAGE)
        if len(order) < len(by_name):
            notes.say("left out, as --names says: %s" % ", ".join("'%s'" % cut(n) for n in by_name if n not in order))
        tries = [[by_name[n] for n in order]]
    elif all(units[0].prefix.replace(".", "").isdigit() for units in modules):      # of an nn.Sequential
        tries = [sorted(modules, key=lambda units: [int(n) for n in units[0].prefix.split(".")])]
    else:
        tries = [modules] if ordered else []
    found = [u for u in ([unit for units in one for unit in units] for one in tries) if len(u) == len(wanted) and _fits(u, wanted)]
    if not found and not options.names:
        found = _arrangements(modules, wanted)
    if len(found) == 1:
        return found[0]
    if found:
        raise Refused("the tensors fit --spec in several orders: say in which with --names \"%s\" (the modules in the order of the layers)"
                      % ", ".join(cut(units[0].prefix) for units in modules), USAGE)
    raise Refused("--spec '%s' does not fit the tensors, which are those of: %s (%s)"
                  % (cut(options.spec, 200), cut(suggestion(modules), 200), ", ".join(cut(u.label) for units in modules for u in units)), USAGE)


def _tensors(unit):
    """The tensors of a unit as lstmfc has them: transposed, gates in order, the two biases one."""
    if unit.kind == "attention":
        return {k: v[1] for k, v in unit.parts.items()}
    if unit.kind == "dense":
        w = unit.parts["weight"][1].astype(np.float64)
        return {"kernel": w.T, "bias": _part(unit, "bias", np.zeros(w.shape[0]))}
    if unit.kind in ("batchnorm", "layernorm"):
        out = {"gamma": _part(unit, "weight", np.ones(unit.inputs)), "beta": _part(unit, "bias", np.zeros(unit.inputs))}
        if unit.kind == "batchnorm":
            out.update(mean=_part(unit, "running_mean", None), variance=_part(unit, "running_var", None))
        return out
    out = {}
    for back in (False, True) if unit.kind.startswith("bi") else (False,):
        prefix = ("backward_" if back else "forward_") if unit.kind.startswith("bi") else ""
        w, u, b, rb = _cell(unit, back)
        out[prefix + "kernel"], out[prefix + "recurrent"] = w, u
        if unit.kind.endswith("lstm"):
            out[prefix + "bias"] = b + rb
        else:
            n = 2 * unit.size
            out[prefix + "bias"] = np.concatenate([b[:n] + rb[:n], b[n:]])
            out[prefix + "recurrent_bias"] = rb[n:]
    return out


def _part(unit, name, absent):
    return unit.parts[name][1].astype(np.float64) if name in unit.parts else absent


def _cell(unit, back):
    """weight_ih and weight_hh transposed, both biases."""
    rows = unit.parts["weight_hh", back][1].shape[0]
    zero = np.zeros(rows)
    return (unit.parts["weight_ih", back][1].T.astype(np.float64), unit.parts["weight_hh", back][1].T.astype(np.float64),
            _part(unit, ("bias_ih", back), zero), _part(unit, ("bias_hh", back), zero))


class StateDict:
    """Tensors by their names as a source. ordered: the order of the file is that of the modules. exact: the spec is lstmfc's own word for
    word, so an epsilon it does not name is lstmfc's default; else it is PyTorch's."""

    def __init__(self, state, options, notes, ordered=True, spec=None, window=None):
        modules = modules_of(state)
        exact = options.spec is None and spec is not None
        if options.spec is None and spec is None:
            raise Refused("a state_dict has no layers, only tensors: say which they are, with the activations of your forward(), like "
                          "--spec \"%s\"" % cut(suggestion(modules), 300), USAGE)
        if options.window is None and window is None:
            raise Refused("a state_dict does not know how many rows the network is shown: --window N", USAGE)
        if exact:
            options.spec = spec
        layers = parse_spec(options.spec)
        units = iter(_arrange(modules, layers, options, ordered, notes))
        self.steps, inputs = [], None
        for layer in layers:
            unit = next(units) if layer.is_.tensors else None
            if unit:
                inputs = unit.inputs if inputs is None else inputs
                layer.tensors, layer.name = _tensors(unit), unit.prefix
            if layer.kind in ("batchnorm", "layernorm") and not exact:
                if "epsilon" not in layer.keys:
                    layer.keys["epsilon"] = _EPSILON
                    notes.say("%s: epsilon 1e-5, PyTorch's default (epsilon=X in --spec says otherwise)" % layer.kind)
                if layer.kind == "batchnorm":
                    layer.keys.setdefault("momentum", 0.9)
                    layer.keys.setdefault("unbiased", 1.0)
            self.steps.append((layer, unit))
        self.network = Network(layers, inputs, options.window or window)
        self.reference = "NumPy"
        self.torch = None if options.reference == "numpy" else _torch()
        if self.torch:
            self.reference = "PyTorch " + self.torch.__version__.split("+")[0]

    def run(self, x):
        """[B][outputs]: the modules that the tensors are of, from PyTorch or from NumPy, in the order of the spec."""
        y = np.asarray(x, np.float64)
        for layer, unit in self.steps:
            if unit and unit.kind != "attention":
                y = self._torch_unit(layer, unit, y) if self.torch else _numpy_unit(layer, unit, y)
                if layer.kind == "dense":
                    y = cells.ACTIVATION[layer.activation](y)
                elif layer.is_.ways == 2:
                    y = y if layer.out_sequence else np.concatenate([y[:, -1, :unit.size], y[:, 0, unit.size:]], axis=1)
                elif layer.recurrent and not layer.out_sequence:
                    y = y[:, -1]
            elif unit:
                y = cells.attention(y, *(unit.parts[k][1].astype(np.float64) for k in ("kernel", "bias", "score")))
            elif layer.kind == "flatten":
                y = y.reshape(len(y), -1)
            elif layer.kind == "last":
                y = y[:, -1]
        return cells.answer(y)

    def _torch_unit(self, layer, unit, x):
        torch = self.torch
        parts, width, epsilon = unit.parts, unit.inputs, layer.keys.get("epsilon", 1e-3)
        if layer.recurrent:
            module = (torch.nn.LSTM if unit.kind.endswith("lstm") else torch.nn.GRU)(width, unit.size, batch_first=True,
                                                                                    bidirectional=layer.is_.ways == 2)
            state = {"%s_l0%s" % (k[0], "_reverse" if k[1] else ""): v[1] for k, v in parts.items()}
        else:
            module = {"dense": lambda: torch.nn.Linear(width, unit.size), "batchnorm": lambda: torch.nn.BatchNorm1d(width, eps=epsilon),
                      "layernorm": lambda: torch.nn.LayerNorm(width, eps=epsilon)}[unit.kind]()
            state = {k: v[1] for k, v in parts.items()}
        own = module.state_dict()
        for name in own:                        # of a module without a bias: zeros, and without gamma and beta: as they start
            if name in state:
                own[name] = torch.from_numpy(np.array(state[name])).reshape(own[name].shape)
            elif "bias" in name:
                own[name] = torch.zeros_like(own[name])
        module.load_state_dict(own)
        module = module.double().eval()
        with torch.no_grad():
            value = torch.from_numpy(x)
            if unit.kind == "batchnorm" and value.ndim == 3:
                value = module(value.transpose(1, 2)).transpose(1, 2)
            else:
                value = module(value)
            return (value[0] if layer.recurrent else value).numpy()


def _numpy_unit(layer, unit, x):
    """What the module computes, in its own layout."""
    if layer.recurrent:
        order = "ifgo" if unit.kind.endswith("lstm") else "rzn"

        def one(back):
            w, u, b, rb = _cell(unit, back)
            return cells.lstm(x, w, u, b + rb, order, back) if order == "ifgo" else cells.gru(x, w, u, b, rb, order, back)
        return np.concatenate([one(False), one(True)], axis=-1) if layer.is_.ways == 2 else one(False)
    if unit.kind == "dense":
        return x @ unit.parts["weight"][1].T.astype(np.float64) + _part(unit, "bias", 0)
    one, zero, epsilon = np.ones(unit.inputs), np.zeros(unit.inputs), layer.keys.get("epsilon", 1e-3)
    if unit.kind == "batchnorm":
        return cells.batchnorm(x, _part(unit, "weight", one), _part(unit, "bias", zero), _part(unit, "running_mean", None),
                               _part(unit, "running_var", None), epsilon)
    return cells.layernorm(x, _part(unit, "weight", one), _part(unit, "bias", zero), epsilon)


def _torch():
    try:
        import torch
    except ImportError:
        return None
    torch.set_num_threads(1)
    return torch


def read(path, options, notes):
    return StateDict(read_pt(path, notes), options, notes)


# ---- from layers to tensors

def state_of(network):
    """{name: array} as PyTorch would name them in an nn.Sequential of the same layers; attention by lstmfc's names, for PyTorch has none."""
    out = {}
    for i, layer in enumerate(network.layers):
        t = layer.tensors
        if layer.recurrent:
            for prefix, end in (("forward_", ""), ("backward_", "_reverse")) if layer.is_.ways == 2 else (("", ""),):
                name, n = "%d.%%s_l0%s" % (i, end), 2 * layer.size
                out[name % "weight_ih"], out[name % "weight_hh"] = t[prefix + "kernel"].T, t[prefix + "recurrent"].T
                out[name % "bias_ih"] = t[prefix + "bias"]
                out[name % "bias_hh"] = np.zeros_like(t[prefix + "bias"])
                if layer.kind.endswith("gru"):
                    out[name % "bias_hh"][n:] = t[prefix + "recurrent_bias"]
        elif layer.kind == "attention":
            out.update(("%d.%s" % (i, k), t[k]) for k in ("kernel", "bias", "score"))
        elif layer.is_.tensors:
            names = {"kernel": "weight", "gamma": "weight", "beta": "bias", "bias": "bias", "mean": "running_mean", "variance": "running_var"}
            out.update(("%d.%s" % (i, names[k]), v.T) for k, v in t.items())
    return {k: np.ascontiguousarray(v, np.float32) for k, v in out.items()}


