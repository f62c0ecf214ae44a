"""Closed candles of an exchange's WebSocket on stdout, one CSV row each as it closes, for a program that follows them:

    stream_candles.py --symbol BTCUSDT --interval 1h --history btcusdt_1h.csv | lstmfc signal --model M.json --csv btcusdt_1h.csv --follow ..

    stream_candles.py --symbol BTCUSDT [--interval 1h] [--history CSV] [--since TIME] [--url WS] [--rest URL] [--silence SECONDS]

Every bar comes once and in order, whatever the connection does: what closed while it was down, or before it was there, is asked of the REST
endpoint; what is repeated is left out. --history: the file that get_candles.py wrote; its last bar says where to begin, and every new bar is
appended to it before it is printed. Needs the package websockets (tools/requirements.txt). The stream's form is that of Binance's klines
(<symbol>@kline_<interval>); what else has it, by --url with {symbol} (small letters) and {interval}.
Exit codes: 0 ended by a signal or because nobody reads, 1 failure, 2 usage, 3 data.
"""
import argparse
import json
import os
import random
import re
import signal
import sys
import time

import get_candles as gc

URL = "wss://stream.binance.com:9443/ws/{symbol}@kline_{interval}"
KEYS = ["o", "h", "l", "c", "v", "T", "q", "n", "V", "Q"]      # a kline's columns behind its open time, as the stream names them


def closed_bar(text, a, step):
    """(open time, values) of a message that closes a bar of this symbol and interval; None of any other."""
    try:
        message = json.loads(text, parse_float=str)
    except (ValueError, RecursionError) as error:
        raise gc.Failure(f"the stream sent `{text[:80]}`: {error}", 3) from None
    message = message.get("data", message) if isinstance(message, dict) else {}
    k = message.get("k") if isinstance(message, dict) else None
    if not isinstance(k, dict) or message.get("e") != "kline" or k.get("x") is not True:
        return None
    if k.get("i") != a.interval or str(k.get("s", a.symbol)).upper() != a.symbol:
        raise gc.Failure(f"the stream sends {k.get('s')} {k.get('i')}, not {a.symbol} {a.interval}", 3)
    return gc.bar_of([str(k.get("t"))] + [str(k.get(key)) for key in KEYS], step, "the stream's bar")


def mend(path):
    """A last line that was cut off, by a machine that lost its power, is taken away: its bar comes again."""
    with open(path, "rb+") as file:
        text = file.read()
        end = text.rfind(b"\n") + 1
        if end and end < len(text):
            file.truncate(end)
            gc.say(f"{path}: its last line was cut off (`{text[end:][:60].decode('ascii', 'replace')}`) and is taken away; its bar comes again")


class Printer:
    """Bars in order, each once: into the history first, then to stdout."""

    def __init__(self, a, step):
        self.a, self.step, self.last, self.values, self.file = a, step, None, None, None
        self.busy = self.ending = False
        signal.signal(signal.SIGTERM, self.end)
        if a.history and os.path.exists(a.history):
            mend(a.history)
            candles = gc.Candles()
            self.last = gc.read_own(a.history, candles, step)
            self.values = candles.bars.get(self.last)
        if self.last is None and a.since:               # a history may have no bar yet
            self.last = gc.open_of(gc.when(a.since, "since"), step) - step
        if a.history:
            fresh = not os.path.exists(a.history)
            self.file = open(a.history, "a", encoding="ascii", newline="")
            if fresh:
                self.file.write(",".join(gc.COLUMNS) + "\n")
        print(",".join(gc.COLUMNS), flush=True)

    def end(self, *_):
        """A bar that is in the history is printed before the end."""
        self.ending = True
        if not self.busy:
            sys.exit(0)

    def bar(self, at, values):
        if self.last is not None and at <= self.last:
            if at == self.last and self.values and not gc.same(values, self.values):
                gc.say(f"{gc.iso(at)} came again with other values, {','.join(values)} in place of {','.join(self.values)}; the first ones stand")
            return False
        line = ",".join([gc.iso(at)] + values)
        self.busy = True
        if self.file:
            self.file.write(line + "\n")
            self.file.flush()
            os.fsync(self.file.fileno())
        self.last, self.values = at, values
        print(line, flush=True)
        self.busy = False
        if self.ending:
            sys.exit(0)
        return True


