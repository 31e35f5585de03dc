use super::{Cloud, KernelError};

/// The linear map L⁻¹ with LLᵀ = C, after which data of covariance C have covariance I.
#[derive(Clone, Debug)]
pub struct Whitening {
    dimension: usize,
    /// L, row by row.
    factor: Vec<f64>,
}

impl Whitening {
    /// The Cholesky factor of a covariance, row by row.
    pub fn new(dimension: usize, covariance: &[f64]) -> Result<Self, KernelError> {
        let (d, expected) = (dimension, dimension * dimension);
        if covariance.len() != expected {
            return Err(KernelError::Shape { what: "the covariance", found: covariance.len(), expected });
        }
        let mut factor = vec![0.0; expected];
        for row in 0..d {
            for column in 0..=row {
                let inner: f64 = (0..column).map(|k| factor[row * d + k] * factor[column * d + k]).sum();
                let rest = covariance[row * d + column] - inner;
                if row != column {
                    factor[row * d + column] = rest / factor[column * d + column];
                } else if rest.is_finite() && rest > 1e-14 * covariance[row * d + row] {
                    // Smaller pivots are rounding of a singular matrix.
                    factor[row * d + row] = rest.sqrt();
                } else {
                    return Err(KernelError::Covariance { row, pivot: rest });
                }
            }
        }
        Ok(Self { dimension, factor })
    }

    /// The map that changes nothing.
    pub fn identity(dimension: usize) -> Self {
        let entry = |place: usize| f64::from(u8::from(place / dimension == place % dimension));
        Self { dimension, factor: (0..dimension * dimension).map(entry).collect() }
    }

    /// That of the weighted covariance of the cloud.
    pub fn of(cloud: Cloud<'_>) -> Result<Self, KernelError> {
        Self::new(cloud.dimension, &covariance(cloud)?)
    }

    /// L⁻¹x for each of the points, by forward substitution.
    pub fn apply(&self, points: &[f64]) -> Vec<f64> {
        let d = self.dimension;
        let mut out = points.to_vec();
        for z in out.chunks_exact_mut(d) {
            for row in 0..d {
                let inner: f64 = (0..row).map(|k| self.factor[row * d + k] * z[k]).sum();
                z[row] = (z[row] - inner) / self.factor[row * d + row];
            }
        }
        out
    }

    /// log det L: densities in the whitened coordinates are those of the data times det L.
    pub fn log_determinant(&self) -> f64 {
        (0..self.dimension).map(|i| self.factor[i * self.dimension + i].ln()).sum()
    }
}

/// The mean m = Σ W y and the covariance Σ W (y − m)(y − m)ᵀ, row by row, with weights of sum 1.
pub fn moments(cloud: Cloud<'_>) -> Result<(Vec<f64>, Vec<f64>), KernelError> {
    let (d, alive) = (cloud.dimension, cloud.alive()?);
    let largest = alive.iter().map(|&i| cloud.log_weights[i]).fold(f64::NEG_INFINITY, f64::max);
    let weights: Vec<f64> = alive.iter().map(|&i| (cloud.log_weights[i] - largest).exp()).collect();
    let total: f64 = weights.iter().sum();
    let mut mean = vec![0.0; d];
    for (w, &i) in weights.iter().zip(&alive) {
        for (mean, y) in mean.iter_mut().zip(cloud.point(i)) {
            *mean += w * y;
        }
    }
    mean.iter_mut().for_each(|mean| *mean /= total);
    let (mut covariance, mut offset) = (vec![0.0; d * d], vec![0.0; d]);
    for (w, &i) in weights.iter().zip(&alive) {
        for ((offset, y), mean) in offset.iter_mut().zip(cloud.point(i)).zip(&mean) {
            *offset = y - mean;
        }
        for (row, a) in covariance.chunks_exact_mut(d).zip(&offset) {
            for (entry, b) in row.iter_mut().zip(&offset) {
                *entry += w * (a * b);
            }
        }
    }
    covariance.iter_mut().for_each(|entry| *entry /= total);
    Ok((mean, covariance))
}

/// The covariance of [`moments`].
pub fn covariance(cloud: Cloud<'_>) -> Result<Vec<f64>, KernelError> {
    Ok(moments(cloud)?.1)
}
