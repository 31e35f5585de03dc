//! The kind "work-precision": work against precision in time, for the integrators of one grid.

use super::figure::{Figure, Plot, PowerLine, PowerPlot};
use super::prelude::*;
use crate::format::number;
use crate::model::{Dynamics, Observable, Problem};
use crate::pde::on_cells;
use crate::pde::{Grid, GridSettings, SolverWork, Splitting, TransportIntegrator, Unsplit};
use std::time::{Duration, Instant};

/// Steps of the coarsest run, and of the finest one that is tried; each level has √2 times the steps of the one before.
const STEPS: [f64; 2] = [8.0, 16_384.0];
/// Tolerances, loose and tight; each level has 1/√10 of the one before.
const TOLERANCES: [f64; 2] = [0.1, 1e-10];
/// Steps of the extrapolated splitting that gives the reference; half as many tell its error.
const REFERENCE_STEPS: usize = 256;
/// Rounding of a value, as a share of it.
const ROUNDING: f64 = 1e-12;
/// A series ends below this share of the accuracy: the line shows how it goes on.
const BEYOND: f64 = 0.2;

const ACCURACY: Key = Key {
    name: "accuracy",
    holds: Type::Number(Range::Within(1e-9, 0.1)),
    unit: "that of the observable",
    default: Some("1e-6"),
    meaning: "The error in time to reach.",
};
const FACTOR: Key = Key {
    name: "factor",
    holds: Type::Number(Range::From(1.0)),
    unit: "",
    default: Some("none"),
    meaning: "Factor by which the grid's own method must need less work than backward Euler and Crank–Nicolson.",
};

/// The kind.
pub static KIND: Kind = Kind {
    name: "work-precision",
    summary: "Work of the grid's integrators against their error in time.",
    needs: &[Need::Grid],
    keys: &[OBSERVABLE, ACCURACY, FACTOR],
    read: |values, basis| {
        Ok(Arc::new(WorkPrecision {
            observable: observable(values, basis)?,
            accuracy: values.number(ACCURACY.name).unwrap_or(1e-6),
            factor: values.number(FACTOR.name),
        }))
    },
    outcome: Some(|generator| generator.subschema_for::<WorkPrecisionFindings>()),
};

/// What the integrators of a grid have to reach.
#[derive(Clone, Debug)]
pub struct WorkPrecision {
    /// What the error is measured on.
    pub observable: Observable,
    /// The error to reach.
    pub accuracy: f64,
    /// How many times less work than backward Euler and Crank–Nicolson with Strang's splitting the grid's own method is to
    /// need; `None` if that is not required.
    pub factor: Option<f64>,
}

impl Study for WorkPrecision {
    fn kind(&self) -> &'static Kind {
        &KIND
    }

    fn values(&self) -> Values {
        let values = Values::default().with(ACCURACY.name, self.accuracy);
        match self.factor {
            Some(factor) => values.with(FACTOR.name, factor),
            None => values,
        }
    }

    fn faults(&self, basis: &Basis<'_>) -> Vec<Fault> {
        // Kinetic steps are explicit, and are not counted.
        let counted = match basis.problem.dynamics {
            Dynamics::Kinetic(_) => Err(Fault::at(
                "kind",
                "found a work-precision study of underdamped dynamics; expected another flow",
            )),
            _ => Ok(()),
        };
        unmet([counted])
    }

    /// Runs every method on finer and finer steps.
    fn run(&self, context: &Context<'_>, found: &mut Found) -> Result<(), Breakdown> {
        let (problem, grid) = (context.problem(), context.basis.needs_grid()?);
        let cells = grid.grid();
        let φ = on_cells(&cells, &self.observable);
        let solver = Solver { problem, cells: &cells, φ: &φ };
        let (reference, reference_error) = solver.reference(grid)?;
        let all = methods(problem, grid);
        let mut series = Vec::new();
        for (k, (name, method)) in all.iter().enumerate() {
            let (levels, refused) = solver.levels(method, reference, self.accuracy);
            series.push((name.clone(), levels, refused));
            (context.progress)("work against precision", (k + 1) as f64 / all.len() as f64);
        }
        let lines: Vec<WorkLine> = series.iter().map(|series| line(series, self.accuracy)).collect();
        let timings = series.iter().filter_map(|(name, runs, _)| {
            let enough = runs.iter().find(|run| run.error <= self.accuracy)?;
            Some((format!("{name}, to {:e} in {}", self.accuracy, self.observable.name), enough.time))
        });
        found.timings.extend(timings);
        let (verdict, why) = judge(&lines, self, [reference, reference_error]);
        found.figures.push(figure(&series, self));
        let findings = WorkPrecisionFindings {
            observable: self.observable.name.clone(),
            accuracy: self.accuracy,
            reference,
            reference_error,
            lines,
        };
        found.outcomes.push(StudyFindings::new(findings, verdict, why));
        Ok(())
    }
}

