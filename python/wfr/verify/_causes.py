"""What shifts a moment by how much: the known mistakes, as defects of the moments of one step.

A mistake is a name and the defect that it makes in the coefficient of hᵏ of E[Δ^α w], for each |α| = degree, at each point.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from ._expansion import Expansion
from ._polynomials import Array

Alpha = tuple[int, ...]


class Mistake(NamedTuple):
    says: str
    #: (points, moments).
    defect: Array


def unit(d: int, *axes: int) -> Alpha:
    own = [0] * d
    for axis in axes:
        own[axis] += 1
    return tuple(own)


class Catalogue:
    """The mistakes that can be told apart at these points."""

    def __init__(self, expansions: Sequence[Expansion], stratonovich: bool) -> None:
        self.expansions, self.stratonovich = expansions, stratonovich
        self.locals = [own.local for own in expansions]
        self.d = self.locals[0].terms.dimension

    def true(self, alphas: Sequence[Alpha], k: int) -> Array:
        """The right coefficients of hᵏ, (points, moments)."""
        return np.array([[own.coefficients(alpha)[k] for alpha in alphas] for own in self.expansions])

    def mistakes(self, degree: int, k: int, alphas: Sequence[Alpha]) -> list[Mistake]:
        """Those that shift moments of this degree at hᵏ, the most common first."""
        known = {
            (0, 1): self.rate,
            (1, 1): self.mean,
            (2, 1): self.spread,
            (0, 2): self.weight,
            (1, 2): self.second,
            (2, 2): self.covariance,
        }
        own = known[degree, k](alphas) if (degree, k) in known else []
        return [mistake for mistake in own if np.abs(mistake.defect).max() > 0.0]

    def rate(self, alphas: Sequence[Alpha]) -> list[Mistake]:
        true = self.true(alphas, 1)
        return [
            Mistake("the weight is missing: E[w] does not know the rate", -true),
            Mistake(
                "the weight is halved: it counts half of the rate (a factor ½ too many, or one end of two)", -0.5 * true
            ),
            Mistake("the sign of the weight is wrong: exp(+∫c) in place of exp(−∫c)", -2.0 * true),
            Mistake("the weight counts the rate twice (a missing ½)", true),
        ]

    def mean(self, alphas: Sequence[Alpha]) -> list[Mistake]:
        true = self.true(alphas, 1)
        shift = np.array([[own.correction[0][axis(alpha)] for alpha in alphas] for own in self.locals])
        if self.stratonovich:
            own = [
                Mistake("Stratonovich read as Itô: the correction ½ Σ (gⱼ·∇)gⱼ of the drift is missing", -shift),
                Mistake("the Stratonovich correction has the wrong sign", -2.0 * shift),
                Mistake("the Stratonovich correction is halved (¼ in place of ½)", -0.5 * shift),
                Mistake("the Stratonovich correction lacks its ½", shift),
            ]
        else:
            own = [
                Mistake(
                    "Itô read as Stratonovich: the mean is shifted by ½ Σ (gⱼ·∇)gⱼ (a Heun or midpoint rule in the noise, or "
                    "ΔW² in place of ΔW² − h)",
                    shift,
                ),
                Mistake("½ Σ (gⱼ·∇)gⱼ is subtracted from the drift, although the equation is Itô's", -shift),
                Mistake("the mean is shifted by Σ (gⱼ·∇)gⱼ: a correction without its ½", 2.0 * shift),
            ]
        own += [
            Mistake("the sign of the drift is wrong", -2.0 * true),
            Mistake("the drift is missing", -true),
            Mistake("the drift is halved", -0.5 * true),
            Mistake("the drift is doubled", true),
        ]
        for place, alpha in enumerate(alphas):
            alone = np.zeros_like(true)
            alone[:, place] = true[:, place]
            if len(alphas) > 1:
                own.append(Mistake(f"the sign of component {axis(alpha) + 1} of the drift is wrong", -2.0 * alone))
                own.append(Mistake(f"component {axis(alpha) + 1} of the drift is missing", -alone))
        return own

    def spread(self, alphas: Sequence[Alpha]) -> list[Mistake]:
        true = self.true(alphas, 1)
        own = [
            Mistake("the noise is √2 too large: the variance is doubled", true),
            Mistake("the noise is √2 too small: the variance is halved", -0.5 * true),
            Mistake("the noise is 2 times too large", 3.0 * true),
            Mistake("the noise is halved: the variance is a quarter", -0.75 * true),
            Mistake("the noise is missing, or multiplied with h in place of √h", -true),
        ]
        diagonal = np.array([[max(alpha) == 2 for alpha in alphas]])
        own.append(
            Mistake(
                "correlations are dropped: the covariance is right on its diagonal alone",
                np.where(diagonal, 0.0, -true),
            )
        )
        g = [local.noise[0] for local in self.locals]
        if g[0].shape[0] == g[0].shape[1]:
            own.append(
                Mistake(
                    "the noise matrix is transposed: gᵀg in place of ggᵀ",
                    self.matrices([a.T @ a for a in g], alphas) - true,
                )
            )
        whole = [a @ a.T for a in g]
        own.append(
            Mistake(
                "the covariance ggᵀ is used in place of its root g",
                self.matrices([a @ a.T for a in whole], alphas) - true,
            )
        )
        return own

    def matrices(self, own: Sequence[Array], alphas: Sequence[Alpha]) -> Array:
        """Entries of matrices, in the order of moments of degree 2."""
        pairs = [[i for i, power in enumerate(alpha) for _ in range(power)] for alpha in alphas]
        return np.array([[matrix[i, j] for i, j in pairs] for matrix in own])

    def weight(self, alphas: Sequence[Alpha]) -> list[Mistake]:
        def at(which: str) -> Array:
            return np.array([[getattr(own, which)(own.value) @ own.rate] for own in self.locals])

        square = np.array([[own.rate[0] ** 2] for own in self.locals])
        return [
            Mistake("the weight is taken at the left point alone: −h c(x)", 0.5 * at("generator")),
            Mistake("the weight is taken at the right point alone: −h c(x′)", -0.5 * at("generator")),
            Mistake("the weight is taken along a path without noise", 0.5 * at("spreading")),
            Mistake("the weight does not know that the rate moves in time", 0.5 * at("clock")),
            Mistake("the weight is 1 − h c in place of exp(−h c)", -0.5 * square),
        ]

    def second(self, alphas: Sequence[Alpha]) -> list[Mistake]:
        def at(which: str) -> Array:
            rows = [
                [getattr(own, which)(own.value) @ own.drift[:, axis(alpha)] for alpha in alphas] for own in self.locals
            ]
            return np.array(rows)

        slope = np.array(
            [
                [
                    sum(own.diffusion[0, axis(alpha), j] * own.derivatives[j][0] @ own.rate for j in range(self.d))
                    for alpha in alphas
                ]
                for own in self.locals
            ]
        )
        return [
            Mistake("½ h² La of the drift is missing, as in the Euler–Maruyama scheme", -0.5 * at("generator")),
            Mistake("the noise is missing in the predictor: ½ h² (½ ggᵀ:∇²)a is not seen", -0.5 * at("spreading")),
            Mistake("the drift is not corrected along itself: ½ h² (a·∇)a is missing", -0.5 * at("transport")),
            Mistake("the time is frozen in the drift: ½ h² ∂ₜa is missing", -0.5 * at("clock")),
            Mistake(
                "the drift is taken at the end of the step alone: h² La in place of ½ h² La", 0.5 * at("generator")
            ),
            Mistake("the time of the drift is that of the end of the step", 0.5 * at("clock")),
            Mistake("the weight is taken at the left point alone: it does not move with the noise of x′", 0.5 * slope),
            Mistake("the weight is taken at the right point alone", -0.5 * slope),
        ]

    def covariance(self, alphas: Sequence[Alpha]) -> list[Mistake]:
        alone = self.matrices([np.outer(own.drift[0], own.drift[0]) for own in self.locals], alphas)
        rated = np.array([[own.rate[0]] for own in self.locals]) * self.true(alphas, 1)
        return [
            Mistake(
                "drift and noise do not act on each other within the step, as in the Euler–Maruyama scheme",
                alone - rated - self.true(alphas, 2),
            ),
        ]


def axis(alpha: Alpha) -> int:
    """The component that a moment of degree 1 is about."""
    return next(i for i, power in enumerate(alpha) if power)


def explained(defect: Array, mistakes: Sequence[Mistake], error: float) -> list[str]:
    """The mistakes that make this defect, within 3 % (what a series that is cut leaves) and its error."""
    size = float(np.linalg.norm(defect))
    matching = [(float(np.linalg.norm(defect - own.defect)), own.says) for own in mistakes]
    close = [pair for pair in matching if pair[0] <= 0.03 * size + error]
    best = min((distance for distance, _ in close), default=0.0)
    return [says for distance, says in close if distance <= 3.0 * best + 1e-9 * size]


def share(defect: Array, true: Array) -> float | None:
    """ρ, where the moment is ρ times the right one at all points."""
    norm = float(np.sum(true * true))
    if norm == 0.0:
        return None
    factor = float(np.sum(defect * true)) / norm
    off = float(np.linalg.norm(defect - factor * true))
    return 1.0 + factor if off <= 0.03 * float(np.linalg.norm(defect)) else None
