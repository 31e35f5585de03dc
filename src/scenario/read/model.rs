//! [target], [initial], [flow] and [sde].

use super::dynamics::Choice;
use super::initial::{horizon, initial, mixture};
use super::reader::{Fault, Reader};
use super::{annealing, diffusion, force, formula};
use crate::model::expression::Scope;
use crate::model::{
    Dynamics, Energy, Expression, GradientFlow, Initial, ItoSde, KineticFlow, Posterior, Potential,
    ReactionReads,
};
use crate::scenario::data::Data;
use crate::scenario::document::Value;

/// Dynamics, initial law and horizon.
pub fn problem(root: &Reader<'_>, scope: &Scope) -> Option<(Dynamics, Initial, f64)> {
    if let Some(flow) = root.table("flow").filter(|flow| Choice::ReverseDiffusion.is_named(flow))
        && !root.has("sde")
    {
        return diffusion::problem(root, &flow, scope);
    }
    let initial = initial(root, scope);
    let (dynamics, horizon) = match (root.table("sde"), root.table("flow")) {
        (Some(sde), None) if !root.has("target") => sde_dynamics(&sde, scope)?,
        (Some(sde), _) => {
            sde_dynamics(&sde, scope);
            root.note(
                "sde",
                "found [sde] beside [target] or [flow]; expected one or the other: an SDE has no target",
            );
            return None;
        }
        (None, Some(flow)) if Choice::Annealed.is_named(&flow) => {
            let (potential, _) = target(root, scope).unzip();
            flow.allow(&["dynamics"]);
            annealing::dynamics(root, potential, initial.as_ref(), &flow, scope)?
        }
        (None, Some(flow)) => flow_dynamics(root, &flow, scope)?,
        (None, None) => {
            root.missing::<()>("flow", "a table [flow] with the horizon (and [target]), or a table [sde]");
            root.allow(&["target", "initial"]);
            return None;
        }
    };
    let initial = initial?;
    check_start(root, &dynamics, &initial);
    Some((dynamics, initial, horizon))
}

/// Whether [flow] requires underdamped dynamics or the reversal of such, so that the state has momenta.
pub fn has_momenta(root: &Reader<'_>) -> bool {
    root.table("flow").is_some_and(|flow| match Choice::ReverseDiffusion.is_named(&flow) {
        true => diffusion::kinetic(&flow),
        false => Choice::Underdamped.is_named(&flow),
    })
}

fn flow_dynamics(root: &Reader<'_>, flow: &Reader<'_>, scope: &Scope) -> Option<(Dynamics, f64)> {
    let (potential, log_evidence) = target(root, scope).unzip();
    let choice = Choice::of(flow)?;
    choice.refuse_foreign_keys(flow);
    if choice == Choice::Underdamped {
        return kinetic_dynamics(potential, flow, scope);
    }
    let rate = |key| flow.number_or(key, 1.0, "a number ≥ 0", |rate| rate >= 0.0);
    let (transport, reaction) = (rate("transport"), rate("reaction"));
    let normalized = flow.boolean_or("normalized", true);
    let energy = energy(flow, normalized, log_evidence);
    let horizon = horizon(flow);
    flow.finish();
    let (transport, reaction) = (transport?, reaction?);
    if transport == 0.0 && reaction == 0.0 {
        flow.wrong("transport", "transport or reaction above 0, else nothing moves");
        return None;
    }
    let (potential, normalized, energy) = (potential?, normalized?, energy?);
    let gradient = GradientFlow { potential, transport, reaction, normalized, energy };
    match force::driven(flow, &gradient, scope)? {
        Some(sde) => Some((Dynamics::Sde(sde), horizon?)),
        None => Some((Dynamics::GradientFlow(gradient), horizon?)),
    }
}

/// The names of the energies: KL's, or that of χ².
pub fn energy_name(chi_squared: bool) -> &'static str {
    if chi_squared { "chi-squared" } else { "kl" }
}

/// The energy of the reaction; χ² needs log ∫e^{−V}, which a formula does not tell.
fn energy(flow: &Reader<'_>, normalized: Option<bool>, log_evidence: Option<Option<f64>>) -> Option<Energy> {
    let chi_squared = flow.one_of("energy", false, &[false, true], energy_name)?;
    if !chi_squared {
        return Some(Energy::KullbackLeibler);
    }
    if normalized == Some(false) {
        flow.wrong("energy", "\"kl\" for an unnormalised flow, as χ² is that of probabilities");
        return None;
    }
    match log_evidence? {
        Some(log_evidence) => Some(Energy::ChiSquared { log_evidence }),
        None => {
            flow.wrong(
                "energy",
                "[target] log-evidence = log ∫e^{−V} beside it, as χ² reads ρ/π with π normalised; or a mixture for a target",
            );
            None
        }
    }
}

