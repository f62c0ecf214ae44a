"""safetensors: eight bytes of length, a header of JSON, the numbers. Read and written here: the format is small, and the bounds are ours."""
import json
import os
import struct

import numpy as np

from .fault import Refused, cut
from .text import parse
from .torch_file import StateDict, state_of

_TYPES = {"F64": "<f8", "F32": "<f4", "F16": "<f2", "BF16": "bfloat16", "I64": "<i8", "I32": "<i4", "I16": "<i2", "I8": "<i1", "U8": "<u1"}
_HEADER = 100 << 20


def load(path):
    """({name: array}, metadata)."""
    size = os.path.getsize(path)
    with open(path, "rb") as file:
        head = file.read(8)
        length = struct.unpack("<Q", head)[0] if len(head) == 8 else 0
        if not 2 <= length <= min(_HEADER, size - 8):
            raise Refused("no safetensors file: its header of %d bytes does not fit into %d" % (length, size))
        header = parse(file.read(length), "the header")
        raw = file.read()
    if not isinstance(header, dict):
        raise Refused("the header is no object")
    meta = header.pop("__metadata__", {})
    if not isinstance(meta, dict) or not all(isinstance(v, str) for v in meta.values()):
        raise Refused("__metadata__ must hold texts")
    state, end = {}, 0
    for name, entry in sorted(header.items(), key=lambda e: str(e[1].get("data_offsets") if isinstance(e[1], dict) else "")):
        if not isinstance(entry, dict) or entry.get("dtype") not in _TYPES:
            raise Refused("tensor '%s': the type %s is not known" % (cut(name), cut(entry.get("dtype") if isinstance(entry, dict) else entry)))
        kind, shape, place = _TYPES[entry["dtype"]], entry.get("shape"), entry.get("data_offsets")
        if not isinstance(shape, list) or not isinstance(place, list) or len(place) != 2 \
                or not all(type(v) is int and 0 <= v < 2 ** 48 for v in shape + place):
            raise Refused("tensor '%s': shape and data_offsets must be lists of sizes" % cut(name))
        item = 2 if kind == "bfloat16" else np.dtype(kind).itemsize
        count = int(np.prod(np.array(shape, dtype=object))) if shape else 1
        if place[1] > len(raw) or place[1] - place[0] != count * item:
            raise Refused("tensor '%s' of the shape %s wants bytes %d to %d; the file has %d"
                          % (cut(name), shape, place[0], place[0] + count * item, len(raw)))
        end += place[1] - place[0]
        data = raw[place[0]:place[1]]
        array = (np.frombuffer(data, "<u2").astype(np.uint32) << 16).view(np.float32) if kind == "bfloat16" else np.frombuffer(data, kind)
        state[name] = array.reshape(shape)
    if end > len(raw):
        raise Refused("tensors overlap in the file")
    return {name: state[name] for name in header}, meta


def read(path, options, notes):
    """A file that was written here knows its layers; one of others is a state_dict in the order of the alphabet."""
    state, meta = load(path)
    window = meta.get("lstmfc.window", "")
    return StateDict(state, options, notes, ordered=False, spec=meta.get("lstmfc.spec"), window=int(window) if window.isdigit() else None)


def write(network, kept):
    """The bytes of a file with the tensors of the network by PyTorch's names."""
    header, raw = {"__metadata__": {"format": "pt", "lstmfc.spec": network.spec(), "lstmfc.window": str(network.window)}}, b""
    if kept:
        header["__metadata__"]["lstmfc.verify"] = kept
    parts, at = [], 0
    for name, tensor in state_of(network).items():
        data = tensor.astype("<f4").tobytes()
        header[name] = {"dtype": "F32", "shape": list(tensor.shape), "data_offsets": [at, at + len(data)]}
        at += len(data)
        parts.append(data)
    text = json.dumps(header, separators=(",", ":"), ensure_ascii=False).encode()
    text += b" " * (-len(text) % 8)
    return struct.pack("<Q", len(text)) + text + raw.join(parts)
