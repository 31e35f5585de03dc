//! What V and starts do within cells, constants of V, and walls of V: errors count the first, and none of the others.

use crate::common::{close, findings};
use wfr::study::findings::Findings;

/// A gradient flow; all of its checks pass.
fn flow(potential: &str, start: [f64; 2], keys: &str, grid: &str, observables: &str) -> Findings {
    let [mean, variance] = start;
    let found = findings(&format!(
        "observables = [{observables}]\n[target]\npotential = \"{potential}\"\n[initial]\nmean = [{mean:?}]\n\
         covariance = [[{variance:e}]]\n[flow]\n{keys}\n[grid]\n{grid}\n"
    ));
    assert_eq!(found.breakdown, None);
    let failed = found.checks.iter().find(|check| !check.passed);
    assert!(failed.is_none(), "{potential}: {failed:?}");
    found
}

#[track_caller]
fn covers(found: &Findings, name: &str, exact: f64, most: f64) {
    let estimate = found.grid.as_ref().unwrap().observables[name];
    close(estimate.value, exact, estimate.error, name);
    assert!(estimate.error <= most, "{name}: an error of {:e} says little", estimate.error);
}

fn warns(found: &Findings, word: &str) -> bool {
    found.warnings.iter().any(|warning| warning.contains(word))
}

/// [m, s] of N(m, s) on its way to N(0, 1), α = β = 1, after a time 1.
fn gaussian(mut y: [f64; 2]) -> [f64; 2] {
    let slope = |[m, s]: [f64; 2]| [-m * (1.0 + s), (2.0 + s) * (1.0 - s)];
    let (steps, moved) = (100_000, |y: [f64; 2], k: [f64; 2], h: f64| [y[0] + h * k[0], y[1] + h * k[1]]);
    let h = 1.0 / f64::from(steps);
    for _ in 0..steps {
        let k = slope(moved(y, slope(y), 0.5 * h));
        y = moved(y, k, h);
    }
    y
}

#[test]
fn wells_and_walls_of_v_within_a_cell_are_in_the_error() {
    // Fisher–Rao has come to the target, of which a well that is 0.001 wide and 10 deep holds a good part.
    let well = "x^2/2 - 10*exp(-((x - 2.0137)/0.001)^2)";
    let keys = "transport = 0.0\nhorizon = 40.0";
    let found = flow(well, [0.0, 1.0], keys, "lower = [-8.0]\nupper = [8.0]\ncells = [400]", "\"x\"");
    let outside = (2.0 * std::f64::consts::PI).sqrt();
    let width = 1e-3 / 5000.0;
    let inside: f64 = (-30_000..30_000)
        .map(|k| (f64::from(k) + 0.5) * width)
        .map(|u| {
            ((10.0 * (-(u / 1e-3).powi(2)).exp()).exp_m1()) * (-0.5 * (2.0137 + u).powi(2)).exp() * width
        })
        .sum();
    covers(&found, "x", 2.0137 * inside / (outside + inside), f64::INFINITY);
    assert!(warns(&found, "feature"));
    assert!(found.grid.unwrap().observables["x"].error > 1e-3);
    // A wall in the way is not in any cell's share of the target, but it resists.
    let wall = "x^2/2 + 6*exp(-((x - 0.0123)/0.001)^2)";
    let keys = "reaction = 0.0\nhorizon = 1.0";
    let found = flow(wall, [-1.0, 0.04], keys, "lower = [-7.0]\nupper = [7.0]\ncells = [200]", "\"x\"");
    let free = flow("x^2/2", [-1.0, 0.04], keys, "lower = [-7.0]\nupper = [7.0]\ncells = [200]", "\"x\"");
    assert!(found.grid.unwrap().observables["x"].error > 100.0 * free.grid.unwrap().observables["x"].error);
}

