//! Steps chosen by an estimate of their error: unsplit in log(ρ/π), and by extrapolated splitting.

use crate::common::{close, findings, scenario};
use wfr::pde::{Evolution, SolverWork, Splitting, TransportIntegrator};
use wfr::scenario::Scenario;

fn well(potential: &str, flow: &str, cells: usize) -> Scenario {
    scenario(&format!(
        "[target]\npotential = \"{potential}\"\n[initial]\nmean = [-1.0]\ncovariance = [[0.04]]\n\
         [flow]\nhorizon = 1.0\n{flow}\n[grid]\nlower = [-2.6]\nupper = [2.6]\ncells = [{cells}]\n"
    ))
}

/// log ρ at the horizon, what it cost, and that the mass is what a normalised flow has.
fn solve(
    scenario: &Scenario,
    method: Splitting,
    tolerance: Option<f64>,
    steps: usize,
) -> (Vec<f64>, SolverWork) {
    let plan = &scenario.plan;
    let grid = plan.grid().unwrap().grid();
    let step = plan.problem().horizon / steps as f64;
    let exact = TransportIntegrator::TimeExact;
    let mut evolution = Evolution::new(plan.problem(), &grid, method, exact, step).unwrap();
    if let Some(tolerance) = tolerance {
        evolution = evolution.to_tolerance(tolerance);
    }
    let (trajectory, breakdown) = evolution.run(&[plan.problem().horizon], |_| ());
    assert_eq!(breakdown, None);
    if plan.problem().normalized() {
        close(trajectory.log_mass(trajectory.last()), 0.0, 1e-12, "mass");
    }
    (trajectory.last().log_density.clone(), evolution.work())
}

/// The largest difference of log ρ relative to 1 + |log ρ|.
fn distance(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| (a - b).abs() / (1.0 + b.abs())).fold(0.0, f64::max)
}

#[test]
fn unsplit_steps_solve_the_same_flow_as_the_extrapolated_splitting() {
    for (potential, flow) in [
        ("(x^2 - 1)^2", ""),
        ("3*(x^2 - 1)^2", ""),
        ("(x^2 - 1)^2", "reaction = 0.0"),
        ("(x^2 - 1)^2", "transport = 0.3\nreaction = 2.0"),
        ("(x^2 - 1)^2", "normalized = false"),
    ] {
        let scenario = well(potential, flow, 120);
        let (split, _) = solve(&scenario, Splitting::Richardson, None, 128);
        let [loose, tight] =
            [1e-6, 1e-8].map(|tolerance| solve(&scenario, Splitting::Unsplit, Some(tolerance), 1));
        // Some fifty steps of an error of a tolerance, most of which are damped; the reference is better.
        assert!(distance(&loose.0, &split) < 1e-5, "{potential}, {flow}: {:e}", distance(&loose.0, &split));
        assert!(distance(&tight.0, &split) < 1e-7, "{potential}, {flow}: {:e}", distance(&tight.0, &split));
    }
}

#[test]
fn unsplit_steps_have_order_4() {
    let scenario = well("(x^2 - 1)^2", "", 120);
    let (exact, _) = solve(&scenario, Splitting::Unsplit, Some(1e-11), 1);
    let [coarse, fine] =
        [1e-6, 1e-8].map(|tolerance| solve(&scenario, Splitting::Unsplit, Some(tolerance), 1));
    let errors = distance(&coarse.0, &exact) / distance(&fine.0, &exact);
    let order = errors.ln() / (fine.1.steps as f64 / coarse.1.steps as f64).ln();
    // The steps differ from each other, and their number is whole: a tenth of the order each.
    assert!((order - 4.0).abs() < 0.5, "{order}");
    assert!(fine.1.solves == 6 * (fine.1.steps + fine.1.rejected), "{:?}", fine.1);
}

#[test]
fn equilibrium_stays_put() {
    let scenario = scenario(
        "[target]\nmixture = [{ mean = [0.5], covariance = [[0.5]] }]\n[initial]\nmean = [0.5]\ncovariance = [[0.5]]\n\
         [flow]\nhorizon = 2.0\n[grid]\nlower = [-5.0]\nupper = [6.0]\ncells = [100]\n",
    );
    let (end, _) = solve(&scenario, Splitting::Unsplit, Some(1e-8), 1);
    let (start, _) = solve(&scenario, Splitting::Strang, None, 4);
    assert!(distance(&end, &start) < 1e-12, "{:e}", distance(&end, &start));
}

#[test]
fn extrapolated_steps_choose_themselves_in_the_plane() {
    let scenario = scenario(
        "dimension = 2\n[target]\npotential = \"(x^2 - 1)^2 + y^2 + x*y/2\"\n\
         [initial]\nmean = [-1.0, 0.5]\ncovariance = [[0.1, 0.0], [0.0, 0.1]]\n[flow]\nhorizon = 1.0\n\
         [grid]\nlower = [-2.6, -4.0]\nupper = [2.6, 4.0]\ncells = [36, 36]\n",
    );
    let (exact, _) = solve(&scenario, Splitting::Richardson, None, 64);
    let [loose, tight] =
        [1e-3, 1e-5].map(|tolerance| solve(&scenario, Splitting::Richardson, Some(tolerance), 1));
    let [coarse, fine] = [&loose, &tight].map(|found| distance(&found.0, &exact));
    assert!(coarse < 1e-3 && fine < 1e-5, "{coarse:e} {fine:e}");
    // h³ is the error of a step: a hundredth of the tolerance takes 4.6 times as many.
    let more = tight.1.steps as f64 / loose.1.steps as f64;
    assert!((2.5..7.0).contains(&more), "{more}: {:?} {:?}", loose.1, tight.1);
}

#[test]
fn a_grid_that_is_told_no_step_chooses_its_own_and_counts_the_error() {
    let text = |grid: &str| {
        format!(
            "observables = [\"x^2\"]\n[target]\npotential = \"(x^2 - 1)^2\"\n[initial]\nmean = [-1.0]\ncovariance = [[0.04]]\n\
             [flow]\nhorizon = 1.0\n[grid]\nlower = [-3.0]\nupper = [3.0]\ncells = [300]\n{grid}"
        )
    };
    assert_eq!(scenario(&text("")).plan.grid().unwrap().method, Splitting::Unsplit);
    assert_eq!(scenario(&text("step = 0.01")).plan.grid().unwrap().method, Splitting::Strang);
    assert_eq!(scenario(&text("tolerance = 1e-6")).plan.grid().unwrap().tolerance, Some(1e-6));
    for grid in ["", "tolerance = 1e-3", "tolerance = 1e-4\nmethod = \"richardson\""] {
        let found = findings(&text(grid)).grid.unwrap();
        let value = found.observables["x^2"];
        // validation/double-well.toml: an independent method, ± 1e-6.
        close(value.value, 0.8301109, value.error + 1e-6, grid);
        // Steps that leave 10⁻³ in log ρ blur the differences between grids as much.
        let most = if grid.contains("1e-3") { 1e-3 } else { 1e-4 };
        assert!(value.error < most, "{grid}: {:e}", value.error);
    }
}
