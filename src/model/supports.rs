//! What a problem can be given to: a grid, weights that read the grid, an exact target. Asked here and nowhere else.

use super::{Dynamics, Energy, GradientFlow, ItoSde, KineticFlow, Problem, ReactionReads, ReverseDiffusion};

/// Dynamics that single particles follow.
#[derive(Clone, Copy, Debug)]
pub enum Moving<'a> {
    /// Overdamped.
    GradientFlow(&'a GradientFlow),
    /// Underdamped.
    Kinetic(&'a KineticFlow),
    /// By given coefficients.
    Sde(&'a ItoSde),
    /// From noise to data.
    ReverseDiffusion(&'a ReverseDiffusion),
}

/// Why a problem cannot be given to something: "found …; expected …".
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unsupported {
    /// What the problem has.
    pub found: String,
    /// What would be right.
    pub expected: String,
}

impl Unsupported {
    fn new(found: impl Into<String>, expected: impl Into<String>) -> Self {
        Self { found: found.into(), expected: expected.into() }
    }
}

impl std::fmt::Display for Unsupported {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "found {}; expected {}", self.found, self.expected)
    }
}

/// Most dimensions of a grid.
pub const GRID_DIMENSIONS: usize = 3;

impl Problem {
    /// Whether its law can be computed on a grid.
    ///
    /// # Errors
    /// If not, and why.
    pub fn supports_grid(&self) -> Result<(), Unsupported> {
        let dimension = self.dimension();
        let no = |found: &str, expected: &str| Err(Unsupported::new(found, expected));
        match &self.dynamics {
            Dynamics::Kinetic(flow) if flow.degrees_of_freedom > 1 => Err(Unsupported::new(
                format!("{} positions with momenta", flow.degrees_of_freedom),
                "1: leave [grid] out above that",
            )),
            Dynamics::Annealed(_) => no(
                "a grid for annealed dynamics",
                "none: their law at λ is ρ₀^(1−λ) π^λ, without solving anything",
            ),
            Dynamics::ReverseDiffusion(flow) if flow.forward.kinetic() => no(
                "a grid for a reverse diffusion of data with velocities",
                "none: its operator is for paths with noise in every direction",
            ),
            Dynamics::ReverseDiffusion(flow) if flow.churn == 0.0 => no(
                "a grid for churn = 0",
                "none: the probability flow has no diffusion, without which no density stays smooth on cells",
            ),
            Dynamics::Sde(_) if dimension > 2 => {
                no("an SDE in more than two dimensions", "d ≤ 2: leave [grid] out above that")
            }
            _ if dimension > GRID_DIMENSIONS => Err(Unsupported::new(
                format!("dimension {dimension}"),
                format!("at most {GRID_DIMENSIONS}: leave [grid] out above that"),
            )),
            _ => Ok(()),
        }
    }

    /// Whether its weights can read log ρ from a grid, where they read one at all.
    ///
    /// # Errors
    /// If not, and why.
    pub fn supports_oracle(&self) -> Result<(), Unsupported> {
        let no = |found: &str, why: &str| Err(Unsupported::new(found, format!("another flow: {why}")));
        match &self.dynamics {
            Dynamics::Kinetic(flow) if flow.reaction > 0.0 && flow.reads == ReactionReads::Marginal => {
                no("reads = \"marginal\"", "weights that read the grid follow the reaction on the joint law")
            }
            Dynamics::Kinetic(flow) if flow.reaction > 0.0 && flow.degrees_of_freedom > 1 => {
                no("several positions with momenta", "the grid has one of each")
            }
            Dynamics::GradientFlow(flow) if flow.reaction > 0.0 && flow.energy != Energy::KullbackLeibler => {
                no("energy = \"chi-squared\"", "weights that read the grid follow the reaction of KL")
            }
            _ => Ok(()),
        }
    }

    /// Its equation of motion, if single particles follow one; annealed particles have a loop of their own.
    ///
    /// # Errors
    /// If there is none.
    pub fn moving(&self) -> Result<Moving<'_>, Unsupported> {
        match &self.dynamics {
            Dynamics::GradientFlow(flow) => Ok(Moving::GradientFlow(flow)),
            Dynamics::Kinetic(flow) => Ok(Moving::Kinetic(flow)),
            Dynamics::Sde(sde) => Ok(Moving::Sde(sde)),
            Dynamics::ReverseDiffusion(flow) => Ok(Moving::ReverseDiffusion(flow)),
            Dynamics::Annealed(_) => Err(Unsupported::new("annealed dynamics", "another flow")),
        }
    }

    /// Its overdamped gradient flow.
    ///
    /// # Errors
    /// If it is something else.
    pub fn gradient_flow(&self) -> Result<&GradientFlow, Unsupported> {
        match &self.dynamics {
            Dynamics::GradientFlow(flow) => Ok(flow),
            other => Err(Unsupported::new(other.name(), "a [target] and an overdamped [flow]")),
        }
    }

    /// Its overdamped gradient flow, which has transport.
    ///
    /// # Errors
    /// If it is something else, or does not move.
    pub fn transported(&self) -> Result<&GradientFlow, Unsupported> {
        let expected = "a [target] and [flow] with transport > 0";
        match &self.dynamics {
            Dynamics::GradientFlow(flow) if flow.transport > 0.0 => Ok(flow),
            Dynamics::GradientFlow(_) => Err(Unsupported::new("a flow without transport", expected)),
            other => Err(Unsupported::new(other.name(), expected)),
        }
    }

    /// Its reverse diffusion, if the target of that is known by quadrature.
    ///
    /// # Errors
    /// If it is something else.
    pub fn exact_target(&self) -> Result<&ReverseDiffusion, Unsupported> {
        match &self.dynamics {
            Dynamics::ReverseDiffusion(flow) if flow.corrected && self.dimension() <= 2 => Ok(flow),
            other => Err(Unsupported::new(
                format!("{} in dimension {}", other.name(), self.dimension()),
                "dynamics = \"reverse-diffusion\", corrected, in one or two dimensions",
            )),
        }
    }
}

impl Dynamics {
    /// As messages name it.
    pub fn name(&self) -> &'static str {
        match self {
            Self::GradientFlow(_) => "an overdamped flow",
            Self::Kinetic(_) => "an underdamped flow",
            Self::Sde(_) => "an [sde]",
            Self::Annealed(_) => "annealed dynamics",
            Self::ReverseDiffusion(_) => "a reverse diffusion",
        }
    }

    /// The dimension of the state, where the dynamics alone say it.
    pub fn dimension(&self) -> Option<usize> {
        match self {
            Self::Sde(sde) => Some(sde.dimension()),
            Self::Kinetic(flow) => Some(2 * flow.degrees_of_freedom),
            Self::ReverseDiffusion(flow) => Some(flow.dimension()),
            Self::GradientFlow(_) | Self::Annealed(_) => None,
        }
    }
}
