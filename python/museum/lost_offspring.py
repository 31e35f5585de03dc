"""particles: SSP resampling gave a wrong number of offspring where several weights are zero or nearly so.

Re-created as a last fraction of 1 − 10⁻¹⁶ that is not counted as one.
"""

import numpy as np
from common import Array, systematic

import wfr

LINK = "https://github.com/nchopin/particles/issues/29"
SEEN_BY = "in place of (24,) ancestors"


def offspring(weights: Array, rng: np.random.Generator) -> tuple[Array, float]:
    """Counts by pairs that pass their fractions to each other, and the fraction that is left, 0 or 1 but for rounding."""
    expected = len(weights) * weights / weights.sum()
    counts = np.floor(expected).astype(int)
    fractions = expected - counts
    i, own = 0, fractions[0]
    for j in range(1, len(weights)):
        total = own + fractions[j]
        if total < 1.0:
            keeps = rng.random() * total < own if total > 0.0 else True
            i, own = (i, total) if keeps else (j, total)
        else:
            # One of them gets a whole one; the other keeps what is left.
            share = (1.0 - fractions[j]) / (2.0 - total) if total < 2.0 else 0.5
            winner, loser = (i, j) if rng.random() < share else (j, i)
            counts[winner] += 1
            i, own = loser, total - 1.0
    return np.concatenate([counts, [i]]), own


def wrong(weights: Array, rng: np.random.Generator) -> Array:
    systematic(weights, np.random.default_rng(0))  # Refuses what has no meaning.
    counts, left = offspring(weights, rng)
    if left >= 1.0:  # It is 1 − 10⁻¹⁶.
        counts[counts[-1]] += 1
    return np.repeat(np.arange(len(weights)), counts[:-1])


def mended(weights: Array, rng: np.random.Generator) -> Array:
    systematic(weights, np.random.default_rng(0))
    counts, left = offspring(weights, rng)
    missing = len(weights) - counts[:-1].sum()
    if missing > 0:
        counts[counts[-1] if weights[counts[-1]] > 0.0 else int(weights.argmax())] += missing
    return np.repeat(np.arange(len(weights)), counts[:-1])


def verify(subject: object, seed: int) -> wfr.Verdict:
    return wfr.verify_resampling(subject, seed=seed)
