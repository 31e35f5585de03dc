//! The mass along a geodesic is a parabola, its parts are as long as they should be, and Diracs move as the formula says.

mod common;

use common::{Random, dirac, holds, solve};
use transport::{Cloud, Geodesic};

#[test]
fn mass_is_a_parabola_and_the_ends_are_the_measures() {
    let mut random = Random(41);
    for δ in [0.05, 0.2, 2.0] {
        let (μ, ν) = (random.cloud(50, 2, 1.0), random.cloud(35, 2, 1.6));
        let distance = solve(&μ, &ν, δ);
        let geodesic = Geodesic::new(&μ, &ν, δ, &distance).unwrap();
        let (m, n, s) = (μ.total(), ν.total(), distance.upper);
        for t in [0.0, 0.1, 0.5, 0.75, 1.0] {
            let (_, masses) = geodesic.at(t);
            let parabola = (1.0 - t) * m + t * n - t * (1.0 - t) * s;
            let mass: f64 = masses.iter().sum();
            assert!((mass / parabola - 1.0).abs() < 1e-9, "δ {δ} t {t}: {mass} {parabola}");
        }
        // Nothing is lost or moved at the ends.
        for (t, cloud) in [(0.0, &μ), (1.0, &ν)] {
            let (points, masses) = geodesic.at(t);
            let moment = |points: &[f64], masses: &[f64]| -> f64 {
                masses.iter().enumerate().map(|(i, m)| m * (points[2 * i] - 3.0 * points[2 * i + 1])).sum()
            };
            let (found, exact) = (moment(&points, &masses), moment(cloud.points(), cloud.masses()));
            assert!((found - exact).abs() < 1e-12, "{found} {exact}");
        }
    }
}

#[test]
fn a_part_of_a_geodesic_is_as_long_as_its_time() {
    let mut random = Random(42);
    for (dimension, δ) in [(1, 0.2), (2, 0.1), (2, 0.5), (2, 4.0)] {
        let (μ, ν) = (random.cloud(14, dimension, 1.0), random.cloud(11, dimension, 1.3));
        let distance = solve(&μ, &ν, δ);
        let geodesic = Geodesic::new(&μ, &ν, δ, &distance).unwrap();
        for (s, t) in [(0.0, 0.5), (0.25, 0.75), (0.3, 0.4), (0.5, 1.0)] {
            let part = solve(&geodesic.cloud_at(s).unwrap(), &geodesic.cloud_at(t).unwrap(), δ);
            let exact = (t - s) * (t - s) * distance.upper;
            assert!(holds(&part, exact, 1e-7), "δ {δ} {s}..{t}: {part:?} {exact}");
        }
    }
}

#[test]
fn two_diracs_follow_the_formula() {
    let (m, n, ℓ, δ) = (2.0f64, 0.7f64, 1.9f64, 0.8f64);
    let (μ, ν) = (dirac(&[1.0, 0.0], m), dirac(&[1.0, ℓ], n));
    let geodesic = Geodesic::new(&μ, &ν, δ, &solve(&μ, &ν, δ)).unwrap();
    let θ = ℓ / (2.0 * δ);
    for t in [0.0f64, 0.2, 0.6, 1.0] {
        let (points, masses) = geodesic.at(t);
        let mass = (1.0 - t).powi(2) * m + t * t * n + 2.0 * t * (1.0 - t) * (m * n).sqrt() * θ.cos();
        let tangent = t * n.sqrt() * θ.sin() / ((1.0 - t) * m.sqrt() + t * n.sqrt() * θ.cos());
        assert!((masses[0] / mass - 1.0).abs() < 1e-13);
        assert!((points[0] - 1.0).abs() < 1e-14);
        assert!((points[1] - 2.0 * δ * tangent.atan()).abs() < 1e-13, "{t}: {points:?}");
    }
}

#[test]
fn what_is_out_of_reach_vanishes_and_appears() {
    let (μ, ν) = (dirac(&[0.0], 2.0), dirac(&[10.0], 3.0));
    let geodesic = Geodesic::new(&μ, &ν, 1.0, &solve(&μ, &ν, 1.0)).unwrap();
    let (points, masses) = geodesic.at(0.25);
    assert_eq!(points, [0.0, 10.0]);
    assert!((masses[0] - 0.5625 * 2.0).abs() < 1e-15 && (masses[1] - 0.0625 * 3.0).abs() < 1e-15);
}

/// The same with positions that move at constant speed, and with the masses of a mixture, is longer.
#[test]
fn other_curves_are_longer() {
    let (μ, ν, δ) = (dirac(&[0.0], 2.0), dirac(&[1.0], 0.7), 0.4);
    let s = solve(&μ, &ν, δ);
    let (points, masses) = Geodesic::new(&μ, &ν, δ, &s).unwrap().at(0.5);
    let halves = |x: f64, m: f64| {
        let middle = Cloud::new(1, vec![x], vec![m]).unwrap();
        2.0 * (solve(&μ, &middle, δ).lower + solve(&middle, &ν, δ).lower)
    };
    assert!(halves(points[0], masses[0]) < s.upper * (1.0 + 1e-9));
    assert!(halves(0.5, masses[0]) > s.upper * (1.0 + 1e-3));
    assert!(halves(points[0], 1.35) > s.upper * (1.0 + 1e-3));
}
