//! Power-law fits of signed errors, with confidence intervals and verdicts.
//!
//! Errors are fitted as they are, signed, each weighted by its standard error: e(h) = C hᵖ, or
//! C hᵖ(1 + a h) where the data ask for it. Fits of log |e| would be biased where the noise matters
//! (design note §7: 45 % of true orders accepted), and means of log-ratios telescope to two points.
//!
//! Errors that share their random numbers are fitted with their covariance: what they have in common counts once, and what
//! they differ by tells the order.

use super::verdict::Verdict;
use crate::kernel::Whitening;
use crate::statistics::Interval;

/// One measured error.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Point {
    /// Step size.
    pub step: f64,
    /// Numerical minus exact.
    pub error: f64,
    /// Standard error of `error`; its accuracy where there is no noise.
    pub stderr: f64,
}

/// A fitted power law with its profile likelihood.
#[derive(Clone, Debug)]
pub struct PowerLaw {
    points: Vec<Point>,
    /// Makes the noise of correlated errors independent, of variance 1; their standard errors do where this is absent.
    whitening: Option<Whitening>,
    /// The errors in units of their noise.
    errors: Vec<f64>,
    /// How many powers of h the curvature term is beyond the leading one, where it is fitted.
    next: Option<i32>,
    /// p.
    pub order: f64,
    /// C.
    pub constant: f64,
    /// χ² at the best fit.
    pub misfit: f64,
    /// Points minus parameters.
    pub degrees_of_freedom: usize,
    /// Index of the first point that was fitted.
    pub first: usize,
}

/// Range of orders that are considered.
const ORDERS: (f64, f64) = (-1.0, 8.0);
/// Range of the curvature a·h (or a·h²) at the coarsest step. Beyond, the next power would no longer be a correction,
/// and C hᵖ(1 + a h) could not tell p from p + 1.
const CURVATURES: (f64, f64) = (-0.5, 1.0);
/// 95 % quantile of χ² with one degree of freedom.
const LEVEL_95: f64 = 3.841_458_820_694_124;
/// A claim is compatible within this many standard errors: two-sided 99.9 %.
const COMPATIBLE: f64 = 3.29;
/// A claim is refuted beyond this many standard errors: one-sided 6e-8.
const REFUTED: f64 = 5.3;
/// A form of the fit gives way to a richer one where its residuals are as large as this with this probability only.
const UNLIKELY: f64 = 0.01;
/// Errors are called no power law where the residuals are as large with this probability only: at [`UNLIKELY`], one right
/// study in a hundred would be.
const MISFIT: f64 = 1e-6;
/// An interval wider than this (half) has no power to tell orders apart.
const POWER: f64 = 0.25;
/// An estimate may fall short of its claim by this much, beside the noise, before it counts as refuted:
/// the higher-order terms that no finite range is free of.
const SLACK: f64 = 0.05;

impl PowerLaw {
    /// The best fit. All points are used first; where they do not fit a pure power (χ² beyond its 99 %
    /// quantile), the coarsest are dropped while three remain; where even those do not, all points are
    /// fitted with a curvature term.
    ///
    /// `None` if there are fewer than two points, or a standard error is not positive.
    pub fn fit(points: &[Point]) -> Option<Self> {
        if points.len() < 2 || points.iter().any(|point| !(point.stderr > 0.0 && point.error.is_finite())) {
            return None;
        }
        for first in 0..=points.len().saturating_sub(3) {
            let law = Self::fit_form(points, first, None);
            if law.adequate() {
                return Some(law);
            }
            // Four points or more can show their curvature before any is given up.
            if first == 0 && points.len() >= 4 {
                let curved = Self::fit_form(points, 0, Some(1));
                if curved.adequate() {
                    return Some(curved);
                }
            }
        }
        Some(Self::fit_form(points, points.len().saturating_sub(3), None))
    }

    /// The best fit with a curvature term, which keeps the next power of h out of the order. The coarsest
    /// points are dropped while the rest still misfits and four remain.
    ///
    /// `None` if there are fewer than four points, or a standard error is not positive.
    pub fn fit_curved(points: &[Point]) -> Option<Self> {
        Self::fit_with_next(points, 1)
    }

    /// [`Self::fit_curved`] where the next power that errors have is h^{p + `next`}.
    pub fn fit_with_next(points: &[Point], next: i32) -> Option<Self> {
        if points.len() < 4 || points.iter().any(|point| !(point.stderr > 0.0 && point.error.is_finite())) {
            return None;
        }
        let last = points.len() - 4;
        let fits = (0..=last).map(|first| Self::fit_form(points, first, Some(next)));
        let mut fits = fits.skip_while(|law| law.first < last && !law.adequate());
        fits.next()
    }

