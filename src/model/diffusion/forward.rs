use crate::model::{Component, Expression, GaussianMixture, Program, Variable};

/// Panels of the quadrature of β, each with the three points of Gauss and Legendre: exact for polynomials of degree 5, and
/// to rounding for schedules that vary on the scale of the horizon.
const PANELS: usize = 128;

/// A forward diffusion dX = f dτ + g dW of OU type, from the data at τ = 0 to noise (Song et al. 2021, arXiv 2011.13456).
#[derive(Clone, Debug)]
pub enum Forward {
    /// dX = −½β(τ)X dτ + √β(τ) dW.
    VariancePreserving {
        /// β.
        schedule: Schedule,
    },
    /// dX = √(dσ²/dτ) dW.
    VarianceExploding {
        /// σ.
        schedule: Schedule,
    },
}

/// A function of τ with its derivative.
#[derive(Clone, Debug)]
pub struct Schedule {
    program: Program,
    constant: bool,
}

impl Schedule {
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

/// What the forward diffusion has done by τ: X_τ = scale · X₀ + √variance · ξ.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Noising {
    /// Factor of the data.
    pub scale: f64,
    /// Variance of the noise.
    pub variance: f64,
    /// k in f = −k x.
    pub pull: f64,
    /// g².
    pub noise: f64,
}

impl Forward {
    /// The diffusion at τ.
    pub fn noising(&self, τ: f64) -> Noising {
        match self {
            Self::VariancePreserving { schedule } => {
                let ([β, _], integral) = (schedule.at(τ), schedule.integral(τ));
                Noising {
                    scale: (-0.5 * integral).exp(),
                    variance: -(-integral).exp_m1(),
                    pull: 0.5 * β,
                    noise: β,
                }
            }
            Self::VarianceExploding { schedule } => {
                let ([σ, slope], [start, _]) = (schedule.at(τ), schedule.at(0.0));
                Noising {
                    scale: 1.0, variance: (σ - start) * (σ + start), pull: 0.0, noise: 2.0 * σ * slope
                }
            }
        }
    }

    /// Whether g is plainly constant.
    pub fn constant_noise(&self) -> bool {
        matches!(self, Self::VariancePreserving { schedule } if schedule.constant)
    }
}

impl Noising {
    /// The law of X_τ for a law of X₀.
    ///
    /// # Panics
    /// If the variance is negative: scenarios are checked for schedules that make noise.
    pub fn of(&self, law: &GaussianMixture) -> GaussianMixture {
        let noised = |component: &Component| {
            let square = self.scale * self.scale;
            let mut covariance = component.covariance.clone();
            for (i, row) in covariance.iter_mut().enumerate() {
                row.iter_mut().for_each(|entry| *entry *= square);
                row[i] += self.variance;
            }
            let mean = component.mean.iter().map(|mean| self.scale * mean).collect();
            Component { weight: component.weight, mean, covariance }
        };
        let components = law.components().iter().map(noised).collect();
        GaussianMixture::new(components).expect("noise leaves covariances positive")
    }
}
