//! The studies of ensembles: kind = "ensemble-order" and "reference".

use super::reader::{Fault, Reader, finite};
use crate::model::{Observable, Problem};
use crate::scenario::document::Value;
use crate::study::{Against, EnsembleOrderSettings, Ladder, Quantity, ReferenceSettings};

/// The name of the evidence among the observables.
const LOG_EVIDENCE: &str = "log-evidence";

pub fn ensemble_order(
    root: &Reader<'_>,
    table: &Reader<'_>,
    observable: Option<Observable>,
    has_grid: bool,
) -> Option<EnsembleOrderSettings> {
    let particles = root.table("particles");
    let own = |particles: &Reader<'_>| particles.has("density") && !particles.is("density", "oracle");
    if !particles.as_ref().is_some_and(own) {
        table.note("kind", "found an ensemble-order study without a density from the ensemble; expected [particles] with density = \"transition-mixture\", \"kernel\" or \"gaussian\"");
    }
    let reference = table.number("reference", "the value of the flow, a number", |_| true);
    if !has_grid && !table.has("reference") {
        table.missing::<()>(
            "reference",
            "a table [grid], or reference = the observable's value along the flow",
        );
    }
    let against =
        table.choice_or("against", Against::Itself, &Against::ALL.map(Against::name), Against::find);
    let mut ladders = Vec::new();
    if table.has("counts") {
        let counts = falling(table, "counts", |n| n.fract() == 0.0 && n >= 2.0, |n| 1.0 / n)?;
        let rule = |particles: &Reader<'_>| {
            let named = ["silverman", "scott", "cross-validated"];
            particles.is("density", "kernel")
                && (!particles.has("bandwidth") || named.iter().any(|name| particles.is("bandwidth", name)))
        };
        if particles.as_ref().is_some_and(rule) {
            table
                .wrong("counts", "it beside a bandwidth that is a number, as rules narrow the kernel with N");
        }
        ladders.push(Ladder::Counts(counts.into_iter().map(|n| n as usize).collect()));
    }
    if table.has("steps") {
        ladders.push(Ladder::Steps(falling(table, "steps", |h| h > 0.0, |h| h)?));
    }
    if table.has("bandwidths") {
        // Against the flow, which the mixture follows, kernels take its place on this ladder.
        let fits = |particles: Reader<'_>| {
            let mixture = particles.is("density", "transition-mixture");
            particles.is("density", "kernel") || (mixture && against == Some(Against::Flow))
        };
        if !particles.is_some_and(fits) {
            table.wrong(
                "bandwidths",
                "it beside density = \"kernel\" only, or beside \"transition-mixture\" with against = \"flow\"",
            );
        }
        ladders.push(Ladder::Bandwidths(falling(table, "bandwidths", |s| s > 0.0, |s| s)?));
    }
    if ladders.is_empty() {
        return table.missing(
            "counts",
            "counts, steps or bandwidths, an array of three numbers or more, coarse to fine",
        );
    }
    Some(EnsembleOrderSettings { observable: observable?, reference, against: against?, ladders })
}

/// At least three numbers along which `size` falls.
fn falling(
    table: &Reader<'_>,
    key: &'static str,
    sound: fn(f64) -> bool,
    size: fn(f64) -> f64,
) -> Option<Vec<f64>> {
    let all = table.array(key, "an array of numbers, coarse to fine", finite)?;
    let falls = all.windows(2).all(|pair| size(pair[0]) > size(pair[1]));
    if all.len() < 3 || !all.iter().all(|&value| sound(value)) || !falls {
        table.note(key, &format!("found {all:?}; expected three positive numbers or more, coarse to fine"));
        return None;
    }
    Some(all)
}

pub fn reference(table: &Reader<'_>, problem: Option<&Problem>) -> Option<ReferenceSettings> {
    let names: Vec<String> = problem.map_or(Vec::new(), |problem| {
        problem.observables.iter().map(|observable| observable.name.clone()).collect()
    });
    let quantity = |value: &Value| match value {
        Value::String(name) if name == LOG_EVIDENCE => Ok(Quantity::LogEvidence),
        Value::String(name) if problem.is_none() || names.contains(name) => {
            Ok(Quantity::Observable(name.clone()))
        }
        other => {
            let known = format!("an observable of the scenario ({}) or \"{LOG_EVIDENCE}\"", names.join(", "));
            Err(Fault::expected(other, &known))
        }
    };
    let quantity = table
        .scalar("observable", quantity)
        .or_else(|| table.missing("observable", "an observable of the scenario, or \"log-evidence\""));
    let value = table
        .number("value", "a number", |_| true)
        .or_else(|| table.missing("value", "the value that the particles should have"));
    let error = table.number_or("error", 0.0, "an error of the value, at least 0", |error| error >= 0.0);
    let source = match table.has("source") {
        true => table.string("source", "where the value is from")?.to_string(),
        false => return table.missing("source", "where the value is from"),
    };
    Some(ReferenceSettings { quantity: quantity?, value: value?, error: error?, source })
}
