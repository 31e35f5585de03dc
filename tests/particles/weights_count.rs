//! Feynman–Kac weights: estimates, standard errors and the normaliser are right however one resamples.

use crate::common::{close, scenario};
use quickcheck::QuickCheck;
use wfr::exact::killed_ornstein_uhlenbeck_law;
use wfr::schemes::WeightRule;
use wfr::study::run;

/// dX = −X dt + √2 dW killed at rate 2X² from N(1, ¼): the weights are far from even.
fn killed(count: usize, resampling: &str, seed: u64) -> wfr::study::findings::ParticleFindings {
    let text = format!(
        "observables = [\"x\", \"x^2\"]\n[initial]\nmean = [1.0]\ncovariance = [[0.25]]\n\
         [sde]\ndrift = [\"-x\"]\ndiffusion = [[\"sqrt(2)\"]]\nrate = \"2*x^2\"\nhorizon = 1.0\n\
         [particles]\ncount = {count}\nstep = 0.01\nscheme = \"platen\"\nseed = {seed}\nresampling = \"{resampling}\"\n\
         ess-threshold = 0.9\n"
    );
    let scenario = scenario(&text);
    run(&scenario.name, &scenario.plan, &[], &|_, _| ()).findings.particles.unwrap()
}

#[test]
fn every_resampling_gives_the_same_law_within_its_errors() {
    let [m, v, z] = killed_ornstein_uhlenbeck_law(1.0, 2f64.sqrt(), 2.0, 1.0, [1.0, 0.25]);
    for resampling in ["systematic", "ssp", "stratified", "residual", "multinomial", "none"] {
        let found = killed(100_000, resampling, 1);
        assert_eq!(found.resamplings > 0.0, resampling != "none", "{resampling}");
        for (name, exact) in [("x", m * z), ("x^2", (v + m * m) * z)] {
            let estimate = found.observables[name];
            // Student's t with 63 degrees of freedom exceeds 7 with probability 2e-9; the bias at h = 0.01 is 1e-4 of z.
            close(estimate.value, exact, 7.0 * estimate.stderr + 5e-4 * z, &format!("{resampling} {name}"));
        }
        close(found.log_normalizer, z.ln(), 7.0 * found.log_normalizer_stderr + 5e-4, resampling);
    }
}

/// Whatever selection does to the particles, it gives each island what its weights came to: after one step of the same
/// random numbers, the estimate of the mass is that without selection but for rounding.
#[test]
fn a_selection_leaves_the_mass_as_it_is() {
    let after_a_step = |keys: &str| {
        let text = format!(
            "observables = [\"x\"]\n[initial]\nmean = [1.0]\ncovariance = [[0.25]]\n\
             [sde]\ndrift = [\"-x\"]\ndiffusion = [[\"sqrt(2)\"]]\nrate = \"2*x^2\"\nhorizon = 0.5\n\
             [particles]\ncount = 4096\nstep = 0.5\nscheme = \"platen\"\n{keys}\n"
        );
        let scenario = scenario(&text);
        run(&scenario.name, &scenario.plan, &[], &|_, _| ()).findings.particles.unwrap()
    };
    let without = after_a_step("resampling = \"none\"").log_normalizer;
    assert!(without < -0.3, "the weights count: {without}");
    let resampled = ["systematic", "ssp", "stratified", "residual", "multinomial"]
        .map(|scheme| format!("ess-threshold = 1.0\nresampling = \"{scheme}\""));
    let jumped = ["minimal", "pairwise", "moran"]
        .map(|form| format!("mode = \"birth-death\"\nbirth-death = \"{form}\""));
    for keys in resampled.iter().chain(&jumped) {
        let found = after_a_step(keys);
        assert!(found.resamplings > 0.0, "{keys}");
        // The sums of 4096 weights, rounded.
        close(found.log_normalizer, without, 1e-12, keys);
    }
}

#[test]
fn standard_errors_are_the_spread_over_seeds() {
    const RUNS: u64 = 60;
    for resampling in ["systematic", "none"] {
        let found: Vec<_> = (0..RUNS).map(|seed| killed(4096, resampling, seed)).collect();
        let values: Vec<f64> = found.iter().map(|found| found.log_normalizer).collect();
        let mean = values.iter().sum::<f64>() / RUNS as f64;
        let spread = values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / (RUNS - 1) as f64;
        let claimed =
            found.iter().map(|found| found.log_normalizer_stderr.powi(2)).sum::<f64>() / RUNS as f64;
        // The ratio is χ²₅₉/59 over a mean of 60 such with 63 degrees of freedom: below 0.3 or above 2.3 with
        // probability 1e-7.
        assert!((0.3..2.3).contains(&(spread / claimed)), "{resampling}: {spread:e} {claimed:e}");
    }
}

#[test]
fn trapezoidal_is_the_mean_of_left_and_right_and_a_constant_rate_is_exact() {
    fn holds(h: f64, before: f64, after: f64) -> bool {
        let tame = |value: f64| if value.is_finite() { value % 100.0 } else { 1.0 };
        let (h, before, after) = (tame(h).abs() + 1e-3, tame(before), tame(after));
        let [left, right] = [(before, after), (after, before)]
            .map(|(a, b)| WeightRule::Left.quadrature().log_increment(&h, [a, b]));
        let both = WeightRule::Trapezoidal.quadrature().log_increment(&h, [before, after]);
        let mean = (both - 0.5 * (left + right)).abs() <= 1e-12 * (1.0 + left.abs() + right.abs());
        let constant = WeightRule::ALL.into_iter().all(|rule| {
            (rule.quadrature().log_increment(&h, [before, before]) + h * before).abs()
                <= 1e-12 * (1.0 + (h * before).abs())
        });
        // What the particles add at the two ends is what is proved.
        let by_parts = WeightRule::ALL.into_iter().all(|rule| {
            let (quadrature, [first, last]) = (rule.quadrature(), rule.quadrature().factors(&h));
            let whole = quadrature.log_increment(&h, [before, after]);
            let parts = first * before + if quadrature.reads_end() { last * after } else { 0.0 };
            (whole - parts).abs() <= 1e-12 * (1.0 + (h * before).abs() + (h * after).abs())
        });
        mean && constant && by_parts
    }
    QuickCheck::new().tests(1000).quickcheck(holds as fn(f64, f64, f64) -> bool);
}
