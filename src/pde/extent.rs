//! A box that holds a gradient flow.

use super::{Grid, log_sum_exp};
use crate::model::{Dynamics, Expression, GaussianMixture, Initial, Interval, Potential, Problem};

/// Mass of the target beyond each side that is let go.
const BEYOND: f64 = 1e-12;
/// Share of an observable's mean under the target that may lie beyond.
const OBSERVED_BEYOND: f64 = 1e-10;
/// Standard deviations of the start that are kept: 4e-14 lies beyond.
const DEVIATIONS: f64 = 7.5;
/// Cells along each axis of the grid on which the target is looked at, by dimension.
const CELLS: [usize; 3] = [2000, 160, 48];
/// Looks, at most: each doubles the box or cuts it to what is needed.
const LOOKS: usize = 24;
/// How far out, in sizes of the box, other minima are looked for, V above the lowest value at which they do not count, and how
/// many boxes may be looked at.
const FAR: f64 = 1024.0;
const HIGH: f64 = 34.0;
const MOST_BOXES: usize = 20_000;
/// Parts of the box that a minimum far out is at least as wide as.
const PARTS: f64 = 64.0;

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
/// standard deviations of the start and of every component of a target that is a mixture. Found by looking at boxes around the
/// start that double until the rest is small, and, if V is a formula, by its bounds far out; larger where an observable needs
/// that.
///
/// `None` if V is not finite around the start, or its tails are too heavy for a box, or the box is too small or too large for
/// floating-point numbers, or the dynamics have no V.
pub fn extent(problem: &Problem) -> Option<Extent> {
    let energy = problem.invariant_energy()?;
    let d = problem.dimension();
    let mut ends: Vec<[f64; 2]> = (0..d).map(|axis| start(&problem.initial, axis)).collect();
    for (ends, own) in ends.iter_mut().zip(components(problem)) {
        *ends = [ends[0].min(own[0]), ends[1].max(own[1])];
    }
    let mut look: Vec<[f64; 2]> = ends.iter().map(|[low, high]| widened([*low, *high], 1.0)).collect();
    for _ in 0..LOOKS {
        let grid = box_of(&look, CELLS[d - 1])?;
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
            let found = holding(found, problem, &energy)?;
            if let Some(place) = formula(problem).and_then(|v| far_minimum(v, &found, &log_π)) {
                for ((ends, look), x) in ends.iter_mut().zip(&mut look).zip(place) {
                    *ends = [ends[0].min(x), ends[1].max(x)];
                    *look = widened(*ends, 1.0);
                }
                continue;
            }
            return Some(Extent {
                target: outside(&found, &energy)?,
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

/// `None` if floating-point numbers do not tell neighbouring cells apart, or an end is beyond them.
fn box_of(ends: &[[f64; 2]], cells: usize) -> Option<Grid> {
    let resolved = |[low, high]: &[f64; 2]| {
        (high - low).is_finite() && high - low > cells as f64 * f64::EPSILON * low.abs().max(high.abs())
    };
    let [lower, upper] = [0, 1].map(|end| ends.iter().map(|ends| ends[end]).collect());
    ends.iter().all(resolved).then(|| Grid::new(lower, upper, vec![cells; ends.len()]))
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
        Initial::Mixture(mixture) => reach(mixture, axis),
    }
}

/// What of an axis the components of a mixture need.
fn reach(mixture: &GaussianMixture, axis: usize) -> [f64; 2] {
    let to = |sign: f64| {
        let ends = mixture.components().iter().map(|component| {
            sign * component.mean[axis] + DEVIATIONS * component.covariance[axis][axis].sqrt()
        });
        sign * ends.fold(f64::NEG_INFINITY, f64::max)
    };
    [to(-1.0), to(1.0)]
}

/// What of the axes the components of a target need that is a mixture.
fn components(problem: &Problem) -> Vec<[f64; 2]> {
    match problem.dynamics.potential() {
        Some(Potential::Mixture(mixture)) => {
            (0..mixture.dimension()).map(|axis| reach(mixture, axis)).collect()
        }
        _ => Vec::new(),
    }
}

/// V, of a gradient flow with a formula.
fn formula(problem: &Problem) -> Option<&Expression> {
    match &problem.dynamics {
        Dynamics::GradientFlow(flow) => match &flow.potential {
            Potential::Formula(formula) => Some(&formula.expression).filter(|own| !own.has_code()),
            Potential::Mixture(_) | Potential::Posterior(..) | Potential::Custom(_) => None,
        },
        _ => None,
    }
}

/// A place far out of the box `found` at which V is hardly above its lowest value there, by halving boxes whose bounds leave
/// room for one. `log_π` is −V as far as it was looked at.
fn far_minimum(v: &Expression, found: &[[f64; 2]], log_π: &[f64]) -> Option<Vec<f64>> {
    let limit = HIGH - log_π.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let near: Vec<Interval> = found.iter().map(|ends| widened(*ends, 0.5)).collect();
    let mut boxes: Vec<Vec<Interval>> = vec![found.iter().map(|ends| widened(*ends, FAR)).collect()];
    for _ in 0..MOST_BOXES {
        let whole = boxes.pop()?;
        let outside = whole.iter().zip(&near).any(|(own, near)| own[1] <= near[0] || own[0] >= near[1]);
        let inside = whole.iter().zip(&near).all(|(own, near)| own[0] >= near[0] && own[1] <= near[1]);
        if inside || v.range([0.0; 2], &whole)[0] > limit {
            continue;
        }
        let middle: Vec<f64> = whole.iter().map(|[low, high]| 0.5 * (low + high)).collect();
        let there: Vec<Interval> = middle.iter().map(|x| [*x; 2]).collect();
        if outside && v.range([0.0; 2], &there)[1] <= limit {
            return Some(middle);
        }
        let width = |axis: usize| (whole[axis][1] - whole[axis][0]) / (found[axis][1] - found[axis][0]);
        let axis = (0..whole.len()).max_by(|&a, &b| width(a).total_cmp(&width(b)))?;
        if width(axis) * PARTS < 1.0 {
            continue;
        }
        for half in [[whole[axis][0], middle[axis]], [middle[axis], whole[axis][1]]] {
            let mut part = whole.clone();
            part[axis] = half;
            boxes.push(part);
        }
    }
    None
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

/// The box, larger if that is needed to hold all but 10⁻¹⁰ of each ∫|φ|e^{−V}; as it is for a φ of which even a box of four
/// times the size does not.
fn holding(
    found: Vec<[f64; 2]>,
    problem: &Problem,
    energy: &impl Fn(&[f64]) -> f64,
) -> Option<Vec<[f64; 2]>> {
    let wide: Vec<[f64; 2]> = found.iter().map(|ends| widened(*ends, 1.5)).collect();
    let grid = box_of(&wide, CELLS[found.len() - 1])?;
    let mut needed = found.clone();
    for observable in &problem.observables {
        let weights = grid.sample(|x| observable.value(x).abs().ln() - energy(x));
        let total = log_sum_exp(&weights);
        let outside =
            |cell: &usize| grid.centre(*cell).iter().zip(&found).any(|(x, [low, high])| x < low || x > high);
        let share: f64 = (0..grid.len()).filter(outside).map(|cell| (weights[cell] - total).exp()).sum();
        if !(share.is_finite() && share > OBSERVED_BEYOND) {
            continue;
        }
        let own: Vec<[usize; 2]> = (0..found.len()).map(|axis| interval(&grid, axis, &weights)).collect();
        if own.iter().enumerate().any(|(axis, [first, last])| *first == 0 || last + 1 == grid.cells()[axis]) {
            continue;
        }
        for (axis, (needed, [first, last])) in needed.iter_mut().zip(own).enumerate() {
            let half = 0.5 * grid.width(axis);
            let ends = [grid.coordinate(first, axis) - half, grid.coordinate(last, axis) + half];
            *needed = [needed[0].min(ends[0]), needed[1].max(ends[1])];
        }
    }
    Some(needed)
}

/// The share of the target beyond the sides of a grid's box, on a box of twice the size; `None` without a target, or where V is
/// no number there.
pub fn target_beyond(problem: &Problem, grid: &Grid) -> Option<f64> {
    let energy = problem.invariant_energy()?;
    let ends: Vec<[f64; 2]> = grid.lower().iter().zip(grid.upper()).map(|(l, u)| [*l, *u]).collect();
    outside(&ends, &energy).filter(|share| share.is_finite())
}

/// The share of e^{−V} in a box of twice the size that lies outside of this one; `None` if there is no such box.
fn outside(ends: &[[f64; 2]], energy: &impl Fn(&[f64]) -> f64) -> Option<f64> {
    let doubled: Vec<[f64; 2]> = ends.iter().map(|ends| widened(*ends, 0.5)).collect();
    let grid = box_of(&doubled, CELLS[ends.len() - 1])?;
    let log_π = grid.sample(|x| -energy(x));
    let total = log_sum_exp(&log_π);
    let beyond = (0..grid.len())
        .filter(|&cell| grid.centre(cell).iter().zip(ends).any(|(x, [low, high])| x < low || x > high));
    Some(beyond.map(|cell| (log_π[cell] - total).exp()).sum())
}
