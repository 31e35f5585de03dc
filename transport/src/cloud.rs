//! Discrete measures.

use crate::Error;
use crate::sum::Sum;

/// Coordinates and length scales are at most this, so that squares of distances do not overflow.
pub(crate) const LARGEST: f64 = 1e150;

/// Σ mᵢ δ_{xᵢ}: points in R^d with masses.
#[derive(Clone, Debug, PartialEq)]
pub struct Cloud {
    dimension: usize,
    points: Vec<f64>,
    masses: Vec<f64>,
}

impl Cloud {
    /// The measure with these points, one after the other with `dimension` coordinates each, and their masses. Points may
    /// coincide, and masses may be 0.
    ///
    /// # Errors
    /// If the lengths do not fit, a coordinate is not a number of size at most 1e150, a mass is negative or not finite, or
    /// the total mass is not between 1e-150 and 1e150.
    pub fn new(dimension: usize, points: Vec<f64>, masses: Vec<f64>) -> Result<Self, Error> {
        if dimension == 0 {
            return Err(Error::Dimension(0, 0));
        }
        if Some(points.len()) != masses.len().checked_mul(dimension) {
            return Err(Error::Length {
                found: points.len(),
                needed: masses.len().saturating_mul(dimension),
            });
        }
        if let Some(place) = points.iter().position(|x| !x.is_finite() || x.abs() > LARGEST) {
            let (point, axis, found) = (place / dimension, place % dimension, points[place]);
            return Err(Error::Coordinate { point, axis, found });
        }
        if let Some(index) = masses.iter().position(|m| !m.is_finite() || *m < 0.0) {
            return Err(Error::Mass(index, masses[index]));
        }
        let total = masses.iter().copied().collect::<Sum>().value();
        if (1.0 / LARGEST..=LARGEST).contains(&total) {
            Ok(Self { dimension, points, masses })
        } else {
            Err(Error::TotalMass(total))
        }
    }

    /// How many coordinates a point has.
    pub fn dimension(&self) -> usize {
        self.dimension
    }

    /// How many points there are.
    pub fn len(&self) -> usize {
        self.masses.len()
    }

    /// Never, as the total mass is positive.
    pub fn is_empty(&self) -> bool {
        self.masses.is_empty()
    }

    /// The coordinates, point after point.
    pub fn points(&self) -> &[f64] {
        &self.points
    }

    /// The coordinates of the point with this index, which has to be less than [`Cloud::len`].
    pub fn point(&self, index: usize) -> &[f64] {
        &self.points[index * self.dimension..(index + 1) * self.dimension]
    }

    /// The masses.
    pub fn masses(&self) -> &[f64] {
        &self.masses
    }

    /// The total mass.
    pub fn total(&self) -> f64 {
        self.masses.iter().copied().collect::<Sum>().value()
    }

    /// Checks that `other` lies in the same space.
    pub(crate) fn check_dimension(&self, other: &Self) -> Result<(), Error> {
        if self.dimension == other.dimension {
            Ok(())
        } else {
            Err(Error::Dimension(self.dimension, other.dimension))
        }
    }
}
