"""`lstmfc evaluate` and `backtest` against an independent program on the same forecasts.

    evaluate_compare.py [TOOL [CSV]]

Trains a small direction and a small price model, takes nothing from the tool but its forecasts, and recomputes from the candles:
which bars count, outcomes, persistence, the share of ups in the fit part, accuracy, exact binomial p, AUC, log loss, skill and
Diebold-Mariano p, errors beside persistence's, interval coverage, and, with the engine of stat_compare.py, the strategy's and
buy and hold's equity figures. Needs numpy and scipy.
"""
import csv
import json
import math
import os
import subprocess
import sys
import tempfile
from datetime import datetime, timezone

try:
    import numpy as np
    from scipy import stats
    import stat_compare
    from stat_compare import check, engine, metrics
except ImportError as e:
    print("skip evaluate_compare: Python package %s is not installed" % e.name)
    print("0 passed, 0 failed, 1 skipped")
    sys.exit(0)

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


def when(text):
    return int(datetime.fromisoformat(text.replace("Z", "")).replace(tzinfo=timezone.utc).timestamp() * 1000)


def candles(path):
    with open(path, newline="") as f:
        lines = [line for line in f if not line.startswith("#")]
    rows = [{k.lower(): v for k, v in r.items()} for r in csv.DictReader(lines)]
    time = np.array([when(r.get("time") or r.get("timestamp")) for r in rows], dtype=np.int64)
    return time, np.array([[float(r[k]) for k in ("open", "high", "low", "close")] for r in rows])


def number(text):
    return float(text) if text else math.nan


def diebold_mariano(model, baseline, h):
    """one-sided p that the model is better: Harvey, Leybourne and Newbold (1997)"""
    d = baseline - model
    n = len(d)
    c = d - d.mean()
    v = (c @ c + 2 * sum(c[k:] @ c[:-k] for k in range(1, h))) / n
    if v <= 0:
        v = (c @ c + 2 * sum((1 - k / h) * (c[k:] @ c[:-k]) for k in range(1, h))) / n
    t = d.mean() / math.sqrt(v / n) * math.sqrt((n + 1 - 2 * h + h * (h - 1) / n) / n)
    return stats.t.sf(t, n - 1)


def run(*words):
    return subprocess.run(words, check=True, capture_output=True, text=True).stdout


