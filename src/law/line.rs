use super::legendre::{NODES, add_products, sums_in_halves};
use super::{Images, Law, LawError, LegendrePanels, apart, in_order};
use crate::algebra::simd::vectorized;
use crate::model::TimeDependence;
use rayon::prelude::*;

/// Coefficients of the values at the points of some panels, with the first point of each, and the probabilities of leaving
/// the interval at its ends: one row of the step operator without weights.
struct Row {
    pieces: Vec<(usize, [f64; NODES])>,
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
    let mut last: [Vec<f64>; 3] = Default::default();
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
        let after =
            apart(functions.iter().zip(&weights).map(|(function, [_, end])| function.map(|f| end * f)));
        let before = |(row, [start, _]): (&Row, &[f64; 2])| {
            let [value, mass, leak] = row.apply(&after);
            let own = row.leaks[0] * end_weights[0] + row.leaks[1] * end_weights[1];
            [value, mass, leak + own].map(|f| start * f)
        };
        functions = rows.iter().zip(&weights).map(before).collect();
        record(k, &functions);
        last = after;
    }
    // From where the start is, not from the polynomials around it: a drift that jumps there has a value of its own.
    let (places, weights) = start;
    let rows = rows_from(law, panels, images, 0, places)?;
    let mut sums = [0.0; 3];
    for ((row, place), weight) in rows.iter().zip(places).zip(weights) {
        let [own, _] = images.weights(law, 0, &[*place])?;
        let [value, mass, leak] = row.apply(&last);
        // What starts beyond the ends has left, too.
        let left = if *place < ends[0] || *place > ends[1] {
            mass
        } else {
            leak + row.leaks[0] * end_weights[0] + row.leaks[1] * end_weights[1]
        };
        for (sum, part) in sums.iter_mut().zip([value, mass, left]) {
            *sum += weight * own * part;
        }
    }
    Ok(sums)
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
    let rows = |starts: &[f64]| rows_from(law, panels, images, k, starts);
    let rows = in_order(panels.points().par_chunks(NODES).map(rows).collect())?;
    Ok(rows.into_iter().flatten().collect())
}

/// The same from some points.
fn rows_from(
    law: &Law<'_>,
    panels: &LegendrePanels,
    images: &Images,
    k: usize,
    starts: &[f64],
) -> Result<Vec<Row>, LawError> {
    let ends = [panels.lower(), panels.upper()];
    let mut leaks = vec![[0.0; 2]; starts.len()];
    let inside = |end: &mut [f64], start: usize, probability: f64| {
        for (side, leak) in leaks[start].iter_mut().enumerate() {
            if (end[0] - ends[side]) * [-1.0, 1.0][side] > 0.0 {
                end[0] = ends[side];
                *leak += probability;
            }
        }
    };
    let places = images.of(law, k, starts, inside)?;
    let row = |(places, leaks)| Row::new(panels, places, &images.probabilities, leaks);
    Ok(places.chunks_exact(images.probabilities.len()).zip(leaks).map(row).collect())
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
        let mut pieces: Vec<(usize, [f64; NODES])> = Vec::new();
        for (&place, weight) in places.iter().zip(weights) {
            let (first, shares) = panels.project(place);
            let known = pieces.iter().rposition(|piece| piece.0 == first);
            let own = known.unwrap_or_else(|| {
                pieces.push((first, [0.0; NODES]));
                pieces.len() - 1
            });
            for (coefficient, share) in pieces[own].1.iter_mut().zip(shares) {
                *coefficient += weight * share;
            }
        }
        pieces.sort_by_key(|piece| piece.0);
        pieces.shrink_to_fit();
        Self { pieces, leaks }
    }

    /// Adds `factor` times the functional to `out`.
    fn spread(&self, factor: f64, out: &mut [f64]) {
        for (first, coefficients) in &self.pieces {
            for (coefficient, out) in coefficients.iter().zip(&mut out[*first..]) {
                *out += factor * coefficient;
            }
        }
    }

    /// The functional of three functions, given at all points.
    fn apply(&self, functions: &[Vec<f64>; 3]) -> [f64; 3] {
        vectorized(
            #[inline(always)]
            || {
                let mut sums = [[0.0; NODES]; 3];
                for (first, coefficients) in &self.pieces {
                    for (sums, function) in sums.iter_mut().zip(functions) {
                        let values = function[*first..].first_chunk().expect("a panel has all its points");
                        add_products(sums, coefficients, values);
                    }
                }
                sums_in_halves(sums)
            },
        )
    }
}
