use super::compare::Bias;
use super::{Breakdown, Plan, Progress, sample};
use crate::particles::mean_field::{LogDensity, Splitting};
use crate::particles::{Mean, MeanField, ParticleSettings, step_count};

/// The bias of the time step for every observable, from a run with twice the step: coupled paths would not do,
/// because all particles interact. E_{2h} − E_h = C hᵖ(2ᵖ − 1), and the bias is C hᵖ. The bias by the number of particles, of the
/// order of the variance, is not in it.
///
/// The standard error is that of the corrected value E_h − bias, less that of E_h, in squares: the two are not independent.
/// There is no bias where the coarse run breaks down.
///
/// # Errors
/// As [`sample::particles`].
pub fn mean_field_bias(
    plan: &Plan,
    settings: &ParticleSettings,
    mean_field: &MeanField,
    means: &[Mean],
    progress: Progress<'_>,
) -> Result<Bias, Breakdown> {
    let problem = &plan.problem;
    let steps = step_count(problem.horizon, settings.step);
    if steps < 2 {
        return Ok(Bias::new());
    }
    let coarse_steps = steps.div_ceil(2);
    // Another seed, so that the runs are independent.
    let seed = settings.seed.wrapping_add(1 << 32);
    let step = problem.horizon / coarse_steps as f64;
    let coarse = sample::particles(plan, &ParticleSettings { step, seed, ..settings.clone() }, progress)?;
    let Some(population) = coarse.population else {
        return Ok(Bias::new());
    };
    let factor = (steps as f64 / coarse_steps as f64).powi(order(settings, mean_field)) - 1.0;
    let bias = |(fine, coarse): (&Mean, Mean)| {
        let variance = (2.0 / factor + 1.0 / (factor * factor)) * fine.stderr * fine.stderr
            + (coarse.stderr / factor).powi(2);
        ((coarse.value - fine.value) / factor, variance.sqrt())
    };
    let names = problem.observables.iter().map(|observable| observable.name.clone());
    let coarse = population.means(&problem.observables, problem.normalized());
    Ok(names.zip(means.iter().zip(coarse).map(bias)).collect())
}

/// Order in h of the splitting with its scheme; reactions under a kernel do not compose.
pub(super) fn order(settings: &ParticleSettings, mean_field: &MeanField) -> i32 {
    let kernel = matches!(mean_field.density, LogDensity::Kernel { .. });
    splitting_order(settings, mean_field).min(if kernel { 1 } else { i32::MAX })
}

/// The same where reactions compose.
pub(super) fn splitting_order(settings: &ParticleSettings, mean_field: &MeanField) -> i32 {
    match mean_field.splitting {
        Splitting::Strang => settings.scheme.weak_order().min(2) as i32,
        Splitting::TransportFirst => 1,
    }
}
