use super::{Noising, ReverseDiffusion, Target, Toward};
use crate::algebra::Real;
use crate::model::{Reactive, implicit};
use crate::schemes::{Implicit, Reversal, Sde};
use std::collections::HashMap;
use std::sync::{Arc, RwLock};

/// The weighted equation of a [`ReverseDiffusion`], in the time t = T − τ of its paths.
///
/// Laws at a noise level serve all particles and both stages of a step, so those that were needed are kept.
pub struct ReversedEquation<'a> {
    flow: &'a ReverseDiffusion,
    levels: RwLock<HashMap<u64, Arc<Level<'a>>>>,
}

/// What the coefficients are made of at one noise level.
struct Level<'a> {
    target: Target<'a>,
    noising: Noising,
    /// c and ∂_t c = −dc/dτ.
    share: [f64; 2],
}

impl<'a> ReversedEquation<'a> {
    pub(super) fn new(flow: &'a ReverseDiffusion) -> Self {
        Self { flow, levels: RwLock::default() }
    }

    fn level(&self, t: f64) -> Arc<Level<'a>> {
        let key = t.to_bits();
        let known = self.levels.read().ok().and_then(|levels| levels.get(&key).cloned());
        known.unwrap_or_else(|| {
            // The last step ends at T up to rounding.
            let τ = (self.flow.horizon - t).max(0.0);
            let [c, slope] = self.flow.reward_share(τ);
            let level = Arc::new(Level {
                target: self.flow.target(τ),
                noising: self.flow.forward.noising(τ),
                share: [c, -slope],
            });
            if let Ok(mut levels) = self.levels.write() {
                levels.insert(key, level.clone());
            }
            level
        })
    }

    /// D = ½ζg² of the paths at t; 0 with velocities, where positions have no noise.
    pub fn diffusivity(&self, t: f64) -> f64 {
        if self.flow.forward.kinetic() { 0.0 } else { 0.5 * self.flow.churn * self.level(t).noising.noise }
    }

    /// V of the motion at t as a gradient flow, drift = −D∇V with [`Self::diffusivity`] D > 0: as f = Ax,
    /// V = A|x|²/(ζg²) − (1 + 1/ζ) Σβᵢ log qᵢ − c r.
    pub fn potential<R: Real>(&self, t: f64, x: &[R]) -> R {
        let level = self.level(t);
        let ζ = self.flow.churn;
        let square = x.iter().fold(R::zero(), |sum, x| sum + *x * *x);
        let mut v = R::constant(level.noising.drift[0] / (ζ * level.noising.noise)) * square;
        for (power, law) in &level.target.factors {
            v += R::constant(-(1.0 + 1.0 / ζ) * power) * law.log_density(x);
        }
        if let Some(reward) = &self.flow.reward {
            v += R::constant(-level.share[0]) * reward.value.value(x);
        }
        v
    }

    /// What `read` makes of the parts of drift and growth at x.
    fn reversal<R: Real, T>(&self, level: &Level<'_>, x: &[R], read: impl FnOnce(Reversal<'_, R>) -> T) -> T {
        let (d, noising, factors) = (x.len(), &level.noising, &level.target.factors);
        // One array for all: those of many lanes are slow to come by.
        let mut parts = vec![R::zero(); (3 + factors.len()) * d + factors.len()];
        let (forward, rest) = parts.split_at_mut(d);
        let (noise, rest) = rest.split_at_mut(d);
        let (tilt, rest) = rest.split_at_mut(d);
        let (powers, scores) = rest.split_at_mut(factors.len());
        noising.forward(x, forward);
        for (i, noise) in noise.iter_mut().enumerate() {
            *noise = R::constant(if noising.drives(i, d) { noising.noise } else { 0.0 });
        }
        for (((value, law), power), score) in factors.iter().zip(&mut *powers).zip(scores.chunks_exact_mut(d))
        {
            *power = R::constant(*value);
            law.score(x, score);
        }
        let mut tilt_rate = R::zero();
        if let Some(reward) = &self.flow.reward {
            let [c, rise] = level.share;
            reward.value.gradient(x, tilt);
            for slope in &mut *tilt {
                *slope = R::constant(c) * *slope;
            }
            tilt_rate = R::constant(rise) * reward.value.value(x);
        }
        let (divergence, churn) = (R::constant(noising.divergence(d)), R::constant(self.flow.churn));
        R::evaluate(
            #[inline(always)]
            || read(Reversal { forward, divergence, noise, churn, powers, scores, tilt, tilt_rate }),
        )
    }
}

