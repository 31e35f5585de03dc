//! Laws on cells, and the functions whose means are compared.

use crate::exact::ExactTargetLaw;
use crate::model::{Dynamics, GaussianMixture, Observable, Problem, Variable};
use crate::pde::{Grid, extent, log_sum_exp};
use crate::study::grid::GridRun;
use crate::study::modes::overdamped;

/// Cells along each axis of the finer of two quadratures, by dimension.
const CELLS: [usize; 3] = [1 << 15, 1 << 9, 1 << 6];
/// Total variation between two quadratures from which on they do not resolve the law, as cells step over its narrow parts.
const UNRESOLVED: f64 = 0.05;
/// Standard deviations of a component that a box holds: 1e-15 is beyond.
const DEVIATIONS: f64 = 8.0;

/// A function of the state.
pub type OfState<'a> = Box<dyn Fn(&[f64]) -> f64 + Sync + 'a>;

/// A function of the state whose mean under samples and truth is compared.
pub struct Function<'a> {
    /// Its name.
    pub name: String,
    /// f(x).
    pub of: OfState<'a>,
    /// Coordinates that it reads; `None` for all.
    pub axes: Option<Vec<usize>>,
    /// Whether it jumps.
    pub jumps: bool,
}

impl<'a> Function<'a> {
    /// That of an observable in dimension `d`.
    pub fn observable(own: &'a Observable, d: usize) -> Self {
        let axes = (0..d).filter(|axis| own.expression().depends_on(Variable::Space(*axis)));
        Self {
            name: own.name.clone(),
            of: Box::new(|x| own.value(x)),
            axes: Some(axes.collect()),
            jumps: own.jumps(),
        }
    }
}

/// A law as masses of cells.
pub struct Cells {
    /// The cells.
    pub grid: Grid,
    /// Their masses, which sum up to 1.
    pub masses: Vec<f64>,
    /// The same with half as many cells along each axis.
    coarse: Option<Box<Cells>>,
    /// Total variation to `coarse`: masses of sets are known no better.
    unresolved: f64,
    /// Error of a mean in units of the standard deviation, where that is known from elsewhere.
    pub relative_error: f64,
}

impl Cells {
    fn new(grid: Grid, log_density: &[f64]) -> Self {
        let log_masses: Vec<f64> =
            log_density.iter().zip(grid.log_volumes()).map(|(log, volume)| log + volume).collect();
        let total = log_sum_exp(&log_masses);
        let masses = log_masses.iter().map(|log| (log - total).exp()).collect();
        Self { grid, masses, coarse: None, unresolved: 0.0, relative_error: 0.0 }
    }

    /// The law whose log density, up to a constant, is `log_density` in a box, with the log of its mass.
    fn quadrature(
        lower: &[f64],
        upper: &[f64],
        log_density: impl Fn(&[f64]) -> f64,
    ) -> Option<(Self, (f64, f64))> {
        let cells = *CELLS.get(lower.len() - 1)?;
        let solve = |cells: usize| {
            let grid = Grid::new(lower.to_vec(), upper.to_vec(), vec![cells; lower.len()]);
            let logs = grid.sample(&log_density);
            let log_mass = grid.log_mass(&logs);
            (Self::new(grid, &logs), log_mass)
        };
        let ((coarse, coarse_mass), (fine, log_mass)) = (solve(cells / 2), solve(cells));
        let error = 2.0 * (log_mass - coarse_mass).abs() + f64::EPSILON * (1.0 + log_mass.abs());
        let unresolved = fine.variation(&coarse);
        (log_mass.is_finite() && unresolved < UNRESOLVED)
            .then(|| (Self { coarse: Some(Box::new(coarse)), unresolved, ..fine }, (log_mass, error)))
    }

    /// Total variation between these cells, two along each axis taken together, and `coarse`, which has half as many in the same box.
    fn variation(&self, coarse: &Self) -> f64 {
        let mut distances = coarse.masses.clone();
        for (cell, mass) in self.masses.iter().enumerate() {
            let along = |axis: usize| self.grid.position(cell, axis) / 2 * coarse.grid.stride(axis);
            distances[(0..self.grid.dimension()).map(along).sum::<usize>()] -= mass;
        }
        0.5 * distances.iter().map(|distance| distance.abs()).sum::<f64>()
    }

    /// The target e^{−V} in up to three dimensions, in this box or in one that holds it, with the log of its mass; `None` if the cells do
    /// not resolve it.
    pub fn of_energy(problem: &Problem, within: Option<(Vec<f64>, Vec<f64>)>) -> Option<(Self, (f64, f64))> {
        let annealed = match &problem.dynamics {
            Dynamics::Annealed(flow) => Some(overdamped(problem, &flow.potential)),
            _ => None,
        };
        let problem = annealed.as_ref().unwrap_or(problem);
        if problem.dimension() > CELLS.len() {
            return None;
        }
        let energy = problem.invariant_energy()?;
        let (lower, upper) = match within {
            Some(ends) => ends,
            None => extent(problem).map(|found| (found.lower, found.upper))?,
        };
        Self::quadrature(&lower, &upper, |x| -energy(x))
    }