fn kinetic_dynamics(
    potential: Option<Potential>,
    flow: &Reader<'_>,
    scope: &Scope,
) -> Option<(Dynamics, f64)> {
    let friction = flow.number_or("friction", 1.0, "a number ≥ 0", |friction| friction >= 0.0);
    let only = |key, value: f64, why| {
        let expected = format!("{value}, {why}");
        flow.number_or(key, value, &expected, |found| found == value)
    };
    let transport = only("transport", 1.0, "as friction sets the pace of underdamped dynamics");
    let reaction = flow.number_or("reaction", 0.0, "a number ≥ 0", |rate| rate >= 0.0);
    let reacts = reaction.is_some_and(|reaction| reaction > 0.0);
    let reads = flow.one_of("reads", ReactionReads::Joint, &ReactionReads::ALL, ReactionReads::name);
    if flow.has("reads") && !reacts {
        flow.wrong("reads", "it beside a reaction above 0, which reads log ρ");
    }
    let rate = single_formula(flow, "rate", &Scope { time: true, ..scope.clone() });
    let rate_is_wrong = flow.has("rate") && rate.is_none();
    if flow.has("rate") && reacts {
        flow.note("rate", "found it beside a reaction; expected one of the two");
        return None;
    }
    let horizon = horizon(flow);
    flow.finish();
    if rate_is_wrong {
        return None;
    }
    transport?;
    let dynamics = KineticFlow::new(potential?, friction?, scope.dimension, rate);
    let dynamics = dynamics.with_reaction(reaction?, reads?);
    Some((Dynamics::Kinetic(dynamics), horizon?))
}

/// V, and log ∫e^{−V} where it is known.
fn target(root: &Reader<'_>, scope: &Scope) -> Option<(Potential, Option<f64>)> {
    let Some(target) = root.table("target") else {
        return root.missing("target", "a table [target] with potential = \"…\" or mixture = […]");
    };
    target.allow(&["potential", "mixture", "data", "likelihood", "log-evidence", "code"]);
    let potential = match (target.has("potential"), target.has("mixture")) {
        (true, true) => {
            target.note("mixture", "found both potential and mixture; expected one of them");
            None
        }
        (false, false) if target.has("code") => code(&target),
        (false, false) => target.missing("potential", "potential = \"formula of V\", or mixture = [...]"),
        (true, false) => {
            let expression = single_formula(&target, "potential", scope);
            if expression.as_ref().is_some_and(Expression::has_jump) {
                target.wrong("potential", "a formula without jumps, as a jump has no gradient to follow");
            }
            match target.has("data") || target.has("likelihood") {
                true => posterior(&target, scope, expression?),
                false => expression.map(|expression| Potential::formula(expression, scope.dimension)),
            }
        }
        (false, true) => {
            for key in ["data", "likelihood"].into_iter().filter(|key| target.has(key)) {
                target.wrong(key, "it beside potential = \"formula of −log prior\"");
            }
            mixture(&target, scope.dimension, false).map(Potential::Mixture)
        }
    };
    let mut log_evidence = target.number("log-evidence", "log ∫e^{−V}, a number", |_| true);
    if matches!(potential, Some(Potential::Mixture(_))) {
        if target.has("log-evidence") {
            target.wrong("log-evidence", "none: a mixture is normalised");
        }
        log_evidence = Some(0.0);
    }
    target.finish();
    potential.map(|potential| (potential, log_evidence))
}

/// A potential that the program has in code.
fn code(target: &Reader<'_>) -> Option<Potential> {
    let potentials = &target.vocabulary().potentials;
    let names: Vec<&str> = potentials.keys().map(String::as_str).collect();
    if names.is_empty() {
        target.wrong(
            "code",
            "potential = \"formula of V\" or mixture = [...], as no program brings a potential here",
        );
        return None;
    }
    target.choice("code", &names, |name| potentials.get(name).cloned())
}

