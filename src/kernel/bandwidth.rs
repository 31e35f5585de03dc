//! Bandwidths of kernel densities.

use super::{Cloud, GaussianSum, KernelError};

/// (Σw)²/Σw²: the number of equally weighted particles that the weights are worth.
pub fn effective_sample_size(log_weights: &[f64]) -> f64 {
    let largest = log_weights.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let sum = |power: f64| log_weights.iter().map(|l| (power * (l - largest)).exp()).sum::<f64>();
    sum(1.0).powi(2) / sum(2.0)
}

/// Scott's factor n^{−1/(d + 4)} for data of covariance I (Scott 1992, equation (6.42)); `n` is the effective sample size.
pub fn scott(dimension: usize, n: f64) -> f64 {
    n.powf(-1.0 / (dimension as f64 + 4.0))
}

/// Silverman's factor (4/((d + 2)n))^{1/(d + 4)}, which minimises the mean integrated squared error for N(0, I)
/// (Silverman 1986, equation (4.14)).
pub fn silverman(dimension: usize, n: f64) -> f64 {
    (4.0 / (dimension as f64 + 2.0)).powf(1.0 / (dimension as f64 + 4.0)) * scott(dimension, n)
}

/// Bandwidths in the grid that brackets the best one, at first.
const GRID: i32 = 9;
/// The narrowest kernel that is tried, beside the first guess: points that are nearer to each other count as duplicates.
const NARROWEST: f64 = 1e-6;

/// The bandwidth s ≤ 8·start of largest cross-validated likelihood Σ W_i log ρ̂_{−i}(y_i), with ρ̂_{−i} the density of all the
/// others (Habbema, Hermans and van den Broek 1974; Duin 1976), to one percent.
///
/// A grid brackets the maximum, and goes on below start/8 as long as the likelihood rises, as it does for modes that are narrow
/// beside their distance; golden sections narrow it down. Log densities are taken to 1e-3.
///
/// # Errors
/// Points at the same place, whose likelihood has no bound as s falls.
pub fn cross_validated(cloud: Cloud<'_>, start: f64) -> Result<f64, KernelError> {
    let step = 64f64.ln() / f64::from(GRID - 1);
    let mut logs: Vec<f64> = (0..GRID).map(|k| (start / 8.0).ln() + step * f64::from(k)).collect();
    let mut scores = logs.iter().map(|s| log_likelihood(cloud, s.exp())).collect::<Result<Vec<_>, _>>()?;
    let highest =
        |scores: &[f64]| (0..scores.len()).max_by(|&a, &b| scores[a].total_cmp(&scores[b])).unwrap_or(0);
    let mut best = highest(&scores);
    while best == 0 {
        let bandwidth = logs[0].exp();
        if bandwidth < NARROWEST * start || has_duplicates(cloud)? {
            return Err(KernelError::Duplicates { bandwidth });
        }
        logs.insert(0, logs[0] - step);
        scores.insert(0, log_likelihood(cloud, logs[0].exp())?);
        best = highest(&scores);
    }
    let ratio = 0.5 * (5f64.sqrt() - 1.0);
    let (mut low, mut high) = (logs[best] - step, logs[best] + step);
    let [mut left, mut right] = [high - ratio * (high - low), low + ratio * (high - low)];
    let mut at_left = log_likelihood(cloud, left.exp())?;
    let mut at_right = log_likelihood(cloud, right.exp())?;
    while high - low > 0.01 {
        if at_left > at_right {
            (high, right, at_right) = (right, left, at_left);
            left = high - ratio * (high - low);
            at_left = log_likelihood(cloud, left.exp())?;
        } else {
            (low, left, at_left) = (left, right, at_right);
            right = low + ratio * (high - low);
            at_right = log_likelihood(cloud, right.exp())?;
        }
    }
    Ok((0.5 * (low + high)).exp())
}

/// Whether two points that are alive are at the same place.
fn has_duplicates(cloud: Cloud<'_>) -> Result<bool, KernelError> {
    let mut alive = cloud.alive()?;
    let order = |a: &usize, b: &usize| {
        let pairs = cloud.point(*a).iter().zip(cloud.point(*b));
        pairs.map(|(x, y)| x.total_cmp(y)).find(|order| order.is_ne()).unwrap_or(std::cmp::Ordering::Equal)
    };
    alive.sort_unstable_by(order);
    Ok(alive.windows(2).any(|pair| cloud.point(pair[0]) == cloud.point(pair[1])))
}

/// Σ W_i log ρ̂_{−i}(y_i), with weights of sum 1 here and in each ρ̂_{−i}.
fn log_likelihood(cloud: Cloud<'_>, bandwidth: f64) -> Result<f64, KernelError> {
    let log_densities = GaussianSum::new(cloud, bandwidth * bandwidth)?.leave_one_out(1e-3)?;
    let largest = cloud.log_weights.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let weights: Vec<f64> = cloud.log_weights.iter().map(|l| (l - largest).exp()).collect();
    let total: f64 = weights.iter().sum();
    let term = |(weight, value): (&f64, &f64)| match total - weight {
        rest if rest > 0.0 && *weight > 0.0 => weight / total * (value - largest - rest.ln()),
        _ => 0.0,
    };
    Ok(weights.iter().zip(&log_densities.values).map(term).sum())
}
