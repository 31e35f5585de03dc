use super::{Weights, last_positive};
use crate::algebra::simd::vectorized;

/// Weights that are cumulated before they are turned into counts, in vectorised loops.
const CHUNK: usize = 512;
/// Adding it rounds to a whole number, which then stands in the lowest bits.
const ROUND: f64 = 1.5 * (1u64 << 52) as f64;

/// Counts how many of the points k + u fall between the cumulated shares, with one `u` ∈ [0, 1) for all
/// (Kitagawa 1996).
pub fn systematic(weights: &Weights, u: f64) -> Vec<u32> {
    let values = weights.values();
    let n = values.len();
    let points = Points { scale: n as f64 / weights.sum(), u, count: n as f64 };
    let mut counts = Vec::with_capacity(n);
    let (mut below, mut start) = ([0u32; CHUNK + 1], 0.0);
    for values in values.chunks(CHUNK) {
        start = points.below(values, start, &mut below);
        let ends = below[1..].iter().zip(&below).take(values.len());
        counts.extend(ends.map(|(end, start)| end - start));
        below[0] = below[values.len()];
    }
    // Rounding must not lose the last points.
    let last = last_positive(values);
    let others = counts[..last].iter().sum::<u32>();
    counts[last] = n as u32 - others;
    counts[last + 1..].fill(0);
    counts
}

/// The points, and how many of them there are in all.
#[derive(Clone, Copy)]
struct Points {
    /// Points for a unit of weight.
    scale: f64,
    u: f64,
    count: f64,
}

impl Points {
    /// Writes, from place 1 on, how many points lie below the partial sums of `values` added to `start`; returns the
    /// last sum.
    fn below(self, values: &[f64], start: f64, below: &mut [u32; CHUNK + 1]) -> f64 {
        vectorized(
            #[inline(always)]
            || {
                let mut cumulated = [0.0; CHUNK];
                let end = cumulate(values, start, &mut cumulated);
                for (below, end) in below[1..].iter_mut().zip(&cumulated) {
                    // #{k: k + u < end} = ⌈end − u⌉, the nearest whole number to end − u + ½.
                    let nearest = end * self.scale + (0.5 - self.u);
                    let nearest = if nearest < self.count { nearest } else { self.count };
                    *below = (nearest + ROUND).to_bits() as u32;
                }
                end
            },
        )
    }
}

/// Writes `start` plus the partial sums of `values`; returns the last. Groups of four shorten the chain of additions.
#[inline(always)]
fn cumulate(values: &[f64], start: f64, cumulated: &mut [f64; CHUNK]) -> f64 {
    let mut start = start;
    let mut groups = cumulated.chunks_exact_mut(4);
    let (whole, rest) = values.as_chunks::<4>();
    for ([a, b, c, d], sums) in whole.iter().zip(&mut groups) {
        let (ab, cd) = (a + b, c + d);
        sums.copy_from_slice(&[start + a, start + ab, start + (ab + c), start + (ab + cd)]);
        start = sums[3];
    }
    for (value, sum) in rest.iter().zip(groups.flatten()) {
        start += value;
        *sum = start;
    }
    start
}
