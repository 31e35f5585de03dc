"""The grid's linear algebra beside SuperLU and a Thomas sweep in C, in turns on this machine; prints ratios, which a busy
machine bears better than times.

    pip install numpy scipy
    python benches/against_superlu.py [ROUNDS]

Plane: I - hA of Scharfetter and Gummel on 256² and 512² cells, factorised (ordering included on both sides) and solved for
100 right-hand sides, one after the other and at once. Line: 1000 steps of backward Euler on 10⁴ cells.
"""
import pathlib
import subprocess
import sys
import tempfile
import time

import numpy as np
import scipy.sparse as sp
import scipy.sparse.linalg as sl

ROOT = pathlib.Path(__file__).resolve().parent.parent
SOLVES, STEP = 100, 0.01


def ours(*words):
    command = [ROOT / "target/release/examples/linear_algebra", *map(str, words)]
    return [float(word) for word in subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()]


def scharfetter_gummel(n):
    """A on n² cells of [-2, 2]², and V."""
    width = 4 / n
    x = -2 + (np.arange(n) + 0.5) * width
    y, x = np.meshgrid(x, x, indexing="ij")
    potential = ((x**2 - 1) ** 2 + (y**2 - 1) ** 2 + 0.3 * x * y).ravel()
    index = np.arange(n * n).reshape(n, n)
    bernoulli = lambda z: np.where(abs(z) < 1e-8, 1 - z / 2, z / np.expm1(np.where(abs(z) < 1e-8, 1, z)))
    rows, columns, values = [], [], []
    for a, b in [(index[:, :-1], index[:, 1:]), (index[:-1], index[1:])]:
        a, b = a.ravel(), b.ravel()
        z = potential[b] - potential[a]
        up, down = bernoulli(z) / width**2, bernoulli(-z) / width**2
        rows += [b, a, a, b]
        columns += [a, a, b, b]
        values += [up, -up, down, -down]
    entries = np.concatenate(values), (np.concatenate(rows), np.concatenate(columns))
    return sp.csc_matrix(entries, shape=(n * n, n * n)), potential


def superlu(n):
    matrix, potential = scharfetter_gummel(n)
    matrix = sp.identity(n * n, format="csc") - STEP * matrix
    rhs = np.exp(-4 * (potential - potential.min()) ** 2)
    start = time.perf_counter()
    factor = sl.splu(matrix)
    factorised = time.perf_counter() - start
    start = time.perf_counter()
    for _ in range(SOLVES):
        solution = factor.solve(rhs)
    solved = time.perf_counter() - start
    many = np.repeat(rhs[:, None], SOLVES, axis=1)
    start = time.perf_counter()
    solution = factor.solve(many)[:, -1]
    return factorised, solved, time.perf_counter() - start, solution[n * n // 2 + n // 2]


def plane(n, rounds):
    for _ in range(rounds):
        factor, solve, together, value = superlu(n)
        analysed, factorised, solved, at_once, own = ours("plane", n, SOLVES)
        assert abs(own / value - 1) < 1e-8, (own, value)
        mine = analysed + factorised
        print(
            f"{n}²: factor SuperLU {factor:.2f} s, wfr {mine:.2f} s (analysis {analysed:.2f}), ratio {factor / mine:.2f}; "
            f"{SOLVES} solves {solve:.2f} s, {solved:.2f} s; factor + solves ratio {(factor + solve) / (mine + solved):.2f}; "
            f"at once {together:.2f} s, {at_once:.2f} s, ratio {(factor + together) / (mine + at_once):.2f}"
        )


def line(rounds, cells=10_000, steps=1000, step=1e-3):
    with tempfile.TemporaryDirectory() as folder:
        thomas = f"{folder}/thomas"
        source = ROOT / "benches/thomas.c"
        subprocess.run(["gcc", "-O3", "-march=native", source, "-o", thomas, "-lm"], check=True)
        for _ in range(rounds):
            words = [thomas, str(cells), str(steps), str(step)]
            output = subprocess.run(words, check=True, capture_output=True, text=True).stdout
            seconds, value = map(float, output.split())
            own_seconds, own = ours("line", cells, steps, step)
            # A thousand steps on fine cells lose some digits on both sides.
            assert abs(own / value - 1) < 1e-7, (own, value)
            print(
                f"line of {cells} cells, {steps} steps: Thomas in C {seconds:.3f} s, wfr {own_seconds:.3f} s, "
                f"wfr / C {own_seconds / seconds:.2f}"
            )


if __name__ == "__main__":
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 3
    subprocess.run(["cargo", "build", "--release", "--example", "linear_algebra"], cwd=ROOT, check=True)
    for n in (256, 512):
        plane(n, rounds)
    line(rounds)
