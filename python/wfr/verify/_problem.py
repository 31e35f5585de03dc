"""The problem that a step is to solve."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from .._functions import reads_time

Array = npt.NDArray[np.float64]
Batch = Callable[..., Any]


@dataclass(frozen=True)
class Problem:
    """dX = a(X, t) dt + g(X, t) dW with the weight exp(−∫ c(X, t) dt), and where steps for it are tried.

    Coefficients take x, an array (n, d) of float64, or x and the time t. They have to be smooth around the points.
    """

    #: a: (n, d); for d = 1 also (n,).
    drift: Batch | None = None
    #: g: (n,) for a multiple of the identity, (n, d) for a diagonal, (n, d, m); or one number.
    noise: Batch | float | None = None
    #: c: (n,). Weights are exp(−∫ c dt); a growth rate is −c.
    rate: Batch | None = None
    dimension: int = 1
    #: V: (n,), in place of a drift: a = −∇V, and g = √2 unless noise is given.
    potential: Batch | None = None
    #: The calculus in which drift and noise are written.
    interpretation: Literal["ito", "stratonovich"] = "ito"
    #: (n, d), where steps are tried; without it, points around the origin at distances of about 1.
    points: npt.ArrayLike | None = None
    #: The time at which steps begin.
    time: float = 0.3

    def __post_init__(self) -> None:
        if (self.drift is None) == (self.potential is None):
            raise ValueError("Problem: expected either drift=… or potential=…")
        if self.potential is None and self.noise is None:
            raise ValueError("Problem: found no noise; expected noise=…, which may be 0.0")
        if self.interpretation not in ("ito", "stratonovich"):
            raise ValueError(f"Problem: found interpretation={self.interpretation!r}; expected 'ito' or 'stratonovich'")
        if not 1 <= self.dimension <= 6:
            raise ValueError(f"Problem: found dimension={self.dimension}; expected 1 to 6")

    @classmethod
    def kinetic(cls, force: Batch, friction: float, *, dimension: int = 1, rate: Batch | None = None) -> Problem:
        """Kinetic Langevin dynamics at temperature and mass 1: x holds ``dimension`` positions, then as many momenta."""

        def drift(x: Array) -> Array:
            q, p = x[:, :dimension], x[:, dimension:]
            return np.concatenate([p, columns(force(q), "force", dimension) - friction * p], axis=1)

        def noise(x: Array) -> Array:
            matrix = np.vstack([np.zeros((dimension, dimension)), np.sqrt(2.0 * friction) * np.eye(dimension)])
            return np.broadcast_to(matrix, (len(x), *matrix.shape))

        return cls(drift=drift, noise=noise, rate=rate, dimension=2 * dimension)

    @property
    def timed(self) -> bool:
        """Whether a coefficient reads the time."""
        given = {"drift": self.drift, "noise": self.noise, "rate": self.rate, "potential": self.potential}
        return any(callable(own) and reads_time(own, name) for name, own in given.items())

    def places(self, count: int) -> Array:
        """Where steps are tried, (n, d)."""
        if self.points is None:
            # On both sides of 0; on a line from −2 to 2, each halfway between those before.
            if self.dimension == 1:
                halves = [int(f"{k:b}"[::-1], 2) / 2 ** k.bit_length() for k in range(1, count + 1)]
                return np.array(halves)[:, None] * 4.0 - 1.963
            half = np.random.default_rng(20231).normal(size=((count + 1) // 2, self.dimension))
            return np.asarray(np.stack([half, -half], axis=1).reshape(-1, self.dimension)[:count])
        own = np.array(self.points, dtype=np.float64)
        if own.ndim == 1 and self.dimension == 1:
            own = own[:, None]
        if own.ndim != 2 or own.shape[1] != self.dimension or not np.isfinite(own).all():
            raise ValueError(
                f"points: found an array of shape {own.shape}; expected finite numbers (n, {self.dimension})"
            )
        return own

    def drift_or_potential(self, x: Array, t: float) -> Array:
        """a (n, d), or V (n, 1)."""
        if self.drift is not None:
            return columns(called(self.drift, x, t, "drift"), "drift", self.dimension)
        assert self.potential is not None
        return columns(called(self.potential, x, t, "potential"), "potential", 1)

    def noise_matrix(self, x: Array, t: float) -> Array:
        """g, (n, d, m)."""
        d = self.dimension
        if self.noise is None or not callable(self.noise):
            scale = np.sqrt(2.0) if self.noise is None else float(self.noise)
            return np.broadcast_to(scale * np.eye(d), (len(x), d, d))
        own = called(self.noise, x, t, "noise")
        if own.shape == (len(x),):
            return own[:, None, None] * np.eye(d)
        if own.shape == (len(x), d):
            return own[:, :, None] * np.eye(d)
        if own.ndim == 3 and own.shape[:2] == (len(x), d):
            return own
        raise ValueError(f"noise: found an array of shape {own.shape}; expected (n,), (n, {d}) or (n, {d}, m)")

    def rates(self, x: Array, t: float) -> Array:
        """c, (n,)."""
        if self.rate is None:
            return np.zeros(len(x))
        return columns(called(self.rate, x, t, "rate"), "rate", 1)[:, 0]


def called(own: Batch, x: Array, t: float, name: str) -> Array:
    """The values of a coefficient, as float64."""
    result = own(x, t) if reads_time(own, name) else own(x)
    array = np.asarray(result)
    if array.dtype != np.float64:
        raise ValueError(f"{name}: found an array of {array.dtype}; expected float64")
    return array


def columns(own: Any, name: str, count: int) -> Array:
    """The values as an array (n, count)."""
    array = np.asarray(own, dtype=np.float64)
    if count == 1 and array.ndim == 1:
        return array[:, None]
    if array.ndim != 2 or array.shape[1] != count:
        raise ValueError(f"{name}: found an array of shape {array.shape}; expected (n, {count})")
    return array
