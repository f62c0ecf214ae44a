"""The search of `lstmfc tune` as an Optuna study: same space file, same program, same journal, same export; Optuna's samplers,
its successive-halving pruner (--grace) and its storage, which its dashboard shows.

    optuna_study.py --csv F --space S.json --trials N --out DIR [--jobs N] [--grace E --reduction R] [--storage URL] [--resume] [-- flags of train]

Needs optuna (tools/requirements.txt). Without --storage the study is DIR/optuna.db. A search that was broken off goes on with --resume:
a trial that ran then continues from its last rung.
"""
import argparse
import os
import sys
from concurrent.futures import ThreadPoolExecutor

import optuna

import tune_study as ts


def pruned_here(study, trial, result):
    trial.report(result["value"], result["epochs"])
    return trial.should_prune()


def train(a, journal, study, trial, number, points):
    """One trial from where its checkpoint is to its end: tells journal and study."""
    params, done = journal.trials[number]["params"], len(journal.trials[number]["rungs"])
    words = ts.tune_words(a)
    for epochs, value in journal.trials[number]["rungs"]:
        trial.report(value, epochs)
    try:
        for to in points[done:] + [0]:
            result = ts.train_point(params, to, journal.checkpoint(number), words)
            if result["state"] == "done":
                journal.end(number, "done", result)
                study.tell(trial, result["value"])
                break
            journal.rung(number, result)
            if pruned_here(study, trial, result):
                journal.end(number, "stopped", result)
                study.tell(trial, state=optuna.trial.TrialState.PRUNED)
                break
            journal.go(number)
    except ts.TrialError as e:
        journal.end(number, "failed", error=str(e))
        study.tell(trial, state=optuna.trial.TrialState.FAIL)
    journal.forget(number)
    t = journal.trials[number]
    print("trial %d/%d  %s  %s  %s" % (number, a.trials, t["state"], t.get("value"), params), flush=True)


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ts.arguments(p)
    p.add_argument("--storage")
    a = p.parse_args()
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    space = ts.Space(a.space, a.flags)
    points = ts.rungs(a.grace, a.reduction, space.epochs())
    journal = ts.Journal(a, "optuna " + optuna.__version__)
    sampler = optuna.samplers.TPESampler(seed=a.seed) if a.sampler == "tpe" else optuna.samplers.RandomSampler(seed=a.seed)
    pruner = optuna.pruners.SuccessiveHalvingPruner(min_resource=a.grace, reduction_factor=a.reduction) if a.grace \
        else optuna.pruners.NopPruner()
    study = optuna.create_study(study_name="lstmfc", load_if_exists=True, sampler=sampler, pruner=pruner, direction="minimize",
                                storage=a.storage or "sqlite:///" + os.path.join(os.path.abspath(a.out), "optuna.db"))
    for stale in study.get_trials(states=[optuna.trial.TrialState.RUNNING]):
        study.tell(stale.number, state=optuna.trial.TrialState.FAIL)
    with ThreadPoolExecutor(a.jobs) as pool:
        def again(number):
            study.enqueue_trial(journal.trials[number]["params"])
            trial = study.ask()
            space.draw(ts.optuna_suggest(trial))
            train(a, journal, study, trial, number, points)

        def new():
            trial = study.ask()
            train(a, journal, study, trial, journal.start(space.draw(ts.optuna_suggest(trial))), points)

        if not journal.over:
            list(pool.map(again, journal.lost()))
            list(pool.map(lambda _: new(), range(a.trials - len(journal.trials))))
    return journal.finish()


sys.exit(main())
