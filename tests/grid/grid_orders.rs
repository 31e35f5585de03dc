//! Orders in space and time, as they show in the whole density: L¹ differences of successive levels.

use crate::common::scenario;
use wfr::model::Problem;
use wfr::pde::{Evolution, Grid, Splitting, TransportIntegrator};

const SMOOTH: &str = "x^2/2 + cos(2*x)/2";
/// A barrier of 3 and steep walls: V'' reaches 400 in the box.
const STIFF: &str = "3*(x^2 - 1)^2";

fn problem(potential: &str, reaction: f64) -> Problem {
    let variance = if potential == STIFF { 0.08 } else { 0.3 };
    let text = format!(
        "[target]\npotential = \"{potential}\"\n[initial]\nmean = [0.3]\ncovariance = [[{variance}]]\n\
         [flow]\nreaction = {reaction:?}\nhorizon = 0.5\n"
    );
    scenario(&text).plan.problem().clone()
}

fn density(
    problem: &Problem,
    grid: &Grid,
    splitting: Splitting,
    transport: TransportIntegrator,
    steps: usize,
) -> Vec<f64> {
    let step = problem.horizon / steps as f64;
    let mut evolution = Evolution::new(problem, grid, splitting, transport, step).unwrap();
    let (trajectory, breakdown) = evolution.run(&[problem.horizon], |_| ());
    assert_eq!(breakdown, None);
    trajectory.last().log_density.iter().map(|log| log.exp()).collect()
}

fn distance(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| (a - b).abs()).sum::<f64>()
}

/// The order between the last levels, of `first`, 2·`first`, 4·`first` and 8·`first` steps.
fn time_order(potential: &str, reaction: f64, method: (Splitting, TransportIntegrator), first: usize) -> f64 {
    let problem = problem(potential, reaction);
    let half_width = if potential == STIFF { 2.4 } else { 7.0 };
    let grid = Grid::new(vec![-half_width], vec![half_width], vec![120]);
    let levels: Vec<Vec<f64>> =
        (0..4).map(|k| density(&problem, &grid, method.0, method.1, first << k)).collect();
    let [.., before, last] = [0, 1, 2].map(|k| distance(&levels[k], &levels[k + 1]));
    (before / last).log2()
}

#[test]
fn every_integrator_and_splitting_has_its_order_in_time() {
    use Splitting::{Richardson, Strang, TransportReaction};
    use TransportIntegrator::{BackwardEuler, CrankNicolson, TimeExact, TrBdf2};
    for (potential, reaction, method, first, expected) in [
        (SMOOTH, 0.0, (Strang, BackwardEuler), 64, 1.0),
        (SMOOTH, 0.0, (Strang, CrankNicolson), 32, 2.0),
        (SMOOTH, 0.0, (Strang, TrBdf2), 32, 2.0),
        (SMOOTH, 1.0, (Strang, TimeExact), 8, 2.0),
        (SMOOTH, 1.0, (TransportReaction, TimeExact), 32, 1.0),
        (SMOOTH, 1.0, (Richardson, TimeExact), 8, 4.0),
        (STIFF, 0.0, (Strang, BackwardEuler), 256, 1.0),
        // Longer steps make the density negative, which ends a run.
        (STIFF, 0.0, (Strang, TrBdf2), 4096, 2.0),
        (STIFF, 1.0, (Strang, TimeExact), 16, 2.0),
        (STIFF, 1.0, (Richardson, TimeExact), 32, 4.0),
    ] {
        let order = time_order(potential, reaction, method, first);
        assert!((order - expected).abs() < 0.1, "{potential}, β = {reaction}, {method:?}: {order}");
    }
}

#[test]
fn space_has_order_2() {
    use Splitting::Strang;
    for (potential, half_width) in [(SMOOTH, 7.0), (STIFF, 2.4)] {
        let problem = problem(potential, 1.0);
        let levels: Vec<Vec<f64>> = [120, 240, 480, 960]
            .map(|cells| {
                let grid = Grid::new(vec![-half_width], vec![half_width], vec![cells]);
                let fine = density(&problem, &grid, Strang, TransportIntegrator::TimeExact, 10);
                // On the coarsest cells, whose centres lie between those of the finer ones.
                let width = cells / 120;
                fine.chunks(width).map(|cells| cells.iter().sum::<f64>() / width as f64).collect()
            })
            .to_vec();
        let [.., before, last] = [0, 1, 2].map(|k| distance(&levels[k], &levels[k + 1]));
        let order = (before / last).log2();
        assert!((order - 2.0).abs() < 0.05, "{potential}: {order}");
    }
}

#[test]
fn extrapolation_gains_what_the_integrator_allows() {
    // Crank–Nicolson is symmetric, as the splitting is: order 4 as well. Backward Euler's h¹ survives 4/3 − 1/3.
    use TransportIntegrator::{BackwardEuler, CrankNicolson};
    let order = |transport| time_order(SMOOTH, 1.0, (Splitting::Richardson, transport), 16);
    let [euler, trapezoid] = [order(BackwardEuler), order(CrankNicolson)];
    assert!((euler - 1.0).abs() < 0.1, "{euler}");
    assert!((trapezoid - 4.0).abs() < 0.1, "{trapezoid}");
}
