//! One flow, however it is written down; and equations without a potential.

use crate::common::{close, findings, scenario};
use wfr::pde::{Evolution, GridSettings};

/// log ρ at the horizon.
fn solution(text: &str) -> Vec<f64> {
    let plan = scenario(text).plan;
    let settings: GridSettings = plan.grid().expect("a grid").clone();
    let mut evolution =
        Evolution::new(plan.problem(), &settings.grid(), settings.method, settings.transport, settings.step)
            .unwrap();
    let (trajectory, breakdown) = evolution.run(&[plan.problem().horizon], |_| ());
    assert_eq!(breakdown, None);
    trajectory.last().log_density.clone()
}

#[test]
fn potential_and_force_give_the_same_grid() {
    let cases = [
        (1, "(x^2 - 1)^2 + 0.3*x", vec!["-4*x*(x^2 - 1) - 0.3"]),
        (2, "(x^2 - 1)^2 + y^2 + 0.5*x*y", vec!["-4*x*(x^2 - 1) - 0.5*y", "-2*y - 0.5*x"]),
    ];
    let split: [(&str, &[&str]); 2] =
        [("x^4 + 0.3*x", &["4*x"]), ("x^4 + y^2 + 0.25*x*y", &["4*x - 0.25*y", "-0.25*x"])];
    for (d, potential, force) in cases {
        let start = format!(
            "dimension = {d}\n[initial]\nmean = {:?}\ncovariance = {:?}\n",
            vec![-0.4; d],
            (0..d)
                .map(|i| (0..d).map(|j| if i == j { 0.1 } else { 0.0 }).collect())
                .collect::<Vec<Vec<f64>>>()
        );
        let grid = format!(
            "[grid]\nlower = {:?}\nupper = {:?}\ncells = {:?}\n",
            vec![-2.6; d],
            vec![2.4; d],
            vec![48; d]
        );
        let flow = format!("[target]\npotential = \"{potential}\"\n[flow]\nreaction = 0.0\nhorizon = 0.4\n");
        // dX = −∇V dt + √2 dW: a diffusion of 1 in ∂ₜρ = ∇·(ρ∇V + ∇ρ), neither ½ nor 2.
        let noise: Vec<Vec<&str>> =
            (0..d).map(|i| (0..d).map(|j| if i == j { "sqrt(2)" } else { "0" }).collect()).collect();
        let sde =
            |noise: &[Vec<&str>]| format!("[sde]\ndrift = {force:?}\ndiffusion = {noise:?}\nhorizon = 0.4\n");
        // The same flow, in part by the gradient of a potential.
        let (part, rest) = split[d - 1];
        let divided = format!(
            "[target]\npotential = \"{part}\"\n[flow]\nreaction = 0.0\nforce = {rest:?}\nhorizon = 0.4\n"
        );
        let by_potential = solution(&format!("{start}{flow}{grid}"));
        let by_force = solution(&format!("{start}{}{grid}", sde(&noise)));
        // All are relatively exact in every cell, from rates that agree to rounding.
        for other in [by_force, solution(&format!("{start}{divided}{grid}"))] {
            let worst = by_potential.iter().zip(&other).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
            assert!(worst < 1e-10, "d = {d}: {worst:e}");
        }
        // The negative control: unit noise is half the diffusion.
        let half: Vec<Vec<&str>> =
            noise.iter().map(|row| row.iter().map(|σ| if *σ == "0" { "0" } else { "1" }).collect()).collect();
        let wrong = solution(&format!("{start}{}{grid}", sde(&half)));
        assert!(by_potential.iter().zip(&wrong).any(|(a, b)| (a - b).abs() > 0.1), "d = {d}");
    }
}

#[test]
fn a_constant_drift_in_a_closed_box_ends_in_the_exponential_profile() {
    let box_and_start = "[initial]\nmean = [0.5]\ncovariance = [[0.003]]\n\
                         [grid]\nlower = [0.0]\nupper = [1.0]\ncells = [64]\nstep = 0.5\n";
    for flow in [
        "[sde]\ndrift = [\"3\"]\ndiffusion = [[\"sqrt(2)\"]]\nhorizon = 8.0\n",
        "[target]\npotential = \"0\"\n[flow]\nreaction = 0.0\nforce = [\"3\"]\nhorizon = 8.0\n",
        "[target]\npotential = \"-x\"\n[flow]\nreaction = 0.0\nforce = [\"2\"]\nhorizon = 8.0\n",
    ] {
        let log = solution(&format!("{flow}{box_and_start}"));
        // The slowest mode has died by e^{−(π² + 9/4) 8}; centres of neighbours are 1/64 apart.
        for pair in log.windows(2) {
            close(pair[1] - pair[0], 3.0 / 64.0, 1e-11, flow);
        }
    }
}

