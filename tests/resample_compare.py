"""--resample against pandas (label and closed left).

    resample_compare.py [TOOL]

Every number of the joined bars, a further column and its blanks included, over files that begin and end inside a bar, lack bars or whole
stretches of them; weeks from Mondays; real candles where they are. A file that ends earlier gives the same bars and no more. A model of
joined bars is trained, judged and asked. Needs numpy and pandas.
"""
import csv
import json
import os
import subprocess
import sys
import tempfile

try:
    import numpy as np
    import pandas as pd
    import stat_compare
    from evaluate_compare import ROOT, run
    from stat_compare import check
except ImportError as e:
    print("skip resample_compare: Python package %s is not installed" % e.name)
    print("0 passed, 0 failed, 1 skipped")
    sys.exit(0)

ROLES = ["open", "high", "low", "close", "volume"]


def ours(tool, path, rule, folder, extra, *words):
    out = os.path.join(folder, "out.csv")
    text = ", ".join("%s_ = %s" % (r, r) for r in ROLES) + (", extra_ = col(extra)" if extra else "")
    said = json.loads(run(tool, "indicators", "--csv", path, "--resample", rule, "--features", text, "--out", out, "--json", *words))
    with open(out, newline="") as f:
        rows = list(csv.reader(f))
    return [r[0] for r in rows[1:]], np.array([[float(v or "nan") for v in r[1:]] for r in rows[1:]]), said["csv"]


def theirs(frame, rule, offset, step):
    how = dict(open="first", high="max", low="min", close="last", volume="sum")
    groups = frame.resample(rule, label="left", closed="left", origin=offset)
    joined = groups.agg(how)
    if "extra" in frame:
        joined["extra"] = groups["extra"].apply(lambda x: x.iloc[-1] if len(x) else np.nan)       # agg "last" would skip blanks
    count = groups["close"].size()
    length = pd.Timedelta(rule)
    keep = count > 0
    if frame.index[0] != joined.index[0]:
        keep.iloc[0] = False
    if frame.index[-1] + step < joined.index[-1] + length:
        keep.iloc[-1] = False
    thin = keep & (count < length / step)
    return joined[keep], joined[keep & ~thin], thin[thin].index


def compare(name, tool, folder, path, frame, rule, pandas_rule, step, offset="epoch"):
    """Whole bars alone, then with --keep-thin those made of fewer as well. Returns the former."""
    every, whole, thin = theirs(frame, pandas_rule, offset, step)
    times, values, said = alike(name, tool, folder, path, frame, rule, pandas_rule, whole)
    left = "%d bars of " % len(thin) in said["notes"] and thin[0].strftime("%Y-%m-%dT%H:%M:%SZ (") in said["notes"] if len(thin) else "made of fewer" not in said["notes"]
    check(name + "thin ones counted and named", float(left), 1)
    if len(thin):
        _, _, said = alike(name + "--keep-thin: ", tool, folder, path, frame, rule, pandas_rule, every, "--keep-thin")
        check(name + "thin ones counted", float("%d of them made of fewer" % len(thin) in said["notes"]), 1)
    return times, values


def alike(name, tool, folder, path, frame, rule, pandas_rule, joined, *words):
    times, values, said = ours(tool, path, rule, folder, "extra" in frame, *words)
    check(name + "times", float(times == [t.strftime("%Y-%m-%dT%H:%M:%SZ") for t in joined.index]), 1)
    for k, column in enumerate(joined.columns):
        a, b = values[:, k], joined[column].values
        check(name + column + " blank alike", float(np.array_equal(np.isnan(a), np.isnan(b))), 1)
        ok = ~np.isnan(b)
        check(name + column, np.max(np.abs(a[ok] / b[ok] - 1)) + 1, 1, 1e-12 if column == "volume" else 0)
    check(name + "kept", said["kept"], len(joined))
    check(name + "interval", said["interval_seconds"], pd.Timedelta(pandas_rule).total_seconds())
    return times, values, said


def write(path, frame):
    frame.to_csv(path, index_label="time", date_format="%Y-%m-%dT%H:%M:%SZ")


