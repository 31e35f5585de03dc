use super::{Weights, last_positive};
use crate::particles::Stream;

/// Counts how many of the points k + u_k fall between the cumulated shares, with independent u_k (Kitagawa 1996).
pub fn stratified(weights: &Weights, stream: &mut Stream) -> Vec<u32> {
    let values = weights.values();
    let scale = values.len() as f64 / weights.sum();
    let mut counts = vec![0; values.len()];
    let last = last_positive(values);
    let (mut strata, mut cumulated) = (0..values.len(), 0.0);
    let mut point = strata.next().map(|stratum| stratum as f64 + stream.uniform());
    for (i, weight) in values.iter().enumerate() {
        cumulated += weight;
        // Rounding must not lose the last points.
        let end = if i == last { f64::INFINITY } else { cumulated * scale };
        while point.is_some_and(|point| point < end) {
            counts[i] += 1;
            point = strata.next().map(|stratum| stratum as f64 + stream.uniform());
        }
    }
    counts
}
