"""System C's network beside the same network in PyTorch: the same features, split, scaling, optimiser and stopping, several seeds.

    bench/system_c.py CSV [--seeds 5] [--epochs 200] [--features @c_ratio] [--init torch] [--record FILE]      PYTHON with torch and numpy

CSV is bitcoin_dataset.csv. Ours is `lstmfc train` and `evaluate`; its scaler, its label's scale and the features of `lstmfc indicators` are
what PyTorch is given, so that one thing differs: who trains. Both stop by the loss on the earlier half of validation and keep the best
weights; the test span (the last fifth) is read once, at the end. Persistence is computed here and must be what `evaluate` says, or the two
do not speak of the same bars.
"""
import argparse
import csv
import json
import math
import os
import statistics
import subprocess
import sys
import tempfile
import time

import numpy
import torch

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
TOOL = os.environ.get("LSTMFC_TOOL", os.path.join(ROOT, "build", "lstmfc"))
NETWORK = "variational_dropout 0.3 | lstm 64 forget_bias=2 | dropout 0.3 | lstm 64 forget_bias=2 | dense 1"
WINDOW, TEST, VALIDATION, BATCH, RATE, PATIENCE, PLATEAU = 24, 0.2, 0.2, 32, 1e-3, 20, 5


def tool(*words):
    run = subprocess.run([TOOL, *[str(w) for w in words]], capture_output=True, text=True)
    if run.returncode:
        sys.exit("%s: %s" % (words[0], run.stderr[-2000:]))
    return run.stdout


class Network(torch.nn.Module):
    """PyTorch's own layers in our order; its forget biases are two, of which each begins at 1."""

    def __init__(self, inputs):
        super().__init__()
        self.first, self.second = (torch.nn.LSTM(n, 64, batch_first=True) for n in (inputs, 64))
        self.between, self.head = torch.nn.Dropout(0.3), torch.nn.Linear(64, 1)
        for layer in (self.first, self.second):
            for name, p in layer.named_parameters():
                if name.startswith("bias"):
                    p.data[64:128] = 1.0

    def forward(self, x):
        if self.training:               # one mask a sequence and column, shared over time
            x = x * (torch.rand(x.shape[0], 1, x.shape[2]) >= 0.3) / 0.7
        return self.head(self.second(self.between(self.first(x)[0]))[0][:, -1])[:, 0]


def torch_run(seed, epochs, x, y, fit, validation, test):
    """Forecasts of the standardised return at the test bars, the epochs run and the best one."""
    torch.manual_seed(seed)
    net = Network(x.shape[1])
    optimiser = torch.optim.Adam(net.parameters(), RATE)
    windows = lambda rows: torch.stack([x[t - WINDOW + 1:t + 1] for t in rows])
    v, vy = windows(validation), y[validation]
    best, keep, wait, plateau_best, plateau_wait, rate, best_epoch = math.inf, None, 0, math.inf, 0, RATE, 0
    for epoch in range(1, epochs + 1):
        net.train()
        order = torch.tensor(fit)[torch.randperm(len(fit))]
        for at in range(0, len(order), BATCH):
            rows = order[at:at + BATCH].tolist()
            optimiser.zero_grad()
            torch.nn.functional.mse_loss(net(windows(rows)), y[rows]).backward()
            torch.nn.utils.clip_grad_norm_(net.parameters(), 1.0)
            optimiser.step()
        net.eval()
        with torch.no_grad():
            loss = float(torch.nn.functional.mse_loss(net(v), vy))
        wait += 1
        if loss < best:
            best, wait, best_epoch, keep = loss, 0, epoch, {k: p.clone() for k, p in net.state_dict().items()}
        plateau_wait += 1
        if loss < plateau_best - 1e-4:
            plateau_best, plateau_wait = loss, 0
        if plateau_wait >= PLATEAU:
            rate, plateau_wait = rate * 0.5, 0
            for group in optimiser.param_groups:
                group["lr"] = rate
        if wait >= PATIENCE:
            break
    net.load_state_dict(keep)
    net.eval()
    with torch.no_grad():
        return net(windows(test)).numpy().astype(float), epoch, best_epoch, best


