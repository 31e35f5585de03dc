//! The weak order of schemes, by independent witnesses: exact algebra ([`proof`]), the noise-free law
//! ([`law`]) and Monte Carlo ([`monte_carlo`]) on coupled levels or with a control variate ([`controlled`]); the last two
//! are also held against each other, and see what [`extrapolation`] makes of a scheme. Algebra and law together predict the
//! constant ([`prediction`]).

mod controlled;
mod extrapolation;
mod law;
mod monte_carlo;
mod prediction;
mod proof;
mod signed_errors;
mod work;

use super::figure::{Figure, OrderFit, OrderLine, OrderPlot, Plot, PowerPlot};
use super::findings::{Check, OrderFindings, StudyFindings};
use super::fit::{Point, noise_free_order};
use super::oracle::Oracle;
use super::{Breakdown, OrderMethod, Progress, WeakOrderSettings, t_threshold};
use crate::model::Problem;
use crate::particles::coupled::Difference;
use crate::pde::GridSettings;
use crate::schemes::{Scheme, WeightRule};
use work::Work;

/// Most steps on the coarsest of the coupled levels, whose differences drown in noise where steps are fine.
const COARSE_FIRST_STEPS: usize = 16;
/// The same with a control variate.
const FINE_FIRST_STEPS: usize = 64;

/// One scheme under study.
#[derive(Clone, Copy)]
struct Candidate<'a> {
    problem: &'a Problem,
    settings: &'a WeakOrderSettings,
    scheme: &'static dyn Scheme,
    /// Whether its values are extrapolated.
    extrapolated: bool,
}

/// What one witness found.
struct Witness {
    findings: StudyFindings,
    line: Option<OrderLine>,
}

/// The findings, checks and pictures of a weak-order study.
#[derive(Default)]
pub struct WeakOrder {
    pub findings: Vec<StudyFindings>,
    pub checks: Vec<Check>,
    pub figures: Vec<Figure>,
    pub warnings: Vec<String>,
    /// The limit h → 0 of the noise-free law and its error.
    pub limit: Option<(f64, f64)>,
    works: Vec<Work>,
}

/// Calls the witnesses for every scheme. On a breakdown, what was found so far comes with it.
pub fn study(
    problem: &Problem,
    grid: Option<&GridSettings>,
    settings: &WeakOrderSettings,
    number: usize,
    progress: Progress<'_>,
) -> (WeakOrder, Option<Breakdown>) {
    let mut found = WeakOrder::default();
    let mut lines = Vec::new();
    let outcome = witnesses(problem, grid, settings, &mut found, &mut lines, progress);
    if !lines.is_empty() {
        let weight =
            if problem.weighted() { format!(", {} weight", settings.weight.name()) } else { String::new() };
        found.figures.push(Figure {
            id: if number == 0 { "weak-order".into() } else { format!("weak-order-{}", number + 1) },
            title: "Weak order".into(),
            caption: format!(
                "Error of the expectation of {} at the horizon against the step{weight}: noise-free law, and coupled \
                 Monte-Carlo levels with 95 % bars{}.",
                settings.observable.name,
                match settings.methods.contains(&OrderMethod::Prediction) {
                    true => "; predicted lines have no free parameter",
                    false => "",
                }
            ),
            plot: Plot::Orders(OrderPlot { step_name: "step h".into(), lines }),
        });
    }
    if found.works.len() > 1 {
        found.figures.push(Figure {
            id: if number == 0 { "work".into() } else { format!("work-{}", number + 1) },
            title: "Work for precision".into(),
            caption: format!(
                "Root-mean-square error of the expectation of {} against the evaluations of drift and noise on all \
                 paths, where bias (of the noise-free law) and standard error are equal; {}.",
                settings.observable.name,
                work::summary(&found.works)
            ),
            plot: Plot::Powers(PowerPlot {
                x_name: "evaluations".into(),
                y_name: "root-mean-square error".into(),
                lines: found.works.iter().map(Work::line).collect(),
            }),
        });
    }
    (found, outcome.err())
}

