//! The step that particles take against the series that is proved: a formula is written once, but code can find out on what
//! scalars it runs, or on what values.

use super::concrete::Concrete;
use super::local_error::{abstract_step, noise_symbols, unwritten_work};
use super::{Shape, equation::coordinate};
use crate::algebra::{Lanes, Real, Scalar};
use crate::schemes::{
    EquationClass, JetSeries, NoiseClass, Reads, Scheme, Sde, Step, Transition, euler_density, scattered,
};
use crate::symbolic::{DifferentialPolynomial, MAX_DIMENSION, Symbol, Variate};
use num_traits::ToPrimitive;
use std::collections::BTreeMap;

/// Places, with their variates, from which steps are compared; numbers are taken for a path of each.
const PLACES: usize = 8;
/// √h of the steps.
const ROOTS: [f64; 2] = [1.0 / 16.0, 1.0 / 64.0];
/// Powers of √h that are read: 2·claim + 4, and no more than this.
const MOST_POWERS: usize = 8;
/// As many of them as only make the sum more accurate, where they are read.
const SPARE: usize = 2;
/// What rounding may leave, relative to the sizes that are added.
const ROUNDING: f64 = 1e-12;

/// How a reading of a scheme on numbers differs from what is proved of it.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum Disagreement {
    /// Another step than that of the series.
    #[error(
        "on {scalar}, which {use_of}, the {part} is not the one of the series: for h = {h} component {component} is {found:?} where \
         the series has {expected:?}"
    )]
    Step {
        /// What it was read on.
        scalar: &'static str,
        /// What that is for.
        use_of: &'static str,
        /// The step or the post-processing.
        part: &'static str,
        /// Length of the step.
        h: f64,
        /// Which component, from 1.
        component: usize,
        /// By the numbers.
        found: f64,
        /// By the series.
        expected: f64,
    },
    /// It says that it has the density of Euler–Maruyama.
    #[error("it says that a step has the density of Euler–Maruyama, but {0}")]
    Density(String),
}

/// Compares the steps of `scheme` on numbers, those that run, with the series that is proved, for one equation of this class
/// and shape whose coefficients are sines: at eight places for two small h, as far as √h^(2·claim + 1), √h⁶ at most.
///
/// What differs from the series by less, or only at other places, is not seen.
///
/// # Errors
/// The first difference.
pub fn readings_agree(
    scheme: &dyn Scheme,
    class: EquationClass,
    shape: impl Into<Shape>,
    noise: NoiseClass,
) -> Result<(), Disagreement> {
    let concrete = Concrete::new(class, shape.into(), noise);
    let m = Sde::<f64>::noise_dimension(&concrete);
    compare(scheme, &concrete, &scheme.variates(m), "step")?;
    if let Some(variates) = scheme.post_variates(m) {
        compare(scheme, &concrete, &variates, POST)?;
    }
    if scheme.has_euler_density() {
        let places = places(Sde::<f64>::dimension(&concrete));
        let lanes = |axis: usize| Lanes(std::array::from_fn(|lane| places[lane % PLACES][1 + axis]));
        let places: Vec<Lanes> = (0..Sde::<f64>::dimension(&concrete)).map(lanes).collect();
        for h in [0.5, 0.01] {
            euler_density(scheme, &concrete, [0.3, h], &places).map_err(Disagreement::Density)?;
        }
    }
    Ok(())
}

