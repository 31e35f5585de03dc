use super::density::Estimate;
use super::reaction::CloudReaction;
use super::transition::TransitionDensity;
use super::{Alternation, DensityEstimate, MeanField};
use crate::checkpoint::Keeper;
use crate::model::{Energy, Initial, Problem, chi_squared_reaction};
use crate::particles::scales::runaway;
use crate::particles::{
    Ensemble, Mean, Motion, ParticleBreakdown, ParticleSettings, Population, Simulation, State, Watch,
    Weights, log_sum_exp, step_count,
};
use rayon::prelude::*;
use std::ops::Range;

/// Runs replicated ensembles that follow the flow of `problem` to the horizon, and read log ρ from themselves.
///
/// # Panics
/// If the flow has no reaction: scenarios are checked for that.
pub fn simulate_mean_field(
    problem: &Problem,
    settings: &ParticleSettings,
    mean_field: &MeanField,
    watch: Watch<'_>,
) -> Simulation {
    let steps = step_count(problem.horizon, settings.step);
    let h = problem.horizon / steps as f64;
    let dimension = problem.dimension();
    let reaction = CloudReaction::of(problem).expect("only a reaction reads log ρ");
    let transport = reaction.transport();
    let equation = transport.equation(dimension);
    let motion =
        Motion { sde: equation.as_ref(), scheme: settings.scheme, weight: settings.weight, weighted: false };
    let replicates = mean_field.replicates;
    let Watch { progress, keeper, from, followed } = watch;
    let state = from.unwrap_or_else(|| {
        let ensemble = Ensemble::new(&problem.initial, settings.count * replicates, settings.seed, motion);
        let population = Population::of_replicates(ensemble, replicates);
        State::new(population, settings.interaction.streams(settings.seed, replicates))
    });
    let mut run = Reacting {
        problem,
        reaction,
        coordinates: reaction.coordinates(dimension),
        settings,
        mean_field,
        motion,
        steps,
        h,
        transition: None,
        log_evidence: None,
        neighbours: None,
        state,
        keeper,
    };
    let mut breakdown = run.prepare().err();
    if run.state.history.is_empty() {
        run.state.record(problem, followed);
    }
    for stop in run.state.stops(steps) {
        // Within the pool: to wake it in every step would take longer than a step of a few particles.
        breakdown = breakdown.or_else(|| rayon::scope(|_| run.run(stop)).err());
        breakdown = breakdown.map(|breakdown| breakdown.explained(problem));
        if breakdown.is_some() {
            break;
        }
        run.state.record(problem, followed);
        breakdown = runaway(problem, &run.state.population.ensemble, motion, h);
        if breakdown.is_some() {
            break;
        }
        progress(stop as f64 / steps as f64);
    }
    let Reacting { state, log_evidence, neighbours, .. } = run;
    Simulation { neighbours, ..state.into_simulation(breakdown, log_evidence) }
}

/// Ensembles on their way.
struct Reacting<'a> {
    problem: &'a Problem,
    reaction: CloudReaction<'a>,
    /// Dimension of the density that the reaction reads.
    coordinates: usize,
    settings: &'a ParticleSettings,
    mean_field: &'a MeanField,
    motion: Motion<'a>,
    /// Number of steps.
    steps: usize,
    h: f64,
    /// The law of a step, where it is read.
    transition: Option<TransitionDensity>,
    /// Estimated after the last move.
    log_evidence: Option<Mean>,
    /// Particles within the kernel of one, at the last step.
    neighbours: Option<f64>,
    state: State,
    keeper: Option<&'a Keeper>,
}

