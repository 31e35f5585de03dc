//! Samples the WFR flow toward a double well with weighted particles, and compares them with the grid.

use wfr::Experiment;

pub fn main() {
    let run = Experiment::formula("(x^2 - 1)^2 - x/2")
        .start(&[-1.0], &[&[0.05]])
        .horizon(1.0)
        .observe("x > 0")
        .grid(&[200])
        .particles(10_000, 0.02)
        .study("compare")
        .run()
        .expect("a sound scenario");
    let particles = run.findings.particles.expect("particles").observables["x > 0"];
    let grid = run.findings.grid.expect("a grid").observables["x > 0"];
    println!(
        "particles {} ± {:.1e}, grid {} ± {:.1e}",
        particles.value, particles.stderr, grid.value, grid.error
    );
    assert!(run.findings.passed);
}
