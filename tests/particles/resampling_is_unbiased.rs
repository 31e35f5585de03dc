//! Offspring counts: right in number, unbiased, with the variances that theory gives them, also as steps shrink.

use quickcheck::QuickCheck;
use wfr::keys::named;
use wfr::particles::resampling::{ancestors, offspring};
use wfr::particles::{BirthDeath, Purpose, Resampling, Stream, WeightFault, Weights, log_sum_exp};

type Law = fn(&str, &Weights, &mut Stream) -> Vec<u32>;

/// Every law of offspring counts by its name: resamplings and birth–death jumps.
fn laws() -> Vec<(&'static str, Law)> {
    let resamplings = Resampling::ALL.into_iter().filter(|choice| *choice != Resampling::None);
    let resample: Law = |name, weights, stream| {
        offspring(named(name, &Resampling::ALL, Resampling::name).unwrap(), weights, stream)
    };
    let jump: Law = |name, weights, stream| {
        named(name, &BirthDeath::ALL, BirthDeath::name).unwrap().offspring(weights, stream)
    };
    let resamplings = resamplings.map(|choice| (choice.name(), resample));
    resamplings.chain(BirthDeath::ALL.map(|form| (form.name(), jump))).collect()
}

fn weights_of(weights: &[f64]) -> Weights {
    Weights::from_logs(&weights.iter().map(|weight| weight.ln()).collect::<Vec<_>>()).unwrap()
}

/// Whole numbers, zeros among them, and one that is not.
fn positive(weights: Vec<u16>) -> Vec<f64> {
    let mut weights: Vec<f64> = weights.into_iter().map(|weight| f64::from(weight / 4)).collect();
    weights.push(1.0);
    weights
}

#[test]
fn counts_sum_up_and_weight_zero_has_no_offspring() {
    fn holds(weights: Vec<u16>, seed: u64) -> bool {
        let values = positive(weights);
        let (weights, total): (_, f64) = (weights_of(&values), values.iter().sum());
        laws().into_iter().all(|(name, law)| {
            let counts = law(name, &weights, &mut Stream::new(seed, Purpose::Resampling, 0));
            let complete = counts.iter().sum::<u32>() as usize == values.len();
            let dead = counts.iter().zip(&values).all(|(count, weight)| *weight > 0.0 || *count == 0);
            // Systematic and SSP: the count is the expectation, rounded down or up (theory.md §4), to rounding.
            let tight = !["systematic", "ssp"].contains(&name)
                || counts.iter().zip(&values).all(|(count, weight)| {
                    (f64::from(*count) - values.len() as f64 * weight / total).abs() < 1.0 + 1e-9
                });
            complete && dead && tight
        })
    }
    QuickCheck::new().tests(500).quickcheck(holds as fn(Vec<u16>, u64) -> bool);
}

