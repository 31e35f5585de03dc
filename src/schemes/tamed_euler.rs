use super::{Claims, EquationClass, NoiseClass, OneStep, Sde, Step};
use crate::algebra::{Scalar, add_scaled};

/// X' = X + h b/(1 + h|b|²) + √h σ ξ with b and σ at (t, X): the drift of one step is at most ½ √h.
///
/// Stable for drifts that grow faster than linearly, where Euler–Maruyama explodes. This taming, unlike that by
/// 1 + h|b|, is analytic in the coefficients.
pub struct TamedEuler;

impl OneStep for TamedEuler {
    #[inline(always)]
    fn claims(&self) -> Claims {
        Claims {
            name: "tamed-euler",
            reference: "Sabanis 2016, Ann. Appl. Probab. 26, 2083; Hutzenthaler, Jentzen and Kloeden 2012",
            weak_order: 1,
            invariant_order: 1,
            noise: NoiseClass::General,
            equation: EquationClass::Ito,
            chain_moments: Some(
                "the increments of the drift are at most ½√h; bounded in h for one-sided Lipschitz drifts (Hutzenthaler, Jentzen and Kloeden 2012)",
            ),
            work_vectors: 2,
        }
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
        let square = b.iter().fold(S::zero(), |sum, b| sum + b.clone() * b.clone());
        let tamed = step.h.clone() * (S::one() + step.h.clone() * square).inverse();
        add_scaled(x, &tamed, b);
        add_scaled(x, &step.sqrt_h, σξ);
    }
}
