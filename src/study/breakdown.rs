/// Hears of progress: the stage, and the share of it that is done.
pub type Progress<'a> = &'a (dyn Fn(&str, f64) + Sync);

/// Why a computation ended early.
#[derive(Clone, Debug, thiserror::Error, PartialEq)]
pub enum Breakdown {
    /// On the grid.
    #[error("grid: {0}")]
    Grid(#[from] crate::pde::GridBreakdown),
    /// Among the particles.
    #[error("particles: {0}")]
    Particles(#[from] crate::particles::ParticleBreakdown),
    /// In the noise-free expectation.
    #[error("law: {0}")]
    Law(#[from] crate::law::LawError),
    /// A part that an earlier breakdown has left out.
    #[error("it needs {0}, which the run does not have")]
    Absent(&'static str),
    /// A computation that the problem does not support; no [`Plan`](super::Plan) requires one.
    #[error("{0}")]
    Unfit(String),
    /// A mistake in wfr, or in what a program adds to it.
    #[error("a mistake in wfr, of which its authors should hear, or in code that a program adds to it: {0}")]
    Panicked(String),
    /// The run has not come to an end.
    #[error("running, or ended from outside: none of it is reported yet")]
    Running,
    /// Someone asked for an end.
    #[error("interrupted: the parts that were not finished are missing")]
    Interrupted,
}

impl Breakdown {
    /// Whether someone asked for an end.
    pub fn interrupts(&self) -> bool {
        matches!(
            self,
            Self::Interrupted | Self::Particles(crate::particles::ParticleBreakdown::Interrupted { .. })
        )
    }
}

impl From<crate::keys::Fault> for Breakdown {
    fn from(fault: crate::keys::Fault) -> Self {
        Self::Unfit(fault.message)
    }
}

impl From<crate::model::Unsupported> for Breakdown {
    fn from(unsupported: crate::model::Unsupported) -> Self {
        Self::Unfit(unsupported.to_string())
    }
}
