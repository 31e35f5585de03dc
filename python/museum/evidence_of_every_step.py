"""LowLevelParticleFilters.jl: the likelihood was right only if particles were resampled at every step.

The same in Turing.jl (https://github.com/TuringLang/Turing.jl/pull/1266).
"""

import numpy as np
from common import PARTICLES, SEEN, log_likelihood, log_mean, moved, normalised, resamples, systematic, verify_evidence

LINK = "https://github.com/baggepinnen/LowLevelParticleFilters.jl/issues/134"
SEEN_BY = "only if particles are resampled at every step"


def wrong(seed: int, resample: str) -> float:
    rng, total = np.random.default_rng(seed), 0.0
    x, logs = rng.normal(size=PARTICLES), np.zeros(PARTICLES)
    for y in SEEN:
        gain = log_likelihood(y, x)
        total += log_mean(gain)  # As if all weights were equal.
        logs = logs + gain
        if resamples(resample, logs):
            x, logs = x[systematic(normalised(logs), rng)], np.zeros(PARTICLES)
        x = moved(x, rng)
    return total


def mended(seed: int, resample: str) -> float:
    rng, total = np.random.default_rng(seed), 0.0
    x, logs = rng.normal(size=PARTICLES), np.zeros(PARTICLES)
    for y in SEEN:
        logs = logs + log_likelihood(y, x)
        if resamples(resample, logs):
            total += log_mean(logs)
            x, logs = x[systematic(normalised(logs), rng)], np.zeros(PARTICLES)
        x = moved(x, rng)
    return total + log_mean(logs)


verify = verify_evidence
