//! Functions on a half-line [R, ∞), enclosed by sums of powers of x: what tails are bounded with.

use crate::{Elementary, Interval, Taylor};
use std::collections::BTreeMap;
use std::ops::{Add, Div, Mul, Neg, Sub};

/// Powers below are folded into it: (x/R)^n ≤ 1 for n < 0.
const LEAST_POWER: i32 = -6;
/// Powers above are refused.
const LARGEST_POWER: i32 = 200;

/// A function f on [R, ∞): for every x ≥ R there are numbers cₙ in the intervals Cₙ with f(x) = Σ cₙ xⁿ.
///
/// Powers of x are kept apart because interval arithmetic on [R, ∞] alone would lose 4x³ − 4x = [−∞, ∞]. Bounds on ranges take
/// the leading power out first: x³ (4 − 4/x²).
#[derive(Clone, Debug)]
pub struct Tail {
    /// Cₙ by n; those that are missing are 0.
    powers: BTreeMap<i32, Interval>,
    /// R > 0; 0 for constants, which fit every half-line.
    start: f64,
}

impl Tail {
    /// The function x on [start, ∞).
    pub fn variable(start: f64) -> Self {
        if start > 0.0 && start.is_finite() {
            Self { powers: BTreeMap::from([(1, Interval::ONE)]), start }
        } else {
            Self::undefined()
        }
    }

    /// The bounded function with values in `range`.
    fn within(range: Interval, start: f64) -> Self {
        Self { powers: BTreeMap::from([(0, range)]), start }
    }

    fn half_line(&self) -> Interval {
        Interval::new(if self.start > 0.0 { self.start } else { f64::MIN_POSITIVE }, f64::INFINITY)
    }

    /// f = xⁿ h: the largest power n, and the range of h.
    pub fn leading(&self) -> (i32, Interval) {
        let Some(power) = self.powers.keys().next_back().copied() else {
            return (0, Interval::ZERO);
        };
        // Horner's rule in 1/x, from the lowest power up: opposite signs of neighbours then cancel.
        let inverse = Interval::ONE / self.half_line();
        let (mut sum, mut at) = (Interval::ZERO, None);
        for (n, c) in &self.powers {
            if let Some(before) = at {
                sum = sum * inverse.powi(n - before);
            }
            (sum, at) = (sum + *c, Some(*n));
        }
        (power, sum)
    }

    /// The values of f: those of xⁿ h, and those of the sum of all terms.
    pub fn range(&self) -> Interval {
        let (power, factor) = self.leading();
        let x = self.half_line();
        let term = |n: i32, c: Interval| if n == 0 { c } else { x.powi(n) * c };
        let of_terms = self.powers.iter().fold(Interval::ZERO, |sum, (n, c)| sum + term(*n, *c));
        let of_product = term(power, factor);
        of_product.intersection(of_terms).unwrap_or(of_product)
    }

    fn collected(terms: impl Iterator<Item = (i32, Interval)>, start: f64) -> Self {
        let mut powers = BTreeMap::new();
        for (n, c) in terms {
            if n > LARGEST_POWER || !c.is_defined() {
                return Self::undefined();
            }
            let (n, c) = if n < LEAST_POWER && start > 0.0 {
                let share = Interval::ONE / Interval::new(start, f64::INFINITY);
                (LEAST_POWER, c * share.powi(LEAST_POWER - n))
            } else {
                (n, c)
            };
            let sum = powers.entry(n).or_insert(Interval::ZERO);
            *sum = *sum + c;
        }
        powers.retain(|_, c| *c != Interval::ZERO);
        Self { powers, start }
    }

    fn is_undefined(&self) -> bool {
        self.powers.values().any(|c| !c.is_defined())
    }

    fn of_range(&self, f: impl Fn(Interval) -> Interval) -> Self {
        Self::within(f(self.range()), self.start)
    }

    /// xⁿ f.
    fn shifted(&self, by: i32) -> Self {
        Self::collected(self.powers.iter().map(|(n, c)| (n + by, *c)), self.start)
    }
}

/// The derivative of y ↦ V(y) on [start, ∞), or of y ↦ V(−y) if `mirrored`.
pub fn slope_of_tail(v: impl Fn(Taylor<Tail>) -> Taylor<Tail>, mirrored: bool, start: f64) -> Tail {
    let x = Tail::variable(start);
    let x = if mirrored { Taylor::reversed(-x, 2) } else { Taylor::variable(x, 2) };
    let value = v(x);
    if value.length() == usize::MAX { Tail::constant(0.0) } else { value.coefficient(1) }
}

impl Neg for Tail {
    type Output = Self;
    fn neg(self) -> Self {
        Self { powers: self.powers.into_iter().map(|(n, c)| (n, -c)).collect(), start: self.start }
    }
}

impl Add for Tail {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        let start = self.start.max(other.start);
        Self::collected(self.powers.into_iter().chain(other.powers), start)
    }
}

