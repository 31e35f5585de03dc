//! Fast Gaussian sums against plain log-sum-exp: the certified bound holds at every target, in the tails too.

use quickcheck::{Arbitrary, Gen, QuickCheck};
use rand::SeedableRng;
use rand_distr::{Distribution, StandardNormal};
use rand_pcg::Pcg64Dxsm;
use std::f64::consts::PI;
use wfr::kernel::{Cloud, GaussianSum, KernelError};

/// log Σ_{j ≠ without} W_j N(x; y_j, s²I), term by term.
fn reference(cloud: Cloud<'_>, variance: f64, x: &[f64], without: Option<usize>) -> f64 {
    let d = cloud.dimension;
    let term = |j: usize| {
        let offsets = cloud.points[j * d..][..d].iter().zip(x).map(|(y, x)| (x - y) * (x - y));
        cloud.log_weights[j] - 0.5 * offsets.sum::<f64>() / variance
    };
    let alive = |j: &usize| Some(*j) != without && cloud.log_weights[*j] != f64::NEG_INFINITY;
    let terms: Vec<f64> = (0..cloud.log_weights.len()).filter(alive).map(term).collect();
    let largest = terms.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let sum: f64 = terms.iter().map(|term| (term - largest).exp()).sum();
    largest + sum.ln() - 0.5 * d as f64 * (2.0 * PI * variance).ln()
}

/// Sources and targets of every awkward kind.
#[derive(Clone, Debug)]
struct Case {
    dimension: usize,
    points: Vec<f64>,
    log_weights: Vec<f64>,
    targets: Vec<f64>,
    bandwidth: f64,
    tolerance: f64,
}

impl Case {
    fn cloud(&self) -> Cloud<'_> {
        Cloud { dimension: self.dimension, points: &self.points, log_weights: &self.log_weights }
    }
}

impl Case {
    /// The tolerance, and what rounding adds to a bound: 1e-7 at most near the sources, and in proportion to the exponents,
    /// which go up to 5·10⁷, far from them.
    fn allowed(&self, values: &[f64]) -> f64 {
        let far =
            values.iter().filter(|value| value.is_finite()).fold(0.0, |far: f64, value| far.max(value.abs()));
        self.tolerance + 1e-7 + rounding(far)
    }
}

fn uniform(g: &mut Gen) -> f64 {
    (u64::arbitrary(g) >> 11) as f64 / (1u64 << 53) as f64
}

fn normal(g: &mut Gen) -> f64 {
    (-2.0 * (1.0 - uniform(g)).ln()).sqrt() * (2.0 * PI * uniform(g)).cos()
}

fn choose<T: Copy>(g: &mut Gen, choices: &[T]) -> T {
    choices[usize::arbitrary(g) % choices.len()]
}

impl Arbitrary for Case {
    fn arbitrary(g: &mut Gen) -> Self {
        let dimension = choose(g, &[1, 1, 2, 2, 3, 5, 10]);
        let count = choose(g, &[1, 2, 40, 300, 2000]);
        let bandwidth = choose(g, &[0.02, 0.14, 0.5, 3.0]);
        let shape = choose(g, &["normal", "clusters", "duplicates", "one place", "plane"]);
        let origin = choose(g, &[0.0, 0.0, 1e4]);
        let mut points = Vec::new();
        for i in 0..count {
            let from = match shape {
                "duplicates" if i > 0 && bool::arbitrary(g) => Some(usize::arbitrary(g) % i),
                "one place" if i > 0 => Some(0),
                _ => None,
            };
            let cluster = if shape == "clusters" { choose(g, &[-4.0, 0.0, 5.0]) } else { 0.0 };
            for axis in 0..dimension {
                points.push(match from {
                    Some(j) => points[j * dimension + axis],
                    None if shape == "plane" && axis > 0 => origin,
                    None => origin + cluster + normal(g) * if cluster == 0.0 { 1.0 } else { 0.05 },
                });
            }
        }
        let orders = choose(g, &[0.0, 1.0, 30.0]);
        let dead = choose(g, &[0.0, 0.3]);
        let mut log_weights: Vec<f64> = (0..count)
            .map(|_| if uniform(g) < dead { f64::NEG_INFINITY } else { -orders * uniform(g) * 10f64.ln() })
            .collect();
        log_weights[count - 1] = -1.0;
        // Targets at sources, near them, and up to 60 bandwidths (or 60 units) away.
        let mut targets = Vec::new();
        for _ in 0..choose(g, &[5, 60, 400]) {
            let j = usize::arbitrary(g) % count;
            let far = choose(g, &[0.0, bandwidth, 1.0, 8.0 * bandwidth, 60.0 * bandwidth, 60.0]);
            for axis in 0..dimension {
                targets.push(points[j * dimension + axis] + far * (2.0 * uniform(g) - 1.0));
            }
        }
        let tolerance = choose(g, &[1e-9, 1e-6, 1e-4, 1e-2, 0.5]);
        Self { dimension, points, log_weights, targets, bandwidth, tolerance }
    }
}

