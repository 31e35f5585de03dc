//! Why there is no result.

use std::fmt;

/// What is wrong with the input, or with a certificate.
#[derive(Clone, Debug, PartialEq)]
pub enum Error {
    /// Points have no coordinates, or the two clouds lie in spaces of these different dimensions.
    Dimension(usize, usize),
    /// The number of coordinates or potentials found is not the number needed.
    Length {
        /// How many were found.
        found: usize,
        /// How many are needed.
        needed: usize,
    },
    /// This coordinate of a point is not a number of size at most 1e150.
    Coordinate {
        /// Index of the point.
        point: usize,
        /// Index of the coordinate.
        axis: usize,
        /// The coordinate.
        found: f64,
    },
    /// The mass of the point with this index is negative or not finite.
    Mass(usize, f64),
    /// The total mass is 0, or outside 1e-150 to 1e150.
    TotalMass(f64),
    /// A length scale that is not between 1e-150 and 1e150.
    Scale(f64),
    /// A relative tolerance that is not between 0 and 1.
    Tolerance(f64),
    /// The total masses have to be equal, or equal to 1, and are these.
    UnequalMasses(f64, f64),
    /// The clouds have to have the same points, and differ in the point with this index.
    UnequalPoints(usize),
    /// The entry of the plan with this index is negative or not finite, or names a point that does not exist.
    Plan(usize),
    /// The potentials of this pair of points exceed its cost by this much, so they bound nothing from below.
    Infeasible(usize, usize, f64),
    /// The potential of the point with this index is not a number, or −∞ at a point with mass.
    Potential(usize),
    /// The sparse factorisation has no memory, or failed for this reason.
    Factorization(String),
    /// [`Settings::goes_on`](crate::Settings::goes_on) said no.
    Stopped,
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Dimension(0, _) => write!(f, "points need at least one coordinate"),
            Self::Dimension(first, second) => {
                write!(f, "the clouds have dimensions {first} and {second}, which have to be equal")
            }
            Self::Length { found, needed } => write!(f, "found {found} numbers where {needed} are needed"),
            Self::Coordinate { point, axis, found } => {
                write!(
                    f,
                    "coordinate {axis} of point {point} is {found:e}: it has to be a number of size at most 1e150"
                )
            }
            Self::Mass(index, found) => {
                write!(f, "mass {index} is {found:e}: it has to be a number that is at least 0")
            }
            Self::TotalMass(found) => {
                write!(f, "the total mass is {found:e}: it has to be between 1e-150 and 1e150")
            }
            Self::Scale(found) => {
                write!(f, "the length scale is {found:e}: it has to be between 1e-150 and 1e150")
            }
            Self::Tolerance(found) => {
                write!(f, "the relative tolerance is {found:e}: it has to be between 0 and 1")
            }
            Self::UnequalMasses(first, second) => write!(
                f,
                "the total masses are {first} and {second}: they have to agree to 1e-9 of them for W₂, and with 1 for the spherical \
                 distance; divide each by its sum"
            ),
            Self::UnequalPoints(index) => write!(f, "the clouds differ in point {index}, and may not"),
            Self::Plan(entry) => write!(
                f,
                "entry {entry} of the plan has a negative mass, or a point that does not exist, or one without mass"
            ),
            Self::Infeasible(i, j, excess) => {
                write!(f, "the potentials of points {i} and {j} exceed the cost between them by {excess:e}")
            }
            Self::Potential(index) => {
                write!(f, "potential {index} is not a number, or −∞ at a point with mass")
            }
            Self::Factorization(reason) => write!(f, "the sparse factorisation failed: {reason}"),
            Self::Stopped => write!(f, "stopped before an iteration, as was asked for"),
        }
    }
}

impl std::error::Error for Error {}
