use super::population::effective_sample_size;
use super::stream::Purpose;
use super::{
    Ensemble, ParticleBreakdown, ParticleSettings, Population, Resampling, Stream, ensemble::Motion,
    resampling, step_count,
};
use crate::algebra::Lanes;
use crate::model::Problem;
use crate::schemes::Sde;

/// Entries of the history, at most.
const INSTANTS: usize = 50;

/// A weighted simulation, as far as it came.
#[derive(Clone, Debug)]
pub struct Simulation {
    /// The particles at the horizon; `None` after a breakdown.
    pub population: Option<Population>,
    /// Summary at the start, at up to 50 times on the way, and at the end.
    pub history: Vec<Instant>,
    /// Number of times that an island was resampled, divided by the number of islands.
    pub resamplings: f64,
    /// Why it ended early.
    pub breakdown: Option<ParticleBreakdown>,
}

/// The ensemble at one time.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Instant {
    /// The time.
    pub time: f64,
    /// Effective sample size.
    pub ess: f64,
    /// Log of the mean weight.
    pub log_normalizer: f64,
    /// Weighted mean of the rate c.
    pub mean_rate: f64,
}

/// Runs the weighted particles of `problem`, whose SDE (with its oracle) is `sde`, to the horizon.
///
/// `progress` is called with the share that is done.
pub fn simulate(
    problem: &Problem,
    settings: &ParticleSettings,
    sde: &(dyn Sde<Lanes> + Sync),
    progress: &dyn Fn(f64),
) -> Simulation {
    let steps = step_count(problem.horizon, settings.step);
    let h = problem.horizon / steps as f64;
    let weighted = problem.weighted();
    let motion = Motion { sde, scheme: settings.scheme, weight: settings.weight, weighted };
    let ensemble = Ensemble::new(&problem.initial, settings.count, settings.seed, motion);
    let mut population = Population::new(ensemble);
    let interacts = weighted && settings.resampling != Resampling::None && settings.ess_threshold > 0.0;
    let mut streams: Vec<Stream> = (0..population.island_count())
        .map(|island| Stream::new(settings.seed, Purpose::Resampling, island))
        .collect();

    let mut history = vec![instant(&population)];
    let mut resampled = 0;
    let mut breakdown = None;
    let mut done = 0;
    for stop in 1..=INSTANTS.min(steps) {
        let stop = stop * steps / INSTANTS.min(steps);
        while done < stop {
            let span = if interacts { 1 } else { stop - done };
            if let Err(failure) = population.ensemble.advance(motion, h, done, span) {
                breakdown = Some(failure);
                break;
            }
            done += span;
            if interacts {
                resampled += population.resample(|island, log_weights| {
                    let largest = log_weights.iter().copied().fold(f64::NEG_INFINITY, f64::max);
                    if largest == f64::NEG_INFINITY {
                        return None;
                    }
                    let weights: Vec<f64> = log_weights.iter().map(|w| (w - largest).exp()).collect();
                    let low = effective_sample_size(&weights) < settings.ess_threshold * weights.len() as f64;
                    low.then(|| resampling::offspring(settings.resampling, &weights, &mut streams[island]))
                });
            }
        }
        if breakdown.is_some() {
            break;
        }
        let now = instant(&population);
        history.push(now);
        // Two effective particles among many estimate nothing; NaN (all weights 0) is caught as well.
        if weighted && settings.count >= 10 && (now.ess.is_nan() || now.ess < 2.0) {
            breakdown =
                Some(ParticleBreakdown::Degenerate { time: now.time, ess: now.ess, count: settings.count });
            break;
        }
        progress(done as f64 / steps as f64);
    }
    population.ensemble.post_process(motion, h, settings.seed);
    Simulation {
        resamplings: resampled as f64 / population.island_count() as f64,
        population: breakdown.is_none().then_some(population),
        history,
        breakdown,
    }
}

fn instant(population: &Population) -> Instant {
    let (weights, log_normalizer) = population.weights();
    let rates = population.ensemble.rates();
    Instant {
        time: population.ensemble.time(),
        ess: effective_sample_size(&weights),
        log_normalizer,
        mean_rate: weights.iter().zip(&rates).map(|(w, c)| if *w == 0.0 { 0.0 } else { w * c }).sum(),
    }
}
