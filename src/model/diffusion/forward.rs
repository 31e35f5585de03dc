use super::damping;
use crate::algebra::Real;
use crate::model::{Component, Expression, GaussianMixture, MixtureError, Program, Variable};

/// Panels of the quadrature of β, each with the three points of Gauss and Legendre: exact for polynomials of degree 5, and
/// to rounding for schedules that vary on the scale of the horizon.
const PANELS: usize = 128;

/// A forward diffusion dX = f dτ + g dW of OU type, from the data at τ = 0 to noise (Song et al. 2021, arXiv 2011.13456).
#[derive(Clone, Debug)]
pub enum Forward {
    /// dX = −½β(τ)X dτ + √β(τ) dW.
    VariancePreserving {
        /// β.
        schedule: NoiseSchedule,
    },
    /// dX = √(dσ²/dτ) dW.
    VarianceExploding {
        /// σ.
        schedule: NoiseSchedule,
    },
    /// dX = β(τ)V dτ, dV = −β(τ)(X + γV) dτ + √(2γβ(τ)) dW: data with velocities, which alone feel the noise; N(0, I) stays
    /// (Dockhorn, Vahdat and Kreis 2022, arXiv 2112.07068, for the mass 1; critically damped at γ = 2).
    Kinetic {
        /// β.
        schedule: NoiseSchedule,
        /// γ > 0.
        friction: f64,
    },
}

/// A function of τ with its derivative.
#[derive(Clone, Debug)]
pub struct NoiseSchedule {
    program: Program,
    constant: bool,
}

impl NoiseSchedule {
    /// The function that the formula is of t.
    pub fn new(formula: &Expression) -> Self {
        let slope = formula.derivative(Variable::Time);
        Self {
            program: Program::compile(&[formula.clone(), slope]),
            constant: !formula.depends_on(Variable::Time),
        }
    }

    /// (value, derivative) at τ.
    pub fn at(&self, τ: f64) -> [f64; 2] {
        let mut out = [0.0; 2];
        self.program.evaluate(τ, &[], &mut out);
        out
    }

    /// ∫₀^τ.
    fn integral(&self, τ: f64) -> f64 {
        let h = τ / PANELS as f64;
        let node = 0.6f64.sqrt();
        let panel = |k: usize| {
            let middle = (k as f64 + 0.5) * h;
            let at = |place: f64| self.at(middle + 0.5 * h * place)[0];
            h * (5.0 * (at(-node) + at(node)) + 8.0 * at(0.0)) / 18.0
        };
        if self.constant { τ * self.at(0.0)[0] } else { (0..PANELS).map(panel).sum() }
    }
}

/// What the forward diffusion has done by τ to every coordinate of the data, b = 1, or with its velocity behind it, b = 2:
/// Z_τ = Φ Z₀ + ξ, ξ ~ N(0, Σ). All positions come first in a state, then all velocities.
#[derive(Clone, Debug, PartialEq)]
pub struct Noising {
    /// Φ, row by row.
    pub transfer: Vec<f64>,
    /// Σ, row by row.
    pub covariance: Vec<f64>,
    /// A in f = A z, row by row.
    pub drift: Vec<f64>,
    /// g² of the noise, which drives the last of the b.
    pub noise: f64,
}

impl Forward {
    /// The diffusion at τ.
    pub fn noising(&self, τ: f64) -> Noising {
        match self {
            Self::VariancePreserving { schedule } => {
                let ([β, _], integral) = (schedule.at(τ), schedule.integral(τ));
                Noising {
                    transfer: vec![(-0.5 * integral).exp()],
                    covariance: vec![-(-integral).exp_m1()],
                    drift: vec![-0.5 * β],
                    noise: β,
                }
            }
            Self::VarianceExploding { schedule } => {
                let ([σ, slope], [start, _]) = (schedule.at(τ), schedule.at(0.0));
                Noising {
                    transfer: vec![1.0],
                    covariance: vec![(σ - start) * (σ + start)],
                    drift: vec![0.0],
                    noise: 2.0 * σ * slope,
                }
            }
            Self::Kinetic { schedule, friction } => {
                let ([β, _], integral) = (schedule.at(τ), schedule.integral(τ));
                let transfer = damping::transfer(*friction, integral);
                Noising {
                    covariance: damping::spread(&transfer).to_vec(),
                    transfer: transfer.to_vec(),
                    drift: vec![0.0, β, -β, -friction * β],
                    noise: 2.0 * friction * β,
                }
            }
        }
    }

