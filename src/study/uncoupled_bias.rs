//! The bias of the time step of particles whose paths cannot be coupled, because all of them interact: ensembles, and annealed
//! particles whose moves do not keep the law on their path.

use super::basis::Basis;
use super::breakdown::{Breakdown, Progress};
use super::sample;
use super::step_bias::{ASYMPTOTIC, Biases, LOG_EVIDENCE, RESOLVED, StepBias};
use crate::model::{Dynamics, Problem};
use crate::particles::mean_field::{Alternation, DensityEstimate, EnsembleBias, FEWER};
use crate::particles::{Mean, MeanField, ParticleSettings, Simulation, annealed_moves_are_exact, step_count};

/// What the seed of a run is ahead of that of the run before, so that they are independent.
const APART: u64 = 1 << 32;
/// The finer run takes so many steps for each one of the particles: between steps that differ less, a bias that hardly falls yet is
/// not told from one that is small.
const FINER: usize = 4;
/// A run that is held against nothing is measured with this share of its replicates, which are two at least.
const SCOUTS: usize = 4;

/// The standard error of a bias is at least this share of that of the estimate: it was measured, whatever the noise of both makes of it.
const LEAST: f64 = 0.1;

/// Whether the particles interact, so that their paths cannot be coupled.
pub fn interact(problem: &Problem, settings: &ParticleSettings) -> bool {
    settings.mean_field.is_some() || matches!(problem.dynamics, Dynamics::Annealed(_))
}

/// The work of the runs that measure the bias of particles that interact, in units of that of the particles, unless one breaks down.
pub fn work(problem: &Problem, settings: &ParticleSettings, judged: bool) -> f64 {
    let all = FINER as f64 + 0.5;
    match order_of_bias(problem, settings, settings.step) {
        None => 0.0,
        Some(_) if judged || settings.mean_field.is_none() => all,
        Some(_) => all / SCOUTS as f64,
    }
}

/// What a run estimates: the mean of every observable and, where it has a bias, the evidence.
fn estimates(problem: &Problem, settings: &ParticleSettings, run: &Simulation) -> Option<Vec<Mean>> {
    let mut means = run.population.as_ref()?.means(&problem.observables, problem.normalized());
    means.extend(run.log_evidence.filter(|_| evidence_is_biased(settings)));
    Some(means)
}

/// Standard deviations of what a run estimates under the law of its particles; 1 for the logarithm.
fn deviations(problem: &Problem, run: &Simulation, means: &[Mean]) -> Option<Vec<f64>> {
    let spreads = run.population.as_ref()?.spreads(&problem.observables, means, problem.normalized());
    Some(spreads.iter().map(|spread| spread.deviation).chain([1.0]).collect())
}

/// The evidence by the transition mixture is unbiased under the step whose law that is.
fn evidence_is_biased(settings: &ParticleSettings) -> bool {
    settings.mean_field.is_none() || !settings.scheme.has_euler_density()
}

/// The bias of the step of `run` for every observable, and for the evidence under [`LOG_EVIDENCE`], from runs with a quarter of the
/// step and with twice the step, or with half of it where twice the step breaks down. The first tells its size, the second whether it
/// falls by its order: half of it may be wrong, and nothing is known where it does not fall. The bias by the number of particles,
/// `by_number` of every observable, is not in it. Nothing is returned where there is no bias.
///
/// The standard error is that of the corrected value E_h − bias, less that of E_h, in squares: the two are not independent.
/// `judged` says whether the particles are held against anything; fewer replicates do otherwise.
///
/// # Errors
/// As [`sample::particles`].
pub fn uncoupled_bias(
    basis: Basis<'_>,
    settings: &ParticleSettings,
    run: &Simulation,
    by_number: &[EnsembleBias],
    judged: bool,
    progress: Progress<'_>,
) -> Result<Biases, Breakdown> {
    let problem = basis.problem;
    let steps = step_count(problem.horizon, settings.step);
    let step = problem.horizon / steps as f64;
    let (Some(order), Some(own)) =
        (order_of_bias(problem, settings, step), estimates(problem, settings, run))
    else {
        return Ok(Biases::new());
    };
    let again = |number: u64, steps: usize| -> Result<Option<(Vec<Mean>, Simulation)>, Breakdown> {
        let seed = settings.seed.wrapping_add(number * APART);
        let mut settings =
            ParticleSettings { step: problem.horizon / steps as f64, seed, ..settings.clone() };
        if let Some(own) = settings.mean_field.as_mut().filter(|_| !judged) {
            own.replicates = (own.replicates / SCOUTS).max(2).min(own.replicates);
        }
        let run = sample::particles(basis, &settings, progress)?;
        Ok(estimates(problem, &settings, &run).map(|means| (means, run)))
    };
    let finer = again(1, FINER * steps)?;
    let spreads = finer.as_ref().and_then(|(means, run)| deviations(problem, run, means)).unwrap_or_default();
    let twice = if steps < 2 { None } else { again(2, steps.div_ceil(2))? };
    let (other, ratio) = match twice {
        Some(twice) => (Some(twice), steps as f64 / steps.div_ceil(2) as f64),
        None => (again(3, 2 * steps)?, 0.5),
    };
    let names = problem.observables.iter().map(|observable| observable.name.as_str());
    let bias = |(k, name): (usize, &str)| {
        let mean = |run: &Option<(Vec<Mean>, Simulation)>| run.as_ref()?.0.get(k).copied();
        let spread = spreads.get(k).copied().unwrap_or(f64::NAN);
        let [finer, other] = [&finer, &other].map(mean);
        let found = match finer.zip(other) {
            Some((finer, other)) => {
                let crowding = Crowding::new(problem, settings, own[k], by_number.get(k));
                StepBias { step, ..bias(own[k], finer, other, ratio, order, crowding) }
            }
            None => StepBias { step, ..unknown(order) },
        };
        (name.to_string(), StepBias { spread, ..found })
    };
    Ok(names.chain([LOG_EVIDENCE]).enumerate().take(own.len()).map(bias).collect())
}

