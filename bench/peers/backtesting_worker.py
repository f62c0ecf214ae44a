"""backtesting.py as a worker of bench/run.py, on the bars and positions that ours exports (bench/bench.c, "backtests"). It always makes the
equity curve and all its statistics. Units are whole there, so the account is so large that they do not count."""
import importlib.metadata
import sys
import warnings

import pandas
from backtesting import Backtest, Strategy, backtesting

from common import Absent, serve, series, timed

warnings.filterwarnings("ignore")
backtesting._tqdm = lambda steps, **_: steps          # no progress bar in the time
CASH = 1e12
kept = {}


def prepared(name, bars):
    if (name, bars) not in kept:
        opens, high, low, close, wanted, fee = series(sys.argv[1], name, bars)

        class Follow(Strategy):
            """Asks for the position of the close that has just been. Its levels come from the fill, so they stand when the bar of the entry is over."""
            def init(self):
                self.bar, self.held, self.wanted = 0, 0., wanted.tolist()

            def next(self):
                self.bar += 1
                for trade in self.trades:
                    if trade.sl is None:
                        trade.sl, trade.tp = trade.entry_price * 0.96, trade.entry_price * 1.08
                position = self.wanted[self.bar]
                if position == self.held:
                    return
                self.held = position
                if position:
                    self.buy()
                for trade in self.trades if not position else ():
                    trade.sl = trade.tp = None          # the exit is at the open, before what comes in that bar
                    trade.close()

        frame = pandas.DataFrame({"Open": opens, "High": high, "Low": low, "Close": close}, index=pandas.date_range("2000-01-01", periods=bars, freq="h"))
        kept[name, bars] = Backtest(frame, Follow, cash=CASH, commission=fee)
    return kept[name, bars]


def backtest(name, options):
    bars = int(options["bars"])
    if name == "grid" or options.get("part", "one") == "fills":
        raise Absent("backtesting.py makes all statistics of each run")
    if (name, bars) not in calls:
        test = prepared(name, bars)
        calls[name, bars] = lambda: test.run()["Equity Final [$]"] / CASH * 1e4
    return timed(calls[name, bars], bars, float(options.get("seconds", 0.2)))


def check(name, options):
    if name == "grid":
        raise Absent("one signal at a time")
    run = prepared(name, int(options["bars"])).run()
    return {"end": [float(run["Equity Final [$]"]) / CASH * 1e4], "drawdown": float(run["Max. Drawdown [%]"]) / 100, "trades": float(run["# Trades"])}


def make(item, name):
    raise Absent(f"{item}: not of backtesting.py")


calls = {}
serve({"name": "backtesting.py", "version": importlib.metadata.version("backtesting"), "isa": "Python"}, make, {"backtest": backtest, "backtest_check": check},
      named=True)
