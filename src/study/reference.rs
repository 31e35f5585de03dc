//! The particles against a value from elsewhere.

use super::findings::{Check, ParticleFindings};
use super::{Quantity, ReferenceSettings, t_threshold};

/// Whether the estimate is the value of the settings; `None` if there is no such estimate.
pub fn check(
    settings: &ReferenceSettings,
    found: &ParticleFindings,
    degrees_of_freedom: usize,
) -> Option<Check> {
    let (name, value, stderr, bias) = match &settings.quantity {
        Quantity::Observable(name) => {
            let estimate = found.observables.get(name)?;
            let bias = (estimate.bias.unwrap_or(0.0), estimate.bias_stderr.unwrap_or(0.0));
            (name.as_str(), estimate.value, estimate.stderr, bias)
        }
        Quantity::LogEvidence => ("log ∫e^{−V}", found.log_evidence?, found.log_evidence_stderr?, (0.0, 0.0)),
    };
    let (bias, bias_stderr) = bias;
    let distance = (value - bias - settings.value).abs();
    // The bias is a leading-order estimate; half of it is allowed for the higher orders.
    let noise = t_threshold(degrees_of_freedom) * stderr.hypot(bias_stderr);
    let threshold = settings.error + 0.5 * bias.abs() + noise;
    Some(Check {
        name: format!("{name}: particles have the value {} ({})", settings.value, settings.source),
        // Without a standard error nothing was seen.
        passed: distance <= threshold,
        value: distance,
        threshold,
        why: "the stated error, half the time-step bias, and Student's t at 1e-9 for the noise".into(),
    })
}
