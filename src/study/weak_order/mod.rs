//! The kind "weak-order": the weak order of schemes, by independent methods: exact algebra (`proof`), the noise-free law
//! (`law`) and Monte Carlo (`monte_carlo`) on coupled levels or with a control variate (`controlled`); the last two
//! are also held against each other, and see what `extrapolation` makes of a scheme. Algebra and law together predict the
//! constant (`prediction`).

mod controlled;
mod extrapolation;
mod law;
mod monte_carlo;
mod prediction;
mod proof;
mod settings;
mod signed_errors;
mod work;

pub use settings::{KIND, WeakOrder};

use super::basis::Basis;
use super::breakdown::Breakdown;
use super::figure::{Figure, OrderFit, OrderLine, OrderPlot, Plot, PowerPlot};
use super::findings::{Check, StudyFindings};
use super::fit::{Point, noise_free_order};
use super::kind::{Context, Found, Limit};
use super::oracle::Oracle;
use super::order::{OrderFindings, OrderMethod};
use super::t_threshold;
use crate::model::Problem;
use crate::particles::coupled::Difference;
use crate::schemes::{Equation, Scheme, WeightRule, order_with};
use crate::statistics::{largest, score};
use work::Work;

/// Most steps on the coarsest of the coupled levels, whose differences drown in noise where steps are fine.
const COARSE_FIRST_STEPS: usize = 16;
/// The same with a control variate.
const FINE_FIRST_STEPS: usize = 64;

/// One scheme under study.
#[derive(Clone, Copy)]
struct Candidate<'a> {
    problem: &'a Problem,
    settings: &'a WeakOrder,
    scheme: &'static dyn Scheme,
    /// Whether its values are extrapolated.
    extrapolated: bool,
}

/// What one method found.
struct Witness {
    findings: StudyFindings,
    line: Option<OrderLine>,
}

/// What the methods found until now, beside what goes to the report at once.
#[derive(Default)]
struct Progressing {
    lines: Vec<OrderLine>,
    works: Vec<Work>,
}

impl WeakOrder {
    /// Whether this method is to be used.
    fn uses(&self, method: OrderMethod) -> bool {
        self.methods.contains(&method)
    }

    /// Calls the methods for every scheme, and draws what they found, after a breakdown too.
    fn study(&self, context: &Context<'_>, found: &mut Found) -> Result<(), Breakdown> {
        let mut progressing = Progressing::default();
        let outcome = self.call_methods(context, found, &mut progressing);
        let problem = context.problem();
        let Progressing { lines, works } = progressing;
        let limit = found.limits.last().and_then(|limit| self.limit_check(context, limit.value));
        found.checks.extend(limit);
        if !lines.is_empty() {
            found.figures.push(self.orders_figure(problem, lines));
        }
        if works.len() > 1 {
            found.figures.push(self.work_figure(&works));
        }
        outcome
    }

    fn orders_figure(&self, problem: &Problem, lines: Vec<OrderLine>) -> Figure {
        let weight =
            if problem.weighted() { format!(", {} weight", self.weight.name()) } else { String::new() };
        let predicted = match self.uses(OrderMethod::Prediction) {
            true => "; predicted lines have no free parameter",
            false => "",
        };
        Figure {
            id: "weak-order".into(),
            title: "Weak order".into(),
            caption: format!(
                "Error of the expectation of {} at the horizon against the step{weight}: noise-free law, and coupled \
                 Monte-Carlo levels with 95 % bars{predicted}.",
                self.observable.name,
            ),
            plot: Plot::Orders(OrderPlot { step_name: "step h".into(), lines }),
        }
    }

