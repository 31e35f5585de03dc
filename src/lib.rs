//! Verified numerical analysis of Wasserstein–Fisher–Rao gradient flows.
#![warn(missing_docs)]
// Greek letters stand where the papers have them; `α` beside `a` is meant.
#![allow(confusable_idents)]

pub mod algebra;
pub mod law;
pub mod model;
pub mod particles;
pub mod pde;
pub mod report;
pub mod scenario;
pub mod schemes;
pub mod study;
pub mod symbolic;
