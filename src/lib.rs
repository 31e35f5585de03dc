//! Verified numerical analysis of Wasserstein–Fisher–Rao gradient flows.
//!
//! The WFR flow of KL(ρ|π), π ∝ e^{−V}, transports mass at rate α and reweights it at rate β:
//! ∂ₜρ = α ∇·(ρ∇(log ρ + V)) − β ρ (log ρ + V − ⟨log ρ + V⟩). This crate follows it twice, by weighted
//! SDEs (Feynman–Kac particles) and by a finite-volume PDE solver, and holds the two against each
//! other, against closed forms, and against proofs.
//!
//! # The tour
//!
//! Every scheme is one generic function over [`algebra::Scalar`], and is read several ways:
//! on lanes of numbers it samples ([`particles`]), on quadrature nodes it gives its own expectation
//! without noise ([`law`]), on power series of jets its weak order is proved
//! ([`schemes::certificate`], with [`symbolic`] as the ring). [`model`] says what is solved, [`pde`]
//! solves it on a grid, [`kernel`] estimates densities from particles alone, [`exact`] knows closed
//! forms, [`study`] compares the methods, [`scenario`] reads TOML and [`report`] writes what came
//! out; [`checkpoint`] keeps what long runs need to go on, [`files`] are there as a whole or not at all, and a [`folder`] may
//! hold what is not wfr's.
//!
//! Where to begin:
//!
//! | you want | read |
//! |---|---|
//! | to run something | the guide, `docs/src/start.md`, or `wfr init` |
//! | the formulas | the guide, `docs/src/mathematics.md`, then [`particles`] and [`pde`] |
//! | to run something from Rust | [`Experiment`] |
//! | your own potential | [`model::CustomPotential`] |
//! | your own scheme | [`schemes::OneStep`], [`schemes::certificate`] for its proof, and [`scenario::Vocabulary`] to name it in scenarios |
//! | your own equation | [`schemes::Sde`], and [`particles::StaticMotion`] for its speed |
//! | to sample by hand | [`particles::Ensemble`], [`particles::Population`] |
//! | densities of points | [`kernel::KernelDensity`] |
//! | to run a plan | [`study::run`], or [`study::run_keeping`] to survive crashes |
//!
//! ```
//! use wfr::schemes::certificate::certificate;
//! use wfr::schemes::{NoiseClass, PlatenGeneral, WeightRule};
//!
//! // The code that samples is the code that is proved.
//! let proof = certificate(&PlatenGeneral, WeightRule::Trapezoidal, 1, NoiseClass::Additive);
//! assert_eq!(proof.order, 2);
//! let left = certificate(&PlatenGeneral, WeightRule::Left, 1, NoiseClass::Additive);
//! assert_eq!(left.order, 1);
//! ```
//!
//! A whole scenario, from text to findings:
//!
//! ```
//! let scenario = wfr::scenario::parse(
//!     r#"
//!     observables = ["x"]
//!     [target]
//!     potential = "x^2/2"
//!     [initial]
//!     mean = [1.0]
//!     covariance = [[0.5]]
//!     [flow]
//!     reaction = 0.0
//!     horizon = 1.0
//!     [grid]
//!     lower = [-7.0]
//!     upper = [7.0]
//!     cells = [200]
//!     "#,
//!     "ornstein-uhlenbeck.toml",
//!     &[],
//! )?;
//! let run = wfr::study::run(&scenario.name, &scenario.plan, &scenario.warnings, &|_, _| ());
//! let mean = run.findings.grid.unwrap().observables["x"];
//! assert!((mean.value - (-1.0f64).exp()).abs() < mean.error);
//! # Ok::<(), wfr::scenario::ScenarioError>(())
//! ```
#![warn(missing_docs)]

/// The Rust blocks of the guide, run as tests.
#[cfg(doctest)]
#[doc = include_str!("../docs/src/recipes.md")]
mod guide {}

/// The Rust block of the README, run as a test.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
mod readme {}

pub mod algebra;
pub mod checkpoint;
pub mod exact;
mod experiment;
pub mod files;
pub mod folder;
pub mod format;

pub mod kernel;
pub mod keys;
pub mod law;
pub mod model;
pub mod panics;
pub mod particles;
pub mod pde;
pub mod proofs;
pub mod report;
pub mod scenario;
pub mod schemes;
pub mod statistics;
pub mod study;
pub mod symbolic;

pub use experiment::{Experiment, Setting};

/// The commit of the sources, if the build was told: `WFR_COMMIT=$(git rev-parse HEAD) cargo build --release`.
pub const COMMIT: Option<&str> = option_env!("WFR_COMMIT");
