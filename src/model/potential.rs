use super::custom::in_every_lane;
use super::{CustomPotential, Expression, GaussianMixture, Posterior, Program, Variable};
use crate::algebra::Real;
use std::sync::Arc;

/// V, with π ∝ e^{−V}; derivatives are exact.
#[derive(Clone, Debug)]
pub enum Potential {
    /// A formula in x.
    Formula(FormulaPotential),
    /// V = −log of a normalised Gaussian mixture.
    Mixture(GaussianMixture),
    /// −log of a prior, by a formula, and of the likelihood of data.
    Posterior(FormulaPotential, Box<Posterior>),
    /// What a program says in code.
    Custom(Arc<dyn CustomPotential>),
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

impl FormulaPotential {
    fn new(expression: Expression, dimension: usize) -> Self {
        let gradient: Vec<_> = (0..dimension).map(|i| expression.derivative(Variable::Space(i))).collect();
        let hessian: Vec<_> = gradient
            .iter()
            .flat_map(|slope| (0..dimension).map(|j| slope.derivative(Variable::Space(j))))
            .collect();
        let laplacian = hessian.iter().step_by(dimension + 1).cloned().collect();
        Self {
            value: Program::compile(std::slice::from_ref(&expression)),
            gradient: Program::compile(&gradient),
            hessian: Program::compile(&hessian),
            laplacian: Program::compile(&[Expression::sum(laplacian)]),
            expression,
        }
    }

    fn value<R: Real>(&self, x: &[R]) -> R {
        let mut out = [R::zero()];
        self.value.evaluate(0.0, x, &mut out);
        out[0]
    }
}

impl Potential {
    /// The potential V(x) on ℝᵈ, d = `dimension`.
    pub fn formula(expression: Expression, dimension: usize) -> Self {
        Self::Formula(FormulaPotential::new(expression, dimension))
    }

    /// −log(prior) by its formula, plus that of the likelihood of the data.
    pub fn posterior(prior: Expression, data: Posterior, dimension: usize) -> Self {
        Self::Posterior(FormulaPotential::new(prior, dimension), Box::new(data))
    }

    /// A potential in code.
    pub fn custom(potential: impl CustomPotential + 'static) -> Self {
        Self::Custom(Arc::new(potential))
    }

    /// V as a formula; of a posterior, that of the prior.
    pub fn expression(&self) -> Option<&Expression> {
        match self {
            Self::Formula(formula) | Self::Posterior(formula, _) => Some(&formula.expression),
            Self::Mixture(_) | Self::Custom(_) => None,
        }
    }

    /// Whether functions in code are in its formula.
    pub fn has_code(&self) -> bool {
        self.expression().is_some_and(Expression::has_code)
    }

    /// Whether V has all derivatives, as far as is known.
    pub fn is_smooth(&self) -> bool {
        match self {
            Self::Custom(custom) => custom.is_smooth(),
            _ => self.expression().is_none_or(Expression::is_smooth),
        }
    }

    /// V(x).
    pub fn value<R: Real>(&self, x: &[R]) -> R {
        match self {
            Self::Formula(formula) => formula.value(x),
            Self::Mixture(mixture) => -mixture.log_density(x),
            Self::Posterior(prior, data) => prior.value(x) + data.value(x),
            Self::Custom(custom) => {
                let mut out = [R::zero()];
                in_every_lane(x, &mut out, |x, out| out[0] = custom.value(x));
                out[0]
            }
        }
    }

    /// ∇V(x).
    pub fn gradient<R: Real>(&self, x: &[R], out: &mut [R]) {
        match self {
            Self::Formula(formula) => formula.gradient.evaluate(0.0, x, out),
            Self::Posterior(prior, data) => {
                prior.gradient.evaluate(0.0, x, out);
                data.add_gradient(x, out);
            }
            Self::Custom(custom) => in_every_lane(x, out, |x, out| custom.gradient(x, out)),
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
            Self::Formula(formula) => formula.hessian.evaluate(0.0, x, out),
            Self::Posterior(prior, data) => {
                prior.hessian.evaluate(0.0, x, out);
                data.add_hessian(x, out);
            }
            Self::Custom(custom) => in_every_lane(x, out, |x, out| custom.hessian(x, out)),
            Self::Mixture(mixture) => {
                mixture.log_density_hessian(x, out);
                for entry in out {
                    *entry = -*entry;
                }
            }
        }
    }

    /// Whether V is a quadratic, as far as its formula shows it: the target is then normal.
    pub fn is_quadratic(&self) -> bool {
        let quadratic = |formula: &FormulaPotential| formula.hessian.constants().is_some();
        match self {
            Self::Formula(formula) => quadratic(formula),
            Self::Mixture(mixture) => mixture.components().len() == 1,
            Self::Posterior(prior, data) => quadratic(prior) && data.is_normal(),
            Self::Custom(_) => false,
        }
    }

    /// ΔV(x).
    pub fn laplacian<R: Real>(&self, x: &[R]) -> R {
        match self {
            Self::Formula(formula) => {
                let mut out = [R::zero()];
                formula.laplacian.evaluate(0.0, x, &mut out);
                out[0]
            }
            Self::Mixture(mixture) => -mixture.log_density_laplacian(x),
            Self::Posterior(..) | Self::Custom(_) => {
                let mut hessian = vec![R::zero(); x.len() * x.len()];
                self.hessian(x, &mut hessian);
                hessian.iter().step_by(x.len() + 1).fold(R::zero(), |sum, entry| sum + *entry)
            }
        }
    }
}
