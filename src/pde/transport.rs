//! The transport part of a step.

use super::{
    Generator, Grid, GridBreakdown, ImplicitRule, ImplicitTransport, KineticTransport, SolverWork, TimeExact,
    TransportIntegrator, Unsplit,
};
use crate::model::{ItoSde, ReverseDiffusion};

pub(super) enum Transport {
    None,
    TimeExact(Box<TimeExact>),
    Kinetic(Box<KineticTransport>),
    Implicit(Box<ImplicitTransport>),
    /// With the reaction.
    Unsplit(Box<Unsplit>),
    Varying(Box<Varying>),
}

/// Coefficients that depend on t, taken in the middle of every step: of order 2, and symmetric in time.
pub(super) struct Varying {
    motion: VaryingMotion,
    grid: Grid,
    integrator: TransportIntegrator,
    unresolved_mass: f64,
}

/// An equation whose coefficients depend on t.
pub(super) enum VaryingMotion {
    Ito(Box<ItoSde>),
    Reversed(Box<ReverseDiffusion>),
}

impl VaryingMotion {
    fn generator(&self, grid: &Grid, time: f64) -> Result<Generator, GridBreakdown> {
        match self {
            Self::Ito(sde) => Generator::diffusion(grid, sde, time),
            Self::Reversed(flow) => Generator::reversed(grid, flow, time),
        }
    }
}

impl Varying {
    pub(super) fn transport(
        motion: VaryingMotion,
        grid: &Grid,
        integrator: TransportIntegrator,
    ) -> Transport {
        let unresolved_mass = 0.0;
        Transport::Varying(Box::new(Self { motion, grid: grid.clone(), integrator, unresolved_mass }))
    }

    /// The fastest rate at which a cell is left at this time; 0 where there is none.
    pub(super) fn rate(&self, time: f64) -> f64 {
        let exits = self.motion.generator(&self.grid, time).map(|generator| generator.exit_rates());
        exits.unwrap_or_default().into_iter().fold(0.0, f64::max)
    }

    fn advance(
        &mut self,
        log_density: &mut [f64],
        h: f64,
        time: f64,
        work: &mut SolverWork,
    ) -> Result<(), GridBreakdown> {
        let generator = self.motion.generator(&self.grid, time + 0.5 * h)?;
        let mut transport = Transport::of(generator, self.integrator)?;
        transport.advance(log_density, h, time, work)?;
        self.unresolved_mass = self.unresolved_mass.max(transport.unresolved_mass());
        Ok(())
    }
}

impl Transport {
    pub(super) fn of(generator: Generator, integrator: TransportIntegrator) -> Result<Self, GridBreakdown> {
        let rule = match integrator {
            TransportIntegrator::TimeExact => {
                return Ok(Self::TimeExact(Box::new(TimeExact::new(generator))));
            }
            TransportIntegrator::BackwardEuler => ImplicitRule::BackwardEuler,
            TransportIntegrator::CrankNicolson => ImplicitRule::CrankNicolson,
            TransportIntegrator::TrBdf2 => ImplicitRule::TrBdf2,
        };
        Ok(Self::Implicit(Box::new(ImplicitTransport::new(generator, rule)?)))
    }

    pub(super) fn advance(
        &mut self,
        log_density: &mut [f64],
        h: f64,
        time: f64,
        work: &mut SolverWork,
    ) -> Result<(), GridBreakdown> {
        match self {
            Self::None | Self::Unsplit(_) => {}
            Self::TimeExact(transport) => work.products += transport.advance(log_density, h, time)?,
            Self::Kinetic(transport) => transport.advance(log_density, h, time)?,
            Self::Implicit(transport) => work.solves += transport.advance(log_density, h, time)?,
            Self::Varying(transport) => transport.advance(log_density, h, time, work)?,
        }
        Ok(())
    }

    pub(super) fn unresolved_mass(&self) -> f64 {
        match self {
            Self::Implicit(transport) => transport.unresolved_mass(),
            Self::Varying(transport) => transport.unresolved_mass,
            Self::None | Self::TimeExact(_) | Self::Kinetic(_) | Self::Unsplit(_) => 0.0,
        }
    }
}
