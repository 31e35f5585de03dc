"""Threads, processes, signals, and memory."""

from __future__ import annotations

import multiprocessing
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest
from conftest import gradient, potential

import wfr

SCENARIO = {
    "initial": {"mean": [-1.0], "covariance": [[0.05]]},
    "flow": {"reaction": 0.0, "horizon": 0.2},
    "particles": {"count": 2000, "step": 0.02, "scheme": "euler-maruyama"},
}


def mean(seed: int) -> float:
    run = wfr.run(SCENARIO, potential=potential, gradient=gradient, seed=seed, threads=2)
    return float(run.particles.positions.mean())


@pytest.mark.parametrize("method", ["fork", "spawn"])
def test_processes(method: str) -> None:
    if method not in multiprocessing.get_all_start_methods():
        pytest.skip(method)
    here = [mean(seed) for seed in (1, 2)]
    with multiprocessing.get_context(method).Pool(2) as pool:
        assert pool.map_async(mean, (1, 2)).get(timeout=120) == here


LONG = """
import numpy as np, wfr
print("begin", flush=True)
def slope(x):
    return 4.0 * x * (x * x - 1.0)
try:
    wfr.run({"initial": {"mean": [-1.0], "covariance": [[0.05]]}, "flow": {"reaction": 0.0, "horizon": 100.0},
             "target": {"potential": "(x^2 - 1)^2"}, %s
             "particles": {"count": 200000, "step": 0.001, "scheme": "euler-maruyama"}} %s)
except KeyboardInterrupt:
    print("interrupted", flush=True)
"""


@pytest.mark.parametrize("own", [False, True])
def test_control_c_ends_a_run(own: bool) -> None:
    arguments = ", potential=lambda x: (x[:, 0]**2 - 1)**2, gradient=slope" if own else ""
    code = LONG % ("", arguments)
    if own:
        code = code.replace('"target": {"potential": "(x^2 - 1)^2"}, ', "")
    child = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    assert child.stdout is not None and child.stdout.readline() == "begin\n"
    time.sleep(1.5)
    child.send_signal(signal.SIGINT)
    start = time.monotonic()
    out, _ = child.communicate(timeout=30)
    assert out == "interrupted\n" and child.returncode == 0
    assert time.monotonic() - start < 10.0


def test_python_goes_on_beside_a_run() -> None:
    ticks = []
    done = threading.Event()

    def tick() -> None:
        while not done.is_set():
            ticks.append(time.monotonic())
            time.sleep(0.005)

    beside = threading.Thread(target=tick)
    beside.start()
    big = {**SCENARIO, "target": {"potential": "(x^2 - 1)^2"}, "particles": {**SCENARIO["particles"], "count": 400_000, "step": 0.001}}
    wfr.run(big)
    done.set()
    beside.join()
    assert max(np.diff(ticks)) < 0.5


def test_memory_does_not_grow() -> None:
    leak = Path(__file__).with_name("leak.py")
    subprocess.run([sys.executable, leak, "20000"], check=True, timeout=300)


def test_an_exception_in_progress_ends_the_run() -> None:
    def progress(stage: str, share: float) -> None:
        raise OSError("full")

    with pytest.raises(OSError, match="full"):
        wfr.run({**SCENARIO, "target": {"potential": "x^2"}}, progress=progress)


def test_the_package_needs_only_numpy() -> None:
    code = "import sys, wfr; assert not {'xarray', 'arviz', 'matplotlib', 'pandas'} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True, env={**os.environ}, timeout=60)
