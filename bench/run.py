#!/usr/bin/env python3
"""make bench: ours and every installed peer on the same work in one run. Python's standard library only; nothing is fetched.

Each program (ours in several builds, each peer at each thread count) is one process that stays, asked over a pipe to work for about
0.2 s and idle otherwise. An item is measured in rounds: ours, peer, peer, ours, peer, ... so that a change of the machine's clock or
load meets all of them; a figure is the median of its rounds. One thread counts processor time (other processes do not enter), two
threads wall time. Before that every peer loads ours's weights and inputs, and its outputs must agree: a ratio never compares different
work. Ends with the table of what is to be reached, and writes bench/results/<date>.json, bench/README.md and the small table of README.

    bench/run.py [--quick] [--peers none] [--items train,latency] [--readme]      PYTHON=... chooses the Python of the peers
"""
import argparse
import datetime
import json
import os
import pathlib
import platform
import re
import select
import shutil
import statistics
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
BUILD = ROOT / "build" / "bench"
DATA = BUILD / "data"
PEERS = ROOT / "bench" / "peers"
TOLERANCE = 1e-4
WORKS = ("W1", "W2", "W3", "W4")
LEVELS = ("avx2", "avx512", "neon")
BUSY = 0.15         # of a core used by other processes: from here on two threads are not scored
UNITS = {"train": "sequence", "latency": "sequence", "batch": "sequence", "stream": "step", "indicator": "bar", "csv": "byte",
         "csv_memory": "byte", "load": "byte", "save": "byte", "backtest": "bar"}
NETWORKS = {"train", "infer", "threads", "builds", "overlap", "system_a"}       # items whose peers are networks


BUILDS = {"ours": "lstmfc", "O2": "lstmfc, cc -O2", "native": "lstmfc, cc -O3 -march=native", "clang": "lstmfc, clang -O3"}


# ---- the workers

def python():
    """Of the peers: PYTHON, else the one `make bench-deps` made."""
    own = ROOT / "build" / "venv-bench" / "bin" / "python"
    return os.environ.get("PYTHON") or str(own if own.exists() else sys.executable)


