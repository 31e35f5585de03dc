//! What the user of a grid should know although nothing failed.

use crate::model::{Dynamics, Problem, aliases};
use crate::pde::GridSettings;
use crate::pde::estimate::GridEstimates;
use crate::pde::tails::{Side, beyond};
use crate::pde::{Grid, Trajectory, is_narrow, target_beyond, unsettled_sides};

/// Mass beyond the sides of the box that is not worth a warning.
const NEGLIGIBLE_BEYOND: f64 = 1e-9;
/// Share of the mean of |φ|, and of the other errors, below which what lies beyond the sides is not worth a warning.
const NEGLIGIBLE_SHARE: f64 = 1e-9;
const NEGLIGIBLE_PART: f64 = 0.1;
/// Of the mean of |φ|, for what φ does within cells: its other errors are then no less uncertain.
const NARROW_SHARE: f64 = 1e-6;
/// Mass in the two cells at a side from which on it counts whether paths reach the side.
const NEAR: f64 = 1e-6;

/// Of a solution: how it was integrated, what lies beyond its sides and at those without noise, and what is too narrow.
pub fn of_solution(
    problem: &Problem,
    settings: &GridSettings,
    trajectory: &Trajectory,
    negative: f64,
    narrow: &[(String, Vec<f64>)],
) -> Vec<String> {
    let mut warnings = Vec::new();
    if negative > 0.0 {
        warnings.push(format!(
            "[grid] transport = \"{}\" gave cells with {negative:.1e} of the mass a negative density, by ripples of the \
             operator or below the accuracy of the linear solver, which was taken as positive: their log ρ is not to be \
             trusted",
            settings.transport.name()
        ));
    }
    let iterative = trajectory.grid.dimension() > 2 && settings.transport.order().is_some();
    if iterative {
        warnings.push(
            "[grid] implicit steps in three dimensions are solved by preconditioned conjugate gradients, to a relative \
             residual of 1e-14 in ρ/√π: prefer \"time-exact\" where tails matter"
                .into(),
        );
    }
    if matches!(problem.dynamics, Dynamics::Kinetic(_)) && settings.transport.order().is_none() {
        warnings.push(
            "[grid] transport = \"time-exact\" of underdamped dynamics is exact in its friction alone: its steps shrink with \
             the cells, and their error is in the estimate of the cells' error"
                .into(),
        );
    }
    warnings.extend(cut_off(settings, problem, trajectory));
    warnings.extend(missed_target(settings, problem, &trajectory.grid));
    warnings.extend(boundaries(problem, trajectory));
    warnings.extend(features(problem, settings, trajectory, narrow));
    warnings
}

/// Share of the target beyond the sides from which on a reaction would bring mass there that the box cannot hold.
const MISSED_TARGET: f64 = 1e-3;

/// What of the target lies beyond the sides of an open box, to which a reaction would bring mass however little there is.
fn missed_target(settings: &GridSettings, problem: &Problem, grid: &Grid) -> Option<String> {
    let share = (settings.open && problem.reacts()).then(|| target_beyond(problem, grid)).flatten()?;
    (share > MISSED_TARGET).then(|| {
        format!(
            "[grid] the box cuts off {share:.1e} of the target, where the reaction lets mass grow from any tail: the values are those \
             of a flow within the box; take a wider one"
        )
    })
}

/// What would lie beyond the sides of an open box.
fn cut_off(settings: &GridSettings, problem: &Problem, trajectory: &Trajectory) -> Option<String> {
    let closed = settings.closed_sides(problem);
    let invariant = problem.invariant_energy();
    let energy = |x: &[f64]| invariant.as_ref().map_or(0.0, |energy| energy(x));
    let share =
        |frame| beyond(trajectory, frame, &closed, &energy, &|_, _| 1.0) / trajectory.log_mass(frame).exp();
    let worst = trajectory.frames.iter().map(|frame| (share(frame), frame.time));
    let (mass, when) = worst.fold((0.0, 0.0), |worst, next| if next.0 > worst.0 { next } else { worst });
    let text = if mass > 1.0 {
        "the law does not fall toward its sides".to_string()
    } else {
        format!("about {mass:.1e} of the mass would lie beyond its sides")
    };
    (mass > NEGLIGIBLE_BEYOND).then(|| {
        format!(
            "[grid] the box cuts the law: {text} at time {when:.3}, and is reflected; take a larger box, or name the sides if \
             they are meant"
        )
    })
}

