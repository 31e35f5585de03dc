//! The *prove* reading: the exact weak order of a scheme, its leading error operator, and where both hold.
//!
//! The scheme's own generic code runs on power series in √h over the jets of b, σ, c and φ
//! ([`AbstractSde`]). With the expectation of the noise taken exactly, what is left of
//!
//! E[φ(X') exp(log-weight increment)] − Σ hᵏ/k! (∂ₜ + L − c)ᵏ φ
//!
//! is its local error: the scheme has weak order p if and only if nothing is left up to h^p
//! (Talay and Tubaro 1990; Kloeden and Platen 1992, chapter 14), and the post-processing of its output changes E φ by
//! O(h^p). A Feynman–Kac rate c is always there, so the order is the joint one of scheme and weight rule.
//!
//! A certificate holds in its [`Domain`]: for the numbers of components and noises in which it was decided. Read
//! [`AbstractEquation`] first, then [`certificate`].

mod abstract_langevin;
mod abstract_overdamped;
mod abstract_sde;
mod balance;
mod concrete;
mod domain;
mod equation;
mod expansion;
mod growth;
mod invariant;
mod local_error;
mod readings;
mod reversal;

pub use abstract_langevin::AbstractLangevin;
pub use abstract_overdamped::AbstractOverdamped;
pub use abstract_sde::AbstractSde;
pub use balance::balance_defect;
pub use domain::{Domain, Moments, Shape};
pub use equation::{AbstractEquation, Equilibrium, abstract_equation};
pub use growth::Growth;
pub use invariant::{InvariantCertificate, invariant_order};
pub use local_error::{local_error_series, post_processing_error};
pub use readings::{Disagreement, readings_agree, trial_step};
pub use reversal::reversal_defect;

use super::{EquationClass, NoiseClass, RateQuadrature, Scheme, WeightRule};
use crate::algebra::Ring;
use crate::symbolic::{DifferentialPolynomial, superscript};
use local_error::{local_error, processing_error};
use std::fmt::{Display, Formatter};

/// The proved weak order of a scheme with its weight rule, for all smooth coefficients of one shape.
#[derive(Clone, Debug, PartialEq)]
pub struct Certificate {
    /// Numbers of components and noises.
    pub shape: Shape,
    /// The noise for which it is proved.
    pub noise: NoiseClass,
    /// The weak order at finite time, rounded down; 0 if the scheme is not even consistent. See
    /// [`Certificate::order_text`] for the order itself, which may be half of an odd number.
    pub order: u32,
    /// The power of √h at which the local error starts: 2 · (order + 1), unless a scheme leaves an
    /// odd power.
    pub half_powers: u32,
    /// The coefficient of √h^`half_powers` in E[one step] − exact: an operator that acts on φ,
    /// the leading local error; 0 where it was not asked for, or where the post-processing is what limits the order.
    pub leading_error: DifferentialPolynomial,
    /// The coefficient of √h^(`half_powers` − 2) in E φ(post-processed) − φ: what the output adds to the error once.
    pub output_error: DifferentialPolynomial,
    /// Whether the step has moments. Where they are not known the order is formal.
    pub moments: Moments,
}

/// Proves the weak order of `scheme` with `weight` in this shape; a number stands for as many components as noises.
pub fn certificate(
    scheme: &dyn Scheme,
    weight: WeightRule,
    shape: impl Into<Shape>,
    noise: NoiseClass,
) -> Certificate {
    certificate_of(scheme, weight.quadrature(), shape, noise)
}

/// As [`certificate`], with any rule for the log-weight.
pub fn certificate_of(
    scheme: &dyn Scheme,
    weight: RateQuadrature,
    shape: impl Into<Shape>,
    noise: NoiseClass,
) -> Certificate {
    whole(scheme, Some(weight), shape.into(), noise)
}

/// Dimensions in which leading errors are computed: some elementary differentials coincide in the first.
pub const DIMENSIONS: [usize; 2] = [1, 2];

