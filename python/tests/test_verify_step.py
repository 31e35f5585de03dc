"""Steps of the user's: right ones pass, and planted mistakes are found by name."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import verify_steps as own

import wfr

Array = np.ndarray

#: (step, problem, order, settings) of what is right.
RIGHT: list[tuple[Any, wfr.Problem, int, dict[str, Any]]] = [
    (own.euler, own.WELL, 1, {}),
    (own.heun, own.WELL, 2, {}),
    (own.heun, own.WELL, 2, {"noise": "three-point"}),
    (own.euler, own.WELL, 1, {"noise": "two-point"}),
    (own.trapezoidal, own.WEIGHTED, 2, {"weight": True}),
    (own.left_point, own.WEIGHTED, 1, {"weight": True}),
    (own.ito_euler, own.ITO, 1, {}),
    (own.milstein, own.ITO, 1, {"strong": True}),
    (own.stratonovich_heun, own.STRATONOVICH, 1, {"strong": True}),
    (own.baoab, own.KINETIC, 2, {}),
]


@pytest.mark.parametrize(
    ("step", "problem", "order", "settings"), RIGHT, ids=lambda item: getattr(item, "__name__", None)
)
def test_right_steps_pass(step: Any, problem: wfr.Problem, order: int, settings: dict[str, Any]) -> None:
    found = wfr.verify_step(step, problem, order=order, **settings)
    assert found.verdict == "pass", str(found)
    assert abs(found.numbers["order"] - order) < 0.05, "no claim is too modest"
    assert not found.causes


def noise(factor: float) -> Any:
    return lambda x, t, h, noise: x - h * own.slope(x) + factor * np.sqrt(h) * noise


def weight(factor: float) -> Any:
    return lambda x, t, h, noise: (own.weighted_heun(x, t, h, noise), factor * own.trapezoidal(x, t, h, noise)[1])


def right_point(x: Array, t: float, h: float, noise: Array) -> tuple[Array, Array]:
    y = own.weighted_heun(x, t, h, noise)
    return y, -h * own.rate(y)


def deterministic_weight(x: Array, t: float, h: float, noise: Array) -> tuple[Array, Array]:
    y = own.weighted_heun(x, t, h, noise)
    return y, -0.5 * h * (own.rate(x) + own.rate(x + h * own.turn(x, t)))


def frozen(x: Array, t: float, h: float, noise: Array) -> tuple[Array, Array]:
    y = x + h * own.turn(x, t) + np.sqrt(h) * noise @ own.ROOT.T
    y = x + 0.5 * h * (own.turn(x, t) + own.turn(y, t)) + np.sqrt(h) * noise @ own.ROOT.T
    return y, -0.5 * h * (own.rate(x) + own.rate(y))


def transposed(x: Array, t: float, h: float, noise: Array) -> tuple[Array, Array]:
    return x + h * own.turn(x, t) + np.sqrt(h) * noise @ own.ROOT, -h * own.rate(x)


def uncorrelated(x: Array, t: float, h: float, noise: Array) -> tuple[Array, Array]:
    return x + h * own.turn(x, t) + np.sqrt(h) * noise * np.sqrt(np.diag(own.ROOT @ own.ROOT.T)), -h * own.rate(x)


def milstein(factor: float, minus: float = 1.0) -> Any:
    term = lambda x, h, noise: factor * own.size(x) * own.size_slope(x) * h * (noise**2 - minus)  # noqa: E731
    return lambda x, t, h, noise: own.ito_euler(x, t, h, noise) + term(x, h, noise)


def half_kick(x: Array, t: float, h: float, noise: Array) -> Array:
    """BAOAB with the noise of a half step."""
    q, p = x[:, :1], x[:, 1:] - 0.5 * h * own.slope(x[:, :1])
    q = q + 0.5 * h * p
    p = np.exp(-own.FRICTION * h) * p + np.sqrt(-np.expm1(-own.FRICTION * h)) * noise
    q = q + 0.5 * h * p
    return np.concatenate([q, p - 0.5 * h * own.slope(q)], axis=1)


#: (step, problem, order, settings, what the first cause says).
WRONG: list[tuple[Any, wfr.Problem, int, dict[str, Any], str]] = [
    (own.euler, own.WELL, 2, {}, "½ h² La of the drift is missing"),
    (own.noiseless_predictor, own.WELL, 2, {}, "the noise is missing in the predictor"),
    (lambda x, t, h, noise: x + h * own.slope(x) + np.sqrt(2.0 * h) * noise, own.WELL, 1, {}, "sign of the drift"),
    (lambda x, t, h, noise: x - 0.5 * h * own.slope(x) + np.sqrt(2.0 * h) * noise, own.WELL, 1, {}, "drift is halved"),
    (lambda x, t, h, noise: x - h * own.slope(x) + np.sqrt(2.0) * h * noise, own.WELL, 1, {}, "h in place of √h"),
    (lambda x, t, h, noise: own.euler(x, t, h, noise + 0.1), own.WELL, 1, {}, "the noise has a mean"),
    (noise(2.0), own.WELL, 1, {}, "√2 too large"),
    (noise(1.0), own.WELL, 1, {}, "√2 too small"),
    (noise(1.1), own.WELL, 1, {}, "0.605 times what it should be"),
    (own.left_point, own.WEIGHTED, 2, {"weight": True}, "left point"),
    (right_point, own.WEIGHTED, 2, {"weight": True}, "right point"),
    (deterministic_weight, own.WEIGHTED, 2, {"weight": True}, "path without noise"),
    (weight(0.5), own.WEIGHTED, 1, {"weight": True}, "weight is halved"),
    (weight(2.0), own.WEIGHTED, 1, {"weight": True}, "twice"),
    (weight(-1.0), own.WEIGHTED, 1, {"weight": True}, "sign of the weight"),
    (weight(0.0), own.WEIGHTED, 1, {"weight": True}, "weight is missing"),
    (frozen, own.WEIGHTED, 2, {"weight": True}, "time is frozen"),
    (transposed, own.WEIGHTED, 1, {"weight": True}, "transposed"),
    (uncorrelated, own.WEIGHTED, 1, {"weight": True}, "correlations are dropped"),
    (own.stratonovich_heun, own.ITO, 1, {}, "Itô read as Stratonovich"),
    (own.ito_euler, own.STRATONOVICH, 1, {}, "Stratonovich read as Itô"),
    (milstein(0.5, 0.0), own.ITO, 1, {}, "Itô read as Stratonovich"),
    (milstein(1.0), own.ITO, 1, {"strong": True}, "lacks its ½"),
    (milstein(-0.5), own.ITO, 1, {"strong": True}, "wrong sign"),
    (own.ito_euler, own.ITO, 1, {"strong": True}, "Milstein term is missing"),
    (half_kick, own.KINETIC, 2, {}, "√2 too small"),
]


@pytest.mark.parametrize(("step", "problem", "order", "settings", "says"), WRONG)
def test_mistakes_are_named(step: Any, problem: wfr.Problem, order: int, settings: dict[str, Any], says: str) -> None:
    found = wfr.verify_step(step, problem, order=order, **settings)
    assert found.verdict == "fail" and says in found.causes[0], str(found)


def drawn(step: Any) -> Any:
    """The same step with a generator."""
    return lambda x, t, h, rng: step(x, t, h, rng.normal(size=x.shape))


#: (step with noise, problem, order, settings, cause or None) for steps that draw their noise.
DRAWN: list[tuple[Any, wfr.Problem, int, dict[str, Any], str | None]] = [
    (own.euler, own.WELL, 1, {}, None),
    (own.heun, own.WELL, 2, {}, None),
    (own.trapezoidal, own.WEIGHTED, 2, {"weight": True}, None),
    (own.euler, own.WELL, 2, {}, "½ h² La"),
    (own.noiseless_predictor, own.WELL, 2, {}, "noise is missing in the predictor"),
    (noise(2.0), own.WELL, 1, {}, "√2 too large"),
    (own.left_point, own.WEIGHTED, 2, {"weight": True}, "left point"),
    (weight(0.5), own.WEIGHTED, 1, {"weight": True}, "weight is halved"),
    (own.stratonovich_heun, own.ITO, 1, {}, "Itô read as Stratonovich"),
    (lambda x, t, h, noise: own.euler(x, t, h, noise + 0.1), own.WELL, 1, {}, "the noise has a mean"),
]


@pytest.mark.parametrize(("step", "problem", "order", "settings", "says"), DRAWN)
def test_steps_that_draw(
    step: Any, problem: wfr.Problem, order: int, settings: dict[str, Any], says: str | None
) -> None:
    """The seed is fixed; over seeds, one of these verdicts is wrong with a probability of 10⁻⁶ at most."""
    found = wfr.verify_step(drawn(step), problem, order=order, level=1e-7, **settings)
    if says is None:
        assert found.verdict == "pass", str(found)
        assert all(check.detectable is None or check.detectable < 1.0 for check in found.checks)
    else:
        assert found.verdict == "fail" and says in found.causes[0], str(found)


def test_a_budget_that_decides_nothing_is_inconclusive() -> None:
    """The noise depends on h here, so that a tiny step does not show it, and no variance is taken off."""

    def step(x: Array, t: float, h: float, rng: np.random.Generator) -> Array:
        own_rng = np.random.default_rng([int(rng.integers(2**62)), int(1e15 * h)])
        return own.heun(x, t, h, own_rng.normal(size=x.shape))

    found = wfr.verify_step(step, own.WELL, order=2, samples=200_000)
    assert found.verdict == "inconclusive" and not found


def test_coefficients_with_a_kink_decide_nothing() -> None:
    problem = wfr.Problem(drift=lambda x: -np.abs(x), noise=1.0, points=[-0.01, 0.02])
    found = wfr.verify_step(lambda x, t, h, noise: x - h * np.abs(x) + np.sqrt(h) * noise, problem, order=1)
    assert found.verdict == "inconclusive" and "smooth" in found.checks[0].says, str(found)
    found = wfr.verify_step(drawn(lambda x, t, h, noise: x - h * np.abs(x) + np.sqrt(h) * noise), problem, order=1)
    assert found.verdict == "inconclusive" and "smooth" in found.check("moments").says, str(found)


def hidden(x: Array, t: float, h: float, noise: Array) -> Array:
    return own.euler(x, t, h, noise) + 1e-3 * np.sqrt(h) * np.random.normal(size=x.shape)


def centred(x: Array, t: float, h: float, noise: Array) -> Array:
    return own.euler(x, t, h, noise - noise.mean(axis=0) if len(x) > 1 else noise)


def ranked(x: Array, t: float, h: float, noise: Array) -> Array:
    return own.euler(x, t, h, noise) + 1e-3 * h * np.arange(len(x))[:, None]


def in_place(x: Array, t: float, h: float, noise: Array) -> Array:
    x += h * np.sin(x)
    return x + np.sqrt(2.0 * h) * noise


def single(x: Array, t: float, h: float, noise: Array) -> Array:
    return own.euler(x.astype(np.float32), t, np.float32(h), noise.astype(np.float32))


def rounded(x: Array, t: float, h: float, noise: Array) -> Array:
    return own.euler(x, t, h, noise).astype(np.float32).astype(np.float64)


def broken(x: Array, t: float, h: float, noise: Array) -> Array:
    return np.where(noise > 1.0, np.nan, own.euler(x, t, h, noise))


def shared(x: Array, t: float, h: float, rng: np.random.Generator) -> Array:
    return own.euler(x, t, h, rng.normal(size=(1, x.shape[1])))


def unseeded(x: Array, t: float, h: float, rng: np.random.Generator) -> Array:
    return own.euler(x, t, h, np.random.normal(size=x.shape))


def constant(x: Array, t: float, h: float, rng: np.random.Generator) -> Array:
    return own.euler(x, t, h, np.random.default_rng(0).normal(size=x.shape))


def whitened(x: Array, t: float, h: float, rng: np.random.Generator) -> Array:
    """Noise that is centred over the batch, and so vanishes for one particle."""
    noise = rng.normal(size=x.shape)
    return own.euler(x, t, h, noise - noise.mean(axis=0))


@pytest.mark.parametrize(
    ("step", "check"),
    [
        (hidden, "shared randomness"),
        (centred, "batch size"),
        (ranked, "order of rows"),
        (in_place, "arguments"),
        (single, "types"),
        (rounded, "types"),
        (broken, "finite"),
        (shared, "rows"),
        (unseeded, "shared randomness"),
        (constant, "seeds"),
        (whitened, "batch size"),
    ],
)
def test_habits_are_seen(step: Any, check: str) -> None:
    found = wfr.verify_step(step, own.WELL, order=1)
    assert found.check(check).verdict == "fail", str(found)


def test_the_series_is_that_of_a_closed_form() -> None:
    """Ornstein–Uhlenbeck processes, with and without the weight exp(−½ ∫X²)."""
    from wfr.verify._expansion import Expansion

    problem = wfr.Problem(drift=lambda x: -x, noise=np.sqrt(2.0), rate=lambda x: 0.5 * x[:, 0] ** 2)
    x, w = 0.7, np.sqrt(3.0)  # w² = k² + 2qσ².

    def exact(h: float) -> float:
        d = w * np.cosh(w * h) + np.sinh(w * h)
        return float(np.exp(h / 2.0) * np.sqrt(w / d) * np.exp(-0.5 * x * x * np.sinh(w * h) / d))

    # Cut at h⁸, the series is within (2h)⁹ of it: poles are at |h| > ½. Coefficients are rounded more the more there are; that
    # is in the errors.
    for most, h, tolerance in ((8, 0.02, 1e-12), (10, 0.1, 1e-4)):
        found, powers = Expansion(problem, np.array([x]), 0.0, most), h ** np.arange(most + 1)
        off = abs(found.coefficients((0,)) @ powers - exact(h))
        assert off <= 1e-13 + (2.0 * h) ** (most + 1) + found.errors((0,)) @ powers < tolerance
    plain = wfr.Problem(drift=lambda x: -x, noise=np.sqrt(2.0))
    h = 0.02
    series = Expansion(plain, np.array([x]), 0.0, 8).coefficients((2,)) @ h ** np.arange(9)
    assert abs(series - (x * np.expm1(-h)) ** 2 + np.expm1(-2.0 * h)) < 1e-12


def test_the_text_says_what_is_wrong_and_what_would_have_been_seen() -> None:
    text = str(wfr.verify_step(noise(2.0), own.WELL, order=1))
    assert "fail" in text.splitlines()[0] and "  cause: the noise is √2 too large" in text
    text = str(wfr.verify_step(drawn(own.euler), own.WELL, order=1))
    assert "would have been found with probability 0.99" in text and "false alarms: at most 0.0001" in text


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda: wfr.Problem(), "drift"),
        (lambda: wfr.Problem(drift=own.pull), "noise"),
        (lambda: wfr.Problem(drift=own.pull, noise=1.0, dimension=9), "1 to 6"),
        (lambda: wfr.verify_step(own.euler, own.WELL, order=0), "order"),
        (lambda: wfr.verify_step(own.euler, own.WEIGHTED, order=1), "weight=True"),
        (lambda: wfr.verify_step(own.euler, own.WELL, order=1, noise="gauss"), "gaussian"),
        (lambda: wfr.verify_step(lambda x, t, h: x, own.WELL, order=1), "step"),
        (lambda: wfr.verify_step(lambda x, t, h, noise: x[:, 0], own.WELL, order=1), "shape"),
        (lambda: wfr.verify_step(lambda x, t, h, noise: (x, x[:, 0]), own.WELL, order=1), "tuple"),
        (lambda: wfr.verify_step(own.euler, own.WELL, order=1, steps=[0.1, 0.09]), "steps"),
        (lambda: wfr.verify_step(drawn(own.euler), own.WELL, order=3), "order"),
    ],
)
def test_misuse_is_said(call: Any, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        call()
