//! Transport and reaction at once, in s = log(ρ/π), by an adaptive Rosenbrock rule of order 4.

use super::step_control::{StepControl, StepVerdict};
use super::trajectory::log_sum_exp;
use super::tridiagonal::Tridiagonal;
use super::{Generator, GridBreakdown, Link, Reaction};
use crate::algebra::elementary::exp;
use crate::algebra::simd::vectorized;
use crate::model::{Dynamics, Energy, Initial, Problem, TimeDependence};

/// Steinebach's RODASP (1995), for parabolic equations: six stages, L-stable, stiffly accurate, order 4 without reduction at
/// the walls. From stage to stage, in the variables that need no product with the Jacobian (Hairer and Wanner 1996, IV.7):
/// (I − γhJ)uᵢ = γh f(s + Σ aᵢⱼuⱼ) + γ Σ cᵢⱼuⱼ; the last uᵢ is the difference to the embedded rule of order 3.
const STAGES: usize = 6;
/// γ.
const GAMMA: f64 = 0.25;
/// aᵢⱼ.
const A: [[f64; STAGES]; STAGES] = [
    [0.0; STAGES],
    [3.0, 0.0, 0.0, 0.0, 0.0, 0.0],
    [1.831036793486759, 0.4955183967433795, 0.0, 0.0, 0.0, 0.0],
    [2.304376582692669, -0.05249275245743001, -1.176798761832782, 0.0, 0.0, 0.0],
    [-7.170454962423024, -4.741636671481785, -16.31002631330971, -1.062004044111401, 0.0, 0.0],
    [-7.170454962423024, -4.741636671481785, -16.31002631330971, -1.062004044111401, 1.0, 0.0],
];
/// cᵢⱼ.
const C: [[f64; STAGES]; STAGES] = [
    [0.0; STAGES],
    [-12.0, 0.0, 0.0, 0.0, 0.0, 0.0],
    [-8.791795173947035, -2.207865586973518, 0.0, 0.0, 0.0, 0.0],
    [10.81793056857153, 6.780270611428266, 19.5348594464241, 0.0, 0.0, 0.0],
    [34.19095006749676, 15.49671153725963, 54.7476087596413, 14.16005392148534, 0.0, 0.0],
    [34.62605830930532, 15.30084976114473, 56.99955578662667, 18.40807009793095, -5.714285714285717, 0.0],
];

/// The tolerance unless another is asked for.
pub const DEFAULT_TOLERANCE: f64 = 1e-8;
/// Power of the step in the difference to the embedded rule.
const ESTIMATE_POWER: u32 = 4;
/// Share of the fastest time scale that the first step has.
const FIRST: f64 = 0.01;
/// The most by which log(ρ/π) of neighbouring cells may differ. Beyond it, the rates leave the range of f64; a lower density is
/// raised to this, by less than e⁻⁵⁰⁰ of its neighbour's, which the transport does in less than e⁻⁵⁰⁰ of its time scale anyway.
const STEEPEST: f64 = 500.0;
/// What the steps have cost.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SolverWork {
    /// Steps of the transport that counted.
    pub steps: usize,
    /// Steps that were taken back.
    pub rejected: usize,
    /// Solves of a linear system over all cells.
    pub solves: usize,
    /// Factorisations of its matrix.
    pub factorizations: usize,
    /// Products of the operator with a vector, or evaluations of transport and reaction together.
    pub products: usize,
    /// Reactions alone.
    pub reactions: usize,
}

impl SolverWork {
    /// Passes over the cells: all of it but the steps, each counted as one.
    pub fn passes(&self) -> usize {
        self.solves + self.factorizations + self.products + self.reactions
    }
}

/// The flow on a line with detailed balance, ṡᵢ = Σⱼ q_{ij}(e^{sⱼ − sᵢ} − 1) − βsᵢ − cᵢ, which is the same system as that of
/// the density, exactly. log ρ is what is solved for, so ρ is positive, and the error is that of log ρ everywhere: at each
/// step the estimate is at most tolerance·(1 + |log ρ|) in every cell. A constant in s changes nothing but itself, so the mean
/// that a normalised flow subtracts is left out and the mass made 1 after each step.
pub struct Unsplit {
    generator: Generator,
    reaction: Reaction,
    /// Whether the mass stays 1.
    keeps_mass: bool,
    control: StepControl,
    factor: Tridiagonal,
    work: SolverWork,
}

