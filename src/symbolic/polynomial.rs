use super::{Coordinate, Function, Jet, MAX_DIMENSION, Monomial, Rational, Symbol};
use crate::algebra::Ring;
use num_traits::{One, Zero};
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::ops::{Add, AddAssign, Mul, Neg, Sub};

/// A polynomial in [`Symbol`]s with exact rational coefficients, in normal form: two are equal as
/// polynomials if and only if `==` says so.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct DifferentialPolynomial {
    /// No coefficient is 0.
    terms: BTreeMap<Monomial, Rational>,
}

impl DifferentialPolynomial {
    /// 0.
    pub fn zero() -> Self {
        Self::default()
    }

    /// 1.
    pub fn one() -> Self {
        Self::from(Rational::one())
    }

    /// `coefficient · monomial`.
    pub fn term(coefficient: Rational, monomial: Monomial) -> Self {
        let mut polynomial = Self::zero();
        polynomial.add_term(monomial, coefficient);
        polynomial
    }

    /// Monomials and their coefficients, none of them 0, in a fixed order.
    pub fn terms(&self) -> impl ExactSizeIterator<Item = (&Monomial, &Rational)> {
        self.terms.iter()
    }

    /// The coefficient of `monomial`.
    pub fn coefficient(&self, monomial: &Monomial) -> Rational {
        self.terms.get(monomial).cloned().unwrap_or_else(Rational::zero)
    }

    /// self^exponent.
    pub fn power(&self, exponent: u32) -> Self {
        (0..exponent).fold(Self::one(), |power, _| &power * self)
    }

    /// The total derivative in `coordinate`: jets rise, parameters and noise are constants.
    pub fn derivative(&self, coordinate: Coordinate) -> Self {
        let mut sum = Self::zero();
        for (monomial, coefficient) in &self.terms {
            for &(symbol, power) in monomial.factors() {
                if let Some(inner) = derivative_of(symbol, coordinate) {
                    let outer = monomial.with_power(symbol, power - 1);
                    sum.add_term(outer.times(&inner), coefficient * Rational::from_integer(power.into()));
                }
            }
        }
        sum
    }

    /// Replaces `symbol` by `value`. Other jets of the same function stay as they are.
    pub fn substitute(&self, symbol: Symbol, value: &Self) -> Self {
        self.substitute_power(symbol, 1, value)
    }

    /// Replaces symbol^power by `value` as often as it divides a term: σ² → 2 turns σ⁵ into 4 σ.
    ///
    /// # Panics
    /// If `power` is 0.
    pub fn substitute_power(&self, symbol: Symbol, power: u32, value: &Self) -> Self {
        let mut sum = Self::zero();
        for (monomial, coefficient) in &self.terms {
            let present = monomial.power(symbol);
            let rest = monomial.with_power(symbol, present % power);
            sum += Self::term(coefficient.clone(), rest) * value.power(present / power);
        }
        sum
    }

    /// Replaces `function` by `value`, and its jets by the derivatives of `value`.
    pub fn insert(&self, function: Function, value: &Self) -> Self {
        let mut jets: Vec<Jet> = self.jets().filter(|jet| jet.function() == function).collect();
        jets.sort_unstable();
        jets.dedup();
        jets.into_iter().fold(self.clone(), |polynomial, jet| {
            let coordinates =
                std::iter::once(Coordinate::TIME).chain((0..MAX_DIMENSION).map(Coordinate::space));
            let derivative = coordinates.fold(value.clone(), |value, x| {
                (0..jet.order(x)).fold(value, |value, _| value.derivative(x))
            });
            polynomial.substitute(Symbol::Jet(jet), &derivative)
        })
    }

    /// The polynomial with the indices 1 and 2 of all functions exchanged, and with them the first two coordinates, which
    /// those functions depend on.
    pub(super) fn exchanged(&self) -> Self {
        let mut sum = Self::zero();
        for (monomial, coefficient) in &self.terms {
            let exchanged = |product: Monomial, &(symbol, power): &(Symbol, u32)| {
                let symbol = match symbol {
                    Symbol::Jet(jet) => Symbol::Jet(jet.exchanged()),
                    other => other,
                };
                (0..power).fold(product, |product, _| product.times(&symbol.into()))
            };
            sum.add_term(monomial.factors().iter().fold(Monomial::one(), exchanged), coefficient.clone());
        }
        sum
    }

