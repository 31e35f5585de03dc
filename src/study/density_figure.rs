//! The density at the horizon: curves in one dimension, heat maps of it or of its marginals above.

use super::bins::Bins;
use super::figure::{BandHistogram, DensityPlot, Figure, PlanePlot, Plot};
use super::grid::GridRun;
use crate::model::{Dynamics, Initial, Problem};
use crate::particles::{Mean, Population};

/// Bins of a picture along one axis, at most: a line's, a plane's.
const BINS: [usize; 2] = [80, 40];

/// Pictures of the law at the horizon by the grid, and by particles if there are any.
pub fn density(problem: &Problem, run: &GridRun, particles: Option<&Population>) -> Vec<Figure> {
    match run.trajectory.grid.dimension() {
        1 => vec![line(problem, run, particles)],
        d => {
            let pairs = (0..d).flat_map(|i| (i + 1..d).map(move |j| [i, j]));
            pairs.map(|axes| plane(problem, run, particles, axes)).collect()
        }
    }
}

fn plane(problem: &Problem, run: &GridRun, particles: Option<&Population>, axes: [usize; 2]) -> Figure {
    let grid = &run.trajectory.grid;
    let bins = Bins::new(grid, &axes, BINS[1]);
    let names = match problem.dynamics {
        Dynamics::Kinetic(_) => ["x", "p", ""],
        Dynamics::GradientFlow(_)
        | Dynamics::Sde(_)
        | Dynamics::Annealed(_)
        | Dynamics::ReverseDiffusion(_) => ["x", "y", "z"],
    };
    let names = axes.map(|axis| names[axis]);
    let per_volume = |masses: Vec<f64>| masses.iter().map(|mass| mass / bins.volume()).collect();
    let exact = bins.gather(grid, &run.trajectory.last().log_density);
    let mut panels = vec![("grid".to_string(), per_volume(exact))];
    panels.extend(particles.map(|particles| {
        let shares = particles.histogram(bins.len(), |x| bins.find(x)).shares;
        ("particles".to_string(), per_volume(shares.iter().map(|share| share.value).collect()))
    }));
    let [first, second] = names;
    let whole = grid.dimension() == 2;
    let law = if whole { "Density".to_string() } else { format!("Marginal density of ({first}, {second})") };
    Figure {
        id: if whole { "density".into() } else { format!("density-{first}{second}") },
        title: format!("{law} at the horizon"),
        caption: match particles {
            Some(_) => "Grid (left) and weighted particles (right), on one colour scale.".into(),
            None => "The grid solution.".into(),
        },
        plot: Plot::Plane(PlanePlot {
            axes: names,
            lower: [0, 1].map(|k| bins.extent(k)[0]),
            upper: [0, 1].map(|k| bins.extent(k)[1]),
            bins: [bins.count(0), bins.count(1)],
            panels,
        }),
    }
}

fn line(problem: &Problem, run: &GridRun, particles: Option<&Population>) -> Figure {
    let grid = &run.trajectory.grid;
    let last = run.trajectory.last();
    let x: Vec<f64> = (0..grid.len()).map(|cell| grid.coordinate(cell, 0)).collect();
    let log_mass = run.trajectory.log_mass(last);
    let mut curves = vec![(
        "grid ρ_T".to_string(),
        last.log_density.iter().map(|log| (log - log_mass).exp()).collect::<Vec<f64>>(),
    )];
    if let Some(potential) = &run.potential {
        let minus: Vec<f64> = potential.iter().map(|v| -v).collect();
        let log_z = grid.log_mass(&minus);
        curves.push(("target π".into(), minus.iter().map(|log| (log - log_z).exp()).collect()));
    }
    if let Initial::Mixture(mixture) = &problem.initial {
        curves.push(("start ρ₀".into(), x.iter().map(|&x| mixture.log_density(&[x][..]).exp()).collect()));
    }
    let bins = Bins::new(grid, &[0], BINS[0]);
    let edges = bins.edges();
    let histogram = particles.map(|particles| {
        let shares = particles.histogram(bins.len(), |x| bins.find(x)).shares;
        let per_width = |f: fn(&Mean) -> f64| -> Vec<f64> {
            let widths = edges.windows(2).map(|ends| ends[1] - ends[0]);
            shares.iter().zip(widths).map(|(share, width)| f(share) / width).collect()
        };
        BandHistogram {
            density: per_width(|share| share.value),
            stderr: per_width(|share| share.stderr),
            edges: edges.clone(),
        }
    });
    Figure {
        id: "density".into(),
        title: "Density at the horizon".into(),
        caption: match particles {
            Some(_) => "Steps: weighted particles with their 95 % band. Lines: the grid solution, the target and the start.",
            None => "The grid solution, the target and the start.",
        }
        .into(),
        plot: Plot::Density(DensityPlot { x, curves, histogram }),
    }
}
