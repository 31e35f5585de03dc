use super::{NoiseClass, OneStep, Sde, Step};
use crate::algebra::{Scalar, add_scaled};

/// X' = X + h b(t, X) + √h σ(t, X) ξ.
pub struct EulerMaruyama;

impl OneStep for EulerMaruyama {
    const NAME: &'static str = "euler-maruyama";
    const REFERENCE: &'static str = "Maruyama 1955; Kloeden and Platen 1992, section 14.1";
    const WEAK_ORDER: u32 = 1;
    const NOISE: NoiseClass = NoiseClass::General;
    const WORK_VECTORS: usize = 2;

    fn step<S: Scalar>(
        sde: &(impl Sde<S> + ?Sized),
        step: &Step<S>,
        x: &mut [S],
        noise: &[S],
        work: &mut [S],
    ) {
        let (b, σξ) = work.split_at_mut(x.len());
        sde.drift(&step.t, x, b);
        sde.diffuse(&step.t, x, noise, σξ);
        add_scaled(x, &step.h, b);
        add_scaled(x, &step.sqrt_h, σξ);
    }
}
