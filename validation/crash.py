#!/usr/bin/env python3
"""Kills runs at random moments (SIGKILL), interrupts them (SIGTERM, SIGINT, SIGHUP), and starts two at once in one folder.

    python3 validation/crash.py [--kills 200] [--signals 100] [--pairs 60] [--seed N] [--wfr BINARY]

Needs `cargo build --release` before, and Python 3.8. One small scenario for each kind of computation takes part.

Kills: the wait is drawn anew each time, up to a quarter of the whole run; a killed run is resumed, and its last result has to have
the bytes of a run that nobody disturbed. Until then, result.json has to be incomplete.
Signals: the run has to end within two seconds, with a report that is marked as incomplete, and to be resumed to the same bytes.
Pairs: two different runs start in one folder at about the same time; one has to be done, with the bytes that it has alone, and the
other one refused (exit status 2), naming the first.
Exit status 1 if anything is lost, mixed, or left behind.
"""
import argparse
import json
import os
import pathlib
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
FLOW = """observables = ["x", "x^2"]
[target]
potential = "(x^2 - 1)^2"
[initial]
mean = [-1.0]
covariance = [[0.04]]
[flow]
horizon = 2.0
"""
STILL = FLOW.replace("horizon", "reaction = 0.0\nhorizon")
GRID = "[grid]\nlower = [-3.5]\nupper = [3.5]\ncells = [{cells}]\nstep = {step}\n"
STUDY = '[[study]]\nkind = "{kind}"\n'
ORDER = STUDY.format(kind="weak-order") + 'schemes = ["platen"]\nobservable = "x^2"\nsteps = [0.25, 0.125, 0.0625]\nmethods = ["{method}"]\n'
SCENARIOS = {
    "resampling": FLOW + GRID.format(cells=100, step=0.02) + '[particles]\ncount = 6000\nstep = 0.004\nscheme = "platen"\n'
    + STUDY.format(kind="compare"),
    "birth-death": FLOW + GRID.format(cells=100, step=0.02) + '[particles]\ncount = 3000\nstep = 0.004\nmode = "birth-death"\n',
    "transition-mixture": FLOW + '[particles]\ncount = 100\nreplicates = 4\nstep = 0.01\nscheme = "platen"\n'
    'density = "transition-mixture"\n',
    "annealed": FLOW.replace("horizon", 'dynamics = "annealed"\nschedule = "t/2"\nhorizon') + "[particles]\ncount = 6000\nstep = 0.005\n",
    "grid": STILL + GRID.format(cells=500, step=0.02),
    "grid with reaction": FLOW + GRID.format(cells=300, step=0.02),
    "grid-order": STILL + GRID.format(cells=64, step=0.02) + STUDY.format(kind="grid-order") + STUDY.format(kind="decay"),
    "noise-free": STILL + ORDER.format(method="law"),
    "monte-carlo": STILL + ORDER.format(method="monte-carlo") + "max-paths = 60000\n",
    "multilevel": STILL + STUDY.format(kind="multilevel") + 'scheme = "platen"\nobservable = "x^2"\naccuracy = 1e-2\n',
}


class Crash(Exception):
    """What was lost, mixed, or left behind."""


def start(wfr, *arguments):
    command = [str(wfr), "run", *map(str, arguments), "--quiet"]
    return subprocess.Popen(command, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL)


def end(process, patience=300):
    """Exit status and standard error."""
    _, told = process.communicate(timeout=patience)
    return process.returncode, told.decode(errors="replace")


def finished(wfr, *arguments):
    status, told = end(start(wfr, *arguments))
    if status not in (0, 1, 4):
        raise Crash(f"{arguments}: exit status {status}: {told}")


def begun(out):
    return (out / ".wfr" / "run.json").exists()


def is_complete(out):
    """Whether result.json says that the run came to its end; it has to be there once the run has begun."""
    path = out / "result.json"
    return path.exists() and not json.loads(path.read_text())["incomplete"]


def check(out, whole):
    if (out / "result.json").read_bytes() != whole:
        raise Crash(f"{out}: the bytes differ")
    own = sorted(path.name for path in (out / ".wfr").iterdir())
    strays = [path.name for path in out.iterdir() if path.name.startswith(".") and path.name != ".wfr"]
    if own != ["manifest.json"] or strays:
        raise Crash(f"{out}: {own + strays} are left behind")


class Kind:
    """A scenario with the bytes of its undisturbed result, and the time that it takes."""

    def __init__(self, wfr, name, text, folder):
        self.wfr, self.name, self.folder = wfr, name, folder
        self.scenario = folder / (name.replace(" ", "-") + ".toml")
        self.scenario.write_text(text)
        out = self.out("whole")
        before = time.time()
        finished(wfr, self.scenario, "--out", out)
        self.seconds = time.time() - before
        self.whole = (out / "result.json").read_bytes()

    def out(self, use):
        return self.folder / f"{self.scenario.stem}-{use}"


