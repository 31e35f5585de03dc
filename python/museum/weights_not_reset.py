"""Kalman and Bayesian Filters in Python: weights were permuted with their particles, and not made equal."""

import numpy as np
from common import PARTICLES, SEEN, log_likelihood, log_mean, moved, normalised, resamples, systematic, verify_evidence
from evidence_of_every_step import mended

LINK = "https://github.com/rlabbe/Kalman-and-Bayesian-Filters-in-Python/issues/146"
SEEN_BY = "wrong where particles are resampled"

__all__ = ["mended"]


def wrong(seed: int, resample: str) -> float:
    rng, total = np.random.default_rng(seed), 0.0
    x, logs = rng.normal(size=PARTICLES), np.zeros(PARTICLES)
    for y in SEEN:
        logs = logs + log_likelihood(y, x)
        if resamples(resample, logs):
            total += log_mean(logs)
            chosen = systematic(normalised(logs), rng)
            x, logs = x[chosen], np.log(len(logs) * normalised(logs[chosen]))  # Selected already, and weighted again.
        x = moved(x, rng)
    return total + log_mean(logs)


verify = verify_evidence
