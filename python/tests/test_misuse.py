"""Ways to misuse the package: each is an exception of Python whose message says what to do."""

from __future__ import annotations

import copy
import threading
from typing import Any

import numpy as np
import pytest
from conftest import gradient, plain_potential, potential

import wfr

WELL: dict[str, Any] = {
    "observables": ["x"],
    "target": {"potential": "(x^2 - 1)^2"},
    "initial": {"mean": [-1.0], "covariance": [[0.05]]},
    "flow": {"transport": 1.0, "reaction": 0.0, "horizon": 0.1},
    "grid": {"lower": [-3.0], "upper": [3.0], "cells": [40]},
    "particles": {"count": 64, "step": 0.05, "scheme": "euler-maruyama"},
}
BARE = {key: value for key, value in WELL.items() if key != "target"}
SDE: dict[str, Any] = {
    "initial": {"mean": [0.0], "covariance": [[1.0]]},
    "sde": {"horizon": 0.1, "drift": ["-x"], "diffusion": [["1"]]},
    "particles": {"count": 64, "step": 0.05, "scheme": "euler-maruyama"},
}
PLANE: dict[str, Any] = {
    "dimension": 2,
    "initial": {"mean": [0.0, 0.0], "covariance": [[1.0, 0.0], [0.0, 1.0]]},
    "sde": {"horizon": 0.1},
    "particles": {"count": 64, "step": 0.05, "scheme": "euler-maruyama"},
}


def set_(scenario: dict[str, Any], path: str, item: Any) -> dict[str, Any]:
    """A copy with a key set, or taken out."""
    own = copy.deepcopy(scenario)
    *tables, key = path.split(".")
    place = own
    for table in tables:
        place = place.setdefault(table, {})
    if item is None:
        del place[key]
    else:
        place[key] = item
    return own


#: (scenario, what the message says) of scenarios that are wrong.
SCENARIOS: list[tuple[Any, str]] = [
    (3, "path"), (None, "path"), (b"x", "path"), ([], "path"), ({1: 2}, "texts"), ({"x": object()}, "number"),
    ({}, "flow"), ("", "cannot be read"), ("nothing.toml", "cannot be read"), (".", "cannot be read"),
    ("a = ", "scenario"), ("x = 1\nx = 2\n", "scenario"), ("[flow]\nhorizon = nan\n", "positive"), ("\x00", "cannot be read"),
    *((set_(WELL, path, item), says) for path, item, says in [
        ("flow.horizon", None, "horizon"), ("flow.horizon", 0, "positive"), ("flow.horizon", -1.0, "positive"),
        ("flow.horizon", "1", "positive"), ("flow.horizon", float("nan"), "finite"), ("flow.horizon", float("inf"), "finite"),
        ("flow.horizon", True, "positive"), ("flow.horizon", [1.0], "positive"), ("flow.horizont", 1.0, "horizon"),
        ("flow.transport", -1.0, "≥ 0"), ("flow.reaction", -1.0, "≥ 0"), ("flow.dynamics", "overdampt", "overdamped"),
        ("flow.energy", "tv", "kl"), ("flow.normalized", 1, "true"),
        ("target.potential", "", "formula"), ("target.potential", "x^^2", "formula"), ("target.potential", "y^2", "unknown"),
        ("target.potential", "sinn(x)", "sin"), ("target.potential", "x +", "formula"), ("target.potential", 3j, "number"),
        ("target.potential", "x > 0", "jump"), ("target.potential", ["x^2"], "formula"), ("target.potential", "nan", "unknown"),
        ("target.cod", "own", "code"), ("target.data", "no.csv", "cannot be read"), ("target.mixture", [], "mixture"),
        ("initial.mean", [0.0, 0.0], "1"), ("initial.mean", "0", "array"), ("initial.mean", [], "1"),
        ("initial.mean", [float("nan")], "finite"), ("initial.covariance", [[0.0]], "positive"),
        ("initial.covariance", [[-1.0]], "positive"), ("initial.covariance", [1.0], "row"),
        ("initial.covariance", None, "covariance"), ("initial.point", [0.0], "several"), ("initial.file", "no.npz", "several"),
        ("initial", {"file": "no.npz"}, "no.npz"), ("initial", {"file": 3}, "file"), ("initial", {"point": ["a"]}, "number"),
        ("initial.bandwidth", 1.0, "file"), ("initial", {}, "mean"), ("initial", None, "initial"),
        ("grid.cells", [0], "cells"), ("grid.cells", [1.5], "whole"), ("grid.cells", [40, 40], "1"), ("grid.cells", 40, "array"),
        ("grid.lower", [4.0], "more than lower"), ("grid.lower", ["a"], "number"), ("grid.method", "strong", "strang"),
        ("grid.sides", ["open"], "reflecting"), ("grid.step", -1.0, "above 0"), ("grid.tolerance", 0.0, "tolerance"),
        ("particles.count", 0, "count"), ("particles.count", -1, "count"), ("particles.count", 1.5, "whole"),
        ("particles.count", "many", "whole"), ("particles.count", 10**13, "count"), ("particles.step", 0.0, "above 0"),
        ("particles.step", "small", "step"), ("particles.scheme", "euler", "euler-maruyama"), ("particles.scheme", 1, "one of"),
        ("particles.scheme", "baoab", "underdamped"), ("particles.seed", -1, "seed"), ("particles.seed", 0.5, "seed"),
        ("particles.resampling", "all", "systematic"), ("particles.ess-threshold", 2.0, "threshold"),
        ("particles.mode", "jumps", "weights"), ("particles.density", "grid", "oracle"),
        ("observables", "x", "array"), ("observables", ["y"], "unknown"), ("observables", [1j], "number"),
        ("observables", [""], "formula"), ("observables", [None], "number"), ("dimension", 0, "1"), ("dimension", -3, "1"),
        ("dimension", 1.5, "whole"), ("dimension", "two", "whole"), ("dimension", 2, "2"), ("name", "a/b", "letters"),
        ("name", "", "letters"), ("constants", {"k": [1.0]}, "number"), ("constants", {"k": "one"}, "number"),
        ("definitions", {"x": "1"}, "meaning"), ("definitions", {"u": "u"}, "unknown"), ("nothing", {}, "nothing"),
        ("study", [{}], "kind"), ("study", [{"kind": "x"}], "compare"), ("study", {"kind": "compare"}, "array"),
        ("study", [{"kind": "spectrum", "count": 0}], "count"), ("study", [{"kind": "weak-order", "steps": "small"}], "steps"),
        ("study", [{"kind": "compare", "colour": 1}], "colour"), ("large", "yes", "true"),
    ]),
    *((set_(SDE, path, item), says) for path, item, says in [
        ("sde.drift", None, "drift"), ("sde.drift", ["-x", "0"], "1"), ("sde.drift", "-x", "array"),
        ("sde.diffusion", None, "diffusion"), ("sde.diffusion", [["1"], ["1"]], "1"), ("sde.diffusion", ["1"], "row"),
        ("sde.rate", "c", "unknown"), ("sde.interpretation", "it", "stratonovich"), ("target.potential", "x^2", "one or the other"),
        ("sde.horizon", None, "horizon"),
    ]),
]