#[test]
fn correlated_noises_have_their_closed_form() {
    // dX = −X dt + σ dW from N((1, 0), Σ₀): the covariance is e^{−2t}Σ₀ + ½(1 − e^{−2t})σσᵀ.
    let t: f64 = 0.4;
    let (fade, gain) = ((-2.0 * t).exp(), -0.5 * (-2.0 * t).exp_m1());
    let mean = [(-t).exp(), 0.0];
    // Once each sign of the correlation, once on cells that only their shape makes monotone.
    for (σ, cells) in [
        ([[1.0, 0.0], [0.6, 0.8]], [96, 96]),
        ([[1.0, 0.0], [-0.6, 0.8]], [96, 96]),
        ([[2.0, 0.0], [0.75, 0.65]], [64, 128]),
    ] {
        for transport in ["time-exact", "tr-bdf2"] {
            let found = findings(&format!(
                "dimension = 2\nobservables = [\"x\", \"x^2\", \"x*y\", \"y^2\"]\n[initial]\nmean = [1.0, 0.0]\n\
                 covariance = [[0.5, 0.0], [0.0, 0.5]]\n[sde]\ndrift = [\"-x\", \"-y\"]\ndiffusion = {:?}\nhorizon = {t:?}\n\
                 [grid]\nlower = [-6.0, -6.0]\nupper = [6.0, 6.0]\ncells = {cells:?}\nstep = 0.01\ntransport = \"{transport}\"\n",
                σ.map(|row| row.map(|entry| entry.to_string()))
            ));
            assert!(found.passed, "{:?} {:?}", found.checks, found.breakdown);
            let covariance = |i: usize, j: usize| {
                let product: f64 = (0..2).map(|k| σ[i][k] * σ[j][k]).sum();
                gain * product + if i == j { 0.5 * fade } else { 0.0 }
            };
            let grid = found.grid.unwrap();
            for (name, exact) in [
                ("x", mean[0]),
                ("x^2", covariance(0, 0) + mean[0] * mean[0]),
                ("x*y", covariance(0, 1)),
                ("y^2", covariance(1, 1)),
            ] {
                let value = grid.observables[name];
                close(value.value, exact, value.error, &format!("{σ:?}, {transport}, {name}"));
                assert!(value.error < 2e-2, "{σ:?}, {transport}, {name}: {:e} says little", value.error);
            }
        }
    }
}

#[test]
fn coefficients_that_depend_on_time_have_their_closed_form() {
    // dX = −X/(1 + t) dt + √(½ + 2t) dW, rate t: X_t(1 + t) is a martingale of variance ∫(½ + 2s)(1 + s)² ds.
    let t: f64 = 0.8;
    let gained = 0.5 * t + 1.5 * t * t + 1.5 * t.powi(3) + 0.5 * t.powi(4);
    let variance = (0.2 + gained) / (1.0 + t).powi(2);
    let (mean, mass) = (1.0 / (1.0 + t), (-0.5 * t * t).exp());
    for transport in ["time-exact", "tr-bdf2", "crank-nicolson", "backward-euler"] {
        let found = findings(&format!(
            "observables = [\"x\", \"x^2\"]\n[initial]\nmean = [1.0]\ncovariance = [[0.2]]\n\
             [sde]\ndrift = [\"-x/(1 + t)\"]\ndiffusion = [[\"sqrt(0.5 + 2*t)\"]]\nrate = \"t\"\nhorizon = {t:?}\n\
             [grid]\nlower = [-4.5]\nupper = [5.5]\ncells = [160]\nstep = 0.02\ntransport = \"{transport}\"\n",
        ));
        assert!(found.passed, "{transport}: {:?} {:?}", found.checks, found.breakdown);
        let grid = found.grid.unwrap();
        for (name, exact) in [("x", mass * mean), ("x^2", mass * (variance + mean * mean))] {
            let value = grid.observables[name];
            close(value.value, exact, value.error, &format!("{transport}, {name}"));
            assert!(value.error < 5e-3, "{transport}, {name}: {:e} says little", value.error);
        }
    }
}

