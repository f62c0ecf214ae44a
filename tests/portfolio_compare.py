"""Several series from one purse (lstmfc_backtest_portfolio) against a second engine, a plain loop written from the protocol.

    portfolio_compare.py [CASES [SEED]]

Random series of 1 to 4 symbols with gaps of their own between their times, random orders both ways, fees, slippage, stops, takes and
both kinds of weights, leverage 1. Equity, worst mark, exposure and buy and hold of every row, and every fill, agree to 1e-9 of the
account. Then, in half as many cases, every option of the engine (leverage, liquidation, ruin, funding, interest, trails, ranges, caps, sizes)
against the decimal engine of engine_compare.py, one for each series over a purse that they share. Needs a C compiler.
"""
import math
import os
import random
import subprocess
import sys
import tempfile
from collections import Counter
from decimal import Decimal

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from engine_compare import EPS, ONE, YEAR, ZERO, Engine, choose, orders  # noqa: E402

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
        _, open_, high, low, close, *_ = self.series[i][p.next - 1]
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
            fall = min(fall, self.equity() - before)
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


# ---- every option, in decimals

class Seat(Engine):
    """One series at the purse. While it is at work its cash is all money and what the others' positions are worth."""

    def __init__(self, *arguments):
        super().__init__(*arguments)
        self.mark = self.taken = self.share_of = self.debt = ZERO
        self.next, self.order = 0, None

    def worth(self):
        return self.held.side * self.held.quantity * self.mark if self.held else ZERO

    def accrue(self, bar, price):
        h, (time, *_, rate) = self.held, self.bars[bar]
        before, paid, notional = self.bars[bar - 1][0], ZERO, self.held.quantity * price
        if self.funding:
            periods = time // self.period - before // self.period
            self.seen['funding'] += periods > 0
            paid += self.funding * periods * h.side * notional
        if self.column and rate is not None:
            self.seen['funding of a column'] += 1
            paid += rate * h.side * notional
        owed, rounding = notional if h.side < 0 else self.debt, 4 * EPS * h.quantity * h.entry
        if self.borrow and owed > rounding:
            self.seen['borrowed by a long'] += h.side > 0
            paid += self.borrow * (time - before) / YEAR * owed
        self.cash -= paid
        h.funding += paid
        h.due += paid

    def wanted(self, target, equity, fill, known):
        target, sizing, whole = abs(target), self.text['sizing'], self.leverage * equity
        most = whole - self.taken
        self.doubt |= whole > 0 and Decimal('1e-10') < most / whole < Decimal('1e-8')
        if fill <= 0 or most <= Decimal('1e-9') * whole or self.share_of is None:
            self.seen['nothing left'] += fill > 0 and most <= Decimal('1e-9') * whole
            return None
        unit = fill * (1 + self.fee)
        if sizing == 'quantity':
            return min(target * self.number['amount'], max(ZERO, most - self.fixed) / unit) or None
        if sizing == 'fraction':
            full = self.number['size'] * self.leverage * self.share_of
        elif sizing == 'cash':
            full = self.number['amount']
        elif sizing == 'volatility':
            deviation = self.volatility(known)
            if deviation is None:
                return None
            full = self.share_of * self.number['target_volatility'] / deviation
        else:
            share = self.kelly()
            self.seen['no Kelly' if share is None else 'sized by Kelly'] += 1
            full = self.share_of * (self.number['size'] if share is None else share)
        self.seen['held back by others'] += target * full > most and self.taken > 0
        return max(ZERO, min(target * full, most) - self.fixed) / unit or None

    def liquidation(self):
        h = self.held
        if not self.margin:
            return None
        level = -h.side * (self.cash - self.margin * self.taken) / (h.quantity * (1 - h.side * self.margin))
        return level if level > 0 else None

    def ruin(self, known):
        h, gone = self.held, self.ranges * (self.atr[known] or ZERO) if self.ranges else ZERO
        if h.side < 0 or self.alone:
            return super().ruin(known)
        level = ((self.fixed - self.cash) / (h.quantity * (1 - self.fee)) + gone) / (1 - self.share)
        return level if level > 0 else None


