"""A network as an ONNX graph: input [batch, window, inputs], output [batch, outputs], operators of opset 17 that every runtime has."""
import numpy as np

from .fault import FAILURE, Refused
from .network import gates

OPSET = 17


class _Builder:
    def __init__(self, onnx):
        self.onnx, self.nodes, self.tensors, self.count = onnx, [], [], 0

    def tensor(self, name, values):
        self.tensors.append(self.onnx.numpy_helper.from_array(np.array(values, order="C"), name))
        return name

    def node(self, op, inputs, name, **attributes):
        """The name of its first output."""
        self.count += 1
        out = "%s_%d" % (name, self.count)
        outputs = ["", out] if attributes.pop("second", False) else [out]
        self.nodes.append(self.onnx.helper.make_node(op, inputs, outputs, name=out, **attributes))
        return out

    def integers(self, name, values):
        return self.tensor("%s_%d" % (name, self.count), np.array(values, np.int64))


def _recurrent(b, layer, name, x):
    """x [B, T, I]; ONNX Runtime reads time first only."""
    lstm, ways, t = layer.kind.endswith("lstm"), layer.is_.ways, layer.tensors
    prefixes = ("forward_", "backward_") if ways == 2 else ("",)
    order = ("ifgo", "iofg") if lstm else ("rzn", "zrn")

    def matrix(which):
        return np.stack([gates(t[p + which], *order).T for p in prefixes])
    bias = []
    for p in prefixes:
        first = t[p + "bias"]
        second = np.zeros_like(first)
        if not lstm:
            second[2 * layer.size:] = t[p + "recurrent_bias"]
        bias.append(np.concatenate([gates(first, *order), gates(second, *order)]))
    x = b.node("Transpose", [x], name + "_time_first", perm=[1, 0, 2])
    attributes = {"hidden_size": layer.size, "direction": "bidirectional" if ways == 2 else "forward"}
    if not lstm:
        attributes["linear_before_reset"] = 1
    inputs = [x, b.tensor(name + ".W", matrix("kernel")), b.tensor(name + ".R", matrix("recurrent")), b.tensor(name + ".B", np.stack(bias))]
    y = b.node("LSTM" if lstm else "GRU", inputs, name, second=not layer.out_sequence, **attributes)
    if layer.out_sequence:                      # [T, ways, B, H]
        y = b.node("Transpose", [y], name + "_batch_first", perm=[2, 0, 1, 3])
        return b.node("Reshape", [y, b.integers(name + ".shape", [0, 0, ways * layer.size])], name + "_columns")
    y = b.node("Transpose", [y], name + "_batch_first", perm=[1, 0, 2])
    return b.node("Reshape", [y, b.integers(name + ".shape", [0, ways * layer.size])], name + "_columns")


def _activation(b, kind, name, x):
    op = {"relu": "Relu", "tanh": "Tanh", "sigmoid": "Sigmoid", "softplus": "Softplus"}.get(kind)
    if op:
        return b.node(op, [x], name + "_" + kind)
    if kind == "softmax":
        return b.node("Softmax", [x], name + "_softmax", axis=-1)
    if kind == "swish":
        return b.node("Mul", [x, b.node("Sigmoid", [x], name + "_sigmoid")], name + "_swish")
    if kind == "gelu":                          # opset 17 has none
        root, one, half = (b.tensor("%s.%s" % (name, k), np.array(v, np.float32)) for k, v in (("root2", 2 ** 0.5), ("one", 1), ("half", 0.5)))
        erf = b.node("Erf", [b.node("Div", [x, root], name + "_scaled")], name + "_erf")
        return b.node("Mul", [b.node("Mul", [x, b.node("Add", [erf, one], name + "_one")], name + "_product"), half], name + "_gelu")
    return x


