//! log ρ in the tails, not only moments: the reaction lifts tails, so their error becomes everyone's.

use crate::common::scenario;
use faer::{Col, Mat, mat};
use wfr::exact::{Gaussian, GaussianFlow};
use wfr::pde::{Evolution, Splitting, TransportIntegrator};

/// Largest error of log ρ over the cells within nine standard deviations of the solution.
fn worst(cells: usize, transport: TransportIntegrator) -> f64 {
    let text = format!(
        "[target]\nmixture = [{{ mean = [0.0], covariance = [[1.0]] }}]\n[initial]\nmean = [3.0]\ncovariance = [[0.25]]\n\
         [flow]\nhorizon = 0.5\n[grid]\nlower = [-10.0]\nupper = [12.0]\ncells = [{cells}]\nstep = 0.005\n"
    );
    let plan = scenario(&text).plan;
    let grid = plan.grid().unwrap().grid();
    let mut evolution = Evolution::new(plan.problem(), &grid, Splitting::Strang, transport, 0.005).unwrap();
    let (trajectory, breakdown) = evolution.run(&[0.5], |_| ());
    assert_eq!(breakdown, None);
    let target = Gaussian { mean: Col::zeros(1), covariance: Mat::identity(1, 1) };
    let start = Gaussian { mean: Col::full(1, 3.0), covariance: mat![[0.25]] };
    let exact = GaussianFlow { transport: 1.0, reaction: 1.0, target }.at(&start, 0.5);
    let deviation = exact.covariance[(0, 0)].sqrt();
    (0..grid.len())
        .map(|cell| (grid.coordinate(cell, 0), trajectory.last().log_density[cell]))
        .filter(|(x, _)| (x - exact.mean[0]).abs() < 9.0 * deviation)
        .map(|(x, log)| (log - exact.log_density(&Col::full(1, x))).abs())
        .fold(0.0, f64::max)
}

#[test]
fn log_density_converges_with_the_square_of_the_cell_width_out_to_nine_deviations() {
    let [coarse, fine] = [440, 880].map(|cells| worst(cells, TransportIntegrator::TimeExact));
    // ρ is e^{−40} there: an error of 10 % is 1e-18 absolute, below what an absolutely accurate method can hold.
    assert!(fine < 0.1, "{fine}");
    assert!((3.5..4.5).contains(&(coarse / fine)), "order 2: {coarse} {fine}");
}

#[test]
fn backward_euler_has_fat_tails() {
    let fat = worst(440, TransportIntegrator::BackwardEuler);
    assert!(fat > 10.0 * worst(440, TransportIntegrator::TimeExact), "the negative control passes: {fat}");
}

/// Rows of tests/grid/tails.csv: cell centre, log ρ after eight Strang steps, and its limit for small steps.
fn reference() -> Vec<[f64; 3]> {
    let rows = include_str!("tails.csv").lines().skip(1);
    rows.map(|row| {
        let numbers: Vec<f64> = row.split(',').map(|number| number.parse().unwrap()).collect();
        numbers.try_into().unwrap()
    })
    .collect()
}

/// The largest error of log ρ relative to itself, after steps of the flow that tests/grid/tails.py solves in 320
/// digits: a narrow start in one well, and a barrier of 60.
fn worst_beside_the_barrier(
    method: Splitting,
    transport: TransportIntegrator,
    tolerance: f64,
    column: usize,
) -> f64 {
    let plan = scenario(
        "[target]\npotential = \"60*(x^2 - 1)^2\"\n[initial]\nmean = [-1.0]\ncovariance = [[0.005]]\n\
         [flow]\nreaction = 50.0\nhorizon = 0.002\n[grid]\nlower = [-2.0]\nupper = [2.0]\ncells = [64]\n",
    )
    .plan;
    let (grid, step) = (plan.grid().unwrap().grid(), plan.problem().horizon / 8.0);
    let mut evolution =
        Evolution::new(plan.problem(), &grid, method, transport, step).unwrap().to_tolerance(tolerance);
    let (trajectory, breakdown) = evolution.run(&[plan.problem().horizon], |_| ());
    assert_eq!(breakdown, None);
    let cells = reference().into_iter().zip(&trajectory.last().log_density);
    cells.map(|(exact, log)| ((log - exact[column]) / exact[column]).abs()).fold(0.0, f64::max)
}

#[test]
fn every_cell_is_right_to_a_millionth_of_its_logarithm_down_to_1e_minus_200() {
    use TransportIntegrator::{BackwardEuler, TimeExact};
    let deepest = reference().into_iter().map(|row| row[1]).fold(0.0, f64::min);
    assert!(deepest < 1e-200_f64.ln(), "{deepest}");
    // The steps themselves are exact to the rounding of logarithms of size 500, a few times over.
    let exact = worst_beside_the_barrier(Splitting::Strang, TimeExact, 0.0, 1);
    assert!(exact < 1e-12, "{exact:e}");
    // The flow itself, within a few tolerances.
    let unsplit = worst_beside_the_barrier(Splitting::Unsplit, TimeExact, 1e-9, 2);
    assert!(unsplit < 1e-7, "{unsplit:e}");
    // The negative control: eight steps with fat tails.
    let fat = worst_beside_the_barrier(Splitting::Strang, BackwardEuler, 0.0, 1);
    assert!(fat > 1e-2, "{fat:e}");
}
