//! The distance between probability measures that move within the probability measures.

use crate::{Cloud, Distance, Error, Settings, wfr};

/// Bounds of the spherical Hellinger–Kantorovich distance θ = arccos(1 − S_δ/2) of two probability measures, an angle between
/// 0 and π/2: (lower, upper); and the distance that they come from.
///
/// The measures of all masses are a cone over the probability measures: S_δ(r²μ, s²ν) = r² + s² − 2rs cos θ. For in the dual
/// problem, min of M Σu + N Σv over uv ≥ cos²₊, the factors r/s and s/r of u and v turn the one into the other. That θ is a
/// distance, and its geodesics are those of the cone, projected, is due to Laschos & Mielke (Geometric properties of cones
/// with applications on the Hellinger–Kantorovich space, 2017, arXiv:1712.01888; here α = 4δ² and β = 4).
///
/// # Errors
/// If a total mass differs from 1 by more than 1e-9, and as of [`wfr`].
pub fn spherical(
    μ: &Cloud,
    ν: &Cloud,
    δ: f64,
    settings: &Settings<'_>,
) -> Result<((f64, f64), Distance), Error> {
    let (m, n) = (μ.total(), ν.total());
    if (m - 1.0).abs() > 1e-9 || (n - 1.0).abs() > 1e-9 {
        return Err(Error::UnequalMasses(m, n));
    }
    let distance = wfr(μ, ν, δ, settings)?;
    // The exact relation for masses that are nearly 1: cos θ = (M + N − S)/(2√(MN)), 4 sin²(θ/2) = 2 − 2 cos θ.
    let roots = (m * n).sqrt();
    let apart = (m - n).powi(2) / (m.sqrt() + n.sqrt()).powi(2);
    let rounding = 16.0 * f64::EPSILON;
    let angle = |s: f64, sign: f64| {
        let chord = (((s - apart).max(0.0) / roots).sqrt() / 2.0).min(1.0);
        2.0 * chord.asin() * (1.0 + sign * rounding)
    };
    let largest = std::f64::consts::FRAC_PI_2 * (1.0 + rounding);
    Ok(((angle(distance.lower, -1.0), angle(distance.upper, 1.0).min(largest)), distance))
}
