use super::KernelError;

/// Weighted points in ℝᵈ: the measure Σ e^{log-weight} δ_point. The weights need not sum to 1; a point with
/// log-weight −∞ is dead, and counts for nothing.
#[derive(Clone, Copy, Debug)]
pub struct Cloud<'a> {
    /// d.
    pub dimension: usize,
    /// Coordinates, point after point.
    pub points: &'a [f64],
    /// Log-weights.
    pub log_weights: &'a [f64],
}

impl<'a> Cloud<'a> {
    /// The places of the points that are alive, after a check of everything.
    pub(super) fn alive(&self) -> Result<Vec<usize>, KernelError> {
        let count = self.log_weights.len();
        if count == 0 || self.dimension == 0 {
            return Err(KernelError::NoSources);
        }
        let expected = count * self.dimension;
        if self.points.len() != expected {
            return Err(KernelError::Shape {
                what: "the list of points",
                found: self.points.len(),
                expected,
            });
        }
        for (index, &value) in self.log_weights.iter().enumerate() {
            if value.is_nan() || value == f64::INFINITY {
                return Err(KernelError::LogWeight { index, value });
            }
        }
        let alive: Vec<usize> = (0..count).filter(|&i| self.log_weights[i] != f64::NEG_INFINITY).collect();
        if alive.is_empty() {
            return Err(KernelError::AllDead { count });
        }
        match alive.iter().find(|&&i| !self.point(i).iter().all(|x| x.is_finite())) {
            Some(&index) => {
                Err(KernelError::Position { what: "source", index, position: self.point(index).to_vec() })
            }
            None => Ok(alive),
        }
    }

    pub(super) fn point(&self, index: usize) -> &'a [f64] {
        &self.points[index * self.dimension..][..self.dimension]
    }
}
