"""tools/get_candles.py against an exchange on this machine (tests/live/exchange.py): months, days and the bars since in one CSV, resumed,
verified, with the faults that real ones have."""
import argparse
import contextlib
import csv
import io
import os
import signal
import subprocess
import sys
import tempfile
import zipfile

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, os.path.join(ROOT, "tests", "live"))
sys.path.insert(0, os.path.join(ROOT, "tools"))
import stream_candles                                                                       # noqa: E402
from exchange import Exchange, HOUR, expected, iso, ms, walk                                # noqa: E402

passed = failed = skipped = 0


def check(name, good, detail=""):
    global passed, failed
    passed, failed = passed + bool(good), failed + (not good)
    print(("ok    " if good else "FAIL  ") + name + ("" if good else f": {detail}"))


def get(x, out, *more, begin="2024-10-20", end=None, now=None):
    command = [sys.executable, os.path.join(ROOT, "tools", "get_candles.py"), "--symbol", "BTCUSDT", "--interval", "1h", "--from", begin, "--out", out,
               "--archive", x.base, "--rest", x.base + "/klines", "--pause", "0.02", "--polite", "0", "--now", iso(now or x.now), *more]
    if end:
        command += ["--to", end]
    return subprocess.run(command, capture_output=True, text=True)


def refused(name, work, words):
    try:
        check(name, False, work())
    except stream_candles.gc.Failure as failure:
        check(name, words in str(failure) and failure.code == 3, failure)


def read(path):
    with open(path, encoding="ascii") as file:
        return list(csv.reader(file))[1:]


def raw(path):
    with open(path, "rb") as file:
        return file.read()


begin, end = ms("2024-10-20"), ms("2025-02-11T07:30:00")
holes = {ms("2024-12-24T03:00:00"), ms("2024-12-24T04:00:00"), ms("2025-02-10T05:00:00")}
rows = walk(ms("2024-10-01"), ms("2025-03-01"), holes=holes)
whole = expected(rows, begin, end)

