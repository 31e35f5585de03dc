"""Kalman and Bayesian Filters in Python: weights began at 1 at each update, which only resampling at every step allows."""

import numpy as np
from common import PARTICLES, SEEN, log_likelihood, log_mean, moved, normalised, resamples, systematic, verify_evidence
from evidence_of_every_step import mended

LINK = "https://github.com/rlabbe/Kalman-and-Bayesian-Filters-in-Python/issues/245"
SEEN_BY = "resampled never"

__all__ = ["mended"]


def wrong(seed: int, resample: str) -> float:
    rng, total = np.random.default_rng(seed), 0.0
    x, logs = rng.normal(size=PARTICLES), np.zeros(PARTICLES)
    for y in SEEN:
        logs = log_likelihood(y, x)  # The weights of before are forgotten.
        if resamples(resample, logs):
            total += log_mean(logs)
            x, logs = x[systematic(normalised(logs), rng)], np.zeros(PARTICLES)
        x = moved(x, rng)
    return total + log_mean(logs)


verify = verify_evidence
