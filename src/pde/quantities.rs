//! Divergences of a density from its target, and the two terms by which KL is dissipated.

use super::{Generator, log_sum_exp, wasserstein};

/// Of ρ, made a probability, to π, with f = ρ/π and s = log f.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Quantities {
    /// ∫ρ s.
    pub kl: f64,
    /// ∫π (f − 1)².
    pub chi_squared: f64,
    /// ∫(√ρ − √π)².
    pub squared_hellinger: f64,
    /// ∫ρ |∇s|², as the finite volumes have it: Σ over faces of flux times difference of s, the rate at which transport
    /// alone dissipates the discrete KL, exactly.
    pub fisher: f64,
    /// Var_ρ s, at which reaction dissipates it.
    pub variance: f64,
    /// (W₁, W₂), on a line.
    pub wasserstein: Option<[f64; 2]>,
}

/// The quantities of log ρ at the cells, with π and the fluxes of a `generator` with α = 1.
pub fn quantities(generator: &Generator, log_density: &[f64]) -> Quantities {
    // In masses of cells.
    let grid = generator.grid();
    let volumes = grid.log_volumes();
    let (own, target) = (grid.log_mass(log_density), log_sum_exp(generator.log_invariant()));
    let log_ρ: Vec<f64> = log_density.iter().zip(volumes).map(|(log, volume)| log + volume - own).collect();
    let log_π: Vec<f64> = generator.log_invariant().iter().map(|log| log - target).collect();
    let s: Vec<f64> = log_ρ.iter().zip(&log_π).map(|(ρ, π)| ρ - π).collect();
    // ∫ρ φ; where ρ is 0 nothing counts.
    let mean = |φ: &dyn Fn(usize) -> f64| -> f64 {
        let terms = (0..s.len()).filter(|&i| s[i] > f64::NEG_INFINITY).map(|i| log_ρ[i].exp() * φ(i));
        terms.sum()
    };
    let kl = mean(&|i| s[i]);
    let fisher = generator
        .pairs()
        .map(|(i, j, up, down)| (up * log_ρ[i].exp() - down * log_ρ[j].exp()) * (s[i] - s[j]))
        .sum();
    Quantities {
        kl,
        chi_squared: s.iter().zip(&log_ρ).map(|(s, ρ)| (s + ρ).exp()).sum::<f64>() - 1.0,
        squared_hellinger: 2.0 - 2.0 * mean(&|i| (-0.5 * s[i]).exp()),
        fisher,
        variance: mean(&|i| (s[i] - kl).powi(2)),
        wasserstein: (grid.dimension() == 1 && grid.is_plain()).then(|| wasserstein(grid, &log_ρ, &log_π)),
    }
}