impl Unsplit {
    /// The flow with this transport and reaction.
    ///
    /// # Errors
    /// Unless it is on a line, and the reaction one of log ρ in each cell.
    pub fn new(generator: Generator, reaction: Reaction, tolerance: f64) -> Result<Self, GridBreakdown> {
        let local =
            matches!(reaction, Reaction::None | Reaction::FisherRao { .. } | Reaction::Killing { .. });
        if generator.grid().dimension() > 1
            || !generator.grid().is_plain()
            || !generator.reversible()
            || !local
        {
            return Err(GridBreakdown::Unsplit);
        }
        let keeps_mass = reaction.is_none() || reaction.keeps_mass();
        let control = StepControl::new(tolerance, ESTIMATE_POWER);
        let (factor, work) = (Tridiagonal::default(), SolverWork::default());
        Ok(Self { generator, reaction, keeps_mass, control, factor, work })
    }

    /// Whether it can solve `problem`.
    pub fn suits(problem: &Problem) -> bool {
        let local = match &problem.dynamics {
            Dynamics::GradientFlow(flow) => flow.reaction == 0.0 || flow.energy == Energy::KullbackLeibler,
            Dynamics::Sde(sde) => sde.time_dependence() == TimeDependence::Nothing,
            Dynamics::Kinetic(_) | Dynamics::Annealed(_) | Dynamics::ReverseDiffusion(_) => false,
        };
        local && problem.dimension() == 1 && matches!(problem.initial, Initial::Mixture(_))
    }

    /// From now on to this tolerance.
    pub fn set_tolerance(&mut self, tolerance: f64) {
        self.control.set_tolerance(tolerance);
    }

    /// The transport.
    pub fn generator(&self) -> &Generator {
        &self.generator
    }

    /// The tolerance of a step.
    pub fn tolerance(&self) -> f64 {
        self.control.tolerance()
    }

    /// What the steps have cost so far.
    pub fn work(&self) -> SolverWork {
        self.work
    }

    /// log ρ after `h`, in place; `time` is for messages.
    ///
    /// # Errors
    /// If ρ vanishes in a cell, or no step is short enough.
    pub fn advance(&mut self, log_density: &mut [f64], h: f64, time: f64) -> Result<(), GridBreakdown> {
        if log_density.iter().any(|log| !log.is_finite()) {
            return Err(GridBreakdown::Unsplit);
        }
        // −log of the invariant density; the generator has that of the cells.
        let invariant = self.generator.log_invariant().iter().zip(self.generator.grid().log_volumes());
        let energy: Vec<f64> = invariant.map(|(log, volume)| volume - log).collect();
        let mut s: Vec<f64> = log_density.iter().zip(&energy).map(|(log, energy)| log + energy).collect();
        raise(&mut s);
        let mut left = h;
        while left > 0.0 {
            let slope = self.rate(&s);
            let first = || {
                let scales = s.iter().zip(&slope).zip(&energy);
                let fastest = scales.map(|((s, slope), energy)| slope.abs() / (1.0 + (s - energy).abs()));
                FIRST / fastest.fold(f64::MIN_POSITIVE, f64::max)
            };
            let step = self.control.wanted(first).min(left);
            let (next, error) = self.try_step(&s, slope, &energy, step);
            match self.control.judge(step, error) {
                StepVerdict::Accept => {
                    s = next;
                    if self.keeps_mass {
                        self.normalize(&mut s, &energy);
                    }
                    left = if step < left { left - step } else { 0.0 };
                    self.work.steps += 1;
                }
                StepVerdict::Reject => self.work.rejected += 1,
                StepVerdict::GiveUp => return Err(GridBreakdown::NoConvergence { time: time + h - left }),
            }
        }
        for ((log, s), energy) in log_density.iter_mut().zip(&s).zip(&energy) {
            *log = s - energy;
        }
        Ok(())
    }

