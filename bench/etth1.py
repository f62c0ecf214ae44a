#!/usr/bin/env python3
"""bench/etth1.py PATH [--horizon 24] [--window 96] [--seeds 3] [--epochs 20] [--json OUT]: our network beside linear models and
repetition on ETTh1 (github.com/zhouhaoyi/ETDataset, ETT-small/ETTh1.csv; any table `date, series..., OT` of 20 months of hours will
do), in the convention of its published tables: 12 months of 30 days to fit, 4 to choose, 4 to judge; every series standardised by
the 12 months; the mean squared error of all forecast steps of all windows of the last 4 months. Univariate is the last column, OT;
multivariate all columns, each forecast from its own past by the same weights.

What it shows: a network that is told the values themselves is worse than a line, and than repetition, because the last 4 months lie
where the first 12 seldom were (a level it must extrapolate). Told each window less its last value (norm=last) it is as good as
the line. Needs numpy and a C compiler."""
import argparse
import csv
import json
import os
import statistics
import subprocess
import sys
import tempfile

import numpy

MONTH = 30 * 24
FIT, SEEN, ALL = 12 * MONTH, 16 * MONTH, 20 * MONTH
HERE = os.path.dirname(os.path.abspath(__file__))


def table(path):
    with open(path, newline="") as file:
        rows = list(csv.reader(file))
    values = numpy.array([[float(x) for x in row[1:]] for row in rows[1:]])
    if len(values) < ALL:
        sys.exit("%s: %d rows; 20 months of 30 days, %d, are needed" % (path, len(values), ALL))
    values = values[:ALL]
    return rows[0][1:], (values - values[:FIT].mean(0)) / values[:FIT].std(0)


def windows(values, first, end, window, horizon):
    """x [n, window] and y [n, horizon] of every series, whose targets lie in the hours first .. end-1."""
    x, y = [], []
    for series in values.T:
        for i in range(first, end - horizon + 1):
            x.append(series[i - window:i])
            y.append(series[i:i + horizon])
    return numpy.array(x), numpy.array(y)


def linear(values, window, horizon, less_last):
    """Least squares from the window (and 1) to all steps, the same weights for every series."""
    def told(x, y):
        last = x[:, -1:] if less_last else 0
        return numpy.hstack([x - last, numpy.ones((len(x), 1))]), y - last
    x, y = told(*windows(values, window, FIT, window, horizon))
    weights = numpy.linalg.lstsq(x, y, rcond=None)[0]
    x, y = told(*windows(values, SEEN, ALL, window, horizon))
    return float(((x @ weights - y) ** 2).mean())


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("path")
    parser.add_argument("--horizon", type=int, default=24)
    parser.add_argument("--window", type=int, default=96)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--epochs", type=int, default=20)
    parser.add_argument("--units", type=int, default=32)
    parser.add_argument("--univariate", action="store_true", help="OT alone")
    parser.add_argument("--json", metavar="OUT")
    args = parser.parse_args()
    names, values = table(args.path)
    figures = {"table": os.path.basename(args.path), "window": args.window, "horizon": args.horizon, "network":
               "lstm %d | dense %d" % (args.units, args.horizon), "epochs": args.epochs, "seeds": args.seeds}
    with tempfile.TemporaryDirectory() as scratch:
        program = os.path.join(scratch, "etth1")
        subprocess.run([os.environ.get("CC", "cc"), "-O2", "-o", program, os.path.join(HERE, "etth1.c"), "-lm", "-lpthread"], check=True)
        for task, part in (("univariate", values[:, -1:]), ("multivariate", values)):
            if args.univariate and task != "univariate":
                continue
            file = os.path.join(scratch, "values.txt")
            numpy.savetxt(file, part, "%.17g")
            mse = {"repetition": None, "linear": linear(part, args.window, args.horizon, False),
                   "linear, norm=last": linear(part, args.window, args.horizon, True)}
            for norm in ("none", "last"):
                found = []
                for seed in range(args.seeds):
                    out = subprocess.run([program, file, str(ALL), str(part.shape[1]), str(args.window), str(args.horizon), norm,
                                          figures["network"], str(args.epochs), "1e-3", str(seed)], check=True, capture_output=True,
                                         text=True).stdout.split()
                    found.append(float(out[0]))
                    mse["repetition"] = float(out[1])
                mse["network" if norm == "none" else "network, norm=" + norm] = statistics.median(found)
            figures[task] = mse
            print("%s (%s), %d hours seen, %d ahead: test MSE, network the median of %d seeds" %
                  (task, names[-1] if task == "univariate" else "%d series" % len(names), args.window, args.horizon, args.seeds))
            best = min(mse["linear"], mse["linear, norm=last"])
            for name in sorted(mse, key=mse.get):
                print("  %-22s %.4f   %+6.1f %% of the better line" % (name, mse[name], 100 * (mse[name] / best - 1)))
    if args.json:
        with open(args.json, "w") as file:
            json.dump(figures, file, indent=1)
            file.write("\n")


if __name__ == "__main__":
    main()