#: (arguments beside a good scenario, what the message says).
ARGUMENTS: list[tuple[dict[str, Any], str]] = [
    ({"seed": -1}, "whole number"), ({"seed": 1.0}, "whole number"), ({"seed": "1"}, "whole number"),
    ({"seed": True}, "whole number"), ({"seed": 2**64}, "whole number"), ({"threads": 0}, "whole number"),
    ({"threads": -2}, "whole number"), ({"threads": 1.5}, "whole number"), ({"threads": 10**6}, "whole number"),
    ({"threads": "all"}, "whole number"), ({"overrides": 3}, "dict"), ({"overrides": ["a=1"]}, "dict"),
    ({"overrides": {"": 1}}, "path"), ({"overrides": {1: 1}}, "path"), ({"overrides": {"a=b": 1}}, "path"),
    ({"overrides": {"a..b": 1}}, "path"), ({"overrides": {"particles.count": object()}}, "number"),
    ({"overrides": {"particles.cuont": 5}}, "count"), ({"overrides": {"particles.count": float("nan")}}, "finite"),
    ({"overrides": {"observables.7.x": 1}}, "array"), ({"overrides": {"name.x": 1}}, "table"),
    ({"progress": 3}, "function"), ({"progress": "yes"}, "function"), ({"gradient": gradient}, "potential"),
    ({"gradient": 3}, "gradient"), ({"observables": 3}, "list"), ({"observables": "x"}, "list"),
    ({"observables": {"a b": potential}}, "name"), ({"observables": {"x": 3}}, "function"),
    ({"observables": {1: potential}}, "name"), ({"functions": 3}, "dict"), ({"functions": {"f": 3}}, "function"),
    ({"functions": {"1f": potential}}, "name"), ({"functions": {"ü": potential}}, "name"),
    ({"initial": "samples"}, "samples"), ({"initial": np.zeros((3, 2, 1))}, "shape"), ({"initial": [[1.0]]}, "several"),
    ({"drift": lambda x: -x}, "one or the other"), ({"diffusion": lambda x: x[:, 0]}, "one or the other"),
]

