"""tools/optuna_study.py and tools/ray_tune.py on a small series: their journals against trainings by the program itself, kill -9 in the
middle, a node of a Ray cluster killed in the middle, the export.

    study_compare.py            the program is build/lstmfc or LSTMFC_TOOL; needs optuna, and for the second half ray[tune]
"""
import glob
import json
import os
import shutil
import signal
import subprocess
import sys
import time

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
TOOL = os.environ.get("LSTMFC_TOOL", os.path.join(ROOT, "build", "lstmfc"))
FOLDER = os.path.join(ROOT, "build", "studies")
passed, failed, skipped = 0, 0, 0
SPACE = {"target": "price", "features": "log_return(close)", "window": {"choice": [4, 8]}, "lr": {"loguniform": [1e-4, 1e-1]},
         "layers": {"int": [1, 2]}, "units": {"int": [2, 6]}, "second": {"int": [2, 4], "if": {"layers": 2}},
         "top": {"choice": ["| lstm {second}"], "if": {"layers": [2]}}, "optimizer": {"choice": ["adam", "sgd"]},
         "momentum": {"uniform": [0.1, 0.9], "if": {"optimizer": "sgd"}}, "model": "lstm {units} {top} | dense 1",
         "epochs": 24, "patience": 30}


def check(ok, name):
    global passed, failed
    passed, failed = passed + bool(ok), failed + (not ok)
    print("%s %s" % ("ok   " if ok else "FAIL ", name), flush=True)


def journal(folder):
    path = os.path.join(FOLDER, folder, "journal.jsonl")
    if not os.path.exists(path):
        return []
    with open(path) as f:
        return [json.loads(line) for line in f if line.endswith("\n")]


def words(script, folder, *more, trials=8):
    return [sys.executable, os.path.join(ROOT, "tools", script), "--csv", "c.csv", "--space", "space.json", "--trials", str(trials),
            "--out", folder, "--grace", "3", "--reduction", "2", *more]


def start(*a, **k):
    return subprocess.Popen(words(*a, **k), cwd=FOLDER, stdout=open(os.path.join(FOLDER, "said.txt"), "a"), stderr=subprocess.STDOUT,
                            env=dict(os.environ, LSTMFC_TOOL=TOOL))


def retrain(params, flags):
    run = subprocess.run([TOOL, "tune", "--csv", "c.csv", "--space", "space.json", "--part", "point", "--point", "-", *flags], cwd=FOLDER,
                         input=json.dumps(params), capture_output=True, text=True, check=True)
    return json.loads(run.stdout)


def look_at(folder, trials, name, flags=()):
    events = journal(folder)
    params = {e["trial"]: e["params"] for e in events if e["event"] == "start"}
    ends = [e for e in events if e["event"] == "end"]
    check(sorted(e["trial"] for e in ends) == list(range(1, trials + 1)), "%s: every trial has one end" % name)
    check(not [e for e in ends if e["state"] == "failed"], "%s: none failed: %s" % (name, [e for e in ends if e["state"] == "failed"][:1]))
    check(any(e["state"] == "stopped" for e in ends) and any(e["state"] == "done" for e in ends), "%s: some are stopped, some done" % name)
    done = [e for e in ends if e["state"] == "done"]
    check(all(retrain(params[e["trial"]], flags)["value"] == e["value"] for e in done),
          "%s: the program finds the same values, to the last bit, in one go" % name)
    choice = [e for e in events if e["event"] == "choice"]
    check(len(choice) == 1 and choice[0]["value"] == min(e["value"] for e in done), "%s: the best one is chosen" % name)
    check(sum(e["event"] == "test" for e in events) == 1 and os.path.exists(os.path.join(FOLDER, folder, "model.json")),
          "%s: the test span is read once, and the model exported" % name)


def wait_for(folder, count, process, seconds=180):
    until = time.time() + seconds
    while time.time() < until and process.poll() is None and sum(e["event"] == "rung" for e in journal(folder)) < count:
        time.sleep(0.02)
    return process.poll() is None


def optuna_part():
    process = start("optuna_study.py", "optuna")
    met = wait_for("optuna", 4, process)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    check(met and not [e for e in journal("optuna") if e["event"] == "choice"], "optuna: kill -9 met it in the middle")
    check(start("optuna_study.py", "optuna", "--resume").wait() == 0, "optuna: --resume goes on")
    look_at("optuna", 8, "optuna")
    check(start("optuna_study.py", "optuna").wait() != 0, "optuna: a folder with a search is refused")


def ray_part():
    global skipped
    try:
        from ray.cluster_utils import Cluster
    except ImportError as e:
        skipped += 1
        print("skip study_compare on Ray: Python package %s is not installed" % e.name)
        return
    cluster = Cluster(initialize_head=True, head_node_args={"num_cpus": 1})
    nodes = [cluster.add_node(num_cpus=1) for _ in range(2)]
    flags = ["--epochs", "400", "--patience", "500", "--batch", "4"]
    process = start("ray_tune.py", "ray", "--address", cluster.address, "--jobs", "3", "--every", "2", "--", *flags)
    met = wait_for("ray", 3, process)
    cluster.remove_node(nodes[0], allow_graceful=False)
    check(met, "ray: a node was killed in the middle")
    check(process.wait() == 0, "ray: the search goes on without it")
    lost = glob.glob(os.path.join(FOLDER, "ray", "ray", "search", "*", "error.txt"))
    check(lost, "ray: %d trial(s) ran on it and were taken up elsewhere" % len(lost))
    look_at("ray", 8, "ray", flags)
    hyperopt_part(cluster.address, flags)
    cluster.shutdown()


def hyperopt_part(address, flags):
    """Another search on the same cluster, whose driver is killed and which goes on with --resume."""
    global skipped
    try:
        import hyperopt                                     # noqa: F401
    except ImportError as e:
        skipped += 1
        print("skip study_compare with HyperOpt: Python package %s is not installed" % e.name)
        return
    said = ["--address", address, "--jobs", "2", "--every", "2", "--search", "hyperopt"]
    process = start("ray_tune.py", "hyperopt", *said, "--", *flags)
    met = wait_for("hyperopt", 3, process)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    check(met, "hyperopt: kill -9 met the driver in the middle")
    check(start("ray_tune.py", "hyperopt", *said, "--resume", "--", *flags).wait() == 0, "hyperopt: --resume goes on")
    look_at("hyperopt", 8, "hyperopt", flags)


def main():
    try:
        import optuna                                       # noqa: F401
    except ImportError as e:
        print("skip study_compare: Python package %s is not installed" % e.name)
        print("0 passed, 0 failed, 1 skipped")
        return 0
    shutil.rmtree(FOLDER, ignore_errors=True)
    os.makedirs(FOLDER)
    if not os.environ.get("LSTMFC_TOOL"):
        subprocess.run(["make", "-s", "build/lstmfc"], cwd=ROOT, check=True)
    subprocess.run([TOOL, "synth", "--bars", "500", "--seed", "4", "--out", os.path.join(FOLDER, "c.csv")], check=True)
    with open(os.path.join(FOLDER, "space.json"), "w") as f:
        json.dump(SPACE, f)
    optuna_part()
    ray_part()
    print("%d passed, %d failed, %d skipped" % (passed, failed, skipped))
    return failed != 0


sys.exit(main())