    /// The best fit to errors with this covariance, row by row: with the power h^{p + `next`} too where there are four points
    /// or more, and to all of them.
    ///
    /// `None` if there are fewer than two points, or the covariance is not positive.
    pub fn fit_correlated(points: &[Point], covariance: &[f64], next: i32) -> Option<Self> {
        if points.len() < 2 || points.iter().any(|point| !point.error.is_finite()) {
            return None;
        }
        let whitening = Whitening::new(points.len(), covariance).ok()?;
        Some(Self::fit_noise(points, 0, Some(whitening), (points.len() >= 4).then_some(next)))
    }

    /// The best fit of the form that `other` has, to other errors at the same steps.
    pub fn fit_like(points: &[Point], other: &Self) -> Self {
        Self::fit_form(points, other.first, other.next)
    }

    /// Half the width of the 95 % interval of the order.
    pub fn half_width(&self) -> f64 {
        let Interval { lower, upper, .. } = self.interval();
        0.5 * (upper - lower)
    }

    /// Whether the interval is narrow enough to tell orders apart.
    pub fn has_power(&self) -> bool {
        self.half_width() <= POWER
    }

    fn fit_form(points: &[Point], first: usize, next: Option<i32>) -> Self {
        Self::fit_noise(points, first, None, next)
    }

    fn fit_noise(points: &[Point], first: usize, whitening: Option<Whitening>, next: Option<i32>) -> Self {
        let fitted = points[first..].to_vec();
        let parameters = if next.is_some() { 3 } else { 2 };
        let degrees_of_freedom = fitted.len().saturating_sub(parameters);
        let mut law = Self {
            points: fitted,
            whitening,
            errors: Vec::new(),
            next,
            order: 0.0,
            constant: 0.0,
            misfit: 0.0,
            degrees_of_freedom,
            first,
        };
        law.errors = law.in_units_of_noise(|point| point.error);
        law.order = minimize(|p| law.profile(p).0);
        (law.misfit, law.constant) = law.profile(law.order);
        law
    }

    /// What `of` says of every point, in units in which the errors' noise is independent and of variance 1.
    fn in_units_of_noise(&self, of: impl Fn(&Point) -> f64) -> Vec<f64> {
        match &self.whitening {
            None => self.points.iter().map(|point| of(point) / point.stderr).collect(),
            Some(whitening) => whitening.apply(&self.points.iter().map(of).collect::<Vec<f64>>()),
        }
    }

    /// (least χ² with order p, its C).
    fn profile(&self, p: f64) -> (f64, f64) {
        // Normal equations in C and C·a; steps are scaled by the coarsest to keep them tame.
        let scale = self.points[0].step;
        let base = self.in_units_of_noise(|point| (point.step / scale).powf(p));
        let errors = &self.errors;
        let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
        let (g0, r0, yy) = (dot(&base, &base), dot(&base, errors), dot(errors, errors));
        let Some(next) = self.next else {
            let c = r0 / g0;
            return ((yy - c * r0).max(0.0), c / scale.powf(p));
        };
        let extra = self.in_units_of_noise(|point| {
            let s = point.step / scale;
            s.powf(p) * s.powi(next)
        });
        let (g1, g2, r1) = (dot(&base, &extra), dot(&extra, &extra), dot(&extra, errors));
        // χ² with curvature a fixed at `a` (in units of the coarsest step): one linear parameter is left.
        let fixed = |a: f64| {
            let c = (r0 + a * r1) / (g0 + 2.0 * a * g1 + a * a * g2);
            (yy - c * (r0 + a * r1), c)
        };
        let determinant = g0 * g2 - g1 * g1;
        let free = (r1 * g0 - r0 * g1) / (r0 * g2 - r1 * g1);
        let (misfit, c) = if determinant > 0.0 && (CURVATURES.0..=CURVATURES.1).contains(&free) {
            fixed(free)
        } else {
            let (low, high) = (fixed(CURVATURES.0), fixed(CURVATURES.1));
            if low.0 < high.0 { low } else { high }
        };
        (misfit.max(0.0), c / scale.powf(p))
    }

    /// Whether the residuals are what their standard errors allow, at the 1 % level.
    pub fn adequate(&self) -> bool {
        self.degrees_of_freedom == 0 || self.misfit <= chi_squared_quantile(self.degrees_of_freedom, UNLIKELY)
    }

    /// 95 % interval of the order, by the profile likelihood; its ends stop at −1 and 8.
    pub fn interval(&self) -> Interval {
        let excess = |p: f64| self.profile(p).0 - self.misfit - LEVEL_95;
        Interval {
            estimate: self.order,
            lower: crossing(excess, self.order, ORDERS.0),
            upper: crossing(excess, self.order, ORDERS.1),
        }
    }

