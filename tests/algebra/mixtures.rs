//! Gaussian mixtures: densities and their derivatives, far tails, sampling, what is refused.

use wfr::algebra::{LANES, Lanes};
use wfr::model::{Component, GaussianMixture, MixtureError};

fn two_wells() -> GaussianMixture {
    GaussianMixture::new(vec![
        Component { weight: 1.0, mean: vec![-2.0], covariance: vec![vec![0.25]] },
        Component { weight: 3.0, mean: vec![1.0], covariance: vec![vec![1.0]] },
    ])
    .unwrap()
}

fn plane() -> GaussianMixture {
    GaussianMixture::new(vec![
        Component { weight: 0.4, mean: vec![0.0, 1.0], covariance: vec![vec![1.2, 0.3], vec![0.3, 0.5]] },
        Component { weight: 0.6, mean: vec![2.0, -1.0], covariance: vec![vec![0.4, -0.1], vec![-0.1, 0.9]] },
    ])
    .unwrap()
}

/// Compares log density, score and Laplacian at `x`; a relative error of 1e-13 is some hundred roundings.
fn agree(mixture: &GaussianMixture, x: &[f64], log: f64, score: &[f64], laplacian: f64) {
    let close = |found: f64, expected: f64| (found - expected).abs() <= 1e-13 * expected.abs().max(1.0);
    assert!(close(mixture.log_density(x), log), "log density at {x:?}");
    let mut found = vec![0.0; x.len()];
    mixture.score(x, &mut found);
    assert!(found.iter().zip(score).all(|(a, b)| close(*a, *b)), "score at {x:?}: {found:?}");
    let found = mixture.log_density_laplacian(x);
    assert!(close(found, laplacian), "Laplacian at {x:?}: {found}");
}

#[test]
fn a_single_gaussian_has_its_closed_form() {
    let covariance = vec![vec![2.0, 1.0], vec![1.0, 3.0]];
    let gaussian =
        GaussianMixture::new(vec![Component { weight: 7.0, mean: vec![1.0, -1.0], covariance }]).unwrap();
    // C⁻¹ = [3 −1; −1 2]/5, so at m + (5, 10): score −(1, 3), form (5·1 + 10·3)/2, trace 1.
    let log = -17.5 - 0.5 * 5f64.ln() - (2.0 * std::f64::consts::PI).ln();
    agree(&gaussian, &[6.0, 9.0], log, &[-1.0, -3.0], -1.0);
}

/// mpmath 1.3 with 60 digits, from the densities themselves.
#[test]
fn mixtures_have_the_values_of_sixty_digit_arithmetic() {
    for (x, log, score, laplacian) in [
        (-3.0, -3.608_374_480_652_426_3, 4.0, -3.988_886_935_006_066_3),
        (-1.25, -2.424_035_055_632_82, -1.588_867_566_201_683_6, 2.223_511_922_465_496_2),
        (-0.5, -2.309_064_831_676_075, 1.332_725_292_268_148_3, 0.159_669_597_049_37),
        (0.25, -1.487_835_221_018_937_2, 0.749_655_005_887_996_8, -0.996_742_578_463_368_6),
        (4.0, -5.706_620_605_656_454, -3.0, -1.0),
    ] {
        agree(&two_wells(), &[x], log, &[score], laplacian);
    }
    for (x, log, score, laplacian) in [
        (
            [0.8, -0.2],
            -3.508_733_362_198_974,
            [1.868_821_387_571_609_5, 0.307_362_425_999_470_9],
            2.316_842_453_419_606_6,
        ),
        (
            [-3.0, 2.5],
            -12.123_377_874_548_638,
            [3.823_529_412_119_446, -5.294_117_646_938_598],
            -3.333_333_330_172_975_3,
        ),
        (
            [1.0, 0.0],
            -3.149_279_896_042_844,
            [1.445_347_934_377_750_4, -0.028_991_133_005_980_742],
            1.361_366_670_175_561_3,
        ),
    ] {
        agree(&plane(), &x, log, &score, laplacian);
    }
}

#[test]
fn far_tails_are_right() {
    // A hundred deviations out the exponentials have long underflowed (mpmath, as above).
    agree(&two_wells(), &[-60.0], -1_861.706_620_605_656_6, &[61.0], -1.0);
    agree(&two_wells(), &[101.0], -5_001.206_620_605_656, &[-100.0], -1.0);
    let score = [139.142_857_142_857_14, -63.428_571_428_571_43];
    agree(&plane(), &[-60.0, 70.0], -6_566.966_648_770_783, &score, -3.714_285_714_285_714_4);
    // Two equal Gaussians at ±1, seen from (0, y): p = ½ each, the scores are (±1, −y), Δ = 1 − 2.
    // With |s|² = 1e16 any form that subtracts squares of scores has lost the answer.
    let equal = |m: f64| Component {
        weight: 1.0,
        mean: vec![m, 0.0],
        covariance: vec![vec![1.0, 0.0], vec![0.0, 1.0]],
    };
    let equals = GaussianMixture::new(vec![equal(-1.0), equal(1.0)]).unwrap();
    assert_eq!(equals.log_density_laplacian(&[0.0, 1e8]), -1.0);
}

