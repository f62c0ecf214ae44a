"""A scaler for the features, and where one is needed for the target: JSON, or a scaler that scikit-learn's users saved with joblib or pickle.

The second is a pickle, hence a program; as with PyTorch's files nothing of it is run. What a scaler is made of - its class as a name, arrays,
numbers - is known here, all else is refused by name, and neither scikit-learn nor joblib need be installed.
"""
import io
import pickle
import zlib

import numpy as np

from .fault import DATA, Refused, cut
from .text import parse

_MOST = 1 << 26                 # bytes of a scaler


class Scaler:
    """(x - center) / scale a column; mean and deviation of what it was fitted on, by which the novelty of a bar is told."""

    def __init__(self, kind, center, scale, mean=None, deviation=None, names=None, target=None):
        self.kind, self.center, self.scale = kind, center, scale
        self.mean = center if mean is None else mean
        self.deviation = scale if deviation is None else deviation
        self.names, self.target = names, target


# ---- JSON

def _list(members, key):
    value = members.get(key)
    value = value if isinstance(value, list) else [value]
    if not value or not all(isinstance(v, float) and np.isfinite(v) for v in value):
        raise Refused("'%s' must be a list of numbers" % key, DATA)
    return np.array(value)


def _from_json(members, where=""):
    if not isinstance(members, dict):
        raise Refused("must be an object", DATA)
    known = {"mean": ("standard", "mean", "scale"), "min": ("minmax", "min", "max"), "center": ("robust", "center", "scale")}
    found = [k for k in known if k in members]
    allowed = {"mean": {"mean", "scale"}, "min": {"min", "max", "feature_range"}, "center": {"center", "scale"}}
    if len(found) != 1 or set(members) - allowed[found[0]] - {"names", "target"}:
        odd = [k for k in members if not found or k not in allowed[found[0]] | {"names", "target"}]
        raise Refused("%s: one of {\"mean\", \"scale\"}, {\"min\", \"max\"}, {\"center\", \"scale\"}, each a list with a number a feature, and "
                      "\"names\", \"target\"%s" % (where or "a scaler", "; not '%s'" % cut(odd[0]) if odd else ""), DATA)
    kind, first, second = known[found[0]]
    a, b = _list(members, first), _list(members, second)
    if len(a) != len(b):
        raise Refused("'%s' has %d numbers, '%s' %d" % (first, len(a), second, len(b)), DATA)
    if kind == "minmax":
        low, high = _list(members, "feature_range") if "feature_range" in members else (0.0, 1.0)
        if not high > low:
            raise Refused("feature_range must ascend", DATA)
        return _minmax(a, b, low, high)
    return Scaler(kind, a, _positive(b, second))


def _minmax(least, most, low, high):
    spread = np.where(most > least, most - least, 1.0)
    scale = spread / (high - low)
    return Scaler("minmax", least - low * scale, scale, least + spread / 2, spread / 2)


def _positive(values, what):
    if not np.all(values > 0):
        raise Refused("'%s' must be above 0; number %d is %s" % (what, int(np.argmin(values > 0)) + 1, values[np.argmin(values > 0)]), DATA)
    return values


# ---- pickles

class _Array:
    """Stands for numpy.ndarray while a pickle is read."""

    value = None

    def __setstate__(self, state):
        if not isinstance(state, tuple) or len(state) != 5:
            raise Refused("an array that NumPy did not write", DATA)
        _, shape, dtype, fortran, raw = state
        self.value = list(raw) if isinstance(raw, list) else _numbers(dtype, shape, raw, fortran)


class _Dtype:
    def __init__(self, code="", *_):
        self.code = str(code)

    def __setstate__(self, state):
        if isinstance(state, tuple) and len(state) > 1 and state[1] == ">":
            raise Refused("numbers in big-endian order", DATA)


class _Wrapper:
    """joblib's: the array itself follows in the file."""


class _Scaler:
    def __setstate__(self, state):
        if not isinstance(state, dict):
            raise Refused("a scaler without members", DATA)
        self.state = state


_CODES = {"f8": "<f8", "f4": "<f4", "i8": "<i8", "i4": "<i4", "O8": None}


def _numbers(dtype, shape, raw, fortran=False):
    if not isinstance(dtype, _Dtype) or not _CODES.get(dtype.code) or not isinstance(shape, tuple) or not isinstance(raw, (bytes, bytearray)) \
            or not all(type(v) is int and v >= 0 for v in shape):
        raise Refused("an array of another kind than numbers", DATA)
    kind = np.dtype(_CODES[dtype.code])
    if int(np.prod(np.array(shape, dtype=object))) * kind.itemsize != len(raw):
        raise Refused("an array of the shape %s in %d bytes" % (list(shape), len(raw)), DATA)
    return np.frombuffer(bytes(raw), kind).reshape(shape, order="F" if fortran else "C")


def _reconstruct(*_):
    return _Array()


def _scalar(dtype, raw):
    return _numbers(dtype, (), raw).item()


def _frombuffer(raw, dtype, shape, order="C"):
    out = _Array()
    out.value = _numbers(dtype, shape, raw, order == "F")
    return out


