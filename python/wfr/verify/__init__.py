"""Verification of what was written elsewhere: a step, a resampler, an evidence, seeds.

Read ``_verdict`` first, then ``_step`` with ``_expansion`` (the exact moments) and ``_causes`` (what shifts which moment).
"""

from ._problem import Problem
from ._step import verify_step
from ._verdict import Check, VerificationFailed, Verdict

__all__ = [
    "Check",
    "Problem",
    "VerificationFailed",
    "Verdict",
    "verify_step",
]
