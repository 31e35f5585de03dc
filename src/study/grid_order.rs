//! Observed orders of the grid solver, in the cell width and in the splitting step.

use super::figure::{Figure, OrderFit, OrderLine, OrderPlot, Plot};
use super::findings::{Constant, OrderFindings, Outcome, StudyFindings, Verdict};
use super::fit::{NOISE_FREE, Point, local_orders, noise_free_order};
use super::{Breakdown, Progress};
use crate::model::{Observable, Problem};
use crate::particles::step_count;
use crate::pde::estimate::on_cells;
use crate::pde::{Evolution, Grid, GridSettings, Splitting, TransportIntegrator};

/// Rungs of a ladder; each halves the step.
const RUNGS: usize = 5;
/// Fewest cells of the coarsest rung.
const FEWEST_CELLS: usize = 12;
/// Splittings that are studied in one dimension, where they cost little.
const SPLITTINGS: [Splitting; 3] =
    [Splitting::Strang, Splitting::TransportReaction, Splitting::ReactionTransport];
/// Rounding of a value of size 1 after thousands of sums.
const ROUNDING: f64 = 1e-13;

/// Runs both ladders for ∫φρ_T.
///
/// # Errors
/// If the grid breaks down.
pub fn study(
    problem: &Problem,
    settings: &GridSettings,
    observable: &Observable,
    integrators: &[TransportIntegrator],
    progress: Progress<'_>,
) -> Result<(Vec<StudyFindings>, Figure), Breakdown> {
    let value = |grid: &Grid, method: Splitting, transport, step: f64| -> Result<f64, Breakdown> {
        let mut evolution = Evolution::new(problem, grid, method, transport, step)?;
        let (trajectory, breakdown) = evolution.run(&[problem.horizon], |_| ());
        match breakdown {
            Some(breakdown) => Err(breakdown.into()),
            None => {
                let φ = on_cells(grid, observable);
                let last = trajectory.last();
                let mass = if problem.normalized() { trajectory.log_mass(last).exp() } else { 1.0 };
                Ok(trajectory.integrate(last, &φ) / mass)
            }
        }
    };
    let mut findings = Vec::new();
    let mut lines = Vec::new();
    // Successive differences fall with the order of the errors themselves, without any reference value.
    let of = |name: &str, expected: u32, steps: &[f64], values: &[f64]| {
        let scale = values.iter().fold(1.0, |a: f64, v| a.max(v.abs()));
        let errors: Vec<f64> = values.windows(2).map(|pair| pair[0] - pair[1]).collect();
        let steps = &steps[..errors.len()];
        let accuracy = ROUNDING * (scale - 1.0);
        judge(
            &Ladder {
                name,
                observable: &observable.name,
                expected,
                steps,
                accuracy,
                kind: Outcome::GridOrder,
            },
            errors,
        )
    };
    let mut ladder = |name: &str, expected: u32, steps: Vec<f64>, values: Vec<f64>| {
        let (finding, line) = of(name, expected, &steps, &values);
        findings.push(finding);
        lines.push(line);
    };

    let coarsest: Vec<usize> = settings.cells.iter().map(|&n| (n >> (RUNGS - 1)).max(FEWEST_CELLS)).collect();
    let grids: Vec<Grid> =
        (0..RUNGS).map(|k| settings.grid().with_cells(coarsest.iter().map(|n| n << k).collect())).collect();
    let mut values = Vec::new();
    for (k, grid) in grids.iter().enumerate() {
        values.push(value(grid, settings.splitting(), settings.transport, settings.step)?);
        progress("grid order", 0.5 * (k + 1) as f64 / RUNGS as f64);
    }
    ladder("space", 2, grids.iter().map(|grid| grid.width(0)).collect(), values);

    let reacts = Evolution::time_order(problem, Splitting::TransportReaction, settings.transport)
        != Evolution::time_order(problem, Splitting::Strang, settings.transport);
    let mut methods =
        if reacts && problem.dimension() == 1 { SPLITTINGS.to_vec() } else { vec![settings.splitting()] };
    if !methods.contains(&settings.splitting()) {
        methods.push(settings.splitting());
    }
    let middle = &grids[RUNGS - 2];
    let mut refused = Vec::new();
    let own = methods.iter().map(|method| (*method, settings.transport, method.name().to_string()));
    let others =
        integrators.iter().filter(|integrator| **integrator != settings.transport).map(|integrator| {
            let name = integrator.name();
            let label = if reacts { format!("{}, {name}", settings.splitting().name()) } else { name.into() };
            (settings.splitting(), *integrator, label)
        });
    let rungs: Vec<(Splitting, TransportIntegrator, String)> = own.chain(others).collect();
    for (m, (method, transport, label)) in rungs.iter().enumerate() {
        let Some(order) = Evolution::time_order(problem, *method, *transport) else {
            continue;
        };
        let first = (step_count(problem.horizon, settings.step) / 4).max(2);
        let steps: Vec<f64> = (0..RUNGS).map(|k| problem.horizon / (first << k) as f64).collect();
        let values: Result<Vec<f64>, Breakdown> =
            steps.iter().map(|step| value(middle, *method, *transport, *step)).collect();
        match values {
            Ok(values) => ladder(label, order, steps, values),
            // What other integrators cannot do is no breakdown of the flow.
            Err(breakdown) if *transport != settings.transport => {
                let (finding, _) = of(label, order, &[], &[]);
                refused.push(StudyFindings::new(
                    finding.outcome,
                    Verdict::Inconclusive,
                    breakdown.to_string(),
                ));
            }
            Err(breakdown) => return Err(breakdown),
        }
        progress("grid order", 0.5 + 0.5 * (m + 1) as f64 / rungs.len() as f64);
    }

    findings.extend(refused);
    let figure = Figure {
        id: "grid-order".into(),
        title: "Observed orders of the grid solver".into(),
        caption: format!(
            "Differences of ∫φρ_T, φ = {}, between successive rungs, against cell width (space) or step (splitting).",
            observable.name
        ),
        plot: Plot::Orders(OrderPlot { step_name: "cell width Δx or step h".into(), lines }),
    };
    Ok((findings, figure))
}

