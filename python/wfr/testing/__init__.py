"""Assertions for tests, each with a stated rate of false alarms.

``level`` is the probability that an assertion fails although what it is about is right: 10⁻⁴ without the fixture
``wfr_budget``, and half of what is left of the test's share with it. What is inconclusive fails, too: a test has to decide.
Assertions without randomness, such as orders at quadrature nodes, never fail by chance.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from .._errors import FunctionError
from ..verify import Check, Problem, Verdict, verify_log_evidence, verify_resampling, verify_seeds, verify_step
from ..verify._verdict import Word
from ._budget import Budget, level_of, recorded, watched

__all__ = [
    "Budget",
    "assert_log_evidence",
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


def assert_seeds(sampler: Callable[[int], Any], *, level: float | None = None, **settings: Any) -> Verdict:
    """Fails unless seeds do what they should; see :func:`wfr.verify_seeds`."""
    return watched(verify_seeds(sampler, level=level_of(level), **settings))


def assert_samples(
    samples: npt.ArrayLike,
    against: Any,
    *,
    log_weights: npt.ArrayLike | None = None,
    level: float | None = None,
    **settings: Any,
) -> Verdict:
    """Fails unless samples (n, d), or (groups, n, d), have the law that a scenario describes.

    ``against`` is a scenario as :func:`wfr.run` takes it. ``settings`` are further keys of its study of the kind "samples".
    """
    x = np.asarray(samples, dtype=np.float64)
    if x.ndim not in (2, 3) or not np.isfinite(x).all():
        raise FunctionError(
            f"samples: found an array of shape {x.shape}; expected finite numbers (n, d) or (groups, n, d)"
        )
    arrays: dict[str, Any] = {"x": x}
    if log_weights is not None:
        arrays["log_weights"] = np.asarray(log_weights, dtype=np.float64)
    with tempfile.TemporaryDirectory(prefix="wfr-") as folder:
        file = os.path.join(folder, "samples.npz")
        np.savez(file, **arrays)
        return watched(verdict_of_samples(against, {"file": file, **settings}, x, level_of(level)))


def verdict_of_samples(against: Any, keys: Mapping[str, Any], x: npt.NDArray[np.float64], level: float) -> Verdict:
    """Runs the scenario with the study; the only place that knows how studies of samples are called."""
    from .._running import run

    study = {"kind": "samples", "level": level, **keys}
    found = run(with_study(against, study))
    word: Word = "pass" if found.verdict == "pass" else "fail" if found.verdict == "fail" else "inconclusive"
    checks = [
        Check(own["name"], "pass" if own["passed"] else "fail", own["value"], says=own["why"])
        for own in found.findings["checks"]
    ]
    whys = [str(own.get("why", "")) for own in found.findings["studies"] if own["kind"] == "samples"]
    checks.append(Check("samples", word, says="; ".join(whys)))
    causes = tuple(own.says for own in checks if own.verdict == "fail" and own.says)
    seconds = float(sum(found.timings.values()))
    return Verdict(f"samples against {found.name}", tuple(checks), level, int(np.prod(x.shape[:-1])), seconds, causes)


def with_study(against: Any, study: Mapping[str, Any]) -> Any:
    """The scenario with one study more."""
    if isinstance(against, Mapping):
        return {**against, "study": [*against.get("study", []), dict(study)]}
    from .._running import read
    from .._toml import document

    text, _ = read(against)
    return text.rstrip() + "\n" + document({"study": [dict(study)]})
