"""python tests/oracle/walk_numpy.py TOOL CANDLES.csv: `backtest --walk-forward` done again with NumPy and TA-Lib: the rules' positions, a naive
account of market orders, the choice in every fold and the joined account. Prints a line a check."""
import csv
import itertools
import json
import subprocess
import sys

import numpy as np
import talib

tool, candles = sys.argv[1:3]
with open(candles, encoding="utf-8") as file:
    table = list(csv.DictReader(line for line in file if not line.startswith("#")))
opens, closes = (np.array([float(row[name]) for row in table]) for name in ("open", "close"))
times = [row["time"] for row in table]
n = len(closes)
FEE, SLIP, BALANCE, ANNUAL, YEAR = 0.001, 0.0002, 10000.0, 8766.0, 365.25 * 24
PERIODS, ENTRIES, SHORTS = [7, 14], [30, 45], [60, 75]
rules = ["--long", "rsi({p:7,14}) < {30,45}", "--exit-long", "rsi({p}) > 55", "--short", "rsi({p}) > {60,75}", "--exit-short", "rsi({p}) < 50"]
good = True


def check(name, ok, shown=""):
    global good
    good &= bool(ok)
    print(("ok    " if ok else "FAIL  ") + name + shown)


def positions(period, entry, short):
    """What the rule wants at each close: a state, left before it is entered; a side that is not known neither enters nor ends."""
    rsi, side, out = talib.RSI(closes, period), 0, np.zeros(n)
    for t, x in enumerate(rsi):
        if not np.isnan(x):
            if (side == 1 and x > 55) or (side == -1 and x < 50):
                side = 0
            if x < entry and not x > 55:
                side = 1
            elif x > short and not x < 50:
                side = -1
        out[t] = side
    return out


def account(first, last, wanted):
    """Equity at the closes of first .. last-1: an order of one close is filled at the next open, all of the equity, costs of both sides."""
    cash, units, order, equity = BALANCE, 0.0, None, []
    held = 0
    for t in range(first, last):
        if order is not None and order != held:
            if held:
                fill = opens[t] * (1 - held * SLIP)
                cash += units * fill - abs(units) * fill * FEE
                units, held = 0.0, 0
            if order:
                fill = opens[t] * (1 + order * SLIP)
                units = order * cash / (fill * (1 + FEE))
                cash -= units * fill + abs(units) * fill * FEE
                held = int(order)
        if t == last - 1 and held:
            fill = closes[t] * (1 - held * SLIP)
            cash += units * fill - abs(units) * fill * FEE
            units, held = 0.0, 0
        equity.append(cash + units * closes[t])
        order = None if np.isnan(wanted[t]) else wanted[t]
    return np.array(equity)


def figures(equity, before, hours):
    curve = np.concatenate([[before], equity])
    r = curve[1:] / curve[:-1] - 1
    sd, down = r.std(ddof=1), (curve / np.maximum.accumulate(curve) - 1).min()
    total = curve[-1] / before - 1
    with np.errstate(over="ignore"):
        growth = (1 + total) ** (YEAR / hours) - 1
    return {"net_return": total, "sharpe": r.mean() / sd * np.sqrt(ANNUAL) if sd > 1e-15 else np.nan, "calmar": growth / -down if down < 0 else np.nan,
            "max_drawdown": down}


def near(ours, theirs):
    return (ours is None and np.isnan(theirs)) or (ours is not None and abs(ours - theirs) <= 1e-8 * max(1, abs(theirs)))


combinations = list(itertools.product(PERIODS, ENTRIES, SHORTS))
wanted = [positions(*c) for c in combinations]
for mode, folds, train, purge, embargo, choose in [("rolling", 4, 400, 13, 7, "sharpe"), ("expanding", 3, 0, 0, 0, "net_return"), ("expanding", 5, 300, 40, 1, "calmar"),
                                                   ("rolling", 7, 0, 5, 0, "sharpe")]:
    name = f"{mode}, {folds} folds, purge {purge}, embargo {embargo}, {choose}"
    said = json.loads(subprocess.run([tool, "backtest", "--csv", candles, *rules, "--walk-forward", mode, "--folds", str(folds), "--train-bars", str(train), "--purge",
                                      str(purge), "--embargo", str(embargo), "--choose", choose, "--annual", str(ANNUAL), "--json"], check=True, capture_output=True,
                                     text=True).stdout)
    train = train or n // 2 - purge
    first = train + purge
    cuts = [first + (n - first) * k // folds for k in range(folds + 1)]
    joined = np.full(n, np.nan)
    chosen, inside = [], []
    for k in range(folds):
        last = cuts[k] - purge
        begin = last - train if mode == "rolling" else 0
        rows = []
        for w in wanted:
            equity = account(begin, last, w[: last])
            rows.append(figures(equity[1:], BALANCE, last - 1 - begin))
        worth = [0 if np.isnan(r[choose]) else r[choose] for r in rows]
        best = int(np.argmax(worth))
        chosen.append(best)
        inside.append(rows[best])
        joined[cuts[k] - 1 : cuts[k + 1] - 1] = wanted[best][cuts[k] - 1 : cuts[k + 1] - 1]
        joined[cuts[k] - 1 : cuts[k] + embargo - 1] = 0
    equity = account(first - 1, n, joined)
    walk = said["walk_forward"]
    check(f"{name}: the same choices", [f["chosen"] for f in walk["folds"]] == [[str(x) for x in combinations[c]] for c in chosen],
          f" {[f['chosen'] for f in walk['folds']]}")
    check(f"{name}: the same folds", [[f["from"], f["to"]] for f in walk["folds"]] == [[times[cuts[k]], times[cuts[k + 1] - 1]] for k in range(folds)])
    check(f"{name}: in sample", all(near(f["in_sample"][x], inside[k][x]) for k, f in enumerate(walk["folds"]) for x in inside[k]))
    outside = [figures(equity[cuts[k] - first + 1 : cuts[k + 1] - first + 1], equity[cuts[k] - first], cuts[k + 1] - cuts[k]) for k in range(folds)]
    check(f"{name}: out of sample", all(near(f["out_of_sample"][x], outside[k][x]) for k, f in enumerate(walk["folds"]) for x in outside[k]))
    check(f"{name}: one account, {equity[-1] / BALANCE - 1:+.4f}", near(said["metrics"]["total_return"], equity[-1] / BALANCE - 1)
          and near(said["metrics"]["sharpe"], figures(equity[1:], BALANCE, 1)["sharpe"]))
    hold = account(first - 1, n, np.ones(n))
    check(f"{name}: buy and hold over the same bars", near(said["buy_and_hold"]["total_return"], hold[-1] / BALANCE - 1))
sys.exit(0 if good else 1)
