//! Particles that read log ρ from themselves.

#[path = "../common/mod.rs"]
mod common;

mod bandwidths_fit_the_data;
mod ensemble_studies_tell_the_order;
mod gaussian_sums_keep_their_tolerance;
mod kernel_bias_is_exact;
mod kinetic_reaction_follows_the_flow;
mod mean_field_breaks_down_with_a_reason;
mod mean_field_has_its_law;
mod two_particles_are_exact;
