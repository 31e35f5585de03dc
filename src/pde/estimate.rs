//! Grid values with error estimates, from companions on coarser grids and longer steps.

use super::{
    Evolution, Frame, Grid, GridBreakdown, Sides, Spacing, Splitting, Trajectory, TransportIntegrator,
};
use crate::model::{Observable, Problem};
use std::sync::Arc;

/// How the grid solver is to run.
#[derive(Clone, Debug, PartialEq)]
pub struct GridSettings {
    /// Lower corner.
    pub lower: Vec<f64>,
    /// Upper corner.
    pub upper: Vec<f64>,
    /// Number of cells in each direction.
    pub cells: Vec<usize>,
    /// What happens at both ends of each axis.
    pub sides: Vec<Sides>,
    /// How the cells of each axis are graded, if they are.
    pub spacings: Vec<Option<Arc<Spacing>>>,
    /// Time step of the splitting.
    pub step: f64,
    /// Splitting of transport and reaction.
    pub method: Splitting,
    /// Integrator of the transport part.
    pub transport: TransportIntegrator,
    /// Error of log ρ that a step may make, relative to 1 + |log ρ|; `None` for steps that are given.
    pub tolerance: Option<f64>,
}

impl GridSettings {
    /// The grid itself.
    pub fn grid(&self) -> Grid {
        Grid::new(self.lower.clone(), self.upper.clone(), self.cells.clone())
            .with_sides(self.sides.clone())
            .with_spacings(self.spacings.clone())
    }

    /// The splitting whose orders are studied: Strang's for what is not split.
    pub fn splitting(&self) -> Splitting {
        if self.method == Splitting::Unsplit { Splitting::Strang } else { self.method }
    }

    /// The flow of `problem` on `grid`, solved as these settings say, with steps of at most `step` where steps are given.
    ///
    /// # Errors
    /// If the operator cannot be built on this grid.
    pub fn evolution(&self, problem: &Problem, grid: &Grid, step: f64) -> Result<Evolution, GridBreakdown> {
        let evolution = Evolution::new(problem, grid, self.method, self.transport, step)?;
        Ok(match self.tolerance {
            Some(tolerance) => evolution.to_tolerance(tolerance),
            None => evolution,
        })
    }
}

/// A value with its estimated error.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Estimate {
    /// Richardson-extrapolated in space and time.
    pub value: f64,
    /// Estimated |value − exact|.
    pub error: f64,
}

/// Functionals of the law at the horizon.
#[derive(Clone, Debug)]
pub struct GridEstimates {
    /// log ∫ρ.
    pub log_mass: Estimate,
    /// KL(ρ/∫ρ | π), where the transport has an invariant density.
    pub kl: Option<Estimate>,
    /// One for each observable: ∫φρ, divided by ∫ρ where the flow is normalised.
    pub observables: Vec<Estimate>,
}

/// [log mass, KL or 0, observables…] of a frame.
pub fn functionals(problem: &Problem, trajectory: &Trajectory, frame: &Frame) -> Vec<f64> {
    let grid = &trajectory.grid;
    let log_mass = trajectory.log_mass(frame);
    let energy = problem.invariant_energy().map(|energy| grid.sample(energy));
    let kl = energy.map_or(0.0, |energy| relative_entropy(trajectory, frame, &energy));
    let whole = whole(problem, log_mass);
    let observables = problem
        .observables
        .iter()
        .map(|observable| trajectory.integrate(frame, &on_cells(grid, observable)) / whole);
    [log_mass, kl].into_iter().chain(observables).collect()
}

/// What expectations are divided by: 1, or the mass of a law that is normalised afterwards.
fn whole(problem: &Problem, log_mass: f64) -> f64 {
    if problem.normalized() && !problem.keeps_mass() { log_mass.exp() } else { 1.0 }
}

/// Parts of a cell along each axis over which an observable with jumps is averaged, by dimension.
const PARTS: [usize; 3] = [64, 8, 4];

