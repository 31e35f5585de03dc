//! Resampling: integer offspring counts N_i, Σ N_i = n, with E N_i = n W_i, where W are the normalised weights.
//!
//! How many of 1000 particles die in one resampling of weights e^{hξ} with standard normal ξ (the mean over many; the
//! closed forms are in `tests/particles/resampling_is_unbiased.rs`):
//!
//! | h | multinomial | residual | stratified | systematic, SSP |
//! |---|---|---|---|---|
//! | 0.1 | 370 | 206 | 170 | 40 |
//! | 0.01 | 368 | 186 | 85 | 4.0 |
//! | 0.001 | 368 | 184 | 9.4 | 0.4 |
//!
//! Weights collected over a step of length h are like that. Multinomial and residual resampling kill at a rate that
//! explodes as h → 0, so only the others have a limit in continuous time (Chopin, Singh, Soto and Vihola 2022,
//! Annals of Statistics 50, 3197–3222); systematic is the default.

mod multinomial;
mod ssp;
mod stratified;
mod systematic;

use super::{Resampling, Stream, Weights};
use multinomial::multinomial;

/// Offspring counts, as many in all as there are weights.
///
/// Every choice is unbiased. Systematic resampling and SSP have the smallest variance, f(1 − f) with f the
/// fractional part of n W_i (Douc, Cappé and Moulines 2005).
pub fn offspring(choice: Resampling, weights: &Weights, stream: &mut Stream) -> Vec<u32> {
    let n = weights.values().len();
    match choice {
        Resampling::None => vec![1; n],
        Resampling::Systematic => systematic::systematic(weights, stream.uniform()),
        Resampling::Stratified => stratified::stratified(weights, stream),
        Resampling::Ssp => ssp::ssp(weights, stream),
        Resampling::Multinomial => multinomial(weights.values(), n, stream),
        Resampling::Residual => {
            let (mut counts, rests) = integer_parts(weights);
            let left = n - counts.iter().map(|&count| count as usize).sum::<usize>();
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

/// ⌊n W_i⌋ and the fractional parts.
fn integer_parts(weights: &Weights) -> (Vec<u32>, Vec<f64>) {
    let scale = weights.values().len() as f64 / weights.sum();
    weights.values().iter().map(|weight| weight * scale).map(|share| (share as u32, share.fract())).unzip()
}

/// The last particle of positive weight; it takes what rounding would lose.
fn last_positive(weights: &[f64]) -> usize {
    weights.iter().rposition(|&weight| weight > 0.0).expect("some weight is positive")
}
