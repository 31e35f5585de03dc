"""PyMC: log-probabilities of NaN made all weights NaN, and all resampled indices zero, without a warning."""

import numpy as np
from common import Array, systematic

import wfr

LINK = "https://github.com/pymc-devs/pymc/issues/7292"
SEEN_BY = "index 0 for all"


def wrong(weights: Array, rng: np.random.Generator) -> Array:
    n, cumulated, chosen, j = len(weights), np.cumsum(weights), [], 0
    for place in (np.arange(n) + rng.random()) / n:
        while cumulated[j] < place and j < n - 1:  # NaN is never below.
            j += 1
        chosen.append(j)
    return np.array(chosen)


mended = systematic


def verify(subject: object, seed: int) -> wfr.Verdict:
    return wfr.verify_resampling(subject, seed=seed)
