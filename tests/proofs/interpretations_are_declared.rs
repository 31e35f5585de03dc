//! Itô is the default; Stratonovich coefficients are converted exactly, and noise that commutes is recognised.

use crate::common::scenario;
use wfr::model::{Dynamics, ItoSde};
use wfr::schemes::{NoiseClass, Sde};

fn sde(dimension: usize, diffusion: &str, interpretation: &str) -> ItoSde {
    let (zeros, ones) = (vec!["\"0\""; dimension].join(", "), vec!["1.0"; dimension].join(", "));
    let text = format!(
        "dimension = {dimension}\n[initial]\npoint = [{ones}]\n[sde]\ndrift = [{zeros}]\ndiffusion = {diffusion}\n\
         interpretation = \"{interpretation}\"\nhorizon = 1.0\n"
    );
    match scenario(&text).plan.problem().dynamics.clone() {
        Dynamics::Sde(sde) => sde,
        other => panic!("{other:?}"),
    }
}

fn drift(sde: &ItoSde, x: &[f64]) -> Vec<f64> {
    let mut out = vec![f64::NAN; x.len()];
    Sde::drift(sde, &0.0, x, &mut out);
    out
}

#[test]
fn stratonovich_drifts_gain_half_the_derivative_along_the_noise() {
    // dX = 0.3 X ∘ dW is dX = 0.045 X dt + 0.3 X dW.
    let line = "[[\"0.3*x\"]]";
    assert!((drift(&sde(1, line, "stratonovich"), &[2.0])[0] - 0.09).abs() < 1e-15);
    assert_eq!(drift(&sde(1, line, "ito"), &[2.0]), [0.0]);
    // σ = (y, x)ᵀ: ½ (σ·∇)σ = ½ (x, y)ᵀ; the order of the indices shows.
    let plane = "[[\"y\"], [\"x\"]]";
    assert_eq!(drift(&sde(2, plane, "stratonovich"), &[3.0, 5.0]), [1.5, 2.5]);
    // σ = diag(x, x y): ½ (x, x² y)ᵀ.
    let mixed = "[[\"x\", \"0\"], [\"0\", \"x*y\"]]";
    assert_eq!(drift(&sde(2, mixed, "stratonovich"), &[3.0, 5.0]), [1.5, 22.5]);
}

#[test]
fn noise_that_commutes_is_recognised() {
    let class = |diffusion| sde(2, diffusion, "ito").noise();
    assert_eq!(class("[[\"1\", \"0\"], [\"0.5\", \"2\"]]"), NoiseClass::Additive);
    assert_eq!(class("[[\"y\"], [\"x\"]]"), NoiseClass::Commutative);
    assert_eq!(class("[[\"x\", \"0\"], [\"0\", \"sin(y)\"]]"), NoiseClass::Commutative);
    assert_eq!(class("[[\"x\", \"0\"], [\"0\", \"x*y\"]]"), NoiseClass::Pair);
    assert_eq!(class("[[\"0.2\", \"0.3*y\"], [\"0.3*x\", \"0.2\"]]"), NoiseClass::Pair);
}
