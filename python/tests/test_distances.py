"""Distances and geodesics: closed forms, an independent solver, and what is refused."""

from __future__ import annotations

import _thread
import math
import pickle
import threading
import time

import numpy as np
import pytest
from scipy.optimize import linear_sum_assignment

import wfr


def clouds(n: int, m: int) -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(3)
    return random.normal(size=(n, 2)), random.normal(size=(m, 2)) + 0.5


@pytest.mark.parametrize(("m", "n", "apart", "delta"), [(1.0, 2.0, 0.8, 1.0), (0.3, 5.0, 0.1, 0.04), (1.0, 1.0, 3.2, 1.0)])
def test_two_diracs(m: float, n: float, apart: float, delta: float) -> None:
    found = wfr.distance([[1.0, 0.0]], [[1.0, apart]], weights=([m], [n]), delta=delta)
    exact = m + n - 2.0 * math.sqrt(m * n) * math.cos(min(apart / (2.0 * delta), math.pi / 2.0))
    assert found.lower <= exact * (1 + 1e-15)
    assert exact * (1 - 1e-15) <= found.upper
    assert found.gap < 1e-12


def test_w2_is_an_assignment() -> None:
    x, y = clouds(40, 40)
    cost = ((x[:, None] - y[None]) ** 2).sum(axis=2)
    exact = cost[linear_sum_assignment(cost)].mean()
    found = wfr.distance(x, y, kind="w2")
    assert found.lower <= exact * (1 + 1e-12)
    assert exact <= found.upper * (1 + 1e-12)
    assert found.met
    assert found.matrix().sum(axis=0) == pytest.approx(np.full(40, 1 / 40))


def test_the_interval_is_what_plan_and_potentials_prove() -> None:
    x, y = clouds(60, 45)
    found = wfr.distance(x, y, delta=0.3)
    angle = np.linalg.norm(x[:, None] - y[None], axis=2) / 0.6
    with np.errstate(divide="ignore"):
        cost = np.where(angle < math.pi / 2, -2.0 * np.log(np.abs(np.cos(angle))), np.inf)
    a, b = found.potentials
    assert (a[:, None] + b[None] <= cost).all()
    dual = np.mean(-np.expm1(-a)) + np.mean(-np.expm1(-b))
    plan = found.matrix()

    def divergence(marginal: np.ndarray, mass: float) -> float:
        kept = marginal[marginal > 0.0]
        return float((kept * np.log(kept / mass) - kept).sum() + mass * len(marginal))

    transport = (plan[plan > 0.0] * cost[plan > 0.0]).sum()
    primal = transport + divergence(plan.sum(axis=1), 1 / 60) + divergence(plan.sum(axis=0), 1 / 45)
    assert found.lower == pytest.approx(dual, rel=1e-12)
    assert found.upper == pytest.approx(primal, rel=1e-12)
    assert primal - dual < 1e-10 * primal


def test_hellinger_is_the_limit_of_small_scales() -> None:
    x = np.arange(5.0)
    weights = (np.array([1.0, 2.0, 0.0, 1.0, 3.0]), np.array([2.0, 2.0, 1.0, 0.5, 0.1]))
    exact = ((np.sqrt(weights[0]) - np.sqrt(weights[1])) ** 2).sum()
    limit = wfr.distance(x, x, weights=weights, delta=1e-3)
    own = wfr.distance(x, x, weights=weights, kind="hellinger")
    assert own.lower <= exact * (1 + 1e-15)
    assert exact <= own.upper * (1 + 1e-15)
    assert limit.value == pytest.approx(exact, rel=1e-12)


def test_the_sphere_has_an_angle() -> None:
    x, y = clouds(20, 30)
    angle = wfr.distance(x, y, delta=0.3, kind="spherical")
    square = wfr.distance(x, y, delta=0.3)
    assert math.cos(angle.value) == pytest.approx(1.0 - square.value / 2.0, rel=1e-9)


