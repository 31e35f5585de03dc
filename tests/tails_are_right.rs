//! log ρ in the tails, not only moments: the reaction lifts tails, so their error becomes everyone's.

mod common;
use common::scenario;
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
    let grid = plan.grid.unwrap().grid();
    let mut evolution = Evolution::new(&plan.problem, &grid, Splitting::Strang, transport, 0.005).unwrap();
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
    assert!(fat > 10.0 * worst(440, TransportIntegrator::TimeExact), "the false twin passes: {fat}");
}
