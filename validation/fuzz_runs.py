#!/usr/bin/env python3
"""Mutates small scenarios and runs them whole, as strangers would write them.

    python3 validation/fuzz_runs.py [--runs 10000] [--seed N] [--jobs 2] [--wfr BINARY]

Every run has tiny counts, unless a mutation makes them large; it is sandboxed, and has to end with an exit status from 0 to 4, without
a panic, in time, and leave nothing behind when it is refused. Whatever does not is kept in `fuzz/findings/`. Exit status 1 if there
is such a one.
"""
import argparse
import collections
import os
import pathlib
import random
import re
import shutil
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor

ROOT = pathlib.Path(__file__).resolve().parent.parent
FINDINGS = ROOT / "fuzz" / "findings"
# A run that is interrupted after its 6 s has 2 s more to report; the rest is a busy machine.
PATIENCE = 60
MAX_HOURS = 6 / 3600
NUMBERS = ["0", "-1", "1", "2", "0.5", "1e-300", "1e300", "1e17", "-1e17", "1e6", "1e-9", "nan", "inf", "-inf", "1e400", "3", "16", "17",
           "100000000", "4294967296", "9007199254740993", "0x10", "true", '""', "[]", "{}", '"x"', '"1/0"', '"log(-x)"', '"x^400"']
PIECES = ['[grid]\ncells = [32]\n', '[particles]\ncount = 64\nstep = 0.1\n', '[[study]]\nkind = "compare"\n', '[[study]]\nkind = "decay"\n',
          '[[study]]\nkind = "spectrum"\ncount = 3\n', '[[study]]\nkind = "grid-order"\n', '[[study]]\nkind = "divergences"\n',
          '[[study]]\nkind = "target-law"\n', '[[study]]\nkind = "barrier"\nheights = [1.0, 2.0]\n',
          '[[study]]\nkind = "reference"\nobservable = "x"\nvalue = 0.0\nerror = 1.0\nsource = "s"\n',
          '[[study]]\nkind = "multilevel"\nscheme = "euler-maruyama"\nobservable = "x"\naccuracy = 0.1\nmax-paths = 8192\n',
          '[[study]]\nkind = "weak-order"\nschemes = ["euler-maruyama"]\nobservable = "x"\nsteps = [0.5, 0.25]\nmethods = ["monte-carlo"]\nmax-paths = 4096\n',
          '[[study]]\nkind = "weak-order"\nschemes = ["platen"]\nobservable = "x"\nsteps = [0.5, 0.25]\nmethods = ["proof"]\n']


def seeds():
    """Scenarios of the repository with counts made tiny."""
    files = sorted((ROOT / "validation").rglob("*.toml")) + sorted((ROOT / "fuzz" / "seeds" / "scenario").iterdir())
    tiny = {
        r"(?m)^count = \d+": "count = 64", r"(?m)^replicates = \d+": "replicates = 4", r"(?m)^max-paths = .*": "max-paths = 4096",
        r"cells = \[\d+\]": "cells = [32]", r"cells = \[\d+, *\d+\]": "cells = [16, 16]", r"cells = \[\d+, *\d+, *\d+\]": "cells = [16, 16, 16]",
        r"(?m)^schemes = .*": 'schemes = ["euler-maruyama"]', r"(?m)^counts = .*": "counts = [8, 16, 32]",
        r"(?m)^step = [\d.e-]+": "step = 0.1", r"(?m)^accuracy = .*": "accuracy = 0.05", r"(?m)^accuracies = .*": "accuracies = [0.1]",
        r"(?m)^name = .*\n": "",
    }
    texts = []
    for file in files:
        text = "\n".join(line for line in file.read_text(errors="replace").splitlines() if not line.startswith("#")) + "\n"
        for pattern, small in tiny.items():
            text = re.sub(pattern, small, text)
        text = text.replace("../data/", "data/")
        texts.append(text)
    return texts


