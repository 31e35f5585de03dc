"""Holds enclosures of random wells against an independent discretisation: the Schroedinger form -d^2 + V'^2/4 - V''/2 on a sinc grid.

    cargo run --release --example random_wells -- 1000 > /tmp/wells.tsv
    python check_wells.py /tmp/wells.tsv
"""
import sys

import numpy as np


def derivatives(text):
    """V' and V'' of the three kinds of formulas that `random_wells` writes, by differences of a complex step and exact rules."""
    code = compile(text.replace("^", "**"), "formula", "eval")
    value = lambda x: eval(code, {"x": x, "cos": np.cos})
    h = 1e-30
    first = lambda x: np.imag(value(x + 1j * h)) / h
    # Second derivative by Cauchy's formula on a circle.
    angles = np.exp(2j * np.pi * np.arange(32) / 32)
    second = lambda x: np.mean([value(x + 0.3 * a) * a**-2 for a in angles], axis=0).real * 2 / 0.3**2
    return value, first, second


def gap(text, points):
    value, first, second = derivatives(text)
    x = np.linspace(-30, 30, 60001)
    v = value(x)
    # Every well, not only the deepest, up to 60 above its floor.
    floors = v[1:-1][(v[1:-1] < v[:-2]) & (v[1:-1] < v[2:])]
    inside = x[v - floors.max() < 60]
    a, b = inside.min(), inside.max()
    h = (b - a) / (points - 1)
    x = np.linspace(a, b, points)
    k = np.arange(points)
    d = k[:, None] - k[None, :]
    with np.errstate(divide="ignore"):
        kinetic = np.where(d == 0, np.pi**2 / 3, 2.0 * (-1.0) ** np.abs(d) / np.where(d == 0, 1, d) ** 2) / h**2
    energy = np.linalg.eigvalsh(kinetic + np.diag(first(x) ** 2 / 4 - second(x) / 2))
    return energy[1], 1e-15 * energy[-1]


worst = 0.0
count = refused = outside = resolved = 0
widths, times = [], []
for line in open(sys.argv[1]):
    text, lower, upper, seconds = line.rstrip("\n").split("\t")
    if lower == "refused":
        refused += 1
        print(line.strip())
        continue
    lower, upper = float(lower), float(upper)
    count += 1
    widths.append((upper - lower) / lower if lower > 0 else np.inf)
    times.append(float(seconds))
    (fine, rounding), (coarse, _) = gap(text, 340), gap(text, 280)
    error = 2 * abs(fine - coarse) + 20 * rounding
    resolved += error < 1e-6 * fine
    distance = max(lower - fine, fine - upper, 0.0)
    worst = max(worst, distance)
    if distance > error:
        outside += 1
        print("OUTSIDE", text, lower, upper, fine, coarse)
    if widths[-1] > 1e-10:
        print("WIDE", text, lower, upper, widths[-1])
print(f"{count} wells, {refused} refused, {outside} apart; the grid resolves {resolved} of the gaps to 1e-6; largest distance {worst:.1e}")
print(f"relative widths: median {np.median(widths):.1e}, largest {np.max(widths):.1e}; seconds: median {np.median(times):.3f}, largest {np.max(times):.3f}")
