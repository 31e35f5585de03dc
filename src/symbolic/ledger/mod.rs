//! The ledger: named identities that are decided by exact algebra.
//!
//! Every identity carries one marked coefficient, 1 where the identity is true. With −1 (a sign flipped), 2 (a wrong
//! factor) or 0 (a term dropped) in its place it becomes a false twin, which has to be refuted. An identity joins by
//! one entry in the list of its file.

mod composition;
mod diffusion_models;
mod dissipation;
mod generator;
mod kinetic;
mod kit;
mod weights;

use super::{Coordinate, Density, DifferentialPolynomial, Operator};
use crate::algebra::Ring;
use kit::Kit;

/// A named identity.
pub struct Identity {
    /// Its id, as `wfr prove` takes it.
    pub id: &'static str,
    /// What it says, in LaTeX.
    pub statement: &'static str,
    /// Where it is from.
    pub source: &'static str,
    /// The dimensions in which it is decided.
    pub dimensions: &'static [usize],
    /// What has to vanish, given the kit of functions and the marked coefficient.
    residuals: fn(&Kit, &DifferentialPolynomial) -> Vec<Residual>,
}

/// What has to vanish for an identity to hold.
pub(in crate::symbolic) enum Residual {
    /// At every point, for all functions.
    Pointwise(DifferentialPolynomial),
    /// As an operator.
    Operator(Operator),
    /// Under the integral over these coordinates, for all functions.
    Integral(Density, Vec<Coordinate>),
}

impl Identity {
    /// Whether the identity holds in all its dimensions.
    pub fn holds(&self) -> bool {
        self.holds_with(1)
    }

    /// Whether it would hold with this value of its marked coefficient.
    pub fn holds_with(&self, coefficient: i64) -> bool {
        let coefficient = DifferentialPolynomial::ratio(coefficient, 1);
        self.dimensions.iter().all(|&d| {
            (self.residuals)(&Kit::new(d), &coefficient).into_iter().all(|residual| match residual {
                Residual::Pointwise(polynomial) => Ring::is_zero(&polynomial),
                Residual::Operator(operator) => operator == Operator::default(),
                Residual::Integral(density, coordinates) => density.integrates_to_zero(&coordinates),
            })
        })
    }
}

/// Every identity.
pub fn identities() -> impl Iterator<Item = &'static Identity> {
    [
        generator::IDENTITIES,
        dissipation::IDENTITIES,
        weights::IDENTITIES,
        diffusion_models::IDENTITIES,
        kinetic::IDENTITIES,
        composition::IDENTITIES,
    ]
    .into_iter()
    .flatten()
}
