//! −dKL/dt = α ∫ρ|∇log(ρ/π)|² + β Var_ρ log(ρ/π), as a residual that converges; and closed forms of the terms.

use crate::common::{close, scenario};
use wfr::pde::{Evolution, Generator, Quantities, Splitting, TransportIntegrator, quantities};

fn along(potential: &str, rates: (f64, f64), cells: usize, times: &[f64]) -> Vec<Quantities> {
    let text = format!(
        "[target]\npotential = \"{potential}\"\n[initial]\nmean = [-0.5]\ncovariance = [[0.2]]\n\
         [flow]\ntransport = {:?}\nreaction = {:?}\nhorizon = 1.0\n\
         [grid]\nlower = [-7.0]\nupper = [7.0]\ncells = [{cells}]\n",
        rates.0, rates.1
    );
    let plan = scenario(&text).plan;
    let grid = plan.grid().unwrap().grid();
    let energy = grid.sample(plan.problem().invariant_energy().unwrap());
    let generator = Generator::gradient_flow(&grid, &energy, 1.0).unwrap();
    let mut evolution =
        Evolution::new(plan.problem(), &grid, Splitting::Richardson, TransportIntegrator::TimeExact, 0.01)
            .unwrap();
    let (trajectory, breakdown) = evolution.run(times, |_| ());
    assert_eq!(breakdown, None);
    trajectory.frames[1..].iter().map(|frame| quantities(&generator, &frame.log_density)).collect()
}

#[test]
fn the_residual_of_the_identity_converges_with_order_2() {
    let potential = "x^2/2 + cos(2*x)/2";
    for (α, β) in [(1.0, 0.0), (1.0, 1.0), (0.5, 2.0)] {
        let residual = |δ: f64| {
            let [before, at, after] = along(potential, (α, β), 160, &[0.3 - δ, 0.3, 0.3 + δ])[..] else {
                panic!("three frames");
            };
            // The finite volumes dissipate their own KL exactly so; what is left is the central difference in time.
            (after.kl - before.kl) / (2.0 * δ) + α * at.fisher + β * at.variance
        };
        let [coarse, fine] = [0.04, 0.02].map(residual);
        let order = (coarse / fine).log2();
        assert!((order - 2.0).abs() < 0.1, "α = {α}, β = {β}: {coarse:e} {fine:e}");
        // The negative control: half the Fisher information leaves a residual of the size of the terms.
        let [.., last] = along(potential, (α, β), 160, &[0.3])[..] else { panic!("a frame") };
        assert!(0.5 * α * last.fisher > 100.0 * fine.abs(), "α = {α}, β = {β}");
    }
}

#[test]
fn the_terms_of_a_gaussian_have_their_closed_forms() {
    // theory.md §2.3 with A = 1/g − 1/v, B = (m − μ)/g: E_ρ s'² = A²v + B², Var_ρ s = A²v²/2 + B²v; g = 1, μ = 0.
    // v as the Wasserstein flow has it at t = 0.25 from N(−½, ⅕).
    let t: f64 = 0.25;
    let (m, v) = (-0.5 * (-t).exp(), 1.0 - 0.8 * (-2.0 * t).exp());
    let (a, b) = (1.0 - 1.0 / v, m);
    let exact = [
        0.5 * (v + m * m - 1.0 - v.ln()),
        a * a * v + b * b,
        a * a * v * v / 2.0 + b * b * v,
        // 1 + χ² = ∫ρ²/π, and the affinity of two normal laws.
        (m * m / (2.0 - v)).exp() / (v * (2.0 - v)).sqrt() - 1.0,
        2.0 - 2.0 * (2.0 * v.sqrt() / (1.0 + v)).sqrt() * (-m * m / (4.0 * (1.0 + v))).exp(),
    ];
    let at = |cells| {
        let q = along("x^2/2", (1.0, 0.0), cells, &[t])[0];
        [q.kl, q.fisher, q.variance, q.chi_squared, q.squared_hellinger]
    };
    let (coarse, fine) = (at(200), at(400));
    for k in 0..exact.len() {
        let order = ((coarse[k] - exact[k]) / (fine[k] - exact[k])).log2();
        assert!((order - 2.0).abs() < 0.1, "quantity {k}: {} {} {}", coarse[k], fine[k], exact[k]);
        close(fine[k] + (fine[k] - coarse[k]) / 3.0, exact[k], 1e-5, &format!("quantity {k}, extrapolated"));
    }
}
