"""Calls of a step of the user's."""

from __future__ import annotations

import inspect
import random
from collections.abc import Callable
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]
Step = Callable[..., Any]
Randomness = Literal["noise", "rng"]

#: Names of a last parameter that is a generator.
GENERATORS = ("rng", "generator", "random", "gen", "key", "random_state")


def randomness_of(step: Step, given: Randomness | None) -> Randomness:
    """Whether a step takes noise or a generator: what is said, or the name of its fourth parameter."""
    if given is not None:
        if given not in ("noise", "rng"):
            raise ValueError(f"randomness: found {given!r}; expected 'noise' or 'rng'")
        return given
    try:
        names = list(inspect.signature(step).parameters)
    except (TypeError, ValueError):
        names = []
    if len(names) < 4:
        raise ValueError("step: expected step(x, t, h, noise) or step(x, t, h, rng); say which with randomness=…")
    return "rng" if names[3] in GENERATORS else "noise"


class Stepper:
    """A step with its results as (n, d) positions and (n,) log-weights, both float64."""

    def __init__(self, step: Step, dimension: int, weight: bool) -> None:
        self.step, self.dimension, self.weight = step, dimension, weight
        self.rows = 0

    def __call__(self, x: Array, t: float, h: float, randomness: Any) -> tuple[Array, Array]:
        positions, logs = self.raw(x, t, h, randomness)
        return positions.astype(np.float64), logs.astype(np.float64)

    def raw(self, x: Array, t: float, h: float, randomness: Any) -> tuple[npt.NDArray[Any], npt.NDArray[Any]]:
        """The results in the types that the step gives them."""
        self.rows += len(x)
        result = self.step(x, t, h, randomness)
        if self.weight:
            if not isinstance(result, tuple) or len(result) != 2:
                raise ValueError(f"step: found {type(result).__name__}; expected (x, Δ log w) because of weight=True")
            positions, logs = np.asarray(result[0]), np.asarray(result[1])
            if logs.shape != (len(x),):
                raise ValueError(f"step: found Δ log w of shape {logs.shape}; expected ({len(x)},)")
        else:
            if isinstance(result, tuple):
                raise ValueError("step: found a tuple; expected an array of positions, or weight=True")
            positions, logs = np.asarray(result), np.zeros(len(x))
        if positions.shape != x.shape:
            raise ValueError(f"step: found positions of shape {positions.shape}; expected {x.shape}")
        return positions, logs


def global_state() -> tuple[object, ...]:
    """The states of the generators that everybody shares."""
    legacy = np.random.get_state(legacy=False)
    assert isinstance(legacy, dict)
    return random.getstate(), legacy["state"]["key"].tobytes(), legacy["state"]["pos"], legacy["has_gauss"]


class Preserved:
    """Gives the shared generators back as they were."""

    def __enter__(self) -> Preserved:
        self.python, self.numpy = random.getstate(), np.random.get_state(legacy=False)
        return self

    def __exit__(self, *_: object) -> None:
        random.setstate(self.python)
        np.random.set_state(self.numpy)
