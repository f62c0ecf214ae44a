"""The sampler of `lstmfc tune` against random search, and against Optuna's TPE, on functions whose least value is known.

    tpe_compare.py [--seeds N] [--budget N] [--record FILE]

tests/tpe_functions.c runs ours; the functions are written a second time below, and both must give the same values. Every sampler
has the same number of points, seeds 1..N, the least value found is the figure, medians over seeds are compared, with the
Mann-Whitney test. Needs a C compiler, scipy, and for the second comparison optuna.
"""
import argparse
import json
import math
import os
import statistics
import subprocess
import sys
import time

try:
    from scipy.stats import mannwhitneyu
except ImportError as e:
    print("skip tpe_compare: Python package %s is not installed" % e.name)
    print("0 passed, 0 failed, 1 skipped")
    sys.exit(0)
try:
    import optuna
except ImportError:
    optuna = None

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
PROGRAM = os.path.join(ROOT, "build", "tpe_functions")
passed, failed, skipped = 0, 0, 0


def check(ok, name):
    global passed, failed
    passed, failed = passed + bool(ok), failed + (not ok)
    if not ok:
        print("FAIL %s" % name)


def branin(x):
    a = x[1] - 5.1 / (4 * math.pi ** 2) * x[0] ** 2 + 5 / math.pi * x[0] - 6
    return a * a + 10 * (1 - 1 / (8 * math.pi)) * math.cos(x[0]) + 10


def hartmann6(x):
    alpha = [1, 1.2, 3, 3.2]
    a = [[10, 3, 17, 3.5, 1.7, 8], [.05, 10, 17, .1, 8, 14], [3, 3.5, 1.7, 10, 17, 8], [17, 8, .05, 10, .1, 14]]
    p = [[1312, 1696, 5569, 124, 8283, 5886], [2329, 4135, 8307, 3736, 1004, 9991],
         [2348, 1451, 3522, 2883, 3047, 6650], [4047, 8828, 8732, 5743, 1091, 381]]
    return -sum(w * math.exp(-sum(c * (v - 1e-4 * q) ** 2 for c, q, v in zip(r, s, x))) for w, r, s in zip(alpha, a, p))


def rosenbrock(x):
    return sum(100 * (b - a * a) ** 2 + (1 - a) ** 2 for a, b in zip(x, x[1:]))


def ackley(x):
    n = len(x)
    return (20 + math.e - 20 * math.exp(-0.2 * math.sqrt(sum(v * v for v in x) / n))
            - math.exp(sum(math.cos(2 * math.pi * v) for v in x) / n))


def mixed(x):
    total = ((math.log10(x[0]) + 3 - 0.3 * (x[2] - 1)) / 2) ** 2 + [0.4, 0.1, 0, 0.2][int(x[1])]
    total += 0.1 * abs(x[2] - 3) + 4 * (x[4] - 0.25) ** 2 if x[2] >= 2 else 0.35
    return total + (0.1 + (x[5] - 0.9) ** 2 if int(x[3]) == 0 else (math.log10(x[6]) + 4) ** 2 / 9)


def box(n, low, high):
    return lambda t: [t.suggest_float("x%d" % i, low, high) for i in range(n)]


def ask_branin(t):
    return [t.suggest_float("a", -5, 10), t.suggest_float("b", 0, 15)]


def ask_mixed(t):
    x = [t.suggest_float("rate", 1e-6, 1e-1, log=True), t.suggest_categorical("size", [0, 1, 2, 3]),
         t.suggest_int("layers", 1, 4), t.suggest_categorical("kind", [0, 1]), None, None, None]
    if x[2] >= 2:
        x[4] = t.suggest_float("dropout", 0, 0.6)
    if x[3] == 0:
        x[5] = t.suggest_float("momentum", 0, 1)
    else:
        x[6] = t.suggest_float("decay", 1e-6, 1e-1, log=True)
    return x


FUNCTIONS = {"branin": (branin, ask_branin, 0.39788735772973816), "hartmann6": (hartmann6, box(6, 0, 1), -3.322368011415),
             "rosenbrock": (rosenbrock, box(5, -5, 10), 0), "ackley": (ackley, box(5, -32.768, 32.768), 0),
             "mixed": (mixed, ask_mixed, 0)}


