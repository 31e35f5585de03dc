//! The rules of [grid].

use crate::keys::{Fault, plain};
use crate::model::{Dynamics, Initial, Problem, Unsupported};
use crate::pde::{
    Generator, Grid, GridBreakdown, GridSettings, Sides, Splitting, TransportIntegrator, Unsplit,
};
use std::cmp::Ordering;

/// Fewest cells in one direction: the error estimate also runs on a quarter of them.
pub const FEWEST_CELLS: usize = 16;
/// Most of them.
const MOST_CELLS: usize = 100_000_000;
/// Initial mass outside the box that is refused.
const LOST_MASS: f64 = 1e-6;
/// Initial mass outside the box that is not worth a warning.
const NEGLIGIBLE_MASS: f64 = 1e-9;
/// More steps would take longer than anyone waits, of a single particle.
const MOST_STEPS: f64 = 1e12;
/// By how much a potential may differ between periodic ends, relative to its size: rounding of its formula.
const SAME: f64 = 1e-9;
/// Standard deviations that leave 1e-11 of a Gaussian outside.
const REACH: f64 = 7.0;

/// What is wrong with the settings of a grid for this problem.
pub fn faults(settings: &GridSettings, problem: &Problem) -> Vec<Fault> {
    if let Err(unsupported) = problem.supports_grid() {
        return vec![unsupported_grid(problem, &unsupported)];
    }
    let mut faults = shape(settings, problem);
    faults.extend(step_fault(settings.step, problem.horizon));
    if !faults.is_empty() {
        // No grid can be made of these.
        return faults;
    }
    if let Some(fault) = super::memory::grid_fault(settings) {
        return vec![fault];
    }
    let grid = settings.grid();
    faults.extend(steps(settings, problem));
    faults.extend(start(settings, problem));
    faults.extend(correlation(&grid, problem));
    faults.extend(cells(settings, &grid, problem));
    faults.extend(periodic(&grid, problem));
    faults
}

/// As a fault of the table itself.
fn unsupported_grid(problem: &Problem, unsupported: &Unsupported) -> Fault {
    let key = if problem.dimension() > crate::model::GRID_DIMENSIONS { "dimension" } else { "grid" };
    Fault::at(key, unsupported.to_string())
}

/// What is wrong with a step of this horizon.
pub fn step_fault(step: f64, horizon: f64) -> Option<Fault> {
    let fits = step > 0.0 && step <= horizon && horizon / step <= MOST_STEPS;
    let expected = format!(
        "a step above 0 and up to the horizon, {}, of which at most {MOST_STEPS:e} make the horizon: one from {:e} on",
        plain(horizon),
        horizon / MOST_STEPS
    );
    (!fits).then(|| Fault::at("step", format!("found {}; expected {expected}", plain(step))))
}

/// Corners, cells and sides.
fn shape(settings: &GridSettings, problem: &Problem) -> Vec<Fault> {
    let dimension = problem.dimension();
    let what = match problem.dynamics {
        Dynamics::Kinetic(_) => "position and momentum",
        _ => "one for each axis",
    };
    let mut faults = Vec::new();
    let GridSettings { lower, upper, cells, sides, spacings, tolerance, .. } = settings;
    let lengths = [
        ("lower", lower.len()),
        ("upper", upper.len()),
        ("cells", cells.len()),
        ("sides", sides.len()),
        ("spacing", spacings.len()),
    ];
    for (key, length) in lengths.into_iter().filter(|(_, length)| *length != dimension) {
        faults.push(Fault::at(key, format!("found {length} entries; expected {dimension}, {what}")));
    }
    for (axis, &count) in cells.iter().enumerate().filter(|(_, n)| !(FEWEST_CELLS..=MOST_CELLS).contains(n)) {
        let message = format!("found {count}; expected a whole number from {FEWEST_CELLS} on");
        faults.push(Fault { key: "cells", item: Some(axis), message });
    }
    let ends = lower.iter().zip(upper).enumerate();
    if let Some((axis, (lower, upper))) =
        ends.into_iter().find(|(_, (lower, upper))| lower.partial_cmp(upper) != Some(Ordering::Less))
    {
        let message = format!("found {upper} on axis {axis}; expected more than lower, which is {lower}");
        faults.push(Fault::at("upper", message));
    }
    if let Some(tolerance) = tolerance.filter(|tolerance| !(1e-12..=0.1).contains(tolerance)) {
        faults.push(Fault::at(
            "tolerance",
            format!("found {}; expected a number from 1e-12 to 0.1", plain(tolerance)),
        ));
    }
    faults
}