#[test]
fn starts_narrower_than_a_cell_are_reported() {
    for variance in [1e-12, 1e-4] {
        let found = flow("x^2/2", [1.0, variance], "horizon = 1.0", "cells = [50]", "\"x\"");
        assert!(warns(&found, "feature"));
        covers(&found, "x", gaussian([1.0, variance])[0], 1.0);
        // Without a reaction the spread that cells need is a power of their width, which is extrapolated.
        let keys = "reaction = 0.0\nhorizon = 1.0";
        let found = flow("x^2/2", [1.0, variance], keys, "cells = [100]", "\"x\", \"x^2\"");
        let fade = (-2.0f64).exp();
        covers(&found, "x", (-1.0f64).exp(), 1e-2);
        covers(&found, "x^2", fade + 1.0 + (variance - 1.0) * fade, 5e-2);
    }
    let found = flow("x^2/2", [1.0, 0.2], "horizon = 1.0", "cells = [50]", "\"x\"");
    assert!(!warns(&found, "feature"));
}

#[test]
fn constants_of_v_change_nothing() {
    let start = [1.0, 0.5];
    for constant in ["1e6", "-1e6", "1e9"] {
        let found = flow(&format!("x^2/2 + {constant}"), start, "horizon = 1.0", "cells = [200]", "\"x\"");
        covers(&found, "x", gaussian(start)[0], 1e-3);
    }
    // Of that one, V has no more than a multiple of 1/8 left: the error says so, and the run ends.
    let found = findings(
        "observables = [\"x\"]\n[target]\npotential = \"x^2/2 + 1e15\"\n[initial]\nmean = [1.0]\ncovariance = [[0.5]]\n\
         [flow]\nhorizon = 1.0\n[grid]\nlower = [-7.0]\nupper = [7.0]\ncells = [100]\n",
    );
    match &found.grid {
        Some(grid) => {
            close(grid.observables["x"].value, gaussian(start)[0], grid.observables["x"].error, "x")
        }
        None => assert!(found.breakdown.is_some()),
    }
}

#[test]
fn nothing_is_lost_through_walls_of_v() {
    let gamma = "lower = [0.0]\nupper = [45.0]\ncells = [400]";
    let found = flow("x - 2*log(x)", [3.0, 0.1], "horizon = 20.0", gamma, "\"x\"");
    assert!(!warns(&found, "box"), "{:?}", found.warnings);
    covers(&found, "x", 3.0, 1e-3);
    let steep = "lower = [-1.6]\nupper = [1.6]\ncells = [200]";
    let found = flow("x^20/20", [0.3, 0.02], "horizon = 20.0", steep, "\"x\"");
    assert!(!warns(&found, "box"), "{:?}", found.warnings);
    covers(&found, "x", 0.0, 1e-4);
    // A box that does cut is reported.
    let found =
        flow("x^2/2", [0.3, 0.1], "horizon = 20.0", "lower = [-2.5]\nupper = [2.5]\ncells = [200]", "\"x\"");
    assert!(warns(&found, "box"));
}

#[test]
fn coarse_cells_and_steps_are_covered() {
    let found = flow(
        "x^2/2",
        [1.3, 0.3],
        "reaction = 1.0\nhorizon = 1.0",
        "cells = [37]\ntransport = \"backward-euler\"\nmethod = \"strang\"\nstep = 0.05",
        "\"x\", \"x^2\", \"exp(x)\"",
    );
    let [m, s] = gaussian([1.3, 0.3]);
    covers(&found, "x", m, 0.3);
    covers(&found, "x^2", m * m + s, 1.0);
    covers(&found, "exp(x)", (m + 0.5 * s).exp(), 1.0);
}

#[test]
fn implicit_half_steps_are_cut_alike_in_companions() {
    // E exp(−½ω²∫W²) = cosh(ωT)^{−1/2}. The 170 steps have 50 frames, at each of which half steps end.
    let (rate, time) = (0.024_417_846_313_621_434, 1.084_918_584_520_728);
    let found = findings(&format!(
        "observables = [\"1\"]\n[initial]\npoint = [0.0]\n[sde]\ndrift = [\"0\"]\ndiffusion = [[\"1\"]]\nrate = \"{rate:?}*x^2\"\n\
         horizon = {time:?}\n[grid]\nlower = [-9.4]\nupper = [9.4]\ncells = [126]\nstep = {:?}\ntransport = \"backward-euler\"\n",
        time / 170.0
    ));
    let grid = found.grid.as_ref().unwrap();
    let exact = ((2.0f64 * rate).sqrt() * time).cosh().powf(-0.5);
    close(grid.mass, exact, grid.mass_error, "mass");
    covers(&found, "1", exact, 1e-5);
}