/// An observable on the cells: at their centres, or averaged over them if it jumps.
pub fn on_cells(grid: &Grid, observable: &Observable) -> Vec<f64> {
    if !observable.jumps() {
        return grid.sample(|x| observable.value(x));
    }
    grid.averages(parts(grid), |x| observable.value(x)).into_iter().map(|(mean, _)| mean).collect()
}

fn parts(grid: &Grid) -> usize {
    PARTS[grid.dimension() - 1]
}

/// What the jumps of an observable may cost: in the cells that they cross, the share of one part.
fn jump_error(frame: &Frame, grid: &Grid, observable: &Observable) -> f64 {
    if !observable.jumps() {
        return 0.0;
    }
    let averages = grid.averages(parts(grid), |x| observable.value(x));
    let ranges = averages.iter().zip(&frame.log_density).map(|((_, range), log)| range * log.exp());
    grid.integrate(ranges) / parts(grid) as f64
}

/// Mass that would lie beyond the box if log ρ went on with the slope it has at the sides, for each side: a reflecting
/// box has to hold the law.
pub fn mass_beyond(trajectory: &Trajectory, frame: &Frame) -> f64 {
    let grid = &trajectory.grid;
    let mut beyond = 0.0;
    for axis in (0..grid.dimension()).filter(|&axis| grid.sides(axis) == Sides::Reflecting) {
        let stride = grid.stride(axis);
        for cell in 0..grid.len() {
            let place = grid.position(cell, axis);
            let inner = match place {
                0 => cell + stride,
                _ if place + 1 == grid.cells()[axis] => cell - stride,
                _ => continue,
            };
            let (own, fall) = (frame.log_density[cell], frame.log_density[inner] - frame.log_density[cell]);
            if own > f64::NEG_INFINITY {
                // Σ_{k ≥ 1} e^{own + k·fall}; without a slope, as much as ten more cells hold.
                let ratio = (-fall).exp();
                let cells = if ratio < 0.9 { ratio / (1.0 - ratio) } else { 10.0 };
                beyond += own.exp() * cells * grid.cell_volume(cell);
            }
        }
    }
    beyond / trajectory.log_mass(frame).exp()
}

/// KL(ρ/∫ρ | π) of a frame, with π ∝ e^{−V} normalised on the grid.
pub fn relative_entropy(trajectory: &Trajectory, frame: &Frame, potential: &[f64]) -> f64 {
    let log_mass = trajectory.log_mass(frame);
    let minus_potential: Vec<f64> = potential.iter().map(|v| -v).collect();
    let log_z = trajectory.grid.log_mass(&minus_potential);
    let excess: Vec<f64> = frame
        .log_density
        .iter()
        .zip(potential)
        .map(|(log, v)| if *log == f64::NEG_INFINITY { 0.0 } else { log - log_mass + v + log_z })
        .collect();
    trajectory.integrate(frame, &excess) / log_mass.exp()
}

/// χ²(ρ/∫ρ | π) = ∫(ρ/π − 1)²π of a frame, with π as for [`relative_entropy`].
pub fn chi_squared(trajectory: &Trajectory, frame: &Frame, potential: &[f64]) -> f64 {
    let volume = trajectory.grid.volume();
    let minus_potential: Vec<f64> = potential.iter().map(|v| -v).collect();
    let log_z = super::log_sum_exp(&minus_potential) + volume.ln();
    let log_mass = trajectory.log_mass(frame);
    let term = |(log, v): (&f64, &f64)| {
        let ratio = (log - log_mass + v + log_z).exp_m1();
        ratio * ratio * (-v - log_z).exp()
    };
    frame.log_density.iter().zip(potential).map(term).sum::<f64>() * volume
}

