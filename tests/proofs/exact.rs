//! Exact moments of one step for concrete polynomial equations over ℚ: an oracle that knows neither jets nor Taylor series.

#![allow(dead_code)]

use num_rational::BigRational;
use num_traits::{One, Zero};
use std::cell::Cell;
use std::collections::BTreeMap;
use wfr::algebra::{Scalar, Truncated};
use wfr::schemes::certificate::{AbstractEquation, AbstractLangevin, AbstractSde};
use wfr::schemes::{EquationClass, Implicit, Langevin, NoiseClass, RateQuadrature, Scheme, Sde, Step};
use wfr::symbolic::{Coordinate, DifferentialPolynomial, Function, Jet, Symbol};

pub type Q = BigRational;

pub fn q(numerator: i64, denominator: i64) -> Q {
    Q::new(numerator.into(), denominator.into())
}

/// A generator of small numbers: multiplication modulo 2⁶⁴ (Knuth's MMIX constants), high bits.
pub struct Draw(pub u64);

impl Draw {
    pub fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % bound
    }

    /// ±1, ±2, ±½, ±⅓.
    pub fn number(&mut self) -> Q {
        let size = [q(1, 1), q(2, 1), q(1, 2), q(1, 3)][self.below(4)].clone();
        if self.below(2) == 0 { size } else { -size }
    }
}

/// A polynomial in t, x₁, …, x_d.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Poly(BTreeMap<Vec<u32>, Q>);

impl Poly {
    pub fn constant(value: Q, variables: usize) -> Self {
        Self([(vec![0; variables], value)].into()).clean()
    }

    /// `terms` random monomials of degree up to `degree` in (t, x) of which the first `from` variables do not occur.
    pub fn random(draw: &mut Draw, variables: usize, from: usize, terms: usize, degree: usize) -> Self {
        let mut sum = Self::default();
        for _ in 0..terms {
            let mut powers = vec![0; variables];
            for _ in 0..=draw.below(degree) {
                powers[from + draw.below(variables - from)] += 1;
            }
            *sum.0.entry(powers).or_default() += draw.number();
        }
        sum.clean()
    }

    fn clean(mut self) -> Self {
        self.0.retain(|_, value| !value.is_zero());
        self
    }

    pub fn plus(mut self, other: Self) -> Self {
        for (powers, value) in other.0 {
            *self.0.entry(powers).or_default() += value;
        }
        self.clean()
    }

    pub fn times(&self, other: &Self) -> Self {
        let mut product = Self::default();
        for (p, a) in &self.0 {
            for (q, b) in &other.0 {
                let powers = p.iter().zip(q).map(|(p, q)| p + q).collect();
                *product.0.entry(powers).or_default() += a * b;
            }
        }
        product.clean()
    }

    pub fn scaled(&self, factor: &Q) -> Self {
        Self(self.0.iter().map(|(powers, value)| (powers.clone(), value * factor)).collect()).clean()
    }

    pub fn derivative(&self, axis: usize) -> Self {
        let lower = |(powers, value): (&Vec<u32>, &Q)| {
            let mut lower = powers.clone();
            lower[axis] = lower[axis].checked_sub(1)?;
            Some((lower, value * q(powers[axis].into(), 1)))
        };
        Self(self.0.iter().filter_map(lower).collect()).clean()
    }

    pub fn at<S: Scalar>(&self, constant: impl Fn(&Q) -> S, place: &[S]) -> S {
        self.0.iter().fold(S::zero(), |sum, (powers, value)| {
            let factors = place.iter().zip(powers);
            sum + factors.fold(constant(value), |product, (x, &power)| {
                (0..power).fold(product, |product, _| product * x.clone())
            })
        })
    }

    pub fn value(&self, place: &[Q]) -> Q {
        self.0.iter().fold(Q::zero(), |sum, (powers, value)| {
            let factors = place.iter().zip(powers);
            sum + factors.fold(value.clone(), |product, (x, &power)| {
                (0..power).fold(product, |product, _| product * x)
            })
        })
    }
}

