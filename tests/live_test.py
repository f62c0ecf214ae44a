"""examples/live over 30 days of hourly candles from an exchange on this machine (tests/live), as fast as they come, both ways: the stream that is
started again for ever, and the hour of cron. Processes are killed, connections break, bars come twice, late, unseen or never, hours pass
without a run; each day there is a new model. At the end: a line for each bar, in order, once, and each is that of `lstmfc signal` with the
model that it names."""
import glob
import json
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from datetime import datetime, timezone

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, os.path.join(ROOT, "tests", "live"))
from exchange import HOUR, Exchange, expected, iso, ms, walk                                 # noqa: E402

try:
    from stream import Stream                                                               # noqa: E402
    missing = next((f"{need} is not installed (package {package})" for need, package in (("bash", "bash"), ("flock", "util-linux")) if not shutil.which(need)), None)
    missing = missing or ("" if os.path.exists("/proc/self/stat") else "there is no /proc to find the processes by (Linux)")
except ImportError:
    missing = "Python package websockets is not installed"
if missing:
    print(f"skip  {missing}")
    print("0 passed, 0 failed, 1 skipped")
    sys.exit(0)

LIVE = os.path.join(ROOT, "examples", "live")
TOOL = os.path.join(ROOT, "build", "lstmfc")
BEGIN, FIRST, DAYS = ms("2025-01-06"), ms("2025-02-03"), 30
LAST = FIRST + DAYS * 24 * HOUR
MAX_AGE, KEEP = 23.5, 7
PATIENCE = 100                                          # seconds for what takes one: a loaded machine is slow, only a hang is an error
passed = failed = skipped = 0
print_lock = threading.Lock()


def check(name, good, detail=""):
    global passed, failed
    with print_lock:
        passed, failed = passed + bool(good), failed + (not good)
        print(("ok    " if good else "FAIL  ") + name + ("" if good else f": {detail}"), flush=True)


def skip(name):
    global skipped
    skipped += 1
    print("skip  " + name)


def run(*command, **more):
    return subprocess.run(command, capture_output=True, text=True, **more)


def wait_for(condition, seconds=PATIENCE):
    end = time.time() + seconds
    while time.time() < end:
        if condition():
            return True
        time.sleep(0.004)
    return False


class Way:
    """A folder of live.sh, its settings, what it made."""

    def __init__(self, room, name, rows, seed):
        self.name, self.rng, self.problems, self.versions, self.kills = name, random.Random(seed), [], {}, 0
        self.folder, self.settings, self.clock = (os.path.join(room, name + end) for end in ("", ".sh", ".clock"))
        self.kept = os.path.join(room, name + ".kept")
        os.makedirs(self.kept)
        self.exchange = Exchange(rows, FIRST + 1)
        self.lines, self.seen, self.log = [], 0, open(os.path.join(room, name + ".log"), "w", encoding="utf-8")
        self.model_file, self.created = None, 0
        self.set_clock(FIRST + 1)

    def set_clock(self, at):
        self.exchange.now = at
        with open(self.clock + ".new", "w", encoding="ascii") as file:
            file.write(str(at))
        os.replace(self.clock + ".new", self.clock)

    def write_settings(self, url):
        with open(self.settings, "w", encoding="utf-8") as file:
            file.write(f"""here={LIVE}
. "$here/settings.sh"
SINCE={iso(BEGIN)}
FOLDER={self.folder}
LSTMFC={TOOL}
PYTHON={sys.executable}
TRAIN=(--target price --features @e --window 4 --model "lstm 2 | dense 1" --epochs 2 --test none)
MAX_AGE_HOURS={MAX_AGE}
KEEP={KEEP}
GET=(--archive {self.exchange.base} --rest {self.exchange.base}/klines --pause 0.02 --polite 0 --now "$(date -u -d "@$(($(cat {self.clock}) / 1000))" +%Y-%m-%dT%H:%M:%SZ)")
STREAM=(--url {url} --rest {self.exchange.base}/klines --pause 0.02 --polite 0 --silence 0.5 --clock {self.clock})
export SOURCE_DATE_EPOCH={FIRST // 1000}
""")

    def start(self, way):
        p = subprocess.Popen([os.path.join(LIVE, "live.sh"), way, self.settings], start_new_session=True, stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log)
        begun.append(p)
        return p

    def read_lines(self):
        """The lines so far that are whole."""
        try:
            with open(os.path.join(self.folder, "signals.jsonl"), "rb") as file:
                file.seek(self.seen)
                text = file.read()
        except OSError:
            return
        text = text[:text.rfind(b"\n") + 1]
        self.seen += len(text)
        self.lines += text.decode().splitlines()
        for path in glob.glob(os.path.join(self.folder, "model-*Z*.json")):
            name = os.path.basename(path)
            if name not in self.versions and not name.endswith(".rejected.json"):
                try:
                    shutil.copy(path, self.kept)
                    self.versions[name] = True
                except OSError:
                    pass                                # removed meanwhile

    def told(self, at):
        """Is the bar that opens at this time told?"""
        self.read_lines()
        return bool(self.lines) and f'"timestamp":"{iso(at)}"' in self.lines[-1]

    def age(self, at):
        """Hours from the creation of the model to the close of this bar."""
        path = os.path.join(self.folder, "model.json")
        now = os.stat(path).st_ino, os.stat(path).st_mtime_ns
        if now != self.model_file:
            with open(path, encoding="utf-8") as file:
                self.created = created_of(json.load(file))
            self.model_file = now
        return (at + HOUR - self.created) / HOUR

    def close(self):
        self.exchange.close()
        self.log.close()


