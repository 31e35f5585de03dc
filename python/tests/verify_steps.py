"""Steps and problems that tests of verification share: right ones, and the same with one mistake each."""

from __future__ import annotations

import numpy as np

from wfr import Problem

Array = np.ndarray


def slope(x: Array) -> Array:
    return x - np.sin(2.0 * x)


def potential(x: Array) -> Array:
    return np.sum(x**2 + np.cos(2.0 * x), axis=1) / 2.0


WELL = Problem(potential=potential)

# Noise that depends on x.


def pull(x: Array) -> Array:
    return np.sin(x) - x


def size(x: Array) -> Array:
    return 1.0 + 0.4 * np.sin(x)


def size_slope(x: Array) -> Array:
    return 0.4 * np.cos(x)


ITO = Problem(drift=pull, noise=lambda x: size(x)[:, 0])
STRATONOVICH = Problem(drift=pull, noise=lambda x: size(x)[:, 0], interpretation="stratonovich")

# Two dimensions, correlated noise, a rate that is no square, and time.

ROOT = np.array([[1.0, 0.3], [0.0, 0.8]])


def turn(x: Array, t: float) -> Array:
    return -x - 0.5 * np.sin(x[:, ::-1]) * (1.0 + t)


def rate(x: Array) -> Array:
    return 0.3 * np.sum(x**2, axis=1) + 0.2 * x[:, 0]


WEIGHTED = Problem(drift=turn, noise=lambda x: np.broadcast_to(ROOT, (len(x), 2, 2)), rate=rate, dimension=2)


def euler(x: Array, t: float, h: float, noise: Array) -> Array:
    return x - h * slope(x) + np.sqrt(2.0 * h) * noise


def heun(x: Array, t: float, h: float, noise: Array) -> Array:
    y = euler(x, t, h, noise)
    return x - 0.5 * h * (slope(x) + slope(y)) + np.sqrt(2.0 * h) * noise


def noiseless_predictor(x: Array, t: float, h: float, noise: Array) -> Array:
    y = x - h * slope(x)
    return x - 0.5 * h * (slope(x) + slope(y)) + np.sqrt(2.0 * h) * noise


def weighted_heun(x: Array, t: float, h: float, noise: Array) -> Array:
    y = x + h * turn(x, t) + np.sqrt(h) * noise @ ROOT.T
    return x + 0.5 * h * (turn(x, t) + turn(y, t + h)) + np.sqrt(h) * noise @ ROOT.T


def trapezoidal(x: Array, t: float, h: float, noise: Array) -> tuple[Array, Array]:
    y = weighted_heun(x, t, h, noise)
    return y, -0.5 * h * (rate(x) + rate(y))


def left_point(x: Array, t: float, h: float, noise: Array) -> tuple[Array, Array]:
    y = weighted_heun(x, t, h, noise)
    return y, -h * rate(x)


def ito_euler(x: Array, t: float, h: float, noise: Array) -> Array:
    return x + h * pull(x) + np.sqrt(h) * size(x) * noise


def milstein(x: Array, t: float, h: float, noise: Array) -> Array:
    return ito_euler(x, t, h, noise) + 0.5 * size(x) * size_slope(x) * h * (noise**2 - 1.0)


def stratonovich_heun(x: Array, t: float, h: float, noise: Array) -> Array:
    y = ito_euler(x, t, h, noise)
    return x + 0.5 * h * (pull(x) + pull(y)) + 0.5 * np.sqrt(h) * (size(x) + size(y)) * noise


FRICTION = 1.3
KINETIC = Problem.kinetic(lambda q: -slope(q), FRICTION)


def baoab(x: Array, t: float, h: float, noise: Array) -> Array:
    q, p = x[:, :1], x[:, 1:]
    p = p - 0.5 * h * slope(q)
    q = q + 0.5 * h * p
    p = np.exp(-FRICTION * h) * p + np.sqrt(-np.expm1(-2.0 * FRICTION * h)) * noise
    q = q + 0.5 * h * p
    return np.concatenate([q, p - 0.5 * h * slope(q)], axis=1)
