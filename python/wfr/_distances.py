"""Distances between clouds of points with masses, as intervals that hold the true value, and geodesics."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from . import _wfr

Array = npt.NDArray[np.float64]
Indices = npt.NDArray[np.int64]
Weights = tuple[npt.ArrayLike | None, npt.ArrayLike | None] | Array

KINDS = ("wfr", "w2", "spherical", "hellinger")


@dataclass(frozen=True, eq=False)
class Distance:
    """An interval that holds a distance, and what proves it; see :func:`distance`."""

    #: "wfr", "w2", "spherical" or "hellinger".
    kind: str
    #: The value of the potentials, less rounding: the truth is not below. Squared, but of "spherical".
    lower: float
    #: The value of the plan, and rounding: the truth is not above.
    upper: float
    #: Whether the relative gap that was asked for was reached, or the interval is rounding, as between a measure and itself.
    met: bool
    #: The mass that goes from x[i] to y[j], where there is any: arrays i, j and mass. Empty for "hellinger".
    plan: tuple[Indices, Indices, Array]
    #: a of the points x and b of the points y, with a[i] + b[j] ≤ cost(x[i], y[j]); inf where nothing is in reach. Empty for
    #: "hellinger".
    potentials: tuple[Array, Array]

    def __repr__(self) -> str:
        reached = "met" if self.met else "not met"
        return f"<wfr.Distance {self.kind}: between {self.lower!r} and {self.upper!r}, gap {self.gap:.1e}, {reached}>"

    @property
    def gap(self) -> float:
        """(upper − lower)/upper."""
        return (self.upper - self.lower) / self.upper if self.upper > 0.0 else 0.0

    @property
    def value(self) -> float:
        """The middle of the interval."""
        return 0.5 * (self.lower + self.upper)

    def matrix(self) -> Array:
        """The plan as a full matrix (len(x), len(y)), as POT has it."""
        i, j, mass = self.plan
        full = np.zeros((len(self.potentials[0]), len(self.potentials[1])))
        np.add.at(full, (i, j), mass)
        return full


class Geodesic:
    """The shortest curve between two measures; see :func:`geodesic`."""

    def __init__(self, x: Array, a: Array, y: Array, b: Array, delta: float, distance: Distance) -> None:
        self._ends = (x, a, y, b, delta)
        self._curve = _wfr.Curve(x, a, y, b, delta, distance.plan)
        #: The distance between the ends, with the plan that the curve follows.
        self.distance = distance

    def __reduce__(self) -> tuple[type[Geodesic], tuple[Any, ...]]:
        return type(self), (*self._ends, self.distance)

    def __repr__(self) -> str:
        return f"<wfr.Geodesic of {self.distance!r}>"

    def at(self, t: float) -> tuple[Array, Array]:
        """Points (k, d) and masses (k,) at the time t: x at 0 and y at 1. Points may coincide, or have no mass."""
        t = number("t", t)
        if not 0.0 <= t <= 1.0:
            raise ValueError(f"t: found {t}; expected a time between 0, where the curve is x, and 1, where it is y")
        points, masses = self._curve.at(t)
        return points.reshape(-1, self._ends[0].shape[1]), masses


def distance(
    x: npt.ArrayLike,
    y: npt.ArrayLike,
    *,
    weights: Weights = (None, None),
    delta: float | None = None,
    kind: str = "wfr",
    tolerance: float = 1e-10,
) -> Distance:
    """The distance between two measures, as an interval that holds it with certainty, rounding included.

    ``x`` (n, d) and ``y`` (m, d) are points, ``weights`` their masses (n,) and (m,), which need not sum to 1; None is mass
    1/n at each point. ``kind`` is

    - ``"wfr"``: the squared Wasserstein–Fisher–Rao (Hellinger–Kantorovich) distance
      S = min KL(γ₁|μ) + KL(γ₂|ν) + Σ c γ with c = −log cos²(|x − y|/2δ), infinite from |x − y| = πδ on. ``delta`` is the
      length scale δ: mass moves over shorter distances, and vanishes and appears instead of going farther.
    - ``"w2"``: the squared Wasserstein distance of order 2, for equal masses; no ``delta``. Masses that differ by less than
      1e-9 of them are taken for equal: those of y are scaled.
    - ``"spherical"``: arccos(1 − S/2), a distance between probability measures; masses within 1e-9 of 1 are taken for 1.
    - ``"hellinger"``: Σ(√m − √n)² for masses on the same points, to which S tends for δ → 0; no ``delta``.

    ``tolerance`` is the width of the interval, relative to its upper end, that is asked for. Raises ``ValueError`` that names
    the argument, what was found and what would be right.

    >>> wfr.distance([[0.0]], [[0.8]], weights=([1.0], [2.0]), delta=1.0).value  # 3 − 2√2 cos 0.4
    0.39480...
    """
    if kind not in KINDS:
        raise ValueError(f"kind: found {kind!r}; expected one of {', '.join(KINDS)}")
    (x, a), (y, b) = measures(x, y, weights)
    tolerance = number("tolerance", tolerance)
    if not 0.0 < tolerance < 1.0:
        raise ValueError(f"tolerance: found {tolerance}; expected a relative width between 0 and 1, as 1e-10")
    if kind in ("w2", "hellinger"):
        if delta is not None:
            raise ValueError(f"delta: found {delta!r} for kind {kind!r}; expected it for 'wfr' and 'spherical' alone")
        scale = 1.0
    else:
        scale = length(delta)
    if kind == "hellinger":
        if x.shape != y.shape:
            raise ValueError(f"y: found points of shape {y.shape} for {x.shape}; expected the same points on both sides")
        none, empty = np.zeros(0, np.int64), np.zeros(0)
        value = _wfr.hellinger(x, a, y, b)
        # Compensated sums of terms that are known to a few units.
        room = 16.0 * float(np.finfo(float).eps) * value
        return Distance(kind, value - room, value + room, True, (none, none, empty), (empty, empty))
    (lower, upper), met, plan, potentials = _wfr.distance(kind, x, a, y, b, scale, tolerance)
    return Distance(kind, lower, upper, met, plan, potentials)


def geodesic(
    x: npt.ArrayLike,
    y: npt.ArrayLike,
    *,
    weights: Weights = (None, None),
    delta: float,
    tolerance: float = 1e-10,
) -> Geodesic:
    """The shortest curve between two measures in the Wasserstein–Fisher–Rao geometry; arguments as of :func:`distance`.

    Mass moves on straight lines at changing speed, grows and shrinks on the way, and vanishes and appears where moving it
    would cost more. The total mass is (1 − t)M + tN − t(1 − t)S.
    """
    found = distance(x, y, weights=weights, delta=delta, tolerance=tolerance)
    (x, a), (y, b) = measures(x, y, weights)
    return Geodesic(x, a, y, b, length(delta), found)


def measures(x: Any, y: Any, weights: Any) -> tuple[tuple[Array, Array], tuple[Array, Array]]:
    """Points and masses of both measures."""
    if not isinstance(weights, (tuple, list, np.ndarray)) or len(weights) != 2:
        raise ValueError(
            f"weights: found {type(weights).__name__}; expected a pair (masses of x, masses of y), of which each may be None"
        )
    return measure("x", x, weights[0]), measure("y", y, weights[1])


def measure(name: str, points: Any, masses: Any) -> tuple[Array, Array]:
    own = numbers(name, points, "points (n, d)")
    if own.ndim == 1:
        own = own[:, None]
    if own.ndim != 2 or 0 in own.shape:
        raise ValueError(f"{name}: found an array of shape {own.shape}; expected points (n, d), of which there is one at least")
    count = len(own)
    if masses is None:
        return own, np.full(count, 1.0 / count)
    place = f"weights[{'xy'.index(name)}]"
    mass = numbers(place, masses, f"masses ({count},)")
    if mass.shape != (count,):
        raise ValueError(f"{place}: found an array of shape {mass.shape}; expected ({count},), one mass for each point of {name}")
    return own, mass


def numbers(name: str, given: Any, expected: str) -> Array:
    """An array of float64 in C order."""
    if hasattr(given, "detach") and hasattr(given, "cpu"):
        given = given.detach().cpu()  # PyTorch.
    if np.ma.is_masked(given):
        raise ValueError(f"{name}: found masked entries; expected {expected} without them")
    array = np.asarray(given)
    if array.dtype.kind not in "iuf":
        raise ValueError(f"{name}: found an array of {array.dtype}; expected real numbers, {expected}")
    return np.ascontiguousarray(array, dtype=np.float64)


def number(name: str, given: Any) -> float:
    if not isinstance(given, (bool, str)):
        try:
            return float(given)
        except (TypeError, ValueError):
            pass
    raise ValueError(f"{name}: found {given!r}; expected a number")


def length(delta: Any) -> float:
    if delta is None:
        raise ValueError(
            "delta: found None; expected the length scale δ > 0: mass moves over distances below πδ. δ² = α/β makes the flow of "
            "wfr, with rates α of transport and β of reaction, the gradient flow of this distance"
        )
    scale = number("delta", delta)
    if not 0.0 < scale < float("inf"):
        raise ValueError(f"delta: found {scale}; expected a length δ > 0")
    return scale
