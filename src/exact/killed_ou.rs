/// E_x exp(−q∫₀ᵀX²) for dX = −kX dt + σ dW:
/// e^{kT/2} √(w/D) exp(−q x² sinh(wT)/D), w = √(k² + 2qσ²), D = w cosh wT + k sinh wT
/// (Cameron–Martin).
pub fn killed_ornstein_uhlenbeck(k: f64, σ: f64, q: f64, horizon: f64, x: f64) -> f64 {
    let w = (k * k + 2.0 * q * σ * σ).sqrt();
    let d = w * (w * horizon).cosh() + k * (w * horizon).sinh();
    (0.5 * k * horizon).exp() * (w / d).sqrt() * (-q * x * x * (w * horizon).sinh() / d).exp()
}

/// Mean, variance and mass at the horizon of the same process killed at rate qx², from N(m, v):
/// m' = −(k + 2qv)m, v' = σ² − 2kv − 2qv², (log Z)' = −q(m² + v), by fourth-order Runge–Kutta steps.
pub fn killed_ornstein_uhlenbeck_law(k: f64, σ: f64, q: f64, horizon: f64, start: [f64; 2]) -> [f64; 3] {
    const STEPS: usize = 10_000;
    let slope = |[m, v, _]: [f64; 3]| {
        [-(k + 2.0 * q * v) * m, σ * σ - 2.0 * k * v - 2.0 * q * v * v, -q * (m * m + v)]
    };
    let moved = |y: [f64; 3], h: f64, k: [f64; 3]| std::array::from_fn(|i| y[i] + h * k[i]);
    let h = horizon / STEPS as f64;
    let mut y = [start[0], start[1], 0.0];
    for _ in 0..STEPS {
        let k1 = slope(y);
        let k2 = slope(moved(y, 0.5 * h, k1));
        let k3 = slope(moved(y, 0.5 * h, k2));
        let k4 = slope(moved(y, h, k3));
        y = std::array::from_fn(|i| y[i] + h / 6.0 * (k1[i] + 2.0 * k2[i] + 2.0 * k3[i] + k4[i]));
    }
    [y[0], y[1], y[2].exp()]
}
