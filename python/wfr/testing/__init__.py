"""Assertions for tests, each with a stated rate of false alarms.

``level`` is the probability that an assertion fails although what it is about is right: 10⁻⁴ without the fixture
``wfr_budget``, and half of what is left of the test's share with it. What is inconclusive fails, too: a test has to decide.
Assertions without randomness, such as orders at quadrature nodes, never fail by chance.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy.typing as npt

from ..verify import (
    Problem,
    Verdict,
    verify_invariance,
    verify_log_evidence,
    verify_posterior,
    verify_resampling,
    verify_samples,
    verify_seeds,
    verify_step,
)
from ._budget import Budget, level_of, recorded, watched

__all__ = [
    "Budget",
    "assert_invariance",
    "assert_log_evidence",
    "assert_posterior",
    "assert_samples",
    "assert_seeds",
    "assert_unbiased_resampling",
    "assert_weak_order",
    "recorded",
]


def assert_weak_order(
    step: Callable[..., Any], problem: Problem, *, order: int, level: float | None = None, **settings: Any
) -> Verdict:
    """Fails unless a step has its weak order; see :func:`wfr.verify_step`."""
    return watched(verify_step(step, problem, order=order, level=level_of(level), **settings))


def assert_unbiased_resampling(resample: Callable[..., Any], *, level: float | None = None, **settings: Any) -> Verdict:
    """Fails unless a resampler is right; see :func:`wfr.verify_resampling`."""
    return watched(verify_resampling(resample, level=level_of(level), **settings))


def assert_log_evidence(sampler: Callable[..., Any], *, level: float | None = None, **settings: Any) -> Verdict:
    """Fails unless estimates of an evidence are unbiased; see :func:`wfr.verify_log_evidence`."""
    return watched(verify_log_evidence(sampler, level=level_of(level), **settings))


def assert_invariance(
    step: Callable[..., Any], exact: Callable[..., Any], *, h: float, level: float | None = None, **settings: Any
) -> Verdict:
    """Fails unless a step leaves a law invariant; see :func:`wfr.verify_invariance`."""
    return watched(verify_invariance(step, exact, h=h, level=level_of(level), **settings))


def assert_posterior(
    prior: Callable[..., Any],
    simulate: Callable[..., Any],
    sample: Callable[..., Any],
    *,
    level: float | None = None,
    **settings: Any,
) -> Verdict:
    """Fails unless posteriors are right on average over the prior; see :func:`wfr.verify_posterior`."""
    return watched(verify_posterior(prior, simulate, sample, level=level_of(level), **settings))


def assert_seeds(sampler: Callable[[int], Any], *, level: float | None = None, **settings: Any) -> Verdict:
    """Fails unless seeds do what they should; see :func:`wfr.verify_seeds`."""
    return watched(verify_seeds(sampler, level=level_of(level), **settings))


def assert_samples(samples: npt.ArrayLike, against: Any, *, level: float | None = None, **settings: Any) -> Verdict:
    """Fails unless samples have the law that a scenario describes; see :func:`wfr.verify_samples`."""
    return watched(verify_samples(samples, against, level=level_of(level), **settings))