/// What rounding may do to sum and reference: relative to the exponents, 60 bandwidths and 10⁴ units from the origin.
fn rounding(log_density: f64) -> f64 {
    1e-11 * (1.0 + log_density.abs())
}

#[test]
fn the_bound_holds_at_every_target() {
    fn holds(case: Case) -> bool {
        let variance = case.bandwidth * case.bandwidth;
        let sum = GaussianSum::new(case.cloud(), variance).unwrap();
        let found = sum.log_density(&case.targets, case.tolerance).unwrap();
        assert!(
            found.bound <= case.allowed(&found.values),
            "bound {:e} for {:e}",
            found.bound,
            case.tolerance
        );
        for (x, &value) in case.targets.chunks(case.dimension).zip(&found.values) {
            let exact = reference(case.cloud(), variance, x, None);
            let allowed = found.bound + rounding(exact);
            assert!(
                (value - exact).abs() <= allowed,
                "{value} for {exact} ± {allowed:e} at {x:?}, bandwidth {}",
                case.bandwidth
            );
        }
        true
    }
    QuickCheck::new().tests(600).quickcheck(holds as fn(Case) -> bool);
}

#[test]
fn leaving_one_out_does_not_cancel() {
    fn holds(case: Case) -> bool {
        let variance = case.bandwidth * case.bandwidth;
        let sum = GaussianSum::new(case.cloud(), variance).unwrap();
        let alive = case.log_weights.iter().filter(|l| l.is_finite()).count();
        let found = match sum.leave_one_out(case.tolerance) {
            Err(KernelError::Alone { index }) => return alive == 1 && case.log_weights[index].is_finite(),
            found => found.unwrap(),
        };
        assert!(
            found.bound <= case.allowed(&found.values),
            "bound {:e} for {:e}",
            found.bound,
            case.tolerance
        );
        // Every seventh does, lest the reference take all the time.
        (0..case.log_weights.len()).step_by(if alive > 500 { 7 } else { 1 }).all(|i| {
            if case.log_weights[i] == f64::NEG_INFINITY {
                return found.values[i] == f64::NEG_INFINITY;
            }
            let exact = reference(
                case.cloud(),
                variance,
                &case.points[i * case.dimension..][..case.dimension],
                Some(i),
            );
            (found.values[i] - exact).abs() <= found.bound + rounding(exact)
        })
    }
    QuickCheck::new().tests(300).quickcheck(holds as fn(Case) -> bool);
}

fn normals(count: usize) -> Vec<f64> {
    StandardNormal.sample_iter(Pcg64Dxsm::seed_from_u64(6)).take(count).collect()
}

fn uniform_weights(count: usize) -> Vec<f64> {
    vec![-(count as f64).ln(); count]
}

/// The case of the acceptance table: normal points at themselves, bandwidth 0.14.
#[test]
fn normal_points_are_interpolated_within_the_bound() {
    for (dimension, count, tolerance) in [(1, 20_000, 1e-6), (2, 20_000, 1e-4), (3, 60_000, 1e-2)] {
        let (points, log_weights) = (normals(dimension * count), uniform_weights(count));
        let cloud = Cloud { dimension, points: &points, log_weights: &log_weights };
        let found = GaussianSum::new(cloud, 0.0196).unwrap().log_density(&points, tolerance).unwrap();
        assert!(found.interpolated > count * 99 / 100, "{dimension}-D: {} interpolated", found.interpolated);
        assert!(found.bound <= tolerance + 1e-10, "{dimension}-D: bound {:e}", found.bound);
        for i in (0..count).step_by(count / 300) {
            let exact = reference(cloud, 0.0196, &points[i * dimension..][..dimension], None);
            let error = (found.values[i] - exact).abs();
            assert!(error <= found.bound, "{dimension}-D: {error:e} for {:e}", found.bound);
        }
    }
}

