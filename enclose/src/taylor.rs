//! Truncated power series: automatic derivatives, and with intervals as coefficients Taylor's formula with its remainder.

use crate::{Elementary, Interval};
use std::ops::{Add, Div, Mul, Neg, Sub};

/// A power series Σ cₖ tᵏ of which the first [`length`](Self::length) coefficients are known; a constant is known entirely.
///
/// Over [`Interval`] with a variable that starts at the number a, the coefficients enclose f⁽ᵏ⁾(a)/k!; with one that starts at
/// an interval X they enclose f⁽ᵏ⁾(ξ)/k! for every ξ in X, which is the remainder of Taylor's formula.
#[derive(Clone, Debug)]
pub struct Taylor<S> {
    /// At least one and at most `length`; those that are missing are exactly 0.
    coefficients: Vec<S>,
    length: usize,
}

impl<S: Elementary> Taylor<S> {
    /// start + t, known to `length` ≥ 1 coefficients.
    pub fn variable(start: S, length: usize) -> Self {
        Self::trimmed(vec![start, S::constant(1.0)], length)
    }

    /// start − t.
    pub fn reversed(start: S, length: usize) -> Self {
        Self::trimmed(vec![start, S::constant(-1.0)], length)
    }

    fn trimmed(mut coefficients: Vec<S>, length: usize) -> Self {
        coefficients.truncate(length.max(1));
        Self { coefficients, length: length.max(1) }
    }

    /// The number of known coefficients; `usize::MAX` for a constant.
    pub fn length(&self) -> usize {
        self.length
    }

    /// The coefficient of tᵏ; undefined if it is not known.
    pub fn coefficient(&self, k: usize) -> S {
        if k >= self.length {
            return S::undefined();
        }
        self.coefficients.get(k).cloned().unwrap_or_else(|| S::constant(0.0))
    }

    /// The derivative by t.
    pub fn derivative(&self) -> Self {
        let mut coefficients: Vec<S> = self
            .coefficients
            .iter()
            .enumerate()
            .skip(1)
            .map(|(k, c)| c.clone() * S::constant(k as f64))
            .collect();
        if coefficients.is_empty() {
            coefficients.push(S::constant(0.0));
        }
        let length = if self.length == usize::MAX { self.length } else { self.length - 1 };
        Self::trimmed(coefficients, length)
    }

    /// Applies a function whose coefficients follow from the constant term and a recurrence; `next` gets the coefficients so far.
    fn recurrence(&self, first: S, mut next: impl FnMut(&[S], usize) -> S) -> Self {
        let mut coefficients = vec![first];
        if self.length != usize::MAX {
            for k in 1..self.length {
                let coefficient = next(&coefficients, k);
                coefficients.push(coefficient);
            }
        }
        Self { coefficients, length: self.length }
    }

    /// Σ_{j = 1}^{k} weight(j) c_j other_{k − j}, over the coefficients c of this series that are not 0 exactly.
    fn convolution(&self, other: &[S], k: usize, weighted: bool) -> S {
        let mut sum = S::constant(0.0);
        for (j, c) in self.coefficients.iter().enumerate().take(k + 1).skip(1) {
            if let Some(partner) = other.get(k - j) {
                let term = c.clone() * partner.clone();
                sum = sum + if weighted { term * S::constant(j as f64) } else { term };
            }
        }
        sum
    }
}

fn index<S: Elementary>(k: usize) -> S {
    S::constant(k as f64)
}

impl<S: Elementary> Neg for Taylor<S> {
    type Output = Self;
    fn neg(self) -> Self {
        Self { coefficients: self.coefficients.into_iter().map(|c| -c).collect(), length: self.length }
    }
}

impl<S: Elementary> Add for Taylor<S> {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        let length = self.length.min(other.length);
        let (mut long, short) = if self.coefficients.len() >= other.coefficients.len() {
            (self.coefficients, other.coefficients)
        } else {
            (other.coefficients, self.coefficients)
        };
        for (c, other) in long.iter_mut().zip(short) {
            *c = c.clone() + other;
        }
        Self::trimmed(long, length)
    }
}

impl<S: Elementary> Sub for Taylor<S> {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        self + -other
    }
}

