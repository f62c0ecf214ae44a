"""tools/convert.py on networks that PyTorch, Keras and RTNeural's users made (tests/fixtures/convert, with what those programs answer), on
the vectors of the package onnx, there and back through ONNX Runtime, and on files that are broken or hostile.

    python convert_compare.py [--program]       --program: PyTorch, Keras and ONNX Runtime answer for their files where installed, not NumPy

Needs build/lstmfc; a format whose package is missing is a skip that names it. Ends with "N passed, N failed, N skipped".
"""
import contextlib
import importlib.util
import io
import json
import os
import pickle
import random
import signal
import struct
import subprocess
import sys
import tempfile
import zipfile

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(HERE)
FIXTURES = os.path.join(HERE, "fixtures", "convert")
TOOL = os.path.join(ROOT, "build", "lstmfc")
try:
    import numpy as np
except ImportError:
    print("skip convert_compare: the Python package numpy is not installed")
    print("0 passed, 0 failed, 1 skipped")
    sys.exit(0)


def package(name):
    try:
        return __import__(name)
    except ImportError:
        print("skip convert_compare: the Python package %s is not installed: what needs it is left out" % name)
        counts["skipped"] += 1
        return None


counts = {"passed": 0, "failed": 0, "skipped": 0}
onnx, onnxruntime, h5py, safetensors = map(package, ("onnx", "onnxruntime", "h5py", "safetensors"))
sys.path.insert(0, os.path.join(ROOT, "tools"))
sys.dont_write_bytecode = True
spec = importlib.util.spec_from_file_location("convert_main", os.path.join(ROOT, "tools", "convert.py"))
main = importlib.util.module_from_spec(spec)
spec.loader.exec_module(main)
from convert import model_file, network, safetensors_file, text as texts      # noqa: E402

REFERENCE = "program" if "--program" in sys.argv else "numpy"
folder = tempfile.mkdtemp()


def at(name):
    return os.path.join(folder, name)


def check(good, what):
    counts["passed" if good else "failed"] += 1
    if not good:
        print("FAIL %s" % what)
    return good


def run(*words, reference=REFERENCE):
    """(exit code, what stands on stderr) of the command, in this process: a traceback is an exception here."""
    said = io.StringIO()
    with contextlib.redirect_stderr(said), contextlib.redirect_stdout(said):
        try:
            code = main.main([str(w) for w in words] + ["--reference", reference])
        except SystemExit as end:
            code = end.code
    return code, said.getvalue().strip()


def refused(code, words, what, pattern):
    """The command ends with this code and one line that has every word of the pattern."""
    got, said = run(*words)
    first = said.splitlines()[-1] if said else ""
    check(got == code and first.startswith("convert: ") and all(p in first for p in pattern.split("|")), "%s: exit %s: %s" % (what, got,
    said[-300:]))
    if not check(not os.path.exists(at("never.json")), "%s: something was written" % what):
        os.remove(at("never.json"))


def tool(*words, given=None):
    done = subprocess.run([TOOL, *words], input=given, capture_output=True, text=True)
    return done.returncode, done.stdout, done.stderr


def infer(path, rows):
    code, out, said = tool("infer", "--model", path, "--input", "-", given="".join(",".join("%.9g" % v for v in row) + "\n" for row in rows))
    return np.array([[float(v) for v in line.split(",")] for line in out.splitlines()]) if not code else said


def near(a, b, tolerance, what):
    a, b = np.asarray(a, float), np.asarray(b, float)
    apart = np.max(np.abs(a - b) / np.maximum(1, np.abs(b))) if a.shape == b.shape and a.size else np.inf
    return check(apart <= tolerance, "%s: differs by %.2g (%s against %s)" % (what, apart, a.ravel()[:3], b.ravel()[:3]))


def has(name):
    """Whether the packages are there that a fixture needs."""
    return not (name.endswith(".onnx") and not onnx) and not (name.startswith("keras") and not h5py)


# ---- networks of the real programs

def fixtures():
    """Converted, they answer what their program answered; the file is what the library would write; inspect repeats it."""
    made = []
    for list_ in ("torch.json", "keras.json", "keras2.json"):
        with open(os.path.join(FIXTURES, list_)) as file:
            files = json.load(file)["files"]
        for name, facts in files.items():
            if name.startswith("scaler") or not has(name):
                continue
            out = at(name + ".lstmfc.json")
            code, said = run(os.path.join(FIXTURES, name), "--to", "lstmfc", "--out", out, "--created", "1700000000000", *facts["flags"])
            if not check(code == 0, "%s: exit %s: %s" % (name, code, said)):
                continue
            near(infer(out, facts["rows"]), facts["outputs"], 1e-6, name)
            with open(out) as file:
                members = json.load(file)
            check("spec" not in facts or members["model"]["spec"] == facts["spec"], "%s: %s" % (name, members["model"]["spec"]))
            code, shown, said = tool("inspect", "--model", out, "--verify")
            check(code == 0 and "verified      5 windows" in shown, "%s: inspect --verify: %s" % (name, said))
            made.append(out)
    # weights of every size: their texts are the library's
    bits = np.random.default_rng(2).integers(0, 2 ** 32, 6000, dtype=np.uint32).view(np.float32)
    bits = np.concatenate([bits[np.isfinite(bits)][:5000], np.float32([0, -0.0, 1e8, 123456790, 1e9, 1e-5, 9.9999997e-6, 7.038531e-26, 1e-45,
    3.4028235e38])])
    layer = network.Layer("dense", len(bits), tensors={"kernel": bits[None], "bias": bits[::-1].copy()})
    numbers = network.Network([layer], 1, 1)
    numbers.check()
    with open(at("numbers.json"), "w") as file:
        file.write(model_file.write(numbers, "0.1.0", 0, None))
    made.append(at("numbers.json"))
    driver = at("driver")
    subprocess.run([os.environ.get("CC", "cc"), "-std=c99", "-O0", "-w", os.path.join(HERE, "convert_driver.c"), "-o", driver, "-lm"], check=True)
    made += forecasters()
    for path, line in zip(made, subprocess.run([driver, *made], capture_output=True, text=True).stdout.splitlines()):
        check(line == "same", "%s loaded and saved by the library: %s" % (os.path.basename(path), line))


