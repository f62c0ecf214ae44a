"""The intervals of `lstmfc` against NumPy: split conformal, adaptive (ACI) and conformalized quantile regression (CQR).

    interval_compare.py [TOOL [CSV ...]]

Trains small models of several targets with a plain loss, with pinball and with gaussian, takes nothing from the tool but what the networks say (the
forecasts of the same file without its calibration), and computes the rest a second time: scores of the calibration part, their quantile,
the split interval, the adaptive one outcome by outcome (Gibbs & Candes 2021; Romano, Patterson & Candes 2019), persistence's, and of each the
coverage with its exact binomial interval, its rolling windows with their dates, mean width, Winkler's score and its skill. Needs numpy and scipy;
where MAPIE is installed as well, its ConformalizedQuantileRegressor is asked for the CQR bounds too.
"""
import csv
import json
import math
import os
import subprocess
import sys
import tempfile
import warnings
import zlib
from datetime import datetime

try:
    import numpy as np
    from scipy import stats
    import stat_compare
    from stat_compare import check, read_candles
except ImportError as e:
    print("skip interval_compare: Python package %s is not installed" % e.name)
    print("0 passed, 0 failed, 1 skipped")
    sys.exit(0)

try:
    from mapie.regression import ConformalizedQuantileRegressor
    from sklearn.base import BaseEstimator, RegressorMixin

    class Column(RegressorMixin, BaseEstimator):
        """a fitted regression that says what stands in a column"""
        def __init__(self, column=0):
            self.column, self.fitted_ = column, True

        def fit(self, x, y):
            return self

        def predict(self, x):
            return x[:, self.column]
except ImportError:
    ConformalizedQuantileRegressor = None

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
FEATURES = "log_return(close), rsi(14)/100, realized_vol(20)"
WINDOW, LEVEL, TEST, VAL = 8, 0.8, 0.3, 0.3


def run(*words):
    return subprocess.run(words, check=True, capture_output=True, text=True).stdout


def ms(text):
    return int(datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp() * 1000)


def bounds(path, row_of, count):
    """value, lower and upper by bar, NaN where the file of forecasts has none"""
    out = np.full((3, count), np.nan)
    with open(path, newline="") as f:
        for r in csv.DictReader(f):
            value = next(r[k] for k in ("price", "log_return", "volatility", "value") if k in r)
            out[:, row_of[ms(r["time"])]] = [float(x or "nan") for x in (value, r["lower"], r["upper"])]
    return out


def uncalibrated(path, to):
    """the model file as one that was never calibrated, its checksum made right"""
    model = json.load(open(path))
    model["intervals"] = dict(level=model["intervals"]["level"], count=0, quantile=None, kind="split")
    del model["checksum"]
    text = json.dumps(model)[:-1]
    with open(to, "w") as f:
        f.write('%s,"checksum":"%08x"}' % (text, zlib.crc32(text.encode())))


def measures(truth, lower, upper, level):
    inside = (truth >= lower) & (truth <= upper)
    exact = stats.binomtest(int(inside.sum()), len(truth)).proportion_ci(0.95, method="exact")
    width = upper - lower
    return inside, dict(count=len(truth), coverage=inside.mean(), coverage_low=exact.low, coverage_high=exact.high, width=width.mean(),
                        winkler=np.mean(width + 2 / (1 - level) * (np.maximum(lower - truth, 0) + np.maximum(truth - upper, 0))))


