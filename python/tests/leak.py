"""Memory over many calls of a function: `leak.py CALLS` fails if it grows with their number. Issue 30 requires 10⁶."""

import resource
import sys

import numpy as np

import wfr

calls = 0


def slope(x: np.ndarray) -> np.ndarray:
    global calls
    calls += 1
    return x.copy()


def steps(count: int) -> None:
    """One particle block, a call for each step."""
    wfr.run(
        {
            "initial": {"mean": [0.0], "covariance": [[1.0]]},
            "flow": {"reaction": 0.0, "horizon": float(count) * 1e-3},
            "particles": {"count": 1, "step": 1e-3, "scheme": "euler-maruyama"},
        },
        potential=lambda x: 0.5 * x[:, 0] ** 2,
        gradient=slope,
        threads=1,
    )


def kilobytes() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


wanted = int(sys.argv[1])
steps(max(wanted // 10, 1000))
before, first = kilobytes(), calls
steps(wanted)
grown = kilobytes() - before
print(f"{calls - first} calls: {grown} kB more")
# An array of a block of 512 points has 4 kB: one kept of every hundred calls would show.
assert grown < 4000 + 0.04 * wanted, grown
