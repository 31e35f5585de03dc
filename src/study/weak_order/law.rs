mod asymptotic;
mod extent;

use super::WeakOrder;
use super::candidate::{Candidate, Judged};
use super::prediction::Predicted;
use super::step_counts::{REFERENCE_LEVELS, StepCounts};
use crate::law::{Backward, Dual, Expectation, Law, LawError, Resolution};
use crate::model::{Expression, Observable, Potential, Problem, TimeDependence};
use crate::schemes::{CATALOGUE, Equation, Scheme, WeightRule, fits};
use crate::statistics::largest;
use crate::study::breakdown::Breakdown;
use crate::study::figure::OrderFit;
use crate::study::findings::StudyFindings;
use crate::study::fit::{NOISE_FREE, Point, local_orders, noise_free_order};
use crate::study::order::{Constant, OrderMethod};
use crate::study::verdict::Verdict;
use extent::Extent;
use std::cell::OnceCell;

/// Most steps of the functions that predictions are made from; in the plane, they are as many as there.
const MOST_DUAL_STEPS: usize = 256;
/// How much more than the difference of two resolutions the first may miss.
const MISSED: f64 = 3.0;
/// Numbers of steps up to which time-dependent laws are computed at both.
const MOST_CHECKED_STEPS: usize = 64;
/// How often the interval is widened at most, and the number of steps that probes its leak.
const WIDENINGS: usize = 5;
const PROBE_STEPS: usize = 64;
/// How often growing panels reach on at most, each time to three times the distance, and what may be lost beyond them, relative
/// to the value: orders are read off errors of 1e-9 and more.
const REACHES: usize = 16;
const COUNTED: f64 = 1e-11;
/// A law that is not accurate to this, relative to its value, says nothing by not seeing an error.
const WORTHLESS: f64 = 1e-7;
/// Leak that no longer matters.
const NEGLIGIBLE_LEAK: f64 = 1e-13;
/// Leak through the ends of the interval above which the law is not trusted.
const LARGEST_LEAK: f64 = 1e-9;

/// A value of the law with its numerical error.
#[derive(Clone, Copy, Debug)]
pub struct Value {
    /// E φW, or E φW/E W for normalised flows.
    pub value: f64,
    /// Estimated error by the quadrature and interpolation, and the leak.
    pub error: f64,
    /// Weighted probability of having left the interval.
    pub leaked: f64,
}

/// The laws of all schemes on one problem, with the reference they share.
pub struct Laws<'a> {
    equation: &'a dyn Equation,
    problem: &'a Problem,
    settings: &'a WeakOrder,
    resolutions: [Resolution; 2],
    /// Whether the observable has a heavy tail of which no box holds enough.
    is_open: bool,
    /// Further ones, where something is not smooth.
    others: Vec<Resolution>,
    /// The size of the values of the observable: the mean of |φ|, at most 1.
    pub size: f64,
    /// What every value may miss, as the observable has features between the points.
    unseen: f64,
    /// The limit h → 0 of the law.
    pub reference: Value,
    backward: OnceCell<Option<Backward>>,
    duals: OnceCell<Option<[Dual; 3]>>,
}

impl<'a> Laws<'a> {
    /// Scouts the range of the solution and computes the reference value.
    ///
    /// # Errors
    /// If a scouting path explodes, or the law of the reference is not finite.
    pub fn new(
        problem: &'a Problem,
        settings: &'a WeakOrder,
        step_counts: &StepCounts,
        equation: &'a dyn Equation,
    ) -> Result<Self, Breakdown> {
        let mut extent = Extent::new(problem, &settings.observable, equation)?;
        let reference = Value { value: 0.0, error: 0.0, leaked: 0.0 };
        let (backward, duals) = (OnceCell::new(), OnceCell::new());
        let mut laws = Self {
            equation,
            problem,
            settings,
            resolutions: extent.resolutions(),
            is_open: extent.is_open(),
            others: Vec::new(),
            size: extent.size(),
            unseen: 0.0,
            reference,
            backward,
            duals,
        };
        if problem.dimension() == 1 {
            laws.widen(&mut extent);
            laws.reach_on(&mut extent);
            if !is_smooth(problem, &settings.observable) {
                laws.others = extent.others();
            }
            laws.unseen = laws.resolutions[0].unseen(settings.observable.expression());
        }
        laws.reference = laws.extrapolate(step_counts.reference)?;
        Ok(laws)
    }

