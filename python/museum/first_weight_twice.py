"""particles: SMC² and IBIS took the first likelihood into account twice."""

import numpy as np
from common import PARTICLES, SEEN, log_likelihood, log_mean, moved, normalised, resamples, systematic, verify_evidence
from evidence_of_every_step import mended

LINK = "https://github.com/nchopin/particles/issues/73"
SEEN_BY = "times what it should be, however particles are resampled"

__all__ = ["mended"]


def wrong(seed: int, resample: str) -> float:
    rng, total = np.random.default_rng(seed), 0.0
    x = rng.normal(size=PARTICLES)
    logs = log_likelihood(SEEN[0], x)  # Once here, and once in the loop.
    for y in SEEN:
        logs = logs + log_likelihood(y, x)
        if resamples(resample, logs):
            total += log_mean(logs)
            x, logs = x[systematic(normalised(logs), rng)], np.zeros(PARTICLES)
        x = moved(x, rng)
    return total + log_mean(logs)


verify = verify_evidence
