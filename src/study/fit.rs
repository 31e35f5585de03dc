//! Power-law fits of signed errors, with confidence intervals and verdicts.
//!
//! Signed errors are fitted, each weighted by its standard error: e(h) = C hᵖ(1 + a h + b h²). Fits of log |e| would be biased
//! where noise matters (design note §7: 45 % of true orders accepted), and means of log-ratios telescope to two points.
//!
//! The corrections a and b have normal priors of zero mean (ridge regression, Hoerl and Kennard 1970, Technometrics 12, 55–67).
//! Where the data determine them, the data decide; elsewhere the interval accounts for their possible size. The next term is
//! assumed as large as a geometric series with these two suggests. This keeps the interval from shrinking to nothing around a
//! biased order. Dropping points or corrections until the residuals look right would leave a bias as large as the noise, and
//! 95 % intervals that cover 70 %.
//!
//! Errors with common random numbers are fitted with their covariance: what they share counts once, and their differences
//! determine the order.

mod noise_free;

pub use noise_free::{NOISE_FREE, NoiseFreeOrder, local_orders, noise_free_order};

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

/// What follows the leading power: the powers h^{p + `next`} and h^{p + 2 `next`}.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Corrections {
    /// Distance of the powers.
    pub next: i32,
    /// Standard deviation of the prior of the first coefficient, relative to the leading one at the coarsest step; the
    /// second has its square.
    pub size: f64,
}

impl Corrections {
    /// Of time steps that a user chose: at the coarsest, corrections may be as large as what they correct.
    pub const OF_STEPS: Self = Self { next: 1, size: 1.0 };
}

/// A fitted power law with its profile likelihood.
#[derive(Clone, Debug)]
pub struct PowerLaw {
    points: Vec<Point>,
    corrections: Corrections,
    /// Makes the noise of correlated errors independent, of variance 1; their standard errors do where this is absent.
    whitening: Option<Whitening>,
    /// The errors in units of their noise.
    errors: Vec<f64>,
    /// p.
    pub order: f64,
    /// C.
    pub constant: f64,
    /// χ² at the best fit, that of the corrections under their prior included.
    pub misfit: f64,
    /// Points minus p and C; each correction is a parameter and has a prior.
    pub degrees_of_freedom: usize,
}

/// How a fitted order stands to a claimed one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stand {
    /// The claim is in the interval.
    Agrees,
    /// The claim is refuted: the order is lower.
    Below,
    /// The interval lies below the claim, but that is not beyond doubt.
    Short,
    /// The interval lies above the claim.
    Above,
    /// The interval is too wide to tell.
    Wide,
    /// The errors follow no power law: the steps are too coarse.
    Coarse,
}

/// A verdict on a claimed order.
#[derive(Clone, Debug)]
pub struct OrderJudgement {
    /// The verdict.
    pub verdict: Verdict,
    /// Its reason, in one sentence.
    pub why: String,
    /// What the verdict follows from.
    pub stand: Stand,
}

/// Range of orders that are considered.
const ORDERS: (f64, f64) = (-1.0, 8.0);
/// 95 % quantile of χ² with one degree of freedom.
const LEVEL_95: f64 = 3.841_458_820_694_124;
/// A claim is refuted beyond this many standard errors: one-sided 6e-8.
const REFUTED: f64 = 5.3;
/// Errors have a sign beyond this many standard errors: 1e-3, and two have to have one for a change of sign.
const SIGNED: f64 = 3.29;
/// Errors are called no power law where the residuals are as large with this probability only: at 1 %, one right study in
/// a hundred would be.
const MISFIT: f64 = 1e-6;
/// An interval wider than this (half) has no power to tell orders apart; and a slope that has still to move by more has
/// not settled.
const POWER: f64 = 0.25;
/// An estimate may fall short of its claim by this much, beside the noise, before it counts as refuted.
const SLACK: f64 = 0.05;
/// The prior of the corrections is relative to C, which is found together with them: by so many passes.
const PASSES: usize = 3;
/// What all powers leave out of an error, as a share of it: noise that is smaller does not make orders more certain.
const LEFT_OUT: f64 = 1e-3;
/// Powers that are fitted: the leading one, two corrections, and one that stands for all others.
const TERMS: usize = 4;

impl PowerLaw {
    /// The best fit to independent errors, coarse to fine.
    ///
    /// `None` if there are fewer than two points, or a standard error is not positive.
    pub fn fit(points: &[Point], corrections: Corrections) -> Option<Self> {
        if points.len() < 2 || points.iter().any(|point| !(point.stderr > 0.0 && point.error.is_finite())) {
            return None;
        }
        let blurred = |point: &Point| Point { stderr: point.stderr.hypot(LEFT_OUT * point.error), ..*point };
        Some(Self::fit_noise(&points.iter().map(blurred).collect::<Vec<Point>>(), corrections, None))
    }

