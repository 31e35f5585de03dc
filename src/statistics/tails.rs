//! Whether sums of weighted terms have a variance, as far as their largest terms show it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Share of the terms that are in the tail, at most.
const SHARE: f64 = 0.2;
/// The tail has at most this times the root of the number of terms (Vehtari et al. 2024, section 2.4).
const ROOTS: f64 = 3.0;
/// The fewest terms of a tail with an index.
const FEWEST: usize = 10;
/// Terms that the prior of the index counts as (ibid., appendix G), and its value.
const PRIOR: (f64, f64) = (10.0, 0.5);
/// An index with a variance to spare.
const LIGHT: f64 = 0.25;
/// From this index on a sum has no variance.
const NO_VARIANCE: f64 = 0.5;
/// Beyond this index no number of terms that one can draw settles a mean (ibid., section 3.2.3).
const HOPELESS: f64 = 0.7;

/// Terms with an evenness below this are uneven: few of them make the variance that is seen, and unseen ones may make more.
const EVEN: f64 = 0.1;

/// The heavier one of the two tails of the terms of a sum.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Tail {
    /// Pareto’s index k̂ of the largest terms: moments of order below 1/k exist. Absent where they are too few, all the same, or
    /// end too soon for a tail without variance.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pareto_k: Option<f64>,
    /// Its standard error (1 + k̂)/√m, from m terms in the tail.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pareto_k_stderr: Option<f64>,
    /// Share of the largest term in the sum of the absolute values.
    pub largest_share: f64,
    /// Number of terms, those of 0 included.
    pub summands: usize,
    /// The mean absolute deviation of the terms, squared, as a share of their variance: 2/π for normal ones, 0 where few make it all.
    pub evenness: f64,
}

impl Tail {
    /// The tails of terms; NaN counts as 0.
    ///
    /// A generalised Pareto law is fitted to what the largest min(n/5, 3√n) of them exceed the next one by, and to what the smallest
    /// ones fall below: the estimator of Zhang and Stephens (2009), drawn to ½ with the weight of ten terms (Vehtari, Simpson, Gelman,
    /// Yao and Gabry 2024). Each side has a fit of its own: one side of absolute values would end within the bulk of the other one.
    pub fn of(terms: &[f64]) -> Self {
        let count = terms.len();
        let terms: Vec<f64> = terms.iter().map(|term| if term.is_nan() { 0.0 } else { *term }).collect();
        let sizes: Vec<f64> = terms.iter().map(|term| term.abs()).collect();
        let largest = sizes.iter().copied().fold(0.0, f64::max);
        let sum: f64 = sizes.iter().map(|size| size / largest).sum();
        let largest_share = if largest > 0.0 && largest.is_finite() { 1.0 / sum } else { 1.0 };
        let evenness = evenness(&sizes, largest);
        let in_tail = (SHARE * count as f64).min(ROOTS * (count as f64).sqrt()) as usize;
        let mut tail =
            Self { pareto_k: None, pareto_k_stderr: None, largest_share, summands: count, evenness };
        if in_tail < FEWEST || largest == 0.0 || !largest.is_finite() {
            return tail;
        }
        let signs = if terms.iter().all(|term| *term >= 0.0) { &[1.0][..] } else { &[1.0, -1.0] };
        for sign in signs {
            let scaled = terms.iter().map(|term| sign * term / largest).collect();
            if let Some((k, stderr)) = one_sided(scaled, in_tail).filter(|(k, _)| tail.pareto_k < Some(*k)) {
                (tail.pareto_k, tail.pareto_k_stderr) = (Some(k), Some(stderr));
            }
        }
        tail
    }

    /// Whether a normal interval means little: k̂ ≥ ½.
    pub fn has_no_variance(&self) -> bool {
        self.pareto_k.is_some_and(|k| k >= NO_VARIANCE)
    }

    /// Whether a normal interval must not be drawn: k̂ is above ½ by twice its standard error, or [hopeless](Self::is_hopeless).
    /// Of light tails k̂ tends to be a little too large.
    pub fn surely_has_no_variance(&self) -> bool {
        let doubt = 2.0 * self.pareto_k_stderr.unwrap_or(0.0);
        self.is_hopeless() || self.pareto_k.is_some_and(|k| k - doubt >= NO_VARIANCE)
    }

    /// Whether there may be no variance: k̂ ≥ ½ within its standard error.
    pub fn may_lack_variance(&self) -> bool {
        self.pareto_k.is_some_and(|k| k + self.pareto_k_stderr.unwrap_or(0.0) >= NO_VARIANCE)
    }

