//! The Fisher–Rao reaction of χ²: its exact step composes and has its limits; the grid has the values of quadrature; the
//! ensemble follows the grid.

use crate::common::{close, findings};
use quickcheck::{TestResult, quickcheck};
use wfr::model::chi_squared_reaction;

/// log W after the reaction, of sum 1.
fn reacted(log_masses: &[f64], log_target: &[f64], time: f64) -> Vec<f64> {
    let ratios: Vec<f64> = log_masses.iter().zip(log_target).map(|(w, p)| w - p).collect();
    let change = chi_squared_reaction(log_masses, &ratios, time);
    normalized(log_masses.iter().zip(change).map(|(w, c)| w + c).collect())
}

fn normalized(logs: Vec<f64>) -> Vec<f64> {
    let total = wfr::particles::log_sum_exp(&logs);
    logs.into_iter().map(|log| log - total).collect()
}

quickcheck! {
    /// The masses solve W' = −W(f − ΣWf), f = W/p, for any p: a time of 0.3 and then of 0.5 is one of 0.8, and half the
    /// time with p doubled is the same, as f halves and so does the pace. To rounding of logs of a few hundred.
    fn steps_compose(entries: Vec<(i8, i8)>) -> TestResult {
        if entries.len() < 2 {
            return TestResult::discard();
        }
        let logs = |pick: fn(&(i8, i8)) -> i8| normalized(entries.iter().map(|e| f64::from(pick(e))).collect());
        let (masses, target) = (logs(|e| e.0), logs(|e| e.1));
        let once = reacted(&masses, &target, 0.8);
        let twice = reacted(&reacted(&masses, &target, 0.3), &target, 0.5);
        let double: Vec<f64> = target.iter().map(|log| log + 2f64.ln()).collect();
        let slower = reacted(&masses, &double, 1.6);
        let near = |other: &[f64]| once.iter().zip(other).all(|(a, b)| (a - b).abs() < 1e-10);
        TestResult::from_bool(near(&twice) && near(&slower))
    }
}

/// d/dt log W = −(f − ΣWf) at time 0.
#[test]
fn a_short_step_is_the_reaction() {
    let (masses, target) = ([0.5f64, 0.3, 0.2], [0.2f64, 0.3, 0.5]);
    let mean: f64 = masses.iter().zip(target).map(|(w, p)| w * w / p).sum();
    let h = 1e-6;
    let after = reacted(&masses.map(f64::ln), &target.map(f64::ln), h);
    for i in 0..3 {
        // The second derivative is below 10.
        close((after[i] - masses[i].ln()) / h, mean - masses[i] / target[i], 10.0 * h, "rate");
    }
}

#[test]
fn limits_are_reached_without_overflow() {
    // Far from the target, all f are huge, and what is left of the law is the target on the places at hand.
    let masses = normalized(vec![0.0, 0.0, 0.0]);
    let target = [-3000.0, -3001.0, -3000.5];
    let after = reacted(&masses, &target, 0.1);
    for (found, expected) in after.iter().zip(normalized(target.map(|log| log + 3000.0).to_vec())) {
        close(*found, expected, 1e-12, "the target's shares");
    }
    // Who is where π vanishes dies; who is dead stays dead; the others share the mass.
    let change =
        chi_squared_reaction(&[0.5f64.ln(), 0.5f64.ln(), f64::NEG_INFINITY], &[f64::INFINITY, 0.0, 0.0], 0.1);
    assert!(change[0] == f64::NEG_INFINITY && change[1].is_finite() && change[2] == 0.0, "{change:?}");
}

/// ρ_t ∝ ρ₀/(1 + S ρ₀/π), E_π log(1 + S ρ₀/π) = t, from N(1, ¼) at t = 1: quadrature with 30 digits in mpmath. For V = x⁴/4,
/// log ∫e^{−V} = log(Γ(¼)/√2).
#[test]
fn the_grid_has_the_values_of_quadrature() {
    let cases = [
        ("x^2/2", 0.9189385332046728, 0.7184900919853264, 0.9169041365693743),
        ("x^4/4", 0.9414489344181048, 0.6344724871030171, 0.6748293606756374),
    ];
    for (potential, log_evidence, first, second) in cases {
        for steps in [1, 5] {
            let step = 1.0 / f64::from(steps);
            let found = findings(&format!(
                "observables = [\"x\", \"x^2\"]\n[target]\npotential = \"{potential}\"\nlog-evidence = {log_evidence:?}\n\
                 [initial]\nmean = [1.0]\ncovariance = [[0.25]]\n\
                 [flow]\ntransport = 0.0\nenergy = \"chi-squared\"\nhorizon = 1.0\n\
                 [grid]\nlower = [-7.0]\nupper = [7.0]\ncells = [2000]\nstep = {step}\n"
            ));
            assert!(found.passed, "{:?}", found.checks);
            let grid = found.grid.unwrap();
            // The midpoint rule is exact to rounding for functions that are analytic and vanish at both ends.
            close(grid.observables["x"].value, first, 1e-12, potential);
            close(grid.observables["x^2"].value, second, 1e-12, potential);
        }
    }
}

