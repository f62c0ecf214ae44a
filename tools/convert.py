"""Networks from PyTorch, Keras, ONNX, safetensors and RTNeural to lstmfc and back.

    python tools/convert.py IN --to lstmfc|onnx|safetensors|rtneural --out OUT [--spec "lstm 64 | dense 1"] [--window N]
    python tools/convert.py IN --to lstmfc --out OUT --features "@a" --scaler scaler.json --target direction --horizon 1

A conversion runs five windows of random rows through both sides, fails where they differ, and stores them in what it writes:
`lstmfc inspect --model OUT --verify` runs them again. With features, scaler, target and horizon the result is a whole forecaster.
Exit codes as of lstmfc: 2 usage, 3 data, 4 a file that is refused, 1 anything else. Needs NumPy, for Keras h5py, for ONNX onnx; the
programs themselves (PyTorch, Keras, ONNX Runtime) are asked where they are installed, else NumPy answers for them.
"""
import argparse
import os
import sys
import tempfile
import time
import warnings

sys.dont_write_bytecode = True
ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
try:
    import numpy                # noqa: F401  (said here, once, for all modules)
except ImportError:
    sys.exit("convert: the Python package numpy is not installed")

from convert import forecaster, formats, model_file, proof      # noqa: E402
from convert.fault import DATA, FAILURE, Notes, Refused, USAGE, cut     # noqa: E402


def arguments(words):
    p = argparse.ArgumentParser(prog="convert", formatter_class=argparse.RawDescriptionHelpFormatter, description=__doc__, allow_abbrev=False)
    p.add_argument("input", metavar="IN", help="what is converted: " + ", ".join("%s (%s)" % (f.title, " ".join(f.endings)) for f in formats.FORMATS))
    p.add_argument("--to", required=True, choices=formats.TARGETS)
    p.add_argument("--out", required=True)
    p.add_argument("--from", dest="source", choices=list(formats.BY_NAME), help="the format of IN, where its ending does not tell")
    p.add_argument("--spec", help="the layers of a state_dict, which has tensors alone: \"lstm 64 | dense 1 sigmoid\"")
    p.add_argument("--names", help="its modules in the order of the layers, where their shapes do not tell: \"encoder, head\"")
    p.add_argument("--window", type=int, help="rows that the network is shown, where the file does not say")
    p.add_argument("--output", help="of an ONNX graph with several outputs the one that is the answer")
    p.add_argument("--reference", choices=["program", "numpy"], default="program",
                   help="who answers for the source: its own program where installed [program], or NumPy")
    p.add_argument("--tool", default=os.path.join(ROOT, "build", "lstmfc"), help="lstmfc's command line [build/lstmfc]")
    p.add_argument("--created", type=int, help="UTC ms of the file made [SOURCE_DATE_EPOCH, else the clock]")
    group = p.add_argument_group("a whole forecaster (with --to lstmfc; the first four together)")
    group.add_argument("--features", help="the feature text or preset that gives the network's inputs, in their order")
    group.add_argument("--scaler", help="JSON {\"mean\": [...], \"scale\": [...]} or {\"min\": ..., \"max\": ...}, or a scaler of "
                       "scikit-learn (.joblib, .pkl); none: as the features are")
    group.add_argument("--target", help="direction, price, return, volatility ... as of lstmfc train")
    group.add_argument("--horizon", help="bars ahead, as of lstmfc train")
    for flag, what in forecaster.OPTIONS:
        group.add_argument("--" + flag, help=what)
    a = p.parse_args(words)
    given = [k for k in ("features", "scaler", "target", "horizon") if getattr(a, k) is not None]
    further = [k for k, _ in forecaster.OPTIONS if getattr(a, k.replace("-", "_")) is not None]
    if a.window is not None and not 1 <= a.window <= 100000:
        raise Refused("--window %d: 1..100000" % a.window, USAGE)
    if given and len(given) < 4:
        raise Refused("--%s without --%s: a forecaster needs all four" % (given[0], next(k for k in ("features", "scaler", "target", "horizon")
                                                                                      if k not in given)), USAGE)
    if (given or further) and a.to != "lstmfc":
        raise Refused("--%s: only with --to lstmfc" % (given + further)[0], USAGE)
    if further and not given:
        raise Refused("--%s without --features" % further[0], USAGE)
    return a


def created(a):
    if a.created is not None:
        return a.created
    epoch = os.environ.get("SOURCE_DATE_EPOCH", "")
    return int(epoch) * 1000 if epoch.isdigit() else int(time.time()) * 1000


