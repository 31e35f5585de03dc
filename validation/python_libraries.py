"""V = (x² − 1)² as a function of NumPy, JAX and PyTorch: the grid has the bits of the formula, particles agree to rounding, and
`compare` and `weak-order` pass. Run by hand, as JAX and PyTorch are large: libraries that are missing are left out by name."""

import sys

import numpy as np

import wfr


def numpy_potential():
    return lambda x: (x[:, 0] ** 2 - 1.0) ** 2, lambda x: 4.0 * x * (x * x - 1.0)


def jax_potential():
    import jax

    jax.config.update("jax_enable_x64", True)
    one = lambda x: (x[0] ** 2 - 1.0) ** 2  # noqa: E731
    return jax.jit(jax.vmap(one)), jax.jit(jax.vmap(jax.grad(one)))


def torch_potential():
    import torch

    class Well(torch.nn.Module):
        def forward(self, x):
            return (x[:, 0] ** 2 - 1.0) ** 2

    well = Well().double()

    def gradient(x):
        point = torch.tensor(x, requires_grad=True)
        (slope,) = torch.autograd.grad(well(point).sum(), point)
        return slope

    return lambda x: well(torch.tensor(x)), gradient


def scenario(target):
    study = {"kind": "weak-order", "schemes": ["euler-maruyama"], "observable": "x^2", "steps": [0.125, 0.0625, 0.03125]}
    own = {
        "observables": ["x", "x^2"],
        "initial": {"mean": [-1.0], "covariance": [[0.05]]},
        "flow": {"transport": 1.0, "reaction": 0.0, "horizon": 0.5},
        "grid": {"lower": [-3.0], "upper": [3.0], "cells": [300]},
        "particles": {"count": 20_000, "step": 0.01, "scheme": "euler-maruyama", "seed": 1},
        "study": [{"kind": "compare"}, study | {"methods": ["proof", "law", "monte-carlo"]}],
    }
    return own | ({"target": {"potential": "(x^2 - 1)^2"}} if target else {})


failed = False
formula = wfr.run(scenario(True))
for name, make in [("NumPy", numpy_potential), ("JAX", jax_potential), ("PyTorch", torch_potential)]:
    try:
        potential, gradient = make()
    except ImportError as missing:
        print(f"{name}: left out, {missing}")
        continue
    run = wfr.run(scenario(False), potential=wfr.function(potential, gradient=gradient, smooth=True))
    bits = np.array_equal(run.grid.log_density, formula.grid.log_density)
    apart = np.abs(run.particles.positions - formula.particles.positions).max()
    verdicts = [study.get("method", study["kind"]) + " " + study["verdict"] for study in run.findings["studies"]]
    print(f"{name}: grid {'equal to the bit' if bits else 'differs'}, particles differ by {apart:.1e}; {', '.join(verdicts)}")
    failed |= not (run.passed and apart < 1e-9)
sys.exit(failed)
