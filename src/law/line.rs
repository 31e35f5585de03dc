use super::legendre::NODES;
use super::{Images, Law, LawError, LegendrePanels, in_order};
use crate::model::TimeDependence;
use rayon::prelude::*;

/// Coefficients of the values from point `start` on, and the probabilities of leaving the interval at its ends: one row of
/// the step operator without weights.
struct Row {
    start: usize,
    coefficients: Vec<f64>,
    leaks: [f64; 2],
}

/// Iterates the step backwards `steps` times on (φ, 1, leak), given at the points of the panels, and integrates the
/// result over `start` (places and weights). `record` sees the functions at every k·h, the last first.
pub(super) fn iterate(
    law: &Law<'_>,
    panels: &LegendrePanels,
    observed: impl Fn(f64) -> f64,
    images: &Images,
    start: (&[f64], &[f64]),
    steps: usize,
    mut record: impl FnMut(usize, &[[f64; 3]]),
) -> Result<[f64; 3], LawError> {
    let mut functions: Vec<[f64; 3]> = panels.points().iter().map(|&x| [observed(x), 1.0, 0.0]).collect();
    record(steps, &functions);
    let ends = [panels.lower(), panels.upper()];
    let (mut rows, mut weights, mut end_weights) = (Vec::new(), Vec::new(), [0.0; 2]);
    for k in (0..steps).rev() {
        if rows.is_empty() || law.time == TimeDependence::Motion {
            rows = step_rows(law, panels, images, k)?;
        }
        if weights.is_empty() || law.time != TimeDependence::Nothing {
            weights = step_weights(law, panels, images, k)?;
            for (weight, end) in end_weights.iter_mut().zip(ends) {
                [_, *weight] = images.weights(law, k, &[end])?;
            }
        }
        let scaled = |function: &[f64; 3], weight: f64| function.map(|value| weight * value);
        let after: Vec<[f64; 3]> =
            functions.iter().zip(&weights).map(|(function, [_, end])| scaled(function, *end)).collect();
        let before = |(row, [start, _]): (&Row, &[f64; 2])| {
            let [value, mass, leak] = row.apply(&after);
            let own = row.leaks[0] * end_weights[0] + row.leaks[1] * end_weights[1];
            scaled(&[value, mass, leak + own], *start)
        };
        functions = rows.iter().zip(&weights).map(before).collect();
        record(k, &functions);
    }
    let (places, weights) = start;
    Ok(Row::new(panels, places, weights, [0.0; 2]).apply(&functions))
}

/// Iterates the step forwards on the functional f ↦ E f(X)W, which `record` sees at every k·h, the first first: what the
/// values of f at the points of the panels are multiplied with.
pub(super) fn push(
    law: &Law<'_>,
    panels: &LegendrePanels,
    images: &Images,
    (places, weights): (&[f64], &[f64]),
    steps: usize,
    mut record: impl FnMut(usize, &[f64]),
) -> Result<(), LawError> {
    let mut functional = vec![0.0; panels.points().len()];
    Row::new(panels, places, weights, [0.0; 2]).spread(1.0, &mut functional);
    record(0, &functional);
    let (mut rows, mut weights) = (Vec::new(), Vec::new());
    for k in 0..steps {
        if rows.is_empty() || law.time == TimeDependence::Motion {
            rows = step_rows(law, panels, images, k)?;
        }
        if weights.is_empty() || law.time != TimeDependence::Nothing {
            weights = step_weights(law, panels, images, k)?;
        }
        let mut next = vec![0.0; functional.len()];
        for ((value, row), [start, _]) in functional.iter().zip(&rows).zip(&weights) {
            row.spread(value * start, &mut next);
        }
        functional = next.iter().zip(&weights).map(|(value, [_, end])| value * end).collect();
        record(k + 1, &functional);
    }
    Ok(())
}

/// The step operator without weights in step number `k`, one row for every point.
fn step_rows(
    law: &Law<'_>,
    panels: &LegendrePanels,
    images: &Images,
    k: usize,
) -> Result<Vec<Row>, LawError> {
    let ends = [panels.lower(), panels.upper()];
    let row = |x: f64| {
        let mut leaks = [0.0; 2];
        let inside = |end: &mut [f64], probability: f64| {
            for (side, leak) in leaks.iter_mut().enumerate() {
                if (end[0] - ends[side]) * [-1.0, 1.0][side] > 0.0 {
                    end[0] = ends[side];
                    *leak += probability;
                }
            }
        };
        let (places, probabilities) = images.of(law, k, &[x], inside)?;
        Ok(Row::new(panels, &places, &probabilities, leaks))
    };
    in_order(panels.points().par_iter().map(|&x| row(x)).collect())
}

/// [`Images::weights`] at every point.
fn step_weights(
    law: &Law<'_>,
    panels: &LegendrePanels,
    images: &Images,
    k: usize,
) -> Result<Vec<[f64; 2]>, LawError> {
    in_order(panels.points().par_iter().map(|&x| images.weights(law, k, &[x])).collect())
}

impl Row {
    /// The functional f ↦ Σ weight·f(place).
    fn new(panels: &LegendrePanels, places: &[f64], weights: &[f64], leaks: [f64; 2]) -> Self {
        let parts: Vec<(usize, [f64; NODES])> = places.iter().map(|&x| panels.project(x)).collect();
        let start = parts.iter().map(|part| part.0).min().unwrap_or(0);
        let end = parts.iter().map(|part| part.0).max().unwrap_or(0) + NODES;
        let mut coefficients = vec![0.0; end - start];
        for ((first, shares), weight) in parts.iter().zip(weights) {
            for (coefficient, share) in coefficients[first - start..].iter_mut().zip(shares) {
                *coefficient += weight * share;
            }
        }
        Self { start, coefficients, leaks }
    }

    /// Adds `factor` times the functional to `out`.
    fn spread(&self, factor: f64, out: &mut [f64]) {
        for (coefficient, out) in self.coefficients.iter().zip(&mut out[self.start..]) {
            *out += factor * coefficient;
        }
    }

    fn apply(&self, functions: &[[f64; 3]]) -> [f64; 3] {
        let mut sum = [0.0; 3];
        for (coefficient, values) in self.coefficients.iter().zip(&functions[self.start..]) {
            for (sum, value) in sum.iter_mut().zip(values) {
                *sum += coefficient * value;
            }
        }
        sum
    }
}