def created_of(model):
    """Milliseconds: the member `created`, wherever it lies in the file."""
    if isinstance(model, dict):
        if isinstance(model.get("created"), (int, str)):
            value = model["created"]
            return value if isinstance(value, int) else ms(value.rstrip("Z"))
        for value in model.values():
            found = created_of(value)
            if found is not None:
                return found
    return None


def processes(session):
    """{process: (parent, command line)} of a session."""
    found = {}
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            try:
                with open(f"/proc/{entry}/stat", encoding="utf-8", errors="replace") as file:
                    fields = file.read().rsplit(")", 1)[1].split()
                if int(fields[3]) == session and fields[0] != "Z":
                    with open(f"/proc/{entry}/cmdline", "rb") as file:
                        found[int(entry)] = int(fields[1]), file.read().replace(b"\0", b" ").decode()
            except (OSError, IndexError):
                pass
    return found


def kill_all(session):
    try:
        os.killpg(session, signal.SIGKILL)
    except ProcessLookupError:
        pass


begun, rooms = [], []                                   # each the leader of a session; folders


def end(*_):
    """This test is ended from outside: what it began ends, too."""
    for p in list(begun):
        if p.poll() is None:
            kill_all(p.pid)
    for path in rooms:
        shutil.rmtree(path, ignore_errors=True)
    os._exit(1)


signal.signal(signal.SIGTERM, end)
signal.signal(signal.SIGINT, end)


# ---- the stream, started again for ever ---------------------------------------------------------------------------------