/// The posterior of a prior e^−`prior`: `data` names a file, `likelihood` the log-likelihood of a row of it, or several
/// whose exponentials add up.
fn posterior(target: &Reader<'_>, scope: &Scope, prior: Expression) -> Option<Potential> {
    let Some(path) = target.string("data", "the name of a file of comma-separated values") else {
        return target.missing("data", "the name of a file of comma-separated values");
    };
    let read =
        |(path, content): (std::path::PathBuf, Vec<u8>)| Data::read(&path.display().to_string(), &content);
    let data = match target.beside(path).and_then(read) {
        Ok(data) => data,
        Err(message) => {
            target.note("data", &message);
            return None;
        }
    };
    let scope = Scope { momenta: false, ..scope.clone() };
    // A column must not hide what has a meaning already.
    if let Some(column) = data.columns.iter().find(|column| Expression::parse(column, &scope).is_ok()) {
        target.note(
            "data",
            &format!(
                "found a column called \"{column}\", which formulas know already; expected another name"
            ),
        );
        return None;
    }
    let scope = Scope { columns: data.columns.clone(), ..scope };
    let term = |value: &Value| match formula(value, &scope)? {
        formula if formula.has_jump() => {
            Err(Fault::expected(value, "a formula without jumps, as a jump has no gradient to follow"))
        }
        formula => Ok(formula),
    };
    let expected = "the log-likelihood of a row of the data, or an array of those of alternatives";
    let terms = match target.length("likelihood") {
        Some(_) => target.array("likelihood", expected, term)?,
        None if target.has("likelihood") => vec![target.scalar("likelihood", term)?],
        None => return target.missing("likelihood", expected),
    };
    if terms.is_empty() {
        target.wrong("likelihood", expected);
        return None;
    }
    let data = Posterior::new(&terms, scope.dimension, data.rows);
    Some(Potential::posterior(prior, data, scope.dimension))
}

/// A key that holds one formula.
fn single_formula(table: &Reader<'_>, key: &'static str, scope: &Scope) -> Option<Expression> {
    table.scalar(key, |value| formula(value, scope))
}

fn sde_dynamics(sde: &Reader<'_>, scope: &Scope) -> Option<(Dynamics, f64)> {
    let scope = Scope { time: true, ..scope.clone() };
    let d = scope.dimension;
    let drift = sde
        .array("drift", "an array of formulas, one for each component", |value| formula(value, &scope))
        .or_else(|| sde.missing("drift", "an array of formulas, one for each component"));
    let diffusion = sde
        .array("diffusion", "an array of rows of formulas", |value| match value {
            Value::Array(items) => {
                items.iter().map(|item| formula(&item.value, &scope)).collect::<Result<Vec<_>, Fault>>()
            }
            other => Err(Fault::expected(other, "a row: an array of formulas")),
        })
        .or_else(|| sde.missing("diffusion", "an array of d rows of m formulas"));
    let rate = single_formula(sde, "rate", &scope);
    sde.allow(&["rate"]);
    let rate_is_wrong = sde.has("rate") && rate.is_none();
    let stratonovich = sde.choice_or("interpretation", false, &["ito", "stratonovich"], |name| match name {
        "ito" => Some(false),
        "stratonovich" => Some(true),
        _ => None,
    });
    let horizon = horizon(sde);
    sde.finish();
    let (drift, diffusion) = (drift?, diffusion?);
    if drift.len() != d {
        sde.note("drift", &format!("found {} formulas; expected {d}, the dimension", drift.len()));
        return None;
    }
    let m = diffusion.first().map_or(0, Vec::len);
    if diffusion.len() != d || m == 0 || diffusion.iter().any(|row| row.len() != m) {
        let found: Vec<String> = diffusion.iter().map(|row| row.len().to_string()).collect();
        let found = format!("found {} rows of {} formulas", diffusion.len(), found.join(", "));
        sde.note(
            "diffusion",
            &format!("{found}; expected {d} rows of equal length, one column for each noise"),
        );
        return None;
    }
    if rate_is_wrong {
        return None;
    }
    let new = if stratonovich? { ItoSde::from_stratonovich } else { ItoSde::new };
    Some((Dynamics::Sde(new(drift, diffusion, rate)), horizon?))
}

/// The start has to be where the coefficients are finite, and FR alone cannot leave a point.
fn check_start(root: &Reader<'_>, dynamics: &Dynamics, initial: &Initial) {
    let Some(table) = root.table("initial") else {
        return;
    };
    let (key, place) = match initial {
        Initial::Point(point) => ("point", point.clone()),
        Initial::Mixture(mixture) => (if table.has("mixture") { "mixture" } else { "mean" }, mixture.mean()),
    };
    if let Dynamics::GradientFlow(flow) = dynamics {
        let value = flow.potential.value(&place[..]);
        if key != "mixture" && !value.is_finite() {
            table.note(
                key,
                &format!(
                    "found {place:?}, where the potential is {value}; expected a point where it is finite"
                ),
            );
        }
        if matches!(initial, Initial::Point(_)) && flow.transport == 0.0 {
            table.note(key, "found a point start without transport; expected a density: reaction alone cannot spread a point");
        }
    }
}
