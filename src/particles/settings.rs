use crate::schemes::{Scheme, WeightRule};

/// How the weighted particles are to run.
#[derive(Clone, Debug)]
pub struct ParticleSettings {
    /// Number of particles.
    pub count: usize,
    /// Longest time step; the horizon is divided evenly.
    pub step: f64,
    /// A scheme of the catalogue.
    pub scheme: &'static dyn Scheme,
    /// Quadrature of the log-weight.
    pub weight: WeightRule,
    /// How to resample.
    pub resampling: Resampling,
    /// Resample when the effective sample size falls below this share of the count.
    pub ess_threshold: f64,
    /// Seed of the random streams.
    pub seed: u64,
}

/// Resampling of weighted particles.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Resampling {
    /// One uniform for all strata.
    Systematic,
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
    pub const ALL: [Self; 5] =
        [Self::Systematic, Self::Stratified, Self::Residual, Self::Multinomial, Self::None];

    /// The name that scenarios use.
    pub fn name(self) -> &'static str {
        match self {
            Self::Systematic => "systematic",
            Self::Stratified => "stratified",
            Self::Residual => "residual",
            Self::Multinomial => "multinomial",
            Self::None => "none",
        }
    }

    /// The choice called `name`, if there is one.
    pub fn find(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|choice| choice.name() == name)
    }
}
