//! The particles of a plan.

use super::basis::{Basis, Paths};
use super::breakdown::{Breakdown, Progress};
use super::oracle::Oracle;
use crate::model::{Dynamics, Problem, TimeMesh, aliases};
use crate::particles::{
    ParticleSettings, Population, Simulation, Watch, simulate, simulate_annealed, simulate_mean_field,
    step_count,
};

/// Runs particles with these settings.
///
/// # Errors
/// If the oracle's grid breaks down; breakdowns of the particles themselves are part of the simulation.
pub fn particles(
    basis: Basis<'_>,
    settings: &ParticleSettings,
    progress: Progress<'_>,
) -> Result<Simulation, Breakdown> {
    kept_particles(
        basis,
        settings,
        Watch { progress: &|share| progress("particles", share), ..Watch::default() },
    )
}

/// [`particles`] that are watched.
///
/// # Errors
/// Likewise.
pub fn kept_particles(
    basis: Basis<'_>,
    settings: &ParticleSettings,
    watch: Watch<'_>,
) -> Result<Simulation, Breakdown> {
    let problem = basis.problem;
    if let Some(mean_field) = &settings.mean_field {
        return Ok(simulate_mean_field(problem, settings, mean_field, watch));
    }
    if let Dynamics::Annealed(flow) = &problem.dynamics {
        return Ok(simulate_annealed(problem, flow, settings, watch));
    }
    let paths = Paths::new(problem, basis.grid)?;
    let oracle = Oracle::new(paths, &[step_count(problem.horizon, settings.step)])?;
    Ok(simulate(problem, settings, oracle.equation().as_ref(), watch))
}

/// What steps of a length do not see of coefficients that depend on t.
pub fn time_warnings(problem: &Problem, step: f64) -> Vec<String> {
    let mesh = TimeMesh::new(problem, step);
    let jump = mesh.jumps.first().map(|time| {
        format!(
            "[particles] a coefficient jumps at time {time:.6}: within the step across the jump the scheme has order 0, and the \
             standard errors do not count that"
        )
    });
    jump.into_iter().chain(narrow(problem, &mesh, step)).collect()
}

/// What steps of a length do not see but for a jump.
pub fn narrow_in_time(problem: &Problem, step: f64) -> Option<String> {
    narrow(problem, &TimeMesh::new(problem, step), step)
}

fn narrow(problem: &Problem, mesh: &TimeMesh, step: f64) -> Option<String> {
    let near = mesh.narrow.first().map(|time| format!("a coefficient has a feature in time, near {time:.6}"));
    let what = near.or_else(|| {
        aliases(problem, step)
            .map(|formula| format!("{formula} has a feature in time, as it oscillates with the steps"))
    });
    what.map(|what| format!("[particles] {what}: steps of {step:e} do not see it; take shorter ones"))
}

/// The particles at the horizon.
///
/// # Errors
/// If they broke down before.
pub fn completed(simulation: Simulation) -> Result<Population, Breakdown> {
    match (simulation.population, simulation.breakdown) {
        (_, Some(breakdown)) => Err(breakdown.into()),
        (population, None) => population.ok_or(Breakdown::Absent("particles at the horizon")),
    }
}
