//! The error of a grid value covers what no coarser grid or longer step shows, or a warning names it.

use crate::common::{close, findings};
use std::f64::consts::PI;
use wfr::study::Verdict;
use wfr::study::findings::Findings;
use wfr::study::spectrum::{Eigenvalue, SpectrumFindings};

/// An Itô equation on the line.
fn equation(start: &str, sde: &str, grid: &str, observables: &str) -> Findings {
    let found = findings(&format!(
        "observables = [{observables}]\n[initial]\n{start}\n[sde]\n{sde}\n[grid]\n{grid}\n"
    ));
    assert_eq!(found.breakdown, None);
    found
}

fn observable(found: &Findings, name: &str) -> (f64, f64) {
    let estimate = found.grid.as_ref().unwrap().observables[name];
    (estimate.value, estimate.error)
}

/// Covered by an error of at most `most`.
#[track_caller]
fn covers(found: &Findings, name: &str, exact: f64, most: f64) {
    let (value, error) = observable(found, name);
    close(value, exact, error, name);
    assert!(error <= most, "{name}: an error of {error:e} says little");
}

#[track_caller]
fn warns(found: &Findings, word: &str) {
    assert!(found.warnings.iter().any(|warning| warning.contains(word)), "no {word}: {:?}", found.warnings);
}

#[track_caller]
fn silent(found: &Findings) {
    let kinds = ["boundary", "jump", "feature", "continuous", "the box cuts"];
    let wrong = |warning: &&String| kinds.iter().any(|kind| warning.contains(kind));
    assert_eq!(found.warnings.iter().find(wrong), None);
}

const POINT: &str = "point = [0.0]";
const WIDE: &str = "lower = [-7.0]\nupper = [9.0]\ncells = [320]";

#[test]
fn steps_end_at_the_jumps_of_coefficients() {
    // x' = −x + 3 until 5.03.
    let sde = "drift = [\"-x + 3*(t < 5.03)\"]\ndiffusion = [[\"1\"]]\nhorizon = 5.5";
    let found = equation(POINT, sde, &format!("{WIDE}\nstep = 0.5"), "\"x\"");
    covers(&found, "x", 3.0 * (1.0 - (-5.03f64).exp()) * (-0.47f64).exp(), 1e-2);
    // The variance is ∫σ² of a noise that doubles at 0.37.
    let sde = "drift = [\"0\"]\ndiffusion = [[\"1 + (t > 0.37)\"]]\nhorizon = 1.0";
    let found = equation(POINT, sde, &format!("{WIDE}\nstep = 0.25"), "\"x^2\"");
    covers(&found, "x^2", 0.37 + 4.0 * 0.63, 3e-2);
    // And the mass what a rate has left of it.
    let sde = "drift = [\"0\"]\ndiffusion = [[\"1\"]]\nrate = \"5*sign(t - 1/3)\"\nhorizon = 1.0";
    let found = equation(POINT, sde, WIDE, "\"1\"");
    covers(&found, "1", (-5.0f64 * (2.0 / 3.0 - 1.0 / 3.0)).exp(), 1e-9);
    silent(&found);
}

#[test]
fn pulses_between_steps_are_seen() {
    for width in [1e-3, 1e-5] {
        let rate = format!("{:e}*exp(-((t - 0.5037)/{width:e})^2)", 0.1 / width);
        let sde = format!("drift = [\"-x\"]\ndiffusion = [[\"1\"]]\nrate = \"{rate}\"\nhorizon = 1.0");
        let found = equation(POINT, &sde, WIDE, "\"1\"");
        covers(&found, "1", (-0.1 * PI.sqrt()).exp(), 1e-2);
    }
    let sde = "drift = [\"500*exp(-((t - 0.4142)/0.001)^2)\"]\ndiffusion = [[\"1\"]]\nhorizon = 1.0";
    let found = equation(POINT, sde, &format!("{WIDE}\nstep = 0.1"), "\"x\"");
    covers(&found, "x", 0.5 * PI.sqrt(), 1e-1);
}

