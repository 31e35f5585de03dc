"""Samples against the law that a scenario describes: the study of the kind "samples", from arrays."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from .._errors import FunctionError
from ._verdict import Check, Verdict, Word


def verify_samples(
    samples: npt.ArrayLike,
    against: Any,
    *,
    weights: npt.ArrayLike | None = None,
    log_weights: npt.ArrayLike | None = None,
    ancestors: npt.ArrayLike | None = None,
    level: float = 1e-4,
    **settings: Any,
) -> Verdict:
    """Whether samples (n, d), or (groups, n, d), have the law that a scenario describes.

    ``against`` is a scenario as :func:`wfr.run` takes it; of what it asks for, only the grid runs, and only if the truth needs it.
    ``weights`` or ``log_weights`` are as many as there are samples, up to a factor. ``ancestors`` are whole numbers: from which
    particle at the start each sample descends. ``settings`` are further keys of the study of the kind "samples": ``arrangement``
    ("independent", "chains", "groups" or "ancestors") and ``law`` ("target" or "flow"). ``level``
    bounds the probability of a false alarm, of all tests together.
    """
    x = numbers("samples", samples)
    if x.ndim == 1:
        x = x[:, None]
    if x.ndim not in (2, 3) or not x.size:
        raise FunctionError(f"samples: found an array of shape {x.shape}; expected (n, d) or (groups, n, d)")
    if not np.isfinite(x).all():
        place = tuple(int(k) for k in np.argwhere(~np.isfinite(x))[0])
        raise FunctionError(f"samples: found {x[place]} at {list(place)}; expected finite numbers")
    if weights is not None and log_weights is not None:
        raise FunctionError("weights: found log_weights beside them; expected one of the two")
    arrays: dict[str, Any] = {"positions": x}
    given = {"weights": weights, "log_weights": log_weights, "ancestors": ancestors}
    arrays |= {name: numbers(name, own) for name, own in given.items() if own is not None and name != "ancestors"}
    if ancestors is not None:
        # Names of any size are numbered, so that none is rounded.
        own, ids = np.asarray(ancestors), np.unique(np.asarray(ancestors), return_inverse=True)[1]
        if own.dtype.kind not in "iu":
            raise FunctionError(f"ancestors: found an array of {own.dtype}; expected whole numbers")
        arrays["ancestors"] = ids.reshape(own.shape).astype(np.float64)
    for name, own in arrays.items():
        if name != "positions" and own.shape not in (x.shape[:-1], (int(np.prod(x.shape[:-1])),)):
            raise FunctionError(f"{name}: found an array of shape {own.shape}; expected {x.shape[:-1]}, one for each sample")
    with tempfile.TemporaryDirectory(prefix="wfr-") as folder:
        file = os.path.join(folder, "samples.npz")
        np.savez(file, **arrays)
        return verdict({"kind": "samples", "file": file, "level": level, **settings}, against, x)


def numbers(name: str, given: npt.ArrayLike) -> npt.NDArray[np.float64]:
    """The array as floating-point numbers. What would be lost on the way is refused."""
    if isinstance(given, np.ma.MaskedArray):
        raise FunctionError(f"{name}: found a masked array; expected one without a mask, as of .compressed()")
    try:
        own = np.asarray(given)
    except (TypeError, ValueError) as error:
        raise FunctionError(f"{name}: found {type(given).__name__}; expected an array of real numbers") from error
    if own.dtype.kind not in "fiub":
        raise FunctionError(f"{name}: found {type(given).__name__} of {own.dtype}; expected an array of real numbers")
    return own.astype(np.float64)


def verdict(study: Mapping[str, Any], against: Any, x: npt.NDArray[np.float64]) -> Verdict:
    """What this study finds."""
    from .._running import study_alone

    found = study_alone(with_study(against, study), "samples")
    word: Word = "pass" if found.verdict == "pass" else "fail" if found.verdict == "fail" else "inconclusive"
    own = next(own for own in found.findings["studies"] if own["kind"] == "samples")
    whys = [str(own.get("why", ""))]
    # If the samples cannot be judged as they are, neither can a single test.
    tests = own["tests"] if found.findings["checks"] else []
    checks = [check_of(test) for test in tests if test.get("passed") is not None]
    if word == "inconclusive" or not checks:
        checks.append(Check("samples", word, says=whys[0]))
    left = [f"{test['name']}: {test['open']}" for test in tests if test.get("passed") is None] + own["left_out"]
    causes = tuple(whys) if word == "fail" else ()
    seconds = float(sum(found.timings.values()))
    level = float(study["level"])
    return Verdict(f"samples against {found.name}", tuple(checks), level, int(np.prod(x.shape[:-1])), seconds, causes, open=tuple(left))


def check_of(test: Mapping[str, Any]) -> Check:
    """A test of the study that was decided."""
    word: Word = "pass" if test["passed"] else "fail"
    return Check(test["name"], word, test["value"], tolerance=test["threshold"], detectable=test.get("detectable"))


def with_study(against: Any, study: Mapping[str, Any]) -> Any:
    """The scenario with one study more."""
    if isinstance(against, Mapping):
        return {**against, "study": [*against.get("study", []), dict(study)]}
    from .._running import read
    from .._toml import document

    text, _ = read(against)
    return text.rstrip() + "\n" + document({"study": [dict(study)]})
