"""Steps that draw their own noise: Monte Carlo for the amount of each known mistake.

Of a moment, δ(h) = E − exact is measured at several steps h, from independent draws, and fitted by δ = c hᵏ + C hᵏ⁺¹ + … for
k = 1, …, order, with the lower coefficients zero once they are judged. A mistake with the defect v has in c the amount
θ = ⟨c, v⟩/⟨v, v⟩ over points and components: 0 where it was not made, 1 where it was.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np

from ._calls import Array, Stepper
from ._causes import Alpha, Catalogue, Mistake
from ._expansion import Expansion
from ._statistics import bound, detectable, judged
from ._verdict import Check, Word

#: Looks at the data; the level is shared by them evenly.
LOOKS = 5
#: Coefficients beyond hᵏ that a fit has.
BEYOND = 2
#: A pass requires that mistakes of this amount would have been found.
AMOUNT = 0.7


@dataclass
class Sums:
    """Means and covariances of the moments at one step and point."""

    count: int = 0
    total: Array = field(default_factory=lambda: np.zeros(0))
    square: Array = field(default_factory=lambda: np.zeros((0, 0)))

    def add(self, values: Array) -> None:
        """(n, moments) more."""
        if not self.count:
            self.total, self.square = np.zeros(values.shape[1]), np.zeros((values.shape[1],) * 2)
        self.count += len(values)
        self.total += values.sum(axis=0)
        self.square += values.T @ values

    @property
    def mean(self) -> Array:
        return self.total / self.count

    @property
    def covariance(self) -> Array:
        """That of the mean."""
        return (self.square / self.count - np.outer(self.mean, self.mean)) / max(self.count - 1, 1)


class Levels:
    """Draws at several steps and points."""

    def __init__(self, step: Stepper, expansions: Sequence[Expansion], points: Array, t: float, steps: Array, seed: int) -> None:
        self.step, self.expansions, self.points, self.t, self.steps = step, expansions, points, t, steps
        self.streams = np.random.SeedSequence(seed)
        self.sums = [[Sums() for _ in points] for _ in steps]

    def draw(self, count: int, alphas: Sequence[Alpha]) -> None:
        """``count`` more steps from each point at each step."""
        for level, h in enumerate(self.steps):
            x = np.repeat(self.points, count, axis=0)
            positions, logs = self.step(x.copy(), self.t, float(h), np.random.default_rng(self.streams.spawn(1)[0]))
            moved, weight = positions - x, np.exp(logs)
            values = np.stack([weight * np.prod(moved ** np.array(alpha), axis=1) for alpha in alphas], axis=1)
            for i, own in enumerate(np.split(values, len(self.points))):
                self.sums[level][i].add(own)

    def errors(self, alphas: Sequence[Alpha]) -> tuple[Array, Array]:
        """(steps, points, moments), with covariances (steps, points, moments, moments)."""
        exact = np.array(
            [
                [[own.coefficients(alpha) @ h ** np.arange(own.most + 1) for alpha in alphas] for own in self.expansions]
                for h in self.steps
            ]
        )
        means = np.array([[own.mean for own in row] for row in self.sums])
        return means - exact, np.array([[own.covariance for own in row] for row in self.sums])


def fit(steps: Array, errors: Array, covariances: Array, k: int) -> tuple[Array, Array]:
    """c of δ = c hᵏ + …, (points, moments), with its covariances (points, moments, moments); by least squares in δ/√var."""
    typical = np.sqrt(np.maximum(np.einsum("lpaa->l", covariances), 1e-300))
    design = np.stack([steps ** (k + j) / typical for j in range(BEYOND)], axis=1)
    rows = np.linalg.pinv(design)[0] / typical
    return np.einsum("l,lpa->pa", rows, errors), np.einsum("l,lpab->pab", rows**2, covariances)


def amount(mistake: Mistake, own: Sequence[int], c: Array, covariance: Array) -> tuple[float, float]:
    """θ with its standard error."""
    v = mistake.defect
    norm = float(np.sum(v * v))
    part = covariance[:, own][:, :, own]
    return float(np.sum(c[:, own] * v)) / norm, math.sqrt(max(float(np.einsum("pa,pab,pb->", v, part, v)), 0.0)) / norm


def candidates(
    catalogue: Catalogue, degrees: Sequence[Sequence[Alpha]], order: int
) -> Iterator[tuple[int, int, list[Alpha], Mistake]]:
    """(degree, k, moments, mistake) of what a step of this order may not do."""
    for own in degrees:
        degree = sum(own[0])
        for k in range(1, order + 1):
            for mistake in catalogue.mistakes(degree, k, own):
                yield degree, k, list(own), mistake


def amounts(
    levels: Levels, catalogue: Catalogue, degrees: Sequence[Sequence[Alpha]], order: int, level: float, samples: int
) -> tuple[list[Check], list[str]]:
    """Draws until each mistake is found, or would have been; or the budget is used."""
    alphas = [alpha for own in degrees for alpha in own]
    place = {alpha: i for i, alpha in enumerate(alphas)}
    listed = list(candidates(catalogue, degrees, order))
    each = level / (max(len(listed), 1) * LOOKS)
    first = max(samples // (len(levels.steps) * len(levels.points) * 2 ** (LOOKS - 1)), 64)
    checks: list[Check] = []
    found: list[tuple[float, str]] = []
    for look in range(LOOKS):
        for _ in range(1 if look == 0 else 2 ** (look - 1)):
            levels.draw(first, alphas)
        errors, covariances = levels.errors(alphas)
        checks, found = [], []
        lowest: dict[int, int] = {}
        for degree, k, own, mistake in listed:
            if lowest.get(degree, k) < k:
                continue
            c, covariance = fit(levels.steps, errors, covariances, k)
            where = [place[alpha] for alpha in own]
            theta, stderr = amount(mistake, where, c, covariance)
            _, p = judged(theta, stderr)
            wrong, seen = p < each, detectable(stderr, each)
            word: Word = "fail" if wrong else "pass" if seen <= AMOUNT else "inconclusive"
            checks.append(Check(f"not: {mistake.says}", word, theta, 0.0, stderr, bound(each) * stderr, p, seen))
            if wrong:
                lowest[degree] = k
                off = c[:, where] - mistake.defect
                found.append((float(np.sum(off**2)) / float(np.sum(mistake.defect**2)), mistake.says))
        if found or all(own.verdict == "pass" for own in checks):
            break
    # A wrong moment has a part along several mistakes; the closest is the cause.
    found.sort()
    return checks, [says for off, says in found if off <= 2.0 * found[0][0] + 0.05][:2] if found else []