    fn work_figure(&self, works: &[Work]) -> Figure {
        Figure {
            id: "work".into(),
            title: "Work for precision".into(),
            caption: format!(
                "Root-mean-square error of the expectation of {} against the evaluations of drift and noise on all \
                 paths, where bias (of the noise-free law) and standard error are equal; {}.",
                self.observable.name,
                work::summary(works)
            ),
            plot: Plot::Powers(PowerPlot {
                x_name: "evaluations".into(),
                y_name: "root-mean-square error".into(),
                lines: works.iter().map(Work::line).collect(),
            }),
        }
    }

    fn call_methods(
        &self,
        context: &Context<'_>,
        found: &mut Found,
        progressing: &mut Progressing,
    ) -> Result<(), Breakdown> {
        let problem = context.problem();
        let plain = |&scheme| Candidate { problem, settings: self, scheme, extrapolated: false };
        let candidates = self.schemes.iter().map(plain);
        if self.uses(OrderMethod::Proof) {
            found.outcomes.extend(candidates.clone().map(|candidate| proof::witness(candidate).findings));
        }
        let with_law = self.uses(OrderMethod::Law) || self.uses(OrderMethod::Prediction);
        if !with_law && !self.uses(OrderMethod::MonteCarlo) {
            return Ok(());
        }
        let ladder = law::StepCounts::new(problem, self);
        let oracle = self.oracle(&context.basis, &ladder, with_law)?;
        let equation = oracle.equation();
        let equation = equation.as_ref();
        let laws = if with_law { Some(law::Laws::new(problem, self, &ladder, equation)?) } else { None };
        found.limits.extend(laws.as_ref().map(|laws| Limit {
            observable: self.observable.name.clone(),
            value: (laws.reference.value, laws.reference.error),
        }));
        let centres = context.basis.grid.filter(|_| problem.reacts()).map(|settings| {
            let grid = settings.grid();
            (0..grid.len()).map(|cell| grid.centre(cell)[0]).collect()
        });
        let methods =
            Methods { settings: self, context, equation, ladder: &ladder, laws: laws.as_ref(), centres };
        for candidate in candidates {
            methods.measure(candidate, found, progressing);
        }
        Ok(())
    }

    /// The equation with an oracle that is recorded at all steps of the methods.
    fn oracle<'a>(
        &self,
        basis: &Basis<'a>,
        ladder: &law::StepCounts,
        with_law: bool,
    ) -> Result<Oracle<'a>, Breakdown> {
        let finest = if self.extrapolate { 4 } else { 2 };
        let own = |step: &f64| finest * (basis.problem.horizon / step).round() as usize;
        let mut counts = if with_law { ladder.step_counts().to_vec() } else { Vec::new() };
        counts.extend(self.steps.iter().map(own));
        Oracle::new(basis.needs_paths()?, &counts)
    }

    /// The limit h → 0 of the noise-free law, (value, error), against the grid, which shares none of its code.
    fn limit_check(&self, context: &Context<'_>, (value, error): (f64, f64)) -> Option<Check> {
        let (grid, grid_error) = context.grid_value(&self.observable)?;
        let threshold = error + grid_error;
        threshold.is_finite().then(|| {
            Check::at_most(
                format!("{}: the law's limit for small steps is the grid's value", self.observable.name),
                (value - grid).abs(),
                threshold,
                "error of the extrapolated law, of the grid, and of the oracle that the law reads",
            )
        })
    }
}

/// What the methods of one study share.
struct Methods<'a> {
    settings: &'a WeakOrder,
    context: &'a Context<'a>,
    equation: &'a dyn Equation,
    ladder: &'a law::StepCounts,
    laws: Option<&'a law::Laws<'a>>,
    /// Cell centres of the grid that the weights read.
    centres: Option<Vec<f64>>,
}

