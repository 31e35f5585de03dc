use super::motion::PathStep;
use super::scales::runaway;
use super::stream::Purpose;
use super::{
    Ensemble, Interaction, Mean, Motion, ParticleBreakdown, ParticleSettings, Population, State, Stream,
    Watch, Weights, population::Summary, resampling, step_count,
};
use crate::algebra::Lanes;
use crate::model::{Dynamics, Initial, Problem};
use crate::schemes::Sde;
use crate::statistics::Tail;
use serde::{Deserialize, Serialize};

/// Entries of the history, at most.
pub(super) const INSTANTS: usize = 50;

/// A weighted simulation, as far as it came.
#[derive(Clone, Debug)]
pub struct Simulation {
    /// The particles at the horizon; `None` after a breakdown.
    pub population: Option<Population>,
    /// Summary at the start, at up to 50 times on the way, and at the end.
    pub history: Vec<Instant>,
    /// Means of the observables at the times of the history, where they are followed; else none.
    pub recorded_means: Vec<Vec<Mean>>,
    /// Number of times that an island was resampled, or its particles jumped, divided by the number of islands.
    pub resamplings: f64,
    /// Number of times that a place was given to another particle's offspring, divided by the number of particles.
    pub replacements: f64,
    /// log of Z = ∫e^{−V} at the horizon, where an annealed run gives it by its weights, or the transition mixture by
    /// importance sampling. The latter estimate of Z is unbiased for Euler–Maruyama with Gaussian noise, however particles interact: given the cloud before the last move,
    /// the particles are a stratified draw from the mixture.
    pub log_evidence: Option<Mean>,
    /// How many particles the kernel of one holds at the last step, on average, where a transition mixture is read.
    pub neighbours: Option<f64>,
    /// Why it ended early.
    pub breakdown: Option<ParticleBreakdown>,
}

/// The ensemble at one time.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
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
    /// The tail of the masses of all ancestors, while enough of them are left; see [`Population::mass_tail`]. It is looked at when
    /// a third of the ancestors of the last look are gone.
    pub tail: Option<Tail>,
}

impl Simulation {
    /// The tail of the masses that the particles at time 0 have come to, at the horizon, or else about when enough of them were
    /// left for the last time.
    pub fn mass_tail(&self) -> Option<Tail> {
        let last = self.history.last().zip(self.population.as_ref());
        let last = last.and_then(|(last, population)| population.mass_tail(last.ancestors));
        last.or_else(|| self.history.iter().rev().find_map(|instant| instant.tail))
    }
}

/// Particle-steps between two looks at the clock, about: a second or so.
const STRETCH: usize = 1 << 28;
/// Steps in a row that leave the blocks of large ensembles in the cache for long enough.
const LEAST_SPAN: usize = 16;

/// Runs the weighted particles of `problem`, whose SDE (with its oracle) is `sde`, to the horizon.
pub fn simulate(
    problem: &Problem,
    settings: &ParticleSettings,
    sde: &(dyn Sde<Lanes> + Sync),
    watch: Watch<'_>,
) -> Simulation {
    let steps = step_count(problem.horizon, settings.step);
    let h = problem.horizon / steps as f64;
    let weighted = problem.weighted();
    let motion = Motion { sde, scheme: settings.scheme, weight: settings.weight, weighted };
    let Watch { progress, keeper, from, followed } = watch;
    let mut state = from.unwrap_or_else(|| {
        let ensemble = Ensemble::new(&problem.initial, settings.count, settings.seed, motion);
        let population = Population::new(ensemble);
        let streams = settings.interaction.streams(settings.seed, population.island_count());
        State::new(population, streams)
    });
    // What becomes of the modes on the way is asked of these.
    let followed = followed || matches!(problem.dynamics, Dynamics::ReverseDiffusion(_));
    if state.history.is_empty() {
        state.record(problem, followed);
    }
    let interacts = weighted && settings.interaction.happens();
    let offspring = |weights: &Weights, stream: &mut Stream| settings.interaction.offspring(weights, stream);
    let longest = (STRETCH / settings.count).max(LEAST_SPAN);

    let mut breakdown = None;
    for stop in state.stops(steps) {
        while state.done < stop && breakdown.is_none() {
            let span = if interacts { 1 } else { longest.min(stop - state.done) };
            let moved = state.population.ensemble.advance(motion, h, state.done, span);
            breakdown = moved.err().map(|breakdown| breakdown.explained(problem));
            state.done += span;
            if interacts {
                breakdown = breakdown.or_else(|| state.select(offspring).err());
            }
            breakdown = breakdown.or_else(|| state.keep(keeper, steps).err());
        }
        if breakdown.is_some() {
            break;
        }
        let now = state.record(problem, followed);
        breakdown = runaway(problem, &state.population.ensemble, motion, h)
            .or_else(|| weighted.then(|| degeneration(&now, settings.count)).flatten());
        // Early, so that no time is lost, and at the end, so that no wrong answer is given.
        if state.history.len() == 2 || stop == steps {
            breakdown = breakdown.or_else(|| outside(problem, &state.population));
        }
        if breakdown.is_some() {
            break;
        }
        progress(stop as f64 / steps as f64);
    }
    state.population.ensemble.post_process(motion, h, settings.seed);
    state.into_simulation(breakdown, None)
}

/// `count` weighted paths from `initial` over `steps` steps of length `h`, as the scheme puts them out (post-processed, if it
/// does that): for equations in code, without resampling.
///
/// # Errors
/// The earliest breakdown, of the particle with the lowest index.
pub fn sample(
    initial: &Initial,
    (count, seed): (usize, u64),
    motion: impl PathStep,
    (h, steps): (f64, usize),
) -> Result<Population, ParticleBreakdown> {
    let mut ensemble = Ensemble::new(initial, count, seed, motion);
    ensemble.advance(motion, h, 0, steps)?;
    ensemble.post_process(motion, h, seed);
    Ok(Population::new(ensemble))
}

/// The first particle of positive weight where the potential is +∞ or NaN. Drifts may be finite there, as −1/x is behind a
/// wall of log x, so that nothing else would tell.
fn outside(problem: &Problem, population: &Population) -> Option<ParticleBreakdown> {
    let (potential, positions) = (problem.dynamics.potential()?, problem.positions());
    let ensemble = &population.ensemble;
    let values = ensemble.map(|x| potential.value(&x[..positions]));
    let undefined = |value: f64| value.is_nan() || value == f64::INFINITY;
    if !values.iter().copied().any(undefined) {
        return None;
    }
    let alive = ensemble.log_weights();
    let particle = (0..values.len()).find(|&i| undefined(values[i]) && alive[i] > f64::NEG_INFINITY)?;
    let (time, position) = (ensemble.time(), ensemble.position(particle));
    Some(ParticleBreakdown::Outside { time, particle, position, value: values[particle] })
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

/// `seen` ancestors were left when the tail of their masses was looked at last.
pub(super) fn instant(population: &Population, seen: usize) -> Instant {
    let Summary { log_normalizer, ess, entropy, ancestors, mean_rate } = population.summary();
    let tail = (3 * ancestors < 2 * seen).then(|| population.mass_tail(ancestors)).flatten();
    Instant { time: population.ensemble.time(), ess, entropy, ancestors, log_normalizer, mean_rate, tail }
}
