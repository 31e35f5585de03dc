//! Talay and Tubaro's extrapolation of expectations, E*_h = (2ᵖ E_{h/2} − E_h)/(2ᵖ − 1).
//!
//! The error of a scheme of weak order p has an expansion C hᵖ + O(hᵖ⁺¹) for smooth coefficients (Talay and Tubaro 1990,
//! Stochastic Analysis and Applications 8, 483–509), also with a Feynman–Kac weight, which is one component more of
//! the state. The combination cancels its first term: order p + 1, by the same paths at two steps.

use super::Candidate;
use super::law::Value;
use super::step_counts::StepCounts;
use crate::particles::coupled::Difference;

/// (share of the half step, share of the step) for a scheme of order `p`.
fn shares(p: u32) -> [f64; 2] {
    let factor = 2f64.powi(p as i32);
    [factor / (factor - 1.0), -1.0 / (factor - 1.0)]
}

/// The extrapolated law at every number of steps that has its double among them; NaN with an infinite error at the others.
pub fn values(candidate: Candidate<'_>, step_counts: &StepCounts, law: &[Value]) -> Vec<Value> {
    let [fine, coarse] = shares(candidate.scheme_order());
    let combined = |(steps, value): (&usize, &Value)| match step_counts.position(2 * steps) {
        Some(double) => Value {
            value: fine * law[double].value + coarse * value.value,
            error: fine * law[double].error + coarse.abs() * value.error,
            leaked: value.leaked.max(law[double].leaked),
        },
        None => Value { value: f64::NAN, error: f64::INFINITY, leaked: f64::INFINITY },
    };
    step_counts.all().iter().zip(law).map(combined).collect()
}

/// E*_{h/2} − E*_h from E_{h/2} − E_h and E_{h/4} − E_{h/2} on independent paths.
pub fn difference(candidate: Candidate<'_>, coarse: Difference, fine: Difference) -> Difference {
    let [first, second] = shares(candidate.scheme_order());
    Difference {
        value: first * fine.value + second * coarse.value,
        stderr: (first * fine.stderr).hypot(second * coarse.stderr),
    }
}

impl Candidate<'_> {
    /// Whether the value at this number of steps can be had from the others.
    pub fn has_value(&self, step_counts: &StepCounts, steps: usize) -> bool {
        !self.extrapolated || step_counts.position(2 * steps).is_some()
    }
}
