use super::{Claims, EquationClass, NoiseClass, OneStep, Sde, Step};
use crate::algebra::{Scalar, add_combination};
use crate::symbolic::Variate;

/// X' = X + h b(t, X) + √h σ(t, X) ξ.
///
/// ξ = ±1 does as well as a Gaussian for order 1 (the simplified scheme); moments up to the third count.
pub struct EulerMaruyama {
    name: &'static str,
    variate: Variate,
}

impl EulerMaruyama {
    /// With Gaussian ξ.
    pub const GAUSSIAN: Self = Self { name: "euler-maruyama", variate: Variate::Gaussian };
    /// With ξ = ±1.
    pub const TWO_POINT: Self = Self { name: "euler-maruyama-two-point", variate: Variate::TwoPoint };
}

impl OneStep for EulerMaruyama {
    #[inline(always)]
    fn claims(&self) -> Claims {
        Claims {
            name: self.name,
            reference: "Maruyama 1955; Kloeden and Platen 1992, section 14.1",
            weak_order: 1,
            invariant_order: 1,
            noise: NoiseClass::General,
            equation: EquationClass::Ito,
            chain_moments: None,
            work_vectors: 2,
        }
    }

    fn variates(&self, m: usize) -> Vec<Variate> {
        vec![self.variate; m]
    }

    fn has_euler_density(&self) -> bool {
        self.variate == Variate::Gaussian
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
        let (b, σξ) = work.split_at_mut(x.len());
        sde.drift(&step.t, x, b);
        sde.diffuse(&step.t, x, noise, σξ);
        add_combination(x, [(&step.h, b), (&step.sqrt_h, σξ)]);
    }
}
