"""Scenarios that several tests share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

GRID = {"lower": [-3.0], "upper": [3.0], "cells": [200]}


@pytest.fixture
def well() -> Callable[..., dict[str, Any]]:
    """The flow toward exp(−(x² − 1)²), or without a target where a function is to be one."""

    def scenario(*, target: bool = True, grid: bool = True, count: int = 0, **tables: Any) -> dict[str, Any]:
        own: dict[str, Any] = {
            "observables": ["x", "x^2"],
            "initial": {"mean": [-1.0], "covariance": [[0.05]]},
            "flow": {"transport": 1.0, "reaction": 0.0, "horizon": 0.5},
        }
        if target:
            own["target"] = {"potential": "(x^2 - 1)^2"}
        if grid:
            own["grid"] = dict(GRID)
        if count:
            own["particles"] = {"count": count, "step": 0.02, "scheme": "euler-maruyama"}
        own.update(tables)
        return own

    return scenario


def potential(x: np.ndarray) -> np.ndarray:
    return (x[:, 0] ** 2 - 1.0) ** 2


def gradient(x: np.ndarray) -> np.ndarray:
    return 4.0 * x * (x * x - 1.0)


def plain_potential(x: np.ndarray) -> np.ndarray:
    return 0.5 * np.sum(x * x, axis=1)
