"""A score of one's own runs backwards, with a reward and weights: grid and particles see the same law."""

import numpy as np

import wfr

CENTRES = np.array([-1.5, 1.0])
SHARES = np.array([0.4, 0.6])
SPREAD = 0.3


def predicts_noise(x: np.ndarray, t: float) -> np.ndarray:
    """What a perfect network says of the noise in x, for data of two Gaussians; β(t) = 0.2 + 3.8 t."""
    total = 0.2 * t + 1.9 * t * t
    mean, deviation = np.exp(-0.5 * total), np.sqrt(-np.expm1(-total))
    variance = (mean * SPREAD) ** 2 + deviation**2
    apart = x - mean * CENTRES
    logs = np.log(SHARES) - 0.5 * apart**2 / variance
    shares = np.exp(logs - logs.max(axis=1, keepdims=True))
    shares /= shares.sum(axis=1, keepdims=True)
    return deviation * np.sum(shares * apart, axis=1, keepdims=True) / variance


scenario, functions = wfr.score_scenario(
    predicts_noise,
    predicts="noise",
    schedule=(0.2, 4.0),
    end=0.02,
    reward=lambda x: 0.5 * x[:, 0],
    reward_gradient=lambda x: np.full_like(x, 0.5),
)
scenario |= {
    "observables": ["x", "1"],
    "grid": {"lower": [-6.0], "upper": [6.0], "cells": [200]},
    "particles": {"count": 20_000, "step": 0.02, "scheme": "euler-maruyama"},
    "study": [{"kind": "compare"}],
}
run = wfr.run(scenario, functions=functions, seed=3)
print(run)
assert run.passed
# The data, tilted by e^{x/2}: Gaussians with means c + s²/2 and shares times e^{c/2}.
tilted = SHARES * np.exp(0.5 * CENTRES)
expected = np.sum(tilted * (CENTRES + 0.5 * SPREAD**2)) / tilted.sum()
found = run.observables["grid"]
mean = found["x"]["value"] / found["1"]["value"]
print(f"E[x] = {mean:.3f}; the tilted data have {expected:.3f}")
assert abs(mean - expected) < 0.05
