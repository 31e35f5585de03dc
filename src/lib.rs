//! Verified numerical analysis of Wasserstein–Fisher–Rao gradient flows.
#![warn(missing_docs)]

pub mod algebra;
pub mod exact;
pub mod law;
pub mod model;
pub mod particles;
pub mod pde;
pub mod report;
pub mod scenario;
pub mod schemes;
pub mod study;
pub mod symbolic;