fn witnesses(
    problem: &Problem,
    grid: Option<&GridSettings>,
    settings: &WeakOrderSettings,
    found: &mut WeakOrder,
    lines: &mut Vec<OrderLine>,
    progress: Progress<'_>,
) -> Result<(), Breakdown> {
    let asked = |method| settings.methods.contains(&method);
    let plain = |&scheme| Candidate { problem, settings, scheme, extrapolated: false };
    let candidates = settings.schemes.iter().map(plain);
    let mut accept = |witness: Witness| {
        found.findings.push(witness.findings);
        lines.extend(witness.line);
    };
    if asked(OrderMethod::Proof) {
        for candidate in candidates.clone() {
            accept(proof::witness(candidate));
        }
    }
    if !asked(OrderMethod::Law) && !asked(OrderMethod::MonteCarlo) {
        return Ok(());
    }
    let with_law = asked(OrderMethod::Law) && problem.dimension() <= 2;
    if asked(OrderMethod::Law) && !with_law {
        found.warnings.push("the noise-free law needs a state of one or two dimensions: left out".into());
    }
    if asked(OrderMethod::Prediction) && !with_law {
        found
            .warnings
            .push("predicted constants are held against those of the law: left out without it".into());
    }

    let ladder = law::Ladder::new(problem, settings);
    let mut counts = ladder.step_counts().to_vec();
    let finest = if settings.extrapolate { 4 } else { 2 };
    counts.extend(settings.steps.iter().map(|step| finest * (problem.horizon / step).round() as usize));
    let oracle =
        Oracle::new(problem, grid, if with_law { &counts } else { &counts[ladder.step_counts().len()..] })?;
    let equation = oracle.equation();
    let laws =
        if with_law { Some(law::Laws::new(problem, settings, &ladder, equation.as_ref())?) } else { None };
    found.limit = laws.as_ref().map(|laws| (laws.reference.value, laws.reference.error));
    let centres: Option<Vec<f64>> = grid.filter(|_| problem.reacts()).map(|settings| {
        let grid = settings.grid();
        (0..grid.len()).map(|cell| grid.centre(cell)[0]).collect()
    });
    let mut unpredicted = Vec::new();
    let accelerated = |candidate| Candidate { extrapolated: true, ..candidate };
    for candidate in candidates {
        let law = laws.as_ref().map(|laws| {
            progress(&format!("law of {}", candidate.scheme.name()), 0.0);
            laws.values(candidate, &ladder)
        });
        let variants = [Some(candidate), settings.extrapolate.then(|| accelerated(candidate))];
        for candidate in variants.into_iter().flatten() {
            let name = candidate.name();
            let law = law.as_ref().map(|law| match candidate.extrapolated {
                false => law.clone(),
                true => extrapolation::values(candidate, &ladder, law),
            });
            let predicted =
                laws.as_ref().filter(|_| asked(OrderMethod::Prediction) && !candidate.extrapolated);
            let predicted = predicted.and_then(|laws| {
                let duals = laws.duals(&ladder)?;
                prediction::predict(candidate, equation.as_ref(), centres.as_deref(), duals)
            });
            if let (Some(laws), Some(law)) = (&laws, &law) {
                accept(laws.witness(candidate, &ladder, law, predicted));
                match predicted {
                    Some(predicted) => {
                        let points = laws.points(candidate, &ladder, law);
                        accept(prediction::witness(candidate, predicted, &points));
                    }
                    None if asked(OrderMethod::Prediction) && !candidate.extrapolated => {
                        unpredicted.push(name.clone());
                    }
                    None => (),
                }
            }
            if !asked(OrderMethod::MonteCarlo) {
                continue;
            }
            let stage = format!("Monte-Carlo order of {name}");
            let difference = |steps: usize| {
                let value = |steps| Some(law.as_ref()?[ladder.position(steps)?].value);
                Some(value(2 * steps)? - value(steps)?).filter(|difference| difference.is_finite())
            };
            let order = laws.as_ref().zip(law.as_ref()).and_then(|(laws, law)| {
                noise_free_order(&laws.points(candidate, &ladder, law)).map(|fit| fit.limit)
            });
            let expected = monte_carlo::Expected { difference: &difference, order };
            // Steps whose first is not longer than the horizon over this many.
            let steps = |most_first| match (&laws, &law) {
                (Some(laws), Some(law)) if settings.free_steps => {
                    laws.asymptotic_steps(candidate, &ladder, law, most_first)
                }
                _ => (settings.steps.clone(), true),
            };
            let control = || {
                let backward = laws.as_ref()?.backward(&ladder)?;
                Some(monte_carlo::Control { backward, steps: steps(FINE_FIRST_STEPS).0 })
            };
            let (coupled, settled) = steps(COARSE_FIRST_STEPS);
            let coupled = (settled || laws.is_none()).then_some(coupled);
            let progress = |share| progress(&stage, share);
            let (witness, levels) =
                monte_carlo::witness(candidate, equation.as_ref(), coupled, control, expected, &progress);
            if let Some(law) = &law {
                found.checks.extend(agreement(candidate, &ladder, law, &levels));
                found.checks.extend(
                    predicted.map(|predicted| line_check(candidate, predicted, &ladder, law, &levels)),
                );
                let reference = laws.as_ref().map(|laws| laws.reference);
                let deviation = levels.last().map(|level| level.deviation);
                found.works.extend(reference.zip(deviation).and_then(|(reference, deviation)| {
                    Work::new(candidate, equation.as_ref(), &ladder, law, reference, deviation)
                }));
            }
            accept(witness);
        }
    }
    if !unpredicted.is_empty() {
        found.warnings.push(format!(
            "no constant is predicted for {}: its equation has no certificate of one component, or its law is not finite",
            unpredicted.join(", ")
        ));
    }
    Ok(())
}

