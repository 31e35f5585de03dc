//! What the implicit steps of the grid cost, for benches/against_superlu.py.
//!
//! `linear_algebra plane N [SOLVES]` prints the seconds of analysing and factorising I − hA on N² cells, of the solves one
//! after the other and of all at once, and ρ at the centre;
//! `linear_algebra line CELLS STEPS STEP` those of backward Euler steps, and ρ at the centre.

use faer::Mat;
use std::time::Instant;
use wfr::pde::{Generator, Grid, ImplicitRule, ImplicitTransport, LinearSolver};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    match words.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["plane", cells] => plane(cells.parse()?, 100),
        ["plane", cells, solves] => plane(cells.parse()?, solves.parse()?),
        ["line", cells, steps, step] => line(cells.parse()?, steps.parse()?, step.parse()?),
        _ => Err("usage: linear_algebra plane N [SOLVES] | line CELLS STEPS STEP".into()),
    }
}

fn plane(n: usize, solves: usize) -> Result<(), Box<dyn std::error::Error>> {
    let grid = Grid::new(vec![-2.0; 2], vec![2.0; 2], vec![n; 2]);
    let potential = grid.sample(|x| {
        let well = |x: f64| (x * x - 1.0).powi(2);
        well(x[0]) + well(x[1]) + 0.3 * x[0] * x[1]
    });
    let generator = Generator::gradient_flow(&grid, &potential, 1.0)?;
    let lowest = potential.iter().copied().fold(f64::INFINITY, f64::min);
    let rhs = Mat::from_fn(grid.len(), 1, |i, _| {
        (0.5 * potential[i] - 4.0 * (potential[i] - lowest).powi(2)).exp()
    });
    let start = Instant::now();
    let mut solver = LinearSolver::new(&generator)?;
    let analysed = start.elapsed();
    let mut solution = rhs.clone();
    solver.solve(&generator, solution.as_mut(), 0.01)?;
    let first = start.elapsed() - analysed;
    let start = Instant::now();
    for _ in 0..solves {
        solution.copy_from(&rhs);
        solver.solve(&generator, solution.as_mut(), 0.01)?;
    }
    let solved = start.elapsed().as_secs_f64();
    let mut all = Mat::from_fn(grid.len(), solves, |i, _| rhs[(i, 0)]);
    let start = Instant::now();
    solver.solve(&generator, all.as_mut(), 0.01)?;
    let at_once = start.elapsed().as_secs_f64();
    let density = |cell: usize| all[(cell, solves - 1)] * (-0.5 * potential[cell]).exp();
    let factorised = first.as_secs_f64() - solved / solves as f64;
    println!(
        "{:.6} {factorised:.6} {solved:.6} {at_once:.6} {:.15e}",
        analysed.as_secs_f64(),
        density(grid.len() / 2 + n / 2)
    );
    Ok(())
}

fn line(n: usize, steps: usize, h: f64) -> Result<(), Box<dyn std::error::Error>> {
    let grid = Grid::new(vec![-3.0], vec![3.0], vec![n]);
    let potential = grid.sample(|x| (x[0] * x[0] - 1.0).powi(2));
    let generator = Generator::gradient_flow(&grid, &potential, 1.0)?;
    let mut log_density = grid.sample(|x| -(x[0] + 1.0).powi(2) / 0.08);
    let log_mass = wfr::pde::log_sum_exp(&log_density) + grid.volume().ln();
    log_density.iter_mut().for_each(|log| *log -= log_mass);
    let mut transport = ImplicitTransport::new(generator, ImplicitRule::BackwardEuler)?;
    let start = Instant::now();
    transport.repeat(&mut log_density, h, steps, 0.0)?;
    println!("{:.6} {:.15e}", start.elapsed().as_secs_f64(), log_density[n / 2].exp());
    Ok(())
}
