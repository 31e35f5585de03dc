use super::Scalar;
use std::fmt::Debug;
use std::ops::{Add, AddAssign, Mul, Neg, Sub};

/// A commutative coefficient ring for [`Series`] that contains the rationals.
pub trait Ring:
    Clone
    + Debug
    + PartialEq
    + Add<Output = Self>
    + Sub<Output = Self>
    + Mul<Output = Self>
    + Neg<Output = Self>
    + AddAssign
{
    /// The constant `numerator / denominator`.
    fn ratio(numerator: i64, denominator: i64) -> Self;
    /// Whether this is exactly 0.
    fn is_zero(&self) -> bool;
}

/// A power series in s = √h of which finitely many coefficients are known.
///
/// A constant is exact. Everything else is known modulo s^[`order`](Self::order), and a result is
/// known as far as the least known of its operands, so no coefficient is ever wrong: it is right
/// or it is absent.
#[derive(Clone, Debug, PartialEq)]
pub struct Series<P> {
    /// Ends with a non-zero coefficient; an exact series has at most one.
    coefficients: Vec<P>,
    order: usize,
}

/// The order of a constant.
const EXACT: usize = usize::MAX;

impl<P: Ring> Series<P> {
    fn trimmed(mut coefficients: Vec<P>, order: usize) -> Self {
        coefficients.truncate(order);
        while coefficients.last().is_some_and(P::is_zero) {
            coefficients.pop();
        }
        Self { coefficients, order }
    }

    /// The constant `value`, exactly.
    pub fn constant(value: P) -> Self {
        Self::trimmed(vec![value], EXACT)
    }

    /// `coefficient · s^power + O(s^order)`.
    pub fn monomial(coefficient: P, power: usize, order: usize) -> Self {
        let mut coefficients = vec![P::ratio(0, 1); power];
        coefficients.push(coefficient);
        Self::trimmed(coefficients, order)
    }

    /// `s + O(s^order)`.
    pub fn variable(order: usize) -> Self {
        Self::monomial(P::ratio(1, 1), 1, order)
    }

    /// The number of known coefficients, those of s⁰ to s^(order − 1); `None` if all are known.
    pub fn order(&self) -> Option<usize> {
        (self.order != EXACT).then_some(self.order)
    }

    /// The coefficient of s^power; `None` if it is not known.
    pub fn coefficient(&self, power: usize) -> Option<P> {
        (power < self.order).then(|| self.known(power))
    }

    /// The coefficient of s^power, for a power below the order.
    fn known(&self, power: usize) -> P {
        self.coefficients.get(power).cloned().unwrap_or_else(|| P::ratio(0, 1))
    }

    /// s^power, known as far as this series is.
    pub fn power_of_root(&self, power: usize) -> Self {
        Self::monomial(P::ratio(1, 1), power, self.order)
    }

    /// 0, known as far as this series is.
    pub fn vanishing(&self) -> Self {
        Self { coefficients: Vec::new(), order: self.order }
    }

    /// The lowest power with a non-zero coefficient; `None` if every known coefficient is 0.
    pub fn valuation(&self) -> Option<usize> {
        self.coefficients.iter().position(|coefficient| !coefficient.is_zero())
    }

    /// The series with its last `powers` known coefficients forgotten; an exact one stays exact.
    pub fn forgetting(&self, powers: usize) -> Self {
        match self.order {
            EXACT => self.clone(),
            order => Self::trimmed(self.coefficients.clone(), order.saturating_sub(powers)),
        }
    }

    /// The series with `f` applied to every coefficient; `f` must take 0 to 0.
    pub fn map(&self, f: impl Fn(&P) -> P) -> Self {
        Self::trimmed(self.coefficients.iter().map(f).collect(), self.order)
    }

    /// The exponential, from e' = a' e.
    ///
    /// # Panics
    /// If the constant term is not 0: its exponential need not lie in the ring.
    pub fn exp(&self) -> Self {
        assert!(self.known(0).is_zero(), "the exponential of a series needs a constant term of 0");
        if self.order == EXACT {
            return Self::constant(P::ratio(1, 1));
        }
        let mut exponential = vec![P::ratio(1, 1)];
        for n in 1..self.order {
            let mut sum = P::ratio(0, 1);
            for (k, a) in self.coefficients.iter().enumerate().take(n + 1).skip(1) {
                sum += P::ratio(k as i64, n as i64) * a.clone() * exponential[n - k].clone();
            }
            exponential.push(sum);
        }
        Self::trimmed(exponential, self.order)
    }

