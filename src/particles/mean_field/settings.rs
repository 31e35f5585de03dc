/// A reaction that reads log ρ from the particles.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MeanField {
    /// How log ρ is estimated.
    pub density: DensityEstimate,
    /// Largest error of the sums in log ρ̂; what the estimate itself is off by comes on top.
    pub tolerance: f64,
    /// How transport and reaction alternate.
    pub splitting: Alternation,
    /// Number of independent ensembles.
    pub replicates: usize,
}

/// An estimate of log ρ from weighted particles.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum DensityEstimate {
    /// The law of an Euler–Maruyama step from the cloud before the move.
    TransitionMixture,
    /// The normal law with the mean and the covariance of the cloud after the move.
    Gaussian,
    /// A Gaussian kernel density of the cloud after the move.
    Kernel {
        /// How wide the kernel is.
        bandwidth: Bandwidth,
        /// Whether a particle is left out of the density at its own place.
        leave_one_out: bool,
    },
}

impl DensityEstimate {
    /// The name that scenarios use.
    pub fn name(self) -> &'static str {
        match self {
            Self::TransitionMixture => "transition-mixture",
            Self::Gaussian => "gaussian",
            Self::Kernel { .. } => "kernel",
        }
    }
}

/// The choice of a bandwidth, in every step anew.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Bandwidth {
    /// Silverman's factor times the covariance of the cloud.
    Silverman,
    /// Scott's factor times the covariance of the cloud.
    Scott,
    /// That of largest cross-validated likelihood, times the covariance of the cloud.
    CrossValidated,
    /// This standard deviation in every direction.
    Fixed(f64),
}

impl Bandwidth {
    /// Every rule that a scenario can name.
    pub const RULES: [Self; 3] = [Self::Silverman, Self::Scott, Self::CrossValidated];

    /// The name that scenarios use.
    pub fn name(self) -> &'static str {
        match self {
            Self::Silverman => "silverman",
            Self::Scott => "scott",
            Self::CrossValidated => "cross-validated",
            Self::Fixed(_) => "fixed",
        }
    }
}

/// How transport W and reaction FR alternate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Alternation {
    /// Half a reaction, the moves with whole ones between them, half a reaction: order 2.
    Strang,
    /// A whole reaction after every move: order 1.
    TransportFirst,
}

impl Alternation {
    /// Every choice that a scenario can name.
    pub const ALL: [Self; 2] = [Self::Strang, Self::TransportFirst];

    /// The name that scenarios use.
    pub fn name(self) -> &'static str {
        match self {
            Self::Strang => "strang",
            Self::TransportFirst => "w-fr",
        }
    }
}
