"""Public bugs, re-created: each wrong version is found, and each mended one passes.

Seeds are fixed. Over seeds a mended one fails with the probability 10⁻⁴ at most.
"""

from __future__ import annotations

import sys
from pathlib import Path
from types import ModuleType

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "museum"))
from table import exhibits  # noqa: E402


@pytest.mark.parametrize("exhibit", exhibits(), ids=lambda own: own.__name__)
def test_the_bug_is_found_and_the_mended_version_passes(exhibit: ModuleType) -> None:
    found = exhibit.verify(exhibit.wrong, 1)
    assert found.verdict == "fail" and exhibit.SEEN_BY in str(found), str(found)
    found = exhibit.verify(exhibit.mended, 1)
    assert found.verdict == "pass", str(found)
    assert exhibit.LINK.startswith("https://github.com/")


def test_there_are_enough() -> None:
    assert len(exhibits()) >= 16
