//! [target], [initial], [flow] and [sde].

use super::reader::{Fault, Reader, row};
use super::{annealing, diffusion, force, formula};
use crate::model::expression::Scope;
use crate::model::{
    Component, Dynamics, Energy, Expression, GaussianMixture, GradientFlow, Initial, ItoSde, KineticFlow,
    MixtureError, Posterior, Potential, Reads,
};
use crate::scenario::data::Data;
use crate::scenario::document::Value;

/// Dynamics, initial law and horizon.
pub fn problem(root: &Reader<'_>, scope: &Scope) -> Option<(Dynamics, Initial, f64)> {
    if let Some(flow) = root.table("flow").filter(|flow| flow.is("dynamics", REVERSE_DIFFUSION))
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
        (None, Some(flow)) if flow.is("dynamics", ANNEALED) => {
            let (potential, _) = target(root, scope).unzip();
            annealing::dynamics(root, potential, initial.as_ref(), &flow, scope)?
        }
        (None, Some(flow)) => flow_dynamics(root, &flow, scope)?,
        (None, None) => {
            root.missing::<()>("flow", "a table [flow] with the horizon (and [target]), or a table [sde]");
            root.has("target");
            return None;
        }
    };
    let initial = initial?;
    check_start(root, &dynamics, &initial);
    Some((dynamics, initial, horizon))
}

/// The horizon alone, for checks that go on although the rest is wrong.
pub fn horizon_if_any(root: &Reader<'_>) -> Option<f64> {
    root.table("flow").or_else(|| root.table("sde"))?.number("horizon", POSITIVE, |t| t > 0.0)
}

/// Whether [flow] asks for underdamped dynamics or the reversal of such, so that the state has momenta.
pub fn has_momenta(root: &Reader<'_>) -> bool {
    root.table("flow").is_some_and(|flow| match flow.is("dynamics", REVERSE_DIFFUSION) {
        true => diffusion::kinetic(&flow),
        false => flow.is("dynamics", "underdamped"),
    })
}

const DYNAMICS: [&str; 4] = ["overdamped", "underdamped", ANNEALED, REVERSE_DIFFUSION];
const ANNEALED: &str = "annealed";
const REVERSE_DIFFUSION: &str = "reverse-diffusion";

const POSITIVE: &str = "a positive number";

pub(super) fn horizon(table: &Reader<'_>) -> Option<f64> {
    table
        .number("horizon", POSITIVE, |t| t > 0.0)
        .or_else(|| table.missing("horizon", "the final time, a positive number"))
}

