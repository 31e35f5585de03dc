//! The steps on which Monte Carlo can see the order that the noise-free expectation settles at.

use super::{Laws, Value};
use crate::study::fit::{Corrections, Point, PowerLaw};
use crate::study::weak_order::candidate::Candidate;
use crate::study::weak_order::step_counts::StepCounts;

/// How far the order of the law's differences may be from a whole number on steps that Monte Carlo is to take: less than
/// a band of it is wide.
const SETTLED: f64 = 0.03;
/// Standard error, relative to the error, that stands for levels which Monte Carlo knows equally well.
const EVEN: f64 = 0.003;

impl Laws<'_> {
    /// The coarsest steps, as many as the study has and each half of the one before, on which the differences of the law
    /// between a step and its half have the claimed order (or a whole higher one) to [`SETTLED`], and true; the finest
    /// whose first takes `horizon`/`most_first` at least, and false, if there are none.
    pub fn asymptotic_steps(
        &self,
        candidate: Candidate<'_>,
        step_counts: &StepCounts,
        law: &[Value],
        most_first: usize,
    ) -> (Vec<f64>, bool) {
        let own = &self.settings.steps;
        let first = (self.problem.horizon / own[0]).round() as usize;
        let difference = |steps: usize| {
            let value = |steps| Some(law[step_counts.position(steps)?].value);
            Some(value(2 * steps)? - value(steps)?)
        };
        let falls = |start: usize| {
            let point = |k: usize| {
                let error = difference(start << k).filter(|error| error.is_finite())?;
                let step = self.problem.horizon / (start << k) as f64;
                Some(Point { step, error, stderr: EVEN * error.abs() })
            };
            let points: Option<Vec<Point>> = (0..own.len()).map(point).collect();
            // The fit that Monte Carlo will make.
            let fit = points.and_then(|points| PowerLaw::fit(&points, Corrections::OF_STEPS));
            fit.is_some_and(|fit| {
                (fit.order - fit.order.round().max(f64::from(candidate.claim()))).abs() <= SETTLED
            })
        };
        let known = |start: usize| difference(start << (own.len() - 1)).is_some_and(f64::is_finite);
        let starts = || {
            let affordable = |start: &usize| *start == first || (*start <= most_first && known(*start));
            (0..16).map(|k| first << k).take_while(affordable)
        };
        let settled = starts().find(|&start| falls(start));
        let start = settled.or(starts().last()).unwrap_or(first);
        ((0..own.len()).map(|k| self.problem.horizon / (start << k) as f64).collect(), settled.is_some())
    }
}
