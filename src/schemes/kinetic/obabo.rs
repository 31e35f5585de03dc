use super::{KineticStep, drift, fluctuate, kick};
use crate::algebra::Scalar;
use crate::schemes::{Langevin, Step};
use crate::symbolic::Variate;

/// O(h/2) B(h/2) A(h) B(h/2) O(h/2): a velocity Verlet step between two half steps of the thermostat. Order 2 at finite
/// time and for the invariant measure; the momenta are exact on quadratic potentials.
pub struct Obabo;

impl KineticStep for Obabo {
    const NAME: &'static str = "obabo";
    const REFERENCE: &'static str = "Bussi and Parrinello 2007, arXiv 0803.4083";
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
        fluctuate(langevin, step, 1, p, first);
        kick(langevin, step, 2, q, p, force);
        drift(step, 1, q, p);
        kick(langevin, step, 2, q, p, force);
        fluctuate(langevin, step, 1, p, second);
    }
}
