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

mod abstract_langevin;
mod abstract_sde;
mod balance;
mod expansion;
mod invariant;
mod reversal;

pub use abstract_langevin::AbstractLangevin;
pub use abstract_sde::AbstractSde;
pub use balance::balance_defect;
pub use invariant::{InvariantCertificate, invariant_order};
pub use reversal::reversal_defect;

use super::{EquationClass, JetSeries, NoiseClass, RateQuadrature, Scheme, Sde, Step, WeightRule};
use crate::algebra::{Ring, Scalar, Series};
use crate::symbolic::{
    Coordinate, DifferentialPolynomial, Function, Jet, Name, Symbol, Variate, superscript,
};
use expansion::Expansion;
use std::fmt::{Display, Formatter};

/// An equation whose coefficients are indeterminates: functions that stand for themselves, evaluated near the base
/// point (t, x) only, where they are their Taylor series. What is proved for it holds for all smooth coefficients.
pub trait AbstractEquation: Sde<JetSeries> {
    /// x₁, …, x_d.
    fn coordinates(&self) -> Vec<Coordinate>;
    /// (∂ₜ + L − c) u.
    fn generator(&self, u: &DifferentialPolynomial) -> DifferentialPolynomial;
    /// The polynomial with what the algebra does not know of the parameters, such as the square of a root.
    fn reduced(&self, polynomial: &DifferentialPolynomial) -> DifferentialPolynomial {
        polynomial.clone()
    }
    /// The polynomial for the Langevin dynamics of [`AbstractEquation::potential`], without rate.
    fn at_equilibrium(&self, polynomial: &DifferentialPolynomial) -> DifferentialPolynomial;
    /// V.
    fn potential(&self) -> Function;
    /// Log-density of the invariant measure of that dynamics.
    fn log_invariant(&self) -> DifferentialPolynomial;

    /// The Feynman–Kac rate c(t, x).
    fn rate_function(&self) -> Function {
        Function::new(Name::new('c', &[]), &self.time_and_space())
    }
    /// The observable φ(x).
    fn observable(&self) -> Function {
        Function::new(Name::new('φ', &[]), &self.coordinates())
    }
    /// t, x₁, …, x_d.
    fn time_and_space(&self) -> Vec<Coordinate> {
        std::iter::once(Coordinate::TIME).chain(self.coordinates()).collect()
    }
}

/// The abstract equation that `scheme` is made for, in `dimension` dimensions (positions, if it is kinetic).
pub fn abstract_equation(
    scheme: &dyn Scheme,
    dimension: usize,
    noise: NoiseClass,
) -> Box<dyn AbstractEquation> {
    match scheme.claims().equation {
        EquationClass::Ito | EquationClass::Overdamped => Box::new(AbstractSde::new(dimension, noise)),
        EquationClass::Langevin => Box::new(AbstractLangevin::new(dimension)),
    }
}

/// The Taylor expansion about the base point, ready to be applied to functions at (t, x).
fn expansion(equation: &dyn AbstractEquation, t: &JetSeries, x: &[JetSeries]) -> Expansion {
    expansion_for_factor(equation, t, x, 0)
}

/// As [`expansion`], for functions that are going to be multiplied by √h^`powers`: the drift and the rate by h, the
/// diffusion by √h. So many powers less have to be known of them, and those are the most expensive ones.
fn expansion_for_factor(
    equation: &dyn AbstractEquation,
    t: &JetSeries,
    x: &[JetSeries],
    powers: usize,
) -> Expansion {
    let displacements = equation.time_and_space().into_iter().zip(std::iter::once(t).chain(x));
    let displacement = |(axis, value): (_, &JetSeries)| (axis, value.forgetting(powers) - coordinate(axis));
    Expansion::new(displacements.map(displacement))
}

