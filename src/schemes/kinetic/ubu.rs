use super::{KineticStep, flight_variates, free_flight, kick};
use crate::algebra::Scalar;
use crate::schemes::{Langevin, Step};
use crate::symbolic::Variate;

/// U(h/2) B(h) U(h/2): one force for each step, between two exact flights. Order 2 at finite time and for the invariant
/// measure.
pub struct Ubu;

impl KineticStep for Ubu {
    const NAME: &'static str = "ubu";
    const REFERENCE: &'static str = "Sanz-Serna and Zygalakis 2021, arXiv 2104.12384";
    const WEAK_ORDER: u32 = 2;
    const INVARIANT_ORDER: u32 = 2;

    fn variates(d: usize) -> Vec<Variate> {
        flight_variates(2, d)
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
        let (first, second) = noise.split_at(2 * p.len());
        free_flight(langevin, step, 1, q, p, first.split_at(q.len()).into());
        kick(langevin, step, 1, q, p, force);
        free_flight(langevin, step, 1, q, p, second.split_at(q.len()).into());
    }
}
