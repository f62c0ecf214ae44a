"""The search of `lstmfc tune` on a Ray cluster: same space file, same program, same journal, same export.

    ray_tune.py --csv F --space S.json --trials N --out DIR [--jobs N] [--grace E --reduction R] [--address A] [--storage PATH]
                [--every E] [--search optuna|hyperopt] [--resume] [-- flags of train]

Needs ray[tune] and optuna or hyperopt (tools/requirements.txt). Points are Optuna's (--sampler tpe or random) or HyperOpt's, rungs Ray's ASHA. The program, the candles
and the space travel to the nodes as objects, so nodes need the same processor family and nothing installed but Ray. At every rung, and every
--every epochs, a trial's checkpoint goes to --storage, which all nodes can reach (default DIR/ray); a trial whose node dies goes on elsewhere
from there. Without --address Ray is started on this machine.
"""
import argparse
import math
import os
import shutil
import stat
import sys

import ray
from ray import tune
from ray.tune.schedulers import ASHAScheduler

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import tune_study as ts


def train(config, tool=None, csv=None, space=None, words=None, points=None):
    """Runs on a node: one trial, reported with a checkpoint at every point."""
    folder = ts.scratch()
    paths = {name: os.path.join(folder, name) for name in ("tool", "csv", "space", "checkpoint")}
    for name, content in (("tool", tool), ("csv", csv), ("space", space)):
        with open(paths[name], "wb") as f:
            f.write(content)
    os.chmod(paths["tool"], stat.S_IRWXU)
    words = ["--csv", paths["csv"], "--space", paths["space"]] + words
    flags = words[words.index("--flags") + 1:]
    words = words[:words.index("--flags")] + flags
    point = ts.Space(paths["space"], flags).draw(lambda name, kind, values: config[name])
    done, given = 0, tune.get_checkpoint()
    if given:
        with given.as_directory() as d:
            shutil.copy(os.path.join(d, "checkpoint"), paths["checkpoint"])
            with open(os.path.join(d, "epochs")) as f:
                done = int(f.read())
    try:
        for to in [e for e in points if e > done] + [0]:
            result = ts.train_point(point, to, paths["checkpoint"], words, paths["tool"])
            result["ended"] = result["state"] == "done"
            if result["ended"]:
                tune.report(result)
                break
            saved = ts.scratch()
            shutil.copy(paths["checkpoint"], os.path.join(saved, "checkpoint"))
            with open(os.path.join(saved, "epochs"), "w") as f:
                f.write(str(result["epochs"]))
            tune.report(result, checkpoint=tune.Checkpoint.from_directory(saved))
            shutil.rmtree(saved, ignore_errors=True)
    except ts.TrialError as e:
        tune.report({"value": float("inf"), "epochs": done + 1, "ended": True, "error": str(e)})
    finally:
        shutil.rmtree(folder, ignore_errors=True)


class Tell(tune.Callback):
    """Writes the journal."""

    def number(self, trial):
        journal = ts.NOW["journal"]
        for n, t in journal.trials.items():
            if t["id"] == trial.trial_id:
                return n
        return journal.start(ts.NOW["space"].draw(lambda name, kind, values: trial.config[name]), id=trial.trial_id)

    def on_trial_start(self, iteration, trials, trial, **info):
        self.number(trial)

    def on_trial_result(self, iteration, trials, trial, result, **info):
        journal, n = ts.NOW["journal"], self.number(trial)
        keep = {k: result[k] for k in ("epochs", "best_epoch", "value", "val_accuracy", "val_samples") if result.get(k) is not None}
        rungs = journal.trials[n]["rungs"]
        journal.trials[n]["last"] = keep
        if result.get("error"):
            journal.end(n, "failed", error=result["error"])
        elif result.get("ended"):
            journal.end(n, "done", keep)
        elif result["epochs"] in ts.NOW["rungs"] and (not rungs or rungs[-1][0] < result["epochs"]):
            journal.rung(n, keep)
        print("trial %d/%d  %s  %s after %d epochs" % (n, ts.NOW["trials"], journal.trials[n]["state"], result.get("value"), result["epochs"]), flush=True)

    def on_trial_complete(self, iteration, trials, trial, **info):
        n = self.number(trial)
        ts.NOW["journal"].end(n, "stopped", ts.NOW["journal"].trials[n].get("last"))

    def on_trial_error(self, iteration, trials, trial, **info):
        ts.NOW["journal"].end(self.number(trial), "failed", error="Ray: the trial was lost more often than it may be")