/// Solves y = `known` + κ b(t, y) by iteration: every round gains the powers that κ has.
fn fixed_point(
    equation: &dyn AbstractEquation,
    t: &JetSeries,
    κ: &JetSeries,
    known: &[JetSeries],
    y: &mut [JetSeries],
) {
    assert!(κ.valuation() != Some(0), "an implicit stage needs a factor that vanishes with h");
    let mut drift = vec![JetSeries::zero(); y.len()];
    loop {
        equation.drift(t, y, &mut drift);
        let next: Vec<JetSeries> =
            known.iter().zip(&drift).map(|(known, b)| known.clone() + κ.clone() * b.clone()).collect();
        if next == y {
            return;
        }
        y.clone_from_slice(&next);
    }
}

fn coordinate(axis: Coordinate) -> JetSeries {
    JetSeries::constant(Symbol::Coordinate(axis).into())
}

fn symbol(function: Function) -> DifferentialPolynomial {
    Jet::of(function).into()
}

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
    /// the leading local error; 0 where it was not asked for.
    pub leading_error: DifferentialPolynomial,
}

/// Proves the weak order of `scheme` with `weight` in this many dimensions.
pub fn certificate(
    scheme: &dyn Scheme,
    weight: WeightRule,
    dimension: usize,
    noise: NoiseClass,
) -> Certificate {
    certificate_of(scheme, weight.quadrature(), dimension, noise)
}

/// As [`certificate`], with any rule for the log-weight.
pub fn certificate_of(
    scheme: &dyn Scheme,
    weight: RateQuadrature,
    dimension: usize,
    noise: NoiseClass,
) -> Certificate {
    prove(scheme, dimension, noise, |equation, powers| local_error(scheme, weight, equation, powers))
}

/// Proves the weak order of `scheme` for equations without a rate, so that no weight rule limits it.
pub fn unweighted_certificate(scheme: &dyn Scheme, dimension: usize, noise: NoiseClass) -> Certificate {
    prove(scheme, dimension, noise, |equation, powers| {
        let error = local_error(scheme, NO_WEIGHT, equation, powers);
        error.map(|coefficient| coefficient.insert(equation.rate_function(), &DifferentialPolynomial::zero()))
    })
}

/// Weights that stay 1.
const NO_WEIGHT: RateQuadrature = RateQuadrature { shares: [(0, 1); 2], times: [(0, 1), (1, 1)] };

/// Claims from this order on are proved in more than one dimension without asking for the leading error, which has
/// tens of thousands of terms.
const HIGH_ORDER: u32 = 3;

