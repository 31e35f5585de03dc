//! Kernel densities of weighted particles: fast Gaussian sums whose error in log ρ̂ is certified.
//!
//! [`GaussianSum`] takes a [`Cloud`] and a variance, and gives log ρ̂ at any targets to within a tolerance, in the far
//! tails too. Up to three dimensions an interpolant serves all targets at once; each is checked against its own error
//! bound, and those that fail it are summed over a kd-tree with certified cut-offs, as are all in higher dimensions. The
//! base of both is a direct sum in blocks. Same input, same bits, for any number of threads.
//!
//! [`KernelDensity`] has a full covariance, by [`Whitening`]; [`silverman`], [`scott`] and [`cross_validated`] choose the
//! bandwidth.
//!
//! Read `log_sum` and `blocks` first, then `tree`, `cells`, `chebyshev` and `interpolant`; `curve` and `leaves` stand
//! alone.
//!
//! Belongs here: sums over Gaussian kernels and their error bounds. Does not: particles that move
//! ([`crate::particles::mean_field`] reads log ρ from these sums).

mod bandwidth;
mod blocks;
mod cells;
mod chebyshev;
mod cloud;
mod curve;
mod density;
mod error;
mod gaussian_sum;
mod interpolant;
mod leaves;
mod log_sum;
mod sources;
mod tree;
mod whitening;

pub use bandwidth::{cross_validated, effective_sample_size, scott, silverman};
pub use cloud::Cloud;
pub use density::KernelDensity;
pub use error::KernelError;
pub use gaussian_sum::{GaussianSum, LogDensities};
pub use whitening::{Whitening, covariance, moments};
