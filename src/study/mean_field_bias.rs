use super::basis::Basis;
use super::breakdown::{Breakdown, Progress};
use super::sample;
use super::step_bias::{Biases, Levels, StepBias};
use crate::particles::coupled::Difference;
use crate::particles::mean_field::{Alternation, DensityEstimate};
use crate::particles::{Mean, MeanField, ParticleSettings, step_count};

/// What the seed of a coarse run is ahead of that of the run before, so that they are independent.
const APART: u64 = 1 << 32;

/// The bias of the time step for every observable, from runs with twice and four times the step: coupled paths would not do,
/// because all particles interact. The bias by the number of particles, of the order of the variance, is not in it.
///
/// The standard error is that of the corrected value E_h − bias, less that of E_h, in squares: the two are not independent.
/// Steps that are no multiple of four have twice the step alone, and half of the bias is what may be wrong with it. There is
/// no bias where a coarse run breaks down.
///
/// # Errors
/// As [`sample::particles`].
pub fn mean_field_bias(
    basis: Basis<'_>,
    settings: &ParticleSettings,
    mean_field: &MeanField,
    means: &[Mean],
    progress: Progress<'_>,
) -> Result<Biases, Breakdown> {
    let problem = basis.problem;
    let steps = step_count(problem.horizon, settings.step);
    let coarse = |number: u64, steps: usize| -> Result<Option<Vec<Mean>>, Breakdown> {
        let seed = settings.seed.wrapping_add(number * APART);
        let step = problem.horizon / steps as f64;
        let run = sample::particles(basis, &ParticleSettings { step, seed, ..settings.clone() }, progress)?;
        let means =
            |found: &crate::particles::Population| found.means(&problem.observables, problem.normalized());
        Ok(run.population.as_ref().map(means))
    };
    if steps < 2 {
        return Ok(Biases::new());
    }
    let Some(twice) = coarse(1, steps.div_ceil(2))? else { return Ok(Biases::new()) };
    let fourfold = if steps.is_multiple_of(4) { coarse(2, steps / 4)? } else { None };
    let (order, step) = (order(settings, mean_field), problem.horizon / steps as f64);
    let ratio = steps as f64 / steps.div_ceil(2) as f64;
    let names = problem.observables.iter().map(|observable| observable.name.clone());
    let bias = |(k, name): (usize, String)| {
        let fourfold = fourfold.as_ref().map(|means| means[k]);
        let bias = bias(means[k], twice[k], ratio, fourfold, order);
        (name, StepBias { step, ..bias })
    };
    Ok(names.enumerate().map(bias).collect())
}

/// The bias from means with the step, twice (`ratio` times) and four times the step. Four times the step may be too coarse
/// where the step is not: the next order is then not known, but the bias has to fall.
fn bias(fine: Mean, twice: Mean, ratio: f64, fourfold: Option<Mean>, order: i32) -> StepBias {
    let difference =
        |a: Mean, b: Mean| Difference { value: a.value - b.value, stderr: a.stderr.hypot(b.stderr) };
    let levels = fourfold.map(|fourfold| Levels {
        differences: [difference(twice, fourfold), difference(fine, twice)],
        order,
    });
    // Factors of the means with h, 2h and 4h in the bias.
    let (factors, allowance) = match levels.filter(Levels::settled) {
        Some(levels) => {
            let [[a, b], _] = levels.factors(2);
            ([b, a - b, -a], levels.bias(2)[1])
        }
        None => {
            let share = 1.0 / (ratio.powi(order) - 1.0);
            ([-share, share, 0.0], 0.5 * (share * (twice.value - fine.value)).abs())
        }
    };
    let settled = levels.is_none_or(|levels| levels.falls());
    let means = [fine, twice, fourfold.unwrap_or(Mean { value: 0.0, stderr: 0.0 })];
    let value = factors.iter().zip(&means).map(|(factor, mean)| factor * mean.value).sum();
    let corrected = [1.0 - factors[0], factors[1], factors[2]];
    let variance: f64 =
        corrected.iter().zip(&means).map(|(factor, mean)| (factor * mean.stderr).powi(2)).sum();
    let stderr = (variance - fine.stderr.powi(2)).max(0.0).sqrt();
    StepBias { value, stderr, allowance, settled, step: 0.0, order, spread: f64::NAN }
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