    /// The best fit to errors with this covariance, row by row.
    ///
    /// `None` if there are fewer than two points, or the covariance is not positive.
    pub fn fit_correlated(points: &[Point], corrections: Corrections, covariance: &[f64]) -> Option<Self> {
        if points.len() < 2 || points.iter().any(|point| !point.error.is_finite()) {
            return None;
        }
        let whitening = Whitening::new(points.len(), covariance).ok()?;
        let variances = covariance.iter().step_by(points.len() + 1);
        let points: Vec<Point> =
            points.iter().zip(variances).map(|(point, v)| Point { stderr: v.sqrt(), ..*point }).collect();
        Some(Self::fit_noise(&points, corrections, Some(whitening)))
    }

    fn fit_noise(points: &[Point], corrections: Corrections, whitening: Option<Whitening>) -> Self {
        let mut law = Self {
            points: points.to_vec(),
            corrections,
            whitening,
            errors: Vec::new(),
            order: 0.0,
            constant: 0.0,
            misfit: 0.0,
            degrees_of_freedom: points.len() - 2,
        };
        law.errors = law.in_units_of_noise(|point| point.error);
        law.order = minimize(|p| law.profile(p).0);
        let (misfit, coefficients) = law.profile(law.order);
        law.misfit = misfit;
        law.constant = coefficients[0] / law.scale().powf(law.order);
        law
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

    /// The coarsest step; others are in units of it.
    fn scale(&self) -> f64 {
        self.points[0].step
    }

    /// What `of` says of every point, in units in which the errors' noise is independent and of variance 1.
    fn in_units_of_noise(&self, of: impl Fn(&Point) -> f64) -> Vec<f64> {
        match &self.whitening {
            None => self.points.iter().map(|point| of(point) / point.stderr).collect(),
            Some(whitening) => whitening.apply(&self.points.iter().map(of).collect::<Vec<f64>>()),
        }
    }

    /// Powers of h for order p.
    fn powers(&self, p: f64) -> [f64; TERMS] {
        std::array::from_fn(|k| p + k as f64 * f64::from(self.corrections.next))
    }

    /// (least χ² with order p, the coefficients of its powers in units of the coarsest step).
    fn profile(&self, p: f64) -> (f64, [f64; TERMS]) {
        let (scale, size) = (self.scale(), self.corrections.size);
        let columns =
            self.powers(p).map(|power| self.in_units_of_noise(|point| (point.step / scale).powf(power)));
        let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
        let leading = dot(&columns[0], &self.errors) / dot(&columns[0], &columns[0]);
        let mut found = (0.0, [leading, 0.0, 0.0, 0.0]);
        let mut ratio = size;
        for _ in 0..PASSES {
            // Corrections in units of their prior, so that its χ² is the square of what is found.
            let priors = [0.0, size, size * size, ratio.powi(3)].map(|prior| prior * found.1[0].abs());
            let units: [f64; TERMS] = std::array::from_fn(|k| if k == 0 { 1.0 } else { priors[k] });
            let scaled = |k: usize| {
                let prior = (1..TERMS).map(move |j| f64::from(u8::from(j == k)));
                columns[k].iter().map(|x| x * units[k]).chain(prior).collect::<Vec<f64>>()
            };
            let right = self.errors.iter().copied().chain([0.0; TERMS - 1]).collect();
            let (misfit, solution) = least_squares(std::array::from_fn(scaled), right);
            found = (misfit, std::array::from_fn(|k| solution[k] * units[k]));
            let [c, a, b, _] = found.1;
            ratio = (a / c).abs().max((b / c).abs().sqrt()).min(1.0);
        }
        found
    }

    /// Whether the residuals are what their standard errors allow, but for one right study in a million.
    pub fn adequate(&self) -> bool {
        self.degrees_of_freedom == 0 || self.misfit <= chi_squared_quantile(self.degrees_of_freedom, MISFIT)
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

    /// a and b of C hᵖ(1 + a h + b h²), or of the powers of h that the corrections have.
    pub fn bend(&self) -> [f64; 2] {
        let [c, a, b, _] = self.profile(self.order).1;
        let unit = self.scale().powi(self.corrections.next);
        [a / (c * unit), b / (c * unit * unit)]
    }

    /// The slope that the fit has at the finest step.
    fn finest_slope(&self) -> f64 {
        let s = self.points[self.points.len() - 1].step / self.scale();
        let (powers, coefficients) = (self.powers(self.order), self.profile(self.order).1);
        let terms: [f64; TERMS] = std::array::from_fn(|k| coefficients[k] * s.powf(powers[k]));
        terms.iter().zip(powers).map(|(term, power)| term * power).sum::<f64>() / terms.iter().sum::<f64>()
    }

    /// For differences E_{h/2} − E_h, with order p: the sum of all those of h/2, h/4 and so on, which is E − E_{h/2}.
    pub fn sum_of_finer(&self, p: f64, h: f64) -> f64 {
        let s = h / self.scale();
        let coefficients = self.profile(p).1;
        let term = |(power, c): (f64, f64)| c * s.powf(power) / (2f64.powf(power) - 1.0);
        self.powers(p).into_iter().zip(coefficients).map(term).sum()
    }

    /// The same law of errors of which the one with this index is larger by its standard error; orders are not fitted anew.
    /// For independent errors.
    pub fn shifted(&self, index: usize) -> Self {
        let mut law = self.clone();
        law.errors[index] += 1.0;
        law
    }

    /// Verdict on the claim that the order is `claimed`.
    pub fn judge(&self, claimed: f64) -> OrderJudgement {
        let Interval { estimate, lower, upper } = self.interval();
        let judge = |stand, why| OrderJudgement { verdict: stand_verdict(stand), why, stand };
        let band = format!("measured order {estimate:.2} in [{lower:.2}, {upper:.2}]");
        if !self.adequate() {
            return judge(Stand::Coarse, "no power law fits the errors: take smaller steps".into());
        }
        if changes_sign(&self.points) {
            return judge(Stand::Coarse, "the errors change their sign: take smaller steps".into());
        }
        let below = estimate < claimed - SLACK && self.distance(claimed - SLACK) > REFUTED;
        let slope = self.finest_slope();
        if (below || self.has_power()) && (slope - estimate).abs() > POWER {
            let why = format!("the slopes still drift, from {slope:.2} to {estimate:.2}: take smaller steps");
            return judge(Stand::Coarse, why);
        }
        if below {
            return judge(Stand::Below, format!("{band} is {REFUTED} standard errors below {claimed}"));
        }
        if !self.has_power() {
            return judge(Stand::Wide, format!("{band} is too uncertain to decide"));
        }
        match (lower <= claimed, claimed <= upper) {
            (true, true) => judge(Stand::Agrees, format!("{band} agrees")),
            (true, false) => judge(
                Stand::Short,
                format!("{band} is below {claimed}, but not conclusively: take more paths, or smaller steps"),
            ),
            _ => judge(Stand::Above, format!("{band} is above {claimed}, and no other method confirms it")),
        }
    }
}

fn stand_verdict(stand: Stand) -> Verdict {
    match stand {
        Stand::Agrees => Verdict::Pass,
        Stand::Below => Verdict::Fail,
        Stand::Short | Stand::Above | Stand::Wide | Stand::Coarse => Verdict::Inconclusive,
    }
}

/// Whether errors of both signs are resolved.
pub fn changes_sign(points: &[Point]) -> bool {
    let seen = |sign: f64| points.iter().any(|point| sign * point.error > SIGNED * point.stderr);
    seen(1.0) && seen(-1.0)
}

/// (squares of the residuals, coefficients) of the best approximation to `right` by these columns, by modified Gram–Schmidt
/// orthogonalisation, which normal equations would cost half of the digits.
fn least_squares(mut columns: [Vec<f64>; TERMS], mut right: Vec<f64>) -> (f64, [f64; TERMS]) {
    let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
    let take = |from: &mut [f64], along: &[f64]| {
        let share = dot(from, along);
        from.iter_mut().zip(along).for_each(|(x, a)| *x -= share * a);
        share
    };
    let (mut triangle, mut found) = ([[0.0; TERMS]; TERMS], [0.0; TERMS]);
    for k in 0..TERMS {
        let norm = dot(&columns[k], &columns[k]).sqrt();
        let along: Vec<f64> = columns[k].iter().map(|x| x / norm).collect();
        triangle[k][k] = norm;
        for j in k + 1..TERMS {
            triangle[k][j] = take(&mut columns[j], &along);
        }
        found[k] = take(&mut right, &along);
    }
    for k in (0..TERMS).rev() {
        let known: f64 = (k + 1..TERMS).map(|j| triangle[k][j] * found[j]).sum();
        found[k] = (found[k] - known) / triangle[k][k];
    }
    (dot(&right, &right), found)
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