    /// Heavy tails reach farther than the scouts saw: widens while that reduces the leak by half or more (that of an unstable
    /// scheme stays whatever the interval), until only quadrature is left of it.
    fn widen(&mut self, extent: &mut Extent) {
        let mut before = f64::INFINITY;
        for _ in 0..WIDENINGS {
            let leaked = self.probe().map_or(0.0, |probe| probe.leaked);
            if leaked <= NEGLIGIBLE_LEAK || leaked > 0.5 * before {
                break;
            }
            before = leaked;
            extent.widen();
            self.resolutions = extent.resolutions();
        }
    }

    /// An observable may grow into a tail faster than its probability falls in any interval of equal panels, as x⁴ under a
    /// lognormal law: growing panels reach on from what the scouts saw, until what is lost beyond them does not count, or is
    /// not less for it.
    fn reach_on(&mut self, extent: &mut Extent) {
        let (mut nearer, mut before) = (extent.clone(), f64::INFINITY);
        for _ in 0..REACHES {
            let Some(probe) = self.probe() else { break };
            if self.lost(&probe) <= COUNTED * probe.value.abs().max(self.size) {
                break;
            }
            let leaked = probe.leaked.abs();
            if leaked.is_nan() || leaked > 0.5 * before {
                *extent = nearer;
                self.resolutions = extent.resolutions();
                break;
            }
            (nearer, before) = (extent.clone(), leaked);
            extent.reach_on();
            self.resolutions = extent.resolutions();
        }
    }

    /// The reference's value with few steps.
    fn probe(&self) -> Option<Value> {
        self.rising(self.best_scheme(), WeightRule::Trapezoidal, &[PROBE_STEPS]).0.pop()
    }

    /// What the paths that left the interval could add to a value: there, the observable is continued as a constant.
    fn lost(&self, value: &Value) -> f64 {
        let far = if value.leaked == 0.0 { 0.0 } else { self.largest_at_ends() };
        value.leaked.abs() * (value.value.abs() + far)
    }

    /// The limit h → 0 by Richardson extrapolation of the scheme of highest order that fits the noise, with
    /// the trapezoidal weight. Every consistent scheme has the same limit.
    fn extrapolate(&self, finest: usize) -> Result<Value, Breakdown> {
        let scheme = self.best_scheme();
        let counts: Vec<usize> = (0..REFERENCE_LEVELS).rev().map(|k| finest >> k).collect();
        let (values, failure) = self.rising(scheme, WeightRule::Trapezoidal, &counts);
        if let Some(failure) = failure {
            return Err(failure.into());
        }
        let noise = largest(values.iter().map(|value| value.error)).unwrap_or(0.0);
        let mut table: Vec<f64> = values.iter().map(|value| value.value).collect();
        let mut before = table[REFERENCE_LEVELS - 1];
        // The error expansion in h starts with the scheme's order (2 at most here, by the weight) and goes on
        // in steps of 1.
        for power in scheme.weak_order().min(2)..scheme.weak_order().min(2) + REFERENCE_LEVELS as u32 - 1 {
            before = table[table.len() - 1];
            let share = 1.0 / (2f64.powi(power as i32) - 1.0);
            table = table.windows(2).map(|pair| pair[1] + (pair[1] - pair[0]) * share).collect();
        }
        Ok(Value { value: table[0], error: (table[0] - before).abs() + noise, leaked: 0.0 })
    }

    /// The backward functions of the reference at its finest steps; none if their law is not finite.
    pub fn backward(&self, step_counts: &StepCounts) -> Option<&Backward> {
        let compute = || {
            let Self { problem, settings, .. } = self;
            let law = self.best_law();
            // The wider box: what lies beyond it is not smooth.
            let resolution = &self.resolutions[1];
            let steps = step_counts.reference;
            law.backward(resolution, &problem.initial, &settings.observable, problem.horizon, steps).ok()
        };
        self.backward.get_or_init(compute).as_ref()
    }

