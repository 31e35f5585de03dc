//! Orders of the grid solver toward a solution that is known because it was made one.

use super::figure::{Figure, OrderLine, OrderPlot, Plot};
use super::findings::{Outcome, StudyFindings, Verdict};
use super::grid_order::{Ladder, judge};
use super::{Breakdown, Progress};
use crate::model::{Dynamics, Manufactured, Problem};
use crate::particles::step_count;
use crate::pde::manufactured::{log_solution, misfit_at_sides};
use crate::pde::{Evolution, Grid, GridBreakdown, GridSettings, Splitting, TransportIntegrator};

/// Grids by dimension; each halves the width.
const GRIDS: [usize; 3] = [5, 5, 4];
/// Steps; each halves the one before. Rules of order 1 take their time to show it.
const STEPS: usize = 7;
/// Halvings from the finest grid to that on which steps are studied, by dimension.
const COARSER: [usize; 3] = [1, 2, 2];
/// Fewest cells of the coarsest rung.
const FEWEST_CELLS: usize = 4;
/// What u may miss at the sides of the box, as a share: beyond, it is no solution there.
const TIGHT: f64 = 1e-6;

/// ∫|ρ_T − u_T|/∫u_T in space, at steps whose own error is measured and far smaller; and in the step, on a coarser grid,
/// differences of successive rungs, which see no error in space.
///
/// # Errors
/// If the grid breaks down.
pub fn study(
    problem: &Problem,
    settings: &GridSettings,
    manufactured: &Manufactured,
    integrators: &[TransportIntegrator],
    progress: Progress<'_>,
) -> Result<(Vec<StudyFindings>, Figure), Breakdown> {
    let density = |grid: &Grid, method, transport, step: f64| -> Result<Vec<f64>, Breakdown> {
        let evolution = Evolution::new(problem, grid, method, transport, step)?;
        let (trajectory, breakdown) = evolution.manufactured(manufactured)?.run(&[problem.horizon], |_| ());
        match breakdown {
            Some(breakdown) => Err(breakdown.into()),
            None => Ok(probability(problem, grid, &trajectory.last().log_density)),
        }
    };
    let rungs = GRIDS[settings.cells.len() - 1];
    let grids: Vec<Grid> = (0..rungs)
        .map(|k| {
            let coarsest = settings.cells.iter().map(|&n| (n >> (rungs - 1)).max(FEWEST_CELLS));
            settings.grid().with_cells(coarsest.map(|n| n << k).collect())
        })
        .collect();
    let kind = Outcome::Manufactured;
    let mut findings = Vec::new();
    let mut lines: Vec<OrderLine> = Vec::new();
    let mut take = |(finding, line): (StudyFindings, OrderLine)| {
        findings.push(finding);
        lines.push(line);
    };
    let label = format!("u = {}", manufactured.name);

    let finest = &grids[rungs - 1];
    let tight = (0..=4)
        .map(|k| misfit_at_sides(finest, manufactured, 0.25 * f64::from(k) * problem.horizon))
        .fold(0.0, f64::max);
    let (splitting, exact) = (Splitting::Richardson, TransportIntegrator::TimeExact);
    let mut rung = 0;
    let (errors, _) = finest_rungs(&grids, |grid| {
        rung += 1;
        progress("manufactured solution", 0.5 * f64::from(rung) / rungs as f64);
        let found = density(grid, splitting, settings.transport, settings.step)?;
        let u = probability(problem, grid, &log_solution(grid, manufactured, problem.horizon)?);
        Ok(distance(grid, &found, &u))
    })?;
    // The error in time hardly depends on the grid: the difference to half the step tells it, on a coarse one.
    let coarse = &grids[rungs - 2];
    let [whole, half] =
        [settings.step, 0.5 * settings.step].map(|step| density(coarse, splitting, settings.transport, step));
    let in_time = distance(coarse, &whole?, &half?);
    let widths: Vec<f64> = grids[rungs - errors.len()..].iter().map(|grid| grid.width(0)).collect();
    let space = Ladder {
        name: "space",
        observable: &label,
        expected: 2,
        steps: &widths,
        accuracy: in_time,
        kind: Outcome::Manufactured,
    };
    let (mut finding, line) = judge(&space, errors);
    if tight > TIGHT {
        let why = format!(
            "u does not fit the sides of the box, by {tight:.1e} of its largest current through a reflecting one, or of its \
             largest value at others: it is no solution there"
        );
        finding = StudyFindings::new(finding.outcome, Verdict::Inconclusive, why);
    }
    take((finding, line));

    let coarser = &grids[rungs - 1 - COARSER[settings.cells.len() - 1]];
    // The circulation of a kinetic grid leaves the extrapolation an h³; between steps of a symmetric rule there is none.
    let kinetic = matches!(problem.dynamics, Dynamics::Kinetic(_));
    let symmetric = kinetic.then_some((splitting, TransportIntegrator::CrankNicolson));
    let methods = [(Splitting::Strang, exact), (splitting, exact)]
        .into_iter()
        .chain(symmetric)
        .chain(integrators.iter().filter(|own| **own != exact).map(|own| (Splitting::Strang, *own)))
        .collect::<Vec<_>>();
    for (m, (method, transport)) in methods.iter().enumerate() {
        let Some(expected) = Evolution::driven_time_order(problem, *method, *transport) else { continue };
        let name = format!("{}, {}", method.name(), transport.name());
        let first = (step_count(problem.horizon, settings.step) / 4).max(2);
        let steps: Vec<f64> = (0..STEPS).map(|k| problem.horizon / (first << k) as f64).collect();
        let (densities, refusal) = finest_rungs(&steps, |step| density(coarser, *method, *transport, *step))?;
        let differences: Vec<f64> =
            densities.windows(2).map(|pair| distance(coarser, &pair[0], &pair[1])).collect();
        let steps = &steps[STEPS - densities.len()..][..differences.len()];
        // Every implicit step leaves the rounding of its solver.
        let accuracy = match transport.order() {
            Some(_) => f64::EPSILON * (first << (STEPS - 1)) as f64,
            None => 0.0,
        };
        let ladder = Ladder { name: &name, observable: &label, expected, steps, accuracy, kind };
        let (mut finding, line) = judge(&ladder, differences);
        if let Some(breakdown) = refusal.filter(|_| finding.verdict == Verdict::Inconclusive) {
            finding.why = breakdown.to_string();
        }
        take((finding, line));
        progress("manufactured solution", 0.5 + 0.5 * (m + 1) as f64 / methods.len() as f64);
    }
    let figure = Figure {
        id: "manufactured".into(),
        title: "Orders toward a manufactured solution".into(),
        caption: format!(
            "∫|ρ_T − u_T| for {label} against cell width (space), and differences between successive rungs against step.",
        ),
        plot: Plot::Orders(OrderPlot { step_name: "cell width Δx or step h".into(), lines }),
    };
    Ok((findings, figure))
}

