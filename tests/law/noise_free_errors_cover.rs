//! The noise-free expectation of what is not smooth is as far off as its error says, or less.

use crate::common::findings;
use wfr::study::order::OrderFindings;

fn study(sde: &str, observable: &str, scheme: &str) -> OrderFindings {
    let found = findings(&format!(
        "observables = [\"{observable}\"]\n[initial]\npoint = [0.0]\n[sde]\n{sde}\nhorizon = 1.0\n\
         [[study]]\nkind = \"weak-order\"\nobservable = \"{observable}\"\nschemes = [\"{scheme}\"]\n\
         steps = [0.25, 0.125, 0.0625, 0.03125]\nmethods = [\"law\"]\n"
    ));
    assert_eq!(found.breakdown, None);
    let order = found.studies.iter().find_map(|study| study.outcome_as::<OrderFindings>());
    order.unwrap().clone()
}

/// E X² of the Euler scheme of dX = −sign(X) dt + dW from 0, by convolution of its density on 2400 points, whose halves meet at
/// the jump: the midpoint rule is off by about 1e-6.
fn with_a_jump(steps: usize) -> f64 {
    const POINTS: usize = 2400;
    let (h, width) = (1.0 / steps as f64, 12.0 / POINTS as f64);
    let places: Vec<f64> = (0..POINTS).map(|k| -6.0 + width * (k as f64 + 0.5)).collect();
    let gauss = |z: f64| (-0.5 * z * z / h).exp() / (2.0 * std::f64::consts::PI * h).sqrt();
    // The first step starts at 0, where the drift is 0.
    let mut density: Vec<f64> = places.iter().map(|y| gauss(*y)).collect();
    for _ in 1..steps {
        let after = |y: &f64| {
            let terms = places.iter().zip(&density).map(|(x, ρ)| ρ * gauss(y - x + h * x.signum()));
            width * terms.sum::<f64>()
        };
        density = places.iter().map(after).collect();
    }
    width * places.iter().zip(&density).map(|(x, ρ)| x * x * ρ).sum::<f64>()
}

#[test]
fn a_drift_that_jumps_where_the_paths_start() {
    let order = study("drift = [\"-sign(x)\"]\ndiffusion = [[\"1\"]]", "x^2", "euler-maruyama");
    // The limit is the same for both steps.
    let found = order.errors[0] - order.errors[1];
    let exact = with_a_jump(4) - with_a_jump(8);
    let error = order.stderrs[0] + order.stderrs[1];
    assert!((found - exact).abs() <= error, "{found} for {exact} ± {error:e}");
    assert!(error < 0.1, "{error:e} says little");
}

#[test]
fn a_law_with_heavy_tails() {
    // dX = −X dt + X dW₁ + dW₂ + dW₃: (E X²)' = −E X² + 2, and by Euler's scheme (1 − h)² + h times it and 2h more.
    let order = study("drift = [\"-x\"]\ndiffusion = [[\"x\", \"1\", \"1\"]]", "x^2", "euler-maruyama");
    let limit = 2.0 - 2.0 * (-1.0f64).exp();
    for ((step, error), stderr) in order.steps.iter().zip(&order.errors).zip(&order.stderrs) {
        let mut second = 0.0;
        for _ in 0..(1.0 / step).round() as usize {
            second = ((1.0 - step).powi(2) + step) * second + 2.0 * step;
        }
        let exact = second - limit;
        assert!((error - exact).abs() <= *stderr, "{error} for {exact} ± {stderr:e} at {step}");
    }
}

#[test]
fn no_standard_error_is_zero() {
    let order = study("drift = [\"-x\"]\ndiffusion = [[\"1\"]]", "x^2", "platen");
    assert!(order.stderrs.iter().all(|stderr| *stderr > 0.0), "{:?}", order.stderrs);
}
