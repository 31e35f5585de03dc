//! Rigorous enclosures in one dimension: bounds that hold, rounding included.
//!
//! For a formula V, [`integrals::Measure`] encloses log ∫e^{−V}, expectations and variances under π ∝ e^{−V}, and
//! [`gap::gap`] the spectral gap λ₁ of L = d²/dx² − V′ d/dx, which is the rate at which the Langevin dynamics
//! dX = −V′ dt + √2 dW forgets. What cannot be enclosed is [refused](Refusal) with the reason.
//!
//! ```
//! use enclose::{Expression, gap::gap, integrals::Measure};
//!
//! let v = Expression::parse("3*(x^2 - 1)^2").unwrap();
//! let λ = gap(&v).unwrap().claim();
//! assert!(λ.contains(0.24185958257230464) && λ.relative_width() < 1e-12);
//! let log_mass = Measure::new(&v).unwrap().log_mass();
//! assert!(log_mass.contains(0.114_006_076_900_84) && log_mass.width() < 1e-12);
//! ```
//!
//! Read [`rounding`], [`Interval`] and [`elementary`] for the arithmetic, [`Elementary`], [`Taylor`] and [`Tail`] for what
//! formulas are evaluated on, then [`decay`], [`integrals`] and [`gap`]. The proofs are in the README.

pub mod decay;
pub mod elementary;
pub mod expression;
pub mod gap;
pub mod integrals;
mod interval;
pub mod refusal;
pub mod rounding;
mod scalar;
pub mod tail;
pub mod taylor;

pub use expression::Expression;
pub use interval::Interval;
pub use refusal::Refusal;
pub use scalar::Elementary;
pub use tail::Tail;
pub use taylor::Taylor;
