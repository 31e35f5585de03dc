//! One-step schemes and Feynman–Kac weight rules, each written once over [`Scalar`](crate::algebra::Scalar).
//!
//! A scheme is one file: its formula, its reference, its claimed weak order, its noise. It joins
//! the toolkit by one line in [`CATALOGUE`], or a program's own [`Catalogue`]; sampling, the noise-free expectation, the proof
//! ([`certificate`]) and the report pick it up from there. Read [`Sde`] first (what a scheme steps),
//! then [`OneStep`] (how its formula is written) and [`Reads`] (on which scalars it is read). Ensembles
//! of particles and studies do not belong here.

mod catalogue;
pub mod certificate;
mod claims;
mod debrabant;
mod equation;
mod euler_density;
mod euler_maruyama;
mod kinetic;
mod leimkuhler_matthews;
mod local_linearization;
mod mala;
mod matrix;
mod milstein;
mod platen;
mod platen_general;
mod reading;
mod reversal;
mod roessler;
mod tamed_euler;
mod theta;
pub mod traced;
mod weight;

pub use catalogue::{ADJUSTED, CATALOGUE, Catalogue, NameTaken, find, find_transition};
pub use claims::{Claims, EquationClass, NoiseClass, fits, order_with};
pub use debrabant::Debrabant;
pub use equation::{Equation, Implicit, Langevin, Overdamped, Sde, Step};
pub use euler_density::euler_density;
pub(crate) use euler_density::scattered;
pub use euler_maruyama::EulerMaruyama;
pub use kinetic::{Aboba, Baoab, Bbk, Kinetic, KineticStep, Obabo, StochasticExponentialEuler, Ubu};
pub use leimkuhler_matthews::LeimkuhlerMatthews;
pub use local_linearization::LocalLinearization;
pub use mala::{Mala, scaled_log_ratio};
pub use milstein::Milstein;
pub use platen::Platen;
pub use platen_general::PlatenGeneral;
pub use reading::{JetSeries, OneStep, Reads, Scheme, Transition};
pub use reversal::Reversal;
pub use roessler::{RoesslerPairs, RoesslerRi6};
pub use tamed_euler::TamedEuler;
pub use theta::Theta;
pub use weight::{RateQuadrature, WeightRule};
