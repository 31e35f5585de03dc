//! The barrier sweep.

use super::reader::{Fault, Reader, finite};
use crate::model::{Dynamics, Expression, Potential, Problem};
use crate::scenario::document::Value;
use crate::study::SweepSettings;

/// Heights where none are named.
const HEIGHTS: [f64; 8] = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0];

/// What the study asks for; `None` with a note if the scenario has no potential to scale.
pub fn barrier(table: &Reader<'_>, problem: Option<&Problem>) -> Option<SweepSettings> {
    let friction = table.number_or("friction", 2.0, "a friction above 0", |friction| friction > 0.0);
    let heights = heights(table);
    let problem = problem?;
    let expression = match &problem.dynamics {
        Dynamics::GradientFlow(flow)
            if problem.dimension() == 1 && flow.transport > 0.0 && flow.reaction > 0.0 =>
        {
            match &flow.potential {
                Potential::Formula(formula) => Some(&formula.expression),
                Potential::Mixture(_) | Potential::Posterior(..) => None,
            }
        }
        _ => None,
    };
    let Some(expression) = expression else {
        table.wrong(
            "kind",
            "another study: this one needs a [target] potential in one dimension, given by a formula, and a [flow] with \
             transport > 0 and reaction > 0",
        );
        return None;
    };
    let (heights, friction) = (heights?, friction?);
    let scaled = |height: &f64| {
        Potential::formula(Expression::product(Expression::constant(*height), expression.clone()), 1)
    };
    Some(SweepSettings { potentials: heights.iter().map(scaled).collect(), heights, friction })
}

fn heights(table: &Reader<'_>) -> Option<Vec<f64>> {
    if !table.has("heights") {
        return Some(HEIGHTS.to_vec());
    }
    let positive = |value: &Value| match finite(value)? {
        height if height > 0.0 => Ok(height),
        _ => Err(Fault::expected(value, "a height above 0")),
    };
    let heights = table.array("heights", "an array of heights, which multiply the potential", positive)?;
    if heights.is_empty() || heights.windows(2).any(|pair| pair[0] >= pair[1]) {
        table.note(
            "heights",
            &format!("found {heights:?}; expected at least one height, each larger than the one before"),
        );
        return None;
    }
    Some(heights)
}
