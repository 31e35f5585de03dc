//! What a program does that depends on `wfr`: a scheme, a potential and an equation of its own.
#![allow(confusable_idents, mixed_script_confusables, uncommon_codepoints)]

use wfr::algebra::{Real, Scalar, add_combination};
use wfr::model::CustomPotential;
use wfr::schemes::{Claims, NoiseClass, OneStep, Sde, Step};

/// Heun's scheme, X' = X + ½h(b(X) + b(X̄)) + √h σξ with X̄ = X + hb + √h σξ: order 2 for additive noise.
pub struct OwnHeun {
    /// What it calls itself.
    pub name: &'static str,
    /// Whether the predictor has the noise; without it, the order is 1.
    pub noisy: bool,
}

impl OneStep for OwnHeun {
    fn claims(&self) -> Claims {
        let noise = NoiseClass::Additive;
        Claims { name: self.name, weak_order: 2, noise, work_vectors: 4, ..Claims::default() }
    }

    fn step<S: Scalar>(
        &self,
        sde: &(impl Sde<S> + ?Sized),
        step: &Step<S>,
        x: &mut [S],
        noise: &[S],
        work: &mut [S],
    ) {
        let d = x.len();
        let (b, work) = work.split_at_mut(d);
        let (σξ, work) = work.split_at_mut(d);
        let (x_bar, b_bar) = work.split_at_mut(d);
        sde.drift(&step.t, x, b);
        sde.diffuse(&step.t, x, noise, σξ);
        x_bar.clone_from_slice(x);
        add_combination(x_bar, [(&step.h, b)]);
        if self.noisy {
            add_combination(x_bar, [(&step.sqrt_h, σξ)]);
        }
        sde.drift(&step.end(), x_bar, b_bar);
        let half = S::ratio(1, 2) * step.h.clone();
        add_combination(x, [(&half, b), (&half, b_bar), (&step.sqrt_h, σξ)]);
    }
}

/// V(x, y) = x²/2 + log cosh(y).
#[derive(Debug)]
pub struct Valley;

impl CustomPotential for Valley {
    fn value(&self, x: &[f64]) -> f64 {
        0.5 * x[0] * x[0] + x[1].cosh().ln()
    }
    fn gradient(&self, x: &[f64], out: &mut [f64]) {
        out[0] = x[0];
        out[1] = x[1].tanh();
    }
}

/// The same with the wrong sign in one slope.
#[derive(Debug)]
pub struct WrongValley;

impl CustomPotential for WrongValley {
    fn value(&self, x: &[f64]) -> f64 {
        Valley.value(x)
    }
    fn gradient(&self, x: &[f64], out: &mut [f64]) {
        Valley.gradient(x, out);
        out[1] = -out[1];
    }
}

/// dX = −X dt + √2 dW, killed at rate 1: the mass at time t is e^{−t}.
pub struct Killed;

impl<R: Real> Sde<R> for Killed {
    fn dimension(&self) -> usize {
        1
    }
    fn noise_dimension(&self) -> usize {
        1
    }
    fn drift(&self, _t: &R, x: &[R], out: &mut [R]) {
        out[0] = -x[0];
    }
    fn diffuse(&self, _t: &R, _x: &[R], noise: &[R], out: &mut [R]) {
        out[0] = R::constant(std::f64::consts::SQRT_2) * noise[0];
    }
    fn rate(&self, _t: &R, _x: &[R]) -> R {
        R::one()
    }
}
