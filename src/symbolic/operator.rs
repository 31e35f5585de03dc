use super::{Coordinate, DifferentialPolynomial, Rational};
use crate::algebra::Ring;
use std::collections::BTreeMap;
use std::ops::{Add, Mul, Neg, Sub};

/// A linear differential operator Σ a_α ∂^α with differential polynomials a_α, in normal form: two operators
/// agree on every function if and only if `==` says so.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Operator {
    /// By the sorted directions of ∂^α; no coefficient is 0.
    terms: BTreeMap<Vec<Coordinate>, DifferentialPolynomial>,
}

impl Operator {
    /// Multiplication by `factor`.
    pub fn multiplication(factor: DifferentialPolynomial) -> Self {
        let mut operator = Self::default();
        operator.add_term(Vec::new(), factor);
        operator
    }

    /// ∂ in the direction of `coordinate`.
    pub fn partial(coordinate: Coordinate) -> Self {
        let mut operator = Self::default();
        operator.add_term(vec![coordinate], DifferentialPolynomial::one());
        operator
    }

    /// The directions of every ∂^α and its coefficient.
    pub(super) fn terms(&self) -> impl Iterator<Item = (&Vec<Coordinate>, &DifferentialPolynomial)> {
        self.terms.iter()
    }

    /// The operator applied to `function`.
    pub fn apply(&self, function: &DifferentialPolynomial) -> DifferentialPolynomial {
        let mut sum = DifferentialPolynomial::zero();
        for (directions, coefficient) in &self.terms {
            let derivative = directions.iter().fold(function.clone(), |f, &x| f.derivative(x));
            sum += coefficient * &derivative;
        }
        sum
    }

    /// The composition: `other` first, then this one (Leibniz's rule, exactly).
    pub fn after(&self, other: &Self) -> Self {
        let mut product = Self::default();
        for (directions, coefficient) in &self.terms {
            let mut moved = other.clone();
            for &x in directions {
                moved = moved.differentiated(x);
            }
            for (inner, factor) in moved.terms {
                product.add_term(inner, coefficient * &factor);
            }
        }
        product
    }

    /// [self, other].
    pub fn commutator(&self, other: &Self) -> Self {
        self.after(other) - other.after(self)
    }

    /// The formal adjoint with respect to dx: ∫ g·(Af) = ∫ f·(A*g) for functions that vanish at infinity.
    pub fn adjoint(&self) -> Self {
        let mut adjoint = Self::default();
        for (directions, coefficient) in &self.terms {
            let sign = if directions.len() % 2 == 0 { 1 } else { -1 };
            let mut term = Self::multiplication(DifferentialPolynomial::ratio(sign, 1) * coefficient.clone());
            for &x in directions {
                term = term.differentiated(x);
            }
            adjoint = adjoint + term;
        }
        adjoint
    }

    /// ∂ₓ after this operator.
    fn differentiated(&self, x: Coordinate) -> Self {
        let mut sum = Self::default();
        for (directions, coefficient) in &self.terms {
            sum.add_term(directions.clone(), coefficient.derivative(x));
            let mut longer = directions.clone();
            longer.push(x);
            longer.sort_unstable();
            sum.add_term(longer, coefficient.clone());
        }
        sum
    }

    fn add_term(&mut self, directions: Vec<Coordinate>, coefficient: DifferentialPolynomial) {
        let sum = self.terms.remove(&directions).unwrap_or_default() + coefficient;
        if !Ring::is_zero(&sum) {
            self.terms.insert(directions, sum);
        }
    }
}

impl Add for Operator {
    type Output = Self;
    fn add(mut self, other: Self) -> Self {
        for (directions, coefficient) in other.terms {
            self.add_term(directions, coefficient);
        }
        self
    }
}

impl Neg for Operator {
    type Output = Self;
    fn neg(self) -> Self {
        Self { terms: self.terms.into_iter().map(|(directions, a)| (directions, -a)).collect() }
    }
}

impl Sub for Operator {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        self + -other
    }
}

/// Composition.
impl Mul for Operator {
    type Output = Self;
    fn mul(self, other: Self) -> Self {
        self.after(&other)
    }
}

impl From<Rational> for Operator {
    fn from(value: Rational) -> Self {
        Self::multiplication(value.into())
    }
}