def compare(tool, path, folder, target, horizon):
    model, out = os.path.join(folder, target + ".json"), os.path.join(folder, target + ".csv")
    head = "dense 1 sigmoid" if target == "direction" else "dense 1"
    run(tool, "train", "--csv", path, "--target", target, "--horizon", str(horizon), "--window", "12", "--features", "log_return(close), rsi(14)/100, realized_vol(20)",
        "--model", "lstm 8 | " + head, "--epochs", "3", "--gaps", "count", "--now", "0", "--out", model, "--progress", "none")
    said = json.loads(run(tool, "evaluate", "--model", model, "--csv", path, "--now", "0", "--forecasts", out, "--json"))
    traded = json.loads(run(tool, "backtest", "--model", model, "--csv", path, "--now", "0", "--json"))
    training, e = said["training"], said["evaluation"]
    time, price = candles(path)
    close = price[:, 3]
    n, h = len(time), horizon
    name = "%s h=%d %s: " % (target, h, os.path.basename(path))

    # which bars: the last fifth of the rows is the test span; a forecast counts when its first label is there
    start = math.floor(0.8 * n)
    check(name + "seen_to", when(training["seen_to"]), time[start - 1])
    with open(out, newline="") as f:
        rows = list(csv.DictReader(f))
    check(name + "forecast bars", [when(r["time"]) for r in rows], time[start - 1:])
    t = np.arange(start - 1, n - h)
    p = np.array([number(r["probability" if target == "direction" else target]) for r in rows])
    r = np.log(close[t + h] / close[t])
    f = p[:len(t)]
    moved = close[t + h] != close[t]

    if target == "direction":
        t, r, f = t[moved], r[moved], f[moved]
        up = r > 0
        fit_to = int(np.flatnonzero(time == when(training["fit_to"]))[0])
        first = 11 + training["stable_lookback"]      # window - 1 rows before; rows are used once the start no longer matters
        s = np.arange(first, fit_to - h + 1)
        s = s[close[s + h] != close[s]]
        base = np.mean(close[s + h] > close[s])
        check(name + "fit samples", training["fit_samples"], len(s))
        check(name + "base rate of the fit part", training["base_rate"], base)
        d = e["direction"]
        hits, share = np.sum((f > 0.5) == up), up.mean()
        p0 = max(share, 1 - share)
        check(name + "count", d["count"], len(t))
        check(name + "accuracy", d["accuracy"], hits / len(t))
        check(name + "binomial p", d["p_one_sided"], stats.binomtest(int(hits), len(t), p0, "greater").pvalue)
        auc = stats.mannwhitneyu(f[up], f[~up]).statistic / (up.sum() * (~up).sum())
        check(name + "AUC", d["auc"], auc)
        loss = -np.where(up, np.log(f), np.log1p(-f))
        check(name + "log loss", d["log_loss"], loss.mean())
        check(name + "Brier", d["brier"], np.mean((f - up) ** 2))
        naive = -np.where(up, math.log(base), math.log1p(-base))
        rose = close[t] > close[t - 1]
        check(name + "repeat the last move", e["baselines"][2]["accuracy"], np.mean(rose == up))
        targets = np.where(p > 0.5, 1.0, np.where(p < 0.5, -1.0, 0.0))
    else:
        truth, forecast = close[t + h], f
        model_r = np.log(f / close[t])
        loss, naive = (model_r - r) ** 2, r ** 2
        check(name + "rmse", e["errors"]["rmse"], math.sqrt(np.mean((forecast - truth) ** 2)))
        check(name + "mae", e["errors"]["mae"], np.mean(abs(forecast - truth)))
        check(name + "r2", e["errors"]["r2"], 1 - np.sum((forecast - truth) ** 2) / np.sum((truth - truth.mean()) ** 2))
        check(name + "persistence rmse", e["persistence_errors"]["rmse"], math.sqrt(np.mean((close[t] - truth) ** 2)))
        check(name + "persistence r2", e["persistence_errors"]["r2"], 1 - np.sum((close[t] - truth) ** 2) / np.sum((truth - truth.mean()) ** 2))
        low, high = (np.array([number(row[k]) for row in rows])[:len(t)] for k in ("lower", "upper"))
        check(name + "coverage", e["intervals"]["coverage"], np.mean((truth >= low) & (truth <= high)))
        targets = np.sign(np.log(p / close[start - 1:]))
    c = e["baselines"][0]["comparison"]
    check(name + "loss", c["loss_model"], loss.mean(), 1e-7)
    check(name + "loss of persistence", c["loss_baseline"], naive.mean())
    check(name + "skill", c["skill"], 1 - loss.mean() / naive.mean(), 1e-6)
    check(name + "Diebold-Mariano p", c["p"], diebold_mariano(loss, naive, h), 1e-6)
    verdict = "yes" if 1 - loss.mean() / naive.mean() > 0 and diebold_mariano(loss, naive, h) < 0.05 else "no"
    check(name + "verdict on persistence", e["verdict"]["beats_persistence"]["verdict"] == verdict, True)

    # trading: the same positions through the other engine
    part, stamps = price[start - 1:], time[start - 1:]
    ours = engine(part, targets, 0.001, 0.0002, 1.0)
    free = engine(part, targets, 0.0, 0.0, 1.0)
    hold = engine(part, np.ones(len(part)), 0.001, 0.0002, 1.0)
    m, returns = metrics(stamps, ours, hold["equity"], free, 10000.0, None)
    for key in ("total_return", "gross_return", "volatility", "sharpe", "max_drawdown", "trades", "win_rate", "fees", "slippage", "break_even"):
        check(name + "backtest " + key, traded["metrics"][key], m[key], 1e-8)
    check(name + "buy and hold", traded["buy_and_hold"]["total_return"], hold["equity"][-1] / 10000 - 1)
    check(name + "evaluate and backtest agree", e["backtest"]["total_return"], traded["metrics"]["total_return"])


def main():
    tool = os.path.abspath(sys.argv[1] if len(sys.argv) > 1 else os.path.join(ROOT, "build", "lstmfc"))
    with tempfile.TemporaryDirectory() as folder:
        path = sys.argv[2] if len(sys.argv) > 2 else os.path.join(folder, "synthetic.csv")
        if len(sys.argv) <= 2:
            run(tool, "synth", "--bars", "1500", "--seed", "7", "--out", path)
        for target, horizon in (("direction", 1), ("direction", 4), ("price", 1), ("price", 3)):
            compare(tool, path, folder, target, horizon)
    print("%d passed, %d failed, 0 skipped" % (stat_compare.passed, stat_compare.failed))
    return stat_compare.failed > 0


if __name__ == "__main__":
    sys.exit(main())
