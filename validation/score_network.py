"""Trains small score networks with NumPy alone, and runs them backwards: `score_network.py train` writes score-network-D.npz
into validation/data; `score_network.py` runs these in one and two dimensions with a reward and weights, and requires that the
grid, which solves the law of the network, and the particles agree. The data are Gaussian mixtures; seeds are below."""

import sys
import time
from pathlib import Path

import numpy as np

FOLDER = Path(__file__).parent / "data"
SEED = 30
HIDDEN = 48
STEPS = 4000
BATCH = 512
FIRST, LAST = 0.2, 6.0
CENTRES = {1: np.array([[-1.5], [1.0]]), 2: np.array([[-1.2, 0.0], [1.0, 0.8], [0.6, -1.0]])}
SHARES = {1: np.array([0.4, 0.6]), 2: np.array([0.4, 0.3, 0.3])}
SPREAD = 0.35


def features(x, t):
    """x, and functions of t, as rows."""
    t = np.broadcast_to(np.asarray(t, dtype=float), (len(x),))[:, None]
    return np.hstack([x, t, np.sin(3.0 * t), np.cos(3.0 * t), np.exp(-8.0 * t)])


def forward(w, x, t):
    """Noise as the network sees it, and what its layers are."""
    layers = [features(x, t)]
    for k in range(2):
        layers.append(np.tanh(layers[-1] @ w[f"w{k}"] + w[f"b{k}"]))
    return layers[-1] @ w["w2"] + w["b2"], layers


def train(dimension):
    """Denoising score matching (Vincent 2011) by Adam."""
    rng = np.random.default_rng(SEED + dimension)
    sizes = [dimension + 4, HIDDEN, HIDDEN, dimension]
    w = {}
    for k in range(3):
        w[f"w{k}"] = rng.normal(size=sizes[k : k + 2]) / np.sqrt(sizes[k])
        w[f"b{k}"] = np.zeros(sizes[k + 1])
    first, second = ({name: np.zeros_like(own) for name, own in w.items()} for _ in range(2))
    losses = []
    for step in range(1, STEPS + 1):
        chosen = rng.choice(len(SHARES[dimension]), size=BATCH, p=SHARES[dimension])
        data = CENTRES[dimension][chosen] + SPREAD * rng.normal(size=(BATCH, dimension))
        t = rng.uniform(0.005, 1.0, size=BATCH)
        total = FIRST * t + 0.5 * (LAST - FIRST) * t * t
        mean, deviation = np.exp(-0.5 * total)[:, None], np.sqrt(-np.expm1(-total))[:, None]
        noise = rng.normal(size=data.shape)
        out, layers = forward(w, mean * data + deviation * noise, t)
        error = 2.0 * (out - noise) / BATCH
        losses.append(np.mean((out - noise) ** 2))
        slopes = {}
        for k in (2, 1, 0):
            slopes[f"w{k}"], slopes[f"b{k}"] = layers[k].T @ error, error.sum(axis=0)
            error = (error @ w[f"w{k}"].T) * (1.0 - layers[k] ** 2) if k else error
        rate = 3e-3 * 0.5 * (1.0 + np.cos(np.pi * step / STEPS))
        for name, slope in slopes.items():
            first[name] += 0.1 * (slope - first[name])
            second[name] += 0.001 * (slope * slope - second[name])
            w[name] -= rate * (first[name] / (1 - 0.9**step)) / (np.sqrt(second[name] / (1 - 0.999**step)) + 1e-8)
    file = FOLDER / f"score-network-{dimension}.npz"
    np.savez(file, **w)
    print(f"{file.name}: {file.stat().st_size} bytes, loss {np.mean(losses[-200:]):.4f} after {STEPS} steps")


def run(dimension):
    """The network backwards, tilted by e^{x/2}."""
    import wfr

    w = dict(np.load(FOLDER / f"score-network-{dimension}.npz"))
    tilt = np.zeros(dimension)
    tilt[0] = 0.5
    scenario, functions = wfr.score_scenario(
        lambda x, t: forward(w, x, t)[0],
        dimension=dimension,
        predicts="noise",
        schedule=(FIRST, LAST),
        end=0.02,
        reward=lambda x: x @ tilt,
        reward_gradient=lambda x: np.broadcast_to(tilt, x.shape),
    )
    scenario |= {
        "name": f"score-network-{dimension}",
        "observables": ["x", "x^2", "1"],
        # As wide as the law of the noise.
        "grid": {"lower": [-7.0] * dimension, "upper": [7.0] * dimension, "cells": [{1: 200, 2: 56}[dimension]] * dimension},
        "particles": {"count": 20_000, "step": 0.02, "scheme": "euler-maruyama", "seed": 1},
        "study": [{"kind": "compare"}],
    }
    start = time.process_time()
    done = wfr.run(scenario, functions=functions)
    print(done)
    print(f"{time.process_time() - start:.0f} s of CPU")
    grid = done.observables["grid"]
    shares = SHARES[dimension] * np.exp(CENTRES[dimension] @ tilt)
    expected = np.sum(shares * (CENTRES[dimension][:, 0] + 0.5 * SPREAD**2)) / shares.sum()
    print(f"E[x] = {grid['x']['value'] / grid['1']['value']:.3f} of the network, {expected:.3f} of tilted data")
    return done.verdict


if __name__ == "__main__":
    if sys.argv[1:] == ["train"]:
        train(1)
        train(2)
    else:
        verdicts = [run(dimension) for dimension in (1, 2)]
        print(verdicts)
        sys.exit(0 if verdicts == ["pass", "pass"] else 1)
