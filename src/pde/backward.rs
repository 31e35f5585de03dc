use super::Generator;

/// u₀ = value at time 0 of the backward equation ∂ₜu + Aᵀu − c u = 0 with u_T = φ: the expectation
/// E[φ(X_T) exp(−∫c)] from each cell, by the adjoint of the Strang-split time-exact forward step.
///
/// `killing` is c at the cell centres (empty for none). ⟨u_t, ρ_t⟩ is constant to rounding.
pub fn backward(
    generator: &Generator,
    killing: &[f64],
    terminal: &[f64],
    horizon: f64,
    steps: usize,
) -> Vec<f64> {
    let h = horizon / steps as f64;
    let rate = 1.05 * generator.exit_rates().iter().fold(0.0, |a: f64, &b| a.max(b));
    let mut u = terminal.to_vec();
    for _ in 0..steps {
        u = expm(generator, rate, u, 0.5 * h);
        for (value, c) in u.iter_mut().zip(killing) {
            *value *= (-h * c).exp();
        }
        u = expm(generator, rate, u, 0.5 * h);
    }
    u
}

/// e^{hAᵀ}u by uniformisation; the remainder is below ε·max|u| by the Poisson tail.
fn expm(generator: &Generator, rate: f64, mut u: Vec<f64>, h: f64) -> Vec<f64> {
    let substeps = (rate * h / 256.0).ceil().max(1.0);
    let μ = rate * h / substeps;
    // Chernoff: beyond this many jumps the Poisson tail is below 1e-17.
    let most = (μ + 9.0 * μ.sqrt() + 30.0) as usize;
    for _ in 0..substeps as usize {
        let mut term = u;
        for value in &mut term {
            *value *= (-μ).exp();
        }
        let mut sum = term.clone();
        for k in 1..=most {
            let change = generator.apply_transposed(&term);
            for (value, du) in term.iter_mut().zip(change) {
                *value = (*value + du / rate) * μ / k as f64;
            }
            for (total, value) in sum.iter_mut().zip(&term) {
                *total += value;
            }
        }
        u = sum;
    }
    u
}
