//! Findings in words.

use crate::format;
use crate::study::Verdict;
use crate::study::findings::Findings;

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
    sentences.push(format!("{}.", findings.counts()));
    sentences.extend(worst(findings));
    match findings.warnings.len() {
        0 => {}
        1 => sentences.push("There is 1 warning.".into()),
        n => sentences.push(format!("There are {n} warnings.")),
    }
    sentences.join(" ")
}

/// What weighs most: a failure, else what is inconclusive, else the check that came closest to its threshold.
pub fn worst(findings: &Findings) -> Option<String> {
    let study = |verdict| findings.studies.iter().find(|study| study.verdict == verdict);
    if let Some(failed) = study(Verdict::Fail) {
        return Some(format!("Failed: {}: {}.", failed.outcome.subject(), sentence(&failed.why)));
    }
    if let Some(check) = findings.checks.iter().find(|check| !check.passed) {
        return Some(format!("Failed: {} ({}; {}).", check.name, check.found(), check.claim()));
    }
    if let Some(open) = study(Verdict::Inconclusive) {
        return Some(format!("Inconclusive: {}: {}.", open.outcome.subject(), sentence(&open.why)));
    }
    if findings.incomplete {
        return None;
    }
    let shares = findings.checks.iter().filter_map(|check| Some((check, check.share()?)));
    let (check, share) = shares.max_by(|a, b| a.1.total_cmp(&b.1)).filter(|(_, share)| *share > 0.0)?;
    let percent = format::significant(100.0 * share, 2);
    Some(format!("The closest check uses {percent} % of its tolerance ({}).", check.name))
}

/// Without its full stop, to stand inside a sentence.
fn sentence(text: &str) -> &str {
    text.trim_end_matches('.')
}
