"""Functions of one's own: what is known of them, and whether they are what they say."""

from __future__ import annotations

import inspect
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from ._errors import FunctionError

Array = npt.NDArray[np.float64]
Batch = Callable[..., Any]

#: Points at which a function is tried before the run.
TRIED = 8
#: By how much a gradient may differ from differences of the values, relative to the largest of them.
GRADIENT = 1e-4
#: By how much differences with steps h and 2h may differ, where no gradient is given: they do so by rounding, 1e-12, and h⁴.
ROUGH = 1e-5


@dataclass(frozen=True)
class Function:
    """A function of points x, an array (n, d), with what is known of it; see :func:`function`."""

    values: Batch
    gradient: Batch | None = None
    time: bool | None = None
    smooth: bool = False


def function(
    values: Batch, *, gradient: Batch | None = None, time: bool | None = None, smooth: bool = False
) -> Function:
    """Says more about a function of one's own.

    ``values`` takes x, a read-only array (n, d) of float64, and returns (n,), (n, k) or (n, k, m) of the same type. It may
    take the time t, a float, as a second argument: with ``time=None`` its signature decides. ``gradient`` returns the
    derivatives by x as one more axis of length d. ``smooth`` says that all derivatives exist, on which error estimates
    then count.
    """
    return Function(values, gradient, time, smooth)


@dataclass(frozen=True)
class Checked:
    """A function that was tried: of (n, d) points it returns (n, outputs) numbers."""

    name: str
    values: Batch
    gradient: Batch | None
    outputs: int
    shape: tuple[int, ...]
    timed: bool
    smooth: bool


def reads_time(values: Batch, name: str) -> bool:
    """Whether there is a second argument that has to be given."""
    try:
        parameters = inspect.signature(values).parameters.values()
    except (TypeError, ValueError):
        return False
    positional = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    required = [own for own in parameters if own.kind in positional and own.default is own.empty]
    anything = any(own.kind is inspect.Parameter.VAR_POSITIONAL for own in parameters)
    if len(required) > 2 or (not required and not anything and not any(own.kind in positional for own in parameters)):
        raise FunctionError(f"{name}: found a function of {len(required)} arguments; expected f(x) or f(x, t)")
    return len(required) == 2


def plain(result: Any, what: str) -> Array:
    """The result as an array of float64, if it is one of real numbers."""
    if isinstance(result, np.ndarray):
        array = result
    elif hasattr(result, "detach") and hasattr(result, "cpu"):
        array = result.detach().cpu().numpy()  # PyTorch.
    elif hasattr(result, "__array__"):
        array = np.asarray(result)  # JAX.
    else:
        raise FunctionError(f"{what}: found {type(result).__name__}; expected an array of float64, one entry for each point")
    if array.dtype == np.bool_:
        return array.astype(np.float64)
    if array.dtype != np.float64:
        hint = " (in JAX: jax.config.update('jax_enable_x64', True))" if array.dtype == np.float32 else ""
        raise FunctionError(f"{what}: found an array of {array.dtype}; expected float64{hint}")
    return array


def adapted(callable_: Batch, what: str) -> Batch:
    """The function with its result as an array of float64, as the extension takes it."""

    def call(x: Array, *t: float) -> Array:
        result = callable_(x, *t)
        if type(result) is np.ndarray and result.dtype == np.float64:
            return result
        return plain(result, what)

    return call


