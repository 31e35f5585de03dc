//! Values that other programs have computed, and a slow iteration that has nothing in common with the solver.

mod common;

use common::{Random, holds, instance, scaled, solve};
use transport::{Cloud, Settings, w2};

/// By a primal barrier method in Python with 34 digits (mpmath; Newton steps in the plan alone, barrier lowered to 1e-20).
#[test]
fn a_dense_barrier_method_agrees() {
    for (n, m, dimension, δ, value) in [
        (6, 5, 1, 0.2, 0.335792632770863548),
        (6, 5, 2, 0.3, 0.789904181570525249),
        (12, 9, 2, 0.15, 1.69666352489824786),
        (10, 14, 3, 1.0, 0.153639676473412517),
        (8, 8, 2, 20.0, 0.00599253128486417647),
    ] {
        let (μ, ν) = instance(n, m, dimension);
        let distance = solve(&μ, &ν, δ);
        assert!(holds(&distance, value, 1e-15), "{distance:?} {value}");
    }
}

/// By the network simplex of POT 0.9.7 (`ot.emd2`), with ν scaled to the mass of μ.
#[test]
fn a_network_simplex_agrees() {
    for (n, m, dimension, value) in [(7, 9, 2, 3.62418531669171e-01), (20, 15, 3, 6.52473863914965e-01)] {
        let (μ, ν) = instance(n, m, dimension);
        let distance = w2(&μ, &scaled(&ν, μ.total() / ν.total()), &Settings::default()).unwrap();
        assert!(distance.met && holds(&distance, value, 1e-13), "{distance:?} {value}");
    }
}

/// γ ← γ √(m n e^{−c}/(γ₁ γ₂)) lowers the primal value in every step (majorisation–minimisation; Chapel et al. 2021).
fn slow(μ: &Cloud, ν: &Cloud, δ: f64) -> f64 {
    let (n, m) = (μ.len(), ν.len());
    let kernel: Vec<f64> = (0..n * m)
        .map(|e| {
            let square: f64 = μ.point(e / m).iter().zip(ν.point(e % m)).map(|(x, y)| (x - y).powi(2)).sum();
            let z = square.sqrt() / (2.0 * δ);
            if z < std::f64::consts::FRAC_PI_2 { z.cos() } else { 0.0 }
        })
        .collect();
    let mut plan: Vec<f64> = kernel.iter().map(|k| k / (n * m) as f64).collect();
    let sums = |plan: &[f64]| {
        let (mut rows, mut columns) = (vec![0.0; n], vec![0.0; m]);
        for (e, γ) in plan.iter().enumerate() {
            rows[e / m] += γ;
            columns[e % m] += γ;
        }
        (rows, columns)
    };
    for _ in 0..60_000 {
        let (rows, columns) = sums(&plan);
        for (e, γ) in plan.iter_mut().enumerate().filter(|(_, γ)| **γ > 0.0) {
            *γ *= kernel[e] * (μ.masses()[e / m] * ν.masses()[e % m] / (rows[e / m] * columns[e % m])).sqrt();
        }
    }
    let divergence = |g: f64, m: f64| if g > 0.0 { g * (g / m).ln() - g + m } else { m };
    let (rows, columns) = sums(&plan);
    let transport: f64 =
        plan.iter().zip(&kernel).map(|(γ, k)| if *γ > 0.0 { -2.0 * γ * k.ln() } else { 0.0 }).sum();
    transport
        + rows.iter().zip(μ.masses()).map(|(&g, &m)| divergence(g, m)).sum::<f64>()
        + columns.iter().zip(ν.masses()).map(|(&g, &m)| divergence(g, m)).sum::<f64>()
}

#[test]
fn a_slow_iteration_comes_down_to_the_interval() {
    let mut random = Random(31);
    for δ in [0.1, 0.3, 1.0] {
        let (μ, ν) = (random.cloud(12, 2, 1.0), random.cloud(10, 2, 1.4));
        let (distance, value) = (solve(&μ, &ν, δ), slow(&μ, &ν, δ));
        assert!(value >= distance.lower * (1.0 - 1e-12) && value <= distance.upper * (1.0 + 1e-5), "{value}");
    }
}
