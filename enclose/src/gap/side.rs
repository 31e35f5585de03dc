//! A half of the line, always seen as (−∞, c].

use crate::tail::{Tail, slope_of_tail};
use crate::taylor::taylor_model;
use crate::{Elementary, Expression, Interval, Taylor};

/// V on (−∞, c], or y ↦ V(−y) on (−∞, −c], which is the right half seen in a mirror.
#[derive(Clone, Copy, Debug)]
pub struct Side<'a> {
    /// V.
    pub potential: &'a Expression,
    /// Whether x = −y.
    pub mirrored: bool,
}

impl<'a> Side<'a> {
    /// The left half as it is and the right half in a mirror.
    pub fn both(potential: &'a Expression) -> [Self; 2] {
        [false, true].map(|mirrored| Self { potential, mirrored })
    }

    /// The number c of the line as a place of this side.
    pub fn place(&self, c: f64) -> f64 {
        if self.mirrored { -c } else { c }
    }

    /// V at y, y itself being any scalar.
    pub fn value<S: Elementary>(&self, y: S) -> S {
        self.potential.evaluate(&if self.mirrored { -y } else { y })
    }

    /// Coefficients of V′(y + t) in t up to `degree`, for the search.
    pub fn drift(&self, y: f64, degree: usize) -> Vec<f64> {
        let value = self.value(Taylor::variable(y, degree + 2));
        (0..=degree).map(|k| value.coefficient(k + 1) * (k + 1) as f64).collect()
    }

    /// V′(from + t) on [from, to] as a Taylor polynomial of this degree whose last coefficient holds the remainder.
    pub fn drift_model(&self, from: f64, to: f64, degree: usize) -> Vec<Interval> {
        let model = taylor_model(|y| self.value(y), from, Interval::new(from, to), degree + 1);
        let derivative = model.into_iter().enumerate().skip(1);
        derivative.map(|(k, c)| c * Interval::point(k as f64)).collect()
    }

    /// −V′ on (−∞, −start] as a function of −y.
    pub fn slope(&self, start: f64) -> Tail {
        slope_of_tail(|y| self.potential.evaluate(&y), !self.mirrored, start)
    }
}
