"""System E's signals, `lstmfc backtest --rules e` and `signal`, against an independent program.

    signal_compare.py [TOOL]

From the candles alone, with TA-Lib and pandas: the clauses of every bar and side, the three thresholds, the funnel, and from the
forecasts of the file the confidence (residuals of the calibration bars, spans cut here) and the quantile of |forecast| on validation.
`signal` says of the newest bar what the backtest decided there, with the contracted keys in their order. A file that ends earlier
gives the same decisions. Needs numpy, pandas, TA-Lib.
"""
import csv
import json
import os
import sys
import tempfile

try:
    import numpy as np
    import pandas as pd
    import talib
    import stat_compare
    from evaluate_compare import ROOT, run
    from stat_compare import check
except ImportError as e:
    print("skip signal_compare: Python package %s is not installed" % e.name)
    print("0 passed, 0 failed, 1 skipped")
    sys.exit(0)

KEYS = ["timestamp", "ticker", "signal", "confidence", "predicted_price", "current_price", "price_difference", "threshold", "indicators",
        "model_info"]
NAMES = ["forecast", "rsi", "macd", "obv", "vwap", "trend", "adx", "volatility", "volume"]


def indicators(p):
    o, h, l, c, v = p.T
    s = pd.Series
    ret = s(c).apply(np.log).diff()
    typical = (h + l + c) / 3
    out = dict(rsi=talib.RSI(c, 14), obv=talib.OBV(c, v), adx=talib.ADX(h, l, c, 14), atr=talib.ATR(h, l, c, 14), ema_20=talib.EMA(c, 20),
               ema_50=talib.EMA(c, 50), macd=talib.MACD(c, 12, 26, 9)[0], macd_signal=talib.MACD(c, 12, 26, 9)[1], volume=v,
               bb_width=100 * 4 * talib.STDDEV(c, 20) / talib.SMA(c, 20), log_return=ret.values, price_ratio=c / talib.EMA(c, 20))
    out["vwap"] = (s(typical * v).rolling(14).sum() / s(v).rolling(14).sum()).values
    out["realized_volatility"] = ret.rolling(20).std().values
    out["realized_volatility_mean"] = s(out["realized_volatility"]).rolling(50).mean().values
    out["obv_mean"] = s(out["obv"]).rolling(20).mean().values
    out["volume_mean"] = s(v).rolling(20).mean().values
    return out


def clauses(c, i):
    """by side, [bars] of bits without the forecast's"""
    rv = i["realized_volatility"] <= 1.5 * i["realized_volatility_mean"]
    long = [i["rsi"] < 65, i["macd"] > i["macd_signal"], i["obv"] > i["obv_mean"], c > i["vwap"],
            (c > i["ema_20"]) & (i["ema_20"] > i["ema_50"]), i["adx"] > 25, rv, i["volume"] > i["volume_mean"]]
    short = [i["rsi"] > 35, i["macd"] < i["macd_signal"], i["obv"] < i["obv_mean"], c < i["vwap"],
             (c < i["ema_20"]) & (i["ema_20"] < i["ema_50"]), i["adx"] > 25, rv, i["volume"] < i["volume_mean"]]
    return [sum(holds.astype(int) << (k + 1) for k, holds in enumerate(side)) for side in (long, short)]


def table(path):
    with open(path, newline="") as f:
        rows = list(csv.DictReader(f))
    return {k: [r[k] for r in rows] if k in ("time", "target_time", "left_out") else np.array([float(r[k] or "nan") for r in rows]) for k in rows[0]}