def test_a_geodesic_has_its_ends_and_its_mass() -> None:
    x, y = clouds(30, 20)
    a, b = np.linspace(0.5, 1.5, 30), np.linspace(2.0, 0.5, 20)
    curve = wfr.geodesic(x, y, weights=(a, b), delta=0.3)
    for t, (points, mass) in ((0.0, (x, a)), (1.0, (y, b))):
        found, masses = curve.at(t)
        assert masses @ found == pytest.approx(mass @ points)
    for t in (0.2, 0.7):
        exact = (1 - t) * a.sum() + t * b.sum() - t * (1 - t) * curve.distance.value
        assert curve.at(t)[1].sum() == pytest.approx(exact, rel=1e-9)
    with pytest.raises(ValueError, match="t: found 1.5; expected a time between 0"):
        curve.at(1.5)


def test_plans_of_equal_places_add_up() -> None:
    found = wfr.distance([1.0, 1.0, 1.0, 1.0], [1.0, 2.0, 0.0, 0.0], kind="w2")
    assert found.matrix().sum(axis=1) == pytest.approx(np.full(4, 0.25))
    assert found.matrix().sum(axis=0) == pytest.approx(np.full(4, 0.25))


def test_at_the_cut_and_from_itself() -> None:
    found = wfr.distance([[0.0]], [[np.pi]], weights=([1.0], [1.0]), delta=1.0)
    assert found.met
    assert found.value == pytest.approx(2.0, rel=1e-12)
    x, _ = clouds(30, 2)
    assert wfr.distance(x, x, delta=0.3).upper < 1e-12
    assert wfr.distance([[1.0]], [[1.0]], delta=0.3).met


def test_results_are_plain_objects() -> None:
    x, y = clouds(5, 4)
    curve = wfr.geodesic(x, y, delta=0.3)
    found = curve.distance
    assert repr(found).startswith("<wfr.Distance wfr: between ")
    assert len({found, found}) == 1
    assert all(own.dtype == np.int64 for own in found.plan[:2])
    for got, want in zip(pickle.loads(pickle.dumps(curve)).at(0.3), curve.at(0.3), strict=True):  # noqa: S301
        assert np.array_equal(got, want)
    assert wfr.distance(x, x + 0.1, delta=0.3, weights=np.full((2, 5), 0.2)).met


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({}, "delta: found None; expected the length scale"),
        ({"delta": 0.0}, "delta: found 0.0; expected a length"),
        ({"delta": float("nan")}, "delta: found nan; expected a length"),
        ({"delta": "wide"}, "delta: found 'wide'; expected a number"),
        ({"delta": 1.0, "kind": "w1"}, "kind: found 'w1'; expected one of wfr, w2"),
        ({"delta": 1.0, "kind": "w2"}, "expected it for 'wfr' and 'spherical' alone"),
        ({"delta": True}, "delta: found True; expected a number"),
        ({"kind": "hellinger"}, "expected the same points on both sides"),
        ({"delta": 1.0, "weights": (np.ma.masked_equal(np.arange(4.0), 2.0), None)}, "found masked entries"),
        ({"delta": 1.0, "weights": np.ones(4)}, "weights: found ndarray; expected a pair"),
        ({"delta": 1.0, "weights": (np.ones(3), None)}, r"weights\[0\]: found an array of shape \(3,\); expected \(4,\)"),
        ({"delta": 1.0, "weights": (-np.ones(4), None)}, "x: mass 0 is -1e0"),
        ({"kind": "w2", "weights": (np.ones(4), None)}, "the total masses are 4 and 1"),
        ({"delta": 1.0, "tolerance": 0.0}, "tolerance: found 0.0; expected a relative width"),
    ],
)
def test_mistakes_are_named(arguments: dict, message: str) -> None:
    x, y = clouds(4, 5)
    with pytest.raises(ValueError, match=message):
        wfr.distance(x, y, **arguments)


def test_wrong_points_are_named() -> None:
    x, y = clouds(4, 5)
    for first, message in (
        (np.zeros((0, 2)), "x: found an array of shape"),
        (np.full((4, 2), np.nan), "x: coordinate 0 of point 0 is NaN"),
        (np.ones((4, 3)), "dimensions 3 and 2"),
        (np.array(["a"]), "x: found an array of <U1; expected real numbers"),
    ):
        with pytest.raises(ValueError, match=message):
            wfr.distance(first, y, delta=1.0)


def test_a_signal_ends_it() -> None:
    x, y = clouds(6000, 6000)
    threading.Timer(0.5, _thread.interrupt_main).start()
    started = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        wfr.distance(x, y, delta=0.3, tolerance=1e-13)
    assert time.monotonic() - started < 30.0
