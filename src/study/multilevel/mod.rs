//! Multilevel Monte Carlo (Giles 2008, Operations Research 56, 607–617): E P_L = E P₀ + Σ (E P_ℓ − E P_{ℓ−1}), with few
//! paths on the fine levels, whose differences vary little, and many on the coarse ones, which are cheap.
//!
//! `estimator` has the algorithm, `unseen` what few paths or none have met, this file what is found and shown.

mod estimator;
mod findings;
mod pilot;
mod unseen;

use super::figure::{Figure, OrderFit, Plot, PowerLine, PowerPlot};
use super::fit::{Corrections, OrderJudgement, Point, PowerLaw};
use super::narrow_in_space::narrow_in_space;
use super::oracle::Oracle;
use super::plan::{fitting_schemes, mismatch};
use super::prelude::*;
use super::sample::time_warnings;
use super::step_bias::undecided;
use super::turning::note_turn_of_levels;
use super::unmet_rate::unmet_rate;
use crate::model::{Observable, Problem};
use crate::particles::Motion;
use crate::schemes::{CATALOGUE, Scheme, WeightRule, order_with};
use crate::statistics::{Interval, score};
use crate::symbolic::Variate;
use estimator::{Ending, Estimator};
pub use findings::{LevelFindings, MultilevelEstimate, MultilevelFindings};
use pilot::Pilot;

/// Degrees of freedom of the standard errors: every level has thousands of paths.
const DEGREES_OF_FREEDOM: usize = 1000;

/// The least accuracy: its square is still a number.
const LEAST: f64 = 1e-150;
/// The most steps of the coarsest level.
const MOST_COARSEST: usize = 1 << 16;

const SCHEME: Key = Key {
    name: "scheme",
    holds: Type::Scheme,
    unit: "",
    default: Some("the first of the catalogue that fits"),
    meaning: "The scheme on every level.",
};
const ACCURACY: Key = Key {
    name: "accuracy",
    holds: Type::Number(Range::Above(0.0)),
    unit: "that of the observable",
    default: Some("accuracies"),
    meaning: "The root-mean-square error to reach.",
};
const ACCURACIES: Key = Key {
    name: "accuracies",
    holds: Type::Numbers(Range::Above(0.0), Order::Falling, 1),
    unit: "that of the observable",
    default: Some("accuracy"),
    meaning: "Several of them; each is a run as if it were alone.",
};
const COARSEST: Key = Key {
    name: "coarsest",
    holds: Type::Number(Range::Above(0.0)),
    unit: "time",
    default: Some("a quarter of the horizon"),
    meaning: "Step of the coarsest level; it divides the horizon.",
};
const MAX_LEVELS: Key = Key {
    name: "max-levels",
    // Each halves the step, and nobody has paths for 2⁻²⁰ of the coarsest.
    holds: Type::Whole(Range::Within(3.0, 20.0)),
    unit: "",
    default: Some("8"),
    meaning: "Most levels, the coarsest included; each halves the step.",
};
const MAX_PATHS: Key = Key {
    name: "max-paths",
    holds: Type::Whole(Range::From(4096.0)),
    unit: "",
    default: Some("1e8"),
    meaning: "Upper bound on the paths of one level.",
};

/// The kind.
pub static KIND: Kind = Kind {
    name: "multilevel",
    summary: "Multilevel Monte Carlo to given accuracies.",
    needs: &[Need::Paths],
    keys: &[SCHEME, WEIGHT, OBSERVABLE, ACCURACY, ACCURACIES, COARSEST, MAX_LEVELS, MAX_PATHS, SEED],
    read,
    outcome: Some(|generator| generator.subschema_for::<MultilevelFindings>()),
};

