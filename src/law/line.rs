use super::legendre::NODES;
use super::{Images, Law, LawError, LegendrePanels};
use rayon::prelude::*;

/// Coefficients of the values from point `start` on, and the weight that leaves the interval: one row of the step
/// operator.
struct Row {
    start: usize,
    coefficients: Vec<f64>,
    leak: f64,
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
    let mut rows = Vec::new();
    for k in (0..steps).rev() {
        if rows.is_empty() || !law.autonomous {
            let found: Vec<Result<Row, LawError>> = panels
                .points()
                .par_iter()
                .map(|&x| {
                    let inside = |end: &mut [f64]| end[0] = end[0].clamp(panels.lower(), panels.upper());
                    let (places, weights, leak) = images.of(law, k, &[x], inside)?;
                    Ok(Row::new(panels, &places, &weights, leak))
                })
                .collect();
            // The first failure in order, whichever thread met one first.
            rows = found.into_iter().collect::<Result<Vec<Row>, _>>()?;
        }
        functions = rows.iter().map(|row| row.apply(&functions)).collect();
        record(k, &functions);
    }
    let (places, weights) = start;
    Ok(Row::new(panels, places, weights, 0.0).apply(&functions))
}

impl Row {
    /// The functional f ↦ Σ weight·f(place).
    fn new(panels: &LegendrePanels, places: &[f64], weights: &[f64], leak: f64) -> Self {
        let parts: Vec<(usize, [f64; NODES])> = places.iter().map(|&x| panels.project(x)).collect();
        let start = parts.iter().map(|part| part.0).min().unwrap_or(0);
        let end = parts.iter().map(|part| part.0).max().unwrap_or(0) + NODES;
        let mut coefficients = vec![0.0; end - start];
        for ((first, shares), weight) in parts.iter().zip(weights) {
            for (coefficient, share) in coefficients[first - start..].iter_mut().zip(shares) {
                *coefficient += weight * share;
            }
        }
        Self { start, coefficients, leak }
    }

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
