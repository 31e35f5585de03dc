//! Scenarios as text, run in one call.
#![allow(dead_code)]

pub mod diffusions;
pub mod laws;

use wfr::scenario::{Scenario, parse};
use wfr::study::findings::Findings;
use wfr::study::run;

/// The scenario in `text`.
pub fn scenario(text: &str) -> Scenario {
    parse(text, "test.toml", &[]).unwrap_or_else(|error| panic!("{error}"))
}

/// What a run of the scenario in `text` finds.
pub fn findings(text: &str) -> Findings {
    let scenario = scenario(text);
    run(&scenario.name, &scenario.plan, &scenario.warnings, &|_, _| ()).findings
}

/// A gradient flow in one dimension.
pub fn flow(potential: &str, mean: f64, variance: f64, transport: f64, reaction: f64, rest: &str) -> String {
    format!(
        "observables = [\"x\", \"x^2\", \"x^4\", \"x > 0\"]\n\
         [target]\npotential = \"{potential}\"\n\
         [initial]\nmean = [{mean:?}]\ncovariance = [[{variance:?}]]\n\
         [flow]\ntransport = {transport:?}\nreaction = {reaction:?}\nhorizon = 1.0\n{rest}"
    )
}

/// Asserts that `value` is within `tolerance` of `expected`.
#[track_caller]
pub fn close(value: f64, expected: f64, tolerance: f64, what: &str) {
    assert!(
        (value - expected).abs() <= tolerance,
        "{what}: found {value}, expected {expected} ± {tolerance:e}"
    );
}
