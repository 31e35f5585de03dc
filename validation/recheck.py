#!/usr/bin/env python3
"""Checks what `wfr prove --export DIR` wrote, with formulas of its own and rational arithmetic: recheck.py DIR

Identities: both exported sides are evaluated for polynomial functions and compared with a third value, from the formula here.
Certificates: the error operator is evaluated there, and compared with the exact moments of one step of the scheme as written here.
"""
import sys
from fractions import Fraction as F
from math import factorial

class Poly(dict):
    """A polynomial with rational coefficients: {powers of the variables: coefficient}."""

    def __init__(self, terms=()):
        super().__init__((p, F(c)) for p, c in dict(terms).items() if c != 0)

    def __add__(self, other):
        return Poly({p: self.get(p, 0) + other.get(p, 0) for p in {*self, *other}})

    def __mul__(self, other):
        if not isinstance(other, Poly):
            return Poly({p: c * other for p, c in self.items()})
        total = {}
        for p, a in self.items():
            for q, b in other.items():
                r = tuple(i + j for i, j in zip(p, q))
                total[r] = total.get(r, 0) + a * b
        return Poly(total)

    __rmul__ = __mul__
    def __sub__(self, other):
        return self + other * -1

    def d(self, axis=0):
        return Poly({p[:axis] + (p[axis] - 1,) + p[axis + 1:]: c * p[axis] for p, c in self.items() if p[axis]})

    def at(self, *x):
        return sum((c * prod(F(v) ** k for v, k in zip(x, p)) for p, c in self.items()), F(0))

def prod(values):
    total = F(1)
    for value in values:
        total *= value
    return total
uni = lambda *coefficients: Poly({(k,): c for k, c in enumerate(coefficients)})

def read(path, key):
    blocks = open(path, encoding="utf-8").read().split("\n\n")[1:]
    items = [dict(line.split(" ", 1) for line in block.splitlines() if " " in line) for block in blocks]
    return [item for item in items if key in item]

def value(text, functions, x, parameters):
    """An exported sum for functions of one variable at x."""
    total = F(0)
    for term in [] if text == "0" else text.split(" + "):
        product = F(1)
        for factor in term.split("*"):
            base, _, power = factor.partition("^")
            name, _, directions = base.partition("@")
            if name in functions:
                f = functions[name]
                for direction in directions.split(",") if directions else []:
                    f = f.d() if direction == "1" else Poly()
                number = f.at(x)
            else:
                number = parameters[name] if name in parameters else F(name)
            product *= number ** int(power or 1)
        total += product
    return total

V, f, g, l, η, b, u = uni(0, 1, 0, 2), uni(1, -1, 3, 0, 1), uni(0, 2, 1, 1), uni(2, 1, -1, 1), uni(0, 1, 2), uni(1, 0, -1), uni(3, 1, 1)
L = lambda h: h.d().d() - V.d() * h.d()
FUNCTIONS = {"V": V, "f": f, "g": g, "ℓ": l, "η": η, "b1": b, "u1": u, "W": b, "a": g}
POINTWISE = {
    "chain-rule": L(f * f * f),
    "carre-du-champ": f.d() * g.d(),
    "bochner": f.d().d() * f.d().d() + f.d() * f.d() * V.d().d(),
    "intertwining": L(f).d(),
    "entropy-equation": L(l + V) + (l + V).d() * (l + V).d(),
    "ito-log-density": 2 * l.d().d() + l.d() * l.d() + V.d().d(),
    "doob-transform": L(f) + 2 * η.d() * f.d() + (L(η) + η.d() * η.d() + b) * f,
    "drift-weight-gauge": g - b.d() - b * l.d() + F(1, 2) * (g.d().d() + 2 * g.d() * l.d() + g * (l.d().d() + l.d() * l.d())),
}
# Under the integral for V = x²/2, by the moments of the normal law.
QUADRATIC = uni(0, 0, F(1, 2))
mean = lambda h: sum((c * prod(range(1, k, 2)) for (k,), c in h.items() if k % 2 == 0), F(0))
INTEGRALS = {"dirichlet-form": -1 * f.d() * g.d(), "integrated-gamma2": (f.d().d() - uni(0, 1) * f.d()) * (f.d().d() - uni(0, 1) * f.d())}

