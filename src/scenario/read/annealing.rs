//! [flow] dynamics = "annealed".

use super::dynamics::Choice;
use super::formula;
use super::initial::horizon;
use super::reader::{Fault, Reader};
use crate::model::expression::Scope;
use crate::model::{AnnealedFlow, AnnealingSchedule, Dynamics, Expression, Initial, Potential, Program};
use crate::scenario::document::Value;
use std::collections::BTreeMap;

/// Share of the effective sample size that a step keeps.
const SHARE: f64 = 0.99;
/// Places at which a schedule is seen to rise.
const PLACES: usize = 1000;

pub fn dynamics(
    root: &Reader<'_>,
    potential: Option<Potential>,
    initial: Option<&Initial>,
    flow: &Reader<'_>,
    scope: &Scope,
) -> Option<(Dynamics, f64)> {
    Choice::Annealed.refuse_foreign_keys(flow);
    let transport = flow.number_or("transport", 1.0, "a number ≥ 0", |rate| rate >= 0.0);
    let horizon = horizon(flow);
    let schedule = horizon.and_then(|horizon| schedule(flow, horizon, scope));
    flow.finish();
    let start = match initial? {
        Initial::Mixture(start) => start.clone(),
        Initial::Point(_) => {
            let message =
                "found a point start of annealed dynamics; expected a density, which the path starts from";
            root.table("initial")?.note("point", message);
            return None;
        }
    };
    let flow = AnnealedFlow { potential: potential?, start, transport: transport?, schedule: schedule? };
    Some((Dynamics::Annealed(flow), horizon?))
}

/// "adaptive", or λ(t), which rises from 0 to 1; t/horizon if nothing is said.
fn schedule(flow: &Reader<'_>, horizon: f64, scope: &Scope) -> Option<AnnealingSchedule> {
    let adapts = flow.is("schedule", "adaptive");
    if flow.has("schedule-ess") && !adapts {
        flow.wrong("schedule-ess", "it beside schedule = \"adaptive\" only");
    }
    if adapts {
        let share = flow.number_or("schedule-ess", SHARE, "a share above 0 and below 1", |share| {
            share > 0.0 && share < 1.0
        });
        return share.map(AnnealingSchedule::Adaptive);
    }
    let time = Scope { time: true, constants: scope.constants.clone(), ..Scope::default() };
    let linear = || {
        let scope = Scope { constants: BTreeMap::new(), ..time.clone() };
        Expression::parse(&format!("t/({horizon:?})"), &scope).ok()
    };
    let λ = match flow.has("schedule") {
        true => flow.scalar("schedule", |value| rising(value, horizon, &time)),
        false => linear(),
    };
    λ.map(|λ| AnnealingSchedule::fixed(&λ))
}

fn rising(value: &Value, horizon: f64, scope: &Scope) -> Result<Expression, Fault> {
    let λ = formula(value, scope)?;
    let program = Program::compile(std::slice::from_ref(&λ));
    let at = |k: usize| {
        let mut out = [0.0];
        program.evaluate(horizon * k as f64 / PLACES as f64, &[], &mut out);
        out[0]
    };
    let values: Vec<f64> = (0..=PLACES).map(at).collect();
    let ends = values[0].abs() < 1e-12 && (values[PLACES] - 1.0).abs() < 1e-12;
    if ends && values.windows(2).all(|pair| pair[0] <= pair[1]) {
        Ok(λ)
    } else {
        Err(Fault::expected(
            value,
            "\"adaptive\", or a formula of t that rises from 0 at 0 to 1 at the horizon",
        ))
    }
}