def mutate(text, texts, generator):
    for _ in range(generator.choice([1, 1, 1, 2, 2, 3])):
        lines = text.splitlines()
        if not lines:
            return text
        place = generator.randrange(len(lines))
        kind = generator.randrange(8)
        if kind in (0, 1, 2):
            # Another number in the place of one.
            numbers = list(re.finditer(r"-?\b\d+(\.\d+)?(e-?\d+)?\b", text))
            if numbers:
                number = generator.choice(numbers)
                text = text[: number.start()] + generator.choice(NUMBERS) + text[number.end():]
                continue
        elif kind == 3:
            del lines[place]
        elif kind == 4:
            lines.insert(place, generator.choice(generator.choice(texts).splitlines() or [""]))
        elif kind == 5:
            lines.append(generator.choice(PIECES))
        elif kind == 6:
            line = lines[place]
            at = generator.randrange(len(line) + 1)
            lines[place] = line[:at] + generator.choice(['"', "[", "]", "=", "\x1b[31m", "\u202e", "x", "t", "^", "(", "-", "."]) + line[at:]
        else:
            # A value of another key.
            other = generator.choice(generator.choice(texts).splitlines() or [""])
            if "=" in other and "=" in lines[place]:
                lines[place] = lines[place].split("=", 1)[0] + "=" + other.split("=", 1)[1]
        text = "\n".join(lines) + "\n"
    return text


def run(wfr, number, text):
    """(exit status, what is wrong or None, seconds) of one scenario."""
    folder = pathlib.Path(tempfile.mkdtemp(prefix="wfr-fuzz-"))
    try:
        shutil.copytree(ROOT / "validation" / "data", folder / "data", dirs_exist_ok=True)
        (folder / "s.toml").write_text(text)
        command = [str(wfr), "run", "s.toml", "--out", "out", "--sandboxed", "--max-hours", str(MAX_HOURS), "--threads", "1"]
        before = time.time()
        try:
            done = subprocess.run(command, cwd=folder, capture_output=True, timeout=PATIENCE)
        except subprocess.TimeoutExpired:
            return None, f"no end after {PATIENCE} s", PATIENCE
        seconds, told = time.time() - before, done.stderr.decode(errors="replace")
        wrong = None
        if done.returncode not in range(5):
            wrong = f"exit status {done.returncode}"
        elif "panicked at" in told or "a mistake in wfr" in told:
            wrong = "panic: " + told[told.find("panicked"):][:300]
        elif any(ord(c) < 32 and c not in "\n" or c in "\x7f\x9b\u202e" for c in told):
            wrong = "a control character reached the terminal"
        elif done.returncode == 2 and (folder / "out").exists():
            wrong = "a refused run left its folder"
        elif done.returncode != 2 and "out of time" not in told and not (folder / "out" / "result.json").exists():
            wrong = "no result.json"
        if wrong:
            FINDINGS.mkdir(exist_ok=True)
            (FINDINGS / f"{number}.toml").write_text(text)
            (FINDINGS / f"{number}.txt").write_text(f"{wrong}\n{told}")
        return done.returncode, wrong, seconds
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=2)
    target = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
    parser.add_argument("--wfr", type=pathlib.Path, default=target / "release" / "wfr")
    arguments = parser.parse_args()
    texts, generator = seeds(), random.Random(arguments.seed)
    inputs = [mutate(generator.choice(texts), texts, generator) for _ in range(arguments.runs)]
    statuses, wrong, slowest = collections.Counter(), [], 0.0
    with ThreadPoolExecutor(arguments.jobs) as pool:
        for number, (status, why, seconds) in enumerate(pool.map(lambda item: run(arguments.wfr, *item), enumerate(inputs))):
            statuses[status] += 1
            slowest = max(slowest, seconds)
            if why:
                wrong.append(number)
                print(f"{number}: {why}", flush=True)
            if (number + 1) % 1000 == 0:
                print(f"{number + 1} runs: {dict(sorted(statuses.items(), key=str))}, slowest {slowest:.1f} s", flush=True)
    print(f"{arguments.runs} runs, exit statuses {dict(sorted(statuses.items(), key=str))}, slowest {slowest:.1f} s, {len(wrong)} wrong: {wrong}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
