//! The backward equation on four grids.

use super::killing;
use crate::model::{Dynamics, Initial, Problem};
use crate::pde::{
    Estimate, Generator, Grid, GridBreakdown, GridSettings, Killed, Side, extrapolated, start_masses,
};
use crate::study::Breakdown;
use crate::study::figure::{Array, Arrays, Figure, Plot, SweepLine, SweepLook, SweepPlot, SweepScale};
use crate::study::grid::axes;

/// Cells along every axis of the coarsest grid from which on it says something.
const FEWEST: usize = 12;
/// The error of the limit one level coarser, in those of ours where it falls with the fourth power, and twice that.
const BEFORE: f64 = 32.0;
/// Rounding of eliminations and sums over cells.
const ROUNDING: f64 = 1e-12;

/// What is known of the ends of paths.
pub struct Solution {
    /// E τ.
    pub mean_time: Estimate,
    /// E τ².
    pub square: Estimate,
    /// The probability to leave by each side.
    pub by_side: Vec<(Side, Estimate)>,
    /// The probability to be killed, where there is a rate.
    pub killed: Option<Estimate>,
    /// P(τ > t) at each time.
    pub survival: Vec<Estimate>,
    /// λ₀.
    pub rate: Estimate,
    grid: Grid,
    /// E τ and the probabilities of the sides from every cell.
    functions: Vec<(String, Vec<f64>)>,
}

impl Solution {
    /// On the grid of `settings`, half, a quarter and an eighth of its cells, with the error of all.
    ///
    /// # Errors
    /// If the operator cannot be built on one of them, or from some cell no path ends.
    pub fn new(
        problem: &Problem,
        settings: &GridSettings,
        times: &[f64],
        progress: &dyn Fn(f64),
    ) -> Result<Self, Breakdown> {
        let fine = settings.grid();
        let quarter = fine.coarser().coarser();
        let eighth = quarter.coarser();
        let grids = [quarter, fine.coarser(), fine];
        let [quarter, half, fine] = &grids;
        let sides = absorbing(fine);
        let mut functions = Vec::new();
        let mut values = |grid: &Grid| Level { problem, grid, sides: &sides }.values(times, &mut functions);
        // It checks the others, and says nothing where its cells are too few, or too wide for the operator.
        let enough = eighth.cells().iter().all(|&cells| cells >= FEWEST);
        let coarsest = if enough { values(&eighth).ok() } else { None };
        let mut levels = Vec::new();
        for (k, grid) in grids.iter().enumerate() {
            levels.push(values(grid)?);
            progress((k + 1) as f64 / grids.len() as f64);
        }
        let outside = match &problem.initial {
            Initial::Mixture(mixture) => mixture.mass_outside(&settings.lower, &settings.upper),
            Initial::Point(_) => 0.0,
        };
        let ratio = |[wide, narrow]: [&Grid; 2]| wide.width(0) / narrow.width(0);
        let ratios = [[half, fine], [quarter, half], [&eighth, quarter]].map(ratio);
        let estimate = |k: usize, largest: f64| {
            let [coarse, middle, own] = [0, 1, 2].map(|level: usize| levels[level][k]);
            let limit =
                |[a, b, c]: [Estimate; 3], ratios| extrapolated([a.value, b.value, c.value], ratios, 2);
            let Estimate { value, mut error } = limit([own, middle, coarse], [ratios[0], ratios[1]]);
            if let Some(coarsest) = coarsest.as_ref().map(|values| values[k]) {
                // The difference of two limits may pass through 0 where the error does not; those before it do not, too.
                error = error.max(limit([middle, coarse, coarsest], [ratios[1], ratios[2]]).error / BEFORE);
            }
            // (4a − b)/3 of their own errors.
            let inner = (4.0 * own.error + middle.error) / 3.0;
            Estimate { value, error: error + inner + outside * largest + ROUNDING * value.abs() }
        };
        let longest = functions[0].1.iter().copied().fold(0.0, f64::max);
        let probability = |k: usize| estimate(k, 1.0);
        let (ends, rates) = (3 + sides.len(), levels[2].len());
        let killed = matches!(&problem.dynamics, Dynamics::Sde(sde) if sde.rate().is_some());
        Ok(Self {
            mean_time: estimate(0, longest),
            square: estimate(1, 2.0 * longest * longest),
            rate: estimate(2, 0.0),
            by_side: sides.iter().enumerate().map(|(k, side)| (*side, probability(3 + k))).collect(),
            killed: killed.then(|| probability(ends)),
            survival: (ends + 1..rates).map(probability).collect(),
            functions,
            grid: grids[2].clone(),
        })
    }

