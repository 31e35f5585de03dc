//! A near miss of every scheme in the catalogue has to lose the order that the scheme claims.

use wfr::algebra::{Lanes, Scalar};
use wfr::schemes::certificate::{Certificate, certificate, unweighted_certificate};
use wfr::schemes::{CATALOGUE, Claims, JetSeries, Scheme, Sde, Step, Transition, WeightRule};
use wfr::symbolic::Variate;

/// What is wrong with a twin.
#[derive(Clone, Copy, Debug)]
enum Flaw {
    /// Nothing: the scheme itself.
    None,
    /// √h is too large by the factor 1 + h^(p − 1), for the claimed order p: a variance that is just not right enough.
    Noise,
    /// h is too large by the same factor, √h is not.
    Drift,
    /// The variate of this number is dropped.
    Dropped(usize),
}

/// A scheme of the catalogue with a flaw; it is only ever proved.
struct Twin(&'static dyn Scheme, Flaw);

impl Transition for Twin {
    fn claims(&self) -> Claims {
        self.0.claims()
    }
    fn variates(&self, m: usize) -> Vec<Variate> {
        self.0.variates(m)
    }
    fn post_variates(&self, m: usize) -> Vec<Variate> {
        self.0.post_variates(m)
    }
    fn step_lanes(&self, _: &dyn Sde<Lanes>, _: &Step<Lanes>, _: &mut [Lanes], _: &[Lanes], _: &mut [Lanes]) {
        unreachable!("twins are proved, not run")
    }
}

impl Scheme for Twin {
    fn step_series(
        &self,
        sde: &dyn Sde<JetSeries>,
        step: &Step<JetSeries>,
        x: &mut [JetSeries],
        noise: &[JetSeries],
        work: &mut [JetSeries],
    ) {
        let (mut step, mut noise) = (step.clone(), noise.to_vec());
        let excess = |h: &JetSeries| {
            (1..self.0.weak_order()).fold(JetSeries::one(), |power, _| power * h.clone()) + JetSeries::one()
        };
        match self.1 {
            Flaw::None => {}
            Flaw::Noise if self.0.weak_order() == 1 => step.sqrt_h = JetSeries::ratio(2, 1) * step.sqrt_h,
            Flaw::Noise => step.sqrt_h = step.sqrt_h * excess(&step.h),
            Flaw::Drift if self.0.weak_order() == 1 => step.h = JetSeries::ratio(2, 1) * step.h,
            Flaw::Drift => step.h = step.h.clone() * excess(&step.h),
            Flaw::Dropped(j) => noise[j] = JetSeries::zero(),
        }
        self.0.step_series(sde, &step, x, &noise, work);
    }
    fn step_point(&self, _: &dyn Sde<f64>, _: &Step<f64>, _: &mut [f64], _: &[f64], _: &mut [f64]) {
        unreachable!("twins are proved, not run")
    }
    fn post_point(&self, _: &dyn Sde<f64>, _: &Step<f64>, _: &mut [f64], _: &[f64], _: &mut [f64]) {
        unreachable!("twins are proved, not run")
    }
    fn post_series(
        &self,
        _: &dyn Sde<JetSeries>,
        _: &Step<JetSeries>,
        _: &mut [JetSeries],
        _: &[JetSeries],
        _: &mut [JetSeries],
    ) {
        unreachable!("the weak order knows no post-processing")
    }
}

/// The certificate of a twin for the noise that the scheme is made for.
fn proof(scheme: &'static dyn Scheme, flaw: Flaw, dimension: usize) -> Certificate {
    let (twin, noise) = (Twin(scheme, flaw), scheme.claims().noise);
    // Beyond order 2 the weight rules would be what limits the order.
    match scheme.weak_order() {
        0..=2 => certificate(&twin, WeightRule::Trapezoidal, dimension, noise),
        _ => unweighted_certificate(&twin, dimension, noise),
    }
}

#[test]
fn wrong_scales_of_noise_and_drift_lose_exactly_one_order() {
    for scheme in CATALOGUE {
        let claim = scheme.weak_order();
        assert_eq!(proof(*scheme, Flaw::None, 1).order, claim, "{}", scheme.name());
        for flaw in [Flaw::Noise, Flaw::Drift] {
            assert_eq!(proof(*scheme, flaw, 1).order, claim - 1, "{} with {flaw:?}", scheme.name());
        }
    }
}

#[test]
fn a_dropped_variate_loses_the_order_in_the_plane() {
    for scheme in CATALOGUE {
        for (j, law) in scheme.variates(2).into_iter().enumerate() {
            // The variance of a space-time area is h³/12: up to order 2 a scheme does without.
            if law == Variate::SpaceTimeArea && scheme.weak_order() < 3 {
                continue;
            }
            let order = proof(*scheme, Flaw::Dropped(j), 2).order;
            assert!(order < scheme.weak_order(), "{} without variate {j}: {order}", scheme.name());
        }
    }
}
