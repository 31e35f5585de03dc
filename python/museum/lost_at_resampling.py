"""TreePPL: the estimate of the likelihood was zero in logarithms after a resampling: what came before it was lost."""

import numpy as np
from common import PARTICLES, SEEN, log_likelihood, log_mean, moved, normalised, resamples, systematic, verify_evidence
from evidence_of_every_step import mended

LINK = "https://github.com/treeppl/treeppl/issues/64"
SEEN_BY = "wrong where particles are resampled"

__all__ = ["mended"]


def wrong(seed: int, resample: str) -> float:
    rng = np.random.default_rng(seed)
    x, logs = rng.normal(size=PARTICLES), np.zeros(PARTICLES)
    for y in SEEN:
        logs = logs + log_likelihood(y, x)
        if resamples(resample, logs):
            x, logs = x[systematic(normalised(logs), rng)], np.zeros(PARTICLES)
        x = moved(x, rng)
    return log_mean(logs)


verify = verify_evidence
