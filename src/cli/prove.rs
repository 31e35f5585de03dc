use super::terminal::{note, print};
use super::{FAILED, Failure, ProveArguments};
use serde::Serialize;
use wfr::algebra::Ring;
use wfr::pde::{ImplicitRule, stencil, time_rule};
use wfr::schemes::certificate::{
    Certificate, balance_defect, certificate, invariant_order, reversal_defect, summary,
    unweighted_certificate,
};
use wfr::schemes::{
    CATALOGUE, EquationClass, Mala, NoiseClass, Reversal, Scheme, Transition, WeightRule, fits,
    scaled_log_ratio,
};
use wfr::symbolic::ledger::{Identity, identities};

/// A claim that can be decided.
enum Claim {
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
    Identity(&'static Identity),
    /// The Scharfetter–Gummel stencil.
    Stencil,
    /// The order of an implicit time integrator of the grid.
    Integrator(ImplicitRule),
}

/// A decided claim; the JSON of `wfr prove --json`.
#[derive(Serialize)]
struct Decision {
    id: String,
    kind: &'static str,
    statement: String,
    source: &'static str,
    verdict: &'static str,
    order: Option<u32>,
    leading_error: Option<String>,
    dimensions: Vec<usize>,
}

/// Dimensions in which orders are decided: some elementary differentials coincide in the first.
const DIMENSIONS: [usize; 2] = [1, 2];

/// Claimed order of the finite-volume stencil.
const STENCIL_ORDER: u32 = 2;

pub fn run(arguments: &ProveArguments) -> Result<u8, Failure> {
    let orders = CATALOGUE.iter().flat_map(|&scheme| {
        let claims = scheme.claims();
        // Langevin dynamics has additive noise only; outside of its own noise a scheme claims consistency.
        let noises = match (claims.equation, claims.noise) {
            (EquationClass::Ito | EquationClass::Overdamped, NoiseClass::Additive) => {
                vec![NoiseClass::Additive, NoiseClass::General]
            }
            (EquationClass::Ito | EquationClass::Overdamped, own) => vec![NoiseClass::Additive, own],
            (EquationClass::Langevin, own) => vec![own],
        };
        let pairs = WeightRule::ALL
            .into_iter()
            .flat_map(move |weight| noises.clone().into_iter().map(move |noise| (weight, noise)));
        pairs.map(move |(weight, noise)| Claim::Order(scheme, weight, noise))
    });
    // Up to the order of the weight rules, the order without weights follows from that with them.
    let with_weights = WeightRule::ALL.map(WeightRule::weak_order).into_iter().max();
    let beyond = move |scheme: &&&dyn Scheme| Some(scheme.weak_order()) > with_weights;
    let unweighted = CATALOGUE.iter().filter(beyond).map(|&scheme| Claim::Unweighted(scheme));
    let alone = CATALOGUE.iter().map(|&scheme| Claim::Invariant(scheme)).chain(unweighted);
    let rest = alone
        .chain([Claim::Balance, Claim::Reversal, Claim::Stencil])
        .chain(ImplicitRule::ALL.map(Claim::Integrator))
        .chain(identities().map(Claim::Identity));
    let all: Vec<Claim> = orders.chain(rest).collect();
    for id in &arguments.ids {
        if !all.iter().any(|claim| claim.id() == *id) {
            let known: Vec<String> = all.iter().map(Claim::id).collect();
            return Err(Failure::Input(format!("unknown claim \"{id}\"; known are {}", known.join(", "))));
        }
    }
    let asked = |claim: &&Claim| arguments.ids.is_empty() || arguments.ids.contains(&claim.id());
    let decisions: Vec<Decision> = all.iter().filter(asked).map(Claim::decide).collect();
    let refuted = decisions.iter().filter(|decision| decision.verdict == "refuted").count();
    if arguments.json {
        let text =
            serde_json::to_string_pretty(&decisions).map_err(|error| Failure::Input(error.to_string()))?;
        print(&(text + "\n"));
    } else {
        for Decision { verdict, id, statement, leading_error, source, .. } in &decisions {
            let error =
                leading_error.as_ref().map(|error| format!("          {error}\n")).unwrap_or_default();
            if !print(&format!("{verdict:8}  {id}\n          {statement}\n{error}          {source}\n\n")) {
                break;
            }
        }
        note(&format!("{} of {} claims proved", decisions.len() - refuted, decisions.len()));
    }
    Ok(if refuted == 0 { 0 } else { FAILED })
}

impl Claim {
    fn id(&self) -> String {
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

    fn decide(&self) -> Decision {
        let verdict = |holds| if holds { "proved" } else { "refuted" };
        match self {
            Self::Identity(identity) => Decision {
                id: self.id(),
                kind: "identity",
                statement: identity.statement.into(),
                source: identity.source,
                verdict: verdict(identity.holds()),
                order: None,
                leading_error: None,
                dimensions: identity.dimensions.to_vec(),
            },
            Self::Balance => {
                let holds = |d: &usize| Ring::is_zero(&balance_defect(*d, scaled_log_ratio));
                Decision {
                    id: self.id(),
                    kind: "identity",
                    statement: "π(x) q(x, y) min(1, r(x, y)) is symmetric in x and y for the acceptance ratio r of the code, every V and b"
                        .into(),
                    source: Mala.claims().reference,
                    verdict: verdict(DIMENSIONS.iter().all(holds)),
                    order: None,
                    leading_error: None,
                    dimensions: DIMENSIONS.to_vec(),
                }
            }
            Self::Reversal => {
                let holds =
                    |d: &usize| Ring::is_zero(&reversal_defect(*d, Reversal::drift, Reversal::growth));
                Decision {
                    id: self.id(),
                    kind: "identity",
                    statement: "drift and weights of the code make Π q^β e^{c r} the law of the paths, for every forward process with noise of any diagonal, powers, reward and churn"
                        .into(),
                    source: "Skreta et al. 2025, arXiv 2503.02819; theory note, section 3.7",
                    verdict: verdict(DIMENSIONS.iter().all(holds)),
                    order: None,
                    leading_error: None,
                    dimensions: DIMENSIONS.to_vec(),
                }
            }
            Self::Integrator(rule) => {
                let proof = time_rule::certify(*rule);
                Decision {
                    id: self.id(),
                    kind: "integrator-order",
                    statement: format!("{} has order {} for y' = Ay", rule.name(), rule.order()),
                    source: rule.reference(),
                    verdict: verdict(proof.order >= rule.order()),
                    order: Some(proof.order),
                    leading_error: Some(format!(
                        "R(z) − eᶻ = ({}) z^{} + …{}",
                        proof.error_constant,
                        proof.order + 1,
                        if *rule == ImplicitRule::TrBdf2 { ", γ = 2 − √2" } else { "" }
                    )),
                    dimensions: vec![1, 2],
                }
            }
            Self::Stencil => {
                let proof = stencil::certify(stencil::rates);
                let order = proof.as_ref().map(|proof| proof.order as u32);
                Decision {
                    id: self.id(),
                    kind: "stencil-order",
                    statement: format!(
                        "the finite-volume rates B(V_j − V_i)/Δx² have order {STENCIL_ORDER} for all smooth V and ρ (per axis)"
                    ),
                    source: "Scharfetter and Gummel 1969; Chang and Cooper 1970",
                    verdict: verdict(order.is_none_or(|order| order >= STENCIL_ORDER)),
                    order,
                    leading_error: proof.map(|proof| format!("Δx^{}·[{}]", proof.order, proof.leading_error)),
                    dimensions: vec![1, 2],
                }
            }
            Self::Unweighted(scheme) => {
                let claims = scheme.claims();
                let proofs = DIMENSIONS.map(|d| unweighted_certificate(*scheme, d, claims.noise));
                let order = proofs.iter().map(|proof| proof.order).min();
                Decision {
                    id: self.id(),
                    kind: "scheme-order",
                    statement: format!(
                        "{} has weak order {} for {}, without weights",
                        claims.name,
                        claims.weak_order,
                        class(claims.equation, claims.noise)
                    ),
                    source: claims.reference,
                    verdict: verdict(order >= Some(claims.weak_order)),
                    order,
                    leading_error: summary(&proofs),
                    dimensions: DIMENSIONS.to_vec(),
                }
            }
            Self::Invariant(scheme) => {
                let claims = scheme.claims();
                let proofs = DIMENSIONS.map(|d| invariant_order(*scheme, d));
                let order = proofs.iter().map(|proof| proof.order).min();
                let density = match claims.equation {
                    EquationClass::Ito | EquationClass::Overdamped => "e^{−V}",
                    EquationClass::Langevin => "e^{−V − |p|²/2}",
                };
                Decision {
                    id: self.id(),
                    kind: "invariant-order",
                    statement: format!(
                        "{} samples {density} up to O(h^{}) for all smooth V",
                        claims.name, claims.invariant_order
                    ),
                    source: claims.reference,
                    verdict: verdict(order >= Some(claims.invariant_order)),
                    order,
                    leading_error: proofs.first().map(|proof| proof.to_string()),
                    dimensions: DIMENSIONS.to_vec(),
                }
            }
            Self::Order(scheme, weight, noise) => {
                // Outside of the noise that it is made for, a scheme claims consistency only.
                let claims = scheme.claims();
                let claimed = match fits(*scheme, claims.equation, *noise) {
                    true => claims.weak_order.min(weight.weak_order()),
                    false => 1,
                };
                let class = class(claims.equation, *noise);
                let certificates: Vec<Certificate> =
                    DIMENSIONS.iter().map(|&d| certificate(*scheme, *weight, d, *noise)).collect();
                let order = certificates.iter().map(|certificate| certificate.order).min().unwrap_or(0);
                Decision {
                    id: self.id(),
                    kind: "scheme-order",
                    statement: format!(
                        "{} with the {} weight has weak order {claimed} for {class} and all smooth coefficients and φ",
                        scheme.name(),
                        weight.name()
                    ),
                    source: claims.reference,
                    verdict: verdict(order >= claimed),
                    order: Some(order),
                    leading_error: summary(&certificates),
                    dimensions: DIMENSIONS.to_vec(),
                }
            }
        }
    }
}

/// For what an order is claimed.
fn class(equation: EquationClass, noise: NoiseClass) -> &'static str {
    match (equation, noise) {
        (EquationClass::Langevin, _) => "any force and friction",
        (EquationClass::Overdamped, _) => "overdamped Langevin dynamics",
        (EquationClass::Ito, NoiseClass::Additive) => "additive noise",
        (EquationClass::Ito, NoiseClass::Commutative) => "commutative noise",
        (EquationClass::Ito, NoiseClass::General) => "any noise",
    }
}
