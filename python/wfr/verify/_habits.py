"""Habits of a step that no formula shows: what it does to its arguments, its rows, its types and its randomness."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from ._calls import Array, Preserved, Stepper, global_state
from ._statistics import row_correlation, row_dependence
from ._verdict import Check, Word

#: Sums of different lengths may be rounded differently; nothing else may depend on a batch.
ROUNDING = 1e-11
ROWS = 12
#: Rows and seeds for what is seen in repetitions only. That 64 three-point variates are all zero has the probability 10⁻¹¹.
REPEATS = 64
#: Correlations of two rows over as many seeds above this: for independent normal rows the probability is below 10⁻²⁰.
TIED = 0.95
#: Standard errors by which the mean over rows varies more, or less, than it would for independent rows: a chance of 10⁻⁹.
DEPENDENT = 6.0


def said(name: str, right: bool, wrong: str, good: str) -> Check:
    word: Word = "pass" if right else "fail"
    return Check(name, word, says=good if right else wrong)


def alike(a: Array, b: Array) -> bool:
    return a.shape == b.shape and bool(np.allclose(a, b, rtol=ROUNDING, atol=ROUNDING, equal_nan=True))


def types_of(positions: npt.NDArray[Any], logs: npt.NDArray[Any]) -> Check:
    """Whether results are float64, and have its digits."""
    if positions.dtype != np.float64 or logs.dtype.kind != "f" or logs.dtype.itemsize < 8:
        types = " and ".join(sorted({str(positions.dtype), str(logs.dtype)}))
        return said("types", False, f"results are {types}; expected float64", "")
    with np.errstate(over="ignore"):
        short = np.array_equal(positions, positions.astype(np.float32).astype(np.float64))
    return said("types", not short, "positions have the digits of float32 only: they were rounded inside", "float64")


def finite(positions: npt.NDArray[Any], logs: npt.NDArray[Any]) -> Check:
    whole = bool(np.isfinite(positions).all() and not np.isnan(logs).any() and not np.isposinf(logs).any())
    return said("finite", whole, "the step gives NaN or infinity", "no NaN")


def habits_with_noise(step: Stepper, points: Array, t: float, h: float, noise: Array) -> list[Check]:
    """The checks of a step that is given its noise; it has to be a function of its arguments, row by row."""
    rows = min(ROWS, len(noise))
    x = np.resize(points, (rows, points.shape[1]))
    own = noise[np.linspace(0, len(noise) - 1, rows).astype(int)]
    given, given_noise = x.copy(), own.copy()
    before = global_state()
    with Preserved():
        positions, logs = step.raw(given, t, h, given_noise)
        touched = global_state() != before
        again = step(x.copy(), t, h, own.copy())
        np.random.seed(20231)
        other = step(x.copy(), t, h, own.copy())
    changed = not (np.array_equal(given, x) and np.array_equal(given_noise, own))
    result = (positions.astype(np.float64), logs.astype(np.float64))
    checks = [
        said(
            "arguments",
            not changed,
            "the step changes its arguments; expected x and noise as they were",
            "left as they were",
        ),
        types_of(positions, logs),
        finite(positions, logs),
        said(
            "shared randomness",
            not touched and same(result, again) and same(result, other),
            "the same arguments give different results: it draws from a generator of its own or a shared one, or remembers",
            "a function of its arguments",
        ),
    ]
    kept = positions.copy()
    turned = np.arange(rows)[::-1]
    backwards = step(x[turned].copy(), t, h, own[turned].copy())
    checks.append(
        said(
            "order of rows",
            same(result, (backwards[0][turned], backwards[1][turned])),
            "results depend on the order of the rows",
            "results follow their rows",
        )
    )
    step(backwards[0], t, h, own.copy())
    checks.append(
        said(
            "results",
            np.array_equal(kept, positions, equal_nan=True),
            "a result is overwritten by the next call: the step returns a buffer of its own; expected a new array",
            "later calls leave them",
        )
    )
    alone = [step(x[i : i + 1].copy(), t, h, own[i : i + 1].copy()) for i in range(rows)]
    single = (np.concatenate([own[0] for own in alone]), np.concatenate([own[1] for own in alone]))
    checks.append(
        said(
            "batch size",
            same(result, single),
            f"a row among {rows} gives another result than the same row alone",
            "rows alone and together give the same",
        )
    )
    return checks


def same(a: tuple[Array, Array], b: tuple[Array, Array]) -> bool:
    return alike(a[0], b[0]) and alike(a[1], b[1])


def habits_with_rng(step: Stepper, points: Array, t: float, h: float, seed: int, noisy: bool) -> list[Check]:
    """The checks of a step that draws its own noise: from the generator that it is given, and from nothing else."""
    x = np.resize(points, (ROWS, points.shape[1]))
    given = x.copy()
    before = global_state()
    with Preserved():
        positions, logs = step.raw(given, t, h, np.random.default_rng(seed))
        touched = global_state() != before
        np.random.seed(20231)
        again = step(x.copy(), t, h, np.random.default_rng(seed))
    result = (positions.astype(np.float64), logs.astype(np.float64))
    others = [step(x.copy(), t, h, np.random.default_rng(seed + k)) for k in range(1, 9)]
    checks = [
        said("arguments", np.array_equal(given, x), "the step changes x", "left as they were"),
        types_of(positions, logs),
        finite(positions, logs),
        said(
            "shared randomness",
            not touched and same(result, again),
            "the same seed gives different results: it draws from another generator than the one that it is given",
            "the same seed gives the same",
        ),
    ]
    if not noisy:
        return checks
    differ = any(not alike(result[0], other[0]) for other in others)
    checks.append(said("seeds", differ, "nine seeds give the same result", "seeds differ"))
    # Variates of two or three values repeat themselves, but not in all of 64 rows or seeds.
    one = np.repeat(points[:1], REPEATS, axis=0)
    drawn = np.array([step(one.copy(), t, h, np.random.default_rng(seed + k))[0] for k in range(REPEATS)])
    checks.append(rows_of(drawn, one))
    lone = [step(one[:1].copy(), t, h, np.random.default_rng(seed + k))[0] for k in range(REPEATS)]
    moves = any(not alike(lone[0], other) for other in lone)
    checks.append(said("batch size", moves, "a particle alone has no noise", "a particle alone has noise, too"))
    return checks


def rows_of(drawn: Array, start: Array) -> Check:
    """Whether equal particles, which start at ``start`` (rows, d), move independently of each other, from (seeds, rows, d)."""
    if all(alike(own[:1].repeat(len(own), axis=0), own) for own in drawn):
        return said("rows", False, "rows share their noise: equal particles move alike", "")
    for own in np.moveaxis(drawn, 2, 0):
        moved = own - own.mean(axis=0)
        spread = np.sqrt(np.sum(moved**2, axis=0))
        if not (spread > ROUNDING).all():
            continue
        correlations = moved.T @ moved / np.outer(spread, spread) - np.eye(len(spread))
        i, j = np.unravel_index(int(np.abs(correlations).argmax()), correlations.shape)
        if abs(correlations[i, j]) > TIED:
            how = "alike" if correlations[i, j] > 0.0 else "oppositely, as antithetic pairs do"
            return said(
                "rows", False, f"rows {min(i, j)} and {max(i, j)} move {how}: they count as one particle, not two", ""
            )
    return together(drawn, start)


def together(drawn: Array, start: Array) -> Check:
    """Whether rows move independently of each other, by the variance of the mean over all rows, from (seeds, rows, d)."""
    spread = drawn.std(axis=(0, 1))
    units = (drawn - drawn.mean(axis=(0, 1))) / np.where(spread > 0.0, spread, 1.0)
    stays = (np.abs(drawn - start) <= ROUNDING).all(axis=2).astype(np.float64)
    functions = [*np.moveaxis(np.sin(units), 2, 0), *np.moveaxis(np.cos(units), 2, 0), stays]
    for gap in (1, drawn.shape[1] // 2):
        correlation, z = max((row_correlation(own, gap) for own in functions), key=lambda own: abs(own[1]))
        if abs(z) > DEPENDENT:
            return said("rows", False, f"rows do not move independently of each other: those {gap} apart are correlated ({correlation:.2g})", "")
    ratio, z = max((row_dependence(own) for own in functions), key=lambda own: abs(own[1]))
    much = f"the mean over {drawn.shape[1]} rows varies {ratio:.3g} times as much as that of independent rows"
    return said("rows", abs(z) <= DEPENDENT, f"rows do not move independently of each other: {much}", "rows have noise of their own")
