use super::simd::vectorized;
use super::{Real, Scalar, elementary};
use std::ops::{Add, AddAssign, Mul, Neg, Sub};

/// Particles that travel together through a scheme.
pub const LANES: usize = 128;

/// One real number for each of [`LANES`] particles; every operation acts lane by lane.
///
/// The operations are plain IEEE ones without fused multiply-add, so the bits do not depend on
/// the vector width that the compiler chooses.
#[derive(Clone, Copy, Debug, PartialEq)]
#[repr(align(64))]
pub struct Lanes(pub [f64; LANES]);

impl Lanes {
    #[inline(always)]
    fn combine(mut self, other: Self, f: impl Fn(f64, f64) -> f64) -> Self {
        for (a, b) in self.0.iter_mut().zip(other.0) {
            *a = f(*a, b);
        }
        self
    }
}

impl Add for Lanes {
    type Output = Self;
    #[inline(always)]
    fn add(self, other: Self) -> Self {
        self.combine(other, |a, b| a + b)
    }
}

impl Sub for Lanes {
    type Output = Self;
    #[inline(always)]
    fn sub(self, other: Self) -> Self {
        self.combine(other, |a, b| a - b)
    }
}

impl Mul for Lanes {
    type Output = Self;
    #[inline(always)]
    fn mul(self, other: Self) -> Self {
        self.combine(other, |a, b| a * b)
    }
}

impl Neg for Lanes {
    type Output = Self;
    #[inline(always)]
    fn neg(self) -> Self {
        self.map(|a| -a)
    }
}

impl AddAssign for Lanes {
    #[inline(always)]
    fn add_assign(&mut self, other: Self) {
        for (a, b) in self.0.iter_mut().zip(&other.0) {
            *a += b;
        }
    }
}

impl Scalar for Lanes {
    #[inline(always)]
    fn evaluate<R>(formula: impl FnOnce() -> R) -> R {
        vectorized(formula)
    }
    #[inline(always)]
    fn ratio(numerator: i64, denominator: i64) -> Self {
        Self::constant(f64::ratio(numerator, denominator))
    }
    #[inline(always)]
    fn add_product(&mut self, factor: &Self, direction: &Self) {
        for ((a, b), c) in self.0.iter_mut().zip(&factor.0).zip(&direction.0) {
            *a += b * c;
        }
    }
    #[inline(always)]
    fn add_products<const K: usize>(&mut self, terms: [(&Self, &Self); K]) {
        for (lane, value) in self.0.iter_mut().enumerate() {
            for (factor, direction) in terms {
                *value += factor.0[lane] * direction.0[lane];
            }
        }
    }
    #[inline(always)]
    fn inverse(&self) -> Self {
        self.map(|a| 1.0 / a)
    }
    #[inline(always)]
    fn sqrt(&self) -> Self {
        self.map(f64::sqrt)
    }
    #[inline(always)]
    fn phi(&self, k: u32) -> Self {
        match k {
            0 => elementary::exp(*self),
            1 => elementary::phi_1(*self),
            _ => self.map(|a| Scalar::phi(&a, k)),
        }
    }
}

impl Real for Lanes {
    const COUNT: usize = LANES;
    #[inline(always)]
    fn lanes(&self) -> &[f64] {
        &self.0
    }
    #[inline(always)]
    fn lanes_mut(&mut self) -> &mut [f64] {
        &mut self.0
    }
    #[inline(always)]
    fn constant(value: f64) -> Self {
        Self([value; LANES])
    }
    #[inline(always)]
    fn map(mut self, f: impl Fn(f64) -> f64) -> Self {
        for a in &mut self.0 {
            *a = f(*a);
        }
        self
    }
    #[inline(always)]
    fn zip(self, other: Self, f: impl Fn(f64, f64) -> f64) -> Self {
        self.combine(other, f)
    }
    #[inline(always)]
    fn assign(&mut self, a: &Self, f: impl Fn(f64) -> f64) {
        for (value, a) in self.0.iter_mut().zip(&a.0) {
            *value = f(*a);
        }
    }
    #[inline(always)]
    fn assign_zip(&mut self, a: &Self, b: &Self, f: impl Fn(f64, f64) -> f64) {
        for ((value, a), b) in self.0.iter_mut().zip(&a.0).zip(&b.0) {
            *value = f(*a, *b);
        }
    }
    #[inline(always)]
    fn assign_zip_three(&mut self, a: &Self, b: &Self, c: &Self, f: impl Fn(f64, f64, f64) -> f64) {
        for (((value, a), b), c) in self.0.iter_mut().zip(&a.0).zip(&b.0).zip(&c.0) {
            *value = f(*a, *b, *c);
        }
    }
    #[inline(always)]
    fn update<const I: usize, const O: usize>(
        inputs: [&Self; I],
        outputs: [&mut Self; O],
        f: impl Fn([f64; I], [f64; O]) -> [f64; O],
    ) {
        for lane in 0..LANES {
            let (mut read, mut before) = ([0.0; I], [0.0; O]);
            for i in 0..I {
                read[i] = inputs[i].0[lane];
            }
            for i in 0..O {
                before[i] = outputs[i].0[lane];
            }
            let after = f(read, before);
            for i in 0..O {
                outputs[i].0[lane] = after[i];
            }
        }
    }
    #[inline(always)]
    fn first(self) -> f64 {
        self.0[0]
    }
    #[inline(always)]
    fn every(self, f: impl Fn(f64) -> bool) -> bool {
        // Without an early end the loop is a vector one.
        self.0.into_iter().fold(true, |every, value| every & f(value))
    }
}
