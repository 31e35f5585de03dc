"""How often particles are chosen: means and variances of counts, for weights that are neither equal nor at an edge."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from ._calls import Array
from ._statistics import FOUND, bound, corrected_for_skew, two_sided
from ._verdict import Check, Word

#: Expected counts below which particles are judged together with their neighbours: sums of fewer are not yet normal.
ENOUGH = 300.0
#: A pass requires that this relative error of E[Nᵢ], of a group with a tenth of the weight, would have been found.
RELATIVE = 0.1


def vectors(n: int) -> dict[str, Array]:
    """The weights for which counts are judged."""
    rng = np.random.default_rng(20233)
    rising = np.exp(np.linspace(-4.0, 0.0, n))
    sparse = np.where(np.arange(n) % 3 == 0, rng.dirichlet(np.ones(n)), 0.0)
    heavy = np.full(n, 0.5 / (n - 1))
    heavy[n - 2] = 0.5
    every = {"random": rng.dirichlet(np.ones(n)), "rising": rising, "sparse": sparse, "one heavy": heavy}
    return {name: own / own.sum() for name, own in every.items()}


def groups_of(weights: Array, calls: int) -> list[npt.NDArray[np.int64]]:
    """Particles alone where their counts over all calls are large, and neighbours together where not."""
    groups, current, total = [], [], 0.0
    for i, expected in enumerate(len(weights) * weights * calls):
        if expected == 0.0:
            continue  # Never chosen, which the edges check.
        current.append(i)
        total += expected
        if total >= ENOUGH:
            groups.append(np.array(current))
            current, total = [], 0.0
    return groups


class Counts:
    """Sums of the counts of groups over calls."""

    def __init__(self, weights: Array, groups: list[npt.NDArray[np.int64]]) -> None:
        self.weights, self.groups = weights, groups
        n = len(weights)
        self.membership = np.zeros((len(groups), n))
        for row, members in enumerate(groups):
            self.membership[row, members] = 1.0
        self.expected = n * self.membership @ weights
        fraction = self.expected - np.floor(self.expected)
        # No random whole number with this mean has a smaller variance.
        self.least = np.where(np.minimum(fraction, 1.0 - fraction) < 1e-9, 0.0, fraction * (1.0 - fraction))
        self.calls = 0
        self.sums = np.zeros((3, len(groups)))
        self.spread: list[float] = []

    def add(self, ancestors: npt.NDArray[np.int64]) -> None:
        n = len(self.weights)
        counts = np.bincount(ancestors, minlength=n).astype(np.float64)
        off = self.membership @ counts - self.expected
        self.calls += 1
        self.sums += [off, off**2, off**3]
        self.spread.append(float(np.sum((counts - n * self.weights) ** 2)))

    def judged(self, name: str, each: float) -> Check:
        """The largest deviation of a mean count."""
        mean, square, cube = self.sums / self.calls
        variance = np.maximum(square - mean**2, self.least)
        stderr = np.sqrt(variance / self.calls)
        z = np.zeros(len(mean))
        for i in range(len(mean)):
            if abs(mean[i]) > 1e-9:
                skew = (cube[i] - 3.0 * mean[i] * square[i] + 2.0 * mean[i] ** 3) / max(variance[i] ** 1.5, 1e-300)
                z[i] = corrected_for_skew(mean[i] / stderr[i], skew, self.calls) if stderr[i] > 0.0 else math.inf
        worst = int(np.abs(z).argmax())
        p = two_sided(float(z[worst]))
        seen = float(np.max((bound(each) + FOUND) * stderr / np.maximum(self.expected, 0.1 * len(self.weights))))
        members = self.groups[worst]
        who = f"particle {members[0]}" if len(members) == 1 else f"particles {members[0]} to {members[-1]}"
        word: Word = "fail" if p < each else "pass" if seen <= RELATIVE else "inconclusive"
        expected = float(self.expected[worst])
        return Check(
            f"E[N] of {name} weights",
            word,
            expected + float(mean[worst]),
            expected,
            float(stderr[worst]),
            bound(each) * float(stderr[worst]),
            p,
            seen * max(expected, 0.1 * len(self.weights)),
            f"{who} {'are' if len(members) > 1 else 'is'} chosen {'too often' if mean[worst] > 0 else 'too rarely'}"
            if word == "fail"
            else who,
        )

    def variance(self, name: str, claim: str, each: float) -> Check:
        """Whether Σ Var Nᵢ is at most what is claimed."""
        n = len(self.weights)
        means = n * self.weights
        rest = means - np.floor(means + 1e-12)
        left = float(rest.sum())
        bounds = {
            "multinomial": float(np.sum(means * (1.0 - self.weights))),
            "residual": float(np.sum(rest * (1.0 - rest / left))) if left > 0.0 else 0.0,
            "systematic": float(np.sum(rest * (1.0 - rest))),
        }
        if claim not in bounds:
            raise ValueError(f"variance: found {claim!r}; expected one of {', '.join(bounds)}")
        spread = np.array(self.spread)
        value, most = float(spread.mean()), bounds[claim]
        stderr = float(spread.std(ddof=1)) / math.sqrt(len(spread))
        above = value - most
        above = 0.0 if abs(above) <= 1e-9 * max(most, 1.0) else above  # Rounding of sums of squares.
        z = above / stderr if stderr > 0.0 else (0.0 if above <= 0.0 else math.inf)
        p = 0.5 * math.erfc(z / math.sqrt(2.0))
        return Check(
            f"variance of {name} weights",
            "fail" if p < each else "pass",
            value,
            most,
            stderr,
            bound(2.0 * each) * stderr,
            p,
            (bound(2.0 * each) + FOUND) * stderr,
            f"Σ Var Nᵢ is {'larger than' if p < each else 'at most'} that of {claim} resampling",
        )
