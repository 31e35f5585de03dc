//! Periodic and absorbing sides against closed forms.

use crate::common::{close, findings, scenario};
use std::f64::consts::PI;
use wfr::pde::Evolution;
use wfr::study::findings::Findings;
use wfr::study::spectrum::{Eigenvalue, SpectrumFindings};

const INTEGRATORS: [&str; 4] = ["time-exact", "tr-bdf2", "crank-nicolson", "backward-euler"];

fn spectrum(found: &Findings) -> &[Eigenvalue] {
    let spectra = found.studies.iter().find_map(|study| study.outcome_as::<SpectrumFindings>());
    &spectra.unwrap().eigenvalues
}

fn covered(found: &Findings, exact: &[f64], name: &str) {
    assert!(found.passed, "{name}: {:?} {:?}", found.checks, found.breakdown);
    for (value, exact) in spectrum(found).iter().zip(exact) {
        close(value.value, *exact, value.error, name);
        assert!(value.error < 1e-3 * exact.max(1.0), "{name}: {:e} says little", value.error);
    }
}

/// An axis from 0 to 2 that absorbs.
fn absorbing(potential: &str, rest: &str) -> String {
    format!(
        "observables = [\"x\"]\n[target]\npotential = \"{potential}\"\n[initial]\nmean = [0.8]\ncovariance = [[0.01]]\n\
         [flow]\nreaction = 0.0\nhorizon = 0.3\n\
         [grid]\nlower = [0.0]\nupper = [2.0]\ncells = [160]\nstep = 0.003\nsides = [\"absorbing\"]\n{rest}\n"
    )
}

#[test]
fn absorbed_mass_is_that_of_the_sine_series() {
    // From N(0.8, 0.01): ∫ρ_t = Σ_{k odd} 4/(kπ) sin(0.4 kπ) exp(−(kπ/2)²(t + 0.005)); what lies outside [0, 2] at first is
    // below 1e-15.
    let mass = |t: f64| -> f64 {
        let term =
            |k: f64| 4.0 / (k * PI) * (0.4 * k * PI).sin() * (-(0.5 * k * PI).powi(2) * (t + 0.005)).exp();
        (0..60).map(|k| term(2.0 * f64::from(k) + 1.0)).sum()
    };
    for transport in INTEGRATORS {
        let found = findings(&absorbing("0", &format!("transport = \"{transport}\"")));
        assert!(found.passed, "{:?} {:?}", found.checks, found.breakdown);
        let grid = found.grid.unwrap();
        // Extrapolated in cells and steps: from errors of 1e-4 (1e-2 for backward Euler), what is left is their square.
        let tolerance = if transport == "backward-euler" { 1e-4 } else { 1e-6 };
        close(grid.log_normalizer.exp(), mass(0.3), tolerance, transport);
        close(grid.absorbed.unwrap(), 1.0 - mass(0.3), 1e-2, transport);
        close(grid.absorbed.unwrap(), 1.0 - grid.mass, 1e-15, transport);
    }
}

/// A constant drift is minus the gradient of a line: rates by quadrature of the drift are those by differences of the potential,
/// at the ends too.
#[test]
fn a_drift_is_absorbed_like_its_potential() {
    let by_potential = absorbing("-1.5*x", "");
    let by_drift = by_potential
        .replace("[target]\npotential = \"-1.5*x\"\n", "")
        .replace("[flow]\nreaction = 0.0\n", "[sde]\ndrift = [\"1.5\"]\ndiffusion = [[\"sqrt(2)\"]]\n");
    let [drift, potential] = [by_drift, by_potential].map(|text| {
        let found = findings(&text);
        assert_eq!(found.breakdown, None);
        found.grid.unwrap()
    });
    // Both to the rounding of some hundred steps.
    close(drift.mass, potential.mass, 1e-11, "mass");
    close(drift.absorbed.unwrap(), potential.absorbed.unwrap(), 1e-11, "what is absorbed");
    assert!(drift.mass < 0.9, "{}", drift.mass);
}

