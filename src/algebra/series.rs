use super::Scalar;
use std::ops::{Add, AddAssign, Mul, Neg, Sub};

/// A commutative coefficient ring for [`Series`].
pub trait Ring:
    Clone + std::fmt::Debug + PartialEq + Add<Output = Self> + Mul<Output = Self> + Neg<Output = Self>
{
    /// The constant `numerator / denominator`.
    fn ratio(numerator: i64, denominator: i64) -> Self;
    /// Whether this is exactly 0.
    fn is_zero(&self) -> bool;
}

/// A power series in s = √h with exact coefficients, known up to (not including) sᵒʳᵈᵉʳ.
///
/// Constants are known to every order; sums and products are known as far as both operands are.
#[derive(Clone, Debug, PartialEq)]
pub struct Series<P> {
    /// Coefficients of s⁰, s¹ …, without trailing zeros.
    coefficients: Vec<P>,
    order: usize,
}

impl<P: Ring> Series<P> {
    /// The constant `value`, exactly.
    pub fn constant(value: P) -> Self {
        Self::monomial(value, 0, usize::MAX)
    }

    /// `value`·sᵖᵒʷᵉʳ + O(sᵒʳᵈᵉʳ).
    pub fn monomial(value: P, power: usize, order: usize) -> Self {
        let mut coefficients = vec![P::ratio(0, 1); power];
        coefficients.push(value);
        Self { coefficients, order }.trimmed()
    }

    /// The power of s from which on nothing is known.
    pub fn order(&self) -> usize {
        self.order
    }

    /// Coefficient of sᵖᵒʷᵉʳ.
    ///
    /// # Panics
    /// If it is beyond what is known.
    pub fn coefficient(&self, power: usize) -> P {
        assert!(power < self.order, "coefficient {power} of a series known below {}", self.order);
        self.coefficients.get(power).cloned().unwrap_or_else(|| P::ratio(0, 1))
    }

    /// The same series with `f` applied to every coefficient; `f` has to be linear.
    pub fn map(self, f: impl Fn(P) -> P) -> Self {
        Self { coefficients: self.coefficients.into_iter().map(f).collect(), order: self.order }.trimmed()
    }

    /// Smallest power with a coefficient other than 0, if there is one.
    pub fn valuation(&self) -> Option<usize> {
        self.coefficients.iter().position(|coefficient| !coefficient.is_zero())
    }

    /// e^self.
    ///
    /// # Panics
    /// If there is a constant term (its exponential is no longer rational), or the order is infinite.
    pub fn exp(&self) -> Self {
        let Some(valuation) = self.valuation() else {
            return Self { coefficients: vec![P::ratio(1, 1)], order: self.order };
        };
        assert!(valuation > 0 && self.order < usize::MAX, "exp of a series with a constant term or without end");
        let mut sum = Self { coefficients: vec![P::ratio(1, 1)], order: self.order };
        let mut term = sum.clone();
        for k in 1..=(self.order / valuation) as i64 {
            term = term * self.clone() * Self::constant(P::ratio(1, k));
            sum += term.clone();
        }
        sum
    }

    fn trimmed(mut self) -> Self {
        self.coefficients.truncate(self.order);
        while self.coefficients.last().is_some_and(P::is_zero) {
            self.coefficients.pop();
        }
        self
    }
}

impl<P: Ring> Add for Series<P> {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        let order = self.order.min(other.order);
        let (mut long, short) =
            if self.coefficients.len() >= other.coefficients.len() { (self, other) } else { (other, self) };
        for (a, b) in long.coefficients.iter_mut().zip(short.coefficients) {
            *a = a.clone() + b;
        }
        Self { coefficients: long.coefficients, order }.trimmed()
    }
}

impl<P: Ring> Neg for Series<P> {
    type Output = Self;
    fn neg(self) -> Self {
        self.map(|coefficient| -coefficient)
    }
}

impl<P: Ring> Sub for Series<P> {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        self + -other
    }
}

impl<P: Ring> Mul for Series<P> {
    type Output = Self;
    fn mul(self, other: Self) -> Self {
        let order = self.order.min(other.order);
        let length = (self.coefficients.len() + other.coefficients.len()).saturating_sub(1).min(order);
        let mut coefficients = vec![P::ratio(0, 1); length];
        for (i, a) in self.coefficients.iter().enumerate().filter(|(_, a)| !a.is_zero()) {
            for (j, b) in other.coefficients.iter().enumerate().take(length.saturating_sub(i)) {
                if !b.is_zero() {
                    coefficients[i + j] = coefficients[i + j].clone() + a.clone() * b.clone();
                }
            }
        }
        Self { coefficients, order }.trimmed()
    }
}

impl<P: Ring> AddAssign for Series<P> {
    fn add_assign(&mut self, other: Self) {
        let sum = std::mem::replace(self, Self { coefficients: Vec::new(), order: usize::MAX }) + other;
        *self = sum;
    }
}

impl<P: Ring> Scalar for Series<P> {
    fn ratio(numerator: i64, denominator: i64) -> Self {
        Self::constant(P::ratio(numerator, denominator))
    }
}
