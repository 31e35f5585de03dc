use super::{Candidate, Witness};
use crate::schemes::certificate::{
    Certificate, certificate, invariant_order, summary, unweighted_certificate,
};
use crate::schemes::{EquationClass, NoiseClass};
use crate::statistics::Interval;
use crate::study::findings::StudyFindings;
use crate::study::order::{CertificateFindings, OrderMethod};
use crate::study::verdict::Verdict;

/// Dimensions of the proofs: some elementary differentials coincide in the first.
const DIMENSIONS: [usize; 2] = [1, 2];

/// Proves the order in dimensions 1 and 2.
pub fn witness(candidate: Candidate<'_>) -> Witness {
    let dynamics = &candidate.problem.dynamics;
    let certificates = DIMENSIONS.map(|dimension| match candidate.problem.weighted() {
        true => certificate(candidate.scheme, candidate.weight(), dimension, dynamics.noise()),
        false => unweighted_certificate(candidate.scheme, dimension, dynamics.noise()),
    });
    let order = certificates.iter().map(|certificate| certificate.order).min().unwrap_or(0);
    let claim = candidate.claim();
    let stated = stated(candidate, &certificates);
    let invariant = (stated.invariant_order, stated.claimed_invariant_order);
    let verdict = if order >= claim && invariant.0 >= invariant.1 { Verdict::Pass } else { Verdict::Fail };
    let exact = f64::from(order);
    let mut findings = candidate.findings(OrderMethod::Proof);
    findings.order = Some(Interval { estimate: exact, lower: exact, upper: exact });
    findings.leading_error = summary(&certificates);
    findings.certificate = Some(stated);
    let mut why =
        format!("order {order} proved by exact algebra in d = 1 and 2, for all smooth coefficients");
    if invariant.0 < invariant.1 {
        why +=
            &format!("; but the invariant measure has order {}, and {} is claimed", invariant.0, invariant.1);
    }
    Witness { findings: StudyFindings::new(findings, verdict, why), line: None }
}

fn stated(candidate: Candidate<'_>, certificates: &[Certificate]) -> CertificateFindings {
    let claims = candidate.scheme.claims();
    let scope = match (claims.equation, candidate.problem.dynamics.noise()) {
        (EquationClass::Langevin, _) => "kinetic Langevin dynamics with any smooth force and any friction",
        (EquationClass::Ito | EquationClass::Overdamped, NoiseClass::Additive) => {
            "Itô equations with any smooth drift and additive noise"
        }
        (EquationClass::Ito | EquationClass::Overdamped, _) => {
            "Itô equations with any smooth drift and diffusion"
        }
    };
    let invariant = DIMENSIONS.map(|dimension| invariant_order(candidate.scheme, dimension));
    CertificateFindings {
        source: claims.reference.into(),
        scope: scope.into(),
        dimensions: DIMENSIONS.into(),
        orders: certificates.iter().map(|certificate| certificate.order).collect(),
        leading_errors: certificates.iter().map(Certificate::leading_error_text).collect(),
        claimed_invariant_order: claims.invariant_order,
        invariant_order: invariant.iter().map(|proof| proof.order).min().unwrap_or(0),
        invariant_error: invariant[0].leading_defect_text(),
    }
}