class Trial:
    """One function, tried at a few points around the start."""

    def __init__(self, name: str, points: Array, times: tuple[float, ...]) -> None:
        self.name = name
        self.points = points
        self.times = times

    def call(self, callable_: Batch, x: Array, t: tuple[float, ...], what: str) -> Array:
        given = x.copy()
        given.setflags(write=False)
        try:
            result = callable_(given, *t)
        except FunctionError:
            raise
        except Exception as error:
            if isinstance(error, ValueError) and "read-only" in str(error):
                raise FunctionError(
                    f"{what}: it writes to its argument; expected a function that leaves x as it is (x = x.copy())"
                ) from error
            note(error, f"wfr tried {what} at {len(x)} points around the start, an array of shape {x.shape}")
            raise
        if not np.array_equal(given, x):
            raise FunctionError(
                f"{what}: it changes its argument; expected a function that leaves x as it is (x = x.copy())"
            )
        array = plain(result, what)
        if array.ndim == 0 or array.shape[0] != len(x):
            raise FunctionError(
                f"{what}: found an array of shape {array.shape} for points of shape {x.shape}; expected {len(x)} rows, "
                "one for each point"
            )
        return array

    def checked(self, own: Function, shapes: list[tuple[int, ...]], walls: bool) -> Checked:
        """The function, if its values have one of these shapes for a point; ``walls`` says whether +∞ is a value."""
        name, x = self.name, self.points
        timed = reads_time(own.values, name) if own.time is None else own.time
        t = self.times if timed else ()
        first = self.call(own.values, x, t, name)
        if first.shape[1:] not in shapes:
            expected = " or ".join(str((len(x), *shape)) for shape in shapes)
            raise FunctionError(
                f"{name}: found an array of shape {first.shape} for points of shape {x.shape}; expected {expected}"
            )
        bad = np.isnan(first) if walls else ~np.isfinite(first)
        if bad.any():
            place = int(np.argwhere(bad)[0][0])
            raise FunctionError(
                f"{name}: found {first[place]} at x = {x[place].tolist()}; expected numbers around the start of the paths"
            )
        self.repeats(own, first, t)
        gradient = own.gradient
        if gradient is not None:
            self.checked_gradient(own, gradient, first, t)
        outputs = int(np.prod(first.shape[1:], dtype=int))
        adapt = adapted(own.values, name)
        slope = None if gradient is None else adapted(gradient, f"the gradient of {name}")
        return Checked(name, adapt, slope, outputs, first.shape[1:], timed, own.smooth)

    def repeats(self, own: Function, first: Array, t: tuple[float, ...]) -> None:
        """Whether values are the same for the same points, and do not depend on the other points of a batch."""
        again = self.call(own.values, self.points, t, self.name)
        if not np.array_equal(first, again, equal_nan=True):
            raise FunctionError(
                f"{self.name}: two calls with the same points differ; expected a function without randomness or memory"
            )
        alone = self.call(own.values, self.points[:1], t, self.name)
        if alone.shape[1:] != first.shape[1:] or not close(alone, first[:1]):
            raise FunctionError(
                f"{self.name}: the value at a point depends on the other points; expected one for each row by itself "
                "(sum and dot along axis 1)"
            )

    def checked_gradient(self, own: Function, gradient: Batch, values: Array, t: tuple[float, ...]) -> None:
        what, x = f"the gradient of {self.name}", self.points
        found = self.call(gradient, x, t, what)
        shape = (*values.shape, x.shape[1])
        if found.shape != shape:
            raise FunctionError(
                f"{what}: found an array of shape {found.shape} for points of shape {x.shape}; expected {shape}"
            )
        for axis in range(x.shape[1]):
            fine, coarse = (self.quotient(own, x, t, axis, h) for h in (1e-5, 4e-5))
            mine = found[..., axis]
            scale = np.maximum(1.0, np.abs(found).max(axis=tuple(range(1, found.ndim))))
            allowed = 10.0 * np.abs(fine - coarse) + GRADIENT * scale.reshape(-1, *([1] * (mine.ndim - 1)))
            wrong = np.isfinite(fine) & ~(np.abs(mine - fine) <= allowed)
            if wrong.any():
                place = tuple(np.argwhere(wrong)[0])
                raise FunctionError(
                    f"{what}: found {mine[place]:.6g} along axis {axis} at x = {x[place[0]].tolist()}; expected "
                    f"{fine[place]:.6g}, the slope of the values there"
                )

    def quotient(self, own: Function, x: Array, t: tuple[float, ...], axis: int, h: float) -> Array:
        step = np.zeros(x.shape[1])
        step[axis] = h
        above, below = (self.call(own.values, x + sign * step, t, self.name) for sign in (1.0, -1.0))
        return np.asarray((above - below) / (2.0 * h))

    def roughness(self, own: Function, t: tuple[float, ...]) -> float:
        """By how much slopes from two steps differ, relative to the largest; large at kinks and noise."""
        worst = 0.0
        for axis in range(self.points.shape[1]):
            first, second, fourth = (self.quotient(own, self.points, t, axis, h) for h in (7e-4, 1.4e-3, 2.8e-3))
            fine, coarse = (4.0 * first - second) / 3.0, (4.0 * second - fourth) / 3.0
            scale = max(1.0, float(np.abs(fine).max()))
            worst = max(worst, float(np.abs(fine - coarse).max()) / scale)
        return worst


def close(a: Array, b: Array) -> bool:
    """Equal up to rounding, which may depend on the size of a batch."""
    return bool(np.allclose(a, b, rtol=1e-9, atol=1e-9, equal_nan=True))


def note(error: BaseException, text: str) -> None:
    # Python 3.10 has no notes.
    if hasattr(error, "add_note"):
        error.add_note(text)


def around(centre: Array) -> Array:
    """Points around the start: the start itself, and others at distances of about 1, always the same."""
    steps = np.random.default_rng(20231).normal(size=(TRIED, len(centre)))
    steps[0] = 0.0
    return np.asarray(centre + 0.5 * steps)


def warn_of_differences(name: str, trial: Trial, own: Function, timed: bool) -> None:
    """Says that slopes are differences; and refuses them where they do not settle."""
    rough = trial.roughness(own, trial.times if timed else ())
    if not rough <= ROUGH:
        raise FunctionError(
            f"{name}: slopes by differences with two steps differ by {rough:.0e} of the largest; expected gradient=…, or "
            "values without kinks, jumps and noise (float32 inside?)"
        )
    warnings.warn(
        f"{name} has no gradient: slopes are central differences of order 4 (with twice the step, they differ by {rough:.0e})",
        stacklevel=4,
    )
