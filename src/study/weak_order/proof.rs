use super::{Candidate, Judged};
use crate::model::{Dynamics, Problem};
use crate::schemes::certificate::{
    Certificate, DIMENSIONS, Domain, Shape, bounded_certificate, certificates, domain, invariant_order,
    lowest_order, overdamped_certificate, summary,
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
pub fn judge(candidate: Candidate<'_>) -> Judged {
    let dynamics = &candidate.problem.dynamics;
    let (scheme, noise) = (candidate.scheme, dynamics.noise());
    let weight = candidate.problem.weighted().then(|| candidate.weight());
    let mut certificates = certificates(scheme, weight, noise);
    let own = own_shape(candidate.problem);
    let known = DIMENSIONS.iter().any(|&dimension| own == dimension.into());
    let decidable = is_decidable(own, dynamics.equation(), noise);
    if !known && decidable {
        certificates.push(bounded_certificate(scheme, weight, own, noise, lowest_order(&certificates)));
    }
    let mut order = lowest_order(&certificates);
    if dynamics.equation() == EquationClass::Overdamped {
        // Here the scheme may see the potential.
        let dimension = if decidable { own.dimension } else { 2 };
        order = order.min(overdamped_certificate(scheme, weight, dimension, order).order);
    }
    let claim = candidate.claim();
    let domain = domain(&certificates, dynamics.equation()).expect("there are certificates");
    let stated = stated(candidate, &certificates, domain.clone());
    let invariant = (stated.invariant_order, stated.claimed_invariant_order);
    let finite = certificates.iter().all(|proof| proof.proves(0));
    // Noises that commute are a special case of those of the proof, of which only a single one is bound to commute.
    let single = certificates.iter().filter(|proof| proof.shape == 1.into()).map(|proof| proof.order).min();
    let special = order < claim && noise == NoiseClass::Commutative && single >= Some(claim);
    let verdict = match order >= claim && invariant.0 >= invariant.1 {
        false if special && invariant.0 >= invariant.1 => Verdict::Inconclusive,
        false => Verdict::Fail,
        true if domain.covers(own) && finite => Verdict::Pass,
        true => Verdict::Inconclusive,
    };
    let exact = f64::from(order);
    let mut findings = candidate.findings(OrderMethod::Proof);
    findings.order = Some(Interval { estimate: exact, lower: exact, upper: exact });
    findings.leading_error = summary(&certificates);
    findings.certificate = Some(stated);
    let shapes: Vec<String> = certificates.iter().map(|proof| proof.shape.to_string()).collect();
    let below = if order < claim { format!(", below the claimed {claim},") } else { String::new() };
    let mut why = format!(
        "order {order}{below} proved by exact algebra in (d, m) = {}, for all smooth coefficients",
        shapes.join(", ")
    );
    if special {
        why += &format!(
            ", where noises need not commute; with a single noise it is {claim} or more, and for several that commute, as here, \
             nothing is proved: the noise-free expectation shows the order"
        );
    }
    if !domain.covers(own) {
        why += &format!("; this run, with (d, m) = {own}, is not covered by the proof");
    }
    if !finite {
        why += &format!("; {}", domain.moments);
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
        Dynamics::Kinetic(_) => (problem.dimension() / 2).into(),
        Dynamics::Sde(sde) => (problem.dimension(), sde.diffusion()[0].len()).into(),
        _ => problem.dimension().into(),
    }
}

fn is_decidable(shape: Shape, equation: EquationClass, noise: NoiseClass) -> bool {
    match (equation, noise) {
        (EquationClass::Langevin, _) => shape.dimension <= LARGEST_KINETIC,
        (_, NoiseClass::Additive) => shape.dimension.max(shape.noises) <= LARGEST_ADDITIVE,
        _ => shape.dimension * shape.noises <= LARGEST_GENERAL,
    }
}

fn stated(candidate: Candidate<'_>, certificates: &[Certificate], domain: Domain) -> CertificateFindings {
    let claims = candidate.scheme.claims();
    let scope = match (claims.equation, candidate.problem.dynamics.noise()) {
        (EquationClass::Langevin, _) => "kinetic Langevin dynamics with any smooth force and any friction",
        (EquationClass::Overdamped, _) => "overdamped Langevin dynamics with any smooth potential",
        (EquationClass::Ito, NoiseClass::Additive) => {
            "Itô equations with any smooth drift and additive noise"
        }
        (EquationClass::Ito, _) => "Itô equations with any smooth drift and diffusion",
    };
    let own = own_shape(candidate.problem);
    let mut places = DIMENSIONS.to_vec();
    if own.dimension == 3 && claims.invariant_order <= CHEAP_INVARIANT {
        places.push(own.dimension);
    }
    let invariant: Vec<_> = places.iter().map(|&d| invariant_order(candidate.scheme, d)).collect();
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
