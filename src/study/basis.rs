//! What a computation starts from: a problem, the settings of its grid and particles, and their requirements.

use crate::keys::Fault;
use crate::model::{GRID_DIMENSIONS, Moving, Problem, Unsupported};
use crate::particles::ParticleSettings;
use crate::pde::GridSettings;

/// A problem with the settings of its grid and particles.
#[derive(Clone, Copy, Debug)]
pub struct Basis<'a> {
    /// What is solved.
    pub problem: &'a Problem,
    /// On a grid, if at all.
    pub grid: Option<&'a GridSettings>,
    /// With particles, if at all.
    pub particles: Option<&'a ParticleSettings>,
}

impl<'a> Basis<'a> {
    /// The grid of a study that cannot do without.
    ///
    /// # Errors
    /// If there is none.
    pub fn needs_grid(&self) -> Result<&'a GridSettings, Fault> {
        self.grid.ok_or_else(|| match self.problem.dimension() {
            d if d <= GRID_DIMENSIONS => lacks("found no [grid]; expected a table [grid], on which this study runs"),
            d => lacks(format!(
                "found {d} dimensions; expected at most {GRID_DIMENSIONS}, on whose grid this study runs: kind = \"reference\" holds \
                 particles against a value"
            )),
        })
    }

    /// The particles of a study that cannot do without.
    ///
    /// # Errors
    /// If there are none.
    pub fn needs_particles(&self) -> Result<&'a ParticleSettings, Fault> {
        self.particles.ok_or_else(|| {
            lacks("found no [particles]; expected a table [particles], which this study judges")
        })
    }

    /// What a study on a plain box requires: equal cells and reflecting sides, if there is a grid.
    ///
    /// # Errors
    /// If the grid has other sides or cells; `why` says what the study does.
    pub fn needs_plain_box(&self, why: &str) -> Result<(), Fault> {
        match self.grid {
            Some(grid) if !grid.grid().is_plain() => Err(lacks(format!(
                "found it beside [grid] sides or spacing; expected equal cells and reflecting sides: {why}"
            ))),
            _ => Ok(()),
        }
    }

    /// Paths of single particles, which read log ρ from the grid where their weights do.
    ///
    /// # Errors
    /// If the problem has no such paths, or reads a grid that is not there.
    pub fn needs_paths(&self) -> Result<Paths<'a>, Fault> {
        Paths::new(self.problem, self.grid)
    }
}

fn lacks(message: impl Into<String>) -> Fault {
    Fault::at("kind", message)
}

/// As a fault of a study of another kind of flow.
impl From<Unsupported> for Fault {
    fn from(unsupported: Unsupported) -> Self {
        lacks(format!("{unsupported}: this study is for that"))
    }
}

/// Paths of single particles: with a grid exactly where their weights read log ρ from one.
#[derive(Clone, Copy, Debug)]
pub struct Paths<'a> {
    /// What they solve.
    pub problem: &'a Problem,
    /// Their equation of motion.
    pub moving: Moving<'a>,
    oracle: Option<&'a GridSettings>,
}

impl<'a> Paths<'a> {
    /// The paths of a problem.
    ///
    /// # Errors
    /// If the problem has no such paths, or reads a grid that is not there.
    pub fn new(problem: &'a Problem, grid: Option<&'a GridSettings>) -> Result<Self, Fault> {
        let moving = problem.moving()?;
        if !problem.reacts() {
            return Ok(Self { problem, moving, oracle: None });
        }
        problem.supports_oracle()?;
        let missing = || lacks("found a flow with reaction; expected a table [grid], which gives log ρ");
        Ok(Self { problem, moving, oracle: Some(grid.ok_or_else(missing)?) })
    }

    /// The grid that their weights read.
    pub fn oracle(&self) -> Option<&'a GridSettings> {
        self.oracle
    }
}
