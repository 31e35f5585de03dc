use super::{BirthDeath, MeanField};
use crate::schemes::{Transition, WeightRule};

/// How the weighted particles are to run.
#[derive(Clone, Debug)]
pub struct ParticleSettings {
    /// Number of particles, of each replicate if there are any.
    pub count: usize,
    /// Longest time step; the horizon is divided evenly.
    pub step: f64,
    /// A scheme of the catalogue, or an adjusted one.
    pub scheme: &'static dyn Transition,
    /// Quadrature of the log-weight, where log ρ comes from elsewhere.
    pub weight: WeightRule,
    /// How the reaction of a gradient flow reads log ρ from the particles themselves; `None` if it does not.
    pub mean_field: Option<MeanField>,
    /// What keeps the weights even.
    pub interaction: Interaction,
    /// Seed of the random streams.
    pub seed: u64,
    /// Whether the particles at the horizon are kept among the results of a run.
    pub save: bool,
}

impl ParticleSettings {
    /// Number of particles, of all replicates together.
    pub fn total_count(&self) -> usize {
        self.count * self.mean_field.map_or(1, |mean_field| mean_field.replicates)
    }
}

/// What keeps the weights of the particles of an island even.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Interaction {
    /// Resampling when the effective sample size falls below this share of the count.
    Resampling(Resampling, f64),
    /// Birth–death jumps after every step: the weights stay 1.
    BirthDeath(BirthDeath),
}

impl Interaction {
    /// Whether particles ever interact.
    pub fn happens(self) -> bool {
        match self {
            Self::Resampling(choice, threshold) => choice != Resampling::None && threshold > 0.0,
            Self::BirthDeath(_) => true,
        }
    }
}

/// Resampling of weighted particles.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Resampling {
    /// One uniform for all strata.
    Systematic,
    /// Srinivasan's sampling process: fractional parts traded in pairs.
    Ssp,
    /// One uniform in each stratum.
    Stratified,
    /// Integer parts kept, the rest multinomial.
    Residual,
    /// Independent draws.
    Multinomial,
    /// Never: weights only.
    None,
}

impl Resampling {
    /// Every choice that a scenario can name.
    pub const ALL: [Self; 6] =
        [Self::Systematic, Self::Ssp, Self::Stratified, Self::Residual, Self::Multinomial, Self::None];

    /// The name that scenarios use.
    pub fn name(self) -> &'static str {
        match self {
            Self::Systematic => "systematic",
            Self::Ssp => "ssp",
            Self::Stratified => "stratified",
            Self::Residual => "residual",
            Self::Multinomial => "multinomial",
            Self::None => "none",
        }
    }
}
