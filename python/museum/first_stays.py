"""mcl_3dl: the first particle stayed whatever its weight was, since the first place of the scan was always zero."""

import numpy as np
from common import Array, systematic

import wfr

LINK = "https://github.com/at-wat/mcl_3dl/issues/232"
SEEN_BY = "particle 0 of weight 0 was chosen"


def wrong(weights: Array, rng: np.random.Generator) -> Array:
    chosen = systematic(weights, rng)
    n, cumulated = len(weights), np.cumsum(weights)
    places = np.arange(n) / n * cumulated[-1]
    places[1:] += rng.random() / n * cumulated[-1]
    chosen = np.searchsorted(cumulated, places, side="left")
    return chosen.clip(0, np.flatnonzero(weights)[-1])


mended = systematic


def verify(subject: object, seed: int) -> wfr.Verdict:
    return wfr.verify_resampling(subject, seed=seed)
