//! Annealed and tempered sequential Monte Carlo: the Fisher–Rao geodesic from ρ₀ to π, with Langevin moves on the way
//! (Neal 2001; Del Moral, Doucet and Jasra 2006).
//!
//! A step raises λ by Δ, weights every particle by (e^{−V}/ρ₀)^Δ, lets the particles interact, and moves them by a step of
//! the scheme for the new π_λ. The product of the mean weights estimates ∫e^{−V}, without bias if moves keep π_λ; an
//! unadjusted step does not. That of Euler–Maruyama has a known density q (what a scheme says of that is tried first), so its particles are also weighted by
//! π_λ(x)q(x → y)/(π_λ(y)q(y → x)) for a move from y to x: the backward move is the same step, and the estimate is unbiased
//! for every step length, every resampling, and jumps. `mala` keeps π_λ by itself. Under other schemes a bias of
//! their order is left.
//!
//! An adaptive schedule comes from a run of as many particles with another seed, in which λ rises in every step as far as
//! the conditional effective sample size allows (Zhou, Johansen and Aston 2016).

use super::scales::runaway;
use super::simulate::degeneration;
use super::{
    Ensemble, Motion, ParticleBreakdown, ParticleSettings, Population, Simulation, State, Stream, Watch,
    Weights, step_count,
};
use crate::algebra::{LANES, Lanes, Real, Scalar};
use crate::model::{AnnealedFlow, AnnealedLangevin, AnnealingSchedule, Initial, Problem};
use crate::schemes::{Sde, Transition, euler_density, scaled_log_ratio, scattered};

/// What the seed of the run that chooses the schedule is ahead of that of the particles.
const PILOT: u64 = 1 << 33;
/// Bisections of λ, to 1e-12.
const BISECTIONS: usize = 40;

/// Runs particles from ρ₀ to π in as many steps as cover the horizon.
pub fn simulate_annealed(
    problem: &Problem,
    flow: &AnnealedFlow,
    settings: &ParticleSettings,
    watch: Watch<'_>,
) -> Simulation {
    let steps = step_count(problem.horizon, settings.step);
    let h = problem.horizon / steps as f64;
    let Watch { progress, keeper, from, followed } = watch;
    let mut annealing = Annealing::new(problem, flow, settings, h);
    if let Some(state) = from {
        annealing.λ = state.done.checked_sub(1).map_or(0.0, |last| state.schedule[last]);
        annealing.state = state;
    }
    let mut breakdown = None;
    if annealing.state.history.is_empty() {
        annealing.state.record(problem, followed);
        match &flow.schedule {
            AnnealingSchedule::Fixed(formula) => {
                annealing.state.schedule = (1..=steps).map(|k| fixed(formula, k as f64 * h)).collect();
            }
            AnnealingSchedule::Adaptive(share) => {
                match adaptive(problem, flow, settings, *share, [steps as f64, h]) {
                    Ok(schedule) => annealing.state.schedule = schedule,
                    Err(failure) => breakdown = Some(failure),
                }
            }
        }
    }
    for stop in annealing.state.stops(steps) {
        while annealing.state.done < stop && breakdown.is_none() {
            let k = annealing.state.done;
            let stepped = annealing.step(k, annealing.state.schedule[k]);
            breakdown = stepped.err().map(|breakdown| breakdown.explained(problem));
            annealing.state.done += 1;
            breakdown = breakdown.or_else(|| annealing.state.keep(keeper, steps).err());
        }
        if breakdown.is_some() {
            break;
        }
        let now = annealing.state.record(problem, followed);
        let sde = AnnealedLangevin { flow, λ: annealing.λ };
        let ensemble = &annealing.state.population.ensemble;
        breakdown = runaway(problem, ensemble, motion(settings, &sde), h)
            .or_else(|| degeneration(&now, settings.count));
        if breakdown.is_some() {
            break;
        }
        progress(stop as f64 / steps as f64);
    }
    let mut state = annealing.state;
    let end = AnnealedLangevin { flow, λ: 1.0 };
    state.population.ensemble.post_process(motion(settings, &end), h, settings.seed);
    let evidence = state.population.log_normalizer();
    state.into_simulation(breakdown, Some(evidence))
}

