"""Runs of scenarios."""

from __future__ import annotations

import json
import os
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from . import _wfr
from ._errors import Breakdown, Finding, FunctionError, ScenarioError
from ._functions import Batch, Checked, Function, Trial, around, warn_of_differences
from ._results import Run
from ._schemes import Scheme, native
from ._toml import document, refuse, value

Scenario = str | os.PathLike[str] | Mapping[str, Any]
Own = Function | Batch
#: Workers, at most: more are a mistake.
MOST_THREADS = 1024


def run(
    scenario: Scenario,
    *,
    seed: int | None = None,
    threads: int | None = None,
    overrides: Mapping[str, Any] | None = None,
    progress: bool | Callable[[str, float], object] = False,
    potential: Own | None = None,
    gradient: Batch | None = None,
    drift: Own | None = None,
    diffusion: Own | None = None,
    rate: Own | None = None,
    observables: Mapping[str, Own | str] | Sequence[str] | None = None,
    functions: Mapping[str, Own] | None = None,
    initial: npt.ArrayLike | None = None,
    schemes: Sequence[Scheme] = (),
) -> Run:
    """Runs a scenario: the path of a file, TOML text, or a dict of tables.

    ``overrides`` sets keys by their paths, as in ``{"particles.count": 1000}``. ``potential`` replaces ``[target]``, with
    its ``gradient`` or differences of it; ``drift``, ``diffusion`` and ``rate`` are coefficients of ``[sde]`` (``rate`` also
    of ``[flow]`` with momenta); ``observables`` replaces the scenario's. ``functions`` are called by formulas: ``{"f": f}``
    is f where it has one value, and f1, f2, … where it has several. Each takes x (n, d), or x and t; see
    :func:`wfr.function`. ``initial``, samples (n, d), replaces ``[initial]``: a Gaussian around each, with the mean and the
    covariance of all. ``schemes`` are schemes of one's own, which the scenario names.

    Raises :class:`ScenarioError` with all findings, :class:`FunctionError`, :class:`Breakdown` with what was done until
    then, and what a function of one's own raises.
    """
    text, file = read(scenario)
    seed = whole("seed", seed, 0, 2**64 - 1)
    threads = whole("threads", threads, 1, MOST_THREADS)
    sets = dict(checked_overrides(overrides))
    if gradient is not None:
        if not callable(gradient):
            raise refuse("gradient", f"a {type(gradient).__name__}", "a function of x (n, d) that returns (n, d)")
        if potential is None:
            raise refuse("gradient", "it without potential", "potential=… beside it")
        own = as_function(potential, "potential")
        if own.gradient is not None:
            raise refuse("gradient", "a second gradient", "one of gradient=… and function(…, gradient=…)")
        potential = Function(own.values, gradient, own.time, own.smooth)
    own_functions = Functions(text, [f"{path}={item}" for path, item in sets.items()])
    if potential is not None:
        own_functions.potential(potential, sets)
    coefficients = {"drift": drift, "diffusion": diffusion, "rate": rate}
    own_functions.equation({name: own for name, own in coefficients.items() if own is not None}, text, sets)
    if observables is not None:
        own_functions.observables(observables, sets)
    for name, named in own_or_refused(functions, "functions").items():
        own_functions.add(name, named, None, warn=False)
    own_schemes = [native(scheme) for scheme in schemes]
    told = reporter(progress)
    with tempfile.TemporaryDirectory(prefix="wfr-") as folder:
        if initial is not None:
            sets["initial.file"] = value(samples(initial, own_functions.dimension, folder), "initial.file")
        lines = [f"{path}={item}" for path, item in sets.items()]
        return ended(lambda: _wfr.run(text, file, lines, own_functions.all, own_schemes, seed, threads, told))


def study_alone(scenario: Any, kind: str) -> Run:
    """Runs the last study of a kind alone: without particles, and without a grid that it does not read."""
    text, file = read(scenario)
    return ended(lambda: _wfr.run(text, file, [], [], [], None, None, None, kind))


