"""The deflated Sharpe ratio of the ledger, computed once more from the equity that `backtest --equity` writes: moments by NumPy and SciPy, quantiles and
distribution by SciPy, the formula as Bailey and Lopez de Prado print it (JPM 40, 2014), for every look of a series of looks and after searches."""
import fcntl, json, math, os, shutil, subprocess, sys, tempfile, time

import numpy as np
from scipy import stats

os.chdir(os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
subprocess.run(["make", "-s", "build/lstmfc"], check=True)
tool = os.path.abspath("build/lstmfc")
passed = failed = 0


def check(name, good, detail=""):
    global passed, failed
    passed, failed = passed + bool(good), failed + (not good)
    print(("ok    " if good else "FAIL  ") + name + ("" if good else ": " + str(detail)))


def run(*arguments):
    return subprocess.run([tool, *arguments], check=True, capture_output=True, text=True).stdout


def returns_of(path, balance=10000.0):
    equity = np.array([balance] + [float(line.split(",")[1]) for line in open(path).read().split()[1:]])
    return equity[2:] / np.concatenate(([equity[0]], equity[2:-1])) - 1       # of bar 1 on, the first over the balance


def ratio_of(r):
    return r.mean() / r.std(ddof=1)


def probability(r, against):
    sr, skew, kurtosis = ratio_of(r), stats.skew(r), stats.kurtosis(r, fisher=False)
    return stats.norm.cdf((sr - against) * math.sqrt(len(r) - 1) / math.sqrt(1 - skew * sr + (kurtosis - 1) / 4 * sr * sr))


def best_of(tries, variance):
    if tries == 1:
        return 0.0
    z, gamma = stats.norm.ppf, np.euler_gamma
    return math.sqrt(variance) * ((1 - gamma) * z(1 - 1 / tries) + gamma * z(1 - 1 / (tries * math.e)))


def error_of(r):
    sr, skew, kurtosis = ratio_of(r), stats.skew(r), stats.kurtosis(r, fisher=False)
    return math.sqrt((1 + sr * sr / 2 - skew * sr + (kurtosis - 3) / 4 * sr * sr) / len(r))


def near(a, b):
    return abs(a - b) <= 1e-9 * max(abs(a), abs(b)) + 1e-300


folder = tempfile.mkdtemp()
os.chdir(folder)
try:
    run("synth", "--bars", "1500", "--seed", "6", "--out", "walk.csv")
    model = ["--features", "log_return(close)", "--window", "6", "--model", "lstm 4 | dense 1 sigmoid", "--epochs", "1", "--test", "0.3", "--progress", "none"]
    looks, last = [], None
    for seed in range(1, 6):
        for options in ([], ["--fee", "none", "--slippage", "none"], ["--band", "0.005"]):
            if not options:
                run("train", "--csv", "walk.csv", "--seed", str(seed), "--out", "m.json", *model)
            said = json.loads(run("backtest", "--csv", "walk.csv", "--model", "m.json", "--equity", "e.csv", "--json", *options))
            r = returns_of("e.csv")
            ledger, annual = said["ledger"], math.sqrt(said["metrics"]["annual"])
            traded = r.std() > 0
            looks.append(ratio_of(r) if traded else 0.0)
            n = len(looks)
            luck = best_of(n, np.var(looks, ddof=1) if n > 1 else error_of(r) ** 2)
            name = f"look {n}"
            check(f"{name}: counted", (ledger["looks"], ledger["models"], ledger["tries"]) == (n, seed, n), ledger)
            check(f"{name}: the ratio by luck", near(ledger["sharpe_by_luck"], luck * annual), (ledger["sharpe_by_luck"], luck * annual))
            if not traded:
                continue
            check(f"{name}: the deflated ratio", near(ledger["deflated_sharpe_probability"], probability(r, luck)), (ledger["deflated_sharpe_probability"], probability(r, luck)))
            if n == 1:
                check("one try: the probability that backtest has", near(ledger["deflated_sharpe_probability"], said["metrics"]["sharpe_probability"]))
            last = r, annual
    # what a search adds: combinations that were not chosen
    said = json.loads(run("backtest", "--csv", "walk.csv", "--model", "m.json", "--equity", "e.csv", "--json", "--long", "probability_up > {0.49,0.495,0.5,0.505}", "--fee", "none"))
    r, ledger = returns_of("e.csv"), said["ledger"]
    looks.append(ratio_of(r))
    tries = len(looks) + 3
    spread = max(np.var(looks, ddof=1), error_of(r) ** 2)
    luck = best_of(tries, spread)
    check("choices in braces: the count", (ledger["looks"], ledger["trials"], ledger["tries"]) == (len(looks), 3, tries), ledger)
    check("choices in braces: the deflated ratio", near(ledger["deflated_sharpe_probability"], probability(r, luck)), (ledger["deflated_sharpe_probability"], probability(r, luck)))
    without = probability(r, best_of(len(looks), spread))
    check("and it is lower than without them", ledger["deflated_sharpe_probability"] < without, (ledger["deflated_sharpe_probability"], without))
    # tune: its trials, and the spread by the error of the one ratio there is
    with open("space.json", "w") as f:
        json.dump({"units": {"int": [2, 8]}, "window": 6, "epochs": 1, "features": "log_return(close)", "model": "lstm {units} | dense 1 sigmoid"}, f)
    run("tune", "--csv", "walk.csv", "--space", "space.json", "--trials", "6", "--out", "search", "--progress", "none")
    said = json.loads(run("backtest", "--csv", "walk.csv", "--model", "search/model.json", "--equity", "e.csv", "--json"))
    r, ledger, annual = returns_of("e.csv"), said["ledger"], math.sqrt(said["metrics"]["annual"])
    luck = best_of(7, error_of(r) ** 2)
    check("tune: the count", (ledger["looks"], ledger["trials"], ledger["tries"], ledger["spread"]) == (1, 6, 7, "error"), ledger)
    check("tune: the ratio by luck", near(ledger["sharpe_by_luck"], luck * annual), (ledger["sharpe_by_luck"], luck * annual))
    check("tune: the deflated ratio", near(ledger["deflated_sharpe_probability"], probability(r, luck)), (ledger["deflated_sharpe_probability"], probability(r, luck)))
    check("backtest of its model was no new look", sum(1 for _ in open("search/model.json.ledger.jsonl")) == 1)
    # a second look that is nearly the first says nothing of how far the ratios of the trials spread
    said = json.loads(run("backtest", "--csv", "walk.csv", "--model", "search/model.json", "--equity", "e.csv", "--json", "--fee", "0.0010001"))
    r, ledger = returns_of("e.csv"), said["ledger"]
    check("tune, nearly the same look: the spread", (ledger["looks"], ledger["tries"], ledger["spread"]) == (2, 8, "error"), ledger)
    check("tune, nearly the same look: the deflated ratio", near(ledger["deflated_sharpe_probability"], probability(r, best_of(8, error_of(r) ** 2))), ledger)
    # a lock is waited for, and what was written under it is read; one that stays is waited for no longer than two seconds
    run("train", "--csv", "walk.csv", "--out", "l.json", *model)
    run("evaluate", "--csv", "walk.csv", "--model", "l.json")
    evaluate = [tool, "evaluate", "--csv", "walk.csv", "--model", "l.json", "--json", "--fee"]
    with open("l.json.ledger.jsonl", "a+") as held:
        fcntl.lockf(held, fcntl.LOCK_EX)
        held.seek(0)
        line = json.loads(held.readline())
        waiting = subprocess.Popen(evaluate + ["0.002"], stdout=subprocess.PIPE, text=True)
        time.sleep(1)
        line["model"] = "0123456789abcdef"
        held.write(json.dumps(line, separators=(",", ":")) + "\n")
        held.flush()
        fcntl.lockf(held, fcntl.LOCK_UN)
        said = json.loads(waiting.communicate()[0])["ledger"]
        check("a lock is waited for", (said["looks"], said["models"]) == (3, 2), said)
        fcntl.lockf(held, fcntl.LOCK_EX)
        said = json.loads(subprocess.run(evaluate + ["0.003"], capture_output=True, text=True, timeout=100).stdout)["ledger"]
        check("a lock that stays ends nothing", (said["looks"], said["kept"]) == (4, True), said)
    check("and no line is lost", sum(1 for _ in open("l.json.ledger.jsonl")) == 4)
finally:
    os.chdir("/")
    shutil.rmtree(folder)
print(f"{passed} passed, {failed} failed, 0 skipped")
sys.exit(failed > 0)
