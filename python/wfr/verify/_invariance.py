"""Verification of the law that a step leaves invariant.

Exact draws of the law are moved by the step: the mean of f(X′) − f(X) is 0 for every function f. Its noise is that of the move alone,
so that a short step is judged by fewer draws than its law would need.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from ._calls import Array, Randomness, Step, Stepper, randomness_of
from ._habits import REPEATS, together
from ._statistics import FOUND, bound, corrected_for_skew, paired, pareto_shape, two_sided
from ._verdict import Check, Verdict, Word, worst_first

#: A pass requires that a change of so many standard deviations of the function would have been found.
ENOUGH = 0.25
#: Fewest effective terms, (Σd²)²/Σd⁴, of a mean that is judged.
FEWEST = 100.0
#: Rows that are moved again and again, to see whether they move independently of each other.
ROWS = 512
#: Pareto k̂ of the changes from which on they may have no variance.
HEAVY = 0.5


def verify_invariance(
    step: Step,
    exact: Callable[[int, np.random.Generator], Any],
    *,
    h: float,
    steps: int = 1,
    observables: Mapping[str, Callable[[Array], Any]] | None = None,
    variates: int | None = None,
    randomness: Randomness | None = None,
    samples: int = 20_000,
    seed: int = 0,
    level: float = 1e-4,
) -> Verdict:
    """Whether ``steps`` steps of length ``h`` leave a law invariant, of which ``exact(n, rng)`` gives independent draws (n, d).

    The step is as :func:`verify_step` takes it, without a weight: given noise is ``variates`` normal numbers a row (d without it).
    ``observables`` are functions of x (n, d) to (n,), beside those that are always looked at: u, u², sin u and cos u of each coordinate
    in its own units, products of two, and of their squares (of neighbours in more than twelve dimensions). A step that is exact only for h → 0 fails where
    its error is found. Rows have to move independently of each other, without which nothing is known of the noise of a mean.
    """
    started = time.perf_counter()
    if not (math.isfinite(h) and h > 0.0):
        raise ValueError(f"h: found {h}; expected a positive number")
    if steps < 1 or samples < 1000:
        raise ValueError(f"steps, samples: found {steps}, {samples}; expected at least 1 step and 1000 samples")
    kind = randomness_of(step, randomness)
    rng = np.random.default_rng(seed)
    x = np.asarray(exact(samples, rng), dtype=np.float64)
    if x.ndim != 2 or len(x) != samples or not np.isfinite(x).all():
        raise ValueError(f"exact: found an array of shape {x.shape}; expected {samples} finite rows (n, d)")
    own, moved = Stepper(step, x.shape[1], weight=False), x.copy()
    for k in range(steps):
        given = rng if kind == "rng" else rng.normal(size=(samples, variates or x.shape[1]))
        moved, _ = own(moved.copy(), k * h, h, given)
    finite = bool(np.isfinite(moved).all())
    checks = [Check("finite", "pass" if finite else "fail", says="" if finite else "the step gives NaN or infinity")]
    if finite:
        still = bool((moved == x).all())
        says = "the step moves nothing, so that any law is invariant" if still else ""
        checks.append(Check("it moves", "inconclusive" if still else "pass", says=says))
        rows = x[:: max(1, samples // ROWS)][:ROWS]
        drawn = []
        for k in range(REPEATS):
            again = np.random.default_rng([seed, k])
            given = again if kind == "rng" else again.normal(size=(len(rows), variates or x.shape[1]))
            drawn.append(own(rows.copy(), 0.0, h, given)[0])
        checks.append(together(np.array(drawn), rows))
    if finite and checks[-1].verdict == "pass":
        pairs = functions(x, moved, observables or {})
        checks += [judged(name, before, after, level / len(pairs)) for name, before, after in pairs]
    failed = sorted((c for c in checks if c.verdict == "fail"), key=lambda own: own.p_value or 0.0)
    causes = tuple(own.says for own in failed[:1])
    subject = f"{getattr(step, '__name__', type(step).__name__)} and the law that it leaves invariant"
    return Verdict(subject, worst_first(checks), level, own.rows, time.perf_counter() - started, causes)


def functions(x: Array, moved: Array, observables: Mapping[str, Callable[[Array], Any]]) -> list[tuple[str, Array, Array]]:
    """Every function before and after the move."""
    mean, spread = x.mean(axis=0), x.std(axis=0)
    units = [(own - mean) / np.where(spread > 0.0, spread, 1.0) for own in (x, moved)]
    pairs = []
    shapes: list[tuple[str, Callable[[Array], Array]]] = [
        ("u{}", lambda u: u),
        ("u{}²", np.square),
        ("sin u{}", np.sin),
        ("cos u{}", np.cos),
    ]
    d = x.shape[1]
    for i in range(d):
        for name, f in shapes:
            pairs.append((name.format(i + 1), f(units[0][:, i]), f(units[1][:, i])))
    for i, j in paired(d):
        before, after = (own[:, i] * own[:, j] for own in units)
        pairs.append((f"u{i + 1} u{j + 1}", before, after))
        pairs.append((f"u{i + 1}² u{j + 1}²", before**2, after**2))
    if not isinstance(observables, Mapping):
        raise ValueError(f"observables: found a {type(observables).__name__}; expected a dict of names and functions of x")
    for name, given in observables.items():
        before, after = (np.asarray(given(own), dtype=np.float64) for own in (x, moved))
        if any(own.shape != (len(x),) or not np.isfinite(own).all() for own in (before, after)):
            raise ValueError(f"observables: {name}: expected finite values ({len(x)},) for x {x.shape}")
        pairs.append((name, before, after))
    return pairs


def judged(name: str, before: Array, after: Array, each: float) -> Check:
    """Whether the mean of a function has not changed, in its standard deviations."""
    scale = float(before.std())
    change = (after - before) / (scale if scale > 0.0 else 1.0)
    count = len(change)
    value, deviation = float(change.mean()), float(change.std(ddof=1))
    title = f"E[{name}] stays"
    if deviation <= 1e-14:
        word: Word = "pass" if abs(value) <= 1e-12 else "fail"
        return Check(title, word, value, 0.0, says="" if word == "pass" else f"the step changes E[{name}] of every draw alike")
    stderr = deviation / math.sqrt(count)
    skewness = float(np.mean(((change - value) / deviation) ** 3))
    p = two_sided(corrected_for_skew(value / stderr, skewness, count))
    seen = (bound(each) + FOUND) * stderr
    tail = max(pareto_shape(change), pareto_shape(-change))
    squares = (change - value) ** 2
    effective = float(squares.sum()) ** 2 / float(np.sum(squares**2))
    if tail >= HEAVY:
        word, says = "inconclusive", f"tail: the changes have the Pareto index {tail:.2f}, so that they may have no variance"
    elif effective < FEWEST:
        word, says = "inconclusive", f"rare: {effective:.0f} effective changes determine the noise; take more samples"
    elif p < each:
        word, says = "fail", f"the step makes E[{name}] {'larger' if value > 0.0 else 'smaller'}: the law is not invariant"
    else:
        few = seen > ENOUGH
        word, says = ("inconclusive", "too few samples") if few else ("pass", "")
    return Check(title, word, value, 0.0, stderr, bound(each) * stderr, p, seen, says)
