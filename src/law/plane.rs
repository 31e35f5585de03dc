use super::legendre::{NODES, add_products, sums_in_halves};
use super::{Images, Law, LawError, LegendrePanels, apart, in_order};
use crate::algebra::simd::vectorized;
use crate::model::TimeDependence;
use rayon::prelude::*;

/// Up to this many steps the step operator is not kept but built anew for each.
const MATRIX_FREE: usize = 4;
/// Points whose images are computed together.
const TOGETHER: usize = 8;

/// A functional of functions on the plane that looks at a rectangle of points: one row of the step operator.
struct Row {
    /// First point and number of points on each axis.
    window: [(usize, usize); 2],
    coefficients: Vec<f64>,
}

/// As [`super::line::iterate`], on the tensor product of two axes. What leaves the box is not measured: the layer at its
/// sides is too thin for polynomials.
pub(super) fn iterate(
    law: &Law<'_>,
    axes: &[LegendrePanels; 2],
    observed: impl Fn(&[f64]) -> f64 + Sync,
    images: &Images,
    start: (&[f64], &[f64]),
    steps: usize,
    mut record: impl FnMut(usize, &[[f64; 2]]),
) -> Result<[f64; 3], LawError> {
    let width = axes[1].points().len();
    let points = points(axes);
    let mut functions: Vec<[f64; 2]> = points.par_iter().map(|x| [observed(x), 1.0]).collect();
    record(steps, &functions);
    // Few steps are long ones, whose rows are too wide to be kept.
    let keep = law.time != TimeDependence::Motion && steps > MATRIX_FREE;
    let (mut rows, mut weights) = (Vec::new(), Vec::new());
    let mut last: [Vec<f64>; 2] = Default::default();
    for k in (0..steps).rev() {
        if rows.is_empty() && keep {
            rows = all_rows(law, axes, images, k, &points)?;
        }
        if weights.is_empty() || law.time != TimeDependence::Nothing {
            weights = in_order(points.par_iter().map(|x| images.weights(law, k, x)).collect())?;
        }
        let scaled = |function: [f64; 2], weight: f64| function.map(|value| weight * value);
        let after = apart(functions.iter().zip(&weights).map(|(function, [_, end])| scaled(*function, *end)));
        let apply = |(row, [start, _]): (&Row, &[f64; 2])| scaled(row.apply(width, &after), *start);
        functions = match keep {
            true => rows.par_iter().zip(&weights).map(apply).collect(),
            false => {
                let own = |(starts, weights): (&[[f64; 2]], &[[f64; 2]])| {
                    let rows = step_rows(law, axes, images, k, starts)?;
                    Ok(rows.iter().zip(weights).map(apply).collect::<Vec<_>>())
                };
                let parts = points.par_chunks(TOGETHER).zip(weights.par_chunks(TOGETHER));
                in_order(parts.map(own).collect())?.concat()
            }
        };
        record(k, &functions);
        last = after;
    }
    // As on the line, from where the start is.
    let (places, weights) = start;
    let places: Vec<[f64; 2]> = places.chunks_exact(2).map(|x| [x[0], x[1]]).collect();
    let own = |(places, weights): (&[[f64; 2]], &[f64])| {
        let rows = step_rows(law, axes, images, 0, places)?;
        let terms = rows.iter().zip(places).zip(weights).map(|((row, place), weight)| {
            let [own, _] = images.weights(law, 0, place)?;
            Ok(row.apply(width, &last).map(|value| weight * own * value))
        });
        terms.collect::<Result<Vec<[f64; 2]>, LawError>>()
    };
    let terms = in_order(places.par_chunks(TOGETHER).zip(weights.par_chunks(TOGETHER)).map(own).collect())?;
    let sum = |k: usize| terms.iter().flatten().map(|term| term[k]).sum();
    Ok([sum(0), sum(1), 0.0])
}

/// As [`super::line::push`], on the tensor product of two axes.
pub(super) fn push(
    law: &Law<'_>,
    axes: &[LegendrePanels; 2],
    images: &Images,
    (places, weights): (&[f64], &[f64]),
    steps: usize,
    mut record: impl FnMut(usize, &[f64]),
) -> Result<(), LawError> {
    let width = axes[1].points().len();
    let points = points(axes);
    let mut functional = vec![0.0; points.len()];
    Row::new(axes, places, weights).spread(1.0, width, &mut functional);
    record(0, &functional);
    let (mut rows, mut weights) = (Vec::new(), Vec::new());
    for k in 0..steps {
        if rows.is_empty() || law.time == TimeDependence::Motion {
            rows = all_rows(law, axes, images, k, &points)?;
        }
        if weights.is_empty() || law.time != TimeDependence::Nothing {
            weights = in_order(points.par_iter().map(|x| images.weights(law, k, x)).collect())?;
        }
        let mut next = vec![0.0; functional.len()];
        for ((value, row), [start, _]) in functional.iter().zip(&rows).zip(&weights) {
            row.spread(value * start, width, &mut next);
        }
        functional = next.iter().zip(&weights).map(|(value, [_, end])| value * end).collect();
        record(k + 1, &functional);
    }
    Ok(())
}

