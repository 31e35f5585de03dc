"""Schemes of one's own: a step in plain arithmetic is recorded once, and then sampled, integrated and proved by the same code."""

from __future__ import annotations

import traceback
from collections.abc import Sequence
from fractions import Fraction
from typing import Any, NoReturn

import numpy as np
import numpy.typing as npt

from . import _wfr

#: Numerators and denominators of constants, at most.
LARGEST = 1 << 40
#: Powers are products; this many factors are a mistake.
MOST_FACTORS = 64
#: Shapes (d, m) in which a step is recorded before anything is proved or run.
SHAPES = [(d, m) for d in (1, 2, 3) for m in (1, 2, 3)]


class SchemeError(ValueError):
    """A scheme that is none: a claim that is not understood, or a step that is not plain arithmetic, with its line."""


class Untraceable(TypeError):
    """What the step does cannot be recorded."""


class Scheme:
    """A one-step scheme for dX = b(t, X) dt + σ(t, X) dW. Derive from it, state the claims, and write the step::

        class Heun(wfr.Scheme):
            name = "my-heun"
            weak_order = 2
            noise = "additive"

            def step(self, sde, t, h, sqrt_h, x, noise):
                b, kick = sde.drift(t, x), sqrt_h * sde.diffuse(t, x, noise)
                return x + h / 2 * (b + sde.drift(t + h, x + h * b + kick)) + kick

    ``x`` has the d components, ``noise`` the m independent variates of each law in ``variates``, of the scale of a standard
    normal. ``sde`` has ``dimension``, ``noise_dimension``, ``drift(t, x)`` and ``diffuse(t, x, noise)``, which is σ·noise.
    Allowed are + − · / (by constants, or by 1 + O(√h)), whole powers, ``np.sqrt`` and ``np.exp``, indices and loops.
    Constants are whole numbers, ``Fraction`` or floats that are exact: ``Fraction(1, 3)``, not ``1 / 3``.
    """

    #: What scenarios and proofs call it.
    name: str = ""
    #: Where it is published.
    reference: str = "unpublished"
    #: Claimed weak order at finite time.
    weak_order: int = 1
    #: Claimed order of the invariant measure.
    invariant_order: int = 1
    #: The noise for which the order is claimed: additive, commutative, pair or general.
    noise: str = "general"
    #: The laws of the variates, m of each: gaussian, three-point, two-point, space-time-area.
    variates: Sequence[str] = ("gaussian",)

    def step(self, sde: Any, t: Any, h: Any, sqrt_h: Any, x: Any, noise: Any) -> Any:
        """The new x."""
        raise NotImplementedError(f"{type(self).__name__}: a scheme needs a step")


class Tape:
    """The operations of a step, as they are done."""

    def __init__(self, inputs: int) -> None:
        self.operations: list[tuple[str, list[int]]] = []
        self.known = inputs
        self.constants: dict[Fraction, int] = {}

    def add(self, name: str, operands: list[int], made: int = 1) -> int:
        """The place of the first value that is made."""
        place = self.known
        self.operations.append((name, operands))
        self.known += made
        return place

    def place(self, value: Any) -> int:
        """The place of a value or a constant."""
        if isinstance(value, Value):
            if value.tape is not self:
                raise Untraceable("found a value of another step; expected one of this step")
            return value.place
        constant = exact(value)
        if constant not in self.constants:
            self.constants[constant] = self.add("ratio", [constant.numerator, constant.denominator])
        return self.constants[constant]

    def values(self, first: int, count: int) -> npt.NDArray[Any]:
        array = np.empty(count, dtype=object)
        array[:] = [Value(self, first + k) for k in range(count)]
        return array


