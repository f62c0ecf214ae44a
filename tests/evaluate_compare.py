"""`lstmfc evaluate` and `backtest` against an independent program on the same forecasts.

    evaluate_compare.py [TOOL [CSV ...]]

Trains small models of every target on synthetic candles, and on real ones where they are, takes nothing from the tool but its
forecasts, and recomputes from the candles: which bars count and why others do not, outcomes, the share of ups in the fit part,
every figure of the forecasts and of persistence, interval scores, baselines (base rate, last move, no change, last volatility,
EWMA, HAR, GARCH, ridge, logistic; refitted here) with skill and Diebold-Mariano p, the verdicts, and, with the engine of
stat_compare.py, every figure of the strategy and of buy and hold. Then every skill, QLIKE and p once more from the file of forecasts
alone, and all of it from candles that begin 380 rows before the test span. Needs numpy and scipy.
"""
import csv
import json
import math
import os
import subprocess
import sys
import tempfile
from datetime import datetime

try:
    import numpy as np
    from scipy import optimize, stats
    import stat_compare
    from stat_compare import check, engine, metrics, read_candles
except ImportError as e:
    print("skip evaluate_compare: Python package %s is not installed" % e.name)
    print("0 passed, 0 failed, 1 skipped")
    sys.exit(0)

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


def dm(model, base, h):
    """loss_model, loss_baseline, skill, statistic, p"""
    d = base - model
    m, c = len(d), d - d.mean()
    gamma = [np.sum(c[k:] * c[:m - k]) / m for k in range(h)]
    v = gamma[0] + 2 * sum(gamma[1:])
    if v <= 0:
        v = gamma[0] + 2 * sum((1 - k / h) * gamma[k] for k in range(1, h))
    s = d.mean() / math.sqrt(v / m) * math.sqrt((m + 1 - 2 * h + h * (h - 1) / m) / m)
    return dict(loss_model=model.mean(), loss_baseline=base.mean(), skill=1 - model.mean() / base.mean(), statistic=s, p=stats.t.sf(s, m - 1))


def run(*words):
    return subprocess.run(words, check=True, capture_output=True, text=True).stdout


COLUMNS = {"base rate": "persistence", "always up": "persistence", "repeat the last move": "last_move", "reverse the last move": "last_move",
           "logistic regression": "logistic", "no change": "persistence", "ridge regression": "ridge", "last volatility": "persistence",
           "EWMA 0.94": "ewma", "HAR-RV": "har", "GARCH(1,1)": "garch"}


def from_file_of_forecasts(name, path, target, h, e):
    """every comparison of the evaluation `e`, from nothing but the rows whose left_out is empty; returns all rows by column"""
    with open(path, newline="") as f:
        rows = list(csv.DictReader(f))
    column = {k: np.array([float(r[k] or "nan") for r in rows]) for k in rows[0] if k not in ("time", "target_time", "left_out")}
    use = np.array([not r["left_out"] for r in rows])
    ours = {"direction": "probability", "return": "log_return"}.get(target, target)
    truth, close = column["outcome"][use], column["close"][use]

    def loss(said):
        said = said[use]
        if target == "direction":
            return -np.log(np.where(truth == 1, said, 1 - said))
        if target == "volatility":
            return (truth / said) ** 2 - 2 * np.log(truth / said) - 1
        return (np.log(said / truth) if target == "price" else said - truth) ** 2

    for b in e["baselines"]:
        for k, v in dm(loss(column[ours]), loss(column[COLUMNS[b["name"]]]), h).items():
            check(name + "from the file: " + b["name"] + "." + k, b["comparison"][k], v, 1e-7)
    return column


