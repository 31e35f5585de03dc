"""Stable Diffusion web UI: with the samplers that draw noise on the way, an image depended on the size of its batch.

One stream for the whole batch is re-created here; each row should have its own.
"""

import numpy as np
from common import WELL, Array, slope

import wfr

LINK = "https://github.com/AUTOMATIC1111/stable-diffusion-webui/issues/5210"
SEEN_BY = "batch size"


def wrong(x: Array, t: float, h: float, noise: Array) -> Array:
    seed = int(1e6 * abs(noise[0, 0]))  # That of the first image.
    return x - h * slope(x) + np.sqrt(2.0 * h) * np.random.default_rng(seed).normal(size=x.shape)


def mended(x: Array, t: float, h: float, noise: Array) -> Array:
    return x - h * slope(x) + np.sqrt(2.0 * h) * noise


def verify(subject: object, seed: int) -> wfr.Verdict:
    return wfr.verify_step(subject, WELL, order=1, seed=seed)