def ended(start: Callable[[], _wfr.Result]) -> Run:
    """The run, with its errors as exceptions."""
    try:
        done = Run(start())
    except _wfr.Refused as error:
        raise ScenarioError([Finding(*finding) for finding in error.args[0]]) from None
    if done.findings["incomplete"]:
        raise Breakdown(str(done.findings.get("breakdown")), done)
    return done


def read(scenario: Any) -> tuple[str, str]:
    """The text, and what messages call it."""
    if isinstance(scenario, Mapping):
        return document(scenario), "scenario"
    if isinstance(scenario, str) and ("\n" in scenario or "=" in scenario):
        return scenario, "scenario"
    if isinstance(scenario, (str, os.PathLike)):
        path = Path(scenario)
        try:
            return path.read_text(encoding="utf-8"), str(path)
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or str(error)
            finding = Finding(str(path), None, None, f"cannot be read: {reason}")
            raise ScenarioError([finding]) from error
    raise refuse("scenario", f"a {type(scenario).__name__}", "the path of a file, TOML text or a dict")


def samples(initial: npt.ArrayLike, dimension: int, folder: str) -> str:
    """Samples as a file, in the shape that a start has."""
    try:
        array = np.asarray(initial, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise refuse("initial", f"a {type(initial).__name__}", "samples, an array (n, d) of numbers") from error
    if array.ndim == 1 and dimension == 1:
        array = array[:, None]
    if array.ndim != 2 or array.shape[1] % dimension or array.shape[1] == 0:
        raise refuse("initial", f"an array of shape {array.shape}", f"samples of shape (n, {dimension})")
    file = os.path.join(folder, "initial.npz")
    np.savez(file, x=np.ascontiguousarray(array))
    return file


def whole(name: str, number: Any, least: int, most: int) -> int | None:
    if number is None:
        return None
    if isinstance(number, (bool, np.bool_)) or not isinstance(number, (int, np.integer)) or not least <= number <= most:
        raise refuse(name, repr(number), f"a whole number from {least} to {most}")
    return int(number)


def checked_overrides(overrides: Any) -> Mapping[str, str]:
    if overrides is None:
        return {}
    if not isinstance(overrides, Mapping):
        raise refuse("overrides", f"a {type(overrides).__name__}", 'a dict such as {"particles.count": 1000}')
    for path in overrides:
        if not isinstance(path, str) or not path or "=" in path or not all(path.split(".")):
            raise refuse("overrides", f"the key {path!r}", 'the path of a key, such as "particles.count"')
    return {path: value(item, path) for path, item in overrides.items()}


def reporter(progress: Any) -> Callable[[str, float], object] | None:
    if callable(progress):
        told: Callable[[str, float], object] = progress
        return told
    if progress not in (True, False):
        raise refuse("progress", repr(progress), "True, False or a function of (stage, share)")
    if not progress:
        return None
    return lambda stage, share: print(f"\r{stage}: {100 * share:3.0f} %", end="", file=sys.stderr, flush=True)


def as_function(own: Any, name: str) -> Function:
    if isinstance(own, Function):
        if not callable(own.values) or not (own.gradient is None or callable(own.gradient)):
            raise refuse(name, "something that cannot be called", "a function of x (n, d)")
        return own
    if not callable(own):
        raise refuse(name, f"a {type(own).__name__}", "a function of x (n, d)")
    return Function(own)


def own_or_refused(own: Any, name: str) -> Mapping[str, Any]:
    if own is None:
        return {}
    if not isinstance(own, Mapping):
        raise refuse(name, f"a {type(own).__name__}", 'a dict such as {"f": f}')
    for key in own:
        if not isinstance(key, str) or not key.isidentifier() or not key.isascii():
            raise refuse(name, f"the name {key!r}", "a name of letters, digits and '_', as formulas call it")
    return own


class Functions:
    """The functions of a run, tried around the start of its paths."""

    def __init__(self, text: str, overrides: list[str]) -> None:
        self.dimension, centre = _wfr.shape(text, overrides)
        self.points = around(np.array(centre))
        self.all: list[_wfr.Function] = []

    def add(self, name: str, own: Any, shapes: list[tuple[int, ...]] | None, *, walls: bool = False, warn: bool) -> Checked:
        own, d = as_function(own, name), self.dimension
        trial = Trial(name, self.points, (0.25,))
        if shapes is None:
            shapes = [(), *((k,) for k in range(1, 257))]
        checked = trial.checked(own, shapes, walls)
        if warn and own.gradient is None:
            warn_of_differences(name, trial, own, checked.timed)
        self.all.append(
            _wfr.Function(name, checked.values, checked.gradient, d, checked.outputs, checked.timed, checked.smooth)
        )
        return checked

    def potential(self, own: Any, sets: dict[str, str]) -> None:
        checked = self.add("potential", own, [()], walls=True, warn=True)
        if checked.timed:
            raise FunctionError("potential: found a function of x and t; expected one of x alone")
        sets["target.potential"] = value("potential", "target.potential")

    def equation(self, given: dict[str, Any], text: str, sets: dict[str, str]) -> None:
        d = self.dimension
        if "drift" in given:
            shapes: list[tuple[int, ...]] = [(d,)] if d > 1 else [(), (1,)]
            self.add("drift", given["drift"], shapes, warn=False)
            sets["sde.drift"] = value(names("drift", d), "sde.drift")
        if "diffusion" in given:
            sets["sde.diffusion"] = self.diffusion(given["diffusion"])
        if "rate" in given:
            self.add("rate", given["rate"], [()], warn=False)
            table = "sde" if "[sde]" in text or "drift" in given else "flow"
            sets[f"{table}.rate"] = value("rate", "rate")

    def diffusion(self, own: Any) -> str:
        d = self.dimension
        shapes: list[tuple[int, ...]] = [(), (d,), *((d, m) for m in range(1, 65))]
        shape = self.add("diffusion", own, shapes, warn=False).shape
        count = int(np.prod(shape, dtype=int))
        entries = names("diffusion", count)
        if len(shape) < 2:
            rows = [[(entries[i] if shape else entries[0]) if i == j else "0" for j in range(d)] for i in range(d)]
        else:
            rows = [entries[i * shape[1] : (i + 1) * shape[1]] for i in range(d)]
        return value(rows, "sde.diffusion")

    def observables(self, given: Any, sets: dict[str, str]) -> None:
        if isinstance(given, Mapping):
            formulas = []
            for name, own in given.items():
                if isinstance(own, str):
                    formulas.append(own)
                else:
                    own_or_refused({name: own}, "observables")
                    self.add(name, own, [()], warn=False)
                    formulas.append(name)
        elif isinstance(given, Sequence) and not isinstance(given, str):
            formulas = list(given)
        else:
            raise refuse("observables", f"a {type(given).__name__}", 'a list of formulas, or a dict such as {"f": f}')
        sets["observables"] = value(formulas, "observables")


def names(name: str, count: int) -> list[str]:
    """What formulas call the values of a function."""
    return [name] if count == 1 else [f"{name}{k + 1}" for k in range(count)]


def prove(*claims: str | Scheme, thorough: bool = False) -> list[dict[str, Any]]:
    """Decides claims by exact algebra: those of these ids or schemes, schemes of one's own among them, or all of them; what
    ``wfr prove --json`` prints. Of a scheme of one's own: its order with every weight rule, and that of its invariant measure.
    """
    ids = [claim for claim in claims if isinstance(claim, str)]
    own = [native(claim) for claim in claims if not isinstance(claim, str)]
    decisions: list[dict[str, Any]] = json.loads(_wfr.prove(ids, own, bool(thorough)))
    return decisions


def list_schemes() -> list[dict[str, Any]]:
    """The schemes: their names, what they are for, and their orders."""
    keys = ("name", "equation", "noise", "weak_order", "invariant_order", "reference")
    return [dict(zip(keys, row, strict=True)) for row in _wfr.list_schemes()]


def scenario_schema() -> dict[str, Any]:
    """The JSON schema of scenarios."""
    schema: dict[str, Any] = json.loads(_wfr.scenario_schema())
    return schema
