//! Exact algebra over the rationals: no floating point anywhere.
//!
//! A [`DifferentialPolynomial`] is a polynomial in the *jets* of named functions, that is in the
//! symbols ∂^α f of (t, x₁, …, x_d), besides parameters, coordinates and noise. The jets are
//! indeterminates: an identity between differential polynomials holds for every smooth choice of
//! the functions. Read [`Symbol`] first (what a polynomial is made of), then [`Monomial`], then
//! [`DifferentialPolynomial`] with its derivations, substitutions and its
//! [expectation](DifferentialPolynomial::expectation_over) over the noise. An [`Operator`] acts on them, a
//! [`Density`] is equal to another under the integral where the [variational
//! derivative](Density::variation) says so, an [`DensityEvolution`] moves them in time, and the [`ledger`] lists the
//! identities that are decided with all this.
//!
//! Belongs here: exact arithmetic and identities over it. Does not: floating-point numbers, and the schemes that are proved
//! ([`crate::schemes::certificate`]).
//!
//! ```
//! use wfr::symbolic::{Coordinate, DifferentialPolynomial, Function, Jet, Name};
//!
//! let x = Coordinate::space(0);
//! let f = DifferentialPolynomial::from(Jet::of(Function::new(Name::new('f', &[]), &[x])));
//! let square = f.clone() * f;
//! assert_eq!(square.derivative(x).to_string(), "2 f f'");
//! assert_eq!(square.derivative(x).derivative(x).to_string(), "2 f f'' + 2 (f')²");
//! ```

mod density;
mod display;
mod expectation;
mod free;
mod latex;
pub mod ledger;
mod monomial;
mod operator;
mod plain;
mod polynomial;
mod symbol;

pub use density::{Density, DensityEvolution};
pub use display::Abridged;
pub(crate) use display::superscript;
pub use expectation::Variate;
pub use monomial::Monomial;
pub use operator::Operator;
pub use polynomial::DifferentialPolynomial;
pub use symbol::{Coordinate, Function, Jet, MAX_DIMENSION, Name, Symbol};

/// A rational number of any size.
pub type Rational = num_rational::BigRational;
