//! Work against precision in time, for the integrators of one grid.

use super::figure::{Figure, Plot, PowerLine, PowerPlot};
use super::findings::{Outcome, StudyFindings, Verdict, WorkLine, WorkPrecisionFindings};
use super::settings::WorkPrecisionSettings;
use super::{Breakdown, Progress};
use crate::model::Problem;
use crate::pde::estimate::on_cells;
use crate::pde::{GridSettings, Splitting, TransportIntegrator, Unsplit, Work};
use std::time::{Duration, Instant};

/// Steps of the coarsest run, and of the finest one that is tried; each rung has √2 times the steps of the one before.
const STEPS: [f64; 2] = [8.0, 16_384.0];
/// Tolerances, loose and tight; each rung has 1/√10 of the one before.
const TOLERANCES: [f64; 2] = [0.1, 1e-10];
/// Steps of the extrapolated splitting that gives the reference; half as many tell its error.
const REFERENCE_STEPS: usize = 256;
/// A ladder ends below this share of the accuracy: the line shows how it goes on.
const BEYOND: f64 = 0.2;

/// The study's findings and picture, and how long each method took for the accuracy.
pub type Study = (StudyFindings, Figure, Vec<(String, Duration)>);

/// One run.
struct Rung {
    work: Work,
    error: f64,
    time: Duration,
}

/// Runs every method on finer and finer steps.
///
/// # Errors
/// If the reference breaks down.
pub fn study(
    problem: &Problem,
    grid: &GridSettings,
    settings: &WorkPrecisionSettings,
    progress: Progress<'_>,
) -> Result<Study, Breakdown> {
    let cells = grid.grid();
    let φ = on_cells(&cells, &settings.observable);
    let value = |grid: &GridSettings, step: f64| -> Result<(f64, Work, Duration), Breakdown> {
        let start = Instant::now();
        let mut evolution = grid.evolution(problem, &cells, step)?;
        let (trajectory, breakdown) = evolution.run(&[problem.horizon], |_| ());
        let time = start.elapsed();
        match breakdown {
            Some(breakdown) => Err(breakdown.into()),
            None => Ok((trajectory.integrate(trajectory.last(), &φ), evolution.work(), time)),
        }
    };
    let exact = GridSettings {
        method: Splitting::Richardson,
        transport: TransportIntegrator::TimeExact,
        tolerance: None,
        ..grid.clone()
    };
    let [coarse, reference] = [REFERENCE_STEPS / 2, REFERENCE_STEPS]
        .map(|steps| value(&exact, problem.horizon / steps as f64).map(|found| found.0));
    let (coarse, reference) = (coarse?, reference?);
    let reference_error = (reference - coarse).abs();

    let all = methods(problem, grid);
    let mut ladders = Vec::new();
    for (k, (name, method)) in all.iter().enumerate() {
        let mut rungs = Vec::new();
        let mut refused = None;
        for (step, tolerance) in ladder(method, problem.horizon) {
            match value(&GridSettings { tolerance, ..method.clone() }, step) {
                Ok((found, work, time)) => rungs.push(Rung { work, error: (found - reference).abs(), time }),
                // Coarse steps may leave a negative density; finer ones need not.
                Err(breakdown) => {
                    refused = Some(breakdown.to_string());
                    rungs.clear();
                }
            }
            if rungs.last().is_some_and(|rung| rung.error < BEYOND * settings.accuracy) {
                break;
            }
        }
        ladders.push((name.clone(), rungs, refused));
        progress("work against precision", (k + 1) as f64 / all.len() as f64);
    }
    let lines: Vec<WorkLine> = ladders.iter().map(|ladder| line(ladder, settings.accuracy)).collect();
    let timings = ladders.iter().filter_map(|(name, rungs, _)| {
        let enough = rungs.iter().find(|rung| rung.error <= settings.accuracy)?;
        Some((format!("{name}, to {:e} in {}", settings.accuracy, settings.observable.name), enough.time))
    });
    let timings = timings.collect();
    let (verdict, why) = judge(&lines, settings, reference_error);
    let figure = figure(&ladders, settings);
    let findings = WorkPrecisionFindings {
        observable: settings.observable.name.clone(),
        accuracy: settings.accuracy,
        reference,
        reference_error,
        lines,
    };
    Ok((StudyFindings::new(Outcome::WorkPrecision(findings), verdict, why), figure, timings))
}

/// The grid's own method first, then the unsplit one and Strang's splitting with every integrator.
fn methods(problem: &Problem, grid: &GridSettings) -> Vec<(String, GridSettings)> {
    let name = |settings: &GridSettings| match settings.method {
        Splitting::Unsplit => settings.method.name().to_string(),
        method => format!("{}, {}", method.name(), settings.transport.name()),
    };
    let mut all = vec![grid.clone()];
    let with = |method, transport| GridSettings { method, transport, tolerance: None, ..grid.clone() };
    if Unsplit::suits(problem) {
        all.push(with(Splitting::Unsplit, TransportIntegrator::TimeExact));
    }
    all.extend(TransportIntegrator::ALL.map(|transport| with(Splitting::Strang, transport)));
    let mut named: Vec<(String, GridSettings)> = Vec::new();
    for settings in all {
        let name = name(&settings);
        if named.iter().all(|(known, _)| *known != name) {
            named.push((name, settings));
        }
    }
    named
}

