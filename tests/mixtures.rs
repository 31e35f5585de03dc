//! Gaussian mixtures: densities and their derivatives, far tails, sampling, what is refused.

use wfr::algebra::Lanes;
use wfr::model::{Component, GaussianMixture, MixtureError};
use wfr::particles::{Purpose, Stream};

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

#[test]
fn log_density_is_that_of_the_formula() {
    let normal = |x: f64, m: f64, v: f64| {
        (-(x - m).powi(2) / (2.0 * v)).exp() / (2.0 * std::f64::consts::PI * v).sqrt()
    };
    for x in [-3.0, -1.0, 0.0, 0.5, 4.0] {
        let direct = (0.25 * normal(x, -2.0, 0.25) + 0.75 * normal(x, 1.0, 1.0)).ln();
        assert!((two_wells().log_density(&[x]) - direct).abs() < 1e-13, "{x}");
    }
    // A hundred deviations out: only the wide component counts; log(3/4) − ½ log 2π − ½·100².
    let far = 0.75f64.ln() - 0.5 * (2.0 * std::f64::consts::PI).ln() - 0.5 * 1e4;
    assert!((two_wells().log_density(&[101.0]) - far).abs() < 1e-9);
}

#[test]
fn score_and_laplacian_are_the_derivatives() {
    let mixture = plane();
    let at = [0.8, -0.2];
    let log = |dx: f64, dy: f64| mixture.log_density(&[at[0] + dx, at[1] + dy]);
    let h = 1e-4;
    let mut score = [0.0; 2];
    mixture.score(&at, &mut score);
    // Central differences: truncation h²·f'''/6 ~ 1e-8.
    assert!((score[0] - (log(h, 0.0) - log(-h, 0.0)) / (2.0 * h)).abs() < 1e-7);
    assert!((score[1] - (log(0.0, h) - log(0.0, -h)) / (2.0 * h)).abs() < 1e-7);
    let laplacian = (log(h, 0.0) + log(-h, 0.0) + log(0.0, h) + log(0.0, -h) - 4.0 * log(0.0, 0.0)) / (h * h);
    // Rounding 4·1e-16·|log|/h² ~ 1e-7.
    assert!((mixture.log_density_laplacian(&at) - laplacian).abs() < 1e-6);
    let mut far = [0.0];
    two_wells().score(&[-202.0], &mut far);
    assert!((far[0] - 203.0).abs() < 1e-9, "the wide component rules: {far:?}");
}

#[test]
fn samples_have_the_moments() {
    const BUNDLES: usize = 20_000;
    let mixture = plane();
    let mut stream = Stream::new(11, Purpose::Paths, 0);
    let (mut sum, mut square, mut cross) = ([0.0; 2], [0.0; 2], 0.0);
    let mut normals = [Lanes([0.0; 16]); 2];
    for _ in 0..BUNDLES {
        let uniform = stream.uniforms();
        stream.normals(&mut normals);
        let mut draw = normals;
        mixture.sample(uniform, &normals, &mut draw);
        for lane in 0..16 {
            let [x, y] = draw.map(|component| component.0[lane]);
            sum[0] += x;
            sum[1] += y;
            square[0] += x * x;
            square[1] += y * y;
            cross += x * y;
        }
    }
    let n = (16 * BUNDLES) as f64;
    let (mean, covariance) = (mixture.mean(), mixture.covariance());
    let tolerance = |variance: f64| 6.0 * (variance / n).sqrt(); // 6 standard errors: 2e-9 each
    for i in 0..2 {
        assert!((sum[i] / n - mean[i]).abs() < tolerance(covariance[i][i]));
        let second = covariance[i][i] + mean[i] * mean[i];
        // Var X² ≤ E X⁴ < 40 for these components.
        assert!((square[i] / n - second).abs() < tolerance(40.0));
    }
    assert!((cross / n - covariance[0][1] - mean[0] * mean[1]).abs() < tolerance(40.0));
}

#[test]
fn mass_outside_a_box_is_exact_in_the_far_tail() {
    let normal =
        GaussianMixture::new(vec![Component { weight: 1.0, mean: vec![0.0], covariance: vec![vec![1.0]] }]);
    let outside = normal.unwrap().mass_outside(&[-7.0], &[7.0]);
    // 2Φ(−7) = 2.559625087771670e-12.
    assert!((outside / 2.559_625_087_771_67e-12 - 1.0).abs() < 1e-9, "{outside:e}");
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
