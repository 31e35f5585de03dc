"""Verification of estimates of an evidence: E[Ẑ] = Z, however often particles are resampled."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ._calls import Array
from ._statistics import bound, corrected_for_skew, detectable, pareto_shape, two_sided
from ._verdict import Check, Verdict, Word, worst_first

#: Looks at the draws; the level is shared by them evenly.
LOOKS = 3
#: Shapes of the tail above which a mean has no usable standard error.
HEAVY = 0.5
#: Draws for each squared unit of skewness: with fewer, means are too far from normal for small levels.
FOR_SKEW = 25.0
#: A pass requires that this relative error of E[Ẑ] would have been found.
RELATIVE = 0.2
#: Seeds for which two modes are compared.
HEEDED = 8
MODES = ("never", "always", "adaptive")


@dataclass(frozen=True)
class Mean:
    """The mean of exp(log Ẑ − reference), with what is needed to judge it."""

    value: float
    stderr: float
    skewness: float
    tail: float
    count: int

    @property
    def usable(self) -> bool:
        """Whether normal theory, corrected for skewness, holds."""
        tail = math.isnan(self.tail) or self.tail < HEAVY
        return tail and self.count >= FOR_SKEW * max(self.skewness**2, 1.0)


def mean_of(logs: Array, reference: float) -> Mean:
    """The mean of Ẑ/Z and its errors."""
    ratios = np.exp(logs - reference)
    n, value, spread = len(ratios), float(ratios.mean()), float(ratios.std(ddof=1))
    skewness = float(np.mean((ratios - value) ** 3)) / spread**3 if spread > 1e-14 * abs(value) else 0.0
    return Mean(value, spread / math.sqrt(n), skewness, pareto_shape(ratios), n)


def verify_log_evidence(
    sampler: Callable[..., Any],
    *,
    truth: float | None = None,
    modes: Sequence[str] = MODES,
    samples: int = 2_000,
    seed: int = 0,
    level: float = 1e-4,
) -> Verdict:
    """Whether ``sampler(seed, resample=mode)``, which returns log Ẑ, has E[Ẑ] = exp(truth), for each mode alike.

    The modes are "never", "always" and "adaptive", or those that are given; ``modes=()`` calls ``sampler(seed)``. Without
    ``truth`` the modes are compared with each other. ``samples`` is the number of calls for each mode, at most. log Ẑ itself
    has a mean below log Z, so it is exp(log Ẑ) whose mean is judged. A tail too heavy for that (Pareto k̂ above ½, or a
    skewness that is large for the number of draws) is inconclusive, and not judged by normal theory.
    """
    started = time.perf_counter()
    if isinstance(modes, str):
        raise ValueError(f"modes: found {modes!r}; expected a list of modes, [{modes!r}]")
    names = tuple(modes) or ("",)
    if truth is None and len(names) < 2:
        raise ValueError("truth: found None for one mode; expected truth=…, or several modes to compare")
    if truth is not None and not math.isfinite(truth):
        raise ValueError(f"truth: found {truth}; expected log Z, a finite number")
    if samples < 64:
        raise ValueError(f"samples: found {samples}; expected 64 or more")
    pairs = [] if truth is not None else [(names[0], other) for other in names[1:]]
    each = level / (LOOKS * max(len(names) if truth is not None else len(pairs), 1))
    drawn: dict[str, list[float]] = {name: [] for name in names}
    calls, checks = 0, []
    for look in range(LOOKS):
        target = samples // 2 ** (LOOKS - 1 - look)
        for index, name in enumerate(names):
            while len(drawn[name]) < target:
                own = seed + len(names) * len(drawn[name]) + index
                drawn[name].append(log_of(sampler, own, name))
                calls += 1
        checks = finite(drawn)
        if not checks:
            logs = {name: np.array(own) for name, own in drawn.items()}
            checks = against(logs, truth, each) if truth is not None else between(logs, pairs, each)
        # A failure has to be one of all samples: a mean without the rare large ones is too small.
        if {check.verdict for check in checks} == {"pass"} or any(check.p_value is None for check in checks):
            break
    causes = explained(checks)
    period = next((own for own in map(period_of, drawn.values()) if own), None)
    if period:
        says = f"seeds that are {period * len(names)} apart give the same log Ẑ: they collide, so that calls are not independent"
        checks, causes = [Check("seeds", "fail", says=says), *checks], (says,)
    constant = [name for name, own in drawn.items() if len(set(own)) == 1]
    if constant and causes and not period:
        same = "all seeds give the same log Ẑ"
        causes = (same,) if len(constant) == len(drawn) else (*causes, f"{same} for resample = {constant}")
    if {"never", "always"} <= set(names):
        checks = [*checks, *heeded(sampler, seed)]
        calls += 2 * HEEDED
    subject = f"{getattr(sampler, '__name__', type(sampler).__name__)} as an estimate of the evidence"
    return Verdict(subject, worst_first(checks), level, calls, time.perf_counter() - started, causes)


def log_of(sampler: Callable[..., Any], seed: int, mode: str) -> float:
    """One log Ẑ."""
    result = sampler(seed, resample=mode) if mode else sampler(seed)
    try:
        return float(result)
    except (TypeError, ValueError) as error:
        shape = getattr(result, "shape", None)
        found = type(result).__name__ + (f" of shape {shape}" if shape is not None else "")
        raise ValueError(f"sampler: found {found}; expected one number, log Ẑ") from error


def heeded(sampler: Callable[..., Any], seed: int) -> list[Check]:
    """Whether ``resample`` does nothing: then the modes are the same code, and equal whether right or wrong."""
    equal = all(log_of(sampler, seed + k, "never") == log_of(sampler, seed + k, "always") for k in range(HEEDED))
    says = (
        "resample='never' and 'always' give the same log Ẑ for the same seeds; expected a sampler that heeds resample"
    )
    return [Check("modes", "inconclusive", says=says)] if equal else []


def period_of(logs: list[float]) -> int | None:
    """After how many calls all values repeat themselves, if they are not all equal."""
    own = np.array(logs)
    if len(set(logs)) == 1:
        return None
    return next((gap for gap in range(1, len(own) // 2 + 1) if np.array_equal(own[gap:], own[:-gap])), None)


def finite(drawn: dict[str, list[float]]) -> list[Check]:
    """Failures for log Ẑ that are NaN or +∞."""
    checks = []
    for name, own in drawn.items():
        wrong = sum(math.isnan(value) or value == math.inf for value in own)
        if wrong:
            checks.append(Check(titled(name), "fail", says=f"{wrong} of {len(own)} log Ẑ are NaN or ∞"))
    return checks


def titled(name: str) -> str:
    return f"E[Ẑ]/Z, resampled {name}" if name else "E[Ẑ]/Z"


def against(logs: dict[str, Array], truth: float, each: float) -> list[Check]:
    """Each mode against the truth."""
    checks = []
    for name, own in logs.items():
        mean = mean_of(own, truth)
        off = mean.value - 1.0
        exact = mean.stderr <= 1e-9 and abs(off) <= 1e-9
        z = 0.0 if exact else off / mean.stderr if mean.stderr > 0.0 else math.inf
        p = two_sided(corrected_for_skew(z, mean.skewness, mean.count) if math.isfinite(z) else z)
        checks.append(check_of(titled(name), mean.value, 1.0, mean.stderr, p, each, [mean]))
    return checks


def between(logs: dict[str, Array], pairs: Sequence[tuple[str, str]], each: float) -> list[Check]:
    """Modes against each other."""
    largest = max(float(own.max()) for own in logs.values())
    means = {name: mean_of(own, largest) for name, own in logs.items()}
    checks = []
    for first, other in pairs:
        a, b = means[first], means[other]
        scale = a.value
        stderr = math.hypot(a.stderr * b.value / a.value, b.stderr) / scale if scale > 0.0 else math.inf
        off = b.value / scale - 1.0 if scale > 0.0 else math.nan
        equal = stderr <= 1e-9 and abs(off) <= 1e-9
        z = 0.0 if equal else off / stderr if stderr > 0.0 else math.inf
        p = two_sided(z)
        checks.append(check_of(f"E[Ẑ], resampled {other} and {first}", 1.0 + off, 1.0, stderr, p, each, [a, b]))
    return checks


def check_of(
    name: str, value: float, expected: float, stderr: float, p: float, each: float, means: Sequence[Mean]
) -> Check:
    """The verdict on one mean. Too heavy tails decide nothing."""
    # Ẑ that is too large by a factor has a spread that is, too.
    plain = detectable(stderr, each)
    seen = plain / (1.0 - plain) if plain < 1.0 else math.inf
    heavy = [own for own in means if not own.usable]
    if heavy:
        worst = max(heavy, key=lambda own: own.skewness)
        says = f"the tail is too heavy for {worst.count} draws (Pareto k̂ = {worst.tail:.2g}, skewness {worst.skewness:.2g}): \
take more particles, or leave this mode out with modes=…"
        return Check(name, "inconclusive", value, expected, stderr, bound(each) * stderr, p, None, says)
    word: Word = "fail" if p < each else "pass" if seen <= RELATIVE else "inconclusive"
    return Check(name, word, value, expected, stderr, bound(each) * stderr, p, seen)


def explained(checks: Sequence[Check]) -> tuple[str, ...]:
    """What the modes that fail have in common."""
    failed = [check.name for check in checks if check.verdict == "fail" and check.p_value is not None]
    ends = {mode: any(name.endswith(mode) for name in failed) for mode in MODES}
    known = [(check.value, check.stderr) for check in checks if check.expected == 1.0]
    means = [(value, stderr) for value, stderr in known if value is not None and stderr is not None]
    if len(means) > 1 and len(failed) == len(means) == len(checks):
        factor = float(np.median([value for value, _ in means]))
        if all(abs(value - factor) <= 4.0 * stderr + 0.01 * factor for value, stderr in means):
            return (
                f"the evidence is {factor:.3g} times what it should be, however particles are resampled: an increment is lost, counted twice, or has \
a wrong constant",
            )
    right = {mode: any(check.name.endswith(mode) and check.verdict == "pass" for check in checks) for mode in MODES}
    if ends["never"] and ends["adaptive"] and right["always"]:
        return (
            "the evidence is right only if particles are resampled at every step: weights from before are forgotten or averaged",
        )
    if ends["always"] and right["never"]:
        return (
            "the evidence is wrong where particles are resampled: increments are lost or counted twice there, or the resampling is "
            "biased",
        )
    return tuple(
        f"{check.name}: {check.value:.4g} in place of 1"
        for check in checks
        if check.name in failed and check.value is not None
    )