#[test]
fn many_components_are_one_if_they_are_equal() {
    // More components, and more dimensions, than have a place on the stack.
    let d = 10;
    let identity: Vec<Vec<f64>> =
        (0..d).map(|i| (0..d).map(|j| f64::from(u8::from(i == j))).collect()).collect();
    let component = Component { weight: 0.3, mean: vec![0.5; d], covariance: identity };
    let mixture = GaussianMixture::new(vec![component; 20]).unwrap();
    let log = -0.5 * d as f64 * ((2.0 * std::f64::consts::PI).ln() + 0.25);
    agree(&mixture, &vec![1.0; d], log, &vec![-0.5; d], -(d as f64));
}

#[test]
fn draws_have_the_moments() {
    // Three Gauss–Hermite nodes integrate the second moments exactly, a thousand midpoints the shares
    // 0.4 and 0.6: no sampling error is left, only rounding.
    let mixture = plane();
    let nodes = [(-3f64.sqrt(), 1.0 / 6.0), (0.0, 2.0 / 3.0), (3f64.sqrt(), 1.0 / 6.0)];
    let (mut mean, mut second) = ([0.0; 2], [[0.0; 2]; 2]);
    for k in 0..1000 {
        for (a, p) in nodes {
            for (b, q) in nodes {
                let mut draw = [0.0; 2];
                mixture.sample((f64::from(k) + 0.5) / 1000.0, &[a, b], &mut draw);
                for i in 0..2 {
                    mean[i] += p * q * draw[i] / 1000.0;
                    for j in 0..2 {
                        second[i][j] += p * q * draw[i] * draw[j] / 1000.0;
                    }
                }
            }
        }
    }
    for i in 0..2 {
        assert!((mean[i] - mixture.mean()[i]).abs() < 1e-12);
        for j in 0..2 {
            let found = second[i][j] - mean[i] * mean[j];
            assert!((found - mixture.covariance()[i][j]).abs() < 1e-12, "{i} {j}: {found}");
        }
    }
    // By hand: mean 0.4 (0, 1) + 0.6 (2, −1), variance of x 0.4·1.2 + 0.6·0.4 + 0.24·2².
    assert!((mixture.mean()[0] - 1.2).abs() < 1e-15 && (mixture.mean()[1] + 0.2).abs() < 1e-15);
    assert!((mixture.covariance()[0][0] - 1.68).abs() < 1e-15);
}

#[test]
fn lanes_carry_the_bits_of_single_numbers() {
    let mixture = plane();
    // Both components occur in one batch, the last uniform being as large as there is.
    let uniform = |k: usize| if k + 1 == LANES { 1.0 - f64::EPSILON / 2.0 } else { k as f64 / LANES as f64 };
    let x = |k: usize| [0.6 * k as f64 - 4.0, 3.0 - 0.4 * k as f64];
    let batch = [0, 1].map(|i| Lanes(std::array::from_fn(|k| x(k)[i])));
    let mut draws = batch;
    mixture.sample(Lanes(std::array::from_fn(uniform)), &batch, &mut draws);
    let mut scores = batch;
    mixture.score(&batch, &mut scores);
    let (log, laplacian) = (mixture.log_density(&batch), mixture.log_density_laplacian(&batch));
    for k in 0..LANES {
        let (mut draw, mut score) = ([0.0; 2], [0.0; 2]);
        mixture.sample(uniform(k), &x(k), &mut draw);
        mixture.score(&x(k), &mut score);
        assert_eq!(draw, draws.map(|component| component.0[k]));
        assert_eq!(score, scores.map(|component| component.0[k]));
        assert_eq!(mixture.log_density(&x(k)), log.0[k]);
        assert_eq!(mixture.log_density_laplacian(&x(k)), laplacian.0[k]);
    }
}

#[test]
fn the_uniform_chooses_by_the_shares() {
    // Ten shares of 0.1 add up to a little less than 1; still every uniform below 1 finds a component.
    let component = |k: u8| Component { weight: 0.1, mean: vec![f64::from(k)], covariance: vec![vec![1.0]] };
    let mixture = GaussianMixture::new((0..10).map(component).collect()).unwrap();
    for (uniform, expected) in
        [(0.0, 0.0), (0.05, 0.0), (0.15, 1.0), (0.95, 9.0), (1.0 - f64::EPSILON / 2.0, 9.0)]
    {
        let mut draw = [f64::NAN];
        mixture.sample(uniform, &[0.0], &mut draw);
        assert_eq!(draw[0], expected, "{uniform}");
    }
}

