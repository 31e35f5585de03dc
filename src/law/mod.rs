//! The noise-free witness: the expectation that a scheme itself has, without Monte-Carlo noise (d = 1).
//!
//! One step is an integral over one Gaussian variable, done by [`GaussHermite`] quadrature; the
//! function of x that it acts on is held by [`ChebyshevPanels`]. [`Law::expectation`] iterates the
//! step backwards from φ to the initial law. The scheme is the same generic code that samples.

mod chebyshev;
mod gauss_hermite;

pub use chebyshev::ChebyshevPanels;
pub use gauss_hermite::GaussHermite;

use crate::model::{Initial, Observable};
use crate::schemes::{Scheme, Sde, Step, WeightRule};
use rayon::prelude::*;
use thiserror::Error;

/// A scheme with its weight rule on a one-dimensional equation with one noise.
#[derive(Clone, Copy)]
pub struct Law<'a> {
    /// Equation with its rate.
    pub sde: &'a (dyn Sde<f64> + Sync),
    /// One-step scheme.
    pub scheme: &'static dyn Scheme,
    /// Quadrature of the log-weight.
    pub weight: WeightRule,
    /// Whether no coefficient depends on time, so that all steps are one and the same operator.
    pub autonomous: bool,
}

/// How finely the law is computed.
#[derive(Clone, Debug)]
pub struct Resolution {
    panels: ChebyshevPanels,
    noise: GaussHermite,
}

impl Resolution {
    /// `panels` Chebyshev panels on [lower, upper] and `nodes` Gauss–Hermite nodes.
    pub fn new(lower: f64, upper: f64, panels: usize, nodes: usize) -> Self {
        Self { panels: ChebyshevPanels::new(lower, upper, panels), noise: GaussHermite::new(nodes) }
    }
}

/// Expectations under the discrete law of the scheme.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Expectation {
    /// E φ(Xₙ)Wₙ.
    pub value: f64,
    /// E Wₙ.
    pub mass: f64,
    /// Weighted probability of having left the interval, where values are continued as constants.
    pub leak: f64,
}

impl Expectation {
    /// Σwφ/Σw.
    pub fn ratio(&self) -> f64 {
        self.value / self.mass
    }
}

/// The law could not be computed.
#[derive(Clone, Debug, Error, PartialEq)]
#[error("the noise-free law is not finite: from x = {place} at time {time} the scheme gives {value}")]
pub struct LawError {
    /// Start of the step.
    pub time: f64,
    /// Where from.
    pub place: f64,
    /// The position or weight.
    pub value: f64,
}

/// One row of the step operator: coefficients of the values from `start` on.
struct Row {
    start: usize,
    coefficients: Vec<f64>,
    leak: f64,
}

impl Law<'_> {
    /// E φ(Xₙ)Wₙ and E Wₙ after `steps` equal steps to `horizon`.
    ///
    /// # Errors
    /// If the scheme or its weight leaves the range of f64 from a point of the interval.
    pub fn expectation(
        &self,
        resolution: &Resolution,
        initial: &Initial,
        observable: &Observable,
        horizon: f64,
        steps: usize,
    ) -> Result<Expectation, LawError> {
        let points = resolution.panels.points();
        let h = horizon / steps as f64;
        // Three functions travel together: φ, 1 and the leak.
        let mut functions: Vec<[f64; 3]> =
            points.iter().map(|&x| [observable.value(&[x]), 1.0, 0.0]).collect();
        let mut rows = Vec::new();
        for k in (0..steps).rev() {
            if rows.is_empty() || !self.autonomous {
                rows = points
                    .par_iter()
                    .map(|&x| self.row(resolution, k as f64 * h, h, x))
                    .collect::<Result<Vec<Row>, _>>()?;
            }
            functions = rows.iter().map(|row| row.apply(&functions)).collect();
        }
        let at = |x: f64| {
            let (start, weights) = resolution.panels.interpolate(x);
            let row = Row { start, coefficients: weights.to_vec(), leak: 0.0 };
            row.apply(&functions)
        };
        let mut total = [0.0; 3];
        let mut add = |weight: f64, values: [f64; 3]| {
            for (sum, value) in total.iter_mut().zip(values) {
                *sum += weight * value;
            }
        };
        match initial {
            Initial::Point(point) => add(1.0, at(point[0])),
            Initial::Mixture(mixture) => {
                for component in mixture.components() {
                    let deviation = component.covariance[0][0].sqrt();
                    for (ξ, ω) in resolution.noise.iter() {
                        add(component.weight * ω, at(component.mean[0] + deviation * ξ));
                    }
                }
            }
        }
        let [value, mass, leak] = total;
        Ok(Expectation { value, mass, leak })
    }

    fn row(&self, resolution: &Resolution, t: f64, h: f64, x: f64) -> Result<Row, LawError> {
        let panels = &resolution.panels;
        let step = Step::new(t, h);
        let before = self.sde.rate(&t, &[x]);
        let mut dense = vec![0.0; panels.points().len()];
        let mut work = vec![0.0; self.scheme.work_vectors()];
        let (mut first, mut last, mut leak) = (dense.len(), 0, 0.0);
        for (ξ, ω) in resolution.noise.iter() {
            let mut end = [x];
            self.scheme.step_point(self.sde, &step, &mut end, &[ξ], &mut work);
            let [end] = end;
            let after = self.sde.rate(&(t + h), &[end.clamp(panels.lower(), panels.upper())]);
            let weight = ω * self.weight.log_increment(&h, before, after).exp();
            if !end.is_finite() || !weight.is_finite() {
                let value = if end.is_finite() { weight } else { end };
                return Err(LawError { time: t, place: x, value });
            }
            if end < panels.lower() || end > panels.upper() {
                leak += weight;
            }
            let (start, weights) = panels.interpolate(end);
            first = first.min(start);
            last = last.max(start + weights.len());
            for (coefficient, l) in dense[start..].iter_mut().zip(weights) {
                *coefficient += weight * l;
            }
        }
        Ok(Row { start: first, coefficients: dense[first..last].to_vec(), leak })
    }
}

impl Row {
    fn apply(&self, functions: &[[f64; 3]]) -> [f64; 3] {
        let mut sum = [0.0, 0.0, self.leak];
        for (coefficient, values) in self.coefficients.iter().zip(&functions[self.start..]) {
            for (sum, value) in sum.iter_mut().zip(values) {
                *sum += coefficient * value;
            }
        }
        sum
    }
}
