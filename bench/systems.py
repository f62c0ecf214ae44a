#!/usr/bin/env python3
"""The five systems on real data: each pipeline once, and what it printed, in bench/results/systems-<date>.json.

    bench/systems.py DATA [--systems abcde] [--quick] [--out FILE]

DATA is the folder of the market files (btcusdt_1h.csv, yahoo_BTC-USD.csv, bitcoin_dataset.csv). Every figure is the tool's own --json:
forecasts beside their baselines, the verdict, trades net of costs. Wall time and peak memory are the system's, of the whole command.
--quick: few bars and epochs, to see that it runs. A whole run writes its table into bench/README.md, between the marks.
"""
import argparse
import datetime
import json
import os
import platform
import subprocess
import sys
import tempfile
import time

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
TOOL = os.environ.get("LSTMFC_TOOL", os.path.join(ROOT, "build", "lstmfc"))

# system: file, flags of the recorded run, flags of --quick. --last and --epochs bound a and e, whose networks are the largest: what was cut
# is in the command that is recorded.
RUNS = {
    "a": ("btcusdt_1h.csv", ["--drop-last", "--last", "12000", "--epochs", "8", "--seeds", "3", "--threads", "2"], ["--last", "1500", "--epochs", "1"]),
    "b": ("btcusdt_1h.csv", ["--drop-last", "--last", "5000"], ["--last", "500", "--epochs", "2"]),
    "c": ("bitcoin_dataset.csv", ["--columns", "close=btc_market_price", "--seeds", "5", "--seed-protocol", "--threads", "2"],
          ["--columns", "close=btc_market_price", "--last", "500", "--epochs", "1"]),
    "d": ("yahoo_BTC-USD.csv", ["--drop-last", "--seeds", "3", "--threads", "2"], ["--last", "600", "--epochs", "1"]),
    "e": ("btcusdt_1h.csv", ["--drop-last", "--last", "6000", "--epochs", "4", "--threads", "2"], ["--last", "700", "--epochs", "1"]),
}


def run(system, data, quick, folder):
    file, flags, quick_flags = RUNS[system]
    words = ["pipeline", "--system", system, "--csv", file, *(quick_flags if quick else flags)]
    with open(os.path.join(folder, system + ".json"), "w+") as out, open(os.path.join(folder, system + ".log"), "w+") as log:
        begun = time.time()
        process = subprocess.Popen([TOOL, *words, "--out", os.path.join(folder, system), "--progress", "none", "--json"], cwd=data,
                                   stdout=out, stderr=log)
        _, status, used = os.wait4(process.pid, 0)      # of this process alone
        seconds = time.time() - begun
        out.seek(0)
        log.seek(0)
        if status:
            sys.exit("system %s: %s" % (system, log.read()[-2000:]))
        text = out.read()
    said = json.loads(text)
    said.pop("out", None)
    said.pop("csv", None)
    files = sorted(os.listdir(os.path.join(folder, system)))
    return {"command": "lstmfc " + " ".join(words) + " --out DIR", "data": file, "wall_seconds": round(seconds, 1),
            "processor_seconds": round(used.ru_utime + used.ru_stime, 1),
            "peak_memory_bytes": used.ru_maxrss * (1 if sys.platform == "darwin" else 1024), "files": files, "printed": said}


def cells(system, r):
    """What the table says of a system: errors beside those of persistence, the verdict, trades."""
    e = r["printed"]["evaluation"]
    first = e["baselines"][0]
    if "direction" in e:
        d = e["direction"]
        shown = "accuracy %.2f %% (%.2f %% needs no model), AUC %.3f" % (100 * d["accuracy"], 100 * d["p0"], d["auc"])
    else:
        shown = "RMSE %.5g (%s %.5g), R2 %.4f (%.4f)" % (e["errors"]["rmse"], first["name"], e["persistence_errors"]["rmse"],
                                                          e["errors"]["r2"], e["persistence_errors"]["r2"])
    verdict = ", ".join(v["verdict"] for v in e["verdict"].values() if isinstance(v, dict) and "verdict" in v)
    return [system.upper(), r["data"], shown, "%+.4f (p %.2g)" % (first["comparison"]["skill"], first["comparison"]["p"]), verdict,
            "%.0f s" % r["wall_seconds"], "%.0f MB" % (r["peak_memory_bytes"] / 1e6)]


def table(record, name):
    lines = ["`%s` with %s, %d cores (load %.1f of other work when it began);" % (
                 record["command"], record["version"].split("\n")[0], record["cores"], record["load_at_begin"]),
             "`results/%s` has the command of each and every figure. Skill is by the loss of the verdict (D: QLIKE, the" % name,
             "others squared log-return error or log loss). Verdict: beats persistence, a linear model, the best baseline; pays its costs.", "",
             "| | data | on bars never seen | skill over persistence | verdict | wall | memory |", "|---|---|---|--:|---|--:|--:|"]
    return lines + ["| " + " | ".join(cells(s, r)) + " |" for s, r in record["systems"].items()]


def write_between_marks(lines):
    path = os.path.join(ROOT, "bench", "README.md")
    with open(path) as f:
        text = f.read()
    begin, end = text.index("<!-- systems -->") + len("<!-- systems -->"), text.index("<!-- /systems -->")
    with open(path, "w") as f:
        f.write(text[:begin] + "\n" + "\n".join(lines) + "\n" + text[end:])


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("data")
    p.add_argument("--systems", default="abcde")
    p.add_argument("--quick", action="store_true")
    p.add_argument("--out")
    a = p.parse_args()
    version = subprocess.run([TOOL, "--version"], capture_output=True, text=True).stdout.strip()
    record = {"command": "bench/systems.py DATA --systems " + a.systems + (" --quick" if a.quick else ""), "version": version,
              "date": datetime.date.today().isoformat(), "machine": platform.machine(), "cores": os.cpu_count(), "load_at_begin": round(os.getloadavg()[0], 1), "systems": {}}
    path = a.out or os.path.join(ROOT, "bench", "results", "systems-%s.json" % record["date"])
    with tempfile.TemporaryDirectory() as folder:
        for system in a.systems:
            record["systems"][system] = run(system, a.data, a.quick, folder)
            print(" | ".join(cells(system, record["systems"][system])), flush=True)
    with open(path, "w") as f:
        json.dump(record, f, indent=1)
        f.write("\n")
    if not a.quick and a.systems == "abcde":
        write_between_marks(table(record, os.path.basename(path)))
    print("written: %s" % os.path.relpath(path, ROOT))


if __name__ == "__main__":
    main()
