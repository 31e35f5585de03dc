//! Solves a killed diffusion on a grid: the mass that is left, with its error.

use wfr::Experiment;

pub fn main() {
    let run = Experiment::sde(&["-x"], &[&["sqrt(2)"]])
        .set("sde.rate", "x^2/2")
        .start(&[0.0], &[&[1.0]])
        .horizon(1.0)
        .observe("1")
        .set("grid.lower", [-7.0])
        .set("grid.upper", [7.0])
        .grid(&[200])
        .run()
        .expect("a sound scenario");
    let mass = run.findings.grid.expect("a grid").observables["1"];
    println!("{} ± {:.1e}", mass.value, mass.error);
}
