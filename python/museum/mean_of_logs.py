"""Turing.jl: the evidence of several runs was the mean of its logarithms, which is below the logarithm of the mean."""

import numpy as np
from common import exact_log_evidence, log_mean
from evidence_of_every_step import mended as filtered

import wfr

LINK = "https://github.com/TuringLang/Turing.jl/issues/2723"
SEEN_BY = "in place of 1"
RUNS = 4


def runs(seed: int) -> np.ndarray:
    return np.array([filtered(RUNS * seed + k, "never") for k in range(RUNS)])


def wrong(seed: int) -> float:
    return float(np.mean(runs(seed)))


def mended(seed: int) -> float:
    return log_mean(runs(seed))


def verify(subject: object, seed: int) -> wfr.Verdict:
    return wfr.verify_log_evidence(subject, truth=exact_log_evidence(), modes=(), seed=100_000 * seed, samples=2000)
