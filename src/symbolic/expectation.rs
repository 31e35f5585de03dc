use super::{DifferentialPolynomial, Monomial, Rational, Symbol};
use crate::algebra::Ring;

/// A law of mean 0 and variance 1 for the noise symbols, known by its moments.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Variate {
    /// N(0, 1): E ξ^{2k} = (2k − 1)!!.
    Gaussian,
    /// ±√3 with probability 1/6 each, else 0: the moments of the Gaussian up to the fifth.
    ThreePoint,
    /// ±1 with probability 1/2 each: the moments of the Gaussian up to the third.
    TwoPoint,
}

impl Variate {
    /// E ξ^power.
    pub fn moment(self, power: u32) -> Rational {
        let integer = |value: i64| <Rational as Ring>::ratio(value, 1);
        match self {
            _ if power % 2 == 1 => integer(0),
            Self::Gaussian => {
                (1..power).step_by(2).fold(integer(1), |product, odd| product * integer(odd.into()))
            }
            Self::ThreePoint if power == 0 => integer(1),
            // (1/3)·3^{power/2}.
            Self::ThreePoint => (1..power / 2).fold(integer(1), |product, _| product * integer(3)),
            Self::TwoPoint => integer(1),
        }
    }
}

impl DifferentialPolynomial {
    /// The expectation over all noise symbols, which are independent standard Gaussians.
    pub fn expectation(&self) -> Self {
        self.expectation_over(Variate::Gaussian)
    }

    /// The expectation over all noise symbols, which are independent variates of this law.
    pub fn expectation_over(&self, variate: Variate) -> Self {
        let mut sum = Self::zero();
        for (monomial, coefficient) in self.terms() {
            let rest = monomial.filter(|symbol| !matches!(symbol, Symbol::Noise(_)));
            sum.add_term(rest, coefficient * moment(monomial, variate));
        }
        sum
    }
}

/// The expectation of the noise in `monomial`.
fn moment(monomial: &Monomial, variate: Variate) -> Rational {
    let noise = monomial.factors().iter().filter(|(symbol, _)| matches!(symbol, Symbol::Noise(_)));
    noise.fold(<Rational as Ring>::ratio(1, 1), |product, &(_, power)| product * variate.moment(power))
}
