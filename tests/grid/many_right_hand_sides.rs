//! Right-hand sides that are solved together have the solutions that each has alone, whatever solver suits the grid.

use faer::Mat;
use wfr::pde::{Circulation, Generator, Grid, LinearSolver};

const COLUMNS: usize = 5;
const STEP: f64 = 0.05;

/// I − hS is well conditioned here, so elimination in another order of the same terms agrees to a few roundings.
const ROUNDING: f64 = 1e-13;

fn check(generator: &Generator) {
    let n = generator.grid().len();
    let start = Mat::from_fn(n, COLUMNS, |i, k| ((i * (k + 1)) as f64 * 0.37).sin());
    let mut solver = LinearSolver::new(generator).unwrap();
    let mut together = start.clone();
    solver.solve(generator, together.as_mut(), STEP).unwrap();
    for k in 0..COLUMNS {
        let mut alone = Mat::from_fn(n, 1, |i, _| start[(i, k)]);
        solver.solve(generator, alone.as_mut(), STEP).unwrap();
        let largest = (0..n).map(|i| alone[(i, 0)].abs()).fold(0.0, f64::max);
        for i in 0..n {
            let gap = (alone[(i, 0)] - together[(i, k)]).abs();
            assert!(gap <= ROUNDING * largest, "column {k}, cell {i}: {gap:.1e} of {largest:.1e}");
        }
    }
    // Rows too: columns that are not contiguous.
    let mut across = Mat::from_fn(COLUMNS, n, |k, i| start[(i, k)]);
    solver.solve(generator, across.as_mut().transpose_mut(), STEP).unwrap();
    for k in 0..COLUMNS {
        for i in 0..n {
            assert!((across[(k, i)] - together[(i, k)]).abs() <= ROUNDING * together.norm_max());
        }
    }
    assert_eq!(solver.factorizations(), 1);
}

fn boxed(dimension: usize, cells: usize) -> Grid {
    Grid::new(vec![-2.0; dimension], vec![2.0; dimension], vec![cells; dimension])
}

#[test]
fn of_gradient_flows() {
    for (dimension, cells) in [(1, 200), (2, 24), (3, 8)] {
        let grid = boxed(dimension, cells);
        let potential = grid.sample(|x| x.iter().map(|x| (x * x - 1.0).powi(2)).sum());
        check(&Generator::gradient_flow(&grid, &potential, 1.0).unwrap());
    }
}

#[test]
fn of_a_kinetic_flow() {
    let grid = boxed(2, 20);
    let circulation = Circulation::new(&grid, |q| (q * q - 1.0).powi(2), 0.7).unwrap();
    check(&circulation.centred(&grid));
}