def main():
    tool = os.path.abspath(sys.argv[1] if len(sys.argv) > 1 else os.path.join(ROOT, "build", "lstmfc"))
    hour = pd.Timedelta("1h")
    rng = np.random.default_rng(3)
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "candles.csv")
        run(tool, "synth", "--bars", "2000", "--seed", "9", "--out", path)
        whole = pd.read_csv(path, comment="#", index_col=0, parse_dates=True)
        whole.index = whole.index.tz_localize(None)
        whole["extra"] = np.round(rng.normal(size=len(whole)), 6)
        whole.iloc[rng.integers(0, len(whole), 60), whole.columns.get_loc("extra")] = np.nan
        holes = whole.drop(whole.index[[30, 31, 32, 33, 34, 35, 36, 37, 200, 333, 335, 1490]])
        for name, frame in (("whole: ", whole), ("begins and ends inside: ", whole.iloc[3:-2]), ("holes: ", holes.iloc[1:-1])):
            write(path, frame)
            for rule, pandas_rule in (("2h", "2h"), ("4h", "4h"), ("240min", "4h"), ("1d", "1D")):
                compare(name + rule + ": ", tool, folder, path, frame, rule, pandas_rule, hour)
            compare(name + "1w: ", tool, folder, path, frame, "1w", "7D", hour, pd.Timestamp("1969-12-29"))
        write(path, holes)
        times, values = compare("all: ", tool, folder, path, holes, "4h", "4h", hour)
        for cut in range(1, 9):
            write(path, holes.iloc[:-cut])
            less, part, said = ours(tool, path, "4h", folder, True)
            check("no look-ahead %d" % cut, float(less == times[:len(less)] and np.array_equal(part, values[:len(less)], equal_nan=True)), 1)
            check("what is left out is named %d" % cut, float(("the last bar" in said["notes"]) == bool((holes.index[-cut - 1].hour + 1) % 4)), 1)
        write(path, whole)
        times, _, _ = ours(tool, path, "4h", folder, True, "--now", whole.index[-1].strftime("%Y-%m-%dT%H:%M:%SZ"))
        check("the forming bar is in none", float(times[-1] < (whole.index[-1] - 3 * hour).strftime("%Y-%m-%dT%H:%M:%SZ")), 1)

        model = os.path.join(folder, "model.json")
        read = ["--csv", path, "--resample", "4h"]
        run(tool, "train", *read, "--target", "price", "--window", "4", "--features", "log_return(close), col(extra)*0", "--max-fill", "5", "--model", "lstm 2 | dense 1",
            "--epochs", "1", "--out", model)
        info = json.loads(run(tool, "inspect", "--model", model, "--json"))["training"]
        check("the model is of 4 h", info["interval_seconds"], 4 * 3600)
        forecast = json.loads(run(tool, "predict", *read, "--max-fill", "5", "--model", model, "--json"))["forecasts"][0]
        check("predict", float(forecast["bar"] == times[-1] or forecast["bar"] > times[-1]), 1)
        signal = json.loads(run(tool, "signal", *read, "--max-fill", "5", "--model", model, "--json"))
        check("signal", float(signal["timestamp"] == forecast["bar"] and signal["interval_seconds"] == 4 * 3600), 1)
        judged = json.loads(run(tool, "evaluate", *read, "--max-fill", "5", "--model", model, "--json"))
        check("evaluate", float("matching" in json.dumps(judged)), 1)
        for words, code, expected in ((["--csv", path, "--resample", "90min"], 2, "expected a longer interval of whole bars"),
                                      (["--csv", path, "--resample", "1h"], 2, "expected a longer interval"),
                                      (["--csv", path, "--resample", "often"], 2, "such as 4h"),
                                      (["--csv", path, "--resample", "100w"], 3, "no whole bar"),
                                      (["--csv", path, "--model", model], 3, "4 h")):
            command = ["predict", "--max-fill", "5"] if "--model" in words else ["check"]
            ended = subprocess.run([tool, *command, *words], capture_output=True, text=True)
            check(" ".join(words[2:]) + ": exit", ended.returncode, code)
            check(" ".join(words[2:]) + ": said", float(expected in ended.stderr), 1)

        data = os.path.join(ROOT, "..", "shared", "data")
        if os.path.exists(os.path.join(data, "btcusdt_1h.csv")):
            real = os.path.join(data, "btcusdt_1h.csv")
            frame = pd.read_csv(real, index_col=0, parse_dates=True)
            compare("btcusdt 4h: ", tool, folder, real, frame, "4h", "4h", hour)
            compare("btcusdt 1d: ", tool, folder, real, frame, "1d", "1D", hour)
    print("%d passed, %d failed, 0 skipped" % (stat_compare.passed, stat_compare.failed))
    return 1 if stat_compare.failed else 0


if __name__ == "__main__":
    sys.exit(main())
