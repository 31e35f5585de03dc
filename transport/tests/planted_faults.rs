//! Plans and potentials with a fault in them are refused, or bound nothing, each for its own reason.

mod common;

use common::{Random, dirac, instance, solve};
use transport::{Cloud, Distance, Error, certify, certify_w2, w2};

fn certified(μ: &Cloud, ν: &Cloud, δ: f64, distance: &Distance) -> Result<(f64, f64), Error> {
    certify(μ, ν, δ, &distance.plan, (&distance.potentials.0, &distance.potentials.1))
}

#[test]
fn the_certificate_itself_holds() {
    let (μ, ν) = instance(12, 9, 2);
    let distance = solve(&μ, &ν, 0.15);
    assert_eq!(certified(&μ, &ν, 0.15, &distance), Ok((distance.lower, distance.upper)));
}

/// By little more than the solver leaves for rounding, which is most for pairs that are close to the cut.
#[test]
fn potentials_that_are_not_feasible_are_refused() {
    let mut random = Random(51);
    for δ in [0.05, 0.3, 3.0] {
        let (μ, ν) = (random.cloud(40, 2, 1.0), random.cloud(30, 2, 1.0));
        let good = solve(&μ, &ν, δ);
        for excess in [1e-3, if δ < 0.1 { 1e-9 } else { 1e-13 }] {
            for j in (0..ν.len()).filter(|&j| good.potentials.1[j].is_finite()) {
                let mut bad = good.clone();
                bad.potentials.1[j] += excess * (1.0 + bad.potentials.1[j].abs());
                let found = certified(&μ, &ν, δ, &bad);
                assert!(matches!(found, Err(Error::Infeasible(_, l, _)) if l == j), "{excess} {found:?}");
            }
        }
        let mut bad = good.clone();
        bad.potentials.0[3] = f64::NAN;
        assert_eq!(certified(&μ, &ν, δ, &bad), Err(Error::Potential(3)));
        bad.potentials.0[3] = f64::NEG_INFINITY;
        assert_eq!(certified(&μ, &ν, δ, &bad), Err(Error::Potential(3)));
    }
}

/// Potentials and plan for δ where the cost has 2δ: the cost is larger then, and what is feasible for it is not for the true one.
#[test]
fn half_the_scale_is_refused() {
    let (μ, ν) = instance(12, 9, 2);
    let wrong = solve(&μ, &ν, 0.3 / 2.0);
    assert!(matches!(certified(&μ, &ν, 0.3, &wrong), Err(Error::Infeasible(..))));
    // The other way the potentials hold, but prove less than the plan costs.
    let wrong = solve(&μ, &ν, 0.3);
    let (lower, upper) = certified(&μ, &ν, 0.15, &wrong).unwrap();
    assert!(lower < 0.99 * upper);
    assert!(solve(&μ, &ν, 0.15).lower > 1.05 * wrong.upper);
}

/// Without the cut, −log cos² beyond π/2 comes down again, and mass would travel there for little.
#[test]
fn a_dropped_cut_is_refused() {
    let δ: f64 = 0.1;
    let (μ, ν) = (dirac(&[0.0], 1.0), dirac(&[2.0 * std::f64::consts::PI * δ], 1.0));
    let good = solve(&μ, &ν, δ);
    assert!(good.lower > 2.0 - 1e-14);
    // cos² = 1 at twice the reach: the plan would cost nothing, and the potentials would be 0.
    let wrong = Distance { plan: vec![(0, 0, 1.0)], potentials: (vec![0.0], vec![0.0]), ..good };
    let (lower, upper) = certified(&μ, &ν, δ, &wrong).unwrap();
    assert!(lower == 0.0 && upper == f64::INFINITY);
}

/// The plan with the exact marginals, of which the cone needs none, costs more than S; so does W₂ with its cost.
#[test]
fn hard_marginals_are_found_out() {
    let mut random = Random(52);
    let (μ, ν, δ) = (random.probability(12, 2), random.probability(9, 2), 0.4);
    let good = solve(&μ, &ν, δ);
    let hard = w2(&μ, &ν, &transport::Settings::default()).unwrap();
    let mixed = Distance { plan: hard.plan.clone(), ..good.clone() };
    let (_, upper) = certified(&μ, &ν, δ, &mixed).unwrap();
    assert!(upper > 1.01 * good.upper, "{upper} {}", good.upper);
    // And the soft plan, as one of the hard problem, leaves mass behind, which is charged.
    let potentials = (hard.potentials.0.as_slice(), hard.potentials.1.as_slice());
    let (_, upper) = certify_w2(&μ, &ν, &good.plan, potentials).unwrap();
    assert!(upper > 1.05 * hard.upper, "{upper} {}", hard.upper);
}

#[test]
fn potentials_of_the_wasserstein_distance_are_checked_too() {
    let mut random = Random(53);
    let (μ, ν) = (random.probability(30, 2), random.probability(30, 2));
    let good = w2(&μ, &ν, &transport::Settings::default()).unwrap();
    for excess in [1e-3, 1e-9, 1e-14] {
        let mut b = good.potentials.1.clone();
        b[7] += excess * (1.0 + b[7].abs());
        let found = certify_w2(&μ, &ν, &good.plan, (&good.potentials.0, &b));
        assert!(matches!(found, Err(Error::Infeasible(_, 7, _))), "{found:?}");
    }
}

#[test]
fn plans_that_are_none_are_refused() {
    let (μ, ν) = instance(6, 5, 2);
    let good = solve(&μ, &ν, 0.3);
    for entry in [(0, 0, -1e-3), (0, 0, f64::NAN), (6, 0, 0.1), (0, 5, 0.1), (0, 0, f64::INFINITY)] {
        let mut bad = good.clone();
        bad.plan.push(entry);
        assert_eq!(certified(&μ, &ν, 0.3, &bad), Err(Error::Plan(good.plan.len())));
    }
    let mut bad = good.clone();
    bad.potentials.0.pop();
    assert_eq!(certified(&μ, &ν, 0.3, &bad), Err(Error::Length { found: 5, needed: 6 }));
    // Half of the plan costs more than all of it.
    let mut bad = good.clone();
    bad.plan.iter_mut().for_each(|entry| entry.2 *= 0.5);
    assert!(certified(&μ, &ν, 0.3, &bad).unwrap().1 > 1.01 * good.upper);
}