def optuna_search(a, space):
    import optuna
    from ray.tune.search.optuna import OptunaSearch
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    sampler = optuna.samplers.TPESampler(seed=a.seed) if a.sampler == "tpe" else optuna.samplers.RandomSampler(seed=a.seed)
    return OptunaSearch(ts.define, metric="value", mode="min", sampler=sampler)


def hyperopt_search(a, space):
    """HyperOpt draws every parameter; those whose condition does not hold are left out when the point is made."""
    from hyperopt import hp
    from ray.tune.search.hyperopt import HyperOptSearch
    if a.sampler == "random":
        sys.exit("--search hyperopt is a TPE: for random points leave --search out")
    make = {"choice": lambda n, v: hp.choice(n, v), "int": lambda n, v: hp.uniformint(n, int(v[0]), int(v[1])),
            "uniform": lambda n, v: hp.uniform(n, v[0], v[1]), "loguniform": lambda n, v: hp.loguniform(n, math.log(v[0]), math.log(v[1]))}
    return HyperOptSearch({name: make[kind](name, values) for name, kind, values in space.searched()}, metric="value", mode="min",
                          random_state_seed=a.seed)


SEARCHES = {"optuna": optuna_search, "hyperopt": hyperopt_search}


def read(path):
    with open(path, "rb") as f:
        return f.read()


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ts.arguments(p)
    p.add_argument("--address")
    p.add_argument("--storage")
    p.add_argument("--every", type=int, default=0, help="epochs from checkpoint to checkpoint besides the rungs")
    p.add_argument("--search", choices=sorted(SEARCHES), default="optuna", help="whose TPE")
    p.add_argument("--cpus", type=float, default=1, help="of a trial")
    a = p.parse_args()
    space = ts.Space(a.space, a.flags)
    epochs, rungs = space.epochs(), ts.rungs(a.grace, a.reduction, space.epochs())
    points = sorted(set(rungs + (list(range(a.every, epochs, a.every)) if a.every else [])))
    ts.NOW.update(journal=ts.Journal(a, "ray " + ray.__version__), space=space, rungs=rungs, trials=a.trials)
    storage = os.path.abspath(a.storage or os.path.join(a.out, "ray"))
    ray.init(address=a.address, log_to_driver=False, include_dashboard=False,
             runtime_env={"env_vars": {"PYTHONPATH": os.path.dirname(os.path.abspath(__file__))}})
    work = tune.with_resources(tune.with_parameters(train, tool=read(ts.TOOL), csv=read(a.csv), space=read(a.space), points=points,
                                                    words=["--flags"] + a.flags), {"cpu": a.cpus})
    if not ts.NOW["journal"].over:
        if a.resume and tune.Tuner.can_restore(os.path.join(storage, "search")):
            tuner = tune.Tuner.restore(os.path.join(storage, "search"), trainable=work, resume_unfinished=True)
        else:
            tuner = tune.Tuner(work, tune_config=tune.TuneConfig(
                metric="value", mode="min", num_samples=a.trials, max_concurrent_trials=a.jobs,
                search_alg=SEARCHES[a.search](a, space),
                scheduler=ASHAScheduler(time_attr="epochs", max_t=epochs + 1, grace_period=a.grace, reduction_factor=a.reduction) if a.grace else None),
                run_config=tune.RunConfig(name="search", storage_path=storage, callbacks=[Tell()], verbose=0,
                                          failure_config=tune.FailureConfig(max_failures=5)))
        tuner.fit()
    ray.shutdown()
    return ts.NOW["journal"].finish()


sys.exit(main())
