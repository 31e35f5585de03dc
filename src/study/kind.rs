//! A kind of study: its name and keys, and how it is read and run.

use super::basis::Basis;
use super::breakdown::{Breakdown, Progress};
use super::figure::{Arrays, Figure};
use super::findings::{Check, Findings, GridFindings, ParticleFindings, StudyFindings};
use super::grid::GridRun;
use super::modes::Missed;
use super::series::TimeSeries;
use super::step_bias::Biases;
use crate::keys::{Fault, Key, Values};
use crate::model::{Observable, Problem};
use crate::particles::Population;
use schemars::{Schema, SchemaGenerator};
use std::fmt::Debug;
use std::sync::Arc;
use std::time::Duration;

/// Makes a study of the values of its keys.
pub type Read = fn(&Values, &Basis<'_>) -> Result<Arc<dyn Study>, Fault>;

/// A kind of study, as the table [`KINDS`](super::KINDS) lists it.
pub struct Kind {
    /// The name that scenarios use.
    pub name: &'static str,
    /// One sentence on what the study does.
    pub summary: &'static str,
    /// What of a scenario it cannot do without.
    pub needs: &'static [Need],
    /// Its keys beside `kind`.
    pub keys: &'static [Key],
    /// The study that these values ask for.
    pub read: Read,
    /// The schema of its outcome; `None` if it makes checks alone.
    pub outcome: Option<fn(&mut SchemaGenerator) -> Schema>,
}

/// What of a scenario a kind of study cannot do without.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Need {
    /// The table `[grid]`.
    Grid,
    /// The table `[particles]`.
    Particles,
    /// Paths of single particles, and a grid where their weights read log ρ.
    Paths,
}

impl Need {
    /// What is missing, if it is.
    ///
    /// # Errors
    /// The fault of a scenario without it.
    pub fn met(self, basis: &Basis<'_>) -> Result<(), Fault> {
        match self {
            Self::Grid => basis.needs_grid().map(drop),
            Self::Particles => basis.needs_particles().map(drop),
            Self::Paths => basis.needs_paths().map(drop),
        }
    }
}

impl Kind {
    /// What it needs, in words; empty if nothing.
    pub fn needed(&self) -> String {
        let words = self.needs.iter().map(|need| match need {
            Need::Grid => "[grid]",
            Need::Particles => "[particles]",
            Need::Paths => "[grid] if the flow reacts",
        });
        let words = words.collect::<Vec<_>>().join(" and ");
        if words.is_empty() { words } else { format!("needs {words}") }
    }
}

/// A study with its settings.
pub trait Study: Debug + Send + Sync {
    /// Which kind it is.
    fn kind(&self) -> &'static Kind;

    /// The settings that the kind's keys have bounds for.
    fn values(&self) -> Values {
        Values::default()
    }

    /// What of the plan does not fit the study, beside what its kind needs; found before anything runs.
    fn faults(&self, _basis: &Basis<'_>) -> Vec<Fault> {
        Vec::new()
    }