def catch_up(server, a, printer, step, end, later):
    """Prints the closed bars since the last one, up to `end` (ms), as the REST endpoint has them. later: one behind them is known."""
    if printer.last is None or printer.last + step >= end:
        return
    candles, begin = gc.Candles(), printer.last + step
    gc.from_rest(server, a, candles, step, begin, end, a.clock())
    times = sorted(candles.bars)
    for at in times:
        printer.bar(at, candles.bars[at])
    lost = [t for t in range(begin, end if later else max(times, default=begin), step) if t not in candles.bars]
    if times:
        gc.say(f"{len(times)} bars from the REST endpoint, {gc.iso(times[0])} to {gc.iso(times[-1])}")
    if lost:
        gc.say(f"  the exchange has no bar at {gc.iso(lost[0])}" + (f" and {len(lost) - 1} others" if len(lost) > 1 else ""))


def follow(a, step, server, printer):
    """One connection, until it breaks."""
    from websockets.sync.client import connect
    with connect(a.url.format(symbol=a.symbol.lower(), interval=a.interval), open_timeout=30, close_timeout=2, max_size=1 << 20) as socket:
        catch_up(server, a, printer, step, gc.open_of(a.clock(), step), False)        # connected first: what closes meanwhile waits in the socket
        follow.failures = 0
        while True:
            bar = closed_bar(socket.recv(timeout=a.silence), a, step)
            if bar is None:
                continue
            if printer.last is not None and bar[0] > printer.last + step:
                catch_up(server, a, printer, step, bar[0], True)
            printer.bar(*bar)


def run(a):
    step = gc.interval_ms(a.interval)
    server = gc.Server(a.tries, a.pause)
    printer = Printer(a, step)
    rng = random.Random(1)
    follow.failures = 0
    while True:
        try:
            follow(a, step, server, printer)
        except (BrokenPipeError, gc.Failure):
            raise
        except TimeoutError:
            why = f"nothing came for {a.silence:g} s"
        except Exception as error:                      # whatever a connection can die of: websockets', the socket's, TLS's
            if isinstance(error, (TypeError, NameError, AttributeError, KeyError)):
                raise
            why = f"{type(error).__name__}: {error}".strip(": ")
        wait = min(60.0, a.pause * 2**follow.failures) * (1 + rng.random() / 4)
        follow.failures += 1
        gc.say(f"the stream broke ({why}); again in {wait:.1f} s")
        time.sleep(wait)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0], formatter_class=argparse.RawDescriptionHelpFormatter, epilog=__doc__.split("\n\n", 1)[1])
    parser.add_argument("--symbol", required=True, help="as the exchange writes it: BTCUSDT")
    parser.add_argument("--interval", default="1h", help="1m, 5m, 1h, 4h, 1d, 1w [1h]")
    parser.add_argument("--history", help="the CSV of get_candles.py: begin behind its last bar and append to it")
    parser.add_argument("--since", help="where the history has no bar yet: the first bar, UTC")
    parser.add_argument("--url", default=URL, help=f"[{URL}]")
    parser.add_argument("--rest", default=gc.REST, help=f"endpoint of klines [{gc.REST}]")
    parser.add_argument("--silence", type=float, default=90, help="seconds without a message after which the connection is made anew [90]")
    parser.add_argument("--tries", type=int, default=6, help="tries of a REST request [6]")
    parser.add_argument("--pause", type=float, default=1.0, help="seconds before the second try, doubled up to a minute [1]")
    parser.add_argument("--polite", type=float, default=0.2, help="seconds between pages of the REST endpoint [0.2]")
    parser.add_argument("--clock", default="", help="a file that holds the time, for tests [the clock]")
    a = parser.parse_args()
    if not re.fullmatch("[A-Z0-9_-]{2,40}", a.symbol):
        parser.error(f"--symbol {a.symbol}: expected capitals and digits, BTCUSDT")
    if a.silence <= 0 or a.tries < 1 or a.pause < 0 or a.polite < 0:
        parser.error("--silence must be above 0, --tries 1 or more, --pause and --polite 0 or more")
    path = a.clock

    def clock():
        if not path:
            return int(time.time() * 1000)
        with open(path, encoding="ascii") as file:
            return int(file.read())
    a.clock = clock
    try:
        return run(a)
    except gc.Failure as failure:
        gc.say(f"stream_candles: {failure}")
        return failure.code
    except (BrokenPipeError, KeyboardInterrupt):
        sys.stdout = open(os.devnull, "w", encoding="ascii")
        return 0
    except (OSError, ImportError) as error:
        gc.say(f"stream_candles: {error}")
        return 1


if __name__ == "__main__":
    sys.exit(main())
