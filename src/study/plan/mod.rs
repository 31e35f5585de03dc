//! Plans: a [`Plan`] that exists can be run. Every rule of what fits what is asked here, of plans made in Rust and of those
//! that a scenario describes.
//!
//! `grid` has the rules of [grid], `particles` those of [particles], `memory` what all of it takes of what is `available`, `work`
//! how long it takes; studies state their own.

mod available;
mod grid;
mod memory;
mod particles;
mod work;

pub use grid::FEWEST_CELLS;
pub use memory::dimension_fault;
pub use particles::{fitting_schemes, mismatch};

use super::basis::Basis;
use super::kind::{Quick, Study};
use crate::keys::Fault;
use crate::model::{Dynamics, Initial, Problem};
use crate::particles::{ParticleSettings, State, step_count};
use crate::pde::GridSettings;
use std::fmt;
use std::sync::Arc;

/// Particles of a quick run, at most.
const QUICK_PARTICLES: usize = 10_000;

/// What is to be computed.
#[derive(Clone, Debug)]
pub struct Plan {
    problem: Problem,
    grid: Option<GridSettings>,
    particles: Option<ParticleSettings>,
    studies: Vec<Arc<dyn Study>>,
}

/// Why a plan cannot be run, and where.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct Reason {
    /// The part of the plan.
    pub part: Part,
    /// What is wrong with it.
    pub fault: Fault,
}

/// A part of a plan; also a table of a scenario.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// The problem itself.
    Problem,
    /// The table `[grid]`.
    Grid,
    /// The table `[particles]`.
    Particles,
    /// A table `[[study]]`, counted from 0.
    Study(usize),
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Fault { key, item, message } = &self.fault;
        match self.part {
            Part::Problem => write!(f, "{key}")?,
            Part::Grid => write!(f, "[grid] {key}")?,
            Part::Particles => write!(f, "[particles] {key}")?,
            Part::Study(number) => write!(f, "[[study]] {number} {key}")?,
        }
        if let Some(item) = item {
            write!(f, "[{item}]")?;
        }
        write!(f, ": {message}")
    }
}

impl Plan {
    /// The plan to solve a problem on a grid and with particles, and to make studies of that.
    ///
    /// # Errors
    /// Everything that keeps it from being run.
    pub fn new(
        problem: Problem,
        grid: Option<GridSettings>,
        particles: Option<ParticleSettings>,
        studies: Vec<Arc<dyn Study>>,
    ) -> Result<Self, Vec<Reason>> {
        let plan = Self { problem, grid, particles, studies };
        let reasons = plan.reasons();
        if reasons.is_empty() { Ok(plan) } else { Err(reasons) }
    }

    fn reasons(&self) -> Vec<Reason> {
        let of = |part: Part| move |fault: Fault| Reason { part, fault };
        let mut reasons: Vec<Reason> =
            problem_faults(&self.problem).into_iter().map(of(Part::Problem)).collect();
        if !reasons.is_empty() {
            // Nothing else can be asked of a problem that does not make sense.
            return reasons;
        }
        let grid = self.grid.as_ref().map_or_else(Vec::new, |grid| grid::faults(grid, &self.problem));
        let sound = grid.is_empty();
        reasons.extend(grid.into_iter().map(of(Part::Grid)));
        let mut counted = true;
        if let Some(particles) = &self.particles {
            let faults = particles::faults(particles, &self.problem, self.grid.as_ref().filter(|_| sound));
            counted = !faults.iter().any(|fault| ["count", "replicates", "step"].contains(&fault.key));
            // A grid that is there is not missing, whatever is wrong with it.
            let faults = faults.into_iter().filter(|fault| sound || fault.key != "grid");
            reasons.extend(faults.map(|fault| match fault.key {
                "grid" | "particles" => Reason { part: Part::Problem, fault },
                _ => Reason { part: Part::Particles, fault },
            }));
        }
        if sound {
            for (number, study) in self.studies.iter().enumerate() {
                let bounds = study.values().faults(study.kind().keys);
                let missing = study.kind().needs.iter().filter_map(|need| need.met(&self.basis()).err());
                let faults = bounds.into_iter().chain(missing).chain(study.faults(&self.basis()));
                reasons.extend(faults.map(of(Part::Study(number))));
            }
            // One mistake is told once.
            let known = |fresh: &Reason, all: &[Reason]| all.iter().any(|other| other.part == fresh.part);
            let memory = if counted { memory::faults(&self.basis(), &self.studies) } else { Vec::new() };
            let fresh: Vec<Reason> = memory.into_iter().filter(|reason| !known(reason, &reasons)).collect();
            reasons.extend(fresh);
        }
        reasons
    }

    /// What is solved.
    pub fn problem(&self) -> &Problem {
        &self.problem
    }

    /// On which grid, if at all.
    pub fn grid(&self) -> Option<&GridSettings> {
        self.grid.as_ref()
    }

    /// With which particles, if at all.
    pub fn particles(&self) -> Option<&ParticleSettings> {
        self.particles.as_ref()
    }

