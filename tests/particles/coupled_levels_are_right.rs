//! Levels of coupled paths: differences of expectations and their standard errors, against sums over all samples and against the
//! jackknife, which knows nothing of gradients; and weights of which nothing is left to chance.

use crate::common::laws::sde;
use crate::common::{close, scenario};
use wfr::model::Dynamics;
use wfr::particles::coupled::{Difference, Level, LevelSums};
use wfr::particles::{BLOCK, Motion};
use wfr::schemes::{EulerMaruyama, Platen, Scheme, WeightRule};

const SAMPLES: usize = 2000;

/// (ΔΦ, ΔW, Φ, W), all of them correlated, with ΔW far from small: points of a lattice of good parameters.
fn samples() -> Vec<[f64; 4]> {
    let part = |k: usize, generator: f64| (k as f64 * generator).fract();
    (0..SAMPLES)
        .map(|k| {
            let [a, b, c] = [0.754_877_666_2, 0.569_840_291, 0.414_213_562_4].map(|g| part(k, g));
            [0.4 + a - 0.5 * b, 0.3 + 0.6 * b - 0.4 * c, 2.0 + a + 3.0 * c, 1.0 + c - 0.7 * a + 0.2 * b]
        })
        .collect()
}

fn sums(samples: impl Iterator<Item = [f64; 4]>) -> LevelSums {
    let mut sums = LevelSums::default();
    samples.for_each(|sample| sums.push(sample));
    sums
}

/// What the sums say, beside `value` of the means of (ΔΦ, ΔW, Φ, W) and its jackknife.
fn agrees(name: &str, found: impl Fn(&LevelSums) -> Difference, value: impl Fn([f64; 4]) -> f64) {
    let samples = samples();
    let n = SAMPLES as f64;
    let total: [f64; 4] = std::array::from_fn(|i| samples.iter().map(|sample| sample[i]).sum());
    let without = |sample: &[f64; 4]| value(std::array::from_fn(|i| (total[i] - sample[i]) / (n - 1.0)));
    let rests: Vec<f64> = samples.iter().map(without).collect();
    let middle = rests.iter().sum::<f64>() / n;
    let jackknife = ((n - 1.0) / n * rests.iter().map(|rest| (rest - middle).powi(2)).sum::<f64>()).sqrt();
    let found = found(&sums(samples.into_iter()));
    close(found.value, value(total.map(|sum| sum / n)), 1e-11, name);
    // The two differ by the curvature of the value over one sample in n, which moves the means by a few in 1000.
    close(found.stderr / jackknife, 1.0, 5e-3, &format!("standard error of {name}"));
}

#[test]
fn standard_errors_are_those_of_the_jackknife() {
    agrees("ΔE", |sums| sums.difference(false), |[dφ, ..]| dφ);
    agrees("ΔE by the mass", |sums| sums.difference(true), |[dφ, dw, φ, w]| (φ + dφ) / (w + dw) - φ / w);
    agrees("Δ log of the mass", LevelSums::log_mass_difference, |[_, dw, _, w]| ((w + dw) / w).ln());
    agrees("E", |sums| sums.coarse_mean(false), |[_, _, φ, _]| φ);
    agrees("E by the mass", |sums| sums.coarse_mean(true), |[_, _, φ, w]| φ / w);
}

/// Of 1, 2 and 6: mean 3, variance (4 + 1 + 9)/2 = 7.
#[test]
fn variances_are_unbiased_and_parts_add_up() {
    let values = [1.0, 2.0, 6.0];
    let whole = sums(values.into_iter().map(|value| [value, 0.0, 0.0, 1.0]));
    close(whole.variance([1.0, 0.0]), 7.0, 1e-14, "variance");
    close(whole.difference(false).stderr, (7.0f64 / 3.0).sqrt(), 1e-14, "standard error");
    let mut parts = LevelSums::default();
    for value in values {
        parts.merge(&sums(std::iter::once([value, 0.0, 0.0, 1.0])));
    }
    parts.push([f64::NAN, 0.0, 0.0, 1.0]);
    assert_eq!((parts.paths(), parts.exploded()), (3, 1));
    assert_eq!(parts.difference(false), whole.difference(false));
}

/// At rest, killed at the rate t, whose midpoint rule is exact: both paths of every level weigh e^{−1/2} at t = 1.
#[test]
fn a_rate_at_the_middle_of_the_step_is_read_there() {
    let text = "observables = [\"x\"]\n[initial]\npoint = [3.0]\n\
         [sde]\ndrift = [\"0\"]\ndiffusion = [[\"0\"]]\nrate = \"t\"\nhorizon = 1.0\n";
    let problem = scenario(text).plan.problem().clone();
    let Dynamics::Sde(equation) = &problem.dynamics else { unreachable!("an equation was given") };
    let scheme = &EulerMaruyama::GAUSSIAN;
    let motion = Motion { sde: equation, scheme, weight: WeightRule::Strang, weighted: true };
    let level =
        Level { problem: &problem, observables: &problem.observables, motion, steps: 4, seed: 1, number: 0 };
    let sums = level.run(0..1).remove(0);
    let ([dφ, dw], coarse) = (sums.mean(), sums.coarse_mean(false));
    close(coarse.value, 3.0 * (-0.5f64).exp(), 1e-13, "coarse");
    close(dφ, 0.0, 1e-13, "Δ of 3 times the weight");
    close(dw, 0.0, 1e-13, "Δ of the weight");
}

/// dX = dW from 0 in one step is the variate itself: that of the coarse path, although made of two of the fine path, has the
/// moments 0, 1, 3 and 9 of three points (0, 1, 1 and 1 of two). Of 2²⁰ paths, 6.2 standard errors are exceeded with
/// probability 6e-10.
#[test]
fn variates_of_the_coarse_path_have_their_law() {
    let text = "observables = [\"x\", \"x^2\", \"x^4\", \"x^6\"]\n[initial]\npoint = [0.0]\n\
         [sde]\ndrift = [\"0\"]\ndiffusion = [[\"1\"]]\nhorizon = 1.0\n";
    let problem = scenario(text).plan.problem().clone();
    let equation = sde(&["0"], &[&["1"]], None);
    let laws: [(&dyn Scheme, _); 2] =
        [(&Platen::THREE_POINT, [0.0, 1.0, 3.0, 9.0]), (&EulerMaruyama::TWO_POINT, [0.0, 1.0, 1.0, 1.0])];
    for (scheme, moments) in laws {
        let motion = Motion { sde: &equation, scheme, weight: WeightRule::Left, weighted: false };
        let observables = &problem.observables;
        let level = Level { problem: &problem, observables, motion, steps: 1, seed: 1, number: 0 };
        for ((sums, moment), power) in level.run(0..(1 << 20) / BLOCK).iter().zip(moments).zip([1, 2, 4, 6]) {
            let found = sums.coarse_mean(false);
            // Even powers of ±1 have no spread.
            let allowed = 6.2 * found.stderr + 1e-12;
            close(found.value, moment, allowed, &format!("{}, moment {power}", scheme.name()));
            assert!(found.stderr < 0.02, "{}", found.stderr);
        }
    }
}
