//! The picture of the distribution at the data.

use super::{Corrected, Heuristic};
use crate::exact::ExactTargetLaw as Target;
use crate::model::LogDensity;
use crate::particles::{Mean, Population};
use crate::pde::Grid;
use crate::study::bins::Bins;
use crate::study::figure::{BandHistogram, DensityPlot, Figure, PlanePlot, Plot};
use crate::study::grid::GridRun;

/// Bins of the pictures along one axis, by dimension.
const BINS: [usize; 2] = [80, 40];
/// Share of the largest density that is shown.
const SHOWN: f64 = 1e-4;

/// The part of the box in which the law shows, with a margin.
fn window(law: &Target) -> Grid {
    let d = law.grid.dimension();
    let largest = law.log_density.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let (mut lower, mut upper) = (vec![f64::INFINITY; d], vec![f64::NEG_INFINITY; d]);
    for (cell, _) in law.log_density.iter().enumerate().filter(|(_, log)| **log > largest + SHOWN.ln()) {
        for axis in 0..d {
            let x = law.grid.coordinate(law.grid.position(cell, axis), axis);
            lower[axis] = f64::min(lower[axis], x);
            upper[axis] = f64::max(upper[axis], x);
        }
    }
    for axis in 0..d {
        let margin = 0.2 * (upper[axis] - lower[axis]);
        lower[axis] -= margin;
        upper[axis] += margin;
    }
    Grid::new(lower, upper, vec![if d == 1 { 4 * BINS[0] } else { BINS[1] }; d])
}

/// The law at the data, by paths and by the grid; `names` are those of two axes.
pub(super) fn pictures(
    law: &Target,
    corrected: &Corrected<'_>,
    heuristic: &Heuristic,
    names: [&'static str; 2],
) -> Vec<Figure> {
    let window = window(law);
    let axes: Vec<usize> = (0..window.dimension()).collect();
    let bins = Bins::new(&window, &axes, BINS[axes.len() - 1]);
    let shares = |population: &Population| population.histogram(bins.len(), |x| bins.find(x)).shares;
    let density = |shares: &[Mean], f: fn(&Mean) -> f64| -> Vec<f64> {
        shares.iter().map(|share| f(share) / bins.volume()).collect()
    };
    let near = |x: &[f64]| -> f64 {
        let position = |axis: usize| {
            let place = (x[axis] - law.grid.lower()[axis]) / law.grid.width(axis);
            (place >= 0.0 && place < law.grid.cells()[axis] as f64).then_some(place as usize)
        };
        let cells = law.grid.cells();
        let cell = axes.iter().rev().try_fold(0, |cell, &axis| Some(cell * cells[axis] + position(axis)?));
        cell.map_or(0.0, |cell| law.log_density[cell].exp())
    };
    let exact: Vec<f64> = (0..window.len()).map(|cell| near(&window.centre(cell))).collect();
    let on_grid = |grid: Option<&GridRun>| grid.map(|run| solution(run, &window));
    let solutions = [on_grid(corrected.grid), on_grid(heuristic.grid.as_ref())];
    let (own, plain) = (shares(corrected.population), shares(&heuristic.population));
    let figure = |id: &str, caption: &str, plot| Figure {
        id: id.into(),
        title: "The law at the data".into(),
        caption: caption.into(),
        plot,
    };
    if axes.len() == 1 {
        let x: Vec<f64> = (0..window.len()).map(|cell| window.coordinate(cell, 0)).collect();
        let heuristic = density(&plain, |share| share.value);
        let steps = x.iter().map(|x| bins.find(&[*x]).map_or(0.0, |bin| heuristic[bin])).collect();
        let [with, without] = solutions;
        let mut curves = vec![("target p".to_string(), exact)];
        curves.extend(with.map(|density| ("grid, with weights".into(), density)));
        curves.push(("paths without weights".into(), steps));
        curves.extend(without.map(|density| ("grid, without weights".into(), density)));
        let histogram = Some(BandHistogram {
            of: "particles",
            edges: bins.edges(),
            density: density(&own, |share| share.value),
            stderr: density(&own, |share| share.stderr),
        });
        let caption = "The target, the weighted paths with their 95 % band, the same paths without weights, and both distributions on the grid, if there is one.";
        return vec![figure(
            "target-law",
            caption,
            Plot::Density(DensityPlot { logarithmic: false, x, curves, histogram }),
        )];
    }
    let plane = |panels: Vec<(String, Vec<f64>)>| {
        Plot::Plane(PlanePlot {
            axes: names,
            lower: [0, 1].map(|k| bins.extent(k)[0]),
            upper: [0, 1].map(|k| bins.extent(k)[1]),
            bins: [bins.count(0), bins.count(1)],
            panels,
        })
    };
    let paths = plane(vec![
        ("target".into(), exact.clone()),
        ("corrected".into(), density(&own, |share| share.value)),
        ("without correction".into(), density(&plain, |share| share.value)),
    ]);
    let mut figures = vec![figure(
        "target-law",
        "The target, the weighted paths, and the same paths without weights.",
        paths,
    )];
    if let [Some(with), Some(without)] = solutions {
        let panels = vec![
            ("target".into(), exact),
            ("grid, corrected".into(), with),
            ("grid, without correction".into(), without),
        ];
        let caption = "The target, and the distributions of the paths with and without weights on the grid.";
        figures.push(figure("target-law-grid", caption, plane(panels)));
    }
    figures
}

/// The normalised density of a grid solution at the places of the picture; 0 outside of its box.
fn solution(run: &GridRun, window: &Grid) -> Vec<f64> {
    let (trajectory, last) = (&run.trajectory, run.trajectory.last());
    let (grid, log_mass) = (&trajectory.grid, trajectory.log_mass(last));
    window.sample(|x| {
        let inside =
            x.iter().enumerate().all(|(axis, x)| grid.lower()[axis] <= *x && *x <= grid.upper()[axis]);
        if inside { (trajectory.log_density(last.time, x) - log_mass).exp() } else { 0.0 }
    })
}