#[test]
fn mass_leaves_at_the_rate_of_the_first_eigenvalue() {
    let study = "[[study]]\nkind = \"spectrum\"\ncount = 3\n";
    let rate = |k: f64| (0.5 * k * PI).powi(2);
    covered(&findings(&absorbing("0", study)), &[rate(1.0), rate(2.0), rate(3.0)], "free");
    // A drift −c raises each by c²/4.
    let drifting = findings(&absorbing("3*x", study));
    covered(&drifting, &[rate(1.0) + 2.25, rate(2.0) + 2.25, rate(3.0) + 2.25], "with a drift");
    // The same drift as a force: late masses fall by that rate.
    let text = absorbing("3*x", "")
        .replace("[target]\npotential = \"3*x\"\n", "")
        .replace("[flow]\nreaction = 0.0\n", "[sde]\ndrift = [\"-3\"]\ndiffusion = [[\"sqrt(2)\"]]\n");
    let plan = scenario(&text).plan;
    let settings = plan.grid().unwrap();
    let mut evolution =
        Evolution::new(plan.problem(), &settings.grid(), settings.method, settings.transport, 0.05).unwrap();
    let (trajectory, breakdown) = evolution.run(&[2.0, 2.5], |_| ());
    assert_eq!(breakdown, None);
    let [_, early, late] = &trajectory.frames[..] else { panic!() };
    let measured = 2.0 * (trajectory.log_mass(early) - trajectory.log_mass(late));
    // λ₁ of 160 cells is off by λ₁² Δx²/12 and the like.
    close(measured, rate(1.0) + 2.25, 1e-3, "late rate");
}

/// −d²/dx² + sin(x) d/dx on the circle, by its tridiagonal matrix between Fourier modes (numpy, 81 modes).
const VON_MISES: [f64; 5] = [0.0, 1.1654965305, 1.1654965305, 4.1337527539, 4.1337527539];

#[test]
fn the_circle_has_its_spectrum() {
    let circle = |potential: &str| {
        format!(
            "observables = [\"cos(x)\"]\n[target]\npotential = \"{potential}\"\n[initial]\nmean = [0.3]\ncovariance = [[0.1]]\n\
             [flow]\nreaction = 0.0\nhorizon = 0.5\n\
             [grid]\nlower = [\"-pi\"]\nupper = [\"pi\"]\ncells = [192]\nsides = [\"periodic\"]\n\
             [[study]]\nkind = \"spectrum\"\ncount = 5\n"
        )
        .replace("\"-pi\"", &format!("{}", -PI))
        .replace("\"pi\"", &format!("{PI}"))
    };
    covered(&findings(&circle("0")), &[0.0, 1.0, 1.0, 4.0, 4.0], "free");
    covered(&findings(&circle("-cos(x)")), &VON_MISES, "von Mises");
    // With a Gaussian beside it, the eigenvalues add.
    let plane = circle("-cos(x) + y^2/2")
        .replace("observables", "dimension = 2\nobservables")
        .replace("mean = [0.3]", "mean = [0.3, 0.0]")
        .replace("[[0.1]]", "[[0.1, 0.0], [0.0, 0.5]]")
        .replace(&format!("lower = [{}]", -PI), &format!("lower = [{}, -6.5]", -PI))
        .replace(&format!("upper = [{PI}]"), &format!("upper = [{PI}, 6.5]"))
        .replace("cells = [192]", "cells = [64, 96]")
        .replace("[\"periodic\"]", "[\"periodic\", \"reflecting\"]");
    let mut sums: Vec<f64> = VON_MISES.iter().flat_map(|λ| (0..4).map(move |n| λ + f64::from(n))).collect();
    sums.sort_by(f64::total_cmp);
    covered(&findings(&plane), &sums[..5], "cylinder");
}

#[test]
fn a_constant_drift_turns_the_circle() {
    // From N(m, v), wrapped: E exp(iX_t) = exp(i(m + ct) − v/2 − t).
    let (m, v, c, t) = (0.2f64, 0.1f64, 3.0f64, 0.7f64);
    let length = (-0.5 * v - t).exp();
    for transport in INTEGRATORS {
        let found = findings(&format!(
            "observables = [\"cos(x)\", \"sin(x)\"]\n[initial]\nmean = [{m:?}]\ncovariance = [[{v:?}]]\n\
             [sde]\ndrift = [\"{c:?}\"]\ndiffusion = [[\"sqrt(2)\"]]\nhorizon = {t:?}\n\
             [grid]\nlower = [{:?}]\nupper = [{PI:?}]\ncells = [128]\nstep = 0.007\nsides = [\"periodic\"]\n\
             transport = \"{transport}\"\n",
            -PI
        ));
        assert!(found.passed, "{transport}: {:?} {:?}", found.checks, found.breakdown);
        let grid = found.grid.unwrap();
        close(grid.mass, 1.0, 1e-11, "mass");
        for (name, exact) in [("cos(x)", length * (m + c * t).cos()), ("sin(x)", length * (m + c * t).sin())]
        {
            let value = grid.observables[name];
            close(value.value, exact, value.error, &format!("{transport}, {name}"));
            assert!(value.error < 2e-3, "{transport}, {name}: {:e} says little", value.error);
        }
    }
}

