//! Baselines: the committed result of every scenario, with which later runs are compared figure by figure.
//!
//! With the same seed the same bits are expected. Where bits differ, figures that carry their own error (a standard error, an
//! estimated error, an interval) may differ by as much as both errors allow; all others, which carry none, by rounding.

use super::Failure;
use serde_json::{Map, Value};
use std::path::Path;
use wfr::files::write_atomically;
use wfr::report::OrderRecord;
use wfr::study::findings::Findings;

/// Two-sided quantile of the normal law at 1e-9, the false-alarm rate of one figure.
const DEVIATIONS: f64 = 6.2;
/// Relative difference that other machines may round to.
const ROUNDING: f64 = 1e-9;
/// Keys of errors: what they are, and by how many of them a value may move.
const ERRORS: [(&str, f64); 2] = [("stderr", DEVIATIONS), ("error", 1.0)];

/// Orders at every update.
const ORDERS: &str = "orders.jsonl";
/// What moved at every update, and why.
pub const HISTORY: &str = "HISTORY.csv";

/// A figure that is no longer what it was.
#[derive(Debug, PartialEq)]
pub struct Drift {
    /// Where it stands, as in `particles.observables.x^2.value`.
    pub place: String,
    /// As stored.
    pub before: String,
    /// As found.
    pub now: String,
}

/// Keys that say what made a result, not what was found.
const ORIGIN: [&str; 5] = ["version", "commit", "seed", "scenario", "overrides"];

/// Keys of words, which repeat the figures.
const WORDS: [&str; 2] = ["why", "warnings"];

/// Whether two results hold the same bits, whatever made them and however they are worded.
pub fn same_figures(stored: &Value, found: &Value) -> bool {
    let figures = |value: &Value| {
        let mut value = value.clone();
        value.as_object_mut().iter_mut().for_each(|all| ORIGIN.iter().for_each(|key| drop(all.remove(*key))));
        drop_words(&mut value);
        value
    };
    figures(stored) == figures(found)
}

fn drop_words(value: &mut Value) {
    match value {
        Value::Object(all) => {
            all.retain(|key, _| !WORDS.contains(&key.as_str()));
            all.values_mut().for_each(drop_words);
        }
        Value::Array(all) => all.iter_mut().for_each(drop_words),
        _ => (),
    }
}

/// Differences between a stored result and a new one that their errors do not explain.
pub fn drifts(stored: &Value, found: &Value) -> Vec<Drift> {
    let mut drifts = Vec::new();
    compare("", stored, found, 0.0, &mut drifts);
    drifts
}

/// `allowed` is the absolute difference that errors beside the two values allow.
fn compare(place: &str, stored: &Value, found: &Value, allowed: f64, drifts: &mut Vec<Drift>) {
    let inner = |key: &str| if place.is_empty() { key.to_string() } else { format!("{place}.{key}") };
    match (stored, found) {
        (Value::Object(a), Value::Object(b)) => {
            let keys: std::collections::BTreeSet<&String> = a.keys().chain(b.keys()).collect();
            for key in keys {
                if place.is_empty() && ORIGIN.contains(&key.as_str()) {
                    continue;
                }
                // Errors and intervals are what figures are compared with.
                if WORDS.contains(&key.as_str()) || (noise(key) && both_finite(a, b, key)) {
                    continue;
                }
                let [old, new] = [a, b].map(|object| object.get(key).unwrap_or(&Value::Null));
                compare(&inner(key), old, new, margin(a, b, key), drifts);
            }
        }
        (Value::Array(a), Value::Array(b)) if a.len() == b.len() => {
            for (k, (old, new)) in a.iter().zip(b).enumerate() {
                compare(&inner(&k.to_string()), old, new, allowed, drifts);
            }
        }
        (Value::Number(a), Value::Number(b)) => {
            let [old, new] = [a, b].map(|number| number.as_f64().unwrap_or(f64::NAN));
            let same = (old - new).abs() <= allowed + ROUNDING * old.abs().max(new.abs());
            if !same && a != b {
                drifts.push(Drift {
                    place: place.into(),
                    before: stored.to_string(),
                    now: found.to_string(),
                });
            }
        }
        _ if stored == found => (),
        _ => drifts.push(Drift { place: place.into(), before: shortened(stored), now: shortened(found) }),
    }
}

