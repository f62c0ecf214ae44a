"""What optuna_study.py and ray_tune.py share: the space file of `lstmfc tune`, its journal, and the program that trains.

The program does everything that has to do with data: `tune --part begin` makes the folder and the journal's first line, `--part point`
trains one trial from checkpoint to checkpoint without ever seeing the test span, and `tune --resume` over a journal in which every
trial has ended chooses, trains the best again, reads the test span once and exports. What is left for Python is who trains what, when and
where.
"""
import fcntl
import json
import os
import subprocess
import tempfile
import threading

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
TOOL = os.environ.get("LSTMFC_TOOL", os.path.join(ROOT, "build", "lstmfc"))

NOW = {}                            # of this process: its journal and the like, for callbacks that are pickled, which files cannot be


class TrialError(Exception):
    """A training that failed, in its own words."""


def arguments(parser):
    parser.add_argument("--csv", required=True)
    parser.add_argument("--space", required=True)
    parser.add_argument("--out", required=True)
    parser.add_argument("--trials", type=int, default=20)
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--seed", type=int, default=1, help="of the sampler")
    parser.add_argument("--sampler", choices=["tpe", "random"], default="tpe")
    parser.add_argument("--grace", type=int, default=0, help="epochs before a trial may be stopped (ASHA); 0: none is")
    parser.add_argument("--reduction", type=int, default=2)
    parser.add_argument("--resume", action="store_true")
    parser.add_argument("flags", nargs="*", help="after --: flags of train for every trial")


def tune_words(a):
    words = ["--csv", a.csv, "--space", a.space, "--sampler", a.sampler, "--sampler-seed", str(a.seed)]
    return words + (["--grace", str(a.grace), "--reduction", str(a.reduction)] if a.grace else []) + list(a.flags)


def run_tool(words, tool=TOOL, text=None):
    run = subprocess.run([tool, "tune"] + words, input=text, capture_output=True, text=True)
    if run.returncode:
        said = [line.split(": ", 1)[1] for line in run.stderr.splitlines() if line.startswith(("lstmfc trial: ", "lstmfc tune: "))]
        raise TrialError(said[-1] if said else "ended with status %d" % run.returncode)
    return run.stdout


def train_point(params, to, checkpoint, words, tool=TOOL):
    """Trains to `to` epochs (0: to the end) from the checkpoint, if it is there: {"state", "epochs", "best_epoch", "value", ...}"""
    words = words + ["--part", "point", "--point", "-", "--checkpoint", checkpoint] + (["--to", str(to)] if to else [])
    result = json.loads(run_tool(words, tool, json.dumps(params)))
    if result["value"] is None:
        raise TrialError("the validation loss is not finite")
    return result


def same(a, b):
    try:
        return float(a) == float(b)
    except (TypeError, ValueError):
        return str(a) == str(b)


class Space:
    """The file's parameters in order; flags given on the command line win and are searched no more."""

    def __init__(self, path, flags=()):
        with open(path) as f:
            self.parameters = {k.replace("-", "_"): v for k, v in json.load(f).items()}
        self.given = {}
        words = [w for flag in flags for w in flag.split("=", 1)]
        for name, value in zip(words, words[1:] + ["1"]):
            if name.startswith("--"):
                self.given[name[2:].replace("-", "_")] = value

    def epochs(self):
        return int(self.given.get("epochs", self.parameters.get("epochs", 50)))

    def searched(self):
        """(name, kind, values) of every parameter that may be drawn, whatever its condition."""
        found = []
        for name, value in self.parameters.items():
            if name in self.given or not isinstance(value, dict):
                continue
            kind = next(k for k in value if k != "if")
            if not (kind == "choice" and len(value[kind]) == 1):
                found.append((name, kind, [int(v) if isinstance(v, bool) else v for v in value[kind]]))
        return found

    def draw(self, suggest):
        """A point: suggest(name, kind, values) is asked for every parameter that it has. As the journal keeps it: without what is fixed."""
        everything, point = {}, {}
        for name, value in self.parameters.items():
            if name in self.given:
                everything[name] = self.given[name]
            elif not isinstance(value, dict):
                everything[name] = value
            elif all(k.replace("-", "_") in everything and any(same(everything[k.replace("-", "_")], v) for v in (v if isinstance(v, list) else [v]))
                     for k, v in value.get("if", {}).items()):
                kind = next(k for k in value if k != "if")
                values = [int(v) if isinstance(v, bool) else v for v in value[kind]]
                x = values[0] if kind == "choice" and len(values) == 1 else suggest(name, kind, values)
                if kind.endswith("uniform"):
                    x = min(max(float("%.6g" % x), values[0]), values[1])       # as it is written
                everything[name] = point[name] = x
        return point


