"""OpenMM: the multiple-time-step Langevin integrator applied the friction of a whole step at each substep."""

import numpy as np
from common import Array, slope

import wfr

LINK = "https://github.com/openmm/openmm/issues/3790"
SEEN_BY = "E[(x′ − x)_2]"
FRICTION, SUBSTEPS = 1.5, 2


def steps(x: Array, h: float, noise: Array, thermostat: float) -> Array:
    """Substeps of velocity Verlet, each with a thermostat of this length in its middle."""
    q, p, part = x[:, :1], x[:, 1:], h / SUBSTEPS
    damping, kick = np.exp(-FRICTION * thermostat), np.sqrt(-np.expm1(-2.0 * FRICTION * thermostat))
    for k in range(SUBSTEPS):
        p = p - 0.5 * part * slope(q)
        q = q + 0.5 * part * p
        p = damping * p + kick * noise[:, k : k + 1]
        q = q + 0.5 * part * p
        p = p - 0.5 * part * slope(q)
    return np.concatenate([q, p], axis=1)


def wrong(x: Array, t: float, h: float, noise: Array) -> Array:
    return steps(x, h, noise, h)


def mended(x: Array, t: float, h: float, noise: Array) -> Array:
    return steps(x, h, noise, h / SUBSTEPS)


def verify(subject: object, seed: int) -> wfr.Verdict:
    problem = wfr.Problem.kinetic(lambda q: -slope(q), FRICTION)
    return wfr.verify_step(subject, problem, order=2, variates=SUBSTEPS, seed=seed)
