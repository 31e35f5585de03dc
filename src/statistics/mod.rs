//! How studies judge estimates.
//!
//! An [`Evidence`] is an estimate with all that is known of its spread. [`Evidence::against`] compares it with a value. The
//! result is a score in standard errors if there is an interval (`intervals`), and otherwise the reason why there is none.
//! Events are judged by their binomial law (`rare`), so a standard error of 0 is not certainty. `quadratic_form` has the laws of χ² and
//! kernel statistics. `tails` decides whether sums
//! appear to have a variance. `warnings` puts the results into words.
//!
//! Belongs here: what turns numbers and their spread into a score or a reason. Does not: the estimates, and verdicts on
//! particular claims ([`crate::study`]).

mod interval;
mod intervals;
mod quadratic_form;
mod rare;
mod scores;
mod tails;
mod warnings;

pub use interval::Interval;
pub use intervals::{Evidence, FEWEST_TERMS, Judgement, ROUNDING, Spread};
pub use quadratic_form::QuadraticForm;
pub use rare::{clopper_pearson, event_score, upper_bound_of_none};
pub use scores::{largest, score};
pub use tails::Tail;
pub use warnings::{Estimated, few_groups, rare as rare_warnings, tails as tail_warnings};