impl<S: Elementary> Mul for Taylor<S> {
    type Output = Self;
    fn mul(self, other: Self) -> Self {
        let length = self.length.min(other.length);
        let count = (self.coefficients.len() + other.coefficients.len() - 1).min(length);
        let coefficients = (0..count)
            .map(|k| {
                let first = (k + 1).saturating_sub(other.coefficients.len());
                let last = k.min(self.coefficients.len() - 1);
                let mut sum = self.coefficients[first].clone() * other.coefficients[k - first].clone();
                for j in first + 1..=last {
                    sum = sum + self.coefficients[j].clone() * other.coefficients[k - j].clone();
                }
                sum
            })
            .collect();
        Self { coefficients, length }
    }
}

impl<S: Elementary> Div for Taylor<S> {
    type Output = Self;
    fn div(self, other: Self) -> Self {
        let length = self.length.min(other.length);
        if other.coefficients.len() == 1 {
            let divisor = other.coefficients[0].clone();
            return Self::trimmed(
                self.coefficients.into_iter().map(|c| c / divisor.clone()).collect(),
                length,
            );
        }
        let first = self.coefficients[0].clone() / other.coefficients[0].clone();
        let shape = Self { coefficients: Vec::new(), length };
        shape.recurrence(first, |quotient, k| {
            (self.coefficient(k) - other.convolution(quotient, k, false)) / other.coefficients[0].clone()
        })
    }
}

impl<S: Elementary> Elementary for Taylor<S> {
    fn constant(value: f64) -> Self {
        Self { coefficients: vec![S::constant(value)], length: usize::MAX }
    }

    fn undefined() -> Self {
        Self { coefficients: vec![S::undefined()], length: usize::MAX }
    }

    fn sign(&self) -> Option<bool> {
        self.coefficients[0].sign()
    }

    /// From e′ = a′ e.
    fn exp(&self) -> Self {
        self.recurrence(self.coefficients[0].exp(), |e, k| self.convolution(e, k, true) / index(k))
    }

    /// From a l′ = a′.
    fn log(&self) -> Self {
        let a0 = self.coefficients[0].clone();
        self.recurrence(a0.log(), |l, k| {
            let mut sum = S::constant(0.0);
            for (j, c) in l.iter().enumerate().skip(1) {
                sum = sum + c.clone() * self.coefficient(k - j) * index(j);
            }
            (self.coefficient(k) - sum / index(k)) / a0.clone()
        })
    }

    /// From s² = a.
    fn sqrt(&self) -> Self {
        let s0 = self.coefficients[0].sqrt();
        self.recurrence(s0.clone(), |s, k| {
            let mut sum = S::constant(0.0);
            for j in 1..k {
                sum = sum + s[j].clone() * s[k - j].clone();
            }
            (self.coefficient(k) - sum) / (index::<S>(2) * s0.clone())
        })
    }

    /// From s′ = a′ c and c′ = −a′ s.
    fn sin_cos(&self) -> (Self, Self) {
        let (s0, c0) = self.coefficients[0].sin_cos();
        let mut cosine = vec![c0];
        let sine = self.recurrence(s0, |sine, k| {
            let (s, c) = (self.convolution(&cosine, k, true), self.convolution(sine, k, true));
            cosine.push(-c / index(k));
            s / index(k)
        });
        (sine, Self { coefficients: cosine, length: self.length })
    }

    /// From t′ = a′ (1 − t²).
    fn tanh(&self) -> Self {
        let t0 = self.coefficients[0].tanh();
        // 1 − t², one coefficient behind t.
        let mut rest = vec![S::constant(1.0) - t0.powi(2)];
        self.recurrence(t0, |t, k| {
            if k > 1 {
                let mut square = S::constant(0.0);
                for j in 0..k {
                    square = square + t[j].clone() * t[k - 1 - j].clone();
                }
                rest.push(-square);
            }
            self.convolution(&rest, k, true) / index(k)
        })
    }

    /// By repeated squaring; the constant term is that of [`Elementary::powi`], which knows that even powers are not negative.
    fn powi(&self, n: i32) -> Self {
        if n < 0 {
            return match n.checked_neg() {
                Some(positive) => Self::constant(1.0) / self.powi(positive),
                None => Self::undefined(),
            };
        }
        let (mut result, mut square, mut rest): (Option<Self>, Self, i32) = (None, self.clone(), n);
        while rest > 0 {
            if rest & 1 == 1 {
                result = Some(match result {
                    Some(product) => product * square.clone(),
                    None => square.clone(),
                });
            }
            rest >>= 1;
            if rest > 0 {
                square = square.clone() * square;
            }
        }
        let mut result = result.unwrap_or_else(|| Self::constant(1.0));
        result.coefficients[0] = self.coefficients[0].powi(n);
        result
    }

