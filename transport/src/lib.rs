//! Distances between point clouds that carry masses: intervals that hold the true value, and shortest curves.
//!
//! [`wfr`] computes the squared Wasserstein–Fisher–Rao (Hellinger–Kantorovich) distance S_δ, in which mass moves over
//! distances below πδ and grows and vanishes instead of going farther; [`w2`] the squared Wasserstein distance of order 2.
//! Both return a plan and potentials, and the interval that these prove by [`certify`], whatever the solver did. [`Geodesic`]
//! follows the shortest curve, [`spherical`] gives the distance among probability measures, and [`hellinger`] what is left
//! where nothing moves.
//!
//! ```
//! use transport::{Cloud, Geodesic, Settings, wfr};
//!
//! // Masses 1 and 2 at the distance 0.8, and one of mass 3 that is out of reach.
//! let μ = Cloud::new(2, vec![0.0, 0.0, 50.0, 0.0], vec![1.0, 3.0])?;
//! let ν = Cloud::new(2, vec![0.0, 0.8], vec![2.0])?;
//! let distance = wfr(&μ, &ν, 1.0, &Settings::default())?;
//! let exact = 1.0 + 2.0 - 2.0 * 2f64.sqrt() * 0.4f64.cos() + 3.0;
//! assert!(distance.met && distance.lower <= exact && exact <= distance.upper);
//!
//! let (points, masses) = Geodesic::new(&μ, &ν, 1.0, &distance)?.at(0.5);
//! assert!(points[1] > 0.4 && points[1] < 0.5 && (masses[1] - 0.75).abs() < 1e-15);
//! # Ok::<(), transport::Error>(())
//! ```
//!
//! The method, its accuracy and its limits are in the README. Read `cost`, `order` and `search` for looking at all pairs,
//! `pairs`, `newton`, `interior` and `forest` for solving on some, and `solve` for choosing these; `certify` stands alone.

mod certify;
mod cloud;
mod condensed;
mod cost;
mod distance;
mod error;
mod forest;
mod geodesic;
mod hellinger;
mod interior;
mod line;
mod newton;
mod order;
mod pairs;
mod search;
mod solve;
mod spherical;
mod sum;

pub use certify::{Plan, certify, certify_w2};
pub use cloud::Cloud;
pub use distance::{Distance, Settings, w2, wfr};
pub use error::Error;
pub use geodesic::Geodesic;
pub use hellinger::hellinger;
pub use spherical::spherical;
