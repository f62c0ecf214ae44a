"""Our indicators against TA-Lib (and pandas-like NumPy for what it lacks) on real candles, live.

    python talib_compare.py [build/lstmfc [data_folder]]       the data: else $LSTMFC_DATA, else ../shared/data

Both sides see the same cleaned bars: what `lstmfc indicators` writes for open, high, low, close, volume; TA-Lib in whole ticks,
where its comparisons are exact. What it computes from the decimals themselves, whose ties are no ties of bits, is told beside: the
bars of each file that differ by more than 1e-6 of the indicator's scale. Ends with the line "N passed, N failed, N skipped"; exit 1
if anything differs.
"""
import csv
import os
import subprocess
import sys

try:
    import numpy as np
    import talib
except ImportError as missing:
    print("skip talib_compare: the Python package %s is not installed (pip install numpy TA-Lib)" % missing.name)
    print("0 passed, 0 failed, 1 skipped")
    sys.exit(0)

# Their values are prices (but for the width and percent of bands); all others have no unit.
PRICES = ("sma", "ema", "wma", "wilder", "macd", "bbands", "tr", "atr", "mom", "slope", "vwap", "donchian", "keltner")
FILES = ("btcusdt_1h.csv", "yahoo_BTC-USD.csv", "yahoo_ETH-USD.csv", "coinbase_btcusd_1h.csv", "yfinance_BTC-USD.csv",
         "klines/BTCUSDT-1h-2025-01.csv", "minute/LTCUSDT-1m-2026-02.csv")


def table(lstmfc, path, features, *options):
    """-> {name: array} of what the command line computes."""
    text = subprocess.run([lstmfc, "indicators", "--csv", path, "--features", features, *options], stdout=subprocess.PIPE, check=True, text=True).stdout
    rows = list(csv.reader(text.splitlines()))
    cells = np.array([[float(x) if x else np.nan for x in row[1:]] for row in rows[1:]])
    return {name: cells[:, i] for i, name in enumerate(rows[0][1:])}


def is_price(text):
    return text.split("(")[0].split(".")[0] in PRICES and not text.endswith((".width", ".percent"))


def ticks_of(prices):
    """How many ticks are 1, times three, so that (H+L+C)/3 is whole too; 1 where the prices have no common decimal tick."""
    for digits in range(9):
        scaled = prices * 10.0 ** digits
        if np.nanmax(np.abs(scaled - np.round(scaled))) <= 1e-9 * max(1.0, np.nanmax(scaled) * 1e-6) and np.nanmax(scaled) < 2.0 ** 50:
            return 3 * 10.0 ** digits
    return 1.0


def in_ticks(prices, ticks):
    return [np.round(x * (ticks / 3)) * 3 if ticks > 1 else x for x in prices]


def sample_deviation(x, n):
    out = np.full(len(x), np.nan)
    if len(x) >= n:
        windows = np.lib.stride_tricks.sliding_window_view(x, n)
        out[n - 1:] = windows.std(axis=1, ddof=1)
    return out


def cases(o, h, l, c, v):
    """(feature text, expected, unit of the absolute allowance)"""
    price, volume = np.nanmax(c), np.nanmax(v)
    fastk, fastd = talib.STOCHRSI(c, 14, 14, 3, 0)
    line, signal, hist = talib.MACD(c, 12, 26, 9)
    upper, middle, lower = talib.BBANDS(c, 20, 2, 2, 0)
    k, d = talib.STOCH(h, l, c, 5, 3, 0, 3, 0)
    e20, e50 = talib.EMA(c, 20), talib.EMA(c, 50)
    change = np.concatenate([[np.nan], np.log(c[1:] / c[:-1])])
    typical = (h + l + c) / 3
    with np.errstate(all="ignore"):
        money, traded = talib.SUM(typical * v, 14), talib.SUM(v, 14)
        rolling = np.where(traded > 1e-9 * volume, money / traded, np.nan)
        mean = talib.SMA(v, 20)
        ratio = np.where(mean > 1e-9 * volume, v / mean, np.nan)
        place = np.where(h > l, v * (2 * c - h - l) / (h - l), 0.0)
        parkinson = np.sqrt(talib.SMA(np.log(h / l) ** 2, 20) / (4 * np.log(2)))
    yield "sma(20)", talib.SMA(c, 20), price
    yield "ema(20)", e20, price
    yield "ema(50)", e50, price
    yield "wma(10)", talib.WMA(c, 10), price
    yield "rsi(14)", talib.RSI(c, 14), 100
    yield "stochrsi(14,14,3,3).raw", fastk, 1e4
    yield "stochrsi(14,14,3,3).k", fastd, 1e4
    yield "stochrsi(14,14,3,3).d", talib.SMA(fastd, 3), 1e4
    yield "macd(12,26,9).line", line, price
    yield "macd(12,26,9).signal", signal, price
    yield "macd(12,26,9).hist", hist, price
    yield "bbands(20,2).upper", upper, price
    yield "bbands(20,2).middle", middle, price
    yield "bbands(20,2).lower", lower, price
    yield "tr", talib.TRANGE(h, l, c), price
    yield "atr(14)", talib.ATR(h, l, c, 14), price
    yield "plus_di(14)", talib.PLUS_DI(h, l, c, 14), 100
    yield "minus_di(14)", talib.MINUS_DI(h, l, c, 14), 100
    yield "dx(14)", talib.DX(h, l, c, 14), 100
    yield "adx(14)", talib.ADX(h, l, c, 14), 100
    yield "obv", talib.OBV(c, v), np.nansum(v)
    yield "mom(10)", talib.MOM(c, 10), price
    yield "roc(10)", talib.ROC(c, 10), 100
    yield "stoch(5,3,3).k", k, 100
    yield "stoch(5,3,3).d", d, 100
    yield "cci(14)", talib.CCI(h, l, c, 14), 1e5
    yield "mfi(14)", talib.MFI(h, l, c, v, 14), 1e4
    yield "willr(14)", talib.WILLR(h, l, c, 14), 100
    yield "slope(14)", talib.LINEARREG_SLOPE(c, 14), price * 100
    yield "log_return(close)", change, 1
    yield "realized_vol(20)", sample_deviation(change, 20), 1
    yield "trend(20,50).state", np.sign(e20 - e50), 0
    yield "vwap(14)", rolling, price * 100
    yield "volume_delta", np.concatenate([[np.nan], np.diff(v)]), volume
    yield "signed_volume", place, volume
    yield "volume_ratio(20)", ratio, 1e3
    yield "donchian(20).upper", talib.MAX(h, 20), price
    yield "donchian(20).lower", talib.MIN(l, 20), price
    yield "keltner(20,10,2).upper", e20 + 2 * talib.ATR(h, l, c, 10), price
    yield "parkinson(20)", parkinson, 1


