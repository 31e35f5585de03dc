use super::{DifferentialPolynomial, Monomial, Rational, Symbol};
use crate::algebra::Ring;

/// A symmetric law of the noise symbols, known by its moments; of variance 1 where nothing else is said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Variate {
    /// N(0, 1): E ξ^{2k} = (2k − 1)!!.
    Gaussian,
    /// ±√3 with probability 1/6 each, else 0: the moments of the Gaussian up to the fifth.
    ThreePoint,
    /// ±1 with probability 1/2 each: the moments of the Gaussian up to the third.
    TwoPoint,
    /// N(0, 1/12): the space-time Lévy area of a Brownian path, ∫₀¹W dt = ½W₁ + this, which is independent of W₁
    /// (Foster, Lyons and Oberhauser 2020).
    SpaceTimeArea,
}

impl Variate {
    /// For every variate of a step the place of the increment that it is the area of, of the same Brownian path: the k-th area
    /// belongs to the k-th Gaussian of the list, wherever both stand. `None` for what is no area, and for areas that are more
    /// than the Gaussians: those are normal variates of their own.
    pub fn increments(variates: &[Self]) -> Vec<Option<usize>> {
        let mut gaussians = (0..variates.len()).filter(|&j| variates[j] == Self::Gaussian);
        let increment =
            |variate: &Self| (*variate == Self::SpaceTimeArea).then(|| gaussians.next()).flatten();
        variates.iter().map(increment).collect()
    }

    /// E ξ^power.
    pub fn moment(self, power: u32) -> Rational {
        let integer = |value: i64| <Rational as Ring>::ratio(value, 1);
        match self {
            _ if power % 2 == 1 => integer(0),
            Self::Gaussian => {
                (1..power).step_by(2).fold(integer(1), |product, odd| product * integer(odd.into()))
            }
            Self::SpaceTimeArea => {
                (0..power / 2).fold(Self::Gaussian.moment(power), |moment, _| moment / integer(12))
            }
            Self::ThreePoint if power == 0 => integer(1),
            // (1/3)·3^{power/2}.
            Self::ThreePoint => (1..power / 2).fold(integer(1), |product, _| product * integer(3)),
            Self::TwoPoint => integer(1),
        }
    }
}

impl DifferentialPolynomial {
    /// The expectation over the noise symbols, of which number j has the law `variates`\[j\]; all are independent.
    ///
    /// # Panics
    /// If a noise symbol has no law.
    pub fn expectation_over(&self, variates: &[Variate]) -> Self {
        let mut sum = Self::zero();
        for (monomial, coefficient) in self.terms() {
            let moment = moment(monomial, variates);
            if !num_traits::Zero::is_zero(&moment) {
                let rest = monomial.filter(|symbol| !matches!(symbol, Symbol::Noise(_)));
                sum.add_term(rest, coefficient * moment);
            }
        }
        sum
    }
}

/// The expectation of the noise in `monomial`.
fn moment(monomial: &Monomial, variates: &[Variate]) -> Rational {
    let one = <Rational as Ring>::ratio(1, 1);
    monomial.factors().iter().fold(one, |product, &(symbol, power)| match symbol {
        Symbol::Noise(j) => product * variates[j as usize].moment(power),
        _ => product,
    })
}
