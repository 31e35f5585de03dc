//! Functions of small matrices over a [`Scalar`], for schemes that solve a linear part exactly.

use crate::algebra::Scalar;

/// Halvings before the Taylor series, and its degree: entries up to 20 keep 15 digits.
const HALVINGS: u32 = 8;
const DEGREE: i64 = 9;
/// Newton steps for the square root: enough from eigenvalues above 10⁻⁵.
const NEWTON_STEPS: usize = 14;

/// A square matrix, row by row.
#[derive(Clone, Debug)]
pub(super) struct Matrix<S> {
    d: usize,
    entries: Vec<S>,
}

impl<S: Scalar> Matrix<S> {
    pub fn from_fn(d: usize, entry: impl Fn(usize, usize) -> S) -> Self {
        Self { d, entries: (0..d * d).map(|place| entry(place / d, place % d)).collect() }
    }

    fn identity(d: usize) -> Self {
        Self::from_fn(d, |i, j| if i == j { S::one() } else { S::zero() })
    }

    fn at(&self, i: usize, j: usize) -> S {
        self.entries[i * self.d + j].clone()
    }

    fn times(&self, other: &Self) -> Self {
        Self::from_fn(self.d, |i, j| {
            (0..self.d).fold(S::zero(), |sum, k| sum + self.at(i, k) * other.at(k, j))
        })
    }

    fn combined(&self, other: &Self, f: impl Fn(S, S) -> S) -> Self {
        Self::from_fn(self.d, |i, j| f(self.at(i, j), other.at(i, j)))
    }

    fn scaled(&self, numerator: i64, denominator: i64) -> Self {
        Self::from_fn(self.d, |i, j| S::ratio(numerator, denominator) * self.at(i, j))
    }

    /// out += factor · self · x.
    pub fn add_product(&self, factor: &S, x: &[S], out: &mut [S]) {
        for (i, out) in out.iter_mut().enumerate() {
            let row = x.iter().enumerate().fold(S::zero(), |sum, (j, x)| sum + self.at(i, j) * x.clone());
            out.add_product(factor, &row);
        }
    }

    /// φ₁(Z) = Σ Zⁿ/(n + 1)! by its Taylor series and φ₁(2Z) = ½(e^Z + 1)φ₁(Z), e^Z = 1 + Zφ₁(Z).
    pub fn phi_1(&self) -> Self {
        if self.d == 1 {
            return Self { d: 1, entries: vec![self.entries[0].phi(1)] };
        }
        let one = Self::identity(self.d);
        let z = self.scaled(1, 1 << HALVINGS);
        // Horner: 1 + Z/2 (1 + Z/3 (…)).
        let mut φ = one.clone();
        for n in (2..=DEGREE).rev() {
            φ = z.times(&φ).scaled(1, n).combined(&one, |a, b| a + b);
        }
        let mut exponential = one.combined(&z.times(&φ), |a, b| a + b);
        for _ in 0..HALVINGS {
            φ = exponential.combined(&one, |a, b| a + b).times(&φ).scaled(1, 2);
            exponential = exponential.times(&exponential);
        }
        φ
    }

    /// The principal square root, by the coupled Newton iteration of Denman and Beavers (1976).
    pub fn sqrt(&self) -> Self {
        if self.d == 1 {
            return Self { d: 1, entries: vec![self.entries[0].sqrt()] };
        }
        let (mut root, mut inverse_root) = (self.clone(), Self::identity(self.d));
        for _ in 0..NEWTON_STEPS {
            let next = root.combined(&inverse_root.inverse(), |a, b| S::ratio(1, 2) * (a + b));
            inverse_root = inverse_root.combined(&root.inverse(), |a, b| S::ratio(1, 2) * (a + b));
            root = next;
        }
        root
    }

    /// By elimination without pivoting: what is inverted here has a positive symmetric part.
    fn inverse(&self) -> Self {
        let d = self.d;
        let (mut left, mut right) = (self.clone(), Self::identity(d));
        for k in 0..d {
            let pivot = left.at(k, k).inverse();
            for j in 0..d {
                for matrix in [&mut left, &mut right] {
                    matrix.entries[k * d + j] = pivot.clone() * matrix.at(k, j);
                }
            }
            for i in (0..d).filter(|&i| i != k) {
                let factor = -left.at(i, k);
                for j in 0..d {
                    for matrix in [&mut left, &mut right] {
                        let above = matrix.at(k, j);
                        matrix.entries[i * d + j].add_product(&factor, &above);
                    }
                }
            }
        }
        right
    }
}
