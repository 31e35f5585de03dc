"""pfilter: particles were resampled, and the weights that are averaged with them were not."""

import numpy as np
from common import Array, systematic

import wfr

LINK = "https://github.com/johnhw/pfilter/issues/8"
SEEN_BY = "torn apart"


def wrong(weights: Array, rng: np.random.Generator, *arrays: Array) -> tuple[Array, ...]:
    particles, *others = arrays
    return (particles[systematic(weights, rng)], *others)


def mended(weights: Array, rng: np.random.Generator, *arrays: Array) -> tuple[Array, ...]:
    chosen = systematic(weights, rng)
    return tuple(own[chosen] for own in arrays)


def verify(subject: object, seed: int) -> wfr.Verdict:
    return wfr.verify_resampling(subject, arrays=True, seed=seed)
