//! The kind "weak-order": the weak order of schemes, by independent methods: exact algebra (`proof`), the noise-free expectation
//! (`law`) and Monte Carlo (`monte_carlo`) on coupled levels or with a control variate (`controlled`); the last two
//! are also held against each other, and see what `extrapolation` makes of a scheme. Algebra and law together predict the
//! constant (`prediction`).

mod candidate;
mod checks;
mod controlled;
mod extrapolation;
mod law;
mod monte_carlo;
mod prediction;
mod proof;
mod settings;
mod signed_errors;
mod step_counts;
mod work;

pub use settings::{KIND, WeakOrder};

use super::basis::Basis;
use super::breakdown::Breakdown;
use super::figure::{Figure, OrderLine, OrderPlot, Plot, PowerPlot};
use super::findings::{Check, StudyFindings};
use super::fit::noise_free_order;
use super::kind::{Context, Found, Limit};
use super::oracle::Oracle;
use super::order::OrderMethod;
use super::sample::narrow_in_time;
use super::verdict::Verdict;
use crate::model::Problem;
use crate::panics::caught;
use crate::schemes::Equation;
use candidate::{Candidate, Judged};
use checks::{agreement, line_check};
use step_counts::StepCounts;
use work::Work;

/// Most steps on the coarsest of the coupled levels, whose differences drown in noise where steps are fine.
const COARSE_FIRST_STEPS: usize = 16;
/// The same with a control variate.
const FINE_FIRST_STEPS: usize = 64;

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
                "Error of the expectation of {} at the horizon against the step{weight}: noise-free expectation, and coupled \
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
                 paths, where bias (of the noise-free expectation) and standard error are equal; {}.",
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
            found.outcomes.extend(candidates.clone().map(|candidate| proof::judge(candidate).findings));
        }
        let with_law = self.uses(OrderMethod::Law) || self.uses(OrderMethod::Prediction);
        if !with_law && !self.uses(OrderMethod::MonteCarlo) {
            return Ok(());
        }
        let step_counts = StepCounts::new(problem, self);
        let oracle = self.oracle(&context.basis, &step_counts, with_law)?;
        let equation = oracle.equation();
        let equation = equation.as_ref();
        let laws = with_law.then(|| law::Laws::new(problem, self, &step_counts, equation)).transpose();
        let laws = match laws {
            // Other methods need no law.
            Err(breakdown) if self.uses(OrderMethod::MonteCarlo) || self.uses(OrderMethod::Proof) => {
                found.outcomes.extend(candidates.clone().flat_map(|own| self.without_law(own, &breakdown)));
                None
            }
            laws => laws?,
        };
        found.limits.extend(laws.as_ref().map(|laws| Limit {
            observable: self.observable.name.clone(),
            value: (laws.reference.value, laws.reference.error),
        }));
        let centres = context.basis.grid.filter(|_| problem.reacts()).map(|settings| {
            let grid = settings.grid();
            (0..grid.len()).map(|cell| grid.centre(cell)[0]).collect()
        });
        let methods = Methods {
            settings: self,
            context,
            equation,
            step_counts: &step_counts,
            laws: laws.as_ref(),
            centres,
        };
        for candidate in candidates {
            if let Err(panic) = caught(|| methods.measure(candidate, found, progressing)) {
                found.outcomes.push(self.panicked(candidate, &panic));
            }
        }
        Ok(())
    }

    /// What is said of the methods by the law where it breaks down.
    fn without_law(&self, candidate: Candidate<'_>, breakdown: &Breakdown) -> Vec<StudyFindings> {
        let methods = [OrderMethod::Law, OrderMethod::Prediction].into_iter().filter(|own| self.uses(*own));
        let row = |method| {
            let why = format!("the law breaks down: {breakdown}");
            StudyFindings::new(candidate.findings(method), Verdict::Inconclusive, why)
        };
        methods.map(row).collect()
    }

    /// What is said of a scheme whose code panics where it runs.
    fn panicked(&self, candidate: Candidate<'_>, panic: &str) -> StudyFindings {
        let runs = |method: &OrderMethod| *method != OrderMethod::Proof;
        let method = self.methods.iter().copied().find(runs).unwrap_or(OrderMethod::MonteCarlo);
        let why = format!("not measured: the code of {} panics: {panic}", candidate.scheme.name());
        StudyFindings::new(candidate.findings(method), Verdict::Fail, why)
    }

    /// The equation with an oracle that is recorded at all steps of the methods.
    fn oracle<'a>(
        &self,
        basis: &Basis<'a>,
        step_counts: &StepCounts,
        with_law: bool,
    ) -> Result<Oracle<'a>, Breakdown> {
        let finest = if self.extrapolate { 4 } else { 2 };
        let own = |step: &f64| finest * (basis.problem.horizon / step).round() as usize;
        let mut counts = if with_law { step_counts.all().to_vec() } else { Vec::new() };
        counts.extend(self.steps.iter().map(own));
        Oracle::new(basis.needs_paths()?, &counts)
    }

    /// The limit h → 0 of the noise-free expectation, (value, error), against the grid, which shares none of its code.
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
    step_counts: &'a StepCounts,
    laws: Option<&'a law::Laws<'a>>,
    /// Cell centres of the grid that the weights read.
    centres: Option<Vec<f64>>,
}

