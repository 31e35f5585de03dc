//! The kind "target-law": a corrected reverse diffusion against the law that it has to end in, and the same paths without
//! correction beside it; where there is a grid, both against the laws that the grid finds for them.
//!
//! `findings` has what is found and how it reads, `picture` and `shares` the figures, this file the judgement.

mod findings;
mod picture;
mod shares;

use super::findings::{GridEstimate, GridFindings, ParticleFindings};
use super::grid::{self, GridRun};
use super::prelude::*;
use super::sample;
use super::series::TimeSeries;
use super::step_bias::{self, Biases, Exact, LOG_NORMALIZER, StepBias};
use crate::exact::ExactTargetLaw as Target;
use crate::model::{Dynamics, Observable, Problem, ReverseDiffusion};
use crate::particles::{ParticleSettings, Population};
use crate::statistics::{Evidence, largest};
use findings::explanation;
use std::collections::BTreeMap;

pub use findings::{TargetEstimate, TargetGridEstimate, TargetLawFindings};

/// Coupled paths for the bias of the paths without weights, whose values spread less than those of weighted ones.
const PLAIN_BIAS_PATHS: usize = step_bias::PATHS / 4;
/// The kind.
pub static KIND: Kind = Kind {
    name: "target-law",
    summary: "A corrected reverse diffusion against the law that it has to end in.",
    needs: &[Need::Particles],
    keys: &[],
    read: |_, _| Ok(Arc::new(TargetLaw)),
    outcome: Some(|generator| generator.subschema_for::<TargetLawFindings>()),
};

/// A corrected reverse diffusion against the law that it has to end in.
#[derive(Clone, Copy, Debug)]
pub struct TargetLaw;

impl Study for TargetLaw {
    fn kind(&self) -> &'static Kind {
        &KIND
    }

    fn faults(&self, basis: &Basis<'_>) -> Vec<Fault> {
        let target =
            basis.problem.exact_target().map_err(Fault::from).and_then(|flow| target(flow).map(drop));
        unmet([target])
    }

    fn judges_particles(&self) -> bool {
        true
    }

    fn draws_density(&self) -> bool {
        true
    }

    fn run(&self, context: &Context<'_>, found: &mut Found) -> Result<(), Breakdown> {
        let (problem, settings) = (context.problem(), context.basis.needs_particles()?);
        let flow = problem.exact_target()?;
        let law = target(flow)?;
        let (population, findings) = context.sampled()?;
        let (biases, series, grid) = (context.biases, context.series, context.grid);
        let corrected = Corrected { population, findings, biases, series, grid };
        let heuristic = heuristic(context.basis, flow, settings, context.progress)?;
        judge(problem, &law, &corrected, &heuristic, &context.missed.target, found);
        let names = if flow.forward.kinetic() { ["x", "p"] } else { ["x", "y"] };
        found.first_figures = picture::pictures(&law, &corrected, &heuristic, names);
        found.first_figures.extend(shares::figures(problem, flow, &corrected, &heuristic));
        Ok(())
    }
}

fn target(flow: &ReverseDiffusion) -> Result<Target, Fault> {
    Target::new(flow).ok_or_else(|| {
        Fault::at("kind", "found a target that no box holds; expected one with a finite integral")
    })
}

/// The corrected paths.
pub(super) struct Corrected<'a> {
    population: &'a Population,
    findings: &'a ParticleFindings,
    biases: &'a Biases,
    series: &'a TimeSeries,
    grid: Option<&'a GridRun>,
}

/// The same paths without weights.
struct Heuristic {
    population: Population,
    series: TimeSeries,
    biases: Biases,
    grid: Option<GridRun>,
}

/// Judgements on the way to the verdict.
struct Judge<'a> {
    problem: &'a Problem,
    corrected: &'a Corrected<'a>,
    heuristic: &'a Heuristic,
    paths: Vec<Check>,
    grid: Vec<Check>,
    /// What cannot be decided, and why.
    open: Vec<String>,
}

/// Holds both against the quadrature, and where there is a grid against the laws that it finds for them.
fn judge(
    problem: &Problem,
    law: &Target,
    corrected: &Corrected<'_>,
    heuristic: &Heuristic,
    missed: &[String],
    found: &mut Found,
) {
    let (paths, grid, open) = (Vec::new(), Vec::new(), missed.to_vec());
    let mut judge = Judge { problem, corrected, heuristic, paths, grid, open };
    let plain = heuristic.population.means(&problem.observables, true);
    let spreads = heuristic.population.spreads(&problem.observables, &plain, true);
    let plain = plain.iter().zip(spreads).map(|(mean, spread)| Evidence {
        value: mean.value,
        stderr: mean.stderr,
        spread,
    });
    let observables: BTreeMap<String, TargetEstimate> = problem
        .observables
        .iter()
        .zip(plain)
        .filter_map(|(observable, plain)| {
            Some((observable.name.clone(), judge.observable(observable, law, plain)?))
        })
        .collect();
    let own = corrected.findings;
    let log_normalizer_paths = (own.log_normalizer, own.log_normalizer_stderr);
    let exact = Exact { value: law.log_mass.0, error: law.log_mass.1, spread: 1.0, tolerance: None };
    let z = judge.corrected_paths(LOG_NORMALIZER, &own.log_normalizer_evidence(), exact);
    let laws = law_findings(corrected.grid).zip(law_findings(heuristic.grid.as_ref()));
    let log_normalizer_grid =
        laws.map(|(own, _)| GridEstimate { value: own.log_normalizer, error: own.log_normalizer_error });
    judge.grid.extend(log_normalizer_grid.map(|own| grid_check(LOG_NORMALIZER, &own, law.log_mass)));

    let Judge { paths: mut checks, grid, mut open, .. } = judge;
    let worst = largest(checks.iter().map(|check| check.value.abs())).unwrap_or(f64::NAN);
    checks.extend(grid);
    let verdict = match checks.iter().all(|check| check.passed) {
        true if open.is_empty() => Verdict::Pass,
        true => Verdict::Inconclusive,
        false => Verdict::Fail,
    };
    open.push(explanation(worst, &observables));
    let findings = TargetLawFindings {
        observables,
        log_normalizer: law.log_mass.0,
        log_normalizer_error: law.log_mass.1,
        log_normalizer_z: z,
        log_normalizer_grid,
        log_normalizer_paths,
        log_normalizer_bias: corrected.biases.get(LOG_NORMALIZER).copied(),
    };
    found.outcomes.push(StudyFindings::new(findings, verdict, open.join("; ")));
    found.checks.extend(checks);
}

