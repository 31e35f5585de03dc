"""Runs, and what they give."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

import wfr

ROOT = Path(__file__).parents[2]


def test_a_file_a_text_and_a_dict_are_the_same(tmp_path, well):
    scenario = well(count=2000)
    text = """
observables = ["x", "x^2"]
[initial]
mean = [-1.0]
covariance = [[0.05]]
[flow]
transport = 1.0
reaction = 0.0
horizon = 0.5
[target]
potential = "(x^2 - 1)^2"
[grid]
lower = [-3.0]
upper = [3.0]
cells = [200]
[particles]
count = 2000
step = 0.02
scheme = "euler-maruyama"
"""
    file = tmp_path / "scenario.toml"
    file.write_text(text)
    runs = [wfr.run(own) for own in (scenario, text, file, str(file))]
    for run in runs[1:]:
        assert run.findings["grid"] == runs[0].findings["grid"]
        assert np.array_equal(run.particles.positions, runs[0].particles.positions)


def test_arrays_have_their_shapes_and_sums(well):
    run = wfr.run(well(count=1000, flow={"horizon": 0.2, "reaction": 1.0}))
    grid, particles = run.grid, run.particles
    assert grid.density.shape == (200,) and grid.axes[0].shape == (200,)
    assert np.isclose(np.sum(grid.density) * (grid.x[1] - grid.x[0]), 1.0, atol=1e-9)
    assert np.isclose(np.sum(np.exp(grid.log_target)) * (grid.x[1] - grid.x[0]), 1.0, atol=1e-9)
    assert particles.positions.shape == (1000, 1)
    assert particles.log_weights.shape == particles.ancestors.shape == (1000,)
    mean = np.sum(particles.weights * particles.positions[:, 0])
    found = run.observables["particles"]["x"]["value"]
    assert abs(mean - found) < 1e-12
    assert abs(particles.ess - run.findings["particles"]["ess"]) < 1e-6 * particles.ess
    times, means, ess = (run.series[f"particle_{name}"] for name in ("times", "means", "ess"))
    assert times[0] == 0.0 and means.shape == (len(times), 2) and ess.shape == times.shape
    assert means[-1, run.series["observables"].index("x")] == found and abs(ess[0] - 1000.0) < 1e-9 * 1000.0
    assert run.series["grid_kl"].shape == run.series["grid_times"].shape


def test_planes_have_their_axes_in_order():
    run = wfr.run(
        {
            "dimension": 2,
            "target": {"potential": "x^2/2 + 2*y^2"},
            "initial": {"mean": [1.0, 0.0], "covariance": [[0.2, 0.0], [0.0, 0.1]]},
            "flow": {"reaction": 0.0, "horizon": 0.3},
            "grid": {"lower": [-5.0, -3.0], "upper": [5.0, 3.0], "cells": [50, 30]},
        }
    )
    assert run.grid.density.shape == (50, 30)
    x, y = run.grid.axes
    mass = run.grid.density * (x[1] - x[0]) * (y[1] - y[0])
    assert abs(np.sum(mass.sum(axis=1) * x) - run.observables["grid"]["x"]["value"]) < 5e-3
    data = run.to_xarray()
    assert data["density"].dims == ("x1", "x2")


def test_seeds_and_threads(well):
    scenario = well(grid=False, count=20_000)
    one = wfr.run(scenario, seed=5, threads=1)
    two = wfr.run(scenario, seed=5, threads=2)
    other = wfr.run(scenario, seed=6)
    assert one.seed == 5
    assert np.array_equal(one.particles.positions, two.particles.positions)
    assert not np.array_equal(one.particles.positions, other.particles.positions)


def test_a_report(tmp_path, well):
    run = wfr.run(well(count=500, study=[{"kind": "compare"}]))
    folder = run.save(tmp_path / "out")
    assert json.loads((folder / "result.json").read_text())["passed"] == run.passed
    assert run.html().startswith("<!DOCTYPE html>") and "srcdoc" in run._repr_html_()
    assert "compare" in run.html() and "E[x]" in repr(run)
    assert np.load(folder / "particles.npz")["positions"].shape == (500, 1)
    assert run.figures[0].svg.startswith("<svg") and run.figures[0]._repr_svg_()
    assert run.timings


def test_findings_carry_their_places(well):
    with pytest.raises(wfr.ScenarioError) as caught:
        wfr.run("[target]\npotential = 'x^^2'\n[flow]\nhorizon = -1\n[initial]\nmean = [0]\ncovariance = [[1]]\n")
    findings = caught.value.findings
    assert {(own.line, own.column) for own in findings} >= {(2, 16), (4, 11)}
    assert all(own.file == "scenario" and own.message for own in findings)
    with pytest.raises(wfr.ScenarioError) as caught:
        wfr.run("[target\n")
    assert caught.value.findings[0].line == 1


def test_a_breakdown_has_what_was_done(well):
    scenario = well(count=1000)
    scenario["particles"]["step"] = 0.5
    scenario["initial"] = {"mean": [-5.0], "covariance": [[0.05]]}
    scenario["flow"]["horizon"] = 3.0
    scenario["grid"] = {"lower": [-8.0], "upper": [8.0], "cells": [100]}
    with pytest.raises(wfr.Breakdown, match="particles") as caught:
        wfr.run(scenario)
    run = caught.value.run
    assert run.verdict == "incomplete" and run.grid is not None and run.particles is None


def test_overrides_and_progress(well):
    heard = []
    run = wfr.run(
        well(count=4000), overrides={"particles.count": np.int64(64), "initial.mean": np.array([0.5])},
        progress=lambda stage, share: heard.append((stage, share)),
    )
    assert len(run.particles.positions) == 64
    assert {"grid", "particles"} <= {stage for stage, _ in heard}


def test_schemes_schema_and_proofs():
    schemes = wfr.list_schemes()
    assert {"euler-maruyama", "platen"} <= {own["name"] for own in schemes}
    assert "properties" in wfr.scenario_schema()
    (proof,) = wfr.prove("euler-maruyama+trapezoidal/additive-noise")[:1]
    assert proof["verdict"] == "proved" and proof["order"] >= 1
    with pytest.raises(ValueError, match="euler-maruyama"):
        wfr.prove("eulr")


def test_samples_are_a_start(tmp_path, well):
    rng = np.random.default_rng(1)
    x = rng.normal(0.5, 0.3, size=(500, 1))
    scenario = well(count=4000)
    del scenario["initial"]
    short = {"flow.horizon": 1e-3, "particles.step": 1e-4}
    run = wfr.run(scenario, initial=x, overrides=short)
    assert abs(run.observables["grid"]["x"]["value"] - x.mean()) < 5e-3
    assert abs(run.observables["particles"]["x"]["value"] - x.mean()) < 5 * 0.3 / np.sqrt(4000)
    np.savez(tmp_path / "x.npz", x=x, log_weights=np.where(x[:, 0] > 0.5, 0.0, -np.inf))
    text = "[initial]\nfile = 'x.npz'\n[target]\npotential = '(x^2 - 1)^2'\n[flow]\nreaction = 0.0\nhorizon = 1e-3\n[grid]\ncells = [200]\n"
    (tmp_path / "s.toml").write_text(text)
    half = wfr.run(tmp_path / "s.toml").observables["grid"]["x"]["value"]
    assert abs(half - x[x > 0.5].mean()) < 2e-2


def test_arviz_has_its_groups(well):
    pytest.importorskip("arviz")
    run = wfr.run(well(count=500, flow={"horizon": 0.2, "reaction": 1.0}))
    data = run.to_arviz()
    assert data["posterior"]["x1"].shape == data["sample_stats"]["x1"].shape == (1, 500)
    assert np.array_equal(data["sample_stats"]["log_weights"].values[0], run.particles.log_weights)
