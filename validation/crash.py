#!/usr/bin/env python3
"""Kills a run 20 times at random moments (SIGKILL), resumes it each time, and compares the results byte for byte.

    python3 validation/crash.py [--kills 20] [--seed N]

Needs `cargo build --release` before, and Python 3.8. Kill by kill, the wait is drawn anew, up to a quarter of the whole; then the
run comes to its end. Three scenarios take part, one for each kind of simulation. Exit status 1 if a byte differs.
"""
import argparse
import pathlib
import random
import shutil
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
WFR = ROOT / "target" / "release" / "wfr"
FLOW = """observables = ["x", "x^2"]
[target]
potential = "(x^2 - 1)^2"
[initial]
mean = [-1.0]
covariance = [[0.04]]
[flow]
horizon = 2.0
"""
SCENARIOS = {
    "resampling": FLOW
    + """[grid]
lower = [-3.5]
upper = [3.5]
cells = [200]
step = 0.01
[particles]
count = 200000
step = 0.002
scheme = "platen"
[[study]]
kind = "compare"
""",
    "transition-mixture": FLOW
    + """[particles]
count = 1000
replicates = 4
step = 0.002
scheme = "platen"
density = "transition-mixture"
""",
    "annealed": FLOW.replace("horizon", 'dynamics = "annealed"\nschedule = "t/2"\nhorizon')
    + """[particles]
count = 100000
step = 0.004
""",
}


def command(*arguments):
    return [str(WFR), "run", *map(str, arguments), "--quiet"]


def crash(name, text, kills, generator, folder):
    scenario = folder / f"{name}.toml"
    scenario.write_text(text)
    start = time.time()
    subprocess.run(command(scenario, "--out", folder / "whole"), check=True)
    seconds = time.time() - start
    whole = (folder / "whole" / "result.json").read_bytes()
    out = folder / "killed"
    early = resumed = 0
    arguments = [scenario, "--out", out]
    for _ in range(kills):
        run = subprocess.Popen(command(*arguments, "--checkpoint", 0))
        try:
            run.wait(generator.uniform(0, 0.25 * seconds))
        except subprocess.TimeoutExpired:
            run.kill()
            run.wait()
        if (out / "result.json").exists():
            # It came to its end: the next one starts anew.
            if (out / "result.json").read_bytes() != whole:
                return f"{name}: the bytes differ"
            shutil.rmtree(out)
        begun = (out / "checkpoint" / "run.json").exists()
        early += not begun
        resumed += (out / "checkpoint" / "particles.bin").exists()
        arguments = ["--resume", out] if begun else [scenario, "--out", out]
    subprocess.run(command(*arguments), check=True)
    if (out / "result.json").read_bytes() != whole:
        return f"{name}: the bytes differ"
    left = [path.name for path in out.iterdir() if path.name.startswith(".") or path.name == "checkpoint"]
    if left:
        return f"{name}: {left} are left behind"
    print(f"{name}: {kills} kills of a run of {seconds:.1f} s, {resumed} with a state kept, {early} before it began: same bytes")
    return None


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    generator = random.Random(arguments.seed)
    failures = []
    for name, text in SCENARIOS.items():
        with tempfile.TemporaryDirectory() as folder:
            failure = crash(name, text, arguments.kills, generator, pathlib.Path(folder))
            failures += [failure] if failure else []
    print(*failures, sep="\n")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