/// Steps that are chosen need a method that estimates its error as it goes.
fn steps(settings: &GridSettings, problem: &Problem) -> Vec<Fault> {
    let wrong =
        |key, found: &str, expected: &str| Fault::at(key, format!("found \"{found}\"; expected {expected}"));
    let method = settings.method.name();
    if settings.method == Splitting::Unsplit && !Unsplit::suits(problem) {
        return vec![wrong(
            "method",
            method,
            "\"strang\" or \"richardson\": unsplit steps are for a gradient flow of KL or an Itô equation on the line, from a \
             start that is no point",
        )];
    }
    let Some(tolerance) = settings.tolerance else {
        return Vec::new();
    };
    let mut faults = Vec::new();
    if !matches!(settings.method, Splitting::Unsplit | Splitting::Richardson) {
        let message = format!(
            "found {tolerance:e}; expected none: only the methods \"unsplit\" and \"richardson\" choose their steps"
        );
        faults.push(Fault::at("tolerance", message));
    }
    // Every other step would need another factor, and its error is not the splitting's.
    if settings.transport != TransportIntegrator::TimeExact {
        let found = settings.transport.name();
        faults.push(wrong("transport", found, "\"time-exact\" where steps are chosen by tolerance"));
    }
    faults
}

/// The start inside the box.
fn start(settings: &GridSettings, problem: &Problem) -> Option<Fault> {
    let GridSettings { lower, upper, .. } = settings;
    match &problem.initial {
        Initial::Point(point) => {
            let inside = |axis: usize| lower[axis] < point[axis] && point[axis] < upper[axis];
            let message = || format!("found a box without the initial point {point:?}; expected it inside");
            (!(0..point.len()).all(inside)).then(|| Fault::at("lower", message()))
        }
        Initial::Mixture(mixture) => {
            let lost = mixture.mass_outside(lower, upper);
            (lost > LOST_MASS).then(|| {
                let message = format!(
                    "found a box that cuts off {lost:.3e} of the initial mass; expected at most {LOST_MASS:e}: {} holds it",
                    wide_enough(settings, problem)
                );
                Fault::at("lower", message)
            })
        }
    }
}

/// The box, made so wide that it holds the initial law.
fn wide_enough(settings: &GridSettings, problem: &Problem) -> String {
    let Initial::Mixture(mixture) = &problem.initial else {
        return String::new();
    };
    let reach = |axis: usize, sign: f64| {
        let ends = mixture
            .components()
            .iter()
            .map(|c| sign * c.mean[axis] + REACH * c.covariance[axis][axis].sqrt());
        sign * ends.fold(f64::NEG_INFINITY, f64::max)
    };
    let axes = (0..problem.dimension()).map(|axis| {
        let (lower, upper) =
            (settings.lower[axis].min(reach(axis, -1.0)), settings.upper[axis].max(reach(axis, 1.0)));
        format!("[{lower:.3}, {upper:.3}]")
    });
    axes.collect::<Vec<_>>().join(" × ")
}

/// Noises of an equation, which the shape of the cells may not carry.
fn correlation(grid: &Grid, problem: &Problem) -> Option<Fault> {
    let Dynamics::Sde(sde) = &problem.dynamics else {
        return None;
    };
    match Generator::diffusion(grid, sde, 0.0) {
        Err(breakdown @ (GridBreakdown::Correlated { .. } | GridBreakdown::GradedCorners { .. })) => {
            Some(Fault::at("grid", format!("found noises that are too correlated: {breakdown}")))
        }
        _ => None,
    }
}