class Worker:
    """A process that answers one line of JSON to one line of text. absent: why it cannot be asked."""

    def __init__(self, label, command, install, threads=1, **environment):
        self.label, self.command, self.install, self.threads = label, command, install, threads
        self.environment, self.process, self.absent, self.hello, self.wrong = environment, None, None, {}, {}

    def start(self):
        environment = dict(os.environ, TF_CPP_MIN_LOG_LEVEL="3", CUDA_VISIBLE_DEVICES="",
                           KERAS_BACKEND="tensorflow", PYTHONWARNINGS="ignore", **self.environment)
        for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
            environment[name] = str(self.threads)
        if not pathlib.Path(self.command[0]).exists() and "/" in self.command[0]:
            self.absent = self.install
            return self
        self.log = open(BUILD / "peers.log", "a", encoding="utf-8")
        self.process = subprocess.Popen([*self.command, str(DATA)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self.log,
                                        env=environment, cwd=ROOT)
        self.hello = self.ask("hello")
        if "name" not in self.hello and not self.absent:
            self.absent = self.install
        return self

    def ask(self, line, timeout=300):
        if self.absent:
            return {"absent": self.absent}
        text = b""
        try:
            self.process.stdin.write((line + "\n").encode())
            self.process.stdin.flush()
            while not text.endswith(b"\n"):
                if not select.select([self.process.stdout], [], [], timeout)[0]:
                    raise OSError(f"no answer to '{line}' in {timeout} s")
                part = os.read(self.process.stdout.fileno(), 65536)
                if not part:
                    raise OSError(f"ended at '{line}'")
                text += part
            return json.loads(text)
        except (OSError, ValueError) as error:
            self.stop()
            self.absent = self.install if line == "hello" else f"{self.label}: {error}"
            return {"error": self.absent}

    def stop(self):
        if self.process:
            self.process.kill()
            self.process.wait()
            self.process = None


def workers(options):
    """{key: Worker}, started. ours is asked at one level and thread count per line; a peer's are fixed when its process starts."""
    pip = "make bench-deps"
    script = lambda name: [python(), str(PEERS / f"{name}_worker.py")]
    program = lambda name: [str(BUILD / name)]
    held = {"ONEDNN_MAX_CPU_ISA": "AVX2", "ATEN_CPU_CAPABILITY": "avx2"}
    table = {
        "ours": Worker("lstmfc", program("ours"), "make build/bench/ours"),
        "O2": Worker("cc -O2", program("ours_O2"), "make build/bench/ours_O2"),
        "native": Worker("cc -O3 -march=native", program("ours_native"), "make build/bench/ours_native"),
        "clang": Worker("clang -O3", program("ours_clang"), "clang (package clang)"),
    }
    if options.peers != "none" and options.chosen & NETWORKS:
        table.update({
            "torch": Worker("PyTorch", script("torch"), pip),
            "torch_avx2": Worker("PyTorch held to AVX2", script("torch"), pip, **held),
            "torch_2": Worker("PyTorch", script("torch"), pip, threads=2),
            "onnxruntime": Worker("ONNX Runtime", script("onnxruntime"), pip),
            "onnxruntime_2": Worker("ONNX Runtime", script("onnxruntime"), pip, threads=2),
            "keras": Worker("Keras", script("keras"), pip),
            "dnnl": Worker("oneDNN", program("dnnl"), "make deps (package libdnnl-dev)"),
            "dnnl_2": Worker("oneDNN", program("dnnl"), "make deps (package libdnnl-dev)", threads=2),
            "rtneural": Worker("RTNeural", program("rtneural"), "make bench RTNEURAL=path of its sources"),
            "kann": Worker("KANN", program("kann"), "make bench KANN=path of its sources"),
        })
    if options.peers != "none" and "indicators" in options.chosen:
        table.update({"talib": Worker("TA-Lib", script("talib"), pip),
                      "tulip": Worker("Tulip", program("tulip"), "make bench TULIP=path of its sources")})
    if options.peers != "none" and "backtest" in options.chosen:
        alone = {"NUMBA_NUM_THREADS": "1", "RAYON_NUM_THREADS": "1"}
        table.update({"vectorbt_rust": Worker("vectorbt, Rust", script("vectorbt"), pip, VECTORBT_ENGINE="rust", **alone),
                      "vectorbt_numba": Worker("vectorbt, Numba", script("vectorbt"), pip, VECTORBT_ENGINE="numba", **alone),
                      "backtesting": Worker("backtesting.py", script("backtesting"), pip)})
    for key, worker in table.items():
        worker.key = key
        worker.start()
        if worker.absent:
            print(f"absent: {worker.label}" + (f", {worker.threads} threads" if worker.threads > 1 else "") + f": {worker.absent}", flush=True)
    if table["ours"].absent:
        sys.exit("bench: ours is not built: make bench")
    return table


# ---- measuring

class Bench:
    def __init__(self, options):
        self.options, self.figures, self.notes, self.trading = options, {}, [], {}
        self.rounds, self.seconds = (3, 0.05) if options.quick else (options.rounds, 0.2)
        self.table = workers(options)
        self.levels = [level for level in LEVELS if level in self.table["ours"].hello["levels"]]
        self.best = self.table["ours"].hello["levels"][-1]

    def present(self, key):
        return key in self.table and not self.table[key].absent

    def ours(self, level=None, threads=1, build="ours", item=None):
        """One contestant: (name in the results, worker, options of the line, another item than the case's)."""
        level = level or self.best
        return f"{item or build} {level}" + (f" x{threads}" if threads > 1 else ""), build, f"simd={level} threads={threads}", item

    @staticmethod
    def peer(key):
        return key, key, "", None

    def peaks(self):
        """The machine's limit at each level, measured between the same rounds."""
        return [self.ours(level, item="peak") for level in self.levels]

    def case(self, item, work, contestants, clock="cpu", rounds=None, tag=""):
        """Rounds over all contestants, one after the other; keeps {contestant: {seconds per unit, ...}} under 'item work tag'."""
        wanted = [c for c in contestants if self.present(c[1]) and work not in self.table[c[1]].wrong]
        samples, failed = {c[0]: [] for c in wanted}, {}
        for _ in range(rounds or self.rounds):
            for name, key, words, other in wanted:
                if name not in failed:
                    seconds = 0.05 if other == "peak" else self.seconds
                    answer = self.table[key].ask(f"{other or item} {work} seconds={seconds} {words}")
                    if "units" in answer:
                        samples[name].append(answer)
                    else:
                        failed[name] = answer.get("absent") or answer.get("error")
                    if self.table[key].threads > 1:
                        time.sleep(0.05)        # its threads still spin for a while after the last call
        result = {}
        for name, answers in samples.items():
            if name in failed:
                result[name] = {"absent": failed[name]}
            else:
                each = [a[clock] / a["units"] for a in answers]
                result[name] = {"seconds": statistics.median(each), "low": min(each), "high": max(each), "rounds": each,
                                "wall": statistics.median(a["wall"] / a["units"] for a in answers)}
        self.figures[f"{item} {work}{tag}"] = result
        unit = UNITS[item]
        said = lambda name, seconds: (f"{name} {1e-9 / seconds:.0f} GFLOP/s" if name.startswith("peak") else f"{name} {1e-6 / seconds:.0f} MB/s"
                                      if unit == "byte" else f"{name} {duration(seconds)} per {unit}")
        print(f"{item} {work}{tag}: " + ", ".join(said(name, f["seconds"]) for name, f in result.items() if "seconds" in f), flush=True)

    def seconds_of(self, case, name):
        """Median seconds of one unit, or None where it was not measured."""
        return self.figures.get(case, {}).get(name, {}).get("seconds")

    def ratio(self, case, ours, peers):
        """How many times faster ours is than the best of the peers: (ratio, that peer); None where one is missing."""
        own = self.seconds_of(case, ours)
        there = [(self.seconds_of(case, peer), peer) for peer in peers if self.seconds_of(case, peer)]
        return (min(there)[0] / own, min(there)[1]) if own and there else None


def duration(seconds):
    for factor, unit in ((1, "s"), (1e3, "ms"), (1e6, "us"), (1e9, "ns")):
        if seconds * factor >= 1 or unit == "ns":
            return f"{seconds * factor:.3g} {unit}"


def close(a, b):
    return abs(a - b) <= TOLERANCE * (1 + abs(b))


def guard(bench):
    """Every program on the same weights and inputs: outputs of four windows, the carried state over one, three training steps.
    A peer that disagrees is left out of the figures of that work."""
    ours = {work: bench.table["ours"].ask(f"check {work} simd=scalar") for work in WORKS}
    lines, worst, own = [], {}, {}
    for key, worker in bench.table.items():
        if worker.absent:
            continue
        variants = [f"simd={level} threads={n}" for level in bench.levels for n in (1, 2)] if key == "ours" else [""]
        for words in variants:
            for work in WORKS:
                answer = worker.ask(f"check {work} {words}")
                if "absent" in answer or "error" in answer:
                    if "error" in answer:
                        lines.append(f"{worker.label} {words} {work}: {answer['error']}")
                        if key != "ours":
                            worker.wrong[work] = answer["error"]
                    continue
                flat = lambda v: v if isinstance(v, list) else [v]
                pairs = [(a, b) for name in answer if name in ours[work] for a, b in zip(flat(answer[name]), flat(ours[work][name]))]
                label = f"{worker.label}{f', {worker.threads} threads' if worker.threads > 1 else ''} {words}".strip()
                mine = own if key in BUILDS else worst
                mine[label] = max([mine.get(label, 0)] + [abs(a - b) for a, b in pairs])
                if not pairs or not all(close(a, b) for a, b in pairs):
                    lines.append(f"{label} {work}: disagrees with ours, left out: {json.dumps(answer)} against {json.dumps(ours[work])}")
                    worker.wrong[work] = "disagrees with ours"
    print("same work, largest difference to lstmfc (scalar): " + (", ".join(f"{label} {value:.1e}" for label, value in worst.items()) or "no peer") +
          f"; lstmfc's own builds, instruction sets and threads: {max(own.values(), default=0):.1e}", flush=True)
    for line in lines:
        print("WRONG  " + line)
    bench.notes += lines
    return {"tolerance": TOLERANCE, "worst": worst, "own": own, "disagreements": lines}


def measure_train(bench):
    levels = [bench.ours(level) for level in bench.levels] or [bench.ours()]
    for work in WORKS:
        peers = [bench.peer(key) for key in ("torch", "torch_avx2", "keras", "dnnl", "kann")]
        bench.case("train", work, levels + peers + bench.peaks())


def measure_infer(bench):
    levels = [bench.ours(level) for level in bench.levels] or [bench.ours()]
    for item, keys in (("latency", ("torch", "onnxruntime", "keras", "dnnl", "rtneural", "kann")),
                       ("batch", ("torch", "torch_avx2", "onnxruntime", "keras", "dnnl", "kann")),
                       ("stream", ("torch", "onnxruntime", "dnnl", "rtneural", "kann"))):
        for work in WORKS:
            bench.case(item, work, levels + [bench.peer(key) for key in keys] + bench.peaks())


def measure_threads(bench):
    """A single forecast (one window, one step) runs on one thread: not here. Every peer also with one thread, where that is faster."""
    for item, keys in (("train", ("torch", "torch_2", "keras", "dnnl", "dnnl_2", "kann")),
                       ("batch", ("torch", "torch_2", "onnxruntime", "onnxruntime_2", "keras", "dnnl", "dnnl_2", "kann"))):
        for work in WORKS:
            bench.case(item, work, [bench.ours(), bench.ours(threads=2)] + [bench.peer(key) for key in keys], clock="wall", tag=" x2")


def measure_builds(bench):
    builds = [bench.ours(build=build) for build in ("ours", "O2", "native", "clang")]
    for item in ("train", "stream"):
        for work in WORKS:
            bench.case(item, work, builds, tag=" builds")
    for work in WORKS:
        bench.case("train", work, [bench.ours(level) for level in bench.table["ours"].hello["levels"]], rounds=3, tag=" levels")


def measure_overlap(bench):
    bench.case("train", "W2", [bench.ours(item="overlap"), bench.ours(item="copied")], tag=" windows")


def measure_files(bench):
    for item, work in (("csv", "-"), ("csv_memory", "-"), ("load", "W4"), ("save", "W4")):
        bench.case(item, work, [("ours", "ours", "", None)])


INDICATORS = {"sma": None, "ema": None, "stddev": None, "rsi": 2.5, "stochrsi": 10, "macd": 3.2, "bands": 5, "tr": None, "atr": 2.5, "dmi": 10, "obv": 1.5,
              "vwap": None, "volume_ratio": None, "log_return": None, "realized_vol": None, "trend": None, "max": None, "mfi": None, "cci": None,
              "stoch": None, "common": None, "list": 42, "update": 150, "features": None}       # ns per bar to reach


def measure_indicators(bench):
    """Nanoseconds per bar over 200,000 bars; `list` is system E, `common` what TA-Lib has of it, `update` the same bar by bar, `features` @e bar by bar through
    the feature language."""
    for name in INDICATORS:
        bench.case("indicator", name, [("ours", "ours", "", None), bench.peer("talib"), bench.peer("tulip")])


def fresh(worker, line):
    """The same program in a new process for one line: (answer, wall seconds from start to answer)."""
    start = time.perf_counter()
    one = Worker(worker.label, worker.command, worker.install, worker.threads, **worker.environment).start()
    answer = one.ask(line)
    wall = time.perf_counter() - start
    one.stop()
    return answer, wall


def measure_system_a(bench):
    """The whole job in a process of its own: ours from the file of candles, the peers from the finished matrix of features. The first
    epoch holds what a program prepares on first use (Keras compiles its graph), so the further ones are given apart."""
    epochs = 2 if bench.options.quick else 3
    names = [key for key in ("ours", "torch", "keras") if bench.present(key)]
    samples = {key: [] for key in names}
    for _ in range(1 if bench.options.quick else 3):
        for key in names:
            answer, wall = fresh(bench.table[key], f"system_a A epochs={epochs}")
            if "units" in answer:
                samples[key].append(dict(answer, process=wall))
            else:
                bench.notes.append(f"system A, {key}: {answer.get('error') or answer.get('absent')}")
    middle = lambda key, name: statistics.median(a[name] for a in samples[key])
    bench.figures["system_a"] = {"epochs": epochs, **{
        key: {"process": middle(key, "process"), "job": middle(key, "wall"), "training": middle(key, "train"),
              "first_epoch": middle(key, "first"),
              "further_epoch": statistics.median((a["train"] - a["first"]) / (epochs - 1) for a in samples[key]),
              "peak_mb": middle(key, "peak_kb") / 1024, "validation_loss": middle(key, "check")} for key in names if samples[key]}}
    print("system_a:", json.dumps(bench.figures["system_a"]), flush=True)


def measure_memory(bench):
    """Training on N rows of 30 columns: what the process needs beyond the matrix and the targets it was given."""
    result = {}
    for rows in (100000, 200000) if bench.options.quick else (100000, 1000000):
        answer, _ = fresh(bench.table["ours"], f"memory - rows={rows}")
        if "rows" in answer:
            answer["beyond_kb"] = answer["peak_kb"] - answer["before_kb"]
            result[str(rows)] = answer
        else:
            bench.notes.append(f"memory: {answer}")
    bench.figures["memory"] = result
    print("memory:", json.dumps(result), flush=True)


def trading_guard(bench):
    """Every engine on the same bars and positions: end equity, largest drawdown, number of trades, and where a peer has them the Sharpe ratio
    and the end equity of signals of the grid. Who disagrees is left out."""
    few = "bars=100000"
    for name in ("sparse", "dense", "grid"):
        ours = {}
        for key in PEERS_TRADING:
            if not bench.present(key):
                continue
            worker, words = bench.table[key], few if key == "backtesting" else ""
            if words not in ours:
                ours[words] = bench.table["ours"].ask(f"backtest_check {name} {words}")
            own, theirs = dict(ours[words]), worker.ask(f"backtest_check {name} {words}")
            wrong = theirs.get("error")
            if "end" in theirs:
                apart = [abs(a / b - 1) for a, b in zip(theirs["end"], own["end"])]
                apart += [abs(theirs[k] - own[k]) for k in ("drawdown", "sharpe") if k in theirs]
                bench.trading[key] = max([bench.trading.get(key, 0), *apart])
                if max(apart) > TRADING_TOLERANCE or theirs.get("trades", own["trades"]) != own["trades"]:
                    wrong = f"computes something else: {json.dumps(theirs)[:200]} against {json.dumps(own)[:200]}"
            if wrong:
                worker.wrong[name] = wrong
                bench.notes.append(f"{worker.label}, {name}: {wrong}: left out")
    print("same backtests, largest difference to lstmfc: " + (", ".join(f"{bench.table[k].label} {v:.1e}" for k, v in bench.trading.items()) or "no peer"),
          flush=True)


PEERS_TRADING, TRADING_TOLERANCE = ("vectorbt_rust", "vectorbt_numba", "backtesting"), 1e-6


def measure_backtest(bench):
    """One unit is one bar; see "backtests" in bench.c."""
    trading_guard(bench)
    peers = lambda words: [(key, key, words + (" bars=100000" if key == "backtesting" else " bars=300000"), None) for key in PEERS_TRADING]
    two = lambda words: [(key, key, words, None) for key in PEERS_TRADING[:2]]
    ours = lambda words, builds=("ours",): [(build, build, words, None) for build in builds]
    few, many = " bars=100000", ("many", "ours", "part=many bars=100000", None)
    for name in ("sparse", "dense"):
        bench.case("backtest", name, ours("part=fills" + few) + peers("part=fills")[:2], tag=" fills")
        bench.case("backtest", name, [many] + ours("part=many" + few, tuple(BUILDS)[1:]) + ours("part=one" + few) + peers("part=one"), tag=" curve")
        bench.case("backtest", name, ours("part=whole" + few) + two("part=whole" + few), tag=" whole")
        bench.case("backtest", name, ours("part=run" + few), tag=" run", rounds=3)
    bench.case("backtest", "grid", ours("part=one") + two("part=one"), tag=" curve", rounds=3)


ITEMS = {"train": measure_train, "infer": measure_infer, "threads": measure_threads, "builds": measure_builds,
         "overlap": measure_overlap, "files": measure_files, "indicators": measure_indicators, "system_a": measure_system_a, "memory": measure_memory,
         "backtest": measure_backtest}


# ---- what the figures mean

def work_sizes():
    """FLOPs of one sequence forward, from the exported layer lists: 2 * 4H * (I + H) per step and LSTM layer. Training counts three
    times that; heads (below 0.3 %) are not counted, nor is the first layer's input gradient left out."""
    sizes = {}
    for work in WORKS:
        words = [line.split() for line in open(DATA / f"{work}.txt", encoding="utf-8")]
        window = next(int(w[1]) for w in words if w[0] == "window")
        sizes[work] = window * sum(8 * int(w[2]) * (int(w[1]) + int(w[2])) for w in words if w[0] == "lstm")
    return sizes


FACTOR = {"train": 3, "latency": 1, "batch": 1}     # FLOPs of one unit, in forward passes of one sequence


def share(bench, item, work, level):
    """GFLOP/s of ours, and its share of the peak of that level measured between the same rounds."""
    own, peak = bench.seconds_of(f"{item} {work}", f"ours {level}"), bench.seconds_of(f"{item} {work}", f"peak {level}")
    if not own or not peak:
        return None
    flops = FACTOR[item] * bench.sizes[work]
    return flops / own / 1e9, flops / own * peak


def reach(bench, busy):
    """Rows (what, work, figure, target, 'at least' or 'at most', reached or None where a busy machine lets nobody tell, against whom,
    the line that asks ours for it, which build)."""
    rows = []

    def row(what, work, value, target, least, line, against="", build="ours", scored=True):
        if value is not None:
            rows.append({"what": what, "work": work, "value": value, "target": target, "sense": ">=" if least else "<=",
                         "reached": (value >= target if least else value <= target) if scored else None, "against": against, "line": line, "build": build})

    def against(what, item, work, ours, peers, target, inverse=False):
        found = bench.ratio(f"{item} {work}", ours, peers)
        if found:
            row(what, work, 1 / found[0] if inverse else found[0], target, not inverse, f"{item} {work} simd={ours.split()[-1]}",
                bench.table[found[1]].label)
    has512 = "avx512" in bench.levels
    best = f"ours {bench.best}"
    for k, work in enumerate(WORKS):
        if "avx2" in bench.levels:
            against("training, times PyTorch, both held to AVX2", "train", work, "ours avx2", ["torch_avx2"], (4.5, 3.5, 2.0, 1.4)[k])
        if has512:
            against("training, times PyTorch, both with AVX-512", "train", work, "ours avx512", ["torch"], (4, 3, 1.8, 1.6)[k])
        for level, targets in (("avx2", (0.50, 0.75, 0.75, 0.72)), ("avx512", (0.40, 0.55, 0.60, 0.60))):
            found = share(bench, "train", work, level)
            if found:
                row(f"training, share of the {level.upper()} peak", work, found[1], targets[k], True, f"train {work} simd={level}")
        if "avx2" in bench.levels:      # ONNX Runtime cannot be held to AVX2: where the machine has more it is left out here
            against("batch 256, times the best of PyTorch and ONNX Runtime, AVX2", "batch", work, "ours avx2",
                    ["torch_avx2"] if has512 else ["torch_avx2", "onnxruntime"], (2.5, 1.7, 1.5, 1.35)[k])
        if has512:
            against("batch 256, times the best of PyTorch and ONNX Runtime, AVX-512", "batch", work, "ours avx512",
                    ["torch", "onnxruntime"], (1.8, 1.4, 1.3, 1.15)[k])
        against("batch-1 latency, share of ONNX Runtime's time", "latency", work, best, ["onnxruntime"], (0.5, 0.6, 0.55, 0.85)[k], True)
        against("streaming step, share of ONNX Runtime's time", "stream", work, best, ["onnxruntime"], (0.1, 0.2, 0.25, 0.5)[k], True)
        against("streaming step, share of RTNeural's time", "stream", work, best, ["rtneural"], (0.85, 0.85, 0.8, 0.85)[k], True)
        one, two = bench.seconds_of(f"train {work} x2", best), bench.seconds_of(f"train {work} x2", best + " x2")
        if one and two:
            row("two threads, times one, training", work, one / two, 1.7, True, f"train {work} threads=2", scored=not busy)
        for item in ("train", "stream"):
            case = f"{item} {work} builds"
            gcc, o2, native, clang = (bench.seconds_of(case, f"{b} {bench.best}") for b in ("ours", "O2", "native", "clang"))
            name = {"train": "training", "stream": "streaming"}[item]
            if o2 and native:
                row(f"cc -O2, time of -O3 -march=native, {name}", work, o2 / native, 1.05, False, f"{item} {work}", build="O2")
            if gcc and clang:
                row(f"gcc and clang, slower over faster, {name}", work, max(gcc, clang) / min(gcc, clang), 1.15, False, f"{item} {work}",
                    build="ours" if gcc > clang else "clang")
    overlap, copied = (bench.seconds_of("train W2 windows", f"{name} {bench.best}") for name in ("overlap", "copied"))
    if overlap and copied:
        row("overlapping windows, times copied ones, training", "W2", copied / overlap, 1.15, True, "overlap W2")
    for item, work, what, target in (("csv", "-", "MB/s, read CSV file", 300), ("load", "W4", "MB/s, load JSON model (W4)", 200),
                                     ("save", "W4", "MB/s, save JSON model (W4)", 150)):
        seconds = bench.seconds_of(f"{item} {work}", "ours")
        if seconds:
            row(what, work, 1e-6 / seconds, target, True, f"{item} {work}")
    for name, target in INDICATORS.items():
        seconds = bench.seconds_of(f"indicator {name}", "ours")
        if seconds and target:
            row(f"indicator {name}, ns per bar", "-", 1e9 * seconds, target, False, f"indicator {name}")
    for name, target in (("sparse", 150), ("dense", 70)):
        seconds = bench.seconds_of(f"backtest {name} curve", "many")
        if seconds:
            row(f"backtest {name}, million bars a second", "-", 1e-6 / seconds, target, True, f"backtest {name} part=many bars=100000")
    seconds = bench.seconds_of("backtest grid curve", "ours")
    if seconds:
        row("backtest of 1,000 signals on 100,000 bars, seconds", "-", 1e8 * seconds, 1, False, "backtest grid part=one")
    against("of system E's list what TA-Lib has too, times TA-Lib", "indicator", "common", "ours", ["talib"], 3)
    return rows


def profiles(bench, rows):
    """Where the time of what is not reached goes: {line: [[share, function], ...]}, by perf, of the build that was slower. perf looks at
    the process only after a first answer, when inputs and weights are made, and while the line is being worked at."""
    perf, found = shutil.which("perf"), {}
    missed = list(dict.fromkeys((row["line"], row["build"]) for row in rows if row["reached"] is False))
    if missed and not perf:
        bench.notes.append("no profiles of what is not reached: perf is not installed (make deps: package linux-perf)")
        return found
    for line, build in missed:
        data = BUILD / "perf.data"
        data.unlink(missing_ok=True)
        one = bench.table[build]
        worker = Worker(one.label, one.command, one.install).start()
        worker.ask(f"{line} seconds=0.05")
        if not worker.process:
            continue
        worker.process.stdin.write(f"{line} seconds=2\n".encode())
        worker.process.stdin.flush()
        time.sleep(0.3)                         # `load` and `save` make their model on every line
        subprocess.run([perf, "record", "-q", "-o", data, "-p", str(worker.process.pid), "--", "sleep", "0.8"], capture_output=True, check=False)
        worker.stop()
        report = subprocess.run([perf, "report", "-i", data, "--stdio", "--no-children", "-q", "-F", "overhead,sym"], text=True,
                                capture_output=True, check=False).stdout
        each = re.findall(r"^\s*([\d.]+)%\s+\[.\]\s+(\S+)", report, re.MULTILINE)
        name = {"ours": line, "O2": line + ", cc -O2", "clang": line + ", clang"}[build]
        if each:
            found[name] = [[float(part), function] for part, function in each if float(part) >= 3][:7]
    if missed and not found:
        bench.notes.append("no profiles of what is not reached: perf recorded nothing (see kernel.perf_event_paranoid)")
    return found


def shown(value, what):
    if "share" in what:
        return f"{100 * value:.1f} %".replace(".0 %", " %")
    return f"{value:.0f}" if "MB/s" in what else f"{value:.2f}"


def reach_table(rows, mark):
    """One line per figure, W1 to W4 side by side: value (aim), bold where it is not reached; mark: after every value."""
    lines, single = [], []
    for what in dict.fromkeys(row["what"] for row in rows):
        mine = {row["work"]: row for row in rows if row["what"] == what}
        value = lambda row: f"**{shown(row['value'], what)}{mark}**" if row["reached"] is False else shown(row["value"], what) + mark
        aim = lambda row: f"{row['sense']} {shown(row['target'], what)}"
        told = lambda row: {True: "", False: " not reached", None: " not scored"}[row["reached"]]
        cell = lambda row: f"{value(row)} (aim {aim(row)}){told(row)}"
        if len(mine) == 1 and not set(mine) - {"-", "W2", "W4", "list", "common"}:
            single += [f"| {what} | {value(row)}{told(row)} | {aim(row)} |" for row in mine.values()]
            continue
        peers = sorted({row["against"] for row in mine.values()} - {""})
        named = f" (best: {', '.join(peers)})" if "best" in what and peers else ""
        lines.append(f"| {what}{named} | " + " | ".join(cell(mine[w]) if w in mine else "-" for w in WORKS) + " |")
    if lines:
        lines[:0] = ["| measured (aim) | " + " | ".join(WORKS) + " |", "|---|" + "---|" * len(WORKS)]
    if single:
        lines += ["", "| further | measured | aim |", "|---|---|---|", *single]
    return lines


def rate(seconds, unit):
    if seconds is None:
        return "-"
    if unit == "us":
        return f"{1e6 * seconds:,.1f}" if seconds < 1e-4 else f"{1e6 * seconds:,.0f}"
    return f"{1 / seconds:,.0f}"


def figure_table(bench, item, unit, tag="", mark=""):
    names = list(dict.fromkeys(name for work in WORKS for name in bench.figures.get(f"{item} {work}{tag}", {}) if not name.startswith("peak")))
    lines = []
    for name in names:
        cells = [rate(bench.seconds_of(f"{item} {work}{tag}", name), unit) for work in WORKS]
        if any(cell != "-" for cell in cells):
            lines.append(f"| {label(bench, name, tag == ' x2')} | " + " | ".join(cell if cell == "-" else cell + mark for cell in cells) + " |")
    return lines


def label(bench, name, counted=False):
    """How a table calls a contestant; counted: with its number of threads."""
    first, _, rest = name.partition(" ")
    worker = bench.table.get(first)
    if first in BUILDS:
        level, _, threads = rest.partition(" x")
        return f"{BUILDS[first]} {level}".strip() + (f", {threads or 1} thread{'s' if threads else ''}" if counted else "")
    if not worker:
        return name
    return f"{worker.label} {worker.hello.get('version', '')}".strip() + (f", {worker.threads} thread{'s' if worker.threads > 1 else ''}" if counted else "")


def fastest(bench, item, tag=""):
    """For each work (times the fastest peer, which), or None."""
    names = dict.fromkeys(n for w in WORKS for n in bench.figures.get(f"{item} {w}{tag}", {}) if n in bench.table and n != "torch_avx2")
    return [bench.ratio(f"{item} {w}{tag}", f"ours {bench.best}{tag}", names) for w in WORKS]


def summary(bench, result):
    """What README says: one sentence and one table."""
    done = sum(row["reached"] is True for row in result["reach"])
    scored = sum(row["reached"] is not None for row in result["reach"])
    lines = [f"Measured {result['date']}, version {result['versions']['lstmfc']}, {result['machine']['cpu']}, one thread: times the fastest of the "
             f"peers at the same work (below 1 they are faster). {done} of {scored} aims reached.", "",
             "| | " + " | ".join(WORKS) + " |", "|---|" + "--:|" * len(WORKS)]
    for item, title in (("train", "training"), ("latency", "one window"), ("batch", "256 windows"), ("stream", "one step with carried state")):
        found = fastest(bench, item)
        if any(found):
            lines.append(f"| {title} | " + " | ".join(f"{f[0]:.2f} ({bench.table[f[1]].label})" if f else "-" for f in found) + " |")
    return lines


def how(bench):
    """What a reader has to know about how the programs are called."""
    version = bench.table["dnnl"].hello.get("version") if bench.present("dnnl") else None
    return ("How they are called: PyTorch (eager), ONNX Runtime and Keras from Python, the cost of the call included; lstmfc, oneDNN, RTNeural and "
            "KANN natively. oneDNN is the distribution's version" + (f" ({version})" if version else "") + ", PyTorch brings its own. Threads wait "
            "as each program does by itself (ONNX Runtime and OpenMP spin for a while); Keras and KANN run with one thread only.")


def tables(bench, result):
    machine = result["machine"]
    lines = [f"Measured {result['date']} by `make bench`, version {result['versions']['lstmfc']}, on {machine['cpu']}, {machine['cores']} cores: medians of "
             f"{bench.rounds} interleaved rounds, one thread in processor time, two in wall time; other processes used "
             f"{machine['others']:.2f} of a core meanwhile."]
    if bench.options.quick:
        lines.append("Quick: short rounds, for trying only.")
    mark = " ~" if machine["others"] > BUSY else ""
    if mark:
        lines += ["", "**~ The machine was busy: a program that needs more cache or more threads looks worse than it is. Figures marked ~ are to be "
                  "read with that in mind; what two threads gain is not scored.**"]
    absent = sorted({f"{w.label} ({w.absent})" for w in bench.table.values() if w.absent})
    if absent:
        lines += ["", "Absent: " + "; ".join(absent) + "."]
    worst, networks = result["guard"]["worst"] or result["guard"]["own"], bench.options.chosen & NETWORKS
    if bench.options.peers != "none" and networks:
        lines += ["", how(bench)]
    if networks:
        lines += ["", f"Before that every program loaded the same weights and inputs; outputs, carried state and (where a peer trains) three steps of "
              f"training agree with ours to {max(worst.values(), default=0):.0e}."]
    if result["reach"]:
        done = sum(row["reached"] is True for row in result["reach"])
        scored = sum(row["reached"] is not None for row in result["reach"])
        unscored = len(result["reach"]) - scored
        lines += ["", f"{done} of {scored} figures reached" + (f", {unscored} not scored (busy machine)" if unscored else "") +
                  ". The aims are this project's own, not those of the peers' makers.", ""] + reach_table(result["reach"], mark)
    if result["profiles"]:
        lines += ["", "<details><summary>What limits what is not reached: share of the time by function, in the timed work alone</summary>", "", "| | |", "|---|---|"]
        lines += [f"| {line} | " + ", ".join(f"{function.removeprefix('lstmfc__')} {part:.0f} %" for part, function in each) + " |"
                  for line, each in result["profiles"].items()]
        lines += ["", "</details>"]
    if bench.seconds_of("backtest sparse curve", "many"):
        lines += ["", "Backtests beside those of others: `results/backtest.md`."]
    lines += ["", "<details><summary>All figures</summary>"]
    head = lambda title: ["", f"| {title} | " + " | ".join(WORKS) + " |", "|---|" + "--:|" * len(WORKS)]
    for item, title, unit in (("train", "training, sequences/s", ""), ("latency", "one window, µs", "us"),
                              ("batch", "256 windows, sequences/s", ""), ("stream", "one step with carried state, µs", "us")):
        for tag, more in (("", ""), (" x2", ", two threads")):
            mine = mark if tag else ""
            body = figure_table(bench, item, unit, tag, mine)
            if not body:
                continue
            lines += head(title + more) + body
            found = fastest(bench, item, tag)
            if any(found):
                who = lambda key: bench.table[key].label + (f", {bench.table[key].threads}" if tag else "")
                against = "2 threads, times the fastest peer at 1 or 2 threads" if tag else "1 thread, times the fastest peer at 1 thread"
                lines.append(f"| **lstmfc {bench.best}, {against}** | " +
                             " | ".join(f"**{f[0]:.2f}{mine}** ({who(f[1])})" if f else "-" for f in found) + " |")
            for level in bench.levels if item in FACTOR and not tag else ():
                found = [share(bench, item, work, level) for work in WORKS]
                if all(found):
                    peak = statistics.median(1e-9 / bench.seconds_of(f"{item} {w}", f"peak {level}") for w in WORKS)
                    lines.append(f"| lstmfc {level}: GFLOP/s, share of the peak ({peak:.0f}) | " +
                                 " | ".join(f"{g:.0f}, {100 * s:.0f} %" for g, s in found) + " |")
    for item, title in (("train", "training, sequences/s, by build"), ("stream", "one step, µs, by build")):
        body = figure_table(bench, item, "us" if item == "stream" else "", " builds")
        if body:
            lines += head(title) + body
    body = figure_table(bench, "train", "", " levels")
    if body:
        lines += head("training, sequences/s, by instruction set") + body
    timed = [name for name in INDICATORS if bench.seconds_of(f"indicator {name}", "ours")]
    if timed:
        lines += ["", "| indicators, ns per bar | lstmfc | TA-Lib | Tulip |", "|---|--:|--:|--:|"]
        for name in timed:
            cells = [bench.seconds_of(f"indicator {name}", who) for who in ("ours", "talib", "tulip")]
            lines.append(f"| {name} | " + " | ".join("-" if cell is None else f"{1e9 * cell:.2f}" for cell in cells) + " |")
    whole = bench.figures.get("system_a", {})
    if "ours" in whole:
        lines += ["", f"| system A as a whole, {whole['epochs']} epochs, one thread, wall time | whole process, s | job, s | first epoch, s | "
                  "each further epoch, s | peak memory, MB | validation loss after the last epoch |", "|---|--:|--:|--:|--:|--:|--:|"]
        lines += [f"| {label(bench, 'ours ' + bench.best if key == 'ours' else key)} | {f['process']:.1f} | {f['job']:.1f} | {f['first_epoch']:.2f} | "
                  f"{f['further_epoch']:.2f} | {f['peak_mb']:.0f} | {f['validation_loss']:.4f} |" for key, f in whole.items() if key != "epochs"]
        lines += ["", "lstmfc reads candles and computes the features in its job; the peers get the finished matrix. Keras compiles its graph in its "
                  "first epoch. Weights and shuffling are each program's own, so the losses (without the L2 penalty) agree only roughly."]
    speeds = [(title, bench.seconds_of(case, "ours")) for title, case in (("read CSV file", "csv -"), ("parse CSV in memory", "csv_memory -"),
                                                                          ("load JSON model (W4)", "load W4"), ("save JSON model (W4)", "save W4"))]
    speeds = [(title, f"{1e-6 / seconds:,.0f}") for title, seconds in speeds if seconds]
    if speeds:
        lines += ["", "| MB/s | " + " | ".join(title for title, _ in speeds) + " |", "|---|" + "--:|" * len(speeds),
                  "| lstmfc | " + " | ".join(cell for _, cell in speeds) + " |"]
    memory = bench.figures.get("memory", {})
    if memory:
        lines += ["", "Training on N rows of 30 columns (network W3, windows of 24, batch 32) needs beyond the matrix and the targets given: " +
                  "; ".join(f"N = {int(n):,}: {m['beyond_kb'] / 1024:.1f} MB (copied windows would be {m['copied_windows_kb'] / 1024:,.0f} MB)" for n, m in memory.items()) + "."]
    lines += ["", "</details>"]
    for note in dict.fromkeys(bench.notes):
        lines += ["", f"Note: {note}."]
    return lines


# ---- results/backtest.md

def backtest_report(bench, result):
    machine, table = result["machine"], bench.table
    peers = [key for key in PEERS_TRADING if bench.present(key)]
    name_of = lambda key, part="": ("lstmfc, 64 signals" if key == "many" else "lstmfc, one signal" if part == "curve" and key == "ours"
                                    else BUILDS[key] + (", 64 signals" if part == "curve" else "") if key in BUILDS else table[key].label)
    spread = lambda values, show: f"{show(statistics.median(values))} ({show(min(values))} .. {show(max(values))})"
    figure = lambda x: f"{x:.0f}" if x >= 100 else f"{x:.3g}"

    def rounds(name, part, key):
        return bench.figures.get(f"backtest {name} {part}", {}).get(key, {}).get("rounds")

    def speed(name, part, key):
        each = rounds(name, part, key)
        return spread([1e-6 / seconds for seconds in each], figure) if each else "-"

    def times(name, part, key):
        own, each = rounds(name, part, "many") or rounds(name, part, "ours"), rounds(name, part, key)
        return "**" + spread([b / a for a, b in zip(own, each)], figure) + "**" if own and each else "-"

    versions = ", ".join(f"{table[key].label} {table[key].hello['version']}" for key in peers)
    lines = ["# Backtests", "", f"Measured {result['date']} by `make bench`, lstmfc {result['versions']['lstmfc']}, on {machine['cpu']}, {machine['cores']} cores, "
             f"in one run of {bench.rounds} interleaved rounds (three where it says so), processor time of one thread, medians with the lowest and the highest; "
             f"other processes used {machine['others']:.2f} of a core meanwhile. Ratios are medians of the rounds' ratios. Peers: {versions}.", ""]
    if machine["others"] > BUSY:
        lines += ["**The machine was busy: every program is slower than it is, and those that go through more memory the more so.**", ""]
    lines += ["""The work: hourly bars of a random walk, long or flat with the whole equity, fills at the next open, a stop of 4 % and a take of 8 % of the entry price.
*sparse*: a new position every 100 bars on average, fee 0.1 % a side; *dense*: a fill on 44 % of the bars, fee 0.001 %.

- *fills*: trades and fills, as lists, and nothing else.
- *curve*: the equity curve, its largest drawdown and Sharpe ratio. Of ours `lstmfc_backtest_sweep`, for 64 signals in a call and for one. backtesting.py always makes
  all of its statistics. In both tables ours and backtesting.py get the first 100,000 bars, vectorbt 300,000: of 30,000 to a million it is fastest there.
- *all figures*, 100,000 bars: of ours `lstmfc_backtest_start`, which runs six accounts (the strategy, buy and hold, persistence, each also without costs) and
  computes the 50 figures of the first three; of vectorbt `Portfolio.stats()`, 27 figures of the strategy and its benchmark.
- *with bootstrap*, 100,000 bars: `lstmfc_backtest_run`, that and 1,000 resamples of the stationary bootstrap, which the peers do not have.

They compute the same: before anything is timed, end equity, largest drawdown and number of trades must agree, of vectorbt the Sharpe ratio too, and the end
equity of signals of the grid. Largest difference to lstmfc: """ + ", ".join(f"{table[k].label} {v:.0e}" for k, v in bench.trading.items()) + """. That takes data on
which their conventions agree. vectorbt and backtesting.py do not look at the levels in the bar of an entry, lstmfc does; vectorbt lets a level that is met in a
bar go before the exit at its open, lstmfc does not: so bars at whose open an order is filled have no range. vectorbt lets slippage
count at both levels or at none, lstmfc at the stop alone: so there is none. The account is flat at the end, since lstmfc closes what is open there and vectorbt does
not. Units of backtesting.py are whole: its account is so large that they do not count.""", ""]
    for part, title in (("fills", "fills"), ("curve", "curve"), ("whole", "all figures"), ("run", "with bootstrap (three rounds)")):
        measured = list(dict.fromkeys(key for name in ("sparse", "dense") for key in bench.figures.get(f"backtest {name} {part}", {})))
        if not measured:
            continue
        lines += [f"| million bars a second: {title} | sparse | dense |", "|---|--:|--:|"]
        lines += [f"| {name_of(key, part)} | {speed('sparse', part, key)} | {speed('dense', part, key)} |" for key in measured]
        lines += [f"| **lstmfc, times {name_of(key)}** | {times('sparse', part, key)} | {times('dense', part, key)} |" for key in measured if key in peers]
        lines += [""]
    grid = bench.figures.get("backtest grid curve", {})
    if grid:
        lines += ["| 1,000 signals on 100,000 bars, sparse, curve (three rounds) | seconds |", "|---|--:|"]
        lines += [f"| {name_of(key)} | {spread([1e8 * s for s in figures['rounds']], figure)} |" for key, figures in grid.items() if "rounds" in figures]
        lines += [f"| **lstmfc, times {name_of(key)}** | {times('grid', 'curve', key)} |" for key in grid if key in peers]
        lines += ["", "Each signal leaves out another quarter of the positions; making it is part of lstmfc's time and not of vectorbt's, which does five signals in a "
                  "call, as it is fastest, and is timed by the call."]
    return lines


# ---- the run

def machine():
    cpu, flags = platform.processor() or platform.machine(), ""
    try:
        for line in open("/proc/cpuinfo", encoding="utf-8"):
            if line.startswith("model name"):
                cpu = line.split(":", 1)[1].strip()
            if line.startswith(("cpu family", "model\t")):
                flags += " " + " ".join(line.replace(":", "").split())
    except OSError:
        pass
    seen = " ".join(dict.fromkeys(flags.split("cpu family")[1].split())) if "cpu family" in flags else ""
    return {"cpu": f"{cpu} (family {seen})" if seen else cpu, "cores": os.cpu_count(), "system": platform.system(), "architecture": platform.machine()}


def processor_seconds():
    """(all processes, this program's children and itself) so far."""
    own = 0
    try:
        first = open("/proc/stat", encoding="ascii").readline().split()[1:]
        ticks = os.sysconf("SC_CLK_TCK")
        busy = sum(int(first[k]) for k in (0, 1, 2, 5, 6, 7)) / ticks
        for entry in os.listdir("/proc"):
            if entry.isdigit():
                try:
                    after = open(f"/proc/{entry}/stat", encoding="utf-8", errors="replace").read().rpartition(")")[2].split()
                except OSError:
                    continue
                if int(entry) == os.getpid() or int(after[1]) == os.getpid():
                    own += sum(int(after[k]) for k in (11, 12)) / ticks
                if int(entry) == os.getpid():
                    own += sum(int(after[k]) for k in (13, 14)) / ticks        # children that have ended
        return busy, own
    except (OSError, ValueError):
        return 0, 0


def commit():
    run = lambda *words: subprocess.run(["git", *words], cwd=ROOT, capture_output=True, text=True).stdout.strip()
    try:
        return run("rev-parse", "HEAD") + (" and changes" if run("status", "--porcelain", "--untracked-files=no") else "")
    except OSError:
        return ""


def write_between_marks(name, lines):
    path = ROOT / name
    text = path.read_text(encoding="utf-8")
    before, mark, rest = text.partition("<!-- bench -->")
    _, end, after = rest.partition("<!-- /bench -->")
    if not mark or not end:
        return print(f"{name} has no <!-- bench --> ... <!-- /bench -->: left alone")
    path.write_text(before + mark + "\n" + "\n".join(lines) + "\n" + end + after, encoding="utf-8")


def main():
    parser = argparse.ArgumentParser(description="ours and every installed peer on the same work in one run")
    parser.add_argument("--quick", action="store_true", help="three short rounds, for trying; the READMEs are left alone")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--peers", default="all", choices=("all", "none"))
    parser.add_argument("--items", default=",".join(ITEMS), help="some of " + ",".join(ITEMS))
    parser.add_argument("--readme", action="store_true", help="write the tables of both READMEs whatever was measured")
    options = parser.parse_args()
    chosen = options.items.split(",")
    options.chosen = set(chosen)
    if set(chosen) - set(ITEMS):
        parser.error(f"no such item: {', '.join(sorted(set(chosen) - set(ITEMS)))}")
    DATA.mkdir(parents=True, exist_ok=True)
    (BUILD / "peers.log").write_text("")
    exporter = Worker("lstmfc", [str(BUILD / "ours")], "make build/bench/ours").start()
    if "files" not in exporter.ask("export"):
        sys.exit(f"bench: {exporter.absent or 'cannot write ' + str(DATA)}")
    exporter.stop()
    start, (busy, own) = time.perf_counter(), processor_seconds()
    bench = Bench(options)
    try:
        bench.sizes = work_sizes()
        same = guard(bench) if options.chosen & NETWORKS else {"tolerance": TOLERANCE, "worst": {}, "own": {}, "disagreements": []}
        for name in chosen:
            ITEMS[name](bench)
        busy_end, own_end = processor_seconds()
        took = time.perf_counter() - start
        now = datetime.date.today().isoformat()
        result = {"date": now, "commit": commit(), "took": took, "rounds": bench.rounds, "quick": options.quick,
                  "machine": dict(machine(), others=max(0.0, (busy_end - busy) - (own_end - own)) / took, levels=bench.table["ours"].hello["levels"]),
                  "versions": {"lstmfc": bench.table["ours"].hello["version"], "build": bench.table["ours"].hello["build"],
                               **{key: dict(w.hello, absent=w.absent) if w.absent else w.hello for key, w in bench.table.items()}},
                  "guard": same, "figures": bench.figures, "notes": bench.notes}
        result["reach"] = reach(bench, result["machine"]["others"] > BUSY)
        result["profiles"] = profiles(bench, result["reach"])
        lines, short = tables(bench, result), summary(bench, result)
    finally:
        for worker in bench.table.values():
            worker.stop()
    whole = set(chosen) == set(ITEMS) and not options.quick and options.peers == "all"
    target = ROOT / "bench" / "results" / f"{now}.json" if whole else BUILD / "last.json"
    target.parent.mkdir(exist_ok=True)
    target.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    print("\n" + "\n".join(lines))
    if "backtest" in options.chosen and not options.quick and all(bench.present(key) for key in PEERS_TRADING):
        (target.parent if whole else ROOT / "bench" / "results").joinpath("backtest.md").write_text("\n".join(backtest_report(bench, result)) + "\n", encoding="utf-8")
    if whole or options.readme:
        write_between_marks("bench/README.md", lines)
        write_between_marks("README.md", short)
    print(f"\n{took:.0f} s; all figures: {target.relative_to(ROOT)}")
    return 1 if same["disagreements"] else 0


if __name__ == "__main__":
    sys.exit(main())
