use super::stream::Purpose;
use super::{
    Ensemble, Interaction, Mean, Motion, ParticleBreakdown, ParticleSettings, Population, Stream, Weights,
    population::Summary, resampling, step_count,
};
use crate::algebra::Lanes;
use crate::model::Problem;
use crate::schemes::Sde;

/// Entries of the history, at most.
pub(super) const INSTANTS: usize = 50;

/// A weighted simulation, as far as it came.
#[derive(Clone, Debug)]
pub struct Simulation {
    /// The particles at the horizon; `None` after a breakdown.
    pub population: Option<Population>,
    /// Summary at the start, at up to 50 times on the way, and at the end.
    pub history: Vec<Instant>,
    /// Number of times that an island was resampled, or its particles jumped, divided by the number of islands.
    pub resamplings: f64,
    /// Number of times that a place was given to another particle's offspring, divided by the number of particles.
    pub replacements: f64,
    /// log of Z = ∫e^{−V} at the horizon, where an annealed run gives it by its weights, or the transition mixture by
    /// importance sampling. The latter estimate of Z is unbiased for Euler–Maruyama with Gaussian noise, however particles interact: given the cloud before the last move,
    /// the particles are a stratified draw from the mixture.
    pub log_evidence: Option<Mean>,
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
    /// −ΣW log W of the normalised weights.
    pub entropy: f64,
    /// Number of distinct ancestors at time 0 of the particles that have a weight.
    pub ancestors: usize,
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
    let interacts = weighted && settings.interaction.happens();
    let mut streams = settings.interaction.streams(settings.seed, population.island_count());
    let offspring = |weights: &Weights, stream: &mut Stream| settings.interaction.offspring(weights, stream);

    let mut history = vec![instant(&population)];
    let (mut resampled, mut replaced) = (0, 0);
    let mut breakdown = None;
    let mut done = 0;
    for stop in 1..=INSTANTS.min(steps) {
        let stop = stop * steps / INSTANTS.min(steps);
        while done < stop && breakdown.is_none() {
            let span = if interacts { 1 } else { stop - done };
            breakdown = population.ensemble.advance(motion, h, done, span).err();
            done += span;
            if interacts && breakdown.is_none() {
                match population.select(&mut streams, offspring) {
                    Ok(selected) => {
                        resampled += selected.islands;
                        replaced += selected.replaced;
                    }
                    Err(failure) => breakdown = Some(failure),
                }
            }
        }
        if breakdown.is_some() {
            break;
        }
        let now = instant(&population);
        history.push(now);
        breakdown = weighted.then(|| degeneration(&now, settings.count)).flatten();
        if breakdown.is_some() {
            break;
        }
        progress(done as f64 / steps as f64);
    }
    population.ensemble.post_process(motion, h, settings.seed);
    Simulation {
        resamplings: resampled as f64 / population.island_count() as f64,
        replacements: replaced as f64 / settings.count as f64,
        population: breakdown.is_none().then_some(population),
        log_evidence: None,
        history,
        breakdown,
    }
}

impl Interaction {
    /// The random streams of the islands.
    pub(super) fn streams(self, seed: u64, islands: usize) -> Vec<Stream> {
        let purpose = match self {
            Self::Resampling(..) => Purpose::Resampling,
            Self::BirthDeath(_) => Purpose::Jumps,
        };
        (0..islands).map(|island| Stream::new(seed, purpose, island)).collect()
    }

    /// How many offspring each particle of an island has; `None` leaves them as they are.
    pub(super) fn offspring(self, weights: &Weights, stream: &mut Stream) -> Option<Vec<u32>> {
        match self {
            Self::Resampling(choice, threshold) => {
                let low = weights.effective_size() < threshold * weights.values().len() as f64;
                low.then(|| resampling::offspring(choice, weights, stream))
            }
            Self::BirthDeath(form) => Some(form.offspring(weights, stream)),
        }
    }
}

/// Two effective particles among many estimate nothing, none at all even less.
pub(super) fn degeneration(now: &Instant, count: usize) -> Option<ParticleBreakdown> {
    let Instant { time, ess, .. } = *now;
    if ess == 0.0 {
        Some(ParticleBreakdown::Extinct { time, count })
    } else {
        (count >= 10 && ess < 2.0).then_some(ParticleBreakdown::Degenerate { time, ess, count })
    }
}

pub(super) fn instant(population: &Population) -> Instant {
    let Summary { log_normalizer, ess, entropy, ancestors, mean_rate } = population.summary();
    Instant { time: population.ensemble.time(), ess, entropy, ancestors, log_normalizer, mean_rate }
}