def linear(kind, x, y, fit, validation):
    """penalty, weights and intercept of ridge or logistic: the penalty of least validation loss, the stronger on a tie"""
    best = None
    for penalty in [10.0 ** k for k in range(2, -7, -1)]:
        a, b = x[fit], y[fit]
        if kind == "ridge":
            mean, centre = a.mean(0), b.mean()
            w = np.linalg.solve((a - mean).T @ (a - mean) / len(a) + penalty * np.eye(a.shape[1]), (a - mean).T @ (b - centre) / len(a))
            w0 = centre - mean @ w
            lost = np.mean((x[validation] @ w + w0 - y[validation]) ** 2)
        else:
            def value(v):
                z = a @ v[:-1] + v[-1]
                return np.mean(np.logaddexp(0, z) - b * z) + penalty * v[:-1] @ v[:-1]

            def slope(v):
                r = 1 / (1 + np.exp(-(a @ v[:-1] + v[-1]))) - b
                return np.append(a.T @ r / len(a) + 2 * penalty * v[:-1], r.mean())

            v = optimize.minimize(value, np.zeros(x.shape[1] + 1), jac=slope, method="BFGS", options=dict(gtol=1e-10)).x
            w, w0 = v[:-1], v[-1]
            z = x[validation] @ w + w0
            lost = np.mean(np.logaddexp(0, z) - y[validation] * z)
        if best is None or lost < best[0]:
            best = lost, penalty, w, w0
    return best[1:]


