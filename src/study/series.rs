use super::figure::{Array, Arrays, Entries, Figure, Plot, TimePlot};
use super::grid::GridRun;
use super::sampled::Sampled;
use crate::model::Problem;
use crate::particles::{Mean, Simulation};
use crate::pde::on_cells;

/// The id of the picture of the means.
pub(super) const MEANS: &str = "means";
/// So many observables are drawn, of those whose sizes differ from that of the first by less than this factor.
const DRAWN: usize = 4;
const SCALE: f64 = 10.0;

/// Means of the observables of particles at the recorded times.
#[derive(Clone, Debug, Default)]
pub struct TimeSeries {
    /// The times.
    pub times: Vec<f64>,
    /// One mean for each observable, at each time.
    pub means: Vec<Vec<Mean>>,
    /// The effective sample size at each time.
    pub ess: Vec<f64>,
}

impl TimeSeries {
    /// What a simulation has recorded.
    pub fn of(simulation: &Simulation) -> Self {
        let times = simulation.history.iter().map(|instant| instant.time).collect();
        let ess = simulation.history.iter().map(|instant| instant.ess).collect();
        Self { times, means: simulation.recorded_means.clone(), ess }
    }
}

/// What the grid has at the recorded times: as it is, not extrapolated as the values at the horizon are.
#[derive(Clone, Debug, Default)]
pub struct GridSeries {
    /// The times.
    pub times: Vec<f64>,
    /// One mean for each observable, at each time.
    pub means: Vec<Vec<f64>>,
    /// KL to the target at each time; empty where there is no target.
    pub kl: Vec<f64>,
    /// The times of the densities.
    pub density_times: Vec<f64>,
    /// log ρ of each cell at those times, the first axis running fastest.
    pub log_densities: Vec<Vec<f64>>,
    /// The cell centres along each axis.
    pub axes: Vec<Vec<f64>>,
}

/// What a run followed in time: the data of series.npz and series.csv.
#[derive(Clone, Debug, Default)]
pub struct Series {
    /// The formulas of the observables.
    pub observables: Vec<String>,
    /// By the grid, if there is one.
    pub grid: Option<GridSeries>,
    /// By the particles, if there are any.
    pub particles: Option<TimeSeries>,
}

impl Series {
    /// Of a problem, without times yet.
    pub(super) fn of(problem: &Problem) -> Self {
        let observables = problem.observables.iter().map(|observable| observable.name.clone()).collect();
        Self { observables, grid: None, particles: None }
    }

    /// Whether nothing was followed.
    pub fn is_empty(&self) -> bool {
        self.grid.is_none() && self.particles.is_none()
    }

    /// With the means of the particles; those at the horizon are those of the findings.
    pub(super) fn add_particles(&mut self, sampled: &Sampled) {
        let mut series = sampled.series.clone();
        if let (Some(findings), Some(last)) = (&sampled.findings, series.means.last_mut()) {
            for (mean, name) in last.iter_mut().zip(&self.observables) {
                if let Some(own) = findings.observables.get(name) {
                    *mean = Mean { value: own.value, stderr: own.stderr };
                }
            }
        }
        self.particles = Some(series).filter(|series| !series.means.is_empty());
    }

    /// The means in time, as the grid and the particles have them; `None` if there are fewer than two times.
    pub(super) fn figure(&self) -> Option<Figure> {
        let line = |own: &str, times: &[f64], values: Vec<f64>| (own.to_string(), times.to_vec(), values);
        let lines = |k: usize, formula: &String| {
            let by_grid = self.grid.iter().map(|grid| {
                let values = grid.means.iter().map(|means| means[k]).collect();
                line(&format!("E[{formula}]"), &grid.times, values)
            });
            let by_particles = self.particles.iter().map(|particles| {
                let values = particles.means.iter().map(|means| means[k].value).collect();
                let by = if self.grid.is_some() { ", particles" } else { "" };
                line(&format!("E[{formula}]{by}"), &particles.times, values)
            });
            by_grid.chain(by_particles).collect::<Vec<_>>()
        };
        let size = |lines: &Vec<(String, Vec<f64>, Vec<f64>)>| {
            lines.iter().flat_map(|(_, _, values)| values).fold(0.0, |size: f64, value| size.max(value.abs()))
        };
        let all = self.observables.iter().enumerate().map(|(k, formula)| lines(k, formula));
        let mut drawn: Vec<_> = all.filter(|own| size(own).is_finite()).collect();
        let first = drawn.first().map_or(0.0, size);
        drawn.retain(|own| (first / SCALE..=first * SCALE).contains(&size(own)));
        drawn.truncate(DRAWN);
        let several = drawn.iter().flatten().any(|(_, times, _)| times.len() > 1);
        let by_two = self.grid.is_some() && self.particles.is_some();
        several.then(|| Figure {
            id: MEANS.into(),
            title: "Observables in time".into(),
            caption: {
                let who = match (by_two, self.grid.is_some()) {
                    (true, _) => "Solid: grid; dashed: particles.",
                    (false, true) => "By the grid.",
                    (false, false) => "By the particles.",
                };
                let left = if drawn.len() < self.observables.len() {
                    " Those of one scale; all others"
                } else {
                    " Values"
                };
                format!("{who}{left} are in series.csv.")
            },
            plot: Plot::Time(TimePlot {
                quantity: "expectation".into(),
                logarithmic: false,
                pairs: by_two,
                lines: drawn.into_iter().flatten().collect(),
            }),
        })
    }