def unused(a, source):
    """A flag that would do nothing is refused by its name."""
    pairs = [("spec", ("pytorch", "safetensors", "rtneural")), ("names", ("pytorch", "safetensors", "rtneural")), ("output", ("onnx",)),
             ("window", ("pytorch", "safetensors", "rtneural", "keras", "onnx"))]
    for flag, formats_ in pairs:
        if getattr(a, flag) is not None and source.name not in formats_:
            raise Refused("--%s does nothing to a file of the format %s" % (flag, source.name), USAGE)


def write(path, data):
    """All or nothing."""
    data = data.encode() if isinstance(data, str) else data
    folder = os.path.dirname(os.path.abspath(path))
    try:
        handle, name = tempfile.mkstemp(dir=folder, prefix=os.path.basename(path) + ".tmp-")
        try:
            with os.fdopen(handle, "wb") as out:
                out.write(data)
                out.flush()
                os.fsync(out.fileno())
            mask = os.umask(0)
            os.umask(mask)
            os.chmod(name, 0o666 & ~mask)
            os.replace(name, path)
        except OSError:
            os.remove(name)
            raise
    except OSError as error:
        raise Refused("%s: %s" % (path, error.strerror), FAILURE) from None


def convert(a, notes):
    source_format = formats.BY_NAME[a.source] if a.source else formats.of_file(a.input)
    if not os.path.isfile(a.input):
        raise Refused("%s: no such file" % a.input, DATA)
    if a.out == a.input or (os.path.exists(a.out) and os.path.samefile(a.out, a.input)):
        raise Refused("--out is the file that is converted", USAGE)
    unused(a, source_format)
    if source_format.name == "lstmfc" and a.to == "lstmfc" and a.features is None:
        raise Refused("%s is lstmfc's already" % a.input, USAGE)
    try:
        source = source_format.read(a.input, a, notes)
        network = source.network
        network.check()
    except Refused as error:
        raise Refused("%s: %s" % (os.path.basename(a.input), error), error.code) from None
    except (MemoryError, ImportError):
        raise
    except Exception as error:                  # of a damaged file, whatever it did to its reader
        raise Refused("%s: damaged: %s: %s" % (os.path.basename(a.input), type(error).__name__, cut(error, 120))) from error
    rows = proof.rows_of(network)
    library = proof.run_tool(a.tool, ["--version"], "lstmfc").split()[1]
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "model.json")
        write(path, model_file.write(network, library, 0, None))
        mine = proof.ours(a.tool, path, rows)
        windows = proof.windows_of(rows, network.window)
        theirs, reference = (mine, "lstmfc " + library) if source_format.name == "lstmfc" else (source.run(windows), source.reference)
        apart = proof.difference(theirs, mine, reference)
        kept = proof.kept(rows, theirs, reference, notes)
        if a.to == "lstmfc":
            extra = '{"converted":{"from":"%s"}%s}' % (source_format.name, ',"verify":' + kept if kept else "")
            text = (forecaster.write(a, network, library, created(a), extra, notes) if a.features
                    else model_file.write(network, library, created(a), extra))
            made = os.path.join(folder, "made.json")
            write(made, text)
            proof.run_tool(a.tool, ["inspect", "--model", made] + (["--verify"] if kept else []), "what was made is refused by lstmfc")
        else:
            target = formats.BY_NAME[a.to]
            text = target.write(network, kept)
            made = os.path.join(folder, "made" + target.endings[0])
            write(made, text)
            back = argparse.Namespace(**dict(vars(a), spec=None, names=None, output=None, window=None))
            other = formats.answer(target, made, windows, network, back)
            apart = max(apart, proof.difference(mine, other[0], other[1]))
            reference = "%s and %s" % (reference, other[1]) if other[1] != reference else reference
    write(a.out, text)
    return network, apart, reference


def main(words):
    warnings.simplefilter("ignore")
    notes = Notes()
    try:
        a = arguments(words)
        network, apart, reference = convert(a, notes)
    except Refused as error:
        print("convert: %s" % error, file=sys.stderr)
        return error.code
    except MemoryError:
        print("convert: out of memory", file=sys.stderr)
        return FAILURE
    except KeyboardInterrupt:
        return 130
    for note in notes:
        print("convert: %s" % note, file=sys.stderr)
    print("network       %s\n              windows of %d rows of %d inputs" % (network.spec(), network.window, network.inputs), file=sys.stderr)
    print("checked       %d random windows against %s: largest difference %.2g" % (proof.WINDOWS, reference, apart), file=sys.stderr)
    print("saved         %s" % a.out, file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
