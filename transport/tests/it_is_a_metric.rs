//! Symmetry, the triangle inequality, and what scaling and moving both measures does.

mod common;

use common::{Random, holds, scaled, shifted, solve};
use transport::{Cloud, Settings, hellinger, spherical, w2};

#[test]
fn the_triangle_inequality_holds_on_random_triples() {
    let mut random = Random(11);
    for round in 0..1000 {
        let dimension = 1 + round % 3;
        let δ = [0.05, 0.2, 1.0, 10.0][round % 4];
        let mut cloud = || {
            let count = 2 + (12.0 * random.next()) as usize;
            let mass = (4.0 * random.next() - 2.0).exp2();
            random.cloud(count, dimension, mass)
        };
        let [μ, ν, π] = [cloud(), cloud(), cloud()];
        let sides = [solve(&μ, &ν, δ), solve(&ν, &π, δ), solve(&μ, &π, δ)];
        for k in 0..3 {
            let (long, first, second) = (&sides[k], &sides[(k + 1) % 3], &sides[(k + 2) % 3]);
            assert!(long.lower.sqrt() <= first.upper.sqrt() + second.upper.sqrt(), "{round}");
        }
    }
}

/// On 1000 pairs: symmetry, (√M − √N)² ≤ S ≤ He² on common points, and 4δ²S ≤ W₂² for equal masses.
#[test]
fn symmetry_and_inequalities_hold_on_random_pairs() {
    let mut random = Random(14);
    for round in 0..1000 {
        let dimension = 1 + round % 3;
        let δ = [0.03, 0.1, 0.5, 2.0, 20.0][round % 5];
        let mut count = || 2 + (14.0 * random.next()) as usize;
        let (n, m) = (count(), count());
        let μ = random.cloud(n, dimension, 1.0);
        let mass = (4.0 * random.next() - 2.0).exp2();
        let common = round % 2 == 0;
        let ν = if common {
            let masses = (0..n).map(|_| mass * random.next() / n as f64).collect();
            Cloud::new(dimension, μ.points().to_vec(), masses).unwrap()
        } else {
            shifted(&random.cloud(m, dimension, mass), 0.3 * random.next())
        };
        let (there, back) = (solve(&μ, &ν, δ), solve(&ν, &μ, δ));
        assert!(there.lower <= back.upper && back.lower <= there.upper, "{round}");
        let roots = (μ.total().sqrt() - ν.total().sqrt()).powi(2);
        assert!(roots <= there.upper * (1.0 + 1e-14), "{round}: {roots} {there:?}");
        let most = if common { hellinger(&μ, &ν).unwrap() } else { μ.total() + ν.total() };
        assert!(there.lower <= most * (1.0 + 1e-14), "{round}: {most} {there:?}");
        let same = scaled(&ν, μ.total() / ν.total());
        let square = w2(&μ, &same, &Settings::default()).unwrap();
        let cone = solve(&μ, &same, δ);
        assert!(4.0 * δ * δ * cone.lower <= square.upper * (1.0 + 1e-14), "{round}: {cone:?} {square:?}");
    }
}

#[test]
fn it_is_symmetric_and_scales() {
    let mut random = Random(12);
    for δ in [0.1, 0.5, 5.0] {
        let (μ, ν) = (random.cloud(60, 2, 1.0), random.cloud(45, 2, 1.3));
        let (there, back) = (solve(&μ, &ν, δ), solve(&ν, &μ, δ));
        assert!(there.lower <= back.upper && back.lower <= there.upper);
        let larger = solve(&scaled(&μ, 7.0), &scaled(&ν, 7.0), δ);
        assert!(holds(&larger, 7.0 * there.lower, 1e-10) && holds(&larger, 7.0 * there.upper, 1e-10));
        let moved = solve(&shifted(&μ, 3.0), &shifted(&ν, 3.0), δ);
        assert!(holds(&moved, there.lower, 1e-10) && holds(&moved, there.upper, 1e-10));
        // In another unit of length.
        let stretch = |cloud: &Cloud| {
            let points = cloud.points().iter().map(|x| 1e3 * x).collect();
            Cloud::new(2, points, cloud.masses().to_vec()).unwrap()
        };
        let stretched = solve(&stretch(&μ), &stretch(&ν), 1e3 * δ);
        assert!(holds(&stretched, there.lower, 1e-10) && holds(&stretched, there.upper, 1e-10));
    }
}

/// S(r²μ, s²ν) = r² + s² − 2rs cos θ with one θ for all r and s: the measures are a cone over the probability measures.
#[test]
fn the_measures_are_a_cone() {
    let mut random = Random(13);
    for δ in [0.05, 0.3, 2.0] {
        let (μ, ν) = (random.probability(30, 2), random.probability(40, 2));
        let ((low, high), _) = spherical(&μ, &ν, δ, &Settings::default()).unwrap();
        assert!(0.0 < low && low <= high && high - low < 1e-9 && high <= std::f64::consts::FRAC_PI_2);
        for (r, s) in [(1.0, 1.0), (2.0, 0.5), (0.1, 3.0)] {
            let of = |θ: f64| r * r + s * s - 2.0 * r * s * θ.cos();
            let distance = solve(&scaled(&μ, r * r), &scaled(&ν, s * s), δ);
            assert!(holds(&distance, of(low), 1e-9) && holds(&distance, of(high), 1e-9));
        }
    }
    // θ is a distance.
    for _ in 0..30 {
        let [μ, ν, π] = [0; 3].map(|_| random.probability(8, 2));
        let angle = |μ, ν| spherical(μ, ν, 0.1, &Settings::default()).unwrap().0;
        assert!(angle(&μ, &π).0 <= angle(&μ, &ν).1 + angle(&ν, &π).1);
    }
    assert!(
        spherical(&random.cloud(3, 1, 2.0), &random.probability(3, 1), 1.0, &Settings::default()).is_err()
    );
}
