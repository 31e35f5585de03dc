"""Functions of one's own run wherever the formula of that place runs."""

from __future__ import annotations

import threading
import traceback

import numpy as np
import pytest
from conftest import gradient, plain_potential, potential

import wfr

SMOOTH = wfr.function(potential, gradient=gradient, smooth=True)


def test_the_grid_has_the_bits_of_the_formula(well):
    formula, own = wfr.run(well()), wfr.run(well(target=False), potential=SMOOTH)
    assert np.array_equal(formula.grid.log_density, own.grid.log_density)
    assert np.array_equal(formula.grid.log_target, own.grid.log_target)
    shifted = wfr.run(well(target=False), potential=lambda x: potential(x) + 1e-3 * x[:, 0], gradient=lambda x: gradient(x) + 1e-3)
    assert not np.array_equal(formula.grid.log_density, shifted.grid.log_density)


@pytest.mark.parametrize("scheme", ["euler-maruyama", "leimkuhler-matthews", "platen", "mala", "implicit-euler"])
def test_particles_are_those_of_the_formula(well, scheme):
    scenario, bare = well(grid=False, count=3000), well(grid=False, target=False, count=3000)
    for own in (scenario, bare):
        own["particles"]["scheme"] = scheme
    formula = wfr.run(scenario).particles.positions
    own = wfr.run(bare, potential=SMOOTH).particles.positions
    # An accept–reject step may differ where a draw meets the ratio to rounding; none does here.
    assert np.abs(formula - own).max() < 1e-9
    differences = wfr.run(bare, potential=potential).particles.positions
    assert np.abs(formula - differences).max() < 1e-6


def test_weights_and_comparison(well):
    tables = {"flow": {"horizon": 0.5, "reaction": 1.0}, "study": [{"kind": "compare"}]}
    formula = wfr.run(well(count=4000, **tables))
    own = wfr.run(well(target=False, count=4000, **tables), potential=SMOOTH)
    assert own.verdict == formula.verdict == "pass"
    assert np.abs(own.particles.log_weights - formula.particles.log_weights).max() < 1e-9
    assert own.findings["particles"]["ancestors"] == formula.findings["particles"]["ancestors"]


def test_a_weak_order_study_passes(well):
    study = {
        "kind": "weak-order",
        "schemes": ["euler-maruyama"],
        "observable": "x^2",
        "steps": [0.125, 0.0625, 0.03125],
        "methods": ["proof", "law", "monte-carlo"],
    }
    own = wfr.run(well(target=False, grid=False, study=[study]), potential=SMOOTH)
    methods = {each["method"]: each["verdict"] for each in own.findings["studies"]}
    assert methods["proof"] == methods["law"] == "pass" and methods["monte-carlo"] != "fail", own


def test_a_spectrum(well):
    study = [{"kind": "spectrum", "count": 3}]
    formula = wfr.run(well(study=study)).findings["studies"][0]["eigenvalues"]
    own = wfr.run(well(target=False, study=study), potential=SMOOTH).findings["studies"][0]["eigenvalues"]
    assert [each["value"] for each in own] == [each["value"] for each in formula]


def test_momenta_and_ensembles(well):
    kinetic = {
        "dynamics": "underdamped", "friction": 1.0, "horizon": 0.5,
    }
    scenario = well(grid=False, count=2000, flow=kinetic)
    scenario["particles"]["scheme"] = "baoab"
    own = {**scenario}
    del own["target"]
    formula, mine = wfr.run(scenario), wfr.run(own, potential=SMOOTH)
    assert mine.particles.positions.shape == (2000, 2)
    assert np.abs(formula.particles.positions - mine.particles.positions).max() < 1e-9
    annealed = {"dynamics": "annealed", "horizon": 1.0}
    scenario = well(grid=False, count=2000, flow=annealed)
    own = {**scenario}
    del own["target"]
    formula, mine = wfr.run(scenario), wfr.run(own, potential=SMOOTH)
    assert np.isclose(formula.findings["particles"]["log_evidence"], mine.findings["particles"]["log_evidence"])


def equation(**tables):
    return {
        "observables": ["x", "1"],
        "initial": {"mean": [0.5], "covariance": [[0.1]]},
        "sde": {"horizon": 0.5, **tables},
        "grid": {"lower": [-4.0], "upper": [4.0], "cells": [200]},
        "particles": {"count": 3000, "step": 0.02, "scheme": "euler-maruyama"},
        "study": [{"kind": "compare"}],
    }


def test_an_equation_of_ones_own():
    formula = wfr.run(equation(drift=["sin(x) - x*t"], diffusion=[["0.5 + 0.1*cos(x)"]], rate="0.3*x^2"))
    own = wfr.run(
        equation(),
        drift=lambda x, t: np.sin(x) - x * t,
        diffusion=lambda x: 0.5 + 0.1 * np.cos(x[:, 0]),
        rate=lambda x: 0.3 * x[:, 0] ** 2,
    )
    assert own.verdict == formula.verdict == "pass"
    assert np.abs(own.particles.positions - formula.particles.positions).max() < 1e-9
    assert np.abs(own.grid.log_density - formula.grid.log_density).max() < 1e-6


