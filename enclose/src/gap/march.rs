//! The search: f is followed from the far left in floating-point numbers, which proves nothing, and each step is turned into a
//! piece whose inequality is proved.

use super::half::{Bound, Fault, Half};
use super::piece::{Chart, Piece};
use super::side::Side;
use crate::Interval;

/// Degree of the pieces.
const DEGREE: usize = 22;
/// Share of the value that the last terms of a piece may have.
const SMALL_TERM: f64 = 3e-18;
/// Steps, at most.
const MOST_STEPS: usize = 4000;

/// Where f is followed from.
#[derive(Clone, Copy, Debug)]
pub struct Start {
    /// R: the left end is −R.
    pub distance: f64,
    /// m: V′ ≤ −m before it.
    pub slope: f64,
}

impl Start {
    /// The smallest κ, a little enlarged, with λ − mκ + κ² ≤ 0; `None` if there is none.
    fn tail_value(&self, lambda: f64) -> Option<f64> {
        let m = self.slope;
        let root = (m * m - 4.0 * lambda).max(0.0).sqrt();
        let least = 2.0 * lambda / (m + root);
        [least, least * (1.0 + 1e-9), 0.5 * m].into_iter().find(|κ| {
            let κ = Interval::point(*κ);
            (Interval::point(lambda) - Interval::point(m) * κ + κ.powi(2)).is_non_positive()
        })
    }
}

/// Taylor coefficients of the solution of u′ = −λ + V′u − u² + `defect` or w′ = 1 − V′w + λw² + `defect` with this value at
/// the centre.
fn series(chart: Chart, value: f64, drift: &[f64], lambda: f64, defect: f64) -> Vec<f64> {
    let mut p = vec![value];
    for k in 0..DEGREE {
        let (mut of_drift, mut square) = (0.0, 0.0);
        for j in 0..=k {
            of_drift += drift[j] * p[k - j];
            square += p[j] * p[k - j];
        }
        let derivative = match chart {
            Chart::Slope => of_drift - square - if k == 0 { lambda } else { 0.0 },
            Chart::Ratio => lambda * square - of_drift + if k == 0 { 1.0 } else { 0.0 },
        };
        p.push((derivative + if k == 0 { defect } else { 0.0 }) / (k + 1) as f64);
    }
    p
}

/// The step after which the last terms are [`SMALL_TERM`] of the values; a small part of the line at most.
fn step(p: &[f64], drift: f64, start: Start) -> f64 {
    let scale = p[0].abs().max(p[1].abs() / (1.0 + drift.abs()));
    // By this crate's own functions, which have the same bits on all machines.
    let bound = |k: usize| {
        let ratio = Interval::point(SMALL_TERM * scale / p[k].abs().max(f64::MIN_POSITIVE));
        (ratio.log() / Interval::point(k as f64)).exp().middle()
    };
    (DEGREE - 2..=DEGREE).map(bound).fold(start.distance / 16.0, f64::min)
}

/// A step from `y` to `to` or less over which the Taylor polynomial of V′ holds: the terms of a step do not show what is hidden in
/// higher ones, such as a narrow bump in the middle of a wide well.
fn seen_step(side: Side<'_>, y: f64, to: f64, drift: &[f64]) -> f64 {
    const SHARE: f64 = 1e-11;
    const SAMPLES: u32 = 6;
    let mut to = to;
    for _ in 0..8 {
        let holds = (1..=SAMPLES).all(|k| {
            // Not the end, where V may have a kink.
            let t = f64::from(k) / f64::from(SAMPLES + 1) * (to - y);
            let truth = side.drift(y + t, 0)[0];
            let size = drift.iter().rev().fold(0.0, |sum, c| sum * t + c.abs());
            let wrong = (horner(drift, t) - truth).abs();
            // f′/f changes by the factor e^{∫V′}.
            wrong <= SHARE * (size + truth.abs()) || wrong * (to - y) <= 1e-14
        });
        if holds {
            break;
        }
        to = y + 0.5 * (to - y);
    }
    to
}

/// The chart to go on in: u where f is flat, w near the zero of f.
fn chart_of(chart: Chart, value: f64, drift: f64, lambda: f64) -> Chart {
    let turn = lambda.sqrt() + 0.5 * drift.abs();
    match chart {
        Chart::Slope if value < -1.5 * turn => Chart::Ratio,
        Chart::Ratio if value < 0.0 && 1.0 / value > -0.7 * turn => Chart::Slope,
        _ => chart,
    }
}

fn horner(p: &[f64], t: f64) -> f64 {
    p.iter().rev().fold(0.0, |sum, c| sum * t + c)
}

/// The next break: `from` + `step`, or a little more or less if that reaches `end` or 0, where |x| has its kink.
fn next_break(from: f64, step: f64, end: f64) -> f64 {
    let stop = if from < 0.0 && end > 0.0 { 0.0 } else { end };
    let left = stop - from;
    if step * 1.05 >= left {
        stop
    } else if step * 2.0 > left {
        from + 0.5 * left
    } else {
        from + step
    }
}