fn read(values: &Values, basis: &Basis<'_>) -> Result<Arc<dyn Study>, Fault> {
    let usual = || fitting_schemes(basis.problem).next().unwrap_or(CATALOGUE[0]);
    let accuracies = match (values.number(ACCURACY.name), values.numbers(ACCURACIES.name)) {
        (Some(one), None) => vec![one],
        (None, Some(all)) => all.into(),
        (None, None) => {
            let message = "found nothing; expected the standard error to reach, or accuracies = [...]";
            return Err(Fault::at(ACCURACY.name, message));
        }
        (Some(_), Some(_)) => {
            return Err(Fault::at(ACCURACIES.name, "found it beside accuracy; expected one of the two"));
        }
    };
    let horizon = basis.problem.horizon;
    let coarsest = match values.number(COARSEST.name) {
        Some(step) => parts(step, horizon).ok_or_else(|| Fault::at(COARSEST.name, divides(step, horizon)))?,
        None => 4,
    };
    Ok(Arc::new(Multilevel {
        scheme: values.schemes(SCHEME.name).map_or_else(usual, |(schemes, _)| schemes[0]),
        weight: weight(values),
        observable: observable(values, basis)?,
        accuracies,
        coarsest,
        max_levels: values.whole(MAX_LEVELS.name).unwrap_or(8) as usize,
        max_paths: values.whole(MAX_PATHS.name).unwrap_or(100_000_000),
        seed: values.whole(SEED.name).unwrap_or(1),
    }))
}

/// A multilevel estimate.
#[derive(Clone, Debug)]
pub struct Multilevel {
    /// The scheme.
    pub scheme: &'static dyn Scheme,
    /// Weight rule beside it.
    pub weight: WeightRule,
    /// What is estimated.
    pub observable: Observable,
    /// Root-mean-square errors to reach, falling; each is a run as if it were alone.
    pub accuracies: Vec<f64>,
    /// Steps of the paths on the coarsest level.
    pub coarsest: usize,
    /// Most levels, the coarsest included; each halves the step.
    pub max_levels: usize,
    /// Upper bound on the paths of one level.
    pub max_paths: u64,
    /// Seed.
    pub seed: u64,
}

