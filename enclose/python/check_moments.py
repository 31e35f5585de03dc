"""Holds enclosed moments against Arb's rigorous quadrature (the tails beyond e^-200 are left out there).

    cargo run --release --example moments > /tmp/moments.tsv
    python check_moments.py /tmp/moments.tsv
"""
import re
import sys

from flint import acb, arb, ctx

ctx.prec = 200


def function(text):
    text = re.sub(r"\)\^\(-(\d+)\)", r")**(-\1)", text).replace(")^", ")**")
    text = re.sub(r"(?<![\w.*])(\d[\d.]*(?:e-?\d+)?)", r"N('\1')", text)
    code = compile(text, "formula", "eval")
    names = {name: (lambda a, name=name: getattr(a, name)()) for name in ("exp", "log", "cos", "tanh")}
    names["N"] = lambda t: acb(float(t))

    def value(x, analytic=False):
        root = lambda a: a.sqrt(analytic=analytic)
        return eval(code, dict(names, sqrt=root, log=lambda a: a.log(analytic=analytic)), {"x": x})

    return value


def domain(v):
    """Where V is within 200 of its least value, roughly."""
    x = [s * 1.04**k * 1e-3 for k in range(600) for s in (-1, 1)]
    near = lambda t: float(v(acb(t)).real.mid())
    values = [near(t) for t in x]
    lowest = min(values)
    best = x[values.index(lowest)]
    ends = []
    for s in (-1, 1):
        step = 1e-3
        while near(best + s * step) < lowest + 200:
            step *= 1.2
        ends.append(best + s * step)
    return ends[0], best, ends[1], lowest


misses = count = 0
widest = 0.0
known = {}
for line in open(sys.argv[1]):
    text, kind, observable, lower, upper = line.rstrip("\n").split("\t")
    lower, upper = float(lower), float(upper)
    v, phi = function(text), function(observable)
    a, best, b, shift = domain(v)

    def integral(h):
        f = lambda x, analytic: h(x, analytic) * (shift - v(x, analytic)).exp()
        total = acb(0)
        cuts = [a + (b - a) * k / 16 for k in range(17)]
        for low, high in zip(cuts, cuts[1:]):
            total += acb.integral(f, low, high)
        return total.real

    if text not in known:
        known[text] = integral(lambda x, analytic: acb(1))
    mass = known[text]
    if kind == "log Z":
        truth = mass.log() - arb(shift)
    else:
        mean = integral(phi) / mass
        truth = mean if kind == "E" else integral(lambda x, analytic: (phi(x, analytic) - mean) ** 2) / mass
    count += 1
    scale = 1.0 if kind == "log Z" else max(abs(float(truth.mid())), 1e-12)
    widest = max(widest, (upper - lower) / scale) if abs(float(truth.mid())) > 1e-6 else widest
    if truth < lower or truth > upper or not truth.rad() < 1e-25:
        misses += 1
        print("MISS", line.strip(), truth)
print(f"{count} moments, {misses} misses; largest relative width {widest:.1e}")
sys.exit(misses > 0)
