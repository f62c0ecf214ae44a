"""tests/ensemble_compare.py: weights, intervals and answers of `lstmfc ensemble` against NumPy, out of what each member says by itself;
bars that judge it change nothing of its file; what must be refused is. python3 tests/ensemble_compare.py [TOOL]"""
import csv
import json
import os
import subprocess
import sys

try:
    import numpy as np
except ImportError:
    print("skip ensemble_compare: Python package numpy is not installed\n0 passed, 0 failed, 1 skipped")
    sys.exit(0)

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..")
TOOL = os.path.abspath(sys.argv[1] if len(sys.argv) > 1 else os.path.join(ROOT, "build", "lstmfc"))
OUT = os.path.join(ROOT, "build", "ensemble_compare")
os.makedirs(OUT, exist_ok=True)
os.chdir(OUT)
os.environ["SOURCE_DATE_EPOCH"] = "1700000000"
passed = failed = 0


def check(name, good, detail=""):
    global passed, failed
    passed, failed = passed + bool(good), failed + (not good)
    if not good:
        print("FAIL", name, detail)


def tool(*arguments, code=0):
    done = subprocess.run([TOOL, *map(str, arguments)], capture_output=True, text=True)
    check(" ".join(map(str, arguments))[:90], done.returncode == code, f"exit {done.returncode}: {done.stderr[-300:]}")
    return done.stdout + done.stderr


def rows(path):
    with open(path) as file:
        return list(csv.DictReader(file))


def forecasts(model, part):
    """All columns of evaluate's file as floats by time; an empty cell is NaN."""
    tool("evaluate", "--model", model, "--csv", "candles.csv", "--forecasts", "f.csv", *(["--in-sample"] if part == "in" else []))
    return {r["time"]: r for r in rows("f.csv")}


def number(text):
    return float(text) if text else float("nan")


tool("synth", "--bars", 1400, "--seed", 11, "--out", "candles.csv")
candles = rows("candles.csv") if not open("candles.csv").read().startswith("#") else None
if candles is None:                                     # the first line says that they are synthetic
    with open("candles.csv") as file:
        next(file)
        candles = list(csv.DictReader(file))
times = [r["time"] for r in candles]
close = np.array([float(r["close"]) for r in candles])
index = {t: i for i, t in enumerate(times)}
BARS, SEEN = len(times), int(0.8 * len(times))
features = ["log_return(close), ema(3)/close-1", "log_return(close), rsi(5)/100, volume/sma(volume,4)"]
networks = ["lstm 3 | dense 1", "dense 4 tanh | dense 1"]
windows = [8, 1]
column = {"direction": "probability", "price": "price", "volatility": "volatility"}

