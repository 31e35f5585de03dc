//! Why nothing is enclosed.

use crate::Interval;
use std::fmt;

/// The end of the line that a statement is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// −∞.
    Left,
    /// ∞.
    Right,
}

impl End {
    /// The end in the direction of −x if `mirrored`.
    pub fn of(mirrored: bool) -> Self {
        if mirrored { Self::Left } else { Self::Right }
    }
}

impl fmt::Display for End {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", if *self == Self::Left { "−∞" } else { "∞" })
    }
}

/// Why an enclosure is refused.
#[derive(Clone, Debug, PartialEq)]
pub enum Refusal {
    /// Proved: e^{−V} has no integral, as x V′ is at most this (≤ 1) from some distance on.
    NotIntegrable(End, f64),
    /// No minorant of V with an integral was found: V′ lies in the interval beyond the distance.
    NoTailBound(End, f64, Interval),
    /// V′ grows too slowly against the growth of the observable, or that growth is not bounded by a power of x.
    NoMoment(End),
    /// The formula, or a derivative, is not defined everywhere near this place.
    NotDefined(f64),
    /// Subdivision did not end.
    TooManyPieces,
    /// The variance or the mass could not be separated from 0.
    NotPositive(Interval),
    /// No bound was proved near this estimate of the eigenvalue.
    NoProof(f64),
    /// No estimate of the eigenvalue was found that a proof could start from.
    NoEstimate,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotIntegrable(end, power) => {
                write!(
                    f,
                    "e^(−V) has no integral: x V′ is at most {power} towards {end}, where more than 1 is needed"
                )
            }
            Self::NoTailBound(end, distance, slope) => write!(
                f,
                "no tail bound towards {end}: the slope of V beyond |x| = {distance:.3e} is only known to be in {slope}"
            ),
            Self::NoMoment(end) => {
                write!(
                    f,
                    "no tail bound towards {end}: the observable is not known to grow slowly enough against e^(−V)"
                )
            }
            Self::NotDefined(place) => {
                write!(f, "the formula or a derivative is not defined everywhere near x = {place}")
            }
            Self::TooManyPieces => write!(f, "the subdivision did not end: the formula is too rough"),
            Self::NotPositive(found) => write!(f, "found {found} for what has to be positive"),
            Self::NoProof(estimate) => {
                write!(f, "no bound was proved near the estimate {estimate:e} of the eigenvalue")
            }
            Self::NoEstimate => write!(f, "no estimate of the eigenvalue was found to start a proof from"),
        }
    }
}

impl std::error::Error for Refusal {}
