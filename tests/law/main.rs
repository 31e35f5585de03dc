//! The noise-free expectation of schemes, and the values that it goes to.

#[path = "../common/mod.rs"]
mod common;

mod discrete_laws_are_exact;
mod extrapolation_raises_the_order;
mod law_shows_the_order;
mod limits_are_the_exact_values;
mod noise_free_errors_cover;
