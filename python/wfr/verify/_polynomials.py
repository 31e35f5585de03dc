"""Truncated polynomials in space and time around a point, as vectors of their coefficients."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from functools import cached_property, lru_cache

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]
Whole = npt.NDArray[np.int64]


class Terms:
    """The monomials ξ^α τ^k with |α| + 2k ≤ ``most``: time counts twice, since an operator of order 2 equals one ∂ₜ."""

    def __init__(self, dimension: int, most: int, timed: bool) -> None:
        self.dimension, self.most, self.timed = dimension, most, timed
        powers = []
        for k in range(most // 2 + 1 if timed else 1):
            for alpha in itertools.product(range(most + 1), repeat=dimension):
                if sum(alpha) + 2 * k <= most:
                    powers.append((*alpha, k))
        powers.sort(key=lambda own: (sum(own[:-1]) + 2 * own[-1], own[-1], own))
        #: (terms, d + 1), the constant first; time is the last.
        self.powers: Whole = np.array(powers, dtype=np.int64)
        self.place = {own: i for i, own in enumerate(powers)}

    def __len__(self) -> int:
        return len(self.powers)

    @cached_property
    def products(self) -> tuple[Whole, Whole, Whole]:
        """(i, j, k) with term i times term j equal to term k."""
        base = (self.most + 1) ** np.arange(self.dimension + 1)
        keys = self.powers @ base
        order = np.argsort(keys)
        degree = self.powers[:, :-1].sum(axis=1) + 2 * self.powers[:, -1]
        i, j = np.nonzero(degree[:, None] + degree[None, :] <= self.most)
        k = order[np.searchsorted(keys[order], keys[i] + keys[j])]
        return i, j, k

    def times(self, a: Array, b: Array) -> Array:
        """The product of two polynomials."""
        i, j, k = self.products
        return np.asarray(np.bincount(k, a[i] * b[j], minlength=len(self)), dtype=np.float64)

    def adjoint(self, a: Array, row: Array) -> Array:
        """The functional p ↦ row(a p)."""
        i, j, k = self.products
        return np.asarray(np.bincount(j, a[i] * row[k], minlength=len(self)), dtype=np.float64)

    @lru_cache(maxsize=None)  # noqa: B019 — there are few objects, which are kept for good.
    def derivative(self, axis: int) -> Array:
        """The matrix of ∂ along an axis; −1 is time."""
        matrix = np.zeros((len(self), len(self)))
        for own, i in self.place.items():
            power = own[axis]
            if power:
                lower = list(own)
                lower[axis] -= 1
                matrix[self.place[tuple(lower)], i] = power
        return matrix

    def fitted(self, values: Callable[[Array, float], Array], x: Array, t: float, radius: float) -> Array:
        """Coefficients (terms, outputs) of a function of (n, d) points and a time, around x and t.

        It is interpolated at Chebyshev points in a cube of this half side.
        """
        d = self.dimension
        count = self.most + {1: 8, 2: 6, 3: 4}.get(d, 2)
        moments = self.most // 2 + 5 if self.timed else 1
        space, inverse = chebyshev(count)
        clock, clock_inverse = chebyshev(moments)
        corners = np.stack(np.meshgrid(*[space] * d, indexing="ij"), axis=-1).reshape(-1, d)
        found = np.stack([values(x + radius * corners, t + radius * own) for own in clock])
        outputs = found.shape[-1]
        array = found.reshape(moments, *[count] * d, outputs)
        array = np.moveaxis(np.tensordot(clock_inverse, array, axes=(1, 0)), 0, 0)
        for axis in range(1, d + 1):
            array = np.moveaxis(np.tensordot(inverse, array, axes=(1, axis)), 0, axis)
        picked = array[(self.powers[:, -1], *self.powers[:, :-1].T)]
        return np.asarray(picked / radius ** self.powers.sum(axis=1)[:, None])


@lru_cache(maxsize=None)
def terms_of(dimension: int, most: int, timed: bool) -> Terms:
    """Those terms, made once."""
    return Terms(dimension, most, timed)


@lru_cache(maxsize=None)
def chebyshev(count: int) -> tuple[Array, Array]:
    """Chebyshev points in (−1, 1), and the matrix from values there to coefficients of powers."""
    if count == 1:
        return np.zeros(1), np.ones((1, 1))
    points = np.cos(np.pi * (np.arange(count) + 0.5) / count)
    series = np.cos(np.outer(np.arange(count), np.arccos(points))) * (2.0 / count)
    series[0] *= 0.5
    powers = np.zeros((count, count))
    for k in range(count):
        row = np.polynomial.chebyshev.cheb2poly(np.eye(count)[k])
        powers[: len(row), k] = row
    return points, powers @ series
