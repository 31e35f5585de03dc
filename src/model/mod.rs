//! What is solved, apart from how.
//!
//! One object carries the meaning: a [`Problem`] is an initial law, a [`Dynamics`] and a horizon,
//! with the observables that are asked of it. Particles, grid, law and report all take a
//! `&Problem`. Formulas are [`Expression`]s (parsed, differentiated exactly) compiled to
//! [`Program`]s; a target is a [`Potential`] given by a formula or by a [`GaussianMixture`].
//!
//! Belongs here: equations, targets, initial laws, observables, and what each supports. Does not: how any of it is computed
//! ([`crate::pde`], [`crate::particles`], [`crate::law`]), and TOML.

mod annealing;
mod custom;
pub mod diffusion;
mod energy;
pub mod expression;
mod flow;
mod formulas;
mod implicit;
mod integrability;
mod kinetic;
mod manufactured;
mod mixture;
mod mixture_product;
mod posterior;
mod potential;
mod reacting;
mod sde;
mod supports;
mod time_mesh;

pub use annealing::{AnnealedFlow, AnnealedLangevin, AnnealingSchedule};
pub use custom::CustomPotential;
pub use diffusion::ReverseDiffusion;
pub use energy::{Energy, chi_squared_reaction};
pub use expression::{BatchFunction, Code, Expression, Interval, Mean, Program, Turned, Variable};
pub use flow::{GradientFlow, LogDensity, OracleScalar, WeightedFlow};
pub use kinetic::{KineticFlow, KineticLangevin, ReactionReads};
pub use manufactured::{ManufactureError, ManufacturedSolution};
pub use mixture::{Component, GaussianMixture, MixtureError};
pub use posterior::Posterior;
pub use potential::{FormulaPotential, Potential};
pub use reacting::{Reacting, Reactive};
pub use sde::ItoSde;
pub use supports::{GRID_DIMENSIONS, Moving, Unsupported};
pub use time_mesh::{TimeMesh, aliases};

use crate::algebra::Real;
use crate::schemes::{EquationClass, NoiseClass};

/// A flow of measures on ℝᵈ and what is asked about it at the horizon.
#[derive(Clone, Debug)]
pub struct Problem {
    /// The law at time 0.
    pub initial: Initial,
    /// The equation of motion.
    pub dynamics: Dynamics,
    /// Final time T > 0.
    pub horizon: f64,
    /// Functions whose expectations at the horizon are computed.
    pub observables: Vec<Observable>,
}

impl Problem {
    /// The dimension d of the state; positions and momenta both count.
    pub fn dimension(&self) -> usize {
        match &self.initial {
            Initial::Mixture(mixture) => mixture.dimension(),
            Initial::Point(point) => point.len(),
        }
    }

    /// The number of positions: d, or half of it where there are momenta.
    pub fn positions(&self) -> usize {
        match &self.dynamics {
            Dynamics::Kinetic(flow) => flow.degrees_of_freedom,
            _ => self.dimension(),
        }
    }

    /// The number of components of the noise.
    pub fn noises(&self) -> usize {
        match &self.dynamics {
            Dynamics::Sde(sde) => sde.diffusion().first().map_or(0, Vec::len),
            Dynamics::ReverseDiffusion(flow) => self.dimension() / flow.forward.block(),
            _ => self.positions(),
        }
    }

    /// −log of the invariant density of the transport, up to a constant: V, or V + |p|²/2; none for a general SDE.
    pub fn invariant_energy(&self) -> Option<impl Fn(&[f64]) -> f64> {
        if matches!(self.dynamics, Dynamics::Annealed(_)) {
            return None;
        }
        let (potential, degrees_of_freedom) = (self.dynamics.potential()?, self.positions());
        Some(move |x: &[f64]| {
            let (q, p) = x.split_at(degrees_of_freedom);
            potential.value(q) + 0.5 * p.iter().map(|p| p * p).sum::<f64>()
        })
    }

    /// Whether mass is created or killed along the paths.
    pub fn weighted(&self) -> bool {
        match &self.dynamics {
            Dynamics::GradientFlow(flow) => flow.reaction > 0.0,
            Dynamics::Kinetic(flow) => flow.reaction > 0.0 || flow.rate().is_some(),
            Dynamics::Sde(sde) => sde.rate().is_some(),
            Dynamics::Annealed(_) => true,
            Dynamics::ReverseDiffusion(flow) => flow.corrected || flow.reaction > 0.0,
        }
    }

