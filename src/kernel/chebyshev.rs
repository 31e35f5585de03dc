//! Interpolation of the kernel at Chebyshev nodes, with its error.

use std::f64::consts::PI;

/// Most terms of an expansion.
pub(super) const MOST_TERMS: usize = 24;

/// Cramér's constant: |He_n(t)| ≤ κ √n! e^{t²/4} (Abramowitz and Stegun 1964, 22.14.17).
const CRAMER: f64 = 1.086_435;

/// Writes T_0(v), T_1(v), ….
pub(super) fn polynomials(v: f64, out: &mut [f64]) {
    let (mut last, mut next) = (1.0, v);
    for out in out {
        *out = last;
        (last, next) = (next, 2.0 * v * next - last);
    }
}

/// Coefficients c_ij of e^{−(2·offset + u − v)²/2} ≈ Σ c_ij T_i(u) T_j(v), u and v in [−1, 1], interpolated at
/// `terms` Chebyshev nodes; stored with i running faster.
pub(super) fn coefficients(offset: i32, terms: usize) -> Vec<f64> {
    let nodes: Vec<f64> = (0..terms).map(|m| (PI * (m as f64 + 0.5) / terms as f64).cos()).collect();
    let mut values = vec![0.0; terms * terms];
    let mut bases = vec![0.0; terms * terms];
    for (m, &v) in nodes.iter().enumerate() {
        polynomials(v, &mut bases[m * terms..][..terms]);
        for (k, &u) in nodes.iter().enumerate() {
            values[m * terms + k] = (-0.5 * (2.0 * f64::from(offset) + u - v).powi(2)).exp();
        }
    }
    let scale = |i: usize| if i == 0 { 1.0 } else { 2.0 } / terms as f64;
    // The discrete cosine transform along u, then along v.
    let mut half = vec![0.0; terms * terms];
    let mut out = vec![0.0; terms * terms];
    for i in 0..terms {
        for m in 0..terms {
            half[m * terms + i] =
                scale(i) * (0..terms).map(|k| values[m * terms + k] * bases[k * terms + i]).sum::<f64>();
        }
        for j in 0..terms {
            out[j * terms + i] =
                scale(j) * (0..terms).map(|m| half[m * terms + i] * bases[m * terms + j]).sum::<f64>();
        }
    }
    out
}

/// Bound on |kernel − its interpolant| in both variables over two intervals of half-width 1, in units of e^{−t²/4} with
/// t the distance between the intervals.
///
/// In one variable the error is at most max |∂ᵖ e^{−t²/2}|/(p! 2^{p−1}) ≤ 2κ e^{−t²/4}/(2ᵖ √p!) by Cramér's
/// inequality; interpolating in the other then multiplies it by at most the Lebesgue constant
/// Λ ≤ (2/π) log p + 1 (Rivlin 1974, Theorem 1.2).
pub(super) fn error(terms: usize) -> f64 {
    let factorial: f64 = (1..=terms).map(|n| n as f64).product();
    let single = 2.0 * CRAMER / (2f64.powi(terms as i32) * factorial.sqrt());
    single * (2.0 + 2.0 / PI * (terms as f64).ln())
}
