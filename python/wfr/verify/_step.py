"""Verification of one step of a scheme."""

from __future__ import annotations

import time
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from ._calls import Array, Randomness, Step, Stepper, randomness_of
from ._causes import Catalogue
from ._expansion import Expansion, expansions_of, unknown
from ._habits import habits_with_noise, habits_with_rng
from ._local import BLUNT, LEVELS, errors_of, judged, moments_of, slope_of
from ._nodes import Noise, nodes
from ._paths import Levels, amounts
from ._problem import Problem
from ._strong import strong_checks
from ._verdict import Check, Verdict, worst_first

#: Points at which a step is tried, by dimension.
POINTS = {1: 7, 2: 6, 3: 5}


def verify_step(
    step: Step,
    problem: Problem,
    *,
    order: int,
    weight: bool = False,
    randomness: Randomness | None = None,
    noise: Noise = "gaussian",
    variates: int | None = None,
    strong: bool = False,
    steps: Sequence[float] | None = None,
    samples: int = 2_000_000,
    seed: int = 0,
    level: float = 1e-4,
) -> Verdict:
    """Whether one step of a scheme has its weak order, and what is wrong if it has not.

    ``step(x, t, h, noise)`` returns the positions after a step of length h; with ``weight=True`` the pair of positions and
    Δ log w (n,), so that E[φ(x′) exp(Δ log w)] ≈ E[φ(X_h) exp(−∫c)]. x is (n, d). ``noise`` is (n, m): by default the m
    standard normal numbers of the problem's noise, not yet multiplied with √h; ``variates`` and the argument ``noise`` say it
    if a scheme uses others ("gaussian", "three-point", "two-point", "uniform", or one name for each). The step is evaluated
    at the nodes of a quadrature, so moments have no statistical error. They are compared with the series of the generator,
    Σ hᵏ/k! Lᵏ: a scheme has weak order p if all moments up to the degree 2p + 2 have local errors O(h^(p + 1)).
    ``strong=True`` also checks the terms of strong order 1, for noise that commutes.

    ``step(x, t, h, rng)`` draws its own noise: either with a fourth parameter called ``rng``, or ``randomness="rng"``. Then
    known mistakes are looked for with at most about ``samples`` steps, and ``level`` is the probability of a false alarm in
    all of them together. Moments above the second, which a mistake of the list need not shift, are not checked there.
    """
    started = time.perf_counter()
    if not isinstance(problem, Problem):
        raise TypeError(f"problem: found {type(problem).__name__}; expected wfr.Problem(…)")
    kind = randomness_of(step, randomness)
    if isinstance(order, bool) or not isinstance(order, (int, np.integer)) or not 1 <= order <= 4:
        raise ValueError(f"order: found {order!r}; expected 1, 2, 3 or 4")
    if problem.rate is not None and not weight:
        raise ValueError(
            "weight: found False for a problem with a rate; expected weight=True and a step that gives Δ log w"
        )
    if not 0.0 < level < 1.0:
        raise ValueError(f"level: found {level}; expected a probability between 0 and 1")
    extra = {1: 3, 2: 3, 3: 2}.get(problem.dimension, 1)
    expansions = expansions_of(problem, POINTS.get(problem.dimension, 4), order + extra)
    points, t = np.array([own.x for own in expansions]), problem.time
    own = Stepper(step, problem.dimension, weight)
    catalogue = Catalogue(expansions, problem.interpretation == "stratonovich")
    largest = timescale(expansions)
    if kind == "rng":
        checks, causes = by_draws(
            own, problem, expansions, catalogue, points, order, largest, steps, samples, seed, level
        )
        numbers: dict[str, float] = {}
    else:
        m = (
            variates
            if variates is not None
            else len(noise)
            if not isinstance(noise, str)
            else expansions[0].local.noise.shape[2]
        )
        if m < 1 and expansions[0].local.noise.any():
            raise ValueError(f"variates: found {m} for a problem with noise; expected 1 or more")
        quadrature = nodes(noise, m, order)
        ladder = ladder_of(steps, largest * 0.5 ** np.arange(LEVELS, dtype=np.float64))
        checks = habits_with_noise(own, points, t, float(ladder[0]), quadrature[0])
        causes, numbers = [], {}
        if not any(check.verdict == "fail" and check.name in ("finite", "shared randomness") for check in checks):
            found, causes, numbers = by_nodes(own, expansions, catalogue, points, t, ladder, quadrature, order, weight)
            checks += found
            if causes:
                causes = unused(own, points, t, float(ladder[0]), quadrature[0]) + causes
            if strong:
                more, why = strong_checks(own, expansions, points, t, ladder, quadrature)
                checks, causes = checks + more, causes + why
    if not causes:
        causes = [check.says for check in checks if check.verdict == "fail"]
    name = getattr(step, "__name__", type(step).__name__)
    subject = f"{name} as a step of weak order {order}"
    seconds = time.perf_counter() - started
    low, high = points.min(axis=0), points.max(axis=0)
    box = " × ".join(f"[{a:.3g}, {b:.3g}]" for a, b in zip(low, high, strict=True))
    elsewhere = (f"elsewhere than at {len(points)} points in {box} and the time {t:g} (Problem's points=, time=)",)
    causes = list(dict.fromkeys(causes))
    return Verdict(subject, worst_first(checks), level, own.rows, seconds, tuple(causes), numbers, elsewhere)