class Shared:
    def __init__(self, series, targets, options):
        def exact(x):
            return None if math.isnan(x) else Decimal(x)

        self.text = options
        self.seats = [Seat([(bar[0], *map(exact, bar[1:])) for bar in bars], list(map(exact, wants)), options, True, Decimal(options['annual']))
                      for bars, wants in zip(series, targets)]
        for s in self.seats:
            s.alone = len(self.seats) == 1
        self.cash, self.ruined, self.fills, self.rows, self.logged = self.seats[0].balance, False, [], [], [0] * len(series)
        for now in sorted({bar[0] for s in self.seats for bar in s.bars}):
            self.row(now)

    def equity(self):
        return self.cash + sum(s.worth() for s in self.seats)

    def work(self, s, what, *arguments):
        """Lets one of them act on the purse."""
        others = sum(x.worth() for x in self.seats if x is not s)
        s.cash, s.taken = self.cash + others, sum(abs(x.worth()) for x in self.seats if x is not s)
        s.ruined |= self.ruined
        what(*arguments)
        self.cash, self.ruined = s.cash - others, self.ruined or s.ruined
        i = self.seats.index(s)
        self.fills += [(f[0], i, f[2], f[3], f[7], f[4], f[6]) for f in s.fills[self.logged[i]:]]
        self.logged[i] = len(s.fills)

    def fill(self, here, at_close):
        for s in here:
            if s.held and (self.ruined or s.order and s.order[0] * s.order[1] <= 0):
                self.work(s, s.leave, s.next - 1, s.mark, 'ruin' if self.ruined else 'signal', s.next - 2 + at_close)
        asking, equity = [s for s in here if s.order], self.equity()
        pull = [ONE] * len(self.seats)
        if asking and self.text['weights'] == 'volatility':
            known = [s.next - 1 - (s in here and not at_close) for s in self.seats]
            pull = [s.volatility(k) if k >= 0 else None for s, k in zip(self.seats, known)]
            pull = [None if x is None else 1 / x for x in pull]
        for s in asking:
            own, all_of = pull[self.seats.index(s)], sum(x for x in pull if x is not None)
            s.share_of = None if own is None else own / all_of * equity
            (order, s.order), bar = (s.order, None), s.next - 1
            self.work(s, s.carry_out, order, bar, s.mark, bar - 1 + at_close)

    def row(self, now):
        here = [s for s in self.seats if s.next < len(s.bars) and s.bars[s.next][0] == now]
        for s in here:
            s.next += 1
            s.mark = s.bars[s.next - 1][1]
        same_close, cash, longs = self.seats[0].same_close, self.cash, sum(max(s.worth(), ZERO) for s in self.seats)
        for s in here:
            if s.held:
                s.debt = -cash * s.worth() / longs if s.held.side > 0 else ZERO
                self.work(s, s.accrue, s.next - 1, s.mark)
        for s in here:
            if s.held:
                self.work(s, s.gap, s.next - 1, s.mark)
            if not same_close and s.due_out(s.next - 1):
                self.work(s, s.leave, s.next - 1, s.mark, 'time', s.next - 2)
        self.fill(here, False)
        worst = self.equity()
        for s in here:
            if s.held:
                open_, marks = self.equity(), []
                _, o, high, low, close, *_ = s.bars[s.next - 1]
                self.work(s, s.inside, s.next - 1, o, max(high, o, close), min(low, o, close), close, marks)
                worst -= open_ - min(marks + [open_])
        for s in here:
            s.mark = s.bars[s.next - 1][4]
        last = [s for s in here if s.next == len(s.bars)]
        for s in here if same_close else []:
            order = s.decide(s.next - 1, s.mark)
            s.order = None if s in last else order
            if s.due_out(s.next - 1):
                self.work(s, s.leave, s.next - 1, s.mark, 'time', s.next - 1)
        if same_close or self.ruined:
            self.fill(here, True)
        for s in last:
            if s.held:
                self.work(s, s.leave, s.next - 1, s.mark, 'end', s.next - 1)
        for s in here if not same_close else []:
            s.order = s.decide(s.next - 1, s.mark)
        equity = self.equity()
        self.rows.append((equity, min(worst, equity), sum(s.worth() for s in self.seats)))


def make_full_case(seed):
    r = random.Random(f'every option {seed}')
    series, wants, options = [], [], choose(r, 'walk')
    for _ in range(r.randint(1, 4)):
        n, time, price, wide, bars = r.randint(10, 60), 1640995200000 + HOUR * r.randint(0, 5), math.exp(r.uniform(-3, 6)), r.choice((0.005, 0.02, 0.1, 0.4)), []
        for _ in range(n):
            open_ = price * math.exp(r.gauss(0, wide / 3))
            close = open_ * math.exp(r.gauss(0, wide))
            bars.append((time, open_, max(open_, close) * math.exp(r.uniform(0, wide)), min(open_, close) * math.exp(-r.uniform(0, wide)), close,
                         r.uniform(10, 1e6) / price, math.nan if r.random() < 0.5 else r.gauss(0, 1e-3)))
            time += HOUR * (1 if r.random() < 0.8 else r.randint(2, 4))
            price = close
        series.append(bars)
        wants.append(orders(r, n))
    if 'leverage' not in options and r.random() < 0.5:
        options['leverage'] = repr(r.uniform(1, 10))
    if options.get('sizing') == 'quantity':
        options['amount'] = repr(float(options['amount']) / series[0][0][4])
    options['weights'] = 'equal' if options.get('sizing') in ('cash', 'quantity') else r.choice(['equal', 'volatility'])
    if options['weights'] == 'volatility':
        options['sizing_bars'] = str(r.randint(3, 8))
    options['annual'] = '8766'
    return series, wants, options


