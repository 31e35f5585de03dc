//! What a formula does between the centres of cells.

use super::Grid;
use crate::model::{Dynamics, Expression, Interval, Mean, Problem, TimeMesh, Variable};
use rayon::prelude::*;

/// Cells along each axis of a block, which is passed over if it hides nothing, by dimension.
const BLOCK: [usize; 3] = [1, 8, 8];
/// What is rounding, relative to the largest value at a centre.
const ROUNDING: f64 = 1e-9;
/// Share of the second difference of the centres by which a mean over a cell may differ from the value at its centre: of a
/// parabola it is 1/24.
const SMOOTH: f64 = 0.5;
/// Shares of the horizon at which formulas that depend on t are looked at, and how many places in time where they are narrow.
const TIMES: [f64; 4] = [0.0, 0.23, 0.51, 0.87];
const NARROW_TIMES: usize = 4;

/// The cells in which the mean of a formula is not what `values`, which stand for it at the centres, show, with that mean.
pub fn hidden(grid: &Grid, formula: &Expression, time: f64, values: &[f64]) -> Vec<(usize, f64)> {
    let largest = values.iter().filter(|value| value.is_finite()).fold(0.0, |a: f64, b| a.max(b.abs()));
    let tolerance = ROUNDING * largest + f64::MIN_POSITIVE;
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
        let mut found = Vec::new();
        for cell in cells {
            let own = mean.over([time; 2], &grid.place(cell));
            let off = (own - values[cell]).abs();
            if off > SMOOTH * second_differences(grid, values, cell) + tolerance {
                found.push((cell, own));
            }
        }
        found
    };
    (0..counts.iter().product()).into_par_iter().flat_map_iter(in_block).collect()
}

/// Along each axis the largest second difference at the cell and its neighbours, added.
fn second_differences(grid: &Grid, values: &[f64], cell: usize) -> f64 {
    let along = |axis: usize| {
        let (n, stride) = (grid.cells()[axis], grid.stride(axis));
        let position = grid.position(cell, axis);
        let row = cell - position * stride;
        let places = position.saturating_sub(1).max(1)..=(position + 1).min(n.saturating_sub(2));
        let at = |k: usize| values[row + k * stride];
        places.map(|k| (at(k + 1) - 2.0 * at(k) + at(k - 1)).abs()).fold(0.0, f64::max)
    };
    (0..grid.dimension()).map(along).sum()
}

/// The formulas of `problem` that do more in some cells than their centres show: what each is, its formula, and the centre
/// of such a cell.
pub fn narrow_formulas(problem: &Problem, grid: &Grid, mesh: &TimeMesh) -> Vec<(String, Vec<f64>)> {
    let potential = match &problem.dynamics {
        Dynamics::GradientFlow(flow) => flow.potential.expression(),
        _ => None,
    };
    let times: Vec<f64> = TIMES
        .iter()
        .map(|share| share * problem.horizon)
        .chain(mesh.narrow.iter().rev().take(NARROW_TIMES).copied())
        .collect();
    let mut found = Vec::new();
    for formula in problem.dynamics.formulas().into_iter().chain(potential) {
        if !(0..grid.dimension()).any(|axis| formula.depends_on(Variable::Space(axis))) {
            continue;
        }
        let times = if formula.depends_on(Variable::Time) { &times[..] } else { &[0.0] };
        let mean = Mean::new(formula, 0.0);
        let cell = times.iter().find_map(|&time| {
            let values = grid.sample(|x| mean.value(time, x));
            hidden(grid, formula, time, &values).first().map(|(cell, _)| *cell)
        });
        found.extend(cell.map(|cell| (formula.to_string(), grid.centre(cell))));
    }
    found
}
