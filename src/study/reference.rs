//! The particles against a value from elsewhere.

use super::findings::{Check, ParticleFindings, Verdict};
use super::step_bias::{Biases, Exact, SHARE, compare};
use super::{Quantity, ReferenceSettings, t_threshold};

/// Whether the estimate is the value of the settings; `None` if there is no such estimate. What cannot be told is not passed.
pub fn check(
    settings: &ReferenceSettings,
    found: &ParticleFindings,
    biases: &Biases,
    degrees_of_freedom: usize,
) -> Option<Check> {
    let (name, particle, bias) = match &settings.quantity {
        Quantity::Observable(name) => {
            let estimate = found.observables.get(name)?;
            (name.as_str(), (estimate.value, estimate.stderr), biases.get(name))
        }
        Quantity::LogEvidence => ("log ∫e^{−V}", (found.log_evidence?, found.log_evidence_stderr?), None),
    };
    // Whoever gives the value answers for its error; the bias is held against the spread that the paths of a finer step have.
    let exact =
        Exact { value: settings.value, error: settings.error, spread: f64::INFINITY, tolerance: None };
    let threshold = t_threshold(degrees_of_freedom);
    let mut comparison = compare(particle, bias, exact, threshold);
    let spread = bias.map(|bias| bias.spread).filter(|spread| spread.is_finite());
    if let Some(why) = bias.zip(spread).and_then(|(bias, spread)| bias.reason(SHARE * spread)) {
        (comparison.verdict, comparison.why) = (Verdict::Inconclusive, why);
    }
    let bound = "distance in standard errors beyond the stated error and the next order of the time-step bias; Student's t at 1e-9";
    let why = match comparison.verdict {
        Verdict::Inconclusive => format!("{bound}; inconclusive: {}", comparison.why),
        _ => bound.into(),
    };
    Some(Check {
        name: format!("{name}: particles have the value {} ({})", settings.value, settings.source),
        passed: comparison.verdict == Verdict::Pass,
        value: comparison.z.abs(),
        threshold,
        why,
    })
}
