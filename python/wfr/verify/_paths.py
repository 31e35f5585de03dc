"""Steps that draw their own noise: Monte Carlo for the amount of each known mistake.

Of a moment, δ(h) = E − exact is measured at several steps h and fitted by δ = c hᵏ + C hᵏ⁺¹ + C′ hᵏ⁺², for k = 1, …, order, with the
lower coefficients zero once they are judged. By how much c moves if C′ is left out is the error of the fit, beside the statistical
one. A mistake with the defect v has in c the amount θ = ⟨c, v⟩/⟨v, v⟩ over points and
components: 0 where it was not made, 1 where it was.

With the same seed and a tiny step, a scheme shows its noise: ζ = (x′ − x)/√h → g ξ. Its mean and covariance are judged, and
then serve as control variates of the moments, which leaves little of their variance.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import combinations_with_replacement

import numpy as np
import numpy.typing as npt

from ._calls import Array, Stepper
from ._causes import Alpha, Catalogue, Mistake
from ._expansion import Expansion
from ._statistics import bound, detectable, judged
from ._verdict import Check, Word

#: Looks at the data; the level is shared by them evenly.
LOOKS = 5
#: Coefficients that a fit has.
FITTED = 3
#: A pass requires that mistakes of this amount would have been found.
AMOUNT = 0.7
#: Its root is far below the statistical errors, and 10⁻¹⁶ over its root, too.
TINY = 1e-12
#: Amounts below this are not judged: they are left of the fit and of the series. A mistake has the amount 1.
SMALL = 0.02
#: Dimensions up to which joint third and fourth moments of the noise are looked at.
JOINT = 4


@dataclass
class Sums:
    """Means and covariances of moments and controls, at one step and point."""

    count: int = 0
    total: Array = field(default_factory=lambda: np.zeros(0))
    square: Array = field(default_factory=lambda: np.zeros((0, 0)))

    def add(self, values: Array) -> None:
        """(n, columns) more."""
        if not self.count:
            self.total, self.square = np.zeros(values.shape[1]), np.zeros((values.shape[1],) * 2)
        self.count += len(values)
        self.total += values.sum(axis=0)
        self.square += values.T @ values

    @property
    def mean(self) -> Array:
        return self.total / self.count

    @property
    def covariance(self) -> Array:
        """That of the mean."""
        return (self.square / self.count - np.outer(self.mean, self.mean)) / max(self.count - 1, 1)

    def controlled(self, moments: int, expected: Array, noisy: npt.NDArray[np.bool_]) -> tuple[Array, Array]:
        """Means and covariances of the first columns, given what the others have to be, of which only the noisy ones serve."""
        used = np.concatenate([np.full(moments, True), noisy])
        mean, whole, expected = self.mean[used], self.covariance[np.ix_(used, used)], expected[noisy]
        scale = np.sqrt(np.maximum(np.diag(whole)[moments:], 1e-300))
        inner = np.linalg.pinv(whole[moments:, moments:] / np.outer(scale, scale), rcond=1e-10) / np.outer(scale, scale)
        slopes = whole[:moments, moments:] @ inner
        return mean[:moments] - slopes @ (mean[moments:] - expected), whole[:moments, :moments] - slopes @ whole[
            moments:, :moments
        ]


class Levels:
    """Draws at several steps and points."""

    def __init__(
        self, step: Stepper, expansions: Sequence[Expansion], points: Array, t: float, steps: Array, seed: int
    ) -> None:
        self.step, self.expansions, self.points, self.t, self.steps = step, expansions, points, t, steps
        self.streams = np.random.SeedSequence(seed)
        self.sums = [[Sums() for _ in points] for _ in steps]
        #: Third and fourth moments of ζ, over all steps.
        self.higher = higher_of(points.shape[1])
        self.powers = [Sums() for _ in points]
        self.upper = np.triu_indices(points.shape[1])
        self.diffusions = np.array([own.local.diffusion[0] for own in expansions])

    def draw(self, count: int, alphas: Sequence[Alpha]) -> None:
        """``count`` more steps from each point at each step."""
        for level, h in enumerate(self.steps):
            x = np.repeat(self.points, count, axis=0)
            stream = self.streams.spawn(1)[0]
            positions, logs = self.step(x.copy(), self.t, float(h), np.random.default_rng(stream))
            moved, weight = positions - x, np.exp(logs)
            noise = (self.step(x.copy(), self.t, TINY, np.random.default_rng(stream))[0] - x) / math.sqrt(TINY)
            values = [weight * np.prod(moved ** np.array(alpha), axis=1) for alpha in alphas]
            values += list(noise.T) + [noise[:, i] * noise[:, j] for i, j in zip(*self.upper, strict=True)]
            for i, own in enumerate(np.split(np.stack(values, axis=1), len(self.points))):
                self.sums[level][i].add(own)
            for i, own in enumerate(np.split(np.stack([np.prod(noise[:, list(axes)], axis=1) for axes in self.higher], axis=1), len(self.points))):
                self.powers[i].add(own)

    def errors(self, alphas: Sequence[Alpha]) -> tuple[Array, Array]:
        """(steps, points, moments), with covariances (steps, points, moments, moments)."""
        means, covariances = [], []
        for h, row in zip(self.steps, self.sums, strict=True):
            for expansion, diffusion, own in zip(self.expansions, self.diffusions, row, strict=True):
                exact = np.array(
                    [expansion.coefficients(alpha) @ h ** np.arange(expansion.most + 1) for alpha in alphas]
                )
                right = np.concatenate([np.zeros(len(diffusion)), diffusion[self.upper]])
                # A component without noise, as positions of kinetic equations, shows rounding only.
                alive = np.diag(diffusion) > 0.0
                noisy = np.concatenate([alive, alive[self.upper[0]] & alive[self.upper[1]]])
                mean, covariance = own.controlled(len(alphas), right, noisy)
                means.append(mean - exact)
                covariances.append(covariance)
        shape = (len(self.steps), len(self.points), len(alphas))
        return np.reshape(means, shape), np.reshape(covariances, (*shape, len(alphas)))

    def noise(self, first: int) -> tuple[Array, Array]:
        """Means of ζ and of its products, from the column ``first`` on, over all steps; with their covariances."""
        totals = [[sum(row[i].count for row in self.sums)] for i in range(len(self.points))]
        means, covariances = [], []
        for i, (total,) in enumerate(totals):
            shares = [row[i].count / total for row in self.sums]
            own = zip(shares, self.sums, strict=True)
            means.append(sum((share * row[i].mean[first:] for share, row in own), np.zeros(1)))
            own = zip(shares, self.sums, strict=True)
            covariances.append(
                sum((share**2 * row[i].covariance[first:, first:] for share, row in own), np.zeros((1, 1)))
            )
        return np.array(means), np.array(covariances)


def fit(steps: Array, errors: Array, covariances: Array, k: int, fitted: int = FITTED) -> tuple[Array, Array]:
    """c of δ = c hᵏ + …, (points, moments), with its covariances (points, moments, moments); by weighted least squares.

    The weights know the variances, and that a third of the largest error may be of the order that no longer is fitted.
    """
    misfit = 0.3 * float(np.abs(errors[0]).max()) * (steps / steps[0]) ** (k + FITTED)
    typical = np.sqrt(np.einsum("lpaa->l", covariances).clip(0.0) + misfit**2 + 1e-300)
    design = np.stack([steps ** (k + j) / typical for j in range(fitted)], axis=1)
    size = np.linalg.norm(design, axis=0)
    rows = (np.linalg.pinv(design / size) / size[:, None])[0] / typical
    return np.einsum("l,lpa->pa", rows, errors), np.einsum("l,lpab->pab", rows**2, covariances)


@dataclass(frozen=True)
class Direction:
    """Mistakes that shift the same moments in the same proportions; the smallest decides what has to be seen."""

    degree: int
    k: int
    alphas: tuple[Alpha, ...]
    mistakes: tuple[Mistake, ...]

    @property
    def smallest(self) -> Mistake:
        return min(self.mistakes, key=lambda own: float(np.sum(own.defect**2)))

    def amount(self, c: Array, covariance: Array) -> tuple[float, float]:
        """θ of the smallest, with its standard error."""
        v = self.smallest.defect
        norm = float(np.sum(v * v))
        return float(np.sum(c * v)) / norm, math.sqrt(
            max(float(np.einsum("pa,pab,pb->", v, covariance, v)), 0.0)
        ) / norm


def directions(catalogue: Catalogue, degrees: Sequence[Sequence[Alpha]], order: int) -> list[Direction]:
    """What a step of this order may not do, in the order of k."""
    found = []
    for k in range(1, order + 1):
        for alphas in degrees:
            groups: list[list[Mistake]] = []
            mistakes = catalogue.mistakes(sum(alphas[0]), k, alphas)
            largest = max((float(np.linalg.norm(own.defect)) for own in mistakes), default=0.0)
            for own in mistakes:
                if np.linalg.norm(own.defect) < 0.02 * largest:
                    continue  # Too small to matter beside the others, and to be seen.
                for group in groups:
                    if parallel(own.defect, group[0].defect):
                        group.append(own)
                        break
                else:
                    groups.append([own])
            found += [Direction(sum(alphas[0]), k, tuple(alphas), tuple(group)) for group in groups]
    return found


def parallel(a: Array, b: Array) -> bool:
    return float(np.sum(a * b) ** 2) >= (1.0 - 1e-10) * float(np.sum(a * a) * np.sum(b * b))


def amounts(
    levels: Levels, catalogue: Catalogue, degrees: Sequence[Sequence[Alpha]], order: int, level: float, samples: int
) -> tuple[list[Check], list[str]]:
    """Draws until each mistake is found, or would have been; or the budget is used."""
    alphas = [alpha for own in degrees for alpha in own]
    listed = directions(catalogue, degrees, order)
    d = levels.points.shape[1]
    higher = sum(len(axes) <= order + 2 for axes in levels.higher)
    each = level / ((len(listed) + d + d * (d + 1) // 2 + higher) * LOOKS)
    first = max(samples // (2 * len(levels.steps) * len(levels.points) * 2 ** (LOOKS - 1)), 256)
    checks: list[Check] = []
    causes: list[str] = []
    for look in range(LOOKS):
        for _ in range(1 if look == 0 else 2 ** (look - 1)):
            levels.draw(first, alphas)
        checks, causes = judged_now(levels, listed, alphas, order, each)
        if any(own.verdict == "fail" for own in checks) or all(own.verdict == "pass" for own in checks):
            break
    return checks, causes


def judged_now(
    levels: Levels, listed: Sequence[Direction], alphas: Sequence[Alpha], order: int, each: float
) -> tuple[list[Check], list[str]]:
    """The checks at one look. Where a coefficient is wrong, later ones of the same moments are not judged."""
    d, place = levels.points.shape[1], {alpha: i for i, alpha in enumerate(alphas)}
    zeta, spread = levels.noise(len(alphas))
    checks, causes = centred(zeta[:, :d], spread[:, :d, :d], np.einsum("pii->pi", levels.diffusions), each)
    shapes, misshapen = shaped(levels, zeta[:, d:], spread[:, d:, d:], each)
    checks += shapes
    higher, wrong_powers = tails(levels, order, each)
    checks += higher
    misshapen = misshapen or wrong_powers
    errors, covariances = levels.errors(alphas)
    fits = {k: fit(levels.steps, errors, covariances, k) for k in {own.k for own in listed}}
    shorter = {k: fit(levels.steps, errors, covariances, k, FITTED - 1)[0] for k in fits}
    lowest: dict[int, int] = {}
    found: list[tuple[float, int, str, Check]] = []
    for own in listed:
        if lowest.get(own.degree, own.k) < own.k:
            continue
        if (own.degree, own.k) == (2, 1):
            where = [d + pair_place(alpha, levels.upper) for alpha in own.alphas]
            right = np.array(
                [[levels.diffusions[i][pair(alpha)] for alpha in own.alphas] for i in range(len(levels.points))]
            )
            c, covariance, other = zeta[:, where] - right, spread[:, where][:, :, where], zeta[:, where] - right
        else:
            where = [place[alpha] for alpha in own.alphas]
            c, covariance = fits[own.k][0][:, where], fits[own.k][1][:, where][:, :, where]
            other = shorter[own.k][:, where]
        theta, stderr = own.amount(c, covariance)
        # Statistics decide only about what the fit does not explain.
        blur = 2.0 * abs(own.amount(other, covariance)[0] - theta) + SMALL
        _, p = judged(max(abs(theta) - blur, 0.0), stderr)
        wrong, seen = p < each, detectable(stderr, each) + blur
        word: Word = "fail" if wrong else "pass" if seen <= AMOUNT else "inconclusive"
        name = f"not: {own.smallest.says}"
        check = Check(name, word, theta, 0.0, stderr, bound(each) * stderr + blur, p, seen)
        if wrong:
            lowest[own.degree] = own.k
            size = float(np.linalg.norm(c))
            found += [
                (float(np.linalg.norm(c - made.defect)) / size, own.degree, made.says, check) for made in own.mistakes
            ]
        else:
            checks.append(check)
    if not found:
        return checks, causes + misshapen
    # A wrong moment has a part along several mistakes. The closest is the cause, if it leaves little; others are its shadows.
    least = min(own[0] for own in found)
    close = sorted((own for own in found if own[0] <= max(1.25 * least, 0.05)), key=lambda own: own[1])
    checks += dict.fromkeys(check for _, _, _, check in close)
    says = [own for _, _, own, _ in close[:2]]
    if least > 0.4:
        nearest = f"a mistake that is not known here; the nearest known one leaves {least:.0%} of the error: {says[0]}"
        says = misshapen if misshapen else [nearest if least < 1.0 else "a mistake that is not known here"]
    return checks, causes + says


def held(
    name: str, value: float, right: float, stderr: float, each: float, enough: float, unit: str, blur: float = 0.0
) -> Check:
    """A mean against what is right, of which only more than ``blur`` is judged; a pass has to see ``enough``."""
    _, p = judged(max(abs(value - right) - blur, 0.0), stderr)
    seen = detectable(stderr, each) + blur
    word: Word = "fail" if p < each else "pass" if seen <= enough else "inconclusive"
    return Check(name, word, value, right, stderr, bound(each) * stderr + blur, p, seen, unit)


def centred(means: Array, covariances: Array, variances: Array, each: float) -> tuple[list[Check], list[str]]:
    """Whether the noise has the mean 0, by components, averaged over the points."""
    checks, causes = [], []
    for i in range(means.shape[1]):
        scale = math.sqrt(float(variances[:, i].mean()))
        if scale == 0.0:
            continue
        value = float(means[:, i].mean()) / scale
        stderr = math.sqrt(float(covariances[:, i, i].sum())) / (len(means) * scale)
        name = f"mean of the noise in component {i + 1}"
        check = held(name, value, 0.0, stderr, each, 0.25, "in units of its standard deviation")
        checks.append(check)
        if check.verdict == "fail":
            causes.append("the noise has a mean: E[x′ − x] is of the order √h")
    return checks, causes


def shaped(levels: Levels, means: Array, covariances: Array, each: float) -> tuple[list[Check], list[str]]:
    """Whether the noise has its variances and covariances, averaged over the points."""
    checks, causes = [], []
    variances = np.einsum("pii->pi", levels.diffusions)
    for place, (i, j) in enumerate(zip(*levels.upper, strict=True)):
        scales = np.sqrt(variances[:, i] * variances[:, j])
        alive = scales > 0.0
        if not alive.any():
            continue
        value = float(np.mean(means[alive, place] / scales[alive]))
        right = float(np.mean(levels.diffusions[alive, i, j] / scales[alive]))
        stderr = math.sqrt(float(np.sum(covariances[alive, place, place] / scales[alive] ** 2))) / int(alive.sum())
        what = f"variance of the noise in component {i + 1}" if i == j else f"correlation of noise {i + 1} and {j + 1}"
        unit = "in units of the variance that it should have" if i == j else ""
        check = held(what, value, right, stderr, each, 0.25, unit, SMALL)
        checks.append(check)
        if check.verdict == "fail" and i == j:
            causes.append(f"the {what} is {value:.3g} times what it should be")
        elif check.verdict == "fail":
            causes.append(
                f"components {i + 1} and {j + 1} of the noise have the correlation {value:.3g} in place of {right:.3g}"
            )
    return checks, causes


def tails(levels: Levels, order: int, each: float) -> tuple[list[Check], list[str]]:
    """Whether the noise has third moments of 0 and, for order 2, the fourth moments of normal noise, averaged over the points."""
    checks, causes = [], []
    for column, axes in enumerate(levels.higher):
        power = len(axes)
        if power > order + 2:
            continue
        i, j = axes[0], axes[-1]
        scales = [math.sqrt(float(np.prod([own[axis, axis] for axis in axes]))) for own in levels.diffusions]
        alive = [place for place, scale in enumerate(scales) if scale > 0.0]
        if not alive:
            continue
        value = float(np.mean([levels.powers[p].mean[column] / scales[p] for p in alive]))
        # By Isserlis: E[zᵢ²zⱼ²] = DᵢᵢDⱼⱼ + 2 Dᵢⱼ².
        fourths = [levels.diffusions[p][i, i] * levels.diffusions[p][j, j] + 2.0 * levels.diffusions[p][i, j] ** 2 for p in alive]
        right = 0.0 if power == 3 else float(np.mean([own / scales[p] for own, p in zip(fourths, alive, strict=True)]))
        squares = [levels.powers[p].covariance[column, column] / scales[p] ** 2 for p in alive]
        stderr = math.sqrt(float(np.sum(squares))) / len(alive)
        which = "third" if power == 3 else "fourth"
        of = f"in component {i + 1}" if i == j else f"in components {', '.join(str(axis + 1) for axis in axes)}"
        what, unit = f"{which} moment of the noise {of}", f"in units of σ{'³' if power == 3 else '⁴'}"
        check = held(what, value, right, stderr, each, 0.25 if power == 3 else 0.75, unit, SMALL)
        checks.append(check)
        if check.verdict == "fail":
            causes.append(f"the {what} is {value:.3g} in place of {right:.3g}, {unit}; order {order} needs it")
    return checks, causes


def higher_of(dimension: int) -> list[tuple[int, ...]]:
    """The components of the third and fourth moments that are looked at: all third ones and E[zᵢ²zⱼ²] up to four dimensions."""
    if dimension > JOINT:
        return [(i,) * power for power in (3, 4) for i in range(dimension)]
    pairs = combinations_with_replacement(range(dimension), 2)
    return [*combinations_with_replacement(range(dimension), 3), *((i, i, j, j) for i, j in pairs)]


def pair(alpha: Alpha) -> tuple[int, int]:
    """The two components of a moment of degree 2."""
    i, j = [axis for axis, power in enumerate(alpha) for _ in range(power)]
    return i, j


def pair_place(alpha: Alpha, upper: tuple[np.ndarray, ...]) -> int:
    """The column of that product."""
    i, j = pair(alpha)
    return next(place for place, own in enumerate(zip(*upper, strict=True)) if own == (i, j))
