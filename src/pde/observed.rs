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

/// What an observable that is infinite within a cell of a line may cost, such as |x|^{−½}, where means over 64, 256 and 1024 parts
/// still differ: by its integral over ever smaller parts around its largest value.
pub(super) fn singular_error(frame: &Frame, grid: &Grid, observable: &Observable) -> f64 {
    /// Relative change of a mean that is looked at.
    const CHANGE: f64 = 1e-4;
    /// What the coarse rule of that integral may be off by.
    const SAFETY: f64 = 1.5;
    if grid.dimension() != 1 || !observable.is_rough() || observable.is_event() {
        return 0.0;
    }
    let used = sampled(grid, observable);
    let value = |x: f64| observable.value(&[x]);
    let own = |cell: usize| {
        let (centre, width) = (grid.coordinate(cell, 0), grid.cell_width(cell, 0));
        let mean = |parts: usize| {
            let at = |k: usize| value(centre + ((k as f64 + 0.5) / parts as f64 - 0.5) * width);
            (0..parts).map(at).sum::<f64>() / parts as f64
        };
        let changes = [4 * PARTS[0], 16 * PARTS[0]].map(|parts| (mean(parts) - used[cell]).abs());
        // What is infinite at a place that was tried has no mean to be seen.
        if changes.iter().any(|change| !change.is_finite())
            || changes[0].max(changes[1]) <= CHANGE * used[cell].abs()
        {
            return 0.0;
        }
        let whole = toward_largest(&value, [centre - 0.5 * width, centre + 0.5 * width]);
        SAFETY * (whole - used[cell] * width).abs() * frame.log_density[cell].exp()
    };
    (0..grid.len()).map(own).sum()
}

/// ∫f over an interval, halved and halved again toward the largest |f|; what is left at the end is continued as a geometric series.
fn toward_largest(f: &impl Fn(f64) -> f64, [mut low, mut high]: [f64; 2]) -> f64 {
    const PARTS: usize = 16;
    const LEVELS: usize = 24;
    /// Parts are no narrower than this share of their place.
    const NARROWEST: f64 = 1e-13;
    let (mut sum, mut rings) = (0.0, Vec::new());
    for _ in 0..LEVELS {
        let width = (high - low) / PARTS as f64;
        if width <= NARROWEST * low.abs().max(high.abs()) {
            break;
        }
        let values: Vec<f64> = (0..PARTS).map(|k| f(low + (k as f64 + 0.5) * width)).collect();
        let size = |k: usize| values[k].abs();
        let largest = (0..PARTS).fold(0, |best, k| if size(k) > size(best) { k } else { best });
        // Four parts, with the largest value in the middle.
        let first = largest.saturating_sub(
            if largest > 0 && largest + 1 < PARTS && size(largest - 1) > size(largest + 1) { 2 } else { 1 },
        );
        let first = first.min(PARTS - 4);
        let ring: f64 =
            (0..PARTS).filter(|k| !(first..first + 4).contains(k)).map(|k| values[k] * width).sum();
        sum += ring;
        rings.push(ring);
        (low, high) = (low + first as f64 * width, low + (first + 4) as f64 * width);
    }
    let rest = match rings[..] {
        [.., before, last] if before != 0.0 && (0.0..0.99).contains(&(last / before)) => {
            let ratio = last / before;
            last * ratio / (1.0 - ratio)
        }
        _ => 0.0,
    };
    sum + rest
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
