//! The mass along a geodesic is a parabola, its parts are as long as they should be, and Diracs move as the formula says.

mod common;

use common::{Random, dirac, holds, solve};
use transport::{Cloud, Geodesic, Settings, wfr};

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

/// First and second derivative at the middle of nine values at the distance h, of order 8.
fn derivatives(values: [f64; 9], h: f64) -> [f64; 2] {
    let first = [4.0 / 5.0, -1.0 / 5.0, 4.0 / 105.0, -1.0 / 280.0];
    let second = [8.0 / 5.0, -1.0 / 5.0, 8.0 / 315.0, -1.0 / 560.0];
    let [mut slope, mut bend] = [0.0, -205.0 / 72.0 * values[4]];
    for k in 0..4 {
        let (after, before) = (values[5 + k], values[3 - k]);
        slope += first[k] * (after - before);
        bend += second[k] * (after + before);
    }
    [slope / h, bend / (h * h)]
}

/// The Hamilton–Jacobi equation ∂ₜφ + ½|∇φ|² + φ²/2δ² = 0 with v = ∇φ and ζ = φ/δ², along the paths: ẍ + ζẋ = 0 and
/// ζ̇ + ½ζ² = |ẋ|²/2δ², where ṁ = ζm is the reaction (ledger: wfr-geodesic-potential, at δ = 1).
#[test]
fn diracs_obey_the_equations_of_geodesics() {
    const H: f64 = 0.02;
    for (m, n, ℓ, δ) in
        [(2.0, 0.7, 1.9, 0.8), (0.3, 0.4, 0.5, 1.0), (1.0, 5.0, 0.2, 0.07), (1.0, 1.0, 3.0, 10.0)]
    {
        let (μ, ν) = (dirac(&[0.0], m), dirac(&[ℓ], n));
        let geodesic = Geodesic::new(&μ, &ν, δ, &solve(&μ, &ν, δ)).unwrap();
        for t in [0.1, 0.35, 0.5, 0.9] {
            let at = |k: usize| geodesic.at(t + (k as f64 - 4.0) * H);
            let places: [f64; 9] = std::array::from_fn(|k| at(k).0[0]);
            let logs: [f64; 9] = std::array::from_fn(|k| at(k).1[0].ln());
            let ([v, acceleration], [ζ, change]) = (derivatives(places, H), derivatives(logs, H));
            let size = v * v / (δ * δ) + ζ * ζ;
            let residuals =
                [(acceleration + ζ * v) / (size * δ), (change + 0.5 * ζ * ζ - 0.5 * v * v / (δ * δ)) / size];
            assert!(residuals.iter().all(|r| r.abs() < 1e-9), "δ {δ} t {t}: {residuals:?}");
        }
    }
}

/// On points at distance h of two smooth densities the paths leave along the gradient of φ₀ = 2δ²(e^{−a} − 1), which the dual
/// problem gives: differences of a between neighbours agree with the speeds of the plan to order 1 in h.
#[test]
fn paths_leave_along_the_gradient_of_the_potential() {
    let (low, high, δ) = (-4.0, 4.0, 0.6f64);
    let normal = |x: f64, mean: f64, s: f64| (-0.5 * ((x - mean) / s).powi(2)).exp() / s;
    let residual = |count: usize| -> f64 {
        let h = (high - low) / count as f64;
        let x: Vec<f64> = (0..count).map(|k| low + (k as f64 + 0.5) * h).collect();
        let cloud = |masses: Vec<f64>| Cloud::new(1, x.clone(), masses).unwrap();
        let μ = cloud(x.iter().map(|x| h * normal(*x, -0.6, 0.7)).collect());
        let ν =
            cloud(x.iter().map(|x| h * 1.5 * (normal(*x, 0.5, 0.5) + 0.5 * normal(*x, -1.2, 0.4))).collect());
        let distance = wfr(&μ, &ν, δ, &Settings { tolerance: 1e-8, ..Settings::default() }).unwrap();
        assert!(distance.met);
        let a = &distance.potentials.0;
        let (mut flow, mut sums) = (vec![0.0; count], vec![0.0; count]);
        for &(i, j, γ) in &distance.plan {
            flow[i] += γ * 2.0 * δ * (-a[i]).exp() * ((x[j] - x[i]) / (2.0 * δ)).tan();
            sums[i] += γ;
        }
        let (mut square, mut mass) = (0.0, 0.0);
        for i in (1..count - 1).filter(|&i| sums[i] > 0.0) {
            let slope = 2.0 * δ * δ * ((-a[i + 1]).exp() - (-a[i - 1]).exp()) / (2.0 * h);
            square += μ.masses()[i] * (flow[i] / sums[i] - slope).powi(2);
            mass += μ.masses()[i];
        }
        (square / mass).sqrt()
    };
    let residuals = [100, 200, 400, 800].map(residual);
    let orders: Vec<f64> = residuals.windows(2).map(|pair| (pair[0] / pair[1]).log2()).collect();
    println!("residuals {residuals:?}, orders {orders:?}");
    assert!(
        orders.iter().all(|order| (order - 1.0).abs() < 0.2) && residuals[3] < 0.01,
        "{residuals:?} {orders:?}"
    );
}
