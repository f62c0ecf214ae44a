"""The exact binomial test against its definition, summed in decimals of 60 digits: every outcome, one after the other.

    binomial_compare.py

lstmfc__binomial_tail and _two_sided (the p of the accuracy, chapter 16) to 1e-12 relative, from n = 1 to a million and down to tails of
1e-290, where a difference of two numbers near 1 would have no digit left. A two-sided p is the sum of all outcomes no likelier than the one
seen, where a relative 1e-7 counts as equal (SciPy's rule). Needs a C compiler and Python alone.
"""
import os
import subprocess
import sys
import tempfile
from decimal import Decimal, getcontext

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
DRIVER = r"""
#define LSTMFC_IMPLEMENTATION
#include "lstmfc.h"
#include <stdio.h>
int main(void) {
    double p0;
    long long n, hits;
    while (scanf("%lld %lld %lf", &n, &hits, &p0) == 3)
        printf("%.17g %.17g\n", lstmfc__binomial_tail(n, hits, p0, 0), lstmfc__binomial_two_sided(n, hits, p0));
    return 0;
}
"""


def exact(n, p0, wanted):
    """(P(X >= k), sum of what is no likelier than k) of each k wanted"""
    p = Decimal(p0)                         # the double itself, not the decimal it was written as
    q = 1 - p
    terms, term = [], q ** n
    for k in range(n + 1):
        terms.append(term)
        term = term * (n - k) * p / ((k + 1) * q)
    above = {}
    total = Decimal(0)
    keep = set(wanted)
    for k in range(n, -1, -1):              # from the small ones on
        total += terms[k]
        if k in keep:
            above[k] = total
    assert abs(total - 1) < Decimal("1e-45")
    out = []
    for k in wanted:
        limit = terms[k] * (1 + Decimal("1e-7"))
        out.append((above[k], sum(sorted(t for t in terms if t <= limit)) if n <= 20000 else two_tails(terms, k, limit)))
    return out


def two_tails(terms, k, limit):
    """the same without sorting a million numbers for each k: the terms rise to the mode and fall behind it"""
    mode = max(range(len(terms)), key=lambda i: terms[i]) if len(terms) < 1000 else peak(terms)
    low, high = 0, mode
    while low < high:                       # the first above the limit
        middle = (low + high) // 2
        if terms[middle] <= limit:
            low = middle + 1
        else:
            high = middle
    left = low
    low, high = mode, len(terms)
    while low < high:
        middle = (low + high) // 2
        if terms[middle] <= limit:
            high = middle
        else:
            low = middle + 1
    if terms[mode] <= limit:
        return Decimal(1)
    return sum(terms[:left]) + sum(reversed(terms[low:]))


def peak(terms):
    low, high = 0, len(terms) - 1
    while low < high:
        middle = (low + high) // 2
        if terms[middle] < terms[middle + 1]:
            low = middle + 1
        else:
            high = middle
    return low


def main():
    getcontext().prec = 60
    cases = []
    for n in (1, 2, 7, 40, 333, 6870, 20000, 200000, 1000000):
        for p0 in (0.5, 0.5210) + ((0.01, 0.3, 0.5035, 0.63, 0.97) if n <= 200000 else ()):
            sd = (n * p0 * (1 - p0)) ** 0.5
            ks = sorted({min(n, max(0, round(n * p0 + z * sd))) for z in (-36, -20, -8, -3, -1, -0.1, 0, 0.1, 1, 2, 5, 12, 25, 36)} | ({0, n} if n < 400 else set()))
            cases.append((n, p0, ks))
    with tempfile.TemporaryDirectory() as folder:
        source, program = os.path.join(folder, "driver.c"), os.path.join(folder, "driver")
        with open(source, "w") as f:
            f.write(DRIVER)
        subprocess.run([os.environ.get("CC", "cc"), "-std=c99", "-O2", "-ffp-contract=off", "-DLSTMFC_STATIC", "-Wno-unused-function", "-I", ROOT,
                        source, "-o", program, "-lm"], check=True)
        asked = [(n, k, p0) for n, p0, ks in cases for k in ks]
        said = subprocess.run([program], input="".join("%d %d %.17g\n" % a for a in asked), capture_output=True, text=True, check=True).stdout
    answers = iter(said.split("\n"))
    passed = failed = 0
    worst = {}
    for n, p0, ks in cases:
        for k, (above, both) in zip(ks, exact(n, p0, ks)):
            got = next(answers).split()
            for name, mine, true in (("P(X >= %d)", got[0], above), ("two-sided p of %d", got[1], both)):
                away = abs(Decimal(float(mine)) / true - 1) if true > Decimal("1e-290") else Decimal(0 if float(mine) < 2e-290 else 1)
                worst[n] = max(worst.get(n, 0), float(away))
                if away <= Decimal("1e-12"):
                    passed += 1
                else:
                    failed += 1
                    print("FAIL " + name % k + " of %d at %r: %s, but %.17g (%.1e off)" % (n, p0, mine, true, away))
    print("largest relative difference: " + ", ".join("n %d %.0e" % w for w in worst.items()))
    print("%d passed, %d failed, 0 skipped" % (passed, failed))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
