"""The statistics that checks share."""

from __future__ import annotations

import math
from statistics import NormalDist

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]

#: The quantile behind "would have been found with probability 0.99".
FOUND = NormalDist().inv_cdf(0.99)


def two_sided(z: float) -> float:
    """P(|N(0, 1)| ≥ |z|)."""
    return math.erfc(abs(z) / math.sqrt(2.0)) if math.isfinite(z) else 0.0


def bound(level: float) -> float:
    """The z beyond which a two-sided test at this level fails."""
    return -NormalDist().inv_cdf(0.5 * level)


def detectable(stderr: float, level: float) -> float:
    """The shift that a two-sided test at this level finds with probability 0.99."""
    return (bound(level) + FOUND) * stderr


def judged(value: float, stderr: float) -> tuple[float, float]:
    """z and p of a difference from zero. Zero spread is no certainty that something is wrong: only a difference is."""
    if stderr > 0.0:
        z = value / stderr
        return z, two_sided(z)
    return (0.0, 1.0) if value == 0.0 else (math.copysign(math.inf, value), 0.0)


def corrected_for_skew(z: float, skewness: float, count: int) -> float:
    """A z of a mean of skewed draws, made closer to a normal one by Hall's monotone cubic (1992, J. R. Stat. Soc. B 54)."""
    g = skewness / math.sqrt(count)
    return z + g * (z * z / 3.0 + 1.0 / 6.0) + g * g * z**3 / 27.0


def pareto_shape(values: Array) -> float:
    """k̂, the shape of a generalised Pareto distribution fitted to the largest values (Zhang and Stephens 2009).

    Below ½ the variance is finite, below 1 the mean. −∞ where all values are equal, NaN for fewer than 25.
    """
    n = len(values)
    if n < 25:
        return math.nan
    ordered = np.sort(values)
    tail = int(min(n // 5, math.ceil(3.0 * math.sqrt(n))))
    excess = ordered[-tail:] - ordered[-tail - 1]
    excess = excess[excess > 0.0]
    if len(excess) < 5:
        return -math.inf
    count, largest = len(excess), excess[-1]
    quartile = excess[int(count / 4 + 0.5) - 1]
    grid = 30 + int(math.sqrt(count))
    places = np.arange(1, grid + 1)
    b = 1.0 / largest + (1.0 - np.sqrt(grid / (places - 0.5))) / (3.0 * quartile)
    k = np.mean(np.log1p(-b[:, None] * excess[None, :]), axis=1)
    likelihood = count * (np.log(-b / k) - k - 1.0)
    weights = np.exp(likelihood - likelihood.max())
    best = float(np.sum(b * weights) / np.sum(weights))
    shape = float(np.mean(np.log1p(-best * excess)))
    # The prior of that paper's successors: ten values with the shape ½.
    return (count * shape + 5.0) / (count + 10.0)


#: All pairs of components are looked at up to this dimension, and neighbours beyond.
PAIRED = 12


def paired(dimension: int) -> list[tuple[int, int]]:
    """The pairs of components whose dependence is looked at."""
    reach = dimension if dimension <= PAIRED else 2
    return [(i, j) for i in range(dimension) for j in range(i + 1, min(i + reach, dimension))]


def row_dependence(values: Array) -> tuple[float, float]:
    """How much larger the variance of the mean over rows is than for independent rows, and how many standard errors off 1 that is.

    ``values`` (seeds, rows) are of rows that are drawn anew with each seed. The ratio has a χ² law but for the kurtosis of the mean, which
    is counted; z is by Wilson and Hilferty's root. NaN where nothing varies.
    """
    seeds, rows = values.shape
    off = values - values.mean(axis=0)
    squares = np.sum(off**2, axis=0) / (seeds - 1)
    whole = float(squares.sum())
    # Functions are of the order 1: less is rounding.
    if not whole > 1e-20:
        return math.nan, 0.0
    ratio = float(np.var(off.sum(axis=1), ddof=1)) / whole
    kurtosis = max(float(np.sum(np.mean(off**4, axis=0) - 3.0 * squares**2)) / whole**2, 0.0)
    spread = 2.0 / (9.0 * (seeds - 1)) * (1.0 + 0.5 * kurtosis)
    return ratio, (ratio ** (1.0 / 3.0) - (1.0 - spread)) / math.sqrt(spread)


#: Fewest effective terms of a sum that is taken to be normal.
MANY = 200.0


def row_correlation(values: Array, gap: int) -> tuple[float, float]:
    """The correlation of rows that are so far apart, over all of them, with its standard errors; ``values`` are (seeds, rows)."""
    off = values - values.mean(axis=0)
    first, second = off[:, :-gap], off[:, gap:]
    products = first * second
    # Of independent rows the products are uncorrelated, even of neighbouring pairs.
    squares = products**2
    noise = math.sqrt(float(np.sum(squares)))
    size = math.sqrt(float(np.sum(first**2)) * float(np.sum(second**2)))
    # Too few rows that move at all have no normal sum.
    if not size > 1e-20 or float(np.sum(squares)) ** 2 < MANY * float(np.sum(squares**2)):
        return math.nan, 0.0
    return float(products.sum()) / size, float(products.sum()) / noise
