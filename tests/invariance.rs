//! One flow, however it is written down; and equations without a potential.

mod common;
use common::{close, findings, scenario};
use wfr::pde::{Evolution, GridSettings};

/// log ρ at the horizon.
fn solution(text: &str) -> Vec<f64> {
    let plan = scenario(text).plan;
    let settings: GridSettings = plan.grid.expect("a grid");
    let mut evolution =
        Evolution::new(&plan.problem, &settings.grid(), settings.method, settings.transport, settings.step)
            .unwrap();
    let (trajectory, breakdown) = evolution.run(&[plan.problem.horizon], |_| ());
    assert_eq!(breakdown, None);
    trajectory.last().log_density.clone()
}

#[test]
fn potential_and_force_give_the_same_grid() {
    let cases = [
        (1, "(x^2 - 1)^2 + 0.3*x", vec!["-4*x*(x^2 - 1) - 0.3"]),
        (2, "(x^2 - 1)^2 + y^2 + 0.5*x*y", vec!["-4*x*(x^2 - 1) - 0.5*y", "-2*y - 0.5*x"]),
    ];
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
        let by_potential = solution(&format!("{start}{flow}{grid}"));
        let by_force = solution(&format!("{start}{}{grid}", sde(&noise)));
        // Both are relatively exact in every cell, from rates that agree to rounding.
        let worst = by_potential.iter().zip(&by_force).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
        assert!(worst < 1e-10, "d = {d}: {worst:e}");
        // The false twin: unit noise is half the diffusion.
        let half: Vec<Vec<&str>> =
            noise.iter().map(|row| row.iter().map(|σ| if *σ == "0" { "0" } else { "1" }).collect()).collect();
        let wrong = solution(&format!("{start}{}{grid}", sde(&half)));
        assert!(by_potential.iter().zip(&wrong).any(|(a, b)| (a - b).abs() > 0.1), "d = {d}");
    }
}

#[test]
fn a_constant_drift_in_a_closed_box_ends_in_the_exponential_profile() {
    let log = solution(
        "[initial]\nmean = [0.5]\ncovariance = [[0.003]]\n[sde]\ndrift = [\"3\"]\ndiffusion = [[\"sqrt(2)\"]]\nhorizon = 8.0\n\
         [grid]\nlower = [0.0]\nupper = [1.0]\ncells = [64]\nstep = 0.5\n",
    );
    // The slowest mode has died by e^{−(π² + 9/4) 8}; centres of neighbours are 1/64 apart.
    for pair in log.windows(2) {
        close(pair[1] - pair[0], 3.0 / 64.0, 1e-11, "slope of log ρ");
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
fn correlated_noises_are_refused_by_name() {
    let text = "dimension = 2\n[initial]\nmean = [0.0, 0.0]\ncovariance = [[0.1, 0.0], [0.0, 0.1]]\n\
                [sde]\ndrift = [\"-x\", \"-y\"]\ndiffusion = [[\"1\", \"0.5\"], [\"0\", \"1\"]]\nhorizon = 1.0\n\
                [grid]\nlower = [-4.0, -4.0]\nupper = [4.0, 4.0]\ncells = [32, 32]\n";
    let message = wfr::scenario::parse(text, "s.toml", &[]).unwrap_err().to_string();
    for part in ["s.toml:9:1", "correlated noises", "5e-1", "uncorrelated", "leave [grid] out"] {
        assert!(message.contains(part), "{part}: {message}");
    }
}