def integrand(text, functions):
    points = range(-12, 13)  # Interpolation by Lagrange: the integrands have a degree below 24.
    total = Poly()
    for i in points:
        basis = uni(1)
        for j in points:
            if j != i:
                basis = basis * uni(F(-j, i - j), F(1, i - j))
        total = total + basis * value(text, functions, F(i), {})
    return total

# Schemes: X' in (s, ξ, η) at the point x₀ for drift b, noise σ and observable φ of x; s = √h, modulo s^8.
x0, drift, φ = F(1, 2), uni(1, -1, 0, F(1, 3)), uni(0, 1, 1, 0, F(1, 2))
h, s, ξ = Poly({(2, 0): 1}), Poly({(1, 0): 1}), Poly({(0, 1): 1})
cut = lambda p: Poly({k: c for k, c in p.items() if k[0] < 8})
const = lambda c: Poly({(0, 0): c})

power = lambda x, k: const(1) if k == 0 else cut(x * power(x, k - 1))
at = lambda p, x: sum((cut(c * power(x, k)) for (k,), c in p.items()), Poly())

def platen(σ):
    start, bar = const(x0), const(x0) + h * drift.at(x0) + s * ξ * σ.at(x0)
    return start + F(1, 2) * h * (const(drift.at(x0)) + at(drift, bar)) + s * ξ * σ.at(x0)

euler = lambda σ: const(x0) + h * drift.at(x0) + s * ξ * σ.at(x0)
leimkuhler = lambda σ: const(x0) + s * ξ * σ.at(x0) + h * at(drift, const(x0) + s * ξ * (σ.at(x0) / 2))

def milstein(σ):
    other = at(σ, const(x0) + h * drift.at(x0) + s * σ.at(x0)) - const(σ.at(x0))
    return euler(σ) + F(1, 2) * s * other * (ξ * ξ - const(1))

additive, general = uni(F(3, 2)), uni(1, 1, F(1, 2))
normal = lambda k: prod(range(1, k, 2)) if k % 2 == 0 else F(0)
three = lambda k: F(1) if k == 0 else F(3) ** (k // 2) / 3 if k % 2 == 0 else F(0)
SCHEMES = {"euler-maruyama": (euler, general, normal), "milstein": (milstein, general, normal), "platen": (platen, additive, normal),
           "platen-three-point": (platen, additive, three), "leimkuhler-matthews": (leimkuhler, additive, normal)}

def main(folder):
    identities, certificates = read(f"{folder}/identities.txt", "identity"), read(f"{folder}/certificates.txt", "certificate")
    first = {item["identity"]: item for item in reversed(identities) if item["dimension"] == "1"}
    for name, own in POINTWISE.items():
        for x in map(F, (0, 1, -2)):
            sides = [value(first[name][side], FUNCTIONS, x, {}) for side in ("left", "right")]
            assert sides == [own.at(x)] * 2, (name, x, sides, own.at(x))
    for name, own in INTEGRALS.items():
        functions = dict(FUNCTIONS, V=QUADRATIC)
        sides = [mean(integrand(first[name][side], functions)) for side in ("left", "right")]
        assert sides == [mean(own)] * 2, (name, sides, mean(own))
    for name, (step, σ, moment) in SCHEMES.items():
        item = next(i for i in certificates if i["certificate"] == f"{name}+trapezoidal" and i["dimension"] == "1")
        start, observed, exact, flow = int(item["half-powers"]), at(φ, step(σ)), φ, {}
        for k in range(4):
            flow[2 * k] = exact.at(x0) / factorial(k)
            exact = drift * exact.d() + F(1, 2) * σ * σ * exact.d().d()
        error = [sum((c * moment(j) for (i, j), c in observed.items() if i == n), F(0)) - flow.get(n, 0) for n in range(start + 1)]
        functions = {"b": drift, "σ": σ, "φ": φ, "c": Poly()}
        operator = value(item["leading-error"], functions, x0, {"σ": additive.at(0)})
        assert not any(error[:start]) and error[start] == operator != 0, (name, error, operator)
        assert F(item["order"]) == F(start, 2) - 1, name
    print(f"{len(POINTWISE) + len(INTEGRALS)} identities and the orders of {len(SCHEMES)} schemes agree")

main(sys.argv[1])
