//! One-step schemes and Feynman–Kac weight rules, each written once over [`Scalar`].
//!
//! A scheme is one file: its formula, its reference, its claimed weak order, its noise. It joins
//! the toolkit by one line in [`CATALOGUE`]; sampling, the noise-free law, the proof
//! ([`certificate`]) and the report pick it up from there.

pub mod certificate;
mod debrabant;
mod euler_maruyama;
mod heun;
mod kinetic;
mod leimkuhler_matthews;
mod local_linearization;
mod mala;
mod matrix;
mod milstein;
mod platen;
mod reversal;
mod roessler;
mod tamed_euler;
mod theta;
mod weight;

pub use debrabant::Debrabant;
pub use euler_maruyama::EulerMaruyama;
pub use heun::Heun;
pub use kinetic::{Aboba, Baoab, Bbk, Kinetic, KineticStep, Obabo, StochasticExponentialEuler, Ubu};
pub use leimkuhler_matthews::LeimkuhlerMatthews;
pub use local_linearization::LocalLinearization;
pub use mala::{Mala, scaled_log_ratio};
pub use milstein::Milstein;
pub use platen::Platen;
pub use reversal::Reversal;
pub use roessler::RoesslerRi6;
pub use tamed_euler::TamedEuler;
pub use theta::Theta;
pub use weight::{RateQuadrature, WeightRule};

use crate::algebra::simd::vectorized;
use crate::algebra::{Lanes, Real, Scalar, Series};
use crate::symbolic::{DifferentialPolynomial, Variate};

/// Every scheme that a scenario can name.
pub static CATALOGUE: &[&dyn Scheme] = &[
    &EulerMaruyama::GAUSSIAN,
    &EulerMaruyama::TWO_POINT,
    &TamedEuler,
    &Theta::IMPLICIT_EULER,
    &LeimkuhlerMatthews,
    &Milstein,
    &Heun::GAUSSIAN,
    &Heun::THREE_POINT,
    &Theta::TRAPEZOIDAL,
    &LocalLinearization,
    &RoesslerRi6,
    &Platen,
    &Debrabant,
    &Kinetic(StochasticExponentialEuler),
    &Kinetic(Baoab),
    &Kinetic(Aboba),
    &Kinetic(Obabo),
    &Kinetic(Bbk),
    &Kinetic(Ubu),
];

/// Transitions that particles can make beside the schemes of the catalogue: no power series in √h, so without a proof.
pub static ADJUSTED: &[&dyn Transition] = &[&Mala];

/// Every transition that particles can make.
pub fn transitions() -> impl Iterator<Item = &'static dyn Transition> {
    CATALOGUE.iter().map(|&scheme| scheme as &dyn Transition).chain(ADJUSTED.iter().copied())
}

/// The transition called `name`, if there is one.
pub fn find_transition(name: &str) -> Option<&'static dyn Transition> {
    transitions().find(|transition| transition.name() == name)
}

/// The scheme called `name`, if the catalogue has it.
pub fn find(name: &str) -> Option<&'static dyn Scheme> {
    CATALOGUE.iter().copied().find(|scheme| scheme.name() == name)
}

/// Whether `scheme` is made for this kind of equation and claims its order for this noise.
pub fn fits(scheme: &dyn Transition, equation: EquationClass, noise: NoiseClass) -> bool {
    let claims = scheme.claims();
    claims.equation.includes(equation) && noise <= claims.noise
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
    /// Writes c(t, x), for scalars that take time to copy.
    #[inline(always)]
    fn write_rate(&self, t: &S, x: &[S], out: &mut S) {
        *out = self.rate(t, x);
    }
    /// The log-weight with which a path starts at x, where the target at time 0 is not the initial law.
    fn log_start_weight(&self, _x: &[S]) -> Option<S> {
        None
    }
    /// Force and friction, if this is kinetic Langevin dynamics; then x holds the positions, then the momenta.
    fn langevin(&self) -> Option<&dyn Langevin<S>> {
        None
    }
    /// Potential and mobility, if this is overdamped Langevin dynamics.
    fn overdamped(&self) -> Option<&dyn Overdamped<S>> {
        None
    }
    /// Solves y = `known` + κ b(t, y) for y, for schemes that are implicit in the drift; `y` starts as a guess.
    /// Numbers that do not converge become NaN.
    fn solve_implicit(&self, t: &S, κ: &S, known: &[S], y: &mut [S]);
}

