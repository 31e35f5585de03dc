"""What a verification found."""

from __future__ import annotations

import html
import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

Word = Literal["pass", "fail", "inconclusive"]


class VerificationFailed(AssertionError):
    """A verdict that is not "pass"; ``verdict`` has it."""

    def __init__(self, verdict: Verdict) -> None:
        super().__init__(str(verdict))
        self.verdict = verdict


@dataclass(frozen=True)
class Check:
    """One thing that was checked."""

    name: str
    verdict: Word
    #: What was found, and what is right; None where the check is not about one number.
    value: float | None = None
    expected: float | None = None
    #: The standard error of ``value``; None of what has no randomness.
    stderr: float | None = None
    #: By how much ``value`` may be off without a failure.
    tolerance: float | None = None
    p_value: float | None = None
    #: A difference of this size would have been found with probability 0.99.
    detectable: float | None = None
    #: The finding in words.
    says: str = ""

    def __str__(self) -> str:
        numbers = []
        if self.value is not None:
            spread = "" if self.stderr is None else f" ± {self.stderr:.1g}"
            right = "" if self.expected is None else f" (expected {self.expected:.6g})"
            most = ""
            if self.tolerance is not None and self.expected is None:
                most = f" (at most {self.tolerance:.4g})"
            numbers.append(f"{self.value:.6g}{spread}{right}{most}")
        if self.p_value is not None:
            numbers.append(f"p = {self.p_value:.2g}")
        if self.detectable is not None and math.isfinite(self.detectable):
            numbers.append(f"a difference of {self.detectable:.2g} would have been found with probability 0.99")
        parts = [part for part in (self.says, ", ".join(numbers)) if part]
        return f"{self.verdict}: {self.name}" + (": " + "; ".join(parts) if parts else "")


@dataclass(frozen=True)
class Verdict:
    """The verdict on one subject. True where it is "pass", and only there: what is inconclusive is False."""

    subject: str
    checks: tuple[Check, ...]
    #: The probability of at least one false alarm in all checks together, at most.
    level: float
    #: Random samples, or evaluations at quadrature nodes, that were used.
    samples: int = 0
    seconds: float = 0.0
    #: What is wrong, in words, the most likely cause first.
    causes: tuple[str, ...] = ()
    #: Numbers that belong to the finding, such as the order.
    numbers: dict[str, float] = field(default_factory=dict)
    #: What was not judged, and why.
    open: tuple[str, ...] = ()

    @property
    def verdict(self) -> Word:
        """ "fail" if a check failed, else "inconclusive" if one is that or nothing was checked, else "pass"."""
        words = {check.verdict for check in self.checks}
        if "fail" in words:
            return "fail"
        return "inconclusive" if "inconclusive" in words or not words else "pass"

    def __bool__(self) -> bool:
        return self.verdict == "pass"

    def check(self, name: str) -> Check:
        """The check of this name."""
        for own in self.checks:
            if own.name == name:
                return own
        raise KeyError(f"{name}; the checks are {', '.join(own.name for own in self.checks)}")

    @property
    def failed(self) -> tuple[Check, ...]:
        """The checks that failed."""
        return tuple(own for own in self.checks if own.verdict == "fail")

    def raise_unless_passed(self) -> Verdict:
        """Returns itself, or raises :class:`VerificationFailed`."""
        if not self:
            raise VerificationFailed(self)
        return self

    def _lines(self) -> Iterator[str]:
        yield f"{self.subject}: {self.verdict}"
        yield from (f"  cause: {cause}" for cause in self.causes)
        for word in ("fail", "inconclusive", "pass"):
            chosen = [own for own in self.checks if own.verdict == word]
            yield from (f"  {own}" for own in chosen if word != "pass" or own.value is not None)
            plain = [own.name for own in chosen if word == "pass" and own.value is None]
            if plain:
                yield f"  pass: {', '.join(plain)}"
        yield from (f"  not judged: {own}" for own in self.open)
        if not self.checks:
            yield "  nothing was checked"
        random = any(own.p_value is not None for own in self.checks)
        alarms = f"; false alarms: at most {self.level:.1g} for all checks together" if random else ""
        yield f"  {self.samples} samples, {self.seconds:.2g} s{alarms}"

    def __str__(self) -> str:
        return "\n".join(self._lines())

    def _repr_html_(self) -> str:
        return f"<pre>{html.escape(str(self))}</pre>"


def worst_first(checks: list[Check]) -> tuple[Check, ...]:
    """Failures first; the order is otherwise that of the checks."""
    rank = {"fail": 0, "inconclusive": 1, "pass": 2}
    return tuple(sorted(checks, key=lambda own: rank[own.verdict]))
