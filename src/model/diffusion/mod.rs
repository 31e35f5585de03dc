//! Score-based diffusion run backwards, with Feynman–Kac correctors.
//!
//! [`Forward`] takes a data law to noise, [`ReverseDiffusion`] names the target that is made from the reversed laws, and
//! [`ReversedEquation`] is the weighted equation that particles follow, the formulas of which are those of
//! [`crate::schemes::Reversal`]. [`Improper`] says which targets are no probabilities.

mod damping;
mod equation;
mod forward;
mod tails;

pub use equation::ReversedEquation;
pub use forward::{Forward, NoiseSchedule, Noising};
pub use tails::Improper;

use super::{Component, GaussianMixture, Potential, Program};
use crate::algebra::Real;
use crate::schemes::NoiseClass;

/// Noise levels at which a law is looked at, closer to each other near the data.
const LEVELS: u32 = 32;

/// The path of targets p_τ ∝ Π qᵢ(τ)^βᵢ · e^{c(τ) r}, followed from the noise level τ = T to the data, τ = 0. qᵢ(τ) are the
/// laws that the forward diffusion makes of the data laws qᵢ. Time runs with the paths, t = T − τ.
///
/// One factor with β = 1 is generation, β > 1 annealing, several are a product, and powers 1 − w and w of an unconditional
/// and a conditional law are classifier-free guidance.
#[derive(Clone, Debug)]
pub struct ReverseDiffusion {
    /// The forward diffusion.
    pub forward: Forward,
    /// (βᵢ, qᵢ) of the data.
    pub factors: Vec<(f64, GaussianMixture)>,
    /// The reward, if there is one.
    pub reward: Option<Reward>,
    /// ζ ≥ 0: noise √ζ g. 1 is the reversed diffusion, 0 the probability flow.
    pub churn: f64,
    /// Whether the paths carry the weights that make p_τ their law; without them they are the usual heuristic.
    pub corrected: bool,
    /// β ≥ 0 of a reaction −βρ(log(ρ/p) − ⟨…⟩) of the law of the paths beside them. With the weights of the correction,
    /// which carry the mass of the target, it is −βρ log(ρ/p) without the mean.
    pub reaction: f64,
    /// The p of the reaction.
    pub toward: Toward,
    /// T.
    pub horizon: f64,
    /// The law of the paths at the noise level T. Corrected paths are weighted by p_T over it.
    pub start: GaussianMixture,
}

/// What the reaction of a reverse diffusion pulls the law of the paths to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Toward {
    /// p_τ, the target at the noise level of the moment. Corrected paths from p_T have that law, with the reaction as
    /// without it; others are pulled back to it.
    #[default]
    Marginal,
    /// p_0, the target at the data, from the start on.
    Data,
}

impl Toward {
    /// Every choice that a scenario can name.
    pub const ALL: [Self; 2] = [Self::Marginal, Self::Data];

    /// The name that scenarios use.
    pub fn name(self) -> &'static str {
        match self {
            Self::Marginal => "marginal",
            Self::Data => "data",
        }
    }
}

/// A reward r(x), which comes in as c(τ) r.
#[derive(Clone, Debug)]
pub struct Reward {
    /// r, in the place of a potential.
    pub value: Potential,
    /// c and dc/dτ as formulas of τ.
    pub share: Program,
}

/// Π qᵢ^βᵢ · e^{c r} at one noise level, not normalised.
#[derive(Clone, Debug)]
pub struct Target<'a> {
    /// (βᵢ, qᵢ).
    pub factors: Vec<(f64, GaussianMixture)>,
    reward: Option<(f64, &'a Potential)>,
}

impl Target<'_> {
    /// Σβᵢ log qᵢ + c r at x.
    pub fn log_density<R: Real>(&self, x: &[R]) -> R {
        let mut sum = R::zero();
        for (power, law) in &self.factors {
            sum += R::constant(*power) * law.log_density(x);
        }
        if let Some((share, reward)) = self.reward {
            sum += R::constant(share) * reward.value(x);
        }
        sum
    }
}

impl ReverseDiffusion {
    /// Dimension d of the data, with their velocities if they have some.
    pub fn dimension(&self) -> usize {
        self.start.dimension()
    }

    /// The equation of the paths.
    pub fn equation(&self) -> ReversedEquation<'_> {
        ReversedEquation::new(self)
    }

    /// The law at the noise level T that paths start from where none is given: p_T itself where it is a mixture in closed
    /// form, else the Gaussian of precision Σβᵢ Cᵢ⁻¹ and matching mean, Cᵢ the covariance of qᵢ(T). `None` if that is none.
    pub fn usual_start(&self) -> Option<GaussianMixture> {
        let factors = self.factors_at(self.horizon);
        let tilted = self.reward_share(self.horizon)[0] != 0.0;
        if let Some((start, _)) = GaussianMixture::power_product(&factors).filter(|_| !tilted) {
            return Some(start);
        }
        let matched = |(power, law): &(f64, GaussianMixture)| {
            let component = Component { weight: 1.0, mean: law.mean(), covariance: law.covariance() };
            Some((*power, GaussianMixture::new(vec![component]).ok()?))
        };
        let gaussians: Option<Vec<_>> = factors.iter().map(matched).collect();
        GaussianMixture::power_product(&gaussians?).map(|(start, _)| start)
    }

    /// (βᵢ, qᵢ(τ)).
    pub fn factors_at(&self, τ: f64) -> Vec<(f64, GaussianMixture)> {
        let noising = self.forward.noising(τ);
        self.factors.iter().map(|(power, law)| (*power, noising.of(law))).collect()
    }

    /// The first of some noise levels at which rounding leaves no law, if there is one.
    pub fn lost(&self) -> Option<f64> {
        let levels = (0..=LEVELS).map(|k| self.horizon * (f64::from(k) / f64::from(LEVELS)).powi(2));
        let lost = |τ: &f64| {
            let noising = self.forward.noising(*τ);
            self.factors.iter().any(|(_, law)| noising.noised(law).is_err())
        };
        levels.into_iter().find(lost)
    }

    /// (c, dc/dτ); 0 without a reward.
    pub fn reward_share(&self, τ: f64) -> [f64; 2] {
        let mut out = [0.0; 2];
        if let Some(reward) = &self.reward {
            reward.share.evaluate(τ, &[], &mut out);
        }
        out
    }

    /// p_τ.
    pub fn target(&self, τ: f64) -> Target<'_> {
        let reward = self.reward.as_ref().map(|reward| (self.reward_share(τ)[0], &reward.value));
        Target { factors: self.factors_at(τ), reward }
    }

    /// Constant if g is, or if there is no noise.
    pub fn noise(&self) -> NoiseClass {
        if self.churn == 0.0 || self.forward.constant_noise() {
            NoiseClass::Additive
        } else {
            NoiseClass::Commutative
        }
    }
}
