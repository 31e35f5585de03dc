use super::{Candidate, Witness};
use crate::schemes::certificate::{Certificate, certificate, summary};
use crate::study::OrderMethod;
use crate::study::findings::{Interval, Outcome, StudyFindings, Verdict};

/// Proves the order in dimensions 1 and 2 (some elementary differentials coincide in dimension 1).
pub fn witness(candidate: Candidate<'_>) -> Witness {
    let certificates: Vec<Certificate> = [1, 2]
        .into_iter()
        .map(|dimension| {
            certificate(candidate.scheme, candidate.weight(), dimension, candidate.problem.dynamics.noise())
        })
        .collect();
    let order = certificates.iter().map(|certificate| certificate.order).min().unwrap_or(0);
    let claim = candidate.claim();
    let verdict = if order >= claim { Verdict::Pass } else { Verdict::Fail };
    let exact = f64::from(order);
    let mut findings = candidate.findings(OrderMethod::Proof);
    findings.order = Some(Interval { estimate: exact, lower: exact, upper: exact });
    findings.leading_error = summary(&certificates);
    let why = format!("order {order} proved by exact algebra in d = 1 and 2, for all smooth coefficients");
    Witness { findings: StudyFindings::new(Outcome::WeakOrder(findings), verdict, why), line: None }
}
