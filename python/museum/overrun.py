"""ParticleFilters.jl: the low-variance resampler crashed for weights close to machine precision.

Re-created as a scan that runs past its last weight, where the sum of all weights is rounded below a place.
"""

import numpy as np
from common import Array, systematic

import wfr

LINK = "https://github.com/JuliaPOMDP/ParticleFilters.jl/pull/51"
SEEN_BY = "IndexError"


def wrong(weights: Array, rng: np.random.Generator) -> Array:
    systematic(weights, np.random.default_rng(0))  # Refuses what has no meaning.
    n, chosen, j = len(weights), [], 0
    reached = weights[0]
    for place in (np.arange(n) + rng.random()) / n:
        while place >= reached:
            j += 1
            reached += weights[j]
        chosen.append(j)
    return np.array(chosen)


mended = systematic


def verify(subject: object, seed: int) -> wfr.Verdict:
    return wfr.verify_resampling(subject, seed=seed)