    /// How many standard errors `p` is away, by the likelihood ratio.
    fn distance(&self, p: f64) -> f64 {
        (self.profile(p).0 - self.misfit).max(0.0).sqrt()
    }

    /// Verdict on the claim that the order is `claimed` (at least), with a reason.
    pub fn judge(&self, claimed: f64) -> (Verdict, String) {
        let Interval { estimate, lower, upper } = self.interval();
        if self.degrees_of_freedom > 0 && self.misfit > chi_squared_quantile(self.degrees_of_freedom, MISFIT)
        {
            return (Verdict::Inconclusive, "not asymptotic yet: no power law fits the errors".into());
        }
        if estimate < claimed - SLACK && self.distance(claimed - SLACK) > REFUTED {
            return (
                Verdict::Fail,
                format!("measured order {estimate:.2} is {REFUTED} standard errors below {claimed}"),
            );
        }
        if !self.has_power() {
            return (
                Verdict::Inconclusive,
                format!("the 95 % interval [{lower:.2}, {upper:.2}] is too wide to tell"),
            );
        }
        if self.distance(claimed) <= COMPATIBLE {
            return (
                Verdict::Pass,
                format!("measured order {estimate:.2} in [{lower:.2}, {upper:.2}] agrees"),
            );
        }
        if estimate > claimed {
            return (
                Verdict::Pass,
                format!("measured order {estimate:.2} is above the claim on these steps"),
            );
        }
        (
            Verdict::Inconclusive,
            format!("measured order {estimate:.2} is below {claimed}, but not beyond doubt"),
        )
    }
}

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
    /// C at the finest step.
    pub constant: f64,
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
        limit,
    })
}

impl NoiseFreeOrder {
    /// Verdict on the claim that the order is `claimed` (at least), with a reason.
    pub fn judge(&self, claimed: f64) -> (Verdict, String) {
        let drift = (self.order.upper - self.order.lower).max(SLACK);
        let Self { limit, order, .. } = self;
        if *limit < claimed - 2.0 * drift {
            (Verdict::Fail, format!("the slopes settle at {limit:.3}, below {claimed}"))
        } else if *limit < claimed - drift {
            (Verdict::Inconclusive, format!("the slopes still drift, {:.3} to {limit:.3}", order.estimate))
        } else if *limit > claimed + 2.0 * drift {
            (Verdict::Pass, format!("the slopes settle at {limit:.3}, above the claim"))
        } else {
            (Verdict::Pass, format!("the slopes settle at {limit:.3}"))
        }
    }
}

/// The minimum of `f` on [`ORDERS`]: a scan, then golden sections around the best.
fn minimize(f: impl Fn(f64) -> f64) -> f64 {
    let cells = 90;
    let width = (ORDERS.1 - ORDERS.0) / cells as f64;
    let at = |i: usize| ORDERS.0 + width * i as f64;
    let best = (0..=cells).min_by(|&a, &b| f(at(a)).total_cmp(&f(at(b)))).unwrap_or(0);
    let (mut low, mut high) = (at(best.saturating_sub(1)), at((best + 1).min(cells)));
    let golden = 0.5 * (5f64.sqrt() - 1.0);
    for _ in 0..60 {
        let (a, b) = (high - golden * (high - low), low + golden * (high - low));
        if f(a) < f(b) {
            high = b;
        } else {
            low = a;
        }
    }
    0.5 * (low + high)
}

/// Where `excess` first becomes positive on the way from `inside` to `limit`; `limit` if it does not.
fn crossing(excess: impl Fn(f64) -> f64, inside: f64, limit: f64) -> f64 {
    let cells = 200;
    let at = |i: usize| inside + (limit - inside) * (i as f64 / cells as f64).powi(2);
    let Some(outside) = (1..=cells).find(|&i| excess(at(i)) > 0.0) else {
        return limit;
    };
    let (mut a, mut b) = (at(outside - 1), at(outside));
    for _ in 0..60 {
        let middle = 0.5 * (a + b);
        if excess(middle) > 0.0 {
            b = middle;
        } else {
            a = middle;
        }
    }
    0.5 * (a + b)
}

/// What χ² exceeds with this probability.
fn chi_squared_quantile(degrees_of_freedom: usize, probability: f64) -> f64 {
    use statrs::distribution::{ChiSquared, ContinuousCDF};
    ChiSquared::new(degrees_of_freedom as f64).map_or(f64::INFINITY, |law| law.inverse_cdf(1.0 - probability))
}