/// SolverWork against error in time, on one grid.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct WorkPrecisionFindings {
    /// What the error is measured on.
    pub observable: String,
    /// The error to reach.
    pub accuracy: f64,
    /// The value on this grid without an error in time, by the extrapolated splitting with time-exact transport.
    pub reference: f64,
    /// Its estimated error.
    pub reference_error: f64,
    /// By method, the grid's own first.
    pub lines: Vec<WorkLine>,
}

/// Runs of one method, with finer and finer steps.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct WorkLine {
    /// Splitting and integrator.
    pub method: String,
    /// Passes over the cells: solves, factorisations, products with the operator and reactions.
    pub passes: Vec<usize>,
    /// Solves among them.
    pub solves: Vec<usize>,
    /// Products among them.
    pub products: Vec<usize>,
    /// |value − reference|.
    pub errors: Vec<f64>,
    /// Why the finest of the steps that broke down did so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refused: Option<String>,
    /// Passes for the accuracy.
    pub passes_to_accuracy: Option<f64>,
}

impl Outcome for WorkPrecisionFindings {
    fn kind(&self) -> &'static str {
        KIND.name
    }

    fn subject(&self) -> String {
        format!("work for precision in time, for {}", self.observable)
    }

    fn found(&self) -> String {
        let own = self.lines.first().and_then(|line| line.passes_to_accuracy);
        own.map_or_else(|| "not reached".into(), |passes| format!("{passes:.0} passes"))
    }

    fn claim(&self) -> String {
        format!("error {}", number(self.accuracy))
    }

    fn tables(&self) -> Vec<Table> {
        let caption = format!("Passes over the cells for an error in time of {}", number(self.accuracy));
        let mut table = Table::new(caption, &[]);
        for line in &self.lines {
            let passes =
                line.passes_to_accuracy.map_or_else(|| "not reached".into(), |passes| format!("{passes:.0}"));
            let refused = if line.refused.is_some() { ", longer steps break down" } else { "" };
            table.pair(line.method.as_str(), format!("{passes}{refused}"));
        }
        vec![table]
    }
}

/// One run.
struct Level {
    work: SolverWork,
    error: f64,
    time: Duration,
}

/// What is solved again and again.
struct Solver<'a> {
    problem: &'a Problem,
    cells: &'a Grid,
    φ: &'a [f64],
}

impl Solver<'_> {
    /// ∫φρ_T, and what it took.
    fn value(&self, grid: &GridSettings, step: f64) -> Result<(f64, SolverWork, Duration), Breakdown> {
        let start = Instant::now();
        let mut evolution = grid.evolution(self.problem, self.cells, step)?;
        let (trajectory, breakdown) = evolution.run(&[self.problem.horizon], |_| ());
        let time = start.elapsed();
        match breakdown {
            Some(breakdown) => Err(breakdown.into()),
            None => Ok((trajectory.integrate(trajectory.last(), self.φ), evolution.work(), time)),
        }
    }

    /// The value without an error in time, and its error.
    fn reference(&self, grid: &GridSettings) -> Result<(f64, f64), Breakdown> {
        let exact = GridSettings {
            method: Splitting::Richardson,
            transport: TransportIntegrator::TimeExact,
            tolerance: None,
            ..grid.clone()
        };
        let [coarse, fine] = [REFERENCE_STEPS / 2, REFERENCE_STEPS]
            .map(|steps| self.value(&exact, self.problem.horizon / steps as f64).map(|found| found.0));
        let (coarse, fine) = (coarse?, fine?);
        Ok((fine, (fine - coarse).abs()))
    }

    /// Runs with finer and finer steps until the accuracy is well exceeded, and why longer steps broke down.
    fn levels(&self, method: &GridSettings, reference: f64, accuracy: f64) -> (Vec<Level>, Option<String>) {
        let (mut runs, mut refused) = (Vec::new(), None);
        for (step, tolerance) in steps_of(method, self.problem.horizon) {
            match self.value(&GridSettings { tolerance, ..method.clone() }, step) {
                Ok((found, work, time)) => runs.push(Level { work, error: (found - reference).abs(), time }),
                // Coarse steps may leave a negative density; finer ones need not.
                Err(breakdown) => {
                    refused = Some(breakdown.to_string());
                    runs.clear();
                }
            }
            if runs.last().is_some_and(|run| run.error < BEYOND * accuracy) {
                break;
            }
        }
        (runs, refused)
    }
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

