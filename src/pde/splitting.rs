//! How one step combines transport and reaction.

/// Splitting of transport (W) and reaction (FR).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Splitting {
    /// Half transport, reaction, half transport: order 2.
    Strang,
    /// Transport, then reaction: order 1.
    TransportReaction,
    /// Reaction, then transport: order 1.
    ReactionTransport,
    /// Strang over a step and over its two halves, extrapolated in log ρ, which stays real: order 4.
    Richardson,
    /// None: both at once in log(ρ/π) by [`Unsplit`](super::Unsplit), of order 4, with steps of its own.
    Unsplit,
}

impl Splitting {
    /// Every choice that a scenario can name.
    pub const ALL: [Self; 5] =
        [Self::Strang, Self::TransportReaction, Self::ReactionTransport, Self::Richardson, Self::Unsplit];

    /// The name that scenarios use.
    pub fn name(self) -> &'static str {
        match self {
            Self::Strang => "strang",
            Self::TransportReaction => "w-fr",
            Self::ReactionTransport => "fr-w",
            Self::Richardson => "richardson",
            Self::Unsplit => "unsplit",
        }
    }

    /// Order of the splitting error in the step.
    pub fn order(self) -> u32 {
        match self {
            Self::TransportReaction | Self::ReactionTransport => 1,
            Self::Strang => 2,
            Self::Richardson | Self::Unsplit => 4,
        }
    }
}

/// Integrator of the transport part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TransportIntegrator {
    /// e^{hA} with every component relatively accurate. On kinetic grids the name is kept for what is not exact in time:
    /// [`KineticTransport`](super::KineticTransport), whose steps are as short as the fastest crossing of a cell, so that
    /// their error falls as Δx² does and is part of the error in space.
    TimeExact,
    /// Order 1, positive.
    BackwardEuler,
    /// Order 2.
    CrankNicolson,
    /// Order 2, L-stable.
    TrBdf2,
}

impl TransportIntegrator {
    /// Every choice that a scenario can name.
    pub const ALL: [Self; 4] = [Self::TimeExact, Self::TrBdf2, Self::CrankNicolson, Self::BackwardEuler];

    /// The name that scenarios use.
    pub fn name(self) -> &'static str {
        match self {
            Self::TimeExact => "time-exact",
            Self::BackwardEuler => "backward-euler",
            Self::CrankNicolson => "crank-nicolson",
            Self::TrBdf2 => "tr-bdf2",
        }
    }

    /// Order in the step; `None` if there is no error in time.
    pub fn order(self) -> Option<u32> {
        match self {
            Self::TimeExact => None,
            Self::BackwardEuler => Some(1),
            Self::CrankNicolson | Self::TrBdf2 => Some(2),
        }
    }
}
