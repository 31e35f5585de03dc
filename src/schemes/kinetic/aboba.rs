use super::{KineticStep, drift, fluctuate, kick};
use crate::algebra::Scalar;
use crate::schemes::{Langevin, Step};

/// A(h/2) B(h/2) O(h) B(h/2) A(h/2): one force for each step. Order 2 at finite time and for the invariant measure; the
/// positions are exact on quadratic potentials.
pub struct Aboba;

impl KineticStep for Aboba {
    const NAME: &'static str = "aboba";
    const REFERENCE: &'static str = "Leimkuhler and Matthews 2013, arXiv 1203.5428";
    const WEAK_ORDER: u32 = 2;
    const INVARIANT_ORDER: u32 = 2;

    #[inline(always)]
    fn step<S: Scalar>(
        langevin: &dyn Langevin<S>,
        step: &Step<S>,
        q: &mut [S],
        p: &mut [S],
        noise: &[S],
        force: &mut [S],
    ) {
        drift(step, 2, q, p);
        // Nothing moves between the two kicks, so that they share the force.
        kick(langevin, step, 2, q, p, force);
        fluctuate(langevin, step, 2, p, noise);
        kick(langevin, step, 2, q, p, force);
        drift(step, 2, q, p);
    }
}
