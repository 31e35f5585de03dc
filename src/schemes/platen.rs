use super::{Claims, EquationClass, NoiseClass, OneStep, Sde, Step};
use crate::algebra::{Scalar, add_combination};
use crate::symbolic::Variate;

/// X̄ = X + h b(t, X) + √h σ ξ,  X' = X + ½ h (b(t, X) + b(t + h, X̄)) + √h σ ξ.
///
/// Platen's explicit weak-order-2 scheme; its difference quotients of σ vanish for additive noise, and what is left is
/// Heun's method with the noise inside the predictor. Moments of ξ up to the fifth count. For noise that is not
/// additive see [`PlatenGeneral`](super::PlatenGeneral).
pub struct Platen {
    name: &'static str,
    variate: Variate,
}

impl Platen {
    /// With Gaussian ξ.
    pub const GAUSSIAN: Self = Self { name: "platen", variate: Variate::Gaussian };
    /// With ξ = 0 or ±√3.
    pub const THREE_POINT: Self = Self { name: "platen-three-point", variate: Variate::ThreePoint };
}

impl OneStep for Platen {
    #[inline(always)]
    fn claims(&self) -> Claims {
        Claims {
            name: self.name,
            reference: "Kloeden and Platen 1992, equation (15.1.3)",
            weak_order: 2,
            invariant_order: 2,
            noise: NoiseClass::Additive,
            equation: EquationClass::Ito,
            chain_moments: None,
            work_vectors: 4,
        }
    }

    fn variates(&self, m: usize) -> Vec<Variate> {
        vec![self.variate; m]
    }

    #[inline(always)]
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
        add_combination(x_bar, [(&step.h, b), (&step.sqrt_h, σξ)]);
        sde.drift(&step.end(), x_bar, b_bar);

        let half_h = S::ratio(1, 2) * step.h.clone();
        add_combination(x, [(&half_h, b), (&half_h, b_bar), (&step.sqrt_h, σξ)]);
    }
}