for target in ("direction", "price", "volatility"):
    h = 1 if target == "direction" else 2
    models = []
    for k in (0, 1):
        models.append(f"{target}.{k}.json")
        tool("train", "--csv", "candles.csv", "--target", target, "--horizon", h, "--window", windows[k], "--features", features[k], "--model",
             networks[k] + (" sigmoid" if target == "direction" else ""), "--epochs", 2, "--val", 0.4, "--seed", k, "--progress", "none", "--out", models[k])
    files = [json.load(open(m)) for m in models]
    inside = [forecasts(m, "in") for m in models]
    outside = [forecasts(m, "out") for m in models]

    def voice(row):                                     # what is combined, and the label it is held against
        value = number(row.get(column[target]) or row.get("share_of_votes"))
        return np.log(value / number(row["close"])) if target == "price" else value

    def label(row):
        value = number(row["outcome"])
        return np.log(value / number(row["close"])) if target == "price" else np.log(value) if target == "volatility" else value

    factors = [f["task"].get("volatility_factor", 1) for f in files]

    def units(x):
        return np.log(x) if target == "volatility" else x

    fit_to = max(f["training"]["fit_to"] for f in files)
    first = sum(np.datetime64(t[:-1]).astype("datetime64[ms]").astype(int) <= fit_to for t in times) + max(windows) - 1
    end = SEEN - h
    split = end if target == "direction" else max(
        index[str(np.datetime64(f["intervals"]["from"], "ms"))[:19] + "Z"] for f in files)

    def known(t):
        both = [i[times[t]] for i in inside]
        return all(not r["left_out"] for r in both) and all(np.isfinite(voice(r)) for r in both)

    weighing = [t for t in range(first, end if target == "direction" else split - h) if known(t)]
    errors = np.array([[units(voice(i[times[t]]) / f) - label(i[times[t]]) for i, f in zip(inside, factors)] for t in weighing])
    mse = (errors ** 2).mean(axis=0)
    weights = (1 / mse) / (1 / mse).sum()

    for how in ("mean", "weighted", "median") + (("vote",) if target == "direction" else ()):
        out = f"{target}.{how}.json"
        said = json.loads(tool("ensemble", "--models", ",".join(models), "--csv", "candles.csv", "--how", how, "--out", out, "--json"))
        made = json.load(open(out))
        specs = [m["model"]["spec"] for m in made["ensemble"]["members"]]
        order = [specs.index(f["model"]["spec"]) for f in files]
        check(f"{out}: bars weighed", said["weighed_bars"] == len(weighing), f'{said["weighed_bars"]} {len(weighing)}')
        check(f"{out}: errors", np.allclose([said["mean_squared_errors"][k] for k in order], mse, rtol=1e-9))
        mine = weights if how == "weighted" else np.ones(2)
        check(f"{out}: weights", np.allclose([made["ensemble"]["weights"][k] for k in order], mine, rtol=1e-9), made["ensemble"]["weights"])
        check(f"{out}: members are the files", all(made["ensemble"]["members"][order[k]] == files[k] for k in (0, 1)))

        def combine(values):
            if how == "median":
                return float(np.median(values))
            return float(np.average([v > 0.5 for v in values] if how == "vote" else values, weights=mine))

        if target == "direction":
            check(f"{out}: no intervals", made["intervals"]["count"] == 0 and made["intervals"]["quantile"] is None)
        else:
            scores = []
            for t in range(split, end):
                if not known(t):
                    continue
                r = [i[times[t]] for i in inside]
                size = np.std(np.diff(np.log(close[t - 20:t + 1])), ddof=1) if target == "price" else 1
                scores.append(abs(label(r[0]) - units(combine([voice(x) for x in r]) / combine(factors))) / size)
            check(f"{out}: scores", len(scores) > 50 and np.allclose(sorted(scores), made["intervals"]["scores"], rtol=1e-7))
            q = sorted(scores)[int(np.ceil(0.9 * (len(scores) + 1))) - 1]
            check(f"{out}: quantile", np.isclose(made["intervals"]["quantile"], q, rtol=1e-7))
        ours = forecasts(out, "out")
        worst = max(abs(voice(ours[t]) - combine([voice(o[t]) for o in outside])) for t in ours)
        check(f"{out}: answers", worst < 1e-12, worst)
        said = json.loads(tool("predict", "--model", out, "--csv", "candles.csv", "--json"))["forecasts"][0]
        if how == "vote":
            check("a vote is no probability", said["probability_up"] is None and said["voices"] == 2 and said["votes_up"]
                  == sum(number(o[times[-1]]["probability"]) > 0.5 for o in outside), said)

        # what judges it does not exist for it
        with open("later.csv", "w") as file:
            text = open("candles.csv").read().splitlines()
            head = next(i for i, line in enumerate(text) if line.startswith("time,")) + 1
            file.write("\n".join(text[:head + SEEN]) + "\n")
            for line in text[head + SEEN:]:
                cells = line.split(",")
                file.write(",".join([cells[0]] + ["77", "79", "75", "78", "5"]) + "\n")
        tool("ensemble", "--models", ",".join(models), "--csv", "later.csv", "--how", how, "--out", "later.json")
        check(f"{out}: no look-ahead", open("later.json").read() == open(out).read())

# one model twice is that model: forecasts and intervals, of every target
for target in ("direction", "price", "return", "volatility", "price_level", "rolling_volatility", "expression"):
    tool("train", "--csv", "candles.csv", "--target", target, *(["--expression", "rsi(14)"] if target == "expression" else []), "--window", 8,
         "--features", features[0], "--model", "dense 4 tanh | dense 1" + (" sigmoid" if target == "direction" else ""), "--epochs", 1,
         "--progress", "none", "--out", "once.json")
    once = forecasts("once.json", "out")
    for how in ("mean", "median"):
        told = tool("ensemble", "--models", "once.json,once.json", "--csv", "candles.csv", "--how", how, "--out", "twice.json")
        check("a note of twins", "are the same model" in told, told)
        twice = forecasts("twice.json", "out")
        for name in (column.get(target) or {"return": "log_return", "price_level": "price", "rolling_volatility": "volatility",
                                            "expression": "value"}[target], "lower", "upper"):
            a, b = (np.array([number(r[name]) for r in f.values()]) for f in (once, twice))
            check(f"{target}, {how} of a model twice: {name}", np.allclose(a, b, rtol=1e-9, atol=0, equal_nan=True), (a[-1], b[-1]))

