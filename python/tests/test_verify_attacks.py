"""What an adversary found: right code that failed, wrong code that passed, and messages that misled."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import wfr

Array = np.ndarray


def slope(x: Array) -> Array:
    return x + x**3 / 3.0


def well(dimension: int) -> wfr.Problem:
    return wfr.Problem(potential=lambda x: np.sum(x**2 / 2.0 + x**4 / 12.0, axis=1), dimension=dimension)


def euler(draw: Any) -> Any:
    def step(x: Array, t: float, h: float, rng: np.random.Generator) -> Array:
        return x - h * slope(x) + np.sqrt(2.0 * h) * draw(x.shape, rng)

    return step


def three_points(shape: tuple[int, ...], rng: np.random.Generator) -> Array:
    return np.sqrt(3.0) * rng.choice([-1.0, 0.0, 1.0], p=[1 / 6, 2 / 3, 1 / 6], size=shape)


def two_points(shape: tuple[int, ...], rng: np.random.Generator) -> Array:
    return rng.choice([-1.0, 1.0], size=shape)


def antithetic(shape: tuple[int, ...], rng: np.random.Generator) -> Array:
    half = rng.normal(size=((shape[0] + 1) // 2, *shape[1:]))
    return np.concatenate([half, -half])[: shape[0]]


@pytest.mark.parametrize("dimension", [1, 2])
@pytest.mark.parametrize("draw", [two_points, three_points])
def test_drawn_variates_of_few_values_pass(draw: Any, dimension: int) -> None:
    assert wfr.verify_step(euler(draw), well(dimension), order=1)


def heun(draw: Any) -> Any:
    def step(x: Array, t: float, h: float, rng: np.random.Generator) -> Array:
        noise = np.sqrt(2.0 * h) * draw(x.shape, rng)
        return x - 0.5 * h * (slope(x) + slope(x - h * slope(x) + noise)) + noise

    return step


def uniform(shape: tuple[int, ...], rng: np.random.Generator) -> Array:
    return rng.uniform(-np.sqrt(3.0), np.sqrt(3.0), size=shape)


def test_order_two_needs_the_fourth_moment_of_the_noise() -> None:
    assert wfr.verify_step(heun(three_points), well(1), order=2)
    for draw, value in [(uniform, "1."), (two_points, "1 in place of 3")]:
        found = wfr.verify_step(heun(draw), well(1), order=2)
        assert found.verdict == "fail" and f"fourth moment of the noise in component 1 is {value}" in " ".join(found.causes)
    assert wfr.verify_step(euler(uniform), well(1), order=1)


def tied_sizes(shape: tuple[int, ...], rng: np.random.Generator) -> Array:
    noise = rng.normal(size=shape)
    return np.abs(noise[:, :1]) * np.sign(noise)


def tied_signs(shape: tuple[int, ...], rng: np.random.Generator) -> Array:
    noise = rng.normal(size=shape)
    noise[:, 1] = np.abs(noise[:, 1]) * np.sign(noise[:, 0] * noise[:, 2])
    return noise


def test_order_two_needs_joint_fourth_moments() -> None:
    found = wfr.verify_step(heun(tied_sizes), well(2), order=2)
    assert found.verdict == "fail" and "in components 1, 1, 2, 2 is" in " ".join(found.causes), str(found)


WRONG_DRAWS = [
    (lambda shape, rng: rng.exponential(size=shape) - 1.0, 1, "third moment of the noise in component 1 is 2"),
    (antithetic, 1, "antithetic"),
    (lambda shape, rng: np.repeat(rng.normal(size=(shape[0], 1)), shape[1], axis=1), 2, "noise have the correlation"),
    (tied_signs, 3, "third moment of the noise in components 1, 2, 3 is 0.5"),
    (lambda shape, rng: 1.1 * rng.normal(size=shape), 1, "variance of the noise in component 1 is 1.2"),
]


@pytest.mark.parametrize(("draw", "dimension", "says"), WRONG_DRAWS)
def test_wrong_draws_are_named(draw: Any, dimension: int, says: str) -> None:
    found = wfr.verify_step(euler(draw), well(dimension), order=1)
    assert found.verdict == "fail" and says in " ".join(found.causes), str(found)


def force(q: Array) -> Array:
    return -q - q**3 / 3.0


FRICTION = 1.3
KINETIC = wfr.Problem.kinetic(force, FRICTION)


def baoab(power: int) -> Any:
    def step(x: Array, t: float, h: float, rng: np.random.Generator) -> Array:
        q, p = x[:, :1], x[:, 1:]
        p = p + h / 2.0 * force(q)
        q = q + h / 2.0 * p
        kept = np.exp(-FRICTION * h)
        p = kept * p + np.sqrt(1.0 - kept**power) * rng.normal(size=p.shape)
        q = q + h / 2.0 * p
        return np.hstack([q, p + h / 2.0 * force(q)])

    return step


def test_positions_without_noise_are_no_controls() -> None:
    assert wfr.verify_step(baoab(2), KINETIC, order=2)
    assert "the variance is halved" in wfr.verify_step(baoab(1), KINETIC, order=2).causes[0]


@pytest.mark.parametrize("order", [2, 3])
def test_exact_steps_pass(order: int) -> None:
    def grown(x: Array, t: float, h: float, noise: Array) -> Array:
        return x * np.exp((0.3 - 0.08) * h + 0.4 * np.sqrt(h) * noise)

    def relaxed(x: Array, t: float, h: float, noise: Array) -> Array:
        kept = np.exp(-1.7 * h)
        return 0.4 + (x - 0.4) * kept + 0.8 * np.sqrt((1.0 - kept**2) / 3.4) * noise

    assert wfr.verify_step(grown, wfr.Problem(drift=lambda x: 0.3 * x, noise=lambda x: 0.4 * x), order=order)
    assert wfr.verify_step(relaxed, wfr.Problem(drift=lambda x: 1.7 * (0.4 - x), noise=0.8), order=order)


def test_a_buffer_that_is_returned_is_seen() -> None:
    buffers: dict[tuple[int, ...], Array] = {}

    def step(x: Array, t: float, h: float, noise: Array) -> Array:
        out = buffers.setdefault(x.shape, np.empty_like(x))
        np.multiply(slope(x), -h, out=out)
        out += x
        out += np.sqrt(2.0 * h) * noise
        return out

    assert wfr.verify_step(step, well(1), order=1).check("results").verdict == "fail"


def test_noise_that_is_used_twice_is_named() -> None:
    def obabo(x: Array, t: float, h: float, noise: Array) -> Array:
        q, p = x[:, :1], x[:, 1:]
        kept = np.exp(-FRICTION * h / 2.0)
        p = kept * p + np.sqrt(1.0 - kept**2) * noise[:, :1] + h / 2.0 * force(q)
        q = q + h * p
        p = kept * (p + h / 2.0 * force(q)) + np.sqrt(1.0 - kept**2) * noise[:, :1]
        return np.hstack([q, p])

    found = wfr.verify_step(obabo, KINETIC, order=2, variates=2)
    assert found.causes[0] == "noise[:, 1] is not used"


def test_a_covariance_says_its_components() -> None:
    def step(x: Array, t: float, h: float, noise: Array) -> Array:
        return x - h * slope(x) + np.sqrt(2.0 * h) * noise[:, :1]

    assert "E[(x′ − x)_1 (x′ − x)_2] is 2" in wfr.verify_step(step, well(2), order=1).causes[-1]


def copied(weights: Array, rng: np.random.Generator, *arrays: Array) -> list[Array]:
    if not np.isfinite(weights).all() or (weights < 0.0).any() or weights.sum() <= 0.0:
        raise ValueError("weights: expected finite numbers ≥ 0, not all zero")
    chosen = rng.choice(len(weights), len(weights), p=weights / weights.sum())
    return [array[chosen] for array in arrays]


def in_place(weights: Array, rng: np.random.Generator, *arrays: Array) -> tuple[Array, ...]:
    for array, own in zip(arrays, copied(weights, rng, *arrays), strict=True):
        array[:] = own
    return arrays


@pytest.mark.parametrize("resample", [copied, in_place])
def test_arrays_may_come_in_a_list_or_be_changed_in_place(resample: Any) -> None:
    assert wfr.verify_resampling(resample, arrays=True)


def normal(seed: int) -> float:
    return float(np.random.default_rng(seed).normal())


def test_modes_that_are_the_same_code_decide_nothing() -> None:
    found = wfr.verify_log_evidence(lambda seed, resample: 0.1 * normal(seed))
    assert "never" in found.check("modes").says and found.verdict != "pass"


def test_an_evidence_that_ignores_its_seed_is_named() -> None:
    found = wfr.verify_log_evidence(lambda seed, resample: 0.1 if resample == "always" else 0.2)
    assert found.causes == ("all seeds give the same log Ẑ",)


def test_numbers_that_all_seeds_share_hide_no_overlap() -> None:
    found = wfr.verify_seeds(lambda seed: [1.0, normal(seed), normal(seed + 1)])
    assert "streams overlap" in found.causes[0]
    found = wfr.verify_seeds(lambda seed: [normal(seed), normal(0)])
    assert found.verdict == "inconclusive" and "1 of 2 numbers" in found.check("different seeds").says


def test_whole_numbers_decide_nothing() -> None:
    found = wfr.verify_seeds(lambda seed: np.random.default_rng(seed).integers(3, size=10))
    assert found.verdict == "inconclusive" and "whole numbers" in found.check("different seeds").says


MISUSE = [
    (lambda: wfr.verify_log_evidence(lambda seed, resample: None), "found NoneType; expected one number"),
    (lambda: wfr.verify_log_evidence(lambda seed: normal(seed), truth=np.nan), "truth: found nan"),
    (lambda: wfr.verify_seeds(lambda seed: []), "found an empty array"),
    (lambda: wfr.verify_seeds(lambda seed: {"a": 1}), "found dict"),
    (lambda: wfr.verify_step(lambda x, t, h, noise: x, well(1), order=1, variates=0), "variates: found 0"),
]


@pytest.mark.parametrize(("call", "says"), MISUSE)
def test_misuse_is_said(call: Any, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        call()