    /// The standard deviation of τ.
    pub fn deviation(&self) -> Estimate {
        let (mean, square) = (self.mean_time, self.square);
        let value = (square.value - mean.value * mean.value).max(0.0).sqrt();
        let error = (square.error + 2.0 * mean.value * mean.error) / (2.0 * value);
        Estimate { value, error }
    }

    /// The probabilities of all ends.
    pub fn ends(&self) -> impl Iterator<Item = Estimate> + '_ {
        self.by_side.iter().map(|(_, own)| *own).chain(self.killed)
    }

    /// E τ and the probabilities of the sides from every cell, for scripts.
    pub fn arrays(&self) -> Arrays {
        let mut arrays = axes(&self.grid);
        let shape = self.grid.cells();
        let own = |(name, values): &(String, Vec<f64>)| Array::new(name, shape.to_vec(), values.clone());
        arrays.extend(self.functions.iter().map(own));
        Arrays { id: "exit".into(), arrays }
    }

    /// E τ over the start, on the line.
    pub fn figure(&self) -> Option<Figure> {
        let (_, mean) = self.functions.first().filter(|_| self.grid.dimension() == 1)?;
        let line = SweepLine {
            label: "grid".into(),
            x: (0..self.grid.len()).map(|cell| self.grid.coordinate(cell, 0)).collect(),
            y: mean.clone(),
            stderr: Vec::new(),
            group: 0,
            look: SweepLook::Line,
        };
        Some(Figure {
            id: "exit".into(),
            title: "Mean exit time".into(),
            caption: "How long paths last on average, by where they start.".into(),
            plot: Plot::Sweep(SweepPlot {
                logarithmic: false,
                zero: false,
                scale: SweepScale::Linear,
                x_name: "start x".into(),
                y_name: "mean exit time".into(),
                lines: vec![line],
            }),
        })
    }
}

/// The sides that absorb.
fn absorbing(grid: &Grid) -> Vec<Side> {
    let sides = (0..grid.dimension()).flat_map(|axis| [(axis, false), (axis, true)]);
    sides.filter(|(axis, upper)| grid.sides(*axis).absorbs(*upper)).collect()
}

/// "x1_lower", for arrays and messages.
pub fn side_name((axis, upper): Side) -> String {
    format!("x{}_{}", axis + 1, if upper { "upper" } else { "lower" })
}

/// One of the grids.
struct Level<'a> {
    problem: &'a Problem,
    grid: &'a Grid,
    sides: &'a [Side],
}

impl Level<'_> {
    fn generator(&self) -> Result<Generator, GridBreakdown> {
        match &self.problem.dynamics {
            Dynamics::Sde(sde) => Generator::diffusion(self.grid, sde, 0.0),
            dynamics => {
                let flow = match dynamics {
                    Dynamics::GradientFlow(flow) => flow,
                    _ => return Err(GridBreakdown::Kinetic),
                };
                let potential = self.grid.sample(|x| flow.potential.value(x));
                Generator::gradient_flow(self.grid, &potential, flow.transport)
            }
        }
    }

    /// E τ, E τ², the rate, the sides, the killing, and survival at the times, each with the error of its own computation.
    fn values(
        &self,
        times: &[f64],
        functions: &mut Vec<(String, Vec<f64>)>,
    ) -> Result<Vec<Estimate>, Breakdown> {
        let generator = self.generator()?;
        let rates = killing(self.problem, self.grid);
        let paths = Killed::new(&generator, &rates)?;
        let start = start_masses(&self.problem.initial, self.grid);
        let at_start = |u: &[f64]| Estimate {
            value: start.iter().zip(u).map(|(share, value)| share * value).sum(),
            error: 0.0,
        };
        let mean = paths.expected(vec![1.0; self.grid.len()]);
        let square = paths.expected(mean.iter().map(|value| 2.0 * value).collect());
        let mut values = vec![at_start(&mean), at_start(&square), paths.rate()];
        functions.clear();
        functions.push(("mean_time".into(), mean));
        for side in self.sides {
            let share = paths.expected(generator.loss_through(*side));
            values.push(at_start(&share));
            functions.push((side_name(*side), share));
        }
        values.push(at_start(&paths.expected(rates)));
        for time in times {
            values.push(paths.survival(&start, *time)?);
        }
        Ok(values)
    }
}
