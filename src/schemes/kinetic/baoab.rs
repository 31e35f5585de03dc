use super::{KineticStep, drift, fluctuate, kick};
use crate::algebra::Scalar;
use crate::schemes::{Langevin, Step};

/// B(h/2) A(h/2) O(h) A(h/2) B(h/2).
///
/// Order 2 at finite time and for the invariant measure, joint functions of q and p included. On quadratic potentials
/// the positions are exact (and at high friction they gain two orders on any), which must not be taken for the order.
pub struct Baoab;

impl KineticStep for Baoab {
    const NAME: &'static str = "baoab";
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
        kick(langevin, step, 2, q, p, force);
        drift(step, 2, q, p);
        fluctuate(langevin, step, 2, p, noise);
        drift(step, 2, q, p);
        kick(langevin, step, 2, q, p, force);
    }
}
