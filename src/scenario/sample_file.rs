//! Files of samples: .npz, or comma-separated values.

use super::data::Data;
use super::npz::{self, Stored};
use crate::study::samples::Samples;
use std::collections::BTreeMap;

/// Names at least as alike as this are slips (Jaro and Winkler).
const ALIKE: f64 = 0.9;
/// What a file of samples is expected to be.
const EXPECTED: &str = "an .npz file with positions (n, d) or (groups, n, d), and weights or log_weights if there are such; or a .csv \
                        file with a column for each coordinate, and columns weight, log_weight or group if there are such";

/// Arrays that are read beside those, and columns that are no coordinates.
const ARRAYS: [&str; 5] = ["positions", "weights", "log_weights", "ancestors", "times"];
const COLUMNS: [&str; 4] = ["weight", "log_weight", "group", "ancestor"];
/// Names of the claimed log-normaliser, and of its standard error.
const LOG_NORMALISER: [&str; 2] = ["log_normaliser", "log_normalizer"];
const ITS_ERROR: [&str; 4] =
    ["log_normaliser_error", "log_normalizer_error", "log_normaliser_stderr", "log_normalizer_stderr"];

/// The samples in the `content` of the file `name`.
///
/// An .npz file has `positions` (or `x`), (n, d) or (groups, n, d); n numbers alone are samples on the line. It may have `weights` or
/// `log_weights`, `ancestors`, `times`, and `log_normaliser` with `log_normaliser_error`. Other arrays are not read, and refused if they nearly have one of
/// these names. A .csv file has a column for each
/// coordinate, in their order; columns called `weight`, `log_weight`, `group` and `ancestor` are what they say.
///
/// # Errors
/// What was found, and what would be right.
pub fn read_samples(name: &str, content: &[u8]) -> Result<Samples, String> {
    let ending = name.rsplit_once('.').map(|(_, ending)| ending.to_lowercase());
    let read = match ending.as_deref() {
        Some("npz") => from_npz(name, content),
        Some("csv") => from_table(name, content),
        _ => return Err(format!("found \"{name}\"; expected {EXPECTED}")),
    };
    read.map_err(|text| if text.contains(name) { text } else { format!("{name}: {text}") })
}

fn from_npz(name: &str, content: &[u8]) -> Result<Samples, String> {
    let mut arrays = npz::read(content, &["positions", "x", "weights", "log_weights", "ancestors", "times"])?;
    for both in [&["positions", "x"][..], &LOG_NORMALISER, &ITS_ERROR] {
        if let [first, second, ..] =
            both.iter().filter(|name| arrays.contains_key(**name)).collect::<Vec<_>>()[..]
        {
            return Err(format!(
                "found {first} and {second}, two names of one thing; expected one of the two"
            ));
        }
    }
    let Some(Stored { mut shape, values }) = arrays.remove("positions").or_else(|| arrays.remove("x")) else {
        let names = if arrays.is_empty() { "no array of numbers".into() } else { names(&arrays) };
        return Err(format!("found {names}; expected positions (or x) of numbers"));
    };
    if shape.len() == 1 {
        shape.push(1);
    }
    let samples = Samples::new(name, &shape, values)?;
    // In another order they would belong to other samples.
    let like_positions = |name: &str, own: Stored| match shape[..shape.len() - 1] == own.shape[..]
        || own.shape.len() == 1
    {
        true => Ok(own.values),
        false => {
            Err(format!("found {name} of shape {:?}; expected {:?}", own.shape, &shape[..shape.len() - 1]))
        }
    };
    let samples = match (arrays.remove("weights"), arrays.remove("log_weights")) {
        (Some(_), Some(_)) => return Err("found weights and log_weights; expected one of the two".into()),
        (Some(own), None) => samples.with_weights(&like_positions("weights", own)?)?,
        (None, Some(own)) => samples.with_log_weights(like_positions("log_weights", own)?)?,
        (None, None) => samples,
    };
    let samples = match arrays.remove("ancestors") {
        Some(own) => samples.with_ancestors(like_positions("ancestors", own)?)?,
        None => samples,
    };
    let samples = match arrays.remove("times") {
        Some(own) => samples.with_times(&own.values)?,
        None => samples,
    };
    let read = [&ARRAYS[..], &LOG_NORMALISER, &ITS_ERROR].concat();
    if let Some((found, meant)) = misspelt(arrays.keys(), &read) {
        return Err(format!(
            "found the array {found}, which is not read; expected {meant}, or a name that is not like it"
        ));
    }
    let number = |names: &[&str]| -> Result<Option<f64>, String> {
        match names.iter().find_map(|name| arrays.get_key_value(*name)) {
            None => Ok(None),
            Some((_, stored)) if stored.values.len() == 1 => Ok(Some(stored.values[0])),
            Some((name, stored)) => {
                Err(format!("found {name} of shape {:?}; expected one number", stored.shape))
            }
        }
    };
    match (number(&LOG_NORMALISER)?, number(&ITS_ERROR)?) {
        (Some(value), error) => samples.with_claim(value, error),
        (None, Some(_)) => {
            Err("found an error of log_normaliser alone; expected log_normaliser beside it".into())
        }
        (None, None) => Ok(samples),
    }
}