/// Whether a key holds the error of another, or what the noise alone decides.
fn noise(key: &str) -> bool {
    const NOISE: [&str; 21] = [
        "stderr",
        "bias_stderr",
        "error",
        "stderrs",
        "ess",
        "weight_entropy",
        "ancestors",
        "resamplings",
        "replacements",
        "draws",
        "terms",
        "pareto_k",
        "largest_share",
        "paths",
        "paths_needed",
        "z_score",
        "z_scores",
        "z",
        "miss",
        "log_normalizer_z",
        "local_orders",
    ];
    NOISE.contains(&key) || key.ends_with("_stderr") || key.ends_with("_error")
}

/// A figure that turned into nothing is a drift whatever its kind.
fn both_finite(a: &Map<String, Value>, b: &Map<String, Value>, key: &str) -> bool {
    a.get(key).is_none_or(Value::is_null) == b.get(key).is_none_or(Value::is_null)
}

/// What the errors beside the figure `key` allow.
fn margin(a: &Map<String, Value>, b: &Map<String, Value>, key: &str) -> f64 {
    let number = |object: &Map<String, Value>, key: &str| object.get(key).and_then(Value::as_f64);
    let both = |error: &str| Some(number(a, error)?.hypot(number(b, error)?));
    // An order with its interval, of 1.96 standard errors to either side.
    let half =
        |object: &Map<String, Value>| Some(0.5 * (number(object, "upper")? - number(object, "lower")?));
    if matches!(key, "estimate" | "lower" | "upper")
        && let (Some(a), Some(b)) = (half(a), half(b))
    {
        return DEVIATIONS / 1.96 * a.hypot(b);
    }
    let own = ERRORS.iter().filter_map(|(suffix, factor)| {
        let named = if key == "value" { suffix.to_string() } else { format!("{key}_{suffix}") };
        Some(factor * both(&named)?)
    });
    // Lists of errors stand beside lists of standard errors: the largest of them will do.
    let largest = |object: &Map<String, Value>| {
        let list = object.get("stderrs")?.as_array()?;
        Some(list.iter().filter_map(Value::as_f64).fold(0.0, f64::max))
    };
    let list = (key == "errors").then(|| Some(DEVIATIONS * largest(a)?.hypot(largest(b)?))).flatten();
    // A check's figure is noise below its threshold.
    let check = (key == "value").then(|| number(a, "threshold")).flatten();
    own.chain(list).chain(check).fold(0.0, f64::max)
}

fn shortened(value: &Value) -> String {
    let text = value.to_string();
    match text.char_indices().nth(60) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

/// A line for validation/baseline/HISTORY.csv: version, scenario, number of figures that moved, reason.
pub fn history_line(scenario: &str, moved: usize, reason: &str) -> String {
    format!("{},{scenario},{moved},\"{}\"\n", env!("CARGO_PKG_VERSION"), reason.replace('"', "\"\""))
}

/// The orders of a scenario at every update of its baseline (`folder`/orders.jsonl, one record a line), with those of this
/// run last; an update, with its day and reason, stores these as well. None where no baseline was ever stored.
pub fn orders(
    folder: &Path,
    findings: &Findings,
    update: Option<(&str, &str)>,
) -> Result<Vec<OrderRecord>, Failure> {
    let path = folder.join(ORDERS);
    let mut text = read_or_empty(&path)?;
    let mut records = records(&path, &text)?;
    records.retain(|record| record.scenario == findings.name);
    if records.is_empty() && update.is_none() {
        return Ok(records);
    }
    let last = records.iter().map(|record| record.update).max().unwrap_or(0);
    records.extend(OrderRecord::of(findings, last + 1, update));
    if update.is_some() {
        for record in records.iter().filter(|record| record.update > last) {
            text += &(serde_json::to_string(record).expect("records are plain data") + "\n");
        }
        write_atomically(&path, text).map_err(|error| Failure::Input(error.to_string()))?;
        // Then the reports are the same as those of the next run.
        records.extend(OrderRecord::of(findings, last + 2, None));
    }
    Ok(records)
}

/// The records of all orders in the `text` of the file `path`.
fn records(path: &Path, text: &str) -> Result<Vec<OrderRecord>, Failure> {
    let record = |(k, line): (usize, &str)| {
        serde_json::from_str(line).map_err(|error| {
            let place = format!("{}:{}", path.display(), k + 1);
            Failure::Input(format!("{place}: found no record of an order ({error}); restore the file"))
        })
    };
    text.lines().enumerate().map(record).collect()
}

/// Makes sure, before anything is computed, that what is stored in `folder` can be read afterwards.
pub fn check(folder: &Path) -> Result<(), Failure> {
    let path = folder.join(ORDERS);
    records(&path, &read_or_empty(&path)?)?;
    read_or_empty(&folder.join(HISTORY)).map(|_| ())
}

/// The text of a file that is added to; none if it is not there yet. What cannot be read must not be written over.
pub fn read_or_empty(path: &Path) -> Result<String, Failure> {
    match std::fs::read_to_string(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(Failure::Input(format!("{}: {error}", path.display())))
        }
        found => Ok(found.unwrap_or_default()),
    }
}