/// Takes one step of `scheme` without noise, and post-processes it, on an equation of this class in d dimensions (positions,
/// for kinetic dynamics) with m noises, or in the most dimensions that equations with symbols have: whether its code runs.
///
/// # Panics
/// If its code does.
pub fn trial_step(scheme: &dyn Transition, class: EquationClass, (d, m): (usize, usize), noise: NoiseClass) {
    let most = if class == EquationClass::Langevin { MAX_DIMENSION / 2 } else { MAX_DIMENSION };
    let concrete = Concrete::new(class, (d.min(most), m.min(most)).into(), noise);
    let (d, m) = (Sde::<Lanes>::dimension(&concrete), Sde::<Lanes>::noise_dimension(&concrete));
    let step = Step::new(0.0, 0.01);
    let silence = |variates: Vec<Variate>| vec![Lanes::zero(); variates.len()];
    let (mut x, mut work) = (vec![Lanes::zero(); d], vec![Lanes::zero(); scheme.claims().work_vectors * d]);
    scheme.advance(&concrete, &step, &mut x, &silence(scheme.variates(m)), &mut work);
    if let Some(variates) = scheme.post_variates(m) {
        scheme.finish(&concrete, &step, &mut x, &silence(variates), &mut work);
    }
}

const POST: &str = "post-processing";

/// (t, x) of every place.
fn places(dimension: usize) -> Vec<Vec<f64>> {
    let coordinate = |place: usize, axis: usize| match axis {
        0 => 0.3,
        _ => 3.0 * scattered((1000 * place + axis) as u64) - 1.5,
    };
    (0..PLACES).map(|place| (0..=dimension).map(|axis| coordinate(place, axis)).collect()).collect()
}

/// Values that the variates can have, for one place.
fn draw(variates: &[Variate], place: usize) -> Vec<f64> {
    let value = |(j, variate): (usize, &Variate)| {
        let u = scattered((1_000_000 + 1000 * place + j) as u64);
        match variate {
            Variate::Gaussian => 4.0 * u - 2.0,
            Variate::SpaceTimeArea => (4.0 * u - 2.0) / 12f64.sqrt(),
            Variate::ThreePoint => ((3.0 * u).floor() - 1.0) * 3f64.sqrt(),
            Variate::TwoPoint => (2.0 * u).floor() * 2.0 - 1.0,
        }
    };
    variates.iter().enumerate().map(value).collect()
}

fn compare(
    scheme: &dyn Scheme,
    concrete: &Concrete,
    variates: &[Variate],
    part: &'static str,
) -> Result<(), Disagreement> {
    let series = series(scheme, concrete, variates, part);
    let places = places(Sde::<f64>::dimension(concrete));
    let noises: Vec<Vec<f64>> = (0..PLACES).map(|place| draw(variates, place)).collect();
    let compared = 2 * claim(scheme) + 2;
    let known = |(place, noise): (&Vec<f64>, &Vec<f64>)| -> Vec<Known> {
        let mut values = BTreeMap::new();
        let component = |series| Known::new((series, compared), concrete, (place, noise), &mut values);
        series.iter().map(component).collect()
    };
    let expected: Vec<Vec<Known>> = places.iter().zip(&noises).map(known).collect();
    let work = scheme.claims().work_vectors;
    for s in ROOTS {
        let start = (&places[..], &noises[..], s);
        let singly = |first| taken::<f64>(scheme, concrete, (part, work), start, first);
        let singly: Vec<Vec<f64>> = (0..PLACES).flat_map(singly).collect();
        let together = taken::<Lanes>(scheme, concrete, (part, work), start, 0);
        let readings = [
            ("single numbers", "the noise-free expectation takes", singly),
            ("batches of numbers", "particles take", together),
        ];
        for (scalar, use_of, found) in readings {
            for (found, known) in found.iter().zip(&expected) {
                for (i, (found, known)) in found.iter().zip(known).enumerate() {
                    let ((expected, tolerance), found) = (known.at(s), *found);
                    // NaN agrees with nothing.
                    let agrees = (found - expected).abs() <= tolerance;
                    if !agrees {
                        let (h, component) = (s * s, i + 1);
                        return Err(Disagreement::Step {
                            scalar,
                            use_of,
                            part,
                            h,
                            component,
                            found,
                            expected,
                        });
                    }
                }
            }
        }
    }
    Ok(())
}

/// One component after a step from one place: the series in √h, in numbers.
struct Known {
    coefficients: Vec<f64>,
    /// How many of them have to agree.
    compared: usize,
    /// Σ |terms| of all coefficients: a scale of what comes after.
    size: f64,
}

