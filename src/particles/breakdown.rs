use crate::kernel::KernelError;
use crate::model::Problem;
use thiserror::Error;

/// Why a particle computation cannot go on, with time, place and remedy.
#[derive(Clone, Debug, Error, PartialEq)]
pub enum ParticleBreakdown {
    /// A path left the range of f64.
    #[error(
        "particle {particle} blew up at time {time}: its position became {position:?} with step {step}: \
         the drift grows too fast for this scheme, so take a smaller step, or \"implicit-euler\", or for an overdamped [flow] \"mala\", \
         or check that the potential confines"
    )]
    Exploded {
        /// End of the step that failed.
        time: f64,
        /// Index of the particle.
        particle: usize,
        /// Where it went.
        position: Vec<f64>,
        /// Where it was before.
        before: Vec<f64>,
        /// Length of the step.
        step: f64,
    },
    /// A path left the range of f64 by its noise.
    #[error(
        "particle {particle} blew up at time {time}: its position became {position:?} with step {step}: the noise grows too fast \
         for this scheme, as in a step it is more than the drift far out: take a smaller step, or check that the equation has \
         solutions until the horizon"
    )]
    ExplodedByNoise {
        /// End of the step that failed.
        time: f64,
        /// Index of the particle.
        particle: usize,
        /// Where it went.
        position: Vec<f64>,
        /// Length of the step.
        step: f64,
    },
    /// A formula has no value where a path came.
    #[error(
        "{formula} is not a number where particle {particle} came at time {time}, near {position:?}: a step of {step} has left the \
         formula's domain: take a smaller step or a scheme that stays inside, or a formula with a value there, such as \
         sqrt(abs(x)) for sqrt(x)"
    )]
    Undefined {
        /// End of the step that failed.
        time: f64,
        /// Index of the particle.
        particle: usize,
        /// Where it was before the step.
        position: Vec<f64>,
        /// Length of the step.
        step: f64,
        /// What it is the formula of, and the formula.
        formula: String,
    },
    /// A path left all scales without an overflow.
    #[error(
        "stiff: particle {particle} blew up at time {time}, without an overflow: it is at {position:?}, while start and noise reach as far \
         as {reach:.3}, and the step {step} from there is not what 64 shorter ones do: it is too long for the steepness of the \
         equation, so take a smaller step, or \"implicit-euler\", or for an overdamped [flow] \"mala\""
    )]
    Stiff {
        /// When it was seen there.
        time: f64,
        /// Index of the particle.
        particle: usize,
        /// Where it is.
        position: Vec<f64>,
        /// Length of the step.
        step: f64,
        /// How far start and noise reach.
        reach: f64,
    },
    /// A particle is where the target is not defined, or vanishes.
    #[error(
        "particle {particle} is at {position:?} at time {time}, where the potential is {value}: an unadjusted step has crossed \
         a wall: take \"mala\", which rejects such steps, or a smaller step"
    )]
    Outside {
        /// When it was seen there.
        time: f64,
        /// Index of the particle.
        particle: usize,
        /// Where it is.
        position: Vec<f64>,
        /// V there, NaN or +∞.
        value: f64,
    },
    /// A log-weight became NaN or +∞.
    #[error(
        "the log-weight of particle {particle} became {value} at time {time}, position {position:?}: \
         the rate is not finite there: check its formula, or take a smaller step if no path should come there"
    )]
    Weight {
        /// End of the step that failed.
        time: f64,
        /// Index of the particle.
        particle: usize,
        /// The log-weight.
        value: f64,
        /// Where the particle was.
        position: Vec<f64>,
    },
    /// No particle has any weight.
    #[error(
        "all {count} particles had died by time {time}: their log-weights are −∞, because the rate is +∞, or so large \
         that its integral overflows, wherever they went: start more of them where the rate is finite, or take a \
         smaller step"
    )]
    Extinct {
        /// When.
        time: f64,
        /// Number of particles.
        count: usize,
    },
    /// The density of the particles cannot be estimated.
    #[error(
        "the density of the particles of replicate {replicate} cannot be estimated at time {time}: {reason}"
    )]
    Density {
        /// When.
        time: f64,
        /// Number of the replicate, from 0 on.
        replicate: usize,
        /// Why, and the remedy.
        #[source]
        reason: KernelError,
    },
    /// An adaptive schedule did not come to its end.
    #[error(
        "the schedule had come to λ = {λ} only by the horizon, {time}, keeping {share} of the effective sample size in \
         every step: take a longer horizon or smaller steps, lower schedule-ess, or start nearer to the target"
    )]
    Unfinished {
        /// The horizon.
        time: f64,
        /// Where the path ended.
        λ: f64,
        /// The share that was to be kept.
        share: f64,
    },
    /// Someone asked for an end.
    #[error("interrupted at time {time}")]
    Interrupted {
        /// When.
        time: f64,
    },
    /// Nearly all weight sits on one particle.
    #[error(
        "the weights degenerated by time {time}: the effective sample size is {ess:.2} of {count} particles: \
         allow resampling, raise ess-threshold, take a smaller step or more particles"
    )]
    Degenerate {
        /// When.
        time: f64,
        /// (Σw)²/Σw².
        ess: f64,
        /// Number of particles.
        count: usize,
    },
}

/// A place that is too far out for the formulas to be blamed for what overflows in them.
const FAR: f64 = 1e100;

impl ParticleBreakdown {
    /// The same, with the formula that has no value where the path came, if that is the cause: at its place before the step, or
    /// where stages of the step look; or with the noise as the cause, if that is more than the drift.
    pub(crate) fn explained(self, problem: &Problem) -> Self {
        let Self::Exploded { time, particle, position, before, step } = &self else {
            return self;
        };
        let astray = position.iter().any(|x| x.is_nan()) && before.iter().all(|x| x.abs() < FAR);
        let formula = astray.then(|| problem.undefined_near(*time - step, *step, before)).flatten();
        match formula {
            Some((formula, place)) => {
                Self::Undefined { time: *time, particle: *particle, position: place, step: *step, formula }
            }
            None if problem.noise_dominates(*time - step, *step, before) => Self::ExplodedByNoise {
                time: *time,
                particle: *particle,
                position: position.clone(),
                step: *step,
            },
            None => self,
        }
    }

    /// The time of the breakdown.
    pub fn time(&self) -> f64 {
        match self {
            Self::Exploded { time, .. }
            | Self::ExplodedByNoise { time, .. }
            | Self::Undefined { time, .. }
            | Self::Stiff { time, .. }
            | Self::Outside { time, .. }
            | Self::Weight { time, .. }
            | Self::Extinct { time, .. }
            | Self::Density { time, .. }
            | Self::Unfinished { time, .. }
            | Self::Interrupted { time }
            | Self::Degenerate { time, .. } => *time,
        }
    }
}