    /// Whether data have velocities.
    pub fn kinetic(&self) -> bool {
        matches!(self, Self::Kinetic { .. })
    }

    /// b of its [`Noising`].
    pub fn block(&self) -> usize {
        if self.kinetic() { 2 } else { 1 }
    }

    /// Whether g is plainly constant.
    pub fn constant_noise(&self) -> bool {
        match self {
            Self::VariancePreserving { schedule } | Self::Kinetic { schedule, .. } => schedule.constant,
            Self::VarianceExploding { .. } => false,
        }
    }
}

impl Noising {
    /// b.
    fn block(&self) -> usize {
        self.drift.len().isqrt()
    }

    /// Writes f(x).
    pub fn forward<R: Real>(&self, x: &[R], out: &mut [R]) {
        let b = self.block();
        let n = x.len() / b;
        for (i, out) in out.iter_mut().enumerate() {
            for (s, factor) in self.drift[i / n * b..][..b].iter().enumerate() {
                let (factor, x) = (R::constant(*factor), &x[s * n + i % n]);
                R::evaluate(
                    #[inline(always)]
                    || out.add_product(&factor, x),
                );
            }
        }
    }

    /// ∂fᵢ/∂xⱼ in `d` dimensions.
    pub fn slope(&self, i: usize, j: usize, d: usize) -> f64 {
        self.entry(&self.drift, i, j, d)
    }

    /// Entry of the matrix that acts on every coordinate, with its velocity, by `block`, b × b, and on no two together.
    fn entry(&self, block: &[f64], i: usize, j: usize, d: usize) -> f64 {
        let b = self.block();
        let n = d / b;
        if i % n == j % n { block[i / n * b + j / n] } else { 0.0 }
    }

    /// ∇·f in `d` dimensions.
    pub fn divergence(&self, d: usize) -> f64 {
        let b = self.block();
        (0..b).map(|r| self.drift[r * b + r]).sum::<f64>() * (d / b) as f64
    }

    /// Whether the noise drives component `i` of `d`.
    pub fn drives(&self, i: usize, d: usize) -> bool {
        i >= d - d / self.block()
    }

    /// The law of Z_τ for a law of Z₀.
    ///
    /// # Panics
    /// If Σ is not positive: scenarios are checked for schedules that make noise, and for [`Self::noised`].
    pub fn of(&self, law: &GaussianMixture) -> GaussianMixture {
        self.noised(law).expect("noise leaves covariances positive")
    }

    /// [`Self::of`].
    ///
    /// # Errors
    /// If rounding takes the covariance: beside very large ones, the noise is lost.
    pub fn noised(&self, law: &GaussianMixture) -> Result<GaussianMixture, MixtureError> {
        let (b, d) = (self.block(), law.dimension());
        let n = d / b;
        let noised = |component: &Component| {
            let entry = |i: usize, j: usize| {
                let sum: f64 = (0..b * b)
                    .map(|k| {
                        let (r, s) = (k / b, k % b);
                        let factor = self.transfer[i / n * b + r] * self.transfer[j / n * b + s];
                        component.covariance[r * n + i % n][s * n + j % n] * factor
                    })
                    .sum();
                sum + self.entry(&self.covariance, i, j, d)
            };
            let mean = |i: usize| {
                (0..b).map(|r| self.transfer[i / n * b + r] * component.mean[r * n + i % n]).sum::<f64>()
            };
            Component {
                weight: component.weight,
                mean: (0..d).map(mean).collect(),
                covariance: (0..d).map(|i| (0..d).map(|j| entry(i, j)).collect()).collect(),
            }
        };
        let components = law.components().iter().map(noised).collect();
        GaussianMixture::new(components)
    }
}
