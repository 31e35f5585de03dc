"""The exact moments of one step, as power series in its length: E[(X_h − x)^α exp(−∫c)] = Σ hᵏ/k! Lᵏ(· − x)^α (x).

The generator L acts on polynomials, which the coefficients of the problem are interpolated by. Nothing here knows any scheme.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from ._polynomials import Array, Terms, terms_of
from ._problem import Problem

RADII = (1.0, 0.5, 0.25, 0.125, 0.0625, 0.03125)
#: A relative error of the series at which no other radius is tried.
GOOD = 1e-12
#: The same from which on other points are tried, and so many times the number that is wanted.
POOR = 1e-8
TRIED = 3


@dataclass(frozen=True)
class Local:
    """The coefficients as polynomials around a point, and what follows from them."""

    terms: Terms
    #: (terms, d), Itô's.
    drift: Array
    #: (terms, d, m).
    noise: Array
    #: (terms,).
    rate: Array
    #: (terms, d): ½ Σ (gⱼ·∇)gⱼ.
    correction: Array

    @cached_property
    def derivatives(self) -> list[Array]:
        return [self.terms.derivative(axis) for axis in range(self.terms.dimension)]

    @cached_property
    def diffusion(self) -> Array:
        """ggᵀ, (terms, d, d)."""
        d, m = self.noise.shape[1:]
        whole = np.zeros((len(self.terms), d, d))
        for i in range(d):
            for j in range(i + 1):
                for k in range(m):
                    if self.noise[:, i, k].any() and self.noise[:, j, k].any():
                        whole[:, i, j] += self.terms.times(self.noise[:, i, k], self.noise[:, j, k])
                whole[:, j, i] = whole[:, i, j]
        return whole

    # Operators act on functionals of polynomials from the right, as row vectors; the value at the point is the first one.

    @property
    def value(self) -> Array:
        row = np.zeros(len(self.terms))
        row[0] = 1.0
        return row

    def transport(self, row: Array) -> Array:
        """a·∇."""
        found = np.zeros(len(self.terms))
        for i, derivative in enumerate(self.derivatives):
            found += self.terms.adjoint(self.drift[:, i], row) @ derivative
        return found

    def spreading(self, row: Array) -> Array:
        """½ ggᵀ:∇²."""
        found = np.zeros(len(self.terms))
        for i, first in enumerate(self.derivatives):
            for j, second in enumerate(self.derivatives):
                if self.diffusion[:, i, j].any():
                    found += 0.5 * self.terms.adjoint(self.diffusion[:, i, j], row) @ first @ second
        return found

    def clock(self, row: Array) -> Array:
        """∂ₜ."""
        return row @ self.terms.derivative(-1) if self.terms.timed else np.zeros(len(self.terms))

    def generator(self, row: Array) -> Array:
        """L, without the rate."""
        return self.transport(row) + self.spreading(row) + self.clock(row)

    def rows(self, most: int) -> Array:
        """(most + 1, terms): Lᵏ of each monomial at the point, over k!, with the rate."""
        rows = [self.value]
        for k in range(1, most + 1):
            row = self.generator(rows[-1])
            if self.rate.any():
                row = row - self.terms.adjoint(self.rate, rows[-1])
            rows.append(row / k)
        return np.array(rows)


def local(problem: Problem, x: Array, t: float, radius: float, degree: int) -> Local:
    """The coefficients around x, to this weighted degree."""
    terms = terms_of(problem.dimension, degree + (1 if problem.potential is not None else 0), problem.timed)
    drift = terms.fitted(problem.drift_or_potential, x, t, radius)
    if problem.potential is not None:
        slopes = [-terms.derivative(axis) @ drift[:, 0] for axis in range(problem.dimension)]
        drift = np.stack(slopes, axis=1)
    size, m = len(x), problem.noise_matrix(x[None, :], t).shape[2]

    def flat(points: Array, time: float) -> Array:
        return problem.noise_matrix(points, time).reshape(len(points), -1)

    if callable(problem.noise):
        noise = terms.fitted(flat, x, t, radius).reshape(-1, size, m)
    else:
        noise = np.zeros((len(terms), size, m))
        noise[0] = problem.noise_matrix(x[None, :], t)[0]
    rate = np.zeros(len(terms))
    if problem.rate is not None:
        rate = terms.fitted(lambda points, time: problem.rates(points, time)[:, None], x, t, radius)[:, 0]
    correction = np.zeros((len(terms), size))
    for axis in range(size):
        derivative = terms.derivative(axis)
        for k in range(m):
            along = derivative @ noise[:, :, k]
            if along.any():
                correction += 0.5 * np.stack([terms.times(noise[:, axis, k], own) for own in along.T], axis=1)
    if problem.interpretation == "stratonovich":
        drift = drift + correction
    return Local(terms, drift, noise, rate, correction)


class Expansion:
    """The series at one point, with its error."""

    def __init__(self, problem: Problem, x: Array, t: float, most: int) -> None:
        self.most, self.x = most, x
        radii = RADII if problem.dimension <= 2 else RADII[1:4]
        best = math.inf
        for radius in radii:
            with np.errstate(all="ignore"):
                near = local(problem, x, t, radius, 2 * most)
                rows = near.rows(most)
                other = local(problem, x, t, 0.8 * radius, 2 * most).rows(most)
            # By the size that each term has in a step of length 1/100.
            sizes = 0.01 ** np.arange(most + 1)[:, None]
            scale = np.maximum(np.abs(rows * sizes).max(axis=0), 1e-30)
            relevant = near.terms.powers[:, -1] == 0
            error = np.abs((rows - other) * sizes).max(axis=0) / scale
            worst = float(np.max(error[relevant])) if np.isfinite(rows).all() and np.isfinite(error).all() else math.inf
            if worst < best:
                best, self.local, self._rows, self._errors = worst, near, rows, np.abs(rows - other)
            if worst < GOOD:
                break
        #: Relative, by the size of each term in a step of length 1/100.
        self.worst = best
        if not math.isfinite(best):
            raise ValueError(
                f"the coefficients are not finite around x = {x.tolist()}; expected points=… of the problem inside of its domain"
            )

    def coefficients(self, alpha: tuple[int, ...]) -> Array:
        """Those of h⁰, h¹, … in E[(X − x)^α exp(−∫c)]."""
        return self._rows[:, self.local.terms.place[(*alpha, 0)]]

    def errors(self, alpha: tuple[int, ...]) -> Array:
        """By how much those may be off: the difference between two interpolations."""
        return self._errors[:, self.local.terms.place[(*alpha, 0)]]


def expansions_of(problem: Problem, count: int, most: int) -> list[Expansion]:
    """The series at the points of the problem; at ``count`` points of ours if it has none, where they are known best."""
    if problem.points is not None:
        return [Expansion(problem, x, problem.time, most) for x in problem.places(count)]
    found: list[Expansion] = []
    for place, x in enumerate(problem.places(TRIED * count)):
        if place >= count and max(own.worst for own in found) <= POOR:
            break
        found = sorted([*found, Expansion(problem, x, problem.time, most)], key=lambda own: own.worst)[:count]
    return found


def unknown(expansions: Sequence[Expansion]) -> str:
    """Why moments are not judged, with the point where they are known worst."""
    worst = max(expansions, key=lambda own: own.worst)
    return (
        f"the exact moments are not known well enough: around x = {np.round(worst.x, 6).tolist()} two interpolations of the coefficients "
        f"differ by {worst.worst:.1g}, relatively; expected points=… around which they are smooth on a scale of {RADII[3]}"
    )
