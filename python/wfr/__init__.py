"""Verified numerical analysis of Wasserstein–Fisher–Rao gradient flows, from Python.

``run`` runs a scenario and gives a ``Run``; ``function`` says more about a function of your own; ``prove`` decides the
claims of the schemes by exact algebra. The guide's page "Ten minutes in Python" shows all of it.
"""

from ._errors import Breakdown, Finding, FunctionError, ScenarioError
from ._functions import Function, function
from ._results import Figure, Grid, Particles, Run
from ._running import list_schemes, prove, run, scenario_schema
from ._schemes import Scheme, SchemeError
from ._score import score_scenario
from ._wfr import __version__

__all__ = [
    "Breakdown",
    "Figure",
    "Finding",
    "Function",
    "FunctionError",
    "Grid",
    "Particles",
    "Run",
    "ScenarioError",
    "Scheme",
    "SchemeError",
    "__version__",
    "function",
    "list_schemes",
    "prove",
    "run",
    "scenario_schema",
    "score_scenario",
]