def damage():
    """A weight that changes a little: --verify notices, and says so by its exit code."""
    source = at("torch_stack.pt.lstmfc.json")
    with open(source) as file:
        members = json.load(file, parse_float=texts.Raw)
    data = members["model"]["parameters"][-1]["data"]
    data[0] = texts.float_text(np.float32(data[0]) + np.float32(1e-3))
    for tensor in members["model"]["parameters"]:
        tensor["data"] = texts.Raw("[" + ",".join(map(str, tensor["data"])) + "]")
    members.pop("checksum")
    with open(at("damaged.json"), "w") as file:
        file.write(texts.seal(members))
    code, out, said = tool("inspect", "--model", at("damaged.json"), "--verify")
    check(code == 1 and "not what" in said, "inspect --verify of another weight: exit %d: %s" % (code, said))
    code, out, said = tool("inspect", "--model", at("damaged.json"), "--verify", "--json")
    check(code == 1 and '"passed":false' in out, "inspect --verify --json of another weight: exit %d" % code)
    good = json.dumps(members["extra"])
    for change in ('"rows":[[1,2]]', '"rows":[]', '"rows":7', '"outputs":[[1,2]]', '"outputs":[]', '"tolerance":0', '"tolerance":"x"', '"reference":3',
                   '"outputs":[[1e999]]', '"rows":[[1,2,null]]'):
        broken = json.loads(good)
        broken["verify"].update(json.loads("{" + change + "}", parse_float=float) if "1e999" not in change else {"outputs": [["big"]]})
        members["extra"] = texts.Raw(json.dumps(broken))
        with open(at("damaged.json"), "w") as file:
            file.write(texts.seal(members))
        code, out, said = tool("inspect", "--model", at("damaged.json"), "--verify")
        check(code == 4 and "verify" in said, "inspect --verify of %s: exit %d: %s" % (change, code, said))
    members.pop("extra")
    with open(at("plain.json"), "w") as file:
        file.write(texts.seal(members))
    code, out, said = tool("inspect", "--model", at("plain.json"), "--verify")
    check(code == 4 and "nothing to verify" in said, "inspect --verify of a file without windows: exit %d: %s" % (code, said))


# ---- there and back

NETWORKS = [
    "lstm 4 | dense 1", "lstm 1 | dense 1", "gru 3 seq | dense 2 tanh | lstm 2 | dense 3 softmax", "dense 3 softplus | flatten | dense 2 relu",
    "bilstm 3 | batchnorm | bigru 2 | layernorm | dense 4 gelu | dense 1 sigmoid", "bilstm 3 seq | dense 2", "bigru 2 | last | dense 1",
    "lstm 4 | dropout 0.3 | attention 3 | dense 2 swish | dense 1", "batchnorm | lstm 3 | layernorm epsilon=1e-05 | lstm 2 | dense 1", "lstm 3",
    "variational_dropout 0.2 | gru 4 | batchnorm momentum=0.9 | dense 2", "layernorm | bilstm 1 | dense 2",
]


def random_network(text, inputs, window, path):
    rng = np.random.default_rng(len(text) + 100 * inputs + window)
    layers = network.parse_spec(text)
    made = network.Network(layers, inputs, window)
    for layer in layers:
        for name, _, _ in layer.is_.tensors:
            values = rng.normal(size=layer.shape(name)) * 0.6
            layer.tensors[name] = np.abs(values) + 0.2 if name == "variance" else values
    made.check()
    with open(path, "w") as file:
        file.write(model_file.write(made, "0.1.0", 0, None))
    return made


def round_trips():
    """lstmfc -> ONNX, safetensors, RTNeural -> lstmfc: the same weights to the bit, and ONNX Runtime's answers within 1e-6."""
    for text in NETWORKS:
        for inputs, window in ((3, 5), (1, 2), (2, 1)):
            what = "%s over %d rows of %d" % (text, window, inputs)
            original = random_network(text, inputs, window, at("n.json"))
            rows = np.round(np.random.default_rng(1).normal(size=(window + 6, inputs)), 3)
            answers = infer(at("n.json"), rows)
            for target, ending in (("onnx", "onnx"), ("safetensors", "safetensors"), ("rtneural", "rtneural.json")):
                if target == "onnx" and not onnx:
                    continue
                out = at("n." + ending)
                code, said = run(at("n.json"), "--to", target, "--out", out)
                if target == "rtneural" and any(w in text for w in ("bi", "layernorm", "flatten", "attention", "softplus", "swish")):
                    check(code == 4 and "RTNeural" in said, "%s to RTNeural is not refused: %s" % (what, said))
                    continue
                if not check(code == 0, "%s to %s: exit %s: %s" % (what, target, code, said)):
                    continue
                code, said = run(out, "--to", "lstmfc", "--out", at("back.json"), *(["--from", "rtneural"] if target == "rtneural" else []))
                if not check(code == 0, "%s back from %s: exit %s: %s" % (what, target, code, said)):
                    continue
                with open(at("back.json")) as file:
                    back = json.load(file)["model"]
                weights = [(p["shape"], p["data"]) for p in back["parameters"]]
                with open(at("n.json")) as file:
                    first = json.load(file)["model"]
                check(weights == [(p["shape"], p["data"]) for p in first["parameters"]], "%s: other weights back from %s" % (what, target))
                check(target != "safetensors" or back["spec"] == original.spec(), "%s: the layers come back as %s" % (what, back["spec"]))
                near(infer(at("back.json"), rows), answers, 1e-9 if target == "safetensors" else 1e-6, "%s back from %s" % (what, target))
            if onnx:
                onnx_file(what, at("n.onnx"), rows, answers, window, original.outputs)
            if safetensors:
                with safetensors.safe_open(at("n.safetensors"), "np") as file:
                    theirs = {k: file.get_tensor(k) for k in file.keys()}
                mine, _ = safetensors_file.load(at("n.safetensors"))
                check(sorted(theirs) == sorted(mine) and all(np.array_equal(theirs[k], mine[k]) for k in mine),
                      "%s: safetensors reads other tensors" % what)


def onnx_file(what, path, rows, answers, window, outputs):
    """The checker, strict shape inference, ONNX Runtime."""
    onnx.checker.check_model(path, full_check=True)
    model = onnx.shape_inference.infer_shapes(onnx.load(path), check_type=True, strict_mode=True, data_prop=True)
    shape = [d.dim_param or d.dim_value for d in model.graph.output[0].type.tensor_type.shape.dim]
    check(shape == ["batch", outputs], "%s: the output's shape is %s" % (what, shape))
    if onnxruntime:
        x = np.stack([rows[i:i + window] for i in range(len(rows) - window + 1)]).astype(np.float32)
        session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
        near(session.run(None, {"input": x})[0], answers, 1e-6, "%s in ONNX Runtime" % what)
        near(session.run(None, {"input": x[:1]})[0], answers[:1], 1e-6, "%s in ONNX Runtime, one window" % what)


def through_all():
    """PyTorch -> lstmfc -> ONNX -> ONNX Runtime, and Keras the same way, without a stop."""
    if not (onnx and onnxruntime):
        return
    for list_, name in (("torch.json", "torch_stack.pt"), ("torch.json", "torch_both.pt"), ("torch.json", "torch_norms.pt"),
    ("torch.json", "torch_flat.pt"),
                        ("keras.json", "keras_system_a.h5"), ("keras.json", "keras_both.keras")):
        if not has(name):
            continue
        with open(os.path.join(FIXTURES, list_)) as file:
            facts = json.load(file)["files"][name]
        code, said = run(at(name + ".lstmfc.json"), "--to", "onnx", "--out", at("all.onnx"))
        check(code == 0, "%s on to ONNX: %s" % (name, said))
        direct, said = run(os.path.join(FIXTURES, name), "--to", "onnx", "--out", at("direct.onnx"), *facts["flags"])
        check(direct == 0, "%s straight to ONNX: %s" % (name, said))
        rows = np.array(facts["rows"])
        window = len(rows) - len(facts["outputs"]) + 1
        x = np.stack([rows[i:i + window] for i in range(len(facts["outputs"]))]).astype(np.float32)
        for path in (at("all.onnx"), at("direct.onnx")):
            session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
            near(session.run(None, {"input": x})[0], facts["outputs"], 1e-6, "%s in ONNX Runtime" % name)


