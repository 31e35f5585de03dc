use crate::algebra::elementary::exp_of_negative_fused;
use crate::algebra::simd::{halved, vectorized};

/// Numbers whose sum is formed in one go; longer sums are formed pairwise. The order is that of the data alone.
const CHUNK: usize = 1024;
/// Partial sums of a chunk that run side by side.
const WAYS: usize = 32;

/// Weights of which at least one is positive, up to a common factor.
#[derive(Clone, Debug)]
pub struct Weights {
    values: Vec<f64>,
    /// Log of the common factor.
    log_scale: f64,
    sum: f64,
    squares: f64,
}

/// Why numbers are not weights.
#[derive(Clone, Copy, Debug, thiserror::Error, PartialEq)]
pub enum WeightFault {
    /// A log-weight is NaN or +∞.
    #[error("the log-weight of particle {particle} is {log}")]
    Undefined {
        /// The first such particle.
        particle: usize,
        /// Its log-weight.
        log: f64,
    },
    /// Every weight is 0.
    #[error("all weights are 0")]
    Extinct,
}

impl Weights {
    /// The weights with these logarithms; −∞ is weight 0.
    ///
    /// # Errors
    /// The first log-weight that is NaN or +∞; or that all are −∞.
    pub fn from_logs(logs: &[f64]) -> Result<Self, WeightFault> {
        let largest = largest(logs);
        if largest.is_nan() || largest == f64::INFINITY {
            let undefined = logs.iter().enumerate().find(|(_, log)| log.is_nan() || **log == f64::INFINITY);
            let (particle, &log) = undefined.expect("the largest is one of them");
            return Err(WeightFault::Undefined { particle, log });
        }
        if largest == f64::NEG_INFINITY {
            return Err(WeightFault::Extinct);
        }
        let mut values = Vec::with_capacity(logs.len());
        let mut parts = Vec::with_capacity(logs.len().div_ceil(CHUNK));
        let mut chunk = [0.0; CHUNK];
        for logs in logs.chunks(CHUNK) {
            parts.push(weights_from_logs(logs, largest, &mut chunk));
            values.extend_from_slice(&chunk[..logs.len()]);
        }
        let [sum, squares] = pairwise(&parts);
        Ok(Self { values, log_scale: largest, sum, squares })
    }

    /// The weights themselves, up to a common factor.
    pub fn values(&self) -> &[f64] {
        &self.values
    }

    /// Σ of [`Self::values`].
    pub fn sum(&self) -> f64 {
        self.sum
    }

    /// Log of the mean weight.
    pub fn log_mean(&self) -> f64 {
        self.log_scale + (self.sum / self.values.len() as f64).ln()
    }

    /// (Σw)²/Σw².
    pub fn effective_size(&self) -> f64 {
        self.sum * self.sum / self.squares
    }
}

/// log Σ e^{log}, without overflow; −∞ for an empty sum, NaN if one of the numbers is.
///
/// Parts are summed below the largest number so far, so that memory is read once, while the exponentials are computed; only
/// a part with a new largest number is summed again.
pub fn log_sum_exp(logs: &[f64]) -> f64 {
    let mut top = f64::NEG_INFINITY;
    let mut parts = Vec::with_capacity(logs.len().div_ceil(CHUNK));
    for logs in logs.chunks(CHUNK) {
        let (largest, mut sum) = sum_below(logs, top);
        if largest.is_nan() {
            return f64::NAN;
        }
        if largest > top {
            top = largest;
            (_, sum) = sum_below(logs, top);
        }
        parts.push((top, sum));
    }
    if !top.is_finite() {
        return top;
    }
    let sums: Vec<[f64; 1]> = vectorized(|| {
        parts.iter().map(|(before, sum)| [sum * exp_of_negative_fused(before - top)]).collect()
    });
    top + pairwise(&sums)[0].ln()
}

/// The largest of the numbers, NaN if one is, and Σ e^{log − top} if none is larger than `top`.
fn sum_below(logs: &[f64], top: f64) -> (f64, f64) {
    largest_and_sum(
        logs,
        #[inline(always)]
        |log| exp_of_negative_fused(log - top),
    )
}

/// The largest of the numbers, −∞ if there are none; NaN if one is.
fn largest(logs: &[f64]) -> f64 {
    largest_and_sum(
        logs,
        #[inline(always)]
        |_| 0.0,
    )
    .0
}

/// The largest of the numbers, and Σ f(log), in one pass; f(−∞) is 0.
fn largest_and_sum(logs: &[f64], f: impl Fn(f64) -> f64) -> (f64, f64) {
    let (parts, rest) = logs.as_chunks();
    let mut last = [f64::NEG_INFINITY; WAYS];
    last[..rest.len()].copy_from_slice(rest);
    vectorized(
        #[inline(always)]
        || {
            // Of the loop itself, not captured: what others may point to is not kept in vectors.
            let mut largest = [f64::NEG_INFINITY; WAYS];
            let (mut sums, mut undefined) = ([0.0; WAYS], [0; WAYS]);
            for part in parts.iter().chain([&last]) {
                for way in 0..WAYS {
                    largest[way] = larger(part[way], largest[way]);
                    undefined[way] |= u64::from(part[way].is_nan());
                    sums[way] += f(part[way]);
                }
            }
            let undefined = halved(undefined, |a, b| a | b) != 0;
            let largest = halved(largest, larger);
            (if undefined { f64::NAN } else { largest }, halved(sums, |a, b| a + b))
        },
    )
}

/// The larger number; `b` if `a` is none.
#[inline(always)]
fn larger(a: f64, b: f64) -> f64 {
    if a > b { a } else { b }
}

/// Writes w = e^{log − largest} to the front of `chunk` and returns (Σw, Σw²).
fn weights_from_logs(logs: &[f64], largest: f64, chunk: &mut [f64; CHUNK]) -> [f64; 2] {
    vectorized(
        #[inline(always)]
        || {
            for (value, log) in chunk.iter_mut().zip(logs) {
                *value = exp_of_negative_fused(log - largest);
            }
            // What is behind the last counts as weight 0.
            chunk[logs.len()..].fill(0.0);
            // One loop each: together they would go in pairs, not in whole vectors.
            [partial_sums(chunk, |weight| weight), partial_sums(chunk, |weight| weight * weight)]
        },
    )
}

/// Σ f(value), in vectors.
#[inline(always)]
fn partial_sums(chunk: &[f64; CHUNK], f: impl Fn(f64) -> f64) -> f64 {
    let mut sums = [0.0; WAYS];
    for part in chunk.as_chunks::<WAYS>().0 {
        for (sum, value) in sums.iter_mut().zip(part) {
            *sum += f(*value);
        }
    }
    halved(sums, |a, b| a + b)
}

fn pairwise<const K: usize>(parts: &[[f64; K]]) -> [f64; K] {
    match parts {
        [] => [0.0; K],
        [part] => *part,
        _ => {
            let (left, right) = parts.split_at(parts.len() / 2);
            let (left, right) = (pairwise(left), pairwise(right));
            std::array::from_fn(|k| left[k] + right[k])
        }
    }
}
