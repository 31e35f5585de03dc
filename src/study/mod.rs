//! Studies: where independent methods meet. Grid, particles, noise-free expectations and proofs are run on one [`Plan`] and
//! held against each other.
//!
//! [`run`] is the whole of it: a plan goes in, [`findings`] (the data of result.json) and [`figure`]s come out.
//!
//! One kind of study is one file or folder with a `KIND` and an `impl Study` ([`kind`] has the trait): its keys, its
//! settings, what it found, its figures and tables. [`KINDS`] lists them. `basis` says what a study may require, `plan` has
//! the rules of what fits what, `run` is the loop over the studies, `step_bias` and [`fit`] are what several judge with.
//!
//! Belongs here: what compares two computations and passes a verdict. Does not: the computations ([`crate::pde`],
//! [`crate::particles`], [`crate::law`]), TOML ([`crate::scenario`]), HTML ([`crate::report`]).

pub mod barrier;
mod basis;
mod bins;
mod breakdown;
mod common_keys;
pub mod compare;
pub mod decay;
mod density_figure;
pub mod distance;
pub mod divergences;
pub mod enclose;
pub mod ensemble_order;
mod ensemble_warnings;
pub mod exit;
pub mod figure;
pub mod findings;
pub mod fit;
mod grid;
pub mod grid_order;
mod grid_warnings;
pub mod kind;
pub mod manufactured;
mod modes;
pub mod multilevel;
mod narrow_in_space;
mod oracle;
pub mod order;
mod outcome;
mod path;
mod plan;
mod prelude;
pub mod reference;
mod run;
mod sample;
mod sampled;
pub mod samples;
pub mod schema;
mod series;
pub mod spectrum;
pub mod step_bias;
mod table;
pub mod target_law;
mod turning;
mod uncoupled_bias;
mod unmet_rate;
mod verdict;
pub mod weak_order;
mod wells;
pub mod work_precision;

pub use basis::Basis;
pub use breakdown::{Breakdown, Progress};
pub use grid::GridRun;
pub use kind::{Kind, Study};
pub use outcome::Outcome;
pub use path::particle_path;
pub use plan::{FEWEST_CELLS, Part, Plan, Reason, dimension_fault, fitting_schemes};
pub use run::{Keeping, Run, run, run_keeping};
pub use series::{GridSeries, Series, TimeSeries};
pub use table::{Row, Table};
pub use verdict::{Ending, Verdict};

/// Every kind of study that a scenario can name.
pub static KINDS: &[&Kind] = &[
    &compare::KIND,
    &weak_order::KIND,
    &grid_order::KIND,
    &manufactured::KIND,
    &spectrum::KIND,
    &enclose::KIND,
    &decay::KIND,
    &barrier::KIND,
    &exit::KIND,
    &divergences::KIND,
    &distance::KIND,
    &multilevel::KIND,
    &ensemble_order::KIND,
    &reference::KIND,
    &samples::KIND,
    &target_law::KIND,
    &work_precision::KIND,
];

/// Two-sided quantile of Student's t for one check: with up to a few hundred checks in a run, at
/// 1e-9 each, false alarms stay below 1e-6 a run.
fn t_threshold(degrees_of_freedom: usize) -> f64 {
    use statrs::distribution::{ContinuousCDF, StudentsT};
    const FALSE_ALARM: f64 = 1e-9;
    StudentsT::new(0.0, 1.0, degrees_of_freedom.max(1) as f64)
        .map_or(f64::INFINITY, |law| law.inverse_cdf(1.0 - 0.5 * FALSE_ALARM))
}
