//! What every study judges with. Belongs here: intervals and bounds that know nothing of a model. Does not: anything that
//! runs a computation.

mod interval;

pub use interval::Interval;
