use super::{Candidate, Judged};
use crate::model::{Dynamics, Problem};
use crate::panics::caught;
use crate::schemes::certificate::{
    Certificate, DIMENSIONS, Disagreement, Domain, InvariantCertificate, Moments, Shape, bounded_certificate,
    certificates, domain, invariant_order, lowest_order, overdamped_certificate, readings_agree, summary,
    trial_step,
};
use crate::schemes::{EquationClass, NoiseClass};
use crate::statistics::Interval;
use crate::study::findings::StudyFindings;
use crate::study::order::{CertificateFindings, OrderMethod};
use crate::study::verdict::Verdict;

/// Largest d·m, and for additive noise d, in which an order is decided in seconds.
const LARGEST_GENERAL: usize = 9;
const LARGEST_ADDITIVE: usize = 4;
/// Orders of invariant measures up to this are decided in three dimensions too, for what runs there.
const CHEAP_INVARIANT: u32 = 2;
/// Most positions of kinetic dynamics.
const LARGEST_KINETIC: usize = 3;

/// Proves the order in dimensions 1 and 2 and in the shape of the problem.
///
/// Whatever the code of the scheme does, there is a verdict that names it.
pub fn judge(candidate: Candidate<'_>) -> Judged {
    caught(|| decided(candidate)).unwrap_or_else(|panic| unread(candidate, &panic))
}

/// What is said of a scheme whose code panics where it is read on series.
fn unread(candidate: Candidate<'_>, panic: &str) -> Judged {
    let Candidate { scheme, problem, .. } = candidate;
    let dynamics = &problem.dynamics;
    let shape = (problem.positions(), problem.noises());
    let (name, findings) = (scheme.name(), candidate.findings(OrderMethod::Proof));
    let (verdict, why) = match caught(|| trial_step(scheme, dynamics.equation(), shape, dynamics.noise())) {
        Err(panic) => {
            (Verdict::Fail, format!("not proved: the code of {name} panics on numbers too: {panic}"))
        }
        Ok(()) => (
            Verdict::Inconclusive,
            format!(
                "not proved: the code of {name} cannot be read on power series in √h: {panic}; the noise-free expectation or \
                 Monte Carlo shows its order"
            ),
        ),
    };
    Judged { findings: StudyFindings::new(findings, verdict, why), line: None }
}

/// What exact algebra finds in the code of the scheme, and whether the code does the same on numbers.
struct Proof {
    certificates: Vec<Certificate>,
    /// Where the scheme sees the potential of overdamped dynamics.
    structured: Option<Certificate>,
    invariant: Vec<InvariantCertificate>,
    disagreement: Option<Disagreement>,
}

impl Proof {
    fn new(candidate: Candidate<'_>) -> Self {
        let Candidate { scheme, problem, .. } = candidate;
        let (dynamics, own) = (&problem.dynamics, own_shape(problem));
        let (noise, class) = (dynamics.noise(), scheme.claims().equation);
        let weight = problem.weighted().then(|| candidate.weight());
        let mut certificates = certificates(scheme, weight, noise);
        let known = DIMENSIONS.iter().any(|&dimension| own == dimension.into());
        let decidable = is_decidable(own, dynamics.equation(), noise);
        if !known && decidable {
            certificates.push(bounded_certificate(scheme, weight, own, noise, lowest_order(&certificates)));
        }
        let shape = if decidable { own } else { 2.into() };
        let sees_potential = dynamics.equation() == EquationClass::Overdamped;
        let order = lowest_order(&certificates);
        let structured =
            sees_potential.then(|| overdamped_certificate(scheme, weight, shape.dimension, order));
        let mut places = DIMENSIONS.to_vec();
        if own.dimension == 3 && scheme.claims().invariant_order <= CHEAP_INVARIANT {
            places.push(own.dimension);
        }
        let classes = [class, dynamics.equation()];
        let classes = if class == dynamics.equation() { &classes[..1] } else { &classes };
        let disagreement =
            classes.iter().find_map(|&class| readings_agree(scheme, class, shape, noise).err());
        let invariant = places.iter().map(|&d| invariant_order(scheme, d)).collect();
        Self { certificates, structured, invariant, disagreement }
    }

    /// The order in all shapes.
    fn order(&self) -> u32 {
        self.structured.iter().map(|proof| proof.order).fold(lowest_order(&self.certificates), u32::min)
    }

    /// What is known in all shapes.
    fn moments(&self) -> Moments {
        let orders = self.certificates.iter().chain(&self.structured).map(|proof| proof.moments);
        orders.chain(self.invariant.iter().map(|proof| proof.moments)).fold(Moments::Finite, Moments::max)
    }
}

