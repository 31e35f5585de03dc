"""V = (x² − 1)² as a function of NumPy, JAX and PyTorch: particles agree with those of the formula, and `compare` and `weak-order`
pass. The grid has the bits of the formula where each operation is rounded by itself; XLA, which compiles several into one, fuses
products and sums. Run by hand, as JAX and PyTorch are large: libraries that are missing are left out by name."""

import sys
import time

import numpy as np

import wfr


def numpy_potential():
    return lambda x: (x[:, 0] ** 2 - 1.0) ** 2, lambda x: 4.0 * x * (x * x - 1.0)


def jax_potential():
    import jax

    jax.config.update("jax_enable_x64", True)
    one = lambda x: (x[0] ** 2 - 1.0) ** 2  # noqa: E731
    return jax.vmap(one), jax.vmap(jax.grad(one))


def compiled_jax_potential():
    import jax

    return tuple(jax.jit(own) for own in jax_potential())


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
    study = {"kind": "weak-order", "schemes": ["euler-maruyama"], "observable": "x^2"}
    own = {
        "observables": ["x", "x^2"],
        "initial": {"mean": [-1.0], "covariance": [[0.05]]},
        "flow": {"transport": 1.0, "reaction": 0.0, "horizon": 0.5},
        "grid": {"lower": [-3.0], "upper": [3.0], "cells": [300]},
        "particles": {"count": 20_000, "step": 0.01, "scheme": "euler-maruyama", "seed": 1},
        "study": [{"kind": "compare"}, study | {"methods": ["proof", "law", "monte-carlo"]}],
    }
    return own | ({"target": {"potential": "(x^2 - 1)^2"}} if target else {})


LIBRARIES = [
    ("NumPy", numpy_potential, True),
    ("JAX", jax_potential, True),
    ("JAX, compiled", compiled_jax_potential, False),
    ("PyTorch", torch_potential, True),
]
failed = False
formula = wfr.run(scenario(True))
for name, make, exact in LIBRARIES:
    try:
        potential, gradient = make()
    except ImportError as missing:
        print(f"{name}: left out, {missing}")
        continue
    start = time.process_time()
    run = wfr.run(scenario(False), potential=wfr.function(potential, gradient=gradient, smooth=True))
    seconds = time.process_time() - start
    bits = np.array_equal(run.grid.log_density, formula.grid.log_density)
    apart = np.abs(run.particles.positions - formula.particles.positions).max()
    density = np.abs(run.grid.density - formula.grid.density).max()
    verdicts = {study.get("method", study["kind"]): study["verdict"] for study in run.findings["studies"]}
    same = "equal to the bit" if bits else f"apart by {density:.1e}"
    told = ", ".join(f"{method} {verdict}" for method, verdict in verdicts.items())
    print(f"{name}: grid {same}, particles apart by {apart:.1e}; {told}; {seconds:.1f} s of CPU", flush=True)
    passed = len(verdicts) == 4 and set(verdicts.values()) == {"pass"}
    failed |= not (passed and (bits or not exact) and max(apart, density) < 1e-9)
sys.exit(failed)