    fn abs(&self) -> Self {
        match self.sign() {
            Some(true) => self.clone(),
            Some(false) => -self.clone(),
            None => self.recurrence(self.coefficients[0].abs(), |_, _| S::undefined()),
        }
    }
}

/// The Taylor polynomial of `f` about `centre` on `piece` with its remainder: f(centre + t) is a member of Σ cₖ tᵏ (k up to
/// `degree`) where centre + t lies in the piece. The last coefficient is taken over the whole piece, the others are at the
/// centre: if that is an end of the piece where f has a kink, they are those towards the piece.
pub fn taylor_model(
    f: impl Fn(Taylor<Interval>) -> Taylor<Interval>,
    centre: f64,
    piece: Interval,
    degree: usize,
) -> Vec<Interval> {
    let mut inside = f(Taylor::variable(Interval::point(centre), degree + 1));
    if !inside.coefficient(degree).is_defined() {
        // Derivatives near the end hold their limit.
        let near = if centre == piece.lower() {
            Interval::new(centre, centre.next_up())
        } else if centre == piece.upper() {
            Interval::new(centre.next_down(), centre)
        } else {
            Interval::point(centre)
        };
        inside = f(Taylor::variable(near, degree + 1));
    }
    let over = f(Taylor::variable(piece.hull(Interval::point(centre)), degree + 1));
    (0..=degree).map(|k| if k < degree { inside.coefficient(k) } else { over.coefficient(k) }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// f⁽ᵏ⁾/k! of a formula with every function, against differences of high order would be inexact; identities are exact.
    #[test]
    fn identities_hold_in_every_coefficient() {
        let x = Taylor::variable(Interval::point(0.7), 12);
        let one = Taylor::<Interval>::constant(1.0);
        let (s, c) = x.sin_cos();
        let t = x.tanh();
        let e = (x.clone() + x.clone()).exp();
        let zeros = [
            s.powi(2) + c.powi(2) - one.clone(),
            x.exp().log() - x.clone(),
            x.sqrt() * x.sqrt() - x.clone(),
            (t.clone() - one.clone()) * (e.clone() + one.clone()) + Taylor::constant(2.0),
            x.clone() / x.clone() - one.clone(),
            x.powi(5) * x.powi(-5) - one.clone(),
            s.derivative() - c,
        ];
        for (which, zero) in zeros.iter().enumerate() {
            for k in 0..11 {
                let value = zero.coefficient(k);
                assert!(value.contains(0.0) && value.width() < 1e-3, "{which}: coefficient {k} is {value}");
            }
        }
    }

    #[test]
    fn models_hold_the_function_on_the_whole_piece() {
        let f = |x: Taylor<Interval>| (x.sin_cos().0 * x.clone()).exp() / (Taylor::constant(1.0) + x.powi(2));
        let piece = Interval::new(0.25, 0.75);
        let model = taylor_model(f, 0.5, piece, 9);
        for k in 0..=50 {
            let x = 0.25 + 0.01 * f64::from(k);
            let value = Interval::point(x - 0.5).polynomial(&model);
            let truth = (x.sin() * x).exp() / (1.0 + x * x);
            assert!(value.contains(truth), "{x}: {value} {truth}");
            assert!(value.width() < 1e-2);
        }
    }

    #[test]
    fn absolute_values_need_a_sign() {
        let x = |a, b| Taylor::variable(Interval::new(a, b), 3);
        assert_eq!(x(-2.0, 0.0).abs().coefficient(1), Interval::point(-1.0));
        assert_eq!(x(0.0, 1.0).abs().coefficient(1), Interval::ONE);
        assert!(!x(-1.0, 1.0).abs().coefficient(1).is_defined());
        assert!(!x(0.0, 0.0).abs().coefficient(1).is_defined());
        // At a kink, the side of the piece decides.
        for mirrored in [false, true] {
            let f = |x: Taylor<Interval>| (if mirrored { -x.clone() } else { x }).abs();
            let right = taylor_model(f, 0.0, Interval::new(0.0, 1.0), 2);
            assert_eq!(right[1], Interval::ONE);
            let left = taylor_model(f, 0.0, Interval::new(-1.0, 0.0), 2);
            assert_eq!(left[1], Interval::point(-1.0));
        }
    }
}
