"""Pyro: values were resampled, while the state that the next step begins from stayed that of the old particles."""

import numpy as np
from common import Array, systematic

import wfr

LINK = "https://github.com/pyro-ppl/pyro/issues/2138"
SEEN_BY = "torn apart"


class Filter:
    """Values that are reported, and the state from which the model moves on."""

    def __init__(self, values: Array, state: Array) -> None:
        self.values, self.state = values, state

    def resample(self, chosen: Array, whole: bool) -> None:
        self.values = self.values[chosen]
        if whole:
            self.state = self.state[chosen]


def resampled(weights: Array, rng: np.random.Generator, arrays: tuple[Array, ...], whole: bool) -> tuple[Array, ...]:
    chosen = systematic(weights, rng)
    own = Filter(arrays[0], arrays[1])
    own.resample(chosen, whole)
    return (own.values, own.state, *(other[chosen] for other in arrays[2:]))


def wrong(weights: Array, rng: np.random.Generator, *arrays: Array) -> tuple[Array, ...]:
    return resampled(weights, rng, arrays, whole=False)


def mended(weights: Array, rng: np.random.Generator, *arrays: Array) -> tuple[Array, ...]:
    return resampled(weights, rng, arrays, whole=True)


def verify(subject: object, seed: int) -> wfr.Verdict:
    return wfr.verify_resampling(subject, arrays=True, seed=seed)