    /// Whether there is a reaction that reads the density, β > 0.
    pub fn reacts(&self) -> bool {
        match &self.dynamics {
            Dynamics::GradientFlow(flow) => flow.reaction > 0.0,
            Dynamics::Kinetic(flow) => flow.reaction > 0.0,
            Dynamics::ReverseDiffusion(flow) => flow.reaction > 0.0,
            Dynamics::Sde(_) | Dynamics::Annealed(_) => false,
        }
    }

    /// Whether the mass stays what it was at the start. Weighted reverse diffusions are normalised, and carry the mass of
    /// their target.
    pub fn keeps_mass(&self) -> bool {
        match &self.dynamics {
            Dynamics::ReverseDiffusion(flow) => !flow.corrected,
            _ => self.normalized() || !self.weighted(),
        }
    }

    /// Whether the measure is kept a probability (self-normalised weights).
    pub fn normalized(&self) -> bool {
        match &self.dynamics {
            Dynamics::GradientFlow(flow) => flow.normalized,
            Dynamics::Kinetic(flow) => flow.reaction > 0.0,
            Dynamics::Sde(_) => false,
            Dynamics::Annealed(_) | Dynamics::ReverseDiffusion(_) => true,
        }
    }
}

/// The law at time 0.
#[derive(Clone, Debug)]
pub enum Initial {
    /// A Gaussian, or a mixture of them.
    Mixture(GaussianMixture),
    /// All mass in one point.
    Point(Vec<f64>),
}

impl Initial {
    /// The point, or the means of all components.
    pub fn centres(&self) -> Vec<&[f64]> {
        match self {
            Self::Point(point) => vec![point],
            Self::Mixture(mixture) => mixture.components().iter().map(|own| &own.mean[..]).collect(),
        }
    }

    /// The Gaussian with this `mean` (d numbers) and `covariance` (d rows of d numbers).
    ///
    /// # Errors
    /// If the covariance is not symmetric and positive definite, or not of the size of the mean.
    pub fn gaussian(mean: Vec<f64>, covariance: Vec<Vec<f64>>) -> Result<Self, MixtureError> {
        GaussianMixture::new(vec![Component { weight: 1.0, mean, covariance }]).map(Self::Mixture)
    }
}

/// The equation of motion.
#[derive(Clone, Debug)]
pub enum Dynamics {
    /// Gradient flow of KL(ρ|π) in the Wasserstein–Fisher–Rao geometry, or one of its halves.
    GradientFlow(GradientFlow),
    /// Kinetic (underdamped) Langevin dynamics, with a reaction or a Feynman–Kac rate if it has one.
    Kinetic(KineticFlow),
    /// A Feynman–Kac Itô equation with given coefficients.
    Sde(ItoSde),
    /// The geodesic of geometric means from the initial law to the target, with Langevin moves on the way.
    Annealed(AnnealedFlow),
    /// A diffusion of data to noise run backwards, toward the data or what is made of them.
    ReverseDiffusion(ReverseDiffusion),
}

impl Dynamics {
    /// V, of gradient flows, kinetic and annealed dynamics.
    pub fn potential(&self) -> Option<&Potential> {
        match self {
            Self::GradientFlow(flow) => Some(&flow.potential),
            Self::Kinetic(flow) => Some(&flow.potential),
            Self::Annealed(flow) => Some(&flow.potential),
            Self::Sde(_) | Self::ReverseDiffusion(_) => None,
        }
    }

    /// The reward of a reverse diffusion, if it has one.
    fn reward(&self) -> Option<&Potential> {
        match self {
            Self::ReverseDiffusion(flow) => flow.reward.as_ref().map(|reward| &reward.value),
            _ => None,
        }
    }

    /// The noise: additive for gradient flows.
    pub fn noise(&self) -> NoiseClass {
        match self {
            Self::GradientFlow(_) | Self::Kinetic(_) | Self::Annealed(_) => NoiseClass::Additive,
            Self::Sde(sde) => sde.noise(),
            Self::ReverseDiffusion(flow) => flow.noise(),
        }
    }