# ---- the vectors of the package onnx

# what of it cannot be a layer here, and the word of its refusal
INEXPRESSIBLE = {"test_lstm_with_peepholes": "peepholes", "test_lstm_reverse": "direction reverse", "test_gru_reverse": "direction reverse",
                 "test_gru_seq_length": "linear_before_reset", "test_gru_bidirectional": ""}


def node_vectors():
    import onnx.backend.test.case.node as cases
    import warnings
    seen = 0
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = [c for op in ("LSTM", "GRU") for c in cases.collect_testcases(op)]
    for case in found:
        model, given, expected = case.model, *case.data_sets[0]
        node = model.graph.node[0]
        if node.op_type not in ("LSTM", "GRU"):
            continue
        seen += 1
        made = onnx.ModelProto()
        made.CopyFrom(model)
        names = [i.name for i in made.graph.input]
        fixed = dict(zip(names, given))
        x = fixed.pop(node.input[0])
        del made.graph.input[1:]
        made.graph.initializer.extend(onnx.numpy_helper.from_array(np.asarray(v), n) for n, v in fixed.items())
        onnx.save(made, at("node.onnx"))
        batch_first = bool([a for a in node.attribute if a.name == "layout" and a.i])
        window = x.shape[1 if batch_first else 0]
        for k, output in enumerate(made.graph.output):
            code, said = run(at("node.onnx"), "--to", "lstmfc", "--out", at("node.json"), "--output", output.name)
            what = "%s, output %s" % (case.name, output.name)
            why = INEXPRESSIBLE.get(case.name)
            if output.name == "Y_c":
                check(code == 4 and ("'Y_c'" in said or (why and why in said)), "%s: exit %s: %s" % (what, code, said))
                continue
            if code and why is not None:
                check(code == 4 and why in said and "node '" in said, "%s: exit %s: %s" % (what, code, said))
                continue
            if not check(code == 0, "%s: exit %s: %s" % (what, code, said)):
                continue
            want = np.asarray(expected[k])
            rows = x if batch_first else x.transpose(1, 0, 2)
            mine = np.array([infer(at("node.json"), r)[0] for r in rows])
            if batch_first:             # Y [B][T][D][H], Y_h [B][D][H]
                want = want.reshape(len(rows), *([window] if want.ndim == 4 else []), -1)
            else:                       # Y [T][D][B][H], Y_h [D][B][H]
                want = want.transpose(2, 0, 1, 3).reshape(len(rows), window, -1) if want.ndim == 4 else want.transpose(1, 0,
                2).reshape(len(rows), -1)
            near(mine, want[:, -1] if want.ndim == 3 else want, 1e-6, what)
    check(seen >= 8, "the package onnx has only %d vectors of LSTM and GRU" % seen)


# ---- whole forecasters

FEATURES = "ret = log_return(close), rsi(14)/100, atr(14)/close"


def scalers():
    with open(os.path.join(FIXTURES, "keras.json")) as file:
        files = json.load(file)["files"]
    from convert import scaler_file
    for name, facts in files.items():
        if name.startswith("scaler"):
            rows = np.array(facts["rows"])
            s = scaler_file.read(os.path.join(FIXTURES, name), rows.shape[1])
            near((rows - s.center) / s.scale, facts["outputs"], 1e-12, name)


def forecasters():
    """system A's network with its scaler: predict from candles is the network on the scaled features. Returns the files made."""
    if not h5py:
        return []
    csv = at("candles.csv")
    tool("synth", "--bars", "400", "--seed", "3", "--out", csv)
    _, out, _ = tool("indicators", "--csv", csv, "--features", FEATURES)
    rows = np.array([[float(v) if v else np.nan for v in line.split(",")[1:]] for line in out.splitlines()[1:]])
    scaler = {"mean": [0.0001, 0.5, 0.01], "scale": [0.004, 0.1, 0.005]}
    with open(at("scaler.json"), "w") as file:
        json.dump(scaler, file)
    made = []
    system_a = os.path.join(FIXTURES, "keras_system_a.h5")
    words = ["--to", "lstmfc", "--features", FEATURES, "--target", "direction", "--horizon", "1", "--created", "1700000000000"]
    run(system_a, "--to", "lstmfc", "--out", at("alone.json"))
    for path in (at("scaler.json"), os.path.join(FIXTURES, "scaler_standard.joblib"), os.path.join(FIXTURES, "scaler_standard.pkl"), "none"):
        out = at("forecaster_%s.json" % os.path.basename(path))
        code, said = run(system_a, *words, "--scaler", path, "--out", out)
        if not check(code == 0, "a forecaster with %s: %s" % (path, said)):
            continue
        made.append(out)
        from convert import scaler_file
        s = scaler_file.read(path, 3)
        want = infer(at("alone.json"), ((rows - s.center) / s.scale)[-24:].astype(np.float32))
        code, shown, said = tool("predict", "--model", out, "--csv", csv, "--json")
        if check(code == 0, "predict with %s: %s" % (path, said)):
            near(json.loads(shown)["forecasts"][0]["probability_up"], want[0, 0], 1e-6, "the forecast with %s" % os.path.basename(path))
    code, shown, said = tool("evaluate", "--model", made[0], "--csv", csv)
    check(code == 3 and "nothing left" in said, "what is not known to be unseen is not evaluated: exit %d %s" % (code, said))
    out = at("forecaster_seen.json")
    code, said = run(system_a, *words, "--scaler", at("scaler.json"), "--out", out, "--seen-to", "2022-01-10T12:00:00Z", "--symbol", "MADE")
    check(code == 0, said)
    code, shown, said = tool("evaluate", "--model", out, "--csv", csv)
    check(code == 0 and "trained elsewhere" in shown and "beats a linear model     not known" in shown, "evaluate --seen-to: %s" % shown[-400:])
    made.append(out)
    # price and several horizons: a target with a scaler, one answer each
    random_network("gru 4 | dense 2", 3, 8, at("two.json"))
    scaler["target"] = {"mean": [0.001, 0.002], "scale": [0.01, 0.02]}
    with open(at("scaler2.json"), "w") as file:
        json.dump(scaler, file)
    words[words.index("direction")], words[words.index("1")] = "price", "1,4"
    out = at("forecaster_price.json")
    code, said = run(at("two.json"), *words, "--scaler", at("scaler2.json"), "--out", out)
    if check(code == 0, "a forecaster of two prices: %s" % said):
        made.append(out)
        y = infer(at("two.json"), ((rows - scaler["mean"]) / scaler["scale"])[-8:].astype(np.float32))[0]
        close = float([line for line in open(csv)][-1].split(",")[4])
        code, shown, said = tool("predict", "--model", out, "--csv", csv, "--json")
        if check(code == 0, "predict of two prices: %s" % said):
            got = [f["value"] for f in json.loads(shown)["forecasts"]]
            near(got, close * np.exp(np.array([0.001, 0.002]) + np.array([0.01, 0.02]) * y), 1e-6, "forecasts of two prices")
    words[words.index("1,4")] = "1"
    refused(4, [at("two.json"), *words, "--scaler", at("scaler.json"), "--out", at("never.json")], "two outputs for one horizon", "refused by lstmfc|head")
    return made


