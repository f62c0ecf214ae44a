"""An exchange on this machine for the tests: archives, klines and a stream of closed bars in the layout of Binance, with the faults that
real ones have. Its candles are made (a random walk of a seed), its clock is the test's."""
import hashlib
import io
import json
import random
import threading
import zipfile
from datetime import datetime, timedelta, timezone
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlparse

HOUR = 3600000


def ms(text):
    return int(datetime.fromisoformat(text).replace(tzinfo=timezone.utc).timestamp() * 1000)


def iso(at):
    return datetime.fromtimestamp(at / 1000, timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def expected(rows, begin, end, step=HOUR):
    """The rows of the CSV that holds the bars of [begin, end), those closed by then."""
    return [[iso(r[0]), *r[1:6], *r[7:11]] for r in rows if begin <= r[0] and r[0] + step <= end]


def walk(begin, end, step=HOUR, seed=1, holes=()):
    """Klines from begin to end (texts, ms): [open time, o, h, l, c, v, close time, quote volume, trades, taker, taker quote, 0]."""
    rng, price, rows, t = random.Random(seed), 30000.0, [], begin
    while t < end:
        first = price
        price *= 1 + rng.gauss(0, 0.006)
        high, low = max(first, price) * (1 + abs(rng.gauss(0, 0.002))), min(first, price) * (1 - abs(rng.gauss(0, 0.002)))
        volume = rng.expovariate(0.01)
        if t not in holes:
            rows.append([t, f"{first:.2f}", f"{high + 0.01:.2f}", f"{low - 0.01:.2f}", f"{price:.2f}", f"{volume:.5f}", t + step - 1,
                         f"{volume * price:.2f}", str(int(volume * 3)), f"{volume / 2:.5f}", f"{volume * price / 2:.2f}", "0"])
        t += step
    return rows


class Exchange:
    """rows: its klines; now: its clock (ms), settable. faults: a list of (path part, kind, times) that are used up one request each: kinds
    429, 418, 500, drop (the answer ends half way), corrupt (a byte of it differs), slow."""

    def __init__(self, rows, now, step=HOUR, microseconds_from=None, header_from=None):
        self.rows, self.now, self.step, self.faults, self.asked = rows, now, step, [], []
        self.microseconds_from, self.header_from, self.lock = microseconds_from, header_from, threading.Lock()
        exchange = self

        class Handler(BaseHTTPRequestHandler):
            def log_message(self, *_):
                pass

            def do_GET(self):
                exchange.answer(self)
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.handle_error = lambda *_: None     # a client that was killed
        self.base = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()

    def fault(self, path):
        with self.lock:
            for i, (part, kind, times) in enumerate(self.faults):
                if part in path and (".CHECKSUM" in part) == (".CHECKSUM" in path) and times > 0:
                    self.faults[i] = (part, kind, times - 1)
                    return kind
        return None

    def zip_of(self, name, rows):
        lines = []
        for row in rows:
            scale = 1000 if self.microseconds_from and row[0] >= self.microseconds_from else 1
            lines.append(",".join(map(str, [row[0] * scale, *row[1:6], row[6] * scale + (999 if scale > 1 else 0), *row[7:]])))
        if rows and self.header_from and rows[0][0] >= self.header_from:
            lines.insert(0, "open_time,open,high,low,close,volume,close_time,quote_volume,count,taker_buy_volume,taker_buy_quote_volume,ignore")
        box = io.BytesIO()
        with zipfile.ZipFile(box, "w", zipfile.ZIP_DEFLATED) as file:
            file.writestr(zipfile.ZipInfo(name + ".csv", (2024, 1, 1, 0, 0, 0)), "\n".join(lines) + "\n")
        return box.getvalue()

    def find_archive(self, path):
        parts = path.strip("/").split("/")
        name = parts[-1].removesuffix(".CHECKSUM").removesuffix(".zip")
        if parts[0] == "monthly":
            begin = datetime.strptime(name[-7:], "%Y-%m").replace(tzinfo=timezone.utc)
            end = (begin + timedelta(days=32)).replace(day=1)
        else:
            begin = datetime.strptime(name[-10:], "%Y-%m-%d").replace(tzinfo=timezone.utc)
            end = begin + timedelta(days=1)
        begin, end = int(begin.timestamp() * 1000), int(end.timestamp() * 1000)
        rows = [r for r in self.rows if begin <= r[0] < end]
        return self.zip_of(name, rows) if rows and end <= self.now else None

    def answer(self, h):
        url = urlparse(h.path)
        kind = self.fault(h.path)
        self.asked.append(h.path)
        if kind in (429, 418, 500, 503):
            h.send_response(kind)
            if kind in (429, 418):
                h.send_header("Retry-After", "0.05")
            h.end_headers()
            return
        status = 200
        if url.path.startswith("/klines"):
            q = {k: v[0] for k, v in parse_qs(url.query).items()}
            begin, end, limit = int(q.get("startTime", 0)), int(q.get("endTime", 1 << 60)), min(int(q.get("limit", 500)), 1000)
            rows = [r for r in self.rows if begin <= r[0] <= end and r[0] <= self.now][:limit]
            body = json.dumps(rows).encode()
        else:
            body = self.find_archive(url.path)
            if body is None:
                h.send_response(404)
                h.end_headers()
                return
            if url.path.endswith(".CHECKSUM"):
                body = (hashlib.sha256(body).hexdigest() + "  " + url.path.rsplit("/", 1)[1].removesuffix(".CHECKSUM") + "\n").encode()
        if kind == "corrupt":
            body = body[:len(body) // 2] + bytes([body[len(body) // 2] ^ 1]) + body[len(body) // 2 + 1:]
        asked = h.headers.get("Range")
        if asked:
            first = int(asked.split("=")[1].rstrip("-"))
            if first >= len(body):
                h.send_response(416)
                h.end_headers()
                return
            body, status = body[first:], 206
        h.send_response(status)
        h.send_header("Content-Length", str(len(body)))
        h.end_headers()
        h.wfile.write(body[:len(body) // 2] if kind == "drop" else body)
