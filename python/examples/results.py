"""Results in xarray, and in ArviZ and matplotlib if they are there."""

import numpy as np

import wfr

run = wfr.run(
    """
    observables = ["x"]
    [target]
    potential = "(x^2 - 1)^2 - x/2"
    [initial]
    mean = [-1.0]
    covariance = [[0.05]]
    [flow]
    horizon = 1.0
    [grid]
    lower = [-3.0]
    upper = [3.0]
    cells = [200]
    [particles]
    count = 10000
    step = 0.02
    scheme = "platen"
    """
)
data = run.to_xarray()
print(data)
mean = float((data["density"] * data["x1"]).sum() * (data["x1"][1] - data["x1"][0]))
assert abs(mean - run.observables["grid"]["x"]["value"]) < 1e-3
weighted = float(np.sum(run.particles.weights * run.particles.positions[:, 0]))
print(f"E[x] = {mean:.4f} by grid, {weighted:.4f} by particles")

try:
    posterior = run.to_arviz()
    print(posterior)
except ImportError as missing:
    print(missing)

try:
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    plt.plot(run.grid.x, run.grid.density, label="grid")
    plt.hist(run.particles.positions[:, 0], weights=run.particles.weights, bins=60, density=True, alpha=0.5)
    plt.savefig("density.png")
except ImportError as missing:
    print(missing)
