"""The profiles ta and tradingview on real candles: the first against the Python package ta, live; the second against its published
definitions (Pine), written here with pandas: ta.ema from the first value, ta.rma from the mean of the first n, ta.tr(true).

    python profile_compare.py [build/lstmfc [data_folder]]       the data: else $LSTMFC_DATA, else ../shared/data

Both sides see the same cleaned bars, the other one in whole ticks, where its comparisons are exact (talib_compare.py). Ends with the line "N passed, N failed, N skipped"; exit 1 if anything differs.
"""
import os
import sys
import warnings

warnings.filterwarnings("ignore")
try:
    import numpy as np
    import pandas as pd
    import ta
except ImportError as missing:
    print("skip profile_compare: the Python package %s is not installed (pip install ta)" % missing.name)
    print("0 passed, 0 failed, 1 skipped")
    sys.exit(0)
from talib_compare import FILES, in_ticks, is_price, table, ticks_of

COLUMNS = ("open", "high", "low", "close", "volume")
BARS = 6000         # of each file: ta walks bar by bar in Python


def of_ta(o, h, l, c, v):
    """(feature text, expected, unit of the absolute allowance, first bar on which ta has a value and not a zero)"""
    macd = ta.trend.MACD(c, 26, 12, 9)
    bands = ta.volatility.BollingerBands(c, 20, 2)
    adx = ta.trend.ADXIndicator(h, l, c, 14)
    stoch = ta.momentum.StochRSIIndicator(c, 14, 3, 3)
    price = float(c.max())
    yield "ema(20)", ta.trend.EMAIndicator(c, 20).ema_indicator(), price, 19
    yield "rsi(14)", ta.momentum.RSIIndicator(c, 14).rsi(), 100, 13
    yield "stochrsi(14,14,3,3).raw", stoch.stochrsi(), 1e2, 26
    yield "stochrsi(14,14,3,3).k", stoch.stochrsi_k(), 1e2, 28
    yield "stochrsi(14,14,3,3).d", stoch.stochrsi_d(), 1e2, 30
    yield "macd(12,26,9).line", macd.macd(), price, 25
    yield "macd(12,26,9).signal", macd.macd_signal(), price, 33
    yield "macd(12,26,9).hist", macd.macd_diff(), price, 33
    yield "bbands(20,2).upper", bands.bollinger_hband(), price, 19
    yield "bbands(20,2).width", bands.bollinger_wband(), 1e4, 19
    yield "bbands(20,2).percent", bands.bollinger_pband(), 1e3, 19
    yield "atr(14)", ta.volatility.AverageTrueRange(h, l, c, 14).average_true_range(), price, 13
    yield "plus_di(14)", adx.adx_pos(), 100, 15
    yield "minus_di(14)", adx.adx_neg(), 100, 15
    yield "adx(14)", adx.adx(), 100, 27
    yield "obv", ta.volume.OnBalanceVolumeIndicator(c, v).on_balance_volume(), float(v.sum()), 0
    yield "vwap(14)", ta.volume.VolumeWeightedAveragePrice(h, l, c, v, 14).volume_weighted_average_price(), price * 100, 13


def ema(x, n):
    return x.ewm(alpha=2 / (n + 1), adjust=False).mean()


def rma(x, n):
    """Seeded with the mean of the first n values that are there."""
    first = x.first_valid_index()
    out = pd.Series(np.nan, index=x.index)
    seeded = x.iloc[first + n - 1:].copy()
    seeded.iloc[0] = x.iloc[first:first + n].mean()
    out.iloc[first + n - 1:] = seeded.ewm(alpha=1 / n, adjust=False).mean()
    return out


def of_tradingview(o, h, l, c, v):
    price = float(c.max())
    change = c.diff()
    up, down = rma(change.clip(lower=0), 14), rma((-change).clip(lower=0), 14)
    rsi = pd.Series(np.where(down == 0, 100.0, 100 - 100 / (1 + up / down)), index=c.index).where(down.notna())
    line = ema(c, 12) - ema(c, 26)
    before = c.shift(1)
    gap = pd.concat([h - l, (h - before).abs(), (l - before).abs()], axis=1)
    true_range = gap.max(axis=1)
    rise, fall = h.diff(), -l.diff()
    span = rma(true_range.where(before.notna()), 14)
    plus = 100 * rma(rise.where((rise > fall) & (rise > 0), 0.0).where(rise.notna()), 14) / span
    minus = 100 * rma(fall.where((fall > rise) & (fall > 0), 0.0).where(fall.notna()), 14) / span
    total = (plus + minus).replace(0, 1)
    yield "ema(20)", ema(c, 20), price, 0
    yield "wilder(20)", rma(c, 20), price, 19
    yield "rsi(14)", rsi, 100, 14
    yield "macd(12,26,9).line", line, price, 0
    yield "macd(12,26,9).signal", ema(line, 9), price, 0
    yield "macd(12,26,9).hist", line - ema(line, 9), price, 0
    yield "tr", true_range, price, 0
    yield "atr(14)", rma(true_range, 14), price, 13
    yield "plus_di(14)", plus, 100, 14
    yield "minus_di(14)", minus, 100, 14
    yield "adx(14)", rma(100 * (plus - minus).abs() / total, 14), 100, 27
    yield "obv", (np.sign(change) * v).fillna(0).cumsum(), float(v.sum()), 0
    yield "trend(20,50).state", np.sign(ema(c, 20) - ema(c, 50)), 0, 0


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
        bars = table(lstmfc, path, ",".join(COLUMNS))
        count = min(BARS, len(bars["close"]))
        prices, volume = [bars[x][:count] for x in COLUMNS[:4]], bars["volume"][:count]
        scale = ticks_of(np.concatenate(prices))
        series = [pd.Series(x) for x in (*in_ticks(prices, scale), volume)]
        for profile, cases in (("ta", of_ta), ("tradingview", of_tradingview)):
            expected = list(cases(*series))
            ours = table(lstmfc, path, ",".join(text for text, _, _, _ in expected), "--profile", profile)
            worst = 0.0
            for text, theirs, unit, first in expected:
                mine, theirs = ours[text][first:count] * (scale if is_price(text) else 1.0), theirs.to_numpy(dtype=float)[first:]
                both = np.isfinite(mine) & np.isfinite(theirs)
                error = np.abs(mine[both] - theirs[both]) / (1e-10 * np.abs(theirs[both]) + 1e-12 * unit + 1e-300)
                # a range of nothing but rounding is no range with us (StochRSI), a running sum of pandas ends in one (VWAP, bands)
                differ = int((np.isfinite(mine) != np.isfinite(theirs)).sum())
                early = int(np.isfinite(ours[text][:first]).sum()) if not text.endswith("_di(14)") else 0
                bad = int((error > 1).sum()) + early + (differ if differ > count // 500 else 0)
                if bad or both.sum() < (count - first) // 2:
                    at = np.flatnonzero(both)[np.argmax(error)] if both.any() else -1
                    print("%s: %s, profile %s: %d of %d bars differ, %d undefined on one side, worst at bar %d: %r against %r"
                          % (name, text, profile, bad, count, differ, first + at, mine[at], theirs[at]))
                    failed += 1
                else:
                    passed += 1
                    worst = max(worst, float(error.max()))
            print("%s, profile %s: %d bars, %d indicators, worst at %.2g of what is allowed" % (name, profile, count, len(expected), worst))
    print("%d passed, %d failed, %d skipped" % (passed, failed, skipped))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
