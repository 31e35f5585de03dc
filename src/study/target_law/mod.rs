//! A corrected reverse diffusion against the law that it has to end in, and the same paths without correction beside it;
//! where there is a grid, both against the laws that the grid finds for them.

mod course;
mod picture;

pub use course::Course;

use super::compare::{self, Bias, LOG_NORMALIZER};
use super::figure::Figure;
use super::findings::{
    Check, GridEstimate, GridFindings, Outcome, ParticleFindings, StudyFindings, TargetEstimate,
    TargetGridEstimate, TargetLawFindings, Verdict,
};
use super::grid::{self, GridRun};
use super::{Breakdown, Plan, Progress, sample, t_threshold};
use crate::exact::TargetLaw;
use crate::model::{Dynamics, ReverseDiffusion};
use crate::particles::{ParticleSettings, Population};
use crate::statistics::{Evidence, Judgement};
use std::collections::BTreeMap;

/// Coupled paths for the bias of the paths without weights, whose values spread less than those of weighted ones.
const BIAS_PATHS: usize = compare::BIAS_PATHS / 4;

/// The findings, the checks and the pictures.
type Found = (StudyFindings, Vec<Check>, Vec<Figure>);

/// The corrected paths.
pub struct Corrected<'a> {
    pub population: &'a Population,
    pub findings: &'a ParticleFindings,
    pub biases: &'a Bias,
    pub course: &'a Course,
    pub grid: Option<&'a GridRun>,
}

/// The same paths without weights.
struct Heuristic {
    population: Population,
    course: Course,
    biases: Bias,
    grid: Option<GridRun>,
}

/// Runs the uncorrected paths and holds both against the quadrature.
///
/// # Errors
/// If the uncorrected paths break down.
pub fn study(
    plan: &Plan,
    flow: &ReverseDiffusion,
    settings: &ParticleSettings,
    corrected: &Corrected<'_>,
    progress: Progress<'_>,
) -> Result<Option<Found>, Breakdown> {
    let Some(law) = TargetLaw::new(flow) else {
        return Ok(None);
    };
    let Some(heuristic) = heuristic(plan, flow, settings, progress)? else {
        return Ok(None);
    };
    let threshold = t_threshold(corrected.population.degrees_of_freedom());
    let paths = |name: &str, z: f64| {
        Check {
        name: format!("{name}: corrected paths end in the target"),
        passed: z.abs() <= threshold,
        value: z,
        threshold,
        why: "distance in standard errors beyond the quadrature's error and half the time-step bias; Student's t at 1e-9"
            .into(),
    }
    };
    let laws = law_findings(corrected.grid).zip(law_findings(heuristic.grid.as_ref()));
    let (mut observables, mut checks) = (BTreeMap::new(), Vec::new());
    let (mut grid_checks, mut open) = (Vec::new(), Vec::new());
    let plain = heuristic.population.means(&plan.problem.observables, true);
    let spreads = heuristic.population.spreads(&plan.problem.observables, &plain, true);
    for (observable, (plain, spread)) in plan.problem.observables.iter().zip(plain.into_iter().zip(spreads)) {
        let name = &observable.name;
        let Some(estimate) = corrected.findings.observables.get(name) else { continue };
        let exact = law.mean(observable);
        let bias = corrected.biases.get(name).copied();
        let z = match compare::score(&estimate.evidence(), bias, exact) {
            Judgement::Score(z) => {
                checks.push(paths(name, z));
                z
            }
            Judgement::Open(why) => {
                open.push(format!("{name}: {why}"));
                f64::NAN
            }
        };
        let grid = laws.and_then(|(own, other)| {
            let (own, other) = (own.observables.get(name)?, other.observables.get(name)?);
            let uncorrected = Evidence { value: plain.value, stderr: plain.stderr, spread };
            let bias = heuristic.biases.get(name).copied();
            let uncorrected_z = match compare::score(&uncorrected, bias, (other.value, other.error)) {
                Judgement::Score(z) => z,
                Judgement::Open(_) => return None,
            };
            Some(TargetGridEstimate { corrected: *own, uncorrected: *other, uncorrected_z })
        });
        if let Some(grid) = &grid {
            grid_checks.push(grid_check(name, &grid.corrected, exact));
            let threshold = t_threshold(heuristic.population.degrees_of_freedom());
            grid_checks.push(Check {
                name: format!("{name}: uncorrected paths agree with the grid"),
                passed: grid.uncorrected_z.abs() <= threshold,
                value: grid.uncorrected_z,
                threshold,
                why: "distance in standard errors beyond the grid's error and half the time-step bias; Student's t at 1e-9"
                    .into(),
            });
        }
        observables.insert(
            name.clone(),
            TargetEstimate {
                exact: exact.0,
                exact_error: exact.1,
                z,
                uncorrected: plain.value,
                uncorrected_stderr: plain.stderr,
                miss: (plain.value - exact.0) / plain.stderr,
                grid,
            },
        );
    }
    let found = corrected.findings;
    let bias = corrected.biases.get(LOG_NORMALIZER).copied();
    let z = match compare::score(&found.log_normalizer_evidence(), bias, law.log_mass) {
        Judgement::Score(z) => {
            checks.push(paths(LOG_NORMALIZER, z));
            z
        }
        Judgement::Open(why) => {
            open.push(format!("{LOG_NORMALIZER}: {why}"));
            f64::NAN
        }
    };
    let log_normalizer_grid =
        laws.map(|(own, _)| GridEstimate { value: own.log_normalizer, error: own.log_normalizer_error });
    grid_checks.extend(log_normalizer_grid.map(|own| grid_check(LOG_NORMALIZER, &own, law.log_mass)));

    let worst = checks.iter().map(|check| check.value.abs()).fold(0.0, f64::max);
    checks.extend(grid_checks);
    let verdict = match (checks.iter().all(|check| check.passed), open.is_empty()) {
        (true, true) => Verdict::Pass,
        (true, false) => Verdict::Inconclusive,
        (false, _) => Verdict::Fail,
    };
    let why = std::iter::once(explanation(worst, &observables)).chain(open).collect::<Vec<_>>().join("; ");
    let names = if flow.forward.kinetic() { ["x", "p"] } else { ["x", "y"] };
    let mut figures = picture::pictures(&law, corrected, &heuristic, names);
    figures.extend(course::figures(plan, flow, corrected, &heuristic));
    let findings = TargetLawFindings {
        observables,
        log_normalizer: law.log_mass.0,
        log_normalizer_error: law.log_mass.1,
        log_normalizer_z: z,
        log_normalizer_grid,
    };
    Ok(Some((StudyFindings::new(Outcome::TargetLaw(findings), verdict, why), checks, figures)))
}