    /// A mixture in one or two dimensions, or three; `None` if the cells do not resolve it.
    pub fn of_mixture(law: &GaussianMixture) -> Option<Self> {
        let reach = |axis: usize, sign: f64| {
            let ends = law
                .components()
                .iter()
                .map(|own| sign * own.mean[axis] + DEVIATIONS * own.covariance[axis][axis].sqrt());
            sign * ends.fold(f64::NEG_INFINITY, f64::max)
        };
        let [lower, upper] =
            [-1.0, 1.0].map(|sign| (0..law.dimension()).map(|axis| reach(axis, sign)).collect::<Vec<f64>>());
        Self::quadrature(&lower, &upper, |x| law.log_density(x)).map(|(cells, _)| cells)
    }

    /// The target of a reverse diffusion.
    pub fn of_target(law: &ExactTargetLaw) -> Self {
        let (grid, logs) = law.coarse();
        let coarse = Some(Box::new(Self::new(grid.clone(), logs)));
        Self { coarse, ..Self::new(law.grid.clone(), &law.log_density) }
    }

    /// The solution on a grid at its last time.
    pub fn of_run(run: &GridRun) -> Self {
        Self::new(run.trajectory.grid.clone(), &run.trajectory.last().log_density)
    }

    /// Mean and standard deviation of f.
    pub fn moments(&self, f: &dyn Fn(&[f64]) -> f64) -> (f64, f64) {
        let values: Vec<f64> = self.values(f);
        let mean: f64 = values.iter().zip(&self.masses).map(|(f, mass)| f * mass).sum();
        let variance: f64 = values.iter().zip(&self.masses).map(|(f, mass)| (f - mean).powi(2) * mass).sum();
        (mean, variance.sqrt())
    }

    /// f where there is mass, and 0 elsewhere.
    fn values(&self, f: &dyn Fn(&[f64]) -> f64) -> Vec<f64> {
        let cells = self.masses.iter().enumerate();
        cells.map(|(cell, mass)| if *mass > 0.0 { f(&self.grid.centre(cell)) } else { 0.0 }).collect()
    }

    /// What the mean of f may be off by: twice the difference of two quadratures, the largest cell if f jumps, and what is known from
    /// elsewhere.
    pub fn error(&self, f: &dyn Fn(&[f64]) -> f64, mean: f64, deviation: f64, jumps: bool) -> f64 {
        let coarse = self.coarse.as_ref().map_or(0.0, |coarse| 2.0 * (mean - coarse.moments(f).0).abs());
        let jump = match (jumps, self.grid.dimension()) {
            (false, _) => 0.0,
            (true, 1) => self.masses.iter().copied().fold(self.unresolved, f64::max),
            (true, _) => self.unresolved,
        };
        coarse + jump + self.relative_error * deviation + f64::EPSILON * mean.abs()
    }

    /// The law of one coordinate.
    pub fn line(&self, axis: usize) -> Line {
        let n = self.grid.cells()[axis];
        let mut masses = vec![0.0; n];
        for (cell, mass) in self.masses.iter().enumerate() {
            masses[self.grid.position(cell, axis)] += mass;
        }
        let mut edges = vec![self.grid.lower()[axis]];
        edges.extend((0..n).map(|k| self.grid.coordinate(k, axis) + 0.5 * self.grid.cell_width(k, axis)));
        let mut sums = vec![0.0];
        masses.iter().for_each(|mass| sums.push(sums[sums.len() - 1] + mass));
        // Within a cell the density is taken for constant.
        let slope = masses.windows(2).map(|pair| (pair[1] - pair[0]).abs()).fold(0.0, f64::max);
        Line { error: slope + self.unresolved + self.relative_error, edges, sums }
    }
}

/// The distribution function of a coordinate, by cells.
pub struct Line {
    /// Ends of the cells.
    edges: Vec<f64>,
    /// Mass below each.
    sums: Vec<f64>,
    /// What it may be off by.
    pub error: f64,
}

impl Line {
    /// F(x).
    pub fn below(&self, x: f64) -> f64 {
        let after = self.edges.partition_point(|edge| *edge <= x);
        if after == 0 {
            return 0.0;
        }
        if after == self.edges.len() {
            return 1.0;
        }
        let [low, high] = [self.edges[after - 1], self.edges[after]];
        let share = (x - low) / (high - low);
        self.sums[after - 1] + share * (self.sums[after] - self.sums[after - 1])
    }
}