def exact(value: Any) -> Fraction:
    if isinstance(value, (bool, np.bool_)) or not isinstance(value, (int, float, Fraction, np.integer, np.floating)):
        raise Untraceable(f"found {value!r}, a {type(value).__name__}; expected a number")
    if isinstance(value, (float, np.floating)) and not np.isfinite(value):
        raise Untraceable(f"found {value!r}; expected a finite number")
    number = int(value) if isinstance(value, np.integer) else float(value) if isinstance(value, np.floating) else value
    constant = Fraction(number)
    if abs(constant.numerator) > LARGEST or constant.denominator > LARGEST:
        raise Untraceable(f"found {value!r}, which is rounded; expected an exact number, such as Fraction(1, 3)")
    return constant


class Value:
    """A value of the step: known by what made it alone."""

    __slots__ = ("place", "tape")
    # Comparisons say what is wrong, so that nothing is left to hash by.
    __hash__ = None  # type: ignore[assignment]

    def __init__(self, tape: Tape, place: int) -> None:
        self.tape, self.place = tape, place

    def _made(self, name: str, *operands: Any) -> Any:
        if any(isinstance(operand, np.ndarray) for operand in operands):
            return NotImplemented
        return Value(self.tape, self.tape.add(name, [self.tape.place(operand) for operand in operands]))

    def __add__(self, other: Any) -> Any:
        return self._made("add", self, other)

    def __radd__(self, other: Any) -> Any:
        return self._made("add", other, self)

    def __sub__(self, other: Any) -> Any:
        return self._made("subtract", self, other)

    def __rsub__(self, other: Any) -> Any:
        return self._made("subtract", other, self)

    def __mul__(self, other: Any) -> Any:
        return self._made("multiply", self, other)

    def __rmul__(self, other: Any) -> Any:
        return self._made("multiply", other, self)

    def __neg__(self) -> Any:
        return self._made("negate", self)

    def __pos__(self) -> Value:
        return self

    def __truediv__(self, other: Any) -> Any:
        if isinstance(other, np.ndarray):
            return NotImplemented
        if isinstance(other, Value):
            return self * other._made("inverse", other)
        constant = exact(other)
        if constant == 0:
            raise Untraceable("found a division by 0")
        return self * (1 / constant)

    def __rtruediv__(self, other: Any) -> Any:
        return NotImplemented if isinstance(other, np.ndarray) else other * self._made("inverse", self)

    def __pow__(self, power: Any) -> Any:
        if isinstance(power, (float, Fraction)) and power == 0.5:
            return self.sqrt()
        if not isinstance(power, (int, np.integer)) or not 0 <= power <= MOST_FACTORS:
            raise Untraceable(f"found the power {power!r}; expected a whole number from 0 to {MOST_FACTORS}, or 0.5")
        product: Any = Value(self.tape, self.tape.place(1))
        for factor in range(int(power)):
            product = self if factor == 0 else product * self
        return product

    def sqrt(self) -> Any:
        """NumPy calls this for np.sqrt."""
        # √h is there already; a series has a root where it begins with 1.
        return Value(self.tape, 2) if self.place == 1 else self._made("sqrt", self)

    def exp(self) -> Any:
        """NumPy calls this for np.exp."""
        return self._made("exp", self)

    def _refuse(self, what: str) -> NoReturn:
        raise Untraceable(f"found {what}; a step is plain arithmetic, the same for all values")

    def __bool__(self) -> bool:
        self._refuse("a branch on a value")

    def __float__(self) -> float:
        self._refuse("a value turned into a float")

    def __int__(self) -> int:
        self._refuse("a value turned into an int")

    def __index__(self) -> int:
        self._refuse("a value as an index")

    def __abs__(self) -> Any:
        self._refuse("abs of a value")

    def __eq__(self, other: object) -> bool:
        self._refuse("a comparison of values")

    __ne__ = __lt__ = __le__ = __gt__ = __ge__ = __eq__

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        self._refuse(f"the function {name!r} of a value")


