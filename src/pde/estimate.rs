//! Grid values with error estimates, from companions on coarser grids and longer steps.

use super::tails::{Side, beyond};
use super::{
    Evolution, Frame, Grid, GridBreakdown, Sides, Spacing, Splitting, Trajectory, TransportIntegrator,
    extrapolated, hidden, vanishing_sides,
};
use crate::model::{Observable, Problem, TimeMesh};
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
    /// Whether the reflecting sides only cut off what is beyond them, which then is part of every error.
    pub open: bool,
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

    /// The steps in time, the even ones of which are those of these settings.
    pub fn mesh(&self, problem: &Problem) -> TimeMesh {
        TimeMesh::new(problem, self.step)
    }

    /// The sides beyond which there is nothing: all that are meant as walls, and those at which the noise vanishes.
    pub fn closed_sides(&self, problem: &Problem) -> Vec<Side> {
        match self.open {
            true => vanishing_sides(problem, &self.grid()).into_iter().map(|(side, _)| side).collect(),
            false => (0..self.cells.len()).flat_map(|axis| [(axis, false), (axis, true)]).collect(),
        }
    }

    /// The flow of `problem` on `grid`, solved as these settings say, with steps of at most `step` where steps are given.
    ///
    /// # Errors
    /// If the operator cannot be built on this grid.
    pub fn evolution(&self, problem: &Problem, grid: &Grid, step: f64) -> Result<Evolution, GridBreakdown> {
        let evolution = Evolution::new(problem, grid, self.method, self.transport, step)?;
        let evolution = evolution.with_mesh(self.mesh(problem));
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
    /// For each observable φ, the mean of |φ|.
    pub sizes: Vec<f64>,
    /// For each observable, how much of its error lies beyond the sides of the box.
    pub beyond: Vec<f64>,
    /// For each observable, how much of its error is what cells hide, see [`hidden`].
    pub hidden: Vec<f64>,
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

/// An observable on the cells: at their centres, or averaged over them if it jumps, or does more in one than its centre shows.
pub fn on_cells(grid: &Grid, observable: &Observable) -> Vec<f64> {
    let mut values = sampled(grid, observable);
    for (cell, mean) in hidden(grid, observable.expression(), 0.0, &values) {
        values[cell] = mean;
    }
    values
}

fn sampled(grid: &Grid, observable: &Observable) -> Vec<f64> {
    match observable.jumps() {
        false => grid.sample(|x| observable.value(x)),
        true => {
            let averages = grid.averages(parts(grid), |x| observable.value(x));
            averages.into_iter().map(|(mean, _)| mean).collect()
        }
    }
}

/// What the cells hide of an observable may cost: the difference of its mean to what the centre shows, by how much ρ may vary
/// in the cell.
fn hidden_error(frame: &Frame, grid: &Grid, observable: &Observable) -> f64 {
    let values = sampled(grid, observable);
    let own = |(cell, mean): (usize, f64)| {
        let along = |axis: usize| {
            let beside = [true, false].map(|upward| grid.beside(cell, axis, upward));
            let change = |other: usize| (frame.log_density[cell] - frame.log_density[other]).abs();
            beside.into_iter().flatten().map(change).fold(0.0, f64::max)
        };
        let varies: f64 = (0..grid.dimension()).map(along).sum();
        (mean - values[cell]).abs() * frame.log_density[cell].exp() * grid.cell_volume(cell) * varies.min(1.0)
    };
    hidden(grid, observable.expression(), 0.0, &values).into_iter().map(own).sum()
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
/// is left is estimated by [`extrapolated`] from the order that the levels show: on clean expansions that is 15 times too
/// much in space, 3 in a time error of order 1.
/// The mixed term Δx²hᵖ, which neither refinement sees, is measured by a run with half the step on the quarter grid. Where steps
/// are chosen by their error, a companion has a tenth of the tolerance, and twice what that changes is the error in time: a
/// tenth of the tolerance leaves at most 10^{−3/4} = 0.18 of the error. What lies beyond the sides of an open box, by
/// [`beyond`], is counted three times.
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

    let ratios = [widths[1] / widths[0], widths[2] / widths[1]];
    let estimate = |k: usize| {
        let Estimate { mut value, mut error } =
            extrapolated([0, 1, 2].map(|level| space[level][k]), ratios, 2);
        let [_, middle, coarse] = [space[0][k], space[1][k], space[2][k]];
        if let Some((p, halved, quartered, coarse_halved)) = &time {
            let limit = extrapolated([quartered[k], halved[k], middle], [2.0; 2], *p);
            value += limit.value - middle;
            error += limit.error;
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
    let mut all: Vec<Estimate> = (0..space[0].len()).map(estimate).collect();
    if vanishing_sides(problem, &base.grid).iter().any(|(_, end)| end.is_reached()) {
        all.iter_mut().for_each(|estimate| estimate.error *= UNSETTLED);
    }
    Ok(with_the_rest(problem, settings, base, all))
}

/// The estimates with what no companion sees: what lies beyond the sides, and what observables do within cells.
fn with_the_rest(
    problem: &Problem,
    settings: &GridSettings,
    base: &Trajectory,
    all: Vec<Estimate>,
) -> GridEstimates {
    let (last, grid) = (base.last(), &base.grid);
    let whole = whole(problem, base.log_mass(last));
    let closed = settings.closed_sides(problem);
    let found = all[2..].iter().zip(&problem.observables).map(|(estimate, observable)| {
        // Mass that comes back from a side shifts the mean by its distance from it.
        let own = |x: &[f64], _| observable.value(x).abs() + estimate.value.abs();
        let outside = CONTINUED * beyond(base, last, &closed, &own) / whole;
        let within = hidden_error(last, grid, observable) / whole;
        let error = estimate.error + outside + within + jump_error(last, grid, observable) / whole;
        let φ = on_cells(grid, observable).into_iter().map(f64::abs).collect::<Vec<_>>();
        (Estimate { error, ..*estimate }, (base.integrate(last, &φ) / whole, (outside, within)))
    });
    let (observables, (sizes, (outside, within))): (Vec<_>, (Vec<_>, (Vec<_>, Vec<_>))) = found.unzip();
    let log_mass = base.log_mass(last);
    let kl = problem.invariant_energy().map(|energy| {
        let minus: Vec<f64> = grid.sample(|x| -energy(x));
        let log_z = grid.log_mass(&minus);
        let target = Frame { time: last.time, log_density: minus.iter().map(|log| log - log_z).collect() };
        let own = |x: &[f64], log: f64| (log - log_mass + energy(x) + log_z).abs() + all[1].value.abs();
        let outside =
            beyond(base, last, &closed, &own) / log_mass.exp() + beyond(base, &target, &closed, &|_, _| 1.0);
        Estimate { error: all[1].error + CONTINUED * outside, ..all[1] }
    });
    let lost = CONTINUED * beyond(base, last, &closed, &|_, _| 1.0) / log_mass.exp();
    // What is kept at 1 by the reflecting sides is not off.
    let lost = if problem.keeps_mass() && !grid.absorbs() { 0.0 } else { lost };
    let log_mass = Estimate { error: all[0].error + lost, ..all[0] };
    GridEstimates { log_mass, kl, observables, sizes, beyond: outside, hidden: within }
}

/// What the order that three levels show may be off by where paths reach a side without noise, as a factor of the error.
const UNSETTLED: f64 = 3.0;

/// By how much the mass beyond the sides, which is continued from what is within, may be more.
const CONTINUED: f64 = 3.0;

/// Rounding in thousands of steps and sums over cells.
const ROUNDING: f64 = 1e-12;
