"""Chapter 4: that one product with a 128-bit power of ten is enough for the shortest text of every float and double.

lstmfc__format_shortest divides x 2^s by 10^k with a g that is a little more than 10^-k. With a = 2 * 2^s / 10^k and its
approximation a' = a + d the C code takes, for every x that occurs,

    floor(x a') for floor(x a)                            right if the part of x a behind the point stays below 1 - x d
    "the first 64 + right bits behind it are not all 0"   right if that part is 0, or at least 2^-(64 + right); and x d below that
        for "x a is no integer"

So the question is how near x a, x = 1 .. X, comes to an integer from above and from below. The records are convergents
of the continued fraction of a and what lies between them: Euclid's algorithm finds them (the three-distance theorem). The table
and the constants are read from lstmfc.h. Needs nothing but Python.
"""
import os
import re
import sys
from fractions import Fraction

HEADER = open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lstmfc.h"), encoding="utf-8").read()
passed = failed = 0


def check(name, good):
    global passed, failed
    passed, failed = passed + bool(good), failed + (not good)
    if not good:
        print("FAIL", name)


def source(name):
    start = HEADER.index(name + "(", HEADER.index("/* ---- numbers to text ---- */"))
    return HEADER[start:HEADER.index("\n}\n", start)]


def number(pattern, text):
    return int(re.search(pattern, text).group(1))


power_code, shortest_code = source("lstmfc__power_of_ten"), source("lstmfc__format_shortest")
words = [int(word, 16) for word in re.findall(r"\b([0-9a-f]{16})\b", power_code)]
BASE = [high << 64 | low for high, low in zip(words[::2], words[1::2])]
LOG2_TEN = number(r"k \* (\d+) ", power_code)
LOG10_TWO, LOG10_THREE_QUARTERS = number(r"e \* (\d+) ", shortest_code), number(r"narrow \? (\d+) ", shortest_code)


def ten(k):
    return Fraction(10) ** k


def power_of_ten(k):
    """As in C: (g, b)."""
    mantissa = 5 ** ((k + 345) % 23)
    product = BASE[(k + 345) // 23] * (mantissa << 64 - mantissa.bit_length())
    if not product >> 191:
        product <<= 1
    return -(-product >> 64), (k * LOG2_TEN >> 19)


def residues(p, q, most):
    """The smallest x p mod q that is not 0 and the smallest q - x p mod q, over x = 1 .. most."""
    p %= q
    if not p:
        return q, q
    x_low, low, x_high, high = 1, p, 0, q
    while True:
        steps = min((high - 1) // low, (most - x_high) // x_low)
        x_high, high = x_high + steps * x_low, high - steps * low
        if high > low:
            break
        steps = min((low - 1) // high, (most - x_low) // x_high)
        x_low, low = x_low + steps * x_high, low - steps * high
        if not steps:
            break
    return low, high


def residues_are_right():
    for q in range(2, 40):
        for p in range(1, 2 * q):
            for most in (1, 2, 3, 5, 8, 13, 30, 50):
                all_of_them = [x * p % q for x in range(1, most + 1) if x * p % q]
                want = (min(all_of_them), q - max(all_of_them)) if all_of_them else (q, q)
                if residues(p, q, most) != want:
                    return False
    return True


def powers_are_right():
    for k in range(-345, 345):
        g, b = power_of_ten(k)
        true = ten(k) * Fraction(2) ** (127 - b)
        if not (1 << 127 <= true < 1 << 128 and g < 1 << 128 and 0 <= g - true < 3 and (g == true or not 0 <= k <= 45)):
            return False
    return True


def shortest(name, exponents, point, step, most, lost):
    """x = step y, y = 1 .. most; x 2^(e - point) is compared; the ends stay lost / 2 units of x inside the interval."""
    faults = {"k": [], "a multiple inside": [], "shifts": [], "rest": [], "floor": []}
    for e in exponents:
        for narrow in (0, 1):
            def must(what, good):
                if not good:
                    faults[what].append(e)
            k = (e * LOG10_TWO - narrow * LOG10_THREE_QUARTERS) >> 21
            length = Fraction(2) ** e * Fraction(3 if narrow else 4, 4)
            must("k", ten(k) <= length < ten(k + 1))
            # shorter than 10^k by the parts lost: then the centre is a multiple itself
            must("a multiple inside", length - lost * Fraction(2) ** (e - point) >= ten(k) or (e >= 0 and k == 0))
            g, b = power_of_ten(-k)
            right = point - 2 - e - b
            exact = step * 2 * Fraction(2) ** (e - point) * ten(-k)
            near = step * g * Fraction(1, 2 ** (128 + right))
            limit, error = Fraction(1, 2 ** (64 + right)), most * (near - exact)
            low, high = residues(exact.numerator, exact.denominator, most)
            must("shifts", 0 <= right < 64 and step * most < 1 << 62 and most * near < 1 << 62)
            must("rest", error < limit and Fraction(low, exact.denominator) >= limit)
            must("floor", Fraction(high, exact.denominator) > error)
    for what, where in faults.items():
        check(f"{name}: {what} {where[:5]}", not where)


check("table", len(BASE) == 30)
check("residues", residues_are_right())
check("powers", powers_are_right())
shortest("double", range(-1074, 972), 5, 8, 2 ** 55 + 2, 0)             # x = 32 m and 8 or 16 more or less, m < 2^53
shortest("float", range(-149, 105), 30, 1, 2 ** 54 + 2 ** 29, 4)        # x = 2^30 m and 2^28 - 2 or 2^29 - 2, m < 2^24
print(f"{passed} passed, {failed} failed, 0 skipped")
sys.exit(failed != 0)
