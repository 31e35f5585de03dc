"""The same instance by this crate and by POT: 150 x 110 points in the plane, unequal masses, one run.

    cargo build --release -p transport --example two_files
    python transport/examples/against_pot.py target/release/examples/two_files

POT minimises <c, P> + KL(P 1 | a) + KL(P' 1 | b) with ot.unbalanced.mm_unbalanced (reg_m = 1, div "kl"); its plan is put into
the primal value here, with the cost matrix of the crate, in which the pairs beyond the cut cost 1e3 instead of infinity
(exp(-1e3 / 2) = 0). The relative gap of POT is its value over the certified lower bound of the crate, less 1.
"""

import subprocess
import sys
import tempfile
import time

import numpy as np
import ot

N, M, SCALE = 150, 110, 0.2

rng = np.random.default_rng(7)
x, y = rng.random((N, 2)), rng.random((M, 2)) + 0.3
a, b = (0.5 + rng.random(N)) / N, 1.5 * (0.5 + rng.random(M)) / M

with tempfile.TemporaryDirectory() as folder:
    for name, points, masses in [("x", x, a), ("y", y, b)]:
        np.savetxt(f"{folder}/{name}", np.column_stack([points, masses]), fmt="%.17e")
    runs = [
        subprocess.run([sys.argv[1], f"{folder}/x", f"{folder}/y", str(SCALE), "1e-10"], capture_output=True, text=True, check=True)
        for _ in range(5)
    ]
results = [[float(word) for word in run.stdout.split()] for run in runs]
lower, upper, gap = results[0][:3]
print(f"transport: [{lower:.12f}, {upper:.12f}], certified gap {gap:.1e}, {min(r[3] for r in results):.3f} s (best of 5)")

z = np.sqrt(((x[:, None] - y[None]) ** 2).sum(-1)) / (2 * SCALE)
inside = z < np.pi / 2
cost = np.where(inside, -2 * np.log(np.cos(np.where(inside, z, 0))), 1e3)


def kl(g, m):
    return np.sum(np.where(g > 0, g * np.log(np.where(g > 0, g, 1) / m), 0) - g + m)


def value(plan):
    plan = np.where(inside, plan, 0)
    return np.sum(plan * np.where(inside, cost, 0)) + kl(plan.sum(1), a) + kl(plan.sum(0), b)


for steps in [100, 300, 500, 1000, 3000, 10000]:
    begin = time.perf_counter()
    plan = ot.unbalanced.mm_unbalanced(a, b, cost, 1.0, div="kl", numItermax=steps, stopThr=0)
    seconds = time.perf_counter() - begin
    print(f"POT mm_unbalanced, {steps} steps: value {value(plan):.12f}, gap {value(plan) / lower - 1:.1e}, {seconds:.3f} s")
