use super::{Transition, WeightRule};

/// The noise for which a scheme has its claimed order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum NoiseClass {
    /// σ is constant in t and x.
    Additive,
    /// The columns of σ commute as vector fields, as for scalar or diagonal noise.
    Commutative,
    /// Any σ(t, x) with at most two columns, or with more that commute.
    Pair,
    /// Any σ(t, x).
    General,
}

/// The kind of equation that a scheme is made for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EquationClass {
    /// Any Itô equation.
    Ito,
    /// Overdamped Langevin dynamics, through its potential ([`Overdamped`](super::Overdamped)); an Itô equation too.
    Overdamped,
    /// Kinetic Langevin dynamics, through its force and friction ([`Langevin`](super::Langevin)).
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
    /// Where it is shown that the moments of the chain are bounded, if a step from a fixed state has them but the state stands in an
    /// exponent, under a root or in a denominator. Without that, no order is proved of such a scheme.
    pub chain_moments: Option<&'static str>,
    /// Number of work vectors (each of the dimension of X) that a step needs.
    pub work_vectors: usize,
}

impl Default for Claims {
    /// What holds of most schemes: weak order 1 for any Itô equation; unnamed, unpublished, and without work vectors.
    fn default() -> Self {
        Self {
            name: "unnamed",
            reference: "unpublished",
            weak_order: 1,
            invariant_order: 1,
            noise: NoiseClass::General,
            equation: EquationClass::Ito,
            chain_moments: None,
            work_vectors: 0,
        }
    }
}

/// Whether `scheme` is made for this kind of equation and claims its order for this noise.
pub fn fits(scheme: &dyn Transition, equation: EquationClass, noise: NoiseClass) -> bool {
    let claims = scheme.claims();
    claims.equation.includes(equation) && noise <= claims.noise
}

/// The weak order that `scheme` and the weight rule `weight` claim together; that of the scheme alone where the paths carry
/// no weights.
pub fn order_with(scheme: &(impl Transition + ?Sized), weight: WeightRule, weighted: bool) -> u32 {
    let limit = if weighted { weight.weak_order() } else { u32::MAX };
    scheme.weak_order().min(limit)
}
