//! Intervals of real numbers with outward rounding.

use crate::rounding::{product, quotient, root, sum};
use std::fmt;
use std::ops::{Add, Div, Mul, Neg, Sub};

/// A closed interval of real numbers: every operation returns an interval that holds all values of the operation on members
/// of its operands, rounding included.
///
/// An end may be infinite: [R, ∞] holds the numbers from R on. What is not defined for some member (a quotient by 0, the root
/// of a negative number) is [`UNDEFINED`](Self::UNDEFINED), about which nothing is claimed, and so is everything computed from it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Interval {
    lower: f64,
    upper: f64,
}

impl Interval {
    /// The result where there is none. No comparison holds for it.
    pub const UNDEFINED: Self = Self { lower: f64::NAN, upper: f64::NAN };
    /// All real numbers.
    pub const ENTIRE: Self = Self { lower: f64::NEG_INFINITY, upper: f64::INFINITY };
    /// 0.
    pub const ZERO: Self = Self::point(0.0);
    /// 1.
    pub const ONE: Self = Self::point(1.0);

    /// The number `value`; undefined if it is not finite.
    pub const fn point(value: f64) -> Self {
        if value.is_finite() { Self { lower: value, upper: value } } else { Self::UNDEFINED }
    }

    /// The numbers from `lower` to `upper`; undefined unless lower ≤ upper and there is a number between them.
    pub const fn new(lower: f64, upper: f64) -> Self {
        if lower <= upper && lower < f64::INFINITY && upper > f64::NEG_INFINITY {
            Self { lower, upper }
        } else {
            Self::UNDEFINED
        }
    }

    /// The two neighbours of `value` and what is between them: where a constant is known to half a unit in the last place.
    pub const fn around(value: f64) -> Self {
        Self::new(value.next_down(), value.next_up())
    }

    /// The lower end.
    pub const fn lower(self) -> f64 {
        self.lower
    }

    /// The upper end.
    pub const fn upper(self) -> f64 {
        self.upper
    }

    /// Whether a claim is made at all.
    pub const fn is_defined(self) -> bool {
        self.lower <= self.upper
    }

    /// Whether both ends are finite.
    pub const fn is_bounded(self) -> bool {
        self.lower.is_finite() && self.upper.is_finite()
    }

    /// Whether the interval is a single number.
    pub const fn is_point(self) -> bool {
        self.lower == self.upper
    }

    /// A number near the middle, to be used where nothing has to be proved; finite unless undefined.
    pub fn middle(self) -> f64 {
        let middle = 0.5 * self.lower + 0.5 * self.upper;
        if middle.is_finite() || !self.is_defined() { middle } else { self.lower.clamp(f64::MIN, f64::MAX) }
    }

    /// An upper bound on upper − lower.
    pub fn width(self) -> f64 {
        sum(self.upper, -self.lower).1
    }

    /// The width as a share of the smallest absolute value; infinite where the interval holds 0.
    pub fn relative_width(self) -> f64 {
        let least = self.abs().lower;
        if least > 0.0 { quotient(self.width(), least).1 } else { f64::INFINITY }
    }

    /// The largest absolute value.
    pub fn magnitude(self) -> f64 {
        self.abs().upper
    }

    /// Whether `value` is a member.
    pub fn contains(self, value: f64) -> bool {
        self.lower <= value && value <= self.upper
    }

    /// Whether every member of `other` is a member.
    pub fn encloses(self, other: Self) -> bool {
        self.lower <= other.lower && other.upper <= self.upper
    }

    /// The smallest interval that holds both.
    pub fn hull(self, other: Self) -> Self {
        if !self.is_defined() || !other.is_defined() {
            return Self::UNDEFINED;
        }
        Self { lower: self.lower.min(other.lower), upper: self.upper.max(other.upper) }
    }

    /// The numbers in both; `None` if there are none, which proves a contradiction.
    pub fn intersection(self, other: Self) -> Option<Self> {
        let both = Self::new(self.lower.max(other.lower), self.upper.min(other.upper));
        (self.is_defined() && other.is_defined() && both.is_defined()).then_some(both)
    }

