//! ManufacturedSolution solutions on a grid.

use super::{DrivenRate, Evolution, Grid, GridBreakdown, Reaction, Sides};
use crate::model::ManufacturedSolution;

impl Evolution {
    /// The same flow with the rate that makes u its solution, from u(0, ·); [`Self::driven_time_order`] is its order.
    ///
    /// # Errors
    /// If u is not positive and finite at a cell centre, or the flow is not split: then the rate has no step of its own.
    pub fn manufactured(mut self, manufactured: &ManufacturedSolution) -> Result<Self, GridBreakdown> {
        if self.is_unsplit() {
            return Err(GridBreakdown::Unsplit);
        }
        self.start = log_solution(&self.grid, manufactured, 0.0)?;
        let killing = DrivenRate::Formula(manufactured.killing.clone());
        self.reaction = Reaction::Driven { own: Box::new(self.reaction), killing };
        Ok(self)
    }
}

/// log u(`time`, ·) at the cell centres.
///
/// # Errors
/// If u is not positive and finite at one of them.
pub fn log_solution(
    grid: &Grid,
    manufactured: &ManufacturedSolution,
    time: f64,
) -> Result<Vec<f64>, GridBreakdown> {
    let solution = grid.sample(|x| {
        let mut u = [0.0];
        manufactured.solution.evaluate(time, x, &mut u);
        u[0]
    });
    match solution.iter().position(|u| !(u.is_finite() && *u > 0.0)) {
        Some(cell) => {
            Err(GridBreakdown::NotPositive { value: solution[cell], place: grid.centre(cell), time })
        }
        None => Ok(solution.iter().map(|u| u.ln()).collect()),
    }
}

/// What of u does not fit the sides of the box at `time`: its largest current through a reflecting side, as a share of the
/// largest inside, which the side keeps back; its value at an absorbing side, and its jump between periodic ends, as shares
/// of its largest value.
pub fn misfit_at_sides(grid: &Grid, manufactured: &ManufacturedSolution, time: f64) -> f64 {
    let d = grid.dimension();
    let current = |place: &[f64], axis: usize| {
        let mut current = vec![0.0; d];
        manufactured.current.evaluate(time, place, &mut current);
        current[axis].abs()
    };
    let density = |place: &[f64]| {
        let mut u = [0.0];
        manufactured.solution.evaluate(time, place, &mut u);
        u[0].abs()
    };
    let at = |cell: usize, axis: usize, side: f64| {
        let mut place = grid.centre(cell);
        place[axis] = side;
        place
    };
    let largest = (0..grid.len()).map(|cell| density(&grid.centre(cell))).fold(0.0, f64::max);
    let share = |part: f64, whole: f64| if part == 0.0 { 0.0 } else { part / whole.max(part) };
    (0..d)
        .map(|axis| {
            let [lower, upper] = [grid.lower()[axis], grid.upper()[axis]];
            let ends = grid.ends(axis).map(|(first, last)| [at(first, axis, lower), at(last, axis, upper)]);
            let sides = grid.sides(axis);
            if sides == Sides::Periodic {
                let jumps = ends.map(|[a, b]| (density(&a) - density(&b)).abs());
                return share(jumps.fold(0.0, f64::max), largest);
            }
            let inside = (0..grid.len()).map(|cell| current(&grid.centre(cell), axis)).fold(0.0, f64::max);
            let misfit = |(upper, place): (bool, Vec<f64>)| match sides.absorbs(upper) {
                true => share(density(&place), largest),
                false => share(current(&place, axis), inside),
            };
            ends.flat_map(|[a, b]| [(false, a), (true, b)]).map(misfit).fold(0.0, f64::max)
        })
        .fold(0.0, f64::max)
}
