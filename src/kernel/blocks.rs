use super::log_sum::LogSum;
use crate::algebra::elementary::exp_of_negative;
use crate::algebra::simd::vectorized;
use std::ops::Range;

/// Sources side by side in a group: a whole number of vectors on every machine.
pub(super) const WIDTH: usize = 8;

/// Groups that are summed together: their exponents first, then, relative to the largest, the exponentials.
const BLOCK: usize = 8;

/// The direct sum, over sources in groups of [`WIDTH`]; places left over have log-weight −∞.
pub(super) struct Blocks {
    dimension: usize,
    /// Axis after axis of the first group, of the second …
    coordinates: Vec<[f64; WIDTH]>,
    log_weights: Vec<[f64; WIDTH]>,
}

impl Blocks {
    /// The sources (`points` point after point) in this order.
    pub(super) fn new(dimension: usize, points: &[f64], log_weights: &[f64], order: &[u32]) -> Self {
        let groups = order.chunks(WIDTH);
        let gather = |group: &[u32], rest: f64, value: &dyn Fn(usize) -> f64| {
            let mut out = [rest; WIDTH];
            for (out, &i) in out.iter_mut().zip(group) {
                *out = value(i as usize);
            }
            out
        };
        let coordinates =
            |group| (0..dimension).map(move |axis| gather(group, 0.0, &|i| points[i * dimension + axis]));
        Self {
            dimension,
            coordinates: groups.clone().flat_map(coordinates).collect(),
            log_weights: groups.map(|group| gather(group, f64::NEG_INFINITY, &|i| log_weights[i])).collect(),
        }
    }

    /// Adds Σ e^{ℓ_j − |x − y_j|²/2} over the sources at these places (from a multiple of [`WIDTH`] on, to one or to the
    /// end), but for the one at the place `without`.
    pub(super) fn add(&self, x: &[f64], places: Range<usize>, without: Option<usize>, total: &mut LogSum) {
        vectorized(
            #[inline(always)]
            || self.add_inline(x, places, without, total),
        );
    }

    #[inline(always)]
    fn add_inline(&self, x: &[f64], places: Range<usize>, without: Option<usize>, total: &mut LogSum) {
        let groups = places.start / WIDTH..places.end.div_ceil(WIDTH);
        for start in groups.clone().step_by(BLOCK) {
            let mut exponents = [[0.0; WIDTH]; BLOCK];
            let exponents = &mut exponents[..BLOCK.min(groups.end - start)];
            for (group, exponents) in exponents.iter_mut().enumerate() {
                *exponents = self.exponents(x, start + group);
            }
            if let Some(place) = without
                && let Some(group) = (place / WIDTH).checked_sub(start)
                && group < exponents.len()
            {
                exponents[group][place % WIDTH] = f64::NEG_INFINITY;
            }
            let mut largest = [f64::NEG_INFINITY; WIDTH];
            for group in exponents.iter() {
                for (largest, &exponent) in largest.iter_mut().zip(group) {
                    *largest = if exponent > *largest { exponent } else { *largest };
                }
            }
            let largest = largest.into_iter().fold(f64::NEG_INFINITY, f64::max);
            if largest == f64::NEG_INFINITY {
                continue;
            }
            let mut sums = [0.0; WIDTH];
            for group in exponents {
                for (sum, exponent) in sums.iter_mut().zip(group) {
                    *sum += exp_of_negative(*exponent - largest);
                }
            }
            total.add(largest, sums.iter().sum());
        }
    }

    /// ℓ − |x − y|²/2 for the sources of a group.
    #[inline(always)]
    fn exponents(&self, x: &[f64], group: usize) -> [f64; WIDTH] {
        let mut exponents = self.log_weights[group];
        for (x, coordinates) in x.iter().zip(&self.coordinates[group * self.dimension..]) {
            for (exponent, y) in exponents.iter_mut().zip(coordinates) {
                *exponent -= 0.5 * (x - y) * (x - y);
            }
        }
        exponents
    }
}