    /// s after a step, and the largest estimated error of log ρ in units of what is allowed; `slope` is f(s).
    fn try_step(&mut self, s: &[f64], slope: Vec<f64>, energy: &[f64], step: f64) -> (Vec<f64>, f64) {
        let scale = GAMMA * step;
        self.factorize(s, scale);
        self.work.factorizations += 1;
        let mut increments: [Vec<f64>; STAGES] = Default::default();
        let mut place = s.to_vec();
        let mut slope = Some(slope);
        for stage in 0..STAGES {
            let (known, [increment, ..]) = increments.split_at_mut(stage) else {
                unreachable!("a stage has an increment");
            };
            if stage > 0 {
                place.copy_from_slice(s);
                combine(&mut place, &A[stage], known);
            }
            *increment = slope.take().unwrap_or_else(|| self.rate(&place));
            for value in increment.iter_mut() {
                *value *= scale;
            }
            combine(increment, &C[stage].map(|c| GAMMA * c), known);
            self.factor.solve(increment);
        }
        self.work.solves += STAGES;
        let last = &increments[STAGES - 1];
        for (place, u) in place.iter_mut().zip(last) {
            *place += u;
        }
        let logs = place.iter().zip(energy).map(|(s, energy)| s - energy);
        let error = self.control.error(logs.zip(last.iter().copied()));
        (place, error)
    }

    /// ṡ.
    fn rate(&mut self, s: &[f64]) -> Vec<f64> {
        self.work.products += 1;
        let mut rate = self.reaction_rate(s);
        let Link { up, down, .. } = &self.generator.links()[0];
        let [rises, falls] = ratios(s);
        for (k, (rise, fall)) in rises.iter().zip(&falls).enumerate() {
            rate[k] += up[k] * (rise - 1.0);
            rate[k + 1] += down[k] * (fall - 1.0);
        }
        rate
    }

    fn reaction_rate(&self, s: &[f64]) -> Vec<f64> {
        match &self.reaction {
            Reaction::FisherRao { rate, .. } => s.iter().map(|s| -rate * s).collect(),
            Reaction::Killing { rate } => rate.iter().map(|c| -c).collect(),
            _ => vec![0.0; s.len()],
        }
    }

    /// I − scale·J at s: its rows sum to 1 + scale·β.
    fn factorize(&mut self, s: &[f64], scale: f64) {
        let own = match &self.reaction {
            Reaction::FisherRao { rate, .. } => 1.0 + scale * rate,
            _ => 1.0,
        };
        let Link { up, down, .. } = &self.generator.links()[0];
        let [mut above, mut below] = ratios(s);
        let mut diagonal = vec![own; s.len()];
        for (k, (above, below)) in above.iter_mut().zip(&mut below).enumerate() {
            *above *= -scale * up[k];
            *below *= -scale * down[k];
            diagonal[k] -= *above;
            diagonal[k + 1] -= *below;
        }
        self.factor.factorize(&below, &diagonal, &above);
    }

    fn normalize(&self, s: &mut [f64], energy: &[f64]) {
        let log_density: Vec<f64> = s.iter().zip(energy).map(|(s, energy)| s - energy).collect();
        let log_mass = log_sum_exp(&log_density) + self.generator.grid().volume().ln();
        for s in s {
            *s -= log_mass;
        }
    }
}

/// Between neighbours, e^{s_{k+1} − s_k} and its inverse.
fn ratios(s: &[f64]) -> [Vec<f64>; 2] {
    vectorized(
        #[inline(always)]
        || {
            let rises: Vec<f64> = s.iter().zip(&s[1..]).map(|(a, b)| exp(b - a)).collect();
            let falls = rises.iter().map(|rise| 1.0 / rise).collect();
            [rises, falls]
        },
    )
}

/// Raises what is more than [`STEEPEST`] below a neighbour.
fn raise(s: &mut [f64]) {
    for k in 1..s.len() {
        s[k] = s[k].max(s[k - 1] - STEEPEST);
    }
    for k in (1..s.len()).rev() {
        s[k - 1] = s[k - 1].max(s[k] - STEEPEST);
    }
}

/// sum += Σ weights·terms.
fn combine(sum: &mut [f64], weights: &[f64], terms: &[Vec<f64>]) {
    for (weight, term) in weights.iter().zip(terms).filter(|(weight, _)| **weight != 0.0) {
        for (sum, term) in sum.iter_mut().zip(term) {
            *sum += weight * term;
        }
    }
}
