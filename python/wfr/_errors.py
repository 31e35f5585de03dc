"""Why there is no run, or not a whole one."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from ._results import Run


class Finding(NamedTuple):
    """One thing that is wrong with a scenario. ``line`` and ``column`` count from 1; None for what has no place in a file."""

    file: str
    line: int | None
    column: int | None
    message: str

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}:{self.column}: " if self.line else f"{self.file}: " if self.file else ""
        return place + self.message


class ScenarioError(ValueError):
    """A scenario that cannot be run; ``findings`` has everything that is wrong with it."""

    def __init__(self, findings: list[Finding]) -> None:
        super().__init__("\n".join(map(str, findings)))
        self.findings = findings

    def __reduce__(self) -> tuple[type[ScenarioError], tuple[list[Finding]]]:
        return type(self), (self.findings,)


class FunctionError(ValueError):
    """A function of one's own that is not what it has to be: its shape, its type, its values, or its gradient."""


class Breakdown(RuntimeError):
    """A computation that broke down; ``run`` has what was found until then."""

    def __init__(self, message: str, run: Run) -> None:
        super().__init__(message)
        self.run = run