/// Runs the paths without weights, and their law on the grid if there is one.
fn heuristic(
    plan: &Plan,
    flow: &ReverseDiffusion,
    settings: &ParticleSettings,
    progress: Progress<'_>,
) -> Result<Option<Heuristic>, Breakdown> {
    let mut plan = plan.clone();
    plan.problem.dynamics = Dynamics::ReverseDiffusion(ReverseDiffusion { corrected: false, ..flow.clone() });
    let simulation = sample::particles(&plan, settings, progress)?;
    if let Some(breakdown) = simulation.breakdown {
        return Err(breakdown.into());
    }
    let course = Course::of(&simulation);
    let Some(population) = simulation.population else {
        return Ok(None);
    };
    let (mut biases, mut grid) = (Bias::new(), None);
    if let Some(settings_of_grid) = &plan.grid {
        biases = compare::time_step_bias(&plan, settings, BIAS_PATHS)?;
        let (run, breakdown) = grid::solve(&plan.problem, settings_of_grid, progress);
        if let Some(breakdown) = breakdown {
            return Err(breakdown);
        }
        grid = run;
    }
    Ok(Some(Heuristic { population, course, biases, grid }))
}

fn law_findings(grid: Option<&GridRun>) -> Option<&GridFindings> {
    grid?.findings.as_ref()
}

/// The grid, which knows nothing of the target on the way, against the quadrature of the target.
fn grid_check(name: &str, own: &GridEstimate, (exact, error): (f64, f64)) -> Check {
    let (distance, threshold) = ((own.value - exact).abs(), own.error + error);
    Check {
        name: format!("{name}: the grid's law with weights is the target"),
        passed: distance <= threshold,
        value: distance,
        threshold,
        why: "errors of the extrapolated grid and of the quadrature".into(),
    }
}

fn explanation(worst: f64, observables: &BTreeMap<String, TargetEstimate>) -> String {
    let paths = format!("the corrected paths are {worst:.2} standard errors off at most");
    let far = observables.iter().max_by(|a, b| a.1.miss.abs().total_cmp(&b.1.miss.abs()));
    let Some((name, target)) = far else { return paths };
    let by_grid = target.grid.map_or_else(String::new, |grid| {
        format!(
            " (by the grid {:.4} with weights and {:.4} without)",
            grid.corrected.value, grid.uncorrected.value
        )
    });
    format!(
        "{paths}; without correction {name} is {:.4} instead of {:.4}{by_grid}, off by {:.1} standard errors",
        target.uncorrected,
        target.exact,
        target.miss.abs()
    )
}
