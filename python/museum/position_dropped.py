"""Brian 2: for an equation of noise alone, x was set to the noise in place of x plus the noise."""

import numpy as np
from common import Array

import wfr

LINK = "https://github.com/brian-team/brian2/issues/686"
SEEN_BY = "O(1)"


def wrong(x: Array, t: float, h: float, noise: Array) -> Array:
    return np.sqrt(h) * noise


def mended(x: Array, t: float, h: float, noise: Array) -> Array:
    return x + np.sqrt(h) * noise


def verify(subject: object, seed: int) -> wfr.Verdict:
    return wfr.verify_step(subject, wfr.Problem(drift=lambda x: 0.0 * x, noise=1.0), order=1, seed=seed)
