//! Grid values with error estimates, from companions on coarser grids and longer steps.

use super::energy::rounding;
use super::observed::{hidden_error, is_averaged, on_cells, rough_error, singular_error};
use super::tails::beyond;
use super::{
    CellEnergy, Evolution, Frame, Grid, GridBreakdown, GridSettings, Trajectory, extrapolated,
    invariant_on_cells, is_narrow, narrow_formulas, unsettled_sides,
};
use crate::model::{Dynamics, Problem, TimeDependence};

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
    /// For each observable, how much of its error is what cells hide, see [`hidden`](crate::pde::hidden).
    pub hidden: Vec<f64>,
}

/// [log mass, KL or 0, observables…] of a frame.
pub fn functionals(problem: &Problem, trajectory: &Trajectory, frame: &Frame) -> Vec<f64> {
    let grid = &trajectory.grid;
    let log_mass = trajectory.log_mass(frame);
    let energy = invariant_on_cells(problem, grid);
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
/// `step`; companions run on grids with cells 1.5 and 2.25 times as wide, and (on the second of these) with
/// a half and a quarter of the step.
///
/// The leading terms of the error expansion, Δx² and h^p, are removed by Richardson extrapolation; what
/// is left is estimated by [`extrapolated`] from the order that the levels show: on clean expansions that is 5 times too
/// much in space, 4 in a time error of order 1. A functional of which the differences fall by chance is held to those of the
/// moments, by `SHARED` of their distance from the order.
/// The mixed term Δx²hᵖ, which neither refinement sees, is measured by runs on a still coarser grid. Where steps
/// are chosen by their error, a companion has a tenth of the tolerance, and twice what that changes is the error in time: a
/// tenth of the tolerance leaves at most 10^{−3/4} = 0.18 of the error. Where a formula does more in a cell of a companion than its
/// centre shows, another one reads it there in the other way of [`CellEnergy`], and all that this changes is counted, and no
/// less than the levels differ; where no reading sees it, the size of the value itself. What lies beyond the sides of an open box, by [`beyond`], is counted three times.
///
/// # Errors
/// If a companion breaks down.
pub fn estimates(
    problem: &Problem,
    settings: &GridSettings,
    base: &Trajectory,
    step: f64,
) -> Result<GridEstimates, GridBreakdown> {
    let levels = Levels::new(problem, settings, base, step)?;
    let offset = problem.invariant_energy().map_or(0.0, |energy| rounding(&base.grid.sample(energy)));
    let moments = 2 + problem.observables.len();
    let far = levels.distance_from_order(moments);
    let unsettled = !unsettled_sides(problem, &base.grid).is_empty();
    let doubt = if unsettled { levels.doubt(moments) } else { 0.0 };
    let estimate = |k: usize| {
        let Estimate { value, error } = levels.estimate(k);
        let error = error
            + SHARED * far * (levels.space[0][k] - levels.space[1][k]).abs()
            + (ROUNDING + offset) * value.abs().max(size(problem, base, k));
        let error = if unsettled { (UNSETTLED * error).max(SLOW * levels.spread(k)) } else { error };
        Estimate { value, error: error + doubt * deviation(problem, base, k) }
    };
    let all = (0..moments).map(estimate).collect();
    Ok(with_the_rest(problem, settings, base, all, levels.unread))
}

/// Functionals and moments of a run and its companions.
struct Levels {
    /// On the grid itself, and on grids with wider cells.
    space: [Vec<f64>; 3],
    /// Widths of the cells.
    widths: [f64; 4],
    /// In steps, where these have an error of some order.
    time: Option<InTime>,
    /// On the middle grid with a tenth of the tolerance, where steps are chosen.
    stricter: Option<Vec<f64>>,
    /// On the middle grid with formulas read the other way, where one does more in a cell than the centre shows.
    resisting: Option<Vec<f64>>,
    /// Whether functionals are of observables that are narrow on a companion, whose readings then differ between levels.
    narrow: Vec<bool>,
    /// Whether companions spread a narrow start that the grid itself does not, so that no functional has an order.
    spread_start: bool,
    /// Whether no way of reading sees such a formula.
    unread: bool,
}

/// Shorter steps on the coarse grid, and one level of them on a still coarser one.
struct InTime {
    /// Of the error.
    order: u32,
    /// With a half and a quarter of the step.
    halves: [Vec<f64>; 2],
    /// On the coarsest grid, with the step and a half of it.
    mixed: [Vec<f64>; 2],
}

impl Levels {
    fn new(
        problem: &Problem,
        settings: &GridSettings,
        base: &Trajectory,
        step: f64,
    ) -> Result<Self, GridBreakdown> {
        // Implicit half steps that meet are one, but not at a frame: companions have those of the run itself.
        let exact = settings.transport.order().is_none() && !matches!(problem.dynamics, Dynamics::Kinetic(_));
        let frames = if exact { &base.frames[base.frames.len() - 1..] } else { &base.frames[..] };
        let times: Vec<f64> = frames.iter().map(|frame| frame.time).collect();
        let run_with = |mut evolution: Evolution| match evolution.run(&times, |_| ()) {
            (_, Some(breakdown)) => Err(breakdown),
            (trajectory, None) => Ok(with_moments(problem, &trajectory)),
        };
        let run = |grid: &Grid, step: f64| run_with(settings.evolution(problem, grid, step)?);
        let [middle, coarse, coarsest] = base.grid.thinned();
        let width = |grid: &Grid| grid.volume().powf(1.0 / grid.dimension() as f64);
        let order = match settings.tolerance {
            None => Evolution::time_order(problem, settings.method, settings.transport),
            Some(_) => None,
        };
        let in_time = |order: u32| {
            let mixed = [run(&coarsest, step)?, run(&coarsest, 0.5 * step)?];
            Ok(InTime { order, halves: [run(&coarse, 0.5 * step)?, run(&coarse, 0.25 * step)?], mixed })
        };
        let stricter = |tolerance: f64| {
            let settings = GridSettings { tolerance: Some(0.1 * tolerance), ..settings.clone() };
            run_with(settings.evolution(problem, &middle, step)?)
        };
        let narrow = !narrow_formulas(problem, &middle, &settings.mesh(problem)).is_empty();
        let companions = [&middle, &coarse];
        let reads_means = |observable| companions.iter().any(|grid| is_averaged(grid, observable));
        let observables = problem.observables.iter().map(reads_means);
        let mut narrow_on_a_level = vec![false; 2];
        narrow_on_a_level.extend(observables);
        narrow_on_a_level.resize(2 + problem.observables.len() + 2 * base.grid.dimension(), false);
        let starts = companions.map(|grid| is_narrow(&problem.initial, grid));
        let resisting = || run_with(settings.reading(problem, &middle, step, CellEnergy::Resistance)?);
        Ok(Self {
            space: [with_moments(problem, base), run(&middle, step)?, run(&coarse, step)?],
            widths: [&base.grid, &middle, &coarse, &coarsest].map(width),
            time: order.map(in_time).transpose()?,
            stricter: settings.tolerance.map(stricter).transpose()?,
            resisting: narrow.then(resisting).transpose()?,
            narrow: narrow_on_a_level,
            spread_start: starts.contains(&true) && !is_narrow(&problem.initial, &base.grid),
            unread: narrow && !reads_cells(problem),
        })
    }

    /// Of functional `k`, in cells and steps.
    fn limit(&self, k: usize) -> Estimate {
        let ratios = [self.widths[1] / self.widths[0], self.widths[2] / self.widths[1]];
        extrapolated([0, 1, 2].map(|level| self.space[level][k]), ratios, 2)
    }

    /// The largest error of a mean along an axis, in standard deviations, where orders are low: slow terms and the square of the
    /// width may cancel in the differences of a functional by chance, but not in all.
    fn doubt(&self, moments: usize) -> f64 {
        let fine = &self.space[0];
        let along = |k: usize| {
            let deviation = (fine[k + 1] - fine[k] * fine[k]).max(f64::MIN_POSITIVE).sqrt();
            SLOW * self.spread(k) / deviation
        };
        (moments..fine.len()).step_by(2).map(along).fold(0.0, f64::max)
    }

    /// The larger difference between neighbouring levels.
    fn spread(&self, k: usize) -> f64 {
        let [fine, middle, coarse] = [0, 1, 2].map(|level| self.space[level][k]);
        (fine - middle).abs().max((middle - coarse).abs())
    }

    fn estimate(&self, k: usize) -> Estimate {
        let Estimate { mut value, mut error } = self.limit(k);
        let [middle, coarse] = [self.space[1][k], self.space[2][k]];
        if let Some(InTime { order, halves: [halved, quartered], mixed: [whole, half] }) = &self.time {
            let limit = extrapolated([quartered[k], halved[k], coarse], [2.0; 2], *order);
            value += limit.value - coarse;
            error += limit.error;
            // The correction by the step was found on the coarse grid, whose mixed term it took along.
            let mixed = (coarse - halved[k]) - (whole[k] - half[k]);
            let [w, wider] = [self.widths[2], self.widths[3]].map(|width| width * width);
            let share = if wider > w { w / (wider - w) } else { 1.0 };
            error += share * mixed.abs() / (1.0 - 0.5f64.powi(*order as i32));
        }
        if let Some(stricter) = &self.stricter {
            error += 2.0 * (middle - stricter[k]).abs();
        }
        if let Some(resisting) = &self.resisting {
            // Where in its cell a feature lies differs from level to level, so that there is no order.
            error = error.max(2.0 * self.spread(k)) + (middle - resisting[k]).abs();
        }
        if self.narrow[k] {
            error = error.max(2.0 * self.spread(k));
        }
        if self.spread_start {
            error = error.max(SPREAD_START * self.spread(k));
        }
        Estimate { value, error }
    }

    /// How far the differences of log mass and moments, which begin at `moments`, together are from falling with the square of the
    /// width, as a share of the last ones; moments count in standard deviations.
    fn distance_from_order(&self, moments: usize) -> f64 {
        let [fine, middle, _] = &self.space;
        let part = |k: usize, unit: f64| [self.limit(k).error / unit, (fine[k] - middle[k]).abs() / unit];
        let axes = (moments..fine.len()).step_by(2).flat_map(|k| {
            let [mean, square] = [fine[k], fine[k + 1]];
            let variance = (square - mean * mean).max(f64::MIN_POSITIVE);
            [part(k, variance.sqrt()), part(k + 1, square)]
        });
        let [off, last] =
            axes.chain([part(0, 1.0)]).fold([0.0; 2], |sum, own| [sum[0] + own[0], sum[1] + own[1]]);
        if last > ROUNDING { (off / last).min(1.0) } else { 0.0 }
    }
}

/// The size of the values of functional k, for rounding: 1 of log mass and KL, and the mean of |φ| of observable k − 2.
fn size(problem: &Problem, base: &Trajectory, k: usize) -> f64 {
    let Some(observable) = k.checked_sub(2).and_then(|k| problem.observables.get(k)) else { return 1.0 };
    let sizes: Vec<f64> = on_cells(&base.grid, observable).into_iter().map(f64::abs).collect();
    base.integrate(base.last(), &sizes) / whole(problem, base.log_mass(base.last()))
}

/// Standard deviation of observable k − 2 on the grid itself, in the units of its mean.
fn deviation(problem: &Problem, base: &Trajectory, k: usize) -> f64 {
    let Some(observable) = k.checked_sub(2).and_then(|k| problem.observables.get(k)) else { return 0.0 };
    let (last, φ) = (base.last(), on_cells(&base.grid, observable));
    let mass = base.log_mass(last).exp();
    let mean = base.integrate(last, &φ) / mass;
    let squares: Vec<f64> = φ.iter().map(|φ| (φ - mean).powi(2)).collect();
    (base.integrate(last, &squares) / mass).sqrt() * mass / whole(problem, base.log_mass(last))
}

/// The estimates with what no companion sees: what lies beyond the sides, and what observables do within cells.
fn with_the_rest(
    problem: &Problem,
    settings: &GridSettings,
    base: &Trajectory,
    mut all: Vec<Estimate>,
    unread: bool,
) -> GridEstimates {
    if unread {
        // Nothing is known of them, but of a mass that is kept.
        let first = usize::from(problem.keeps_mass());
        all[first..2].iter_mut().for_each(|own| own.error += 1.0 + own.value.abs());
    }
    let (last, grid) = (base.last(), &base.grid);
    let whole = whole(problem, base.log_mass(last));
    let closed = settings.closed_sides(problem);
    let invariant = problem.invariant_energy();
    let energy = |x: &[f64]| invariant.as_ref().map_or(0.0, |energy| energy(x));
    let found = all[2..].iter().zip(&problem.observables).map(|(estimate, observable)| {
        // Mass that comes back from a side shifts the mean by its distance from it.
        let own = |x: &[f64], _| observable.value(x).abs() + estimate.value.abs();
        let outside = CONTINUED * beyond(base, last, &closed, &energy, &own) / whole;
        let within = (hidden_error(last, grid, observable) + singular_error(last, grid, observable)) / whole;
        let φ = on_cells(grid, observable).into_iter().map(f64::abs).collect::<Vec<_>>();
        let size = base.integrate(last, &φ) / whole;
        let unseen = if unread { size } else { 0.0 };
        let error = estimate.error + outside + within + unseen + rough_error(last, grid, observable) / whole;
        (Estimate { error, ..*estimate }, (size, (outside, within)))
    });
    let (observables, (sizes, (outside, within))): (Vec<_>, (Vec<_>, (Vec<_>, Vec<_>))) = found.unzip();
    let log_mass = base.log_mass(last);
    let kl = invariant.as_ref().map(|energy| {
        let minus: Vec<f64> = grid.sample(|x| -energy(x));
        let log_z = grid.log_mass(&minus);
        let target = Frame { time: last.time, log_density: minus.iter().map(|log| log - log_z).collect() };
        let own = |x: &[f64], log: f64| (log - log_mass + energy(x) + log_z).abs() + all[1].value.abs();
        let outside = beyond(base, last, &closed, energy, &own) / log_mass.exp()
            + beyond(base, &target, &closed, energy, &|_, _| 1.0);
        Estimate { error: all[1].error + CONTINUED * outside, ..all[1] }
    });
    let lost = CONTINUED * beyond(base, last, &closed, &energy, &|_, _| 1.0) / log_mass.exp();
    // What is kept at 1 by the reflecting sides is not off.
    let lost = if problem.keeps_mass() && !grid.absorbs() { 0.0 } else { lost };
    let log_mass = Estimate { error: all[0].error + lost, ..all[0] };
    GridEstimates { log_mass, kl, observables, sizes, beyond: outside, hidden: within }
}

/// Whether coefficients are read by what they do within cells: not the forces of kinetic dynamics, nor those that depend on time.
fn reads_cells(problem: &Problem) -> bool {
    let Dynamics::Sde(sde) = &problem.dynamics else {
        return matches!(&problem.dynamics, Dynamics::GradientFlow(_));
    };
    sde.time_dependence() == TimeDependence::Nothing
}

/// The functionals, and the first two moments along every axis, beside which a functional whose differences fall as they should
/// by chance is seen for what it is.
fn with_moments(problem: &Problem, trajectory: &Trajectory) -> Vec<f64> {
    let (grid, last) = (&trajectory.grid, trajectory.last());
    let whole = trajectory.log_mass(last).exp();
    let moments = (0..grid.dimension()).flat_map(|axis| {
        let x = grid.sample(|x| x[axis]);
        let mean = trajectory.integrate(last, &x) / whole;
        let square = x.iter().map(|x| x * x).collect::<Vec<_>>();
        [mean, trajectory.integrate(last, &square) / whole]
    });
    functionals(problem, trajectory, last).into_iter().chain(moments).collect()
}

/// Share of the common distance from the order that every functional is off by at least.
const SHARED: f64 = 0.3;

/// What the order that three levels show may be off by where paths reach a side without noise, or jumps across corners meet one,
/// as a factor of the error.
const UNSETTLED: f64 = 3.0;

/// The error there, in differences of levels whose cells are 1.5 times as wide: as if it fell with the power 0.4 of the width,
/// as of Heston's equation with 2κθ = 0.4 ξ², 1/(1.5^0.4 − 1) less the 1/(1.5² − 1) that is extrapolated.
const SLOW: f64 = 4.9;

/// The error where companions spread the start, in differences of levels: what they are for a start of 0.6 to 0.9 cells, twice.
const SPREAD_START: f64 = 3.0;

/// By how much the mass beyond the sides, which is continued from what is within, may be more.
const CONTINUED: f64 = 3.0;

/// Rounding in thousands of steps and sums over cells.
const ROUNDING: f64 = 1e-12;