impl Reactive for ReversedEquation<'_> {
    fn reaction(&self) -> f64 {
        self.flow.reaction
    }
    /// −log p at the noise level of the moment, or of the data.
    fn aim<R: Real>(&self, t: f64, x: &[R]) -> R {
        let level = self.level(match self.flow.toward {
            Toward::Marginal => t,
            Toward::Data => self.flow.horizon,
        });
        -level.target.log_density(x)
    }
}

impl<R: Real> Sde<R> for ReversedEquation<'_> {
    fn dimension(&self) -> usize {
        self.flow.dimension()
    }
    fn noise_dimension(&self) -> usize {
        self.flow.dimension() / self.flow.forward.block()
    }
    fn drift(&self, t: &R, x: &[R], out: &mut [R]) {
        self.reversal(
            &self.level(t.first()),
            x,
            #[inline(always)]
            |parts| parts.drift(out),
        );
    }
    fn diffuse(&self, t: &R, _x: &[R], noise: &[R], out: &mut [R]) {
        let σ = R::constant((self.flow.churn * self.level(t.first()).noising.noise).sqrt());
        let (quiet, driven) = out.split_at_mut(out.len() - noise.len());
        quiet.fill(R::zero());
        for (out, ξ) in driven.iter_mut().zip(noise) {
            R::evaluate(
                #[inline(always)]
                || out.assign_zip(&σ, ξ, |σ, ξ| σ * ξ),
            );
        }
    }
    fn rate(&self, t: &R, x: &[R]) -> R {
        if !self.flow.corrected {
            return R::zero();
        }
        -self.reversal(
            &self.level(t.first()),
            x,
            #[inline(always)]
            |parts| parts.growth(),
        )
    }
    fn log_start_weight(&self, x: &[R]) -> Option<R> {
        let target = || self.flow.target(self.flow.horizon).log_density(x);
        self.flow.corrected.then(|| target() - self.flow.start.log_density(x))
    }
    fn has_code(&self) -> bool {
        self.flow.reward.as_ref().is_some_and(|reward| reward.value.has_code())
    }
    fn implicit(&self) -> Option<&dyn Implicit<R>> {
        Some(self)
    }
}

impl<R: Real> Implicit<R> for ReversedEquation<'_> {
    fn solve_implicit(&self, t: &R, κ: &R, known: &[R], y: &mut [R]) {
        let level = self.level(t.first());
        let (d, noising) = (y.len(), &level.noising);
        // The drift is linear in x, in the scores and in the slope of the reward.
        let jacobian = |x: &[R], out: &mut [R]| {
            let mut part = vec![R::zero(); d * d];
            for (place, out) in out.iter_mut().enumerate() {
                *out = R::constant(-noising.slope(place / d, place % d, d));
            }
            let mut add = |part: &[R], factor: f64| {
                for (place, (out, part)) in out.iter_mut().zip(part).enumerate() {
                    if noising.drives(place / d, d) {
                        *out += R::constant(factor) * *part;
                    }
                }
            };
            for (power, law) in &level.target.factors {
                law.log_density_hessian(x, &mut part);
                add(&part, 0.5 * (1.0 + self.flow.churn) * noising.noise * power);
            }
            if let Some(reward) = &self.flow.reward {
                reward.value.hessian(x, &mut part);
                add(&part, 0.5 * self.flow.churn * noising.noise * level.share[0]);
            }
        };
        let drift = |x: &[R], out: &mut [R]| self.reversal(&level, x, |parts| parts.drift(out));
        implicit::newton(*κ, known, y, drift, jacobian);
    }
}