class _Unpickler(pickle._Unpickler):
    def __init__(self, file):
        super().__init__(file, encoding="utf-8")
        self.file = file

    def find_class(self, module, name):
        if module.startswith("sklearn.preprocessing") and name in _READ:
            return type("_" + name, (_Scaler,), {"name": name})
        for known, parts, what in ((("numpy.core.multiarray", "numpy._core.multiarray"), ("_reconstruct", "scalar"), (_reconstruct, _scalar)),
                                   (("numpy.core.numeric", "numpy._core.numeric"), ("_frombuffer",), (_frombuffer,)),
                                   (("numpy",), ("ndarray", "dtype"), (_Array, _Dtype)),
                                   (("joblib.numpy_pickle",), ("NumpyArrayWrapper",), (_Wrapper,))):
            if module in known and name in parts:
                return what[parts.index(name)]
        raise Refused("its pickle wants %s.%s, which is no part of a scaler (%s); nothing was run"
                      % (cut(module, 40), cut(name, 40), ", ".join(_READ)), DATA)

    def load_build(self):
        super().load_build()
        if isinstance(self.stack[-1], _Wrapper):
            self.stack[-1] = self.wrapped(vars(self.stack[-1]))

    dispatch = dict(pickle._Unpickler.dispatch)
    dispatch[pickle.BUILD[0]] = load_build

    def wrapped(self, state):
        out = _Array()
        if state.get("dtype") is not None and getattr(state["dtype"], "code", "") == "O8":
            out.value = _Unpickler(self.file).load().value
            return out
        if state.get("numpy_array_alignment_bytes") is not None:
            self.file.read(self.file.read(1)[0])
        shape = state.get("shape")
        count = int(np.prod(np.array(shape, dtype=object))) if isinstance(shape, tuple) and all(type(v) is int for v in shape) else -1
        kind = _CODES.get(getattr(state.get("dtype"), "code", ""))
        if not kind or not 0 <= count <= _MOST // 8:
            raise Refused("an array of another kind than numbers", DATA)
        out.value = _numbers(state["dtype"], shape, self.file.read(count * np.dtype(kind).itemsize), state.get("order") == "F")
        return out


# members that may be there although the scaler does not use them, and the flags that say so
_FLAGS = {"mean_": ["with_mean"], "center_": ["with_centering"], "scale_": ["with_std", "with_scaling"]}


def _member(state, name, absent=None):
    value = state.get(name) if all(state.get(flag, True) for flag in _FLAGS.get(name, ())) else None
    value = value.value if isinstance(value, _Array) else value
    if value is None:
        return absent
    value = np.asarray(value, np.float64)
    if value.ndim != 1 or not np.isfinite(value).all():
        raise Refused("its %s is no row of numbers" % name, DATA)
    return value


def _standard(s):
    one = np.ones_like(_first(s, "mean_", "scale_"))
    return Scaler("standard", _member(s, "mean_", 0 * one), _positive(_member(s, "scale_", one), "scale_"))


def _first(s, *names):
    for name in names:
        if _member(s, name) is not None:
            return _member(s, name)
    raise Refused("not fitted: no %s" % " and no ".join(names), DATA)


def _min_max(s):
    scale, least = _positive(_first(s, "scale_"), "scale_"), _first(s, "min_")
    low, high = _member(s, "data_min_"), _member(s, "data_max_")
    center, scale = -least / scale, 1 / scale
    middle, half = (center + scale / 2, scale / 2) if low is None or high is None else ((low + high) / 2, np.where(high > low, high - low, 1.0) / 2)
    return Scaler("minmax", center, scale, middle, half)


def _robust(s):
    one = np.ones_like(_first(s, "center_", "scale_"))
    return Scaler("robust", _member(s, "center_", 0 * one), _positive(_member(s, "scale_", one), "scale_"))


def _max_abs(s):
    scale = _positive(_first(s, "scale_"), "scale_")
    return Scaler("minmax", 0 * scale, scale)


_READ = {"StandardScaler": _standard, "MinMaxScaler": _min_max, "RobustScaler": _robust, "MaxAbsScaler": _max_abs}


def _unpack(data):
    """What joblib compressed, within bounds."""
    if data[:1] == b"\x78" or data[:2] == b"\x1f\x8b":
        try:
            tool = zlib.decompressobj(47)
            out = tool.decompress(data, _MOST)
        except zlib.error as error:
            raise Refused("damaged: %s" % error, DATA) from None
        if not tool.eof:
            raise Refused("unpacks to more than a scaler has, or is cut short", DATA)
        return out
    return data


def _from_pickle(data):
    try:
        value = _Unpickler(io.BytesIO(_unpack(data))).load()
    except Refused:
        raise
    except Exception as error:                  # whatever a damaged pickle does to the unpickler
        raise Refused("no pickle that joblib or pickle wrote: %s" % cut(error, 100), DATA) from None
    if not isinstance(value, _Scaler) or not hasattr(value, "state"):
        raise Refused("holds no scaler of scikit-learn (%s)" % ", ".join(_READ), DATA)
    state = value.state
    if state.get("clip"):
        raise Refused("a %s with clip=True: lstmfc does not hold features to the range of the fit" % value.name, DATA)
    scaler = _READ[value.name](state)
    names = state.get("feature_names_in_")
    scaler.names = [str(n) for n in names.value] if isinstance(names, _Array) and isinstance(names.value, list) else None
    return scaler


def read(path, inputs):
    """The Scaler of a file, for so many features."""
    if path == "none":
        return Scaler("none", np.zeros(inputs), np.ones(inputs))
    try:
        with open(path, "rb") as file:
            data = file.read(_MOST + 1)
    except OSError as error:
        raise Refused("%s: %s" % (path, error.strerror), DATA) from None
    if len(data) > _MOST:
        raise Refused("%s: larger than any scaler" % path, DATA)
    try:
        if data.lstrip()[:1] == b"{":
            members = parse(data, "the scaler", float)
            scaler = _from_json(members)
            scaler.names = members.get("names")
            scaler.target = _from_json(members["target"], "its target") if "target" in members else None
        else:
            scaler = _from_pickle(data)
    except Refused as error:
        raise Refused("%s: %s" % (path, error), DATA) from None
    if len(scaler.center) != inputs:
        raise Refused("%s: scales %d features, the network takes %d" % (path, len(scaler.center), inputs), DATA)
    return scaler
