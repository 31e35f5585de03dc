use super::simulate::{INSTANTS, Instant, instant};
use super::{Mean, ParticleBreakdown, Population, Simulation, Stream, Weights};
use crate::checkpoint::Keeper;
use crate::model::Problem;
use serde::{Deserialize, Serialize};

/// What a simulation is connected with while it runs.
pub struct Watch<'a> {
    /// Hears what share of the steps is done.
    pub progress: &'a dyn Fn(f64),
    /// Keeps its state, and may end it.
    pub keeper: Option<&'a Keeper>,
    /// Where it goes on from; `None` for time 0.
    pub from: Option<State>,
    /// Whether the means of the observables are recorded with every summary.
    pub followed: bool,
}

impl Default for Watch<'_> {
    /// Nobody.
    fn default() -> Self {
        Self { progress: &|_| (), keeper: None, from: None, followed: false }
    }
}

/// A simulation between two steps: all that its future depends on, beside problem and settings. Random streams are part of
/// it as they stand, so that it goes on to the same bits.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct State {
    /// Steps that are done.
    pub(super) done: usize,
    pub(super) population: Population,
    /// Of the islands.
    pub(super) streams: Vec<Stream>,
    /// Selections of all islands together.
    pub(super) resampled: u64,
    /// Places that were given to another particle's offspring.
    pub(super) replaced: u64,
    /// Summaries so far; without any, nothing has happened yet.
    pub(super) history: Vec<Instant>,
    /// Means of the observables at the times of the history, where they are followed.
    pub(super) recorded_means: Vec<Vec<Mean>>,
    /// λ after every step, of an adaptive schedule.
    pub(super) schedule: Vec<f64>,
}

impl State {
    /// The start.
    pub(super) fn new(population: Population, streams: Vec<Stream>) -> Self {
        Self {
            done: 0,
            population,
            streams,
            resampled: 0,
            replaced: 0,
            history: Vec::new(),
            recorded_means: Vec::new(),
            schedule: Vec::new(),
        }
    }

    /// The numbers of the steps, of `steps`, after which a summary is still to be made.
    pub(super) fn stops(&self, steps: usize) -> impl Iterator<Item = usize> + use<> {
        let instants = INSTANTS.min(steps);
        (self.history.len()..=instants).map(move |stop| stop * steps / instants)
    }

    /// Adds a summary to the history.
    fn summarize(&mut self) -> Instant {
        let looks = self.history.iter().rev().filter(|instant| instant.tail.is_some());
        let seen = looks.map(|instant| instant.ancestors).next();
        let now = instant(&self.population, seen.unwrap_or(self.population.ensemble.count()));
        self.history.push(now);
        now
    }

    /// Adds a summary to the history and, if `followed`, the means of now to those recorded.
    pub(super) fn record(&mut self, problem: &Problem, followed: bool) -> Instant {
        if followed {
            self.recorded_means.push(self.population.means(&problem.observables, problem.normalized()));
        }
        self.summarize()
    }

    /// Lets the particles of the islands choose their offspring: [`Population::select`].
    pub(super) fn select(
        &mut self,
        offspring: impl Fn(&Weights, &mut Stream) -> Option<Vec<u32>> + Sync,
    ) -> Result<(), ParticleBreakdown> {
        let selected = self.population.select(&mut self.streams, offspring)?;
        self.resampled += selected.islands;
        self.replaced += selected.replaced;
        Ok(())
    }

    /// After a step: keeps the state where there are more of the `steps` to come.
    ///
    /// # Errors
    /// If the simulation is to end here.
    pub(super) fn keep(&self, keeper: Option<&Keeper>, steps: usize) -> Result<(), ParticleBreakdown> {
        let Some(keeper) = keeper.filter(|_| self.done < steps) else { return Ok(()) };
        keeper.keep(self);
        let time = self.population.ensemble.time();
        if keeper.interrupted() { Err(ParticleBreakdown::Interrupted { time }) } else { Ok(()) }
    }

    /// What came out.
    pub(super) fn into_simulation(
        self,
        breakdown: Option<ParticleBreakdown>,
        log_evidence: Option<Mean>,
    ) -> Simulation {
        Simulation {
            resamplings: self.resampled as f64 / self.population.island_count() as f64,
            replacements: self.replaced as f64 / self.population.ensemble.count() as f64,
            log_evidence: log_evidence.filter(|_| breakdown.is_none()),
            neighbours: None,
            population: breakdown.is_none().then_some(self.population),
            history: self.history,
            recorded_means: self.recorded_means,
            breakdown,
        }
    }

    /// Whether this can be the state of `count` particles in `dimension` dimensions on their way through `steps` steps,
    /// with a schedule or without: indices and lengths are all in range.
    pub fn fits(&self, count: usize, dimension: usize, steps: usize, scheduled: bool) -> bool {
        let Self { done, population, streams, history, recorded_means, schedule, .. } = self;
        let instants = INSTANTS.min(steps);
        let summaries = (1..=instants).take_while(|stop| stop * steps / instants <= *done).count();
        population.is_whole(count, dimension)
            && streams.len() == population.island_count()
            && *done < steps
            // A state may be kept between a step and its summary.
            && (history.len() == summaries + 1 || history.len() == summaries)
            && (recorded_means.is_empty() || recorded_means.len() == history.len())
            && schedule.len() == if scheduled { steps } else { 0 }
    }
}
