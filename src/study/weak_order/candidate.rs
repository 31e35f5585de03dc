//! One scheme under study, and how its findings and lines start.

use super::{KIND, WeakOrder, proof};
use crate::model::Problem;
use crate::schemes::{Scheme, WeightRule, order_with};
use crate::study::figure::{OrderFit, OrderLine};
use crate::study::findings::StudyFindings;
use crate::study::fit::Point;
use crate::study::order::{OrderFindings, OrderMethod};
use crate::study::verdict::Verdict;

/// One scheme under study.
#[derive(Clone, Copy)]
pub struct Candidate<'a> {
    pub problem: &'a Problem,
    pub settings: &'a WeakOrder,
    pub scheme: &'static dyn Scheme,
    /// Whether its values are extrapolated.
    pub extrapolated: bool,
}

/// What one method found.
pub struct Judged {
    pub findings: StudyFindings,
    pub line: Option<OrderLine>,
}

impl Judged {
    /// Turns a failure into an open question where exact algebra proves the claim for coefficients as smooth as these: the steps are
    /// then too long to show it.
    pub fn spare_proved(&mut self, candidate: Candidate<'_>) {
        if proof::judge(candidate).findings.verdict == Verdict::Pass {
            self.findings.verdict = Verdict::Inconclusive;
            self.findings.passed = true;
            self.findings.why += &format!(
                "; exact algebra proves order {} for coefficients as smooth as these, so that the steps are too long to show it: take \
                 shorter ones",
                candidate.claim()
            );
        }
    }
}

impl Candidate<'_> {
    /// The name in the findings.
    pub fn name(&self) -> String {
        let name = self.scheme.name();
        if self.extrapolated { format!("extrapolated {name}") } else { name.into() }
    }

    /// The order that is claimed.
    pub fn claim(&self) -> u32 {
        self.scheme_order() + u32::from(self.extrapolated)
    }

    /// The order that scheme and weight rule claim together; the certificate proves it.
    pub fn scheme_order(&self) -> u32 {
        let weighted = self.problem.weighted();
        order_with(self.scheme, self.weight(), weighted)
    }

    /// The weight rule; where there is no rate it plays no role.
    pub fn weight(&self) -> WeightRule {
        if self.problem.weighted() { self.settings.weight } else { WeightRule::Trapezoidal }
    }

    /// Findings of `method` without data yet.
    pub fn findings(&self, method: OrderMethod) -> OrderFindings {
        let (scheme, observable) = (self.name(), &self.settings.observable.name);
        let weight = self.problem.weighted().then(|| self.settings.weight.name().to_string());
        let with = weight.as_ref().map(|weight| format!(" with {weight} weight")).unwrap_or_default();
        let subject = match method {
            OrderMethod::Proof => format!("weak order of {scheme}{with}, by exact algebra"),
            OrderMethod::Law => {
                format!("weak order of {scheme}{with} for {observable}, by its noise-free expectation")
            }
            OrderMethod::Prediction => {
                format!(
                    "weak order of {scheme}{with} for {observable}, its constant predicted by the certificate"
                )
            }
            _ => format!("weak order of {scheme}{with} for {observable}, by Monte Carlo"),
        };
        OrderFindings {
            kind: KIND.name,
            subject,
            scheme,
            weight,
            observable: observable.clone(),
            method,
            expected: self.claim(),
            ..OrderFindings::default()
        }
    }

    /// The line of `points` in the picture.
    pub fn line(
        &self,
        method: OrderMethod,
        points: Vec<Point>,
        fitted: std::ops::Range<usize>,
        fit: Option<OrderFit>,
    ) -> OrderLine {
        OrderLine { label: format!("{}, {}", self.name(), method.name()), points, fitted, fit }
    }
}
