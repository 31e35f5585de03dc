use super::labelled::{Expr, Op, Weighted};
use super::sides::Sides;
use crate::symbolic::{Coordinate, DifferentialPolynomial, Function, Jet, Name, Symbol};

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

    /// The same as an expression.
    pub fn f(&self, letter: char) -> Expr {
        Jet::of(self.function(letter)).into()
    }

    /// A vector field of functions of x.
    pub fn vector(&self, letter: char) -> Vec<Expr> {
        (1..=self.d as u8)
            .map(|i| Jet::of(Function::new(Name::new(letter, &[i]), &self.space())).into())
            .collect()
    }

    /// ∇a.
    pub fn gradient(&self, a: &Expr) -> Vec<Expr> {
        self.space().into_iter().map(|x| a.derivative(x)).collect()
    }

    /// ∇·u.
    pub fn divergence(&self, u: &[Expr]) -> Expr {
        self.space()
            .into_iter()
            .zip(u)
            .map(|(x, u)| u.derivative(x))
            .fold(Expr::zero(), |sum, term| sum + term)
    }

    /// ∇a·∇b.
    pub fn gamma(&self, a: &Expr, b: &Expr) -> Expr {
        let value = self.sum(|x| a.value().derivative(x) * b.value().derivative(x));
        match a.latex() == b.latex() {
            true => Expr::of(value, r"|\nabla {}|^2", &[a]),
            false => Expr::of(value, r"\nabla {}\cdot\nabla {}", &[a, b]),
        }
    }

    /// Δa.
    pub fn laplacian(&self, a: &Expr) -> Expr {
        Expr::of(self.sum(|x| a.value().derivative(x).derivative(x)), r"\Delta {}", &[a])
    }

    /// La = Δa − ∇V·∇a.
    pub fn l(&self, a: &Expr) -> Expr {
        let v = self.f('V');
        let slope = |x| a.value().derivative(x);
        Expr::of(self.sum(|x| slope(x).derivative(x) - v.value().derivative(x) * slope(x)), r"L{}", &[a])
    }

    /// ∇aᵀ∇²c∇b.
    pub fn hessian_form(&self, c: &Expr, a: &Expr, b: &Expr) -> Expr {
        let value = self.sum(|x| {
            self.sum(|y| {
                a.value().derivative(x) * b.value().derivative(y) * c.value().derivative(x).derivative(y)
            })
        });
        Expr::of(value, r"\nabla {}^\top\nabla^2 {}\,\nabla {}", &[a, c, b])
    }

    /// |∇²a|².
    pub fn hessian_square(&self, a: &Expr) -> Expr {
        let value = self.sum(|x| self.sum(|y| a.value().derivative(x).derivative(y).power(2)));
        Expr::of(value, r"|\nabla^2 {}|^2", &[a])
    }

    fn sum(&self, term: impl Fn(Coordinate) -> DifferentialPolynomial) -> DifferentialPolynomial {
        self.space().into_iter().map(term).fold(DifferentialPolynomial::zero(), |sum, term| sum + term)
    }

    /// One equation between integrals over x with weight e^{log_weight}.
    pub fn integral(&self, log_weight: Expr, left: Expr, right: Expr) -> Vec<Sides> {
        vec![Sides::Integral { log_weight, over: self.space(), left, right }]
    }

    /// e^{−ℓ}∂ᵢ(e^ℓ uᵢ), summed: the divergence of a flux e^ℓu over e^ℓ.
    pub fn flux_divergence(&self, ℓ: &Expr, u: &[Expr]) -> Expr {
        let flux = self.space().into_iter().zip(u);
        let flux = flux.map(|(x, u)| Weighted::new(ℓ.clone(), u.clone()).derivative(x).factor());
        flux.fold(Expr::zero(), |sum, term| sum + term)
    }

    /// s = log(ρ/π) = ℓ + V up to a constant, ℓ = log ρ.
    pub fn s(&self) -> Expr {
        let s = self.f('ℓ') + self.f('V');
        Expr::named(s.value().clone(), "s").using(format!("s = {}", s.latex()))
    }

    /// The Wasserstein part of ∂ₜℓ: Δℓ + |∇ℓ|² + ∇V·∇ℓ + ΔV.
    pub fn transport(&self) -> Expr {
        let (ℓ, v) = (self.f('ℓ'), self.f('V'));
        self.laplacian(&ℓ) + self.gamma(&ℓ, &ℓ) + self.gamma(&v, &ℓ) + self.laplacian(&v)
    }
}

/// Σ aᵢbᵢ.
pub(super) fn dot(a: &[Expr], b: &[Expr]) -> Expr {
    a.iter().zip(b).map(|(a, b)| a * b).fold(Expr::zero(), |sum, term| sum + term)
}

/// The constant called `letter`.
pub(super) fn parameter(letter: char) -> Expr {
    Symbol::Parameter(Name::new(letter, &[])).into()
}

/// numerator / denominator.
pub(super) fn q(numerator: i64, denominator: i64) -> Expr {
    Expr::ratio(numerator, denominator)
}

/// Multiplication by `factor`.
pub(super) fn times(factor: Expr) -> Op {
    Op::multiplication(factor)
}
