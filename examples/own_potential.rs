//! A potential in code, on a grid and with particles.

use wfr::Experiment;
use wfr::model::CustomPotential;

/// V(x) = log cosh(3x) + x²/2.
#[derive(Debug)]
struct Well;

impl CustomPotential for Well {
    fn value(&self, x: &[f64]) -> f64 {
        (3.0 * x[0]).cosh().ln() + 0.5 * x[0] * x[0]
    }
    fn gradient(&self, x: &[f64], out: &mut [f64]) {
        out[0] = 3.0 * (3.0 * x[0]).tanh() + x[0];
    }
}

pub fn main() {
    let flow = Experiment::potential(Well).start(&[1.0], &[&[0.5]]).horizon(0.5).observe("x^2");
    let run = flow.grid(&[200]).particles(10_000, 0.02).study("compare").run().expect("a sound scenario");
    println!("{:?}", run.findings.grid.expect("a grid").observables["x^2"]);
    assert!(run.findings.passed);
}
