//! Closed forms: answers that come with their problems, from outside the code under test.
//!
//! Belongs here: what is known in closed form or by quadrature. Does not: anything that shares code with a solver that it is
//! held against.

mod gaussian;
mod killed_ou;
mod kinetic;
mod smoothed_gaussian;
mod target_law;

pub use gaussian::{Gaussian, GaussianFlow};
pub use killed_ou::{killed_ornstein_uhlenbeck, killed_ornstein_uhlenbeck_law};
pub use kinetic::KineticGaussianFlow;
pub use smoothed_gaussian::SmoothedGaussianFlow;
pub use target_law::ExactTargetLaw;