impl Methods<'_> {
    /// The noise-free law, the prediction and Monte Carlo for one scheme, as it is and extrapolated.
    fn measure(&self, candidate: Candidate<'_>, found: &mut Found, progressing: &mut Progressing) {
        let law = self.laws.map(|laws| {
            (self.context.progress)(&format!("law of {}", candidate.scheme.name()), 0.0);
            laws.values(candidate, self.ladder)
        });
        let accelerated = self.settings.extrapolate.then_some(Candidate { extrapolated: true, ..candidate });
        for candidate in [Some(candidate), accelerated].into_iter().flatten() {
            let law = law.as_ref().map(|law| match candidate.extrapolated {
                false => law.clone(),
                true => extrapolation::values(candidate, self.ladder, law),
            });
            let predicted = self.predict(candidate);
            if let (Some(laws), Some(law)) = (self.laws, &law) {
                let mut accept = |witness: Witness| {
                    found.outcomes.push(witness.findings);
                    progressing.lines.extend(witness.line);
                };
                if self.settings.uses(OrderMethod::Law) {
                    accept(laws.witness(candidate, self.ladder, law, predicted));
                }
                if self.settings.uses(OrderMethod::Prediction) && !candidate.extrapolated {
                    let points = laws.points(candidate, self.ladder, law);
                    accept(match predicted {
                        Some(predicted) => prediction::witness(candidate, predicted, &points),
                        None => prediction::absent(candidate),
                    });
                }
            }
            if self.settings.uses(OrderMethod::MonteCarlo) {
                self.sample(candidate, law.as_deref(), predicted, found, progressing);
            }
        }
    }

    fn predict(&self, candidate: Candidate<'_>) -> Option<prediction::Predicted> {
        if !self.settings.uses(OrderMethod::Prediction) || candidate.extrapolated {
            return None;
        }
        let laws = self.laws?;
        let duals = laws.duals(self.ladder)?;
        let unknown = laws.reference.error / laws.reference.value.abs().max(1.0);
        prediction::predict(candidate, self.equation, self.centres.as_deref(), duals, unknown)
    }

    /// Monte Carlo, and what it is held against.
    fn sample(
        &self,
        candidate: Candidate<'_>,
        law: Option<&[law::Value]>,
        predicted: Option<prediction::Predicted>,
        found: &mut Found,
        progressing: &mut Progressing,
    ) {
        let ladder = self.ladder;
        let difference = |steps: usize| {
            let value = |steps| Some(law?[ladder.position(steps)?].value);
            Some(value(2 * steps)? - value(steps)?).filter(|difference| difference.is_finite())
        };
        let order = self.laws.zip(law).and_then(|(laws, law)| {
            noise_free_order(&laws.points(candidate, ladder, law)).map(|fit| fit.limit)
        });
        let expected = monte_carlo::Expected { difference: &difference, order };
        // Steps whose first is not longer than the horizon over this many.
        let steps = |most_first| match (self.laws, law) {
            (Some(laws), Some(law)) if self.settings.free_steps => {
                laws.asymptotic_steps(candidate, ladder, law, most_first)
            }
            _ => (self.settings.steps.clone(), true),
        };
        let control = || {
            let backward = self.laws?.backward(ladder)?;
            Some(monte_carlo::Control { backward, steps: steps(FINE_FIRST_STEPS).0 })
        };
        let (coupled, settled) = steps(COARSE_FIRST_STEPS);
        let coupled = (settled || self.laws.is_none()).then_some(coupled);
        let stage = format!("Monte-Carlo order of {}", candidate.name());
        let progress = |share| (self.context.progress)(&stage, share);
        let (witness, levels) =
            monte_carlo::witness(candidate, self.equation, coupled, control, expected, &progress);
        if let Some(law) = law {
            found.checks.extend(agreement(candidate, ladder, law, &levels));
            let line = |predicted| line_check(candidate, predicted, ladder, law, &levels);
            found.checks.extend(predicted.and_then(line));
            let reference = self.laws.map(|laws| laws.reference);
            let deviation = levels.last().map(|level| level.deviation);
            progressing.works.extend(reference.zip(deviation).and_then(|(reference, deviation)| {
                Work::new(candidate, self.equation, ladder, law, reference, deviation)
            }));
        }
        found.outcomes.push(witness.findings);
        progressing.lines.extend(witness.line);
    }
}

