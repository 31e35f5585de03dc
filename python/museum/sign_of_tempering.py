"""BlackJAX: the step of adaptive tempering was found from weights of the wrong sign, which symmetric likelihoods do not show.

The temperature stalls near zero; here it stops after STAGES, as budgets end.
"""

import numpy as np
from common import Array, systematic

import wfr

LINK = "https://github.com/blackjax-devs/blackjax/issues/914"
SEEN_BY = "E[x]"
GROUPS, PARTICLES, STAGES, MOVES = 60, 200, 10, 4
TARGET = """
observables = ["x", "x > 2"]
[target]
potential = "log(1 + x^2) + 2*(x - 2)^2"
[initial]
mean = [0.0]
covariance = [[1.0]]
[flow]
horizon = 1.0
"""


def log_likelihood(x: Array) -> Array:
    return -2.0 * (x - 2.0) ** 2


def log_prior(x: Array) -> Array:
    return -np.log1p(x**2)


def effective(logs: Array) -> float:
    weights = np.exp(logs - logs.max())
    return float(weights.sum() ** 2 / np.sum(weights**2))


def step_of(logs: Array, left: float, sign: float) -> float:
    """The step that leaves half of the particles effective, by bisection."""
    low, high = 0.0, left
    if effective(sign * high * logs) >= 0.5 * len(logs):
        return high
    for _ in range(60):
        middle = 0.5 * (low + high)
        low, high = (middle, high) if effective(sign * middle * logs) >= 0.5 * len(logs) else (low, middle)
    return low


def particles(rng: np.random.Generator, sign: float) -> Array:
    x, heat = rng.standard_cauchy(PARTICLES), 0.0
    for _ in range(STAGES):
        logs = log_likelihood(x)
        step = step_of(logs, 1.0 - heat, sign)
        heat += step
        weights = np.exp(step * (logs - logs.max()))
        x = x[systematic(weights / weights.sum(), rng)]
        scale = 2.4 * np.subtract(*np.quantile(x, (0.84, 0.16))) / 2.0
        for _ in range(MOVES):
            y = x + scale * rng.normal(size=x.shape)
            gain = heat * (log_likelihood(y) - log_likelihood(x)) + log_prior(y) - log_prior(x)
            x = np.where(np.log(rng.random(x.shape)) < gain, y, x)
        if heat >= 1.0:
            break
    return x


def run(seed: int, sign: float) -> Array:
    return np.stack([particles(np.random.default_rng([seed, group]), sign)[:, None] for group in range(GROUPS)])


def wrong(seed: int) -> Array:
    return run(seed, -1.0)


def mended(seed: int) -> Array:
    return run(seed, 1.0)


def verify(subject: object, seed: int) -> wfr.Verdict:
    return wfr.verify_samples(subject(seed), TARGET, arrangement="groups")