#[test]
fn a_tilted_circle_has_its_stationary_current() {
    // dX = (1 − sin X) dt + √2 dW: ρ ∝ e^{−U(x)} ∫_x^{x + 2π} e^U, U = −x − cos x; the trapezoidal rule is exact to rounding
    // after a shift by which the integrand becomes periodic times an exponential.
    let tilt = |x: f64| -x - x.cos();
    let exact = |x: f64| {
        let n = 20_000;
        let h = 2.0 * PI / f64::from(n);
        // Simpson.
        let term = |k: i32| {
            let weight = if k == 0 || k == n {
                1.0
            } else if k % 2 == 1 {
                4.0
            } else {
                2.0
            };
            weight * (tilt(x + h * f64::from(k)) - tilt(x)).exp()
        };
        (0..=n).map(term).sum::<f64>() * h / 3.0
    };
    let error = |cells: usize| {
        let text = format!(
            "[initial]\nmean = [0.0]\ncovariance = [[0.1]]\n\
             [sde]\ndrift = [\"1 - sin(x)\"]\ndiffusion = [[\"sqrt(2)\"]]\nhorizon = 40.0\n\
             [grid]\nlower = [{:?}]\nupper = [{PI:?}]\ncells = [{cells}]\nstep = 10.0\nsides = [\"periodic\"]\n\
             transport = \"backward-euler\"\n",
            -PI
        );
        let plan = scenario(&text).plan;
        let settings = plan.grid().unwrap();
        let grid = settings.grid();
        let mut evolution =
            Evolution::new(plan.problem(), &grid, settings.method, settings.transport, 10.0).unwrap();
        // Backward Euler is exact at equilibrium, and far beyond the rate of this circle (about 1) it is there.
        let times: Vec<f64> = (1..=20).map(|k| 10.0 * f64::from(k)).collect();
        let (trajectory, breakdown) = evolution.run(&times, |_| ());
        assert_eq!(breakdown, None);
        let own: Vec<f64> = trajectory.last().log_density.iter().map(|log| log.exp()).collect();
        let wanted = grid.sample(|x| exact(x[0]));
        let total = grid.integrate(wanted.iter().copied());
        grid.integrate(own.iter().zip(&wanted).map(|(a, b)| (a - b / total).abs()))
    };
    let errors = [32, 64, 128].map(error);
    let orders = [0, 1].map(|k| (errors[k] / errors[k + 1]).log2());
    assert!(orders.iter().all(|order| (order - 2.0).abs() < 0.05), "{orders:?}");
    assert!(errors[2] < 1e-3, "{errors:?}");
}

#[test]
fn what_does_not_fit_the_sides_is_told_by_name() {
    let message = |text: &str| wfr::scenario::parse(text, "s.toml", &[]).unwrap_err().to_string();
    let good = absorbing("0", "");
    let cases: [(&str, &str, &[&str]); 5] = [
        (
            "[\"absorbing\"]",
            "[\"absorbant\"]",
            &["s.toml:15:10", "[grid] sides", "did you mean \"absorbing\""],
        ),
        ("[\"absorbing\"]", "[\"absorbing\", \"periodic\"]", &["s.toml:15:9", "found 2 entries; expected 1"]),
        (
            "reaction = 0.0",
            "reaction = 1.0",
            &["s.toml:15:9", "absorbing sides beside a reaction", "normalized = false"],
        ),
        ("[grid]", "[particles]\ncount = 1000\n[grid]", &["s.toml:10:1", "the whole line"]),
        (
            "\"absorbing\"]",
            "\"absorbing\"]\n[[study]]\nkind = \"decay\"",
            &["decay study with absorbing sides"],
        ),
    ];
    for (from, to, parts) in cases {
        let found = message(&good.replace(from, to));
        for part in parts {
            assert!(found.contains(part), "{to}: {part}: {found}");
        }
    }
    let periodic = message(&absorbing("x", "").replace("absorbing", "periodic"));
    assert!(periodic.contains("the potential is 0 and 2; expected the same value"), "{periodic}");
}