def forecaster_refusals():
    if not h5py:
        return
    system_a, never = os.path.join(FIXTURES, "keras_system_a.h5"), at("never.json")
    base = {"--to": "lstmfc", "--out": never, "--features": FEATURES, "--target": "direction", "--horizon": "1", "--scaler": at("scaler.json")}

    def tried(code, what, pattern, drop=(), **change):
        words = dict(base, **{"--" + k.replace("_", "-"): v for k, v in change.items()})
        refused(code, [system_a] + [w for k, v in words.items() if k[2:] not in drop for w in (k, v)], what, pattern)

    def written(value):
        with open(at("bad_scaler.json"), "w") as file:
            file.write(value if isinstance(value, str) else json.dumps(value))
        return at("bad_scaler.json")
    tried(2, "no scaler", "--scaler|all four", drop=("scaler",))
    tried(2, "an unknown feature", "rsj", features="rsj(14), close, volume")
    tried(2, "two features for three inputs", "gives 2 columns|takes 3", features="close, volume")
    tried(2, "a target that is none", "--target 'up'", target="up")
    tried(2, "a horizon of 0", "--horizon '0'", horizon="0")
    tried(2, "horizons that descend", "ascend", horizon="4,1")
    tried(2, "a bar of no length", "--interval", interval="0h")
    tried(2, "a time that is none", "--seen-to", seen_to="yesterday")
    tried(2, "--features to ONNX", "only with --to lstmfc", to="onnx")
    tried(3, "no such scaler", "nowhere.json", scaler=at("nowhere.json"))
    tried(3, "a scaler of two features", "scales 2 features|takes 3", scaler=written({"mean": [1, 2], "scale": [1, 2]}))
    tried(3, "a scale of 0", "above 0; number 2", scaler=written({"mean": [1, 2, 3], "scale": [1, 0, 2]}))
    tried(3, "a misspelt key", "not 'std'", scaler=written({"mean": [1, 2, 3], "std": [1, 1, 1]}))
    tried(3, "a text for a number", "list of numbers", scaler=written({"mean": [1, "2", 3], "scale": [1, 1, 1]}))
    tried(3, "no JSON", "line 1, column 9", scaler=written('{"mean":,}'))
    tried(2, "names of other features", "its feature 2 is 'adx'", scaler=written({"mean": [1, 2, 3], "scale": [1, 1, 1], "names": ["ret", "adx", "x"]}))
    tried(2, "a scaled direction", "not scaled", scaler=written({"mean": [1, 2, 3], "scale": [1, 1, 1], "target": {"mean": [1], "scale": [2]}}))
    tried(3, "a scaler that clips", "MaxAbsScaler with clip", scaler=os.path.join(FIXTURES, "refused_clip.joblib"))
    tried(3, "a dict for a scaler", "holds no scaler", scaler=os.path.join(FIXTURES, "refused_scaler.joblib"))
    tried(3, "a scaler that is cut short", "no pickle", scaler=cut_file(os.path.join(FIXTURES, "scaler_minmax.joblib"), 200))
    marker = at("executed")
    with open(at("evil.pkl"), "wb") as file:
        pickle.dump(Evil(marker), file)
    tried(3, "a scaler with code", "nothing was run|posix.system", scaler=at("evil.pkl"))
    check(not os.path.exists(marker), "a scaler's code was run")
    tried(4, "features that depend on their start", "obv", features="obv, close, volume")