def spans(rows, stable, window, h):
    """sample ends of validation and of calibration (learning.md section 2), val 0.2"""
    first, end = stable + window - 1, rows - h
    val = int(0.2 * (end - first))
    return np.arange(end - val, end), np.arange(end - val // 2, end)


def mask_of(words):
    """the bits of --clauses: names, or all but those with a -"""
    names = words[words.index("--clauses") + 1].split(",") if "--clauses" in words else ["-none"]
    listed = sum(1 << k for k, n in enumerate(NAMES) if n in names or "-" + n in names)
    return 511 - listed if names[0][0] == "-" else listed


def compare(tool, folder, path, time, p, model, target, words):
    name = " ".join([target] + words) + ": "
    asked = mask_of(words)
    c, i = p[:, 3], indicators(p)
    decisions, forecasts, inside = (os.path.join(folder, x + ".csv") for x in ("decisions", "forecasts", "inside"))
    told = json.loads(run(tool, "backtest", "--csv", path, "--model", model, "--rules", "e", *words, "--decisions", decisions, "--json"))
    run(tool, "evaluate", "--csv", path, "--model", model, "--forecasts", forecasts)
    run(tool, "evaluate", "--csv", path, "--model", model, "--in-sample", "--forecasts", inside)
    info = json.loads(run(tool, "inspect", "--model", model, "--json"))["training"]
    d, f, seen = table(decisions), table(forecasts), table(inside)
    at = np.array([time.index(t) for t in d["time"]])
    origin = {t: k for k, t in enumerate(seen["time"])}
    said = {"price": lambda x: x["price"], "return": lambda x: x["close"] * np.exp(x["log_return"]), "price_level": lambda x: x["price"]}[target]
    predicted, rv = said(f), i["realized_volatility"]
    val, cal = spans(info["rows"], info["stable_lookback"], info["window"], info["horizon"])
    y = lambda x: np.log(said(x) / x["close"])
    if "quantile:0.6" in words:
        at_val = [origin[time[t]] for t in val if time[t] in origin]
        threshold = c[at] * np.expm1(np.quantile(np.abs(y(seen)[at_val]), 0.6))
    elif "literal" in words:
        threshold = 0.5 * i["atr"][at] + 0.3 * rv[at]
    elif "0.001" in words:
        threshold = c[at] * np.expm1(0.001)
    else:
        threshold = 0.5 * i["atr"][at] + 0.3 * rv[at] * c[at]
    check(name + "threshold", 1 + np.max(np.abs(d["threshold"] / threshold - 1)), 1, 1e-11)
    longs, shorts = clauses(c, i)
    longs = longs[at] + (predicted - c[at] > threshold)
    shorts = shorts[at] + (predicted - c[at] < -threshold)
    check(name + "long clauses that differ", np.sum(d["long_passed"] != longs), 0)
    check(name + "short clauses that differ", np.sum(d["short_passed"] != shorts), 0)
    up, down = (longs & asked) == asked, (shorts & asked) == asked
    signal = np.where(up & down, 0, np.where(up, 1, np.where(down, -1, 0)))
    check(name + "signals that differ", np.sum(d["signal"] != signal), 0)
    moves = [(c[t + info["horizon"]] - c[t], predicted[k] - c[t]) for k, t in enumerate(at) if t + info["horizon"] < len(c)]
    moves = [m for m in moves if m[0] and m[1]]
    check(name + "outcomes", told["signals"]["outcomes"], len(moves))
    check(name + "accuracy", told["signals"]["accuracy"], np.mean([m[0] * m[1] > 0 for m in moves]))
    for side, masks in (("long", longs), ("short", shorts)):
        funnel = told["signals"]["funnel"][side]
        left = [int(np.sum((masks & asked & (2 << k) - 1) == (asked & (2 << k) - 1))) for k in range(9)]
        ends = [k for k in range(9) if asked >> k & 1 and not left[k]]
        check(name + side + " funnel", float([x["left"] for x in funnel["clauses"]] == left), 1)
        check(name + side + " alone", float([x["alone"] for x in funnel["clauses"]] == [int(np.sum(masks >> k & 1)) for k in range(9)]), 1)
        check(name + side + " ends", float(funnel["ends_at"] == (NAMES[ends[0]] if ends else None)), 1)
        check(name + side + " off", float([x.get("off", False) for x in funnel["clauses"]] == [not asked >> k & 1 for k in range(9)]), 1)
        check(name + side + " others", funnel["all_but_the_forecast"], int(np.sum((masks | 1) & asked == asked)))
        known = [k for k in range(len(at)) if signal[k] == (1 if side == "long" else -1) and at[k] + info["horizon"] < len(c)]
        right = [signal[k] * (c[at[k] + info["horizon"]] - c[at[k]]) > 0 for k in known]
        check(name + side + " outcomes", funnel["outcomes"], len(known))
        check(name + side + " right", funnel["right"], int(np.sum(right)))
    check(name + "median threshold", told["signals"]["median_threshold_in_volatilities"], np.median(threshold / (c[at] * rv[at])))
    # confidence: residuals of the calibration part
    known = [t for t in cal if time[t] in origin]
    o = [origin[time[t]] for t in known]
    if target == "price_level":
        residuals = c[np.array(known) + info["horizon"]] - said(seen)[o]
        move, unit = predicted - c[at], np.ones(len(at))
    else:
        residuals = (np.log(c[np.array(known) + info["horizon"]] / c[known]) - y(seen)[o]) / rv[known]
        move, unit = np.log(predicted / c[at]), rv[at]
    side = np.where(signal, signal, np.where(predicted < c[at], -1, 1))
    share = [np.mean(side[k] * (move[k] + residuals * unit[k]) > 0) for k in range(len(at))]
    check(name + "confidence", np.max(np.abs(d["confidence"] - share)), 0, 1.5 / len(residuals))
    # the newest bar by itself
    newest = json.loads(run(tool, "signal", "--csv", path, "--model", model, "--rules", "e", *words, "--symbol", "TEST", "--json"))
    check(name + "keys in their order", float(list(newest)[:10] == KEYS), 1)
    check(name + "model_info", float(list(newest["model_info"])[:3] == ["path", "last_trained", "lookback_period"]), 1)
    check(name + "names", float((newest["timestamp"], newest["ticker"], newest["model_info"]["lookback_period"]) == (time[-1], "TEST", info["window"])), 1)
    for key, value in (("signal", d["signal"][-1]), ("confidence", d["confidence"][-1]), ("predicted_price", predicted[-1]),
                       ("current_price", c[-1]), ("price_difference", predicted[-1] - c[-1]), ("threshold", threshold[-1])):
        check(name + key, newest[key], value, 1e-9 if key != "price_difference" else 1e-6)
    for key, value in i.items():
        check(name + "indicators." + key, newest["indicators"][key], value[-1], 1e-8)
    check(name + "funnel of the newest", float((newest["funnel"]["long"], newest["funnel"]["short"], newest["funnel"]["all"])
                                               == (d["long_passed"][-1], d["short_passed"][-1], asked)), 1)
    # nothing later changes what was decided
    cut, short = os.path.join(folder, "cut.csv"), os.path.join(folder, "short.csv")
    with open(path) as file:
        lines = file.readlines()
    with open(cut, "w") as file:
        file.writelines(lines[:-40])
    run(tool, "backtest", "--csv", cut, "--model", model, "--rules", "e", *words, "--decisions", short)
    with open(short) as a, open(decisions) as b:
        a, b = a.readlines(), b.readlines()
    check(name + "no look-ahead", float(a == b[:len(a)] and len(b) - len(a) == 40), 1)
    # the decisions as a file of signals trade alike
    file = json.loads(run(tool, "backtest", "--csv", path, "--signals", decisions, "--json"))
    check(name + "trades of the file", file["metrics"]["trades"], told["metrics"]["trades"])
    check(name + "return of the file", file["metrics"]["total_return"] or 0, told["metrics"]["total_return"] or 0, 1e-12)
    return int(np.sum(signal != 0))


def main():
    tool = os.path.abspath(sys.argv[1] if len(sys.argv) > 1 else os.path.join(ROOT, "build", "lstmfc"))
    with tempfile.TemporaryDirectory() as folder:
        path, model = os.path.join(folder, "candles.csv"), os.path.join(folder, "model.json")
        run(tool, "synth", "--bars", "4000", "--seed", "11", "--out", path)
        with open(path) as f:
            lines = [x.split(",") for x in f if x[:1].isdigit()]
        time, p = [x[0] for x in lines], np.array([[float(v) for v in x[1:6]] for x in lines])
        trades = 0
        for target, several in (("price", (["--threshold", "quantile:0.6"], [], ["--threshold", "literal"], ["--threshold", "0.001"],
                                           ["--clauses", "-volume,-forecast,-trend"], ["--clauses", "adx,volatility"])),
                                ("return", (["--threshold", "quantile:0.6"],)), ("price_level", ([],))):
            run(tool, "train", "--csv", path, "--target", target, "--horizon", "1", "--window", "6", "--features", "@e", "--model", "lstm 4 | dense 1",
                "--epochs", "2", "--seed", "3", "--lr", "0.01", "--out", model)
            for words in several:
                trades += compare(tool, folder, path, time, p, model, target, words)
        check("some signals were given", float(trades > 10), 1)
    print("%d passed, %d failed, 0 skipped" % (stat_compare.passed, stat_compare.failed))
    return 1 if stat_compare.failed else 0


if __name__ == "__main__":
    sys.exit(main())