/// The first zero of f on [−R, `limit`], as far as floating-point numbers tell; `None` if there is none.
pub fn node(side: Side<'_>, lambda: f64, start: Start, limit: f64) -> Option<f64> {
    let (mut y, mut chart, mut value) = (-start.distance, Chart::Slope, 0.0);
    for _ in 0..MOST_STEPS {
        let drift = side.drift(y, DEGREE);
        let next_chart = chart_of(chart, value, drift[0], lambda);
        if next_chart != chart {
            (chart, value) = (next_chart, 1.0 / value);
        }
        let p = series(chart, value, &drift, lambda, 0.0);
        let to = seen_step(side, y, next_break(y, step(&p, drift[0], start), limit), &drift);
        let last = horner(&p, to - y);
        if !(last.is_finite() && to > y) {
            return None;
        }
        if chart == Chart::Ratio && last >= 0.0 {
            let (mut low, mut high) = (0.0, to - y);
            for _ in 0..60 {
                let middle = 0.5 * (low + high);
                if horner(&p, middle) < 0.0 { low = middle } else { high = middle }
            }
            return Some(y + high);
        }
        if to >= limit {
            return None;
        }
        (y, value) = (to, last);
    }
    None
}

/// A piece whose defect has the sign that is needed, from `y` to `to` or less: the solution with a defect that is a little more
/// than rounding.
fn proved_piece(
    side: Side<'_>,
    (lambda, bound): (f64, Bound),
    (chart, value): (Chart, f64),
    y: f64,
    to: f64,
    drift: &[f64],
) -> Result<Piece, Fault> {
    let rises = bound.rises(chart);
    let constant = if chart == Chart::Slope { lambda } else { 1.0 };
    let unit = f64::EPSILON * (constant + (drift[0] * value).abs());
    let mut piece = Piece { chart, from: y, to, coefficients: Vec::new() };
    let mut found = Interval::UNDEFINED;
    for _ in 0..12 {
        piece.coefficients = series(chart, value, drift, lambda, 0.0);
        let model = piece.drift_model(side);
        let mut size = 0.0;
        for attempt in 0..8 {
            if attempt > 0 {
                piece.coefficients = series(chart, value, drift, lambda, if rises { size } else { -size });
            }
            found = piece.defect(&model, lambda);
            if bound.allows(chart, found) {
                return Ok(piece);
            }
            let lack = if rises { -found.lower() } else { found.upper() };
            // Far more than a unit in the last place would not be rounding.
            if lack.is_nan() || lack > 1e5 * unit {
                break;
            }
            size += 1.2 * lack + 0.1 * unit * f64::from(1 << attempt);
        }
        piece.to = piece.from + 0.5 * (piece.to - piece.from);
    }
    Err(Fault::Defect(piece.from, found))
}

/// Finds pieces that prove a bound λ on (−∞, `end`] of this side, as [`check_half`](super::half::check_half) accepts them.
///
/// # Errors
/// Why there are none at this λ.
pub fn prove_half(side: Side<'_>, lambda: f64, bound: Bound, end: f64, start: Start) -> Result<Half, Fault> {
    let mut value = match bound {
        Bound::Lower => -start.tail_value(lambda).ok_or(Fault::TailSlope(Interval::point(start.slope)))?,
        Bound::Upper => 0.0,
    };
    let (mut y, mut chart) = (-start.distance, Chart::Slope);
    let mut half = Half { start: start.distance, slope: start.slope, pieces: Vec::new() };
    while y < end {
        if half.pieces.len() > MOST_STEPS {
            return Err(Fault::Cover(y));
        }
        let drift = side.drift(y, DEGREE);
        let coefficients = series(chart, value, &drift, lambda, 0.0);
        let to = seen_step(side, y, next_break(y, step(&coefficients, drift[0], start), end), &drift);
        if !(to > y && coefficients.iter().all(|c| c.is_finite())) {
            return Err(Fault::Cover(y));
        }
        let piece = proved_piece(side, (lambda, bound), (chart, value), y, to, &drift)?;
        y = piece.to;
        let last = piece.last();
        half.pieces.push(piece);
        if bound == Bound::Upper && chart == Chart::Ratio && last.is_non_negative() {
            return Ok(half);
        }
        if y == end && (bound == Bound::Upper || (chart == Chart::Ratio && !last.is_non_positive())) {
            return Err(Fault::End(last));
        }
        if y < end {
            let next = chart_of(chart, last.middle(), side.drift(y, 0)[0], lambda);
            value = bound.continued(chart, last, next).ok_or(Fault::Sign(y))?;
            chart = next;
        }
    }
    Ok(half)
}
