//! Targets that change on the way, on the grid: with the rate ∂_t V_t the law stays the geometric mean of start and target,
//! and the mass is the ratio of their normalisers (Jarzynski 1997).

use crate::common::{close, findings};

/// ∫e^{−(x² − 1)²}dx/√(2π), and the mean of x² and x⁴ under e^{−(x² − 1)²}: mpmath, 30 digits.
const MASS: f64 = 0.787_405_204_858_457;
const MOMENTS: [f64; 2] = [0.832_745_487_128_38, 1.082_745_487_128_38];

#[test]
fn the_grid_follows_a_tempered_target() {
    for (transport, resolved) in
        [("time-exact", 1e-6), ("tr-bdf2", 1e-5), ("crank-nicolson", 1e-5), ("backward-euler", 1e-3)]
    {
        let text = include_str!("../../validation/tempered-well.toml");
        let (settings, _) = text.split_once("[particles]").unwrap();
        let found = findings(&format!("{settings}transport = \"{transport}\"\n"));
        assert!(found.breakdown.is_none(), "{transport}: {:?}", found.breakdown);
        let grid = found.grid.unwrap();
        let check = |name: &str, value: f64, error: f64, exact: f64| {
            // The stated error is the last correction of an extrapolation: what is left is its fraction once the expansion in
            // the cells has set in, and that it has is what 3 allows for.
            close(value, exact, 3.0 * error, &format!("{transport}, {name}"));
            assert!(error < resolved, "{transport}, {name}: {error:e} says little");
        };
        check("log-normaliser", grid.log_normalizer, grid.log_normalizer_error, MASS.ln());
        for ((name, estimate), moment) in grid.observables.iter().zip(MOMENTS) {
            check(name, estimate.value, estimate.error, moment * MASS);
        }
    }
}
