"""The tests of residuals against statsmodels, the tail of chi-square against SciPy, correlations against NumPy.

    residual_compare.py [TOOL]

Ljung-Box, Jarque-Bera and ARCH-LM of tools/lstmfc/residual_tests.c on series with and without what they look for, statistic and p to
1e-9; then those that `lstmfc evaluate --json` says, from nothing but its file of forecasts. Needs a C compiler, numpy, scipy,
statsmodels.
"""
import csv
import json
import os
import subprocess
import sys
import tempfile
import warnings

try:
    import numpy as np
    from scipy import stats
    from statsmodels.stats.diagnostic import acorr_ljungbox, het_arch
    from statsmodels.stats.stattools import jarque_bera
    import stat_compare
    from stat_compare import check
except ImportError as e:
    print("skip residual_compare: Python package %s is not installed" % e.name)
    print("0 passed, 0 failed, 1 skipped")
    sys.exit(0)

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
DRIVER = r"""
#define LSTMFC_IMPLEMENTATION
#include "tools/lstmfc/residual_tests.c"
#include <stdio.h>
#include <stdlib.h>
int main(void) {                            /* lags n x ... -> six figures; degrees 0 x -> one tail */
    int lags;
    unsigned long n, i;
    while (scanf("%d %lu", &lags, &n) == 2) {
        double *x = (double *)malloc((n + 1) * sizeof *x), p, s;
        for (i = 0; i < n + !n; i++) if (scanf("%lf", &x[i]) != 1) return 1;
        if (!n) { printf("%.17g\n", lstmfc_chi_square_tail(x[0], lags)); free(x); continue; }
        s = residuals_ljung_box(n, x, lags, &p); printf("%.17g %.17g ", s, p);
        s = residuals_jarque_bera(n, x, &p); printf("%.17g %.17g ", s, p);
        s = residuals_arch_lm(n, x, lags, &p); printf("%.17g %.17g\n", s, p);
        free(x);
    }
    return 0;
}
"""


def expected(x, lags):
    warnings.simplefilter("ignore")
    box = acorr_ljungbox(x, lags=[lags])
    arch = het_arch(x, nlags=lags)
    jb = jarque_bera(x)
    return [box["lb_stat"].iloc[0], box["lb_pvalue"].iloc[0], jb[0], jb[1], arch[0], arch[1]]


def all_series(rng):
    for n in (30, 400, 3000):
        white = rng.normal(size=n)
        follows = np.array(white)
        for t in range(1, n):
            follows[t] += 0.4 * follows[t - 1]
        storms, h = np.zeros(n), 1.0
        for t in range(n):
            h = 0.1 + 0.3 * (storms[t - 1] ** 2 if t else 1) + 0.6 * h
            storms[t] = np.sqrt(h) * white[t]
        yield "white", white
        yield "following", follows
        yield "storms", storms * 1e-3
        yield "fat tails", rng.standard_t(3, size=n) * 1e6 + 5e5
        yield "skewed and small", rng.exponential(size=n) * 1e-120


def main():
    names = ["Ljung-Box", "its p", "Jarque-Bera", "its p", "ARCH-LM", "its p"]
    rng = np.random.default_rng(11)
    series = [(name, lags, x) for name, x in all_series(rng) for lags in (1, 5, 10, 14)]
    tails = [(k, x) for k in (1, 2, 3, 10, 11, 24, 101, 1000) for x in (0.0, 1e-12, 0.3, 1.0, 2.5, 9.0, 24.0, 77.0, 300.0, 1200.0, 1490.0)]
    nothing = [(3, [1.0, 1.0, 1.0, 1.0]), (1, [1.0, 2.0]), (4, [1.0, -1.0, 2.0, 0.5]), (21, list(rng.normal(size=100))),
               (1, [1.0, 2.0, float("nan"), 1.0, 3.0, 4.0])]
    with tempfile.TemporaryDirectory() as folder:
        source, driver = os.path.join(folder, "driver.c"), os.path.join(folder, "driver")
        with open(source, "w") as f:
            f.write(DRIVER)
        subprocess.run([os.environ.get("CC", "cc"), "-std=c99", "-O1", "-ffp-contract=off", "-DLSTMFC_STATIC", "-w", "-I", ROOT,
                        "-I", os.path.join(ROOT, "tools", "lstmfc"), source, "-o", driver, "-lm"], check=True)
        text = "".join("%d %d\n%s\n" % (lags, len(x), "\n".join("%.17g" % v for v in x)) for _, lags, x in series)
        text += "".join("%d 0\n%.17g\n" % pair for pair in tails)
        text += "".join("%d %d\n%s\n" % (lags, len(x), "\n".join("%.17g" % v for v in x)) for lags, x in nothing)
        said = subprocess.run([driver], input=text, check=True, capture_output=True, text=True).stdout.splitlines()
        for (name, lags, x), line in zip(series, said):
            for what, a, b in zip(names, map(float, line.split()), expected(x / np.std(x), lags)):
                check("%s of %d, %d lags: %s" % (name, len(x), lags, what), a / b if b > 1e-300 else float(a < 1e-299), 1.0)
        for (degrees, x), line in zip(tails, said[len(series):]):
            b = stats.chi2.sf(x, degrees)
            check("chi-square, %d degrees beyond %g" % (degrees, x), float(line) / b if b > 1e-300 else float(float(line) < 1e-299), 1.0)
        last = [list(map(float, line.split())) for line in said[len(series) + len(tails):]]
        check("what does not vary has no test", last[0], [np.nan] * 6)
        check("nor has what is too short", last[1], [np.nan] * 6)
        check("lags as many as values", last[2][:2] + last[2][4:], [np.nan] * 4)
        check("more lags than ARCH-LM takes", [last[3][4]], [np.nan])
        check("what is not finite", last[4], [np.nan] * 6)
        of_the_tool(folder)
    print("%d passed, %d failed, 0 skipped" % (stat_compare.passed, stat_compare.failed))
    return 1 if stat_compare.failed else 0


