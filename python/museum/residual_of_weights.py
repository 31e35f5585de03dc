"""filterpy: the rest of residual resampling was w − copies in place of n w − copies."""

import numpy as np
from common import Array, systematic

import wfr

LINK = "https://github.com/rlabbe/filterpy/issues/290"
SEEN_BY = "E[N]"


def residual(weights: Array, rest: Array, rng: np.random.Generator) -> Array:
    n = len(weights)
    copies = np.repeat(np.arange(n), np.floor(n * weights + 1e-12).astype(int))
    if len(copies) == n:
        return copies
    cumulated = np.cumsum(rest / rest.sum())
    drawn = np.searchsorted(cumulated, rng.random(n - len(copies)) * cumulated[-1], side="right")
    return np.concatenate([copies, drawn.clip(0, np.flatnonzero(rest)[-1])])


def wrong(weights: Array, rng: np.random.Generator) -> Array:
    systematic(weights, np.random.default_rng(0))  # Refuses what has no meaning.
    return residual(weights, np.abs(weights - np.floor(len(weights) * weights + 1e-12)), rng)


def mended(weights: Array, rng: np.random.Generator) -> Array:
    systematic(weights, np.random.default_rng(0))
    rest = len(weights) * weights - np.floor(len(weights) * weights + 1e-12)
    return residual(weights, np.maximum(rest, 0.0), rng)


def verify(subject: object, seed: int) -> wfr.Verdict:
    return wfr.verify_resampling(subject, seed=seed)
