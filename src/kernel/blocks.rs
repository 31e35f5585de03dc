use super::exponential::exp;
use super::log_sum::LogSum;
use std::ops::Range;

/// Sources that are summed together: their exponents first, then, relative to the largest, the exponentials.
const BLOCK: usize = 64;

/// Partial sums that run side by side, a whole number of vectors on every machine.
const WIDTH: usize = 8;

/// Sources in a fixed order, axis after axis: the direct sum.
pub(super) struct Blocks {
    count: usize,
    coordinates: Vec<f64>,
    log_weights: Vec<f64>,
}

impl Blocks {
    /// The sources (`points` point after point) in this order.
    pub(super) fn new(dimension: usize, points: &[f64], log_weights: &[f64], order: &[u32]) -> Self {
        let axis = |a: usize| order.iter().map(move |&i| points[i as usize * dimension + a]);
        Self {
            count: order.len(),
            coordinates: (0..dimension).flat_map(axis).collect(),
            log_weights: order.iter().map(|&i| log_weights[i as usize]).collect(),
        }
    }

    /// Adds Σ e^{ℓ_j − |x − y_j|²/2} over the sources in `range`, but for the one at the place `without`.
    pub(super) fn add(&self, x: &[f64], range: Range<usize>, without: Option<usize>, total: &mut LogSum) {
        for start in range.clone().step_by(BLOCK) {
            let length = BLOCK.min(range.end - start);
            let mut exponents = [f64::NEG_INFINITY; BLOCK];
            self.fill(x, start, &mut exponents[..length]);
            if let Some(place) = without
                && (start..start + length).contains(&place)
            {
                exponents[place - start] = f64::NEG_INFINITY;
            }
            let largest = exponents.iter().fold(f64::NEG_INFINITY, |a, &b| if b > a { b } else { a });
            if largest == f64::NEG_INFINITY {
                continue;
            }
            let mut sums = [0.0; WIDTH];
            for chunk in exponents[..length.next_multiple_of(WIDTH)].chunks_exact(WIDTH) {
                for (sum, exponent) in sums.iter_mut().zip(chunk) {
                    *sum += exp(exponent - largest);
                }
            }
            total.add(largest, sums.iter().sum());
        }
    }

    /// Exponents ℓ − |x − y|²/2 of the sources from `start` on.
    fn fill(&self, x: &[f64], start: usize, exponents: &mut [f64]) {
        let length = exponents.len();
        exponents.copy_from_slice(&self.log_weights[start..][..length]);
        for (axis, x) in x.iter().enumerate() {
            let coordinates = &self.coordinates[axis * self.count + start..][..length];
            for (exponent, y) in exponents.iter_mut().zip(coordinates) {
                *exponent -= 0.5 * (x - y) * (x - y);
            }
        }
    }
}
