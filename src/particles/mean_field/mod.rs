//! The WFR reaction from the ensemble alone: log ρ_t is estimated from the particles themselves.
//!
//! A step is a splitting of the flow. Transport (W) moves the weighted cloud (y_j, W_j) to x_i. The reaction (FR) is then
//! exact for the density at hand, ρ ↦ ρ^{e^{−βh}} π^{1−e^{−βh}}, so that particle i is weighted by
//! (π(x_i)/ρ̂(x_i))^{1 − e^{−βh}}. For ρ̂ there are ([`DensityEstimate`]):
//!
//! - the *transition mixture* Σ_j W_j N(x; y_j − αh∇V(y_j), 2αh I), the law of an Euler–Maruyama step from the cloud. With
//!   that scheme and [`Alternation::TransportFirst`] this is the SMC-WFR algorithm of Crucinio and Pathiraja
//!   (arXiv 2506.05905), which has no bandwidth and is of order 1 in h;
//! - the *kernel density* of the moved cloud, as in the birth–death Langevin sampler of Lu, Lu and Nolen
//!   (arXiv 1905.09863). It follows the flow whose reaction reads the density through the kernel
//!   ([`SmoothedGaussianFlow`](crate::exact::SmoothedGaussianFlow) is its closed form for a Gaussian).
//! - the *normal law* with the mean and the covariance of the moved cloud: the Gaussian closure of the flow, exact where
//!   target and start are Gaussian, and no more than that elsewhere. It is the one that is accurate in any dimension: of
//!   10⁴ particles in 20 dimensions no two are near each other, so that in both sums the particle's own term is all.
//!
//! With the [`Energy`](crate::model::Energy) χ² the exact reaction is ρ ↦ ρ/(1 + S f), f = ρ/π, instead.
//!
//! # Order 2
//! Reactions compose, FR(s)∘FR(t) = FR(s + t), so [`Alternation::Strang`] costs no more than W–FR: half a reaction with
//! log ρ₀, which is known, whole ones between the moves, and half a reaction at the end. With a scheme of weak order 2 the
//! result is of order 2, although the mixture is still that of Euler–Maruyama kernels: these are wrong by O(h²) in log ρ̂,
//! and the exponent makes it O(h³) in a step. Under a kernel reactions do not quite compose, and an error O(s²h) in the
//! squared bandwidth s² is left.
//!
//! # Momenta
//! Underdamped dynamics react on the joint density of positions and momenta, or on that of the positions alone. The step of
//! the stochastic exponential Euler scheme has one Gaussian law N(m(q, p), Σ_h), so the mixture is a sum of these. But Σ_h
//! is thin, of width h^{3/2} in q beside h^{1/2} in p, so that N particles see each other only if N is far above h^{−2} for
//! every freedom: the mixture is for large ensembles at coarse steps. The normal law and kernels of the cloud's own
//! covariance have no such limit.
//!
//! # Standard errors
//! All particles of an ensemble meet in ρ̂, so there are no independent islands within it. Whole ensembles are replicated
//! instead: estimates are means over the replicates, and standard errors come from their spread.
//!
//! # Bias
//! ρ̂ is that of N particles, and under a kernel that of a smoother density. What this does to the means is measured by a run of its
//! own ([`ensemble_bias`]).
//!
//! # Mass
//! A normalised flow keeps the mass of each replicate at 1. Otherwise (Hellinger–Kantorovich) the density that the reaction
//! reads is that of the cloud with its mass.

mod bias;
mod density;
mod reaction;
mod settings;
mod simulate;
mod transition;

pub use bias::{EnsembleBias, FEWER, closure_bias, ensemble_bias};
pub use settings::{Alternation, Bandwidth, DensityEstimate, MeanField};
pub use simulate::simulate_mean_field;
