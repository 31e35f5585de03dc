//! What studies judge estimates with.
//!
//! An [`Evidence`] is an estimate with all that is known of its spread. [`Evidence::against`] holds it against a value: a
//! score in standard errors where there is an interval (`intervals`), and the reason where there is none. Events are judged by
//! their binomial law (`rare`), so that a standard error of 0 is no certainty. `tails` says whether sums have a variance, as
//! far as can be seen. `warnings` puts all that into words.
//!
//! Belongs here: what turns numbers and their spread into a score or a reason. Does not: the estimates, and verdicts on
//! particular claims ([`crate::study`]).

mod interval;
mod intervals;
mod rare;
mod scores;
mod tails;
mod warnings;

pub use interval::Interval;
pub use intervals::{Evidence, FEWEST_TERMS, Judgement, ROUNDING, Spread};
pub use rare::{clopper_pearson, event_score, upper_bound_of_none};
pub use scores::{largest, score};
pub use tails::Tail;
pub use warnings::{Estimated, few_groups, rare as rare_warnings, tails as tail_warnings};
