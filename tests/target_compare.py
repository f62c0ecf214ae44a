"""The targets that are told in their own units, `lstmfc evaluate` against an independent program.

    target_compare.py [TOOL]

price_level, rolling_volatility(n) and expressions, on candles and on a series around zero that is no price. From the candles alone:
the outcome and the persistence of every row of the file of forecasts, ridge fitted again on the same windows, every error of the
model and of persistence, skill and Diebold-Mariano p, the share inside the intervals. A file that ends earlier gives the same rows.
Needs numpy and scipy.
"""
import csv
import json
import math
import os
import sys
import tempfile
from datetime import datetime, timedelta

try:
    import numpy as np
    import evaluate_compare as other
    import stat_compare
    from stat_compare import check
except ImportError as e:
    print("skip target_compare: Python package %s is not installed" % e.name)
    print("0 passed, 0 failed, 1 skipped")
    sys.exit(0)

N = 9                                                   # returns of the rolling volatility


def rolling(close):
    r = np.diff(np.log(close))
    return np.array([np.nan] * N + [np.std(r[t - N:t], ddof=1) for t in range(N, len(close))])


def distance(close):
    """close - sma(close,5)"""
    return np.array([np.nan] * 4 + [close[t] - np.mean(close[t - 4:t + 1]) for t in range(4, len(close))])


def read(path):
    with open(path, newline="") as f:
        rows = list(csv.DictReader(f))
    return rows, {k: np.array([float(r[k] or "nan") for r in rows]) for k in rows[0] if k not in ("time", "target_time", "left_out")}


def compare(tool, folder, path, words, value, column, h, window, features, inputs):
    """value [N]: what the target is at each bar, inputs [N][F] the features, both computed here"""
    model, out = os.path.join(folder, "model.json"), os.path.join(folder, "forecasts.csv")
    reading = ["--csv", path, "--now", "0"] + (["--columns", "close=OT"] if path.endswith("temperature.csv") else [])
    other.run(tool, "train", *reading, *words, "--horizon", str(h), "--window", str(window), "--features", features, "--model",
              "lstm 8 | dense 1", "--epochs", "4", "--out", model, "--progress", "none")
    said = json.loads(other.run(tool, "evaluate", *reading, "--model", model, "--forecasts", out, "--json"))
    e, training = said["evaluation"], said["training"]
    name = "%s %s h=%d: " % (os.path.basename(path), " ".join(words), h)
    rows, file = read(out)
    n, seen = len(value), math.floor(0.8 * len(value))
    t = np.arange(seen - 1, n)
    check(name + "rows", len(rows), len(t), 0)
    known = t + h < n
    check(name + "count", e["count"], known.sum(), 0)
    t, file = t[known], {k: v[known] for k, v in file.items()}
    truth, naive, forecast = value[t + h], value[t], file[column]
    check(name + "outcome", file["outcome"], truth, 1e-8)
    check(name + "persistence", file["persistence"], naive, 1e-8)
    start = training["stable_lookback"]
    first = seen - h - math.floor(0.2 * (seen - h - (start + window - 1)))
    fit_end = first - window - h
    fit = np.arange(start + window - 1, fit_end)
    check(name + "fit samples", training["fit_samples"], len(fit), 0)
    validation = np.arange(first, seen - h)[:training["validation_samples"]]
    x = (inputs - inputs[start:fit_end].mean(0)) / inputs[start:fit_end].std(0)
    windows = np.full((n, window * x.shape[1]), np.nan)
    for k in range(window - 1, n):
        windows[k] = x[k - window + 1:k + 1].ravel()
    y = np.append(value[h:], [np.nan] * h)
    y = (y - y[fit].mean()) / y[fit].std()
    scale, center = value[fit + h].std(), value[fit + h].mean()
    penalty, w, w0 = other.linear("ridge", windows, y, fit, validation)
    ridge = center + scale * (windows[t] @ w + w0)
    check(name + "ridge", file["ridge"], ridge, 1e-4)
    task = json.load(open(model))["task"]
    check(name + "target scaler", [task["target_center"], task["target_scale"]], [center, scale], 1e-9)

    def errors(said):
        d = said - truth
        return dict(rmse=math.sqrt(np.mean(d ** 2)), mae=np.mean(abs(d)), bias=d.mean(), r2=1 - np.sum(d ** 2) / np.sum((truth - truth.mean()) ** 2))

    for what, expected in (("errors", errors(forecast)), ("persistence_errors", errors(naive))):
        for k, v in expected.items():
            check(name + what + "." + k, e[what][k], v, 1e-7)
    for b, baseline in zip(e["baselines"], (naive, file["ridge"])):
        theirs = other.dm((forecast - truth) ** 2, (baseline - truth) ** 2, h)
        for k, v in theirs.items():
            check(name + b["name"] + "." + k, b["comparison"][k], v, 1e-6)
        check(name + "verdict on " + b["name"], b["comparison"]["better"], float(theirs["skill"] > 0 and theirs["p"] < 0.05))
    inside = np.mean((file["lower"] <= truth) & (truth <= file["upper"]))
    check(name + "inside", e["intervals"]["aci"]["coverage"], inside)
    note = {"price_level": "only reproduces", "expression": "in its own unit"}.get(training["target"], "%d of the %d returns" % (N - h, N))
    check(name + "note", float((note in training["target_note"]) == (note[0] not in "-0")), 1)
    cut, short = os.path.join(folder, "cut_" + os.path.basename(path)), os.path.join(folder, "short.csv")
    with open(path) as f:
        lines = f.readlines()
    with open(cut, "w") as f:
        f.writelines(lines[:-60])
    other.run(tool, "evaluate", "--csv", cut, *reading[2:], "--model", model, "--forecasts", short)
    again, _ = read(short)
    for k in ("time", column, "lower", "upper", "ridge"):
        check(name + "no look-ahead: " + k, float([r[k] for r in again] == [r[k] for r in rows[:len(again)]]), 1)


