"""Parts of particle filters: resampling, evidence, seeds. Right ones pass, and mistakes are found by the check that is theirs.

Seeds are fixed. Right ones are judged at the level 10⁻⁷ each, wrong ones fail by tens of standard errors.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import wfr

Array = np.ndarray
LEVEL = 1e-7


def checked(weights: Array) -> None:
    if not np.isfinite(weights).all() or (weights < 0.0).any() or weights.sum() <= 0.0:
        raise ValueError("weights: expected finite numbers ≥ 0, not all zero")


def picked(weights: Array, places: Array) -> Array:
    """Inverse of the cumulated weights, for places in [0, 1)."""
    cumulated = np.cumsum(weights)
    return np.searchsorted(cumulated, places * cumulated[-1], side="right").clip(0, np.flatnonzero(weights)[-1])


def systematic(weights: Array, rng: np.random.Generator) -> Array:
    checked(weights)
    n = len(weights)
    return picked(weights, (np.arange(n) + rng.random()) / n)


def multinomial(weights: Array, rng: np.random.Generator) -> Array:
    checked(weights)
    return picked(weights, rng.random(len(weights)))


def residual(weights: Array, rng: np.random.Generator) -> Array:
    checked(weights)
    n = len(weights)
    whole = np.floor(n * weights + 1e-12)
    rest = n * weights - whole
    copies = np.repeat(np.arange(n), whole.astype(int))
    if len(copies) == n:
        return copies
    return np.concatenate([copies, picked(np.maximum(rest, 0.0), rng.random(n - len(copies)))])


def of_logs(logs: Array, rng: np.random.Generator) -> Array:
    if np.isnan(logs).any() or logs.max() in (np.inf, -np.inf):
        raise ValueError("log-weights: expected numbers, not all −∞")
    weights = np.exp(logs - logs.max())
    return systematic(weights / weights.sum(), rng)


def together(weights: Array, rng: np.random.Generator, *arrays: Array) -> tuple[Array, ...]:
    chosen = multinomial(weights, rng)
    return tuple(own[chosen] for own in arrays)


@pytest.mark.parametrize(
    ("resample", "settings"),
    [
        (systematic, {"variance": "systematic"}),
        (multinomial, {"variance": "multinomial"}),
        (residual, {"variance": "residual"}),
        (of_logs, {"log": True}),
        (together, {"arrays": True}),
    ],
)
def test_right_resamplers_pass(resample: Any, settings: dict[str, Any]) -> None:
    found = wfr.verify_resampling(resample, level=LEVEL, **settings)
    assert found.verdict == "pass", str(found)
    if resample in (systematic, multinomial):
        ordered = resample is systematic
        assert found.check("order").says == ("ancestors are sorted" if ordered else "ancestors are not sorted")


def residual_with_all_weights(weights: Array, rng: np.random.Generator) -> Array:
    """The rest is drawn by the weights, and not by what is left of them."""
    checked(weights)
    n = len(weights)
    copies = np.repeat(np.arange(n), np.floor(n * weights).astype(int))
    return np.concatenate([copies, picked(weights, rng.random(n - len(copies)))])


def first_above(weights: Array, rng: np.random.Generator) -> Array:
    """argmax of a comparison is 0 where nothing is true: for NaN."""
    cumulated = np.cumsum(weights)
    return np.argmax(cumulated[None, :] > rng.random(len(weights))[:, None], axis=1)


def overrun(weights: Array, rng: np.random.Generator) -> Array:
    checked(weights)
    return np.searchsorted(np.cumsum(weights), rng.random(len(weights)))


def shifted_by_one(weights: Array, rng: np.random.Generator) -> Array:
    return np.maximum(systematic(weights, rng) - 1, 0)


def half_uniform(weights: Array, rng: np.random.Generator) -> Array:
    """One offset, but from half of its range."""
    checked(weights)
    n = len(weights)
    return picked(weights, (np.arange(n) + 0.5 * rng.random()) / n)


def squared(weights: Array, rng: np.random.Generator) -> Array:
    return systematic(weights**2 / np.sum(weights**2), rng)


def torn(weights: Array, rng: np.random.Generator, *arrays: Array) -> tuple[Array, ...]:
    return (*(own[multinomial(weights, rng)] for own in arrays[:2]), *arrays[2:])


def forgotten(weights: Array, rng: np.random.Generator, *arrays: Array) -> tuple[Array, ...]:
    return (*together(weights, rng, *arrays[:-1]), arrays[-1])


def unscaled(logs: Array, rng: np.random.Generator) -> Array:
    with np.errstate(all="ignore"):
        weights = np.exp(logs)
        return systematic(weights / weights.sum(), rng)


def in_place(weights: Array, rng: np.random.Generator) -> Array:
    checked(weights)
    weights /= weights.max()
    return systematic(weights / weights.sum(), rng)


def unseeded(weights: Array, rng: np.random.Generator) -> Array:
    checked(weights)
    return np.random.choice(len(weights), len(weights), p=weights / weights.sum())


@pytest.mark.parametrize(
    ("resample", "settings", "checks"),
    [
        (residual_with_all_weights, {}, ["E[N] of random weights"]),
        (half_uniform, {}, ["E[N] of random weights"]),
        (squared, {}, ["E[N] of random weights"]),
        (shifted_by_one, {}, ["one weight alone", "zero weights"]),
        (first_above, {}, ["a weight of NaN", "weights of NaN", "weights that are all zero"]),
        (overrun, {}, ["zero weights, extreme draws"]),
        (multinomial, {"variance": "residual"}, ["variance of random weights"]),
        (residual, {"variance": "systematic"}, ["variance of random weights"]),
        (torn, {"arrays": True}, ["ancestors"]),
        (forgotten, {"arrays": True}, ["ancestors"]),
        (unscaled, {"log": True}, ["log-weights -5e+04", "log-weights +5e+04"]),
        (in_place, {}, ["arguments"]),
        (unseeded, {}, ["shared randomness"]),
        (lambda weights, rng: systematic(weights, rng)[:-1], {}, ["ancestors"]),
        (lambda weights, rng: systematic(weights, rng) + 0.5, {}, ["ancestors"]),
    ],
)
def test_wrong_resamplers_fail(resample: Any, settings: dict[str, Any], checks: list[str]) -> None:
    found = wfr.verify_resampling(resample, **settings)
    assert found.verdict == "fail"
    for name in checks:
        assert found.check(name).verdict == "fail", str(found)


def test_index_0_for_nan_is_said() -> None:
    assert "index 0 for all" in wfr.verify_resampling(first_above).check("weights of NaN").says


# An evidence that is known: a Gaussian walk, observed with noise.

SEEN = np.random.default_rng(5).normal(size=6)


def exact() -> float:
    mean, variance, total = 0.0, 1.0, 0.0
    for y in SEEN:
        spread = variance + 1.0
        total -= 0.5 * (np.log(2.0 * np.pi * spread) + (y - mean) ** 2 / spread)
        gain = variance / spread
        mean, variance = mean + gain * (y - mean), variance * (1.0 - gain)
        mean, variance = 0.9 * mean, 0.81 * variance + 0.3
    return float(total)


def filtered(seed: int, resample: str, *, forgets: bool = False, mean_of_logs: bool = False) -> float:
    """log Ẑ of a bootstrap filter; it forgets weights from before, or averages logarithms, if it is to be wrong."""
    rng = np.random.default_rng(seed)
    n, total = 48, 0.0
    x, logs = rng.normal(size=n), np.zeros(n)
    for y in SEEN:
        gain = -0.5 * (np.log(2.0 * np.pi) + (y - x) ** 2)
        if forgets:
            total += np.log(np.mean(np.exp(gain)))
        logs = logs + gain
        weights = np.exp(logs - logs.max())
        weights /= weights.sum()
        if resample == "always" or (resample == "adaptive" and 1.0 / np.sum(weights**2) < 0.5 * n):
            total += 0.0 if forgets else np.mean(logs) if mean_of_logs else np.log(np.mean(np.exp(logs)))
            x, logs = x[systematic(weights, rng)], np.zeros(n)
        x = 0.9 * x + np.sqrt(0.3) * rng.normal(size=n)
    return float(total + (0.0 if forgets else np.log(np.mean(np.exp(logs)))))


def test_a_right_evidence_passes() -> None:
    for truth in (exact(), None):
        found = wfr.verify_log_evidence(filtered, truth=truth, level=LEVEL)
        assert found.verdict == "pass", str(found)
        assert all(check.detectable is not None and check.detectable < 0.2 for check in found.checks)


def test_evidences_that_hold_for_some_modes_fail() -> None:
    def forgets(seed: int, resample: str) -> float:
        return filtered(seed, resample, forgets=True)

    found = wfr.verify_log_evidence(forgets, truth=exact())
    assert found.verdict == "fail" and "only if particles are resampled at every step" in found.causes[0], str(found)
    assert wfr.verify_log_evidence(forgets).verdict == "fail"

    def averages(seed: int, resample: str) -> float:
        return filtered(seed, resample, mean_of_logs=True)

    found = wfr.verify_log_evidence(averages, truth=exact())
    assert "wrong where particles are resampled" in found.causes[0], str(found)


def test_heavy_tails_decide_nothing() -> None:
    """E[Ẑ] = 1 of a log-normal variable with σ = 2.5, whose mean no 2000 draws show."""
    found = wfr.verify_log_evidence(
        lambda seed: 2.5 * np.random.default_rng(seed).normal() - 3.125, truth=0.0, modes=()
    )
    assert found.verdict == "inconclusive" and "too heavy" in found.checks[0].says


def test_an_evidence_of_nan_fails() -> None:
    found = wfr.verify_log_evidence(lambda seed: np.nan if seed == 7 else 0.0, truth=0.0, modes=())
    assert found.verdict == "fail" and "1 of" in found.checks[0].says


def streams(seed: int) -> Array:
    return np.random.default_rng(seed).normal(size=6)


def overlapping(seed: int) -> Array:
    return np.array([np.random.default_rng(seed + island).normal() for island in range(6)])


def identical(seed: int) -> Array:
    """Chains that all have the seed itself."""
    return np.array([np.random.default_rng(seed).normal() for chain in range(3)])


def seeded_globally(seed: int) -> Array:
    np.random.seed(seed)
    return np.random.normal(size=6)


def unaware(seed: int) -> Array:
    return np.random.default_rng(1).normal(size=6)


def clocked(seed: int) -> Array:
    return np.random.default_rng().normal(size=6)


def neighbours(seed: int) -> Array:
    """Half of the noise is that of the next seed."""
    return np.random.default_rng(seed).normal(size=200) + np.random.default_rng(seed + 1).normal(size=200)


@pytest.mark.parametrize(
    ("sampler", "check"),
    [
        (overlapping, "different seeds"),
        (identical, "parts of one seed"),
        (seeded_globally, "shared generators"),
        (unaware, "different seeds"),
        (clocked, "same seed"),
        (neighbours, "correlation at 1"),
    ],
)
def test_wrong_seeds_fail(sampler: Any, check: str) -> None:
    found = wfr.verify_seeds(sampler)
    assert found.verdict == "fail" and found.check(check).verdict == "fail", str(found)


def test_right_seeds_pass() -> None:
    assert wfr.verify_seeds(streams, level=LEVEL).verdict == "pass"
    assert wfr.verify_seeds(lambda seed: float(streams(seed)[0]), level=LEVEL).verdict == "pass"


def test_seeds_that_collide_are_named() -> None:
    def sampler(seed: int, resample: str) -> float:
        return float(np.log(np.random.default_rng(seed % 30).exponential()))

    found = wfr.verify_log_evidence(sampler, truth=0.0, modes=["always"])
    assert found.verdict == "fail" and found.causes[0].startswith("seeds that are 30 apart"), str(found)


def test_modes_that_differ_by_rounding_agree() -> None:
    def sampler(seed: int, resample: str) -> float:
        return float(np.log(0.1 + 0.2 + 0.3) if resample == "always" else np.log(0.6))

    assert all(check.verdict != "fail" for check in wfr.verify_log_evidence(sampler).checks)


def test_a_factor_of_all_modes_is_named() -> None:
    def sampler(seed: int, resample: str) -> float:
        return float(np.log(2.0) + np.log(np.random.default_rng(seed).uniform(0.5, 1.5)))

    found = wfr.verify_log_evidence(sampler, truth=0.0)
    assert found.verdict == "fail" and "2 times what it should be, however particles are resampled" in found.causes[0], str(found)
    with pytest.raises(ValueError, match="expected a list of modes"):
        wfr.verify_log_evidence(sampler, modes="never")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("samples", "says"),
    [
        (np.ma.masked_greater(np.zeros((50, 1)), 1.0), "masked array"),
        (np.zeros((50, 1)) + 1j, "complex128"),
        ([[1.0, 2.0], [3.0]], "expected an array of real numbers"),
        (np.array([[0.0], [np.nan]]), r"found nan at \[1, 0\]"),
    ],
)
def test_what_would_be_lost_of_samples_is_refused(samples: object, says: str) -> None:
    with pytest.raises(wfr.FunctionError, match=says):
        wfr.verify_samples(samples, {})  # type: ignore[arg-type]
