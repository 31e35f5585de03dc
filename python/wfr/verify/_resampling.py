"""Verification of resampling: from weights to the numbers of the particles that go on."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from ._calls import Array, Preserved, global_state
from ._counts import Counts, groups_of, vectors
from ._extremes import EXTREMES, extreme
from ._verdict import Check, Verdict, worst_first

Resample = Callable[..., Any]
Ancestors = npt.NDArray[np.int64]

#: Looks at the counts; the level is shared by them evenly.
LOOKS = 4


class Wrong(Exception):
    """What a resampler returned, where that is no list of ancestors."""


class Resampler:
    """A resampler with its results checked: whole numbers of particles."""

    def __init__(self, resample: Resample, n: int, log: bool, arrays: bool) -> None:
        self.resample, self.n, self.log, self.arrays = resample, n, log, arrays
        self.calls = 0

    def given(self, weights: Array) -> Array:
        """What the resampler takes: the weights, or their logarithms."""
        if not self.log:
            return weights.copy()
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.asarray(np.log(weights))

    def __call__(self, weights: Array, rng: np.random.Generator) -> Ancestors:
        return self.raw(self.given(weights), rng)

    def raw(self, given: Array, rng: np.random.Generator) -> Ancestors:
        self.calls += 1
        if self.arrays:
            return together(self.resample, given, rng, self.n)
        return ancestors_in(self.resample(given, rng), self.n)


def ancestors_in(result: Any, n: int) -> Ancestors:
    """The result as numbers of particles."""
    own = np.asarray(result)
    if own.ndim != 1 or len(own) != n:
        raise Wrong(f"an array of shape {own.shape} in place of ({n},) ancestors")
    if own.dtype.kind not in "iu":
        raise Wrong(f"an array of {own.dtype} in place of whole numbers")
    if n and not (0 <= int(own.min()) and int(own.max()) < n):
        raise Wrong(f"ancestors from {own.min()} to {own.max()}, of particles 0 to {n - 1}")
    return own.astype(np.int64)


def together(resample: Resample, given: Array, rng: np.random.Generator, n: int) -> Ancestors:
    """The ancestors that several arrays show, which have to be the same ones."""
    tags = np.arange(n)
    tables = (
        tags.astype(np.float64),
        np.stack([tags, -tags], axis=1).astype(np.float64),
        tags.copy(),
        np.exp(-tags / n),
    )
    result = resample(given, rng, *(table.copy() for table in tables))
    if not isinstance(result, (tuple, list)):
        raise Wrong(f"{type(result).__name__}, in place of as many arrays as were given ({len(tables)})")
    if len(result) != len(tables):
        raise Wrong(f"{len(result)} arrays, in place of as many as were given ({len(tables)})")
    first = ancestors_in(np.rint(np.asarray(result[0])).astype(np.int64), n)
    for place, (given_table, own) in enumerate(zip(tables, result, strict=True)):
        if not np.array_equal(np.asarray(own), given_table[first]):
            raise Wrong(
                f"array {place + 1} with rows of other ancestors than array 1: what belongs together is torn apart"
            )
    return first


def verify_resampling(
    resample: Resample,
    *,
    n: int = 24,
    log: bool = False,
    arrays: bool = False,
    variance: Literal["multinomial", "residual", "systematic"] | None = None,
    extremes: bool = True,
    samples: int = 8_192,
    seed: int = 0,
    level: float = 1e-4,
) -> Verdict:
    """Whether ``resample(weights, rng)`` gives ancestors (n,) with E[Nᵢ] = n wᵢ, and what it does with weights at the edge.

    Weights are float64 of the sum 1; with ``log=True`` log-weights, which need not be normalised. With ``arrays=True`` it is
    ``resample(weights, rng, *arrays)`` that returns as many arrays, whose rows have to descend from the same ancestors.
    ``variance`` claims a bound of Σ Var Nᵢ: that of multinomial resampling, n Σ wᵢ(1 − wᵢ); "residual", multinomial for what
    exceeds ⌊n wᵢ⌋; or "systematic", f(1 − f) with the fractions f of n wᵢ. ``samples`` is the number of calls for each
    of four weight vectors, at most.

    ``extremes`` tries the smallest and the largest uniform numbers, with which cumulated weights are often overrun.
    NaN, infinite, negative and all-zero weights have to raise: ancestors from them are silent nonsense.
    """
    started = time.perf_counter()
    if n < 4:
        raise ValueError(f"n: found {n}; expected 4 or more")
    if not 0.0 < level < 1.0:
        raise ValueError(f"level: found {level}; expected a probability between 0 and 1")
    own = Resampler(resample, n, log, arrays)
    causes: list[str] = []
    try:
        checks = habits(own, seed)
        checks += edges(own, extremes, seed)
        if not any(check.verdict == "fail" and check.name == "shared randomness" for check in checks):
            checks += unbiased(own, variance, samples, seed, level)
    except Wrong as error:
        checks = [Check("ancestors", "fail", says=f"it returned {error}")]
    # What is wrong for weights in the middle comes before what is at their edge.
    failed = sorted((check for check in checks if check.verdict == "fail"), key=lambda check: check.p_value is None)
    causes = [f"{check.name}: {check.says}" for check in failed]
    name = getattr(resample, "__name__", type(resample).__name__)
    seconds = time.perf_counter() - started
    return Verdict(f"{name} as a resampler", worst_first(checks), level, own.calls, seconds, tuple(causes))


def habits(own: Resampler, seed: int) -> list[Check]:
    """Arguments left alone, randomness of the generator alone, and the order of ancestors, which is only told."""
    weights = np.random.default_rng(20231).dirichlet(np.ones(own.n))
    given = own.given(weights)
    kept, before = given.copy(), global_state()
    with Preserved():
        first = own.raw(given, np.random.default_rng(seed))
        touched = global_state() != before
        np.random.seed(20231)
        again = own(weights, np.random.default_rng(seed))
    drawn = [own(weights, np.random.default_rng(seed + k)) for k in range(1, 17)]
    varied = any(not np.array_equal(first, other) for other in drawn)
    steady = not touched and np.array_equal(first, again)
    ordered = all(bool((np.diff(other) >= 0).all()) for other in drawn)
    return [
        Check("arguments", "pass")
        if np.array_equal(given, kept)
        else Check("arguments", "fail", says="it changes the weights"),
        Check("shared randomness", "pass")
        if steady
        else Check(
            "shared randomness", "fail", says="the same seed gives different ancestors: it draws from another generator"
        ),
        Check("seeds", "pass") if varied else Check("seeds", "fail", says="16 seeds give the same ancestors"),
        Check("order", "pass", says="ancestors are sorted" if ordered else "ancestors are not sorted"),
    ]


def edges(own: Resampler, extremes: bool, seed: int) -> list[Check]:
    """Weights that break what was tested in the middle alone."""
    n = own.n
    checks: list[Check] = []
    base = np.random.default_rng(20232).dirichlet(np.ones(n))
    half = np.where(np.arange(n) % 2 == 0, base, 0.0)
    half[-1] = half[0] = 0.0
    single = np.zeros(n)
    single[n // 2] = 1.0
    tiny = np.full(n, 1e-320)
    tiny[1] = 1.0
    legal = {
        "zero weights": half / half.sum(),
        "one weight alone": single,
        "weights of 1e-320": tiny,
        "equal weights": np.full(n, 1.0 / n),
    }
    for name, weights in legal.items():
        checks.append(at_edge(own, name, weights, seed, extremes=False))
    for name, weights in {**legal, "random weights": base}.items() if extremes else ():
        if checks[0].verdict == "pass":
            checks.append(at_edge(own, f"{name}, extreme draws", weights, seed, extremes=True))
    if own.log:
        for shift in (-5e4, 5e4):
            checks.append(shifted(own, base, shift, seed))
    illegal = {
        "a weight of NaN": np.where(np.arange(n) == 1, np.nan, base),
        "weights of NaN": np.full(n, np.nan),
        "weights that are all zero": np.zeros(n),
        "an infinite weight": np.where(np.arange(n) == 1, np.inf, base),
    }
    if not own.log:
        illegal["a negative weight"] = np.where(np.arange(n) == 1, -base, base)
    for name, weights in illegal.items():
        checks.append(refused(own, name, weights, seed))
    return checks


def at_edge(own: Resampler, name: str, weights: Array, seed: int, extremes: bool) -> Check:
    """Legal weights: ancestors exist, and none has the weight zero, for usual or for the most extreme numbers of a generator."""
    dead = np.flatnonzero(weights == 0.0)
    generators = [
        (f" if the generator draws {which}, which has the probability 2⁻⁵³", extreme(which, seed)) for which in EXTREMES
    ]
    if not extremes:
        generators = [("", np.random.default_rng(seed + k)) for k in range(32)]
    for when, rng in generators:
        try:
            chosen = own(weights, rng)
        except Wrong as error:
            return Check(name, "fail", says=f"it returned {error}{when}")
        except Exception as error:  # Whatever the resampler raises is the finding.
            return Check(name, "fail", says=f"{type(error).__name__}: {error}{when}")
        wrong = np.intersect1d(chosen, dead)
        if len(wrong):
            return Check(name, "fail", says=f"particle {wrong[0]} of weight 0 was chosen{when}")
    return Check(name, "pass")


def shifted(own: Resampler, weights: Array, shift: float, seed: int) -> Check:
    """Log-weights plus a constant are the same weights."""
    name = f"log-weights {shift:+.0e}"
    try:
        plain = own(weights, np.random.default_rng(seed))
        moved = own.raw(own.given(weights) + shift, np.random.default_rng(seed))
    except Exception as error:  # As above.
        return Check(name, "fail", says=f"{type(error).__name__}: {error}")
    # A weight that rounding moves across a draw may change one ancestor or two.
    same = int(np.sum(np.sort(plain) != np.sort(moved))) <= 2
    return (
        Check(name, "pass") if same else Check(name, "fail", says="the ancestors are others than without the constant")
    )


def refused(own: Resampler, name: str, weights: Array, seed: int) -> Check:
    """Weights that mean nothing have to be an error."""
    try:
        with np.errstate(all="ignore"):
            result = own.raw(
                own.given(weights) if not np.isinf(weights).any() or not own.log else weights,
                np.random.default_rng(seed),
            )
    except Wrong as error:
        return Check(name, "fail", says=f"no error: it returned {error}")
    except Exception:  # Any error names the fault.
        return Check(name, "pass", says="refused")
    constant = f", index {result[0]} for all" if len(np.unique(result)) == 1 else ""
    return Check(name, "fail", says=f"no error: ancestors are returned silently{constant}")


def unbiased(own: Resampler, variance: str | None, samples: int, seed: int, level: float) -> list[Check]:
    """E[Nᵢ] = n wᵢ for single particles and for the lower half, and the claimed variance; in looks at 1/8, ¼, ½ and all calls."""
    every = vectors(own.n)
    first = max(samples // 2 ** (LOOKS - 1), 32)
    tests = sum(len(groups_of(weights, first)) + 2 for weights in every.values())
    each = level / (tests * LOOKS)
    checks = []
    for index, (name, weights) in enumerate(every.items()):
        rng = np.random.default_rng([seed, index])
        groups = groups_of(weights, first)
        groups.append(np.arange(own.n // 2))
        counts = Counts(weights, groups)
        for look in range(LOOKS):
            for _ in range(first if look == 0 else first * 2 ** (look - 1)):
                counts.add(own(weights, rng))
            check = counts.judged(name, each)
            claimed = [counts.variance(name, variance, each)] if variance else []
            words = {one.verdict for one in [check, *claimed]}
            if "fail" in words or words == {"pass"}:
                break
        checks += [check, *claimed]
    return checks
