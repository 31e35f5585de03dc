//! A box that holds a gradient flow.

use super::{Grid, log_sum_exp};
use crate::model::{Initial, Problem};

/// Mass of the target beyond each side that is let go.
const BEYOND: f64 = 1e-12;
/// Standard deviations of the start that are kept: 4e-14 lies beyond.
const DEVIATIONS: f64 = 7.5;
/// Cells along each axis of the grid on which the target is looked at, by dimension.
const CELLS: [usize; 3] = [2000, 160, 48];
/// Looks, at most: each doubles the box or cuts it to what is needed.
const LOOKS: usize = 24;

/// A box, and what it cuts off.
#[derive(Clone, Debug, PartialEq)]
pub struct Extent {
    /// Lower corner.
    pub lower: Vec<f64>,
    /// Upper corner.
    pub upper: Vec<f64>,
    /// Mass of π ∝ e^{−V} outside it, from a box of twice the size.
    pub target: f64,
    /// Mass of the start outside it.
    pub start: f64,
}

/// The smallest box of whole numbers of cells of a look that holds all but 10⁻¹² of e^{−V} beyond each side, and 7.5
/// standard deviations of the start. Found by looking at boxes around the start that double until the rest is small.
///
/// `None` if V is not finite around the start, or its tails are too heavy for a box, or the dynamics have no V.
pub fn extent(problem: &Problem) -> Option<Extent> {
    let energy = problem.invariant_energy()?;
    let d = problem.dimension();
    let ends: Vec<[f64; 2]> = (0..d).map(|axis| start(&problem.initial, axis)).collect();
    let mut look: Vec<[f64; 2]> = ends.iter().map(|[low, high]| widened([*low, *high], 1.0)).collect();
    for _ in 0..LOOKS {
        let grid = box_of(&look, CELLS[d - 1]);
        let log_π: Vec<f64> = grid.sample(|x| -energy(x));
        if log_π.iter().any(|log| log.is_nan() || *log == f64::INFINITY) {
            return None;
        }
        let mut again = false;
        let mut needed = Vec::new();
        for (axis, look) in look.iter_mut().enumerate() {
            let [first, last] = interval(&grid, axis, &log_π);
            let n = grid.cells()[axis];
            // Where the rest is not small before the end of the look, there may be more beyond.
            let (short_below, short_above) = (first < n / 10, last + n / 10 >= n);
            let [low, high] = *look;
            let length = high - low;
            let half = 0.5 * grid.width(axis);
            let own = [grid.coordinate(first, axis) - half, grid.coordinate(last, axis) + half];
            *look = match (short_below, short_above) {
                (false, false) if last - first < n / 4 => widened(own, 0.5),
                (false, false) => *look,
                (below, above) => {
                    [if below { low - length } else { low }, if above { high + length } else { high }]
                }
            };
            again |= *look != [low, high];
            needed.push(own);
        }
        if !again {
            let union = |axis: usize| {
                let ([a, b], [c, d]) = (needed[axis], ends[axis]);
                [a.min(c), b.max(d)]
            };
            let found: Vec<[f64; 2]> = (0..d).map(union).collect();
            return Some(Extent {
                target: outside(&found, &energy),
                start: match &problem.initial {
                    Initial::Mixture(mixture) => {
                        let [lower, upper] =
                            [0, 1].map(|end| found.iter().map(|ends| ends[end]).collect::<Vec<_>>());
                        mixture.mass_outside(&lower, &upper)
                    }
                    Initial::Point(_) => 0.0,
                },
                lower: found.iter().map(|ends| ends[0]).collect(),
                upper: found.iter().map(|ends| ends[1]).collect(),
            });
        }
    }
    None
}

fn box_of(ends: &[[f64; 2]], cells: usize) -> Grid {
    let [lower, upper] = [0, 1].map(|end| ends.iter().map(|ends| ends[end]).collect());
    Grid::new(lower, upper, vec![cells; ends.len()])
}

/// An interval with this share of its length more at both ends.
fn widened([low, high]: [f64; 2], share: f64) -> [f64; 2] {
    let more = share * (high - low);
    [low - more, high + more]
}

/// What of an axis the start needs.
fn start(initial: &Initial, axis: usize) -> [f64; 2] {
    match initial {
        Initial::Point(point) => [point[axis] - 1.0, point[axis] + 1.0],
        Initial::Mixture(mixture) => {
            let reach = |sign: f64| {
                let ends = mixture.components().iter().map(|component| {
                    sign * component.mean[axis] + DEVIATIONS * component.covariance[axis][axis].sqrt()
                });
                sign * ends.fold(f64::NEG_INFINITY, f64::max)
            };
            [reach(-1.0), reach(1.0)]
        }
    }
}

/// The first and the last cell along `axis` such that each side leaves no more than is let go.
fn interval(grid: &Grid, axis: usize, log_π: &[f64]) -> [usize; 2] {
    let total = log_sum_exp(log_π);
    let mut marginal = vec![0.0; grid.cells()[axis]];
    for (cell, log) in log_π.iter().enumerate() {
        marginal[grid.position(cell, axis)] += (log - total).exp();
    }
    let reach = |masses: &mut dyn Iterator<Item = &f64>| {
        let mut sum = 0.0;
        masses
            .take_while(|mass| {
                sum += **mass;
                sum <= BEYOND
            })
            .count()
    };
    let (below, above) = (reach(&mut marginal.iter()), reach(&mut marginal.iter().rev()));
    [below, marginal.len() - 1 - above]
}

/// The share of e^{−V} in a box of twice the size that lies outside of this one.
fn outside(ends: &[[f64; 2]], energy: &impl Fn(&[f64]) -> f64) -> f64 {
    let doubled: Vec<[f64; 2]> = ends.iter().map(|ends| widened(*ends, 0.5)).collect();
    let grid = box_of(&doubled, CELLS[ends.len() - 1]);
    let log_π = grid.sample(|x| -energy(x));
    let total = log_sum_exp(&log_π);
    let beyond = (0..grid.len())
        .filter(|&cell| grid.centre(cell).iter().zip(ends).any(|(x, [low, high])| x < low || x > high));
    beyond.map(|cell| (log_π[cell] - total).exp()).sum()
}