    /// Backward functions and forward functionals of the best law: finely, at the other resolution, and on half as many
    /// steps; none if it is not finite.
    pub fn duals(&self, step_counts: &StepCounts) -> Option<&[Dual; 3]> {
        let compute = || {
            let Self { problem, settings, .. } = self;
            let even = |steps: &&usize| **steps <= MOST_DUAL_STEPS && steps.is_multiple_of(2);
            let steps = *step_counts.all().iter().rev().find(even)?;
            let dual = |resolution: &Resolution, steps| {
                let (law, resolution) = (self.best_law(), resolution.for_derivatives());
                law.dual(&resolution, &problem.initial, &settings.observable, problem.horizon, steps).ok()
            };
            let [other, fine] = &self.resolutions;
            Some([dual(fine, steps)?, dual(other, steps)?, dual(fine, steps / 2)?])
        };
        self.duals.get_or_init(compute).as_ref()
    }

    fn best_law(&self) -> Law<'_> {
        Law {
            sde: self.equation,
            scheme: self.best_scheme(),
            weight: WeightRule::Trapezoidal,
            time: self.problem.dynamics.time_dependence(),
        }
    }

    /// The scheme of highest order that fits the noise.
    fn best_scheme(&self) -> &'static dyn Scheme {
        let dynamics = &self.problem.dynamics;
        let fitting =
            CATALOGUE.iter().copied().filter(|scheme| fits(*scheme, dynamics.equation(), dynamics.noise()));
        fitting.rev().max_by_key(|scheme| scheme.weak_order()).unwrap_or(CATALOGUE[0])
    }

    /// The values for rising numbers of steps, and the first failure; where the scheme fails, the value is NaN with an
    /// infinite error. Beyond [`MOST_CHECKED_STEPS`] time-dependent ones are not computed at the second resolution,
    /// which would double the work; they take over the largest error seen before. So do those in two dimensions, where
    /// only the coarsest is computed twice.
    fn rising(
        &self,
        scheme: &'static dyn Scheme,
        weight: WeightRule,
        counts: &[usize],
    ) -> (Vec<Value>, Option<LawError>) {
        let time = self.problem.dynamics.time_dependence();
        let law = Law { sde: self.equation, scheme, weight, time };
        let run = |resolution: &Resolution, steps: usize| {
            let Self { problem, settings, .. } = self;
            law.expectation(resolution, &problem.initial, &settings.observable, problem.horizon, steps)
        };
        let number = |e: &Expectation| if self.problem.normalized() { e.ratio() } else { e.value };
        let mut carried: f64 = 0.0;
        let mut failure = None;
        let mut values: Vec<Value> = Vec::with_capacity(counts.len());
        for &steps in counts {
            let checked = match self.problem.dimension() {
                1 => time != TimeDependence::Motion || steps <= MOST_CHECKED_STEPS,
                _ => false,
            };
            let first = values.iter().all(|value| value.value.is_nan());
            let found = run(&self.resolutions[0], steps).and_then(|found| {
                let check = if checked || first { Some(run(&self.resolutions[1], steps)?) } else { None };
                Ok((found, check))
            });
            let (found, check) = match found {
                Ok(found) => found,
                Err(error) => {
                    failure.get_or_insert(error);
                    values.push(Value { value: f64::NAN, error: f64::INFINITY, leaked: f64::INFINITY });
                    continue;
                }
            };
            let value = number(&found);
            if let Some(check) = check {
                carried = MISSED * (number(&check) - value).abs();
                // The rule for the noise misses what is not smooth by chance more or less.
                for resolution in &self.others {
                    let other = run(resolution, steps).map_or(f64::INFINITY, |found| number(&found));
                    carried = carried.max(MISSED * (other - value).abs());
                }
            }
            let leaked = found.leak / found.mass;
            let mut own = Value { value, error: 0.0, leaked };
            let unknown = self.is_open || leaked > LARGEST_LEAK;
            let lost = if unknown { f64::INFINITY } else { self.lost(&own) };
            own.error = carried + lost + self.unseen + 1e-14 * value.abs().max(self.size);
            values.push(own);
        }
        (values, failure)
    }

    /// The largest |φ| at the ends of the interval.
    fn largest_at_ends(&self) -> f64 {
        let ends = self.resolutions[0].ends();
        ends.iter().map(|end| self.settings.observable.value(&[*end]).abs()).fold(0.0, f64::max)
    }

    /// The law of a scheme at every number of steps.
    pub fn values(&self, candidate: Candidate<'_>, step_counts: &StepCounts) -> Vec<Value> {
        self.rising(candidate.scheme, candidate.weight(), step_counts.all()).0
    }

    /// The errors of the law against its limit, with their accuracy.
    pub fn points(&self, candidate: Candidate<'_>, step_counts: &StepCounts, law: &[Value]) -> Vec<Point> {
        step_counts
            .all()
            .iter()
            .zip(law)
            .filter(|(steps, _)| **steps < step_counts.reference && candidate.has_value(step_counts, **steps))
            .map(|(&steps, value)| Point {
                step: self.problem.horizon / steps as f64,
                error: value.value - self.reference.value,
                stderr: value.error + self.reference.error,
            })
            .collect()
    }

    /// Why no error of the law has a size.
    fn unbounded(&self) -> String {
        let ends = self.resolutions[0].ends();
        let interval: Vec<String> = ends.iter().map(|end| format!("{end:.3e}")).collect();
        format!(
            "the scheme leaves every interval (the last was [{}]): its drift is too steep for it, or the tail too heavy; smaller \
             steps, a shorter horizon or an implicit or tamed scheme would settle it",
            interval.join(", ")
        )
    }

    /// The order that the law shows, and the constant that was `predicted`.
    pub fn judge(
        &self,
        candidate: Candidate<'_>,
        step_counts: &StepCounts,
        law: &[Value],
        predicted: Option<Predicted>,
    ) -> Judged {
        let points = self.points(candidate, step_counts, law);
        let fit = noise_free_order(&points);
        let accuracy = points.iter().map(|point| point.stderr).fold(f64::INFINITY, f64::min);
        let (verdict, why) = match &fit {
            _ if self.unseen > WORTHLESS * self.reference.value.abs().max(self.size) => (
                Verdict::Inconclusive,
                format!(
                    "the observable has a feature narrower than the points see, which may count for {:.1e}: take a wider one",
                    self.unseen
                ),
            ),
            Some(fit) => fit.judge(f64::from(candidate.claim())),
            None if accuracy == f64::INFINITY => (Verdict::Inconclusive, self.unbounded()),
            None if accuracy > WORTHLESS * self.reference.value.abs().max(self.size) => (
                Verdict::Inconclusive,
                format!(
                    "the noise-free expectation is accurate to {accuracy:.1e} only; {} would settle it",
                    match self.settings.observable.jumps() {
                        true => "an observable without jumps",
                        false => "a shorter horizon or an observable that grows less",
                    }
                ),
            ),
            None if points.iter().all(|point| point.error.abs() <= NOISE_FREE * point.stderr) => {
                (Verdict::Pass, format!("all errors are below the accuracy of the law, {accuracy:.1e}"))
            }
            None if points.last().is_some_and(|finest| finest.error.abs() <= NOISE_FREE * finest.stderr) => (
                Verdict::Inconclusive,
                format!(
                    "the finest errors are at the accuracy of the expectation, {accuracy:.1e}: take coarser steps"
                ),
            ),
            None => (
                Verdict::Inconclusive,
                "the slopes have not settled: the observable may not be smooth".into(),
            ),
        };
        let range = fit.as_ref().map_or(0..0, |fit| fit.range.clone());
        let picture = fit.as_ref().map(|fit| OrderFit::straight(fit.line, fit.order));
        let quiet: Vec<Point> = points
            .iter()
            .map(|point| if point.stderr.is_finite() { *point } else { Point { error: f64::NAN, ..*point } })
            .collect();
        let mut findings = candidate.findings(OrderMethod::Law).of(&quiet, range.clone());
        let line = candidate.line(OrderMethod::Law, quiet, range, picture);
        findings.local_orders = local_orders(&points, NOISE_FREE);
        findings.order = fit.as_ref().map(|fit| fit.order);
        let predicted = predicted.map(|predicted| predicted.constant);
        findings.constant = fit.as_ref().map(|fit| Constant { measured: fit.constant, predicted });
        Judged { findings: StudyFindings::new(findings, verdict, why), line: Some(line) }
    }
}

/// Whether every formula of the problem, and the observable, has all derivatives where it is a number.
fn is_smooth(problem: &Problem, observable: &Observable) -> bool {
    let mut formulas = problem.dynamics.formulas().into_iter().chain([observable.expression()]);
    formulas.all(Expression::is_smooth) && problem.dynamics.potential().is_none_or(Potential::is_smooth)
}
