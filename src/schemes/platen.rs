use super::{NoiseClass, OneStep, Sde, Step};
use crate::algebra::{Scalar, add_scaled};

/// X̄ = X + h b(t, X) + √h σ ξ,  X' = X + ½ h (b(t, X) + b(t + h, X̄)) + √h σ ξ.
///
/// Platen's explicit weak-order-2 scheme; its difference quotients of σ vanish for additive
/// noise, and what is left is Heun's method with the noise inside the predictor.
pub struct Platen;

impl OneStep for Platen {
    const NAME: &'static str = "platen";
    const REFERENCE: &'static str = "Kloeden and Platen 1992, equation (15.1.3)";
    const WEAK_ORDER: u32 = 2;
    const NOISE: NoiseClass = NoiseClass::Additive;
    const WORK_VECTORS: usize = 4;

    fn step<S: Scalar>(
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
        add_scaled(x_bar, &step.h, b);
        add_scaled(x_bar, &step.sqrt_h, σξ);
        sde.drift(&(step.t.clone() + step.h.clone()), x_bar, b_bar);

        let half_h = S::ratio(1, 2) * step.h.clone();
        add_scaled(x, &half_h, b);
        add_scaled(x, &half_h, b_bar);
        add_scaled(x, &step.sqrt_h, σξ);
    }
}
