//! Bandwidth rules, whitening and cross-validation against closed forms.

use rand::SeedableRng;
use rand_distr::{Distribution, StandardNormal};
use rand_pcg::Pcg64Dxsm;
use std::f64::consts::PI;
use wfr::kernel::{
    Cloud, GaussianSum, KernelDensity, KernelError, Whitening, covariance, cross_validated,
    effective_sample_size, scott, silverman,
};

fn normals(count: usize) -> Vec<f64> {
    StandardNormal.sample_iter(Pcg64Dxsm::seed_from_u64(7)).take(count).collect()
}

#[test]
fn rules_of_thumb_are_the_published_ones() {
    // Silverman (1986), equation (3.28): 1.06 n^{−1/5} for d = 1; Scott (1992): both agree for d = 2.
    assert!((silverman(1, 1000.0) - 1.0592 * 1000f64.powf(-0.2)).abs() < 1e-4);
    assert!((silverman(2, 500.0) - scott(2, 500.0)).abs() < 1e-15);
    // Of weights 1, 1, 2 and a dead particle: 16/6.
    let log_weights = [-700.0, -700.0, 2f64.ln() - 700.0, f64::NEG_INFINITY];
    assert!((effective_sample_size(&log_weights) - 16.0 / 6.0).abs() < 1e-12);
}

#[test]
fn whitening_keeps_the_density() {
    let points = normals(600);
    let log_weights: Vec<f64> = (0..200).map(|i| (1.3 * f64::from(i)).sin()).collect();
    let cloud = Cloud { dimension: 3, points: &points, log_weights: &log_weights };
    let matrix = [2.0, 0.6, -0.3, 0.6, 0.5, 0.1, -0.3, 0.1, 1.0];
    let whitening = Whitening::new(3, &matrix).unwrap();
    // det of the matrix by hand: 2(0.5 − 0.01) − 0.6(0.6 + 0.03) − 0.3(0.06 + 0.15) = 0.539.
    assert!((2.0 * whitening.log_determinant() - 0.539f64.ln()).abs() < 1e-12);
    let found =
        KernelDensity::new(cloud, whitening, 0.4).unwrap().log_density(&[0.3, -1.0, 2.0], 1e-8).unwrap();
    // N(x; y, s²C) term by term with C⁻¹ by cofactors.
    let adjugate = [0.49, -0.63, 0.21, -0.63, 1.91, -0.38, 0.21, -0.38, 0.64];
    let term = |i: usize| {
        let offset: Vec<f64> = [0.3, -1.0, 2.0].iter().zip(&points[3 * i..]).map(|(x, y)| x - y).collect();
        let form: f64 = (0..9).map(|k| adjugate[k] * offset[k / 3] * offset[k % 3]).sum::<f64>() / 0.539;
        (log_weights[i] - 0.5 * form / 0.16).exp()
    };
    let exact = (0..200).map(term).sum::<f64>().ln() - 0.5 * (0.539f64.ln() + 3.0 * (2.0 * PI * 0.16).ln());
    assert!((found.values[0] - exact).abs() < found.bound + 1e-12, "{} for {exact}", found.values[0]);
    // Whitened by its own covariance the cloud has covariance I.
    let white = Whitening::of(cloud).unwrap().apply(&points);
    let identity = covariance(Cloud { points: &white, ..cloud }).unwrap();
    assert!((0..9).all(|k| (identity[k] - f64::from(u8::from(k % 4 == 0))).abs() < 1e-12));
}

#[test]
fn flat_data_are_refused() {
    let points = [0.0, 0.0, 1.0, 2.0, 2.0, 4.0];
    let cloud = Cloud { dimension: 2, points: &points, log_weights: &[0.0; 3] };
    assert!(matches!(Whitening::of(cloud), Err(KernelError::Covariance { row: 1, .. })));
    assert!(matches!(Whitening::new(2, &[1.0; 3]), Err(KernelError::Shape { .. })));
}

/// For normal data the bandwidth of largest likelihood is near Silverman's, and the likelihood is no better beside it.
#[test]
fn cross_validation_finds_the_maximum() {
    let points = normals(4000);
    let cloud = Cloud { dimension: 1, points: &points, log_weights: &[0.0; 4000] };
    let start = silverman(1, 4000.0);
    let best = cross_validated(cloud, 3.0 * start).unwrap();
    assert!(best > 0.5 * start && best < 2.0 * start, "{best} beside {start}");
    let likelihood = |bandwidth: f64| -> f64 {
        let sum = GaussianSum::new(cloud, bandwidth * bandwidth).unwrap();
        sum.leave_one_out(1e-7).unwrap().values.iter().sum::<f64>() / 4000.0
    };
    // To the tolerance of its log densities, and far enough away to tell.
    assert!(likelihood(best) > likelihood(1.6 * best) && likelihood(best) > likelihood(best / 1.6));
}

#[test]
fn duplicates_are_named_by_cross_validation() {
    let once = normals(300);
    let points: Vec<f64> = once.iter().chain(&once).copied().collect();
    let cloud = Cloud { dimension: 1, points: &points, log_weights: &[0.0; 600] };
    assert!(matches!(cross_validated(cloud, 0.1), Err(KernelError::Duplicates { .. })));
}
