use super::{Weights, last_positive};

/// Weights that are cumulated before they are turned into counts, in vectorised loops.
const CHUNK: usize = 512;
/// Adding it rounds to a whole number, which then stands in the lowest bits.
const ROUND: f64 = 1.5 * (1u64 << 52) as f64;

/// Counts how many of the points k + u fall between the cumulated shares, with one `u` ∈ [0, 1) for all
/// (Kitagawa 1996).
pub fn systematic(weights: &Weights, u: f64) -> Vec<u32> {
    let values = weights.values();
    let n = values.len();
    let scale = n as f64 / weights.sum();
    let mut counts = vec![0; n];
    let (mut cumulated, mut below) = ([0.0; CHUNK], [0u32; CHUNK + 1]);
    let mut start = 0.0;
    for (values, counts) in values.chunks(CHUNK).zip(counts.chunks_mut(CHUNK)) {
        start = cumulate(values, start, &mut cumulated);
        for (below, end) in below[1..].iter_mut().zip(&cumulated) {
            // #{k: k + u < end} = ⌈end − u⌉, the nearest whole number to end − u + ½.
            *below = (((end * scale + (0.5 - u)) + ROUND).to_bits() as u32).min(n as u32);
        }
        for (count, ends) in counts.iter_mut().zip(below.windows(2)) {
            *count = ends[1] - ends[0];
        }
        below[0] = below[counts.len()];
    }
    // Rounding must not lose the last points.
    let last = last_positive(values);
    let others = counts[..last].iter().sum::<u32>();
    counts[last] = n as u32 - others;
    counts[last + 1..].fill(0);
    counts
}

/// Writes `start` plus the partial sums of `values`; returns the last. Groups of four shorten the chain of additions.
fn cumulate(values: &[f64], start: f64, cumulated: &mut [f64; CHUNK]) -> f64 {
    let mut start = start;
    for (values, sums) in values.chunks(4).zip(cumulated.chunks_exact_mut(4)) {
        let mut group = [0.0; 4];
        group[..values.len()].copy_from_slice(values);
        let [a, b, c, d] = group;
        let (ab, cd) = (a + b, c + d);
        sums.copy_from_slice(&[start + a, start + ab, start + (ab + c), start + (ab + cd)]);
        start = sums[3];
    }
    start
}
