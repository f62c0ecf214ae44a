"""Several series from one purse (lstmfc_backtest_portfolio) against a second engine, a plain loop written from the protocol.

    portfolio_compare.py [CASES [SEED]]

Random series of 1 to 4 symbols with gaps of their own between their times, random orders both ways, fees, slippage, stops, takes and
both kinds of weights, leverage 1. Equity, worst mark, exposure and buy and hold of every row, and every fill, agree to 1e-9 of the
account. Needs a C compiler.
"""
import math
import os
import random
import subprocess
import sys
import tempfile
from collections import Counter

HERE = os.path.dirname(os.path.abspath(__file__))
HOUR = 3600000


class Position:
    def __init__(self):
        self.units = self.entry = 0.0                   # signed; mean price paid
        self.stop = self.take = None
        self.wanted, self.out, self.order, self.was = 0.0, False, None, 0
        self.price = 0.0                                # last price known
        self.next = 0                                   # its next bar

    def side(self):
        return (self.units > 0) - (self.units < 0)


class Purse:
    def __init__(self, series, orders, option, baseline=False):
        self.series, self.orders, self.option, self.baseline = series, orders, option, baseline
        self.cash = 10000.0
        self.at = [Position() for _ in series]
        self.fills, self.rows = [], []
        self.times = sorted({bar[0] for bars in series for bar in bars})
        self.run()

    def equity(self, i=None, price=None):
        return self.cash + sum(p.units * (price if k == i else p.price) for k, p in enumerate(self.at))

    def trade(self, i, units, price, reason):
        """Buys units (sells if below 0) at this price as filled."""
        p = self.at[i]
        fee = abs(units) * price * self.option['fee']
        self.cash -= units * price + fee
        self.fills.append((p.next - 1, i, units, price, reason))
        if p.side() * units >= 0:
            p.entry = (p.entry * abs(p.units) + price * abs(units)) / (abs(p.units) + abs(units))
        p.units = 0.0 if reason not in ('entry', 'resize') else p.units + units
        side = p.side()
        if reason in ('entry', 'resize') and not self.baseline:
            if self.option['stop']:
                p.stop = p.entry * (1 - side * self.option['stop'])
            if self.option['take']:
                p.take = p.entry * (1 + side * self.option['take'])
        if not side:
            p.stop = p.take = p.entry = None
            p.entry = 0.0
            if reason in ('stop', 'take') and self.option['reenter'] == 'no':
                p.out = True

    def leave(self, i, price, reason):
        p = self.at[i]
        slip = 0 if reason == 'take' else self.option['slippage']
        self.trade(i, -p.units, price * (1 - p.side() * slip), reason)

    def met(self, i, price, level, way):
        return level is not None and (way * (price - level) >= 0 or abs(price - level) <= 4 * 2.0 ** -52 * max(level, self.at[i].entry))

    def weight(self, i, at_close):
        if self.option['weights'] == 'equal':
            return 1 / len(self.series)
        pull = []
        for k, bars in enumerate(self.series):
            p, n = self.at[k], self.option['sizing_bars']
            known = p.next - (1 if k in self.here and not at_close else 0)
            if known <= n:
                pull.append(0.0)
                continue
            r = [math.log(bars[t][4] / bars[t - 1][4]) for t in range(known - n, known)]
            mean = sum(r) / n
            pull.append(1 / math.sqrt(sum((x - mean) ** 2 for x in r) / (n - 1)) / math.sqrt(8766))
        return pull[i] / sum(pull) if pull[i] else 0.0

    def fill(self, at_close):
        for i in self.here:
            p = self.at[i]
            if p.order is not None and p.units and p.order * p.was <= 0:
                self.leave(i, p.price, 'signal')
        equity = self.equity()
        weights = {i: self.weight(i, at_close) for i in self.here if self.at[i].order is not None}
        for i in self.here:
            p = self.at[i]
            order, p.order = p.order, None
            if order is None or not order:
                continue
            side = 1 if order > 0 else -1
            resize = order * p.was > 0
            if resize and not p.units:
                continue
            price = p.price * (1 + side * self.option['slippage'])
            free = self.equity() - sum(abs(q.units * q.price) for k, q in enumerate(self.at) if k != i)
            if free <= 1e-9 * self.equity():
                continue
            stake = min(abs(order) * self.option['size'] * weights[i] * equity, free)
            if stake <= 0:
                continue
            units = stake / (price * (1 + self.option['fee']))
            if not resize:
                p.out = False
                self.trade(i, side * units, price, 'entry')
                continue
            more = units - abs(p.units)
            if abs(more) <= 4 * 2.0 ** -52 * abs(p.units):
                continue
            self.trade(i, side * more, p.price * (1 + (side if more > 0 else -side) * self.option['slippage']), 'resize')

    def asks(self, i):
        p = self.at[i]
        target = self.orders[i][p.next - 1]
        if math.isnan(target):
            return
        changed = abs(target - p.wanted) > 4 * 2.0 ** -52
        p.wanted = target
        if changed:
            p.out = False
        side = (target > 0) - (target < 0)
        if (side and changed) if side == p.side() else not p.out:
            p.order, p.was = target, p.side()

    def inside(self, i):
        """Its lowest mark less what it is at the open."""
        p = self.at[i]
        _, open_, high, low, close = self.series[i][p.next - 1]
        if not p.units:
            return 0.0
        before, side = self.equity(), p.side()
        adverse, best = (low, high) if side > 0 else (high, low)
        if self.met(i, adverse, p.stop, -side):
            price = open_ if side * (open_ - p.stop) < 0 else p.stop
            self.leave(i, min(max(price, low), high), 'stop')
            return min(0.0, self.equity() - before)
        fall = min(0.0, self.equity(i, adverse) - before)
        if self.met(i, best, p.take, side):
            self.leave(i, min(max(p.take, low), high), 'take')
        return fall

    def run(self):
        same_close = self.option['fill'] == 'same_close'
        for now in self.times:
            self.here = [i for i, bars in enumerate(self.series) if self.at[i].next < len(bars) and bars[self.at[i].next][0] == now]
            for i in self.here:
                self.at[i].price = self.series[i][self.at[i].next][1]
                self.at[i].next += 1
            for i in self.here:
                p = self.at[i]
                if p.units and self.met(i, p.price, p.stop, -p.side()):
                    self.leave(i, p.price, 'stop')
                elif p.units and self.met(i, p.price, p.take, p.side()):
                    self.leave(i, p.price, 'take')
            self.fill(False)
            worst = self.equity()
            worst += sum([self.inside(i) for i in self.here])
            for i in self.here:
                self.at[i].price = self.series[i][self.at[i].next - 1][4]
            last = {i: self.at[i].next == len(self.series[i]) for i in self.here}
            if same_close:
                for i in self.here:
                    if not last[i]:
                        self.asks(i)
                self.fill(True)
            for i in self.here:
                if last[i] and self.at[i].units:
                    self.leave(i, self.at[i].price, 'end')
            equity = self.equity()
            self.rows.append((equity, min(worst, equity), (equity - self.cash) / equity))
            if not same_close:
                for i in self.here:
                    self.asks(i)


