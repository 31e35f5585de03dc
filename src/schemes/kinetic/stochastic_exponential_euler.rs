use super::{KineticStep, flight_variates, free_flight};
use crate::algebra::{Scalar, add_scaled};
use crate::schemes::{Langevin, Step};
use crate::symbolic::Variate;

/// The exact flow with the force frozen at the start of the step:
/// p' = ηp + h φ₁(−γh) F(q) + noise,  q' = q + h φ₁(−γh) p + h² φ₂(−γh) F(q) + noise. Order 1.
pub struct StochasticExponentialEuler;

impl KineticStep for StochasticExponentialEuler {
    const NAME: &'static str = "stochastic-exponential-euler";
    const REFERENCE: &'static str =
        "Cheng, Chatterji, Bartlett and Jordan 2018, arXiv 1707.03663; Dalalyan and Riou-Durand 2020";
    const WEAK_ORDER: u32 = 1;
    const INVARIANT_ORDER: u32 = 1;

    fn variates(d: usize) -> Vec<Variate> {
        flight_variates(1, d)
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
        langevin.force(q, force);
        free_flight(langevin, step, 2, q, p, noise.split_at(q.len()).into());
        let z = -(langevin.friction() * step.h.clone());
        add_scaled(p, &(step.h.clone() * z.phi(1)), force);
        add_scaled(q, &(step.h.clone() * step.h.clone() * z.phi(2)), force);
    }
}
