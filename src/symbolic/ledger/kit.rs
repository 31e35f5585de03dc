use super::Residual;
use crate::algebra::Ring;
use crate::symbolic::{
    Coordinate, Density, DifferentialPolynomial as P, Function, Jet, Name, Operator, Symbol,
};

/// Functions and the usual operations in d dimensions.
pub(super) struct Kit {
    /// d.
    pub d: usize,
}

impl Kit {
    pub fn new(d: usize) -> Self {
        Self { d }
    }

    /// x₁ … x_d.
    pub fn space(&self) -> Vec<Coordinate> {
        (0..self.d).map(Coordinate::space).collect()
    }

    /// The function of x called `letter`.
    pub fn function(&self, letter: char) -> Function {
        Function::new(Name::new(letter, &[]), &self.space())
    }

    /// The same as a polynomial.
    pub fn f(&self, letter: char) -> P {
        Jet::of(self.function(letter)).into()
    }

    /// A vector field of functions of x.
    pub fn vector(&self, letter: char) -> Vec<P> {
        (1..=self.d as u8)
            .map(|i| Jet::of(Function::new(Name::new(letter, &[i]), &self.space())).into())
            .collect()
    }

    /// ∇a.
    pub fn gradient(&self, a: &P) -> Vec<P> {
        self.space().into_iter().map(|x| a.derivative(x)).collect()
    }

    /// ∇·u.
    pub fn divergence(&self, u: &[P]) -> P {
        self.space().into_iter().zip(u).map(|(x, u)| u.derivative(x)).fold(P::zero(), |sum, term| sum + term)
    }

    /// ∇a·∇b.
    pub fn gamma(&self, a: &P, b: &P) -> P {
        dot(&self.gradient(a), &self.gradient(b))
    }

    /// Δa.
    pub fn laplacian(&self, a: &P) -> P {
        self.divergence(&self.gradient(a))
    }

    /// La = Δa − ∇V·∇a.
    pub fn l(&self, a: &P) -> P {
        self.laplacian(a) - self.gamma(&self.f('V'), a)
    }

    /// ∇aᵀ∇²c∇b.
    pub fn hessian_form(&self, c: &P, a: &P, b: &P) -> P {
        let (da, db) = (self.gradient(a), self.gradient(b));
        let mut sum = P::zero();
        for (x, da) in self.space().into_iter().zip(&da) {
            for (y, db) in self.space().into_iter().zip(&db) {
                sum += &(da * db) * &c.derivative(x).derivative(y);
            }
        }
        sum
    }

    /// |∇²a|².
    pub fn hessian_square(&self, a: &P) -> P {
        let mut sum = P::zero();
        for x in self.space() {
            for y in self.space() {
                sum += a.derivative(x).derivative(y).power(2);
            }
        }
        sum
    }

    /// Under the integral over x, with weight e^{log_weight}.
    pub fn integral(&self, log_weight: P, factor: P) -> Residual {
        Residual::Integral(Density::new(log_weight, factor), self.space())
    }

    /// s = log(ρ/π) = ℓ + V up to a constant, ℓ = log ρ.
    pub fn s(&self) -> P {
        self.f('ℓ') + self.f('V')
    }

    /// The Wasserstein part of ∂ₜℓ: Δℓ + |∇ℓ|² + ∇V·∇ℓ + ΔV.
    pub fn transport(&self) -> P {
        let (ℓ, v) = (self.f('ℓ'), self.f('V'));
        self.laplacian(&ℓ) + self.gamma(&ℓ, &ℓ) + self.gamma(&v, &ℓ) + self.laplacian(&v)
    }
}

/// Σ aᵢbᵢ.
pub(super) fn dot(a: &[P], b: &[P]) -> P {
    a.iter().zip(b).map(|(a, b)| a * b).fold(P::zero(), |sum, term| sum + term)
}

/// The constant called `letter`.
pub(super) fn parameter(letter: char) -> P {
    Symbol::Parameter(Name::new(letter, &[])).into()
}

/// numerator / denominator.
pub(super) fn q(numerator: i64, denominator: i64) -> P {
    P::ratio(numerator, denominator)
}

/// Multiplication by `factor`.
pub(super) fn times(factor: P) -> Operator {
    Operator::multiplication(factor)
}
