"""The share of false alarms of a test, and the verdicts that tests have come to."""

from __future__ import annotations

from dataclasses import dataclass, field

from ..verify import Verdict

#: What an assertion may spend without a budget.
DEFAULT = 1e-4


@dataclass
class Budget:
    """The probability of false alarms that one test may spend. Each assertion takes half of what is left."""

    level: float
    spent: float = field(default=0.0)

    @property
    def left(self) -> float:
        return self.level - self.spent

    def take(self) -> float:
        """The level of the next assertion."""
        own = 0.5 * self.left
        self.spent += own
        return own


#: The budget of the test that runs, and the verdicts since the test began; the plugin sets and clears them.
active: list[Budget] = []
recorded: list[Verdict] = []


def level_of(given: float | None) -> float:
    """The level of an assertion."""
    if given is not None:
        return given
    return active[-1].take() if active else DEFAULT


def watched(verdict: Verdict) -> Verdict:
    """Remembers a verdict for the summary, and fails unless it is "pass"."""
    recorded.append(verdict)
    return verdict.raise_unless_passed()