#[test]
fn what_is_narrower_than_a_cell_is_seen() {
    // An observable that is 10⁻⁴ wide: its mean is the density there.
    let sde = "drift = [\"-x\"]\ndiffusion = [[\"sqrt(2)\"]]\nhorizon = 3.0";
    let narrow = "exp(-((x - 0.3137)/0.0001)^2)";
    let found = equation(POINT, sde, WIDE, &format!("\"{narrow}\""));
    let variance = 1.0 - (-6.0f64).exp();
    let density = (-0.5 * 0.3137f64.powi(2) / variance).exp() / (2.0 * PI * variance).sqrt();
    covers(&found, narrow, density * 1e-4 * PI.sqrt(), 1e-5);
    warns(&found, "feature");
    // A trap that is 0.001 wide, by a graded Crank–Nicolson rule of another code: 0.54032.
    let sde =
        "drift = [\"-x\"]\ndiffusion = [[\"1\"]]\nrate = \"1000*exp(-((x - 0.37)/0.001)^2)\"\nhorizon = 1.0";
    let found = equation(POINT, sde, "lower = [-6.0]\nupper = [6.0]\ncells = [200]", "\"1\"");
    covers(&found, "1", 0.54032, 0.2);
    warns(&found, "feature");
    let plane = findings(
        "dimension = 2\nobservables = [\"1\"]\n[initial]\npoint = [0.0, 0.0]\n[sde]\ndrift = [\"-x\", \"-y\"]\n\
         diffusion = [[\"1\", \"0\"], [\"0\", \"1\"]]\nrate = \"1000*exp(-((x + y - 0.37)/0.001)^2)\"\nhorizon = 0.2\n\
         [grid]\nlower = [-5.0, -5.0]\nupper = [5.0, 5.0]\ncells = [60, 60]\n",
    );
    warns(&plane, "feature");
    let wall = findings(
        "observables = [\"x\"]\n[target]\npotential = \"x^2/2 + 6*exp(-((x - 0.0123)/0.001)^2)\"\n\
         [initial]\nmean = [-1.0]\ncovariance = [[0.04]]\n[flow]\nreaction = 0.0\nhorizon = 1.0\n[grid]\ncells = [200]\n",
    );
    warns(&wall, "feature");
}

#[test]
fn what_cells_and_steps_show_is_no_feature() {
    let sde = "drift = [\"-x + sin(t)\"]\ndiffusion = [[\"1\"]]\nrate = \"x^2/2 + cos(3*t)\"\nhorizon = 2.0";
    silent(&equation(POINT, sde, WIDE, "\"x\", \"x > 0.3\", \"cos(5*x)\", \"abs(x)\""));
    let sde =
        "drift = [\"-sign(x)\"]\ndiffusion = [[\"1 + 0.2*tanh(4*x)\"]]\nrate = \"x > 0.31\"\nhorizon = 2.0";
    silent(&equation(POINT, sde, WIDE, "\"x\", \"exp(-x^2)\""));
}

/// Langevin dynamics of a potential from N(0, 0.16).
fn langevin(potential: &str, grid: &str, observables: &str, rest: &str) -> Findings {
    let found = findings(&format!(
        "observables = [{observables}]\n[target]\npotential = \"{potential}\"\n[initial]\nmean = [0.0]\ncovariance = [[0.16]]\n\
         [flow]\nreaction = 0.0\nhorizon = 1.0\n[grid]\n{grid}\n{rest}\n"
    ));
    assert_eq!(found.breakdown, None);
    found
}

