"""The law that a step leaves invariant. Seeds are fixed; each verdict is at a level of 1e-4 or below."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import wfr
from wfr.testing import assert_invariance
from wfr.verify._calls import Array


def gaussian(n: int, rng: np.random.Generator) -> Array:
    return rng.normal(size=(n, 2))


def langevin(x: Array, t: float, h: float, rng: np.random.Generator, factor: float = 1.0) -> Array:
    """Metropolis-adjusted Langevin steps for N(0, I); `factor` is of the correction in the ratio of proposals."""
    y = x - h * x + np.sqrt(2 * h) * rng.normal(size=x.shape)
    forward, back = (np.sum((a - (1 - h) * b) ** 2, axis=1) / (4 * h) for a, b in ((y, x), (x, y)))
    log = np.sum(x**2 - y**2, axis=1) / 2 + factor * (forward - back)
    return np.where((np.log(rng.random(len(x))) < log)[:, None], y, x)


def exact(x: Array, t: float, h: float, noise: Array) -> Array:
    return np.exp(-h) * x + np.sqrt(1 - np.exp(-2 * h)) * noise


def together(x: Array, t: float, h: float, rng: np.random.Generator) -> Array:
    """Metropolis steps that are accepted by one number for all rows."""
    y = x + np.sqrt(h) * rng.normal(size=x.shape)
    return np.where((np.log(rng.random()) < np.sum(x**2 - y**2, axis=1) / 2)[:, None], y, x)


def antithetic(count: int, rng: np.random.Generator) -> Array:
    half = rng.normal(size=(count // 2, 2))
    return np.concatenate([half, -half])


def test_components_that_are_no_neighbours_are_paired() -> None:
    def tied(x: Array, t: float, h: float, rng: np.random.Generator) -> Array:
        return exact(x, t, h, rng.normal(size=(len(x), 2))[:, [0, 1, 0]])

    found = wfr.verify_invariance(tied, lambda n, rng: rng.normal(size=(n, 3)), h=0.3)
    assert found.verdict == "fail" and "E[u1 u3]" in found.causes[0], str(found)


def test_right_steps_pass() -> None:
    assert_invariance(langevin, gaussian, h=0.5, level=1e-6)
    found = assert_invariance(exact, gaussian, h=0.3, steps=5, observables={"r": lambda x: np.sum(x**2, axis=1)}, level=1e-6)
    assert found.check("E[r] stays").detectable is not None


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        (lambda x, t, h, rng: langevin(x, t, h, rng, factor=0.0), "not invariant"),
        (lambda x, t, h, rng: langevin(x, t, h, rng, factor=-1.0), "not invariant"),
        (lambda x, t, h, rng: x - h * x + np.sqrt(2 * h) * rng.normal(size=x.shape), "the law is not invariant"),
        (lambda x, t, h, rng: 1.05 * exact(x, t, h, rng.normal(size=x.shape)), "larger"),
        (lambda x, t, h, rng: x + 0.01, "of every draw alike"),
        (lambda x, t, h, rng: np.full_like(x, np.nan), "NaN"),
        # The law of each row is right: rows share a part of their noise, the choice to accept, or all but a sign.
        (lambda x, t, h, rng: exact(x, t, h, rng.normal(size=(1, 2))), "rows do not move independently"),
        (lambda x, t, h, rng: together(x, t, h, rng), "rows do not move independently"),
        (lambda x, t, h, rng: exact(x, t, h, antithetic(len(x), rng)), "rows do not move independently"),
    ],
)
def test_wrong_steps_fail(wrong: Any, says: str) -> None:
    found = wfr.verify_invariance(wrong, gaussian, h=0.4)
    assert found.verdict == "fail" and says in found.causes[0], str(found)


def test_what_decides_nothing_is_inconclusive() -> None:
    found = wfr.verify_invariance(lambda x, t, h, rng: x, gaussian, h=0.4)
    assert found.verdict == "inconclusive" and found.check("it moves").verdict == "inconclusive"
    heavy = wfr.verify_invariance(
        lambda x, t, h, rng: rng.standard_cauchy(size=x.shape), lambda n, rng: rng.standard_cauchy(size=(n, 1)), h=1.0
    )
    assert heavy.verdict == "inconclusive" and any("tail" in check.says for check in heavy.checks)


def test_misuse_is_refused() -> None:
    for settings, says in [
        ({"h": 0.0}, "h: found 0.0"),
        ({"h": 0.1, "steps": 0}, "at least 1 step"),
        ({"h": 0.1, "observables": {"bad": lambda x: x}}, "bad: expected finite values"),
    ]:
        with pytest.raises(ValueError, match=says):
            wfr.verify_invariance(langevin, gaussian, **settings)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="exact: found"):
        wfr.verify_invariance(langevin, lambda n, rng: rng.normal(size=n), h=0.1)
