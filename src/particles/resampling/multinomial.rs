use super::last_positive;
use crate::particles::Stream;

/// Independent draws, by sorted uniforms from exponential spacings (Devroye 1986, chapter V.3).
pub fn multinomial(weights: &[f64], draws: usize, stream: &mut Stream) -> Vec<u32> {
    let mut counts = vec![0; weights.len()];
    if draws == 0 {
        return counts;
    }
    let spacings: Vec<f64> = (0..=draws).map(|_| -(1.0 - stream.uniform()).ln()).collect();
    let scale = weights.iter().sum::<f64>() / spacings.iter().sum::<f64>();
    let last = last_positive(weights);
    let (mut i, mut cumulated, mut point) = (0, weights[0], 0.0);
    for spacing in &spacings[..draws] {
        point += spacing * scale;
        while i < last && cumulated <= point {
            i += 1;
            cumulated += weights[i];
        }
        counts[i] += 1;
    }
    counts
}