/// The Monte-Carlo level differences against −C(1 − 2⁻ᵖ)hᵖ, the line that was predicted without a free parameter. How far
/// the next powers of h bend away from it is known from the noise-free law.
fn line_check(
    candidate: Candidate<'_>,
    predicted: prediction::Predicted,
    ladder: &law::Ladder,
    law: &[law::Value],
    levels: &[monte_carlo::Measured],
) -> Check {
    let value = |steps: usize| ladder.position(steps).map(|place| law[place]);
    let excess = |level: &monte_carlo::Measured| {
        let line = predicted.difference(candidate.problem.horizon / level.steps as f64);
        let (coarse, fine) = (value(level.steps)?, value(2 * level.steps)?);
        let bend = (fine.value - coarse.value - line).abs() + fine.error + coarse.error;
        let Difference { value, stderr } = level.difference;
        Some(((value - line).abs() - bend).max(0.0) / stderr).filter(|excess| !excess.is_nan())
    };
    let worst = levels.iter().filter_map(excess).fold(0.0, f64::max);
    let threshold = t_threshold(1000);
    Check {
        name: format!("{}: Monte-Carlo levels lie on the predicted line", candidate.name()),
        passed: worst <= threshold,
        value: worst,
        threshold,
        why:
            "largest distance from C·hᵖ, beyond the bend of the law, in standard errors; Student's t at 1e-9"
                .into(),
    }
}

/// The Monte-Carlo level differences against those of the noise-free law, which know no noise; and where a control
/// variate made them, the means without it, which know all that the variates of the paths do.
fn agreement(
    candidate: Candidate<'_>,
    ladder: &law::Ladder,
    law: &[law::Value],
    levels: &[monte_carlo::Measured],
) -> Vec<Check> {
    let value = |steps: usize| Some(law[ladder.position(steps)?]);
    let standard_errors = |measured: Difference, value: f64, error: f64| {
        ((measured.value - value).abs() - error).max(0.0) / measured.stderr
    };
    let differences = levels.iter().filter_map(|level| {
        let (coarse, fine) = (value(level.steps)?, value(2 * level.steps)?);
        Some(standard_errors(level.difference, fine.value - coarse.value, fine.error + coarse.error))
    });
    let means = levels.iter().filter_map(|level| {
        let law::Value { value, error, .. } = value(level.steps)?;
        Some(standard_errors(level.plain?, value, error))
    });
    let check = |what: &str, worst: f64| {
        // Levels have thousands of paths: Student's t with 1000 degrees of freedom is on the safe side.
        let threshold = t_threshold(1000);
        Check {
            name: format!("{}: Monte-Carlo {what} agree with the noise-free law", candidate.name()),
            passed: worst <= threshold,
            value: worst,
            threshold,
            why: "largest distance in standard errors; Student's t at 1e-9".into(),
        }
    };
    let mut checks = vec![check("levels", differences.fold(0.0, f64::max))];
    if let Some(worst) = means.reduce(f64::max) {
        checks.push(check("means", worst));
    }
    checks
}

impl Candidate<'_> {
    /// The name in the findings.
    fn name(&self) -> String {
        let name = self.scheme.name();
        if self.extrapolated { format!("extrapolated {name}") } else { name.into() }
    }

    /// The order that is claimed.
    fn claim(&self) -> u32 {
        self.scheme_order() + u32::from(self.extrapolated)
    }

    /// The order that scheme and weight rule claim together; the certificate proves it.
    fn scheme_order(&self) -> u32 {
        let weighted = self.problem.weighted();
        self.scheme.weak_order().min(if weighted { self.weight().weak_order() } else { u32::MAX })
    }

    /// The weight rule; where there is no rate it plays no role.
    fn weight(&self) -> WeightRule {
        if self.problem.weighted() { self.settings.weight } else { WeightRule::Trapezoidal }
    }

    /// Findings of `method` without data yet.
    fn findings(&self, method: OrderMethod) -> OrderFindings {
        OrderFindings {
            scheme: self.name(),
            weight: self.problem.weighted().then(|| self.settings.weight.name().into()),
            observable: self.settings.observable.name.clone(),
            method: method.name().into(),
            steps: Vec::new(),
            errors: Vec::new(),
            stderrs: Vec::new(),
            local_orders: Vec::new(),
            fitted_from: 0,
            fitted_to: 0,
            order: None,
            expected: self.claim(),
            constant: None,
            paths_needed: None,
            paths: None,
            estimator: None,
            leading_error: None,
            certificate: None,
        }
    }

    /// The line of `points` in the picture.
    fn line(
        &self,
        method: OrderMethod,
        points: &[Point],
        fitted: std::ops::Range<usize>,
        fit: Option<OrderFit>,
    ) -> OrderLine {
        OrderLine {
            label: format!("{}, {}", self.name(), method.name()),
            steps: points.iter().map(|point| point.step).collect(),
            errors: points.iter().map(|point| point.error).collect(),
            stderrs: points.iter().map(|point| point.stderr).collect(),
            fitted,
            fit,
        }
    }
}