/// What does not go with these sides and cells.
fn cells(settings: &GridSettings, grid: &Grid, problem: &Problem) -> Vec<Fault> {
    let mut faults = Vec::new();
    let plain = grid.is_plain();
    if let Dynamics::Kinetic(_) = problem.dynamics {
        let expected = "none for underdamped dynamics, whose grids have equal cells and reflecting sides";
        if settings.sides.iter().any(|sides| *sides != Sides::Reflecting) {
            faults.push(Fault::at(
                "sides",
                format!("found other sides than reflecting ones; expected {expected}"),
            ));
        }
        if grid.is_graded() {
            faults.push(Fault::at("spacing", format!("found graded cells; expected {expected}")));
        }
        return faults;
    }
    if !plain && settings.method == Splitting::Unsplit {
        faults.push(Fault::at(
            "method",
            "found \"unsplit\"; expected another one beside sides or spacing: \"unsplit\" has equal cells and reflecting sides",
        ));
    }
    if grid.is_graded() && matches!(problem.initial, Initial::Point(_)) {
        faults.push(Fault::at("spacing", "found graded cells beside a start in one point; expected equal cells, over which it can be spread without bias, or a narrow Gaussian"));
    }
    if grid.absorbs() && problem.reacts() && problem.normalized() {
        faults.push(Fault::at("sides", "found absorbing sides beside a reaction that keeps the mass; expected normalized = false in [flow], or reaction = 0"));
    }
    faults
}

/// A potential has the same value at periodic ends.
fn periodic(grid: &Grid, problem: &Problem) -> Vec<Fault> {
    let Dynamics::GradientFlow(flow) = &problem.dynamics else {
        return Vec::new();
    };
    let fault = |axis: usize| {
        let mut place = grid.centre(grid.len() / 2);
        let [low, high] = [grid.lower()[axis], grid.upper()[axis]].map(|end| {
            place[axis] = end;
            flow.potential.value(&place[..])
        });
        ((high - low).abs() > SAME * (1.0 + low.abs())).then(|| {
            let message = format!(
                "found periodic sides of axis {axis}, at which the potential is {low} and {high}; expected the same value: a \
                 force that is no gradient of a periodic potential goes into [flow] force or [sde] drift"
            );
            Fault::at("sides", message)
        })
    };
    (0..grid.dimension()).filter(|&axis| grid.sides(axis) == Sides::Periodic).filter_map(fault).collect()
}

/// What the user should know of a grid that can be run.
pub fn warnings(settings: &GridSettings, problem: &Problem) -> Vec<String> {
    let mut warnings = Vec::new();
    if let Initial::Mixture(mixture) = &problem.initial {
        // What lies beyond an absorbing side has left.
        let grid = settings.grid();
        let end = |axis: usize, upper: bool, place: f64| match grid.sides(axis).absorbs(upper) {
            true if upper => f64::INFINITY,
            true => f64::NEG_INFINITY,
            false => place,
        };
        let ends = |upper: bool, places: &[f64]| -> Vec<f64> {
            places.iter().enumerate().map(|(axis, place)| end(axis, upper, *place)).collect()
        };
        let lost = mixture.mass_outside(&ends(false, &settings.lower), &ends(true, &settings.upper));
        if lost > NEGLIGIBLE_MASS {
            warnings.push(format!(
                "the grid cuts off {lost:.1e} of the initial mass; {} would hold it",
                wide_enough(settings, problem)
            ));
        }
    }
    let tails =
        matches!(settings.transport, TransportIntegrator::CrankNicolson | TransportIntegrator::TrBdf2);
    if tails && matches!(&problem.dynamics, Dynamics::GradientFlow(flow) if flow.reaction > 0.0) {
        warnings.push(format!(
            "[grid] transport = \"{}\" has no accurate tails, and the reaction lifts tails: prefer \"time-exact\"",
            settings.transport.name()
        ));
    }
    warnings
}