/// An equation that both samples and is integrated without noise.
pub trait Equation: Sde<f64> + Sde<Lanes> + Sync {}
impl<T: Sde<f64> + Sde<Lanes> + Sync> Equation for T {}

/// Kinetic Langevin dynamics dq = p dt, dp = F(q) dt − γp dt + √(2γ) dW, at temperature 1 and mass 1.
pub trait Langevin<S> {
    /// Writes F(q) = −∇V(q).
    fn force(&self, q: &[S], out: &mut [S]);
    /// γ.
    fn friction(&self) -> S;
    /// √(`multiple`·γ).
    fn root_friction(&self, multiple: u32) -> S;
}

/// Overdamped Langevin dynamics dX = −α∇V dt + √(2α) dW, which is reversible for e^{−V}.
pub trait Overdamped<S> {
    /// V(x).
    fn potential(&self, x: &[S]) -> S;
    /// α.
    fn mobility(&self) -> S;
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

impl<S: Scalar> Step<S> {
    /// t + h.
    pub fn end(&self) -> S {
        self.t.clone() + self.h.clone()
    }
}

impl<R: Real> Step<R> {
    /// The step of length `h` that starts at `t`.
    pub fn new(t: f64, h: f64) -> Self {
        Self { t: R::constant(t), h: R::constant(h), sqrt_h: R::constant(h.sqrt()) }
    }
}

/// The noise for which a scheme has its claimed order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum NoiseClass {
    /// σ is constant in t and x.
    Additive,
    /// The columns of σ commute as vector fields, as for scalar or diagonal noise.
    Commutative,
    /// Any σ(t, x).
    General,
}

/// The kind of equation that a scheme is made for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EquationClass {
    /// Any Itô equation.
    Ito,
    /// Overdamped Langevin dynamics, through its potential ([`Overdamped`]); an Itô equation too.
    Overdamped,
    /// Kinetic Langevin dynamics, through its force and friction ([`Langevin`]).
    Langevin,
}

impl EquationClass {
    /// Whether what is made for this class is good for an equation of the `other`.
    pub fn includes(self, other: Self) -> bool {
        self == other || (self == Self::Ito && other == Self::Overdamped)
    }
}

/// What a scheme is and what it claims.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Claims {
    /// The name that scenarios use.
    pub name: &'static str,
    /// Where the scheme is published.
    pub reference: &'static str,
    /// Weak order at finite time.
    pub weak_order: u32,
    /// Order of the invariant measure e^{−V} (after post-processing): of overdamped Langevin dynamics for a scheme for
    /// Itô equations, of the kinetic one for a scheme for that.
    pub invariant_order: u32,
    /// The noise for which the weak order holds.
    pub noise: NoiseClass,
    /// The equation that the scheme is made for.
    pub equation: EquationClass,
    /// Number of work vectors (each of the dimension of X) that a step needs.
    pub work_vectors: usize,
}

/// A one-step scheme in its generic form: the one place where its formula is written.
///
/// Its variates have the scale of a standard normal; the scheme multiplies by √h.
pub trait OneStep {
    /// Name, source, orders and needs.
    fn claims(&self) -> Claims;

    /// The laws of the variates of one step, for a noise of dimension m: one Gaussian for each component if the
    /// scheme does not say otherwise.
    fn variates(&self, m: usize) -> Vec<Variate> {
        vec![Variate::Gaussian; m]
    }

    /// Advances x over one step. `noise` holds the variates; `work` holds `work_vectors · dimension` scalars of any
    /// value.
    fn step<S: Scalar>(
        &self,
        sde: &(impl Sde<S> + ?Sized),
        step: &Step<S>,
        x: &mut [S],
        noise: &[S],
        work: &mut [S],
    );

    /// The laws of the variates of [`OneStep::post_process`]; none if there is no post-processing.
    fn post_variates(&self, _m: usize) -> Vec<Variate> {
        Vec::new()
    }