def of_the_tool(folder):
    tool = os.path.abspath(sys.argv[1]) if len(sys.argv) > 1 else os.path.join(ROOT, "build", "lstmfc")
    candles, model, forecasts = (os.path.join(folder, f) for f in ("c.csv", "m.json", "f.csv"))

    def run(*words):
        return subprocess.run((tool,) + words, check=True, capture_output=True, text=True).stdout

    run("synth", "--bars", "1500", "--seed", "3", "--out", candles)
    correlations(folder, run, candles, model)
    for target, h, column in (("volatility", 4, "volatility"), ("price", 1, "price"), ("return", 3, "log_return"), ("direction", 1, "probability")):
        head = "dense 1 sigmoid" if target == "direction" else "dense 1"
        run("train", "--csv", candles, "--target", target, "--horizon", str(h), "--window", "8", "--features", "log_return(close)", "--model",
            "lstm 4 | " + head, "--epochs", "1", "--out", model, "--progress", "none")
        whole = json.loads(run("evaluate", "--model", model, "--csv", candles, "--forecasts", forecasts, "--json"))["evaluation"]
        moves, said = whole.get("moves"), whole["residuals"]
        with open(forecasts, newline="") as f:
            rows = [[float(r[k]) for k in ("outcome", column, "persistence")] for r in csv.DictReader(f) if not r["left_out"]]
        truth, ours, naive = np.array(rows).T
        x = (np.log(truth / ours) if target in ("price", "volatility") else truth - ours)[::h]
        box, boxp, jb, jbp, arch, archp = expected(x, said["lags"])
        check(target + ": how many", said["count"], len(x), 0)
        check(target + ": every", said["every"], h, 0)
        check(target + ": Ljung-Box", [said["ljung_box"], said["ljung_box_p"]], [box, boxp])
        if target == "direction":
            check("a probability has no other", [np.nan if said[k + "_p"] is None else 0 for k in ("jarque_bera", "arch_lm")], [np.nan] * 2)
            continue
        up, moved = np.sign(truth - naive), np.sign(np.diff(truth))
        check(target + ": from the last value", moves["from_last_value"], np.mean((np.sign(ours - naive) == up)[up != 0]))
        check(target + ": the commoner side", moves["commoner_side"], max(np.mean(up[up != 0] > 0), np.mean(up[up != 0] < 0)))
        check(target + ": bar to bar", moves["bar_to_bar"], np.mean((np.sign(np.diff(ours)) == moved)[moved != 0]))
        if target != "return":
            check(target + ": persistence", moves["bar_to_bar_of_persistence"], np.mean((np.sign(np.diff(naive)) == moved)[moved != 0]))
        check(target + ": Theil's U", moves["theil_u"], np.sqrt(np.mean((ours - truth) ** 2) / np.mean((naive - truth) ** 2)))
        check(target + ": Jarque-Bera", [said["jarque_bera"], said["jarque_bera_p"]], [jb, jbp])
        check(target + ": ARCH-LM", [said["arch_lm"], said["arch_lm_p"]], [arch, archp])


def correlations(folder, run, candles, model):
    """of features and the return that follows, over the fit rows"""
    features = "log_return(close), rsi(14)/100, hour_sin, macd(12,26,9).line/close, one = close-close+1"
    run("train", "--csv", candles, "--target", "return", "--horizon", "2", "--window", "8", "--features", features, "--model", "lstm 4 | dense 1",
        "--epochs", "1", "--out", model, "--progress", "none")
    said = json.loads(run("evaluate", "--model", model, "--csv", candles, "--correlations", "--json"))
    training, said = said["training"], said["evaluation"]["correlations"]
    rows = list(csv.reader(run("indicators", "--csv", candles, "--now", "0", "--features", features).splitlines()))[1:]
    x = np.array([[float(v or "nan") for v in r[1:]] for r in rows])
    times = [r[0][:16] for r in rows]
    with open(candles) as f:
        close = np.array([float(r["close"]) for r in csv.DictReader(line for line in f if line[0] != "#")])
    fit = slice(training["stable_lookback"], times.index(training["fit_to"][:16]) + 1 - 2)
    y = np.log(np.roll(close, -2) / close)
    with np.errstate(invalid="ignore", divide="ignore"):
        theirs = np.corrcoef(np.column_stack([x[:, :4], y])[fit].T)
    check("correlations: rows", said["fit_rows"], fit.stop - fit.start, 0)
    ours = np.array(said["matrix"], dtype=float)
    check("correlations", np.delete(np.delete(ours, 4, 0), 4, 1), theirs)
    check("what does not vary has none", ours[4], [np.nan] * 6)


if __name__ == "__main__":
    sys.exit(main())
