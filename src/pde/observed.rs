//! Observables on the cells.

use super::narrow::{all_means, hidden, means_if_narrow, variation};
use super::{Frame, Grid};
use crate::model::Observable;

/// Parts of a cell along each axis over which an observable with kinks or jumps is averaged, by dimension.
const PARTS: [usize; 3] = [64, 8, 4];

/// Relative accuracy of a mean over a cell.
const ACCURACY: f64 = 1e-3;

/// An observable on the cells: at their centres, or averaged over them if it has kinks or jumps, or does more in one than centres show.
pub fn on_cells(grid: &Grid, observable: &Observable) -> Vec<f64> {
    let values = sampled(grid, observable);
    means(grid, observable, &values).unwrap_or(values)
}

/// Whether an observable without kinks and jumps is averaged over the cells of this grid.
pub(super) fn is_averaged(grid: &Grid, observable: &Observable) -> bool {
    !observable.is_rough() && means(grid, observable, &sampled(grid, observable)).is_some()
}

/// The means over all cells, if `values` do not show some.
fn means(grid: &Grid, observable: &Observable, values: &[f64]) -> Option<Vec<f64>> {
    let formula = observable.expression();
    match observable.is_rough() {
        // What parts miss of jumps is counted elsewhere.
        true => (!hidden(grid, formula, 0.0, values).is_empty()).then(|| all_means(grid, formula, values)),
        false => means_if_narrow(grid, formula, values),
    }
}

fn sampled(grid: &Grid, observable: &Observable) -> Vec<f64> {
    match observable.is_rough() {
        false => grid.sample(|x| observable.value(x)),
        true => {
            let averages = grid.averages(parts(grid), |x| observable.value(x));
            averages.into_iter().map(|(mean, _)| mean).collect()
        }
    }
}

/// What the cells hide of an observable may cost: by how much it may differ from its mean in a cell, by how much ρ may vary there.
pub(super) fn hidden_error(frame: &Frame, grid: &Grid, observable: &Observable) -> f64 {
    let values = sampled(grid, observable);
    let Some(means) = means(grid, observable, &values) else { return 0.0 };
    let own = |cell: usize| {
        let variation = variation(grid, &values, cell, means[cell]);
        let mass = frame.log_density[cell].exp() * grid.cell_volume(cell);
        variation * (varying(frame, grid, cell) + ACCURACY * mass)
    };
    (0..grid.len()).map(own).sum()
}

/// By how much the mass of a cell may vary to its neighbours.
fn varying(frame: &Frame, grid: &Grid, cell: usize) -> f64 {
    let along = |axis: usize| {
        let beside = [true, false].map(|upward| grid.beside(cell, axis, upward));
        let change = |other: usize| (frame.log_density[cell] - frame.log_density[other]).abs();
        beside.into_iter().flatten().map(change).fold(0.0, f64::max)
    };
    let varies: f64 = (0..grid.dimension()).map(along).sum();
    frame.log_density[cell].exp() * grid.cell_volume(cell) * varies.min(1.0)
}

fn parts(grid: &Grid) -> usize {
    PARTS[grid.dimension() - 1]
}

/// What kinks and jumps of an observable may cost: of jumps, in the cells that they cross, the share of one part; of kinks, what
/// the mean over a cell differs from its centre, by how much ρ varies there.
pub(super) fn rough_error(frame: &Frame, grid: &Grid, observable: &Observable) -> f64 {
    if !observable.is_rough() {
        return 0.0;
    }
    let averages = grid.averages(parts(grid), |x| observable.value(x));
    if observable.jumps() {
        let ranges = averages.iter().zip(&frame.log_density).map(|((_, range), log)| range * log.exp());
        return grid.integrate(ranges) / parts(grid) as f64;
    }
    let centres = grid.sample(|x| observable.value(x));
    let own = |cell: usize| (averages[cell].0 - centres[cell]).abs() * varying(frame, grid, cell);
    (0..grid.len()).map(own).sum()
}