/// The stored result; `None` if none was ever stored. One that is there but cannot be used guards nothing, which
/// is an error.
pub fn stored(path: &Path) -> Result<Option<Value>, Failure> {
    let damaged = |why: String| {
        Failure::Input(format!(
            "{}: found a baseline that cannot be used: {why}; restore it, or remove it and store it anew with --update-baseline",
            path.display()
        ))
    };
    match path.symlink_metadata() {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        _ => (),
    }
    let text = std::fs::read_to_string(path).map_err(|error| damaged(error.to_string()))?;
    let value: Value = serde_json::from_str(&text).map_err(|error| damaged(error.to_string()))?;
    match value.get("schema_version") {
        Some(_) => Ok(Some(value)),
        None => Err(damaged("it is no result.json".into())),
    }
}

#[cfg(test)]
mod tests {
    use super::drifts;
    use serde_json::json;

    #[test]
    fn noise_may_move_values_as_far_as_their_errors_allow() {
        let old = json!({"particles": {"observables": {"x": {"value": 1.0, "stderr": 0.01}}}});
        let near = json!({"particles": {"observables": {"x": {"value": 1.05, "stderr": 0.011}}}});
        let far = json!({"particles": {"observables": {"x": {"value": 1.2, "stderr": 0.01}}}});
        assert!(drifts(&old, &near).is_empty());
        let found = drifts(&old, &far);
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].place, "particles.observables.x.value");
    }

    #[test]
    fn figures_without_noise_may_not_move() {
        let old = json!({"grid": {"kl": 0.5, "observables": {"x": {"value": 1.0, "error": 1e-6}}}});
        let same =
            json!({"grid": {"kl": 0.5 + 1e-12, "observables": {"x": {"value": 1.0 + 1e-6, "error": 1e-6}}}});
        let moved = json!({"grid": {"kl": 0.5001, "observables": {"x": {"value": 1.001, "error": 1e-6}}}});
        assert!(drifts(&old, &same).is_empty());
        assert_eq!(drifts(&old, &moved).len(), 2);
    }

    #[test]
    fn verdicts_and_what_is_missing_count() {
        let old =
            json!({"studies": [{"verdict": "pass", "order": {"estimate": 2.0, "lower": 1.9, "upper": 2.1}}]});
        let failed =
            json!({"studies": [{"verdict": "fail", "order": {"estimate": 1.9, "lower": 1.8, "upper": 2.0}}]});
        assert_eq!(drifts(&old, &failed).len(), 1);
        assert_eq!(drifts(&old, &json!({"studies": []})).len(), 1);
        assert_eq!(
            drifts(
                &json!({"a": {"value": 1.0, "stderr": 0.1}}),
                &json!({"a": {"value": 1.0, "stderr": null}})
            )
            .len(),
            1
        );
    }
}
