//! What formulas are evaluated on.

use crate::Interval;
use std::fmt::Debug;
use std::ops::{Add, Div, Mul, Neg, Sub};

/// A scalar that a formula can be evaluated on: numbers, intervals, Taylor series over either, functions on a half-line.
pub trait Elementary:
    Clone
    + Debug
    + Add<Output = Self>
    + Sub<Output = Self>
    + Mul<Output = Self>
    + Div<Output = Self>
    + Neg<Output = Self>
{
    /// The constant `value`, exactly.
    fn constant(value: f64) -> Self;
    /// The result where there is none.
    fn undefined() -> Self;
    /// Whether it is ≥ 0 (`Some(true)`) or ≤ 0 (`Some(false)`); `None` if that cannot be told, or if it is the number 0, on
    /// whose sides a function may have either sign.
    fn sign(&self) -> Option<bool>;
    /// The exponential.
    fn exp(&self) -> Self;
    /// The natural logarithm.
    fn log(&self) -> Self;
    /// The square root.
    fn sqrt(&self) -> Self;
    /// Sine and cosine.
    fn sin_cos(&self) -> (Self, Self);
    /// The hyperbolic tangent.
    fn tanh(&self) -> Self;
    /// The `n`-th power.
    fn powi(&self, n: i32) -> Self;
    /// The absolute value; undefined where its derivatives are needed at a change of sign.
    fn abs(&self) -> Self;
}

impl Elementary for Interval {
    fn constant(value: f64) -> Self {
        Self::point(value)
    }
    fn undefined() -> Self {
        Self::UNDEFINED
    }
    fn sign(&self) -> Option<bool> {
        match (self.is_non_negative(), self.is_non_positive()) {
            (true, false) => Some(true),
            (false, true) => Some(false),
            _ => None,
        }
    }
    fn exp(&self) -> Self {
        Self::exp(*self)
    }
    fn log(&self) -> Self {
        Self::log(*self)
    }
    fn sqrt(&self) -> Self {
        Self::sqrt(*self)
    }
    fn sin_cos(&self) -> (Self, Self) {
        (Self::sin(*self), Self::cos(*self))
    }
    fn tanh(&self) -> Self {
        Self::tanh(*self)
    }
    fn powi(&self, n: i32) -> Self {
        Self::powi(*self, n)
    }
    fn abs(&self) -> Self {
        Self::abs(*self)
    }
}

/// Numbers, for the search of what is proved later. Functions are the middles of their enclosures, so that a search has the
/// same bits on every machine.
impl Elementary for f64 {
    fn constant(value: f64) -> Self {
        value
    }
    fn undefined() -> Self {
        f64::NAN
    }
    /// That of 0 is the side it was approached from.
    fn sign(&self) -> Option<bool> {
        (!self.is_nan()).then(|| self.is_sign_positive())
    }
    fn exp(&self) -> Self {
        Interval::point(*self).exp().middle()
    }
    fn log(&self) -> Self {
        Interval::point(*self).log().middle()
    }
    fn sqrt(&self) -> Self {
        f64::sqrt(*self)
    }
    fn sin_cos(&self) -> (Self, Self) {
        let x = Interval::point(*self);
        (x.sin().middle(), x.cos().middle())
    }
    fn tanh(&self) -> Self {
        Interval::point(*self).tanh().middle()
    }
    fn powi(&self, n: i32) -> Self {
        let power = (0..n.unsigned_abs()).fold(1.0, |power, _| power * self);
        if n < 0 { 1.0 / power } else { power }
    }
    fn abs(&self) -> Self {
        f64::abs(*self)
    }
}
