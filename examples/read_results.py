"""Reads what `wfr run` leaves, with numpy and matplotlib alone:  python examples/read_results.py out/double-well"""
import json, pathlib, sys
import matplotlib
matplotlib.use("Agg")
import matplotlib.pyplot as plt
import numpy as np

folder = pathlib.Path(sys.argv[1])
result = json.loads((folder / "result.json").read_text())
arrays = {name: np.load(folder / f"{name}.npz") for name in ["density", "series", "particles"] if (folder / f"{name}.npz").exists()}

for method, error in [("grid", "error"), ("particles", "stderr")]:
    for name, own in result.get(method, {}).get("observables", {}).items():
        print(f"E[{name}] = {own['value']:.6g} ± {own[error]:.1e} by {method}")

# The density: one axis as curves, two as contours, with the particles by their weights.
figure, (left, right) = plt.subplots(1, 2, figsize=(11, 4))
cloud, grid = arrays.get("particles"), arrays.get("density")
if cloud is not None:
    x, weights = cloud["positions"], np.exp(cloud["log_weights"] - cloud["log_weights"].max())
    if x.shape[1] == 1:
        left.hist(x[:, 0], 100, weights=weights, density=True, alpha=0.4, label="particles")
    else:
        left.hist2d(x[:, 0], x[:, 1], 80, weights=weights, cmap="Blues")
if grid is not None and grid["log_density"].ndim == 1:
    left.plot(grid["x1"], np.exp(grid["log_density"]), label="grid")
    if "log_target" in grid:
        left.plot(grid["x1"], np.exp(grid["log_target"]), "--", label="target")
elif grid is not None:
    density = np.exp(grid["log_density"])
    for axis in range(density.ndim - 1, 1, -1):  # of three axes, the marginal of the first two
        density = density.sum(axis) * (grid[f"x{axis + 1}"][1] - grid[f"x{axis + 1}"][0])
    left.contour(grid["x1"], grid["x2"], density.T, 8, colors="black", linewidths=0.7)
if left.get_legend_handles_labels()[0]:
    left.legend()
left.set_title(result["name"])

# Expectations in time.
if "series" in arrays:
    series = arrays["series"]
    for k, name in enumerate(series["observables"]):
        color = f"C{k}"
        if "grid_times" in series:
            right.plot(series["grid_times"], series["grid_means"][:, k], color, label=f"E[{name}]")
        if "particle_times" in series:
            means, stderrs = series["particle_means"][:, k], series["particle_stderrs"][:, k]
            label = None if "grid_times" in series else f"E[{name}]"
            right.errorbar(series["particle_times"], means, 1.96 * stderrs, fmt=".", color=color, label=label)
    right.set_xlabel("time"), right.legend()
figure.savefig(folder / "from-python.png")
