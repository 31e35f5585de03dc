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
    x = np.asarray(samples, dtype=np.float64)
    if x.ndim not in (2, 3) or not np.isfinite(x).all():
        raise FunctionError(
            f"samples: found an array of shape {x.shape}; expected finite numbers (n, d) or (groups, n, d)"
        )
    if weights is not None and log_weights is not None:
        raise FunctionError("weights: found log_weights beside them; expected one of the two")
    arrays: dict[str, Any] = {"positions": x}
    given = {"weights": weights, "log_weights": log_weights, "ancestors": ancestors}
    arrays |= {name: np.asarray(own, dtype=np.float64) for name, own in given.items() if own is not None}
    with tempfile.TemporaryDirectory(prefix="wfr-") as folder:
        file = os.path.join(folder, "samples.npz")
        np.savez(file, **arrays)
        return verdict({"kind": "samples", "file": file, "level": level, **settings}, against, x)


def verdict(study: Mapping[str, Any], against: Any, x: npt.NDArray[np.float64]) -> Verdict:
    """What this study finds."""
    from .._running import study_alone

    found = study_alone(with_study(against, study), "samples")
    word: Word = "pass" if found.verdict == "pass" else "fail" if found.verdict == "fail" else "inconclusive"
    checks = [
        Check(own["name"], "pass" if own["passed"] else "fail", own["value"], says=own["why"])
        for own in found.findings["checks"]
    ]
    whys = [str(own.get("why", "")) for own in found.findings["studies"] if own["kind"] == "samples"]
    checks.append(Check("samples", word, says="; ".join(whys)))
    causes = tuple(whys) if word == "fail" else ()
    seconds = float(sum(found.timings.values()))
    level = float(study["level"])
    return Verdict(f"samples against {found.name}", tuple(checks), level, int(np.prod(x.shape[:-1])), seconds, causes)


def with_study(against: Any, study: Mapping[str, Any]) -> Any:
    """The scenario with one study more."""
    if isinstance(against, Mapping):
        return {**against, "study": [*against.get("study", []), dict(study)]}
    from .._running import read
    from .._toml import document

    text, _ = read(against)
    return text.rstrip() + "\n" + document({"study": [dict(study)]})
