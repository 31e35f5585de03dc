"""Schemes of one's own: their proofs are those of the same schemes in Rust, and what cannot be recorded is refused with its line."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
import wfr


class Euler(wfr.Scheme):
    name = "own-euler"
    reference = "Maruyama 1955"

    def step(self, sde, t, h, sqrt_h, x, noise):
        return x + h * sde.drift(t, x) + sqrt_h * sde.diffuse(t, x, noise)


class Heun(wfr.Scheme):
    name = "own-heun"
    weak_order = 2
    invariant_order = 2
    noise = "additive"
    predictor_has_noise = True

    def step(self, sde, t, h, sqrt_h, x, noise):
        b, kick = sde.drift(t, x), sqrt_h * sde.diffuse(t, x, noise)
        predicted = x + h * b + (kick if self.predictor_has_noise else 0)
        return x + h / 2 * (b + sde.drift(t + h, predicted)) + kick


class Blind(Heun):
    name = "own-heun-blind"
    predictor_has_noise = False


class ThreePoint(Heun):
    name = "own-heun-three-point"
    variates = ("three-point",)


def by_id(decisions):
    return {decision["id"]: decision for decision in decisions}


def test_heun_with_a_trapezoidal_weight_has_order_two():
    decision = by_id(wfr.prove(Heun()))["own-heun+trapezoidal"]
    assert decision["verdict"] == "proved" and decision["order"] == 2


def test_without_noise_in_its_predictor_it_has_order_one():
    decision = by_id(wfr.prove(Blind))["own-heun-blind+trapezoidal"]
    assert decision["verdict"] == "refuted" and decision["order"] == 1


@pytest.mark.parametrize(("own", "rust"), [(Euler, "euler-maruyama"), (Heun, "platen"), (ThreePoint, "platen-three-point")])
def test_certificates_are_those_of_rust_byte_for_byte(own, rust):
    theirs = by_id(wfr.prove(rust))
    for name, decision in by_id(wfr.prove(own())).items():
        text = json.dumps(decision).replace(own.name, rust).replace(own.reference, "?")
        twin = theirs[name.replace(own.name, rust)]
        assert text == json.dumps(twin).replace(twin.get("reference") or twin["source"], "?")


SCENARIO = """
observables = ["x^2"]
[target]
potential = "x^2/2"
[initial]
mean = [1.0]
covariance = [[0.25]]
[flow]
reaction = 0.0
horizon = 1.0
[particles]
count = 2000
step = 0.1
scheme = "SCHEME"
[[study]]
kind = "weak-order"
schemes = ["SCHEME"]
observable = "x^2"
methods = ["proof", "law"]
steps = [0.25, 0.125, 0.0625]
"""


def test_particles_move_as_those_of_the_same_scheme_in_rust():
    own = wfr.run(SCENARIO.replace("SCHEME", "own-heun"), schemes=[Heun()])
    rust = wfr.run(SCENARIO.replace("SCHEME", "platen"))
    assert own.verdict == "pass"
    np.testing.assert_allclose(own.particles.positions, rust.particles.positions, rtol=1e-12, atol=1e-12)


def test_the_page_proves_what_it_says():
    page = (Path(__file__).parents[2] / "docs/src/python.md").read_text(encoding="utf-8")
    assert "class Heun(wfr.Scheme)" in page


def branching(self, sde, t, h, sqrt_h, x, noise):
    return x if x[0] > 0 else -x


def rounded(self, sde, t, h, sqrt_h, x, noise):
    return x + h * sde.drift(t, x) * (1 / 3)


def sine(self, sde, t, h, sqrt_h, x, noise):
    return x + h * np.sin(x)


def as_float(self, sde, t, h, sqrt_h, x, noise):
    return x + float(h) * sde.drift(t, x)


def too_short(self, sde, t, h, sqrt_h, x, noise):
    return 0 * h


def maximum(self, sde, t, h, sqrt_h, x, noise):
    return np.maximum(x, 0)


def whole_noise(self, sde, t, h, sqrt_h, x, noise):
    return x + sde.diffuse(t, x, np.append(noise, noise))


def divided(self, sde, t, h, sqrt_h, x, noise):
    return x / 0


REFUSED = [
    (branching, "a branch on a value|a comparison"),
    (rounded, r"Fraction\(1, 3\)"),
    (sine, "'sin'"),
    (as_float, "turned into a float"),
    (maximum, "comparison"),
    (whole_noise, "found noise of shape"),
    (divided, "division by 0"),
]


@pytest.mark.parametrize(("step", "says"), REFUSED, ids=[step.__name__ for step, _ in REFUSED])
def test_what_cannot_be_recorded_is_refused_with_its_line(step, says):
    scheme = type("Own", (wfr.Scheme,), {"name": "own", "step": step})
    with pytest.raises(wfr.SchemeError, match=says) as refused:
        wfr.prove(scheme())
    line = step.__code__.co_firstlineno + 1
    assert f"test_schemes.py:{line}:" in str(refused.value)


@pytest.mark.parametrize(
    ("claims", "says"),
    [
        ({"name": ""}, "name: found ''"),
        ({"noise": "loud"}, "noise: found \"loud\""),
        ({"weak_order": 1.5}, "weak_order: found 1.5"),
        ({"variates": "gaussian"}, 'a tuple, \\("gaussian",\\)'),
        ({"variates": ("cauchy",)}, "variates: found \"cauchy\""),
    ],
)
def test_claims_that_are_not_understood_are_refused(claims, says):
    with pytest.raises(wfr.SchemeError, match=says):
        wfr.prove(type("Own", (Euler,), claims)())


def test_what_is_no_scheme_and_a_taken_name_are_refused():
    with pytest.raises(wfr.SchemeError, match="found a int"):
        wfr.prove(3)
    with pytest.raises(ValueError, match="called \"platen\" already"):
        wfr.run(SCENARIO.replace("SCHEME", "platen"), schemes=[type("Own", (Heun,), {"name": "platen"})()])


def test_fractions_and_exact_floats_are_constants():
    class Split(Euler):
        name = "own-split"

        def step(self, sde, t, h, sqrt_h, x, noise):
            half = super().step(sde, t, Fraction(1, 2) * h, 0, x, 0 * noise)
            return half + 0.5 * h * sde.drift(t, x) + sqrt_h * sde.diffuse(t, x, noise)

    assert by_id(wfr.prove(Split()))["own-split+left"]["order"] == 1
