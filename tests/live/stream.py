"""The stream of an exchange on this machine (exchange.py): a WebSocket of closed bars that drops, repeats, falls silent and skips as it is told."""
import json
import logging
import os
import threading
import time

from exchange import HOUR
from websockets.sync.server import serve

logging.disable(logging.CRITICAL)                       # what websockets itself says of connections that it is told to break


def message(row, closed=True, wrapped=False):
    k = dict(zip(["t", "o", "h", "l", "c", "v", "T", "q", "n", "V", "Q"], row), s="BTCUSDT", i="1h", x=closed)
    text = {"e": "kline", "s": "BTCUSDT", "k": k}
    return json.dumps({"stream": "btcusdt@kline_1h", "data": text} if wrapped else text)


class Stream:
    """Plays a list of actions, one connection after the other: a row (its message), "drop", "silence", a text as it is. The exchange's clock
    follows the rows."""

    def __init__(self, exchange, actions, clock):
        self.exchange, self.actions, self.clock, self.connections = exchange, list(actions), clock, 0
        self.done, self.turn = threading.Event(), threading.Lock()
        self.server = serve(self.play, "127.0.0.1", 0)
        self.url = f"ws://127.0.0.1:{self.server.socket.getsockname()[1]}/{{symbol}}@{{interval}}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def tell(self, at):
        self.exchange.now = at
        with open(self.clock + ".new", "w", encoding="ascii") as file:
            file.write(str(at))
        os.replace(self.clock + ".new", self.clock)

    def play(self, socket):
        self.connections += 1
        with self.turn:                                 # one connection after the other
            self.play_on(socket)

    def play_on(self, socket):
        try:
            while self.actions:
                action = self.actions[0]
                if isinstance(action, list):
                    self.tell(max(self.exchange.now, action[0] + HOUR + 1))     # a late row does not turn the clock back
                    socket.send(message(action, False))
                    socket.send(message(action, True, self.connections % 2 == 0))
                elif action == "drop":
                    self.actions.pop(0)
                    socket.socket.close()
                    return
                elif action == "silence":
                    self.actions.pop(0)
                    time.sleep(0.7)
                    return
                elif callable(action):
                    action()
                else:
                    socket.send(action)
                self.actions.pop(0)
            self.done.set()
            socket.recv(timeout=120)
        except Exception:
            pass

    def close(self):
        self.server.shutdown()
