//! The particles against a value from elsewhere.

use super::findings::{Check, ParticleFindings};
use super::{Quantity, ReferenceSettings, t_threshold};
use crate::statistics::{Evidence, Judgement};

/// Whether the estimate is the value of the settings; `None` if there is no such estimate.
pub fn check(
    settings: &ReferenceSettings,
    found: &ParticleFindings,
    degrees_of_freedom: usize,
) -> Option<Check> {
    let (name, evidence, bias) = match &settings.quantity {
        Quantity::Observable(name) => {
            let estimate = found.observables.get(name)?;
            (name.as_str(), estimate.evidence(), estimate.known_bias())
        }
        Quantity::LogEvidence => {
            let (value, stderr) = (found.log_evidence?, found.log_evidence_stderr?);
            ("log ∫e^{−V}", Evidence { value, stderr, ..found.log_normalizer_evidence() }, (0.0, 0.0))
        }
    };
    // An event that no particle met, or all, is judged by its binomial law.
    let rare = evidence.spread.event && evidence.spread.is_zero(evidence.stderr);
    if let (true, Judgement::Score(z)) = (rare, evidence.against(bias, settings.value, settings.error)) {
        return Some(Check {
            name: format!("{name}: particles have the value {} ({})", settings.value, settings.source),
            passed: z.abs() <= t_threshold(degrees_of_freedom),
            value: z,
            threshold: t_threshold(degrees_of_freedom),
            why: "score of the binomial law of an event that none of the particles met, or all; Student's t at 1e-9".into(),
        });
    }
    let Evidence { value, stderr, spread } = evidence;
    let (bias, bias_stderr) = bias;
    let distance = (value - bias - settings.value).abs();
    // The bias is a leading-order estimate; half of it is allowed for the higher orders.
    let noise = t_threshold(degrees_of_freedom) * stderr.hypot(bias_stderr);
    let threshold = settings.error + 0.5 * bias.abs() + noise + spread.rounding();
    Some(Check {
        name: format!("{name}: particles have the value {} ({})", settings.value, settings.source),
        // Without a standard error nothing was seen.
        passed: distance <= threshold,
        value: distance,
        threshold,
        why: "the stated error, half the time-step bias, and Student's t at 1e-9 for the noise".into(),
    })
}