class Equation:
    """The equation of a step that is recorded."""

    def __init__(self, tape: Tape, dimension: int, noise_dimension: int) -> None:
        self._tape, self.dimension, self.noise_dimension = tape, dimension, noise_dimension

    def drift(self, t: Any, x: Any) -> npt.NDArray[Any]:
        """b(t, x)."""
        operands = [self._tape.place(t), *self._places("x", x, self.dimension)]
        return self._tape.values(self._tape.add("drift", operands, self.dimension), self.dimension)

    def diffuse(self, t: Any, x: Any, noise: Any) -> npt.NDArray[Any]:
        """σ(t, x)·noise."""
        operands = [self._tape.place(t), *self._places("x", x, self.dimension)]
        operands += self._places("noise", noise, self.noise_dimension)
        return self._tape.values(self._tape.add("diffuse", operands, self.dimension), self.dimension)

    def _places(self, name: str, values: Any, count: int) -> list[int]:
        array = np.atleast_1d(np.asarray(values, dtype=object))
        if array.shape != (count,):
            raise Untraceable(f"found {name} of shape {array.shape}; expected ({count},)")
        return [self._tape.place(value) for value in array]


def recorded(scheme: Scheme, d: int, m: int, variates: int) -> tuple[list[tuple[str, list[int]]], list[int]]:
    """The operations of the step in this shape, and the places of the new x."""
    tape = Tape(3 + d + variates)
    t, h, sqrt_h = (Value(tape, place) for place in range(3))
    x, noise = tape.values(3, d), tape.values(3 + d, variates)
    try:
        new = np.atleast_1d(np.asarray(scheme.step(Equation(tape, d, m), t, h, sqrt_h, x, noise), dtype=object))
        if new.shape != (d,):
            raise Untraceable(f"the step returns the shape {new.shape}; expected ({d},), that of x")
        return tape.operations, [tape.place(value) for value in new]
    except Exception as error:
        raise SchemeError(f"{scheme.name}: {place(error)}{cause(error)}, in {d} dimensions with {m} noises") from error


def cause(error: BaseException) -> str:
    """What was refused, also where NumPy reports it in its own words."""
    own: BaseException | None = error
    while own is not None and not isinstance(own, Untraceable):
        own = own.__cause__ or own.__context__
    return str(own or error)


def place(error: BaseException) -> str:
    """The line of the step where it was, which is the last one outside of this file and of NumPy."""
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if frame.filename != __file__ and "numpy" not in frame.filename]
    return f"{frames[-1].filename}:{frames[-1].lineno}: " if frames else ""


def native(scheme: Any) -> _wfr.Scheme:
    """The scheme as the proofs and the particles know it."""
    if isinstance(scheme, type) and issubclass(scheme, Scheme):
        scheme = scheme()
    if not isinstance(scheme, Scheme):
        raise SchemeError(f"found a {type(scheme).__name__}; expected a scheme, derived from wfr.Scheme")
    whose = type(scheme).__name__
    if not isinstance(scheme.name, str) or not scheme.name or not scheme.name.replace("-", "").replace("_", "").isalnum():
        raise SchemeError(f"{whose}.name: found {scheme.name!r}; expected a name of letters, digits, '-' and '_'")
    for claim in ("weak_order", "invariant_order"):
        order = getattr(scheme, claim)
        if isinstance(order, bool) or not isinstance(order, int) or not 1 <= order <= 4:
            raise SchemeError(f"{whose}.{claim}: found {order!r}; expected a whole number from 1 to 4")
    if isinstance(scheme.variates, str):
        raise SchemeError(f'{whose}.variates: found {scheme.variates!r}; expected a tuple, ("{scheme.variates}",)')
    # Here the line of a mistake is known.
    for d, m in SHAPES:
        recorded(scheme, d, m, m * len(scheme.variates))
    try:
        return _wfr.Scheme(
            scheme.name,
            str(scheme.reference),
            [scheme.weak_order, scheme.invariant_order],
            scheme.noise,
            list(scheme.variates),
            lambda d, m, variates: recorded(scheme, d, m, variates),
        )
    except ValueError as error:
        raise SchemeError(f"{whose}.{error}") from None