/// dX = b dt + σ dW with a rate c, or kinetic Langevin dynamics with a force b(q), at one place, and an observable.
#[derive(Debug)]
pub struct Problem {
    pub d: usize,
    pub m: usize,
    pub drift: Vec<Poly>,
    pub diffusion: Vec<Vec<Poly>>,
    pub rate: Poly,
    pub observable: Poly,
    /// (t, x).
    pub start: Vec<Q>,
    pub friction: Option<Q>,
    /// Whether a root of a multiple of the friction was asked for that is not rational.
    irrational: Cell<bool>,
}

impl Problem {
    /// A random problem for `scheme`; for kinetic schemes d counts the positions.
    pub fn random(
        draw: &mut Draw,
        scheme: &dyn Scheme,
        (d, m): (usize, usize),
        noise: NoiseClass,
        friction: Q,
    ) -> Self {
        let kinetic = scheme.claims().equation == EquationClass::Langevin;
        let dimension = if kinetic { 2 * d } else { d };
        let variables = dimension + 1;
        let force = |draw: &mut Draw| {
            // Of the positions alone: those are the variables 1 to d.
            let of_positions = Poly::random(draw, d + 1, 1, 2, 3);
            let widened = |(powers, value): (Vec<u32>, Q)| {
                let mut powers = powers;
                powers.resize(variables, 0);
                (powers, value)
            };
            Poly(of_positions.0.into_iter().map(widened).collect())
        };
        let drift =
            |draw: &mut Draw| if kinetic { force(draw) } else { Poly::random(draw, variables, 0, 2, 3) };
        let entry = |draw: &mut Draw| match noise {
            NoiseClass::Additive => Poly::constant(draw.number(), variables),
            _ => Poly::constant(draw.number(), variables).plus(Poly::random(draw, variables, 0, 1, 2)),
        };
        Self {
            d: dimension,
            m,
            drift: (0..d).map(|_| drift(draw)).collect(),
            diffusion: (0..d).map(|_| (0..m).map(|_| entry(draw)).collect()).collect(),
            rate: Poly::random(draw, variables, 0, 2, 2),
            observable: Poly::random(draw, variables, 1, 3, 4),
            start: (0..variables).map(|_| draw.number()).collect(),
            friction: kinetic.then_some(friction),
            irrational: Cell::new(false),
        }
    }

    /// As [`Problem::random`], with a friction for which the roots that the scheme uses, √γ or √(2γ), are rational.
    pub fn rational(draw: &mut Draw, scheme: &dyn Scheme, shape: (usize, usize), noise: NoiseClass) -> Self {
        let root = draw.number();
        let square = &root * &root;
        let state = draw.0;
        let problem = Self::random(draw, scheme, shape, noise, square.clone());
        let _ = problem.local_error(scheme, None, 2);
        if !problem.irrational.get() {
            return problem;
        }
        draw.0 = state;
        Self::random(draw, scheme, shape, noise, square / q(2, 1))
    }

    /// (∂ₜ + L − c) u.
    fn generator(&self, u: &Poly, weighted: bool) -> Poly {
        let variables = self.d + 1;
        let mut sum = u.derivative(0);
        if weighted {
            sum = sum.plus(self.rate.times(u).scaled(&q(-1, 1)));
        }
        if let Some(γ) = &self.friction {
            let n = self.d / 2;
            for i in 0..n {
                let mut p = vec![0; variables];
                p[1 + n + i] = 1;
                let p = Poly([(p, Q::one())].into());
                let slope = u.derivative(1 + n + i);
                sum = sum.plus(p.times(&u.derivative(1 + i)));
                sum = sum.plus(self.drift[i].clone().plus(p.scaled(&-γ)).times(&slope));
                sum = sum.plus(slope.derivative(1 + n + i).scaled(γ));
            }
            return sum;
        }
        for i in 0..self.d {
            let slope = u.derivative(1 + i);
            sum = sum.plus(self.drift[i].times(&slope));
            for k in 0..self.d {
                for j in 0..self.m {
                    let square = self.diffusion[i][j].times(&self.diffusion[k][j]).scaled(&q(1, 2));
                    sum = sum.plus(square.times(&slope.derivative(1 + k)));
                }
            }
        }
        sum
    }

