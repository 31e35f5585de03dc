//! What `wfr prove` decides of schemes: orders, domains, constants, invariant laws, and what it refuses.

#[path = "../common/mod.rs"]
mod common;

mod adjusted_steps_keep_the_target;
mod adversarial_schemes_are_judged;
mod constants_are_predicted;
mod error_operators_predict_constants;
mod exact;
mod exact_moments_agree;
mod interpretations_are_declared;
mod invariant_measures_are_known;
mod made_up_schemes_get_their_orders;
mod odd_schemes_get_verdicts;
mod planted_schemes_get_their_orders;
mod proofs_name_their_domain;
mod stationary_laws_are_exact;
mod stencils_are_proved;
mod traced_schemes_are_schemes;
mod weak_orders_are_proved;
mod wrong_schemes_are_refuted;
