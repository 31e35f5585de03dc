"""Implicit behavioural cloning: the Langevin update was h (½ f + ξ), with noise of the size h in place of √(2h)."""

import numpy as np
from common import WELL, Array, slope

import wfr

LINK = "https://github.com/google-research/ibc/issues/6"
SEEN_BY = "h in place of √h"


def wrong(x: Array, t: float, h: float, noise: Array) -> Array:
    return x + h * (-0.5 * slope(x) + noise)


def mended(x: Array, t: float, h: float, noise: Array) -> Array:
    return x - h * slope(x) + np.sqrt(2.0 * h) * noise


def verify(subject: object, seed: int) -> wfr.Verdict:
    return wfr.verify_step(subject, WELL, order=1, seed=seed)