/// Values at the horizon with errors: `base` is the run on the grid of `settings` itself with steps of
/// `step`; companions run on grids with a half and a quarter of the cells, and (on the half grid) with
/// a half and a quarter of the step.
///
/// The leading terms of the error expansion, Δx² and h^p, are removed by Richardson extrapolation; what
/// is left is estimated by doing the same one level coarser. The difference of the two extrapolations is
/// taken as the error: on clean expansions that is 15 times too much in space, 3 in a time error of order 1.
/// The mixed term Δx²hᵖ, which neither ladder sees, is measured by a run with half the step on the quarter grid. Where steps
/// are chosen by their error, a companion has a tenth of the tolerance, and twice what that changes is the error in time: a
/// tenth of the tolerance leaves at most 10^{−3/4} = 0.18 of the error.
///
/// # Errors
/// If a companion breaks down.
pub fn estimates(
    problem: &Problem,
    settings: &GridSettings,
    base: &Trajectory,
    step: f64,
) -> Result<GridEstimates, GridBreakdown> {
    let order = match settings.tolerance {
        None => Evolution::time_order(problem, settings.method, settings.transport),
        Some(_) => None,
    };
    let run_with = |settings: &GridSettings, grid: &Grid, step: f64| -> Result<Vec<f64>, GridBreakdown> {
        let mut evolution = settings.evolution(problem, grid, step)?;
        match evolution.run(&[problem.horizon], |_| ()) {
            (_, Some(breakdown)) => Err(breakdown),
            (trajectory, None) => Ok(functionals(problem, &trajectory, trajectory.last())),
        }
    };
    let run = |grid: &Grid, step: f64| run_with(settings, grid, step);
    let half = base.grid.coarser();
    let quarter = half.coarser();
    let space = [functionals(problem, base, base.last()), run(&half, step)?, run(&quarter, step)?];
    let widths = [&base.grid, &half, &quarter].map(|grid| grid.width(0));
    let time = match order {
        None => None,
        Some(p) => Some((p, run(&half, 0.5 * step)?, run(&half, 0.25 * step)?, run(&quarter, 0.5 * step)?)),
    };
    let stricter = match settings.tolerance {
        None => None,
        Some(tolerance) => {
            let settings = GridSettings { tolerance: Some(0.1 * tolerance), ..settings.clone() };
            Some(run_with(&settings, &half, step)?)
        }
    };

    let estimate = |k: usize| {
        let [fine, middle, coarse] = [space[0][k], space[1][k], space[2][k]];
        let space_fine = correction(fine, middle, widths[1] / widths[0], 2);
        let space_coarse = middle + correction(middle, coarse, widths[2] / widths[1], 2);
        let mut value = fine + space_fine;
        let mut error = (value - space_coarse).abs();
        if let Some((p, halved, quartered, coarse_halved)) = &time {
            let limit = quartered[k] + correction(quartered[k], halved[k], 2.0, *p);
            let coarser_limit = halved[k] + correction(halved[k], middle, 2.0, *p);
            value += limit - middle;
            error += (limit - coarser_limit).abs();
            // The correction by the step was found on the half grid, whose mixed term it took along.
            let mixed = (middle - halved[k]) - (coarse - coarse_halved[k]);
            let [w, wider] = [widths[1], widths[2]].map(|width| width * width);
            error += mixed.abs() / (1.0 - 0.5f64.powi(*p as i32)) * w / (wider - w);
        }
        if let Some(stricter) = &stricter {
            error += 2.0 * (middle - stricter[k]).abs();
        }
        Estimate { value, error: error + ROUNDING * value.abs().max(1.0) }
    };
    let all: Vec<Estimate> = (0..space[0].len()).map(estimate).collect();
    let kl = problem.invariant_energy().is_some().then(|| all[1]);
    let observables = all[2..].iter().zip(&problem.observables).map(|(estimate, observable)| {
        let last = base.last();
        let jump = jump_error(last, &base.grid, observable) / whole(problem, base.log_mass(last));
        Estimate { error: estimate.error + jump, ..*estimate }
    });
    Ok(GridEstimates { log_mass: all[0], kl, observables: observables.collect() })
}

/// Rounding in thousands of steps and sums over cells.
const ROUNDING: f64 = 1e-12;

/// What to add to `fine` to cancel an error C hᵖ, `coarse` having steps `ratio` times longer.
fn correction(fine: f64, coarse: f64, ratio: f64, order: u32) -> f64 {
    (fine - coarse) / (ratio.powi(order as i32) - 1.0)
}