/// The certificates in the square shapes of [`DIMENSIONS`], with `weight` if there is a rate.
pub fn certificates(scheme: &dyn Scheme, weight: Option<WeightRule>, noise: NoiseClass) -> Vec<Certificate> {
    DIMENSIONS.iter().map(|&d| certificate_with(scheme, weight, d, noise)).collect()
}

/// As [`certificate`], with `weight` if there is a rate: without one no weight rule limits the order.
pub fn certificate_with(
    scheme: &dyn Scheme,
    weight: Option<WeightRule>,
    shape: impl Into<Shape>,
    noise: NoiseClass,
) -> Certificate {
    whole(scheme, weight.map(WeightRule::quadrature), shape.into(), noise)
}

/// The smallest of the orders; 0 without a certificate.
pub fn lowest_order(certificates: &[Certificate]) -> u32 {
    certificates.iter().map(|proof| proof.order).min().unwrap_or(0)
}

/// Decides whether `scheme` has order `claim` in this shape, with `weight` if there is a rate. What comes after is not asked
/// for: the certificate says `claim` and no leading error, or a smaller order with the error that limits it.
pub fn bounded_certificate(
    scheme: &dyn Scheme,
    weight: Option<WeightRule>,
    shape: impl Into<Shape>,
    noise: NoiseClass,
    claim: u32,
) -> Certificate {
    let shape = shape.into();
    let equation = abstract_equation(scheme, shape, noise);
    prove(scheme, weight.map(WeightRule::quadrature), equation.as_ref(), (shape, noise), Some(claim))
}

/// As [`bounded_certificate`] for overdamped Langevin dynamics in d dimensions, whose potential and mobility the scheme may
/// see, as it may where it runs.
pub fn overdamped_certificate(
    scheme: &dyn Scheme,
    weight: Option<WeightRule>,
    dimension: usize,
    claim: u32,
) -> Certificate {
    let equation = AbstractOverdamped::new(dimension);
    let place = (dimension.into(), NoiseClass::Additive);
    prove(scheme, weight.map(WeightRule::quadrature), &equation, place, Some(claim))
}

/// Claims from this order on are proved in more than one dimension without asking for the leading error, which has
/// tens of thousands of terms.
const HIGH_ORDER: u32 = 3;

fn whole(
    scheme: &dyn Scheme,
    weight: Option<RateQuadrature>,
    shape: Shape,
    noise: NoiseClass,
) -> Certificate {
    let equation = abstract_equation(scheme, shape, noise);
    let claim = scheme.claims().weak_order;
    let most = (shape.dimension > 1 && claim >= HIGH_ORDER).then_some(claim);
    prove(scheme, weight, equation.as_ref(), (shape, noise), most)
}

/// Looks for the first power of √h at which the local error does not vanish, or the output by h times less; if the order
/// reaches `most`, for no higher one.
fn prove(
    scheme: &dyn Scheme,
    weight: Option<RateQuadrature>,
    equation: &dyn AbstractEquation,
    (shape, noise): (Shape, NoiseClass),
    most: Option<u32>,
) -> Certificate {
    // Ends: no formula in finitely many evaluations is exact for all coefficients.
    let mut powers = 1;
    loop {
        let last = most.is_some_and(|most| powers as u32 >= most);
        let order = 2 * powers + if last { 2 } else { 1 };
        let local = local_error(scheme, weight, equation, order);
        let output = processing_error(scheme, equation, order - 2);
        let start = match (local.valuation(), output.valuation()) {
            (Some(local), Some(output)) => Some(local.min(output + 2)),
            (local, output) => local.or(output.map(|output| output + 2)),
        };
        if let Some(start) = start.or(last.then_some(order)) {
            return Certificate {
                shape,
                noise,
                order: (start as u32 / 2).saturating_sub(1),
                half_powers: start as u32,
                leading_error: local.coefficient(start).unwrap_or_default(),
                output_error: start
                    .checked_sub(2)
                    .and_then(|power| output.coefficient(power))
                    .unwrap_or_default(),
                moments: growth::moments(scheme, equation),
            };
        }
        powers += 1;
    }
}