# voices are told under their files' names, in the order of --models, whose-ever baselines are taken
moves = np.diff(np.log(close), prepend=np.log(close[0])) * np.where(np.arange(BARS) < 450, 0.2, 1)    # calm, then not: scales differ
with open("regimes.csv", "w") as file:
    file.write("time,open,high,low,close,volume\n" + "".join(f"{t},{x},{x},{x},{x},1\n" for t, x in zip(times, 100 * np.exp(np.cumsum(moves)))))
for k, val in ((0, 0.6), (1, 0.2)):
    tool("train", "--csv", "regimes.csv", "--target", "price", "--window", 4, "--features", "log_return(close)", "--model", "dense 2 tanh | dense 1",
         "--epochs", 1, "--val", val, "--progress", "none", "--out", f"scale.{k}.json")
told = tool("ensemble", "--models", "scale.0.json,scale.1.json", "--csv", "regimes.csv", "--out", "x.json")
other = tool("ensemble", "--models", "scale.1.json,scale.0.json", "--csv", "regimes.csv", "--out", "x.json")
lead = [t.split("baselines are those of ")[1].split(";")[0] for t in (told, other)]
check("the order of --models", told.index("scale.0.json: ") < told.index("scale.1.json: ") and other.index("scale.1.json: ") < other.index("scale.0.json: "))
files = {m: json.load(open(m)) for m in ("scale.0.json", "scale.1.json")}
scaled = {m: f["training"]["baselines"]["ridge"]["val_loss"] for m, f in files.items()}
ridges = {m: scaled[m] * f["task"]["target_scale"] ** 2 for m, f in files.items()}
check("losses in units of each member's own mislead", min(scaled, key=scaled.get) != min(ridges, key=ridges.get), (scaled, ridges))
check("the better linear model leads", lead == [min(ridges, key=ridges.get)] * 2, (lead, ridges))

# a voice that has seen the outcomes is named, wherever it stands; one that ends early is traded as far as it goes
up = [int(close[i + 1] > close[i]) if i + 1 < BARS else 0 for i in range(BARS)]
for name, values in (("leak.csv", up), ("short.csv", [0.4 + 0.002 * (i * 37 % 100) for i in range(SEEN + 60)])):
    with open(name, "w") as file:
        file.write("time,probability\n" + "".join(f"{t},{x}\n" for t, x in zip(times, values)))
    told = tool("ensemble", "--models", f"direction.0.json,{name}", "--csv", "candles.csv", "--out", name + ".json")
    check(f"{name}: a voice that is never wrong is told", ("leak.csv is right on 100.00 %" in told) == (name == "leak.csv"), told)
    told = tool("evaluate", "--model", name + ".json", "--csv", "candles.csv")
    if name == "leak.csv":
        check("no skill over a voice without a loss", "below -99" in told and "next to never wrong" in told, told)
        check("the alarm names it", "look at voice 2 (leak.csv, right alone 100.00 %)" in told and "--model M" not in told, told[:700])
    else:
        check("traded up to its last row", "over the 61 bars from the first forecast to the last" in told, told)
        test = json.loads(tool("evaluate", "--model", name + ".json", "--csv", "candles.csv", "--json"))["evaluation"]
        check("buy and hold too", test["traded_bars"] == 61
              and abs(test["buy_and_hold"]["total_return"] + 1 - close[SEEN + 59] / float(candles[SEEN]["open"])) < 0.005, test["buy_and_hold"])
