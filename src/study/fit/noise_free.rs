//! Orders of noise-free errors, from slopes that settle.

use super::Point;
use crate::statistics::Interval;
use crate::study::verdict::Verdict;

/// An estimate of noise-free slopes may be off by this much: the higher-order terms that no finite range is free of.
const SLACK: f64 = 0.05;

/// Orders between successive errors, where both are beyond `resolution` times their standard error (or, without
/// noise, their accuracy) and have one sign.
pub fn local_orders(points: &[Point], resolution: f64) -> Vec<Option<f64>> {
    let resolved = |point: &Point| point.error.abs() > resolution * point.stderr;
    points
        .windows(2)
        .map(|pair| {
            let ratio = pair[0].error / pair[1].error;
            (resolved(&pair[0]) && resolved(&pair[1]) && ratio > 0.0)
                .then(|| ratio.ln() / (pair[0].step / pair[1].step).ln())
        })
        .collect()
}

/// A power law read off errors that carry no noise.
#[derive(Clone, Debug, PartialEq)]
pub struct NoiseFreeOrder {
    /// The points that count.
    pub range: std::ops::Range<usize>,
    /// Least-squares slope on the range; the interval holds every local slope of the range and their
    /// extrapolation to h → 0.
    pub order: Interval,
    /// C at the finest step, for the whole order that is next to the limit.
    pub constant: f64,
    /// C of the least-squares line, whose slope is the estimate.
    pub line: f64,
    /// The local slopes extrapolated to h → 0 (their drift halves with h).
    pub limit: f64,
}

/// Points of an asymptotic range.
const RANGE: usize = 4;
/// Largest change of the local slope, between successive steps, that counts as settled.
const SETTLED: f64 = 0.1;

/// An error has to exceed its own inaccuracy this many times for a slope good to about 0.01.
pub const NOISE_FREE: f64 = 100.0;

/// The order of noise-free errors (their `stderr` is their accuracy) on the finest `RANGE` resolved points; `None`
/// unless there are three resolved points in a row whose local slopes have settled.
pub fn noise_free_order(points: &[Point]) -> Option<NoiseFreeOrder> {
    let slopes = local_orders(points, NOISE_FREE);
    let end = slopes.iter().rposition(Option::is_some)? + 2;
    let mut start = end - 1;
    while start > 0 && end - start < RANGE && slopes[start - 1].is_some() {
        start -= 1;
    }
    let local: Vec<f64> = slopes[start..end - 1].iter().copied().flatten().collect();
    let [.., previous, last] = local[..] else {
        return None;
    };
    if (last - previous).abs() > SETTLED {
        return None;
    }
    let limit = 2.0 * last - previous;
    let range = &points[start..end];
    let n = range.len() as f64;
    let (x, y): (Vec<f64>, Vec<f64>) =
        range.iter().map(|point| (point.step.ln(), point.error.abs().ln())).unzip();
    let (mx, my) = (x.iter().sum::<f64>() / n, y.iter().sum::<f64>() / n);
    let estimate = x.iter().zip(&y).map(|(x, y)| (x - mx) * (y - my)).sum::<f64>()
        / x.iter().map(|x| (x - mx).powi(2)).sum::<f64>();
    let finest = range[range.len() - 1];
    Some(NoiseFreeOrder {
        range: start..end,
        order: Interval {
            estimate,
            lower: local.iter().copied().fold(limit, f64::min),
            upper: local.iter().copied().fold(limit, f64::max),
        },
        constant: finest.error / finest.step.powf(limit.round().max(1.0)),
        line: (my - estimate * mx).exp(),
        limit,
    })
}

impl NoiseFreeOrder {
    /// Verdict on the claim that the order is `claimed` (at least), with a reason.
    pub fn judge(&self, claimed: f64) -> (Verdict, String) {
        let drift = (self.order.upper - self.order.lower).max(SLACK);
        let Self { limit, order, .. } = self;
        if *limit < claimed - 2.0 * drift {
            (Verdict::Fail, format!("the local slopes tend to {limit:.3}, below {claimed}"))
        } else if *limit < claimed - drift {
            (
                Verdict::Inconclusive,
                format!("the local slopes still drift, {:.3} to {limit:.3}", order.estimate),
            )
        } else if *limit <= claimed + 2.0 * drift {
            (Verdict::Pass, format!("the local slopes tend to {limit:.3}"))
        } else if (limit - limit.round()).abs() > SLACK {
            // A leading term that is small, but there, takes the slopes from one whole order to another.
            (
                Verdict::Inconclusive,
                format!("the local slopes tend to {limit:.3}, above the claim and not near a whole number"),
            )
        } else {
            (Verdict::Pass, format!("the local slopes tend to {limit:.3}, above the claim"))
        }
    }
}
