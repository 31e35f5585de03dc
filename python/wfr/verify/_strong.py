"""Terms of strong order: how one step depends on its own noise."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ._calls import Array, Stepper
from ._causes import Mistake, explained
from ._expansion import Expansion
from ._local import CLOSE, Errors, slope_of
from ._verdict import Check


def strong_checks(
    step: Stepper,
    expansions: Sequence[Expansion],
    points: Array,
    t: float,
    steps: Array,
    quadrature: tuple[Array, Array],
) -> tuple[list[Check], list[str]]:
    """Whether x′ has the terms g √h ξ and ½ Σ (gⱼ·∇)gₖ (ξⱼξₖ − δⱼₖ) h of strong order 1, for noise that commutes.

    They are projections on Hermite polynomials of the first variates, which have to be those of the equation, in its order.
    """
    nodes, weights = quadrature
    count, q = len(points), len(nodes)
    g = np.stack([own.local.noise[0] for own in expansions])
    d, m = g.shape[1:]
    if nodes.shape[1] < m:
        raise ValueError(f"strong: found {nodes.shape[1]} variates; expected the {m} of the equation first")
    pairs = [(j, k) for j in range(m) for k in range(j, m)]
    right = np.stack([bilinear(own, pairs) for own in expansions])
    x, noise = np.repeat(points, q, axis=0), np.tile(nodes, (count, 1))
    first = np.zeros((len(steps), count, d * m))
    second = np.zeros((len(steps), count, d * len(pairs)))
    for level, h in enumerate(steps):
        moved = (step(x.copy(), t, float(h), noise.copy())[0] - x).reshape(count, q, d)
        linear = np.einsum("q,pqd,qm->pdm", weights, moved, nodes[:, :m])
        products = np.stack([nodes[:, j] * nodes[:, k] - (j == k) for j, k in pairs], axis=1)
        area = np.einsum("q,pqd,qk->pdk", weights, moved, products)
        first[level] = (linear - np.sqrt(h) * g).reshape(count, -1)
        second[level] = (area - h * right).reshape(count, -1)
    blur = np.full((len(steps), 1, 1), 1e-14 * (1.0 + np.abs(points).max()))
    checks, causes = [], []
    for name, values, own, true in (
        ("noise of the path", first, 0.5, g.reshape(count, -1)),
        ("Milstein term", second, 1.0, right.reshape(count, -1)),
    ):
        errors = Errors(steps, values, np.broadcast_to(blur, values.shape))
        slope = slope_of(errors)
        # Strong order 1 leaves O(h^(3/2)) to what has the mean zero.
        if slope.power >= 1.5 - CLOSE:
            exact = np.isinf(slope.power)
            says = "no error beyond rounding" if exact else "falls with this power of h"
            checks.append(Check(name, "pass", None if exact else slope.power, None if exact else 1.5, says=says))
            continue
        defect = values[slope.level] / steps[slope.level] ** own
        mistakes = [
            Mistake(f"the {name} is missing", -true),
            Mistake(f"the {name} lacks its ½" if name[0] == "M" else f"the {name} is doubled", true),
            Mistake(f"the {name} is halved", -0.5 * true),
            Mistake(f"the {name} has the wrong sign", -2.0 * true),
        ]
        found = explained(defect, mistakes, 0.02 * float(np.linalg.norm(defect)))
        causes += found
        checks.append(
            Check(name, "fail", slope.power, 1.5, tolerance=CLOSE, says="; ".join(found) or "wrong at leading order")
        )
    return checks, causes


def bilinear(expansion: Expansion, pairs: Sequence[tuple[int, int]]) -> Array:
    """½ ((gⱼ·∇)gₖ + (gₖ·∇)gⱼ), (d, pairs)."""
    own = expansion.local
    d = own.terms.dimension
    slopes = np.stack([np.tensordot(own.derivatives[axis][0], own.noise, axes=(0, 0)) for axis in range(d)])
    along = np.einsum("aj,adk->jkd", own.noise[0], slopes)
    return np.stack([0.5 * (along[j, k] + along[k, j]) for j, k in pairs], axis=1)