def kill(kind, times, generator):
    """Returns how many kills came before the run began, and how many found a state of the particles."""
    out = kind.out("killed")
    early = states = 0
    for _ in range(times):
        resume = begun(out) and not is_complete(out)
        arguments = ["--resume", out] if resume else [kind.scenario, "--out", out]
        run = start(kind.wfr, *arguments, "--checkpoint", 0)
        try:
            run.wait(generator.uniform(0, 0.25 * kind.seconds))
        except subprocess.TimeoutExpired:
            run.kill()
        run.communicate()
        if run.returncode not in (-9, 0, 1, 4):
            raise Crash(f"{kind.name}: exit status {run.returncode}")
        if is_complete(out) and run.returncode == -9 and (out / "result.json").read_bytes() != kind.whole:
            raise Crash(f"{kind.name}: a killed run has a result that looks complete")
        early += not begun(out)
        states += (out / ".wfr" / "particles.bin").exists()
    finished(kind.wfr, *(["--resume", out] if begun(out) else [kind.scenario, "--out", out]))
    check(out, kind.whole)
    return early, states


def interrupt(kind, times, generator):
    """Returns the slowest end, and how many runs were interrupted after they began."""
    slowest, interrupted = 0.0, 0
    for number in range(times):
        out = kind.out(f"interrupted-{number}")
        run = start(kind.wfr, kind.scenario, "--out", out, "--checkpoint", 0)
        time.sleep(generator.uniform(0, 0.9 * kind.seconds))
        run.send_signal(generator.choice([signal.SIGTERM, signal.SIGINT, signal.SIGHUP]))
        sent = time.time()
        status, told = end(run)
        if status in (0, 1, 4):
            check(out, kind.whole)
        elif status == 3:
            slowest, interrupted = max(slowest, time.time() - sent), interrupted + 1
            if is_complete(out) or not (out / "report.html").exists():
                raise Crash(f"{kind.name}: an interrupted run has no report, or one that looks complete")
            finished(kind.wfr, "--resume", out)
            check(out, kind.whole)
        elif status < 0 and not begun(out):
            # Before the first file was written there is nothing to report.
            finished(kind.wfr, kind.scenario, "--out", out)
            check(out, kind.whole)
        else:
            raise Crash(f"{kind.name}: exit status {status}: {told}")
    return slowest, interrupted


def pair(kinds, generator, number):
    """Two runs in one folder. Returns whether the second one was refused."""
    first, second = generator.sample(kinds, 2)
    out = first.folder / f"pair-{number}"
    runs = [(kind, start(kind.wfr, kind.scenario, "--out", out, "--checkpoint", 0)) for kind in (first, second)]
    ends = [(kind, run.pid, *end(run)) for kind, run in runs]
    done = [kind for kind, _, status, _ in ends if status in (0, 1, 4)]
    refused = [(status, told) for _, _, status, told in ends if status not in (0, 1, 4)]
    if not done or any(status != 2 for status, _ in refused):
        raise Crash(f"pair {number}: {[(kind.name, status, told) for kind, _, status, told in ends]}")
    pids = [str(pid) for _, pid, status, _ in ends if status in (0, 1, 4)]
    if any(f"process {pids[0]}" not in told for _, told in refused):
        raise Crash(f"pair {number}: the refused run names nobody: {refused}")
    if (out / "result.json").read_bytes() not in [kind.whole for kind in done]:
        raise Crash(f"pair {number}: the bytes differ")
    check(out, (out / "result.json").read_bytes())
    return bool(refused)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--signals", type=int, default=100)
    parser.add_argument("--pairs", type=int, default=60)
    parser.add_argument("--seed", type=int, default=1)
    target = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
    parser.add_argument("--wfr", type=pathlib.Path, default=target / "release" / "wfr")
    arguments = parser.parse_args()
    generator = random.Random(arguments.seed)
    failures = []

    def attempt(what, *inputs):
        try:
            return what(*inputs)
        except (Crash, OSError, ValueError, subprocess.TimeoutExpired) as crash:
            failures.append(str(crash))
            return None

    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        kinds = [Kind(arguments.wfr, name, text, folder) for name, text in SCENARIOS.items()]
        for place, kind in enumerate(kinds):
            share = lambda total: total // len(kinds) + (place < total % len(kinds))
            kills, signals = share(arguments.kills), share(arguments.signals)
            killed = attempt(kill, kind, kills, generator)
            if killed:
                print(f"{kind.name} ({kind.seconds:.1f} s): {kills} kills, {killed[0]} before it began, {killed[1]} with a state: same bytes", flush=True)
            ended = attempt(interrupt, kind, signals, generator)
            if ended:
                print(f"{kind.name}: {signals} signals, {ended[1]} while it ran, the slowest end after {ended[0]:.2f} s: same bytes", flush=True)
            for path in folder.glob(f"{kind.scenario.stem}-interrupted-*"):
                shutil.rmtree(path)
        refused = [attempt(pair, kinds, generator, number) for number in range(arguments.pairs)]
        print(f"{arguments.pairs} pairs in one folder: {refused.count(True)} refused, {refused.count(False)} one after the other, {refused.count(None)} lost")
    print(*failures, sep="\n")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
