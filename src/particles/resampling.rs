//! Resampling: integer offspring counts N_i with E N_i = n W_i.

use super::{Resampling, Stream};

/// Offspring counts for `weights` (any positive scale, sum > 0), as many in all as there are weights.
///
/// Every choice is unbiased, E N_i = n W_i; systematic resampling has the smallest variance,
/// f(1 − f) with f the fractional part of n W_i (Douc, Cappé and Moulines 2005).
pub fn offspring(choice: Resampling, weights: &[f64], stream: &mut Stream) -> Vec<u32> {
    let n = weights.len();
    match choice {
        Resampling::None => vec![1; n],
        Resampling::Systematic => {
            let u = stream.uniform();
            by_strata(weights, n, |_| u)
        }
        Resampling::Stratified => {
            let uniforms: Vec<f64> = (0..n).map(|_| stream.uniform()).collect();
            by_strata(weights, n, |stratum| uniforms[stratum])
        }
        Resampling::Multinomial => multinomial(weights, n, stream),
        Resampling::Residual => {
            let total: f64 = weights.iter().sum();
            let expected = weights.iter().map(|w| n as f64 * w / total);
            let (mut counts, rests): (Vec<u32>, Vec<f64>) = expected.map(|m| (m as u32, m.fract())).unzip();
            let left = n - counts.iter().map(|&c| c as usize).sum::<usize>();
            for (count, extra) in counts.iter_mut().zip(multinomial(&rests, left, stream)) {
                *count += extra;
            }
            counts
        }
    }
}

/// Ancestor of each of the Σ counts places. A survivor keeps its own place; the vacant places are filled
/// in order by the surplus, so that little is moved.
pub fn ancestors(counts: &[u32]) -> Vec<u32> {
    let mut ancestors: Vec<u32> = (0..counts.len() as u32).collect();
    let mut surplus = counts
        .iter()
        .enumerate()
        .flat_map(|(i, &count)| std::iter::repeat_n(i as u32, count.saturating_sub(1) as usize));
    for (place, &count) in counts.iter().enumerate() {
        if count == 0
            && let Some(parent) = surplus.next()
        {
            ancestors[place] = parent;
        }
    }
    ancestors
}

/// Counts how many of the points (k + u_k)/draws, k < draws, fall in each weight's share of [0, 1).
fn by_strata(weights: &[f64], draws: usize, u: impl Fn(usize) -> f64) -> Vec<u32> {
    let total: f64 = weights.iter().sum();
    let mut counts = vec![0; weights.len()];
    let last = weights.iter().rposition(|&w| w > 0.0).unwrap_or(0);
    let (mut stratum, mut cumulated) = (0, 0.0);
    for (i, weight) in weights.iter().enumerate() {
        cumulated += weight;
        // Rounding must not lose the last points: the last weight takes them all.
        let end = if i == last { f64::INFINITY } else { cumulated / total * draws as f64 };
        while stratum < draws && stratum as f64 + u(stratum) < end {
            counts[i] += 1;
            stratum += 1;
        }
    }
    counts
}

/// Independent draws, by sorted uniforms from exponential spacings.
fn multinomial(weights: &[f64], draws: usize, stream: &mut Stream) -> Vec<u32> {
    let mut counts = vec![0; weights.len()];
    if draws == 0 {
        return counts;
    }
    let spacings: Vec<f64> = (0..=draws).map(|_| -(1.0 - stream.uniform()).ln()).collect();
    let sum: f64 = spacings.iter().sum();
    let total: f64 = weights.iter().sum();
    let last = weights.iter().rposition(|&w| w > 0.0).unwrap_or(0);
    let (mut i, mut cumulated, mut point) = (0, weights[0], 0.0);
    for spacing in &spacings[..draws] {
        point += spacing / sum * total;
        while i < last && cumulated <= point {
            i += 1;
            cumulated += weights[i];
        }
        counts[i] += 1;
    }
    counts
}
