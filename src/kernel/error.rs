use thiserror::Error;

/// Why a kernel sum or a bandwidth cannot be computed, with what was found and the remedy.
#[derive(Clone, Debug, Error, PartialEq)]
pub enum KernelError {
    /// There are no sources.
    #[error("there are no sources: a density needs at least one particle")]
    NoSources,
    /// All log-weights are −∞.
    #[error("all {count} log-weights are −∞: every particle is dead, so resample before the weights die out")]
    AllDead {
        /// Number of sources.
        count: usize,
    },
    /// The only source that is alive has no others to be summed over.
    #[error(
        "source {index} is the only one that is alive: without it nothing is left to sum, so take more particles \
         or resample earlier"
    )]
    Alone {
        /// Index of the source.
        index: usize,
    },
    /// The lengths do not fit together.
    #[error("{what} has {found} numbers, not {expected}")]
    Shape {
        /// What it is.
        what: &'static str,
        /// How many numbers there are.
        found: usize,
        /// How many there should be.
        expected: usize,
    },
    /// A log-weight is NaN or +∞.
    #[error("the log-weight of source {index} is {value}: it has to be a number or −∞")]
    LogWeight {
        /// Index of the source.
        index: usize,
        /// The log-weight.
        value: f64,
    },
    /// A coordinate is NaN or infinite.
    #[error("{what} {index} is at {position:?}: its coordinates have to be finite")]
    Position {
        /// A source or a target.
        what: &'static str,
        /// Its index.
        index: usize,
        /// Where it is.
        position: Vec<f64>,
    },
    /// The variance of the kernel is not a positive number, or so small that distances overflow in its unit.
    #[error(
        "the variance of the kernel is {value}: it has to be positive, and its root not below 1e-150 of the \
         spread of the data"
    )]
    Variance {
        /// The variance.
        value: f64,
    },
    /// The tolerance is not a positive number.
    #[error("the tolerance in log ρ is {value}: it has to be positive and finite")]
    Tolerance {
        /// The tolerance.
        value: f64,
    },
    /// A covariance is not positive definite.
    #[error(
        "the covariance is not positive definite: pivot {row} of its Cholesky factor is {pivot}; the particles \
         may lie in a plane or in one point"
    )]
    Covariance {
        /// Row of the pivot.
        row: usize,
        /// The pivot.
        pivot: f64,
    },
    /// The cross-validated likelihood grows as the bandwidth falls, without a bound.
    #[error(
        "the cross-validated likelihood still grows as the bandwidth falls to {bandwidth}: the particles have \
         duplicates, as after resampling, so use a rule of thumb or cross-validate before resampling"
    )]
    Duplicates {
        /// The smallest bandwidth tried.
        bandwidth: f64,
    },
}