impl Study for Multilevel {
    fn kind(&self) -> &'static Kind {
        &KIND
    }

    fn reads_limits(&self) -> bool {
        true
    }

    fn values(&self) -> Values {
        Values::default()
            .with(ACCURACIES.name, &self.accuracies[..])
            .with(MAX_LEVELS.name, self.max_levels as u64)
            .with(MAX_PATHS.name, self.max_paths)
    }

    fn faults(&self, basis: &Basis<'_>) -> Vec<Fault> {
        let fits = match mismatch(self.scheme, basis.problem) {
            Some(message) => Err(Fault::at(SCHEME.name, message)),
            None => Ok(()),
        };
        let some = match self.coarsest {
            0 => Err(Fault::at(COARSEST.name, "found no steps; expected at least one on the coarsest level")),
            steps if steps > MOST_COARSEST => {
                let message =
                    format!("found {steps} steps on the coarsest level; expected at most {MOST_COARSEST}");
                Err(Fault::at(COARSEST.name, message))
            }
            _ => Ok(()),
        };
        let tiny = self.accuracies.iter().find(|accuracy| **accuracy < LEAST);
        let possible = tiny.map_or(Ok(()), |tiny| {
            Err(Fault::at(
                ACCURACY.name,
                format!("found {tiny:e}; expected at least {LEAST:e}, whose square is still a number"),
            ))
        });
        unmet([fits, some, possible, basis.needs_plain_box("particles have the whole line")])
    }

    fn reseeded(&self, seed: u64) -> Option<Arc<dyn Study>> {
        Some(Arc::new(Self { seed, ..self.clone() }))
    }

    fn quick(&self, _problem: &Problem) -> Quick {
        Quick::Nothing
    }

    /// Estimates the expectation to every accuracy, and holds the estimates against the grid, or else against the limit of
    /// the noise-free expectation that an earlier weak-order study found.
    fn run(&self, context: &Context<'_>, found: &mut Found) -> Result<(), Breakdown> {
        let problem = context.problem();
        let oracle = Oracle::new(context.basis.needs_paths()?, &[self.coarsest << (self.max_levels - 1)])?;
        let equation = oracle.equation();
        let weighted = problem.weighted();
        let weight = if weighted { self.weight } else { WeightRule::Trapezoidal };
        let motion = Motion { sde: equation.as_ref(), scheme: self.scheme, weight, weighted };
        let order = order_with(self.scheme, weight, weighted);

        let (mut estimates, mut claims, mut endings) = (Vec::new(), Vec::new(), Vec::new());
        let mut open = Vec::new();
        for &accuracy in &self.accuracies {
            let stage = format!("multilevel Monte Carlo to {accuracy}");
            let mut estimator = Estimator::new(problem, self, motion, order, accuracy);
            let ending = estimator.run(&|share| (context.progress)(&stage, share));
            endings.push(ending);
            let estimate = estimator.findings(ending);
            if let Some(rare) = estimator.rare() {
                found.warnings.push(rare);
            }
            let few = ending != Ending::Reached && estimator.unseen() > 0.0;
            if matches!(ending, Ending::Reached | Ending::Paths(_)) && !few {
                let mut bias = estimator.step_bias();
                note_turn_of_levels(problem, &mut bias);
                match bias.reason(accuracy) {
                    Some(why) => open.push(why),
                    None => {
                        let (value, stderr) = estimator.corrected();
                        let margin = (bias.allowance + estimator.unseen()).min(accuracy);
                        claims.push(Claim { accuracy, value, stderr, margin });
                    }
                }
            }
            estimates.push(estimate);
        }
        let differences = estimates.last().map_or(&[][..], |last| last.levels.get(1..).unwrap_or_default());
        let means = law(differences, |level| (level.mean, level.mean_stderr));
        let variances = law(differences, |level| (level.variance, level.variance_stderr));
        let (mut verdict, mut why) = judge(self, order, &estimates, &endings, means.as_ref());
        if verdict == Verdict::Pass && couples_loosely(self.scheme, problem.noises()) {
            why += "; levels of discrete variates couple loosely, take Gaussian ones";
        }
        let (checks, undecided) = self.checks(&claims, context);
        open.extend(undecided);
        open.extend(self.unresolved(context, &estimates));
        let unmet = self.unmet(problem, motion, &estimates);
        open.extend(unmet.first().cloned());
        found.warnings.extend(unmet);
        if let (Verdict::Pass, Some(reason)) = (verdict, open.pop()) {
            (verdict, why) = (Verdict::Inconclusive, reason);
        }
        let needed = endings.iter().filter_map(|ending| match ending {
            Ending::Paths(paths) => Some(*paths),
            _ => None,
        });
        let findings = MultilevelFindings {
            scheme: self.scheme.name().into(),
            weight: weighted.then(|| weight.name().into()),
            observable: self.observable.name.clone(),
            expected: order,
            mean_order: means.as_ref().map(PowerLaw::interval),
            variance_order: variances.as_ref().map(PowerLaw::interval),
            paths_needed: needed.max(),
            estimates,
        };
        found.figures = figures(&findings, [means.as_ref(), variances.as_ref()]);
        found.outcomes.push(StudyFindings::new(findings, verdict, why));
        found.checks = checks;
        Ok(())
    }
}

/// How many equal parts a step makes of the horizon; `None` if it does not divide it.
pub fn parts(step: f64, horizon: f64) -> Option<usize> {
    let count = (horizon / step).round();
    let fits = step > 0.0 && step <= horizon && (count * step - horizon).abs() <= 1e-9 * horizon;
    fits.then_some(count as usize)
}

/// What is said of a step that does not divide the horizon.
pub fn divides(step: f64, horizon: f64) -> String {
    format!("found {step}; expected a step that divides the horizon, {horizon}, into equal parts")
}

/// An estimate without its predicted bias.
struct Claim {
    accuracy: f64,
    value: f64,
    stderr: f64,
    /// What the next order contributes to the prediction, but no more than the accuracy.
    margin: f64,
}