impl Reacting<'_> {
    /// What is to be done before the first move.
    fn prepare(&mut self) -> Result<(), ParticleBreakdown> {
        if self.mean_field.density == DensityEstimate::TransitionMixture {
            let transition = TransitionDensity::new(self.reaction, self.problem.dimension(), self.h);
            let broken = |reason| ParticleBreakdown::Density { time: 0.0, replicate: 0, reason };
            self.transition = Some(transition.map_err(broken)?);
        }
        match self.mean_field.splitting {
            Alternation::Strang if self.state.history.is_empty() => self.start(0.5),
            Alternation::Strang | Alternation::TransportFirst => Ok(()),
        }
    }

    /// The reaction over `share` of a step at time 0.
    fn start(&mut self, share: f64) -> Result<(), ParticleBreakdown> {
        use DensityEstimate::{Gaussian, Kernel, TransitionMixture};
        let log_density = match (self.mean_field.density, &self.problem.initial) {
            (TransitionMixture, Initial::Mixture(initial)) => {
                let read = initial.leading(self.coordinates);
                self.state.population.ensemble.map(|x| read.log_density(&x[..self.coordinates]))
            }
            // All particles have the same weight while they are in one point.
            (TransitionMixture, Initial::Point(_)) => return Ok(()),
            // The flow that is followed reads the density through the kernel, or its moments, from the start.
            (Gaussian | Kernel { .. }, _) => self.log_density(&self.estimate())?,
        };
        self.react(share, &log_density)
    }

    /// The steps up to number `stop`.
    fn run(&mut self, stop: usize) -> Result<(), ParticleBreakdown> {
        while self.state.done < stop {
            let k = self.state.done;
            let half = self.mean_field.splitting == Alternation::Strang && k + 1 == self.steps;
            self.step(k, if half { 0.5 } else { 1.0 })?;
            self.state.done += 1;
            self.state.keep(self.keeper, self.steps)?;
        }
        Ok(())
    }

    /// Step number `k`: a move, and the reaction over `share` of the step.
    fn step(&mut self, k: usize, share: f64) -> Result<(), ParticleBreakdown> {
        let estimate = self.estimate();
        self.state.population.ensemble.advance(self.motion, self.h, k, 1)?;
        let log_density = self.log_density(&estimate)?;
        if k + 1 == self.steps {
            self.log_evidence = self.evidence(&log_density);
            self.neighbours = estimate.neighbours(&self.state.population, self.coordinates, &log_density);
        }
        self.react(share, &log_density)
    }

    /// log of Z = ∫e^{−V}, by importance sampling from the mixture: the mean over the replicates of Σ W_i e^{−V(x_i)}/ρ̂(x_i).
    fn evidence(&self, log_density: &[f64]) -> Option<Mean> {
        // Of momenta the mixture is so thin that π²/ρ̂ has no integral, and the estimate no standard error.
        let thin = matches!(self.reaction, CloudReaction::Kinetic(_));
        if thin || self.mean_field.density != DensityEstimate::TransitionMixture {
            return None;
        }
        let potential = self.state.population.ensemble.map(|x| self.reaction.potential(x));
        let logs: Vec<f64> = self
            .state
            .population
            .log_masses()
            .iter()
            .zip(potential.iter().zip(log_density))
            .map(|(log_w, (v, log_ρ))| if *log_w == f64::NEG_INFINITY { *log_w } else { log_w - v - log_ρ })
            .collect();
        let replicates: Vec<f64> =
            self.state.population.members().map(|members| log_sum_exp(&logs[members])).collect();
        let count = replicates.len() as f64;
        let value = log_sum_exp(&replicates) - count.ln();
        let squares: f64 = replicates.iter().map(|log| (log - value).exp_m1().powi(2)).sum();
        let stderr = if count > 1.0 { (squares / (count * (count - 1.0))).sqrt() } else { f64::NAN };
        Some(Mean { value, stderr })
    }

    fn estimate(&self) -> Estimate {
        let density = self.mean_field.density;
        Estimate::before_move(density, self.transition.as_ref(), &self.state.population, self.motion.sde)
    }

    fn log_density(&self, estimate: &Estimate) -> Result<Vec<f64>, ParticleBreakdown> {
        let time = self.state.population.ensemble.time();
        estimate
            .log_density(&self.state.population, self.coordinates, self.mean_field.tolerance)
            .map_err(|(replicate, reason)| ParticleBreakdown::Density { time, replicate, reason })
    }

    /// The exact reaction over s = `share`·h, then the selection of offspring.
    fn react(&mut self, share: f64, log_density: &[f64]) -> Result<(), ParticleBreakdown> {
        let increments = self.increments(self.reaction.rate() * share * self.h, log_density);
        self.state.population.ensemble.add_log_weights(&increments);
        let weights = self.state.population.weights()?;
        let ess = weights.iter().map(Weights::effective_size).fold(f64::INFINITY, f64::min);
        let (time, count) = (self.state.population.ensemble.time(), self.settings.count);
        // Two effective particles among many estimate nothing, and copies of them no more.
        if count >= 10 && ess < 2.0 {
            return Err(ParticleBreakdown::Degenerate { time, ess, count });
        }
        let interaction = self.settings.interaction;
        if interaction.happens() {
            let offspring = |weights: &_, stream: &mut _| interaction.offspring(weights, stream);
            self.state.select(offspring)?;
        }
        if self.problem.normalized() {
            self.state.population.normalize()?;
        }
        Ok(())
    }

    /// What the log-weights gain over a time βs, up to a constant: −(1 − e^{−βs})(V + log ρ̂) for KL, whose flow is
    /// ρ ↦ ρ^{e^{−βs}} π^{1−e^{−βs}}; see [`chi_squared_reaction`] for χ².
    fn increments(&self, time: f64, log_density: &[f64]) -> Vec<f64> {
        let potential = self.state.population.ensemble.map(|x| self.reaction.potential(x));
        let excess = potential.iter().zip(log_density).map(|(v, log_ρ)| v + log_ρ);
        match self.reaction.energy() {
            Energy::KullbackLeibler => {
                let power = -(-time).exp_m1();
                excess.map(|excess| -power * excess).collect()
            }
            Energy::ChiSquared { log_evidence } => {
                let log_ratios: Vec<f64> = excess.map(|excess| excess + log_evidence).collect();
                let log_masses = self.state.population.log_masses();
                let replicates: Vec<Range<usize>> = self.state.population.members().collect();
                let change = |members: &Range<usize>| {
                    chi_squared_reaction(&log_masses[members.clone()], &log_ratios[members.clone()], time)
                };
                replicates.par_iter().flat_map_iter(change).collect()
            }
        }
    }
}
