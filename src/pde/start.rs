//! Starts of a flow on a grid.

use super::{Grid, Sides};
use crate::model::Initial;

/// The share of each cell in the law of the start, which is 1 in all.
pub fn start_masses(initial: &Initial, grid: &Grid) -> Vec<f64> {
    start(initial, grid)
        .into_iter()
        .zip(grid.log_volumes())
        .map(|(log, volume)| (log + volume).exp())
        .collect()
}

/// log ρ₀ at the cell centres, of mass 1 on the grid.
pub(crate) fn start(initial: &Initial, grid: &Grid) -> Vec<f64> {
    let mut log_density = match initial {
        Initial::Mixture(mixture) => grid.sample(|x| mixture.log_density(x)),
        Initial::Point(point) => {
            let shares: Vec<Vec<f64>> =
                (0..grid.dimension()).map(|axis| spline(grid, axis, point[axis])).collect();
            (0..grid.len())
                .map(|cell| {
                    let share: f64 =
                        (0..grid.dimension()).map(|axis| shares[axis][grid.position(cell, axis)]).product();
                    share.ln()
                })
                .collect()
        }
    };
    let log_mass = grid.log_mass(&log_density);
    for value in &mut log_density {
        *value -= log_mass;
    }
    log_density
}

/// A point mass spread over four cells by the cubic B-spline, which keeps the mean, and has the
/// variance Δx²/3 wherever the point lies between the centres, so that the error is a pure power of Δx. Cells are equal.
fn spline(grid: &Grid, axis: usize, x: f64) -> Vec<f64> {
    let cells = grid.cells()[axis];
    (0..cells)
        .map(|position| {
            let apart = ((x - grid.coordinate(position, axis)) / grid.width(axis)).abs();
            let around = grid.sides(axis) == Sides::Periodic;
            match if around { apart.min(cells as f64 - apart) } else { apart } {
                r if r < 1.0 => 2.0 / 3.0 - r * r + 0.5 * r * r * r,
                r if r < 2.0 => (2.0 - r).powi(3) / 6.0,
                _ => 0.0,
            }
        })
        .collect()
}
