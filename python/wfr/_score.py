"""Reverse diffusions with scores of one's own."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from ._errors import FunctionError
from ._functions import Batch, plain

Array = npt.NDArray[np.float64]
Predicts = Literal["score", "noise", "data", "velocity"]
PREDICTIONS = ("score", "noise", "data", "velocity")
#: What was read for rates and may be asked for once more: one or two batches on each of a few threads.
KEPT = 16


@dataclass(frozen=True)
class Schedule:
    """What the forward diffusion has done by time τ to data x₀: N(mean·x₀, deviation²), with f = drift·x and noise g²."""

    forward: str
    first: float
    last: float
    horizon: float

    def beta(self, t: float) -> float:
        return self.first + (self.last - self.first) * t / self.horizon

    def at(self, t: float) -> tuple[float, float, float, float]:
        """(mean, deviation, drift, g²) at t."""
        if self.forward == "variance-preserving":
            total = self.first * t + 0.5 * (self.last - self.first) * t * t / self.horizon
            beta = self.beta(t)
            return math.exp(-0.5 * total), math.sqrt(-math.expm1(-total)), -0.5 * beta, beta
        growth = math.log(self.last / self.first) / self.horizon
        sigma = self.first * math.exp(growth * t)
        return 1.0, math.sqrt(sigma**2 - self.first**2), 0.0, 2.0 * growth * sigma**2


def score_scenario(
    score: Batch | Sequence[tuple[float, Batch]],
    *,
    dimension: int = 1,
    predicts: Predicts = "score",
    forward: Literal["variance-preserving", "variance-exploding"] = "variance-preserving",
    schedule: tuple[float, float] = (0.1, 20.0),
    horizon: float = 1.0,
    end: float = 1e-3,
    churn: float = 1.0,
    reward: Batch | None = None,
    reward_gradient: Batch | None = None,
) -> tuple[dict[str, Any], dict[str, Batch]]:
    """The scenario of a reverse diffusion with this score, and the functions that it calls: ``run(scenario, functions=…)``.

    ``score(x, t)`` takes points (n, d) and the time t of the forward diffusion, 0 at the data, and returns (n, d): ∇log q_t,
    or what ``predicts`` says: the noise ε or the data x₀ in x = m x₀ + s ε, or the velocity m ε − s x₀. Several scores with
    powers, ``[(1 - w, s0), (w, s1)]``, multiply their laws; ``reward(x)`` with its gradient tilts by e^reward, a share
    1 − t/horizon of it at t. Feynman–Kac weights make the result exact for these scores, if they are those of diffusing
    laws. ``schedule`` is (β at 0, β at the horizon), linear between, or (σ at 0, σ at the horizon), geometric. Paths start
    in the law of the noise and run from ``horizon`` to ``end`` above 0. ``churn`` is the share of noise in them, 0 for the
    flow without any.

    Add observables, [grid], [particles] and studies. Expectations are unnormalised: divide by that of the observable "1".
    """
    scores = [(1.0, score)] if callable(score) else [(float(power), own) for power, own in score]
    if predicts not in PREDICTIONS:
        raise ValueError(f"predicts: found {predicts!r}; expected one of {', '.join(PREDICTIONS)}")
    if forward not in ("variance-preserving", "variance-exploding"):
        raise ValueError(f"forward: found {forward!r}; expected variance-preserving or variance-exploding")
    first, last = (float(value) for value in schedule)
    if not (0.0 < first and 0.0 < last and (forward == "variance-preserving" or first < last)):
        raise ValueError(f"schedule: found {schedule}; expected two numbers above 0, rising for variance-exploding")
    if not 0.0 < end < horizon or churn < 0.0:
        raise ValueError(f"found end = {end}, horizon = {horizon}, churn = {churn}; expected 0 < end < horizon, churn ≥ 0")
    if (reward is None) != (reward_gradient is None):
        raise ValueError("reward: expected reward=… and reward_gradient=… together")
    power = sum(own for own, _ in scores)
    if power <= 0.0:
        raise ValueError(f"score: found powers with the sum {power}; expected one above 0, else there is no law to start in")
    model = Model(Schedule(forward, first, last, horizon), scores, predicts, churn, reward, reward_gradient)
    functions: dict[str, Batch] = {"drift": model.drift}
    sde: dict[str, Any] = {
        "drift": ["drift"] if dimension == 1 else [f"drift{k + 1}" for k in range(dimension)],
        "diffusion": [[model.noise() if i == j else "0" for j in range(dimension)] for i in range(dimension)],
        "horizon": horizon - end,
    }
    if reward is not None or len(scores) > 1 or power != 1.0:
        functions["rate"] = model.rate
        sde["rate"] = "rate"
    _, deviation, _, _ = model.schedule.at(horizon)
    variance = (1.0 if forward == "variance-preserving" else deviation**2) / power
    covariance = [[variance if i == j else 0.0 for j in range(dimension)] for i in range(dimension)]
    start = {"mean": [0.0] * dimension, "covariance": covariance}
    return {"dimension": dimension, "sde": sde, "initial": start}, functions


@dataclass(frozen=True)
class Model:
    """Drift, noise and rate of the reversed paths, in their time s = horizon − t."""

    schedule: Schedule
    scores: Sequence[tuple[float, Batch]]
    predicts: str
    churn: float
    reward: Batch | None
    reward_gradient: Batch | None
    #: (s, x) of rates, with what was read there.
    kept: deque[tuple[float, Array, Any]] = field(default_factory=lambda: deque(maxlen=KEPT))

    def read(self, x: Array, s: float) -> tuple[list[tuple[float, Array]], Array, float, float]:
        """The scores with their powers, their sum, and (drift, g²) of the forward diffusion."""
        t = max(self.schedule.horizon - s, 0.0)
        mean, deviation, drift, noise = self.schedule.at(t)
        own = [(power, self.as_score(score(x, t), x, mean, deviation)) for power, score in self.scores]
        return own, np.asarray(sum(power * score for power, score in own)), drift, noise

    def as_score(self, result: Any, x: Array, mean: float, deviation: float) -> Array:
        value = plain(result, "score")
        if value.shape != x.shape:
            raise FunctionError(
                f"score: found an array of shape {value.shape} for points of shape {x.shape}; expected the same shape"
            )
        if self.predicts == "score":
            return value
        if self.predicts == "noise":
            return np.asarray(-value / deviation)
        if self.predicts == "data":
            return np.asarray((mean * value - x) / deviation**2)
        scale = math.hypot(mean, deviation)
        # v = m ε − s x₀ and x = m x₀ + s ε, so that ε = (m v + s x)/(m² + s²).
        return np.asarray(-(mean * value + deviation * x) / (scale**2 * deviation))

    def tilt(self, x: Array, s: float) -> tuple[Array | float, Array | float]:
        """c∇r, and the growth of c in s times r."""
        if self.reward is None or self.reward_gradient is None:
            return 0.0, 0.0
        share = s / self.schedule.horizon
        slope = plain(self.reward_gradient(x), "reward_gradient")
        return share * slope, plain(self.reward(x), "reward") / self.schedule.horizon

    def known(self, x: Array, s: float) -> Any:
        """What was read there for a rate, as it is at the end of the step before; None for what was not."""
        return next((own for time, points, own in tuple(self.kept) if time == s and np.array_equal(points, x)), None)

    def drift(self, x: Array, s: float) -> Array:
        _, score, forward, noise = self.known(x, s) or self.read(x, s)
        tilt, _ = self.tilt(x, s)
        return np.asarray(0.5 * noise * ((1.0 + self.churn) * score + self.churn * tilt) - forward * x)

    def rate(self, x: Array, s: float) -> Array:
        """Minus the growth of the log-weights (Skreta et al. 2025, arXiv 2503.02819)."""
        own, score, forward, noise = found = self.read(x, s)
        self.kept.append((s, x, found))
        tilt, growth = self.tilt(x, s)
        squares = np.sum(score * score + score * tilt, axis=1)
        squares = squares - sum(power * np.sum(each * each, axis=1) for power, each in own)
        excess = sum(power for power, _ in own) - 1.0
        drag = growth - forward * np.sum(x * tilt, axis=1)
        return np.asarray(-(excess * forward * x.shape[1] + drag + 0.5 * noise * squares))

    def noise(self) -> str:
        """√(churn g²) as a formula in s, which scenarios call t."""
        own = self.schedule
        t = f"({own.horizon!r} - t)"
        if own.forward == "variance-preserving":
            return f"sqrt({self.churn!r}*({own.first!r} + {(own.last - own.first) / own.horizon!r}*{t}))"
        growth = math.log(own.last / own.first) / own.horizon
        return f"{math.sqrt(2.0 * growth * self.churn) * own.first!r}*exp({growth!r}*{t})"