#[test]
fn the_tail_of_an_observable_is_part_of_its_error() {
    let found =
        langevin("x^2/2", "lower = [-7.5]\nupper = [7.5]\ncells = [400]", "\"exp(8*x)\", \"exp(x/2)\"", "");
    let variance = 1.0 - 0.84 * (-2.0f64).exp();
    let mean = |power: f64| (0.5 * power * power * variance).exp();
    covers(&found, "exp(8*x)", mean(8.0), f64::INFINITY);
    warns(&found, "exp(8*x)");
    covers(&found, "exp(x/2)", mean(0.5), 1e-4);
    assert!(!found.warnings.iter().any(|warning| warning.contains("exp(x/2)")));
    // No box holds that; the automatic one holds all else.
    let found = langevin("x^2/2", "cells = [400]", "\"exp(x^2/2)\"", "");
    warns(&found, "exp(x^2/2)");
    let found = langevin("x^2/2", "cells = [800]", "\"exp(8*x)\"", "");
    covers(&found, "exp(8*x)", mean(8.0), 1e-2 * mean(8.0));
}

#[test]
fn the_automatic_box_holds_modes_that_are_far_and_light() {
    let target = |target: &str| {
        findings(&format!(
            "observables = [\"exp(x)\"]\n[target]\n{target}\n[initial]\nmean = [0.0]\ncovariance = [[1.0]]\n\
             [flow]\ntransport = 0.0\nreaction = 1.0\nhorizon = 60.0\n[grid]\ncells = [800]\n"
        ))
    };
    let exact = (0.5f64.exp() + 1e-12 * 30.5f64.exp()) / (1.0 + 1e-12);
    let modes = "mixture = [{ weight = 1.0, mean = [0.0], covariance = [[1.0]] }, { weight = 1e-12, mean = [30.0], covariance = [[1.0]] }]";
    covers(&target(modes), "exp(x)", exact, 1e-6);
    let formula = "potential = \"-log(exp(-x^2/2) + 1e-12*exp(-(x - 30)^2/2))\"";
    covers(&target(formula), "exp(x)", exact, 1e-6);
}

fn spectrum(found: &Findings) -> (&[Eigenvalue], Verdict) {
    let spectra = found.studies.iter().find_map(|study| {
        study.outcome_as::<SpectrumFindings>().map(|spectrum| (&spectrum.eigenvalues[..], study.verdict))
    });
    spectra.unwrap()
}

#[test]
fn eigenvalues_that_the_box_makes_are_reported() {
    let on = |potential: &str, end: f64| {
        let grid = format!("lower = [{:?}]\nupper = [{end:?}]\ncells = [600]", -end);
        langevin(
            potential,
            &grid,
            "\"x\"",
            "[[study]]\nkind = \"spectrum\"\ncount = 3\n[[study]]\nkind = \"decay\"",
        )
    };
    for (potential, end, exact) in [
        ("abs(x)", 20.0, 0.25),
        ("2*log(1 + x^2)", 20.0, 0.0),
        ("x^2/2", 3.0, 1.0),
        ("sqrt(1 + x^2)", 15.0, 0.25),
    ] {
        let found = on(potential, end);
        let (eigenvalues, verdict) = spectrum(&found);
        close(eigenvalues[1].value, exact, eigenvalues[1].error, potential);
        assert_ne!(verdict, Verdict::Pass, "{potential}");
        warns(&found, "continuous");
    }
    for (potential, end, exact) in [("x^2/2", 7.0, 1.0), ("(x^2 - 1)^2", 3.5, 0.748_681_672_348_39)] {
        let found = on(potential, end);
        let (eigenvalues, verdict) = spectrum(&found);
        close(eigenvalues[1].value, exact, eigenvalues[1].error, potential);
        assert_eq!((verdict, eigenvalues[1].error < 1e-4), (Verdict::Pass, true), "{potential}");
        silent(&found);
    }
}

