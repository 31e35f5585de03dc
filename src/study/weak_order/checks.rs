//! Monte Carlo against the noise-free expectation and the predicted line.

use super::candidate::Candidate;
use super::law::Value;
use super::monte_carlo::Measured;
use super::prediction::Predicted;
use super::step_counts::StepCounts;
use crate::particles::coupled::Difference;
use crate::statistics::{largest, score};
use crate::study::findings::{Check, Reading};
use crate::study::t_threshold;

/// The Monte-Carlo level differences against −C(1 − 2⁻ᵖ)hᵖ, the line that was predicted without a free parameter. How far
/// the next powers of h bend away from it is known from the noise-free expectation.
pub fn line_check(
    candidate: Candidate<'_>,
    predicted: Predicted,
    step_counts: &StepCounts,
    law: &[Value],
    levels: &[Measured],
) -> Option<Check> {
    let excess = |level: &Measured| {
        let line = predicted.difference(candidate.problem.horizon / level.steps as f64);
        let (coarse, fine) =
            (known(step_counts, law, level.steps)?, known(step_counts, law, 2 * level.steps)?);
        let bend = (fine.value - coarse.value - line).abs() + fine.error + coarse.error;
        let Difference { value, stderr } = level.difference;
        Some(score((value - line).abs(), bend, stderr))
    };
    let worst = largest(levels.iter().filter_map(excess))?;
    let check = Check::at_most(
        format!("{}: Monte-Carlo levels lie on the predicted line", candidate.name()),
        worst,
        t_threshold(1000),
        "largest distance from C·hᵖ, beyond the bend of the law, in standard errors; Student's t at 1e-9",
    );
    Some(check.reading(Reading::StandardErrors))
}

/// The noise-free expectation with so many steps, where it is known.
fn known(step_counts: &StepCounts, law: &[Value], steps: usize) -> Option<Value> {
    step_counts
        .position(steps)
        .map(|place| law[place])
        .filter(|own| own.value.is_finite() && own.error.is_finite())
}

/// The Monte-Carlo level differences against those of the noise-free expectation; and where a control
/// variate made them, the means without it, which know all that the variates of the paths do.
pub fn agreement(
    candidate: Candidate<'_>,
    step_counts: &StepCounts,
    law: &[Value],
    levels: &[Measured],
) -> Vec<Check> {
    let value = |steps: usize| known(step_counts, law, steps);
    let standard_errors = |measured: Difference, value: f64, error: f64| {
        score((measured.value - value).abs(), error, measured.stderr)
    };
    let differences = levels.iter().filter_map(|level| {
        let (coarse, fine) = (value(level.steps)?, value(2 * level.steps)?);
        Some(standard_errors(level.difference, fine.value - coarse.value, fine.error + coarse.error))
    });
    let means = levels.iter().filter_map(|level| {
        let Value { value, error, .. } = value(level.steps)?;
        Some(standard_errors(level.plain?, value, error))
    });
    let check = |what: &str, worst: f64| {
        // Levels have thousands of paths: Student's t with 1000 degrees of freedom is on the safe side.
        Check::at_most(
            format!("{}: Monte-Carlo {what} agree with the noise-free expectation", candidate.name()),
            worst,
            t_threshold(1000),
            "largest distance in standard errors; Student's t at 1e-9",
        )
        .reading(Reading::StandardErrors)
    };
    let (levels, means) = (largest(differences), largest(means));
    [("levels", levels), ("means", means)]
        .into_iter()
        .filter_map(|(what, worst)| Some(check(what, worst?)))
        .collect()
}
