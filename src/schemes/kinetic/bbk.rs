use super::{KineticStep, drift, kick};
use crate::algebra::{Scalar, add_scaled};
use crate::schemes::{Langevin, Step};
use crate::symbolic::Variate;

/// p₊ = p + ½h (F(q) − γp) + √(γh) ξ,  q' = q + h p₊,  p' = (p₊ + ½h F(q') + √(γh) ξ')/(1 + ½γh).
///
/// The scheme of Brünger, Brooks and Karplus with independent noises for the two half steps, which makes it a Markov
/// chain. (The original shares ξ' with the next step; its p is then not Markov.) Its order is disputed in the
/// literature: the certificate says 2, at finite time and for the invariant measure.
pub struct Bbk;

impl KineticStep for Bbk {
    const NAME: &'static str = "bbk";
    const REFERENCE: &'static str =
        "Brünger, Brooks and Karplus 1984; Leimkuhler and Matthews 2013, arXiv 1203.5428";
    const WEAK_ORDER: u32 = 2;
    const INVARIANT_ORDER: u32 = 2;

    fn variates(d: usize) -> Vec<Variate> {
        vec![Variate::Gaussian; 2 * d]
    }

    #[inline(always)]
    fn step<S: Scalar>(
        langevin: &dyn Langevin<S>,
        step: &Step<S>,
        q: &mut [S],
        p: &mut [S],
        noise: &[S],
        force: &mut [S],
    ) {
        let (first, second) = noise.split_at(p.len());
        let half_friction = S::ratio(1, 2) * langevin.friction() * step.h.clone();
        let spread = langevin.root_friction(1) * step.sqrt_h.clone();
        langevin.force(q, force);
        let shrunk = S::one() - half_friction.clone();
        for (p, ξ) in p.iter_mut().zip(first) {
            *p = shrunk.clone() * p.clone() + spread.clone() * ξ.clone();
        }
        add_scaled(p, &(S::ratio(1, 2) * step.h.clone()), force);
        drift(step, 1, q, p);
        kick(langevin, step, 2, q, p, force);
        let grown = (S::one() + half_friction).inverse();
        for (p, ξ) in p.iter_mut().zip(second) {
            *p = grown.clone() * (p.clone() + spread.clone() * ξ.clone());
        }
    }
}