/// The bias at the step h from means with h, h/[`FINER`] and `ratio`·h.
///
/// A mixture of the laws of short steps has narrow kernels, which hold few particles: the bias by the number of particles then grows
/// like h^(−d/2), and is taken out as it was measured at h, by means of a run with fewer particles.
fn bias(own: Mean, finer: Mean, other: Mean, ratio: f64, order: i32, crowding: Crowding) -> StepBias {
    let [more, less] = [1.0 / FINER as f64, ratio].map(|factor| factor.powf(-crowding.power) - 1.0);
    let stderr = |factors: [f64; 4]| {
        let all = [own.stderr, crowding.fewer, finer.stderr, other.stderr];
        factors.iter().zip(all).map(|(factor, stderr)| (factor * stderr).powi(2)).sum::<f64>().sqrt()
    };
    // Factors of the means with h, with fewer particles, with h/4 and with the other step in the differences.
    let differences = [more, less].map(|own| own / (FEWER - 1.0));
    let falling = [1.0 - differences[0], differences[0], -1.0, 0.0];
    let rising = [-1.0 + differences[1], -differences[1], 0.0, 1.0];
    let fall = own.value - finer.value + more * crowding.value;
    let rise = other.value - own.value - less * crowding.value;
    let share = 1.0 / (1.0 - (FINER as f64).powi(-order));
    let value = share * fall;
    let corrected = falling.map(|factor| -share * factor);
    let corrected = stderr([1.0 + corrected[0], corrected[1], corrected[2], corrected[3]]);
    let own_variance = own.stderr.powi(2);
    let known = (corrected * corrected - own_variance).max(0.0).sqrt().max(LEAST * own.stderr);
    // What the other step adds to the bias, and what it should.
    let growth = ratio.powi(order) - 1.0;
    let noise = RESOLVED * stderr(rising).hypot(growth * share * stderr(falling));
    let found = rise * value.signum() * growth.signum();
    let settled = found >= (1.0 - ASYMPTOTIC) * growth.abs() * value.abs() - noise;
    let allowance = 0.5 * value.abs();
    StepBias { value, stderr: known, allowance, settled, ..unknown(order) }
}

/// Nothing is known.
fn unknown(order: i32) -> StepBias {
    let nothing = f64::NAN;
    StepBias {
        value: nothing,
        stderr: nothing,
        allowance: nothing,
        settled: false,
        step: nothing,
        order,
        spread: nothing,
        coupled: false,
        turn: None,
    }
}

/// The bias by the number of particles at the step h, which grows like h^−power.
#[derive(Clone, Copy, Default)]
struct Crowding {
    value: f64,
    power: f64,
    /// Standard error of the mean with [`FEWER`] times fewer particles, from which it is.
    fewer: f64,
}

impl Crowding {
    fn new(
        problem: &Problem,
        settings: &ParticleSettings,
        own: Mean,
        measured: Option<&EnsembleBias>,
    ) -> Self {
        let mixture =
            settings.mean_field.is_some_and(|own| own.density == DensityEstimate::TransitionMixture);
        let Some(measured) = measured.filter(|_| mixture) else { return Self::default() };
        let fewer = ((FEWER - 1.0) * measured.stderr).powi(2) - own.stderr.powi(2);
        Self { value: measured.value, power: 0.5 * problem.dimension() as f64, fewer: fewer.max(0.0).sqrt() }
    }
}

/// The order in the step of length `step` of the bias that these particles have; `None` where they have none.
fn order_of_bias(problem: &Problem, settings: &ParticleSettings, step: f64) -> Option<i32> {
    match (&settings.mean_field, &problem.dynamics) {
        (Some(mean_field), _) => Some(order(settings, mean_field)),
        (None, Dynamics::Annealed(flow)) => {
            let exact = annealed_moves_are_exact(settings.scheme, flow, step);
            (!exact).then(|| settings.scheme.weak_order().min(2) as i32)
        }
        _ => None,
    }
}

/// Order in h of the splitting with its scheme; reactions under a kernel do not compose.
pub fn order(settings: &ParticleSettings, mean_field: &MeanField) -> i32 {
    let kernel = matches!(mean_field.density, DensityEstimate::Kernel { .. });
    splitting_order(settings, mean_field).min(if kernel { 1 } else { i32::MAX })
}

/// The same where reactions compose.
pub fn splitting_order(settings: &ParticleSettings, mean_field: &MeanField) -> i32 {
    match mean_field.splitting {
        Alternation::Strang => settings.scheme.weak_order().min(2) as i32,
        Alternation::TransportFirst => 1,
    }
}
