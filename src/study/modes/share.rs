//! Which share of e^{−V} belongs to each of the laws around its minima.

use super::search::even_point;
use crate::model::GaussianMixture;
use statrs::distribution::{ContinuousCDF, Normal};

/// Draws from each law.
const DRAWS: usize = 512;
/// How much wider than the law they are drawn.
const WIDER: f64 = 1.2;
/// Effective draws below which nothing is known of a law.
const FEWEST: f64 = 0.05;
/// Share of a law of which nothing need be known.
const NEGLIGIBLE: f64 = 1e-3;

/// ∫ p_k e^{−V}/∫ e^{−V} for the probability p_k(x) that x belongs to the k-th law, by importance sampling from that law; `None` where
/// the weights of a law that matters are too uneven.
pub fn shares(laws: &GaussianMixture, energy: &dyn Fn(&[f64]) -> f64) -> Option<Vec<f64>> {
    let d = laws.dimension();
    let normal = Normal::standard();
    let lowest = laws.components().iter().map(|law| energy(&law.mean)).fold(f64::INFINITY, f64::min);
    let (mut masses, mut evenness) = (Vec::new(), Vec::new());
    for (k, law) in laws.components().iter().enumerate() {
        let (mut sum, mut squares) = (0.0, 0.0);
        for draw in 1..=DRAWS {
            let ξ: Vec<f64> = even_point(draw, d).iter().map(|u| normal.inverse_cdf(u.max(1e-12))).collect();
            let place = laws.place(k, &ξ.iter().map(|ξ| WIDER * ξ).collect::<Vec<_>>());
            let log = lowest - energy(&place) + 0.5 * ξ.iter().map(|ξ| ξ * ξ).sum::<f64>();
            let weight = log.exp() * laws.responsibilities(&place[..])[k];
            if weight.is_finite() {
                sum += weight;
                squares += weight * weight;
            }
        }
        // The determinant of the law's covariance, by the density at its centre.
        masses.push(sum * determinant(law.covariance.clone()).sqrt());
        evenness.push(if squares > 0.0 { sum * sum / squares / DRAWS as f64 } else { 0.0 });
    }
    let total: f64 = masses.iter().sum();
    let shares: Vec<f64> = masses.iter().map(|mass| mass / total).collect();
    let known = shares.iter().zip(evenness).all(|(share, even)| *share < NEGLIGIBLE || even > FEWEST);
    (known && total > 0.0 && total.is_finite()).then_some(shares)
}

/// By elimination; of a positive definite matrix.
fn determinant(mut a: Vec<Vec<f64>>) -> f64 {
    let d = a.len();
    let mut product = 1.0;
    for i in 0..d {
        product *= a[i][i];
        let (done, rest) = a.split_at_mut(i + 1);
        let pivot = &done[i];
        for row in rest {
            let factor = row[i] / pivot[i];
            row.iter_mut().zip(pivot).skip(i).for_each(|(entry, pivot)| *entry -= factor * pivot);
        }
    }
    product
}
