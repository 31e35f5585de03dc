"""Verified numerical analysis of Wasserstein–Fisher–Rao gradient flows, from Python.

``run`` runs a scenario and gives a ``Run``; ``function`` says more about a function of your own; ``prove`` decides the
claims of the schemes by exact algebra. The guide's page "Ten minutes in Python" shows all of it. ``verify_step`` and its
siblings verify code of your own, as the page "Verify code of your own" shows; ``wfr.testing`` has them for tests.
``distance`` and ``geodesic`` compare measures, as the page "Distances" shows.
"""

from ._distances import Distance, Geodesic, distance, geodesic
from ._errors import Breakdown, Finding, FunctionError, ScenarioError
from ._functions import Function, function
from ._results import Figure, Grid, Particles, Run
from ._running import list_schemes, prove, run, scenario_schema
from ._schemes import Scheme, SchemeError
from ._score import score_scenario
from ._wfr import __version__
from .verify import (
    Check,
    Problem,
    VerificationFailed,
    Verdict,
    verify_invariance,
    verify_log_evidence,
    verify_posterior,
    verify_resampling,
    verify_samples,
    verify_seeds,
    verify_step,
)

__all__ = [
    "Breakdown",
    "Check",
    "Distance",
    "Figure",
    "Finding",
    "Function",
    "FunctionError",
    "Geodesic",
    "Grid",
    "Particles",
    "Problem",
    "Run",
    "ScenarioError",
    "Scheme",
    "SchemeError",
    "VerificationFailed",
    "Verdict",
    "__version__",
    "distance",
    "function",
    "geodesic",
    "list_schemes",
    "prove",
    "run",
    "scenario_schema",
    "score_scenario",
    "verify_invariance",
    "verify_log_evidence",
    "verify_posterior",
    "verify_resampling",
    "verify_samples",
    "verify_seeds",
    "verify_step",
]
