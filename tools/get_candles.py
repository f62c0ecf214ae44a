"""Candles of an exchange into one clean CSV: monthly archives (zip files with checksums), daily ones for the month that is not over, and a
REST endpoint for the bars since.

    get_candles.py --symbol BTCUSDT --interval 1h --from 2024-01-01 [--to 2024-07-01] --out btcusdt_1h.csv
                   [--archive URL] [--rest URL] [--keep DIR] [--no-rest] [--tries N]

A file that is there already is gone on with: what it has is checked and kept, what is missing is fetched, up to it and behind it too. Archives are verified by their
SHA-256 and kept in --keep (default: OUT.archives); one that was broken off is gone on with where the server allows it. Only closed bars
are written, oldest first, one row per bar, prices and volumes as the exchange wrote them. Two sources that disagree about a bar, a bar out
of order, or one that is no candle end the work with the file and the row: nothing is guessed, and OUT is replaced only by a whole file.

The layout is that of Binance's public data (https://data.binance.vision) and klines (https://api.binance.com/api/v3/klines); others with
the same layout by --archive and --rest. Needs only Python's own library. Exit codes: 0 ok, 1 failure, 2 usage, 3 data, 130 Ctrl-C.
"""
import argparse
import csv
import hashlib
import io
import json
import os
import random
import re
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
import zipfile
from datetime import datetime, timedelta, timezone
from decimal import Decimal, InvalidOperation

ARCHIVE = "https://data.binance.vision/data/spot"
REST = "https://api.binance.com/api/v3/klines"
COLUMNS = ["time", "open", "high", "low", "close", "volume", "quote_volume", "trades", "taker_buy_volume", "taker_buy_quote_volume"]
TAKEN = [1, 2, 3, 4, 5, 7, 8, 9, 10]                    # the kline's columns behind its open time: 0 open time, 6 close time, 11 unused
UNITS = {"s": 1000, "m": 60000, "h": 3600000, "d": 86400000, "w": 604800000}
LONGEST_WAIT = 120                                      # seconds; a server that asks for more is told of, not waited for


class Failure(Exception):
    def __init__(self, message, code=1):
        super().__init__(message)
        self.code = code


def say(text):
    print(text, file=sys.stderr, flush=True)


# ---- bars --------------------------------------------------------------------------------------------------------------

def milliseconds(text, where):
    """An open time as the exchange has it: milliseconds, in newer archives microseconds."""
    if not re.fullmatch(r"\d{12,17}", text):
        raise Failure(f"{where}: `{text}` is no time in milliseconds or microseconds", 3)
    value = int(text)
    if value < 10**14:
        return value
    if value % 1000:
        raise Failure(f"{where}: {text} is no whole millisecond", 3)
    return value // 1000


def open_of(at, step):
    """The open of the bar that holds this time (ms): whole steps since 1970, of weeks since a Monday."""
    first = 345600000 if step == UNITS["w"] else 0
    return (at - first) // step * step + first


def bar_of(row, step, where):
    """(open time in ms, [the texts of COLUMNS behind time]) of a kline; a row that is no candle is refused."""
    if len(row) < 11:
        raise Failure(f"{where}: {len(row)} columns; a kline has 12", 3)
    at = milliseconds(str(row[0]), where)
    if at != open_of(at, step):
        raise Failure(f"{where}: {iso(at)} does not begin a bar of this interval", 3)
    values = [str(row[i]) for i in TAKEN]
    try:
        numbers = [Decimal(v) for v in values]
    except InvalidOperation:
        raise Failure(f"{where}: `{','.join(values)}` holds something that is no number", 3) from None
    if not all(n.is_finite() for n in numbers):
        raise Failure(f"{where}: `{','.join(values)}` holds something that is not finite", 3)
    first, high, low, last = numbers[:4]
    if low <= 0 or low > min(first, last) or high < max(first, last) or min(numbers[4:]) < 0:
        raise Failure(f"{where}: open {first}, high {high}, low {low}, close {last}, volume {numbers[4]} is no candle", 3)
    return at, values


