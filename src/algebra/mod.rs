//! The algebra that schemes are written over.
//!
//! A scheme, a weight rule or a flux is one generic function over [`Scalar`]. Instantiated on
//! [`f64`] or [`Lanes`] it samples; on [`Series`] of differential polynomials it is proved, and on
//! [`Truncated`] polynomials its moments are exact.
//! Read [`Scalar`] first, then [`Real`] (what model functions need beyond it), [`Lanes`] (a
//! batch of particles) and [`Series`] (power series in √h).
//!
//! Belongs here: scalars, and loops over them. Does not: what is evaluated on them, and the ring of differential polynomials
//! ([`crate::symbolic`]).

pub mod elementary;
mod lanes;
mod series;
pub mod simd;
mod truncated;

pub use lanes::{LANES, Lanes};
pub use series::{Ring, Series};
pub use truncated::Truncated;

use std::fmt::Debug;
use std::ops::{Add, AddAssign, Mul, Neg, Sub};

/// The operations that a one-step scheme may use: a commutative ring over the rationals.
pub trait Scalar:
    Clone + Debug + Add<Output = Self> + Sub<Output = Self> + Mul<Output = Self> + Neg<Output = Self> + AddAssign
{
    /// The constant `numerator / denominator`.
    ///
    /// Schemes state their coefficients this way so that the proof reading stays exact.
    fn ratio(numerator: i64, denominator: i64) -> Self;

    /// The constant 0.
    #[inline]
    fn zero() -> Self {
        Self::ratio(0, 1)
    }

    /// The constant 1.
    #[inline]
    fn one() -> Self {
        Self::ratio(1, 1)
    }

    /// Runs a formula on these scalars: as it is, or compiled for wide vectors where there are such.
    #[inline(always)]
    fn evaluate<R>(formula: impl FnOnce() -> R) -> R {
        formula()
    }

    /// self += factor · direction.
    fn add_product(&mut self, factor: &Self, direction: &Self) {
        *self += factor.clone() * direction.clone();
    }

    /// self += Σ factor · direction, one after the other.
    #[inline(always)]
    fn add_products<const K: usize>(&mut self, terms: [(&Self, &Self); K]) {
        for (factor, direction) in terms {
            self.add_product(factor, direction);
        }
    }

    /// 1/self. A series needs a constant term of 1.
    fn inverse(&self) -> Self;

    /// √self. A series needs a constant term of 1.
    fn sqrt(&self) -> Self;

    /// φ_k(z) = Σ zⁿ/(n + k)! at z = self, so that φ₀ = exp and φ₁(z) = (eᶻ − 1)/z (Hochbruck and Ostermann
    /// 2010, equation (2.10)). A series needs a constant term of 0.
    fn phi(&self, k: u32) -> Self;
}

/// A [`Scalar`] with values: what model functions (potentials, drifts, rates) are evaluated on.
pub trait Real: Scalar + Copy {
    /// Number of lanes.
    const COUNT: usize;
    /// The values of all lanes.
    fn lanes(&self) -> &[f64];
    /// The values of all lanes, to be set.
    fn lanes_mut(&mut self) -> &mut [f64];
    /// The value of lane `k`.
    #[inline(always)]
    fn lane(&self, k: usize) -> f64 {
        self.lanes()[k]
    }
    /// Sets the value of lane `k`.
    #[inline(always)]
    fn set_lane(&mut self, k: usize, value: f64) {
        self.lanes_mut()[k] = value;
    }
    /// The constant `value` in every lane.
    fn constant(value: f64) -> Self;
    /// Applies `f` in every lane.
    fn map(self, f: impl Fn(f64) -> f64) -> Self;
    /// Applies `f` to every lane of the pair.
    fn zip(self, other: Self, f: impl Fn(f64, f64) -> f64) -> Self;
    /// self = f(a), lane by lane.
    fn assign(&mut self, a: &Self, f: impl Fn(f64) -> f64);
    /// self = f(a, b), lane by lane.
    fn assign_zip(&mut self, a: &Self, b: &Self, f: impl Fn(f64, f64) -> f64);
    /// self = f(a, b, c), lane by lane.
    fn assign_zip_three(&mut self, a: &Self, b: &Self, c: &Self, f: impl Fn(f64, f64, f64) -> f64);
    /// outputs = f(inputs, outputs), lane by lane, in one pass. It is a vector loop where the compiler sees that no output is
    /// another operand, as it does for local variables.
    fn update<const I: usize, const O: usize>(
        inputs: [&Self; I],
        outputs: [&mut Self; O],
        f: impl Fn([f64; I], [f64; O]) -> [f64; O],
    );
    /// The value of lane 0; for quantities such as the time, which all lanes share.
    fn first(self) -> f64;
    /// Whether `f` holds in every lane.
    fn every(self, f: impl Fn(f64) -> bool) -> bool;

