//! Densities and their evolution equations, written as they were made.

use super::{Expr, partial};
use crate::symbolic::{Coordinate, Density, DensityEvolution, DifferentialPolynomial, Function, Jet};

/// A density e^{w}p, written as it was made.
#[derive(Clone)]
pub struct Weighted {
    density: Density,
    weight: Expr,
    inner: Expr,
}

impl Weighted {
    /// e^{weight}·factor.
    pub fn new(weight: Expr, factor: Expr) -> Self {
        let density = Density::new(weight.value.clone(), factor.value.clone());
        let latex = match weight.is_zero() {
            true => factor.latex.clone(),
            false if factor.latex == "1" => format!("e^{{{}}}", weight.latex),
            false => format!(r"e^{{{}}}{}", weight.latex, factor.factor()),
        };
        let inner = factor.derived(factor.value.clone(), latex).using_those_of(&weight);
        Self { density, weight, inner }
    }

    /// The derivative in `coordinate`.
    pub fn derivative(&self, coordinate: Coordinate) -> Self {
        let latex = format!(r"{}\left({}\right)", partial(coordinate), self.inner.latex);
        let density = self.density.derivative(coordinate);
        let inner = self.inner.derived(density.factor().clone(), latex);
        Self { density, weight: self.weight.clone(), inner }
    }

    /// What stands before e^{weight}.
    pub fn factor(&self) -> Expr {
        let value = self.density.factor().clone();
        if self.weight.is_zero() || self.inner.is_zero() {
            return self.inner.derived(value, self.inner.latex.clone());
        }
        let inverse = (-self.weight.clone()).latex;
        self.inner.derived(value, format!(r"e^{{{inverse}}}{}", self.inner.latex))
    }

    /// δ/δf of the integral over these coordinates, for a weight of 0.
    pub fn variation(&self, f: Function, over: &[Coordinate]) -> Expr {
        let of = DifferentialPolynomial::from(Jet::of(f)).latex();
        let latex = format!(r"\frac{{\delta}}{{\delta {of}}}\int{}", self.inner.bracketed());
        self.inner.derived(self.density.variation(f, over), latex)
    }
}

/// An evolution equation ∂ₜf = F, written as it was made.
#[derive(Clone)]
pub struct Flow {
    evolution: DensityEvolution,
    /// The field, with its name for a label if it has one.
    field: Expr,
}

impl Flow {
    /// ∂ₜ`function` = `field`.
    pub fn new(function: Function, field: Expr) -> Self {
        let of = DifferentialPolynomial::from(Jet::of(function)).latex();
        let equation = format!(r"\partial_t {of} = {}", field.latex);
        Self { evolution: DensityEvolution::new(function, field.value.clone()), field: field.using(equation) }
    }

    /// As [`Flow::new`], with a name for the field.
    pub fn named(function: Function, field: Expr, name: &str) -> Self {
        let evolution = DensityEvolution::new(function, field.value.clone());
        let known = name == field.latex;
        let short = field.derived(field.value.clone(), name.into());
        let field = if known { short } else { short.using(format!("{name} = {}", field.latex)) };
        Self { evolution, field }
    }

    /// The name of the field.
    pub fn name(&self) -> &str {
        &self.field.latex
    }

    /// The equations behind it.
    pub fn field(&self) -> &Expr {
        &self.field
    }

    /// The rate of change of a function of the jets, without a label of its own.
    pub fn rate(&self, p: &DifferentialPolynomial) -> DifferentialPolynomial {
        self.evolution.rate(p)
    }

    /// [F, G].
    pub fn bracket(&self, other: &Self) -> Expr {
        let latex = format!("[{}, {}]", self.field.latex, other.field.latex);
        self.field.derived(self.evolution.bracket(&other.evolution), latex).using_those_of(&other.field)
    }
}

/// The rate of change of ∫e^{weight}·factor along several equations at once, as what stands before e^{weight}.
pub fn rate_along(flows: &[Flow], weight: &Expr, factor: &Expr) -> Expr {
    let density = Density::new(weight.value.clone(), factor.value.clone());
    let zero = DifferentialPolynomial::zero();
    let value = flows.iter().fold(zero, |sum, flow| sum + flow.evolution.rate_of(&density).factor().clone());
    let inner = Weighted::new(weight.clone(), factor.clone()).inner;
    let inverse = match weight.is_zero() {
        true => String::new(),
        false => format!("e^{{{}}}", (-weight.clone()).latex),
    };
    let rate = inner.derived(value, format!(r"{inverse}\partial_t\left({}\right)", inner.latex));
    flows.iter().fold(rate, |rate, flow| rate.using_those_of(&flow.field))
}
