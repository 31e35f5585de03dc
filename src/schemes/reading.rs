use super::certificate::Growth;
use super::{Claims, Sde, Step};
use crate::algebra::{Lanes, Scalar, Series, Truncated};
use crate::symbolic::{DifferentialPolynomial, Variate};
use std::fmt::{Debug, Formatter};

/// A one-step scheme in its generic form: the one place where its formula is written.
///
/// Its variates have the scale of a standard normal; the scheme multiplies by √h.
pub trait OneStep {
    /// Name, source, orders and needs.
    fn claims(&self) -> Claims;

    /// The laws of the variates of one step, for a noise of dimension m: one Gaussian for each component if the
    /// scheme does not say otherwise. [`OneStep::step`] gets them in this order, whichever it is: coupled levels take the k-th
    /// [`Variate::SpaceTimeArea`] for that of the k-th Gaussian ([`Variate::increments`]).
    fn variates(&self, m: usize) -> Vec<Variate> {
        vec![Variate::Gaussian; m]
    }

    /// Whether a step is X + h b(t, X) + √h σ(t, X) ξ with its m Gaussian variates ξ, without post-processing. Annealed moves
    /// are then corrected by the density N(X + h b, h σσᵀ), so that the normaliser is unbiased at any step length. Proofs and
    /// plans hold it against the step ([`euler_density`](fn@super::euler_density)).
    fn has_euler_density(&self) -> bool {
        false
    }

    /// Advances x over one step. `noise` holds the variates in the order of [`OneStep::variates`]: as long as that list, of the
    /// scale of a standard normal, not multiplied by √h. `work` holds `work_vectors · dimension` scalars of any value.
    fn step<S: Scalar>(
        &self,
        sde: &(impl Sde<S> + ?Sized),
        step: &Step<S>,
        x: &mut [S],
        noise: &[S],
        work: &mut [S],
    );

    /// The laws of the variates of [`OneStep::post_process`]; `None` if there is no post-processing, which is then never
    /// called.
    fn post_variates(&self, _m: usize) -> Option<Vec<Variate>> {
        None
    }

    /// Turns the state of the chain at time t into the output, for steps of length h. The chain goes on from its own
    /// state.
    fn post_process<S: Scalar>(
        &self,
        _sde: &(impl Sde<S> + ?Sized),
        _step: &Step<S>,
        _x: &mut [S],
        _noise: &[S],
        _work: &mut [S],
    ) {
    }
}

/// The proof reading's scalar: series in √h over the jets of b, σ, c and φ.
pub type JetSeries = Series<DifferentialPolynomial>;

/// The reading of a one-step formula on the scalars `S`: [`Lanes`] sample, [`f64`] takes one point through the noise-free
/// expectation, [`JetSeries`] are proved, [`Growth`] says whether a step has moments, and [`Truncated`] polynomials give them
/// exactly.
///
/// Sealed: a [`OneStep`] formula has all readings, and no other type has one, so that what is proved is what runs.
pub trait Reads<S: Scalar>: sealed::Sealed {
    /// [`OneStep::step`] on these scalars.
    fn advance(&self, sde: &dyn Sde<S>, step: &Step<S>, x: &mut [S], noise: &[S], work: &mut [S]);

    /// [`OneStep::post_process`] on these scalars. By default the output is the state.
    fn finish(&self, _sde: &dyn Sde<S>, _step: &Step<S>, _x: &mut [S], _noise: &[S], _work: &mut [S]) {}
}

impl<T: OneStep, S: Scalar> Reads<S> for T {
    fn advance(&self, sde: &dyn Sde<S>, step: &Step<S>, x: &mut [S], noise: &[S], work: &mut [S]) {
        S::evaluate(
            #[inline(always)]
            || self.step(sde, step, x, noise, work),
        );
    }

    fn finish(&self, sde: &dyn Sde<S>, step: &Step<S>, x: &mut [S], noise: &[S], work: &mut [S]) {
        if self.post_variates(sde.noise_dimension()).is_some() {
            S::evaluate(
                #[inline(always)]
                || self.post_process(sde, step, x, noise, work),
            );
        }
    }
}

mod sealed {
    /// What has readings.
    pub trait Sealed {}
    impl<T: super::OneStep> Sealed for T {}
    /// The acceptance of the adjusted step is no formula over a ring; it has a proof of its own.
    impl Sealed for super::super::Mala {}
}

/// One step of a Markov chain: what particles need.
pub trait Transition: Reads<Lanes> + Sync {
    /// See [`OneStep::claims`].
    fn claims(&self) -> Claims;
    /// See [`OneStep::variates`].
    fn variates(&self, m: usize) -> Vec<Variate>;
    /// See [`OneStep::post_variates`].
    fn post_variates(&self, _m: usize) -> Option<Vec<Variate>> {
        None
    }
    /// See [`OneStep::has_euler_density`].
    fn has_euler_density(&self) -> bool {
        false
    }

    /// The name that scenarios use.
    fn name(&self) -> &'static str {
        self.claims().name
    }
    /// Weak order at finite time.
    fn weak_order(&self) -> u32 {
        self.claims().weak_order
    }
    /// Whether the output differs from the state of the chain, for a noise of dimension m.
    fn post_processes(&self, m: usize) -> bool {
        self.post_variates(m).is_some()
    }
}

impl<T: OneStep + Sync> Transition for T {
    fn claims(&self) -> Claims {
        OneStep::claims(self)
    }
    fn variates(&self, m: usize) -> Vec<Variate> {
        OneStep::variates(self, m)
    }
    fn post_variates(&self, m: usize) -> Option<Vec<Variate>> {
        OneStep::post_variates(self, m)
    }
    fn has_euler_density(&self) -> bool {
        OneStep::has_euler_density(self)
    }
}

/// A [`OneStep`] formula behind a uniform face, in all of its readings.
pub trait Scheme: Transition + Reads<f64> + Reads<JetSeries> + Reads<Growth> + Reads<Truncated> {}
impl<T: OneStep + Sync> Scheme for T {}

impl Debug for dyn Transition {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}

impl Debug for dyn Scheme {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}
