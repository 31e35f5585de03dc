"""sbi: a benchmark found that its variance-preserving schedule and that of azula, of the same name, are different ones.

Both are re-created as forward processes, whose rates β(t) follow from α(t) = exp(−∫β/2).
"""

import numpy as np
from common import Array

import wfr

LINK = "https://github.com/sbi-dev/sbi/pull/1825"
SEEN_BY = "E[x′ − x] is 2.759 times"
LEAST, MOST, LAST = 0.01, 10.0, 0.001


def rate(t: float) -> float:
    """That of log α = −t² (β₁ − β₀)/4 − t β₀/2."""
    return LEAST + t * (MOST - LEAST)


def other_rate(t: float) -> float:
    """That of log α = t² log α(1)."""
    return -4.0 * t * float(np.log(LAST))


PROCESS = wfr.Problem(drift=lambda x, t: -0.5 * rate(t) * x, noise=lambda x, t: np.full(len(x), np.sqrt(rate(t))), time=0.4)


def wrong(x: Array, t: float, h: float, noise: Array) -> Array:
    return x - 0.5 * h * other_rate(t) * x + np.sqrt(h * other_rate(t)) * noise


def mended(x: Array, t: float, h: float, noise: Array) -> Array:
    return x - 0.5 * h * rate(t) * x + np.sqrt(h * rate(t)) * noise


def verify(subject: object, seed: int) -> wfr.Verdict:
    return wfr.verify_step(subject, PROCESS, order=1, seed=seed)
