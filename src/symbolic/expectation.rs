use super::{DifferentialPolynomial, Monomial, Rational, Symbol};

impl DifferentialPolynomial {
    /// The expectation over all noise symbols, which are independent standard Gaussians:
    /// E ξ^{2k} = (2k − 1)!!, and odd moments vanish.
    pub fn expectation(&self) -> Self {
        let mut sum = Self::zero();
        for (monomial, coefficient) in self.terms() {
            if let Some(moment) = moment(monomial) {
                let rest = monomial.filter(|symbol| !matches!(symbol, Symbol::Noise(_)));
                sum.add_term(rest, coefficient * moment);
            }
        }
        sum
    }
}

/// The expectation of the noise in `monomial`; `None` if it is 0.
fn moment(monomial: &Monomial) -> Option<Rational> {
    let mut product = Rational::from_integer(1.into());
    for &(symbol, power) in monomial.factors() {
        if matches!(symbol, Symbol::Noise(_)) {
            if power % 2 == 1 {
                return None;
            }
            for odd in (1..power).step_by(2) {
                product *= Rational::from_integer(odd.into());
            }
        }
    }
    Some(product)
}
