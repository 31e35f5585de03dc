//! [flow] force: a drift beside the gradient of the potential.

use super::formula;
use super::reader::Reader;
use crate::model::expression::Scope;
use crate::model::{Expression, GradientFlow, ItoSde, Potential, Variable};

/// The equation dX = (F − α∇V) dt + √(2α) dW of a flow with a force; `None` for a mistake, `Some(None)` without a force.
pub fn driven(flow: &Reader<'_>, gradient: &GradientFlow, scope: &Scope) -> Option<Option<ItoSde>> {
    flow.allow(&["force"]);
    if !flow.has("force") {
        return Some(None);
    }
    let d = scope.dimension;
    let timed = Scope { time: true, ..scope.clone() };
    let force =
        flow.array("force", "an array of formulas, one for each component", |value| formula(value, &timed))?;
    if force.len() != d {
        flow.note("force", &format!("found {} formulas; expected {d}, the dimension", force.len()));
        return None;
    }
    if gradient.reaction > 0.0 || gradient.transport == 0.0 {
        flow.wrong(
            "force",
            "it beside transport > 0 and reaction = 0: with a force, e^(-V) is no target of a reaction",
        );
        return None;
    }
    let Potential::Formula(potential) = &gradient.potential else {
        flow.wrong("force", "it beside a potential by a formula, whose gradient joins it in the drift");
        return None;
    };
    let drift = force.into_iter().enumerate().map(|(axis, force)| {
        let slope = potential.expression.derivative(Variable::Space(axis));
        let descent = Expression::product(Expression::constant(-gradient.transport), slope);
        Expression::sum(vec![force, descent])
    });
    let noise = |i, j| Expression::constant(if i == j { (2.0 * gradient.transport).sqrt() } else { 0.0 });
    let diffusion = (0..d).map(|i| (0..d).map(|j| noise(i, j)).collect()).collect();
    Some(Some(ItoSde::new(drift.collect(), diffusion, None)))
}