    /// The arrays of series.npz.
    pub fn arrays(&self) -> Arrays {
        let count = self.observables.len();
        let mut arrays = vec![Array::list("observables", Entries::Texts(self.observables.clone()))];
        if let Some(grid) = &self.grid {
            let times = grid.times.len();
            arrays.push(Array::new("grid_times", vec![times], grid.times.clone()));
            arrays.push(Array::matrix("grid_means", [times, count], |i, j| grid.means[i][j]));
            if !grid.kl.is_empty() {
                arrays.push(Array::new("grid_kl", vec![times], grid.kl.clone()));
            }
            if !grid.density_times.is_empty() {
                let cells = grid.axes.iter().map(Vec::len);
                let shape = cells.chain([grid.density_times.len()]).collect();
                let along = grid.axes.iter().enumerate();
                arrays
                    .extend(along.map(|(k, x)| Array::new(format!("x{}", k + 1), vec![x.len()], x.clone())));
                arrays.push(Array::new(
                    "density_times",
                    vec![grid.density_times.len()],
                    grid.density_times.clone(),
                ));
                arrays.push(Array::new("log_densities", shape, grid.log_densities.concat()));
            }
        }
        if let Some(TimeSeries { times, means, ess }) = &self.particles {
            let shape = [times.len(), count];
            arrays.push(Array::new("particle_times", vec![times.len()], times.clone()));
            arrays.push(Array::matrix("particle_means", shape, |i, j| means[i][j].value));
            arrays.push(Array::matrix("particle_stderrs", shape, |i, j| means[i][j].stderr));
            arrays.push(Array::new("particle_ess", vec![times.len()], ess.clone()));
        }
        Arrays { id: "series".into(), arrays }
    }
}

impl GridRun {
    /// The means of the observables and KL at the recorded times, and the densities at the `chosen` ones.
    pub(super) fn series(&self, problem: &Problem, chosen: &[f64]) -> GridSeries {
        let trajectory = &self.trajectory;
        let observables: Vec<Vec<f64>> =
            problem.observables.iter().map(|observable| on_cells(&trajectory.grid, observable)).collect();
        let frames = &trajectory.frames;
        let means = frames.iter().map(|frame| {
            let mass = if problem.normalized() { trajectory.log_mass(frame).exp() } else { 1.0 };
            observables.iter().map(|φ| trajectory.integrate(frame, φ) / mass).collect()
        });
        let nearest = |time: &f64| {
            let distance = |frame: &&crate::pde::Frame| (frame.time - time).abs();
            frames.iter().min_by(|a, b| distance(a).total_cmp(&distance(b)))
        };
        let stored: Vec<_> = chosen.iter().filter_map(nearest).collect();
        let along = |axis: usize| {
            (0..trajectory.grid.cells()[axis]).map(|k| trajectory.grid.coordinate(k, axis)).collect()
        };
        GridSeries {
            times: frames.iter().map(|frame| frame.time).collect(),
            means: means.collect(),
            kl: self.entropies().1,
            density_times: stored.iter().map(|frame| frame.time).collect(),
            log_densities: stored.iter().map(|frame| frame.log_density.clone()).collect(),
            axes: (0..trajectory.grid.dimension()).map(along).collect(),
        }
    }
}