#: (function as a potential, what the message says).
POTENTIALS: list[tuple[Any, str]] = [
    (3, "function"), ("x^2", "function"), (np.zeros(3), "function"), (lambda: 0, "expected f"), (lambda x, t, z: 0, "expected f"),
    (lambda x: 1.0, "array"), (lambda x: None, "array"), (lambda x: "a", "array"), (lambda x: [0.0] * len(x), "array"),
    (lambda x: x, "shape"), (lambda x: potential(x)[:, None], "shape"), (lambda x: potential(x)[1:], "rows"),
    (lambda x: np.zeros(()), "rows"), (lambda x: potential(x).sum(), "array of float64|rows|float64"),
    (lambda x: potential(x).astype(np.float32), "float64"), (lambda x: potential(x).astype(complex), "float64"),
    (lambda x: np.zeros(len(x), dtype=int), "float64"), (lambda x: np.zeros(len(x), dtype=object), "float64"),
    (lambda x: np.full(len(x), np.nan), "expected numbers"), (lambda x: np.log(x[:, 0]), "expected numbers"),
    (lambda x: np.random.default_rng().normal(size=len(x)), "randomness"), (lambda x: potential(x) - potential(x).mean(), "other points"),
    (lambda x: np.cumsum(potential(x[::-1])), "other points"), (lambda x, t: potential(x), "x alone"),
    (lambda x: np.round(x[:, 0], 3), "differences"), (lambda x: np.floor(30 * x[:, 0]), "differences"),
    (lambda x: np.float64(np.float32(100.0 + potential(x))), "differences"),
    (wfr.function(3), "called"), (wfr.function(potential, gradient=3), "called"),
]


def overwrites(x):
    x *= 2.0
    return potential(x)


def sets_flags(x):
    x.setflags(write=True)
    x += 1.0
    return potential(x)


POTENTIALS += [(overwrites, "leaves x as it is"), (sets_flags, "leaves x as it is")]

#: (gradient of the potential of the well, what the message says).
GRADIENTS: list[tuple[Any, str]] = [
    (3, "function"), (lambda x: -gradient(x), "slope"), (lambda x: 2.0 * gradient(x), "slope"),
    (lambda x: gradient(x) + 0.01, "slope"), (lambda x: gradient(x)[:, 0], "shape"), (lambda x: gradient(x)[1:], "rows"),
    (lambda x: np.hstack([x, x]), "shape"), (lambda x: None, "array"), (lambda x: gradient(x) * np.nan, "slope"),
    (lambda x: gradient(x).astype(np.float32), "float64"), (lambda x: x[:, :, None], "shape"),
    (lambda x: np.zeros_like(x), "slope"), (lambda x: gradient(np.roll(x, 1)), "slope"),
]

#: (scenario, functions as coefficients, what the message says).
COEFFICIENTS: list[tuple[dict[str, Any], dict[str, Any], str]] = [
    (set_(SDE, "sde.drift", None), {"drift": lambda x: np.hstack([x, x])}, "shape"),
    (SDE, {"drift": 3}, "function"), (SDE, {"drift": lambda x: np.full_like(x, np.inf)}, "expected numbers"),
    (SDE, {"drift": lambda x: x * np.nan}, "expected numbers"), (SDE, {"drift": lambda x: x.astype(int)}, "float64"),
    (SDE, {"diffusion": lambda x: np.zeros((len(x), 1, 1, 1))}, "shape"), (SDE, {"diffusion": "1"}, "function"),
    (SDE, {"rate": lambda x: x}, "shape"), (SDE, {"rate": lambda x: -np.inf * np.ones(len(x))}, "expected numbers"),
    (SDE, {"rate": lambda x: True}, "array"), (PLANE, {"drift": lambda x: x[:, 0]}, "shape"),
    (PLANE, {"drift": lambda x: x.T.copy()}, "rows"), (PLANE, {"drift": lambda x: -x}, "diffusion"),
    (PLANE, {"drift": lambda x: -x, "diffusion": lambda x: np.ones((len(x), 3))}, "shape"),
    (PLANE, {"drift": lambda x: -x, "diffusion": lambda x: np.ones((len(x), 3, 2))}, "shape"),
    (PLANE, {"drift": lambda x: -x, "diffusion": lambda x: np.ones((len(x), 2, 65))}, "shape"),
    (PLANE, {"drift": lambda x, t: -x, "diffusion": lambda x: 1.0}, "array"),
    (PLANE, {"drift": lambda x: -x, "diffusion": lambda x: np.ones(len(x)), "observables": {"f": lambda x: x}}, "shape"),
    (WELL, {"rate": lambda x: x[:, 0]}, "rate"), (WELL, {"observables": {"f": lambda x: x}}, "shape"),
    (WELL, {"observables": {"f": lambda x: np.log(x[:, 0])}}, "expected numbers"),
    (WELL, {"functions": {"f": lambda x: np.ones((len(x), 2, 2))}}, "shape"),
    (set_(WELL, "observables", ["f"]), {"functions": {"f": lambda x: np.ones((len(x), 2))}}, "f1"),
    (set_(WELL, "observables", ["f"]), {"functions": {"f": lambda x, t: x[:, 0]}}, "reads t"),
    (set_(WELL, "observables", ["g"]), {"functions": {"f": lambda x: x[:, 0]}}, "unknown"),
]


