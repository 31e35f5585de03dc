//! A corrected reverse diffusion against the law that it has to end in, and the same paths without correction beside it;
//! where there is a grid, both against the laws that the grid finds for them.

mod course;
mod picture;

pub use course::Course;

use super::figure::Figure;
use super::findings::{
    Check, GridEstimate, GridFindings, Outcome, ParticleFindings, StudyFindings, TargetEstimate,
    TargetGridEstimate, TargetLawFindings, Verdict,
};
use super::grid::{self, GridRun};
use super::step_bias::{self, Biases, Comparison, Exact, LOG_NORMALIZER, StepBias};
use super::{Breakdown, Plan, Progress, sample, t_threshold};
use crate::exact::TargetLaw;
use crate::model::{Dynamics, ReverseDiffusion};
use crate::particles::{ParticleSettings, Population};
use std::collections::BTreeMap;

/// Coupled paths for the bias of the paths without weights, whose values spread less than those of weighted ones.
const BIAS_PATHS: usize = step_bias::PATHS / 4;

/// The findings, the checks and the pictures.
type Found = (StudyFindings, Vec<Check>, Vec<Figure>);

/// The corrected paths.
pub struct Corrected<'a> {
    pub population: &'a Population,
    pub findings: &'a ParticleFindings,
    pub biases: &'a Biases,
    pub course: &'a Course,
    pub grid: Option<&'a GridRun>,
}

/// The same paths without weights.
struct Heuristic {
    population: Population,
    course: Course,
    biases: Biases,
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
    let degrees = [corrected.population.degrees_of_freedom(), heuristic.population.degrees_of_freedom()];
    let mut open = Vec::new();
    // The distance in standard errors, and the check if there is something to tell.
    let mut hold = |name: String,
                    estimate: (f64, f64),
                    bias: Option<&StepBias>,
                    exact: Exact,
                    degrees: usize| {
        let threshold = t_threshold(degrees);
        let Comparison { z, verdict, why } = step_bias::compare(estimate, bias, exact, threshold);
        if verdict == Verdict::Inconclusive {
            open.push(format!("{name}: {why}"));
            return (z, None);
        }
        let why = "distance in standard errors beyond the other's error and the next order of the time-step bias; Student's t \
                   at 1e-9"
            .into();
        (z, Some(Check { name, passed: verdict == Verdict::Pass, value: z, threshold, why }))
    };
    let laws = law_findings(corrected.grid).zip(law_findings(heuristic.grid.as_ref()));
    let (mut observables, mut checks) = (BTreeMap::new(), Vec::new());
    let mut grid_checks = Vec::new();
    let plain = heuristic.population.means(&plan.problem.observables, true);
    for (observable, plain) in plan.problem.observables.iter().zip(plain) {
        let name = &observable.name;
        let Some(estimate) = corrected.findings.observables.get(name) else { continue };
        let exact = law.mean(observable);
        let spread = law.deviation(observable);
        let tolerance = observable.tolerance;
        let held = Exact { value: exact.0, error: exact.1, spread, tolerance };
        let title = format!("{name}: corrected paths end in the target");
        let bias = corrected.biases.get(name);
        let (z, check) = hold(title, (estimate.value, estimate.stderr), bias, held, degrees[0]);
        checks.extend(check);
        let grid = laws.and_then(|(own, other)| {
            let (own, other) = (own.observables.get(name)?, other.observables.get(name)?);
            grid_checks.push(grid_check(name, own, exact));
            let spread = heuristic.grid.as_ref()?.spread(&plan.problem, observable);
            let held = Exact { value: other.value, error: other.error, spread, tolerance: None };
            let title = format!("{name}: uncorrected paths agree with the grid");
            let bias = heuristic.biases.get(name);
            let (uncorrected_z, check) = hold(title, (plain.value, plain.stderr), bias, held, degrees[1]);
            grid_checks.extend(check);
            Some(TargetGridEstimate { corrected: *own, uncorrected: *other, uncorrected_z })
        });
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
    let held = Exact { value: law.log_mass.0, error: law.log_mass.1, spread: 1.0, tolerance: None };
    let title = format!("{LOG_NORMALIZER}: corrected paths end in the target");
    let estimate = (found.log_normalizer, found.log_normalizer_stderr);
    let (z, check) = hold(title, estimate, corrected.biases.get(LOG_NORMALIZER), held, degrees[0]);
    checks.extend(check);
    let log_normalizer_grid =
        laws.map(|(own, _)| GridEstimate { value: own.log_normalizer, error: own.log_normalizer_error });
    grid_checks.extend(log_normalizer_grid.map(|own| grid_check(LOG_NORMALIZER, &own, law.log_mass)));

    let worst = checks.iter().map(|check| check.value.abs()).fold(0.0, f64::max);
    checks.extend(grid_checks);
    let verdict = match checks.iter().all(|check| check.passed) {
        true if open.is_empty() => Verdict::Pass,
        true => Verdict::Inconclusive,
        false => Verdict::Fail,
    };
    open.push(explanation(worst, &observables));
    let why = open.join("; ");
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
    let (mut biases, mut grid) = (Biases::new(), None);
    if let Some(settings_of_grid) = &plan.grid {
        biases = step_bias::measure(&plan, settings, BIAS_PATHS)?;
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