impl Certificate {
    /// Whether this proves the order `claim`: the expansion says so, and the expectations that it expands exist.
    pub fn proves(&self, claim: u32) -> bool {
        self.order >= claim && self.moments != Moments::Unknown
    }

    /// The order as it is, such as 2 or 1/2.
    pub fn order_text(&self) -> String {
        order_text(self.half_powers.saturating_sub(2))
    }

    /// The leading error, abridged to what a line of a report shows.
    pub fn leading_error_text(&self) -> String {
        self.leading_term(SHOWN_TERMS)
    }

    /// The leading error with its power of h, as in h²·[−1/2 b b' φ' − …], the operator cut after
    /// `terms` terms.
    pub fn leading_term(&self, terms: usize) -> String {
        let term = |half_powers, operator: &DifferentialPolynomial| {
            format!("{}·[{}]", power_text(half_powers), operator.abridged(terms))
        };
        match (Ring::is_zero(&self.leading_error), Ring::is_zero(&self.output_error)) {
            (true, true) => "not asked for".into(),
            (true, false) => format!("{} in the output", term(self.half_powers - 2, &self.output_error)),
            (false, _) => term(self.half_powers, &self.leading_error),
        }
    }
}

/// Half of a number.
fn order_text(halves: u32) -> String {
    if halves.is_multiple_of(2) { (halves / 2).to_string() } else { format!("{halves}/2") }
}

/// √h^`half_powers`.
fn power_text(half_powers: u32) -> String {
    match half_powers {
        even if even.is_multiple_of(2) => format!("h{}", superscript(even / 2)),
        odd => format!("h{}ᐟ²", superscript(odd)),
    }
}

/// The number of terms of an error operator that a line of a report shows.
const SHOWN_TERMS: usize = 12;

impl Display for Certificate {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} in d = {}", self.moments.order(&self.order_text()), self.shape.dimension)?;
        if self.shape.noises != self.shape.dimension {
            write!(f, ", m = {}", self.shape.noises)?;
        }
        write!(f, "; leading error {}", self.leading_term(SHOWN_TERMS))?;
        if self.moments == Moments::Finite { Ok(()) } else { write!(f, "; {}", self.moments.text()) }
    }
}

/// The domain of certificates of one scheme, which is made for equations of this class, for one kind of noise: all of their
/// shapes.
pub fn domain(certificates: &[Certificate], equation: EquationClass) -> Option<Domain> {
    let first = certificates.first()?;
    let shapes: Vec<Shape> = certificates.iter().map(|certificate| certificate.shape).collect();
    let order = certificates.iter().map(|certificate| certificate.order).fold(first.order, u32::min);
    let moments =
        certificates.iter().map(|certificate| certificate.moments).fold(first.moments, Moments::max);
    Some(Domain::new(&shapes, equation, first.noise, order, moments))
}

/// One line for the certificates of one scheme in several shapes: the order that holds in all
/// of them, and the leading error of the first that has no more.
pub fn summary(certificates: &[Certificate]) -> Option<String> {
    let limiting = certificates.iter().min_by_key(|certificate| certificate.half_powers)?;
    let is_square = |certificate: &Certificate| certificate.shape == certificate.shape.dimension.into();
    let place = |certificate: &Certificate, square| match square {
        true => certificate.shape.dimension.to_string(),
        false => certificate.shape.to_string(),
    };
    let name = |square| if square { "d" } else { "(d, m)" };
    let square = certificates.iter().all(is_square);
    let places: Vec<String> = certificates.iter().map(|certificate| place(certificate, square)).collect();
    let own = is_square(limiting);
    let moments = certificates.iter().map(|proof| proof.moments).fold(limiting.moments, Moments::max);
    Some(format!(
        "{} in {} = {}; leading error in {} = {}: {}",
        moments.order(&limiting.order_text()),
        name(square),
        places.join(", "),
        name(own),
        place(limiting, own),
        limiting.leading_term(SHOWN_TERMS)
    ))
}
