use super::{Cloud, GaussianSum, KernelError, LogDensities, Whitening};

/// The kernel density ρ̂(x) = Σ_j W_j N(x; y_j, s²C) of a cloud, with a full covariance C.
///
/// ```
/// use wfr::kernel::{Cloud, KernelDensity, Whitening, effective_sample_size, silverman};
///
/// let points: Vec<f64> = (0..400).flat_map(|i| [f64::from(i).sin(), 10.0 * f64::from(i * i).cos()]).collect();
/// let cloud = Cloud { dimension: 2, points: &points, log_weights: &vec![-(400f64.ln()); 400] };
/// let bandwidth = silverman(2, effective_sample_size(cloud.log_weights));
/// let density = KernelDensity::new(cloud, Whitening::of(cloud)?, bandwidth)?;
/// let log_density = density.log_density(&points, 1e-4)?;
/// assert!(log_density.bound < 1.001e-4);
/// # Ok::<(), wfr::kernel::KernelError>(())
/// ```
pub struct KernelDensity {
    whitening: Whitening,
    sum: GaussianSum,
}

impl KernelDensity {
    /// Takes the cloud, the whitening by C and the bandwidth s in whitened units.
    pub fn new(cloud: Cloud<'_>, whitening: Whitening, bandwidth: f64) -> Result<Self, KernelError> {
        let points = whitening.apply(cloud.points);
        let sum = GaussianSum::new(Cloud { points: &points, ..cloud }, bandwidth * bandwidth)?;
        Ok(Self { whitening, sum })
    }

    /// As [`GaussianSum::log_density`].
    pub fn log_density(&self, targets: &[f64], tolerance: f64) -> Result<LogDensities, KernelError> {
        Ok(self.unwhitened(self.sum.log_density(&self.whitening.apply(targets), tolerance)?))
    }

    /// As [`GaussianSum::leave_one_out`].
    pub fn leave_one_out(&self, tolerance: f64) -> Result<LogDensities, KernelError> {
        Ok(self.unwhitened(self.sum.leave_one_out(tolerance)?))
    }

    fn unwhitened(&self, mut log_density: LogDensities) -> LogDensities {
        let log_determinant = self.whitening.log_determinant();
        for value in &mut log_density.values {
            *value -= log_determinant;
        }
        log_density
    }
}