    /// Σ cₙ selfⁿ for coefficients c.
    ///
    /// # Panics
    /// If the constant term is not 0: the sum need not lie in the ring.
    fn compose(&self, mut coefficient: impl FnMut(i64) -> P) -> Self {
        assert!(
            self.known(0).is_zero(),
            "an exponential of what does not vanish with h has no power series in √h here"
        );
        let mut sum = Self::constant(coefficient(0));
        let mut power = Self::one();
        for n in 1.. {
            power = power * self.clone();
            if power.valuation().is_none() {
                break;
            }
            sum += Self::constant(coefficient(n)) * power.clone();
        }
        // What is not known of self is not known of the sum.
        Self { order: sum.order.min(self.order), ..sum }
    }

    /// Σ cₙ (self − 1)ⁿ with cₙ = cₙ₋₁·(a − n + 1)/n: the power self^a, a = `exponent`/2.
    ///
    /// # Panics
    /// If the constant term is not 1: its roots need not lie in the ring.
    fn half_power(&self, exponent: i64) -> Self {
        let start = self.known(0) - P::ratio(1, 1);
        assert!(
            start.is_zero(),
            "a root or a denominator that is not 1 for h = 0 has no power series in √h here"
        );
        let mut coefficient = P::ratio(1, 1);
        (self.clone() - Self::one()).compose(|n| {
            if n > 0 {
                coefficient = coefficient.clone() * P::ratio(exponent - 2 * (n - 1), 2 * n);
            }
            coefficient.clone()
        })
    }
}

impl<P: Ring> AddAssign for Series<P> {
    fn add_assign(&mut self, other: Self) {
        let order = self.order.min(other.order);
        let mut coefficients = std::mem::take(&mut self.coefficients);
        for (n, coefficient) in other.coefficients.into_iter().enumerate() {
            match coefficients.get_mut(n) {
                Some(sum) => *sum += coefficient,
                None => coefficients.push(coefficient),
            }
        }
        *self = Self::trimmed(coefficients, order);
    }
}

impl<P: Ring> Add for Series<P> {
    type Output = Self;
    fn add(mut self, other: Self) -> Self {
        self += other;
        self
    }
}

impl<P: Ring> Neg for Series<P> {
    type Output = Self;
    fn neg(self) -> Self {
        Self { coefficients: self.coefficients.into_iter().map(P::neg).collect(), order: self.order }
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
        // A factor that starts at sⁿ moves what is not known of the other by n powers. Beyond the better known factor
        // nothing is of use.
        let moved = |order: usize, by: &Self| order.saturating_add(by.valuation().unwrap_or(0));
        let order = moved(self.order, &other).min(moved(other.order, &self)).min(self.order.max(other.order));
        let length = (self.coefficients.len() + other.coefficients.len()).saturating_sub(1).min(order);
        let mut coefficients = vec![P::ratio(0, 1); length];
        for (i, a) in self.coefficients.iter().enumerate().filter(|(_, a)| !a.is_zero()) {
            for (j, b) in other.coefficients.iter().enumerate().take(length.saturating_sub(i)) {
                coefficients[i + j] += a.clone() * b.clone();
            }
        }
        Self::trimmed(coefficients, order)
    }
}

impl<P: Ring> Scalar for Series<P> {
    fn ratio(numerator: i64, denominator: i64) -> Self {
        Self::constant(P::ratio(numerator, denominator))
    }
    fn inverse(&self) -> Self {
        self.half_power(-2)
    }
    fn sqrt(&self) -> Self {
        self.half_power(1)
    }
    fn phi(&self, k: u32) -> Self {
        let mut coefficient = (1..=i64::from(k)).fold(P::ratio(1, 1), |c, n| c * P::ratio(1, n));
        self.compose(|n| {
            if n > 0 {
                coefficient = coefficient.clone() * P::ratio(1, n + i64::from(k));
            }
            coefficient.clone()
        })
    }
}
