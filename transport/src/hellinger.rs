//! Masses that change where they are.

use crate::sum::Sum;
use crate::{Cloud, Error};

/// He² = Σ (√mᵢ − √nᵢ)², the squared Hellinger distance of two measures on the same points: what
/// [`wfr`](crate::wfr) becomes for δ → 0.
///
/// # Errors
/// If the clouds do not have the same points in the same order.
pub fn hellinger(μ: &Cloud, ν: &Cloud) -> Result<f64, Error> {
    μ.check_dimension(ν)?;
    if μ.len() != ν.len() {
        return Err(Error::Length { found: ν.len(), needed: μ.len() });
    }
    if let Some(index) = (0..μ.len()).find(|&i| μ.point(i) != ν.point(i)) {
        return Err(Error::UnequalPoints(index));
    }
    let term = |(m, n): (&f64, &f64)| {
        // √m − √n = (m − n)/(√m + √n), in which close masses do not cancel.
        let roots = m.sqrt() + n.sqrt();
        if roots > 0.0 { ((m - n) / roots).powi(2) } else { 0.0 }
    };
    Ok(μ.masses().iter().zip(ν.masses()).map(term).collect::<Sum>().value())
}