    /// The coefficients of √h⁰ … √h^(order − 1) in E[φ(X_h) w] − Σ hᵏ/k! (∂ₜ + L − c)ᵏ φ.
    pub fn local_error(&self, scheme: &dyn Scheme, weight: Option<RateQuadrature>, order: usize) -> Vec<Q> {
        let constant = |value: &Q| Truncated::constant(value.clone());
        let step = Step {
            t: constant(&self.start[0]),
            h: Truncated::root_power(2, order),
            sqrt_h: Truncated::root_power(1, order),
        };
        let variates = scheme.variates(self.m);
        let noise: Vec<Truncated> = (0..variates.len()).map(Truncated::variable).collect();
        let mut x: Vec<Truncated> = self.start[1..].iter().map(constant).collect();
        let mut work = vec![Truncated::zero(); scheme.claims().work_vectors * self.d];
        let before = x.clone();
        scheme.advance(self as &dyn Sde<Truncated>, &step, &mut x, &noise, &mut work);
        let place: Vec<Truncated> = std::iter::once(step.end()).chain(x.iter().cloned()).collect();
        let mut observed = self.observable.at(constant, &place) + step.h.clone() * Truncated::zero();
        if let Some(weight) = weight {
            let [first, last] = weight.times(&step.t, &step.h);
            let rates = [self.rate(&first, &before), self.rate(&last, &x)];
            observed = observed * weight.log_increment(&step.h, rates).phi(0);
        }
        let mut error = observed.expectation(|number, power| variates[number].moment(power));
        let (mut term, mut factor) = (self.observable.clone(), Q::one());
        for k in 0..=(order - 1) / 2 {
            if k > 0 {
                term = self.generator(&term, weight.is_some());
                factor /= q(k as i64, 1);
            }
            error[2 * k] -= &factor * term.value(&self.start);
        }
        error
    }

    /// What an operator of a certificate is for this problem, at its place.
    pub fn value_of(&self, operator: &DifferentialPolynomial, noise: NoiseClass) -> Q {
        let mut known: BTreeMap<Symbol, Q> = BTreeMap::new();
        operator.terms().fold(Q::zero(), |sum, (monomial, coefficient)| {
            sum + monomial.factors().iter().fold(coefficient.clone(), |product, &(symbol, power)| {
                let value = known.entry(symbol).or_insert_with(|| self.symbol(symbol, noise)).clone();
                (0..power).fold(product, |product, _| product * &value)
            })
        })
    }

    fn symbol(&self, symbol: Symbol, noise: NoiseClass) -> Q {
        let place =
            |axis: Coordinate| (0..self.d).find(|&i| Coordinate::space(i) == axis).map_or(0, |i| i + 1);
        match symbol {
            Symbol::Coordinate(axis) => self.start[place(axis)].clone(),
            Symbol::Jet(jet) => self.jet(jet, noise),
            parameter => self.parameter(parameter, noise),
        }
    }

    fn jet(&self, jet: Jet, noise: NoiseClass) -> Q {
        let mut poly = self.function(jet.function(), noise);
        let axes = std::iter::once(Coordinate::TIME).chain((0..self.d).map(Coordinate::space));
        for (axis, coordinate) in axes.enumerate() {
            for _ in 0..jet.order(coordinate) {
                poly = poly.derivative(axis);
            }
        }
        poly.value(&self.start)
    }

    fn function(&self, function: Function, noise: NoiseClass) -> Poly {
        if self.friction.is_some() {
            let equation = AbstractLangevin::new(self.d / 2);
            return match function {
                _ if function == equation.observable() => self.observable.clone(),
                _ if function == equation.rate_function() => self.rate.clone(),
                _ => (0..self.d / 2)
                    .find(|&i| equation.force_function(i) == function)
                    .map(|i| self.drift[i].clone())
                    .expect("a function of the equation"),
            };
        }
        let equation = AbstractSde::new((self.d, self.m), noise);
        match function {
            _ if function == equation.observable() => self.observable.clone(),
            _ if function == equation.rate_function() => self.rate.clone(),
            _ => match (0..self.d).find(|&i| equation.drift_function(i) == function) {
                Some(i) => self.drift[i].clone(),
                None => self.entry(Symbol::Jet(Jet::of(function)), noise),
            },
        }
    }

