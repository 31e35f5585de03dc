use super::{Dynamics, Energy, Expression, Potential, Problem, Program, ReactionReads, Variable};
use thiserror::Error;

/// A formula u(t, x) > 0 made the solution of a flow, by the rate that makes it so.
///
/// With A the transport of the problem and R what its own reaction does to log ρ, u solves ∂ₜu = Au + uR(u) − cu for
/// c = (Au − ∂ₜu)/u + R(u); all derivatives are exact, of the formulas themselves. A rate rather than a source, since
/// densities are carried as log ρ.
#[derive(Clone, Debug)]
pub struct ManufacturedSolution {
    /// u.
    pub solution: Program,
    /// u as a formula.
    pub formula: Expression,
    /// c.
    pub killing: Program,
    /// The current of u, one component for each axis: what a closed box must not let through its sides.
    pub current: Program,
    /// As the user wrote it.
    pub name: String,
}

/// Why a formula cannot be made a solution.
#[derive(Clone, Debug, Error, PartialEq)]
pub enum ManufactureError {
    /// V is −log of a mixture, or reads data.
    #[error(
        "a target given as a mixture or by data; expected a potential by a formula, which is differentiated"
    )]
    NoFormula,
    /// The reaction has no exact solution beside a rate.
    #[error("a reaction of χ², or one that reads a marginal; expected that of KL on the law itself, or none")]
    Reaction,
    /// The dynamics are not those of a grid.
    #[error("dynamics without a grid; expected a flow on a grid, underdamped ones of one position")]
    NoGrid,
}

impl ManufacturedSolution {
    /// `solution` as the solution of `problem`, whose initial law no longer counts. The mean that a normalised reaction
    /// subtracts is left out of c, as it only sets the mass.
    ///
    /// # Errors
    /// If the problem has no formulas to differentiate, or its reaction cannot be driven.
    pub fn new(
        problem: &Problem,
        name: impl Into<String>,
        solution: &Expression,
    ) -> Result<Self, ManufactureError> {
        let current = current(problem, solution)?;
        let divergence =
            current.iter().enumerate().map(|(axis, current)| current.derivative(Variable::Space(axis)));
        // ∂ₜu − Au, as Au = −∇·current.
        let residual = divergence.fold(solution.derivative(Variable::Time), plus);
        let gain = Expression::quotient(residual, solution.clone());
        let killing = plus(gain.negated(), own_reaction(problem, solution)?);
        Ok(Self {
            solution: Program::compile(std::slice::from_ref(solution)),
            formula: solution.clone(),
            killing: Program::compile(&[killing]),
            current: Program::compile(&current),
            name: name.into(),
        })
    }
}

fn plus(a: Expression, b: Expression) -> Expression {
    Expression::sum(vec![a, b])
}

fn times(factor: f64, expression: Expression) -> Expression {
    Expression::product(Expression::constant(factor), expression)
}

fn formula(potential: &Potential) -> Result<&Expression, ManufactureError> {
    match potential {
        Potential::Formula(formula) => Ok(&formula.expression),
        Potential::Mixture(_) | Potential::Posterior(..) | Potential::Custom(_) => {
            Err(ManufactureError::NoFormula)
        }
    }
}

/// The current of u by the transport.
fn current(problem: &Problem, u: &Expression) -> Result<Vec<Expression>, ManufactureError> {
    let product = |a: &Expression, b: &Expression| Expression::product(a.clone(), b.clone());
    match &problem.dynamics {
        Dynamics::GradientFlow(flow) => {
            let v = formula(&flow.potential)?;
            let along = |axis| {
                let (slope, force) =
                    (u.derivative(Variable::Space(axis)), v.derivative(Variable::Space(axis)));
                times(-flow.transport, plus(product(u, &force), slope))
            };
            Ok((0..problem.dimension()).map(along).collect())
        }
        Dynamics::Kinetic(flow) if flow.degrees_of_freedom == 1 => {
            let force = formula(&flow.potential)?.derivative(Variable::Space(0)).negated();
            let p = Expression::variable(Variable::Space(1));
            let friction = times(-flow.friction, plus(product(&p, u), u.derivative(Variable::Space(1))));
            Ok(vec![product(&p, u), plus(product(&force, u), friction)])
        }
        Dynamics::Sde(sde) => {
            let along = |i: usize| {
                let diffusive = (0..sde.dimension()).map(|j| {
                    let rows = sde.diffusion()[i].iter().zip(&sde.diffusion()[j]);
                    let covariance = Expression::sum(rows.map(|(a, b)| product(a, b)).collect());
                    times(-0.5, product(&covariance, u).derivative(Variable::Space(j)))
                });
                Expression::sum([product(&sde.drift()[i], u)].into_iter().chain(diffusive).collect())
            };
            Ok((0..sde.dimension()).map(along).collect())
        }
        Dynamics::Kinetic(_) | Dynamics::Annealed(_) | Dynamics::ReverseDiffusion(_) => {
            Err(ManufactureError::NoGrid)
        }
    }
}

/// R(u): what the problem's own reaction and rate do to log ρ where ρ = u.
fn own_reaction(problem: &Problem, u: &Expression) -> Result<Expression, ManufactureError> {
    let relaxation = |rate: f64, energy: Expression| times(-rate, plus(u.logarithm(), energy));
    match &problem.dynamics {
        Dynamics::GradientFlow(flow) if flow.reaction > 0.0 => match flow.energy {
            Energy::KullbackLeibler => Ok(relaxation(flow.reaction, formula(&flow.potential)?.clone())),
            Energy::ChiSquared { .. } => Err(ManufactureError::Reaction),
        },
        Dynamics::Kinetic(flow) if flow.reaction > 0.0 => {
            if flow.reads == ReactionReads::Marginal {
                return Err(ManufactureError::Reaction);
            }
            let p = Expression::variable(Variable::Space(1));
            let kinetic = times(0.5, Expression::product(p.clone(), p));
            Ok(relaxation(flow.reaction, plus(formula(&flow.potential)?.clone(), kinetic)))
        }
        Dynamics::Kinetic(flow) => Ok(flow.rate().map_or(Expression::constant(0.0), |c| c.negated())),
        Dynamics::Sde(sde) => Ok(sde.rate().map_or(Expression::constant(0.0), |c| c.negated())),
        Dynamics::GradientFlow(_) | Dynamics::Annealed(_) | Dynamics::ReverseDiffusion(_) => {
            Ok(Expression::constant(0.0))
        }
    }
}
