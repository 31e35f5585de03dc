"""Local weak errors at quadrature nodes: how they fall with the step, and what they are at leading order."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from ._calls import Array, Stepper
from ._causes import Alpha, Catalogue, explained, share
from ._expansion import Expansion, unknown
from ._verdict import Check, Word

#: Halvings of the step.
LEVELS = 11
EPS = float(np.finfo(np.float64).eps)
#: A slope is that of a power where it is this close to it; powers of h are multiples of ½.
CLOSE = 0.2
#: Errors that are not seen are none only if all but this part of hᵖ⁺¹ would have been.
BLUNT = 1e-3
NAMES = {0: "E[w]", 1: "mean", 2: "covariance", 3: "third moments", 4: "fourth moments"}


def moments_of(dimension: int, most: int, weight: bool) -> list[list[Alpha]]:
    """The exponents of each degree."""
    every: Iterable[Alpha] = itertools.product(range(most + 1), repeat=dimension)
    own = [alpha for alpha in every if sum(alpha) <= most]
    return [[alpha for alpha in own if sum(alpha) == degree] for degree in range(0 if weight else 1, most + 1)]


@dataclass(frozen=True)
class Errors:
    """Errors of moments of one degree: (steps, points, moments), and how much of them is rounding or not known."""

    steps: Array
    values: Array
    floors: Array


def errors_of(
    step: Stepper,
    expansions: Sequence[Expansion],
    points: Array,
    t: float,
    steps: Array,
    quadrature: tuple[Array, Array],
    alphas: Sequence[Sequence[Alpha]],
) -> list[Errors]:
    """The errors for each degree."""
    nodes, weights = quadrature
    count, q = len(points), len(nodes)
    x = np.repeat(points, q, axis=0)
    noise = np.tile(nodes, (count, 1))
    found = [np.zeros((len(steps), count, len(own))) for own in alphas]
    floors = [np.zeros_like(own) for own in found]
    for level, h in enumerate(steps):
        positions, logs = step(x.copy(), t, float(h), noise.copy())
        moved = (positions - x).reshape(count, q, -1)
        weight = weights[None, :] * np.exp(logs).reshape(count, q)
        # Positions are rounded relative to their size, log-weights to 1.
        blur = EPS * (1.0 + np.abs(points).max(axis=1))
        powers = h ** np.arange(expansions[0].most + 1)
        size, most = np.abs(moved).max(axis=2), max(sum(alpha) for own in alphas for alpha in own)
        own_powers = [np.moveaxis(moved, 2, 0)]
        while len(own_powers) < most:
            own_powers.append(own_powers[-1] * own_powers[0])
        for degree, own in enumerate(alphas):
            total = sum(own[0])
            derivative = total * np.sum(np.abs(weight) * size ** (total - 1), axis=1) if total else 1.0
            for place, alpha in enumerate(own):
                product = weight
                for axis, power in enumerate(alpha):
                    product = product * own_powers[power - 1][axis] if power else product
                value = np.sum(product, axis=1)
                rounding = 4.0 * (EPS * np.sum(np.abs(product), axis=1) + blur * derivative)
                for i, expansion in enumerate(expansions):
                    found[degree][level, i, place] = value[i] - expansion.coefficients(alpha) @ powers
                    floors[degree][level, i, place] = rounding[i] + expansion.errors(alpha) @ powers
    return [Errors(steps, own, floor) for own, floor in zip(found, floors, strict=True)]


@dataclass(frozen=True)
class Slope:
    """How errors fall: the power of h, which is infinite for errors that cannot be told from rounding."""

    power: float
    #: Where it is decided: the smallest two steps that show the errors.
    level: int
    clear: bool


def slope_of(errors: Errors) -> Slope:
    """The power of the step with which the largest error falls, from the smallest steps that show it."""
    sizes = np.abs(errors.values).max(axis=(1, 2))
    floors = errors.floors.max(axis=(1, 2))
    seen = [j for j in range(len(sizes)) if sizes[j] > 20.0 * floors[j]]
    if not np.isfinite(sizes).all():
        return Slope(-math.inf, 0, False)
    if not seen:
        return Slope(math.inf, 0, True)
    last = max(j for j in seen if all(k in seen for k in range(min(seen), j + 1)))
    if last < 2:
        return Slope(math.inf, 0, False)
    # Several errors of the same sign of rounding: log₂ ratios of consecutive steps tend to the power like h.
    ratios = [math.log2(sizes[j] / sizes[j + 1]) for j in range(last)]
    blur = float(floors[last] / sizes[last]) * 3.0
    power = ratios[-1] + (ratios[-1] - ratios[-2]) if blur < 0.02 else ratios[-1]
    clear = abs(2.0 * power - round(2.0 * power)) <= 2.0 * CLOSE and abs(ratios[-1] - ratios[-2]) <= 0.25
    return Slope(power, last, clear)


def leading(errors: Errors, slope: Slope, power: float) -> tuple[Array, float]:
    """The coefficient of h^power, (points, moments), extrapolated from two steps; and its error."""
    fine, coarse = slope.level, slope.level - 1
    near, far = (errors.values[j] / errors.steps[j] ** power for j in (fine, coarse))
    blur = float(np.linalg.norm(3.0 * errors.floors[fine] / errors.steps[fine] ** power))
    return 2.0 * near - far, blur + 0.1 * float(np.linalg.norm(near - far))


def judged(
    errors: Errors,
    degree: int,
    order: float,
    catalogue: Catalogue,
    alphas: Sequence[Alpha],
    expansions: Sequence[Expansion],
) -> tuple[Check, list[str]]:
    """Whether moments of one degree are right to the order, and what is wrong if not."""
    name, needed = NAMES.get(degree, f"moments of degree {degree}"), order + 1.0
    slope = slope_of(errors)
    if math.isinf(slope.power) and slope.power > 0.0:
        if errors.floors[0].max() > BLUNT * errors.steps[0] ** needed:
            return Check(name, "inconclusive", says=unknown(expansions)), []
        # Errors that are seen at few steps are none, too, if they are as small as those that are not seen may be.
        sizes = np.abs(errors.values).max(axis=(1, 2))
        small = bool((sizes <= np.maximum(BLUNT * errors.steps**needed, 20.0 * errors.floors.max(axis=(1, 2)))).all())
        word: Word = "pass" if slope.clear or small else "inconclusive"
        says = "errors are seen at two steps or fewer; expected larger steps=…"
        if word == "pass":
            says = "no error beyond rounding" if slope.clear else f"no error beyond rounding and {BLUNT:g} h^{needed:g}"
        return Check(name, word, says=says), []
    if not math.isfinite(slope.power):
        return Check(name, "fail", says="moments are not finite"), ["the step gives NaN or infinity"]
    power = round(2.0 * slope.power) / 2.0
    if slope.power >= needed - CLOSE and (slope.clear or slope.power >= needed):
        return Check(
            name, "pass", slope.power, needed, tolerance=CLOSE, says="local errors fall with this power of h"
        ), []
    if not slope.clear:
        says = "local errors have no clear power of h yet; expected smaller steps=…"
        return Check(name, "inconclusive", slope.power, needed, tolerance=CLOSE, says=says), []
    if power == int(power):
        causes = named(errors, slope, int(power), degree, catalogue, alphas)
    elif degree == 1:
        causes = [f"the noise has a mean: E[x′ − x] is wrong by O(h^{power:g})"]
    else:
        causes = []
    says = (
        "; ".join(causes)
        if causes
        else f"local errors fall with this power of h alone; order {order:g} needs {needed:g}"
    )
    return Check(name, "fail", slope.power, needed, tolerance=CLOSE, says=says), causes


def named(
    errors: Errors, slope: Slope, power: int, degree: int, catalogue: Catalogue, alphas: Sequence[Alpha]
) -> list[str]:
    """The known mistakes that make the leading error, or its size."""
    defect, blur = leading(errors, slope, power)
    if power == 0:
        wrong = NAMES.get(degree, f"moments of degree {degree}")
        return [f"{wrong}: wrong by O(1), the step does not tend to x as h tends to 0"]
    causes = explained(defect, catalogue.mistakes(degree, power, alphas), blur)
    if causes:
        return causes[:2]
    true = catalogue.true(alphas, power)
    factor = share(defect, true)
    what = {0: "E[w]", 1: "E[x′ − x]", 2: "E[(x′ − x)²]"}.get(degree, f"the moment of degree {degree}")
    if factor is not None:
        return [f"at h^{power}, {what} is {factor:.4g} times what it should be"]
    place = np.unravel_index(int(np.abs(defect).argmax()), defect.shape)
    if len(alphas[0]) > 1 and degree:
        what = f"E[{product_of(alphas[int(place[1])])}]"
    return [f"at h^{power}, {what} is {(true + defect)[place]:.4g} at one point, where it should be {true[place]:.4g}"]


def product_of(alpha: Alpha) -> str:
    """A product of components of x′ − x."""
    return " ".join(f"(x′ − x)_{i + 1}" + (f"^{power}" if power > 1 else "") for i, power in enumerate(alpha) if power)
