"""A potential of one's own in two dimensions: the grid and weighted particles agree about it."""

import numpy as np

import wfr


def ring(x: np.ndarray) -> np.ndarray:
    """V(x) = 2 (|x|² − 1)² + x₁/2, at points (n, 2)."""
    radius = np.sum(x * x, axis=1)
    return 2.0 * (radius - 1.0) ** 2 + 0.5 * x[:, 0]


def slope(x: np.ndarray) -> np.ndarray:
    """∇V, (n, 2)."""
    radius = np.sum(x * x, axis=1, keepdims=True)
    return 8.0 * (radius - 1.0) * x + np.array([0.5, 0.0])


run = wfr.run(
    {
        "dimension": 2,
        "observables": ["x", "x^2 + y^2"],
        "initial": {"mean": [1.0, 0.0], "covariance": [[0.1, 0.0], [0.0, 0.1]]},
        "flow": {"transport": 1.0, "reaction": 1.0, "horizon": 0.5},
        "grid": {"lower": [-3.0, -3.0], "upper": [3.0, 3.0], "cells": [60, 60]},
        "particles": {"count": 20_000, "step": 0.02, "scheme": "euler-maruyama"},
        "study": [{"kind": "compare"}],
    },
    potential=wfr.function(ring, gradient=slope, smooth=True),
    seed=1,
)
print(run)
assert run.passed
