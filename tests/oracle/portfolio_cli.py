"""python tests/oracle/portfolio_cli.py TOOL A.csv B.csv ...: what `lstmfc backtest` says of several symbols against the account of
tests/portfolio_compare.py, and against sums over its own fills. Prints a line a check."""
import csv
import json
import math
import os
import random
import subprocess
import sys
from datetime import datetime, timezone

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from portfolio_compare import Purse  # noqa: E402

tool, files = sys.argv[1], sys.argv[2:]
names = [os.path.basename(f)[:-4] for f in files]


def check(name, good, text=""):
    print(("ok    " if good else "FAIL  ") + name + (f": {text}" if text and not good else ""))


def run(*arguments):
    return subprocess.run([tool, "backtest", "--csv", ",".join(files), *arguments], check=True, capture_output=True, text=True).stdout


def rows(path):
    with open(path, encoding="utf-8") as file:
        return list(csv.DictReader(line for line in file if not line.startswith("#")))


def stamp(text):
    return int(datetime.fromisoformat(text.replace("Z", "+00:00")).replace(tzinfo=timezone.utc).timestamp() * 1000)


def near(a, b, scale):
    return abs(a - b) <= 1e-9 * max(scale, abs(b))


candles = []
for path in files:
    bars = []
    for row in rows(path):
        r = {k.lower(): v for k, v in row.items()}
        try:
            bars.append((stamp(r.get("time") or r["date"]), float(r["open"]), float(r["high"]), float(r["low"]), float(r["close"])))
        except ValueError:                              # a row of `null`: the reader drops it
            continue
    candles.append(bars)


def text_of(t):
    return datetime.fromtimestamp(t / 1000, timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


for seed, option in enumerate((dict(weights="equal", size=0.8), dict(weights="volatility", sizing_bars=20, size=0.3), dict(weights="equal", stop=0.03, take=0.05, size=0.7),
                               dict(weights="volatility", sizing_bars=30, stop=0.05, reenter="yes", fill="same_close"))):
    r, orders = random.Random(seed), []
    with open("signals.csv", "w", encoding="utf-8") as file:
        file.write("time,symbol,signal\n")
        for name, bars in zip(names, candles):
            wants = []
            for t, bar in enumerate(bars):
                wants.append(r.choice([0.0, 1.0, -1.0, 0.5, -0.25, math.nan]) if r.random() < 0.1 else wants[-1] if wants else 0.0)
                if not math.isnan(wants[-1]):
                    file.write(f"{text_of(bar[0])},{name},{wants[-1]!r}\n")
            orders.append(wants)
    flags = [word for name, value in option.items() for word in ("--" + name.replace("_", "-"), str(value))]
    said = json.loads(run("--signals", "signals.csv", "--equity", "equity.csv", "--fills", "fills.csv", "--trades", "trades.csv", "--annual", "8766",
                          *flags, "--json"))
    full = dict(dict(fee=0.001, slippage=0.0002, size=1.0, stop=0, take=0, fill="next_open", reenter="no", sizing_bars=20), **option)
    theirs = Purse(candles, orders, full)
    held = Purse(candles, [[1.0] * len(b) for b in candles], full, baseline=True)
    equity, fills, trades = rows("equity.csv"), rows("fills.csv"), rows("trades.csv")
    label = f"{len(files)} symbols, {', '.join(f'{k} {v}' for k, v in option.items())}"
    scale = max(x[0] for x in theirs.rows + held.rows)
    good = len(equity) == len(theirs.rows) and all(
        near(float(e["equity"]), x[0], scale) and near(float(e["worst"]), x[1], scale) and near(float(e["buy_and_hold"]), h[0], scale)
        for e, x, h in zip(equity, theirs.rows, held.rows))
    check(f"{label}: equity of {len(equity)} rows as the account in Python has it", good)
    good = len(fills) == len(theirs.fills) and all(
        (f["symbol"], f["reason"]) == (names[x[1]], x[4]) and near(float(f["quantity"]), x[2], abs(x[2])) and near(float(f["price"]), x[3], x[3])
        for f, x in zip(fills, theirs.fills))
    check(f"{label}: and its {len(fills)} fills", good and len(fills) > 20, f"{len(fills)} {len(theirs.fills)}")

    # the books of every row: what the fills leave of the money, and units times the last close
    cash, units, last, f, wrong = 10000.0, dict.fromkeys(names, 0.0), dict.fromkeys(names, 0.0), 0, 0
    closes = {}
    for name, bars in zip(names, candles):
        for bar in bars:
            closes.setdefault(bar[0], []).append((name, bar[4]))
    for e in equity:
        now = stamp(e["time"])
        while f < len(fills) and stamp(fills[f]["time"]) <= now:
            x = fills[f]
            cash -= float(x["quantity"]) * float(x["price"]) + float(x["fee"]) + float(x["funding"])
            units[x["symbol"]] += float(x["quantity"])
            f += 1
        last.update(closes[now])
        worth = {name: units[name] * last[name] for name in names}
        wrong += not near(float(e["cash"]), cash, scale) or any(not near(float(e[n]), worth[n], scale) for n in names)
        wrong += not near(float(e["equity"]), cash + sum(worth.values()), scale)
    check(f"{label}: cash + positions are the equity at every close", not wrong, f"{wrong} rows")

    # the table of symbols, from trades and fills
    table, wrong = {s["symbol"]: s for s in said["symbols"]}, []
    traded = sum(abs(float(x["quantity"]) * float(x["price"])) for x in fills)
    at = [{bar[0]: i for i, bar in enumerate(bars)} for bars in candles]
    for k, name in enumerate(names):
        mine = [t for t in trades if t["symbol"] == name]
        own = [x for x in fills if x["symbol"] == name]
        bars = sum(at[k][stamp(t["exit_time"])] - at[k][stamp(t["entry_time"])] for t in mine)
        wants = dict(trades=len(mine), profit=sum(float(t["pnl"]) for t in mine), fees=sum(float(x["fee"]) for x in own),
                     slippage=sum(float(x["slippage"]) for x in own), worst_trade=min(float(t["net_return"]) for t in mine),
                     turnover_share=sum(abs(float(x["quantity"]) * float(x["price"])) for x in own) / traded, exposure=bars / len(candles[k]),
                     win_rate=sum(float(t["pnl"]) > 0 for t in mine) / len(mine), bars=len(candles[k]))
        wants["buy_and_hold"] = Purse([candles[k]], [[1.0] * len(candles[k])], dict(full, weights="equal"), baseline=True).rows[-1][0] / 10000 - 1
        wrong += [f"{name} {key}: {table[name][key]}, {value}" for key, value in wants.items() if not near(table[name][key], value, 1)]
    profit = sum(s["profit"] for s in said["symbols"])
    if not near(profit, float(equity[-1]["equity"]) - 10000, scale):
        wrong.append(f"profits {profit}")
    if option["weights"] == "volatility":
        even = Purse(candles, [[1.0] * len(b) for b in candles], dict(full, weights="equal"), baseline=True).rows[-1][0] / 10000 - 1
        if not near(said["buy_and_hold_at_equal_weights"], even, 1):
            wrong.append(f"equal weights {said['buy_and_hold_at_equal_weights']}, {even}")
    check(f"{label}: the table of symbols follows from trades and fills", not wrong, "; ".join(wrong[:3]))
