//! The bias of particle estimates by their time step, and the distance that is left without it.

use super::basis::{Basis, Paths};
use super::breakdown::{Breakdown, Progress};
use super::oracle::Oracle;
use super::sample;
use crate::particles::coupled::Level;
use crate::particles::mean_field::{LogDensity, Splitting};
use crate::particles::{BLOCK, Mean, MeanField, Motion, ParticleSettings, step_count};
use crate::schemes::order_with;
use std::collections::BTreeMap;

/// Coupled paths that measure the bias of the time step.
pub const BIAS_PATHS: usize = 65_536;
/// Number of their level; those of order studies count from 0.
const BIAS_LEVEL: u32 = 1000;
/// A bias with its standard error.
pub type Bias = BTreeMap<String, (f64, f64)>;

/// Entry of [`Bias`] for the log-normaliser; no formula has this name.
pub const LOG_NORMALIZER: &str = "log normalizer";

/// The bias of the time step for every observable and the log-normaliser, from `paths` coupled paths with steps h
/// and h/2: E_{h/2} − E_h = −C hᵖ(1 − 2⁻ᵖ), and the bias is C hᵖ.
///
/// # Errors
/// If the grid breaks down.
pub fn time_step_bias(
    basis: Basis<'_>,
    settings: &ParticleSettings,
    paths: usize,
) -> Result<Bias, Breakdown> {
    let problem = basis.problem;
    let steps = step_count(problem.horizon, settings.step);
    let oracle = Oracle::new(Paths::new(problem, basis.grid)?, &[2 * steps])?;
    let equation = oracle.equation();
    let weighted = problem.weighted();
    let motion =
        Motion { sde: equation.as_ref(), scheme: settings.scheme, weight: settings.weight, weighted };
    let order = order_with(settings.scheme, settings.weight, weighted) as i32;
    let factor = -1.0 / (1.0 - 2f64.powi(-order));
    let mut biases = Bias::new();
    let level = Level {
        problem,
        observables: &problem.observables,
        motion,
        steps,
        seed: settings.seed,
        number: BIAS_LEVEL,
    };
    for (observable, sums) in problem.observables.iter().zip(level.run(0..paths / BLOCK)) {
        if sums.exploded() > 0 {
            // The particles themselves were luckier; nothing can be said about their bias.
            continue;
        }
        let difference = sums.difference(problem.normalized());
        biases.insert(observable.name.clone(), (factor * difference.value, factor.abs() * difference.stderr));
        let mass = sums.log_mass_difference();
        biases.insert(LOG_NORMALIZER.into(), (factor * mass.value, factor.abs() * mass.stderr));
    }
    Ok(biases)
}

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
    basis: Basis<'_>,
    settings: &ParticleSettings,
    mean_field: &MeanField,
    means: &[Mean],
    progress: Progress<'_>,
) -> Result<Bias, Breakdown> {
    let problem = basis.problem;
    let steps = step_count(problem.horizon, settings.step);
    if steps < 2 {
        return Ok(Bias::new());
    }
    let coarse_steps = steps.div_ceil(2);
    // Another seed, so that the runs are independent.
    let seed = settings.seed.wrapping_add(1 << 32);
    let step = problem.horizon / coarse_steps as f64;
    let coarse = sample::particles(basis, &ParticleSettings { step, seed, ..settings.clone() }, progress)?;
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
pub fn order(settings: &ParticleSettings, mean_field: &MeanField) -> i32 {
    let kernel = matches!(mean_field.density, LogDensity::Kernel { .. });
    splitting_order(settings, mean_field).min(if kernel { 1 } else { i32::MAX })
}

/// The same where reactions compose.
pub fn splitting_order(settings: &ParticleSettings, mean_field: &MeanField) -> i32 {
    match mean_field.splitting {
        Splitting::Strang => settings.scheme.weak_order().min(2) as i32,
        Splitting::TransportFirst => 1,
    }
}

/// Distance of (value, standard error) of particles, less the bias of their time step, from (value, error) of what they are
/// compared with, beyond what the errors explain, in standard errors.
pub fn score(particle: (f64, f64), bias: Option<(f64, f64)>, exact: (f64, f64)) -> f64 {
    let (bias, bias_stderr) = bias.unwrap_or_default();
    let difference = particle.0 - bias - exact.0;
    // The bias is a leading-order estimate; half of it is allowed for the higher orders.
    let allowed = exact.1 + 0.5 * bias.abs();
    let resolved = (difference.abs() - allowed).max(0.0);
    if resolved == 0.0 { 0.0 } else { resolved / particle.1.hypot(bias_stderr) * difference.signum() }
}
