"""vectorbt as a worker of bench/run.py: Portfolio.from_signals on the bars and positions that ours exports (bench/bench.c, "backtests").
VECTORBT_ENGINE: its engine, numba or rust. part=fills: the order records; one: those, the equity curve, its return, drawdown and
Sharpe ratio; whole: Portfolio.stats(). The signals of the grid are columns, five to a call: with more of them it is slower."""
import importlib.metadata
import os
import sys

import numpy
import pandas
import vectorbt

from common import Absent, few, serve, series, signals, timed

ENGINE = os.environ["VECTORBT_ENGINE"]
COLUMNS = 5
prepared, calls = {}, {}


def arguments(name, bars, first=None):
    """Of from_signals: a position wanted at a close is an entry or an exit at the next open. first: of the columns of the grid."""
    if (name, bars, first) not in prepared:
        opens, high, low, close, wanted, fee = series(sys.argv[1], "sparse" if name == "grid" else name, bars)
        index = pandas.date_range("2000-01-01", periods=bars, freq="h")
        if name == "grid":
            wanted = signals(wanted, first, COLUMNS)
            opens, high, low = opens[:, None], high[:, None], low[:, None]
            frame = pandas.DataFrame({first + k: close for k in range(COLUMNS)}, index=index)
        else:
            frame = pandas.Series(close, index)
        none = numpy.zeros_like(wanted[:1])
        order, before = numpy.concatenate([none, wanted[:-1]]), numpy.concatenate([none, none, wanted[:-2]])
        if name == "grid":
            prepared.clear()            # one part of the grid is kept at a time
        prepared[name, bars, first] = dict(
            close=frame, entries=(order > 0) & (before == 0), exits=(order == 0) & (before > 0), price=opens, open=opens, high=high, low=low, sl_stop=0.04,
            tp_stop=0.08, stop_entry_price="FillPrice", fees=fee, init_cash=1e4, freq="1h", engine=ENGINE)
    return prepared[name, bars, first]


def run(part, given):
    """(portfolio, end equity: of each column)"""
    portfolio = vectorbt.Portfolio.from_signals(**given)
    if part == "fills":
        return portfolio, portfolio.order_records["price"][-1]
    if part == "whole":
        return portfolio, portfolio.stats()["End Value"]
    value = portfolio.value()
    portfolio.max_drawdown(), portfolio.sharpe_ratio()
    return portfolio, value.iloc[-1]


def backtest(name, options):
    bars, part = int(options.get("bars", 1000000)), options.get("part", "one")
    if name == "grid":
        given = arguments(name, few(), 0)
        call, units = lambda: numpy.sum(run("one", given)[1]), few() * COLUMNS
    else:
        given = arguments(name, bars)
        call, units = lambda: run(part, given)[1], bars
    key = name, part, bars
    if key not in calls:
        calls[key] = call
    return timed(calls[key], units, float(options.get("seconds", 0.2)))


def check(name, options):
    if name == "grid":
        return {"end": [float(end) for end in run("one", arguments(name, few(), 0))[1]]}
    portfolio, end = run("one", arguments(name, int(options.get("bars", 1000000))))
    return {"end": [float(end)], "drawdown": float(portfolio.max_drawdown()), "sharpe": float(portfolio.sharpe_ratio()),
            "trades": float(portfolio.trades.count())}


def make(item, name):
    raise Absent(f"{item}: not of vectorbt")


beside = "vectorbt-rust" if ENGINE == "rust" else "numba"
serve({"name": "vectorbt", "version": f"{importlib.metadata.version('vectorbt')}, {beside} {importlib.metadata.version(beside)}", "isa": "its own build"},
      make, {"backtest": backtest, "backtest_check": check}, named=True)
