"""Chapters 16 and 20 against an independent program, on real candles (evaluate_compare.py: the command line).

    stat_compare.py [CSV ...]

The engine below was written from the protocol (the essay of chapter 20), not from the C code: it keeps a list of events
per bar and a plain dictionary, and recomputes every metric with NumPy and SciPy. Figures must agree to 1e-9. Needs a C compiler,
numpy, scipy; the market data of LSTMFC_DATA or ../shared/data.
"""
import csv
import math
import os
import subprocess
import sys
import tempfile
from datetime import datetime, timezone

try:
    import numpy as np
    from scipy import stats
except ImportError as e:
    print("skip stat_compare: Python package %s is not installed" % e.name)
    print("0 passed, 0 failed, 1 skipped")
    sys.exit(0)

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
passed, failed = 0, 0


def check(name, ours, theirs, tolerance=1e-9):
    global passed, failed
    a, b = np.atleast_1d(np.asarray(ours, float)), np.atleast_1d(np.asarray(theirs, float))
    ok = a.shape == b.shape
    if ok:
        same = (a == b) | (np.isnan(a) & np.isnan(b))
        with np.errstate(invalid="ignore"):
            near = np.abs(a - b) <= tolerance * np.maximum(np.maximum(np.abs(a), np.abs(b)), 1e-6)
        ok = bool(np.all(same | near))
    if ok:
        passed += 1
    else:
        failed += 1
        bad = np.flatnonzero(~(same | near))[:3] if a.shape == b.shape else []
        print("FAIL %s: shapes %s %s; %s" % (name, a.shape, b.shape, [(int(i), a[i], b[i]) for i in bad]))


def read_candles(path):
    """time in ms, then open high low close: complete rows of a plain file with ISO times, sorted."""
    rows = []
    with open(path, newline="") as f:
        for r in csv.DictReader(line for line in f if not line.startswith("#")):
            r = {k.lower(): v for k, v in r.items()}
            t = (r.get("time") or r.get("timestamp") or r.get("date")).replace("Z", "")
            try:
                p = [float(r[k]) for k in ("open", "high", "low", "close")]
            except ValueError:
                continue                            # "null" rows of Yahoo
            when = datetime.fromisoformat(t).replace(tzinfo=timezone.utc)
            rows.append([int(when.timestamp() * 1000)] + p)
    rows.sort()
    return np.array([r[0] for r in rows], dtype=np.int64), np.array([r[1:] for r in rows])