def _layer(b, layer, name, x):
    t = layer.tensors
    if layer.recurrent:
        return _recurrent(b, layer, name, x)
    if layer.kind == "dense":
        kernel, bias = b.tensor(name + ".kernel", t["kernel"]), b.tensor(name + ".bias", t["bias"])
        if layer.out_sequence:
            x = b.node("Add", [b.node("MatMul", [x, kernel], name), bias], name + "_bias")
        else:
            x = b.node("Gemm", [x, kernel, bias], name)
        return _activation(b, layer.activation, name, x)
    if layer.kind == "batchnorm":
        parts = [b.tensor("%s.%s" % (name, k), t[k]) for k in ("gamma", "beta", "mean", "variance")]
        x = b.node("Transpose", [x], name + "_columns_second", perm=[0, 2, 1]) if layer.out_sequence else x
        x = b.node("BatchNormalization", [x] + parts, name, epsilon=layer.value("epsilon"), momentum=layer.value("momentum"))
        return b.node("Transpose", [x], name + "_columns_last", perm=[0, 2, 1]) if layer.out_sequence else x
    if layer.kind == "layernorm":
        return b.node("LayerNormalization", [x, b.tensor(name + ".gamma", t["gamma"]), b.tensor(name + ".beta", t["beta"])], name, axis=-1,
                      epsilon=layer.value("epsilon"))
    if layer.kind == "flatten":
        return b.node("Flatten", [x], name, axis=1)
    if layer.kind == "last":
        return _last(b, name, x)
    if layer.kind == "attention":
        u = b.node("Add", [b.node("MatMul", [x, b.tensor(name + ".kernel", t["kernel"])], name), b.tensor(name + ".bias", t["bias"])], name + "_bias")
        e = b.node("MatMul", [b.node("Tanh", [u], name + "_tanh"), b.tensor(name + ".score", t["score"][:, None])], name + "_scores")
        shares = b.node("Softmax", [e], name + "_weights", axis=1)
        return b.node("ReduceSum", [b.node("Mul", [x, shares], name + "_weighted"), b.integers(name + ".axes", [1])], name + "_mean", keepdims=0)
    return x                                    # dropouts do nothing in a forecast


def _last(b, name, x):
    return b.node("Gather", [x, b.tensor(name + ".index", np.array(-1, np.int64))], name + "_last", axis=1)


def write(network, kept):
    """The bytes of a model that onnx.checker and shape inference accept."""
    try:
        import onnx
    except ImportError:
        raise Refused("ONNX files are written with the Python package onnx, which is not installed", FAILURE) from None
    b, x = _Builder(onnx), "input"
    for i, layer in enumerate(network.layers):
        x = _layer(b, layer, "%d_%s" % (i, layer.kind), x)
    if network.sequence:
        x = _last(b, "output", x)
    value, real = onnx.helper.make_tensor_value_info, onnx.TensorProto.FLOAT
    b.nodes.append(onnx.helper.make_node("Identity", [x], ["output"], name="output"))
    graph = onnx.helper.make_graph(b.nodes, "lstmfc", [value("input", real, ["batch", network.window, network.inputs])],
                                   [value("output", real, ["batch", network.outputs])], b.tensors)
    model = onnx.helper.make_model(graph, producer_name="lstmfc", opset_imports=[onnx.helper.make_opsetid("", OPSET)])
    model.ir_version = 8
    facts = {"lstmfc.spec": network.spec(), "lstmfc.window": str(network.window)}
    if kept:
        facts["lstmfc.verify"] = kept
    onnx.helper.set_model_props(model, facts)
    onnx.checker.check_model(model, full_check=True)
    return model.SerializeToString()


def answer(path, windows, network, options):
    """By ONNX Runtime where it is installed, else by ONNX's reference."""
    given = {"input": np.asarray(windows, np.float32)}
    try:
        if options.reference == "numpy":
            raise ImportError
        import onnxruntime
    except ImportError:
        import onnx
        import onnx.reference
        return onnx.reference.ReferenceEvaluator(path).run(None, given)[0], "onnx " + onnx.__version__
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    return session.run(None, given)[0], "ONNX Runtime " + onnxruntime.__version__