class Follow(Way):
    def __init__(self, room, rows):
        super().__init__(room, "follow", rows, 3)
        self.process, self.ending, self.starts, self.held = None, False, 0, 0
        live = [r for r in rows if FIRST <= r[0] < LAST]
        self.stream = Stream(self.exchange, self.actions(live), self.clock)
        self.write_settings(self.stream.url)
        self.supervisor = threading.Thread(target=self.supervise, daemon=True)

    def supervise(self):
        """As systemd with Restart=always: what the main process leaves is killed, and it is started again."""
        while not self.ending:
            self.process = self.start("follow")
            self.starts += 1
            self.process.wait()
            kill_all(self.process.pid)
            time.sleep(0.02)

    def after(self, at):
        """The bar is told, by the time the next comes; where a new model is due, most often that is waited for."""
        if not wait_for(lambda: self.told(at)):
            self.problems.append(f"{iso(at)} is not told")
            self.stream.actions.clear()
            self.stream.done.set()                      # there is nothing to wait for any more
            raise TimeoutError
        if self.age(at) > MAX_AGE and (self.held > 4 or self.rng.random() < 0.4):
            if not wait_for(lambda: self.age(at) <= MAX_AGE or self.told(0), 20):   # a training that was killed begins again with the next bar
                self.held = 0
            self.read_lines()
        self.held = self.held + 1 if self.age(at) > MAX_AGE else 0

    def kill(self, which):
        """One of its processes, or all."""
        session = self.process.pid
        if which == "all":
            kill_all(session)
            self.kills += 1
            return
        for each, (parent, command) in processes(session).items():
            parents = processes(session).get(parent, (0, ""))[1]
            kind = "stream" if "stream_candles" in command else "training" if "signal" in command and "signal" in parents and "lstmfc" in parents \
                else "signal" if " signal " in command and "live.sh" not in command else "shell"
            if kind == which:
                try:
                    os.kill(each, signal.SIGKILL)
                    self.kills += 1
                except ProcessLookupError:
                    pass

    def actions(self, rows):
        """What happens with each bar."""
        rng, out = self.rng, []
        for i, row in enumerate(rows):
            luck = rng.random()
            if luck < 0.06 and i + 3 < len(rows):
                out.append("drop")                      # it closes while nobody is connected
                continue
            out.append(row)
            if luck < 0.09:
                out.append(row)                         # again
            elif luck < 0.11 and i:
                out.append(rows[i - 1])                 # late
            elif luck < 0.115:
                out.append("silence")
            if luck > 0.96:                             # in the middle of whatever comes of the bar
                which = rng.choice(["signal", "stream", "training", "all", "shell", "all"])
                out.append(lambda which=which, wait=rng.random() * 0.03: (time.sleep(wait), self.kill(which)))
            if luck < 0.9 or i + 1 == len(rows):
                out.append(lambda at=row[0]: self.after(at))
        return out

    def go(self):
        self.supervisor.start()
        if not self.stream.done.wait(4 * PATIENCE):
            self.problems.append(f"the replay stands at {len(self.lines)} bars")
        self.ending = True
        try:
            os.killpg(self.process.pid, signal.SIGTERM)
        except ProcessLookupError:
            pass
        self.supervisor.join(PATIENCE)
        self.stream.close()
        last = self.start("hour")                       # the other way goes on from there
        check("follow: the hour of cron goes on from the stream", last.wait(PATIENCE) == 0, last.returncode)
        self.read_lines()


# ---- the hour of cron -----------------------------------------------------------------------------------------------------

class Cron(Way):
    def __init__(self, room, rows):
        super().__init__(room, "cron", rows, 5)
        self.write_settings("ws://127.0.0.1:9/{symbol}@{interval}")
        self.refused = self.runs = 0

    def go(self):
        for _ in range(3):                              # the first time, killed and begun again
            first = self.start("hour")
            time.sleep(self.rng.random() * 0.8)
            kill_all(first.pid)
            first.wait()
        if self.start("hour").wait(PATIENCE) != 0:
            self.problems.append("the first run")
        at = FIRST
        while at < LAST:
            at = min(LAST, at + HOUR * self.rng.choice([1, 2, 5, 11, 24, 26]))       # the machine was off meanwhile
            self.set_clock(at + 120000)
            luck = self.rng.random()
            if luck < 0.2:
                self.exchange.faults.append(("klines", self.rng.choice([429, 500, "drop"]), 1))
            if luck > 0.7:
                first = self.start("hour")
                time.sleep(self.rng.random() * 0.6)
                kill_all(first.pid)
                first.wait()
                self.kills += 1
                self.read_lines()
            runs = [self.start("hour") for _ in range(2 if 0.2 < luck < 0.3 else 1)]    # the one before has not ended yet
            codes = sorted(r.wait(PATIENCE) for r in runs)
            self.runs += len(runs)
            self.refused += codes.count(75)
            if codes[0] != 0 or codes[-1] not in (0, 75):
                self.problems.append(f"{iso(at)}: live.sh hour ended with {codes}")
            self.read_lines()


