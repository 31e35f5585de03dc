use super::{Decision, Scope};
use crate::algebra::Ring;
use crate::pde::{ImplicitRule, stencil, time_rule};
use crate::schemes::certificate::{
    DIMENSIONS, Moments, Shape, balance_defect, bounded_certificate, certificates, domain, invariant_order,
    lowest_order, overdamped_certificate, reversal_defect, summary,
};
use crate::schemes::{
    CATALOGUE, EquationClass, Mala, NoiseClass, Scheme, Transition, WeightRule, fits, order_with,
    scaled_log_ratio,
};
use crate::symbolic::ledger::{Identity, identities};

/// A claim that can be decided.
pub enum Claim {
    /// The weak order of a scheme with a weight rule, for this noise.
    Order(&'static dyn Scheme, WeightRule, NoiseClass),
    /// The weak order of a scheme without weights.
    Unweighted(&'static dyn Scheme),
    /// The order of a scheme's invariant measure.
    Invariant(&'static dyn Scheme),
    /// Detailed balance of the Metropolis-adjusted step.
    Balance,
    /// The weights of a corrected reverse diffusion.
    Reversal,
    /// An identity of the ledger.
    Identity(&'static Identity),
    /// The Scharfetter–Gummel stencil.
    Stencil,
    /// The order of an implicit time integrator of the grid.
    Integrator(ImplicitRule),
}

/// Claimed order of the finite-volume stencil.
const STENCIL_ORDER: u32 = 2;

/// Every claim.
pub fn claims() -> Vec<Claim> {
    let orders = CATALOGUE.iter().flat_map(|&scheme| orders(scheme));
    let alone = CATALOGUE.iter().map(|&scheme| Claim::Invariant(scheme));
    let alone = alone.chain(CATALOGUE.iter().filter_map(|&scheme| unweighted(scheme)));
    let rest = alone
        .chain([Claim::Balance, Claim::Reversal, Claim::Stencil])
        .chain(ImplicitRule::ALL.map(Claim::Integrator))
        .chain(identities().map(Claim::Identity));
    orders.chain(rest).collect()
}

/// Every claim about one scheme, of wfr or not.
pub fn claims_about(scheme: &'static dyn Scheme) -> Vec<Claim> {
    let alone = [Some(Claim::Invariant(scheme)), unweighted(scheme)].into_iter().flatten();
    orders(scheme).chain(alone).collect()
}

/// The orders that a scheme claims with each weight rule.
fn orders(scheme: &'static dyn Scheme) -> impl Iterator<Item = Claim> {
    let claims = scheme.claims();
    // Langevin dynamics has additive noise only; outside of its own noise a scheme claims consistency.
    let noises = match (claims.equation, claims.noise) {
        (EquationClass::Langevin, own) => vec![own],
        (_, NoiseClass::Additive) => vec![NoiseClass::Additive, NoiseClass::General],
        (_, NoiseClass::Pair) => vec![NoiseClass::Additive, NoiseClass::Pair, NoiseClass::General],
        (_, own) => vec![NoiseClass::Additive, own],
    };
    WeightRule::ALL
        .into_iter()
        .flat_map(move |weight| noises.clone().into_iter().map(move |noise| (weight, noise)))
        .map(move |(weight, noise)| Claim::Order(scheme, weight, noise))
}

/// The order without weights, where it is beyond that of the weight rules; else it follows from the order with them.
fn unweighted(scheme: &'static dyn Scheme) -> Option<Claim> {
    let with_weights = WeightRule::ALL.map(WeightRule::weak_order).into_iter().max();
    (Some(scheme.weak_order()) > with_weights).then_some(Claim::Unweighted(scheme))
}

impl Claim {
    /// The id that `wfr prove` takes.
    pub fn id(&self) -> String {
        match self {
            Self::Order(scheme, weight, noise) => {
                let own = format!("{}+{}", scheme.name(), weight.name());
                // The noise that the scheme is made for needs no mention.
                match (*noise == scheme.claims().noise, noise) {
                    (true, _) => own,
                    (false, NoiseClass::Additive) => own + "/additive-noise",
                    (false, _) => own + "/any-noise",
                }
            }
            Self::Unweighted(scheme) => scheme.name().into(),
            Self::Invariant(scheme) => format!("{}/invariant-measure", scheme.name()),
            Self::Balance => format!("{}/detailed-balance", Mala.name()),
            Self::Reversal => "reverse-diffusion/weights".into(),
            Self::Identity(identity) => identity.id.into(),
            Self::Stencil => "scharfetter-gummel".into(),
            Self::Integrator(rule) => rule.name().into(),
        }
    }

    /// Whether it has this id, or is about the scheme of this name.
    pub fn is_about(&self, id: &str) -> bool {
        let own = self.id();
        let scheme = !id.contains(['+', '/']);
        own.strip_prefix(id).is_some_and(|rest| rest.is_empty() || (scheme && rest.starts_with(['+', '/'])))
    }

    /// The claim decided; orders in all of their shapes, or only in those that take little time.
    pub fn decide(&self, thorough: bool) -> Decision {
        match self {
            Self::Identity(identity) => Decision {
                title: Some(identity.title),
                dimensions: identity.dimensions.to_vec(),
                ..Decision::new(
                    self.id(),
                    "identity",
                    (identity.statement(), identity.source),
                    Scope::Words(identity.domain()),
                    identity.holds(),
                )
            },
            Self::Balance => {
                let holds = |d: &usize| Ring::is_zero(&balance_defect(*d, scaled_log_ratio));
                let statement = "π(x) q(x, y) min(1, r(x, y)) is symmetric in x and y for the acceptance ratio r of the code, every V and b";
                let holds = DIMENSIONS.iter().all(holds);
                let domain = "d = 1, 2; at all points x and y; any smooth V and drift, gradient or not";
                let stated = (statement.into(), Mala.claims().reference);
                Decision::new(self.id(), "identity", stated, Scope::Words(domain.into()), holds)
            }
            Self::Reversal => {
                let holds = |d: &usize| {
                    Ring::is_zero(&reversal_defect(*d, |parts, out| parts.drift(out), |parts| parts.growth()))
                };
                let statement = "drift and weights of the code make Π q^β e^{c r} the law of the paths, for every forward process with noise of any diagonal, powers, reward and churn";
                let source = "Skreta et al. 2025, arXiv 2503.02819; theory note, section 3.7";
                let domain = "d = 1, 2; at every point; smooth drift f(x), reward r(x) and marginals > 0, noise without x, any clock c(t)";
                let holds = DIMENSIONS.iter().all(holds);
                Decision::new(
                    self.id(),
                    "identity",
                    (statement.into(), source),
                    Scope::Words(domain.into()),
                    holds,
                )
            }
            Self::Integrator(rule) => integrator(self.id(), *rule),
            Self::Stencil => stencil_order(self.id()),
            Self::Invariant(scheme) => invariant(self.id(), *scheme),
            Self::Unweighted(scheme) => {
                let claims = scheme.claims();
                let class = class(claims.equation, claims.noise);
                let statement = format!(
                    "{} has weak order {} for {class}, without weights",
                    claims.name, claims.weak_order
                );
                scheme_order(self.id(), statement, (*scheme, None, claims.noise), claims.weak_order, thorough)
            }
            Self::Order(scheme, weight, noise) => {
                // Outside of the noise that it is made for, a scheme claims consistency only.
                let equation = scheme.claims().equation;
                let claimed =
                    if fits(*scheme, equation, *noise) { order_with(*scheme, *weight, true) } else { 1 };
                let statement = format!(
                    "{} with the {} weight has weak order {claimed} for {} and all smooth coefficients and φ",
                    scheme.name(),
                    weight.name(),
                    class(equation, *noise)
                );
                scheme_order(self.id(), statement, (*scheme, Some(*weight), *noise), claimed, thorough)
            }
        }
    }
}

/// The order of a scheme: with its leading errors in the square shapes of [`DIMENSIONS`], then as far as it is claimed in
/// all others, and where the scheme sees the potential of overdamped dynamics.
fn scheme_order(
    id: String,
    statement: String,
    (scheme, weight, noise): (&'static dyn Scheme, Option<WeightRule>, NoiseClass),
    claimed: u32,
    thorough: bool,
) -> Decision {
    let equation = scheme.claims().equation;
    let mut certificates = certificates(scheme, weight, noise);
    let most = lowest_order(&certificates);
    let rest = |shape: &&Shape| DIMENSIONS.iter().all(|&d| **shape != d.into());
    let quick = |shape: &&Shape| thorough || shape.is_cheap();
    for shape in Shape::decisive(equation, noise).iter().filter(rest).filter(quick) {
        certificates.push(bounded_certificate(scheme, weight, *shape, noise, most));
    }
    let order = lowest_order(&certificates);
    let shapes = summary(&certificates);
    let domain = domain(&certificates, equation).expect("there are certificates");
    let square = certificates.iter().filter(|proof| proof.shape == proof.shape.dimension.into());
    let structured = match equation {
        EquationClass::Ito if noise == NoiseClass::Additive => square
            .map(|proof| overdamped_certificate(scheme, weight, proof.shape.dimension, order).order)
            .min(),
        _ => None,
    };
    let known = certificates.iter().all(|proof| proof.proves(0));
    let order = structured.map_or(order, |structured| structured.min(order));
    let mut dimensions: Vec<usize> = certificates.iter().map(|proof| proof.shape.dimension).collect();
    dimensions.sort_unstable();
    dimensions.dedup();
    let stated = (statement, scheme.claims().reference);
    let mut decision = Decision {
        order: Some(order),
        leading_error: shapes,
        dimensions,
        ..Decision::new(id, "scheme-order", stated, Scope::Order(domain), order >= claimed)
    };
    if !known && order >= claimed {
        decision.verdict = "inconclusive";
    }
    decision
}

fn invariant(id: String, scheme: &'static dyn Scheme) -> Decision {
    let claims = scheme.claims();
    let proofs = DIMENSIONS.map(|d| invariant_order(scheme, d));
    let order = proofs.iter().map(|proof| proof.order).min();
    let density = match claims.equation {
        EquationClass::Ito | EquationClass::Overdamped => "e^{−V}",
        EquationClass::Langevin => "e^{−V − |p|²/2}",
    };
    let moments = proofs.iter().map(|proof| proof.moments).fold(Moments::Finite, Moments::max);
    let domain = invariant_domain(claims.equation, moments);
    let statement =
        format!("{} samples {density} up to O(h^{}) for all smooth V", claims.name, claims.invariant_order);
    let holds = order >= Some(claims.invariant_order);
    let mut decision = Decision {
        order,
        leading_error: proofs.first().map(|proof| proof.to_string()),
        ..Decision::new(id, "invariant-order", (statement, claims.reference), Scope::Words(domain), holds)
    };
    if holds && moments == Moments::Unknown {
        decision.verdict = "inconclusive";
    }
    decision
}

/// Where the order of an invariant measure is decided.
pub fn invariant_domain(equation: EquationClass, moments: Moments) -> String {
    let dynamics = match equation {
        EquationClass::Ito | EquationClass::Overdamped => "overdamped Langevin dynamics",
        EquationClass::Langevin => "kinetic Langevin dynamics",
    };
    format!(
        "d = 1, 2; {dynamics} with smooth V of polynomial growth, e^{{−V}} integrable, the chain ergodic with moments bounded in h; {}",
        moments.text()
    )
}

fn integrator(id: String, rule: ImplicitRule) -> Decision {
    let proof = time_rule::certify(rule);
    let statement = format!("{} has order {} for y' = Ay", rule.name(), rule.order());
    let domain = "y' = Ay with a constant matrix A, equal steps, a series in hA";
    let holds = proof.order >= rule.order();
    Decision {
        order: Some(proof.order),
        leading_error: Some(format!(
            "R(z) − eᶻ = ({}) z^{} + …{}",
            proof.error_constant,
            proof.order + 1,
            if rule == ImplicitRule::TrBdf2 { ", γ = 2 − √2" } else { "" }
        )),
        ..Decision::new(
            id,
            "integrator-order",
            (statement, rule.reference()),
            Scope::Words(domain.into()),
            holds,
        )
    }
}

fn stencil_order(id: String) -> Decision {
    let proof = stencil::certify(stencil::rates);
    let order = proof.as_ref().map(|proof| proof.order as u32);
    let statement = format!(
        "the finite-volume rates B(V_j − V_i)/Δx² have order {STENCIL_ORDER} for all smooth V and ρ (per axis)"
    );
    let source = "Scharfetter and Gummel 1969; Chang and Cooper 1970";
    let domain = "each axis by itself, equal cells inside of the box, smooth V and ρ";
    let holds = order.is_none_or(|order| order >= STENCIL_ORDER);
    Decision {
        order,
        leading_error: proof.map(|proof| format!("Δx^{}·[{}]", proof.order, proof.leading_error)),
        ..Decision::new(id, "stencil-order", (statement, source), Scope::Words(domain.into()), holds)
    }
}

/// For what an order is claimed.
fn class(equation: EquationClass, noise: NoiseClass) -> &'static str {
    match (equation, noise) {
        (EquationClass::Langevin, _) => "any force and friction",
        (EquationClass::Overdamped, _) => "overdamped Langevin dynamics",
        (EquationClass::Ito, NoiseClass::Additive) => "additive noise",
        (EquationClass::Ito, NoiseClass::Commutative) => "commutative noise",
        (EquationClass::Ito, NoiseClass::Pair) => "any two noises, or more that commute,",
        (EquationClass::Ito, NoiseClass::General) => "any noise",
    }
}