def run(*words):
    return subprocess.run([PROGRAM] + [str(w) for w in words], check=True, capture_output=True, text=True).stdout


def ours(name, sampler, budget, seeds):
    return [float(line.split()[1]) for line in run(name, sampler, budget, *seeds).splitlines()]


def theirs(name, budget, seeds):
    function, ask, _ = FUNCTIONS[name]
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    found = []
    for seed in seeds:
        study = optuna.create_study(sampler=optuna.samplers.TPESampler(seed=seed))
        study.optimize(lambda t: function(ask(t)), n_trials=budget)
        found.append(study.best_value)
    return found


def same_functions():
    lines = [line.split() for line in run("values").splitlines()]
    for name, value, *x in lines:
        value, again = float(value), FUNCTIONS[name][0]([None if v == "-" else float(v) for v in x])
        check(abs(value - again) <= 1e-9 * max(1, abs(value)), "%s at %s: %r in C, %r here" % (name, x, value, again))
    check(len(lines) == 5 * len(FUNCTIONS), "every function has its values")


def compare(name, budget, seeds):
    global skipped
    random, tpe = ours(name, "random", budget, seeds), ours(name, "tpe", budget, seeds)
    p = float(mannwhitneyu(tpe, random, alternative="less").pvalue)
    row = {"function": name, "least": FUNCTIONS[name][2], "random": statistics.median(random), "tpe": statistics.median(tpe),
           "p_tpe_below_random": p}
    check(row["tpe"] < row["random"] and p < 0.01, "%s: TPE %g beats random search %g (p %g)" % (name, row["tpe"], row["random"], p))
    if optuna is None:
        skipped += 1
        print("skip tpe_compare %s beside Optuna: Python package optuna is not installed" % name)
        return row
    other = theirs(name, budget, seeds)
    worse = float(mannwhitneyu(tpe, other, alternative="greater").pvalue)
    row.update(optuna=statistics.median(other), p_tpe_above_optuna=worse,
               p_tpe_below_optuna=float(mannwhitneyu(tpe, other, alternative="less").pvalue))
    check(worse > 0.001, "%s: TPE %g is not worse than Optuna's %g (p %g)" % (name, row["tpe"], row["optuna"], worse))
    return row


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--seeds", type=int, default=20)
    arguments.add_argument("--budget", type=int, default=80)
    arguments.add_argument("--record", metavar="FILE")
    a = arguments.parse_args()
    os.makedirs(os.path.dirname(PROGRAM), exist_ok=True)
    subprocess.run([os.environ.get("CC", "cc"), "-std=c99", "-O2", "-ffp-contract=off", "-w", "-I" + ROOT,
                    os.path.join(ROOT, "tests", "tpe_functions.c"), "-o", PROGRAM, "-lm"], check=True)
    same_functions()
    rows = []
    for name in FUNCTIONS:
        rows.append(compare(name, a.budget, range(1, a.seeds + 1)))
        r = rows[-1]
        print("%-10s least %10.5g   random %10.5g   tpe %10.5g   optuna %10.5g   p against random %.2g, above optuna %.2g, below %.2g"
              % (name, r["least"], r["random"], r["tpe"], r.get("optuna", math.nan), r["p_tpe_below_random"],
                 r.get("p_tpe_above_optuna", math.nan), r.get("p_tpe_below_optuna", math.nan)), flush=True)
    if a.record:
        with open(a.record, "w") as f:
            json.dump({"command": "tests/tpe_compare.py --seeds %d --budget %d --record %s" % (a.seeds, a.budget, a.record),
                       "date": time.strftime("%Y-%m-%d"), "seeds": a.seeds, "budget": a.budget,
                       "figure": "median over seeds of the least value found",
                       "optuna": optuna.__version__ if optuna else None, "functions": rows}, f, indent=2)
            f.write("\n")
    print("%d passed, %d failed, %d skipped" % (passed, failed, skipped))
    return failed != 0


sys.exit(main())