impl Sub for Tail {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        self + -other
    }
}

impl Mul for Tail {
    type Output = Self;
    fn mul(self, other: Self) -> Self {
        // Not even 0 times it is known.
        if self.is_undefined() || other.is_undefined() {
            return Self::undefined();
        }
        let start = self.start.max(other.start);
        let products = self
            .powers
            .iter()
            .flat_map(|(n, a)| other.powers.iter().map(move |(m, b)| (n.saturating_add(*m), *a * *b)));
        Self::collected(products, start)
    }
}

impl Div for Tail {
    type Output = Self;
    fn div(self, other: Self) -> Self {
        let (power, factor) = other.leading();
        if self.is_undefined() {
            return Self::undefined();
        }
        let start = self.start.max(other.start);
        self.shifted(-power) * Self::within(Interval::ONE / factor, start)
    }
}

impl Elementary for Tail {
    fn constant(value: f64) -> Self {
        Self::collected(std::iter::once((0, Interval::point(value))), 0.0)
    }
    fn undefined() -> Self {
        Self { powers: BTreeMap::from([(0, Interval::UNDEFINED)]), start: 0.0 }
    }
    fn sign(&self) -> Option<bool> {
        self.leading().1.sign()
    }
    fn exp(&self) -> Self {
        self.of_range(Interval::exp)
    }
    fn log(&self) -> Self {
        self.of_range(Interval::log)
    }
    /// An even leading power leaves the root as half of it.
    fn sqrt(&self) -> Self {
        let (power, factor) = self.leading();
        if power % 2 == 0 {
            Self::within(factor.sqrt(), self.start).shifted(power / 2)
        } else {
            self.of_range(Interval::sqrt)
        }
    }
    fn sin_cos(&self) -> (Self, Self) {
        (self.of_range(Interval::sin), self.of_range(Interval::cos))
    }
    fn tanh(&self) -> Self {
        self.of_range(Interval::tanh)
    }
    fn powi(&self, n: i32) -> Self {
        if n < 0 {
            return Self::constant(1.0) / self.powi(n.saturating_neg());
        }
        if n > LARGEST_POWER || self.is_undefined() {
            return Self::undefined();
        }
        (0..n).fold(Self::constant(1.0), |power, _| power * self.clone())
    }
    fn abs(&self) -> Self {
        match self.sign() {
            Some(true) => self.clone(),
            Some(false) => -self.clone(),
            None => {
                let (power, factor) = self.leading();
                Self::within(factor.abs(), self.start).shifted(power)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn slope(v: impl Fn(Taylor<Tail>) -> Taylor<Tail>, mirrored: bool, start: f64) -> Interval {
        slope_of_tail(v, mirrored, start).range()
    }

    #[test]
    fn expanded_polynomials_keep_their_leading_term() {
        let quartic = |x: Taylor<Tail>| x.powi(4) - Taylor::constant(2.0) * x.powi(2) + x;
        let right = slope(quartic, false, 2.0);
        assert!(right.lower() <= 25.0 && right.lower() > 15.0, "{right}");
        let left = slope(quartic, true, 2.0);
        assert!(left.lower() <= 23.0 && left.lower() > 15.0, "{left}");
    }

    #[test]
    fn bounded_parts_stay_bounded() {
        let half = || Taylor::<Tail>::constant(0.5);
        let well = |x: Taylor<Tail>| half() * x.powi(2) + half() * (x.clone() + x).sin_cos().1;
        assert!(slope(well, false, 5.0).lower() >= 3.99);
        let hat = |x: Taylor<Tail>| (-x.powi(2)).exp();
        assert!(slope(hat, false, 3.0).upper() <= 0.0);
    }

    #[test]
    fn what_is_not_defined_stays_so() {
        let bad = Tail::variable(2.0) - Tail::constant(5.0);
        let bad = bad.log();
        let zero = Tail::constant(0.0);
        for tail in
            [bad.clone() * zero.clone(), zero.clone() * bad.clone(), zero / bad.clone(), bad.powi(0), -bad]
        {
            assert!(!tail.range().is_defined(), "{tail:?}");
        }
    }

    #[test]
    fn slow_growth_is_seen_with_its_power() {
        let cauchy = |x: Taylor<Tail>| (Taylor::constant(1.0) + x.powi(2)).log();
        let (power, factor) = slope_of_tail(cauchy, false, 100.0).leading();
        assert_eq!(power, -1);
        assert!(factor.lower() > 1.999 && factor.upper() < 2.001 && factor.contains(1.9999));
        let smooth = |x: Taylor<Tail>| (Taylor::constant(1.0) + x.powi(2)).sqrt();
        let slope = slope(smooth, true, 1000.0);
        assert!(slope.lower() > 0.999_999 && slope.upper() < 1.000_001);
        assert_eq!(slope_of_tail(|x| x.abs(), true, 1.0).range(), Interval::ONE);
    }
}