impl Known {
    fn new(
        (series, compared): (&JetSeries, usize),
        concrete: &Concrete,
        (place, noise): (&[f64], &[f64]),
        values: &mut BTreeMap<Symbol, f64>,
    ) -> Self {
        let mut size = 1.0;
        let mut number = |polynomial: DifferentialPolynomial| {
            polynomial.terms().fold(0.0, |sum, (monomial, coefficient)| {
                let factor = |product: f64, &(symbol, power): &(Symbol, u32)| {
                    let value = values.entry(symbol).or_insert_with(|| match symbol {
                        Symbol::Noise(j) => noise[j as usize],
                        other => concrete.value(other, place),
                    });
                    product * value.powi(power as i32)
                };
                let term = monomial.factors().iter().fold(coefficient.to_f64().unwrap_or(f64::NAN), factor);
                size += term.abs();
                sum + term
            })
        };
        // What is exact has a constant alone.
        let powers = series.order().unwrap_or(MOST_POWERS);
        let coefficients =
            (0..powers).map(|power| number(series.coefficient(power).unwrap_or_default())).collect();
        Self { coefficients, compared: powers.saturating_sub(1).min(compared), size }
    }

    /// The sum for √h = s, and how far from it the step may be.
    fn at(&self, s: f64) -> (f64, f64) {
        let sum = self.coefficients.iter().rev().fold(0.0, |sum, coefficient| sum * s + coefficient);
        (sum, self.size * (ROUNDING + s.powi(self.compared as i32)))
    }
}

/// The components after a step, or after post-processing, from the base point.
fn series(
    scheme: &dyn Scheme,
    concrete: &Concrete,
    variates: &[Variate],
    part: &'static str,
) -> Vec<JetSeries> {
    let equation = concrete.symbolic();
    let step = abstract_step((2 * claim(scheme) + 2 + SPARE).min(MOST_POWERS));
    let mut x: Vec<JetSeries> = equation.coordinates().into_iter().map(coordinate).collect();
    let mut work = unwritten_work(scheme, equation);
    let (sde, noise): (&dyn Sde<JetSeries>, _) = (equation, noise_symbols(variates));
    match part == POST {
        true => scheme.finish(sde, &step, &mut x, &noise, &mut work),
        false => scheme.advance(sde, &step, &mut x, &noise, &mut work),
    }
    x
}

/// The order that is claimed, or at least 1.
fn claim(scheme: &dyn Scheme) -> usize {
    (scheme.claims().weak_order as usize).clamp(1, MOST_POWERS)
}

/// The components after a step with √h = s, or after post-processing, from as many places as there are lanes, from the
/// `first` on.
fn taken<R: Real>(
    scheme: &(impl Reads<R> + ?Sized),
    concrete: &Concrete,
    (part, work): (&'static str, usize),
    (places, noises, s): (&[Vec<f64>], &[Vec<f64>], f64),
    first: usize,
) -> Vec<Vec<f64>> {
    let of = |all: &[Vec<f64>], j: usize| {
        let mut value = R::zero();
        (0..R::COUNT).for_each(|lane| value.set_lane(lane, all[(first + lane) % PLACES][j]));
        value
    };
    let step = Step { t: of(places, 0), h: R::constant(s * s), sqrt_h: R::constant(s) };
    let mut x: Vec<R> = (1..places[0].len()).map(|axis| of(places, axis)).collect();
    let noise: Vec<R> = (0..noises[0].len()).map(|j| of(noises, j)).collect();
    let mut work = vec![R::constant(f64::NAN); work * x.len()];
    match part == POST {
        true => scheme.finish(concrete, &step, &mut x, &noise, &mut work),
        false => scheme.advance(concrete, &step, &mut x, &noise, &mut work),
    }
    let lanes = 0..R::COUNT.min(PLACES);
    lanes.map(|lane| x.iter().map(|x| x.lane(lane)).collect()).collect()
}
