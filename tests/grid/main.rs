//! The grid solver: structure, closed forms, errors that cover, spectra and exit times.

#[path = "../common/mod.rs"]
mod common;

mod barriers_slow_langevin_alone;
mod chi_squared_reaction_is_exact;
mod divergences_are_told_or_not;
mod double_well_reference;
mod exit_times_are_exact;
mod fisher_rao_path;
mod gibbs_is_stationary;
mod grid_errors_count_the_rest;
mod grid_errors_cover;
mod grid_orders;
mod harsh_errors_cover;
mod kinetic_grids;
mod manufactured_solutions;
mod many_right_hand_sides;
mod sides_of_the_box;
mod spectra;
mod splittings_beat_the_flow;
mod steps_choose_themselves;
mod structure_is_kept;
mod tails_are_right;
mod tempered_targets;
mod three_dimensions;
mod wasserstein_distances;
mod work_for_precision;