def compare(tool, path, folder, target, loss, h):
    model, plain, out = (os.path.join(folder, f) for f in ("model.json", "plain.json", "forecasts.csv"))
    name = "%s %s %s h=%d " % (os.path.basename(path), target, loss, h)
    flags = ["--loss", loss] if loss != "mse" else []
    flags += ["--quantiles", "0.1,0.5,0.9"] if loss == "pinball" else ["--level", str(LEVEL)]
    run(tool, "train", "--csv", path, "--target", target, "--horizon", str(h), "--window", str(WINDOW), "--features", FEATURES, "--test", str(TEST),
        "--val", str(VAL), "--model", "lstm 4 | dense %d" % {"pinball": 3, "gaussian": 2}.get(loss, 1), "--epochs", "2", "--batch", "128", "--now", "0", "--out", model,
        "--progress", "none", *flags)
    said = json.loads(run(tool, "evaluate", "--model", model, "--csv", path, "--now", "0", "--forecasts", out, "--json"))
    e, kept = said["evaluation"], json.load(open(model))["intervals"]
    factor, level = json.load(open(model))["task"].get("volatility_factor", 1), kept["level"]
    time, prices = read_candles(path)
    close, row_of, total = prices[:, 3], {int(t): i for i, t in enumerate(time)}, len(time)
    adaptive = bounds(out, row_of, total)
    uncalibrated(model, plain)
    raw = np.full((3, total), np.nan)                   # what the network says of every bar
    for more in ([], ["--in-sample"]):
        run(tool, "evaluate", "--model", plain, "--csv", path, "--now", "0", "--forecasts", out, *more)
        part = bounds(out, row_of, total)
        raw = np.where(np.isnan(raw), part, raw)

    ret = np.concatenate([[np.nan], np.diff(np.log(close))])
    rv = np.array([math.sqrt(np.mean(ret[t - h + 1:t + 1] ** 2)) if t >= h else np.nan for t in range(total)])
    later = np.append(np.arange(h, total), [total - 1] * h)
    closed = np.arange(total) + h < total
    if target == "volatility":
        label, naive, learn, tell = np.log(rv[later]), np.log(rv), np.log, np.exp
    elif target == "price":
        label, naive, learn, tell = np.log(close[later] / close), 0 * close, lambda x: np.log(x / close), lambda y: close * np.exp(y)
    else:
        label, naive, learn, tell = np.log(close[later] / close), 0 * close, lambda x: x, lambda y: y
    step = np.median(np.diff(time))
    whole = np.array([closed[t] and t >= WINDOW - 1 and np.diff(time[t - WINDOW + 1:t + h + 1]).max() <= 1.5 * step for t in range(total)])

    z = stats.norm.ppf(0.5 + level / 2)
    middle = learn(raw[0] / factor if target == "volatility" else raw[0])
    low, high, unit = middle, middle, np.ones(total)
    if loss == "pinball":
        low, high = learn(raw[1]), learn(raw[2])
    elif loss == "gaussian":
        unit = (learn(raw[2]) - learn(raw[1])) / (2 * z)
    elif target != "volatility":
        unit = np.array([ret[t - 19:t + 1].std(ddof=1) if t >= 20 else np.nan for t in range(total)])
    score = np.maximum(low - label, label - high) / unit

    # the calibration part is the later half of the validation samples, which end h rows before the test span
    start, training = math.floor((1 - TEST) * total), said["training"]
    first = training["stable_lookback"] + WINDOW - 1
    samples = start - h - first
    cal = np.array([t for t in range(start - h - math.floor(VAL * samples) // 2, start - h) if whole[t]])
    scores = np.sort(score[cal])
    n = len(scores)
    check(name + "scores", np.array(kept["scores"]), scores, 1e-6)
    q = scores[math.ceil((n + 1) * level - 1e-9) - 1]
    check(name + "quantile", kept["quantile"], q, 1e-6)
    moves = np.quantile((label - naive)[cal], [0.5 - level / 2, 0.5 + level / 2])
    check(name + "persistence's quantiles", np.array(kept["naive"]), moves, 1e-9)

    def interval(q):
        lower, upper = low - q * unit, high + q * unit
        empty = lower > upper
        return tell(np.where(empty, (lower + upper) / 2, lower)), tell(np.where(empty, (lower + upper) / 2, upper))

    if loss == "pinball" and ConformalizedQuantileRegressor:
        x, at = np.c_[low, high, middle], np.array([t for t in range(start - 1, total) if low[t] - q <= high[t] + q])
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            theirs = ConformalizedQuantileRegressor(estimator=[Column(0), Column(1), Column(2)], confidence_level=level, prefit=True)
            theirs.conformalize(x[cal], label[cal])
            theirs = theirs.predict_interval(x[at], symmetric_correction=True)[1][:, :, 0].T
        kept_q = kept["quantile"]
        check(name + "MAPIE", np.array([low[at] - kept_q, high[at] + kept_q]), theirs, 1e-6)

    issued, alpha, replayed, clamped = np.full(total, np.nan), 1 - level, 0, 0
    for t in range(start - 1, total):                   # the outcome that closes with this bar, then the forecast of this bar
        if t - h >= start - 1 and whole[t - h]:
            alpha += 0.01 * (1 - level - (score[t - h] > issued[t - h]))
            replayed += 1
        a = min(max(alpha, 1 / (n + 1)), n / (n + 1))
        clamped += replayed > 0 and a != alpha
        issued[t] = scores[math.ceil((n + 1) * (1 - a) - 1e-9) - 1]
    after = np.arange(start - 1, total)
    for side, ours in zip(("lower", "upper"), interval(issued)):
        check(name + "adaptive " + side, adaptive[1 + ("upper" == side)][after], ours[after], 1e-6)
    check(name + "replayed", e["intervals"]["replayed"], replayed, 0)
    check(name + "clamped", e["intervals"]["clamped"], clamped, 0)
    check(name + "alpha", e["intervals"]["alpha"], alpha, 1e-9)

    rows = np.array([t for t in after if whole[t]])
    check(name + "count", e["count"], len(rows), 0)
    truth = tell(label)[rows]
    both = (tell(naive + moves[0]), tell(naive + moves[1]))
    _, expected = measures(truth, both[0][rows], both[1][rows], level)
    baseline = expected["winkler"]
    for k in ("count", "coverage", "width", "winkler"):
        check(name + "persistence " + k, e["intervals"]["persistence"][k], expected[k], 1e-6)
    kinds = dict(aci=interval(issued), split=interval(q))
    if loss != "mse":
        kinds[{"pinball": "quantiles", "gaussian": "gaussian"}[loss]] = (raw[1], raw[2])
    check(name + "kinds", float(set(kinds) == {k for k, v in e["intervals"].items() if isinstance(v, dict)} - {"persistence"}), 1)
    for kind, (lower, upper) in kinds.items():
        got = e["intervals"][kind]
        inside, expected = measures(truth, lower[rows], upper[rows], level)
        for k, v in expected.items():
            check(name + kind + " " + k, got[k], v, 1e-6)
        check(name + kind + " winkler_skill", got["winkler_skill"], 1 - expected["winkler"] / baseline, 1e-6)
        if target == "return":
            prices = close[rows] * np.exp(np.array([truth, lower[rows], upper[rows]]))
            check(name + kind + " winkler_price", got["winkler_price"], measures(*prices, level)[1]["winkler"], 1e-6)
        size = min(250, len(rows) // 4)
        share = np.lib.stride_tricks.sliding_window_view(inside, size).mean(axis=1)
        worst = int(np.argmin(share))
        for k, v in dict(window=size, lowest=share.min(), median=np.median(share), highest=share.max()).items():
            check(name + kind + " rolling " + k, got["rolling"][k], v, 1e-9)
        check(name + kind + " lowest window", np.array([ms(got["rolling"]["lowest_from"]), ms(got["rolling"]["lowest_to"])], dtype=float),
              np.array([time[rows[worst]], time[rows[worst + size - 1]]], dtype=float), 0)


def main():
    tool = os.path.abspath(sys.argv[1] if len(sys.argv) > 1 else os.path.join(ROOT, "build", "lstmfc"))
    data = os.environ.get("LSTMFC_DATA") or os.path.join(ROOT, "..", "shared", "data")
    with tempfile.TemporaryDirectory() as folder:
        files = sys.argv[2:]
        if not files:
            files = [os.path.join(folder, "synthetic.csv")]
            run(tool, "synth", "--bars", "1500", "--seed", "7", "--out", files[0])
            real = os.path.join(data, "yahoo_BTC-USD.csv")
            files += [real] if os.path.exists(real) else []
        for path in files:
            for target, h in (("price", 1), ("return", 3), ("volatility", 5)):
                for loss in ("mse", "pinball", "gaussian"):
                    compare(tool, path, folder, target, loss, h)
    print("%d passed, %d failed, 0 skipped" % (stat_compare.passed, stat_compare.failed))
    return 1 if stat_compare.failed else 0


if __name__ == "__main__":
    sys.exit(main())