def refit(name, tool, path, model, column, target, h, window, said, close, time, all_rows, ret, features):
    """the baselines of the model file, fitted again: ridge or logistic, rates of the last move, HAR, GARCH, the factors"""
    kept, training = json.load(open(model))["training"]["baselines"], said["training"]
    table = list(csv.reader(run(tool, "indicators", "--csv", path, "--now", "0", "--features", features).splitlines()))[1:]
    x = np.array([[float(v or "nan") for v in r[1:]] for r in table])
    start, seen, step = training["stable_lookback"], math.floor(0.8 * len(close)), np.median(np.diff(time))
    fit_end = int(np.searchsorted(time, all_times(training["fit_to"]))) - h + 1
    x = (x - x[start:fit_end].mean(0)) / x[start:fit_end].std(0)
    usable = [t for t in range(start + window - 1, seen - h) if np.diff(time[t - window + 1:t + h + 1]).max() <= 1.5 * step
              and (target != "direction" or close[t + h] != close[t])]
    first = seen - h - math.floor(0.2 * (seen - h - (start + window - 1)))
    fit = np.array([t for t in usable if t < fit_end])
    validation = np.array([t for t in usable if t >= first])[:training["validation_samples"]]
    check(name + "fit samples", training["fit_samples"], len(fit), 0)
    if target == "direction":
        y = (np.roll(close, -h) > close).astype(float)
        penalty, w, w0 = linear("logistic", x, y, fit, validation)
        check(name + "logistic penalty", kept["logistic"]["penalty"], penalty, 1e-12)
        check(name + "logistic", column["logistic"], 1 / (1 + np.exp(-(x[all_rows] @ w + w0))), 1e-5)
        rose = close > np.roll(close, 1)
        rates = [y[fit][rose[fit] == k].mean() for k in (False, True)]
        check(name + "rates of the last move", kept["last_move"], rates)
        check(name + "last move", column["last_move"], np.array(rates)[rose[all_rows].astype(int)])
        return
    y = np.log(np.roll(close, -h) / close)
    rv = np.full(len(ret), np.nan)
    for t in range(h, len(ret)):
        rv[t] = math.sqrt(np.mean(ret[t - h + 1:t + 1] ** 2))
    if target == "volatility":
        y = np.log(np.roll(rv, -h))
    windows = np.full((len(x), window * x.shape[1]), np.nan)
    for t in range(window - 1, len(x)):
        windows[t] = x[t - window + 1:t + 1].ravel()
    penalty, w, w0 = linear("ridge", windows, y, fit, validation)
    check(name + "ridge penalty", kept["ridge"]["penalty"], penalty, 1e-12)
    ridge = windows @ w + w0
    if target != "volatility":
        check(name + "ridge", column["ridge"], close[all_rows] * np.exp(ridge[all_rows]) if target == "price" else ridge[all_rows], 1e-4)
        return
    s = math.sqrt(np.mean(np.exp(2 * (y - ridge)[validation])))
    check(name + "the factor of ridge", kept["ridge"]["factor"], s, 1e-5)
    use = np.array([t for t in range(22 * h, fit_end)])
    parts = lambda t: [1, rv[t], math.sqrt(np.mean(ret[t - 5 * h + 1:t + 1] ** 2)), math.sqrt(np.mean(ret[t - 22 * h + 1:t + 1] ** 2))]
    coefficients = np.linalg.lstsq(np.array([parts(t) for t in use]), rv[use + h], rcond=None)[0]
    floor = rv[use + h][rv[use + h] > 0].min()
    har = lambda rows: np.maximum([np.dot(coefficients, parts(t)) for t in rows], floor)
    check(name + "HAR", kept["har"], np.append(coefficients, floor), 1e-6)
    check(name + "HAR forecasts", column["har"], har(all_rows), 1e-7)
    ridge = np.maximum(s * np.exp(ridge), floor)
    check(name + "ridge", column["ridge"], ridge[all_rows], 1e-4)
    truth = np.exp(y[validation])
    qlike = lambda f: np.mean((truth / f) ** 2 - 2 * np.log(truth / f) - 1)
    check(name + "validation QLIKE of HAR", kept["har_loss"], qlike(har(validation)), 1e-7)
    check(name + "validation QLIKE of ridge", kept["linear_loss"], qlike(ridge[validation]), 1e-4)
    better = "HAR-RV" if kept["har_loss"] <= kept["linear_loss"] else "ridge regression"
    check(name + "a linear model is " + better, float(" of %s: " % better in said["evaluation"]["verdict"]["beats_a_linear_model"]["reason"]), 1)
    r = ret[1:fit_end + h]
    target_variance = np.mean(r ** 2)

    def likelihood(v):
        p, share = 1 / (1 + np.exp(-v))
        alpha, beta, variance, total = p * share, p * (1 - share), target_variance, 0.0
        for square in r ** 2:
            total += math.log(variance) + square / variance
            variance = target_variance * (1 - p) + alpha * square + beta * variance
        return total

    theirs = optimize.minimize(likelihood, [3.0, -2.0], method="Nelder-Mead", options=dict(xatol=1e-6, fatol=1e-8, maxiter=400)).fun
    garch = kept["garch"]
    logit = lambda p: math.log(p / (1 - p))
    p = garch["alpha"] + garch["beta"]
    check(name + "GARCH long run", garch["long_run"], target_variance)
    check(name + "GARCH: as likely as what SciPy finds", likelihood(np.array([logit(p), logit(garch["alpha"] / p)])), theirs, 1e-6)
    variance, told = target_variance, np.full(len(ret), np.nan)
    for t in range(len(ret)):
        square = variance if np.isnan(ret[t]) else ret[t] ** 2
        variance = target_variance * (1 - p) + garch["alpha"] * square + garch["beta"] * variance
        told[t] = math.sqrt(target_variance + np.mean(p ** np.arange(h)) * (variance - target_variance))
    check(name + "GARCH forecasts", column["garch"], told[all_rows], 1e-9)
    # the network's own factor makes the mean of RV^2 / forecast^2 one over the validation samples
    out = model + ".in.csv"
    run(tool, "evaluate", "--model", model, "--csv", path, "--now", "0", "--in-sample", "--forecasts", out)
    with open(out, newline="") as f:
        value = np.array([float(r["volatility"] or "nan") for r in csv.DictReader(f)])
    check(name + "factor", np.mean((truth / value[validation]) ** 2), 1, 1e-9)
    check(name + "factor, told", json.load(open(model))["task"]["volatility_factor"], training["volatility_factor"], 0)


def all_times(text):
    return int(datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp() * 1000)