def engine(prices, targets, fee, slip, size, stop=None, take=None, trail=None, same_close=False, long_only=False,
           resize=True, reenter=False, balance=10000.0):
    n = len(prices)
    cash, pos, log, ruined = balance, None, [], False
    equity, worst, position = np.zeros(n), np.zeros(n), np.zeros(n)
    turnover = 0.0
    pending = None                      # (what is wanted, the side held when it was decided)
    wanted, stopped = 0.0, False        # the signal in force; whether a level has ended what it asked for

    def value(p):
        return cash + (pos["side"] * pos["q"] * p if pos else 0.0)

    def enter(t, target, p):
        nonlocal cash, pos, turnover, stopped
        if ruined or target == 0 or cash <= 0:
            return
        stopped = False
        side = 1 if target > 0 else -1
        fill = p * (1 + slip * side)
        q = abs(target) * size * cash / (fill * (1 + fee))
        turnover += q * fill / cash
        pos = dict(t=t, side=side, q=q, p=fill, fee=q * fill * fee, slip=abs(fill - p) * q, seen=[], bought=[(q, fill)], sold=[], paid=0.0,
                   won=0.0, resized=0, stop=None if stop is None else fill * (1 - side * stop), take=None if take is None else fill * (1 + side * take),
                   trail=None if trail is None else fill * (1 - side * trail))
        cash -= side * q * fill + pos["fee"]

    def leave(t, p, reason):
        nonlocal cash, pos, turnover, ruined, stopped
        see(p)
        sell(pos["q"], p, 0.0 if reason == "take" else slip)
        units = sum(q for q, _ in pos["bought"])
        cost, proceeds = sum(q * x for q, x in pos["bought"]), sum(q * x for q, x in pos["sold"])
        gross = pos["side"] * (proceeds - cost) if pos["resized"] else pos["won"]
        pnl = gross - pos["fee"] - pos["paid"]
        log.append([pos["t"], t, pos["side"], ["signal", "stop", "take", "trail", "end", "ruin"].index(reason), units, cost / units, proceeds / units,
                    pos["fee"], pos["paid"], pos["slip"], gross, pnl, max(0, -min(pos["seen"])), max(0, max(pos["seen"])),
                    pnl / cost / stop if stop else math.nan, pos["resized"]])
        pos = None
        if reason == "ruin" or cash <= 0:
            ruined = True
        if reason in ("stop", "take", "trail"):
            stopped = not reenter

    def see(p):
        pos["seen"].append(pos["side"] * (p - pos["p"]) / pos["p"])

    def sell(q, p, s):
        nonlocal cash, turnover
        fill = p * (1 - s * pos["side"])
        before = value(p)
        if before > 0:
            turnover += q * fill / before
        cash += pos["side"] * q * fill - q * fill * fee
        pos["paid"] += q * fill * fee
        pos["slip"] += abs(fill - p) * q
        pos["won"] += pos["side"] * q * (fill - pos["p"])
        pos["sold"].append((q, fill))
        pos["q"] -= q

    def resized(target, p):
        """the difference to what an entry would take from the equity at this price"""
        nonlocal cash, turnover
        side = pos["side"]
        fill = p * (1 + slip * side)
        q = abs(target) * size * value(p) / (fill * (1 + fee)) - pos["q"]
        if abs(q) <= 1e-15 * pos["q"]:
            return
        see(p)
        pos["resized"] += 1
        if q < 0:
            sell(-q, p, slip)
            return
        turnover += q * fill / value(p)
        cash -= side * q * fill + q * fill * fee
        pos["fee"] += q * fill * fee
        pos["slip"] += abs(fill - p) * q
        pos["p"] = (pos["p"] * pos["q"] + fill * q) / (pos["q"] + q)
        pos["q"] += q
        pos["bought"].append((q, fill))
        pos["stop"] = None if stop is None else pos["p"] * (1 - side * stop)
        pos["take"] = None if take is None else pos["p"] * (1 + side * take)

    def decide(want):
        """the order that this signal is, or None"""
        nonlocal wanted, stopped
        if math.isnan(want):
            return None
        changed = want != wanted if resize else np.sign(want) != np.sign(wanted)
        wanted = want
        if changed:
            stopped = False
        side = pos["side"] if pos else 0
        if np.sign(want) == side:
            return (want, side) if side and changed and resize else None
        return None if stopped else (want, side)

    def carry_out(order, t, p):
        want, side = order
        if side and np.sign(want) == side:
            if pos:                                 # else a gap has closed it, and the resizing with it
                resized(want, p)
            return
        if pos:
            leave(t, p, "signal")
        enter(t, want, p)

    def below(p, level, top):                       # at or below, and what is on the level up to rounding is on it
        return p <= level or abs(p - level) <= 4 * np.finfo(float).eps * top

    def guards():
        """(level, reason) of everything that ends the trade on the losing side, the first one met leading"""
        g = []
        if pos["stop"] is not None:
            g.append((pos["stop"], "stop"))
        if pos["trail"] is not None:
            g.append((pos["trail"], "trail"))
        if pos["side"] < 0:
            g.append((cash / (pos["q"] * (1 + slip) * (1 + fee)), "ruin"))
        g.sort(key=lambda x: x[0], reverse=pos["side"] > 0)
        return g

    for t in range(n):
        o, h, lo, c = prices[t]
        h, lo = max(h, o, c), min(lo, o, c)
        want = float(targets[t])
        if long_only and want < 0:
            want = 0.0
        if pos:
            hit = [r for lv, r in guards() if (below(o, lv, pos["p"]) if pos["side"] > 0 else below(lv, o, lv))]
            if hit:
                leave(t, o, hit[0])
            elif pos["take"] is not None and (below(pos["take"], o, pos["take"]) if pos["side"] > 0 else below(o, pos["take"], pos["p"])):
                leave(t, o, "take")
        if pending is not None:
            carry_out(pending, t, o)
            pending = None
        marks = [value(o)]
        if pos:
            bad, good = (lo, h) if pos["side"] > 0 else (h, lo)
            hit = [(lv, r) for lv, r in guards() if (below(lo, lv, pos["p"]) if pos["side"] > 0 else below(lv, h, lv))]
            if hit:
                lv, r = hit[0]
                leave(t, min(max(min(lv, o) if pos["side"] > 0 else max(lv, o), lo), h), r)
                marks.append(cash)
            else:
                marks.append(value(bad))
                see(bad)
                if pos["take"] is not None and (below(pos["take"], h, pos["take"]) if pos["side"] > 0 else below(lo, pos["take"], pos["p"])):
                    leave(t, min(max(pos["take"], lo), h), "take")
                else:
                    see(good)
                    if trail is not None:
                        new = good * (1 - pos["side"] * trail)
                        pos["trail"] = max(pos["trail"], new) if pos["side"] > 0 else min(pos["trail"], new)
        if same_close and t < n - 1:
            order = decide(want)
            if order:
                carry_out(order, t, c)
        if t == n - 1 and pos:
            leave(t, c, "end")
        equity[t] = value(c)
        worst[t] = min(marks + [equity[t]])
        position[t] = pos["side"] * pos["q"] * c / equity[t] if pos else 0.0
        if not same_close:
            pending = decide(want)
    return dict(equity=equity, worst=worst, position=position, log=log, turnover=turnover, ruined=ruined, cash=cash)