    /// Whether a < b for all members a of this and b of `other` (`Some(true)`), for none (`Some(false)`); `None` if that
    /// cannot be told.
    pub fn is_less(self, other: Self) -> Option<bool> {
        if self.upper < other.lower {
            Some(true)
        } else if self.lower >= other.upper {
            Some(false)
        } else {
            None
        }
    }

    /// Whether every member is ≥ 0; false if that cannot be told.
    pub fn is_non_negative(self) -> bool {
        self.lower >= 0.0
    }

    /// Whether every member is ≤ 0; false if that cannot be told.
    pub fn is_non_positive(self) -> bool {
        self.upper <= 0.0
    }

    /// |x|.
    pub fn abs(self) -> Self {
        if self.lower >= 0.0 {
            self
        } else if self.upper <= 0.0 {
            -self
        } else if self.is_defined() {
            Self { lower: 0.0, upper: self.upper.max(-self.lower) }
        } else {
            Self::UNDEFINED
        }
    }

    /// √x; undefined if a member is negative.
    pub fn sqrt(self) -> Self {
        if self.lower >= 0.0 { Self::new(root(self.lower).0, root(self.upper).1) } else { Self::UNDEFINED }
    }

    /// xⁿ: an even power of an interval around 0 is not negative.
    pub fn powi(self, n: i32) -> Self {
        if n < 0 {
            return match n.checked_neg() {
                Some(positive) => Self::ONE / self.powi(positive),
                None => Self::UNDEFINED,
            };
        }
        if !self.is_defined() {
            return self;
        }
        let power = |end: f64| {
            let (mut result, mut square, mut rest) = (Self::ONE, Self { lower: end, upper: end }, n);
            while rest > 0 {
                if rest & 1 == 1 {
                    result = result * square;
                }
                rest >>= 1;
                if rest > 0 {
                    square = square * square;
                }
            }
            result
        };
        let (from, to) = (power(self.lower), power(self.upper));
        if n % 2 == 1 || self.lower >= 0.0 {
            Self::new(from.lower, to.upper)
        } else if self.upper <= 0.0 {
            Self::new(to.lower, from.upper)
        } else if n == 0 {
            Self::ONE
        } else {
            Self::new(0.0, from.upper.max(to.upper))
        }
    }

    /// Σ `coefficients`ₖ selfᵏ by Horner's rule.
    pub fn polynomial(self, coefficients: &[Self]) -> Self {
        coefficients.iter().rev().fold(Self::ZERO, |sum, coefficient| sum * self + *coefficient)
    }
}

impl From<f64> for Interval {
    fn from(value: f64) -> Self {
        Self::point(value)
    }
}

impl Neg for Interval {
    type Output = Self;
    fn neg(self) -> Self {
        Self { lower: -self.upper, upper: -self.lower }
    }
}

impl Add for Interval {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        if !self.is_defined() || !other.is_defined() {
            return Self::UNDEFINED;
        }
        Self { lower: sum(self.lower, other.lower).0, upper: sum(self.upper, other.upper).1 }
    }
}

impl Sub for Interval {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        self + -other
    }
}

impl Mul for Interval {
    type Output = Self;
    fn mul(self, other: Self) -> Self {
        if !self.is_defined() || !other.is_defined() {
            return Self::UNDEFINED;
        }
        let (a, b, c, d) = (self.lower, self.upper, other.lower, other.upper);
        let ((w, x), (y, z)) = if a >= 0.0 {
            if c >= 0.0 {
                ((a, c), (b, d))
            } else if d <= 0.0 {
                ((b, c), (a, d))
            } else {
                ((b, c), (b, d))
            }
        } else if b <= 0.0 {
            if c >= 0.0 {
                ((a, d), (b, c))
            } else if d <= 0.0 {
                ((b, d), (a, c))
            } else {
                ((a, d), (a, c))
            }
        } else if c >= 0.0 {
            ((a, d), (b, d))
        } else if d <= 0.0 {
            ((b, c), (a, c))
        } else {
            return Self {
                lower: product(a, d).0.min(product(b, c).0),
                upper: product(a, c).1.max(product(b, d).1),
            };
        };
        let lower = product(w, x);
        // The product of two numbers needs to be formed once.
        let upper = if (w, x) == (y, z) { lower } else { product(y, z) };
        Self { lower: lower.0, upper: upper.1 }
    }
}