def text_of(series, wants, options):
    lines = [f'{len(series)} {len(options)}'] + [f'{name} {value}' for name, value in options.items()]
    for bars, each in zip(series, wants):
        lines.append(str(len(bars)))
        lines += [' '.join(repr(x) for x in (*bar, want)) for bar, want in zip(bars, each)]
    return lines


def compare_all(binary, cases, seed):
    """How many cases differ, and what took place in how many of the others."""
    all_cases, failed, doubtful, seen, line = [make_full_case(seed + k) for k in range(cases)], 0, 0, Counter(), 0
    out = subprocess.run([binary], input='\n'.join(x for case in all_cases for x in text_of(*case)) + '\n', capture_output=True, text=True, check=True)
    out = out.stdout.split('\n')
    for k, (series, wants, options) in enumerate(all_cases):
        if out[line].startswith('error'):
            print(f'every option, seed {seed + k}: {out[line]}')
            failed, line = failed + 1, line + 1
            continue
        rows, count, ruined = map(int, out[line].split())
        curve = [[float(x) for x in o.split()] for o in out[line + 1:line + 1 + rows]]
        fills = [o.split() for o in out[line + 1 + rows:line + 1 + rows + count]]
        line += 1 + rows + count
        ours, wrong = Shared(series, wants, options), []
        if any(s.doubt for s in ours.seats):
            doubtful += 1
            continue
        for s in ours.seats:
            seen.update(name for name, times in s.seen.items() if times)
        seen['ruined beside others'] += ours.ruined and len(series) > 1
        if (rows, count, bool(ruined)) != (len(ours.rows), len(ours.fills), ours.ruined):
            wrong.append(f'rows, fills, ruined {rows}, {count}, {ruined}, expected {len(ours.rows)}, {len(ours.fills)}, {ours.ruined}')
        unit = float(ours.seats[0].balance)
        for t, (theirs, (equity, worst, held)) in enumerate(zip(curve, ours.rows)):
            unit = max(unit, abs(float(equity)))
            for name, a, b in (('equity', theirs[0], equity), ('worst', theirs[1], worst), ('position', theirs[2] * theirs[0], held)):
                if not abs(a - float(b)) <= 1e-9 * unit:
                    wrong.append(f'{name} of row {t}: {a!r}, expected {float(b)!r}')
        for f, own in zip(fills, ours.fills):
            price = float(own[3])
            if (int(f[0]), int(f[1]), f[4]) != (own[0], own[1], own[4]) or not abs(float(f[2]) - float(own[2])) * price <= 1e-9 * unit \
                    or not abs(float(f[3]) - price) <= 1e-9 * price or any(not abs(float(a) - float(b)) <= 1e-9 * unit for a, b in zip(f[5:], own[5:])):
                wrong.append(f'fill {f}, expected {[x if isinstance(x, (int, str)) else float(x) for x in own]}')
        if wrong:
            failed += 1
            if failed < 6:
                print(f'every option, seed {seed + k}, {options}, {len(series)} series: ' + '; '.join(wrong[:3]))
    print('every option, in so many cases: ' + ', '.join(f'{n} {reason}' for reason, n in sorted(seen.items())) + f'; {doubtful} left to rounding')
    events = ('stop', 'take', 'trail', 'signal', 'end', 'time', 'liquidation', 'ruin', 'gap liquidation', 'funding', 'funding of a column', 'borrowed by a long',
              'nothing left', 'held back by others', 'capped', 'sized by Kelly', 'ruined beside others')
    missing = [name for name in events if not seen[name]] if cases >= 100 else []
    if missing:
        print('never took place: ' + ', '.join(missing))
    return failed + len(missing) + (doubtful > cases // 4)


def make_case(seed):
    r = random.Random(seed)
    series, orders = [], []
    for _ in range(r.randint(1, 4)):
        n, time, price, bars, wants = r.randint(4, 60), 1640995200000 + HOUR * r.randint(0, 5), math.exp(r.uniform(-3, 6)), [], []
        for _ in range(n):
            open_ = price * math.exp(r.gauss(0, 0.005))
            close = open_ * math.exp(r.gauss(0, 0.02))
            bars.append((time, open_, max(open_, close) * math.exp(r.uniform(0, 0.01)), min(open_, close) * math.exp(-r.uniform(0, 0.01)), close,
                         math.nan, math.nan))
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
        text += text_of(series, orders, {name: 'none' if name in ('stop', 'take') and not value else value if isinstance(value, str) else repr(value)
                                         for name, value in option.items()})
    out = subprocess.run([binary], input='\n'.join(text) + '\n', capture_output=True, text=True, check=True).stdout.split('\n')
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
    every = compare_all(binary, (cases + 1) // 2, seed)
    os.remove(binary)
    os.rmdir(folder)
    failed += every
    print(f'{cases + (cases + 1) // 2 - failed} passed, {failed + len(missing)} failed, 0 skipped')
    return 1 if failed or missing else 0


if __name__ == '__main__':
    sys.exit(main())