def errors(price, forecast, base):
    e = forecast - price
    log_error = numpy.log(forecast / price)
    return {"rmse": float(numpy.sqrt(numpy.mean(e * e))), "mae": float(numpy.mean(abs(e))),
            "r2": float(1 - numpy.sum(e * e) / numpy.sum((price - price.mean()) ** 2)),
            "skill": float(1 - numpy.mean(log_error ** 2) / numpy.mean(numpy.log(base / price) ** 2))}


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("csv")
    p.add_argument("--seeds", type=int, default=5)
    p.add_argument("--epochs", type=int, default=200)
    p.add_argument("--features", default="@c_ratio")
    p.add_argument("--init", default="torch", help="our first weights; PyTorch's own are U(+-1/sqrt(units))")
    p.add_argument("--record", metavar="FILE")
    a = p.parse_args()
    torch.set_num_threads(1)
    read = ["--csv", a.csv, "--columns", "close=btc_market_price", "--max-fill", "1000"]
    found = {"lstmfc": [], "PyTorch": []}
    with tempfile.TemporaryDirectory() as folder:
        table = list(csv.reader(tool("indicators", *read, "--features", "price_ = close, " + a.features).splitlines()))
        price = numpy.array([float(r[1]) for r in table[1:]])
        raw = numpy.array([[float(c) if c else math.nan for c in r[2:]] for r in table[1:]])
        for seed in range(1, a.seeds + 1):
            path = os.path.join(folder, "m.json")
            begun = time.time()
            fitted = json.loads(tool(
                "train", *read, "--target", "price", "--horizon", 1, "--window", WINDOW, "--features", a.features, "--model", NETWORK,
                "--epochs", a.epochs, "--batch", BATCH, "--lr", RATE, "--patience", PATIENCE, "--plateau", PLATEAU, "--val", VALIDATION,
                "--test", TEST, "--clip-norm", 1, "--init", a.init, "--baselines", "none", "--seed", seed, "--progress", "none", "--out", path, "--json"))
            fitted = fitted.get("training", fitted)
            seconds = time.time() - begun
            judged = json.loads(tool("evaluate", *read, "--model", path, "--json"))
            judged = judged.get("evaluation", judged)
            with open(path) as f:
                model = json.load(f)
            found["lstmfc"].append({
                "seed": seed, **{k: judged["errors"][k] for k in ("rmse", "mae", "r2")},
                "skill": judged["baselines"][0]["comparison"]["skill"],
                "validation_loss": min(e["val_loss"] for e in model["training"]["history"]),
                "epochs": fitted["epochs"], "best_epoch": fitted["best_epoch"], "seconds": round(seconds, 1)})

            # the samples of the same spans: fit part, the T + h before validation dropped, its earlier half; test labels begin at `rows`
            first, fit = fitted["first_forecast"], fitted["fit_samples"]
            begins = first + fit + WINDOW + 1
            validation = list(range(begins, begins + fitted["validation_samples"]))
            test = list(range(fitted["rows"] - 1, len(price) - 1))
            base, actual = price[test], price[[t + 1 for t in test]]
            persistence = math.sqrt(float(numpy.mean((base - actual) ** 2)))
            if abs(persistence / judged["persistence_errors"]["rmse"] - 1) > 1e-9:
                sys.exit("persistence is %.9g here and %.9g there: other bars" % (persistence, judged["persistence_errors"]["rmse"]))
            scaler, task = model["scaler"], model["task"]
            x = (raw - numpy.array(scaler["center"])) / numpy.array(scaler["scale"])
            y = numpy.append(numpy.log(price[1:] / price[:-1]), math.nan)
            y = (y - task["target_center"]) / task["target_scale"]
            begun = time.time()
            answers, epochs, best_epoch, loss = torch_run(
                seed, a.epochs, torch.tensor(x, dtype=torch.float32), torch.tensor(y, dtype=torch.float32),
                list(range(first, first + fit)), validation, test)
            forecast = base * numpy.exp(task["target_center"] + task["target_scale"] * answers)
            found["PyTorch"].append({"seed": seed, **errors(actual, forecast, base), "validation_loss": loss, "epochs": epochs,
                                     "best_epoch": best_epoch, "seconds": round(time.time() - begun, 1)})
            for who, runs in found.items():
                print("seed %d  %-8s %s" % (seed, who, "  ".join("%s %.6g" % (k, v) for k, v in runs[-1].items() if k != "seed")), flush=True)
    keys = ("validation_loss", "rmse", "mae", "r2", "skill", "seconds")
    medians = {who: {k: statistics.median(r[k] for r in runs) for k in keys} for who, runs in found.items()}
    for who in found:
        print("median  %-8s %s" % (who, "  ".join("%s %.6g" % (k, medians[who][k]) for k in keys)))
    print("persistence      rmse %.6g  skill 0" % persistence)
    better = medians["lstmfc"]["validation_loss"] / medians["PyTorch"]["validation_loss"], medians["lstmfc"]["rmse"] / medians["PyTorch"]["rmse"]
    print("ours / PyTorch   validation_loss %.4f  rmse %.4f  seconds %.3f"
          % (*better, medians["lstmfc"]["seconds"] / medians["PyTorch"]["seconds"]))
    if a.record:
        with open(a.record, "w") as f:
            json.dump({"command": "bench/system_c.py bitcoin_dataset.csv --seeds %d --epochs %d --features %s --init %s"
                       % (a.seeds, a.epochs, a.features, a.init),
                       "network": NETWORK, "torch": torch.__version__, "persistence_rmse": persistence, "medians": medians, "runs": found},
                      f, indent=1)
            f.write("\n")


if __name__ == "__main__":
    main()
