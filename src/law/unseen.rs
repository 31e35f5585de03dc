//! What an observable does between the points at which its values are taken.

use super::legendre::NODES;
use super::{Resolution, Space};
use crate::model::{Expression, Mean};

/// How much larger than its mean over the interval a density may be.
const PEAKED: f64 = 10.0;
/// Of the largest value at the points of a panel, to which the mean over it is looked for, and from which on it counts.
const ACCURATE: f64 = 1e-12;
const COUNTED: f64 = 1e-6;

impl Resolution {
    /// By how much the expectation of a formula may be off, as its values at the points of a panel look like those of a polynomial
    /// that has another mean there: it has a feature narrower than their distance. Nothing is looked for in a plane, nor beyond the
    /// equal panels.
    pub fn unseen(&self, formula: &Expression) -> f64 {
        let Space::Line(panels) = &self.space else { return 0.0 };
        let at = Mean::new(formula, 0.0);
        let values: Vec<f64> = panels.points().iter().map(|&x| at.value(0.0, &[x])).collect();
        let in_panel = |(values, [low, high]): (&[f64], [f64; 2])| {
            let largest = values.iter().fold(0.0, |a: f64, b| a.max(b.abs()));
            let mean = Mean::new(formula, ACCURATE * largest).over([0.0; 2], &[[low, high]]);
            let off = (mean - panels.mean(values)).abs();
            // What the points see of a jump or a kink is judged by other panels.
            let seen = panels.residual(values) + COUNTED * largest;
            if off > seen { off } else { 0.0 }
        };
        let all = values.chunks(NODES).zip(panels.spans());
        let equal = all.skip(panels.equal().start).take(panels.equal().len());
        PEAKED * equal.map(in_panel).sum::<f64>() / panels.equal().len() as f64
    }
}
