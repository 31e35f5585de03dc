use super::Plan;
use super::basis::Paths;
use super::breakdown::Breakdown;
use super::oracle::Oracle;
use crate::particles::{Motion, Path, path, step_count};

/// The [`path()`] of particle `index`, alone; `None` if the plan has no such particle, or none that could be alone.
///
/// # Errors
/// If the oracle's grid breaks down.
pub fn particle_path(plan: &Plan, index: usize) -> Result<Option<Path>, Breakdown> {
    let Some(settings) =
        plan.particles().filter(|settings| index < settings.count && settings.mean_field.is_none())
    else {
        return Ok(None);
    };
    let problem = plan.problem();
    let Ok(paths) = Paths::new(problem, plan.grid()) else {
        return Ok(None);
    };
    let oracle = Oracle::new(paths, &[step_count(problem.horizon, settings.step)])?;
    let equation = oracle.equation();
    let motion = Motion {
        sde: equation.as_ref(),
        scheme: settings.scheme,
        weight: settings.weight,
        weighted: problem.weighted(),
    };
    Ok(Some(path(problem, settings, motion, index)))
}
