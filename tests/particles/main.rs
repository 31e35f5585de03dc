//! Weighted particles: motion, weights, resampling, standard errors, orders by Monte Carlo, reverse diffusions.

#[path = "../common/mod.rs"]
mod common;

mod annealing_is_unbiased;
mod birth_death_follows_the_flow;
mod code_moves_particles;
mod coupled_levels_are_right;
mod gaussian_targets;
mod kl_is_dissipated;
mod monte_carlo_tells_the_order;
mod moves_carry_everything;
mod multilevel_estimates_are_honest;
mod posteriors_read_their_data;
mod rare_events_are_judged;
mod resampling_is_unbiased;
mod reverse_diffusion_has_its_target;
mod reverse_diffusion_reacts;
mod reverse_kinetic_diffusion_has_its_target;
mod runaway_paths_break_down;
mod same_seed_same_bits;
mod standard_errors_are_honest;
mod static_motion_has_the_same_bits;
mod step_bias_excuses_little;
mod summaries_are_those_of_the_weights;
mod tails_are_seen;
mod weights_count;
