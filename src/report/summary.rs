//! Findings in words.

use crate::format;
use crate::study::Verdict;
use crate::study::findings::{Check, Findings};

/// The paragraph under the title.
pub fn paragraph(findings: &Findings) -> String {
    let mut sentences = Vec::new();
    match (&findings.particles, &findings.grid) {
        (Some(particles), Some(_)) => sentences.push(format!(
            "{} weighted particles and a grid solution up to t = {}.",
            format::count(particles.count),
            format::number(particles.time)
        )),
        (Some(particles), None) => sentences.push(format!(
            "{} weighted particles up to t = {}.",
            format::count(particles.count),
            format::number(particles.time)
        )),
        (None, Some(grid)) => {
            sentences.push(format!("A grid solution up to t = {}.", format::number(grid.time)))
        }
        (None, None) => {}
    }
    sentences.push(counts(findings));
    sentences.extend(worst(findings));
    match findings.warnings.len() {
        0 => {}
        1 => sentences.push("There is 1 warning.".into()),
        n => sentences.push(format!("There are {n} warnings.")),
    }
    sentences.join(" ")
}

/// One line: how many checks and studies ended how.
pub fn counts(findings: &Findings) -> String {
    let held = findings.checks.iter().filter(|check| check.passed).count();
    let mut parts = Vec::new();
    match findings.checks.len() {
        0 => {}
        1 if held == 1 => parts.push("the one check holds".to_string()),
        all if held == all => parts.push(format!("all {all} checks hold")),
        all => parts.push(format!("{held} of {all} checks hold")),
    }
    let with = |verdict| findings.studies.iter().filter(|study| study.verdict == verdict).count();
    let studies =
        [(Verdict::Pass, "passed"), (Verdict::Fail, "failed"), (Verdict::Inconclusive, "inconclusive")]
            .map(|(verdict, word)| (with(verdict), word));
    let studies: Vec<String> = studies
        .iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, word)| format!("{count} {word}"))
        .collect();
    if !studies.is_empty() {
        parts.push(format!("studies: {}", studies.join(", ")));
    }
    if parts.is_empty() {
        return "Nothing was checked.".into();
    }
    capitalized(&(parts.join("; ") + "."))
}

/// What weighs most: a failure, else what is inconclusive, else the check that came closest to its threshold.
pub fn worst(findings: &Findings) -> Option<String> {
    let study = |verdict| findings.studies.iter().find(|study| study.verdict == verdict);
    if let Some(failed) = study(Verdict::Fail) {
        return Some(format!("Failed: {}: {}.", failed.outcome.subject(), sentence(&failed.why)));
    }
    if let Some(check) = findings.checks.iter().find(|check| !check.passed) {
        let (value, threshold) = (format::short(check.value), format::short(check.threshold));
        return Some(format!("Failed: {} ({value} against {threshold}).", check.name));
    }
    if let Some(open) = study(Verdict::Inconclusive) {
        return Some(format!("Inconclusive: {}: {}.", open.outcome.subject(), sentence(&open.why)));
    }
    if findings.incomplete {
        return None;
    }
    let closeness = |check: &Check| check.value.abs() / check.threshold;
    let comparable = findings.checks.iter().filter(|check| closeness(check).is_finite() && check.value > 0.0);
    let closest = comparable.max_by(|a, b| closeness(a).total_cmp(&closeness(b)))?;
    let (value, threshold) = (format::short(closest.value), format::short(closest.threshold));
    Some(format!("Smallest margin: {} ({value}, threshold {threshold}).", closest.name))
}

/// Without its full stop, to stand inside a sentence.
fn sentence(text: &str) -> &str {
    text.trim_end_matches('.')
}

fn capitalized(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}
