//! The *prove* reading: the exact weak order of a scheme, and its leading error operator.
//!
//! The scheme's own generic code runs on power series in √h over the jets of b, σ, c and φ
//! ([`AbstractSde`]). With the expectation of the noise taken exactly, what is left of
//!
//! E[φ(X') exp(log-weight increment)] − Σ hᵏ/k! (∂ₜ + L − c)ᵏ φ
//!
//! is its local error: the scheme has weak order p if and only if nothing is left up to h^p
//! (Talay and Tubaro 1990; Kloeden and Platen 1992, chapter 14). A Feynman–Kac rate c is always
//! there, so the order is the joint one of scheme and weight rule.

mod abstract_sde;
mod expansion;

pub use abstract_sde::AbstractSde;

use super::{JetSeries, NoiseClass, Scheme, Sde, Step, WeightRule};
use crate::algebra::{Ring, Series};
use crate::symbolic::{DifferentialPolynomial, Jet, Name, Symbol, Variate, superscript};
use std::fmt::{Display, Formatter};

/// The proved weak order of a scheme with its weight rule, for all smooth coefficients.
#[derive(Clone, Debug, PartialEq)]
pub struct Certificate {
    /// Number of space dimensions, and of noises.
    pub dimension: usize,
    /// The noise for which it is proved.
    pub noise: NoiseClass,
    /// The weak order at finite time; 0 if the scheme is not even consistent.
    pub order: u32,
    /// The power of √h at which the local error starts: 2 · (order + 1), unless a scheme leaves an
    /// odd power.
    pub half_powers: u32,
    /// The coefficient of √h^`half_powers` in E[one step] − exact: an operator that acts on φ,
    /// the leading local error.
    pub leading_error: DifferentialPolynomial,
}

/// Proves the weak order of `scheme` with `weight` in this many dimensions.
pub fn certificate(
    scheme: &dyn Scheme,
    weight: WeightRule,
    dimension: usize,
    noise: NoiseClass,
) -> Certificate {
    let log_increment = |h: &JetSeries, before, after| weight.log_increment(h, before, after);
    certificate_of(scheme, &log_increment, dimension, noise, Variate::Gaussian)
}

/// A quadrature of −∫c dt over a step of length h, from the rates at its two ends.
pub type LogIncrement<'a> = &'a dyn Fn(&JetSeries, JetSeries, JetSeries) -> JetSeries;

/// As [`certificate`], with any rule for the log-weight and any law of the variates.
pub fn certificate_of(
    scheme: &dyn Scheme,
    log_increment: LogIncrement<'_>,
    dimension: usize,
    noise: NoiseClass,
    variate: Variate,
) -> Certificate {
    let sde = AbstractSde::new(dimension, noise);
    // Ends: no formula in finitely many evaluations is exact for all coefficients.
    let mut powers = 1;
    loop {
        let defect = local_error(scheme, log_increment, &sde, variate, powers);
        if let Some(start) = defect.valuation() {
            return Certificate {
                dimension,
                noise,
                order: (start as u32 / 2).saturating_sub(1),
                half_powers: start as u32,
                leading_error: defect.coefficient(start).unwrap_or_default(),
            };
        }
        powers += 1;
    }
}

/// E[φ(X') exp(log-weight increment)] − Σ hᵏ/k! (∂ₜ + L − c)ᵏ φ up to and including h^powers.
fn local_error(
    scheme: &dyn Scheme,
    log_increment: LogIncrement<'_>,
    sde: &AbstractSde,
    variate: Variate,
    powers: usize,
) -> JetSeries {
    let order = 2 * powers + 1;
    expected_step(scheme, log_increment, sde, variate, order) - exact_step(sde, order)
}

/// E[φ(X') exp(log-weight increment)] modulo √h^order.
fn expected_step(
    scheme: &dyn Scheme,
    log_increment: LogIncrement<'_>,
    sde: &AbstractSde,
    variate: Variate,
    order: usize,
) -> JetSeries {
    let (t, mut x) = sde.base_point();
    let step = Step {
        t,
        h: JetSeries::monomial(DifferentialPolynomial::one(), 2, order),
        sqrt_h: JetSeries::variable(order),
    };
    let noise: Vec<JetSeries> =
        (0..sde.noise_dimension()).map(|j| JetSeries::constant(Symbol::Noise(j as u8).into())).collect();
    // A scheme that reads a work vector before it writes it shows this symbol in its error.
    let unwritten = JetSeries::constant(Symbol::Parameter(Name::new('?', &[])).into());
    let mut work = vec![unwritten; scheme.work_vectors() * sde.dimension()];

    let before = sde.rate(&step.t, &x);
    scheme.step_series(sde, &step, &mut x, &noise, &mut work);
    let end = step.t + step.h.clone();
    let after = sde.rate(&end, &x);

    let weight = log_increment(&step.h, before, after).exp();
    let observed = sde.expansion(&end, &x).apply(sde.observable());
    (observed * weight).map(|coefficient| coefficient.expectation_over(variate))
}

/// Σ hᵏ/k! (∂ₜ + L − c)ᵏ φ modulo √h^order.
fn exact_step(sde: &AbstractSde, order: usize) -> JetSeries {
    let mut term = DifferentialPolynomial::from(Jet::of(sde.observable()));
    let mut sum = Series::constant(term.clone());
    for k in 1..=order / 2 {
        term = DifferentialPolynomial::ratio(1, k as i64) * sde.generator(&term);
        sum += Series::monomial(term.clone(), 2 * k, order);
    }
    sum
}

impl Certificate {
    /// The leading error with its power of h, as in h²·[−1/2 b b' φ' − …], the operator cut after
    /// `terms` terms.
    pub fn leading_term(&self, terms: usize) -> String {
        let power = match self.half_powers {
            even if even.is_multiple_of(2) => superscript(even / 2),
            odd => format!("{}ᐟ²", superscript(odd)),
        };
        format!("h{power}·[{}]", self.leading_error.abridged(terms))
    }
}

/// The number of terms of an error operator that a line of a report shows.
const SHOWN_TERMS: usize = 12;

impl Display for Certificate {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        write!(f, "order {} proved in d = {}", self.order, self.dimension)?;
        write!(f, "; leading error {}", self.leading_term(SHOWN_TERMS))
    }
}

/// One line for the certificates of one scheme in several dimensions: the order that holds in all
/// of them, and the leading error of the first.
pub fn summary(certificates: &[Certificate]) -> Option<String> {
    let first = certificates.first()?;
    let order = certificates.iter().map(|certificate| certificate.order).fold(first.order, u32::min);
    let dimensions: Vec<String> =
        certificates.iter().map(|certificate| certificate.dimension.to_string()).collect();
    Some(format!(
        "order {order} proved in d = {}; leading error in d = {}: {}",
        dimensions.join(", "),
        first.dimension,
        first.leading_term(SHOWN_TERMS)
    ))
}
