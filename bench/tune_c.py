"""System C's search at equal budget: random points against TPE, several seeds, medians.

    bench/tune_c.py CSV [--trials 30] [--epochs 5] [--seeds 5] [--hidden 16,32,64] [--grace E] [--record FILE]

CSV is bitcoin_dataset.csv. The space is tools/spaces/c.json with the hidden sizes of --hidden and the epochs of --epochs (its own,
256 units and 2,000 epochs, take days on one machine). The figure compared is the least validation loss, which is what a search sees;
beside it the RMSE of the chosen model on the test span, which no search sees.
"""
import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
TOOL = os.environ.get("LSTMFC_TOOL", os.path.join(ROOT, "build", "lstmfc"))


def search(a, space, sampler, seed, folder):
    words = [TOOL, "tune", "--csv", a.csv, "--columns", "close=btc_market_price", "--max-fill", "30", "--space", space, "--out", folder,
             "--trials", a.trials, "--sampler", sampler, "--sampler-seed", seed, "--jobs", a.jobs, "--json", "--progress", "none",
             "--baselines", "none"]
    words += ["--grace", a.grace] if a.grace else []
    begun = time.time()
    run = subprocess.run([str(w) for w in words], capture_output=True, text=True)
    if run.returncode:
        sys.exit(run.stderr[-2000:])
    o = json.loads(run.stdout)
    return {"validation_loss": o["best"]["validation_loss"], "test_rmse": o["report"]["evaluation"]["errors"]["rmse"],
            "trials": o["trials"], "epochs": sum(t["epochs"] for t in o["list"]), "seconds": round(time.time() - begun, 1),
            "params": o["best"]["params"], "importance": o["importance"]}


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("csv")
    p.add_argument("--trials", type=int, default=30)
    p.add_argument("--epochs", type=int, default=5)
    p.add_argument("--seeds", type=int, default=5)
    p.add_argument("--jobs", type=int, default=1)
    p.add_argument("--grace", type=int, default=0)
    p.add_argument("--hidden", default="16,32,64")
    p.add_argument("--record", metavar="FILE")
    a = p.parse_args()
    with open(os.path.join(ROOT, "tools", "spaces", "c.json")) as f:
        space = json.load(f)
    space["hidden"] = {"choice": [int(h) for h in a.hidden.split(",")]}
    space["epochs"] = a.epochs
    found = {"random": [], "tpe": []}
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "space.json")
        with open(path, "w") as f:
            json.dump(space, f, indent=1)
        for seed in range(1, a.seeds + 1):
            for sampler in found:
                r = search(a, path, sampler, seed, os.path.join(folder, "%s-%d" % (sampler, seed)))
                found[sampler].append(r)
                print("seed %d %-6s validation %.6f  test RMSE %.4g  %d epochs in %.0f s  %s"
                      % (seed, sampler, r["validation_loss"], r["test_rmse"], r["epochs"], r["seconds"], r["params"]), flush=True)
    medians = {s: statistics.median(r["validation_loss"] for r in rs) for s, rs in found.items()}
    wins = sum(t["validation_loss"] < r["validation_loss"] for t, r in zip(found["tpe"], found["random"]))
    print("median validation loss: random %.6f, tpe %.6f; tpe below random in %d of %d seeds" % (medians["random"], medians["tpe"], wins, a.seeds))
    if a.record:
        with open(a.record, "w") as f:
            json.dump({"command": "bench/tune_c.py " + " ".join("bitcoin_dataset.csv" if w == a.csv else w for w in sys.argv[1:]),
                       "date": time.strftime("%Y-%m-%d"), "space": space, "median_validation_loss": medians,
                       "tpe_below_random": wins, "seeds": a.seeds, "searches": found}, f, indent=1)
            f.write("\n")
    return 0


sys.exit(main())