/// What a ladder of errors is held against.
pub struct Ladder<'a> {
    /// What is refined.
    pub name: &'a str,
    /// What the error is measured on.
    pub observable: &'a str,
    /// The order that is claimed.
    pub expected: u32,
    /// Of each error, coarse to fine.
    pub steps: &'a [f64],
    /// What the errors are known to, beside rounding.
    pub accuracy: f64,
    /// The kind of study.
    pub kind: fn(OrderFindings) -> Outcome,
}

/// The order of errors of values of size 1.
pub fn judge(ladder: &Ladder<'_>, errors: Vec<f64>) -> (StudyFindings, OrderLine) {
    let stderr = ROUNDING + ladder.accuracy;
    let points: Vec<Point> =
        ladder.steps.iter().zip(&errors).map(|(&step, &error)| Point { step, error, stderr }).collect();
    let fit = noise_free_order(&points);
    let (verdict, why) = match &fit {
        Some(fit) => fit.judge(f64::from(ladder.expected)),
        None if points.iter().all(|point| point.error.abs() <= NOISE_FREE * stderr) => {
            (Verdict::Pass, "all errors are at rounding".into())
        }
        None => (Verdict::Inconclusive, "the slopes have not settled: refine the grid or the step".into()),
    };
    let range = fit.as_ref().map_or(0..0, |fit| fit.range.clone());
    let line = OrderLine {
        label: ladder.name.into(),
        steps: ladder.steps.to_vec(),
        errors: errors.clone(),
        stderrs: vec![0.0; points.len()],
        fitted: range.clone(),
        fit: fit.as_ref().map(|fit| OrderFit::straight(fit.line, fit.order)),
    };
    let findings = OrderFindings {
        scheme: ladder.name.into(),
        weight: None,
        observable: ladder.observable.into(),
        method: "grid".into(),
        steps: line.steps.clone(),
        errors,
        stderrs: line.stderrs.clone(),
        local_orders: local_orders(&points, NOISE_FREE),
        fitted_from: range.start,
        fitted_to: range.end,
        order: fit.as_ref().map(|fit| fit.order),
        expected: ladder.expected,
        constant: fit.as_ref().map(|fit| Constant { measured: fit.constant, predicted: None }),
        paths_needed: None,
        paths: None,
        estimator: None,
        leading_error: None,
        certificate: None,
    };
    (StudyFindings::new((ladder.kind)(findings), verdict, why), line)
}
