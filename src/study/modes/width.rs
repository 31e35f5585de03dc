//! The normal law around a minimum of V, as wide as V makes it.

use super::search::eigen;
use crate::model::{Component, GaussianMixture, Potential};

/// How far V rises in a standard deviation of a normal law.
const RISE: f64 = 0.5;
/// Doublings, or halvings, of a length until V rises by that, and bisections then.
const DOUBLINGS: usize = 80;
const BISECTIONS: usize = 40;
/// Minima that are looked at, at most.
const MOST: usize = 64;
/// Log of the share of a law that does not count.
const NEGLIGIBLE: f64 = -14.0;

/// Normal laws around `minima`, the lowest first, with weights as Laplace's method has them; `None` without any. Of minima
/// within one standard deviation of each other the lowest counts.
///
/// Widths are distances along the eigenvectors of ∇²V at which V rises by a half, the mean of both ways: as ∇²V says for a
/// quadratic V, and of use where it does not.
pub fn laws(potential: &Potential, minima: &[Vec<f64>]) -> Option<GaussianMixture> {
    let mut found: Vec<(f64, Vec<f64>, Shape)> = Vec::new();
    for place in minima {
        if found.len() == MOST || found.iter().any(|(_, centre, shape)| shape.distance(centre, place) < 1.0) {
            continue;
        }
        if let Some(shape) = Shape::around(potential, place) {
            found.push((shape.log_size() - potential.value(&place[..]), place.clone(), shape));
        }
    }
    let largest = found.iter().map(|(log, ..)| *log).fold(f64::NEG_INFINITY, f64::max);
    let components = found.into_iter().filter(|(log, ..)| log - largest > NEGLIGIBLE);
    let components = components.map(|(log, mean, shape)| Component {
        weight: (log - largest).exp(),
        mean,
        covariance: shape.covariance(),
    });
    GaussianMixture::new(components.collect()).ok()
}

/// Directions and standard deviations along them.
struct Shape {
    directions: Vec<Vec<f64>>,
    deviations: Vec<f64>,
}

impl Shape {
    fn around(potential: &Potential, centre: &[f64]) -> Option<Self> {
        let d = centre.len();
        let (values, vectors) = eigen(potential, centre)?;
        let directions: Vec<Vec<f64>> = (0..d).map(|k| (0..d).map(|i| vectors[(i, k)]).collect()).collect();
        let deviations = directions.iter().zip(values).map(|(direction, value)| {
            let guess = if value > 0.0 { value.sqrt().recip() } else { 1.0 };
            deviation(potential, centre, direction, guess.clamp(1e-9, 1e9))
        });
        let deviations = deviations.collect::<Option<Vec<f64>>>()?;
        Some(Self { directions, deviations })
    }

    fn log_size(&self) -> f64 {
        self.deviations.iter().map(|deviation| deviation.ln()).sum()
    }

    /// In standard deviations.
    fn distance(&self, centre: &[f64], place: &[f64]) -> f64 {
        let along = |direction: &Vec<f64>| -> f64 {
            direction.iter().zip(centre.iter().zip(place)).map(|(u, (a, b))| u * (b - a)).sum()
        };
        let squares = self.directions.iter().zip(&self.deviations).map(|(u, σ)| (along(u) / σ).powi(2));
        squares.sum::<f64>().sqrt()
    }

    fn covariance(&self) -> Vec<Vec<f64>> {
        let d = self.deviations.len();
        let entry = |i: usize, j: usize| {
            let (i, j) = (i.min(j), i.max(j));
            self.directions.iter().zip(&self.deviations).map(|(u, σ)| σ * σ * u[i] * u[j]).sum()
        };
        (0..d).map(|i| (0..d).map(|j| entry(i, j)).collect()).collect()
    }
}

/// The distance along `direction` at which V is a half above its value at the `centre`, the mean of both ways.
fn deviation(potential: &Potential, centre: &[f64], direction: &[f64], guess: f64) -> Option<f64> {
    let bottom = potential.value(centre);
    let rises = |distance: f64| {
        let at = |sign: f64| {
            let place: Vec<f64> =
                centre.iter().zip(direction).map(|(x, u)| x + sign * distance * u).collect();
            potential.value(&place[..])
        };
        let mean = 0.5 * (at(1.0) + at(-1.0)) - bottom;
        mean.is_nan() || mean >= RISE
    };
    let (mut low, mut high) = (guess, guess);
    (0..DOUBLINGS).find(|_| {
        let done = !rises(low);
        low *= if done { 1.0 } else { 0.5 };
        done
    })?;
    (0..DOUBLINGS).find(|_| {
        let done = rises(high);
        high *= if done { 1.0 } else { 2.0 };
        done
    })?;
    for _ in 0..BISECTIONS {
        let middle = 0.5 * (low + high);
        if rises(middle) { high = middle } else { low = middle }
    }
    Some(high)
}