    /// Division, lane by lane.
    #[inline(always)]
    fn over(self, other: Self) -> Self {
        self.zip(other, |a, b| a / b)
    }
    /// The larger of the two, lane by lane; NaN if either is NaN.
    #[inline(always)]
    fn larger(self, other: Self) -> Self {
        self.zip(other, |a, b| if a > b || a.is_nan() { a } else { b })
    }
}

impl Scalar for f64 {
    #[inline(always)]
    fn ratio(numerator: i64, denominator: i64) -> Self {
        numerator as f64 / denominator as f64
    }
    #[inline(always)]
    fn inverse(&self) -> Self {
        1.0 / self
    }
    #[inline(always)]
    fn sqrt(&self) -> Self {
        f64::sqrt(*self)
    }
    fn phi(&self, k: u32) -> Self {
        match k {
            0 => elementary::exp(*self),
            1 => elementary::phi_1(*self),
            // The recurrence φ_k = (φ_{k−1} − 1/(k−1)!)/z cancels near 0, the series away from it.
            _ if self.abs() < 1.0 => {
                let first = (1..=k).fold(1.0, |product, n| product / f64::from(n));
                let terms = (1..20).scan(first, |term, n| {
                    *term *= self / f64::from(n + k);
                    Some(*term)
                });
                first + terms.sum::<f64>()
            }
            _ => {
                let factorial = (1..k).fold(1.0, |product, n| product * f64::from(n));
                (Scalar::phi(self, k - 1) - 1.0 / factorial) / self
            }
        }
    }
}

impl Real for f64 {
    const COUNT: usize = 1;
    #[inline(always)]
    fn lanes(&self) -> &[f64] {
        std::slice::from_ref(self)
    }
    #[inline(always)]
    fn lanes_mut(&mut self) -> &mut [f64] {
        std::slice::from_mut(self)
    }
    #[inline(always)]
    fn constant(value: f64) -> Self {
        value
    }
    #[inline(always)]
    fn map(self, f: impl Fn(f64) -> f64) -> Self {
        f(self)
    }
    #[inline(always)]
    fn zip(self, other: Self, f: impl Fn(f64, f64) -> f64) -> Self {
        f(self, other)
    }
    #[inline(always)]
    fn assign(&mut self, a: &Self, f: impl Fn(f64) -> f64) {
        *self = f(*a);
    }
    #[inline(always)]
    fn assign_zip(&mut self, a: &Self, b: &Self, f: impl Fn(f64, f64) -> f64) {
        *self = f(*a, *b);
    }
    #[inline(always)]
    fn assign_zip_three(&mut self, a: &Self, b: &Self, c: &Self, f: impl Fn(f64, f64, f64) -> f64) {
        *self = f(*a, *b, *c);
    }
    #[inline(always)]
    fn update<const I: usize, const O: usize>(
        inputs: [&Self; I],
        outputs: [&mut Self; O],
        f: impl Fn([f64; I], [f64; O]) -> [f64; O],
    ) {
        let before = std::array::from_fn(|i| *outputs[i]);
        for (output, value) in outputs.into_iter().zip(f(inputs.map(|input| *input), before)) {
            *output = value;
        }
    }
    #[inline(always)]
    fn first(self) -> f64 {
        self
    }
    #[inline(always)]
    fn every(self, f: impl Fn(f64) -> bool) -> bool {
        f(self)
    }
}

/// `target += Σ factor · direction`, component by component and one term after the other; in one pass over [`Lanes`].
#[inline(always)]
pub fn add_combination<S: Scalar, const K: usize>(target: &mut [S], terms: [(&S, &[S]); K]) {
    for (i, value) in target.iter_mut().enumerate() {
        value.add_products(terms.map(|(factor, direction)| (factor, &direction[i])));
    }
}

/// `target += factor · direction`, component by component.
#[inline(always)]
pub fn add_scaled<S: Scalar>(target: &mut [S], factor: &S, direction: &[S]) {
    for (value, step) in target.iter_mut().zip(direction) {
        value.add_product(factor, step);
    }
}
