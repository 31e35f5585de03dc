//! Mixtures of normal laws as discrete measures, with what that changes by conditional variances.

use crate::model::GaussianMixture;
use crate::particles::Stream;
use statrs::distribution::{ContinuousCDF, Normal};
use statrs::function::erf::erfc;
use std::f64::consts::{PI, SQRT_2};

/// Room for the distribution function of statrs (relative errors of 1e-10), relative to the variance.
const ROOM: f64 = 1e-9;

/// Points with masses.
#[derive(Default)]
pub struct Quantized {
    /// The coordinates of one after the other.
    pub positions: Vec<f64>,
    /// Their masses, with the sum 1 but for rounding.
    pub masses: Vec<f64>,
    /// W₂² between the law and the points, at most.
    pub blur: f64,
}

/// Part of a normal law between two places: its mass, and its mean.
struct Part {
    mass: f64,
    mean: f64,
}

/// The mixture by about `most` points in all: each component is cut into products of intervals in coordinates in which it is
/// standard normal, and each product stands at its mean. Moving each product there costs its variance.
pub fn quantized(mixture: &GaussianMixture, most: usize) -> Quantized {
    let d = mixture.dimension();
    let components = mixture.components();
    let along = ((most / components.len()) as f64).powf(1.0 / d as f64);
    // Roots of whole numbers may come out below them.
    let parts = parts((along + 1e-9).floor().max(1.0) as usize);
    let variance =
        (1.0 - parts.iter().map(|own| own.mass * own.mean * own.mean).sum::<f64>()).max(0.0) + ROOM;
    let mut all = Quantized::default();
    for (k, component) in components.iter().enumerate() {
        let trace: f64 = component.covariance.iter().enumerate().map(|(i, row)| row[i]).sum();
        all.blur += component.weight * variance * trace;
        for cell in 0..parts.len().pow(d as u32) {
            let mut rest = cell;
            let mut mass = component.weight;
            let mut normals = Vec::with_capacity(d);
            for _ in 0..d {
                let part = &parts[rest % parts.len()];
                rest /= parts.len();
                mass *= part.mass;
                normals.push(part.mean);
            }
            all.positions.extend(mixture.place(k, &normals));
            all.masses.push(mass);
        }
    }
    all
}

/// The standard normal law in `count` parts between quantiles of a normal law of three times its variance, for which the variance of
/// the parts is least (Panter and Dite 1951): (√3π/2)/count² for many.
fn parts(count: usize) -> Vec<Part> {
    let wide = Normal::new(0.0, 3f64.sqrt()).expect("a positive deviation");
    let side = |k: usize| match k {
        0 => f64::NEG_INFINITY,
        k if k == count => f64::INFINITY,
        k => wide.inverse_cdf(k as f64 / count as f64),
    };
    let density = |x: f64| (-0.5 * x * x).exp() / (2.0 * PI).sqrt();
    let part = |k: usize| {
        let (low, high) = (side(k), side(k + 1));
        // Differences of the smaller tails.
        let mass = match low + high > 0.0 {
            true => 0.5 * (erfc(low / SQRT_2) - erfc(high / SQRT_2)),
            false => 0.5 * (erfc(-high / SQRT_2) - erfc(-low / SQRT_2)),
        };
        Part { mass, mean: (density(low) - density(high)) / mass }
    };
    (0..count).map(part).collect()
}

/// Independent draws, the coordinates of one after the other.
pub fn draws(mixture: &GaussianMixture, count: usize, stream: &mut Stream) -> Vec<f64> {
    let d = mixture.dimension();
    let mut positions = vec![0.0; count * d];
    for own in positions.chunks_mut(d) {
        let component = stream.uniform();
        // Between the places at which the quantile would be infinite.
        let normals: Vec<f64> =
            (0..d).map(|_| Normal::standard().inverse_cdf(stream.uniform() + 0.5 * f64::EPSILON)).collect();
        mixture.sample(component, &normals, own);
    }
    positions
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two points of a standard normal law are ±√(2/π), and their variance is 1 − 2/π; many are nearly optimal.
    #[test]
    fn parts_of_a_normal_law() {
        let two = parts(2);
        assert!((two[1].mean - (2.0 / PI).sqrt()).abs() < 1e-12 && (two[0].mass - 0.5).abs() < 1e-12);
        for count in [100, 1000, 20_000] {
            let all = parts(count);
            let sum = |f: &dyn Fn(&Part) -> f64| all.iter().map(f).sum::<f64>();
            assert!((sum(&|own| own.mass) - 1.0).abs() < 1e-9);
            let variance = 1.0 - sum(&|own| own.mass * own.mean * own.mean);
            let least = 0.5 * 3f64.sqrt() * PI / (count as f64).powi(2);
            assert!((variance / least - 1.0).abs() < 0.1, "{count}: {variance:e} and {least:e}");
        }
    }
}
