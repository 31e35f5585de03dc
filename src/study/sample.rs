//! The particles of a plan.

use super::oracle::Oracle;
use super::{Breakdown, Plan, Progress};
use crate::model::Dynamics;
use crate::particles::{
    ParticleSettings, Simulation, simulate, simulate_annealed, simulate_mean_field, step_count,
};

/// Runs particles with these settings on the problem of `plan`.
///
/// # Errors
/// If the oracle's grid breaks down; breakdowns of the particles themselves are part of the simulation.
pub fn particles(
    plan: &Plan,
    settings: &ParticleSettings,
    progress: Progress<'_>,
) -> Result<Simulation, Breakdown> {
    let problem = &plan.problem;
    let progress = |share| progress("particles", share);
    if let Some(mean_field) = &settings.mean_field {
        return Ok(simulate_mean_field(problem, settings, mean_field, &progress));
    }
    if let Dynamics::Annealed(flow) = &problem.dynamics {
        return Ok(simulate_annealed(problem, flow, settings, &progress));
    }
    let oracle = Oracle::new(problem, plan.grid.as_ref(), &[step_count(problem.horizon, settings.step)])?;
    Ok(simulate(problem, settings, oracle.equation().as_ref(), &progress))
}
