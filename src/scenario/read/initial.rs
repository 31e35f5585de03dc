//! [initial], mixtures, and the horizon, which several tables have.

use super::reader::{Reader, row};
use super::samples;
use crate::model::expression::Scope;
use crate::model::{Component, GaussianMixture, Initial, MixtureError};

const POSITIVE: &str = "a positive number";

/// The horizon alone, for checks that go on although the rest is wrong.
pub fn horizon_if_any(root: &Reader<'_>) -> Option<f64> {
    root.table("flow").or_else(|| root.table("sde"))?.number("horizon", POSITIVE, |t| t > 0.0)
}

pub fn horizon(table: &Reader<'_>) -> Option<f64> {
    table
        .number("horizon", POSITIVE, |t| t > 0.0)
        .or_else(|| table.missing("horizon", "the final time, a positive number"))
}

pub fn initial(root: &Reader<'_>, scope: &Scope) -> Option<Initial> {
    let Some(table) = root.table("initial") else {
        return root
            .missing("initial", "a table [initial] with mean and covariance, mixture, file, or point");
    };
    table.allow(&["point", "mixture", "file", "bandwidth", "mean", "covariance"]);
    let given = table.has("mean") || table.has("covariance");
    let kinds = [table.has("point"), table.has("mixture"), table.has("file"), given];
    let dimension = if scope.momenta { 2 * scope.dimension } else { scope.dimension };
    if table.has("bandwidth") && !table.has("file") {
        table.wrong("bandwidth", "it beside file = \"…\", whose samples it smooths");
    }
    let initial = match kinds {
        [true, false, false, false] => table.vector("point", dimension).map(Initial::Point),
        [false, false, true, false] => samples::samples(&table, dimension).map(Initial::Mixture),
        [false, true, false, false] => mixture(&table, scope.dimension, scope.momenta).map(Initial::Mixture),
        [false, false, false, true] => gaussian(&table, scope).map(Initial::Mixture),
        [false, false, false, false] => table.missing("mean", "mean and covariance, mixture, file, or point"),
        _ => {
            let key = ["point", "mixture", "file"].into_iter().find(|key| table.has(key)).unwrap_or("mean");
            let expected = "expected one of mean and covariance, mixture, file, point";
            table.note(key, &format!("found several initial laws; {expected}"));
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

pub fn mixture(table: &Reader<'_>, dimension: usize, momenta: bool) -> Option<GaussianMixture> {
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
