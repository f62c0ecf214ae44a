"""TA-Lib as a worker of bench/run.py: its C library through its Python package, on arrays so long that the call costs nothing."""
import sys

import numpy
import talib

from common import Absent, serve

bars = numpy.fromfile(f"{sys.argv[1]}/bars.f64", dtype="<f8").reshape(5, -1)
o, h, l, c, v = (numpy.ascontiguousarray(column) for column in bars)

# `common`: of system E's list what TA-Lib has functions for.
CALLS = {
    "sma": lambda: talib.SMA(c, 20), "ema": lambda: talib.EMA(c, 20), "stddev": lambda: talib.STDDEV(c, 20, 1), "rsi": lambda: talib.RSI(c, 14),
    "stochrsi": lambda: talib.STOCHRSI(c, 14, 14, 3, 0), "macd": lambda: talib.MACD(c, 12, 26, 9), "bands": lambda: talib.BBANDS(c, 20, 2, 2, 0),
    "tr": lambda: talib.TRANGE(h, l, c), "atr": lambda: talib.ATR(h, l, c, 14),
    "dmi": lambda: (talib.PLUS_DI(h, l, c, 14), talib.MINUS_DI(h, l, c, 14), talib.ADX(h, l, c, 14)), "obv": lambda: talib.OBV(c, v),
    "volume_ratio": lambda: v / talib.SMA(v, 20), "max": lambda: talib.MAX(c, 14), "mfi": lambda: talib.MFI(h, l, c, v, 14),
    "cci": lambda: talib.CCI(h, l, c, 14), "stoch": lambda: talib.STOCH(h, l, c, 5, 3, 0, 3, 0)}
COMMON = ("rsi", "stochrsi", "macd", "bands", "atr", "dmi", "ema", "ema", "obv", "volume_ratio")


def make(item, name):
    if item != "indicator" or (name != "common" and name not in CALLS):
        raise Absent(f"{item} {name}: TA-Lib has none")

    def call():
        for each in COMMON if name == "common" else (name,):
            CALLS[each]()
    return call, len(c)


serve({"name": "TA-Lib", "version": talib.__version__, "isa": "its own build"}, make, {}, named=True)
