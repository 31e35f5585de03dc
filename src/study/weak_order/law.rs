mod asymptotic;

use super::WeakOrder;
use super::candidate::{Candidate, Judged};
use super::prediction::Predicted;
use super::step_counts::{REFERENCE_LEVELS, StepCounts};
use crate::law::{Backward, Dual, Expectation, Law, LawError, Resolution};
use crate::model::{Expression, Observable, Potential, Problem, TimeDependence};
use crate::particles::{Ensemble, Motion};
use crate::schemes::{CATALOGUE, Equation, Scheme, WeightRule, fits};
use crate::statistics::largest;
use crate::study::breakdown::Breakdown;
use crate::study::figure::OrderFit;
use crate::study::findings::StudyFindings;
use crate::study::fit::{NOISE_FREE, Point, local_orders, noise_free_order};
use crate::study::order::{Constant, OrderMethod};
use crate::study::verdict::Verdict;
use std::cell::OnceCell;

/// Most steps of the functions that predictions are made from; in the plane, they are as many as there.
const MOST_DUAL_STEPS: usize = 256;
/// Groups of paths that scout how far the solution reaches, and their size: the mean of the extremes of several groups
/// hardly depends on chance, and with it the box.
const SCOUTS: (usize, usize) = (8, 2048);
/// Panels and Gauss–Hermite nodes in one dimension; the second pair checks the first.
const RESOLUTIONS: [(usize, usize); 2] = [(32, 40), (44, 56)];
/// Further pairs, of odd numbers, where something is not smooth.
const OTHERS: [(u32, usize); 2] = [(37, 47), (53, 65)];
/// How much more than the difference of two resolutions the first may miss.
const MISSED: f64 = 3.0;
/// The same in two dimensions; the second box is larger by this share on every side, so that it shows what the sides do.
const PLANE_RESOLUTIONS: [(usize, usize, f64); 2] = [(7, 12, 0.0), (9, 14, 0.1)];
/// Numbers of steps up to which time-dependent laws are computed at both.
const MOST_CHECKED_STEPS: usize = 64;
/// How often the interval is widened at most, and the number of steps that probes its leak.
const WIDENINGS: usize = 5;
const PROBE_STEPS: usize = 64;
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
    /// Further ones, where something is not smooth.
    others: Vec<Resolution>,
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
        let mut ends = range(problem, equation)?;
        let width = ends[0][1] - ends[0][0];
        let resolutions = |ends: &[[f64; 2]]| match ends {
            [[low, high]] => RESOLUTIONS.map(|(panels, nodes)| {
                let stretch = (high - low) / width;
                Resolution::line(*low, *high, (panels as f64 * stretch).ceil() as usize, nodes)
            }),
            _ => PLANE_RESOLUTIONS.map(|(panels, nodes, margin)| {
                let corner = |side: usize| {
                    [0, 1].map(|axis| ends[axis][side] + margin * (ends[axis][side] - ends[axis][1 - side]))
                };
                Resolution::plane(corner(0), corner(1), panels, nodes)
            }),
        };
        let reference = Value { value: 0.0, error: 0.0, leaked: 0.0 };
        let (backward, duals) = (OnceCell::new(), OnceCell::new());
        let mut laws = Self {
            equation,
            problem,
            settings,
            resolutions: resolutions(&ends),
            others: Vec::new(),
            reference,
            backward,
            duals,
        };
        // Heavy tails reach farther than the scouts saw: widen while that reduces the error by half or more (the leak of
        // an unstable scheme stays whatever the interval), until only quadrature is left of it.
        let scheme = laws.best_scheme();
        let mut before = f64::INFINITY;
        for _ in 0..WIDENINGS {
            if problem.dimension() > 1 {
                break;
            }
            let (probe, _) = laws.rising(scheme, WeightRule::Trapezoidal, &[PROBE_STEPS]);
            let leaked = probe.first().map_or(0.0, |probe| probe.leaked);
            if leaked <= NEGLIGIBLE_LEAK || leaked > 0.5 * before {
                break;
            }
            before = leaked;
            let margin = 0.4 * (ends[0][1] - ends[0][0]);
            ends[0] = [ends[0][0] - margin, ends[0][1] + margin];
            laws.resolutions = resolutions(&ends);
        }
        if let [[low, high]] = ends[..]
            && !is_smooth(problem, &settings.observable)
        {
            let stretch = (high - low) / width;
            let other = |(panels, nodes)| {
                Resolution::line(low, high, (f64::from(panels) * stretch).ceil() as usize, nodes)
            };
            laws.others = OTHERS.map(other).into();
        }
        laws.reference = laws.extrapolate(step_counts.reference)?;
        Ok(laws)
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
            let leak = if leaked > LARGEST_LEAK { f64::INFINITY } else { leaked };
            // A leak that matters is that of a heavy tail, in which the observable goes on to grow.
            let far = if leaked > NEGLIGIBLE_LEAK { self.largest_at_ends() } else { 0.0 };
            let error = carried + leak * (value.abs() + far) + 1e-14 * value.abs().max(1.0);
            values.push(Value { value, error, leaked });
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
            Some(fit) => fit.judge(f64::from(candidate.claim())),
            None if accuracy == f64::INFINITY => (
                Verdict::Inconclusive,
                "the scheme leaves every interval: the drift is too steep for it".to_string(),
            ),
            None if accuracy > WORTHLESS * self.reference.value.abs().max(1.0) => {
                (Verdict::Inconclusive, format!("the law is accurate to {accuracy:.1e} only"))
            }
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

/// Where the paths are, widened, along every axis: the extremes of 2048 paths lie at about 3.35 standard deviations, so
/// 0.55 of their range more on each side reaches about 7; in the plane, where no leak is measured, 0.75 reaches about 8.4.
fn range(problem: &Problem, equation: &dyn Equation) -> Result<Vec<[f64; 2]>, Breakdown> {
    const STEPS: usize = 256;
    let (groups, size) = SCOUTS;
    let share = if problem.dimension() == 1 { 0.55 } else { 0.75 };
    let motion = Motion { sde: equation, scheme: CATALOGUE[0], weight: WeightRule::Left, weighted: false };
    let mut scouts = Ensemble::new(&problem.initial, groups * size, 0, motion);
    let mut extremes = vec![vec![[f64::INFINITY, f64::NEG_INFINITY]; groups]; problem.dimension()];
    let mut look = |scouts: &Ensemble| {
        for (axis, extremes) in extremes.iter_mut().enumerate() {
            for (path, x) in scouts.map(|x| x[axis]).into_iter().enumerate() {
                let end = &mut extremes[path / size];
                *end = [end[0].min(x), end[1].max(x)];
            }
        }
    };
    look(&scouts);
    for k in 0..16 {
        scouts.advance(motion, problem.horizon / STEPS as f64, k * STEPS / 16, STEPS / 16)?;
        look(&scouts);
    }
    // No noise, no range: leave room for the interpolation all the same.
    let widened = |extremes: Vec<[f64; 2]>| {
        let mean = |side: usize| extremes.iter().map(|end| end[side]).sum::<f64>() / groups as f64;
        let [low, high] = [0, 1].map(mean);
        let margin = share * (high - low) + 1e-3 * (1.0 + low.abs().max(high.abs()));
        [low - margin, high + margin]
    };
    Ok(extremes.into_iter().map(widened).collect())
}
