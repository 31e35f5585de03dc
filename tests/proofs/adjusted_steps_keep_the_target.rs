//! The Metropolis-adjusted step is in detailed balance: by exact algebra on its acceptance ratio, and by particles that
//! start in equilibrium and stay there at a step length at which the unadjusted step does not.
//!
//! Each statistical check fails by chance with probability below 10⁻⁹: 6.2 standard errors.

use wfr::algebra::{Real, Ring, Scalar};
use wfr::model::Dynamics;
use wfr::particles::{Ensemble, Motion};
use wfr::scenario::parse;
use wfr::schemes::certificate::balance_defect;
use wfr::schemes::{JetSeries, WeightRule, find_transition, scaled_log_ratio};

#[test]
fn the_acceptance_ratio_is_that_of_detailed_balance_for_any_potential_and_drift() {
    for d in 1..=3 {
        assert!(Ring::is_zero(&balance_defect(d, scaled_log_ratio)), "d = {d}");
    }
}

#[test]
fn near_misses_of_the_ratio_are_refuted() {
    // The potential twice; the way back with the drift of the way there; no way back at all.
    let twice = balance_defect(2, |α, h, (x, v, b), (y, w, c)| {
        let two = |v: &JetSeries| JetSeries::ratio(2, 1) * v.clone();
        scaled_log_ratio(α, h, (x, &two(v), b), (y, &two(w), c))
    });
    let same_drift =
        balance_defect(2, |α, h, (x, v, b), (y, w, _)| scaled_log_ratio(α, h, (x, v, b), (y, w, b)));
    let potential_only = balance_defect(2, |α, h, (_, v, _), (_, w, _)| {
        JetSeries::ratio(4, 1) * α.clone() * h.clone() * (v.clone() - w.clone())
    });
    for defect in [twice, same_drift, potential_only] {
        assert!(!Ring::is_zero(&defect));
    }
}

/// An equal mixture of N(−1.5, ½) and N(1, ¼) as target and start.
const SCENARIO: &str = r#"
[target]
mixture = [{weight = 0.5, mean = [-1.5], covariance = [[0.5]]}, {weight = 0.5, mean = [1.0], covariance = [[0.25]]}]
[initial]
mixture = [{weight = 0.5, mean = [-1.5], covariance = [[0.5]]}, {weight = 0.5, mean = [1.0], covariance = [[0.25]]}]
[flow]
reaction = 0.0
transport = 0.7
horizon = 1.0
"#;

/// Standard errors by which the mean of x² misses its exact value after 20 steps of length 0.2 from equilibrium, and the
/// share of steps that moved.
fn miss(scheme: &str) -> (f64, f64) {
    const COUNT: usize = 200_000;
    let problem = parse(SCENARIO, "equilibrium.toml", &[]).unwrap().plan.problem().clone();
    let Dynamics::GradientFlow(flow) = &problem.dynamics else { unreachable!() };
    let sde = wfr::model::WeightedFlow::new(flow, 1, None);
    let scheme = find_transition(scheme).unwrap();
    let motion = Motion { sde: &sde, scheme, weight: WeightRule::Left, weighted: false };
    let mut ensemble = Ensemble::new(&problem.initial, COUNT, 3, motion);
    let mut moved = 0.0;
    for k in 0..20 {
        let before = ensemble.map(|x| x[0]);
        ensemble.advance(motion, 0.2, k, 1).unwrap();
        let after = ensemble.map(|x| x[0]);
        moved += before.iter().zip(&after).filter(|(a, b)| a != b).count() as f64 / (20 * COUNT) as f64;
    }
    let squares = ensemble.map(|x| x[0].map(|x| x * x));
    let mean = squares.iter().sum::<f64>() / COUNT as f64;
    let variance = squares.iter().map(|s| (s - mean).powi(2)).sum::<f64>() / COUNT as f64;
    // E x² = ½ (1.5² + ½ + 1² + ¼).
    ((mean - 2.0) / (variance / COUNT as f64).sqrt(), moved)
}

#[test]
fn adjusted_particles_stay_in_equilibrium_where_unadjusted_ones_do_not() {
    let (adjusted, moved) = miss("mala");
    assert!(adjusted.abs() < 6.2, "{adjusted} standard errors");
    assert!((0.2..0.95).contains(&moved), "{moved} of the steps are accepted: the adjustment is at work");
    // The bias of the unadjusted step is of order h: many standard errors of this many particles.
    let (unadjusted, all) = miss("euler-maruyama");
    assert!(unadjusted.abs() > 6.2, "{unadjusted} standard errors");
    assert!(all > 1.0 - 1e-12, "{all}");
}

#[test]
fn adjusted_steps_are_for_targets_only_and_have_no_order_to_prove() {
    let sde = "[initial]\npoint = [0.0]\n[sde]\ndrift = [\"-x\"]\ndiffusion = [[\"1\"]]\nhorizon = 1.0\n";
    let refused = |text: &str| parse(text, "case.toml", &[]).err().map(|error| error.to_string());
    let message = refused(&format!("{sde}[particles]\nscheme = \"mala\"\n")).expect("no potential");
    assert!(message.contains("which needs a [target]"), "{message}");
    let study = "[[study]]\nkind = \"weak-order\"\nschemes = [\"mala\"]\n";
    let message = refused(&format!("{SCENARIO}{study}")).expect("no order");
    assert!(message.contains("mala"), "{message}");
    assert!(refused(&format!("{SCENARIO}[particles]\nscheme = \"mala\"\n")).is_none());
}