def make_case(seed):
    r = random.Random(seed)
    series, orders = [], []
    for _ in range(r.randint(1, 4)):
        n, time, price, bars, wants = r.randint(4, 60), 1640995200000 + HOUR * r.randint(0, 5), math.exp(r.uniform(-3, 6)), [], []
        for _ in range(n):
            open_ = price * math.exp(r.gauss(0, 0.005))
            close = open_ * math.exp(r.gauss(0, 0.02))
            bars.append((time, open_, max(open_, close) * math.exp(r.uniform(0, 0.01)), min(open_, close) * math.exp(-r.uniform(0, 0.01)), close))
            time += HOUR * (1 if r.random() < 0.8 else r.randint(2, 4))
            price = close
            wants.append(r.choice([0.0, 1.0, -1.0, r.uniform(-1, 1), math.nan, wants[-1] if wants else 0.0]))
        series.append(bars)
        orders.append(wants)
    option = dict(fee=r.choice([0.001, 0.0001]), slippage=r.choice([0.0002, 0.002]), size=r.choice([1.0, r.uniform(0.1, 1)]),
                  stop=r.choice([0, r.uniform(0.005, 0.05)]), take=r.choice([0, r.uniform(0.005, 0.05)]), fill=r.choice(['next_open', 'same_close']),
                  reenter=r.choice(['no', 'yes']), weights=r.choice(['equal', 'volatility']), sizing_bars=r.randint(3, 8), annual=8766)
    return series, orders, option


