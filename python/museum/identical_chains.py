"""PyMC: parallel jobs drew identical chains, since all were given one seed."""

import numpy as np
from overlapping_seeds import mended

import wfr

LINK = "https://github.com/pymc-devs/pymc/issues/1479"
SEEN_BY = "parts share their stream"
CHAINS = 4

__all__ = ["mended"]


def wrong(seed: int) -> np.ndarray:
    return np.array([np.random.default_rng(seed).normal() for _ in range(CHAINS)])


def verify(subject: object, seed: int) -> wfr.Verdict:
    return wfr.verify_seeds(subject, seed=1000 * seed)