def cut_short(name, tool, path, folder, model, e, forecasts):
    """candles that begin 380 rows before the test span: the same numbers, to the last digit"""
    part, out = os.path.join(folder, "part.csv"), os.path.join(folder, "part_forecasts.csv")
    with open(path) as f:
        lines = [line for line in f if not line.startswith("#")]
    begin = next(i for i, line in enumerate(lines) if i and line.replace(" ", "T")[:10] == forecasts[0]["time"][:10]) - 380
    with open(part, "w") as f:
        f.writelines(lines[:1] + lines[begin:])
    again = json.loads(run(tool, "evaluate", "--model", model, "--csv", part, "--now", "0", "--forecasts", out, "--json"))["evaluation"]
    check(name + "cut: the verdict", float(again["verdict"] == e["verdict"]), 1)
    check(name + "cut: the baselines", float(again["baselines"] == e["baselines"]), 1)
    with open(out, newline="") as f:
        again = list(csv.DictReader(f))
    for k in forecasts[0]:
        if k != "novelty":                          # a recursive feature remembers where its series began, beyond the digits of a float
            check(name + "cut: " + k, float([r[k] for r in again] == [r[k] for r in forecasts]), 1)


def compare(tool, path, folder, target, h, window):
    model, out = os.path.join(folder, "model.json"), os.path.join(folder, "forecasts.csv")
    head = "dense 1 sigmoid" if target == "direction" else "dense 1"
    features = "log_return(close), rsi(14)/100, realized_vol(20)"
    run(tool, "train", "--csv", path, "--target", target, "--horizon", str(h), "--window", str(window), "--features", features,
        "--model", "lstm 8 | " + head, "--epochs", "3", "--batch", "128", "--now", "0", "--out", model, "--progress", "none")
    said = json.loads(run(tool, "evaluate", "--model", model, "--csv", path, "--now", "0", "--forecasts", out, "--json"))
    e = said["evaluation"]
    time, prices = read_candles(path)
    close = prices[:, 3]
    name = "%s %s h=%d " % (os.path.basename(path), target, h)
    column = from_file_of_forecasts(name, out, target, h, e)
    with open(out, newline="") as f:
        cut_short(name, tool, path, folder, model, e, list(csv.DictReader(f)))
    row_of = {int(t): i for i, t in enumerate(time)}

    def ms(text):
        return int(datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp() * 1000)

    step = np.median(np.diff(time))
    ret = np.concatenate([[np.nan], np.diff(np.log(close))])
    rows, value, lower, upper, all_rows, all_value = [], [], [], [], [], []
    left_out = dict(not_closed=0, equal_closes=0, over_gaps=0)
    with open(out, newline="") as f:
        for r in csv.DictReader(f):
            t = row_of[ms(r["time"])]
            v = float(r[{"direction": "probability", "return": "log_return"}.get(target, target)] or "nan")
            all_rows.append(t)
            all_value.append(v)
            if t + h >= len(close):
                left_out["not_closed"] += 1
            elif np.diff(time[max(0, t - window + 1):t + h + 1]).max() > 1.5 * step:
                left_out["over_gaps"] += 1
            elif target == "direction" and close[t + h] == close[t]:
                left_out["equal_closes"] += 1
            else:
                rows.append(t)
                value.append(v)
                lower.append(float(r["lower"] or "nan"))
                upper.append(float(r["upper"] or "nan"))
    rows, value, lower, upper = np.array(rows), np.array(value), np.array(lower), np.array(upper)
    check(name + "count", e["count"], len(rows), 0)
    for k, v in left_out.items():
        check(name + k, e[k], v, 0)
    # the last fifth of the rows is the test span: forecasts begin at the close before it
    start = math.floor(0.8 * len(close))
    check(name + "seen_to", ms(said["training"]["seen_to"]), time[start - 1], 0)
    check(name + "forecast bars", all_rows, np.arange(start - 1, len(close)), 0)
    baseline = {b["name"]: b for b in e["baselines"]}
    refit(name, tool, path, model, column, target, h, window, said, close, time, np.array(all_rows), ret, features)
    fit_from, fit_to = row_of[ms(said["training"]["from"])], row_of[ms(said["training"]["fit_to"])]

    def check_all(what, got, expected, tolerance=1e-7):
        for k, v in expected.items():
            check(name + what + "." + k, math.nan if got[k] is None else got[k], v, tolerance)

    def errors(truth, forecast):
        x = forecast - truth
        return dict(mse=np.mean(x ** 2), rmse=math.sqrt(np.mean(x ** 2)), mae=np.mean(abs(x)), mape=np.mean(abs(x / truth)), bias=x.mean(),
                    r2=1 - np.sum(x ** 2) / np.sum((truth - truth.mean()) ** 2), correlation=np.corrcoef(truth, forecast)[0, 1])

    def timmermann(called, went):
        """Pesaran & Timmermann (1992), one-sided p"""
        m, py, px = len(went), went.mean(), called.mean()
        chance = py * px + (1 - py) * (1 - px)
        spread = (chance * (1 - chance) / m - ((2 * py - 1) ** 2 * px * (1 - px) / m + (2 * px - 1) ** 2 * py * (1 - py) / m
                                               + 4 * py * px * (1 - py) * (1 - px) / m ** 2))
        return stats.norm.sf((np.mean(called == went) - chance) / math.sqrt(spread)) if 0 < px < 1 and 0 < py < 1 and spread > 0 else math.nan

    if target == "direction":
        y = (close[rows + h] > close[rows]).astype(float)
        call_up, n = (value > 0.5).astype(float), len(y)
        ranks, up = stats.rankdata(value), y == 1
        v10, v01 = (ranks[up] - stats.rankdata(value[up])) / np.sum(~up), 1 - (ranks[~up] - stats.rankdata(value[~up])) / np.sum(up)
        tenth = np.minimum((value * 10).astype(int), 9)
        check(name + "calibration error", e["calibration_error"],
              sum(np.mean(tenth == b) * abs(value[tenth == b].mean() - y[tenth == b].mean()) for b in set(tenth)))
        check_all("direction", e["direction"], dict(
            auc_se=math.sqrt(v10.var(ddof=1) / len(v10) + v01.var(ddof=1) / len(v01)), pt_p=timmermann(call_up, y),
            mcc=np.corrcoef(call_up, y)[0, 1] if 0 < call_up.mean() < 1 else math.nan, log_loss=np.mean(-np.log(np.where(up, value, 1 - value)))))
        hits, p0 = int(np.sum(call_up == y)), max(y.mean(), 1 - y.mean())
        wilson = stats.binomtest(hits, n, p0).proportion_ci(0.95, method="wilson")
        check_all("direction", e["direction"], dict(
            count=n, up=y.sum(), true_up=np.sum(call_up * y), accuracy=hits / n, accuracy_low=wilson.low, accuracy_high=wilson.high, base_rate=y.mean(),
            p_one_sided=stats.binomtest(hits, n, p0, alternative="greater").pvalue, p_two_sided=stats.binomtest(hits, n, p0).pvalue,
            auc=stats.mannwhitneyu(value[y == 1], value[y == 0]).statistic / np.sum(y == 1) / np.sum(y == 0), brier=np.mean((value - y) ** 2)))
        loss = -np.log(np.where(y == 1, value, 1 - value))
        base = said["training"]["base_rate"]
        first = fit_from + said["training"]["stable_lookback"] + window - 1
        moves = [close[t + h] > close[t] for t in range(first, fit_to - h + 1)
                 if close[t + h] != close[t] and np.diff(time[t - window + 1:t + h + 1]).max() <= 1.5 * step]
        check(name + "fit samples", said["training"]["fit_samples"], len(moves), 0)
        check(name + "base rate of the fit part", base, np.mean(moves))
        base_loss = -np.log(np.where(y == 1, base, 1 - base))
        check_all("base rate", baseline["base rate"]["comparison"], dm(loss, base_loss, h))
        rose = close[rows] > close[rows - 1]
        check(name + "always up", baseline["always up"]["accuracy"], y.mean())
        check(name + "repeat", baseline["repeat the last move"]["accuracy"], np.mean(rose == (y == 1)))
        check(name + "reverse", baseline["reverse the last move"]["accuracy"], np.mean(rose != (y == 1)))
        wanted = np.sign(np.array(all_value) - 0.5)
    elif target in ("price", "return"):
        moved = np.log(close[rows + h] / close[rows])
        truth, naive = (close[rows + h], close[rows]) if target == "price" else (moved, 0 * moved)
        forecast = np.log(value / close[rows]) if target == "price" else value
        check_all("errors", e["errors"], errors(truth, value))
        if target == "price":
            check_all("persistence", e["persistence_errors"], errors(truth, naive))
            check(name + "theil_u2", e["theil_u2"], math.sqrt(np.sum(((value - truth) / naive) ** 2) / np.sum(((truth - naive) / naive) ** 2)))
        check_all("no change", baseline["no change"]["comparison"], dm((forecast - moved) ** 2, moved ** 2, h))
        wanted = np.sign(np.log(np.array(all_value) / close[all_rows]) if target == "price" else np.array(all_value))
    else:
        rv = lambda t: np.sqrt(np.mean(ret[t - h + 1:t + 1] ** 2)) if t - h + 1 > 0 else np.nan
        truth, naive = np.array([rv(t + h) for t in rows]), np.array([rv(t) for t in rows])
        qlike = lambda f: (truth / f) ** 2 - 2 * np.log(truth / f) - 1
        check_all("errors", e["errors"], errors(truth, value))
        check_all("persistence", e["persistence_errors"], errors(truth, naive))
        check_all("last volatility", baseline["last volatility"]["comparison"], dm(qlike(value), qlike(naive), h))
        check(name + "ln error", baseline["last volatility"]["ln_squared_error"], np.mean(np.log(naive / truth) ** 2))
        s, ewma = np.nan, np.full(len(ret), np.nan)
        for t in range(1, len(ret)):
            s = ret[t] ** 2 if np.isnan(s) else 0.94 * s + 0.06 * ret[t] ** 2
            ewma[t] = math.sqrt(s)
        check_all("ewma", baseline["EWMA 0.94"]["comparison"], dm(qlike(value), qlike(ewma[rows]), h))
        parts = lambda t: [1, rv(t), math.sqrt(np.mean(ret[t - 5 * h + 1:t + 1] ** 2)), math.sqrt(np.mean(ret[t - 22 * h + 1:t + 1] ** 2))]
        use = [t for t in range(fit_from, fit_to + 1 - h) if t - 22 * h + 1 > 0]
        goal = np.array([rv(t + h) for t in use])
        coef = np.linalg.lstsq(np.array([parts(t) for t in use]), goal, rcond=None)[0]
        har = np.maximum([np.dot(coef, parts(t)) for t in rows], goal[goal > 0].min())
        check_all("ln RV", e, dict(ln_squared_error=np.mean(np.log(value / truth) ** 2)))
        check_all("har", baseline["HAR-RV"]["comparison"], dm(qlike(value), qlike(har), h))
    if target != "direction":
        alpha = 0.1
        truth = close[rows + h] if target == "price" else truth
        # MASE: the scale is the mean change of the outcome from bar to bar in training, where neither spans a missing bar
        known = np.arange(row_of[ms(said["training"]["from"])], start - h)
        outcome = close[known + h] if target == "price" else np.log(close[known + h] / close[known]) if target == "return" else np.array([rv(t + h) for t in known])
        outcome[[np.diff(time[max(0, t - window + 1):t + h + 1]).max() > 1.5 * step for t in known]] = np.nan
        scale = np.nanmean(abs(np.diff(outcome)))
        check_all("moves", e["moves"], dict(mase=np.mean(abs(value - truth)) / scale, mase_of_persistence=np.mean(abs(naive - truth)) / scale,
                                            relative_mae=np.mean(abs(value - truth)) / np.mean(abs(naive - truth))))
        if target != "volatility":
            thin = slice(None, None, h)
            called, went = np.sign(value - naive)[thin], np.sign(truth - naive)[thin]
            both = (called != 0) & (went != 0)
            called, went = (called[both] > 0).astype(float), (went[both] > 0).astype(float)
            commoner = max(went.mean(), 1 - went.mean())
            check_all("moves", e["moves"], dict(side_count=len(went), side_pesaran_timmermann_p=timmermann(called, went),
                      side_binomial_p=stats.binomtest(int(np.sum(called == went)), len(went), commoner, alternative="greater").pvalue))
        else:
            check_all("moves", e["moves"], dict(side_count=0, side_binomial_p=math.nan))
        width = upper - lower
        check_all("intervals", e["intervals"][e["intervals"]["kind"]], dict(coverage=np.mean((truth >= lower) & (truth <= upper)), width=width.mean(),
                  winkler=np.mean(width + 2 / alpha * (np.maximum(lower - truth, 0) + np.maximum(truth - upper, 0)))))
        inside = ((truth >= lower) & (truth <= upper)).astype(float)    # its error: what the stationary bootstrap converges to
        m, block = len(inside), max(len(inside) ** (1 / 3), h)
        c, k = inside - inside.mean(), np.arange(1, len(inside))
        gamma = np.array([np.sum(c[i:] * c[:m - i]) / m for i in range(m)])
        keep = (1 - k / m) * (1 - 1 / block) ** k + k / m * (1 - 1 / block) ** (m - k)
        check_all("intervals", e["intervals"][e["intervals"]["kind"]], dict(coverage_error=math.sqrt((gamma[0] + 2 * np.sum(keep * gamma[1:])) / m)), 0.12)
    if target != "volatility":
        traded = json.loads(run(tool, "backtest", "--model", model, "--csv", path, "--now", "0", "--json"))
        first, count = all_rows[0], len(all_rows)
        part, costs = prices[first:first + count], dict(fee=0.001, slip=0.0002, size=1.0)
        wanted = np.nan_to_num(wanted)
        strategy, hold = engine(part, wanted, **costs), engine(part, np.ones(count), **costs)
        free = dict(costs, fee=0.0, slip=0.0)
        for what, r, orders in (("backtest", strategy, wanted), ("buy_and_hold", hold, np.ones(count))):
            expected, _ = metrics(time[first:first + count], r, hold["equity"], engine(part, orders, **free), 10000.0, None)
            expected = {k: (math.nan if math.isinf(v) else v) for k, v in expected.items()}
            check_all(what, e[what], expected)
            check_all("command backtest, " + what, traded[{"backtest": "metrics"}.get(what, what)], expected)
    for b in e["baselines"]:
        if "comparison" in b:
            c = b["comparison"]
            check(name + "verdict on " + b["name"], c["better"], float(c["skill"] > 0 and c["p"] < 0.05))
    yes = e["verdict"]
    check(name + "beats persistence", float(yes["beats_persistence"]["verdict"] == "yes"), e["baselines"][0]["comparison"]["better"])
    if "backtest" in e:
        check(name + "pays its costs", float(yes["pays_its_costs"]["verdict"] == "yes"), float(e["backtest"]["mean_low"] > 0))


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
            for target, h in (("direction", 1), ("direction", 3), ("price", 1), ("price", 3), ("return", 2), ("volatility", 5)):
                compare(tool, path, folder, target, h, 8)
    print("%d passed, %d failed, 0 skipped" % (stat_compare.passed, stat_compare.failed))
    return 1 if stat_compare.failed else 0


if __name__ == "__main__":
    sys.exit(main())