def main():
    tool = os.path.abspath(sys.argv[1] if len(sys.argv) > 1 else os.path.join(other.ROOT, "build", "lstmfc"))
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "candles.csv")
        other.run(tool, "synth", "--bars", "900", "--seed", "7", "--out", path)
        close = stat_compare.read_candles(path)[1][:, 3]
        ret = np.append(np.nan, np.diff(np.log(close)))
        before = np.append(np.nan, ret[:-1])
        features, inputs = "log_return(close), lag(log_return(close),1)", np.column_stack([ret, before])
        for h in (1, 3):
            compare(tool, folder, path, ["--target", "price_level"], close, "price", h, 6, features, inputs)
        for h in (2, N):
            compare(tool, folder, path, ["--target", "rolling_volatility", "--volatility-bars", str(N)], rolling(close), "volatility", h,
                    6, features, inputs)
        compare(tool, folder, path, ["--target", "expression", "--expression", "close-sma(close,5)"], distance(close), "value", 2, 6,
                features, inputs)
        path = os.path.join(folder, "temperature.csv")
        rng, x, t = np.random.default_rng(5), 0.0, datetime(2020, 1, 1)
        series = []
        for i in range(900):
            x = 0.9 * x + rng.normal()
            series.append(round(6 * math.sin(2 * math.pi * i / 24) + x, 3))
        series[100] = series[870] = 0.0
        with open(path, "w") as f:
            f.write("date,HUFL,OT\n")
            for i, v in enumerate(series):
                f.write("%s,%.3f,%.3f\n" % (t + timedelta(hours=i), 10 - v, v))
        series = np.array(series)
        inputs = np.column_stack([series, series - np.append(np.nan, series[:-1])])
        for words in (["--target", "expression", "--expression", "close"], ["--target", "price_level"]):
            compare(tool, folder, path, words + ["--prices", "any"], series, "value" if "expression" in words else "price", 3, 6,
                    "close, close-lag(close,1)", inputs)
    print("%d passed, %d failed, 0 skipped" % (stat_compare.passed, stat_compare.failed))
    return 1 if stat_compare.failed else 0


if __name__ == "__main__":
    sys.exit(main())
