//! What samples show that are said to be independent and are not: repeated rows, and rows that resemble the next one.

use super::draws::Arrangement;
use super::{Draws, Samples};
use crate::format::significant;
use std::collections::HashSet;

/// Repeated rows are told from this share on: floating-point numbers of 24 bits have fewer.
const REPEATED: f64 = 0.1;
/// Numbers of so many decimals at most are rounded, and may be equal by that.
const DECIMALS: f64 = 1e6;
/// Standard errors of a rank correlation that is no chance: 1e-10, for each coordinate.
const SEEN: f64 = 6.5;
/// Coordinates that are looked at, and the fewest rows.
const COORDINATES: usize = 16;
const FEWEST: usize = 50;

impl Draws<'_> {
    /// Why samples that are said to be independent are not; `None` for others, and where nothing shows it.
    pub fn dependence(&self) -> Option<String> {
        let samples = self.samples;
        if self.arrangement != Arrangement::Independent || samples.count() < FEWEST {
            return None;
        }
        repeated(samples)
            .or_else(|| (0..samples.dimension.min(COORDINATES)).find_map(|axis| resembling(samples, axis)))
    }
}

/// Rows that are equal to an earlier one to the last bit.
fn repeated(samples: &Samples) -> Option<String> {
    let rounded =
        |x: &f64| (x * DECIMALS - (x * DECIMALS).round()).abs() <= 1e-9 * (x * DECIMALS).abs().max(1.0);
    if samples.dimension == 1 && samples.positions.iter().all(rounded) {
        return None;
    }
    let rows = samples.positions.chunks_exact(samples.dimension);
    let distinct: HashSet<Vec<u64>> = rows.map(|row| row.iter().map(|x| x.to_bits()).collect()).collect();
    let share = 1.0 - distinct.len() as f64 / samples.count() as f64;
    (share >= REPEATED).then(|| {
        format!(
            "{} % of the rows are copies of another one, so that no error is known: independent draws of a density are all \
             different; give the ancestors of resampled particles, or arrangement = \"chains\" or \"groups\"",
            significant(100.0 * share, 2)
        )
    })
}

/// The correlation of the ranks of a coordinate with those of the next row.
fn resembling(samples: &Samples, axis: usize) -> Option<String> {
    let (n, d) = (samples.count(), samples.dimension);
    let mut order: Vec<usize> = (0..n).collect();
    let value = |k: &usize| samples.positions[k * d + axis];
    order.sort_by(|a, b| value(a).total_cmp(&value(b)));
    let mut ranks = vec![0.0; n];
    order.iter().enumerate().for_each(|(rank, k)| ranks[*k] = rank as f64 - 0.5 * (n - 1) as f64);
    let products: f64 = ranks.windows(2).map(|pair| pair[0] * pair[1]).sum();
    let correlation = products / ranks.iter().map(|rank| rank * rank).sum::<f64>();
    (correlation.abs() * (n as f64).sqrt() > SEEN).then(|| {
        format!(
            "each row resembles the next one (correlation {} of coordinate {}), so that no error is known: these are no independent \
             draws, or they were sorted; give them as they were drawn, or arrangement = \"chains\" or \"groups\"",
            significant(correlation, 2),
            axis + 1
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Scattered over (0, 1) without a pattern.
    fn scattered(n: usize) -> Vec<f64> {
        (0..n as u64).map(crate::schemes::scattered).collect()
    }

    fn dependence(positions: Vec<f64>) -> Option<String> {
        let samples = Samples::new("x", &[positions.len(), 1], positions).unwrap();
        Draws::new(&samples, Arrangement::Independent).dependence()
    }

    #[test]
    fn dependence_is_seen() {
        let x = scattered(2000);
        assert_eq!(dependence(x.clone()), None);
        let twice: Vec<f64> = x.iter().chain(&x).copied().collect();
        assert!(dependence(twice).unwrap().contains("50 % of the rows are copies"));
        let mut state = 0.0;
        let chain = x.iter().map(|u| {
            state = 0.5 * state + u - 0.5;
            state
        });
        assert!(dependence(chain.collect()).unwrap().contains("each row resembles the next one"));
        // Numbers of three decimals repeat by rounding.
        assert_eq!(dependence(x.iter().map(|u| (u * 1e3).round() / 1e3).collect()), None);
    }
}
