//! Schemes that an adversary made up against the proofs.

use crate::common::findings;
use wfr::algebra::{Scalar, add_combination};
use wfr::schemes::certificate::invariant_order;
use wfr::schemes::{Claims, OneStep, Sde, Step};
use wfr::study::Verdict;

/// X' = X + h² b + h σξ: Euler–Maruyama with the step h². For V = x²/2 its variance is 1/(1 − h²/2), and it does not follow the flow
/// at all; (M − 1)/h vanishes with h.
struct Slow;

impl OneStep for Slow {
    fn claims(&self) -> Claims {
        Claims { name: "slow", weak_order: 0, invariant_order: 3, work_vectors: 2, ..Claims::default() }
    }
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
        let h_squared = step.h.clone() * step.h.clone();
        add_combination(x, [(&h_squared, b), (&step.h, σξ)]);
    }
}

#[test]
fn a_slow_chain_has_no_order() {
    assert_eq!(invariant_order(&Slow, 1).order, 0);
}

/// Three diagonal noises commute, so that `roessler-ri6` has order 2 (all 108 variates of a step enumerated: nothing is left below
/// h³ for x² + y², xyz and x²yz). The proof knows noises that need not commute, and refutes nothing.
#[test]
fn noises_that_commute_are_no_refutation() {
    let found = findings(
        "dimension = 3\nobservables = [\"x*y\"]\n[initial]\npoint = [1.0, 0.5, 0.2]\n[sde]\ndrift = [\"-x\", \"-y\", \"-z\"]\n\
         diffusion = [[\"0.5*x\", \"0\", \"0\"], [\"0\", \"0.5*y\", \"0\"], [\"0\", \"0\", \"0.5*z\"]]\nhorizon = 1.0\n\
         [[study]]\nkind = \"weak-order\"\nschemes = [\"roessler-ri6\"]\nobservable = \"x*y\"\nmethods = [\"proof\"]\n",
    );
    assert_eq!(found.studies[0].verdict, Verdict::Inconclusive, "{}", found.studies[0].why);
}
