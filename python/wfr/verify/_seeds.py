"""Verification of what a seed does."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from typing import Any

import numpy as np

from ._calls import Array, Preserved, global_state
from ._statistics import bound, detectable, two_sided
from ._verdict import Check, Verdict, Word, worst_first


def verify_seeds(sampler: Callable[[int], Any], *, seeds: int = 64, seed: int = 0, level: float = 1e-4) -> Verdict:
    """Whether ``sampler(seed)`` is a function of its seed, and whether different seeds are independent.

    It returns a number or an array of numbers with a continuous distribution. It is called for ``seeds`` seeds that follow each
    other, since streams made by adding to a seed overlap there.
    """
    started = time.perf_counter()
    if seeds < 16:
        raise ValueError(f"seeds: found {seeds}; expected 16 or more")
    before = global_state()
    with Preserved():
        first = numbers(sampler(seed))
        touched = global_state() != before
        np.random.seed(20231)
        again = numbers(sampler(seed))
    drawn = [numbers(sampler(seed + k)) for k in range(seeds)]
    if len({own.shape for own in drawn}) > 1:
        raise ValueError("sampler: found results of different lengths; expected the same for each seed")
    results = np.array(drawn)
    checks = [
        plain("same seed", np.array_equal(first, again, equal_nan=True), "the same seed gives different results"),
        plain(
            "shared generators",
            not touched,
            "it draws from the generators of random or numpy.random that everybody shares",
        ),
        plain("finite", bool(np.isfinite(results).all()), "results are NaN or infinite"),
    ]
    if np.isfinite(results).all():
        checks += [different(results, seed), repeated(results)]
    if not any(check.verdict == "fail" for check in checks):
        checks += correlated(results, level)
    causes = tuple(check.says for check in checks if check.verdict == "fail")
    subject = f"{getattr(sampler, '__name__', type(sampler).__name__)} and its seeds"
    return Verdict(subject, worst_first(checks), level, seeds + 2, time.perf_counter() - started, causes)


def numbers(result: Any) -> Array:
    try:
        own = np.atleast_1d(np.asarray(result, dtype=np.float64)).ravel()
    except (TypeError, ValueError) as error:
        raise ValueError(
            f"sampler: found {type(result).__name__}; expected a number or one array of numbers"
        ) from error
    if not own.size:
        raise ValueError("sampler: found an empty array; expected a number or an array of numbers")
    return own


def plain(name: str, right: bool, wrong: str) -> Check:
    return Check(name, "pass") if right else Check(name, "fail", says=wrong)


def different(results: Array, seed: int) -> Check:
    """Whether a number that one seed gives is given by another: of continuous numbers none is."""
    # Numbers that all seeds share, such as a start, are no draws.
    varying = results[:, np.ptp(results, axis=0) > 0.0]
    constant = results.shape[1] - varying.shape[1]
    if not varying.size:
        return Check("different seeds", "fail", says="all seeds give the same result")
    if (varying == np.rint(varying)).all():
        says = "results are whole numbers, which repeat themselves; expected numbers of a continuous distribution"
        return Check("different seeds", "inconclusive", says=says)
    everything = varying.ravel()
    owner = np.repeat(np.arange(len(varying)), varying.shape[1])
    order = np.argsort(everything, kind="stable")
    equal = everything[order][1:] == everything[order][:-1]
    pairs = np.stack([owner[order][1:], owner[order][:-1]], axis=1)[equal]
    shared = [tuple(sorted(pair)) for pair in pairs.tolist() if pair[0] != pair[1]]
    if shared:
        a, b = shared[0]
        count = sum(own == (a, b) for own in shared)
        says = f"seeds {seed + a} and {seed + b} share {count} of {varying.shape[1]} numbers: streams overlap"
        return Check("different seeds", "fail", len(shared), 0.0, says=says)
    if constant:
        says = f"{constant} of {results.shape[1]} numbers are the same for all seeds: constants, or draws of another stream"
        return Check("different seeds", "inconclusive", says=f"{says}; expected draws alone")
    return Check("different seeds", "pass")


def repeated(results: Array) -> Check:
    """Whether each seed gives the same number twice, as chains or workers with one seed for all of them do."""
    varying = results[:, np.ptp(results, axis=0) > 0.0]
    counts = [own.size - len(np.unique(own)) for own in varying]
    if varying.size and min(counts) > 0 and not (varying == np.rint(varying)).all():
        says = f"{min(counts)} of {varying.shape[1]} numbers are those of others of the same seed: parts share their stream"
        return Check("parts of one seed", "fail", float(min(counts)), 0.0, says=says)
    return Check("parts of one seed", "pass")


def correlated(results: Array, level: float) -> list[Check]:
    """Correlations of results of seeds that are 1, 2 or 3 apart, of ranks, so that no tail decides."""
    count = len(results)
    varying = results[:, np.ptp(results, axis=0) > 0.0]
    ranks = np.argsort(np.argsort(varying, axis=0), axis=0).astype(np.float64)
    scores = (ranks - ranks.mean(axis=0)) / ranks.std(axis=0)
    checks = []
    for lag in (1, 2, 3):
        products = np.mean(scores[lag:] * scores[:-lag], axis=1)
        value = float(products.mean())
        # The mean of products of a permutation is −1/(n − 1). Columns may depend on each other, so the spread is that of their means.
        off = value + 1.0 / (count - 1)
        stderr = max(float(products.std(ddof=1)), 1e-12) / math.sqrt(count - lag)
        p = two_sided(off / stderr)
        word: Word = "fail" if p < level / 3 else "pass"
        says = f"results of seeds {lag} apart are correlated" if word == "fail" else ""
        checks.append(
            Check(
                f"correlation at {lag}",
                word,
                value,
                0.0,
                stderr,
                bound(level / 3) * stderr,
                p,
                detectable(stderr, level / 3),
                says,
            )
        )
    return checks
