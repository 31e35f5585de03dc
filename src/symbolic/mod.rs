//! Exact algebra over ℚ, without floating point: what a proof is made of.
//!
//! A [`DifferentialPolynomial`] is a polynomial in [`Symbol`]s: jets ∂^α of named functions, noise
//! variables and parameters, with arbitrary-precision rational coefficients.

mod display;
mod polynomial;
mod symbol;

pub use polynomial::{DifferentialPolynomial, Monomial};
pub use symbol::{Axis, Function, Jet, Name, Symbol};

/// An exact rational number.
pub type Rational = num_rational::BigRational;
