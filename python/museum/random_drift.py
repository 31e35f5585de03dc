"""A course on diffusion models: the drift of Brownian motion was a random number in place of zero."""

import numpy as np
from common import Array

import wfr

LINK = "https://github.com/eje24/iap-diffusion-labs/issues/20"
SEEN_BY = "shared randomness"


def wrong(x: Array, t: float, h: float, noise: Array) -> Array:
    return x + h * np.random.normal(size=x.shape) + np.sqrt(h) * noise


def mended(x: Array, t: float, h: float, noise: Array) -> Array:
    return x + np.sqrt(h) * noise


def verify(subject: object, seed: int) -> wfr.Verdict:
    return wfr.verify_step(subject, wfr.Problem(drift=lambda x: 0.0 * x, noise=1.0), order=1, seed=seed)
