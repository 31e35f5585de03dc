//! Multilevel Monte Carlo (Giles 2008, Operations Research 56, 607–617): E P_L = E P₀ + Σ (E P_ℓ − E P_{ℓ−1}), with few
//! paths on the fine levels, whose differences vary little, and many on the coarse ones, which are cheap.
//!
//! [`estimator`] has the algorithm, this file what is found and shown.

mod estimator;

use super::figure::{Figure, OrderFit, Plot, PowerLine, PowerPlot};
use super::findings::{
    Check, Interval, LevelFindings, MultilevelEstimate, MultilevelFindings, Outcome, StudyFindings, Verdict,
};
use super::fit::{Corrections, Judgement, Point, PowerLaw};
use super::oracle::Oracle;
use super::{Breakdown, MultilevelSettings, Progress, t_threshold};
use crate::model::{Observable, Problem};
use crate::particles::Motion;
use crate::pde::GridSettings;
use crate::schemes::WeightRule;
use crate::symbolic::Variate;
use estimator::{Ending, Estimator};

/// Degrees of freedom of the standard errors: every level has thousands of paths.
const DEGREES_OF_FREEDOM: usize = 1000;

/// What a multilevel study found, with what it takes to hold it against other witnesses.
pub struct Multilevel {
    pub findings: StudyFindings,
    pub figures: Vec<Figure>,
    /// Name of the scheme.
    scheme: &'static str,
    /// What was estimated.
    pub observable: Observable,
    claims: Vec<Claim>,
}

/// An estimate without its predicted bias.
struct Claim {
    accuracy: f64,
    value: f64,
    stderr: f64,
    /// What the next order contributes to the prediction, but no more than the accuracy.
    margin: f64,
}

/// Estimates the expectation to every accuracy.
///
/// # Errors
/// If the oracle's grid breaks down.
pub fn study(
    problem: &Problem,
    grid: Option<&GridSettings>,
    settings: &MultilevelSettings,
    number: usize,
    progress: Progress<'_>,
) -> Result<Multilevel, Breakdown> {
    let oracle = Oracle::new(problem, grid, &[settings.coarsest << (settings.max_levels - 1)])?;
    let equation = oracle.equation();
    let weighted = problem.weighted();
    let weight = if weighted { settings.weight } else { WeightRule::Trapezoidal };
    let motion = Motion { sde: equation.as_ref(), scheme: settings.scheme, weight, weighted };
    let order = settings.scheme.weak_order().min(if weighted { weight.weak_order() } else { u32::MAX });

    let (mut estimates, mut claims, mut endings) = (Vec::new(), Vec::new(), Vec::new());
    let mut open = Vec::new();
    for &accuracy in &settings.accuracies {
        let stage = format!("multilevel Monte Carlo to {accuracy}");
        let mut estimator = Estimator::new(problem, settings, motion, order, accuracy);
        let ending = estimator.run(&|share| progress(&stage, share));
        endings.push(ending);
        let found = estimator.findings(ending);
        if matches!(ending, Ending::Reached | Ending::Paths(_)) {
            let bias = estimator.step_bias();
            match bias.reason(accuracy) {
                Some(why) => open.push(why),
                None => {
                    let (value, stderr) = estimator.corrected();
                    claims.push(Claim { accuracy, value, stderr, margin: bias.allowance.min(accuracy) });
                }
            }
        }
        estimates.push(found);
    }
    let differences = estimates.last().map_or(&[][..], |last| last.levels.get(1..).unwrap_or_default());
    let means = law(differences, |level| (level.mean, level.mean_stderr));
    let variances = law(differences, |level| (level.variance, level.variance_stderr));
    let (mut verdict, mut why) = judge(settings, order, &estimates, &endings, means.as_ref());
    if let (Verdict::Pass, Some(reason)) = (verdict, open.pop()) {
        (verdict, why) = (Verdict::Inconclusive, reason);
    }
    let needed = endings.iter().filter_map(|ending| match ending {
        Ending::Paths(paths) => Some(*paths),
        _ => None,
    });
    let findings = MultilevelFindings {
        scheme: settings.scheme.name().into(),
        weight: weighted.then(|| weight.name().into()),
        observable: settings.observable.name.clone(),
        expected: order,
        mean_order: means.as_ref().map(PowerLaw::interval),
        variance_order: variances.as_ref().map(PowerLaw::interval),
        paths_needed: needed.max(),
        estimates,
    };
    let figures = figures(&findings, [means.as_ref(), variances.as_ref()], number);
    let observable = settings.observable.clone();
    let findings = StudyFindings::new(Outcome::Multilevel(findings), verdict, why);
    Ok(Multilevel { findings, figures, scheme: settings.scheme.name(), observable, claims })
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
    settings: &MultilevelSettings,
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
            Ending::Paths(_) => {
                format!("max-paths leaves a standard error of {stderr:.1e}, too much for accuracy {accuracy}")
            }
        };
        return (Verdict::Inconclusive, why);
    }
    // The bias is estimated with the order: if the levels refute it, the estimate is not to be trusted.
    if let Some(means) = means
        && let Judgement { verdict: Verdict::Fail, why, .. } = means.judge(f64::from(order))
    {
        return (Verdict::Inconclusive, format!("the bias may be larger than it looks: {why}"));
    }
    let Some(last) = estimates.last() else {
        return (Verdict::Inconclusive, "nothing was asked for".into());
    };
    let gain = last.plain_cost / last.cost;
    let mut why = format!(
        "accuracy {} with {} levels and {:.1e} steps; plain Monte Carlo would take {gain:.2} times as many",
        last.accuracy,
        last.levels.len(),
        last.cost
    );
    // The sum of two discrete variates is none of them: the coarse path takes the rank of the fine one's steps, at
    // random where they tie, and what is random adds up whatever the step.
    let discrete = |variate: &Variate| matches!(variate, Variate::TwoPoint | Variate::ThreePoint);
    if settings.scheme.variates(1).iter().any(discrete) {
        why += "; levels of discrete variates couple loosely, take Gaussian ones";
    }
    (Verdict::Pass, why)
}

impl Multilevel {
    /// The estimates against a value with its error from a witness that knows no noise.
    pub fn checks(&self, witness: &str, (value, error): (f64, f64)) -> Vec<Check> {
        let threshold = t_threshold(DEGREES_OF_FREEDOM);
        let check = |claim: &Claim| {
            let distance = (claim.value - value).abs() - claim.margin - error;
            let z = distance.max(0.0) / claim.stderr;
            Check {
                name: format!(
                    "{}: multilevel Monte Carlo of {} to {} agrees with {witness}",
                    self.observable.name, self.scheme, claim.accuracy
                ),
                passed: z <= threshold,
                value: z,
                threshold,
                why: "distance in standard errors, beyond the next order of the bias and the other's error; Student's t at 1e-9"
                    .into(),
            }
        };
        self.claims.iter().map(check).collect()
    }
}

fn figures(found: &MultilevelFindings, laws: [Option<&PowerLaw>; 2], number: usize) -> Vec<Figure> {
    let suffix = if number == 0 { String::new() } else { format!("-{}", number + 1) };
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
        id: format!("multilevel{suffix}"),
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
            id: format!("multilevel-cost{suffix}"),
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