fn fixed(formula: &crate::model::Program, t: f64) -> f64 {
    let mut λ = [0.0];
    formula.evaluate(t, &[], &mut λ);
    λ[0]
}

fn motion<'a>(settings: &ParticleSettings, sde: &'a AnnealedLangevin<'a>) -> Motion<'a> {
    Motion { sde, scheme: settings.scheme, weight: settings.weight, weighted: false }
}

/// λ after every step, each chosen such that the weights of the step keep `share` of the effective sample size.
fn adaptive(
    problem: &Problem,
    flow: &AnnealedFlow,
    settings: &ParticleSettings,
    share: f64,
    [steps, h]: [f64; 2],
) -> Result<Vec<f64>, ParticleBreakdown> {
    let settings = ParticleSettings { seed: settings.seed.wrapping_add(PILOT), ..settings.clone() };
    let mut pilot = Annealing::new(problem, flow, &settings, h);
    let mut schedule = Vec::new();
    for k in 0..steps as usize {
        let λ = pilot.next(share)?;
        pilot.step(k, λ)?;
        schedule.push(λ);
    }
    match schedule.last() {
        Some(&λ) if λ < 1.0 => Err(ParticleBreakdown::Unfinished { time: steps * h, λ, share }),
        _ => Ok(schedule),
    }
}

/// Whether a step of length `h` of this scheme, half-way on the path and from places where it starts, has the density of
/// Euler–Maruyama, which moves are corrected with.
///
/// # Errors
/// What it is else.
pub fn annealed_euler_density(scheme: &dyn Transition, flow: &AnnealedFlow, h: f64) -> Result<(), String> {
    let start = &flow.start;
    let mut places = vec![Lanes::zero(); start.dimension()];
    for lane in 0..LANES {
        let component = lane % start.components().len();
        let normals: Vec<f64> =
            (0..places.len()).map(|axis| 4.0 * scattered((axis * LANES + lane) as u64) - 2.0).collect();
        for (x, value) in places.iter_mut().zip(start.place(component, &normals)) {
            x.0[lane] = value;
        }
    }
    euler_density(scheme, &AnnealedLangevin { flow, λ: 0.5 }, [0.0, h], &places)
}

/// Whether moves are corrected by the density of their step.
fn is_corrected(scheme: &dyn Transition, flow: &AnnealedFlow, h: f64) -> bool {
    scheme.has_euler_density() && annealed_euler_density(scheme, flow, h).is_ok()
}

/// Whether moves of length `h` leave no bias: there are none, the scheme keeps the law by itself, or they are corrected.
pub fn annealed_moves_are_exact(scheme: &dyn Transition, flow: &AnnealedFlow, h: f64) -> bool {
    flow.transport <= 0.0 || scheme.claims().invariant_order == u32::MAX || is_corrected(scheme, flow, h)
}

/// Particles on the path.
struct Annealing<'a> {
    flow: &'a AnnealedFlow,
    settings: &'a ParticleSettings,
    h: f64,
    /// Whether moves are corrected by the density of their step.
    corrected: bool,
    λ: f64,
    state: State,
}

impl<'a> Annealing<'a> {
    fn new(problem: &Problem, flow: &'a AnnealedFlow, settings: &'a ParticleSettings, h: f64) -> Self {
        let start = AnnealedLangevin { flow, λ: 0.0 };
        let initial = Initial::Mixture(flow.start.clone());
        debug_assert_eq!(problem.dimension(), flow.start.dimension());
        let ensemble = Ensemble::new(&initial, settings.count, settings.seed, motion(settings, &start));
        let population = Population::new(ensemble);
        let streams = settings.interaction.streams(settings.seed, population.island_count());
        let scheme = settings.scheme;
        let corrected = is_corrected(scheme, flow, h);
        Self { flow, settings, h, corrected, λ: 0.0, state: State::new(population, streams) }
    }

