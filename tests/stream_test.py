"""tools/stream_candles.py against a WebSocket on this machine that drops, repeats, falls silent and skips: every bar once, in order, in the
history and on stdout; ended and begun again at any moment."""
import os
import signal
import subprocess
import sys
import tempfile
import time

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, os.path.join(ROOT, "tests", "live"))
from exchange import HOUR, Exchange, expected, ms, walk                                      # noqa: E402

try:
    from stream import Stream, message                                                      # noqa: E402
except ImportError:
    print("skip  Python package websockets is not installed")
    print("0 passed, 0 failed, 1 skipped")
    sys.exit(0)

passed = failed = 0


def check(name, good, detail=""):
    global passed, failed
    passed, failed = passed + bool(good), failed + (not good)
    print(("ok    " if good else "FAIL  ") + name + ("" if good else f": {detail}"))


def start(x, s, clock, *more):
    return subprocess.Popen([sys.executable, os.path.join(ROOT, "tools", "stream_candles.py"), "--symbol", "BTCUSDT", "--url", s.url, "--rest", x.base + "/klines",
                             "--pause", "0.02", "--polite", "0", "--silence", "0.4", "--clock", clock, *more],
                            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def wait_for(condition, seconds=120):
    end = time.time() + seconds
    while time.time() < end:
        if condition():
            return True
        time.sleep(0.02)
    return False


def lines_of(path):
    with open(path, encoding="ascii") as file:
        return [line.split(",") for line in file.read().splitlines()[1:]]


def finish(p):
    p.send_signal(signal.SIGTERM)
    out, err = p.communicate(timeout=120)
    return [line.split(",") for line in out.splitlines()[1:]], err, p.returncode


begin = ms("2024-12-20")
hole = ms("2024-12-22T05:00:00")
rows = walk(begin, ms("2025-01-05"), holes={hole})
at = {r[0]: i for i, r in enumerate(rows)}

with tempfile.TemporaryDirectory() as room:
    os.chdir(room)

    # ---- drops, repeats, silence, bars that closed unseen, bars the exchange does not have, messages of other kinds
    x = Exchange(rows, rows[29][0] + HOUR + 1)
    k = rows
    actions = ['{"result":null,"id":1}', k[30], k[31], k[31], k[30], "drop", k[32], "silence", k[33], k[34], "drop", "drop", k[38], k[39], "drop", k[45]]
    actions += [v for r in rows[46:80] for v in (r, "drop")] + rows[80:100]
    s = Stream(x, actions, "clock")
    s.tell(x.now)
    p = start(x, s, "clock", "--since", "2024-12-20T10:00:00Z", "--history", "h.csv")
    check("all was played", s.done.wait(60))
    want = expected(rows, ms("2024-12-20T10:00:00"), rows[99][0] + HOUR)
    wait_for(lambda: len(lines_of("h.csv")) >= len(want))
    out, err, code = finish(p)
    check("every bar once and in order", out == want, f"{len(out)} of {len(want)}; {err[-400:]}")
    check("and in the history", lines_of("h.csv") == want, len(lines_of("h.csv")))
    check("the connection was made again and again", s.connections > 35 and err.count("broke") > 35, s.connections)
    check("what the exchange does not have is told", "no bar at 2024-12-22T05:00:00Z" in err, err[-300:])
    check("ended by a signal: 0", code == 0, code)
    s.close()

    # ---- ended and begun again, by TERM and by KILL
    parts, todo = [], rows[100:180]
    for n in range(8):
        s = Stream(x, todo[10 * n:10 * n + 7], "clock")
        p = start(x, s, "clock", "--history", "h.csv")
        s.done.wait(120)
        if n % 2:
            p.kill()
            parts += [line.split(",") for line in p.communicate(timeout=120)[0].splitlines()[1:] if line.count(",") == 9]
        else:
            wait_for(lambda: lines_of("h.csv")[-1] == expected(rows, todo[10 * n + 6][0], todo[10 * n + 6][0] + HOUR)[0])
            parts += finish(p)[0]
        s.close()
        s.tell(todo[10 * n + 9][0] + HOUR + 1)
    s = Stream(x, [rows[180]], "clock")
    p = start(x, s, "clock", "--history", "h.csv")
    want = expected(rows, ms("2024-12-20T10:00:00"), rows[180][0] + HOUR)
    wait_for(lambda: len(lines_of("h.csv")) >= len(want))
    parts += finish(p)[0]
    s.close()
    check("the history is whole after eight ends, four of them by KILL", lines_of("h.csv") == want, f"{len(lines_of('h.csv'))} of {len(want)}")
    times = [r[0] for r in parts]
    check("no bar was printed twice", len(times) == len(set(times)) and times == sorted(times))

    # ---- a history that was cut off within its last line
    with open("h.csv", "rb+") as file:
        file.truncate(os.path.getsize("h.csv") - 11)
    s = Stream(x, [rows[181]], "clock")
    p = start(x, s, "clock", "--history", "h.csv")
    want = expected(rows, ms("2024-12-20T10:00:00"), rows[181][0] + HOUR)
    wait_for(lambda: len(lines_of("h.csv")) >= len(want))
    out, err, code = finish(p)
    check("a history cut off in a line: the line goes, its bar comes again", lines_of("h.csv") == want and out == want[-2:] and "cut off" in err, err)
    s.close()
    with open("h.csv", encoding="ascii") as file:
        whole = file.read()
    with open("h.csv", "w", encoding="ascii") as file:
        file.write(whole.replace("2024-12-21T", "2024-12-2xT", 1))
    s = Stream(x, [], "clock")
    p = start(x, s, "clock", "--history", "h.csv")
    out, err = p.communicate(timeout=120)
    check("one that is broken elsewhere is refused by its line", p.returncode == 3 and "h.csv:16: no time" in err and "Traceback" not in err, err)
    s.close()

    # ---- values that change, another symbol, garbage, nobody who reads
    again = rows[183][:4] + ["1" + rows[183][4]] + rows[183][5:]
    again[2] = again[4]
    # the bar has come before its other values do, and the clock has not gone on to the bar behind it, which REST would have told
    come = lambda: check("the bar came once", wait_for(lambda: os.path.exists("again.csv") and lines_of("again.csv")[-1:] == expected(rows, rows[183][0], rows[183][0] + HOUR), 120))
    s = Stream(x, [rows[182], rows[183], come, again, rows[184]], "clock")
    s.tell(rows[181][0] + HOUR + 1)
    p = start(x, s, "clock", "--history", "again.csv", "--since", time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(rows[182][0] / 1000)))
    s.done.wait(120)
    wait_for(lambda: lines_of("again.csv")[-1:] == expected(rows, rows[184][0], rows[184][0] + HOUR), 120)
    out, err, code = finish(p)
    check("a bar that comes again with other values: the first stands, and it is told", out == expected(rows, rows[182][0], rows[184][0] + HOUR) and "other values" in err, err)
    s.close()
    for text, words in ((message(rows[183]).replace("BTCUSDT", "ETHUSDT"), "sends ETHUSDT"), ("{garbage", "the stream sent"), (message(rows[183][:1] + ["nan"] + rows[183][2:]), "not finite")):
        s = Stream(x, [text], "clock")
        p = start(x, s, "clock")
        out, err = p.communicate(timeout=120)
        check(f"refused: {words}", p.returncode == 3 and words in err and "Traceback" not in err, err)
        s.close()
    s = Stream(x, rows[184:200], "clock")
    p = start(x, s, "clock")
    p.stdout.close()
    check("nobody reads: ended quietly", p.wait(120) == 0 and "Traceback" not in p.stderr.read())
    s.close()
    x.close()

print(f"{passed} passed, {failed} failed, 0 skipped")
sys.exit(failed > 0)
