//! A split of the flow can be nearer to its target than the flow itself (arXiv 2511.18060): which order of the parts does it,
//! and by how much, for concentrated and diffuse targets. Closed forms of the two parts on Gaussians (theory.md §2.3, §2.5).

use crate::common::{close, scenario};
use wfr::pde::Evolution;
use wfr::pde::estimate::relative_entropy;

/// Mean and variance.
type Gaussian = [f64; 2];

/// Exact Langevin flow to N(0, g).
fn transport([m, v]: Gaussian, g: f64, t: f64) -> Gaussian {
    [m * (-t / g).exp(), g + (v - g) * (-2.0 * t / g).exp()]
}

/// Exact Fisher–Rao flow to N(0, g): precision, and precision times mean, relax at rate 1.
fn reaction([m, v]: Gaussian, g: f64, t: f64) -> Gaussian {
    let keep = (-t).exp();
    let precision = keep / v + (1.0 - keep) / g;
    [keep * m / v / precision, 1.0 / precision]
}

fn kl([m, v]: Gaussian, g: f64) -> f64 {
    0.5 * ((v + m * m) / g - 1.0 - (v / g).ln())
}

/// KL after time 1 by steps of 1/n of both parts, in either order: (W–FR, FR–W).
fn split(start: Gaussian, g: f64, n: u32) -> [f64; 2] {
    let h = 1.0 / f64::from(n);
    let w_fr = (0..n).fold(start, |law, _| reaction(transport(law, g, h), g, h));
    let fr_w = (0..n).fold(start, |law, _| transport(reaction(law, g, h), g, h));
    [kl(w_fr, g), kl(fr_w, g)]
}

/// KL of the flow itself after time 1: the limit of Strang's splitting, extrapolated.
fn flow(start: Gaussian, g: f64) -> f64 {
    let strang = |n: u32| {
        let h = 1.0 / f64::from(n);
        let step = |law, _| transport(reaction(transport(law, g, 0.5 * h), g, h), g, 0.5 * h);
        kl((0..n).fold(start, step), g)
    };
    (4.0 * strang(4096) - strang(2048)) / 3.0
}

/// The same splittings on the grid.
fn on_the_grid([m, v]: Gaussian, g: f64, n: u32, method: &str) -> f64 {
    let text = format!(
        "[target]\npotential = \"x^2/(2*{g:?})\"\n[initial]\nmean = [{m:?}]\ncovariance = [[{v:?}]]\n\
         [flow]\nhorizon = 1.0\n[grid]\nlower = [-12.0]\nupper = [12.0]\ncells = [1200]\nstep = {:?}\nmethod = \"{method}\"\n",
        1.0 / f64::from(n)
    );
    let plan = scenario(&text).plan;
    let settings = plan.grid().unwrap();
    let grid = settings.grid();
    let mut evolution =
        Evolution::new(plan.problem(), &grid, settings.method, settings.transport, settings.step).unwrap();
    let (trajectory, breakdown) = evolution.run(&[1.0], |_| ());
    assert_eq!(breakdown, None);
    relative_entropy(&trajectory, trajectory.last(), &grid.sample(|x| x[0] * x[0] / (2.0 * g)))
}

#[test]
fn one_order_is_nearer_to_the_target_than_the_flow() {
    // theory.md §2.5: start N(3, 1/4), target N(0, 1); the start is concentrated, the target diffuse.
    let start = [3.0, 0.25];
    let exact = flow(start, 1.0);
    close(exact, 0.1424001291473392, 1e-9, "KL of the flow (theory.md §2.3)");
    for (n, w_fr, fr_w) in [(4, -1.892e-2, 2.59e-2), (8, -1.025e-2, 1.20e-2), (16, -5.33e-3, 5.77e-3)] {
        let found = split(start, 1.0, n);
        close(found[0] - exact, w_fr, 6e-6, &format!("W–FR with {n} steps"));
        close(found[1] - exact, fr_w, 6e-5, &format!("FR–W with {n} steps"));
    }
}

#[test]
fn which_order_it_is_depends_on_who_is_wider() {
    for (start, g, faster) in [([3.0, 0.25], 1.0, 0), ([0.0, 0.25], 1.0, 0), ([0.0, 4.0], 1.0, 1)] {
        let exact = flow(start, g);
        for n in [4, 8, 16] {
            let found = split(start, g, n);
            assert!(found[faster] < exact && exact < found[1 - faster], "{start:?}: {found:?} {exact}");
        }
    }
}

#[test]
fn the_grid_splits_as_the_closed_forms_do() {
    for (start, g) in [([1.5, 0.25], 1.0), ([2.0, 4.0], 1.0)] {
        let exact = split(start, g, 8);
        for (method, exact) in ["w-fr", "fr-w"].into_iter().zip(exact) {
            // The space error of 1200 cells on 24, Δx² = 4e-4 times a constant of order 1.
            close(on_the_grid(start, g, 8, method), exact, 4e-4, method);
        }
    }
    let difference = split([1.5, 0.25], 1.0, 8);
    assert!(
        (difference[0] - difference[1]).abs() > 4e-3,
        "the grid could not tell them apart: {difference:?}"
    );
}