/// What `run` gives on the finest rungs, and why not on the last one where it gives nothing: rules that are not positive may
/// need finer ones.
fn finest_rungs<R, T>(
    rungs: &[R],
    mut run: impl FnMut(&R) -> Result<T, Breakdown>,
) -> Result<(Vec<T>, Option<GridBreakdown>), Breakdown> {
    let (mut found, mut refusal) = (Vec::new(), None);
    for rung in rungs {
        match run(rung) {
            Ok(value) => found.push(value),
            Err(Breakdown::Grid(breakdown @ GridBreakdown::Negative { .. })) => {
                found.clear();
                refusal = Some(breakdown);
            }
            Err(breakdown) => return Err(breakdown),
        }
    }
    Ok((found, refusal))
}

/// ρ at the cells, with ∫ρ = 1 where the flow keeps the mass.
fn probability(problem: &Problem, grid: &Grid, log_density: &[f64]) -> Vec<f64> {
    let log_mass = if problem.normalized() { grid.log_mass(log_density) } else { 0.0 };
    log_density.iter().map(|log| (log - log_mass).exp()).collect()
}

/// ∫|ρ − u|/∫u.
fn distance(grid: &Grid, ρ: &[f64], u: &[f64]) -> f64 {
    grid.integrate(ρ.iter().zip(u).map(|(ρ, u)| (ρ - u).abs())) / grid.integrate(u.iter().copied())
}
