"""Runs the museum, and prints its table: `python table.py [SEEDS] > ../../reports/museum.md`. SEEDS is how often a mended one is tried."""

from __future__ import annotations

import importlib
import sys
import time
from pathlib import Path
from types import ModuleType

HERE = Path(__file__).parent
APART = ("common", "table")


def exhibits() -> list[ModuleType]:
    """All of them, by name."""
    sys.path.insert(0, str(HERE))
    try:
        return [importlib.import_module(own.stem) for own in sorted(HERE.glob("*.py")) if own.stem not in APART]
    finally:
        sys.path.remove(str(HERE))


def main() -> None:
    seeds = int(sys.argv[1]) if len(sys.argv) > 1 else 20
    print("# The museum of public bugs\n")
    print(
        "Re-creations in code of our own. `python python/museum/table.py` makes this table. A wrong version has to fail, and the"
    )
    print(f"mended one to pass for {seeds} seeds, all with default settings.\n")
    print("| exhibit | what | found | samples | seconds | mended: passed |")
    print("|---|---|---|---|---|---|", flush=True)
    for own in exhibits():
        what = (own.__doc__ or "").splitlines()[0]
        started = time.process_time()
        found = own.verify(own.wrong, 1)
        seconds = time.process_time() - started
        right = sum(own.verify(own.mended, seed).verdict == "pass" for seed in range(seeds))
        seen = own.SEEN_BY in str(found) and found.verdict == "fail"
        word = f"{'fails' if seen else '🔴 ' + found.verdict}: {own.SEEN_BY}"
        print(
            f"| [{own.__name__}]({own.LINK}) | {what} | {word} | {found.samples} | {seconds:.2g} | {right} of {seeds} |",
            flush=True,
        )


if __name__ == "__main__":
    main()
