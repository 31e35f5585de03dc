//! What is fuzzed: each function takes any bytes, and may refuse them, but must not panic, hang or grow.

#[path = "../../src/cli/baseline.rs"]
#[allow(dead_code)]
mod baseline;

use std::io::{Cursor, Write};
use wfr::model::Expression;
use wfr::model::expression::Scope;
use wfr::particles::State;
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

/// The name of a target and the target.
pub type Target = (&'static str, fn(&[u8]));

/// Every target.
pub const TARGETS: [Target; 6] = [
    ("formula", formula),
    ("scenario", scenario),
    ("table", table),
    ("npz", npz),
    ("checkpoint", checkpoint),
    ("result", result),
];

/// What the comparison of results reports.
#[derive(Debug)]
#[allow(dead_code)]
pub enum Failure {
    /// Of files.
    Input(String),
}

/// Parses a formula in three dimensions.
pub fn formula(bytes: &[u8]) {
    let scope = Scope { dimension: 3, time: true, ..Scope::default() };
    if let Ok(text) = std::str::from_utf8(bytes) {
        match Expression::parse(text, &scope) {
            Ok(expression) => drop(expression.to_string()),
            Err(error) => assert!(text.is_char_boundary(error.position), "{error:?}"),
        }
    }
}

/// Reads a scenario. Data files of others are out of reach.
pub fn scenario(bytes: &[u8]) {
    if let Ok(text) = std::str::from_utf8(bytes)
        && !text.contains("data")
    {
        let _ = wfr::scenario::parse(text, "fuzz.toml", &[]);
    }
}

/// Reads a table of data.
pub fn table(bytes: &[u8]) {
    if let Ok(data) = wfr::scenario::Data::read("fuzz.csv", bytes) {
        assert!(
            data.rows.iter().all(|row| row.len() == data.columns.len() && row.iter().all(|x| x.is_finite()))
        );
    }
}

/// Reads samples: from the bytes as an archive, and from the arrays in them.
///
/// A mutated archive has a wrong checksum nearly always; so the arrays are put into a new one too. They begin where numpy's do, and the
/// byte before the first one says which names they have.
pub fn npz(bytes: &[u8]) {
    let _ = wfr::scenario::read_samples("fuzz.npz", bytes);
    let _ = wfr::scenario::read_samples("fuzz.npz", &archive(bytes));
}

fn archive(bytes: &[u8]) -> Vec<u8> {
    const MAGIC: &[u8] = b"\x93NUMPY";
    const NAMES: [&str; 7] =
        ["positions", "log_weights", "log_normaliser", "log_normaliser_error", "ancestors", "weights", "x"];
    let starts: Vec<usize> =
        (0..bytes.len()).filter(|&k| bytes[k..].starts_with(MAGIC)).take(NAMES.len()).collect();
    let first = starts.first().map_or(0, |&start| if start > 0 { usize::from(bytes[start - 1]) } else { 0 });
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    for (k, &start) in starts.iter().enumerate() {
        let end = starts.get(k + 1).copied().unwrap_or(bytes.len());
        let name = format!("{}.npy", NAMES[(first + k) % NAMES.len()]);
        archive.start_file(name, SimpleFileOptions::default()).expect("a name of its own");
        archive.write_all(&bytes[start..end]).expect("memory");
    }
    archive.finish().expect("memory").into_inner()
}

/// Decodes the state in a checkpoint, without the checksum that keeps all this from happening.
pub fn checkpoint(bytes: &[u8]) {
    if let Some(state) = wfr::checkpoint::decode::<State>(bytes) {
        for (count, dimension, steps) in [(1, 1, 4), (3, 1, 4), (600, 2, 7)] {
            state.fits(count, dimension, steps, false);
        }
    }
}

/// Compares a stored result with itself, and with its second half.
pub fn result(bytes: &[u8]) {
    let Ok(stored) = serde_json::from_slice(bytes) else { return };
    assert!(baseline::drifts(&stored, &stored).is_empty());
    baseline::drifts(&stored, &serde_json::Value::Null);
}
