//! Polynomials, power series, formulas, variates, identities: exact where the code is.

#[path = "../common/mod.rs"]
mod common;

mod elementary_functions_are_accurate;
mod exact_algebra_is_a_ring;
mod expressions;
mod functions_in_code;
mod identities_are_decided;
mod identities_hold_numerically;
mod invariance;
mod mixtures;
mod order_fits_are_honest;
mod variates_have_their_laws;