/// The power law in the step of something of the levels, if one fits.
fn law(levels: &[LevelFindings], of: impl Fn(&LevelFindings) -> (f64, f64)) -> Option<PowerLaw> {
    let point = |level: &LevelFindings| {
        let (error, stderr) = of(level);
        Point { step: level.step, error, stderr }
    };
    let points: Vec<Point> = levels.iter().map(point).collect();
    PowerLaw::fit(&points, Corrections::OF_STEPS).filter(PowerLaw::adequate)
}

fn judge(
    settings: &Multilevel,
    order: u32,
    estimates: &[MultilevelEstimate],
    endings: &[Ending],
    means: Option<&PowerLaw>,
) -> (Verdict, String) {
    for (estimate, ending) in estimates.iter().zip(endings) {
        let MultilevelEstimate { accuracy, stderr, bias, .. } = estimate;
        let why = match ending {
            Ending::Reached => continue,
            Ending::Unstable(step, exploded, paths) => {
                format!(
                    "{exploded} of {paths} paths exploded with step {step}: start from a smaller coarsest one"
                )
            }
            Ending::Levels => format!(
                "{} levels leave a bias of {bias:.1e}, too much for accuracy {accuracy}",
                settings.max_levels
            ),
            Ending::Rare(unseen) => format!(
                "rare: what few paths have met, or none, may add {unseen:.1e} (at 95 %), too much for accuracy {accuracy}: \
                 take more paths"
            ),
            Ending::Paths(_) => {
                format!("max-paths leaves a standard error of {stderr:.1e}, too much for accuracy {accuracy}")
            }
        };
        return (Verdict::Inconclusive, why);
    }
    // The bias is estimated with the order: if the levels refute it, the estimate is not to be trusted.
    if let Some(means) = means
        && let OrderJudgement { verdict: Verdict::Fail, why, .. } = means.judge(f64::from(order))
    {
        return (Verdict::Inconclusive, format!("the bias may be larger than it looks: {why}"));
    }
    let Some(last) = estimates.last() else {
        return (Verdict::Inconclusive, "nothing was asked for".into());
    };
    let gain = last.plain_cost / last.cost;
    let why = format!(
        "accuracy {} with {} levels and {:.1e} steps; plain Monte Carlo would take {gain:.2} times as many",
        last.accuracy,
        last.levels.len(),
        last.cost
    );
    (Verdict::Pass, why)
}

/// The sum of two discrete variates is none of them: the coarse path takes the rank of the fine one's steps, at random where
/// they tie, and what is random adds up whatever the step.
fn couples_loosely(scheme: &dyn Scheme, noises: usize) -> bool {
    let discrete = |variate: &Variate| matches!(variate, Variate::TwoPoint | Variate::ThreePoint);
    scheme.variates(noises).iter().any(discrete)
}

impl Multilevel {
    /// What the longest of the finest steps do not see of coefficients, which all levels then miss alike.
    fn unresolved(&self, context: &Context<'_>, estimates: &[MultilevelEstimate]) -> Option<String> {
        let finest = estimates.iter().filter_map(|estimate| Some(estimate.levels.last()?.step));
        let step = finest.fold(0.0, f64::max);
        let in_time = time_warnings(context.problem(), step).into_iter().next();
        in_time.or_else(|| context.grid?.hidden_feature())
    }

    /// What a few particles tell of places that all levels miss.
    fn unmet(&self, problem: &Problem, motion: Motion<'_>, estimates: &[MultilevelEstimate]) -> Vec<String> {
        let Some(pilot) = Pilot::run(problem, self, motion) else { return Vec::new() };
        let accurate = estimates.iter().min_by(|a, b| a.accuracy.total_cmp(&b.accuracy));
        let Some((accurate, levels)) = accurate.map(|own| (own.accuracy, &own.levels)) else {
            return Vec::new();
        };
        let paths = levels.first().map_or(0.0, |level| level.paths as f64);
        let step = levels.last().map_or(problem.horizon, |level| level.step);
        let unmet = pilot.unmet(self, paths, accurate);
        let narrow = narrow_in_space(problem, step, &pilot.population);
        unmet.into_iter().chain(narrow).chain(unmet_rate(problem, &pilot.population)).collect()
    }

