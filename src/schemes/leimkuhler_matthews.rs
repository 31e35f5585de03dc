use super::{Claims, EquationClass, NoiseClass, OneStep, Sde, Step};
use crate::algebra::{Scalar, add_scaled};
use crate::symbolic::Variate;

/// Y' = Y + √h σ ξ + h b(t, Y + ½ √h σ ξ), with the output X = Y + ½ √h σ η.
///
/// The non-Markovian scheme of Leimkuhler and Matthews, X' = X + h b(X) + ½ √h σ (ξ + ξ'), as a Markov chain with
/// post-processing. The output has order 2 for the invariant measure; at finite time both have order 1 (on quadratic
/// potentials the invariant measure is exact, which must not be taken for an order).
pub struct LeimkuhlerMatthews;

impl OneStep for LeimkuhlerMatthews {
    #[inline(always)]
    fn claims(&self) -> Claims {
        Claims {
            name: "leimkuhler-matthews",
            reference: "Leimkuhler and Matthews 2013, arXiv 1203.5428; Vilmart 2015, SIAM J. Sci. Comput. 37, A201",
            weak_order: 1,
            invariant_order: 2,
            noise: NoiseClass::Additive,
            equation: EquationClass::Ito,
            chain_moments: None,
            work_vectors: 3,
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
        let (b, work) = work.split_at_mut(x.len());
        let (σξ, middle) = work.split_at_mut(x.len());
        sde.diffuse(&step.t, x, noise, σξ);
        middle.clone_from_slice(x);
        add_scaled(middle, &(S::ratio(1, 2) * step.sqrt_h.clone()), σξ);
        sde.drift(&step.t, middle, b);
        add_scaled(x, &step.h, b);
        add_scaled(x, &step.sqrt_h, σξ);
    }

    fn post_variates(&self, m: usize) -> Option<Vec<Variate>> {
        Some(vec![Variate::Gaussian; m])
    }

    #[inline(always)]
    fn post_process<S: Scalar>(
        &self,
        sde: &(impl Sde<S> + ?Sized),
        step: &Step<S>,
        x: &mut [S],
        noise: &[S],
        work: &mut [S],
    ) {
        let ση = &mut work[..x.len()];
        sde.diffuse(&step.t, x, noise, ση);
        add_scaled(x, &(S::ratio(1, 2) * step.sqrt_h.clone()), ση);
    }
}
