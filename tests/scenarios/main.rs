//! What users give and get: scenarios, keys, messages, reports, the guide, the trials.

#[path = "../common/mod.rs"]
mod common;

mod arrays_are_read_back;
mod bad_input;
mod bad_input_of_studies;
mod claims_are_covered;
mod distances_are_asked_for_well;
mod examples_run;
mod guide;
mod hard_numbers;
mod keys_are_declared;
mod plans_are_checked;
mod report_is_robust;
mod results_are_taken_away;
mod results_have_their_schema;
mod samples_are_verified;
mod sweeps;
mod trials_hold;