    /// What is studied.
    pub fn studies(&self) -> &[Arc<dyn Study>] {
        &self.studies
    }

    /// The problem with the settings of its grid and particles.
    pub fn basis(&self) -> Basis<'_> {
        Basis { problem: &self.problem, grid: self.grid.as_ref(), particles: self.particles.as_ref() }
    }

    /// What the user should know although the plan can be run.
    pub fn warnings(&self) -> Vec<String> {
        self.grid.as_ref().map_or_else(Vec::new, |grid| grid::warnings(grid, &self.problem))
    }

    /// The plan of the last study of this kind alone: without particles, and with its grid only if that study reads it, or if it
    /// has walls, which are part of the target. As it is if there is no such study.
    pub fn alone(mut self, kind: &str) -> Self {
        if let Some(study) = self.studies.iter().rfind(|study| study.kind().name == kind).cloned() {
            let needed = study.needs_grid(&self.basis());
            self.grid = self.grid.filter(|grid| needed || !grid.open);
            self.particles = None;
            self.studies = vec![study];
        }
        self
    }

    /// The same plan with another seed of all random streams.
    pub fn reseeded(mut self, seed: u64) -> Self {
        if let Some(particles) = &mut self.particles {
            particles.seed = seed;
        }
        for study in &mut self.studies {
            if let Some(other) = study.reseeded(seed) {
                *study = other;
            }
        }
        self
    }

    /// A shorter plan that keeps every kind of method, and what each is cheap for.
    pub fn quick(mut self) -> Self {
        if let Some(particles) = &mut self.particles {
            particles.count = particles.count.min(QUICK_PARTICLES);
        }
        if let Some(grid) = &mut self.grid
            && grid.cells.len() > 1
        {
            grid.cells.iter_mut().for_each(|cells| *cells = cells.div_ceil(2).max(grid::FEWEST_CELLS));
            // Particles that read log ρ from themselves have the heavier weights the longer the step.
            if let Some(particles) = self.particles.as_mut().filter(|own| own.mean_field.is_none()) {
                particles.step = self.problem.horizon.min(2.0 * particles.step);
            }
        }
        let problem = &self.problem;
        let shorter = |study: Arc<dyn Study>| match study.quick(problem) {
            Quick::Same => Some(study),
            Quick::Shorter(other) => Some(other),
            Quick::Nothing => None,
        };
        self.studies = self.studies.into_iter().filter_map(shorter).collect();
        self
    }

    /// Whether the particles of this plan can go on from `state`.
    pub fn accepts(&self, state: &State) -> bool {
        self.particles.as_ref().is_some_and(|settings| {
            let scheduled = matches!(self.problem.dynamics, Dynamics::Annealed(_));
            let steps = step_count(self.problem.horizon, settings.step);
            state.fits(settings.total_count(), self.problem.dimension(), steps, scheduled)
        })
    }
}

/// An observable that is no number a standard deviation from the middle of the start, where there is mass.
fn undefined_observable(problem: &Problem) -> Option<String> {
    let places: Vec<Vec<f64>> = match &problem.initial {
        Initial::Point(point) => vec![point.clone()],
        Initial::Mixture(start) => {
            let first = start.components().first()?;
            let shifted = |axis: usize, sign: f64| {
                let mut place = first.mean.clone();
                place[axis] += sign * first.covariance[axis][axis].sqrt();
                place
            };
            let all = (0..first.mean.len()).flat_map(|axis| [shifted(axis, 1.0), shifted(axis, -1.0)]);
            std::iter::once(first.mean.clone()).chain(all).collect()
        }
    };
    problem.observables.iter().filter(|own| !own.expression().has_code()).find_map(|observable| {
        let undefined = |x: &&Vec<f64>| x.iter().all(|x| x.is_finite()) && observable.value(&x[..]).is_nan();
        let place = places.iter().find(undefined)?;
        Some(format!(
            "found {}, which is not a number at {place:?}, where the start has mass; expected a formula that is one wherever paths are",
            observable.name
        ))
    })
}

/// What makes no sense in the problem itself.
fn problem_faults(problem: &Problem) -> Vec<Fault> {
    let mut faults = Vec::new();
    let horizon = problem.horizon;
    if !(horizon > 0.0 && horizon.is_finite()) {
        faults.push(Fault::at("horizon", format!("found {horizon}; expected a positive number")));
    }
    if let Initial::Point(point) = &problem.initial
        && (point.is_empty() || point.iter().any(|x| !x.is_finite()))
    {
        faults.push(Fault::at("initial", format!("found the point {point:?}; expected finite coordinates")));
    }
    faults.extend(undefined_observable(problem).map(|message| Fault::at("observables", message)));
    let potential = problem.wrong_gradient().or_else(|| problem.drowned_potential());
    faults.extend(potential.map(|message| Fault::at("target", message)));
    if let Some(expected) = problem.dynamics.dimension()
        && expected != problem.dimension()
    {
        let found = problem.dimension();
        let message =
            format!("found an initial law in dimension {found}; expected {expected}, that of the dynamics");
        faults.push(Fault::at("initial", message));
    }
    faults
}