    /// Turns the state of the chain at time t into the output, for steps of length h. The chain goes on from its own
    /// state. By default the output is the state.
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

/// One step of a Markov chain in its *sample* reading: what particles need.
pub trait Transition: Sync {
    /// See [`OneStep::claims`].
    fn claims(&self) -> Claims;
    /// See [`OneStep::variates`].
    fn variates(&self, m: usize) -> Vec<Variate>;
    /// A step of a bundle of particles.
    fn step_lanes(
        &self,
        sde: &dyn Sde<Lanes>,
        step: &Step<Lanes>,
        x: &mut [Lanes],
        noise: &[Lanes],
        work: &mut [Lanes],
    );
    /// See [`OneStep::post_variates`].
    fn post_variates(&self, _m: usize) -> Vec<Variate> {
        Vec::new()
    }
    /// [`OneStep::post_process`] for a bundle of particles.
    fn post_lanes(
        &self,
        _sde: &dyn Sde<Lanes>,
        _step: &Step<Lanes>,
        _x: &mut [Lanes],
        _noise: &[Lanes],
        _work: &mut [Lanes],
    ) {
    }

    /// The name that scenarios use.
    fn name(&self) -> &'static str {
        self.claims().name
    }
    /// Weak order at finite time.
    fn weak_order(&self) -> u32 {
        self.claims().weak_order
    }
    /// Whether the output differs from the state of the chain.
    fn post_processes(&self) -> bool {
        !self.post_variates(1).is_empty()
    }
}

/// A [`OneStep`] scheme behind a uniform face: the same formula in its other readings too.
pub trait Scheme: Transition {
    /// The *law* reading: one point.
    fn step_point(
        &self,
        sde: &dyn Sde<f64>,
        step: &Step<f64>,
        x: &mut [f64],
        noise: &[f64],
        work: &mut [f64],
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
    /// [`OneStep::post_process`] for one point.
    fn post_point(
        &self,
        sde: &dyn Sde<f64>,
        step: &Step<f64>,
        x: &mut [f64],
        noise: &[f64],
        work: &mut [f64],
    );
    /// [`OneStep::post_process`] for power series.
    fn post_series(
        &self,
        sde: &dyn Sde<JetSeries>,
        step: &Step<JetSeries>,
        x: &mut [JetSeries],
        noise: &[JetSeries],
        work: &mut [JetSeries],
    );
}

impl std::fmt::Debug for dyn Transition {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}

impl std::fmt::Debug for dyn Scheme {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}

impl<T: OneStep + Sync> Transition for T {
    fn claims(&self) -> Claims {
        OneStep::claims(self)
    }
    fn variates(&self, m: usize) -> Vec<Variate> {
        OneStep::variates(self, m)
    }
    fn step_lanes(
        &self,
        sde: &dyn Sde<Lanes>,
        step: &Step<Lanes>,
        x: &mut [Lanes],
        noise: &[Lanes],
        work: &mut [Lanes],
    ) {
        vectorized(
            #[inline(always)]
            || self.step(sde, step, x, noise, work),
        );
    }
    fn post_variates(&self, m: usize) -> Vec<Variate> {
        OneStep::post_variates(self, m)
    }
    fn post_lanes(
        &self,
        sde: &dyn Sde<Lanes>,
        step: &Step<Lanes>,
        x: &mut [Lanes],
        noise: &[Lanes],
        work: &mut [Lanes],
    ) {
        vectorized(
            #[inline(always)]
            || self.post_process(sde, step, x, noise, work),
        );
    }
}

impl<T: OneStep + Sync> Scheme for T {
    fn step_point(
        &self,
        sde: &dyn Sde<f64>,
        step: &Step<f64>,
        x: &mut [f64],
        noise: &[f64],
        work: &mut [f64],
    ) {
        self.step(sde, step, x, noise, work);
    }
    fn step_series(
        &self,
        sde: &dyn Sde<JetSeries>,
        step: &Step<JetSeries>,
        x: &mut [JetSeries],
        noise: &[JetSeries],
        work: &mut [JetSeries],
    ) {
        self.step(sde, step, x, noise, work);
    }
    fn post_point(
        &self,
        sde: &dyn Sde<f64>,
        step: &Step<f64>,
        x: &mut [f64],
        noise: &[f64],
        work: &mut [f64],
    ) {
        self.post_process(sde, step, x, noise, work);
    }
    fn post_series(
        &self,
        sde: &dyn Sde<JetSeries>,
        step: &Step<JetSeries>,
        x: &mut [JetSeries],
        noise: &[JetSeries],
        work: &mut [JetSeries],
    ) {
        self.post_process(sde, step, x, noise, work);
    }
}
