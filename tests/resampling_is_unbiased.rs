//! Offspring counts: right in number, unbiased, with the variances that theory gives them.

use quickcheck::QuickCheck;
use wfr::particles::resampling::{ancestors, offspring};
use wfr::particles::{Purpose, Resampling, Stream};

fn positive(weights: Vec<u16>) -> Vec<f64> {
    let mut weights: Vec<f64> = weights.into_iter().map(f64::from).collect();
    weights.push(1.0);
    weights
}

#[test]
fn counts_sum_up_and_weight_zero_has_no_offspring() {
    fn holds(weights: Vec<u16>, seed: u64) -> bool {
        let weights = positive(weights);
        let total: f64 = weights.iter().sum();
        Resampling::ALL.into_iter().filter(|choice| *choice != Resampling::None).all(|choice| {
            let counts = offspring(choice, &weights, &mut Stream::new(seed, Purpose::Resampling, 0));
            let complete = counts.iter().sum::<u32>() as usize == weights.len();
            let dead = counts.iter().zip(&weights).all(|(count, weight)| *weight > 0.0 || *count == 0);
            // Systematic: the count is the expectation, rounded down or up (theory.md §4), to rounding.
            let tight = choice != Resampling::Systematic
                || counts.iter().zip(&weights).all(|(count, weight)| {
                    (f64::from(*count) - weights.len() as f64 * weight / total).abs() < 1.0 + 1e-9
                });
            complete && dead && tight
        })
    }
    QuickCheck::new().tests(500).quickcheck(holds as fn(Vec<u16>, u64) -> bool);
}

#[test]
fn ancestors_realise_the_counts_and_survivors_stay() {
    fn holds(weights: Vec<u16>, seed: u64) -> bool {
        let weights = positive(weights);
        let counts =
            offspring(Resampling::Multinomial, &weights, &mut Stream::new(seed, Purpose::Resampling, 1));
        let ancestors = ancestors(&counts);
        let stay = counts.iter().enumerate().all(|(i, count)| *count == 0 || ancestors[i] == i as u32);
        let mut realised = vec![0; counts.len()];
        for parent in ancestors {
            realised[parent as usize] += 1;
        }
        stay && realised == counts
    }
    QuickCheck::new().tests(500).quickcheck(holds as fn(Vec<u16>, u64) -> bool);
}

#[test]
fn expectations_and_variances_are_those_of_theory() {
    const DRAWS: usize = 40_000;
    let weights = [0.05, 0.4, 0.13, 0.22, 0.2];
    let n = weights.len() as f64;
    for choice in
        [Resampling::Systematic, Resampling::Stratified, Resampling::Residual, Resampling::Multinomial]
    {
        let mut stream = Stream::new(3, Purpose::Resampling, 2);
        let (mut sum, mut square) = ([0.0; 5], [0.0; 5]);
        for _ in 0..DRAWS {
            for (i, count) in offspring(choice, &weights, &mut stream).into_iter().enumerate() {
                sum[i] += f64::from(count);
                square[i] += f64::from(count).powi(2);
            }
        }
        for i in 0..5 {
            let (mean, expected) = (sum[i] / DRAWS as f64, n * weights[i]);
            let variance = square[i] / DRAWS as f64 - mean * mean;
            // 6 standard errors: a false alarm of 2e-9 each; 20 of them.
            let stderr = (variance / DRAWS as f64).sqrt();
            assert!((mean - expected).abs() <= 6.0 * stderr + 1e-12, "{choice:?} {i}: {mean} {expected}");
            let f = expected.fract();
            let theory = match choice {
                Resampling::Systematic => f * (1.0 - f),
                Resampling::Multinomial => n * weights[i] * (1.0 - weights[i]),
                _ => continue,
            };
            // A count below 5 has kurtosis below 25: the variance's standard error is below 5·variance/√draws.
            assert!(
                (variance - theory).abs() <= 30.0 * (theory + 0.01) / (DRAWS as f64).sqrt(),
                "{choice:?} {i}"
            );
        }
    }
}