# ---- what came of it ------------------------------------------------------------------------------------------------------

def judge(way, rows, room):
    want = [r[0] for r in expected(rows, FIRST, LAST)]
    times = [re.search('"timestamp":"([^"]*)"', line).group(1) for line in way.lines]
    check(f"{way.name}: nothing stood still, nothing ended with an error", not way.problems, way.problems[:3])
    check(f"{way.name}: {len(want)} bars of {DAYS} days, each told once and in order", times == want, f"{len(times)} lines; missing {sorted(set(want) - set(times))[:3]}, "
          f"twice {sorted({t for t in times if times.count(t) > 1})[:3]}")
    with open(os.path.join(way.folder, "candles.csv"), encoding="ascii") as file:
        text = file.read().splitlines()
    check(f"{way.name}: candles.csv holds all bars", [r.split(",") for r in text[1:]] == expected(rows, BEGIN, LAST), len(text))

    # each line against lstmfc signal with its model: all of them by one run per model, some by a run each
    spoke = [re.search('"last_trained":"([^"]*)"', line).group(1) for line in way.lines]
    models = list(dict.fromkeys(spoke))
    ages = [(ms(t.rstrip("Z")) + HOUR - ms(m.rstrip("Z"))) / HOUR for t, m in zip(times, spoke)]
    check(f"{way.name}: {len(models)} models spoke, one after the other", models == sorted(models) and len(models) >= 15, models)
    check(f"{way.name}: none was older than it may be and a training takes", max(ages, default=0) <= MAX_AGE + 30, ages and max(ages))
    place = os.path.join(room, way.name + ".asked")
    os.makedirs(place)
    wrong, head = [], text[0]
    by_time = {r.split(",", 1)[0]: i for i, r in enumerate(text)}
    for model in models:
        version = "model-" + model.replace("-", "").replace(":", "") + ".json"
        try:
            shutil.copy(os.path.join(way.kept, version), os.path.join(place, "model.json"))
        except OSError as error:
            wrong.append(str(error))
            continue
        r = run(TOOL, "signal", "--model", "model.json", "--symbol", "BTCUSDT", "--follow", "--clock", "bars", cwd=place, input="\n".join(text) + "\n")
        answers = {re.search('"timestamp":"([^"]*)"', line).group(1): line for line in r.stdout.splitlines()}
        mine = [i for i, m in enumerate(spoke) if m == model]
        wrong += [times[i] for i in mine if answers.get(times[i]) != way.lines[i]]
        for i in mine[-1:]:
            with open(os.path.join(place, "part.csv"), "w", encoding="ascii") as file:
                file.write("\n".join([head] + text[1:by_time[times[i]] + 1]) + "\n")
            r = run(TOOL, "signal", "--model", "model.json", "--symbol", "BTCUSDT", "--csv", "part.csv", "--json", "--now",
                    iso(ms(times[i].rstrip("Z")) + HOUR), cwd=place)
            if r.stdout != way.lines[i] + "\n":
                wrong.append(f"{times[i]} alone: {r.stderr[-200:]}")
    check(f"{way.name}: each line is that of lstmfc signal with the model it names", not wrong and way.lines, wrong[:3])

    left = sorted(os.listdir(way.folder))
    versions = [n for n in left if re.fullmatch(r"model-\d{8}T\d{6}Z(-\d+)?\.json", n)]
    check(f"{way.name}: the newest {KEEP} models are kept", versions == sorted(way.versions)[-KEEP:] and len(versions) == KEEP, versions)
    rest = [n for n in left if n not in versions and not n.startswith("candles.csv.archives")]
    check(f"{way.name}: and nothing else is left behind", rest == ["candles.csv", "lock", "model.json", "signals.jsonl", "state", "state.bars"], rest)