report = json.loads(tool("evaluate", "--model", "direction.vote.json", "--csv", "candles.csv", "--json"))["evaluation"]
check("a vote has no log loss", all(report["direction"][k] is None for k in ("log_loss", "brier", "auc")) and not report["calibration"], report["direction"])
check("a vote has an accuracy, and no skill", report["direction"]["p_one_sided"] > 0 and all(b["comparison"]["skill"] is None for b in report["baselines"]))
check("its verdict is not known", all(report["verdict"][k]["verdict"] == "not known" for k in ("beats_persistence", "beats_the_best_baseline")))
said = json.loads(tool("signal", "--model", "direction.vote.json", "--csv", "candles.csv", "--json"))
check("its signal has no confidence", said["confidence"] is None and said["probability_up"] is None and said["voices"] == 2, said)
tool("evaluate", "--model", "direction.vote.json", "--csv", "candles.csv", "--report", "vote.html")
page = open("vote.html").read()
check("its report has no calibration", "Brier" not in page and "Lead over" not in page and "no probabilities" in page)
with open("head.csv", "w") as file:
    file.write("".join(open("candles.csv").readlines()[:400]))
check("candles that do not hold the calibration bars", "no intervals" in
      tool("ensemble", "--models", "price.0.json,price.1.json", "--csv", "head.csv", "--out", "x.json"))
with open("tail.csv", "w") as file:
    lines = open("candles.csv").readlines()
    file.write(lines[1] + "".join(lines[SEEN + 20:]))
check("candles that hold none of theirs", "give the candles they were trained on" in
      tool("ensemble", "--models", "price.0.json,price.1.json", "--csv", "tail.csv", "--out", "x.json", code=3))
told = tool("ensemble", "--models", "price.0.json,later.json", "--csv", "candles.csv", "--out", "x.json", code=2)
check("an ensemble as a member", "member 2 of the ensemble is itself an ensemble: give its members" in told, told)

# another program's probabilities: in evaluate and backtest alone, and only as they were
rng = np.random.default_rng(5)
p = rng.uniform(0, 1, BARS)
with open("forest.csv", "w") as file:
    file.write("time,probability\n" + "".join(f"{t},{x:.6f}\n" for t, x in zip(times, p)))
tool("ensemble", "--models", "direction.0.json,direction.1.json,forest.csv", "--csv", "candles.csv", "--out", "with.json")
ours, alone = forecasts("with.json", "out"), [forecasts(f"direction.{k}.json", "out") for k in (0, 1)]
worst = max(abs(number(ours[t]["probability"]) - (number(alone[0][t]["probability"]) + number(alone[1][t]["probability"]) + round(p[index[t]], 6)) / 3) for t in ours)
check("a file is one more voice", worst < 1e-12, worst)
told = tool("evaluate", "--model", "with.json", "--csv", "candles.csv")
check("its candles are known", told.startswith("Candles matching") and "forest.csv" in told, told[:200])
tool("backtest", "--model", "with.json", "--csv", "candles.csv")
for command in ("predict", "signal"):
    told = tool(command, "--model", "with.json", "--csv", "candles.csv", code=2)
    check(f"{command} refuses it by name", "forest.csv" in told and "evaluate and backtest" in told, told)
with open("forest.csv", "a") as file:
    file.write("\n")
check("a file that changed", "have changed" in tool("evaluate", "--model", "with.json", "--csv", "candles.csv", code=3))
with open("wrong.csv", "w") as file:
    file.write(f"time,probability\n{times[700]},1.2\n")
check("a probability above 1", "expected 0 .. 1" in tool("ensemble", "--models", "direction.0.json,wrong.csv", "--csv", "candles.csv", "--out", "x.json", code=3))
check("another target", "another target" in tool("ensemble", "--models", "direction.0.json,price.0.json", "--csv", "candles.csv", "--out", "x.json", code=2))
check("a vote on prices", "a vote: only of models of direction" in tool("ensemble", "--models", "price.0.json,price.1.json", "--csv", "candles.csv", "--how", "vote", "--out", "x.json", code=2))
check("one member", "two members" in tool("ensemble", "--models", "price.0.json", "--csv", "candles.csv", "--out", "x.json", code=2))
check("no overwriting of a member", tool("ensemble", "--models", "price.0.json,price.1.json", "--csv", "candles.csv", "--out", "price.1.json", code=2))
check("other candles", "other candles" in tool("ensemble", "--models", "price.0.json,price.1.json", "--csv", "other.csv", "--out", "x.json", code=3)
      if not tool("synth", "--bars", 1400, "--seed", 12, "--out", "other.csv") else False)
print(f"{passed} passed, {failed} failed, 0 skipped")
sys.exit(failed > 0)