def unused(step: Stepper, points: Array, t: float, h: float, noise: Array) -> list[str]:
    """Columns of the noise that change nothing: another one is used twice, or none."""
    x = np.repeat(points[:1], len(noise), axis=0)
    first = step(x.copy(), t, h, noise.copy())
    idle = []
    for j in range(noise.shape[1]):
        other = noise.copy()
        other[:, j] = 0.5 - other[:, j]
        if all(np.array_equal(a, b) for a, b in zip(first, step(x.copy(), t, h, other), strict=True)):
            idle.append(f"noise[:, {j}] is not used")
    return idle if len(idle) < noise.shape[1] else []


def ladder_of(given: Sequence[float] | None, otherwise: Array) -> Array:
    """The steps, the largest first."""
    if given is None:
        return otherwise
    own: npt.NDArray[np.float64] = np.sort(np.asarray(given, dtype=np.float64))[::-1]
    if own.ndim != 1 or len(own) < 4 or not (np.isfinite(own) & (own > 0.0)).all() or (own[:-1] / own[1:] != 2.0).any():
        raise ValueError(f"steps: found {list(given)}; expected at least four, each half of the one before")
    return own


def timescale(expansions: Sequence[Expansion]) -> float:
    """A step that is short for all of the coefficients: a tenth, or less where they change faster."""
    fastest = 1.0
    for own in expansions:
        for axis in range(own.local.terms.dimension):
            slopes = own.local.derivatives[axis][0]
            fastest = max(fastest, float(np.abs(slopes @ own.local.drift).max()))
            fastest = max(fastest, float((np.tensordot(slopes, own.local.noise, axes=(0, 0)) ** 2).max()))
        fastest = max(fastest, abs(float(own.local.rate[0])))
    return float(2.0 ** np.floor(np.log2(0.15 / fastest)))


def by_nodes(
    step: Stepper,
    expansions: Sequence[Expansion],
    catalogue: Catalogue,
    points: Array,
    t: float,
    ladder: Array,
    quadrature: tuple[Array, Array],
    order: int,
    weight: bool,
) -> tuple[list[Check], list[str], dict[str, float]]:
    """The checks of the moments, without statistical error."""
    most = min(2 * order + 2, {1: 8, 2: 8, 3: 6}.get(len(points[0]), 4))
    degrees = moments_of(len(points[0]), most, weight)
    with np.errstate(all="ignore"):
        errors = errors_of(step, expansions, points, t, ladder, quadrature, degrees)
    checks, causes = [], []
    powers = [slope_of(own) for own in errors]
    for own, alphas in zip(errors, degrees, strict=True):
        check, why = judged(own, sum(alphas[0]), order, catalogue, alphas, expansions)
        checks.append(check)
        causes.append((slope_of(own).power, why))
    # What is wrong at the lowest power makes errors of other moments, too.
    lowest = min((round(2.0 * power) for power, why in causes if np.isfinite(power)), default=0)
    first = [says for power, why in causes if not np.isfinite(power) or round(2.0 * power) == lowest for says in why]
    found = min(own.power for own in powers) - 1.0
    return checks, first, {"order": found} if np.isfinite(found) else {}


def by_draws(
    step: Stepper,
    problem: Problem,
    expansions: Sequence[Expansion],
    catalogue: Catalogue,
    points: Array,
    order: int,
    largest: float,
    steps: Sequence[float] | None,
    samples: int,
    seed: int,
    level: float,
) -> tuple[list[Check], list[str]]:
    """The checks of a step that draws its own noise."""
    if order > 2:
        raise ValueError(
            f"order: found {order} for a step that draws its own noise; expected 1 or 2, or step(x, t, h, noise)"
        )
    ladder = ladder_of(steps, min(2.0 * largest, 0.25) * 0.5 ** np.arange(4, dtype=np.float64))
    noisy = any(own.local.noise.any() for own in expansions)
    checks = habits_with_rng(step, points, problem.time, float(ladder[0]), seed, noisy)
    if any(check.verdict == "fail" for check in checks):
        return checks, []
    degrees = moments_of(len(points[0]), 2, step.weight)
    powers = ladder[0] ** np.arange(expansions[0].most + 1)
    blur = max(float(own.errors(alpha) @ powers) for own in expansions for alphas in degrees for alpha in alphas)
    if blur > BLUNT * ladder[0] ** (order + 1):
        return [*checks, Check("moments", "inconclusive", says=unknown(expansions))], []
    levels = Levels(step, expansions, points, problem.time, ladder, seed + 1)
    found, causes = amounts(levels, catalogue, degrees, order, level, samples)
    return checks + found, causes
