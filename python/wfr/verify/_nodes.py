"""Quadrature for the noise of one step."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]
Noise = str | Sequence[str]

KINDS = ("gaussian", "three-point", "two-point", "uniform")
#: Nodes of a Gaussian at most; there are fewer where their product would be more than MOST.
GAUSSIAN = 14
MOST = 4096


def line(kind: str, count: int) -> tuple[Array, Array]:
    """Nodes and weights of one variate."""
    if kind == "gaussian":
        nodes, weights = np.polynomial.hermite_e.hermegauss(count)
        return nodes, weights / math.sqrt(2.0 * math.pi)
    if kind == "uniform":
        nodes, weights = np.polynomial.legendre.leggauss(count)
        return 0.5 * (nodes + 1.0), 0.5 * weights
    if kind == "three-point":
        return math.sqrt(3.0) * np.array([-1.0, 0.0, 1.0]), np.array([1.0, 4.0, 1.0]) / 6.0
    if kind == "two-point":
        return np.array([-1.0, 1.0]), np.array([0.5, 0.5])
    raise ValueError(f"noise: found {kind!r}; expected one of {', '.join(KINDS)}")


def nodes(noise: Noise, variates: int, order: int) -> tuple[Array, Array]:
    """(q, variates) nodes and (q,) weights.

    ``gaussian`` is N(0, 1), ``three-point`` is ±√3 and 0, ``two-point`` is ±1, ``uniform`` is uniform on (0, 1). With q nodes
    for a Gaussian, moments of a step are exact up to O(h^q).
    """
    kinds = [noise] * variates if isinstance(noise, str) else list(noise)
    if len(kinds) != variates:
        raise ValueError(f"noise: found {len(kinds)} names; expected one for each of {variates} variates")
    fine = [kind for kind in kinds if kind in ("gaussian", "uniform")]
    coarse = math.prod(len(line(kind, 1)[0]) for kind in kinds if kind not in ("gaussian", "uniform"))
    count = GAUSSIAN
    while len(fine) * math.log(count) + math.log(coarse) > math.log(MOST) and count > order + 2:
        count -= 1
    lines = [line(kind, count) for kind in kinds]
    if not lines:
        return np.zeros((1, 0)), np.ones(1)
    grid = np.stack(np.meshgrid(*[own[0] for own in lines], indexing="ij"), axis=-1).reshape(-1, variates)
    weights = np.ones(1)
    for own in lines:
        weights = np.outer(weights, own[1]).ravel()
    return grid, weights