with tempfile.TemporaryDirectory() as room:
    os.chdir(room)

    def exchange(now=end):
        return Exchange(rows, now, microseconds_from=ms("2025-01-01"), header_from=ms("2025-01-01"))
    x = exchange()
    r = get(x, "a.csv")
    check("months, days and the bars since, ms and us, with and without a header", r.returncode == 0 and read("a.csv") == whole, r.stderr[-300:])
    check("the bar that is not closed is left out", read("a.csv")[-1][0] == "2025-02-11T06:00:00Z")
    check("gaps of the exchange are told", "no bar at 2024-12-24T03:00:00Z and the next 1" in r.stderr and "2025-02-10T05:00:00Z" in r.stderr, r.stderr)
    asked = len(x.asked)
    r = get(x, "a.csv")
    check("run again: nothing is asked for", r.returncode == 0 and len(x.asked) == asked and read("a.csv") == whole, x.asked[asked:])
    x.now = ms("2025-02-11T12:10:00")
    r = get(x, "a.csv")
    check("run later: the new bars alone", r.returncode == 0 and read("a.csv") == expected(rows, begin, x.now) and len(x.asked) - asked == 2
          or len(x.asked) - asked <= 4 and read("a.csv") == expected(rows, begin, x.now), x.asked[asked:])
    check("where they came from is told", "5 of them new" in r.stderr, r.stderr)
    r = get(x, "a.csv", begin="2024-10-10")
    check("an earlier begin", r.returncode == 0 and read("a.csv") == expected(rows, ms("2024-10-10"), x.now), r.stderr[-300:])
    asked = len(x.asked)
    for name, more in (("a later begin", {"begin": "2025-01-05"}), ("an earlier end", {"end": "2024-11-05"}), ("a span within", {"begin": "2024-11-02", "end": "2024-11-03"})):
        r = get(x, "a.csv", **more)
        check(f"{name}: what is there stays, nothing is asked for", r.returncode == 0 and read("a.csv") == expected(rows, ms("2024-10-10"), x.now) and len(x.asked) == asked,
              (len(read("a.csv")), r.stderr[-300:]))
    for name, spans in (("behind", (("2024-10-20", "2024-10-25"), ("2024-11-20", "2024-11-25"))), ("before", (("2024-11-20", "2024-11-25"), ("2024-10-20", "2024-10-25")))):
        for first, last in spans:
            r = get(x, f"{name}.csv", begin=first, end=last)
        check(f"a span {name} the one that is there is joined to it", r.returncode == 0 and read(f"{name}.csv") == expected(rows, begin, ms("2024-11-25")),
              (len(read(f"{name}.csv")), r.stderr[-300:]))
    x.close()

    # ---- what passes
    x = exchange()
    x.faults = [("2024-11.zip", 429, 2), ("2024-12.zip", "drop", 2), ("2025-01.zip.CHECKSUM", 503, 1), ("2025-02-03.zip", "corrupt", 1), ("2025-02-04.zip.CHECKSUM", "corrupt", 1),
                ("klines?", 418, 1), ("klines?", "drop", 1), ("2024-10.zip", 500, 1),
                ("2025-01.zip", "drop", 2)]
    r = get(x, "b.csv")
    check("429, 418, 5xx, broken answers, a byte that differs: all is there at the end", r.returncode == 0 and read("b.csv") == whole, r.stderr[-400:])
    check("every fault was met", all(times == 0 for _, _, times in x.faults), x.faults)
    check("and told, with the waits", r.stderr.count("again in") >= 7 and "fetched again" in r.stderr, r.stderr)
    x.close()

    # ---- what does not
    x = exchange()
    x.faults = [("2024-12.zip", "corrupt", 99)]
    r = get(x, "c.csv")
    check("a checksum that never holds", r.returncode == 3 and "SHA-256" in r.stderr and "2024-12.zip" in r.stderr, r.stderr[-300:])
    check("the months before it are kept", read("c.csv") == expected(rows, begin, ms("2024-12-01")), len(read("c.csv")))
    x.faults = []
    asked = len(x.asked)
    r = get(x, "c.csv")
    check("and gone on from", r.returncode == 0 and read("c.csv") == whole and not any("2024-11" in p for p in x.asked[asked:]), r.stderr[-300:])
    x.faults = [("2024-11.zip", 429, 999)]
    r = get(x, "d.csv", "--tries", "3")
    check("a server that never answers", r.returncode == 1 and "tried 3 times" in r.stderr and "Traceback" not in r.stderr, r.stderr[-300:])
    x.close()
    x = exchange()
    x.faults = [("2024-12.zip", 429, 10**9)]
    with subprocess.Popen([sys.executable, os.path.join(ROOT, "tools", "get_candles.py"), "--symbol", "BTCUSDT", "--from", "2024-10-20", "--out", "i.csv", "--archive", x.base,
                           "--rest", x.base + "/klines", "--tries", "1000000", "--now", iso(x.now)], stderr=subprocess.PIPE, text=True,
                          preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL)) as ended:      # a shell's background job ignores it
        said = ""
        while "again in" not in said:
            said = ended.stderr.readline() or "again in"
        ended.send_signal(signal.SIGINT)
        said = ended.stderr.read()
    check("Ctrl-C: 130, what was fetched is kept", ended.returncode == 130 and "Traceback" not in said and "broken off" in said
          and os.path.exists("i.csv") and read("i.csv") == expected(rows, begin, ms("2024-12-01")), (ended.returncode, said[-300:]))
    x.close()
    r = get(x, "e.csv", "--tries", "2")
    check("a server that is not there", r.returncode == 1 and "tried 2 times" in r.stderr and not os.path.exists("e.csv"), r.stderr[-300:])

    for name, change, words in (
            ("two sources that disagree", lambda r: r[:4] + [str(float(r[4]) - 0.01)] + r[5:], "has"),
            ("a bar that is no candle", lambda r: r[:2] + [r[3], r[2]] + r[4:], "is no candle"),
            ("a price that is no number", lambda r: r[:4] + ["NaN"] + r[5:], "not finite"),
            ("a time that begins no bar", lambda r: [r[0] + 1000] + r[1:], "does not begin a bar")):
        x = exchange()
        get(x, "f.csv", "--no-rest")
        with open("f.csv", encoding="ascii") as file:
            lines = file.read().splitlines()
        at = ms("2025-02-11T02:00:00")
        x.rows = [change(r) if r[0] == (at if "disagree" not in name else ms("2025-01-05T02:00:00")) else r for r in rows]
        if "disagree" in name:
            r = get(x, "f.csv", begin="2024-10-01", end="2025-02-01")
            os.remove("f.csv.archives/BTCUSDT-1h-2025-01.zip")
            with open("f.csv", "w", encoding="ascii") as file:
                file.write("\n".join(lines) + "\n")
            lines = raw("f.csv")
            x.rows = [change(r) if r[0] == ms("2024-10-22T02:00:00") else r for r in rows]
            r = get(x, "f.csv", "--keep", "fresh", begin="2024-10-10")
            check(name, r.returncode == 3 and words in r.stderr and "2024-10-22T02:00:00Z" in r.stderr and "Traceback" not in r.stderr, r.stderr[-300:])
            check("and the file is as it was", raw("f.csv") == lines)
        else:
            r = get(x, "f.csv")
            check(name, r.returncode == 3 and words in r.stderr and "Traceback" not in r.stderr, r.stderr[-300:])
        x.close()
        for left in ("f.csv",):
            os.remove(left)

    x = exchange()
    for text, words in (("hello\n1,2\n", "not what this program writes"), (",".join(["time", "open", "high", "low", "close", "volume", "quote_volume", "trades",
                        "taker_buy_volume", "taker_buy_quote_volume"]) + "\n2024-13-01,1,1,1,1,1,1,1,1,1\n", ":2: no time as")):
        with open("g.csv", "w", encoding="ascii") as file:
            file.write(text)
        r = get(x, "g.csv")
        check(f"a file of another kind is left alone ({words})", r.returncode == 3 and words in r.stderr and raw("g.csv").decode() == text, r.stderr[-300:])
    r = get(x, "h.csv", begin="2026-01-01")
    check("a begin in the future", r.returncode == 2 and "nothing closed" in r.stderr, r.stderr[-300:])
    r = get(x, "h.csv", "--interval", "1y")
    check("an interval that is none", r.returncode == 2 and "--interval 1y" in r.stderr, r.stderr[-300:])
    x.rows = []
    r = get(x, "h.csv")
    check("a symbol without bars", r.returncode == 3 and "no bars" in r.stderr, r.stderr[-300:])
    x.close()

    # ---- archives that hold what they should not, with the right checksum; texts that are nested without an end
    box = io.BytesIO()
    with zipfile.ZipFile(box, "w") as file:
        file.writestr("a.csv", "1,2")
    whole = bytearray(box.getvalue())
    entry = whole.rindex(b"PK\x01\x02")
    for name, offset, value in (("a zip that is encrypted", 8, 1), ("a zip packed in a way that is not known", 10, 99)):
        odd = bytearray(whole)
        odd[entry + offset] = odd[offset - 2] = value
        refused(name, lambda: stream_candles.gc.rows_of(bytes(odd), "odd.zip"), "odd.zip")
    box = io.BytesIO()
    with zipfile.ZipFile(box, "w") as file:
        file.writestr("a.csv", "x" * 200000)
    refused("a zip whose CSV is none", lambda: stream_candles.gc.rows_of(box.getvalue(), "odd.zip"), "field larger")
    refused("a message nested without an end", lambda: stream_candles.closed_bar("[" * 100000, None, HOUR), "the stream sent")
    with open("nocsv.csv", "w", encoding="ascii") as file:
        file.write("x" * 200000)
    x = exchange()
    r = get(x, "nocsv.csv")
    check("a file of another kind that is no CSV", r.returncode == 3 and "nocsv.csv" in r.stderr and "Traceback" not in r.stderr, r.stderr[-300:])
    x.close()

    # ---- weeks begin on Mondays, not on the Thursday of 1970
    week = 7 * 24 * HOUR
    weeks = walk(ms("2024-01-01"), ms("2024-06-01"), step=week)
    for name, to, now in (("a Wednesday", None, "2024-03-06"), ("the Monday on which the last one closed", None, "2024-03-04"), ("an end of its own", "2024-02-14", "2024-03-06")):
        x = Exchange(weeks, ms(now), step=week)
        r = get(x, f"{now}{to}.csv", "--interval", "1w", begin="2024-01-01", end=to)
        wanted = [v for v in expected(weeks, ms("2024-01-01"), ms(now), week) if not to or v[0] < "2024-02-12"]
        check(f"weeks, until {name}: the first of them and the last that is closed", r.returncode == 0 and read(f"{now}{to}.csv") == wanted, (r.stderr[-300:], wanted[-1]))
        x.close()

    # ---- a stream that was killed before its first bar: its history is a header
    with open("began.csv", "w", encoding="ascii") as file:
        file.write(",".join(stream_candles.gc.COLUMNS) + "\n")
    with contextlib.redirect_stdout(None):
        begun = stream_candles.Printer(argparse.Namespace(history="began.csv", since="2024-11-01"), HOUR)
    check("--since where the history has no bar yet", begun.last == ms("2024-10-31T23:00:00"), begun.last)
    begun.file.close()

    # ---- the library reads it
    tool = os.path.join(ROOT, "build", "lstmfc")
    if os.path.exists(tool):
        r = subprocess.run([tool, "check", "--csv", "a.csv"], capture_output=True, text=True)
        check("lstmfc check reads it: interval, gaps", r.returncode == 0 and "3 missing bars" in r.stdout and "usable" in r.stdout, r.stdout)
    else:
        print("skip  build/lstmfc is not built")
        skipped += 1

print(f"{passed} passed, {failed} failed, {skipped} skipped")
sys.exit(failed > 0)
