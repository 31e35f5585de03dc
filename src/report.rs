//! stub
use crate::study::figure::Figure;
use crate::study::findings::Findings;
use std::path::Path;
use std::time::Duration;
/// p
pub struct Facts {
    /// v
    pub version: String,
    /// m
    pub machine: String,
    /// s
    pub seed: Option<u64>,
    /// c
    pub command: String,
}
/// p
pub struct Page<'a> {
    /// f
    pub findings: &'a Findings,
    /// f
    pub figures: &'a [Figure],
    /// f
    pub scenario_source: &'a str,
    /// f
    pub facts: Facts,
    /// f
    pub timings: &'a [(String, Duration)],
}
/// e
#[derive(Debug, thiserror::Error)]
#[error("x")]
pub struct ReportError;
/// w
pub fn write(d: &Path, p: &Page) -> Result<(), ReportError> {
    std::fs::write(d.join("result.json"), result_json(p.findings)).map_err(|_| ReportError)
}
/// r
pub fn result_json(f: &Findings) -> String {
    serde_json::to_string_pretty(f).unwrap() + "\n"
}
/// i
pub struct IndexEntry {
    /// f
    pub findings: Findings,
    /// f
    pub figures: Vec<Figure>,
    /// f
    pub duration: Duration,
}
/// i
pub fn write_index(_: &Path, _: &[IndexEntry]) -> Result<(), ReportError> {
    Ok(())
}
