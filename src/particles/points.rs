use super::Population;
use crate::algebra::Lanes;

/// Weighted particles as plain numbers, in their order.
#[derive(Clone, Debug, PartialEq)]
pub struct Points {
    /// Dimension d of the state: positions, and momenta if there are any.
    pub dimension: usize,
    /// Coordinates, N·d of them, particle after particle.
    pub positions: Vec<f64>,
    /// Logarithms of the weights, N of them; the mean weight estimates the normaliser. −∞ for a particle that died.
    pub log_weights: Vec<f64>,
    /// For each particle, the number of the one at time 0 from which it descends.
    pub ancestors: Vec<u32>,
}

impl Population {
    /// The particles with their weights of all times.
    pub fn particles(&self) -> Points {
        let dimension = self.ensemble.dimension();
        Points {
            dimension,
            positions: self.ensemble.points(dimension, |x: &[Lanes], out| out.copy_from_slice(x)),
            log_weights: self.whole_log_weights(),
            ancestors: self.ensemble.ancestors(),
        }
    }
}