/// Sides at which the noise vanishes and that paths reach.
fn boundaries(problem: &Problem, trajectory: &Trajectory) -> Vec<String> {
    let grid = &trajectory.grid;
    let reached = |side: &Side| {
        let near = |frame| near_side(grid, trajectory, frame, *side) / trajectory.log_mass(frame).exp();
        trajectory.frames.iter().skip(1).any(|frame| near(frame) > NEAR)
    };
    let found = unsettled_sides(problem, grid).into_iter().filter(|(side, _)| reached(side));
    found
        .map(|((axis, upper), end)| {
            let place = if upper { grid.upper()[axis] } else { grid.lower()[axis] };
            let (why, remedy) = match end.is_reached() {
                true => ("the cells keep them there or send them back", "grade the cells toward it"),
                false => ("correlated noises jump across the corners of its cells", "take more cells"),
            };
            let paths = if end.is_reached() { "paths arrive" } else { "paths come near" };
            format!(
                "[grid] at the boundary {place} of axis {} the noise vanishes and {paths} (Feller's class: {}): {why}, and the \
                 error falls more slowly than with the square of their width; {remedy}",
                axis + 1,
                end.name()
            )
        })
        .collect()
}

fn near_side(grid: &Grid, trajectory: &Trajectory, frame: &crate::pde::Frame, (axis, upper): Side) -> f64 {
    let n = grid.cells()[axis];
    let near = |cell: usize| {
        let position = grid.position(cell, axis);
        if upper { position + 2 >= n } else { position < 2 }
    };
    let inside: Vec<f64> = (0..grid.len()).map(|cell| f64::from(u8::from(near(cell)))).collect();
    trajectory.integrate(frame, &inside)
}

/// Formulas that do more within a cell or a step than can be seen from outside.
fn features(
    problem: &Problem,
    settings: &GridSettings,
    trajectory: &Trajectory,
    narrow: &[(String, Vec<f64>)],
) -> Vec<String> {
    let mesh = settings.mesh(problem);
    let mut warnings: Vec<String> = narrow
        .iter()
        .map(|(formula, place)| {
            format!(
                "[grid] {formula} has a feature narrower than a cell, in that at {place:?}: take more cells, or grade them \
                 toward it"
            )
        })
        .collect();
    if is_narrow(&problem.initial, &trajectory.grid) {
        warnings.push(
            "[grid] the start is a feature narrower than a cell, over which it is spread: take more cells"
                .into(),
        );
    }
    if mesh.unresolved {
        let when = mesh.narrow.first().copied().unwrap_or(0.0);
        warnings.push(format!(
            "[grid] a coefficient has a feature in time that steps of {:e} do not see, the first at time {when:.6}: take \
             shorter steps",
            settings.step
        ));
    } else if let Some(formula) = aliases(problem, settings.step) {
        warnings.push(format!(
            "[grid] {formula} has a feature in time that steps of {:e} do not see, as it oscillates with them: take shorter steps",
            settings.step
        ));
    }
    warnings
}

/// Observables whose error is what the box cuts off, or what they do within cells.
pub fn of_estimates(problem: &Problem, found: &GridEstimates) -> Vec<String> {
    let parts = found.observables.iter().zip(&found.sizes).zip(found.beyond.iter().zip(&found.hidden));
    let each = problem.observables.iter().zip(parts);
    each.flat_map(|(observable, ((estimate, size), (outside, within)))| {
        let matters = |part: f64| {
            !(part <= NEGLIGIBLE_SHARE * size
                || part <= NEGLIGIBLE_PART * (estimate.error - part))
        };
        let name = &observable.name;
        let outside = matters(*outside).then(|| {
            format!(
                "[grid] the box cuts off about {outside:.1e} of the mean of {name}, or more: take a larger one; it may have no \
                 finite mean"
            )
        });
        let within = (*within > NARROW_SHARE * size).then(|| {
            format!("[grid] {name} has a feature narrower than a cell: take more cells, or grade them toward it")
        });
        [outside, within]
    })
    .flatten()
    .collect()
}
