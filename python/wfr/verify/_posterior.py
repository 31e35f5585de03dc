"""Simulation-based calibration: whether the posteriors of a sampler are right on average over the prior.

A parameter from the prior, with data from it, is one more draw of the posterior of that data: its rank among L independent draws is
uniform on 0 … L (Talts, Betancourt, Simpson, Vehtari and Gelman 2018, arXiv:1804.06788). A sampler that returns the prior passes that;
it fails where the data turn the order round (Modrák et al. 2023, doi:10.1214/23-BA1404).
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from typing import Any

import numpy as np

from ._calls import Array
from ._statistics import FOUND, bound, corrected_for_skew, paired, two_sided
from ._verdict import Check, Verdict, Word, worst_first

#: Draws of each posterior among which ranks are taken, evenly spaced in what the sampler returns.
DRAWS = 99
#: Shapes of a law of ranks: polynomials of degree 1 to 4, and what is wrong where their means are negative, and positive.
SHAPES = (
    ("location", "draws are too large", "draws are too small"),
    ("spread", "posteriors are too wide", "posteriors are too narrow"),
    ("skewness", "the law of the ranks is skewed", "the law of the ranks is skewed"),
    ("tails", "the tails of the posteriors are too heavy", "the tails of the posteriors are too light"),
)
#: The same of the log-likelihood, which sees all components of the parameters at once.
FIT = (
    ("location", "draws fit their data too well: posteriors are too narrow", "draws fit their data too badly: posteriors are \
shifted, too wide, or their components lack the dependence that they should have"),
    ("spread", "how well draws fit their data varies too much", "how well draws fit their data varies too little"),
    *SHAPES[2:],
)
#: The same of sums of two components, which see how these depend on each other.
JOINT = (("spread", *2 * ("the dependence of two components, or their spread, is wrong",)),)
#: Draws of the prior that give the units of its components.
SCALED = 200
#: The same of ranks in an order that data turn round. Even polynomials are as before.
TURNED = (("location", *2 * ("posteriors follow the data too little, or too much",)), ("skewness", *SHAPES[2][1:]))
#: By a shift of one standard deviation of a normal posterior the mean of u changes by 1/(2√π).
PER_SHIFT = 0.5 / math.sqrt(math.pi)
#: Mean correlation of neighbouring draws above which they are not taken for independent.
CORRELATED = 0.05
#: A pass requires that a shift of so many standard deviations of the posterior would have been found.
ENOUGH = 1.0


def verify_posterior(
    prior: Callable[[np.random.Generator], Any],
    simulate: Callable[[Array, np.random.Generator], Any],
    sample: Callable[..., Any],
    *,
    log_likelihood: Callable[[Array, Any], Any] | None = None,
    runs: int = 400,
    seed: int = 0,
    level: float = 1e-4,
) -> Verdict:
    """Whether ``sample(data, rng)`` draws from the posterior of the parameters that ``prior(rng)`` and ``simulate(θ, rng)`` define.

    θ is an array (d,), or a number; ``sample`` returns draws (n, d), at least 99 and without weights: of a chain the part after
    the start, long enough for 99 draws that are almost independent. ``log_likelihood(θ, data)``, of draws (n, d) to (n,), sharpens
    the verdict, which is about ``runs`` posteriors, each of data of its own. Locations are in standard deviations of the posterior.
    """
    started = time.perf_counter()
    if runs < 100:
        raise ValueError(f"runs: found {runs}; expected 100 or more")
    rng = np.random.default_rng(seed)
    units = scales(prior, np.random.default_rng([seed, runs]))
    pairs = paired(len(units))
    below, sides, summaries, lags, count = [], [], [], [], 0
    for run in range(runs):
        own = np.random.default_rng([seed, run])
        truth = np.atleast_1d(np.asarray(prior(own), dtype=np.float64))
        data = simulate(truth, own)
        draws = chosen(sample(data, own), truth)
        count += len(draws)
        thinned = draws[np.linspace(0, len(draws) - 1, DRAWS).round().astype(int)]
        if len(truth) != len(units):
            raise ValueError("prior: found parameters of different lengths; expected the same for each call")
        sums, sum_ = (np.stack([x[..., i] / units[i] + x[..., j] / units[j] for i, j in pairs], -1) if pairs else x[..., :0]
                      for x in (thinned, truth))
        quantities, right = np.column_stack([thinned, sums]), np.append(truth, sum_)
        if log_likelihood is not None:
            logs = [np.asarray(log_likelihood(x, data), dtype=np.float64) for x in (thinned, truth[None])]
            if logs[0].shape != (DRAWS,) or logs[1].shape != (1,):
                raise ValueError(f"log_likelihood: found {logs[0].shape} for {DRAWS} draws; expected ({DRAWS},)")
            if any(np.isnan(own).any() for own in logs):
                raise ValueError("log_likelihood: found NaN; expected numbers, or -inf")
            quantities, right = np.column_stack([quantities, logs[0]]), np.append(right, logs[1])
        # Equal values, as of whole numbers, are put into a random order.
        equal = np.sum(quantities == right, axis=0)
        below.append(np.sum(quantities < right, axis=0) + rng.integers(0, equal + 1))
        summaries.append(summary(data))
        sides.append(below[-1][: len(truth)])
        lags.append(lag(thinned))
    ranks = np.array(below)
    names = [f"θ[{i}]" for i in range(len(units))]
    shapes: list[tuple[str, tuple[tuple[str, str, str], ...]]] = [(name, SHAPES) for name in names]
    shapes += [(f"θ[{i}] + θ[{j}], in units of the prior's spreads", JOINT) for i, j in pairs]
    if log_likelihood is not None:
        shapes.append(("the log-likelihood", FIT))
    # Where data are above their median, the order is turned round: given the data, ranks stay uniform.
    middle = float(np.median(summaries))
    turned = np.where((np.array(summaries) > middle)[:, None], DRAWS - np.array(sides), np.array(sides))
    each = level / (sum(len(own) for _, own in shapes) + len(TURNED) * turned.shape[1])
    checks = [check for (name, own), column in zip(shapes, ranks.T, strict=True) for check in judged(name, column, own, each)]
    for name, own in zip(names, turned.T, strict=True):
        checks += judged(f"{name}, turned by the data", own, TURNED, each)
    failed = sorted((own for own in checks if own.verdict == "fail"), key=lambda own: own.p_value or 0.0)
    causes = tuple(f"{own.name}: {own.says}" for own in failed[:1])
    checks.append(independent(np.array(lags), runs))
    subject = f"posteriors of {getattr(sample, '__name__', type(sample).__name__)}"
    return Verdict(subject, worst_first(checks), level, count, time.perf_counter() - started, causes)


def scales(prior: Callable[[np.random.Generator], Any], rng: np.random.Generator) -> Array:
    """The spreads of the parameters under the prior, by their quartiles: (d,)."""
    draws = [np.atleast_1d(np.asarray(prior(rng), dtype=np.float64)) for _ in range(SCALED)]
    if draws[0].ndim != 1:
        raise ValueError(f"prior: found an array of shape {draws[0].shape}; expected a number, or (d,)")
    if not all(np.isfinite(own).all() for own in draws):
        raise ValueError("prior: found NaN or infinity; expected finite parameters")
    if len({own.shape for own in draws}) > 1:
        raise ValueError("prior: found parameters of different lengths; expected the same for each call")
    low, high = np.quantile(np.array(draws), (0.25, 0.75), axis=0)
    return np.where(high > low, high - low, 1.0)


def chosen(result: Any, truth: Array) -> Array:
    """The draws, as (n, d)."""
    draws = np.asarray(result, dtype=np.float64)
    if draws.ndim == 1 and len(truth) == 1:
        draws = draws[:, None]
    if draws.ndim != 2 or draws.shape[1] != len(truth) or len(draws) < DRAWS:
        raise ValueError(
            f"sample: found an array of shape {draws.shape}; expected (n, {len(truth)}) with at least {DRAWS} draws"
        )
    if not np.isfinite(draws).all():
        raise ValueError("sample: found draws that are NaN or infinite; expected finite ones")
    return draws


def summary(data: Any) -> float:
    """One number of the data."""
    try:
        own = np.asarray(data, dtype=np.float64)
    except (TypeError, ValueError):
        return 0.0
    return float(own.mean()) if own.size and np.isfinite(own).all() else 0.0


def lag(draws: Array) -> Array:
    """The correlation of neighbouring draws, of each coordinate: (d,)."""
    off = draws - draws.mean(axis=0)
    square = np.sum(off * off, axis=0)
    products = np.sum(off[1:] * off[:-1], axis=0)
    # Of independent draws it is −1/n in the mean.
    return np.where(square > 0.0, products / np.where(square > 0.0, square, 1.0), 0.0) + 1.0 / len(draws)


def polynomials() -> Array:
    """Those of degree 1 to 4 in the rank, with mean 0 and variance 1 for uniform ranks: (4, 100)."""
    u = np.linspace(-1.0, 1.0, DRAWS + 1)
    q, r = np.linalg.qr(np.vander(u, len(SHAPES) + 1, increasing=True))
    return np.asarray((q * np.sign(np.diag(r))).T[1:] * math.sqrt(DRAWS + 1.0), dtype=np.float64)


def judged(name: str, ranks: Array, shapes: tuple[tuple[str, str, str], ...], each: float) -> list[Check]:
    """Whether ranks are uniform."""
    checks = []
    count = len(ranks)
    known = dict(zip((shape for shape, *_ in SHAPES), polynomials(), strict=True))
    for shape, negative, positive in shapes:
        own = known[shape]
        value, stderr = float(np.mean(own[ranks])), 1.0 / math.sqrt(count)
        p = two_sided(corrected_for_skew(value / stderr, float(np.mean(own**3)), count))
        wrong = negative if value < 0.0 else positive
        # The location in standard deviations of a normal posterior: the polynomial is √12 times the distance of u from ½.
        unit = 1.0 / (math.sqrt(12.0) * PER_SHIFT) if shape == "location" else 1.0
        seen = unit * (bound(each) + FOUND) * stderr
        few = shape == "location" and seen > ENOUGH
        word: Word = "fail" if p < each else "inconclusive" if few else "pass"
        says = wrong if word == "fail" else "too few runs" if few else ""
        title = f"{shape} of the ranks of {name}"
        tolerance = unit * bound(each) * stderr
        checks.append(Check(title, word, unit * value, 0.0, unit * stderr, tolerance, p, seen, says))
    return checks


def independent(lags: Array, runs: int) -> Check:
    """Whether draws are almost independent, without which ranks are not uniform."""
    means, stderrs = lags.mean(axis=0), lags.std(axis=0, ddof=1) / math.sqrt(runs)
    most = int(np.argmax(means))
    value, stderr = float(means[most]), float(stderrs[most])
    word: Word = "pass" if value <= CORRELATED + bound(1e-3 / len(means)) * stderr else "inconclusive"
    says = f"draws are correlated, so that ranks are not uniform: return a chain so long that {DRAWS} draws of it are not"
    return Check("independent draws", word, value, 0.0, stderr, says="" if word == "pass" else says)
