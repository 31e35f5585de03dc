"""Data as the start of a flow: an array, or a file that a TOML scenario names."""

import tempfile
from pathlib import Path

import numpy as np

import wfr

data = np.random.default_rng(7).gamma(4.0, 0.25, size=(400, 1))
scenario = {
    "observables": ["x"],
    "target": {"potential": "2*(x - 1)^2"},
    "flow": {"reaction": 0.0, "horizon": 0.2},
    "grid": {"cells": [200]},
    "particles": {"count": 10_000, "step": 0.01, "scheme": "euler-maruyama"},
    "study": [{"kind": "compare"}],
}
run = wfr.run(scenario, initial=data)
print(run)

with tempfile.TemporaryDirectory() as folder:
    np.savez(Path(folder) / "data.npz", x=data)
    file = Path(folder) / "scenario.toml"
    file.write_text(
        """
        observables = ["x"]
        [target]
        potential = "2*(x - 1)^2"
        [initial]
        file = "data.npz"
        [flow]
        reaction = 0.0
        horizon = 0.2
        [grid]
        cells = [200]
        """
    )
    same = wfr.run(file)
assert run.observables["grid"]["x"]["value"] == same.observables["grid"]["x"]["value"]
# The drift toward 1 is linear: the mean relaxes as e^{−4t}.
expected = 1.0 + (data.mean() - 1.0) * np.exp(-4.0 * 0.2)
assert abs(run.observables["grid"]["x"]["value"] - expected) < 1e-3
