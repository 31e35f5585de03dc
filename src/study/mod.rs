//! Studies: where the witnesses meet. Grid, particles, law and proof are run on one [`Plan`] and held
//! against each other.
//!
//! [`run`] is the whole of it: a plan goes in, [`findings`] (the data of result.json) and
//! [`figure`]s come out. [`fit`] has the statistics of convergence orders.

mod barrier;
mod bins;
mod compare;
mod decay;
mod density_figure;
mod divergences;
mod ensemble_order;
pub mod figure;
pub mod findings;
pub mod fit;
mod grid;
mod grid_order;
mod grid_warnings;
mod manufactured;
mod mean_field_bias;
mod multilevel;
mod oracle;
mod path;
mod reference;
mod run;
mod sample;
mod settings;
mod spectrum;
mod sweep;
mod target_law;
mod weak_order;
mod work_precision;

pub use divergences::NAMES as DIVERGENCES;
pub use path::particle_path;
pub use run::{Keeping, Run, run, run_keeping};
pub use settings::{
    Against, EnsembleOrderSettings, Ladder, MultilevelSettings, OrderMethod, Plan, Quantity,
    ReferenceSettings, StudySettings, SweepSettings, WeakOrderSettings, WorkPrecisionSettings,
};

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
    /// In the noise-free law.
    #[error("law: {0}")]
    Law(#[from] crate::law::LawError),
    /// Someone asked for an end.
    #[error("interrupted: the parts that were not finished are missing")]
    Interrupted,
}

/// Two-sided quantile of Student's t for one check: with up to a few hundred checks in a run, at
/// 1e-9 each, false alarms stay below 1e-6 a run.
fn t_threshold(degrees_of_freedom: usize) -> f64 {
    use statrs::distribution::{ContinuousCDF, StudentsT};
    const FALSE_ALARM: f64 = 1e-9;
    StudentsT::new(0.0, 1.0, degrees_of_freedom.max(1) as f64)
        .map_or(f64::INFINITY, |law| law.inverse_cdf(1.0 - 0.5 * FALSE_ALARM))
}