fn decided(candidate: Candidate<'_>) -> Judged {
    let dynamics = &candidate.problem.dynamics;
    let (class, noise) = (candidate.scheme.claims().equation, dynamics.noise());
    let (claim, own) = (candidate.claim(), own_shape(candidate.problem));
    let proof = Proof::new(candidate);
    let (certificates, order, moments) = (&proof.certificates, proof.order(), proof.moments());
    let domain = domain(certificates, class).expect("there are certificates").at_best(moments);
    let stated = stated(candidate, &proof, domain.clone());
    let invariant = (stated.invariant_order, stated.claimed_invariant_order);
    let finite = moments != Moments::Unknown;
    // Noises that commute are a special case of those of the proof, of which only a single one is bound to commute.
    let single = certificates.iter().filter(|proof| proof.shape == 1.into()).map(|proof| proof.order).min();
    let special = order < claim && noise == NoiseClass::Commutative && single >= Some(claim);
    let rough = candidate.problem.rough_formula(&candidate.settings.observable);
    let unproved = moments == Moments::Assumed && candidate.scheme.claims().chain_moments.is_none();
    // The noise of the equation makes its chain ergodic; a scheme of weak order 0 may have none of it.
    let ergodic = order > 0 || invariant.1 == 0;
    let verdict = match order >= claim && invariant.0 >= invariant.1 {
        _ if proof.disagreement.is_some() => Verdict::Fail,
        false if special && invariant.0 >= invariant.1 => Verdict::Inconclusive,
        false => Verdict::Fail,
        true if domain.covers(own) && finite && rough.is_none() && !unproved && ergodic => Verdict::Pass,
        true => Verdict::Inconclusive,
    };
    let exact = f64::from(order);
    let mut findings = candidate.findings(OrderMethod::Proof);
    if proof.disagreement.is_none() {
        findings.order = Some(Interval { estimate: exact, lower: exact, upper: exact });
    }
    findings.leading_error = summary(certificates);
    findings.certificate = Some(stated);
    let shapes: Vec<String> = certificates.iter().map(|proof| proof.shape.to_string()).collect();
    let below = if order < claim { format!(", below the claimed {claim},") } else { String::new() };
    let mut why = format!(
        "{}{below} by exact algebra in (d, m) = {}, for all smooth coefficients",
        moments.order(&order.to_string()),
        shapes.join(", ")
    );
    if let Some(disagreement) = &proof.disagreement {
        let name = candidate.scheme.name();
        why = format!("not proved: the code of {name} does not run as it is proved: {disagreement}");
    }
    if special {
        why += &format!(
            ", where noises need not commute; with a single noise it is {claim} or more, and for several that commute, as here, \
             nothing is proved: the noise-free expectation shows the order"
        );
    }
    if !domain.covers(own) {
        why += &format!("; this run, with (d, m) = {own}, is not covered by the proof");
    }
    if let Some(rough) = rough {
        why += &format!(
            "; this run is not covered by the proof, as {rough} is not known to be smooth at all points: the noise-free expectation \
             or Monte Carlo shows its order"
        );
    }
    if !finite || unproved {
        why += &format!("; {}", domain.moments);
    }
    if let Some(source) = candidate.scheme.claims().chain_moments.filter(|_| moments == Moments::Assumed) {
        why += &format!("; moments of the chain: {source}");
    }
    if !ergodic {
        why += "; whether the chain is ergodic is not known of a scheme of weak order 0, so that nothing is proved of its invariant measure";
    }
    if invariant.0 < invariant.1 {
        why +=
            &format!("; but the invariant measure has order {}, and {} is claimed", invariant.0, invariant.1);
    }
    Judged { findings: StudyFindings::new(findings, verdict, why), line: None }
}

/// Numbers of components and noises; of positions, for kinetic dynamics.
fn own_shape(problem: &Problem) -> Shape {
    match &problem.dynamics {
        Dynamics::Kinetic(_) => problem.positions().into(),
        _ => (problem.dimension(), problem.noises()).into(),
    }
}

fn is_decidable(shape: Shape, equation: EquationClass, noise: NoiseClass) -> bool {
    match (equation, noise) {
        (EquationClass::Langevin, _) => shape.dimension <= LARGEST_KINETIC,
        (_, NoiseClass::Additive) => shape.dimension.max(shape.noises) <= LARGEST_ADDITIVE,
        _ => shape.dimension * shape.noises <= LARGEST_GENERAL,
    }
}

fn stated(candidate: Candidate<'_>, proof: &Proof, domain: Domain) -> CertificateFindings {
    let claims = candidate.scheme.claims();
    let scope = match (claims.equation, candidate.problem.dynamics.noise()) {
        (EquationClass::Langevin, _) => "kinetic Langevin dynamics with any smooth force and any friction",
        (EquationClass::Overdamped, _) => "overdamped Langevin dynamics with any smooth potential",
        (EquationClass::Ito, NoiseClass::Additive) => {
            "Itô equations with any smooth drift and additive noise"
        }
        (EquationClass::Ito, _) => "Itô equations with any smooth drift and diffusion",
    };
    let Proof { certificates, invariant, .. } = proof;
    CertificateFindings {
        source: claims.reference.into(),
        scope: scope.into(),
        dimensions: certificates.iter().map(|certificate| certificate.shape.dimension).collect(),
        orders: certificates.iter().map(|certificate| certificate.order).collect(),
        leading_errors: certificates.iter().map(Certificate::leading_error_text).collect(),
        claimed_invariant_order: claims.invariant_order,
        invariant_order: invariant.iter().map(|proof| proof.order).min().unwrap_or(0),
        invariant_error: invariant[0].leading_defect_text(),
        domain,
    }
}
