"""ONNX Runtime as a worker of bench/run.py: LSTM nodes, Squeeze, Gemm; for streaming a second model that hands h and c out."""
import numpy
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper

from common import Absent, serve, threads

OPSET = 17


def gates(array):
    """Our columns i,f,g,o as ONNX wants them: rows i,o,f,c."""
    i, f, g, o = numpy.split(array.T, 4)
    return numpy.concatenate([i, o, f, g])


def session(work, stream):
    """Inputs x [T][B][I] (and with stream h<k>, c<k> [1][1][H]); outputs y [B][1] (and H<k>, C<k>)."""
    nodes, constants, name = [], [], "x"
    inputs = [helper.make_tensor_value_info("x", TensorProto.FLOAT, [1 if stream else work.window, 1 if stream else "batch", work.inputs])]
    outputs = [helper.make_tensor_value_info("y", TensorProto.FLOAT, ["count", 1])]
    recurrent = sum(layer[0] == "lstm" for layer in work.layers)

    def constant(key, array):
        constants.append(numpy_helper.from_array(numpy.ascontiguousarray(array, dtype=array.dtype), key))
        return key
    constant("axis0", numpy.array([0], dtype=numpy.int64))
    constant("axis1", numpy.array([1], dtype=numpy.int64))
    for k, ((kind, _, size, *rest), tensors) in enumerate(zip(work.layers, work.tensors)):
        if kind == "lstm":
            kernel, state, bias = tensors
            bias = gates(bias.reshape(1, -1)).reshape(-1)
            operands = [name, constant(f"w{k}", gates(kernel)[None]), constant(f"r{k}", gates(state)[None]),
                        constant(f"b{k}", numpy.concatenate([bias, numpy.zeros_like(bias)])[None])]
            results = [f"all{k}", f"H{k}", f"C{k}"]
            if stream:
                operands += ["", f"h{k}", f"c{k}"]
                for key in (f"h{k}", f"c{k}"):
                    inputs.append(helper.make_tensor_value_info(key, TensorProto.FLOAT, [1, 1, size]))
                for key in (f"H{k}", f"C{k}"):
                    outputs.append(helper.make_tensor_value_info(key, TensorProto.FLOAT, [1, 1, size]))
            nodes.append(helper.make_node("LSTM", operands, results, hidden_size=size))
            last = k == recurrent - 1
            name = f"s{k}"
            nodes.append(helper.make_node("Squeeze", [f"H{k}" if last else f"all{k}", "axis0" if last else "axis1"], [name]))
            continue
        final = k == len(work.layers) - 1
        plain = rest[0] == "linear"
        gemm = "y" if final and plain else f"g{k}"
        nodes.append(helper.make_node("Gemm", [name, constant(f"w{k}", tensors[0]), constant(f"b{k}", tensors[1])], [gemm]))
        name = gemm if plain else "y" if final else f"a{k}"
        if rest[0] == "swish":
            nodes += [helper.make_node("Sigmoid", [gemm], [f"sig{k}"]), helper.make_node("Mul", [gemm, f"sig{k}"], [name])]
        elif not plain:
            nodes.append(helper.make_node({"relu": "Relu", "sigmoid": "Sigmoid"}[rest[0]], [gemm], [name]))
    graph = helper.make_graph(nodes, work.name, inputs, outputs, constants)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=8)
    onnx.checker.check_model(model)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads()
    options.inter_op_num_threads = 1
    return onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])


def states_of(work):
    return {f"{letter}{k}": numpy.zeros((1, 1, layer[2]), dtype=numpy.float32)
            for k, layer in enumerate(work.layers) if layer[0] == "lstm" for letter in "hc"}


def make(item, work):
    if item in ("latency", "batch"):
        run = session(work, False).run
        windows = work.large() if item == "batch" else work.checked()[:1]
        feed = {"x": numpy.ascontiguousarray(windows.transpose(1, 0, 2))}

        def call():
            return run(["y"], feed)[0][0, 0]
        return call, len(windows)
    if item == "stream":
        run, feed, at = session(work, True).run, states_of(work), [0]
        rows = work.matrix.reshape(-1, 1, 1, work.inputs)
        keys = list(feed)
        names = ["y"] + [key.upper() for key in keys]

        def call():
            at[0] = (at[0] + 1) % len(rows)
            feed["x"] = rows[at[0]]
            y, *values = run(names, feed)
            feed.update(zip(keys, values))
            return y[0, 0]
        return call, 1
    raise Absent(f"{item}: ONNX Runtime only infers here")


def check(work, options):
    windows = numpy.ascontiguousarray(work.checked().transpose(1, 0, 2))
    run, feed = session(work, True).run, states_of(work)
    keys = list(feed)
    for t in range(work.window):
        feed["x"] = windows[t:t + 1, :1]
        y, *values = run(["y"] + [key.upper() for key in keys], feed)
        feed.update(zip(keys, values))
    return {"outputs": session(work, False).run(["y"], {"x": windows})[0].flatten().tolist(), "stream": float(y[0, 0])}


serve({"name": "ONNX Runtime", "version": onnxruntime.__version__, "isa": "its own choice"}, make, {"check": check})