def test_matrices_and_vectors():
    scenario = {
        "dimension": 2,
        "initial": {"mean": [0.5, 0.0], "covariance": [[0.1, 0.0], [0.0, 0.1]]},
        "sde": {"horizon": 0.2},
        "particles": {"count": 1000, "step": 0.02, "scheme": "euler-maruyama"},
    }
    matrix = np.array([[0.5, 0.1, 0.0], [0.0, 0.3, 0.2]])
    rows = [[repr(float(entry)) for entry in row] for row in matrix]
    formula = wfr.run({**scenario, "sde": {"horizon": 0.2, "drift": ["-x", "-y + x"], "diffusion": rows}})
    own = wfr.run(
        scenario,
        drift=lambda x: np.stack([-x[:, 0], x[:, 0] - x[:, 1]], axis=1),
        diffusion=lambda x: np.broadcast_to(matrix, (len(x), 2, 3)),
    )
    assert np.abs(own.particles.positions - formula.particles.positions).max() < 1e-9


def test_formulas_call_functions(well):
    run = wfr.run(
        {**well(target=False), "target": {"potential": "v + x^2/2"}, "observables": ["f^2", "x"]},
        functions={"v": SMOOTH, "f": lambda x: np.sin(x[:, 0])},
    )
    formula = wfr.run({**well(), "target": {"potential": "(x^2 - 1)^2 + x^2/2"}, "observables": ["sin(x)^2", "x"]})
    assert abs(run.observables["grid"]["f^2"]["value"] - formula.observables["grid"]["sin(x)^2"]["value"]) < 1e-9


def test_observables_of_ones_own(well):
    run = wfr.run(well(count=2000), observables={"far": lambda x: x[:, 0] > 1.0, "x^2": "x^2"})
    formula = wfr.run(well(count=2000, observables=["x > 1", "x^2"]))
    found, expected = run.observables["particles"], formula.observables["particles"]
    assert found["far"]["value"] == expected["x > 1"]["value"] and found["x^2"]["value"] == expected["x^2"]["value"]


def test_batches_are_large_and_threads_have_the_same_bits(well):
    sizes = []

    def counted(x):
        sizes.append(len(x))
        return gradient(x)

    scenario = well(grid=False, target=False, count=40_000)
    one = wfr.run(scenario, potential=potential, gradient=counted, threads=1)
    assert max(sizes) == 8192
    assert sum(size < 1000 for size in sizes) < 2000
    two = wfr.run(scenario, potential=potential, gradient=counted, threads=2)
    assert np.array_equal(one.particles.positions, two.particles.positions)


def test_an_exception_ends_the_run_with_its_traceback(well):
    def fails(x):
        if len(x) > 5000:
            raise KeyError("mine")
        return gradient(x)

    with pytest.raises(KeyError, match="mine") as caught:
        wfr.run(well(grid=False, target=False, count=20_000), potential=potential, gradient=fails)
    assert any(frame.name == "fails" for frame in traceback.extract_tb(caught.value.__traceback__))
    notes = getattr(caught.value, "__notes__", ["gradient of potential"])
    assert "gradient of potential" in notes[0]


def test_nothing_is_written_to_what_others_keep(well):
    kept = []

    def keeps(x):
        kept.append(x)
        return gradient(x)

    wfr.run(well(grid=False, target=False, count=600), potential=potential, gradient=keeps)
    assert all(not own.flags.writeable for own in kept)
    assert len({own.ctypes.data for own in kept}) == len(kept)


def test_a_missing_gradient_is_said(well):
    with pytest.warns(UserWarning, match="differences"):
        wfr.run(well(target=False), potential=potential)


def test_runs_at_the_same_time(well):
    results = []
    scenario = well(grid=False, target=False, count=2000)
    work = [threading.Thread(target=lambda: results.append(wfr.run(scenario, potential=SMOOTH))) for _ in range(3)]
    [own.start() for own in work]
    [own.join() for own in work]
    assert all(np.array_equal(own.particles.positions, results[0].particles.positions) for own in results)


def test_a_run_within_a_function(well):
    inner = {"target": {"potential": "x^2/2"}, "initial": {"mean": [0.0], "covariance": [[1.0]]},
             "flow": {"reaction": 0.0, "horizon": 0.1}, "grid": {"cells": [50]}}

    done = []

    def nested(x):
        if len(x) > 8 and not done:
            done.append(wfr.run(inner))
        return plain_potential(x)

    run = wfr.run(well(target=False) | {"grid": {"lower": [-4.0], "upper": [4.0], "cells": [40]}},
                  potential=nested, gradient=lambda x: x)
    assert done and run.grid is not None


def test_a_network_is_read_once_for_a_step():
    sizes = []

    def score(x, t):
        sizes.append(len(x))
        return -x

    scenario, functions = wfr.score_scenario(
        score, schedule=(0.2, 4.0), end=0.02, reward=lambda x: 0.5 * x[:, 0], reward_gradient=lambda x: np.full_like(x, 0.5)
    )
    scenario |= {"observables": ["x"], "particles": {"count": 8192, "step": 0.049, "scheme": "euler-maruyama"}}
    run = wfr.run(scenario, functions=functions)
    # Drift and rate of each of 20 steps together, and a few for what is watched; apart there would be 41 and more.
    assert 21 <= sum(size == 8192 for size in sizes) < 30
    apart = wfr.run(scenario, functions=functions | {"drift": lambda x, s: functions["drift"](x.copy(), s)})
    assert np.array_equal(run.particles.log_weights, apart.particles.log_weights)
