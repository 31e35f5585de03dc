//! Proofs about the lowest eigenvalue λ_D of −L on (−∞, c] with f(c) = 0.
//!
//! * [`Bound::Lower`] proves λ_D ≥ λ: w is a supersolution (defect ≥ 0, jumps upwards) on [−R, c], finite, with w(c) ≤ 0;
//!   before −R it is a constant −1/κ, a supersolution if V′ ≤ −m there and λ − mκ + κ² ≤ 0.
//! * [`Bound::Upper`] proves λ_D ≤ λ: f is constant before −R, where e^{−V} has an integral as V′ ≤ −m < 0, and w is a
//!   subsolution from there on, with w ≥ 0 at c or before.
//!
//! As u = 1/w falls with w < 0, supersolutions in w are subsolutions in u.

use super::piece::{Chart, Piece};
use super::side::Side;
use crate::Interval;
use std::fmt;

/// Which bound is proved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bound {
    /// λ_D ≥ λ.
    Lower,
    /// λ_D ≤ λ.
    Upper,
}

/// What proves a bound on one half of the line.
#[derive(Clone, Debug, PartialEq)]
pub struct Half {
    /// R > 0; the pieces begin at −R.
    pub start: f64,
    /// m: V′ ≤ −m before −R.
    pub slope: f64,
    /// From −R to c; for an upper bound, to c or to a place before where w ≥ 0.
    pub pieces: Vec<Piece>,
}

/// Why a proof does not hold.
#[derive(Clone, Debug, PartialEq)]
pub enum Fault {
    /// V′ ≤ −m before −R was not found to hold, or m is not positive; what was found.
    TailSlope(Interval),
    /// The first piece does not continue the tail.
    TailValue(f64),
    /// Pieces leave a gap, or overlap, or do not end where they should, at this place.
    Cover(f64),
    /// The defect on the piece from this place has not the sign that is needed; what was found.
    Defect(f64, Interval),
    /// f′/f is not negative, or f/f′ has a pole, near this place.
    Sign(f64),
    /// The next piece starts on the wrong side of the end of the piece before, at this place.
    Jump(f64),
    /// At c, w has not the sign that is needed; what was found.
    End(Interval),
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TailSlope(found) => {
                write!(f, "the slope of V beyond the last piece is only known to be in {found}")
            }
            Self::TailValue(found) => {
                write!(f, "the first piece starts with {found}, which does not continue the tail")
            }
            Self::Cover(place) => write!(f, "the pieces do not cover the half-line at {place}"),
            Self::Defect(place, found) => write!(f, "the defect from {place} on is in {found}"),
            Self::Sign(place) => write!(f, "f′/f is not negative near {place}"),
            Self::Jump(place) => write!(f, "the jump at {place} goes the wrong way"),
            Self::End(found) => write!(f, "f/f′ at the splitting point is in {found}"),
        }
    }
}

impl std::error::Error for Fault {}

impl Bound {
    /// Whether the defect has to be ≥ 0 in this chart; if not, ≤ 0. Jumps go the same way.
    pub fn rises(self, chart: Chart) -> bool {
        (self == Self::Lower) == (chart == Chart::Ratio)
    }

    /// Whether `defect` has the sign that is needed.
    pub fn allows(self, chart: Chart, defect: Interval) -> bool {
        if self.rises(chart) { defect.is_non_negative() } else { defect.is_non_positive() }
    }

    /// A value with which a piece in the chart `next` may continue one that ends with `last` in `chart`: the nearest one.
    /// `None` if the charts differ and `last` is not known to be negative.
    pub fn continued(self, chart: Chart, last: Interval, next: Chart) -> Option<f64> {
        let value = if chart == next {
            last
        } else if last.upper() < 0.0 {
            Interval::ONE / last
        } else {
            return None;
        };
        let value = if self.rises(next) { value.upper() } else { value.lower() };
        value.is_finite().then_some(value)
    }

    /// Whether `first` in the chart `next` may continue a piece that ends with `last` in `chart`.
    fn may_continue(self, chart: Chart, last: Interval, next: Chart, first: f64) -> bool {
        match self.continued(chart, last, next) {
            Some(nearest) if self.rises(next) => first >= nearest,
            Some(nearest) => first <= nearest,
            None => false,
        }
    }
}

/// Checks the tail before −R: that V′ ≤ −m there, and that `first` continues it.
fn check_tail(side: Side<'_>, lambda: f64, bound: Bound, half: &Half) -> Result<(), Fault> {
    let slope = side.slope(half.start).range();
    if !(half.slope > 0.0 && slope.lower() >= half.slope) {
        return Err(Fault::TailSlope(slope));
    }
    let Some(first) = half.pieces.first() else {
        return Err(Fault::Cover(-half.start));
    };
    let value = first.first();
    let holds = first.chart == Chart::Slope
        && match bound {
            Bound::Lower => {
                let (κ, m) = (Interval::point(-value), Interval::point(half.slope));
                value < 0.0 && (Interval::point(lambda) - m * κ + κ.powi(2)).is_non_positive()
            }
            Bound::Upper => value >= 0.0,
        };
    if holds { Ok(()) } else { Err(Fault::TailValue(value)) }
}

/// Checks a proof of a bound λ on the lowest eigenvalue on (−∞, `end`] of this side; nothing is searched for.
///
/// # Errors
/// The first fault found.
pub fn check_half(side: Side<'_>, lambda: f64, bound: Bound, end: f64, half: &Half) -> Result<(), Fault> {
    check_tail(side, lambda, bound, half)?;
    let mut place = -half.start;
    let mut before: Option<(Chart, Interval)> = None;
    for piece in &half.pieces {
        if !(piece.from == place && piece.from < piece.to && piece.to <= end) {
            return Err(Fault::Cover(place));
        }
        if let Some((chart, last)) = before
            && !bound.may_continue(chart, last, piece.chart, piece.first())
        {
            return Err(Fault::Jump(place));
        }
        let defect = piece.defect(&piece.drift_model(side), lambda);
        if !bound.allows(piece.chart, defect) {
            return Err(Fault::Defect(place, defect));
        }
        // A zero of u would be a pole of w. From below u does not reach 0, where its derivative is at most −λ.
        if bound == Bound::Lower && piece.chart == Chart::Slope && !(piece.first() < 0.0 && lambda >= 0.0) {
            return Err(Fault::Sign(place));
        }
        place = piece.to;
        before = Some((piece.chart, piece.last()));
    }
    // A zero of f before c is enough for an upper bound.
    if place != end && bound == Bound::Lower {
        return Err(Fault::Cover(place));
    }
    match (bound, before) {
        // u < 0 is w < 0.
        (Bound::Lower, Some((Chart::Slope, _))) => Ok(()),
        (Bound::Lower, Some((Chart::Ratio, last))) if last.is_non_positive() => Ok(()),
        (Bound::Upper, Some((Chart::Ratio, last))) if last.is_non_negative() => Ok(()),
        (_, Some((_, last))) => Err(Fault::End(last)),
        (_, None) => Err(Fault::Cover(place)),
    }
}
