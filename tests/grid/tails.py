"""log ρ of a Wasserstein-Fisher-Rao flow deep in the tails, in 320 digits: writes tails.csv, which tests/grid/tails_are_right.rs reads.

The semi-discrete flow on CELLS cells of [-HALF_WIDTH, HALF_WIDTH] for V = BARRIER (x² - 1)², from a narrow Gaussian in the left
well: Scharfetter-Gummel rates, written out here from their formula, the transport by the plain Taylor series of e^{hA},
the reaction by its closed form. In 320 digits no cancellation matters down to ρ = 1e-250, so that every cell is known to far more
than double precision. Columns: the cell centre; log ρ after STEPS steps of Strang's splitting (transport half
steps outside); and its limit for small steps, by extrapolation in even powers of the step from 8 to 128 steps, which settles
to 1e-10.

    python3 tests/grid/tails.py > tests/grid/tails.csv        (pip install mpmath; about a minute)
"""
from mpmath import mp, mpf, exp, expm1, log

mp.dps = 320
CELLS, HALF_WIDTH, BARRIER, VARIANCE, HORIZON, STEPS = 64, mpf(2), 60, mpf(1) / 200, mpf(1) / 500, 8
REACTION = 50

WIDTH = 2 * HALF_WIDTH / CELLS
X = [-HALF_WIDTH + (k + mpf(1) / 2) * WIDTH for k in range(CELLS)]
V = [BARRIER * (x * x - 1) ** 2 for x in X]


def bernoulli(z):
    return z / expm1(z) if z else mpf(1)


UP, DOWN = [], []
for k in range(CELLS - 1):
    z = V[k + 1] - V[k]
    UP.append(bernoulli(z) / WIDTH**2)
    DOWN.append(bernoulli(-z) / WIDTH**2)


def product(density):
    """A ρ."""
    out = [mpf(0)] * CELLS
    for k in range(CELLS - 1):
        flux = UP[k] * density[k] - DOWN[k] * density[k + 1]
        out[k] -= flux
        out[k + 1] += flux
    return out


def transport(logs, h):
    total = term = [exp(value) for value in logs]
    k = 0
    while any(abs(t) > abs(s) * mpf(10) ** -40 for t, s in zip(term, total)) or k < CELLS:
        k += 1
        term = [value * h / k for value in product(term)]
        total = [s + t for s, t in zip(total, term)]
    return [log(value) for value in total]


def normalized(logs):
    top = max(logs)
    mass = top + log(sum(exp(value - top) for value in logs) * WIDTH)
    return [value - mass for value in logs]


def strang(steps):
    h = HORIZON / steps
    keep = exp(-REACTION * h)
    logs = normalized([-((x + 1) ** 2) / (2 * VARIANCE) for x in X])
    for _ in range(steps):
        logs = transport(logs, h / 2)
        logs = normalized([keep * value - (1 - keep) * v for value, v in zip(logs, V)])
        logs = transport(logs, h / 2)
    return normalized(logs)


levels = [strang(8 << k) for k in range(5)]
table = levels
for order in range(1, len(levels)):
    factor = mpf(4) ** order
    table = [[(factor * b - a) / (factor - 1) for a, b in zip(*pair)] for pair in zip(table, table[1:])]
    if order == len(levels) - 2:
        before = table
split, limit = strang(STEPS), table[0]
settled = max(abs(a - b) / abs(b) for a, b in zip(before[-1], limit))
assert settled < mpf(10) ** -9, settled
print("x,strang,limit")
for row in zip(X, split, limit):
    print(",".join(mp.nstr(value, 18) for value in row))