/// (longest step, tolerance) of the levels.
fn steps_of(method: &GridSettings, horizon: f64) -> Vec<(f64, Option<f64>)> {
    let adaptive = method.method == Splitting::Unsplit || method.tolerance.is_some();
    let ([first, last], factor) =
        if adaptive { (TOLERANCES, 10f64.powf(-0.5)) } else { (STEPS, 2f64.sqrt()) };
    let levels = ((last / first).ln() / factor.ln()).round() as i32;
    let values = (0..=levels).map(|k| first * factor.powi(k));
    values
        .map(|value| if adaptive { (horizon, Some(value)) } else { (horizon / value.round(), None) })
        .collect()
}

fn line((name, levels, refused): &(String, Vec<Level>, Option<String>), accuracy: f64) -> WorkLine {
    let of = |part: fn(&SolverWork) -> usize| levels.iter().map(|level| part(&level.work)).collect();
    WorkLine {
        method: name.clone(),
        passes: of(SolverWork::passes),
        solves: of(|work| work.solves),
        products: of(|work| work.products),
        errors: levels.iter().map(|level| level.error).collect(),
        refused: refused.clone(),
        passes_to_accuracy: to_accuracy(levels, accuracy),
    }
}

/// Passes for the accuracy, by a power law between the levels around it; those of the first level if that has it already.
fn to_accuracy(levels: &[Level], accuracy: f64) -> Option<f64> {
    let enough = levels.iter().position(|level| level.error <= accuracy)?;
    let passes = |k: usize| levels[k].work.passes() as f64;
    let Some(before) = enough.checked_sub(1) else {
        return Some(passes(enough));
    };
    let slope = (passes(enough) / passes(before)).ln() / (levels[enough].error / levels[before].error).ln();
    Some(passes(before) * (accuracy / levels[before].error).powf(slope))
}

/// The first line against the implicit steps of Strang's splitting.
fn judge(
    lines: &[WorkLine],
    settings: &WorkPrecision,
    [reference, reference_error]: [f64; 2],
) -> (Verdict, String) {
    let accuracy = settings.accuracy;
    if reference_error > BEYOND * accuracy {
        return (
            Verdict::Inconclusive,
            format!(
                "the reference is known only to {reference_error:.1e}, which is not enough for {accuracy:e}"
            ),
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
    let size = ROUNDING * reference.abs().max(f64::MIN_POSITIVE);
    if lines.iter().all(|line| line.errors.iter().all(|error| *error <= size)) {
        let why = format!(
            "every error in {} is rounding, so that no work is for precision",
            settings.observable.name
        );
        return (Verdict::Inconclusive, why);
    }
    let peers = [TransportIntegrator::BackwardEuler, TransportIntegrator::CrankNicolson]
        .map(|transport| format!("{}, {}", Splitting::Strang.name(), transport.name()));
    // What cannot reach the accuracy is beaten by any factor.
    let beaten = |peer: &String| {
        ratios.iter().find(|(name, _)| name == peer).is_none_or(|(_, ratio)| *ratio >= factor)
    };
    let verdict = if peers.iter().all(beaten) { Verdict::Pass } else { Verdict::Fail };
    (verdict, text)
}

fn figure(methods: &[(String, Vec<Level>, Option<String>)], settings: &WorkPrecision) -> Figure {
    let lines =
        methods.iter().filter(|(_, levels, _)| !levels.is_empty()).map(|(name, levels, _)| PowerLine {
            label: name.clone(),
            x: levels.iter().map(|level| level.work.passes() as f64).collect(),
            y: levels.iter().map(|level| level.error).collect(),
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