impl Judge<'_> {
    fn observable(
        &mut self,
        observable: &Observable,
        law: &Target,
        plain: Evidence,
    ) -> Option<TargetEstimate> {
        let name = &observable.name;
        let estimate = self.corrected.findings.observables.get(name)?;
        let paths = estimate.evidence();
        let exact = law.mean(observable);
        let spread = law.deviation(observable);
        let tolerance = observable.tolerance;
        let held = Exact { value: exact.0, error: exact.1, spread, tolerance };
        let z = self.corrected_paths(name, &paths, held);
        let laws = law_findings(self.corrected.grid).zip(law_findings(self.heuristic.grid.as_ref()));
        let grid = laws.and_then(|(own, other)| {
            let (own, other) = (own.observables.get(name)?, other.observables.get(name)?);
            self.grid.push(grid_check(name, own, exact));
            let spread = self.heuristic.grid.as_ref()?.spread(self.problem, observable);
            let held = Exact { value: other.value, error: other.error, spread, tolerance: None };
            let title = format!("{name}: uncorrected paths agree with the grid");
            let degrees = self.heuristic.population.degrees_of_freedom();
            let bias = self.heuristic.biases.get(name);
            let (uncorrected_z, check) = self.hold(title, &plain, bias, held, degrees);
            self.grid.extend(check);
            Some(TargetGridEstimate { corrected: *own, uncorrected: *other, uncorrected_z })
        });
        Some(TargetEstimate {
            exact: exact.0,
            exact_error: exact.1,
            z,
            corrected: (estimate.value, estimate.stderr),
            corrected_bias: self.corrected.biases.get(name).copied(),
            uncorrected: plain.value,
            uncorrected_stderr: plain.stderr,
            miss: (plain.value - exact.0) / plain.stderr,
            grid,
        })
    }

    /// The distance of the corrected paths from the target in standard errors.
    fn corrected_paths(&mut self, name: &str, paths: &Evidence, exact: Exact) -> f64 {
        let title = format!("{name}: corrected paths end in the target");
        let degrees = self.corrected.population.degrees_of_freedom();
        let (z, check) = self.hold(title, paths, self.corrected.biases.get(name), exact, degrees);
        self.paths.extend(check);
        z
    }

    /// The distance in standard errors, and the check if there is something to decide.
    fn hold(
        &mut self,
        name: String,
        estimate: &Evidence,
        bias: Option<&StepBias>,
        exact: Exact,
        degrees: usize,
    ) -> (f64, Option<Check>) {
        let threshold = t_threshold(degrees);
        let comparison = step_bias::compare(estimate, bias, exact, threshold);
        let z = comparison.z;
        let why = "the other's error and the next order of the time-step bias";
        let check = comparison.check(name.clone(), threshold, why);
        (z, check.map_err(|why| self.open.push(format!("{name}: {why}"))).ok())
    }
}

/// Runs the paths without weights, and their law on the grid if there is one.
fn heuristic(
    basis: Basis<'_>,
    flow: &ReverseDiffusion,
    settings: &ParticleSettings,
    progress: Progress<'_>,
) -> Result<Heuristic, Breakdown> {
    let dynamics = Dynamics::ReverseDiffusion(ReverseDiffusion { corrected: false, ..flow.clone() });
    let problem = Problem { dynamics, ..basis.problem.clone() };
    let basis = Basis { problem: &problem, ..basis };
    let simulation = sample::particles(basis, settings, progress)?;
    let series = TimeSeries::of(&simulation);
    let population = sample::completed(simulation)?;
    let (mut biases, mut grid) = (Biases::new(), None);
    if let Some(settings_of_grid) = basis.grid {
        biases = step_bias::measure(basis, settings, PLAIN_BIAS_PATHS)?;
        let (run, breakdown) = grid::solve(&problem, settings_of_grid, progress);
        if let Some(breakdown) = breakdown {
            return Err(breakdown);
        }
        grid = run;
    }
    Ok(Heuristic { population, series, biases, grid })
}

fn law_findings(grid: Option<&GridRun>) -> Option<&GridFindings> {
    grid?.findings.as_ref()
}

/// The grid, which knows nothing of the target on the way, against the quadrature of the target.
fn grid_check(name: &str, own: &GridEstimate, (exact, error): (f64, f64)) -> Check {
    let (distance, threshold) = ((own.value - exact).abs(), own.error + error);
    Check::at_most(
        format!("{name}: the grid's law with weights is the target"),
        distance,
        threshold,
        "errors of the extrapolated grid and of the quadrature",
    )
}
