#!/usr/bin/env python3
"""Runs the quick validation with many seeds: nothing may fail where all is right.

    cargo build --release && python3 validation/seeds.py [FIRST [LAST]] [--wfr target/release/wfr] [--log seeds.log]

What no seed moves is left out: studies without random numbers, and the proofs and noise-free expectations of the others. Seeds
that the log has are not run again. Two processes of one thread each run at a time.
"""

import argparse
import pathlib
import re
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor

ROOT = pathlib.Path(__file__).resolve().parent.parent
# Kinds of studies without random numbers.
FIXED = {"decay", "divergences", "grid-order", "manufactured", "spectrum", "work-precision"}
PROCESSES = 2


def seeded(text: str) -> str | None:
    """The scenario without what no seed moves; None if nothing is left."""
    blocks = re.split(r"(?m)^(?=\[\[study\]\])", text)
    kept = [blocks[0]]
    for block in blocks[1:]:
        kind = re.search(r'(?m)^kind = "([a-z-]+)"', block)
        assert kind, block
        if kind[1] in FIXED:
            continue
        methods = re.search(r"(?m)^methods = .*$", block)
        if methods:
            if "monte-carlo" not in methods[0]:
                continue
            block = block.replace(methods[0], 'methods = ["monte-carlo"]')
        elif kind[1] == "weak-order":
            block = block.rstrip() + '\nmethods = ["monte-carlo"]\n'
        kept.append(block)
    random = len(kept) > 1 or re.search(r"(?m)^\[particles\]", text)
    return "".join(kept) if random else None


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("first", nargs="?", type=int, default=1)
    parser.add_argument("last", nargs="?", type=int, default=100)
    parser.add_argument("--wfr", default=ROOT / "target/release/wfr", type=pathlib.Path)
    parser.add_argument("--log", default="seeds.log", type=pathlib.Path)
    arguments = parser.parse_args()
    done = {}
    if arguments.log.exists():
        for line in arguments.log.read_text().splitlines():
            if row := re.match(r"seed (\d+): status (\d)", line):
                done[int(row[1])] = int(row[2])

    with tempfile.TemporaryDirectory() as folder:
        scenarios = pathlib.Path(folder) / "validation"
        (scenarios / "data").mkdir(parents=True)
        for data in (ROOT / "validation/data").iterdir():
            (scenarios / "data" / data.name).symlink_to(data)
        for file in sorted((ROOT / "validation").glob("*.toml")):
            if text := seeded(file.read_text()):
                (scenarios / file.name).write_text(text)

        def run(seed: int) -> tuple[int, int, list[str]]:
            out = pathlib.Path(folder) / f"out-{seed}"
            command = [arguments.wfr, "validate", "--quick", "--threads", "1", "--seed", str(seed), "--out", out, scenarios]
            said = subprocess.run(command, capture_output=True, text=True, check=False)
            subprocess.run(["rm", "-rf", out], check=False)
            scenario, notes = "", []
            for line in (said.stderr + said.stdout).splitlines():
                if row := re.match(r"([a-z0-9-]+): [0-9.]+ s", line):
                    scenario = row[1]
                elif re.search(r"FAIL|inconclusive|broke down|error:|panicked", line):
                    notes.append(f"    {scenario}: {line.strip()}")
            return seed, said.returncode, notes

        with ThreadPoolExecutor(PROCESSES) as pool, arguments.log.open("a") as log:
            left = [seed for seed in range(arguments.first, arguments.last + 1) if seed not in done]
            for seed, status, notes in pool.map(run, left):
                done[seed] = status
                text = "\n".join([f"seed {seed}: status {status}", *notes])
                print(text, file=log, flush=True)
                print(text, flush=True)
    wanted = [done[seed] for seed in range(arguments.first, arguments.last + 1)]
    inconclusive = wanted.count(4)
    failed = len(wanted) - wanted.count(0) - inconclusive
    print(f"seeds {arguments.first} to {arguments.last}: {failed} failed, {inconclusive} inconclusive")
    return int(failed > 0)


if __name__ == "__main__":
    sys.exit(main())