def beside(work, *given):
    """The work in a thread; what it raises is a failure."""
    def all_of_it():
        try:
            work(*given)
        except Exception as error:
            check(f"{work.__qualname__} came to its end", False, repr(error))
    thread = threading.Thread(target=all_of_it)
    thread.start()
    return thread


def of_files():
    for script in ("live.sh", "settings.sh"):
        r = run("bash", "-n", os.path.join(LIVE, script))
        check(f"{script} is bash", r.returncode == 0, r.stderr)
    if shutil.which("shellcheck"):
        r = run("shellcheck", "-x", "live.sh", "settings.sh", cwd=LIVE)
        check("shellcheck finds nothing", r.returncode == 0, r.stdout[:600])
    else:
        skip("shellcheck of live.sh (package shellcheck)")
    with open(os.path.join(LIVE, "lstmfc-live.service"), encoding="utf-8") as file:
        unit = file.read()
    if shutil.which("systemd-analyze"):
        with tempfile.TemporaryDirectory() as room:
            path = os.path.join(room, "lstmfc-live.service")
            with open(path, "w", encoding="utf-8") as file:
                file.write(unit.replace("/opt/lstmfc", ROOT))
            r = run("systemd-analyze", "verify", path)
            about = [line for line in (r.stdout + r.stderr).splitlines() if "lstmfc-live" in line]
            check("systemd-analyze verify finds nothing", r.returncode == 0 and not about, r.stderr[:600])
    else:
        skip("systemd-analyze verify of the unit (package systemd)")
    check("the unit is started again whatever happened", all(line in unit for line in ("Restart=always\n", "StartLimitIntervalSec=0\n", "live.sh follow ")))
    with open(os.path.join(LIVE, "crontab.txt"), encoding="utf-8") as file:
        lines = [line for line in file.read().splitlines() if line and not line.startswith("#")]
    check("the cron line: every hour, live.sh hour", len(lines) == 1 and re.match(r"\d+ \* \* \* \* /opt/lstmfc/examples/live/live\.sh hour /", lines[0]), lines)
    r = run(os.path.join(LIVE, "live.sh"))
    check("live.sh without a way: 2 and the usage", r.returncode == 2 and "usage: live.sh follow|hour" in r.stderr, r.stderr)


of_files()
made = run("make", "-s", "build/lstmfc", cwd=ROOT)
if made.returncode:
    check("the tool", False, made.stderr[-300:])
else:
    rng = random.Random(9)
    holes = {FIRST + HOUR * k for k in (40, 41, 42, 200, 333)} | {BEGIN + HOUR * 77}
    holes |= {FIRST + HOUR * rng.randrange(24, DAYS * 24 - 24) for _ in range(12)}
    rows = walk(BEGIN, LAST + 48 * HOUR, holes=holes)
    with tempfile.TemporaryDirectory() as room:
        rooms.append(room)
        began = datetime.now(timezone.utc)
        follow, cron = Follow(room, rows), Cron(room, rows)
        for work in [beside(way.go) for way in (follow, cron)]:
            work.join()
        print(f"      {(datetime.now(timezone.utc) - began).total_seconds():.0f} s; follow: {follow.kills} kills, {follow.starts} starts, {follow.stream.connections} "
              f"connections; cron: {cron.runs} runs, {cron.kills} killed, {cron.refused} refused")
        check("follow: killed ten times and more", follow.kills >= 10 and follow.starts >= 10, (follow.kills, follow.starts))
        check("cron: killed five times and more, one refused beside another", cron.kills >= 5 and cron.refused >= 1, (cron.kills, cron.refused))
        for work in [beside(judge, way, rows, room) for way in (follow, cron)]:
            work.join()
        for way in (follow, cron):
            way.close()
            if failed:
                with open(os.path.join(room, way.name + ".log"), encoding="utf-8") as file:
                    print("".join(line for line in file.read().splitlines(True)[-12:]))
print(f"{passed} passed, {failed} failed, {skipped} skipped")
sys.exit(failed > 0)
