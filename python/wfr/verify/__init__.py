"""Verification of what was written elsewhere: a step, the law that it keeps, a resampler, an evidence, posteriors, seeds, samples.

Read ``_verdict`` first, then ``_step`` with ``_expansion`` (the exact moments) and ``_causes`` (what shifts which moment).
"""

from ._evidence import verify_log_evidence
from ._invariance import verify_invariance
from ._posterior import verify_posterior
from ._problem import Problem
from ._resampling import verify_resampling
from ._samples import verify_samples
from ._seeds import verify_seeds
from ._step import verify_step
from ._verdict import Check, VerificationFailed, Verdict

__all__ = [
    "Check",
    "Problem",
    "VerificationFailed",
    "Verdict",
    "verify_invariance",
    "verify_log_evidence",
    "verify_posterior",
    "verify_resampling",
    "verify_samples",
    "verify_seeds",
    "verify_step",
]
