"""JAX MD: the force and its part of the position update were not divided by the mass, which tests with mass 1 do not show."""

import numpy as np
from common import Array, slope

import wfr

LINK = "https://github.com/jax-md/jax-md/issues/145"
SEEN_BY = "E[(x′ − x)_2]"
MASS, FRICTION = 2.0, 1.0


def step(x: Array, h: float, noise: Array, mass: float) -> Array:
    q, v = x[:, :1], x[:, 1:]
    force = lambda q: -slope(q) / mass  # noqa: E731
    v = v + 0.5 * h * force(q)
    q = q + 0.5 * h * v
    v = np.exp(-FRICTION * h) * v + np.sqrt(-np.expm1(-2.0 * FRICTION * h) / MASS) * noise
    q = q + 0.5 * h * v
    return np.concatenate([q, v + 0.5 * h * force(q)], axis=1)


def wrong(x: Array, t: float, h: float, noise: Array) -> Array:
    return step(x, h, noise, 1.0)


def mended(x: Array, t: float, h: float, noise: Array) -> Array:
    return step(x, h, noise, MASS)


def verify(subject: object, seed: int) -> wfr.Verdict:
    """dq = v dt, dv = −V′/m dt − γ v dt + √(2γ/m) dW."""
    root = np.array([[0.0], [np.sqrt(2.0 * FRICTION / MASS)]])
    problem = wfr.Problem(
        drift=lambda x: np.concatenate([x[:, 1:], -slope(x[:, :1]) / MASS - FRICTION * x[:, 1:]], axis=1),
        noise=lambda x: np.broadcast_to(root, (len(x), 2, 1)),
        dimension=2,
    )
    return wfr.verify_step(subject, problem, order=2, seed=seed)
