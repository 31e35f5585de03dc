//! [grid] sides and spacing, and what they leave of the rest of a scenario.

use super::formula;
use super::reader::{Fault, Reader};
use crate::format::significant;
use crate::keys::{one_of, unknown_name};
use crate::model::expression::Scope;
use crate::model::{Dynamics, Problem, Program, Variable};
use crate::pde::{Sides, Spacing, extent};
use crate::scenario::document::Value;
use std::sync::Arc;

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
    table.allow(&["lower", "upper", "sides"]);
    if dimension > 3 {
        // There is no grid, and so no box.
        return None;
    }
    let given = ["lower", "upper", "sides"].iter().any(|key| table.has(key));
    if problem.is_none() && !given {
        // The keys of the problem report what is wrong with it; a box for it may not be missing.
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
        let message = "lower and upper: the target is not finite around the start, or has no box that holds all but 1e-12 of it and \
                       that floating-point numbers can divide into cells";
        return table.missing("lower", message);
    };
    let axis = |axis: usize| {
        format!("[{}, {}]", significant(found.lower[axis], 5), significant(found.upper[axis], 5))
    };
    warnings.push(format!(
        "[grid] without lower and upper: the box is {}, which cuts off {:.0e} of the target and {:.0e} of the start",
        (0..dimension).map(axis).collect::<Vec<_>>().join(" × "),
        found.target,
        found.start
    ));
    Some((found.lower, found.upper))
}

/// What happens at the ends of each axis; reflecting by default. An array of two names says it of the lower and the upper end.
pub fn sides(table: &Reader<'_>, dimension: usize) -> Option<Vec<Sides>> {
    if !table.has("sides") {
        return Some(vec![Sides::Reflecting; dimension]);
    }
    let names = Sides::NAMES.map(|(name, _)| name);
    let named = |value: &Value| match value {
        Value::String(name) => {
            Sides::find(name).ok_or_else(|| Fault { offset: 0, message: unknown_name(name, &names) })
        }
        other => Err(Fault::expected(other, &one_of(&names))),
    };
    let sides = table.array("sides", "an array of names, one for each axis", |value| match value {
        Value::Array(ends) if ends.len() == 2 => {
            let expected = "two names for the lower and the upper end, \"reflecting\" or \"absorbing\"";
            Sides::of_ends(named(&ends[0].value)?, named(&ends[1].value)?)
                .ok_or_else(|| Fault::expected(value, expected))
        }
        value => named(value),
    })?;
    of_length(table, "sides", sides, dimension)
}

fn of_length<T>(table: &Reader<'_>, key: &'static str, values: Vec<T>, dimension: usize) -> Option<Vec<T>> {
    if values.len() == dimension {
        return Some(values);
    }
    let ends = "; ends that differ are written [[\"reflecting\", \"absorbing\"]], lower and upper";
    let hint = if key == "sides" { ends } else { "" };
    table
        .note(key, &format!("found {} entries; expected {dimension}, one for each axis{hint}", values.len()));
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
