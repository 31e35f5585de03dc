//! Shares of the modes over time, from the noise to the data.

use super::{Corrected, Heuristic};
use crate::exact::ExactTargetLaw as Target;
use crate::model::{Observable, Problem, ReverseDiffusion};
use crate::particles::Mean;
use crate::pde::Trajectory;
use crate::pde::on_cells;
use crate::study::figure::{Figure, Plot, SweepLine, SweepLook, SweepPlot, SweepScale};
use crate::study::grid::GridRun;

/// Cells along each axis of the quadrature at one time, by dimension.
const CELLS: [usize; 2] = [1 << 12, 1 << 7];

/// Marks are drawn at every second time.
const EVERY: usize = 2;

/// A picture for each observable with jumps, as the share of a mode is one.
pub(super) fn figures(
    problem: &Problem,
    flow: &ReverseDiffusion,
    corrected: &Corrected<'_>,
    heuristic: &Heuristic,
) -> Vec<Figure> {
    let shares: Vec<(usize, &Observable)> =
        problem.observables.iter().enumerate().filter(|(_, observable)| observable.jumps()).collect();
    if shares.is_empty() {
        return Vec::new();
    }
    let times = &corrected.series.times;
    let at = |t: &f64| Target::at(flow, (flow.horizon - t).max(0.0), CELLS[flow.dimension() - 1]);
    let targets: Vec<Target> = times.iter().map(at).collect();
    let figure = |(number, (place, observable)): (usize, (usize, &Observable))| {
        let line = |label: &str, x: Vec<f64>, y: Vec<f64>, group, look| SweepLine {
            label: label.into(),
            x,
            y,
            stderr: Vec::new(),
            group,
            look,
        };
        let exact = targets.iter().map(|law| law.mean(observable).0).collect();
        let mut lines = vec![line("target", times.clone(), exact, 0, SweepLook::Line)];
        let both = [
            ("with weights", 1, corrected.grid, corrected.series, SweepLook::Filled),
            ("without weights", 2, heuristic.grid.as_ref(), &heuristic.series, SweepLook::Hollow),
        ];
        for (name, group, grid, series, look) in both {
            let solution = grid.map(|grid: &GridRun| on_grid(&grid.trajectory, observable));
            lines.extend(solution.map(|(times, means)| {
                line(&format!("grid, {name}"), times, means, group, SweepLook::Dashed)
            }));
            let means: Vec<Mean> = series.means.iter().step_by(EVERY).map(|means| means[place]).collect();
            let times = series.times.iter().step_by(EVERY).copied().collect();
            let values = means.iter().map(|mean| mean.value).collect();
            let marks = line(&format!("paths, {name}"), times, values, group, look);
            lines.push(SweepLine { stderr: means.iter().map(|mean| mean.stderr).collect(), ..marks });
        }
        Figure {
            id: format!("share-{}", number + 1),
            title: format!("Share of {} on the way", observable.name),
            caption: "From the noise to the data: the target at the same noise level, the paths with and without weights (with 95 % bars), and their distributions on the grid as it is, where there is one: not extrapolated, as the values in the table are.".into(),
            plot: Plot::Sweep(SweepPlot {
                logarithmic: false,
                zero: false,
                scale: SweepScale::Linear,
                x_name: "time t".into(),
                y_name: format!("share of {}", observable.name),
                lines,
            }),
        }
    };
    shares.into_iter().enumerate().map(figure).collect()
}

/// The normalised mean of an observable at every frame.
fn on_grid(trajectory: &Trajectory, observable: &Observable) -> (Vec<f64>, Vec<f64>) {
    let φ = on_cells(&trajectory.grid, observable);
    let frames = trajectory.frames.iter();
    frames
        .map(|frame| {
            let mean = trajectory.integrate(frame, &φ) / trajectory.log_mass(frame).exp();
            (frame.time, mean)
        })
        .unzip()
}