    /// Runs the study. What was found goes to `found` as it comes, so that a breakdown loses nothing.
    ///
    /// # Errors
    /// If a computation breaks down.
    fn run(&self, context: &Context<'_>, found: &mut Found) -> Result<(), Breakdown>;

    /// Whether it judges the particles of the plan by the bias of their step, `Context::biases`: that is then measured in full,
    /// which takes runs of its own, where it is only scouted otherwise.
    fn judges_particles(&self) -> bool {
        false
    }

    /// Whether it says that the particles are about the law at the horizon, so that it is no news which modes of the target that
    /// law has not reached.
    fn judges_flow(&self) -> bool {
        false
    }

    /// Whether it reads the solution on the grid of the plan.
    fn needs_grid(&self, _basis: &Basis<'_>) -> bool {
        true
    }

    /// Whether it is held against the limits that other studies find, and has to run after them.
    fn reads_limits(&self) -> bool {
        false
    }

    /// Whether it draws the density at the horizon itself.
    fn draws_density(&self) -> bool {
        false
    }

    /// The same study with another seed; `None` if it has none.
    fn reseeded(&self, _seed: u64) -> Option<Arc<dyn Study>> {
        None
    }

    /// What a quick validation makes of it.
    fn quick(&self, _problem: &Problem) -> Quick {
        Quick::Same
    }
}

/// What a quick validation makes of a study.
pub enum Quick {
    /// The study itself.
    Same,
    /// A shorter one.
    Shorter(Arc<dyn Study>),
    /// Nothing: it takes too long.
    Nothing,
}

/// What a study is given beside its settings.
pub struct Context<'a> {
    /// The problem with the settings of its grid and particles.
    pub basis: Basis<'a>,
    /// Hears of progress.
    pub progress: Progress<'a>,
    /// How many studies of its kind came before.
    pub number: usize,
    /// What was found until now.
    pub findings: &'a Findings,
    /// The grid solution, if there is one.
    pub grid: Option<&'a GridRun>,
    /// The particles at the horizon, if there are any.
    pub population: Option<&'a Population>,
    /// Their means at the recorded times, where a study reads them.
    pub series: &'a TimeSeries,
    /// The bias of their step.
    pub biases: &'a Biases,
    /// Modes that they have missed.
    pub missed: &'a Missed,
    /// Limits h → 0 of noise-free expectations that earlier studies found.
    pub limits: &'a [Limit],
}

impl<'a> Context<'a> {
    /// The problem.
    pub fn problem(&self) -> &'a Problem {
        self.basis.problem
    }

    /// The grid solution with its values at the horizon.
    ///
    /// # Errors
    /// If there is none.
    pub fn solved(&self) -> Result<(&'a GridRun, &'a GridFindings), Breakdown> {
        self.grid.zip(self.findings.grid.as_ref()).ok_or(Breakdown::Absent("a grid solution"))
    }

    /// The particles at the horizon with their estimates.
    ///
    /// # Errors
    /// If there are none.
    pub fn sampled(&self) -> Result<(&'a Population, &'a ParticleFindings), Breakdown> {
        self.population
            .zip(self.findings.particles.as_ref())
            .ok_or(Breakdown::Absent("particles at the horizon"))
    }

    /// The findings of a study of the grid's cells, which say nothing where these hide a feature.
    pub fn unless_hidden(&self, findings: StudyFindings) -> StudyFindings {
        match self.grid.and_then(GridRun::hidden_feature) {
            Some(why) => findings.undecided(why),
            None => findings,
        }
    }

    /// The grid's value of an observable, and its error, to which that of the oracle is added.
    pub fn grid_value(&self, observable: &Observable) -> Option<(f64, f64)> {
        let grid = self.findings.grid.as_ref()?.observables.get(&observable.name)?;
        let oracle = self.grid?.oracle_error(self.problem(), observable, grid.value);
        Some((grid.value, grid.error + oracle))
    }
}

/// The limit h → 0 of the noise-free expectation of an observable.
#[derive(Clone, Debug)]
pub struct Limit {
    /// Name of the observable.
    pub observable: String,
    /// (value, error).
    pub value: (f64, f64),
}

/// What a study found.
#[derive(Debug, Default)]
pub struct Found {
    /// Its outcomes with their verdicts.
    pub outcomes: Vec<StudyFindings>,
    /// Checks on the way.
    pub checks: Vec<Check>,
    /// Pictures that come first on the page.
    pub first_figures: Vec<Figure>,
    /// Pictures; the runner makes their ids differ.
    pub figures: Vec<Figure>,
    /// Arrays for scripts; the runner makes their ids differ.
    pub arrays: Vec<Arrays>,
    /// What the user should know.
    pub warnings: Vec<String>,
    /// Wall-clock time of parts.
    pub timings: Vec<(String, Duration)>,
    /// Limits that later studies can be held against.
    pub limits: Vec<Limit>,
}

impl Found {
    /// Whether nothing was judged.
    pub fn is_empty(&self) -> bool {
        self.outcomes.is_empty() && self.checks.is_empty()
    }
}
