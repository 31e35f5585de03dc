//! The Wasserstein–Fisher–Rao distance between point clouds.

mod certify;
mod cloud;
mod cost;
mod distance;
mod error;
mod forest;
mod geodesic;
mod hellinger;
mod interior;
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