    /// The estimates against a value with its error that knows no noise, and what of them cannot be decided.
    fn checks(&self, claims: &[Claim], context: &Context<'_>) -> (Vec<Check>, Vec<String>) {
        let name = &self.observable.name;
        let limit = || context.limits.iter().find(|limit| limit.observable == *name);
        let (method, (value, error)) = match (context.grid_value(&self.observable), limit()) {
            (Some(value), _) => ("the grid", value),
            (None, Some(limit)) => ("the law's limit", limit.value),
            (None, None) => return (Vec::new(), Vec::new()),
        };
        let threshold = t_threshold(DEGREES_OF_FREEDOM);
        let (mut checks, mut open) = (Vec::new(), Vec::new());
        for claim in claims {
            let z = score((claim.value - value).abs(), claim.margin + error, claim.stderr);
            let (scheme, accuracy) = (self.scheme.name(), claim.accuracy);
            match undecided(z, threshold) {
                Some(why) => open.push(format!("to {accuracy} it does not quite agree with {method}: {why}")),
                None => checks.push(Check::at_most(
                    format!("{name}: multilevel Monte Carlo of {scheme} to {accuracy} agrees with {method}"),
                    z,
                    threshold,
                    "distance in standard errors, beyond the next order of the bias and the other's error; Student's t at 1e-9",
                )),
            }
        }
        (checks, open)
    }
}

fn figures(found: &MultilevelFindings, laws: [Option<&PowerLaw>; 2]) -> Vec<Figure> {
    let Some(best) = found.estimates.last() else {
        return Vec::new();
    };
    let steps: Vec<f64> = best.levels.iter().skip(1).map(|level| level.step).collect();
    let line = |name: &str, law: Option<&PowerLaw>, of: &dyn Fn(&LevelFindings) -> f64| PowerLine {
        label: match law.map(PowerLaw::interval) {
            Some(Interval { estimate, .. }) => format!("{name}: order {estimate:.2}"),
            None => name.into(),
        },
        x: steps.clone(),
        y: best.levels.iter().skip(1).map(of).collect(),
        fit: law.map(|law| OrderFit {
            bend: law.bend(),
            ..OrderFit::straight(law.constant.abs(), law.interval())
        }),
    };
    let [means, variances] = laws;
    let mut figures = vec![Figure {
        id: "multilevel".into(),
        title: "Levels".into(),
        caption: format!(
            "Differences between neighbouring levels of {} against the finer step: the mean falls with the weak order, \
             the variance decides the cost (accuracy {}).",
            found.observable, best.accuracy
        ),
        plot: Plot::Powers(PowerPlot {
            x_name: "step h".into(),
            y_name: "mean, variance".into(),
            lines: vec![
                line("variance", variances, &|level| level.variance),
                line("|mean|", means, &|level| level.mean.abs()),
            ],
        }),
    }];
    if found.estimates.len() > 1 {
        let accuracies: Vec<f64> = found.estimates.iter().map(|estimate| estimate.accuracy).collect();
        let line = |name: &str, cost: &dyn Fn(&MultilevelEstimate) -> f64| PowerLine {
            label: name.into(),
            x: accuracies.clone(),
            y: found.estimates.iter().map(|e| cost(e) * e.accuracy.powi(2)).collect(),
            fit: None,
        };
        figures.push(Figure {
            id: "multilevel-cost".into(),
            title: "Cost of accuracy".into(),
            caption: "Scheme steps times ε² against the accuracy ε: level for multilevel Monte Carlo where the variance \
                      falls faster than the cost rises; plain Monte Carlo is predicted from the variance of its paths."
                .into(),
            plot: Plot::Powers(PowerPlot {
                x_name: "accuracy ε".into(),
                y_name: "steps × ε²".into(),
                lines: vec![line("multilevel", &|e| e.cost), line("plain", &|e| e.plain_cost)],
            }),
        });
    }
    figures
}
