//! One-step schemes and Feynman–Kac weight rules, each written once over [`Scalar`].
//!
//! A scheme is one file: its formula, its reference, its claimed weak order, its noise. It joins
//! the toolkit by one line in [`CATALOGUE`]; sampling, the noise-free law, the proof
//! ([`certificate`]) and the report pick it up from there.

pub mod certificate;
mod euler_maruyama;
mod platen;
mod weight;

pub use euler_maruyama::EulerMaruyama;
pub use platen::Platen;
pub use weight::WeightRule;

use crate::algebra::{Lanes, Scalar, Series};
use crate::symbolic::DifferentialPolynomial;

/// Every scheme that a scenario can name.
pub static CATALOGUE: &[&dyn Scheme] = &[&EulerMaruyama, &Platen];

/// The scheme called `name`, if the catalogue has it.
pub fn find(name: &str) -> Option<&'static dyn Scheme> {
    CATALOGUE.iter().copied().find(|scheme| scheme.name() == name)
}

/// Whether the noise of the equation is outside of what `scheme` claims its order for.
pub fn misfits(scheme: &dyn Scheme, noise: NoiseClass) -> bool {
    noise == NoiseClass::General && scheme.noise() == NoiseClass::Additive
}

/// An Itô equation dX = b(t, X) dt + σ(t, X) dW with a Feynman–Kac rate c(t, X) (the path weight
/// is exp(−∫c dt)), evaluated on the scalars `S`.
pub trait Sde<S> {
    /// Number of components of X.
    fn dimension(&self) -> usize;
    /// Number of components of W.
    fn noise_dimension(&self) -> usize;
    /// Writes b(t, x), one entry for each component of x.
    fn drift(&self, t: &S, x: &[S], out: &mut [S]);
    /// Writes σ(t, x)·noise, one entry for each component of x.
    fn diffuse(&self, t: &S, x: &[S], noise: &[S], out: &mut [S]);
    /// c(t, x).
    fn rate(&self, t: &S, x: &[S]) -> S;
}

/// The step from t to t + h; √h comes along because the proof reading expands in it.
#[derive(Clone, Debug)]
pub struct Step<S> {
    /// Start of the step.
    pub t: S,
    /// Length of the step.
    pub h: S,
    /// Square root of the length.
    pub sqrt_h: S,
}

impl Step<f64> {
    /// The step of length `h` that starts at `t`.
    pub fn new(t: f64, h: f64) -> Self {
        Self { t, h, sqrt_h: h.sqrt() }
    }
}

/// The noise for which a scheme has its claimed order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoiseClass {
    /// σ is constant in t and x.
    Additive,
    /// Any σ(t, x).
    General,
}

/// A one-step scheme in its generic form: the one place where its formula is written.
///
/// The noise has unit variance; the scheme scales it by √h.
pub trait OneStep {
    /// The name that scenarios use.
    const NAME: &'static str;
    /// Where the scheme is published.
    const REFERENCE: &'static str;
    /// Claimed weak order at finite time.
    const WEAK_ORDER: u32;
    /// The noise for which the claim holds.
    const NOISE: NoiseClass;
    /// Number of work vectors (each of the dimension of X) that [`OneStep::step`] needs.
    const WORK_VECTORS: usize;

    /// Advances x over one step. `work` holds `WORK_VECTORS · dimension` scalars of any value.
    fn step<S: Scalar>(
        sde: &(impl Sde<S> + ?Sized),
        step: &Step<S>,
        x: &mut [S],
        noise: &[S],
        work: &mut [S],
    );
}

/// The proof reading's scalar: series in √h over the jets of b, σ, c and φ.
pub type JetSeries = Series<DifferentialPolynomial>;

/// A [`OneStep`] scheme behind a uniform face: the same formula in each of its readings.
pub trait Scheme: Sync {
    /// See [`OneStep::NAME`].
    fn name(&self) -> &'static str;
    /// See [`OneStep::REFERENCE`].
    fn reference(&self) -> &'static str;
    /// See [`OneStep::WEAK_ORDER`].
    fn weak_order(&self) -> u32;
    /// See [`OneStep::NOISE`].
    fn noise(&self) -> NoiseClass;
    /// See [`OneStep::WORK_VECTORS`].
    fn work_vectors(&self) -> usize;
    /// The *law* reading: one point.
    fn step_point(
        &self,
        sde: &dyn Sde<f64>,
        step: &Step<f64>,
        x: &mut [f64],
        noise: &[f64],
        work: &mut [f64],
    );
    /// The *sample* reading: a bundle of particles.
    fn step_lanes(
        &self,
        sde: &dyn Sde<Lanes>,
        step: &Step<Lanes>,
        x: &mut [Lanes],
        noise: &[Lanes],
        work: &mut [Lanes],
    );
    /// The *prove* reading: power series in √h.
    fn step_series(
        &self,
        sde: &dyn Sde<JetSeries>,
        step: &Step<JetSeries>,
        x: &mut [JetSeries],
        noise: &[JetSeries],
        work: &mut [JetSeries],
    );
}

impl std::fmt::Debug for dyn Scheme {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}

impl<T: OneStep + Sync> Scheme for T {
    fn name(&self) -> &'static str {
        T::NAME
    }
    fn reference(&self) -> &'static str {
        T::REFERENCE
    }
    fn weak_order(&self) -> u32 {
        T::WEAK_ORDER
    }
    fn noise(&self) -> NoiseClass {
        T::NOISE
    }
    fn work_vectors(&self) -> usize {
        T::WORK_VECTORS
    }
    fn step_point(
        &self,
        sde: &dyn Sde<f64>,
        step: &Step<f64>,
        x: &mut [f64],
        noise: &[f64],
        work: &mut [f64],
    ) {
        T::step(sde, step, x, noise, work);
    }
    fn step_lanes(
        &self,
        sde: &dyn Sde<Lanes>,
        step: &Step<Lanes>,
        x: &mut [Lanes],
        noise: &[Lanes],
        work: &mut [Lanes],
    ) {
        T::step(sde, step, x, noise, work);
    }
    fn step_series(
        &self,
        sde: &dyn Sde<JetSeries>,
        step: &Step<JetSeries>,
        x: &mut [JetSeries],
        noise: &[JetSeries],
        work: &mut [JetSeries],
    ) {
        T::step(sde, step, x, noise, work);
    }
}