/// All points, those of the second axis running fastest.
fn points(axes: &[LegendrePanels; 2]) -> Vec<[f64; 2]> {
    let [first, second] = axes.each_ref().map(LegendrePanels::points);
    first.iter().flat_map(|&x| second.iter().map(move |&y| [x, y])).collect()
}

/// The step operator without weights in step number `k`, one row for every point.
fn all_rows(
    law: &Law<'_>,
    axes: &[LegendrePanels; 2],
    images: &Images,
    k: usize,
    points: &[[f64; 2]],
) -> Result<Vec<Row>, LawError> {
    let rows = points.par_chunks(TOGETHER).map(|starts| step_rows(law, axes, images, k, starts));
    Ok(in_order(rows.collect())?.into_iter().flatten().collect())
}

/// Its rows for some points.
fn step_rows(
    law: &Law<'_>,
    axes: &[LegendrePanels; 2],
    images: &Images,
    k: usize,
    starts: &[[f64; 2]],
) -> Result<Vec<Row>, LawError> {
    let inside = |end: &mut [f64], _, _| {
        for (x, axis) in end.iter_mut().zip(axes) {
            *x = x.clamp(axis.lower(), axis.upper());
        }
    };
    let places = images.of(law, k, starts.as_flattened(), inside)?;
    let row = |places| Row::new(axes, places, &images.probabilities);
    Ok(places.chunks_exact(2 * images.probabilities.len()).map(row).collect())
}

impl Row {
    /// The functional f ↦ Σ weight·f(place), with the coordinates of the places one after the other.
    fn new(axes: &[LegendrePanels; 2], places: &[f64], weights: &[f64]) -> Self {
        let parts: Vec<[(usize, [f64; NODES]); 2]> = places
            .chunks_exact(2)
            .map(|place| [axes[0].project(place[0]), axes[1].project(place[1])])
            .collect();
        let window = [0, 1].map(|axis| {
            let first = parts.iter().map(|part| part[axis].0).min().unwrap_or(0);
            let last = parts.iter().map(|part| part[axis].0).max().unwrap_or(0);
            (first, last + NODES - first)
        });
        let [(first_row, height), (first, width)] = window;
        let mut coefficients = vec![0.0; height * width];
        for ([(row, rows), (column, columns)], weight) in parts.iter().zip(weights) {
            for (k, share) in rows.iter().enumerate() {
                let place = (row - first_row + k) * width + column - first;
                for (coefficient, own) in coefficients[place..].iter_mut().zip(columns) {
                    *coefficient += weight * share * own;
                }
            }
        }
        Self { window, coefficients }
    }

    /// Adds `factor` times the functional to `out`; `width` is the number of points on the second axis.
    fn spread(&self, factor: f64, width: usize, out: &mut [f64]) {
        let [(first_row, _), (first, count)] = self.window;
        for (k, row) in self.coefficients.chunks_exact(count).enumerate() {
            for (coefficient, out) in row.iter().zip(&mut out[(first_row + k) * width + first..]) {
                *out += factor * coefficient;
            }
        }
    }

    /// The functional of two functions; `width` is the number of points on the second axis.
    fn apply(&self, width: usize, functions: &[Vec<f64>; 2]) -> [f64; 2] {
        let [(first_row, _), (first, count)] = self.window;
        vectorized(
            #[inline(always)]
            || {
                let mut sums = [[0.0; NODES]; 2];
                for (k, row) in self.coefficients.chunks_exact(count).enumerate() {
                    for (sums, function) in sums.iter_mut().zip(functions) {
                        let values = &function[(first_row + k) * width + first..][..count];
                        let panels = row.as_chunks().0.iter().zip(values.as_chunks().0);
                        for (coefficients, values) in panels {
                            add_products(sums, coefficients, values);
                        }
                    }
                }
                sums_in_halves(sums)
            },
        )
    }
}