def on_decimals(name, bars, raw, ticks, scale):
    """Tells how far TA-Lib on the decimals is from TA-Lib on the same prices in whole ticks."""
    told = []
    for (text, theirs, unit), (_, exact, _) in zip(raw, ticks):
        if is_price(text):
            continue
        size = 100.0 if unit else 1.0
        difference = np.abs(theirs - exact)
        differ = difference > 1e-6 * np.maximum(size, np.abs(exact))
        if differ.any():
            told.append("%s %d (up to %.3g)" % (text, int(differ.sum()), float(difference[differ].max())))
    print("%s: ticks of %g; of %d bars TA-Lib on the decimals has another value: %s" % (name, 3 / scale, bars, ", ".join(told) or "none"))


def main():
    root = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    lstmfc = sys.argv[1] if len(sys.argv) > 1 else os.path.join(root, "build", "lstmfc")
    folder = sys.argv[2] if len(sys.argv) > 2 else os.environ.get("LSTMFC_DATA", os.path.join(root, "..", "shared", "data"))
    passed = failed = skipped = 0
    for name in FILES:
        path = os.path.join(folder, name)
        if not os.path.exists(path):
            print("skip %s: not there" % name)
            skipped += 1
            continue
        bars = table(lstmfc, path, "open,high,low,close,volume")
        prices, volume = [np.ascontiguousarray(bars[x]) for x in ("open", "high", "low", "close")], np.ascontiguousarray(bars["volume"])
        scale = ticks_of(np.concatenate(prices))
        expected = list(cases(*in_ticks(prices, scale), volume))
        if scale > 1:
            on_decimals(name, len(volume), list(cases(*prices, volume)), expected, scale)
        else:
            print("%s: prices without a common decimal tick: both sides compute from them as they are" % name)
        ours = table(lstmfc, path, ",".join(text for text, _, _ in expected))
        worst = 0.0
        for text, theirs, unit in expected:
            mine = ours[text] * (scale if is_price(text) else 1.0)
            both = np.isfinite(theirs) & np.isfinite(mine)
            early = 8 if text.startswith("sto") else 0          # TA-Lib shows raw StochRSI and %K only when %D is ready
            first = int(np.argmax(np.isfinite(theirs)))
            missing = np.isfinite(theirs) & ~np.isfinite(mine)
            extra = np.isfinite(mine[:max(first - early, 0)])
            error = np.abs(mine[both] - theirs[both]) / (1e-10 * np.abs(theirs[both]) + 1e-12 * unit + 1e-300)
            bad = int(missing.sum() + extra.sum() + (error > 1).sum())
            if bad or both.sum() < len(mine) // 2:
                at = np.flatnonzero(both)[np.argmax(error)] if both.any() else -1
                print("%s: %s: %d of %d bars differ, worst at bar %d: %r against %r" % (name, text, bad, len(mine), at, mine[at], theirs[at]))
                failed += 1
            else:
                passed += 1
                worst = max(worst, float(error.max()))
        print("%s: %d bars, %d indicators, worst at %.2g of what is allowed" % (name, len(bars["close"]), len(expected), worst))
    print("%d passed, %d failed, %d skipped" % (passed, failed, skipped))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
