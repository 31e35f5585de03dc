use super::{Axis, Rational, Symbol};
use crate::algebra::Ring;
use num_bigint::BigInt;
use num_traits::{One, Zero};
use std::collections::BTreeMap;
use std::ops::{Add, AddAssign, Mul, Neg, Sub};

/// A product of powers of symbols, symbols rising, powers positive.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Monomial(Vec<(Symbol, u32)>);

impl Monomial {
    /// Its factors.
    pub fn factors(&self) -> &[(Symbol, u32)] {
        &self.0
    }

    fn multiply(&self, other: &Self) -> Self {
        let mut factors = Vec::with_capacity(self.0.len() + other.0.len());
        let (mut left, mut right) = (self.0.iter().peekable(), other.0.iter().peekable());
        while let (Some(a), Some(b)) = (left.peek(), right.peek()) {
            match a.0.cmp(&b.0) {
                std::cmp::Ordering::Less => factors.extend(left.next()),
                std::cmp::Ordering::Greater => factors.extend(right.next()),
                std::cmp::Ordering::Equal => {
                    factors.push((a.0, a.1 + b.1));
                    left.next();
                    right.next();
                }
            }
        }
        factors.extend(left);
        factors.extend(right);
        Self(factors)
    }
}

/// A polynomial in [`Symbol`]s with rational coefficients; sparse, sorted, exact.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DifferentialPolynomial(BTreeMap<Monomial, Rational>);

impl DifferentialPolynomial {
    /// The polynomial that is just `symbol`.
    pub fn symbol(symbol: Symbol) -> Self {
        Self([(Monomial(vec![(symbol, 1)]), Rational::one())].into())
    }

    /// Its terms in order, none of them 0.
    pub fn terms(&self) -> impl ExactSizeIterator<Item = (&Monomial, &Rational)> {
        self.0.iter()
    }

    /// The derivative along `axis`: the derivation that takes jets to jets.
    pub fn derivative(&self, axis: Axis) -> Self {
        let mut sum = Self::default();
        for (monomial, coefficient) in &self.0 {
            for (place, &(symbol, power)) in monomial.0.iter().enumerate() {
                let Some(derived) = symbol.derivative(axis) else { continue };
                let mut rest = monomial.0.clone();
                if power == 1 {
                    rest.remove(place);
                } else {
                    rest[place].1 -= 1;
                }
                let product = Monomial(rest).multiply(&Monomial(vec![(derived, 1)]));
                sum.insert(product, coefficient * Rational::from(BigInt::from(power)));
            }
        }
        sum
    }

    /// The same polynomial with every power of a symbol for which `value` gives a polynomial replaced by it.
    pub fn substitute(&self, value: impl Fn(Symbol, u32) -> Option<Self>) -> Self {
        let mut sum = Self::default();
        for (monomial, coefficient) in &self.0 {
            let mut kept = Vec::new();
            let mut factor = Self([(Monomial::default(), coefficient.clone())].into());
            for &(symbol, power) in &monomial.0 {
                match value(symbol, power) {
                    Some(replacement) => factor = factor * replacement,
                    None => kept.push((symbol, power)),
                }
            }
            let kept = Monomial(kept);
            for (monomial, coefficient) in factor.0 {
                sum.insert(monomial.multiply(&kept), coefficient);
            }
        }
        sum
    }

    /// The expectation over independent standard normal noise: E ξ²ᵏ = (2k − 1)!!, odd powers vanish.
    pub fn gaussian_expectation(&self) -> Self {
        self.substitute(|symbol, power| match symbol {
            Symbol::Noise(_) if power % 2 == 1 => Some(Self::default()),
            Symbol::Noise(_) => {
                let moment: BigInt = (1..power).step_by(2).map(BigInt::from).product();
                Some(Self([(Monomial::default(), Rational::from(moment))].into()))
            }
            _ => None,
        })
    }

    fn insert(&mut self, monomial: Monomial, coefficient: Rational) {
        use std::collections::btree_map::Entry;
        match self.0.entry(monomial) {
            Entry::Vacant(place) => {
                if !coefficient.is_zero() {
                    place.insert(coefficient);
                }
            }
            Entry::Occupied(mut place) => {
                *place.get_mut() += coefficient;
                if place.get().is_zero() {
                    place.remove();
                }
            }
        }
    }
}

impl Ring for DifferentialPolynomial {
    fn ratio(numerator: i64, denominator: i64) -> Self {
        let mut constant = Self::default();
        constant.insert(Monomial::default(), Rational::new(numerator.into(), denominator.into()));
        constant
    }
    fn is_zero(&self) -> bool {
        self.0.is_empty()
    }
}

impl AddAssign for DifferentialPolynomial {
    fn add_assign(&mut self, other: Self) {
        for (monomial, coefficient) in other.0 {
            self.insert(monomial, coefficient);
        }
    }
}

impl Add for DifferentialPolynomial {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        let (mut large, small) = if self.0.len() >= other.0.len() { (self, other) } else { (other, self) };
        large += small;
        large
    }
}

impl Neg for DifferentialPolynomial {
    type Output = Self;
    fn neg(mut self) -> Self {
        for coefficient in self.0.values_mut() {
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

impl Mul for DifferentialPolynomial {
    type Output = Self;
    fn mul(self, other: Self) -> Self {
        let mut product = Self::default();
        for (a, p) in &self.0 {
            for (b, q) in &other.0 {
                product.insert(a.multiply(b), p * q);
            }
        }
        product
    }
}