/// Looks for the first power of √h at which the local error does not vanish.
fn prove(
    scheme: &dyn Scheme,
    dimension: usize,
    noise: NoiseClass,
    local_error: impl Fn(&dyn AbstractEquation, usize) -> JetSeries,
) -> Certificate {
    let equation = abstract_equation(scheme, dimension, noise);
    let claim = scheme.claims().weak_order;
    // Ends: no formula in finitely many evaluations is exact for all coefficients.
    let mut powers = 1;
    loop {
        let defect = local_error(equation.as_ref(), powers);
        let enough = dimension > 1 && claim >= HIGH_ORDER && powers as u32 >= claim;
        let start = defect.valuation().or(enough.then_some(2 * powers + 2));
        if let Some(start) = start {
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
    weight: RateQuadrature,
    equation: &dyn AbstractEquation,
    powers: usize,
) -> JetSeries {
    known_to(2 * powers + 1, |order| {
        expected_step(scheme, weight, equation, order) - exact_step(equation, order)
    })
}

/// A series that is known modulo √h^order. A scheme may lose powers on the way, as by a difference quotient, so it is read
/// with as many more as it takes: what is not known must never pass for 0.
fn known_to(order: usize, reading: impl Fn(usize) -> JetSeries) -> JetSeries {
    let mut taken = order;
    loop {
        let series = reading(taken);
        match series.order() {
            Some(known) if known < order => taken += order - known,
            _ => return series,
        }
    }
}

/// The step from the base point, known modulo √h^order.
fn abstract_step(order: usize) -> Step<JetSeries> {
    Step {
        t: coordinate(Coordinate::TIME),
        h: JetSeries::monomial(DifferentialPolynomial::one(), 2, order),
        sqrt_h: JetSeries::variable(order),
    }
}

/// A scheme that reads a work vector before it writes it shows this symbol in its error.
fn unwritten_work(scheme: &dyn Scheme, equation: &dyn AbstractEquation) -> Vec<JetSeries> {
    let unwritten = JetSeries::constant(Symbol::Parameter(Name::new('?', &[])).into());
    vec![unwritten; scheme.claims().work_vectors * equation.dimension()]
}

/// The noise symbols of as many variates.
fn noise_symbols(variates: &[Variate]) -> Vec<JetSeries> {
    (0..variates.len()).map(|j| JetSeries::constant(Symbol::Noise(j as u8).into())).collect()
}

/// E[φ(X') exp(log-weight increment)] modulo √h^order.
fn expected_step(
    scheme: &dyn Scheme,
    weight: RateQuadrature,
    equation: &dyn AbstractEquation,
    order: usize,
) -> JetSeries {
    let step = abstract_step(order);
    let mut x: Vec<JetSeries> = equation.coordinates().into_iter().map(coordinate).collect();
    let variates = scheme.variates(equation.noise_dimension());
    let mut work = unwritten_work(scheme, equation);

    let [first, last] = weight.times(&step.t, &step.h);
    let before = equation.rate(&first, &x);
    let sde: &dyn Sde<JetSeries> = equation;
    scheme.advance(sde, &step, &mut x, &noise_symbols(&variates), &mut work);
    let after = equation.rate(&last, &x);

    let weight = weight.log_increment(&step.h, [before, after]).exp();
    let observed = expansion(equation, &step.end(), &x).apply(equation.observable());
    (observed * weight).map(|coefficient| equation.reduced(&coefficient.expectation_over(&variates)))
}

/// What the post-processing does to the output: the operator of h^`power` in E φ(post-processed) − φ, acting on φ; 0 for
/// schemes without one.
pub fn post_processing_error(
    scheme: &dyn Scheme,
    dimension: usize,
    noise: NoiseClass,
    power: u32,
) -> DifferentialPolynomial {
    let equation = abstract_equation(scheme, dimension, noise);
    let (equation, power) = (equation.as_ref(), 2 * power as usize);
    let moved = |order| {
        let process = post_processing(scheme, equation, order);
        process.map_or_else(JetSeries::zero, |process| process.apply(equation.observable()))
    };
    known_to(power + 1, moved).coefficient(power).unwrap_or_default()
}

/// P, the expectation over the post-processing; `None` if there is none.
fn post_processing(scheme: &dyn Scheme, equation: &dyn AbstractEquation, order: usize) -> Option<Expansion> {
    let variates = scheme.post_variates(equation.noise_dimension());
    if variates.is_empty() {
        return None;
    }
    let step = abstract_step(order);
    let mut x: Vec<JetSeries> = equation.coordinates().into_iter().map(coordinate).collect();
    let mut work = unwritten_work(scheme, equation);
    let sde: &dyn Sde<JetSeries> = equation;
    scheme.finish(sde, &step, &mut x, &noise_symbols(&variates), &mut work);
    let expected = |p: &DifferentialPolynomial| equation.reduced(&p.expectation_over(&variates));
    Some(expansion(equation, &step.t, &x).map(expected))
}

/// Σ hᵏ/k! (∂ₜ + L − c)ᵏ φ modulo √h^order.
fn exact_step(equation: &dyn AbstractEquation, order: usize) -> JetSeries {
    let mut term = symbol(equation.observable());
    let mut sum = Series::constant(term.clone());
    for k in 1..=order / 2 {
        term = DifferentialPolynomial::ratio(1, k as i64) * equation.generator(&term);
        sum += Series::monomial(term.clone(), 2 * k, order);
    }
    sum
}

impl Certificate {
    /// The leading error, abridged to what a line of a report shows.
    pub fn leading_error_text(&self) -> String {
        self.leading_term(SHOWN_TERMS)
    }

    /// The leading error with its power of h, as in h²·[−1/2 b b' φ' − …], the operator cut after
    /// `terms` terms.
    pub fn leading_term(&self, terms: usize) -> String {
        if Ring::is_zero(&self.leading_error) {
            return "not asked for".into();
        }
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
