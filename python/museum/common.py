"""What exhibits share: a resampler, a state-space model with a known evidence, and problems."""

from __future__ import annotations

import numpy as np

import wfr

Array = np.ndarray


def systematic(weights: Array, rng: np.random.Generator) -> Array:
    """Systematic resampling that refuses weights which mean nothing."""
    if not np.isfinite(weights).all() or (weights < 0.0).any() or weights.sum() <= 0.0:
        raise ValueError("weights: expected finite numbers ≥ 0, not all zero")
    n, cumulated = len(weights), np.cumsum(weights)
    places = (np.arange(n) + rng.random()) / n * cumulated[-1]
    return np.searchsorted(cumulated, places, side="right").clip(0, np.flatnonzero(weights)[-1])


#: Observations of a Gaussian walk x → 0.9 x + N(0, 0.3), x₀ ~ N(0, 1), with noise N(0, 1).
SEEN = np.array([1.6, 1.1, 1.9, 1.3, 1.5])
PARTICLES = 32


def exact_log_evidence() -> float:
    """By the Kalman filter."""
    mean, variance, total = 0.0, 1.0, 0.0
    for y in SEEN:
        spread = variance + 1.0
        total -= 0.5 * (np.log(2.0 * np.pi * spread) + (y - mean) ** 2 / spread)
        gain = variance / spread
        mean, variance = 0.9 * (mean + gain * (y - mean)), 0.81 * variance * (1.0 - gain) + 0.3
    return float(total)


def log_likelihood(y: float, x: Array) -> Array:
    return -0.5 * (np.log(2.0 * np.pi) + (y - x) ** 2)


def moved(x: Array, rng: np.random.Generator) -> Array:
    return 0.9 * x + np.sqrt(0.3) * rng.normal(size=x.shape)


def log_mean(logs: Array) -> float:
    return float(np.log(np.mean(np.exp(logs))))


def resamples(mode: str, logs: Array) -> bool:
    """Whether particles are resampled now: never, always, or for an effective sample size below half."""
    weights = np.exp(logs - logs.max())
    return mode == "always" or (mode == "adaptive" and weights.sum() ** 2 < 0.5 * len(logs) * np.sum(weights**2))


def normalised(logs: Array) -> Array:
    weights = np.exp(logs - logs.max())
    return weights / weights.sum()


def verify_evidence(sampler: object, seed: int) -> wfr.Verdict:
    return wfr.verify_log_evidence(sampler, truth=exact_log_evidence(), seed=100_000 * seed)  # type: ignore[arg-type]


def slope(x: Array) -> Array:
    return x - np.sin(2.0 * x)


#: Overdamped Langevin dynamics in x²/2 + cos(2x)/2.
WELL = wfr.Problem(drift=lambda x: -slope(x), noise=np.sqrt(2.0))
