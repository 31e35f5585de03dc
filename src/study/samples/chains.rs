//! Autocorrelation and mixing of chains.

use statrs::distribution::{ContinuousCDF, Normal};

/// Products that a search for the end of the autocorrelation may take.
const MOST_PRODUCTS: usize = 1 << 31;

/// The autocorrelation of terms along chains.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Autocorrelation {
    /// The integrated time 1 + 2Σρ(k) over the first `lags`.
    Ended {
        /// The variance of the mean is this times that of independent terms.
        time: f64,
        /// Lags that are summed.
        lags: usize,
    },
    /// It does not fall to 0 in these lags.
    Endless {
        /// How far was looked.
        lags: usize,
    },
}

/// The integrated autocorrelation time of terms in chains of `length`, by the initial monotone positive sequence (Geyer 1992). Deviations
/// are from the mean over all chains, so that chains that stay apart have a long time.
pub fn autocorrelation(terms: &[f64], length: usize) -> Autocorrelation {
    let count = terms.len();
    let mean = terms.iter().sum::<f64>() / count as f64;
    let deviations: Vec<f64> = terms.iter().map(|term| term - mean).collect();
    let chains = || deviations.chunks_exact(length);
    let at = |lag: usize| {
        let sum: f64 =
            chains().map(|chain| chain.iter().zip(&chain[lag..]).map(|(a, b)| a * b).sum::<f64>()).sum();
        sum / (count / length * (length - lag)) as f64
    };
    let variance = at(0);
    if variance <= 0.0 {
        return Autocorrelation::Ended { time: 1.0, lags: 0 };
    }
    let most = (length / 2).min(MOST_PRODUCTS / count);
    let (mut sum, mut least, mut lag) = (0.0, f64::INFINITY, 0);
    while lag + 1 < most {
        let pair = at(lag) + at(lag + 1);
        if pair <= 0.0 {
            break;
        }
        least = pair.min(least);
        sum += least;
        lag += 2;
    }
    if lag + 1 >= most && length > 1 {
        return Autocorrelation::Endless { lags: lag };
    }
    let time = 2.0 * sum / variance - 1.0;
    // Deviations from the mean of the sample take this share away.
    let share = (2 * lag + 1) as f64 / count as f64;
    // Antithetic chains may have less than 1; so small an estimate is noise.
    let time = (time / (1.0 - share).max(0.1)).max(1.0 / (count as f64).log10().max(1.0));
    Autocorrelation::Ended { time, lags: lag }
}

/// Split rank-normalised R̂ (Vehtari, Gelman, Simpson, Carpenter and Bürkner 2021): the larger one of the values and of their distances
/// from the median, over halves of chains of `length`. `None` for chains shorter than 4.
pub fn split_r_hat(values: &[f64], length: usize) -> Option<f64> {
    if length < 4 {
        return None;
    }
    let mut sorted = values.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    let median = sorted[sorted.len() / 2];
    let folded: Vec<f64> = values.iter().map(|x| (x - median).abs()).collect();
    let both = [values, &folded].map(|own| of_halves(&normal_scores(own), length));
    both.into_iter().flatten().reduce(f64::max)
}

/// Φ⁻¹((r − 3/8)/(n + 1/4)) of the ranks r; equal values share their mean rank.
fn normal_scores(values: &[f64]) -> Vec<f64> {
    let n = values.len();
    let mut order: Vec<usize> = (0..n).collect();
    order.sort_unstable_by(|&a, &b| values[a].total_cmp(&values[b]));
    let normal = Normal::standard();
    let mut scores = vec![0.0; n];
    let mut first = 0;
    while first < n {
        let same = order[first..].iter().take_while(|&&k| values[k] == values[order[first]]).count();
        let rank = first as f64 + 0.5 * (same as f64 + 1.0);
        let score = normal.inverse_cdf((rank - 0.375) / (n as f64 + 0.25));
        order[first..first + same].iter().for_each(|&k| scores[k] = score);
        first += same;
    }
    scores
}

fn of_halves(scores: &[f64], length: usize) -> Option<f64> {
    let half = length / 2;
    let halves: Vec<&[f64]> =
        scores.chunks_exact(length).flat_map(|own| [&own[..half], &own[length - half..]]).collect();
    let n = half as f64;
    let means: Vec<f64> = halves.iter().map(|own| own.iter().sum::<f64>() / n).collect();
    let variance =
        |own: &[f64], mean: f64, less: f64| own.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / less;
    let within = halves.iter().zip(&means).map(|(own, mean)| variance(own, *mean, n - 1.0)).sum::<f64>()
        / halves.len() as f64;
    let mean = means.iter().sum::<f64>() / means.len() as f64;
    let between = variance(&means, mean, means.len() as f64 - 1.0);
    (within > 0.0).then(|| (((n - 1.0) / n * within + between) / within).sqrt())
}
