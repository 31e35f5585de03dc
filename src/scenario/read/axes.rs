//! [grid] sides and spacing, and what they leave of the rest of a scenario.

use super::formula;
use super::reader::{Fault, Reader, one_of, unknown_name};
use crate::model::expression::Scope;
use crate::model::{Dynamics, Initial, Problem, Program, Variable};
use crate::pde::{GridSettings, Sides, Spacing, Splitting, extent};
use crate::scenario::document::Value;
use crate::study::{Plan, StudySettings};
use std::sync::Arc;

/// By how much a potential may differ between periodic ends, relative to its size: rounding of its formula.
const SAME: f64 = 1e-9;

/// The corners of the box: as they are given, or where neither is, as a gradient flow needs it.
pub fn ends(
    table: &Reader<'_>,
    dimension: usize,
    problem: Option<&Problem>,
    warnings: &mut Vec<String>,
) -> Option<(Vec<f64>, Vec<f64>)> {
    let vector = |key| {
        table.vector(key, dimension).or_else(|| table.missing(key, "an array of numbers, one for each axis"))
    };
    if dimension > 3 {
        // There is no grid, and so no box.
        return None;
    }
    let given = ["lower", "upper", "sides"].iter().any(|key| table.has(key));
    if problem.is_none() && !given {
        // What is wrong with the problem is told by its own keys; a box for it may not be missing.
        return None;
    }
    let flows = problem.is_some_and(|problem| matches!(problem.dynamics, Dynamics::GradientFlow(_)));
    if given || !flows {
        let (lower, upper) = (vector("lower"), vector("upper"));
        return lower.zip(upper);
    }
    if let Some(why) = problem.and_then(Problem::not_integrable) {
        return table.missing("lower", &format!("lower and upper, as {why}"));
    }
    let Some(found) = problem.and_then(extent) else {
        let message = "lower and upper: the target is not finite around the start, or has no box that holds all but 1e-12 of it";
        return table.missing("lower", message);
    };
    let axis = |axis: usize| format!("[{:.4}, {:.4}]", found.lower[axis], found.upper[axis]);
    warnings.push(format!(
        "[grid] without lower and upper: the box is {}, which cuts off {:.0e} of the target and {:.0e} of the start",
        (0..dimension).map(axis).collect::<Vec<_>>().join(" × "),
        found.target,
        found.start
    ));
    Some((found.lower, found.upper))
}

/// What happens at the ends of each axis; reflecting by default.
pub fn sides(table: &Reader<'_>, dimension: usize) -> Option<Vec<Sides>> {
    if !table.has("sides") {
        return Some(vec![Sides::Reflecting; dimension]);
    }
    let names = Sides::ALL.map(Sides::name);
    let sides = table.array("sides", "an array of names, one for each axis", |value| match value {
        Value::String(name) => {
            Sides::find(name).ok_or_else(|| Fault { offset: 0, message: unknown_name(name, &names) })
        }
        other => Err(Fault::expected(other, &one_of(&names))),
    })?;
    of_length(table, "sides", sides, dimension)
}

fn of_length<T>(table: &Reader<'_>, key: &'static str, values: Vec<T>, dimension: usize) -> Option<Vec<T>> {
    if values.len() == dimension {
        return Some(values);
    }
    table.note(key, &format!("found {} entries; expected {dimension}, one for each axis", values.len()));
    None
}

