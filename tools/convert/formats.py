"""The table of formats. A new one is a row here and a module with `read(path, options, notes)` -> an object with

    network     a Network (network.py): the layers in lstmfc's words, their tensors in lstmfc's layout
    run(x)      [B][window][inputs] -> [B][outputs]: what the source itself computes, by its own program or by NumPy in its own layout
    reference   who computed that, for messages and for what a file keeps

and, to be written, `write(network, kept)` -> text or bytes; kept is the text of what `lstmfc inspect --verify` would run again, or None. Then
`answer(path, windows, network, options)` -> (what the written file gives, who said so): by default the file is read back and run.
Modules of other programs are imported within functions: a format must not need what only another one does.
"""
import os
from collections import namedtuple

from . import keras_file, model_file, onnx_file, onnx_write, rtneural_file, safetensors_file, torch_file
from .fault import DATA, Notes, Refused

Format = namedtuple("Format", "name title endings read write answer", defaults=(None, None))

FORMATS = [
    Format("lstmfc", "lstmfc's model file", (".json",), model_file.ModelFile),
    Format("pytorch", "PyTorch's state_dict", (".pt", ".pth", ".bin", ".ckpt"), torch_file.read),
    Format("safetensors", "safetensors", (".safetensors",), safetensors_file.read, safetensors_file.write),
    Format("keras", "Keras", (".keras", ".h5", ".hdf5"), keras_file.read),
    Format("onnx", "ONNX", (".onnx",), onnx_file.read, onnx_write.write, onnx_write.answer),
    Format("rtneural", "RTNeural's JSON", (".json",), rtneural_file.read, rtneural_file.write),
]
BY_NAME = {f.name: f for f in FORMATS}
TARGETS = ["lstmfc"] + [f.name for f in FORMATS if f.write]


def of_file(path):
    """The format of a file: by its ending, and where two share one by what is in it."""
    try:
        with open(path, "rb") as file:
            head = file.read(4096)
    except OSError as error:
        raise Refused("%s: %s" % (path, error.strerror), DATA) from None
    found = [f for f in FORMATS if path.lower().endswith(f.endings)]
    if not found:
        raise Refused("%s: its ending is of no format: %s (--from NAME says which it is)"
                      % (os.path.basename(path), ", ".join("%s (%s)" % (" ".join(f.endings), f.name) for f in FORMATS)))
    if len(found) > 1:
        return BY_NAME["lstmfc" if b'"format"' in head and b'"lstmfc"' in head and b'"layers"' not in head.split(b'"lstmfc"')[0] else "rtneural"]
    return found[0]


def answer(target, path, windows, network, options):
    """What a file that was written answers, and who said so."""
    if target.answer:
        return target.answer(path, windows, network, options)
    source = target.read(path, options, Notes())
    return source.run(windows), source.reference