    /// Step number `k`, to λ.
    fn step(&mut self, k: usize, λ: f64) -> Result<(), ParticleBreakdown> {
        let rise = λ - self.λ;
        let losses = self.state.population.ensemble.map(|x| self.flow.excess(x));
        let gains: Vec<f64> = losses.iter().map(|excess| gain(rise, *excess)).collect();
        self.state.population.ensemble.add_log_weights(&gains);
        self.λ = λ;
        let interaction = self.settings.interaction;
        let offspring = |weights: &Weights, stream: &mut Stream| {
            interaction.happens().then(|| interaction.offspring(weights, stream)).flatten()
        };
        self.state.select(offspring)?;
        if self.flow.transport > 0.0 {
            self.move_all(k)?;
        } else {
            let sde = AnnealedLangevin { flow: self.flow, λ };
            self.state.population.ensemble.advance(motion(self.settings, &sde), self.h, k, 1)?;
        }
        Ok(())
    }

    /// A move for the present π_λ, and the weight that makes up for what it changes of π_λ.
    fn move_all(&mut self, k: usize) -> Result<(), ParticleBreakdown> {
        let sde = AnnealedLangevin { flow: self.flow, λ: self.λ };
        if !self.corrected {
            return self.state.population.ensemble.advance(motion(self.settings, &sde), self.h, k, 1);
        }
        let d = self.state.population.ensemble.dimension();
        let before = self.places(&sde);
        self.state.population.ensemble.advance(motion(self.settings, &sde), self.h, k, 1)?;
        let after = self.places(&sde);
        let (α, h) = (self.flow.transport, self.h);
        let pairs = before.chunks_exact(2 * d + 1).zip(after.chunks_exact(2 * d + 1));
        let gains: Vec<f64> = pairs
            .map(|(before, after)| {
                let [from, to] = [before, after].map(|all| (&all[..d], &all[2 * d], &all[d..2 * d]));
                scaled_log_ratio(&α, &h, from, to) / (4.0 * α * h)
            })
            .collect();
        self.state.population.ensemble.add_log_weights(&gains);
        Ok(())
    }

    /// Of every particle: where it is, the drift there, and its −log π_λ.
    fn places(&self, sde: &AnnealedLangevin<'_>) -> Vec<f64> {
        let ensemble = &self.state.population.ensemble;
        let d = ensemble.dimension();
        ensemble.points(2 * d + 1, |x, out| {
            let (places, energy) = out.split_at_mut(2 * d);
            let (place, drift) = places.split_at_mut(d);
            place.copy_from_slice(x);
            sde.drift(&Lanes::constant(ensemble.time()), x, drift);
            energy[0] = self.flow.energy(sde.λ, x);
        })
    }

    /// The largest λ ≤ 1 for which (ΣWu)²/ΣWu² ≥ share, u = (e^{−V}/ρ₀)^Δ, with the weights W of all particles.
    fn next(&self, share: f64) -> Result<f64, ParticleBreakdown> {
        let excess = self.state.population.ensemble.map(|x| self.flow.excess(x));
        let masses = self.state.population.log_masses();
        let keeps = |λ: f64| {
            let logs = |power: f64| -> Vec<f64> {
                let each = masses.iter().zip(&excess);
                each.map(|(mass, e)| mass + gain(power * (λ - self.λ), *e)).collect()
            };
            let [none, once, twice] = [0.0, 1.0, 2.0].map(|power| super::log_sum_exp(&logs(power)));
            2.0 * once - none - twice >= share.ln()
        };
        if keeps(1.0) {
            return Ok(1.0);
        }
        let (mut low, mut high) = (self.λ, 1.0);
        for _ in 0..BISECTIONS {
            let middle = 0.5 * (low + high);
            if keeps(middle) { low = middle } else { high = middle }
        }
        Ok(low)
    }
}

/// What a log-weight gains by a rise of λ; no rise changes nothing, even where π vanishes.
fn gain(rise: f64, excess: f64) -> f64 {
    if rise == 0.0 { 0.0 } else { -rise * excess }
}
