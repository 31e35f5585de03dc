//! Fisher–Rao alone is the geometric path ρ_t ∝ ρ₀^{e^{−βt}} π^{1−e^{−βt}}, in every cell, tails included.

use crate::common::{flow, scenario};
use wfr::model::{Dynamics, Initial};
use wfr::pde::{Evolution, Splitting, Trajectory};

fn evolve(text: &str, method: Splitting) -> (Trajectory, Vec<f64>, Vec<f64>) {
    let plan = scenario(text).plan;
    let settings = plan.grid().unwrap();
    let grid = settings.grid();
    let mut evolution = Evolution::new(plan.problem(), &grid, method, settings.transport, 0.01).unwrap();
    let (trajectory, breakdown) = evolution.run(&[plan.problem().horizon], |_| ());
    assert_eq!(breakdown, None);
    let (Initial::Mixture(start), Dynamics::GradientFlow(flow)) =
        (&plan.problem().initial, &plan.problem().dynamics)
    else {
        panic!("a flow from a mixture")
    };
    let start = grid.sample(|x| start.log_density(x));
    let potential = grid.sample(|x| flow.potential.value(x));
    (trajectory, start, potential)
}

#[test]
fn log_density_to_1e_12_in_every_cell() {
    let β: f64 = 0.7;
    let rest = "[grid]\nlower = [-4.0]\nupper = [4.0]\ncells = [400]\n";
    let text = flow("(x^2 - 1)^2 + 0.3*x", -1.0, 0.04, 0.0, β, rest);
    for method in Splitting::ALL {
        let (trajectory, start, potential) = evolve(&text, method);
        let keep = (-β * 1.0).exp();
        let exact: Vec<f64> =
            start.iter().zip(&potential).map(|(s, v)| keep * s - (1.0 - keep) * v).collect();
        let mut worst: f64 = 0.0;
        // Normalised by the path's own mass: log-sum-exp in extended steps, from the largest terms on.
        let largest = exact.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let mut shares: Vec<f64> = exact.iter().map(|log| (log - largest).exp()).collect();
        shares.sort_by(f64::total_cmp);
        let log_mass = largest + shares.iter().sum::<f64>().ln() + trajectory.grid.volume().ln();
        for (found, log) in trajectory.last().log_density.iter().zip(&exact) {
            // log ρ reaches −700 here: 1e-12 absolute plus its relative rounding over 100 steps.
            let scale = 1.0_f64.max(log.abs() * 1e-2);
            worst = worst.max((found - (log - log_mass)).abs() / scale);
        }
        // Extrapolation takes (4·fine − coarse)/3, the fine steps being twice as many: (4·2 + 1)/3 of the rounding.
        let amplified = if method == Splitting::Richardson { 3.0 } else { 1.0 };
        assert!(worst <= amplified * 1e-12, "{}: {worst:e}", method.name());
        assert!(exact.iter().any(|log| *log < -200.0), "the tails are deep");
    }
}

#[test]
fn hellinger_kantorovich_without_transport_moves_the_mass_as_its_equation_says() {
    // ∂ₜ log ρ = −β(log ρ + V), so log ρ_t = e^{−βt} log ρ₀ − (1 − e^{−βt}) V exactly, mass and all.
    let β: f64 = 0.7;
    let rest = "normalized = false\n[grid]\nlower = [-6.0]\nupper = [6.0]\ncells = [300]\n";
    let (trajectory, start, potential) =
        evolve(&flow("x^2/2 + 1", 0.2, 0.5, 0.0, β, rest), Splitting::Strang);
    let keep = (-β).exp();
    // The grid normalises its start to mass 1 on the box.
    let log_mass = wfr::pde::log_sum_exp(&start) + trajectory.grid.volume().ln();
    for ((found, s), v) in trajectory.last().log_density.iter().zip(&start).zip(&potential) {
        let exact = keep * (s - log_mass) - (1.0 - keep) * v;
        assert!((found - exact).abs() < 1e-12, "{found} {exact}");
    }
}
