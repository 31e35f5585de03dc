"""The scripts of examples/, and the blocks of the guide's pages."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SCRIPTS = sorted((ROOT / "python" / "examples").glob("*.py"))
#: Pages with blocks of Python, and how many there are at least.
PAGES = {"python.md": 10, "verify.md": 10, "distances.md": 2}


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.name)
def test_scripts(script: Path, tmp_path: Path) -> None:
    done = subprocess.run([sys.executable, script], cwd=tmp_path, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("page", PAGES)
def test_the_pages(page: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """All blocks of a page together, one after the other; those that need ArviZ or matplotlib are left out where these are missing."""
    monkeypatch.chdir(tmp_path)
    text = (ROOT / "docs" / "src" / page).read_text(encoding="utf-8")
    blocks = re.findall(r"```python\n(.*?)```", text, re.S)
    assert len(blocks) >= PAGES[page]
    names: dict[str, object] = {}
    for block in blocks:
        for needed in ("matplotlib", "arviz"):
            if needed in block and not available(needed):
                break
        else:
            exec(compile(block, page, "exec"), names)  # noqa: S102


def available(module: str) -> bool:
    try:
        __import__(module)
    except ImportError:
        return False
    return True
