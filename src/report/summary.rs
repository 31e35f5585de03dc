//! Findings in words.

use super::format;
use crate::study::findings::{Check, Findings, OrderFindings, Outcome, StudyFindings, Verdict};

/// How a run, a study or a check ended, the gravest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Ending {
    /// The computation broke down.
    Incomplete,
    /// A check or a study failed.
    Fail,
    /// Nothing failed, but a study cannot tell.
    Inconclusive,
    /// All is well.
    Pass,
}

impl Ending {
    /// Of a whole run.
    pub fn of(findings: &Findings) -> Self {
        let inconclusive = |study: &StudyFindings| study.verdict == Verdict::Inconclusive;
        if findings.incomplete {
            Self::Incomplete
        } else if !findings.passed {
            Self::Fail
        } else if findings.studies.iter().any(inconclusive) {
            Self::Inconclusive
        } else {
            Self::Pass
        }
    }

    /// The word on the badge, and the class of its style.
    pub fn word(self) -> &'static str {
        match self {
            Self::Incomplete => "incomplete",
            Self::Fail => "fail",
            Self::Inconclusive => "inconclusive",
            Self::Pass => "pass",
        }
    }
}

impl From<Verdict> for Ending {
    fn from(verdict: Verdict) -> Self {
        match verdict {
            Verdict::Pass => Self::Pass,
            Verdict::Fail => Self::Fail,
            Verdict::Inconclusive => Self::Inconclusive,
        }
    }
}

impl From<&Check> for Ending {
    fn from(check: &Check) -> Self {
        if check.passed { Self::Pass } else { Self::Fail }
    }
}

/// What a study was about, e.g. "weak order of platen for x^2, by Monte Carlo".
pub fn subject(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Compare(_) => "particles against the grid".into(),
        Outcome::WeakOrder(order) => format!("weak order of {}", scheme(order)),
        Outcome::GridOrder(order) if order.scheme == "space" => {
            format!("order of the grid in the cell width, for {}", order.observable)
        }
        Outcome::GridOrder(order) => {
            format!("order of the {} splitting in its step, for {}", order.scheme, order.observable)
        }
        Outcome::Manufactured(order) if order.scheme == "space" => {
            format!("order of the grid in the cell width, toward {}", order.observable)
        }
        Outcome::Manufactured(order) => {
            format!("order of {} in its step, toward {}", order.scheme, order.observable)
        }
        Outcome::EnsembleOrder(order) => format!("{}, for {}", order.scheme, order.observable),
        Outcome::Spectrum(_) => "spectrum of −L".into(),
        Outcome::Divergences(_) => "distances to the target at the horizon, on boxes of three sizes".into(),
        Outcome::Decay(_) => "late-time decay of KL".into(),
        Outcome::TargetLaw(_) => "corrected paths against the target".into(),
        Outcome::Barrier(_) => "decay rates against the height of the barrier".into(),
        Outcome::WorkPrecision(found) => format!("work for precision in time, for {}", found.observable),
        Outcome::Multilevel(found) => {
            let weight =
                found.weight.as_ref().map(|weight| format!(" with {weight} weight")).unwrap_or_default();
            format!("multilevel Monte Carlo of {}{weight} for {}", found.scheme, found.observable)
        }
    }
}

fn scheme(order: &OrderFindings) -> String {
    let weight = order.weight.as_ref().map(|weight| format!(" with {weight} weight")).unwrap_or_default();
    match order.method.as_str() {
        "proof" => format!("{}{weight}, by exact algebra", order.scheme),
        "law" => format!("{}{weight} for {}, by its noise-free law", order.scheme, order.observable),
        "prediction" => {
            format!(
                "{}{weight} for {}, its constant predicted by the certificate",
                order.scheme, order.observable
            )
        }
        "monte-carlo" => format!("{}{weight} for {}, by Monte Carlo", order.scheme, order.observable),
        method => format!("{}{weight} for {}, by {method}", order.scheme, order.observable),
    }
}

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
    sentences.extend(z_sentence(findings));
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

fn z_sentence(findings: &Findings) -> Option<String> {
    let scores = findings.studies.iter().find_map(|study| match &study.outcome {
        Outcome::Compare(compare) => Some(&compare.z_scores),
        _ => None,
    })?;
    let (name, z) = scores.iter().max_by(|a, b| a.1.abs().total_cmp(&b.1.abs()))?;
    Some(format!("Particles and grid differ most for {name}, by {} standard errors.", format::short(z.abs())))
}

/// What weighs most: a failure, else what is inconclusive, else the check that came closest to its threshold.
pub fn worst(findings: &Findings) -> Option<String> {
    let study = |verdict| findings.studies.iter().find(|study| study.verdict == verdict);
    if let Some(failed) = study(Verdict::Fail) {
        return Some(format!("Failed: {}: {}.", subject(&failed.outcome), sentence(&failed.why)));
    }
    if let Some(check) = findings.checks.iter().find(|check| !check.passed) {
        let (value, threshold) = (format::short(check.value), format::short(check.threshold));
        return Some(format!("Failed: {} ({value} against {threshold}).", check.name));
    }
    if let Some(open) = study(Verdict::Inconclusive) {
        return Some(format!("Inconclusive: {}: {}.", subject(&open.outcome), sentence(&open.why)));
    }
    if findings.incomplete {
        return None;
    }
    let closeness = |check: &Check| check.value.abs() / check.threshold;
    let comparable = findings.checks.iter().filter(|check| closeness(check).is_finite() && check.value > 0.0);
    let closest = comparable.max_by(|a, b| closeness(a).total_cmp(&closeness(b)))?;
    let (value, threshold) = (format::short(closest.value), format::short(closest.threshold));
    Some(format!("Closest call: {} ({value}, threshold {threshold}).", closest.name))
}

/// Without its full stop, to stand inside a sentence.
fn sentence(text: &str) -> &str {
    text.trim_end_matches('.')
}

fn capitalized(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}
