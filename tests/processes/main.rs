//! Runs from outside: signals, crashes, folders, limits.

#[path = "../common/mod.rs"]
mod common;

mod enclosures_are_replayed;
mod folders_are_safe;
mod limits_hold;
mod runs_survive_crashes;
mod signals_end_runs;
