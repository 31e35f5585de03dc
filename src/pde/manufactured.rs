//! Manufactured solutions on a grid.

use super::{Evolution, Grid, GridBreakdown, Reaction};
use crate::model::Manufactured;

impl Evolution {
    /// The same flow with the rate that makes u its solution, from u(0, ·); [`Self::driven_time_order`] is its order.
    ///
    /// # Errors
    /// If u is not positive and finite at a cell centre, or the flow is not split: then the rate has no step of its own.
    pub fn manufactured(mut self, manufactured: &Manufactured) -> Result<Self, GridBreakdown> {
        if self.is_unsplit() {
            return Err(GridBreakdown::Unsplit);
        }
        self.start = log_solution(&self.grid, manufactured, 0.0)?;
        self.reaction =
            Reaction::Driven { own: Box::new(self.reaction), killing: manufactured.killing.clone() };
        Ok(self)
    }
}

/// log u(`time`, ·) at the cell centres.
///
/// # Errors
/// If u is not positive and finite at one of them.
pub fn log_solution(grid: &Grid, manufactured: &Manufactured, time: f64) -> Result<Vec<f64>, GridBreakdown> {
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

/// The largest current of u through a side of the box at `time`, as a share of the largest inside it: what a reflecting
/// box keeps back.
pub fn current_through_sides(grid: &Grid, manufactured: &Manufactured, time: f64) -> f64 {
    let d = grid.dimension();
    let mut current = vec![0.0; d];
    let mut along = |place: &[f64], axis: usize| {
        manufactured.current.evaluate(time, place, &mut current);
        current[axis].abs()
    };
    let (mut inside, mut through) = (0.0f64, 0.0f64);
    for cell in 0..grid.len() {
        let mut place = grid.centre(cell);
        for axis in 0..d {
            inside = inside.max(along(&place, axis));
            let position = grid.position(cell, axis);
            let side = match position {
                0 => grid.lower()[axis],
                _ if position + 1 == grid.cells()[axis] => grid.upper()[axis],
                _ => continue,
            };
            let own = std::mem::replace(&mut place[axis], side);
            through = through.max(along(&place, axis));
            place[axis] = own;
        }
    }
    if through == 0.0 { 0.0 } else { through / inside.max(through) }
}