#[test]
fn ends_without_noise_have_their_class() {
    let root = |a: &str, b: &str, end: &str| {
        let sde = format!("drift = [\"{a}*({b} - x)\"]\ndiffusion = [[\"0.5*sqrt(x)\"]]\nhorizon = 1.0");
        equation("point = [0.2]", &sde, &format!("lower = [0.0]\nupper = [{end}]\ncells = [400]"), "\"x\"")
    };
    // dX = a(b − X) dt + σ√X dW: the end 0 is reached if 2ab < σ² (Feller 1951), and never left if b = 0.
    let found = root("1", "0.05", "6.0");
    warns(&found, "boundary 0 of axis 1");
    warns(&found, "class: regular");
    covers(&found, "x", 0.05 + 0.15 * (-1.0f64).exp(), 0.1);
    warns(&root("1", "0", "6.0"), "class: exit");
    let found = root("1", "0.2", "6.0");
    silent(&found);
    covers(&found, "x", 0.2, 1e-3);
    // Wright and Fisher's diffusion has an exit at both ends.
    let sde = "drift = [\"0\"]\ndiffusion = [[\"sqrt(x*(1 - x))\"]]\nhorizon = 1.0";
    let found = equation("point = [0.3]", sde, "lower = [0.0]\nupper = [1.0]\ncells = [200]", "\"x\"");
    warns(&found, "boundary 1 of axis 1");
    warns(&found, "boundary 0 of axis 1");
    // A geometric Brownian motion never gets there.
    let sde = "drift = [\"0\"]\ndiffusion = [[\"0.3*x\"]]\nhorizon = 1.0";
    let found = equation("point = [1.0]", sde, "lower = [0.0]\nupper = [8.0]\ncells = [400]", "\"x\"");
    silent(&found);
    covers(&found, "x", 1.0, 1e-3);
}

#[test]
fn narrow_starts_do_not_break_down() {
    // Lognormal, from a start that is narrower than a cell far out.
    let start = "mean = [0.5]\ncovariance = [[0.0004]]";
    let sde = "drift = [\"0.2*x\"]\ndiffusion = [[\"0.3*x\"]]\nhorizon = 1.0";
    let found = equation(start, sde, "lower = [0.0]\nupper = [8.0]\ncells = [800]", "\"x\"");
    covers(&found, "x", 0.5 * 0.2f64.exp(), 1e-3);
    for cells in [64, 200] {
        let found = findings(&format!(
            "observables = [\"x\"]\n[target]\npotential = \"x^2/2\"\n[initial]\nmean = [3.0]\ncovariance = [[0.01]]\n\
             [flow]\nhorizon = 1.0\n[grid]\ncells = [{cells}]\n"
        ));
        assert_eq!(found.breakdown, None);
        // N(m, s) to N(0, 1) stays Gaussian: s' = 2(1 − s) + s(1 − s), m' = −m(1 + s), α = β = 1.
        let (mut m, mut s) = (3.0f64, 0.01f64);
        let steps = 200_000;
        for _ in 0..steps {
            let h = 1.0 / f64::from(steps);
            let slope = |m: f64, s: f64| [-m * (1.0 + s), 2.0 * (1.0 - s) + s * (1.0 - s)];
            let [dm, ds] = slope(m, s);
            let [dm, ds] = slope(m + 0.5 * h * dm, s + 0.5 * h * ds);
            (m, s) = (m + h * dm, s + h * ds);
        }
        covers(&found, "x", m, 0.2);
    }
}

#[test]
fn mass_and_what_is_absorbed_have_errors() {
    // From N(0.8, 0.01) between absorbing ends 0 and 2, by the sine series.
    let mass: f64 = (0..60)
        .map(|k| {
            let k = f64::from(2 * k + 1);
            4.0 / (k * PI) * (0.4 * k * PI).sin() * (-(0.5 * k * PI).powi(2) * 0.305).exp()
        })
        .sum();
    let found = findings(
        "observables = [\"x\"]\n[target]\npotential = \"0\"\n[initial]\nmean = [0.8]\ncovariance = [[0.01]]\n\
         [flow]\nreaction = 0.0\nhorizon = 0.3\n[grid]\nlower = [0.0]\nupper = [2.0]\ncells = [80]\nsides = [\"absorbing\"]\n",
    );
    let grid = found.grid.unwrap();
    close(grid.mass, mass, grid.mass_error, "mass");
    close(grid.absorbed.unwrap(), 1.0 - mass, grid.absorbed_error.unwrap(), "absorbed");
    assert!(grid.mass_error < 1e-4);
}
