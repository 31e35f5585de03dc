"""Reads what `wfr run` leaves, with numpy and matplotlib alone:  python examples/read_results.py out/double-well"""
import json, pathlib, sys
import matplotlib.pyplot as plt
import numpy as np

folder = pathlib.Path(sys.argv[1])
result = json.loads((folder / "result.json").read_text())
grid = np.load(folder / "density.npz")  # log_density, log_target: one entry a cell; x1: the centres of the cells
plt.plot(grid["x1"], np.exp(grid["log_density"]), label="grid")
plt.plot(grid["x1"], np.exp(grid["log_target"]), "--", label="target")
if (folder / "density-histogram.csv").exists():
    low, high, share, stderr = np.genfromtxt(folder / "density-histogram.csv", delimiter=",", skip_header=1).T[:4]
    plt.errorbar((low + high) / 2, share, 1.96 * stderr, fmt=".", label="particles, 95 %")
for name, estimate in result["grid"]["observables"].items():
    print(f"E[{name}] = {estimate['value']:.6f} ± {estimate['error']:.1e}")
plt.title(result["name"]), plt.legend(), plt.savefig(folder / "density-from-python.png")
