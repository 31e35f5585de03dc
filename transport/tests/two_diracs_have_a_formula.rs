//! S = m + n − 2√(mn) cos(ℓ/(2δ)) up to ℓ = πδ, and m + n beyond.

mod common;

use common::{dirac, holds, solve};
use std::f64::consts::PI;
use transport::{Settings, w2, wfr};

#[test]
fn within_reach_mass_moves_and_beyond_it_does_not() {
    for δ in [0.01, 0.5, 1.0, 30.0] {
        for part in [1e-6, 1e-3, 0.1, 0.5, 0.9, 0.999, 1.0 - 1e-9, 1.0 + 1e-9, 1.5, 10.0] {
            for (m, n) in [(1.0, 1.0), (1.0, 2.0), (3.0, 1e-3), (1e-20, 2e-20)] {
                let ℓ: f64 = part * PI * δ;
                let (μ, ν) = (dirac(&[0.0, 0.0], m), dirac(&[0.6 * ℓ, 0.8 * ℓ], n));
                let distance = wfr(&μ, &ν, δ, &Settings { tolerance: 1e-13, ..Settings::default() }).unwrap();
                // (√m − √n)² + 4√(mn) sin²(ℓ/(4δ)) is the same without cancellation.
                let roots = f64::sqrt(m * n);
                let exact = if part < 1.0 {
                    (f64::sqrt(m) - f64::sqrt(n)).powi(2) + 4.0 * roots * (ℓ / (4.0 * δ)).sin().powi(2)
                } else {
                    m + n
                };
                assert!(
                    holds(&distance, exact, 1e-12),
                    "δ {δ} part {part} m {m} n {n}: {exact:e} {distance:?}"
                );
                assert!(distance.gap() <= 1e-12, "{:e} {distance:?}", distance.gap());
            }
        }
    }
}

/// Rounding decides whether points at the distance πδ can reach each other; the value is m + n on both sides.
#[test]
fn at_the_cut_there_are_values_too() {
    for δ in [0.1, 1.0, 1000.0] {
        for units in -50..=50 {
            let ℓ = PI * δ * (1.0 + f64::from(units) * f64::EPSILON);
            let (μ, ν) = (dirac(&[0.0], 1.0), dirac(&[ℓ], 2.0));
            let distance = solve(&μ, &ν, δ);
            assert!(holds(&distance, 3.0, 1e-12), "δ {δ} units {units}: {distance:?}");
            transport::Geodesic::new(&μ, &ν, δ, &distance).unwrap().at(0.5);
        }
    }
}

/// On lattices many pairs are at one distance: a cut there is what who asks for one gets.
#[test]
fn cuts_at_distances_of_a_lattice() {
    let mut random = common::Random(6);
    let mut lattice = |count: usize| {
        let points = (0..2 * count).map(|_| (20.0 * random.next()).floor()).collect();
        transport::Cloud::new(2, points, vec![1.0 / count as f64; count]).unwrap()
    };
    for cut in 1..=5 {
        for _ in 0..4 {
            let (μ, ν) = (lattice(80), lattice(60));
            let distance = solve(&μ, &ν, f64::from(cut) / PI);
            assert!(distance.upper <= 2.0 * (1.0 + 1e-14), "{distance:?}");
        }
    }
}

/// Each pair has one entry, and the marginals are those of the measures.
#[test]
fn no_pair_is_in_a_plan_twice() {
    let mut random = common::Random(7);
    for round in 0..30 {
        let points = |random: &mut common::Random, count: usize| -> Vec<f64> {
            (0..2 * count).map(|_| (if round % 2 == 0 { 4.0 } else { 1e6 } * random.next()).floor()).collect()
        };
        let (x, y) = (points(&mut random, 60), points(&mut random, 60));
        let masses: Vec<f64> = (0..60).map(|k| (1 + k % 5) as f64).collect();
        let (μ, ν) = (
            transport::Cloud::new(2, x, masses.clone()).unwrap(),
            transport::Cloud::new(2, y, masses.clone()).unwrap(),
        );
        let plan = w2(&μ, &ν, &Settings::default()).unwrap().plan;
        assert!(plan.windows(2).all(|pair| (pair[0].0, pair[0].1) < (pair[1].0, pair[1].1)), "{round}");
        let mut sums = vec![0.0; 60];
        plan.iter().for_each(|own| sums[own.0] += own.2);
        assert!(
            sums.iter().zip(&masses).all(|(sum, mass)| (sum - mass).abs() < 1e-12 * mass),
            "{round}: {sums:?}"
        );
    }
}

/// A marginal that is right as far as is known may be off by its rounding, which costs something to second order.
#[test]
fn what_rounding_of_marginals_costs_is_counted() {
    let ν = transport::Cloud::new(1, vec![5e-16, -5e-16], vec![1.0, 2f64.powi(-53) * 0.9]).unwrap();
    let distance = wfr(&dirac(&[0.0], 1.0), &ν, 1.0, &Settings::default()).unwrap();
    // m + Σn − 2√(m Σ n cos²(d/2δ)), in 60 digits.
    assert!(distance.lower <= 6.49960052e-32 && 6.49960052e-32 <= distance.upper, "{distance:?}");
}

#[test]
fn one_mass_meets_several() {
    // All of ν at the same distance: u v = k for all, as if ν were one Dirac.
    let ν = transport::Cloud::new(2, vec![1.0, 0.0, 0.0, 1.0, -1.0, 0.0], vec![0.5, 0.25, 1.25]).unwrap();
    let exact = 3.0 + 2.0 - 2.0 * f64::sqrt(6.0) * 0.5f64.cos();
    assert!(holds(&solve(&dirac(&[0.0, 0.0], 3.0), &ν, 1.0), exact, 1e-13));
}

#[test]
fn equal_measures_are_at_no_distance() {
    let μ = common::Random(5).cloud(40, 2, 1.0);
    let distance = wfr(&μ, &μ, 0.2, &Settings::default()).unwrap();
    assert!(distance.lower == 0.0 && distance.upper < 1e-13, "{distance:?}");
    let distance = w2(&μ, &μ, &Settings::default()).unwrap();
    assert!(distance.lower == 0.0 && distance.upper < 1e-13, "{distance:?}");
    // No relative width is reached, but that of rounding.
    let dirac = dirac(&[0.3], 1.5);
    let distance = wfr(&dirac, &dirac, 1.0, &Settings::default()).unwrap();
    assert!(distance.met && distance.upper < 1e-15, "{distance:?}");
}

#[test]
fn points_without_mass_do_not_count() {
    let with = transport::Cloud::new(1, vec![0.0, 0.3, 9.0], vec![1.0, 0.0, 0.0]).unwrap();
    let ν = transport::Cloud::new(1, vec![0.4, 30.0, 0.35], vec![1.5, 0.5, 0.0]).unwrap();
    let exact = 2.5 - 2.0 * f64::sqrt(1.5) * 0.2f64.cos() + 0.5;
    let distance = solve(&with, &ν, 1.0);
    assert!(holds(&distance, exact, 1e-13), "{distance:?}");
    assert_eq!(distance.plan.len(), 1);
    assert_eq!(distance.potentials.1[1], f64::INFINITY);
}
