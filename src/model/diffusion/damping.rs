//! The damped oscillator that takes data with velocities to noise, in closed form.

/// Φ(s) = e^{sA}, row by row, for A = ((0, 1), (−1, −γ)): with w² = γ²/4 − 1 it is e^{−γs/2} (C I + S (A + γ/2 I)), where
/// C = cosh ws and S = sinh(ws)/w, or cos and sin for w² < 0.
pub fn transfer(friction: f64, s: f64) -> [f64; 4] {
    let a = 0.5 * friction;
    let square = (a - 1.0) * (a + 1.0);
    let w = square.abs().sqrt();
    let [even, odd] = if square < 0.0 {
        let fall = (-a * s).exp();
        [fall * (w * s).cos(), fall * (w * s).sin() / w]
    } else {
        // a − w without cancellation; for w = 0, S is its limit.
        let slow = (-s / (a + w)).exp();
        let apart = -(-2.0 * w * s).exp_m1();
        let odd = if w == 0.0 { s } else { apart / (2.0 * w) };
        [slow * (1.0 - 0.5 * apart), slow * odd]
    };
    [even + a * odd, odd, -odd, even - a * odd]
}

/// Covariance of the noise, row by row: I − ΦΦᵀ, as N(0, I) stays.
pub fn spread([a, b, c, d]: &[f64; 4]) -> [f64; 4] {
    let mixed = -(a * c + b * d);
    [1.0 - (a * a + b * b), mixed, mixed, 1.0 - (c * c + d * d)]
}
