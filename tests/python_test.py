"""tools/python: the package as pip builds it. Doctests; its stub; models, forecasts, verdicts and backtests equal those of the command line;
several threads; bad input; what the binding costs on W2 (printed)."""
import copy
import doctest
import glob
import json
import os
import pickle
import subprocess
import sys
import tempfile
import threading
import time

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
TOOL = os.path.join(ROOT, "build", "lstmfc")
passed = failed = skipped = 0


def check(name, good, detail=""):
    global passed, failed
    passed, failed = passed + bool(good), failed + (not good)
    print(("ok    " if good else "FAIL  ") + name + ("" if good else f": {detail}"), flush=True)


def skip(name):
    global skipped
    skipped += 1
    print("skip  " + name, flush=True)


def raises(name, kind, words, work):
    try:
        work()
        check(name, False, "nothing was raised")
    except kind as error:
        check(name, words in str(error), f"{type(error).__name__}: {error}")


try:
    import numpy as np
    import pandas as pd
except ImportError as error:
    print(f"skip  Python package {error.name} is not installed\n0 passed, 0 failed, 1 skipped")
    sys.exit(0)

home = tempfile.TemporaryDirectory()
site = os.path.join(home.name, "site")
wheel = subprocess.run([sys.executable, "-m", "pip", "wheel", "--quiet", "--disable-pip-version-check", "--no-deps", "-w", home.name,
                        os.path.join(ROOT, "tools", "python")], capture_output=True, text=True)