    /// The kind of equation, by which schemes are chosen.
    pub fn equation(&self) -> EquationClass {
        match self {
            Self::Kinetic(_) => EquationClass::Langevin,
            Self::GradientFlow(_) | Self::Annealed(_) => EquationClass::Overdamped,
            Self::Sde(_) | Self::ReverseDiffusion(_) => EquationClass::Ito,
        }
    }

    /// What of the equation depends on time; the rate of a reaction does, through log ρ_t.
    pub fn time_dependence(&self) -> TimeDependence {
        match self {
            Self::GradientFlow(flow) if flow.reaction > 0.0 => TimeDependence::Rate,
            Self::GradientFlow(_) => TimeDependence::Nothing,
            Self::Kinetic(flow) if flow.reaction > 0.0 || flow.time_dependent() => TimeDependence::Rate,
            Self::Kinetic(_) => TimeDependence::Nothing,
            Self::Sde(sde) => sde.time_dependence(),
            Self::Annealed(_) | Self::ReverseDiffusion(_) => TimeDependence::Motion,
        }
    }
}

/// What of an equation depends on time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TimeDependence {
    /// No coefficient.
    Nothing,
    /// The rate alone.
    Rate,
    /// The drift or the diffusion, whatever the rate does.
    Motion,
}

impl Dynamics {
    /// The formulas of drift, noise and rate, of dynamics that have such.
    pub fn formulas(&self) -> Vec<&Expression> {
        match self {
            Self::Sde(sde) => {
                sde.drift().iter().chain(sde.diffusion().iter().flatten()).chain(sde.rate()).collect()
            }
            Self::Kinetic(flow) => flow.rate().into_iter().collect(),
            Self::GradientFlow(_) | Self::Annealed(_) | Self::ReverseDiffusion(_) => Vec::new(),
        }
    }
}

/// A function of the state whose expectation is asked for.
#[derive(Clone, Debug)]
pub struct Observable {
    /// As the user wrote it.
    pub name: String,
    /// How far an estimate of its expectation may be off, in all, to be good enough; `None` if the user does not say.
    pub tolerance: Option<f64>,
    expression: Expression,
    program: Program,
    jumps: bool,
    kinks: bool,
    event: bool,
    constant: bool,
}

/// A branch within an observable φ, as a comparison, a sign or a maximum has.
#[derive(Clone, Debug)]
pub struct Branch {
    /// Has one value on each branch.
    pub branch: Observable,
    /// φ on another branch.
    pub turned: Observable,
    /// What the branch is decided by, unless φ jumps there: the nearer to 0, the nearer is the other branch.
    pub margin: Option<Observable>,
}

impl Observable {
    /// The observable φ(x) called `name`.
    pub fn new(name: impl Into<String>, expression: &Expression) -> Self {
        Self {
            name: name.into(),
            tolerance: None,
            expression: expression.clone(),
            program: Program::compile(std::slice::from_ref(expression)),
            jumps: expression.has_jump(),
            kinks: expression.has_kink(),
            event: expression.is_event(),
            constant: expression.as_constant().is_some(),
        }
    }

    /// Whether φ has jumps, as an indicator has.
    pub fn jumps(&self) -> bool {
        self.jumps
    }

    /// Whether φ has kinks or jumps.
    pub fn is_rough(&self) -> bool {
        self.jumps || self.kinks
    }

    /// φ as a formula.
    pub fn expression(&self) -> &Expression {
        &self.expression
    }

    /// The branches within φ, if it is no event itself.
    pub fn branches(&self) -> Vec<Branch> {
        let parts = if self.event { Vec::new() } else { self.expression.turned() };
        let own = |expression: &Expression| Self::new("", expression);
        let branch = |part: &Turned| Branch {
            branch: own(&part.branch),
            turned: own(&part.whole),
            margin: part.margin.as_ref().map(own),
        };
        parts.iter().map(branch).collect()
    }

    /// Whether φ is the indicator of an event.
    pub fn is_event(&self) -> bool {
        self.event
    }

    /// Whether φ is a number as it stands.
    pub fn is_constant(&self) -> bool {
        self.constant
    }

    /// φ(x).
    pub fn value<R: Real>(&self, x: &[R]) -> R {
        let mut out = [R::zero()];
        self.program.evaluate(0.0, x, &mut out);
        out[0]
    }
}
