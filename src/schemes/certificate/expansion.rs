use crate::algebra::Scalar;
use crate::schemes::JetSeries;
use crate::symbolic::{Coordinate, Function, Jet};

/// The displacement monomials δ^α/α! of a Taylor expansion, each with the directions of its ∂^α.
pub(super) struct Expansion {
    monomials: Vec<(Vec<Coordinate>, JetSeries)>,
}

impl Expansion {
    /// # Panics
    /// If a displacement does not vanish with h: the scheme evaluates a coefficient at a point
    /// that does not tend to its base point, where no Taylor series reaches.
    pub(super) fn new(displacements: impl Iterator<Item = (Coordinate, JetSeries)>) -> Self {
        let mut monomials = vec![(Vec::new(), JetSeries::one())];
        for (axis, δ) in displacements {
            assert!(
                δ.valuation() != Some(0),
                "a scheme may evaluate coefficients only at points that tend to its starting point with h"
            );
            for start in 0..monomials.len() {
                let (mut directions, mut power) = monomials[start].clone();
                for k in 1.. {
                    power = power * δ.clone() * JetSeries::ratio(1, k);
                    if power.valuation().is_none() {
                        break;
                    }
                    directions.push(axis);
                    monomials.push((directions.clone(), power.clone()));
                }
            }
        }
        Self { monomials }
    }

    /// f(t + τ, x + δ) = Σ ∂^α f · (τ, δ)^α/α!.
    pub(super) fn apply(&self, function: Function) -> JetSeries {
        let mut sum = JetSeries::zero();
        for (directions, monomial) in &self.monomials {
            let jet = directions.iter().try_fold(Jet::of(function), |jet, &axis| jet.derivative(axis));
            if let Some(jet) = jet {
                sum += JetSeries::constant(jet.into()) * monomial.clone();
            }
        }
        sum
    }
}
