//! V = (x² − 1)², ρ₀ = N(−1, 0.04), T = 1, against values of an independent method (issue 2; ±1e-6).

use crate::common::{close, findings, flow};

const GRID: &str = "[grid]\nlower = [-3.5]\nupper = [3.5]\ncells = [600]\nstep = 0.01\n";
/// Accuracy of the reference values.
const REFERENCE_ERROR: f64 = 1e-6;

fn check(transport: f64, reaction: f64, kl: f64, observables: &[(&str, f64)]) {
    let particles =
        "[particles]\ncount = 1000000\nstep = 0.005\nscheme = \"platen\"\n[[study]]\nkind = \"compare\"";
    let found =
        findings(&flow("(x^2 - 1)^2", -1.0, 0.04, transport, reaction, &format!("{GRID}{particles}")));
    let grid = found.grid.as_ref().unwrap();
    close(grid.kl.unwrap(), kl, 5e-6, "KL");
    for &(name, expected) in observables {
        let on_grid = grid.observables[name];
        close(on_grid.value, expected, 5e-6, name);
        close(
            on_grid.value,
            expected,
            on_grid.error + REFERENCE_ERROR,
            &format!("{name}: the error covers the miss"),
        );
        let sampled = found.particles.as_ref().unwrap().observables[name];
        // Student's t with 63 degrees of freedom: 1e-9 for each of eleven.
        close(sampled.value, expected, 7.14 * sampled.stderr, &format!("{name}, particles"));
    }
    assert!(found.passed, "{:?}", found.checks);
}

#[test]
fn the_wfr_flow() {
    let observables = [("x", -0.2625534), ("x^2", 0.8301109), ("x^4", 1.0781682), ("x > 0", 0.3599239)];
    check(1.0, 1.0, 0.0438946, &observables);
}

#[test]
fn the_wasserstein_flow() {
    check(1.0, 0.0, 0.1470810, &[("x", -0.4706031), ("x^2", 0.8334881), ("x > 0", 0.2488344)]);
}

#[test]
fn backward_euler_transport_is_off_where_the_reaction_lifts_its_tails() {
    // Design §4: the tails of backward Euler are too fat, which the error estimate has to admit.
    let text = flow("(x^2 - 1)^2", -1.0, 0.04, 1.0, 1.0, &format!("{GRID}transport = \"backward-euler\"\n"));
    let grid = findings(&text).grid.unwrap().observables["x"];
    assert!((grid.value + 0.2625534).abs() > 1e-6, "backward Euler is not exact: {}", grid.value);
    close(grid.value, -0.2625534, grid.error + REFERENCE_ERROR, "its error estimate covers the miss");
}