#[test]
fn a_rotating_drift_has_its_closed_form() {
    // dX = (−x + 2y, −2x − y) dt + √2 dW from N((1, 0), ½): the mean turns by 2t, e^{−t} short; both variances are
    // 1 − ½e^{−2t}. There is no detailed balance.
    let t: f64 = 0.7;
    let (m, v) =
        ([(2.0 * t).cos() * (-t).exp(), -(2.0 * t).sin() * (-t).exp()], 1.0 - 0.5 * (-2.0 * t).exp());
    for transport in ["time-exact", "tr-bdf2"] {
        let found = findings(&format!(
            "dimension = 2\nobservables = [\"x\", \"y\", \"x^2\", \"x*y\"]\n[initial]\nmean = [1.0, 0.0]\n\
             covariance = [[0.5, 0.0], [0.0, 0.5]]\n\
             [sde]\ndrift = [\"-x + 2*y\", \"-2*x - y\"]\ndiffusion = [[\"sqrt(2)\", \"0\"], [\"0\", \"sqrt(2)\"]]\nhorizon = 0.7\n\
             [grid]\nlower = [-6.0, -6.0]\nupper = [6.0, 6.0]\ncells = [96, 96]\nstep = 0.0175\ntransport = \"{transport}\"\n"
        ));
        assert!(found.passed, "{transport}: {:?} {:?}", found.checks, found.breakdown);
        let grid = found.grid.unwrap();
        for (name, exact) in [("x", m[0]), ("y", m[1]), ("x^2", v + m[0] * m[0]), ("x*y", m[0] * m[1])] {
            let value = grid.observables[name];
            close(
                value.value,
                exact,
                value.error,
                &format!("{transport}, {name}: the error covers the miss"),
            );
            assert!(value.error < 5e-3, "{transport}, {name}: {:e} says little", value.error);
        }
    }
}

#[test]
fn noises_that_no_positive_rates_have_are_refused_by_name() {
    let text = "dimension = 2\n[initial]\nmean = [0.0, 0.0]\ncovariance = [[0.1, 0.0], [0.0, 0.1]]\n\
                [sde]\ndrift = [\"-x\", \"-y\"]\ndiffusion = [[\"2\", \"0\"], [\"0.75\", \"0.65\"]]\nhorizon = 1.0\n\
                [grid]\nlower = [-4.0, -4.0]\nupper = [4.0, 4.0]\ncells = [32, 32]\n";
    let message = wfr::scenario::parse(text, "s.toml", &[]).unwrap_err().to_string();
    for part in [
        "s.toml:9:1",
        "too correlated",
        "1.5e0",
        "ratio 1.000",
        "between 1.523 and 2.667",
        "leave [grid] out",
    ] {
        assert!(message.contains(part), "{part}: {message}");
    }
    let graded = text.replace("[\"2\"", "[\"1\"") + "spacing = [\"1 + x^2/9\", \"1\"]\n";
    let message = wfr::scenario::parse(&graded, "s.toml", &[]).unwrap_err().to_string();
    // 1 · ¾.
    assert!(message.contains("7.5e-1") && message.contains("leave [grid] spacing out"), "{message}");
}

#[test]
fn a_force_goes_with_transport_alone() {
    let good = "[target]\npotential = \"x^2\"\n[initial]\nmean = [0.0]\ncovariance = [[0.1]]\n\
                [flow]\nreaction = 0.0\nforce = [\"1\"]\nhorizon = 1.0\n";
    let message = |text: &str| wfr::scenario::parse(text, "s.toml", &[]).unwrap_err().to_string();
    assert!(wfr::scenario::parse(good, "s.toml", &[]).is_ok());
    for (from, to, part) in [
        ("reaction = 0.0", "reaction = 1.0", "s.toml:8:9: [flow] force"),
        ("[\"1\"]", "[\"1\", \"y\"]", "unknown variable 'y'"),
        ("[\"1\"]", "[\"1\", \"x\"]", "found 2 formulas; expected 1"),
        (
            "potential = \"x^2\"",
            "mixture = [{ mean = [0.0], covariance = [[1.0]] }]",
            "a potential by a formula",
        ),
        (
            "reaction = 0.0",
            "reaction = 0.0\ndynamics = \"underdamped\"",
            "it belongs to dynamics = \"overdamped\"",
        ),
    ] {
        let found = message(&good.replace(from, to));
        assert!(found.contains(part), "{to}: {found}");
    }
}
