use faer::linalg::solvers::{DenseSolveCore, Solve};
use faer::{Col, Mat, Side};

/// A Gaussian law.
#[derive(Clone, Debug)]
pub struct Gaussian {
    /// Mean.
    pub mean: Col<f64>,
    /// Covariance.
    pub covariance: Mat<f64>,
}

/// The WFR gradient flow of KL(·|π) for a Gaussian target, under which a Gaussian stays Gaussian:
/// m' = −(αI + βC) Γ⁻¹ (m − μ),
/// C' = 2αI − α(Γ⁻¹C + CΓ⁻¹) + βC − βCΓ⁻¹C, with π = N(μ, Γ)
/// (Crucinio and Pathiraja, arXiv 2506.05905, for α = β = 1).
#[derive(Clone, Debug)]
pub struct GaussianFlow {
    /// α.
    pub transport: f64,
    /// β.
    pub reaction: f64,
    /// π.
    pub target: Gaussian,
}

/// Steps per unit of time of the fourth-order Runge–Kutta integration: its error is below 1e-12 while the
/// rates α, β and the precisions are of order 10.
const STEPS_PER_TIME: f64 = 4000.0;

impl GaussianFlow {
    /// The law at time `t`, by a fourth-order Runge–Kutta integration of the moment equations.
    ///
    /// # Panics
    /// If the target's covariance is not positive definite.
    pub fn at(&self, start: &Gaussian, t: f64) -> Gaussian {
        let precision = inverse(&self.target.covariance);
        let steps = (STEPS_PER_TIME * t).ceil().max(1.0);
        let h = t / steps;
        let mut now = start.clone();
        for _ in 0..steps as usize {
            let k1 = self.slope(&precision, &now);
            let k2 = self.slope(&precision, &now.moved(0.5 * h, &k1));
            let k3 = self.slope(&precision, &now.moved(0.5 * h, &k2));
            let k4 = self.slope(&precision, &now.moved(h, &k3));
            for (k, weight) in [(k1, 1.0), (k2, 2.0), (k3, 2.0), (k4, 1.0)] {
                now = now.moved(weight * h / 6.0, &k);
            }
        }
        now
    }

    /// (m', C').
    fn slope(&self, precision: &Mat<f64>, law: &Gaussian) -> Gaussian {
        let (α, β) = (self.transport, self.reaction);
        let Gaussian { mean, covariance } = law;
        let identity = Mat::<f64>::identity(mean.nrows(), mean.nrows());
        let pull = precision * (mean - &self.target.mean);
        let pc = precision * covariance;
        Gaussian {
            mean: -(&pull * faer::Scale(α)) - (covariance * &pull) * faer::Scale(β),
            covariance: identity * faer::Scale(2.0 * α) - (&pc + pc.transpose()) * faer::Scale(α)
                + covariance * faer::Scale(β)
                - (covariance * &pc) * faer::Scale(β),
        }
    }

    /// KL(law | π).
    ///
    /// # Panics
    /// If a covariance is not positive definite.
    pub fn relative_entropy(&self, law: &Gaussian) -> f64 {
        let d = law.mean.nrows();
        let precision = inverse(&self.target.covariance);
        let product = &precision * &law.covariance;
        let trace: f64 = (0..d).map(|i| product[(i, i)]).sum();
        let offset = &law.mean - &self.target.mean;
        let distance = offset.transpose() * (&precision * &offset);
        0.5 * (trace + distance - d as f64 - log_determinant(&law.covariance)
            + log_determinant(&self.target.covariance))
    }
}

impl Gaussian {
    /// log density at `x`.
    ///
    /// # Panics
    /// If the covariance is not positive definite.
    pub fn log_density(&self, x: &Col<f64>) -> f64 {
        let offset = x - &self.mean;
        let factor = self.covariance.llt(Side::Lower).expect("a covariance");
        let distance = offset.transpose() * factor.solve(&offset);
        let d = self.mean.nrows() as f64;
        -0.5 * (distance + log_determinant(&self.covariance) + d * (2.0 * std::f64::consts::PI).ln())
    }

    pub(super) fn moved(&self, h: f64, slope: &Self) -> Self {
        Self {
            mean: &self.mean + &slope.mean * faer::Scale(h),
            covariance: &self.covariance + &slope.covariance * faer::Scale(h),
        }
    }
}

fn inverse(matrix: &Mat<f64>) -> Mat<f64> {
    matrix.llt(Side::Lower).expect("a covariance").inverse()
}

fn log_determinant(matrix: &Mat<f64>) -> f64 {
    let factor = matrix.llt(Side::Lower).expect("a covariance");
    (0..matrix.nrows()).map(|i| 2.0 * factor.L()[(i, i)].ln()).sum()
}
