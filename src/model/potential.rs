use super::{Expression, GaussianMixture, Program, Variable};
use crate::algebra::Real;

/// V, with π ∝ e^{−V}; derivatives are exact.
#[derive(Clone, Debug)]
pub enum Potential {
    /// A formula in x.
    Formula(FormulaPotential),
    /// V = −log of a normalised Gaussian mixture.
    Mixture(GaussianMixture),
}

/// A potential given by a formula.
#[derive(Clone, Debug)]
pub struct FormulaPotential {
    /// V itself.
    pub expression: Expression,
    value: Program,
    gradient: Program,
    hessian: Program,
    laplacian: Program,
}

impl Potential {
    /// The potential V(x) on ℝᵈ, d = `dimension`.
    pub fn formula(expression: Expression, dimension: usize) -> Self {
        let gradient: Vec<_> = (0..dimension).map(|i| expression.derivative(Variable::Space(i))).collect();
        let hessian: Vec<_> = gradient
            .iter()
            .flat_map(|slope| (0..dimension).map(|j| slope.derivative(Variable::Space(j))))
            .collect();
        let laplacian = hessian.iter().step_by(dimension + 1).cloned().collect();
        Self::Formula(FormulaPotential {
            value: Program::compile(std::slice::from_ref(&expression)),
            gradient: Program::compile(&gradient),
            hessian: Program::compile(&hessian),
            laplacian: Program::compile(&[Expression::sum(laplacian)]),
            expression,
        })
    }

    /// V(x).
    pub fn value<R: Real>(&self, x: &[R]) -> R {
        match self {
            Self::Formula(formula) => {
                let mut out = [R::zero()];
                formula.value.evaluate(R::zero(), x, &mut out);
                out[0]
            }
            Self::Mixture(mixture) => -mixture.log_density(x),
        }
    }

    /// ∇V(x).
    pub fn gradient<R: Real>(&self, x: &[R], out: &mut [R]) {
        match self {
            Self::Formula(formula) => formula.gradient.evaluate(R::zero(), x, out),
            Self::Mixture(mixture) => {
                mixture.score(x, out);
                for component in out {
                    *component = -*component;
                }
            }
        }
    }

    /// ∇²V(x), row by row.
    pub fn hessian<R: Real>(&self, x: &[R], out: &mut [R]) {
        match self {
            Self::Formula(formula) => formula.hessian.evaluate(R::zero(), x, out),
            Self::Mixture(mixture) => {
                mixture.log_density_hessian(x, out);
                for entry in out {
                    *entry = -*entry;
                }
            }
        }
    }

    /// ΔV(x).
    pub fn laplacian<R: Real>(&self, x: &[R]) -> R {
        match self {
            Self::Formula(formula) => {
                let mut out = [R::zero()];
                formula.laplacian.evaluate(R::zero(), x, &mut out);
                out[0]
            }
            Self::Mixture(mixture) => -mixture.log_density_laplacian(x),
        }
    }
}