    fn entry(&self, symbol: Symbol, noise: NoiseClass) -> Poly {
        let equation = AbstractSde::new((self.d, self.m), noise);
        let mut places = (0..self.d).flat_map(|i| (0..self.m).map(move |j| (i, j)));
        let (i, j) = places.find(|&(i, j)| equation.diffusion_symbol(i, j) == symbol).expect("an entry of σ");
        self.diffusion[i][j].clone()
    }

    fn parameter(&self, symbol: Symbol, noise: NoiseClass) -> Q {
        match &self.friction {
            Some(γ) => γ.clone(),
            None => self.entry(symbol, noise).value(&self.start),
        }
    }

    fn evaluate(&self, poly: &Poly, t: &Truncated, x: &[Truncated]) -> Truncated {
        let place: Vec<Truncated> = std::iter::once(t.clone()).chain(x.iter().cloned()).collect();
        poly.at(|value| Truncated::constant(value.clone()), &place)
    }
}

impl Sde<Truncated> for Problem {
    fn dimension(&self) -> usize {
        self.d
    }
    fn noise_dimension(&self) -> usize {
        self.m
    }
    fn drift(&self, t: &Truncated, x: &[Truncated], out: &mut [Truncated]) {
        for (value, b) in out.iter_mut().zip(&self.drift) {
            *value = self.evaluate(b, t, x);
        }
    }
    fn diffuse(&self, t: &Truncated, x: &[Truncated], noise: &[Truncated], out: &mut [Truncated]) {
        for (value, row) in out.iter_mut().zip(&self.diffusion) {
            *value = row
                .iter()
                .zip(noise)
                .fold(Truncated::zero(), |sum, (σ, ξ)| sum + self.evaluate(σ, t, x) * ξ.clone());
        }
    }
    fn rate(&self, t: &Truncated, x: &[Truncated]) -> Truncated {
        self.evaluate(&self.rate, t, x)
    }
    fn langevin(&self) -> Option<&dyn Langevin<Truncated>> {
        self.friction.is_some().then_some(self as _)
    }
    fn implicit(&self) -> Option<&dyn Implicit<Truncated>> {
        Some(self)
    }
}

impl Implicit<Truncated> for Problem {
    fn solve_implicit(&self, t: &Truncated, κ: &Truncated, known: &[Truncated], y: &mut [Truncated]) {
        let mut drift = vec![Truncated::zero(); y.len()];
        loop {
            self.drift(t, y, &mut drift);
            let next: Vec<Truncated> =
                known.iter().zip(&drift).map(|(known, b)| known.clone() + κ.clone() * b.clone()).collect();
            if next == y {
                return;
            }
            y.clone_from_slice(&next);
        }
    }
}

impl Langevin<Truncated> for Problem {
    fn force(&self, q: &[Truncated], out: &mut [Truncated]) {
        let momenta = std::iter::repeat_n(Truncated::zero(), self.d - q.len());
        let x: Vec<Truncated> = q.iter().cloned().chain(momenta).collect();
        for (value, force) in out.iter_mut().zip(&self.drift) {
            *value = self.evaluate(force, &Truncated::zero(), &x);
        }
    }
    fn friction(&self) -> Truncated {
        Truncated::constant(self.friction.clone().unwrap_or_default())
    }
    fn root_friction(&self, multiple: u32) -> Truncated {
        let square = self.friction.clone().unwrap_or_default() * q(multiple.into(), 1);
        let root = Q::new(square.numer().sqrt(), square.denom().sqrt());
        if &root * &root != square {
            self.irrational.set(true);
        }
        Truncated::constant(root)
    }
}