/// The Monte-Carlo level differences against −C(1 − 2⁻ᵖ)hᵖ, the line that was predicted without a free parameter. How far
/// the next powers of h bend away from it is known from the noise-free law.
fn line_check(
    candidate: Candidate<'_>,
    predicted: prediction::Predicted,
    ladder: &law::StepCounts,
    law: &[law::Value],
    levels: &[monte_carlo::Measured],
) -> Option<Check> {
    let excess = |level: &monte_carlo::Measured| {
        let line = predicted.difference(candidate.problem.horizon / level.steps as f64);
        let (coarse, fine) = (known(ladder, law, level.steps)?, known(ladder, law, 2 * level.steps)?);
        let bend = (fine.value - coarse.value - line).abs() + fine.error + coarse.error;
        let Difference { value, stderr } = level.difference;
        Some(score((value - line).abs(), bend, stderr))
    };
    let worst = largest(levels.iter().filter_map(excess))?;
    Some(Check::at_most(
        format!("{}: Monte-Carlo levels lie on the predicted line", candidate.name()),
        worst,
        t_threshold(1000),
        "largest distance from C·hᵖ, beyond the bend of the law, in standard errors; Student's t at 1e-9",
    ))
}

/// The noise-free expectation with so many steps, where it is known.
fn known(ladder: &law::StepCounts, law: &[law::Value], steps: usize) -> Option<law::Value> {
    ladder
        .position(steps)
        .map(|place| law[place])
        .filter(|own| own.value.is_finite() && own.error.is_finite())
}

/// The Monte-Carlo level differences against those of the noise-free law, which know no noise; and where a control
/// variate made them, the means without it, which know all that the variates of the paths do.
fn agreement(
    candidate: Candidate<'_>,
    ladder: &law::StepCounts,
    law: &[law::Value],
    levels: &[monte_carlo::Measured],
) -> Vec<Check> {
    let value = |steps: usize| known(ladder, law, steps);
    let standard_errors = |measured: Difference, value: f64, error: f64| {
        score((measured.value - value).abs(), error, measured.stderr)
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
        Check::at_most(
            format!("{}: Monte-Carlo {what} agree with the noise-free law", candidate.name()),
            worst,
            t_threshold(1000),
            "largest distance in standard errors; Student's t at 1e-9",
        )
    };
    let (levels, means) = (largest(differences), largest(means));
    [("levels", levels), ("means", means)]
        .into_iter()
        .filter_map(|(what, worst)| Some(check(what, worst?)))
        .collect()
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
        order_with(self.scheme, self.weight(), weighted)
    }

    /// The weight rule; where there is no rate it plays no role.
    fn weight(&self) -> WeightRule {
        if self.problem.weighted() { self.settings.weight } else { WeightRule::Trapezoidal }
    }

    /// Findings of `method` without data yet.
    fn findings(&self, method: OrderMethod) -> OrderFindings {
        let (scheme, observable) = (self.name(), &self.settings.observable.name);
        let weight = self.problem.weighted().then(|| self.settings.weight.name().to_string());
        let with = weight.as_ref().map(|weight| format!(" with {weight} weight")).unwrap_or_default();
        let subject = match method {
            OrderMethod::Proof => format!("weak order of {scheme}{with}, by exact algebra"),
            OrderMethod::Law => {
                format!("weak order of {scheme}{with} for {observable}, by its noise-free law")
            }
            OrderMethod::Prediction => {
                format!(
                    "weak order of {scheme}{with} for {observable}, its constant predicted by the certificate"
                )
            }
            _ => format!("weak order of {scheme}{with} for {observable}, by Monte Carlo"),
        };
        OrderFindings {
            kind: KIND.name,
            subject,
            scheme,
            weight,
            observable: observable.clone(),
            method,
            expected: self.claim(),
            ..OrderFindings::default()
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
