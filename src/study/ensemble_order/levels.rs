//! Errors on the levels of a refinement, what is known of their noise, and the order that they show.

use super::KIND;
use crate::particles::Mean;
use crate::study::figure::{OrderFit, OrderLine};
use crate::study::findings::StudyFindings;
use crate::study::fit::{Corrections, OrderJudgement, Point, PowerLaw, local_orders};
use crate::study::order::{Constant, OrderFindings, OrderMethod};
use crate::study::verdict::Verdict;

/// Standard errors beyond which a local slope is shown.
const RESOLVED: f64 = 3.0;

/// Corrections on the coarsest level, relative to what they correct: scenarios choose levels on which they are small, and
/// that are near to each other.
const CORRECTIONS: f64 = 0.15;

/// Errors that should follow one power law.
pub struct Levels {
    pub name: &'static str,
    pub expected: u32,
    pub points: Vec<Point>,
    pub noise: Noise,
    /// Distance of the next powers.
    pub next: i32,
}

/// Noise of the errors.
pub enum Noise {
    /// Of each its own.
    Independent,
    /// Of the same random numbers, with its covariance if there are enough replicates to know it.
    Shared(Option<Vec<f64>>),
}

impl Levels {
    /// Those of a refinement in N, on which errors and variances both fall like 1/N.
    pub fn by_number(
        error: &'static str,
        errors: Vec<Point>,
        noise: Noise,
        variances: Vec<Point>,
    ) -> Vec<Self> {
        let levels = |name, points, noise| Self { name, expected: 1, points, noise, next: 1 };
        vec![levels(error, errors, noise), levels("variance of an ensemble", variances, Noise::Independent)]
    }

    /// The fit of the law, if these errors have one.
    pub fn fit(&self) -> Option<PowerLaw> {
        let corrections = Corrections { next: self.next, size: CORRECTIONS };
        match &self.noise {
            Noise::Independent => PowerLaw::fit(&self.points, corrections),
            Noise::Shared(covariance) => {
                PowerLaw::fit_correlated(&self.points, corrections, covariance.as_deref()?)
            }
        }
    }
}

pub fn mean(values: &[f64]) -> Mean {
    let count = values.len() as f64;
    let value = values.iter().sum::<f64>() / count;
    let squares: f64 = values.iter().map(|x| (x - value).powi(2)).sum();
    Mean { value, stderr: (squares / (count * (count - 1.0))).sqrt() }
}

/// (2ᵖE_{h/2} − E_h)/(2ᵖ − 1) of each replicate, of independent runs with steps h and h/2.
pub fn without_step(coarse: &[f64], fine: &[f64], order: i32) -> Vec<f64> {
    let factor = 2f64.powi(order);
    coarse.iter().zip(fine).map(|(coarse, fine)| (factor * fine - coarse) / (factor - 1.0)).collect()
}

/// Distances of the means of `levels` from the flow, and their covariance, row by row: replicate r of every level has the same
/// random numbers, and the error of the flow's value is common to all.
///
/// Sample covariances are too small in their inverse, on average by (R − k − 2)/(R − 1) with R replicates and k levels
/// (Hartlap, Simon and Schneider 2007), and not known at all where that is not positive.
pub fn distances_of_the_same(
    steps: impl Iterator<Item = f64>,
    levels: &[Vec<f64>],
    exact: (f64, f64),
) -> (Vec<Point>, Option<Vec<f64>>) {
    let means: Vec<Mean> = levels.iter().map(|values| mean(values)).collect();
    let points = steps.zip(&means).map(|(step, &found)| distance(step, found, exact)).collect();
    let replicates = levels.first().map_or(0, Vec::len);
    if replicates < levels.len() + 3 {
        return (points, None);
    }
    let size = replicates as f64;
    let unbiased = (size - 1.0) / (size - levels.len() as f64 - 2.0);
    let entry = |(a, mean_a): (&Vec<f64>, &Mean), (b, mean_b): (&Vec<f64>, &Mean)| {
        let products = a.iter().zip(b).map(|(a, b)| (a - mean_a.value) * (b - mean_b.value));
        unbiased * products.sum::<f64>() / (size * (size - 1.0)) + exact.1 * exact.1
    };
    let all = || levels.iter().zip(&means);
    let covariance = all().flat_map(|a| all().map(move |b| entry(a, b))).collect();
    (points, Some(covariance))
}

pub fn distance(step: f64, found: Mean, exact: (f64, f64)) -> Point {
    Point { step, error: found.value - exact.0, stderr: found.stderr.hypot(exact.1) }
}

/// The variance of replicates.
pub fn variance(step: f64, values: &[f64]) -> Point {
    let size = values.len() as f64;
    let variance = size * mean(values).stderr.powi(2);
    // That of the variance of nearly normal data.
    Point { step, error: variance, stderr: variance * (2.0 / (size - 1.0)).sqrt() }
}

/// A weighted fit of the signed errors.
pub fn judge(observable: &str, levels: Levels) -> (StudyFindings, OrderLine) {
    let law = levels.fit();
    let Levels { name, expected, points, next, .. } = levels;
    let (verdict, why) = match &law {
        Some(law) => {
            let OrderJudgement { verdict, why, .. } = law.judge(f64::from(expected));
            (verdict, why)
        }
        None => (Verdict::Inconclusive, "the levels have no standard errors: take more replicates".into()),
    };
    let order = law.as_ref().map(PowerLaw::interval);
    let fitted = 0..if law.is_some() { points.len() } else { 0 };
    let findings = OrderFindings {
        kind: KIND.name,
        subject: format!("{name}, for {observable}"),
        scheme: name.into(),
        observable: observable.into(),
        method: OrderMethod::Replicates,
        local_orders: local_orders(&points, RESOLVED),
        order,
        expected,
        constant: law.as_ref().map(|law| Constant { measured: law.constant, predicted: None }),
        ..OrderFindings::default()
    };
    let findings = findings.of(&points, fitted.clone());
    let fit = law.as_ref().zip(order).map(|(law, order)| OrderFit {
        bend: law.bend(),
        next,
        ..OrderFit::straight(law.constant.abs(), order)
    });
    let line = OrderLine { label: name.into(), points, fitted, fit };
    (StudyFindings::new(findings, verdict, why), line)
}
