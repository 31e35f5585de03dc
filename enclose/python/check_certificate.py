"""Checks certificates of spectral gaps independently, in the ball arithmetic of Arb (pip install python-flint).

    python check_certificate.py FILE...

What is checked, and why it proves the claim, is in the README under "The gap". Nothing here is taken from the Rust code.
"""
import json
import re
import sys

from flint import arb, arb_poly, arb_series, ctx

ctx.prec = 160


def ball(a, b):
    return arb(a).union(arb(b))


class Tail:
    """A function on [R, inf): sum of (number in a ball) * x^n; `start` is R."""

    start = None

    def __init__(self, powers):
        self.powers = powers

    def leading(self):
        """n and the ball of h where the function is x^n h."""
        if not self.powers:
            return 0, arb(0)
        total, at = arb(0), None
        for n in sorted(self.powers):
            if at is not None:
                # total * [0, s]; the product of two balls would be wider.
                s = 1 / Tail.start ** (n - at)
                ends = [0 * s, total.lower() * s, total.upper() * s]
                total = ends[0].union(ends[1]).union(ends[2])
            total, at = self.powers[n] + total, n
        return at, total

    def __add__(self, other):
        return Tail({n: self.powers.get(n, 0) + other.powers.get(n, 0) for n in {*self.powers, *other.powers}})

    def __mul__(self, other):
        result = {}
        for n, a in self.powers.items():
            for m, b in other.powers.items():
                result[n + m] = result.get(n + m, arb(0)) + a * b
        return Tail(result)

    def __neg__(self):
        return Tail({n: -a for n, a in self.powers.items()})

    def inverse(self):
        n, h = self.leading()
        return Tail({-n: 1 / h})

    def root(self):
        n, h = self.leading()
        assert n % 2 == 0, "the root of an odd power"
        return Tail({n // 2: h.sqrt()})

    def exp(self):
        n, h = self.leading()
        assert n <= 0 or h < 0, "an exponential that grows"
        top = (arb(Tail.start) ** n * h if h < 0 or n == 0 else h * ball(0, arb(Tail.start) ** n)).exp()
        return Tail({0: ball(0, top)})


class Dual:
    """A function on a half-line with its derivative."""

    def __init__(self, value, slope):
        self.value, self.slope = value, slope

    def __add__(self, other):
        return Dual(self.value + other.value, self.slope + other.slope)

    def __sub__(self, other):
        return self + -other

    def __neg__(self):
        return Dual(-self.value, -self.slope)

    def __mul__(self, other):
        return Dual(self.value * other.value, self.slope * other.value + self.value * other.slope)

    def __truediv__(self, other):
        inverse = other.value.inverse()
        return self * Dual(inverse, -(other.slope * inverse * inverse))

    def call(self, name):
        unit = Tail({0: ball(-1, 1)})
        if name == "exp":
            return Dual(self.value.exp(), self.value.exp() * self.slope)
        if name == "log":
            return Dual(Tail({0: arb("+/- inf")}), self.slope * self.value.inverse())
        if name == "sqrt":
            root = self.value.root()
            return Dual(root, self.slope * (root * Tail({0: arb(2)})).inverse())
        if name in ("sin", "cos"):
            return Dual(unit, unit * self.slope)
        if name == "tanh":
            n, h = self.value.leading()
            # The derivative of tanh is at most 4 exp(-2 |x|).
            most = 4 * (-2 * arb(Tail.start) ** n * abs(h)).exp() if n > 0 and not h.contains(0) else arb(1)
            return Dual(unit, Tail({0: ball(0, most)}) * self.slope)
        sign = self.value.leading()[1]
        assert name == "abs" and (sign > 0 or sign < 0), name
        return self if sign > 0 else -self


class Series:
    """A power series in t, or the ball of every Taylor coefficient over a piece."""

    def __init__(self, value):
        self.value = value

    def __add__(self, other):
        return Series(self.value + other.value)

    def __sub__(self, other):
        return Series(self.value - other.value)

    def __neg__(self):
        return Series(-self.value)

    def __mul__(self, other):
        return Series(self.value * other.value)

    def __truediv__(self, other):
        return Series(self.value / other.value)

    def call(self, name):
        if name == "tanh":
            # From t' = a' (1 - t^2), which keeps balls narrow.
            a, t = self.value, [self.value[0].tanh()]
            for k in range(1, ctx.cap):
                rest = [(1 if j == 0 else 0) - sum((t[i] * t[j - i] for i in range(j + 1)), arb(0)) for j in range(k)]
                t.append(sum((j * a[j] * rest[k - j] for j in range(1, k + 1) if a[j] != 0), arb(0)) / k)
            return Series(arb_series(t))
        if name == "abs":
            lower, upper = float(self.value[0].lower()), float(self.value[0].upper())
            tiny = 1e-8 * max(-lower, upper)
            assert lower >= -tiny or upper <= tiny, "a kink inside a piece"
            # At a kink, the side of the piece decides: see drift_model.
            return self if upper > -lower else -self
        return Series(getattr(self.value, name)())


def formula(text):
    """V as a function; numbers are the floating-point ones."""
    text = re.sub(r"\)\^\(-(\d+)\)", r")**E('m\1')", text)
    text = re.sub(r"\)\^(\d+)", r")**E('p\1')", text)
    text = re.sub(r"(?<![\w.])(\d[\d.]*(?:e-?\d+)?)", r"N('\1')", text)
    code = compile(text, "formula", "eval")

    def value(x, constant):
        def power(a, n):
            result = constant(arb(1))
            for _ in range(abs(n)):
                result = result * a
            return constant(arb(1)) / result if n < 0 else result

        type(x).__pow__ = power
        calls = {name: (lambda a, name=name: a.call(name)) for name in ("exp", "log", "sqrt", "sin", "cos", "tanh", "abs")}
        return eval(code, dict(calls, N=lambda t: constant(arb(float(t))), E=lambda t: int(t[1:]) * (-1 if t[0] == 'm' else 1)), {"x": x})

    return value


def check_tail(v, mirrored, start, slope):
    """V' <= -slope before -start on this side; that is, the derivative by the distance is at least slope beyond it."""
    Tail.start = arb(start)
    one = Tail({0: arb(1)})
    x = Dual(Tail({1: arb(1)}), one)
    derivative = v(x if mirrored else -x, lambda c: Dual(Tail({0: c}), Tail({}))).slope
    n, h = derivative.leading()
    by_leading = n >= 0 and h > 0 and arb(start) ** n * h >= slope
    # Or every term by itself, if all of them grow.
    terms = derivative.powers.items()
    by_terms = all(n == 0 or (n > 0 and c >= 0) for n, c in terms) and sum(arb(start) ** n * c for n, c in terms) >= slope
    assert slope > 0 and (by_leading or by_terms), "the slope of the tail"


def drift_model(v, mirrored, a, b, degree, parts):
    """Taylor coefficients of V' about a, the last over [a, b]."""
    ctx.cap = degree + 2
    sign = -1 if mirrored else 1

    def coefficients(start):
        value = v(Series(arb_series([sign * start, sign])), lambda c: Series(arb_series([c]))).value
        return [value[k] * k for k in range(1, degree + 2)]

    # Balls are wide where intervals are not, hence parts of the piece.
    cuts = [a + (b - a) * k / parts for k in range(parts)] + [b]
    over = coefficients(ball(cuts[0], cuts[1]))
    for low, high in zip(cuts[1:], cuts[2:]):
        over = [x.union(y) for x, y in zip(over, coefficients(ball(low, high)))]
    return coefficients(arb(a) if a != 0 else ball(0, 1e-300))[:-1] + over[-1:]


def check_half(v, mirrored, bound, lam, end, half):
    lower, lam = bound == "lower", arb(lam)
    start, pieces = half["start"], half["pieces"]
    check_tail(v, mirrored, start, half["slope"])
    chart, place, _, c = pieces[0]
    assert chart == "u" and place == -start and start > 0
    if lower:
        assert c[0] < 0 and lam + arb(half["slope"]) * arb(c[0]) + arb(c[0]) ** 2 <= 0, "the tail's value"
    else:
        assert c[0] >= 0, "the tail's value"
    before = None
    for chart, a, b, c in pieces:
        assert a == place and a < b <= end, "cover"
        # Supersolutions for a lower bound in w are subsolutions in u.
        up = lower == (chart == "w")
        if before is not None:
            last = before[1]
            if before[0] != chart:
                assert last < 0
                last = 1 / last
            assert c[0] >= last if up else c[0] <= last, "a jump"
        assert not (lower and chart == "u") or (c[0] < 0 and lam >= 0)
        p, length = arb_poly([arb(x) for x in c]), arb(b) - arb(a)
        for parts in (4, 64, 1024, 16384):
            drift = arb_poly(drift_model(v, mirrored, a, b, len(c) + 2, parts))
            defect = p.derivative() + (lam - drift * p + p * p if chart == "u" else -1 + drift * p - lam * p * p)
            values = defect(ball(0, length))
            if values >= 0 if up else values <= 0:
                break
        assert values >= 0 if up else values <= 0, f"the defect on [{a}, {b}]: {values}"
        place, before = b, (chart, p(length))
    if lower:
        assert place == end and before[1] <= 0, "the end"
    else:
        assert chart == "w" and before[1] >= 0, "the end"


def check(text):
    certificate = json.loads(text)
    assert certificate["format"] == "enclose gap 1" and not certificate["flat"], "not checked here"
    given, c, shift = formula(certificate["potential"]), certificate["split"], arb(certificate["shift"])
    # The gap of a translate is the same.
    v = lambda x, constant: given(x + constant(shift) if shift != 0 else x, constant)
    for bound in ("lower", "upper"):
        proof = certificate[bound]
        for mirrored, side in ((False, "left"), (True, "right")):
            check_half(v, mirrored, bound, proof["lambda"], -c if mirrored else c, proof[side])
    lower, upper = certificate["claim"]
    assert lower <= certificate["lower"]["lambda"] and certificate["upper"]["lambda"] <= upper, "the claim"
    return lower, upper


if __name__ == "__main__":
    for name in sys.argv[1:]:
        with open(name) as file:
            lower, upper = check(file.read())
        print(f"{name}: proved {lower!r} <= lambda_1 <= {upper!r}")