def iso(at):
    return datetime.fromtimestamp(at / 1000, timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def same(a, b):
    return all(Decimal(x) == Decimal(y) for x, y in zip(a, b))


class Candles:
    """Bars by their open time. Where two sources have one, they must agree."""

    def __init__(self):
        self.bars, self.sources = {}, {}

    def add(self, at, values, source):
        if at in self.bars and not same(self.bars[at], values):
            raise Failure(f"{iso(at)}: {self.sources[at]} has {','.join(self.bars[at])}, {source} has {','.join(values)}", 3)
        if at not in self.bars:
            self.bars[at], self.sources[at] = values, source

    def write(self, path, begin, end):
        """Writes what lies in [begin, end) beside the path and moves it there whole."""
        times = sorted(t for t in self.bars if begin <= t < end)
        part = path + ".part"
        with open(part, "w", encoding="ascii", newline="") as file:
            file.write(",".join(COLUMNS) + "\n")
            for t in times:
                file.write(",".join([iso(t)] + self.bars[t]) + "\n")
            file.flush()
            os.fsync(file.fileno())
        os.replace(part, path)
        return times


def read_own(path, candles, step):
    """What an earlier run wrote."""
    last = None
    with open(path, encoding="ascii", errors="replace", newline="") as file:
        rows = csv.reader(file)
        if next(rows, None) != COLUMNS:
            raise Failure(f"{path} is there, and not what this program writes (header {','.join(COLUMNS)}): name another --out", 3)
        for number, row in enumerate(rows, 2):
            where = f"{path}:{number}"
            try:
                at = int(datetime.strptime(row[0], "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=timezone.utc).timestamp()) * 1000
            except (ValueError, IndexError):
                raise Failure(f"{where}: no time as 2024-01-31T05:00:00Z at the begin of the row", 3) from None
            if len(row) != len(COLUMNS) or (last is not None and at <= last):
                raise Failure(f"{where}: {'not in order of time' if len(row) == len(COLUMNS) else f'{len(row)} columns, not {len(COLUMNS)}'}", 3)
            kline = [at, *row[1:6], 0, *row[6:], 0]
            candles.add(*bar_of([str(v) for v in kline], step, where), where)
            last = at
    return last


# ---- asking --------------------------------------------------------------------------------------------------------------

class Server:
    """GET with patience: what may pass (429, 418, 5xx, a connection that breaks) is tried again, after the time the server names or twice as
    long as before; what will not (404, 403) is told."""

    def __init__(self, tries, pause):
        self.tries, self.pause, self.asked, self.waited = tries, pause, 0, 0.0
        self.random = random.Random(1)

    def wait(self, attempt, named, why):
        seconds = named if named is not None else self.pause * 2**attempt * (1 + self.random.random() / 4)
        if seconds > LONGEST_WAIT:
            raise Failure(f"{why}: the server asks to wait {seconds:.0f} s; run it again later, what was fetched is kept")
        say(f"{why}: again in {seconds:.1f} s")
        self.waited += seconds
        time.sleep(seconds)

    def get(self, url, part=None):
        """The body (bytes), or None for 404. part: a file that takes it instead; each try goes on where the one before broke off."""
        for attempt in range(self.tries):
            named = None
            begin = os.path.getsize(part) if part and os.path.exists(part) else 0
            try:
                headers = {"User-Agent": "lstmfc get_candles"}
                if begin:
                    headers["Range"] = f"bytes={begin}-"
                self.asked += 1
                with urllib.request.urlopen(urllib.request.Request(url, headers=headers), timeout=30) as response:
                    length = response.headers.get("Content-Length")
                    body = response.read() if not part else into(part, begin if response.status == 206 else 0, response)
                    got = body if part else len(body)
                    if length is not None and got != int(length):
                        raise ConnectionError(f"{got} of {length} bytes")
                    return body
            except urllib.error.HTTPError as error:
                if error.code == 404:
                    return None
                if error.code == 416 and begin:         # there is nothing beyond what we have
                    return 0
                if error.code not in (418, 429) and error.code < 500:
                    raise Failure(f"{url}: HTTP {error.code}: {error.read(200).decode('utf-8', 'replace').strip()}") from None
                after = error.headers.get("Retry-After", "")
                named = float(after) if re.fullmatch(r"\d+(\.\d+)?", after) else None
                why = f"{url}: HTTP {error.code}"
            except (urllib.error.URLError, ConnectionError, TimeoutError, OSError, EOFError) as error:
                why = f"{url}: {getattr(error, 'reason', error)}"
            except Exception as error:                  # what http.client calls an answer that ended early
                if type(error).__module__ != "http.client":
                    raise
                why = f"{url}: {type(error).__name__}"
            if attempt + 1 < self.tries:
                self.wait(attempt, named, why)
        raise Failure(f"{why}; tried {self.tries} times. What was fetched is kept: run it again")


def archive(server, base, keep, name):
    """The rows of an archive whose checksum holds, or None where the exchange has none. Kept as keep/NAME.zip."""
    url = base + "/" + name
    path = os.path.join(keep, os.path.basename(name))
    for attempt in range(3):
        wanted = server.get(url + ".CHECKSUM")
        if wanted is None:
            return None
        wanted = wanted.decode("ascii", "replace").split()
        if not wanted or not re.fullmatch("[0-9a-fA-F]{64}", wanted[0]):
            raise Failure(f"{url}.CHECKSUM holds no SHA-256", 3)
        wanted = wanted[0].lower()
        if not os.path.exists(path) or digest(path) != wanted:
            part = path + ".part"
            if attempt and os.path.exists(part):
                os.remove(part)
            if server.get(url, part) is None:
                return None
            if digest(part) != wanted:
                say(f"{url}: SHA-256 {digest(part)}, not {wanted}: fetched again")
                os.remove(part)
                continue
            os.replace(part, path)
        with open(path, "rb") as file:
            return rows_of(file.read(), url)
    raise Failure(f"{url}: its SHA-256 is not the one of its .CHECKSUM, three times. The bars of this file are not used", 3)


def into(part, first, response):
    """Writes the response behind the first bytes of the file; returns how many came."""
    got = 0
    with open(part, "r+b" if first else "wb") as file:
        file.seek(first)
        file.truncate()
        while block := response.read(65536):
            file.write(block)
            got += len(block)
    return got


def digest(path):
    with open(path, "rb") as file:
        return hashlib.sha256(file.read()).hexdigest()


def rows_of(body, where):
    """The klines of a zip file with one CSV; its header, where it has one, is left out."""
    try:
        with zipfile.ZipFile(io.BytesIO(body)) as box:
            names = [n for n in box.namelist() if n.endswith(".csv")]
            if len(names) != 1 or box.getinfo(names[0]).file_size > 1 << 30:
                raise Failure(f"{where}: expected one CSV of at most 1 GiB in it, found {', '.join(box.namelist()[:5]) or 'nothing'}", 3)
            text = box.read(names[0]).decode("ascii")
        rows = [row for row in csv.reader(io.StringIO(text)) if row]
    except (zipfile.BadZipFile, UnicodeDecodeError, zipfile.zlib.error, RuntimeError, EOFError, csv.Error) as error:      # RuntimeError: encrypted
        raise Failure(f"{where}: {error}", 3) from None
    if rows and not rows[0][0].isdigit():
        if rows[0][0] != "open_time":
            raise Failure(f"{where}: its header begins with `{rows[0][0]}`; expected open_time", 3)
        rows = rows[1:]
    return rows


# ---- the work --------------------------------------------------------------------------------------------------------------

def from_archives(server, a, candles, step, begin, end, missing):
    """Months that are over, then days. Returns the time up to which the archives reach."""
    reached, absent = begin, set()
    day = datetime.fromtimestamp(begin / 1000, timezone.utc).replace(hour=0, minute=0, second=0)
    stop = datetime.fromtimestamp(end / 1000, timezone.utc)
    while day < stop:
        month = day.replace(day=1)
        after = (month + timedelta(days=32)).replace(day=1)
        first, last = int(day.timestamp() * 1000), int(after.timestamp() * 1000)
        step_to = after
        if missing(max(first, begin), min(last, end)):
            name = f"monthly/klines/{a.symbol}/{a.interval}/{a.symbol}-{a.interval}-{month:%Y-%m}.zip"
            rows = None if month in absent else archive(server, a.archive, a.keep, name)
            if rows is None:
                absent.add(month)
                name = f"daily/klines/{a.symbol}/{a.interval}/{a.symbol}-{a.interval}-{day:%Y-%m-%d}.zip"
                step_to = day + timedelta(days=1)
                last = int(step_to.timestamp() * 1000)
                rows = archive(server, a.archive, a.keep, name) if missing(max(first, begin), min(last, end)) else []
            if rows is not None:
                before = None
                for number, row in enumerate(rows, 1):
                    at, values = bar_of(row, step, f"{name}, row {number}")
                    if before is not None and at <= before:
                        raise Failure(f"{name}, row {number}: {iso(at)} is not after {iso(before)}", 3)
                    candles.add(at, values, name)
                    before = at
                say(f"{name}: {len(rows)} bars" if rows else f"{name}: there already")
                reached = last
        else:
            reached = last
        day = step_to
    return min(reached, end)


def from_rest(server, a, candles, step, begin, end, now):
    """Pages of up to 1,000 bars; the one that is not closed is left out. Returns how many came."""
    at, count = begin, 0
    while at < end:
        query = urllib.parse.urlencode({"symbol": a.symbol, "interval": a.interval, "startTime": at, "endTime": end - 1, "limit": 1000})
        body = server.get(f"{a.rest}?{query}")
        if body is None:
            raise Failure(f"{a.rest}: HTTP 404")
        try:
            rows = json.loads(body, parse_float=str)
        except (ValueError, RecursionError) as error:
            raise Failure(f"{a.rest}: {error}", 3) from None
        if not isinstance(rows, list):
            raise Failure(f"{a.rest}: {str(rows)[:200]}", 3)
        page = 0
        for number, row in enumerate(rows, 1):
            where = f"{a.rest}?startTime={at}, bar {number}"
            if not isinstance(row, list):
                raise Failure(f"{where}: {str(row)[:80]}", 3)
            t, values = bar_of(row, step, where)
            if not begin <= t < end:
                continue
            if t + step <= now:
                candles.add(t, values, where)
                page += 1
            last = t
        count += page
        if not rows or not page or last + step <= at:
            break
        at = last + step
        if at < end:
            time.sleep(a.polite)
    return count


def interval_ms(text):
    match = re.fullmatch(r"(\d+)([smhdw])", text)
    if not match or int(match.group(1)) == 0:
        raise Failure(f"--interval {text}: expected 1m, 5m, 1h, 4h, 1d, 1w ..", 2)
    return int(match.group(1)) * UNITS[match.group(2)]


def when(text, name):
    for form in ("%Y-%m-%dT%H:%M:%SZ", "%Y-%m-%d", "%Y-%m"):
        try:
            return int(datetime.strptime(text, form).replace(tzinfo=timezone.utc).timestamp()) * 1000
        except ValueError:
            pass
    raise Failure(f"--{name} {text}: expected 2024-01-31 or 2024-01-31T05:00:00Z", 2)


def gaps(times, step):
    return [(a + step, (b - a) // step - 1) for a, b in zip(times, times[1:]) if b - a != step]


def get(a):
    step = interval_ms(a.interval)
    now = when(a.now, "now") if a.now else int(time.time() * 1000)
    begin = open_of(when(a.begin, "from") + step - 1, step)
    end = open_of(min(when(a.end, "to") if a.end else now, now), step)
    if begin >= end:
        raise Failure(f"--from {a.begin}: nothing closed lies between it and {iso(end)}", 2)
    a.keep = a.keep or a.out + ".archives"
    os.makedirs(a.keep, exist_ok=True)
    candles, server = Candles(), Server(a.tries, a.pause)
    if os.path.exists(a.out):
        read_own(a.out, candles, step)
        say(f"{a.out}: {len(candles.bars)} bars are there")
    had = len(candles.bars)
    known = set(candles.bars)
    # bars that the exchange does not have were asked for before: what lies between two that are there is not asked for again. So a span
    # beside the one that is there is joined to it, and none of what is there is left out.
    first, last = (min(known), max(known)) if known else (end, begin)
    if known:
        begin, end = min(begin, last + step), max(end, first)
    low, high = min(begin, first), max(end, last + step) if known else end

    def missing(a, b):
        return a < min(first, b) or max(last + step, a) < b
    try:
        reached = from_archives(server, a, candles, step, begin, end, missing)
        reached = max(reached, last + step) if known and first <= begin else reached
        if a.use_rest and reached < end:
            say(f"{a.rest}: {from_rest(server, a, candles, step, reached, end, now)} bars")
    except (Failure, KeyboardInterrupt):
        # what came in order is kept; bars before those that were there are not, for what lies between would be taken for a gap
        if len(candles.bars) > had and (begin >= first or not known):
            candles.write(a.out, low, high)
        raise
    times = candles.write(a.out, low, high)
    if not times:
        raise Failure(f"no bars of {a.symbol} {a.interval} between {iso(low)} and {iso(high)}", 3)
    holes = gaps(times, step)
    say(f"{a.out}: {len(times)} bars of {a.symbol} {a.interval}, {iso(times[0])} to {iso(times[-1])}, {len(times) - had} of them new; "
        f"{server.asked} requests")
    for at, count in holes[:20]:
        say(f"  the exchange has no bar at {iso(at)}" + (f" and the next {count - 1}" if count > 1 else ""))
    if len(holes) > 20:
        say(f"  and {len(holes) - 20} further gaps")
    return 0


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0], formatter_class=argparse.RawDescriptionHelpFormatter, epilog=__doc__.split("\n\n", 1)[1])
    parser.add_argument("--symbol", required=True, help="as the exchange writes it: BTCUSDT")
    parser.add_argument("--interval", default="1h", help="1m, 5m, 1h, 4h, 1d, 1w [1h]")
    parser.add_argument("--from", dest="begin", required=True, help="first bar, UTC: 2024-01-01")
    parser.add_argument("--to", dest="end", help="end, UTC; bars that open before it [now]")
    parser.add_argument("--out", required=True, help="the CSV; one that is there is gone on with")
    parser.add_argument("--archive", default=ARCHIVE, help=f"base of monthly/ and daily/ [{ARCHIVE}]")
    parser.add_argument("--rest", default=REST, help=f"endpoint of klines [{REST}]")
    parser.add_argument("--no-rest", dest="use_rest", action="store_false", help="archives alone")
    parser.add_argument("--keep", help="where archives are kept [OUT.archives]")
    parser.add_argument("--tries", type=int, default=6, help="tries of each request [6]")
    parser.add_argument("--pause", type=float, default=1.0, help="seconds before the second try, doubled before each further one [1]")
    parser.add_argument("--polite", type=float, default=0.2, help="seconds between pages of the REST endpoint [0.2]")
    parser.add_argument("--now", help="the time it is, for tests and for what is reproducible [the clock]")
    a = parser.parse_args()
    if not re.fullmatch("[A-Z0-9_-]{2,40}", a.symbol):
        parser.error(f"--symbol {a.symbol}: expected capitals and digits, BTCUSDT")
    if a.tries < 1 or a.pause < 0 or a.polite < 0:
        parser.error("--tries must be 1 or more, --pause and --polite 0 or more")
    try:
        return get(a)
    except Failure as failure:
        say(f"get_candles: {failure}")
        return failure.code
    except KeyboardInterrupt:
        say("get_candles: broken off; what was fetched is kept: run it again")
        return 130
    except OSError as error:
        say(f"get_candles: {error}")
        return 1
    except csv.Error as error:                          # of a file that is no CSV
        say(f"get_candles: {a.out}: {error}")
        return 3


if __name__ == "__main__":
    sys.exit(main())