/// A cloud at the quantiles of N(0, v), smoothed by N(0, s²), is N(0, v + s²): midpoints of the quantiles give it
/// to O(1/n) where the tails do not count.
#[test]
fn a_smoothed_gaussian_is_gaussian() {
    use statrs::distribution::{ContinuousCDF, Normal};
    let (count, variance, kernel) = (200_000, 0.7f64, 0.3);
    let law = Normal::new(0.0, variance.sqrt()).unwrap();
    let points: Vec<f64> =
        (0..count).map(|i| law.inverse_cdf((f64::from(i) + 0.5) / f64::from(count))).collect();
    let log_weights = uniform_weights(points.len());
    let cloud = Cloud { dimension: 1, points: &points, log_weights: &log_weights };
    let targets: Vec<f64> = (-20..=20).map(|k| 0.1 * f64::from(k)).collect();
    let found = GaussianSum::new(cloud, kernel).unwrap().log_density(&targets, 1e-9).unwrap();
    for (x, value) in targets.iter().zip(found.values) {
        let exact = -0.5 * (x * x / (variance + kernel) + (2.0 * PI * (variance + kernel)).ln());
        assert!((value - exact).abs() < 1e-5, "{x}: {value} for {exact}");
    }
}

#[test]
fn bits_do_not_depend_on_threads() {
    for (dimension, count, tolerance) in
        [(1, 4000, 1e-6), (2, 1000, 1e-3), (2, 4000, 1e-4), (3, 4000, 1e-2), (5, 4000, 1e-2)]
    {
        let (points, log_weights) = (normals(dimension * count), uniform_weights(count));
        let cloud = Cloud { dimension, points: &points, log_weights: &log_weights };
        let run = |threads: usize| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            pool.install(|| GaussianSum::new(cloud, 0.04).unwrap().leave_one_out(tolerance).unwrap())
        };
        let once = run(1);
        for threads in [2, 3, 7] {
            assert_eq!(run(threads), once, "{dimension}-D, {threads} threads");
        }
    }
}

#[test]
fn bad_input_has_a_name() {
    fn cloud<'a>(points: &'a [f64], log_weights: &'a [f64]) -> Cloud<'a> {
        Cloud { dimension: 2, points, log_weights }
    }
    fn new(points: &[f64], log_weights: &[f64], variance: f64) -> Option<KernelError> {
        GaussianSum::new(cloud(points, log_weights), variance).err()
    }
    let dead = f64::NEG_INFINITY;
    let points = [0.0, 1.0, 2.0, 3.0];
    assert_eq!(new(&[], &[], 1.0), Some(KernelError::NoSources));
    assert_eq!(new(&points, &[dead, dead], 1.0), Some(KernelError::AllDead { count: 2 }));
    assert!(matches!(
        new(&points[..3], &[0.0, 0.0], 1.0),
        Some(KernelError::Shape { found: 3, expected: 4, .. })
    ));
    for wrong in [f64::NAN, f64::INFINITY] {
        assert!(matches!(new(&points, &[0.0, wrong], 1.0), Some(KernelError::LogWeight { index: 1, .. })));
        let points = [0.0, 1.0, wrong, 3.0];
        assert!(matches!(new(&points, &[0.0, 0.0], 1.0), Some(KernelError::Position { index: 1, .. })));
        assert_eq!(new(&points, &[0.0, dead], 1.0), None, "the dead may be anywhere");
    }
    for variance in [0.0, -1.0, f64::NAN, f64::INFINITY, 1e-310] {
        assert!(
            matches!(new(&points, &[0.0, 0.0], variance), Some(KernelError::Variance { .. })),
            "{variance}"
        );
    }
    let sum = GaussianSum::new(cloud(&points, &[0.0, dead]), 1.0).unwrap();
    assert_eq!(sum.leave_one_out(1e-3), Err(KernelError::Alone { index: 0 }));
    assert!(matches!(
        sum.log_density(&[f64::NAN, 0.0], 1e-3),
        Err(KernelError::Position { what: "target", .. })
    ));
    assert!(matches!(sum.log_density(&[0.0], 1e-3), Err(KernelError::Shape { .. })));
    for tolerance in [0.0, -1.0, f64::NAN, f64::INFINITY] {
        assert!(matches!(sum.log_density(&points, tolerance), Err(KernelError::Tolerance { .. })));
    }
    assert!(sum.log_density(&[], 1e-3).unwrap().values.is_empty());
}
