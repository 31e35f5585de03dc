//! A near miss of every scheme in the catalogue has to lose the order that the scheme claims.

use wfr::algebra::Scalar;
use wfr::schemes::certificate::{Certificate, certificate, certificate_with};
use wfr::schemes::{
    Aboba, Baoab, Bbk, CATALOGUE, Claims, Debrabant, EulerMaruyama, Kinetic, LeimkuhlerMatthews,
    LocalLinearization, Milstein, Obabo, OneStep, Platen, PlatenGeneral, RoesslerPairs, RoesslerRi6, Sde,
    Step, StochasticExponentialEuler, TamedEuler, Theta, Ubu, WeightRule,
};
use wfr::symbolic::Variate;

/// What is wrong with a wrong.
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

/// A scheme of the catalogue with a flaw.
struct Wrong<'a, T>(&'a T, Flaw);

impl<T: OneStep> OneStep for Wrong<'_, T> {
    fn claims(&self) -> Claims {
        self.0.claims()
    }
    fn variates(&self, m: usize) -> Vec<Variate> {
        self.0.variates(m)
    }
    fn step<S: Scalar>(
        &self,
        sde: &(impl Sde<S> + ?Sized),
        step: &Step<S>,
        x: &mut [S],
        noise: &[S],
        work: &mut [S],
    ) {
        let (mut step, mut noise, order) = (step.clone(), noise.to_vec(), self.claims().weak_order);
        let excess = |h: &S| (1..order).fold(S::one(), |power, _| power * h.clone()) + S::one();
        match self.1 {
            Flaw::None => {}
            Flaw::Noise if order == 1 => step.sqrt_h = S::ratio(2, 1) * step.sqrt_h,
            Flaw::Noise => step.sqrt_h = step.sqrt_h * excess(&step.h),
            Flaw::Drift if order == 1 => step.h = S::ratio(2, 1) * step.h,
            Flaw::Drift => step.h = step.h.clone() * excess(&step.h),
            Flaw::Dropped(j) => noise[j] = S::zero(),
        }
        self.0.step(sde, &step, x, &noise, work);
    }
}

/// Calls `$check` with every scheme of the catalogue, whose type it has to know.
macro_rules! for_every_scheme {
    ($check:ident) => {{
        let mut seen = 0;
        for_every_scheme!($check, seen: EulerMaruyama::GAUSSIAN, EulerMaruyama::TWO_POINT, TamedEuler,
            Theta::IMPLICIT_EULER, LeimkuhlerMatthews, Milstein, Platen::GAUSSIAN, Platen::THREE_POINT,
            Theta::TRAPEZOIDAL, LocalLinearization, RoesslerRi6, RoesslerPairs, PlatenGeneral, Debrabant,
            Kinetic(StochasticExponentialEuler), Kinetic(Baoab), Kinetic(Aboba), Kinetic(Obabo), Kinetic(Bbk),
            Kinetic(Ubu));
        assert_eq!(seen, CATALOGUE.len(), "the list above leaves schemes out");
    }};
    ($check:ident, $seen:ident: $($scheme:expr),*) => {$(
        $seen += 1;
        $check(&$scheme);
    )*};
}

/// The certificate of a wrong for the noise that the scheme is made for.
fn proof(scheme: &(impl OneStep + Sync), flaw: Flaw, dimension: usize) -> Certificate {
    let (wrong, claims) = (Wrong(scheme, flaw), scheme.claims());
    // Beyond order 2 the weight rules would be what limits the order.
    match claims.weak_order {
        0..=2 => certificate(&wrong, WeightRule::Trapezoidal, dimension, claims.noise),
        _ => certificate_with(&wrong, None, dimension, claims.noise),
    }
}

#[test]
fn wrong_scales_of_noise_and_drift_lose_exactly_one_order() {
    fn check(scheme: &(impl OneStep + Sync)) {
        let Claims { name, weak_order: claim, .. } = scheme.claims();
        assert_eq!(proof(scheme, Flaw::None, 1).order, claim, "{name}");
        for flaw in [Flaw::Noise, Flaw::Drift] {
            assert_eq!(proof(scheme, flaw, 1).order, claim - 1, "{name} with {flaw:?}");
        }
    }
    for_every_scheme!(check);
}

#[test]
fn a_dropped_variate_loses_the_order_in_the_plane() {
    fn check(scheme: &(impl OneStep + Sync)) {
        let Claims { name, weak_order: claim, .. } = scheme.claims();
        for (j, law) in scheme.variates(2).into_iter().enumerate() {
            // The variance of a space-time area is h³/12: up to order 2 a scheme does without.
            if law == Variate::SpaceTimeArea && claim < 3 {
                continue;
            }
            let order = proof(scheme, Flaw::Dropped(j), 2).order;
            assert!(order < claim, "{name} without variate {j}: {order}");
        }
    }
    for_every_scheme!(check);
}