impl Methods<'_> {
    /// The noise-free expectation, the prediction and Monte Carlo for one scheme, as it is and extrapolated.
    fn measure(&self, candidate: Candidate<'_>, found: &mut Found, progressing: &mut Progressing) {
        let law = self.laws.map(|laws| {
            (self.context.progress)(&format!("law of {}", candidate.scheme.name()), 0.0);
            laws.values(candidate, self.step_counts)
        });
        let accelerated = self.settings.extrapolate.then_some(Candidate { extrapolated: true, ..candidate });
        for candidate in [Some(candidate), accelerated].into_iter().flatten() {
            let law = law.as_ref().map(|law| match candidate.extrapolated {
                false => law.clone(),
                true => extrapolation::values(candidate, self.step_counts, law),
            });
            let predicted = self.predict(candidate);
            if let (Some(laws), Some(law)) = (self.laws, &law) {
                let mut accept = |judged: Judged| {
                    found.outcomes.push(judged.findings);
                    progressing.lines.extend(judged.line);
                };
                if self.settings.uses(OrderMethod::Law) {
                    accept(laws.judge(candidate, self.step_counts, law, predicted));
                }
                if self.settings.uses(OrderMethod::Prediction) && !candidate.extrapolated {
                    let points = laws.points(candidate, self.step_counts, law);
                    accept(match predicted {
                        Some(predicted) => prediction::judge(candidate, predicted, &points),
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
        let duals = laws.duals(self.step_counts)?;
        let unknown = laws.reference.error / laws.reference.value.abs().max(laws.size);
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
        let step_counts = self.step_counts;
        let difference = |steps: usize| {
            let value = |steps| Some(law?[step_counts.position(steps)?].value);
            Some(value(2 * steps)? - value(steps)?).filter(|difference| difference.is_finite())
        };
        let order = self.laws.zip(law).and_then(|(laws, law)| {
            noise_free_order(&laws.points(candidate, step_counts, law)).map(|fit| fit.limit)
        });
        let expected = monte_carlo::Expected { difference: &difference, order };
        // Steps whose first is not longer than the horizon over this many.
        let steps = |most_first| match (self.laws, law) {
            (Some(laws), Some(law)) if self.settings.free_steps => {
                laws.asymptotic_steps(candidate, step_counts, law, most_first)
            }
            _ => (self.settings.steps.clone(), true),
        };
        let control = || {
            let backward = self.laws?.backward(step_counts)?;
            Some(monte_carlo::Control { backward, steps: steps(FINE_FIRST_STEPS).0 })
        };
        let (coupled, settled) = steps(COARSE_FIRST_STEPS);
        let coupled = (settled || self.laws.is_none()).then_some(coupled);
        let stage = format!("Monte-Carlo order of {}", candidate.name());
        let progress = |share| (self.context.progress)(&stage, share);
        let (mut judged, levels) =
            monte_carlo::judge(candidate, self.equation, coupled, control, expected, &progress);
        // Without the noise-free expectation, nothing else says whether the steps are short enough.
        if law.is_none() && judged.findings.verdict == Verdict::Fail {
            judged.spare_proved(candidate);
        }
        // Steps that do not see a feature in time have it wrong alike.
        let finest = self.settings.steps.iter().copied().fold(f64::INFINITY, f64::min);
        if judged.findings.verdict == Verdict::Pass
            && let Some(why) = narrow_in_time(self.context.problem(), finest)
        {
            judged.findings = judged.findings.undecided(why);
        }
        if let Some(law) = law {
            found.checks.extend(agreement(candidate, step_counts, law, &levels));
            let line = |predicted| line_check(candidate, predicted, step_counts, law, &levels);
            found.checks.extend(predicted.and_then(line));
            let reference = self.laws.map(|laws| laws.reference);
            let deviation = levels.last().map(|level| level.deviation);
            progressing.works.extend(reference.zip(deviation).and_then(|(reference, deviation)| {
                Work::new(candidate, self.equation, step_counts, law, reference, deviation)
            }));
        }
        found.outcomes.push(judged.findings);
        progressing.lines.extend(judged.line);
    }
}