#[test]
fn ancestors_realise_the_counts_and_survivors_stay() {
    fn holds(weights: Vec<u16>, seed: u64) -> bool {
        let weights = weights_of(&positive(weights));
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
    let values = [0.05, 0.4, 0.13, 0.22, 0.2];
    let weights = weights_of(&values);
    let n = values.len() as f64;
    for (name, law) in laws() {
        let mut stream = Stream::new(3, Purpose::Resampling, 2);
        let (mut sum, mut square) = ([0.0; 5], [0.0; 5]);
        for _ in 0..DRAWS {
            for (i, count) in law(name, &weights, &mut stream).into_iter().enumerate() {
                sum[i] += f64::from(count);
                square[i] += f64::from(count).powi(2);
            }
        }
        for i in 0..5 {
            let (mean, expected) = (sum[i] / DRAWS as f64, n * values[i]);
            let variance = square[i] / DRAWS as f64 - mean * mean;
            // 6.5 standard errors: a false alarm of 8e-11 each; 40 of them.
            let stderr = (variance / DRAWS as f64).sqrt();
            assert!((mean - expected).abs() <= 6.5 * stderr + 1e-12, "{name} {i}: {mean} {expected}");
            let f = expected.fract();
            let theory = match name {
                "systematic" | "ssp" => f * (1.0 - f),
                "multinomial" => n * values[i] * (1.0 - values[i]),
                _ => continue,
            };
            // A count below 5 has kurtosis below 25: the variance's standard error is below 5·variance/√draws.
            assert!(
                (variance - theory).abs() <= 32.5 * (theory + 0.01) / (DRAWS as f64).sqrt(),
                "{name} {i}"
            );
        }
    }
}

/// Negative association (Gerber, Chopin and Whiteley 2019), of which negative correlation is a part.
#[test]
fn pairs_of_ssp_are_negatively_correlated() {
    const DRAWS: usize = 40_000;
    let weights = weights_of(&[0.5, 0.5, 1.5, 1.5, 0.7, 1.3]);
    let mut stream = Stream::new(4, Purpose::Resampling, 3);
    let draws: Vec<Vec<u32>> =
        (0..DRAWS).map(|_| offspring(Resampling::Ssp, &weights, &mut stream)).collect();
    let mean = |f: &dyn Fn(&[u32]) -> f64| draws.iter().map(|counts| f(counts)).sum::<f64>() / DRAWS as f64;
    for i in 0..6 {
        for j in 0..i {
            let [a, b] = [i, j].map(|k| mean(&|counts| f64::from(counts[k])));
            let covariance = mean(&|counts| (f64::from(counts[i]) - a) * (f64::from(counts[j]) - b));
            // |product| ≤ 1, so 6.5 standard errors are below 6.5/√draws: 15 false alarms of 4e-11.
            assert!(covariance <= 6.5 / (DRAWS as f64).sqrt(), "{i} {j}: {covariance}");
        }
    }
}

/// Expected number of dead, in closed form.
fn expected_dead(choice: Resampling, weights: &Weights) -> f64 {
    let n = weights.values().len() as f64;
    let shares = || weights.values().iter().map(|weight| weight / weights.sum());
    match choice {
        Resampling::Multinomial => shares().map(|w| (1.0 - w).powf(n)).sum(),
        Resampling::Residual => {
            let left: f64 = n - shares().map(|w| (n * w).floor()).sum::<f64>();
            let missed = |w: f64| (1.0 - n * w / left).max(0.0).powf(left);
            shares().filter(|w| n * w < 1.0).map(missed).sum()
        }
        Resampling::Stratified => {
            let mut start = 0.0;
            let missed = |w: f64| {
                let end = start + n * w;
                let overlap = |k: f64| (end.min(k + 1.0) - f64::max(start, k)).max(0.0);
                let strata = start.floor() as usize..end.ceil() as usize;
                let missed: f64 = strata.map(|k| 1.0 - overlap(k as f64)).product();
                start = end;
                missed.max(0.0)
            };
            shares().map(missed).sum()
        }
        _ => shares().map(|w| (1.0 - n * w).max(0.0)).sum(),
    }
}

/// Weights e^{hξ}, ξ standard normal, as steps of length h make them: the table in the documentation of
/// `particles::resampling`.
#[test]
fn only_some_resamplings_have_a_limit_as_steps_shrink() {
    use Resampling::{Multinomial, Residual, Ssp, Stratified, Systematic};
    const REPEATS: usize = 400;
    // theory.md §4 has 367/361/372, 209/187/183, 161/93/6 and 38/6/0.2 from single draws of the weights.
    let table = [
        (
            0.1,
            [(Multinomial, 370.0), (Residual, 206.0), (Stratified, 170.0), (Systematic, 40.0), (Ssp, 40.0)],
        ),
        (0.01, [(Multinomial, 368.0), (Residual, 186.0), (Stratified, 85.0), (Systematic, 4.0), (Ssp, 4.0)]),
        (0.001, [(Multinomial, 368.0), (Residual, 184.0), (Stratified, 9.4), (Systematic, 0.4), (Ssp, 0.4)]),
    ];
    for (h, row) in table {
        for (choice, documented) in row {
            let (mut dead, mut expected, mut squares) = (0.0, 0.0, 0.0);
            for repeat in 0..REPEATS {
                let mut stream = Stream::new(5, Purpose::Resampling, repeat);
                let mut ξ = vec![wfr::algebra::Real::constant(0.0); 1000usize.div_ceil(wfr::algebra::LANES)];
                stream.normals(&mut ξ);
                let logs: Vec<f64> = ξ.iter().flat_map(|ξ| ξ.0).take(1000).map(|ξ| h * ξ).collect();
                let weights = Weights::from_logs(&logs).unwrap();
                let counts = offspring(choice, &weights, &mut stream);
                let found = counts.iter().filter(|count| **count == 0).count() as f64;
                let closed = expected_dead(choice, &weights);
                dead += found / REPEATS as f64;
                expected += closed / REPEATS as f64;
                squares += (found - closed).powi(2) / REPEATS as f64;
            }
            // 7 standard errors, measured on 400 repeats; where hardly anyone dies (0.4, Poisson) the sum of 160 deaths
            // passes 7 deviations with probability 1e-9. 15 checks: below 2e-8 in all.
            let stderr = (squares / REPEATS as f64).sqrt();
            assert!((dead - expected).abs() <= 7.0 * stderr, "{choice:?} {h}: {dead} {expected} ± {stderr}");
            // Most of the spread over 400 draws of the weights is that of stratified resampling: 2 %.
            assert!((expected / documented - 1.0).abs() < 0.15, "{choice:?} {h}: {expected} {documented}");
        }
    }
}

#[test]
fn log_weights_that_are_no_weights_are_refused_by_name() {
    let fault = |logs: &[f64]| Weights::from_logs(logs).unwrap_err();
    let undefined = |fault: WeightFault| match fault {
        WeightFault::Undefined { particle, .. } => particle,
        WeightFault::Extinct => panic!("not extinct"),
    };
    let none = f64::NEG_INFINITY;
    for bad in [f64::NAN, f64::INFINITY] {
        for place in [0, 7, 1999] {
            let mut logs = vec![-1.0; 2000];
            logs[place] = bad;
            logs[1000] = none;
            assert_eq!(undefined(fault(&logs)), place);
        }
    }
    assert_eq!(undefined(fault(&[none, f64::NAN, f64::INFINITY])), 1, "the first counts");
    assert_eq!(fault(&[none; 3]), WeightFault::Extinct);
    assert_eq!(fault(&[]), WeightFault::Extinct);
    assert!(Weights::from_logs(&[none, -1e300, none]).is_ok());
}

#[test]
fn sums_of_exponentials_are_accurate() {
    fn holds(logs: Vec<i16>, shift: i16) -> bool {
        let shift = 1e3 * f64::from(shift);
        let logs: Vec<f64> = logs.into_iter().map(|log| 1e-3 * f64::from(log)).collect();
        let shifted: Vec<f64> = logs.iter().map(|log| log + shift).collect();
        let plain = logs.iter().map(|log| log.exp()).sum::<f64>().ln() + shift;
        let found = log_sum_exp(&shifted);
        // The shifted numbers are rounded to 2⁻⁵³ of 3.3e7.
        if logs.is_empty() { found == f64::NEG_INFINITY } else { (found - plain).abs() <= 1e-8 }
    }
    QuickCheck::new().tests(500).quickcheck(holds as fn(Vec<i16>, i16) -> bool);
    // e^{−k·10⁻³}, k < 10⁶, is a geometric series.
    let logs: Vec<f64> = (0..1_000_000).map(|k| -1e-3 * f64::from(k)).collect();
    let exact = (1.0 / (1.0 - (-1e-3f64).exp())).ln();
    assert!((log_sum_exp(&logs) - exact).abs() < 1e-13);
}

#[test]
fn sums_of_exponentials_of_infinite_numbers_are_what_they_are() {
    let none = f64::NEG_INFINITY;
    // Long enough for several parts that are summed apart.
    let with = |numbers: &[(usize, f64)]| {
        let mut logs = vec![none; 5000];
        for (place, log) in numbers {
            logs[*place] = *log;
        }
        log_sum_exp(&logs)
    };
    assert_eq!(with(&[]), none);
    for place in [0, 1023, 1024, 3000, 4999] {
        assert_eq!(with(&[(place, -1e300)]), -1e300);
        assert_eq!(with(&[(place, f64::INFINITY), (2000, 1.0)]), f64::INFINITY);
        assert!(with(&[(place, f64::NAN), (2000, f64::INFINITY), (4000, 1.0)]).is_nan());
    }
    assert!((with(&[(0, 700.0), (4999, 700.0)]) - (700.0 + 2f64.ln())).abs() < 1e-12);
}
