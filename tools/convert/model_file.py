"""lstmfc's own model file (chapter 17 of the header): a network alone, or the one of a forecaster."""
import functools
import json
import os

import numpy as np

from . import cells
from .fault import Refused
from .network import Network, parse_spec
from .proof import run_tool
from .text import Raw, floats, parse, seal


class ModelFile:
    """A model file as a source. The library itself judges it first: checksum, names, shapes, numbers."""

    def __init__(self, path, options, notes):
        text = run_tool(options.tool, ["inspect", "--model", path, "--json"], os.path.basename(path))
        kind = json.loads(text)["kind"]
        if kind == "ensemble":
            raise Refused("an ensemble is several networks: convert its members")
        with open(path, "rb") as file:
            self.members = parse(file.read(), path)
        model = self.members["model"]
        layers = parse_spec(model["spec"], "the model's spec")
        for item in model["parameters"]:
            index, _, name = item["name"].split(".")
            layers[int(index)].tensors[name] = np.array(item["data"], np.float64).astype(np.float32).reshape(item["shape"])
        self.network = Network(layers, model["inputs"], model["window"])
        self.reference = "lstmfc"
        if kind == "forecaster":
            notes.say("of the forecaster the network alone: whoever runs it computes features, scales them, and undoes the target's scaling")

    def run(self, x):
        """NumPy's answer, for who compares two files without the tool."""
        return run_layers(self.network, x)


def run_layers(network, x):
    """[B][outputs] of lstmfc's own layers in NumPy."""
    y = np.asarray(x, np.float64)
    for layer in network.layers:
        t = {name: np.asarray(v, np.float64) for name, v in layer.tensors.items()}
        if layer.recurrent:
            y = _recurrent(layer, t, y)
        elif layer.kind == "dense":
            y = cells.ACTIVATION[layer.activation](y @ t["kernel"] + t["bias"])
        elif layer.kind == "batchnorm":
            y = cells.batchnorm(y, t["gamma"], t["beta"], t["mean"], t["variance"], layer.value("epsilon"))
        elif layer.kind == "layernorm":
            y = cells.layernorm(y, t["gamma"], t["beta"], layer.value("epsilon"))
        elif layer.kind == "flatten":
            y = y.reshape(len(y), -1)
        elif layer.kind == "last":
            y = y[:, -1]
        elif layer.kind == "attention":
            y = cells.attention(y, t["kernel"], t["bias"], t["score"])
    return cells.answer(y)


def _recurrent(layer, t, x):
    def one(prefix, reverse):
        if layer.kind.endswith("lstm"):
            return cells.lstm(x, t[prefix + "kernel"], t[prefix + "recurrent"], t[prefix + "bias"], reverse=reverse)
        second = np.concatenate([np.zeros(2 * layer.size), t[prefix + "recurrent_bias"]])
        return cells.gru(x, t[prefix + "kernel"], t[prefix + "recurrent"], t[prefix + "bias"], second, reverse=reverse)
    if layer.is_.ways == 2:
        return cells.both(one("forward_", False), one("backward_", True), layer.out_sequence)
    y = one("", False)
    return y if layer.out_sequence else y[:, -1]


@functools.lru_cache(maxsize=1)                 # written once to be asked, once to stay
def model_member(network):
    """The member "model" of a file."""
    return {"spec": network.spec(), "inputs": network.inputs, "window": network.window, "dtype": "float32",
            "parameters": [{"name": name, "shape": Raw("[" + ",".join(map(str, shape)) + "]"), "data": floats(data)}
                           for name, shape, data in network.parameters()]}


def write(network, library, created, extra):
    """The text of a file that holds the network alone; extra: JSON text, kept byte for byte by lstmfc."""
    members = {"format": "lstmfc", "version": 1, "library": library}
    if created:
        members["created"] = created
    members["model"] = model_member(network)
    if extra:
        members["extra"] = Raw(extra)
    return seal(members)
