"""Simulation-based calibration of conjugate posteriors. Seeds are fixed; each verdict is at a level of 1e-4 or below."""

from __future__ import annotations

import numpy as np
import pytest

import wfr
from wfr.testing import assert_posterior
from wfr.verify._calls import Array

NOISE = 0.7


def prior(rng: np.random.Generator) -> Array:
    return rng.normal(size=1)


def simulate(theta: Array, rng: np.random.Generator) -> Array:
    return theta + NOISE * rng.normal(size=3)


def log_likelihood(theta: Array, data: Array) -> Array:
    return -np.sum((data - theta) ** 2, axis=1) / (2 * NOISE**2)


def posterior(data: Array, rng: np.random.Generator, shift: float = 0.0, spread: float = 1.0) -> Array:
    precision = 1.0 + len(data) / NOISE**2
    mean = data.sum() / NOISE**2 / precision
    return mean + (shift + spread * rng.normal(size=(99, 1))) / np.sqrt(precision)


def test_right_posteriors_pass() -> None:
    found = assert_posterior(prior, simulate, posterior, log_likelihood=log_likelihood, level=1e-6)
    assert found.check("location of the ranks of θ[0]").detectable == pytest.approx(0.42, abs=0.03)
    found = wfr.verify_posterior(
        lambda rng: rng.integers(0, 4, size=1), lambda theta, rng: theta, lambda data, rng: np.tile(data, (99, 1))
    )
    assert found, "whole numbers, all equal, have ranks in a random order"


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        (lambda data, rng: posterior(data, rng, shift=0.6), "draws are too large"),
        (lambda data, rng: posterior(data, rng, shift=-0.6), "draws are too small"),
        (lambda data, rng: posterior(data, rng, spread=0.6), "too narrow"),
        (lambda data, rng: posterior(data, rng, spread=1.7), "too wide"),
        (lambda data, rng: rng.normal(size=(99, 1)), "follow the data too little"),
        (lambda data, rng: posterior(-data, rng), "θ[0]"),
        (lambda data, rng: data.mean() + NOISE / np.sqrt(3) * rng.normal(size=(99, 1)), "turned by the data"),
    ],
)
def test_wrong_posteriors_fail_by_name(wrong: object, says: str) -> None:
    found = wfr.verify_posterior(prior, simulate, wrong)  # type: ignore[arg-type]
    assert found.verdict == "fail" and says in found.causes[0], str(found)


def regression(data: Array, rng: np.random.Generator, torn: bool = False) -> Array:
    """Line through eight points: intercept and slope, whose posterior is correlated."""
    precision = np.eye(2) + DESIGN.T @ DESIGN / NOISE**2
    root = np.linalg.cholesky(np.linalg.inv(precision))
    draws = np.linalg.solve(precision, DESIGN.T @ data / NOISE**2) + rng.normal(size=(99, 2)) @ root.T
    if torn:
        draws[:, 1] = rng.permutation(draws[:, 1])
    return np.asarray(draws)


DESIGN = np.column_stack([np.ones(8), 2.0 + 0.3 * np.arange(8)])


def test_dependence_of_components_is_seen() -> None:
    def line(rng: np.random.Generator) -> Array:
        return rng.normal(size=2)

    def data(theta: Array, rng: np.random.Generator) -> Array:
        return np.asarray(DESIGN @ theta + NOISE * rng.normal(size=8))

    assert wfr.verify_posterior(line, data, regression).verdict == "pass"
    found = wfr.verify_posterior(line, data, lambda data, rng: regression(data, rng, torn=True))
    assert found.verdict == "fail" and "dependence of two components" in found.causes[0], str(found)


@pytest.mark.parametrize("dimension", [2, 8])
def test_independent_draws_of_several_components_are_that(dimension: int) -> None:
    def several(data: Array, rng: np.random.Generator) -> Array:
        return data / 2 + np.sqrt(0.5) * rng.normal(size=(99, dimension))

    found = wfr.verify_posterior(
        lambda rng: rng.normal(size=dimension), lambda theta, rng: theta + rng.normal(size=dimension), several
    )
    assert found.verdict == "pass" and found.check("independent draws").value < 0.02, str(found)


def test_what_decides_nothing_is_inconclusive() -> None:
    def chain(data: Array, rng: np.random.Generator) -> Array:
        draws = posterior(data, rng)
        for k in range(1, len(draws)):
            draws[k] = posterior(data, rng)[0] if rng.random() < 0.5 else draws[k - 1]
        return draws

    found = wfr.verify_posterior(prior, simulate, chain)
    assert found.verdict == "inconclusive" or "narrow" in found.causes[0], str(found)
    assert found.check("independent draws").verdict == "inconclusive"
    assert wfr.verify_posterior(prior, simulate, posterior, runs=100, level=1e-9).verdict == "pass"


def test_misuse_is_refused() -> None:
    for sample, says in [
        (lambda data, rng: np.zeros((98, 1)), "at least 99"),
        (lambda data, rng: np.zeros((99, 2)), r"expected \(n, 1\)"),
        (lambda data, rng: np.full((99, 1), np.nan), "NaN or infinite"),
    ]:
        with pytest.raises(ValueError, match=says):
            wfr.verify_posterior(prior, simulate, sample)
    with pytest.raises(ValueError, match="100 or more"):
        wfr.verify_posterior(prior, simulate, posterior, runs=10)
    with pytest.raises(ValueError, match="log_likelihood"):
        wfr.verify_posterior(prior, simulate, posterior, log_likelihood=lambda theta, data: 0.0)
