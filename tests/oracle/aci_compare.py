#!/usr/bin/env python3
"""aci_compare.py CANDLES.csv MODEL.json FORECASTS.csv: the adaptive intervals of `lstmfc evaluate --forecasts`, computed a second
time by a plain loop that shares no code: Gibbs & Candes (2021) over the calibration scores in the model file, each outcome fed when
its h bars are closed. Needs Python alone. Prints the largest relative difference; exit 1 when it is above 1e-9."""
import csv, json, math, statistics, sys

def main(candles_path, model_path, forecasts_path):
    model = json.load(open(model_path))
    task, intervals = model["task"], model["intervals"]
    horizon, target, level, scores = task["horizon"], task["target"], intervals["level"], intervals["scores"]
    rows = [r for r in csv.reader(open(candles_path)) if r and not r[0].startswith("#")]
    at = [h.lower() for h in rows[0]].index("close")
    close = [float(r[at]) for r in rows[1:]]
    step = [math.nan] + [math.log(b / a) for a, b in zip(close, close[1:])]
    forecasts = list(csv.DictReader(open(forecasts_path)))
    first = len(close) - len(forecasts)             # the file's last row is the last bar
    n, alpha, gamma = len(scores), 1 - level, 0.01
    issued, fed, clamped, inside, judged, worst = {}, 0, 0, 0, 0, 0.0
    for k, row in enumerate(forecasts):
        t = first + k
        assert abs(float(row["close"]) - close[t]) < 1e-9 * close[t]
        if t - horizon in issued:                    # the outcome that closes with this bar
            lower, upper = issued.pop(t - horizon)
            outcome = forecasts[k - horizon]["outcome"]
            if outcome:
                miss = not lower <= float(outcome) <= upper
                alpha += gamma * ((1 - level) - miss)
                fed += 1
        if not row["lower"]:
            continue
        a = min(max(alpha, 1 / (n + 1)), n / (n + 1))
        clamped += fed > 0 and a != alpha
        q = scores[math.ceil((n + 1) * (1 - a) - 1e-9) - 1]
        if target == "volatility":
            y, scale = math.log(float(row["volatility"]) / task.get("volatility_factor", 1)), 1
            lower, upper = math.exp(y - q), math.exp(y + q)
        else:
            scale = statistics.stdev(step[t - 19:t + 1])
            if target == "price":
                y = math.log(float(row["price"]) / close[t])
                lower, upper = close[t] * math.exp(y - q * scale), close[t] * math.exp(y + q * scale)
            else:
                y = float(row["log_return"])
                lower, upper = y - q * scale, y + q * scale
        size = upper - lower
        worst = max(worst, abs(float(row["lower"]) - lower) / size, abs(float(row["upper"]) - upper) / size)
        issued[t] = (float(row["lower"]), float(row["upper"]))
        if row["outcome"]:
            judged += 1
            inside += float(row["lower"]) <= float(row["outcome"]) <= float(row["upper"])
    print(f"replayed {fed} clamped {clamped} coverage {inside / judged:.6f} alpha {alpha:.6f} difference {worst:.3g}")
    return worst > 1e-9

sys.exit(main(*sys.argv[1:]))
