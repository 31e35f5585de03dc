//! A run in a few lines of a terminal: its values, the verdicts of its studies, what failed.

use super::terminal::note;
use wfr::format::{number, with_error};
use wfr::study::findings::{Findings, ParticleEstimate, ParticleFindings, StudyFindings};
use wfr::study::{Ending, Verdict};

/// Width of the first column.
const COLUMN: usize = 12;

fn line(head: &str, text: &str) {
    note(&format!("{head:>COLUMN$}  {text}"));
}

/// Values with errors, one line a study with verdict and reason, and every failed check, on standard error.
pub fn summarize(findings: &Findings) {
    values(findings);
    verdicts(findings);
}

/// The verdicts alone.
pub fn verdicts(findings: &Findings) {
    if let Some(breakdown) = &findings.breakdown {
        note(&format!("broke down: {breakdown}"));
    }
    findings.studies.iter().for_each(study);
    let failed = findings.checks.iter().filter(|check| !check.passed);
    for check in failed {
        let text =
            format!("{}: found {}; expected {} ({})", check.name, check.found(), check.claim(), check.why);
        line("FAIL", &text);
    }
    line("", &findings.counts());
}

/// Warnings that were found on the way, behind those that were known before.
pub fn warn(findings: &Findings, known: &[String]) {
    let fresh = findings.warnings.iter().filter(|warning| !known.contains(warning));
    fresh.for_each(|warning| note(&format!("warning: {warning}")));
}

fn values(findings: &Findings) {
    let grid = findings.grid.as_ref().map(|grid| &grid.observables);
    let particles = findings.particles.as_ref().map(|particles| &particles.observables);
    for name in findings.observables() {
        let solved = grid
            .and_then(|all| all.get(name))
            .map(|own| format!("{} by grid", with_error(own.value, own.error)));
        let sampled = particles
            .and_then(|all| all.get(name))
            .map(|own| format!("{} by particles{}", with_error(own.value, own.stderr), biases(own)));
        let text = [solved, sampled].into_iter().flatten();
        line("", &format!("E[{name}] = {}", text.collect::<Vec<_>>().join(", ")));
    }
    if let Some(grid) = &findings.grid {
        if let Some(kl) = grid.kl {
            line("", &format!("KL to the target = {} by grid", with_error(kl, grid.kl_error.unwrap_or(0.0))));
        }
        if grid.log_normalizer.abs() > grid.log_normalizer_error {
            let value = with_error(grid.log_normalizer, grid.log_normalizer_error);
            line("", &format!("log normalizer = {value} by grid"));
        }
    }
    findings.particles.iter().for_each(weights);
}

/// What studies take off an estimate, where that shows.
fn biases(own: &ParticleEstimate) -> String {
    let step = own.bias.zip(own.bias_stderr).map(|(value, stderr)| ("step", value, stderr));
    let ensemble = own.ensemble_bias.zip(own.ensemble_bias_stderr);
    let ensemble = ensemble.map(|(value, stderr)| ("ensemble", value, stderr));
    let shown =
        [step, ensemble].into_iter().flatten().filter(|(_, value, _)| 2.0 * value.abs() >= own.stderr);
    let words = shown.map(|(what, value, stderr)| format!(", {what} bias {}", with_error(value, stderr)));
    words.collect()
}

fn weights(particles: &ParticleFindings) {
    let ParticleFindings { log_normalizer, log_normalizer_stderr, log_evidence, log_evidence_stderr, .. } =
        particles;
    // The mean of equal weights is 1 to rounding.
    if log_normalizer.abs() > 1e-12 {
        let value = with_error(*log_normalizer, *log_normalizer_stderr);
        let share = 100.0 * particles.ess / particles.count as f64;
        line(
            "",
            &format!(
                "log normalizer = {value} by particles, effective sample size {} %",
                number(share.round())
            ),
        );
    }
    if let Some((value, stderr)) = log_evidence.zip(*log_evidence_stderr) {
        line("", &format!("log evidence = {} by particles", with_error(value, stderr)));
    }
}

fn study(study: &StudyFindings) {
    let word = match study.verdict {
        Verdict::Fail => "FAIL",
        verdict => Ending::from(verdict).word(),
    };
    let outcome = &study.outcome;
    let found = outcome.found().replace('\n', "; ");
    let found = if found.is_empty() { found } else { format!(" [{found}]") };
    line(word, &format!("{}{found}: {}", outcome.subject(), study.why));
    if let Some(paths) = outcome.paths_needed() {
        line("", &format!("about {paths:.1e} paths would settle it", paths = paths as f64));
    }
}
