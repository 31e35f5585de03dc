//! The density at the horizon: curves in one dimension, heat maps of it or of its marginals above.

use super::bins::Bins;
use super::figure::{BandHistogram, DensityPlot, Figure, PlanePlot, Plot};
use super::grid::GridRun;
use crate::model::{Dynamics, Initial, Problem};
use crate::particles::{Mean, Population};

/// Bins of a picture along one axis, at most: a line's, a plane's.
const BINS: [usize; 2] = [80, 40];
/// Share of the highest density that can be seen in a heat map.
const VISIBLE: f64 = 2e-3;
/// Above this share of an axis the whole box is shown in its bins, and below that there is no finer bin.
const WHOLE: f64 = 0.7;
const LEAST: f64 = 0.1;

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
    let names = match problem.dynamics {
        Dynamics::Kinetic(_) => ["x", "p", ""],
        Dynamics::GradientFlow(_)
        | Dynamics::Sde(_)
        | Dynamics::Annealed(_)
        | Dynamics::ReverseDiffusion(_) => ["x", "y", "z"],
    };
    let names = axes.map(|axis| names[axis]);
    let Window { bins, lower, upper, counts, panels } = window(run, particles, axes);
    let [first, second] = names;
    let whole = grid.dimension() == 2;
    let law = if whole { "Density".to_string() } else { format!("Marginal density of ({first}, {second})") };
    let shown: Vec<&str> = panels.iter().map(|(name, _)| name.as_str()).collect();
    let part = if counts.iter().zip([0, 1]).any(|(count, k)| *count < bins.count(k)) {
        ", on the part of the box that has the mass"
    } else {
        ""
    };
    Figure {
        id: if whole { "density".into() } else { format!("density-{first}{second}") },
        title: format!("{law} at the horizon"),
        caption: format!("From left to right: {}; on one colour scale{part}.", shown.join(", ")),
        plot: Plot::Plane(PlanePlot { axes: names, lower, upper, bins: counts, panels }),
    }
}

/// The part of a box that is shown.
struct Window {
    /// Of the whole box.
    bins: Bins,
    lower: [f64; 2],
    upper: [f64; 2],
    counts: [usize; 2],
    panels: Vec<(String, Vec<f64>)>,
}

/// Densities of grid, particles and target on the part of the box where one of the first two is visible, in about as many bins
/// as a whole box has.
fn window(run: &GridRun, particles: Option<&Population>, axes: [usize; 2]) -> Window {
    let coarse = Bins::new(&run.trajectory.grid, &axes, BINS[1]);
    let seen = visible(&coarse, &panels(run, particles, &coarse)[..]);
    let share = [0, 1].map(|k| seen[k].len() as f64 / coarse.count(k) as f64).into_iter().fold(0.0, f64::max);
    let bins = if share > WHOLE {
        coarse
    } else {
        Bins::new(&run.trajectory.grid, &axes, (BINS[1] as f64 / share.max(LEAST)) as usize)
    };
    let panels = panels(run, particles, &bins);
    let [across, up] = visible(&bins, &panels[..]);
    let cut = |values: Vec<f64>| -> Vec<f64> {
        let columns = bins.count(0);
        up.clone().flat_map(|j| values[j * columns..][across.clone()].to_vec()).collect()
    };
    let end = |k: usize, number: usize| {
        let [lower, upper] = bins.extent(k);
        lower + (upper - lower) * number as f64 / bins.count(k) as f64
    };
    Window {
        lower: [end(0, across.start), end(1, up.start)],
        upper: [end(0, across.end), end(1, up.end)],
        counts: [across.len(), up.len()],
        panels: panels.into_iter().map(|(name, values)| (name, cut(values))).collect(),
        bins,
    }
}

/// Densities in bins, by name; the target is the last.
fn panels(run: &GridRun, particles: Option<&Population>, bins: &Bins) -> Vec<(String, Vec<f64>)> {
    let grid = &run.trajectory.grid;
    let per_volume = |masses: Vec<f64>| masses.iter().map(|mass| mass / bins.volume()).collect();
    let mut panels =
        vec![("grid".to_string(), per_volume(bins.gather(grid, &run.trajectory.last().log_density)))];
    panels.extend(particles.map(|particles| {
        let shares = particles.histogram(bins.len(), |x| bins.find(x)).shares;
        ("particles".to_string(), per_volume(shares.iter().map(|share| share.value).collect()))
    }));
    panels.extend(run.potential.as_ref().map(|potential| {
        let minus: Vec<f64> = potential.iter().map(|v| -v).collect();
        ("target".to_string(), per_volume(bins.gather(grid, &minus)))
    }));
    panels
}

/// Along both axes, the bins between which all densities are visible, with one more at each end.
fn visible(bins: &Bins, panels: &[(String, Vec<f64>)]) -> [std::ops::Range<usize>; 2] {
    let columns = bins.count(0);
    let seen = |values: &Vec<f64>| {
        let top = values.iter().copied().fold(0.0, f64::max);
        let places = values.iter().enumerate().filter(move |(_, value)| **value > VISIBLE * top);
        places.map(|(place, _)| [place % columns, place / columns]).collect::<Vec<_>>()
    };
    let places: Vec<[usize; 2]> = panels.iter().flat_map(|(_, values)| seen(values)).collect();
    [0, 1].map(|k| {
        let along = || places.iter().map(|place| place[k]);
        let (Some(first), Some(last)) = (along().min(), along().max()) else { return 0..bins.count(k) };
        first.saturating_sub(1)..(last + 2).min(bins.count(k))
    })
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
    let drawn: Vec<&str> =
        curves.iter().map(|(name, _)| name.rsplit_once(' ').map_or(&name[..], |(name, _)| name)).collect();
    let drawn = match drawn[..] {
        [one] => one.to_string(),
        [ref most @ .., last] => format!("{} and {last}", most.join(", ")),
        [] => String::new(),
    };
    let bins = Bins::new(grid, &[0], BINS[0]);
    let edges = bins.edges();
    let histogram = particles.map(|particles| {
        let shares = particles.histogram(bins.len(), |x| bins.find(x)).shares;
        let per_width = |f: fn(&Mean) -> f64| -> Vec<f64> {
            let widths = edges.windows(2).map(|ends| ends[1] - ends[0]);
            shares.iter().zip(widths).map(|(share, width)| f(share) / width).collect()
        };
        BandHistogram {
            of: "particles",
            density: per_width(|share| share.value),
            stderr: per_width(|share| share.stderr),
            edges: edges.clone(),
        }
    });
    Figure {
        id: "density".into(),
        title: "Density at the horizon".into(),
        caption: match particles {
            Some(_) => format!("Steps: weighted particles with their 95 % band. Lines: {drawn}."),
            None => format!("Lines: {drawn}."),
        },
        plot: Plot::Density(DensityPlot { logarithmic: false, x, curves, histogram }),
    }
}
