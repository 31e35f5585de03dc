"""Assertions, and the pytest plugin."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import verify_steps as own

import wfr
from wfr import testing
from wfr.testing import _budget
from wfr.verify._statistics import pareto_shape, two_sided


def test_assertions_raise_with_the_verdict() -> None:
    assert testing.assert_weak_order(own.heun, own.WELL, order=2).verdict == "pass"
    with pytest.raises(wfr.VerificationFailed, match="½ h² La") as raised:
        testing.assert_weak_order(own.euler, own.WELL, order=2)
    assert isinstance(raised.value, AssertionError) and raised.value.verdict.verdict == "fail"
    with pytest.raises(wfr.VerificationFailed, match="index 0"):
        testing.assert_unbiased_resampling(
            lambda w, rng: np.zeros(len(w), dtype=int) if np.isnan(w).any() else np.arange(len(w))
        )


def test_verdicts_are_true_only_if_passed() -> None:
    for word in ("pass", "fail", "inconclusive"):
        assert bool(wfr.Verdict("x", (wfr.Check("a", word),), 1e-4)) == (word == "pass")  # type: ignore[arg-type]
    nothing = wfr.Verdict("x", (), 1e-4)
    assert nothing.verdict == "inconclusive" and "nothing was checked" in str(nothing)
    with pytest.raises(wfr.VerificationFailed):
        nothing.raise_unless_passed()
    assert "&lt;" in wfr.Verdict("a < b", (), 1e-4)._repr_html_()


def test_a_budget_is_never_overspent() -> None:
    budget = testing.Budget(1e-3)
    taken = [budget.take() for _ in range(20)]
    assert sum(taken) < 1e-3 and taken[0] == 5e-4
    _budget.active.append(testing.Budget(1e-3))
    try:
        assert _budget.level_of(None) == 5e-4 and _budget.level_of(1e-9) == 1e-9
    finally:
        _budget.active.pop()


WELL = """
observables = ["x", "x > 0"]
[target]
potential = "(x^2 - 1)^2"
[initial]
mean = [0.0]
covariance = [[1.0]]
[flow]
horizon = 1.0
"""


def exact(count: int, seed: int) -> np.ndarray[Any, Any]:
    """Samples of the double well, by rejection."""
    rng = np.random.default_rng(seed)
    x = rng.uniform(-3, 3, 20 * count)
    return x[rng.uniform(size=x.size) < np.exp(-((x**2 - 1) ** 2))][:count, None]


def test_samples_are_held_against_a_scenario() -> None:
    x = exact(4000, 1)
    found = wfr.verify_samples(x, WELL)
    assert found.verdict == "pass" and "would have been found" in str(found)
    testing.assert_samples(x, WELL, level=1e-6)
    with pytest.raises(wfr.VerificationFailed, match=r"E\[x > 0\]"):
        testing.assert_samples(np.where(np.arange(len(x))[:, None] % 8 == 0, abs(x), x), WELL)
    with pytest.raises(wfr.FunctionError, match="samples"):
        testing.assert_samples([np.nan], {})
    with pytest.raises(wfr.FunctionError, match="one of the two"):
        wfr.verify_samples(x, WELL, weights=np.ones(4000), log_weights=np.zeros(4000))


def test_weights_of_samples_count() -> None:
    x = np.random.default_rng(2).normal(size=(6000, 1))
    weights = -((x[:, 0] ** 2 - 1) ** 2) + x[:, 0] ** 2 / 2
    assert wfr.verify_samples(x, WELL, log_weights=weights).verdict == "pass"
    assert wfr.verify_samples(x, WELL, log_weights=weights / 2).verdict == "fail"
    assert wfr.verify_samples(x, WELL).verdict == "fail"


PLUGGED = """
import numpy as np
from wfr import Problem
from wfr.testing import assert_seeds, assert_weak_order

def euler(x, t, h, noise):
    return x - h * x + np.sqrt(2 * h) * noise

def test_order(wfr_budget):
    assert wfr_budget.level == 2e-4
    assert_weak_order(euler, Problem(drift=lambda x: -x, noise=np.sqrt(2.0)), order=1)

def test_wrong(wfr_budget):
    assert_weak_order(euler, Problem(drift=lambda x: -x, noise=np.sqrt(2.0)), order=2)

def test_seeds():
    verdict = assert_seeds(lambda seed: np.random.default_rng(seed).normal())
    assert verdict.level == 1e-4
"""


def test_the_plugin_divides_a_budget_and_summarises(tmp_path: Path) -> None:
    (tmp_path / "test_plugged.py").write_text(PLUGGED, encoding="utf-8")
    (tmp_path / "pytest.ini").write_text("[pytest]\nwfr_false_alarms = 4e-4\n", encoding="utf-8")
    command = [sys.executable, "-m", "pytest", "-p", "no:wfr", "-p", "wfr.testing.plugin", "--junitxml=found.xml", "-q"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=120)
    assert "1 failed, 2 passed" in done.stdout, done.stdout + done.stderr
    assert re.search(r"test_plugged.py::test_order: euler as a step of weak order 1: pass \(\d+ samples", done.stdout)
    assert "test_wrong: euler as a step of weak order 2: fail" in done.stdout
    junit = (tmp_path / "found.xml").read_text(encoding="utf-8")
    assert junit.count('<property name="wfr"') == 3 and "false alarms at most 0.0001" in junit


def test_shapes_of_tails() -> None:
    """k̂ of 4000 draws is off by about 2 √(1 + k)²/tail, 0.1; the seed is fixed, and the bounds are seven of these."""
    rng = np.random.default_rng(3)
    for k in (0.2, 0.5, 1.0):
        assert abs(pareto_shape(rng.random(4000) ** -k) - k) < 0.3
    assert pareto_shape(rng.random(4000)) < 0.0 and pareto_shape(np.ones(100)) == -np.inf
    assert np.isnan(pareto_shape(np.ones(3))) and abs(two_sided(1.959964) - 0.05) < 1e-6