/// From N(2, ¼) to x⁴/4 with transport: the ensemble, which has no grid, follows the grid's χ² flow within Student's t at
/// 1e-9 for every check, and is far from the flow of KL. With another normaliser the pace is wrong, and it shows.
#[test]
fn the_ensemble_follows_the_grid() {
    let text = |energy: &str, log_evidence: f64| {
        format!(
            "observables = [\"x\", \"x^2\"]\n[target]\npotential = \"x^4/4\"\nlog-evidence = {log_evidence:?}\n\
             [initial]\nmean = [1.5]\ncovariance = [[0.25]]\n\
             [flow]\nenergy = \"{energy}\"\nreaction = 2.0\ntransport = 0.2\nhorizon = 0.5\n\
             [grid]\nlower = [-4.0]\nupper = [4.0]\ncells = [200]\nstep = 0.02\n\
             [particles]\ncount = 4000\nreplicates = 32\nstep = 0.02\nscheme = \"platen\"\n\
             density = \"transition-mixture\"\n[[study]]\nkind = \"compare\"\n"
        )
    };
    let exact = 0.9414489344181048;
    let found = findings(&text("chi-squared", exact));
    let studies: Vec<&str> = found.studies.iter().map(|study| study.why.as_str()).collect();
    assert!(found.passed, "{studies:?} {:?}", found.checks);
    let (chi_squared, kl) = (found.grid.unwrap(), findings(&text("kl", exact)).grid.unwrap());
    let x = found.particles.unwrap().observables["x"];
    let [chi_squared, kl] = [chi_squared, kl].map(|grid| grid.observables["x"].value);
    // 9.5 standard errors with 31 degrees of freedom are exceeded with probability 1e-10.
    assert!((chi_squared - kl).abs() > 2.0 * 9.5 * x.stderr, "{chi_squared} {kl} {}", x.stderr);
    assert!(!findings(&text("chi-squared", exact + 1.0)).passed, "a wrong normaliser shows");
}

#[test]
fn what_has_no_normaliser_is_refused() {
    let cases = [
        ("potential = \"x^2/2\"", "energy = \"chi-squared\"", "density = \"kernel\"", "log-evidence"),
        (
            "mixture = [{ mean = [0.0], covariance = [[1.0]] }]\nlog-evidence = 0.0",
            "energy = \"chi-squared\"",
            "density = \"kernel\"",
            "a mixture is normalised",
        ),
        (
            "potential = \"x^2/2\"\nlog-evidence = 0.9",
            "energy = \"chi-squared\"\nnormalized = false",
            "density = \"kernel\"",
            "unnormalised",
        ),
        (
            "potential = \"x^2/2\"\nlog-evidence = 0.9",
            "energy = \"chi-squared\"",
            "",
            "weights that read the grid",
        ),
        ("potential = \"x^2/2\"", "energy = \"hellinger\"", "", "kl, chi-squared"),
        (
            "potential = \"x^2/2\"",
            "dynamics = \"underdamped\"\nenergy = \"kl\"",
            "",
            "it belongs to dynamics = \"overdamped\"",
        ),
    ];
    for (target, flow, particles, expected) in cases {
        let text = format!(
            "[target]\n{target}\n[initial]\nmean = [0.0]\ncovariance = [[1.0]]\n[flow]\nhorizon = 1.0\n{flow}\n\
             [particles]\n{particles}\n"
        );
        let message = wfr::scenario::parse(&text, "test.toml", &[]).unwrap_err().to_string();
        assert!(message.contains("test.toml") && message.contains(expected), "{flow}: {message}");
    }
}