fn flow_dynamics(root: &Reader<'_>, flow: &Reader<'_>, scope: &Scope) -> Option<(Dynamics, f64)> {
    let (potential, log_evidence) = target(root, scope).unzip();
    let kind = flow.choice_or("dynamics", DYNAMICS[0], &DYNAMICS, |name| {
        DYNAMICS.into_iter().find(|known| *known == name)
    })?;
    if kind == "underdamped" {
        if flow.has("energy") {
            flow.wrong("energy", "none: underdamped dynamics react by KL");
        }
        refuse_keys(flow);
        return kinetic_dynamics(potential, flow, scope);
    }
    for key in ["friction", "rate", "reads"] {
        if flow.has(key) {
            flow.wrong(key, "none: it belongs to dynamics = \"underdamped\"");
        }
    }
    refuse_keys(flow);
    let rate = |key| flow.number_or(key, 1.0, "a number ≥ 0", |rate| rate >= 0.0);
    let (transport, reaction) = (rate("transport"), rate("reaction"));
    let normalized = flow.boolean_or("normalized", true);
    let energy = energy(flow, normalized, log_evidence);
    let horizon = horizon(flow);
    flow.has("force");
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

/// Notes keys that belong to dynamics with a file of their own.
fn refuse_keys(flow: &Reader<'_>) {
    annealing::refuse_keys(flow);
    diffusion::refuse_keys(flow);
}

/// The energy of the reaction; χ² needs log ∫e^{−V}, which a formula does not tell.
fn energy(flow: &Reader<'_>, normalized: Option<bool>, log_evidence: Option<Option<f64>>) -> Option<Energy> {
    let names = ["kl", "chi-squared"];
    let chi_squared = flow
        .choice_or("energy", false, &names, |name| names.contains(&name).then_some(name == "chi-squared"))?;
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
    let reads = flow.choice_or("reads", Reads::Joint, &Reads::ALL.map(Reads::name), Reads::find);
    if flow.has("reads") && !reacts {
        flow.wrong("reads", "it beside a reaction above 0, which reads log ρ");
    }
    if flow.has("normalized") {
        flow.wrong(
            "normalized",
            "none: a reaction keeps the mass, and with a rate the observables are E[φ(X_T) exp(−∫c dt)]",
        );
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
    let potential = match (target.has("potential"), target.has("mixture")) {
        (true, true) => {
            target.note("mixture", "found both potential and mixture; expected one of them");
            None
        }
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

/// The posterior of a prior e^−`prior`: `data` names a file, `likelihood` the log-likelihood of a row of it, or several
/// whose exponentials add up.
fn posterior(target: &Reader<'_>, scope: &Scope, prior: Expression) -> Option<Potential> {
    let Some(path) = target.string("data", "the name of a file of comma-separated values") else {
        return target.missing("data", "the name of a file of comma-separated values");
    };
    let data = match Data::read(&target.beside(path)) {
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

pub(super) fn initial(root: &Reader<'_>, scope: &Scope) -> Option<Initial> {
    let Some(table) = root.table("initial") else {
        return root.missing("initial", "a table [initial] with mean and covariance, mixture, or point");
    };
    let kinds = [table.has("point"), table.has("mixture"), table.has("mean") || table.has("covariance")];
    let initial = match kinds {
        [true, false, false] => {
            let dimension = if scope.momenta { 2 * scope.dimension } else { scope.dimension };
            table.vector("point", dimension).map(Initial::Point)
        }
        [false, true, false] => mixture(&table, scope.dimension, scope.momenta).map(Initial::Mixture),
        [false, false, true] => gaussian(&table, scope).map(Initial::Mixture),
        [false, false, false] => table.missing("mean", "mean and covariance, mixture, or point"),
        _ => {
            let key = if table.has("point") { "point" } else { "mixture" };
            table
                .note(key, "found several initial laws; expected one of mean and covariance, mixture, point");
            None
        }
    };
    table.finish();
    initial
}

/// A component of a mixture. Where there are momenta, `mean` and `covariance` may also cover the positions alone; the
/// momenta are then at equilibrium, N(0, I).
fn component(table: &Reader<'_>, weight: f64, positions: usize, momenta: bool) -> Option<Component> {
    let joint = momenta && table.length("mean") == Some(2 * positions);
    let dimension = if joint { 2 * positions } else { positions };
    let mean = table.vector("mean", dimension).or_else(|| table.missing("mean", "an array of numbers"));
    let covariance = table
        .array("covariance", "an array of rows", row)
        .or_else(|| table.missing("covariance", "an array of rows, such as [[0.04]]"));
    let (mut mean, mut covariance) = (mean?, covariance?);
    let square = covariance.len() == positions && covariance.iter().all(|row| row.len() == positions);
    if momenta && !joint && square {
        mean.resize(2 * positions, 0.0);
        for row in &mut covariance {
            row.resize(2 * positions, 0.0);
        }
        let unit = |i: usize| (0..2 * positions).map(|j| if i == j { 1.0 } else { 0.0 }).collect();
        covariance.extend((positions..2 * positions).map(unit));
    }
    Some(Component { weight, mean, covariance })
}

fn gaussian(table: &Reader<'_>, scope: &Scope) -> Option<GaussianMixture> {
    let component = component(table, 1.0, scope.dimension, scope.momenta)?;
    GaussianMixture::new(vec![component])
        .map_err(|error| table.note("covariance", &error.to_string().replacen("component 0: ", "", 1)))
        .ok()
}

pub(super) fn mixture(table: &Reader<'_>, dimension: usize, momenta: bool) -> Option<GaussianMixture> {
    let readers = table.tables("mixture")?;
    let mut components = Vec::new();
    for reader in &readers {
        let weight = reader.number_or("weight", 1.0, "a positive number", |weight| weight > 0.0);
        let own = component(reader, weight.unwrap_or(1.0), dimension, momenta);
        reader.finish();
        components.extend(own.filter(|_| weight.is_some()));
    }
    if components.len() < readers.len() {
        return None;
    }
    GaussianMixture::new(components)
        .map_err(|error: MixtureError| match error.component().and_then(|index| readers.get(index)) {
            Some(reader) => reader.note("covariance", &error.to_string()),
            None => table.note("mixture", &error.to_string()),
        })
        .ok()
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
