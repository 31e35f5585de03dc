//! (√M − √N)² ≤ S ≤ He², 4δ²S ≤ W₂², and what S tends to for δ → 0 and δ → ∞.

mod common;

use common::{Random, scaled, shifted, solve};
use transport::{Cloud, Settings, hellinger, w2};

fn same_points(random: &mut Random, count: usize) -> (Cloud, Cloud) {
    let μ = random.cloud(count, 2, 1.0);
    let masses = (0..count).map(|_| 2.0 * random.next() / count as f64).collect();
    let ν = Cloud::new(2, μ.points().to_vec(), masses).unwrap();
    (μ, ν)
}

#[test]
fn hellinger_bounds_and_is_the_limit() {
    let mut random = Random(1);
    for _ in 0..20 {
        let (μ, ν) = same_points(&mut random, 30);
        let he = hellinger(&μ, &ν).unwrap();
        for δ in [0.03, 0.3, 3.0] {
            let distance = solve(&μ, &ν, δ);
            // Equal where no pair is worth a move.
            assert!(distance.upper <= he * (1.0 + 1e-10));
            let least = (μ.total().sqrt() - ν.total().sqrt()).powi(2);
            assert!(distance.lower > least, "{distance:?} {least}");
        }
        // Where no two points reach each other, nothing moves.
        let distance = solve(&μ, &ν, 1e-6);
        assert!(common::holds(&distance, he, 1e-14), "{distance:?} {he}");
    }
}

#[test]
fn hellinger_wants_the_same_points() {
    let (μ, ν) = same_points(&mut Random(2), 4);
    assert!(hellinger(&μ, &shifted(&ν, 1e-9)).is_err());
    let close = scaled(&μ, 1.0 + 1e-12);
    let exact = μ.total() * 0.25e-24;
    assert!((hellinger(&μ, &close).unwrap() / exact - 1.0).abs() < 1e-3);
}

/// −log cos² z = z² + z⁴/6 + …: the relative difference falls with δ⁻².
#[test]
fn wasserstein_bounds_and_is_the_limit_to_second_order() {
    let mut random = Random(3);
    for _ in 0..5 {
        let (μ, ν) = (random.probability(25, 2), shifted(&random.probability(20, 2), 0.2));
        let w = w2(&μ, &ν, &Settings::default()).unwrap();
        assert!(w.met);
        let difference = |δ: f64| {
            let distance = solve(&μ, &ν, δ);
            assert!(4.0 * δ * δ * distance.lower < w.upper);
            1.0 - 4.0 * δ * δ * distance.upper / w.lower
        };
        let differences = [4.0, 8.0, 16.0, 32.0].map(difference);
        println!("1 − 4δ²S/W₂² at δ = 4, 8, 16, 32: {differences:?}");
        let orders: Vec<f64> = differences.windows(2).map(|pair| (pair[0] / pair[1]).log2()).collect();
        assert!(orders.iter().all(|order| (order - 2.0).abs() < 0.05), "{differences:?} {orders:?}");
        assert!(differences[3] > 0.0 && differences[3] < 1e-3);
    }
}

#[test]
fn different_masses_at_large_scales_differ_by_their_roots() {
    let mut random = Random(4);
    let (μ, ν) = (random.cloud(20, 3, 1.0), random.cloud(30, 3, 2.0));
    let least = (μ.total().sqrt() - ν.total().sqrt()).powi(2);
    let distance = solve(&μ, &ν, 1e3);
    assert!(distance.lower > least && distance.upper < least * (1.0 + 1e-5), "{distance:?} {least}");
}