def optuna_suggest(trial):
    def suggest(name, kind, values):
        if kind == "choice":
            return trial.suggest_categorical(name, values)
        if kind == "int":
            return trial.suggest_int(name, int(values[0]), int(values[1]))
        return trial.suggest_float(name, values[0], values[1], log=kind == "loguniform")
    return suggest


def define(trial):
    """The space of this process as Ray's OptunaSearch wants it: a function of a trial that names its parameters."""
    NOW["space"].draw(optuna_suggest(trial))


def rungs(grace, reduction, epochs):
    found = []
    while grace and grace < epochs:
        found.append(grace)
        grace *= reduction
    return found


class Journal:
    """DIR/journal.jsonl, a line an event, synced; locked while this process has it. trials: what it says of each, by number."""

    def __init__(self, a, by):
        self.a, self.by, self.lock = a, by, threading.Lock()
        self.path = os.path.join(a.out, "journal.jsonl")
        run_tool(tune_words(a) + ["--out", a.out, "--part", "begin", "--trials", str(a.trials)] + (["--resume"] if a.resume else []))
        self.file = open(self.path, "a+")
        fcntl.lockf(self.file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        self.file.seek(0)
        self.trials, self.over = {}, False
        for line in self.file:
            self._take(json.loads(line))

    def _take(self, e):
        trial = self.trials.get(e.get("trial"))
        if e["event"] == "start":
            self.trials[e["trial"]] = {"params": e["params"], "rungs": [], "state": "running", "id": e.get("id")}
        elif e["event"] == "rung":
            trial["rungs"].append((e["epochs"], e["value"]))
        elif e["event"] == "end":
            trial.update(state=e["state"], value=e.get("value"), epochs=e.get("epochs", 0))
        elif e["event"] == "choice":
            self.over = True

    def put(self, event, trial, **more):
        e = {"event": event, "trial": trial, **more}
        self.file.write(json.dumps(e, separators=(",", ":")) + "\n")
        self.file.flush()
        os.fsync(self.file.fileno())
        self._take(e)

    def start(self, params, **more):
        with self.lock:
            number = len(self.trials) + 1
            self.put("start", number, params=params, by=self.by, **more)
            return number

    def rung(self, number, result):
        with self.lock:
            self.put("rung", number, rung=len(self.trials[number]["rungs"]), **{k: v for k, v in result.items() if k != "state"})

    def go(self, number):
        with self.lock:
            self.put("go", number, rung=len(self.trials[number]["rungs"]))

    def end(self, number, state, result=None, error=None):
        more = {k: v for k, v in (result or {}).items() if k != "state"}
        with self.lock:
            if self.trials[number]["state"] == "running":
                self.put("end", number, state=state, **more, **({"error": error} if error else {}))

    def lost(self):
        return [n for n, t in self.trials.items() if t["state"] == "running"]

    def finish(self):
        """Chooses, trains the best again, reads the test span and exports: the program does it, over this journal."""
        self.file.close()
        run = subprocess.run([TOOL, "tune"] + tune_words(self.a) + ["--out", self.a.out, "--trials", str(len(self.trials)), "--resume"])
        return run.returncode

    def checkpoint(self, number):
        return os.path.join(self.a.out, "trials", "%04d.checkpoint" % number)

    def forget(self, number):
        if os.path.exists(self.checkpoint(number)):
            os.remove(self.checkpoint(number))


def scratch():
    return tempfile.mkdtemp(prefix="lstmfc-")
