"""python tests/oracle/grid_numpy.py TOOL CANDLES.csv: the figures of a grid of rules, computed again with NumPy and SciPy from the equity curve
of every combination: deflated Sharpe ratio and probability of overfitting. Prints a line a check."""
import csv
import itertools
import json
import subprocess
import sys

import numpy as np
from scipy import stats

tool, candles = sys.argv[1:3]
lows, levels = ["7", "14", "21"], ["25", "30", "35"]
exits = ["--exit-long", "rsi(14) > 50"]


def run(*arguments):
    return subprocess.run([tool, "backtest", "--csv", candles, *arguments], check=True, capture_output=True, text=True).stdout


def returns(rule):
    with open("equity.csv", "w", encoding="utf-8") as file:
        file.write(run("--long", rule, *exits, "--equity", "-"))
    with open("equity.csv", encoding="utf-8") as file:
        equity = np.array([float(row["equity"]) for row in csv.DictReader(file)])
    return equity[1:] / np.concatenate([[10000.0], equity[1:-1]]) - 1     # nothing is filled before the open of the second bar


def ratio(r):
    sd = r.std(axis=-1, ddof=1)
    return np.where(sd > 0, r.mean(axis=-1) / np.where(sd > 0, sd, 1), 0)


def check(name, ours, theirs, near=1e-9):
    ok = abs(ours - theirs) <= near * max(1, abs(theirs))
    print(("ok    " if ok else "FAIL  ") + f"{name}: {ours:.10g}, NumPy and SciPy {theirs:.10g}")
    return ok


said = json.loads(run("--long", "rsi({%s}) < {%s}" % (",".join(lows), ",".join(levels)), *exits, "--json"))
trials = np.array([returns(f"rsi({low}) < {level}") for low, level in itertools.product(lows, levels)])
ratios = ratio(trials)
best = int(np.argmax(ratios))
n, count = trials.shape[1], len(trials)
annual = said["metrics"]["annual"]
gamma = np.euler_gamma
luck = np.sqrt(ratios.var(ddof=1)) * ((1 - gamma) * stats.norm.ppf(1 - 1 / count) + gamma * stats.norm.ppf(1 - 1 / (count * np.e)))


def probability(r, against):
    sr, g3, g4 = ratio(r), stats.skew(r), stats.kurtosis(r, fisher=False)
    return stats.norm.cdf((sr - against) * np.sqrt(n - 1) / np.sqrt(1 - g3 * sr + (g4 - 1) / 4 * sr**2))


blocks = [np.flatnonzero(np.arange(n) * 16 // n == b) for b in range(16)]
worse = below = 0
splits = list(itertools.combinations(range(16), 8))
for inside in splits:
    here = ratio(trials[:, np.concatenate([blocks[b] for b in inside])])
    there = ratio(trials[:, np.concatenate([blocks[b] for b in range(16) if b not in inside])])
    picked = int(np.argmax(here))
    rank = stats.rankdata(there)[picked] / (count + 1)
    worse += np.log(rank / (1 - rank)) <= 0
    below += there[picked] < 0
grid = said["grid"]
good = [grid["chosen"] == [lows[best // 3], levels[best % 3]] and grid["trials"] == count]
print(("ok    " if good[0] else "FAIL  ") + f"the best of {count} rule sets: {grid['chosen']}")
good += [
    check("Sharpe ratio by luck", grid["sharpe_by_luck"], luck * np.sqrt(annual)),
    check("deflated Sharpe ratio", grid["deflated_sharpe_probability"], probability(trials[best], luck)),
    check("probabilistic Sharpe ratio", said["metrics"]["sharpe_probability"], probability(trials[best], 0)),
    check("splits", grid["overfitting"]["splits"], len(splits)),
    check("probability of overfitting", grid["overfitting"]["probability"], worse / len(splits)),
    check("below 0 in the other half", grid["overfitting"]["loss"], below / len(splits)),
]
sys.exit(0 if all(good) else 1)