wheels = glob.glob(os.path.join(home.name, "lstmfc-*.whl"))
if wheels:
    done = subprocess.run([sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps", "--target", site, wheels[0]],
                          capture_output=True, text=True)
    check("pip builds a wheel and installs it", done.returncode == 0, done.stderr[-300:])
elif "scikit-build-core" in wheel.stderr or "No matching distribution" in wheel.stderr:
    skip("pip cannot get scikit-build-core: the wheel; the package is tried with a library built by cc")
    os.makedirs(os.path.join(site, "lstmfc"))
    for file in glob.glob(os.path.join(ROOT, "tools", "python", "lstmfc", "*")):
        if os.path.isfile(file):
            os.system(f"cp '{file}' '{site}/lstmfc'")
    subprocess.run(["cc", "-std=c99", "-O3", "-ffp-contract=off", "-w", "-shared", "-fPIC", "-DLSTMFC_STATIC", os.path.join(ROOT, "wasm", "lstmfc_wasm.c"),
                    "-o", os.path.join(site, "lstmfc", "_lstmfc.so"), "-lm"], check=True)
else:
    check("pip builds a wheel", False, wheel.stderr[-600:])
    print(f"{passed} passed, {failed} failed, {skipped} skipped")
    sys.exit(1)
sys.path.insert(0, site)
import lstmfc                                                                      # noqa: E402

check("what is tested is what was installed", lstmfc.__file__.startswith(site))
result = doctest.testmod(lstmfc, optionflags=doctest.ELLIPSIS | doctest.IGNORE_EXCEPTION_DETAIL)
check(f"{result.attempted} doctests", result.failed == 0 and result.attempted >= 10, result)
stub = subprocess.run([sys.executable, "-m", "mypy.stubtest", "lstmfc", "--ignore-missing-stub"], capture_output=True, text=True, env={**os.environ, "MYPYPATH": site, "PYTHONPATH": site})
if "No module named" in stub.stderr:
    skip("the stub against the package: Python package mypy is not installed")
else:
    check("the stub is the package's (mypy.stubtest)", stub.returncode == 0, (stub.stdout + stub.stderr)[-500:])

os.chdir(home.name)
run = lambda *words: subprocess.run([TOOL, *words], capture_output=True, text=True)                                   # noqa: E731
run("synth", "--bars", "1500", "--seed", "5", "--out", "s.csv")
candles = lstmfc.Candles.read_csv("s.csv")
text = "log_return(close), rsi(14)/100, atr(14)/close"
for target, head in (("direction", "sigmoid"), ("return", "linear"), ("volatility", "linear")):
    net = f"lstm 8 | dense 1 {head}"
    flags = dict(target=target, window=8, features=text, model=net, epochs=2, seed=7, test=0.3)
    model = lstmfc.train(candles, **flags)
    model.save("ours.json")
    run("train", "--csv", "s.csv", "--created", "0", "--out", "theirs.json", *[w for k, v in flags.items() for w in (f"--{k}", str(v))])
    with open("theirs.json", encoding="utf-8") as file:
        theirs = file.read()
    check(f"{target}: the model file is the command line's, byte for byte", model.dumps() == theirs and open("ours.json", encoding="utf-8").read() == theirs,
          f"{len(model.dumps())} and {len(theirs)} bytes")
    again = lstmfc.load("theirs.json")
    check(f"{target}: read again, the same bytes", again.dumps() == theirs)
    said = json.loads(run("predict", "--model", "theirs.json", "--csv", "s.csv", "--json").stdout)
    newest = again.predict(candles)[0]
    figure = {"direction": "probability_up", "return": "log_return", "volatility": "volatility"}[target]
    first = said["forecasts"][0] if "forecasts" in said else said
    check(f"{target}: the forecast is predict's", abs(newest[figure] - first[figure]) <= 1e-15 * abs(first[figure]), f"{newest[figure]} {first}")
    judged = json.loads(run("evaluate", "--model", "theirs.json", "--csv", "s.csv", "--json").stdout)["evaluation"]
    mine = again.evaluate(candles)
    lines = {k.replace("_", " "): v["verdict"] for k, v in judged["verdict"].items()}
    check(f"{target}: the verdict is evaluate's", lines and mine["verdict"] == {k: lines.get(k) for k in mine["verdict"]}, f"{mine['verdict']} {lines}")
    check(f"{target}: made candles are said to be", mine["synthetic"] is True)
    whole = again.predict_all(candles)["value"]
    stream = again.stream()
    steps = [stream.push(candles, i)["value"] for i in range(len(candles))]
    check(f"{target}: bar by bar equals the span, bit for bit", np.array_equal(np.array([np.nan if v is None else v for v in steps]), whole, equal_nan=True))

# ---- indicators and backtest against the command line
mine = lstmfc.indicators(candles, text)
table = pd.read_csv(__import__("io").StringIO(run("indicators", "--csv", "s.csv", "--features", text).stdout), float_precision="round_trip")
check("indicators are the command line's", all(np.array_equal(mine[k], table.iloc[:, i + 1].to_numpy(), equal_nan=True) for i, k in enumerate(mine)))
wanted = np.sign(np.sin(np.arange(len(candles)) / 9.0))
pd.DataFrame({"time": [str(t) + "Z" for t in candles.time.astype("datetime64[s]")], "signal": wanted}).to_csv("signals.csv", index=False)
said = json.loads(run("backtest", "--csv", "s.csv", "--signals", "signals.csv", "--fee", "0.0005", "--stop", "0.02", "--json").stdout)
mine = lstmfc.backtest(candles, wanted, fee=0.0005, stop=0.02)
same = [k for k, v in said["metrics"].items() if mine.metrics.get(k) != v]
check("backtest: every figure is the command line's", len(said["metrics"]) > 40 and not same, same)
check("backtest: trades and their reasons", len(mine.trades) == said["metrics"]["trades"] and {t["reason"] for t in mine.trades} >= {"signal", "stop"})

# ---- frames
frame = pd.DataFrame({k.upper(): v for k, v in candles.columns.items()}, index=pd.DatetimeIndex(candles.time).tz_localize("UTC").tz_convert("Asia/Tokyo"))
framed = lstmfc.Candles.from_frame(frame)
check("a DataFrame in another zone, exact", np.array_equal(framed.time, candles.time) and all(np.array_equal(framed[k], candles[k]) for k in candles.columns))
texts = frame.astype(str)                       # as REST endpoints hand them out
check("prices that are texts", all(np.array_equal(lstmfc.Candles.from_frame(texts)[k], candles[k]) for k in candles.columns))
told = frame.tz_convert("UTC").rename_axis("time").reset_index()
for name, values in (("texts", told.time.dt.strftime("%Y-%m-%dT%H:%M:%SZ")), ("milliseconds", candles.time.astype("int64"))):
    check(f"a column of times that are {name}", np.array_equal(lstmfc.Candles.from_frame(told.assign(time=values)).time, candles.time))
check("a column called 7", np.array_equal(lstmfc.Candles.from_frame(frame.assign(**{"7": frame.CLOSE}))["7"], candles["close"]))
plain = lstmfc.Candles(time=candles.time, **candles.columns)
check("columns in, the same out", np.array_equal(plain.time, candles.time) and all(np.array_equal(plain[k], candles[k]) for k in candles.columns))

# ---- threads
results = {}
options = dict(target="return", window=8, features=text, model="lstm 16 | dense 1", epochs=3, seed=2)
alone = lstmfc.train(plain, **options).dumps()
workers = [threading.Thread(target=lambda n=n: results.update({n: lstmfc.train(plain, **options).dumps()})) for n in range(3)]
[w.start() for w in workers]
[w.join() for w in workers]
check("three threads at a time train the same bytes", len(results) == 3 and set(results.values()) == {alone})
seen = []
lstmfc.train(plain, progress=lambda h: seen.append(len(h["epochs"])), **options)
check("progress is told of the epochs", seen and seen[-1] == 3, seen)
raises("progress says False", InterruptedError, "broken off", lambda: lstmfc.train(plain, progress=lambda h: False, **{**options, "epochs": 500}))

# ---- tensors
rng = np.random.default_rng(1)
x, y = rng.normal(size=(400, 3)), rng.normal(size=(396, 1))
net = lstmfc.Model("lstm 8 | dense 1", inputs=3, window=5, seed=1)
before = net.predict(x)
history = net.fit(x, y, validation=96, epochs=4, loss="mse")
check("a network on tensors learns", len(history["epochs"]) == 4 and history["epochs"][-1]["loss"] < history["epochs"][0]["loss"] and not np.array_equal(before, net.predict(x)))
check("its file comes back", np.array_equal(lstmfc.Model.loads(net.dumps()).predict(x), net.predict(x)))

# ---- bad input
E = lstmfc.Error
raises("an option that is none", E, "did you mean", lambda: lstmfc.train(plain, tarjet="return"))
raises("a value out of its range", E, "window", lambda: lstmfc.train(plain, window=-3))
raises("NaN as an option", E, "expected a number", lambda: lstmfc.backtest(plain, wanted, fee=float("nan")))
raises("positions of another length", E, "1500 bars", lambda: lstmfc.backtest(plain, wanted[1:]))
raises("a position of 2", E, "-1 .. 1", lambda: lstmfc.backtest(plain, wanted * 2))
raises("a column of another length", E, "has 2 values", lambda: lstmfc.Candles(time=[0, 1, 2], close=[1, 2]))
raises("times that go back", E, "", lambda: lstmfc.Candles(time=[2000, 1000], close=[1, 2], open=[1, 2], high=[1, 2], low=[1, 2], volume=[1, 2]))
raises("a price of NaN", E, "not a number", lambda: lstmfc.Candles(time=[0, 1000], close=[1, np.nan], open=[1, 2], high=[1, 2], low=[1, 2], volume=[1, 2]))
raises("a file that is none", FileNotFoundError, "nowhere", lambda: lstmfc.load("nowhere.json"))
raises("a broken model file is named", E, "half.json", lambda: (open("half.json", "w").write(alone[:500]), lstmfc.load("half.json")))
raises("a CSV that is none is named, with line", E, "bad.csv", lambda: (open("bad.csv", "w").write("time,close\n2024-01-01,x\n"), lstmfc.Candles.read_csv("bad.csv")))
raises("rows that are too few", E, "expected [5 or more, 3]", lambda: net.predict(x[:3]))
raises("targets that do not fit", E, "expected [396, 1]", lambda: net.fit(x, y[:-1]))
raises("bars that are not there", E, "not all there", lambda: lstmfc.load("theirs.json").predict_all(plain, 1400, 200))
raises("a row that is not there", E, "no row 5000", lambda: lstmfc.load("theirs.json").stream().push(plain, 5000))

late = lstmfc.Candles.from_frame(frame.assign(open_time=candles.time.astype("int64") + 5))
check("a column open_time beside an index of times: the index stands", np.array_equal(late.time, candles.time), late.report["mapping"])
raises("a price that is a text and no number", E, "column close", lambda: lstmfc.Candles.from_frame(texts.assign(CLOSE="dear")))
raises("a frame without a close", E, "no column close", lambda: lstmfc.Candles.from_frame(frame.drop(columns="CLOSE")))
raises("two columns of one name", E, "two columns are called close", lambda: lstmfc.Candles.from_frame(frame.assign(close=1.0)))
raises("columns of two levels", E, "droplevel", lambda: lstmfc.Candles.from_frame(pd.concat({"BTC": frame}, axis=1)))
raises("a frame that is empty", E, "no data rows", lambda: lstmfc.Candles.from_frame(frame.iloc[:0]))
raises("a frame for candles", TypeError, "from_frame", lambda: lstmfc.indicators(frame, "rsi(14)"))
raises("a price of NaN without the other columns", E, "bar 1 ", lambda: lstmfc.Candles(time=[0, 1000, 2000], close=[1, np.nan, 2]))
raises("times that go back without the other columns", E, "bar 0 ", lambda: lstmfc.Candles(time=[2000, 1000], close=[1, 2]))
raises("no bar", E, "one bar or more", lambda: lstmfc.Candles(time=[], close=[], open=[], high=[], low=[], volume=[]))
raises("a table of times", E, "a row of times", lambda: lstmfc.Candles(time=[[0, 1000]], close=[[1, 2]]))
raises("more steps than 32 bits hold", E, "expected 1..100000", lambda: lstmfc.load("theirs.json").predict(plain, steps=2**32 + 1))
raises("a zero byte in a text", E, "U+0000", lambda: lstmfc.indicators(plain, "rsi(14)\0, no"))

# ---- copies: a pointer that is copied would be given back twice
for name, work in (("copy", copy.copy), ("deepcopy", copy.deepcopy), ("pickle", lambda v: pickle.loads(pickle.dumps(v)))):
    model = lstmfc.load("theirs.json")
    twin, tensors = work(model), work(net)
    whole, ours = model.dumps(), net.dumps()
    del model
    check(f"{name} of a model and of a network", twin.dumps() == whole and tensors.dumps() == ours and tensors._pointer != net._pointer)
    raises(f"{name} of candles", TypeError, "neither copied nor pickled", lambda: work(plain))
    raises(f"{name} of a stream", TypeError, "neither copied nor pickled", lambda: work(twin.stream()))

# ---- what the binding costs: W2, as C does it, five rounds
if os.system(f"cc -O3 -std=c99 -ffp-contract=off -w '{ROOT}/tests/python_speed.c' -o speed -lm") == 0:
    rows, state = 1500, 1
    values = np.empty(rows * 108 + rows, np.float32)
    for i in range(len(values)):
        state = (state * 1664525 + 1013904223) & 0xffffffff
        values[i] = np.float32(state >> 8) / np.float32(16777216) - np.float32(0.5)
    x, y = values[:rows * 108].reshape(rows, 108), values[rows * 108:rows * 109 - 15].reshape(-1, 1)
    ratios, losses = [], set()
    for _ in range(5):
        seconds, loss = subprocess.run(["./speed", str(rows), "2"], capture_output=True, text=True).stdout.split()
        begun = time.process_time()
        net = lstmfc.Model("lstm 64 | lstm 64 | dense 1", inputs=108, window=16, seed=1)
        history = net.fit(x, y, epochs=2, batch=16, loss="mse", clip_norm=1, seed=1)
        ratios.append((time.process_time() - begun) / float(seconds))
        losses |= {float(loss), history["epochs"][-1]["loss"]}
    check("W2 in Python and in C: the same last loss", len(losses) == 1, losses)
    print(f"W2, training, processor time of Python over that of C: median {sorted(ratios)[2]:.3f} of five ({min(ratios):.3f} to {max(ratios):.3f})")
else:
    skip("no C compiler")

print(f"{passed} passed, {failed} failed, {skipped} skipped")
sys.exit(failed > 0)
