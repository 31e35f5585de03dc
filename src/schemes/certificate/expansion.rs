use crate::algebra::Scalar;
use crate::schemes::JetSeries;
use crate::symbolic::{Coordinate, DifferentialPolynomial, Function, Jet};

/// The displacement monomials δ^α/α! of a Taylor expansion, each with the directions of its ∂^α.
///
/// The displacements are known modulo √h^order only, and so is what the expansion is applied to, even where no coefficient
/// of a displacement is known at all.
pub(super) struct Expansion {
    /// 0 modulo √h^order.
    unknown: JetSeries,
    monomials: Vec<(Vec<Coordinate>, JetSeries)>,
}

impl Expansion {
    /// # Panics
    /// If a displacement does not vanish with h: the scheme evaluates a coefficient at a point
    /// that does not tend to its base point, where no Taylor series reaches.
    pub(super) fn new(displacements: impl Iterator<Item = (Coordinate, JetSeries)>) -> Self {
        let mut unknown = JetSeries::zero();
        let mut monomials = vec![(Vec::new(), JetSeries::one())];
        for (axis, δ) in displacements {
            assert!(
                δ.valuation() != Some(0),
                "a scheme may evaluate coefficients only at points that tend to its starting point with h"
            );
            unknown += δ.vanishing();
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
        Self { unknown, monomials }
    }

    /// The expansion with `f` applied to every coefficient of its displacement monomials: with an expectation for f,
    /// what it maps functions to is E p(t + τ, x + δ).
    pub(super) fn map(&self, f: impl Fn(&DifferentialPolynomial) -> DifferentialPolynomial) -> Self {
        let mapped =
            self.monomials.iter().map(|(directions, monomial)| (directions.clone(), monomial.map(&f)));
        let monomials = mapped.filter(|(_, monomial)| monomial.valuation().is_some()).collect();
        Self { unknown: self.unknown.clone(), monomials }
    }

    /// p(t + τ, x + δ) of a differential polynomial.
    pub(super) fn apply_to(&self, polynomial: &DifferentialPolynomial) -> JetSeries {
        let mut sum = self.unknown.clone();
        for (directions, monomial) in &self.monomials {
            let derivative = directions.iter().fold(polynomial.clone(), |p, &axis| p.derivative(axis));
            sum += JetSeries::constant(derivative) * monomial.clone();
        }
        sum
    }

    /// f(t + τ, x + δ) = Σ ∂^α f · (τ, δ)^α/α!.
    pub(super) fn apply(&self, function: Function) -> JetSeries {
        self.apply_jet(Jet::of(function))
    }

    /// ∂^β f(t + τ, x + δ) of a jet ∂^β f.
    pub(super) fn apply_jet(&self, jet: Jet) -> JetSeries {
        let mut sum = self.unknown.clone();
        for (directions, monomial) in &self.monomials {
            let jet = directions.iter().try_fold(jet, |jet, &axis| jet.derivative(axis));
            if let Some(jet) = jet {
                sum += JetSeries::constant(jet.into()) * monomial.clone();
            }
        }
        sum
    }
}
