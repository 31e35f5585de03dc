use crate::model::diffusion::Target;
use crate::model::{Observable, ReverseDiffusion};
use crate::pde::Grid;
use rayon::prelude::*;

/// Cells along each axis of the finer of two quadratures, by dimension.
const CELLS: [usize; 2] = [1 << 17, 1 << 10];
/// Depth below the largest log density that no longer counts.
const DEPTH: f64 = 45.0;
/// Widenings of the box, at most.
const WIDENINGS: usize = 30;

/// The law that a reverse diffusion ends in, by quadrature of its density on the line or in the plane; independent of every
/// path. The midpoint rule converges faster than any power of the cell width for smooth densities that fall to nothing.
#[derive(Clone, Debug)]
pub struct ExactTargetLaw {
    /// A box that holds it.
    pub grid: Grid,
    /// log of the normalised density at the cell centres of the finer quadrature.
    pub log_density: Vec<f64>,
    /// log ∫Π qᵢ^βᵢ e^r with its error.
    pub log_mass: (f64, f64),
    coarse: (Grid, Vec<f64>),
}

impl ExactTargetLaw {
    /// The target at the data, τ = 0; `None` in more than two dimensions.
    pub fn new(flow: &ReverseDiffusion) -> Option<Self> {
        let cells = *CELLS.get(flow.dimension() - 1)?;
        Some(Self::at(flow, 0.0, cells))
    }

    /// The target at the noise level τ, by quadratures with `cells` cells along each axis and half as many.
    pub fn at(flow: &ReverseDiffusion, τ: f64, cells: usize) -> Self {
        let d = flow.dimension();
        let target = flow.target(τ);
        let [lower, upper] = bounding_box(&target, d);
        let solve = |cells: usize| {
            // Whole cells on either side of 0, so that indicators of the axes cut none.
            let corner = |axis: usize| {
                let h = (upper[axis] - lower[axis]) / (cells - 4) as f64;
                let first = 2.0 * h * (lower[axis] / (2.0 * h)).floor();
                [first, first + h * cells as f64]
            };
            let ends: Vec<[f64; 2]> = (0..d).map(corner).collect();
            let grid = Grid::new(
                ends.iter().map(|end| end[0]).collect(),
                ends.iter().map(|end| end[1]).collect(),
                vec![cells; d],
            );
            let logs: Vec<f64> = (0..grid.len())
                .into_par_iter()
                .map(|cell| target.log_density(&grid.centre(cell)[..]))
                .collect();
            let log_mass = crate::pde::log_sum_exp(&logs) + grid.volume().ln();
            let logs: Vec<f64> = logs.iter().map(|log| log - log_mass).collect();
            (grid, logs, log_mass)
        };
        let ((coarse, coarse_logs, coarse_mass), (grid, log_density, log_mass)) =
            (solve(cells / 2), solve(cells));
        let error = (log_mass - coarse_mass).abs() + f64::EPSILON * (1.0 + log_mass.abs());
        Self { grid, log_density, log_mass: (log_mass, error), coarse: (coarse, coarse_logs) }
    }

    /// The quadrature with half as many cells along each axis: its cells, and log of the normalised density at their centres.
    pub fn coarse(&self) -> (&Grid, &[f64]) {
        (&self.coarse.0, &self.coarse.1)
    }

    /// The expectation of an observable, with twice the difference of the two quadratures for its error.
    pub fn mean(&self, observable: &Observable) -> (f64, f64) {
        let φ = |x: &[f64]| observable.value(x);
        let value = integrate(&self.grid, &self.log_density, φ);
        let (grid, logs) = &self.coarse;
        (value, 2.0 * (value - integrate(grid, logs, φ)).abs() + f64::EPSILON * value.abs())
    }

    /// Standard deviation of an observable.
    pub fn deviation(&self, observable: &Observable) -> f64 {
        let (mean, _) = self.mean(observable);
        integrate(&self.grid, &self.log_density, |x| (observable.value(x) - mean).powi(2)).sqrt()
    }
}

/// ∫ f ρ by the midpoint rule.
fn integrate(grid: &Grid, log_density: &[f64], f: impl Fn(&[f64]) -> f64) -> f64 {
    let cells = log_density.iter().enumerate().filter(|(_, log)| **log > f64::NEG_INFINITY);
    cells.map(|(cell, log)| log.exp() * f(&grid.centre(cell)[..])).sum::<f64>() * grid.volume()
}

/// Corners of a box outside of which the density is below e^−45 of its largest value. It starts where the factors live and
/// grows while its sides matter.
fn bounding_box(target: &Target<'_>, d: usize) -> [Vec<f64>; 2] {
    let components = || target.factors.iter().flat_map(|(_, law)| law.components());
    let reach = |axis: usize, sign: f64| {
        let ends = components().map(|c| sign * c.mean[axis] + 8.0 * c.covariance[axis][axis].sqrt());
        sign * ends.fold(f64::NEG_INFINITY, f64::max)
    };
    let [mut lower, mut upper] =
        [-1.0, 1.0].map(|sign| (0..d).map(|axis| reach(axis, sign)).collect::<Vec<f64>>());
    for _ in 0..WIDENINGS {
        const LOOKS: usize = 64;
        let place = |cell: usize| -> (Vec<f64>, bool) {
            let steps = (0..d).map(|axis| cell / LOOKS.pow(axis as u32) % LOOKS);
            let x = steps
                .clone()
                .enumerate()
                .map(|(axis, k)| lower[axis] + (upper[axis] - lower[axis]) * k as f64 / (LOOKS - 1) as f64);
            (x.collect(), steps.clone().any(|k| k == 0 || k == LOOKS - 1))
        };
        let (mut inside, mut side) = (f64::NEG_INFINITY, f64::NEG_INFINITY);
        for (x, on_side) in (0..LOOKS.pow(d as u32)).map(place) {
            let log = target.log_density(&x[..]);
            inside = inside.max(log);
            side = if on_side { side.max(log) } else { side };
        }
        if side < inside - DEPTH {
            break;
        }
        for axis in 0..d {
            let margin = 0.25 * (upper[axis] - lower[axis]);
            lower[axis] -= margin;
            upper[axis] += margin;
        }
    }
    [lower, upper]
}
