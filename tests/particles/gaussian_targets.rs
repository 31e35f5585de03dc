//! Gaussian target and start: the moments obey a closed equation, in 1-D and 2-D, α ≠ β too.

use crate::common::{close, findings};
use faer::{Col, Mat, mat};
use wfr::exact::{Gaussian, GaussianFlow};

fn one_dimensional(transport: f64, reaction: f64) -> GaussianFlow {
    let target = Gaussian { mean: Col::zeros(1), covariance: Mat::identity(1, 1) };
    GaussianFlow { transport, reaction, target }
}

fn gaussian(mean: &[f64], covariance: Mat<f64>) -> Gaussian {
    Gaussian { mean: Col::from_fn(mean.len(), |i| mean[i]), covariance }
}

#[test]
#[allow(clippy::excessive_precision)] // as printed in the source
fn the_closed_form_is_the_tabulated_one() {
    // theory.md §2.4, configuration A and its W-only and FR-only halves at t = 1: mean, variance, KL.
    let start = gaussian(&[3.0], mat![[0.25]]);
    for (transport, reaction, mean, variance, kl) in [
        (1.0, 1.0, 0.5325038641823841, 0.9510256940057377, 0.1424001291473392),
        (0.0, 1.0, 2.098532454325313, 0.4753668864186717, 2.311436864451987),
        (1.0, 0.0, 1.103638323514327, 0.8984985375725405, 0.6117731435470111),
    ] {
        let flow = one_dimensional(transport, reaction);
        let law = flow.at(&start, 1.0);
        close(law.mean[0], mean, 1e-12, "mean");
        close(law.covariance[(0, 0)], variance, 1e-12, "variance");
        close(flow.relative_entropy(&law), kl, 1e-12, "KL");
    }
}

/// A scenario with Gaussian target and start.
fn text(d: usize, target: (&[f64], &str), start: (&[f64], &str), rates: (f64, f64), grid: &str) -> String {
    let observables = if d == 1 { "\"x\", \"x^2\"" } else { "\"x\", \"y\", \"x^2\", \"x*y\", \"y^2\"" };
    format!(
        "dimension = {d}\nobservables = [{observables}]\n\
         [target]\nmixture = [{{ mean = {:?}, covariance = {} }}]\n\
         [initial]\nmean = {:?}\ncovariance = {}\n\
         [flow]\ntransport = {:?}\nreaction = {:?}\nhorizon = 1.0\n\
         [grid]\n{grid}\n\
         [particles]\ncount = 200000\nstep = 0.005\nscheme = \"platen\"\n[[study]]\nkind = \"compare\"",
        target.0, target.1, start.0, start.1, rates.0, rates.1
    )
}

/// Grid to 1e-6 and within its own error, particles within 7.14 standard errors, which Student's t with 63 degrees of freedom
/// exceeds at 1e-9.
fn check(text: &str, exact: &[(&str, f64)], kl: f64) {
    let found = findings(text);
    let (grid, particles) = (found.grid.as_ref().unwrap(), found.particles.as_ref().unwrap());
    for &(name, expected) in exact {
        close(grid.observables[name].value, expected, 1e-6, name);
        close(
            grid.observables[name].value,
            expected,
            grid.observables[name].error,
            &format!("{name}: estimated error"),
        );
        let sampled = particles.observables[name];
        close(sampled.value, expected, 7.14 * sampled.stderr, &format!("{name}, particles"));
    }
    close(grid.kl.unwrap(), kl, 1e-6, "KL");
    assert!(found.passed, "{:?}", found.checks);
}

#[test]
fn one_dimension() {
    let start = gaussian(&[3.0], mat![[0.25]]);
    for (transport, reaction) in [(1.0, 1.0), (0.5, 2.0), (1.0, 0.0)] {
        let flow = one_dimensional(transport, reaction);
        let law = flow.at(&start, 1.0);
        let (m, v) = (law.mean[0], law.covariance[(0, 0)]);
        let grid = "lower = [-9.0]\nupper = [9.0]\ncells = [800]\nstep = 0.01";
        let text = text(1, (&[0.0], "[[1.0]]"), (&[3.0], "[[0.25]]"), (transport, reaction), grid);
        check(&text, &[("x", m), ("x^2", v + m * m)], flow.relative_entropy(&law));
    }
}

#[test]
fn two_correlated_dimensions_with_unequal_rates() {
    // theory.md §2.4, the non-commuting case.
    let target = gaussian(&[0.5, 0.25], mat![[2.0, 0.6], [0.6, 0.5]]);
    let flow = GaussianFlow { transport: 1.0, reaction: 0.5, target };
    let law = flow.at(&gaussian(&[1.0, -2.0], mat![[0.3, -0.1], [-0.1, 1.2]]), 1.0);
    let (m, c) = (&law.mean, &law.covariance);
    close(m[0], 0.42565437889219, 1e-12, "tabulated mean");
    close(c[(1, 1)], 0.43643417623071, 1e-12, "tabulated covariance");
    let exact = [
        ("x", m[0]),
        ("y", m[1]),
        ("x^2", c[(0, 0)] + m[0] * m[0]),
        ("x*y", c[(0, 1)] + m[0] * m[1]),
        ("y^2", c[(1, 1)] + m[1] * m[1]),
    ];
    let grid = "lower = [-7.5, -8.6]\nupper = [8.5, 5.0]\ncells = [448, 384]\nstep = 0.02";
    let text = text(
        2,
        (&[0.5, 0.25], "[[2.0, 0.6], [0.6, 0.5]]"),
        (&[1.0, -2.0], "[[0.3, -0.1], [-0.1, 1.2]]"),
        (1.0, 0.5),
        grid,
    );
    check(&text, &exact, flow.relative_entropy(&law));
}
