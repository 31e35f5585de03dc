use crate::algebra::Lanes;
use crate::model::{
    Dynamics, Energy, Expression, GradientFlow, KineticFlow, KineticLangevin, Potential, Problem,
    ReactionReads, WeightedFlow,
};
use crate::schemes::Sde;

/// The reaction of a flow, apart from its transport.
#[derive(Clone, Copy)]
pub(super) enum CloudReaction<'a> {
    /// Of positions.
    Overdamped(&'a GradientFlow),
    /// Of positions and momenta, or of the positions among them.
    Kinetic(&'a KineticFlow),
}

impl<'a> CloudReaction<'a> {
    /// The reaction of a problem, if it has one.
    pub fn of(problem: &'a Problem) -> Option<Self> {
        match &problem.dynamics {
            Dynamics::GradientFlow(flow) if flow.reaction > 0.0 => Some(Self::Overdamped(flow)),
            Dynamics::Kinetic(flow) if flow.reaction > 0.0 => Some(Self::Kinetic(flow)),
            _ => None,
        }
    }

    /// β.
    pub fn rate(self) -> f64 {
        match self {
            Self::Overdamped(flow) => flow.reaction,
            Self::Kinetic(flow) => flow.reaction,
        }
    }

    /// How many of the d coordinates, from the first on, the density is of that the reaction reads.
    pub fn coordinates(self, dimension: usize) -> usize {
        match self {
            Self::Kinetic(KineticFlow { reads: ReactionReads::Marginal, degrees_of_freedom, .. }) => {
                *degrees_of_freedom
            }
            Self::Overdamped(_) | Self::Kinetic(_) => dimension,
        }
    }

    /// The energy whose gradient it is.
    pub fn energy(self) -> Energy {
        match self {
            Self::Overdamped(flow) => flow.energy,
            Self::Kinetic(_) => Energy::KullbackLeibler,
        }
    }

    /// −log of the target of these coordinates, up to a constant.
    pub fn potential(self, x: &[Lanes]) -> Lanes {
        match self {
            Self::Overdamped(flow) => flow.potential.value(x),
            Self::Kinetic(flow) => flow.energy(x),
        }
    }

    /// The transport alone.
    pub fn transport(self) -> Transport {
        match self {
            Self::Overdamped(flow) => Transport::Overdamped(GradientFlow { reaction: 0.0, ..flow.clone() }),
            Self::Kinetic(flow) => Transport::Kinetic(flow.clone()),
        }
    }
}

/// What a flow does without its reaction.
pub(super) enum Transport {
    Overdamped(GradientFlow),
    Kinetic(KineticFlow),
}

impl Transport {
    /// Its equation on ℝᵈ.
    pub fn equation(&self, dimension: usize) -> Box<dyn Sde<Lanes> + Sync + '_> {
        match self {
            Self::Overdamped(flow) => Box::new(WeightedFlow::new(flow, dimension, None)),
            Self::Kinetic(flow) => Box::new(KineticLangevin(flow)),
        }
    }

    /// The same without a force.
    pub fn free(self, dimension: usize) -> Self {
        let nothing = |dimension| Potential::formula(Expression::constant(0.0), dimension);
        match self {
            Self::Overdamped(flow) => {
                Self::Overdamped(GradientFlow { potential: nothing(dimension), ..flow })
            }
            Self::Kinetic(flow) => Self::Kinetic(KineticFlow::new(
                nothing(flow.degrees_of_freedom),
                flow.friction,
                flow.degrees_of_freedom,
                None,
            )),
        }
    }
}
