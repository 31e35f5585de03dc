//! What a formula does between the centres of cells.

use super::Grid;
use crate::model::{Dynamics, Expression, Interval, Mean, Problem, TimeMesh, Variable};
use rayon::prelude::*;

/// Cells along each axis of a block, which is passed over if it hides nothing, by dimension.
const BLOCK: [usize; 3] = [1, 8, 8];
/// What is rounding, relative to the largest value at a centre.
const ROUNDING: f64 = 1e-9;
/// Shares of the second differences of the centres by which a mean over a cell may differ from what they show, which is the value
/// at the centre or that of the parabola through three of them: half lets a jump pass, a tenth a kink (1/12) but no peak of half a
/// width. Under observables, which are expected and nothing more, 0.02 lets peaks of one width pass, on which centres are right to
/// 10⁻⁴; graded cells have second differences of straight lines.
const SMOOTH: f64 = 0.5;
const PEAK: f64 = 0.1;
const EXPECTED: [f64; 2] = [0.02, 0.06];
/// Fourth differences of observables, in second ones, from which on a peak is as narrow as its cell: they are at most four times as
/// large, and 1.85 times for exp(−x²) at the common end of two cells. What counts, in largest values, so that powers of x do not.
const STEEP: f64 = 1.8;
const CLEAR: f64 = 0.01;
/// Shares of the horizon at which formulas that depend on t are looked at, and how many places in time where they are narrow.
const TIMES: [f64; 4] = [0.0, 0.23, 0.51, 0.87];
const NARROW_TIMES: usize = 4;

/// The cells in which the mean of a coefficient is not what `values`, which stand for it at the centres, show, with that mean.
pub fn hidden(grid: &Grid, formula: &Expression, time: f64, values: &[f64]) -> Vec<(usize, f64)> {
    let shown = Shown { grid, values };
    suspects(grid, formula, time, values, &|cell, mean| {
        let most = if shown.is_peak(cell) { PEAK } else { SMOOTH };
        shown.distance(cell, mean) - most * shown.bend(cell)
    })
}

/// The means of an observable over all cells, if its values at the centres do not show some of them.
pub fn means_if_narrow(grid: &Grid, observable: &Expression, values: &[f64]) -> Option<Vec<f64>> {
    let shown = Shown { grid, values };
    let most = EXPECTED[usize::from(grid.is_graded())];
    let clear = CLEAR * largest(values);
    let off = |cell: usize, mean: f64| {
        let (distance, bend) = (shown.distance(cell, mean), shown.bend(cell));
        // The feet of a peak that the cells show are steep, and small.
        if distance > clear { distance - most * bend } else { distance - SMOOTH * bend }
    };
    let narrow = steep(grid, observable, values).is_some()
        || !suspects(grid, observable, 0.0, values, &off).is_empty();
    narrow.then(|| all_means(grid, observable, values))
}

/// A cell in which a coefficient or a rate does more than its values at the centres show, or as much as they can.
pub fn hides(grid: &Grid, formula: &Expression, time: f64, values: &[f64]) -> Option<usize> {
    let first = || hidden(grid, formula, time, values).first().map(|(cell, _)| *cell);
    steep(grid, formula, values).or_else(first)
}

/// A cell at which a formula without kinks and jumps, which would look like it, has a peak of a cell's width or less.
fn steep(grid: &Grid, formula: &Expression, values: &[f64]) -> Option<usize> {
    let (shown, largest) = (Shown { grid, values }, largest(values));
    let rough = formula.has_jump() || formula.has_kink();
    (0..grid.len()).filter(|_| !rough).find(|&cell| shown.is_steep(cell, largest))
}

/// The mean of a formula over every cell.
pub fn all_means(grid: &Grid, formula: &Expression, values: &[f64]) -> Vec<f64> {
    let tolerance = rounding(values);
    let own = |cell: usize| Mean::new(formula, tolerance).over([0.0; 2], &grid.place(cell));
    (0..grid.len()).into_par_iter().map(own).collect()
}

fn rounding(values: &[f64]) -> f64 {
    ROUNDING * largest(values) + f64::MIN_POSITIVE
}

fn largest(values: &[f64]) -> f64 {
    values.iter().filter(|value| value.is_finite()).fold(0.0, |a: f64, b| a.max(b.abs()))
}

/// The cells in which `off`, of the cell and the mean of a formula there, is more than rounding, with that mean.
fn suspects(
    grid: &Grid,
    formula: &Expression,
    time: f64,
    values: &[f64],
    off: &(dyn Fn(usize, f64) -> f64 + Sync),
) -> Vec<(usize, f64)> {
    let tolerance = rounding(values);
    let d = grid.dimension();
    let block_size = BLOCK[d - 1];
    let counts: Vec<usize> = grid.cells().iter().map(|n| n.div_ceil(block_size)).collect();
    let in_block = |block: usize| {
        let mut rest = block;
        let ranges: Vec<std::ops::Range<usize>> = (0..d)
            .map(|axis| {
                let first = rest % counts[axis] * block_size;
                rest /= counts[axis];
                first..(first + block_size).min(grid.cells()[axis])
            })
            .collect();
        let mut cells = vec![0];
        for (axis, range) in ranges.iter().enumerate() {
            cells = range
                .clone()
                .flat_map(|k| cells.iter().map(move |cell| cell + k * grid.stride(axis)).collect::<Vec<_>>())
                .collect();
        }
        let whole: Vec<Interval> = ranges
            .iter()
            .enumerate()
            .map(|(axis, range)| [grid.side(range.start, axis)[0], grid.side(range.end - 1, axis)[1]])
            .collect();
        if formula.hides_nothing(time, &whole, tolerance) {
            return Vec::new();
        }
        let mut mean = Mean::new(formula, tolerance);
        let means = cells.into_iter().map(|cell| (cell, mean.over([time; 2], &grid.place(cell))));
        means.filter(|(cell, own)| off(*cell, *own) > tolerance).collect()
    };
    (0..counts.iter().product()).into_par_iter().flat_map_iter(in_block).collect()
}