/// A name that is not among those that are `read`, but nearly one of them, with the one that it is like.
fn misspelt<'a>(
    names: impl IntoIterator<Item = &'a String>,
    read: &[&'static str],
) -> Option<(&'a str, &'static str)> {
    let unread = names.into_iter().filter(|name| !read.contains(&name.as_str()));
    let alike = |name: &str| {
        let likeness = |own: &str| strsim::jaro_winkler(own, &name.to_lowercase());
        let closest = read.iter().max_by(|a, b| likeness(a).total_cmp(&likeness(b)))?;
        (likeness(closest) >= ALIKE).then_some(*closest)
    };
    unread.map(String::as_str).find_map(|name| Some((name, alike(name)?)))
}

/// Coordinates with the names that formulas have for them, in another order: as they are, and as they should be.
fn out_of_order(columns: &[String]) -> Option<(String, String)> {
    let rank = |name: &str| match name {
        "x" => Some(1),
        "y" => Some(2),
        "z" => Some(3),
        _ => name.strip_prefix('x').and_then(|number| number.parse::<usize>().ok()),
    };
    let mut named: Vec<(usize, &str)> =
        columns.iter().filter_map(|name| Some((rank(name)?, name.as_str()))).collect();
    let list = |named: &[(usize, &str)]| named.iter().map(|(_, name)| *name).collect::<Vec<_>>().join(", ");
    let found = list(&named);
    named.sort_by_key(|(rank, _)| *rank);
    let expected = list(&named);
    (found != expected).then_some((found, expected))
}

fn names(arrays: &BTreeMap<String, Stored>) -> String {
    let names: Vec<&str> = arrays.keys().map(String::as_str).collect();
    format!("the arrays {}", names.join(", "))
}

fn from_table(name: &str, content: &[u8]) -> Result<Samples, String> {
    let Data { columns, rows } = Data::read(name, content)?;
    let special = COLUMNS.map(|name| columns.iter().position(|column| column == name));
    let [weight, log_weight, group, ancestor] = special;
    if let Some((found, meant)) = misspelt(&columns, &COLUMNS) {
        return Err(format!(
            "found the column \"{found}\"; expected \"{meant}\", or a name of a coordinate that is not like it"
        ));
    }
    if let Some((found, expected)) = out_of_order(&columns) {
        return Err(format!(
            "found the columns {found}; expected the coordinates in their order, {expected}"
        ));
    }
    let coordinates: Vec<usize> = (0..columns.len()).filter(|k| !special.contains(&Some(*k))).collect();
    let mut members: BTreeMap<u64, Vec<&Vec<f64>>> = BTreeMap::new();
    for row in &rows {
        // A number is its own name.
        members.entry(group.map_or(0, |k| row[k].to_bits())).or_default().push(row);
    }
    let length = members.values().map(Vec::len).max().unwrap_or(0);
    if let Some(own) = members.values().find(|rows| rows.len() != length) {
        return Err(format!("found groups of {} and {length} rows; expected as many in each", own.len()));
    }
    let shape = [members.len(), length, coordinates.len()];
    let ordered: Vec<&Vec<f64>> = members.into_values().flatten().collect();
    let positions = ordered.iter().flat_map(|row| coordinates.iter().map(|&k| row[k])).collect();
    let samples = Samples::new(name, if group.is_some() { &shape } else { &shape[1..] }, positions)?;
    let column = |k: usize| ordered.iter().map(|row| row[k]).collect::<Vec<f64>>();
    let samples = match ancestor {
        Some(k) => samples.with_ancestors(column(k))?,
        None => samples,
    };
    match (weight, log_weight) {
        (Some(_), Some(_)) => Err("found columns weight and log_weight; expected one of the two".into()),
        (Some(k), None) => samples.with_weights(&column(k)),
        (None, Some(k)) => samples.with_log_weights(column(k)),
        (None, None) => Ok(samples),
    }
}
