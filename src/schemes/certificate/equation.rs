//! Equations whose coefficients are indeterminates, and how they are evaluated near the base point.

use super::{AbstractLangevin, AbstractOverdamped, AbstractSde, Shape, expansion::Expansion};
use crate::algebra::Scalar;
use crate::schemes::{EquationClass, JetSeries, NoiseClass, Scheme, Sde};
use crate::symbolic::{Coordinate, DifferentialPolynomial, Function, Jet, Name, Symbol};

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

/// Langevin dynamics with an indeterminate potential, which has an invariant measure.
pub trait Equilibrium: AbstractEquation {
    /// The polynomial without rate, for a force −∇V.
    fn at_equilibrium(&self, polynomial: &DifferentialPolynomial) -> DifferentialPolynomial;
    /// V.
    fn potential(&self) -> Function;
    /// Log-density of the invariant measure.
    fn log_invariant(&self) -> DifferentialPolynomial;
}

/// The abstract equation that `scheme` is made for (for kinetic schemes d counts the positions).
pub fn abstract_equation(
    scheme: &dyn Scheme,
    shape: impl Into<Shape>,
    noise: NoiseClass,
) -> Box<dyn AbstractEquation> {
    let shape = shape.into();
    match scheme.claims().equation {
        EquationClass::Ito => Box::new(AbstractSde::new(shape, noise)),
        EquationClass::Overdamped => Box::new(AbstractOverdamped::new(shape.dimension)),
        EquationClass::Langevin => Box::new(AbstractLangevin::new(shape.dimension)),
    }
}

/// The Langevin dynamics for which `scheme` has an invariant measure.
pub(super) fn equilibrium(scheme: &dyn Scheme, dimension: usize) -> Box<dyn Equilibrium> {
    match scheme.claims().equation {
        EquationClass::Ito | EquationClass::Overdamped => Box::new(AbstractOverdamped::new(dimension)),
        EquationClass::Langevin => Box::new(AbstractLangevin::new(dimension)),
    }
}

/// The Taylor expansion about the base point, ready to be applied to functions at (t, x).
pub(super) fn expansion(
    equation: &(impl AbstractEquation + ?Sized),
    t: &JetSeries,
    x: &[JetSeries],
) -> Expansion {
    expansion_for_factor(equation, t, x, 0)
}

/// As [`expansion`], for functions that are going to be multiplied by √h^`powers`: the drift and the rate by h, the
/// diffusion by √h. So many powers less have to be known of them, and those are the most expensive ones.
pub(super) fn expansion_for_factor(
    equation: &(impl AbstractEquation + ?Sized),
    t: &JetSeries,
    x: &[JetSeries],
    powers: usize,
) -> Expansion {
    let displacements = equation.time_and_space().into_iter().zip(std::iter::once(t).chain(x));
    let displacement = |(axis, value): (_, &JetSeries)| (axis, value.forgetting(powers) - coordinate(axis));
    Expansion::new(displacements.map(displacement))
}

/// Solves y = `known` + κ b(t, y) by iteration: every round gains the powers that κ has.
pub(super) fn fixed_point(
    equation: &(impl AbstractEquation + ?Sized),
    t: &JetSeries,
    κ: &JetSeries,
    known: &[JetSeries],
    y: &mut [JetSeries],
) {
    assert!(κ.valuation() != Some(0), "an implicit stage needs a factor that vanishes with h");
    let mut drift = vec![JetSeries::zero(); y.len()];
    // The solution near `known` is one, whatever the guess.
    y.clone_from_slice(known);
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

/// What a run may give its paths at the start is no part of an equation: a scheme that requires it gets no certificate.
pub(super) fn unseen() -> ! {
    panic!("a scheme may not read the weights of the start")
}

pub(super) fn coordinate(axis: Coordinate) -> JetSeries {
    JetSeries::constant(Symbol::Coordinate(axis).into())
}

pub(super) fn symbol(function: Function) -> DifferentialPolynomial {
    Jet::of(function).into()
}