    /// The jets that occur, some more than once.
    pub(super) fn jets(&self) -> impl Iterator<Item = Jet> + '_ {
        self.terms().flat_map(|(monomial, _)| monomial.factors()).filter_map(|(symbol, _)| match symbol {
            Symbol::Jet(jet) => Some(*jet),
            _ => None,
        })
    }

    /// The polynomial with every symbol set to 0 for which `vanishes` holds.
    pub fn without(&self, vanishes: impl Fn(Symbol) -> bool) -> Self {
        let survives = |monomial: &Monomial| !monomial.factors().iter().any(|&(symbol, _)| vanishes(symbol));
        let terms = self.terms.iter().filter(|(monomial, _)| survives(monomial));
        Self { terms: terms.map(|(monomial, coefficient)| (monomial.clone(), coefficient.clone())).collect() }
    }

    pub(super) fn add_term(&mut self, monomial: Monomial, coefficient: Rational) {
        match self.terms.entry(monomial) {
            Entry::Vacant(place) => {
                if !Zero::is_zero(&coefficient) {
                    place.insert(coefficient);
                }
            }
            Entry::Occupied(mut place) => {
                *place.get_mut() += coefficient;
                if Zero::is_zero(place.get()) {
                    place.remove();
                }
            }
        }
    }
}

/// The derivative of a symbol is 0 (`None`) or a symbol or 1.
fn derivative_of(symbol: Symbol, coordinate: Coordinate) -> Option<Monomial> {
    match symbol {
        Symbol::Parameter(_) | Symbol::Noise(_) => None,
        Symbol::Coordinate(own) => (own == coordinate).then(Monomial::one),
        Symbol::Jet(jet) => jet.derivative(coordinate).map(|jet| Symbol::Jet(jet).into()),
    }
}

impl From<Rational> for DifferentialPolynomial {
    fn from(value: Rational) -> Self {
        Self::term(value, Monomial::one())
    }
}

impl From<Symbol> for DifferentialPolynomial {
    fn from(symbol: Symbol) -> Self {
        Self::term(Rational::one(), symbol.into())
    }
}

impl From<Jet> for DifferentialPolynomial {
    fn from(jet: Jet) -> Self {
        Symbol::Jet(jet).into()
    }
}

impl AddAssign for DifferentialPolynomial {
    fn add_assign(&mut self, other: Self) {
        if self.terms.is_empty() {
            *self = other;
            return;
        }
        for (monomial, coefficient) in other.terms {
            self.add_term(monomial, coefficient);
        }
    }
}

impl Add for DifferentialPolynomial {
    type Output = Self;
    fn add(mut self, other: Self) -> Self {
        self += other;
        self
    }
}

impl Add for &DifferentialPolynomial {
    type Output = DifferentialPolynomial;
    fn add(self, other: Self) -> DifferentialPolynomial {
        self.clone() + other.clone()
    }
}

impl Sub for &DifferentialPolynomial {
    type Output = DifferentialPolynomial;
    fn sub(self, other: Self) -> DifferentialPolynomial {
        self.clone() - other.clone()
    }
}

impl Neg for DifferentialPolynomial {
    type Output = Self;
    fn neg(mut self) -> Self {
        for coefficient in self.terms.values_mut() {
            *coefficient = -std::mem::take(coefficient);
        }
        self
    }
}

impl Sub for DifferentialPolynomial {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        self + -other
    }
}

impl Mul for &DifferentialPolynomial {
    type Output = DifferentialPolynomial;
    fn mul(self, other: Self) -> DifferentialPolynomial {
        let mut product = DifferentialPolynomial::zero();
        for (left, a) in &self.terms {
            for (right, b) in &other.terms {
                product.add_term(left.times(right), a * b);
            }
        }
        product
    }
}

impl Mul for DifferentialPolynomial {
    type Output = Self;
    fn mul(self, other: Self) -> Self {
        &self * &other
    }
}

impl Ring for DifferentialPolynomial {
    fn ratio(numerator: i64, denominator: i64) -> Self {
        Rational::new(numerator.into(), denominator.into()).into()
    }
    fn is_zero(&self) -> bool {
        self.terms.is_empty()
    }
}

impl Ring for Rational {
    fn ratio(numerator: i64, denominator: i64) -> Self {
        Self::new(numerator.into(), denominator.into())
    }
    fn is_zero(&self) -> bool {
        Zero::is_zero(self)
    }
}
