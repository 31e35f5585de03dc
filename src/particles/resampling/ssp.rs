use super::{Weights, integer_parts};
use crate::particles::Stream;

/// Srinivasan's sampling process (Gerber, Chopin and Whiteley 2019, Annals of Statistics 47, 2236–2260): the
/// fractional parts of n W_i are traded in pairs, each trade a fair one, until all are 0 or 1.
///
/// Counts are n W_i rounded down or up, as in systematic resampling, but negatively associated whatever the order of
/// the particles.
pub fn ssp(weights: &Weights, stream: &mut Stream) -> Vec<u32> {
    let (mut counts, rests) = integer_parts(weights);
    let mut left = counts.len() - counts.iter().map(|&count| count as usize).sum::<usize>();
    let (mut open, mut rest) = (0, 0.0);
    for (i, &own) in rests.iter().enumerate() {
        let both = rest + own;
        if own == 0.0 {
            continue;
        }
        if both < 1.0 {
            // One of the two takes both parts.
            if stream.uniform() * both < own {
                open = i;
            }
            rest = both;
        } else {
            // One of the two is rounded up, the other keeps what is left.
            let up = if stream.uniform() * (2.0 - both) < 1.0 - own { open } else { i };
            counts[up] += 1;
            left = left.saturating_sub(1);
            open = if up == open { i } else { open };
            rest = both - 1.0;
        }
    }
    // The parts add up to a whole number, so the last rest is 0 or 1 to rounding.
    counts[open] += left as u32;
    counts
}