    /// Whether the terms are to be taken for some without variance: [surely](Self::surely_has_no_variance), or k̂ ≥ ½ where they are
    /// uneven. Of even ones k̂ is ½ and more by chance: for indices up to 0.3 and some thousand draws in half of all samples.
    pub fn is_heavy(&self) -> bool {
        self.surely_has_no_variance() || self.evenness < EVEN && self.has_no_variance()
    }

    /// Whether they may be: the same, with k̂ ≥ ½ within its standard error.
    pub fn may_be_heavy(&self) -> bool {
        self.surely_has_no_variance() || self.evenness < EVEN && self.may_lack_variance()
    }

    /// Whether no interval means anything: k̂ is beyond min(0.7, 1 − 1/log₁₀ n).
    pub fn is_hopeless(&self) -> bool {
        let limit = HOPELESS.min(1.0 - 1.0 / (self.summands as f64).log10());
        self.pareto_k.is_some_and(|k| k >= limit)
    }
}

/// k̂ of the `in_tail` largest of `terms`, with its standard error; `None` if they end too soon for a tail.
fn one_sided(mut terms: Vec<f64>, in_tail: usize) -> Option<(f64, f64)> {
    let first = terms.len() - in_tail;
    let (_, threshold, _) = terms.select_nth_unstable_by(first - 1, f64::total_cmp);
    let threshold = *threshold;
    let mut excesses: Vec<f64> =
        terms[first..].iter().map(|term| term - threshold).filter(|x| *x > 1e-12).collect();
    // Terms that are all nearly as large as each other are the values of an event, and no tail.
    let beyond = excesses.iter().copied().fold(0.0, f64::max);
    if excesses.len() < FEWEST || beyond < threshold || !is_spread_out(&excesses) {
        return None;
    }
    excesses.sort_unstable_by(f64::total_cmp);
    let k = pareto_index(&excesses);
    Some((k, (1.0 + k.max(0.0)) / (excesses.len() as f64).sqrt()))
}

/// That of [`Tail`]; 1 for terms that are all the same.
fn evenness(sizes: &[f64], largest: f64) -> f64 {
    let count = sizes.len() as f64;
    let mean = sizes.iter().map(|size| size / largest).sum::<f64>() / count;
    let [sum, squares] = sizes.iter().fold([0.0, 0.0], |[sum, squares], size| {
        let deviation = size / largest - mean;
        [sum + deviation.abs(), squares + deviation * deviation]
    });
    let share = sum * sum / (count * squares);
    if share.is_finite() { share } else { 1.0 }
}

/// Whether the largest of the excesses is as far beyond their mean as a Pareto law with [`LIGHT`] would have it. Values on a
/// lattice, as discrete variates make them, cluster at all scales, which the estimator takes for a tail, but have no such one.
fn is_spread_out(excesses: &[f64]) -> bool {
    let count = excesses.len() as f64;
    let mean = excesses.iter().sum::<f64>() / count;
    let largest = excesses.iter().copied().fold(0.0, f64::max);
    largest >= mean * (1.0 - LIGHT) / LIGHT * (count.powf(LIGHT) - 1.0)
}

/// k of the generalised Pareto law of `excesses` > 0 in rising order.
fn pareto_index(excesses: &[f64]) -> f64 {
    let n = excesses.len();
    let candidates = 30 + (n as f64).sqrt() as usize;
    let (largest, quarter) = (excesses[n - 1], excesses[(n as f64 / 4.0 + 0.5) as usize - 1]);
    let index = |θ: f64| excesses.iter().map(|x| (-θ * x).ln_1p()).sum::<f64>() / n as f64;
    let θ =
        |j: usize| 1.0 / largest + (1.0 - (candidates as f64 / (j as f64 - 0.5)).sqrt()) / (3.0 * quarter);
    let likelihood = |θ: f64| {
        let k = index(θ);
        n as f64 * ((-θ / k).ln() - k - 1.0)
    };
    let scored: Vec<(f64, f64)> =
        (1..=candidates).map(θ).map(|θ| (θ, likelihood(θ))).filter(|(_, l)| l.is_finite()).collect();
    let best = scored.iter().map(|(_, l)| *l).fold(f64::NEG_INFINITY, f64::max);
    let [sum, mass] = scored.iter().fold([0.0, 0.0], |[sum, mass], (θ, l)| {
        let weight = (l - best).exp();
        [sum + weight * θ, mass + weight]
    });
    let (weight, prior) = PRIOR;
    let k = if mass > 0.0 { index(sum / mass) } else { prior };
    (n as f64 * k + weight * prior) / (n as f64 + weight)
}
