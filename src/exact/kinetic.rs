use super::Gaussian;
use crate::model::ReactionReads;
use faer::linalg::solvers::DenseSolveCore;
use faer::{Col, Mat, Side};

/// Underdamped dynamics in V = (q − μ)ᵀK(q − μ)/2 with a WFR reaction, under which a Gaussian N(m, C) of (q, p) stays one:
/// m' = A(m − (μ, 0)) − βC∇s(m), C' = AC + CAᵀ + Q − βC∇²s C, with the drift A = [[0, I], [−K, −γI]] about (μ, 0), Q = diag(0, 2γI),
/// and s = log(ρ/π) of what the reaction reads: ∇²s = Γ⁻¹ − C⁻¹ with Γ = diag(K⁻¹, I) for the joint law, and the same of
/// the positions' blocks, with zeros elsewhere, for their marginal law.
#[derive(Clone, Debug)]
pub struct KineticGaussianFlow {
    /// μ.
    pub centre: Col<f64>,
    /// K, positive definite.
    pub stiffness: Mat<f64>,
    /// γ.
    pub friction: f64,
    /// β.
    pub reaction: f64,
    /// What the reaction reads.
    pub reads: ReactionReads,
}

/// Steps per unit of time of the fourth-order Runge–Kutta integration: its error is below 1e-12 while the rates are of
/// order 1.
const STEPS_PER_TIME: f64 = 4000.0;

impl KineticGaussianFlow {
    /// The law of (q, p) at time `t`, by fourth-order Runge–Kutta steps.
    ///
    /// # Panics
    /// If a covariance is not positive definite.
    pub fn at(&self, start: &Gaussian, t: f64) -> Gaussian {
        let steps = (STEPS_PER_TIME * t).ceil().max(1.0);
        let h = t / steps;
        let mut now = start.clone();
        for _ in 0..steps as usize {
            let k1 = self.slope(&now);
            let k2 = self.slope(&now.moved(0.5 * h, &k1));
            let k3 = self.slope(&now.moved(0.5 * h, &k2));
            let k4 = self.slope(&now.moved(h, &k3));
            for (k, weight) in [(k1, 1.0), (k2, 2.0), (k3, 2.0), (k4, 1.0)] {
                now = now.moved(weight * h / 6.0, &k);
            }
        }
        now
    }

    /// The invariant law N((μ, 0), diag(K⁻¹, I)).
    pub fn target(&self) -> Gaussian {
        let d = self.centre.nrows();
        let inverse = self.stiffness.llt(Side::Lower).expect("a stiffness").inverse();
        Gaussian {
            mean: Col::from_fn(2 * d, |i| if i < d { self.centre[i] } else { 0.0 }),
            covariance: Mat::from_fn(2 * d, 2 * d, |i, j| match (i < d, j < d) {
                (true, true) => inverse[(i, j)],
                (false, false) if i == j => 1.0,
                _ => 0.0,
            }),
        }
    }

    /// (m', C').
    fn slope(&self, law: &Gaussian) -> Gaussian {
        let d = self.centre.nrows();
        let (γ, β) = (self.friction, self.reaction);
        let drift = Mat::from_fn(2 * d, 2 * d, |i, j| match (i < d, j < d) {
            (true, true) => 0.0,
            (true, false) => f64::from(u8::from(j == i + d)),
            (false, true) => -self.stiffness[(i - d, j)],
            (false, false) => {
                if i == j {
                    -γ
                } else {
                    0.0
                }
            }
        });
        let noise = Mat::from_fn(2 * d, 2 * d, |i, j| if i == j && i >= d { 2.0 * γ } else { 0.0 });
        let read = match self.reads {
            ReactionReads::Joint => 2 * d,
            ReactionReads::Marginal => d,
        };
        let precision = |i: usize, j: usize| match (i < d, j < d) {
            (true, true) => self.stiffness[(i, j)],
            (false, false) if i == j => 1.0,
            _ => 0.0,
        };
        let own =
            law.covariance.submatrix(0, 0, read, read).llt(Side::Lower).expect("a covariance").inverse();
        let curvature = Mat::from_fn(2 * d, 2 * d, |i, j| {
            if i < read && j < read { precision(i, j) - own[(i, j)] } else { 0.0 }
        });
        let offset = Col::from_fn(2 * d, |i| law.mean[i] - if i < d { self.centre[i] } else { 0.0 });
        let gradient = Col::from_fn(2 * d, |i| {
            if i < read { (0..read).map(|j| precision(i, j) * offset[j]).sum() } else { 0.0 }
        });
        let c = &law.covariance;
        let flow = &drift * c;
        Gaussian {
            mean: &drift * &offset - (c * &gradient) * faer::Scale(β),
            covariance: &flow + flow.transpose() + noise - (c * &curvature * c) * faer::Scale(β),
        }
    }
}
