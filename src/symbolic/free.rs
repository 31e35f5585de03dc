use super::DifferentialPolynomial as P;
use crate::algebra::Ring;
use std::collections::BTreeMap;
use std::ops::{Add, Mul, Sub};

/// Degree up to which products in the free algebra are kept.
const DEGREE: usize = 4;

/// An element of the free associative algebra on letters, up to degree 4: what is equal here is equal for all operators.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Word {
    terms: BTreeMap<String, P>,
}

impl Word {
    pub fn letter(letter: char) -> Self {
        Self { terms: [(letter.to_string(), P::one())].into() }
    }

    pub fn one() -> Self {
        Self { terms: [(String::new(), P::one())].into() }
    }

    /// numerator/denominator times this.
    pub fn scaled(&self, numerator: i64, denominator: i64) -> Self {
        self.clone().times(&P::ratio(numerator, denominator))
    }

    pub fn times(self, factor: &P) -> Self {
        let mut scaled = Self::default();
        for (word, coefficient) in self.terms {
            scaled.add_term(word, &coefficient * factor);
        }
        scaled
    }

    /// e^self, for elements without constant term.
    pub fn exp(&self) -> Self {
        let (mut sum, mut term) = (Self::one(), Self::one());
        for k in 1..=DEGREE as i64 {
            term = (term * self.clone()).scaled(1, k);
            sum = sum + term.clone();
        }
        sum
    }

    /// self·other − other·self.
    pub fn bracket(&self, other: &Self) -> Self {
        self.clone() * other.clone() - other.clone() * self.clone()
    }

    /// The words and their coefficients, none of them 0.
    pub fn terms(&self) -> impl Iterator<Item = (&String, &P)> {
        self.terms.iter()
    }

    fn add_term(&mut self, word: String, coefficient: P) {
        let sum = self.terms.remove(&word).unwrap_or_default() + coefficient;
        if !Ring::is_zero(&sum) {
            self.terms.insert(word, sum);
        }
    }
}

impl Add for Word {
    type Output = Self;
    fn add(mut self, other: Self) -> Self {
        for (word, coefficient) in other.terms {
            self.add_term(word, coefficient);
        }
        self
    }
}

impl Sub for Word {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        self + other.scaled(-1, 1)
    }
}

impl Mul for Word {
    type Output = Self;
    fn mul(self, other: Self) -> Self {
        let mut product = Self::default();
        for (left, a) in &self.terms {
            for (right, b) in &other.terms {
                let word = format!("{left}{right}");
                if word.chars().count() <= DEGREE {
                    product.add_term(word, a * b);
                }
            }
        }
        product
    }
}
