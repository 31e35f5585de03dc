//! The deterministic method: the same flow on a grid, densities carried as log ρ throughout.
//!
//! [`Grid`] is the box with its [`Sides`] and [`Spacing`]; [`stencil`] has the rates between two cells and [`time_rule`] the implicit rules, with the proofs
//! of their orders; [`Generator`] is the Scharfetter–Gummel finite-volume operator on the box, and
//! [`Circulation`] that of kinetic dynamics; [`TimeExact`], [`KineticTransport`] and [`ImplicitTransport`] advance the transport
//! part, [`Reaction`] the other one;
//! [`Evolution`] composes them and records a [`Trajectory`]; [`estimate`] runs companions on coarser
//! grids and longer steps and reports values with errors; [`smallest_modes`] and [`kinetic_eigenvalues`]
//! find eigenvalues of −L; [`cell_updates`] counts beforehand what a solution takes;
//! [`Killed`] says how long paths last that end at sides or at a rate.
//!
//! Belongs here: everything that lives on cells, with its numerical error. Does not: problems ([`crate::model`]), and what is
//! compared with what ([`crate::study`]).

mod backward;
mod boundary;
mod breakdown;
mod circulation;
mod conjugate;
mod diffusion;
mod elimination;
mod energy;
pub mod estimate;
mod evolution;
mod extent;
mod generator;
mod grid;
mod implicit;
mod killed;
mod kinetic;
mod kinetic_spectrum;
mod limit;
mod linear;
pub mod manufactured;
mod movement;
mod narrow;
mod observed;
mod quantities;
mod reaction;
mod reversed;
mod settings;
mod spacing;
mod spectrum;
mod splitting;
pub(crate) mod start;
pub mod stencil;
mod step_control;
pub mod tails;
pub mod time_rule;
mod trajectory;
mod transport;
mod tridiagonal;
mod uniformization;
mod unsplit;
mod wasserstein;
mod work;

pub use backward::backward;
pub use boundary::{End, unsettled_sides, vanishing_sides};
pub use breakdown::GridBreakdown;
pub use circulation::Circulation;
pub use elimination::Elimination;
pub use energy::{CellEnergy, invariant_on_cells, potential_on_cells};
pub use estimate::{Estimate, GridEstimates};
pub use evolution::Evolution;
pub use extent::{Extent, extent, target_beyond};
pub use generator::{Generator, Link};
pub use grid::{Grid, Sides};
pub use implicit::ImplicitTransport;
pub use killed::Killed;
pub use kinetic::KineticTransport;
pub use kinetic_spectrum::kinetic_eigenvalues;
pub use limit::extrapolated;
pub use linear::LinearSolver;
pub use narrow::{hidden, narrow_formulas};
pub use observed::on_cells;
pub use quantities::{Quantities, quantities};
pub use reaction::{DrivenRate, Reaction};
pub use settings::GridSettings;
pub use spacing::Spacing;
pub use spectrum::{Mode, smallest_modes};
pub use splitting::{Splitting, TransportIntegrator};
pub use start::{is_narrow, start_masses};
pub use tails::Side;
pub use time_rule::ImplicitRule;
pub use trajectory::{Frame, Trajectory, log_sum_exp};
pub use uniformization::TimeExact;
pub use unsplit::{DEFAULT_TOLERANCE, SolverWork, Unsplit};
pub use wasserstein::wasserstein;
pub use work::cell_updates;
