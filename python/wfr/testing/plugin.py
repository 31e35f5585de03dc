"""The pytest plugin: a budget of false alarms for the session, and what was verified in its summary and in JUnit's file."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from . import _budget
from ._budget import Budget

#: (test, line) for the summary.
LINES = pytest.StashKey[list[str]]()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addini(
        "wfr_false_alarms", "probability of a false alarm in all tests with wfr_budget together", default="1e-4"
    )


def pytest_configure(config: pytest.Config) -> None:
    config.stash[LINES] = []


@pytest.fixture
def wfr_budget(request: pytest.FixtureRequest) -> Iterator[Budget]:
    """This test's share of the session's false alarms: an even one among the tests that use the fixture.

    Assertions of ``wfr.testing`` take their levels from it.
    """
    total = float(request.config.getini("wfr_false_alarms"))
    sharing = sum("wfr_budget" in getattr(item, "fixturenames", ()) for item in request.session.items)
    budget = Budget(total / max(sharing, 1))
    _budget.active.append(budget)
    yield budget
    _budget.active.remove(budget)


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Iterator[None]:
    """Keeps the verdicts of a test, also of one that fails."""
    before = len(_budget.recorded)
    yield
    for verdict in _budget.recorded[before:]:
        random = any(own.p_value is not None for own in verdict.checks)
        level = f", false alarms at most {verdict.level:.1g}" if random else ""
        line = f"{verdict.subject}: {verdict.verdict} ({verdict.samples} samples, {verdict.seconds:.2g} s{level})"
        item.user_properties.append(("wfr", line))
        item.config.stash[LINES].append(f"{item.nodeid}: {line}")
    del _budget.recorded[before:]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    lines = config.stash[LINES]
    if lines:
        terminalreporter.section("wfr")
        for line in lines:
            terminalreporter.line(line)