/// (longest step, tolerance) of the rungs.
fn ladder(method: &GridSettings, horizon: f64) -> Vec<(f64, Option<f64>)> {
    let adaptive = method.method == Splitting::Unsplit || method.tolerance.is_some();
    let ([first, last], factor) =
        if adaptive { (TOLERANCES, 10f64.powf(-0.5)) } else { (STEPS, 2f64.sqrt()) };
    let rungs = ((last / first).ln() / factor.ln()).round() as i32;
    let values = (0..=rungs).map(|k| first * factor.powi(k));
    values
        .map(|value| if adaptive { (horizon, Some(value)) } else { (horizon / value.round(), None) })
        .collect()
}

fn line((name, rungs, refused): &(String, Vec<Rung>, Option<String>), accuracy: f64) -> WorkLine {
    let of = |part: fn(&Work) -> usize| rungs.iter().map(|rung| part(&rung.work)).collect();
    WorkLine {
        method: name.clone(),
        passes: of(Work::passes),
        solves: of(|work| work.solves),
        products: of(|work| work.products),
        errors: rungs.iter().map(|rung| rung.error).collect(),
        refused: refused.clone(),
        passes_to_accuracy: to_accuracy(rungs, accuracy),
    }
}

/// Passes for the accuracy, by a power law between the rungs around it; those of the first rung if that has it already.
fn to_accuracy(rungs: &[Rung], accuracy: f64) -> Option<f64> {
    let enough = rungs.iter().position(|rung| rung.error <= accuracy)?;
    let passes = |k: usize| rungs[k].work.passes() as f64;
    let Some(before) = enough.checked_sub(1) else {
        return Some(passes(enough));
    };
    let slope = (passes(enough) / passes(before)).ln() / (rungs[enough].error / rungs[before].error).ln();
    Some(passes(before) * (accuracy / rungs[before].error).powf(slope))
}

/// The first line against the implicit steps of Strang's splitting.
fn judge(lines: &[WorkLine], settings: &WorkPrecisionSettings, reference_error: f64) -> (Verdict, String) {
    let accuracy = settings.accuracy;
    if reference_error > BEYOND * accuracy {
        return (
            Verdict::Inconclusive,
            format!("the reference is known to {reference_error:.1e} only, too little for {accuracy:e}"),
        );
    }
    let Some((own, passes)) = lines.first().and_then(|line| Some((line, line.passes_to_accuracy?))) else {
        return (Verdict::Inconclusive, format!("the grid's own method does not reach {accuracy:e}"));
    };
    let ratios: Vec<(&str, f64)> = lines[1..]
        .iter()
        .filter_map(|line| Some((line.method.as_str(), line.passes_to_accuracy? / passes)))
        .collect();
    let list: Vec<String> =
        ratios.iter().map(|(name, ratio)| format!("{ratio:.1} times as many for {name}")).collect();
    let text = format!(
        "{}: {passes:.0} passes over the cells for {accuracy:e} in {}; {}",
        own.method,
        settings.observable.name,
        list.join(", ")
    );
    let Some(factor) = settings.factor else {
        return (Verdict::Pass, text);
    };
    let peers = [TransportIntegrator::BackwardEuler, TransportIntegrator::CrankNicolson]
        .map(|transport| format!("{}, {}", Splitting::Strang.name(), transport.name()));
    // What cannot reach the accuracy is beaten by any factor.
    let beaten = |peer: &String| {
        ratios.iter().find(|(name, _)| name == peer).is_none_or(|(_, ratio)| *ratio >= factor)
    };
    let verdict = if peers.iter().all(beaten) { Verdict::Pass } else { Verdict::Fail };
    (verdict, text)
}

fn figure(ladders: &[(String, Vec<Rung>, Option<String>)], settings: &WorkPrecisionSettings) -> Figure {
    let lines = ladders.iter().filter(|(_, rungs, _)| !rungs.is_empty()).map(|(name, rungs, _)| PowerLine {
        label: name.clone(),
        x: rungs.iter().map(|rung| rung.work.passes() as f64).collect(),
        y: rungs.iter().map(|rung| rung.error).collect(),
        fit: None,
    });
    Figure {
        id: "work-precision".into(),
        title: "Work for precision in time".into(),
        caption: format!(
            "Error of ∫φρ_T, φ = {}, on the grid as it is, against passes over its cells: solves, factorisations, products \
             with the operator and reactions. Steps that leave a negative density are not drawn.",
            settings.observable.name
        ),
        plot: Plot::Powers(PowerPlot {
            x_name: "passes over the cells".into(),
            y_name: "error in time".into(),
            lines: lines.collect(),
        }),
    }
}