class Evil:
    """Whoever unpickles this runs a command."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return os.system, ("touch " + self.path,)


# ---- broken and hostile files

def cut_file(path, length):
    with open(path, "rb") as file:
        data = file.read()
    out = at("cut_" + os.path.basename(path))
    with open(out, "wb") as file:
        file.write(data[:length])
    return out


def to_lstmfc(path, *words):
    return [path, "--to", "lstmfc", "--out", at("never.json"), *words]


def torch_refusals():
    stack = os.path.join(FIXTURES, "torch_stack.pt")
    text = "lstm 5 | lstm 5 | dense 4 relu | dense 1 sigmoid"
    flags = ["--spec", text, "--window", "5"]
    refused(2, to_lstmfc(stack, "--window", "5"), "a state_dict without --spec", "--spec \"lstm 5 | lstm 5 | dense 4 | dense 1\"")
    refused(2, to_lstmfc(stack, "--spec", text), "a state_dict without --window", "--window N")
    refused(2, to_lstmfc(stack, "--spec", "lstm 5 | dense 1", "--window", "5"), "a spec of other layers", "does not fit|lstm 5 | lstm 5 | dense 4 | dense 1")
    refused(2, to_lstmfc(stack, "--spec", "lsmt 5", "--window", "5"), "a misspelt layer", "unknown layer 'lsmt'|layers are lstm")
    refused(2, to_lstmfc(stack, "--spec", "lstm 5 relu", "--window", "5"), "an activation of an lstm", "does not take 'relu'")
    refused(2, to_lstmfc(stack, "--spec", "dropout 1", "--window", "5"), "a rate of 1", "below 1")
    refused(2, to_lstmfc(stack, *flags, "--names", "lstm, fc9, fc2"), "--names of no module", "the modules are lstm, fc1, fc2")
    refused(2, to_lstmfc(stack, *flags, "--output", "y"), "--output of a state_dict", "--output does nothing")
    refused(2, to_lstmfc(os.path.join(FIXTURES, "torch_norms.safetensors"), "--window", "5", "--spec", "batchnorm | gru 4 | dense 3 | batchnorm | dense 3"),
            "modules that could change places", "--names")
    for name, pattern in (("conv", "'0.weight'|[4, 3, 2]"), ("legacy", "before PyTorch 1.6"), ("module", "torch.nn.modules"),
                          ("projection", "'weight_hr_l0'|projection"), ("rnn", "'weight_hh_l0'|nn.RNN"), ("script", "TorchScript")):
        refused(4, to_lstmfc(os.path.join(FIXTURES, "refused_%s.pt" % name), *flags), name, pattern)
    for length in (0, 1, 10, 500, 2000, os.path.getsize(stack) - 1):
        refused(4, to_lstmfc(cut_file(stack, length), *flags), "%d bytes of a .pt" % length, "not a zip")
    marker = at("executed")

    def pt(name, data, more=()):
        with zipfile.ZipFile(at(name), "w") as z:
            z.writestr("a/data.pkl", data)
            z.writestr("a/data/0", b"\0" * 64)
            for member, content, packing in more:
                z.writestr(member, content, packing)
        return at(name)
    refused(4, to_lstmfc(pt("evil.pt", pickle.dumps({"w": Evil(marker)}, 2)), *flags), "a pickle with code", "posix.system|nothing was run")
    refused(4, to_lstmfc(pt("eval.pt", b"cbuiltins\neval\n(S'1'\ntR."), *flags), "a pickle with eval", "builtins.eval|nothing was run")
    refused(4, to_lstmfc(pt("getattr.pt", b"ctorch._utils\n_rebuild_wrapper\n(tR."), *flags), "another of torch's functions", "_rebuild_wrapper")
    with open(at("plain.pt"), "wb") as file:
        pickle.dump(Evil(marker), file)
    refused(4, to_lstmfc(at("plain.pt"), *flags), "a pickle alone", "outside a zip|nothing was run")
    check(not os.path.exists(marker), "a pickle's code was run")

    def tensor(size, stride, storage="FloatStorage", key="0", offset=0):
        """A state_dict {"w": tensor} as a pickle, by hand."""
        numbers = b"".join(b"(" + b"".join(b"I%d\n" % v for v in t) + b"t" for t in (size, stride))
        return (b"(dS'w'\nctorch._utils\n_rebuild_tensor_v2\n((S'storage'\nctorch\n" + storage.encode() + b"\nS'" + key.encode() +
                b"'\nS'cpu'\nI16\ntQI%d\n" % offset + numbers + b"I00\n(dtRs.")
    for what, data, pattern in (("a tensor of more numbers than its storage", tensor((5, 4), (4, 1)), "'w'|[5, 4]|more numbers"),
                                ("a tensor that is one number repeated", tensor((2, 8), (0, 1)), "expanded"),
                                ("a tensor of 10^12 numbers", tensor((1000000, 1000000), (0, 0)), "more numbers"),
                                ("a tensor behind its storage", tensor((2, 2), (2, 1), offset=99), "more numbers"),
                                ("a tensor of negative size", tensor((-2, 2), (2, 1)), "no list of sizes"),
                                ("a storage that is missing", tensor((2, 2), (2, 1), key="7"), "a/data/7"),
                                ("a storage outside", tensor((2, 2), (2, 1), key="../../x"), "missing"),
                                ("a storage of complex numbers", tensor((2, 2), (2, 1), "ComplexFloatStorage"), "ComplexFloatStorage"),
                                ("no pickle", b"hello", "no pickle"), ("a pickle of a number", b"I7\n.", "no state_dict"),
                                ("an empty dict", b"(d.", "no state_dict"),
                                ("a pickle with a memo at 2^31", b"(dr\xff\xff\xff\x7f.", "no state_dict"),
                                ("a text of 2^63 bytes", b"\x8e\xff\xff\xff\xff\xff\xff\xff\x7f", "no pickle")):
        refused(4, to_lstmfc(pt("hand.pt", data), *flags), what, pattern)
    refused(4, to_lstmfc(pt("bomb.pt", tensor((4, 4), (4, 1)), [("a/data/1", b"\0" * (1 << 26), zipfile.ZIP_DEFLATED)]), *flags), "a zip bomb", "'a/data/1'|bomb")
    refused(4, to_lstmfc(pt("nan.pt", tensor((4, 4), (4, 1)), []), "--spec", "dense 5", "--window", "1", "--names", "x"), "--names of a bare tensor", "")


def safetensors_refusals():
    flags = ["--spec", "dense 2", "--window", "1"]

    def st(header, data=b"\0" * 24, length=None):
        header = header if isinstance(header, bytes) else json.dumps(header).encode()
        with open(at("hand.safetensors"), "wb") as file:
            file.write(struct.pack("<Q", len(header) if length is None else length) + header + data)
        return at("hand.safetensors")
    good = {"fc.weight": {"dtype": "F32", "shape": [2, 2], "data_offsets": [0, 16]}, "fc.bias": {"dtype": "F32", "shape": [2], "data_offsets": [16, 24]}}
    code, said = run(st(good), "--to", "lstmfc", "--out", at("good.json"), *flags)
    check(code == 0, "a good file by hand: %s" % said)

    def change(name, **facts):
        return dict(good, **{name: dict(good[name], **facts)})
    for what, path, pattern in (("a header longer than the file", lambda: st(good, length=1 << 40), "header of 1099511627776 bytes"),
                                ("no header", lambda: st(b"", b""), "header"), ("no JSON", lambda: st(b"{]"), "line 1, column 2"),
                                ("a list", lambda: st(b"[]"), "no object"),
                                ("a type that is none", lambda: st(change("fc.bias", dtype="F8_E4M3")), "'fc.bias'|F8_E4M3"),
                                ("offsets behind the end", lambda: st(change("fc.bias", data_offsets=[24, 32])), "'fc.bias'|the file has 24"),
                                ("a shape that does not fit", lambda: st(change("fc.weight", shape=[3, 2])), "'fc.weight'|[3, 2]"),
                                ("a shape that is negative", lambda: st(change("fc.weight", shape=[-2, -2])), "'fc.weight'"),
                                ("a shape of texts", lambda: st(change("fc.weight", shape=["2", 2])), "'fc.weight'"),
                                ("tensors that overlap", lambda: st(dict(good, x={"dtype": "F32", "shape": [6], "data_offsets": [0, 24]})), "overlap"),
                                ("a key twice", lambda: st(b'{"a":1,"a":2}'), "twice"),
                                ("no tensors", lambda: st({"__metadata__": {}}), "no tensor"),
                                ("metadata of numbers", lambda: st(dict(good, __metadata__={"a": 1})), "__metadata__"),
                                ("a number that is not finite", lambda: st(good, struct.pack("<6f", 1, 2, float("nan"), 4, 5, 6)), "not finite"),
                                ("deep nesting", lambda: st(b"[" * 100000), "nested")):
        refused(4, to_lstmfc(path(), *flags), "safetensors: " + what, pattern)


def keras_refusals():
    source = os.path.join(FIXTURES, "keras_system_a.keras")
    with zipfile.ZipFile(source) as z:
        members = {n: z.read(n) for n in z.namelist()}

    def keras(change=None, **replaced):
        """The file with its configuration changed in place, or with other members."""
        config = json.loads(members["config.json"])
        if change:
            change(config["config"]["layers"])
        content = dict(members, **{"config.json": json.dumps(config).encode()})
        content.update({k.replace("__", "."): v for k, v in replaced.items()})
        with zipfile.ZipFile(at("hand.keras"), "w", zipfile.ZIP_DEFLATED) as z:
            for name, data in content.items():
                if data is not None:
                    z.writestr(name, data)
        return at("hand.keras")

    def set_(index, **facts):
        return lambda layers: layers[index]["config"].update(facts)

    def class_(index, name):
        return lambda layers: layers[index].update(class_name=name)
    for what, change, pattern in (
            ("a state that is carried", set_(1, stateful=True), "'first' (LSTM)|stateful"),
            ("an LSTM from the end", set_(1, go_backwards=True), "'first'|go_backwards"),
            ("hard_sigmoid", set_(1, recurrent_activation="hard_sigmoid"), "'first'|hard_sigmoid"),
            ("relu gates", set_(1, activation="relu"), "'first'|relu"),
            ("its state as output", set_(1, return_state=True), "'first'|return_state"),
            ("other units", set_(1, units=9), "'first'|kernel has the shape [3, 32]"),
            ("units that are no number", set_(1, units="9"), "'first'|units"), ("a mask", class_(3, "Masking"), "(Masking)|masked"),
            ("a Lambda", class_(3, "Lambda"), "(Lambda)|nothing in a file is run"),
            ("a class of one's own", class_(3, "os.system"), "(os.system)"),
            ("a convolution", class_(1, "Conv1D"), "(Conv1D)"), ("an axis that is time", set_(2, axis=1), "axis 1"),
            ("a rate of 2", set_(3, rate=2), "rate"),
            ("elu", set_(6, activation="elu"), "elu"), ("a function as activation", set_(6, activation={"class_name": "function", "config": "evil"}), "evil"),
            ("a GRU with its reset before", lambda layers: (class_(1, "GRU")(layers), set_(1, reset_after=False)(layers)), "'first' (GRU)|reset_after")):
        refused(4, to_lstmfc(keras(change)), "keras: " + what, pattern)
    for what, path, pattern in (
            ("no config.json", lambda: keras(config__json=None), "config.json"),
            ("no weights", lambda: keras(model__weights__h5=None), "model.weights.h5"),
            ("no JSON", lambda: keras(config__json=b'{"class_name": '), "line 1"),
            ("a list for a model", lambda: keras(config__json=b"[]"), "class"),
            ("a model of its own class", lambda: keras(config__json=b'{"class_name": "Mine", "config": {}}'), "Mine"),
            ("a number for a layer", lambda: keras(lambda layers: layers.__setitem__(1, 7)), "without a configuration"),
            ("a zip bomb", lambda: keras(model__weights__h5=b"\0" * (1 << 26)), "bomb"),
            ("weights that are no HDF5", lambda: keras(model__weights__h5=b"hello"), "HDF5"),
            ("a layer too many", lambda: keras(lambda layers: layers.append(layers[1])), "'first' (LSTM)|0 weights")):
        refused(4, to_lstmfc(path()), "keras: " + what, pattern)
    for length in (4, 100, 20000, len(open(source, "rb").read()) - 3):
        refused(4, to_lstmfc(cut_file(source, length)), "%d bytes of a .keras" % length, "")
    # functional models of more than a row
    both = os.path.join(FIXTURES, "keras_both.keras")
    with zipfile.ZipFile(both) as z:
        members = {n: z.read(n) for n in z.namelist()}

    def skip(layers):
        """The norm is called on the input, past the layer before it."""
        layers[2]["inbound_nodes"] = json.loads(json.dumps(layers[2]["inbound_nodes"]).replace(json.dumps(layers[1]["name"]), json.dumps(layers[0]["name"])))
    refused(4, to_lstmfc(keras(skip), "--window", "5"), "keras: a branch", "only a row of layers")
    refused(4, to_lstmfc(keras(lambda layers: layers[1]["config"].update(merge_mode="sum")), "--window", "5"), "keras: directions that are added", "merge_mode sum")
    refused(4, to_lstmfc(keras(lambda layers: layers[1]["config"]["layer"]["config"].update(reset_after=False)), "--window", "5"), "keras: reset before", "reset_after")
    refused(2, to_lstmfc(both), "keras: any number of steps", "--window N")
    refused(2, to_lstmfc(source, "--window", "5"), "keras: another window", "--window 5|24 step")
    refused(2, to_lstmfc(source, "--spec", "lstm 4"), "keras: --spec", "--spec does nothing")
    # HDF5 by hand
    h5 = os.path.join(FIXTURES, "keras_row.h5")
    for what, change, pattern in (
            ("weights alone", lambda f: f.attrs.__delitem__("model_config"), "weights alone"),
            ("a layer without weights", lambda f: f["model_weights"].__delitem__(first_weights(f)[0].name.split("/")[-1]), "no weights|'dense"),
            ("weights behind a link", lambda f: linked(f), "link|refused"),
            ("numbers that are none", lambda f: replaced(f, np.array([[1, 2, 3, 4]] * 3)), "no array"),
            ("other shapes", lambda f: replaced(f, np.zeros((5, 4), np.float32)), "[5, 4]"),
            ("not a number", lambda f: replaced(f, np.full((3, 4), np.nan, np.float32)),
                                                                                                   "not finite"),
            ("a dataset that is not there", lambda f: replaced(f, None), "would unpack")):
        with open(h5, "rb") as file:
            data = file.read()
        with open(at("hand.h5"), "wb") as file:
            file.write(data)
        with h5py.File(at("hand.h5"), "r+") as file:
            change(file)
        refused(4, to_lstmfc(at("hand.h5")), "h5: " + what, pattern)
    for length in (4, 100, 3000, os.path.getsize(h5) - 100):
        refused(4, to_lstmfc(cut_file(h5, length)), "%d bytes of a .h5" % length, "")


def first_weights(file):
    group = file["model_weights"]
    name = sorted(n for n in group if n.startswith("dense"))[0]
    return group[name], [n if isinstance(n, str) else n.decode() for n in group[name].attrs["weight_names"]][0]


def linked(file):
    group, name = first_weights(file)
    del group[name]
    group[name] = h5py.ExternalLink("/etc/passwd", "/x")


def replaced(file, value):
    group, name = first_weights(file)
    del group[name]
    if value is None:
        group.create_dataset(name, (1 << 14, 1 << 14), "f4", chunks=(1024, 1024))
    else:
        group[name] = value


def onnx_refusals():
    helper, T = onnx.helper, onnx.TensorProto.FLOAT
    rng = np.random.default_rng(1)

    def weights(op="LSTM", ways=1, hidden=4, inputs=3):
        n = 4 if op == "LSTM" else 3
        return {"W": rng.normal(size=(ways, n * hidden, inputs)), "R": rng.normal(size=(ways, n * hidden, hidden)), "B": rng.normal(size=(ways,
        2 * n * hidden))}

    def model(nodes, constants, inputs=(("X", [5, "batch", 3]),), outputs=("Y_h",), name="hand.onnx", domains=()):
        graph = helper.make_graph(nodes, "g", [helper.make_tensor_value_info(n, T, s) for n, s in inputs],
        [helper.make_empty_tensor_value_info(o) for o in outputs],
                                  [onnx.numpy_helper.from_array(np.asarray(v, np.float32) if np.asarray(v).dtype.kind == "f" else np.asarray(v),
                                  k)
                                   for k, v in constants.items()])
        made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)] + [helper.make_opsetid(d, 1) for d in domains])
        made.ir_version = 8
        with open(at(name), "wb") as file:
            file.write(made.SerializeToString())
        return at(name)

    def cell(extra=(), op="LSTM", constants=None, inputs=(("X", [5, "batch", 3]),), **attributes):
        c = weights(op, 2 if attributes.get("direction") == "bidirectional" else 1)
        c.update(constants or {})
        return model([helper.make_node(op, ["X", "W", "R", "B", *extra], ["", "Y_h"], name="the_cell", hidden_size=4, **attributes)], c, inputs)
    code, said = run(cell(), "--to", "lstmfc", "--out", at("good.json"))
    check(code == 0, "onnx: a good one by hand: %s" % said)
    for what, path, pattern in (
            ("peepholes", lambda: cell(["", "", "", "P"], constants={"P": np.ones((1, 12))}), "'the_cell' (LSTM)|peepholes"),
            ("a mask", lambda: cell(["lens"], constants={"lens": np.array([3], np.int32)}), "'the_cell'|sequence_lens|mask"),
            ("a first state", lambda: cell(["", "h"], constants={"h": np.ones((1, 1, 4))}), "'the_cell'|initial_h is not zero"),
            ("a state that is fed", lambda: cell(["", "h"], inputs=(("X", [5, "batch", 3]), ("h", [1, "batch", 4]))), "'the_cell'|'h'|is fed"),
            ("lens that are given", lambda: cell(["lens"], inputs=(("X", [5, "batch", 3]), ("lens", ["batch"]))), "'the_cell'|'lens'|left out"),
            ("a direction", lambda: cell(direction="reverse"), "'the_cell'|direction reverse"),
            ("a clip", lambda: cell(clip=1.0), "'the_cell'|clip"),
            ("activations", lambda: cell(activations=["HardSigmoid", "Tanh", "Tanh"]), "'the_cell'|hardsigmoid"),
            ("coupled gates", lambda: cell(input_forget=1), "'the_cell'|input_forget"),
            ("a reset before", lambda: cell(op="GRU"), "'the_cell' (GRU)|linear_before_reset"),
            ("weights of other inputs", lambda: cell(inputs=(("X", [5, "batch", 7]),)), "'the_cell'|W has the shape [1, 16, 3], expected [1, 16, 7]"),
            ("an RNN", lambda: model([helper.make_node("RNN", ["X", "W", "R"], ["", "Y_h"], name="rnn", hidden_size=4)], weights()), "'rnn' (RNN)|no layer"),
            ("a convolution", lambda: model([helper.make_node("Conv", ["X", "W"], ["Y_h"], name="conv")], weights()), "'conv' (Conv)"),
            ("a domain", lambda: model([helper.make_node("LSTM", ["X", "W", "R"], ["Y_h"], name="own", domain="mine")], weights(), domains=["mine"]), "'own'|'mine'"),
            ("a value from nowhere", lambda: model([helper.make_node("Relu", ["Z"], ["Y_h"], name="r")], {}), "'r'|'Z'"),
            ("an output from nowhere", lambda: model([helper.make_node("Relu", ["X"], ["Z"], name="r")], {}), "'Y_h'"),
            ("the cell state", lambda: model([helper.make_node("LSTM", ["X", "W", "R"], ["", "", "Y_h"], name="c", hidden_size=4)], weights()), "output 3|'c'"),
            ("another step", lambda: model([helper.make_node("LSTM", ["X", "W", "R"], ["Y"], name="c", hidden_size=4),
                                            helper.make_node("Gather", ["Y", "i"], ["Y_h"], name="g", axis=0)], dict(weights(), i=np.array(2))), "'g' (Gather)|step 3 of 5"),
            ("a mean over time", lambda: model([helper.make_node("ReduceMean", ["X"], ["Y_h"], name="m", axes=[0])], {}), "'m'|mean"),
            ("a product along time", lambda: model([helper.make_node("MatMul", ["M", "X"], ["Y_h"], name="mm")], {"M": np.ones((5, 5))}), "'mm'"),
            ("a division by 0", lambda: model([helper.make_node("Div", ["X", "z"], ["Y_h"], name="d")], {"z": np.zeros(3)}), "'d'|division by 0"),
            ("a loop", lambda: model([helper.make_node("Loop", ["", "t", "X"], ["Y_h"], name="loop", body=helper.make_graph([], "b", [], []))],
                                     {"t": np.array(True)}), "'loop' (Loop)"),
            ("a giant constant", lambda: model([helper.make_node("ConstantOfShape", ["s"], ["c"], name="giant"), helper.make_node("Add", ["X", "c"], ["Y_h"])],
                                               {"s": np.array([1 << 40])}), "'giant'|larger"),
            ("no input", lambda: model([helper.make_node("Relu", ["c"], ["Y_h"])], {"c": np.ones(3)}, inputs=()), "inputs are none"),
            ("columns that are not said", lambda: cell(inputs=(("X", [5, "batch", "n"]),)), "'X'|columns"),
            ("an embedding", lambda: model([helper.make_node("Gather", ["E", "X"], ["Y_h"], name="e")], {"E": np.ones((9, 3))}), "'e'|embedding"),
            ("two branches", lambda: model([helper.make_node("Relu", ["X"], ["r"]), helper.make_node("Add", ["X", "r"], ["Y_h"], name="join")], {}), "'join'|branches")):
        refused(4, to_lstmfc(path()), "onnx: " + what, pattern)
    two = model([helper.make_node("LSTM", ["X", "W", "R"], ["Y", "Y_h"], hidden_size=4)], weights(), outputs=("Y", "Y_h"))
    refused(2, to_lstmfc(two), "onnx: two outputs", "'Y', 'Y_h'|--output")
    refused(2, to_lstmfc(two, "--output", "Z"), "onnx: no such output", "Y, Y_h")
    refused(2, to_lstmfc(two, "--output", "Y", "--window", "7"), "onnx: another window", "--window 7|5 steps")
    # tensors: too short, too large, elsewhere
    good = onnx.load(cell())

    def tensor(change):
        made = onnx.ModelProto()
        made.CopyFrom(good)
        change(made.graph.initializer[0])
        with open(at("hand.onnx"), "wb") as file:
            file.write(made.SerializeToString())
        return at("hand.onnx")

    def external(location, **facts):
        def change(t):
            t.ClearField("raw_data")
            t.data_location = onnx.TensorProto.EXTERNAL
            for key, value in dict(location=location, **facts).items():
                e = t.external_data.add()
                e.key, e.value = key, str(value)
        return change
    with open(at("short.bin"), "wb") as file:
        file.write(b"\0" * 40)
    for what, change, pattern in (("a tensor that is cut", lambda t: setattr(t, "raw_data", t.raw_data[:9]), "'W'"),
                                  ("a tensor of 2^60", lambda t: t.dims.__setitem__(0, 1 << 60), "'W'|larger"),
                                  ("a negative shape", lambda t: t.dims.__setitem__(0, -1), "'W'"),
                                  ("a tensor in /etc", external("/etc/passwd"), "'W'|beside the model"),
                                  ("a tensor above", external("../short.bin"), "beside the model"),
                                  ("a tensor in no file", external("gone.bin"), "'gone.bin'"),
                                  ("a tensor in a short file", external("short.bin"), "'W'|wants"),
                                  ("a tensor behind the end", external("short.bin", offset=1 << 40), "'W'")):
        refused(4, to_lstmfc(tensor(change)), "onnx: " + what, pattern)
    for name, pattern in (("fed", "'/lstm/LSTM'|'h_in'"), ("residual", "'/Add'")):
        refused(4, to_lstmfc(os.path.join(FIXTURES, "refused_%s.onnx" % name)), name, pattern)
    source = os.path.join(FIXTURES, "torch_stack_13.onnx")
    for length in (0, 1, 50, 3000, os.path.getsize(source) - 1):
        refused(4, to_lstmfc(cut_file(source, length)), "%d bytes of a .onnx" % length, "")


def rtneural_refusals():
    with open(os.path.join(FIXTURES, "rtneural_keras_steps.json")) as file:
        good = json.load(file)

    def js(change=None, text=None):
        value = json.loads(json.dumps(good))
        if change:
            change(value)
        with open(at("hand.rt.json"), "w") as file:
            file.write(json.dumps(value) if text is None else text)
        return at("hand.rt.json")

    def set_(index, key, value):
        return lambda v: v["layers"][index].__setitem__(key, value)
    refused(2, to_lstmfc(js()), "rtneural: no window", "--window N")
    for what, path, pattern in (
            ("a convolution", lambda: js(set_(1, "type", "conv1d")), "layer 2 (conv1d)"),
            ("no type", lambda: js(lambda v: v["layers"][1].pop("type")), "layer 2 (None)"),
            ("elu", lambda: js(set_(0, "activation", "elu")), "layer 1|elu"),
            ("other shapes", lambda: js(set_(1, "shape", [None, None, 5])), "layer 2 (lstm)|expected [4, 20]"),
            ("ragged weights", lambda: js(lambda v: v["layers"][1]["weights"][0][1].pop()), "layer 2|ragged"),
            ("two weights", lambda: js(lambda v: v["layers"][1]["weights"].pop()),
                                                                                                              "layer 2|2 arrays"),
            ("no epsilon", lambda: js(lambda v: v["layers"][2].pop("epsilon")), "layer 3 (batchnorm)|epsilon"),
            ("no shape", lambda: js(lambda v: v.pop("in_shape")), "in_shape"),
            ("a layer that is a number", lambda: js(lambda v: v["layers"].__setitem__(0, 3)), "layer 1"),
            ("NaN", lambda: js(text='{"layers": [NaN]}'), "NaN is no JSON"),
            ("cut short", lambda: js(text=json.dumps(good)[:500]), "line 1"),
            ("a text as a weight", lambda: js(lambda v: v["layers"][1]["weights"][2].__setitem__(0, "x")),
                                                                           "layer 2"),
            ("a million inputs", lambda: js(lambda v: v.update(in_shape=[None, None, 1000000], layers=[{"type": "activation", "activation": "tanh",
                                                                                                        "shape": [1000000], "weights": []}])), "columns"),
            ("no layers", lambda: js(lambda v: v.update(layers=[])), "no layer")):
        refused(4, to_lstmfc(path(), "--window", "5"), "rtneural: " + what, pattern)


def command():
    """Flags, files that are not there, formats that cannot hold a network: and once as a process, where a traceback would show."""
    random_network("lstm 3 | dense 1", 2, 4, at("n.json"))
    refused(3, to_lstmfc(at("nowhere.onnx")), "no such file", "nowhere.onnx")
    refused(4, to_lstmfc(os.path.join(HERE, "run.sh")), "an ending of no format", "run.sh|.onnx (onnx)")
    refused(2, to_lstmfc(at("n.json")), "lstmfc to lstmfc", "already")
    refused(2, [at("n.json"), "--to", "onnx", "--out", at("n.json")], "onto itself", "--out is the file")
    refused(2, [at("n.json"), "--to", "rtneural", "--out", at("never.json"), "--window", "4"], "--window of a model file", "--window does nothing")
    refused(2, [at("n.json"), "--to", "rtneural", "--out", at("never.json"), "--window", "0"], "--window 0", "1..100000")
    refused(1, [at("n.json"), "--to", "rtneural", "--out", at("no/such/folder/x.json")], "a folder that is not there", "No such file")
    refused(1, [at("n.json"), "--to", "rtneural", "--out", at("never.json"), "--tool", at("no_tool")], "no lstmfc", "make builds it")
    with open(at("n.json")) as file:
        text = file.read()
    with open(at("broken.json"), "w") as file:
        file.write(text.replace("0.", "1.", 1))
    refused(4, [at("broken.json"), "--to", "rtneural", "--out", at("never.json")], "a model file that was changed", "checksum")
    for words, code in (([], 2), (["--to", "xml", "--out", "x", at("n.json")], 2), ([at("n.json"), "--to", "rtneural", "--out", at("p.json")], 0),
                        ([cut_file(os.path.join(FIXTURES, "torch_stack.pt"), 99), "--to", "lstmfc", "--out", at("p.json"), "--spec", "lstm 5", "--window", "2"], 4)):
        done = subprocess.run([sys.executable, os.path.join(ROOT, "tools", "convert.py"), *words], capture_output=True, text=True)
        check(done.returncode == code and "Traceback" not in done.stderr and done.stderr, "as a process %s: exit %d: %s" % (words[-1:],
        done.returncode, done.stderr))
    left = [n for n in os.listdir(folder) if ".tmp-" in n]
    check(not left, "left behind: %s" % left)


# ---- fuzzing: a file with some bytes changed is converted or refused, within a bounded time and memory

def fuzz(name, words, tries, seed):
    """In a process of its own: a reader in C that falls over must not take the test with it."""
    with open(os.path.join(FIXTURES, name), "rb") as file:
        data = file.read()
    read_end, write_end = os.pipe()
    child = os.fork()
    if not child:
        os.close(read_end)
        import resource
        resource.setrlimit(resource.RLIMIT_AS, (8 << 30, 8 << 30))
        signal.alarm(120)
        rng, worst = random.Random(seed), ""
        path = at("fuzz_" + name)
        tally = {"converted": 0, "refused": 0, "damaged": 0}
        try:
            for _ in range(tries):
                broken = bytearray(data)
                kind = rng.randrange(4)
                if kind == 0:
                    del broken[rng.randrange(len(broken)):]
                for _ in range(rng.randrange(1, 6) if kind else 0):
                    place = rng.randrange(len(broken))
                    if kind == 1:
                        broken[place] ^= 1 << rng.randrange(8)
                    elif kind == 2:
                        broken[place] = rng.choice((0, 255, 127, 128, rng.randrange(256)))
                    else:
                        broken[place:place + rng.randrange(8)] = broken[rng.randrange(len(broken)):][:rng.randrange(8)]
                with open(path, "wb") as file:
                    file.write(broken)
                code, said = run(path, "--to", "lstmfc", "--out", at("fuzz.json"), *words, reference="numpy")
                if ": damaged: " in said and "--verbose" in sys.argv:
                    print(said)
                tally["converted" if code == 0 else "damaged" if ": damaged: " in said else "refused"] += 1
                if code not in (0, 1, 2, 3, 4):
                    worst = "exit %s: %s" % (code, said)
        except BaseException as error:          # noqa: B036  (all of them: this process only reports)
            worst = repr(error)
        os.write(write_end, json.dumps([tally, worst]).encode())
        os._exit(0)
    os.close(write_end)
    with os.fdopen(read_end) as file:
        report = file.read()
    _, status = os.waitpid(child, 0)
    tally, worst = json.loads(report) if report else ({}, "the process ended with status %d" % status)
    if check(not worst, "fuzzed %s: %s" % (name, worst)):
        print("fuzzed %-26s %s" % (name, ", ".join("%d %s" % (v, k) for k, v in tally.items())))


def fuzzing():
    flags = ["--spec", "lstm 5 | lstm 5 | dense 4 relu | dense 1 sigmoid", "--window", "5"]
    for k, (name, words, tries) in enumerate((
            ("torch_stack.pt", flags, 150), ("torch_stack.safetensors", flags, 150), ("torch_stack_13.onnx", [], 60),
            ("torch_both_17.onnx", [], 40),
            ("keras_both.keras", ["--window", "5"], 80), ("keras_row.h5", [], 80), ("rtneural_keras_steps.json", ["--window", "5"], 100),
            ("rtneural_torch_stack.json", flags, 60))):
        if has(name):
            fuzz(name, words, tries, k)


fixtures()
damage()
round_trips()
through_all()
scalers()
forecaster_refusals()
if onnx:
    node_vectors()
    onnx_refusals()
if h5py:
    keras_refusals()
torch_refusals()
safetensors_refusals()
rtneural_refusals()
command()
fuzzing()
subprocess.run(["rm", "-rf", folder])
print("%(passed)d passed, %(failed)d failed, %(skipped)d skipped" % counts)
sys.exit(counts["failed"] > 0)
