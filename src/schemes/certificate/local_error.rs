//! The local error of a scheme as a series in √h: one step read on jets, minus the exact flow.

use super::equation::{coordinate, expansion, symbol};
use super::expansion::Expansion;
use super::{AbstractEquation, Shape, abstract_equation};
use crate::algebra::{Ring, Scalar, Series};
use crate::schemes::{JetSeries, NoiseClass, RateQuadrature, Scheme, Sde, Step};
use crate::symbolic::{Coordinate, DifferentialPolynomial, Name, Symbol, Variate};

/// Weights that stay 1.
pub(super) const NO_WEIGHT: RateQuadrature = RateQuadrature { shares: [(0, 1); 2], times: [(0, 1), (1, 1)] };

/// The local error E[φ(X') exp(log-weight increment)] − Σ hᵏ/k! (∂ₜ + L − c)ᵏ φ of a scheme modulo √h^order, in this
/// shape and for this noise; without weights, for c = 0.
pub fn local_error_series(
    scheme: &dyn Scheme,
    weight: Option<RateQuadrature>,
    shape: impl Into<Shape>,
    noise: NoiseClass,
    order: usize,
) -> JetSeries {
    local_error(scheme, weight, abstract_equation(scheme, shape, noise).as_ref(), order)
}

/// As [`local_error_series`], for this equation.
pub(super) fn local_error(
    scheme: &dyn Scheme,
    weight: Option<RateQuadrature>,
    equation: &dyn AbstractEquation,
    order: usize,
) -> JetSeries {
    known_to(order, |order| {
        let rule = weight.unwrap_or(NO_WEIGHT);
        let error = expected_step(scheme, rule, equation, order) - exact_step(equation, order);
        match weight {
            Some(_) => error,
            None => error.map(|coefficient| {
                coefficient.insert(equation.rate_function(), &DifferentialPolynomial::zero())
            }),
        }
    })
}

/// A series that is known modulo √h^order. A scheme may lose powers on the way, as by a difference quotient, so it is read
/// with as many more as it takes: what is not known must never pass for 0.
pub(super) fn known_to(order: usize, reading: impl Fn(usize) -> JetSeries) -> JetSeries {
    let mut taken = order;
    loop {
        let series = reading(taken);
        match series.order() {
            Some(known) if known < order => taken += order - known,
            _ => return series.forgetting(series.order().map_or(0, |known| known - order)),
        }
    }
}

/// The step from the base point, known modulo √h^order.
pub(super) fn abstract_step(order: usize) -> Step<JetSeries> {
    Step {
        t: coordinate(Coordinate::TIME),
        h: JetSeries::monomial(DifferentialPolynomial::one(), 2, order),
        sqrt_h: JetSeries::variable(order),
    }
}

/// A scheme that reads a work vector before it writes it shows this symbol in its error.
pub(super) fn unwritten_work(scheme: &dyn Scheme, equation: &dyn AbstractEquation) -> Vec<JetSeries> {
    let unwritten = JetSeries::constant(Symbol::Parameter(Name::new('?', &[])).into());
    vec![unwritten; scheme.claims().work_vectors * equation.dimension()]
}

/// The noise symbols of as many variates.
///
/// # Panics
/// If there are 2³² of them.
pub(super) fn noise_symbols(variates: &[Variate]) -> Vec<JetSeries> {
    let count = u32::try_from(variates.len()).expect("fewer than 2³² variates");
    (0..count).map(|j| JetSeries::constant(Symbol::Noise(j).into())).collect()
}

/// E[φ(X') exp(log-weight increment)] modulo √h^order.
pub(super) fn expected_step(
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
    shape: impl Into<Shape>,
    noise: NoiseClass,
    power: u32,
) -> DifferentialPolynomial {
    let equation = abstract_equation(scheme, shape, noise);
    let power = 2 * power as usize;
    processing_error(scheme, equation.as_ref(), power + 1).coefficient(power).unwrap_or_default()
}

/// E φ(post-processed) − φ modulo √h^order.
pub(super) fn processing_error(
    scheme: &dyn Scheme,
    equation: &dyn AbstractEquation,
    order: usize,
) -> JetSeries {
    let φ = JetSeries::constant(symbol(equation.observable()));
    known_to(order, |order| match post_processing(scheme, equation, order) {
        Some(process) => process.apply(equation.observable()) - φ.clone(),
        None => JetSeries::zero(),
    })
}

/// P, the expectation over the post-processing; `None` if there is none.
pub(super) fn post_processing(
    scheme: &dyn Scheme,
    equation: &dyn AbstractEquation,
    order: usize,
) -> Option<Expansion> {
    let variates = scheme.post_variates(equation.noise_dimension())?;
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
