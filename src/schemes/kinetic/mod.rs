//! Schemes for kinetic Langevin dynamics dq = p dt, dp = F(q) dt − γp dt + √(2γ) dW, made of its parts:
//! A moves the positions (dq = p dt), B kicks the momenta (dp = F dt), O is the Ornstein–Uhlenbeck process of the
//! momenta alone, and U is A and O together, all solved exactly. A name spells the order of the parts in a step.

mod aboba;
mod baoab;
mod bbk;
mod obabo;
mod stochastic_exponential_euler;
mod ubu;

pub use aboba::Aboba;
pub use baoab::Baoab;
pub use bbk::Bbk;
pub use obabo::Obabo;
pub use stochastic_exponential_euler::StochasticExponentialEuler;
pub use ubu::Ubu;

use super::{Claims, EquationClass, Langevin, NoiseClass, OneStep, Sde, Step};
use crate::algebra::{Scalar, add_scaled};
use crate::symbolic::Variate;

/// A one-step scheme for kinetic Langevin dynamics in its generic form.
pub trait KineticStep {
    /// The name that scenarios use.
    const NAME: &'static str;
    /// Where the scheme is published.
    const REFERENCE: &'static str;
    /// Claimed weak order at finite time, for joint functions of q and p.
    const WEAK_ORDER: u32;
    /// Claimed order of the invariant measure, for joint functions of q and p.
    const INVARIANT_ORDER: u32;

    /// The laws of the variates of one step for d momenta.
    fn variates(d: usize) -> Vec<Variate> {
        vec![Variate::Gaussian; d]
    }

    /// Advances q and p over one step. `force` is work space of d scalars of any value.
    fn step<S: Scalar>(
        langevin: &dyn Langevin<S>,
        step: &Step<S>,
        q: &mut [S],
        p: &mut [S],
        noise: &[S],
        force: &mut [S],
    );
}

/// A [`KineticStep`] as a scheme for equations with the structure [`Sde::langevin`].
pub struct Kinetic<T>(pub T);

impl<T: KineticStep> OneStep for Kinetic<T> {
    fn claims(&self) -> Claims {
        Claims {
            name: T::NAME,
            reference: T::REFERENCE,
            weak_order: T::WEAK_ORDER,
            invariant_order: T::INVARIANT_ORDER,
            noise: NoiseClass::Additive,
            equation: EquationClass::Langevin,
            chain_moments: None,
            work_vectors: 1,
        }
    }

    fn variates(&self, d: usize) -> Vec<Variate> {
        T::variates(d)
    }

    /// # Panics
    /// If the equation is not kinetic: scenarios are checked for that.
    #[inline(always)]
    fn step<S: Scalar>(
        &self,
        sde: &(impl Sde<S> + ?Sized),
        step: &Step<S>,
        x: &mut [S],
        noise: &[S],
        work: &mut [S],
    ) {
        let langevin = sde.langevin().expect("kinetic schemes are for kinetic equations");
        let d = sde.noise_dimension();
        let (q, p) = x.split_at_mut(d);
        T::step(langevin, step, q, p, noise, &mut work[..d]);
    }
}

/// B: p ← p + (h/`parts`) F(q).
#[inline(always)]
fn kick<S: Scalar>(
    langevin: &dyn Langevin<S>,
    step: &Step<S>,
    parts: i64,
    q: &[S],
    p: &mut [S],
    force: &mut [S],
) {
    langevin.force(q, force);
    add_scaled(p, &(S::ratio(1, parts) * step.h.clone()), force);
}

/// A: q ← q + (h/`parts`) p.
#[inline(always)]
fn drift<S: Scalar>(step: &Step<S>, parts: i64, q: &mut [S], p: &[S]) {
    add_scaled(q, &(S::ratio(1, parts) * step.h.clone()), p);
}

/// O over `halves` half steps: p ← ηp + √(1 − η²) ξ, η = exp(−½ halves γh).
#[inline(always)]
fn fluctuate<S: Scalar>(langevin: &dyn Langevin<S>, step: &Step<S>, halves: u32, p: &mut [S], ξ: &[S]) {
    let exponent = -(S::ratio(halves.into(), 2) * langevin.friction() * step.h.clone());
    let decay = exponent.phi(0);
    // 1 − η² = halves·γh·φ₁(−halves·γh)
    let spread =
        langevin.root_friction(halves) * step.sqrt_h.clone() * (S::ratio(2, 1) * exponent).phi(1).sqrt();
    for (p, ξ) in p.iter_mut().zip(ξ) {
        *p = decay.clone() * p.clone() + spread.clone() * ξ.clone();
    }
}

/// U over `halves` half steps: the exact flow of dq = p dt, dp = −γp dt + √(2γ) dW over δ = ½ halves h,
/// from standard normals ξ and space-time areas η (of variance 1/12), one of each for every momentum.
///
/// With z = −γδ: Var p = 2γδ φ₁(2z), Cov(q, p) = γδ² φ₁(z)², Var q = 2γδ³ (4φ₃(2z) − 2φ₃(z)).
#[inline(always)]
fn free_flight<S: Scalar>(
    langevin: &dyn Langevin<S>,
    step: &Step<S>,
    halves: u32,
    q: &mut [S],
    p: &mut [S],
    [ξ, η]: [&[S]; 2],
) {
    let δ = S::ratio(halves.into(), 2) * step.h.clone();
    let z = -(langevin.friction() * δ.clone());
    let twice_z = S::ratio(2, 1) * z.clone();
    let (φ, φ_twice) = (z.phi(1), twice_z.phi(1));
    let decay = z.phi(0);
    let reach = δ.clone() * φ.clone();
    // √(2γδ) φ₁(2z)^½ ξ is the noise of p; that of q is what it implies, and an independent rest.
    let root = langevin.root_friction(halves) * step.sqrt_h.clone();
    let inverse = φ_twice.inverse();
    let spread = root.clone() * φ_twice.sqrt();
    let implied = S::ratio(1, 2) * root.clone() * δ.clone() * φ.clone() * φ.clone() * inverse.sqrt();
    let square = φ.clone() * φ;
    let rest = S::ratio(4, 1) * twice_z.phi(3)
        - S::ratio(2, 1) * z.phi(3)
        - S::ratio(1, 4) * square.clone() * square * inverse;
    let own = root * δ * (S::ratio(12, 1) * rest).sqrt();
    for (i, (q, p)) in q.iter_mut().zip(p).enumerate() {
        *q += reach.clone() * p.clone() + implied.clone() * ξ[i].clone() + own.clone() * η[i].clone();
        *p = decay.clone() * p.clone() + spread.clone() * ξ[i].clone();
    }
}

/// Laws of the variates of `flights` free flights: Gaussians and areas of the first, then of the next.
fn flight_variates(flights: usize, d: usize) -> Vec<Variate> {
    let one = std::iter::repeat_n(Variate::Gaussian, d).chain(std::iter::repeat_n(Variate::SpaceTimeArea, d));
    std::iter::repeat_n(one, flights).flatten().collect()
}