#[test]
fn mass_outside_a_box_is_right_in_the_far_tail() {
    let normal =
        GaussianMixture::new(vec![Component { weight: 1.0, mean: vec![0.0], covariance: vec![vec![1.0]] }])
            .unwrap();
    // `erfc` of statrs 0.18 has ten-digit constants (mended in its pull request 412): against mpmath its
    // relative error is at most 1e-10 on [0.5, 26], the same in the tail as in the middle.
    const ERFC: f64 = 1e-10;
    // 2Φ(−k) by mpmath, as above.
    for (k, expected) in [
        (1.0, 0.317_310_507_862_914_1),
        (3.0, 0.002_699_796_063_260_189),
        (5.0, 5.733_031_437_583_878e-7),
        (7.0, 2.559_625_087_771_67e-12),
        (10.0, 1.523_970_604_832_105e-23),
        (20.0, 5.507_248_237_212_467_5e-89),
        (37.0, 1.145_114_244_504_915_4e-299),
    ] {
        let outside = normal.mass_outside(&[-k], &[k]);
        assert!((outside / expected - 1.0).abs() < ERFC, "{k}: {outside:e}");
    }
    let outside = plane().mass_outside(&[-6.0, -7.0], &[7.0, 6.0]);
    assert!((outside / 8.750_627_455_426_34e-9 - 1.0).abs() < ERFC, "{outside:e}");
}

#[test]
fn extreme_weights_and_variances_are_right_or_refused() {
    let mixture = |weights: [f64; 2], variance: f64| {
        let component = |weight| Component { weight, mean: vec![0.0], covariance: vec![vec![variance]] };
        GaussianMixture::new(weights.map(component).to_vec())
    };
    for weights in [[1e308, 1e308], [5e-324, 5e-324]] {
        let mixture = mixture(weights, 1.0).unwrap();
        assert_eq!(mixture.components()[0].weight, 0.5);
        assert!(mixture.log_density(&[0.0]).is_finite());
    }
    // The inverse of a subnormal variance overflows.
    assert!(matches!(
        mixture([1.0, 1.0], 1e-310),
        Err(MixtureError::NotPositive { component: 0, row: 0, .. })
    ));
}

#[test]
fn what_is_no_mixture_is_refused_by_name() {
    let component = |weight, mean: Vec<f64>, covariance| Component { weight, mean, covariance };
    let refused = |components| GaussianMixture::new(components).expect_err("no mixture");
    assert_eq!(refused(vec![]), MixtureError::Empty);
    let good = component(1.0, vec![0.0], vec![vec![1.0]]);
    for (bad, fragment) in [
        (component(-0.5, vec![0.0], vec![vec![1.0]]), "weight -0.5"),
        (component(1.0, vec![0.0, 1.0], vec![vec![1.0]]), "dimension 2"),
        (component(1.0, vec![0.0], vec![vec![-1.0]]), "not positive definite"),
        (component(1.0, vec![f64::NAN], vec![vec![1.0]]), "not finite"),
    ] {
        let error = refused(vec![good.clone(), bad]);
        assert!(error.to_string().contains(fragment), "{error}");
        assert_eq!(error.component(), Some(1));
    }
    let skew = component(1.0, vec![0.0, 0.0], vec![vec![1.0, 0.2], vec![0.3, 1.0]]);
    assert!(refused(vec![skew]).to_string().contains("symmetric"));
    let flat = component(1.0, vec![0.0, 0.0], vec![vec![1.0, 1.0], vec![1.0, 1.0]]);
    assert!(refused(vec![flat]).to_string().contains("not positive definite"));
}

#[test]
fn a_single_gaussian_keeps_its_score_where_its_density_is_zero() {
    for d in [1, 2, 5] {
        let covariance = (0..d).map(|i| (0..d).map(|j| if i == j { 2.0 } else { 0.0 }).collect()).collect();
        let component = Component { weight: 1.0, mean: vec![0.0; d], covariance };
        let gaussian = GaussianMixture::new(vec![component]).unwrap();
        let x = vec![1e200; d];
        let mut score = vec![0.0; d];
        gaussian.score(&x, &mut score);
        // Rounding of the Cholesky factor √2, twice.
        assert!(score.iter().all(|score| (score / -5e199 - 1.0).abs() < 1e-15), "{score:?}");
        assert!((gaussian.log_density_laplacian(&x) / (-0.5 * d as f64) - 1.0).abs() < 1e-15);
        assert_eq!(gaussian.log_density(&x), f64::NEG_INFINITY);
    }
}