impl Div for Interval {
    type Output = Self;
    fn div(self, other: Self) -> Self {
        if !self.is_defined() || !other.is_defined() || other.contains(0.0) {
            return Self::UNDEFINED;
        }
        if other.upper < 0.0 {
            return -self / -other;
        }
        let (a, b, c, d) = (self.lower, self.upper, other.lower, other.upper);
        let lower = if a >= 0.0 { quotient(a, d) } else { quotient(a, c) };
        let upper = if b >= 0.0 { quotient(b, c) } else { quotient(b, d) };
        Self { lower: lower.0, upper: upper.1 }
    }
}

impl fmt::Display for Interval {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "[{:?}, {:?}]", self.lower, self.upper)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn products_of_every_sign_hold_all_products() {
        let ends = [-3.0, -1.5, 0.0, 0.1, 2.0];
        for (i, a) in ends.iter().enumerate() {
            for b in &ends[i..] {
                for (j, c) in ends.iter().enumerate() {
                    for d in &ends[j..] {
                        let (x, y) = (Interval::new(*a, *b), Interval::new(*c, *d));
                        for s in [0.0, 0.3, 1.0] {
                            for t in [0.0, 0.7, 1.0] {
                                let (p, q) = ((a + s * (b - a)).min(*b), (c + t * (d - c)).min(*d));
                                assert!((x * y).contains(p * q), "{x} · {y}");
                                if !y.contains(0.0) {
                                    let value = p / q;
                                    let quotient = x / y;
                                    assert!(quotient.lower() <= value.next_up());
                                    assert!(quotient.upper() >= value.next_down());
                                }
                            }
                        }
                    }
                }
            }
        }
    }

    #[test]
    fn what_is_not_defined_stays_so() {
        let bad = Interval::ONE / Interval::new(-1.0, 1.0);
        assert!(!bad.is_defined() && !(bad * Interval::ZERO).is_defined() && !bad.powi(2).is_defined());
        assert!(!(bad + bad).is_defined() && !bad.sqrt().is_defined() && !bad.abs().is_defined());
        assert_eq!(bad.is_less(Interval::ONE), None);
        assert!(!bad.is_non_negative() && !bad.is_non_positive() && !bad.contains(0.0));
    }

    #[test]
    fn comparisons_know_what_they_cannot_tell() {
        let x = Interval::new(1.0, 2.0);
        assert_eq!(x.is_less(Interval::new(3.0, 4.0)), Some(true));
        assert_eq!(x.is_less(Interval::new(0.0, 1.0)), Some(false));
        assert_eq!(x.is_less(Interval::new(1.5, 4.0)), None);
    }

    #[test]
    fn even_powers_are_not_negative_and_half_lines_stay() {
        assert_eq!(Interval::new(-2.0, 1.0).powi(2), Interval::new(0.0, 4.0));
        assert_eq!(Interval::new(-2.0, 1.0).powi(3), Interval::new(-8.0, 1.0));
        assert_eq!(Interval::new(-2.0, -1.0).powi(4), Interval::new(1.0, 16.0));
        assert_eq!(Interval::new(2.0, 4.0).powi(-2), Interval::new(0.0625, 0.25));
        let far = Interval::new(2.0, f64::INFINITY);
        assert_eq!(far.powi(3) * Interval::new(0.0, 1.0), Interval::new(0.0, f64::INFINITY));
        assert_eq!(Interval::ONE / far, Interval::new(0.0, 0.5));
    }
}
