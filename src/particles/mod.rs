//! The sampling method: weighted paths of the flow's SDE, and what they estimate.
//!
//! [`Ensemble`] holds the paths in blocks that each own a random [`Stream`], so the bits depend
//! neither on threads nor on how many other blocks there are, and any [`path()`] can be run again alone; [`simulate`] is
//! the time loop, in which particles interact by adaptive [`resampling`] of their [`Weights`] or by [`birth_death`]
//! jumps, with [`Watch`] as its connection to the outside and [`State`] as what is kept of it; [`mean_field`] reads log ρ from the particles themselves; [`annealing`] goes along the
//! geometric means of start and target; [`Population`] turns the result into estimates with standard errors; [`coupled`] runs the same paths with two
//! step sizes and measures the difference.
//!
//! Belongs here: paths, weights, and what they estimate, with standard errors. Does not: verdicts ([`crate::study`],
//! [`crate::statistics`]), kernel sums ([`crate::kernel`]), and formulas of schemes ([`crate::schemes`]).

pub mod annealing;
pub mod birth_death;
mod breakdown;
pub mod coupled;
mod ensemble;
pub mod mean_field;
mod motion;
mod points;
mod population;
pub mod resampling;
mod scales;
mod settings;
mod simulate;
mod state;
mod stream;
pub mod variate;
mod weights;

pub use annealing::{annealed_euler_density, annealed_moves_are_exact, simulate_annealed};
pub use birth_death::BirthDeath;
pub use breakdown::ParticleBreakdown;
pub use ensemble::{BLOCK, Ensemble, Path, path};
pub use mean_field::{MeanField, simulate_mean_field};
pub use motion::{Motion, PathStep, Paths, StaticMotion, StepTimes};
pub use points::Points;
pub use population::{Histogram, Mean, Population, WeightHistogram};
pub use settings::{Interaction, ParticleSettings, Resampling};
pub use simulate::{Instant, Simulation, sample, simulate};
pub use state::{State, Watch};
pub use stream::{Purpose, Stream};
pub use weights::{WeightFault, Weights, log_sum_exp};

/// The number of equal steps of at most `step` that cover `horizon`, to rounding.
pub fn step_count(horizon: f64, step: f64) -> usize {
    (horizon / step - 1e-9).ceil().max(1.0) as usize
}