def main():
    cases, seed = (int(x) for x in (sys.argv[1:] + ['600', '1'][len(sys.argv) - 1:])[:2])
    folder = tempfile.mkdtemp()
    binary = os.path.join(folder, 'driver')
    subprocess.check_call([os.environ.get('CC', 'cc'), '-O1', '-std=c99', '-ffp-contract=off', '-o', binary, os.path.join(HERE, 'portfolio_driver.c'), '-lm'])
    all_cases = [make_case(seed + k) for k in range(cases)]
    text = []
    for series, orders, option in all_cases:
        text.append(f'{len(series)} {len(option)}')
        text += [f'{name} {"none" if name in ("stop", "take") and not value else value!r}'.replace("'", '') for name, value in option.items()]
        for bars, wants in zip(series, orders):
            text.append(str(len(bars)))
            text += [' '.join(repr(x) for x in (*bar, want)) for bar, want in zip(bars, wants)]
    out = subprocess.run([binary], input='\n'.join(text) + '\n', capture_output=True, text=True, check=True).stdout.split('\n')
    os.remove(binary)
    os.rmdir(folder)
    line, failed, seen = 0, 0, Counter()
    for k, (series, orders, option) in enumerate(all_cases):
        head = out[line].split()
        if head[0] == 'error':
            print(f'seed {seed + k}: {out[line]}')
            failed += 1
            line += 1
            continue
        rows, count, ruined = map(int, head)
        curve = [[float(x) for x in o.split()] for o in out[line + 1:line + 1 + rows]]
        fills = [o.split() for o in out[line + 1 + rows:line + 1 + rows + count]]
        line += 1 + rows + count
        mine = Purse(series, orders, option)
        hold = Purse(series, [[1.0] * len(b) for b in series], option, baseline=True)
        wrong = [] if ruined == 0 and rows == len(mine.rows) and count == len(mine.fills) else [f'rows {rows} {len(mine.rows)}, fills {count} {len(mine.fills)}, ruined {ruined}']
        for t, (theirs, ours, held) in enumerate(zip(curve, mine.rows, hold.rows)):
            for name, a, b in (('equity', theirs[0], ours[0]), ('worst', theirs[1], ours[1]), ('position', 1e4 * theirs[2], 1e4 * ours[2]), ('hold', theirs[3], held[0])):
                if not abs(a - b) <= 1e-9 * 1e4:
                    wrong.append(f'{name} of row {t}: {a!r}, expected {b!r}')
        for f, ours in zip(fills, mine.fills):
            seen[ours[4]] += 1
            if (int(f[0]), int(f[1]), f[4]) != (ours[0], ours[1], ours[4]) or not abs(float(f[2]) - ours[2]) * ours[3] <= 1e-5 or not abs(float(f[3]) / ours[3] - 1) <= 1e-9:
                wrong.append(f'fill {f}, expected {ours}')
        if wrong:
            failed += 1
            if failed < 6:
                print(f'seed {seed + k}, {option}, {len(series)} series: ' + '; '.join(wrong[:3]))
    print(', '.join(f'{n} {reason}' for reason, n in sorted(seen.items())))
    missing = [reason for reason in ('entry', 'resize', 'signal', 'stop', 'take', 'end') if not seen[reason]] if cases >= 100 else []
    if missing:
        print('never took place: ' + ', '.join(missing))
    print(f'{cases - failed} passed, {failed + len(missing)} failed, 0 skipped')
    return 1 if failed or missing else 0


if __name__ == '__main__':
    sys.exit(main())
