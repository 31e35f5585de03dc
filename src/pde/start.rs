//! Starts of a flow on a grid.

use super::{Grid, Sides};
use crate::model::{Component, GaussianMixture, Initial};

/// Standard deviation of a start, in cells, below which their centres do not resolve it: at 0.6 they see its mass to 2e^{−2π²·0.36} =
/// 0.2 %.
const NARROW: f64 = 0.6;
/// Variance that such a start has more, in squared widths, which lets centres see its mass to 2e^{−π²} = 10⁻⁴.
const SPREAD: f64 = 0.5;

/// Whether the start is narrower than a cell.
pub fn is_narrow(initial: &Initial, grid: &Grid) -> bool {
    match initial {
        Initial::Mixture(mixture) => resolved(mixture, grid).is_some(),
        Initial::Point(_) => false,
    }
}

/// The mixture with its narrow components spread, if there are such: the variance along an axis is a multiple of the squared
/// width more, a pure power that extrapolation removes.
fn resolved(mixture: &GaussianMixture, grid: &Grid) -> Option<GaussianMixture> {
    let d = mixture.dimension();
    let mut components: Vec<Component> = mixture.components().to_vec();
    let mut spread = false;
    for (k, component) in components.iter_mut().enumerate() {
        for axis in 0..d {
            let width = grid.width_at(component.mean[axis], axis);
            if mixture.precision(k)[axis * d + axis] * (NARROW * width).powi(2) > 1.0 {
                component.covariance[axis][axis] += SPREAD * width * width;
                spread = true;
            }
        }
    }
    GaussianMixture::new(components).ok().filter(|_| spread)
}

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
        Initial::Mixture(mixture) => {
            let spread = resolved(mixture, grid);
            let mixture = spread.as_ref().unwrap_or(mixture);
            grid.sample(|x| mixture.log_density(x))
        }
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

/// A point mass spread over six cells by the quintic B-spline, which keeps the mean, and has the variance Δx²/2 and a fourth
/// moment that is a power of Δx wherever the point lies between the centres, so that what extrapolation leaves falls like Δx⁴.
/// Cells are equal.
fn spline(grid: &Grid, axis: usize, x: f64) -> Vec<f64> {
    let cells = grid.cells()[axis];
    (0..cells)
        .map(|position| {
            let apart = ((x - grid.coordinate(position, axis)) / grid.width(axis)).abs();
            let around = grid.sides(axis) == Sides::Periodic;
            let r = if around { apart.min(cells as f64 - apart) } else { apart };
            let fifth = |knot: f64| (knot - r).max(0.0).powi(5);
            (fifth(3.0) - 6.0 * fifth(2.0) + 15.0 * fifth(1.0)) / 120.0
        })
        .collect()
}
