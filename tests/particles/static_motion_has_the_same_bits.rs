//! An equation that the compiler sees together with its scheme moves particles as one that is looked up at run time.

use wfr::algebra::{Lanes, Real};
use wfr::model::Initial;
use wfr::particles::{Ensemble, Motion, PathStep, StaticMotion};
use wfr::schemes::{Debrabant, EulerMaruyama, OneStep, Platen, PlatenGeneral, Sde, WeightRule};

/// Coupled wells with multiplicative noise, in d = `dimension`: from a number to more than what goes on the stack.
struct Wells {
    dimension: usize,
}

impl<R: Real> Sde<R> for Wells {
    #[inline(always)]
    fn dimension(&self) -> usize {
        self.dimension
    }
    #[inline(always)]
    fn noise_dimension(&self) -> usize {
        self.dimension
    }
    #[inline(always)]
    fn drift(&self, t: &R, x: &[R], out: &mut [R]) {
        for (i, out) in out.iter_mut().enumerate() {
            *out = x[i] - x[i] * x[i] * x[i] + *t * x[x.len() - 1 - i];
        }
    }
    #[inline(always)]
    fn diffuse(&self, _t: &R, x: &[R], noise: &[R], out: &mut [R]) {
        for (i, out) in out.iter_mut().enumerate() {
            *out = (R::one() + R::constant(0.1) * x[i] * x[i]) * noise[i];
        }
    }
    #[inline(always)]
    fn rate(&self, t: &R, x: &[R]) -> R {
        *t + R::constant(0.5) * x[0] * x[0]
    }
}

fn bits(dimension: usize, kernel: impl PathStep) -> Vec<u64> {
    let mut ensemble = Ensemble::new(&Initial::Point(vec![-1.0; dimension]), 700, 3, kernel);
    ensemble.advance(kernel, 0.02, 0, 10).unwrap();
    ensemble.advance(kernel, 0.02, 10, 7).unwrap();
    let places = (0..dimension).flat_map(|i| ensemble.map(move |x: &[Lanes]| x[i]));
    places.chain(ensemble.log_weights()).chain(ensemble.rates()).map(f64::to_bits).collect()
}

fn compare<T: OneStep + Sync>(scheme: &'static T) {
    for dimension in [1, 2, 5, 12] {
        let sde = Wells { dimension };
        for weight in WeightRule::ALL.map(Some).into_iter().chain([None]) {
            let found = bits(dimension, StaticMotion { sde: &sde, scheme, weight });
            let (rule, weighted) = (weight.unwrap_or(WeightRule::Left), weight.is_some());
            let expected = bits(dimension, Motion { sde: &sde, scheme, weight: rule, weighted });
            assert_eq!(found, expected, "{}, d = {dimension}, {weight:?}", OneStep::claims(scheme).name);
        }
    }
}

#[test]
fn euler_maruyama() {
    compare(&EulerMaruyama::GAUSSIAN);
}

#[test]
fn platen() {
    compare(&PlatenGeneral);
}

#[test]
fn heun_with_three_point_variates() {
    compare(&Platen::THREE_POINT);
}

/// Two variates for each component of the noise.
#[test]
fn debrabant() {
    compare(&Debrabant);
}