/// What the values at the centres show of a formula.
struct Shown<'a> {
    grid: &'a Grid,
    values: &'a [f64],
}

impl Shown<'_> {
    /// Of `mean` over a cell to the value at its centre, or to the mean of the parabola through it.
    fn distance(&self, cell: usize, mean: f64) -> f64 {
        let off = mean - self.values[cell];
        let parabola: f64 = (0..self.grid.dimension()).map(|axis| self.second(cell, axis, 0) / 24.0).sum();
        off.abs().min((off - parabola).abs())
    }

    /// Along each axis the largest second difference at the cell and its neighbours, added.
    fn bend(&self, cell: usize) -> f64 {
        let largest = |axis: usize| (-1..=1).map(|k| self.second(cell, axis, k).abs()).fold(0.0, f64::max);
        (0..self.grid.dimension()).map(largest).sum()
    }

    /// Whether the value is above or below both neighbours along an axis.
    fn is_peak(&self, cell: usize) -> bool {
        let along = |axis: usize| {
            let beside = [true, false].map(|upward| self.grid.beside(cell, axis, upward));
            let [Some(next), Some(last)] = beside else { return false };
            let [rise, fall] = [next, last].map(|other| self.values[cell] - self.values[other]);
            rise * fall > 0.0
        };
        (0..self.grid.dimension()).any(along)
    }

    /// Whether the fourth difference along an axis is that of a peak of a cell's width beside `largest`.
    fn is_steep(&self, cell: usize, largest: f64) -> bool {
        let along = |axis: usize| {
            let [first, below, own, above, last] =
                [-2, -1, 0, 1, 2].map(|apart| self.second(cell, axis, apart));
            let fourth = (below - 2.0 * own + above).abs();
            // The shoulders of a peak bend less than it does.
            let around = [first, below, above, last].into_iter().fold(0.0, |a: f64, b| a.max(b.abs()));
            let bends_most = own.abs() >= (1.0 - ROUNDING) * around;
            bends_most && fourth > STEEP * own.abs() && fourth > CLEAR * largest
        };
        (0..self.grid.dimension()).any(along)
    }

    /// Of the cell `apart` cells along `axis`, or of the nearest that has two neighbours.
    fn second(&self, cell: usize, axis: usize, apart: i64) -> f64 {
        let (n, stride) = (self.grid.cells()[axis], self.grid.stride(axis));
        if n < 3 {
            return 0.0;
        }
        let position = self.grid.position(cell, axis);
        let row = cell - position * stride;
        let place = (position as i64 + apart).clamp(1, n as i64 - 2) as usize;
        let at = |k: usize| self.values[row + k * stride];
        at(place + 1) - 2.0 * at(place) + at(place - 1)
    }
}

/// By how much an observable that is narrow in a cell may differ there from its mean.
pub fn variation(grid: &Grid, values: &[f64], cell: usize, mean: f64) -> f64 {
    (mean - values[cell]).abs() + Shown { grid, values }.bend(cell)
}

/// The formulas of `problem` that do more in some cells than their centres show: what each is, its formula, and the centre
/// of such a cell.
pub fn narrow_formulas(problem: &Problem, grid: &Grid, mesh: &TimeMesh) -> Vec<(String, Vec<f64>)> {
    let potential = match &problem.dynamics {
        Dynamics::GradientFlow(flow) => flow.potential.expression(),
        Dynamics::Kinetic(flow) => flow.potential.expression(),
        _ => None,
    };
    let times: Vec<f64> = TIMES
        .iter()
        .map(|share| share * problem.horizon)
        .chain(mesh.narrow.iter().rev().take(NARROW_TIMES).copied())
        .collect();
    // What is steep in V is the rule at walls, which nothing reaches.
    let first = |grid: &Grid, formula: &Expression, time: f64, values: &[f64]| match potential {
        Some(_) => hidden(grid, formula, time, values).first().map(|(cell, _)| *cell),
        None => hides(grid, formula, time, values),
    };
    let mut found = Vec::new();
    for formula in problem.dynamics.formulas().into_iter().chain(potential) {
        if !(0..grid.dimension()).any(|axis| formula.depends_on(Variable::Space(axis))) {
            continue;
        }
        let times = if formula.depends_on(Variable::Time) { &times[..] } else { &[0.0] };
        let mean = Mean::new(formula, 0.0);
        let cell = times.iter().find_map(|&time| {
            let values = grid.sample(|x| mean.value(time, x));
            first(grid, formula, time, &values)
        });
        found.extend(cell.map(|cell| (formula.to_string(), grid.centre(cell))));
    }
    found
}
