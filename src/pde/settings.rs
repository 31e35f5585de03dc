//! How the grid solver is to run.

use super::tails::Side;
use super::{
    CellEnergy, Evolution, Grid, GridBreakdown, Sides, Spacing, Splitting, TransportIntegrator,
    vanishing_sides,
};
use crate::model::{Problem, TimeMesh};
use std::sync::Arc;

/// How the grid solver is to run.
#[derive(Clone, Debug, PartialEq)]
pub struct GridSettings {
    /// Lower corner.
    pub lower: Vec<f64>,
    /// Upper corner.
    pub upper: Vec<f64>,
    /// Number of cells in each direction.
    pub cells: Vec<usize>,
    /// What happens at both ends of each axis.
    pub sides: Vec<Sides>,
    /// Whether the reflecting sides only cut off what is beyond them, which then is part of every error.
    pub open: bool,
    /// How the cells of each axis are graded, if they are.
    pub spacings: Vec<Option<Arc<Spacing>>>,
    /// Time step of the splitting.
    pub step: f64,
    /// Splitting of transport and reaction.
    pub method: Splitting,
    /// Integrator of the transport part.
    pub transport: TransportIntegrator,
    /// Error of log ρ that a step may make, relative to 1 + |log ρ|; `None` for steps that are given.
    pub tolerance: Option<f64>,
    /// Times at which log ρ is kept among the results of a run, beside the last; each is moved to the end of its step.
    pub times: Vec<f64>,
}

impl GridSettings {
    /// The grid itself.
    pub fn grid(&self) -> Grid {
        Grid::new(self.lower.clone(), self.upper.clone(), self.cells.clone())
            .with_sides(self.sides.clone())
            .with_spacings(self.spacings.clone())
    }

    /// The splitting whose orders are studied: Strang's for what is not split.
    pub fn splitting(&self) -> Splitting {
        if self.method == Splitting::Unsplit { Splitting::Strang } else { self.method }
    }

    /// The steps in time, the even ones of which are those of these settings.
    pub fn mesh(&self, problem: &Problem) -> TimeMesh {
        TimeMesh::new(problem, self.step)
    }

    /// The sides beyond which there is nothing: all that are meant as walls, and those at which the noise vanishes.
    pub fn closed_sides(&self, problem: &Problem) -> Vec<Side> {
        match self.open {
            true => vanishing_sides(problem, &self.grid()).into_iter().map(|(side, _)| side).collect(),
            false => (0..self.cells.len()).flat_map(|axis| [(axis, false), (axis, true)]).collect(),
        }
    }

    /// The flow of `problem` on `grid`, solved as these settings say, with steps of at most `step` where steps are given.
    ///
    /// # Errors
    /// If the operator cannot be built on this grid.
    pub fn evolution(&self, problem: &Problem, grid: &Grid, step: f64) -> Result<Evolution, GridBreakdown> {
        self.reading(problem, grid, step, CellEnergy::Share)
    }

    /// As [`Self::evolution`], with V read like this where it does more in a cell than the centre shows.
    pub(super) fn reading(
        &self,
        problem: &Problem,
        grid: &Grid,
        step: f64,
        reading: CellEnergy,
    ) -> Result<Evolution, GridBreakdown> {
        let evolution = Evolution::reading(problem, grid, (self.method, self.transport), step, reading)?;
        let evolution = evolution.with_mesh(self.mesh(problem));
        Ok(match self.tolerance {
            Some(tolerance) => evolution.to_tolerance(tolerance),
            None => evolution,
        })
    }
}
