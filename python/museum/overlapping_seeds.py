"""devinterp: neighbouring seeds had chains in common, since chains added their number to the seed."""

import numpy as np

import wfr

LINK = "https://github.com/timaeus-research/devinterp/pull/98"
SEEN_BY = "streams overlap"
CHAINS = 4


def wrong(seed: int) -> np.ndarray:
    return np.array([np.random.default_rng(seed + chain).normal() for chain in range(CHAINS)])


def mended(seed: int) -> np.ndarray:
    streams = np.random.SeedSequence(seed).spawn(CHAINS)
    return np.array([np.random.default_rng(own).normal() for own in streams])


def verify(subject: object, seed: int) -> wfr.Verdict:
    return wfr.verify_seeds(subject, seed=1000 * seed)