class Raises:
    """Functions that raise what is not expected of them."""

    def __init__(self, error: BaseException) -> None:
        self.error = error

    def __call__(self, x: Any) -> Any:
        raise self.error


ERRORS = [ZeroDivisionError("mine"), KeyboardInterrupt("mine"), SystemExit("mine"), StopIteration("mine"), MemoryError("mine"),
          RecursionError("mine"), AttributeError("mine"), GeneratorExit("mine"), AssertionError("mine"), OSError("mine")]


def refused(says: str, *given: Any, **arguments: Any) -> None:
    with pytest.raises((wfr.ScenarioError, wfr.FunctionError, wfr.Breakdown), match=f"(?i){says}") as caught:
        wfr.run(*given, **arguments)
    assert len(str(caught.value)) > 10


@pytest.mark.parametrize("scenario, says", SCENARIOS)
def test_scenarios(scenario: Any, says: str) -> None:
    refused(says, scenario)


@pytest.mark.parametrize("arguments, says", ARGUMENTS)
def test_arguments(arguments: dict[str, Any], says: str) -> None:
    refused(says, WELL, **arguments)


@pytest.mark.parametrize("own, says", POTENTIALS)
def test_potentials(own: Any, says: str) -> None:
    refused(says, BARE, potential=own)


@pytest.mark.parametrize("own, says", GRADIENTS)
def test_gradients(own: Any, says: str) -> None:
    refused(says, BARE, potential=potential, gradient=own)


@pytest.mark.parametrize("scenario, arguments, says", COEFFICIENTS)
def test_coefficients(scenario: dict[str, Any], arguments: dict[str, Any], says: str) -> None:
    refused(says, scenario, **arguments)


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
@pytest.mark.parametrize("late", [False, True])
def test_errors_of_functions(error: BaseException, late: bool) -> None:
    calls = threading.local()

    def fails(x: Any) -> Any:
        calls.count = getattr(calls, "count", 0) + 1
        if not late or threading.current_thread() is not threading.main_thread():
            raise error
        return gradient(x)

    with pytest.raises(type(error), match="mine"):
        wfr.run(BARE, potential=potential, gradient=fails)


def later(change: Any) -> Any:
    """The gradient while it is tried, and something else in the run."""

    def own(x: Any) -> Any:
        return gradient(x) if threading.current_thread() is threading.main_thread() else change(gradient(x))

    return own


@pytest.mark.parametrize("change, error", [
    (lambda g: g[1:], ValueError), (lambda g: g[:, 0][:, None, None].repeat(2, 2), ValueError), (lambda g: None, wfr.FunctionError),
    (lambda g: g.astype(np.float32), wfr.FunctionError), (lambda g: g * np.nan, wfr.Breakdown), (lambda g: g * np.inf, wfr.Breakdown),
    (lambda g: 1.0, wfr.FunctionError), (lambda g: list(g), wfr.FunctionError), (lambda g: np.zeros((0, 1)), ValueError),
    (lambda g: 1e200 * g, wfr.Breakdown),
])
def test_functions_that_change_in_the_run(change: Any, error: type[BaseException]) -> None:
    scenario = {key: own for key, own in BARE.items() if key != "grid"}
    with pytest.raises(error):
        wfr.run(scenario, potential=potential, gradient=later(change))


def test_there_are_two_hundred() -> None:
    count = len(SCENARIOS) + len(ARGUMENTS) + len(POTENTIALS) + len(GRADIENTS) + len(COEFFICIENTS) + 2 * len(ERRORS) + 10
    assert count >= 200, count


@pytest.mark.parametrize("arguments", [{"predicts": "x"}, {"schedule": (0.0, 1.0)}, {"end": 2.0}, {"churn": -1.0}, {"forward": "x"},
                                       {"reward": plain_potential}])
def test_scores(arguments: dict[str, Any]) -> None:
    with pytest.raises(ValueError):
        wfr.score_scenario(lambda x, t: -x, **arguments)
