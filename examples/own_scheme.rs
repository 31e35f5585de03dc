//! A scheme of one's own: its proof, and its order as a scenario measures it.

use wfr::Experiment;
use wfr::algebra::{Scalar, add_combination};
use wfr::schemes::{Claims, OneStep, Sde, Step, WeightRule, certificate::certificate};

/// X' = X + h b(t, X) + √h σ(t, X)ξ.
struct Mine;

impl OneStep for Mine {
    fn claims(&self) -> Claims {
        Claims { name: "mine", work_vectors: 2, ..Claims::default() }
    }
    #[rustfmt::skip]
    fn step<S: Scalar>(&self, sde: &(impl Sde<S> + ?Sized), at: &Step<S>, x: &mut [S], ξ: &[S], work: &mut [S]) {
        let (b, σξ) = work.split_at_mut(x.len());
        sde.drift(&at.t, x, b);
        sde.diffuse(&at.t, x, ξ, σξ);
        add_combination(x, [(&at.h, b), (&at.sqrt_h, σξ)]);
    }
}

pub fn main() {
    let proof = certificate(&Mine, WeightRule::Left, 1, Mine.claims().noise);
    assert_eq!(proof.order, 1);
    let flow = Experiment::formula("x^2/2").start(&[1.0], &[&[0.5]]).reaction(0.0).horizon(1.0);
    let study = flow.own_scheme(&Mine).expect("a new name").study("weak-order").with("schemes", ["mine"]);
    let run =
        study.with("observable", "x^2").with("methods", ["proof", "law"]).run().expect("a sound scenario");
    run.findings.studies.iter().for_each(|study| println!("{:?}: {}", study.verdict, study.why));
}
