"""Holds what `random_formulas` enclosed against Arb (python-flint): the truth has to be inside.

    cargo run --release --example random_formulas -- 100000 > /tmp/formulas.tsv
    python check_formulas.py /tmp/formulas.tsv            # no miss
    python check_formulas.py --planted /tmp/formulas.tsv  # middles in place of intervals (rounding to nearest): many misses
"""
import math
import random
import sys

from flint import arb, arb_series, ctx

ctx.prec = 300
ctx.cap = 5


def tanh(a):
    return a.tanh() if isinstance(a, arb) else 1 - 2 / ((a + a).exp() + 1)


def absolute(a):
    if isinstance(a, arb):
        return abs(a)
    first = a[0]
    if not (first > 0 or first < 0):
        return arb_series([arb("nan")] * ctx.cap)
    return a if first > 0 else -a


def power(a, n):
    if n < 0:
        return 1 / power(a, -n)
    result = a * 0 + 1
    for _ in range(n):
        result = result * a
    return result


class Wrapped:
    """A number that `**` raises by multiplication, as Arb's power of a series needs no logarithm then."""

    def __init__(self, value):
        self.value = value

    def __add__(self, other):
        return Wrapped(self.value + other.value)

    def __sub__(self, other):
        return Wrapped(self.value - other.value)

    def __mul__(self, other):
        return Wrapped(self.value * other.value)

    def __truediv__(self, other):
        return Wrapped(self.value / other.value)

    def __neg__(self):
        return Wrapped(-self.value)

    def __pow__(self, n):
        return Wrapped(power(self.value, n))


def call(name):
    if name == "tanh":
        return lambda a: Wrapped(tanh(a.value))
    if name == "abs":
        return lambda a: Wrapped(absolute(a.value))
    return lambda a: Wrapped(getattr(a.value, name)())


NAMES = {name: call(name) for name in ("exp", "log", "sqrt", "sin", "cos", "tanh", "abs")}


EXPONENTS = {f"{sign}{n}": n if sign == "plus" else -n for sign in ("plus", "minus") for n in range(50)}


def compiled(text):
    """Numbers become exact arbs; exponents stay integers."""
    import re

    text = re.sub(r"\)\^\(-(\d+)\)", r")**minus\1", text)
    text = re.sub(r"\)\^(\d+)", r")**plus\1", text)
    text = re.sub(r"(?<![\w.])(\d[\d.]*(?:e-?\d+)?)", r"N('\1')", text)
    return compile(text, "formula", "eval")


def evaluate(code, x):
    constant = (lambda a: arb_series([a])) if isinstance(x, arb_series) else (lambda a: a)
    names = dict(NAMES, **EXPONENTS, N=lambda text: Wrapped(constant(arb(float(text)))))
    try:
        return eval(code, names, {"x": Wrapped(x)}).value
    except (ZeroDivisionError, ValueError):
        return None


def judge(truth, lower, upper):
    """-1 miss, 0 Arb cannot tell, 1 inside."""
    if truth < lower or truth > upper:
        return -1
    inside = (lower == -math.inf or truth >= lower) and (upper == math.inf or truth <= upper)
    return 1 if inside else 0


def main():
    planted = "--planted" in sys.argv
    rng = random.Random(1)
    counts = {-1: 0, 0: 0, 1: 0}
    formulas = no_claim = coefficients = 0
    for line in open(sys.argv[-1]):
        text, *numbers = line.rstrip("\n").split("\t")
        a, b, *bounds = [float(n) for n in numbers]
        formulas += 1
        code = compiled(text)
        pairs = list(zip(bounds[::2], bounds[1::2]))
        if planted:
            pairs = [(0.5 * l + 0.5 * u,) * 2 for l, u in pairs]
        if math.isnan(pairs[0][0]):
            no_claim += 1
        else:
            points = {a, b} if planted and a == b else set() if planted else {a, b, 0.5 * a + 0.5 * b, *(rng.uniform(a, b) for _ in range(3 * (a < b)))}
            for x in points:
                truth = evaluate(code, arb(min(max(x, a), b)))
                if truth is None or not truth.is_finite():
                    # Defined by us but not by Arb would be a miss.
                    # Beyond Arb's range it only can be unbounded.
                    verdict = 0 if truth is not None and not truth.is_nan() and pairs[0][1] == math.inf else -1
                    counts[verdict] += 1
                    if verdict < 0:
                        print("MISS", text, x, truth, pairs[0])
                    continue
                verdict = judge(truth, *pairs[0])
                counts[verdict] += 1
                if verdict < 0 and not planted:
                    print("MISS", text, x, truth, pairs[0])
        series = evaluate(code, arb_series([arb(a), 1]))
        if series is None:
            continue
        for k, (lower, upper) in enumerate(pairs[1:], 1):
            truth = series[k] if isinstance(series, arb_series) else arb(0)
            if math.isnan(lower) or not truth.is_finite():
                continue
            coefficients += 1
            verdict = judge(truth, lower, upper)
            counts[verdict] += 1
            if verdict < 0 and not planted:
                print("MISS", text, a, "coefficient", k, truth, (lower, upper))
    print(f"{formulas} formulas, {no_claim} without a claim, {coefficients} Taylor coefficients")
    print(f"{counts[1]} inside, {counts[0]} on the edge to within 300 bits, {counts[-1]} misses")
    if (counts[-1] == 0) == planted:
        sys.exit(1)


main()
