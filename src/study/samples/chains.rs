//! Autocorrelation and mixing of chains.

use statrs::distribution::{ContinuousCDF, Normal};

/// Lags that are looked at, before neighbouring terms are averaged in blocks, which keep the sum over all lags.
const LAGS: usize = 256;
/// By how much blocks grow, and the fewest of them in a chain.
const GROWTH: usize = 8;
const FEWEST_BLOCKS: usize = 64;

/// Fewest chains whose neighbours are compared; the correlation that is told, and how many standard errors it has to have: with 14 degrees
/// of freedom, independent chains have it once in a million.
const FEWEST_NEIGHBOURS: usize = 16;
const CORRELATED: f64 = 0.2;
const CERTAIN: f64 = 8.0;

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

/// The integrated autocorrelation time of terms in chains of `length`, by the initial monotone positive sequence (Geyer 1992), of blocks where
/// it is long. Deviations are from the mean over all chains, so that chains that stay apart have a long time.
pub fn autocorrelation(terms: &[f64], length: usize) -> Autocorrelation {
    let count = terms.len() as f64;
    let mean = terms.iter().sum::<f64>() / count;
    let mut blocks: Vec<Vec<f64>> =
        terms.chunks_exact(length).map(|chain| chain.iter().map(|term| term - mean).collect()).collect();
    let variance = covariance(&blocks, 0);
    if variance <= 0.0 || length < 2 {
        return Autocorrelation::Ended { time: 1.0, lags: 0 };
    }
    let mut size = 1;
    loop {
        let own = blocks[0].len();
        let most = LAGS.min(own / 2);
        if let Some((sum, lags)) = initial_sequence(&blocks, most) {
            let lags = size * lags;
            let time = size as f64 * sum / variance;
            // Deviations from the mean of the sample take this share away.
            let share = (2 * lags + 1) as f64 / count;
            // Antithetic chains may have less than 1; so small an estimate is noise.
            let time = (time / (1.0 - share).max(0.1)).max(1.0 / count.log10().max(1.0));
            return Autocorrelation::Ended { time, lags };
        }
        if own / GROWTH < FEWEST_BLOCKS {
            return Autocorrelation::Endless { lags: size * most };
        }
        let average = |block: &[f64]| block.iter().sum::<f64>() / GROWTH as f64;
        blocks = blocks.iter().map(|chain| chain.chunks_exact(GROWTH).map(average).collect()).collect();
        size *= GROWTH;
    }
}

/// The mean product of terms with those `lag` behind them.
fn covariance(chains: &[Vec<f64>], lag: usize) -> f64 {
    let products = |chain: &Vec<f64>| chain.iter().zip(&chain[lag..]).map(|(a, b)| a * b).sum::<f64>();
    chains.iter().map(products).sum::<f64>() / (chains.len() * (chains[0].len() - lag)) as f64
}

/// γ(0) + 2Σγ(k) with the number of lags; `None` if it has no end before `most`.
fn initial_sequence(chains: &[Vec<f64>], most: usize) -> Option<(f64, usize)> {
    let first = covariance(chains, 0);
    let (mut sum, mut least, mut lag) = (-first, f64::INFINITY, 0);
    // Two terms in a chain have a lag of 1.
    while lag == 0 || lag + 1 < most {
        let second = if lag + 1 < chains[0].len() { covariance(chains, lag + 1) } else { 0.0 };
        let pair = covariance(chains, lag) + second;
        if pair <= 0.0 {
            return Some((sum.max(0.0), lag));
        }
        least = pair.min(least);
        sum += 2.0 * least;
        lag += 2;
    }
    None
}

/// The correlation of each chain with the next one beyond that with a chain far away, if it is no chance: independent chains have none,
/// and the steps of a sampler whose axes were exchanged have much. `None` for chains of `length` too few to tell.
pub fn neighbours(values: &[f64], length: usize) -> Option<f64> {
    let count = values.len() / length;
    if count < FEWEST_NEIGHBOURS {
        return None;
    }
    let mean = values.iter().sum::<f64>() / values.len() as f64;
    let variance = values.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / values.len() as f64;
    let chain = |k: usize| &values[k % count * length..][..length];
    let product = |a: usize, b: usize| {
        let products = chain(a).iter().zip(chain(b)).map(|(a, b)| (a - mean) * (b - mean));
        products.sum::<f64>() / (length as f64 * variance)
    };
    let excess: Vec<f64> = (0..count - 1).map(|k| product(k, k + 1) - product(k, k + count / 2)).collect();
    let n = excess.len() as f64;
    let found = excess.iter().sum::<f64>() / n;
    let spread = excess.iter().map(|own| (own - found).powi(2)).sum::<f64>() / (n - 1.0);
    (found > CORRELATED && found > CERTAIN * (spread / n).sqrt()).then_some(found)
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