def metrics(time, run, hold, gross, balance, stop):
    e, log = run["equity"], np.array(run["log"]).reshape(-1, 16)
    before = np.concatenate([[balance], e[1:-1]])
    r = np.where(before > 0, e[1:] / before - 1, 0.0)
    hb = np.concatenate([[balance], hold[1:-1]])
    hr = hold[1:] / hb - 1
    week, step = 7 * 86400000, np.median(np.diff(time))
    k = int((time[-1] - time[0] + step) // week)
    P = np.sum(time > time[-1] - k * week) * 365.25 / (7 * k) if k else 365.25 * 86400000 / step
    days = np.unique(time // 86400000)
    D = np.sum(days > days[-1] - 7 * k) * 365.25 / (7 * k) if k else min(P, 365.25)
    years = (time[-1] - time[0]) / (365.25 * 86400000)
    m = dict(annual=P, total_return=e[-1] / balance - 1, gross_return=gross["cash"] / balance - 1)
    m["cagr"] = (e[-1] / balance) ** (1 / years) - 1
    m["volatility"] = r.std(ddof=1) * math.sqrt(P)
    sr = r.mean() / r.std(ddof=1)
    m["sharpe"] = sr * math.sqrt(P)
    g3, g4 = stats.skew(r), stats.kurtosis(r, fisher=False)
    m["sharpe_se"] = math.sqrt((1 + sr * sr / 2 - g3 * sr + (g4 - 3) / 4 * sr * sr) / len(r)) * math.sqrt(P)
    spread = 1 - g3 * sr + (g4 - 1) / 4 * sr * sr
    m["sharpe_probability"] = stats.norm.cdf(sr * math.sqrt((len(r) - 1) / spread))
    m["track_record"] = 1 + spread * (stats.norm.ppf(0.95) / sr) ** 2 if sr > 0 else math.inf
    c = r - r.mean()
    L = int(math.floor(round(len(r) ** (1 / 3), 9)))
    lrv = np.mean(c * c) + 2 * sum((1 - k / (L + 1)) * np.sum(c[k:] * c[:-k]) / len(c) for k in range(1, L + 1))
    m["sharpe_lo"] = r.mean() / math.sqrt(lrv) * math.sqrt(P)
    m["sortino"] = r.mean() * P / (math.sqrt(np.mean(np.minimum(r, 0) ** 2)) * math.sqrt(P))
    day = time // 86400000
    last = np.flatnonzero(np.append(day[1:] != day[:-1], True))
    dr = e[last][1:] / e[last][:-1] - 1
    m["sharpe_daily"] = dr.mean() / dr.std(ddof=1) * math.sqrt(min(P, D))
    peak = np.maximum.accumulate(np.concatenate([[balance], e]))
    dd = e / peak[1:] - 1
    m["max_drawdown"] = dd.min()
    m["max_drawdown_intrabar"] = min(0.0, (run["worst"] / peak[:-1] - 1).min())
    m["average_drawdown"] = dd.mean()
    m["ulcer"] = math.sqrt(np.mean(dd ** 2))
    m["calmar"] = m["cagr"] / -dd.min()
    longest, still, start = 0, 0, 0
    for t in range(len(e)):
        if dd[t] < 0:
            length = t - start
            recovered = t + 1 < len(e) and dd[t + 1] >= 0
            if recovered:
                length += 1
            if (recovered or t + 1 == len(e)) and length > longest:
                longest, still = length, 0 if recovered else 1
        else:
            start = t
    m["drawdown_bars"], m["drawdown_open"] = longest, still
    m["omega"] = r[r > 0].sum() / -r[r < 0].sum()
    m["value_at_risk"] = np.quantile(r, 0.05)
    m["conditional_value_at_risk"] = r[r <= np.quantile(r, 0.05)].mean()
    m["best_bar"], m["worst_bar"] = r.max(), r.min()
    pnl, ret = log[:, 11], log[:, 11] / (log[:, 4] * log[:, 5])
    m["trades"], m["win_rate"] = len(log), np.mean(pnl > 0)
    m["profit_factor"] = pnl[pnl > 0].sum() / -pnl[pnl < 0].sum() if (pnl < 0).any() else (math.inf if (pnl > 0).any() else math.nan)
    m["expectancy"], m["expectancy_r"] = pnl.mean(), log[:, 14].mean()
    m["average_trade"], m["best_trade"], m["worst_trade"] = ret.mean(), ret.max(), ret.min()
    risk = ret if stop is None else log[:, 14]
    if len(log) > 1:
        m["sqn_raw"] = math.sqrt(len(log)) * risk.mean() / risk.std(ddof=1)
        m["sqn"] = math.sqrt(min(100, len(log))) * risk.mean() / risk.std(ddof=1)
        p = m["win_rate"]
        m["kelly"] = p - (1 - p) / (ret[pnl > 0].mean() / -ret[pnl < 0].mean()) if (pnl < 0).any() and (pnl > 0).any() else (p if (pnl > 0).any() else math.nan)
        m["half_kelly"] = m["kelly"] / 2
    runs, current = {True: 0, False: 0}, {True: 0, False: 0}
    for x in pnl > 0:
        current[bool(x)] += 1
        current[not x] = 0
        runs[bool(x)] = max(runs[bool(x)], current[bool(x)])
    m["win_streak"], m["loss_streak"] = runs[True], runs[False]
    m["average_bars"] = np.mean(log[:, 1] - log[:, 0])
    m["exposure"] = np.mean(run["position"] != 0)
    m["turnover"], m["turnover_annual"] = run["turnover"], run["turnover"] / years
    m["fees"], m["slippage"] = log[:, 7:9].sum(), log[:, 9].sum()
    m["break_even"] = 1e4 * math.tanh(math.log(gross["cash"] / balance) / gross["turnover"])
    if hold is not run["equity"]:
        b = stats.linregress(hr, r)
        m["beta"], m["alpha"] = b.slope, b.intercept * P
        m["information_ratio"] = (r - hr).mean() / (r - hr).std(ddof=1) * math.sqrt(P)
    return m, r


def records(text):
    out, lines, i = {}, text.split("\n"), 0
    words = text.split()
    while i < len(words):
        name, n = words[i], int(words[i + 1])
        out[name] = np.array([float(w) for w in words[i + 2:i + 2 + n]])
        i += 2 + n
    return out


def write_records(path, arrays):
    with open(path, "w") as f:
        for name, x in arrays.items():
            f.write("%s %d\n" % (name, len(x)))
            f.write("\n".join("%.17g" % v for v in x) + "\n")


def call(driver, *arguments):
    p = subprocess.run([driver] + list(arguments), capture_output=True, text=True)
    if p.returncode:
        raise SystemExit("driver failed: " + p.stderr)
    return records(p.stdout)


def compare_backtest(driver, folder, path, seed):
    time, prices = read_candles(path)
    n = len(time)
    rng = np.random.default_rng(seed)
    persistent = np.cumsum(rng.normal(size=n)) / 20
    momentum = np.sign(np.concatenate([np.zeros(24), prices[24:, 3] - prices[:-24, 3]]))
    choices = {"momentum": momentum, "random": rng.choice([-1.0, 0.0, 1.0], size=n, p=[.1, .8, .1]),
               "sizes": np.clip(np.round(np.sin(persistent), 1), -1, 1), "keep": rng.choice([1.0, -0.5, 0.0, np.nan], size=n, p=[.02, .02, .02, .94])}
    settings = [("momentum", {}), ("momentum", dict(fee=0.0005, slippage=0, long_only=1)), ("random", dict(size=0.5, stop=0.02, take=0.03)),
                ("sizes", dict(trail=0.03, fee=0.0002)), ("keep", dict(stop=0.03, trail=0.02, take=0.05, size=0.25)),
                ("sizes", dict(trail=0.03, stop=0.05, take=0.1, reenter="yes")), ("sizes", dict(stop=0.03, resize="no", size=0.7)),
                ("momentum", dict(stop=0.02, take=0.04, reenter="yes")), ("keep", dict(fill="same_close", fee=0, slippage=0.0001)), ("sizes", dict(fill="same_close", trail=0.01, stop=0.02, long_only=1, fee=0, slippage=0))]
    for k, (which, s) in enumerate(settings):
        targets = choices[which]
        arrays = os.path.join(folder, "targets.txt")
        write_records(arrays, {"targets": targets})
        got = call(driver, "backtest", path, arrays, "resamples=200", *["%s=%s" % kv for kv in s.items()])
        a = dict(fee=s.get("fee", 0.001), slip=s.get("slippage", 0.0002), size=s.get("size", 1.0), same_close=s.get("fill") == "same_close",
                 long_only=bool(s.get("long_only")), resize=s.get("resize") != "no", reenter=s.get("reenter") == "yes")
        st = dict(stop=s.get("stop"), take=s.get("take"), trail=s.get("trail"))
        free = dict(a, fee=0.0, slip=0.0)
        moves = np.concatenate([[np.nan], np.sign(np.diff(prices[:, 3]))])
        moves[moves == 0] = np.nan
        run, hold, pers = engine(prices, targets, **a, **st), engine(prices, np.ones(n), **a), engine(prices, moves, **a)
        name = "%s %s %s" % (os.path.basename(path), which, s)
        for key in ("equity", "worst", "position"):
            check(name + " " + key, got[key], run[key])
        check(name + " hold", got["hold"], hold["equity"])
        check(name + " persistence", got["persistence"], pers["equity"])
        check(name + " trades", got["trades"], np.array(run["log"]).reshape(-1), 1e-7)
        for label, r, orders, guard in (("strategy", run, targets, st), ("hold", hold, np.ones(n), {}), ("persistence", pers, moves, {})):
            if r["ruined"]:
                print("%s %s is ruined: metrics not compared" % (name, label))
                continue
            expected, returns = metrics(time, r, hold["equity"], engine(prices, orders, **free, **guard), 10000.0, guard.get("stop"))
            for metric, value in expected.items():
                check("%s %s.%s" % (name, label, metric), got["%s.%s" % (label, metric)], value, 1e-7)
            if label == "strategy":         # another generator, so only to its own error
                block = len(returns) ** (1 / 3)
                means = []
                for _ in range(200):
                    starts = rng.random(len(returns)) < 1 / block
                    starts[0] = True
                    idx = np.flatnonzero(starts)
                    base = rng.integers(len(returns), size=len(idx))
                    rows = (np.repeat(base - idx, np.diff(np.append(idx, len(returns)))) + np.arange(len(returns))) % len(returns)
                    means.append(returns[rows].mean())
                width = np.quantile(means, .95) - np.quantile(means, .05)
                check(name + " interval width", (got["strategy.mean_high"] - got["strategy.mean_low"]) / width, 1.0, 0.3)
        sys.stdout.flush()


def compare_statistics(driver, folder, path):
    time, prices = read_candles(path)
    rng = np.random.default_rng(7)
    ret = np.concatenate([[np.nan], np.diff(np.log(prices[:, 3]))])
    n, split, h = len(ret), int(0.8 * len(ret)), 24
    test = np.arange(split, n - 1)
    label = (prices[test + 1, 3] > prices[test, 3]).astype(float)
    # a weak real forecast: reversal of the last move, plus noise
    prob = np.round(1 / (1 + np.exp(8 * ret[test] - 0.1 * rng.normal(size=len(test)))), 3)
    loss = -np.log(np.where(label == 1, prob, 1 - prob))
    base_rate = np.mean(prices[1:split, 3] > prices[:split - 1, 3])
    base = -np.log(np.where(label == 1, base_rate, 1 - base_rate))
    fit = (22 * h, split - h)
    arrays = os.path.join(folder, "arrays.txt")
    write_records(arrays, dict(probability=prob, label=label, loss_model=loss, loss_baseline=base, returns=ret, fit=fit))
    got = call(driver, "statistics", arrays)
    call_up = (prob > 0.5).astype(float)
    hits, m = int(np.sum(call_up == label)), len(label)
    p0 = max(label.mean(), 1 - label.mean())
    up, down = prob[label == 1], prob[label == 0]
    rank = stats.rankdata(prob)
    ru, rd = stats.rankdata(up), stats.rankdata(down)
    v10 = (rank[label == 1] - ru) / len(down)
    v01 = 1 - (rank[label == 0] - rd) / len(up)
    expected = dict(count=m, up=label.sum(), accuracy=hits / m, p_one_sided=stats.binomtest(hits, m, p0, alternative="greater").pvalue,
                    p_two_sided=stats.binomtest(hits, m, p0).pvalue, auc=stats.mannwhitneyu(up, down).statistic / len(up) / len(down),
                    auc_se=math.sqrt(v10.var(ddof=1) / len(up) + v01.var(ddof=1) / len(down)), brier=np.mean((prob - label) ** 2), log_loss=loss.mean(),
                    mcc=np.corrcoef(call_up, label)[0, 1])
    for k, v in expected.items():
        check("direction." + k, got["direction." + k], v)
    for lags in (1, 24):
        d = base - loss
        c = d - d.mean()
        v = np.sum(c * c) / m + 2 * sum(np.sum(c[k:] * c[:-k]) / m for k in range(1, lags))
        s = d.mean() / math.sqrt(v / m) * math.sqrt((m + 1 - 2 * lags + lags * (lags - 1) / m) / m)
        check("compare%d statistic" % lags, got["compare%d.statistic" % lags], s)
        check("compare%d p" % lags, got["compare%d.p" % lags], stats.t.sf(s, m - 1))
        check("compare%d skill" % lags, got["compare%d.skill" % lags], 1 - loss.mean() / base.mean(), 1e-8)
    check("bootstrap mean", got["bootstrap"][0], loss.mean())
    sq = ret ** 2
    cs = np.concatenate([[0.0], np.cumsum(np.nan_to_num(sq))])

    def rv(t, k):
        return np.where(t - k >= 0, np.sqrt((cs[t + 1] - cs[np.maximum(t + 1 - k, 0)]) / k), np.nan)

    t = np.arange(fit[0], fit[1])
    A = np.column_stack([np.ones(len(t)), rv(t, h), rv(t, 5 * h), rv(t, 22 * h)])
    coef = np.linalg.lstsq(A, rv(t + h, h), rcond=None)[0]
    check("har coefficients", got["har_coefficients"], coef, 1e-6)
    later = np.arange(split, n)
    check("har forecasts", got["har"][later], np.maximum(coef[0] + coef[1] * rv(later, h) + coef[2] * rv(later, 5 * h) + coef[3] * rv(later, 22 * h), rv(t + h, h).min()), 1e-6)
    ew, s = [], sq[1]
    for x in sq[1:]:
        s = s if not ew else 0.94 * s + 0.06 * x
        ew.append(math.sqrt(s))
    check("ewma", got["ewma"][1:], ew)
    omega, al, be = got["garch_parameters"]
    target = np.mean(sq[fit[0]:fit[1]])
    check("garch targets the variance", omega / (1 - al - be), target)

    def garch(al, be):
        s2, L = target, 0.0
        for x in sq[fit[0]:fit[1]]:
            L += math.log(s2) + x / s2
            s2 = target * (1 - al - be) + al * x + be * s2
        return L

    best = garch(al, be)
    for da, db in ((.002, 0), (-.002, 0), (0, .002), (0, -.002), (.002, -.002), (-.002, .002), (.001, -.002)):
        if al + da > 0 and al + be + da + db < 1:
            check("garch is a minimum", float(garch(al + da, be + db) >= best - 1e-6), 1.0)


def main():
    data = os.environ.get("LSTMFC_DATA") or os.path.join(ROOT, "..", "shared", "data")
    files = sys.argv[1:] or [os.path.join(data, f) for f in ("yahoo_BTC-USD.csv", "btcusdt_1h.csv")]
    files = [f for f in files if os.path.exists(f)]
    if not files:
        print("skip stat_compare: market data not found (LSTMFC_DATA)")
        print("0 passed, 0 failed, 1 skipped")
        return 0
    with tempfile.TemporaryDirectory() as folder:
        driver = os.path.join(folder, "stat_driver")
        subprocess.run([os.environ.get("CC", "cc"), "-std=c99", "-O2", "-ffp-contract=off", "-DLSTMFC_STATIC", "-Wno-unused-function", "-I", ROOT,
                        os.path.join(ROOT, "tests", "stat_driver.c"), "-o", driver, "-lm"], check=True)
        for k, path in enumerate(files):
            compare_backtest(driver, folder, path, 100 + k)
        compare_statistics(driver, folder, files[-1])
    print("%d passed, %d failed, 0 skipped" % (passed, failed))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