/// How the cells of each axis are graded: formulas to which their sizes are proportional, each of its own coordinate; a
/// constant for equal cells, which is the default.
pub fn spacings(
    table: &Reader<'_>,
    scope: &Scope,
    dimension: usize,
    ends: Option<(&[f64], &[f64])>,
) -> Option<Vec<Option<Arc<Spacing>>>> {
    if !table.has("spacing") {
        return Some(vec![None; dimension]);
    }
    let sizes =
        table.array("spacing", "an array of formulas, one for each axis", |value| formula(value, scope))?;
    let sizes = of_length(table, "spacing", sizes, dimension)?;
    let (lower, upper) = ends?;
    let mut spacings = Vec::new();
    for (axis, size) in sizes.iter().enumerate() {
        if (0..dimension).any(|other| other != axis && size.depends_on(Variable::Space(other))) {
            table.note("spacing", &format!("found a size of the cells of axis {axis} that depends on another coordinate; expected one of its own alone"));
            return None;
        }
        if !size.depends_on(Variable::Space(axis)) || lower[axis] >= upper[axis] {
            spacings.push(None);
            continue;
        }
        let program = Program::compile(std::slice::from_ref(size));
        let value = |x: f64| {
            let (mut place, mut out) = (vec![0.0; dimension], [0.0]);
            place[axis] = x;
            program.evaluate(0.0, &place, &mut out);
            out[0]
        };
        match Spacing::new(lower[axis], upper[axis], value) {
            Ok(spacing) => spacings.push(Some(Arc::new(spacing))),
            Err((x, value)) => {
                table.note("spacing", &format!("found the size {value} at {x:.4} on axis {axis}; expected a formula that is positive in the box"));
                return None;
            }
        }
    }
    Some(spacings)
}

/// Notes what does not go with these sides and cells.
pub fn check(table: &Reader<'_>, settings: &GridSettings, problem: &Problem) {
    let grid = settings.grid();
    if let Dynamics::Kinetic(_) = &problem.dynamics {
        for key in ["sides", "spacing"] {
            if !grid.is_plain() && table.has(key) {
                table.wrong(
                    key,
                    "none for underdamped dynamics, whose grids have equal cells and reflecting sides",
                );
            }
        }
        return;
    }
    if !grid.is_plain() && settings.method == Splitting::Unsplit {
        table.wrong(
            "method",
            "another one beside sides or spacing: \"unsplit\" has equal cells and reflecting sides",
        );
    }
    if grid.is_graded() && matches!(problem.initial, Initial::Point(_)) {
        table.note("spacing", "found graded cells beside a start in one point; expected equal cells, over which it can be spread without bias, or a narrow Gaussian");
    }
    if grid.absorbs() && problem.reacts() && problem.normalized() {
        table.note("sides", "found absorbing sides beside a reaction that keeps the mass; expected normalized = false in [flow], or reaction = 0");
    }
    let Dynamics::GradientFlow(flow) = &problem.dynamics else {
        return;
    };
    for axis in (0..grid.dimension()).filter(|&axis| grid.sides(axis) == Sides::Periodic) {
        let mut place = grid.centre(grid.len() / 2);
        let [low, high] = [grid.lower()[axis], grid.upper()[axis]].map(|end| {
            place[axis] = end;
            flow.potential.value(&place[..])
        });
        if (high - low).abs() > SAME * (1.0 + low.abs()) {
            let message = format!(
                "found periodic sides of axis {axis}, at which the potential is {low} and {high}; expected the same value: a \
                 force that is no gradient of a periodic potential goes into [flow] force or [sde] drift"
            );
            table.note("sides", &message);
        }
    }
}

/// Notes computations that know nothing of such sides and cells.
pub fn check_plan(root: &Reader<'_>, plan: &Plan) {
    let Some(grid) = plan.grid.as_ref().map(GridSettings::grid).filter(|grid| !grid.is_plain()) else {
        return;
    };
    let expected =
        "expected none beside [grid] sides or spacing: particles have the whole line, and read equal cells";
    if plan.particles.is_some() {
        root.note("particles", &format!("found them; {expected}"));
    }
    for study in &plan.studies {
        match study {
            StudySettings::WeakOrder(_) | StudySettings::Multilevel(_) | StudySettings::Barrier(_) => {
                root.note("study", &format!("found a study of paths; {expected}"));
            }
            StudySettings::Divergences { .. } => root.note(
                "study",
                "found a study of divergences; expected none beside [grid] sides or spacing: it doubles the box",
            ),
            StudySettings::Decay if grid.absorbs() => {
                root.note("study", "found a decay study with absorbing sides; expected sides that keep the mass, or a spectrum, whose λ₀ is the rate of its loss");
            }
            _ => (),
        }
    }
}
